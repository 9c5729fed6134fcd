"""How many bytes a layer takes up in which apt installs packages, on Debian and, by its packages'
names, on Ubuntu.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from dlint.findings import Basis, Size
from dlint.sizes.indexes.apt import AptIndex, Closure, minimal
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from dlint.sizes.indexes.apt import Package, Packages

# The release of the table whose packages another release's are nearest to: of Ubuntu the one of
# about the same day, of an older Debian the one that came next.
_NEAREST_OF_UBUNTU = {
    "bionic": "bullseye",
    "focal": "bullseye",
    "jammy": "bookworm",
    "noble": "trixie",
    "questing": "trixie",
    "resolute": "trixie",
}
UBUNTU = tuple(_NEAREST_OF_UBUNTU)
NEAREST = {"buster": "bullseye", **_NEAREST_OF_UBUNTU}
# What a release's packages weigh for each byte of the nearest one's of the same names, where that
# is known to differ: the median of the first three layers of Ubuntu 26.04 that were published. With
# it four layers lie between 0.71 and 1.10 (tools/sizes/published.py).
_HEAVIER = {"resolute": 1.5}
# Lists of Ubuntu 22.04 on disk (elastic/package-registry, pull request 847, "Before: 202MB After:
# 167MB"), and of 24.04 in a layer; those of other releases lie about half-way.
UBUNTU_LISTS = 35_000_000
NOBLE_LISTS = 30_000_000
# Packages of Debian's releases as their release notes count them: lists grow with them.
_PACKAGES = {"jessie": 43_512, "stretch": 51_687, "buster": 57_703, "bullseye": 59_551}
# A library whose name ends with the number of its interface, which releases change.
_LIBRARY = regex(r"(?P<stem>lib[a-z][a-z0-9+.-]*?)-?\d++(?:\.\d++)*+[a-z]?(?:t64)?")
# What the official buildpack-deps and PHP images install; all their children stand on it.
_CURL = "ca-certificates curl gnupg netbase sq wget tzdata"
_SCM = f"{_CURL} git mercurial openssh-client subversion procps"
_WHOLE = f"""{_SCM}
autoconf automake bzip2 default-libmysqlclient-dev dpkg-dev file g++ gcc imagemagick libbz2-dev
libc6-dev libcurl4-openssl-dev libdb-dev libevent-dev libffi-dev libgdbm-dev libglib2.0-dev
libgmp-dev libjpeg-dev libkrb5-dev liblzma-dev libmagickcore-dev libmagickwand-dev
libmaxminddb-dev libncurses5-dev libncursesw5-dev libpng-dev libpq-dev libreadline-dev
libsqlite3-dev libssl-dev libtool libwebp-dev libxml2-dev libxslt-dev libyaml-dev make patch unzip
xz-utils zlib1g-dev
"""
_COMPILER = "g++ gcc libc6-dev make pkg-config"
_PHP = "autoconf ca-certificates curl dpkg-dev file g++ gcc libc6-dev make pkg-config re2c xz-utils"
_PYTHON = f"{_WHOLE} libbluetooth-dev tk-dev uuid-dev"
_RUBY_SLIM = "bzip2 ca-certificates libffi-dev libgmp-dev libssl-dev libyaml-dev procps zlib1g-dev"
# What Ubuntu's own image holds besides what a minimal Debian does; names of several releases.
_UBUNTU = """
gpgv libgssapi-krb5-2 libgnutls30 libgnutls30t64 libncursesw6 libssl3 libssl3t64 libtirpc3
libtirpc3t64 procps
"""
# The packages of the official images by name: of the plain tags, and of the slim ones.
_HELD = {
    **dict.fromkeys(
        ("buildpack-deps", "elixir", "erlang", "gcc", "node", "perl", "pypy", "ruby", "rust"),
        (_WHOLE, ""),
    ),
    "debian": ("", ""),
    "golang": (f"{_SCM} {_COMPILER}", ""),
    "haproxy": ("ca-certificates", "ca-certificates"),
    "java": (_SCM, ""),
    "openjdk": (
        f"{_SCM} bzip2 ca-certificates fontconfig p11-kit unzip xz-utils",
        "ca-certificates p11-kit",
    ),
    "php": (_PHP, _PHP),
    "python": (_PYTHON, "ca-certificates netbase tzdata"),
    "pypy": (_WHOLE, "ca-certificates"),
    "ruby": (_WHOLE, _RUBY_SLIM),
    "rust": (_WHOLE, "ca-certificates gcc libc6-dev"),
    "ubuntu": ("", ""),
}
_LESSER = {"scm": _SCM, "curl": _CURL}


def packages_of(release: str) -> Packages | None:
    """Return the packages of a release of Debian, or of the one that another is nearest to; None
    for any other.
    """
    from dlint.sizes.indexes.table import RELEASES, debian

    name = NEAREST.get(release, release)
    return debian(name) if name in RELEASES else None


def recommends_nothing(name: str) -> bool:
    """Tell whether a package recommends nothing in any release that a table has, and one has it: so
    it hardly does in others. A library that has another number there is the same.
    """
    known = [*_known_as([name])]
    if not known and (library := _LIBRARY.fullmatch(name)):
        known = [*_known_as(_numbered(library["stem"]))]
    return bool(known) and not any(each.recommends for each in known)


@cache
def is_package(name: str) -> bool:
    """Tell whether any release that a table has calls a package so."""
    return any(_known_as((name,)))


def _known_as(names: Iterable[str]) -> Iterator[Package]:
    """Yield the packages of these names that releases have."""
    from dlint.sizes.indexes.table import RELEASES

    tables = [table for each in RELEASES if (table := packages_of(each))]
    found = (table.package(name) for name in names for table in tables)
    return (each for each in found if each)


def _numbered(stem: str) -> Iterator[str]:
    """Yield what a library is called in the releases, with each of its numbers."""
    from dlint.sizes.indexes.table import RELEASES, debian

    for release in RELEASES:
        for name in debian(release).names(stem):
            found = _LIBRARY.fullmatch(name)
            if found is not None and found["stem"] == stem:
                yield name


@cache
def base_packages(release: str) -> frozenset[str]:
    """Return what the image of a distribution itself holds: a minimal system. Raises KeyError for
    unknown releases.
    """
    from dlint.sizes.indexes.table import debian

    name = NEAREST.get(release, release)
    table = debian(name)
    own = (
        [each for each in _UBUNTU.split() if table.package(each)]
        if release in _NEAREST_OF_UBUNTU
        else []
    )
    return minimal(table, (*table.required, *own))


def held_packages(release: str, image: str, tag: str, *, slim: bool) -> frozenset[str] | None:
    """Return what an official image holds that stands on a release; None where that is not
    known.
    """
    if image not in _HELD:
        return None
    plain, less = _HELD[image]
    wanted = (
        less
        if slim
        else next((held for word, held in _LESSER.items() if word in tag.split("-")), plain)
    )
    return _on_base(release, wanted)


@cache  # images of many names and tags hold the same
def _on_base(release: str, wanted: str) -> frozenset[str]:
    """Return what the image of a distribution holds where `wanted` packages are installed on it."""
    from dlint.sizes.indexes.table import debian

    base = base_packages(release)
    index = AptIndex(debian(NEAREST.get(release, release)))
    return base | index.closure(wanted.split(), there=base).names


def fullest(release: str) -> frozenset[str]:
    """Return what the official image holds that has the most packages of a release: no base is
    likely to hold more. Raises KeyError for unknown releases.
    """
    return held_packages(release, "buildpack-deps", release, slim=False) or frozenset()


def brought_packages(
    release: str,
    names: Iterable[str],
    *,
    recommends: bool,
    there: Collection[str],
) -> Closure:
    """Return what an `apt-get install` brings; `names` are the words of the command, `there` the
    packages that are installed below. Without a table of the release all names are missing.
    """
    search = _with_recommended if recommends else _needed
    return search(release, tuple(names), frozenset(there))


def recommended_among(release: str, passing: Closure, staying: Collection[str]) -> frozenset[str]:
    """Return the packages among `passing` that apt keeps when it removes what nothing needs: those
    that others recommend which stay, and what these need.
    """
    table, own = packages_of(release), {each.name: each for each in passing.packages}
    found: set[str] = set()
    todo = list(staying)
    while table is not None and todo:
        name = todo.pop()
        package = own.get(name) or table.package(name)
        needed = package.depends if package and name in own else ()
        groups = (*package.recommends, *needed) if package else ()
        kept = {each for group in groups for each in group if each in own} - found
        found |= kept
        todo += kept
    return frozenset(found)


def without_dependents(staying: Closure, gone: Collection[str]) -> Closure:
    """Return packages without those that depend on some that are gone: they went with these, even
    where another one would do.
    """
    lost = set(gone)
    while more := {each.name for each in staying.packages if _needs_some(each, lost)}:
        lost |= more
        staying = staying.without(more)
    return staying


def _needs_some(package: Package, names: Collection[str]) -> bool:
    return any(name in names for group in package.depends for name in group)


@lru_cache(maxsize=1024)  # one build asks the same for its rules, its layers and its push
def _needed(release: str, names: tuple[str, ...], there: frozenset[str]) -> Closure:
    index = _index(release)
    return index.closure(names, there=there) if index else Closure((), names)


@lru_cache(maxsize=1024)  # as above
def _with_recommended(release: str, names: tuple[str, ...], there: frozenset[str]) -> Closure:
    index, needed = _index(release), _needed(release, names, there)
    return index.recommended(needed, there=there) if index else needed


def _index(release: str) -> AptIndex | None:
    table = packages_of(release)
    return None if table is None else AptIndex(table)


def packages_bytes(  # noqa: PLR0913  one word each of what a layer's size depends on
    release: str,
    brought: Closure,
    *,
    slim: bool,
    there: int,
    passing: Collection[Package] = (),
    again: bool = False,
) -> Size:
    """Guess the layer in which `brought` is installed where so many packages are `there`.

    `passing` are those that come and go again; `again` tells that dpkg's records are stored in any
    case.
    """
    weights = [weight(package, slim=slim) for package in brought.packages]
    unknown = tuple(
        p.name for p, weight in zip(brought.packages, weights, strict=True) if weight is None
    )
    own = sum(filter(None, weights)) * _HEAVIER.get(release, 1)
    total = round(own + records_bytes(there, brought.packages, passing, again=again))
    return Size(total, Basis.GUESSED, (*brought.missing, *unknown))


def lists_bytes(release: str, *, cleaned: bool = False) -> Size:
    """Guess what `apt-get update` leaves in a layer, with the settings that images bring.

    `cleaned`: what is left of that by `apt-get dist-clean`, which keeps the signed lists of the
    indexes' digests. On Debian it is measured: indexes change by a few percent from day to day, as
    security updates come. Those of older releases are as much smaller as the releases are.
    """
    from dlint.sizes.tables import tables

    if release in _NEAREST_OF_UBUNTU:
        return _lists(None if cleaned else _ubuntu_lists(release))
    found = tables().fact("lists-left" if cleaned else "lists", release)
    if found is not None:
        return _lists(found)
    share = _PACKAGES.get(release, 0) / _PACKAGES["bullseye"]
    lists = tables().fact("lists", "bullseye")
    return _lists(lists * share if lists and not cleaned else None)


def _ubuntu_lists(release: str) -> float | None:
    """Return the lists of a release of Ubuntu: as they are stored, times the share that gzip makes
    of Debian's.
    """
    from dlint.sizes.tables import tables

    stored, left = (tables().fact(name, "bookworm") for name in ("lists-stored", "lists"))
    if not stored or not left:
        return None
    jammy = UBUNTU_LISTS * left / stored
    known = {"jammy": jammy, "noble": NOBLE_LISTS}
    return known.get(release, (jammy + NOBLE_LISTS) / 2)


def _lists(count: float | None) -> Size:
    return (
        Size(round(count), Basis.GUESSED) if count else Size.unknown("apt's lists of this release")
    )


def weight(package: Package, *, slim: bool) -> int | None:
    """Return what a package adds to a layer; by what all packages' archives make of themselves
    where none measured.
    """
    from dlint.sizes.tables import tables

    known = package.slim if slim else package.full
    if known is not None:
        return known
    ratio = tables().fact("ratio-slim" if slim else "ratio-full")
    return round(package.archive * ratio) if ratio else None


def records_bytes(
    there: int,
    brought: Collection[Package],
    passing: Collection[Package] = (),
    *,
    again: bool = False,
) -> int:
    """Return what dpkg and apt store again of all that is installed: their states, logs, and
    debconf's templates.
    """
    from dlint.sizes.tables import tables

    if not brought and not passing and not again:
        return 0
    each, constant, debconf = (
        tables().fact(key) or 0 for key in ("per-package", "constant", "debconf")
    )
    asks = any(package.asks for package in (*brought, *passing))
    share = 1 if asks else 0.5 if again else 0
    return round(constant + each * (there + len(brought)) + debconf * share)
