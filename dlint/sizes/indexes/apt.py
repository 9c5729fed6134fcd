"""Apt's package indexes: what an install brings along, and how many bytes of a layer that takes up.

What apt decides by versions is left out on purpose: a dependency's version constraint (one index is
consistent in itself), pins, and Breaks. A virtual package with several providers gets the one of
the highest priority, the last by name among equals (as apt 3.0 does, seen in its own simulations).
Sizes are those of the index's day, whatever version a Dockerfile asks for.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Protocol

from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

PRIORITIES = ("required", "important", "standard", "optional", "extra")
# A dependency: alternatives, of which one is enough.
Group = tuple[str, ...]

_NATIVE = frozenset(("amd64", "any", "native", "all"))
_WORD = regex(r"(?P<name>[a-z0-9][a-z0-9+.-]*)(?::(?P<arch>[a-z0-9-]+))?(?:=\S+|/\S+)?")
_RELATION = regex(r"\s*([A-Za-z0-9][A-Za-z0-9+.-]*)")
_FIELDS = frozenset(
    (
        *("Package", "Version", "Size", "Installed-Size", "Depends", "Pre-Depends", "Recommends"),
        *("Provides", "Conflicts", "Priority", "Essential", "Section"),
    )
)


class Package(NamedTuple):
    """One binary package of an index.

    `archive` is the size of its .deb in bytes, `installed` what dpkg says that it takes up
    unpacked, in kB (1,024).
    `full` and `slim` are the bytes that it adds to a layer, compressed by gzip: with all of its
    files, and where dpkg leaves out documents, manuals and translations; None where nobody has
    measured or worked them out. `measured` tells that they were measured on this very package.
    `conflicts` are those whatever the version.
    """

    name: str
    archive: int
    installed: int
    depends: tuple[Group, ...] = ()
    recommends: tuple[Group, ...] = ()
    provides: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    priority: str = "optional"
    essential: bool = False
    section: str = ""
    version: str = ""
    full: int | None = None
    slim: int | None = None
    measured: bool = False

    @property
    def asks(self) -> bool:
        """Whether it brings questions for debconf, which stores all of them again."""
        return "debconf" in chain.from_iterable(self.depends)


class Packages(Protocol):
    """Where packages are looked up: a table, or an index that was read."""

    def __hash__(self) -> int:
        """Tell one from another: what was found once is kept."""
        ...

    def package(self, name: str) -> Package | None:
        """Return the package of this name; None where there is none."""

    def providers(self, name: str) -> Sequence[str]:
        """Return the names of the packages that provide a virtual one."""


_name, _provides = attrgetter("name"), attrgetter("provides")


class Closure(NamedTuple):
    """What an install brings: the packages, in the order found, and the names that nothing is known
    of.

    `missing` holds words of the command line as they were written, and dependencies that no package
    meets. Where it is not empty, `packages` is a part of what is installed, and nothing tells how
    large a part.
    """

    packages: tuple[Package, ...]
    missing: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        """The names of the packages."""
        return frozenset(map(_name, self.packages))

    def without(self, names: Collection[str]) -> Closure:
        """Return the same without packages of these names."""
        left = tuple([package for package in self.packages if package.name not in names])
        return Closure(left, self.missing)

    def plus(self, other: Closure) -> Closure:
        """Return what two installs bring, one after the other."""
        missing = dict.fromkeys((*self.missing, *other.missing))
        return Closure((*self.packages, *other.packages), tuple(missing))


NOTHING = Closure((), ())


class Index:
    """An index that was read whole, such as a third party's."""

    def __init__(self, packages: Iterable[Package]) -> None:
        """Take packages; of two with one name the later version counts."""
        self._packages: dict[str, Package] = {}
        for package in packages:
            there = self._packages.get(package.name)
            if there is None or is_newer(package.version, there.version):
                self._packages[package.name] = package
        self._providers: dict[str, list[str]] = {}
        for package in self._packages.values():
            for name in package.provides:
                self._providers.setdefault(name, []).append(package.name)

    def __iter__(self) -> Iterator[Package]:
        """Iterate over the packages, by name."""
        return iter(sorted(self._packages.values()))

    def package(self, name: str) -> Package | None:
        """Return the package of this name; None where there is none."""
        return self._packages.get(name)

    def providers(self, name: str) -> Sequence[str]:
        """Return the names of the packages that provide a virtual one."""
        return self._providers.get(name, ())


class Layered:
    """Several indexes at once: a package is that of the first index that has it."""

    def __init__(self, *indexes: Packages) -> None:
        """Take the indexes, those first that a RUN adds: their versions are the later ones as a
        rule.
        """
        self._indexes = indexes

    def package(self, name: str) -> Package | None:
        """Return the package of this name; None where there is none."""
        return next((found for each in self._indexes if (found := each.package(name))), None)

    def providers(self, name: str) -> Sequence[str]:
        """Return the names of the packages that provide a virtual one."""
        return tuple(
            dict.fromkeys(found for each in self._indexes for found in each.providers(name))
        )


class AptIndex:
    """What apt would install, by an index."""

    def __init__(self, packages: Packages) -> None:
        """Look things up in `packages`."""
        self._packages = packages

    def knows(self, word: str) -> bool:
        """Tell whether a word of an `apt-get install` names something of this index."""
        return self._named(word) is not None

    def closure(
        self,
        words: Iterable[str],
        *,
        recommends: bool = False,
        there: Collection[str] = frozenset(),
    ) -> Closure:
        """Return what `apt-get install WORDS` brings to the packages that are `there`.

        A word is a name, also as `name=version`, `name/release` or `name:amd64`; `name-` removes
        it. Tasks (`name^`), patterns and packages of a foreign architecture are missing: what they
        bring is not known from names alone. So are virtual packages that several provide, of which
        apt installs none.
        """
        search = _Search(self._packages, there)
        search.add((word, self._named(word)) for word in dict.fromkeys(words))
        return self.recommended(search.found, there=there) if recommends else search.found

    def recommended(self, needed: Closure, *, there: Collection[str] = frozenset()) -> Closure:
        """Return what an install brings that `needed` comes with, and what is recommended."""
        search = _Search(self._packages, there, needed)
        search.add_recommended()
        return search.found

    def _named(self, word: str) -> str | None:
        """Return the package that a word names, "" where it brings none; None where that is not
        known.
        """
        match = _WORD.fullmatch(word)
        if match is None or (match["arch"] or "any") not in _NATIVE:
            return None
        name = match["name"]
        if self._is_known(name):
            return name
        if name.endswith(("-", "+")) and self._is_known(name[:-1]):
            return "" if name.endswith("-") else name[:-1]
        return None

    def _is_known(self, name: str) -> bool:
        return self._packages.package(name) is not None or len(self._packages.providers(name)) == 1


class _Search:
    """One search for all that some packages need: dependencies to the end, then what these
    recommend.
    """

    def __init__(
        self, packages: Packages, there: Collection[str], found: Closure = NOTHING
    ) -> None:
        """Go on from what another search has `found`."""
        self._packages = packages
        self._package = packages.package  # asked some hundred times in one search
        self._refused: set[str] = set()  # what something that is installed conflicts with
        self._found: dict[str, Package] = {}
        self._missing = dict.fromkeys(found.missing)
        self._there = frozenset(there)
        self._met = set(_met(packages, self._there))  # names that are installed or provided
        for package in found.packages:
            self._take(package)

    @property
    def found(self) -> Closure:
        """What was found until now."""
        return Closure(tuple(self._found.values()), tuple(self._missing))

    def add(self, named: Iterable[tuple[str, str | None]]) -> None:
        """Search from the words of a command, each with the name that it stands for."""
        asked = list(named)
        self._missing.update(dict.fromkeys(word for word, name in asked if name is None))
        todo = [package for _, name in asked if name and (package := self._first((name,)))]
        todo = [package for package in todo if package.name not in self._there]
        for package in todo:
            self._take(package)
        self._follow(package.depends for package in todo)

    def add_recommended(self) -> None:
        """Search from what the packages found recommend."""
        before = 0
        while before < len(self._found):
            before = len(self._found)
            self._wish()
            new = list(self._found.values())[before:]
            self._follow(package.depends for package in new)

    def _follow(self, groups: Iterable[tuple[Group, ...]]) -> None:
        """Take what packages depend on, and what that depends on."""
        met = self._met
        todo = [group for each in groups for group in each]
        while todo:
            following: list[Group] = []
            for group in todo:
                # it is nearly always the first that is met
                if group[0] in met or not met.isdisjoint(group):
                    continue
                package = self._first(group)
                if package is None:
                    self._missing["|".join(group)] = None
                else:
                    self._take(package)
                    following += package.depends
            todo = following

    def _wish(self) -> None:
        """Take what the packages found recommend, where that is to be had."""
        wished = [group for package in self._found.values() for group in package.recommends]
        for group in wished:
            package = self._first(group) if self._met.isdisjoint(group) else None
            if package is not None:
                self._take(package)

    def _first(self, group: Group) -> Package | None:
        """Return the first of several that is to be had."""
        for name in group:
            package = self._package(name)
            if package is None:
                package = self._provider(name)
            elif name in self._refused:
                continue
            if package is not None:
                return package
        return None

    def _provider(self, name: str) -> Package | None:
        """Return the best package that provides a virtual one; None where each conflicts with
        another.
        """
        found = map(self._package, self._packages.providers(name))
        able = [each for each in found if each and each.name not in self._refused]
        able.sort(key=lambda each: each.name, reverse=True)
        return min(able, key=lambda each: PRIORITIES.index(each.priority), default=None)

    def _take(self, package: Package) -> None:
        name, provides, conflicts = package.name, package.provides, package.conflicts
        self._found[name] = package
        self._met.add(name)
        if provides:
            self._met.update(provides)
        if conflicts:
            self._refused |= {*conflicts} - self._met


@lru_cache(maxsize=64)
def _met(packages: Packages, there: frozenset[str]) -> frozenset[str]:
    """Return the names of packages that are there, and of what they provide."""
    known = filter(None, map(packages.package, there))
    return there.union(*map(_provides, known))


def minimal(packages: Packages, names: Iterable[str]) -> frozenset[str]:
    """Return what a minimal system holds: `names` (essential and required packages), apt, and all
    that they need.
    """
    return AptIndex(packages).closure((*names, "apt")).names


def read_packages(data: bytes) -> Iterator[Package]:
    """Yield the packages of a `Packages` file: plain, or compressed by gzip, xz or bzip2.

    Raises ValueError where it is none.
    """
    text = _unpacked(data).decode("utf-8", "replace")
    for stanza in text.split("\n\n"):
        if stanza.strip():
            yield _package(_fields(stanza))


def _unpacked(data: bytes) -> bytes:
    try:
        if data.startswith(b"\x1f\x8b"):
            import gzip

            return gzip.decompress(data)
        if data.startswith(b"\xfd7zXZ"):
            import lzma

            return lzma.decompress(data)
        if data.startswith(b"BZh"):
            import bz2

            return bz2.decompress(data)
    except (OSError, EOFError, ArithmeticError) as error:
        raise ValueError(f"not a whole index: {error}") from error
    except Exception as error:
        if type(error).__name__ not in {"LZMAError", "error"}:
            raise
        raise ValueError(f"not a whole index: {error}") from error
    return data


def _fields(stanza: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in stanza.split("\n"):
        key, colon, value = line.partition(":")
        if colon and key in _FIELDS:
            fields[key] = value.strip()
    return fields


def _package(fields: Mapping[str, str]) -> Package:
    try:
        name, size = fields["Package"], int(fields["Size"])
        installed = int(fields.get("Installed-Size") or 0)
    except (KeyError, ValueError) as error:
        raise ValueError(f"not a package index: {error}") from error
    needs = ", ".join(filter(None, (fields.get("Pre-Depends"), fields.get("Depends"))))
    priority = fields.get("Priority", "optional")
    return Package(
        name=name,
        archive=size,
        installed=installed,
        depends=tuple(dict.fromkeys(_groups(needs))),
        recommends=tuple(dict.fromkeys(_groups(fields.get("Recommends", "")))),
        provides=tuple(dict.fromkeys(group[0] for group in _groups(fields.get("Provides", "")))),
        conflicts=tuple(dict.fromkeys(_always(fields.get("Conflicts", "")))),
        priority=priority if priority in PRIORITIES else "optional",
        essential=fields.get("Essential") == "yes",
        section=fields.get("Section", ""),
        version=fields.get("Version", ""),
    )


def _groups(text: str) -> Iterator[Group]:
    for relation in filter(None, map(str.strip, text.split(","))):
        names = tuple(match[1] for each in relation.split("|") if (match := _RELATION.match(each)))
        if names:
            yield names


def _always(text: str) -> Iterator[str]:
    """Yield what a field names whatever the version."""
    return (
        relation.strip() for relation in text.split(",") if relation.strip() and "(" not in relation
    )


def is_newer(one: str, other: str) -> bool:
    """Tell whether a Debian version comes after another (deb-version(7))."""
    return _sortable(one) > _sortable(other)


def _sortable(version: str) -> tuple[object, ...]:
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, dash, revision = rest.rpartition("-")
    if not dash:
        upstream, revision = rest, ""
    return int(epoch) if epoch.isdigit() else 0, _parts(upstream), _parts(revision)


def _parts(text: str) -> tuple[tuple[tuple[int, ...], int], ...]:
    """Split into pairs of what is no digit and a number; `~` comes before the end, letters before
    all else.
    """
    pairs = _PAIR.findall(text)
    return tuple(
        (tuple(map(_order, (*letters, ""))), int(digits or 0)) for letters, digits in pairs
    )


def _order(letter: str) -> int:
    match letter:
        case "~":
            return -1
        case "":
            return 0
        case _:
            return ord(letter) if letter.isalpha() else ord(letter) + 256


_PAIR = regex(r"([^0-9]*)([0-9]*)")
