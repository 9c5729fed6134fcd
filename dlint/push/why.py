"""Why a layer is pushed, in words: the instruction that changed first, and what changed of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.push.rows import paths_text
from dlint.syntax import Arg, Env, From
from dlint.text.units import quoted

if TYPE_CHECKING:
    from dlint.model import Build
    from dlint.push.plan import LayerPlan
    from dlint.syntax import Instruction


def why(layer: LayerPlan, before: Build | None, after: Build) -> str:
    """Say why a layer of `after` is pushed; empty where nothing tells."""
    cause = layer.cause
    if before is None or cause is None:
        return "the image is new" if before is None else ""
    instruction = _at(after, cause.line)
    what = f"{quoted(instruction.one_line)} (line {cause.line})"
    if layer.line == cause.line:
        what = "it"
    if cause.paths:
        return f"{what} reads {paths_text(cause.paths)}"
    texts = {each.one_line for each in before.dockerfile.instructions}
    match instruction:
        case From():
            return f"{what} names another image"
        case _ if instruction.one_line not in texts:
            return f"{what} is new or changed"
        case Arg() | Env():
            return f"{what} has another value"
        case _:
            return f"{what} is rebuilt"


def _at(build: Build, line: int) -> Instruction:
    return next(each for each in build.dockerfile.instructions if each.line == line)
