"""Which files are Dockerfiles: those that are named, and those that a search below a folder
finds.
"""

from __future__ import annotations

import os
import posixpath
from pathlib import Path

from dlint.errors import DlintError, UnreadableError
from dlint.project.purpose import LEFT_OUT, is_dockerfile
from dlint.syntax.templates import is_dockerfile_text
from dlint.text.patterns import regex
from dlint.text.repository_files import read_start, require_inside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dlint.project.files import Revision

STDIN = "-"
# Names that are nothing else; for all others the content decides.
_PLAIN = regex(r"(?i)(^|/)(dockerfile|containerfile)$|\.(dockerfile|containerfile)$")
_ESCAPE = b"\x1b["  # begins a terminal's sequence (ECMA-48, 5.4)
_HOLDS_THE_WORD = regex(r"(?i)(docker|container)file[^/]*$")
# What a recipe may give as a Dockerfile: `file: docker/Base`, `-f Base`, `"dockerfile": "Base"`.
_NAMED = regex(r"(?i)(?:-f|file[\"']?)[ \t:=]++[\"']?([^\s\"',;]{1,200}+)")
# Templates, by their names; git lists them with the Dockerfiles.
TEMPLATE = regex(
    r"(?i)(^|/)((dockerfile|containerfile)([._-][^/]*)?|[^/]*\.(dockerfile|containerfile))"
    r"\.(j2|jinja2?|tmpl|tpl|templ|template|erb|ejs|hbs|mustache|m4|ftl)$"
)
_METADATA = (".git", ".hg", ".svn", ".bzr", "_darcs", "CVS")
_INSTALLED = (".venv", "venv", ".tox", ".nox", "node_modules", "site-packages")
_VENDORED = ("autoload.php", "modules.txt")  # in a folder `vendor`
_CACHES = ("__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache")
PRUNED = frozenset((*_METADATA, *_INSTALLED, *_CACHES))


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
        elif not os.path.lexists(path):  # a broken link is that file's error alone
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
    no repository. A link to one of them is the same file. A name that only holds the word
    (`SlimDockerfile`), or none of it, is one that a recipe of the repository builds.
    """
    names = listed(folder, "*dockerfile*", "*containerfile*")
    named = [name for name in names if is_dockerfile(name) or TEMPLATE.search(name)]
    others = {*filter(_HOLDS_THE_WORD.search, names), *_mentioned(folder)}.difference(named)
    if others := {name for name in others if LEFT_OUT.search(name) is None}:
        named = sorted({*named, *_built(folder, others)})
    named = [name for name in named if not _is_installed(folder, name)]
    found = [path for name in named if _is_there(path := folder / name) and _is_one(path, name)]
    return _each_once(found)


def _mentioned(folder: Path) -> Iterator[str]:
    """Yield the files of a folder whose names recipes of its repository write where the name of a
    Dockerfile stands: to read what these build would take longer than many a check.
    """
    from dlint.project.recipes import recipes_around

    texts = (text for _, text in recipes_around(folder.resolve()).texts)
    words = {word.rstrip("])}") for text in texts for word in _NAMED.findall(text)}
    words = {posixpath.basename(word) for word in words}
    if words := {word for word in words if not is_dockerfile(word) and not LEFT_OUT.search(word)}:
        yield from (name for name in listed(folder, "*") if posixpath.basename(name) in words)


def _built(folder: Path, names: Iterable[str]) -> Iterator[str]:
    """Yield which files of a folder recipes of its repository build by their names."""
    from dlint.project.recipes import recipes_around

    recipes = recipes_around(folder.resolve())
    for name in names:
        path = os.path.relpath((folder / name).resolve(), recipes.root).replace(os.sep, "/")
        if recipes.builds_of(path):
            yield name


def dockerfiles_of(then: Revision, names: Iterable[str]) -> list[str]:
    """Return the Dockerfiles of a commit, of which `names` are the files to look at."""
    named = [name for name in sorted(names) if is_dockerfile(name)]
    return [name for name in named if then.is_file(name) and _holds_one(then, name)]


def _holds_one(then: Revision, name: str) -> bool:
    if any(part in PRUNED for part in name.split("/")[:-1]):
        return False
    try:
        text = then.read(name).decode("utf-8", "replace")
    except UnreadableError:
        return False
    return is_dockerfile_text(text)


def _each_once(found: list[Path]) -> list[Path]:
    """Leave out links to others of the files."""
    links = {path for path in found if os.path.islink(path)}  # noqa: PTH114  False where it is not readable
    real = {path.resolve() for path in found if path not in links}
    return [path for path in found if path not in links or path.resolve() not in real]


def _is_installed(folder: Path, name: str) -> bool:
    """Tell whether a file belongs to a dependency that Composer or Go has put into the
    repository.
    """
    around = [each for each in Path(name).parents if each.name == "vendor"]
    return any(_is_file(folder / each / marker) for each in around for marker in _VENDORED)


def _is_one(path: Path, name: str) -> bool:
    """Tell by its content whether a file with such a name is a Dockerfile, or a template of one;
    the beginning decides, since what is too long for either is mostly neither. What a terminal
    shows of one, in colors, is none, whatever it is called.
    """
    try:
        start = read_start(path)
    except UnreadableError:  # the check says why
        return True
    if _PLAIN.search(name):
        return not start.startswith(_ESCAPE)
    return is_dockerfile_text(start.decode("utf-8", "replace"))


def listed(folder: Path, *patterns: str) -> list[str]:
    """Return the files below `folder` in order: what git tracks or would track and a pattern
    takes, or all where there is no repository.
    """
    from dlint.context.repositories import find_repository

    repository = find_repository(folder)
    found = repository.listed(*patterns) if repository else None
    return sorted(_walk(folder) if found is None else found)


def _walk(folder: Path) -> Iterator[str]:
    for root, folders, files in os.walk(folder):
        folders[:] = [
            name for name in folders if name not in PRUNED and not _is_environment(root, name)
        ]
        place = Path(root).relative_to(folder).as_posix()
        yield from (files if place == "." else (f"{place}/{name}" for name in files))


def _is_environment(root: str, name: str) -> bool:
    return _is_file(Path(root, name, "pyvenv.cfg"))


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # the check says why
        return True


def _is_file(path: Path) -> bool:
    """Tell whether a file stands there; in a folder that cannot be read, or whose path is longer
    than the system takes, none does.
    """
    try:
        return path.is_file()
    except OSError:
        return False
