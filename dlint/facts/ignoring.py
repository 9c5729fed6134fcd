"""What the ignore file leaves out of the build context."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.project import brought_ignores
from dlint.syntax import Run, Transfer
from dlint.text.paths import above, within
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from dlint.model.build import Build

# An address, or a pattern of several paths.
_NO_PATH = regex(r"^git@|://|[*?\[\\]")


def left_out_by(build: Build, path: str) -> int | None:
    """Return the number of the ignore file's line that leaves one path out of the context; None
    where none does, or where it is an address, a pattern or what a symlink leads to. A context that
    is made for the build has not this ignore file.
    """
    if build.recipes is not None and build.recipes.is_assembled(build.path):
        return None
    clean = posixpath.normpath("/" + path.lstrip("/")).strip("/")
    ignore = build.context.ignore
    if ignore is None or not clean or _NO_PATH.search(path) or clean in build.context.entries:
        return None
    if any(each.startswith(f"!{clean}/") for each in ignore.patterns.patterns):
        return None  # a folder of which a part is taken in again, where it is there
    by = ignore.decider(clean) if build.context.ignored(clean) else None
    return None if by is None or _goes_through_link(build, clean) else ignore.lines[by]


def overruled_by(build: Build, path: str, line: int) -> tuple[str, ...]:
    """Return the patterns for names in any folder that stand before a line of the ignore file: they
    would not hold any more below a folder that is taken in again after that line.
    """
    ignore, root = build.context.ignore, getattr(build.context, "root", None)
    is_file = root is not None and Path(root, path.lstrip("/")).is_file()
    if ignore is None or is_file:
        return ()
    before = zip(ignore.lines, ignore.patterns.patterns, strict=True)
    return tuple(each for number, each in before if number < line and each.startswith("**/"))


def is_ignore_file_brought(build: Build) -> bool:
    """Tell whether a recipe puts an ignore file into the context, which has none, before the build:
    one that is made there would be written over. A fact.
    """
    recipes, folder = build.recipes, build.context_folder
    return (
        build.context.ignore is None
        and recipes is not None
        and brought_ignores.is_ignore_file_brought(recipes, build.path, folder)
    )


def is_sent(build: Build, folder: str) -> bool:
    """Tell whether a build takes a folder of the context or something in it: the builder asks for
    nothing else.
    """
    for each in filter(build.live_stage, build.dockerfile.instructions):
        match each:
            case Run() if any(mount.shows_context for mount in each.mounts):
                return True
            case Transfer(from_=None):
                selection = build.taken(each)
                taken = selection.entries if selection else ()
                if selection is None or any(within(landed.source, folder) for landed in taken):
                    return True
    return False


def untracked_deeper(build: Build, name: str) -> str | None:
    """Return a path below the root, of a name or `*` and an ending, that the ignore file does not
    exclude and git does not track: a tool created it.
    """
    end = name.removeprefix("*") if name.startswith("*") else f"/{name}"
    found = [path for path in build.context.entries if path.endswith(end) and "/" in path]
    if not found:
        return None
    tracked = build.repository.tracked() if build.repository else None
    if tracked is None:
        return found[0]
    folders = {folder for path in tracked for folder in above(path)}
    return next((path for path in found if path not in tracked and path not in folders), None)


def _goes_through_link(build: Build, path: str) -> bool:
    """Tell whether a folder above is a symlink of the context, which the builder follows."""
    entries = build.context.entries
    folders = (entries[each] for each in above(path) if each in entries)
    return any(each.kind == "symlink" for each in folders)
