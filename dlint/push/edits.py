"""What the last commits changed of a Dockerfile itself, as changes of today's instructions.

Each version is held against the one before it line by line, and its lines are followed to where
they are today: none of them has to be parsed for that.
"""

from __future__ import annotations

from bisect import bisect_right
from difflib import SequenceMatcher
from itertools import pairwise
from operator import attrgetter
from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.model.build import Build
from dlint.syntax.parser import parse
from dlint.text.source import Source
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.context.git import Repository

    Instructions = frozenset[int]  # by their index in today's file


GONE = -1


class _Hunk(NamedTuple):
    """Lines `start` to `end` of a version, and the lines that stood there before."""

    start: int
    end: int
    before: Sequence[str]

    @property
    def is_paired(self) -> bool:
        """Whether each line stands for one of those before."""
        return self.end - self.start == len(self.before)


class Edits:
    """What the last commits changed of a Dockerfile: of each that did, the newest first, which of
    today's instructions it changed, `GONE` for those that are no more. A change of comments is
    none.
    """

    def __init__(self, build: Build, versions: Sequence[tuple[str, str]]) -> None:
        """Take the texts of each commit, before and after it."""
        self._build = build
        self._today = build.dockerfile.source.text.split("\n")
        self._starts = [each.line - 1 for each in build.dockerfile.instructions]
        self._patches: dict[int, list[_Hunk]] = {}  # of today's lines, by the newest commit's
        self.changed = list(self._follow(versions))

    def before(self, instruction: int) -> Build | None:
        """Return the build before the newest change of an instruction, with all else of today; None
        where that is no Dockerfile, the instruction is gone, or lines of the commit have since
        become one. What came later did not touch the lines of the instruction.
        """
        if instruction == GONE:
            return None
        lines = [*self._today]
        patches = sorted(self._patches[instruction], key=attrgetter("start", "end"))
        if any(after.start < patch.end for patch, after in pairwise(patches)):
            return None
        for start, end, old in reversed(patches):  # of those at one place the last comes first
            lines[start:end] = old
        now = self._build
        parsed = parse(Source(now.dockerfile.source.path, "\n".join(lines)))
        if parsed.errors:
            return None
        try:
            return Build(parsed, now.context, now.options, now.recipes)
        except DlintError:  # without the stage that is built
            return None

    def _follow(self, versions: Sequence[tuple[str, str]]) -> Iterator[Instructions]:
        """Yield what each commit changed, the newest first."""
        lines: Sequence[str] = self._today
        places: list[int | None] = [*range(len(lines))]
        for old, new in versions:
            for text, is_told in ((new, False), (old, True)):
                before = text.split("\n")
                hunks = list(_hunks(lines, before))
                if is_told:
                    yield self._changed_by(hunks, lines, places)
                places = _followed(places, hunks)
                lines = before

    def _changed_by(
        self, hunks: Sequence[_Hunk], lines: Sequence[str], places: Sequence[int | None]
    ) -> Instructions:
        """Return the instructions of today that a commit changed, and note what stood there."""
        found: dict[int, list[_Hunk]] = {}
        for hunk in hunks:
            for patch in _patches(hunk, lines, places):
                at = GONE if patch.start == GONE else self._instruction_at(patch.start)
                found.setdefault(at, []).append(patch)
        for instruction, patches in found.items():
            self._patches.setdefault(instruction, patches)
        return frozenset(found)

    def _instruction_at(self, line: int) -> int:
        """Return which instruction stands at a line of today; of a line between two the later."""
        at = max(0, bisect_right(self._starts, line) - 1)
        instructions = self._build.dockerfile.instructions
        is_past = line >= instructions[at].end_line and at + 1 < len(instructions)
        return at + is_past


def edits_of(build: Build, commits: int) -> Edits | None:
    """Return what the last `commits` that changed the Dockerfile changed of it; None where git
    lacks one of its texts.
    """
    repository = build.repository
    if repository is None or not commits or not build.dockerfile.instructions:
        return Edits(build, ())
    try:
        return Edits(build, list(_texts(repository, build.path, commits)))
    except DlintError:
        return None


def _texts(repository: Repository, path: str, commits: int) -> Iterator[tuple[str, str]]:
    """Yield the texts of a file before and after each commit, the newest first, as far back as it
    has stood there.
    """
    for old, new in repository.versions(path, commits):
        if not old or not new:
            return
        before, after = (Source.from_bytes(path, repository.read(each)).text for each in (old, new))
        yield before, after


def _hunks(new: Sequence[str], old: Sequence[str]) -> Iterator[_Hunk]:
    """Yield where two versions differ. Where most lines stand where they stood, each stands for the
    one there; else what is alike is looked for, but for what is so at both ends.
    """
    if new == old:
        return
    if len(new) == len(old):
        changed = [at for at, (line, was) in enumerate(zip(new, old, strict=True)) if line != was]
        if 2 * len(changed) < len(new):
            yield from (_Hunk(at, at + 1, (old[at],)) for at in changed)
            return
    most = min(len(new), len(old))
    head = next((at for at in range(most) if new[at] != old[at]), most)
    tail = next((at for at in range(most - head) if new[-1 - at] != old[-1 - at]), most - head)
    ours, theirs = new[head : len(new) - tail], old[head : len(old) - tail]
    for kind, start, end, first, last in SequenceMatcher(None, ours, theirs).get_opcodes():
        if kind != "equal":
            yield _Hunk(head + start, head + end, theirs[first:last])


def _followed(places: Sequence[int | None], hunks: Sequence[_Hunk]) -> list[int | None]:
    """Return where the lines of the version before are today. Of several that became others all
    stand where the first does; of some that became nothing none is there.
    """
    found: list[int | None] = []
    at = 0
    for hunk in hunks:
        found += places[at : hunk.start]
        own = places[hunk.start : hunk.end]
        found += own if hunk.is_paired else len(hunk.before) * [own[0] if own else None]
        at = hunk.end
    return [*found, *places[at:]]


def _patches(hunk: _Hunk, lines: Sequence[str], places: Sequence[int | None]) -> Iterator[_Hunk]:
    """Yield a change of a version as changes of today's lines: line by line where each stands for
    one of those before. One of lines that are gone starts nowhere.
    """
    own = range(hunk.start, hunk.end)
    if all(map(_is_idle, (*lines[hunk.start : hunk.end], *hunk.before))):
        return
    there = [(at, place) for at in own if (place := places[at]) is not None]
    if there and hunk.is_paired:
        for at, place in there:
            before = hunk.before[at - hunk.start]
            if not (_is_idle(lines[at]) and _is_idle(before)):
                yield _Hunk(place, place + 1, (before,))
        return
    if there:
        yield _Hunk(there[0][1], there[-1][1] + 1, hunk.before)
        return
    later = (places[at] for at in range(hunk.end, len(places)))
    after = next((place for place in later if place is not None), None)
    if not own and after is not None:
        yield _Hunk(after, after, hunk.before)
    else:
        yield _Hunk(GONE, GONE, ())


def _is_idle(line: str) -> bool:
    """Tell whether a line is empty, or a comment."""
    return not line.strip() or line.lstrip().startswith("#")
