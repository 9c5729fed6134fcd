"""A Python project that is installed whole, though it declares what it depends on: that could be
installed before the source is there.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.facts.placed import placed
from dlint.manifests.pyproject import declared, only_points
from dlint.manifests.requirements import canonical
from dlint.reads.context_files import Reader

if TYPE_CHECKING:
    from dlint.installs.installations import Installation
    from dlint.model.build import Build
    from dlint.model.stages import Stage

_MANAGERS = frozenset(("pip", "uv"))
_WITHOUT = frozenset(("--no-deps", "--no-index"))  # an index, or what a project depends on


def as_declared(build: Build, stage: Stage, found: Installation) -> Installation | None:
    """Return an install of one project as one that reads of it only what declares what that depends
    on; None where it is not declared, or where installs above may bring most of it.
    """
    install = found.install
    is_of_one = len(install.projects) == 1 and not install.manifests
    if install.manager not in _MANAGERS or not is_of_one or install.keeps_archives:
        return None
    if not _WITHOUT.isdisjoint(install.command.forms) or _has_lists(found):
        return None
    if any(each.family == found.family for each in found.earlier):
        return None
    placed_at = posixpath.join(install.projects[0].rooted or "/?", "pyproject.toml")
    path = build.fact(placed).before(found.step).get(placed_at, "")
    needs = declared(Reader(build.context).read(path) or b"")
    names = {canonical(each.name) for each in needs}
    there = _named_above(build, stage, found)
    if not names or 2 * len(names & there) >= len(names):
        return None
    read = found.needs._replace(files=frozenset({path}), whole=False, made=frozenset())
    return found._replace(needs=read, declared=True, points=_is_pointer(build, found, path))


def _is_pointer(build: Build, found: Installation, path: str) -> bool:
    """Tell whether an install leaves the same files of the project whatever its source is."""
    flags, given = found.install.managed_by.editable, found.install.command.forms
    is_editable = found.install.manager == "pip" and not frozenset(flags).isdisjoint(given)
    return is_editable and only_points(build.context.read(path))


def _named_above(build: Build, stage: Stage, found: Installation) -> set[str]:
    """Return the packages that are named in installs above one, or in its RUN."""
    from dlint.shell.effects import Install

    own = build.effects(found.run, found.step.state).of(Install)
    above = [each for _, each in build.effects_above(Install, stage, found.run)]
    return {canonical(name) for each in (*above, *own) for name in each.names}


def _has_lists(found: Installation) -> bool:
    """Tell whether lists stand beside the project, which could be installed first."""
    names = {posixpath.basename(path) for path in found.needs.files}
    return bool(names) and "pyproject.toml" not in names
