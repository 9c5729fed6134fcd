r"""Two stages begin with the same steps in another order or spelling, so nothing of it is shared.

A builder takes a step for the one that it knows only where its text is the same and so is all that
stands before it. Two stages that both install curl, one before and one after `WORKDIR /app`,
install it twice: the build runs both, and where both stages are pushed, the registry holds two
layers for one content. In a stage of its own, which both start from, it is done and stored once.

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

The same steps in the same words are shared as they are:

```dockerfile good
FROM node:22.4.1-slim AS build
RUN npm install -g pnpm@9.5.0
COPY . .
RUN pnpm build

FROM node:22.4.1-slim
RUN npm install -g pnpm@9.5.0
COPY --from=build /dist /dist
```

How sure: the stages stand on the same image for the same platform, and what stands above the two
steps is the same but for its order. Above an install of the distribution's packages alone, settings
and files that are copied elsewhere may differ too: they bring no package. How large the layers are
is not known.

When not to follow it: where the stages are meant to differ soon.
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from dlint import Finding, Related, Rule, Severity, facts, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, severity=Severity.INFO)

# What changes the image's configuration alone: no later step's key holds it.
_SYSTEM = ("/etc", "/usr", "/var", "/lib", "/opt")
_CONFIGURATION = frozenset(
    (
        "LABEL",
        "EXPOSE",
        "CMD",
        "ENTRYPOINT",
        "HEALTHCHECK",
        "STOPSIGNAL",
        "VOLUME",
        "MAINTAINER",
        "ONBUILD",
    )
)


class Line(NamedTuple):
    """A step: its text, and what is equal for all steps that do the same.

    `heavy` steps fetch something; those that stand `alone` install the distribution's packages,
    wherever they run, and `free` ones cannot matter to those.
    """

    instruction: syntax.Instruction
    text: str
    same: tuple[object, ...]
    heavy: bool = False
    alone: bool = False
    free: bool = True


@rule.on(facts.Stage)
def duplicate(stage: facts.Stage, context: Context) -> Iterator[Finding]:
    """Report the first step of a stage that another stage above does in another place or
    spelling.
    """
    build = context.build
    if len(build.stages) == 1 or stage.index not in build.built_stages:
        return
    lines = build.fact(_Lines)
    for other in build.stages[: stage.index]:
        if other.index in build.built_stages and _on_the_same_image(stage, other):
            found = _twice(lines.of(stage), lines.of(other))
            own = (
                found
                and found[0].instruction in stage.instructions
                and found[1].instruction in other.instructions
            )
            if found and own:
                name = (
                    f"stage {other.name}" if other.name else f"the stage at line {other.from_.line}"
                )
                yield Finding(
                    found[0].instruction,
                    f"{name} does the same from the same image, but in another order or spelling,"
                    " so this runs a second time and makes another layer; put it in a stage that"
                    " both start from",
                    related=(Related(found[1].instruction, "the same"),),
                )
                return


class _Lines:
    """The lines of each stage's chain, worked out once."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._known: dict[int, tuple[Line, ...]] = {}

    def of(self, stage: facts.Stage) -> tuple[Line, ...]:
        """Return the steps on which the layers of `stage` depend."""
        if stage.index not in self._known:
            steps = self._build.chain(stage)
            self._known[stage.index] = tuple(
                self._line(step) for step in steps if _counts(step.instruction)
            )
        return self._known[stage.index]

    def _line(self, step: facts.Step) -> Line:
        instruction, state = step.instruction, step.state
        text = " ".join(
            (
                instruction.name,
                instruction.value.text,
                *(each.body for each in instruction.heredocs),
            )
        )
        if not isinstance(instruction, syntax.Run):
            place = _place(step, instruction) if isinstance(instruction, syntax.Transfer) else None
            return Line(
                instruction, text, (*text.split(), place), free=_is_free(instruction, place)
            )
        effects = self._build.effects(instruction, state)
        heavy = any(
            isinstance(each, shell.Install | shell.Fetch | shell.Clone) for each in effects.items
        )
        around = (
            state.workdir,
            state.user,
            *sorted((name, state.values.get(name)) for name in state.environment),
        )
        alone = _only_system(effects)
        same = (*self._run(instruction), *(() if alone else around))
        return Line(instruction, text, same, heavy=heavy, alone=alone, free=False)

    def _run(self, run: syntax.Run) -> tuple[object, ...]:
        """Return the commands, the words of each install in order of the alphabet."""
        script = self._build.script(run)
        if not script.parsed:
            return (run.value.text,)
        installs = [each.command for each in self._build.effects(run).of(shell.Install)]
        found: list[object] = [f"{flag.name}={flag.value}" for flag in run.flags]
        for command in script.commands:
            words = [word.raw for word in command.args]
            is_install = any(command is each for each in installs)
            found.append(
                (command.connector, command.name, *(sorted(words) if is_install else words))
            )
        return tuple(found)


def _place(step: facts.Step, transfer: syntax.Transfer) -> str | None:
    text = step.state.expand(transfer.destination.text) if transfer.destination else None
    return step.state.resolve(text)


def _only_system(effects: shell.Effects) -> bool:
    """Tell whether a RUN installs the distribution's packages, wherever and as whoever it runs."""
    own = (
        shell.Install,
        shell.Refresh,
        shell.Clean,
        shell.Delete,
        shell.CacheLeft,
        shell.CacheKept,
    )
    return all(isinstance(each, own) for each in effects.items) and all(
        facts.is_system_manager(each.manager) for each in effects.of(shell.Install)
    )


def _counts(instruction: syntax.Instruction) -> bool:
    return not isinstance(instruction, syntax.From) and instruction.name not in _CONFIGURATION


def _on_the_same_image(stage: facts.Stage, other: facts.Stage) -> bool:
    """Tell whether two stages, none of which stands on the other, start from the same image of the
    same platform.
    """
    roots = [each.outermost for each in (stage, other)]
    images = {(root.image, root.from_.platform) for root in roots}
    return (
        other not in stage.ancestors()
        and len(images) == 1
        and roots[0].image is not None
        and roots[0].is_external
    )


def _twice(lines: tuple[Line, ...], others: tuple[Line, ...]) -> tuple[Line, Line] | None:
    """Return the first costly step of the one that the other has too, but not for the builder."""
    shared = next(
        (
            at
            for at, (one, two) in enumerate(zip(lines, others, strict=False))
            if one.text != two.text
        ),
        None,
    )
    if shared is None:
        return None
    for at, line in enumerate(lines):
        if line.heavy and at >= shared:
            for place, other in enumerate(others):
                if (
                    place >= shared
                    and other.same == line.same
                    and _may_be_shared(line, lines[:at], others[:place])
                ):
                    return line, other
    return None


def _may_be_shared(line: Line, above: tuple[Line, ...], others: tuple[Line, ...]) -> bool:
    """Tell whether what stands above the same step in two stages makes no difference to it."""
    mine, yours = (Counter(each.same for each in part) for part in (above, others))
    differ = {*(mine - yours), *(yours - mine)}
    return all(line.alone and each.free for each in (*above, *others) if each.same in differ)


def _is_free(instruction: syntax.Instruction, place: str | None) -> bool:
    """Tell whether a step can bring no source of packages: settings, and files copied away from the
    system's.
    """
    if isinstance(instruction, syntax.Transfer):
        return place is not None and not any(
            facts.within(place, folder) or place == "/" for folder in _SYSTEM
        )
    return not isinstance(instruction, syntax.Run)
