"""Tests and documents beside a program that no image needs: its source loads none of them."""

from __future__ import annotations

import re

from dlint.errors import DlintError
from dlint.facts.named_beside import unspoken
from dlint.facts.volatility import is_source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.model.build import Build
    from dlint.syntax import Transfer

MOST_BYTES = 64 << 20  # of source that is looked through: half a second
LARGEST = 1 << 20  # bytes of a file that somebody wrote
# Between two names of a path: as one text, or as words that a function joins.
_JOINT = rb"(?:/|[\"'][ \t]{0,8},\s{0,80}[\"'])"


def unneeded(
    build: Build, transfer: Transfer, paths: Sequence[str], beside: re.Pattern[str]
) -> list[str]:
    """Return those of the context's paths, among them that `beside` finds, which an ignore file may
    leave out: as `unspoken`, and no source outside of such folders names them.
    """
    found = unspoken(build, transfer, paths, beside)
    if not found:
        return []
    names = {path: _named(path, beside) for path in found}
    sources = [
        entry
        for path, entry in build.context.entries.items()
        if is_source(path) and entry.size <= LARGEST and not beside.search(path)
    ]
    if sum(entry.size for entry in sources) > MOST_BYTES:
        return []
    for entry in sources:
        text = _text(build, entry.path)
        names = {path: name for path, name in names.items() if not name.search(text)}
    return list(names)


def _named(path: str, beside: re.Pattern[str]) -> re.Pattern[bytes]:
    """Return what a source holds that loads a path, or others of its folder: the first name that
    `beside` finds with the next one. A folder alone has to be part of a path: its name may be any
    word.
    """
    part = beside.search(path)
    first = path.rfind("/", 0, part.start() + 1) + 1 if part else 0
    names = [re.escape(name.encode("utf-8", "surrogateescape")) for name in path[first:].split("/")]
    end = rb"(?![\w-])" if len(names) > 1 or b"." in names[0] else rb"/\w"
    return re.compile(rb"(?<![\w-])" + _JOINT.join(names[:2]) + end)


def _text(build: Build, path: str) -> bytes:
    try:
        return build.context.read(path)
    except DlintError:
        return b""
