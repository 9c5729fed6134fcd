"""What a piece of Python names and calls, read and never run."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.text.patterns import regex
from dlint.text.safe import nests_deeper
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    import libcst

_CALLS_OUT = frozenset(
    [
        "Popen",
        "call",
        "check_call",
        "check_output",
        "getoutput",
        "popen",
        "run",
        "system",
        "spawn",
        "urlopen",
    ]
)
_BUILDS = frozenset(["cmdclass", "ext_modules", "rust_extensions", "cffi_modules", "distclass"])
_OPENS = frozenset(["open", "read_text", "run_path", "spec_from_file_location"])
_LISTS = frozenset(["glob", "iglob", "listdir", "rglob", "scandir", "walk", "iterdir"])


# Questions that only a repository answers.
GIT_QUESTIONS = (
    "describe|rev-parse|rev-list|log|show|status|diff|tag|branch|ls-files|submodule|blame|archive"
    "|symbolic-ref|name-rev"
)
ASKS_GIT = regex(rf"\bgit\s+(?:-\S+\s+)*(?:{GIT_QUESTIONS})\b")


class Code(NamedTuple):
    """What a piece of Python holds.

    `strings` are literals, joined where code joins paths; `modules` what it imports. `harmless`:
    nothing in it decides at run time what else is read. `git`: it runs git.
    """

    strings: frozenset[str]
    modules: frozenset[str]
    harmless: bool
    git: bool


def read_code(text: str) -> Code:
    """Read a piece of Python; of one that is none nothing is known, and it is not harmless."""
    import libcst

    if nests_deeper(text):
        return Code(frozenset(), frozenset(), harmless=False, git=False)
    found = _Code()
    try:
        found.look(libcst.parse_module(text))
    except (libcst.ParserSyntaxError, libcst.CSTValidationError, RecursionError, ValueError):
        found.harmless = False
    return Code(frozenset(found.strings), frozenset(found.modules), found.harmless, found.git)


class _Code:
    """Goes through a tree and keeps what counts."""

    def __init__(self) -> None:
        self.strings: set[str] = set()
        self.modules: set[str] = set()
        self.harmless = True
        self.git = False

    def look(self, node: libcst.CSTNode) -> None:
        """Go through a node and all below it."""
        import libcst

        text = _string(node)
        if text is not None:
            self.strings.add(text)
        if isinstance(node, libcst.Call):
            self._call(node)
        elif isinstance(node, libcst.ImportFrom | libcst.Import):
            self._import(node)
        for child in node.children:
            self.look(child)

    def _call(self, node: libcst.Call) -> None:
        called = _called(node.func)
        arguments = [_string(argument.value) for argument in node.args]
        # Whether os.path.join or one's own `read("docs", "a.md")`.
        self.strings.add(posixpath.join("", *filter(None, arguments)))
        if called in _CALLS_OUT:
            self.git = self.git or _names_git(node)
        self.harmless = self.harmless and not (
            called in _CALLS_OUT
            or (called in _LISTS and not any(arguments))
            or (called in _OPENS and _formats(node))
            or (called == "setup" and _is_programmed(node))
        )

    def _import(self, node: libcst.ImportFrom | libcst.Import) -> None:
        import libcst

        if isinstance(node, libcst.Import):
            self.modules.update(_dotted(alias.name) for alias in node.names)
        elif node.module is not None:
            self.modules.add(_dotted(node.module))


def _called(function: libcst.BaseExpression) -> str:
    """Return the last name of what is called; empty where it has none."""
    import libcst

    match function:
        case libcst.Attribute(attr=name) | (libcst.Name() as name):
            return str(name.value)
    return ""


def _names_git(call: libcst.Call) -> bool:
    import libcst

    texts = (node.value for node in _below(call) if isinstance(node, libcst.SimpleString))
    return any("git" in text for text in texts)


def _formats(call: libcst.Call) -> bool:
    """Tell whether a path is put together from what only a run knows."""
    import libcst

    return any(isinstance(node, libcst.FormattedString | libcst.Modulo) for node in _below(call))


def _is_programmed(setup: libcst.Call) -> bool:
    """Tell whether code of the project takes part in its build."""
    keywords = {argument.keyword.value for argument in setup.args if argument.keyword}
    return bool(keywords & _BUILDS) or any(argument.star == "**" for argument in setup.args)


def _below(node: libcst.CSTNode) -> Iterator[libcst.CSTNode]:
    for child in node.children:
        yield child
        yield from _below(child)


def _dotted(node: libcst.CSTNode) -> str:
    import libcst

    if isinstance(node, libcst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, libcst.Name) else ""


def _string(node: libcst.CSTNode) -> str | None:
    """Return the text of a literal, or of `HERE / "a" / "b"` the part that is written out."""
    import libcst

    if isinstance(node, libcst.SimpleString | libcst.ConcatenatedString):
        value = node.evaluated_value
        return value if isinstance(value, str) else None
    if isinstance(node, libcst.BinaryOperation) and isinstance(
        node.operator, libcst.Divide | libcst.Add
    ):
        right = _string(node.right)
        left = _string(node.left)
        if right is None:
            return None
        joined = isinstance(node.operator, libcst.Divide)
        return (
            right.lstrip("/")
            if left is None
            else posixpath.join(left, right)
            if joined
            else left + right
        )
    return None
