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
    from collections.abc import Callable, Iterator, Mapping
    from re import Match, Pattern

_CALL = regex(
    r"(?m)^[ \t]*+(?:(?:ba|da|z)?sh[ \t]++(?:-\w++[ \t]++)*+)?(?P<path>[\w./-]++)"
    r"(?:[ \t][^\n;&|]*+)?$"
)
_SOURCES = regex(r"(?m)^[ \t]*+(?:source|\.)[ \t]++(?P<path>[\w./-]*+)[ \t]*+$")
_SETTINGS = ".env"
_OUTPUT = r"\"?\$\([^()\n]*+\)[\w./-]*+\"?"
_ENTERS = regex(
    rf"\b(?:cd|pushd)[ \t]++(?P<folder>{_OUTPUT}|\"[^\"\n]*+\"|[^\s;&|()]++)|\b(?P<back>popd)\b"
)
_HERE = regex(r"(?m)^[ \t]*+(\w++)=\"?(?:\$\(pwd\)|`pwd`|\$\{?PWD\}?)\"?[ \t]*+$")
_OWN_FOLDER = regex(
    r"\"?\$\(dirname(?:[ \t]++--)?[ \t]++\"?\$\{?(?:0|BASH_SOURCE(?:\[0\])?)\}?\"?\)"
    r"(?P<rest>[\w./-]*+)\"?"
)
_OPENS = regex(r"[ \t]*+(?:if|case)\b")
_CLOSES = regex(r"(?:^|[;\s])(?:fi|esac)\b")
_ENDS = regex(r"\bexit(?:[ \t]++0)?[ \t]*+(?:;|$)")
_ON_CONDITION = regex(r"&&|\|\|")
_BUILDS = regex(r"(?i)(?:docker|podman|buildah|container\w{0,20}[)}]?)[ \t][^\n]{0,40}\bbuild\b")
_OTHERWISE = regex(r"[ \t]*+(?:elif|else)\b")


def with_scripts(
    run: str, base: str, scripts: Mapping[str, str], seen: set[str] | None = None
) -> str:
    """Return the commands of a step that runs in `base`, with those of scripts about images in the
    place of what starts these: a script that speaks of images in another folder is none that is
    known. `seen` are those that are not read again.
    """
    start = posixpath.normpath(base)

    def read(call: Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(start, call["path"]))
        text = scripts.get(path, "")
        told = _as_from(start, path, text) if SPEAKS.search(text) else None
        return call[0] if told is None else _without_choices(told)

    return filled_once(_CALL, read, run.replace("\\\n", " "), seen)


def _as_from(start: str, path: str, text: str) -> str | None:
    """Return the text of a script without what enters folders, where it has come back to `start`
    whenever it speaks of images; None where it has not, or nobody knows.
    """
    if not _ENTERS.search(text):
        return text
    way = _Way(start, path)
    lines = text.replace("\\\n", " ").split("\n")
    for line in lines:
        if not line.lstrip().startswith("#") and not way.follows(line):
            return None
    return "\n".join(_ENTERS.sub("true", line) for line in lines)


def _without_choices(text: str) -> str:
    """Return a script without each `if` that builds images in more than one of its branches: nobody
    sees which of them runs.
    """
    lines = text.split("\n")
    opened: list[tuple[int, list[bool]]] = []  # where one begins, and which branches build
    for at, line in enumerate(lines):
        if _OPENS.match(line):
            opened.append((at, [False]))
        if opened and _OTHERWISE.match(line):
            opened[-1][1].append(False)
        if opened and _BUILDS.search(line):
            opened[-1][1][-1] = True
        for _ in _CLOSES.findall(line)[: len(opened)]:
            start, build = opened.pop()
            if sum(build) > 1:
                lines[start : at + 1] = [""] * (at + 1 - start)
            elif opened:
                opened[-1][1][-1] |= any(build)
    return "\n".join(lines)


class _Way:
    """Where a script at `path` is that was started in the folder `start`."""

    def __init__(self, start: str, path: str) -> None:
        self._start = start
        self._own = posixpath.dirname(path)
        self._named: set[str] = set()  # variables that hold the folder it was started in
        self._left: list[bool] = []  # for each folder that `pushd` has left, whether it was that
        self._is_back, self._was_back = True, False

    def follows(self, line: str) -> bool:
        """Go where a line goes; False where it speaks of images on the way or elsewhere."""
        if self._is_back:
            self._named.update(each[1] for each in _HERE.finditer(line))
        moves = list(_ENTERS.finditer(line))
        for each in moves:
            self._go(each)
        return not SPEAKS.search(line) or (self._is_back and not moves)

    def _go(self, move: Match[str]) -> None:
        was_back, folder = self._is_back, move["folder"]
        if move["back"]:
            self._is_back = self._left.pop() if self._left else False
        elif folder == "-":
            self._is_back = self._was_back
        else:
            self._is_back = self._leads_back(folder)
        if move[0].startswith("pushd"):
            self._left.append(was_back)
        self._was_back = was_back

    def _leads_back(self, folder: str) -> bool:
        own = _OWN_FOLDER.fullmatch(folder)
        if own:
            above = posixpath.join(self._own, own["rest"].lstrip("/"))
            return posixpath.normpath(above) == self._start
        return folder.strip('"').lstrip("$").strip("{}") in self._named


def with_settings(text: str, read: Callable[[str], str]) -> str:
    """Return a script with the settings of a `.env` in the place of what reads it."""

    def settings(call: Match[str]) -> str:
        return read(call["path"]) if posixpath.basename(call["path"]) == _SETTINGS else call[0]

    return filled_once(_SOURCES, settings, text) if _SETTINGS in text else text


def surely_pushes(run: str) -> bool:
    """Tell whether commands push an image whatever they are told."""
    return next(sure(run, PUSHES), None) is not None


def sure(run: str, wanted: Pattern[str]) -> Iterator[Match[str]]:
    """Yield the first of what is wanted in each line of commands that runs whatever they are told:
    under no condition, and where nothing has ended them before.
    """
    depth = 0
    for line in run.split("\n"):
        depth += _OPENS.match(line) is not None
        found = wanted.search(line)
        if depth and _ENDS.search(line):
            return
        if found and not depth and not _ON_CONDITION.search(line, 0, found.start()):
            yield found
        depth -= len(_CLOSES.findall(line)) if depth else 0
