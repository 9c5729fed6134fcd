"""The images of a repository: those that its Compose and Bake files describe, by the names that the
command line gives them, `compose.yaml` and `docker-bake.hcl#web`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.project import bake, compose
from dlint.project.contexts import repository_root
from dlint.project.discovery import PRUNED
from dlint.project.image import TARGET, Described, Image
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_FILES = 500  # Compose and Bake files of one repository


class Project(NamedTuple):
    """What a Compose or Bake file of the repository at `root` describes."""

    root: Path
    described: Described

    def shown(self, path: str) -> str:
        """Return a path from the root as people at the working folder write it."""
        place = self.root / path
        here = Path.cwd()
        return (place.relative_to(here) if place.is_relative_to(here) else place).as_posix()


def is_described_by(path: str) -> bool:
    """Tell by its name whether a file describes images."""
    name = path.replace(os.sep, "/")
    return compose.NAMED.search(name) is not None or bake.NAMED.search(name) is not None


def split(text: str) -> tuple[str, str] | None:
    """Return the file and the image that `FILE` or `FILE#IMAGE` names, "" for those that are built
    by default; None where it is no Compose or Bake file.
    """
    whole = Path(text).is_file()
    path, _, name = (text, "", "") if whole else text.rpartition("#") if "#" in text else ("",) * 3
    return (path, name) if path and is_described_by(path) and Path(path).is_file() else None


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
    """Read the Compose or Bake file `path`. Raises DlintError with the place."""
    place = Path(os.path.abspath(path))  # noqa: PTH100  links are judged by whoever reads
    root = repository_root(place.parent)
    inside = place.relative_to(root).as_posix()
    read = compose.read_compose if compose.NAMED.search(inside) else bake.read_bake
    return Project(root, read(root, inside))


def every_project(folder: Path) -> Iterator[Project | DlintError]:
    """Yield the projects in and below a folder, or why one cannot be read; a file that is only ever
    taken in by another describes no image that the other does not.
    """
    for path in _files(folder):
        try:
            yield open_project(str(path))
        except DlintError as error:
            yield error


def _files(folder: Path) -> list[Path]:
    """Return the Compose and Bake files that git tracks or would track, those at the top first;
    override files come with the file that they go over.
    """
    overrides = {*compose.OVERRIDES, *bake.OVERRIDES}
    names = [name for name in _names(folder) if is_described_by(name)]
    names = [name for name in names if name.rpartition("/")[2] not in overrides]
    names.sort(key=lambda name: (name.count("/"), not _is_default(name), name))
    return [folder / name for name in names[:MOST_FILES] if (folder / name).is_file()]


def _is_default(name: str) -> bool:
    return name.rpartition("/")[2] in {*compose.DEFAULT, *bake.DEFAULT}


def _names(folder: Path) -> Iterable[str]:
    from dlint.context.git import find_repository

    repository = find_repository(folder)
    listed = repository.listed("*compose*", "*docker-bake*") if repository else None
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
