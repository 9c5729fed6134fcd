"""`build.platforms`: for which platforms the image is built, and which stages need not run on
them.
"""

from __future__ import annotations

from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlint.facts.portable import Portable
    from dlint.model.build import Build
    from dlint.project.emulation import Emulation
    from dlint.syntax import Arg, From
    from dlint.text.source import Edit


class Mislabelled(NamedTuple):
    """An image that a recipe pushes for `others`, while its base is for the platform `own`: ""
    where that is the one of the machine that builds it. `default` is the instruction that says so
    in place of the FROM, which names an argument. `lacks_emulation` tells that no recipe sets up
    what the `RUN`s need on the others.
    """

    own: str
    others: tuple[str, ...]
    recipe: str
    default: Arg | None = None
    lacks_emulation: bool = False


class Platforms(NamedTuple):
    """For which platforms the image is built, and which stages need not run on them."""

    build: Build

    @property
    def emulation(self) -> Emulation | None:
        """A push of the image for several platforms, some of which the machine that builds them
        has to emulate; None where no such push is known. The classic builder makes none.
        """
        build = self.build
        if build.recipes is None or not build.recipes.builds or build.options.builder == "classic":
            return None
        from dlint.facts.exports import described

        found = (each.emulation for each in described(build, own=True))
        return next(filter(None, found), None)

    def mislabelled(self, from_: From) -> Mislabelled | None:
        """Return what a FROM does that names the platform of its base itself, where the image on
        it is pushed for other architectures as well.
        """
        from dlint.facts.portable import ON_BUILDER, default_of_builder
        from dlint.project.emulation import architecture

        build, own = self.build, from_.platform or ""
        default = default_of_builder(build) if own in ON_BUILDER else None
        root = build.target.outermost if build.target else None
        if root is None or root.from_ is not from_ or not root.is_external:
            return None
        pushed, lacks = build.pushed_platforms, self._lack_emulation()
        arg, own = default or (None, own)
        if own in ON_BUILDER:
            several = len({*map(architecture, pushed.platforms)}) > 1
            found = Mislabelled("", pushed.platforms, pushed.recipe, None, lacks)
            return found if several else None
        wanted = architecture(own)
        others = tuple(each for each in pushed.platforms if architecture(each) != wanted)
        if not wanted or not others or "$" in own:
            return None
        return Mislabelled(own, others, pushed.recipe, arg, lacks)

    def _lack_emulation(self) -> bool:
        """Tell whether the `RUN`s of the image need emulation for a platform that it is pushed for,
        and no recipe speaks of any.
        """
        from dlint.project.emulation import EMULATES
        from dlint.syntax import Run

        build = self.build
        if self.emulation is None or build.recipes is None or build.target is None:
            return False
        runs = any(isinstance(each.instruction, Run) for each in build.chain(build.target))
        return runs and not build.recipes.mention(EMULATES)

    @property
    def portable_stages(self) -> tuple[Portable, ...]:
        """The stages that run on the platform of the image, although what ships of them is the same
        for every platform, or is compiled for any.
        """
        from dlint.facts.portable_stages import portable_stages

        return self.build.fact(portable_stages)

    @property
    def settings_of_go(self) -> Mapping[str, str]:
        """What Go is not told yet of the platform of the image, by the arguments that hold it."""
        from dlint.fixes.platforms import settings_of_go

        emulation = self.emulation
        platforms = emulation.platforms if emulation else ()
        return settings_of_go(self.portable_stages, platforms)

    @property
    def native_builds(self) -> tuple[Edit, ...] | None:
        """Edits by which the builder's own platform runs those stages; None where something keeps
        Go from being told what to compile for.
        """
        from dlint.fixes.platforms import build_natively

        emulation = self.emulation
        platforms = emulation.platforms if emulation else ()
        return build_natively(self.build, self.portable_stages, platforms)
