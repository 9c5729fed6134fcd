"""How often what a COPY or ADD brings of the context is another one."""

from __future__ import annotations

import posixpath
from collections import Counter

from dlint.facts.volatility import SOURCE, is_dependency_list, volatile_files
from dlint.reads.arrivals import arrivals, names_below
from dlint.syntax import Cmd, Copy, Entrypoint, Transfer
from dlint.text.patterns import WILDCARD, regex
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.reads.arrivals import Arrival
    from dlint.shell import Command
    from dlint.syntax import Instruction

# What tools take out of the source for a cache's sake: it changes with the manifests alone.
_MANIFESTS = regex(r"(?:^|/)(?:recipe\.json|out/(?:json|[\w-]+-lock\.\w+|yarn\.lock))/?$")
_DEPENDENCIES = regex(
    r"(?:^|/)(?:node_modules|site-packages|dist-packages|venv|\.venv|vendor|bundle|gems)/?$"
)
_ADDS_TOOLS = regex(
    r"dev|debug|test|lint|ci\b"
)  # a stage that puts its own tools on a finished one


def change_of_arrival(build: Build, arrival: Arrival) -> str | None:
    """Tell in words how often what arrives from the context is another one; None where it hardly
    changes.
    """
    if _is_built_outside(build, arrival):
        return SOURCE
    if arrival.known:
        change = volatile_files(build, arrival.sources)
        return change if change or build.history else change_of_lists(arrival.sources)
    if arrival.whole or not isinstance(arrival.instruction, Transfer):
        return SOURCE
    words = (word.text.rstrip("/") for word in arrival.instruction.sources)
    return change_of_lists(word.rpartition("/")[2] for word in words)


def _is_built_outside(build: Build, arrival: Arrival) -> bool:
    """Tell whether what arrives was built of the source before the image, outside of it."""
    return build.fact(arrivals).is_built_outside(arrival)


def takes_manifests(copy: Copy) -> bool:
    """Tell whether a COPY takes what `cargo chef prepare` or `turbo prune --docker` has made of
    manifests.
    """
    return all(_MANIFESTS.search(word.text.strip("\"'")) for word in copy.sources)


def change_of_lists(paths: Iterable[str]) -> str | None:
    """Name the first list of dependencies, which changes now and then."""
    lists = (path for path in sorted(paths) if is_dependency_list(path))
    listed = next(lists, None)
    return f"every change of {listed.rpartition('/')[2]}" if listed else None


def changing_arrival(build: Build, step: Step) -> Arrival | None:
    """Return what a COPY or ADD brings of the context, if that changes with the source."""
    transfer = step.instruction
    if not isinstance(transfer, Transfer) or transfer.from_ is not None:
        return None
    arrival = build.fact(arrivals).of(step, transfer)
    if arrival is None or arrival.whole:
        return arrival
    changes = arrival.known and volatile_files(build, arrival.sources)
    return arrival if changes or _is_built_outside(build, arrival) else None


def copies_held(build: Build, stage: Stage) -> Iterator[Step]:
    """Yield the COPYs and ADDs of a stage, and of the bases that are there for that alone: one that
    is built for itself, too, stands apart from it. Not what such a base brings as well: a RUN comes
    again with that wherever it stands.
    """
    base = _base_apart(build, stage)
    below = build.fact(_copies)[base.index] if base else ()
    arrived = [each for step in below if (each := _arrival(build, step)) and each.known]
    held = frozenset[str]().union(*(each.sources for each in arrived))
    for step in build.fact(_copies)[stage.index][len(below) :]:
        arrival = _arrival(build, step) if held else None
        if not (arrival and arrival.known and arrival.sources and arrival.sources <= held):
            yield step


def copies_below(build: Build, stage: Stage) -> list[Step]:
    """Return the COPYs and ADDs of the bases of a stage that are images of their own: what it
    installs comes again with those, wherever it stands.
    """
    base = _base_apart(build, stage)
    return build.fact(_copies)[base.index] if base else []


def adds_tools(stage: Stage) -> bool:
    """Tell whether a stage adds what tests and the like need to what it stands on."""
    return _ADDS_TOOLS.search(stage.name or "") is not None


def _base_apart(build: Build, stage: Stage) -> Stage | None:
    """Return the nearest stage below one that is not there for that alone."""
    base = stage.base
    while base and not adds_tools(stage) and _is_base_of_one(build, base):
        base = base.base
    return base


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


def takes_dependencies(build: Build, step: Step) -> bool:
    """Tell whether a COPY takes nothing but installed packages."""
    copy = step.instruction
    if not isinstance(copy, Copy) or not copy.sources:  # but a here-document
        return False
    source = build.origin_of(copy)
    paths = (step.state.expand(word.text.strip("\"'")) or word.text for word in copy.sources)
    return all(is_of_dependencies(build, source, path) for path in paths)


def is_of_dependencies(build: Build, source: Stage | None, path: str) -> bool:
    """Tell whether a folder holds installed packages: by its name, or as a RUN of the stage that it
    is taken from installs them there.
    """
    if _DEPENDENCIES.search(path):
        return True
    from dlint.facts.dependencies import is_filled

    return source is not None and is_filled(build, source, path.rstrip("/"))


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
    each by its name, with `--parents` by its path, elsewhere where they go; none where that is not
    known.
    """
    transfer, place = step.instruction, step.destination("/?")
    if not isinstance(transfer, Transfer) or place is None:
        return []
    if transfer.parents:
        paths = (step.state.expand(word.text) for word in transfer.sources)
        return [_with_parents(path or "*", place) for path in paths]
    if place.rstrip("/") not in PROGRAMS:
        return [place.rstrip("/") or "/"]
    found = []
    for word in transfer.sources:
        name = posixpath.basename((step.state.expand(word.text) or "").rstrip("/"))
        if not name or name in {".", "bin", "sbin"} or name.startswith("*"):
            return [place.rstrip("/")]
        found.append(posixpath.join(place, name))
    return found


def _with_parents(path: str, place: str) -> str:
    """Return where a source of `COPY --parents` comes to stand, with its folders from `/./` on
    (https://docs.docker.com/reference/dockerfile/#copy---parents); of a pattern the folder in which
    all that it stands for is.
    """
    start, _, end = path.partition("/./")
    kept = end or start
    sure = WILDCARD.split(kept, maxsplit=1)[0]
    folder = kept if sure == kept else posixpath.dirname(sure)
    return posixpath.normpath(posixpath.join(place, folder.lstrip("/")))


PROGRAMS = frozenset(
    f"{folder}/{name}" for folder in ("", "/usr", "/usr/local") for name in ("bin", "sbin")
)
