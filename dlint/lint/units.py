"""What a run checks: Dockerfiles, and the images that Compose and Bake files describe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dlint.errors import UnreadableError
from dlint.lint.engine import Task
from dlint.project.discovery import search
from dlint.project.images import in_order
from dlint.project.inline import in_place
from dlint.syntax.templates import template_in
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlint.lint.engine import Checker
    from dlint.project.image import Image
    from dlint.project.images import Project


class Unit(NamedTuple):
    """One image: the Dockerfile to read, and what reads it as it is built.

    `name` is what the command line calls it, `image` what describes it, if anything does.
    `platform` is the one that it is built for, where it is built for several.
    """

    name: str
    task: Task
    checker: Checker
    image: Image | None = None
    platform: str = ""

    @property
    def whole_name(self) -> str:
        """Its name with the platform, where it is built for several."""
        return f"{self.name} ({self.platform})" if self.platform else self.name


def unit_of(checker: Checker, project: Project, image: Image) -> Unit | None:
    """Return what checks an image; None where the repository holds no Dockerfile or context of
    it.
    """
    files = project.files
    if image.unset or not image.is_local or not files.is_folder(image.context):
        return None
    if image.inline is None and not files.is_file(image.dockerfile):
        return None
    given = checker.spec.overrides
    passed = tuple((key, value) for key, value in image.args if value is not None)
    platform = image.platforms[0] if image.platforms else None
    overrides = given._replace(
        context=project.shown(image.context),
        target=image.target or None,
        build_args=(*passed, *given.build_args),
        platform=given.platform or platform,
        contexts=frozenset(name for name, _ in image.contexts),
        image=True,
    )
    name = f"{project.shown(image.path)}#{image.name}"
    task = (
        Task(project.shown(image.dockerfile))
        if image.inline is None
        else Task(name, _placed(project, image, image.inline).encode())
    )
    return Unit(name, task, checker.overlaid(overrides), image)


def units_below(checker: Checker, folder: Path, projects: Iterable[Project]) -> list[Unit]:
    """Return all images of a folder, in and below which the projects are."""
    found = images_of(checker, projects)
    built = {Path(unit.task.path).resolve() for unit in found}
    alone = [path for path in search(folder) if path.resolve() not in built]
    units = [of_dockerfile(checker, path) for path in alone]
    return [*found, *(unit for unit in units if not _is_template(unit.task))]


def images_of(checker: Checker, projects: Iterable[Project], above: str = "") -> list[Unit]:
    """Return the images that projects build, each once; of files whose path begins with `above`."""
    found: dict[object, Unit] = {}
    for project in projects:
        wanted = project.described.built
        for image in in_order(project.described.images.values()):
            is_wanted = image.name in wanted and image.path.startswith(above)
            unit = unit_of(checker, project, image) if is_wanted else None
            if unit is not None:
                found.setdefault((project.root, image.recipe), unit)
    return list(found.values())


def _is_template(task: Task) -> bool:
    """Tell whether a file only becomes a Dockerfile; what cannot be read is told elsewhere."""
    try:
        return template_in(task.source()) is not None
    except UnreadableError:
        return False


def of_dockerfile(checker: Checker, path: Path) -> Unit:
    """Return what checks a Dockerfile that the command line names, or the one of a folder."""
    if path.is_dir():
        path /= "Dockerfile"
    return Unit(path.as_posix(), Task(path.as_posix()), checker)


def _placed(project: Project, image: Image, inline: str) -> str:
    """Return an inline Dockerfile with the lines that it has in its file."""
    try:
        text = project.files.read(image.path).decode("utf-8", "replace")
    except UnreadableError:  # it was read before, and is gone
        return inline
    return in_place(inline, text, image.line)
