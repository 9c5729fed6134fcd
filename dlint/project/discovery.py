"""Which files are Dockerfiles: those that are named, and those that a search below a folder
finds.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.errors import DlintError, UnreadableError
from dlint.text.patterns import regex
from dlint.text.repository_files import require_inside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

STDIN = "-"
# The hooks for pre-commit carry the same two patterns. Of 7,959 public Dockerfiles the first takes
# 7,953.
TAKEN = regex(r"(?i)(^|/)(dockerfile|containerfile)([._-][^/]*)?$|\.(dockerfile|containerfile)$")
# Ignore files, prose, templates, data; and `dockerfile.go`, a program that reads Dockerfiles
# (`Dockerfile.go` is one).
LEFT_OUT = regex(
    r"(?i:\.(dockerignore|md|rst|txt|j2|jinja2?|tmpl|tpl|template|erb|ejs|hbs|mustache|m4|json|ya?ml|toml))$"
    r"|(^|/)(docker|container)file[^/]*\.(c|cs|go|java|js|kt|lua|php|py|rb|rs|sh|ts|vim)$"
)
_METADATA = (".git", ".hg", ".svn", ".bzr", "_darcs", "CVS")
_INSTALLED = (".venv", "venv", ".tox", ".nox", "node_modules", "site-packages")
_CACHES = ("__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache")
PRUNED = frozenset((*_METADATA, *_INSTALLED, *_CACHES))


def is_dockerfile(path: str) -> bool:
    """Tell by its name, written with "/", whether a file is a Dockerfile."""
    return TAKEN.search(path) is not None and LEFT_OUT.search(path) is None


def discover(
    paths: Iterable[str], is_excluded: Callable[[Path], bool], *, force_exclude: bool = False
) -> list[str]:
    """Return the Dockerfiles that `paths` mean, as shown: relative ones stay relative; `-` stays as
    it is.

    A file that is named is always one, unless `force_exclude` puts `exclude` above it. Raises
    DlintError for a path that does not exist, and for a folder that cannot be read or is a link out
    of its repository.
    """
    found: dict[str, None] = {}
    for path in paths:
        if path == STDIN:
            found[path] = None
        elif os.path.isdir(path):  # noqa: PTH112  the text of a path is what is shown
            require_inside(Path(path))
            _require_readable(path)
            for each in search(Path(path)):
                if not is_excluded(each):
                    found[each.as_posix()] = None
        elif not os.path.exists(path):  # noqa: PTH110  as above
            raise DlintError(f"{path}: no such file or folder")
        elif not (force_exclude and is_excluded(Path(path))):
            found[Path(path).as_posix()] = None
    return list(found)


def _require_readable(folder: str) -> None:
    """Raise UnreadableError for a folder that is named and cannot be listed; one further down may
    be a database's.
    """
    try:
        os.scandir(folder).close()
    except OSError as error:
        raise UnreadableError(folder, error.strerror or str(error)) from error


def search(folder: Path) -> list[Path]:
    """Return the Dockerfiles below `folder`: what git tracks or would track, or all where there is
    no repository.
    """
    listed = _listed_by_git(folder)
    names = sorted(_walk(folder) if listed is None else listed)
    return [path for name in names if is_dockerfile(name) and (path := folder / name).is_file()]


def _listed_by_git(folder: Path) -> frozenset[str] | None:
    from dlint.context.git import find_repository

    repository = find_repository(folder)
    return repository.listed("*dockerfile*", "*containerfile*") if repository else None


def _walk(folder: Path) -> Iterator[str]:
    for root, folders, files in os.walk(folder):
        folders[:] = [
            name for name in folders if name not in PRUNED and not _is_environment(root, name)
        ]
        for name in files:
            yield Path(root, name).relative_to(folder).as_posix()


def _is_environment(root: str, name: str) -> bool:
    return Path(root, name, "pyvenv.cfg").is_file()
