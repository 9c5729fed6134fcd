r"""An `ARG` that changes on every build comes before steps that do not use it.

## What it does

Finds build arguments such as a commit, date or build number that are declared before `RUN`s which
do not need them.

## Why is this bad?

An `ARG` is part of the environment of every later `RUN` of its stage, whether or not the `RUN`
mentions it. The same holds in stages based on it. When its value changes, the first later `RUN`
misses the cache, and all later steps with it. Packages are installed again and their layers pushed
again, although nothing about them changed. `COPY` and `LABEL` do not depend on the environment.

**Measured:** dlint's estimate for the first example is 388 kB on every build, for `tini` alone.
`ffmpeg` on Debian 13 is a layer of 170 MB, built and pushed for `benchmarks/installs.md`.

## Example

```dockerfile bad
FROM debian:12.5-slim
ARG GIT_SHA=unknown
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
RUN useradd --system app
LABEL org.opencontainers.image.revision=$GIT_SHA
```

```dockerfile good
FROM debian:12.5-slim
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
RUN useradd --system app
ARG GIT_SHA=unknown
LABEL org.opencontainers.image.revision=$GIT_SHA
```

Declare the argument directly before the first step that uses it, together with an `ENV` that passes
it on:

```dockerfile bad
FROM golang:1.22-alpine AS build
WORKDIR /src

# what the binary says about itself
ARG BUILD_DATE
ENV BUILD_DATE=$BUILD_DATE

COPY go.mod go.sum ./
RUN go mod download

COPY . .
RUN go build -ldflags "-X main.built=${BUILD_DATE}" -o /app .
```

```dockerfile good
FROM golang:1.22-alpine AS build
WORKDIR /src

COPY go.mod go.sum ./
RUN go mod download

COPY . .

# what the binary says about itself
ARG BUILD_DATE
ENV BUILD_DATE=$BUILD_DATE

RUN go build -ldflags "-X main.built=${BUILD_DATE}" -o /app .
```

A cache buster is no exception: it reruns too much when it comes before other `RUN`s. One that
nothing mentions is assumed to be for the first `RUN` that fetches an index or a newest release, or
runs the project's code.

## How sure

The repository's own files (Compose, Bake, CI, Makefiles) show what a build passes. Otherwise the
argument's name decides: commits, dates and build numbers. A bare `VERSION` without a default may
change only with releases and is an info. Not reported are:

- version pins (`NODE_VERSION`) and platform arguments
- arguments that a download or a checkout uses
- steps that rerun with every commit anyway, after a `COPY` of the whole build context
- `RUN`s that only create a folder, write a line or test a value

A step that runs the project's own code may read the environment without naming the argument. When
nothing else uses it, it is assumed to be for that step. A fix that crosses such a step is unsafe.

## When not to follow it

Keep the order when the `RUN` should run on every build.

## Options

None.

## References

- [`ARG` and the build cache](https://docs.docker.com/reference/dockerfile/#impact-on-build-caching)
- [Build variables](https://docs.docker.com/build/building/variables/)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Cost, Finding, Related, Rule, Severity, facts, fixes, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint import Build, Context

rule = Rule(__name__, __doc__, fix=fixes.Safety.SAFE)


@rule.on(syntax.Arg)
def early_argument(arg: syntax.Arg, context: Context) -> Iterator[Finding]:
    """Report arguments that change on every build before RUNs that do not use them."""
    build = context.build
    stage = build.built_stage(arg)
    for pair in arg.pairs if stage else ():
        changes = build.changes.changes_of_argument(arg, pair)
        if stage is None or changes is facts.Changes.SELDOM:
            continue
        argument = build.changes.below_argument(stage, arg, pair.name)
        idle = build.changes.rerun_for_nothing(argument, changes)
        if idle:
            yield _finding(build, argument, changes, idle)


def _finding(
    build: Build, argument: facts.Argument, changes: facts.Changes, idle: Sequence[syntax.Run]
) -> Finding:
    arg, name = argument.arg, argument.name
    shipped = build.shipped(argument.stage)
    effect = "rebuilt and pushed again" if shipped else "rebuilt"
    lines = f"line {idle[0].line} does" if len(idle) == 1 else f"{len(idle)} of them do"
    pair = next(pair for pair in arg.pairs if pair.name == name)
    return Finding(
        arg if len(arg.pairs) == 1 else pair,
        f"`ARG {name}` {_WHEN[changes]}, so every step from line {idle[0].line} on is {effect},"
        f" although {lines} not use it",
        help=f"declare it after line {idle[-1].line}",
        cost=Cost.pushed(build.sizes.layers(argument.stage, idle)) if shipped else None,
        fix=_fix(build, argument, idle[-1]),
        related=(Related(idle[0], f"does not mention `{name}`"),),
        severity=Severity.INFO if changes is facts.Changes.RELEASES else None,
    )


_WHEN = {
    facts.Changes.EVERY_BUILD: "changes on every build",
    facts.Changes.RELEASES: "changes with every release",
    facts.Changes.ON_PURPOSE: "is changed on purpose",
}


def _fix(build: Build, argument: facts.Argument, last: syntax.Run) -> fixes.Fix | None:
    """Declare the argument after the last RUN that does not use it."""
    edits = fixes.declare_below(build, argument, last)
    if edits is None:
        return None
    crossed = (*build.crossed(argument.arg, last), last)
    runs = (each for each in crossed if isinstance(each, syntax.Run))
    safe = not any(map(build.changes.may_read_environment, runs))
    return fixes.Fix(
        f"declare `{argument.name}` after line {last.line}",
        edits,
        fixes.Safety.SAFE if safe else fixes.Safety.UNSAFE,
    )
