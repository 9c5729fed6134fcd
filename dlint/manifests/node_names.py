"""How Node's package managers write what a package is and where it comes from."""

from __future__ import annotations

from dlint.manifests.kinds import Need, Origin
from dlint.manifests.loading import string, strings, table
from dlint.text.patterns import regex

# https://docs.npmjs.com/cli/configuring-npm/package-json#dependencies, and of Yarn's protocols
# https://yarnpkg.com/protocols
_ALIAS = regex(r"npm:((?:@[^/@]+/)?[^/@]+)@(.+)\Z")
_LOCAL = regex(r"(?:file|link|portal):(?://)?(?P<path>[^#:]+)")
_GIT = regex(r"(?:git(?:\+\w+)?|github|gitlab|bitbucket):|git@|[\w.-]+/[\w.-]+(?:#|\Z)")
_URL = regex(r"https?:")
_PARTS = ("dependencies", "optionalDependencies")
BOUND = regex(r"::.*")  # what Yarn binds to a range


def parted(descriptor: str) -> tuple[str, str]:
    """Part `@scope/name@range` into name and range."""
    name, _, wanted = descriptor[1:].partition("@")
    return descriptor[:1] + name, wanted


def unaliased(name: str, version: str) -> tuple[str, str]:
    """Return the package behind `npm:name@1.0.0`, else the same."""
    alias = _ALIAS.match(version)
    return (alias[1], alias[2]) if alias else (name, version.removeprefix("npm:"))


def origin_of(wanted: str, resolved: str = "") -> Origin:
    """Tell where a package comes from by the range that asks for it, or what it resolved to."""
    if wanted.startswith("workspace:"):
        return Origin.PROJECT
    if local_path(wanted) or local_path(resolved):
        return Origin.PATH
    if _GIT.match(wanted) or resolved.startswith(("git", "ssh:")):
        return Origin.GIT
    return Origin.URL if _URL.match(wanted) else Origin.REGISTRY


def local_path(wanted: str) -> str:
    """Return the folder or archive that a range names; empty where it names none."""
    found = _LOCAL.match(wanted)
    return found["path"] if found else ""


def is_link(wanted: str) -> bool:
    """Tell whether a range names a folder that is linked: nothing of it is copied or packed."""
    return wanted.startswith(("link:", "portal:"))


def needs_of(entry: object, *names: str) -> tuple[Need, ...]:
    """Return what tables of an entry ask for (`dependencies`, …); those called optional are."""
    return tuple(
        Need(name, string(wanted), optional=part == "optionalDependencies")
        for part in (names or _PARTS)
        for name, wanted in table(entry, part).items()
    )


def values(told: object) -> tuple[str, ...]:
    """Return what a list of systems or processors names."""
    return tuple(strings(told))
