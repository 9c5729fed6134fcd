"""Edits that let COPYs set the owner or mode which a RUN above them sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.metadata import accounts_between, gives_already
from dlint.facts.stored import storage
from dlint.facts.writing import base_may_hold, writers
from dlint.findings import Fix, Safety
from dlint.fixes.moving import fold
from dlint.syntax import Run, Transfer
from dlint.syntax.frontend import needed_line
from dlint.text.paths import within
from dlint.text.patterns import regex
from dlint.text.source import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from dlint.context import Entry
    from dlint.facts.stored import Stored
    from dlint.model.build import Build
    from dlint.shell import Rewrite
    from dlint.syntax import Instruction

_OCTAL = regex(r"0?[0-7]{3,4}")
_NUMBERS = regex(r"\d+(?::\d+)?")  # an owner that needs no /etc/passwd
_EXECUTABLE = regex(r"([ugo]*|a)\+x")
_EXECUTE = {"u": 0o100, "g": 0o010, "o": 0o001, "a": 0o111}


def _is_pattern(rewrite: Rewrite) -> bool:
    """Tell whether a command is given a pattern, which means more than what is seen of it."""
    return any(word.glob for word in rewrite.command.args)


def set_by_copies(
    build: Build, run: Run, rewrite: Rewrite, changed: Collection[Stored]
) -> Fix | None:
    """Return a fix that lets the COPYs which stored what `rewrite` changes set owner or mode, where
    `run` does nothing else, and the COPYs wrote all that it changes.
    """
    file, how = _single_file(changed), rewrite.how
    value = _octal(rewrite.value or "$", file)
    copies = {each.instruction.index: each.instruction for each in changed}.values()
    if _is_pattern(rewrite) or not _is_flag(build, how, value) or not _is_alone(build, run):
        return None
    if not all(_may_set(build, run, copy, how, value) for copy in copies):
        return None
    first = next(iter(copies))
    alone = _is_of_files_alone(rewrite, changed)
    spared = _spared(build, run, rewrite, first, alone=alone)
    if not spared or not (alone or _wrote_all(build, run, rewrite, changed)):
        return None
    flag = f" --{how}={_with_group(how, _as_written(build, rewrite, value, copies))}"
    ends = [copy.keyword.span.end for copy in copies]
    edits = (*(Edit(Span(end, end), flag) for end in ends), *spared)
    is_safe = file is not None and (how, rewrite.recursive) == ("chmod", False)
    safety = Safety.SAFE if is_safe else Safety.UNSAFE
    return Fix(f"add `--{how}` to the `{first.name}`", edits, safety)


def _is_flag(build: Build, how: str, value: str) -> bool:
    """Tell whether COPY has a flag for it, and the value is known: the classic builder knows no
    `--chmod`, nor does an old syntax.
    """
    if how == "chmod":
        is_known = build.options.builder != "classic" and not needed_line(build.dockerfile, how)
        return is_known and _OCTAL.fullmatch(value) is not None
    return how == "chown" and "$" not in value


def _with_group(how: str, value: str) -> str:
    """Return what a COPY's flag has to say for what a command sets: `chown NAME` leaves the files
    the group that COPY gives, where `--chown=NAME` would set the user's own as well.
    """
    value = value.replace(".", ":")
    if how != "chown" or ":" in value:
        return value
    return f"{value}:{'0' if value.isdecimal() else 'root'}"


def _as_written(build: Build, rewrite: Rewrite, value: str, copies: Iterable[Instruction]) -> str:
    """Return the owner as the command has it (`$USER:$USER`) where that is the same in the COPYs,
    or else its value.
    """
    operands = (word.raw for word in rewrite.command.args if not word.raw.startswith("-"))
    written = next(operands, "").replace('"', "")
    is_same = all(build.expand(copy, written) == value for copy in copies)
    return written if "$" in written and is_same else value


def _is_alone(build: Build, run: Run) -> bool:
    return len(build.script(run).commands) == 1 and run.json is None


def _single_file(changed: Collection[Stored]) -> Entry | None:
    """Return the file of the context that is all that the only COPY brings."""
    arrivals = [each.arrival for each in changed if each.arrival]
    selection = arrivals[0].selection if len(changed) == len(arrivals) == 1 else None
    if selection is None or len(selection.entries) != 1 or selection.archives:
        return None
    entry = selection.entries[0].entry
    return entry if entry.kind == "file" else None


def _is_of_files_alone(rewrite: Rewrite, changed: Collection[Stored]) -> bool:
    """Tell whether a command changes no folder: it says so, or names the file that the only COPY or
    ADD brings.
    """
    if not rewrite.recursive:
        return True
    path, stored = rewrite.place.rooted, next(iter(changed))
    return len(changed) == 1 and path is not None and stored.is_file(path)


def _octal(value: str, file: Entry | None) -> str:
    """Write a mode that adds the right to execute (`+x`, `u+x`) as the number that it comes to for
    `file`.
    """
    adds = _EXECUTABLE.fullmatch(value)
    if adds is None or file is None:
        return value
    return f"{file.mode | sum(_EXECUTE[who] for who in set(adds[1]) or {'a'}):o}"


def _spared(
    build: Build, run: Run, rewrite: Rewrite, copy: Instruction, *, alone: bool
) -> tuple[Edit, ...]:
    """Return edits that leave of the RUN what the COPYs can't do: the folder's own owner, or
    nothing, where it changes files `alone`.
    """
    operands = [word for word in rewrite.command.args if not word.raw.startswith("-")]
    if len(operands) != len(("mode", "file")):
        return ()
    if alone:
        return fold(build.dockerfile.source, run, copy)
    recursive = rewrite.command.argument("-R", "--recursive")
    if recursive is None or rewrite.how == "chmod":
        return ()
    start, end = recursive.span
    return (Edit(Span(start, end + (build.dockerfile.source.text[end : end + 1] == " ")), ""),)


def _wrote_all(build: Build, run: Run, rewrite: Rewrite, changed: Collection[Stored]) -> bool:
    """Tell whether the COPYs wrote all that the RUN changes, as far as can be seen, and nothing
    else.
    """
    stage, path = build.stage_of(run), rewrite.place.rooted
    if stage is None or path is None:
        return False
    if base_may_hold(path) or build.fact(writers).before(stage, run, path):
        return False
    copies = {each.instruction.index for each in changed}
    for stored in build.fact(storage).near(stage, run, path):
        is_other = stored.instruction.index not in copies and _is_below(stored, path)
        if is_other and not gives_already(build, rewrite, stored):
            return False  # what others have brought would keep its owner
    return True


def _is_below(stored: Stored, path: str) -> bool:
    if stored.arrival is not None and stored.arrival.known:
        return bool(stored.files_under(path))
    if stored.how == "make" and stored.path == path:
        return False  # the folder alone
    return stored.path is not None and within(stored.path, path)


def _may_set(build: Build, run: Run, copy: Instruction, flag: str, value: str) -> bool:
    """Tell whether the COPY may say it: in the stage of the RUN, and with users that are there
    before it.
    """
    if not isinstance(copy, Transfer) or copy.flag(flag):
        return False
    if build.stage_of(copy) is not build.stage_of(run):
        return False
    if flag == "chmod" or _NUMBERS.fullmatch(value):
        return True
    return not accounts_between(build, copy, run) and not value.endswith(":")
