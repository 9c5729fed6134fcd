"""What is shipped: the archives hold every file that dlint runs from, and nothing shadows a
neighbour.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_bytes
from importlib.metadata import distribution
from pathlib import Path

import pytest
from house import PROJECT, copy_project, files

SETTINGS = tomllib.loads((PROJECT / "pyproject.toml").read_text())
PACKAGED = [path for path in files() if path.parts[0] in {"dlint", "rules"}]


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of the sdist and the wheel made from it: DLINT_DIST if they are built
    already.
    """
    if given := os.environ.get("DLINT_DIST"):
        return Path(given)
    source = copy_project(tmp_path_factory.mktemp("source"))
    built = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", built, source]
    done = subprocess.run(
        command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert done.returncode == 0, done.stdout
    return built


@pytest.fixture(scope="module")
def wheel(archives: Path) -> zipfile.ZipFile:
    (path,) = archives.glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def sdist(archives: Path) -> set[str]:
    (path,) = archives.glob("*.tar.gz")
    with tarfile.open(path) as tar:
        return {name.partition("/")[2] for name in tar.getnames()}


def test_every_file_of_both_packages_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    expected = {
        path.as_posix().replace("rules/", "dlint_rules/", 1)
        if path.parts[0] == "rules"
        else path.as_posix()
        for path in PACKAGED
    }
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packed == expected


def test_no_top_level_package_takes_a_neighbours_name(wheel: zipfile.ZipFile) -> None:
    assert {name.partition("/")[0] for name in wheel.namelist() if ".dist-info/" not in name} == {
        "dlint",
        "dlint_rules",
    }


def test_what_the_wheel_says_of_itself(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = message_from_bytes(wheel.read(name))
    assert metadata["Name"] == "dlint-dockerfile"
    assert metadata["Version"] == SETTINGS["project"]["version"]
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Description-Content-Type"] == "text/markdown"
    entry_points = wheel.read(name.replace("METADATA", "entry_points.txt")).decode()
    assert "dlint = dlint.cli:command" in entry_points


def test_the_sdist_can_be_built_and_tested_from(sdist: set[str]) -> None:
    missing = {path.as_posix() for path in files()} - sdist
    assert not missing


def test_no_leftovers_are_shipped(sdist: set[str]) -> None:
    assert not {
        name
        for name in sdist
        if "__pycache__" in name or name.endswith(".pyc") or name.startswith(("build/", "dist/"))
    }


def test_every_package_is_listed() -> None:
    folders = {path.parent.as_posix() for path in PACKAGED if path.suffix == ".py"}
    assert {
        name.replace("rules", "dlint_rules", 1) if name.startswith("rules") else name
        for name in folders
    } == {name.replace(".", "/") for name in SETTINGS["tool"]["setuptools"]["packages"]}


def test_django_rules_is_still_itself_beside_dlint(tmp_path: Path) -> None:
    distribution("rules")  # the neighbour is installed, or this test would show nothing
    where = "import dlint_rules, rules; print(rules.__name__, hasattr(rules, 'is_group_member'), dlint_rules.__name__)"
    done = subprocess.run(
        [sys.executable, "-c", where], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == ["rules", "True", "dlint_rules"]
