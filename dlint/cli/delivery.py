"""How an image goes to its registry: what the command line says of it, or the builder's default."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def of(args: argparse.Namespace, build: Build) -> Delivery:
    """Return how `build` is delivered. Raises DlintError for what its builder cannot do."""
    told = getattr(args, "provenance", None), getattr(args, "pushed_by", None)
    return Delivery.of(build.options.builder, *told)
