"""packages.config (https://learn.microsoft.com/nuget/reference/packages-config)."""

from __future__ import annotations

from dlint.manifests.kinds import DEVELOPMENT, MAIN, Manifest, Package
from dlint.manifests.loading import FormatError, load_xml


def parse(data: bytes) -> Manifest:
    """Read all packages; those for development are restored like the others."""
    root = load_xml(data)
    if root.tag != "packages":
        raise FormatError("it is not a packages.config")
    packages = tuple(
        Package(
            each.get("id", "").lower(),
            each.get("version", ""),
            groups=frozenset({DEVELOPMENT if each.get("developmentDependency") else MAIN}),
            key=each.get("id", ""),
        )
        for each in root.findall("package")
    )
    return Manifest(
        "",
        "packages.config",
        locked=True,
        packages=packages,
        groups={MAIN: (), DEVELOPMENT: ()},
        defaults=frozenset({MAIN, DEVELOPMENT}),
        grouped=True,
    )
