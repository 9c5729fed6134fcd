"""Which commands ask mirrors for a release that has left them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked

from dlint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

RULE = "stage/ended-release"
UPDATE = "RUN apt-get update && apt-get install -y tini\n"


@pytest.mark.parametrize(
    ("base", "release"),
    [
        ("debian:buster-slim", "Debian 10"),
        ("debian:9.13", "Debian 9"),
        ("arm64v8/debian:9.13", "Debian 9"),
        ("registry.example/arm64v8/debian:9.13", ""),
        ("python:3.6-stretch", "Debian 9"),
        ("docker.io/library/php:7.1-fpm-jessie", "Debian 8"),
        ("ubuntu:19.10", "Ubuntu 19.10"),
        ("ubuntu:21.04", "Ubuntu 21.04"),
        ("ubuntu:eoan", "Ubuntu 19.10"),
        ("debian:bullseye", ""),
        ("debian:12", ""),
        ("ubuntu:18.04", ""),
        ("ubuntu:trusty", ""),
        ("ros:kinetic", ""),  # a name of its own, on Ubuntu 16.04
        ("node:10", ""),  # whose tag does not tell
        ("acme/tools:10-buster", ""),  # which may have other sources
        ("$BASE", ""),
    ],
)
def test_releases_that_have_left_the_mirrors(tmp_path: Path, base: str, release: str) -> None:
    found = checked(tmp_path, RULE, f"ARG BASE\nFROM {base}\nRUN true\n{UPDATE}").found
    assert [each.place.start.line for each in found] == [4] * bool(release)
    assert all(f"the packages of {release} have left" in each.message for each in found)


@pytest.mark.parametrize(
    ("base", "run", "is_told"),
    [
        ("centos:7", "yum install -y epel-release", True),
        ("centos:centos7.9.2009", "yum -y update", True),
        ("centos:8", "dnf install -y gcc", True),
        ("centos:7", "sed -i s/mirrorlist/#mirrorlist/ /etc/yum.repos.d/* && yum -y update", False),
        ("centos:7", "rpm -i /a.rpm", False),
        ("centos:stream9", "dnf install -y gcc", False),
    ],
)
def test_centos(tmp_path: Path, base: str, run: str, *, is_told: bool) -> None:
    found = checked(tmp_path, RULE, f"FROM {base}\nRUN {run}\n").found
    assert bool(found) == is_told
    assert all("`vault.centos.org`" in each.help for each in found)


@pytest.mark.parametrize(
    ("above", "lines"),
    [
        ("RUN echo deb http://example.com x main > /etc/apt/sources.list.d/x.list\n", [3]),
        ("RUN true; \\\n# their repository\n    true\n", [5]),
        ("RUN <<EOF\ntrue # from a mirror\nEOF\n", [5]),
        ("RUN echo 'deb http://x.org/repos/ x main' > /etc/apt/sources.list.d/x.list\n", [3]),
        ("RUN echo 'deb http://x/repos/ x y' \\\n | tee -a /etc/apt/sources.list.d/x.list\n", [4]),
        ("RUN echo 'deb http://x.org/repos/ x main' > /etc/apt/sources.list\n", []),
        ("RUN echo 'deb http://archive.debian.org/ x main' > $LIST\n", []),
        ("RUN sed -i 's#x# mirror.org#' $LIST\n", []),
        ("COPY app /app\nENV A=1\n", [4]),
        ("RUN sed -i s/deb.debian.org/archive.debian.org/ /etc/apt/sources.list\n", []),
        ("RUN sed -i s,deb.debian.org,example.com, /etc/apt/*.list\n", []),
        ("COPY sources.list /etc/apt/\n", []),
        ("COPY root /\n", []),
        ('COPY ["root", "/etc/"]\n', []),
        ("ADD https://example.com/x.list /etc/apt/sources.list.d/x.list\n", [3]),
        ("COPY setup /\nRUN /setup\n", []),
        ("RUN --mount=type=bind,source=s,target=/etc/apt/sources.list apt-get update\n", []),
        ("RUN if test -f /x; then apt-get update; fi\n", [3]),
    ],
)
def test_packages_from_elsewhere(tmp_path: Path, above: str, lines: list[int]) -> None:
    text = f"FROM debian:buster\n{above}{UPDATE}"
    assert checked(tmp_path, RULE, text).lines == lines


def test_the_first_command_of_each_stage(tmp_path: Path) -> None:
    text = (
        f"FROM debian:buster AS base\n{UPDATE}RUN apt-get update\nFROM base AS app\n{UPDATE}"
        f"FROM debian:stretch\n{UPDATE}COPY --from=app /a /a\n"
    )
    (found,) = checked(tmp_path, RULE, text).found
    assert found.place.start.line == 2
    assert "(and 1 more in line 7)" in found.message


@pytest.mark.parametrize(("base", "is_told"), [("buster", False), ("bookworm", True)])
def test_what_never_builds_has_no_typical_push(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], base: str, *, is_told: bool
) -> None:
    (tmp_path / "app").write_text("a")
    path = tmp_path / "Dockerfile"
    path.write_text(
        f"FROM debian:{base} AS a\n{UPDATE}FROM scratch\nCOPY --from=a / /\nCOPY app /\n"
    )
    main(["check", str(path)])
    assert ("pushes" in capsys.readouterr().out) == is_told
