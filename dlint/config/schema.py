"""The keys of a configuration for editors and readers: its JSON Schema, and words for types."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

from msgspec import Meta, Struct
from msgspec.json import schema_components

from dlint.config.reading import bare_type, keys_with, option_type
from dlint.rule.selectors import names
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlint.config.reading import Key
    from dlint.rule.rule import Rule

DIALECT = "http://json-schema.org/draft-07/schema#"  # which SchemaStore asks for
ADDRESS = "https://json.schemastore.org/dlint.json"
USER_ONLY = "Counts only in your own configuration file and in one that `--config` names."
_SAME = (
    "select extend-select preview ignore per-file-ignores fail-on exclude least-bytes platform"
    " builder cache online output-format"
)
# The option that does the same as a key, for one run.
OPTIONS = {name: f"--{name}" for name in _SAME.split()} | {
    "build-args": "--build-arg",
    "insecure-registries": "--insecure-registry",
}
_OPTION = regex(r"(?ms)^- `([\w-]+)` \(default `[^`]*`\): (.*?)(?=\n- |\n\n|\Z)")


def schema(rules: Mapping[str, Rule]) -> dict[str, Any]:
    """Return the JSON Schema of a configuration file, where these rules are known."""
    selectors = StrEnum("Selector", [(name, name) for name in sorted(names(rules))])  # type: ignore[misc]  # of rules that are there
    known = keys_with(Selector=selectors)
    hints = [_said(key.hint, about(key)) for key in known.values()]
    found, definitions = schema_components(hints, ref_template="#/definitions/{name}")
    properties = {
        name: {"title": name, **each, **_default(key.default), "examples": [key.example]}
        for (name, key), each in zip(known.items(), found, strict=True)
    }
    for family in sorted({rule.family for rule in rules.values()}):
        members = [rule for rule in rules.values() if rule.family == family]
        properties[family] = _family(family, members)
    return {
        "$schema": DIALECT,
        "$id": ADDRESS,
        "title": "dlint",
        "description": "Settings of dlint, the linter that knows what a Dockerfile costs to push.",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "definitions": definitions,
    }


def about(key: Key) -> str:
    """Return what a key does, and in which files it counts."""
    return f"{key.about} {USER_ONLY}" if key.user_only else key.about


def _family(family: str, members: Iterable[Rule]) -> dict[str, Any]:
    tables = {rule.name.partition("/")[2]: _options(rule) for rule in members}
    shared = [option for each in tables.values() for option in each["properties"].items()]
    return _table(f"Options of rules of the family `{family}`.", dict(shared) | tables)


def _options(rule: Rule) -> dict[str, Any]:
    return _table(f"{rule.summary}.", dict(_option_schemas(rule)))


def _said(hint: Any, description: str) -> Any:  # noqa: ANN401  a type of any form
    return Annotated[hint, Meta(description=description)]


def _table(description: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "description": description,
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _option_schemas(rule: Rule) -> Iterator[tuple[str, dict[str, Any]]]:
    said = options_of_page(rule)
    for name, default in rule.options.items():
        hint = _said(option_type(default), said.get(name, rule.summary))
        ((found,), _) = schema_components([hint])
        yield name, {"title": name, **found, "default": plain(default)}


def options_of_page(rule: Rule) -> dict[str, str]:
    """Return what a rule's page says of each of its options."""
    return {
        name: " ".join(f"{text[:1].upper()}{text[1:]}".split())
        for name, text in _OPTION.findall(rule.doc)
    }


def _default(default: object) -> dict[str, object]:
    return {} if default in (None, {}) else {"default": plain(default)}


def plain(value: object) -> object:
    """Return a value as TOML and JSON have it."""
    if isinstance(value, Enum):
        return value.value
    return list(value) if isinstance(value, tuple) else value


def described(hint: Any) -> str:  # noqa: ANN401  a type of any form
    """Say in words what values a type has."""
    hint, noun = bare_type(hint, "noun")
    inner = [each for each in get_args(hint) if each is not ...]
    match get_origin(hint):
        case origin if origin is Literal:
            return " or ".join(f'`"{each}"`' for each in inner)
        case origin if origin is tuple:
            return f"array of {_plural(described(inner[0]))}"
        case origin if origin is Mapping:
            keys, values = map(_plural, map(described, inner))
            return f"table of {keys} to {values}"
    return noun or _named(hint)


def _plural(noun: str) -> str:
    if noun.startswith("array "):
        return noun.replace("array", "arrays", 1)
    return noun if noun[-1] == "`" else f"{noun}{'es' if noun.endswith('s') else 's'}"


def _named(hint: type) -> str:
    if issubclass(hint, Struct):
        return "limit"
    return {bool: "boolean", int: "integer"}.get(hint, "string")
