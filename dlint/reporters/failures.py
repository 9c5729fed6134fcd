"""What could not be told of some file: an entry of its own in each format that programs read.

On a terminal and in plain text it is told on standard error alone, as all errors are.
"""

from __future__ import annotations

from hashlib import sha256

from dlint.reporters.paths import repository_path, repository_uri
from dlint.text.printable import invisible_shown, markdown as escape, markdown_code, sarif_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from dlint.lint.report import Failure

CHECK = "dlint/failure"  # where a format asks for a rule's name, and none failed


def in_json(failures: Sequence[Failure]) -> dict[str, Any]:
    """Return the key of the document: it is there only where something failed."""
    return {"failures": [as_json(each) for each in failures]} if failures else {}


def as_json(failure: Failure) -> dict[str, Any]:
    """Return one failure; `rule` is None where it is the whole file's."""
    return {
        "path": failure.path,
        "line": failure.line,
        "rule": failure.rule,
        "message": failure.message,
        "hint": failure.hint or None,
    }


def in_sarif(failures: Sequence[Failure], numbers: Mapping[str, int]) -> dict[str, Any]:
    """Return the run's `invocations`, with a notification for each (3.20.21)."""
    if not failures:
        return {}
    notifications = [_notification(each, numbers) for each in failures]
    invocation = {
        "executionSuccessful": False,
        "exitCode": 2,
        "toolExecutionNotifications": notifications,
    }
    return {"invocations": [invocation]}


def _notification(failure: Failure, numbers: Mapping[str, int]) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": repository_uri(failure.path)}}
    if failure.line is not None:
        place["region"] = {"startLine": failure.line}
    told: dict[str, Any] = {
        "level": "error",
        "message": {"text": sarif_text(_whole(failure))},
        "locations": [{"physicalLocation": place}],
    }
    if failure.rule is not None and failure.rule in numbers:
        told["associatedRule"] = {"id": failure.rule, "index": numbers[failure.rule]}
    return told


def in_gitlab(failures: Sequence[Failure]) -> list[dict[str, Any]]:
    """Return an issue for each."""
    return [
        {
            "description": _whole(each),
            "check_name": CHECK,
            "fingerprint": sha256(
                f"{each.path}\0{each.message}".encode("utf-8", "surrogatepass")
            ).hexdigest(),
            "severity": "critical",
            "location": {"path": each.path, "lines": {"begin": each.line or 1}},
        }
        for each in failures
    ]


def in_junit(failures: Sequence[Failure]) -> list[str]:
    """Return a test for each, which ended with an error."""
    from dlint.reporters.xml import element  # the other formats need none of it

    return [
        element(
            "testcase",
            element("error", message=_whole(each), type_="failure"),
            name=each.rule or "dlint",
            classname=each.path,
            line=each.line or 1,
        )
        for each in failures
    ]


def in_checkstyle(failure: Failure) -> str:
    """Return an error without a column."""
    from dlint.reporters.xml import element  # as above

    return element(
        "error",
        line=failure.line or 1,
        severity="error",
        message=_whole(failure),
        source="dlint.failure",
    )


def in_rdjson(failures: Sequence[Failure]) -> list[dict[str, Any]]:
    """Return a diagnostic for each."""
    return [
        {
            "message": _whole(each),
            "location": {"path": each.path, "range": {"start": {"line": each.line or 1}}},
            "severity": "ERROR",
            "code": {"value": CHECK},
        }
        for each in failures
    ]


def in_github(failures: Sequence[Failure]) -> Iterator[tuple[dict[str, str], str]]:
    """Yield the properties and the message of an error command for each."""
    for each in failures:
        path = invisible_shown(repository_path(each.path))
        line = {} if each.line is None else {"line": str(each.line)}
        yield {"file": path, **line, "title": each.rule or "dlint"}, _whole(each)


def in_azure(failures: Sequence[Failure]) -> Iterator[tuple[dict[str, str], str]]:
    """Yield the properties and the message of a command for each."""
    for each in failures:
        place = {"sourcepath": repository_path(each.path)}
        if each.line is not None:
            place["linenumber"] = str(each.line)
        yield {**place, "code": each.rule or CHECK}, _whole(each)


def in_markdown(failures: Sequence[Failure]) -> Iterator[str]:
    """Yield a table's lines."""
    if failures:
        yield ""
        yield "### Not checked completely"
        yield ""
        yield "| file | reason |"
        yield "|---|---|"
        yield from (f"| {markdown_code(each.path)} | {escape(_whole(each))} |" for each in failures)


def _whole(failure: Failure) -> str:
    return f"{failure.message} ({failure.hint})" if failure.hint else failure.message
