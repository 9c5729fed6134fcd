"""Comments that suppress what is found in a Dockerfile, as `--add-ignore` writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dlint.text.source import Edit, Source, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dlint.lint.engine import Checked, Checker
    from dlint.lint.report import Diagnostic, Failure

ROUNDS = 20  # what one comment uncovers, the next round suppresses
# What the builder refuses is no matter of taste, and comments say nothing of comments.
_KEPT = ("syntax", "suppression")


class Ignored(NamedTuple):
    """A Dockerfile with comments, how many `findings` they suppress, and what could not be told."""

    after: Source
    findings: int
    failures: tuple[Failure, ...]


def ignored(checker: Checker, source: Source, reason: str) -> Ignored:
    """Write a comment above each instruction in which something is found. Raises DlintError."""
    count, after = 0, source
    for _ in range(ROUNDS):
        checked = checker.check_text(after)
        by_line = _by_line(checked, after)
        if not by_line:
            break
        count += sum(map(len, by_line.values()))
        after = after.edited(_comments(by_line, after, reason))
    return Ignored(after, count, checked.report.failures)


def _by_line(checked: Checked, source: Source) -> Mapping[int, list[Diagnostic]]:
    """Return the findings by the line that their instruction begins on."""
    dockerfile = checked.builds[0].dockerfile if checked.builds else None
    found: dict[int, list[Diagnostic]] = {}
    for each in checked.report.diagnostics:
        is_own = each.place.source.path == source.path
        instruction = dockerfile.instruction_at(each.place.start.line) if dockerfile else None
        if instruction is not None and is_own and each.rule.split("/")[0] not in _KEPT:
            found.setdefault(instruction.line, []).append(each)
    return found


def _comments(
    by_line: Mapping[int, Iterable[Diagnostic]], source: Source, reason: str
) -> Iterable[Edit]:
    for line, found in by_line.items():
        yield comment_above(source, line, sorted({each.rule for each in found}), reason)


def comment_above(source: Source, line: int, rules: Iterable[str], reason: str) -> Edit:
    """Return the edit that writes a comment above a line, which suppresses `rules` there."""
    start = source.line_span(line).start
    text = f"# dlint: ignore[{', '.join(rules)}] {reason}".rstrip() + source.newline
    return Edit(Span(start, start), text)
