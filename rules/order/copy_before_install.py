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

from typing import TYPE_CHECKING, NamedTuple

from dlint import Cost, Finding, Related, Rule, Severity, facts, fixes, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
            for arrival, change in case.unneeded:
                if arrival.instruction.index not in reported:
                    reported.add(arrival.instruction.index)
                    yield _finding(case, arrival, change)


class _Case(NamedTuple):
    """An install of a stage, and the COPYs above it that bring more than it reads, each with how
    often that changes.
    """

    build: Build
    stage: facts.Stage
    found: facts.Installation
    unneeded: Sequence[tuple[facts.Arrival, str]]


def _cases(build: Build, stage: facts.Stage) -> Iterator[_Case]:
    for found in build.installations(stage):
        if found.step.stage is stage and found.can_be_split_off(build):
            unneeded = list(found.unneeded(build, stage))
            if unneeded:
                yield _Case(build, stage, found, unneeded)


def _finding(case: _Case, arrival: facts.Arrival, change: str) -> Finding:
    install = case.found.install
    uploads = case.found.is_uploaded(case.build, case.stage, arrival)
    above = arrival.instruction.quoted
    below = case.build.dockerfile.source.quoted(install.span)
    fresh = change.startswith("every")
    often = f"at {change}" if fresh else f"after {change} that changed nothing it reads"
    effect = "run and upload" if uploads else "run"
    if install.hidden:
        effect = "fetch its dependencies"
    return Finding(
        arrival.instruction,
        f"{above} above {below} makes it {effect} again {often}; {_advice(case, arrival)}",
        cost=_cost(case) if uploads else None,
        fix=_fix(case, arrival),
        related=(Related(install, "installs again each time"),),
        severity=None if uploads else Severity.INFO,
    )


def _cost(case: _Case) -> Cost | None:
    found = case.found
    return Cost.pushed(case.build.layer_bytes(found.step.stage, found.run))


MAX_NAMES = 3  # files that a message lists


def _advice(case: _Case, arrival: facts.Arrival) -> str:
    install = case.found.install
    names = _names(case, arrival)
    match names, install.hidden:
        case [], _ if install.projects:
            return "install what it needs before it"
        case [], True:
            return "fetch them before it"
        case [], False:
            return "install before it, since nothing of it is read"
        case _, True:
            return f"copy {_listed(names)} and fetch them first"
    return f"copy {_listed(names)} first"


def _names(case: _Case, arrival: facts.Arrival) -> list[str]:
    """Return the names of the files of a COPY that the install reads."""
    install, paths = case.found.install, _read(case, arrival)
    if not paths and not install.packages and case.build.arrivals.doubtful:
        paths = [each.form for each in install.manifests if "*" not in each.form][:1]
    return case.build.file_names(paths)


def _read(case: _Case, arrival: facts.Arrival) -> list[str]:
    """Return the context's files that a COPY brings and the install reads."""
    files = case.found.needs.files & arrival.sources
    return case.build.reading_order(case.found.install, files)


def _listed(names: Sequence[str]) -> str:
    if len(names) > MAX_NAMES:
        return f"{', '.join(names[: MAX_NAMES - 1])} and {len(names) - MAX_NAMES + 1} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _fix(case: _Case, arrival: facts.Arrival) -> fixes.Fix | None:
    """Copy the manifests first and the rest behind the install; an install hidden in a build gets
    one before it.
    """
    copy, source = arrival.instruction, case.build.dockerfile.source
    if not isinstance(copy, syntax.Transfer) or len(case.unneeded) > 1:
        return None
    crossed = case.build.crossed(copy, case.found.run)
    if not crossed or not fixes.copy_may_sink(crossed[1:], copy):
        return None
    lines = fixes.copies_of(source, copy, arrival, _read(case, arrival))
    if lines is None:
        return None
    split = _fetch_first if case.found.install.hidden else _install_between
    return split(case, arrival, copy, lines)


def _fetch_first(
    case: _Case, _: facts.Arrival, copy: syntax.Transfer, lines: Sequence[str]
) -> fixes.Fix | None:
    """Fetch what a build needs before the COPY."""
    install, source = case.found.install, case.build.dockerfile.source
    here, prefetch = case.found.step.state.workdir, install.managed_by.prefetch
    if not prefetch or len(lines) != 1 or here not in install.folders:
        return None
    start = fixes.lines_of(source, copy).start
    text = source.newline.join([*lines, f"RUN {prefetch}", ""])
    edit = fixes.Edit(fixes.Span(start, start), text)
    title = "fetch the modules before the source is copied"
    return fixes.Fix(title, (edit,), fixes.Safety.UNSAFE)


def _install_between(
    case: _Case, arrival: facts.Arrival, copy: syntax.Transfer, lines: Sequence[str]
) -> fixes.Fix | None:
    """Copy what the install reads above it, and the rest below."""
    found, source = case.found, case.build.dockerfile.source
    if found.install.projects or not found.is_all_that_reads(case.build, arrival):
        return None
    edits = (
        fixes.Edit(fixes.lines_of(source, copy), source.newline.join([*lines, ""])),
        fixes.place_behind(source, [copy], found.run),
    )
    # a COPY gives the project's folder an owner, whom an install by anybody but root needs to be
    is_roots = found.step.state.user in {None, "root", "0"}
    proved = found.needs.proved and found.needs.locked and is_roots
    safe = proved and not found.makes_some_of(arrival)
    return fixes.Fix(
        "copy what the install reads before it, the rest behind it",
        edits,
        fixes.Safety.SAFE if safe else fixes.Safety.UNSAFE,
    )
