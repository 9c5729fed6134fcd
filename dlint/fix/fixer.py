"""Applies fixes: each whole or not at all, round after round until nothing is left to do.

All is done in memory, in `Drafts`, and only what `dlint.fix.proof` has no objection to. Edits that
overlap or touch wait for the next round, when the files have been modelled and checked again. Since
each fix makes the findings fewer, the rounds come to an end.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING

from dlint.context import open_worktree
from dlint.context.ignore import NAME
from dlint.errors import DlintError
from dlint.findings import Safety
from dlint.fix.proof import Side, disturbance, objection, uncovered
from dlint.lint.engine import Task, open_build
from dlint.lint.overtime import MOST_SECONDS, OverdueError, overdue
from dlint.text.files import write_whole
from dlint.text.repository_files import place_to_write, read_if_there
from dlint.text.source import Edit, Source
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from dlint.context import BuildContext
    from dlint.lint.engine import Checker
    from dlint.lint.report import Diagnostic, Failure, PlacedEdit

ROUNDS = 100  # each mends or withdraws one fix at least, so that no file comes near
MOST_LOOKS = 60  # at a file, before what of its fixes does not hold is searched for no more
UNCOVERED = 3  # fixes that follow from each other, tried as one


class Change(NamedTuple):
    """A file before and after its fixes, and the edits of each round where they are known."""

    before: Source
    after: Source
    rounds: tuple[tuple[Edit, ...], ...] = ()


class Fixed(NamedTuple):
    """What the fixes of one Dockerfile came to: the findings they mend, and why other fixes were
    withdrawn.

    `changes` are all that the drafts hold by then, those for Dockerfiles before it among them.
    """

    changes: tuple[Change, ...]
    mended: tuple[Diagnostic, ...]
    withdrawn: tuple[str, ...]


class Scope(NamedTuple):
    """What a fixer is confined to: one of several build contexts, and the fixes of these findings,
    by their identities.
    """

    root: Path
    findings: frozenset[tuple[str, str]]


class Drafts:
    """Files as they will be written, known by where they really stand, so that two names of one are
    the same draft.
    """

    def __init__(self, changes: Mapping[Path, Change] | None = None) -> None:
        """Begin with what `changes` holds."""
        self._changes = dict(changes or {})

    def read(self, path: Path) -> bytes | None:
        """Return a file's bytes, as drafted or as they stand on the disk; None where there is no
        such file.
        """
        change = self._changes.get(path.resolve())
        return change.after.encode() if change else read_if_there(path)

    def source(self, task: Task) -> Source:
        """Return a Dockerfile's text; raises DlintError."""
        change = self._changes.get(Path(task.path).resolve())
        return Source(task.path, change.after.text, change.after.bom) if change else task.source()

    def begin(self, source: Source) -> None:
        """Take a text that no file holds."""
        self._changes.setdefault(Path(source.path).resolve(), Change(source, source))

    def edited(self, mended: Iterable[Diagnostic]) -> Drafts:
        """Return drafts with the fixes of `mended` applied, which must not meet."""
        sources: dict[Path, Source] = {}
        edits: dict[Path, list[Edit]] = {}
        for place, text in (edit for each in mended for edit in _edits(each)):
            path = Path(place.path).resolve()
            sources.setdefault(path, place.source)
            edits.setdefault(path, []).append(Edit(place.span, text))
        drafts = Drafts(self._changes)
        for path, source in sources.items():
            change = self._changes.get(path, Change(source, source))
            rounds = (*change.rounds, tuple(edits[path]))
            drafts._changes[path] = Change(change.before, source.edited(edits[path]), rounds)
        return drafts

    @classmethod
    def of(cls, other: Drafts) -> Drafts:
        """Return others that hold the same."""
        return cls(other._changes)

    def take(self, other: Drafts) -> None:
        """Become what `other` is."""
        self._changes = other._changes

    @property
    def changes(self) -> tuple[Change, ...]:
        """The files that differ from what they were."""
        return tuple(
            change for change in self._changes.values() if change.before.text != change.after.text
        )


class Fixer:
    """The fixing of one Dockerfile, and of its ignore file."""

    def __init__(  # noqa: PLR0913  one argument a thing that a caller may set
        self,
        checker: Checker,
        task: Task,
        *,
        unsafe: bool = False,
        drafts: Drafts | None = None,
        scope: Scope | None = None,
        least_bytes: int = 0,
    ) -> None:
        """Read the file; `unsafe` applies fixes that need --unsafe-fixes too, `drafts` are those of
        the run so far, and `scope` is for one of several contexts. Infos that surely cost less than
        `least_bytes` are left as they are.
        """
        self._checker = checker
        self._scope = scope
        self._least_bytes = least_bytes
        self._task = task
        self._allowed = {Safety.SAFE, Safety.UNSAFE} if unsafe else {Safety.SAFE}
        self._drafts = Drafts() if drafts is None else drafts
        if task.text is not None:
            self._drafts.begin(task.source())
        self._looks = 0
        self._until = process_time() + MOST_SECONDS
        self.failures: tuple[Failure, ...] | None = None  # on the file as it stands
        self.notes: tuple[str, ...] = ()  # on the same
        self._now = self._look(task, self._drafts)
        self._mended: list[Diagnostic] = []
        self._withdrawn: dict[tuple[str, str], str] = {}

    @property
    def found(self) -> tuple[Diagnostic, ...]:
        """What the rules find by now."""
        return tuple(self._now.found)

    def run(self) -> Fixed:
        """Apply what may be applied, in memory. Raises DlintError, with the drafts as they were,
        where that comes to no end, by a rule's fault, or takes too long.
        """
        start = Drafts.of(self._drafts)
        try:
            self._run()
        except DlintError:
            self._drafts.take(start)
            raise
        return Fixed(
            self._drafts.changes,
            tuple(self._mended),
            tuple(dict.fromkeys(self._withdrawn.values())),
        )

    def _run(self) -> None:
        rounds = 0
        while chosen := self._choose():
            if rounds == ROUNDS:
                rules = ", ".join(sorted({each.rule for each in chosen}))
                raise DlintError(
                    f"{self._task.path}: after {ROUNDS} rounds the fixes of {rules} are not done;"
                    " nothing was written",
                    "--ignore turns a rule off",
                )
            self._apply(chosen)
            rounds += 1

    def _choose(self) -> list[Diagnostic]:
        """Return fixes to apply that do not meet, the gravest and dearest findings' first."""
        return list(
            _apart(
                filter(self._may_apply, sorted(self._now.found, key=lambda each: each.by_weight))
            )
        )

    def _look(self, task: Task, drafts: Drafts, context: BuildContext | None = None) -> Side:
        self._looks += 1
        if process_time() > self._until:
            raise overdue(task.path, "fixed")
        settings = self._checker.settings(task)
        opening = partial(open_worktree, read=drafts.read)
        build = open_build(drafts.source(task), settings, opening, context, self._root(task))
        report = self._checker.runner(settings).run(build, drafts.read)
        if self.failures is None:
            self.failures, self.notes = report.failures, report.notes
        known = {each.rule for each in self.failures}
        for failure in report.failures:
            if failure.rule not in known:
                raise DlintError(failure.message, failure.hint)
        return Side(build, report.diagnostics)

    def _root(self, task: Task) -> Path:
        """Return the folder that is the build context here."""
        if self._scope:
            return self._scope.root
        return self._checker.settings(task).context_of(Path(task.path))

    def _apply(self, chosen: list[Diagnostic]) -> None:
        """Apply fixes that do not meet: all together, or those that hold, or the first of these."""
        reason = self._try(chosen)
        if reason is None:
            return
        good = self._holding(chosen, reason)
        if good and self._try(good) is not None:
            self._try(good[:1])

    def _holding(self, chosen: list[Diagnostic], reason: str) -> list[Diagnostic]:
        """Return the fixes that hold, and withdraw the others: of those that do not hold together,
        each half is tried, the larger ones first.
        """
        order = {id(each): number for number, each in enumerate(chosen)}
        good: list[Diagnostic] = []
        todo = deque([(chosen, reason)])
        while todo:
            found, reason = todo.popleft()
            if len(found) == 1:
                self._withdraw(found[0], reason)
            elif self._looks >= MOST_LOOKS:
                for each in found:
                    self._withdraw(each, "too many fixes of this file do not hold together")
            else:
                half = len(found) // 2
                for part in (found[:half], found[half:]):
                    why = self._try(part, keep=False)
                    if why is None:
                        good += part
                    else:
                        todo.append((part, why))
        return sorted(good, key=lambda each: order[id(each)])

    def _withdraw(self, found: Diagnostic, reason: str) -> None:
        self._withdrawn[found.identity] = (
            f"{found.place.path}:{found.place.start.line}: the fix of {found.rule} is withdrawn:"
            f" {reason}"
        )

    def _try(self, mended: list[Diagnostic], *, keep: bool = True) -> str | None:
        """Apply fixes together, if nothing speaks against it; return what does.

        What a fix uncovers, as a fault that a graver one hid, does not where it can be mended as
        well.
        """
        drafts, after, followed = self._drafts, self._now, mended
        for _ in range(UNCOVERED):
            drafts = drafts.edited(followed)
            # a walk is the dearest part, and only another ignore file makes it come out otherwise
            context = after.build.context if all(map(self._is_own, followed)) else None
            try:
                after = self._look(self._task, drafts, context)
            except OverdueError:
                raise
            except DlintError as error:
                return f"the result cannot be checked: {error}"
            reason = objection(self._now, after, mended)
            followed = (
                list(_apart(filter(self._may_apply, uncovered(self._now, after, mended))))
                if reason
                else []
            )
            if not followed:
                break
        if reason is None and not all(map(self._is_own, mended)):
            reason = self._disturbance(drafts, after, mended)
        if reason is None and keep:
            self._drafts.take(drafts)
            self._now = after
            self._mended += mended
        return reason

    def _disturbance(self, drafts: Drafts, after: Side, mended: list[Diagnostic]) -> str | None:
        """Return what speaks against fixes in the other Dockerfiles that read the ignore file which
        they edit.
        """
        from dlint.fix.sharers import sharers

        path = Path(self._task.path)
        root = self._root(self._task)
        if not any(
            _is_same(edit.place.path, root / NAME) for each in mended for edit in _edits(each)
        ):
            return None  # it is this Dockerfile's alone
        for other in sharers(self._checker.configs, path, root):
            task = Task(other.as_posix())
            try:
                before = self._look(task, self._drafts, self._now.build.context)
            except DlintError:
                continue  # what cannot be checked as it stands is not spoilt
            reason = disturbance(before, self._look(task, drafts, after.build.context), mended)
            if reason is not None:
                return f"in {task.path}, which has the same ignore file, {reason}"
        return None

    def _may_apply(self, found: Diagnostic) -> bool:
        repair = found.repair
        if repair is None or repair.safety not in self._allowed:
            return False
        if found.identity in self._withdrawn or found.costs_less_than(self._least_bytes):
            return False
        if self._scope and found.identity not in self._scope.findings:
            return False
        # what comes from standard input goes to standard output, and no file is touched on the way
        return self._task.text is None or self._is_own(found)

    def _is_own(self, found: Diagnostic) -> bool:
        """Tell whether a fix edits the Dockerfile alone."""
        return found.repair is not None and all(
            edit.place.path == self._task.path for edit in found.repair.edits
        )


def fixed_in_all(
    start: Callable[[Scope, Drafts], Fixer], scopes: Sequence[Scope], drafts: Drafts
) -> Fixed | None:
    """Fix a Dockerfile that is built in several contexts by the fixes that hold in each: `start`
    begins one in a scope. None where that comes to different texts.
    """

    def run(scope: Scope) -> tuple[Fixed, Drafts]:
        own = Drafts.of(drafts)
        return start(scope, own).run(), own

    results = [run(each) for each in scopes]
    held = frozenset.intersection(
        *(frozenset(each.identity for each in fixed.mended) for fixed, _ in results)
    )
    if any(each.findings != held for each in scopes):
        # what does not hold in one context is left out of all
        results = [run(each._replace(findings=held)) for each in scopes]
    texts = [{each.after.path: each.after.text for each in own.changes} for _, own in results]
    if any(each != texts[0] for each in texts):
        return None
    fixed, own = results[0]
    drafts.take(own)
    return fixed


def _edits(found: Diagnostic) -> Iterable[PlacedEdit]:
    return found.repair.edits if found.repair else ()


def _is_same(path: str, other: Path) -> bool:
    return Path(path).resolve() == other.resolve()


def _apart(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield the fixes that neither overlap nor touch one that came before."""
    taken: list[tuple[Path, int, int]] = []
    for each in found:
        spans = [(Path(edit.place.path).resolve(), *edit.place.span) for edit in _edits(each)]
        if not any(_meet(one, other) for one in spans for other in taken):
            taken += spans
            yield each


def _meet(one: tuple[Path, int, int], other: tuple[Path, int, int]) -> bool:
    return one[0] == other[0] and one[1] <= other[2] and other[1] <= one[2]


def write_changes(changes: Iterable[Change], written: Callable[[str], None] | None = None) -> None:
    """Write the changed files, each as a whole, and call `written` with its path at once; or none:
    raises DlintError where one is not as it was read, or cannot be written.
    """
    changes = list(changes)
    there: list[tuple[Path, bytes | None]] = []
    for change in changes:
        path = Path(change.before.path)
        there.append((place_to_write(path), read_if_there(path)))
        if (there[-1][1] or b"") != change.before.encode():
            raise DlintError(
                f"{path}: changed while it was being checked; nothing was written",
                "run dlint again",
            )
    done: list[tuple[Path, bytes | None]] = []
    try:
        for place, change in zip(there, changes, strict=True):
            write_whole(place[0], change.after.encode())
            done.append(place)
            if written:
                written(change.after.path)
    except BaseException as error:  # an interrupt as well
        for path, data in done:
            path.unlink() if data is None else write_whole(path, data)
        if isinstance(error, DlintError):
            raise DlintError(f"{error}; nothing was written", error.hint) from error
        raise


def diff(changes: Iterable[Change]) -> str:
    """Return the changes as a unified diff."""
    from dlint.text.diffs import diff_lines, edits_between

    lines: list[str] = []
    for before, after, rounds in changes:
        there = before.text or Path(before.path).exists()
        lines += [f"--- {before.path if there else '/dev/null'}\n", f"+++ {after.path}\n"]
        lines += diff_lines(before, rounds or [list(edits_between(before, after))])
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
