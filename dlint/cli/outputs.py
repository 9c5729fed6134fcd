"""`dlint check --output-format F[=FILE]`: one format for standard output, and any number of files
beside it.
"""

from __future__ import annotations

from pathlib import Path

from dlint.cli import common
from dlint.errors import DlintError
from dlint.lint.report import Report
from dlint.reporters import FOR_PEOPLE, FORMATS, OBEYED
from dlint.text.units import plural
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from dlint.lint.engine import Checker
    from dlint.lint.report import FileReport, ImageRow, Reporter

# Formats that end with the table of a project's images.
WITH_TABLE = frozenset((common.PRETTY, "markdown", "github"))


class Outputs(NamedTuple):
    """What a check writes: `form` to standard output or to `--output-file`, and files."""

    form: str
    files: tuple[tuple[str, Path], ...]
    known: Mapping[str, Reporter]

    @property
    def has_table(self) -> bool:
        """Whether any of them ends with the table of a project's images."""
        return not WITH_TABLE.isdisjoint((self.form, *(form for form, _ in self.files)))


def outputs(args: argparse.Namespace, checker: Checker) -> Outputs:
    """Return what is to be written, before anything is checked. Raises DlintError for an unknown
    format, and where two would be written to one file.
    """
    known = checker.plugins.reporters
    form = common.output_format(args, known, checker.configs.for_path(Path()).output_format)
    for each, _ in args.output_files:
        common.require_format(each, known)
    targets = [file.resolve() for file in written_files(args)]
    twice = next(
        (each for each in targets if targets.count(each) > 1 and not _is_device(each)), None
    )
    if twice is not None:
        raise DlintError(f"{twice}: two formats would be written to this file", "name two files")
    return Outputs(form, args.output_files, known)


def written_files(args: argparse.Namespace) -> list[Path]:
    """Return the files that a check is told to write."""
    files = [file for _, file in args.output_files]
    return [*files, Path(args.output_file)] if args.output_file else files


def _is_device(path: Path) -> bool:
    return path.exists() and not path.is_file()


def write(
    args: argparse.Namespace,
    checker: Checker,
    outputs: Outputs,
    reports: Sequence[FileReport],
    images: Sequence[ImageRow],
) -> None:
    """Write the files, each whole or not at all, then standard output. Raises DlintError."""
    shown = _without_crumbs(checker, reports)
    images = images if len(images) > 1 else ()

    def report(form: str) -> Report:
        found = shown if form in FOR_PEOPLE else reports
        return Report(found, checker.plugins.rules, images, quiet=args.quiet)

    for form, file in outputs.files:
        common.write_text(file, outputs.known[form](report(form)))
    if outputs.form in FOR_PEOPLE:
        which = "of a few kB not shown; --least-bytes 0 shows all"
        note_left_out(args, reports, shown, which)
    whole = report(outputs.form)._replace(
        color=common.use_color(args), links=common.use_links(args)
    )
    if outputs.form == common.PRETTY:
        whole = whole._replace(width=common.width(args))
    if args.statistics:
        from dlint.reporters.statistics import write

        common.emit(args, write(whole, outputs.form))
        return
    # what a plugin writes is its own, and some formats hold commands that are meant
    harmless = outputs.form not in FORMATS or outputs.form in OBEYED
    common.emit(args, outputs.known[outputs.form](whole), harmless=harmless)


def _without_crumbs(checker: Checker, reports: Sequence[FileReport]) -> list[FileReport]:
    """Leave out what surely costs less than anybody asks for."""
    kept = []
    for report in reports:
        least = checker.configs.for_path(Path(report.path)).least_bytes
        found = (each for each in report.diagnostics if not each.costs_less_than(least))
        kept.append(report._replace(diagnostics=tuple(found)))
    return kept


def note_left_out(
    args: argparse.Namespace,
    reports: Sequence[FileReport],
    shown: Sequence[FileReport],
    which: str,
) -> None:
    """Say how many findings are not shown, if any, and `which`."""
    count = sum(len(report.diagnostics) for report in reports)
    count -= sum(len(report.diagnostics) for report in shown)
    if count:
        common.note(args, f"{plural(count, 'finding')} {which}")
