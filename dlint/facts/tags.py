"""What an image's tag tells about the version behind it."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import accumulate, product

from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

_MOVING = """
beta canary current dev devel develop development edge latest lts main mainline master next
nightly rolling snapshot stable trunk unstable
"""
_DEBIAN = "wheezy jessie stretch buster bullseye bookworm trixie forky sid"
_UBUNTU = """
precise trusty xenial bionic cosmic disco eoan focal groovy hirsute impish jammy kinetic lunar
mantic noble oracular plucky questing resolute
"""
# Tag names that stand for no version: what they point at changes while the file stays as it is.
MOVING = frozenset(_MOVING.split())
MOVING_LAST = frozenset(
    ("edge", "latest", "nightly", "rolling")
)  # at the end of a tag the others name a variant
# Releases of distributions: as a tag of the distribution itself one is a version, elsewhere the
# ground it stands on.
CODENAMES = frozenset((*_DEBIAN.split(), *_UBUNTU.split(), "leap", "tumbleweed"))
# Major versions that go by a name: Node.js's lines with long-term support, and the distributions of
# ROS.
_NODE = "argon boron carbon dubnium erbium fermium gallium hydrogen iron jod krypton"
_ROS = (
    "indigo jade kinetic lunar melodic noetic ardent bouncy crystal dashing eloquent foxy galactic"
    " humble jazzy kilted"
)
_RELEASES = frozenset((*_NODE.split(), *_ROS.split())) - CODENAMES
_FAMILIES = dict.fromkeys(_DEBIAN.split(), "debian") | dict.fromkeys(_UBUNTU.split(), "ubuntu")
_GROUND = frozenset(
    """
    al alpaquita alpine amazonlinux centos debian fc fedora ltsc nanoserver oraclelinux rockylinux
    ubi ubuntu windowsservercore
    """.split()
)
_ARCHITECTURES = frozenset(
    """
    386 aarch64 amd64 amd64v2 amd64v3 arm32v5 arm32v6 arm32v7 arm64 arm64v8 armv5 armv6 armv7
    armv7l armv8 i386 i686 mips64le ppc64le riscv64 s390x win64 x64 x86 x86_64
    """.split()
)
_NUMBER = "0123456789."
_VERSION = regex(r"[a-z]*(\d+(?:[._]\d+)*)(?:[a-z]++[\d.]*+)*+")  # v1.2, 8u272, jdk17, 3.0rc1
_UPDATE = regex(r"\d+u\d+")  # Java's own way to write a patch
_BUILD = regex(r"\d{6,}|[0-9a-f]{7,64}")  # a build's date or number, a commit
_LEAST_BUILD = 6  # characters of it
_AMOUNT = frozenset(("slim", "full"))  # variants by size of one product, not other products
_BARE_VERSION = regex(r"v?\d+")
_DATE = regex(r"\d{4}-\d\d-\d\d")


# Releases that nobody supports any more: no image is built on them anew, so no tag with them moves.
_ENDED = """
wheezy jessie stretch buster precise trusty xenial cosmic disco eoan groovy hirsute impish kinetic
lunar mantic
"""
_HAS_ENDED = frozenset((*_ENDED.split(), *(f"alpine3.{minor}" for minor in range(19))))


class Precision:
    """How much of a version a tag names, as numbers: to make an enumeration is 0.3 % of a small
    check.
    """

    ANY = 0  # no version
    MAJOR = 1
    MINOR = 2
    PATCH = 3


class Tag(NamedTuple):
    """A tag taken apart: `3.12-slim-bookworm` is version 3, 12, ground bookworm and the word slim.

    `words` say what is in the image (fpm, jre, runtime) and how much of it; `ground` are parts that
    name what it stands on, `families` the distributions that those are of, Debian's aside, which
    most official images mean if they say nothing.
    """

    text: str
    version: tuple[str, ...]
    ground: frozenset[str]
    families: frozenset[str]
    words: frozenset[str]

    @classmethod
    def read(cls, text: str) -> Tag:
        """Take a tag apart."""
        return _read(text)

    @property
    def moves(self) -> bool:
        """Whether it names no version and is known to move: `latest`, `lts-alpine3.20`,
        `alpine-edge`; none does that names a release of a distribution which has ended.
        """
        parts = _parts(self.text)
        if self.has_ended:
            return False
        if parts[0] not in MOVING and parts[-1] not in MOVING_LAST:
            return False
        tells = (part for part in parts if part not in _ARCHITECTURES and not _is_ground(part))
        return not any(map(_has_digit, tells))

    @property
    def has_ended(self) -> bool:
        """Whether it names a release of a distribution that nobody supports any more."""
        return not _HAS_ENDED.isdisjoint(_parts(self.text))

    def could_be(self, other: Tag, *, distribution: bool = False) -> bool:
        """Tell whether two tags are certainly two releases or variants of one product, neither
        being the other's short form; of one release, the other variant is the smaller one.

        Another minor version of anything but a `distribution` is chosen for what runs on it.
        """
        if not distribution and _versions_differ(self.version[:2], other.version[:2]):
            return False
        if self.families != other.families or self.words - _AMOUNT != other.words - _AMOUNT:
            return False
        if _versions_differ(self.version, other.version):
            return True
        if _grounds_differ(self.ground, other.ground):
            return True
        return self.words != other.words and "slim" not in self.words  # which nobody need give up

    def is_named_in(self, path: str) -> bool:
        """Tell whether a path names a version, or a part of the tag: `images/py-3.11`, `slim/`."""
        return _named_in(self, path)

    def precision(self, *, distribution: bool = False) -> int:
        """Tell how exact a version it names: `3-slim` a major one, `3.12.4` or a build's date or
        commit a patch.

        `distribution`: the image is a distribution's own, whose code names are versions
        (`debian:bookworm`), and so is what elsewhere names the ground (`servercore:ltsc2022`).
        """
        if self.text.count("-") > 1 and _DATE.search(self.text):
            return Precision.PATCH
        found = Precision.ANY
        for part in _parts(self.text):
            if part in CODENAMES:
                is_release = distribution and part != "sid"
                found = max(found, Precision.MAJOR if is_release else Precision.ANY)
            elif part in _RELEASES:
                found = max(found, Precision.MAJOR)
            elif part in _ARCHITECTURES:
                continue
            elif _is_patch(part):
                return Precision.PATCH
            elif distribution or not _is_ground(part):
                found = max(found, _numbers(part))
        return found


@lru_cache(maxsize=4096)
def _named_in(tag: Tag, path: str) -> bool:
    squashed = re.sub(r"(?<=\d)[._](?=\d)", "", path.lower())
    words = set(re.findall(r"[a-z0-9]+", squashed))
    numbers = set(re.findall(r"\d+", squashed))
    grounds = {re.sub(r"\W", "", part) for part in tag.ground}
    versions = set(accumulate(tag.version))  # 3.12.4 is 3, 312 and 3124
    return (
        not words.isdisjoint(grounds | tag.words)
        or not numbers.isdisjoint(versions)
        or any(map(_BARE_VERSION.fullmatch, words))
    )


def _versions_differ(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Tell whether two tags name two versions, neither being a prefix of the other."""
    shorter = min(len(one), len(other))
    return shorter > 0 and one[:shorter] != other[:shorter]


def _grounds_differ(one: frozenset[str], other: frozenset[str]) -> bool:
    """Tell whether two tags name different distributions, with no part in common."""
    pairs = list(product(one, other))
    return bool(pairs) and not any(a.startswith(b) or b.startswith(a) for a, b in pairs)


@lru_cache(maxsize=1024)
def _read(tag: str) -> Tag:
    version: tuple[str, ...] = ()
    ground, words = set(), set()
    for part in _parts(tag):
        match = _VERSION.fullmatch(part)
        if _is_ground(part):
            ground.add(part)
        elif match is None or version:
            words.add(part.strip(_NUMBER))
        else:
            version = tuple(match[1].replace("_", ".").split("."))
            words.add(part[: match.start(1)].removeprefix("v"))
    families = {_FAMILIES.get(part, part.rstrip(_NUMBER)) for part in ground} - {"debian"}
    return Tag(tag, version, frozenset(ground), frozenset(families), frozenset(words - {""}))


def _is_patch(part: str) -> bool:
    """Tell whether a part of a tag is an update of Java's, or names a build."""
    if "u" in part and _UPDATE.match(part):
        return True
    if len(part) < _LEAST_BUILD or not part.isalnum():
        return False
    return _has_digit(part) and _BUILD.fullmatch(part) is not None


def _numbers(part: str) -> int:
    """Count the numbers of a version; digits in a form of the publisher's own are taken for a major
    one.
    """
    match = _VERSION.fullmatch(part)
    if match is None:
        return Precision.MAJOR if _has_digit(part) else Precision.ANY
    return min(len(match[1].replace("_", ".").split(".")), Precision.PATCH)


def _has_digit(part: str) -> bool:
    return any(map(str.isdecimal, part))


def _parts(tag: str) -> list[str]:
    return tag.lower().split("-")


def _is_ground(part: str) -> bool:
    return part in CODENAMES or part.rstrip(_NUMBER) in _GROUND
