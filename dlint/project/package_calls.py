"""Which commands `npm run NAME` and its like start: those of the script in the folder's
`package.json`, read as if they stood in its place.

Only a script that pushes an image is read so: whatever else one builds, people build as well.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.manifests.loading import FormatError, load_json, table
from dlint.project.purpose import PUSHES
from dlint.text.patterns import filled_once, regex

if TYPE_CHECKING:
    from collections.abc import Mapping
    from re import Match

NAME = "package.json"
# The script's name, and what it is given; an option before the name may say where it is.
_CALL = regex(
    r"(?<![\w.-])(?:npm[ \t]++run(?:-script)?|(?:pnpm|yarn)(?:[ \t]++run)?|bun[ \t]++run)[ \t]++"
    r"(\w[\w:.-]*+)((?:[ \t]++[^\s;&|]++)*+)"
)
_ELSEWHERE = regex(r"[ \t](?:--prefix|--workspaces?|--cwd|--filter|-[wCF])\b")
_ENTERS = regex(r"\b(?:cd|pushd)[ \t]")


def with_scripts(run: str, base: str, packages: Mapping[str, str]) -> str:
    """Return commands that run in `base`, with those of the scripts that they start."""
    text = packages.get(posixpath.normpath(posixpath.join(base, NAME)), "")
    if not text or _ENTERS.search(run) or not _CALL.search(run):
        return run
    package = _Package(_scripts(text))

    def read(call: Match[str]) -> str:
        told = package.commands(call)
        return told if PUSHES.search(told) else call[0]

    return filled_once(_CALL, read, run)


def _scripts(text: str) -> Mapping[str, str]:
    """Return the commands of a package's scripts, by name."""
    try:
        told = table(load_json(text.encode()), "scripts")
    except FormatError:
        return {}
    return {name: each for name, each in told.items() if isinstance(each, str)}


class _Package:
    """Scripts of a package, each of which is read once."""

    def __init__(self, scripts: Mapping[str, str]) -> None:
        """Take the commands by the names of the scripts."""
        self._left = dict(scripts)

    def commands(self, call: Match[str]) -> str:
        """Return what a call runs, with what it gives its script, and what that starts in turn."""
        script = self._left.pop(call[1], None)
        if script is None or _ELSEWHERE.search(call[2]) or _ENTERS.search(script):
            return call[0]
        return _CALL.sub(self.commands, script) + call[2].replace(" -- ", " ", 1)
