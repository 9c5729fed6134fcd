"""The questions of a platform team, and their answers: each a title, a table, and what it stands
on.

A size comes as a struct of bytes, whether they are a lower bound, and their basis: what is not
known is told as unknown, and never adds up to 0.
"""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlint.findings import Basis, bytes_text
from dlint.text.printable import printable
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.fleet.views import Answers

NAME = "-- name: "  # before each query of the file
REPOSITORY = "repository"  # the column that names one


class Answer(NamedTuple):
    """One question answered. `about` says how to read it; `key` is what programs call it."""

    key: str
    title: str
    about: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


class _Question(NamedTuple):
    key: str
    title: str
    about: str


QUESTIONS = (
    _Question(
        "bandwidth",
        "Images that cost the most bandwidth",
        "What the last commits of each repository pushed, replayed as one builder that keeps its"
        " cache would push them.",
    ),
    _Question(
        "savings",
        "What a better order and re-packing would save",
        "Of what the last commits would push of today's layers: the best order of the Dockerfile's"
        " instructions, as dlint order finds it; the finished image repacked into 40 layers by"
        " size and change; and the bound, each file by itself, that no packing of whole files"
        " saves more than. What a RUN or another stage makes counts as a whole."
        " Changes of the Dockerfile itself are left out.",
    ),
    _Question(
        "storage",
        "Images that cost the most storage",
        "Compressed sizes. An image's own layers are those above its base.",
    ),
    _Question(
        "bases",
        "Who shares which base",
        "Images by the name of the image that they stand on.",
    ),
    _Question(
        "sprawl",
        "Base sprawl",
        "How many tags of one base are in use. Each tag is stored in the registry and pulled by"
        " each host.",
    ),
    _Question(
        "golden",
        "What one golden base would save",
        "All images on one base would use the tag that most of them use, and no other one would be"
        " stored or pulled. Alpine stays Alpine, and slim stays slim. Tags that share layers save"
        " less.",
    ),
    _Question(
        "moves",
        "Images that would move to a golden base",
        "",
    ),
    _Question(
        "rules",
        "Findings by bytes",
        "Bytes of one image or one push, as each finding says them; findings overlap.",
    ),
    _Question(
        "over-time",
        "Findings over time",
        "At the end of each day with a run.",
    ),
    _Question(
        "changes",
        "What changed",
        "Images that came or went, or changed their size or base.",
    ),
    _Question(
        "registry",
        "What registries store",
        "By the manifests: a layer of several tags is stored once in a registry.",
    ),
    _Question(
        "shared",
        "Layers shared and not",
        "Layers whose digest is known, and in how many images each is.",
    ),
    _Question(
        "failures",
        "Repositories without an answer",
        "What the last run says of them.",
    ),
)


def _queries() -> dict[str, str]:
    """Return the queries beside this module by their names."""
    text = Path(__file__).with_name("questions.sql").read_text(encoding="utf-8")
    parts = (part.partition("\n") for part in text.split(NAME)[1:])
    return {name: sql for name, _, sql in parts}


def prepare(answers: Answers) -> None:
    """Make what the questions share."""
    answers.keep("images", "layers", "findings", "bases")
    answers.define("ALTER TABLE images DROP COLUMN layers")  # they are kept already
    answers.define(_queries()["prepare"])


def summary(answers: Answers) -> dict[str, Any]:
    """Return how many repositories and images there are, and what all of them weigh."""
    table = answers.ask(_queries()["summary"])
    return dict(zip(table.columns, table.rows[0], strict=True))


def ask_all(answers: Answers, top: int, since: str) -> Iterator[Answer]:
    """Yield all questions with their answers: at most `top` rows, and changes after `since` (ISO).

    One that nothing is known for has no rows.
    """
    queries, known = _queries(), {"top": top, "since": since}
    for each in QUESTIONS:
        sql = queries[each.key]
        values = {name: value for name, value in known.items() if f"${name}" in sql}
        table = answers.ask(sql, values)
        yield Answer(each.key, each.title, each.about, table.columns, table.rows)


def brief(found: Iterable[Answer]) -> list[Answer]:
    """Return answers as people read them: without the part of their names that all repositories
    share, and without columns that are empty.
    """
    every = list(found)
    names = {row[0] for each in every if each.columns[0] == REPOSITORY for row in each.rows}
    head = posixpath.commonprefix(sorted(names)).rpartition("/")[0] if len(names) > 1 else ""
    tail = _common_end(names) if len(names) > 1 else ""
    return [_narrowed(each, f"{head}/" if head else "", tail) for each in every]


def _common_end(names: set[str]) -> str:
    """Return the whole folders that all names end with, such as `/repo`."""
    turned = posixpath.commonprefix([name[::-1] for name in sorted(names)])
    return f"/{turned.rpartition('/')[0][::-1]}" if "/" in turned else ""


def _narrowed(answer: Answer, head: str, tail: str) -> Answer:
    columns = range(len(answer.columns))
    kept = [at for at in columns if any(cell_text(row[at]) for row in answer.rows)]
    names = [at for at, name in enumerate(answer.columns) if name == REPOSITORY]
    rows = [
        tuple(
            value.removeprefix(head).removesuffix(tail) if at in names else value
            for at, value in enumerate(row)
        )
        for row in answer.rows
    ]
    return answer._replace(
        columns=tuple(answer.columns[at] for at in kept),
        rows=[tuple(row[at] for at in kept) for row in rows],
    )


def cell_text(value: Any) -> str:  # noqa: ANN401  whatever a column holds
    """Write a value as people read it; what is unknown says so."""
    match value:
        case None:
            return ""
        case {"bytes": None}:
            return "unknown"
        case {"bytes": count, "at_least": at_least, "basis": basis}:
            return bytes_text(int(count), Basis(basis or "unknown"), at_least=bool(at_least))
        case int():
            return f"{value:,}"
        case [{"tag": _}, *_]:
            return printable(", ".join(f"{each['tag']} ({each['images']})" for each in value))
    return printable(str(value))


def are_numbers(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[bool]:
    """Tell of each column whether it is one of numbers."""
    return [any(isinstance(row[at], (int, dict)) for row in rows) for at in range(len(columns))]
