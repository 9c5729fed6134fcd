"""What a configuration file may hold: its keys, the type of each, and where in the file they
stand.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Any

from dlint.config.limits import Kind, Limit, read_limit
from dlint.errors import DlintError
from dlint.findings import MIN_BYTES, Severity
from dlint.model import BUILDERS, CACHES
from dlint.rule.selectors import suggestion
from dlint.text.units import parse_bytes
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

KINDS = tuple(str(kind) for kind in Kind)
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
        table = r"\[[^\]\n]*|[^=\n\[]*\.[^\S\n]*+"
        written = re.compile(rf"""^[^\S\n]*+(?:{table})?["']?{key}["']?\s*[.=\]]""", re.MULTILINE)
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


def _limits(value: Any, where: Where) -> tuple[Limit, ...]:  # noqa: ANN401  as _string
    if not isinstance(value, dict):
        raise where.wrong("a table", value)
    found = []
    for key, each in value.items():
        if key not in KINDS:
            raise DlintError(f"{where / key}: unknown key {key!r}", suggestion(key, KINDS))
        try:
            found.append(read_limit(Kind(key), _string(each, where / key)))
        except ValueError as error:
            raise DlintError(f"{where / key}: {(where / key).key}: {error}") from error
    return tuple(found)


class Key(NamedTuple):
    """A key: how its value is read, what it is and what it does, in the words of the documentation,
    and whether only the user may set it, never a repository's own file.

    That file may come with a stranger's pull request. So `user_only` is what opens a connection or
    makes one less safe, reads or writes outside of the repository, or loads or runs anything. Rules
    say the same of their options.
    """

    read: Callable[[Any, Where], Any]
    kind: str
    about: str
    user_only: bool = False


_STRINGS = "array of strings"
_SIZE = 'size, such as `"1MiB"`'


def _one_of(choices: Iterable[str]) -> str:
    return ", ".join(f'`"{each}"`' for each in choices)


KEYS: Mapping[str, Key] = {
    "select": Key(_strings, _STRINGS, "Runs only these rules."),
    "extend-select": Key(_strings, _STRINGS, "Runs these rules as well as the default ones."),
    "ignore": Key(_strings, _STRINGS, "Turns rules off."),
    "per-file-ignores": Key(
        _table(_strings),
        "table of patterns to arrays of rules",
        "Turns rules off in the files that match a pattern.",
    ),
    "severity": Key(
        _table(_choice(*Severity)),
        f"table of rules to {_one_of(Severity)}",
        "Gives the findings of a rule another severity.",
    ),
    "fail-on": Key(
        _choice(*FAIL_ON),
        _one_of(FAIL_ON),
        "`check` exits with 1 if a finding has this severity or a higher one"
        ' (default: `"warning"`).',
    ),
    "exclude": Key(_strings, "array of patterns", "Leaves files out of a search."),
    "min-bytes": Key(
        _size,
        _SIZE,
        "Findings that certainly cost less become infos"
        f" (default: `{MIN_BYTES}` bytes, which is `1MiB`).",
    ),
    "least-bytes": Key(
        _size,
        _SIZE,
        'Findings that certainly cost less are not shown to people (default: `"1kB"`).',
    ),
    "contexts": Key(
        _table(_string),
        "table of patterns to folders",
        "Sets the build context of the Dockerfiles that match a pattern. A folder must be inside"
        " the repository, except in your own files.",
    ),
    "targets": Key(_strings, _STRINGS, "Lists the stages that are built as images of their own."),
    "build-args": Key(_table(_string), "table of strings", "Sets build arguments."),
    "platform": Key(
        _string, "string", 'Sets the platform of the image (default: `"linux/amd64"`).'
    ),
    "builder": Key(
        _choice(*BUILDERS),
        _one_of(BUILDERS),
        f'Sets what builds the image (default: `"{BUILDERS[0]}"`).',
    ),
    "cache": Key(
        _choice(*CACHES),
        _one_of(CACHES),
        f'Sets the state of the builder\'s cache (default: `"{CACHES[0]}"`).',
    ),
    "persistent-builder": Key(
        _boolean,
        "boolean",
        "Says that cache mounts survive from one build to the next (default: `false`).",
    ),
    "images": Key(
        _table(_limits),
        "table of images to tables of limits",
        f"Sets limits of single images, for `push` and `diff`: {_one_of(KINDS)}. An image is called"
        " as `dlint push` calls it, by its name in a Compose or Bake file, or by a pattern such as"
        ' `"services/*"`.',
    ),
    # credentials are sent to them in clear
    "insecure-registries": Key(
        _strings,
        "array of hosts",
        "Allows plain HTTP to these registries. Credentials then travel unencrypted.",
        user_only=True,
    ),
    "online": Key(
        _boolean,
        "boolean",
        "Asks package indexes for the sizes of packages (default: `false`).",
        user_only=True,
    ),
    "allowed-hosts": Key(
        _strings,
        "array of hosts",
        "Allows requests to these hosts if a repository names them.",
        user_only=True,
    ),
    "indexes": Key(
        _table(_string),
        "table of distributions to addresses",
        "Says where the package index of a distribution is.",
        user_only=True,
    ),
    "output-format": Key(_string, "string", "Sets the default of `--output-format`."),
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
