"""What the rules on packages take for a version, and for a lock."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

lockfile = partial(checked, rule="pin/lockfile-install")
unlocked = partial(checked, rule="pin/unlocked-package")

FILES = "package.json: {}\npackage-lock.json: {}\nyarn.lock\npnpm-lock.yaml\nbun.lock\n"
MORE = "Pipfile\nPipfile.lock\npyproject.toml\nuv.lock\ncomposer.json: {}\ncomposer.lock: {}\nCargo.toml\nCargo.lock\n"


@pytest.mark.parametrize(
    ("loose", "held"),
    [
        ("npm install", "npm ci"),
        ("npm i --omit=dev", "npm ci --omit=dev"),
        ("yarn", "yarn install --frozen-lockfile"),
        ("yarn install --production", "yarn install --frozen-lockfile --production"),
        ("yarn install --no-immutable", "yarn install --frozen-lockfile"),
        ("pnpm i --no-frozen-lockfile", "pnpm i --frozen-lockfile"),
        ("bun install", "bun install --frozen-lockfile"),
        ("pipenv install --system", None),
        ("uv sync", None),
        ("composer update", None),
        ("cargo build", None),
    ],
)
def test_installs_that_may_resolve_anew(tmp_path: Path, loose: str, held: str | None) -> None:
    head = "FROM node:22\nWORKDIR /app\nCOPY . .\n"
    found = lockfile(tmp_path, text=f"{head}RUN {loose} && true\n", context=FILES + MORE)
    assert found.lines == [4]
    assert found.fixed == f"{head}RUN {held or loose} && true\n"


@pytest.mark.parametrize(
    "install",
    [
        *(
            "npm ci",
            "yarn install --immutable",
            "pnpm install --frozen-lockfile",
            "bun ci",
            "uv sync --locked",
        ),
        *(
            "pipenv install --deploy",
            "composer install",
            "cargo build --locked",
            "CI=true pnpm fetch",
        ),
        *(
            "npm install express",
            "npm install -g pnpm@9",
            "yarn add a@1",
            "npm install --package-lock-only",
        ),
        *(
            "yarn workspaces focus --production",
            "pip install -r requirements.txt",
            "npm run install",
        ),
    ],
)
def test_installs_that_hold_to_the_lock(tmp_path: Path, install: str) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY . .\nRUN {install}\n"
    assert lockfile(tmp_path, text=text, context=FILES + MORE).messages == []


def test_without_a_lock_there_is_nothing_to_hold_to(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY package.json ./\nRUN npm install\n"
    assert lockfile(tmp_path, text=text, context="package.json: {}").lines == []


def test_a_lock_that_is_not_copied_is_a_hit_without_a_fix(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY package.json ./\nRUN npm install\n"
    found = lockfile(tmp_path, text=text, context=FILES)
    assert found.safeties == [None]
    assert "not copied" in found.messages[0]


def test_locks_from_mounts_and_from_other_stages(tmp_path: Path) -> None:
    names = ("package.json", "yarn.lock")
    mounts = " ".join(f"--mount=type=bind,source={name},target=/a/{name}" for name in names)
    assert lockfile(
        tmp_path, text=f"FROM node:22\nWORKDIR /a\nRUN {mounts} yarn\n", context=FILES
    ).lines == [3]
    stage = "FROM node:22 AS x\nFROM node:22\nCOPY --from=x /out/pnpm-lock.yaml ./\nRUN pnpm i\n"
    assert lockfile(tmp_path, text=stage, context=FILES).lines == [4]


def test_cargo_finds_the_lock_of_the_workspace(tmp_path: Path) -> None:
    text = "FROM rust:1.80\nWORKDIR /app\nCOPY . .\nRUN cargo {} && true\n"
    context = "Cargo.toml\nCargo.lock\nserver/Cargo.toml\nserver/src/main.rs\n"
    build = lockfile(
        tmp_path, text=text.format("build --manifest-path server/Cargo.toml"), context=context
    )
    assert [(each.place.start.line, each.severity.value) for each in build.found] == [(4, "info")]
    install = lockfile(tmp_path, text=text.format("install --path server"), context=context)
    assert [(each.place.start.line, each.severity.value) for each in install.found] == [
        (4, "warning")
    ]
    assert (
        lockfile(
            tmp_path, text=text.format("install --locked --path server"), context=context
        ).lines
        == []
    )


def test_the_first_npms_know_no_ci(tmp_path: Path) -> None:
    text = "FROM {}\nWORKDIR /app\nCOPY . .\nRUN npm install\n"
    old = ["node:6.11.1", "node:boron-alpine", "example/node:8.9", "node:9", "node:10.2-slim"]
    new = ["node:8", "node:8.12.0", "node:10", "node:22", "node:lts", "example/shop:6"]
    assert [
        name
        for name in old + new
        if lockfile(tmp_path, text=text.format(name), context=FILES).lines
    ] == new
    setup = "RUN curl https://deb.nodesource.com/setup_9.x | bash -\n"
    assert (
        lockfile(
            tmp_path, text=text.replace("WORKDIR", f"{setup}WORKDIR").format("lts"), context=FILES
        ).lines
        == []
    )


def test_continuous_integration_freezes_by_itself(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nENV CI=true\nCOPY . .\nRUN pnpm install\n"
    assert lockfile(tmp_path, text=text, context=FILES).lines == []
    text = text.replace("install", "install --no-frozen-lockfile")
    assert lockfile(tmp_path, text=text, context=FILES).lines == [5]


@pytest.mark.parametrize(
    ("lock", "safety"),
    [
        ('{"packages": {"": {"dependencies": {"a": "^1"}}}}', "safe"),
        ('{"packages": {"": {}}}', "unsafe"),
        ("x", "unsafe"),
    ],
)
def test_the_fix_is_safe_where_the_lock_fits(tmp_path: Path, lock: str, safety: str) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY package*.json ./\nRUN npm install\n"
    context = f'package.json: {{"dependencies": {{"a": "^1"}}}}\npackage-lock.json: {lock}\n'
    assert lockfile(tmp_path, text=text, context=context).safeties == [safety]


@pytest.mark.parametrize(
    "install",
    [
        *(
            "pip install flask",
            "pip install 'flask>=3'",
            "pip install flask~=3.0",
            "python -m pip install -U pip",
        ),
        *(
            "pipx install poetry",
            "uv pip install flask",
            "npm i -g pnpm@latest",
            "npm install express@^4",
            "yarn add a",
        ),
        *(
            "gem install rake",
            "go install example.com/a@latest",
            "cargo install just",
            "conda install -y numpy",
        ),
        *(
            "pip install git+https://a.io/b/c.git",
            "pip install git+ssh://git@a.io/b/c@main#egg=c",
            "npm install -g b/c",
        ),
        *(
            "pip install https://github.com/b/c/archive/main.zip",
            "npm install -g git+https://a.io/b/c.git#next",
        ),
        *(
            "corepack prepare pnpm@latest --activate",
            "corepack enable && corepack install -g yarn@1",
        ),
        *("pecl install xdebug", "pecl install xdebug-beta", "cpanm A::B"),
        *(
            "composer require a/b:^1",
            "dotnet tool install -g x",
            "conda install -y -c conda-forge numpy",
        ),
    ],
)
def test_packages_without_a_version(tmp_path: Path, install: str) -> None:
    assert unlocked(tmp_path, text=f"FROM debian:12\nRUN {install}\n").lines == [2]


@pytest.mark.parametrize(
    "install",
    [
        *(
            "pip install flask==3.0.3",
            "pip install -r requirements.txt",
            "pip install .",
            "pip install -e '.[dev]'",
        ),
        *(
            "pip install ./a.whl",
            "pip install flask -c constraints.txt",
            "pip install flask==$V",
            "npm ci",
        ),
        *(
            "npm i -g pnpm@9.4.0",
            "npm run install",
            "gem install rake -v 13.0.6",
            "go install example.com/a@v1.2.3",
        ),
        *("go install example.com/a", "go install ./cmd/a"),  # of the module it stands in
        *(
            "go build ./...",
            "cargo install just --version 1.2.3",
            "conda install -y numpy=1.26.4",
            "apt-get install -y tini",
        ),
        *(
            "pip install git+https://a.io/b/c.git@v1.2",
            "pip install git+https://a.io/b/c.git@$REF",
            "npm i -g b/c#v1.2",
        ),
        *("pip install https://a.io/c-1.2.tar.gz", "pip install git+https://a.io/b/c@0123abcdef"),
        *(
            "corepack prepare pnpm@9.4.0 --activate",
            "corepack prepare pnpm@$V",
            "corepack enable",
            "corepack prepare",
        ),
        *(
            "pecl install a-1.2.3",
            "pecl install a-$V",
            "pecl install /tmp/a.tgz",
            "cpanm A::B@1.2 --installdeps .",
        ),
        *(
            "composer install",
            "gem update --system 3.5.1",
            "dotnet tool install -g x --version 1.2.3",
        ),
    ],
)
def test_packages_with_one_or_none_to_pin(tmp_path: Path, install: str) -> None:
    assert unlocked(tmp_path, text=f"FROM debian:12\nRUN {install}\n").messages == []


def test_versions_in_variables(tmp_path: Path) -> None:
    text = "FROM debian:12\nARG V={}\nRUN pip install flask==$V\n"
    assert unlocked(tmp_path, text=text.format("3.0.3")).lines == []
    assert unlocked(tmp_path, text=text.format("3.*")).lines == [3]
    text = "FROM debian:12\nENV PIP_CONSTRAINT=/c.txt\nRUN pip install flask\n"
    assert unlocked(tmp_path, text=text).lines == []


def test_os_packages_on_a_pinned_base(tmp_path: Path) -> None:
    check = partial(checked, rule="pin/os-package")
    run = "RUN apt-get update && apt-get install -y tini curl=8.1 ./a.deb $MORE\n"
    assert check(tmp_path, text=f"FROM debian:12\n{run}").lines == [2]
    assert "`tini` without" in check(tmp_path, text=f"FROM debian:12\n{run}").messages[0]
    assert check(tmp_path, text=f"FROM debian:12@sha256:{'0' * 64} AS a\nFROM a\n{run}").lines == []


@pytest.mark.parametrize(
    ("command", "lines"),
    [
        ("apt-get update && apt-get -y dist-upgrade", [2]),
        ("apk upgrade --no-cache", [2]),
        ("apk -U upgrade", [2]),
        ("pacman -Syu --noconfirm", []),  # no install without it
        ("yum -y update", [2]),
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
