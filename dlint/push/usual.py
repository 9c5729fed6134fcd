"""Which push most of the last commits lead to, of today's Dockerfile: what each of them changed, of
the files that it takes and of its own instructions, is replayed by cache keys.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from functools import cached_property
from itertools import chain

from dlint.context.base import GIT_FOLDER
from dlint.model.commits import COMMITS
from dlint.project.purpose import is_of_project
from dlint.push.edits import edits_of
from dlint.push.plan import Before
from dlint.push.renewed import Layers, before_edit, pushed_layers
from dlint.push.uncompiled import uncompiled
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dlint.model import Build
    from dlint.model.keys import Keyed, Keys
    from dlint.push.edits import Edits
    from dlint.push.renewed import Next

Steps = frozenset[int]  # by their number among those that take files
# Ways in which files are taken that are planned, the most frequent first: each takes up to 0.1 s in
# a context of 4,000 files. So it is with instructions that commits change: each takes as long in a
# file of 400 lines.
MOST_PLANS, MOST_EDITS = 16, 8
OFTEN = 2  # commits: an instruction that was changed once may never be again


class Usual(NamedTuple):
    """The push that most commits lead to: `commits` do, of `last` that there are. `path` is a file
    whose change alone leads to it, "" where it takes none. Where more of them change an instruction
    that does alone, it is the Dockerfile, `line` tells which one, and `before` is what stood before
    the last change of that.
    """

    path: str
    commits: int
    last: int
    line: int = 0
    before: Before | None = None


_NONE = frozenset[int]()


class _Commit(NamedTuple):
    """What a commit changed, if that starts a push: files of the context, and instructions of
    today's Dockerfile, by index.
    """

    paths: frozenset[str] = frozenset()
    instructions: frozenset[int] = _NONE


def usual_push(now: Keys, later: Next, takers: Sequence[Keyed], *, with_git: bool) -> Usual | None:
    """Return the push that most of the last commits lead to; None where no file that is there leads
    to one, and no change of an instruction that came twice. None as well where more commits change
    the Dockerfile in a way of which it is not known what that pushes. `with_git` tells that `.git`,
    which each commit changes, is one that is taken.
    """
    build = now.build
    own = own_path(build)
    edits = edits_of(build, build.history.count(own) if build.history and own else 0)
    if edits is None:
        return None
    commits = [*_commits(build, own, edits, {GIT_FOLDER} if with_git else set())]
    replay = _Replay(now, later, takers, commits, edits)
    pushes = [replay.pushed(commit) for commit in commits]
    counts = Counter(filter(None, pushes))
    unknown = sum(not replay.is_known(commit) for commit in commits)
    for layers in sorted(counts, key=lambda each: (-counts[each], -len(each), *sorted(each))):
        if counts[layers] < unknown:
            return None
        leading = [commit for commit, each in zip(commits, pushes, strict=True) if each == layers]
        path, instruction = replay.example(layers, leading)
        numbers = counts[layers], len(commits)
        if instruction is not None:
            if counts[layers] < OFTEN:
                return None
            line = build.dockerfile.instructions[instruction].line
            return Usual(own, *numbers, line, replay.edited[instruction])
        if path is not None:
            return Usual(path, *numbers)
    return None


def own_path(build: Build) -> str:
    """Return the path of the Dockerfile as seen from the context; "" where no repository is known
    to hold both.
    """
    if build.recipes is None or build.repository is None:
        return ""
    return posixpath.relpath(build.path, build.context_folder)


def _commits(build: Build, own: str, edits: Edits, always: set[str]) -> Iterator[_Commit]:
    """Yield what the last commits changed, and what each changes `always`; the first of all brought
    the files, and changed none.
    """
    told = build.history.changes if build.history else ()
    edited = iter(edits.changed)
    for paths in told if len(told) == COMMITS else told[:-1]:
        instructions = next(edited, _NONE) if own in paths else _NONE
        starts = any(_starts(build, path) for path in paths)
        yield _Commit(paths | always, instructions) if starts else _Commit()


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
        commits: Sequence[_Commit],
        edits: Edits,
    ) -> None:
        self._build = now.build
        self._before = Before(now)
        self._later = later
        self._takers = takers
        paths = frozenset[str]().union(*(commit.paths for commit in commits))
        self._left_out = uncompiled(now.build, takers, paths)
        self._steps = {path: self._steps_of(path) for path in paths}
        ways = Counter(chain.from_iterable(self._ways(commit.paths) for commit in commits))
        usual = sorted(ways, key=lambda each: (-ways[each], sorted(each)))[:MOST_PLANS]
        self._pushed = {steps: self._pushed_of(steps) for steps in usual}
        told = Counter(chain.from_iterable(commit.instructions for commit in commits))
        often = sorted(told, key=lambda each: (-told[each], each))[:MOST_EDITS]
        found = self._before_edits({each: edits.before(each) for each in often})
        self.edited = {each: before for each, (before, _) in found.items()}
        self._pushed_by = {each: layers for each, (_, layers) in found.items()}

    def _before_edits(self, olds: Mapping[int, Build | None]) -> dict[int, tuple[Before, Layers]]:
        """Return what stood before the last change of each instruction, where that is known, and
        the layers that go up after it.
        """
        if not any(olds.values()):
            return {}
        after = self._later.keys()
        told = {each: before_edit(old, after) for each, old in olds.items() if old is not None}
        known = {each: before for each, before in told.items() if before is not None}
        return {each: (before, pushed_layers(before, after)) for each, before in known.items()}

    def _ways(self, change: Iterable[str]) -> set[Steps]:
        """Return the ways in which the files of a commit are taken."""
        return {self._steps[path] for path in change} - {Steps()}

    def pushed(self, commit: _Commit) -> Layers:
        """Return the layers that go up after a commit: none of one that starts no push."""
        told = (self._pushed.get(steps, Layers()) for steps in self._ways(commit.paths))
        edited = (self._pushed_by.get(each, Layers()) for each in commit.instructions)
        return self._later.layers.union(*told, *edited) if commit.paths else Layers()

    def is_known(self, commit: _Commit) -> bool:
        """Tell whether any change of the Dockerfile was planned, where a commit made one."""
        return not commit.instructions or not self._pushed_by.keys().isdisjoint(commit.instructions)

    def example(self, layers: Layers, commits: Sequence[_Commit]) -> tuple[str | None, int | None]:
        """Return what alone pushes these layers, of what these commits changed: a file, "" where no
        change is needed; and an instruction, where more of them changed one of those.
        """
        alone = [self._alone(layers, commit.paths) for commit in commits]
        path = self._file(layers, alone)
        if layers == self._later.layers:
            return path or "", None
        edited = [
            [each for each in commit.instructions if self._pushed_by.get(each) == layers]
            for commit in commits
        ]
        if sum(map(bool, edited)) <= (0 if path is None else sum(map(bool, alone))):
            return path, None
        counts = Counter(chain.from_iterable(edited))
        return path, min(counts, key=lambda each: (-counts[each], each))

    def _alone(self, layers: Layers, change: Iterable[str]) -> list[str]:
        """Return those files of a commit whose change alone pushes these layers."""
        return [path for path in change if self._pushed.get(self._steps[path]) == layers]

    def _file(self, layers: Layers, alone: Sequence[Sequence[str]]) -> str | None:
        """Return the best example of the files that commits changed of which each alone pushes
        these layers: one that is taken as most of these commits' files are, and that most of them
        changed.
        """
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
        if other is None or pushed_layers(self._before, self._later.keys((other,))) != layers:
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
        if path is None:
            return Layers()
        return pushed_layers(self._before, self._later.keys((path,)))

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
