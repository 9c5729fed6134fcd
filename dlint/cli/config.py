"""`dlint config`: the keys of a configuration file, and their JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.cli import common
from dlint.config.reading import all_keys
from dlint.config.schema import OPTIONS, about, described, options_of_page, plain, schema
from dlint.config.settings import VARIABLES
from dlint.errors import DlintError
from dlint.lint.plugins import Plugins
from dlint.rule.selectors import suggestion
from dlint.text.printable import json_text
from dlint.text.toml import toml_lines, toml_value

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from dlint.config.reading import Key
    from dlint.rule.rule import Rule

SCHEMA = 1
FORMATS = (common.PRETTY, common.PLAIN, "json", "markdown")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take a key, or the schema."""
    parser.add_argument("key", nargs="?", metavar="KEY", help="key to explain, such as fail-on")
    parser.add_argument(
        "--schema",
        action="store_true",
        help="print the JSON Schema of configuration files, with the rules of your plugins",
    )
    parser.add_argument("--no-plugins", action="store_true", help="load no plugins")
    common.add_output(parser, FORMATS)


def run(args: argparse.Namespace) -> int:
    """List the keys, explain one, or print the schema."""
    form = common.output_format(args, FORMATS)
    keys = all_keys()
    if args.key is not None and args.key not in keys:
        raise DlintError(
            f"no key is called {args.key!r}",
            suggestion(args.key, keys) or "`dlint config` lists them",
        )
    chosen = keys if args.key is None else {args.key: keys[args.key]}
    if args.schema:
        text = schema_text(Plugins(third_party=not args.no_plugins).rules)
    elif form == "json":
        rows = [_facts(name, key) for name, key in chosen.items()]
        text = json_text({"schema": SCHEMA, "keys": rows}, ascii_only=True) + "\n"
    elif form == "markdown":
        text = "\n".join(_section(name, key) for name, key in chosen.items())
    elif args.key is not None:
        text = _plain(_section(args.key, keys[args.key]))
    else:
        widest = max(map(len, keys))
        text = "".join(f"{name:<{widest}}  {_values(key)}\n" for name, key in keys.items())
    common.emit(args, text)
    return 0


def schema_text(rules: Mapping[str, Rule]) -> str:
    """Return the JSON Schema as it is shipped."""
    return json_text(schema(rules), ascii_only=True) + "\n"


def page(rules: Mapping[str, Rule]) -> str:
    """Return what the documentation says of all keys and of the options of rules."""
    return "\n".join(
        [
            *(_section(name, key) for name, key in all_keys().items()),
            "## Options of rules\n",
            "| rule | option | default | what it does |\n|---|---|---|---|",
            *_option_rows(rules),
            "",
        ]
    )


def _facts(name: str, key: Key) -> dict[str, Any]:
    option, variable = _given_by(name)
    return {
        "key": name,
        "description": about(key),
        "values": _values(key),
        "unit": key.unit or None,
        "default": plain(key.default),
        "option": option,
        "variable": variable,
        "user_only": key.user_only,
        "example": key.example,
    }


def _values(key: Key) -> str:
    return described(key.hint).replace("`", "")


def _section(name: str, key: Key) -> str:
    """Return what the documentation says of a key."""
    facts = {"Values": described(key.hint)}
    if key.default not in (None, (), {}):
        facts["Default"] = f"`{toml_value(plain(key.default))}`" + f" {key.unit}".rstrip()
    option, variable = _given_by(name)
    facts |= {"Option": f"`{option}`"} if option else {}
    facts |= {"Environment": f"`{variable}`"} if variable else {}
    listed = "".join(f"- {title}: {text}\n" for title, text in facts.items())
    example = "\n".join(toml_lines({name: key.example}))
    return f"## {name}\n\n{about(key)}\n\n{listed}\n```toml\n{example}\n```\n"


def _plain(section: str) -> str:
    """Return a section without heading and fences, for terminals."""
    lines = section.split("\n")[2:]
    return "\n".join(line for line in lines if not line.startswith("```"))


def _given_by(name: str) -> tuple[str | None, str | None]:
    """Return the option that does the same as a key, and the environment variable."""
    return OPTIONS.get(name), VARIABLES.get(f"--{name}")


def _option_rows(rules: Mapping[str, Rule]) -> Iterator[str]:
    for rule in rules.values():
        said = options_of_page(rule)
        for option, default in rule.options.items():
            words = said.get(option, "").replace("|", "\\|")
            value = toml_value(plain(default))
            yield f"| `{rule.name}` | `{option}` | `{value}` | {words} |"
