"""What bloat/recommends reports, and what its fix names beside the flag."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked, lines

from dlint import Severity

if TYPE_CHECKING:
    from pathlib import Path

NODE = (
    'package.json: {"dependencies": {"a": "1"}, "devDependencies": {"b": "1"}}\n'
    'package-lock.json: {"packages": {"": {"dependencies": {"a": "1"}, "devDependencies": {"b": "1"}}}}\n'
    'yarn.lock: a@1:\n  version "1"\n'
)

HEAD = "FROM debian:12.5-slim\n"
PPA = "RUN add-apt-repository ppa:a/b"
FLAG = "--no-install-recommends"


@pytest.mark.parametrize(
    ("written", "fixed"),
    [
        (
            "RUN apt-get install -y nano git",
            f"RUN apt-get install {FLAG} -y nano ca-certificates git",
        ),
        (
            "RUN apt-get -y install \\\n\tgit \\\n\tnano",
            f"RUN apt-get -y install {FLAG} \\\n\tca-certificates \\\n\tgit \\\n\tnano",
        ),
        (
            'RUN ["apt-get", "install", "-y", "cmake", "wget"]',
            f'RUN ["apt-get", "install", "{FLAG}", "-y", "cmake", "wget", "ca-certificates"]',
        ),
        ("RUN apt-get install -y graphviz", f"RUN apt-get install {FLAG} -y graphviz"),
        (
            "# ca-certificates are there\nRUN apt-get install -y git",
            f"# ca-certificates are there\nRUN apt-get install {FLAG} -y git",
        ),
        (
            "RUN apt-get install -y git\nRUN apt-get install -y curl",  # git has brought all of it
            f"RUN apt-get install {FLAG} -y ca-certificates git\nRUN apt-get install -y curl",
        ),
        (
            f"RUN apt-get install {FLAG} -y git\nRUN apt-get install -y cmake curl",
            f"RUN apt-get install {FLAG} -y git\nRUN apt-get install {FLAG} -y cmake ca-certificates curl",
        ),
        (  # a compiler needs its library's headers
            "RUN apt-get install -y cmake gcc-12=12.2.0-14",
            f"RUN apt-get install {FLAG} -y cmake libc6-dev gcc-12=12.2.0-14",
        ),
        (
            "RUN apt-get install -y cmake gcc g++",
            f"RUN apt-get install {FLAG} -y cmake gcc g++",
        ),
        (  # the key of a PPA takes its agent
            f"RUN apt-get install -y software-properties-common\n{PPA}",
            f"RUN apt-get install {FLAG} -y gnupg software-properties-common\n{PPA}",
        ),
    ],
)
def test_what_is_only_recommended_comes_along(tmp_path: Path, written: str, fixed: str) -> None:
    assert checked(tmp_path, "bloat/recommends", f"{HEAD}{written}\n").fixed == f"{HEAD}{fixed}\n"


def test_the_advice_names_the_certificates(tmp_path: Path) -> None:
    for name, end in (("git", " and name `ca-certificates`"), ("graphviz", "")):
        text = f"{HEAD}RUN apt-get install -y {name}\n"
        (found,) = checked(tmp_path, "bloat/recommends", text).found
        assert found.text.endswith(f"add `{FLAG}`{end}")


@pytest.mark.parametrize(
    ("steps", "script", "named"),
    [
        ("RUN lintian --version", "", "lintian"),
        ("COPY . /ci\nRUN /ci/pack.sh", "cd /src && lintian *.deb", "lintian"),
        ('COPY . /ci\nCMD ["/ci/pack.sh"]', "test -d /src && lintian *.deb", "lintian"),
        ("COPY pack.sh /pack", "#!/bin/sh\\nlintian *.deb", "lintian"),  # for who starts it
        ("COPY . /ci\nCMD /ci/pack.sh", "dpkg-buildpackage -b", "build-essential"),
        ("COPY . /ci\nCMD /ci/pack.sh", "msgfmt shop.po", "gettext"),  # not of that name
        ("RUN ssh-keyscan example.com > /etc/known", "", "openssh-client"),
        ("RUN curl -O https://example.com/a", "", "curl"),  # or wget, as apt decides
        ("COPY . /ci\nCMD /ci/pack.sh", "# no lintian here", ""),
        ("RUN apt-get install -y lintian\nRUN lintian --version", "", ""),  # is there by then
    ],
)
def test_what_is_called_later_is_named(tmp_path: Path, steps: str, script: str, named: str) -> None:
    text = f"{HEAD}RUN apt-get install -y devscripts\n{steps}\n"
    found = checked(tmp_path, "bloat/recommends", text, f"pack.sh: {script}\n").found[0]
    assert found.text.endswith(f"add `{FLAG}`" + f" and name `{named}`" * bool(named))
    assert not named or f"`{named}`" not in found.text.partition(" — ")[0]


def test_what_the_same_step_calls_is_named(tmp_path: Path) -> None:
    text = "FROM debian:12\nRUN apt-get install -y devscripts && lintian --version\n"
    (found,) = checked(tmp_path, "bloat/recommends", text).found
    assert found.text.endswith(" and name `lintian`")


def test_a_base_has_certificates(tmp_path: Path) -> None:
    text = "FROM python:3.12\nRUN apt-get install {}-y graphviz wget\n"
    assert checked(tmp_path, "bloat/recommends", text.format("")).fixed == text.format(f"{FLAG} ")


def costs(tmp_path: Path, text: str) -> list[int]:
    found = checked(tmp_path, "bloat/recommends", text).found
    return [each.cost.weight if each.cost else 0 for each in found]


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}RUN apt-get install -y unzip make",
        f"{HEAD}RUN apt-get install -y {FLAG} flex gcc && apt-get install -y flex",
        f"{HEAD}RUN apt-get install -y {FLAG} curl\nRUN apt-get install -y curl",
        "FROM node:22\nRUN apt-get install -y git build-essential",
        f"{HEAD}RUN apt-get install -y docker.io git",  # has its client from there
        "FROM debian:12\nRUN echo deb > /etc/apt/sources.list.d/a && apt-get install -y docker-ce-cli docker-buildx-plugin docker-compose-plugin",
        f"{HEAD}RUN apt-get install -y curl",  # but for the certificates, which it needs
        "FROM openjdk:11\nRUN apt-get install -y git",
        "FROM debian:12\nRUN curl -fsSL https://deb.nodesource.com/setup_22.x | bash && apt-get install -y nodejs",
        "FROM debian:12 AS app\nFROM app AS test\nRUN apt-get install -y git",
    ],
)
def test_nothing_new_is_brought(tmp_path: Path, text: str) -> None:
    assert costs(tmp_path, f"{text}\n") == []


def test_the_cost_is_of_what_is_not_there(tmp_path: Path) -> None:
    (alone,) = costs(tmp_path, f"{HEAD}RUN apt-get install -y cmake\n")
    (beside,) = costs(tmp_path, f"{HEAD}RUN apt-get install -y build-essential cmake\n")
    below = costs(
        tmp_path,
        f"{HEAD}RUN apt-get install -y build-essential\nRUN apt-get install -y cmake graphviz\n",
    )
    assert 0 < beside < alone + below[0]  # cmake needs some of what the other recommends
    assert 0 < below[1] < alone
    assert costs(tmp_path, f"{HEAD}RUN apt-get install -y nobody-knows-it\n") == []


@pytest.mark.parametrize(
    "run",
    [
        "sudo apt install git -y",
        "DEBIAN_FRONTEND=noninteractive apt-get -qq install git",
        "apt-get -qy install git",
        "apt-get install --quiet=2 git",
        "apt-get install --assume-yes git",
        "apt-get install -o APT::Get::Assume-Yes=true git",
        "yes | apt-get install git",
        "apt-get install git < /tmp/answers",
    ],
)
def test_a_hit(run: str) -> None:
    assert lines("bloat/recommends", f"FROM debian:12\nRUN {run}\n") == [2]


@pytest.mark.parametrize(
    "run",
    [
        "apt-get install -y git --no-install-recommends",
        "apt-get -o APT::Install-Recommends=0 install -y git",
        "echo 'APT::Install-Recommends 0;' > /etc/apt/apt.conf.d/x && apt-get install -y git",
        "apt-get install -y ./tool.deb",
        "apt-get install -y unzip make",  # they recommend nothing
        "apt-get install -y gnupg && apt-get purge -y --auto-remove gnupg",
        "if a; then apt-get install -y git; if b; then if c; then d; fi fi; fi",  # not understood
        "apt-get upgrade -y",
        "apt-get install git",  # asks, and nobody answers
        "DEBIAN_FRONTEND=noninteractive apt-get -q install git >/dev/null",
    ],
)
def test_no_hit(run: str) -> None:
    assert lines("bloat/recommends", f"FROM debian:12\nRUN {run}\n") == []
    assert lines("bloat/recommends", f"FROM debian:12 AS build\nRUN {run}\nFROM scratch\n") == []


@pytest.mark.parametrize(
    ("run", "mended"),
    [
        (
            '"apt-get", "install", "-y", "ffmpeg"',
            '"apt-get", "install", "--no-install-recommends", "-y", "ffmpeg"',
        ),
    ],
)
def test_a_word_that_the_fix_adds_in_exec_form(tmp_path: Path, run: str, mended: str) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY package.json yarn.lock package-lock.json ./\nRUN [{run}]\nCMD node .\n"
    assert checked(tmp_path, "bloat/recommends", text, NODE).fixed == text.replace(run, mended)


@pytest.mark.parametrize(
    ("setting", "found"),
    [('APT::Install-Recommends "false";', []), ('APT::Get::Assume-Yes "true";', [3])],
)
def test_a_copied_configuration_of_apt_is_read(
    tmp_path: Path, setting: str, found: list[int]
) -> None:
    text = "FROM debian:12\nCOPY rootfs /\nRUN apt-get install -y graphviz\n"
    context = f"rootfs/etc/apt/apt.conf.d/99small: {setting}\n"
    assert checked(tmp_path, "bloat/recommends", text, context).lines == found


@pytest.mark.parametrize("base", ["example.com/team/base:1", "shop-base", "nvidia/cuda:12.4"])
def test_a_base_of_which_nothing_is_known_gives_no_size(tmp_path: Path, base: str) -> None:
    text = f"FROM {base}\nRUN apt-get install -y graphviz\n"
    (found,) = checked(tmp_path, "bloat/recommends", text).found
    assert found.cost is None
    assert found.severity is Severity.INFO


def test_a_mirror_of_an_official_image_is_known(tmp_path: Path) -> None:
    text = "FROM mirror.gcr.io/library/debian:12\nRUN apt-get install -y graphviz\n"
    assert all(costs(tmp_path, text))


def test_what_comes_along_is_named(tmp_path: Path) -> None:
    text = f"{HEAD}RUN apt-get install -y python3-pip\n"
    (found,) = checked(tmp_path, "bloat/recommends", text).found
    assert found.message.endswith("such as `build-essential` and `python3-dev`")


def test_a_release_that_no_table_has(tmp_path: Path) -> None:
    text = "FROM ubuntu:16.04\nRUN apt-get update && apt-get install -y {}\n"
    assert checked(tmp_path, "bloat/recommends", text.format("unzip jq")).lines == []
    assert checked(tmp_path, "bloat/recommends", text.format("graphviz")).lines == []


@pytest.mark.parametrize(
    ("end", "found"),
    [
        ("apt-get remove -y graphviz && apt-get autoremove -y", []),
        ("apt-get purge -y --auto-remove graphviz", []),
        ("apt-get remove -y graphviz", [2]),
        ("apt-get autoremove -y", [2]),
    ],
)
def test_what_the_same_run_removes_with_all_it_brought(
    tmp_path: Path, end: str, found: list[int]
) -> None:
    text = f"FROM debian:12\nRUN apt-get update && apt-get install -y graphviz && {end}\n"
    assert checked(tmp_path, "bloat/recommends", text).lines == found


def test_a_package_that_is_gone_from_the_release_recommends_what_it_did() -> None:
    for package, wanted in (("netcat", []), ("no-table-has-it", [])):
        text = f"FROM python:3.13-trixie\nRUN apt-get install -y {package}\n"
        assert lines("bloat/recommends", text) == wanted


@pytest.mark.parametrize(
    ("source", "names", "wanted"),
    [
        ("RUN echo deb https://example.com/apt x y >/etc/apt/sources.list.d/x.list", "shop-db", []),
        ("RUN add-apt-repository ppa:shop/db", "shop-db", []),
        ("RUN add-apt-repository ppa:shop/db", "shop-db graphviz", [3]),
        ("RUN add-apt-repository ppa:shop/db", "docker-ce-cli", []),
        ("RUN true", "shop-db", []),
        ("RUN true", "shop-db graphviz", [3]),
    ],
)
def test_packages_of_a_source_that_the_file_adds(
    source: str, names: str, wanted: list[int]
) -> None:
    text = f"{HEAD}{source}\nRUN apt-get update && apt-get install -y {names}\n"
    assert lines("bloat/recommends", text) == wanted


def test_a_library_that_another_release_has_is_known_by_its_name() -> None:
    text = "FROM example.org/jet:1\nRUN apt-get install -y {} && rm -rf /var/lib/apt/lists/*\n"
    assert lines("bloat/recommends", text.format("libprotobuf17 libicu60")) == []
    assert lines("bloat/recommends", text.format("libprotobuf17 python-is-python3")) == []
    assert lines("bloat/recommends", text.format("libprotobuf23 graphviz")) == [2]


def test_who_knows_whether_a_step_compiles_decides(tmp_path: Path) -> None:
    text = f"{HEAD}RUN apt-get install -y python3-pip\n"
    end = "; name `build-essential` too if line 3 compiles"
    for step, more in (("RUN pip3 install shop", end), ("RUN pip3 --version", "")):
        answer = checked(tmp_path, "bloat/recommends", f"{text}{step}\n")
        assert answer.found[0].text.endswith(f"add `{FLAG}`{more}")
        assert (answer.fixed == f"{text}{step}\n") is bool(more)
