"""Long texts cut in the middle: the beginning says what a command is, the end what it is about.

Paths keep their end, which tells one from its neighbors.
"""

from __future__ import annotations

MARK = "…"
HEAD = 0.6  # of the room is the beginning's, which says more
WITHIN = "/,;:=&|@"  # where a long word is cut, if one must be
SCRAP = 4  # characters of an end that say nothing


def shortened(text: str, width: int) -> str:
    """Return `text` in at most `width` characters, at least 3: cut in the middle with `…`.

    It is cut between words, or inside one at a mark such as `/`; elsewhere only where next to
    nothing would be left of the text otherwise.
    """
    if len(text) <= width:
        return text
    room = width - len(MARK)
    tail = _end(text, room - len(_start(text, max(1, round(room * HEAD)))))
    return f"{_start(text, room - len(tail))}{MARK}{tail}"


def path_end(path: str, width: int) -> str:
    """Return the end of `path` in at most `width` characters, after `…`: whole names where there is
    room for two, since the last one is often the same in many folders.
    """
    if len(path) <= width or "/" not in path:
        return shortened(path, width)
    end = path[len(MARK) - width :]
    whole = end[max(0, end.find("/")) :]
    return MARK + (whole if whole.count("/") > 1 else end)


def _start(text: str, room: int) -> str:
    """Return the beginning of a text, as much as there is room for; a space comes before `…`."""
    at = text.rfind(" ", 0, room) + 1
    if at <= room // 2:
        at = max(text.rfind(mark, 0, room) for mark in WITHIN) + 1
    return text[: at if at > room // 2 else room]


def _end(text: str, room: int) -> str:
    """Return the end of a text likewise; nothing where no whole name fits."""
    first = max(0, len(text) - max(room, 0))
    at = text.find(" ", first)
    if at < 0 and " " not in text:
        at = min((found for mark in WITHIN if (found := text.find(mark, first)) >= 0), default=-1)
    return text[at:] if 0 <= at <= len(text) - SCRAP else ""
