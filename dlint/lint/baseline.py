"""A baseline: findings that were there before, and are not to be spoken of again.

Findings are known by rule and instruction, not by line, so a baseline survives lines that come and
go above. Paths in it are relative to its own folder.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.text.files import write_whole
from dlint.text.repository_files import GENERATED, read
from dlint.text.safe import json_value
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence
    from pathlib import Path

    from dlint.lint.report import Diagnostic, FileReport

SCHEMA = 1


class Entry(NamedTuple):
    """One finding that is known."""

    path: str
    rule: str
    fingerprint: str


class Baseline:
    """The entries of a baseline file, and those that no finding has met yet."""

    def __init__(self, path: Path, entries: Iterable[Entry]) -> None:
        """Take the entries of the file `path`."""
        self._path = path
        self._left = Counter(entries)

    @classmethod
    def load(cls, path: Path) -> Baseline:
        """Read a file that `write` wrote; raises DlintError."""
        try:
            document = json_value(read(path, GENERATED))
            if document["schema"] != SCHEMA:
                raise DlintError(
                    f"{path}: a baseline of schema {document['schema']}", "write it again"
                )
            return cls(path, [Entry(**each) for each in document["findings"]])
        except (ValueError, TypeError, KeyError) as error:
            raise DlintError(
                f"{path}: not a baseline: {error}", "dlint check --write-baseline writes one"
            ) from error

    def apply(self, report: FileReport) -> FileReport:
        """Take the known findings out of a report."""
        new = [found for found in report.diagnostics if not self._is_known(found)]
        known = len(report.diagnostics) - len(new)
        return report._replace(diagnostics=tuple(new), suppressed=report.suppressed + known)

    def _is_known(self, found: Diagnostic) -> bool:
        entry = _entry(found, self._path)
        known = self._left[entry] > 0
        self._left[entry] -= known
        return known

    def stale(self, looked_for: Mapping[str, Container[str]]) -> Counter[tuple[str, str]]:
        """Count, by path and rule, the entries that nothing matches any more; the keys are in
        order.

        Judged are checked files, for the rules that were looked for in each, and files that are
        gone.
        """
        rules = {_relative(path, self._path): names for path, names in looked_for.items()}
        gone = {each.path for each in self._left if not (self._path.parent / each.path).exists()}
        found: Counter[tuple[str, str]] = Counter()
        for entry, count in sorted(self._left.items()):
            if count and (entry.path in gone or entry.rule in rules.get(entry.path, ())):
                found[entry.path, entry.rule] += count
        return found


def write(path: Path, reports: Sequence[FileReport]) -> int:
    """Write all findings of `reports` to `path`; the number of findings."""
    entries = sorted(_entry(found, path) for report in reports for found in report.diagnostics)
    lines = ",\n".join(f"  {json.dumps(entry._asdict())}" for entry in entries)
    write_whole(path, f'{{"schema": {SCHEMA}, "findings": [\n{lines}\n]}}\n'.encode())
    return len(entries)


def _entry(found: Diagnostic, baseline: Path) -> Entry:
    return Entry(_relative(found.place.path, baseline), found.rule, found.fingerprint)


def _relative(path: str, baseline: Path) -> str:
    return os.path.relpath(path, baseline.parent).replace(os.sep, "/")
