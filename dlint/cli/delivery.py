"""How an image goes to its registry: what the command line says of it, or the builder's default."""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.bytes.formats import FORMATS, GZIP, LEVELS, Compression
from dlint.errors import DlintError
from dlint.project.cache_entry import INLINE, CacheEntry, Told, read_entry
from dlint.project.recipes import recipes_around
from dlint.push.wire import ABLE, PROVENANCES, PUSHERS, Delivery
from dlint.text.units import parse_bytes

if TYPE_CHECKING:
    import argparse

    from dlint.cli.units import Unit
    from dlint.model import Build
    from dlint.push.caches import Cached, Caches


WITH_CACHES = frozenset((ABLE, "docker"))  # builders that import and export caches


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what is pushed beside the image, and by what."""
    how = parser.add_argument_group("how it is pushed")
    how.add_argument(
        "--provenance",
        choices=PROVENANCES,
        help="attestation that BuildKit adds (default: min; off for other builders)",
    )
    how.add_argument(
        "--pushed-by",
        choices=PUSHERS,
        help="docker push, or docker buildx build --push (default: docker)",
    )
    how.add_argument(
        "--compression",
        choices=FORMATS,
        help="compression of new layers, as of docker buildx build --output (default: gzip)",
    )
    how.add_argument(
        "--compression-level",
        type=int,
        metavar="N",
        help="level of that compression (default: its own)",
    )
    how.add_argument(
        "--force-compression",
        action="store_true",
        help="compress all layers so, also those of the image before and of the base",
    )


def add_caches(parser: argparse.ArgumentParser) -> None:
    """Take the build caches that go with an image."""
    caches = parser.add_argument_group("build cache")
    caches.add_argument(
        "--cache-to",
        action="append",
        type=_entry,
        metavar="CACHE",
        help="cache that the build exports, as for docker buildx build:"
        " type=registry,ref=…,mode=max (may be repeated; default: as Compose, Bake or CI files)",
    )
    caches.add_argument(
        "--cache-from",
        action="append",
        type=_entry,
        metavar="CACHE",
        help="cache that a new builder imports (may be repeated; default: as above)",
    )
    caches.add_argument(
        "--cache-quota",
        type=_bytes,
        metavar="SIZE",
        help="bytes that there is room for in the caches' place (default: 10GB for type=gha)",
    )


def _entry(text: str) -> CacheEntry:
    try:
        return read_entry(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def _bytes(text: str) -> int:
    try:
        return parse_bytes(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def told(unit: Unit, build: Build) -> Told:
    """Return what files tell of an image's caches: the one that describes it, or else what builds
    its Dockerfile, such as CI files.
    """
    image = unit.image
    if image is not None:
        return Told(image.cache_to, image.cache_from)
    place = Path(unit.task.path).absolute()
    recipes = recipes_around(place.parent)
    context = unit.checker.settings(unit.task).context_of(Path(unit.task.path)).absolute()
    if not (place.is_relative_to(recipes.root) and context.is_relative_to(recipes.root)):
        return Told()
    dockerfile, folder = (each.relative_to(recipes.root).as_posix() for each in (place, context))
    return recipes.caches(dockerfile, folder, build.options.target or "")


def cached(args: argparse.Namespace, caches: Caches, told: Told) -> Cached:
    """Return what the caches of one image send and fetch: those of the options, or else those that
    its files have `told`. Raises DlintError for a builder that has none.
    """
    build = caches.after.build
    given = Told(tuple(args.cache_to or ()), tuple(args.cache_from or ()))
    builder = build.options.builder
    if refused := next((each for each in given.exports if not _writes(builder, each)), None):
        raise DlintError(
            f"--cache-to={refused}: {builder} writes no such cache",
            f"BuildKit with the containerd image store does (--builder {ABLE})",
        )
    exports = given.exports or tuple(each for each in told.exports if _writes(builder, each))
    sources = given.sources or (told.sources if builder in WITH_CACHES else ())
    return caches.cached(exports, sources, build.options.cache, args.cache_quota)


def _writes(builder: str, export: CacheEntry) -> bool:
    """Tell whether a builder exports a cache of this type: with the older image store BuildKit
    writes one into the image alone.
    """
    return builder == ABLE or (builder in WITH_CACHES and export.type == INLINE)


def of(args: argparse.Namespace, build: Build) -> Delivery:
    """Return how `build` is delivered. Raises DlintError for what its builder cannot do."""
    builder = build.options.builder
    if "provenance" not in args:  # not every verb that plans a push has these options
        return Delivery.of(builder)
    return Delivery.of(builder, args.provenance, args.pushed_by, _compression(args))


def _compression(args: argparse.Namespace) -> Compression:
    """Return the compression that is asked for. Raises DlintError for a level that it has not."""
    name, level = args.compression or GZIP, args.compression_level
    highest = LEVELS[name]
    if level is not None and not 0 <= level <= highest:
        raise DlintError(f"--compression-level={level}: {name} has levels from 0 to {highest}")
    return Compression(name, level, args.force_compression)
