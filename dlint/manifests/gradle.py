"""Gradle's lock files
(https://docs.gradle.org/current/userguide/dependency_locking.html).
"""

from __future__ import annotations

from dlint.manifests.kinds import MAIN, Manifest, Package
from dlint.manifests.loading import FormatError, text_of
from dlint.text.patterns import regex

# Before Gradle 7 one file a configuration held the packages alone.
_LINE = regex(r"([^:=\s]+:[^:=\s]+):([^:=\s]+)(?:=(.*))?\Z")


def parse(data: bytes) -> Manifest:
    """Read all packages, with the configurations that have them as their groups."""
    packages = []
    for number, raw in enumerate(text_of(data).splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith(("#", "empty=")):
            continue
        found = _LINE.match(line)
        if found is None:
            raise FormatError(f"line {number} is not valid in a Gradle lock file")
        configurations = [each for each in (found[3] or MAIN).split(",") if each]
        packages.append(
            Package(
                found[1],
                found[2],
                groups=frozenset(configurations),
                key=f"{found[1]}:{found[2]}",
            )
        )
    groups = sorted({group for each in packages for group in each.groups})
    return Manifest(
        "",
        "gradle.lockfile",
        locked=True,
        packages=tuple(packages),
        groups=dict.fromkeys(groups, ()),
        defaults=frozenset(groups),
        grouped=True,
    )
