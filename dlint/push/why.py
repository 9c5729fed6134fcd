"""Why a layer is pushed, in words: the instruction that changed first, and what changed of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.push.rows import paths_text
from dlint.syntax import Arg, Env, From
from dlint.text.units import quoted
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from dlint.model import Build
    from dlint.push.plan import LayerPlan
    from dlint.syntax import Instruction


class Why(NamedTuple):
    """A reason: what changed, and how. `is_own` where that is the layer's own instruction."""

    subject: str
    predicate: str
    is_own: bool = False

    def __str__(self) -> str:
        """Say it in a sentence: "`COPY . .` (line 3) reads `app.py`"."""
        return f"{self.subject} {self.predicate}".strip()

    @property
    def beside_layer(self) -> str:
        """Say it where the layer's instruction stands beside it."""
        return f"it {self.predicate}" if self.is_own else str(self)


NOTHING = Why("", "")
NEW_IMAGE = Why("the image", "is new")
UNBUILT = Why("the Dockerfile", "could not be built before")


def why(layer: LayerPlan, before: Build, after: Build) -> Why:
    """Say why a layer of `after` is pushed, as far as anything tells."""
    cause = layer.cause
    if cause is None:
        return NOTHING
    instruction = next(i for i in after.dockerfile.instructions if i.line == cause.line)
    is_own = layer.line == cause.line
    if cause.paths:
        paths = paths_text([f"`{path}`" for path in cause.paths])
        return Why(_named(instruction), f"reads {paths}", is_own)
    if isinstance(instruction, From):
        return _of_base(instruction, before)
    if instruction.one_line not in {each.one_line for each in before.dockerfile.instructions}:
        return Why(_named(instruction), "is new or changed", is_own)
    if isinstance(instruction, Arg | Env):
        return Why(_named(instruction), "has another value", is_own)
    return _of_moved_base(before, after) or Why(_named(instruction), "is rebuilt", is_own)


def _named(instruction: Instruction) -> str:
    text = instruction.one_line
    if isinstance(instruction, From):
        text = f"FROM {_without_digest(instruction)}"
    return f"{quoted(text)} (line {instruction.line})"


def _without_digest(from_: From) -> str:
    return from_.image.text.partition("@")[0] if from_.image else ""


def _of_base(from_: From, before: Build) -> Why:
    """Say what is new of a base: its digest alone, or the image."""
    old = (each for each in before.dockerfile.instructions if isinstance(each, From))
    same_name = any(_without_digest(each) == _without_digest(from_) for each in old)
    return Why(_named(from_), "has another digest" if same_name else "is another image")


def _of_moved_base(before: Build, after: Build) -> Why | None:
    """Say what is new of the target's base, where anything is."""
    if before.target is None or after.target is None:
        return None
    old, new = before.target.outermost.from_, after.target.outermost.from_
    is_same = (old.image and old.image.text) == (new.image and new.image.text)
    return None if is_same else _of_base(new, before)
