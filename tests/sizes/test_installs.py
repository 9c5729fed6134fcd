"""What installs weigh: tables of packages, lists and lock files."""

import json
from pathlib import Path

import pytest
from layers import apt_layer_bytes
from support import build

from dlint.bytes.estimate import FOLDER_LAYER
from dlint.findings import Basis, Size
from dlint.model.keys import Keys, shallow
from dlint.push.sizes import Sizes
from dlint.shell import CacheLeft, Install
from dlint.sizes import (
    cache_bytes,
    carried_bytes,
    development_bytes,
    fetched_bytes,
    installed_bytes,
    layer_bytes,
    run_bytes,
)
from dlint.sizes.apt import base_packages, held_packages, lists_bytes
from dlint.sizes.catalogue import Catalogue, Entry, catalogue
from dlint.sizes.held import VENV, VIRTUALENV
from dlint.sizes.python import OLDER, _compiled, _plain
from dlint.syntax import Run


class Case:
    """A Dockerfile in a context; its last RUN is the one that is asked about."""

    def __init__(self, root: Path, text: str, files: dict[str, str] | None = None) -> None:
        self.build = build(root, text, files)
        self.run = [each for each in self.build.dockerfile.instructions if isinstance(each, Run)][
            -1
        ]
        self.stage = self.build.stages[-1]
        self.installs = self.build.effects(self.run).of(Install)

    @property
    def installed(self) -> Size:
        return installed_bytes(self.build, self.stage, self.run, self.installs)


def guess(count: int, *missing: str) -> Size:
    return Size(count, Basis.GUESSED, missing)


def debian(
    *names: str, there: frozenset[str] | None = None, recommended: bool = False, slim: bool = False
) -> int:
    there = base_packages("bookworm") if there is None else there
    found = apt_layer_bytes("bookworm", names, slim=slim, recommends=recommended, there=there)
    return found.bytes


def wheels(*names: str, compiled: bool = True) -> int:
    spread = _compiled if compiled else _plain
    return round(sum(spread(each * 1000) for each in catalogue("pypi").each(names)))


APT_LISTS = lists_bytes("bookworm").bytes


def test_large_wheels_are_machine_code_to_which_no_byte_code_adds(tmp_path):
    case = Case(tmp_path, "FROM python:3.12\nRUN pip install --no-cache-dir pyarrow\n")
    (wheel,) = catalogue("pypi").each(["pyarrow"])
    assert case.installed.bytes < 1.1 * 1000 * wheel


def test_a_package_brings_what_it_needs_once():
    table = Catalogue(
        {
            "a": Entry(1, ("c",)),
            "b": Entry(2, ("c",), ("d",)),
            "c": Entry(4, ("a",)),
            "d": Entry(8, ()),
        }
    )
    assert table.kilobytes(["a"]) == 5
    assert table.kilobytes(["a", "b"]) == 7
    assert table.kilobytes(["a", "b"], there=["a"]) == 2
    assert table.kilobytes(["missing"]) == 0
    assert table.closure("b") == {"a", "b", "c"}
    assert table.closure("b", recommended=True) == {"a", "b", "c", "d"}
    assert table.closure("ab", recommended=True, there={"b"}) == {"a", "c"}


@pytest.mark.parametrize(
    ("version", "is_unlike"),
    [
        ("2.9", True),
        ("3.7.5", True),
        ("3.7", True),
        ("3.7.6", False),
        ("3.10", False),
        ("3.7.5rc1", True),
        ("3.7.6rc1", False),
        ("", False),
        ("3.*", False),
        ("$VERSION", False),
    ],
)
def test_which_versions_a_table_is_about(version: str, *, is_unlike: bool):
    table = Catalogue({"a": Entry(1, (), since="3.7.6"), "b": Entry(1, ())})
    assert table.is_unlike("a", version) is is_unlike
    assert not table.is_unlike("b", version)
    assert not table.is_unlike("c", version)


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("==1.12.0", "size unknown"),
        ("==1.13.1", "≈ "),
        ("==2.6.0", "≈ "),
        (">=1.2", "≈ "),
        ("", "≈ "),
    ],
)
def test_a_version_that_weighs_much_less_is_of_unknown_size(tmp_path, version, told):
    named = Case(tmp_path, f"FROM python:3.11-slim\nRUN pip install 'torch{version}'\n")
    assert str(named.installed).startswith(told)
    text = "FROM python:3.11-slim\nCOPY a.txt .\nRUN pip install -r a.txt\n"
    listed = Case(tmp_path, text, {"a.txt": f"torch{version}\n"})
    assert str(listed.installed).startswith(told)


def test_what_an_unlike_version_needs_is_left_out_with_it(tmp_path):
    text = "FROM python:3.11-slim\nRUN pip install torch==1.12.0 torchvision pandas==2.0.0\n"
    size = Case(tmp_path, text).installed
    assert size.missing == ("torch 1.12.0",)
    assert size.is_bound
    assert size.bytes < 100_000_000


def test_a_table_names_only_what_it_has():
    entries = catalogue("pypi")._entries
    assert len(entries) > 300
    assert (
        not {need for entry in entries.values() for need in (*entry.needs, *entry.recommends)}
        - entries.keys()
    )


def test_debian_packages(tmp_path):
    case = Case(
        tmp_path,
        "FROM debian:12\nRUN apt-get install -y git curl=7.88.1-10 && apt-get install -y ./own.deb\n",
    )
    known = debian("git", "curl", recommended=True)
    assert case.installed == guess(known, "./own.deb")
    assert known > debian("git", "curl") > debian("git")


@pytest.mark.parametrize(
    "told",
    [
        "RUN apt-get install --no-install-recommends -y git",
        "RUN apt-get install -y -o APT::Install-Recommends=0 git",
        "RUN echo 'APT::Install-Recommends 0;' > /etc/apt/apt.conf.d/own\nRUN apt-get install -y git",
    ],
)
def test_what_packages_recommend_may_be_left_out(tmp_path, told):
    assert Case(tmp_path, f"FROM debian:12\n{told}\n").installed.whole == debian("git")


def test_what_an_earlier_run_has_installed_is_there(tmp_path):
    install = "RUN apt-get install --no-install-recommends -y"
    case = Case(tmp_path, f"FROM debian:12\n{install} curl\n{install} git\n")
    base = base_packages("bookworm")
    both, first = debian("curl", "git"), debian("curl")
    assert case.installed.bytes == pytest.approx(both - first, rel=0.01)
    assert case.installed.bytes < debian("git", there=base)


@pytest.mark.parametrize("tag", ["3.12-bookworm", "3.12-slim-bookworm"])
def test_a_languages_image_brings_what_it_holds(tmp_path, tag):
    slim = "slim" in tag
    case = Case(tmp_path, f"FROM python:{tag}\nRUN apt-get install -y build-essential ffmpeg\n")
    there = held_packages("bookworm", "python", tag, slim=slim)
    expected = debian("build-essential", "ffmpeg", there=there, recommended=True, slim=slim)
    assert case.installed == guess(expected)


def test_one_layer_weighs_less_in_a_slim_image(tmp_path):
    line = "RUN apt-get install -y --no-install-recommends git\n"
    plain, slim = (Case(tmp_path, f"FROM debian:{tag}\n{line}") for tag in ("12", "12-slim"))
    assert slim.installed.bytes < plain.installed.bytes


def test_the_release_is_the_one_of_the_base(tmp_path):
    line = "RUN apt-get install -y --no-install-recommends git\n"
    tags = ("debian:11", "debian:12", "debian:13", "example.com/team/app:1-bookworm")
    sizes = [Case(tmp_path, f"FROM {tag}\n{line}").installed for tag in tags]
    assert len({size.bytes for size in sizes[:3]}) == 3
    assert "dpkg" not in sizes[0].missing


@pytest.mark.parametrize("base", ["example.com/python:3.12", "example.com/cuda@sha256:" + "0" * 64])
def test_on_an_unknown_base_what_is_installed_is_a_lower_bound(tmp_path, base):
    line = "RUN apt-get install -y --no-install-recommends git ffmpeg\n"
    size = Case(tmp_path, f"FROM {base}\n{line}").installed
    assert size.missing == ("what the base is",)
    assert 0 < size.bytes < debian("git", "ffmpeg")


def test_what_an_unknown_image_of_a_known_release_holds_lies_between_two_bounds(tmp_path):
    base = "FROM example.com/team/app:1-bookworm\n"
    line = "RUN apt-get install -y --no-install-recommends"
    alike = Case(tmp_path, f"{base}{line} texlive-full\n").installed
    assert alike.whole == pytest.approx(debian("texlive-full"), rel=0.01)
    apart = Case(tmp_path, f"{base}{line} git curl g++\n").installed
    assert apart.missing == ("which packages the base has",)
    assert apart.bytes < debian("git", "curl", "g++")


@pytest.mark.parametrize(
    ("publisher", "package"),
    [
        ("https://deb.nodesource.com/setup_22.x", "nodejs"),
        ("http://apt.postgresql.org", "postgresql-16"),
    ],
)
def test_what_another_publisher_serves_under_the_name_is_unknown(tmp_path, publisher, package):
    case = Case(
        tmp_path,
        f"FROM debian:12\nRUN curl -sL {publisher} | bash -\nRUN apt-get install -y {package}\n",
    )
    assert case.installed == Size.unknown(package)


@pytest.mark.parametrize(
    ("base", "there", "missing"),
    [
        ("golang:1.22", "git g++ curl", "imagemagick"),
        ("openjdk:11-jdk", "git wget", "gcc"),
        ("buildpack-deps:trixie-scm", "git", "gcc"),
        ("php:8.3-apache", "g++ make curl", "git"),
        ("python:3.12-slim", "ca-certificates tzdata", "git"),
    ],
)
def test_what_other_official_images_bring(tmp_path, base, there, missing):
    assert Case(tmp_path, f"FROM {base}\nRUN apt-get install -y {there}\n").installed.whole == 0
    assert Case(tmp_path, f"FROM {base}\nRUN apt-get install -y {missing}\n").installed.bytes


def test_nothing_tells_what_other_distributions_install(tmp_path):
    assert Case(tmp_path, "FROM alpine\nRUN apk add --no-cache git\n").installed == Size.unknown(
        "what apk installs"
    )
    unlisted = Case(tmp_path, "FROM debian\nRUN apt-get install -y nobody-knows-it\n")
    assert unlisted.installed == Size.unknown("nobody-knows-it")


REQUIREMENTS = "Flask==3.1.0\n# a comment\n-r more.txt\nnobody_knows.it>=1  # why\n"


def test_a_list_of_python_packages(tmp_path):
    text = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt pandas\n"
    free = Case(tmp_path, text, {"requirements.txt": REQUIREMENTS.replace("==", ">=")})
    assert free.installed == guess(wheels("flask", "pandas"), "nobody-knows-it")
    assert fetched_bytes(free.build, free.installs) == guess(
        catalogue("pypi").kilobytes(["flask", "pandas"]) * 1000, "nobody-knows-it"
    )


def test_the_newest_version_is_no_least_size_of_another(tmp_path):
    text = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt {}\n"

    def installed(more, requirements):
        return Case(tmp_path, text.format(more), {"requirements.txt": requirements}).installed

    def half(*names):
        return round(OLDER * wheels(*names))

    bound = installed("pandas", REQUIREMENTS)
    assert bound == guess(wheels("pandas") + half("flask"), "nobody-knows-it")
    assert installed("", REQUIREMENTS) == guess(half("flask"), "nobody-knows-it")
    assert installed("", "flask==3\npandas==2\n") == guess(wheels("flask", "pandas"))
    # what a compiled list does not name, it does not install
    compiled = "flask==3.1.0\n    # via -r requirements.in\nclick==8\n"
    known = catalogue("pypi").each(["flask", "click"], alone=True)
    alone = sum(_compiled(each * 1000) for each in known)
    assert installed("", compiled) == guess(round(alone))
    assert installed("", f"{compiled}rare==1\n") == guess(round(OLDER * alone), "rare")


def test_the_list_that_is_read_is_the_one_of_that_path(tmp_path):
    text = "FROM python:3.12-slim\nCOPY . /app/\nRUN pip install -r /app/api/requirements.txt\n"
    files = {"requirements.txt": "pandas\n", "api/requirements.txt": "flask\n"}
    assert Case(tmp_path, text, files).installed.whole == round(wheels("flask"))


UV_LOCK = """\
version = 1
[[package]]
name = "shop"
source = { editable = "." }
dependencies = [
    { name = "colorama", marker = "sys_platform == 'win32'" },
    { name = "flask", marker = "sys_platform == 'darwin' or sys_platform == 'linux'" },
    { name = "pywin32", marker = "sys_platform == 'darwin' or sys_platform == 'win32'" },
]
[package.dev-dependencies]
dev = [{ name = "pandas" }]
[[package]]
name = "flask"
dependencies = [{ name = "nobody-knows-it" }]
sdist = { url = "https://example.com/flask.tar.gz", hash = "sha256:0" }
wheels = [
    { url = "https://example.com/flask.whl", hash = "sha256:1" },
]
[[package]]
name = "nobody-knows-it"
[[package]]
name = "pandas"
[[package]]
name = "colorama"
"""


def test_uv_lock_tells_what_the_project_itself_needs(tmp_path):
    text = "FROM python:3.12-slim\nWORKDIR /app\nCOPY uv.lock pyproject.toml ./\nRUN uv sync --frozen --no-dev\n"
    case = Case(tmp_path, text, {"uv.lock": UV_LOCK, "pyproject.toml": ""})
    known = wheels("flask", compiled=False)
    assert case.installed == guess(known, "nobody-knows-it")


@pytest.mark.parametrize(
    ("install", "each"),
    [
        ("uv sync --frozen --no-dev", 12_000),  # the lock file names each archive
        ("uv pip install --system -r requirements.txt", 122_000),
        ("uv pip install --system flask", 122_000),
    ],
)
def test_uv_keeps_what_an_index_says_of_what_it_asks_for(tmp_path, install, each):
    text = f"FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN {install}\n"
    lock = '[[package]]\nname = "flask"\nversion = "3.0.0"\nsource = { registry = "https://pypi.org/simple" }\n'
    files = {"uv.lock": lock, "pyproject.toml": "", "requirements.txt": "flask\n"}
    case = Case(tmp_path, text, files)
    (left,) = case.build.effects(case.run).of(CacheLeft)
    size = cache_bytes(case.build, case.stage, case.run, left)
    assert size.bytes in range(
        each, each * 12, each
    )  # flask, and what it needs where that is asked


@pytest.mark.parametrize(
    ("others", "asked"),
    [("", 0), ("&& uv pip install --system idna", 1)],
)
def test_uv_asks_an_index_only_for_what_is_not_locked(tmp_path, others, asked):
    text = f"FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN uv sync --frozen {others}\n"
    lock = "".join(f'[[package]]\nname = "{name}"\nversion = "1"\n' for name in ("flask", "click"))
    case = Case(tmp_path, text, {"uv.lock": lock, "pyproject.toml": ""})
    (left,) = case.build.effects(case.run).of(CacheLeft)
    size = cache_bytes(case.build, case.stage, case.run, left)
    assert size.bytes == 2 * 12_000 + asked * 122_000


def test_poetry_lock(tmp_path):
    text = "FROM python:3.12-slim\nWORKDIR /app\nCOPY poetry.lock pyproject.toml ./\nRUN poetry install\n"
    lock = '[[package]]\nname = "Flask"\n[[package]]\nname = "a"\n[[package]]\nname = "b"\n'
    case = Case(tmp_path, text, {"poetry.lock": lock, "pyproject.toml": ""})
    assert case.installed == guess(wheels("flask", compiled=False), "a", "b")


NPM = "FROM node:22-slim\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci {}\n"
PACKAGES = {
    "": {},
    "node_modules/a": {},
    "node_modules/b": {"dev": True},
    "node_modules/c": {"link": True},
}


@pytest.mark.parametrize(("flag", "packages"), [("", 2), ("--omit=dev", 1)])
def test_nothing_tells_what_a_package_of_npm_weighs(tmp_path, flag, packages):
    lock = json.dumps({"lockfileVersion": 3, "packages": PACKAGES})
    case = Case(tmp_path, NPM.format(flag), {"package.json": "{}", "package-lock.json": lock})
    assert case.installed == Size.unknown(f"{packages} packages of the lock file")
    assert development_bytes(case.build, case.installs) == Size.unknown(
        "1 packages for development"
    )
    named = Case(tmp_path, "FROM node\nRUN npm install -g pm2\n")
    assert named.installed == Size.unknown("pm2")


def test_a_lock_file_without_packages_for_development_weighs_nothing_for_it(tmp_path):
    lock = json.dumps({"packages": {"": {}, "node_modules/a": {}}})
    case = Case(tmp_path, NPM.format(""), {"package.json": "{}", "package-lock.json": lock})
    assert development_bytes(case.build, case.installs).whole == 0


@pytest.mark.parametrize("content", ["", "[]", "{", '{"packages": []}', '{"packages": {"a": 1}}'])
def test_a_broken_lock_file_tells_nothing(tmp_path, content):
    case = Case(tmp_path, NPM.format(""), {"package.json": "{}", "package-lock.json": content})
    assert case.installed.is_unknown


def test_yarn_lock_does_not_say_what_development_needs(tmp_path):
    lock = 'a@^1:\n  version "1.0.0"\n  resolved "https://example.com/a.tgz"\n'
    text = "FROM node:22-slim\nWORKDIR /app\nCOPY package.json yarn.lock ./\nRUN yarn install --frozen-lockfile {}\n"
    files = {"package.json": "{}", "yarn.lock": lock}
    assert Case(tmp_path, text.format(""), files).installed.is_unknown
    assert Case(tmp_path, text.format("--production"), files).installed.is_unknown


@pytest.mark.parametrize(
    ("installed", "known", "missing"),
    [
        ("flask", True, ()),
        ("flask nobody-knows-it", True, ("nobody-knows-it",)),
        ("-r a.txt", False, ("nobody-knows-it",)),
    ],
)
def test_a_cache_holds_at_least_what_is_known(tmp_path, installed, known, missing):
    case = Case(
        tmp_path,
        f"FROM python:3\nCOPY a.txt .\nRUN pip install {installed}\n",
        {"a.txt": "nobody-knows-it"},
    )
    (downloads,) = case.build.effects(case.run).of(CacheLeft)
    size = cache_bytes(case.build, case.stage, case.run, downloads)
    assert size.missing == missing
    assert size.bytes == catalogue("pypi").kilobytes(["flask"]) * 1000 * known


def test_a_layer_holds_the_caches_that_are_left(tmp_path):
    case = Case(tmp_path, "FROM debian:12\nRUN apt-get update && apt-get install -y curl\n")
    whole = layer_bytes(case.build, case.stage, case.run).whole
    assert whole == debian("curl", recommended=True) + APT_LISTS + FOLDER_LAYER
    again = Case(
        tmp_path,
        "FROM debian:12\nRUN apt-get update\nRUN apt-get update && apt-get install -y curl\n",
    )
    [lists] = again.build.effects(again.run).of(CacheLeft)
    assert cache_bytes(again.build, again.stage, again.run, lists).is_unknown


@pytest.mark.parametrize(
    ("added", "is_more"),
    [
        ("echo deb-src https://e.test sid main >> /etc/apt/sources.list", True),
        ("add-apt-repository ppa:x/y", True),
        ("sed -i s/deb.debian.org/e.test/ /etc/apt/sources.list", False),
    ],
)
def test_lists_of_added_sources_are_not_known(tmp_path, added, is_more):
    text = f"FROM debian:12\nRUN {added}\nRUN apt-get update && apt-get install -y curl\n"
    case = Case(tmp_path, text)
    [lists] = case.build.effects(case.run).of(CacheLeft)
    size = cache_bytes(case.build, case.stage, case.run, lists)
    assert size.bytes == APT_LISTS
    assert bool(size.missing) is is_more


CLEAN = "rm -rf /var/lib/apt/lists/*"


@pytest.mark.parametrize(
    ("more", "known"),
    [
        ("", True),
        ("&& mkdir /srv/data", True),
        ("&& make install", False),
        ("&& curl -o /opt/x https://example.com/x", False),
        ("&& git clone https://example.com/x", False),
        ("&& apk add git", False),
    ],
)
def test_a_whole_layer_is_known_only_where_nothing_else_is_of_weight(tmp_path, more, known):
    case = Case(
        tmp_path,
        f"FROM debian:12\nRUN apt-get update && apt-get install -y curl && {CLEAN} {more}\n",
    )
    size = run_bytes(case.build, case.stage, case.run)
    assert size.at_least is not known
    assert size.bytes == pytest.approx(debian("curl", recommended=True), abs=300)


FILES = {
    "app/big.txt": "".join(f"{number * 7919 % 10007} " for number in range(9000)),
    "app/main.py": "print(1)",
    "run.sh": "exec app",
}
BIG = 21_000  # what app/big.txt comes to, compressed


@pytest.mark.parametrize(
    ("lines", "size"),
    [
        ("RUN mkdir -p /srv/data && touch /srv/x && echo yes > /etc/told && ln -s /srv /s", 200),
        ("RUN groupadd -r shop && useradd -r -g shop shop", 1_210),
        ("RUN groupadd -r shop", 750),
        ("RUN useradd --create-home shop", 3_450),
        ("RUN useradd -ms /bin/sh shop", 3_450),
        ("RUN adduser --system shop", 1_220),
        ("RUN python3 -m venv /opt/venv", 3_530_000),
        ("RUN python3 -m venv --without-pip /opt/venv", 5_000),
        ("RUN virtualenv /opt/venv", VIRTUALENV),
        ("RUN A=b virtualenv /opt/venv", VIRTUALENV),
        ("RUN sudo -u app python3 -m venv /opt/venv", VENV),
        ("RUN echo virtualenv is said > /told", 120),
        ("RUN cat <<EOF > /etc/told\nyes\nEOF", 120),
        ("COPY app /app\nRUN chown -R 1000 /app", BIG),
        (
            "COPY app /app\nCOPY . /\nRUN chown -R 1000 /app",
            BIG,
        ),  # the second COPY's files replace the first one's
        ("COPY app /app\nRUN chown 1000 /app", 120),
        ("COPY app /app\nRUN chmod 600 /app/big.txt", BIG),
        ("COPY app /app\nRUN chmod 644 /app/big.txt", 120),  # as it is
        ("COPY app /app\nRUN chown -R root /app", 120),
        ("COPY app /app\nRUN chown -R 1000 /app\nRUN chown -R root /app", BIG),
        ("COPY app /app\nRUN chmod 600 /app/big.txt && chmod 644 /app/big.txt", BIG),
        ("COPY app /app\nRUN find /app -type d -exec chmod 700 {} +", 120),
        ("COPY app /app\nRUN find /app -name '*.sh' -exec chmod 700 {} +", None),
        ("COPY app /app\nRUN mv /app /srv/shop", BIG),
        ("WORKDIR /app\nRUN mkdir data && chown -R 1000 data", 150),
        ("WORKDIR /app\nCOPY app .\nRUN npm install\nRUN chown -R 1000 /app", None),
        ("COPY app /app\nRUN make -C /app\nRUN chown -R 1000 /app", None),
        ("COPY app /app\nRUN cd /app && ./setup\nRUN chown -R 1000 /app", None),
        ("COPY --from=build /app /app\nRUN chown -R 1000 /app", None),
        ("ADD https://example.com/x /opt/x\nRUN chmod +x /opt/x", None),
        ("RUN chown -R 1000 /var/lib/nginx", None),
        ("RUN chown -R 1000 $SOMEWHERE", None),
        ("RUN sed -i s/a/b/ /etc/nginx/nginx.conf", None),
        ("RUN cat /usr/share/a > /b", None),
        ("RUN sort /usr/share/a > /b", None),
        ("RUN cp -r /usr/share /srv", None),
        ("RUN curl https://example.com/x > /x", None),
        ("RUN apt-get purge -y gcc", 261_000),
        ("RUN make", None),
        ("RUN apt-get update", APT_LISTS),
        ("RUN apt-get update\nRUN apt-get update", None),
    ],
)
def test_what_a_run_without_installs_writes(tmp_path, lines, size):
    case = Case(tmp_path, f"FROM debian:12 AS build\nFROM debian:12\n{lines}\n", FILES)
    found = run_bytes(case.build, case.stage, case.run)
    assert found.told == (None if size is None else pytest.approx(size, rel=0.05, abs=40))
    assert found.at_least is (size is None)


def test_packages_that_get_another_owner_are_stored_again(tmp_path):
    installed = "RUN python -m venv .venv && .venv/bin/pip install flask\n"
    case = Case(tmp_path, f"FROM python:3.12\nWORKDIR /app\n{installed}RUN chown -R 1 .venv\n")
    packages = wheels("flask")
    found = run_bytes(case.build, case.stage, case.run)
    assert found.whole == pytest.approx(packages + VENV, rel=0.01)


FLASK, PIP, PIPENV = wheels("flask"), wheels("pip"), wheels("pipenv")
LOCKED = {
    "package.json": "{}",
    "package-lock.json": json.dumps({"packages": {"": {}, "node_modules/a": {}}}),
}


@pytest.mark.parametrize(
    ("above", "copied", "size"),
    [
        ("RUN python -m venv /v && /v/bin/pip install flask", "/v /v", FLASK + VENV),
        ("RUN virtualenv /v && /v/bin/pip install flask", "/v /v", FLASK + VIRTUALENV),
        (
            "RUN python -m venv /v && /v/bin/pip install flask && /v/bin/pip install flask",
            "/v /v",
            FLASK + VENV,
        ),
        # the environment's own pip is not there any more
        ("RUN python -m venv /v && /v/bin/pip install -U pip", "/v /v", PIP),
        ("RUN python -m venv /v\nRUN /v/bin/pip install 'pip==24.0'", "/v /v", PIP),
        ("RUN python -m venv /v\nRUN pip install -U pip", "/v /v", VENV),
        ("RUN python -m venv /v\nRUN /v/bin/pip install pipenv", "/v /v", VENV + PIPENV),
        ("RUN pip install --prefix=/install flask", "/install /usr/local", FLASK),
        ("RUN pip install --user flask", "/root/.local /root/.local", FLASK),
        ("WORKDIR /app\nCOPY package*.json ./\nRUN npm ci", "/app/node_modules /m", None),
        (
            "WORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nCOPY app .\nRUN make",
            "/app/node_modules /m",
            None,
        ),
        (
            "WORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nCOPY app .",
            "/app /app",
            None,
        ),
        ("COPY app /app", "/app/main.py /run.sh /", None),  # the second one is not there
        ("COPY app /app\nCOPY run.sh /", "/app/main.py /run.sh /", 200),
        (
            "WORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nCOPY app .\nRUN make",
            "/app /app",
            None,
        ),
        (
            "WORKDIR /app\nCOPY package*.json ./\nRUN npm ci && npm prune --omit=dev",
            "/app/node_modules /m",
            None,
        ),
        (
            "WORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nRUN rm -rf node_modules/a",
            "/app/node_modules /m",
            None,
        ),
        ("RUN pip install flask", "/usr/local/lib /usr/local/lib", None),
        ("RUN python -m venv /v && /v/bin/pip install flask", "/v/lib /v", None),
        ("RUN make", "/out /out", None),
        ("WORKDIR /app\nCOPY app .\nRUN mkdir out && make", "/app/out /out", None),
        (
            "WORKDIR /app\nCOPY app .\nRUN mkdir /out && make",
            "/app/main.py /app/big.txt /",
            20_400,
        ),
        (
            "WORKDIR /app\nCOPY app .\nRUN mkdir /out && ./build",
            "/app/main.py /app/big.txt /",
            None,
        ),
    ],
)
def test_what_a_copy_brings_from_another_stage(tmp_path, above, copied, size):
    text = f"FROM python:3.12 AS build\n{above}\nRUN true\nFROM python:3.12\nCOPY --from=build {copied}\n"
    case = Case(tmp_path, text, FILES | LOCKED)
    found = carried_bytes(case.build, case.build.dockerfile.instructions[-1])
    assert found.whole == (None if size is None else pytest.approx(size, rel=0.02, abs=400))


def test_steps_of_one_key_are_guessed_once(tmp_path, monkeypatch):
    case = Case(tmp_path, "FROM debian:12\nRUN apt-get update\n")
    keyed = Keys(case.build, shallow).chain(case.stage)[-1]
    sizes = Sizes()
    assert sizes.of(keyed, case.build).whole == pytest.approx(APT_LISTS, abs=200)
    monkeypatch.setattr("dlint.push.sizes.layer_bytes", lambda *_: Size())
    assert sizes.of(keyed, case.build).bytes != 0
    assert sizes.of(keyed._replace(key="another"), case.build) == Size()


def test_a_lock_file_is_the_one_that_stands_where_the_install_runs(tmp_path):
    many = {f"node_modules/p{number}": {} for number in range(5)}
    files = {
        "package-lock.json": json.dumps({"lockfileVersion": 3, "packages": many}),
        "web/package-lock.json": json.dumps(
            {"lockfileVersion": 3, "packages": {"node_modules/a": {}}}
        ),
        "web/package.json": "{}",
    }
    text = "FROM node:22-slim\nWORKDIR /app\nCOPY web/package*.json ./\nRUN npm ci\n"
    assert Case(tmp_path, text, files).installed.missing == ("1 packages of the lock file",)
    alone = "FROM node:22-slim\nWORKDIR /app\nCOPY web/package.json ./\nRUN npm install\n"
    assert Case(tmp_path, alone, files).installed.missing == ("what npm installs",)


def test_a_lock_file_may_come_by_way_of_another_stage(tmp_path):
    lock = json.dumps({"lockfileVersion": 3, "packages": {"node_modules/a": {}}})
    text = "FROM node:22 AS build\nWORKDIR /src\nCOPY . .\nFROM node:22-slim\nWORKDIR /app\nCOPY --from=build /src/package*.json ./\nRUN npm ci\n"
    found = Case(tmp_path, text, {"package.json": "{}", "package-lock.json": lock}).installed
    assert found.missing == ("1 packages of the lock file",)


def test_lists_are_followed_and_constraints_are_not_installed(tmp_path):
    files = {
        "requirements.txt": "-r more.txt\n-c limits.txt\nflask\n",
        "more.txt": "nobody-knows-it\n",
        "limits.txt": "pandas==2\n",
    }
    text = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -c limits.txt -r requirements.txt\n"
    assert Case(tmp_path, text, files).installed == guess(wheels("flask"), "nobody-knows-it")


def test_groups_and_extras_of_an_install_are_counted(tmp_path):
    lock = UV_LOCK.replace(
        "[package.dev-dependencies]",
        '[package.optional-dependencies]\nweb = [{ name = "a" }]\n[package.dev-dependencies]',
    )
    lock += '[[package]]\nname = "a"\nversion = "1.0+local"\n'

    def weight(flags):
        text = f"FROM python:3.12-slim\nWORKDIR /app\nCOPY uv.lock pyproject.toml ./\nRUN uv sync --frozen {flags}\n"
        return Case(tmp_path, text, {"uv.lock": lock, "pyproject.toml": ""}).installed

    few = weight("--no-dev")
    assert few.bytes == wheels("flask", compiled=False)
    more = weight("--no-dev --extra web")
    assert more.bytes == few.bytes
    assert [name.split()[0] for name in set(more.missing) - set(few.missing)] == ["a"]
    assert weight("").bytes == wheels("flask", "pandas", compiled=False)


def test_yarn_and_package_json_together_tell_what_development_needs(tmp_path):
    lock = 'a@^1:\n  version "1.0.0"\n\nb@^1:\n  version "1.0.0"\n'
    files = {
        "package.json": '{"dependencies": {"a": "^1"}, "devDependencies": {"b": "^1"}}',
        "yarn.lock": lock,
    }
    text = "FROM node:22-slim\nWORKDIR /app\nCOPY package.json yarn.lock ./\nRUN yarn install --frozen-lockfile {}\n"
    whole = Case(tmp_path, text.format(""), files).installed
    assert whole.missing == ("2 packages of the lock file",)
    production = Case(tmp_path, text.format("--production"), files).installed
    assert production.missing == ("1 packages of the lock file",)


def test_npm_shrinkwrap_comes_first(tmp_path):
    lock = json.dumps({"lockfileVersion": 3, "packages": {"node_modules/a": {}}})
    files = {"package.json": "{}", "package-lock.json": lock, "npm-shrinkwrap.json": lock}
    text = "FROM node:22-slim\nWORKDIR /app\nCOPY *.json ./\nRUN npm ci\n"
    assert Case(tmp_path, text, files).installed.missing == ("1 packages of the lock file",)


INSTALL = "apt-get install -y --no-install-recommends llvm && rm -rf /var/lib/apt/lists/*"
GUARDED = f'RUN if [ "$CHECKED" = 1 ]; then apt-get update && {INSTALL}; fi\n'


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("RUN apt-get update && " + INSTALL + "\n", "≈"),
        # a variable that the build has no value for, or another
        ("ARG CHECKED\n" + GUARDED, "93 B"),
        ("ARG CHECKED=0\n" + GUARDED, "93 B"),
        ("ENV CHECKED=no\n" + GUARDED, "93 B"),
        ("ARG CHECKED=1\n" + GUARDED, "≈"),
        # what the base, a program or the script decides
        (GUARDED, "≤"),
        ("ARG CHECKED\n" + GUARDED.replace("RUN ", "RUN CHECKED=$(cat /etc/checked); "), "≤"),
        ("RUN if test -f /etc/checked; then apt-get update && " + INSTALL + "; fi\n", "≤"),
        ("RUN if test -f /etc/checked; then " + INSTALL + "; else " + INSTALL + "; fi\n", "≈"),
    ],
)
def test_what_may_not_be_installed_is_no_lower_bound(tmp_path: Path, lines: str, told: str) -> None:
    case = Case(tmp_path, f"FROM debian:12\n{lines}")
    assert str(layer_bytes(case.build, case.stage, case.run)).startswith(told)


def test_wheels_of_another_stage_weigh_at_least_what_made_them(tmp_path):
    files = {"a.txt": "flask==3.0.3\n"}
    text = (
        "FROM python:3.12 AS wheels\nCOPY a.txt /\nRUN pip wheel -w /wheels -r /a.txt\n{}"
        "FROM python:3.12-slim\n"
        "RUN --mount=from=wheels,source=/wheels,target=/wheels pip install /wheels/*\n"
    )
    whole = Case(tmp_path, text.format(""), files).installed
    thinned = Case(tmp_path, text.format("RUN cd /wheels && ./thin\n"), files).installed
    assert whole.bytes > 0
    assert not whole.missing
    assert thinned.bytes == whole.bytes
    assert thinned.missing
