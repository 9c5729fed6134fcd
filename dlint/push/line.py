"""What `check` says of the next push: what it uploads when the file that changes most often changes once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from dlint.layers.keys import Keys
from dlint.layers.tree import token
from dlint.push.output import as_dict
from dlint.push.plan import PUSHED, Before, PushPlan, make_plan
from dlint.push.sizes import Sizes
from dlint.rule import Basis
from dlint.units import human_bytes

if TYPE_CHECKING:
    from dlint.context import Entry
    from dlint.layers import Build


class PushLine(NamedTuple):
    """The next push, foretold.

    `path` is the Dockerfile's; `changed` the context path taken to change, `line` the instruction that reads it first.
    `bytes` are the uploaded layers' whose size is known; `unknown_layers` more are uploaded whose size is not.
    `changes` says in how many of the last `commits` commits the path changed; None where there is no git history.
    """

    path: str
    changed: str
    line: int
    bytes: int
    basis: Basis
    unknown_layers: int
    layers: int
    changes: int | None
    commits: int | None
    data: dict[str, Any]

    @property
    def text(self) -> str:
        """Say it in one sentence."""
        often = f" (in {self.changes} of the last {self.commits} commits)" if self.changes is not None else ""
        return f"next push: when {self.changed}{often} changes, {self.upload}"

    @property
    def upload(self) -> str:
        """What goes up, in words."""
        layers = f"{self.layers} layer{'s' * (self.layers != 1)}"
        known = f"{human_bytes(self.bytes)} ({self.basis})"
        if not self.layers:
            return "no layer is uploaded"
        if not self.unknown_layers:
            return f"{layers} go up: {known}"
        if self.unknown_layers == self.layers:
            return f"{layers} go up, of unknown size until the image is built once"
        return f"{layers} go up: {known} and {self.unknown_layers} of unknown size"


def push_line(build: Build) -> PushLine | None:
    """Return the line for `build`; None where its image takes nothing from the context."""
    before = Keys(build, _shallow)
    inputs = {path: keyed for keyed in reversed(list(before.all())) for path in keyed.inputs}
    if build.target is None or not inputs:
        return None
    counts, commits = _churn(build)
    changed = max(inputs, key=lambda path: _volatility(path, counts, build))
    after = Keys(build, lambda entry: token(_shallow(entry), entry.path == changed))
    before = Keys(build, lambda entry: token(_shallow(entry), False))  # noqa: FBT003  as above, unchanged
    plan = make_plan(Before(before), after, Sizes())
    return _line(build, plan, changed, inputs[changed].step.instruction.line, counts, commits)
