"""`build.copies`: what a COPY or ADD puts where, and who wants it."""

from __future__ import annotations

import posixpath

from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlint.facts.shipping import Carried
    from dlint.facts.single_use import SingleUse
    from dlint.facts.taken import TakenBefore
    from dlint.model import Stage, Step
    from dlint.model.build import Build
    from dlint.syntax import Copy, Run, Transfer
    from dlint.syntax.words import Word


class Copies(NamedTuple):
    """What a COPY or ADD puts where, and who wants it."""

    build: Build

    def source_path(self, copy: Copy, word: Word) -> str | None:
        """Return where a source of COPY --from is (absolute); None where a variable hides it."""
        text = self.build.expand(copy, word.text)
        return None if text is None else posixpath.normpath("/" + text.lstrip("/"))

    def from_stages(self, copy: Copy) -> Sequence[tuple[int, Carried]]:
        """Return what a COPY takes from other stages, with the number of each."""
        from dlint.facts.shipping import carried_by

        return carried_by(self.build, copy)

    def single_use(self, transfer: Transfer) -> SingleUse | None:
        """Return the first RUN that speaks of files of a COPY, where it installs or starts some of
        them, by their names or by the pattern of the COPY.
        """
        from dlint.facts.single_use import single_use

        return single_use(self.build, transfer)

    def is_wanted_besides(self, run: Run, places: Mapping[str, str]) -> bool:
        """Tell whether anything but `run` may want one of the files at `places`, brings it again,
        or deletes it.
        """
        from dlint.reads.mentions import is_wanted_besides

        return is_wanted_besides(self.build, run, places)

    def may_serve_once(self, source: Word) -> bool:
        """Tell whether a file may serve one RUN alone, by its name: a package, a list, a script."""
        from dlint.facts.single_use import may_serve_once

        return may_serve_once(source.text)

    def packages_installed(self, transfer: Transfer) -> tuple[Run, tuple[str, ...]] | None:
        """Return the first RUN below a COPY in its stage that installs packages which that has
        brought from elsewhere, and the places of these, or of their folders.
        """
        from dlint.facts.single_use import packages_installed

        return packages_installed(self.build, transfer)

    def is_of_project(self, stage: Stage, transfer: Transfer, places: list[str]) -> bool:
        """Tell whether other COPYs fill the folder that scripts among `places` stand in."""
        from dlint.facts.single_use import is_of_project

        return is_of_project(self.build, stage, transfer, places)

    def can_be_linked(self, copy: Copy) -> bool:
        """Tell whether `--link` has effect on a COPY: the builder merges layers, and an owner is
        known without the base's users.
        """
        from dlint.facts.writing import can_be_linked

        return can_be_linked(self.build, copy)

    def goes_where_nothing_stands(self, step: Step) -> bool:
        """Tell whether a COPY goes to a place outside the base's standard folders, and not right
        below the root, that no step above may have put something at.
        """
        from dlint.facts.writing import goes_where_nothing_stands

        return goes_where_nothing_stands(self.build, step)

    def taken_before(self, copy: Copy) -> TakenBefore | None:
        """Return what `copy` takes once more of a stage or an image, which an earlier COPY has
        taken or the base holds.
        """
        from dlint.facts.taken import taken_before

        return taken_before(self.build, copy)
