"""The folders that steps of a workflow fill by installs, on the machine that builds an image."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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


def filled_by(steps: Iterable[Table]) -> frozenset[str]:
    """Return the folders, as paths from the root, that installs of some steps fill, whether they
    run each time or not.
    """
    return frozenset(folder for step in steps for folder in _filled(step))


def _filled(step: Table) -> Iterator[str]:
    base = str(step.get("working-directory") or "")
    if not _FOLDER.fullmatch(base):
        return
    for found in _INSTALLS.finditer(str(step.get("run") or "")):
        yield posixpath.normpath(
            posixpath.join(base, found["folder"] or "", _FOLDERS[found["program"]])
        )
