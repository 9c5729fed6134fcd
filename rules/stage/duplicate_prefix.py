r"""Two stages begin with the same steps in another order or spelling, so they share nothing.

## What it does

Finds installs that two stages run on the same base image after the same steps, but ordered or
written differently.

## Why is this bad?

A builder reuses a step only when its text and everything before it are the same. Two stages that
install curl, one before and one after `WORKDIR /app`, install it twice. The build runs both, and
when both stages are pushed, the registry stores two layers with the same content. In a common stage
it runs once and is stored once.

**Measured:** no figure, because dlint does not know whether both layers are pushed to one registry.

## Example

```dockerfile bad
FROM node:22.4.1-slim AS build
WORKDIR /app
RUN apt-get update && apt-get install -y --no-install-recommends git ca-certificates && rm -rf /var/lib/apt/lists/*
COPY . .
RUN npm ci && npm run build

FROM node:22.4.1-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates git && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/dist dist
```

```dockerfile good
FROM node:22.4.1-slim AS base
WORKDIR /app
RUN apt-get update && apt-get install -y --no-install-recommends git ca-certificates && rm -rf /var/lib/apt/lists/*

FROM base AS build
COPY . .
RUN npm ci && npm run build

FROM base
COPY --from=build /app/dist dist
```

The same steps with the same text are shared as they are:

```dockerfile good
FROM node:22.4.1-slim AS build
RUN npm install -g pnpm@9.5.0
COPY . .
RUN pnpm build

FROM node:22.4.1-slim
RUN npm install -g pnpm@9.5.0
COPY --from=build /dist /dist
```

## How sure

Both stages use the same base image for the same platform, and the earlier steps differ only in
their order. Before an install of system packages, settings and files copied elsewhere may also
differ, because they install no package.

## When not to follow it

Skip it when the stages are meant to differ soon.

## Options

None.

## References

- [Create reusable stages](https://docs.docker.com/build/building/best-practices/#create-reusable-stages)
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from collections import Counter
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from dlint import Finding, Related, Rule, Severity, facts, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, since="0.1", needs=(facts.Stage,) * 2, severity=Severity.INFO)

_SYSTEM = ("/etc", "/usr", "/var", "/lib", "/opt")
# Instructions that only change the configuration: no later cache key contains them.
_CONFIGURATION = frozenset(
    "LABEL EXPOSE CMD ENTRYPOINT HEALTHCHECK STOPSIGNAL VOLUME MAINTAINER ONBUILD".split()
)
_FETCHES = shell.Install | shell.Fetch | shell.Clone
_MAINTENANCE = (
    shell.Refresh | shell.Clean | shell.Delete | shell.CacheLeft | shell.CacheKept | shell.Install
)


class Line(NamedTuple):
    """A step: its text, and a form that is equal for all steps that do the same.

    `heavy` steps fetch something. Steps that are `alone` install system packages wherever they run,
    and `free` steps cannot matter to those.
    """

    instruction: syntax.Instruction
    text: str
    same: tuple[object, ...]
    heavy: bool = False
    alone: bool = False
    free: bool = True


@rule.on(facts.Stage)
def duplicate(stage: facts.Stage, context: Context) -> Iterator[Finding]:
    """Report the first step of a stage that an earlier stage runs in another place or form."""
    build = context.build
    if len(build.stages) == 1 or stage.index not in build.built_stages:
        return
    alike = build.fact(_by_image).get(_image(stage), [stage])
    earlier, lines = alike[: alike.index(stage)], build.fact(_Lines)
    heavy = bool(earlier) and any(map(attrgetter("heavy"), lines.of(stage)))
    for other in earlier if heavy else ():
        if build.stands_on(stage, other):
            continue
        again, first = _twice(lines.of(stage), lines.of(other)) or (None, None)
        if again in stage.instructions and first in other.instructions:
            stored = " and is stored twice" * build.is_pushed(stage) * build.is_pushed(other)
            name = (
                f"stage `{other.name}`" if other.name else f"the stage at line {other.from_.line}"
            )
            yield Finding(
                again,
                f"{name} runs the same steps on the same base image, but ordered or written"
                f" differently, so this step runs twice{stored}",
                help="move the common steps into a stage that both start from",
                related=(Related(first, "the same step"),),
            )
            return


class _Lines:
    """The lines of each stage's chain, computed once."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._known: dict[int, tuple[Line, ...]] = {}

    def of(self, stage: facts.Stage) -> tuple[Line, ...]:
        """Return the steps that the layers of `stage` depend on."""
        if stage.index not in self._known:
            below = self.of(stage.base) if stage.base else ()
            own = filter(_counts, self._build.steps(stage))
            self._known[stage.index] = (*below, *map(self._line, own))
        return self._known[stage.index]

    def _line(self, step: facts.Step) -> Line:
        instruction = step.instruction
        bodies = (each.body for each in instruction.heredocs)
        text = " ".join((instruction.name, instruction.value.text, *bodies))
        match instruction:
            case syntax.Run():
                return self._run(step, instruction, text)
            case syntax.Transfer():
                place = _place(step, instruction)
                return Line(instruction, text, (*text.split(), place), free=_is_apart(place))
        return Line(instruction, text, (*text.split(), None))

    def _run(self, step: facts.Step, run: syntax.Run, text: str) -> Line:
        effects, state = self._build.effects(run, step.state), step.state
        heavy = any(isinstance(each, _FETCHES) for each in effects.items)
        variables = sorted((name, state.values.get(name)) for name in state.environment)
        alone = _only_system(effects)
        around = () if alone else (state.workdir, state.user, *variables)
        same = (*self._commands(run), *around)
        return Line(run, text, same, heavy=heavy, alone=alone, free=False)

    def _commands(self, run: syntax.Run) -> Iterator[object]:
        """Yield the commands, with the words of each install in alphabetical order."""
        script = self._build.script(run)
        if not script.parsed:
            yield run.value.text
            return
        installs = {id(each.command) for each in self._build.effects(run).of(shell.Install)}
        yield from (f"{flag.name}={flag.value}" for flag in run.flags)
        for command in script.commands:
            words = [word.raw for word in command.args]
            ordered = sorted(words) if id(command) in installs else words
            yield command.connector, command.name, *ordered


def _place(step: facts.Step, transfer: syntax.Transfer) -> str | None:
    text = step.state.expand(transfer.destination.text) if transfer.destination else None
    return step.state.resolve(text)


def _is_apart(place: str | None) -> bool:
    """Tell whether a destination is outside the system's folders and adds no package source."""
    if place is None or place == "/":
        return False
    return not any(facts.within(place, folder) for folder in _SYSTEM)


def _only_system(effects: shell.Effects) -> bool:
    """Tell whether a RUN installs only system packages, in any folder and as any user."""
    if not effects.are_all(_MAINTENANCE):
        return False
    return all(each.managed_by.is_system for each in effects.of(shell.Install))


def _counts(step: facts.Step) -> bool:
    name = step.instruction.name
    return not isinstance(step.instruction, syntax.From) and name not in _CONFIGURATION


def _by_image(build: Build) -> dict[tuple[str | None, str | None], list[facts.Stage]]:
    """Return the stages that somebody builds by the image and platform that they start from, where
    that is known and not `scratch`, in the file's order.
    """
    found: dict[tuple[str | None, str | None], list[facts.Stage]] = {}
    for stage in build.stages:
        if stage.index not in build.built_stages:
            continue
        if stage.outermost.is_external and stage.outermost.image is not None:
            found.setdefault(_image(stage), []).append(stage)
    return found


def _image(stage: facts.Stage) -> tuple[str | None, str | None]:
    return stage.outermost.image, stage.outermost.from_.platform


def _twice(
    lines: tuple[Line, ...], others: tuple[Line, ...]
) -> tuple[syntax.Instruction, syntax.Instruction] | None:
    """Return the first costly step of the one that the other has in another form."""
    shared = _shared(lines, others)
    if shared is None:
        return None
    for at, line in enumerate(lines[shared:], shared):
        if not line.heavy:
            continue
        for place, other in enumerate(others[shared:], shared):
            if other.same != line.same:
                continue
            if _may_be_shared(line, lines[:at], others[:place]):
                return line.instruction, other.instruction
    return None


def _shared(lines: tuple[Line, ...], others: tuple[Line, ...]) -> int | None:
    """Return how many steps the builder runs once for both, if more follow in each."""
    for at, (one, two) in enumerate(zip(lines, others, strict=False)):
        if one.text != two.text:
            return at
    return None


def _may_be_shared(line: Line, above: tuple[Line, ...], others: tuple[Line, ...]) -> bool:
    """Tell whether the steps before the same step in two stages make no difference to it."""
    mine, yours = (Counter(each.same for each in part) for part in (above, others))
    differ = {*(mine - yours), *(yours - mine)}
    for other in (*above, *others):
        if other.same not in differ:
            continue
        if not line.alone or not other.free:
            return False
    return True
