"""The images of a project now and in a commit: which are there on both sides, came, or went."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.cli import several, units
from dlint.errors import DlintError
from dlint.project.images import every_project
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    import argparse
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from dlint.cli.past import Past
    from dlint.cli.units import Unit
    from dlint.lint.engine import Checker
    from dlint.project.images import Project


class Paired(NamedTuple):
    """The images of the working tree, the names of those that the commit lacks, and those that are
    in the commit alone.
    """

    past: Past
    now: tuple[Unit, ...]
    added: frozenset[str]
    gone: tuple[Unit, ...]


def pair_all(args: argparse.Namespace, checker: Checker, past: Past, folder: Path) -> Paired:
    """Pair all images below a folder."""
    projects = list(units.readable_projects(args, folder))
    now = units.units_below(checker, folder, projects)
    return _paired(past, now, past.units(folder), set(_described_by(projects)))


def pair_named(
    args: argparse.Namespace, checker: Checker, past: Past, words: Sequence[str]
) -> Paired:
    """Pair the images that words of the command line mean; what went is looked for in the Compose
    and Bake files among them.
    """
    now = several.each_once(units.named(args, checker, words))
    whole = [Path(word) for word in words if units.names_image(word) and Path(word).is_file()]
    files = {path.resolve() for path in whole}
    then = [
        unit
        for unit in past.units(past.repository.root)
        if unit.image and past.repository.root / past.name_now(unit.image.path) in files
    ]
    around = (every_project(folder) for folder in {path.parent for path in whole})
    projects = (each for each in chain(*around) if not isinstance(each, DlintError))
    return _paired(past, now, then, set(_described_by(projects)))


def _described_by(projects: Iterable[Project]) -> Iterator[tuple[str, str]]:
    """Yield file and name of each image that projects describe."""
    for project in projects:
        for image in project.described.images.values():
            yield image.path, image.name


def _paired(
    past: Past, now: Sequence[Unit], then: Sequence[Unit], described: Collection[tuple[str, str]]
) -> Paired:
    """Pair the images of the working tree with what stood for them in the commit; of those that
    were there `then`, what is not here any more is gone.
    """
    before = [past.counterpart(unit) for unit in now]
    added = (unit.name for unit, was in zip(now, before, strict=True) if was is None)
    known = {_recipe(was) for was in before if was is not None}
    gone = (
        unit for unit in then if not _is_here(past, unit, described) and _recipe(unit) not in known
    )
    return Paired(past, tuple(now), frozenset(added), tuple(gone))


def _recipe(unit: Unit) -> object:
    return unit.image.recipe if unit.image else unit.name


def _is_here(past: Past, unit: Unit, described: Collection[tuple[str, str]]) -> bool:
    """Tell whether the working tree has an image of the commit, by what it is called now."""
    if unit.image is not None:
        return (past.name_now(unit.image.path), unit.image.name) in described
    path = past.path_of(unit)
    return (past.repository.root / path).is_file() or past.name_now(path) != path
