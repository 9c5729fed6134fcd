"""Modes of the context's files that come from the umask of whoever checked them out, and what
`chmod` changes of modes.
"""

from __future__ import annotations

from dlint.model.scope import join
from dlint.syntax import Copy, Run, Transfer
from dlint.text.paths import under, within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.bytes.selection import Selection
    from dlint.facts.stored import Stored
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import Rewrite
    from dlint.syntax import Instruction

_OTHERS_WRITE = 0o022  # what umask 022 takes away
_OCTAL = regex(r"0?[0-7]{3}")
_CLAUSE = regex(r"([ugoa]*)((?:[+=-](?:[ugo]|[rwxXst]*))+)")
_CHANGE = regex(r"([+=-])([ugo]|[rwxXst]*)")
_WHO = {"u": 0o4700, "g": 0o2070, "o": 0o1007, "a": 0o7777}
_RIGHTS = {"r": 0o444, "w": 0o222, "x": 0o111, "s": 0o6000, "t": 0o1000}
_STARTS = 0o111  # who may start a file
_PLACES = {"u": 6, "g": 3, "o": 0}  # bits below what one of them may do
_PROGRAM = 0o755  # what a linker gives a program under umask 022
_USUAL = (0o644, _PROGRAM)  # modes of nearly all files that come from elsewhere
_UNSEEN = frozenset(("base", "clone", "install", "stage", "unpack"))
_NO_PROGRAM = regex(r"\.[^./\d][^./]*\Z")  # a name's ending
_PROGRAMS = regex(r"/s?bin/?\Z")  # a folder of programs


class Writable(NamedTuple):
    """What a COPY takes that others than their owner may write: how many files another checkout
    has, too, and the bytes of all, not compressed.
    """

    transfer: Transfer
    files: int
    size: int


def writable_files(build: Build, transfer: Transfer) -> Writable:
    """Return what a COPY takes that the group or all may write; of a repository's files, the
    tracked ones count.
    """
    selection = build.selection(transfer)
    entries = [landed.entry for landed in selection.files] if selection else []
    writable = [entry for entry in entries if entry.mode & _OTHERS_WRITE]
    # git is asked only where there is something to ask about
    tracked = build.fact(_tracked) if writable else None
    count = sum(entry.path in tracked for entry in writable) if tracked else len(writable)
    return Writable(transfer, count, sum(entry.size for entry in writable))


def mode_under_umask(selection: Selection | None) -> int | None:
    """Return the mode that what a COPY takes has under umask 022; None where that is not one for
    all, or not all are files.
    """
    entries = [landed.entry for landed in selection.entries] if selection else []
    modes = {entry.mode & ~_OTHERS_WRITE for entry in entries}
    only_files = all(entry.kind == "file" for entry in entries)
    return modes.pop() if only_files and len(modes) == 1 else None


def _tracked(build: Build) -> frozenset[str] | None:
    return build.repository.tracked() if build.repository else None


def keeps_modes(build: Build, rewrite: Rewrite, stored: Stored) -> bool:
    """Tell whether a `chmod` sets what each file of the context has already, which may have come by
    way of another stage.
    """
    path, value = rewrite.place.rooted, rewrite.value or ""
    if path is None:
        return False
    if stored.how == "stage":
        mode = _mode_by_way_of_stage(build, stored, path)
        return mode is not None and keeps(value, mode)
    modes = {mode for _, mode in _modes(build, stored, path)}
    return bool(modes) and all(keeps(value, mode) for mode in modes)


def files_that_keep(build: Build, rewrite: Rewrite, stored: Stored) -> frozenset[str]:
    """Return the places of the context's files that a COPY has brought with the mode that a `chmod`
    sets, where the COPY sets none.
    """
    copy, path = stored.instruction, rewrite.place.rooted
    if rewrite.how != "chmod" or path is None or not isinstance(copy, Transfer) or copy.chmod:
        return frozenset()
    value = rewrite.value or ""
    return frozenset(place for place, mode in _modes(build, stored, path) if keeps(value, mode))


def _modes(build: Build, stored: Stored, path: str) -> Iterator[tuple[str, int]]:
    """Yield the context's files at or below a path that a COPY has brought as they are, each with
    its mode: a link has none to be set.
    """
    arrival = stored.arrival
    if arrival is None or not arrival.copied:
        return
    for place in under(arrival.files, path):
        entry = build.context.entries[arrival.files[place]]
        if entry.kind == "file":
            yield place, entry.mode


def _mode_by_way_of_stage(build: Build, stored: Stored, path: str) -> int | None:
    """Return the mode of a file of the context that came by way of a stage where nothing sets
    modes; None where it is not seen.
    """
    from dlint.facts.placed import placed

    copy, step = stored.instruction, build.step_of(stored.instruction)
    stage = build.origin_of(copy) if isinstance(copy, Copy) else None
    if stored.tree or stage is None or step is None or not isinstance(copy, Copy):
        return None
    source = build.fact(placed).brought(step, copy).get(path)
    if source is None or _sets_modes(build, stage, copy):
        return None
    return build.context.entries[source].mode


def _sets_modes(build: Build, stage: Stage, copy: Copy) -> bool:
    """Tell whether a stage may set the modes of what a COPY takes from it."""
    from dlint.shell.effects import Rewrite

    chain = build.chain(stage)
    if any(isinstance(each.instruction, Transfer) and each.instruction.chmod for each in chain):
        return True
    places = [join("/", build.expand(copy, word.text) or "$") for word in copy.sources]
    chmods = (each for _, each in build.effects_of(Rewrite, chain) if each.how == "chmod")
    return not all(_is_elsewhere(each, places) for each in chmods)


def _is_elsewhere(chmod: Rewrite, places: list[str | None]) -> bool:
    """Tell whether a command changes a path that none of some places is at or below."""
    at = chmod.place.rooted
    if at is None or chmod.place.glob:
        return False
    return all(each is not None and "$" not in each and not within(each, at) for each in places)


def may_keep_modes(build: Build, rewrite: Rewrite, stored: Stored) -> bool:
    """Tell whether a `chmod` may set what each file has already, of files whose modes nobody sees:
    it leaves the usual ones as they are, or makes a program of what may be one, as all in a folder
    of programs is. What a stage only downloads is none.
    """
    if rewrite.how != "chmod" or stored.how not in _UNSEEN:
        return False
    value, places = rewrite.value or "", (rewrite.place.form, stored.form)
    if not rewrite.recursive:
        is_program = _NO_PROGRAM.search(rewrite.place.form) is None
    elif any(map(_PROGRAMS.search, places)):
        is_program = True
    else:
        return all(keeps(value, mode) for mode in _USUAL)
    return is_program and keeps(value, _PROGRAM) and not _is_downloaded(build, stored)


def _is_downloaded(build: Build, stored: Stored) -> bool:
    """Tell whether a COPY takes a file that a stage downloads, and makes no program."""
    from dlint.shell.effects import Fetch, Rewrite

    copy = stored.instruction
    stage = build.origin_of(copy) if isinstance(copy, Copy) else None
    if stage is None or not isinstance(copy, Copy):
        return False
    places = {join("/", build.expand(copy, word.text) or "$") for word in copy.sources}
    chain = build.chain(stage)
    fetched = {e.output.rooted for _, e in build.effects_of(Fetch, chain) if e.output}
    changed = {e.place.rooted for _, e in build.effects_of(Rewrite, chain) if e.how == "chmod"}
    return not places.isdisjoint(fetched - changed)


def keeps_given(given: str | None, value: str) -> bool:
    """Tell whether files that a COPY gave a mode, as written, keep it under a `chmod`."""
    number = _with(given or "", 0) if _OCTAL.fullmatch(given or "") else None
    return given == value if number is None else keeps(value, number)


def keeps(value: str, mode: int) -> bool:
    """Tell whether a `chmod` under umask 022 leaves a file's mode as it is."""
    return _with(value, mode) == mode


def _with(value: str, mode: int) -> int | None:
    """Return the mode that a `chmod` under umask 022 makes of a file's; None where that is not
    known.
    """
    if _OCTAL.fullmatch(value):
        return int(value, 8)
    for clause in value.split(","):
        match = _CLAUSE.fullmatch(clause)
        if match is None:
            return None
        who = 0
        for each in match[1]:
            who |= _WHO[each]
        for sign, rights in _CHANGE.findall(match[2]):
            bits = _bits(rights, mode) & (who or ~_OTHERS_WRITE)
            if sign == "=":
                mode &= ~(who or _WHO["a"])
            mode = mode & ~bits if sign == "-" else mode | bits
    return mode


def _bits(rights: str, mode: int) -> int:
    """Return the bits that the letters of a clause stand for, of a file that has `mode`."""
    if rights in _PLACES:  # what one of them may do, for others
        return (mode >> _PLACES[rights] & 0o7) * _STARTS
    bits = _STARTS if "X" in rights and mode & _STARTS else 0
    for each in rights.replace("X", ""):
        bits |= _RIGHTS[each]
    return bits


def is_of_image(build: Build, instruction: Instruction) -> bool:
    """Tell whether a COPY takes from another image, or from a stage that is but a name for one: no
    step of it writes anything.
    """
    if not isinstance(instruction, Copy) or not instruction.from_:
        return False
    stage = build.origin_of(instruction)
    if stage is None:
        return True
    steps = build.chain(stage)
    return stage.outermost.is_external and not any(
        isinstance(step.instruction, Run | Transfer) for step in steps
    )
