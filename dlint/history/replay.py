"""What each commit of the past would have pushed: the plan of every commit against the one before
it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from dlint.context.git import MissingObjectError
from dlint.context.revision import GIT_FOLDER
from dlint.errors import DlintError
from dlint.findings import Basis
from dlint.model.keys import Keys
from dlint.push.plan import PUSHED, Before, Cause, Earlier, PushPlan, make_plan
from dlint.syntax import Transfer
from dlint.text.printable import printable
from dlint.text.units import human_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.context import Entry
    from dlint.context.git import Commit
    from dlint.model import Build, Options
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
        return next(
            (layer.cause for layer in self.plan.layers if layer.status == PUSHED and layer.cause),
            None,
        )


class Blame(NamedTuple):
    """What one instruction's layer cost over a replay: how often it was uploaded, and the known
    bytes of that.

    `known` tells how often its size was known.
    """

    line: int
    instruction: str
    misses: int
    bytes: int
    known: int


class Totals(NamedTuple):
    """A replay in numbers: bytes known, with their basis, commits that pushed no layer, layers of
    unknown size.
    """

    commits: int
    bytes: int
    mean: int
    p95: int
    nothing: int
    unknown: int
    basis: Basis


def replay(
    project: Project, commits: Sequence[Commit], options: Options, sizes: Sizes
) -> Iterator[CommitPush]:
    """Yield the pushes of `commits`, oldest first. Nothing is checked out; `sizes` keeps what it
    has compressed.

    One builder makes all of them, and what each pushed stays in the registry: a commit that goes
    back to what was built before finds it there. Raises DlintError where the repository lacks an
    object.
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
    if build.dockerfile.first_error is not None:
        raise DlintError(build.dockerfile.first_error)
    return Keys(build, identity)


def identity(entry: Entry) -> str:
    """Name a file's content by its git object."""
    return entry.identity


def blame(pushes: Iterable[CommitPush]) -> list[Blame]:
    """Return what each instruction cost, dearest first; instructions are known by their text."""
    misses: Counter[str] = Counter()
    known: Counter[str] = Counter()
    cost: Counter[str] = Counter()
    lines: dict[str, int] = {}
    for push in pushes:
        for layer in push.plan.layers if push.plan and push.counted else ():
            if layer.status == PUSHED and layer.line is not None:
                misses[layer.instruction] += 1
                known[layer.instruction] += layer.bytes is not None
                cost[layer.instruction] += layer.bytes or 0
                lines[layer.instruction] = layer.line
    found = [
        Blame(lines[text], text, count, cost[text], known[text]) for text, count in misses.items()
    ]
    return sorted(found, key=lambda each: (-each.bytes, -each.misses, each.line))


def totals(pushes: Iterable[CommitPush]) -> Totals:
    """Add up the commits that are held against one before them."""
    counted = [push for push in pushes if push.counted]
    sizes = [push.pushed_bytes for push in counted]
    unknown = [push.unknown_layers for push in counted]
    nothing = sum(not size and not layers for size, layers in zip(sizes, unknown, strict=True))
    mean = round(sum(sizes) / len(sizes)) if sizes else 0
    # that a push takes place at all is modelled
    basis = Basis.weakest(Basis.MODELLED, *(push.plan.known_basis for push in counted if push.plan))
    return Totals(
        len(sizes), sum(sizes), mean, percentile(sizes, 0.95), nothing, sum(unknown), basis
    )


def known_text(push: CommitPush) -> str:
    """Write what a commit pushed; what is unknown is said to be."""
    if not push.unknown_layers:
        return human_bytes(push.pushed_bytes)
    known = f"{human_bytes(push.pushed_bytes)} + " if push.pushed_bytes else ""
    return f"{known}{push.unknown_layers} unknown"


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
    copied: dict[str, Entry] = {}
    missing: list[str] = []
    for stage in filter(build.live, build.stages):
        for step in build.steps(stage):
            selection = (
                build.selection(step.instruction)
                if isinstance(step.instruction, Transfer)
                else None
            )
            if selection is not None:
                copied.update(
                    {each.source: each.entry for each in selection.entries if each.entry.opaque}
                )
                missing += selection.failures
    folders = [path for path, entry in copied.items() if entry.kind == "dir" and path != GIT_FOLDER]
    stored = [entry for entry in copied.values() if entry.kind == "file"]
    if folders:
        yield (
            "submodules are counted as empty, their files are not in this repository:"
            f" {_listed(folders)}"
        )
    if stored:
        size = human_bytes(sum(entry.size for entry in stored))
        yield (
            f"{len(stored)} files are in Git LFS, counted with the size that their pointers tell:"
            f" {size}"
        )
    if GIT_FOLDER in copied:
        yield "nothing keeps .git out of the context: it changes with every commit"
    if missing:
        yield (
            "git holds no such file, so what it costs is not known:"
            f" {_listed(dict.fromkeys(missing))}"
        )


def _listed(names: Iterable[str]) -> str:
    """Write some of the names."""
    first = list(names)
    more = len(first) - LISTED
    return printable(", ".join(first[:LISTED])) + (f" and {more} more" if more > 0 else "")
