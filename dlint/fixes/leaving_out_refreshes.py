"""Edits that leave out an update of an index where the installs fetch one themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.shell.effects import Refresh
from dlint.text.patterns import regex
from dlint.text.source import Edit, Span

if TYPE_CHECKING:
    from dlint.model.build import Build
    from dlint.syntax import Run

_JOINED = regex(r"(?:[ \t]|\\\n)*(?:&&|;)(?:[ \t]|\\\n)*")  # to the command behind
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
    if not _BEFORE.fullmatch(text[run.span.start : start].rstrip(" \t\\\n")):
        return None
    return Edit(Span(start, joined.end()), "")
