"""conda's channels: what lock files and repodata.json say of packages' sizes.

Not measured against a real channel, which the machine where this was written does not reach. Only
packages that a lock file names are sized: what conda would choose takes its own solver. What they
add to a layer stays unknown, since their archives are packed in another way; their bytes are what
is downloaded.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dlint.errors import DlintError
from dlint.findings import Basis
from dlint.images.manifest import read_object
from dlint.packages import Answer, Locked, Missing, PackageSize, Provenance, read_size
from dlint.sizes.indexes.pylocks import Lock
from dlint.sizes.indexes.yamls import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlint.packages import OnlineSettings, SizeRequest

LIMIT = 1 << 29  # bytes of a channel's repodata.json, as unpacked
ENDS = (".conda", ".tar.bz2")
SUBDIRS = {
    "amd64": "linux-64",
    "arm64": "linux-aarch64",
    "ppc64le": "linux-ppc64le",
    "386": "linux-32",
}
UNSIZED = "neither the lock file nor the channel tells its size"


def package_sizes(request: SizeRequest, settings: OnlineSettings) -> Answer:
    """Return what conda's packages weigh. `request.indexes` are channels' addresses."""
    missing = [
        Missing(spec, "what conda chooses for a name is not known without a lock file")
        for spec in request.specs
    ]
    known: dict[str, int] = {}
    as_of = ""
    if settings.online and any(each.archive_bytes is None for each in request.locked):
        as_of = datetime.now(UTC).date().isoformat()
        try:
            known = _channels(request, settings)
        except DlintError as error:
            missing.append(Missing("", error.message))
    found = [
        each._replace(archive_bytes=each.archive_bytes or known.get(each.filename))
        for each in request.locked
    ]
    missing += [
        Missing(each.name, each.why or UNSIZED) for each in found if each.archive_bytes is None
    ]
    sizes = [
        PackageSize(each.name, each.version, each.archive_bytes)
        for each in found
        if each.archive_bytes
    ]
    return Answer(
        tuple(sizes),
        Provenance("the lock file and conda's channels", as_of, Basis.MODELLED),
        tuple(missing),
    )


def _channels(request: SizeRequest, settings: OnlineSettings) -> dict[str, int]:
    from dlint.sizes.indexes.http import Client

    known: dict[str, int] = {}
    with Client(settings) as client:
        for index in request.indexes:
            for subdir in (SUBDIRS.get(request.base.architecture, "linux-64"), "noarch"):
                url = f"{index.url.rstrip('/')}/{subdir}/repodata.json"
                known |= read_repodata(client.get(url, index, limit=LIMIT).body, url)
    return known


def read_repodata(data: bytes, where: str) -> dict[str, int]:
    """Return the bytes of each archive of a channel's folder, by file name; raises DlintError."""
    content = read_object(data, where)
    tables = (content.get(name) for name in ("packages", "packages.conda"))
    entries = (pair for table in tables if isinstance(table, dict) for pair in table.items())
    sizes = (
        (name, read_size(each.get("size"))) for name, each in entries if isinstance(each, dict)
    )
    return {name: size for name, size in sizes if size is not None}


def read_conda_lock(name: str, text: str, architecture: str = "amd64") -> Lock:
    """Read pixi.lock (which holds sizes), conda-lock.yml or an explicit list; raises DlintError."""
    subdir = SUBDIRS.get(architecture, "")
    if name.endswith((".yml", ".yaml", "pixi.lock")):
        return Lock(tuple(_from_yaml(name, text, subdir)))
    lines = (line.strip().partition("#")[0] for line in text.splitlines())
    return Lock(tuple(_of_archive(line) for line in lines if line.endswith(ENDS)))


def _from_yaml(name: str, text: str, subdir: str) -> Iterator[Locked]:
    try:
        lock = read_yaml(text)
        entries = [
            each
            for each in lock["package" if "package" in lock else "packages"]
            if isinstance(each, dict)
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise DlintError(f"{name}: cannot be read: {str(error)[:200]}") from None
    yield from (_of_archive(_place(each), each) for each in entries if _is_for(each, subdir))


def _is_for(entry: Mapping[str, Any], subdir: str) -> bool:
    platform = entry.get("platform")
    place = _place(entry)
    here = (
        platform == subdir if platform else any(f"/{each}/" in place for each in (subdir, "noarch"))
    )
    return here and place.endswith(ENDS)


def _place(entry: Mapping[str, Any]) -> str:
    return str(entry.get("url") or entry.get("conda") or "")


def _of_archive(place: str, entry: Mapping[str, Any] | None = None) -> Locked:
    """Read `name-version-build.conda`."""
    filename = place.rpartition("/")[2]
    stem = next((filename.removesuffix(end) for end in ENDS if filename.endswith(end)), filename)
    name, version = (*stem.rsplit("-", 2), "")[:2]
    return Locked(name, version, read_size((entry or {}).get("size")), filename)
