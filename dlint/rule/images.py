"""`build.images`: the images that the file stands on, copies from and is pushed as."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dlint.facts.destinations import destinations
from dlint.facts.neighbours import neighbours, shipped_bases
from dlint.facts.uses import image_uses, is_on_pinned_base, named_bases, named_images
from dlint.sizes.twins import needs_full_base, slim_twin

if TYPE_CHECKING:
    from dlint.facts.destinations import Destinations
    from dlint.facts.neighbours import Neighbours
    from dlint.facts.uses import ImageUse
    from dlint.images import Reference
    from dlint.model.build import Build
    from dlint.sizes.twins import Twin
    from dlint.syntax import Run


class Images(NamedTuple):
    """The images that the file stands on, copies from and is pushed as."""

    build: Build

    @property
    def destinations(self) -> Destinations:
        """The registries that the repository's images go to."""
        return self.build.fact(destinations)

    @property
    def used(self) -> tuple[ImageUse, ...]:
        """The images from outside that the file names, in order."""
        return self.build.fact(image_uses)

    @property
    def named(self) -> tuple[tuple[ImageUse, Reference], ...]:
        """The images from outside whose names are known, in order, with what they mean."""
        return self.build.fact(named_images)

    @property
    def named_bases(self) -> tuple[tuple[ImageUse, Reference], ...]:
        """The images that built stages stand on, in order, with what they mean."""
        return self.build.fact(named_bases)

    @property
    def neighbours(self) -> Neighbours:
        """The bases of the repository's other Dockerfiles."""
        return self.build.fact(neighbours)

    @property
    def shipped_bases(self) -> tuple[ImageUse, ...]:
        """The images that what is pushed stands on."""
        return self.build.fact(shipped_bases)

    def is_on_pinned_base(self, run: Run) -> bool:
        """Tell whether a digest fixes the image that the stage of a RUN stands on."""
        return is_on_pinned_base(self.build, run)

    def slim_twin(self, use: ImageUse) -> Twin | None:
        """Return the slim twin of a full official image; None where the table tells no sizes."""
        return slim_twin(use)

    def needs_full_base(self, use: ImageUse) -> bool:
        """Tell whether a pushed image on top of a full base may need more than its slim twin
        holds.
        """
        return needs_full_base(self.build, use)
