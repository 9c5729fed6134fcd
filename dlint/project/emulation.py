"""For which platforms a workflow's machine builds an image under emulation, as far as both are
known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_LINUX = "linux"
AMD64, ARM64 = "amd64", "arm64"
# What a processor runs without help: whether one of ARM runs 32 bits, too, is known of none.
_RUNS = {AMD64: frozenset((AMD64, "386")), ARM64: frozenset((ARM64,))}
_MAY_RUN = {AMD64: frozenset[str](), ARM64: frozenset(("arm",))}
# What has a machine run programs of another architecture, by whatever means.
EMULATES = regex(r"(?i)qemu|binfmt")


class Emulation(NamedTuple):
    """A file's builds of an image for several platforms, on a machine of GitHub's that goes by
    `machine`, and those of the platforms that it has to emulate.
    """

    path: str
    machine: str
    platforms: tuple[str, ...]
    emulated: tuple[str, ...]


def emulation_in(path: str, builds: Iterable[tuple[str, str]]) -> Emulation | None:
    """Return for which platforms the builds of an image in the file at `path` are emulated, of each
    its machine and its platforms, as they are written; None where a machine of that kind has them
    all, or none, or where it is not known.
    """
    own: dict[str, None] = {}
    foreign: dict[str, str] = {}
    for machine, written in builds:
        for platform in platforms_in(written):
            match _is_native(platform, _processor(machine)):
                case True:
                    own[platform] = None
                case False:
                    foreign.setdefault(platform, machine)
    emulated = tuple(each for each in foreign if each not in own)
    if not own or not emulated:
        return None
    platforms = tuple(dict.fromkeys((*own, *emulated)))
    return Emulation(path, foreign[emulated[0]], platforms, emulated)


def platforms_in(written: str) -> list[str]:
    """Return the platforms that a text lists; none where a variable hides some."""
    names = [each.strip() for each in written.replace("\n", ",").split(",")]
    return [] if "$" in written else [each for each in names if each]


def architecture(platform: str) -> str:
    """Return the architecture of a platform of Linux, without its variant; "" for others."""
    system, _, rest = platform.partition("/")
    return rest.partition("/")[0] if system == _LINUX else ""


def _processor(machine: str) -> str:
    """Return the architecture of a machine that GitHub provides; those for macOS and Windows build
    no image of Linux
    (https://docs.github.com/en/actions/reference/runners/github-hosted-runners).
    """
    if not machine.startswith("ubuntu-"):
        return ""
    return ARM64 if machine.endswith("-arm") else AMD64


def _is_native(platform: str, processor: str) -> bool | None:
    """Tell whether a processor runs a platform itself; None where that is not known."""
    wanted = architecture(platform)
    if not wanted or not processor or wanted in _MAY_RUN[processor]:
        return None
    return wanted in _RUNS[processor]
