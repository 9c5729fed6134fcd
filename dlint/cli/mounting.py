"""`--to`: what the repository holds that is pushed to, and what its registry can mount there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.cli.against import external_base
from dlint.errors import DlintError
from dlint.push.mounts import Place, mounted
from dlint.push.plan import base_layers
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping

    from dlint.cli.units import Unit
    from dlint.images import ImageFacts, RegistrySettings
    from dlint.images.facts import LayerFact
    from dlint.model import Build
    from dlint.push.plan import Before

_REMOTE = "docker://"


class Found(NamedTuple):
    """Which of the known blobs the target repository holds, and the repository that each other one
    comes from, "" for none.

    `is_first` tells that no image on this base was pushed there before.
    """

    held: frozenset[str] = frozenset()
    mounted: Mapping[str, str] = {}
    is_first: bool = False


def is_base(args: argparse.Namespace, build: Build) -> bool:
    """Tell whether the image that is compared with is the one that the target stands on."""
    base = external_base(build)
    return base is not None and _reference(args) == place_named(base) is not None


def needs_base(args: argparse.Namespace, build: Build) -> bool:
    """Tell whether only the base's manifest tells what to look for in the target repository, and
    may be asked: it is in the registry that `--to` names. Raises DlintError where it may not.
    """
    if args.to is None or args.against is not None or args.pull:
        return False
    base, target = external_base(build), _place_of(args.to)
    place = place_named(base) if base else None
    if place is None or place.registry != target.registry:
        raise DlintError(
            "--to needs --against or --pull: only an image's manifest has the digests to look for"
        )
    return True


def found(
    args: argparse.Namespace, before: Before, build: Build, settings: RegistrySettings
) -> Found:
    """Ask the repository that `--to` names for the blobs that are known of the image before and of
    the base; without it, that is the one of the image before, which holds its own.

    Raises DlintError where the registry gives no answer.
    """
    known = [_of_base(before, build), (_reference(args), _digests(before.facts))]
    digests = {digest: None for _, each in known for digest in each}
    target = _place_of(args.to) if args.to else _reference(args)
    if not digests or target is None:
        return Found()
    if args.to is None:
        held = frozenset(_digests(before.facts or before.base))
    else:
        from dlint.images.asking import held_blobs

        held = held_blobs(args.to, digests, settings=settings)
    places = {place: each for place, each in known if place is not None and each}
    others = mounted(build.options.builder, target, places, digests.keys() - held)
    return Found(held, others, is_first=args.against is None and not held)


def _of_base(before: Before, build: Build) -> tuple[Place | None, tuple[str, ...]]:
    """Return where the base is, and its blobs: those of now where its registry was asked, else
    those that the image before has of it.
    """
    old = before.keys.build if before.keys else build
    name = external_base(build if before.base else old)
    layers = before.base.layers if before.base else base_layers(before)
    return place_named(name) if name else None, _named(layers)


def _digests(facts: ImageFacts | None) -> tuple[str, ...]:
    return _named(facts.layers) if facts else ()


def _named(layers: Iterable[LayerFact]) -> tuple[str, ...]:
    return tuple(layer.digest for layer in layers if layer.digest)


def _reference(args: argparse.Namespace) -> Place | None:
    """Return where the image before is, if a registry has it."""
    if args.against is None or not args.against.startswith(_REMOTE):
        return None
    return place_named(args.against.removeprefix(_REMOTE))


def home(args: argparse.Namespace, unit: Unit) -> Place | None:
    """Return the repository that an image goes to, as far as it is named."""
    if args.to:
        return _place_of(args.to)
    return _reference(args) or tagged_place(unit)


def tagged_place(unit: Unit) -> Place | None:
    """Return the repository that an image is tagged for, by the first tag that names one."""
    tags = unit.image.tags if unit.image else ()
    return next(filter(None, map(place_named, tags)), None)


def _place_of(name: str) -> Place:
    """Return the place that a name means. Raises DlintError where it means none."""
    from dlint.images.reference import parse_reference

    try:
        reference = parse_reference(name)
    except ValueError as error:
        raise DlintError(f"{name!r} is not an image name: {error}") from None
    return Place(reference.registry, reference.repository)


def place_named(name: str) -> Place | None:
    """Return where a name says that an image is; None where it is no image's name."""
    try:
        return _place_of(name)
    except DlintError:
        return None
