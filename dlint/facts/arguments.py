"""What stands below a build argument: the steps that use it, and those that only run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.argument_changes import changes_of
from dlint.facts.changing import takes_manifests
from dlint.facts.volatile_uses import often_passed, settles, volatile_uses
from dlint.facts.volatility import Changes, Counted, built_stages
from dlint.reads.arrivals import arrivals
from dlint.syntax import Arg, Copy, Env, Run, Transfer
from dlint.text.patterns import VARIABLE, regex
from dlint.text.safe import naming
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.syntax import Instruction
    from dlint.syntax.instructions import Pair

_PATHS = regex(r"[\w./-]+")
_NAMED = 4  # of what moves along with an argument
_MOSTLY = 0.5  # of the commits: what changes with so many reruns what is below with or without it


class Argument(NamedTuple):
    """An argument that an ARG of `stage` declares, and what stands below it: in that stage, and in
    those that stand on it.

    `users` mention it, or a variable made of it; `others` are RUNs that mention neither, and that
    nothing else makes run again as often. `in_environment`: an ENV hands it on to the image.
    """

    stage: Stage
    arg: Arg
    name: str
    users: tuple[Instruction, ...]
    others: tuple[Run, ...]
    in_environment: bool

    @property
    def reruns(self) -> tuple[Run, ...]:
        """The RUNs that run again when it changes, whether they use it or not: each gets it."""
        runs = (each for each in (*self.users, *self.others) if isinstance(each, Run))
        return tuple(sorted(runs, key=lambda run: run.index))


class _Follower:
    """Follows an argument through a stage."""

    def __init__(
        self, build: Build, names: Iterable[str], rivals: frozenset[int], *, stale: bool
    ) -> None:
        """Begin where the variables `names` hold it; `rivals` are the numbers of the instructions
        that change whenever it does: they use others, or bring the file that it is read out of.
        `stale`: all runs again at each commit or pushed release anyway.
        """
        self.names = set(names)
        self.rivals = rivals
        self.stale = stale
        self.users: list[Instruction] = []
        self.others: list[Run] = []
        self.in_environment = False
        self._build = build

    def follow(self, instructions: Iterable[Instruction], anew: Collection[str] = ()) -> None:
        """Follow the variables through instructions; those in `anew` up to an ARG that declares
        them.
        """
        for instruction in instructions:
            is_user = mentions(instruction, self.names)
            if isinstance(instruction, Env | Arg):
                derived = _derived(instruction, self.names, anew)
                self.in_environment |= isinstance(instruction, Env) and bool(derived)
            if not self.names:
                return
            self.stale = self.stale or _changes_anyway(self._build, instruction)
            is_rivals = instruction.index in self.rivals
            if is_user:
                self.users.append(instruction)
            elif isinstance(instruction, Run) and not (self.stale or is_rivals):
                self.others.append(instruction)
            if is_user or is_rivals:
                self.stale = self.stale or settles(self._build, instruction)


def below_argument(build: Build, stage: Stage, arg: Arg, name: str) -> Argument:
    """Return the argument `name`, which `arg` declares in `stage`, with what stands below it."""
    built = build.fact(built_stages)
    rivals = _rivals(build, arg, name)
    followers: dict[int, _Follower] = {}
    anew = _without_default(arg) & {name}  # stages on top that declare it do not take it from here
    for each in build.stages:
        if each.index not in built or not build.stands_on(each, stage):
            continue
        if each is stage:
            follower = _Follower(build, {name}, rivals, stale=_is_stale(build, each, arg, rivals))
            follower.follow(i for i in each.instructions if i.index > arg.index)
        else:
            base = followers[each.base.index if each.base else stage.index]
            follower = _Follower(build, base.names, base.rivals, stale=base.stale)
            follower.follow(each.instructions, anew)
        followers[each.index] = follower
    found = followers.values()
    return Argument(
        stage,
        arg,
        name,
        tuple(user for each in found for user in each.users),
        tuple(run for each in found for run in each.others),
        any(each.in_environment for each in found),
    )


def _without_default(arg: Arg) -> set[str]:
    return {pair.name for pair in arg.pairs if pair.value is None}


def _rivals(build: Build, arg: Arg, name: str) -> frozenset[int]:
    """Return the numbers of the instructions that change whenever an argument does."""
    change = next(changes_of(build, arg, pair) for pair in arg.pairs if pair.name == name)
    bringing = _brings_the_value(build, name) if change is Changes.RELEASES else frozenset()
    return bringing | _used_by_rivals(build, name, change)


def _used_by_rivals(build: Build, name: str, change: Changes) -> frozenset[int]:
    """Return the numbers of the instructions that use another argument which changes whenever one
    does: they come again whatever is done with that one.
    """
    often = {change, Changes.EVERY_BUILD}
    return frozenset(
        index
        for index, found in build.fact(volatile_uses).items()
        if any(other != name and each in often for other, each in found)
    )


def _brings_the_value(build: Build, name: str) -> frozenset[int]:
    """Return the numbers of the COPYs and ADDs, also from stages that are given it, of a file which
    a recipe reads a version out of: they change whenever that does.
    """
    read = frozenset(_files_read(build, name))
    return frozenset(
        step.instruction.index
        for stage in (build.stages if read else ())
        for step in build.steps(stage)
        if isinstance(step.instruction, Transfer) and not read.isdisjoint(_brought(build, step))
    )


def _files_read(build: Build, name: str) -> Iterator[str]:
    """Yield the paths, each with its ends, that the commands name which work out an argument."""
    for text in build.sources_of(name):
        if "$(" in text or "`" in text:
            for word in _PATHS.findall(VARIABLE.sub(" ", text)):
                folders = word.removeprefix("./").split("/")
                yield from ("/".join(folders[at:]) for at in range(len(folders)))


def _brought(build: Build, step: Step) -> frozenset[str]:
    """Return the context's files that a COPY or ADD brings, or that the stage is given which it
    takes from.
    """
    from dlint.facts.handed_on import brought_to, stage_taken_from

    match step.instruction:
        case Copy(from_=str(name)) as copy if name:
            source = stage_taken_from(build, step, copy)
            return brought_to(build, source, step.stage).files if source else frozenset()
        case Transfer() as transfer if arrival := build.fact(arrivals).of(step, transfer):
            return arrival.sources
    return frozenset()


def renewed_above(build: Build, stage: Stage, before: Instruction) -> list[Argument]:
    """Return the arguments above an instruction of a stage by which all RUNs below run again with
    each build: an ENV hands them on, or each RUN of the stage is given them.
    """
    uses = build.fact(volatile_uses)
    steps = [*build.steps_before(stage, before)]
    handed_on = {
        name
        for step in steps
        if isinstance(step.instruction, Env)
        for name, change in uses.get(step.instruction.index, ())
        if change is Changes.EVERY_BUILD
    }
    return [
        below_argument(build, step.stage, step.instruction, pair.name)
        for step in steps
        if isinstance(step.instruction, Arg)
        for pair in step.instruction.pairs
        if pair.name in handed_on or pair.name in often_passed(build, step.instruction)
    ]


def mentions(instruction: Instruction, names: set[str]) -> bool:
    """Tell whether an instruction uses a variable: a RUN may read it by its bare name, too
    (`printenv X`).
    """
    start = r"\b" if isinstance(instruction, Run) else r"\$\{?"
    return any(
        naming(name, start, r"\b").search(text)
        for name in names
        for text in instruction.texts
        if name in text
    )


def _is_stale(build: Build, stage: Stage, before: Instruction, rivals: frozenset[int]) -> bool:
    """Tell whether a stage's base, or what stands in it above `before`, reruns at every commit
    anyway, or whenever one of the arguments does that `rivals` use.
    """
    return any(
        _changes_anyway(build, instruction)
        or (instruction.index in rivals and settles(build, instruction))
        for ancestor in stage.ancestors()
        for instruction in ancestor.instructions
        if ancestor is not stage or instruction.index < before.index
    )


def _changes_anyway(build: Build, instruction: Instruction) -> bool:
    """Tell whether an instruction comes again at every commit, or with every release where no other
    image is pushed.
    """
    return _changes_with_the_context(build, instruction) or _changes_with_releases(
        build, instruction
    )


def _changes_with_releases(build: Build, instruction: Instruction) -> bool:
    """Tell whether what a COPY or ADD takes is no more the same in the next image that is pushed:
    it changes now and then, and releases alone are pushed, with many commits each.
    """
    from dlint.facts.handed_on import change_of

    if not isinstance(instruction, Transfer) or not build.is_released:
        return False
    step = build.step_of(instruction)
    return step is not None and change_of(build, step) is not None


def _is_made_before(build: Build, transfer: Transfer) -> bool:
    """Tell whether a COPY takes what is made before each build, and git ignores: what a recipe puts
    there, or what is not in the checkout.
    """
    found, step = build.fact(arrivals), build.step_of(transfer)
    arrival = found.of(step, transfer) if step else None
    return arrival is not None and (arrival.missing or found.is_built_outside(arrival))


def _changes_with_the_context(build: Build, instruction: Instruction) -> bool:
    match instruction:
        case Copy(from_=str(name)) if name:
            if takes_manifests(instruction):
                return False
            is_whole = _copies_the_context(build, instruction, name)
            return is_whole or _changes_with_most_commits(build, instruction)
        case Transfer():
            return instruction.takes_whole_context or _is_made_before(build, instruction)
        case Run():
            return any(mount.shows_whole_context for mount in instruction.mounts)
    return False


def _changes_with_most_commits(build: Build, copy: Copy) -> bool:
    """Tell whether git shows that what a COPY takes from another stage is mostly another one."""
    from dlint.facts.handed_on import change_of

    step = build.step_of(copy)
    change = change_of(build, step) if step and build.history else None
    return isinstance(change, Counted) and change.share > _MOSTLY


def _copies_the_context(build: Build, copy: Copy, name: str) -> bool:
    """Tell whether a COPY takes from a stage that the whole context is copied to."""
    source = next((each for each in build.stages if each.name == name.lower()), None)
    if source is None or source.index >= copy.index or not build.live(source):
        return False
    steps = (each for ancestor in source.ancestors() for each in ancestor.instructions)
    return any(isinstance(each, Transfer) and each.takes_whole_context for each in steps)


def _derived(setting: Env | Arg, names: set[str], anew: Collection[str] = ()) -> list[str]:
    """Return the variables that an ENV, or an ARG's default, makes of `names`, and follow it: what
    is made of them changes with them, and a constant of an ENV hides them, as an ARG does those in
    `anew`.
    """
    derived = []
    for pair in setting.pairs:
        if any(_is_made_of(pair, name) for name in names):
            names.add(pair.name)
            derived.append(pair.name)
        elif isinstance(setting, Env) or pair.name in anew:
            names.discard(pair.name)
    return derived


def moved_along(arguments: Iterable[Argument], last: Run) -> Sequence[str]:
    """Name what uses arguments between their ARGs and `last`, and so has to go below that with
    them: of an ENV or ARG that sets more than that, the variables that do.
    """
    found: dict[Instruction, dict[str, None]] = {}  # with the variables, each user once
    for argument in arguments:
        names = {argument.name}
        for user in argument.users:
            if user.index < last.index:
                parts = _derived(user, names) if isinstance(user, Env | Arg) else []
                found.setdefault(user, {}).update(dict.fromkeys(parts))
    named = [_called(user, found[user]) for user in sorted(found, key=lambda each: each.index)]
    rest = len(named) - _NAMED
    return named if rest <= 1 else [*named[:_NAMED], f"{rest} more"]


def _called(user: Instruction, parts: Collection[str]) -> str:
    """Name what uses an argument: of an ENV or ARG that sets more, the variables that do."""
    is_part = isinstance(user, Env | Arg) and len(parts) < len(user.pairs)
    of = f"{', '.join(f'`{part}`' for part in parts)} of " * is_part
    return f"{of}the `{user.name}` in line {user.line}"


def passed_beside(build: Build, arguments: Sequence[Argument], last: Run) -> list[Argument]:
    """Return arguments of one stage and those that stand right beside them and are seen to be
    passed anew, too, if nothing up to `last` uses one of those: they move together, or a block of
    ARGs is torn. None where there are no others.
    """
    own, stage = {each.name: each for each in arguments}, arguments[0].stage
    found = [
        own.get(name) or below_argument(build, stage, arg, name)
        for block in _blocks(stage)
        if not own.keys().isdisjoint(block)
        for name, arg in block.items()
        if name in own or build.passes_anew(name)
    ]
    idle = [each for each in found if each.name in own or _is_idle(each, last)]
    return idle if len(idle) > len(own) else []


def _blocks(stage: Stage) -> list[dict[str, Arg]]:
    """Return the arguments that a stage declares line by line, each block by itself."""
    blocks: list[dict[str, Arg]] = []
    line = None
    for arg in stage.instructions:
        if isinstance(arg, Arg):
            if line is None or arg.line != line + 1:
                blocks.append({})
            blocks[-1].update(dict.fromkeys((pair.name for pair in arg.pairs), arg))
            line = arg.line
    return blocks


def _is_idle(argument: Argument, last: Run) -> bool:
    """Tell whether nothing up to `last` uses an argument, an ENV that hands it on aside."""
    return all(
        each.index > last.index or only_hands_on(each, argument.name) for each in argument.users
    )


def only_hands_on(instruction: Instruction, name: str) -> bool:
    """Tell whether an ENV sets nothing but what is made of an argument."""
    if not isinstance(instruction, Env):
        return False
    return all(_is_made_of(pair, name) for pair in instruction.pairs)


def _is_made_of(pair: Pair, name: str) -> bool:
    """Tell whether the value that a variable is set to uses another one."""
    return naming(name, r"\$\{?", r"\b").search(pair.value or "") is not None
