"""What commits were found to push, kept on the disk from run to run: a commit that a run has seen
is read, not modelled again.

One file holds the plans, under digests of all that decides them: dlint itself, how the image is
built, the repository, the commit and the one before it. What a build before those two has left
behind stands beside each plan, as a bit for each step: a plan holds where that is the same. Like
the sizes of `dlint.project.cache` the file is read whole and replaced whole, by one process at a
time.
"""

from __future__ import annotations

import json
import os
import zlib
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlint import __version__
from dlint.context.base import GIT_FOLDER
from dlint.findings import Basis, Size
from dlint.project.cache import read_sealed, write_sealed
from dlint.push.plan import Cause, LayerPlan, Made, PushPlan
from dlint.syntax import Transfer
from dlint.text.safe import json_value
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.bytes.selection import Selection
    from dlint.model import Build, Options
    from dlint.push.plan import Earlier
    from dlint.push.revisions import Project

FILE = "history-1"  # with the number of its layout
DIGITS = 32  # of the digest that begins a line
MOST = 1 << 24  # bytes of lines that are kept: those of some eight repositories' last 1,000 commits


class Found(NamedTuple):
    """What a commit pushed, and what its build left behind."""

    made: Made
    plan: PushPlan


class Remembered:
    """The plans that a file holds, those of one project and one way to build it."""

    def __init__(self, place: Path, project: Project, options: Options, *more: object) -> None:
        """Read what `place` holds; nothing where it is missing or damaged. `more` is what decides
        the answers of whom `options.packages` asks.
        """
        self._file = place / FILE
        self._project = project
        facts = (
            own_stamp(),
            zlib.ZLIB_RUNTIME_VERSION,
            project.repository.root,
            project.repository.umask,
            *_told(options._replace(packages=None)),
            *more,
        )
        self._facts = sha256(repr(facts).encode())  # the same for all commits
        self._lines = _load(self._file)
        self._used: dict[str, str] = {}
        self._is_new = False

    def holds(self, before: str, commit: str) -> bool:
        """Tell whether something is known of the push of a commit after another one ("": none)."""
        return self._key(before, commit) in self._lines

    def find(self, before: str, commit: str, earlier: Earlier) -> Found | None:
        """Return what a commit pushed after another one; None where that is not known for what
        `earlier` builds have left behind.
        """
        key = self._key(before, commit)
        line = self._lines.get(key)
        if line is None:
            return None
        steps, layers, sure, known, git_bytes, plan = json_value(line)
        made = Made(tuple(steps), tuple(layers), tuple(sure))
        is_same = known == earlier.known(made)
        if not is_same or git_bytes not in {0, self._project.repository.bytes_on_disk}:
            return None
        self._used[key] = line
        return Found(made, _plan(*plan))

    def keep(self, before: str, commit: str, known: str, found: Found, build: Build) -> None:
        """Keep what a commit pushed, whose `build` found `known` of its steps left behind; not
        where the clone lacks something, which may come.
        """
        if not self._project.repository.is_whole:
            return
        row = (*found.made, known, _git_bytes(build), found.plan)
        self._used[self._key(before, commit)] = json.dumps(row, separators=(",", ":"))
        self._is_new = True

    def save(self) -> None:
        """Write the file, with what others wrote meanwhile."""
        if self._is_new:
            write_sealed(self._file, self._merged)

    def _merged(self) -> bytes:
        merged = _load(self._file)
        for key in self._used:
            merged.pop(key, None)  # the last in the file are those used last
        merged.update(self._used)
        return "\n".join(_kept(merged)).encode()

    def _key(self, before: str, commit: str) -> str:
        places = [self._project.place_of(each) for each in (before, commit)]
        key = self._facts.copy()
        key.update(repr((before, commit, *places)).encode())
        return key.hexdigest()[:DIGITS]


def own_stamp() -> str:
    """Name this very dlint, by its version and by when its files were written: another one may
    work out something else.
    """
    digest = sha256(__version__.encode())
    for folder, _, names in sorted(os.walk(Path(__file__).parents[1])):
        for name in sorted(names):
            facts = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118  seven hundred of them
            digest.update(f"{name} {facts.st_size} {facts.st_mtime_ns}\0".encode())
    return digest.hexdigest()


def _kept(lines: dict[str, str]) -> Iterator[str]:
    """Yield the lines as they are written, from the first that leaves room for all after it."""
    over = sum(DIGITS + len(line) + 1 for line in lines.values()) - MOST
    for key, line in lines.items():
        if over <= 0:
            yield key + line
        over -= DIGITS + len(line) + 1


def _load(file: Path) -> dict[str, str]:
    lines = (read_sealed(file) or b"").decode().splitlines()
    return {line[:DIGITS]: line[DIGITS:] for line in lines}


def _told(options: Options) -> Iterable[object]:
    """Return what the options are, in an order that is always the same."""
    for value in options:
        if isinstance(value, frozenset):
            yield sorted(value)
        else:
            yield sorted(value.items()) if isinstance(value, dict) else value


def _plan(layers: Sequence[Sequence[Any]], overhead: int) -> PushPlan:
    """Read a plan as JSON holds it."""
    return PushPlan(tuple(_layer(*row) for row in layers), overhead)


def _layer(  # noqa: PLR0913, PLR0917  one for each of a layer's
    line: int | None,
    instruction: str,
    status: str,
    size: tuple[int, str, list[str], list[str], int, int],
    diff_id: str | None,
    digest: str | None,
    cause: tuple[int, list[str]] | None,
    *rest: Any,  # noqa: ANN401  of several types
) -> LayerPlan:
    count, basis, missing, sources, doubt, slack = size
    told = Size(count, Basis(basis), tuple(missing), tuple(sources), doubt, slack)
    why = Cause(cause[0], tuple(cause[1])) if cause else None
    return LayerPlan(line, instruction, status, told, diff_id, digest, why, *rest)


def _git_bytes(build: Build) -> int:
    """Return how large `.git` is now, where a COPY takes it; 0 where none does."""
    entry = build.context.entries.get(GIT_FOLDER)
    if entry is None or not any(each.opaque_bytes for each in selections(build)):
        return 0
    return entry.size


def selections(build: Build) -> Iterator[Selection]:
    """Yield what the COPYs and ADDs of a build take from its context."""
    for stage in filter(build.live, build.stages):
        for step in build.steps(stage):
            match step.instruction:
                case Transfer() as transfer if (taken := build.taken(transfer)) is not None:
                    yield taken
