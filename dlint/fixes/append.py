"""Edits that add something to a RUN, in the style in which it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.text.patterns import regex
from dlint.text.source import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.model.build import Build
    from dlint.shell.script import Command, ShellWord
    from dlint.syntax import Run
    from dlint.text.source import Source

_JOINED = regex(r"\s*(?:&&|;)\s*")
# What joins two commands: on one line, or on two with the sign at the end of the one or at the
# start of the other.
_JOINT = regex(
    r"[ \t]*(&&|;)[ \t]*(?:[\\`]\r?\n[ \t]*)?(?=[^\s\\`#])|[ \t]*[\\`]\r?\n[ \t]*(&&|;)["
    r" \t]*(?=[^\s\\`#])"
)
_SCRIPT = regex(
    r'"-\w*c"\s*,\s*"$'
)  # what stands before a script that a shell in exec form is given
_INDENT = "    "
# What ends a group of commands, a choice or a loop.
_CLOSING = regex(r"(?:[\s;)}\\`]|\b(?:fi|done|esac)\b)*")
_ENDS_SHELL = regex(r"\bexec\s|\bexit\s++0\b|\bexit\b(?!\s*+\d)")  # so that nothing follows


def append_command(build: Build, run: Run, command: Command, text: str) -> Edit | None:
    """Return an edit that runs `text` after `command` of `run` succeeded; None where no place for
    it is safe.

    It is not in a pipe, in the background, under another user, or where the step ends well although
    `command` failed.
    """
    source, commands = build.dockerfile.source, build.script(run).commands
    at = next((number for number, each in enumerate(commands) if each is command), None)
    if at is None or run.json is not None or not _runs_plainly(command):
        return None
    following = commands[at + 1].connector if at + 1 < len(commands) else ""
    if command.connector in {"|", "$("} or following in {"|", "||", "&"}:
        return None
    if _is_quoted(source, run, command):
        return None
    wrapped = source.text[command.span.start : command.word.span.start].split()
    if {"sudo", "doas"} & set(wrapped):
        text = f"{wrapped[0]} {text}"
    end = command.span.end
    return Edit(
        Span(end, end), _separator(source, run, commands, at, build.dockerfile.escape) + text
    )


def append_last(build: Build, run: Run, text: str) -> Edit | None:
    """Return an edit that runs `text` when all commands of a RUN have succeeded; None where no
    place for it is safe: behind a comment, a here-document, or what goes on in the background.
    """
    commands, text_of = build.script(run).commands, build.dockerfile.source.text
    last = max(commands, key=lambda each: each.span.end, default=None)
    if last is None or run.json is not None or run.heredocs or last.background:
        return None
    end = len(text_of[: run.span.end].rstrip())
    is_closed = _CLOSING.fullmatch(text_of, last.span.end, end)
    if is_closed is None or _ENDS_SHELL.search(run.value.text):
        return None
    escape = build.dockerfile.escape
    joint = f" {escape}\n{_INDENT}&& " if run.line < run.end_line else " && "
    return Edit(Span(end, end), joint + text)


def _runs_plainly(command: Command) -> bool:
    """Tell whether a command surely runs, in the foreground and as the step's own user."""
    return command.certain and not command.background and command.user is None


def put_behind(build: Build, run: Run, word: ShellWord, *words: str) -> Edit:
    """Return an edit that puts words behind one of a command's: strings, where that is a string of
    an exec form.
    """
    text, (start, end) = build.dockerfile.source.text, word.span
    quoted = run.json is not None and text[start - 1] == '"' == text[end : end + 1]
    apart = quoted and not _SCRIPT.search(text[run.span.start : start])
    return Edit(Span(end, end), "".join(f'", "{each}' if apart else f" {each}" for each in words))


def add_mount(build: Build, run: Run, mount: str) -> Edit:
    """Return an edit that gives a RUN a mount, on a line of its own where the RUN has several."""
    source, escape, at = build.dockerfile.source, build.dockerfile.escape, run.keyword.span.end
    rest = source.text[at : source.line_span(run.line).end]
    if run.heredocs or run.line == run.end_line or rest.strip() == escape:
        return Edit(Span(at, at), f" {mount}")
    below = source.line_text(run.line + 1)
    indent = (
        below[: len(below) - len(below.lstrip())] if below.lstrip().startswith("--") else _INDENT
    )
    return Edit(Span(at, at + len(rest) - len(rest.lstrip())), f" {mount} {escape}\n{indent}")


def _is_quoted(source: Source, run: Run, command: Command) -> bool:
    """Tell whether the command stands inside of a word of another one, as in `bash -c "..."`."""
    before = source.text[run.span.start : command.span.start]
    if any(heredoc.span.start <= command.span.start < heredoc.span.end for heredoc in run.heredocs):
        return False
    return before.count("'") % 2 == 1 or before.count('"') % 2 == 1


def _stops(commands: Sequence[Command]) -> bool:
    """Tell whether a RUN fails with any of its commands, and not only with the last (`set
    -eux`).
    """
    return any(each.stops_at_failures for each in commands)


def _separator(source: Source, run: Run, commands: Sequence[Command], at: int, escape: str) -> str:
    """Return what stands between a command and one behind it, as the RUN's lines have it."""
    command = commands[at]
    start, end = command.span
    lead = source.text[source.line_span(source.line(start)).start : start]
    sign = _sign(commands, at)
    plain = "; " if sign == ";" else f" {sign} "
    if any(heredoc.span.start <= start < heredoc.span.end for heredoc in run.heredocs):
        return f"\n{lead}" if not lead.strip() else plain
    joint = _JOINT.match(source.text, end)
    if joint is not None and sign in joint.groups():
        return joint[0]
    if _JOINED.fullmatch(lead) and lead.strip():
        return f" {escape}\n{lead.replace(lead.strip(), sign)}"
    if not lead.strip():
        return _at_line_end(source, start, sign, escape) + lead
    if source.line(start) < source.line(end):
        last = source.line_text(source.line(end))
        return f" {escape}\n{last[: len(last) - len(last.lstrip())]}{plain.lstrip()}"
    return plain


def _sign(commands: Sequence[Command], at: int) -> str:
    """Return what joins a command to one that is put behind it. By `set -e` a shell stops where the
    last command of a row of `&&` fails, and at no other: that one has to stay the last of its row.
    """
    stops, is_last = _stops(commands), at + 1 == len(commands)
    ends_row = not is_last and commands[at + 1].connector == ";"
    starts_row = at > 0 and commands[at].connector == ";"
    return ";" if (ends_row and stops) or (starts_row and (stops or not is_last)) else "&&"


def _at_line_end(source: Source, start: int, sign: str, escape: str) -> str:
    """Return the sign and the line end, as they stand at the end of the line above the one that
    holds `start`.
    """
    above = source.line_text(source.line(start) - 1).rstrip()
    code = above.removesuffix(escape).rstrip()
    if above != code and code.endswith(sign):
        return f"{above[len(code.removesuffix(sign).rstrip()) :]}\n"
    return f" {sign} {escape}\n" if sign == "&&" else f"{sign} {escape}\n"
