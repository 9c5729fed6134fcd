"""Comments that take findings away."""

from __future__ import annotations

import pytest
from support import check, found, rule_on

RUN = rule_on("order/run", "RUN", aliases=("DL3009", "DL3059", "RunIsMeant"))
COPY = rule_on("order/copy", "COPY")
OFF = rule_on("pin/off", "RUN", default=False)


def left(text: str) -> list[tuple[int, str]]:
    """List what is found once comments have had their say."""
    return found(check(text, RUN, COPY, OFF))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM a\n# dlint: ignore[order/run] why\nRUN x\nRUN y\n", [(4, "order/run")]),
        (
            "FROM a\n# dlint: ignore[order/run, order/copy]\n\n# a word more\nRUN x\n",
            [(2, "suppression/unused")],
        ),
        ("FROM a\n#dlint:ignore[order]\nRUN x\n", []),
        ("FROM a\n# DLINT: Ignore[ALL]\nRUN x\n", []),
        ("FROM a\nRUN x && \\\n  # dlint: ignore[order/run]\n  y\nRUN z\n", [(5, "order/run")]),
        (
            "FROM a\n# dlint: ignore-stage[order/run]\nFROM b\nRUN x\nCOPY c d\nFROM e\nRUN z\n",
            [(5, "order/copy"), (7, "order/run")],
        ),
        ("# dlint: ignore-file[order]\nFROM a\nRUN x\nFROM b\nCOPY c d\n", []),
        (
            "# syntax=docker/dockerfile:1\n# dlint: ignore-file[order/run]\nFROM a\nRUN x\nCOPY c d\n",
            [(5, "order/copy")],
        ),
        ("FROM a\n# dlint: ignore[syntax/error]\nRUNN x\n", []),
        ("FROM a\r\n# dlint: ignore[order/run] why\r\nRUN x\r\n", []),
        ("# check=skip=RunIsMeant\nFROM a\nRUN x\nCOPY c d\n", [(4, "order/copy")]),
        (
            "# check=error=true;Skip = Other, runismeant\nFROM a\nRUN x\nCOPY c d\n",
            [(4, "order/copy")],
        ),
        ("# check=skip=all\nFROM a\nRUN x\nCOPY c d\n", [(4, "order/copy")]),
        ("# check=skip=DL3009x\nFROM a\nRUN x\n", [(3, "order/run")]),
        ("FROM a\n# check=skip=RunIsMeant\nRUN x\n", [(3, "order/run")]),
        ("FROM a\n# hadolint ignore=DL3008,DL3009 # why\nRUN x\nRUN y\n", [(4, "order/run")]),
        ("# hadolint global ignore=DL3059\nFROM a\nRUN x\nRUN y\n", []),
        ("FROM a\n# hadolint ignore=DL3008\nRUN x\n", [(3, "order/run")]),
        ("FROM a\n# hadolint ignore=DL3059\nCOPY a b\n", [(3, "order/copy")]),
        ("FROM a\nRUN <<E\n# dlint: ignore[order/run]\nE\n", [(2, "order/run")]),
    ],
)
def test_what_is_left(text: str, expected: list[tuple[int, str]]) -> None:
    assert left(text) == expected


@pytest.mark.parametrize(
    ("comment", "column", "message"),
    [
        (
            "# dlint: ignore[order/rum]",
            17,
            "no rule or family is called order/rum; did you mean order/run?",
        ),
        ("# dlint: ignore[order/run, zzz] why", 28, "no rule or family is called zzz"),
        ("# dlint: ignore", 1, "ignore needs a list of rules: `# dlint: ignore[RULE] reason`"),
        (
            "# dlint: ignore[ ]",
            1,
            "ignore needs a list of rules: `# dlint: ignore[RULE] reason`",
        ),
        (
            "# dlint: disable[order/run]",
            1,
            "disable means nothing here; write ignore[…], ignore-stage[…] or ignore-file[…]",
        ),
        ("# dlint ignore[order/run] no colon", 1, "a colon is missing: `# dlint: ignore[…]`"),
        ("# dlint: ignore-file[order]", 1, "ignore-file belongs before the first instruction"),
        ("# dlint: ignore-stage[order]", 1, "ignore-stage belongs before a FROM"),
    ],
)
def test_comments_that_say_nothing_are_reported(comment: str, column: int, message: str) -> None:
    report = check(f"FROM a\n{comment}\nRUN x\n", RUN, COPY, select=("suppression/invalid",))
    (diagnostic,) = report.diagnostics
    assert (diagnostic.place.start, diagnostic.message) == ((2, column), message)


@pytest.mark.parametrize(
    "comment",
    [
        "# dlint is a linter",
        "# dlinted: x",
        "# see dlint: ignore[nothing]",
        "# hadolint ignore=SC1",
    ],
)
def test_other_comments_are_let_be(comment: str) -> None:
    assert left(f"FROM a\n{comment}\nCOPY x y\n") == [(3, "order/copy")]


def test_unused_ones_are_named_one_by_one() -> None:
    (diagnostic,) = check(
        "FROM a\n# dlint: ignore[order/run, order/copy]\nRUN x\n", RUN, COPY
    ).diagnostics
    assert (diagnostic.rule, diagnostic.place.start) == ("suppression/unused", (2, 28))
    assert diagnostic.message == "`order/copy` is ignored here, but finds nothing"


@pytest.mark.parametrize(
    ("selector", "select", "reported"),
    [
        ("order/run", ("order/copy", "suppression"), 0),  # did not run
        ("order", ("order/copy", "suppression"), 0),  # ran in part
        ("order", ("order", "suppression"), 1),
        ("pin", ("order", "suppression"), 0),
        ("suppression/unused", ("all",), 0),
    ],
)
def test_only_rules_that_ran_make_a_suppression_unused(
    selector: str, select: tuple[str, ...], reported: int
) -> None:
    report = check(f"# dlint: ignore-file[{selector}]\nFROM a\n", RUN, COPY, OFF, select=select)
    assert [each.rule for each in report.diagnostics] == ["suppression/unused"] * reported


def test_a_family_with_a_rule_that_is_off_is_judged_by_the_others() -> None:
    off = rule_on("order/off", "RUN", default=False)
    report = check("# dlint: ignore-file[order]\nFROM a\n", RUN, off)
    assert [each.rule for each in report.diagnostics] == ["suppression/unused"]


def test_what_is_wrong_with_comments_can_be_ignored_too() -> None:
    assert not check(
        "# dlint: ignore-file[suppression]\nFROM a\n# dlint: ignore[zzz]\nRUN x\n", COPY
    ).diagnostics


def test_suppressed_findings_are_counted() -> None:
    report = check("FROM a\n# dlint: ignore[order]\nRUN x\nRUN y\n", RUN)
    assert (len(report.diagnostics), report.suppressed) == (1, 1)
