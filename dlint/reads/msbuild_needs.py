"""What a restore of .NET reads beside the projects that it is asked for: those they refer to, and
the settings in all folders above them
(https://learn.microsoft.com/visualstudio/msbuild/customize-by-directory,
https://learn.microsoft.com/nuget/consume-packages/configuring-nuget-behavior).
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.manifests import Role, format_of, read_manifest
from dlint.text.paths import within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dlint.manifests import Reference

_ABOVE = frozenset(
    (
        "directory.build.props",
        "directory.build.targets",
        "directory.build.rsp",
        "directory.packages.props",
        "global.json",
        "nuget.config",
    )
)
_LOCK = "packages.lock.json"
_OF_SOLUTION = regex(r'"([^"\n]+\.\w{2,10}proj)"')
_SOLUTIONS = (".sln", ".slnx")


class Projects(NamedTuple):
    """The context's files that a restore reads; `known` is False where a project refers to one that
    is not there, or by what only MSBuild can work out.
    """

    files: frozenset[str]
    known: bool


def all_projects(
    places: Mapping[str, str], found: Iterable[str], read: Callable[[str], bytes | None]
) -> Projects:
    """Follow the references between projects from `found`, files of the context.

    `places` are the context's files by where they stand in the image, `read` reads one.
    """
    asked = set(found)
    todo = [place for place, source in places.items() if source in asked]
    seen: set[str] = set()
    known = True
    while todo:
        place = todo.pop()
        if place in seen:
            continue
        seen.add(place)
        for reference in _references(places[place], read):
            found_at = _targets(places, place, reference)
            todo += found_at
            known = known and (bool(found_at) or reference.role is not Role.PROJECT)
    settings = list(_settings_above(places, seen))
    seen.update(settings)
    for place in settings:
        for reference in _references(places[place], read):
            seen.update(_targets(places, place, reference))
    return Projects(frozenset(places[place] for place in seen), known)


def _targets(places: Mapping[str, str], place: str, reference: Reference) -> list[str]:
    """Return what a file at `place` refers to, of what is there: where only MSBuild can tell the
    folder of an import, each file of its name.
    """
    target = posixpath.normpath(posixpath.join(posixpath.dirname(place), reference.path))
    if reference.role is Role.FOLDER:
        return [each for each in places if within(each, target)]
    if "$(" in reference.path and reference.role is Role.FILE:
        name = posixpath.basename(reference.path)
        return [each for each in places if posixpath.basename(each) == name]
    return [target] if target in places else []


def _references(source: str, read: Callable[[str], bytes | None]) -> Iterator[Reference]:
    """Yield what a project, or a file that it imports, names; a solution names its projects."""
    from dlint.manifests import Reference

    if source.lower().endswith(_SOLUTIONS):
        text = (read(source) or b"").decode("utf-8", "replace")
        for path in _OF_SOLUTION.findall(text):
            # one that the ignore file keeps away may be restored by nothing
            yield Reference(path.replace("\\", "/"), Role.FILE)
    elif format_of(source) in {"msbuild", "nuget.config"}:
        yield from read_manifest(source, read).reads


def _settings_above(places: Mapping[str, str], projects: Iterable[str]) -> Iterator[str]:
    """Yield the settings in the folders of projects and above, and the lock files beside them."""
    folders = {posixpath.dirname(each) for each in projects}
    above = {f"{each.rstrip('/')}/" for folder in folders for each in _parents(folder)}
    for place in places:
        folder, name = posixpath.split(place)
        is_setting = name.lower() in _ABOVE and f"{folder.rstrip('/')}/" in above
        if is_setting or (name == _LOCK and folder in folders):
            yield place


def _parents(folder: str) -> Iterator[str]:
    """Yield a folder and all above it."""
    yield folder
    while folder not in {"/", ""}:
        folder = posixpath.dirname(folder)
        yield folder
