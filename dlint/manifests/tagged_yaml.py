"""YAML with the lines of its keys, `<<` merged, and the tags that say how a later file goes over an
earlier one: what Compose files need.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.manifests.loading import FormatError, YamlBuilder, load_yaml
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from yaml import MappingStartEvent, NodeEvent, ScalarEvent, SequenceStartEvent

RESET, OVERRIDE = "!reset", "!override"
_NULL = regex(r"~|null|Null|NULL|")
_FLOAT = regex(r"[-+]?(?:\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?")
_BOOLEAN = regex(r"True|TRUE|False|FALSE")
_EXACT = 1e15  # whole numbers below it are written without an exponent
MOST_MERGED = 100_000  # keys that `<<` brings to one file


class Table(dict[str, Any]):
    """A mapping: `lines` of its keys, and its `tag`."""

    def __init__(self, tag: str | None = None) -> None:
        super().__init__()
        self.tag = tag
        self.lines: dict[str, int] = {}


class Row(list[Any]):
    """A sequence, and its `tag`."""

    def __init__(self, tag: str | None = None) -> None:
        super().__init__()
        self.tag = tag


class Scalar(str):  # noqa: SLOT000  it carries a tag
    """The text of a scalar, and its `tag`."""

    tag: str | None = None


class _Builder(YamlBuilder):
    def __init__(self) -> None:
        super().__init__()
        self._merged = 0

    def scalar(self, event: ScalarEvent) -> Scalar | None:
        """Return the text as Compose takes it; None for a null, unless it has a tag."""
        text, plain = event.value, event.implicit[0]
        if plain and event.tag is None and _NULL.fullmatch(text):
            return None
        found = Scalar(_as_number(text) if plain else text)
        found.tag = event.tag
        return found

    def mapping(self, event: MappingStartEvent) -> Table:
        """Keep the tag."""
        return Table(event.tag)

    def sequence(self, event: SequenceStartEvent) -> Row:
        """Keep the tag."""
        return Row(event.tag)

    def key(self, value: Any, event: NodeEvent) -> str:  # noqa: ANN401  as YAML
        """Keep the key's line."""
        key = super().key("" if value is None else value, event)
        mark = event.start_mark
        self._open[-1].lines[key] = mark.line + 1 if mark else 1
        return key

    def closed(self, collection: Any) -> None:  # noqa: ANN401  as YAML
        """Put in what `<<` brings, under the mapping's own keys."""
        if not isinstance(collection, Table) or "<<" not in collection:
            return
        more = collection.pop("<<")
        for part in more if isinstance(more, list) else [more]:
            if isinstance(part, Table):
                self._merge(collection, part)

    def _merge(self, table: Table, part: Table) -> None:
        self._merged += len(part)
        if self._merged > MOST_MERGED:
            raise FormatError(f"`<<` brings more than {MOST_MERGED} keys")
        for key, value in part.items():
            table.setdefault(key, value)
            table.lines.setdefault(key, part.lines.get(key, 1))


def _as_number(text: str) -> str:
    """Return a plain scalar as it comes out of Compose, where a number or truth value is one."""
    if _FLOAT.fullmatch(text):
        value = float(text)
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT else str(value)
    return text.lower() if _BOOLEAN.fullmatch(text) else text


def load_tagged(text: str) -> Table:
    """Return the table that YAML holds, an empty one for an empty file. Raises FormatError."""
    tree = load_yaml(text, _Builder())
    if tree is None:
        return Table()
    if not isinstance(tree, Table):
        raise FormatError("it is not a table")
    return tree
