"""What each push uploads whatever has changed: layers that are given a commit or a date, as an
argument or in a file.
"""

from __future__ import annotations

from dlint.findings import Size
from dlint.model.keys import Changed, Keys, shallow
from dlint.push.plan import PUSHED, Before, make_plan
from dlint.push.sizes import Sizes
from dlint.syntax import Arg, From
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlint.model import Build
    from dlint.model.keys import Keyed
    from dlint.push.plan import PushPlan

Layers = frozenset[int]  # by their number in the image, the base's first


class Next(NamedTuple):
    """The next build. Each push passes other values of the arguments of these `names`, or writes
    these files, and uploads these `layers` anew for that; where it does so of none, all is as it
    was. `places` are the files, or their folders where they are not there yet.
    """

    build: Build
    layers: Layers = Layers()
    names: tuple[str, ...] = ()
    places: tuple[str, ...] = ()

    def keys(self, paths: Iterable[str] = ()) -> Keys:
        """Return the keys after a change of files."""
        return Keys(self.build, Changed(shallow, (*self.places, *paths)))


class _Unsized(Sizes):
    """Sizes that nobody asks for."""

    def of(self, keyed: Keyed, build: Build) -> Size:  # noqa: ARG002  as Sizes has it
        return Size.unknown()


def next_build(now: Keys) -> Next:
    """Return the build that comes after `now`, by a builder that has its cache."""
    build, before = now.build, Before(now)
    names, places = tuple(sorted(_changing_arguments(build))), _written(before, build)
    later = Next(build, names=(*places, *names), places=tuple(places.values()))
    if names:
        later = later._replace(build=with_others(build, names))
    layers = pushed_layers(before, later.keys()) if later.names else Layers()
    return later._replace(layers=layers) if layers else Next(build)


def _written(before: Before, build: Build) -> dict[str, str]:
    """Return the files that each push writes and that push a layer, each with its place."""
    from dlint.facts.volatility import place_of, written_by_pushes

    found = {path: place_of(build, path) for path in sorted(build.fact(written_by_pushes))}
    return {
        path: place
        for path, place in found.items()
        if place and pushed_layers(before, Next(build, places=(place,)).keys())
    }


def _changing_arguments(build: Build) -> frozenset[str]:
    if not any(isinstance(each, Arg) for each in build.dockerfile.instructions):
        return frozenset()
    from dlint.facts.argument_changes import changed_by_pushes

    return changed_by_pushes(build)


def with_others(build: Build, names: Iterable[str]) -> Build:
    """Return the build with other values of some arguments."""
    return build.with_arguments(dict.fromkeys(names, "another"))


def layers_by(now: Keys, names: Iterable[str]) -> Layers:
    """Return the layers that depend on some arguments: with other values of these they go up."""
    return pushed_layers(Before(now), Keys(with_others(now.build, names), shallow))


def before_edit(old: Build, after: Keys) -> Before | None:
    """Return what stood before an instruction was changed; None where that stands on another base,
    of whose layers nobody knows which go up as well.
    """
    before = Keys(old, shallow)
    return Before(before) if _bases(before) == _bases(after) else None


def _bases(keys: Keys) -> list[str]:
    """Return the keys of the layers that an image has from its base."""
    external = (keyed for keyed in keys.image if keyed.step.stage.is_external)
    return [each.key for each in external if isinstance(each.step.instruction, From)]


def pushed_layers(before: Before, after: Keys) -> Layers:
    """Return the layers that go up."""
    options = after.build.options
    return layers_of(make_plan(before, after, _Unsized(options.builder), options.cache))


def layers_of(plan: PushPlan) -> Layers:
    """Return the layers that a plan pushes."""
    return Layers(at for at, layer in enumerate(plan.layers) if layer.status == PUSHED)
