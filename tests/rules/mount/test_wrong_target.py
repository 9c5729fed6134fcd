"""Which mounts miss the cache that they are for, beyond the examples of `mount/wrong-target`'s page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked

from dlint.config.settings import Overrides
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.plugins import Plugins
from dlint.testing import write_context

if TYPE_CHECKING:
    from pathlib import Path

PIP = "pip install flask"


def lines(rule: str, text: str) -> list[int]:
    checker = Checker(
        Spec(Overrides(isolated=True, select=(rule,))), Plugins(third_party=False).rules
    )
    return [each.place.start.line for each in checker.check(Task("-", text.encode())).diagnostics]


def cache(*targets: str) -> str:
    return " ".join(f"--mount=type=cache,target={target}" for target in targets)


@pytest.mark.parametrize(
    ("above", "run", "hit"),
    [
        ("USER app", f"{cache('/root/.cache/pip')} {PIP}", True),
        ("", f"{cache('/root/.cache/pip')} {PIP}", False),
        ("", f"{cache('/root/.cache')} {PIP}", False),
        ("ENV PIP_CACHE_DIR=/c", f"{cache('/c')} {PIP}", False),
        ("ENV PIP_CACHE_DIR=/c", f"{cache('/root/.cache/pip')} {PIP}", True),
        ("", f"{cache('/c')} pip install --cache-dir=/c flask", False),
        (
            "",
            f"{cache('/home/jenkins/.cache/pip')} {PIP}",
            False,
        ),  # the base's user may be that one
        (
            "USER app",
            f"{cache('/root/.cache/pip')} {PIP} --no-cache-dir",
            False,
        ),  # then it's neutralised
        ("RUN npm config set cache /x", f"{cache('/root/.cache/npm')} npm ci", False),
        ("", f"{cache('/root/.cache/npm')} npm ci", True),
        ("", f"{cache('/root/.npm')} npm ci", False),
        ("", f"{cache('/opt/stuff')} npm ci", False),
        ("", f"{cache('/root/.cache')} npm ci", True),
        ("", f"{cache('/root/.cache')} npm ci && npm run build", False),  # which may use it
        ("", f"{cache('/root/.cache')} npm ci && {PIP}", False),  # pip uses it
        ("", f"{cache('/root/.npm', '/root/.cache')} npm ci", False),
        ("", f"{cache('$HOME/.cache/pip')} {PIP}", True),  # empty for the builder: /.cache/pip
        ("", f"{cache('${HOME}/.cache')} {PIP}", True),
        ("ENV HOME=/root", f"{cache('$HOME/.cache/pip')} {PIP}", False),
        ("ENV HOME=$WHERE", f"{cache('$HOME/.cache/pip')} {PIP}", False),
        ("ARG HOME", f"{cache('$HOME/.cache/pip')} {PIP}", False),
        ("", f"{cache('${HOME:-/root}/.cache/pip')} {PIP}", False),
        ("", f"{cache('~/.cache/pip')} {PIP}", True),  # a folder of that name
        ("USER app", f"{cache('/root/.m2')} mvn package", True),
        ("", f"{cache('/root/.m2')} mvn package", False),
        ("", f"{cache('/root/.m2/repository')} mvn package", False),
        ("", f"{cache('/root/.npm')} {PIP}", True),
        ("", f"{cache('/var/cache/apt', '/var/lib/apt')} yum install -y git", True),
        ("", f"{cache('/var/cache/yum')} yum install -y git", False),
        ("", f"{cache('/c')} yum install --setopt=cachedir=/c -y git", False),
        ("", f"{cache('/var/cache/yum')} yum install --setopt=cachedir=/c -y git", True),
        ("", f"{cache('/var/cache/apt')} {PIP}", False),
        ("", f"{cache('/root/.cache/poetry')} poetry install", True),
    ],
)
def test_wrong_target(above: str, run: str, hit: bool) -> None:  # noqa: FBT001  a column
    text = f"FROM debian:12\n{above}\nRUN {run}\n"
    assert bool(lines("mount/wrong-target", text)) is hit


@pytest.mark.parametrize(
    ("base", "target", "why"),
    [
        ("python:3.12", "$HOME/.cache/pip", ": the builder takes `$HOME` for empty"),
        ("python:3.12", "~/.cache/pip", ": the builder takes `~` for the name of a folder"),
        ("python:3.12", "/root/.cache", None),
        ("rabbitmq:4", "$HOME/.cache/pip", None),  # which sets a HOME
        ("example.com/python", "$HOME/.cache/pip", None),
    ],
)
def test_a_home_that_the_builder_does_not_know(
    tmp_path: Path, base: str, target: str, why: str | None
) -> None:
    text = f"FROM {base}\nRUN {cache(target)} {PIP}\n"
    helps = [each.help or "" for each in checked(tmp_path, "mount/wrong-target", text).found]
    assert [f"mount the cache in /root/.cache/pip{why}" in each for each in helps] == [True] * bool(
        why
    )


def test_a_configuration_file_may_move_the_cache(tmp_path: Path) -> None:
    write_context(
        tmp_path,
        "Dockerfile: FROM node:22\\nRUN --mount=type=cache,target=/root/.cache/npm npm ci\n",
    )
    checker = Checker(
        Spec(Overrides(isolated=True, select=("mount/wrong-target",))),
        Plugins(third_party=False).rules,
    )
    task = Task((tmp_path / "Dockerfile").as_posix())
    assert checker.check(task).diagnostics
    write_context(tmp_path, ".npmrc: cache=/root/.cache/npm\n")
    assert not checker.check(task).diagnostics


def test_mounts_that_miss_the_same_cache_are_told_once() -> None:
    mounts = cache("/var/cache/apt", "/var/lib/apt")
    assert lines("mount/wrong-target", f"FROM centos:7\nRUN {mounts} yum install -y git\n") == [2]


def test_what_the_layer_takes_is_told_once() -> None:
    text = f"FROM node:22\nRUN {cache('/root/.cache/pip')} npm ci\n"
    assert lines("mount/wrong-target", text) == [2]
    assert lines("bloat/pm-cache", text) == []
    assert lines("bloat/pm-cache", text.replace("/root/.cache/pip", "/opt/x")) == [2]


def test_the_home_of_a_number_is_not_made_up(tmp_path: Path) -> None:
    text = f"FROM node:22\nUSER 1000:1000\nRUN {cache('/root/.npm')} npm ci\n"
    (found,) = checked(tmp_path, "mount/wrong-target", text).found
    assert found.help == "mount the cache in the home of user `1000`, with `uid=1000`"
    assert "/home/1000" not in found.message


@pytest.mark.parametrize(
    ("user", "owner"),
    [
        ("", ""),
        ("USER root", ""),
        ("USER 0:0", ""),
        ("USER app:staff", ", with the `uid=` of `app`"),
        ("USER 1654", ", with `uid=1654`"),
    ],
)
def test_a_mount_for_another_user_than_root_has_to_belong_to_it(
    tmp_path: Path, user: str, owner: str
) -> None:
    text = f"FROM node:22\nENV npm_config_cache=/c\n{user}\nRUN {cache('/root/.npm')} npm ci\n"
    (found,) = checked(tmp_path, "mount/wrong-target", text).found
    assert found.help == f"mount the cache in /c{owner}"


@pytest.mark.parametrize(
    ("above", "target", "context", "hit"),
    [
        ("node:22", "/root/.cache/yarn", "", True),
        ("node:22", "/usr/local/share/.cache/yarn", "", False),
        ("node:22", "/root/.cache", "", False),  # for others, too
        ("node:22\nRUN corepack enable", "/root/.cache/yarn", "", False),
        ("node:22", "/root/.cache/yarn", ".yarnrc.yml: a", False),
        (
            "node:22",
            "/root/.cache/yarn",
            'package.json: {"packageManager": "yarn@4.1.0"}',
            False,
        ),
        ("node:22", "/root/.cache/yarn", "yarn.lock: __metadata:", False),
        ("debian:12", "/root/.cache/yarn", "", False),
    ],
)
def test_the_first_yarn_keeps_nothing_in_the_home_of_root(
    tmp_path: Path, above: str, target: str, context: str, *, hit: bool
) -> None:
    run = f"{cache(target)} yarn install --frozen-lockfile"
    text = f"FROM {above}\nCOPY . .\nRUN {run}\n"
    files = f"package.json: {{}}\nyarn.lock: # yarn lockfile v1\n{context}\n"
    found = checked(tmp_path, "mount/wrong-target", text, files).found
    assert [each.help for each in found] == [
        "mount the cache in /usr/local/share/.cache/yarn"
    ] * hit


@pytest.mark.parametrize(
    ("target", "brings", "manifest", "told"),
    [
        ("/root/.pnpm-store", "npm i -g pnpm@10.10.0", "{}", True),
        ("/root/.pnpm-store/v3", "npm i -g pnpm@7", "{}", True),
        ("/root/.pnpm-store/v3", "corepack enable", '{"packageManager": "pnpm@9.1.0"}', True),
        ("/root/.pnpm-store/v3", "corepack enable", "{}", False),  # whichever version
        ("/root/.pnpm-store", "npm i -g pnpm@6.35.1", "{}", False),
        ("/root/.pnpm-store", "npm i -g pnpm@9", '{"packageManager": "pnpm@6.1.0"}', False),
        ("/root/.local/share/pnpm/store", "npm i -g pnpm@10.10.0", "{}", False),
        (
            "/root/.pnpm-store",
            "npm i -g pnpm@10 && pnpm config set store-dir /root/.pnpm-store",
            "{}",
            False,
        ),
    ],
)
def test_the_store_of_a_newer_pnpm(
    tmp_path: Path, target: str, brings: str, manifest: str, *, told: bool
) -> None:
    text = (
        f"FROM node:22\nWORKDIR /app\nRUN {brings}\nCOPY package.json .\n"
        f"RUN --mount=type=cache,target={target} pnpm install\n"
    )
    found = checked(tmp_path, "mount/wrong-target", text, f"package.json: {manifest}")
    assert found.lines == [5] * told
    assert all(
        "keeps its cache in /root/.local/share/pnpm/store, not" in each for each in found.texts
    )


def test_settings_of_a_project_may_move_the_store(tmp_path: Path) -> None:
    text = (
        "FROM node:22\nWORKDIR /app\nRUN npm i -g pnpm@10.1.0\nCOPY web .\n"
        "RUN --mount=type=cache,target=/root/.pnpm-store pnpm install\n"
    )
    context = "web/package.json: {}\nweb/.npmrc: store-dir=/root/.pnpm-store\n"
    assert checked(tmp_path, "mount/wrong-target", text, context).lines == []


@pytest.mark.parametrize(
    ("mount", "fixed"),
    [
        ("type=cache,target=/c:rw", "type=cache,target=/c"),
        ("type=cache,dst=/c:z,id=x", "type=cache,dst=/c,id=x"),
        ("target=/c:Z,type=cache", "target=/c,type=cache"),
        ("type=cache,target=/c:ro", None),  # what fills it could not write to it
        ("type=cache,target=$WHERE:rw", "type=cache,target=$WHERE"),
        ("type=cache,target=$OPTED", None),
    ],
)
def test_an_option_of_a_volume_is_a_part_of_the_path(
    tmp_path: Path, mount: str, fixed: str | None
) -> None:
    run = "RUN --mount={} dnf --setopt=cachedir=/c install -y git\n"
    text = "FROM fedora:40\nARG WHERE=/c OPTED=/c:rw\n" + run.format(mount)
    answer = checked(tmp_path, "mount/wrong-target", text)
    option = (mount.partition(":")[2] or "rw")[:2].rstrip(",")
    (told,) = answer.texts
    assert f"takes :{option} for a part of the mount's path" in told
    assert "the layer stores the cache of dnf" in told
    assert f"end the path with /c{', and add ,readonly' * (option == 'ro')}" in told
    assert answer.safeties == (["unsafe"] if fixed else [None])
    assert answer.fixed == text.replace(mount, fixed or mount)
    assert lines("bloat/pm-cache", text) == []


@pytest.mark.parametrize(
    "mount", ["type=cache,target=/c", "type=cache,target=/c:d", "source=a,target=/c:rw"]
)
def test_a_path_without_an_option_of_a_volume(tmp_path: Path, mount: str) -> None:
    text = f"FROM fedora:40\nRUN --mount={mount} make\n"
    assert checked(tmp_path, "mount/wrong-target", text).lines == []
