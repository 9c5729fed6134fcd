"""dlint's own sources of packages' sizes: each is imported when it is asked, since most runs need none of them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from dlint.hookspecs import hookimpl

if TYPE_CHECKING:
    from dlint.sizes.indexes.source import Answer, OnlineSettings, SizeRequest

MODULES = {
    "pypi": "pypi",
    "npm": "npm",
    "apk": "apk",
    "rpm": "rpm",
    "conda": "conda",
    "download": "downloads",
    **dict.fromkeys(("gem", "composer", "go", "cargo", "maven", "gradle", "nuget"), "unsized"),
}


@hookimpl
def dlint_package_sizes(request: SizeRequest, settings: OnlineSettings) -> Answer | None:
    """Return what the packages of one of the known ecosystems weigh; None for another's."""
    if (name := MODULES.get(request.ecosystem)) is None:
        return None
    answer: Answer = import_module(f"dlint.sizes.indexes.{name}").package_sizes(request, settings)
    return answer
