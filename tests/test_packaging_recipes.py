"""Recipes for package managers that cannot be run here say nothing that may go stale, and what they
name is there.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from house import PROJECT
from packaging.requirements import Requirement

PROJECT_TABLE = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
FORMULA = (PROJECT / "packaging/homebrew/dlint-dockerfile.rb").read_text()
FLAKE = (PROJECT / "packaging/nix/flake.nix").read_text()
LOCKED = {
    name.lower().replace("_", "-").replace(".", "-"): version
    for name, version in re.findall(
        r"^([\w.-]+)==(\S+)", (PROJECT / "requirements/run.lock").read_text(), re.MULTILINE
    )
}


@pytest.mark.parametrize("text", [FORMULA, FLAKE], ids=["Homebrew", "Nix"])
def test_a_recipe_repeats_the_project(text: str) -> None:
    assert f'"{PROJECT_TABLE["description"]}"' in text
    assert "requirements/run.lock" in text
    assert "--require-hashes" in text
    assert PROJECT_TABLE["version"] not in text
    assert not [name for name in LOCKED if re.search(rf"\b{re.escape(name)}\s*[=@]", text)]
    (python,) = {each.replace(".", "") for each in re.findall(r"python@?(3\.?\d\d)", text)}
    known = [each.rpartition(" ")[2] for each in PROJECT_TABLE["classifiers"]]
    assert f"3.{python[1:]}" in known


def test_the_formula_installs_the_command() -> None:
    assert f'homepage "{PROJECT_TABLE["urls"]["Documentation"]}"' in FORMULA
    assert f'license "{PROJECT_TABLE["license"]}"' in FORMULA
    (command,) = PROJECT_TABLE["scripts"]
    assert f'libexec/"bin/{command}"' in FORMULA
    assert f'"$home/bin/{command}"' in FLAKE
    name = re.search(r"^class (\w+) < Formula$", FORMULA, re.MULTILINE)
    assert name is not None
    assert re.sub(r"(?<!^)([A-Z])", r"-\1", name[1]).lower() == PROJECT_TABLE["name"]


def test_the_lock_holds_what_the_project_needs() -> None:
    needed = [Requirement(each) for each in PROJECT_TABLE["dependencies"]]
    for each in needed:
        version = LOCKED[each.name.lower().replace("_", "-").replace(".", "-")]
        assert each.specifier.contains(version), each


def test_the_sbom_names_what_the_lock_pins(tmp_path: Path) -> None:
    if shutil.which("cyclonedx-py", path=str(Path(sys.executable).parent)) is None:
        pytest.skip("cyclonedx-bom is not installed")
    target = tmp_path / "sbom/dlint.cdx.json"
    subprocess.run(
        ["bash", PROJECT / "tools/packaging/sbom.sh", target],
        check=True,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"},
    )
    document = json.loads(target.read_text())
    assert document["bomFormat"] == "CycloneDX"
    main = document["metadata"]["component"]
    assert (main["name"], main["version"]) == (PROJECT_TABLE["name"], PROJECT_TABLE["version"])
    found = {each["name"].lower(): each["version"] for each in document["components"]}
    assert {
        name.replace(".", "-").replace("_", "-"): each for name, each in found.items()
    } == LOCKED


def test_the_images_base_is_pinned() -> None:
    bases = re.findall(r"^FROM (\S+)", (PROJECT / "Dockerfile").read_text(), re.MULTILINE)
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:[\d.]+-slim-\w+@sha256:[0-9a-f]{64}", bases[0])
