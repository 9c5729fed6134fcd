"""What tools leave in a build context: installed dependencies, caches, build output; and what a
local build will leave there.
"""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath

from dlint.errors import DlintError
from dlint.facts.ignoring import is_ignore_file_brought
from dlint.reads.arrivals import arrivals, whole_copy
from dlint.shell.effects import Install
from dlint.shell.managers import family
from dlint.syntax import Run, Transfer
from dlint.text.paths import within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dlint.context import BuildContext, Entry
    from dlint.installs.installations import Installation
    from dlint.model.build import Build
    from dlint.reads.arrivals import Arrival
    from dlint.shell.script import Command

_TOOLS = """
__pycache__ .pytest_cache .mypy_cache .ruff_cache .tox .nox .hypothesis .ipynb_checkpoints
.nyc_output htmlcov .gradle .terraform .terragrunt-cache .parcel-cache .turbo .angular .sass-cache
.eslintcache .vagrant .serverless .aws-sam .idea .vs .hg .svn .direnv .dart_tool .stack-work
.bundle
"""
# Folders by what the Dockerfile must do itself for them to be superfluous: install with a family of
# managers, "build", or nothing at all.
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
    "coverage": ("package.json",),
    "_build": ("mix.exs", "dune-project"),
    "deps": ("mix.exs",),
    "vendor": ("composer.json", "Gemfile"),
}
_SAYS_ONLY = regex(rb"<packaging>\s{0,80}pom\s{0,80}</packaging>")
_OUTPUT_OF_DOTNET = frozenset(("bin", "obj"))
# All folders that installs and builds create.
OUTPUT = frozenset((*_OUTPUT, *_OUTPUT_OF_DOTNET, *(each for each in _FOLDERS if _FOLDERS[each])))
_DOTNET = (".csproj", ".fsproj", ".vbproj")
# What installing or building makes beside which file, by the family of managers.
_EXPECTED = {
    "node": ("package.json", ("node_modules",)),
    "composer": ("composer.json", ("vendor",)),
    "dotnet": (".csproj", ("bin", "obj")),
    "cargo": ("Cargo.toml", ("target",)),
    "maven": ("pom.xml", ("target",)),
    "gradle": ("build.gradle", ("build",)),
}
_BESIDE_MANIFEST = {"node": "package.json", "composer": "composer.json"}
_MAP = ".pnp.cjs"
_NODE_LOCKS = frozenset(("yarn.lock", "package-lock.json", "pnpm-lock.yaml", "bun.lock"))
_OF_NODE = (_MAP, ".yarnrc.yml", *sorted(_NODE_LOCKS))
_LINKER = regex(rb"(?m)^nodeLinker:[ \t]*[\"']?(?:node-modules|pnpm)\b")
_VENDORS = {"composer.json": "composer", "Gemfile": "bundler"}
_SUFFIXES = (".log", ".pyc", ".swp", ".hprof")
_NAMES = frozenset((".DS_Store", "Thumbs.db"))
_BUILDING = """
mvn mvnw gradle gradlew sbt cargo msbuild configure make cmake ninja tsc vite webpack next nuxt ng
rollup mix dune bazel meson
"""
FEW, SMALL = 20, 1 << 20  # files of a context, and their bytes, that nobody need leave out
_BUILDERS = frozenset(_BUILDING.split())
_RUNNERS = frozenset(("npm", "yarn", "pnpm", "bun", "npx"))


class Leftover(NamedTuple):
    """A folder or file of the context that a tool made, and is known to make anew in the image."""

    path: str
    files: frozenset[str]
    size: int  # bytes, not compressed
    everywhere: bool = False  # whether others of its name will stand in other folders

    @property
    def pattern(self) -> str:
        """The ignore file's line for it: known names wherever they stand, others at their place."""
        folder, _, name = self.path.rpartition("/")
        if self.everywhere:
            return f"**/{name}"
        if not folder:
            return name
        if name in _FOLDERS or name in _NAMES:
            return f"**/{name}"
        if name.endswith(_SUFFIXES):
            return f"**/*{posixpath.splitext(name)[1]}"
        return self.path


class _Candidate(NamedTuple):
    """What looks like a leftover, and what the Dockerfile must do for it to be one; `known` is
    False where its name alone does not tell.
    """

    path: str
    needs: str
    known: bool


def leftovers(build: Build) -> tuple[Leftover, ...]:
    """Return what of the context tools have left that the Dockerfile makes itself, or that nobody
    needs. What git tracks is there on purpose.
    """
    entries = build.context.entries
    found: list[_Candidate] = build.context.keep(_outermost, lambda: list(_outermost(entries)))
    done = build.fact(_activities) if found else frozenset()
    kept = [each for each in found if not each.needs or each.needs in done]
    if not kept:
        return ()
    tracked = build.repository.tracked() if build.repository else None
    if tracked is None:
        kept = [each for each in kept if each.known]
    filled = (_filled(entries, each.path, tracked or frozenset()) for each in kept)
    return tuple(each for each in filled if each.size)


def unguarded_copy(build: Build) -> Transfer | None:
    """Return the first COPY or ADD of a whole context that has no ignore file.

    None where what it takes is a few small files, or is spoken of by itself: git's folder, and what
    tools made or will make.
    """
    copy = build.fact(whole_copy) if build.context.ignore is None else None
    if copy is None or build.fact(arrivals).doubtful or build.fact(is_ignore_file_brought):
        return None
    files = [entry for entry in build.context.entries.values() if entry.kind == "file"]
    is_small = len(files) <= FEW and sum(entry.size for entry in files) <= SMALL
    tools = build.fact(leftovers) or build.fact(expected_leftovers)
    return None if is_small or tools or _is_git_told(build, copy) else copy


def _is_git_told(build: Build, copy: Transfer) -> bool:
    """Tell whether a COPY takes git's folder on purpose, or so that it costs something of its own:
    in a stage that does not ship, only where no other file of the COPY changes as often. Where a
    step asks git, each commit reruns that with an ignore file, too.
    """
    from dlint.facts.git_beside import is_git_needed
    from dlint.facts.git_folders import git_folders_in, is_changed_by_git, takes_git

    stage = build.stage_of(copy)
    if stage is None or build.shipped_stage(copy) is not None or not git_folders_in(build, copy):
        return takes_git(build, copy)
    return is_changed_by_git(build, copy, ships=False) or is_git_needed(build, stage, copy)


def expected_leftovers(build: Build) -> tuple[Leftover, ...]:
    """Return the folders that a local build will make and that nothing will keep out, by the
    manifests that the Dockerfile itself installs or builds by.
    """
    done = build.fact(_activities)
    return tuple(
        each
        for name in _EXPECTED
        if name in done
        for each in _unguarded(build, name, *_EXPECTED[name])
    )


def taken_along(build: Build) -> Mapping[int, Sequence[Leftover]]:
    """Return the folders that a local build will make and that nothing will keep out, by the number
    of the COPY or ADD that would take them along: that of the whole context, or else the first of a
    folder around them; a fact.
    """
    expected, whole = build.fact(expected_leftovers), build.fact(whole_copy)
    if whole is not None:
        return {whole.index: expected}
    transfers = [
        each
        for stage in filter(build.live, build.stages)
        for each in stage.instructions
        if isinstance(each, Transfer) and not each.from_ and not each.excludes
    ]
    found: dict[int, list[Leftover]] = {}
    for leftover in expected:
        first = next((each for each in transfers if _is_around(build, each, leftover.path)), None)
        if first is not None:
            found.setdefault(first.index, []).append(leftover)
    return found


def _is_around(build: Build, transfer: Transfer, path: str) -> bool:
    """Tell whether a COPY or ADD takes a folder of the context in which a path is."""
    sources = (build.expand(transfer, each.text) for each in transfer.sources)
    folders = (posixpath.normpath(f"/{each.lstrip('/')}") for each in sources if each)
    return any(within(posixpath.dirname(f"/{path}"), folder) for folder in folders)


def _unguarded(build: Build, name: str, manifest: str, names: tuple[str, ...]) -> list[Leftover]:
    """Return the folders of these names that will stand beside the manifest nearest to the root, or
    the first of its modules, and be taken along; of managers that install beside a manifest, the
    one that they install from.
    """
    manifests = _manifests(build, name, manifest)
    if not manifests:
        return []
    nearest = min(manifests, key=lambda path: (path.count("/"), path))
    # the members of a workspace of Cargo build into the folder of their root
    modules = frozenset(map(posixpath.dirname, manifests if name != "cargo" else ()))
    if name == "node":
        from dlint.installs.workspaces import own_folders

        modules |= frozenset(map(posixpath.dirname, build.fact(own_folders)))
    for each in _modules_of(build, nearest) if name == "maven" else [nearest]:
        paths = [posixpath.join(posixpath.dirname(each), folder) for folder in names]
        if open_ := [path for path in paths if _is_open(build.context, path)]:
            return [
                Leftover(path, frozenset(), 0, everywhere=_is_everywhere(build, path, modules))
                for path in open_
            ]
    return []


def _is_open(context: BuildContext, path: str) -> bool:
    """Tell whether a folder that is not there yet would be taken along."""
    is_ignored = context.ignored(path) or context.ignored(f"{path}/x")
    return path not in context.entries and not is_ignored


def _modules_of(build: Build, pom: str) -> list[str]:
    """Return the files of the modules that a pom.xml stands for: of one that names others, which
    builds nothing itself, theirs. Nor does one that is there for what it says.
    """
    from dlint.manifests import Role, read_manifest
    from dlint.reads.context_files import Reader

    read = Reader(build.context).read
    found, todo, seen = list[str](), [pom], set[str]()
    while todo:
        path = todo.pop(0)
        if path in seen:
            continue
        seen.add(path)
        reads = read_manifest(path, read).reads
        folder = posixpath.dirname(path)
        members = [each.path for each in reads if each.role is Role.MEMBER]
        inside = [posixpath.normpath(posixpath.join(folder, each)) for each in members]
        todo += [each for each in inside if each in build.context.entries]
        found += [] if members or _SAYS_ONLY.search(read(path) or b"") else [path]
    return found


def _manifests(build: Build, name: str, manifest: str) -> list[str]:
    """Return the files beside which a family of managers makes folders."""
    found = [
        path
        for path, entry in build.context.entries.items()
        if entry.kind == "file" and _is_manifest(path, manifest)
    ]
    if name in _BESIDE_MANIFEST:
        installed = build.fact(_installed_from)
        found = [path for path in found if path in installed]
    if name != "node":
        return found
    beside = (_of_workspace(build, path) for path in found)
    return [path for path in beside if not _is_plugged(build.context, path)]


def _is_plugged(context: BuildContext, manifest: str) -> bool:
    """Tell whether Yarn installs a package without any folder, by Plug'n'Play: its lock file, or
    that of the workspace above, is of Yarn 2 or later, and no setting there asks for the folder
    (https://yarnpkg.com/features/linkers).
    """
    folder = PurePosixPath(posixpath.dirname(manifest))
    for above in (str(each) for each in (folder, *folder.parents)):
        beside = {name: posixpath.normpath(posixpath.join(above, name)) for name in _OF_NODE}
        here = {name: path for name, path in beside.items() if path in context.entries}
        if _MAP in here:
            return True
        if not _NODE_LOCKS.isdisjoint(here):
            return _is_berry(context, here)
    return False


def _is_berry(context: BuildContext, here: Mapping[str, str]) -> bool:
    from dlint.manifests.yarn import SETTINGS, tells_newer
    from dlint.reads.context_files import Reader

    read = Reader(context).read
    lock, settings = (read(here.get(name, "")) or b"" for name in ("yarn.lock", SETTINGS))
    return tells_newer("yarn.lock", lock) and _LINKER.search(settings) is None


def _of_workspace(build: Build, manifest: str) -> str:
    """Return the manifest beside which npm makes the folder of a package: where the lock file above
    has it as a member, with no packages of its own, all of them are there
    (https://docs.npmjs.com/cli/using-npm/workspaces).
    """
    from dlint.manifests.loading import FormatError, load_json, table

    context, folder = build.context, posixpath.dirname(manifest)
    for above in map(str, PurePosixPath(folder).parents):
        lock = posixpath.normpath(posixpath.join(above, "package-lock.json"))
        if lock not in context.entries:
            continue
        try:
            packages = table(load_json(context.read(lock)), "packages")
        except (DlintError, FormatError):
            continue
        member = posixpath.relpath(folder, above)
        if member in packages and not any(
            each.startswith(f"{member}/node_modules/") for each in packages
        ):
            return posixpath.normpath(posixpath.join(above, "package.json"))
    return manifest


def _is_everywhere(build: Build, path: str, modules: frozenset[str]) -> bool:
    """Tell whether a folder will stand in several modules, and no other folder has its name: a
    package of the source may.
    """
    name = posixpath.basename(path)
    others = (
        posixpath.dirname(each)
        for each, entry in build.context.entries.items()
        if entry.kind == "dir" and posixpath.basename(each) == name
    )
    return len(modules) > 1 and modules.issuperset(others)


def _installed_from(build: Build) -> frozenset[str]:
    """Return the context's files that stand where an install of a live stage works: not one that a
    step copies there under another name.
    """
    from dlint.installs.installations import installations

    return frozenset(
        arrival.files[place]
        for stage in filter(build.live, build.stages)
        for found in installations(build, stage)
        for arrival in _arrived(build, found)
        for folder in found.install.folders
        for name in _BESIDE_MANIFEST.values()
        if (place := posixpath.join(folder, name)) in arrival.files
    )


def _arrived(build: Build, found: Installation) -> list[Arrival]:
    mounted = build.fact(arrivals).mounted(found.step, found.run)
    return [*(each.arrival for each in found.above), *mounted]


def _is_manifest(path: str, name: str) -> bool:
    """Tell whether a path is a manifest of that name, or of that suffix."""
    if not path.endswith(name):
        return False
    return name.startswith(".") or posixpath.basename(path) == name


def _outermost(entries: Mapping[str, Entry]) -> Iterator[_Candidate]:
    """Yield what looks like a leftover and is in no other such folder."""
    inside = "\0"
    for path, entry in entries.items():
        if path.startswith(inside):
            continue
        name = path.rpartition("/")[2]
        match entry.kind:
            case "dir" if name == ".git":
                inside = f"{path}/"
            case "dir" if (needs := _needs(entries, path, name)) is not None:
                inside = f"{path}/"
                yield _Candidate(path, needs, known=name in _FOLDERS)
            case "file" if name in _NAMES or name.endswith(_SUFFIXES):
                yield _Candidate(path, "", known=False)


def _needs(entries: Mapping[str, Entry], path: str, name: str) -> str | None:
    """Return what must be done for a folder to be superfluous, by its name or by what stands beside
    it; None where it is needed.
    """
    if name in _FOLDERS:
        return _FOLDERS[name]
    folder = posixpath.dirname(path)
    if name in _OUTPUT_OF_DOTNET:
        is_output = any(
            each.endswith(_DOTNET) and posixpath.dirname(each) == folder for each in entries
        )
        return "build" if is_output else None
    manifests = _OUTPUT.get(name, ())
    beside = next((each for each in manifests if posixpath.join(folder, each) in entries), None)
    return None if beside is None else _VENDORS.get(beside, "build")


def _filled(entries: Mapping[str, Entry], path: str, tracked: frozenset[str]) -> Leftover:
    """Return a leftover with its files; with none where git tracks one of them."""
    files = frozenset((path,))
    if entries[path].kind == "dir":
        start = f"{path}/"
        files = frozenset(
            each
            for each, entry in entries.items()
            if each.startswith(start) and entry.kind == "file"
        )
    if files & tracked:
        files = frozenset()
    return Leftover(path, files, sum(entries[each].size for each in files))


def _activities(build: Build) -> frozenset[str]:
    """Return the families of managers that the live stages install with, and "build" where they
    build.
    """
    return frozenset(
        activity
        for stage in filter(build.live, build.stages)
        for instruction in stage.instructions
        if isinstance(instruction, Run)
        for activity in _activities_of(build, instruction)
    )


def _activities_of(build: Build, run: Run) -> Iterator[str]:
    from dlint.model.switched_off import is_optional

    for install in build.effects(run).of(Install):
        if is_optional(build, run, install.command):
            continue  # without it, the image may be meant to take what is there
        yield family(install.manager)
        if install.hidden:
            yield "build"
    building = (each for each in build.script(run).commands if builds(each))
    if not all(is_optional(build, run, each) for each in building):
        yield "build"


def builds(command: Command) -> bool:
    """Tell whether a command compiles, or otherwise builds, by what is known of its name."""
    words = {word.text for word in command.args}
    if command.name in _RUNNERS:
        return any(word == "build" or (word or "").startswith("build:") for word in words)
    if command.name in {"python", "python3", "go", "dotnet"}:
        return not words.isdisjoint(("build", "publish", "bdist_wheel", "install"))
    return command.name in _BUILDERS
