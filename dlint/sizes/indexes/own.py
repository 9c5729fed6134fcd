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
from dlint.hooks import hookimpl
from dlint.packages import Answer, Base, PackageSize, Provenance

if TYPE_CHECKING:
    from dlint.packages import OnlineSettings, SizeRequest
    from dlint.sizes.indexes.kept import Kept

MODULES = {
    "pypi": "pypi",
    "npm": "npm",
    "apk": "apk",
    "rpm": "rpm",
    "conda": "conda",
    "download": "downloads",
    **dict.fromkeys(("gem", "composer", "go", "cargo", "maven", "gradle", "nuget"), "unsized"),
}
LAYOUT = 1  # of a kept answer, and of what its figures are made by


@hookimpl
def dlint_package_sizes(request: SizeRequest, settings: OnlineSettings) -> Answer | None:
    """Return what the packages of one of the known ecosystems weigh; None for another's."""
    if request.ecosystem not in MODULES:
        return None
    if not settings.online and not settings.kept:
        return _asked(request, settings)
    from dlint.sizes.indexes.kept import DAY, Kept, Shelf

    shelf, name = Shelf(settings.cache), _name(request, settings)
    kept = shelf.find(name)
    recent = kept is not None and 0 <= time.time() - kept.at < DAY
    if kept and (recent or not settings.online) and (found := _read(kept)):
        return found
    answer = _asked(request, settings)
    if settings.online and answer.complete:
        shelf.put(name, Kept(time.time(), {}, json.dumps(answer[:2]).encode()))
    return answer


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
        packages = [PackageSize._make((*fields[:-1], tuple(fields[-1]))) for fields in sizes]
        return Answer(tuple(packages), Provenance(source, as_of, Basis(basis)))
    except (ValueError, TypeError, IndexError):
        return None
