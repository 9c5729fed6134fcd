"""Which push most of the last commits lead to, of today's Dockerfile: what each of them changed is
replayed by cache keys.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from functools import cached_property
from itertools import chain

from dlint.context.base import GIT_FOLDER
from dlint.model.commits import COMMITS
from dlint.project.purpose import is_of_project
from dlint.push.plan import Before
from dlint.push.renewed import Layers, pushed_layers
from dlint.push.uncompiled import uncompiled
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.model import Build
    from dlint.model.keys import Keyed, Keys
    from dlint.push.renewed import Next

Steps = frozenset[int]  # by their number among those that take files
# Ways in which files are taken that are planned, the most frequent first: each takes up to 0.1 s in
# a context of 4,000 files.
MOST_PLANS = 16


class Usual(NamedTuple):
    """The push that most commits lead to. `path` is a file whose change alone leads to it, "" where
    it takes none; `commits` do, of `pushing` that push any layer and of `last` that there are.
    """

    path: str
    commits: int
    pushing: int
    last: int


def usual_push(now: Keys, later: Next, takers: Sequence[Keyed], *, with_git: bool) -> Usual | None:
    """Return the push that most of the last commits lead to; None where no file that is there leads
    to one. `with_git` tells that `.git`, which each commit changes, is one that is taken.
    """
    build = now.build
    changes = [*_changes(build, {GIT_FOLDER} if with_git else set())]
    replay = _Replay(now, later, takers, changes)
    pushes = [replay.pushed(change) for change in changes]
    counts = Counter(filter(None, pushes))
    for layers in sorted(counts, key=lambda each: (-counts[each], -len(each), *sorted(each))):
        leading = [change for change, each in zip(changes, pushes, strict=True) if each == layers]
        path = replay.example(layers, leading)
        if path is None and layers == later.layers:
            path = ""
        if path is not None:
            return Usual(path, counts[layers], counts.total(), len(changes))
    return None


def _changes(build: Build, always: set[str]) -> Iterator[frozenset[str]]:
    """Yield what the last commits changed that start a push, and what each changes `always`; the
    first of all brought the files, and changed none.
    """
    told = build.history.changes if build.history else ()
    for change in told if len(told) == COMMITS else told[:-1]:
        yield change | always if any(_starts(build, path) for path in change) else frozenset()


def _starts(build: Build, path: str) -> bool:
    """Tell whether the change of a file starts what pushes the image."""
    if build.recipes is None or build.repository is None:
        return True
    from dlint.project.triggers import starts_push

    return starts_push(build.recipes, build.path, posixpath.join(build.repository.prefix, path))


class _Replay:
    """What the change of each file pushes: files that the same steps take push the same."""

    def __init__(
        self,
        now: Keys,
        later: Next,
        takers: Sequence[Keyed],
        changes: Iterable[frozenset[str]],
    ) -> None:
        self._build = now.build
        self._before = Before(now)
        self._later = later
        self._takers = takers
        paths = frozenset[str]().union(*changes)
        self._left_out = uncompiled(now.build, takers, paths)
        self._steps = {path: self._steps_of(path) for path in paths}
        ways = Counter(chain.from_iterable(map(self._ways, changes)))
        usual = sorted(ways, key=lambda each: (-ways[each], sorted(each)))[:MOST_PLANS]
        self._pushed = {steps: self._pushed_of(steps) for steps in usual}

    def _ways(self, change: Iterable[str]) -> set[Steps]:
        """Return the ways in which the files of a commit are taken."""
        return {self._steps[path] for path in change} - {Steps()}

    def pushed(self, change: Iterable[str]) -> Layers:
        """Return the layers that go up after a commit: none of one that starts no push."""
        told = (self._pushed.get(steps, Layers()) for steps in self._ways(change))
        return self._later.layers.union(*told) if change else Layers()

    def example(self, layers: Layers, changes: Sequence[frozenset[str]]) -> str | None:
        """Return a file whose change alone pushes these layers: one that is taken as most of these
        commits' files are, and that most of them changed.
        """
        alone = [
            [path for path in change if self._pushed.get(self._steps[path]) == layers]
            for change in changes
        ]
        alike = Counter(steps for paths in alone for steps in {self._steps[path] for path in paths})
        counts = Counter(filter(self._is_example, chain.from_iterable(alone)))
        ranked = sorted(
            sorted(counts),
            key=lambda path: (_is_named(path), alike[self._steps[path]], counts[path]),
            reverse=True,
        )
        if not ranked:
            return None
        found = ranked[0]
        if found == GIT_FOLDER:
            return self._instead_of_git(layers, ranked)
        return found if _is_named(found) else self._named_beside(found)

    def _instead_of_git(self, layers: Layers, ranked: Iterable[str]) -> str:
        """Return the best other file of which it is sure that it pushes these layers; `.git`, which
        nobody changes alone, where there is none.
        """
        other = next((path for path in ranked if path != GIT_FOLDER and _is_named(path)), None)
        if other is None or pushed_layers(self._before, self._later, (other,)) != layers:
            return GIT_FOLDER
        return other

    def _named_beside(self, path: str) -> str:
        """Return a good example that the same steps take as `path`; itself where there is none."""
        steps = self._steps[path]
        beside = sorted(filter(_is_named, self._takers[min(steps)].inputs))
        good = (each for each in beside if self._steps_of(each) == steps and self._is_example(each))
        return next(good, path)

    def _is_example(self, path: str) -> bool:
        """Tell whether a path is a file of today that starts a push."""
        return self._is_content(path) and (path == GIT_FOLDER or _starts(self._build, path))

    def _is_content(self, path: str) -> bool:
        """Tell whether a path is there whose content may change: a key names where a link leads."""
        entry = self._build.context.entries.get(path)
        return entry is not None and (entry.kind == "file" or entry.opaque or path == GIT_FOLDER)

    def _is_there(self, path: str) -> bool:
        entry = self._build.context.entries.get(path)
        return entry is not None and (entry.kind != "dir" or entry.opaque or path == GIT_FOLDER)

    def _steps_of(self, path: str) -> Steps:
        """Return which steps take a path to make anything of; one that is gone is taken with its
        folder.
        """
        if path in self._left_out:
            return Steps()
        if self._is_there(path):
            return Steps(at for at, each in enumerate(self._takers) if path in each.inputs)
        if self._build.context.ignored(path):
            return Steps()
        folder = path
        while folder and folder not in self._build.context.entries:
            folder = posixpath.dirname(folder)
        wanted = {folder} if folder else self._roots
        taken = (map(each.inputs.__contains__, wanted) for each in self._takers)
        return Steps(at for at, each in enumerate(taken) if all(each))

    @cached_property
    def _roots(self) -> set[str]:
        """What stands at the root of the context: who takes all of it takes whatever comes."""
        return {path for path in self._build.context.entries if "/" not in path}

    def _pushed_of(self, steps: Steps) -> Layers:
        """Return the layers that go up where the inputs of just these steps change."""
        path = self._taken_by(steps)
        return Layers() if path is None else pushed_layers(self._before, self._later, (path,))

    def _taken_by(self, steps: Steps) -> str | None:
        """Return a file that these steps take, and no other."""
        if not steps:
            return None
        changed = (path for path, told in self._steps.items() if told == steps)
        others = (path for path in self._takers[min(steps)].inputs if self._steps_of(path) == steps)
        return next(filter(self._is_content, chain(sorted(changed), others)), None)


def _is_named(path: str) -> bool:
    """Tell whether a file is a good example: whoever changes the Dockerfile or a hidden file knows
    that a build follows; but `.git` changes by itself.
    """
    return path == GIT_FOLDER or is_of_project(path)
