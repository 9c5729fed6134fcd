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
    "conda": "what conda's solver chooses, and how its archives unpack, no index tells",
    "gem": "Gemfile.lock tells versions alone",
    "composer": "composer.lock tells where archives are, and not how large",
    "go": "go.sum tells versions and digests alone, and what is built from them is another size",
    "cargo": (
        "Cargo.lock tells versions and digests alone, and what is built from them is another size"
    ),
    "maven": "pom.xml tells versions alone",
    "gradle": "gradle.lockfile tells versions alone",
    "nuget": "packages.lock.json tells versions and digests alone",
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
