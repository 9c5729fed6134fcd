"""Bytes that an image carries for nothing: stored twice, deleted later, caches kept."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from dlint.facts.stored import storage
from dlint.facts.writing import base_may_hold, writers
from dlint.model.scope import join
from dlint.model.standing import standing
from dlint.syntax import Run, Transfer
from dlint.text.paths import within
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlint.facts.stored import Stored
    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell import Place, Rewrite


class Waste(NamedTuple):
    """What one layer carries for nothing: `bytes` are those of the files, uncompressed; None where
    unknown.

    `line` is the instruction whose layer holds them.
    """

    line: int
    path: str
    bytes: int | None
    why: str


class _File(NamedTuple):
    line: int
    bytes: int


def find_waste(build: Build, stage: Stage) -> tuple[Waste, ...]:
    """Return the waste in the layers of `stage`, in order of the instructions that cause it.

    Only files that the build context brings are known by size. Where something else may stand at a
    place that is stored again or deleted, how much that is, is not known.
    """
    ledger: dict[str, _File] = {}
    found: list[Waste] = []
    for step in build.chain(stage):
        instruction = step.instruction
        if isinstance(instruction, Transfer):
            found += _copied(build, step, instruction, ledger)
        elif isinstance(instruction, Run):
            found += _ran(build, step, instruction, ledger)
    return tuple(found)


def waste_by_line(build: Build) -> dict[int, list[Waste]]:
    """Return the waste of all images that the Dockerfile is built as, each once, by the line of the
    instruction whose layer holds it.
    """
    found = (each for target in build.targets for each in find_waste(build, target))
    by_line: dict[int, list[Waste]] = {}
    for each in dict.fromkeys(found):
        by_line.setdefault(each.line, []).append(each)
    return by_line


def _copied(
    build: Build, step: Step, transfer: Transfer, ledger: dict[str, _File]
) -> Iterator[Waste]:
    """Enter what a COPY brings; what it writes over stays in the layer below."""
    selection = build.fact(standing).stored(step.stage, transfer)
    if selection is None:
        return
    covered: dict[int, int] = {}
    for landed in selection.entries:
        if landed.entry.kind != "file":
            continue
        path = f"/{landed.path}"
        old = ledger.get(path)
        if old is not None:
            covered[old.line] = covered.get(old.line, 0) + old.bytes
        ledger[path] = _File(transfer.line, landed.entry.size)
    target = transfer.destination.text if transfer.destination else ""
    target = join(step.state.workdir, step.state.expand(target)) or target
    for line, size in covered.items():
        if size:
            yield Waste(line, target, size, f"written again by line {transfer.line}")


def _ran(build: Build, step: Step, run: Run, ledger: dict[str, _File]) -> Iterator[Waste]:
    """Yield what a RUN deletes of lower layers, stores again, or leaves behind."""
    from dlint.shell.effects import CacheLeft, Delete, Rewrite

    line = run.line
    for effect in build.effects(run, step.state).items:
        if isinstance(effect, Delete) and effect.command.certain:
            yield from _deleted(line, effect.place, ledger, whole=effect.recursive)
            if effect.recursive and not effect.partial:
                yield from _unseen_deleted(build, step, effect.place)
        elif isinstance(effect, Rewrite) and effect.command.certain and effect.only in {"", "f"}:
            yield from _stored_again(build, step, run, effect, ledger)
        elif isinstance(effect, CacheLeft) and not effect.linked:
            yield Waste(line, effect.path, None, f"{effect.manager} keeps its {effect.kind}")


def _stored_again(
    build: Build, step: Step, run: Run, effect: Rewrite, ledger: dict[str, _File]
) -> Iterator[Waste]:
    """Yield what a command stores a second time, and note that its layer has it now."""
    from dlint.facts.metadata import unchanged_files

    below = _below(effect.place, ledger, whole=effect.recursive)
    kept = unchanged_files(build, step.stage, run, effect) if below else frozenset()
    touched = {path: file for path, file in below.items() if path not in kept}
    size = sum(file.bytes for file in touched.values())
    if size:
        whole = not (effect.recursive and _holds_more(build, step, effect.place))
        why = f"stored again by {effect.how}"
        yield Waste(run.line, effect.place.form, size if whole else None, why)
        ledger.update({path: _File(run.line, file.bytes) for path, file in touched.items()})


def _holds_more(build: Build, step: Step, place: Place) -> bool:
    """Tell whether more than files of the context may stand below a place."""
    if place.path is None:
        return True
    path = place.path
    for each in takewhile(lambda each: each is not step, build.chain(step.stage)):
        if any(_is_unseen(stored, path) for stored in build.fact(storage).of(each)):
            return True
    writes = build.fact(writers).before(step.stage, step.instruction, path)
    return writes or base_may_hold(path)


def _is_unseen(stored: Stored, path: str) -> bool:
    """Tell whether something of unknown size may be stored below a path."""
    if stored.arrival is not None and stored.arrival.known:
        return False
    is_folder_alone = stored.how == "make" and not stored.tree
    there = stored.path is None or within(stored.path, path) or within(path, stored.path)
    return there and not is_folder_alone


def _deleted(line: int, place: Place, ledger: dict[str, _File], *, whole: bool) -> Iterator[Waste]:
    gone = _below(place, ledger, whole=whole)
    sizes: dict[int, int] = {}
    for path, file in gone.items():
        sizes[file.line] = sizes.get(file.line, 0) + file.bytes
        del ledger[path]
    for source, size in sizes.items():
        if size and source != line:
            yield Waste(source, place.form, size, f"deleted by line {line}, which frees nothing")


def _unseen_deleted(build: Build, step: Step, place: Place) -> Iterator[Waste]:
    """Yield what earlier RUNs, and COPYs from elsewhere, have stored at a place that is deleted."""
    if place.path is None or place.glob:
        return
    why = f"deleted by line {step.instruction.line}, which frees nothing"
    for each in takewhile(lambda each: each is not step, build.chain(step.stage)):
        stored = build.fact(storage).of(each)
        inside = [s for s in stored if s.path is not None and within(s.path, place.path)]
        if any(_is_unseen(s, place.path) for s in inside):
            yield Waste(each.instruction.line, place.form, None, why)


def _below(place: Place, ledger: Mapping[str, _File], *, whole: bool) -> dict[str, _File]:
    """Return the known files at a place, and below it where the command takes the whole of it."""
    if place.path is None or place.glob:
        return {}
    path = place.path
    return {
        each: file
        for each, file in ledger.items()
        if each == path or (whole and within(each, path))
    }
