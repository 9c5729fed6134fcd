"""Files that were written to do harm, or to no format."""

import string

import pytest
from hypothesis import given, settings, strategies as st
from manifest import look

from dlint.manifests import Selection, format_of, selected
from dlint.manifests.formats import _FORMATS
from dlint.manifests.loading import FormatError, load_json, load_toml, load_xml, load_yaml

NAMES = sorted({form.replace("*", "x") for form, _, _ in _FORMATS})
DEEP = 20_000
WORDS = st.sampled_from(
    "packages package dependencies devDependencies optionalDependencies version lockfileVersion name source"
    " resolved dev optional project tool poetry uv groups extras metadata default importers snapshots"
    " resolution workspaces require lock-version".split()
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.text(max_size=5)
    | st.sampled_from(["1", "npm:a@1", "file:a", "a@1", "."]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(WORDS | st.text(max_size=3), inner, max_size=5)
    ),
    max_leaves=30,
)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_has_a_reader(name):
    assert format_of(name)
    assert format_of(f"a/b/{name}") == format_of(name)


@pytest.mark.parametrize("name", ["Makefile", "package.json.bak", "setup.py", ""])
def test_other_names_have_none(name):
    assert format_of(name) is None
    assert look(name, "").problem == "its format is not known"


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_missing_or_no_text_says_so(name):
    assert look(name, b"\0\1\2").problem
    assert look(name, b"").path == name


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=15, deadline=None)
@given(
    data=st.binary(max_size=80) | st.text(alphabet=string.printable, max_size=80).map(str.encode)
)
def test_any_bytes_are_read_or_refused(name, data):
    selected(look(name, data), Selection(without=frozenset({"dev"})))


@pytest.mark.parametrize(
    "name",
    [
        each
        for each in NAMES
        if each.endswith((".json", ".yaml", ".yml"))
        or each in {"composer.lock", "Pipfile.lock", "yarn.lock"}
    ],
)
@settings(max_examples=60, deadline=None)
@given(value=VALUES, version=st.sampled_from([None, 1, 2, 3, "9.0", "5.4"]))
def test_values_of_any_type_are_read_or_refused(name, value, version):
    import json

    held = {"lockfileVersion": version, **value} if isinstance(value, dict) and version else value
    if name == "yarn.lock":
        held = {"__metadata": {"version": "8"}, "x": value}
    selected(
        look(name, json.dumps(held)), Selection(without=frozenset({"dev"}), extras=frozenset({"*"}))
    )


def toml_of(value):
    """Write a value as TOML's inline form."""
    match value:
        case dict():
            return (
                "{" + ", ".join(f'"{key}" = {toml_of(each)}' for key, each in value.items()) + "}"
            )
        case list():
            return "[" + ", ".join(map(toml_of, value)) + "]"
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case _:
            return (
                '"' + "".join(sign for sign in str(value) if sign.isalnum() or sign in "@:. ") + '"'
            )


@pytest.mark.parametrize(
    "name",
    [
        "pyproject.toml",
        "uv.lock",
        "poetry.lock",
        "pdm.lock",
        "pylock.toml",
        "Pipfile",
        "Cargo.toml",
        "Cargo.lock",
    ],
)
@settings(max_examples=60, deadline=None)
@given(
    value=st.dictionaries(WORDS, VALUES, max_size=5),
    packages=st.lists(st.dictionaries(WORDS, VALUES, max_size=5), max_size=3),
)
def test_toml_of_any_shape_is_read_or_refused(name, value, packages):
    held = {"lock-version": "1.0", **value, "package": packages, "packages": packages}
    held.pop("version", None)
    text = "\n".join(f'"{key}" = {toml_of(each)}' for key, each in held.items() if key.isascii())
    selected(look(name, text), Selection(extras=frozenset({"*"}), groups=frozenset({"*"})))


@pytest.mark.parametrize(
    ("load", "text"),
    [
        (lambda text: load_json(text.encode()), "[" * DEEP),
        (lambda text: load_json(text.encode()), '{"a":' * DEEP),
        (load_toml, "a = " + "[" * DEEP),
        (load_yaml, "[" * DEEP),
        (load_yaml, "- " * DEEP + "a"),
        (load_yaml, "{a: " * DEEP),
        (lambda text: load_xml(text.encode()), "<a>" * DEEP),
    ],
)
def test_what_nests_too_deep_is_refused(load, text):
    with pytest.raises(FormatError):
        load(text)


def test_entities_of_xml_are_refused():
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><project>&c;</project>'
    outer = '<!DOCTYPE a SYSTEM "file:///etc/passwd"><project/>'
    for text in (bomb, outer):
        assert "document type" in look("pom.xml", text).problem
    assert look("pom.xml", "<project>&b;</project>").problem
    assert look("pom.xml", "<?xml version='1.0' encoding='no-such'?><project/>").problem


def test_aliases_of_yaml_are_shared_and_not_multiplied():
    lines = ["a0: &a0 [x, x]"] + [
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 60)
    ]
    assert len(load_yaml("\n".join(lines))) == 60
    assert look("pnpm-lock.yaml", "\n".join(lines)).problem


def test_scalars_of_yaml_stay_as_written():
    assert load_yaml("a: 1.10\nb: true\n1: ~\nc: !!python/object:os.system x\n") == {
        "a": "1.10",
        "b": "true",
        "1": "~",
        "c": "x",
    }


def test_too_many_packages_are_refused():
    text = "\n".join(f"x.example/{number} v1.0.0 h1:00=" for number in range(100_001))
    assert "more than 100,000 packages" in look("go.sum", text).problem


def test_many_versions_of_one_name_take_no_longer_than_their_number():
    entries = "".join(
        f'[[package]]\nname = "a"\nversion = "{n}"\ndependencies = [{{ name = "a" }}, {{ name = "b" }}]\n'
        for n in range(2_000)
    )
    found = selected(look("uv.lock", f"version = 1\n{entries}"), Selection())
    assert len(found.packages) == 2_000


def test_properties_that_multiply_stay_short():
    values = "".join(f"<p{n}>{f'${{p{n + 1}}}' * 400}</p{n}>" for n in range(4))
    text = f"<project><properties>{values}<p4>{'x' * 5_000}</p4></properties><dependencies><dependency><version>${{p0}}</version></dependency></dependencies></project>"
    assert len(look("pom.xml", text).packages[0].wanted) < 10_000
