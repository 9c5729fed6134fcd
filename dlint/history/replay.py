"""What each commit of the past would have pushed: the plan of every commit against the one before
it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from dlint.context.base import GIT_FOLDER
from dlint.context.git import MissingObjectError
from dlint.errors import DlintError
from dlint.findings import Basis, Size
from dlint.history.remembered import Found, selections
from dlint.model.keys import content_keys
from dlint.push.plan import PUSHED, Before, Cause, Earlier, Made, PushPlan, make_plan
from dlint.text.printable import printable
from dlint.text.units import human_bytes, listed, plural
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dlint.context import Entry
    from dlint.context.git import Commit
    from dlint.history.remembered import Remembered
    from dlint.model import Build, Options
    from dlint.model.keys import Keys
    from dlint.push.revisions import Project
    from dlint.push.sizes import Sizes


WINDOW = 100  # commits whose trees are read at once
# A chart is cut off at ROOM of the 95th percentile where a commit is beyond FAR of it.
FAR, ROOM = 3, 1.25
LISTED = 3  # names in a remark


class CommitPush(NamedTuple):
    """One commit's push. `plan` is None where there is none: `problem` says why.

    The first commit of a replay is held against nothing, so its push is no commit's cost: `counted`
    is False.
    """

    commit: Commit
    plan: PushPlan | None
    counted: bool
    problem: str = ""
    error: DlintError | None = None

    @property
    def incomplete(self) -> bool:
        """Whether the repository lacks what the commit holds."""
        return isinstance(self.error, MissingObjectError)

    @property
    def pushed(self) -> Size:
        """What is uploaded of the layers."""
        return self.plan.pushed if self.plan and self.counted else Size()

    @property
    def unknown_layers(self) -> int:
        """How many layers were uploaded that are not known in full."""
        return self.plan.unknown_layers if self.plan and self.counted else 0

    @property
    def cause(self) -> Cause | None:
        """Why the first of the uploaded layers was made anew."""
        if self.plan is None or not self.counted:
            return None
        return next(
            (layer.cause for layer in self.plan.layers if layer.status == PUSHED and layer.cause),
            None,
        )


class Blame(NamedTuple):
    """What one instruction's layer cost over a replay: how often it was uploaded, and the sum of
    that.
    """

    line: int
    instruction: str
    misses: int
    size: Size


class Totals(NamedTuple):
    """A replay in numbers: what was pushed, in the mean and at the 95th percentile, commits that
    pushed no layer for sure, layers of unknown size. Where a commit's push is not known in full,
    all three are lower bounds.
    """

    commits: int
    sum: Size
    mean: Size
    p95: Size
    nothing: int
    unknown: int

    @property
    def basis(self) -> Basis:
        """What the known bytes stand on; that a push takes place at all is modelled."""
        return self.sum.basis


def replay(
    project: Project,
    commits: Sequence[Commit],
    options: Options,
    sizes: Sizes,
    remembered: Remembered | None = None,
) -> Iterator[CommitPush]:
    """Yield the pushes of `commits`, oldest first. Nothing is checked out; `sizes` keeps what it
    has compressed, `remembered` what each commit pushed.

    One builder makes all of them, and what each pushed stays in the registry: a commit that goes
    back to what was built before finds it there. What cannot be read of one, since the repository
    lacks an object, leaves the others as they are.
    """
    told = _Replay(project, options, sizes, remembered)
    for at, commit in enumerate(commits):
        if at % WINDOW == 0:
            told.prefetch(commits[max(0, at - 1) : at + WINDOW])
        try:
            yield told.push(commit)
        except DlintError as error:
            yield CommitPush(commit, None, counted=False, problem=error.message, error=error)


class _Replay:
    """A replay under way: the commit before, and what all before it have left behind."""

    def __init__(
        self, project: Project, options: Options, sizes: Sizes, remembered: Remembered | None
    ) -> None:
        self._project = project
        self._options = options
        self._sizes = sizes
        self._remembered = remembered
        self._earlier = Earlier()
        self._before = ""  # the id of the last commit that was built
        self._keys: Keys | None = None  # its own, where it was modelled

    def prefetch(self, commits: Sequence[Commit]) -> None:
        """Read at once what will be asked of commits, each after the one before it; the first was
        a commit's before.
        """
        known = self._remembered
        wanted = {
            each: None
            for before, after in pairwise(commits)
            if known is None or not known.holds(before.id, after.id)
            for each in (before, after)
        }
        self._project.prefetch(list(wanted))

    def push(self, commit: Commit) -> CommitPush:
        """Return what the next commit pushes; raises DlintError where nothing could be built."""
        known, before = self._remembered, self._before
        found = known.find(before, commit.id, self._earlier) if known else None
        keys = None
        if found is None:
            keys = self._keyed(commit.id)
            plan = make_plan(self._stood(), keys, self._sizes, self._options.cache)
            found = Found(Made.by(keys), plan)
            if known:
                known.keep(before, commit.id, self._earlier.known(found.made), found, keys.build)
        self._earlier.add(found.made)
        if self._keys is not None:
            self._keys.build.forget()  # nothing is held against it any more
        self._before, self._keys = commit.id, keys
        return CommitPush(commit, found.plan, counted=bool(before))

    def _stood(self) -> Before:
        """Return what stood before; a commit that was remembered is modelled for one that was
        not.
        """
        if self._keys is None and self._before:
            self._keys = self._keyed(self._before)
        return Before(self._keys, earlier=self._earlier)

    def _keyed(self, commit: str) -> Keys:
        build = self._project.build(commit, self._options)
        if build is None:
            raise DlintError("no Dockerfile with its context")
        if build.dockerfile.first_error is not None:
            raise DlintError(build.dockerfile.first_error)
        return build.fact(content_keys)


def blame(pushes: Iterable[CommitPush]) -> list[Blame]:
    """Return what each instruction cost, dearest first; instructions are known by their text."""
    sizes: dict[str, list[Size]] = {}
    lines: dict[str, int] = {}
    for push in pushes:
        for layer in push.plan.layers if push.plan and push.counted else ():
            if layer.status == PUSHED and layer.line is not None:
                sizes.setdefault(layer.instruction, []).append(layer.upload)
                lines[layer.instruction] = layer.line
    found = [Blame(lines[text], text, len(each), Size.sum(each)) for text, each in sizes.items()]
    return sorted(found, key=lambda each: (-each.size.bytes, -each.misses, each.line))


def totals(pushes: Iterable[CommitPush]) -> Totals:
    """Add up the commits that are held against one before them."""
    counted = [push for push in pushes if push.counted]
    pushed = [push.pushed for push in counted]
    total = Size.sum((Size(0, Basis.MODELLED), *pushed))
    if total.is_unknown:
        total = Size.unknown(*total.missing)
    most = [each.bytes for each in pushed]
    least = [each.least if total.at_least else each.bytes - each.doubt for each in pushed]
    return Totals(
        len(counted),
        total,
        _between(total, round(_mean(least)), round(_mean(most))),
        _between(total, percentile(least, 0.95), percentile(most, 0.95)),
        sum(each.whole == 0 for each in pushed),
        sum(push.unknown_layers for push in counted),
    )


def _mean(values: Sequence[int]) -> float:
    return sum(values) / len(values) if values else 0


def _between(total: Size, least: int, most: int) -> Size:
    """Return a number of bytes between two, as far as the total that it is taken of is known."""
    return total._replace(bytes=most, doubt=most - least, slack=0).worth_telling()


def known_text(push: CommitPush) -> str:
    """Write what a commit pushed; what is unknown is said to be."""
    if not push.unknown_layers:
        return str(push.pushed)
    if push.pushed.is_unknown:
        return "size unknown"
    return f"{push.pushed} ({push.unknown_layers} unknown)"


def pushed_text(total: Totals) -> str:
    """Say what all commits pushed."""
    what = "layers of unknown size" if total.sum.is_unknown else str(total.sum)
    return f"{plural(total.commits, 'commit')} pushed {what}"


def unknown_text(total: Totals) -> str:
    """Say how many layers of unknown size that leaves out, and what tells them."""
    return f"{plural(total.unknown, 'layer')} of unknown size (--against IMAGE gives them)"


def cause_text(push: CommitPush) -> str:
    """Say why: the first instruction that changed, and the first of its paths."""
    if push.cause is None:
        return printable(push.problem)
    # .git, where it is copied, changes each time: another path says more
    paths = sorted(push.cause.paths, key=lambda path: path == GIT_FOLDER)
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return f"line {push.cause.line}" + (f": {printable(paths[0])}{more}" if paths else "")


def subject_text(push: CommitPush) -> str:
    """Write the first line of a commit's message."""
    return printable(push.commit.subject)


def percentile(values: Iterable[int], share: float) -> int:
    """Return the smallest of `values` that at least `share` of them do not exceed; 0 where there
    are none.
    """
    ordered = sorted(values)
    if not ordered:
        return 0
    return ordered[max(0, -(-len(ordered) * round(share * 100) // 100) - 1)]


def ceiling(sizes: Sequence[int]) -> int:
    """Return the bytes up to which a chart of `sizes` goes: all of them, unless a few would flatten
    all others.
    """
    most, usual = max(sizes, default=0), percentile(sizes, 0.95)
    return round(usual * ROOM) if usual and most > FAR * usual else most


def remarks(build: Build) -> Iterator[str]:
    """Say what the numbers leave out, by the files that the build copies."""
    taken = list(selections(build))
    landed = [each for selection in taken for each in selection.entries]
    copied = {each.source: each.entry for each in landed if each.entry.opaque}
    missing = [failure for selection in taken for failure in selection.failures]
    yield from _stand_ins(copied)
    if GIT_FOLDER in copied:
        yield ".git is not excluded from the build context, and it changes with every commit"
    if missing:
        named = printable(listed(dict.fromkeys(missing), LISTED))
        yield f"git has no such file, so its cost is unknown: {named}"


def _stand_ins(copied: Mapping[str, Entry]) -> Iterator[str]:
    """Say what stands for files that this repository does not hold: submodules, and pointers."""
    folders = [path for path, entry in copied.items() if entry.kind == "dir" and path != GIT_FOLDER]
    stored = [entry for entry in copied.values() if entry.kind == "file"]
    if folders:
        yield (
            "submodules count as empty, because their files are not in this repository:"
            f" {printable(listed(folders, LISTED))}"
        )
    if stored:
        size = human_bytes(sum(entry.size for entry in stored))
        yield (
            f"{len(stored)} files are in Git LFS and count with the size in their pointers: {size}"
        )
