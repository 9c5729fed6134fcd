"""What a verb looks at: Dockerfiles, and the images that Compose and Bake files describe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dlint.cli import common
from dlint.errors import DlintError
from dlint.lint.units import (
    Unit as Unit,  # noqa: PLC0414  known here, too
    images_of as images_of,  # noqa: PLC0414  as above
    of_dockerfile,
    unit_of as unit_of,  # noqa: PLC0414  as above
    units_below as units_below,  # noqa: PLC0414  as above
)
from dlint.project.images import every_project, goes_over, in_order, open_project, split
from dlint.project.purpose import is_dockerfile
from dlint.rule.selectors import suggestion
from dlint.text.units import plural

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.lint.engine import Checker
    from dlint.project.image import Image
    from dlint.project.images import Project


DOCKERFILE = "Dockerfile"


def names_image(text: str) -> bool:
    """Tell whether a word of the command line means images that a file describes."""
    return split(text) is not None


def described(args: argparse.Namespace, checker: Checker, text: str) -> list[Unit]:
    """Return the images that `FILE` or `FILE#IMAGE` names. Raises DlintError."""
    found = split(text)
    if found is None:
        raise DlintError(f"{text}: no Compose or Bake file")
    _require_alone(args, text)
    path, name = found
    path = goes_over(path)
    project = open_project(path)
    for note in project.described.notes:
        common.note(args, note)
    if not name and not project.described.images:
        common.note(args, f"{text}: describes no image that is built")
        return []
    units = [unit_of(checker, project, image) for image in in_order(_chosen(project, text, name))]
    left_out = [unit for unit in units if unit is None]
    if left_out:
        common.note(args, f"{path}: {plural(len(left_out), 'image')} built from elsewhere left out")
    return [unit for unit in units if unit is not None]


def as_dockerfile(args: argparse.Namespace) -> None:
    """Let the options say what `FILE#IMAGE` in the Dockerfile's place means. Raises DlintError."""
    if not names_image(args.dockerfile):
        return
    checker = common.checker_for(args)
    found = described(args, checker, args.dockerfile)
    if len(found) != 1:
        raise DlintError(
            f"{args.dockerfile}: means {plural(len(found), 'image')}, and one is looked at here",
            f"name one, such as {found[0].name}" if found else "",
        )
    unit = found[0]
    if unit.task.text is not None:
        raise DlintError(f"{unit.name}: its Dockerfile is inline", "use dlint check")
    told = unit.checker.spec.overrides
    args.dockerfile, args.context, args.target = unit.task.path, told.context, told.target
    args.platform, args.image = told.platform, True
    args.build_arg = [f"{name}={value}" for name, value in told.build_args]


def _chosen(project: Project, text: str, name: str) -> tuple[Image, ...]:
    images = project.described
    if not name:
        return tuple(images.images[each] for each in images.default if each in images.images)
    found = images.named(name)
    if not found:
        known = [*images.images, *images.groups]
        raise DlintError(
            f"{text}: no image is called {name!r}",
            suggestion(name, known) or f"there are {', '.join(known[:20])}",
        )
    return found


def _require_alone(args: argparse.Namespace, text: str) -> None:
    for option in ("context", "target"):
        if getattr(args, option, None) is not None:
            raise DlintError(
                f"--{option} contradicts {text}, which says it for each image",
                "name the Dockerfile instead",
            )


def each_platform(unit: Unit, platforms: Sequence[str]) -> list[Unit]:
    """Return an image once for each of `platforms`, or else of those that its file names; the image
    itself where there is one at most.
    """
    wanted = platforms or (unit.image.platforms if unit.image else ())
    given = unit.checker.spec.overrides
    made = {each: unit.checker.overlaid(given._replace(platform=each)) for each in wanted}
    if len(made) == 1:
        return [unit._replace(checker=checker) for checker in made.values()]
    return [unit._replace(checker=made[each], platform=each) for each in made] or [unit]


def every_unit(args: argparse.Namespace, checker: Checker, folder: Path) -> list[Unit]:
    """Return all images of a repository: each that a file describes, once, and each Dockerfile that
    none builds.
    """
    return units_below(checker, folder, readable_projects(args, folder))


def readable_projects(args: argparse.Namespace, folder: Path) -> Iterator[Project]:
    """Yield the projects in and below a folder; tell of those that cannot be read."""
    for project in every_project(folder):
        if isinstance(project, DlintError):
            common.note(args, f"warning: {project.message}")
        else:
            yield project


def named(args: argparse.Namespace, checker: Checker, words: Iterable[str]) -> Iterator[Unit]:
    """Yield the images that words of the command line mean: Dockerfiles, folders that hold one, and
    Compose and Bake files. Raises DlintError.
    """
    for word in words:
        if names_image(word):
            yield from described(args, checker, word)
        elif Path(word).is_dir() and not (Path(word) / "Dockerfile").is_file():
            inside = [path for path in Path(word).iterdir() if is_dockerfile(path.name)]
            if len(inside) != 1:
                raise DlintError(f"{word}: no Dockerfile in it", "name one, or use --all")
            yield of_dockerfile(checker, inside[0])
        else:
            yield of_dockerfile(checker, Path(word))
