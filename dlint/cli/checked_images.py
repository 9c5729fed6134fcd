"""`dlint check` of the images that Compose and Bake files describe, and the table of a whole
project.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.cli import common, units
from dlint.errors import DlintError
from dlint.lint.images import ImageReport, by_file, row
from dlint.lint.parallel import check_all
from dlint.project.recipes import recipes_around

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.lint.engine import Checker
    from dlint.lint.report import FileReport, ImageRow
    from dlint.lint.units import Unit

MOST = 200  # images in the table of a project


def check(
    args: argparse.Namespace, checker: Checker, words: Iterable[str]
) -> tuple[list[FileReport], list[ImageRow]]:
    """Check the images that words of the command line mean. Raises DlintError."""
    if args.fix or args.diff:
        raise DlintError(
            "fixes hold for a Dockerfile however it is built",
            "name the Dockerfile with --fix or --diff",
        )
    found = [unit for word in words for unit in units.described(args, checker, word)]
    common.note_ignored(args, (unit.checker.settings(unit.task) for unit in found))
    reports = [_report(unit) for unit in found]
    return by_file(reports), [row(*each) for each in reports]


def _report(unit: Unit) -> ImageReport:
    (report,) = check_all(unit.checker, [unit.task], 1)
    if report.push is not None:
        report = report._replace(push=report.push.called(unit.name))
    return ImageReport(unit.name, report)


def are_several(path: str) -> bool:
    """Whether files of the repository build images of several targets, or in several contexts, of
    one Dockerfile.
    """
    dockerfile = Path(path).resolve()
    recipes = recipes_around(dockerfile.parent)
    own = dockerfile.relative_to(recipes.root).as_posix()
    builds = {(each.context, each.target) for each in recipes.builds_of(own)}
    return len(builds) > 1


def rows_of(
    args: argparse.Namespace, checker: Checker, folders: Sequence[str], files: Sequence[FileReport]
) -> list[ImageRow]:
    """Return the table of the projects in folders: each image that a file describes, and each
    Dockerfile that none builds, whose own report is in `files`.
    """
    by_path = {Path(report.path).resolve(): report for report in files}
    found = [row for folder in folders for row in _rows(args, checker, Path(folder), by_path)]
    return found[:MOST]


def _rows(
    args: argparse.Namespace, checker: Checker, folder: Path, by_path: dict[Path, FileReport]
) -> Iterator[ImageRow]:
    """Yield the rows of one folder: of each image what is found where it is built as its file says,
    of those that `files` know.
    """
    for unit in units.every_unit(args, checker, folder)[:MOST]:
        report = by_path.get(Path(unit.task.path).resolve())
        if report is None:
            continue
        if not _is_built_alike(checker, unit):
            with suppress(DlintError):  # the report of its file says what is wrong
                report = _as_image(unit, report)
        yield row(unit.name, report)


def _is_built_alike(checker: Checker, unit: Unit) -> bool:
    """Tell whether an image is what its Dockerfile makes by itself, which was checked already."""
    path = Path(unit.task.path)
    own, alone = (each.settings(unit.task) for each in (unit.checker, checker))
    return alone.contexts_of(path) == own.contexts_of(path) and checker.options(
        unit.task
    ) == unit.checker.options(unit.task)


def _as_image(unit: Unit, report: FileReport) -> FileReport:
    """Return what the check of an image finds of what `report` of its file tells: a baseline may
    have left out the rest.
    """
    own = unit.checker.check(unit.task)
    told = {(each.rule, each.place) for each in report.diagnostics}
    kept = tuple(each for each in own.diagnostics if (each.rule, each.place) in told)
    return report._replace(diagnostics=kept, push=own.push)
