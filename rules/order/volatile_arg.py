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

The repository's own files (Compose, Bake, CI, Makefiles) show what a build passes, also through
variables and the outputs of a workflow's steps. Otherwise the argument's name decides: commits,
dates and build numbers. What is made of a tag or release, and a bare `VERSION` without a default,
may change only with releases and is an info. A `VERSION` that nothing uses, or that has a default,
is reported where a build is seen to pass it. So is an argument without a default for which one of
the files writes several values: each of these images builds the steps below it again. It is an
info. So is a date that no recipe of the repository passes, since its name alone tells that it
changes. So is a finding of unknown size. So is one in an image that all builds with the argument
push without a build cache: nothing is saved until there is one. The same holds where workflows push
for requests and releases alone, as each of these has a GitHub cache of its own. Not reported are:

- arguments that no build of the Dockerfile passes, where the repository's files show such builds
- version pins (`NODE_VERSION`) and platform arguments
- what rows of a matrix differ in, where these share no build cache
- arguments that a download or a checkout uses
- steps that may read another argument from the environment, which changes as often and comes
  before them
- steps that rerun with every commit anyway, after a `COPY` of the whole build context
- steps after a `COPY` of what is built before the image, such as a `dist` that git ignores
- steps after a `COPY` that changes now and then, where workflows push the image for releases alone:
  the next release changes that, too
- steps after a `COPY` of the file that a build reads the version out of
- `RUN`s from the first on that upgrades the system, or fetches what its address or a comment calls
  the newest: a cached layer would stay old. An unset variable for the version counts as well
- `RUN`s that only create a folder or a user, write a line or test a value
- what images differ in, from the first step on that may read it from the environment: `npm install`
  reads `NODE_ENV`
- what images differ in that are built without a cache
- arguments of an image that each known build makes with `--no-cache`: its steps all run again

A step that runs the project's own code may read the environment without naming the argument. When
nothing else uses it, it is assumed to be for that step. Compilers, and `cargo chef cook`, which
builds the dependencies alone, are not such steps. A fix that crosses the project's own code is
unsafe. Arguments right beside it that a recipe passes other values for are named with it: then
there is no fix.

## When not to follow it

Keep the order when the `RUN` should run on every build.

## Options

None.

## References

- [`ARG` and the build cache](https://docs.docker.com/reference/dockerfile/#impact-on-build-caching)
- [Build variables](https://docs.docker.com/build/building/variables/)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dlint import Cost, Finding, Related, Rule, Severity, facts, fixes, listed, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint import Build, Context

rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    layered=True,
    needs=(syntax.Arg, syntax.Run),
    fix=fixes.Safety.SAFE,
)


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
    found: dict[tuple[syntax.Run, bool], list[_Idle]] = {}
    for arg in stage.instructions:
        for idle in _idle(build, stage, arg) if isinstance(arg, syntax.Arg) else ():
            # to have layers in common and to keep them are two things
            key = idle.runs[0], idle.changes is facts.Changes.IMAGES
            found.setdefault(key, []).append(idle)
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
    shipped = build.may_push_with(argument.name, argument.stage)
    lines = f"line {runs[0].line} does" if len(runs) == 1 else f"{len(runs)} of them do"
    names = listed([f"`ARG {each.argument.name}`" for each in alike])
    is_read = any(map(build.changes.is_read, [each.argument for each in alike]))
    if_cached = build.if_cached_with(argument.name)
    cost = Cost.pushed(build.sizes.pushed_again(runs)) if shipped else None
    severity = build.sizes.severity(cost, is_cold=bool(if_cached))
    who = _IT[len(alike) > 1]
    without = (f"nothing uses {who}", f"{lines} not use {who}")[is_read]
    return Finding(
        arg if len(arg.pairs) == 1 else pair,
        f"{if_cached}{_NEW[changes is facts.Changes.IMAGES]} of {names} reruns every step from line"
        f" {argument.reruns[0].line} on, although {without}",
        help=_advice(build, group, alike, runs[-1]) + build.changes.kept_as_it_is(runs),
        cost=cost,
        fix=_fix(build, group, argument, runs[-1]),
        related=(
            Related(runs[0], f"does not mention `{argument.name}`"),
            *(
                Related(each.argument.arg, f"`{each.argument.name}` reruns it, too")
                for each in group
                if each is not main
            ),
        ),
        severity=Severity.INFO if changes in _INFOS or _is_by_name(build, alike) else severity,
    )


def _is_by_name(build: Build, alike: Sequence[_Idle]) -> bool:
    """Tell whether nothing but their names tells how often arguments change."""
    return all(build.changes.is_by_name_alone(each.argument.name) for each in alike)


def _advice(build: Build, group: Sequence[_Idle], told: Sequence[_Idle], last: syntax.Run) -> str:
    """Say where to declare the arguments, and what has to go there with them."""
    arguments = [each.argument for each in group]
    beside = build.changes.passed_beside(arguments, last)
    moved = listed(f"`{each.name}`" for each in beside) if beside else _moved(group, told)
    if not any(map(build.changes.is_read, arguments)):
        return f"delete {moved}, or declare {_IT[len(group) > 1]} after line {last.line}"
    along = build.changes.moved_along(beside or arguments, last)
    more = f", together with {listed(along)}" * bool(along)
    return f"declare {moved} after line {last.line}{more}"


_IT = ("it", "them")


def _moved(group: Sequence[_Idle], told: Sequence[_Idle]) -> str:
    """Name the arguments to move, where the message tells but some of them."""
    if len(group) == len(told):
        return _IT[len(group) > 1]
    return listed([*dict.fromkeys(f"`{each.argument.name}`" for each in group)])


_NEW = ("a new value", "each value")  # each image that is built of the file has its own
_INFOS = frozenset((facts.Changes.RELEASES, facts.Changes.IMAGES))
_OFTEN = (
    facts.Changes.EVERY_BUILD,
    facts.Changes.ON_PURPOSE,
    facts.Changes.RELEASES,
    facts.Changes.IMAGES,
)


def _fix(
    build: Build, group: Sequence[_Idle], argument: facts.Argument, last: syntax.Run
) -> fixes.Fix | None:
    """Declare the argument after the last RUN that does not use it."""
    edits = fixes.declare_below(build, argument, last)
    if edits is None or build.changes.passed_beside([each.argument for each in group], last):
        return None
    crossed = (*build.crossed(argument.arg, last), last)
    runs = (each for each in crossed if isinstance(each, syntax.Run))
    safe = not any(map(build.changes.may_read_environment, runs))
    return fixes.Fix(
        f"declare `{argument.name}` after line {last.line}",
        edits,
        fixes.Safety.SAFE if safe else fixes.Safety.UNSAFE,
    )
