"""The folders that a workflow fills by installs on its own machine before it builds an image."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Table = dict[str, Any]

_FOLDERS = {
    "composer": "vendor",
    "bun": "node_modules",
    "npm": "node_modules",
    "pnpm": "node_modules",
    "yarn": "node_modules",
}
# What installs, unless an option takes it to another folder.
_INSTALLS = regex(
    r"(?m)(?:\bcd[ \t]+(?P<folder>\w[\w./-]*+)[ \t]*+&&[ \t]*+|^[ \t]*+|(?:&&|;)[ \t]*+)"
    rf"(?P<program>{'|'.join(_FOLDERS)})[ \t]+(?:ci|i|install)(?![\w-])"
    r"(?![^\n;&|]{0,300}?[ \t](?:-g|-C|-d|--(?:global|prefix|cwd|dir|working-dir))(?![\w-]))"
)
_FOLDER = regex(r"(?:\./)?(?:\w[\w./-]*+)?")


def filled_before_builds(workflow: str, texts: Mapping[str, str]) -> frozenset[str]:
    """Return the folders, as paths from the root, that installs fill in a job of a workflow before
    it builds an image, whether they run each time or not.
    """
    from dlint.manifests.loading import yaml_table
    from dlint.project.pipelines import jobs_of
    from dlint.project.written import steps_around_build

    found = set[str]()
    for job in jobs_of(yaml_table(workflow)):
        before, rest = steps_around_build(job, texts)
        if rest and "defaults" not in job:
            found.update(folder for step in before for folder in _filled(step))
    return frozenset(found)


def _filled(step: Table) -> Iterator[str]:
    base = str(step.get("working-directory") or "")
    if not _FOLDER.fullmatch(base):
        return
    for found in _INSTALLS.finditer(str(step.get("run") or "")):
        yield posixpath.normpath(
            posixpath.join(base, found["folder"] or "", _FOLDERS[found["program"]])
        )
