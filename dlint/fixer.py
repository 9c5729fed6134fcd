"""Applies fixes: each whole or not at all, round after round until nothing is left to do.

Edits that overlap or touch wait for the next round, when the file has been read and checked again. A fix after which
the file is worse than before is withdrawn. Fixes that edit other files (an ignore file, say) come last and once, since
the context is not read again before they are written.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dlint.engine import read_file
from dlint.errors import DlintError
from dlint.files import write_whole
from dlint.rule import Safety, Severity
from dlint.source import Edit, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlint.engine import Checker, Task
    from dlint.layers import Build
    from dlint.report import Diagnostic

ROUNDS = 20  # a bound, should a rule find fault with what its own fix wrote
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class Change(NamedTuple):
    """A file before and after its fixes."""

    before: Source
    after: Source


class Fixed(NamedTuple):
    """The changes of one Dockerfile's fixes, the findings they mend, and why other fixes were withdrawn."""

    changes: tuple[Change, ...]
    mended: tuple[Diagnostic, ...]
    withdrawn: tuple[str, ...]


def accept(before: Build, after: Build) -> str | None:
    """Return why a fix must not be applied, None where it may: the file must not get worse."""
    new = [problem for problem in after.dockerfile.problems if problem.severity is Severity.ERROR]
    old = sum(problem.severity is Severity.ERROR for problem in before.dockerfile.problems)
    return f"the builder would refuse the result: {new[-1].message}" if len(new) > old else None


class Fixer:
    """The fixing of one Dockerfile."""

    def __init__(self, checker: Checker, task: Task, *, unsafe: bool = False) -> None:
        """Read the file; `unsafe` applies fixes that need --unsafe-fixes too."""
        self._checker = checker
        self._task = task
        self._allowed = {Safety.SAFE, Safety.UNSAFE} if unsafe else {Safety.SAFE}
        self._before = task.source()
        self._build = checker.build(task, self._before)
        self._mended: list[Diagnostic] = []
        self._withdrawn: list[str] = []
        self._done: set[tuple[str, str]] = set()  # applied or withdrawn: no finding is mended twice

    def run(self) -> Fixed:
        """Apply what may be applied, in memory."""
        seen = {self._text}
        for _ in range(ROUNDS):
            if not self._round() or self._text in seen:
                break
            seen.add(self._text)
        others = self._apply_others()
        changes = [*others, Change(self._before, self._build.dockerfile.source)]
        changed = tuple(each for each in changes if each.before.text != each.after.text)
        return Fixed(changed, tuple(self._mended), tuple(self._withdrawn))

    @property
    def _text(self) -> str:
        return self._build.dockerfile.source.text

    def _round(self) -> bool:
        """Apply the fixes of this file that do not meet; tell whether there were any."""
        chosen = list(_apart(each for each in self._fixable() if _paths(each) == {self._task.path}))
        if not chosen:
            return False
        after = self._checker.build(self._task, self._edited(chosen))
        if accept(self._build, after) is None:
            self._take(after, chosen)
            return True
        return any(self._try(each) for each in chosen)

    def _try(self, found: Diagnostic) -> bool:
        after = self._checker.build(self._task, self._edited([found]))
        reason = accept(self._build, after)
        if reason is None:
            self._take(after, [found])
            return True
        place = f"{found.place.path}:{found.place.start.line}"
        self._done.add((found.rule, found.fingerprint))
        self._withdrawn.append(f"{place}: the fix of {found.rule} is withdrawn: {reason}")
        return False

    def _take(self, after: Build, mended: list[Diagnostic]) -> None:
        self._build = after
        self._mended += mended
        self._done |= {(each.rule, each.fingerprint) for each in mended}

    def _edited(self, chosen: Iterable[Diagnostic]) -> Source:
        source = self._build.dockerfile.source
        return source.edited(_edits(chosen, source.path))

    def _fixable(self) -> list[Diagnostic]:
        settings = self._checker.settings(self._task)
        found = self._checker.check_build(self._build, settings).diagnostics
        return sorted(filter(self._may_apply, found), key=lambda each: each.by_weight)

    def _may_apply(self, found: Diagnostic) -> bool:
        allowed = found.repair is not None and found.repair.safety in self._allowed
        return allowed and (found.rule, found.fingerprint) not in self._done

    def _apply_others(self) -> list[Change]:
        chosen = list(_apart(each for each in self._fixable() if _paths(each) != {self._task.path}))
        after = self._checker.build(self._task, self._edited(chosen))
        if not chosen or accept(self._build, after) is not None:
            return []
        self._take(after, chosen)
        sources = {edit.place.path: edit.place.source for each in chosen if each.repair for edit in each.repair.edits}
        sources.pop(self._task.path, None)
        return [Change(source, source.edited(_edits(chosen, path))) for path, source in sorted(sources.items())]


def _edits(chosen: Iterable[Diagnostic], path: str) -> list[Edit]:
    edits = (edit for each in chosen if each.repair for edit in each.repair.edits)
    return [Edit(edit.place.span, edit.text) for edit in edits if edit.place.path == path]


def _paths(found: Diagnostic) -> set[str]:
    return {edit.place.path for edit in found.repair.edits} if found.repair else set()


def _apart(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield the fixes that neither overlap nor touch one that came before."""
    taken: list[tuple[str, int, int]] = []
    for each in found:
        spans = [(edit.place.path, *edit.place.span) for edit in each.repair.edits] if each.repair else []
        if not any(_meet(one, other) for one in spans for other in taken):
            taken += spans
            yield each


def _meet(one: tuple[str, int, int], other: tuple[str, int, int]) -> bool:
    return one[0] == other[0] and one[1] <= other[2] and other[1] <= one[2]


def write_changes(changes: Iterable[Change]) -> None:
    """Write the changed files; raises DlintError where one was changed by somebody else since it was read."""
    changes = list(changes)
    for change in changes:
        path = Path(change.before.path)
        if (read_file(str(path)) if path.exists() else b"") != change.before.encode():
            raise DlintError(f"{path}: changed while it was being checked; nothing was written", "run dlint again")
    for change in changes:
        write_whole(Path(change.before.path), change.after.encode())


def diff(changes: Iterable[Change]) -> str:
    """Return the changes as a unified diff."""
    from difflib import unified_diff

    lines: list[str] = []
    for before, after in changes:
        old, new = (_LINE.findall(source.text) for source in (before, after))
        lines += unified_diff(old, new, before.path, after.path)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
