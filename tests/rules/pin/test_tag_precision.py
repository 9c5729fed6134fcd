"""Which tags are exact enough, and for whom that is no question."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked, lines

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = "sha256:" + "0123456789abcdef" * 4


def test_a_distributions_code_name_is_a_version(tmp_path: Path) -> None:
    check = partial(checked, rule="pin/tag-precision")
    assert check(tmp_path, text="FROM debian:bookworm\n").lines == []
    assert check(tmp_path, text="FROM python:bookworm\n").lines == [1]
    assert check(tmp_path, text="FROM python:buster\n").lines == []  # which no longer moves
    assert check(
        tmp_path, text="FROM debian:bookworm\n", config='[pin]\nprecision = "minor"\n'
    ).lines == [1]


def test_a_variant_may_have_no_versions(tmp_path: Path) -> None:
    check = partial(checked, rule="pin/tag-precision")
    [official] = check(tmp_path, text="FROM node:alpine\n").found
    assert official.help == "name a major version"
    for unreleased in ("debian:sid-slim", "debian:testing", "fedora:rawhide"):
        [found] = check(tmp_path, text=f"FROM {unreleased}\n").found
        assert found.help == "pin a digest, or name a release unless the newest packages are wanted"
    [other] = check(tmp_path, text="FROM team/app:hosted\n").found
    assert other.help == "name a major version of the same variant, or pin a digest if it has none"


def test_what_the_machine_has_made_itself_has_no_version(tmp_path: Path) -> None:
    check = partial(checked, rule="pin/tag-precision")
    assert check(tmp_path, text="FROM team/app:local\n").lines == []
    assert check(tmp_path, text="FROM team/app:localhost\n").lines == [1]


@pytest.mark.parametrize("tag", ["__VERSION__", "__N__-alpine", "TAG", "REPLACE_ME"])
def test_a_tag_that_a_script_is_to_fill_in_is_none(tmp_path: Path, tag: str) -> None:
    for rule in ("pin/tag-precision", "pin/base-tag"):
        assert checked(tmp_path, rule, f"FROM team/app:{tag}\n").lines == []


def test_what_a_cache_begins_with_may_be_of_any_version(tmp_path: Path) -> None:
    check = partial(checked, rule="pin/tag-precision")
    text = "FROM debian:12\nRUN --mount=type={},from=example/tool:objects,target=/cache make\n"
    assert check(tmp_path, text=text.format("bind")).lines == [2]
    assert check(tmp_path, text=text.format("cache")).lines == []


@pytest.mark.parametrize(
    ("image", "advice"),
    [
        ("golang:alpine", "name a minor version"),
        ("python:slim", "name a minor version"),
        ("registry.example/mirror/golang:alpine", "name a minor version of the same variant"),
        ("node:alpine", "name a major version"),
        ("team/golang-tools:alpine", "name a major version of the same variant"),
    ],
)
def test_a_major_version_that_stays_for_years_fixes_nothing(
    tmp_path: Path, image: str, advice: str
) -> None:
    (found,) = checked(tmp_path, "pin/tag-precision", f"FROM {image}\nRUN make\n").found
    assert found.help.startswith(advice)
    text = f"FROM {image.replace(':', ':1-')}\nRUN make\n"
    assert checked(tmp_path, "pin/tag-precision", text).lines == []


@pytest.mark.parametrize("precision", ["any", "major", "minor", "patch", "digest"])
def test_the_configured_precision(tmp_path: Path, precision: str) -> None:
    images = ("node:alpine", "node:22", "node:22.4", "node:22.4.1", f"node:22.4.1@{DIGEST}")
    text = "".join(f"FROM {image} AS s{at}\nRUN make\n" for at, image in enumerate(images))
    check = checked(
        tmp_path,
        "pin/tag-precision",
        text,
        config=f'[pin.tag-precision]\nprecision = "{precision}"\n',
    )
    places = [
        place for each in check.found for place in (each.place, *(n.place for n in each.notes))
    ]
    assert len(places) == ["any", "major", "minor", "patch", "digest"].index(precision)


@pytest.mark.parametrize(
    ("recipe", "wanted"),
    [
        ("docker build -t shop/base:preview base", []),
        ("docker build --tag=shop/base base", []),
        ("docker build -t shop/base-more:preview base", [1]),
        ("docker pull shop/base:preview", [1]),
    ],
)
def test_an_image_that_the_repository_builds_itself(
    tmp_path: Path, recipe: str, wanted: list[int]
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "build.sh").write_text(f"{recipe}\n")
    assert checked(tmp_path, "pin/tag-precision", "FROM shop/base:preview\n").lines == wanted


def test_what_the_message_says_holds_whoever_builds(tmp_path: Path) -> None:
    check = partial(checked, tmp_path, "pin/tag-precision")
    differ = "so builds of one commit may take different images"
    (message,) = check("FROM nginx:alpine\nRUN make\n").messages
    assert message == f"`nginx:alpine` has no version, {differ}"
    config = '[pin]\nprecision = "patch"\n'
    (message,) = check("FROM node:22.4\n", config=config).messages
    assert message.endswith(
        f"only a minor version, {differ}; the project requires an exact version"
    )


@pytest.mark.parametrize(
    ("copied", "found"),
    [
        ("/etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/", []),
        ("/usr/share/zoneinfo /usr/share/zoneinfo", []),
        ("/etc/ssl/certs /go/bin/shop /", [1]),
        ("/ /", [1]),
    ],
)
@pytest.mark.parametrize(
    ("rule", "image"), [("pin/tag-precision", "golang:alpine"), ("pin/base-tag", "golang")]
)
def test_an_image_that_gives_certificates_alone(
    rule: str, image: str, copied: str, found: list[int]
) -> None:
    text = f"FROM {image} AS certs\nRUN apk add ca-certificates\nFROM scratch\nCOPY --from=certs {copied}\n"
    assert lines(rule, text, "-") == found
    assert lines(rule, f"FROM {image} AS certs\nFROM certs\nCOPY a /a\n", "-") == [1]


@pytest.mark.parametrize(
    ("image", "step", "taken", "found"),
    [
        ("golang:alpine", "curl -o a.tgz https://a.example/a.tgz && tar xzf a.tgz", "/go/a", []),
        ("golang:alpine", "curl -O https://a.example/a.go && go build a.go", "/go/a", [1]),
        ("golang:alpine", "wget https://a.example/a && sh a", "/go/a", [1]),
        ("golang:alpine", "wget https://a.example/a", "/usr/local/go", [1]),
        ("golang:alpine", "wget https://a.example/a", "/", [1]),
        ("team/tool:alpine", "wget https://a.example/a", "/tool/a", [1]),  # may be in the image
    ],
)
def test_an_image_that_only_downloads(image: str, step: str, taken: str, found: list[int]) -> None:
    stage = f"FROM {image} AS get\nRUN apk add --no-cache curl\nRUN {step}\n"
    text = f"{stage}FROM debian:12\nCOPY --from=get {taken} /opt/\nRUN make\n"
    assert lines("pin/tag-precision", text, "-") == found


@pytest.mark.parametrize(
    ("before", "found"),
    [
        ("FROM team/tool:alpine AS builder\n", []),  # which the builder never looks up
        ("FROM team/tool:alpine\nRUN make\n", []),
        ("FROM team/tool:alpine AS builder\nRUN make\n", [1]),  # which people may ask for by name
    ],
)
@pytest.mark.parametrize(
    ("rule", "config"),
    [
        ("pin/tag-precision", ""),
        ("pin/base-digest", ""),
        ("pin/trusted-base", '[pin.trusted-base]\nimages = ["docker.io/library/*"]\n'),
        ("pin/insecure-registry", '[pin]\ninsecure-registries = ["docker.io"]\n'),
    ],
)
def test_an_image_that_no_build_looks_up(
    tmp_path: Path, rule: str, config: str, before: str, found: list[int]
) -> None:
    digest = "" if rule == "pin/trusted-base" else f"@{DIGEST}"
    text = f"{before}FROM debian:12{digest}\nRUN make\n"
    assert checked(tmp_path, rule, text, config=config).lines == found


@pytest.mark.parametrize("place", ["examples/web", "tests/web", "dev", ".devcontainer"])
def test_what_nobody_gets_may_be_of_any_version(tmp_path: Path, place: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "Dockerfile").write_text("FROM debian:12\n")
    (tmp_path / place).mkdir(parents=True)
    check = partial(checked, tmp_path / place, "pin/tag-precision", "FROM nginx:alpine\nRUN a\n")
    assert check().lines == []
    assert check(config='[pin]\nprecision = "minor"\n').lines == [1]  # which somebody asks for
