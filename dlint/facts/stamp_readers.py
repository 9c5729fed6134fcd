"""RUNs that only write a stamp to a file which the project reads: it is there to be shown."""

from __future__ import annotations

import posixpath
import re

from dlint.errors import DlintError
from dlint.project.purpose import is_dockerfile
from dlint.reads.unread import LARGEST, MOST_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.model.build import Build
    from dlint.shell import Command
    from dlint.syntax import Run

# What makes a stamp, and what writes one down.
_STAMPING = frozenset("date echo git hostname mkdir printf set tee uuidgen".split())
# Files that name others without reading them.
_NAMING = (".md", ".rst", ".adoc", "ignore")


def is_for_project(build: Build, run: Run) -> bool:
    """Tell whether a RUN does nothing but write stamps to files of which the context's files
    speak.
    """
    commands = build.script(run).commands
    if not all(each.name in _STAMPING for each in commands):
        return False
    names = {name for each in commands for name in _written(each)}
    return bool(names) and all(_is_named(build, name) for name in names)


def _written(command: Command) -> Iterator[str]:
    """Yield the names of the files that a command writes to."""
    targets = [each.target for each in command.redirects if each.writes and each.target]
    files = [*targets, *(command.args if command.name == "tee" else ())]
    names = (posixpath.basename(each.form) for each in files if not each.form.startswith("/dev/"))
    yield from (name for name in names if name and not name.startswith("-"))


def _is_named(build: Build, name: str) -> bool:
    """Tell whether a file of the context, no Dockerfile or ignore file, names another one."""
    readable = {
        path: entry.size
        for path, entry in build.context.entries.items()
        if entry.kind == "file" and entry.size <= LARGEST and not path.endswith(_NAMING)
        if not is_dockerfile(path) and not path.startswith(".git/")
    }
    if sum(readable.values()) > MOST_BYTES:
        return True  # nobody looked
    mention = re.compile(rb"(?<![\w-])" + re.escape(name).encode() + rb"(?![\w-])")
    return any(_speaks(build, path, mention) for path in readable)


def _speaks(build: Build, path: str, mention: re.Pattern[bytes]) -> bool:
    try:
        return mention.search(build.context.read(path)) is not None
    except DlintError:
        return False
