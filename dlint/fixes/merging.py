"""Edits that make one RUN of several."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from dlint.fixes.moving import fold
from dlint.text.patterns import regex
from dlint.text.safe import naming
from dlint.text.source import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.model.build import Build
    from dlint.shell.script import Command, Script
    from dlint.syntax import Run
    from dlint.text.source import Source

# They change what the commands below them in the same RUN do.
_CHANGES_SHELL = frozenset(
    ("", ".", "alias", "cd", "eval", "exit", "export", "popd", "pushd", "source", "trap", "umask")
)
_ASSIGNED = regex(r"\b(\w+)=|\b(?:for|read)\s+(\w+)")
_COMMENT = regex(r"(?:^|\s)#")
_TRAILING = regex(r"&&[ \t]*\S\r?\n")
_INDENT = "    "


def merge_runs(build: Build, runs: Sequence[Run]) -> tuple[Edit, ...] | None:
    """Return edits that make `runs` one, with the comments between them, in the style of the first.

    None where that is not surely the same: they do not follow each other, have other mounts or
    another form, a command changes what the later ones do, or a later RUN would go on where an
    earlier one failed.
    """
    joints = [_joint(build, first, second) for first, second in pairwise(runs)]
    found = tuple(joint for joint in joints if joint is not None)
    return found if len(found) == len(joints) else None


def run_first(build: Build, moved: Run, run: Run) -> tuple[Edit, ...] | None:
    """Return edits that have `run` do first what `moved`, a RUN of one command above it, does.

    None where one of them is not plain, or where the rest of `run` would go on though that failed.
    """
    if not (_is_plain(moved) and _is_plain(run)) or run.heredocs:
        return None
    if len(build.script(moved).commands) != 1:
        return None
    first = _put_first(build, run, moved.rest.text.strip())
    return None if first is None else (*fold(build.dockerfile.source, moved, run), first)


def _is_plain(run: Run) -> bool:
    """Tell whether a RUN has neither flags nor the exec form."""
    return not run.flags and run.json is None


def _put_first(build: Build, run: Run, command: str) -> Edit | None:
    """Return an edit that runs a command before all others of a RUN, which fails where that one
    does.
    """
    script = build.script(run)
    first, *rest = script.commands
    if first.stops_at_failures:
        end = first.span.end
        joint = build.dockerfile.source.text[end : rest[0].span.start] if rest else " && "
        return Edit(Span(end, end), joint + command) if "#" not in joint else None
    at = run.rest.offset(0)
    return None if _ignores_failure(script) else Edit(Span(at, at), f"{command} && ")


def _joint(build: Build, first: Run, second: Run) -> Edit | None:
    before, after = build.script(first), build.script(second)
    if not (before.parsed and after.parsed and _is_alike(first, second)):
        return None
    if _ignores_failure(after) or _depends_on(first, second, before):
        return None
    source, escape = build.dockerfile.source, build.dockerfile.escape
    text = source[first.span].rstrip()
    if text[-1:] in {";", "&", "|", escape} or _COMMENT.search(first.script.text):
        return None
    indent = _indent(text, source[second.span])
    between = source.text[first.span.end : second.span.start].strip()
    comments = [line.strip() for line in between.split("\n")]
    if "" in comments[1:]:
        return None  # a block of comments that belongs to neither
    lines = "".join(f"{indent}{comment}\n" for comment in comments if comment)
    start = _begin(source, before, after) or _start(second)
    signs = (" &&", "") if _TRAILING.search(text) else ("", "&& ")
    return Edit(
        Span(first.span.start + len(text), start), f"{signs[0]} {escape}\n{lines}{indent}{signs[1]}"
    )


def _start(run: Run) -> int:
    """Return where the first command of a RUN begins."""
    text = run.rest.text
    return run.rest.offset(len(text) - len(text.lstrip()))


def _begin(source: Source, before: Script, after: Script) -> int | None:
    """Return where the second of two scripts begins that both start with the same `set`, which the
    first one did.
    """
    one, other = before.commands[0], after.commands[0]
    if one.name != "set" or source[one.span] != source[other.span] or len(after.commands) == 1:
        return None
    start = after.commands[1].span.start
    return None if "#" in source.text[other.span.end : start] else start


def _indent(first: str, second: str) -> str:
    """Return what stands before a line's `&&`, or before a command behind one, or before the first
    RUN's last line.
    """
    above, *lines = first.split("\n")
    signs = [line for line in (*lines, *second.split("\n")[1:]) if line.lstrip().startswith("&&")]
    behind = [line for over, line in pairwise((above, *lines)) if _TRAILING.search(f"{over}\n")]
    model = next(iter(signs or behind or lines[-1:]), f"{_INDENT}x")
    return model[: len(model) - len(model.lstrip())]


def _is_alike(first: Run, second: Run) -> bool:
    plain = all(each.json is None and not each.heredocs for each in (first, second))
    flags = [[(flag.name, flag.value) for flag in each.flags] for each in (first, second)]
    return plain and second.index == first.index + 1 and flags[0] == flags[1]


def _depends_on(first: Run, second: Run, script: Script) -> bool:
    """Tell whether the second of two RUNs would do something else in one shell with the first."""
    changes = any(_changes_later(each, second.script.text) for each in script.commands)
    return changes or _mentions_assigned(first, second)


def _changes_later(command: Command, later: str) -> bool:
    """Tell whether a command changes what `later` does; of `set`'s options, that concerns variables
    and pipes.
    """
    return (
        command.name in _CHANGES_SHELL
        or command.background
        or (command.name == "set" and not {"$", "|"}.isdisjoint(later))
    )


def _mentions_assigned(first: Run, second: Run) -> bool:
    """Tell whether a RUN mentions a variable that the one before it assigns: alone it had not that
    value.
    """
    assigned = {match[1] or match[2] for match in _ASSIGNED.finditer(first.script.text)}
    return any(naming(name, r"\$\{?", r"\b").search(second.script.text) for name in assigned)


def _ignores_failure(script: Script) -> bool:
    """Tell whether a command runs although one before it failed: `a && b; c` runs c where a
    fails.
    """
    return any(each.connector not in {"", "&&", "|", "$("} for each in script.commands)
