"""How often what stages hand on to others is another one: what they copy of the context, build of
it, and install.

COPYs of many files out of one stage ask the same of it, and each install below them asks again: so
each answer is worked out once, and places are looked up.
"""

from __future__ import annotations

import posixpath
from fnmatch import fnmatchcase
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from dlint.facts.argument_changes import renewed_base
from dlint.facts.changing import (
    change_of_arrival,
    change_of_lists,
    changing_arrival,
    copies_below,
    copies_held,
    takes_dependencies,
    takes_manifests,
)
from dlint.facts.dependencies import steps_below_dependencies
from dlint.facts.put_there import step_putting
from dlint.facts.uses import is_own, named_images
from dlint.facts.volatility import (
    BUILD,
    RELEASE,
    SOURCE,
    Changes,
    is_dependency_list,
    of_unknown_part,
    of_what_is_made,
    share,
    volatile_files,
)
from dlint.model.places import Places
from dlint.model.stages import find_stage, reachable
from dlint.reads.arrivals import arrivals, files_of
from dlint.shell.effects import Create
from dlint.syntax import Copy, Run, Transfer
from dlint.text.paths import nested, within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.reads.arrivals import Arrival
    from dlint.shell.effects import Place

# What stages hand on of their own installation, not of the project: certificates, time zones,
# users, libraries, tools.
_OF_AN_INSTALLATION = regex(
    r"/(?:etc|usr(?!/src/)|lib|lib64|bin|sbin|opt|var|root|home/\w+/\.)(?:/|$)|.*(?:node_modules|site-packages|venv)/?$"
)
# Packages that a stage has built, by the names of their folders and files.
_PACKAGES = regex(r"(?:^|/)(?:wheels?|wheelhouse|dist)(?:/|$)|\.(?:whl|tgz|gem|deb|rpm)$")

# Words after which a command's output is named: of compilers, `make install` and `cargo install`.
_OUTPUT_FLAGS = frozenset(
    ("-o", "--output", "--out", "--prefix", "--root", "--outdir", "--out-dir")
)
_NAMES_OUTPUT = regex(r"DESTDIR|PREFIX|-o|--(?:output|out|prefix|root|outdir|out-dir)")


def change_of_base(build: Build, stage: Stage) -> str | None:
    """Tell in words how often the image that a stage stands on is another one, by an argument in
    its name; None where that is not known to happen.
    """
    return _RENEWED.get(renewed_base(build, stage))


_RENEWED = {Changes.EVERY_BUILD: BUILD, Changes.RELEASES: RELEASE}


def change_of(build: Build, step: Step) -> str | None:
    """Tell in words how often what a COPY or ADD takes is another one; None where it hardly
    changes.
    """
    transfer = step.instruction
    return build.fact(_Taken).change(step, transfer) if isinstance(transfer, Transfer) else None


class ChangingCopy(NamedTuple):
    """A COPY or ADD of what changes, how often in words, and in what share of the commits; and the
    number of its instruction.
    """

    step: Step
    change: str
    share: float
    number: int


def changing_copies(build: Build, stage: Stage) -> Sequence[ChangingCopy]:
    """Return the COPYs and ADDs of what changes in a stage, and in the bases that are there for
    that alone; a fact of the stage.
    """
    return build.fact_of(_changing_copies, stage)


def changing_copies_below(build: Build, stage: Stage) -> Sequence[ChangingCopy]:
    """Return the COPYs and ADDs of what changes in the bases of a stage that are images of their
    own; a fact of the stage.
    """
    return build.fact_of(_changing_below, stage)


def _changing_below(build: Build, stage: Stage) -> list[ChangingCopy]:
    return _changing(build, copies_below(build, stage))


def _changing_copies(build: Build, stage: Stage) -> list[ChangingCopy]:
    """Return those of all the stage's COPYs and ADDs; a fact of it."""
    return _changing(build, copies_held(build, stage))


def _changing(build: Build, copies: Iterable[Step]) -> list[ChangingCopy]:
    found = ((step, change_of(build, step)) for step in copies)
    return [
        ChangingCopy(step, change, share(change), step.instruction.index)
        for step, change in found
        if change
    ]


def is_made_of_source(build: Build, step: Step) -> bool:
    """Tell whether a COPY takes from another stage what is made there of the source."""
    return change_with_source(build, step) is not None


def change_with_source(build: Build, step: Step) -> str | None:
    """Tell in words how often what a COPY takes from another stage, made there of the source, is
    another one; None where it is not made of it.
    """
    copy = step.instruction
    if not isinstance(copy, Copy) or not copy.from_:
        return None
    return build.fact(_Taken).change_with_source(step, copy)


def source_of(build: Build, step: Step) -> frozenset[str]:
    """Return the context's files of which another stage makes what a COPY takes from it; none where
    not all of them are known.
    """
    copy = step.instruction
    source = stage_taken_from(build, step, copy) if isinstance(copy, Copy) else None
    given = brought_to(build, source, step.stage) if source else Given(frozenset(), known=False)
    return given.files if given.known else frozenset()


def stage_taken_from(build: Build, step: Step, copy: Copy) -> Stage | None:
    """Return the stage that a COPY takes from; None for an image, or the context."""
    return find_stage(build.stages, copy.from_ or "", step.stage.index)


def taken_paths(step: Step, copy: Copy) -> list[str]:
    """Return the paths that a COPY takes of a stage, from its root, as far as they are known."""
    told = (step.state.expand(word.text.strip("\"'")) for word in copy.sources)
    return [_from_root(path) if path else "" for path in told]


def _from_root(path: str) -> str:
    """Return a path from the root (`./usr/bin/a`), whose folders keep a slash at their ends."""
    whole = posixpath.normpath(posixpath.join("/", path))
    return f"{whole}/" if path.endswith("/") and whole != "/" else whole


def as_arrived(build: Build, step: Step, copy: Copy, source: Stage) -> dict[str, str] | None:
    """Return the context's files that a COPY takes from another stage as they have arrived there,
    by where they stand in that: by no RUN's words another one; None where it takes anything else.
    """
    found: dict[str, str] = {}
    for path in taken_paths(step, copy):
        taken = _standing_at(build, source, path)
        if not taken or any(build.fact(_HandedOn).is_named(source, each) for each in taken):
            return None
        found |= taken
    return found


def takes_arrived_files(build: Build, step: Step) -> bool:
    """Tell whether a COPY takes from another stage a folder or file in which files of the context
    have arrived.
    """
    copy = step.instruction
    if not isinstance(copy, Copy) or (source := stage_taken_from(build, step, copy)) is None:
        return False
    return any(_has_arrived(build, source, path) for path in taken_paths(step, copy))


def _has_arrived(build: Build, stage: Stage, path: str) -> bool:
    """Tell whether a path of a stage is one at which, or below which, files of the context have
    arrived.
    """
    parts = (build.fact_of(_arrived, each) for each in stage.ancestors())
    return any(
        within(folder, path) or path in places for part in parts for folder, places in part.items()
    )


def _standing_at(build: Build, stage: Stage, path: str) -> dict[str, str]:
    """Return the context's files that have arrived in a stage at a path, or where it is a pattern
    for names in one folder, by where they stand.
    """
    folder, name = posixpath.split(path)
    parts = [build.fact_of(_arrived, each).get(folder, {}) for each in stage.ancestors()]
    if "*" not in name:
        return next(({path: part[path]} for part in parts if path in part), {})
    parts.reverse()  # of several at one place, the last one stays
    every = {place: file for part in parts for place, file in part.items()}
    return {each: every[each] for each in every if fnmatchcase(posixpath.basename(each), name)}


def _arrived(build: Build, stage: Stage) -> dict[str, dict[str, str]]:
    """Return the context's files that a stage's own steps bring, by the folders and the places
    where they stand; a fact of the stage.
    """
    found: dict[str, dict[str, str]] = {}
    brought = files_of(each for _, each in build.fact(arrivals).in_stage(stage))
    for place, path in brought.items():
        found.setdefault(posixpath.dirname(place), {})[place] = path
    return found


def brought_to(build: Build, stage: Stage, other: Stage) -> Given:
    """Return what of the context a stage is given, and those that it takes from, bases aside that
    `other` stands on, too.
    """
    return build.fact(_HandedOn).given(stage, other)


def arriving(build: Build, stage: Stage) -> Iterator[Arrival]:
    """Yield what a stage copies, adds and mounts of the context."""
    for step in build.steps(stage):
        yield from _arriving_in(build, step)


def _arriving_in(build: Build, step: Step) -> Iterator[Arrival]:
    """Yield what a step copies, adds and mounts of the context."""
    found = build.fact(arrivals)
    match step.instruction:
        case Transfer() as transfer if arrival := found.of(step, transfer):
            yield arrival
        case Run() as run:
            yield from found.mounted(step, run)


def from_others(build: Build) -> frozenset[int]:
    """Return the numbers of the COPYs that take from an image that the repository does not build; a
    fact.
    """
    images = build.fact(named_images)
    return frozenset(use.instruction.index for use, image in images if not is_own(build, image))


class _Taken:
    """How often what COPYs and ADDs take is another one, each worked out once; a fact."""

    def __init__(self, build: Build) -> None:
        """Look at nothing yet."""
        self._build = build
        self._handed = build.fact(_HandedOn)
        self._changes: dict[tuple[int, int], str | None] = {}
        self._with_source: dict[tuple[int, int], str | None] = {}

    def change(self, step: Step, transfer: Transfer) -> str | None:
        """Tell how often what a COPY or ADD takes is another one."""
        key = step.stage.index, transfer.index
        if key not in self._changes:
            self._changes[key] = self._change(step, transfer)
        return self._changes[key]

    def _change(self, step: Step, transfer: Transfer) -> str | None:
        if isinstance(transfer, Copy) and transfer.from_:
            return self._change_of_built(step, transfer)
        arrival = self._build.fact(arrivals).of(step, transfer)
        return change_of_arrival(self._build, arrival) if arrival else None

    def change_with_source(self, step: Step, copy: Copy) -> str | None:
        """Tell how often what is made there of the source is another one."""
        key = step.stage.index, copy.index
        if key not in self._with_source:
            self._with_source[key] = self._change_with_source(step, copy)
        return self._with_source[key]

    def _change_with_source(self, step: Step, copy: Copy) -> str | None:
        source = stage_taken_from(self._build, step, copy)
        if source is None:
            return None
        if self._handed.runs_something(source):
            return self._change_of_what_is_made(step, copy, source)
        change = self._handed.change_unmade(source, taken_paths(step, copy))
        return change if change == SOURCE else None

    def _change_of_built(self, step: Step, copy: Copy) -> str | None:
        """Tell how often what another stage hands on is another one: what it builds of the source
        with that, the dependencies that it installs with their lists.
        """
        source = stage_taken_from(self._build, step, copy)
        if source is None:
            return None
        renewed = change_of_base(self._build, source)
        if renewed or not self._handed.runs_something(source):
            return renewed or self._handed.change_unmade(source, taken_paths(step, copy))
        change = self._change_of_what_is_made(step, copy, source)
        if change or not takes_dependencies(self._build, step):
            return change
        return self._handed.change_of_installed(source, step.stage)

    def _change_of_what_is_made(self, step: Step, copy: Copy, source: Stage) -> str | None:
        """Tell how often what a stage makes of the source is another one: with what of the context
        that stage is given, itself or by others; None where it makes it of something else.
        """
        if not self._handed.hands_on_source(step, copy, source):
            return None
        files = as_arrived(self._build, step, copy, source)
        if files is not None:
            return volatile_files(self._build, frozenset(files.values()))
        return self._handed.change_of_given(source, step.stage, taken_paths(step, copy))


class _FirstChange(NamedTuple):
    """Where the first COPY or mount of a stage brings what changes, the paths that RUNs before it
    name, and the number of its instruction; and where RUNs from it on put what they copy or move.
    """

    place: str
    named_before: set[str]
    number: int
    filled: frozenset[str]

    def may_be_in(self, path: str | None) -> bool:
        """Tell whether what is made of it may stand at a path."""
        if path is None or nested(self.place, path) or path not in self.named_before:
            return True
        return any(within(each, path) for each in self.filled)


class Given(NamedTuple):
    """The context's files that arrive in stages, whether all of what arrives is known, and where
    all of the context does.
    """

    files: frozenset[str]
    known: bool
    whole: frozenset[str] = frozenset()

    def is_more_than(self, taken: Sequence[str]) -> bool:
        """Tell whether the whole context arrives outside of the paths that are taken of a stage:
        what stands at those may be made of a part of it.
        """
        folders = [path.rstrip("/") or "/" for path in taken]
        return not all(any(within(place, each) for each in folders) for place in self.whole)


def _own_numbers(stage: Stage) -> frozenset[int]:
    """Return the numbers of a stage and of its bases."""
    return frozenset(each.index for each in stage.ancestors())


class _HandedOn:
    """What stages hand on to those that take from them; a fact."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._running: dict[int, bool] = {}
        self._named: dict[int, frozenset[str]] = {}
        self._unmade: dict[int, tuple[Sequence[str], Places]] = {}
        self._first: dict[tuple[int, int | None], _FirstChange | None] = {}
        self._outputs: dict[tuple[int, int], frozenset[str]] = {}
        self._copies: dict[tuple[int, int], frozenset[str]] = {}
        self._sources: dict[tuple[int, int], bool] = {}
        self._gathered = 0  # stages of which it is known what they have without a RUN
        self._seen = 0  # stages whose COPYs from others are known to bring source or not
        self._reachable: dict[int, frozenset[int]] = {}
        self._own: dict[tuple[int, int | None], Given] = {}
        self._given: dict[tuple[frozenset[int], int | None], Given] = {}
        self._changes: dict[tuple[frozenset[int], int | None], str] = {}
        self._installed: dict[tuple[int, int | None], str | None] = {}

    def runs_something(self, stage: Stage) -> bool:
        """Tell whether there is a RUN in a stage's chain."""
        new = [*takewhile(lambda each: each.index not in self._running, stage.ancestors())]
        for each in reversed(new):
            below = each.base is not None and self._running[each.base.index]
            own = (isinstance(step.instruction, Run) for step in self._build.steps(each))
            self._running[each.index] = below or any(own)
        return self._running[stage.index]

    def is_named(self, stage: Stage, path: str) -> bool:
        """Tell whether a RUN in a stage's chain names a path."""
        return any(path in self._own_named(each) for each in stage.ancestors())

    def _own_named(self, stage: Stage) -> frozenset[str]:
        """Return the paths that the RUNs of a stage itself name."""
        if stage.index not in self._named:
            effects = self._build.effects_in(self._build.steps(stage))
            self._named[stage.index] = frozenset[str]().union(
                *(each.mentions for _, each in effects)
            )
        return self._named[stage.index]

    def change_unmade(self, stage: Stage, taken: Sequence[str]) -> str | None:
        """Tell how often what a stage without RUNs hands on is another one: the first of what
        changes that arrives at, in or around one of the paths that are taken.
        """
        self._gather_below(stage)
        paths = [path.partition("*")[0].rstrip("/") or "/" for path in taken if path[:1] == "/"]
        for each in reversed([*stage.ancestors()] if paths else ()):
            changes, places = self._own_unmade(each)
            found = map(places.first_nested, paths if changes else ())
            first = min((number for number in found if number is not None), default=None)
            if first is not None:
                return changes[first]
        return None

    def _gather_below(self, stage: Stage) -> None:
        """Look at the stages without RUNs before one in the file's order, which may take from each
        other: asked from the last, a long chain of them would be as many calls deep.
        """
        while self._gathered < stage.index:
            self._gathered += 1
            below = self._build.stages[self._gathered - 1]
            if not self.runs_something(below):
                self._own_unmade(below)

    def _own_unmade(self, stage: Stage) -> tuple[Sequence[str], Places]:
        """Return how often what a stage's own COPYs and ADDs bring is another one, of the context
        or as other stages hand it on, and where the numbers of these stand.
        """
        if stage.index not in self._unmade:
            changes: list[str] = []
            places = Places()
            for step in self._build.steps(stage):
                place = self._place_of_source(step)
                if place and (change := change_of(self._build, step)):
                    places.note(place, len(changes))
                    changes.append(change)
            self._unmade[stage.index] = changes, places
        return self._unmade[stage.index]

    def hands_on_source(self, step: Step, copy: Copy, source: Stage) -> bool:
        """Tell whether a stage makes what a COPY takes of it of the source, which it may have of
        others in turn.
        """
        key = step.stage.index, copy.index
        if key not in self._sources:
            self._sources[key] = self._hands_on_source(step, copy, source)
        return self._sources[key]

    def _hands_on_source(self, step: Step, copy: Copy, source: Stage) -> bool:
        if takes_manifests(copy):
            return False
        if not self.runs_something(source):
            return self.change_unmade(source, taken_paths(step, copy)) is not None
        if _takes_an_installation(step, copy) and not self._is_output(step, copy, source):
            return False
        first = self.first_change(source, step.stage)
        if first is None:
            return False
        taken = (step.state.expand(word.text) for word in copy.sources)
        pairs = zip(taken, taken_paths(step, copy), strict=True)
        return any(
            first.may_be_in(word) and not self._is_put_before(source, first, path)
            for word, path in pairs
        )

    def _is_put_before(self, stage: Stage, first: _FirstChange, path: str) -> bool:
        """Tell whether a step before the first source of a stage puts what stands at a path."""
        if nested(first.place, path):
            return False
        step = step_putting(self._build, stage, path.rstrip("/"))
        return step is not None and step.instruction.index < first.number

    def last_putting(self, stage: Stage, taken: Sequence[str]) -> int | None:
        """Return the number of the last step that puts what is taken of a stage there; None where
        not all of those are seen.
        """
        steps = [step_putting(self._build, stage, path.rstrip("/")) for path in taken]
        found = [step.instruction.index for step in steps if step is not None]
        return max(found) if found and len(found) == len(steps) else None

    def _is_output(self, step: Step, copy: Copy, source: Stage) -> bool:
        """Tell whether a RUN from the first source of a stage on is told to write to a path that is
        taken of it, or copies there what another has made of the source.
        """
        first = self.first_change(source, step.stage)
        if first is None:
            return False
        named = self._outputs_from(source, first)
        taken = {path.rstrip("/") for path in taken_paths(step, copy)} - {""}
        if any(within(place, path) for place in named for path in taken):
            return True
        if takes_dependencies(self._build, step) or not self.given(source, step.stage).known:
            return False
        return not self._copies_from(source, first).isdisjoint(taken)

    def _copies_from(self, stage: Stage, first: _FirstChange) -> frozenset[str]:
        """Return where RUNs from the first source of a stage on put what they copy or move out of
        its folder and what is made there: it is no file of the context, and no download.
        """
        key = stage.index, first.number
        if key not in self._copies:
            chain = self._build.chain(stage)
            below = (step for step in chain if step.instruction.index >= first.number)
            self._copies[key] = frozenset(
                each.place.path
                for _, effects in self._build.effects_in(below)
                for each in effects.of(Create)
                if each.place.path and each.source and not each.tree
                if self._is_made_in(stage, first.place, each.source)
            )
        return self._copies[key]

    def _is_made_in(self, stage: Stage, folder: str, file: Place) -> bool:
        """Tell whether a build must have made a file below the folder of the source."""
        path = "" if file.glob else file.path or ""
        if not within(path, folder) or _OF_AN_INSTALLATION.match(path):
            return False
        is_brought = step_putting(self._build, stage, path) is not None
        return not is_brought and not _has_arrived(self._build, stage, path)

    def _outputs_from(self, stage: Stage, first: _FirstChange) -> frozenset[str]:
        """Return where commands from the first source of a stage on are told to write to."""
        key = stage.index, first.number
        if key not in self._outputs:
            runs = (step.instruction for step in self._build.chain(stage))
            self._outputs[key] = frozenset(
                place
                for run in runs
                if isinstance(run, Run) and run.index >= first.number
                for command in self._build.script(run).commands
                for place in _outputs(command.forms)
            )
        return self._outputs[key]

    def first_change(self, stage: Stage, other: Stage) -> _FirstChange | None:
        """Return what changes first in a stage. A copy in a base that `other` stands on, too, is
        above all that either does: no order in that one helps.
        """
        self._look_at_those_before(stage)
        shared = self._shared(stage, other)
        key = stage.index, shared
        if key not in self._first:
            self._first[key] = self._find_first_change(stage, -1 if shared is None else shared)
        return self._first[key]

    def _find_first_change(self, stage: Stage, shared: int) -> _FirstChange | None:
        named: set[str] = set()
        for step in self._build.chain(stage):
            if step.stage.index > shared and (place := self._place_of_source(step)):
                number = step.instruction.index
                return _FirstChange(place, named, number, self._filled_from(stage, number))
            if isinstance(step.instruction, Run):
                named |= self._build.effects(step.instruction, step.state).mentions
        return None

    def _filled_from(self, stage: Stage, number: int) -> frozenset[str]:
        """Return where RUNs of a stage from an instruction on put what they copy or move."""
        below = (each for each in self._build.chain(stage) if each.instruction.index >= number)
        return frozenset(
            each.place.path
            for _, effects in self._build.effects_in(below)
            for each in effects.of(Create)
            if each.source and each.place.path
        )

    def _place_of_source(self, step: Step) -> str | None:
        """Return where a COPY or ADD brings, or a RUN mounts, what changes with the source, of the
        context or of what another stage hands on.
        """
        if isinstance(step.instruction, Run):
            return self._place_of_mount(step, step.instruction)
        arrival, copy = changing_arrival(self._build, step), step.instruction
        if arrival is not None:
            return arrival.destination
        source = stage_taken_from(self._build, step, copy) if isinstance(copy, Copy) else None
        if source is None or not isinstance(copy, Copy):
            return None
        return step.destination("/?") if self.hands_on_source(step, copy, source) else None

    def _place_of_mount(self, step: Step, run: Run) -> str | None:
        """Return where a RUN first mounts files of the context that change with the source."""
        mounted = self._build.fact(arrivals).mounted(step, run)
        return next((each.destination for each in mounted if self._changes_with_source(each)), None)

    def _changes_with_source(self, mounted: Arrival) -> bool:
        return _is_whole(mounted) or volatile_files(self._build, mounted.sources) is not None

    def _look_at_those_before(self, stage: Stage) -> None:
        """Look at the stages before one in the file's order: asked from the last, a long chain of
        them would be as many calls deep.
        """
        while self._seen < stage.index:
            self._seen += 1
            for step in self._build.steps(self._build.stages[self._seen - 1]):
                if isinstance(step.instruction, Copy):
                    self._place_of_source(step)

    def change_of_given(self, stage: Stage, other: Stage, taken: Sequence[str]) -> str:
        """Tell how often what is made of all that a stage is given is another one, up to the step
        that puts there what is `taken` of it.
        """
        last = self.last_putting(stage, taken)
        key = self._numbers(stage, other), last
        if last is not None:
            key = self._up_to_step(stage, other, last), last
        if key not in self._changes:
            given = self._given_to(*key)
            change = volatile_files(self._build, given.files) if given.known else None
            self._changes[key] = of_what_is_made(change) or SOURCE
        change = self._changes[key]
        return of_unknown_part(change) if self._given_to(*key).is_more_than(taken) else change

    def change_of_installed(self, stage: Stage, other: Stage) -> str | None:
        """Tell how often the dependencies that a stage installs are others."""
        key = stage.index, self._shared(stage, other)
        if key not in self._installed:
            files = self._installed_from(stage, other)
            change = of_what_is_made(volatile_files(self._build, files))
            is_told = change or self._build.history
            self._installed[key] = change if is_told else change_of_lists(files)
        return self._installed[key]

    def _installed_from(self, stage: Stage, other: Stage) -> frozenset[str]:
        """Return the context's files by which dependencies that a stage installs are others: the
        lists that it, and those that it takes from, are given; all that packages are built of that
        it takes from another one.
        """
        found = set(filter(is_dependency_list, self.given(stage, other).files))
        found -= self._brought_too_late(stage)
        for step in self._build.chain(stage):
            copy = step.instruction
            if isinstance(copy, Copy) and any(map(_PACKAGES.search, taken_paths(step, copy))):
                inner = stage_taken_from(self._build, step, copy)
                found |= self.given(inner, other).files if inner else set()
        return frozenset(found)

    def _brought_too_late(self, stage: Stage) -> frozenset[str]:
        """Return the context's files that arrive in a stage only after its dependencies."""
        below = steps_below_dependencies(self._build, stage)
        last = frozenset(each.instruction.index for each in below)
        early, late = set[str](), set[str]()
        for step in self._build.chain(stage) if below else ():
            files = late if step.instruction.index in last else early
            for arrival in _arriving_in(self._build, step):
                files |= arrival.sources
        return frozenset(late - early)

    def _numbers(self, stage: Stage, other: Stage) -> frozenset[int]:
        """Return the numbers of a stage and of those that it takes from, but for bases that `other`
        stands on, too.
        """
        if stage.index not in self._reachable:
            self._reachable[stage.index] = reachable(self._build.stages, stage)
        return self._reachable[stage.index] - _own_numbers(other)

    def _up_to_step(self, stage: Stage, other: Stage, last: int) -> frozenset[int]:
        """Return the same of those that its chain takes from up to an instruction."""
        stages = self._build.stages
        taken = (
            find_stage(stages, name, step.stage.index)
            for step in self._build.chain(stage)
            if step.instruction.index <= last
            for name in step.instruction.from_names
        )
        near = (reachable(stages, each) for each in taken if each)
        return _own_numbers(stage).union(*near) - _own_numbers(other)

    def given(self, stage: Stage, other: Stage) -> Given:
        """Return what of the context a stage is given, and those that it takes from."""
        return self._given_to(self._numbers(stage, other))

    def _given_to(self, numbers: frozenset[int], last: int | None = None) -> Given:
        """Return what stages are given, up to the instruction with the number `last`."""
        key = numbers, last
        if key not in self._given:
            stages = (self._build.stages[number] for number in sorted(numbers))
            own = [self._own_given(each, last) for each in stages]
            files = frozenset[str]().union(*(each.files for each in own))
            whole = frozenset[str]().union(*(each.whole for each in own))
            self._given[key] = Given(files, all(each.known for each in own), whole)
        return self._given[key]

    def _own_given(self, stage: Stage, last: int | None) -> Given:
        key = stage.index, last
        if key not in self._own:
            own = arriving(self._build, stage)
            kept = [each for each in own if last is None or each.instruction.index <= last]
            files = frozenset[str]().union(*(each.sources for each in kept))
            whole = frozenset(each.destination for each in kept if _is_whole(each))
            self._own[key] = Given(files, all(each.known for each in kept), whole)
        return self._own[key]

    def _shared(self, stage: Stage, other: Stage) -> int | None:
        """Return the number of the last stage that two stages stand on."""
        stands_on = self._build.stands_on
        return next((each.index for each in stage.ancestors() if stands_on(other, each)), None)


def _is_whole(arrival: Arrival) -> bool:
    """Tell whether the whole context arrives, or is mounted."""
    mounts = arrival.instruction.mounts if isinstance(arrival.instruction, Run) else ()
    return arrival.whole or any(each.shows_whole_context for each in mounts)


def _outputs(words: Sequence[str]) -> Iterator[str]:
    """Yield the absolute paths that a command's words name as its output."""
    for before, word in pairwise(("", *words)):
        name, _, value = word.rpartition("=")
        path = value if _NAMES_OUTPUT.fullmatch(name) else word * (before in _OUTPUT_FLAGS)
        if path.startswith("/"):
            yield path.rstrip("/")


def _takes_an_installation(step: Step, copy: Copy) -> bool:
    words = (word.text.strip("\"'") for word in copy.sources)
    return any(_OF_AN_INSTALLATION.match(step.state.expand(word) or word) for word in words)
