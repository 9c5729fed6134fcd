"""The hooks, as pre-commit runs them: from a repository of ours, on the files of somebody
else's.
"""

from __future__ import annotations

import re
import subprocess
import sys
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from house import ENVIRONMENT, PROJECT, commit, copy_project

if TYPE_CHECKING:
    from pathlib import Path

HOOKS: list[dict[str, Any]] = yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text())
BAD = "FROM python:3.12-slim\nCOPY . /srv\nRUN pip install -r /srv/requirements.txt\n"
GOOD = 'FROM python:3.12.11-slim-bookworm\nCOPY app.py /srv/\nCMD ["python", "/srv/app.py"]\n'


def pre_commit(*words: str | Path, home: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pre_commit", *map(str, words)]
    environment = ENVIRONMENT | {"PRE_COMMIT_HOME": str(home), "PRE_COMMIT_COLOR": "never"}
    return subprocess.run(
        command,
        cwd=cwd,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    clone = copy_project(tmp_path_factory.mktemp("dlint"))
    commit(clone)
    return clone


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text("print('sold')\n")
    (tmp_path / "requirements.txt").write_text("flask==3.1.0\n")
    (tmp_path / "Dockerfile").write_text(GOOD)
    (tmp_path / ".dockerignore").write_text(".git\n")
    commit(tmp_path)
    return tmp_path


def test_the_manifest_is_valid(home: Path) -> None:
    done = pre_commit("validate-manifest", ".pre-commit-hooks.yaml", home=home, cwd=PROJECT)
    assert done.returncode == 0, done.stdout


def test_the_projects_own_hooks_are_valid(home: Path) -> None:
    done = pre_commit("validate-config", ".pre-commit-config.yaml", home=home, cwd=PROJECT)
    assert done.returncode == 0, done.stdout


def run_hooks(
    ours: Path, theirs: Path, home: Path, hook: str = "dlint"
) -> subprocess.CompletedProcess[str]:
    """Run a hook as a project does that has it in its configuration; pre-commit installs it once
    per home.
    """
    revision = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ours, check=True, capture_output=True, text=True
    ).stdout
    settings = {"repos": [{"repo": str(ours), "rev": revision.strip(), "hooks": [{"id": hook}]}]}
    (theirs / ".pre-commit-config.yaml").write_text(yaml.safe_dump(settings))
    commit(theirs)
    return pre_commit("run", "--all-files", "--verbose", home=home, cwd=theirs)


def test_a_good_dockerfile_passes(ours: Path, theirs: Path, home: Path) -> None:
    done = run_hooks(ours, theirs, home)
    assert done.returncode == 0, done.stdout
    assert "Passed" in done.stdout


def test_a_bad_one_blocks_and_only_dockerfiles_are_looked_at(
    ours: Path, theirs: Path, home: Path
) -> None:
    (theirs / "api").mkdir()
    (theirs / "api" / "requirements.txt").write_text("flask==3.1.0\n")
    (theirs / "api" / "app.py").write_text("")
    (theirs / "api" / "worker.dockerfile").write_text(BAD)
    (theirs / "Dockerfile.dockerignore").write_text(".git\n")
    (theirs / "Dockerfile.md").write_text("# Not a Dockerfile\n")
    done = run_hooks(ours, theirs, home)
    assert done.returncode == 1, done.stdout
    assert re.search(
        r"^api/worker\.dockerfile:\d+:\d+: \w+ order/copy-before-install ",
        done.stdout,
        re.MULTILINE,
    )
    assert not re.search(r"^Dockerfile(\.md|\.dockerignore)?:\d", done.stdout, re.MULTILINE)


def test_a_changed_manifest_checks_the_images_that_read_it(
    ours: Path, theirs: Path, home: Path
) -> None:
    (theirs / "api").mkdir()
    (theirs / "api" / "requirements.txt").write_text("flask==3.1.0\n")
    (theirs / "api" / "Dockerfile").write_text(BAD)
    (theirs / "api" / "app.py").write_text("")
    (theirs / "old").mkdir()
    (theirs / "old" / "requirements.txt").write_text("flask==3.1.0\n")
    (theirs / "old" / "Dockerfile").write_text(BAD)
    run_hooks(ours, theirs, home)
    (theirs / "api" / "requirements.txt").write_text("flask==3.1.1\n")
    subprocess.run(["git", "add", "-A"], cwd=theirs, check=True)
    done = pre_commit("run", "--verbose", home=home, cwd=theirs)
    assert done.returncode == 1, done.stdout
    assert re.search(r"^api/Dockerfile:\d+:\d+: ", done.stdout, re.MULTILINE)
    assert "old/Dockerfile" not in done.stdout


def test_growth_blocks_a_commit(ours: Path, theirs: Path, home: Path) -> None:
    (theirs / "Dockerfile").write_text("FROM scratch\nCOPY app.py data* /\n")
    commit(theirs)
    done = run_hooks(ours, theirs, home, "dlint-growth")
    assert done.returncode == 0, done.stdout
    (theirs / "data.bin").write_bytes(Random(1).randbytes(300_000))  # noqa: S311  does not compress
    subprocess.run(["git", "add", "-A"], cwd=theirs, check=True)
    done = pre_commit("run", home=home, cwd=theirs)
    assert done.returncode == 1, done.stdout
    assert "Dockerfile: the size changed by +301 kB, over the max-growth of 10%" in done.stdout


def test_a_clone_can_be_tried_and_the_fixing_hook_changes_the_file(
    ours: Path, theirs: Path, home: Path
) -> None:
    (theirs / "Dockerfile").write_text(
        "FROM debian:12.5-slim\nRUN apt-get update && apt-get install -y --no-install-recommends curl\n"
    )
    commit(theirs)
    done = pre_commit("try-repo", ours, "--all-files", home=home, cwd=theirs)
    assert done.returncode == 1, done.stdout
    assert "files were modified by this hook" in done.stdout
    assert "rm -rf /var/lib/apt/lists/*" in (theirs / "Dockerfile").read_text()


@pytest.mark.parametrize("hook", HOOKS[:2], ids=lambda hook: hook["id"])
@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Dockerfile", True),
        ("dockerfile", True),
        ("api/Dockerfile", True),
        ("Dockerfile.prod", True),
        ("Dockerfile-dev", True),
        ("Dockerfile_dev", True),
        ("Dockerfile.go", True),
        ("app.Dockerfile", True),
        ("app.dockerfile", True),
        ("Containerfile", True),
        ("api.containerfile", True),
        ("Containerfile.dev", True),
        ("Dockerfile.md", False),
        ("Dockerfile.alpine.j2", False),
        ("Dockerfile.json", False),
        ("dockerfile.go", False),
        ("dockerfile_parser.py", False),
        ("docs/dockerfiles.txt", False),
        ("Dockerfiles/readme", False),
        ("mydockerfile", False),
    ],
)
def test_which_names_are_taken(hook: dict[str, Any], name: str, *, wanted: bool) -> None:
    assert is_taken(hook, name) is wanted


@pytest.mark.parametrize(
    "name",
    [
        *("Dockerfile.dockerignore", ".dockerignore", "api/.dockerignore"),
        *(
            "compose.yaml",
            "docker-compose.test.yml",
            "docker-bake.hcl",
            "docker-bake.override.json",
        ),
        *("requirements.txt", "api/requirements/prod.txt", "pyproject.toml", "go.mod", "Gemfile"),
        *("package.json", "web/yarn.lock", "Cargo.lock", "src/App.csproj", "build.gradle.kts"),
    ],
)
def test_what_images_are_built_from_is_checked_but_not_fixed(name: str) -> None:
    assert [hook["id"] for hook in HOOKS[:2] if is_taken(hook, name)] == ["dlint"]


def is_taken(hook: dict[str, Any], name: str) -> bool:
    taken = re.search(hook["files"], name) and not re.search(hook["exclude"], name)
    return bool(taken)
