"""`dlint check` of files that images are built from: which Dockerfiles it takes for them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from house import PROJECT
from past import commit, git

from dlint.cli import main
from dlint.project.inputs import is_input
from dlint.shell.managers import managers

if TYPE_CHECKING:
    from pathlib import Path

PYTHON = "FROM python:3.12-slim\nCOPY requirements.txt /\nRUN pip install -r /requirements.txt\n"
FILES: dict[str, str | bytes | None] = {
    "api/Dockerfile": PYTHON,
    "api/requirements.txt": "flask==3.1.0\n",
    "api/README.md": "api\n",
    "worker/Dockerfile": PYTHON.replace("slim\nCOPY r", "slim\nCOPY worker/r"),
    "worker/requirements.txt": "rq==2.0.0\n",
    "web/Dockerfile": "FROM node:22-slim AS dead\nCOPY yarn.lock /\nFROM node:22-slim\nCOPY . /\n",
    "web/Dockerfile.dockerignore": "yarn.lock\n",
    "web/yarn.lock": "",
    "web/package.json": "{}",
    "tool/Dockerfile": (
        "FROM debian:12\nRUN --mount=type=bind,source=tool/go.mod,target=/go.mod go mod download\n"
    ),
    "tool/go.mod": "module x\n",
    ".dockerignore": ".git\n",
    "compose.yaml": (
        "services:\n"
        "  worker:\n    image: registry.example.com/shop/worker\n"
        "    build: {context: ., dockerfile: worker/Dockerfile}\n"
        "  tool:\n    image: registry.example.com/shop/tool\n"
        "    build: {context: ., dockerfile: tool/Dockerfile}\n"
    ),
    "package.json": "{}",
}


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project of four images, two of which are built at its root."""
    git(tmp_path, "init", "-q")
    commit(tmp_path, "one", FILES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def checked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[set[str], str]:
    """Check; the Dockerfiles that were looked at, and what was noted."""
    main(["check", "--isolated", "--select", "pin/base-tag", "--output-format", "json", *words])
    out, err = capsys.readouterr()
    found: dict[str, Any] = json.loads(out)
    return {each["path"] for each in found["push"]}, err


@pytest.mark.parametrize(
    ("changed", "affected"),
    [
        ("api/requirements.txt", {"api/Dockerfile"}),
        ("worker/requirements.txt", {"worker/Dockerfile"}),
        ("tool/go.mod", {"tool/Dockerfile"}),
        ("web/package.json", {"web/Dockerfile"}),
        ("web/yarn.lock", set()),  # left out of the context
        ("package.json", set()),  # in the root's context, but nothing takes it
        (".dockerignore", {"worker/Dockerfile", "tool/Dockerfile"}),
        ("web/Dockerfile.dockerignore", {"web/Dockerfile"}),
    ],
)
def test_only_affected_images_are_checked(
    capsys: pytest.CaptureFixture[str], changed: str, affected: set[str]
) -> None:
    found, err = checked(capsys, changed)
    assert found == affected
    assert ("no image is built from" in err) is (not affected)


def test_several_files_of_one_image_check_it_once(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, _ = checked(capsys, "api/Dockerfile", "api/requirements.txt", "tool/go.mod")
    assert found == {"api/Dockerfile", "tool/Dockerfile"}
    status = main(["check", "--isolated", "--fix", "api/requirements.txt", "--select", "pin"])
    assert status in {0, 1}
    capsys.readouterr()
    (shop / "dlint.toml").write_text('exclude = ["tool"]\n')
    assert main(["check", "tool/go.mod"]) == 0
    assert "no image is built from tool/go.mod" in capsys.readouterr().err


def test_from_a_folder_inside_paths_are_those_of_there(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop / "worker")
    assert checked(capsys, "requirements.txt")[0] == {"Dockerfile"}
    assert checked(capsys, "../tool/go.mod")[0] == {"../tool/Dockerfile"}


def test_a_compose_file_that_builds_nothing_is_all_right(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "compose.test.yaml").write_text("services: {db: {image: 'postgres:17'}}\n")
    assert main(["check", "compose.test.yaml"]) == 0
    assert "describes no image that is built" in capsys.readouterr().err


def test_an_override_file_means_the_file_that_it_goes_over(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "compose.override.yaml").write_text(
        "services: {worker: {image: 'registry.example.com/shop/worker:1'}}\n"
    )
    found, _ = checked(capsys, "compose.override.yaml")
    assert found == {"worker/Dockerfile", "tool/Dockerfile"}


def test_what_dockerfile_and_compose_file_have_in_common_is_said_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(
        [
            *("check", "--isolated", "--select", "order/copy-before-install,pin"),
            *("--extend-select", "pin", "--output-format", "json", "worker/Dockerfile"),
            "compose.yaml",
        ]
    )
    found = json.loads(capsys.readouterr().out)["diagnostics"]
    places = [(each["path"], each["line"], each["rule"], each["message"]) for each in found]
    assert len(places) == len(set(places))


def test_the_hook_takes_what_installs_read() -> None:
    (hook,) = (
        each
        for each in yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text())
        if each["id"] == "dlint"
    )
    files = {file for manager in managers() for verb in manager.verbs for file in verb.files}
    names = {file.removeprefix("**/").replace("*", "x") for file in files}
    names = {name for name in names if "/" not in name and name not in NOT_TAKEN}
    missing = {name for name in names if not is_input(name)}
    assert not missing
    for name in (*names, ".dockerignore", "Dockerfile.dockerignore"):
        assert re.search(hook["files"], name), name
        assert not re.search(hook["exclude"], name), name


NOT_TAKEN = frozenset(
    (
        *("gradlew", "mvnw", ".tool-versions", ".python-version", ".ruby-version", "auth.json"),
        *("Build.PL", "Makefile.PL", ".pnp.cjs", ".pnp.loader.mjs", "recipe.json"),
    )
)
"""Tools and settings that change rarely, or say nothing of what is installed."""
