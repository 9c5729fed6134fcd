"""What sources of packages' sizes are asked for the installs and downloads of a Dockerfile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support import asked, build

from dlint.findings import Basis, Size
from dlint.packages import Answer, Index, Locked, Missing, Origin, PackageSize, Provenance
from dlint.sizes import layer_bytes
from dlint.sizes.python import FIRST_PIP
from dlint.sizes.questions import better

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.packages import SizeRequest

BASE = "FROM python:3.11-slim-bookworm\n"


@pytest.mark.parametrize(
    ("base", "distribution", "release"),
    [
        ("fedora:42", "fedora", "42"),
        ("rockylinux:9.3-minimal", "rockylinux", "9"),
        ("quay.io/centos/centos:stream9", "centos", "9"),
        ("amazonlinux:2023", "amazonlinux", "2023"),
        ("registry.access.redhat.com/ubi9/ubi-minimal:9.4", "ubi", "9"),
        ("registry.access.redhat.com/ubi8", "ubi", "8"),
        ("almalinux", "almalinux", ""),
        ("example/other:1", "", ""),
    ],
)
def test_rpm_packages_are_asked_for_the_base_s_release(
    tmp_path: Path, base: str, distribution: str, release: str
) -> None:
    text = f"FROM {base}\nRUN microdnf install -y curl tar && microdnf remove tar\n"
    (request,) = asked(tmp_path, text)
    assert request.ecosystem == "rpm"
    assert request.specs == ("curl",)
    assert (request.base.distribution, request.base.release) == (distribution, release)
    assert request.base.packages == {"microdnf"}
    assert request.base.holds_more


def test_an_rpm_layer_is_a_lower_bound(tmp_path: Path) -> None:
    def answer(_: SizeRequest, __: object) -> Answer:
        told = PackageSize("curl", "8", 9_000_000, 10_000_000)
        return Answer((told,), Provenance("an index", "2026-01-01"), (Missing("", "the rest"),))

    text = "FROM fedora:42\nRUN dnf install -y curl && dnf update -y\n"
    made = build(tmp_path, text).asking(answer)
    told = layer_bytes(made, made.stages[0], made.dockerfile.instructions[-1])
    assert told.is_bound
    assert told.bytes > 10_000_000
    assert "what dnf installs" in told.missing


@pytest.mark.parametrize(
    ("base", "python", "libc"),
    [
        ("python:3.11-slim-bookworm", "3.11", ("glibc", (2, 36))),
        ("python:3.12.4-bullseye", "3.12", ("glibc", (2, 31))),
        ("python:3.13-alpine3.20", "3.13", ("musl", (1, 2))),
        ("registry.example.com/mirror/python:3.10", "3.10", ("glibc", (2, 36))),
        ("ghcr.io/astral-sh/uv:python3.12-bookworm", "3.12", ("glibc", (2, 36))),
        ("python:3-slim", "3.14", ("glibc", (2, 41))),
        ("ubuntu:22.04", "", ("glibc", (2, 35))),
        ("pytorch/pytorch:2.4.0", "", ("glibc", (2, 36))),
    ],
)
def test_the_base_decides_which_wheels(
    tmp_path: Path, base: str, python: str, libc: tuple[str, tuple[int, int]]
) -> None:
    (request,) = asked(tmp_path, f"FROM {base}\nRUN pip install --no-cache-dir demo\n")
    assert request.base.python == python
    assert (request.base.libc, request.base.libc_version) == libc


def test_a_distribution_s_python_is_known_once_it_is_installed(tmp_path: Path) -> None:
    text = "FROM ubuntu:22.04\nRUN apt-get install -y {}\nRUN pip install demo\n"
    pythons = [
        next(each for each in asked(tmp_path, text.format(names)) if each.ecosystem == "pypi")
        for names in ("python3-pip", "python3.12 python3-pip")
    ]
    assert [each.base.python for each in pythons] == ["3.10", "3.12"]


def test_names_and_lists_are_resolved_and_lock_files_are_not(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "other>=2 ; python_version > '3'\nwinonly; sys_platform == 'win32'\n",
        "locked.txt": "below==1.0 --hash=sha256:00\n",
    }
    text = f"{BASE}COPY *.txt ./\nRUN pip install --no-cache-dir 'demo[x]>=1' -r requirements.txt -r locked.txt\n"
    (request,) = asked(tmp_path, text, files)
    assert request.specs == ("demo[x]>=1", "other>=2")
    assert request.locked == (Locked("below", "1.0"),)
    assert request.bytecode


UV_LOCK = """
version = 1
[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "demo" }, { name = "source-only" }]
[package.dev-dependencies]
dev = [{ name = "tester" }]
[[package]]
name = "demo"
version = "1.0"
source = { registry = "https://index.example/simple" }
wheels = [
  { url = "https://files.example/demo-1.0-cp311-cp311-musllinux_1_2_x86_64.whl", size = 300 },
  { url = "https://files.example/demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl", size = 200 },
]
[[package]]
name = "source-only"
version = "2.0"
source = { registry = "https://index.example/simple" }
sdist = { url = "https://files.example/source-only-2.0.tar.gz", size = 9 }
[[package]]
name = "tester"
version = "5.0"
source = { registry = "https://index.example/simple" }
wheels = [{ url = "https://files.example/tester-5.0-py3-none-any.whl", size = 500 }]
"""


def test_a_lock_file_names_the_wheel_of_the_base(tmp_path: Path) -> None:
    files = {"uv.lock": UV_LOCK, "pyproject.toml": '[project]\nname = "app"\nversion = "0.1.0"\n'}
    text = f"{BASE}COPY uv.lock pyproject.toml ./\nRUN uv sync --frozen --no-dev\n"
    (request,) = asked(tmp_path, text, files)
    demo, other = request.locked
    name = "demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"
    assert demo == Locked("demo", "1.0", 200, name, url=f"https://files.example/{name}")
    assert "no wheel" in other.why
    assert not request.specs


@pytest.mark.parametrize(
    ("run", "files", "urls", "instead"),
    [
        (
            "pip install --extra-index-url https://me:pw@x.example/simple/ demo",
            {},
            ["https://x.example/simple"],
            False,
        ),
        (
            "pip install --index-url=https://x.example/cpu demo",
            {},
            ["https://x.example/cpu"],
            True,
        ),
        ("PIP_INDEX_URL=https://x.example/s pip install demo", {}, ["https://x.example/s"], True),
        (
            "uv pip install --index corp=https://x.example/s demo",
            {},
            ["https://x.example/s"],
            False,
        ),
        (
            "pip install -r r.txt",
            {"r.txt": "-i https://x.example/a\n--extra-index-url https://x.example/b\ndemo\n"},
            ["https://x.example/a", "https://x.example/b"],
            True,
        ),
        (
            "pip install demo",
            {"pip.conf": "[global]\nindex-url = https://x.example/s\n"},
            ["https://x.example/s"],
            True,
        ),
    ],
)
def test_indexes_that_the_repository_names(
    tmp_path: Path, run: str, files: dict[str, str], urls: list[str], *, instead: bool
) -> None:
    copies = "COPY r.tx[t] ./\nCOPY pip.con[f] /etc/pip.conf\n" if files else ""
    copies = "COPY r.txt ./\n" if "r.txt" in files else copies.replace("pip.con[f]", "pip.conf")
    copies = copies.replace("COPY r.tx[t] ./\n", "")
    (request,) = asked(tmp_path, f"{BASE}{copies}RUN {run} --no-cache-dir\n", files)
    assert [each.url for each in request.indexes] == urls
    assert request.instead is instead
    assert {each.origin for each in request.indexes} == {Origin.REPOSITORY}
    assert not any(each.authorization for each in request.indexes)


def test_node_s_packages_and_the_registry_of_an_npmrc(tmp_path: Path) -> None:
    lock = {
        "lockfileVersion": 3,
        "packages": {
            "": {"dependencies": {"demo": "1"}},
            "node_modules/demo": {"version": "1.0.0"},
            "node_modules/tester": {"version": "1.0.0", "dev": True},
            "node_modules/git": {"version": "1.0.0", "resolved": "git+ssh://git@x.example/x.git#0"},
        },
    }
    files = {
        "package.json": "{}",
        "package-lock.json": json.dumps(lock),
        ".npmrc": "registry=https://x.example/npm/\n",
    }
    text = "FROM node:22-slim\nWORKDIR /app\nCOPY package*.json .npmrc ./\nRUN npm ci --omit=dev\n"
    request, *_ = asked(tmp_path, text, files)
    assert [(each.name, bool(each.why)) for each in request.locked] == [
        ("demo", False),
        ("git", True),
    ]
    assert request.indexes == (Index("https://x.example/npm", Origin.REPOSITORY),)
    (other, *_) = asked(tmp_path, "FROM node:22\nRUN npm install -g left-pad@1.3.0\n")
    assert other.specs == ("left-pad@1.3.0",)


ANSWER = Answer((PackageSize("demo", "1.0", 10_000_000, 9_000_000),), Provenance("an index", "day"))


def answered(root: Path, run: str, base: str = "FROM debian:12\n") -> Size:
    asking = build(root, f"{base}RUN {run}\n").asking(lambda _request, _root: ANSWER)
    stage = asking.stages[0]
    return layer_bytes(asking, stage, stage.instructions[-1])


@pytest.mark.parametrize(
    ("run", "size"),
    [
        ("curl -fsSL https://x.example/a.tar.gz | tar -xz -C /opt", 10_000_000),
        (
            "curl -o /a.tgz https://x.example/a.tgz && tar xzf /a.tgz -C /opt && rm /a.tgz",
            10_000_000,
        ),
        ("wget https://x.example/tool -O /usr/bin/tool && chmod +x /usr/bin/tool", 9_000_000),
        ("cd /tmp && wget https://x.example/b.zip && unzip b.zip -d /opt && rm b.zip", 10_000_000),
        ("curl https://x.example/a.tar.gz | tar -xz -C /opt foo/bar", None),
        ("curl https://x.example/a.tar.gz | tar -xz -C /opt --exclude doc", None),
        ("curl https://x.example/install | sh", None),
        ("curl -o /a https://x.example/$VERSION/a", None),
    ],
)
def test_downloads(tmp_path: Path, run: str, size: int | None) -> None:
    found = answered(tmp_path, run).whole
    assert (found is None) if size is None else (0 <= found - size < 1000)


def test_pip_compiles_itself_at_its_first_run_in_python_s_own_image(tmp_path: Path) -> None:
    install = "pip install --no-cache-dir demo"
    plain = answered(tmp_path, install, "FROM mirror.example.com/library/debian:12\n")
    first = answered(tmp_path, install, BASE)
    assert first.bytes - plain.bytes == FIRST_PIP
    assert first.basis is Basis.MODELLED
    assert first.sources == ("an index, day",)
    kept_off = answered(tmp_path, install, f"{BASE}ENV PYTHONDONTWRITEBYTECODE=1\n")
    assert kept_off == plain
    again = answered(tmp_path, install, f"{BASE}RUN {install}\n")
    assert again.bytes < 1000  # the same package is there


def test_the_better_of_an_index_and_a_table() -> None:
    whole, table = Size(5, Basis.MODELLED), Size(7, Basis.GUESSED)
    part = Size(5, Basis.MODELLED, ("x: the index has no such package",))
    nothing = Size.unknown("x: the index has no such package")
    bound = Size(9, Basis.GUESSED, ("x",))
    assert better(None, table) == table
    assert better(whole, table) == whole
    assert better(part, table) == table
    assert better(part, bound) == part
    assert better(nothing, bound) == Size(9, Basis.GUESSED, nothing.missing)
