"""Which instructions use arguments that change from build to build, and so run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.argument_changes import changes_of, comes_anew, renewed_base
from dlint.facts.volatility import Changes
from dlint.syntax import Arg, Copy, Env, Run, Transfer, Workdir
from dlint.text.patterns import VARIABLE, regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.syntax import Instruction

_Volatile = frozenset[tuple[str, Changes]]  # arguments, and how often they change
_WORD = regex(r"\w+")
_WITH_BUILDS = frozenset((Changes.EVERY_BUILD,))
_WITH_RELEASES = frozenset((Changes.EVERY_BUILD, Changes.RELEASES))
WRITES_DOWN = frozenset(("echo", "printf", "tee", "mkdir", "true", ":", "set"))


def volatile_uses(build: Build) -> dict[int, _Volatile]:
    """Return the arguments that change from build to build and that instructions use, also by what
    is made of them, by the instructions' numbers; a fact.
    """
    found: dict[int, _Volatile] = {}
    held: dict[int, dict[str, _Volatile]] = {}
    for stage in build.stages:
        variables = held[stage.index] = dict(held[stage.base.index] if stage.base else {})
        for each in stage.instructions:
            if variables and (used := _used_of(each, variables)):
                found[each.index] = used
            if isinstance(each, Arg | Env):
                _set_variables(build, each, variables)
    return found


def _used_of(instruction: Instruction, variables: Mapping[str, _Volatile]) -> _Volatile:
    """Return what an instruction uses of what variables are made of."""
    pattern = _WORD if isinstance(instruction, Run) else VARIABLE
    named = {name for text in instruction.texts for name in pattern.findall(text)}
    return _Volatile().union(*(variables[n] for n in named & variables.keys()))


def _set_variables(build: Build, setting: Arg | Env, variables: dict[str, _Volatile]) -> None:
    """Follow what an ARG or ENV sets: a constant of an ENV hides what was there."""
    for pair in setting.pairs:
        named = set(VARIABLE.findall(pair.value or "")) & variables.keys()
        made = _Volatile().union(*(variables[name] for name in named))
        if isinstance(setting, Arg):
            change = changes_of(build, setting, pair)
            made |= {(pair.name, change)} if change is not Changes.SELDOM else set()
        if made:
            variables[pair.name] = made
        elif isinstance(setting, Env):
            variables.pop(pair.name, None)


def changes_with_each_build(build: Build, run: Run) -> bool:
    """Tell whether a RUN uses an argument that changes on every build, for more than to write it
    down: it and all below run again whatever stands above.
    """
    return uses_each_builds(build, run) and settles(build, run)


def changes_below(build: Build, stage: Stage, instruction: Instruction) -> bool:
    """Tell whether all that runs below an instruction of a stage does so on every build: its next
    RUN uses an argument that changes with each.
    """
    below = (each for each in stage.instructions if each.index > instruction.index)
    run = next((each for each in below if isinstance(each, Run)), None)
    return run is not None and changes_with_each_build(build, run)


def uses_each_builds(
    build: Build, instruction: Instruction, aside: frozenset[str] = frozenset()
) -> bool:
    """Tell whether an instruction uses an argument that changes on every build, but for some that
    are put `aside`: below an ENV that takes it over all runs again.
    """
    used, often = build.fact(volatile_uses).get(instruction.index, ()), _each_build(build)
    return any(change in often and name not in aside for name, change in used)


def _each_build(build: Build) -> frozenset[Changes]:
    """Return what changes on every build: where releases alone are pushed, what does with those."""
    return _WITH_RELEASES if build.is_released else _WITH_BUILDS


def settles(build: Build, user: Instruction) -> bool:
    """Tell whether all below a user runs again for good reason; a RUN that only writes the value
    down could go last.
    """
    if isinstance(user, Run):
        return any(command.name not in WRITES_DOWN for command in build.script(user).commands)
    return isinstance(user, Transfer | Workdir)


def reruns_anyway(
    build: Build,
    stage: Stage,
    late: Instruction,
    before: Instruction,
    aside: frozenset[str] = frozenset(),
) -> bool:
    """Tell whether `late` would run again with each build or release above `before`, too: the image
    below is another one, or an argument changes that a RUN there is given, or something uses, also
    in a stage that is copied from, or a RUN there is shown the whole context. Arguments that are
    put `aside` count as if they were declared elsewhere.

    What a COPY brings stays the same under another environment, a RUN does not.
    """
    if renewed_base(build, stage) is not Changes.SELDOM:
        return True
    is_given = False
    for step in build.steps_before(stage, before):
        each = step.instruction
        often = uses_each_builds(build, each, aside)
        match each:
            case Arg():
                is_given = is_given or not aside.issuperset(often_passed(build, each))
            case Env():
                is_given = is_given or often
            case Run() | Transfer() | Workdir() if often or (is_given and isinstance(each, Run)):
                return True
            case Copy() if comes_anew(build, each):
                return True
            case Run() if any(mount.shows_whole_context for mount in each.mounts):
                return True
    return is_given and isinstance(late, Run)


class Given(NamedTuple):
    """Arguments that change on every build and that steps are given for nothing, and the variables
    that an ENV makes of them.
    """

    arguments: list[str]
    variables: list[str]


def given_for_nothing(build: Build, stage: Stage, run: Run, above: Instruction) -> Given:
    """Return the arguments `above` an instruction of a stage that change on every build, and that
    nothing up to a RUN below it uses, but for an ENV: they rerun that whatever else stands there.
    """
    found: dict[str, None] = {}
    made: dict[str, str] = {}
    for each in (*(step.instruction for step in build.steps_before(stage, run)), run):
        used = [name for name, _ in build.fact(volatile_uses).get(each.index, ())]
        if isinstance(each, Env) and each.index < above.index:
            made |= _made_of(each, used)
            continue
        for name in used:
            found.pop(name, None)
        if isinstance(each, Arg) and each.index < above.index:
            often = (p.name for p in each.pairs if changes_of(build, each, p) in _WITH_BUILDS)
            found.update(dict.fromkeys(often))
    return Given([*found], [variable for variable, name in made.items() if name in found])


def _made_of(env: Env, used: Iterable[str]) -> dict[str, str]:
    """Return the variables that an ENV makes of some others, each with one of these."""
    named = {pair.name: VARIABLE.findall(pair.value or "") for pair in env.pairs}
    return {made: name for made, names in named.items() for name in used if name in names}


def often_passed(build: Build, arg: Arg) -> list[str]:
    """Return the arguments that change with each build, and that one is seen to pass: the name of
    one that nothing uses proves nothing.
    """
    often = _each_build(build)
    return [
        pair.name
        for pair in arg.pairs
        if changes_of(build, arg, pair) in often and build.passes_anew(pair.name)
    ]
