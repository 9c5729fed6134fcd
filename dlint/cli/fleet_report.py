"""`dlint fleet report` and `dlint fleet query`: what the answers of a fleet tell."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from dlint.cli import common
from dlint.errors import DlintError
from dlint.text.printable import json_text, markdown, printable
from dlint.text.units import plural

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import RenderableType

    from dlint.fleet.answers import Answer
    from dlint.fleet.views import Table

REPORTS = (common.PRETTY, common.PLAIN, "json", "markdown")
QUERIES = (common.PRETTY, common.PLAIN, "json", "csv")
TOP, PAGE_TOP = 10, 100
DAYS = 7


def add_report(parser: argparse.ArgumentParser, folder: str) -> None:
    """Take the answers, and what to show of them."""
    parser.set_defaults(action=report)
    _add_folder(parser, folder)
    parser.add_argument(
        "--top", type=int, metavar="N", help=f"rows of a table (default: {TOP}; --html: {PAGE_TOP})"
    )
    parser.add_argument(
        "--since",
        metavar="DAY",
        help=f"say what changed since this day, as 2026-01-31 (default: {DAYS} days ago)",
    )
    parser.add_argument("--html", metavar="FILE", help="also write the report as an HTML page")
    common.add_output(parser, REPORTS)


def add_query(parser: argparse.ArgumentParser, folder: str) -> None:
    """Take the query."""
    parser.set_defaults(action=query)
    _add_folder(parser, folder)
    parser.add_argument("sql", metavar="SQL", help="one SELECT, as DuckDB reads it")
    common.add_output(parser, QUERIES)


def _add_folder(parser: argparse.ArgumentParser, folder: str) -> None:
    parser.add_argument(
        "--out",
        default=folder,
        metavar="DIR",
        help=f"folder that dlint fleet run wrote, or an address for fsspec (default: {folder})",
    )


def report(args: argparse.Namespace) -> int:
    """Answer the questions; the exit status."""
    from dlint.fleet.answers import ask_all, brief, prepare, summary
    from dlint.fleet.views import Answers

    chosen = common.output_format(args, REPORTS)
    if args.top is not None and args.top < 1:
        raise DlintError(f"--top must be at least 1, not {args.top}")
    since = _since(args.since)
    asked = Answers(args.out)
    prepare(asked)
    told = summary(asked)
    if not told["repositories"] and not told["failures"]:
        raise DlintError(f"{args.out}: no run has ended there", "dlint fleet run goes on with it")
    if args.html is not None:
        from pathlib import Path

        from dlint.fleet.page import page

        found = brief(ask_all(asked, args.top or PAGE_TOP, since))
        common.write_text(Path(args.html), page(told, found, since))
    found = list(ask_all(asked, args.top or TOP, since))
    common.emit(args, _write(args, chosen, told, found))
    return 0


def query(args: argparse.Namespace) -> int:
    """Answer a query; the exit status."""
    from dlint.fleet.views import Answers

    chosen = common.output_format(args, QUERIES)
    common.emit(args, _written(args, chosen, Answers(args.out).query(args.sql)))
    return 0


def _since(text: str | None) -> str:
    if text is None:
        return (datetime.now(UTC) - timedelta(days=DAYS)).strftime("%Y-%m-%d %H:%M:%S+00")
    try:
        return f"{date.fromisoformat(text).isoformat()} 23:59:59+00"
    except ValueError:
        raise DlintError(f"--since {text}: not a day", "write it as 2026-01-31") from None


def _write(
    args: argparse.Namespace, chosen: str, told: dict[str, Any], found: Sequence[Answer]
) -> str:
    from dlint.fleet.answers import brief

    if chosen == "json":
        return _json(told, found)
    found = brief(found)
    if chosen == "markdown":
        return "".join(f"{line}\n" for line in _markdown(told, found))
    width = common.width(args)
    return _rendered(args, chosen, _pretty(told, found, width), width)


def headline(told: dict[str, Any]) -> str:
    """Say in one sentence what there is."""
    from dlint.fleet.answers import cell_text

    failures = told["failures"]
    lost = f"; {failures} without an answer" if failures else ""
    pushed = f", pushed {cell_text(told['pushed'])}" if told["pushed"] else ""
    return (
        f"{plural(told['images'], 'image')} of {told['repositories']} repositories:"
        f" {cell_text(told['stored'])}{pushed}{lost}"
    )


def _pretty(told: dict[str, Any], found: Sequence[Answer], width: int) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text(headline(told), "bold")
    for each in found:
        if each.rows:
            yield Text("")
            yield Text(each.title, "bold")
            yield from _table(each.columns, each.rows, width)


def _table(
    columns: Sequence[str], rows: Sequence[tuple[Any, ...]], width: int
) -> Iterator[RenderableType]:
    from dlint.fleet.answers import are_numbers, cell_text
    from dlint.reporters.terminal import Column, table

    heads = [
        Column(printable(name), right=right, least=None if right else 12)
        for name, right in zip(columns, are_numbers(columns, rows), strict=True)
    ]
    yield table(heads, [[cell_text(value) for value in row] for row in rows], width)


def _markdown(told: dict[str, Any], found: Sequence[Answer]) -> Iterator[str]:
    from dlint.fleet.answers import are_numbers, cell_text

    yield f"**{markdown(headline(told))}**"
    for each in found:
        if not each.rows:
            continue
        right = are_numbers(each.columns, each.rows)
        yield from ("", f"## {each.title}", "")
        yield f"| {' | '.join(each.columns)} |"
        yield f"|{'|'.join('---:' if number else '---' for number in right)}|"
        for row in each.rows:
            yield f"| {' | '.join(markdown(cell_text(value)) for value in row)} |"


def _json(told: dict[str, Any], found: Sequence[Answer]) -> str:
    document = {
        "schema": 1,
        "summary": {name: _plain(value) for name, value in told.items()},
        "answers": {each.key: _records(each.columns, each.rows) for each in found},
    }
    return json_text(document, ascii_only=True) + "\n"


def _records(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, map(_plain, row), strict=True)) for row in rows]


def _plain(value: Any) -> Any:  # noqa: ANN401  whatever a column holds
    """Return a value as JSON has it."""
    match value:
        case date():
            return value.isoformat()
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case int() | float() | str() | None:
            return value
    return str(value)


def _written(args: argparse.Namespace, chosen: str, table: Table) -> str:
    if chosen == "json":
        return json_text(_records(table.columns, table.rows), ascii_only=True) + "\n"
    if chosen == "csv":
        return _csv(table)
    width = common.width(args)
    return _rendered(args, chosen, _table(table.columns, table.rows, width), width)


def _rendered(
    args: argparse.Namespace, chosen: str, parts: Iterator[RenderableType], width: int
) -> str:
    from dlint.reporters.terminal import render

    color = chosen == common.PRETTY and common.use_color(args)
    return render(parts, color=color, width=width)


def _csv(table: Table) -> str:
    import csv
    from io import StringIO

    out = StringIO()
    write: Callable[[Sequence[object]], object] = csv.writer(out, lineterminator="\n").writerow
    write(table.columns)
    for row in table.rows:
        write([_plain(value) for value in row])
    return out.getvalue()
