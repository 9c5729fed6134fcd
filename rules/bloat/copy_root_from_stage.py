r"""A `COPY --from` takes a whole stage or its source folder where only the build result is needed.

## What it does

Finds `COPY --from=STAGE / …` and copies of a folder that contains the sources as well as what was
built from them. Copies of `/usr` or `/usr/lib` of a stage that installs a compiler count as well.

## Why is this bad?

`COPY --from=build / /` copies everything the build left behind: compilers, caches, sources. On the
same base image it stores the files of the base a second time. A folder that holds the whole build
context is little better. Copy only what was built.

**Measured:** dlint's model of the first example counts 231 B of sources, because the example has
next to none. The compiler's own leftovers come on top.

## Example

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

```dockerfile bad
FROM debian:12.5-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev libevent-dev make
COPY . /src
RUN make -C /src PREFIX=/usr/local install

FROM debian:12.5-slim
COPY --from=build /usr/lib /usr/lib
COPY --from=build /usr/local/bin/shopd /usr/local/bin/
CMD ["shopd"]
```

```dockerfile good
FROM debian:12.5-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev libevent-dev make
COPY . /src
RUN make -C /src PREFIX=/usr/local install

FROM debian:12.5-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends libevent-2.1-7 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /usr/local/bin/shopd /usr/local/bin/
CMD ["shopd"]
```

Flattening an image into one layer is the exception:

```dockerfile good
FROM debian:12.5 AS build
RUN make -C /src install
FROM scratch
COPY --from=build / /
```

So is a copy onto a stage that the other one is built on. BuildKit stores only what has changed
there:

```dockerfile good
FROM debian:12.5 AS base
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
FROM base AS build
RUN make -C /src install
FROM base
COPY --from=build / /
```

## How sure

The size is the compressed size of the files that a `COPY` brought into the folder. Where something
was built there it is a lower bound (`≥`), because what the build added comes on top. The copied
folder is known by its path. Some compiled programs do read their sources (templates, migrations).
An image that is started with one of these files needs some, so that no size is given. Folders of
interpreted programs are not reported. Less than `min-bytes` (1 MiB) of files that a later `COPY`
brings again, such as manifests, are an info.

## When not to follow it

Keep the copy when the program reads most of its sources at run time. An image that starts a
debugger is not reported.

## Options

None.

## References

- [Multi-stage builds](https://docs.docker.com/build/building/multi-stage/)
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint import Cost, Finding, Related, Rule, Severity, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint import Build, Context, facts

rule = Rule(__name__, __doc__, since="0.1", needs=("--from",))

_DEVELOPED = regex(
    r"\b(?:dlv|gdb|gdbserver|lldb|lldb-server|rr)\b"
    r"|(?:\A|[.-])(?:dev|devel|development|debug)(?:[.-]|\Z)"
)
_OF_COMPILERS = frozenset(("/usr", "/usr/lib"))  # folders that hold all systems' compilers
_STARTING = frozenset(("CMD", "ENTRYPOINT"))
_NAME = regex(r"[\w.-]++(?!/)")


@rule.on(syntax.Copy)
def whole_stage(copy: syntax.Copy, context: Context) -> Iterator[Finding]:
    """Report copies of a stage's root, or of a folder with sources, into an image that ships."""
    build = context.build
    stage = build.shipped_stage(copy)
    if stage is None or not copy.from_ or _is_to_develop(stage):
        return
    for number, carried in build.copies.from_stages(copy):
        origin = build.stages[number]
        if carried.source == "/":
            yield from _root(build, copy, origin)
            return
        compiler = _compiler(build, origin) if carried.source in _OF_COMPILERS else None
        if compiler is not None:
            yield Finding(
                copy,
                f"`{carried.source}` contains the compiler that line {compiler.line} installs",
                help="copy only the files that the image needs",
                related=(Related(compiler, "installs it"),),
            )
            return
        sources = _sources(build, origin, carried.source)
        if sources is not None:
            yield Finding(
                copy,
                f"`{carried.source}` contains the sources of line {sources.line} as well as what"
                " was built from them",
                help="copy only what the program needs",
                cost=_at_least(_size(build, stage, sources)),
                related=(Related(sources, "copies the sources"),),
            )
            return
        held = build.arrivals.in_folder(origin, carried.source)
        again = _copied_to(build, copy, carried.destination) if held else None
        if again is not None:
            size = _held_twice(build, held, again)
            is_small = size is not None and size < context.min_bytes
            yield Finding(
                copy,
                f"`{carried.source}` contains files of the build context that line {again.line}"
                " copies again",
                help="copy them once",
                cost=_cost(size),
                severity=Severity.INFO if is_small else None,
                related=(Related(again, "copies them again"),),
            )
            return


def _is_to_develop(stage: facts.Stage) -> bool:
    """Tell whether people develop in an image, or it starts a debugger, which shows the sources."""
    return any(map(_DEVELOPED.search, (stage.name or "", *_starts(stage))))


def _starts(stage: facts.Stage) -> list[str]:
    return [each.value.text for each in stage.instructions if each.name in _STARTING]


def _cost(size: int | None) -> Cost | None:
    if size is None:
        return None
    return Cost.modelled(size, size)


def _at_least(size: int | None) -> Cost | None:
    """Return the cost of sources, on top of which comes what the build wrote beside them."""
    cost = _cost(size)
    return cost and cost._replace(at_least=True)


def _root(build: Build, copy: syntax.Copy, origin: facts.Stage) -> Iterator[Finding]:
    """Report a copy of a whole stage onto a base image, if both contain files."""
    stage = build.stage_of(copy)
    if stage is None or not stage.outermost.is_external or not origin.outermost.is_external:
        return
    if stage.outermost is origin.outermost:
        return  # a builder whose layers hold what has changed leaves out what both stand on
    if any(isinstance(step.instruction, syntax.Run) for step in build.chain(origin)):
        name = f"`{origin.name}`" if origin.name else f"number {origin.index}"
        yield Finding(
            copy,
            f"this copies all of stage {name}, with its base image and everything its steps left"
            " behind",
            help="copy only the files that the image needs",
        )


def _compiler(build: Build, origin: facts.Stage) -> syntax.Run | None:
    """Return the RUN that installs a compiler in a stage and leaves it there."""
    runs = (run for run, _ in build.effects_in(build.chain(origin)))
    return next(filter(build.installs.compilers_left, runs), None)


def _sources(build: Build, origin: facts.Stage, folder: str) -> syntax.Transfer | None:
    """Return the COPY of the whole context to `folder` that a compiled program is built from."""
    copied: syntax.Transfer | None = None
    for step in build.chain(origin):
        match step.instruction:
            case syntax.Transfer(takes_whole_context=True) as transfer:
                if any(each.path == folder for each in build.storage.of(step)):
                    copied = transfer
            case syntax.Run() as run if copied is not None and _compiles(build, run, step):
                return copied
    return None


def _compiles(build: Build, run: syntax.Run, step: facts.Step) -> bool:
    for install in build.effects(run, step.state).of(shell.Install):
        if install.hidden and install.managed_by.compiles:
            return True
    return False


def _size(build: Build, stage: facts.Stage, sources: syntax.Transfer) -> int | None:
    """Return the bytes of the sources; None where an image is started with one of their files, so
    that it needs some.
    """
    named = set(_NAME.findall(" ".join(_starts(stage))))
    selection = build.selection(sources)
    if selection and any(posixpath.basename(each.source) in named for each in selection.files):
        return None
    return build.sizes.copied(sources)


def _held_twice(build: Build, held: Sequence[facts.Arrival], again: syntax.Transfer) -> int | None:
    """Return the bytes of the files that COPYs hold and another copies again, as far as known."""
    files = [each.sources for each in held if each.known]
    if len(files) < len(held):
        return None
    return build.sizes.packed(build.selection(again), frozenset().union(*files))


def _copied_to(build: Build, copy: syntax.Copy, place: str | None) -> syntax.Transfer | None:
    """Return a later COPY of the whole build context to `place`."""
    stage = build.stage_of(copy)
    for step in build.steps(stage) if stage else ():
        match step.instruction:
            case syntax.Transfer(takes_whole_context=True) as later if later.index > copy.index:
                if any(stored.path == place for stored in build.storage.of(step)):
                    return later
    return None
