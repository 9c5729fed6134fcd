"""How what one layer stores and a later one deletes need not be stored at all."""

from __future__ import annotations

import posixpath
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from dlint.facts.index_users import refreshed_for_later
from dlint.facts.metadata import (
    FLAGS,
    accounts_between,
    alike_in,
    flags_of_change,
    is_for_numbers,
    ways_of_change,
)
from dlint.reads.arrivals import arrivals
from dlint.shell.managers import is_system_manager
from dlint.syntax import Add, Copy, Run, Transfer
from dlint.syntax.frontend import needed_line
from dlint.text.paths import within
from dlint.text.patterns import regex
from dlint.text.safe import naming
from dlint.text.units import lines, listed
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.facts.deletions import Deletion
    from dlint.facts.found_deletions import FoundDeletion
    from dlint.facts.stored import Stored
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import CacheLeft, Effects, Install, Rewrite
    from dlint.shell.effects import Effect
    from dlint.syntax import Instruction

# for a RUN to unpack or install
_PACKED = regex(r"\.(?:t?[gx]z|tar|tbz2?|bz2|zst|zip|deb|rpm|apk|whl|7z|[ejw]ar)\Z")
_VARIED = regex(r"[$*?\[`]")  # may stand for a file
_OF_INSTALLS = "install, use and delete them in one `RUN`, or use them in another stage"
_OF_PACKAGES = "install, use and remove packages in one `RUN`{}, or use them in another stage"
_WITH_NEEDS = " (with `--auto-remove`: else what came with them stays)"
_OF_DOWNLOADS = (
    "`ADD` them in another stage and use `RUN --mount=type=bind,from=…`, or download and delete"
    " them in one `RUN`"
)
_ELSEWHERE = "use them in another stage, and copy only what the image needs"
_WHERE_MOVED = "what the image needs to where `mv` puts it"
# A mount point cannot be deleted: "Device or resource busy".
_UNSTORED = "which stores nothing, and do not delete the mount"
_WRITABLE = "; add `rw` if the step writes to it"
_PARTS = 3  # of the context, or of what is deleted, that a help names
# What is one thing by its name: a path, or what a manager knows of its packages.
_ONE = regex(r"\A/[^\s*?\[]*+\Z|'s index\Z")
_BETWEEN_NAMES = regex(r"[\s\"'=:/<>]+")
_IN_ONE_RUN = "delete them in the `RUN` that stores them"


class WayOut(NamedTuple):
    """How something need not be stored: `how` says it, or how to exclude the part of a COPY that is
    at the path `part` of the context, or at several where that is empty.
    """

    how: str
    part: str | None = None


def way_out_of_packages(*, leaves_needs: bool) -> WayOut:
    """Say how packages need not be stored that a RUN removes; apt leaves what they brought along,
    which most of the bytes are, unless it is to remove that as well.
    """
    return WayOut(_OF_PACKAGES.format(_WITH_NEEDS * leaves_needs))


def told(ways: Sequence[tuple[str, tuple[str, str | None]]]) -> str:
    """Say what to do about some things, each with its name and its way out: the first way is said
    of all, and any other of what it is for, once for a name. Of COPYs they differ only in the parts
    to exclude.
    """
    _, (how, first) = ways[0]
    if first is not None:
        parts = [part for _, (_, part) in ways]
        named = listed(dict.fromkeys(f"`{each}`" for each in parts), _PARTS)
        return f"exclude {named if all(parts) else 'them'} {how}"
    of_each: dict[str, dict[str, None]] = {}
    first_of: dict[str, str] = {}
    for what, (each, _) in ways:
        if first_of.setdefault(what, each) == each:
            of_each.setdefault(each, {})[what] = None
    hows = [_of_number(each, [*named]) for each, named in of_each.items()]
    others = zip(hows[1:], [*of_each.values()][1:], strict=True)
    return "; ".join((hows[0], *(f"for {listed(named, _PARTS)}, {each}" for each, named in others)))


def _of_number(how: str, named: Sequence[str]) -> str:
    """Say a way out in the singular where it is for one thing: a path, or a manager's index."""
    if len(named) > 1 or not _ONE.search(named[0]):
        return how
    texts = how.split("`")  # those at odd places are quoted
    return "`".join(text if at % 2 else _in_singular(text) for at, text in enumerate(texts))


def _in_singular(text: str) -> str:
    return text.replace("them", "it").replace("they come", "it comes")


def way_out(build: Build, stage: Stage, run: Run, deletion: Deletion, stored: Stored) -> WayOut:
    """Say how what was stored, or the part of a COPY from the context that `run` deletes, need not
    be stored.

    All of a COPY was there for a RUN to read. The part that no RUN in between can have read is not
    needed in the context either.
    """
    if stored.how == "install":
        return WayOut(_OF_INSTALLS)
    taken = deletion.files_of(stored)
    if stored.arrival is None or not taken or taken == stored.arrival.sources:
        if _is_taken_by_script(build, stage, run, deletion, stored):
            return WayOut(_ELSEWHERE)
        if isinstance(stored.instruction, Transfer) and _is_moved_out(build, run, deletion):
            return WayOut(f"`{stored.instruction.name}` {_WHERE_MOVED}")
        if _is_part_that_is_read(build, stage, run, deletion, stored):
            return WayOut(_of_part_that_is_read(stored.instruction))
        return WayOut(_way_out_of_all(build, stage, run, deletion, stored))
    return _way_out_of_part(build, stage, run, stored, taken)


def named(
    build: Build, stage: Stage, run: Run, deletion: Deletion, stored: Sequence[Stored]
) -> dict[int, WayOut]:
    """Return which of the things that a command of `run` deletes are named, by their places among
    `stored`, each with its way out: one for all COPYs where not all comes from the context, and of
    what only may be there the first.
    """
    ways = [way_out(build, stage, run, deletion, each) for each in stored]
    if all(map(deletion.files_of, stored)):
        return dict(enumerate(ways))
    sure = [at for at, each in enumerate(stored) if deletion.takes_all_of(each)] or [0]
    one = ways[sure[0]]
    are_copies = all(isinstance(stored[at].instruction, Transfer) for at in sure)
    if are_copies and any(ways[at] != one for at in sure):
        one = WayOut(_ELSEWHERE)
    return {at: one if isinstance(stored[at].instruction, Transfer) else ways[at] for at in sure}


def _is_taken_by_script(
    build: Build, stage: Stage, run: Run, deletion: Deletion, stored: Stored
) -> bool:
    """Tell whether a script that a RUN starts may delete what a COPY brought itself: a mount would
    not let it.
    """
    from dlint.facts.variable_readers import script_started
    from dlint.shell.effects import Unknown

    path = deletion.path or stored.path
    if path is None or not isinstance(stored.instruction, Transfer):
        return False
    deletes_it = naming(path.rstrip("/*"), r"\brm[ \t][^\n]*(?<![\w/.-])", r"(?![\w.-])")
    texts = (
        script_started(build, each, unknown.command)
        for each, effects in build.effects_in(build.chain(stage))
        if stored.instruction.index < each.index <= run.index
        for unknown in effects.of(Unknown)
    )
    return any(text is not None and deletes_it.search(text.replace("\\\n", " ")) for text in texts)


def _is_moved_out(build: Build, run: Run, deletion: Deletion) -> bool:
    """Tell whether `run` moves something out of what it deletes: no step moves a mount."""
    from dlint.shell.effects import Rewrite

    gone, rewrites = deletion.path, build.effects(run).of(Rewrite)
    moved = [each.place.path for each in rewrites if each.how == "mv" and each.command.certain]
    return gone is not None and any(path is not None and within(path, gone) for path in moved)


def way_out_of_found(build: Build, stage: Stage, run: Run, found: FoundDeletion) -> WayOut:
    """Say how what a search of `run` deletes need not be stored."""
    if found.files:
        return _way_out_of_part(build, stage, run, found.stored, found.files)
    if found.stored.how == "stage":
        return WayOut("delete them in the stage that they are copied from")
    return WayOut(_in_one_run(build, stage, run, found.stored))


def _way_out_of_part(
    build: Build, stage: Stage, run: Run, stored: Stored, taken: frozenset[str]
) -> WayOut:
    """Say how the part of a COPY from the context that `run` deletes need not be stored."""
    part, line = posixpath.commonpath(taken), needed_line(build.dockerfile, "exclude")
    by_flag = f"with `{stored.instruction.name} --exclude`{line}"
    if _may_be_read(build, stage, run, stored):
        if all(map(_PACKED.search, taken)):
            it = "it" if part else "them"
            how = f"{by_flag}, and mount {it} with `--mount=type=bind` instead of deleting {it}"
            return WayOut(how, part)
        return WayOut(_ELSEWHERE)
    if _is_taken_besides(build, stored, taken):
        return WayOut(by_flag, part)
    return WayOut(f"in `.dockerignore` or {by_flag}", part)


def _may_be_read(build: Build, stage: Stage, run: Run, stored: Stored) -> bool:
    """Tell whether a RUN may read what was stored before `run` deletes it."""
    return any(_may_read(effects) for _, effects in _until_deleted(build, stage, run, stored))


def _until_deleted(
    build: Build, stage: Stage, run: Run, stored: Stored
) -> Iterator[tuple[Run, Effects]]:
    """Yield the RUNs after the step that stored something, up to `run`, which deletes it."""
    for each, effects in build.effects_in(build.chain(stage)):
        if stored.instruction.index < each.index <= run.index:
            yield each, effects


def _is_part_that_is_read(
    build: Build, stage: Stage, run: Run, deletion: Deletion, stored: Stored
) -> bool:
    """Tell whether a RUN may read the part of a folder of another stage that `run` deletes: it
    would miss that if it were deleted there.
    """
    is_part = stored.how == "stage" and stored.tree and not _is_whole(deletion, stored)
    return is_part and _may_be_read(build, stage, run, stored)


def _of_part_that_is_read(instruction: Instruction) -> str:
    name = instruction.from_ if isinstance(instruction, Copy) else None
    mount = f"`RUN --mount=type=bind,from={name}`"
    return f"copy only what the image needs, and use {mount} for what only a `RUN` reads"


def _is_taken_besides(build: Build, stored: Stored, taken: frozenset[str]) -> bool:
    """Tell whether another COPY names one of some files of the context, or a folder around it."""
    return any(
        each.instruction is not stored.instruction and not each.whole and taken & each.sources
        for stage in build.stages
        for _, each in build.fact(arrivals).in_stage(stage)
    )


def way_out_of_cache(build: Build, runs: Sequence[Run], left: CacheLeft) -> WayOut:
    """Say how a cache that some RUNs fill, and a later one empties, need not be stored."""

    def look() -> str:
        is_index = left.kind == "index"
        return refreshed_for_later(build, runs, left.managed_by) if is_index else ""

    # many RUNs may empty what some have filled
    filling = tuple(each.index for each in runs)
    later = build.keep((way_out_of_cache, filling, left.manager, left.kind), look)
    return WayOut(_IN_ONE_RUN + later)


def _is_whole(deletion: Deletion, stored: Stored) -> bool:
    """Tell whether the RUN deletes all that a COPY from another stage or image has brought."""
    gone = deletion.path
    if gone is None or stored.path is None:
        return False
    if not deletion.delete.recursive:  # a file by this very name
        return gone == stored.path and not deletion.delete.place.glob
    if deletion.delete.place.glob:
        folder = gone.removesuffix("/*")
        return "*" not in folder and stored.path != folder and within(stored.path, folder)
    return within(stored.path, gone)


def _way_out_of_all(
    build: Build, stage: Stage, run: Run, deletion: Deletion, stored: Stored
) -> str:
    instruction = stored.instruction
    if not isinstance(instruction, Transfer):
        return _in_one_run(build, stage, run, stored)
    packed = all(_PACKED.search(word.text) for word in instruction.sources)
    match instruction:
        case Copy(from_=str() as name) if packed or _is_whole(deletion, stored):
            writable = _WRITABLE * (not packed)
            return f"use `RUN --mount=type=bind,from={name}`, {_UNSTORED}{writable}"
        case Copy(from_=str()):
            return "delete or move them where they come from, or copy only what the image needs"
        case Add() if any("://" in word.text for word in instruction.sources):
            return _OF_DOWNLOADS
    return f"use `RUN --mount=type=bind`, {_UNSTORED}{_WRITABLE * (not packed)}"


def _in_one_run(build: Build, stage: Stage, run: Run, stored: Stored) -> str:
    """Say how what a RUN stored need not be: deleted there, no later RUN can use it."""
    between = _until_deleted(build, stage, run, stored)
    if not any(_may_use(build, each, effects, stored) for each, effects in between):
        return _IN_ONE_RUN
    verb = "download" if stored.how in {"clone", "fetch"} else "make"
    return f"{verb}, use and delete them in one `RUN`"


def _may_use(build: Build, run: Run, effects: Effects, stored: Stored) -> bool:
    """Tell whether a RUN names what was stored, but to delete it, or may read it without a name."""
    from dlint.shell.effects import Create, Delete, Fetch

    downloading = {id(each.command) for each in effects.of(Fetch)}
    others = (
        each
        for each in effects.items
        if not isinstance(each, Create | Fetch) or id(each.command) not in downloading
    )
    if not effects.known or not all(map(_reads_nothing, others)):
        return True
    name = posixpath.basename(stored.form)
    deleting = {id(each.command) for each in effects.of(Delete)}
    return any(
        fnmatchcase(name, part)
        for each in build.script(run).commands
        if id(each) not in deleting
        for part in _BETWEEN_NAMES.split(build.dockerfile.source[each.span])
    )


def way_out_of_changes(build: Build, run: Run, changed: Sequence[tuple[Rewrite, Stored]]) -> str:
    """Say how what was stored need not be stored again by commands of `run`; `changed` are those by
    their operands, each with something that it changes: the first decides what is said first.
    """
    of_base = [rewrite for rewrite, stored in changed if stored.how == "base"]
    commands, places = {id(each.command) for each in of_base}, {each.place for each in of_base}
    kinds: dict[str, list[tuple[Rewrite, Stored]]] = {}
    for each in changed:
        is_of_base = id(each[0].command) in commands or each[0].place in places
        kind = "base" if is_of_base else _kind_of_change(build, run, each[0])
        kinds.setdefault(kind, []).append(each)
    ways = {_way_out_of_change(build, run, kind, part): part for kind, part in kinds.items()}
    (first, _), *others = ways.items()
    return "; ".join((first, *(f"for {part[0][0].command.quoted}, {way}" for way, part in others)))


def _kind_of_change(build: Build, run: Run, rewrite: Rewrite) -> str:
    """Return one word for all changes that have the same way out."""
    return _FLAGS if ways_of_change(build, run, rewrite) <= FLAGS.keys() else rewrite.how


def _way_out_of_change(
    build: Build, run: Run, kind: str, changed: Sequence[tuple[Rewrite, Stored]]
) -> str:
    """Say how what was stored need not be stored again by changes of one kind."""
    if kind == "base":
        return "change only the ones that need it"
    steps = [each.instruction for _, each in changed]
    has_copy = any(isinstance(each, Transfer) for each in steps)
    if kind != _FLAGS:
        return _OTHERWISE.get(kind) or (_EARLIER if has_copy else _IN_ITS_RUN)
    given = _flags_of(build, run, changed)
    first = min(steps, key=lambda each: each.index)
    needs_account = any(_names_account(build, run, rewrite) for rewrite, _ in changed)
    late = ", once the account is there" * (needs_account and accounts_between(build, first, run))
    what = " and ".join(f"their {_GIVEN[each]}" for each in given)
    flag = _flag(build, run, steps, given) if has_copy else ""
    folder = _of_folder(build, run, changed) if has_copy else ""
    return f"set {what} in the step that stores them{late}{flag}{folder}"


def _flag(build: Build, run: Run, steps: Sequence[Instruction], given: Sequence[str]) -> str:
    """Say which flags the instructions have that stored something, and which of them lack the one
    that others of the stage have.
    """
    copies = {each.line: each for each in steps if isinstance(each, Transfer)}
    names = dict.fromkeys(f"`{each.name}`" for each in copies.values())
    flags = f"`{' '.join(given)}`"
    flagged = [each for each in copies.values() if _has_flags(each, given)]
    if len(flagged) == len(copies):
        return f": the {flags} of {listed(names)} sets another"
    line = needed_line(build.dockerfile, "chmod") if "--chmod" in given else ""
    if not flagged and len(given) == 1 and _is_beside_flagged(build, run, given[0]):
        lacks = "lacks" if len(copies) == 1 else "lack"
        return f": {listed(names)} in {lines(sorted(copies), _PARTS)} {lacks} {flags}{line}"
    has = "has" if len(names) == 1 else "have"
    return f": {listed(names)} {has} {flags} for it{line}"


def _has_flags(copy: Transfer, given: Sequence[str]) -> bool:
    return all(copy.flag(each.removeprefix("--")) is not None for each in given)


def _is_beside_flagged(build: Build, run: Run, flag: str) -> bool:
    """Tell whether a COPY above a RUN, in its stage, has a flag."""
    stage = build.stage_of(run)
    first = build.fact(_first_flagged).get((stage.index, flag)) if stage else None
    return first is not None and first < run.index


def _first_flagged(build: Build) -> dict[tuple[int, str], int]:
    """Return the number of the first COPY that has a flag which sets owner or mode, by the stage
    and the flag; a fact.
    """
    found: dict[tuple[int, str], int] = {}
    for copy in build.dockerfile.instructions:
        stage = build.stage_of(copy) if isinstance(copy, Transfer) else None
        if stage is None or not isinstance(copy, Transfer):
            continue
        for flag in _GIVEN:
            if _has_flags(copy, [flag]):
                found.setdefault((stage.index, flag), copy.index)
    return found


def _flags_of(build: Build, run: Run, changed: Sequence[tuple[Rewrite, Stored]]) -> list[str]:
    """Return the flags of COPY that some changes need, in their order of a sentence."""
    flags = set[str]().union(*(flags_of_change(build, run, *each) for each in changed))
    return sorted(flags, reverse=True)


def _names_account(build: Build, run: Run, rewrite: Rewrite) -> bool:
    """Tell whether a RUN gives what one of its commands changes to somebody by a name."""
    alike = alike_in(build, run, rewrite)
    return any(FLAGS.get(each.how) == "--chown" and not is_for_numbers(each) for each in alike)


def _takes_folder(change: tuple[Rewrite, Stored]) -> bool:
    """Tell whether a command takes the folder that a step stored its files in, or one around it."""
    rewrite, stored = change
    path, at = rewrite.place.rooted, stored.path
    if path is None or at is None or not rewrite.recursive:
        return False
    return within(at, path) and not stored.is_file(path)


def _of_folder(build: Build, run: Run, changed: Sequence[tuple[Rewrite, Stored]]) -> str:
    """Say what is left to do of a folder: a COPY sets no mode of its destination, and the owner of
    one only that it makes itself (tried on Docker 26.1.5). One around that may hold more, which
    the base image may bring.
    """
    changes = [each for each in changed if _takes_folder(each)]
    if not changes:
        return ""
    flags = _flags_of(build, run, changes)
    commands = listed(f"`{flag.removeprefix('--')}`" for flag in flags)
    wholes = [rewrite for rewrite, stored in changes if rewrite.place.rooted == stored.path]
    if not wholes:
        return f", and leave only the rest of the folder to {commands} here"
    if flags == ["--chown"] and _are_owned(build, run, wholes):
        return ""
    return f", and the folder itself needs at most {commands} without `-R`"


def _are_owned(build: Build, run: Run, changes: Sequence[Rewrite]) -> bool:
    """Tell whether folders are already theirs to whom commands of a RUN give them."""
    from dlint.facts.folder_owners import is_owned_already

    return all(is_owned_already(build, run, each) for each in changes)


_FLAGS = "flags"  # what a COPY sets by itself
_EARLIER = "do it before they are stored, in an earlier stage"
_IN_ITS_RUN = "do it in the `RUN` that stores them"
_GIVEN = {"--chmod": "mode", "--chown": "owner"}
_OTHERWISE = dict.fromkeys(("cp", "mv"), "store them there at once")


def _may_read(effects: Effects) -> bool:
    """Tell whether a RUN may read files that were copied: it does more than install packages of the
    system by their names, delete, and change owners and modes.
    """
    return not effects.known or not all(map(_reads_nothing, effects.items))


def _reads_nothing(effect: Effect) -> bool:
    from dlint.shell.effects import (
        CacheLeft,
        Clean,
        Create,
        Delete,
        Install,
        Refresh,
        Remove,
        Rewrite,
    )

    match effect:
        case Clean() | CacheLeft() | Delete() | Refresh() | Remove():
            return True
        case Create():
            return effect.source is None
        case Rewrite():
            return effect.how in {"chmod", "chown", "chgrp", "touch"}
        case Install():
            return is_system_manager(effect.manager) and _is_of_names(effect)
    return False


def _is_of_names(install: Install) -> bool:
    """Tell whether all packages of an install are known by name: none is a file, or told by one."""
    return bool(install.packages or install.upgrade) and all(
        each.kind == "index" and each.text is not None and not _VARIED.search(each.text)
        for each in install.packages
    )
