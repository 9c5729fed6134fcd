"""Text, JSON, TOML, YAML and XML of others, within limits.

Everything here raises FormatError, a ValueError, and nothing else.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dlint.text.safe import json_value, toml_table

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping
    from xml.etree.ElementTree import Element

    from yaml import MappingStartEvent, NodeEvent, ScalarEvent, SequenceStartEvent

# A lock file of ten thousand packages takes up 10 MB; none of more than a hundred MB is read.
MOST_BYTES = 100 << 20
DEEPEST = 64  # levels; manifests have less than ten
MOST_PACKAGES = 100_000  # ten times the largest lock file met
LARGEST_ARCHIVE = 1 << 40  # bytes of one package; more is a slip, or made up
MOST_FILES = 1_000  # that one manifest may lead to


LONGEST = 1_000  # characters of a value in which variables are filled in


class FormatError(ValueError):
    """A file is damaged, too large, or of a format or version that is not known."""


def text_of(data: bytes) -> str:
    """Return a file's text: UTF-8 or what its byte order mark says, damaged characters replaced."""
    if len(data) > MOST_BYTES:
        raise FormatError(f"it is larger than {MOST_BYTES >> 20} MiB")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if b"\0" in data:
        raise FormatError("it is not text")
    return data.decode("utf-8-sig", "replace")


def load_json(data: bytes) -> dict[str, Any]:
    """Return the table that JSON holds."""
    try:
        found = json_value(text_of(data))
    except ValueError as error:
        raise _refused("JSON", error) from None
    if not isinstance(found, dict):
        raise FormatError("it is not a JSON object")
    return found


def load_toml(text: str) -> dict[str, Any]:
    """Return the table that TOML holds."""
    try:
        return toml_table(text)
    except ValueError as error:
        raise _refused("TOML", error) from None


def load_yaml(text: str, builder: YamlBuilder | None = None) -> Any:  # noqa: ANN401  what YAML may hold
    """Return what the first document of YAML holds, every scalar as its text: a version `1.10`
    stays one. A `builder` may make more of it.

    It is built from events, since the loaders of PyYAML recurse for every level.
    """
    import yaml

    builder = builder or YamlBuilder()
    try:
        for event in yaml.parse(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            match event:
                case yaml.DocumentEndEvent():
                    break
                case yaml.ScalarEvent():
                    builder.add(builder.scalar(event), event)
                case yaml.AliasEvent():
                    builder.add(builder.anchors.get(event.anchor or "", ""), event)
                case yaml.MappingStartEvent():
                    builder.open(builder.mapping(event), event)
                case yaml.SequenceStartEvent():
                    builder.open(builder.sequence(event), event)
                case yaml.CollectionEndEvent():
                    builder.close()
    except (yaml.YAMLError, RecursionError) as error:
        raise _refused("YAML", error) from None
    return builder.root


class YamlBuilder:
    """Puts together what a stream of YAML's events stands for."""

    def __init__(self) -> None:
        self.root: Any = None
        self.anchors: dict[str, Any] = {}
        self._open: list[Any] = []
        self._keys: list[Any] = []

    def scalar(self, event: ScalarEvent) -> Any:  # noqa: ANN401  as YAML
        """Return what a scalar stands for."""
        return event.value

    def mapping(self, _event: MappingStartEvent) -> dict[str, Any]:
        """Return an empty mapping to fill."""
        return {}

    def sequence(self, _event: SequenceStartEvent) -> list[Any]:
        """Return an empty sequence to fill."""
        return []

    def key(self, value: Any, _event: NodeEvent) -> str:  # noqa: ANN401  as YAML
        """Return the key that a value stands for in the mapping that is open."""
        return value if isinstance(value, str) else repr(type(value))

    def closed(self, collection: Any) -> None:  # noqa: ANN401  as YAML
        """Look at a mapping or sequence that is whole."""

    def add(self, value: Any, event: NodeEvent) -> None:  # noqa: ANN401  as YAML
        """Put a value into what is open."""
        if event.anchor:
            self.anchors[event.anchor] = value
        if not self._open:
            self.root = value
        elif isinstance(self._open[-1], list):
            self._open[-1].append(value)
        elif self._keys[-1] is None:
            self._keys[-1] = self.key(value, event)
        else:
            self._open[-1][self._keys[-1]] = value
            self._keys[-1] = None

    def open(self, collection: Any, event: NodeEvent) -> None:  # noqa: ANN401  as YAML
        """Begin a mapping or sequence."""
        if len(self._open) >= DEEPEST:
            raise FormatError(f"it is nested deeper than {DEEPEST} levels")
        self.add(collection, event)
        self._open.append(collection)
        self._keys.append(None)

    def close(self) -> None:
        """End the innermost one."""
        self._keys.pop()
        self.closed(self._open.pop())


def load_xml(data: bytes) -> Element:
    """Return the root of XML, names without their namespaces; a document type is refused, and with
    it every entity.
    """
    from xml.etree.ElementTree import TreeBuilder
    from xml.parsers import expat

    if len(data) > MOST_BYTES:
        raise FormatError(f"it is larger than {MOST_BYTES >> 20} MiB")
    builder = TreeBuilder()
    depth = 0

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise FormatError(f"it is nested deeper than {DEEPEST} levels")
        builder.start(_local(name), {_local(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_local(name))

    def refuse(*_: object) -> None:
        raise FormatError("it declares a document type or entities, which are not read")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)  # noqa: FBT003  expat takes no keyword
    except (expat.ExpatError, LookupError) as error:
        raise _refused("XML", error) from None
    return builder.close()


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _refused(kind: str, error: BaseException) -> FormatError:
    if isinstance(error, RecursionError):
        return FormatError(f"it is nested too deeply for {kind}")
    return FormatError(f"it is no {kind}: {str(error)[:200]}")


# What follows takes values of the wrong type for values that are missing.


@lru_cache(maxsize=128)  # many ask of a workflow, each for something else
def yaml_table(text: str) -> dict[str, Any]:
    """Return the table that YAML holds, which nobody may change; an empty one where it is damaged,
    or holds no table.
    """
    try:
        return table(load_yaml(text))
    except FormatError:
        return {}


def table(value: object, *names: str) -> dict[str, Any]:
    """Return the table at `names` within a value; empty where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def tables(value: object) -> list[dict[str, Any]]:
    """Return the tables of a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def string(value: object) -> str:
    """Return a string; empty where it is none."""
    return value if isinstance(value, str) else ""


def strings(value: object) -> list[str]:
    """Return the strings of a list, or a single one."""
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def within(value: object) -> Iterator[Any]:
    """Yield a value and all that it holds, outermost first, in order of the text."""
    todo: list[Any] = [value]
    while todo:
        found = todo.pop()
        yield found
        if isinstance(found, dict):
            todo.extend(reversed(found.values()))
        elif isinstance(found, list):
            todo.extend(reversed(found))


def size(value: object) -> int | None:
    """Return a number of bytes; None where it is none that can be true."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 < value <= LARGEST_ARCHIVE else None


def filled(text: str, variable: re.Pattern[str], values: Mapping[str, str]) -> str:
    """Put in the values of variables, which may name others once; what is not known or too long
    stays as written.
    """
    for _ in range(2):
        if len(text) > LONGEST:
            break
        text = variable.sub(
            lambda match: value if _is_short(value := values.get(match[1], "")) else match[0], text
        )
    return text


def _is_short(value: str) -> bool:
    return 0 < len(value) <= LONGEST
