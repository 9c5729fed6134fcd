"""The layers of an image that stood before, held against the steps that made them."""

from __future__ import annotations

from collections import deque
from itertools import takewhile

from dlint.model.standing import standing
from dlint.syntax import From, Run, Transfer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from dlint.images.facts import HistoryStep, ImageFacts, LayerFact
    from dlint.model import Build
    from dlint.model.keys import Keyed

# The tar of no entries, two zero blocks: what a step that changed nothing commits.
EMPTY_DIFF_ID = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
# Two instructions that share less than this of their words are taken for different ones, and tell
# no size.
ALIKE = 0.4


class Aligned:
    """The facts of the image before, held against its own steps."""

    def __init__(self, old: Sequence[Keyed], facts: ImageFacts | None) -> None:
        self._facts: dict[int, LayerFact] = {}
        self.base: tuple[LayerFact, ...] = ()
        self.known = facts is not None
        self.configuration_bytes = facts.config_bytes if facts else 0
        self._by_diff_id: dict[str, LayerFact] = {}
        self._history: Sequence[HistoryStep] = ()
        self._config: Mapping[str, Any] = {}
        if facts is None:
            return
        self._by_diff_id = {fact.diff_id: fact for fact in facts.layers}
        self._history = facts.history
        self._config = facts.config
        from dlint.images.align import InstructionLine, align

        steps = [keyed for keyed in old if not isinstance(keyed.step.instruction, From)]
        lines = [InstructionLine(k.step.instruction.name, words_of(k)) for k in steps]
        matches = align(facts.history, lines)
        self._facts = {
            id(keyed): match.layer
            for keyed, match in zip(steps, matches, strict=True)
            if match and match.layer
        }
        own = {id(match.step) for match in matches if match}
        below = takewhile(lambda step: id(step) not in own, facts.history)
        self.base = tuple(step.layer for step in below if step.layer)

    @property
    def digests(self) -> set[str]:
        """The digests of the layers' blobs, as far as they are known."""
        return {fact.digest for fact in self._by_diff_id.values() if fact.digest}

    def of(self, keyed: Keyed) -> LayerFact | None:
        """Return the layer that `keyed`, a step of the image before, made."""
        return self._facts.get(id(keyed))

    def inherits(self, base: ImageFacts) -> bool:
        """Tell whether the image before stands on `base` to its history, configuration included."""
        steps = self._history[: len(base.history)]
        labels, own = (
            (config.get("Labels") or {}).items() for config in (base.config, self._config)
        )
        return labels <= own and [step.created_by for step in steps] == [
            step.created_by for step in base.history
        ]

    def holds(self, fact: LayerFact) -> bool:
        """Tell whether the image before has a layer of the same content."""
        return fact.diff_id in self._by_diff_id

    def proved(self, keyed: Keyed, build: Build) -> LayerFact | None:
        """Return the layer that is, bit for bit, what the step makes of the context."""
        instruction = keyed.step.instruction
        if not self._by_diff_id or not isinstance(instruction, Transfer):
            return None
        selection = build.fact(standing).stored(keyed.step.stage, instruction)
        if selection is None or not selection.stable:
            return None
        return self._by_diff_id.get(selection.diff_id or "")

    def is_empty(self, keyed: Keyed) -> bool:
        """Tell whether the step changed nothing."""
        fact = self.of(keyed)
        return fact is not None and fact.diff_id == EMPTY_DIFF_ID


def words_of(keyed: Keyed) -> tuple[str, ...]:
    """Return what an image's history may call the step: as written, expanded, or as the shell got
    it.
    """
    instruction, state = keyed.step.instruction, keyed.step.state
    if isinstance(instruction, Run):
        return (
            instruction.script.text if instruction.json is None else " ".join(instruction.json),
        )
    text = instruction.rest.text
    expanded = state.expand(text) if "$" in text else None
    return (text,) if expanded is None else (text, expanded)


def pair(old: Sequence[Keyed], new: Sequence[Keyed]) -> Iterator[tuple[Keyed, Keyed]]:
    """Yield (new, old) steps that stand for each other: those of the same words first, then alike
    ones of one kind.
    """
    waiting: dict[tuple[str, str], deque[Keyed]] = {}
    for keyed in old:
        waiting.setdefault(_text(keyed), deque()).append(keyed)
    left = []
    for keyed in new:
        queue = waiting.get(_text(keyed))
        if queue:
            yield keyed, queue.popleft()
        else:
            left.append(keyed)
    rest = [keyed for queue in waiting.values() for keyed in queue]
    for keyed in left:
        best = max(rest, key=lambda other: _likeness(keyed, other), default=None)
        if best is not None and _likeness(keyed, best) >= ALIKE:
            rest.remove(best)
            yield keyed, best


def _text(keyed: Keyed) -> tuple[str, str]:
    return keyed.step.instruction.name, keyed.step.instruction.value.text


def _likeness(one: Keyed, other: Keyed) -> float:
    """Return the share of words that two instructions of one kind have in common; 0 for two
    kinds.
    """
    if one.step.instruction.name != other.step.instruction.name:
        return 0.0
    words, others = (set(keyed.step.instruction.value.text.split()) for keyed in (one, other))
    return len(words & others) / (len(words | others) or 1)
