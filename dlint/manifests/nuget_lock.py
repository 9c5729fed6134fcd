"""packages.lock.json
(https://learn.microsoft.com/nuget/consume-packages/package-references-in-project-files#locking-dependencies).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.manifests.kinds import MAIN, Archive, Manifest, Need, Origin, Package
from dlint.manifests.loading import FormatError, load_json, string, table

if TYPE_CHECKING:
    from collections.abc import Mapping

_KNOWN = (1, 2)


def parse(data: bytes) -> Manifest:
    """Read all packages, one for each framework and runtime that has it: those are its groups."""
    lock = load_json(data)
    version = lock.get("version")
    if version not in _KNOWN:
        raise FormatError(f"version {str(version)[:20]} of packages.lock.json is not known")
    frameworks = table(lock, "dependencies")
    packages = tuple(
        _package(name, table(entry), framework)
        for framework in frameworks
        for name, entry in table(frameworks, framework).items()
    )
    return Manifest(
        "",
        "packages.lock.json",
        version=str(version),
        locked=True,
        packages=packages,
        groups=dict.fromkeys(frameworks, ()) or {MAIN: ()},
        defaults=frozenset(frameworks) or frozenset({MAIN}),
        grouped=True,
    )


def _package(name: str, told: Mapping[str, Any], framework: str) -> Package:
    checksum = string(told.get("contentHash"))
    return Package(
        name.lower(),
        string(told.get("resolved")),
        Origin.PROJECT if told.get("type") == "Project" else Origin.REGISTRY,
        wanted=string(told.get("requested")),
        archives=(Archive(hashes=(f"sha512:{checksum}",)),) if checksum else (),
        groups=frozenset({framework}),
        key=f"{framework} {name}",
        needs=tuple(
            Need(need.lower(), string(wanted))
            for need, wanted in table(told, "dependencies").items()
        ),
    )
