"""The files that the pages on CI systems show are valid, and their commands run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml
from house import ENVIRONMENT, PROJECT, check_schema
from past import commit, git

if TYPE_CHECKING:
    from pathlib import Path

CI = PROJECT / "docs/ci"
BLOCK = re.compile(r"^```(yaml|sh|groovy)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KINDS = {  # by a key that only such files have: schema, and how its own tags become plain YAML
    "jobs": ("vendor.github-workflows",),
    "pool": (
        "vendor.azure-pipelines",
        *"--data-transform azure-pipelines --regex-variant nonunicode".split(),
    ),
    "dlint": ("vendor.gitlab-ci", "--data-transform", "gitlab-ci"),
}
COMMAND = re.compile(r"(?:^|[ '/])(dlint (?:check|diff|push) [^|'\n]*)", re.MULTILINE)


def blocks() -> list[tuple[str, str, str]]:
    """Give page, language and text of each block."""
    return [
        (page.name, *block.groups())
        for page in sorted(CI.glob("*.md"))
        for block in BLOCK.finditer(page.read_text())
    ]


def files() -> list[tuple[tuple[str, ...], str]]:
    """Give the schema and the text of each block that is a whole file."""
    found = []
    for page, language, text in blocks():
        document = yaml.safe_load(text) if language == "yaml" else None
        keys = document if isinstance(document, dict) else {}
        for key, schema in KINDS.items():
            if key in keys and (key != "dlint" or page == "gitlab.md"):
                found.append((schema, text))
    return found


@pytest.mark.parametrize(("schema", "text"), files())
def test_a_file_is_valid(tmp_path: Path, schema: tuple[str, ...], text: str) -> None:
    file = tmp_path / "ci.yml"
    file.write_text(text)
    check_schema("--builtin-schema", *schema, file)


def test_each_system_has_a_file() -> None:
    assert {schema[0] for schema, _ in files()} == {schema[0] for schema in KINDS.values()}


def test_the_hooks_are_valid(tmp_path: Path) -> None:
    text = next(t for _, _, t in blocks() if t.startswith("repos:"))
    (tmp_path / ".pre-commit-config.yaml").write_text(text)
    command = [sys.executable, "-m", "pre_commit", "validate-config"]
    subprocess.run([*command, tmp_path / ".pre-commit-config.yaml"], check=True)


def test_the_commands_run(tmp_path: Path) -> None:
    """Those that ask a registry are left out."""
    git(tmp_path, "init", "-q")
    commit(tmp_path, "one", {"Dockerfile": "FROM debian:12.5-slim\n"})
    commit(tmp_path, "two", {"Dockerfile": "FROM debian:12.5-slim\nRUN apt-get update\n"})
    program = tmp_path / "bin/dlint"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dlint "$@"\n')
    program.chmod(0o755)
    path = os.pathsep.join([str(program.parent), os.environ["PATH"]])
    environment = ENVIRONMENT | {"PATH": path, "CI_MERGE_REQUEST_DIFF_BASE_SHA": "HEAD~1"}
    commands = [each for _, _, text in blocks() for each in COMMAND.findall(text)]
    local = [each for each in commands if "docker://" not in each]
    assert len(local) > 5
    for each in local:
        done = subprocess.run(
            ["bash", "-c", each],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in {0, 1}, (each, done.stderr)


def test_nothing_is_found_in_the_images_own_dockerfile() -> None:
    command = [sys.executable, "-m", "dlint", "check", "--no-push", "--fail-on", "info"]
    done = subprocess.run(
        [*command, "Dockerfile"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")
