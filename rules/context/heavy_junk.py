r"""A COPY of a whole folder takes what tools left there: node_modules, virtual environments,
caches, build output.

What a package manager or a build leaves in the working folder is made again inside the image, for
the image's system; the host's copy is sent to the builder, stored in the layer, uploaded with it,
and laid over what the steps before it made. It differs from machine to machine, so the layer made
here is never the one that was made elsewhere.

```context
package.json: {"name": "web"}
package-lock.json: {"lockfileVersion": 3}
index.js
node_modules/left-pad/index.js 2MB
.git/HEAD: ref: refs/heads/main
.git/objects/
.git/refs/
.gitignore: node_modules
.dockerignore: .git
```

```dockerfile bad
FROM node:22.4-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
COPY . .
CMD ["node", "index.js"]
```

The fix leaves the Dockerfile as it is and writes a line of the ignore file:

```context
package.json: {"name": "web"}
package-lock.json: {"lockfileVersion": 3}
index.js
node_modules/left-pad/index.js 2MB
.git/HEAD: ref: refs/heads/main
.git/objects/
.git/refs/
.gitignore: node_modules
.dockerignore: .git\nnode_modules
```

```dockerfile good
FROM node:22.4-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
COPY . .
CMD ["node", "index.js"]
```

A fresh checkout holds nothing of that; the next local build does. An info says where nothing would
keep it out:

```context
Worker.csproj
Program.cs
.dockerignore: .git
```

```dockerfile bad
FROM mcr.microsoft.com/dotnet/sdk:8.0.401
WORKDIR /source
COPY . .
RUN dotnet publish -c release -o /app
```

```context
Worker.csproj
Program.cs
.dockerignore: .git\nbin\nobj
```

```dockerfile good
FROM mcr.microsoft.com/dotnet/sdk:8.0.401
WORKDIR /source
COPY . .
RUN dotnet publish -c release -o /app
```

How sure: what the COPY takes is known from the context and its ignore file. Installed dependencies
count only where the Dockerfile installs such itself, build output only where it builds. What a
local build will make is known by the manifest nearest to the context's root, and only where the
Dockerfile installs or builds by it. What git tracks is there on purpose, and so is what the COPY
names. The fix is safe where git's own ignore files leave it out too, since then a fresh checkout
builds without it; elsewhere it is unsafe.

When not to follow it: where the image is meant to hold what was built outside.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from dlint import Cost, Finding, Rule, Severity, facts, fixes, human_bytes, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlint import Build, Context

rule = Rule(__name__, __doc__, fix=fixes.Safety.SAFE)


class Junk(NamedTuple):
    """A folder or file of the context that a tool made; `known` is False where its name alone
    doesn't tell.
    """

    path: str
    # What the Dockerfile must do itself for it to be junk: a family of managers, "build", or "".
    needs: str
    files: frozenset[str]
    size: int  # bytes, not compressed
    known: bool


_TOOLS = """
__pycache__ .pytest_cache .mypy_cache .ruff_cache .tox .nox .hypothesis .ipynb_checkpoints
.nyc_output htmlcov .gradle .terraform .terragrunt-cache .parcel-cache .turbo .angular .sass-cache
.eslintcache .vagrant .serverless .aws-sam .idea .vs .hg .svn .direnv .dart_tool .stack-work
.bundle
"""
# Folders by what makes them superfluous; "" whatever the Dockerfile does.
_FOLDERS = {
    **dict.fromkeys(("node_modules", "bower_components", "jspm_packages"), "node"),
    **dict.fromkeys((".venv", "venv", "virtualenv", "__pypackages__"), "python"),
    **dict.fromkeys(_TOOLS.split(), ""),
    **dict.fromkeys((".next", ".nuxt", ".svelte-kit", ".output"), "build"),
}
# Folders that are build output beside such a file.
_OUTPUT = {
    "target": ("Cargo.toml", "pom.xml", "build.sbt"),
    "build": (
        "build.gradle",
        "build.gradle.kts",
        "package.json",
        "CMakeLists.txt",
        "setup.py",
        "pyproject.toml",
    ),
    "dist": ("package.json", "setup.py", "pyproject.toml"),
    "bin": (".csproj", ".fsproj", ".vbproj"),
    "obj": (".csproj", ".fsproj", ".vbproj"),
    "coverage": ("package.json",),
    "_build": ("mix.exs", "dune-project"),
    "deps": ("mix.exs",),
    "vendor": ("composer.json", "Gemfile"),
}
# What installing or building makes beside which file, by the family of managers.
_EXPECTED = {
    "node": ("package.json", ("node_modules",)),
    "composer": ("composer.json", ("vendor",)),
    "dotnet": (".csproj", ("bin", "obj")),
    "cargo": ("Cargo.toml", ("target",)),
    "maven": ("pom.xml", ("target",)),
    "gradle": ("build.gradle", ("build",)),
}
_VENDORS = {"composer.json": "composer", "Gemfile": "bundler"}
_SUFFIXES = (".log", ".pyc", ".swp", ".hprof")
_NAMES = frozenset((".DS_Store", "Thumbs.db"))
_BUILDING = """
mvn mvnw gradle gradlew sbt cargo msbuild make cmake ninja tsc vite webpack next nuxt ng rollup
mix dune bazel meson
"""
_BUILDERS = frozenset(_BUILDING.split())
_RUNNERS = frozenset(("npm", "yarn", "pnpm", "bun", "npx"))


@rule.on(syntax.Transfer)
def junk(transfer: syntax.Transfer, context: Context) -> Iterator[Finding]:
    """Report a COPY or ADD of a folder that holds what tools made."""
    build = context.build
    stage = build.stage_of(transfer)
    if transfer.from_ or stage is None or not build.live(stage):
        return
    candidates = build.fact(_candidates)
    selection = build.taken(transfer) if candidates else None
    taken = {landed.source for landed in selection.entries} if selection else set()
    found = [
        each for each in candidates if each.files & taken and not _is_named(transfer, each.path)
    ]
    if selection is None or not found:
        if transfer is build.fact(_first_whole):
            yield from _awaited(build, transfer)
        return
    files = frozenset(path for each in found for path in each.files & taken)
    ships = build.shipped(stage)
    raw = sum(build.context.entries[path].size for path in files)
    size = build.packed_bytes(selection, files) if ships else None
    heavy = max(found, key=lambda each: each.size)
    others = f" and {len(found) - 1} more such" if len(found) > 1 else ""
    yield Finding(
        transfer,
        f"`{transfer.name}` takes `{heavy.path}`{others} along, {human_bytes(raw)} that tools left"
        " in the context",
        cost=Cost.modelled(size, size) if size is not None else None,
        fix=_fix(build, found),
        severity=Severity.INFO if not ships and raw < context.min_bytes else None,
    )


def _first_whole(build: Build) -> syntax.Transfer | None:
    """Return the first COPY that is built and takes whatever the context holds."""
    for instruction in build.dockerfile.instructions:
        if (
            isinstance(instruction, syntax.Transfer)
            and instruction.takes_whole_context
            and not instruction.excludes
        ):
            stage = build.stage_of(instruction)
            if stage is not None and build.live(stage):
                return instruction
    return None


def _awaited(build: Build, transfer: syntax.Transfer) -> Iterator[Finding]:
    """Report what a local build will make, where nothing keeps it out."""
    if build.arrivals.doubtful:
        return
    does = build.fact(_doings)
    found = [
        path for name in _EXPECTED if name in does for path in _unguarded(build, *_EXPECTED[name])
    ]
    if found:
        listed = " and ".join(f"`{path}`" for path in found[:SHOWN])
        junk = [Junk(path, "", frozenset(), 0, known=True) for path in found]
        yield Finding(
            transfer,
            f"nothing keeps {listed} out of this {transfer.name}: where the project was built"
            " outside the image, too, they are sent, stored and laid over what the image makes"
            " itself",
            fix=_fix(build, junk),
            severity=Severity.INFO,
        )


SHOWN = 2  # folders that a message names


def _unguarded(build: Build, beside: str, names: tuple[str, ...]) -> list[str]:
    """Return where folders of these names will stand, beside the manifest nearest to the root, and
    be taken along.
    """
    context = build.context
    manifests = [
        path
        for path, entry in context.entries.items()
        if path.endswith(beside) and entry.kind == "file"
    ]
    if not beside.startswith("."):
        manifests = [path for path in manifests if posixpath.basename(path) == beside]
    if not manifests:
        return []
    folder = posixpath.dirname(min(manifests, key=lambda path: (path.count("/"), path)))
    paths = [posixpath.join(folder, name) for name in names]
    return [
        path
        for path in paths
        if path not in context.entries
        and not context.ignored(path)
        and not context.ignored(f"{path}/x")
    ]


def _is_named(transfer: syntax.Transfer, path: str) -> bool:
    """Tell whether the COPY asks for it, or for something in it, by name."""
    wanted = path.rstrip("/")
    for word in transfer.sources:
        source = posixpath.normpath(word.text.strip("\"'").lstrip("/"))
        if (
            source == wanted
            or source.startswith(f"{wanted}/")
            or posixpath.basename(wanted) in source.split("/")
        ):
            return True
    return False


def _candidates(build: Build) -> tuple[Junk, ...]:
    """Return what of the context is junk for this Dockerfile."""
    entries = build.context.entries
    found = list(_outermost(entries))
    if not found:
        return ()
    does = build.fact(_doings)
    kept = [each for each in found if not each[1] or each[1] in does]
    if not kept:
        return ()
    tracked = _tracked(build)
    if tracked is None:
        kept = [each for each in kept if each[2]]
    filled = (_fill(entries, *each, tracked or frozenset()) for each in kept)
    return tuple(each for each in filled if each.size)


def _tracked(build: Build) -> frozenset[str] | None:
    """Return the context's files that git tracks; None where there is no git to tell."""
    return build.repository.tracked() if build.repository else None


def _outermost(entries: Mapping[str, facts.Entry]) -> Iterator[tuple[str, str, bool]]:
    """Yield path, need and whether the name alone tells, of what no other such folder holds."""
    inside = "\0"
    for path, entry in entries.items():
        if path.startswith(inside):
            continue
        name = path.rpartition("/")[2]
        if entry.kind == "dir":
            if name == ".git":
                inside = f"{path}/"
                continue
            known = _FOLDERS.get(name)
            need = known if known is not None else _output(entries, path, name)
            if need is not None:
                inside = f"{path}/"
                yield path, need, known is not None
        elif entry.kind == "file" and (name in _NAMES or name.endswith(_SUFFIXES)):
            yield path, "", False


def _output(entries: Mapping[str, facts.Entry], path: str, name: str) -> str | None:
    """Return what makes a folder superfluous that its neighbours tell to be output; None where they
    don't.
    """
    wanted = _OUTPUT.get(name)
    if wanted is None:
        return None
    folder = posixpath.dirname(path)
    start = f"{folder}/" if folder else ""
    beside = next(
        (each for each in wanted if not each.startswith(".") and start + each in entries), None
    )
    if beside is None and wanted[0].startswith("."):
        skip = len(start)
        beside = next(
            (
                e
                for e in entries
                if e.startswith(start) and "/" not in e[skip:] and e.endswith(wanted)
            ),
            None,
        )
    if beside is None:
        return None
    return _VENDORS.get(beside, "build") if name == "vendor" else "build"


def _fill(
    entries: Mapping[str, facts.Entry],
    path: str,
    need: str,
    known: bool,  # noqa: FBT001  as `_outermost` yields it
    tracked: frozenset[str],
) -> Junk:
    if entries[path].kind == "file":
        files = frozenset((path,))
    else:
        start = f"{path}/"
        files = frozenset(
            each
            for each, entry in entries.items()
            if each.startswith(start) and entry.kind == "file"
        )
    kept = frozenset() if files & tracked else files
    return Junk(path, need, kept, sum(entries[each].size for each in kept), known)


def _doings(build: Build) -> frozenset[str]:
    """Return the families of managers that the live stages install with, and "build" where they
    build.
    """
    found: set[str] = set()
    for stage in build.stages:
        if build.live(stage):
            for instruction in stage.instructions:
                if isinstance(instruction, syntax.Run):
                    found.update(_does(build, instruction))
    return frozenset(found)


def _does(build: Build, run: syntax.Run) -> Iterator[str]:
    for install in build.effects(run).of(shell.Install):
        yield facts.family(install.manager)
        if install.hidden:
            yield "build"
    if any(_builds(command) for command in build.script(run).commands):
        yield "build"


def _builds(command: shell.Command) -> bool:
    words = {word.text for word in command.args}
    if command.name in _RUNNERS:
        return bool("build" in words) or any(word and word.startswith("build:") for word in words)
    if command.name in {"python", "python3", "go", "dotnet"}:
        return not words.isdisjoint(("build", "publish", "bdist_wheel", "install"))
    return command.name in _BUILDERS


def _fix(build: Build, found: list[Junk]) -> fixes.Fix | None:
    """Leave them out; safe where git does so too."""
    patterns = dict.fromkeys(_pattern(each.path) for each in found)
    edits = fixes.leave_out(build, patterns)
    if not edits:
        return None
    paths = [each.path for each in found]
    safe = build.repository is not None and len(build.repository.ignored(paths)) == len(paths)
    title = f"leave {', '.join(patterns)} out of the build context"
    return fixes.Fix(title, edits, fixes.Safety.SAFE if safe else fixes.Safety.UNSAFE)


def _pattern(path: str) -> str:
    """Return the ignore file's line for a path: known names wherever they stand, others at their
    place.
    """
    folder, _, name = path.rpartition("/")
    if not folder:
        return name
    if name in _FOLDERS or name in _NAMES:
        return f"**/{name}"
    return f"**/*{posixpath.splitext(name)[1]}" if name.endswith(_SUFFIXES) else path
