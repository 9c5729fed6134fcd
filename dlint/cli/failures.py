"""What could not be told of some file, told on standard error beside what was."""

from __future__ import annotations

import sys

from dlint.text.printable import disarmed, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.lint.report import Failure, FileReport


def complain(args: argparse.Namespace, failures: Iterable[Failure]) -> bool:
    """Tell of failures, each once, with `--debug` where they arose; whether there were any."""
    told = {(each.message, each.hint): each for each in failures}
    for failure in told.values():
        lines = failure.trace.splitlines() if args.debug else []
        lines.append(f"dlint: error: {failure.message}")
        lines += [f"hint: {failure.hint}"] if failure.hint else []
        sys.stderr.write(disarmed("".join(f"{printable(line)}\n" for line in lines)))
    return bool(told)


def in_reports(failures: Sequence[Failure], reports: Iterable[FileReport]) -> Iterator[FileReport]:
    """Yield reports with the failures of earlier steps in them."""
    for report in reports:
        known = {failure.message for failure in report.failures}
        own = [each for each in failures if each.path == report.path and each.message not in known]
        yield report._replace(failures=(*own, *report.failures)) if own else report
