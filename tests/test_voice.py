"""What a machine can hold of how dlint speaks: words that never appear, sentences that need no
second reading, units and plurals.

Code in backticks and blocks of code are quotations, and exempt.
"""

from __future__ import annotations

import ast
import re
from contextlib import redirect_stdout, suppress
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple

import pytest
from house import PROJECT, files

from dlint.cli import VERBS, main
from dlint.lint.plugins import Plugins
from dlint.testing import Bench, examples

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULES = Plugins(third_party=False).rules
# Words of another language's grammar, or without a meaning of their own in this field.
NEVER = re.compile(
    r"\b(?:anew|another one|that of|those that|besides|told|laid over|mend(?:s|ed|ing)?|due"
    r"|gets? into|names no|st(?:ands?|ood) (?:above|below|upon)|is there for|all that follows"
    r"|made (?:again|anew)|foretold|so that\b[^.;:]*\bthen)\b",
    re.IGNORECASE,
)
LONGEST = 25  # words of a sentence
UNSPACED = re.compile(r"\d(?:[kMGT]i?)?B\b")
NOUNS = (
    "build|byte|commit|day|error|file|finding|folder|image|info|instruction|layer|line|package|place"
    "|problem|push|stage|step|warning"
)
ONE_OF_MANY = re.compile(rf"(?<![\d.,])1 (?:more |other )?(?:{NOUNS})e?s\b")
MANY_OF_ONE = re.compile(rf"(?<![\d.,])(?:[02-9]|[1-9]\d+) (?:more |other )?(?:{NOUNS})\b")
FENCE = re.compile(r"^ *(`{3,}).*?^ *\1$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`]*`")
LINK = re.compile(r"\]\([^)]*\)")
SENTENCE = re.compile(r"(?<=[.;:?!])\s+")
PARAGRAPH = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*]|\d\.) )")


class Text(NamedTuple):
    """Something that a user reads, and where it is from."""

    place: str
    text: str

    @property
    def prose(self) -> str:
        """The text without what it quotes, which is one word each, on one line."""
        return " ".join(LINK.sub("]", CODE.sub("code", FENCE.sub("", self.text))).split())


def paragraphs(place: str, text: str) -> Iterator[Text]:
    """Yield the paragraphs and entries of lists of a Markdown text, tables and headings aside."""
    for part in PARAGRAPH.split(CODE.sub(_on_one_line, FENCE.sub("", text))):
        if part.strip() and not part.lstrip().startswith(("|", "#", "<!--", "![", "[![")):
            yield Text(place, part)


def _on_one_line(code: re.Match[str]) -> str:
    return " ".join(code[0].split())


def spoken() -> Iterator[Text]:
    """Yield what each finding of each rule's bad examples says."""
    for name, rule in RULES.items():
        for example in examples(rule):
            if not example.good:
                with Bench(rule, example) as bench:
                    yield from (Text(name, text) for text in bench.texts)


def literals(path: Path) -> Iterator[Text]:
    """Yield the texts of more than one word that a module's code holds, docstrings aside."""
    tree = ast.parse((PROJECT / path).read_text(encoding="utf-8"))
    passed = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(ast.Constant() as docstring):
                passed.add(docstring)
            case ast.JoinedStr(values):
                passed.update(values)
    for node in ast.walk(tree):
        match node:
            case ast.JoinedStr(values):
                text = "".join(_literally(value) for value in values)
            case ast.Constant(str(text)) if node not in passed:
                pass
            case _:
                continue
        if " " in text:
            yield Text(f"{path}:{node.lineno}", text)


def _literally(value: ast.expr) -> str:
    return str(value.value) if isinstance(value, ast.Constant) else "{}"


def helps() -> Iterator[Text]:
    """Yield what `--help` prints, of dlint and of each verb."""
    for words in (["--help"], *([verb, "--help"] for verb in VERBS)):
        out = StringIO()
        with redirect_stdout(out), suppress(SystemExit):
            main(words)
        yield Text(f"dlint {' '.join(words)}", out.getvalue())


def is_prose(text: Text) -> bool:
    """Tell whether a literal is a sentence rather than a list of names or flags."""
    return bool(re.search(r"(?<![-\w])(?:the|a|an|is|are|of|and|not|it|to)(?![-\w])", text.prose))


MODULES = [path for path in files() if path.suffix == ".py" and path.parts[0] in {"dlint", "rules"}]
PAGES = [text for name, rule in RULES.items() for text in paragraphs(name, rule.doc)]
DOCUMENTS = [
    path
    for path in files()
    if path.suffix == ".md"
    and path.parts[0]
    in {"CHANGELOG.md", "CONTRIBUTING.md", "README.md", "SECURITY.md", "docs", "rules"}
]
FINDINGS = list(spoken())


def document(path: Path) -> str:
    """Return a document's text, of the changelog what comes next."""
    text = (PROJECT / path).read_text(encoding="utf-8")
    return "## ".join(text.split("\n## ")[:2]) if path.name == "CHANGELOG.md" else text


def found(pattern: re.Pattern[str], texts: list[Text]) -> list[str]:
    return [
        f"{each.place}: {hit[0]!r} in {each.prose[:300]!r}"
        for each in texts
        if (hit := pattern.search(each.prose))
    ]


def too_long(texts: list[Text]) -> list[str]:
    return [
        f"{each.place}: {len(sentence.split())} words: {sentence}"
        for each in texts
        for sentence in SENTENCE.split(each.prose)
        if len(sentence.split()) > LONGEST
    ]


def hold(faults: list[str]) -> None:
    """Fail with one fault a line."""
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)


def test_findings_speak_plainly() -> None:
    hold(found(NEVER, FINDINGS))
    hold(too_long(FINDINGS))


def test_pages_of_rules_speak_plainly() -> None:
    hold(found(NEVER, PAGES))
    hold(too_long(PAGES))


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_texts_in_code_speak_plainly(path: Path) -> None:
    texts = list(literals(path))
    hold(found(NEVER, texts))
    hold(too_long([each for each in texts if is_prose(each)]))


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_documents_speak_plainly(path: Path) -> None:
    texts = list(paragraphs(path.as_posix(), document(path)))
    hold(found(NEVER, texts))
    hold(too_long(texts))


def test_the_action_speaks_plainly() -> None:
    text = (PROJECT / "action.yml").read_text(encoding="utf-8")
    described = re.findall(
        r"^ +description: (?:>-\n)?(.*?)\n +[a-z-]+:", text, re.MULTILINE | re.DOTALL
    )
    assert described
    hold(found(NEVER, [Text("action.yml", each) for each in described]))


def test_help_speaks_plainly() -> None:
    texts = list(helps())
    assert all(each.text for each in texts)
    hold(found(NEVER, texts))


def test_numbers_have_a_space_before_their_unit_and_agree_with_what_they_count() -> None:
    texts = FINDINGS + PAGES
    for pattern in (UNSPACED, ONE_OF_MANY, MANY_OF_ONE):
        hold(found(pattern, texts))


@pytest.mark.parametrize(
    ("pattern", "wrong", "right"),
    [
        (NEVER, "the layer is another one in each build", "each build changes the layer"),
        (NEVER, "so that it is cached then", "so that it is cached"),
        (UNSPACED, "a layer of 16.8MB", "a layer of 16.8 MB, with `limit = 2MB`"),
        (ONE_OF_MANY, "plus 1 layers", "plus 1 layer, 11 layers and 0.1 layers"),
        (MANY_OF_ONE, "of 12 commit", "of 12 commits, and line 12 of 1 file"),
    ],
)
def test_the_patterns(pattern: re.Pattern[str], wrong: str, right: str) -> None:
    assert found(pattern, [Text("", wrong)])
    assert not found(pattern, [Text("", right)])
