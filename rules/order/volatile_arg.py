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

from itertools import filterfalse, takewhile
from typing import TYPE_CHECKING, NamedTuple

from dlint import Cost, Finding, Related, Rule, Severity, facts, fixes, regex, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint import Build, Context

rule = Rule(__name__, __doc__, fix=fixes.Safety.SAFE)


@rule.on(syntax.Arg)
def early_argument(arg: syntax.Arg, context: Context) -> Iterator[Finding]:
    """Report arguments that change at every build, above RUNs that do without them."""
    build = context.build
    stage = build.built_stage(arg)
    for pair in arg.pairs if stage else ():
        changes = _changes(build, arg, pair.name, pair.value)
        if stage is None or changes is facts.Changes.SELDOM:
            continue
        below = build.below_argument(stage, arg, pair.name)
        argument = _Argument(build, stage, arg, pair.name, *below)
        is_pin = build.is_pin(stage, pair.name, below.users)
        idle = () if is_pin else argument.idle(changes)
        if idle:
            yield _finding(argument, changes, idle)


# Commits and versions: a default that names one is what most builds take.
_PINNED = regex(r"(?=.*[0-9])[0-9a-f]{7,64}|v?\d+(?:\.\d+)+\S*|.*[$/].*")


def _changes(build: Build, arg: syntax.Arg, name: str, value: str | None) -> facts.Changes:
    """Tell how often an argument changes: as the repository's files show, or else as far as its
    name and its default tell.
    """
    changes = facts.Changes.of(name)
    default = None if value is None else value.strip("\"'")
    may_be_passed = changes is not facts.Changes.SELDOM or facts.is_placeholder(default)
    if may_be_passed and build.passed_afresh(name):
        return facts.Changes.EVERY_BUILD
    if value is None:
        default = build.global_default(arg, name)
    match changes:
        case facts.Changes.EVERY_BUILD if default and _PINNED.fullmatch(default):
            return facts.Changes.SELDOM
        case facts.Changes.RELEASES if not facts.is_placeholder(default):
            return facts.Changes.SELDOM
    return changes


class _Argument(NamedTuple):
    """An argument that changes, and what stands below it: `users` mention it, or a variable made of
    it; `others` are RUNs that mention neither, and that nothing else makes run again as often.
    """

    build: Build
    stage: facts.Stage
    arg: syntax.Arg
    name: str
    users: Sequence[syntax.Instruction]
    others: Sequence[syntax.Run]
    in_environment: bool  # an ENV hands it on to the image

    def idle(self, changes: facts.Changes) -> Sequence[syntax.Run]:
        """Return the RUNs that the argument reruns for nothing."""
        reads = self.build.may_read_environment
        if self.users and not self.in_environment:
            idle = self.others
        elif self.users:
            idle = list(filterfalse(reads, self.others))
        elif changes is facts.Changes.ON_PURPOSE:
            return self._before_what_is_meant()
        else:
            # whoever reads it does so without naming it: the first that may is meant
            idle = list(takewhile(lambda run: not reads(run), self.others))
        return () if all(map(self.build.is_trifle, idle)) else idle

    def _before_what_is_meant(self) -> Sequence[syntax.Run]:
        """Return the RUNs above the one that a cache buster is there for, which nothing mentions.

        Where but other arguments stand between it and a RUN, that one is meant; at a stage's end it
        is for all that stands on that.
        """
        own = self.stage.instructions
        below = (i for i in own if i.index > self.arg.index and not isinstance(i, syntax.Arg))
        first = next(below, None)
        if isinstance(first, syntax.Run) or not any(run in own for run in self.others):
            return ()
        return list(takewhile(lambda run: not self.build.wants_a_buster(run), self.others))

    def goes_along(self, user: syntax.Instruction) -> bool:
        """Tell whether an ENV or LABEL hands the argument on, and may go down with it: nothing else
        of it is needed before.
        """
        return isinstance(user, syntax.Label) or self.build.only_hands_on(user, self.name)


def _finding(argument: _Argument, changes: facts.Changes, idle: Sequence[syntax.Run]) -> Finding:
    arg, name = argument.arg, argument.name
    count = "a RUN that does" if len(idle) == 1 else f"{len(idle)} RUNs that do"
    shipped = argument.build.shipped(argument.stage)
    effect = "made and uploaded" if shipped else "built"
    pair = next(pair for pair in arg.pairs if pair.name == name)
    return Finding(
        arg if len(arg.pairs) == 1 else pair,
        f"`{name}` {_WHEN[changes]} and stands above {count} without it: all from line"
        f" {idle[0].line} on is {effect} again then",
        cost=_cost(argument, idle) if shipped else None,
        fix=_fix(argument, idle[-1]),
        related=(Related(idle[0], f"does not mention `{name}`"),),
        severity=Severity.INFO if changes is facts.Changes.RELEASES else None,
    )


_WHEN = {
    facts.Changes.EVERY_BUILD: "is another one at every build",
    facts.Changes.RELEASES: "is another one at every release",
    facts.Changes.ON_PURPOSE: "is changed on purpose",
}


def _cost(argument: _Argument, idle: Sequence[syntax.Run]) -> Cost | None:
    return Cost.pushed(argument.build.layers_bytes(argument.stage, idle))


def _fix(argument: _Argument, last: syntax.Run) -> fixes.Fix | None:
    """Move the argument, with ENV and LABEL that hand it on, below the last RUN that does without
    it, to the first step that needs it.
    """
    own = argument.stage.instructions
    if len(argument.arg.pairs) > 1 or last not in own:
        return None
    users = [user for user in argument.users if user in own]
    target = next(filterfalse(argument.goes_along, users), None)
    end = last if target is None else target
    if last.index > end.index:
        return None
    moved: list[syntax.Instruction] = [argument.arg, *takewhile(argument.goes_along, users)]
    moved = [each for each in moved if each.index < end.index]
    source = argument.build.dockerfile.source
    above = _above(argument, last, target, moved)
    edits = (
        fixes.move_behind(source, moved, above) if above else fixes.move_before(source, moved, end)
    )
    crossed = (*argument.build.crossed(argument.arg, last), last)
    runs = (each for each in crossed if isinstance(each, syntax.Run))
    safe = not any(map(argument.build.may_read_environment, runs))
    return fixes.Fix(
        f"declare {argument.name} below line {last.line}",
        edits,
        fixes.Safety.SAFE if safe else fixes.Safety.UNSAFE,
    )


def _above(
    argument: _Argument,
    last: syntax.Run,
    target: syntax.Instruction | None,
    moved: Sequence[syntax.Instruction],
) -> syntax.Instruction | None:
    """Return what the argument goes below: other arguments and labels there, as if it had been
    moved with them.

    None where it goes above `target`, or else below `last` alone.
    """
    names = {name for each in moved for name in _declared(each)}

    def is_alike(each: syntax.Instruction) -> bool:
        declared = _declared(each)
        return bool(declared) and names.isdisjoint(declared) and each not in argument.users

    below = [each for each in argument.stage.instructions if each.index > last.index]
    if target is None:
        return [last, *takewhile(is_alike, below)][-1]
    between = below[: below.index(target)]
    return between[-1] if between and is_alike(between[-1]) else None


def _declared(instruction: syntax.Instruction) -> Sequence[str]:
    """Return the names that an ARG or LABEL declares."""
    match instruction:
        case syntax.Arg(pairs=pairs) | syntax.Label(pairs=pairs):
            return [pair.name for pair in pairs]
    return ()
