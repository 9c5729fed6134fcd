"""Functions of Bake's standard library (https://docs.docker.com/build/bake/stdlib/) that give the
same wherever they are called: what depends on the day, the machine or chance is unknown.
"""

from __future__ import annotations

import hashlib
import json
import operator
import posixpath
from itertools import chain
from typing import TYPE_CHECKING, Any

from dlint.text.patterns import regex
from dlint.text.safe import json_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LONGEST = 10_000  # elements of a value, or tens of characters
MOST_TOGETHER = 1_000_000  # of all values of a file
MOST_COMPARED = 1_000  # elements of a list, each with all others
LARGEST = 10**15  # of a number
_VERB = regex(r"%([-+0]?[0-9]{0,2})([sdvq%])")
_UNSAFE = regex(r"[^a-zA-Z0-9_-]")


class UnknownValueError(Exception):
    """What an expression is worth cannot be told; the reason."""


class Weights:
    """Counts what values hold, so that none gets larger than a file's could be: a list that holds
    another twice, which holds a third twice, is soon too large to look at.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[object, int]] = {}  # by identity; kept, so that it is theirs
        self._total = 0

    def bounded(self, value: Any) -> Any:  # noqa: ANN401  as HCL
        """Return the value. Raises UnknownValueError where it is too large."""
        if self._of(value) > LONGEST or self._total > MOST_TOGETHER:
            raise UnknownValueError("it is too large")
        return value

    def _of(self, value: object) -> int:
        match value:
            case str():
                self._total += len(value) // 100
                return 1 + len(value) // 10
            case bool() | None:
                return 1
            case int() | float():
                return LONGEST + 1 if abs(value) > LARGEST else 1
            case list() | dict():
                known = self._known.get(id(value))
                return self._weighed(value) if known is None else known[1]
            case _:
                return 1

    def _weighed(self, value: list[Any] | dict[str, Any]) -> int:
        weight = 1
        for each in value.values() if isinstance(value, dict) else value:
            weight += self._of(each)
            if weight > LONGEST:
                break
        self._total += weight
        self._known[id(value)] = (value, weight)
        return weight


def text_of(value: Any) -> str:  # noqa: ANN401  as HCL
    """Return a value as text. Raises UnknownValueError for what is none."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case _:
            raise UnknownValueError("a value that is not text")


def _format(text: str, *values: Any) -> str:  # noqa: ANN401  as HCL
    rest = iter(values)

    def one(found: Any) -> str:  # noqa: ANN401  a match
        if found[2] == "%":
            return "%"
        value = next(rest)
        match found[2]:
            case "d":
                return str(f"%{found[1]}d" % value)
            case "q":
                return json.dumps(text_of(value))
            case _:
                is_text = not isinstance(value, list | dict)
                return str(f"%{found[1]}s" % (text_of(value) if is_text else json.dumps(value)))

    result = _VERB.sub(one, text)
    if "%" in _VERB.sub("", text):
        raise UnknownValueError("a format that is not worked out")
    return result


def _flat(rows: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    todo = list(reversed(list(rows)))
    while todo:
        each = todo.pop()
        if isinstance(each, list):
            todo.extend(reversed(each))
        else:
            found.append(each)
        if len(found) + len(todo) > LONGEST:
            raise UnknownValueError("it is too large")
    return found


def _first(values: Iterable[Any], *, empty: bool) -> Any:  # noqa: ANN401  as HCL
    for value in values:
        if value is not None and (empty or value not in ("", [])):
            return value
    raise UnknownValueError("there is no value")


def _distinct(rows: list[Any]) -> list[Any]:
    found: list[Any] = []
    if len(rows) > MOST_COMPARED:
        raise UnknownValueError("there are too many values")
    for each in rows:
        if each not in found:
            found.append(each)
    return found


def _merged(*tables: dict[str, Any]) -> dict[str, Any]:
    return {key: value for table in tables for key, value in table.items()}


def _replaced(text: str, old: str, new: str) -> str:
    if len(new) * text.count(old) > LONGEST:
        raise UnknownValueError("it is too large")
    return text.replace(old, new)


def _digest(name: str) -> Callable[[str], str]:
    return lambda text: hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()


def number(value: Any) -> Any:  # noqa: ANN401  as HCL
    """Return a number, or the one that a text is. Raises ValueError and UnknownValueError."""
    if isinstance(value, str):
        return float(value) if "." in value else int(value[:20])
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnknownValueError("a value that is not a number")
    return value


def _counted(work: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of numbers."""
    return lambda *values: work(*map(number, values))


def _at(whole: Any, key: Any) -> Any:  # noqa: ANN401  as HCL
    """Return one element, by its key or its number."""
    if isinstance(whole, dict):
        return whole[text_of(key)]
    if not isinstance(whole, list) or number(key) < 0:
        raise UnknownValueError("a place that is not there")
    return whole[int(number(key))]


def _lookup(table: dict[str, Any], key: Any, *other: Any) -> Any:  # noqa: ANN401  as HCL
    return table.get(text_of(key), other[0]) if other else table[text_of(key)]


def _contains(rows: list[Any], value: Any) -> bool:  # noqa: ANN401  as HCL
    return value in rows


def _slice(rows: Any, start: int, length: int) -> Any:  # noqa: ANN401  as HCL
    return rows[start:] if length < 0 else rows[start : start + length]


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": _counted(operator.add),
    "and": lambda left, right: bool(left and right),
    "basename": posixpath.basename,
    "chomp": lambda text: text.rstrip("\r\n"),
    "coalesce": lambda *values: _first(values, empty=True),
    "coalescelist": lambda *values: _first(values, empty=False),
    "compact": lambda rows: [each for each in rows if each],
    "concat": lambda *rows: list(chain.from_iterable(rows)),
    "contains": _contains,
    "convert": lambda value, _: value,
    "dirname": posixpath.dirname,
    "distinct": _distinct,
    "divide": _counted(operator.truediv),
    "element": lambda rows, at: rows[at % len(rows)],
    "equal": lambda left, right: left == right,
    "flatten": _flat,
    "format": _format,
    "greaterthan": _counted(operator.gt),
    "greaterthanorequalto": _counted(operator.ge),
    "hasindex": lambda whole, key: (
        text_of(key) in whole if isinstance(whole, dict) else 0 <= key < len(whole)
    ),
    "index": _at,
    "indexof": lambda rows, value: rows.index(value),
    "join": lambda sign, *rows: sign.join(map(text_of, _flat(rows))),
    "jsondecode": json_value,
    "jsonencode": lambda value: json.dumps(value, separators=(",", ":")),
    "keys": sorted,
    "length": len,
    "lessthan": _counted(operator.lt),
    "lessthanorequalto": _counted(operator.le),
    "lookup": _lookup,
    "lower": str.lower,
    "max": _counted(max),
    "md5": _digest("md5"),
    "merge": _merged,
    "min": _counted(min),
    "modulo": _counted(operator.mod),
    "multiply": _counted(operator.mul),
    "negate": _counted(operator.neg),
    "not": lambda value: not value,
    "notequal": lambda left, right: left != right,
    "or": lambda left, right: bool(left or right),
    "replace": _replaced,
    "reverse": lambda text: text[::-1],
    "reverselist": lambda rows: rows[::-1],
    "sanitize": lambda text: _UNSAFE.sub("_", text),
    "sha1": _digest("sha1"),
    "sha256": _digest("sha256"),
    "sha512": _digest("sha512"),
    "slice": lambda rows, start, *end: rows[start : end[0] if end else None],
    "sort": sorted,
    "split": lambda sign, text: text.split(sign) if sign else list(text),
    "strlen": len,
    "substr": _slice,
    "subtract": _counted(operator.sub),
    "title": str.title,
    "trim": lambda text, signs: text.strip(signs),
    "trimprefix": lambda text, start: text.removeprefix(start),
    "trimspace": str.strip,
    "trimsuffix": lambda text, end: text.removesuffix(end),
    "upper": str.upper,
    "values": lambda table: [table[key] for key in sorted(table)],
    "zipmap": lambda keys, values: dict(zip(keys, values, strict=True)),
}
