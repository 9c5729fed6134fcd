"""The questions of a platform team, and their answers: each a title, a table, and what it stands
on.

A size comes as a struct of bytes, whether they are a lower bound, and their basis: what is not
known is told as unknown, and never adds up to 0.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from dlint.findings import Basis, bytes_text
from dlint.text.printable import printable
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.fleet.views import Answers

# Sums say what they stand on: the weakest basis of what is known, and whether anything is not.
MACROS = """
CREATE MACRO size_of(bytes_, at_least_, basis_) AS
  {'bytes': bytes_, 'at_least': at_least_, 'basis': basis_};
CREATE MACRO sum_of(bytes_, at_least_, basis_) AS size_of(
  sum(bytes_), bool_or(bytes_ IS NULL OR coalesce(at_least_, false)),
  ['exact', 'modelled', 'guessed', 'unknown'][
    max(list_position(['exact', 'modelled', 'guessed', 'unknown'], basis_))
      FILTER (bytes_ IS NOT NULL)]);

CREATE MACRO flavor_of(base) AS list_sort(list_filter(
  list_transform(string_split(split_part(base, ':', -1), '-'),
    lambda word: regexp_replace(regexp_replace(word, '[0-9].*$', ''), '^v$', '')),
  lambda word: word NOT IN ('', 'latest', 'stable', 'testing', 'sid', 'rolling', 'edge', 'lts',
    'stretch', 'buster', 'bullseye', 'bookworm', 'trixie', 'forky',
    'xenial', 'bionic', 'focal', 'jammy', 'noble', 'resolute')));
CREATE TEMP VIEW golden_bases AS
SELECT *, first_value(base) OVER (PARTITION BY family, flavor_of(base)
  ORDER BY images DESC, base_bytes NULLS LAST, base) AS golden FROM bases;
"""
_OWN = "image_bytes - coalesce(base_bytes, 0)"
_NAMED = "repository, image"
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
    sql: str


SUMMARY = """
SELECT count(DISTINCT repository) AS repositories, count(*) AS images,
  sum_of(image_bytes, image_at_least, image_basis) AS stored,
  (SELECT sum_of(bill_bytes, bill_at_least, bill_basis) FROM images
   WHERE bill_commits IS NOT NULL) AS pushed,
  (SELECT count(*) FROM failures) AS failures, (SELECT max(seen) FROM runs) AS seen
FROM images
"""
QUESTIONS = (
    _Question(
        "bandwidth",
        "Images that cost the most bandwidth",
        "What the last commits of each repository pushed, replayed as one builder that keeps its"
        " cache would push them.",
        f"""SELECT {_NAMED}, size_of(bill_bytes, bill_at_least, bill_basis) AS pushed,
            bill_commits AS commits, size_of(push_bytes, push_at_least, push_basis)
              AS "typical push", push_path AS "after a change of",
            array_to_string(owners, ' ') AS owners
        FROM images WHERE bill_bytes > 0
        ORDER BY bill_bytes DESC, repository, image LIMIT $top""",  # noqa: S608  our own text
    ),
    _Question(
        "storage",
        "Images that cost the most storage",
        "Compressed sizes. An image's own layers are those above its base.",
        f"""SELECT {_NAMED}, size_of(image_bytes, image_at_least, image_basis) AS size,
            size_of({_OWN}, image_at_least, image_basis) AS own, base,
            array_to_string(owners, ' ') AS owners
        FROM images WHERE image_bytes > 0
        ORDER BY image_bytes DESC, repository, image LIMIT $top""",  # noqa: S608  our own text
    ),
    _Question(
        "bases",
        "Who shares which base",
        "Images by the name of the image that they stand on.",
        """SELECT base, images, repositories, size_of(base_bytes, false, base_basis) AS size
        FROM bases ORDER BY images DESC, base LIMIT $top""",
    ),
    _Question(
        "sprawl",
        "Base sprawl",
        "How many tags of one base are in use. Each tag is stored in the registry and pulled by"
        " each host.",
        """SELECT family, count(*) AS tags, sum(images) AS images,
            sum_of(base_bytes, false, base_basis) AS "all tags",
            list({'tag': split_part(base, ':', -1), 'images': images}
              ORDER BY images DESC, base) AS "in use"
        FROM bases GROUP BY family HAVING count(*) > 1
        ORDER BY tags DESC, images DESC, family LIMIT $top""",
    ),
    _Question(
        "golden",
        "What one golden base would save",
        "If all images on one base moved to the tag of the same flavor that most of them use, the"
        " others would be neither stored nor pulled. Alpine stays Alpine, and slim stays slim. Tags"
        " that share layers save less than that.",
        """SELECT golden, sum(images) AS "images that move",
            sum_of(base_bytes, false, base_basis) AS saved
        FROM golden_bases WHERE base <> golden GROUP BY golden
        ORDER BY sum(base_bytes) DESC NULLS LAST, 2 DESC, golden LIMIT $top""",
    ),
    _Question(
        "moves",
        "Images that would move to a golden base",
        "",
        f"""SELECT golden, images.base, {_NAMED}, array_to_string(owners, ' ') AS owners
        FROM images JOIN golden_bases USING (base)
        WHERE images.base <> golden ORDER BY golden, images.base, repository, image
        LIMIT 10 * $top""",  # noqa: S608  our own text
    ),
    _Question(
        "rules",
        "Findings by bytes",
        "Bytes of one image or one push, as each finding says them; findings overlap.",
        """SELECT rule, count(*) AS findings, count(DISTINCT (repository, image)) AS images,
            size_of(sum(image_bytes), false, 'guessed') AS stored,
            size_of(sum(push_bytes), false, 'guessed') AS "pushed again"
        FROM findings GROUP BY rule
        ORDER BY coalesce(sum(image_bytes), 0) + coalesce(sum(push_bytes), 0) DESC,
          findings DESC, rule LIMIT $top""",
    ),
    _Question(
        "over-time",
        "Findings over time",
        "At the end of each day with a run.",
        """SELECT days.day, count(DISTINCT (repository, image)) AS images, count(*) AS findings,
            size_of(sum(found.image_bytes), false, 'guessed') AS stored,
            size_of(sum(found.push_bytes), false, 'guessed') AS "pushed again"
        FROM daily AS days GROUP BY days.day ORDER BY days.day""",
    ),
    _Question(
        "changes",
        "What changed",
        "Images that came or went, or changed their size or base.",
        """SELECT coalesce(now.repository, past.repository) AS repository,
            coalesce(now.image, past.image) AS image,
            CASE WHEN past.image IS NULL THEN 'new' WHEN now.image IS NULL THEN 'gone'
              WHEN now.base IS DISTINCT FROM past.base THEN concat('base was ', past.base)
              ELSE 'size' END AS change,
            size_of(past.image_bytes, past.image_at_least, past.image_basis) AS before,
            size_of(now.image_bytes, now.image_at_least, now.image_basis) AS after,
            coalesce(len(now.findings), 0) - coalesce(len(past.findings), 0) AS "more findings"
        FROM images AS now FULL JOIN images_at($since) AS past
          ON now.repository = past.repository AND now.image = past.image
            AND now.platform IS NOT DISTINCT FROM past.platform
        WHERE (SELECT count(*) FROM images_at($since)) > 0
          AND (now.image_bytes IS DISTINCT FROM past.image_bytes
            OR now.base IS DISTINCT FROM past.base OR now.image IS NULL OR past.image IS NULL)
        ORDER BY abs(coalesce(now.image_bytes, 0) - coalesce(past.image_bytes, 0)) DESC,
          1, 2 LIMIT $top""",
    ),
    _Question(
        "registry",
        "What registries store",
        "By the manifests: a layer of several tags is stored once in a registry.",
        """SELECT repository, count(DISTINCT image) AS tags, count(*) AS layers,
            size_of(sum(bytes), false, 'exact') AS "all tags",
            size_of((SELECT sum(bytes) FROM (SELECT DISTINCT digest, bytes FROM layers AS own
              WHERE own.repository = layers.repository)), false, 'exact') AS "distinct layers"
        FROM layers WHERE source = 'registry' GROUP BY repository
        ORDER BY sum(bytes) DESC, repository LIMIT $top""",
    ),
    _Question(
        "shared",
        "Layers shared and not",
        "Layers whose digest is known, and in how many images each is.",
        """SELECT CASE WHEN images = 1 THEN 'one image' WHEN images <= 10 THEN '2 to 10 images'
              ELSE 'more than 10 images' END AS "in", count(*) AS layers,
            size_of(sum(bytes), bool_or(bytes IS NULL), 'exact') AS "stored once",
            size_of(sum(bytes * images), bool_or(bytes IS NULL), 'exact') AS "if not shared"
        FROM (SELECT coalesce(digest, diff_id) AS layer, max(bytes) AS bytes,
              count(DISTINCT (repository, image, platform)) AS images
            FROM layers WHERE coalesce(digest, diff_id) IS NOT NULL GROUP BY layer)
        GROUP BY 1 ORDER BY min(images)""",
    ),
    _Question(
        "failures",
        "Repositories without an answer",
        "What the last run says of them.",
        """SELECT repository, error FROM failures ORDER BY repository LIMIT $top""",
    ),
)
_DAILY = """
CREATE TEMP TABLE daily AS
WITH days AS (SELECT DISTINCT day FROM stored_runs),
latest AS (
  SELECT days.day, runs.repository, runs.commit, runs.dlint, runs.settings
  FROM days JOIN stored_runs AS runs ON runs.day <= days.day AND runs.error IS NULL
  QUALIFY row_number() OVER (PARTITION BY days.day, runs.repository ORDER BY runs.seen DESC) = 1
)
SELECT latest.day, answers.repository, answers.image, unnest(answers.findings) AS found
FROM answers JOIN latest USING (repository, commit, dlint, settings)
WHERE answers.image IS NOT NULL
"""


def prepare(answers: Answers) -> None:
    """Make what the questions share."""
    answers.keep("images", "layers", "findings", "bases")
    answers.define(MACROS)
    answers.define(_DAILY)


def summary(answers: Answers) -> dict[str, Any]:
    """Return how many repositories and images there are, and what all of them weigh."""
    table = answers.ask(SUMMARY)
    return dict(zip(table.columns, table.rows[0], strict=True))


def ask_all(answers: Answers, top: int, since: str) -> Iterator[Answer]:
    """Yield all questions with their answers: at most `top` rows, and changes after `since` (ISO).

    One that nothing is known for has no rows.
    """
    for each in QUESTIONS:
        known = {"top": top, "since": since}
        values = {name: value for name, value in known.items() if f"${name}" in each.sql}
        table = answers.ask(each.sql, values)
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


def is_number(values: Sequence[Any]) -> bool:
    """Tell whether a column is one of numbers."""
    return any(isinstance(value, (int, dict)) for value in values)
