"""Reports of images: one Dockerfile may make several, and what all of them have is said once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from dlint.findings import UNKNOWN_IMAGE
from dlint.lint.report import ImageRow
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dlint.lint.report import Diagnostic, FileReport


class ImageReport(NamedTuple):
    """What was found where a Dockerfile is built as the image `name`."""

    name: str
    report: FileReport


def by_file(images: Sequence[ImageReport]) -> list[FileReport]:
    """Return one report for each image, in which what several images of one Dockerfile have in
    common stands once, and what only some have names them.
    """
    groups: dict[str, list[ImageReport]] = defaultdict(list)
    for image in images:
        groups[image.report.path].append(image)
    return [report for group in groups.values() for report in _united(group)]


def _united(group: Sequence[ImageReport]) -> Iterable[FileReport]:
    first, *others = (image.report for image in group)
    if not others:
        return [first]
    found: dict[object, list[tuple[str, Diagnostic]]] = defaultdict(list)
    for name, report in group:
        for each in report.diagnostics:
            found[each.claim].append((name, each))
    said = [_said(each, len(group)) for each in found.values()]
    said.sort(key=lambda each: each.by_place)
    rest = (report._replace(diagnostics=(), suppressed=0) for report in others)
    return [first._replace(diagnostics=tuple(said)), *rest]


def _said(found: Sequence[tuple[str, Diagnostic]], images: int) -> Diagnostic:
    """Return a finding of some of the images; one that is not everywhere has no fix."""
    names = list(dict.fromkeys(name for name, _ in found))
    first = min((each for _, each in found), key=lambda each: each.by_weight)
    if len(names) == images:
        same = all(each.repair == first.repair for _, each in found)
        return first if same else first._replace(repair=None)
    where = ", ".join(f"`{name.rpartition('#')[2]}`" for name in names)
    word = "image" if len(names) == 1 else "images"
    return first._replace(message=f"{first.message} (only in {word} {where})", repair=None)


def row(name: str, report: FileReport) -> ImageRow:
    """Return an image's line of the table."""
    worst = min(report.diagnostics, key=lambda each: each.by_weight, default=None)
    size, uploads = report.push.in_short if report.push else UNKNOWN_IMAGE
    return ImageRow(name, size, uploads, worst)
