r"""Dependencies are installed below a COPY of more than the install reads, so that each change
reinstalls them.

A RUN is cached as long as nothing above it changed. Below `COPY . .` that is until the next edit of
any file: the install then runs again though nothing that it reads is new, and since its files get
new times, its whole layer is uploaded again with each push: tens or hundreds of megabytes for a
changed comment. Copied by itself, a manifest with its lock file changes only when a dependency
does.

```context
package.json: {"name": "shop", "dependencies": {"express": "4.19.2"}}\n
package-lock.json: {"name": "shop", "lockfileVersion": 3}\n
src/index.js 3kB
src/cart.js 9kB
```

```dockerfile bad
FROM node:22-slim
WORKDIR /app
COPY . .
RUN npm ci --omit=dev
CMD ["node", "src/index.js"]
```

```dockerfile good
FROM node:22-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
COPY . .
CMD ["node", "src/index.js"]
```

An install hidden in a build counts, too: dependencies can be fetched from the manifest alone,
before the source.

```context
go.mod: module example.com/shop\\n
go.sum: \\n
main.go 2kB
```

```dockerfile bad
FROM golang:1.22-alpine AS build
WORKDIR /src
COPY . .
RUN go build -o /shop .

FROM scratch
COPY --from=build /shop /shop
```

```dockerfile good
FROM golang:1.22-alpine AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN go build -o /shop .

FROM scratch
COPY --from=build /shop /shop
```

How sure: what the install reads is followed through the build context: manifests, lock files and
settings, requirements that name other files, workspaces, `file:` dependencies, scripts that npm
runs on the way. What else the COPY takes counts as changing where git's last hundred commits show
it, or, without them, where it holds source code. Silent are installs of the project itself with
nothing to install first (`pip install .` without a list of requirements), builds from vendored
sources or with the manager's cache in a mount, installs whose manifest is not in the build context,
and whatever was installed from the same manifest above the COPY already. Where the layer of the
install is not part of the image, nor copied into it, it is an info.

The fix is safe where all that the install reads is known for sure and a lock file says what it
installs.

When not to follow it: where a script of the install reads the source in a way that cannot be seen
here.
"""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from dlint import Cost, DlintError, Finding, Related, Rule, Severity, facts, fixes, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint import Build, Context

rule = Rule(__name__, __doc__, fix=fixes.Safety.SAFE)


@rule.on(syntax.Dockerfile)
def early_copy(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report each COPY of files that a later install does without."""
    build = context.build
    reported: set[int] = set()
    for stage in build.stages:
        if stage.index not in build.built_stages:
            continue
        for case in _cases(build, stage):
            for arrival, change in case.guilty:
                if arrival.instruction.index not in reported:
                    reported.add(arrival.instruction.index)
                    yield _finding(build, stage, case, arrival, change)


class _Case(NamedTuple):
    """An install, what it reads, and the COPYs above it that bring more, each with how often that
    changes.

    `needed` are the COPYs that an earlier install reads: what both make is new with each change of
    theirs.
    """

    step: facts.Step
    run: syntax.Run
    install: shell.Install
    needs: facts.Needs
    guilty: Sequence[tuple[facts.Arrival, str]]
    needed: frozenset[int]


class _Earlier(NamedTuple):
    """An install that ran already."""

    at: int
    install: shell.Install
    needs: facts.Needs


def _cases(build: Build, stage: facts.Stage) -> Iterator[_Case]:
    """Yield the installs of a stage that stand below too much."""
    found = build.arrivals
    here: list[tuple[int, facts.Arrival]] = []
    earlier: list[_Earlier] = []
    fetched: set[str] = set()
    copied: list[str] = []  # what comes from other stages
    brought = False
    for at, step in enumerate(build.chain(stage)):
        instruction = step.instruction
        if isinstance(instruction, syntax.Transfer):
            brought = True
            arrival = found.of(step, instruction)
            if arrival:
                here.append((at, arrival))
            elif instruction.flag("from"):
                copied.append(instruction.value.text)
                fetched.update(_made_there(build, step, instruction))
        elif isinstance(instruction, syntax.Run) and (brought or instruction.mounts):
            mounted = list(found.mounted(step, instruction))
            for install in _installs(build, step, instruction):
                arrived = [*(arrival for _, arrival in here), *mounted]
                read = build.needs(install, arrived, step.state.workdir)
                brings = facts.family(install.manager) in fetched or _brings_store(copied, install)
                if step.stage is stage and not brings:
                    spare = _unread(
                        build, step, instruction, install, _spare(build, stage, install, here)
                    )
                    guilty = _guilty(build, install, read, spare, earlier)
                    if guilty:
                        needed = frozenset(
                            a.instruction.index
                            for a, _ in guilty
                            if _is_needed(a, install, earlier)
                        )
                        yield _Case(step, instruction, install, read, guilty, needed)
                if install.manifests or install.projects:
                    earlier.append(_Earlier(at, install, read))


def _made_there(build: Build, step: facts.Step, copy: syntax.Transfer) -> Iterator[str]:
    """Yield what was installed in a project's folder that is copied from another stage."""
    paths = [path for word in copy.sources if (path := step.state.expand(word.text)) is not None]
    taken = tuple(f"/{path.strip('/')}/" for path in paths)
    for stage in _source_chain(build, copy.from_ or "", step.stage):
        for other in build.steps(stage):
            if isinstance(other.instruction, syntax.Run):
                for install in _installs(build, other, other.instruction):
                    if any(f"{folder}/".startswith(taken) for folder in install.folders):
                        yield facts.family(install.manager)


def _is_needed(arrival: facts.Arrival, install: shell.Install, earlier: Sequence[_Earlier]) -> bool:
    kin = (
        each
        for each in earlier
        if facts.family(each.install.manager) == facts.family(install.manager)
    )
    return any(each.needs.files & arrival.sources for each in kin)


def _brings_store(copied: Sequence[str], install: shell.Install) -> bool:
    """Tell whether a COPY from another stage brings what the manager has fetched there."""
    return any(store in text for store in install.managed_by.stores for text in copied)


def _installs(build: Build, step: facts.Step, run: syntax.Run) -> Iterator[shell.Install]:
    """Yield the installs of a RUN that fetch something of a language's world."""
    effects = build.effects(run, step.state)
    kept = {cache.manager for cache in effects.of(shell.CacheKept)}
    for install in effects.of(shell.Install):
        if not facts.is_system_manager(install.manager) and not (
            install.hidden and install.manager in kept
        ):
            yield install
    if "go" not in kept and _is_go(step.stage):
        for unknown in effects.of(shell.Unknown):
            if unknown.command.name == "make" and _makes_go(build):
                yield _made(step, unknown)


def _is_go(stage: facts.Stage) -> bool:
    outermost = stage.outermost
    return re.search(r"(?:^|/)golang(?::|@|$)", outermost.image or "") is not None


def _makes_go(build: Build) -> bool:
    """Tell whether the Makefile builds with Go; one that cannot be read, in a Go image, is taken
    to.
    """
    try:
        text = build.context.read("Makefile")
    except DlintError:
        return False
    return (
        b"\0" in text
        or re.search(rb"\bgo (?:build|install|mod|test|run)\b|\$\((?:GO|GOBUILD|GO_BUILD)\)", text)
        is not None
    )


def _made(step: facts.Step, unknown: shell.Unknown) -> shell.Install:
    """Return the install that a `make` of a Go project hides."""
    folder = step.state.workdir or "/?"
    files = [posixpath.join(folder, name) for name in ("go.mod", "go.sum")]
    manifests = tuple(shell.Place(path, path) for path in files)
    return shell.Install(
        unknown.command,
        unknown.span,
        "go",
        manifests=manifests,
        projects=(shell.Place(folder, folder),),
        hidden=True,
    )


def _guilty(
    build: Build,
    install: shell.Install,
    read: facts.Needs,
    here: Sequence[tuple[int, facts.Arrival]],
    earlier: Sequence[_Earlier],
) -> list[tuple[facts.Arrival, str]]:
    if (
        read.whole
        or not _is_movable(build, install, read, here)
        or _is_vendored(build, install, read, here)
    ):
        return []
    doubtful = build.arrivals.doubtful
    if not install.packages and not read.files and not doubtful:
        return []  # its manifest comes from somewhere else
    if doubtful and install.hidden and install.manager == "go":
        return []  # there may be no go.mod at all
    found = []
    for at, arrival in here:
        if any(each.at < at and _covers(each, install, read) for each in earlier):
            continue
        change = _change(build, arrival, install, read)
        if change:
            found.append((arrival, change))
    return found


def _spare(
    build: Build,
    stage: facts.Stage,
    install: shell.Install,
    here: Sequence[tuple[int, facts.Arrival]],
) -> list[tuple[int, facts.Arrival]]:
    """Return the COPYs that could stand below an install: not those that the stage needs on which
    its own stands.

    An install from a manifest could go above them with that; one by name belongs to its own stage
    alone.
    """
    if install.manifests:
        return list(here)
    return [
        (at, each)
        for at, each in here
        if each.step.stage is stage or not _is_used_at_home(build, each)
    ]


def _unread(
    build: Build,
    step: facts.Step,
    run: syntax.Run,
    install: shell.Install,
    here: Sequence[tuple[int, facts.Arrival]],
) -> list[tuple[int, facts.Arrival]]:
    """Return the COPYs that bring no settings which a RUN reads in before it installs packages by
    name.
    """
    if install.manifests:
        return list(here)
    before = takewhile(lambda command: command is not install.command, build.script(run).commands)
    reads = [each for each in before if each.name in _READS_IN and not _enters_venv(each)]
    return [
        (at, each)
        for at, each in here
        if not any(each.named_by(read, step.state.workdir) for read in reads)
    ]


_READS_IN = frozenset((".", "source"))


def _enters_venv(command: shell.Command) -> bool:
    return any(word.form.endswith("/activate") for word in command.args)


def _is_used_at_home(build: Build, arrival: facts.Arrival) -> bool:
    for step in build.steps(arrival.step.stage):
        run = step.instruction
        if isinstance(run, syntax.Run) and run.index > arrival.instruction.index:
            commands = build.script(run).commands
            if arrival.whole or any(
                arrival.named_by(command, step.state.workdir) for command in commands
            ):
                return True
    return False


def _change(
    build: Build, arrival: facts.Arrival, install: shell.Install, read: facts.Needs
) -> str | None:
    """Tell how often a COPY changes without what the install reads; None where it does not."""
    if build.arrivals.doubtful:
        return _brings_manifest(arrival, install)
    if not read.readable and read.manifests.isdisjoint(arrival.sources):
        return None  # the manifest may name what this brings
    return build.volatile_files(arrival.sources, read.files)


def _is_movable(
    build: Build,
    install: shell.Install,
    read: facts.Needs,
    here: Sequence[tuple[int, facts.Arrival]],
) -> bool:
    """Tell whether an install of packages by name is the same wherever it stands; in a project it
    changes files.
    """
    if not install.packages:
        return (
            not install.everywhere
        )  # without a name, `npm install -g` installs the project itself
    if read.files:
        return True
    for package in install.packages:
        if package.text is None or package.kind not in {"index", "vcs"}:
            return False
        if install.manager == "go" and (build.arrivals.doubtful or _is_own(package.name, here)):
            return package.version != ""
    return install.everywhere or install.managed_by.outside


def _is_own(name: str, here: Sequence[tuple[int, facts.Arrival]]) -> bool:
    """Tell whether a Go package is one that was copied into GOPATH."""
    return any(
        f"/src/{name}/".startswith(f"/src/{place.partition('/src/')[2]}/")
        for place in _places(here)
    )


def _places(here: Sequence[tuple[int, facts.Arrival]]) -> Iterator[str]:
    return (arrival.destination for _, arrival in here if "/src/" in arrival.destination)


def _is_vendored(
    build: Build,
    install: shell.Install,
    read: facts.Needs,
    here: Sequence[tuple[int, facts.Arrival]],
) -> bool:
    """Tell whether a build finds its dependencies in the source."""
    if not install.hidden:
        return False
    vendors = tuple(posixpath.join(folder, "vendor/") for folder in install.folders)
    brought = any(place.startswith(vendors) for _, arrival in here for place in arrival.files)
    return brought and (install.manager != "go" or build.uses_vendor(read))


def _covers(earlier: _Earlier, install: shell.Install, read: facts.Needs) -> bool:
    """Tell whether an earlier install has fetched what this one needs."""
    if facts.family(earlier.install.manager) != facts.family(install.manager):
        return False
    if install.hidden or (install.projects and not read.manifests):
        return True
    if earlier.needs.manifests & read.manifests:
        return True
    return bool(
        {each.form for each in earlier.install.manifests}
        & {each.form for each in install.manifests}
    )


def _brings_manifest(arrival: facts.Arrival, install: shell.Install) -> str | None:
    """Without the context at hand, tell by the text whether a COPY brings the manifest, and more
    with it.
    """
    folders = install.folders
    if arrival.whole and (
        not install.manifests or any(arrival.under(folder) for folder in folders)
    ):
        return "every change of the source"
    return None


def _finding(
    build: Build, stage: facts.Stage, case: _Case, arrival: facts.Arrival, change: str
) -> Finding:
    uploads = build.shipped(stage) or (
        arrival.instruction.index not in case.needed and _ships_through_copy(build, stage, case)
    )
    copy = _short(f"{arrival.instruction.name} {arrival.instruction.value.text}")
    install = _short(build.dockerfile.source[case.install.span].replace("\\\n", " "))
    effect = (
        "fetch its dependencies" if case.install.hidden else "run and upload" if uploads else "run"
    )
    often = (
        f"at {change}"
        if change.startswith("every")
        else f"after {change} that changed nothing it reads"
    )
    cost = Cost.pushed(build.layer_bytes(case.step.stage, case.run)) if uploads else None
    return Finding(
        arrival.instruction,
        f"`{copy}` above `{install}` makes it {effect} again {often};"
        f" {_advice(build, case, arrival)}",
        cost=cost,
        fix=_fix(build, stage, case, arrival),
        related=(Related(case.install, "installs again each time"),),
        severity=None if uploads else Severity.INFO,
    )


def _advice(build: Build, case: _Case, arrival: facts.Arrival) -> str:
    files = case.needs.files & arrival.sources
    names = _ordered(case.install, files)
    if not names and build.arrivals.doubtful and not case.install.packages:
        names = [each.form for each in case.install.manifests if "*" not in each.form][:1]
    listed = _shown(names)
    if not listed:
        if case.install.projects:
            return "install what it needs before it"
        return (
            "fetch them before it"
            if case.install.hidden
            else "install before it, since nothing of it is read"
        )
    if len(listed) > MAX_NAMES:
        text = f"{', '.join(listed[: MAX_NAMES - 1])} and {len(listed) - MAX_NAMES + 1} more"
    else:
        text = " and ".join(filter(None, [", ".join(listed[:-1]), *listed[-1:]]))
    return f"copy {text} and fetch them first" if case.install.hidden else f"copy {text} first"


def _shown(paths: Sequence[str]) -> list[str]:
    """Write files by their names; those that share one (workspaces) with their folders."""
    names = [posixpath.basename(path) for path in paths]
    return [
        name if names.count(name) == 1 else path for name, path in zip(names, paths, strict=True)
    ]


def _ships_through_copy(build: Build, stage: facts.Stage, case: _Case) -> bool:
    """Tell whether what the install makes is copied into the image: then that layer is a new one
    each time, too.
    """
    if case.install.hidden:
        return False
    made = {
        folder
        for folder in (
            *case.install.folders,
            *build.effects(case.run, case.step.state).mentions,
        )
        if folder
    }
    stores = case.install.managed_by.stores
    for other in build.stages:
        for step in build.steps(other) if build.shipped(other) else ():
            copy = step.instruction
            if (
                isinstance(copy, syntax.Copy)
                and copy.from_
                and stage in _source_chain(build, copy.from_, other)
            ):
                paths = [
                    path
                    for word in copy.sources
                    if (path := step.state.expand(word.text)) is not None
                ]
                if any(store in path for path in paths for store in stores) or made & {
                    "/" + p.strip("/") for p in paths
                }:
                    return True
    return False


def _source_chain(build: Build, name: str, stage: facts.Stage) -> list[facts.Stage]:
    found = next(
        (each for each in reversed(build.stages[: stage.index]) if each.name == name.lower()), None
    )
    if found is None and name.isdecimal() and int(name) < stage.index:
        found = build.stages[int(name)]
    return list(found.ancestors()) if found else []


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= MAX_WORDS else f"{text[:MAX_WORDS]}…"


MAX_WORDS = 40  # characters of an instruction that a message quotes
MAX_NAMES = 3  # files that a message lists


def _ordered(install: shell.Install, files: Iterable[str]) -> list[str]:
    """Sort files: the manifest as the manager itself names it, its lock file, then the rest,
    workspaces among it.
    """
    names = [posixpath.basename(each.form) for each in install.manifests]
    locks = facts.lock_names(install.manager)
    at = {path: _position(posixpath.basename(path), names) for path in files}
    top = min((path.count("/") for path in at if at[path] == 0), default=0)

    def place(path: str) -> tuple[int, int, int, str]:
        rank = (
            0
            if at[path] == 0 and path.count("/") == top
            else 1
            if posixpath.basename(path) in locks
            else 2
        )
        return rank, at[path], path.count("/"), path

    return sorted(at, key=place)


def _position(name: str, patterns: Sequence[str]) -> int:
    return next((at for at, each in enumerate(patterns) if fnmatchcase(name, each)), len(patterns))


def _fix(build: Build, stage: facts.Stage, case: _Case, arrival: facts.Arrival) -> fixes.Fix | None:
    """Copy the manifests first and the rest behind the install; an install hidden in a build gets
    one before it.
    """
    copy = arrival.instruction
    if (
        not isinstance(copy, syntax.Transfer)
        or len(case.guilty) != 1
        or copy not in stage.instructions
    ):
        return None
    lines = _manifest_lines(build, case, arrival, copy)
    if lines is None or not _only_settings_between(stage, copy, case.run):
        return None
    source = build.dockerfile.source
    if case.install.hidden:
        prefetch = case.install.managed_by.prefetch
        if not prefetch or len(lines) != 1 or not _runs_in_workdir(case):
            return None
        text = source.newline.join([*lines, f"RUN {prefetch}", ""])
        edit = fixes.Edit(
            fixes.Span(fixes.lines_of(source, copy).start, fixes.lines_of(source, copy).start), text
        )
        return fixes.Fix(
            "fetch the modules before the source is copied", (edit,), fixes.Safety.UNSAFE
        )
    if case.install.projects or not _only_installs(build, case, arrival):
        return None
    span = fixes.lines_of(source, copy)
    edits = (
        fixes.Edit(span, source.newline.join([*lines, ""])),
        fixes.place_behind(source, [copy], case.run),
    )
    proved = case.needs.proved and case.needs.locked and not _holds_installed_files(case, arrival)
    # a COPY gives the project's folder an owner, whom an install by anybody but root needs to be
    proved = proved and case.step.state.user in {None, "root", "0"}
    return fixes.Fix(
        "copy what the install reads before it, the rest behind it",
        edits,
        fixes.Safety.SAFE if proved else fixes.Safety.UNSAFE,
    )


def _manifest_lines(
    build: Build, case: _Case, arrival: facts.Arrival, copy: syntax.Transfer
) -> list[str] | None:
    """Return COPY instructions for just what the install reads; None where that takes more than
    plain ones.
    """
    wanted = _ordered(case.install, case.needs.files & arrival.sources)
    return fixes.copies_of(build.dockerfile.source, copy, arrival, wanted)


def _only_settings_between(stage: facts.Stage, copy: syntax.Transfer, run: syntax.Run) -> bool:
    between = [i for i in stage.instructions if copy.index < i.index < run.index]
    relative = copy.destination is not None and not copy.destination.text.startswith("/")
    return all(
        isinstance(each, syntax.Env | syntax.Arg | syntax.Label | syntax.Expose | syntax.User)
        or (isinstance(each, syntax.Workdir) and not relative)
        for each in between
    )


def _runs_in_workdir(case: _Case) -> bool:
    workdir = case.step.state.workdir
    return workdir is not None and workdir in case.install.folders


def _only_installs(build: Build, case: _Case, arrival: facts.Arrival) -> bool:
    """Tell whether the RUN reads nothing of the COPY but what its installs read."""
    effects = build.effects(case.run, case.step.state)
    if not effects.known or effects.of(shell.Unknown):
        return False
    if any(
        each is not case.install and not facts.is_system_manager(each.manager)
        for each in effects.of(shell.Install)
    ):
        return False
    wanted = case.needs.files
    folders = case.install.folders
    return not any(
        place not in folders and (place == mention or place.startswith(mention.rstrip("/") + "/"))
        for place, path in arrival.files.items()
        if path not in wanted
        for mention in effects.mentions - folders
    )


def _holds_installed_files(case: _Case, arrival: facts.Arrival) -> bool:
    """Tell whether the COPY brings what the install makes, so that their order decides which of the
    two stays.
    """
    made = [posixpath.join(folder, name) + "/" for folder in case.install.folders for name in _MADE]
    return any(place.startswith(folder) for place in arrival.files for folder in made)


_MADE = ("node_modules", "vendor", ".venv", ".bundle")
