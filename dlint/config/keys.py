"""What a configuration file may hold: its keys, the type of each, and where in the file they
stand.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from dlint.errors import DlintError
from dlint.findings import Severity
from dlint.model import BUILDERS, CACHES
from dlint.rule.selectors import suggestion
from dlint.text.units import parse_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FAIL_ON = (*(str(severity) for severity in Severity), "never")


class Where(NamedTuple):
    """A place in a configuration file: the file, its text, and the keys that lead to a value."""

    path: str
    text: str
    keys: tuple[str, ...] = ()

    def __truediv__(self, key: str) -> Where:
        return self._replace(keys=(*self.keys, key))

    def __str__(self) -> str:
        line = self._line()
        return f"{self.path}:{line}" if line else self.path

    @property
    def key(self) -> str:
        """The keys as TOML would write them."""
        return ".".join(self.keys)

    def _line(self) -> int | None:
        """Find the line that writes the last key: tomllib tells no places."""
        if not self.keys or not self.text:
            return None
        key = re.escape(self.keys[-1])
        written = re.compile(
            rf"""^\s*(?:\[[^\]\n]*|[^=\n\[]*\.\s*)?["']?{key}["']?\s*[.=\]]""", re.MULTILINE
        )
        match = written.search(self.text)
        return self.text.count("\n", 0, match.end()) + 1 if match else None

    def wrong(self, expected: str, value: object) -> DlintError:
        """Return the error for a value of the wrong type."""
        return DlintError(f"{self}: {self.key} must be {expected}, not {_toml_type(value)}")


def _toml_type(value: object) -> str:
    kinds: dict[type, str] = {
        bool: "a boolean",
        int: "an integer",
        float: "a float",
        str: "a string",
    }
    kinds |= {list: "an array", tuple: "an array", dict: "a table"}
    text = kinds.get(type(value), f"a {type(value).__name__}")
    return f"{text} ({value!r})" if isinstance(value, (bool, int, float, str)) else text


def _string(value: Any, where: Where) -> str:  # noqa: ANN401  what a TOML file holds
    if not isinstance(value, str):
        raise where.wrong("a string", value)
    return value


def _boolean(value: Any, where: Where) -> bool:  # noqa: ANN401  as _string
    if not isinstance(value, bool):
        raise where.wrong("true or false", value)
    return value


def _integer(value: Any, where: Where) -> int:  # noqa: ANN401  as _string
    if not isinstance(value, int) or isinstance(value, bool):
        raise where.wrong("an integer", value)
    return value


def _strings(value: Any, where: Where) -> tuple[str, ...]:  # noqa: ANN401  as _string
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise where.wrong("an array of strings", value)
    return tuple(value)


def _size(value: Any, where: Where) -> int:  # noqa: ANN401  as _string
    try:
        size = parse_bytes(value) if isinstance(value, str) else _integer(value, where)
    except ValueError as error:
        raise DlintError(f"{where}: {where.key}: {error}") from error
    if size < 0:
        raise where.wrong("a number of bytes", value)
    return size


def _choice(*choices: str) -> Callable[[Any, Where], str]:
    def read(value: Any, where: Where) -> str:  # noqa: ANN401  as _string
        if _string(value, where) not in choices:
            raise DlintError(
                f"{where}: {where.key} must be one of {', '.join(choices)}, not {value!r}",
                suggestion(value, choices),
            )
        return str(value)

    return read


def _table(read: Callable[[Any, Where], Any]) -> Callable[[Any, Where], dict[str, Any]]:
    def read_table(value: Any, where: Where) -> dict[str, Any]:  # noqa: ANN401  as _string
        if not isinstance(value, dict):
            raise where.wrong("a table", value)
        return {key: read(each, where / key) for key, each in value.items()}

    return read_table


class Key(NamedTuple):
    """How the value of a key is read, and whether only the user may set it, never a repository's
    own file.

    That file may come with a stranger's pull request. So `user_only` is what opens a connection or
    makes one less safe, reads or writes outside of the repository, or loads or runs anything. Rules
    say the same of their options.
    """

    read: Callable[[Any, Where], Any]
    user_only: bool


KEYS: Mapping[str, Key] = {
    "select": Key(_strings, user_only=False),
    "extend-select": Key(_strings, user_only=False),
    "ignore": Key(_strings, user_only=False),
    "per-file-ignores": Key(_table(_strings), user_only=False),
    "severity": Key(_table(_choice(*Severity)), user_only=False),
    "fail-on": Key(_choice(*FAIL_ON), user_only=False),
    "exclude": Key(_strings, user_only=False),
    "min-bytes": Key(_size, user_only=False),
    "least-bytes": Key(_size, user_only=False),
    "contexts": Key(
        _table(_string), user_only=False
    ),  # of a repository's file those inside the repository
    "targets": Key(_strings, user_only=False),
    "build-args": Key(_table(_string), user_only=False),
    "platform": Key(_string, user_only=False),
    "builder": Key(_choice(*BUILDERS), user_only=False),
    "cache": Key(_choice(*CACHES), user_only=False),
    "persistent-builder": Key(_boolean, user_only=False),
    "insecure-registries": Key(_strings, user_only=True),  # credentials are sent to them in clear
    "online": Key(_boolean, user_only=True),
    "allowed-hosts": Key(_strings, user_only=True),  # the repository's, that may be asked
    "indexes": Key(_table(_string), user_only=True),
    "output-format": Key(_string, user_only=False),
}


def read_option(default: Any, value: Any, where: Where) -> Any:  # noqa: ANN401  the type is the default's
    """Check a rule's option against its default's type."""
    if isinstance(default, Enum):
        return type(default)(_choice(*(str(each.value) for each in type(default)))(value, where))
    if isinstance(default, bool):
        return _boolean(value, where)
    if isinstance(default, int):
        return _integer(value, where)
    return _strings(value, where) if isinstance(default, tuple) else _string(value, where)
