"""Caches of an image that a build for fewer platforms writes as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.exports import described, is_regular, keeps_much
from dlint.project.cache_entry import LOCAL
from dlint.project.image import TARGET
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from dlint.model.build import Build
    from dlint.project.builds import Built
    from dlint.project.cache_entry import CacheEntry


class NarrowerExport(NamedTuple):
    """A cache that a build of the image for these `platforms` alone writes, as the file at `path`
    says, and the platforms that a push finds nothing for afterwards.
    """

    entry: CacheEntry
    platforms: tuple[str, ...]
    path: str
    lost: tuple[str, ...]


def narrower_exports(build: Build) -> tuple[NarrowerExport, ...]:
    """Return the caches that pushes of the image read, and of which another build of it overwrites
    what is for some of their platforms, each once; a fact.
    """
    own = list(filter(is_regular, described(build, own=True)))
    wanted = {
        source.place: each.platforms
        for each in own
        if each.delivery.is_pushed
        for source in each.caches.sources
        if source.place and source.type != LOCAL
    }
    if not (wanted and keeps_much(build)):
        return ()
    found: dict[tuple[str, ...], NarrowerExport] = {}
    for each in own:
        for entry in each.caches.exports if each.warmed and not _is_described(each) else ():
            lost = tuple(one for one in wanted.get(entry.place, ()) if one not in each.warmed)
            if lost:
                told = NarrowerExport(entry, tuple(sorted(each.warmed)), each.path, lost)
                found.setdefault(entry.place, told)
    return tuple(found.values())


def _is_described(each: Built) -> bool:
    """Tell whether a Bake file describes a build, of whose targets it is not known which are
    started.
    """
    return any(name.startswith(TARGET) for name in each.names)
