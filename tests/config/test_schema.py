"""The JSON Schema says what the loader says: of what tests and documentation hold, and of anything
else.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tomllib
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
from house import ENVIRONMENT, PROJECT, check_schema, files
from hypothesis import HealthCheck, example, given, settings, strategies as st

from dlint import DlintError
from dlint.cli import main
from dlint.config.files import FILES
from dlint.config.reading import all_keys
from dlint.config.settings import Configs, Overrides
from dlint.lint.plugins import Plugins
from dlint.rule.selectors import names
from dlint.text.toml import toml_lines
from dlint.text.units import parse_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

PLUGINS = Plugins(third_party=False)
SCHEMA = json.loads((PROJECT / "dlint" / "config" / "schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)
NUMBERS = count()


def test_what_is_shipped_and_shown_is_what_the_keys_say() -> None:
    tool = PROJECT / "tools" / "settings" / "generate.py"
    done = subprocess.run([sys.executable, tool, "--check"], check=False, env=ENVIRONMENT)
    assert done.returncode == 0, "run tools/settings/generate.py"


def test_the_schema_is_one() -> None:
    check_schema("--check-metaschema", PROJECT / "dlint" / "config" / "schema.json")
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert SCHEMA["properties"].keys() >= all_keys().keys()
    assert not [
        name
        for name, each in SCHEMA["properties"].items()
        if not each["description"] or each.get("additionalProperties") is True
    ]


def test_examples_are_what_they_are_examples_of() -> None:
    for name, key in all_keys().items():
        VALIDATOR.validate({name: key.example})


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "--schema", "--no-plugins"]) == 0
    assert json.loads(capsys.readouterr().out) == SCHEMA


def loads(values: dict[str, Any], folder: Path) -> bool:
    """Tell whether the loader takes a table, with the rules that it names."""
    path = folder / f"{next(NUMBERS)}.toml"
    path.write_text("\n".join(toml_lines(values)) + "\n", encoding="utf-8")
    configs = Configs(lambda: PLUGINS.rules, Overrides(config=str(path)))
    try:
        found = configs.for_path(Path("Dockerfile"))
        found.rules_for(Path("Dockerfile"))
        found.severity(PLUGINS.rules["syntax/error"], None)
        found.min_bytes, found.least_bytes, found.build_options, found.limits(Path("x"), "web")
    except DlintError:
        return False
    return True


def configurations() -> Iterator[dict[str, Any]]:
    """Yield the tables that tests write as configuration files."""
    for path in files():
        if path.suffix == ".py" and path.parts[0] == "tests":
            for node in ast.walk(ast.parse((PROJECT / path).read_text(encoding="utf-8"))):
                if isinstance(node, ast.Dict):
                    yield from _tables(node)


def _tables(node: ast.Dict) -> Iterator[dict[str, Any]]:
    for key, value in zip(node.keys, node.values, strict=True):
        match key, value:
            case ast.Constant(str(name)), ast.Constant(str(text)) if name in FILES:
                try:
                    table = tomllib.loads(text)
                except ValueError:  # which other tests want
                    continue
                table = table.get("tool", {}).get("dlint") if "tool" in table else table
                if isinstance(table, dict):
                    yield table


def test_of_what_tests_write(tmp_path: Path) -> None:
    found = list(configurations())
    assert len(found) > 30
    assert sum(map(VALIDATOR.is_valid, found)) > 25
    for table in found:
        if "extend" not in table:
            assert VALIDATOR.is_valid(table) == loads(table, tmp_path), table


SELECTORS = sorted(names(PLUGINS.rules))
TEXTS = (
    "order|ordr|error|never|docker|warm|*.toml|major|web|a||20MB|1 MiB| 2MB |10%|10 %|20|1.5k|1.5kib|ib|0B|-1|1."
    "|12345678901234567890|>=0.1|>=0.1,<1|~=0.1|~=1|==0.1.0|0.1"
)
WORDS = st.sampled_from([*SELECTORS[:6], *TEXTS.split("|")])
SCALARS = st.one_of(
    WORDS,
    st.booleans(),
    st.integers(-2, 2**31),
    st.floats(0.1, 0.9),
    st.text("0123456789.kKMiIbB% "),
)
ARRAYS = st.lists(st.one_of(WORDS, SCALARS), max_size=2)
OPTIONS = sorted({option for rule in PLUGINS.rules.values() for option in rule.options})
KEYS = st.one_of(
    st.sampled_from([*all_keys(), "selekt", "budget", "max-image-size", "max-growth", *OPTIONS]),
    st.sampled_from([each.partition("/")[2] or each for each in SELECTORS]),
    WORDS,
)
VALUES = st.recursive(
    st.one_of(SCALARS, ARRAYS), lambda inner: st.dictionaries(KEYS, inner, max_size=2), max_leaves=4
)
TABLES = st.dictionaries(st.one_of(st.sampled_from([*all_keys()]), KEYS), VALUES, max_size=2)


def _valid_values(name: str) -> st.SearchStrategy[Any]:
    """Return values that are near to what a key takes: its example, with other words."""
    like = all_keys()[name].example
    if isinstance(like, list):
        return st.lists(WORDS, max_size=3)
    if isinstance(like, dict):
        inner = next(iter(like.values()))
        each = st.dictionaries(st.sampled_from(["budget", "max-image-size", "max-growth"]), WORDS)
        values = each if isinstance(inner, dict) else ARRAYS if isinstance(inner, list) else WORDS
        return st.dictionaries(WORDS, values, max_size=2)
    return st.one_of(st.just(like), WORDS, SCALARS)


NEAR = st.sampled_from([*all_keys()]).flatmap(
    lambda name: st.fixed_dictionaries({name: _valid_values(name)})
)


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(values=st.one_of(NEAR, TABLES))
@example(values={"min-bytes": " 1.5 GiB"})
@example(values={"min-bytes": "5ib"})
@example(values={"pin": {"precision": "minor", "tag-precision": {"precision": "no"}}})
@example(values={"order": {}, "push": {"hot-layer": {"budget": "1MB"}}})
def test_of_anything(values: dict[str, Any], tmp_path: Path) -> None:
    if "extend" in values and VALIDATOR.is_valid(values):  # which file there is, no schema tells
        return
    if "required-version" in values and VALIDATOR.is_valid(values):  # as which version this is
        return
    assert VALIDATOR.is_valid(values) == loads(values, tmp_path)


@given(st.from_regex(SCHEMA["properties"]["min-bytes"]["anyOf"][1]["pattern"], fullmatch=True))
def test_every_size_is_one(text: str) -> None:
    assert parse_bytes(text) >= 0
