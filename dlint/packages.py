"""What a source of packages' sizes is asked, and what it answers.

A source answers `dlint_package_sizes(request, settings)`, a hook of which the first answer counts:
a plugin brings a company's index so. It returns None where the request's ecosystem is not its own,
and an Answer otherwise, also where it found nothing: then every package is among the missing, with
the reason. It raises DlintError only where the request itself makes no sense.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from dlint.findings import Basis, Size
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

MOST_BYTES = 1 << 40  # a package of more is a slip of whoever wrote the index


class Origin(StrEnum):
    """Who named an index."""

    USER = "user"  # the user's clients and their configuration, outside of the checked repository
    REPOSITORY = "repository"  # a Dockerfile, or a file of the build context


class Index(NamedTuple):
    """Where an index is served: an address without user and password, and what opens it for whom it
    belongs to.

    `suite` is what follows the address in a `deb` line, a suite and its components.
    `authorization` is a header's value, sent to the address's own scheme, host and port alone; one
    that the repository named has none. `certificate` names a file of authorities, empty for the
    system's.
    """

    url: str
    origin: Origin = Origin.USER
    authorization: str = ""
    certificate: str = ""
    suite: str = ""

    def __repr__(self) -> str:
        return f"Index(url={self.url!r}, origin={self.origin!r})"


class Base(NamedTuple):
    """What the stage's base holds that decides which archives are taken, as far as that is known.

    `python` is "3.11"; `architecture` as in a platform (`amd64`); `libc` is `glibc` or `musl` with
    its `(2, 36)`; `packages` those that are installed already, with all that they need.
    `distribution` and `release` are `debian` and `bookworm`, `alpine` and `3.20`, or `fedora` and
    `42`; `slim` tells that dpkg leaves out documents, manuals and translations. `holds_more` tells
    that nobody knows which packages are there besides `packages`.
    """

    python: str = ""
    architecture: str = "amd64"
    libc: str = "glibc"
    libc_version: tuple[int, int] = (2, 36)
    packages: frozenset[str] = frozenset()
    distribution: str = ""
    release: str = ""
    slim: bool = False
    holds_more: bool = False


class Locked(NamedTuple):
    """One package that a lock file names: its version, and what else it says.

    `archive_bytes` is the size of what is downloaded, None where the lock file does not tell;
    `filename` its name; `why` says for what reason no size can be known (a git repository, a
    folder); `url` where the archive is, where that is in no index of the user's. `conditional`
    packages are installed on some platforms alone, which the lock file does
    not name.
    """

    name: str
    version: str
    archive_bytes: int | None = None
    filename: str = ""
    why: str = ""
    conditional: bool = False
    url: str = ""


class SizeRequest(NamedTuple):
    """What is to be sized: one command's packages, of one ecosystem (`pypi`, `npm`, `apk`, `rpm`,
    `download`, ...).

    `specs` are what a command or list names, in the ecosystem's own words (`flask[async]>=3`,
    `express@4`, an address); they are resolved, with all that they need. `locked` are what a lock
    file names already: nothing is added to those. `indexes` are those that the repository names,
    beside the user's own or, where it says so, `instead` of them. `bytecode` tells whether the
    installer compiles Python's modules, `recommends` whether apt takes what packages recommend.
    `constraints` limit the versions of whatever comes along; `alone` tells that nothing does: what
    is named is installed without what it needs.
    """

    ecosystem: str
    specs: tuple[str, ...] = ()
    locked: tuple[Locked, ...] = ()
    base: Base = Base()
    indexes: tuple[Index, ...] = ()
    instead: bool = False
    bytecode: bool = False
    recommends: bool = False
    constraints: tuple[str, ...] = ()
    alone: bool = False


class OnlineSettings(NamedTuple):
    """How the network may be used.

    `online` is off unless the user asked. `hosts` (`host[:port]`) are those of the repository's
    that the user's own settings allow by name, `indexes` the addresses of distributions' packages
    that they name (`debian`, `alpine`). `root` is the checked repository: no program in it
    is run. `deadline` counts seconds for one request with its redirects and retries; `threads` how
    many requests run at a time. `cache` is dlint's folder for what may be deleted, None for the
    user's. `progress` is told how many of how many questions are answered. `kept` lets answers of
    earlier runs stand, of whatever day, where nobody is asked.
    """

    online: bool = False
    kept: bool = False
    hosts: tuple[str, ...] = ()
    indexes: tuple[tuple[str, str], ...] = ()
    root: Path | None = None
    deadline: float = 60.0
    threads: int = 8
    cache: Path | None = None
    progress: Callable[[int, int], None] | None = None


class PackageSize(NamedTuple):
    """What one package weighs, in bytes; None is unknown.

    `archive_bytes`: its archive as downloaded (compressed). `layer_bytes`: what it adds to a gzip
    layer, a model's.
    `installed_bytes`: its files. `needs`: names of packages, where the source tells.
    `least_bytes`: what it adds at the least, where `layer_bytes` is an estimate that may be too
    high.
    """

    name: str
    version: str = ""
    archive_bytes: int | None = None
    layer_bytes: int | None = None
    installed_bytes: int | None = None
    needs: tuple[str, ...] = ()
    least_bytes: int | None = None


class Missing(NamedTuple):
    """What an answer lacks, and why; `name` is empty where it is not known what is missing."""

    name: str
    why: str


class Provenance(NamedTuple):
    """Where sizes come from: `source` in words, `as_of` a day (ISO 8601), and how far they can be
    trusted.
    """

    source: str
    as_of: str
    basis: Basis = Basis.MODELLED

    def __str__(self) -> str:
        return f"{self.source}, {self.as_of}" if self.as_of else self.source


class Answer(NamedTuple):
    """Sizes, where they come from, and what is missing. Not complete while anything is missing."""

    sizes: tuple[PackageSize, ...]
    provenance: Provenance
    missing: tuple[Missing, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether all that was asked for is there."""
        return not self.missing

    @property
    def archive_bytes(self) -> int | None:
        """Bytes that are downloaded; None unless all are known."""
        return self._sum(each.archive_bytes for each in self.sizes)

    @property
    def layer_bytes(self) -> int | None:
        """Bytes that the layer takes up; None unless all are known."""
        return self._sum(each.layer_bytes for each in self.sizes)

    @property
    def at_least(self) -> int:
        """Bytes of the layer that are known: a lower bound."""
        told = (
            each.layer_bytes if each.least_bytes is None else each.least_bytes
            for each in self.sizes
        )
        return sum(filter(None, told))

    def without(self, there: Answer | None) -> Answer:
        """Return the same without packages that are there already, in the same version."""
        if there is None:
            return self
        same = {(each.name, each.version) for each in there.sizes}
        left = tuple(each for each in self.sizes if (each.name, each.version) not in same)
        lost = tuple(each for each in self.missing if each not in there.missing)
        return self._replace(sizes=left, missing=lost)

    @property
    def size(self) -> Size:
        """The bytes of the layer, and where they come from."""
        known = sum(each.layer_bytes or 0 for each in self.sizes)
        told = self._told({each.name: each.layer_bytes for each in self.sizes}, known)
        return told._replace(slack=known - self.at_least)

    @property
    def archive_size(self) -> Size:
        """The bytes that are downloaded, and where they come from."""
        told = {each.name: each.archive_bytes for each in self.sizes}
        return self._told(told, sum(each.archive_bytes or 0 for each in self.sizes))

    def _told(self, by_name: Mapping[str, int | None], count: int) -> Size:
        lost = (f"{each.name}: {each.why}" if each.name else each.why for each in self.missing)
        unsized = (name for name, told in by_name.items() if told is None)
        missing = tuple(dict.fromkeys((*lost, *unsized)))
        known = count or not missing
        basis = self.provenance.basis if known else Basis.UNKNOWN
        return Size(count, basis, missing, (str(self.provenance),) if known else ())

    @property
    def basis(self) -> Basis:
        """How far the sums can be trusted."""
        return self.provenance.basis if self.layer_bytes is not None else Basis.UNKNOWN

    def _sum(self, of: Iterable[int | None]) -> int | None:
        known = list(of)
        return None if self.missing or None in known else sum(filter(None, known))


class Asker(Protocol):
    """Whom a build asks what packages weigh."""

    def __call__(self, request: SizeRequest, root: Path | None) -> Answer | None:
        """Return what the packages of `request` weigh, None where nobody knows anything of them.

        No program below `root`, the checked repository, is run.
        """


def read_size(value: object) -> int | None:
    """Return a size that an index or a header tells, None where it is none that can be true."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:  # noqa: PLR2004  64 bits
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 < value <= MOST_BYTES else None
