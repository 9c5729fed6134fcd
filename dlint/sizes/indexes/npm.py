"""Node's packages: from names or a lock file to tarballs, their sizes and what they add to a layer.

Names are resolved by the user's own npm, which writes a lock file in an empty folder and runs no
script of a package. A tarball's size is what its registry says of it to a HEAD request. Measured
against the real registry.
"""

from __future__ import annotations

import json
import os
import re
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote, urljoin

from dlint.errors import DlintError
from dlint.images.manifest import read_object
from dlint.manifests import DEVELOPMENT, Platform, Selection, Target, read_manifest, selected
from dlint.manifests.loading import strings
from dlint.manifests.markers import fits
from dlint.packages import Answer, Locked, Missing, Origin, PackageSize, Provenance
from dlint.sizes.indexes.clients import node_indexes, run, which
from dlint.sizes.indexes.kept import Kept, Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dlint.packages import Base, Index, OnlineSettings, SizeRequest
    from dlint.sizes.indexes.clients import NodeIndexes
    from dlint.sizes.indexes.http import Client

# Layer bytes for a byte of tarball: the median of twelve installs of npm 11 (0.8 to 64 MB, 1 to 309
# packages), whose packages were unpacked into a gzip -6 layer; between 0.98 and 1.19
# (benchmarks/archives.py). Yarn 1 and pnpm 9 make the same of three of them, within 0.98 and 1.02.
LAYER = 1.018
PROCESSORS = {"amd64": "x64", "386": "ia32", "ppc64le": "ppc64"}
SPEC = re.compile(r"(?:@[a-z0-9~][\w.~-]*/)?[a-z0-9~][\w.~-]*(?:@[\w.^~<>=| *+-]*)?", re.IGNORECASE)
LOCK = "package-lock.json"
# What npm says of what is not there, which no second try brings.
FOR_GOOD = re.compile(r"code (?:E404|ENOVERSIONS|ERESOLVE|ETARGET)\b")
NO_GIT = "no-such-program"
FROM_GIT = "needs what comes from a git repository"
LOG = re.compile(r"npm error|A complete log of this run.*")
Resolved: TypeAlias = "tuple[Locked, ...]"
# What downloads a program when it is installed, each as its own README says: no registry tells how
# large that is.
FETCHING = frozenset(
    """
    @sentry/cli bcrypt better-sqlite3 canvas chromedriver cypress electron geckodriver grpc
    node-sass nodegit phantomjs phantomjs-prebuilt playwright-chromium playwright-firefox
    playwright-webkit puppeteer sqlite3
    """.split()
)
NAMELESS = "is no name of a package in a registry"


def package_sizes(request: SizeRequest, settings: OnlineSettings) -> Answer:
    """Return what Node's packages weigh."""
    provenance = Provenance("the registry of Node packages", datetime.now(UTC).date().isoformat())
    from dlint.sizes.indexes.http import Client

    try:
        indexes = node_indexes(settings.root)
        with Client(settings) as client:
            indexes = _named(request, indexes, client)
            found, unresolved = _resolved(request, indexes.default, settings)
            packages = [*(each for each in request.locked if not each.why), *found]
            todo = list(dict.fromkeys(packages))  # one tarball may stand in several folders
            answers = client.each(lambda each: _size(client, indexes, request, each), todo)
    except DlintError as error:
        return _nothing(request, provenance, error.message)
    told = dict(zip(todo, answers, strict=True))
    sizes = (told[each] for each in packages)
    lost = (
        Missing(each.name, error.message)
        for each, error in told.items()
        if isinstance(error, DlintError)
    )
    unhad = (Missing(each.name, each.why) for each in unresolved)
    fetched = (
        Missing(name, "downloads a program when it is installed")
        for name in sorted({each.name for each in packages} & FETCHING)
    )
    missing = (*_unasked(request), *unhad, *lost, *fetched)
    return Answer(
        tuple(each for each in sizes if isinstance(each, PackageSize)), provenance, missing
    )


def _nothing(request: SizeRequest, provenance: Provenance, why: str) -> Answer:
    names = [*request.specs, *(each.name for each in request.locked)]
    return Answer((), provenance, tuple(Missing(name, why) for name in names))


def _named(request: SizeRequest, indexes: NodeIndexes, client: Client) -> NodeIndexes:
    """Return the registries that an install asks: the user's, or the one that the repository names.
    Raises DlintError where that may not be asked.
    """
    others = [each for each in request.indexes if each.url != indexes.default.url]
    for each in others:
        client.check(each.url, each)
        indexes = indexes._replace(default=each)
    return indexes


def _unasked(request: SizeRequest) -> Iterator[Missing]:
    """Yield what no registry of the user's can tell."""
    yield from (Missing(each, NAMELESS) for each in request.specs if not SPEC.fullmatch(each))
    yield from (Missing(each.name, each.why) for each in request.locked if each.why)


def _size(
    client: Client, indexes: NodeIndexes, request: SizeRequest, package: Locked
) -> PackageSize | None:
    """Return what a package weighs, None where it is for another platform; raises DlintError where
    nothing tells.
    """
    index = indexes.of(package.name)
    if package.conditional:
        document = _document(client, index, package)
        platform = Platform(*(tuple(strings(document.get(kind))) for kind in Platform._fields))
        if not fits(platform, _target(request)):
            return None
    length = _length(client, index, package)
    if length is None:
        raise DlintError("the registry does not tell its size")
    return PackageSize(package.name, package.version, length, round(length * LAYER))


def _length(client: Client, index: Index, package: Locked) -> int | None:
    """Return a tarball's size: where npm's registry keeps it, else where the package's document
    says that it is.
    """
    from dlint.sizes.indexes.http import RefusedError

    plain = package.name.rpartition("/")[2]
    try:
        return client.length(
            f"{index.url}/{package.name}/-/{plain}-{quote(package.version)}.tgz", index
        )
    except RefusedError as error:
        if error.status != 404:  # noqa: PLR2004  HTTP's "not found"
            raise
    match _document(client, index, package):
        case {"dist": {"tarball": str(place)}}:
            return client.length(urljoin(index.url, place), index)
    return None


def _document(client: Client, index: Index, package: Locked) -> dict[str, object]:
    """Return what the registry says of one version, which never changes; raises DlintError."""
    from dlint.sizes.indexes.http import ALWAYS

    name = quote(package.name, safe="@")
    reply = client.get(f"{index.url}/{name}/{quote(package.version)}", index, age=ALWAYS)
    return read_object(reply.body, index.url)


def _resolved(
    request: SizeRequest, index: Index, settings: OnlineSettings
) -> tuple[Resolved, Resolved]:
    """Return what npm would install for names, and those that cannot be had; raises DlintError."""
    specs = [each for each in request.specs if SPEC.fullmatch(each)]
    if not specs:
        return (), ()
    npm = which("npm", settings.root)
    if npm is None:
        raise DlintError("npm is not there to resolve names")
    tree = partial(_tree, npm, request, index)
    return _by_halves(specs, partial(_kept_tree, Shelf(settings.cache), index, request.base, tree))


def _by_halves(
    specs: Sequence[str], resolve: Callable[..., Resolved], *, part: bool = False
) -> tuple[Resolved, Resolved]:
    """Resolve names together, else each half by itself: one that cannot be had must not hide the
    others. For a `part` npm has most of what registries say on its disk.
    """
    try:
        return resolve(specs, *(["--prefer-offline"] if part else [])), ()
    except DlintError as error:
        if len(specs) == 1:
            return (), (Locked(specs[0], "", why=error.message),)
    middle = len(specs) // 2
    first, lost = _by_halves(specs[:middle], resolve, part=True)
    second, more = _by_halves(specs[middle:], resolve, part=True)
    return (*first, *(each for each in second if each not in set(first))), (*lost, *more)


def _kept_tree(
    shelf: Shelf,
    index: Index,
    base: Base,
    resolve: Callable[..., Resolved],
    specs: Sequence[str],
    *flags: str,
) -> Resolved:
    """Return the same as `resolve`, from the disk where that is of the same day: npm takes its
    time. Raises DlintError, also for what could not be had that day.
    """
    name = f"npm tree {index.url} {index.origin} {base.architecture} {base.libc} {list(specs)}"
    kept = shelf.find(name)
    if kept and kept.is_recent():
        told = json.loads(kept.body)
        if isinstance(told, str):
            raise DlintError(told)
        return tuple(Locked(*each) for each in told)
    try:
        found = resolve(specs, *flags)
        told = [(each.name, each.version) for each in found]
    except DlintError as error:
        if error.message == FROM_GIT or FOR_GOOD.search(error.message):
            shelf.put(name, Kept(time.time(), {}, json.dumps(error.message).encode()))
        raise
    shelf.put(name, Kept(time.time(), {}, json.dumps(told).encode()))
    return found


def _tree(
    npm: str, request: SizeRequest, index: Index, specs: Sequence[str], *flags: str
) -> Resolved:
    """Return the packages that npm would put into an empty project for names; raises DlintError."""
    processor = PROCESSORS.get(request.base.architecture, request.base.architecture)
    with TemporaryDirectory(prefix="dlint-") as folder:
        Path(folder, "package.json").write_text("{}")
        options = [
            *flags,
            "--package-lock-only",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
            "--omit=dev",
            # what a package wants of a git host, nobody is asked for
            f"--git={NO_GIT}",
        ]
        options += [
            "--os=linux",
            f"--cpu={processor}",
            f"--libc={request.base.libc}",
            "--workspaces=false",
        ]
        extra = {}
        if index.origin is Origin.REPOSITORY:
            options.append(f"--registry={index.url}")
            extra = {"NPM_CONFIG_USERCONFIG": os.devnull}  # without its tokens
        done = run(npm, "install", *options, "--prefix", folder, "--", *specs, extra=extra)
        try:
            data = Path(folder, LOCK).read_bytes()
        except OSError:
            why = " ".join(LOG.sub("", done.errors).split())[:200]
            if NO_GIT in why:
                raise DlintError(FROM_GIT) from None
            raise DlintError(f"npm does not resolve it: {why}") from None
    lock = read_manifest(LOCK, lambda _: data)
    without = Selection(without=frozenset({DEVELOPMENT}))
    return tuple(
        Locked(each.name, each.version)
        for each in selected(lock, without, _target(request)).packages
    )


def _target(request: SizeRequest) -> Target:
    return Target(request.base.architecture, libc=request.base.libc)
