"""The images of a project as a commit holds them: read from git's objects, nothing checked out."""

from __future__ import annotations

import posixpath
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.cli import units
from dlint.cli.units import Unit
from dlint.context.ignore import NAME as IGNORE_FILE
from dlint.errors import DlintError
from dlint.lint.engine import Task
from dlint.model.build import NoStageError
from dlint.project.contexts import context_in
from dlint.project.discovery import dockerfiles_of
from dlint.project.files import Revision
from dlint.project.images import Project as Described, projects_of, shown_here
from dlint.push.revisions import Project
from dlint.rule.build import Build
from dlint.syntax.parser import parse
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlint.context.git import Repository
    from dlint.lint.engine import Checker
    from dlint.project.image import Image

# Files whose moves are followed.
FOLLOWED = ("*dockerfile*", "*containerfile*", "*compose*", "*docker-bake*", "*.hcl")


class Pasts:
    """The commits that a run asks about, each opened once."""

    def __init__(self, checker: Checker) -> None:
        """Take what reads Dockerfiles that no file describes."""
        self._checker = checker
        self._known: dict[tuple[Path, str], Past] = {}

    def at(self, repository: Repository, revision: str) -> Past:
        """Return a commit. Raises DlintError where `revision` is none."""
        commit = repository.resolve(revision)
        key = (repository.root, commit)
        if key not in self._known:
            self._known[key] = Past(self._checker, repository, commit)
        return self._known[key]


class _Found(NamedTuple):
    """An image that a file of the commit describes, and all that the file describes."""

    project: Described
    image: Image


class Past:
    """One commit of a repository."""

    def __init__(self, checker: Checker, repository: Repository, commit: str) -> None:
        self._checker = checker
        self._opened = checker.opened
        self.repository = repository
        self.commit = commit
        self.files = Revision(repository, commit)
        self._known: dict[str, bool] = {}  # whether a path differs in the working tree

    @cached_property
    def _paths(self) -> Sequence[str]:
        return self.repository.paths_of(self.commit)

    @cached_property
    def _moved(self) -> Mapping[str, str]:
        return self.repository.moved_since(self.commit, *FOLLOWED)

    def place_of(self, path: str) -> str:
        """Return where the file `path`, as it is called now, stood then."""
        return path if self.files.is_file(path) else self._moved.get(path, path)

    @cached_property
    def _projects(self) -> tuple[Described, ...]:
        found = projects_of(self.files, self._paths)
        return tuple(each for each in found if not isinstance(each, DlintError))

    @cached_property
    def _described(self) -> dict[tuple[str, str], _Found]:
        found: dict[tuple[str, str], _Found] = {}
        for project in self._projects:
            for image in project.described.images.values():
                found.setdefault((image.path, image.name), _Found(project, image))
        return found

    def described(self, image: Image) -> Unit | None:
        """Return the image as its file described it then; None where it did not, or where nothing
        could be built of it.
        """
        found = self._described.get((self.place_of(image.path), image.name))
        found = found or self._described_elsewhere(image)
        return None if found is None else units.unit_of(self._checker, *found)

    def _described_elsewhere(self, image: Image) -> _Found | None:
        """Return an image of the same name, Dockerfile, context and target in a file that is gone:
        what it said stands in another one now.
        """

        def place(each: Image, dockerfile: str) -> tuple[str | None, ...]:
            return each.name, each.context, each.target, each.inline, dockerfile

        def is_same(found: _Found) -> bool:
            dockerfile = self.name_now(found.image.dockerfile)
            return place(found.image, dockerfile) == place(image, image.dockerfile)

        alike = (found for found in self._described.values() if is_same(found))
        root = self.repository.root
        return next((found for found in alike if not (root / found.image.path).is_file()), None)

    def units(self, folder: Path) -> list[Unit]:
        """Return the images that the commit holds below a folder, as `units.every_unit` finds
        those of the working tree.
        """
        inside = self._folder(folder)
        above = f"{inside}/" if inside else ""
        found = units.images_of(self._checker, self._projects, above)
        built = {unit.image.dockerfile for unit in found if unit.image is not None}
        alone = dockerfiles_of(self.files, [p for p in self._paths if p.startswith(above)])
        return [*found, *(self._alone(path) for path in alone if path not in built)]

    def _alone(self, path: str) -> Unit:
        shown = shown_here(self.repository.root / path)
        return Unit(shown, Task(shown, self.files.read(path)), self._checker)

    def counterpart(self, unit: Unit) -> Unit | None:
        """Return what stood for an image of the working tree: what its file described by its name,
        or else its Dockerfile alone. None where neither was there.
        """
        then = self.described(unit.image) if unit.image else None
        if then is not None or unit.task.text is not None:
            return then
        place = self.place_of(self.path_of(unit))
        if not self.files.is_file(place):
            return None
        # a Dockerfile that files build as other images is none by itself
        is_other = unit.image is not None and place in self._built
        return None if is_other else self._alone(place)

    @cached_property
    def _built(self) -> frozenset[str]:
        return frozenset(found.image.dockerfile for found in self._described.values())

    def _inside(self, path: str) -> str:
        """Return a path from the working folder as one from the repository's root."""
        place = Path(path).parent.resolve() / Path(path).name
        root = self.repository.root
        return place.relative_to(root).as_posix() if place.is_relative_to(root) else path

    def _folder(self, folder: Path) -> str:
        """Return a folder in the same way; "" is the root."""
        return posixpath.dirname(self._inside(f"{folder.as_posix()}/_"))

    def path_of(self, unit: Unit) -> str:
        """Return the path of an image's Dockerfile from the repository's root."""
        return self._inside(unit.task.path)

    def name_now(self, path: str) -> str:
        """Return what the file `path` of the commit is called now, as far as git knows it."""
        return self._renamed.get(path, path)

    @cached_property
    def _renamed(self) -> Mapping[str, str]:
        return {then: now for now, then in self._moved.items()}

    def has_context_of(self, unit: Unit) -> bool:
        """Tell whether an image's build context, with its ignore file, is the same in the working
        tree, but for what git ignores.
        """
        roots = unit.checker.settings(unit.task).contexts_of(Path(unit.task.path))
        ignore = f"{self.path_of(unit)}{IGNORE_FILE}"
        return not any(map(self._differs, (*map(self._folder, roots), ignore)))

    def _differs(self, path: str) -> bool:
        if path not in self._known:
            self._known[path] = self.repository.changed_since(self.commit, path)
        return self._known[path]

    def read(self, path: Path) -> bytes | None:
        """Return what a file of the working tree held then; None where it was not there."""
        inside = self.place_of(self._inside(str(path)))
        return self.files.read(inside) if self.files.is_file(inside) else None

    def build(
        self, unit: Unit, passed: Mapping[str, str], root: Path | None = None
    ) -> Build | None:
        """Model an image of the working tree as it was built then, with the arguments that were
        `passed` besides, and in `root` where its context is not told; None where it could not be
        built yet.
        """
        then = self.described(unit.image) if unit.image else None
        if then is not None:
            return self._built_as(then, self._told(then, unit.task.path), passed)
        if unit.task.text is not None:
            return None
        path = Path(unit.task.path)
        root = root or unit.checker.settings(unit.task).context_of(path)
        now = Project.find(path, root, self._opened)
        if now is None:
            return None
        dockerfile, context = self.place_of(now.dockerfile), now.context
        if context == posixpath.dirname(now.dockerfile):  # its own folder, which moves with it
            context = posixpath.dirname(dockerfile)
        project = Project(self.repository, dockerfile, context, self._opened, unit.task.path)
        return self._built_as(unit, project, passed)

    def build_of(self, unit: Unit) -> Build | None:
        """Model an image of the commit that is not in the working tree any more."""
        if unit.image is not None:
            return self._built_as(unit, self._told(unit, unit.task.path), {})
        path, shown = self.path_of(unit), unit.task.path
        told = unit.checker.settings(unit.task).told_context(Path(shown))
        if told is None:
            context = context_in(self.files, path, parse(unit.task.source()))
        else:
            context = self._folder(told)
        project = Project(self.repository, path, context, self._opened, shown)
        return self._built_as(unit._replace(task=Task(unit.task.path)), project, {})

    def _told(self, then: Unit, shown: str) -> Project:
        """Return where the Dockerfile and the context stood that a file named."""
        assert then.image is not None  # noqa: S101  it is described
        context = "" if then.image.context == "." else then.image.context
        return Project(self.repository, then.image.dockerfile, context, self._opened, shown)

    def _built_as(self, told: Unit, project: Project, passed: Mapping[str, str]) -> Build | None:
        """Model a build of the commit with the options of an image."""
        options = told.checker.options(told.task)
        options = options._replace(build_args={**options.build_args, **passed})
        try:
            if told.image is None or told.image.inline is None:
                return project.build(self.commit, options)
            context, source = project.context_at(self.commit), told.task.source()
            return Build(parse(source), context, options) if context is not None else None
        except NoStageError:
            return None
