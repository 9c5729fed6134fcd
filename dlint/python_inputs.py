"""Which files of the build context Python's installers read, without running any code of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


class Inputs(NamedTuple):
    """Paths relative to the context, '/'-separated.

    `files`              all that the step reads, package sources included.
    `dependencies_files` those that name what to install: requirements, pyproject.toml, lock files.
    `needs_git`          the version comes from `.git`.
    `complete`           False where the project's own code decides: rules stay silent.
    """

    files: frozenset[str]
    dependencies_files: frozenset[str]
    needs_git: bool
    complete: bool


def requirements_inputs(
    read: Callable[[str], bytes | None],
    paths: Collection[str],
    requirements: Collection[str],
    constraints: Collection[str] = (),
) -> Inputs:
    """Files that `pip install -r A -c B` reads, followed through `-r`, `-c`, `-e` and local paths."""
    raise NotImplementedError


def project_inputs(read: Callable[[str], bytes | None], paths: Collection[str], folder: str = "") -> Inputs:
    """Files that installing the project in `folder` reads (`pip install folder`, `-e folder`, `python setup.py`)."""
    raise NotImplementedError


def code_inputs(code: str, paths: Collection[str], folder: str = "") -> Inputs:
    """Files that `python -c CODE`, run in `folder`, reads."""
    raise NotImplementedError
