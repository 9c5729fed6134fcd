"""What the tests of the house share: the project's own files, and a copy of them that may be changed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
# Neither the user's git settings nor an outer hook's variables may decide a test.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "A Tester",
    "GIT_AUTHOR_EMAIL": "tester@example.com",
    "GIT_COMMITTER_NAME": "A Tester",
    "GIT_COMMITTER_EMAIL": "tester@example.com",
}
LEFT_OUT = {".git", ".venv", "build", "dist", "__pycache__"}


def files() -> list[Path]:
    """List the project's files relative to its root: what git tracks or would; all but rubbish in an unpacked sdist."""
    if (PROJECT / ".git").exists():
        command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True).stdout
        return sorted(path for name in listed.split("\0") if name and (PROJECT / (path := Path(name))).is_file())
    found = (path.relative_to(PROJECT) for path in PROJECT.rglob("*") if path.is_file())
    return sorted(path for path in found if not any(_rubbish(part) for part in path.parts))


def _rubbish(part: str) -> bool:
    return part in LEFT_OUT or part.endswith((".egg-info", "_cache", ".pyc")) or part == ".hypothesis"


def copy_project(target: Path) -> Path:
    """Copy the project's files to `target`, as a clone of its next commit would hold them."""
    for path in files():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PROJECT / path, target / path)
    return target


def commit(repository: Path, message: str = "All of it") -> None:
    """Commit everything in `repository`, which becomes one if it is none."""
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--allow-empty", "--message", message]):
        subprocess.run(["git", *words], cwd=repository, check=True, env=ENVIRONMENT)
