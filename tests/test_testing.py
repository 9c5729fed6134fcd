"""What rule authors are told when a page or a fixture does not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support import rule_on, tree

from dlint import Context, Finding, Rule
from dlint.findings import Fix, Safety
from dlint.syntax import Copy, Instruction
from dlint.testing import check_fixture, check_rule, examples, write_context
from dlint.text.source import Edit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GOOD = "```dockerfile good\nFROM a\nCOPY x y\n```\n"
BAD = "```dockerfile bad\nFROM a\nRUN x\n```\n"


def page(*blocks: str, safety: Safety | None = None, fix: str = "COPY x y") -> Rule:
    """Make a rule against RUN with a page of given blocks."""
    rule = Rule("test.page", "No RUN.\n\n" + "\n".join(blocks))

    @rule.on(Instruction)
    def check(instruction: Instruction, _: Context) -> Iterator[Finding]:
        if instruction.name == "RUN":
            repair = Fix("copy", (Edit(instruction.span, fix),), safety) if safety else None
            yield Finding(instruction, "a RUN", fix=repair)

    return rule


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (Rule("test.page", ""), "test/page: the page has no summary"),
        (page(BAD), "test/page: the page needs a bad and a good example"),
        (page(GOOD), "test/page: the page needs a bad and a good example"),
        (
            page("```dockerfile baad\nFROM a\n```\n"),
            "test/page: ```dockerfile baad is neither bad nor good",
        ),
        (
            page(GOOD.replace("good", "bad"), GOOD),
            "test/page, the bad example 1 (line 3 of the page): expected test/page, got nothing\nFROM a\nCOPY x y\n",
        ),
        (
            page(BAD, BAD.replace("bad", "good")),
            "(line 8 of the page): expected nothing, got test/page\n  found test/page at 2:1",
        ),
        (
            page(BAD.replace("RUN x", "RUN x\nRUNN"), GOOD),
            "expected test/page, got syntax/error, test/page\n",
        ),
        (
            page(BAD, GOOD, safety=Safety.SAFE),
            "the best fix that the examples show is fix=Safety.SAFE, but the rule says none",
        ),
        (
            page(BAD, GOOD, safety=Safety.SAFE, fix="COPY z y"),
            "the fix gives\nFROM a\nCOPY z y\n\nand not the good example 1",
        ),
    ],
)
def test_what_does_not_hold_is_named(rule: Rule, message: str) -> None:
    with pytest.raises(AssertionError) as caught:
        check_rule(rule)
    assert message in str(caught.value)


def test_a_page_that_holds() -> None:
    check_rule(page(BAD, GOOD))
    rule = page(BAD, GOOD, safety=Safety.UNSAFE)
    rule.fix = Safety.UNSAFE
    check_rule(rule)


def test_a_fix_that_is_only_shown_is_not_run() -> None:
    rule = page(BAD, GOOD, safety=Safety.DISPLAY, fix="nonsense")
    rule.fix = Safety.DISPLAY
    check_rule(rule)


def test_context_and_configuration_hold_for_the_examples_that_follow() -> None:
    blocks = [
        BAD,
        "```context\na\n```\n",
        GOOD,
        "```toml\nx = 1\n```\n",
        BAD,
        "```context\nb\n```\n",
        GOOD,
    ]
    found = [
        (each.good, each.number, each.context, each.config) for each in examples(page(*blocks))
    ]
    assert found == [
        (False, 1, "", ""),
        (True, 1, "a\n", ""),
        (False, 2, "a\n", "x = 1\n"),
        (True, 2, "b\n", "x = 1\n"),
    ]


@pytest.mark.parametrize("whose", ["options", "user_options"])
def test_an_example_sees_its_context_and_its_options(whose: str) -> None:
    text = """Too large.

```context
big.bin 2kB
```

```toml
[tool.dlint.test]
most = 1000
```

```dockerfile bad
FROM a
COPY big.bin /
```

```dockerfile good
FROM a
COPY Dockerfile /
```
"""
    given: dict[str, Any] = {whose: {"most": 10_000}}
    rule = Rule("test.size", text, **given)

    @rule.on(Copy)
    def check(copy: Copy, context: Context) -> Iterator[Finding]:
        entry = context.build.context.entries[copy.sources[0].text]
        if entry.size > context.settings["most"]:
            yield Finding(copy, "too large")

    check_rule(rule)


def test_the_lines_of_a_context(tmp_path: Path) -> None:
    write_context(tmp_path, "a\nb 3kB\nc/d.txt: one\\ntwo\ne -> a\nf/\nwith blank.txt\n")
    files = {
        path.relative_to(tmp_path).as_posix(): path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file()
    }
    assert len(files.pop("b")) == 3000
    assert files == {
        "a": b"a\n",
        "c/d.txt": b"one\ntwo\n",
        "e": b"a\n",
        "with blank.txt": b"with blank.txt\n",
    }
    assert (tmp_path / "e").is_symlink()
    assert (tmp_path / "f").is_dir()


FIXTURE = """# expect: test/run
# expect: test/copy
# expect-none: test/from
FROM a
# expect: test/run
# a comment between

RUN x
RUN y && \\
  z
"""


def test_a_fixture_is_compared_line_by_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rules = {
        name: rule_on(name, keyword)
        for name, keyword in (("test/run", "RUN"), ("test/copy", "COPY"), ("test/from", "FROM"))
    }
    path = tree(tmp_path, {"Dockerfile": FIXTURE}) / "Dockerfile"
    with pytest.raises(AssertionError) as caught:
        check_fixture(path.relative_to(tmp_path), rules)
    assert str(caught.value).splitlines()[:4] == [
        "Dockerfile:4: test/copy finds nothing here, but should",
        "Dockerfile:4: test/run finds nothing here, but should",
        "Dockerfile:4: test/from finds something here, but should not",
        "Dockerfile:9: test/run finds something here, but should not",
    ]
    tree(tmp_path, {"Dockerfile": "FROM a\n# expect: test/run\nRUN x\nCOPY a b\n"})
    check_fixture(path.relative_to(tmp_path), rules)
    tree(tmp_path, {"Dockerfile": "# expect: test/runn\nFROM a\n"})
    with pytest.raises(AssertionError, match="there is no rule test/runn"):
        check_fixture(path.relative_to(tmp_path), rules)
