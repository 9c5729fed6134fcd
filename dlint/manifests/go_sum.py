"""go.sum (https://go.dev/ref/mod#go-sum-files)."""

from __future__ import annotations

from dlint.manifests.kinds import Archive, Manifest, Package
from dlint.manifests.loading import FormatError, text_of

_WORDS = 3  # module, version, hash


def parse(data: bytes) -> Manifest:
    """Read the modules whose archives have a hash. They are more than a build takes: go.mod tells
    those.
    """
    packages = []
    for number, line in enumerate(text_of(data).splitlines(), 1):
        words = line.split()
        if not words:
            continue
        if len(words) != _WORDS:
            raise FormatError(f"line {number} is not valid in go.sum")
        name, version, checksum = words
        if not version.endswith("/go.mod"):
            key = f"{name} {version}"
            packages.append(
                Package(name, version, archives=(Archive(hashes=(checksum,)),), key=key)
            )
    return Manifest("", "go.sum", locked=True, packages=tuple(packages), grouped=True)
