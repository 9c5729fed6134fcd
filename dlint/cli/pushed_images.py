"""Which images `dlint push --all` takes: those that recipes of the repository are seen to push, as
they push them; all where none is.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dlint.cli import common
from dlint.lint.units import of_dockerfile
from dlint.project.image import TARGET
from dlint.project.pushers import pushing_builds
from dlint.text.units import plural

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Sequence

    from dlint.cli.units import Unit
    from dlint.lint.engine import Checker
    from dlint.model.build import Build
    from dlint.project.builds import Built
    from dlint.project.image import Image


def chosen(
    args: argparse.Namespace,
    checker: Checker,
    found: Sequence[Unit],
    base_of: Callable[[Unit], Unit | None],
) -> list[Unit]:
    """Return the images of those that were `found` which are pushed, and those that these are built
    on, whose layers go up with them; all where no recipe is seen to push any.
    """
    pushed = _pushed(checker, found)
    if not pushed:
        return list(found)
    below = [base for unit in pushed for base in _bases(unit, base_of)]
    taken = {each.name: each for each in (*pushed, *below)}
    files = {each.task.path for each in taken.values()}
    left_out = {each.task.path for each in found} - files
    if left_out:
        noun = plural(len(left_out), "Dockerfile")
        common.note(args, f"{noun} left out, which no recipe is seen to push; name one to plan it")
    return list(taken.values())


def platforms_of(unit: Unit) -> tuple[str, ...]:
    """Return the platforms for which recipes push the image of a Dockerfile."""
    if unit.image is not None or unit.checker.spec.overrides.platform:
        return ()
    return unit.checker.build(unit.task).pushed_platforms.platforms


def _bases(unit: Unit, base_of: Callable[[Unit], Unit | None]) -> Iterator[Unit]:
    seen = {unit.name}
    while (base := base_of(unit)) is not None and base.name not in seen:
        seen.add(base.name)
        yield base
        unit = base


def _pushed(checker: Checker, found: Sequence[Unit]) -> list[Unit]:
    """Return each Dockerfile's image that is pushed: those of a Compose or Bake file where that is
    what pushes it, or else what the recipe builds that does.
    """
    by_file: dict[str, list[Unit]] = {}
    for unit in found:
        if unit.task.text is None:
            by_file.setdefault(unit.task.path, []).append(unit)
    return [each for path, own in by_file.items() for each in _pushed_of(checker, path, own)]


def _pushed_of(checker: Checker, path: str, own: Sequence[Unit]) -> Sequence[Unit]:
    alone = of_dockerfile(checker, Path(path))
    build = _build(alone)
    if build.recipes is None or not build.is_seen_pushed:
        return ()
    return _as_pushed(alone, own, pushing_builds(build.recipes, build.path))


def _as_pushed(alone: Unit, own: Sequence[Unit], builds: Sequence[Built]) -> Sequence[Unit]:
    """Return the images of a Dockerfile that some builds push: `alone`, as it is read by itself,
    for what no file describes, and what files describe of its `own`.
    """
    names = {(each.path, name) for each in builds for name in each.names}
    described = [unit for unit in own if unit.image and _name(unit.image) in names]
    files = {unit.image.path for unit in described if unit.image}
    if described and all(each.path in files for each in builds):
        return described
    return [alone, *(each for each in described if _stage(each) != _stage(alone))]


def _name(image: Image) -> tuple[str, str]:
    """Return the file that describes an image, and what its build is called there."""
    return image.path, f"{TARGET}{image.name}"


def _stage(unit: Unit) -> int | None:
    target = _build(unit).target
    return None if target is None else target.index


def _build(unit: Unit) -> Build:
    return unit.checker.build(unit.task)
