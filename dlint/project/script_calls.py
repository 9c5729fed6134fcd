"""Which commands a workflow's steps start in scripts of the repository: read as if they stood in
the step.

Only the scripts of a job that pushes an image are read so: whatever else they build, people build
as well.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.project.purpose import PUSHES, SPEAKS
from dlint.text.patterns import filled_once, regex

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from re import Match

_CALL = regex(
    r"(?m)^[ \t]*+(?:(?:ba|da|z)?sh[ \t]++(?:-\w++[ \t]++)*+)?(?P<path>[\w./-]++)"
    r"(?:[ \t][^\n;&|]*+)?$"
)
_SOURCES = regex(r"(?m)^[ \t]*+(?:source|\.)[ \t]++(?P<path>[\w./-]*+)[ \t]*+$")
_SETTINGS = ".env"
_ENTERS = regex(r"\b(?:cd|pushd)[ \t]")
_OPENS = regex(r"[ \t]*+(?:if|case)\b")
_CLOSES = regex(r"(?:^|[;\s])(?:fi|esac)\b")
_ENDS = regex(r"\bexit(?:[ \t]++0)?[ \t]*+(?:;|$)")
_ON_CONDITION = regex(r"&&|\|\|")


def with_scripts(run: str, base: str, scripts: Mapping[str, str]) -> str:
    """Return the commands of a step that runs in `base`, with those of scripts about images in the
    place of what starts these: a script that enters a folder is none that is known.
    """

    def read(call: Match[str]) -> str:
        text = scripts.get(posixpath.normpath(posixpath.join(base, call["path"])), "")
        return text if SPEAKS.search(text) and not _ENTERS.search(text) else call[0]

    return filled_once(_CALL, read, run.replace("\\\n", " "))


def with_settings(text: str, read: Callable[[str], str]) -> str:
    """Return a script with the settings of a `.env` in the place of what reads it."""

    def settings(call: Match[str]) -> str:
        return read(call["path"]) if posixpath.basename(call["path"]) == _SETTINGS else call[0]

    return filled_once(_SOURCES, settings, text) if _SETTINGS in text else text


def surely_pushes(run: str) -> bool:
    """Tell whether commands push an image whatever they are told: under no condition, and where
    nothing has ended them before.
    """
    depth = 0
    for line in run.split("\n"):
        depth += _OPENS.match(line) is not None
        found = PUSHES.search(line)
        if depth and _ENDS.search(line):
            return False
        if found and not depth and not _ON_CONDITION.search(line, 0, found.start()):
            return True
        depth -= len(_CLOSES.findall(line)) if depth else 0
    return False
