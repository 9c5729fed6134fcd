"""An argument that changes with every build stands above steps that don't need it, and makes them
run again.

An ARG is part of the environment of every later RUN of its stage, and of the stages that stand on
it, whether or not the RUN mentions it. With another commit, date or build number in it, the first
RUN below it misses the cache, and all that follows too: packages are installed again, and their
layers uploaded again, although nothing about them changed. COPY and LABEL don't look at the
environment, so an argument that only they stand below costs nothing.

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

The argument belongs directly above the first step that uses it; the ENV that hands it on goes with
it:

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

A cache buster is no exception: above a RUN that it is not meant for, it reruns more than it should.
One that nothing mentions is taken to be meant for the first RUN that fetches what moves (an index,
the newest release), or that starts the project's own code.

How sure: what a build passes is known where the repository's own files (Compose, Bake, CI,
Makefiles) show it, and guessed from the argument's name elsewhere: commits, dates and build
numbers; a bare `VERSION` without a default, which may be changed by releases only, is an info.
Version pins (`NODE_VERSION`), arguments that a download or a checkout uses, arguments of the
platform, and steps that rerun at each commit anyway since the whole context was copied above them
are left alone, and so are RUNs that only make a folder, write a line or test a value. A step that
runs the project's own code may read the environment without naming it: where nothing else uses the
argument, it is taken to be there for that step; where one is crossed, the fix is unsafe.

When not to follow it: where the RUN is meant to run at every build.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dlint import Cost, Finding, Related, Rule, Severity, facts, fixes, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint import Build, Context

rule = Rule(__name__, __doc__, fix=fixes.Safety.SAFE)


class _Idle(NamedTuple):
    """An argument, how often it changes, and the RUNs that run again for nothing."""

    argument: facts.Argument
    changes: facts.Changes
    runs: Sequence[syntax.Run]


@rule.on(facts.Stage)
def early_arguments(stage: facts.Stage, context: Context) -> Iterator[Finding]:
    """Report arguments that change at every build, above RUNs that do without them: those that
    rerun the same ones once.
    """
    build = context.build
    if stage.index not in build.built_stages:
        return
    found: dict[syntax.Run, list[_Idle]] = {}
    for arg in stage.instructions:
        for idle in _idle(build, stage, arg) if isinstance(arg, syntax.Arg) else ():
            found.setdefault(idle.runs[0], []).append(idle)
    for group in found.values():
        yield _finding(build, group)


def _idle(build: Build, stage: facts.Stage, arg: syntax.Arg) -> Iterator[_Idle]:
    for pair in arg.pairs:
        changes = build.changes.changes_of_argument(arg, pair)
        if changes is not facts.Changes.SELDOM:
            argument = build.changes.below_argument(stage, arg, pair.name)
            runs = build.changes.rerun_for_nothing(argument, changes)
            if runs:
                yield _Idle(argument, changes, runs)


def _finding(build: Build, group: Sequence[_Idle]) -> Finding:
    """Report arguments that rerun the same steps at the one that changes most often."""
    argument, changes, runs = main = min(group, key=lambda each: _OFTEN.index(each.changes))
    arg = argument.arg
    pair = next(pair for pair in arg.pairs if pair.name == argument.name)
    alike = [each for each in group if each.changes is changes]
    shipped = build.shipped(argument.stage)
    effect = "rebuilt and pushed again" if shipped else "rebuilt"
    lines = f"line {runs[0].line} does" if len(runs) == 1 else f"{len(runs)} of them do"
    names = ", ".join(f"`ARG {each.argument.name}`" for each in alike)
    names = " and ".join(names.rsplit(", ", 1))
    one, several, when = _WHEN[changes]
    verb, who = (one, "it") if len(alike) == 1 else (several, "them")
    return Finding(
        arg if len(arg.pairs) == 1 else pair,
        f"{names} {verb} {when}, so every step from line"
        f" {runs[0].line} on is {effect}, although {lines} not use {who}",
        help=f"declare {'it' if len(group) == 1 else 'them'} after line {runs[-1].line}",
        cost=Cost.pushed(build.sizes.layers(argument.stage, runs)) if shipped else None,
        fix=_fix(build, argument, runs[-1]),
        related=(
            Related(runs[0], f"does not mention `{argument.name}`"),
            *(
                Related(each.argument.arg, f"`{each.argument.name}` reruns it, too")
                for each in group
                if each is not main
            ),
        ),
        severity=Severity.INFO if changes is facts.Changes.RELEASES else None,
    )


_OFTEN = (facts.Changes.EVERY_BUILD, facts.Changes.ON_PURPOSE, facts.Changes.RELEASES)
_WHEN = {
    facts.Changes.EVERY_BUILD: ("changes", "change", "on every build"),
    facts.Changes.RELEASES: ("changes", "change", "with every release"),
    facts.Changes.ON_PURPOSE: ("is changed", "are changed", "on purpose"),
}


def _fix(build: Build, argument: facts.Argument, last: syntax.Run) -> fixes.Fix | None:
    """Declare the argument below the last RUN that does without it."""
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
