"""What of a COPY stands in the layers below already, unchanged, so that some builders do not store
it again.

BuildKit's differ over containerd's store, and buildah's, leave out a file whose mode, owner, size,
time and content are those of the file that it replaces; Docker's graphdriver store keeps it (tried
on Docker 26.1.5 and buildah 1.39.3).
"""

from __future__ import annotations

from dlint.model.profiles import PROFILES
from dlint.model.scope import join
from dlint.syntax import Run, Transfer
from dlint.text.paths import within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlint.bytes.landed import Landed, Landing
    from dlint.bytes.selection import Selection
    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage


class Standing:
    """What the layers of each COPY hold, each stage worked out when it is asked for."""

    def __init__(self, build: Build) -> None:
        """Look at nothing yet."""
        self._build = build
        self._profile = PROFILES[build.options.builder]
        self._again: dict[int, dict[int, frozenset[str]]] = {}
        self._rests: dict[tuple[int, int], Selection] = {}

    def stored(self, stage: Stage, transfer: Transfer) -> Selection | None:
        """Return what the layer of a COPY or ADD in `stage` holds; None where its selection is not
        known.
        """
        selection = self._build.selection(transfer)
        if selection is None or self._profile.stores_again or self._profile.linked(transfer):
            return selection
        if stage.index not in self._again:
            self._again[stage.index] = _Chain(self._build).walk(stage)
        again = self._again[stage.index].get(transfer.index)
        if not again:
            return selection
        place = (stage.index, transfer.index)
        if place not in self._rests:
            self._rests[place] = selection.without(again)
        return self._rests[place]


class _Chain:
    """One stage's chain of layers, walked from its base on."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._present: dict[str, tuple[object, ...]] = {}  # what stands at a path
        self._folders: set[str] = set()  # what holds those paths
        self._brought: dict[str, int] = {}  # and which step brought it
        self._runs: list[tuple[int, Step]] = []
        self._last = 0  # COPY or ADD

    def walk(self, stage: Stage) -> dict[int, frozenset[str]]:
        """Return the paths that each COPY, by its index, brings once more."""
        found: dict[int, frozenset[str]] = {}
        steps = self._build.chain(stage)
        self._last = max(
            (at for at, step in enumerate(steps) if isinstance(step.instruction, Transfer)),
            default=0,
        )
        for at, step in enumerate(steps):
            if isinstance(step.instruction, Run):
                self._runs.append((at, step))
            elif isinstance(step.instruction, Transfer):
                again = self._copied(at, step, step.instruction)
                if again:
                    found[step.instruction.index] = again
        return found

    def _copied(self, at: int, step: Step, transfer: Transfer) -> frozenset[str]:
        selection = self._build.selection(transfer)
        if selection is None:
            self._forget(_destination(step, transfer))
            return frozenset()
        for place in selection.archives.values():
            self._forget(f"/{place}")
        present, chown, chmod = self._present, transfer.chown, transfer.chmod
        if not present and at >= self._last:
            return frozenset()
        key = ("standing", chown, chmod)
        there = present.keys()
        same = {
            path
            for number in selection.holding(there, self._folders)
            for copied in (_contents(selection.landings[number], key),)
            for path in there & copied.keys()
            if present[path] == copied[path]
        }
        if same:
            same -= self._rewritten(same)
        if at < self._last:  # nobody asks what the last one brought
            for landing in selection.landings:
                copied = _contents(landing, key)
                present.update(copied)
                self._folders |= landing.folders
                self._brought.update(dict.fromkeys(copied.keys() - same, at))
        return frozenset(same)

    def _forget(self, place: str | None) -> None:
        if place is None:
            self._present.clear()
            return
        at = place.strip("/")
        below = f"{at}/" if at else ""
        for path in [path for path in self._present if path.startswith(below) or path == at]:
            del self._present[path]

    def _rewritten(self, paths: set[str]) -> set[str]:
        """Return those of `paths` that a RUN has changed since they were brought, or may have."""
        from dlint.shell.effects import Delete, Rewrite

        first = min(self._brought[path] for path in paths)
        found: set[str] = set()
        for at, step in self._runs:
            if at > first and isinstance(step.instruction, Run):
                effects = self._build.effects(step.instruction, step.state)
                places = [
                    each.place.path for each in effects.items if isinstance(each, Delete | Rewrite)
                ]
                older = (path for path in paths if self._brought[path] < at)
                found.update(path for path in older if _may_be_at(path, places))
        return found


def _may_be_at(path: str, places: Sequence[str | None]) -> bool:
    """Tell whether a path is at or below one of some places; one that is not known may be any."""
    return any(place is None or within(f"/{path}", place) for place in places)


def _contents(
    landing: Landing, key: tuple[str, str | None, str | None]
) -> dict[str, tuple[object, ...]]:
    """Return what lands by its path, kept under `key`, which tells the owner and the mode."""
    found: dict[str, tuple[object, ...]] | None = landing.known.get(key)
    if found is None:
        _, chown, chmod = key
        found = landing.known[key] = {
            landed.path: _content(landed, chown, chmod) for landed in landing
        }
    return found


def _content(landed: Landed, chown: str | None, chmod: str | None) -> tuple[object, ...]:
    owner = (landed.uid, landed.gid) if None not in (landed.uid, landed.gid) else chown
    return landed.entry, owner, landed.mode if landed.mode is not None else chmod


def _destination(step: Step, transfer: Transfer) -> str | None:
    text = step.state.expand(transfer.destination.text) if transfer.destination else None
    return None if text is None or step.state.workdir is None else join(step.state.workdir, text)


def standing(build: Build) -> Standing:
    """Return what the COPYs of `build` store; a fact: `build.fact(standing)`."""
    return Standing(build)
