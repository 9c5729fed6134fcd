from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from dlint.images.reference import Reference, parse_reference

HEX = "0123456789abcdef" * 4
DIGEST = f"sha256:{HEX}"

PARTS = {
    "debian": ("docker.io", "library/debian", None, None),
    "debian:12": ("docker.io", "library/debian", "12", None),
    "library/debian": ("docker.io", "library/debian", None, None),
    "docker.io/debian": ("docker.io", "library/debian", None, None),
    "index.docker.io/gallery/ui": ("docker.io", "gallery/ui", None, None),
    "gallery/ui:v1": ("docker.io", "gallery/ui", "v1", None),
    "registry.local:5000/gallery/ui:v1": ("registry.local:5000", "gallery/ui", "v1", None),
    "registry.example.com/ui": ("registry.example.com", "ui", None, None),
    "localhost/a/b/c": ("localhost", "a/b/c", None, None),
    "localhost:5000/a": ("localhost:5000", "a", None, None),
    "localhost:5000": ("docker.io", "library/localhost", "5000", None),
    "Host/a": ("Host", "a", None, None),
    "[2001:db8::1]:5000/a": ("[2001:db8::1]:5000", "a", None, None),
    f"a@{DIGEST}": ("docker.io", "library/a", None, DIGEST),
    f"a:1@{DIGEST}": ("docker.io", "library/a", "1", DIGEST),
    "a__b/c-d---e.f_g": ("docker.io", "a__b/c-d---e.f_g", None, None),
    "a:" + 128 * "b": ("docker.io", "library/a", 128 * "b", None),
    HEX[1:]: ("docker.io", f"library/{HEX[1:]}", None, None),
}


@pytest.mark.parametrize(("text", "parts"), PARTS.items())
def test_parts(text: str, parts: tuple[str, ...]) -> None:
    assert parse_reference(text) == parts


WRONG = {
    "": "empty",
    HEX: "identifier",
    "Debian": "lower case",
    "gallery/UI:v1": "lower case",
    "registry.local/Gallery/ui": "lower case",
    "a:": "tag is empty",
    "a:" + 129 * "b": "128",
    "a:-b": "not a tag",
    "a:b/c": "not a registry",
    "a:b c": "not a tag",
    "a//b": "part",
    "/a": "part",
    "a/": "part",
    "localhost/": "no repository",
    ":1": "no repository",
    "a b": "not part",
    "a._b": "not part",
    "a-": "not part",
    "${base}": "not part",
    "-.example.com/a": "not a registry",
    "a.b:x/c": "not a registry",
    "https://a.b/c": "not a registry",
    "a@": "digest",
    "a@sha256": "digest",
    "a@sha256:abc": "64",
    f"a@sha256:{HEX.upper()}": "64",
    f"a@md5:{HEX[:32]}": "algorithm",
    f"a@{DIGEST}@{DIGEST}": "digest",
    256 * "a": "255",
    248 * "a": "255",
}


@pytest.mark.parametrize(("text", "reason"), WRONG.items())
def test_what_docker_would_refuse(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_reference(text)


FORMS = {
    "debian": ("debian", "docker.io/library/debian:latest"),
    "docker.io/library/debian:12": ("debian:12", "docker.io/library/debian:12"),
    "docker.io/gallery/ui": ("gallery/ui", "docker.io/gallery/ui:latest"),
    "docker.io/library/a/b": ("library/a/b", "docker.io/library/a/b:latest"),
    "registry.local:5000/ui:v1": ("registry.local:5000/ui:v1", "registry.local:5000/ui:v1"),
    f"debian@{DIGEST}": (f"debian@{DIGEST}", f"docker.io/library/debian@{DIGEST}"),
    f"debian:12@{DIGEST}": (f"debian:12@{DIGEST}", f"docker.io/library/debian:12@{DIGEST}"),
}


@pytest.mark.parametrize(("text", "forms"), FORMS.items())
def test_short_and_long_form(text: str, forms: tuple[str, str]) -> None:
    reference = parse_reference(text)
    assert (reference.familiar, reference.canonical) == forms


def test_the_same_text_is_read_once() -> None:
    assert parse_reference("debian:12.5-slim") is parse_reference("debian:12.5-slim")


def test_account_name_and_tag() -> None:
    assert (parse_reference("debian").account, parse_reference("debian").name) == (
        "library",
        "debian",
    )
    assert (
        parse_reference("localhost/ui").account,
        parse_reference("localhost/a/b/ui").account,
    ) == ("", "a/b")
    assert (parse_reference("a").tag_or_latest, parse_reference("a:1").tag_or_latest) == (
        "latest",
        "1",
    )


@pytest.mark.parametrize(
    ("text", "is_official", "architecture"),
    [
        ("debian:12", True, ""),
        ("arm64v8/debian:12", True, "arm64"),
        ("docker.io/arm32v7/ruby:3.4", True, "arm/v7"),
        ("i386/alpine", True, "386"),
        ("arm64v8/shop", False, "arm64"),
        ("registry.example/arm64v8/debian:12", False, ""),
        ("gallery/debian:12", False, ""),
    ],
)
def test_the_official_images_of_one_architecture(
    text: str, architecture: str, *, is_official: bool
) -> None:
    reference = parse_reference(text)
    assert (reference.is_official, reference.architecture) == (is_official, architecture)
    assert reference.is_copied is is_official


components = st.from_regex(r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*", fullmatch=True)
references = st.builds(
    Reference,
    st.just("docker.io") | st.from_regex(r"[a-z]+\.[a-z]+(:[0-9]{1,5})?", fullmatch=True),
    st.lists(components, min_size=2, max_size=4)
    .map("/".join)
    .filter(lambda name: len(name) <= 255),
    st.none() | st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", fullmatch=True),
    st.none() | st.just(DIGEST),
)


@given(references)
def test_every_form_means_the_same(reference: Reference) -> None:
    if reference.registry == "docker.io" and "." in reference.repository.partition("/")[0]:
        return  # `a.b/c` is the registry a.b, so Docker Hub has no account with a dot
    if reference.repository.partition("/")[0] != "localhost":
        assert parse_reference(reference.familiar) == reference
    whole = parse_reference(reference.canonical)
    assert whole == (
        reference if reference.digest else reference._replace(tag=reference.tag_or_latest)
    )
