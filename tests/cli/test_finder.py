"""dlint's modules are found where Python finds them."""

from __future__ import annotations

import subprocess
import sys
from importlib.machinery import ModuleSpec, PathFinder
from pkgutil import walk_packages
from typing import TYPE_CHECKING
from zipfile import ZipFile

import dlint_rules
from house import ENVIRONMENT
from support import tree

import dlint
from dlint.cli.finder import Finder

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = {"dlint": dlint.__path__, "dlint_rules": dlint_rules.__path__}


def places() -> list[tuple[str, list[str]]]:
    """Return each module of dlint, with the path of its package."""
    return [
        (each.name, [each.module_finder.path])
        for package, path in PACKAGES.items()
        for each in walk_packages(path, f"{package}.")
    ]


def about(spec: ModuleSpec | None) -> dict[str, object]:
    assert spec is not None
    names = ("name", "origin", "cached", "has_location", "submodule_search_locations", "parent")
    return {name: getattr(spec, name) for name in names}


def test_every_module_is_where_python_finds_it() -> None:
    found = places()
    assert len(found) > 500
    for name, path in found:
        assert about(Finder.find_spec(name, path)) == about(PathFinder.find_spec(name, path)), name


def test_modules_of_others_are_not_looked_for(tmp_path: Path) -> None:
    tree(tmp_path, {"thing.py": ""})
    path = [str(tmp_path)]
    assert Finder.find_spec("dlint.thing", path) is not None
    assert Finder.find_spec("thing", path) is None
    assert Finder.find_spec("other.thing", path) is None
    assert Finder.find_spec("dlint", None) is None
    assert Finder.find_spec("dlint.thing", []) is None
    assert Finder.find_spec("dlint.absent", path) is None


def test_an_archive_is_left_to_python(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("dlint/thing.py", "")
    assert Finder.find_spec("dlint.thing", [str(tmp_path / "all.zip" / "dlint")]) is None


PROGRAM = """
import atexit, sys
from dlint.cli import command
def tell():
    print(sys.meta_path[0].__module__, "dlint.lint.engine" in sys.modules)
atexit.register(tell)
sys.argv = ["dlint", "check", "Dockerfile"]
sys.exit(command())
"""


def test_the_command_finds_its_modules_so(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": "FROM scratch\n"})
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(
        command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "dlint.cli.finder True"


PATHLIB = """
import sys
from dlint.cli.finder import load_pathlib
for name in [*sys.modules]:  # an installation that can be edited loads them
    if name == "urllib.parse" or name.partition(".")[0] == "pathlib":
        del sys.modules[name]
load_pathlib()
print("pathlib" in sys.modules, "urllib.parse" in sys.modules)
import pathlib, urllib.parse
print(pathlib.Path("/a b").as_uri(), urllib.parse.quote("a b"))
"""


def test_pathlib_comes_whole_though_what_it_seldom_needs_does_not_come_with_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PATHLIB], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["True False", "file:///a%20b a%20b"]
