"""Platforms: `os/architecture[/variant]`, and which of an index's images runs on one."""

from __future__ import annotations

from dlint.text.values import NamedTuple

# The names that containerd's platforms package takes for the same architecture.
ALIASES = {
    "x86_64": "amd64",
    "x86-64": "amd64",
    "aarch64": "arm64",
    "i386": "386",
    "armhf": "arm/v7",
    "armel": "arm/v6",
}
# Variants that say nothing, and the one that is meant where none is written.
PLAIN = {"amd64": "v1", "arm64": "v8"}
DEFAULT = {"arm": "v7"}


class Platform(NamedTuple):
    """A normalised platform: no alias, no variant that says nothing."""

    os: str
    architecture: str
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in self if part)


def parse_platform(text: str) -> Platform:
    """Read `os/architecture[/variant]`, or an architecture alone for Linux. Raises ValueError."""
    parts = text.lower().split("/")
    if len(parts) == 1:
        parts.insert(0, "linux")
    if len(parts) > len(Platform._fields) or not all(parts):
        raise ValueError(
            f"{text!r} is not a platform: write os/architecture[/variant], such as linux/arm64"
        )
    return platform_of(*parts)


def platform_of(os: str, architecture: str, variant: str = "") -> Platform:
    """Normalise what a descriptor or configuration says."""
    architecture, _, implied = ALIASES.get(architecture, architecture).partition("/")
    variant = variant or implied or DEFAULT.get(architecture, "")
    return Platform(os, architecture, "" if variant == PLAIN.get(architecture) else variant)


def rank(wanted: Platform, offered: Platform) -> int | None:
    """How well `offered` runs on `wanted`: 0 is best, None not at all.

    A processor runs what was built for a lower variant of its architecture: arm/v7 runs arm/v6,
    amd64/v3 runs amd64.
    """
    if wanted[:2] != offered[:2]:
        return None
    if wanted.variant == offered.variant:
        return 0
    ours, theirs = (_level(platform) for platform in (wanted, offered))
    return ours - theirs if ours > theirs > 0 else None


def _level(platform: Platform) -> int:
    variant = platform.variant or PLAIN.get(platform.architecture, "")
    return int(variant[1:]) if variant[1:].isascii() and variant[1:].isdigit() else 0
