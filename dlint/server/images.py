"""The images that a workspace's Compose and Bake files build from a Dockerfile."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.lint.engine import Checked
from dlint.lint.images import ImageReport, by_file
from dlint.lint.units import unit_of
from dlint.project.contexts import repository_root
from dlint.project.discovery import STDIN
from dlint.project.images import every_project
from dlint.rule.own import SUPPRESSION_UNUSED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlint.lint.engine import Around, Checker
    from dlint.lint.report import FileReport
    from dlint.lint.units import Unit
    from dlint.text.source import Source

MOST = 4  # images of one Dockerfile that are checked: each is one more check


class Images:
    """What builds each Dockerfile, read once for each repository."""

    def __init__(self, checker: Checker) -> None:
        """Overlay `checker` with what the files say."""
        self._checker = checker
        self._known: dict[Path, Mapping[Path, Sequence[Unit]]] = {}

    def of(self, path: str) -> Sequence[Unit]:
        """Return the images of a Dockerfile, each recipe once."""
        if path == STDIN:
            return ()
        place = Path(path)
        root = repository_root(place.parent)
        if root not in self._known:
            self._known[root] = self._read(root)
        return self._known[root].get(place, ())

    def _read(self, root: Path) -> Mapping[Path, Sequence[Unit]]:
        if not (root / ".git").exists():  # nothing says which files belong together
            return {}
        found: dict[Path, dict[object, Unit]] = defaultdict(dict)
        for project in every_project(root):
            if isinstance(project, DlintError):
                continue
            for image in project.described.images.values():
                is_built = image.inline is None and image.name in project.described.built
                unit = unit_of(self._checker, project, image) if is_built else None
                if unit is not None:
                    found[project.root / image.dockerfile].setdefault(image.recipe, unit)
        return {path: list(units.values())[:MOST] for path, units in found.items()}


def check_images(
    checker: Checker, units: Sequence[Unit], source: Source, around: Around
) -> Checked:
    """Check a text as each of its images is built; raises DlintError.

    An image may leave stages out, so where one names a target the text is checked by itself, too.
    """
    each = [unit.checker.check_text(source, around) for unit in units]
    names = [unit.name for unit in units]
    (united, *_) = by_file(
        [ImageReport(name, one.report) for name, one in zip(names, each, strict=True)]
    )
    if any(unit.image and unit.image.target for unit in units):
        united = _joined(checker.check_text(source, around).report, united)
    failures = {each.message: each for one in each for each in one.report.failures}
    return Checked(each[0].builds, united._replace(failures=tuple(failures.values())))


def _joined(alone: FileReport, united: FileReport) -> FileReport:
    """Return what was found in a text alone, and what only its images have besides."""
    known = {found.claim for found in alone.diagnostics}
    more = (
        found
        for found in united.diagnostics
        if found.claim not in known and found.rule != SUPPRESSION_UNUSED.name
    )
    together = sorted((*alone.diagnostics, *more), key=lambda found: found.by_place)
    return alone._replace(diagnostics=tuple(together))
