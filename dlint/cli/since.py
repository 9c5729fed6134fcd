"""`dlint check --since REV`: only what is found on lines that changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.cli import common
from dlint.cli.base_revision import merge_base
from dlint.cli.outputs import note_left_out
from dlint.context.repositories import why_not
from dlint.errors import DlintError
from dlint.lint.changed import ChangedLines, Past

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from dlint.cli.base_revision import BaseRevision
    from dlint.context.opened import Opened
    from dlint.lint.report import FileReport


def require_sense(args: argparse.Namespace) -> None:
    """Raise DlintError where all findings would be fixed or written, whatever changed."""
    option = common.option_that_does_more(args)
    if option is not None:
        raise DlintError(f"{option} is for whole files, and --since for lines", "use one")


class Since:
    """What a revision was in each repository that has a file that is checked."""

    def __init__(self, revision: str, opened: Opened) -> None:
        """Look for nothing yet."""
        self._revision = revision
        self._opened = opened
        self._bases: dict[Path, tuple[BaseRevision, Past]] = {}
        self._lines = ChangedLines(self._past)

    def keep(self, args: argparse.Namespace, reports: Sequence[FileReport]) -> list[FileReport]:
        """Leave out findings on lines that did not change, and say how many there are. Raises
        DlintError where the revision is not here.
        """
        kept = [self._lines.keep(report) for report in reports]
        bases = ", ".join(dict.fromkeys(str(base) for base, _ in self._bases.values()))
        which = f"on lines that have not changed since {bases} not shown"
        note_left_out(args, reports, kept, which)
        return kept

    def _past(self, path: Path) -> Past:
        repository = self._opened.repository(path.parent)
        if repository is None:
            raise DlintError(f"{path}: --since has no past of it: {why_not(path.parent)}")
        if repository.root not in self._bases:
            base = merge_base(repository, self._revision)
            self._bases[repository.root] = base, Past(repository, base.commit)
        return self._bases[repository.root][1]
