"""How often what a COPY or ADD brings is another one, from the context or from another stage."""

from __future__ import annotations

import posixpath
from collections import Counter
from typing import TYPE_CHECKING

from dlint.facts.uses import is_own, named_images
from dlint.facts.volatility import SOURCE, is_dependency_list, volatile_files
from dlint.model.stages import find_stage, reachable
from dlint.reads.arrivals import arrivals, names_below
from dlint.syntax import Cmd, Copy, Entrypoint, Run, Transfer
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.reads.arrivals import Arrival, Arrivals
    from dlint.shell import Command
    from dlint.syntax import Instruction

# What stages hand on of their own installation, not of the project: certificates, time zones,
# users, libraries, tools.
_OF_AN_INSTALLATION = regex(
    r"/(?:etc|usr(?!/src/)|lib|lib64|bin|sbin|opt|var|root|home/\w+/\.)(?:/|$)|.*(?:node_modules|site-packages|venv)/?$"
)
# What tools take out of the source for a cache's sake: it changes with the manifests alone.
_MANIFESTS = regex(r"(?:^|/)(?:recipe\.json|out/(?:json|[\w-]+-lock\.\w+|yarn\.lock))/?$")
_DEPENDENCIES = regex(
    r"(?:^|/)(?:node_modules|site-packages|dist-packages|venv|\.venv|vendor|bundle|gems)/?$"
)
# Packages that a stage has built, by the names of their folders and files.
_PACKAGES = regex(r"(?:^|/)(?:wheels?|wheelhouse|dist)(?:/|$)|\.(?:whl|tgz|gem|deb|rpm)$")
_ADDS_TOOLS = regex(
    r"dev|debug|test|lint|ci\b"
)  # a stage that puts its own tools on a finished one


def change_of(build: Build, step: Step) -> str | None:
    """Tell in words how often what a COPY or ADD takes is another one; None where it hardly
    changes.
    """
    transfer = step.instruction
    if isinstance(transfer, Copy) and transfer.from_:
        return _change_of_built(build, step, transfer)
    arrival = build.fact(arrivals).of(step, transfer) if isinstance(transfer, Transfer) else None
    return None if arrival is None else _change_of_arrival(build, arrival)


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
    chain = _chain_taken_from(build, step, copy)
    if any(isinstance(each.instruction, Run) for each in chain):
        return _change_of_what_is_made(build, step, copy)
    change = _change_unmade(build, step, copy, chain)
    return change if change == SOURCE else None


def _chain_taken_from(build: Build, step: Step, copy: Copy) -> Sequence[Step]:
    source = find_stage(build.stages, copy.from_ or "", step.stage.index)
    return build.chain(source) if source else ()


def taken_paths(step: Step, copy: Copy) -> list[str]:
    """Return the paths that a COPY takes, as far as they are known."""
    return [step.state.expand(word.text.strip("\"'")) or "" for word in copy.sources]


def _change_of_built(build: Build, step: Step, copy: Copy) -> str | None:
    """Tell how often what another stage hands on is another one: what it builds of the source with
    that, the dependencies that it installs with their lists.
    """
    chain = _chain_taken_from(build, step, copy)
    if not any(isinstance(each.instruction, Run) for each in chain):
        return _change_unmade(build, step, copy, chain)
    change = _change_of_what_is_made(build, step, copy)
    source = find_stage(build.stages, copy.from_ or "", step.stage.index)
    if change or source is None or not all(map(_DEPENDENCIES.search, taken_paths(step, copy))):
        return change
    files = _installed_from(build, source, step.stage)
    change = volatile_files(build, files)
    return change if change or build.history else _change_of_lists(files)


def _installed_from(build: Build, stage: Stage, other: Stage) -> frozenset[str]:
    """Return the context's files by which dependencies that a stage installs are others: the lists
    that it, and those that it takes from, are given; all that packages are built of that it takes
    from another one.
    """
    given, _ = brought_to(build, stage, other)
    found = set(filter(is_dependency_list, given))
    for step in build.chain(stage):
        copy = step.instruction
        if isinstance(copy, Copy) and any(map(_PACKAGES.search, taken_paths(step, copy))):
            inner = find_stage(build.stages, copy.from_ or "", step.stage.index)
            found |= brought_to(build, inner, other)[0] if inner else frozenset()
    return frozenset(found)


def _change_unmade(build: Build, step: Step, copy: Copy, chain: Sequence[Step]) -> str | None:
    """Tell how often what a stage without RUNs hands on is another one."""
    paths = taken_paths(step, copy)
    return next(filter(None, (_change_handed_on(build, each, paths) for each in chain)), None)


def _change_of_what_is_made(build: Build, step: Step, copy: Copy) -> str | None:
    """Tell how often what a stage makes of the source is another one: with what of the context that
    stage is given, itself or by others; None where it makes it of something else.
    """
    source = find_stage(build.stages, copy.from_ or "", step.stage.index)
    if source is None or not _is_built_from_source(build, step, copy):
        return None
    files, is_known = brought_to(build, source, step.stage)
    return (volatile_files(build, files) if is_known else None) or SOURCE


def brought_to(build: Build, stage: Stage, other: Stage) -> tuple[frozenset[str], bool]:
    """Return the context's files that a stage is given, and those that it takes from, bases aside
    that `other` stands on, too; and whether all of what arrives is known.
    """
    found, shared = build.fact(arrivals), {each.index for each in other.ancestors()}
    files: set[str] = set()
    is_known = True
    for number in sorted(reachable(build.stages, stage) - shared):
        for arrival in arriving(build, found, build.stages[number]):
            files |= arrival.sources
            is_known &= arrival.known
    return frozenset(files), is_known


def arriving(build: Build, found: Arrivals, stage: Stage) -> Iterator[Arrival]:
    """Yield what a stage copies, adds and mounts of the context."""
    for step in build.steps(stage):
        match step.instruction:
            case Transfer() as transfer if arrival := found.of(step, transfer):
                yield arrival
            case Run() as run:
                yield from found.mounted(step, run)


def _change_of_arrival(build: Build, arrival: Arrival) -> str | None:
    if _is_built_outside(build, arrival):
        return SOURCE
    if arrival.known:
        change = volatile_files(build, arrival.sources)
        return change if change or build.history else _change_of_lists(arrival.sources)
    if arrival.whole or not isinstance(arrival.instruction, Transfer):
        return SOURCE
    words = (word.text.rstrip("/") for word in arrival.instruction.sources)
    return _change_of_lists(word.rpartition("/")[2] for word in words)


def _is_built_outside(build: Build, arrival: Arrival) -> bool:
    """Tell whether what arrives was built of the source before the image, outside of it."""
    return build.fact(arrivals).is_built_outside(arrival)


def _change_of_lists(paths: Iterable[str]) -> str | None:
    """Name the first list of dependencies, which changes now and then."""
    lists = (path for path in sorted(paths) if is_dependency_list(path))
    listed = next(lists, None)
    return f"every change of {listed.rpartition('/')[2]}" if listed else None


def _is_built_from_source(build: Build, step: Step, copy: Copy) -> bool:
    """Tell whether a COPY takes from a stage what is made there of a copy of the context.

    A copy in a base that both stages stand on is above all that either does: no order in this one
    helps.
    """
    source = find_stage(build.stages, copy.from_ or "", step.stage.index)
    if source is None or _takes_an_installation(step, copy) or takes_manifests(copy):
        return False
    taken = {step.state.expand(word.text) for word in copy.sources}
    made_before: frozenset[str | None] = frozenset()
    shared = list(step.stage.ancestors())
    for each in build.chain(source):
        if isinstance(each.instruction, Run):
            made_before |= build.effects(each.instruction, each.state).mentions & taken
        elif each.stage not in shared and (arrival := _changing(build, each)):
            return any(
                path is None or arrival.under(path) or path not in made_before for path in taken
            )
    return False


def _takes_an_installation(step: Step, copy: Copy) -> bool:
    words = (word.text.strip("\"'") for word in copy.sources)
    return any(_OF_AN_INSTALLATION.match(step.state.expand(word) or word) for word in words)


def takes_manifests(copy: Copy) -> bool:
    """Tell whether a COPY takes what `cargo chef prepare` or `turbo prune --docker` has made of
    manifests.
    """
    return all(_MANIFESTS.search(word.text.strip("\"'")) for word in copy.sources)


def _change_handed_on(build: Build, step: Step, taken: Iterable[str]) -> str | None:
    """Tell how often what arrives at, in or around one of some paths is another one, where nothing
    is made of it.
    """
    arrival = _changing(build, step)
    paths = (path.partition("*")[0].rstrip("/") for path in taken)
    if arrival is None or not any(arrival.under(path) for path in paths if path):
        return None
    return _change_of_arrival(build, arrival)


def _changing(build: Build, step: Step) -> Arrival | None:
    """Return what a COPY or ADD brings of the context, if that changes with the source."""
    transfer = step.instruction
    if not isinstance(transfer, Transfer) or transfer.from_ is not None:
        return None
    arrival = build.fact(arrivals).of(step, transfer)
    if arrival is None or arrival.whole:
        return arrival
    changes = arrival.known and volatile_files(build, arrival.sources)
    return arrival if changes or _is_built_outside(build, arrival) else None


def copies_above(build: Build, stage: Stage, run: Run) -> Iterator[Step]:
    """Yield the COPYs and ADDs above a RUN in its stage, and in the bases that are there for that
    alone: one that is built for itself, too, stands apart from it. Not what such a base brings as
    well: a RUN comes again with that wherever it stands.
    """
    copies = build.fact(_copies)[stage.index]
    if not copies or copies[0].instruction.index > run.index:
        return
    own = [stage]
    adds_tools = _ADDS_TOOLS.search(stage.name or "")
    while not adds_tools and (base := own[-1].base) and _is_base_of_one(build, base):
        own.append(base)
    for step in copies:
        if step.instruction.index > run.index:
            return
        if step.stage in own and not _comes_with_a_base(build, step, copies, own):
            yield step


def _comes_with_a_base(
    build: Build, step: Step, copies: Sequence[Step], own: Sequence[Stage]
) -> bool:
    """Tell whether all that a COPY brings of the context arrives with stages below `own`, too."""
    others = [each for each in copies if each.stage not in own]
    arrival = _arrival(build, step) if others else None
    if arrival is None or not arrival.known or not arrival.sources:
        return False
    below = (_arrival(build, each) for each in others)
    held = frozenset[str]().union(*(each.sources for each in below if each and each.known))
    return arrival.sources <= held


def _arrival(build: Build, step: Step) -> Arrival | None:
    transfer = step.instruction
    return build.fact(arrivals).of(step, transfer) if isinstance(transfer, Transfer) else None


def _copies(build: Build) -> dict[int, list[Step]]:
    """Return the COPYs and ADDs in each stage's chain, by the stages' numbers."""
    found: dict[int, list[Step]] = {}
    for stage in build.stages:  # a base stands above what is built on it
        below = found[stage.base.index] if stage.base else ()
        own = (step for step in build.steps(stage) if isinstance(step.instruction, Transfer))
        found[stage.index] = [*below, *own]
    return found


def _is_base_of_one(build: Build, base: Stage) -> bool:
    """Tell whether a stage is no image of its own, which somebody starts, and one other stands on
    it.
    """
    if base in build.targets or any(isinstance(i, Cmd | Entrypoint) for i in base.instructions):
        return False
    return build.fact(stages_on_each)[base.index] == 1


def stages_on_each(build: Build) -> Counter[int]:
    """Return how many stages stand right on each, by its number; a fact."""
    return Counter(each.base.index for each in build.stages if each.base)


def change_of_source(build: Build, arrival: Arrival) -> str | None:
    """Tell in words how often what arrives from the context is another one, lists of dependencies
    aside; None where it hardly changes.
    """
    if _is_built_outside(build, arrival):
        return SOURCE
    if arrival.known:
        return volatile_files(build, arrival.sources)
    return SOURCE if arrival.whole else None


def takes_dependencies(step: Step) -> bool:
    """Tell whether a COPY takes installed packages, by the names of their folders."""
    copy = step.instruction
    if not isinstance(copy, Copy):
        return False
    return any(_DEPENDENCIES.search(word.text.strip("\"'")) for word in copy.sources)


class Early(NamedTuple):
    """A COPY or ADD that changes often, as `change` tells; `arrival` is what it brings of the
    context, None where it takes from another stage.
    """

    step: Step
    change: str
    arrival: Arrival | None

    @property
    def instruction(self) -> Instruction:
        """The COPY or ADD itself."""
        return self.step.instruction

    def named_by(self, command: Command, workdir: str | None) -> bool:
        """Tell whether a command, run in `workdir`, names something of it."""
        if self.arrival is not None:
            return self.arrival.named_by(command, workdir)
        places = landing(self.step)
        return any(
            names_below(command, workdir, place) or command.name == posixpath.basename(place)
            for place in places
        )


def landing(step: Step) -> list[str]:
    """Return where the sources of a COPY or ADD come to stand, absolute: below a folder of programs
    each by its name, elsewhere where they go; none where that is not known.
    """
    transfer, place = step.instruction, step.destination("/?")
    if not isinstance(transfer, Transfer) or place is None:
        return []
    if place.rstrip("/") not in PROGRAMS:
        return [place.rstrip("/") or "/"]
    found = []
    for word in transfer.sources:
        name = posixpath.basename((step.state.expand(word.text) or "").rstrip("/"))
        if not name or name in {".", "bin", "sbin"} or name.startswith("*"):
            return [place.rstrip("/")]
        found.append(posixpath.join(place, name))
    return found


PROGRAMS = frozenset(
    f"{folder}/{name}" for folder in ("", "/usr", "/usr/local") for name in ("bin", "sbin")
)


def from_others(build: Build) -> frozenset[int]:
    """Return the numbers of the COPYs that take from an image that the repository does not build; a
    fact.
    """
    images = build.fact(named_images)
    return frozenset(use.instruction.index for use, image in images if not is_own(build, image))
