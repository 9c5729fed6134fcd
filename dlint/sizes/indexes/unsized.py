"""Ecosystems whose lock files name versions and digests and no sizes: said to be unknown, each with
the reason.

A plugin that knows an index for one of them answers first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.findings import Basis
from dlint.packages import Answer, Missing, Provenance

if TYPE_CHECKING:
    from dlint.packages import OnlineSettings, SizeRequest

WHY = {
    "conda": "no index says what conda's solver chooses or how its archives unpack",
    "gem": "Gemfile.lock has only versions",
    "composer": "composer.lock has the addresses of archives, but not their sizes",
    "go": "go.sum has only versions and digests, and what is built from them has another size",
    "cargo": (
        "Cargo.lock has only versions and digests, and what is built from them has another size"
    ),
    "maven": "pom.xml has only versions",
    "gradle": "gradle.lockfile has only versions",
    "nuget": "packages.lock.json has only versions and digests",
}


def package_sizes(
    request: SizeRequest,
    settings: OnlineSettings,  # noqa: ARG001  a hook's
) -> Answer:
    """Return that nothing is known of these ecosystems' packages."""
    names = [*request.specs, *(each.name for each in request.locked)] or [""]
    return Answer(
        (),
        Provenance("no index", "", Basis.UNKNOWN),
        tuple(Missing(name, WHY[request.ecosystem]) for name in names),
    )
