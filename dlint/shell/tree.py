"""Scripts with a grammar: tree-sitter-bash's tree as `dlint.shell.nodes`."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dlint.shell.nodes import Extent, Node, RawRedirect
from dlint.text.patterns import regex
from dlint.text.safe import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tree_sitter import Node as TreeNode, Parser

MAX_DEPTH = 60  # deeper than people nest; keeps Python's stack out of danger

_NON_ASCII = regex(r"[^\x00-\x7f]")
_HEREDOC = regex(
    r"""
    \\. | '[^']*+' | "(?:[^"\\]++|\\.)*+" | (?P<string><<<) | \(\( (?:[^()]|\([^()]*\))* \)\)
  | (?P<comment>(?<![^\s;&|(])\#[^\n]*)
  | (?P<operator><<-?) [ \t]* (?P<name>(?:[^\s"'\\;&|<>()]++ | \\. | '[^'\n]*' | "[^"\n]*")++)
  | (?P<newline>\n)
    """,
    re.VERBOSE | re.DOTALL,
)
_QUOTED = r"""\\. | '[^']*+' | "(?:[^"\\]++|\\.)*+\""""
_REMARK = regex(
    rf"""
    {_QUOTED} | (?P<remark>`\s*(?:\#|:\s)[^`]*`)
    """,
    re.VERBOSE | re.DOTALL,
)
_CLOSED = regex(
    rf"""
    {_QUOTED}
  | (?P<closed>(?<![\w$./-])(?:fi|done|esac)|[)}}])\s
    (?=\s*(?:fi|done|esac|then|do|else|elif|}})(?![\w./=-]))
    """,
    re.VERBOSE | re.DOTALL,
)
_SEPARATORS = frozenset([";", "&", "\n", ";;"])
_REDIRECTS = frozenset(["file_redirect", "herestring_redirect"])
_EXPRESSIONS = frozenset(
    ["binary_expression", "negation_expression", "parenthesized_expression", "unary_expression"]
)
_BEGINS_SUBSTITUTION = regex(r"\$\(|`|[<>]\(")
_SUBSTITUTIONS = frozenset(["command_substitution", "process_substitution"])


@cache
def _parser() -> Parser:
    import tree_sitter

    return tree_sitter.Parser(tree_sitter.Language(_grammar()))


def _grammar() -> object:
    """Load tree_sitter_bash's extension alone: its package imports importlib.resources, for queries
    that nobody asks for, and that took a third of the time in which one small file is checked
    (12 of 35 ms of the parser, Python 3.11).
    """
    from importlib.machinery import PathFinder
    from importlib.util import find_spec, module_from_spec

    package = find_spec("tree_sitter_bash")
    spec = package and PathFinder.find_spec(
        "tree_sitter_bash._binding", package.submodule_search_locations
    )
    if spec is None or spec.loader is None:
        from tree_sitter_bash import language

        return language()
    binding = module_from_spec(spec)
    spec.loader.exec_module(binding)
    return binding.language()


def structured(text: str) -> tuple[Node, bool]:
    """Read a script; the second value is False where a part of it could not be read."""
    plain, bodies = _without_heredocs(_NON_ASCII.sub("x", text))
    plain = _without_remarks(plain)
    node, whole = _read(plain, bodies)
    return (node, whole) if whole else _read(_separated(plain), bodies)


def _read(plain: str, bodies: dict[int, Extent | None]) -> tuple[Node, bool]:
    root = _parser().parse(plain.encode("ascii")).root_node
    reader = _Reader(plain, bodies)
    reader.note(root)
    return reader.sequence(root.children, Extent(0, len(plain)), 0), reader.whole


def _without_remarks(text: str) -> str:
    """Blank what people write for a comment between the words of a command, and expands to
    nothing: `` `# why` ``, `` `: why` ``.
    """
    if "`" not in text:
        return text
    return _REMARK.sub(_blank, text)


def _blank(found: re.Match[str]) -> str:
    """Return as many blanks as a remark has characters; what is quoted stays."""
    return " " * len(found[0]) if found["remark"] else found[0]


def _separated(text: str) -> str:
    """Write the `;` between two reserved words that a shell needs not, but the grammar: `done
    fi`.
    """
    return _CLOSED.sub(lambda found: f"{found['closed']};" if found["closed"] else found[0], text)


def _without_heredocs(text: str) -> tuple[str, dict[int, Extent | None]]:
    """Blank the bodies of here-documents and turn `<<END` and `<<<` into `<`: the grammar trips
    over what follows them.

    Returns text of the same length, and for each operator's offset the extent of its body (None for
    `<<<`).
    """
    if "<<" not in text:
        return text, {}
    out: list[str] = []
    bodies: dict[int, Extent | None] = {}
    waiting: list[tuple[int, str, bool]] = []
    at = done = 0
    while match := _HEREDOC.search(text, at):
        at = match.end()
        if match["string"]:
            bodies[match.start()] = None
            out += [text[done : match.start()], "<  "]
            done = at
        elif match["operator"]:
            start = match.start("operator")
            waiting.append(
                (start, re.sub(r"[\\'\"]", "", match["name"]), match["operator"] == "<<-")
            )
            out += [text[done:start], "<", " " * (match.end("operator") - start - 1)]
            done = match.end("operator")
        elif match["newline"] and waiting:
            out.append(text[done:at])
            start = at
            for operator, name, tabs in waiting:
                body, at = _heredoc_body(text, at, name, tabs=tabs)
                bodies[operator] = body
            out.append(re.sub(r"[^\n]", " ", text[start:at]))
            done, waiting = at, []
    for operator, _, _ in waiting:
        bodies[operator] = Extent(len(text), len(text))
    return "".join([*out, text[done:]]), bodies


def _heredoc_body(text: str, at: int, name: str, *, tabs: bool) -> tuple[Extent, int]:
    """Return a body's extent and the offset after its last line; without one it runs to the end."""
    indent = r"\t*" if tabs else ""
    end = re.compile(rf"^{indent}{re.escape(name)}$\n?", re.MULTILINE).search(text, at)
    return (Extent(at, end.start()), end.end()) if end else (Extent(at, len(text)), len(text))


class _Reader:
    """Turns tree nodes into `Node`s. `whole` becomes False at the first part that the grammar did
    not take.
    """

    def __init__(self, text: str, bodies: dict[int, Extent | None]) -> None:
        self.text, self.bodies, self.whole = text, bodies, True

    def sequence(self, children: Iterable[TreeNode], extent: Extent, depth: int) -> Node:
        """Read statements and what ends each."""
        parts: list[Node] = []
        ends: list[str] = []
        for child in children:
            if child.is_named:
                found = self.statement(child, depth)
                parts += found
                ends += [";"] * len(found)
            elif child.type in _SEPARATORS and ends:
                ends[-1] = child.type
        return Node("sequence", extent, tuple(parts), operators=tuple(ends))

    def statement(self, node: TreeNode, depth: int) -> list[Node]:
        """Read one statement; a damaged place may hold several or none."""
        if depth > MAX_DEPTH:
            self.whole = False
            return []
        self.note(node)
        method = getattr(self, f"_{node.type}", None)
        if method:
            read: Node = method(node, depth + 1)
            return [read]
        if node.type == "ERROR":
            return [
                part
                for child in node.children
                if child.is_named
                for part in self.statement(child, depth + 1)
            ]
        return []

    def note(self, node: TreeNode) -> None:
        """Look whether a part of `node` is missing or was not understood; a stray separator is no
        matter.
        """
        if node.has_error:
            for child in node.children:
                text = self.text[child.start_byte : child.end_byte]
                if child.is_missing or (child.type == "ERROR" and text.strip(" \t\n;&")):
                    self.whole = False

    def _one(self, node: TreeNode, depth: int) -> Node:
        """Read a node that must be one statement."""
        found = self.statement(node, depth)
        return (
            found[0]
            if len(found) == 1
            else Node("sequence", _extent(node), tuple(found), operators=(";",) * len(found))
        )

    def _command(self, node: TreeNode, depth: int) -> Node:
        words: list[Extent] = []
        redirects: list[RawRedirect] = []
        inner: list[Node] = []
        for child in node.children:
            if child.type in _REDIRECTS:
                self._redirect(child, redirects, words)
            elif child.type != "ERROR":
                _add(words, _extent(child))
            self._substitutions(child, inner, depth)
        return Node(
            "simple",
            _extent(node),
            words=tuple(words),
            redirects=tuple(redirects),
            inner=tuple(inner),
        )

    _declaration_command = _unset_command = _command

    def _variable_assignment(self, node: TreeNode, depth: int) -> Node:
        return self._simple(node, [node], depth)

    def _variable_assignments(self, node: TreeNode, depth: int) -> Node:
        return self._simple(node, node.named_children, depth)

    def _simple(self, node: TreeNode, words: Sequence[TreeNode], depth: int) -> Node:
        extents = tuple(map(_extent, words))
        return Node("simple", _extent(node), words=extents, inner=self._inner([node], depth))

    def _inner(self, nodes: Iterable[TreeNode], depth: int) -> tuple[Node, ...]:
        """Return the scripts of the substitutions in words."""
        inner: list[Node] = []
        for node in nodes:
            self._substitutions(node, inner, depth)
        return tuple(inner)

    def _substitutions(self, node: TreeNode, inner: list[Node], depth: int) -> None:
        """Collect the scripts of `$(...)`, backquotes and `<(...)` below `node`."""
        text = self.text[node.start_byte : node.end_byte]
        if depth > MAX_DEPTH or not _BEGINS_SUBSTITUTION.search(text):
            return
        if node.type in _SUBSTITUTIONS:
            inner.append(
                Node(
                    "subshell",
                    _extent(node),
                    (self.sequence(node.children, _extent(node), depth + 1),),
                )
            )
            return
        for child in node.named_children:
            self._substitutions(child, inner, depth + 1)

    def _redirect(self, node: TreeNode, redirects: list[RawRedirect], words: list[Extent]) -> None:
        """Read a redirect; the grammar takes words after its target for further targets, they are
        arguments.
        """
        operator, fd, targets = "<<<", -1, []
        start = node.start_byte
        for child in node.children:
            if child.type == "file_descriptor":
                digits = self.text[child.start_byte : child.end_byte]
                descriptor = number(digits)
                fd = -1 if descriptor is None else descriptor
                start = child.end_byte
            elif not child.is_named:
                operator = child.type
            else:
                targets.append(_extent(child))
        body = self.bodies.get(start)
        operator = ("<<" if body else "<<<") if start in self.bodies else operator
        redirects.append(
            RawRedirect(operator, fd, targets[0] if targets and not body else None, body)
        )
        for extent in targets[1:]:
            _add(words, extent)

    def _list(self, node: TreeNode, depth: int) -> Node:
        """Read commands joined by `&&`, `||`, `|`, with their redirects.

        The grammar nests them by the left and now and then takes `a | b && c` for `a | (b && c)`,
        so they are laid flat and joined again: `|` binds tighter.
        """
        chain: list[Node] = []
        operators: list[str] = []
        for operator, part in self._joined(node, depth):
            if operator.startswith("|") and operator != "||" and chain:
                before = chain[-1]
                parts = (
                    before.parts if before.kind == "pipe" and not before.redirects else (before,)
                )
                chain[-1] = Node(
                    "pipe", Extent(before.extent.start, part.extent.end), (*parts, part)
                )
            else:
                chain.append(part)
                operators.append(operator if chain[1:] else "")
        if len(chain) == 1:
            return chain[0]
        return Node("chain", _extent(node), tuple(chain), operators=tuple(operators))

    _pipeline = _redirected_statement = _list

    def _joined(self, node: TreeNode, depth: int) -> Iterator[tuple[str, Node]]:
        """Yield the commands below `node` with the operator before each."""
        stack: list[tuple[str, TreeNode, tuple[TreeNode, ...]]] = [("", node, ())]
        while stack:
            operator, child, redirects = stack.pop()
            self.note(child)
            if child.type in {"list", "pipeline"}:
                stack += reversed(_children(operator, child, redirects))
            elif child.type == "redirected_statement" and (
                body := child.child_by_field_name("body")
            ):
                own = tuple(inner for inner in child.children if inner.type in _REDIRECTS)
                stack.append((operator, body, own + redirects))
            else:
                yield from ((operator, part) for part in self._redirected(child, redirects, depth))

    def _redirected(
        self, node: TreeNode, redirects: tuple[TreeNode, ...], depth: int
    ) -> list[Node]:
        """Read one command with the redirects that stand after it."""
        if node.type == "redirected_statement":  # redirects alone
            found, redirects = [Node("simple", _extent(node))], (*node.children, *redirects)
        else:
            found = self.statement(node, depth)
        raw: list[RawRedirect] = []
        words: list[Extent] = []
        for redirect in redirects:
            self._redirect(redirect, raw, words)
        if found and raw:
            last = found[-1]
            found[-1] = last._replace(
                redirects=(*last.redirects, *raw),
                words=(*last.words, *words),
                extent=Extent(last.extent.start, redirects[-1].end_byte),
                inner=(*last.inner, *self._inner(redirects, depth)),
            )
        return found

    def _subshell(self, node: TreeNode, depth: int) -> Node:
        return Node(
            "subshell", _extent(node), (self.sequence(node.children, _extent(node), depth),)
        )

    def _compound_statement(self, node: TreeNode, depth: int) -> Node:
        if node.children and node.children[0].type == "((":
            return Node("test", _extent(node))
        return Node("group", _extent(node), (self.sequence(node.children, _extent(node), depth),))

    def _test_command(self, node: TreeNode, depth: int) -> Node:
        if node.children and node.children[0].type == "((":
            return Node("test", _extent(node))
        words = tuple(_tokens(node))
        return Node("simple", _extent(node), words=words, inner=self._inner([node], depth))

    def _negated_command(self, node: TreeNode, depth: int) -> Node:
        parts = [part for child in node.named_children for part in self.statement(child, depth)]
        return Node("not", _extent(node), tuple(parts))

    def _if_statement(self, node: TreeNode, depth: int) -> Node:
        parts: list[Node] = []
        self._clauses(node, parts, depth)
        return Node("if", _extent(node), tuple(parts))

    def _clauses(self, node: TreeNode, parts: list[Node], depth: int) -> None:
        """Add condition and branch of an `if` or `elif`, and the clauses after them."""
        run: list[TreeNode] = []
        for child in node.children:
            if child.type in {"elif_clause", "else_clause"}:
                self._flush(run, parts, depth)
                if child.type == "elif_clause":
                    self._clauses(child, parts, depth)
                else:
                    self._flush(child.children, parts, depth)
            elif child.type in {"then", "fi"}:
                self._flush(run, parts, depth)
            elif child.type not in {"if", "elif"}:
                run.append(child)
        self._flush(run, parts, depth)

    def _flush(self, run: list[TreeNode], parts: list[Node], depth: int) -> None:
        if run:
            parts.append(self.sequence(run, Extent(run[0].start_byte, run[-1].end_byte), depth))
            run.clear()

    def _while_statement(self, node: TreeNode, depth: int) -> Node:
        condition = [
            child for child in node.children if child.type not in {"while", "until", "do_group"}
        ]
        return Node(
            "while",
            _extent(node),
            (self.sequence(condition, _extent(node), depth), self._body(node, depth)),
        )

    def _for_statement(self, node: TreeNode, depth: int) -> Node:
        words = [
            child
            for child in node.named_children
            if child.type not in {"do_group", "comment", "ERROR"}
        ]
        return Node(
            "for",
            _extent(node),
            (self._body(node, depth),),
            tuple(map(_extent, words)),
            inner=self._inner(words, depth),
        )

    def _c_style_for_statement(self, node: TreeNode, depth: int) -> Node:
        return Node("while", _extent(node), (Node("test", _extent(node)), self._body(node, depth)))

    def _body(self, node: TreeNode, depth: int) -> Node:
        body = node.child_by_field_name("body")
        return self.sequence(body.children if body else (), _extent(body or node), depth)

    def _case_statement(self, node: TreeNode, depth: int) -> Node:
        items = [child for child in node.named_children if child.type == "case_item"]
        branches = tuple(self._case_item(item, depth) for item in items)
        subject = node.child_by_field_name("value")
        inner = self._inner([subject] if subject else (), depth)
        return Node("case", _extent(node), branches, inner=inner)

    def _case_item(self, node: TreeNode, depth: int) -> Node:
        closing = next((at for at, child in enumerate(node.children) if child.type == ")"), -1)
        return self.sequence(node.children[closing + 1 :], _extent(node), depth)

    def _function_definition(self, node: TreeNode, depth: int) -> Node:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        return Node(
            "function",
            _extent(node),
            (self._one(body, depth),) if body else (),
            (_extent(name),) if name else (),
        )


def _extent(node: TreeNode) -> Extent:
    return Extent(node.start_byte, node.end_byte)


def _tokens(node: TreeNode) -> Iterator[Extent]:
    """Yield the words of a test, the brackets and operators among them."""
    for child in node.children:
        if child.type in _EXPRESSIONS:
            yield from _tokens(child)
        else:
            yield _extent(child)


def _add(words: list[Extent], extent: Extent) -> None:
    """Append a word, or the rest of one that the grammar cut in two."""
    if words and words[-1].end == extent.start:
        words[-1] = Extent(words[-1].start, extent.end)
    elif extent.end > extent.start:
        words.append(extent)


def _children(
    operator: str, node: TreeNode, redirects: tuple[TreeNode, ...]
) -> list[tuple[str, TreeNode, tuple[TreeNode, ...]]]:
    """Return what a list or pipeline joins; redirects after it belong to the last command."""
    found: list[tuple[str, TreeNode, tuple[TreeNode, ...]]] = []
    for child in node.children:
        if not child.is_named:
            operator = child.type
        elif child.type != "comment":
            found.append((operator, child, ()))
    if found:
        found[-1] = (*found[-1][:2], redirects)
    return found
