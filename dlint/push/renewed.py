"""What each push uploads whatever has changed: layers that are given a commit or a date."""

from __future__ import annotations

from dlint.findings import Size
from dlint.model.keys import Changed, Keys, shallow
from dlint.push.plan import PUSHED, Before, make_plan
from dlint.push.sizes import Sizes
from dlint.syntax import Arg
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlint.model import Build
    from dlint.model.keys import Keyed
    from dlint.push.plan import PushPlan

Layers = frozenset[int]  # by their number in the image, the base's first


class Next(NamedTuple):
    """The next build. Each push passes other values of the arguments of these `names`, and uploads
    these `layers` anew for that; where it does so of none, the arguments are as they were.
    """

    build: Build
    layers: Layers = Layers()
    names: tuple[str, ...] = ()

    def keys(self, paths: Iterable[str] = ()) -> Keys:
        """Return the keys after a change of files."""
        return Keys(self.build, Changed(shallow, paths))


class _Unsized(Sizes):
    """Sizes that nobody asks for."""

    def of(self, keyed: Keyed, build: Build) -> Size:  # noqa: ARG002  as Sizes has it
        return Size.unknown()


def next_build(now: Keys) -> Next:
    """Return the build that comes after `now`, by a builder that has its cache."""
    build = now.build
    names = tuple(sorted(_changing_arguments(build)))
    if names:
        later = Next(build.with_arguments(dict.fromkeys(names, "another")))
        layers = pushed_layers(Before(now), later)
        if layers:
            return later._replace(layers=layers, names=names)
    return Next(build)


def _changing_arguments(build: Build) -> frozenset[str]:
    if not any(isinstance(each, Arg) for each in build.dockerfile.instructions):
        return frozenset()
    from dlint.facts.argument_changes import changed_by_pushes

    return changed_by_pushes(build)


def pushed_layers(before: Before, later: Next, paths: Iterable[str] = ()) -> Layers:
    """Return the layers that go up after a change of files."""
    options = later.build.options
    return layers_of(make_plan(before, later.keys(paths), _Unsized(options.builder), options.cache))


def layers_of(plan: PushPlan) -> Layers:
    """Return the layers that a plan pushes."""
    return Layers(at for at, layer in enumerate(plan.layers) if layer.status == PUSHED)
