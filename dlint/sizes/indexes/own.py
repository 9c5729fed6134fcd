"""dlint's own sources of packages' sizes: each is imported when it is asked, since most runs need
none of them.

Whole answers are kept on the disk, for the same question on the same day, and for runs that ask
nobody.
"""

from __future__ import annotations

import json
import time
from importlib import import_module
from typing import TYPE_CHECKING

from dlint.findings import Basis
from dlint.packages import Answer, Base, Missing, PackageSize, Provenance

if TYPE_CHECKING:
    from dlint.packages import OnlineSettings, SizeRequest
    from dlint.sizes.indexes.kept import Kept

UNSIZED = ("cargo", "composer", "conda", "gem", "go", "gradle", "maven", "nuget")
MODULES = {
    "pypi": "pypi",
    "npm": "npm",
    "apt": "repositories",
    "apk": "apk",
    "rpm": "rpm",
    "download": "downloads",
    **dict.fromkeys(
        ("conda", "gem", "composer", "go", "cargo", "maven", "gradle", "nuget"), "unsized"
    ),
}
UNASKED = "no index was asked (--online)"
LAYOUT = 2  # of a kept answer, and of what its figures are made by


def package_sizes(request: SizeRequest, settings: OnlineSettings) -> Answer | None:
    """Return what the packages of one of the known ecosystems weigh; None for another's."""
    if request.ecosystem not in MODULES:
        return None
    if request.ecosystem in UNSIZED:
        return _asked(request, settings)
    if not settings.online and not settings.kept:
        return _unasked(request)
    from dlint.sizes.indexes.kept import Kept, Shelf

    shelf, name = Shelf(settings.cache), _name(request, settings)
    kept = shelf.find(name)
    if kept and (kept.is_recent() or not settings.online) and (found := _read(kept)):
        return found
    if not settings.online:
        return _unasked(request)
    answer = _asked(request, settings)
    if answer.complete:
        shelf.put(name, Kept(time.time(), {}, json.dumps(answer[:2]).encode()))
    return answer


def _unasked(request: SizeRequest) -> Answer:
    """Return what is known where nobody is asked: the sizes that a lock file tells itself."""
    if any(each.archive_bytes for each in request.locked):
        from dlint.sizes.indexes.pypi import offline_sizes

        return offline_sizes(request)
    names = (*request.specs, *(each.name for each in request.locked))
    missing = tuple(Missing(name, UNASKED) for name in names)
    return Answer((), Provenance("no index", "", Basis.UNKNOWN), missing or (Missing("", UNASKED),))


def _asked(request: SizeRequest, settings: OnlineSettings) -> Answer:
    module = import_module(f"dlint.sizes.indexes.{MODULES[request.ecosystem]}")
    answer: Answer = module.package_sizes(request, settings)
    return answer


def _name(request: SizeRequest, settings: OnlineSettings) -> str:
    """Return what an answer is kept under: all that it depends on, credentials apart."""
    base, rest = (
        request.base._replace(packages=frozenset()),
        request._replace(base=Base(), indexes=()),
    )
    indexes = [(each.url, each.origin) for each in request.indexes]
    return (
        f"answer {LAYOUT} {base} {sorted(request.base.packages)} {rest} {indexes} {settings.hosts}"
    )


def _read(kept: Kept) -> Answer | None:
    try:
        sizes, (source, as_of, basis) = json.loads(kept.body)
        packages = [PackageSize(*fields) for fields in sizes]
        packages = [each._replace(needs=tuple(each.needs)) for each in packages]
        return Answer(tuple(packages), Provenance(source, as_of, Basis(basis)))
    except (ValueError, TypeError, IndexError):
        return None
