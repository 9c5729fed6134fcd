"""Edits that leave out an update of an index where the installs fetch one themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.shell.effects import Refresh
from dlint.text.patterns import regex
from dlint.text.source import Edit, Span

if TYPE_CHECKING:
    import re

    from dlint.model.build import Build
    from dlint.syntax import Run

# To the command behind, which may stand in another line.
_JOINED = regex(r"(?:[ \t]|\\\n)*(?P<sign>&&|;(?!;))[ \t]*+(?P<turn>(?:[ \t]|\\\n)*)")
# What a command of its own stands behind: another one, or the instruction's name and flags.
_BEFORE = regex(r"(?s)(?i:RUN)(?:(?:[ \t]|\\\n)++--\S++)*+|.*(?:&&|;)")


def without_refresh(build: Build, run: Run, manager: str) -> Edit | None:
    """Return what takes the one update of a manager's index out of a RUN; None where it does more,
    or is no part of a list of commands.
    """
    refreshes = build.effects(run).of_manager(Refresh, manager)
    if len(refreshes) != 1:
        return None
    command, text = refreshes[0].command, build.dockerfile.source.text
    start, end = command.span.start, command.span.end
    joined = _JOINED.match(text, end)
    if joined is None or [each.form for each in command.args] != ["update"]:
        return None
    before = text[run.span.start : start].rstrip(" \t\\\n")
    would_depend = before.endswith("&&") and joined["sign"] == ";"  # of `a && update; install`
    if would_depend or not _BEFORE.fullmatch(before):
        return None
    return Edit(Span(start, _end(text, start, joined)), "")


def _end(text: str, start: int, joined: re.Match[str]) -> int:
    """Return where the text ends that goes: before the line's own end where a comment is next,
    which cannot stand behind the words that stay.
    """
    stays = text[text.rfind("\n", 0, start) + 1 : start].strip()
    is_comment_next = text.startswith(("#", "\n"), joined.end())
    return joined.start("turn") if stays and is_comment_next else joined.end()
