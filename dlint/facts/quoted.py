"""Deletions that quotes keep from deleting what they name: `rm -rf "/var/lib/apt/lists/*"`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.shell.effects import CacheLeft, Delete, Effects
from dlint.shell.judge import emptied
from dlint.shell.look import Look, home_of
from dlint.shell.words import pieces, values
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.model.build import Build
    from dlint.shell import ShellWord
    from dlint.syntax import Run

_QUOTED = regex(r"\"[^\"'\\`]+\"\Z|'[^\"'\\`]+'\Z")  # as a whole, and by one kind of quotes
_PATTERN = regex(r"[*?]")  # `[` is rather a part of a name that somebody has quoted for it
_VARIABLE = regex(r"\$(?:\w+|\{\w+\})")


class Quoted(NamedTuple):
    """A word that `rm` is given in quotes: the deletion as it would be without them, the word as it
    is written, what the quotes do, and what to do.
    """

    delete: Delete
    written: str
    why: str
    how: str


def quoted_deletions(build: Build, run: Run) -> Iterator[Quoted]:
    """Yield what a RUN means to delete by a pattern, or in a home directory, but quotes as well."""
    for delete in build.effects(run).of(Delete):
        words = (each for each in delete.command.args if each.span == delete.span)
        word = next(words, None) if delete.command.name == "rm" else None
        what = _kept_by_quotes(word.raw) if word else None
        if word is not None and what is not None:
            how = f"take the quotes off `{word.raw}`"
            if what.startswith("in single"):
                how = f"put `{word.raw}` in double quotes"
            yield Quoted(_without(build, run, delete, word), word.raw, what, how)


def _kept_by_quotes(raw: str) -> str | None:
    """Say what the quotes around a word keep the shell from; None where that is nothing."""
    if not _QUOTED.match(raw):
        return None
    inner = raw[1:-1]
    if inner == "~" or inner.startswith("~/"):
        return "in quotes, `~` is not the home directory"
    variable = _VARIABLE.match(inner)
    if raw[0] == "'" and variable:
        return f"in single quotes, `{variable[0]}` is not expanded"
    texts = (each.text for each in pieces(raw) if each.kind == "text")  # none of `${NAME%/*}`
    sign = next(filter(None, map(_PATTERN.search, texts)), None)
    return f"in quotes, `{sign[0]}` is not a pattern" if sign else None


def _without(build: Build, run: Run, delete: Delete, word: ShellWord) -> Delete:
    """Return a deletion as it would be if its word had no quotes."""
    state, command = build.state(run), delete.command
    home = state.values.get("HOME") or home_of(state.user or "root")
    look = Look((), home=home, env=state.known_environment, workdir=state.workdir)
    raw = word.raw[1:-1]
    found = values(raw, look.variables(command))
    if len(found) != 1:
        return delete
    value = found[0]
    bare = word._replace(raw=raw, text=value.text, form=value.form, glob=value.glob)
    return delete._replace(place=look.place(bare, command))


def quoted_cleanup(build: Build, run: Run, cache: CacheLeft) -> str:
    """Say how a RUN empties a cache that it means to empty, where quotes keep it from that; ""
    where they do not.
    """
    for each in quoted_deletions(build, run):
        if _empties(each, cache):
            line = build.dockerfile.source.line(each.delete.span.start)
            return f"{each.how} in line {line}: {each.why}"
    return ""


def misquoted(build: Build, run: Run) -> Iterator[Quoted]:
    """Yield what quotes surely keep from being deleted, but for cleanups of caches that the RUN
    fills: who reports the cache says it.
    """
    caches = build.effects(run).of(CacheLeft)
    found = [*quoted_deletions(build, run)]
    of_caches = {
        id(each.delete.command) for each in found for cache in caches if _empties(each, cache)
    }
    for each in found:
        command = each.delete.command
        if command.certain and id(command) not in of_caches:
            yield each


def _empties(quoted: Quoted, cache: CacheLeft) -> bool:
    later = Effects((quoted.delete,), frozenset, known=True)
    return emptied(cache, later, behind=cache.command) is not None
