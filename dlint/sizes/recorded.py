"""Sizes that an image before tells: of the same step exactly, of one that changed by what changed.

A step whose cache key is the one that was recorded has the layer that was recorded. Of others the
old layer's size is where the reckoning begins: what the lists of its packages and its own words
have gained or lost is added, and what nobody knows of that is said.
"""

from __future__ import annotations

from collections import deque
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.findings import Basis, Size
from dlint.model.build import Build
from dlint.model.keys import Keys, content_keys, shallow
from dlint.model.standing import standing
from dlint.project.facts_file import NAME
from dlint.syntax import Copy, Run, Transfer
from dlint.syntax.parser import parse
from dlint.text.source import Edit
from dlint.text.units import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dlint.images.recorded import RecordedImage, RecordedLayer
    from dlint.model.keys import Keyed
    from dlint.model.stages import Stage
    from dlint.syntax import Instruction

    Estimate = Callable[[Build, Stage, Run], Size]

STALE_DAYS = 30  # official images are built anew about once a month
# Two instructions that share less than this of their words are taken for different ones.
ALIKE = 0.4


class Recorded:
    """What the image before tells of a build's layers."""

    def __init__(self, build: Build) -> None:
        """Look at nothing yet."""
        self._build = build
        self._image: RecordedImage | None = build.options.recorded
        self._known: dict[tuple[int, int], Size | None] = {}

    def size(self, stage: Stage, instruction: Instruction, estimate: Estimate) -> Size | None:
        """Return the compressed size of an instruction's layer; None where the image tells nothing
        better than the instruction does. `estimate` guesses that of a RUN without any image.
        """
        if self._image is None:
            return None
        place = (stage.index, instruction.index)
        if place not in self._known:
            self._known[place] = self._size(stage, instruction, estimate)
        return self._known[place]

    def _size(self, stage: Stage, instruction: Instruction, estimate: Estimate) -> Size | None:
        keyed, layer = self._matches.get((stage.index, instruction.index), (None, None))
        if keyed is None or layer is None or layer.bytes is None:
            return self._proved(stage, instruction)
        if keyed.key == layer.key:
            return Size(layer.bytes, Basis.weakest(layer.basis, self._trust))
        match instruction:
            case Run():
                return self._changed(stage, instruction, layer, estimate)
            case Copy(from_=str()):
                return self._with_packages(stage, instruction, layer)
            case Transfer() if self._build.taken(instruction) is None:
                return Size(layer.bytes, Basis.weakest(layer.basis, Basis.MODELLED))
        return self._proved(stage, instruction)

    def same(self, stage: Stage, instruction: Instruction) -> RecordedLayer | None:
        """Return the layer that a step of the same cache key has made."""
        keyed, layer = self._matches.get((stage.index, instruction.index), (None, None))
        return layer if keyed and layer and keyed.key == layer.key else None

    @property
    def _trust(self) -> Basis:
        """What the same key is worth: a builder without a cache makes another layer of it, and a
        base's tag moves in time.
        """
        is_sure = self._build.options.cache != "cold" and not self.is_old
        return Basis.EXACT if is_sure else Basis.MODELLED

    def _proved(self, stage: Stage, instruction: Instruction) -> Size | None:
        """Return the size of the layer that is, bit for bit, what a COPY makes of the context."""
        if not isinstance(instruction, Transfer) or not self._by_diff_id:
            return None
        selection = self._build.fact(standing).stored(stage, instruction)
        if selection is None or not selection.stable:
            return None
        layer = self._by_diff_id.get(selection.diff_id or "")
        return Size(layer.bytes, layer.basis) if layer and layer.bytes is not None else None

    def _with_packages(self, stage: Stage, instruction: Instruction, layer: RecordedLayer) -> Size:
        from dlint.sizes.packages import Change, packages_of

        count = layer.bytes or 0
        if layer.packages is None:
            return Size(count, Basis.weakest(layer.basis, Basis.MODELLED))
        size = Change(count, layer.packages, packages_of(self._build, stage, instruction)).size
        return size._replace(basis=Basis.weakest(layer.basis, size.basis))

    def _changed(
        self, stage: Stage, run: Run, layer: RecordedLayer, estimate: Estimate
    ) -> Size | None:
        """Return the size of a RUN's layer: as recorded, and what its packages and words add."""
        size = self._with_packages(stage, run, layer)
        if instruction_text(run).split() == layer.instruction.split():
            return size
        before = self._as_recorded(run, layer, estimate)
        now = estimate(self._build, stage, run)
        if before is None or not set(before.missing) <= set(now.missing):
            return None  # what is gone of it, nobody knows
        more = tuple(each for each in now.missing if each not in before.missing)
        count = max(0, size.bytes + now.bytes - before.bytes)
        basis = Basis.weakest(size.basis, Basis.GUESSED)
        return Size(count, basis, (*size.missing, *more))

    def _as_recorded(self, run: Run, layer: RecordedLayer, estimate: Estimate) -> Size | None:
        """Return what would be guessed of the RUN in the words that were recorded; None where they
        are no RUN.
        """
        source = self._build.dockerfile.source
        text = source.edited([Edit(run.span, layer.instruction)])
        options = self._build.options._replace(recorded=None)
        try:
            other = Build(parse(text), self._build.context, options, self._build.recipes)
        except DlintError:
            return None
        same = len(other.dockerfile.instructions) == len(self._build.dockerfile.instructions)
        old = other.dockerfile.instructions[run.index] if same else None
        stage = other.stage_of(old) if old is not None else None
        if not isinstance(old, Run) or stage is None:
            return None
        return estimate(other, stage, old)

    @cached_property
    def _keys(self) -> Keys:
        try:
            return self._build.fact(content_keys)
        except DlintError:  # a file that cannot be read: its steps are new ones
            return Keys(self._build, shallow)

    @cached_property
    def _by_diff_id(self) -> Mapping[str, RecordedLayer]:
        layers = self._image.layers if self._image else ()
        return {layer.diff_id: layer for layer in layers}

    @cached_property
    def _matches(self) -> Mapping[tuple[int, int], tuple[Keyed, RecordedLayer]]:
        """The recorded layers by the steps that stand in their places now."""
        return {
            (keyed.step.stage.index, keyed.step.instruction.index): (keyed, layer)
            for keyed, layer in _pairs(self._steps, self._image.layers if self._image else ())
        }

    @cached_property
    def _steps(self) -> list[Keyed]:
        return [keyed for keyed in self._keys.image if keyed.layer]

    @property
    def base_layers(self) -> tuple[RecordedLayer, ...]:
        """The layers of the target's base; none where it stands on another one now."""
        image, target = self._image, self._build.target
        if image is None or target is None or target.outermost.image != image.base:
            return ()
        return tuple(
            each._replace(basis=Basis.weakest(each.basis, self._trust))
            for each in image.base_layers
        )

    @property
    def is_old(self) -> bool:
        """Tell whether it was recorded so long ago that a base's tag may have moved since."""
        return self._age > STALE_DAYS

    @property
    def _age(self) -> int:
        """Days since the recording; 0 for an image that was just asked."""
        if self._image is None or not self._image.day:
            return 0
        return (today() - date.fromisoformat(self._image.day)).days

    @property
    def stale(self) -> Iterator[str]:
        """Say in what the recorded facts no longer fit."""
        image, target = self._image, self._build.target
        if image is None or target is None or not (image.layers or image.base_layers):
            return
        if self.is_old:
            yield f"recorded {plural(self._age, 'day')} ago"
        base = target.outermost.image
        if base != image.base:
            yield f"the base image was {image.base} and is now {base}"
        matched = {id(layer) for _, layer in self._matches.values()}
        gone = [layer for layer in image.layers if id(layer) not in matched]
        if gone:
            first = " ".join(gone[0].instruction.split())[:60]
            yield f"{plural(len(gone), 'instruction')} gone: {first}"


def recorded(build: Build) -> Recorded:
    """Return what the image before tells of `build`; a fact: `build.fact(recorded)`."""
    return Recorded(build)


def stale_note(build: Build) -> str:
    """Say in what the repository's recorded facts no longer fit a build; empty where they do."""
    image = build.options.recorded
    if image is None or not image.day:
        return ""
    why = "; ".join(build.fact(recorded).stale)
    return f"{image.dockerfile}: {NAME} is stale: {why}; run `dlint facts record` again" * bool(why)


def today() -> date:
    """Return the day in UTC."""
    return datetime.now(UTC).date()


def instruction_text(instruction: Instruction) -> str:
    """Return an instruction on one line, but for its here-documents: what is recorded of it."""
    bodies = (f"\n{each.body}{each.name}" for each in instruction.heredocs)
    return f"{instruction.name} {instruction.value.text}{''.join(bodies)}"


Pair = tuple["Keyed", "RecordedLayer"]


def _pairs(steps: Sequence[Keyed], layers: Sequence[RecordedLayer]) -> list[Pair]:
    """Return steps with the layers that stand for them: of the same key, then of the same words,
    then of alike ones.
    """
    found = _same(steps, layers, lambda keyed: keyed.key, lambda layer: layer.key)
    found += _same(*_left(steps, layers, found), _step_words, _layer_words)
    for keyed in _left(steps, layers, found)[0]:
        rest = _left(steps, layers, found)[1]
        best = max(rest, key=lambda layer: _likeness(keyed, layer), default=None)
        if best is not None and _likeness(keyed, best) >= ALIKE:
            found.append((keyed, best))
    return found


def _same(
    steps: Sequence[Keyed],
    layers: Sequence[RecordedLayer],
    of_step: Callable[[Keyed], object],
    of_layer: Callable[[RecordedLayer], object],
) -> list[Pair]:
    """Return the pairs of which the same is told, first things first."""
    waiting: dict[object, deque[RecordedLayer]] = {}
    for layer in layers:
        waiting.setdefault(of_layer(layer), deque()).append(layer)
    queues = ((keyed, waiting.get(of_step(keyed))) for keyed in steps)
    return [(keyed, queue.popleft()) for keyed, queue in queues if queue]


def _left(
    steps: Sequence[Keyed], layers: Sequence[RecordedLayer], found: Sequence[Pair]
) -> tuple[list[Keyed], list[RecordedLayer]]:
    """Return what no pair holds yet."""
    taken = {id(each) for pair in found for each in pair}
    return (
        [each for each in steps if id(each) not in taken],
        [each for each in layers if id(each) not in taken],
    )


def _step_words(keyed: Keyed) -> tuple[str, ...]:
    return tuple(instruction_text(keyed.step.instruction).split())


def _layer_words(layer: RecordedLayer) -> tuple[str, ...]:
    return tuple(layer.instruction.split())


def _likeness(keyed: Keyed, layer: RecordedLayer) -> float:
    """Return the share of words that two instructions of one kind have in common; 0 for two
    kinds.
    """
    words, others = _step_words(keyed), _layer_words(layer)
    if words[:1] != others[:1]:
        return 0.0
    one, other = set(words), set(others)
    return len(one & other) / len(one | other)
