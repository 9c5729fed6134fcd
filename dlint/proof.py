"""Whether a fix keeps its promise, held against the model before anything is written.

The files before and after it are modelled and checked alike, and compared:

- the builder refuses nothing that it took before;
- the finding is gone, and no rule finds more than it did, itself included;
- the images hold no more: of files that the context brings not a byte in any layer (exact, uncompressed, headers
  apart), no more layers of unknown size, and no more that is deleted later, stored again or kept in a cache;
- a push is not expected to upload more, by how often what changes (git's last hundred commits, or priors that were
  measured): no change uploads another layer of unknown size, and all changes together upload no more bytes.

What a RUN makes is known by its commands alone: it counts as one layer of unknown size, wherever it stands.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from dlint.layers import Build
from dlint.layers.keys import Keys
from dlint.layers.standing import standing
from dlint.layers.tar import member_bytes
from dlint.layers.tree import token
from dlint.layers.volatility import ENOUGH_COMMITS, Changes, changes, is_dependency_list, is_source, passed_afresh
from dlint.layers.waste import find_waste
from dlint.rule import Severity
from dlint.syntax import Arg, Run, Transfer
from dlint.units import human_bytes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from dlint.context import Entry
    from dlint.layers.keys import Keyed
    from dlint.report import Diagnostic

# How often a commit changes something of a kind, at the median of 83 public repositories, where git does not tell.
SOURCE, DEPENDENCIES, OTHERS = 0.957, 0.124, 0.007
UNKNOWN = 1 << 20  # bytes that a layer of unknown size is taken to hold where known ones are set against it
SCENARIOS = 8  # kinds of change that are looked at, the most frequent: the others hardly weigh


class Load(NamedTuple):
    """Layers, added up: the bytes of the context's files in them, uncompressed, and how many are of unknown size."""

    bytes: float = 0
    unknown: float = 0


class Side:
    """The files of one Dockerfile's build at one time: its model, and what the rules find."""

    def __init__(self, build: Build, found: Sequence[Diagnostic]) -> None:
        """Look at nothing yet."""
        self.build = build
        self.found = found

    @cached_property
    def keys(self) -> Keys:
        """The cache keys as it stands."""
        return Keys(self.build, _shallow)

    @cached_property
    def image(self) -> Load:
        """What the layers of the images hold."""
        return self._load(self._layers(self.keys))

    @cached_property
    def waste(self) -> Load:
        """What the images carry for nothing."""
        found = {each for target in self.build.targets for each in find_waste(self.build, target)}
        return Load(sum(each.bytes or 0 for each in found), sum(each.bytes is None for each in found))

    def push(self, scenario: Scenario) -> Load:
        """Return what is uploaded when the scenario happens to the images as they stand."""
        later = Keys(self._passing(scenario.arguments), scenario.token)
        held = {keyed.key for keyed in self.keys.all()}
        blobs = {keyed.identity for keyed in self.keys.all() if keyed.identity}
        new = (each for each in self._layers(later) if each.key not in held and each.identity not in blobs)
        return self._load(new)

    def _passing(self, arguments: Collection[str]) -> Build:
        """Return the build with other values of some arguments."""
        if not arguments:
            return self.build
        options = self.build.options
        targets = options.targets.union(stage.name for stage in self.build.targets if stage.name)
        passed = {**options.build_args, **dict.fromkeys(arguments, "another")}
        return Build(self.build.dockerfile, self.build.context, options._replace(build_args=passed, targets=targets))

    def _layers(self, keys: Keys) -> list[Keyed]:
        """Return the layers of all images, each once."""
        found = (keyed for target in keys.build.targets for keyed in keys.chain(target) if keyed.layer)
        return list({keyed.step.instruction.index: keyed for keyed in found}.values())

    def _load(self, layers: Iterable[Keyed]) -> Load:
        sizes = [self._size(keyed) for keyed in layers]
        return Load(sum(size or 0 for size in sizes), sum(size is None for size in sizes))

    def _size(self, keyed: Keyed) -> int | None:
        """Return the bytes of the files in a layer; None where only the build can tell."""
        instruction = keyed.step.instruction
        if isinstance(instruction, Run):
            return None
        if not isinstance(instruction, Transfer):
            return 0
        stored = self.build.fact(standing).stored(keyed.step.stage, instruction)
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
        names = {pair.name for i in self.build.dockerfile.instructions if isinstance(i, Arg) for pair in i.pairs}
        found = {name: _FREQUENCY[changes(name)] for name in names}
        found |= {name: 1.0 for name in names if passed_afresh(self.build.passed.get(name, ()))}
        return {name: rate for name, rate in found.items() if rate}


_FREQUENCY = {Changes.EVERY_BUILD: 1.0, Changes.ON_PURPOSE: 0.1, Changes.RELEASES: 0.1, Changes.SELDOM: 0.0}


class Scenario(NamedTuple):
    """Something that happens between two builds, and how often: one of each group of files changes, or arguments do."""

    rate: float
    paths: frozenset[str] = frozenset()
    arguments: tuple[str, ...] = ()

    def token(self, entry: Entry) -> str:
        """Name a file's content then."""
        return token(_shallow(entry), "changed") if entry.path in self.paths else _shallow(entry)


def _shallow(entry: Entry) -> str:
    """Name a file's content without reading it: both sides are one context."""
    return token(entry.path, entry.size)


def objection(before: Side, after: Side, mended: Sequence[Diagnostic]) -> str | None:
    """Return why the fixes that made `after` of `before`, to mend `mended`, must not be applied; None: they may."""
    return next(_objections(before, after, mended), None)


def _objections(before: Side, after: Side, mended: Sequence[Diagnostic]) -> Iterator[str]:
    yield from _refused(before.build, after.build)
    yield from _found(before.found, after.found, mended)
    yield from _larger(before, after)
    yield from _dearer(before, after)


def _refused(before: Build, after: Build) -> Iterator[str]:
    old, new = (
        [problem for problem in build.dockerfile.problems if problem.severity is Severity.ERROR]
        for build in (before, after)
    )
    if len(new) > len(old):
        yield f"the builder would refuse the result: {new[-1].message}"


def _found(before: Sequence[Diagnostic], after: Sequence[Diagnostic], mended: Sequence[Diagnostic]) -> Iterator[str]:
    """Compare how often each rule finds something: the mended findings are gone, and none has come.

    Fingerprints cannot tell, since that of a finding changes with the instruction that a fix edits.
    """
    old, new, gone = (Counter(each.rule for each in found) for found in (before, after, mended))
    known = {(each.rule, each.fingerprint) for each in before}
    for rule, count in new.items():
        if count > old[rule] - gone[rule]:
            left = [each for each in after if each.rule == rule]
            each = next((each for each in left if (rule, each.fingerprint) not in known), left[0])
            still = "still finds" if gone[rule] else "would find"
            yield f"{rule} {still} fault with line {each.place.start.line}: {each.message}"


def _larger(before: Side, after: Side) -> Iterator[str]:
    if after.image.bytes > before.image.bytes:
        more = human_bytes(round(after.image.bytes - before.image.bytes))
        yield f"the image would hold {more} more of the context's files (exact, uncompressed)"
    if after.image.unknown > before.image.unknown:
        yield "the image would have another layer of unknown size"
    if after.waste.bytes > before.waste.bytes or after.waste.unknown > before.waste.unknown:
        yield "the image would carry more for nothing"


def _dearer(before: Side, after: Side) -> Iterator[str]:
    """Compare what pushes upload, over all that happens between them."""
    total_before = total_after = 0.0
    for scenario in _scenarios(before, after):
        old, new = before.push(scenario), after.push(scenario)
        if new.unknown > old.unknown:
            yield f"a change of {_named(scenario)} would upload another layer of unknown size"
        total_before += scenario.rate * (old.bytes + UNKNOWN * old.unknown)
        total_after += scenario.rate * (new.bytes + UNKNOWN * new.unknown)
    if total_after > total_before:
        more = human_bytes(round(total_after - total_before))
        yield f"a push would be expected to upload {more} more (modelled, uncompressed)"


def _named(scenario: Scenario) -> str:
    return next(iter([*scenario.arguments, *sorted(scenario.paths)]))


def _scenarios(before: Side, after: Side) -> list[Scenario]:
    """Return what happens to the files that either side reads, as they tell them apart, and to arguments."""
    one, other = before.readers(), after.readers()
    none: frozenset[str] = frozenset()
    groups = {path: (one.get(path, none), other.get(path, none)) for path in one.keys() | other.keys()}
    first: dict[tuple[frozenset[str], frozenset[str]], str] = {}
    for path in sorted(groups):
        first.setdefault(groups[path], path)
    history = before.build.history if groups else None
    found: Counter[frozenset[str]] = Counter()
    if history is not None and history.commits >= ENOUGH_COMMITS:
        for change in history.changes:
            found[frozenset(first[groups[path]] for path in change if path in groups)] += 1
        rates = {paths: count / history.commits for paths, count in found.items() if paths}
    else:
        kinds: dict[str, float] = {}
        for path, group in groups.items():
            kinds[first[group]] = max(kinds.get(first[group], 0), _prior(path))
        rates = {frozenset((path,)): rate for path, rate in kinds.items()}
    ordered = sorted(rates.items(), key=lambda each: (-each[1], sorted(each[0])))
    arguments = before.arguments() | after.arguments()
    return [
        *(Scenario(rate, paths) for paths, rate in ordered[:SCENARIOS]),
        *(Scenario(rate, arguments=(name,)) for name, rate in sorted(arguments.items())[:SCENARIOS]),
    ]


def _prior(path: str) -> float:
    if is_dependency_list(path):
        return DEPENDENCIES
    return SOURCE if is_source(path) else OTHERS
