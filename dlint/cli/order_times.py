"""`dlint order --weigh time`: the order whose builds take the least time, and what it does to
pushes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.cli.order_answer import Answer, mean_text, push_text
from dlint.errors import DlintError
from dlint.findings import Basis
from dlint.order.proposal import propose
from dlint.order.times import MILLISECONDS, Times
from dlint.sizes.times import step_times
from dlint.text.units import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dlint.model import Build
    from dlint.order.judges import Judged, Priors, Replay
    from dlint.order.optimum import Cost
    from dlint.order.proposal import Candidate, Proposal
    from dlint.push.sizes import Sizes
    from dlint.text.source import Source

_SIGNS = {Basis.GUESSED: "≈ "}


def time_answer(  # noqa: PLR0913, PLR0917  what an answer stands on
    path: str,
    build: Build,
    candidates: Iterable[Candidate],
    judge: Replay | Priors,
    sizes: Sizes,
    model: Callable[[Source], Build],
) -> TimeAnswer:
    """Find the order of the least expected time; `model` models another text of `build`.

    Raises DlintError where no step was timed.
    """
    if not build.fact(step_times):
        raise DlintError(
            f"{path}: nothing tells how long its steps take",
            "`dlint why BUILD --record` records it from the log of a build",
        )
    times = Times(judge)
    proposal = propose(candidates, times, sizes, model)
    pushes = judge.judge(proposal.build), judge.judge(proposal.best.build)
    return TimeAnswer(path, proposal, times, pushes)


class TimeAnswer(Answer):
    """A proposal in seconds, with the bytes of its pushes beside them."""

    least = "1 s"
    measure = "time"
    of_what = "expected build"

    def __init__(
        self, path: str, proposal: Proposal, judge: Times, pushes: tuple[Judged, Judged]
    ) -> None:
        """Take what pushes cost before and after, besides."""
        super().__init__(path, proposal, judge, None)
        self.pushes = pushes if proposal.after is not None else (pushes[0], pushes[0])

    def cost_text(self, cost: Cost) -> str:
        """Write `97.7 s`, with the steps that nobody timed, if there are any."""
        known = f"{'≥ ' if cost.unknown else _SIGNS.get(self.basis, '')}{_seconds(cost):.1f} s"
        if not cost.unknown:
            return known
        count, per = mean_text(float(cost.unknown), "build", "builds")
        return f"{known} ({plural(count, 'step')} of unknown time per {per})"

    @property
    def costs(self) -> dict[str, Any]:
        """The costs in JSON."""
        before, after = (each.cost for each in self.pushes)
        return {
            "expected_seconds_before": _seconds(self.before),
            "expected_seconds_after": _seconds(self.after),
            "at_least": bool(self.before.unknown or self.after.unknown),
            "unknown_steps_before": round(float(self.before.unknown), 4),
            "unknown_steps_after": round(float(self.after.unknown), 4),
            "expected_bytes_before": None if before.unknown else round(before.told),
            "expected_bytes_after": None if after.unknown else round(after.told),
        }

    def hints(self, *, written: bool) -> Iterator[str]:
        """Say what the order does to pushes, and then what there is to do."""
        before, after = (push_text(each.cost, self._push_basis) for each in self.pushes)
        yield f"pushes: {before}" + (f", and {after} in that order" if before != after else "")
        yield from super().hints(written=written)

    @property
    def _push_basis(self) -> Basis:
        weakest = Basis.weakest(*(each.basis for each in self.pushes))
        return weakest if self.judge.commits else Basis.GUESSED

    def on_unknown(self) -> Iterator[str]:
        """Say what the times stand on, and what was never timed."""
        took = self.proposal.build.fact(step_times)
        exact = sum(each.basis is Basis.EXACT for each in took.values())
        yield (
            f"times of {plural(len(took), 'step')} are recorded, {exact} of them of the very step"
            " that stands there; only the image's own stages count"
        )
        if self.after.unknown:
            yield "dlint why BUILD --record tells more: a step of unknown time is none of 0 s"


def _seconds(cost: Cost) -> float:
    return round(float(cost.told) / MILLISECONDS, 1)
