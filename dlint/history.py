"""What each commit of the past would have pushed: the plan of every commit against the one before it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from dlint.context.git import MissingObjectError
from dlint.errors import DlintError
from dlint.layers.keys import Keys
from dlint.push.plan import PUSHED, Before, Cause, Earlier, PushPlan, make_plan
from dlint.rule import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.context import Entry
    from dlint.context.git import Commit
    from dlint.layers import Options
    from dlint.push.revisions import Project
    from dlint.push.sizes import Sizes


WINDOW = 100  # commits whose trees are read at once


class CommitPush(NamedTuple):
    """One commit's push. `plan` is None where there is none: `problem` says why.

    The first commit of a replay is held against nothing, so its push is no commit's cost: `counted` is False.
    """

    commit: Commit
    plan: PushPlan | None
    counted: bool
    problem: str = ""

    @property
    def pushed_bytes(self) -> int:
        """Bytes uploaded, of the layers whose size is known."""
        return self.plan.pushed_bytes if self.plan and self.counted else 0

    @property
    def unknown_layers(self) -> int:
        """How many layers of unknown size were uploaded besides."""
        return self.plan.unknown_layers if self.plan and self.counted else 0

    @property
    def cause(self) -> Cause | None:
        """Why the first of the uploaded layers was made anew."""
        if self.plan is None or not self.counted:
            return None
        return next((layer.cause for layer in self.plan.layers if layer.status == PUSHED and layer.cause), None)


class Blame(NamedTuple):
    """What one instruction's layer cost over a replay: how often it was uploaded, and the known bytes of that."""

    line: int
    instruction: str
    misses: int
    bytes: int


def replay(project: Project, commits: Sequence[Commit], options: Options, sizes: Sizes) -> Iterator[CommitPush]:
    """Yield the pushes of `commits`, oldest first. Nothing is checked out; `sizes` keeps what it has compressed.

    One builder makes all of them, and what each pushed stays in the registry: a commit that goes back to what was
    built before finds it there. Raises DlintError where the repository lacks an object.
    """
    before: Keys | None = None
    earlier = Earlier()
    for at, commit in enumerate(commits):
        if at % WINDOW == 0:
            project.prefetch(commits[at : at + WINDOW])
        try:
            keys = _keys(project, commit, options)
            plan = make_plan(Before(before, earlier=earlier), keys, sizes, options.cache)
        except MissingObjectError:
            raise
        except DlintError as error:
            yield CommitPush(commit, None, counted=False, problem=error.message)
            continue
        yield CommitPush(commit, plan, counted=before is not None)
        earlier.add(keys)
        before = keys


def _keys(project: Project, commit: Commit, options: Options) -> Keys:
    """Key the build of a commit; raises DlintError where nothing could be built."""
    build = project.build(commit.id, options)
    if build is None:
        raise DlintError("no Dockerfile with its context")
    for problem in build.dockerfile.problems:
        if problem.severity is Severity.ERROR:
            raise DlintError(f"line {build.dockerfile.source.line(problem.span.start)}: {problem.message}")
    return Keys(build, identity)


def identity(entry: Entry) -> str:
    """Name a file's content by its git object."""
    return entry.identity


def blame(pushes: Iterable[CommitPush]) -> list[Blame]:
    """Return what each instruction cost, dearest first; instructions are known by their text."""
    misses: Counter[str] = Counter()
    cost: Counter[str] = Counter()
    lines: dict[str, int] = {}
    for push in pushes:
        for layer in push.plan.layers if push.plan and push.counted else ():
            if layer.status == PUSHED and layer.line is not None:
                misses[layer.instruction] += 1
                cost[layer.instruction] += layer.bytes or 0
                lines[layer.instruction] = layer.line
    found = [Blame(lines[text], text, count, cost[text]) for text, count in misses.items()]
    return sorted(found, key=lambda each: (-each.bytes, -each.misses, each.line))


def percentile(values: Iterable[int], share: float) -> int:
    """Return the smallest of `values` that at least `share` of them do not exceed; 0 where there are none."""
    ordered = sorted(values)
    if not ordered:
        return 0
    return ordered[max(0, -(-len(ordered) * round(share * 100) // 100) - 1)]
