"""dlint's modules are found where Python finds them, and what was compiled of them is current."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.machinery import ModuleSpec, PathFinder
from pkgutil import walk_packages
from py_compile import PycInvalidationMode, compile as compile_source
from typing import TYPE_CHECKING
from zipfile import ZipFile

import dlint_rules
import pytest
from house import ENVIRONMENT
from support import tree

import dlint
from dlint.cli.finder import Finder

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = {"dlint": dlint.__path__, "dlint_rules": dlint_rules.__path__}
TIME = 1_700_000_000


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


def loaded(folder: Path) -> object:
    """Return what the module `dlint.thing` of a folder says."""
    spec = Finder.find_spec("dlint.thing", [str(folder)])
    assert spec is not None
    names: dict[str, object] = {}
    exec(spec.loader.get_code("dlint.thing"), names)  # noqa: S102  what this test has written
    return names["found"]()


def write(folder: Path, text: str, mode: PycInvalidationMode, time: int = TIME) -> None:
    """Write a module and what Python compiles of it, both of the same second."""
    source = folder / "thing.py"
    source.write_text(f"def found():\n    return {text!r}\n")
    os.utime(source, (time, time))
    compile_source(str(source), invalidation_mode=mode)


BY_TIME = PycInvalidationMode.TIMESTAMP


@pytest.mark.parametrize("mode", list(PycInvalidationMode))
def test_what_is_compiled_is_taken(tmp_path: Path, mode: PycInvalidationMode) -> None:
    write(tmp_path, "old", mode)
    assert loaded(tmp_path) == "old"


@pytest.mark.parametrize(("text", "time"), [("new", TIME + 1), ("longer", TIME)])
def test_what_was_compiled_before_an_edit_is_not_taken(
    tmp_path: Path, text: str, time: int
) -> None:
    write(tmp_path, text, BY_TIME, time)
    compiled = next(tmp_path.rglob("*.pyc"))
    newer = compiled.read_bytes()
    write(tmp_path, "old", BY_TIME)
    assert loaded(tmp_path) == "old"
    compiled.write_bytes(newer)
    assert loaded(tmp_path) == "old"


@pytest.mark.parametrize("kept", [0, 8, 16, 40])
def test_a_damaged_file_is_not_taken(tmp_path: Path, kept: int) -> None:
    write(tmp_path, "old", BY_TIME)
    compiled = next(tmp_path.rglob("*.pyc"))
    compiled.write_bytes(compiled.read_bytes()[:kept])
    if kept > 8:  # Python itself takes the head for good
        with pytest.raises((EOFError, ValueError)):
            loaded(tmp_path)
    else:
        assert loaded(tmp_path) == "old"


def test_a_folder_that_was_moved_is_named_as_it_is_now(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    write(tmp_path / "a", "old", BY_TIME)
    (tmp_path / "a").rename(tmp_path / "b")
    spec = Finder.find_spec("dlint.thing", [str(tmp_path / "b")])
    assert spec is not None
    code = spec.loader.get_code("dlint.thing")
    assert code.co_filename == str(tmp_path / "b" / "thing.py")


PROGRAM = """
import atexit, sys
from dlint.cli import command
def tell():
    print(type(sys.modules["dlint.lint.engine"].__loader__).__module__)
atexit.register(tell)
sys.argv = ["dlint", "check", "Dockerfile"]
sys.exit(command())
"""
ASKED = "import sys; from dlint.cli import finder; finder.install(); print(finder.Finder in sys.meta_path)"


@pytest.mark.parametrize(
    ("options", "own", "expected"),
    [
        ([], {}, "True"),
        (["-O"], {}, "False"),
        ([], {"PYTHONPYCACHEPREFIX": "/nowhere"}, "False"),
        ([], {"PYTHONDONTWRITEBYTECODE": "1"}, "True"),
    ],
)
def test_only_python_s_usual_files_are_read(
    options: list[str], own: dict[str, str], expected: str
) -> None:
    command = [sys.executable, *options, "-c", ASKED]
    done = subprocess.run(
        command, env=ENVIRONMENT | own, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == expected


def test_the_command_finds_its_modules_so(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": "FROM scratch\n"})
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(
        command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "dlint.cli.finder"
