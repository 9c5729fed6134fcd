"""A package manager is one file: a made-up one is known wherever managers are."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from checked import checked
from support import tree

from dlint.cli import main
from dlint.shell import managers

if TYPE_CHECKING:
    from pathlib import Path

MODULE = '''"""trove: packages of a language that nobody speaks."""

from dlint.shell.managers.manager import Cache, Flag, Manager, Runner, installs, verbs, words
from dlint.shell.managers.words import CLEAN

manager = Manager(
    name="trove",
    commands=("trove", "trove-cli"),
    verbs=(*installs("fetch", files=("trove.toml",), locked=True), *verbs(CLEAN, "sweep")),
    language="babel",
    versioned=words("trove"),
    runner=Runner("run"),
    settings={"hoard": "TROVE_HOARD"},
    lock_files=("trove.lock",),
    stores=("trove_packages",),
    caches=(
        Cache(
            "cache",
            ("$HOME/.trove/hoard",),
            named=("$TROVE_HOARD",),
            off=words("--lean"),
            called="coins",
        ),
    ),
    no_cache=Flag("--lean", words("fetch")),
    configured_by=("trove.ini",),
)
'''
DOCKERFILE = "FROM debian:12.5-slim\nWORKDIR /app\n"


@pytest.fixture(autouse=True)
def made_up(tmp_path_factory, monkeypatch):
    """Put the module into a folder beside those of dlint's own managers."""
    folder = tree(tmp_path_factory.mktemp("managers"), {"trove.py": MODULE})
    monkeypatch.setattr(managers, "__path__", [*managers.__path__, str(folder)])
    yield
    sys.modules.pop("dlint.shell.managers.trove", None)
    if hasattr(managers, "trove"):
        del managers.trove


def test_it_is_found_by_its_commands_and_its_name() -> None:
    trove = managers.by_name("trove")
    assert trove in managers.managers()
    assert trove.family == "babel"
    assert managers.by_command("trove-cli") is trove
    assert managers.by_command("trove.cli") is None


def test_its_module_is_not_loaded_for_the_commands_of_others() -> None:
    managers.by_command("apt-get")
    assert "dlint.shell.managers.trove" not in sys.modules


@pytest.mark.parametrize(
    "install", ["trove fetch", "trove-cli fetch", "trove-2.1 fetch", "trove run trove fetch"]
)
def test_its_installs_stand_below_too_much(install: str, tmp_path: Path) -> None:
    found = checked(
        tmp_path,
        "order/copy-before-install",
        f"{DOCKERFILE}COPY . .\nRUN {install}\n",
        "trove.toml\ntrove.lock\nsrc/main.py 1kB\n",
    )
    assert found.lines == [3]
    assert "trove.toml" in found.texts[0]


@pytest.mark.parametrize(
    ("run", "lines"),
    [
        ("trove fetch", [3]),
        ("trove fetch && trove sweep", []),
        ("trove fetch && rm -rf /root/.trove", []),
        ("trove config hoard /hoard && trove fetch && rm -rf /root/.trove", [3]),
    ],
)
def test_its_cache_is_left(run: str, lines: list[int], tmp_path: Path) -> None:
    found = checked(tmp_path, "bloat/pm-cache", f"{DOCKERFILE}RUN {run}\n", "trove.toml\n")
    assert found.lines == lines


def test_its_cache_is_called_as_it_says_and_kept_away_by_its_flag(tmp_path: Path) -> None:
    found = checked(tmp_path, "bloat/pm-cache", f"{DOCKERFILE}RUN trove fetch\n", "trove.toml\n")
    assert "leaves its coins in /root/.trove/hoard" in found.messages[0]
    assert found.fixed.endswith("RUN trove fetch --lean\n")


def test_a_copy_of_what_it_has_fetched_stands_for_an_install(tmp_path: Path) -> None:
    base = "FROM debian:12.5-slim AS base\n"
    text = f"{base}{DOCKERFILE}COPY --from=base /trove_packages ./\nCOPY . .\nRUN trove fetch\n"
    context = "trove.toml\ntrove.lock\nsrc/main.py 1kB\n"
    assert checked(tmp_path, "order/copy-before-install", text, context).lines == []


def test_a_file_that_may_move_its_cache_leaves_a_mount_in_peace(tmp_path: Path) -> None:
    mount = "--mount=type=cache,target=/home/app/.trove/hoard"
    text = f"{DOCKERFILE}USER root\nRUN {mount} trove fetch\n"
    assert checked(tmp_path, "mount/wrong-target", text, "trove.toml\n").lines == [4]
    assert checked(tmp_path, "mount/wrong-target", text, "trove.toml\ntrove.ini\n").lines == []


def test_a_mount_is_empty_where_its_cache_is_switched_off(tmp_path: Path) -> None:
    mount = "--mount=type=cache,target=/root/.trove/hoard"
    text = f"{DOCKERFILE}RUN {mount} trove fetch --lean\n"
    found = checked(tmp_path, "mount/neutralised", text, "trove.toml\n")
    assert found.messages[0].startswith("`--lean` keeps trove from using the cache mount")


@pytest.mark.parametrize(
    ("target", "lines"), [("/home/app/.trove/hoard", [4]), ("/root/.trove/hoard", [])]
)
def test_its_cache_misses_a_mount(target: str, lines: list[int], tmp_path: Path) -> None:
    text = f"{DOCKERFILE}USER root\nRUN --mount=type=cache,target={target} trove fetch\n"
    found = checked(tmp_path, "mount/wrong-target", text, "trove.toml\n")
    assert found.lines == lines


def test_its_cache_is_told_beside_the_layers(tmp_path: Path, monkeypatch, capsys) -> None:
    tree(tmp_path, {"Dockerfile": f"{DOCKERFILE}COPY trove.toml ./\nRUN trove fetch\n"})
    tree(tmp_path, {"trove.toml": ""})
    monkeypatch.chdir(tmp_path)
    main(["layers", "--isolated", "Dockerfile"])
    assert "/root/.trove/hoard: trove keeps its cache" in capsys.readouterr().out
