"""Which instructions speak of files that a COPY brought, and what else may want them."""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase

from dlint.reads.arrivals import arrivals
from dlint.syntax import Copy, Healthcheck, Onbuild, Run, Transfer
from dlint.text.paths import within
from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Set as AbstractSet

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.reads.arrivals import Arrival
    from dlint.shell import Delete
    from dlint.syntax import Instruction

# Folders that are the image's own, not those of what is copied there.
IMAGES_OWN = frozenset(("", "/", "/root", "/tmp", "/var/tmp", "/opt", "/usr/src", "/home"))  # noqa: S108  the image's own

_TELLING = regex(r"\A[\w.+-]{0,80}\*[\w.+*-]{0,80}\.\w{2,}\Z")  # `*.deb`, not `*`


def places_of(build: Build, transfer: Transfer) -> Mapping[str, str]:
    """Return the files that a COPY brings from the context: path in the context by absolute path in
    the image, as the text alone tells where the context does not hold them.
    """
    arrival = _arrival(build, transfer)
    if arrival is None:
        return {}
    if arrival.known:
        return arrival.files
    target, to = arrival.destination, transfer.destination
    if len(transfer.sources) != 1 or to is None or to.text.endswith(("/", ".")):
        return {
            posixpath.join(target, posixpath.basename(word.text)): word.text
            for word in transfer.sources
        }
    source = transfer.sources[0].text
    if "." in posixpath.basename(target):
        return {target: source}
    return {posixpath.join(target, posixpath.basename(source)): ""}  # it may be a folder


def places_written(build: Build, transfer: Transfer) -> Mapping[str, str]:
    """Return the files that a COPY brings, where its one source is a pattern by that: a RUN names
    them likewise, whatever they are called today.
    """
    places = places_of(build, transfer)
    name = posixpath.basename(transfer.sources[0].text) if len(transfer.sources) == 1 else ""
    arrival = _arrival(build, transfer) if "*" in name or "?" in name else None
    if arrival is None:
        return places
    folders = {posixpath.dirname(place) for place in places} or {arrival.destination}
    return {posixpath.join(*folders, name): ""} if len(folders) == 1 else places


def _arrival(build: Build, transfer: Transfer) -> Arrival | None:
    step = build.step_of(transfer)
    return build.fact(arrivals).of(step, transfer) if step else None


def first_mention(build: Build, transfer: Transfer, places: Mapping[str, str]) -> Run | None:
    """Return the first RUN of a COPY's stage that speaks of one of the files at `places`; None
    where something else does before, or another user runs it.
    """
    stage = build.stage_of(transfer)
    names = _names(places)
    for instruction in stage.instructions if stage else ():
        if instruction.index <= transfer.index:
            continue
        if instruction.name == "USER" or mentions(build, instruction, names):
            return instruction if isinstance(instruction, Run) else None
    return None


def mentions(
    build: Build,
    instruction: Instruction,
    names: AbstractSet[str],
    folders: AbstractSet[str] = frozenset(),
) -> bool:
    """Tell whether an instruction speaks of a file of one of `names`, or of a folder whole;
    comments do not count.
    """
    texts = list(_texts(build, instruction))
    if any(name in text for text in texts for name in names):
        return True
    patterns = [
        name for text in texts if "*" in text and _TELLING.search(name := posixpath.basename(text))
    ]
    if any(fnmatchcase(name, pattern) for pattern in patterns for name in names):
        return True
    if isinstance(instruction, Transfer):  # a COPY to the folder reads nothing there
        return False
    whole = [re.compile(rf"{re.escape(each)}(?:/?\*|/?(?![\w./-]))") for each in folders]
    return any(pattern.search(text) for text in texts for pattern in whole)


def _texts(build: Build, instruction: Instruction) -> Iterator[str]:
    if not isinstance(instruction, Run) or not build.script(instruction).parsed:
        yield from instruction.texts
        return
    for command in build.script(instruction).commands:
        yield from (word.form for word in (command.word, *command.args))
        yield from (each.body.text for each in command.redirects if each.body)


def is_wanted_besides(build: Build, run: Run, places: Mapping[str, str]) -> bool:
    """Tell whether anything but `run` may want one of the files at `places`, brings it again, or
    deletes it.
    """
    from dlint.shell.effects import Delete

    stage = build.stage_of(run)
    deletes = build.effects(run).of(Delete)
    if stage is None or any(_may_take(delete, place) for delete in deletes for place in places):
        return True
    return (
        any(_is_wanted_in(build, each, run, places) for each in build.stages_on(stage))
        or any(isinstance(each, Onbuild | Healthcheck) for each in stage.instructions)
        or _is_taken(build, stage, places)
    )


def _is_wanted_in(build: Build, stage: Stage, run: Run, places: Mapping[str, str]) -> bool:
    """Tell whether an instruction of `stage` behind `run` speaks of the files, or of a folder that
    they are in and that is their own, or brings them again.
    """
    folders = {posixpath.dirname(place) for place in places} - IMAGES_OWN
    folders.discard(build.state(run).workdir or "/")
    names = _names(places)
    for instruction in stage.instructions:
        if instruction.index <= run.index:
            continue
        if mentions(build, instruction, names, folders):
            return True
        if isinstance(instruction, Transfer) and _brings(build, instruction, places):
            return True
    return False


def _names(places: Mapping[str, str]) -> frozenset[str]:
    return frozenset(map(posixpath.basename, places))


def _brings(build: Build, transfer: Transfer, places: Mapping[str, str]) -> bool:
    """Tell whether a COPY brings the files: a folder that they come from, to where they stand."""
    step = build.step_of(transfer)
    arrival = build.fact(arrivals).of(step, transfer) if step else None
    if arrival is None:
        return False
    if arrival.known:
        return any(place in arrival.files for place in places)
    sources = [
        "/" + posixpath.normpath(word.text.strip("\"'")).lstrip("./") for word in transfer.sources
    ]
    return any(
        within("/" + posixpath.normpath(own), source)
        for place, own in places.items()
        if within(place, arrival.destination)
        for source in sources
    )


def _may_take(delete: Delete, place: str) -> bool:
    """Tell whether a command may delete what is at `place`."""
    from dlint.shell.judge import deletes

    if delete.place.path is None or deletes(delete, place):
        return True
    return delete.place.glob and posixpath.dirname(delete.place.path) == posixpath.dirname(place)


def _is_taken(build: Build, stage: Stage, places: Mapping[str, str]) -> bool:
    """Tell whether a COPY --from may take one of the files out of the stage."""
    own = {stage.name, str(stage.index)}
    for each in build.dockerfile.instructions:
        if isinstance(each, Copy) and (each.from_ or "-").lower() in own:
            taken = ("/" + word.text.strip("\"'").lstrip("/") for word in each.sources)
            folders = [posixpath.normpath(path) for path in taken]
            if any(within(place, folder) for place in places for folder in folders):
                return True
    return False
