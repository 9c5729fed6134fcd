"""What a run checks: Dockerfiles, and the images that Compose and Bake files describe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.errors import UnreadableError
from dlint.lint.engine import Task
from dlint.project.inline import in_place
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
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
    )
    name = f"{project.shown(image.path)}#{image.name}"
    task = (
        Task(project.shown(image.dockerfile))
        if image.inline is None
        else Task(name, _placed(project, image, image.inline).encode())
    )
    return Unit(name, task, checker.overlaid(overrides), image)


def _placed(project: Project, image: Image, inline: str) -> str:
    """Return an inline Dockerfile with the lines that it has in its file."""
    try:
        text = project.files.read(image.path).decode("utf-8", "replace")
    except UnreadableError:  # it was read before, and is gone
        return inline
    return in_place(inline, text, image.line)
