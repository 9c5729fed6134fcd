"""What ends a rule on a file, or all that was to be told of it: an entry beside what was found."""

from __future__ import annotations

from dlint.errors import DlintError
from dlint.lint.report import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dlint.lint.report import FileReport

REPORT = "please report it with the Dockerfile; -v shows where it failed"


def of_file(path: str, error: BaseException) -> Failure:
    """Say why a file could not be checked, or not to the end."""
    if isinstance(error, DlintError):
        return Failure(path, error.message, error.hint, trace=_trace(error))
    message = f"{path}: a bug in dlint: {_named(error)}"
    return Failure(path, message, REPORT, trace=_trace(error))


def of_rule(rule: str, path: str, node: object, error: BaseException) -> Failure:
    """Say why a rule ended at `node`; a DlintError says it itself."""
    if isinstance(error, DlintError):
        return Failure(path, error.message, error.hint, rule=rule, trace=_trace(error))
    line = getattr(node, "line", None) or getattr(getattr(node, "from_", None), "line", 1)
    return Failure(
        path,
        f"rule {rule} failed on {path}:{line}: {_named(error)}",
        f"this is a bug of the rule; --ignore {rule} turns it off, -v shows where it failed",
        line,
        rule,
        _trace(error),
    )


def require_whole(report: FileReport) -> FileReport:
    """Return a report that lacks nothing; raises DlintError for the first failure."""
    for failure in report.failures:
        raise DlintError(failure.message, failure.hint)
    return report


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _trace(error: BaseException) -> str:
    from traceback import format_exception

    return "".join(format_exception(error))
