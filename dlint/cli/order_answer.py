"""What `dlint order` found, in words and numbers."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from dlint.findings import MIN_BYTES, Basis, bytes_text
from dlint.fix.fixer import Change
from dlint.order.judges import LIGHTEST
from dlint.order.proposal import SHARE
from dlint.order.task import LEAST
from dlint.text.units import human_bytes, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.model import Build, Stage
    from dlint.order.judges import Priors, Replay
    from dlint.order.optimum import Cost
    from dlint.order.proposal import Proposal
    from dlint.order.times import Times
    from dlint.syntax import Instruction

MOST_PUSHES = 1_000  # of which a mean tells
# Its safe fixes split what one COPY takes, so that there is more to put in order.
SPLITTING = "order/copy-before-install"


class Answer:
    """A proposal in words and numbers."""

    least = human_bytes(LEAST)  # what a better order must save
    measure = "bytes"

    def __init__(
        self, path: str, proposal: Proposal, judge: Replay | Priors | Times, unsafe: Cost | None
    ) -> None:
        """Take what was found for the Dockerfile at `path`, and by whose judgement.

        `unsafe` is the cost of a still better one whose image may hold other files.
        """
        self.path = path
        self.unsafe = unsafe
        self.proposal = proposal
        self.judge = judge
        self.before = proposal.before
        self.after = proposal.after or proposal.before

    @property
    def changes(self) -> tuple[Change, ...]:
        """What is to be written."""
        if self.proposal.after is None:
            return ()
        return (
            Change(
                self.proposal.build.dockerfile.source, self.proposal.best.build.dockerfile.source
            ),
        )

    @property
    def optimal(self) -> bool:
        """Whether no order of the instructions that are left is cheaper."""
        gap = self.proposal.arranged.gap
        refused = self.proposal.refused and self.proposal.after is None
        return not (gap.unknown or gap.known or refused or self.blocked)

    @cached_property
    def blocked(self) -> list[int]:
        """The present file's lines of instructions that may read and write any file, so that a
        better order cannot be ruled out.
        """
        return sorted(each.line for stage in self.proposal.present for each in stage.blocked)

    @property
    def method(self) -> str:
        """How the order was found."""
        sets = self.proposal.arranged.sets
        if self.optimal:
            return f"dynamic programming over {sets} sets of instructions"
        return f"dynamic programming over the most promising {sets} sets of instructions"

    @property
    def now(self) -> str:
        """Say what the present order costs, and what that stands on."""
        commits = self.judge.commits
        by = (
            f"mean of the last {plural(commits, 'commit')}"
            if commits
            else "files change as often as in public repositories"
        )
        target = self.proposal.build.named_target
        of = f" of {target}" if target else ""
        return f"{self.of_what}{of} ({by}): {self.cost_text(self.before)}"

    of_what = "expected push"

    @property
    def basis(self) -> Basis:
        """What the costs stand on."""
        return self.proposal.basis if self.judge.commits else Basis.GUESSED

    def cost_text(self, cost: Cost) -> str:
        """Write `139 MB`, `≥ 139 MB (19 layers of unknown size per 10 pushes)` or those layers."""
        return push_text(cost, self.basis)

    @property
    def costs(self) -> dict[str, Any]:
        """The costs in JSON."""
        return {
            "expected_bytes_before": told_bytes(self.before),
            "expected_bytes_after": told_bytes(self.after),
            "at_least": bool(self.before.unknown or self.after.unknown),
            "unknown_layers_before": round(float(self.before.unknown), 4),
            "unknown_layers_after": round(float(self.after.unknown), 4),
        }

    @property
    def best(self) -> str:
        """Say what was found."""
        refused = self.proposal.refused
        if self.proposal.after is None and refused:
            return f"no better order is offered: {refused[0]}"
        gap = self.proposal.arranged.gap
        how = "optimal as far as it is known" if self.blocked else "optimal"
        if gap.known or gap.unknown:
            how = f"within {self.cost_text(gap)} of the optimum"
        if self.proposal.after is None:
            least = f"{float(SHARE):.0%} and {self.least}"
            return f"no order of its instructions saves {least} or more ({how}: {self.method})"
        return f"in a better order: {self.cost_text(self.after)} ({how}: {self.method})"

    def hints(self, *, written: bool) -> Iterator[str]:
        """Yield what there is to do next."""
        if self.changes:
            yield (
                f"{self.path} is written"
                if written
                else "dlint order --diff shows the change, --fix writes it"
            )
        if self.blocked:
            lines = ", ".join(map(str, self.blocked))
            word = "line" if len(self.blocked) == 1 else "lines"
            yield f"nothing moves across {word} {lines}, which may read and write any file"
        if self.unsafe is not None:
            how = f"dlint check --select {SPLITTING} --fix --unsafe-fixes"
            yield f"{self.cost_text(self.unsafe)} if files of the image may differ: {how}"
        yield from self.on_unknown()

    def on_unknown(self) -> Iterator[str]:
        """Say what becomes of layers of unknown size."""
        if self.after.unknown:
            yield (
                "a layer of unknown size weighs what is known of it, an install or a download at"
                f" least {human_bytes(LIGHTEST)}"
            )
            yield "dlint order --against IMAGE gives the sizes of RUN layers"

    @property
    def lines(self) -> Iterator[tuple[int | None, Instruction]]:
        """Yield the instructions of the image's stages, FROM left out, each with its line in the
        present file.
        """
        best = self.proposal.build if self.proposal.after is None else self.proposal.best.build
        for before, stage in zip(_stages(self.proposal.build), _stages(best), strict=True):
            waiting: dict[tuple[str, str], list[int]] = {}
            for instruction in before.instructions:
                waiting.setdefault(_words(instruction), []).append(instruction.line)
            for instruction in stage.instructions[1:]:
                lines = waiting.get(_words(instruction))
                yield lines.pop(0) if lines else None, instruction


def _stages(build: Build) -> list[Stage]:
    """Return the image's stages, the lowest first."""
    return list(build.target.ancestors())[::-1] if build.target else []


def _words(instruction: Instruction) -> tuple[str, str]:
    return instruction.name, "\n".join(
        [instruction.value.text, *(each.body for each in instruction.heredocs)]
    )


def push_text(cost: Cost, basis: Basis) -> str:
    """Write what a push costs in the mean."""
    told = told_bytes(cost)
    known = "" if told is None else bytes_text(told, basis, at_least=bool(cost.unknown))
    if not cost.unknown:
        return known
    count, per = mean_text(float(cost.unknown), "push", "pushes")
    unknown = f"{plural(count, 'layer')} of unknown size per {per}"
    return f"{known} ({unknown})" if known else unknown


def mean_text(mean: float, one: str, several: str) -> tuple[int, str]:
    """Return a mean to two digits, in whole ones, and per how many of what: 19 per 10 pushes."""
    times = 1
    while mean * times < 10 and times < MOST_PUSHES:  # noqa: PLR2004  two digits
        times *= 10
    count = max(round(mean * times), 1)
    while times > 1 and count % 10 == 0:
        count, times = count // 10, times // 10
    return count, one if times == 1 else f"{times} {several}"


def told_bytes(cost: Cost) -> int | None:
    """Return the known bytes of a cost; None where nothing is known."""
    return None if cost.unknown and cost.told < MIN_BYTES else round(cost.told)
