"""How large a layer's blob is, where nothing but the Dockerfile and its context decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.bytes.compress import CompressedSizes
from dlint.bytes.estimate import FOLDER_LAYER
from dlint.findings import Basis
from dlint.model.standing import standing
from dlint.push.aligned import Aligned
from dlint.syntax import Copy, Run, Transfer, Workdir

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from dlint.images import ImageFacts
    from dlint.model import Build
    from dlint.model.keys import Keyed

# Bytes of a layer that are compressed in full; a larger one is judged by as many of them, in two
# seconds or so.
SAMPLE = 32 << 20


class Sizes:
    """Sizes of layers; one object for many plans keeps what it has compressed."""

    def __init__(
        self,
        builder: str = "buildkit",
        facts: ImageFacts | None = None,
        store: MutableMapping[bytes, int] | None = None,
    ) -> None:
        """Compress as `builder` does; `facts` of any image of the Dockerfile tell how large its
        RUNs are.

        `store` is for many plans of one project: it keeps what was compressed, so that each plan
        pays for what is new.
        """
        self._facts = facts
        self._runs: dict[str, int | None] = {}
        self._guesses: dict[str, int | None] = {}
        self._compressed = CompressedSizes(
            "pgzip" if builder == "buildah" else "gzip", SAMPLE, store
        )

    def of(self, keyed: Keyed, build: Build) -> tuple[int | None, Basis]:
        """Return the compressed size in bytes of the layer that the step makes; None where nothing
        here tells it.
        """
        instruction = keyed.step.instruction
        if isinstance(instruction, Workdir):
            return FOLDER_LAYER, Basis.MODELLED
        if not isinstance(instruction, Transfer):
            size = self._from_facts(keyed)
        else:
            selection = build.fact(standing).stored(keyed.step.stage, instruction)
            size = selection.compressed(self._compressed) if selection else self._from_facts(keyed)
        return (None, Basis.UNKNOWN) if size is None else (size, Basis.MODELLED)

    def guessed(self, keyed: Keyed, build: Build) -> tuple[int | None, Basis]:
        """Return about how large a layer is that packages and single files make, where `of` knows
        nothing.

        What it is guessed from is in the step's key, so that many commits of one project pay for it
        once.
        """
        if keyed.key not in self._guesses:
            self._guesses[keyed.key] = _guess(keyed, build)
        size = self._guesses[keyed.key]
        return size, Basis.UNKNOWN if size is None else Basis.GUESSED

    def _from_facts(self, keyed: Keyed) -> int | None:
        """Return the size of the step of the same words in the image that is known."""
        if self._facts is None:
            return None
        text = keyed.step.instruction.value.text
        if text not in self._runs:
            fact = Aligned([keyed], self._facts).of(keyed)
            self._runs[text] = fact.size if fact else None
        return self._runs[text]


def _guess(keyed: Keyed, build: Build) -> int | None:
    instruction = keyed.step.instruction
    if isinstance(instruction, Run):
        from dlint.sizes import run_bytes

        return run_bytes(build, keyed.step.stage, instruction)
    if isinstance(instruction, Copy) and instruction.from_:
        from dlint.sizes import carried_bytes

        return carried_bytes(build, instruction)
    return None
