"""`build.images`: the images that the file stands on, copies from and is pushed as."""

from __future__ import annotations

from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlint.facts.destinations import Destinations
    from dlint.facts.ended_releases import Failing
    from dlint.facts.neighbours import Neighbours
    from dlint.facts.uses import ImageUse
    from dlint.images import Reference
    from dlint.model import Stage
    from dlint.model.build import Build
    from dlint.sizes.twins import Twin
    from dlint.syntax import Run


class Images(NamedTuple):
    """The images that the file stands on, copies from and is pushed as."""

    build: Build

    @property
    def destinations(self) -> Destinations:
        """The registries that the repository's images go to."""
        from dlint.facts.destinations import destinations

        return self.build.fact(destinations)

    @property
    def used(self) -> Iterator[ImageUse]:
        """The images from outside that a build may take, in order; a builder asks no registry for
        those of stages that it does not make.
        """
        from dlint.facts.uses import image_uses, is_idle

        for use in self.build.fact(image_uses):
            if not (self.build.is_in_vain(use.instruction) or is_idle(self.build, use.stage)):
                yield use

    @property
    def moving(self) -> Iterator[ImageUse]:
        """The images from outside whose names do not fix what they mean, but for those that the
        repository builds, those of stages that no build makes, those that are there for the newest,
        bases of distributions without releases, and those that give nothing but certificates and
        the like.
        """
        from dlint.facts.uses import stands_on_rolling

        for use in self.used:
            is_own = use.reference is not None and self.is_own(use.reference)
            is_left = is_own or self._is_for_the_newest(use)
            is_left = is_left or self._gives_data_alone(use) or stands_on_rolling(use)
            if use.moves and not is_left:
                yield use

    def _gives_data_alone(self, use: ImageUse) -> bool:
        """Tell whether a build only takes certificates, time zones or accounts of an image."""
        if self.build.shipped(use.stage):
            return False
        from dlint.facts.carriers import gives_data_alone

        return gives_data_alone(self.build, use)

    def may_be_any(self, use: ImageUse) -> bool:
        """Tell whether a build takes of an image's stages only what is the same in any version of
        it, or what its tools have downloaded.
        """
        if self.build.shipped(use.stage):
            return False
        from dlint.facts.carriers import gives_data_alone, gives_downloads_alone

        return gives_data_alone(self.build, use) or gives_downloads_alone(self.build, use)

    def _is_for_the_newest(self, use: ImageUse) -> bool:
        """Tell whether the place of the file, or the name of the stage on an image, says that it is
        there to be built on the newest, or a comment asks for the newest of what is taken.
        """
        from dlint.facts.uses import is_for_the_newest

        if (is_named_so := is_for_the_newest(self.build, use)) or use.how == "from":
            return is_named_so
        from dlint.facts.downloads import is_meant_to_move

        return is_meant_to_move(self.build, use.instruction)

    def failing_update(self, run: Run) -> Failing | None:
        """Return the first command of a stage's chain that asks mirrors for a release which has
        left them, where `run` holds it; None for no such.
        """
        from dlint.facts.ended_releases import failing_updates

        return self.build.fact(failing_updates).get(run.index)

    def never_gets_to(self, run: Run) -> bool:
        """Tell whether a build fails at a RUN, or at one above it in its stage, because the release
        has left the mirrors.
        """
        from dlint.facts.ended_releases import failing_updates

        above = self.build.fact(failing_updates)
        own = self.build.stage_of(run)
        return any(
            number <= run.index and self.build.stage_of(each.run) is own
            for number, each in above.items()
        )

    def is_debian(self, run: Run) -> bool:
        """Tell whether a RUN's base image is surely based on Debian or Ubuntu."""
        from dlint.facts.debian import is_debian

        return is_debian(self.build, run)

    def stands_alone(self, use: ImageUse) -> bool:
        """Tell whether an image is pushed again under another name: no stage on top of it, and one
        of them ships, stores a layer.
        """
        from dlint.facts.uses import stands_alone

        return stands_alone(self.build, use)

    def may_be_pushed(self, use: ImageUse) -> bool:
        """Tell whether an image gets into one that somebody may push: by its own stage, or by a
        COPY from a stage that only names it.
        """
        from dlint.facts.uses import may_be_pushed

        return may_be_pushed(self.build, use)

    def may_read_none(self, stage: Stage, folders: Iterable[str]) -> bool:
        """Tell whether an image may read none of some folders of packages: it stands on a web
        server and installs nothing, or has no Node for its modules, as far as its name and its
        steps tell.
        """
        from dlint.facts.portable_front_ends import lacks_node
        from dlint.facts.uses import is_on_web_server

        if is_on_web_server(self.build, stage):
            return True
        are_of_node = all(each.endswith("/node_modules") for each in folders)
        return are_of_node and lacks_node(self.build, stage)

    def is_of_same_account(self, reference: Reference) -> bool:
        """Tell whether the repository's images are pushed to the account that an image is of."""
        from dlint.facts.destinations import is_of_same_account

        return is_of_same_account(self.build, reference)

    @property
    def named(self) -> Iterator[tuple[ImageUse, Reference]]:
        """The images from outside that a build may take and whose names are known, in order, with
        what they mean.
        """
        for use in self.used:
            if use.reference is not None:
                yield use, use.reference

    @property
    def named_bases(self) -> tuple[tuple[ImageUse, Reference], ...]:
        """The images that built stages stand on, of whichever platform, in order, with what they
        mean.
        """
        from dlint.facts.uses import named_bases

        return self.build.fact(named_bases)

    @property
    def neighbours(self) -> Neighbours:
        """The bases of the repository's other Dockerfiles."""
        from dlint.facts.neighbours import neighbours

        return self.build.fact(neighbours)

    @property
    def shipped_bases(self) -> tuple[ImageUse, ...]:
        """The images that what is pushed stands on."""
        from dlint.facts.neighbours import shipped_bases

        return self.build.fact(shipped_bases)

    def is_own(self, reference: Reference) -> bool:
        """Tell whether a recipe of the repository builds an image of that name, whatever its tag,
        or it is called as the repository itself.
        """
        from dlint.facts.uses import is_own

        if is_own(self.build, reference):
            return True
        if reference.is_official:
            return False
        from dlint.facts.destinations import is_called_as_repository

        return is_called_as_repository(self.build, reference)

    def is_base_own(self, stage: Stage) -> bool:
        """Tell whether the repository's own Dockerfile builds the image that a stage stands on."""
        from dlint.facts.own_bases import is_base_own

        return is_base_own(self.build, stage)

    def is_on_pinned_base(self, run: Run) -> bool:
        """Tell whether a digest fixes the image that the stage of a RUN stands on."""
        from dlint.facts.uses import is_on_pinned_base

        return is_on_pinned_base(self.build, run)

    def slim_twin(self, use: ImageUse) -> Twin | None:
        """Return the slim twin of a full official image; None where the table tells no sizes."""
        from dlint.sizes.twins import slim_twin

        return slim_twin(use)

    def written_like(self, use: ImageUse, tag: str) -> str:
        """Return a twin's tag with the arguments that the full image's is written with."""
        from dlint.sizes.twins import written_like

        return written_like(use, tag)

    def needs_full_base(self, use: ImageUse) -> bool:
        """Tell whether a pushed image on top of a full base may need more than its slim twin
        holds.
        """
        from dlint.sizes.twins import needs_full_base

        return needs_full_base(self.build, use)
