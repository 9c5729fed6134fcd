"""What every verb that models a build asks of a file first: that a builder would take it."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.project.discovery import STDIN
from dlint.project.purpose import is_dockerfile
from dlint.text.shorten import shortened

if TYPE_CHECKING:
    from dlint.model import Build
    from dlint.text.source import Source

NAMED = 3  # Dockerfiles that a hint names
WIDTH = 80  # characters of what is wrong with a file that is something else


def require_file(path: str) -> None:
    """Raise DlintError where no file is at the path of a Dockerfile; `-` is standard input."""
    place = Path(path)
    if path == STDIN or place.is_file():
        return
    folder = place if place.is_dir() else place.parent
    what = "this is a folder" if place.is_dir() else "no such file"
    if place.exists() and not place.is_dir():
        return  # a pipe or a device, of which the reader says more
    there = sorted(each.name for each in folder.glob("*") if is_dockerfile(each.name))
    named = ", ".join((folder / each).as_posix() for each in there[:NAMED])
    raise DlintError(
        f"{path}: {what} (expected a Dockerfile)",
        f"Dockerfiles there: {named}" if named else "name the Dockerfile to read",
    )


def require_sound(build: Build) -> None:
    """Raise DlintError for a file that no builder takes, with the place and what to do."""
    source = build.dockerfile.source
    for problem in build.dockerfile.errors:
        from dlint.project.builds import kind_of
        from dlint.syntax.templates import is_dockerfile_text

        if kind := kind_of(source.path, source.text):
            what = f"this is a {kind} (expected a Dockerfile)"
            raise DlintError(f"{source.path}:1: {what}", _built_by(source))
        if not is_dockerfile_text(source.text):
            what = f"this is not a Dockerfile: {shortened(problem.message, WIDTH)}"
            raise DlintError(f"{source.path}:1: {what}", "name the Dockerfile to read")
        where = f"{source.path}:{source.position(problem.span.start).line}"
        hint = f"`dlint check {source.path}` shows all problems of the file"
        raise DlintError(f"{where}: {problem.message}", hint)
    if build.target is None:
        raise DlintError(f"{source.path}:1: no FROM in it (expected a stage to build)")


def _built_by(source: Source) -> str:
    """Name the Dockerfiles that a Compose or Bake file builds, as they are called from here."""
    from dlint.project.builds import builds_in

    path = Path(source.path)
    found = builds_in(path.parent, [(path.name, source.text)])
    named = dict.fromkeys(
        posixpath.normpath((path.parent / each.dockerfile).as_posix()) for each in found
    )
    if not named:
        return "name the Dockerfile that it builds"
    listed = ", ".join(list(named)[:NAMED]) + (", …" if len(named) > NAMED else "")
    return f"name a Dockerfile that it builds: {listed}"
