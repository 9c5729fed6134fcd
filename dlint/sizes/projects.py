"""Projects of the context that Python's installers take whole: what each asks an index for, and
which files of the context are its own.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.facts.placed import placed
from dlint.facts.shipping import copies_from_stages
from dlint.facts.stored import storage
from dlint.findings import Basis, Size
from dlint.installs.wheels import wheel_folders
from dlint.manifests import MAIN, read_manifest
from dlint.reads.context_files import Reader
from dlint.text.paths import within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell import Install

_EXTRAS = regex(r"(?P<place>\S*)\[(?P<names>[^\[\]]*)\]\Z")
_BETWEEN = regex(r"[\s,]+")
_EDITABLE = frozenset(("-e", "--editable"))
# Where `python -m build`, hatch, uv, poetry, pdm and flit put a project's wheel, each by default.
_BUILT = "dist"


class Project(NamedTuple):
    """One project: the number of the stage that holds it, the manifest of the context that declares
    it, the extras that are asked for, and whether its own files stay where they are.
    """

    stage: int
    path: str = ""
    extras: frozenset[str] = frozenset()
    editable: bool = False


def projects_of(build: Build, step: Step, install: Install) -> list[Project | None]:
    """Return the projects that an install of pip's or uv's takes; None for one that is not in the
    context, or whose manifest does not tell what it needs.
    """
    there = build.fact(placed).before(step)
    extras = frozenset(_extras(install))
    editable = not _EDITABLE.isdisjoint(word.form for word in install.command.args)
    found = [
        _declared(build, there, each.rooted, Project(step.stage.index, "", extras, editable))
        for each in install.projects
        if not each.glob
    ]
    for folder in sorted(wheel_folders(install)):
        found += built(build, step.stage, folder, extras)
    return found


def built(
    build: Build, stage: Stage, folder: str, extras: frozenset[str] = frozenset()
) -> Iterator[Project]:
    """Yield the projects whose wheels stand in a folder of a stage: as their build leaves them, or
    a COPY has taken them.
    """
    places = [(stage.index, folder)]
    places += [
        (number, each.source)
        for number, each in copies_from_stages(build, stage)
        if each.destination is not None and within(folder, each.destination)
    ]
    for number, place in places:
        above, found, _ = f"{place}/".rpartition(f"/{_BUILT}/")
        there = build.fact(placed).at_end(number)
        if found and (each := _declared(build, there, above or "/", Project(number, "", extras))):
            yield each


def _declared(
    build: Build, there: Mapping[str, str], place: str | None, asked: Project
) -> Project | None:
    """Return the project that stands at a place, where a manifest declares what it needs."""
    entries = build.context.entries
    for name in ("pyproject.toml", "setup.cfg"):
        path = there.get(posixpath.join(place, name)) if place else None
        if path is not None and path in entries:
            manifest = read_manifest(path, Reader(build.context).read)
            told = manifest.groups.get(MAIN) or name == "pyproject.toml"
            if told and not manifest.problem and not manifest.unknown:
                return asked._replace(path=path)
    return None


def _extras(install: Install) -> Iterator[str]:
    """Yield the extras behind what is a place, not a name: `.[web]`, `/wheels/*.whl[web]`."""
    named = {each.text for each in install.packages if each.kind == "index"} - {None}
    for word in install.command.args:
        match = _EXTRAS.match(word.form)
        if match and word.text not in named:
            yield from filter(None, _BETWEEN.split(match["names"]))


def wheel_bytes(build: Build, project: Project) -> Size:
    """Return about how many bytes the wheel of a project has: its packages' files, compressed.

    Unknown where code of the project decides what is built, or its files come by no COPY.
    """
    from dlint.reads.python_inputs import inputs

    folder, entries = posixpath.dirname(project.path), build.context.entries
    read = inputs(Reader(build.context).read, entries.keys(), projects=[folder])
    own = frozenset(
        path
        for path in read.files - read.dependencies_files
        if posixpath.dirname(path) != folder and path in entries and entries[path].kind != "dir"
    )
    stage = build.stages[project.stage]
    copies = [each for step in build.chain(stage) for each in build.fact(storage).of(step)]
    count, left = 0, set(own)
    for stored in reversed(copies):
        sources = frozenset(stored.arrival.files.values()) & left if stored.arrival else None
        if sources:
            count += stored.bytes_of(sources) or 0
            left -= sources
    if not read.complete or left or not own:
        return Size.unknown("the project's own files")
    return Size(count, Basis.GUESSED)
