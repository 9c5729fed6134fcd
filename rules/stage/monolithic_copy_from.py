r"""Dependencies and the project's own code are copied into one layer, which each change makes new.

## What it does

Finds `COPY --from` of a folder that contains both installed dependencies and the project's files.

## Why is this bad?

`COPY --from=build /app /app` puts everything into one layer. The dependencies are usually the
larger part and change with the lock file. The code changes with every commit and invalidates the
whole layer. With two `COPY`s, the dependencies first, their layer is already in the registry.

**Measured:** the layer of `npm ci` with `react` and `vite` is 24.5 MB, built and pushed for
`benchmarks/installs.md`. Every source change pushes such a layer again.

## Example

```dockerfile bad
FROM node:22.4 AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
COPY . .

FROM node:22.4-slim
WORKDIR /app
COPY --from=build /app .
CMD ["node", "index.js"]
```

```dockerfile good
FROM node:22.4 AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
COPY . .

FROM node:22.4-slim
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build --exclude=node_modules /app .
CMD ["node", "index.js"]
```

## How sure

`node_modules`, a `.venv` or composer's `vendor` is installed by a `RUN` in the copied folder, or
copied there from another stage. The project's own files are copied or built there afterwards, or
copied from a stage that builds them, and nothing deletes either. A stage that copies its code
before the install is not reported here: `order/copy-before-install` does. Neither is an install
whose manifest the build itself generates. The size is an estimate from the lock file when it
contains sizes, and unknown otherwise; what is unknown is an info. Nothing is reported
where no known push has a build cache: a layer of their own would be new in each push as well.
`--exclude` needs `# syntax=docker/dockerfile:1.19` or later; listing the folders works with any
version. Where the install reruns with the source, the help is to install in a separate stage. So
it is where a later build may write to the folder. Where `npm prune` or a second install leaves less
there, the help is to install only that in the stage. Composer's `vendor` is not reported where its
autoloader is written after the code is there, because it may list the project's classes. An image
that is a web server, or without Node, may not read the dependencies at all: there, the help is to
copy only what it reads. A folder to which a `COPY` brings files of the project as well is not
reported, because `--exclude` would leave out these, too.

## When not to follow it

Skip it when the dependencies are only a few files.

## Options

None.

## References

- [`COPY --exclude`](https://docs.docker.com/reference/dockerfile/#copy---exclude)
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from dlint import Cost, Finding, Related, Rule, facts, listed, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint import Build, Context

rule = Rule(__name__, __doc__, since="0.1", layered=True, needs=("--from", (shell.Install, "make")))

_SERVED = "copy only what the image reads"
_FROM_THERE = "copy them from there first, and here only the rest"
_APART = f"install the dependencies in a stage of their own, {_FROM_THERE}"
_OF_NEEDED = (
    f"install only the dependencies that the image needs in a stage of their own, {_FROM_THERE}"
)
_FROM = "copy `{}` from `{}` first, and here only the rest"


@rule.on(syntax.Copy)
def both_in_one(copy: syntax.Copy, context: Context) -> Iterator[Finding]:
    """Report a COPY --from of dependencies and code together."""
    build = context.build
    stage = build.shipped_stage(copy)
    origin = build.stage_copied_from(copy) if stage else None
    folder = _whole_folder(build, copy)
    if stage is None or origin is None or folder is None or build.has_no_cache:
        return  # without a cache, a layer of their own would be new in each push as well
    parts = _parts(build, copy, origin, folder)
    is_told = build.copies.taken_before(copy) is not None  # by bloat/duplicate-copy-from
    if not parts or is_told:
        return
    named = listed(f"`{each.folder}`" for each in parts)
    sizes = (_size(build, origin, folder, each.folder) for each in parts)
    cost = Cost.pushed(facts.Size.sum(sizes))
    yield Finding(
        copy,
        f"this layer contains {named} and the project's own files, so {build.if_cached}all of it is"
        " new with every source change",
        help=_help(build, stage, origin, folder, parts),
        cost=cost,
        severity=build.sizes.severity(cost),
        related=(
            *(Related(each.run, "installs the dependencies") for each in parts),
            Related(parts[0].code, "copies the project's own files"),
        ),
    )


class _Part(NamedTuple):
    """A folder of dependencies, the first RUN and command that install to it, and the later step
    that brings the project's own files.
    """

    folder: str
    run: syntax.Run
    install: shell.Install
    code: syntax.Instruction


def _parts(build: Build, copy: syntax.Copy, origin: facts.Stage, folder: str) -> list[_Part]:
    """Return the folders of dependencies that no COPY of its own takes."""
    parts: dict[str, _Part] = {}
    for found in build.installs.dependencies(origin, below=folder):
        if found.folder in parts or _is_split(build, copy, found.folder):
            continue
        is_mixed = build.sources.bring_files_to(origin, found.folder)
        if is_mixed or build.installs.is_of_generated(found):
            continue
        code = _code(build, origin, folder, found.at.index)
        if code is None or build.installs.gets_autoloader_after(found.install, origin, code):
            continue  # what composer writes there changes with the code
        parts[found.folder] = _Part(found.folder, found.run, found.install, code)
    return list(parts.values())


def _size(build: Build, origin: facts.Stage, below: str, folder: str) -> facts.Size:
    """Return the size of all that is installed to a folder of dependencies."""
    installs: dict[syntax.Run, list[shell.Install]] = {}
    for each in build.installs.dependencies(origin, below=below):
        if each.folder == folder:
            installs.setdefault(each.run, []).append(each.install)
    return facts.Size.sum(
        build.sizes.installed(owner, run, these)
        for run, these in installs.items()
        if (owner := build.stage_of(run)) is not None
    )


def _help(
    build: Build, stage: facts.Stage, origin: facts.Stage, copied: str, parts: Sequence[_Part]
) -> str:
    """Say what to copy apart; where the image may not read it, what to copy at all."""
    folders = [each.folder for each in parts]
    if build.images.may_read_none(stage, folders):
        return _SERVED
    if not build.installs.renewed_with(parts[0].code, origin, below=copied).isdisjoint(folders):
        # the layer of what is installed again with the code would be new with that
        return _apart(build, origin, parts[0])
    named = listed(map("`{}`".format, folders))
    flags = " ".join(f"--exclude={posixpath.relpath(each, copied)}" for each in folders)
    needed = build.line_for("exclude")
    return f"copy {named} first, and add `{flags}` to this `COPY`{needed}"


def _apart(build: Build, origin: facts.Stage, part: _Part) -> str:
    """Say to copy from a stage of the dependencies; there may be one, to which no code comes. It
    holds more than the image needs where some of the packages are left out afterwards.
    """
    installs = build.installs
    if installs.leaves_out_after(part.code, origin, part.folder, part.install):
        return _OF_NEEDED
    owner = build.stage_of(part.run)
    code = build.stage_of(part.code)
    if owner is None or owner is code:
        return _APART
    return _FROM.format(part.folder, owner.name)


def _whole_folder(build: Build, copy: syntax.Copy) -> str | None:
    """Return the folder that a COPY takes completely; another rule handles the root."""
    if copy.excludes or len(copy.sources) != 1:
        return None
    path = build.expand(copy, copy.sources[0].text)
    folder = posixpath.normpath("/" + (path or "").lstrip("/"))
    return None if folder == "/" else folder


def _code(build: Build, stage: facts.Stage, folder: str, after: int) -> syntax.Instruction | None:
    """Return the later COPY of the project's own files to the dependencies' folder, or a RUN that
    builds there from copied files.
    """
    for arrival in build.arrivals.of_stage(stage):
        code = arrival.instruction
        if code.index <= after or not build.changes.change_of_source(arrival):
            continue
        place = arrival.destination
        if facts.within(place, folder):
            return code
        for run in build.runs_below(code):
            if build.installs.work_in(run, folder):
                return run
    return _gathered(build, stage, folder, after)


def _gathered(
    build: Build, stage: facts.Stage, folder: str, after: int
) -> syntax.Instruction | None:
    """Return the later COPY of what another stage built to the dependencies' folder."""
    copies = (
        step.instruction
        for step in build.steps(stage)
        if step.instruction.index > after
        and facts.within(step.destination("/?") or "/", folder)
        and build.changes.is_made_of_source(step)
    )
    return next(copies, None)


def _is_split(build: Build, copy: syntax.Copy, dependencies: str) -> bool:
    """Tell whether another COPY of the stage already copies the dependencies separately."""
    stage = build.stage_of(copy)
    if stage is None:
        return False
    for other in stage.instructions:
        if other is copy:
            continue
        for place in _places(build, other):
            if facts.within(place, dependencies) and not _is_program(place, dependencies):
                return True
    return False


def _is_program(place: str, dependencies: str) -> bool:
    """Tell whether a place is one of the programs of an environment, and none of its packages."""
    return facts.within(place, f"{dependencies}/bin")


def _places(build: Build, instruction: syntax.Instruction) -> Iterator[str]:
    """Yield the places in another stage or image that a COPY takes from."""
    match instruction:
        case syntax.Copy(from_=origin, sources=sources) if origin:
            for word in sources:
                path = build.expand(instruction, word.text)
                if path is not None:
                    yield "/" + path.strip("/")
