"""The images of a repository: those that its Compose and Bake files describe, by the names that the
command line gives them, `compose.yaml` and `docker-bake.hcl#web`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.errors import DlintError, UnreadableError
from dlint.project import bake, compose
from dlint.project.contexts import repository_root
from dlint.project.discovery import PRUNED
from dlint.project.files import Worktree
from dlint.project.image import TARGET, Described, Image
from dlint.project.recipes import MAX_DEPTH
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dlint.project.files import Files, Revision

MOST_FILES = 500  # Compose and Bake files of one repository


class Project(NamedTuple):
    """What a Compose or Bake file of the repository at `root` describes, whose `files` it speaks
    of.
    """

    root: Path
    described: Described
    files: Files

    def shown(self, path: str) -> str:
        """Return a path from the root as people at the working folder write it."""
        return shown_here(self.root / path)


def shown_here(place: Path) -> str:
    """Return an absolute path as people at the working folder write it."""
    here = Path.cwd()
    return (place.relative_to(here) if place.is_relative_to(here) else place).as_posix()


def is_described_by(path: str) -> bool:
    """Tell by its name whether a file describes images."""
    name = path.replace(os.sep, "/")
    return compose.NAMED.search(name) is not None or bake.NAMED.search(name) is not None


def split(text: str) -> tuple[str, str] | None:
    """Return the file and the image that `FILE` or `FILE#IMAGE` names, "" for those that are built
    by default; None where it is no Compose or Bake file. Several Compose files may stand in its
    place.
    """
    path, _, name = (text, "", "") if _are_described(text) else text.rpartition("#")
    return (path, name) if _are_described(path) else None


def file_of(path: str) -> str:
    """Return the file of `FILE#IMAGE`; any other path as it is."""
    file, image = split(path) or (path, "")
    return file if image else path


def _are_described(path: str) -> bool:
    parts = _parts(path)
    is_named = is_described_by if len(parts) == 1 else compose.NAMED.search
    return all(is_named(each) and Path(each).is_file() for each in parts)


def goes_over(path: str) -> str:
    """Return the file that the override file `path` goes over; itself where it is none, or there is
    no such file.
    """
    place = Path(path)
    for kind in (compose, bake):
        if place.name in kind.OVERRIDES:
            beside = (place.with_name(name) for name in kind.DEFAULT)
            return next((str(each) for each in beside if each.is_file()), path)
    return path


def open_project(path: str) -> Project:
    """Read the Compose or Bake file `path`, or several Compose files. Raises DlintError with the
    place.
    """
    names = _parts(path)
    places = [Path(os.path.abspath(name)) for name in names]  # noqa: PTH100  links are judged by whoever reads
    root = repository_root(places[0].parent)
    if not all(place.is_relative_to(root) for place in places):
        raise DlintError(f"{path}: the files are not of one repository")
    first, *more = (place.relative_to(root).as_posix() for place in places)
    return described_by(root, Worktree(root), first, more)


def described_by(root: Path, files: Files, path: str, more: Sequence[str] = ()) -> Project:
    """Return what the file `path` describes, with `more` Compose files over it, all seen from the
    root. Raises DlintError.
    """
    if compose.NAMED.search(path):
        return Project(root, compose.read_compose(files, path, more), files)
    return Project(root, bake.read_bake(files, path), files)


def _parts(path: str) -> list[str]:
    """Return the files of `compose.yaml:compose.prod.yaml`, of which each goes over those before
    it.
    """
    return [path] if Path(path).is_file() else path.split(compose.SEPARATOR)


def every_project(folder: Path) -> Iterator[Project | DlintError]:
    """Yield the projects in and below a folder, or why one cannot be read; a file that is only ever
    taken in by another describes no image that the other does not.
    """
    for path in _files(folder):
        try:
            yield open_project(str(path))
        except DlintError as error:
            yield error


def projects_of(then: Revision, names: Iterable[str]) -> Iterator[Project | DlintError]:
    """Yield the same of a commit, of which `names` are the files to look at, from the root."""
    for name in _describing(names, then.read):
        try:
            yield described_by(then.repository.root, then, name)
        except DlintError as error:
            yield error


def _files(folder: Path) -> list[Path]:
    """Return the Compose and Bake files that git tracks or would track."""
    names = _describing(_names(folder), Worktree(folder).read)
    return [folder / name for name in names if (folder / name).is_file()]


def _describing(names: Iterable[str], read: Callable[[str], bytes]) -> list[str]:
    """Return the Compose and Bake files, those at the top first; override files come with the file
    that they go over.
    """
    overrides = {*compose.OVERRIDES, *bake.OVERRIDES}
    found = [name for name in names if is_described_by(name)]
    found = [name for name in found if not bake.is_doubtful(name) or _is_bake(name, read)]
    found = [name for name in found if name.rpartition("/")[2] not in overrides]
    found.sort(key=lambda name: (name.count("/"), not _is_default(name), name))
    return found[:MOST_FILES]


def _is_bake(name: str, read: Callable[[str], bytes]) -> bool:
    """Tell whether a file of another name is Bake's; deeper ones than recipes are looked for are
    none.
    """
    if name.count("/") > MAX_DEPTH:
        return False
    try:
        return bake.is_bake(name, read(name).decode("utf-8", "replace"))
    except UnreadableError:
        return False


def _is_default(name: str) -> bool:
    return name.rpartition("/")[2] in {*compose.DEFAULT, *bake.DEFAULT}


def _names(folder: Path) -> Iterable[str]:
    from dlint.context.repositories import find_repository

    repository = find_repository(folder)
    listed = repository.listed("*compose*", "*docker-bake*", "*.hcl") if repository else None
    return _walk(folder) if listed is None else listed


def _walk(folder: Path) -> Iterator[str]:
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in PRUNED]
        for name in files:
            yield Path(root, name).relative_to(folder).as_posix()


def in_order(images: Iterable[Image]) -> list[Image]:
    """Return images so that each comes after those that it is built on: by a named context
    (`target:base`), else as they were.
    """
    by_name = {(image.path, image.name): image for image in images}
    found: dict[tuple[str, str], Image] = {}
    for first in by_name:
        todo, above = [first], list[tuple[str, str]]()
        while todo:
            key = todo[-1]
            needed = [
                (key[0], value.removeprefix(TARGET))
                for _, value in by_name[key].contexts
                if value.startswith(TARGET)
            ]
            waiting = [
                each
                for each in needed
                if each in by_name and each not in found and each not in above
            ]
            if waiting:
                above.append(key)
                todo.append(waiting[0])
            else:
                found.setdefault(key, by_name[todo.pop()])
    return list(found.values())
