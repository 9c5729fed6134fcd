"""Python projects that are installed whole, though they declare what they depend on: that could be
installed before the source is there.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.facts.placed import placed
from dlint.manifests.pyproject import declared
from dlint.manifests.requirements import canonical

if TYPE_CHECKING:
    from dlint.installs.installations import Installation
    from dlint.model.build import Build
    from dlint.model.stages import Stage

_MANAGERS = frozenset(("pip", "uv"))
_WITHOUT = frozenset(("--no-deps", "--no-index"))  # what a project depends on


def as_declared(build: Build, stage: Stage, found: Installation) -> Installation | None:
    """Return an install of projects as one that reads of them only what declares what they depend
    on; None where that is not declared, or where installs above it may bring most of it.
    """
    install = found.install
    is_of_projects = bool(install.projects) and not install.manifests
    if install.manager not in _MANAGERS or not is_of_projects or install.keeps_archives:
        return None
    if not _WITHOUT.isdisjoint(install.command.forms) or _has_lists(found):
        return None
    if any(each.family == found.family for each in found.earlier):
        return None
    needed, there = _needed(build, found), _named_above(build, stage, found)
    names = frozenset[str]().union(*needed.values())
    if not all(needed.values()) or 2 * len(names & there) >= len(names):
        return None
    read = found.needs._replace(files=frozenset(needed), whole=False, made=frozenset())
    return found._replace(needs=read, declared=True)


def _named_above(build: Build, stage: Stage, found: Installation) -> set[str]:
    """Return the packages that are named in installs above one, or in its RUN."""
    from dlint.shell import Install

    own = build.effects(found.run, found.step.state).of(Install)
    above = [each for _, each in build.effects_above(Install, stage, found.run)]
    return {canonical(name) for each in (*above, *own) for name in each.names}


def _has_lists(found: Installation) -> bool:
    """Tell whether lists stand beside the projects, which could be installed first."""
    names = {posixpath.basename(path) for path in found.needs.files}
    return bool(names) and "pyproject.toml" not in names


def _needed(build: Build, found: Installation) -> dict[str, frozenset[str]]:
    """Return what the projects depend on, by the context's files that declare it; nothing for one
    that does not.
    """
    there = build.fact(placed).before(found.step)
    files = [
        there.get(posixpath.join(project.rooted or "/?", "pyproject.toml"), "")
        for project in found.install.projects
    ]
    return {path: _declared_in(build, path) for path in files}


def _declared_in(build: Build, path: str) -> frozenset[str]:
    try:
        data = build.context.read(path)
    except DlintError:
        return frozenset()
    return frozenset(canonical(each.name) for each in declared(data))
