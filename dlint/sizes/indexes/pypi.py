"""Python's packages: from names or a lock file to wheels, their sizes and what they add to a layer.

Names are resolved by the user's uv, else pip, in a dry run that builds nothing and runs nothing of
a package: what has no wheel stays unknown. Sizes are those of the index's JSON API (PEP 691, `size`
of PEP 700), where it has none those of a HEAD request; the wheel's directory, read by range, tells
its files. Measured against the real index.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote, urljoin

from packaging.pylock import Pylock, PylockValidationError
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from dlint.errors import DlintError
from dlint.findings import Basis
from dlint.images.manifest import read_object
from dlint.manifests import Target
from dlint.manifests.markers import holds
from dlint.packages import (
    Answer,
    Index,
    Missing,
    Origin,
    PackageSize,
    Provenance,
    read_size,
)
from dlint.sizes.indexes.clients import python_clients, run
from dlint.sizes.indexes.wheels import (
    best,
    layer_bytes,
    least_layer_bytes,
    machine,
    read_contents,
    tags,
    version_of,
)
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from dlint.packages import Base, OnlineSettings, SizeRequest
    from dlint.sizes.indexes.clients import Done, PythonClients
    from dlint.sizes.indexes.http import Client
    from dlint.sizes.indexes.wheels import Contents

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
# What uv calls platforms of glibc 2.x; it knows no others.
UV_GLIBC = (17, 28, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40)
UV_MACHINES = {"x86_64", "aarch64"}
SOURCE_ONLY = "has no wheel for this base: what its own build makes is not known"
NO_PACKAGE = "the index has no such package"
NO_WHEEL = "the index has no wheel of this version for this base"
OVERRIDES = "overrides.txt"
CONSTRAINTS = "constraints.txt"
MOST_UNBUILT = 20
_UNBUILT = regex(r"([A-Za-z0-9][\w.-]*)(?:[<>=!~]=?\S+)? ha(?:s|ve) no usable wheels")
OFFLINE = "the lock file does not tell its size, and no index was asked (--online)"


class Archive(NamedTuple):
    """A wheel as an index lists it: `size` in bytes where it tells, and the index that named it."""

    filename: str
    url: str
    source: Index
    size: int | None = None
    requires: str = ""


class Found(NamedTuple):
    """A package that is installed, with its wheel where the resolver tells, and what a lock file
    says of its size.
    """

    name: str
    version: str
    archive: Archive | None = None
    why: str = ""
    filename: str = ""
    size: int | None = None
    url: str = ""


def package_sizes(request: SizeRequest, settings: OnlineSettings) -> Answer:
    """Return what Python's packages weigh."""
    from dlint.sizes.indexes.http import Client

    provenance = Provenance("the index of Python packages", datetime.now(UTC).date().isoformat())
    try:
        clients = python_clients(settings.root)
        request = _with_others(request, clients)
        tags(request.base)
        with Client(settings) as client:
            found, missing = _resolved(request, clients, client)
            found = [
                each for each in found if canonicalize_name(each.name) not in request.base.packages
            ]
            sizer = Sizer(client, _indexes(clients, request), request)
            answers = client.each(sizer.size, found)
    except DlintError as error:
        names = [*request.specs, *(each.name for each in request.locked)]
        return Answer((), provenance, tuple(Missing(name, error.message) for name in names))
    sizes = tuple(each for each in answers if isinstance(each, PackageSize))
    lost = tuple(
        Missing(each.name, answer.message)
        for each, answer in zip(found, answers, strict=True)
        if isinstance(answer, DlintError)
    )
    modelled = all(each.installed_bytes is not None for each in sizes)
    basis = Basis.MODELLED if modelled else Basis.GUESSED
    return Answer(sizes, provenance._replace(basis=basis), (*missing, *lost))


def _with_others(request: SizeRequest, clients: PythonClients) -> SizeRequest:
    """Leave out those indexes that the repository names which are the user's own."""
    own = {each.url for each in (clients.default, *clients.more)}
    others = tuple(each for each in request.indexes if each.url not in own)
    instead = request.instead and request.indexes[:1] == others[:1]
    return request._replace(indexes=others, instead=instead)


def _indexes(clients: PythonClients, request: SizeRequest) -> tuple[Index, ...]:
    own = () if request.instead else (clients.default, *clients.more)
    return (*own, *request.indexes)


def offline_sizes(request: SizeRequest) -> Answer:
    """Return what the lock file's own sizes come to, without any network."""
    known = [each for each in request.locked if each.archive_bytes is not None and not each.why]
    sizes = tuple(
        PackageSize(
            each.name,
            each.version,
            each.archive_bytes,
            layer_bytes(each.filename, each.archive_bytes or 0, None, bytecode=request.bytecode),
            least_bytes=least_layer_bytes(each.archive_bytes or 0, None),
        )
        for each in known
    )
    missing = [
        Missing(each.name, each.why or OFFLINE) for each in request.locked if each not in known
    ]
    missing += [Missing(spec, "no index was asked (--online)") for spec in request.specs]
    return Answer(sizes, Provenance("the lock file", "", Basis.GUESSED), tuple(missing))


class Sizer:
    """Looks packages up in indexes, for one request."""

    def __init__(self, client: Client, indexes: Sequence[Index], request: SizeRequest) -> None:
        self._client = client
        self._indexes = indexes
        self._base = request.base
        self._bytecode = request.bytecode

    def size(self, package: Found) -> PackageSize:
        """Return what a package weighs; raises DlintError where that cannot be known."""
        if package.why:
            raise DlintError(package.why)
        archive, size = self._located(package)
        if size is None:
            raise DlintError("the index does not tell its size")
        contents = self._contents(archive) if archive.url else None
        size = contents.archive if contents else size  # what the file's own server says counts
        layer = layer_bytes(archive.filename, size, contents, bytecode=self._bytecode)
        return PackageSize(
            package.name,
            package.version,
            size,
            layer,
            contents and contents.unpacked,
            least_bytes=least_layer_bytes(size, contents),
        )

    def _located(self, package: Found) -> tuple[Archive, int | None]:
        """Return a package's wheel and its bytes, as an index tells them, else the lock file, else
        the place that the lock file names; raises DlintError.
        """
        try:
            archive = package.archive or self._archive(package)
            return archive, archive.size or self._client.length(archive.url, archive.source)
        except DlintError:
            if package.size is not None:
                return Archive(package.filename, "", self._indexes[0]), package.size
            if not package.url:
                raise
        elsewhere = Archive(package.filename, package.url, Index(package.url, Origin.REPOSITORY))
        return elsewhere, self._client.length(package.url, elsewhere.source)

    def _archive(self, package: Found) -> Archive:
        """Return the wheel of a version that the base takes; raises DlintError."""
        listed = [each for index in self._indexes for each in self._page(index, package.name)]
        fitting = {
            each.filename: each for each in listed if each.url and self._fits(each, package.version)
        }
        chosen = best(fitting, self._base)
        if chosen is None:
            raise DlintError(self._lacking(package.version, listed))
        return fitting[chosen]

    def _lacking(self, version: str, listed: Sequence[Archive]) -> str:
        """Say what indexes lack: the name, the version, or a wheel for the base."""
        if not listed:
            return NO_PACKAGE
        return NO_WHEEL if version in _versions(listed) else f"the index has no version {version}"

    def explain(self, asked: Requirement, failure: str) -> str:
        """Say why a name cannot be had: by the index, as far as that tells, else by `failure`."""
        listed = [each for index in self._indexes for each in self._page(index, asked.name)]
        if not listed:
            return NO_PACKAGE
        if not any(asked.specifier.contains(each) for each in _versions(listed)):
            return f"the index has no version {asked.specifier}"
        return failure

    def _fits(self, archive: Archive, version: str) -> bool:
        try:
            own = parse_wheel_filename(archive.filename)[1]
            python = ".".join(map(str, version_of(self._base)))
            return own == Version(version) and f"{python}.99" in SpecifierSet(archive.requires)
        except (InvalidWheelFilename, InvalidVersion, InvalidSpecifier):
            return False

    def _page(self, index: Index, name: str) -> list[Archive]:
        """Return all archives that an index lists for a name; none where it knows no such name.
        Raises DlintError.
        """
        from dlint.sizes.indexes.http import RefusedError

        url = f"{index.url}/{canonicalize_name(name)}/"
        try:
            reply = self._client.get(url, index, accept=f"{JSON}, {HTML}")
        except RefusedError as error:
            if error.status == 404:  # noqa: PLR2004  HTTP's "not found"
                return []
            raise
        if "json" in reply.headers.get("Content-Type", ""):
            return list(_listed(read_object(reply.body, index.url), url, index))
        return list(_anchored(reply.body.decode("utf-8", "replace"), url, index))

    def _contents(self, archive: Archive) -> Contents | None:
        """Read a wheel's directory; None where its server does not let us."""
        try:
            return read_contents(
                lambda which, limit: self._client.part(archive.url, archive.source, which, limit),
            )
        except DlintError:
            return None


def _versions(archives: Iterable[Archive]) -> set[str]:
    """Return the versions of archives, wheels and others, as indexes write them."""
    found = set()
    for each in archives:
        try:
            is_wheel = each.filename.endswith(".whl")
            read = parse_wheel_filename if is_wheel else parse_sdist_filename
            found.add(str(read(each.filename)[1]))
        except (InvalidWheelFilename, InvalidSdistFilename):
            continue
    return found


def _listed(page: dict[str, Any], url: str, index: Index) -> Iterator[Archive]:
    files = page.get("files")
    for each in files if isinstance(files, list) else ():
        match each:
            case {"filename": str(filename), "url": str(place)}:
                requires = each.get("requires-python")
                yield Archive(
                    filename,
                    _joined(url, place),
                    index,
                    read_size(each.get("size")),
                    requires if isinstance(requires, str) else "",
                )


def _anchored(page: str, url: str, index: Index) -> Iterator[Archive]:
    """Read a page for people (PEP 503), which tells no sizes."""
    links = _Links()
    links.feed(page)
    for place, requires in links.found:
        where = _joined(url, place)
        yield Archive(unquote(where.rpartition("/")[2]), where, index, None, requires)


def _joined(page: str, place: str) -> str:
    """Return the address that a page links to, empty where it is none."""
    try:
        return urljoin(page, place).partition("#")[0]
    except ValueError:
        return ""


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "a" and (place := told.get("href")):
            self.found.append((place, told.get("data-requires-python") or ""))


def _resolved(
    request: SizeRequest, clients: PythonClients, client: Client
) -> tuple[list[Found], list[Missing]]:
    """Return the packages that are installed, and what could not be found out about them; raises
    DlintError.
    """
    found = [
        Found(each.name, each.version, None, each.why, each.filename, each.archive_bytes, each.url)
        for each in request.locked
    ]
    told = [read_requirement(spec, request.base) for spec in request.specs]
    asked = [each for each in told if isinstance(each, Requirement)]
    missing = [each for each in told if isinstance(each, Missing)]
    if not asked:
        return found, missing
    for index in request.indexes:
        client.check(index.url, index)
    resolve = _resolver(clients, request.base)
    try:
        return [*found, *resolve(clients, asked, request)], missing
    except ResolverError:
        once, lost = _apart(resolve, clients, asked, request, client)
        return [*found, *once], [*missing, *lost]


def _apart(
    resolve: Resolver,
    clients: PythonClients,
    asked: Sequence[Requirement],
    request: SizeRequest,
    client: Client,
) -> tuple[list[Found], list[Missing]]:
    """Resolve each name by itself: one that cannot be had must not hide the others, all versions as
    they come.
    """
    sizer = Sizer(client, _indexes(clients, request), request)

    def alone(each: Requirement) -> list[Found]:
        try:
            return resolve(clients, [each], request)
        except ResolverError as error:
            raise DlintError(sizer.explain(each, error.message)) from None

    answers = client.each(alone, asked)
    found = {
        each.name: each
        for answer in answers
        if not isinstance(answer, DlintError)
        for each in answer
    }
    failures = zip(asked, answers, strict=True)
    lost = [
        Missing(each.name, error.message)
        for each, error in failures
        if isinstance(error, DlintError)
    ]
    return list(found.values()), lost or [Missing("", "the packages' versions do not fit together")]


Resolver: TypeAlias = "Callable[[PythonClients, Sequence[Requirement], SizeRequest], list[Found]]"


class ResolverError(DlintError):
    """A resolver found no answer."""


def _resolver(clients: PythonClients, base: Base) -> Resolver:
    uv_knows = machine(base) in UV_MACHINES and (
        base.libc == "musl" or base.libc_version[1] >= UV_GLIBC[0]
    )
    if clients.uv and uv_knows:
        return _by_uv
    if clients.pip:
        return _by_pip
    raise DlintError("neither uv nor pip is there to resolve names for this base")


def _by_uv(
    clients: PythonClients, asked: Sequence[Requirement], request: SizeRequest
) -> list[Found]:
    """Resolve by uv, which names each wheel and its size."""
    base = request.base
    name = machine(base)
    known = max((each for each in UV_GLIBC if each <= base.libc_version[1]), default=UV_GLIBC[0])
    platform = (
        f"{name}-unknown-linux-musl" if base.libc == "musl" else f"{name}-manylinux_2_{known}"
    )
    options = [
        "--quiet",
        "--no-build",
        "--no-sources",
        "--python-version",
        ".".join(map(str, version_of(base))),
    ]
    options += ["--no-deps"] if request.alone else []
    options += ["--constraints", CONSTRAINTS] if request.constraints else []
    options += [
        "--python-platform",
        platform,
        "--python",
        sys.executable,
        "--format",
        "pylock.toml",
    ]
    # The last index that uv is told of as the default one stands for the user's own.
    first = ["--default-index"] if request.instead else []
    for index in request.indexes:
        options += [first.pop() if first else "--index", index.url]
    if request.indexes:
        options += ["--index-strategy", "unsafe-best-match"]
    files = {CONSTRAINTS: _limits(request)}
    done, unbuilt = _compiled(clients, asked, options, _without_credentials(request), files)
    if done.code:
        raise ResolverError(f"uv finds no wheels for it: {_shortened(done.errors)}")
    import tomllib

    try:
        lock = Pylock.from_dict(tomllib.loads(done.output))
    except (ValueError, PylockValidationError) as error:
        raise DlintError(
            f"uv gave no pylock.toml that can be read ({error}): a newer uv may"
        ) from None
    found = [_of_pylock(each, _indexes(clients, request), base) for each in lock.packages]
    return found + [Found(name, "", why=SOURCE_ONLY) for name in unbuilt]


def _compiled(
    clients: PythonClients,
    asked: Sequence[Requirement],
    options: Sequence[str],
    without: Mapping[str, str],
    beside: Mapping[str, str],
) -> tuple[Done, list[str]]:
    """Let uv resolve names; what it would have to build is left out, with what that needs, and
    returned by name.
    """
    extra = {
        **clients.environment,
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_PROGRESS": "1",
        **without,
    }
    unbuilt: dict[str, None] = {}
    while True:
        # an override that never holds takes a package out, whoever asks for it
        overrides = "".join(f"{name} ; python_version < '0'\n" for name in unbuilt)
        files = {**beside, OVERRIDES: overrides}
        words = [*options, "--overrides", OVERRIDES, "-"]
        done = run(
            str(clients.uv), "pip", "compile", *words, text=_lines(asked), extra=extra, files=files
        )
        told = " ".join(done.errors.split())
        new = {canonicalize_name(name) for name in _UNBUILT.findall(told)} - unbuilt.keys()
        if not done.code or not new or len(unbuilt) > MOST_UNBUILT:
            return done, list(unbuilt)
        unbuilt |= dict.fromkeys(sorted(new))


def _of_pylock(package: Any, indexes: Sequence[Index], base: Base) -> Found:  # noqa: ANN401  packaging's Package
    wheels = {each.filename: each for each in package.wheels or ()}
    chosen = best(wheels, base)
    version = str(package.version or "")
    if chosen is None:
        return Found(package.name, version, None, SOURCE_ONLY)
    named = (package.index or "").rstrip("/")
    index = next((each for each in indexes if each.url == named), None)
    wheel = wheels[chosen]
    # uv does not say which of several indexes named an archive: then it is only of the user's where
    # all of them are.
    index = index or next(
        (each for each in indexes if each.origin is Origin.REPOSITORY), indexes[0]
    )
    return Found(
        package.name, version, Archive(chosen, wheel.url or "", index, read_size(wheel.size))
    )


def _by_pip(
    clients: PythonClients, asked: Sequence[Requirement], request: SizeRequest
) -> list[Found]:
    """Resolve by pip's dry run, whose report names versions."""
    major, minor = version_of(request.base)
    options = ["--dry-run", "--ignore-installed", "--only-binary=:all:", "--quiet", "--report", "-"]
    options += [
        "--target",
        "target",
        "--implementation",
        "cp",
        "--python-version",
        f"{major}.{minor}",
    ]
    options += [word for abi in (f"cp{major}{minor}", "abi3", "none") for word in ("--abi", abi)]
    platforms = dict.fromkeys(tag.platform for tag in tags(request.base))
    options += [
        word for platform in platforms for word in ("--platform", platform) if platform != "any"
    ]
    options += ["--no-deps"] if request.alone else []
    options += ["--constraint", CONSTRAINTS] if request.constraints else []
    first = ["--index-url"] if request.instead else []
    for index in request.indexes:
        options += [first.pop() if first else "--extra-index-url", index.url]
    extra = {**clients.environment, **_without_credentials(request)}
    files = {CONSTRAINTS: _limits(request)}
    words = [*options, "--", *map(str, asked)]
    done = run(str(clients.pip), "install", *words, extra=extra, files=files)
    if done.code:
        raise ResolverError(f"pip finds no wheels for it: {_shortened(done.errors)}")
    report = read_object(done.output.encode(), "pip's report")
    return [_of_report(each) for each in report.get("install", ())]


def _of_report(entry: dict[str, Any]) -> Found:
    match entry:
        case {"metadata": {"name": str(name), "version": str(version)}}:
            return Found(str(canonicalize_name(name)), version)
    raise DlintError("pip gave no report that can be read")


def _without_credentials(request: SizeRequest) -> dict[str, str]:
    """Return what keeps resolvers from looking for passwords, where the repository names indexes:
    what the user has for their hosts is not for whoever names them.
    """
    off = {"UV_KEYRING_PROVIDER": "disabled", "PIP_KEYRING_PROVIDER": "disabled"}
    return {"NETRC": os.devnull, **off} if request.indexes else {}


def read_requirement(line: str, base: Base) -> Requirement | Missing | None:
    """Return what a line asks an index for, without its marker; None where it asks for nothing
    here.

    Missing where it is no name: nothing but names and versions is handed to a resolver.
    """
    try:
        found = Requirement(line)
    except InvalidRequirement:
        return Missing(line[:100], "is no name of a package")
    if found.url:
        return Missing(found.name, "comes from no index")
    if found.marker and not holds(str(found.marker), target_of(base)):
        return None
    found.marker = None
    return found


def target_of(base: Base) -> Target:
    """Return a base as readers of manifests know it."""
    return Target(base.architecture, base.python, base.libc)


def _limits(request: SizeRequest) -> str:
    """Return what limits versions: names with versions, and nothing else."""
    told = (read_requirement(each, request.base) for each in request.constraints)
    return _lines(each for each in told if isinstance(each, Requirement) and not each.extras)


def _lines(asked: Iterable[Requirement]) -> str:
    return "".join(f"{each}\n" for each in asked)


def _shortened(errors: str) -> str:
    return " ".join(errors.split())[:300]
