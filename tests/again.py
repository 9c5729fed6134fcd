"""Files that are copied again: what the model and the engine are both asked about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.context import open_worktree
from dlint.model import Build, Options
from dlint.model.standing import standing
from dlint.syntax import Transfer
from dlint.syntax.parser import parse
from dlint.text.source import Source

if TYPE_CHECKING:
    from pathlib import Path

FILES = "Dockerfile\npackage.json 2kB\nlock 300kB\ndir/a 5kB\nsrc.js 100B\n"
ALL = "app/Dockerfile app/dir app/dir/a app/lock app/package.json app/src.js"
NEW = "app/Dockerfile app/dir app/dir/a app/src.js"
CASES = [
    ("WORKDIR /app\nCOPY package.json lock ./\nRUN true\nCOPY . .", f"app {NEW}"),
    ("COPY package.json lock /app/\nRUN true\nCOPY . /app", f"app {NEW}"),
    ("COPY dir /app\nRUN true\nCOPY dir /app", ""),
    ("COPY dir /deep/app\nCOPY dir /deep/app", ""),
    ("COPY dir/a /app/dir/\nCOPY dir /app/dir", ""),
    ("WORKDIR /app\nCOPY package.json .\nCOPY package.json lock ./", "app app/lock"),
    ("WORKDIR /app\nCOPY --chown=5:5 package.json lock ./\nCOPY --chown=5:5 . .", f"app {NEW}"),
    ("WORKDIR /app\nCOPY --chown=app package.json lock ./\nCOPY --chown=app . .", f"app {NEW}"),
    ("WORKDIR /app\nCOPY package.json lock ./\nCOPY --chown=5:5 . .", f"app {ALL}"),
    ("WORKDIR /app\nCOPY package.json lock ./\nCOPY --chmod=600 . .", f"app {ALL}"),
    ("COPY --link package.json lock /app/\nCOPY --link . /app/", f"app {ALL}"),
    (
        "WORKDIR /app\nCOPY package.json lock ./\nRUN chmod 600 lock package.json\nCOPY . .",
        f"app {ALL}",
    ),
    ("WORKDIR /app\nCOPY package.json lock ./\nRUN rm -r /app\nCOPY . .", f"app {ALL}"),
    ("WORKDIR /app\nCOPY . .\nCOPY src.js package.json", "app app/package.json"),
]


def stored(root: Path, text: str, builder: str) -> str:
    """Return what the last COPY's layer holds."""
    build = Build(
        parse(Source("Dockerfile", f"FROM shell:1\n{text}\n")),
        open_worktree(root),
        Options(builder=builder),
    )
    last = build.dockerfile.instructions[-1]
    assert isinstance(last, Transfer)
    selection = build.fact(standing).stored(build.stages[0], last)
    return " ".join(item.member.path for item in selection.items)
