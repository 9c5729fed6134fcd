"""Code without what is written in it for people: comments, and docstrings of Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from tokenize import TokenInfo

_COMMENT = regex(r"(?m)^[ \t]{0,80}(?:#|//).*")
# At the start of a line: elsewhere `/*` may be of a pattern, `src/**/*.js`.
_BLOCK = regex(r"(?ms)^[ \t]{0,80}/\*.*?(?:\*/|\Z)")
_HASHED = (".ex", ".exs", ".rb", ".sh")  # `/*` is no comment in them, but a path


def without_comments(path: str, text: str) -> str:
    """Return the text of a file of code without its comments, as far as its language is known."""
    if path.endswith(".py"):
        return _without_prose(text)
    if not path.endswith(_HASHED):
        text = _BLOCK.sub("", text)
    return _COMMENT.sub("", text)


def _without_prose(text: str) -> str:
    """Return Python without its comments and docstrings, as far as it can be read."""
    lines = text.splitlines(keepends=True)
    for token in reversed([*_prose(lines)]):
        (first, start), (last, end) = token.start, token.end
        kept = lines[first - 1][:start] + lines[last - 1][end:]
        lines[first - 1 : last] = [kept]
    return "".join(lines)


def _prose(lines: list[str]) -> Iterator[TokenInfo]:
    """Yield the comments of Python, and the strings that begin a statement, as docstrings do."""
    import tokenize

    begins = frozenset((tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING))
    passed = frozenset((tokenize.NL, tokenize.COMMENT))
    before = tokenize.ENCODING
    try:
        for token in tokenize.generate_tokens(iter([*lines, ""]).__next__):
            is_docstring = token.type == tokenize.STRING and before in begins
            if is_docstring or token.type == tokenize.COMMENT:
                yield token
            if token.type not in passed:
                before = token.type
    except (tokenize.TokenError, SyntaxError):
        return
