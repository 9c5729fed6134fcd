"""Repositories with a past, for the tests of what replays it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from house import ENVIRONMENT

if TYPE_CHECKING:
    from pathlib import Path


def git(root: Path, *words: str) -> str:
    """Run git in `root`, whatever the user's settings say."""
    done = subprocess.run(
        ["git", "-C", root, *words], check=True, capture_output=True, text=True, env=ENVIRONMENT
    )
    return done.stdout.strip()


def commit(root: Path, message: str, files: dict[str, str | bytes | None]) -> str:
    """Write files, remove those that are None, and commit; return the commit's id."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", message)
    return git(root, "rev-parse", "HEAD")
