"""What bloat/recommends reports, and what its fix names beside the flag."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from checked import checked, lines

from dlint import Severity
from dlint.sizes import apt
from dlint.sizes.indexes.apt import AptIndex

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
            "RUN apt-get install -y nano nodejs",
            f"RUN apt-get install {FLAG} -y ca-certificates nano nodejs",
        ),
        (
            "RUN apt-get -y install \\\n\tnodejs \\\n\tnano",
            f"RUN apt-get -y install {FLAG} \\\n\tca-certificates \\\n\tnodejs \\\n\tnano",
        ),
        (
            'RUN ["apt-get", "install", "-y", "nodejs"]',
            f'RUN ["apt-get", "install", "{FLAG}", "-y", "nodejs", "ca-certificates"]',
        ),
        (
            "RUN apt-get install -y ca-certificates nodejs",
            f"RUN apt-get install {FLAG} -y ca-certificates nodejs",
        ),
        (
            "RUN apt-get install -y ca-certificates\nRUN apt-get install -y nodejs",
            f"RUN apt-get install -y ca-certificates\nRUN apt-get install {FLAG} -y nodejs",
        ),
    ],
)
def test_what_is_only_recommended_comes_along(tmp_path: Path, written: str, fixed: str) -> None:
    found = checked(tmp_path, "bloat/recommends", f"FROM debian:12.5\n{written}\n")
    assert found.fixed == f"FROM debian:12.5\n{fixed}\n"


@pytest.mark.parametrize(
    ("names", "shown", "named"),
    [
        ("git", "`openssh-client`, ", "`ca-certificates` and "),
        ("git-lfs", "`openssh-client`, ", ""),  # by way of git
        ("graphviz", "`fonts-liberation2`, ", ""),
        ("poppler-utils", "`poppler-data`", ""),
        ("python3-pip python3-venv", "`build-essential`, `python3-dev`, ", ""),
        ("fonts-noto", "`fonts-noto-extra`, ", ""),  # for the fonts
        ("cmake gcc-12=12.2.0-14", "", "`libc6-dev` and "),  # a compiler needs the headers
        ("cmake gcc g++", "", ""),
        ("git curl", "", "`ca-certificates` and "),
        ("shop-db graphviz", "", ""),  # nobody knows what the first recommends
    ],
)
def test_what_the_image_may_use_is_for_its_author(
    tmp_path: Path, names: str, shown: str, named: str
) -> None:
    text = f"{HEAD}RUN apt-get install -y {names}\n"
    answer = checked(tmp_path, "bloat/recommends", text)
    (found,) = answer.found
    assert f"also installs recommended packages: {shown}" in found.message
    assert found.help == f"add `{FLAG}`, and name {named}those of them that you need"
    assert answer.fixed == text


@pytest.mark.parametrize(
    ("names", "first", "last"),
    [
        # its own before what those recommend that it needs
        ("network-manager", ("wpasupplicant", "dnsmasq-base", "ppp"), ""),
        ("chromium", ("fonts-liberation", "upower"), ""),  # of chromium-common, a part of it
        ("git", ("openssh-client", "patch"), "manpages"),
        ("gcc", (), "manpages"),  # what nothing uses
    ],
)
def test_what_may_be_missed_is_shown_first(
    tmp_path: Path, names: str, first: tuple[str, ...], last: str
) -> None:
    text = f"{HEAD}RUN apt-get install -y {names}\n"
    (found,) = checked(tmp_path, "bloat/recommends", text).found
    shown = found.message.partition(": ")[2]
    assert all(f"`{each}`" in shown for each in first)
    assert not last or f"`{last}`" not in shown.partition("`, ")[0]


COMPILED = "COPY requirements.txt .\nRUN pip install --break-system-packages -r requirements.txt\n"


@pytest.mark.parametrize(
    ("names", "steps", "named"),
    [
        ("python3-pip", COMPILED, "`build-essential`, `python3-dev` and "),
        ("python3-pip", "RUN pip install --upgrade pip\n", ""),  # nothing of it is compiled
        ("python3-pip", "RUN python3 setup.py build\n", "`build-essential`, `python3-dev` and "),
        ("python3-pip", "", ""),
        ("dkms-shop dkms zstd git", "", "`ca-certificates`, `build-essential` and "),  # it does
    ],
)
def test_what_a_later_step_compiles_with_is_named(
    tmp_path: Path, names: str, steps: str, named: str
) -> None:
    text = f"{HEAD}RUN apt-get install -y {names}\n{steps}"
    found = checked(tmp_path, "bloat/recommends", text, "requirements.txt: shop==1\n").found[0]
    assert found.help == f"add `{FLAG}`, and name {named}those of them that you need"


def test_what_a_later_step_compiles_with_does_not_count(tmp_path: Path) -> None:
    text = f"{HEAD}RUN apt-get install -y python3-pip\n"
    (alone,) = costs(tmp_path, text)
    compiling = checked(tmp_path, "bloat/recommends", text + COMPILED, "requirements.txt: a\n")
    assert compiling.found[0].cost is not None
    assert compiling.found[0].cost.weight < alone / 4
    assert "`build-essential`" not in compiling.found[0].message


def test_what_a_later_step_installs_all_the_same_does_not_count(tmp_path: Path) -> None:
    text = f"{HEAD}RUN apt-get install -y git graphviz\n"
    (alone,) = costs(tmp_path, text)
    later = checked(
        tmp_path, "bloat/recommends", f"{text}RUN apt-get install -y {FLAG} openssh-client\n"
    )
    assert later.found[0].cost is not None
    assert later.found[0].cost.weight < alone
    assert "openssh-client" not in later.found[0].message


@pytest.mark.parametrize(
    ("first", "second", "named"),
    [("git", "graphviz", "graphviz"), ("graphviz", "git", "graphviz"), ("git", "nano", "git")],
)
def test_the_install_is_named_that_brings_most(
    tmp_path: Path, first: str, second: str, named: str
) -> None:
    text = f"{HEAD}RUN apt-get install -y {first} && apt-get install -y {second}\n"
    (found,) = checked(tmp_path, "bloat/recommends", text=text).found
    assert found.message.startswith(f"`apt-get install -y {named}` also installs")


def test_what_a_first_install_brings_is_not_named_again(tmp_path: Path) -> None:
    for more, told in (("", ""), (f" {FLAG}", "`ca-certificates` and ")):
        text = f"{HEAD}RUN apt-get install -y{more} git\nRUN apt-get install -y cmake curl\n"
        found = checked(tmp_path, "bloat/recommends", text).found[-1]
        assert f"add `{FLAG}`, and name {told}those" in found.text


def test_the_key_of_a_ppa_takes_the_agent_of_gnupg(tmp_path: Path) -> None:
    text = f"{HEAD}RUN apt-get install -y software-properties-common\n{PPA}\n"
    (found,) = checked(tmp_path, "bloat/recommends", text).found
    assert f"add `{FLAG}`, and name `gnupg` and those" in found.text


def test_what_is_named_all_the_same_costs_nothing(tmp_path: Path) -> None:
    """Of what an image may use, little is named where most falls away without it."""
    answer = checked(
        tmp_path, "bloat/recommends", "FROM debian:12.5\nRUN apt-get install -y nodejs\n"
    )
    assert "`ca-certificates`" not in answer.found[0].message
    (less,) = costs(tmp_path, "FROM debian:12.5\nRUN apt-get install -y ca-certificates nodejs\n")
    assert answer.found[0].cost is not None
    assert answer.found[0].cost.weight == less


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
    assert f"add `{FLAG}`, and name " + f"`{named}` and " * bool(named) + "those" in found.text
    assert not named or f"`{named}`" not in found.text.partition(" — ")[0]


def test_what_the_same_step_calls_is_named(tmp_path: Path) -> None:
    text = "FROM debian:12\nRUN apt-get install -y devscripts && lintian --version\n"
    (found,) = checked(tmp_path, "bloat/recommends", text).found
    assert ", and name `lintian` and those" in found.text


def test_a_base_has_certificates(tmp_path: Path) -> None:
    text = "FROM python:3.12-bookworm\nRUN apt-get install {}-y nodejs wget\n"
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


@pytest.mark.parametrize(
    ("script", "is_told"),
    [
        (
            "#!/bin/sh\\necho deb https://deb.nodesource.com/node_22.x > /etc/apt/sources.list.d/a",
            False,
        ),
        ("#!/bin/sh\\necho hello", True),
    ],
)
def test_a_script_that_adds_a_publisher(tmp_path: Path, script: str, is_told: bool) -> None:  # noqa: FBT001  a column
    text = (
        "FROM debian:12\nCOPY tools/add.sh .\n"
        "RUN ./add.sh && apt-get update && apt-get install -y nodejs\n"
    )
    listing = f"tools/add.sh: {script}\n"
    found = checked(tmp_path, "bloat/recommends", text, listing).texts
    assert any("nodejs-doc" in each for each in found) is is_told


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
        "echo 'apt::install-recommends 0;' > /etc/apt/apt.conf.d/x && apt-get install -y git",
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
    assert ": `build-essential`, `python3-dev`, " in found.message


def test_a_release_that_no_table_has(tmp_path: Path) -> None:
    text = "FROM ubuntu:16.04\nRUN apt-get update && apt-get install -y {}\n"
    assert checked(tmp_path, "bloat/recommends", text.format("unzip jq")).lines == []
    assert checked(tmp_path, "bloat/recommends", text.format("graphviz")).lines == []


@pytest.mark.parametrize(
    ("base", "is_told"),
    [
        ("debian:12", True),
        ("ubuntu:24.04", False),
        ("nvidia/cuda:12.4.1-runtime-ubuntu22.04", False),
    ],
)
def test_what_debian_s_packages_recommend_says_nothing_of_ubuntu_s(
    tmp_path: Path, base: str, *, is_told: bool
) -> None:
    text = f"FROM {base}\nRUN apt-get update && apt-get install -y graphviz git\n"
    (found,) = checked(tmp_path, "bloat/recommends", text).found
    assert ("packages: `" in found.message) is is_told
    assert (found.cost is not None) is is_told
    assert ("ca-certificates" in found.text) is is_told
    assert (found.help or "").endswith("name those of them that you need") is not is_told


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
        # Debian's `cmdtest` provides a `yarn`, and recommends packages
        ("RUN echo deb https://example.com/apt x y >/etc/apt/sources.list.d/x.list", "yarn", []),
        ("RUN true", "yarn", [3]),
        ("RUN add-apt-repository ppa:shop/db", "amavis", [3]),  # which is `amavisd-new`
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


@pytest.mark.parametrize(("image", "releases"), [("debian:12.5-slim", 1), ("own/base", 6)])
def test_what_an_install_brings_is_searched_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, image: str, releases: int
) -> None:
    """For each system that may stand below: what is needed, and what is recommended beside it."""
    asked: list[tuple[str, ...]] = []
    search = AptIndex.closure
    monkeypatch.setattr(
        AptIndex,
        "closure",
        lambda index, words, **given: asked.append(tuple(words)) or search(index, words, **given),
    )
    apt._needed.cache_clear()
    apt._with_recommended.cache_clear()
    text = f"FROM {image}\nRUN apt-get update && apt-get install -y graphviz\n"
    assert checked(tmp_path, "bloat/recommends", text).lines == [2]
    assert asked.count(("graphviz",)) == releases
    sized = Counter(words for words in asked if len(words) == 1 and words != ("graphviz",))
    assert max(sized.values()) <= 2  # what is shown, and what would go, each in one of the systems


@pytest.mark.parametrize(("second", "is_asked"), [("tini", False), ("graphviz", True)])
def test_what_later_installs_need_is_told_only_where_it_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, second: str, *, is_asked: bool
) -> None:
    """Packages that bring nothing recommended come with nothing that others might need."""
    asked: list[tuple[str, ...]] = []
    search = AptIndex.closure
    monkeypatch.setattr(
        AptIndex,
        "closure",
        lambda index, words, **given: asked.append(tuple(words)) or search(index, words, **given),
    )
    apt._needed.cache_clear()
    apt._with_recommended.cache_clear()
    text = f"{HEAD}RUN apt-get update && apt-get install -y jq\nRUN apt-get install -y {second}\n"
    assert checked(tmp_path, "bloat/recommends", text).lines == [3] * is_asked
    assert (tuple(sorted(("jq", second))) in asked) is is_asked


def test_a_compiler_for_another_system_needs_the_headers_of_its_library(tmp_path: Path) -> None:
    text = "FROM debian:12.5-slim\nRUN apt-get install -y {} gcc-aarch64-linux-gnu graphviz\n"
    (found,) = checked(tmp_path, "bloat/recommends", text.format("")).found
    told = found.help or (found.repair.title if found.repair else "")
    assert f"{FLAG}`, and name `libc6-dev-arm64-cross` and" in told
    named = text.format("libc6-dev-arm64-cross")
    (found,) = checked(tmp_path, "bloat/recommends", named).found
    assert "cross" not in (found.help or (found.repair.title if found.repair else ""))


@pytest.mark.parametrize(
    ("last", "wanted"), [("CMD shop", []), ("ENV LD_PRELOAD=libsqlite3.so\nCMD shop", [2])]
)
def test_what_only_headers_recommend_is_told_with_those(
    tmp_path: Path, last: str, wanted: list[int]
) -> None:
    text = f"FROM debian:12-slim\nRUN apt-get install -y libsqlite3-dev\nCOPY shop /usr/bin/shop\n{last}\n"
    assert checked(tmp_path, "bloat/recommends", text, "shop 20kB\n").lines == wanted
    if not wanted:
        assert checked(tmp_path, "bloat/build-packages-shipped", text, "shop 20kB\n").lines == [2]
