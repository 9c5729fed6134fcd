r"""Dependencies are installed after a `COPY` of more than the install reads.

## What it does

Finds dependency installs and builds after a `COPY` of source files that the install does not read.

## Why is this bad?

A `RUN` reuses the cache as long as nothing before it changed. After `COPY . .` that is only until
the next edit of any file. The install then runs again although its inputs are the same. Its files
get new times, so the whole layer is pushed again. A manifest and lock file in an earlier `COPY`
change only when a dependency does.

**Measured:** the layer of `npm ci` with `react` and `vite` is 24.5 MB, the layer of
`pip install scikit-learn` 87.2 MB. Both were built and pushed for `benchmarks/installs.md`.

## Example

```context
package.json: {"name": "shop", "dependencies": {"express": "4.19.2"}}\n
package-lock.json: {"name": "shop", "lockfileVersion": 3}\n
src/index.js 3kB
src/cart.js 9kB
.dockerignore: node_modules\n
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

An install that is part of a build counts as well, because the manifest alone is enough to fetch the
dependencies:

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

So does what another stage built from the source, above an install that reads none of it:

```context
package.json: {"name": "shop", "dependencies": {"express": "4.19.2"}}\n
package-lock.json: {"name": "shop", "lockfileVersion": 3}\n
src/index.ts 3kB
```

```dockerfile bad
FROM node:22 AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY src ./src
RUN npm run build

FROM node:22-slim
WORKDIR /app
COPY --from=build /app/dist ./dist
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
CMD ["node", "dist/index.js"]
```

```dockerfile good
FROM node:22 AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY src ./src
RUN npm run build

FROM node:22-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
COPY --from=build /app/dist ./dist
CMD ["node", "dist/index.js"]
```

## How sure

dlint follows what the install reads through the build context: manifests, lock files, settings,
nested requirements, workspaces, `file:` dependencies, patches and npm scripts. Where a program such
as a `postinstall` script may read more, the help says so, and there is no fix. Where more has to
move than the install, such as what its `RUN` sets up, the help is general. Installs of other `RUN`s
that move alike are counted in the same finding. pip cannot install the dependencies of a project
without the project. What `uv export` or `poetry export` makes of a lock file can be installed
first. So can a list of them, which then stands in two places. Other copied files count as changing
when at least one in twenty of git's last hundred commits shows it: above a build all of them
together. Without a history, source code counts as changing. Commits that also change the
Dockerfile, what stays above the install, or what a mount shows it are not counted. What is built
before the image (`dist`, if git ignores it) changes with the source, above an install that surely
reads nothing of it. Where a `COPY --from` alone brings the manifests, with all that another stage
builds, dlint follows them into that stage. The finding is an info when the install's layer is not
part of the image, or the image takes it together with the source. So it is when each push starts
without a build cache. The same holds where workflows push releases alone, and what the install
reads changes now and then. npm, Yarn and uv write the same files each time, so a `COPY` of these
alone from another stage is not pushed again. The rule is silent for:

- installs that build the project (a `prepare` script that compiles, `pip install .` unless its
  `pyproject.toml` names the `dependencies`)
- a `COPY` in a base of several stages, if a `RUN` of that base works with it
- a `COPY` in a base that is an image of its own
- what an image for tests downloads while it is built
- an `if` that no build argument turns on
- an install that each build or release reruns anyway: by an argument above the `COPY`, by a mount
  of the whole context there, or by what a workflow writes into its manifest
- builds that all have `--no-cache`
- a build that nothing but a cache mount would help, if each push comes from a new machine, on which
  the mount is empty
- a `COPY` of nothing but manifests, and an install of small tools alone, such as a package manager
- an install by name whose `RUN` also installs packages of the system
- builds from vendored sources, or with the manager's cache in a mount, as far as the place of that
  is known
- an install into an environment of Python's that a copied program makes
- installs whose manifest is not in the build context, and Go modules that are replaced by a folder
  which no `COPY` brings
- dependencies that an install before the `COPY` provides, unless they are deleted and pushed again
  (an install for production provides nothing that development needs)
- dependencies that a base provides, which the repository builds
- a `COPY --from` to the folder of manifests that the context brings, or to one where a manager may
  look
- a `COPY --from` before an install of the project, unless a flag installs the dependencies alone

The fix is safe when all that the install reads is known and a lock file decides what it installs.
The ignore file must leave out what it makes, such as `node_modules`: a working tree may hold that,
and the order decides which of the two stays. There is no fix for a build where a setting that its
download needs comes after the `COPY`: its `WORKDIR`, its `USER`, a proxy. Where an argument that
changes on every build comes between the two, the help is to move the install. Where one comes
before both, and nothing up to the install uses it, the help is to declare it below as well.

## When not to follow it

Keep the order when a script of the install reads the source in a way that dlint cannot see.

## Options

None.

## References

- [Order your layers](https://docs.docker.com/build/cache/optimize/#order-your-layers)
- [Cache invalidation](https://docs.docker.com/build/cache/invalidation/)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Cost, Finding, Related, Rule, Severity, fixes, reruns, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint import Build, Context, EarlyCopies

rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    layered=True,
    needs=(syntax.Transfer, (shell.Install, "make", "npm", "yarn", "bun")),
    fix=fixes.Safety.SAFE,
)


@rule.on(syntax.Dockerfile)
def early_copy(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report each install after COPYs of files that it does not need, each COPY once."""
    build = context.build
    reported: set[int] = set()
    for stage in build.stages:
        if stage.index not in build.built_stages:
            continue
        for case in build.installs.early_copies(stage):
            is_known = case.main.instruction.index in reported
            if not is_known and not build.installs.is_advice_lost(case):
                reported.update(each.instruction.index for each in case.copies)
                yield _finding(build, case)


@rule.on(syntax.Dockerfile)
def handed_whole(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report installs by manifests that a COPY brings from another stage with all that is built
    there.
    """
    build = context.build
    for stage in build.stages:
        if stage.index not in build.built_stages:
            continue
        for case in build.installs.handed_whole(stage):
            if_kept = build.if_kept(stage)
            uploads = not (build.is_pushed_nowhere(stage) or build.cold_pushes)
            effect = reruns(case.change, "reruns", "the install", if_kept)
            size = build.sizes.installed(stage, case.run, [case.install])
            yield Finding(
                case.copy,
                f"{case.copy.quoted} comes before {case.install.command.quoted}, so {effect}",
                help=case.advice,
                cost=Cost.pushed(size) if uploads else None,
                related=(Related(case.run, "runs again with it"),),
                severity=None if uploads and not if_kept else Severity.INFO,
            )


def _finding(build: Build, case: EarlyCopies) -> Finding:
    if_kept = build.if_kept(case.stage)
    return Finding(
        case.main.instruction,
        f"{_copies(case)} {_install(build, case)}, so {_effect(case, if_kept)}",
        help=_help(build, case),
        cost=_cost(build, case) if case.uploads else None,
        fix=_fix(build, case),
        related=(
            Related(case.install, "runs again with it"),
            *(Related(run, "runs again with it, too") for run in case.beside_by_manifests),
            *(Related(each.instruction, _ALSO) for each in case.others),
        ),
        severity=None if case.uploads and not if_kept else Severity.INFO,
    )


def _help(build: Build, case: EarlyCopies) -> str:
    """Say how to split the COPY, and what else reruns the install until it is changed, too."""
    kept = build.exports.to_be_kept(case.stage)
    how = build.installs.split_advice(case) + kept
    stays = case.first.is_download and not case.first.download  # with the build, which may read all
    if stays or case.needs_stage:  # which is given none of these arguments
        return how
    copy = case.main.instruction
    return how + build.changes.to_be_declared_later(case.stage, case.found.run, copy)


_ALSO = "also copies more than the install reads"


def _copies(case: EarlyCopies) -> str:
    """Name the main COPY by its text, and count the rest."""
    more, copy = len(case.others), case.main.instruction.quoted
    return f"{copy} and {more} more come before" if more else f"{copy} comes before"


def _install(build: Build, case: EarlyCopies) -> str:
    """Name the install, with its line where another `RUN` has the same command, and count those
    that move with it.
    """
    command, where = case.install.command, f" of line {case.found.run.line}" * case.has_namesake
    if case.alike:
        where += f" and {case.alike} more install{'s' * (case.alike > 1)}"
    if command.assignments:  # which leave no room for the program
        return command.quoted + where
    return build.dockerfile.source.quoted(case.install.span) + where


def _effect(case: EarlyCopies, if_kept: str) -> str:
    if case.first.is_download:
        return reruns(case.change, "downloads", "the dependencies again", if_kept)
    return reruns(case.change, "reruns", "the installs" if case.alike else "the install", if_kept)


def _cost(build: Build, case: EarlyCopies) -> Cost | None:
    run, sizes = case.found.run, build.sizes
    if case.pushes_layer and not (case.own_run.needs_more or case.own_run.rewrites):
        return Cost.pushed(sizes.layer(case.stage, run))
    return Cost.pushed(sizes.installed(case.stage, run, [case.install]))


def _fix(build: Build, case: EarlyCopies) -> fixes.Fix | None:
    """Copy the manifests first and the rest after the install; an install inside a build gets one
    before it.
    """
    copy, source = case.main.instruction, case.build.dockerfile.source
    if not isinstance(copy, syntax.Transfer) or not case.can_be_split:
        return None
    crossed = build.crossed(copy, case.found.run)
    if case.is_of_another_stage:
        return None if case.is_read_beside else _copy_last(case, copy, crossed)
    if not case.first.read or not crossed or not fixes.copy_may_sink(crossed[1:], copy):
        return None
    first = case.first.read_of_these
    lines = fixes.copies_of(source, copy, case.main, first) if first else []
    if lines is None:
        return None
    split = _fetch_first if case.first.is_download else _install_between
    return split(case, copy, lines)


def _copy_last(
    case: EarlyCopies, copy: syntax.Transfer, crossed: Sequence[syntax.Instruction]
) -> fixes.Fix | None:
    """Copy what another stage built after the install."""
    if not fixes.copy_may_sink(crossed[1:], copy, case.build):
        return None  # what another COPY brings might be written over
    source = case.build.dockerfile.source
    below = fixes.place_behind(source, [copy], case.found.run)
    edits = (fixes.Edit(fixes.lines_of(source, copy), ""), below)
    return fixes.Fix("copy it after the install", edits, fixes.Safety.UNSAFE)


def _fetch_first(
    case: EarlyCopies, copy: syntax.Transfer, lines: Sequence[str]
) -> fixes.Fix | None:
    """Download the dependencies of a build before the COPY, where no image stores them twice."""
    install, source = case.install, case.build.dockerfile.source
    is_set_up = case.between.set_up_download or case.own_run.sets_up
    if case.build.shipped(case.stage) or is_set_up:
        return None
    here, prefetch = case.main.step.state.workdir, install.managed_by.prefetch
    if not prefetch or len(lines) != 1 or here not in install.folders:
        return None
    start = fixes.lines_of(source, copy).start
    text = source.newline.join([*lines, f"RUN {prefetch}", ""])
    edit = fixes.Edit(fixes.Span(start, start), text)
    title = "download the modules before the source is copied"
    return fixes.Fix(title, (edit,), fixes.Safety.UNSAFE)


def _install_between(
    case: EarlyCopies, copy: syntax.Transfer, lines: Sequence[str]
) -> fixes.Fix | None:
    """Copy what the install reads before it, and the rest after it."""
    found, source = case.found, case.build.dockerfile.source
    if case.install.projects or not found.is_all_that_reads(case.build, case.main):
        return None
    edits = (
        fixes.Edit(
            fixes.lines_of(source, copy), "".join(f"{each}{source.newline}" for each in lines)
        ),
        fixes.place_behind(source, [copy], found.run),
    )
    # a COPY sets the owner of the project folder, which an install as another user than root needs
    proved = found.needs.proved and found.needs.locked and found.step.state.is_root
    safe = proved and not found.makes_some_of(case.build, case.main)
    return fixes.Fix(
        "copy what the install reads before it, the rest after it",
        edits,
        fixes.Safety.SAFE if safe else fixes.Safety.UNSAFE,
    )
