"""How what one layer stores and a later one deletes need not be stored at all."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.facts.empty_folders import folders_left
from dlint.facts.index_users import lines_of, refreshed_for_later
from dlint.facts.metadata import (
    FLAGS,
    able_to_give_away,
    accounts_between,
    flags_of_change,
    gives_already,
    is_for_numbers,
    may_change_bases,
    sure_rewrites,
    symbolic_mode,
    ways_of_change,
)
from dlint.facts.stored import storage
from dlint.facts.writing import base_may_hold, writers
from dlint.reads.arrivals import arrivals
from dlint.shell.managers import is_system_manager
from dlint.syntax import Add, Copy, Run, Transfer
from dlint.syntax.frontend import needed_line
from dlint.text.paths import nested, under, within
from dlint.text.patterns import regex
from dlint.text.safe import naming
from dlint.text.units import listed
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
_ELSEWHERE = "use them in another stage, and copy only what the image needs"
_ROOT = (None, "root", "0")
_TO_ROOT = ("root", "root:", "root:root", "0", "0:0")
_WRITABLE = "; add `rw` if the step writes to it"
_PARTS = 3  # of the context that a help names
_IN_ONE_RUN = "delete them in the `RUN` that stores them"


class WayOut(NamedTuple):
    """How something need not be stored: `how` says it, or how to exclude the part of a COPY that is
    at the path `part` of the context, or at several where that is empty.
    """

    how: str
    part: str | None = None


def told(ways: Sequence[tuple[str, str | None]]) -> str:
    """Say what to do, of ways out that differ only in the parts that are excluded."""
    how, first = ways[0]
    if first is None:
        return how
    parts = [part for _, part in ways]
    named = listed(dict.fromkeys(f"`{each}`" for each in parts), _PARTS)
    return f"exclude {named if all(parts) else 'them'} {how}"


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
        return WayOut(_way_out_of_all(stored.instruction, is_whole=_is_whole(deletion, stored)))
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
    from dlint.shell import Unknown

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


def way_out_of_found(build: Build, stage: Stage, run: Run, found: FoundDeletion) -> WayOut:
    """Say how what a search of `run` deletes need not be stored."""
    if found.files:
        return _way_out_of_part(build, stage, run, found.stored, found.files)
    if found.stored.how == "stage":
        return WayOut("delete them in the stage that they are copied from")
    return WayOut(_IN_ONE_RUN)


def _way_out_of_part(
    build: Build, stage: Stage, run: Run, stored: Stored, taken: frozenset[str]
) -> WayOut:
    """Say how the part of a COPY from the context that `run` deletes need not be stored."""
    between = (
        effects
        for each, effects in build.effects_in(build.chain(stage))
        if stored.instruction.index < each.index <= run.index
    )
    part, line = posixpath.commonpath(taken), needed_line(build.dockerfile, "exclude")
    by_flag = f"with `{stored.instruction.name} --exclude`{line}"
    if any(map(_may_read, between)):
        if all(map(_PACKED.search, taken)):
            how = f"{by_flag}, and mount {'it' if part else 'them'} with `--mount=type=bind`"
            return WayOut(how, part)
        return WayOut(_ELSEWHERE)
    if _is_taken_besides(build, stored, taken):
        return WayOut(by_flag, part)
    return WayOut(f"in `.dockerignore` or {by_flag}", part)


def _is_taken_besides(build: Build, stored: Stored, taken: frozenset[str]) -> bool:
    """Tell whether another COPY names one of some files of the context, or a folder around it."""
    return any(
        each.instruction is not stored.instruction and not each.whole and taken & each.sources
        for stage in build.stages
        for _, each in build.fact(arrivals).in_stage(stage)
    )


def way_out_of_cache(build: Build, run: Run, left: CacheLeft) -> WayOut:
    """Say how a cache that `run` fills, and a later one empties, need not be stored."""

    def look() -> str:
        is_index = left.kind == "index"
        return refreshed_for_later(build, run, left.managed_by) if is_index else ""

    # many RUNs may empty what one has filled
    later = build.keep((way_out_of_cache, run.index, left.manager, left.kind), look)
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


def _way_out_of_all(instruction: Instruction, *, is_whole: bool) -> str:
    sources = instruction.sources if isinstance(instruction, Transfer) else ()
    packed = bool(sources) and all(_PACKED.search(word.text) for word in sources)
    match instruction:
        case Copy(from_=str() as name) if is_whole or packed:
            writable = _WRITABLE * (not packed)
            return f"use `RUN --mount=type=bind,from={name}`, which stores nothing{writable}"
        case Copy(from_=str()):
            return "delete or move them where they come from, or copy only what the image needs"
        case Add() if any("://" in word.text for word in instruction.sources):
            return "download and delete them in one `RUN`"
        case Transfer():
            return f"use `RUN --mount=type=bind`, which stores nothing{_WRITABLE * (not packed)}"
    return _IN_ONE_RUN


def way_out_of_change(
    build: Build,
    run: Run,
    rewrite: Rewrite,
    stored: Stored,
    changed: Sequence[tuple[Rewrite, Stored]],
) -> str:
    """Say how what was stored need not be stored again by `rewrite`, a command of `run`; `changed`
    are its operands, and commands that change the same path, each with something that it changes.
    """
    if stored.how == "base":
        return "change them in the base image, or change only the ones that need it"
    path = rewrite.place.path or ""
    is_own = stored.has_program(path) or rewrite.how == "mv" or _is_inside(stored, path)
    way, by_runs = _way_out_of_brought(build, run, rewrite, stored, changed)
    way += _also_changed(build, run, rewrite, stored)
    left = _left_operands(build, run, rewrite, changed, by_runs=by_runs)
    if left:
        way += f"; keep `{rewrite.how}` for {listed(left, _PARTS)}"
    return f"{way}{_OF_BASE * (not is_own and may_change_bases(build, run, rewrite))}"


def _wrote(changed: Iterable[tuple[Rewrite, Stored]]) -> list[Instruction]:
    """Return the steps that stored things, each once."""
    return list({each.instruction.index: each.instruction for _, each in changed}.values())


def _left_operands(
    build: Build,
    run: Run,
    rewrite: Rewrite,
    changed: Sequence[tuple[Rewrite, Stored]],
    *,
    by_runs: bool,
) -> list[str]:
    """Return what a command changes besides what is told and what the same steps brought unseen:
    nothing else does it, if not the RUNs that write it (`by_runs`).
    """
    stage = build.stage_of(run)
    told, wrote = {each.place.form for each, _ in changed}, _wrote(changed)
    if rewrite.how not in FLAGS or stage is None:
        return []
    alike = (
        each for each in build.effects(run).of(type(rewrite)) if each.command is rewrite.command
    )
    left = {each.place.form: each for each in alike if each.place.form not in told}
    return [
        f"`{form}`"
        for form, each in left.items()
        if not _is_set_anyway(build, stage, run, each, wrote)
        and not (by_runs and _others_write(build, run, each.place.rooted or "?", ()))
    ]


def _is_set_anyway(
    build: Build, stage: Stage, run: Run, rewrite: Rewrite, wrote: Sequence[Instruction]
) -> bool:
    """Tell whether what a command sets is there without it: a COPY gives it already, or one of the
    steps that are told of brings, not seen, what stands there.
    """
    path = rewrite.place.rooted
    near = [*build.fact(storage).nearest(stage, run, path)] if path else []
    unseen = (each for each in near if each.arrival is None or not each.arrival.known)
    is_brought = any(each.instruction in wrote for each in unseen)
    return is_brought or any(gives_already(build, rewrite, each) for each in near)


def _also_changed(build: Build, run: Run, rewrite: Rewrite, stored: Stored) -> str:
    """Say which other command of a RUN stores a part of a COPY again all the same."""
    path, brought = rewrite.place.rooted, stored.instruction
    if path is None or not isinstance(brought, Transfer):
        return ""
    is_seen = stored.arrival is not None and stored.arrival.known
    for each, at in sure_rewrites(build, run):
        is_part = at != path and within(at, path) and within(at, stored.path or "?")
        if each.command is rewrite.command or each.how not in FLAGS or not is_part:
            continue
        if not (stored.files_under(at) if is_seen else _may_bring(build, run, at, stored)):
            continue
        if gives_already(build, each, stored):
            if each.how == "chmod":
                return f"; drop {each.command.quoted}: that mode is there already"
            continue
        where = ", unless that mode is set where they come from" * (each.how == "chmod")
        return f"; {each.command.quoted} stores its files again all the same{where}"
    return ""


def _may_bring(build: Build, run: Run, path: str, stored: Stored) -> bool:
    """Tell whether no other step than a COPY, not seen, is seen to bring the file at a path."""
    stage = build.stage_of(run)
    near = build.fact(storage).nearest(stage, run, path) if stage else ()
    return not any(
        path == each.path or (each.arrival is not None and path in each.arrival.files)
        for each in near
        if each.instruction is not stored.instruction
    )


def _way_out_of_brought(
    build: Build,
    run: Run,
    rewrite: Rewrite,
    stored: Stored,
    changed: Sequence[tuple[Rewrite, Stored]],
) -> tuple[str, bool]:
    """Say it of what a step of the file stored, and tell whether that has each other RUN do it for
    what it writes.
    """
    how, brought = rewrite.how, stored.instruction
    if stored.how == "install" and _may_be_brought_above(build, run, stored):
        return "do it in each `RUN` that installs them, for what it brings", False
    if not isinstance(brought, Transfer):
        return _way_out_by_runs(build, run, rewrite, brought, _wrote(changed)), False
    ways = ways_of_change(build, run, rewrite) | {how}
    if ways <= FLAGS.keys():
        return _way_out_by_flags(build, run, rewrite, stored, changed)
    return _OTHERWISE.get(how) or _at_home(ways), False


def _may_be_brought_above(build: Build, run: Run, stored: Stored) -> bool:
    """Tell whether a RUN above the one that surely installs something may have installed more of
    it: packages that a variable names.
    """
    from dlint.shell import Install

    stage = build.stage_of(run)
    return any(
        earlier.index < stored.instruction.index
        and is_system_manager(install.manager)
        and any(each.text is None for each in install.packages)
        for earlier, install in (build.effects_above(Install, stage, run) if stage else ())
    )


def _at_home(ways: frozenset[str]) -> str:
    """Say where files may be changed in these ways before they are copied."""
    if ways.isdisjoint(_LOST):
        return "do it where the files come from: in the build context, or in an earlier stage"
    programs = listed(f"`{each}`" for each in sorted(ways))
    return f"{programs} them in an earlier stage, and copy them from there"


def _way_out_by_runs(
    build: Build, run: Run, rewrite: Rewrite, brought: Instruction, wrote: Iterable[Instruction]
) -> str:
    """Say which RUNs should do it for what they store, which COPYs above them need the flag, and
    for which later ones it has to stay.
    """
    by_place = sorted(wrote, key=lambda each: each.index)
    copies = [each for each in by_place if isinstance(each, Transfer)]
    runs: list[Instruction] = [brought]
    above: list[Instruction] = []
    if rewrite.how in FLAGS:
        runs = [each for each in by_place if isinstance(each, Run)] or runs
        above = [each for each in copies if each.index < runs[-1].index]
    if symbolic_mode(build, run, rewrite) is not None:  # of which not every builder has the flag
        above = []
    able = {*_ROOT, build.state(run).user}
    is_other = any(build.state(each).user not in able for each in runs)
    whose = f", as the user of line {run.line}" * is_other
    stores = "store" + "s" * (len(runs) == 1)
    first = _set_up(build, run, rewrite, min((*above, *runs), key=lambda each: each.index))
    flag = f"use `{FLAGS[rewrite.how]}` in {lines_of(above)}; " if above else ""
    place = _making_its_place(build, run, rewrite, brought)
    said = f"{first}{flag}do it in {lines_of(runs)}, which {stores} them first{whose}{place}"
    later = [each for each in copies if each.index > runs[-1].index]
    return f"{said}; keep it here for the files of {lines_of(later)}" if later else said


def _making_its_place(build: Build, run: Run, rewrite: Rewrite, brought: Instruction) -> str:
    """Say which RUNs between the one that brought files and `run` make the folder in which a
    command of `run` gives them another place.
    """
    from dlint.shell import Create

    stage, words = build.stage_of(run), rewrite.command.args
    if rewrite.how not in {"cp", "mv"} or stage is None or not words:
        return ""
    place = words[-1].form.rstrip("/")
    found = [
        each
        for each, effects in build.effects_in(build.chain(stage))
        if brought.index < each.index < run.index
        and any(
            made.command.name == "mkdir" and within(place, made.place.form.rstrip("/"))
            for made in effects.of(Create)
        )
    ]
    return f"; move the `mkdir` of {lines_of(found)} there, too" if found else ""


def _way_out_by_flags(
    build: Build,
    run: Run,
    rewrite: Rewrite,
    stored: Stored,
    changed: Sequence[tuple[Rewrite, Stored]],
) -> tuple[str, bool]:
    """Say which flags a COPY needs, and what they leave to others; tell whether to other RUNs."""
    brought, path, wrote = stored.instruction, rewrite.place.path or "", _wrote(changed)
    runs = able_to_give_away(rewrite, wrote)
    more = f", and {_by_themselves(runs, rewrite)}" if runs else ""
    needed = flags_of_change(build, run, rewrite, stored)
    if len(ways_of_change(build, run, rewrite)) > 1:  # which some of the others may need
        needed = needed.union(*(flags_of_change(build, run, *each) for each in changed))
    symbolic = symbolic_mode(build, run, rewrite) if "--chmod" in needed else None
    own_steps = (each for each in wrote if isinstance(each, Run | Transfer))
    earliest = min((brought, *own_steps), key=lambda each: each.index)
    first = _set_up(build, run, rewrite, earliest)
    if symbolic is not None and symbolic.recursive:
        return f"{first * ('--chown' in needed)}{_by_stage(symbolic, needed)}", False
    flags = " ".join(sorted(needed, reverse=True))
    more = f"{_BY_NUMBER * (symbolic is not None)}{more}"
    if _is_part(stored, path):
        part = _source_of(stored, path) or rewrite.place.form
        own = f"copy `{part}` by a `{brought.name} {flags}` of its own"
        return f"{first}{own}{more}{_left_out(build, stored, path)}", False
    is_left = _is_left_to_runs(build, run, rewrite, runs)
    rest = _left_to_do(build, run, rewrite, runs, by_runs=is_left)
    return f"{first}use `{brought.name} {flags}`{more}{rest}", is_left


def _by_stage(chmod: Rewrite, flags: frozenset[str]) -> str:
    """Say how files get the modes that `chmod` makes of those that each has."""
    how = " with `--chown`" * ("--chown" in flags)
    return (
        f"set the modes in a stage that is not pushed, and copy from there{how}: not every builder"
        f" takes `--chmod={chmod.value}`"
    )


def downloads_into(build: Build, run: Run, rewrite: Rewrite) -> bool:
    """Tell whether a RUN downloads files to where `rewrite`, a command of it, then changes all."""
    from dlint.shell import Fetch

    folder, own = rewrite.place.path, rewrite.span.start
    return rewrite.recursive and any(
        each.span.start < own
        and each.output is not None
        and within(each.output.form, folder or "?")
        for each in build.effects(run).of(Fetch)
    )


def way_out_of_same(build: Build, run: Run, rewrite: Rewrite) -> str:
    """Say how `rewrite`, a command of `run`, need not set again what a COPY gave to its files: what
    other steps write there, its other operands and the folder itself still need it.
    """
    path, form, stage = rewrite.place.rooted or "", rewrite.place.form, build.stage_of(run)
    if stage is not None and _is_roots_anyway(build, stage, run, rewrite):
        return "remove it"
    if rewrite.recursive and (base_may_hold(path) or _is_written_to(build, stage, run, path)):
        return f"let each `RUN` `{rewrite.how}` what it writes to `{form}`"
    effects = build.effects(run)
    others = any(
        each.command is rewrite.command and each.place != rewrite.place
        for each in effects.of(type(rewrite))
    )
    if rewrite.recursive and _is_made_by_steps(build, stage, run, path):
        return f"set it for `{form}` without `-R`"
    return f"take `{form}` out of it" if others else "remove it"


def _is_roots_anyway(build: Build, stage: Stage, run: Run, rewrite: Rewrite) -> bool:
    """Tell whether a command gives to root what is root's: each RUN of the file is, and unpacks
    nothing and gives nothing away there.
    """
    path = rewrite.place.rooted
    if rewrite.how != "chown" or rewrite.value not in _TO_ROOT or path is None:
        return False
    if base_may_hold(path) or not stage.outermost.is_external:
        return False
    steps = [each for each in build.chain(stage) if each.instruction.index <= run.index]
    return all(each.state.user in _ROOT for each in steps) and not any(
        _may_give_away(effects, path) for _, effects in build.effects_in(steps)
    )


def _may_give_away(effects: Effects, path: str) -> bool:
    """Tell whether something below a path may get another owner than root."""
    from dlint.shell import Extract, Rewrite

    if not effects.known or effects.of(Extract):
        return True
    chowns = (each for each in effects.of(Rewrite) if each.how == "chown")
    places = (each.place.rooted or path for each in chowns if each.value not in _TO_ROOT)
    return any(nested(each, path) for each in places)


def _is_written_to(build: Build, stage: Stage | None, run: Run, path: str) -> bool:
    """Tell whether `run`, or a RUN before it, may write files below a path."""
    if stage is None:
        return False
    steps = [step.instruction for step in build.steps(stage)]
    later = next((each for each in steps if each.index > run.index), None)
    return build.fact(writers).before(stage, later, path)


def _is_made_by_steps(build: Build, stage: Stage | None, run: Run, path: str) -> bool:
    """Tell whether a `WORKDIR` or a command makes the folder at a path, and not the COPY alone."""
    from dlint.shell import Create

    for step in build.chain(stage) if stage else ():
        if step.instruction.index > run.index:
            return False
        if step.state.workdir == path:
            return True
        if isinstance(step.instruction, Run):
            made = build.effects(step.instruction, step.state).of(Create)
            if any(each.place.rooted == path for each in made):
                return True
    return False


def _set_up(build: Build, run: Run, rewrite: Rewrite, names: Instruction) -> str:
    """Say what has to come first for an instruction to name the owner: an account that is made, or
    made another one, below it.
    """
    if rewrite.how not in {"chown", "chgrp"} or is_for_numbers(rewrite):
        return ""
    between = accounts_between(build, names, run)
    return f"set up the account in a `RUN` above line {names.line}, and " * between


def _by_themselves(runs: Sequence[Run], rewrite: Rewrite) -> str:
    """Say that RUNs should set the owner of their own files."""
    they = "they write" if len(runs) > 1 else "it writes"
    return f"let {lines_of(runs)} `{rewrite.how}` what {they}"


def _is_inside(stored: Stored, path: str) -> bool:
    """Tell whether a path is one that a COPY, or an archive, brings, and not where it brings it
    to.
    """
    if stored.path is None or path == stored.path or not within(path, stored.path):
        return False
    return stored.how == "unpack" if stored.arrival is None else bool(stored.files_under(path))


def _is_part(stored: Stored, path: str) -> bool:
    """Tell whether a path holds but a part of the files of a COPY, whose flags are for all."""
    if stored.arrival is None or not _is_inside(stored, path):
        return False
    return stored.files_under(path) < stored.arrival.sources


def _source_of(stored: Stored, path: str) -> str | None:
    """Return the one file or folder of the context that stands at a path."""
    files = stored.arrival.files if stored.arrival else {}
    found = set[str | None]()
    for place in under(files, path):
        source, below = files[place], place.removeprefix(path)
        found.add(source.removesuffix(below) if source.endswith(below) else None)
    return found.pop() if len(found) == 1 else None


def _left_out(build: Build, stored: Stored, path: str) -> str:
    """Say that a COPY of a folder should no longer take what another one copies out of it: it would
    be stored twice all the same. What is named by itself is named elsewhere then.
    """
    copy, arrival, taken = stored.instruction, stored.arrival, stored.files_under(path)
    if not isinstance(copy, Transfer) or arrival is None:
        return ""
    operands = [posixpath.normpath(word.text.strip("\"'/")) for word in copy.sources]
    of_each = [{each for each in arrival.sources if within(each, one)} for one in operands]
    if taken <= {name for named in of_each if named <= taken for name in named}:
        return ""
    line = needed_line(build.dockerfile, "exclude")
    return f"; leave it out of line {copy.line} with `--exclude`{line}"


def _is_left_to_runs(build: Build, run: Run, rewrite: Rewrite, told: Sequence[Run]) -> bool:
    """Tell whether RUNs, but for those that are told to do it themselves, write into folders that a
    command changes: flags of COPYs do nothing for that.
    """
    alike = build.effects(run).of(type(rewrite)) if rewrite.recursive else ()
    places = (each.place.rooted for each in alike if each.command is rewrite.command)
    return any(_others_write(build, run, each, told) for each in places if each)


def _left_to_do(
    build: Build, run: Run, rewrite: Rewrite, told: Sequence[Run], *, by_runs: bool
) -> str:
    """Say what flags of COPYs leave to do in folders: what RUNs write there (`by_runs`), or those
    that no COPY makes.
    """
    if by_runs:
        each_one = "every other `RUN`" if told else "each `RUN`"  # which may be this one
        return f"; let {each_one} `{rewrite.how}` what it writes there"
    return folders_left(build, run, rewrite)


def _others_write(build: Build, run: Run, place: str, told: Sequence[Run]) -> bool:
    """Tell whether a RUN, or one above it that is not told, may put something below a path."""
    stage, step, writes = build.stage_of(run), build.step_of(run), build.fact(writers)
    if stage is None or step is None:
        return False
    if not told:
        return writes.by(step, place) or writes.before(stage, run, place)
    above = (*build.steps_before(stage, run), step)
    return any(writes.by(each, place) for each in above if each.instruction not in told)


_BY_NUMBER = ", with the mode as a number"
_OF_BASE = "; if the base image holds others there, change only the ones that need it"
_OTHERWISE = {"mv": "copy them to that place at once"}
_LOST = frozenset(("chown", "chgrp", "setcap"))  # what the builder takes of no file that it is sent


def _may_read(effects: Effects) -> bool:
    """Tell whether a RUN may read files that were copied: it does more than install packages of the
    system by their names, delete, and change owners and modes.
    """
    return not effects.known or not all(map(_reads_nothing, effects.items))


def _reads_nothing(effect: Effect) -> bool:
    from dlint.shell import CacheLeft, Clean, Create, Delete, Install, Refresh, Remove, Rewrite

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
