"""Which commands upgrade the whole base."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("command", "lines"),
    [
        ("apt-get update && apt-get -y dist-upgrade", [2]),
        ("apk upgrade --no-cache", [2]),
        ("apt-get -s dist-upgrade | awk '{print $2}'", []),  # only says what it would do
        ("apk upgrade --simulate", []),
        ("apk -U upgrade", [2]),
        ("pacman -Syu --noconfirm", []),  # no install without it
        ("yum -y update", [2]),
        ("if [ $KIND = full ]; then echo full; else yum -y update; fi", []),
        ("if [ $KIND = full ]; then yum -y update; fi", []),
        ("yum -y update || true", [2]),
        ("apt-get install -y --only-upgrade tini", []),
        ("apt-get upgrade -y tini", []),
        ("dnf -y update tini", []),
        ("pip install --upgrade pip", []),
        (
            "sed -i s,deb.example.org/,snapshot.example.org/archive/, /etc/apt/sources.list && apt-get upgrade -y",
            [],
        ),
    ],
)
def test_upgrades_of_the_whole_base(tmp_path: Path, command: str, lines: list[int]) -> None:
    check = partial(checked, rule="pin/os-upgrade")
    assert check(tmp_path, text=f"FROM debian:12\nRUN {command}\n").lines == lines
    assert check(tmp_path, text=f"FROM debian:12\nRUN {command}\nFROM scratch\n").lines == []


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("# security fixes\nRUN apk upgrade", []),
        ("# for now\n# CVE-2026-1: openssl\nRUN apk add tini && apk upgrade", []),
        ("RUN apk add tini \\\n  # security fixes\n  && apk upgrade", []),
        ("# security fixes\nRUN apk add tini\n# of the base\nRUN apk upgrade", [5]),
        ("# get newer packages\nRUN apk upgrade", [3]),
    ],
)
def test_an_upgrade_on_purpose(tmp_path: Path, text: str, lines: list[int]) -> None:
    text = f"FROM alpine:3.20\n{text}\n"
    assert checked(tmp_path, rule="pin/os-upgrade", text=text).lines == lines


_LATER = "use a newer base image instead, if it comes soon enough"


@pytest.mark.parametrize(
    "base",
    ["debian", "debian:12-slim", "debian:12.5", f"debian:12@sha256:{'0' * 64}", "$BASE"],
)
def test_what_to_do_is_the_same_of_any_base(tmp_path: Path, base: str) -> None:
    text = f"ARG BASE\nFROM {base}\nRUN apt-get update && apt-get upgrade -y\n"
    (found,) = checked(tmp_path, rule="pin/os-upgrade", text=text).found
    assert found.help == _LATER


WORKFLOW = (
    r"on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:"
    r"\n      - run: docker build -t acme/web . && docker push acme/web\n"
)


@pytest.mark.parametrize(
    ("base", "recipe", "helped"),
    [
        ("debian:12", "build.sh: docker build --pull .", []),
        ("$BASE", "build.sh: docker build --pull .", []),
        (
            f"debian:12@sha256:{'0' * 64}",
            "build.sh: docker build --pull .",
            [_LATER],
        ),
        (
            "debian:12",
            "build.sh: docker build --pull=false .",
            [_LATER],
        ),
        (
            "debian",
            "build.sh: docker build --pull .",
            [],
        ),
        (
            "debian:12",
            rf".github/workflows/a.yml: {WORKFLOW}",
            [],
        ),
    ],
)
def test_builds_that_take_the_newest_base(
    tmp_path: Path, base: str, recipe: str, helped: list[str]
) -> None:
    text = f"ARG BASE\nFROM {base}\nRUN apt-get update && apt-get upgrade -y\n"
    found = checked(tmp_path, "pin/os-upgrade", text, f"{recipe}\n.git/HEAD: x\n").found
    assert [each.help for each in found] == helped


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("RUN apk upgrade\nRUN apk add tini && apk upgrade\n", [2]),
        ("RUN apk upgrade\nFROM web AS shop\nRUN apk upgrade\n", [2]),
        ("RUN apk upgrade tini\nRUN apk upgrade\n", [3]),
        ("FROM alpine:3.20\nRUN apk upgrade\n", [3]),
        ("FROM web AS shop\nRUN apk upgrade\n# Vulnerability scan: 2026-07-01\n", []),
        ("FROM web AS shop\nRUN apk upgrade\n# A scan of the page\n", [3]),
    ],
)
def test_the_first_upgrade_of_an_image_alone(tmp_path: Path, text: str, lines: list[int]) -> None:
    text = f"FROM alpine:3.20 AS web\n{text}"
    assert checked(tmp_path, rule="pin/os-upgrade", text=text).lines == lines


@pytest.mark.parametrize(
    ("base", "lines"),
    [
        ("opensuse/tumbleweed", []),
        ("registry.opensuse.org/opensuse/tumbleweed:latest", []),
        ("opensuse/leap:15.5", [3]),
    ],
)
def test_a_distribution_that_moves_on_as_a_whole(
    tmp_path: Path, base: str, lines: list[int]
) -> None:
    text = f"ARG BASE={base}\nFROM $BASE\nRUN zypper -n dup && zypper -n in tini\n"
    assert checked(tmp_path, rule="pin/os-upgrade", text=text).lines == lines


@pytest.mark.parametrize(
    ("base", "upgrade", "lines"),
    [
        ("debian:sid-slim", "apt-get update && apt-get -y dist-upgrade", []),
        ("docker.io/library/debian:unstable-20260713", "apt-get update && apt-get -y upgrade", []),
        ("debian:stable-slim", "apt-get update && apt-get -y dist-upgrade", [2]),
        ("alpine:edge", "apk upgrade --no-cache", []),
        ("shop/web:edge", "apk upgrade --no-cache", [2]),
        ("fedora:rawhide", "dnf -y upgrade", []),
        ("amazonlinux:2023", "dnf -y upgrade", []),
        ("public.ecr.aws/amazonlinux/amazonlinux:2023-minimal", "dnf -y update", []),
        ("amazonlinux:2023", "dnf -y upgrade --releasever=latest", [2]),
        ("amazonlinux:2", "yum -y update", [2]),
        ("amazoncorretto:25-al2023-headless", "yum -y update", []),
        ("amazoncorretto:25-al2-full", "yum -y update", [2]),
    ],
)
def test_what_is_never_released_or_keeps_to_its_release(
    tmp_path: Path, base: str, upgrade: str, lines: list[int]
) -> None:
    text = f"FROM {base}\nRUN {upgrade}\n"
    assert checked(tmp_path, rule="pin/os-upgrade", text=text).lines == lines


@pytest.mark.parametrize(
    ("name", "is_own"),
    [
        ("acme/$1:$2", True),
        ("acme/$1", True),
        ("$1", False),
        ("ghcr.io/$1", False),
        ("other/$1", False),
    ],
)
def test_the_repositorys_own_base_behind_a_variable(
    tmp_path: Path, name: str, *, is_own: bool
) -> None:
    base = "ghcr.io/base" if name.startswith("ghcr.io") else "acme/base"
    text = f"FROM {base}:2\nRUN apt-get update && apt-get upgrade -y\n"
    recipe = f"build.sh: docker build -t {name} -f images/$1/Dockerfile .\n.git/HEAD: x\n"
    context = f"{recipe}images/base/Dockerfile: FROM debian:12\\nRUN make\n"
    (found,) = checked(tmp_path, "pin/os-upgrade", text, context).found
    assert ("which this repository builds" in found.help) == is_own


def test_the_repositorys_own_base_is_upgraded_itself(tmp_path: Path) -> None:
    text = "FROM acme/base\nRUN apt-get update && apt-get upgrade -y\n"
    context = (
        "build.sh: docker build -t acme/base -f {}.base .\n"
        "Dockerfile.base: FROM debian:12\\nRUN make\n.git/HEAD: x\n"
    )
    for name, helped in (("Dockerfile", "in the base image, which"), ("Other", "use a newer base")):
        folder = tmp_path / name
        folder.mkdir()
        (found,) = checked(folder, "pin/os-upgrade", text, context.format(name)).found
        assert helped in found.help


@pytest.mark.parametrize(
    ("text", "is_in_vain"),
    [
        ("FROM debian:12\nRUN apt-get upgrade -y && apt-get update\n", True),
        ("FROM debian:12\nRUN apt-get update && apt-get upgrade -y\n", False),
        ("FROM debian:12\nRUN apt-get update\nRUN apt-get upgrade -y\n", False),
        ("FROM acme/base:1.0.0\nRUN apt-get upgrade -y\n", False),
    ],
)
def test_an_upgrade_without_an_index(tmp_path: Path, text: str, is_in_vain: bool) -> None:  # noqa: FBT001  a column
    (message,) = checked(tmp_path, rule="pin/os-upgrade", text=text).messages
    assert ("upgrades nothing" in message) is is_in_vain


@pytest.mark.parametrize(
    ("script", "lines"),
    [
        ("docker run shop apt-get -s upgrade | grep -q ^Inst && exit 3", []),
        ("apt-get upgrade -qs | grep ^Inst", []),
        ('test -z "$(apt list --upgradable 2>/dev/null)"', []),
        ("dnf -q check-update || exit 3", [2]),  # of another image
        ("apt-get upgrade -y", [2]),
        ("apt-get -y install -s tini", [2]),
    ],
)
def test_a_script_that_looks_for_upgrades(tmp_path: Path, script: str, lines: list[int]) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "check.sh").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    text = "FROM debian:12\nRUN apt-get update && apt-get upgrade -y\n"
    assert checked(tmp_path, rule="pin/os-upgrade", text=text).lines == lines


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ("", "apk upgrade stores every"),
        ("RUN apk add tini && apk upgrade\n", "apk upgrade and the upgrade in line 3 store every"),
        (
            "RUN apk add tini && \\\n  apk upgrade && \\\n  apk -U upgrade\nFROM web\nRUN apk upgrade\n",
            "apk upgrade and the upgrades in lines 4, 5 and 7 store every",
        ),
        # not those of other images, of other packages, or on purpose
        (
            "FROM web AS tools\nRUN apk upgrade\nFROM web\nCOPY --from=tools /a /\n",
            "apk upgrade stores every",
        ),
        ("RUN apk upgrade tini\n", "apk upgrade stores every"),
        ("# security\nRUN apk upgrade\n", "apk upgrade stores every"),
    ],
)
def test_the_other_upgrades_of_an_image_are_named(tmp_path: Path, steps: str, told: str) -> None:
    text = f"FROM alpine:3.20 AS web\nRUN apk upgrade\n{steps}"
    (found,) = checked(tmp_path, rule="pin/os-upgrade", text=text).texts
    assert told in found


@pytest.mark.parametrize(("tag", "lines"), [("6", []), ("7.9.2009", []), ("stream9", [3])])
def test_an_upgrade_that_fails_upgrades_nothing(tmp_path: Path, tag: str, lines: list[int]) -> None:
    text = f"FROM centos:{tag}\nUSER root\nRUN yum -y update\n"
    assert checked(tmp_path, rule="pin/os-upgrade", text=text).lines == lines
