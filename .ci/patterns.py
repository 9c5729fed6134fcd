"""Holds how long regular expressions may take: `python .ci/patterns.py [--list] [ROOT]`.

Each expression of the code is read as an automaton, whose states are its characters. It is a fault

- where one state leads back to itself in two ways on the same text: time grows exponentially;
- where one loop leads into another on a text that both take: it grows with the square at least;
- where an expression that is searched for begins with a loop that something must follow: as well,
  since each character begins the search anew.

After a possessive loop or in an atomic group nothing is tried again (`*+`, `(?>…)`). Bounded
repeats count as none. What an expression is made of at run time, beside the constants of its
module, counts as a letter. `.ci/patterns.toml` holds the exceptions by module and line's text, each
with its reason; a line of it that is needed no more is an error too.
"""

from __future__ import annotations

import ast
import importlib
import re
import sys
import tomllib
from functools import cache
from itertools import product
from pathlib import Path
from re import _constants as sre, _parser
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

CODE = {"dlint": "dlint", "rules": "dlint_rules"}
ALLOWED = ".ci/patterns.toml"
COMPILERS = {"regex", "compile"}
ANCHORED = {"match", "fullmatch"}
SEARCHING = {"search", "sub", "subn", "split", "findall", "finditer"}
# One of each kind of character that expressions tell apart.
SAMPLES = "".join(map(chr, range(128))) + "\x85é²\u2028"
ANY = (1 << len(SAMPLES)) - 1


class Part(NamedTuple):
    """A piece of an automaton: the states that it may begin and end with; whether it may be
    empty.
    """

    first: frozenset[int]
    last: frozenset[int]
    empty: bool


NOTHING = Part(frozenset(), frozenset(), empty=True)


class Automaton:
    """The states of an expression, each with the characters that lead to it, and what follows."""

    def __init__(self, pattern: str, flags: int, *, searched: bool) -> None:
        """Read an expression; raises re.error."""
        tree = _parser.parse(pattern, flags)
        self.flags = tree.state.flags
        self.masks: list[int] = []
        self.after: list[dict[int, int]] = []  # by the next state, the characters that lead there
        whole = self._sequence(tree)
        self.ends = whole.last
        self.start = None
        if searched and not _is_guarded(tree):
            self.start = self._state(ANY)
            self._join(Part(frozenset([self.start]), frozenset([self.start]), empty=False), whole)
            self.after[self.start][self.start] = ANY

    def _state(self, mask: int) -> int:
        self.masks.append(mask)
        self.after.append({})
        return len(self.masks) - 1

    def _join(self, one: Part, other: Part, barred: int = 0) -> None:
        for before, behind in product(one.last, other.first):
            mask = self.masks[behind] & ~barred
            self.after[before][behind] = self.after[before].get(behind, 0) | mask

    def _sequence(self, items: Iterable[tuple[Any, Any]]) -> Part:
        done, barred = NOTHING, 0
        for op, value in items:
            part = self._part(op, value)
            self._join(done, part, barred)
            done = Part(
                done.first | part.first if done.empty else done.first,
                part.last | done.last if part.empty else part.last,
                done.empty and part.empty,
            )
            if op is sre.POSSESSIVE_REPEAT:
                barred = self._begins(part)
            elif not part.empty:
                barred = 0
        return done

    def _begins(self, part: Part) -> int:
        mask = 0
        for state in part.first:
            mask |= self.masks[state]
        return mask

    def _part(self, op: Any, value: Any) -> Part:  # noqa: ANN401  as the library's
        match op:
            case sre.LITERAL | sre.NOT_LITERAL | sre.ANY | sre.IN | sre.RANGE | sre.CATEGORY:
                state = self._state(_mask(op, _hashable(value), self.flags))
                return Part(frozenset([state]), frozenset([state]), empty=False)
            case sre.SUBPATTERN | sre.ATOMIC_GROUP:
                return self._sequence(value[3] if op is sre.SUBPATTERN else value)
            case sre.AT if value is sre.AT_BEGINNING and self.flags & re.MULTILINE:
                state = self._state(_mask(sre.LITERAL, 10, self.flags))  # the line end before
                return Part(frozenset([state]), frozenset([state]), empty=False)
            case sre.BRANCH:
                return self._branch([self._sequence(each) for each in value[1]])
            case sre.MAX_REPEAT | sre.MIN_REPEAT | sre.POSSESSIVE_REPEAT:
                return self._repeat(*value, possessive=op is sre.POSSESSIVE_REPEAT)
            case _:  # anchors, and what is looked ahead or back at
                return NOTHING

    @staticmethod
    def _branch(parts: Sequence[Part]) -> Part:
        return Part(
            frozenset().union(*(each.first for each in parts)),
            frozenset().union(*(each.last for each in parts)),
            any(each.empty for each in parts),
        )

    def _repeat(self, least: int, most: Any, body: Any, *, possessive: bool) -> Part:  # noqa: ANN401  as the library's
        part = self._sequence(body)
        if most is sre.MAXREPEAT and (not possessive or self._is_single(part)):
            self._join(part, part)
        return part._replace(empty=part.empty or least == 0)

    @staticmethod
    def _is_single(part: Part) -> bool:
        return len(part.first) == 1 and part.first == part.last

    def faults(self) -> Iterator[str]:
        """Yield what makes it take longer than in proportion."""
        loops = [each for each in range(len(self.masks)) if each in self._reached(each)]
        for state in loops:
            if state != self.start and self._returns_in_two_ways(state):
                yield "exponential: a loop takes the same text in two ways"
                break
        for one, other in product(loops, loops):
            if one != other and other not in self.ends and self._leads_to(one, other):
                begins = one == self.start
                where = "each place begins anew" if begins else "one loop leads to another"
                yield f"quadratic: {where}, as on {self._leads_to(one, other)!r}"
                break

    def _reached(self, state: int) -> set[int]:
        found: set[int] = set()
        todo = [state]
        while todo:
            for behind, mask in self.after[todo.pop()].items():
                if mask and behind not in found:
                    found.add(behind)
                    todo.append(behind)
        return found

    def _returns_in_two_ways(self, state: int) -> bool:
        """Tell whether a state comes back to itself by two different ways on the same text."""
        before: dict[tuple[int, int], list[tuple[int, int]]] = {}
        todo = [(state, state)]
        while todo:
            pair = todo.pop()
            for each in self._together(pair):
                if each not in before:
                    before[each] = []
                    todo.append(each)
                before[each].append(pair)
        back: set[tuple[int, int]] = set()
        todo = [(state, state)]
        while todo:
            for each in before.get(todo.pop(), ()):
                if each not in back:
                    back.add(each)
                    todo.append(each)
        return any(one != other for one, other in back)

    def _together(self, pair: tuple[int, int]) -> Iterator[tuple[int, int]]:
        ways = product(self.after[pair[0]].items(), self.after[pair[1]].items())
        return ((one, other) for (one, mask), (other, also) in ways if mask & also)

    def _leads_to(self, one: int, other: int) -> str:
        """Return a text that both loops of one state each take, and that leads from one to the
        other; empty where there is none.
        """
        if one not in self.after[one] or other not in self.after[other]:
            return ""  # of longer loops only the exponential ones are told
        both = self.masks[one] & self.masks[other]
        texts = {one: ""}
        todo = [one]
        while todo and both:
            here = todo.pop(0)
            for behind, mask in self.after[here].items():
                if mask & both and behind not in texts:
                    texts[behind] = texts[here] + _sample(mask & both)
                    todo.append(behind)
        return texts.get(other, "")


def _sample(mask: int) -> str:
    """Return one of the samples, a visible one if there is any."""
    signs = [sign for at, sign in enumerate(SAMPLES) if mask >> at & 1]
    return next((sign for sign in signs if "!" <= sign <= "~"), signs[0])


def _is_guarded(tree: Any) -> bool:  # noqa: ANN401  as the library's
    """Tell whether a search begins where it may: at an anchor, or not behind what was seen."""
    for op, value in tree:
        if op is sre.AT and value is sre.AT_BEGINNING_STRING:
            return True
        if op is sre.AT and value is sre.AT_BEGINNING:
            return not tree.state.flags & re.MULTILINE
        if op is sre.ASSERT_NOT and value[0] < 0:
            return True
        if op is not sre.ASSERT:
            return False
    return False


def _hashable(value: Any) -> Any:  # noqa: ANN401  as the library's
    return tuple(map(_hashable, value)) if isinstance(value, list | tuple) else value


@cache
def _mask(op: Any, value: Any, flags: int) -> int:  # noqa: ANN401  as the library's
    """Return the samples that one character of an expression takes."""
    source = _parser.SubPattern(_parser.State(), [(op, list(value) if op is sre.IN else value)])
    source.state.flags = flags & ~re.UNICODE if flags & re.ASCII else flags
    source.state.str = ""
    from re import _compiler

    code = _compiler._code(source, source.state.flags)  # noqa: SLF001  as re.compile does
    import _sre

    found = _sre.compile("", source.state.flags, code, 0, {}, (None,))
    return sum(1 << at for at, sign in enumerate(SAMPLES) if found.match(sign))


class Used(NamedTuple):
    """An expression: where it stands, its text and flags, and whether it is searched for."""

    path: str
    line: int
    text: str
    flags: int
    searched: bool


def used(root: Path) -> Iterator[Used]:
    """Yield the expressions of the code."""
    for folder, package in CODE.items():
        for path in sorted((root / folder).rglob("*.py")):
            parts = path.relative_to(root / folder).with_suffix("").parts
            name = ".".join((package, *(part for part in parts if part != "__init__")))
            if name.endswith("__main__"):
                continue
            module = importlib.import_module(name)
            place = path.relative_to(root).as_posix()
            yield from _in_module(place, path.read_text("utf-8"), module)


def _in_module(path: str, text: str, module: Any) -> Iterator[Used]:  # noqa: ANN401  as the library's
    tree = ast.parse(text)
    methods = _methods(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name("regex"), args=[pattern, *rest]):
                how = COMPILERS
            case ast.Call(func=ast.Attribute(ast.Name("re"), name), args=[pattern, *rest]):
                how = {name}
            case _:
                continue
        if not how & (COMPILERS | ANCHORED | SEARCHING):
            continue
        value = _value(pattern, module)
        if isinstance(value, bytes):
            value = value.decode("latin-1")
        if not isinstance(value, str):
            continue
        flags = [_value(each, module) for each in rest]
        ways = methods.get(_target(tree, node), SEARCHING) if how & COMPILERS else how
        yield Used(
            path,
            node.lineno,
            value,
            next((int(each) for each in flags if isinstance(each, int)), 0),
            not ways <= ANCHORED,
        )


def _methods(tree: ast.Module) -> dict[str, set[str]]:
    """Return what is called of each name, as far as that is an expression's."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(ast.Name(name), attribute) if attribute in ANCHORED | SEARCHING:
                found.setdefault(name, set()).add(attribute)
    return found


def _target(tree: ast.Module, call: ast.Call) -> str:
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(name)], value=value) if value is call:
                return name
    return ""


def _value(node: ast.expr, module: Any) -> object:  # noqa: ANN401  as the library's
    """Return what an expression of a module's constants is; a letter stands for all else."""
    if isinstance(node, ast.JoinedStr):
        parts = (
            part.value if isinstance(part, ast.Constant) else _inner(part, module)
            for part in node.values
        )
        return "".join(map(str, parts))
    try:
        return eval(compile(ast.Expression(node), "", "eval"), vars(module))  # noqa: S307  the project's own constants
    except Exception:  # noqa: BLE001  it is made of something else
        return None


def _inner(part: ast.expr, module: Any) -> object:  # noqa: ANN401  as the library's
    inner = part.value if isinstance(part, ast.FormattedValue) else part
    found = _value(inner, module)
    return "x" if found is None else found


def faults(root: Path) -> Iterator[tuple[str, str]]:
    """Yield what takes too long: a key of the place, and why."""
    for each in used(root):
        try:
            automaton = Automaton(each.text, each.flags, searched=each.searched)
        except re.error as error:
            yield f"{each.path}: {each.text}", f"line {each.line}: {error}"
            continue
        for why in automaton.faults():
            yield f"{each.path}: {each.text}", f"line {each.line}: {why}"


def main(arguments: list[str]) -> int:
    """Print the faults; 1 where there is one that is not allowed, or an exception without need."""
    root = Path(next((each for each in arguments if each != "--list"), "."))
    found = dict(faults(root))
    if "--list" in arguments:
        for key, why in found.items():
            print(f"{key}\n    {why}")
        return 0
    allowed = {
        f"{path}: {text}"
        for path, texts in tomllib.loads((root / ALLOWED).read_text("utf-8")).items()
        for text in texts
    }
    told = [f"{key}: {found[key]}" for key in sorted(found.keys() - allowed)]
    told += [f"{ALLOWED}: not needed: {key}" for key in sorted(allowed - found.keys())]
    print("\n".join(told or ["no expression takes longer than in proportion to its text"]))
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
