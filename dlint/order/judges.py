"""What an order costs in the mean of its pushes: by the commits of the past, or by priors where
there are none.

The past is replayed with one Dockerfile in place of the one that each commit has; its context is
left as it was, the old Dockerfile in it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from dlint.context.git import MissingObjectError
from dlint.errors import DlintError
from dlint.facts.volatility import (
    LISTS_RATE,
    OTHERS_RATE,
    SOURCE_RATE,
    is_dependency_list,
    is_source,
)
from dlint.findings import Basis
from dlint.history.replay import WINDOW
from dlint.model.keys import EMPTY, Keys, content_keys, shallow
from dlint.order.optimum import Cost, Guessed, Observed
from dlint.push.plan import Before, Earlier, Made, make_plan
from dlint.syntax import Run, Transfer, Workdir
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dlint import model
    from dlint.context import BuildContext
    from dlint.context.git import Commit
    from dlint.model import Build
    from dlint.model.keys import Keyed
    from dlint.order.optimum import Chance
    from dlint.push.revisions import Project
    from dlint.push.sizes import Sizes
    from dlint.shell import Effects

# Bytes that are taken to be the least of an install, a download or what a stage has made of such,
# where nothing tells their size: smaller than any that was measured, but for single packages that
# hold a script or two.
LIGHTEST = 100_000
FEW = 3  # commits: fewer say nothing of how often something changes


class Judged(NamedTuple):
    """What a Dockerfile costs in the mean of its pushes, and how likely a commit changes which
    steps of its chain.

    `basis` is the weakest of what the known bytes of `cost` stand on.
    """

    cost: Cost
    chance: Chance
    basis: Basis


class Step(NamedTuple):
    """A step of the target's chain, as the model stands today.

    `weight` is what one push of its layer costs, nothing where it is the same blob or hit wherever
    it stands; `own` is what it costs in that case, whenever its own inputs change. The hundred
    bytes of a WORKDIR are nothing, too, and so is a RUN that only sees to single files and folders:
    no other step gives way to them.
    """

    keyed: Keyed
    weight: Cost
    own: Cost


def chain(build: Build, sizes: Sizes) -> list[Step]:
    """Return the steps of the target's chain, base first, each with the size of its layer."""
    keys = Keys(build, shallow)
    return [_step(keys, keyed, sizes) for keyed in keys.image]


def _step(keys: Keys, keyed: Keyed, sizes: Sizes) -> Step:
    instruction = keyed.step.instruction
    if not keyed.layer or keyed.identity == EMPTY or isinstance(instruction, Workdir):
        return Step(keyed, Cost(0, 0), Cost(0, 0))
    size = sizes.of(keyed, keys.build)
    if size.at_least and is_light_run(keys.build, keyed):
        return Step(keyed, Cost(0, 0), Cost(0, 0))
    assumed = least_of(keys.build, keyed) * size.at_least
    cost = Cost(int(size.at_least), size.bytes + assumed, assumed)
    if _is_pushed_by_itself(keys, keyed):
        return Step(keyed, Cost(0, 0), cost)
    return Step(keyed, cost, Cost(0, 0))


def least_of(build: Build, keyed: Keyed) -> int:
    """Return the bytes that a layer of unknown size is taken to have at the least: those of an
    install, a download, or what another stage has made of such things. All else weighs what is
    known of it.
    """
    match keyed.step.instruction:
        case Run():
            return LIGHTEST * _brings_much(build, keyed.step)
        case Transfer(from_=str()):
            stages = (build.stages[index] for index in keyed.takes)
            steps = [step for stage in stages for step in build.chain(stage)]
            return LIGHTEST * any(_brings_much(build, step) for step in steps)
    return 0


def _brings_much(build: Build, step: model.Step) -> bool:
    """Tell whether a RUN installs packages, or brings files from elsewhere."""
    from dlint.shell.effects import Clone, Extract, Fetch, Install

    run = step.instruction
    if not isinstance(run, Run):
        return False
    effects = build.effects(run, step.state)
    brought = (*effects.of(Fetch), *effects.of(Clone), *effects.of(Extract))
    return bool(brought) or any(not each.hidden for each in effects.of(Install))


def _is_pushed_by_itself(keys: Keys, keyed: Keyed) -> bool:
    """Tell whether only its own inputs make a layer a new one, wherever the step stands."""
    if keys.is_linked(keyed.step):
        return True
    return bool(keyed.identity) and keys.build.options.cache == "warm"


def is_light_run(build: Build, keyed: Keyed) -> bool:
    """Tell whether a step is a RUN that only sees to single files and folders."""
    run = keyed.step.instruction
    return isinstance(run, Run) and is_light(build.effects(run, keyed.step.state))


def is_light(effects: Effects) -> bool:
    """Tell whether a RUN does no more than make, change or delete single files and folders, all of
    them known.
    """
    from dlint.shell.effects import Create, Delete, Rewrite

    return effects.known and all(
        isinstance(effect, Delete)
        or (isinstance(effect, Create) and not effect.tree)
        or (isinstance(effect, Rewrite) and not effect.recursive)
        for effect in effects.items
    )


def contexts_of(project: Project, commits: Sequence[Commit]) -> Iterator[BuildContext]:
    """Yield the contexts of commits that have one, and whose ignore file can be read. Raises
    MissingObjectError where the repository lacks one.
    """
    for at, commit in enumerate(commits):
        if at % WINDOW == 0:
            project.prefetch(commits[at : at + WINDOW])
        try:
            context = project.context_at(commit.id)
        except MissingObjectError:
            raise
        except DlintError:
            continue
        if context is not None:
            yield context


class Replay:
    """Judges by the commits of the past, from git's objects alone."""

    def __init__(
        self,
        project: Project,
        commits: Sequence[Commit],
        sizes: Sizes,
        progress: Callable[[int, int], None],
    ) -> None:
        """Take `commits`, oldest first; the first is held against nothing, and not counted.

        `progress` is told how many commits of how many are done, each time a Dockerfile is judged.
        """
        self._sizes = sizes
        self._progress = progress
        self._contexts = list(contexts_of(project, commits))

    @property
    def commits(self) -> int:
        """How many commits are counted."""
        return max(0, len(self._contexts) - 1)

    def steps(self, build: Build) -> list[Step]:
        """Return the steps of the target's chain with what a push of each costs."""
        return chain(build, self._sizes)

    def keys(self, build: Build) -> Iterator[Keys]:
        """Yield the keys of the Dockerfile of `build` in each commit, oldest first."""
        for at, context in enumerate(self._contexts):
            yield build.in_context(context).fact(content_keys)
            self._progress(at + 1, len(self._contexts))

    def judge(self, build: Build) -> Judged:
        """Push every commit with the Dockerfile of `build`."""
        cost = Cost(0, 0)
        changes: list[list[int]] = []
        basis = Basis.MODELLED
        least = _least_by_line(build)
        before: Keys | None = None
        earlier = Earlier()
        for after in self.keys(build):
            if before is not None:
                plan = make_plan(
                    Before(before, earlier=earlier), after, self._sizes, build.options.cache
                )
                pushed = plan.uploaded
                assumed = sum(
                    least.get(layer.line, 0) for layer in plan.layers if layer.upload.at_least
                )
                cost = cost.plus(Cost(plan.unknown_layers, pushed.bytes + assumed, assumed))
                basis = basis if pushed.is_unknown else Basis.weakest(basis, pushed.basis)
                changes.append(list(changed(before, after)))
            earlier.add(Made.by(after))
            before = after
        return Judged(cost.times(Fraction(1, len(changes))), Observed(changes), basis)


def _least_by_line(build: Build) -> dict[int | None, int]:
    """Return what the layers of a build's lines are taken to weigh at the least, if they are of
    unknown size.
    """
    keys = Keys(build, shallow)
    return {each.step.instruction.line: least_of(build, each) for each in keys.image}


def changed(before: Keys, after: Keys) -> Iterator[int]:
    """Yield the numbers of the chain's steps that are others than before by themselves."""
    if before.build.target and after.build.target:
        pairs = zip(before.chain(before.build.target), after.chain(after.build.target), strict=True)
        yield from (number for number, (old, new) in enumerate(pairs) if old.own != new.own)


class Priors:
    """Judges by the kinds of files that each step takes."""

    commits = 0

    def __init__(self, sizes: Sizes) -> None:
        """Take the sizes of layers."""
        self._sizes = sizes

    def steps(self, build: Build) -> list[Step]:
        """Return the steps of the target's chain with what a push of each costs."""
        return chain(build, self._sizes)

    def judge(self, build: Build) -> Judged:
        """Weigh each layer with the probability that it, or anything above it, changes."""
        return self.weighed(build, self.steps(build))

    @staticmethod
    def weighed(build: Build, steps: Sequence[Step]) -> Judged:
        """Weigh steps in that way, whatever their weights are."""
        keys = Keys(build, shallow)
        happens = {number: _happens(keys, step.keyed) for number, step in enumerate(steps)}
        chance = Guessed(
            happens, {name: rate for each in happens.values() for name, rate in each.items()}
        )
        cost, seen = Cost(0, 0), chance.none()
        for number, step in enumerate(steps):
            seen = chance.also(seen, number)
            cost = cost.plus(step.weight.times(chance.share(seen)))
            cost = cost.plus(step.own.times(chance.share(chance.also(chance.none(), number))))
        return Judged(cost, chance, Basis.GUESSED)


def _happens(keys: Keys, keyed: Keyed) -> dict[str, Fraction]:
    """Return what changes what a step takes, by a name, and how likely: the code of a project
    changes as one.

    That of all of the context, or of a folder with source code in it, is the project's.
    """
    instruction = keyed.step.instruction
    entries = keys.build.context.entries
    takes_folder = any(entries[path].kind == "dir" for path in keyed.inputs)
    whole = isinstance(instruction, Transfer) and instruction.takes_whole_context
    found: dict[str, Fraction] = {}
    if whole or (takes_folder and any(map(is_source, keyed.inputs))):
        found["code"] = Fraction(str(SOURCE_RATE))
    if any(map(is_dependency_list, keyed.inputs)):
        found["dependencies"] = Fraction(str(LISTS_RATE))
    elif keyed.inputs:
        found[f"line {instruction.line}"] = Fraction(str(OTHERS_RATE))
    for index in keyed.takes:
        for other in keys.stages[index]:
            found |= _happens(keys, other)
    return found
