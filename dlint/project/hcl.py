"""HCL as Bake files use it (https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md): blocks,
and what their expressions are worth.

Whatever is not known raises UnknownValueError, so that one attribute is unknown and the others are
not. The text is a stranger's: sizes, depths and steps have limits.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard

from dlint.manifests.loading import FormatError
from dlint.project.hcl_functions import FUNCTIONS, UnknownValueError, Weights, number, text_of
from dlint.text.patterns import regex
from dlint.text.safe import nests_deeper
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


LONGEST = 100_000  # characters; the parser takes about 1 s for as many
MOST_HEREDOCS = 300  # each one is looked for up to the end of the file
MOST_STEPS = 50_000  # expressions worked out for one file
TEMPLATE_STEPS = 50  # that one counts which has to be parsed by itself
DEEPEST = 100  # expressions within one another, functions that call themselves included
_ESCAPE = regex(r"\\(?:(n|r|t|\"|\\)|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_HEREDOC = regex(r"<<(-?)([\w.-]+)\r?\n([\s\S]*?)[ \t]*\2\r?\n?\Z")
_TEMPLATE = regex(r"(\$\$|%%)\{|\$\{|%\{")
_BRACE = regex(r"[{}]")
_LOGIC: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "&&": lambda left, right: left and right,
    "||": lambda left, right: left or right,
}
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


class Node(Protocol):
    """A tree of the parser's: a rule's name, and what it holds, which are trees and texts."""

    @property
    def data(self) -> str:
        """The rule's name."""

    @property
    def children(self) -> list[Any]:
        """What it holds."""

    @property
    def meta(self) -> Any:  # noqa: ANN401  the parser's own
        """Where it stands."""


class Block(NamedTuple):
    """A block: its kind, its labels, its line, and its attributes, which are expressions."""

    kind: str
    labels: tuple[str, ...]
    line: int
    attributes: dict[str, Any]


class Written(NamedTuple):
    """A text in which `${…}` stands for values, as JSON has it."""

    text: str


def parse_hcl(text: str) -> tuple[list[Block], dict[str, Any]]:
    """Return the blocks of a file and the attributes outside of them. Raises FormatError."""
    blocks: list[Block] = []
    outside: dict[str, Any] = {}
    for node in _trees(_parsed(text).children[0]):
        if node.data == "attribute":
            outside.update([_attribute(node)])
        elif node.data == "block":
            blocks.append(_block(node))
    return blocks, outside


def _parsed(text: str) -> Node:
    from hcl2 import parses_to_tree
    from lark.exceptions import LarkError, UnexpectedInput

    if len(text) > LONGEST or text.count("<<") > MOST_HEREDOCS or nests_deeper(text):
        raise FormatError("it is too large, or nests too deep")
    try:
        tree: Node = parses_to_tree(text if text.endswith("\n") else text + "\n")
    except UnexpectedInput as error:
        raise FormatError(f"line {error.line}, column {error.column}: it is no HCL") from None
    except (LarkError, RecursionError) as error:
        raise FormatError(f"it is no HCL: {str(error)[:80]}") from None
    return tree


def _is_node(value: object) -> TypeGuard[Node]:
    return hasattr(value, "children")


def _trees(node: object) -> Iterator[Node]:
    """Yield what a node holds, without signs and comments."""
    for each in node.children if _is_node(node) else ():
        if _is_node(each) and each.data != "new_line_or_comment":
            yield each


def _attribute(node: Node) -> tuple[str, Any]:
    name, value = _trees(node)
    return _word(name), value


def _block(node: Node) -> Block:
    *words, body = _trees(node)
    attributes = dict(_attribute(each) for each in _trees(body) if each.data == "attribute")
    kind, *labels = map(_word, words)
    return Block(kind, tuple(labels), node.meta.line, attributes)


def _word(node: Node) -> str:
    """Return the text of a name, or of a string without anything to fill in."""
    parts = (_word(each) if _is_node(each) else str(each) for each in node.children)
    return "".join(parts).strip('"')


class Scope:
    """What names stand for: variables, worked out when they are asked for, and functions."""

    def __init__(self, variables: Mapping[str, Any], functions: Mapping[str, Block]) -> None:
        self._expressions = variables
        self._functions = functions
        self._known: dict[str, Any] = {}
        self._asked: set[str] = set()
        self._locals: list[Mapping[str, Any]] = []
        self._weights = Weights()
        self._steps = 0
        self._depth = 0

    def value(self, expression: Any, local: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401  as HCL
        """Return what an expression is worth where the names of `local` are known, too.

        Raises UnknownValueError.
        """
        if local is not None:
            self._locals.append(local)
        self._depth += 1
        self._steps += 1
        try:
            if self._depth > DEEPEST or self._steps > MOST_STEPS:
                raise UnknownValueError("it takes too many steps")
            return self._weights.bounded(self._worth(expression))
        except (TypeError, ArithmeticError, ValueError, LookupError) as error:
            raise UnknownValueError(f"{type(error).__name__}: {error}"[:100]) from None
        finally:
            self._depth -= 1
            if local is not None:
                self._locals.pop()

    def name(self, name: str) -> Any:  # noqa: ANN401  as HCL
        """Return what a name stands for. Raises UnknownValueError."""
        if self._locals and name in self._locals[-1]:
            return self._locals[-1][name]
        if name in self._known:
            return self._known[name]
        if name not in self._expressions or name in self._asked:
            raise UnknownValueError(f"nothing says what `{name}` is")
        self._asked.add(name)
        try:
            self._known[name] = self.value(self._expressions[name], {})
        finally:
            self._asked.discard(name)
        return self._known[name]

    def branches(self, expression: object) -> tuple[Any, ...]:
        """Return both values of a conditional that asks for what the environment sets; nothing for
        another expression. Raises UnknownValueError.
        """
        node = _inner(expression)
        if not _is_node(node) or node.data != "conditional":
            return ()
        condition, *both = _trees(node)
        is_open = any(map(self._is_of_environment, _names_in(condition)))
        return tuple(map(self.value, both)) if is_open else ()

    def _is_of_environment(self, name: str) -> bool:
        """Tell whether a variable says by itself that something else sets it: `A = "$A"`."""
        return name in self._expressions and self.name(name) == f"${name}"

    def parts(self, expression: object) -> dict[str, Any] | None:
        """Return the expressions of an object by their keys; None where none is written."""
        node = _inner(expression)
        if isinstance(node, dict):
            return node
        if not _is_node(node) or node.data != "object":
            return None
        pairs = (tuple(_trees(element)) for element in _trees(node))
        return {self._key(key): value for key, value in pairs}

    def _worth(self, expression: Any) -> Any:  # noqa: ANN401  as HCL
        match expression:
            case Written(text):
                return self._template(text)
            case dict():
                return {key: self.value(each) for key, each in expression.items()}
            case list():
                return [self.value(each) for each in expression]
            case _ if _is_node(expression):
                reader = getattr(self, f"_read_{expression.data}", None)
                if reader is None:
                    raise UnknownValueError(f"`{expression.data}` is not worked out")
                return reader(expression, [*_trees(expression)])
            case _:
                return expression

    def _read_expr_term(self, _: Node, parts: list[Node]) -> Any:  # noqa: ANN401  as HCL
        return self.value(parts[0])

    def _read_identifier(self, node: Node, _: list[Node]) -> Any:  # noqa: ANN401  as HCL
        return self.name(_word(node))

    def _read_literal_value(self, node: Node, _: list[Node]) -> bool | None:
        return {"true": True, "false": False}.get(_word(node))

    def _read_int_lit(self, node: Node, _: list[Node]) -> int:
        return int(_word(node))

    def _read_float_lit(self, node: Node, _: list[Node]) -> float:
        return float(_word(node))

    def _read_tuple(self, _: Node, parts: list[Node]) -> list[Any]:
        return [self.value(each) for each in parts]

    def _read_object(self, _: Node, parts: list[Node]) -> dict[str, Any]:
        found = {}
        for element in parts:
            key, value = _trees(element)
            found[self._key(key)] = self.value(value)
        return found

    def _key(self, node: Node) -> str:
        """Return an object's key: a bare name stands for itself."""
        inner = next(_trees(node), node)
        names = [*_trees(inner)]
        is_bare = len(names) == len(inner.children) == 1 and names[0].data in {
            "identifier",
            "literal_value",
        }
        return _word(inner) if is_bare or inner is node else text_of(self.value(inner))

    def _read_string(self, _: Node, parts: list[Node]) -> Any:  # noqa: ANN401  as HCL
        values = [self._part(part) for part in parts]
        return values[0] if len(values) == 1 else "".join(map(text_of, values)) if values else ""

    def _part(self, part: Node) -> Any:  # noqa: ANN401  as HCL
        inner = next(_trees(part), None)
        if inner is not None:
            return self.value(inner)
        text = str(part.children[0])
        return text[1:] if text.startswith(("$${", "%%{")) else _unescaped(text)

    def _read_interpolation(self, _: Node, parts: list[Node]) -> Any:  # noqa: ANN401  as HCL
        return self.value(parts[0])

    def _read_heredoc_template(self, node: Node, _: list[Node]) -> str:
        found = _HEREDOC.match(str(node.children[0]))
        if found is None:
            raise UnknownValueError("a heredoc that is not understood")
        lines = found[3].split("\n")
        if found[1]:
            filled = [line for line in lines if line.strip()]
            indent = min((len(line) - len(line.lstrip()) for line in filled), default=0)
            lines = [line[indent:] for line in lines]
        return text_of(self._template("\n".join(lines)))

    _read_heredoc_template_trim = _read_heredoc_template

    def _template(self, text: str) -> Any:  # noqa: ANN401  as HCL
        """Return a text with each `${…}` in it filled in; what is nothing else keeps its type."""
        found: list[Any] = []
        at = 0
        while sign := _TEMPLATE.search(text, at):
            found.append(text[at : sign.start()])
            at = sign.end()
            if sign[1]:
                found.append(sign[0][1:])
                continue
            if sign[0] == "%{":
                raise UnknownValueError("`%{…}` is not worked out")
            end = _closing(text, at)
            self._steps += TEMPLATE_STEPS
            found.append(self.value(_expression(text[at:end])))
            at = end + 1
        found = [each for each in (*found, text[at:]) if each != ""]
        return found[0] if len(found) == 1 else "".join(map(text_of, found))

    def _read_conditional(self, _: Node, parts: list[Node]) -> Any:  # noqa: ANN401  as HCL
        condition, yes, no = parts
        return self.value(yes if _truth(self.value(condition)) else no)

    def _read_binary_op(self, _: Node, parts: list[Node]) -> Any:  # noqa: ANN401  as HCL
        left, term = parts
        sign, right = _trees(term)
        name, values = _word(sign).strip(), (self.value(left), self.value(right))
        if name in _LOGIC:
            return _LOGIC[name](*values)
        return _ARITHMETIC[name](*map(number, values))

    def _read_unary_op(self, node: Node, parts: list[Node]) -> Any:  # noqa: ANN401  as HCL
        value = self.value(parts[0])
        return not _truth(value) if str(node.children[0]) == "!" else -number(value)

    def _read_get_attr_expr_term(self, _: Node, parts: list[Node]) -> Any:  # noqa: ANN401  as HCL
        whole, attribute = parts
        return FUNCTIONS["index"](self.value(whole), _word(next(_trees(attribute))))

    def _read_index_expr_term(self, _: Node, parts: list[Node]) -> Any:  # noqa: ANN401  as HCL
        whole, index = parts
        inner = next(_trees(index), None)
        key = int(str(index.children[-1])) if inner is None else self.value(inner)
        return FUNCTIONS["index"](self.value(whole), key)

    def _read_function_call(self, _: Node, parts: list[Node]) -> Any:  # noqa: ANN401  as HCL
        name, *rest = parts
        written = [*_trees(rest[0])] if rest else []
        called = _word(name)
        if called in {"try", "can"}:
            return self._tried(called, written)
        values = [self.value(each) for each in written]
        if called in self._functions:
            return self._own(self._functions[called], values)
        if called not in FUNCTIONS:
            raise UnknownValueError(f"`{called}` is not worked out")
        return FUNCTIONS[called](*values)

    def _tried(self, called: str, written: list[Node]) -> Any:  # noqa: ANN401  as HCL
        for each in written:
            try:
                value = self.value(each)
            except UnknownValueError:
                continue
            return True if called == "can" else value
        if called == "can":
            return False
        raise UnknownValueError("nothing that `try` tries is known")

    def _own(self, function: Block, values: list[Any]) -> Any:  # noqa: ANN401  as HCL
        names = [_word(each) for each in _trees(_inner(function.attributes.get("params")))]
        local: dict[str, Any] = dict(zip(names, values, strict=False))
        if more := function.attributes.get("variadic_params") or function.attributes.get(
            "variadic_param"
        ):
            local[_word(_inner(more)).strip("[]")] = values[len(names) :]
        return self.value(function.attributes["result"], local)

    def _read_for_tuple_expr(self, _: Node, parts: list[Node]) -> list[Any]:
        intro, each, *condition = parts
        return [self.value(each, local) for local in self._rounds(intro, condition)]

    def _read_for_object_expr(self, _: Node, parts: list[Node]) -> dict[str, Any]:
        intro, key, each, *condition = parts
        return {
            text_of(self.value(key, local)): self.value(each, local)
            for local in self._rounds(intro, condition)
        }

    def _rounds(self, intro: Node, condition: list[Node]) -> Iterator[dict[str, Any]]:
        """Yield the names of each round of a `for`."""
        *names, over = _trees(intro)
        values = self.value(over)
        pairs = values.items() if isinstance(values, dict) else enumerate(values)
        outer = self._locals[-1] if self._locals else {}
        for pair in pairs:
            local = {
                **outer,
                **dict(zip(map(_word, names), pair[-len(names) :], strict=True)),
            }
            if not condition or _truth(self.value(next(_trees(condition[0])), local)):
                yield local


def _inner(node: object) -> Any:  # noqa: ANN401  as HCL
    """Return the one expression within terms."""
    inner = next(_trees(node), None)
    return _inner(inner) if inner is not None and getattr(node, "data", "") == "expr_term" else node


def _names_in(node: object) -> Iterator[str]:
    """Yield the names that stand in an expression, at any depth."""
    for each in _trees(node):
        if each.data == "identifier":
            yield _word(each)
        yield from _names_in(each)


def _truth(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value in {"true", "false"}:
        return value == "true"
    raise UnknownValueError("a condition that is not true or false")


def _closing(text: str, at: int) -> int:
    depth = 1
    for brace in _BRACE.finditer(text, at):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            return brace.start()
    raise UnknownValueError("`${` is not closed")


def _expression(text: str) -> Any:  # noqa: ANN401  as HCL
    try:
        _, outside = parse_hcl(f"value = {text}\n")
    except FormatError:
        raise UnknownValueError("an expression that is not understood") from None
    return outside.get("value")


def _unescaped(text: str) -> str:
    def plain(found: Any) -> str:  # noqa: ANN401  a match
        code = found[2] or found[3]
        return chr(int(code, 16)) if code else _ESCAPES.get(found[1], found[1])

    return _ESCAPE.sub(plain, text)
