"""Values of a configuration file, read as the types of its keys say."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache, reduce
from operator import or_
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from msgspec import UnsetType, ValidationError, convert
from msgspec.structs import fields

from dlint.config import keys, kinds
from dlint.errors import DlintError
from dlint.rule.selectors import suggestion
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlint.config.keys import Where

_NAMES: dict[type, str] = {
    bool: "a boolean",
    int: "an integer",
    float: "a float",
    str: "a string",
    list: "an array",
    tuple: "an array",
    dict: "a table",
}


class Key(NamedTuple):
    """A key: its type, what it does and an example, whether only the user may set it, the unit of
    its value, and its default.
    """

    hint: Any
    about: str
    example: Any
    user_only: bool
    unit: str
    default: Any


@cache
def all_keys() -> Mapping[str, Key]:
    """Return every key by its name."""
    return keys_with()


def keys_with(**types: object) -> Mapping[str, Key]:
    """Return every key by its name; `types` stand for those of `dlint.config.kinds`."""
    names = {"Annotated": Annotated, "Mapping": Mapping} | vars(kinds) | types
    hints = get_type_hints(keys.Configuration, vars(keys), names, include_extras=True)
    return {name.replace("_", "-"): _key(hint, name) for name, hint in hints.items()}


def _key(annotated: Any, name: str) -> Key:  # noqa: ANN401  a type of any form, here and below
    hint, *more, meta = get_args(annotated)
    hint = Annotated[(hint, *more)] if more else hint
    (example,) = meta.examples
    default = keys.Configuration._field_defaults[name]
    return Key(given(hint), meta.description, example, **meta.extra, default=default)


def given(hint: Any) -> Any:  # noqa: ANN401  as _key
    """Return the type of a value that is there, of that of one that may be left out."""
    if get_origin(hint) not in (Union, UnionType):
        return hint
    return reduce(or_, (each for each in get_args(hint) if each not in (NoneType, UnsetType)))


def option_type(default: object) -> Any:  # noqa: ANN401  as _key
    """Return the type of a rule's option, which is that of its default."""
    if isinstance(default, Enum):
        return Literal[tuple(str(each.value) for each in type(default))]
    return tuple[str, ...] if isinstance(default, tuple) else type(default)


def read(hint: Any, value: object, where: Where) -> Any:  # noqa: ANN401  what the type says
    """Read a value; raises DlintError with the place of what is wrong."""
    try:
        return convert(value, hint)
    except ValidationError:
        raise _mistake(hint, value, where) from None


def read_option(default: object, value: object, where: Where) -> Any:  # noqa: ANN401  the default's type
    """Read a rule's option; raises DlintError as `read` does."""
    found = read(option_type(default), value, where)
    return type(default)(found) if isinstance(default, Enum) else found


def unknown(where: Where, what: str, known: Iterable[str]) -> DlintError:
    """Return the error for a key that means nothing."""
    return DlintError(f"{where}: unknown {what} {where.key!r}", suggestion(where.keys[-1], known))


def wrong(where: Where, expected: str, value: object) -> DlintError:
    """Return the error for a value of the wrong type."""
    name = _NAMES.get(type(value), f"a {type(value).__name__}")
    shown = f" ({value!r})" if isinstance(value, (bool, int, float, str)) else ""
    return DlintError(f"{where}: {where.key} must be {expected}, not {name}{shown}")


def _mistake(hint: Any, value: object, where: Where) -> DlintError:  # noqa: ANN401  as _key
    """Return the error for the first value within `value` that is not of its type."""
    bare, told = bare_type(hint, "words")
    words = told or _words(bare)
    if words == _NAMES[dict] and isinstance(value, dict):
        return next(_mistakes(bare, value, where))
    if get_origin(bare) is Literal and isinstance(value, str):
        return DlintError(
            f"{where}: {where.key} must be {words}, not {value!r}",
            suggestion(value, get_args(bare)),
        )
    return wrong(where, words, value)


def _mistakes(table: Any, value: Mapping[str, object], where: Where) -> Iterator[DlintError]:  # noqa: ANN401  as _key
    """Yield what is wrong with the entries of a table."""
    types = {} if get_origin(table) else {each.encode_name: each.type for each in fields(table)}
    for key, each in value.items():
        hint = types.get(key) if types else get_args(table)[1]
        if hint is None:
            yield unknown(where / key, "key", types)
            continue
        try:
            convert(each, hint)
        except ValidationError:
            yield _mistake(hint, each, where / key)


def bare_type(hint: Any, fact: str) -> tuple[Any, str | None]:  # noqa: ANN401  as _key
    """Return a type without what is said of it, and what its `extra` says as `fact`."""
    told = None
    while get_origin(hint) is Annotated:
        hint, *said = get_args(hint)
        told = next((each.extra[fact] for each in said if fact in (each.extra or {})), told)
        hint = given(hint)
    return hint, told


def _words(hint: Any) -> str:  # noqa: ANN401  as _key
    match get_origin(hint) or hint:
        case origin if origin is Literal:
            return f"one of {', '.join(get_args(hint))}"
        case origin if origin is bool:
            return "true or false"
        case origin if origin is tuple:
            return "an array of strings"
        case origin:
            return _NAMES.get(origin, _NAMES[dict])
