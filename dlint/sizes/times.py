"""How long steps take, as far as builds that happened tell it: `dlint why BUILD --record`.

A step of the key that was recorded took as long as it did. One of the same words with other inputs
is taken to take as long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.findings import Basis
from dlint.model.keys import Keys, content_keys, shallow
from dlint.sizes.recorded import instruction_text
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlint.model import Build
    from dlint.model.stages import Stage
    from dlint.syntax import Instruction


class Took(NamedTuple):
    """How long a step takes: `exact` where this very step was timed, `modelled` by one of the same
    words.
    """

    seconds: float
    basis: Basis


def stage_name(stage: Stage) -> str:
    """Return what BuildKit calls a stage: its own name, or its number."""
    return stage.name or f"stage-{stage.index}"


def words_of(stage: Stage, instruction: Instruction) -> tuple[str, ...]:
    """Return a stage and the words of an instruction in it, as `RecordedStep.words` has them."""
    return (stage_name(stage), *instruction_text(instruction).split())


def step_times(build: Build) -> Mapping[tuple[int, int], Took]:
    """Return how long the steps of a build take, by the numbers of their stage and instruction; a
    step that is not in there was never timed. A fact: `build.fact(step_times)`.
    """
    recorded = build.options.recorded
    if recorded is None or not recorded.steps:
        return {}
    by_key = {step.key: step for step in recorded.steps}
    by_words = {step.words: step for step in recorded.steps}
    found: dict[tuple[int, int], Took] = {}
    for keyed in _keys(build).all():
        stage, instruction = keyed.step.stage, keyed.step.instruction
        same, alike = by_key.get(keyed.key), by_words.get(words_of(stage, instruction))
        place = (stage.index, instruction.index)
        if same is not None and keyed.own:
            found[place] = Took(same.seconds, same.basis)
        elif alike is not None:
            found[place] = Took(alike.seconds, Basis.weakest(alike.basis, Basis.MODELLED))
    return found


def _keys(build: Build) -> Keys:
    try:
        return build.fact(content_keys)
    except DlintError:  # a file that cannot be read: its steps are new ones
        return Keys(build, shallow)
