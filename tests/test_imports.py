"""What a small check loads: start-up is held by what is imported, not by a clock."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from house import ENVIRONMENT
from support import tree

import dlint

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = {
    "argparse",
    "ast",
    "dataclasses",
    "dis",
    "inspect",
    "ipaddress",
    "pluggy",
    "shutil",
    "statistics",
    "asyncio",
    "docker",
    "bz2",
    "importlib.metadata",
    "libcst",
    "msgspec",
    "multiprocessing",
    "requests",
    "rich",
    "sqlite3",
    "tree_sitter",
    "typing",
    "urllib.parse",
    "difflib",
    "tomllib",
    "distributed",
    "dlint.fleet",
    "duckdb",
    "fsspec",
    "pyarrow",
}
# What only git needs, or a file that is not plain: a check that names a Dockerfile has none.
LATE = {
    "csv",
    "dlint.context.git",
    "dlint.packages",
    "encodings.ascii",
    "hashlib",
    "json",
    "locale",
    "logging",
    "signal",
    "subprocess",
    "threading",
    "tokenize",
    "traceback",
}
# Modules that a small check loads beside those of a bare interpreter, dlint's own among them: 195
# and 180 now. More of them make each start of a hook or an editor slower.
MOST, MOST_OWN = 195, 180
PROGRAM = """
import sys
before = set(sys.modules)
from dlint.cli import main
status = main(sys.argv[1:])
print(status, *sorted(set(sys.modules) - before), file=sys.stderr)
"""


def loaded(*words: str, cwd: Path) -> tuple[int, set[str]]:
    """Run dlint in a fresh interpreter: the exit status, and what was imported on the way."""
    command = [sys.executable, "-c", PROGRAM, *words]
    done = subprocess.run(
        command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    status, *modules = done.stderr.splitlines()[-1].split()
    return int(status), set(modules)


@pytest.mark.parametrize(
    "words", [["check"], ["check", "Dockerfile"], ["check", "--no-push", "--output-format", "json"]]
)
def test_a_small_check_loads_nothing_heavy(words: list[str], tmp_path: Path) -> None:
    tree(
        tmp_path,
        {
            "Dockerfile": "FROM python:3.12.4-slim\nWORKDIR /srv\nCOPY app.py ./\nRUN useradd --system app\n",
            "app.py": "",
        },
    )
    status, modules = loaded(*words, cwd=tmp_path)
    assert status in {0, 1}
    assert "dlint.lint.engine" in modules
    assert modules & HEAVY <= ({"argparse"} if "json" in words else set())
    if "Dockerfile" in words:  # else git lists the files of the folder
        assert not modules & LATE


def test_a_small_check_loads_few_modules(tmp_path: Path) -> None:
    text = "FROM python:3.12.4-slim\nWORKDIR /srv\nCOPY app.py ./\nRUN useradd --system app\n"
    tree(tmp_path, {"Dockerfile": text, "app.py": ""})
    _, modules = loaded("check", "Dockerfile", cwd=tmp_path)
    assert len(modules) <= MOST
    assert len([name for name in modules if name.startswith("dlint")]) <= MOST_OWN


def test_an_isolated_check_loads_no_reader_of_settings(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": "FROM scratch\n", "dlint.toml": "fail-on = 'error'\n"})
    words = ("check", "--no-push", "Dockerfile")
    assert not loaded(*words, "--isolated", cwd=tmp_path)[1] & {"msgspec", "tomllib"}
    modules = loaded(*words, cwd=tmp_path)[1]
    assert {"msgspec", "tomllib"} <= modules
    assert not modules & {"packaging", "dlint.config.schema"}


def test_what_packages_weigh_is_asked_without_pluggy_where_no_plugin_is(tmp_path: Path) -> None:
    run = "RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n"
    tree(tmp_path, {"Dockerfile": f"FROM debian:12\n{run}"})
    _, modules = loaded("check", "Dockerfile", cwd=tmp_path)
    assert "dlint.sizes.indexes.apt" in modules
    assert "pluggy" not in modules


def test_rules_of_instructions_that_are_not_there_are_not_loaded(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY app.py /\n", "app.py": ""})
    _, modules = loaded("check", "--no-push", "Dockerfile", cwd=tmp_path)
    assert "dlint_rules.push.hot_layer" in modules
    assert "dlint_rules.bloat.recommends" not in modules


def test_rules_that_need_what_is_not_there_are_not_loaded(tmp_path: Path) -> None:
    """`needs` of each says so."""
    tree(tmp_path, {"Dockerfile": "FROM debian:12\nRUN useradd --system app\n"})
    words = ("check", "--no-push", "--select", "all", "Dockerfile")
    modules = loaded(*words, cwd=tmp_path)[1]
    assert "dlint_rules.bloat.useradd_lastlog" in modules
    absent = {"bloat.recommends", "mount.sharing", "order.volatile_arg", "pin.remote_fetch"}
    assert not modules & {f"dlint_rules.{name}" for name in absent}


def test_what_is_pushed_is_not_looked_for_where_no_recipe_builds_an_image(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    text = "FROM scratch\nCOPY app.js /\n"
    tree(tmp_path, {"Dockerfile": text, "app.js": "", "package.json": '{"scripts": {"a": "b"}}'})
    _, modules = loaded("check", "Dockerfile", cwd=tmp_path)
    assert "dlint.project.builds" in modules
    assert not modules & {"dlint.project.pushes", "dlint.project.bake", "dlint.project.compose"}


def test_a_check_loads_the_package_managers_that_its_commands_name(tmp_path: Path) -> None:
    run = "RUN adduser -D app && apk add --no-cache curl=8.9.1-r1\n"
    tree(tmp_path, {"Dockerfile": f"FROM alpine:3.20\n{run}"})
    _, modules = loaded("check", "--no-push", "Dockerfile", cwd=tmp_path)
    package = "dlint.shell.managers."
    found = {name.removeprefix(package) for name in modules if name.startswith(package)}
    assert found == {"apk", "manager", "words"}


END = """
import atexit, sys
from dlint.cli import command
{}
sys.exit(command())
"""
THREAD = """
import threading, time
def late():
    time.sleep(0.2)
    print("end")
threading.Thread(target=late).start()
"""


@pytest.mark.parametrize("before", ["", "atexit.register(print, 'end')", THREAD])
def test_a_process_ends_at_once_unless_something_waits_for_its_end(
    before: str, tmp_path: Path
) -> None:
    tree(tmp_path, {"Dockerfile": "FROM debian\nRUN apt-get update\n"})
    words = [sys.executable, "-c", END.format(before), "check", "--no-push", "Dockerfile"]
    done = subprocess.run(
        words, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert any(line.startswith("Dockerfile:") for line in lines)
    assert ("end" in lines) == bool(before)


def test_telling_the_version_loads_next_to_nothing(tmp_path: Path) -> None:
    status, modules = loaded("--version", cwd=tmp_path)
    assert status == 0
    assert {name for name in modules if name.startswith("dlint")} == {
        "dlint",
        "dlint.cli",
        "dlint.cli.streams",
        "dlint.errors",
    }
    assert "argparse" not in modules


def test_only_the_format_for_people_loads_rich(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": "FROM scratch\n"})
    assert "rich" in loaded("check", "--no-push", "--output-format", "pretty", cwd=tmp_path)[1]


def test_importing_the_package_imports_nothing() -> None:
    program = (
        "import sys; before = set(sys.modules); import dlint; print(*(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["dlint"]


NAMESPACES = [name for name in dlint.__all__ if isinstance(getattr(dlint, name), ModuleType)]
MOST_NAMES = 100


@pytest.mark.parametrize("name", dlint.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert name in dir(dlint)
    assert getattr(dlint, name) is not None


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_every_name_of_a_namespace_is_there(namespace: str) -> None:
    names = getattr(dlint, namespace).__all__
    assert len(set(names)) == len(names)
    assert not [name for name in names if not hasattr(getattr(dlint, namespace), name)]


def test_the_public_names_are_few_and_each_is_in_one_place() -> None:
    inner = [name for each in NAMESPACES for name in getattr(dlint, each).__all__]
    names = [*dlint.__all__, *inner]
    assert len(names) <= MOST_NAMES
    same = {
        id(getattr(getattr(dlint, each), name))
        for each in NAMESPACES
        for name in getattr(dlint, each).__all__
    }
    assert len(same) == len(inner)
    assert not same & {id(getattr(dlint, name)) for name in dlint.__all__}


def test_what_is_not_public_is_not_there() -> None:
    with pytest.raises(AttributeError, match="module 'dlint' has no attribute 'nothing'"):
        _ = dlint.nothing


def test_the_stub_lists_each_public_name_once_from_where_it_is() -> None:
    import ast
    from pathlib import Path

    stub = ast.parse(Path(f"{dlint.__file__}i").read_text(encoding="utf-8"))
    imported = [
        alias.name for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names
    ]
    assert sorted(imported) == dlint.__all__


def test_the_version_is_the_distributions() -> None:
    import tomllib

    from house import PROJECT

    assert (
        tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
        == dlint.__version__
    )
