"""Apt's repositories: the indexes of a release of Debian or Ubuntu, and those of `deb` lines.

Where a distribution's packages are, the user's own settings tell, else the sources of apt on this
machine. Indexes are read as they are served, their digests held against their release's; signatures
are not verified. Measured against Debian's own; Ubuntu's are of the same format.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, ClassVar

from dlint.errors import DlintError
from dlint.findings import Basis
from dlint.packages import Answer, Index, Missing, Origin, PackageSize, Provenance
from dlint.sizes import apt
from dlint.sizes.indexes.apt import AptIndex, Index as Packages, Layered, read_packages
from dlint.sizes.indexes.table import RELEASES, debian
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.packages import Base, OnlineSettings, SizeRequest
    from dlint.sizes.indexes.apt import Package
    from dlint.sizes.indexes.http import Client

SOURCES = (Path("/etc/apt/sources.list"), Path("/etc/apt/sources.list.d"))
COMPONENTS = {"debian": ("main",), "ubuntu": ("main", "universe")}
LIMIT = 1 << 28  # bytes of an index, packed
URI = re.compile(r"\bhttps?://[^\s\"']+")
DIGEST = re.compile(r"^ ([0-9a-f]{64})\s+(\d+)\s+(\S+)$", re.MULTILINE)
PACKED = ("Packages.xz", "Packages.gz")
RECORDS = "dpkg's records"  # what dpkg and apt store again of all that is installed


class Suite(NamedTuple):
    """A suite of a repository, and its components."""

    source: Index
    name: str
    components: tuple[str, ...]


def package_sizes(request: SizeRequest, settings: OnlineSettings) -> Answer:
    """Return what apt's packages weigh, with all that they need and the base has not."""
    base = request.base
    provenance = Provenance(
        f"the package index of {base.distribution.title()}", datetime.now(UTC).date().isoformat()
    )
    try:
        packages, failed = _packages(request, settings)
    except DlintError as error:
        return Answer((), provenance, tuple(Missing(name, error.message) for name in request.specs))
    found = AptIndex(packages).closure(
        request.specs, recommends=request.recommends, there=base.packages
    )
    sizes = [_size(each, base) for each in found.packages]
    records = apt.records_bytes(len(base.packages), found.packages)
    sizes.append(PackageSize(RECORDS, "", 0, records))
    why = "; ".join(failed) or "no index of its repositories has it"
    missing = tuple(Missing(name, why) for name in found.missing)
    measured = base.release in RELEASES and base.architecture == "amd64"
    basis = Basis.MODELLED if measured else Basis.GUESSED
    return Answer(tuple(sizes), provenance._replace(basis=basis), missing)


def _size(package: Package, base: Base) -> PackageSize:
    """Return what a package weighs: as one of its name was measured, by its archive's bytes."""
    weight = apt.weight(_measured(package, base), slim=base.slim)
    return PackageSize(
        package.name, package.version, package.archive, weight, package.installed << 10
    )


def _measured(package: Package, base: Base) -> Package:
    name = apt.NEAREST.get(base.release, base.release)
    known = debian(name).package(package.name) if name in RELEASES else None
    if known is None:
        return package
    share = package.archive / known.archive
    full, slim = (each and round(each * share) for each in (known.full, known.slim))
    return package._replace(full=full, slim=slim)


def _packages(request: SizeRequest, settings: OnlineSettings) -> tuple[Layered, list[str]]:
    """Return the packages of all suites, and why those that the repository names are not among
    them; raises DlintError where the user's own are not.
    """
    from dlint.sizes.indexes.http import Client

    with Client(settings) as client:
        suites = [*_named(request), *_own(request.base, settings)]
        architecture = request.base.architecture.partition("/")[0]
        found = client.each(lambda suite: _Indexes.of(client, suite, architecture), suites)
    failed = []
    for suite, each in zip(suites, found, strict=True):
        if isinstance(each, DlintError):
            if suite.source.origin is Origin.USER:
                raise each
            failed.append(each.message)
    return Layered(*(each for each in found if isinstance(each, Packages))), failed


def _named(request: SizeRequest) -> Iterator[Suite]:
    """Yield the suites of `deb` lines."""
    for index in request.indexes:
        name, *components = index.suite.split()
        yield Suite(index, name, tuple(components))


def _own(base: Base, settings: OnlineSettings) -> Iterator[Suite]:
    """Yield the suites of a release: its updates first, then itself. Raises DlintError."""
    place = dict(settings.indexes).get(base.distribution) or _of_this_machine(base.distribution)
    if not place:
        raise DlintError(
            f"where the packages of {base.distribution or 'the base'} are is not known",
            f'Tell it in your own configuration: indexes.{base.distribution} = "https://…"',
        )
    index, components = Index(place.rstrip("/")), COMPONENTS[base.distribution]
    for pocket in ("-updates", ""):
        yield Suite(index, f"{base.release}{pocket}", components)


def _of_this_machine(distribution: str) -> str:
    """Return the address of a distribution's packages in the sources of apt on this machine."""
    if not distribution:
        return ""
    single, folder = SOURCES
    files = [single, *sorted(folder.glob("*.list")), *sorted(folder.glob("*.sources"))]
    lines = [line for file in files for line in _lines(file)]
    found = (match[0].rstrip("/") for line in lines for match in URI.finditer(line))
    return next((each for each in found if each.endswith(f"/{distribution}")), "")


def _lines(file: Path) -> list[str]:
    try:
        text = file.read_text("utf-8", "replace")
    except OSError:
        return []
    return [line for line in text.splitlines() if not line.lstrip().startswith("#")]


class _Indexes:
    """Indexes that this run has read: one takes seconds."""

    _lock = Lock()
    _known: ClassVar[dict[tuple[str, str, str], Packages]] = {}

    @classmethod
    def of(cls, client: Client, suite: Suite, architecture: str) -> Packages:
        """Return the packages of a suite; raises DlintError."""
        key = (suite.source.url, f"{suite.name} {suite.components}", architecture)
        client.check(suite.source.url, suite.source)
        with cls._lock:
            if key not in cls._known:
                cls._known[key] = Packages(_read(client, suite, architecture))
            return cls._known[key]


def _read(client: Client, suite: Suite, architecture: str) -> Iterator[Package]:
    """Yield the packages of a suite's components; of a flat repository (`./`) all. Raises
    DlintError.
    """
    flat = suite.name.endswith("/")
    place = f"{suite.source.url}/{suite.name.strip('./')}" if flat else _suite_url(suite)
    digests = _digests(client, suite, place.rstrip("/"))
    folders = [f"{each}/binary-{architecture}/" for each in suite.components] or [""]
    for folder in folders:
        name = next((folder + each for each in PACKED if folder + each in digests), "")
        if not name:
            raise DlintError(f"{suite.source.url}: {suite.name} has no index for {architecture}")
        body = client.get(f"{place.rstrip('/')}/{name}", suite.source, limit=LIMIT).body
        if hashlib.sha256(body).hexdigest() != digests[name]:
            raise DlintError(
                f"{suite.source.url}: has an index of another digest than it says",
                "Try again: it may be changing.",
            )
        try:
            yield from read_packages(body)
        except ValueError as error:
            raise DlintError(f"{suite.source.url}: {error}") from None


def _suite_url(suite: Suite) -> str:
    return f"{suite.source.url}/dists/{suite.name}"


def _digests(client: Client, suite: Suite, place: str) -> dict[str, str]:
    """Return the SHA-256 digests of a suite's files by their names."""
    body = client.get(f"{place}/InRelease", suite.source).body
    text = body.decode("utf-8", "replace").partition("SHA256:")[2]
    return {name: digest for digest, _, name in DIGEST.findall(text)}
