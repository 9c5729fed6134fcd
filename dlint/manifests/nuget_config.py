"""NuGet.Config (https://learn.microsoft.com/nuget/reference/nuget-config-file)."""

from __future__ import annotations

from dlint.manifests.kinds import Manifest, Reference, Role
from dlint.manifests.loading import FormatError, load_xml


def parse(data: bytes) -> Manifest:
    """Read the folders that packages are taken from."""
    root = load_xml(data)
    if root.tag != "configuration":
        raise FormatError("it is not a NuGet configuration")
    sources = (each.get("value", "") for each in root.findall("packageSources/add"))
    reads = (
        Reference(path.replace("\\", "/"), Role.FOLDER)
        for path in sources
        if path and "://" not in path and "%" not in path
    )
    return Manifest("", "nuget.config", reads=tuple(reads))
