"""Which folder is a Dockerfile's build context, where nobody says so: its own, or one above that
holds what it copies.

`docker build -f docker/Dockerfile .` is as usual as `docker build docker`: of 104 Dockerfiles in
sub-folders of 27 public repositories 22 are built in a folder above theirs. A COPY of what is not
there fails the build, so the paths that a Dockerfile names tell the two apart; where it names none,
what Compose and CI files, Makefiles and scripts say.
"""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.errors import UnreadableError
from dlint.project.recipes import recipes_around
from dlint.syntax import Run, Transfer
from dlint.syntax.parser import parse
from dlint.text.patterns import regex
from dlint.text.repository_files import read
from dlint.text.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.syntax import Dockerfile

_NOT_PLAIN = frozenset("$*?[\\")
_KEY = regex(r"""^(\s*)["']?(context|dockerfile|file)["']?\s*[:=]\s*["']?([^\s"'#,]+)""")
_CONTINUED = regex(r"\\\n")
_HERE = regex(r"""\s\.["']?(?:\s|$)""")


def likely_context(path: Path) -> Path:
    """Return the folder at or above the Dockerfile `path`, inside its repository, that holds most
    of what it names.

    The nearest of several that hold as much.
    """
    own = path.parent
    above = _above(own)
    if not above:
        return own
    try:
        names = set(_named(parse(Source.from_bytes(str(path), read(path)))))
    except UnreadableError:
        return own
    if not names:
        told = _told(path.absolute(), above[-1])
        return own if told is None or told == own.absolute() else Path(os.path.relpath(told))
    best, most = own, _held(own, names)
    for folder in above:
        held = _held(folder, names)
        if held > most:
            best, most = Path(os.path.relpath(folder)), held
    return best


def _above(folder: Path) -> list[Path]:
    """Return the folders above `folder`, nearest first, up to the root of its repository; none
    outside of any.
    """
    absolute = folder.absolute()
    root = repository_root(absolute)
    return [each for each in absolute.parents if each.is_relative_to(root)]


def repository_root(folder: Path) -> Path:
    """Return the top folder of the repository around the absolute `folder`; outside of any, the
    folder itself.
    """
    return next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)


def _held(folder: Path, names: set[str]) -> int:
    return sum((folder / name).exists() for name in names)


def _named(dockerfile: Dockerfile) -> Iterator[str]:
    """Yield the paths of the context that a Dockerfile names in full."""
    for instruction in dockerfile.instructions:
        words: list[str] = []
        if isinstance(instruction, Transfer) and instruction.from_ is None:
            words = [word.text for word in instruction.sources]
        elif isinstance(instruction, Run):
            words = [
                each.source or ""
                for each in instruction.mounts
                if each.type == "bind" and each.from_ is None
            ]
        for word in words:
            name = posixpath.normpath("/" + word).lstrip("/")
            if name and "://" not in word and "@" not in word and _NOT_PLAIN.isdisjoint(name):
                yield name


def _told(dockerfile: Path, root: Path) -> Path | None:
    """Return the context that a file of the repository at `root` builds `dockerfile` with."""
    wanted = dockerfile.relative_to(root).as_posix()
    command = re.compile(
        rf"\bbuild\b[^\n]*\s(?:-f|--file)[=\s]\s*[\"']?(?:\./)?{re.escape(wanted)}(?![\w./-])[^\n]*"
    )
    for recipe, text in recipes_around(root).texts:
        if dockerfile.name not in text:
            continue
        if any(_HERE.search(found[0]) for found in command.finditer(_CONTINUED.sub(" ", text))):
            return root
        lines = text.splitlines()
        for at, line in enumerate(lines):
            key = _KEY.match(line)
            if key and key[2] != "context" and key[3].endswith(dockerfile.name):
                context = _context_beside(lines, at, key[1])
                # a CI service runs in the root, and build-push-action takes its `file` from there
                base = (
                    "" if key[2] == "file" or recipe.startswith(".") else posixpath.dirname(recipe)
                )
                folder = posixpath.normpath(posixpath.join(base, context))
                place = posixpath.normpath(
                    posixpath.join(base if key[2] == "file" else folder, key[3])
                )
                if place == wanted and not folder.startswith(".."):
                    return root if folder == "." else root / folder
    return None


def _context_beside(lines: Sequence[str], at: int, indent: str) -> str:
    """Return the `context` of the block that a line is in; the folder itself where it names
    none.
    """
    for part in (reversed(lines[:at]), lines[at + 1 :]):
        for line in part:
            if line.strip() and len(line) - len(line.lstrip()) < len(indent):
                break
            key = _KEY.match(line)
            if key and key[1] == indent and key[2] == "context":
                return key[3]
    return "."
