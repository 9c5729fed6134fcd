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

    from dlint.syntax import Dockerfile, Instruction

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
        found = _context_in_recipes(path.absolute(), above[-1])
        return own if found is None or found == own.absolute() else Path(os.path.relpath(found))
    best = max((own, *above), key=lambda folder: _count_present(folder, names))
    return own if best is own else Path(os.path.relpath(best))


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


def _count_present(folder: Path, names: set[str]) -> int:
    return sum((folder / name).exists() for name in names)


def _named(dockerfile: Dockerfile) -> Iterator[str]:
    """Yield the paths of the context that a Dockerfile names in full."""
    for instruction in dockerfile.instructions:
        for source in _sources(instruction):
            name = posixpath.normpath("/" + source).lstrip("/")
            is_remote = "://" in source or "@" in source
            if name and not is_remote and _NOT_PLAIN.isdisjoint(name):
                yield name


def _sources(instruction: Instruction) -> list[str]:
    """Return what an instruction takes from the context, as it is written."""
    match instruction:
        case Transfer(from_=None):
            return [word.text for word in instruction.sources]
        case Run():
            return [
                mount.source or ""
                for mount in instruction.mounts
                if mount.type == "bind" and mount.from_ is None
            ]
        case _:
            return []


def _context_in_recipes(dockerfile: Path, root: Path) -> Path | None:
    """Return the context that a file of the repository at `root` builds `dockerfile` with."""
    wanted = dockerfile.relative_to(root).as_posix()
    command = re.compile(
        rf"^(?>[^\n]*?(?=\bbuild\b))(build[^\n]*\s(?:-f|--file)[=\s]\s*+[\"']?(?:\./)?"
        rf"{re.escape(wanted)}(?![\w./-])[^\n]*)",
        re.MULTILINE,
    )
    for recipe, text in recipes_around(root).texts:
        if dockerfile.name not in text:
            continue
        if any(_HERE.search(found[1]) for found in command.finditer(_CONTINUED.sub(" ", text))):
            return root
        lines = text.splitlines()
        for at, line in enumerate(lines):
            key = _KEY.match(line)
            if key and key[2] != "context" and key[3].endswith(dockerfile.name):
                folder, named = _as_built(recipe, key, _context_beside(lines, at, key[1]))
                if named == wanted and not folder.startswith(".."):
                    return root / folder
    return None


def _as_built(recipe: str, key: re.Match[str], context: str) -> tuple[str, str]:
    """Return the folder that a recipe builds in, and the Dockerfile that its `key` names, both seen
    from the repository's root.
    """
    # a CI service runs in the root, and build-push-action takes its `file` from there
    is_action = key[2] == "file"
    base = "" if is_action or recipe.startswith(".") else posixpath.dirname(recipe)
    folder = posixpath.normpath(posixpath.join(base, context))
    return folder, posixpath.normpath(posixpath.join(base if is_action else folder, key[3]))


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
