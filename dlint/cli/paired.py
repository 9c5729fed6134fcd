"""The images of a project now and in a commit: which are there on both sides, came, or went."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dlint.cli import several, units
from dlint.errors import DlintError
from dlint.project.images import every_project
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from dlint.cli.past import Past
    from dlint.cli.units import Unit
    from dlint.lint.engine import Checker


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
    now = units.every_unit(args, checker, folder)
    gone = _gone(past, now, past.units(folder), set(_described_in(folder)))
    return Paired(past, tuple(now), _added(past, now), tuple(gone))


def pair_named(
    args: argparse.Namespace, checker: Checker, past: Past, words: Sequence[str]
) -> Paired:
    """Pair the images that words of the command line mean; what went is looked for in the Compose
    and Bake files among them.
    """
    now = several.each_once(units.named(args, checker, words))
    whole = [word for word in words if units.names_image(word) and Path(word).is_file()]
    files = {Path(word).resolve() for word in whole}
    then = [
        unit
        for unit in past.units(past.repository.root)
        if unit.image and past.repository.root / past.name_now(unit.image.path) in files
    ]
    described = {key for word in whole for key in _described_in(Path(word).parent)}
    return Paired(past, tuple(now), _added(past, now), tuple(_gone(past, now, then, described)))


def _described_in(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield file and name of each image that is described below a folder."""
    for project in every_project(folder):
        if not isinstance(project, DlintError):
            for image in project.described.images.values():
                yield image.path, image.name


def _added(past: Past, now: Sequence[Unit]) -> frozenset[str]:
    return frozenset(unit.name for unit in now if past.counterpart(unit) is None)


def _gone(
    past: Past, now: Sequence[Unit], then: Sequence[Unit], described: set[tuple[str, str]]
) -> Iterator[Unit]:
    """Yield the images of the commit that are not in the working tree."""
    found = [each for unit in now if (each := past.counterpart(unit)) is not None]
    known: set[object] = {each.image.recipe if each.image else each.name for each in found}
    for unit in then:
        if unit.image is None:
            path = past.path_of(unit)
            is_here = (past.repository.root / path).is_file() or past.name_now(path) != path
        else:
            is_here = (past.name_now(unit.image.path), unit.image.name) in described
        if not is_here and (unit.image.recipe if unit.image else unit.name) not in known:
            yield unit
