"""What a layer of apt's takes up, for tests of tables and of builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.sizes import apt

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from dlint.findings import Size


def apt_layer_bytes(
    release: str,
    names: Iterable[str],
    *,
    slim: bool,
    recommends: bool,
    there: Collection[str],
) -> Size:
    """Estimate the layer of an `apt-get install` of `names` that leaves no lists behind."""
    closure = apt.brought_packages(release, names, recommends=recommends, there=there)
    return apt.packages_bytes(release, closure, slim=slim, there=len(there))
