"""Which Dockerfiles a change of another file affects: of an ignore file, or of a manifest that an
image's build reads.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.context.ignore import NAME
from dlint.errors import DlintError
from dlint.lint.engine import Task, open_build
from dlint.model.keys import Keys, shallow
from dlint.project.contexts import repository_root
from dlint.project.discovery import search
from dlint.project.inputs import is_ignore_file, is_input
from dlint.project.purpose import is_dockerfile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from dlint.lint.engine import Checker


def is_asked(path: str) -> bool:
    """Tell whether a word of the command line is a file that images are built from, and no
    Dockerfile.
    """
    name = path.replace(os.sep, "/")
    return is_input(name) and not is_dockerfile(name) and Path(path).is_file()


def dockerfiles(checker: Checker, changed: Iterable[str]) -> list[str]:
    """Return the Dockerfiles of the repositories around `changed` whose images it affects.

    One that cannot be modeled counts as affected: its check says why.
    """
    by_root: dict[Path, set[Path]] = {}
    for name in changed:
        place = Path(os.path.abspath(name))  # noqa: PTH100  links are judged by whoever reads
        by_root.setdefault(repository_root(place.parent), set()).add(place)
    return [
        path.as_posix()
        for root, files in by_root.items()
        for path in _dockerfiles(root)
        if not checker.configs.is_excluded(path) and _is_affected(checker, path, files)
    ]


def _dockerfiles(root: Path) -> Iterator[Path]:
    return (Path(os.path.relpath(path)) for path in search(root))


def _is_affected(checker: Checker, path: Path, changed: Collection[Path]) -> bool:
    own = path.absolute()
    own = own.with_name(own.name + NAME)
    if own in changed:
        return True
    task = Task(path.as_posix())
    try:
        return any(
            _reads(checker, task, context, changed, has_own_ignores=own.is_file())
            for context in checker.settings(task).contexts_of(path)
        )
    except DlintError:
        return True


def _reads(
    checker: Checker, task: Task, context: Path, changed: Collection[Path], *, has_own_ignores: bool
) -> bool:
    """Tell whether a build in a context depends on any of the files."""
    root = Path(os.path.normpath(context.absolute()))
    if root / NAME in changed and not has_own_ignores:
        return True
    inside = {
        place.relative_to(root).as_posix()
        for place in changed
        if place.is_relative_to(root) and not is_ignore_file(place.name)
    }
    if not inside:
        return False
    build = open_build(task.source(), checker.settings(task), checker.opening, root=context)
    keys = Keys(build, shallow)
    return any(not inside.isdisjoint(keyed.inputs) for keyed in keys.all())
