"""How an image goes to its registry: what the command line says of it, or the builder's default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.bytes.formats import FORMATS, GZIP, LEVELS, Compression
from dlint.errors import DlintError
from dlint.push.wire import PROVENANCES, PUSHERS, Delivery

if TYPE_CHECKING:
    import argparse

    from dlint.model import Build


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
