"""Where a RUN may have written, from what its commands are known to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.layers.tree import Tree, Write, token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.layers.build import Build, Step
    from dlint.shell import Place
    from dlint.syntax import Run

SYSTEM = ("/bin", "/etc", "/lib", "/lib64", "/opt", "/run", "/sbin", "/srv", "/usr", "/var")
SYSTEM_MANAGERS = frozenset(("apk", "apt", "dnf", "pacman", "zypper"))


def run_writes(build: Build, step: Step, run: Run, tree: Tree) -> Iterator[Write]:
    """Yield what the RUN does to its stage's files, in order; the caller adds each to `tree` before the next.

    A copy of what stands elsewhere is known to be just that; all else is known by the places it may change.
    """
    from dlint.shell import Create, Delete, Install, Place, Remove, Rewrite, Unknown

    found = build.effects(run, step.state)
    if not found.known:
        yield Write("", {}, None)
        return
    home = step.state.values.get("HOME", "/root")
    for effect in found.items:
        if isinstance(effect, Unknown):
            yield Write("", {}, None)
        elif isinstance(effect, Create) and effect.source and effect.source.path and effect.place.path:
            source, place = effect.source.path, effect.place.path
            if effect.source.glob or effect.place.glob:
                yield Write("", {}, (place,))
            else:
                yield Write("", {place: token("copy", tree.token(source))})
        elif isinstance(effect, Install | Remove):
            system = effect.manager in SYSTEM_MANAGERS
            workdir = step.state.workdir
            yield Write("", {}, SYSTEM if system else (home, "/usr", *((workdir,) if workdir else ())))
            if isinstance(effect, Install) and effect.hidden:
                yield Write("", {}, None)
        elif isinstance(effect, Create | Delete | Rewrite):
            yield _at(effect.place)
        else:
            places = [value for value in effect if isinstance(value, Place)]
            yield from (_at(place) for place in places)


def _at(place: Place) -> Write:
    if place.path is None:
        return Write("", {}, None)
    return Write("", {}, (place.path.rpartition("/")[0] or "/" if place.glob else place.path,))
