"""Whether a fix keeps its promise, held against the model before anything is written.

The files before and after it are modelled and checked alike, and compared:

- the builder refuses nothing that it took before;
- the finding is gone, and no rule finds more than it did, itself included;
- what an ignore file leaves out now, no other instruction took, and no other Dockerfile that reads
  it;
- the images hold no more: of files that the context brings not a byte in any layer (exact,
  uncompressed, headers apart), no more layers of unknown size, and no more that is deleted later,
  stored again or kept in a cache;
- a push is not expected to upload more, by how often what changes (git's last hundred commits, or
  priors that were measured): no change uploads another layer of unknown size, and all changes
  together upload no more bytes.

What a RUN makes is known by its commands alone: it counts as one layer of unknown size, wherever it
stands.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from dlint.bytes.tar import member_bytes
from dlint.context import BuildContext
from dlint.facts.volatility import (
    LISTS_RATE,
    OTHERS_RATE,
    SOURCE_RATE,
    Changes,
    is_dependency_list,
    is_source,
    passed_change,
)
from dlint.facts.waste import waste_by_line
from dlint.findings import Safety
from dlint.model import Build
from dlint.model.keys import Keys
from dlint.model.standing import standing
from dlint.syntax import Arg, Run, Transfer
from dlint.text.paths import above
from dlint.text.units import human_bytes
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import BinaryIO

    from dlint.context import Entry
    from dlint.lint.report import Diagnostic
    from dlint.model import Step
    from dlint.model.keys import Keyed

UNKNOWN = (
    1 << 20
)  # bytes that a layer of unknown size is taken to hold where known ones are set against it
SCENARIOS = 8  # kinds of change that are looked at, the most frequent: the others hardly weigh


class Load(NamedTuple):
    """Layers, added up: the bytes of the context's files in them, uncompressed, and how many are of
    unknown size.
    """

    bytes: int
    unknown: int


class Side:
    """The files of one Dockerfile's build at one time: its model, and what the rules find."""

    def __init__(self, build: Build, found: Sequence[Diagnostic]) -> None:
        """Look at nothing yet."""
        self.build = build
        self.found = found
        self._sizes: dict[int, int | None] = {}

    @cached_property
    def keys(self) -> Keys:
        """The cache keys as it stands."""
        return Keys(self.build, lambda entry: entry.path)

    @cached_property
    def image(self) -> Load:
        """What the layers of the images hold."""
        return self.load(_layers(self.keys))

    @cached_property
    def waste(self) -> Load:
        """What the images carry for nothing."""
        found = [each for row in waste_by_line(self.build).values() for each in row]
        return Load(
            sum(each.bytes or 0 for each in found), sum(each.bytes is None for each in found)
        )

    def load(self, layers: Iterable[Keyed]) -> Load:
        """Add layers up."""
        sizes = [self._size(keyed.step) for keyed in layers]
        return Load(sum(size or 0 for size in sizes), sum(size is None for size in sizes))

    def _size(self, step: Step) -> int | None:
        index = step.instruction.index
        if index not in self._sizes:
            self._sizes[index] = self._measure(step)
        return self._sizes[index]

    def _measure(self, step: Step) -> int | None:
        """Return the bytes of the files in a step's layer; None where only the build can tell."""
        instruction = step.instruction
        if isinstance(instruction, Run):
            return None
        if not isinstance(instruction, Transfer):
            return 0
        stored = self.build.fact(standing).stored(step.stage, instruction)
        if stored is None or stored.items is None:
            return sum(len(heredoc.body) for heredoc in instruction.heredocs) or None
        return sum(member_bytes(item.member) for item in stored.items if item.member.kind != "dir")

    def readers(self) -> dict[str, frozenset[str]]:
        """Return the context's files that are read, each with the instructions that read it."""
        found: dict[str, set[str]] = {}
        for keyed in self.keys.all():
            for path in keyed.inputs:
                entry = self.build.context.entries[path]
                if entry.kind != "dir" or entry.opaque:
                    found.setdefault(path, set()).add(keyed.own)
        return {path: frozenset(readers) for path, readers in found.items()}

    def arguments(self) -> dict[str, float]:
        """Return the arguments whose value changes from build to build, each with how often."""
        names = {
            pair.name
            for i in self.build.dockerfile.instructions
            if isinstance(i, Arg)
            for pair in i.pairs
        }
        found = {name: _FREQUENCY[Changes.of(name)] for name in names}
        found |= {
            name: 1.0 for name in names if passed_change(self.build, name) is Changes.EVERY_BUILD
        }
        return {name: rate for name, rate in found.items() if rate}


_FREQUENCY = {
    Changes.EVERY_BUILD: 1.0,
    Changes.ON_PURPOSE: 0.1,
    Changes.RELEASES: 0.1,
    Changes.IMAGES: 0.0,
    Changes.SELDOM: 0.0,
}


class Scenario(NamedTuple):
    """Something that happens between two builds, and how often: one of each group of files changes,
    or arguments do.
    """

    rate: float
    paths: frozenset[str] = frozenset()
    arguments: tuple[str, ...] = ()


class _Pushes:
    """What is uploaded when something happens to the images of a side as they stand.

    Files that the same instructions read are all one to that, so a few stand for the context.
    """

    def __init__(self, side: Side, paths: Iterable[str]) -> None:
        self._side = side
        self._context = _Sample(side.build.context, paths)
        now = self._keys(Scenario(0))
        self._held = {keyed.key for keyed in now.all()}
        self._blobs = {keyed.identity for keyed in now.all() if keyed.identity}

    def load(self, scenario: Scenario) -> Load:
        """Return what is uploaded after `scenario`."""
        layers = _layers(self._keys(scenario))
        return self._side.load(
            each
            for each in layers
            if each.key not in self._held and each.identity not in self._blobs
        )

    def _keys(self, scenario: Scenario) -> Keys:
        build = self._side.build
        targets = build.options.targets.union(stage.name for stage in build.targets if stage.name)
        passed = {**build.options.build_args, **dict.fromkeys(scenario.arguments, "another")}
        options = build.options._replace(build_args=passed, targets=targets)
        changed = scenario.paths
        return Keys(
            Build(build.dockerfile, self._context, options),
            lambda entry: f"{entry.path}\0" if entry.path in changed else entry.path,
        )


class _Sample(BuildContext):
    """Some files of a context, and the folders above them."""

    def __init__(self, whole: BuildContext, paths: Iterable[str]) -> None:
        super().__init__(whole.label, None)
        self._whole = whole
        kept = {each for path in paths for each in (path, *above(path))}
        self.entries = {path: entry for path, entry in whole.entries.items() if path in kept}

    def _list(self, folder: str) -> list[Entry]:
        return [entry for path, entry in self.entries.items() if path.rpartition("/")[0] == folder]

    def open(self, path: str) -> BinaryIO:
        """Open a file of the whole."""
        return self._whole.open(path)


def _layers(keys: Keys) -> list[Keyed]:
    """Return the layers of all images, each once."""
    found = (keyed for target in keys.build.targets for keyed in keys.chain(target) if keyed.layer)
    return list({keyed.step.instruction.index: keyed for keyed in found}.values())


def objection(before: Side, after: Side, mended: Sequence[Diagnostic]) -> str | None:
    """Return why the fixes that made `after` of `before`, to mend `mended`, must not be applied;
    None: they may.
    """
    return next(_objections(before, after, mended), None)


def _objections(before: Side, after: Side, mended: Sequence[Diagnostic]) -> Iterator[str]:
    yield from _refused(before.build, after.build)
    yield from _found(before, after, mended)
    yield from _left_out(before, after, mended)
    yield from _larger(before, after)
    yield from _dearer(before, after)


def disturbance(before: Side, after: Side, mended: Sequence[Diagnostic]) -> str | None:
    """Return how fixes that mended another Dockerfile's findings, in the ignore file of both, do
    harm to this one.

    What is left out here, too, must be superfluous here, too: one of the same rules has to find it
    so. What the builder refuses as it stands cannot be harmed.
    """
    if before.build.dockerfile.errors:
        return None
    for reason in _found(before, after, ()):
        return reason
    old, new = (_left_out_for(side, mended) for side in (before, after))
    lost = before.readers().keys() - after.readers().keys()
    return f"`{min(lost)}` would be excluded but may be needed" if lost and not old - new else None


def _left_out_for(side: Side, mended: Sequence[Diagnostic]) -> set[tuple[str, str]]:
    """Return what the rules of `mended` find, and would mend as surely."""
    surely = {each.rule: each.repair.safety for each in mended if each.repair}
    return {
        (each.rule, each.message)
        for each in side.found
        if each.repair
        and each.repair.safety in {Safety.SAFE, surely.get(each.rule)}
        and each.rule in surely
    }


def _refused(before: Build, after: Build) -> Iterator[str]:
    old, new = (build.dockerfile.errors for build in (before, after))
    if len(new) > len(old):
        yield f"the builder would refuse the result: {new[-1].message}"


def _found(before: Side, after: Side, mended: Sequence[Diagnostic]) -> Iterator[str]:
    gone = {each.rule for each in mended}
    for each in uncovered(before, after, mended):
        still = "still finds" if each.rule in gone else "would find"
        yield f"{each.rule} {still} fault with line {each.place.start.line}: {each.message}"


def uncovered(before: Side, after: Side, mended: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Return what rules find although, with the mended findings gone, they should find less: those
    that are new first.

    Each rule's findings are counted: a fingerprint cannot tell, since it changes with the
    instruction that a fix edits.
    """
    old, new, gone = (
        Counter(each.rule for each in found) for found in (before.found, after.found, mended)
    )
    known = {each.identity for each in before.found}
    found = []
    for rule, count in new.items():
        left = [each for each in after.found if each.rule == rule]
        left.sort(key=lambda each: each.identity in known)
        found += left[: max(0, count - old[rule] + gone[rule])]
    return found


def _left_out(before: Side, after: Side, mended: Sequence[Diagnostic]) -> Iterator[str]:
    """Yield what is left out where nothing was found: an ignore file takes it from all COPYs and
    mounts at once.
    """
    lost = before.readers().keys() - after.readers().keys()
    if not lost or any(each.place.path != before.build.dockerfile.source.path for each in mended):
        return
    rules = {each.rule for each in mended}
    told = {each.place.start.line for each in before.found if each.rule in rules and each.repair}
    for keyed in before.keys.all():
        instruction = keyed.step.instruction
        missed = lost.intersection(keyed.inputs)
        if missed and told.isdisjoint(range(instruction.line, instruction.end_line + 1)):
            yield f"line {instruction.line} would no longer have `{min(missed)}` but may need it"


def _larger(before: Side, after: Side) -> Iterator[str]:
    if after.image.bytes > before.image.bytes:
        more = human_bytes(round(after.image.bytes - before.image.bytes))
        yield f"the image would hold {more} more of the context's files (exact, uncompressed)"
    if after.image.unknown > before.image.unknown:
        yield "the image would have another layer of unknown size"
    if after.waste.bytes > before.waste.bytes or after.waste.unknown > before.waste.unknown:
        yield "the image would grow without a benefit"


def _dearer(before: Side, after: Side) -> Iterator[str]:
    """Compare what pushes upload, over all that happens between them."""
    total_before = total_after = 0.0
    groups = _groups(before, after)
    representatives = frozenset(groups.values())
    one, other = _Pushes(before, representatives), _Pushes(after, representatives)
    for scenario in _scenarios(before, after, groups):
        old, new = one.load(scenario), other.load(scenario)
        if new.unknown > old.unknown:
            yield f"a change of {_named(scenario)} would upload another layer of unknown size"
        total_before += scenario.rate * (old.bytes + UNKNOWN * old.unknown)
        total_after += scenario.rate * (new.bytes + UNKNOWN * new.unknown)
    if total_after > total_before:
        more = human_bytes(round(total_after - total_before))
        yield f"a push would be expected to upload {more} more (modelled, uncompressed)"


def _named(scenario: Scenario) -> str:
    return next(iter([*scenario.arguments, *sorted(scenario.paths)]))


def _groups(before: Side, after: Side) -> dict[str, str]:
    """Return the files that either side reads, each with one that the same instructions read."""
    one, other = before.readers(), after.readers()
    none: frozenset[str] = frozenset()
    first: dict[tuple[frozenset[str], frozenset[str]], str] = {}
    paths = sorted(one.keys() | other.keys())
    return {
        path: first.setdefault((one.get(path, none), other.get(path, none)), path) for path in paths
    }


def _scenarios(before: Side, after: Side, groups: Mapping[str, str]) -> list[Scenario]:
    """Return what happens to those files, each by the one that stands for its group, and to
    arguments.
    """
    history = before.build.history if groups else None
    if history is not None and history.is_telling:
        found = Counter(
            frozenset(groups[path] for path in change if path in groups)
            for change in history.changes
        )
        rates = {paths: count / history.commits for paths, count in found.items() if paths}
    else:
        kinds: dict[str, float] = {}
        for path, representative in groups.items():
            kinds[representative] = max(kinds.get(representative, 0), _prior(path))
        rates = {frozenset((path,)): rate for path, rate in kinds.items()}
    ordered = sorted(rates.items(), key=lambda each: (-each[1], sorted(each[0])))
    arguments = before.arguments() | after.arguments()
    return [
        *(Scenario(rate, paths) for paths, rate in ordered[:SCENARIOS]),
        *(
            Scenario(rate, arguments=(name,))
            for name, rate in sorted(arguments.items())[:SCENARIOS]
        ),
    ]


def _prior(path: str) -> float:
    if is_dependency_list(path):
        return LISTS_RATE
    return SOURCE_RATE if is_source(path) else OTHERS_RATE
