"""What a COPY --from takes that the image holds already: from an earlier one, or from its base."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from dlint.facts.shipping import copied
from dlint.facts.stored import storage
from dlint.model.places import Places
from dlint.reads.arrivals import arrivals
from dlint.reads.starts import starting_scripts
from dlint.syntax import Run, Volume
from dlint.text.paths import within
from dlint.text.patterns import regex
from dlint.text.safe import naming
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.facts.shipping import Carried
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.syntax import Copy, Instruction, Transfer

# Files that nobody misses, by their names; a virtual environment's programs start scripts.
_LIGHT = regex(
    r"\A/etc/|\.(?:c?js|mjs|ts|json|lock|toml|ya?ml|xml|properties|ini|cfg|conf|env|sh|bash|py|md|txt|html?"
    r"|crt|pem|key|sql|prisma|map)\Z|env/bin/[^/]+\Z|/(?:entrypoint|LICENSE|NOTICE|VERSION|README)[^/]*\Z"
)
# What makes a folder and what changes one, which fill none.
_MAKES_FOLDER = regex(r"(?:mkdir|install -d)\b")
_OF_FOLDERS = frozenset(("mkdir", "install", "chown", "chgrp", "chmod"))


class TakenBefore(NamedTuple):
    """What a COPY takes once more.

    `first` is the COPY that has brought it, or the FROM of the stage in which it stands; `path` is
    where the stage holds it that both take it from; `smaller` is the one that takes no more than
    that; `moved` tells that it goes elsewhere now, or gets another owner or mode.
    """

    first: Instruction
    path: str
    smaller: Copy
    moved: bool


def taken_before(build: Build, copy: Copy) -> TakenBefore | None:
    """Return what `copy` takes once more of a stage or an image; None where nothing is known."""
    stage = build.stage_of(copy)
    if stage is None or not copy.from_ or copy.excludes:
        return None
    own = [(origin, each) for origin, each in copied(build, stage) if each.copy is copy]
    for origin, each in own:
        found = _of_base(build, stage, origin, each) or _of_copy(build, stage, origin, each)
        if found is not None:
            return found
    return None


def _of_base(build: Build, stage: Stage, origin: Stage | str, each: Carried) -> TakenBefore | None:
    """Return what the stage has from its base, if that is where it is copied from."""
    if isinstance(origin, str) or not build.stands_on(stage, origin):
        return None
    if each.source == "/" or _is_light(each.source) or _is_for_settings(each):
        return None
    moved = each.destination != each.source or _is_changed(each.copy)
    return TakenBefore(stage.from_, each.source, each.copy, moved)


def _of_copy(build: Build, stage: Stage, origin: Stage | str, each: Carried) -> TakenBefore | None:
    for other in _earlier(build, stage, origin, each):
        if within(each.source, other.source):
            path, smaller = each.source, each.copy
        else:
            path, smaller = other.source, other.copy
        if path == "/" or _is_light(path) or _is_for_settings(each):
            continue
        if not isinstance(origin, str) and _holds_folders_alone(build, origin, path):
            continue  # which store nothing
        elsewhere = _place(each, path).isdisjoint(_place(other, path))
        if not elsewhere and each.source != other.source and _flags(each) != _flags(other):
            continue  # a part gets an owner or mode of its own
        places = _place(each, path) | _place(other, path)
        if elsewhere and (_are_volumes(build, places) or _is_named_at_start(build, stage, places)):
            continue  # to fill a volume, or the like
        moved = elsewhere or _flags(each) != _flags(other)
        return TakenBefore(other.copy, path, smaller, moved)
    return None


def _holds_folders_alone(build: Build, origin: Stage, path: str) -> bool:
    """Tell whether all that is seen to be at or below a path of a stage are folders that commands
    make, and no other command of the stage names it or works in it.
    """
    near = build.fact(storage).near(origin, None, path)
    there = [each for each in near if each.path is not None and within(each.path, path)]
    if not there or not all(_MAKES_FOLDER.match(each.text) for each in there):
        return False
    named = naming(path, r"(?<![\w./-])", r"(?![\w.-])")
    for step in build.chain(origin):
        if isinstance(step.instruction, Run):
            if within(step.state.workdir or "/", path):
                return False
            for command in build.script(step.instruction).commands:
                if command.name not in _OF_FOLDERS and any(
                    named.search(word.raw) for word in command.args
                ):
                    return False
    return True


def _earlier(
    build: Build, stage: Stage, origin: Stage | str, carried: Carried
) -> Iterator[Carried]:
    """Yield what COPYs above one, in its chain, take from the same stage or image that holds what
    it takes, or is part of that.
    """
    held = build.fact(_held)
    for below in reversed([*stage.ancestors()]):
        if (below.index, origin) in held:
            every, places = held[below.index, origin]
            for number in places.nested(carried.source):
                if every[number].copy.index < carried.copy.index:
                    yield every[number]


def _held(build: Build) -> dict[tuple[int, Stage | str], tuple[list[Carried], Places]]:
    """Return what each stage's own COPYs take from each stage or image, and the numbers of these by
    the paths that they take; a fact.
    """
    found: dict[tuple[int, Stage | str], tuple[list[Carried], Places]] = {}
    for stage in build.stages:
        for origin, each in copied(build, stage):
            if not each.copy.excludes:
                every, places = found.setdefault((stage.index, origin), ([], Places()))
                places.note(each.source, len(every))
                every.append(each)
    return found


def _are_volumes(build: Build, places: Iterable[str]) -> bool:
    """Tell whether a VOLUME is at one of some paths, or holds it: no link leads there."""
    volumes = {
        posixpath.join("/", build.expand(each, word.text) or "")
        for each in build.dockerfile.instructions
        if isinstance(each, Volume)
        for word in each.words
    }
    return any(within(place, volume) for place in places for volume in volumes - {"/"})


def _is_named_at_start(build: Build, stage: Stage, places: Iterable[str]) -> bool:
    """Tell whether a script of the context, by which an image on top of `stage` is started, names
    one of some paths.
    """
    scripts = set(starting_scripts(build, stage))
    named = [re.compile(rf"(?<![\w./-]){re.escape(each)}(?![\w.-])".encode()) for each in places]
    return any(each.search(text) for text in scripts for each in named)


def _is_light(path: str) -> bool:
    return _LIGHT.search(path) is not None or any(sign in path for sign in "*?[")


def _is_for_settings(each: Carried) -> bool:
    """Tell whether something is copied to where settings are, whatever it is called before."""
    return each.destination is not None and _is_light(each.destination)


def _is_changed(copy: Copy) -> bool:
    return copy.chown is not None or copy.chmod is not None


def _flags(carried: Carried) -> tuple[str | None, str | None]:
    return carried.copy.chown, carried.copy.chmod


def _place(carried: Carried, path: str) -> frozenset[str]:
    """Return where `path` may stand once it is copied: a file may land in a folder."""
    if carried.destination is None:
        return frozenset()
    at = posixpath.normpath(
        posixpath.join(carried.destination, posixpath.relpath(path, carried.source))
    )
    return frozenset((at, posixpath.join(at, posixpath.basename(path))))


def copied_first(build: Build, transfer: Transfer, paths: Sequence[str]) -> str:
    """Say in which COPY some paths of the context that a COPY or ADD takes are to be copied before
    it, with the same owner and mode. One COPY takes files of one folder: of folders it copies what
    is in them.
    """
    entries = build.context.entries
    is_file = {each: each in entries and entries[each].kind != "dir" for each in paths}
    places = {posixpath.dirname(each) if is_file[each] else each for each in paths}
    one = "in an earlier `COPY`" if len(places) == 1 else "each in an earlier `COPY` of its own"
    given = (("chown", transfer.chown), ("chmod", transfer.chmod))
    flags = " ".join(f"--{name}={value}" for name, value in given if value)
    return f"{one} with `{flags}`" if flags else one


def stands_already(build: Build, transfer: Transfer, paths: Sequence[str]) -> bool:
    """Tell whether earlier steps have copied some paths of the context to where a COPY or ADD has
    them go again.
    """
    stage, selection = build.stage_of(transfer), build.selection(transfer)
    if stage is None or selection is None:
        return False
    there: dict[str, str] = {}
    for arrival in build.fact(arrivals).before(stage, transfer):
        if not arrival.mounted:
            there |= arrival.files
    again = (
        each
        for each in selection.files
        if any(within(f"/{each.source}", f"/{path}") for path in paths)
    )
    return all(there.get(f"/{each.path}") == each.source for each in again)


def names_inside(build: Build, transfer: Transfer, paths: Sequence[str]) -> list[str]:
    """Return the names by which `--exclude` leaves some of the context's paths out of a COPY or
    ADD: seen from the folder that it takes around them.
    """
    sources = (build.expand(transfer, each.text) or "?" for each in transfer.sources)
    folders = [posixpath.normpath(f"/{each.lstrip('/')}") for each in sources]
    names = {
        posixpath.relpath(f"/{path}", folder)
        for path in paths
        for folder in folders
        if within(f"/{path}", folder)
    }
    return sorted(names - {"."})
