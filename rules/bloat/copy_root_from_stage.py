r"""A whole stage, or its working folder with the sources in it, is copied where its product alone
is needed.

`COPY --from=build / /` brings everything that the build has left behind: compilers, caches,
sources. On the same base it even stores the base's files again. A folder that the whole build
context was copied to, and built in, is little better: name what was built.

```dockerfile bad
FROM golang:1.22 AS build
WORKDIR /src
COPY . .
RUN go build -o /src/bin/app .

FROM debian:12.5-slim
COPY --from=build /src /app
CMD ["/app/bin/app"]
```

```dockerfile good
FROM golang:1.22 AS build
WORKDIR /src
COPY . .
RUN go build -o /src/bin/app .

FROM debian:12.5-slim
COPY --from=build /src/bin /app/bin
CMD ["/app/bin/app"]
```

```dockerfile bad
FROM debian:12.5 AS build
RUN make -C /src install
FROM debian:12.5-slim
COPY --from=build / /
```

Squashing an image into one layer is the exception:

```dockerfile good
FROM debian:12.5 AS build
RUN make -C /src install
FROM scratch
COPY --from=build / /
```

How sure: the bytes are those of the files that a COPY brought there, compressed by a sample; what
the build added comes on top. The copied folder is known by its path; that a compiled program
doesn't need its sources is a rule with exceptions (templates, migrations). Folders of interpreted
programs are left alone.

When not to follow it: where the program reads its sources, or most of them, when it runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Cost, Finding, Related, Rule, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context, facts

rule = Rule(__name__, __doc__)

_COMPILED = frozenset(("cabal", "cargo", "dotnet", "go", "gradle", "maven", "sbt", "stack"))


@rule.on(syntax.Copy)
def whole_stage(copy: syntax.Copy, context: Context) -> Iterator[Finding]:
    """Report copies of a stage's root, or of a folder with sources, into an image that is
    pushed.
    """
    build = context.build
    stage = build.stage_of(copy)
    if not copy.from_ or stage is None or not build.shipped(stage):
        return
    for number, carried in build.copies_from_stages(stage):
        if carried.copy is not copy:
            continue
        origin = build.stages[number]
        if carried.source == "/":
            if any(each.is_external for each in stage.ancestors()) and _is_made_here(build, origin):
                name = origin.name or f"number {number}"
                yield Finding(
                    copy,
                    f"this copies all of stage {name}, with its base and whatever its RUNs left"
                    " behind",
                )
            return
        sources = _sources(build, origin, carried.source)
        if sources is not None:
            what = (
                f"{carried.source} holds the sources that line {sources.line} copied there, besides"
                " what was built"
            )
            yield Finding(
                copy,
                what,
                cost=_cost(build, sources),
                related=(Related(sources, "copies the sources"),),
            )
            return
        again = _again(build, stage, origin, carried)
        if again is not None:
            what = (
                f"{carried.source} holds files of the build context that line {again.line}"
                " copies, too"
            )
            yield Finding(
                copy, what, cost=_cost(build, again), related=(Related(again, "copies them again"),)
            )
            return


def _cost(build: Build, transfer: syntax.Transfer) -> Cost | None:
    """Return what the files of a COPY from the context come to, so far as the context holds
    them.
    """
    selection = build.selection(transfer)
    size = build.packed_bytes(selection) if selection and not selection.failures else None
    return None if size is None else Cost.modelled(size, size)


def _is_made_here(build: Build, origin: facts.Stage) -> bool:
    """Tell whether the stage is more than another name for an image, and has a base with files."""
    steps = build.chain(origin)
    return steps[0].stage.is_external and any(
        isinstance(step.instruction, syntax.Run) for step in steps
    )


def _sources(build: Build, origin: facts.Stage, folder: str) -> syntax.Transfer | None:
    """Return the COPY of the whole context to `folder` that a compiled program is built from."""
    copied: syntax.Transfer | None = None
    for step in build.chain(origin):
        instruction = step.instruction
        if isinstance(instruction, syntax.Transfer):
            stored = build.storage.of(step)
            if instruction.takes_whole_context and any(each.path == folder for each in stored):
                copied = instruction
        elif copied is not None and isinstance(instruction, syntax.Run):
            installs = build.effects(instruction, step.state).of(shell.Install)
            if any(each.hidden and each.manager in _COMPILED for each in installs):
                return copied
    return None


def _again(
    build: Build, stage: facts.Stage, origin: facts.Stage, carried: facts.Carried
) -> syntax.Transfer | None:
    """Return a COPY below that brings the whole context to the place where the folder's part of it
    stands already.
    """
    brought = any(
        stored.how == "copy"
        and stored.path is not None
        and stored.path.rstrip("/") == carried.source
        for step in build.chain(origin)
        if isinstance(step.instruction, syntax.Transfer)
        for stored in build.storage.of(step)
    )
    if not brought:
        return None
    for step in build.steps(stage):
        later = step.instruction
        if (
            isinstance(later, syntax.Transfer)
            and later.index > carried.copy.index
            and later.takes_whole_context
        ):
            places = [stored.path for stored in build.storage.of(step)]
            if carried.destination in places:
                return later
    return None
