"""Which folder is a Dockerfile's build context, where nobody says so: the one that the repository's
own files build it with, or else its own, or one above that holds what it copies.

`docker build -f docker/Dockerfile .` is as usual as `docker build docker`: of 104 Dockerfiles in
sub-folders of 27 public repositories 22 are built in a folder above theirs. Compose, Bake and CI
files, Makefiles and scripts say which. Where they name several folders, or none, a COPY of what is
not there, or of what the ignore file leaves out, fails the build: the paths that a Dockerfile names
tell them apart.
"""

from __future__ import annotations

import os
import posixpath
from pathlib import Path

from dlint.context import open_worktree
from dlint.errors import DlintError, UnreadableError
from dlint.project.purpose import is_template
from dlint.project.recipes import MAX_DEPTH, Recipes, recipes_around, recipes_of
from dlint.syntax import Run, Transfer
from dlint.syntax.parser import parse
from dlint.text.patterns import WILDCARD, regex
from dlint.text.repository_files import read, repository_of, text_below
from dlint.text.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlint.context import BuildContext
    from dlint.project.files import Files
    from dlint.syntax import Dockerfile, Instruction

_VARIABLE = regex(r"[$\\]")
# https://doc.rust-lang.org/cargo/reference/workspaces.html
_INHERITS = regex(r"(?m)^[^#\n\"']*\bworkspace[ \t]*=[ \t]*true\b")
_HOLDS_WORKSPACE = regex(r"(?m)^[ \t]*\[workspace[.\]]")
# No file has this name: a pattern that takes it takes all.
_ANY_NAME = "a-name-that-no-file-has"
MOST = 4  # contexts of one Dockerfile that are told apart


def likely_contexts(path: Path) -> tuple[Path, ...]:
    """Return the folders that may be the context of the Dockerfile `path`, in its repository, the
    likeliest first.

    There is more than one only where the repository builds it in several that hold as much of what
    it names.
    """
    own, place = path.parent, path.absolute()
    root = repository_root(place.parent)
    told = _told(place, root)
    above = _above(place.parent, root)
    if not told and (not above or is_template(place.relative_to(root).as_posix())):
        return (own,)
    try:
        dockerfile = parse(Source.from_bytes(str(path), read(path)))
    except UnreadableError:
        return (own,)
    names = set(_named(dockerfile))
    told = told or ([] if names else _told_of_neighbours(place, root))
    if len(told) != 1:
        from dlint.project.run_needs import needed_by_runs

        names.update(needed_by_runs(dockerfile))
    found = _likeliest(path, told, (own.absolute(), *above), names)
    return tuple(_shown(each, own) for each in found) or (own,)


def holds_any_named(folder: Path, dockerfile: Dockerfile) -> bool:
    """Tell whether a folder holds anything that a Dockerfile names or its commands need: else
    nothing in the file tells that this is its context.
    """
    from dlint.project.run_needs import needed_by_runs

    names = {*_named(dockerfile), *needed_by_runs(dockerfile)}
    return any(_is_there(folder, name) for name in names)


def context_in(files: Files, path: str, dockerfile: Dockerfile) -> str:
    """Return the likely context of the Dockerfile `path` of a commit, "" for the root: of the
    folders around it, the nearest that holds most of what it names.
    """
    names = {name for name in _named(dockerfile) if not WILDCARD.search(name)}
    folder = posixpath.dirname(path)
    ladder = [folder]
    while folder:
        folder = posixpath.dirname(folder)
        ladder.append(folder)

    def held(folder: str) -> int:
        places = [posixpath.join(folder, name) for name in names]
        return sum(files.is_file(place) or files.is_folder(place) for place in places)

    return max(ladder, key=held)


def _likeliest(
    path: Path, told: list[Path], ladder: tuple[Path, ...], names: set[str]
) -> list[Path]:
    """Return what is told, unless it holds nothing of what is named and the Dockerfile's own folder
    or the repository does: then it is misread. A folder between these two has such a name by
    chance: what is told holds what a step before makes there.
    """
    found = _fullest(path, told, names)[:MOST]
    if found and (not names or _count_present(path, found[0], names)):
        return found
    nearest = _fullest(path, (ladder[0], ladder[-1]) if found else ladder, names)[:1]
    is_better = bool(nearest and names and _count_present(path, nearest[0], names))
    return nearest if is_better or not found else found


def _shown(folder: Path, own: Path) -> Path:
    return own if folder == own.absolute() else Path(os.path.relpath(folder))


def _told(dockerfile: Path, root: Path) -> list[Path]:
    """Return the contexts that files of the repository at `root` build the absolute `dockerfile`
    with, those that most of them name first.
    """
    found: dict[Path, int] = {}
    for recipes in _recipes_for(dockerfile, root):
        wanted = dockerfile.relative_to(recipes.root).as_posix()
        for built in recipes.builds_of(wanted):
            folder = Path(os.path.normpath(recipes.root / built.context))
            found[folder] = found.get(folder, 0) + 1
    return sorted(found, key=lambda folder: -found[folder])


def _told_of_neighbours(dockerfile: Path, root: Path) -> list[Path]:
    """Return the one context that all Dockerfiles beside this one are built with; none where they
    differ, or nobody builds any.
    """
    recipes = recipes_around(root)
    folder = dockerfile.parent.relative_to(recipes.root).as_posix()
    told = {
        built.context
        for built in recipes.builds
        if (posixpath.dirname(built.dockerfile) or ".") == folder
    }
    return [Path(os.path.normpath(recipes.root / each)) for each in told] if len(told) == 1 else []


def _recipes_for(dockerfile: Path, root: Path) -> Iterator[Recipes]:
    """Yield the repository's recipes, and those beside a Dockerfile that lies deeper than they are
    looked for.
    """
    yield recipes_around(root)
    parents = dockerfile.relative_to(root).parents
    for folder in list(parents)[: max(0, len(parents) - 1 - MAX_DEPTH)]:
        yield recipes_of(root / folder, 0)


def _above(folder: Path, root: Path) -> list[Path]:
    """Return the folders above the absolute `folder`, nearest first, up to the root of its
    repository; none outside of any.
    """
    ladder = [folder, *folder.parents]
    return ladder[1 : ladder.index(root) + 1]


def repository_root(folder: Path) -> Path:
    """Return the top folder of the repository around the absolute `folder`; outside of any, the
    folder itself.
    """
    found = repository_of(str(folder))
    return folder if found is None else Path(found)


def _fullest(path: Path, folders: Iterable[Path], names: set[str]) -> list[Path]:
    """Return those of `folders` that hold most of `names`, in their order; none of which the
    ignore file leaves nothing.
    """
    counted = [(_count_present(path, folder, names), folder) for folder in folders]
    most = max((count for count, _ in counted), default=0)
    full = [folder for count, folder in counted if count == most]
    return [folder for folder in full if _leaves_anything(path, folder)]


def _count_present(path: Path, folder: Path, names: set[str]) -> int:
    """Count what `folder` holds and the ignore file leaves in."""
    there = [name for name in names if _is_there(folder, name)]
    if not there:
        return 0
    try:
        context = open_worktree(folder, path)
    except DlintError:  # a malformed ignore file
        return len(there)
    return sum(_is_left_in(context, name) for name in there)


def _is_left_in(context: BuildContext, name: str) -> bool:
    ignore = context.ignore
    if ignore is None or WILDCARD.search(name) or not ignore.patterns.excludes(name):
        return True
    return ignore.patterns.may_reinclude_under(name)


def _is_there(folder: Path, name: str) -> bool:
    try:
        if WILDCARD.search(name):
            return any(True for _ in folder.glob(name))
        return (folder / name).exists() and not _is_member(folder, name)
    except (OSError, ValueError):  # no name for a file
        return False


def _is_member(folder: Path, name: str) -> bool:
    """Tell whether a manifest of Cargo takes values from a workspace that is above: no context
    without that can be built.
    """
    if posixpath.basename(name) != "Cargo.toml":
        return False
    text = text_below(folder, name)
    return _INHERITS.search(text) is not None and not _HOLDS_WORKSPACE.search(text)


def _leaves_anything(path: Path, folder: Path) -> bool:
    """Tell whether the ignore file leaves anything of a folder; one that takes no file of any name
    out leaves something.
    """
    try:
        context = open_worktree(folder, path)
        ignore = context.ignore
        if ignore is None or not ignore.patterns.excludes(_ANY_NAME):
            return True
        return any(entry.kind != "dir" for entry in context.entries.values())
    except DlintError:  # malformed, or not to be read: the checks say so
        return True


def _named(dockerfile: Dockerfile) -> Iterator[str]:
    """Yield the paths of the context that a Dockerfile names, patterns among them."""
    for instruction in dockerfile.instructions:
        for source in _sources(instruction):
            name = posixpath.normpath("/" + source).lstrip("/")
            is_remote = "://" in source or "@" in source
            if name.strip("*/") and not is_remote and not _VARIABLE.search(name):
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
