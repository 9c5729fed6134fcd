r"""No build of this file uses the stage.

## What it does

Finds stages that no later stage uses and that are not the target of any build in the repository.

## Why is this bad?

BuildKit builds the last stage or the one that `--target` names, and the stages these use. An unused
stage must still be read and maintained, and its base image updated. The classic builder builds it
anyway.

**Measured:** no figure, because BuildKit never builds the stage: it adds no byte to a push.

## Example

```dockerfile bad
FROM golang:1.22.5 AS build
COPY . /src
RUN cd /src && go build -o /app .

FROM node:22.4-slim
COPY web /web
RUN cd /web && npm ci

FROM debian:12.5-slim
COPY --from=build /app /usr/local/bin/app
```

```dockerfile good
FROM golang:1.22.5 AS build
COPY . /src
RUN cd /src && go build -o /app .

FROM debian:12.5-slim
COPY --from=build /app /usr/local/bin/app
```

## How sure

A named stage may be built with `--target`. It is reported only when the repository's own files
(Compose, Bake, CI) name other targets of this build and not this one. A stage that its
documentation names as a target is not reported. When a variable decides which stage is used,
nothing is reported, nor in a file that tests read. A `COPY --from` of a number takes from an
earlier stage: one that means its own or a later one is a warning, as its build fails.

## When not to follow it

Keep the stage when people build it by hand and nothing in the repository mentions it.

## Options

None.

## References

- [Stop at a specific build stage](https://docs.docker.com/build/building/multi-stage/#stop-at-a-specific-build-stage)
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from dlint import Finding, Rule, Severity, facts, regex, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(
    __name__, __doc__, since="0.1", needs=(syntax.From, syntax.From), severity=Severity.INFO
)

# Stages with such a name are built by hand on purpose.
_BY_HAND = regex(r"dev|test|debug|lint|ci|local|check|doc|bench|update|vendor|export|print")
_NUMBER = regex(r"[0-9]{1,9}")
# A name as people give it to a stage of their own; an image's is rarely such a word.
_A_STAGE = regex(
    r"(?:[\w.-]*[-_.])?(?:build|builder|builds?tage|base|deps|dependencies|compile|compiler|assets"
    r"|frontend|backend|stage)(?:[-_.][\w.-]*)?"
)
# An image name in which a variable decides more than the version.
_MAY_BE_A_STAGE = regex(r"[^\s:/$]*\$")


@rule.on(facts.Stage)
def unused(stage: facts.Stage, context: Context) -> Iterator[Finding]:
    """Report stages that no target uses."""
    build = context.build
    if build.live(stage) or build.is_data or build.is_target_open:
        return
    if build.fact(_is_undecided) or build.fact(_is_broken):
        return
    if stage.name is None:
        is_asked_for = str(stage.index) in build.fact(_from_names)
        name = "this stage"
    else:
        # With a single target, people who build the file by hand may name any stage.
        is_asked_for = (
            len(build.targets) == 1
            or _BY_HAND.search(stage.name) is not None
            or build.is_asked_for(stage)
        )
        name = f"stage `{stage.name}`"
    if not is_asked_for:
        message = f"{name} is never used: no later stage copies from it, and it is not the target"
        yield Finding(stage, message, help=_help(build, stage))


@rule.on(syntax.Copy)
def too_late(copy: syntax.Copy, context: Context) -> Iterator[Finding]:
    """Report a COPY from the number of its own stage or of a later one."""
    build = context.build
    if build.live_stage(copy) is not None and _comes_too_late(build, copy):
        yield Finding(
            copy,
            f"the build fails: `COPY --from={copy.from_}` has to name an earlier stage, and the"
            " first stage has the number 0",
            help="name the stage that it means with `AS`, and take from that name",
            severity=Severity.WARNING,
        )


def _is_broken(build: Build) -> bool:
    """Tell whether a COPY may mean another stage than it says; a fact."""
    return any(
        isinstance(each, syntax.Copy) and _comes_too_late(build, each)
        for each in build.dockerfile.instructions
    )


def _comes_too_late(build: Build, copy: syntax.Copy) -> bool:
    """Tell whether a COPY takes from a number that no earlier stage has; by Docker 26.1.5 the build
    of any such stage fails.
    """
    own = build.stage_of(copy)
    number = _NUMBER.fullmatch(copy.from_ or "")
    return own is not None and number is not None and int(number[0]) >= own.index


def _help(build: Build, stage: facts.Stage) -> str:
    """Say what to do: a COPY may mean this stage by a name that it was not given."""
    named = {each.name for each in build.stages}
    meant = [*filter(_A_STAGE.fullmatch, build.fact(_from_names) - named)]
    if len(meant) == 1 and stage.name is None:
        return f"call it `AS {meant[0]}`, as the `COPY` from `{meant[0]}` asks"
    return "remove it, or name it as a target where it is built"


def _from_names(build: Build) -> frozenset[str]:
    """Return the stages and images that COPYs and mounts name literally, including numbers."""
    instructions = build.dockerfile.instructions
    return frozenset(chain.from_iterable(each.from_names for each in instructions))


def _is_undecided(build: Build) -> bool:
    """Tell whether a variable, an ONBUILD or a rejected FROM leaves open which stages are used."""
    dockerfile = build.dockerfile
    froms = [stage.from_ for stage in build.stages]
    return (
        "$" in "".join(build.fact(_from_names))
        or any(map(dockerfile.refuses, froms))
        or any(map(_may_take_any_stage, dockerfile.instructions))
    )


def _may_take_any_stage(instruction: syntax.Instruction) -> bool:
    match instruction:
        case syntax.Onbuild(value=trigger):
            return "from=" in trigger.text
        case syntax.From(rest=image):
            return _MAY_BE_A_STAGE.match(image.text) is not None
    return False
