"""Whether a step may have put files of its own into a folder, as far as its commands tell."""

from __future__ import annotations

import posixpath
from itertools import takewhile
from typing import TYPE_CHECKING

from dlint.model.places import Places
from dlint.model.profiles import PROFILES
from dlint.model.scope import join
from dlint.reads.arrivals import paths_named
from dlint.shell.managers import is_system_manager
from dlint.syntax import Copy, Run
from dlint.text.paths import nested, within
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell import Install
    from dlint.shell.effects import Effect
    from dlint.syntax import Instruction, Transfer

_OF_THE_BASE = regex(
    r"/(?:bin|boot|dev|etc|lib\w*|proc|root(?!/\.local)|run|sbin|sys|usr(?!/src/)|var(?!/www/))(?:/|\Z)|/(?:home|opt|usr|var)?\Z"
)
# Folders of the Filesystem Hierarchy Standard 3.0: what stands in them may be a symlink of the
# base.
_STANDARD = tuple(
    f"/{name}/"
    for name in (
        "bin boot dev etc home lib lib64 media mnt proc root run sbin sys tmp usr var".split()
    )
)


def base_may_hold(path: str) -> bool:
    """Tell whether the base image may have files of its own at `path` or below it."""
    return _OF_THE_BASE.match(path) is not None


def works_in(build: Build, run: Run, folder: str) -> bool:
    """Tell whether a program of which nothing is known, or a build, runs in a folder."""
    return any(within(place, folder) for place in _workplaces(build, run, "/?"))


def works_near(build: Build, instruction: Instruction, path: str) -> bool:
    """Tell whether an instruction is a RUN of a program of which nothing is known, or of a build,
    in a folder above `path` or below it.
    """
    if not isinstance(instruction, Run):
        return False
    is_known = build.effects(instruction).known
    return not is_known or any(
        nested(place, path) for place in _workplaces(build, instruction, "/")
    )


def _workplaces(build: Build, run: Run, unknown: str) -> Iterator[str]:
    """Yield the folders in which a RUN starts a program of which nothing is known, or a build;
    `unknown` stands for one that is not known.
    """
    from dlint.shell.effects import Install, Unknown

    workdir = build.state(run).workdir or unknown
    for each in build.effects(run).items:
        if isinstance(each, Unknown) or (isinstance(each, Install) and each.hidden):
            yield join(workdir, each.command.cwd) or unknown


class Writers:
    """The steps that may have put something below a path, looked up: RUNs alone, and but for the
    effects that are `known`.
    """

    def __init__(self, build: Build, known: Callable[[Build, Step, Effect], bool]) -> None:
        """Look at nothing yet."""
        self._build, self._known = build, known
        self._by_stage: dict[int, _Written] = {}

    def before(self, stage: Stage, instruction: Instruction | None, path: str) -> bool:
        """Tell whether a step of a stage's chain that stands before `instruction` may have put
        something below `path`; any step where that is None.
        """
        parts = self._build.parts_before(stage, instruction)
        return any(self._of(each).before(count, path) for each, count in parts)

    def by(self, step: Step, path: str) -> bool:
        """Tell whether a RUN may have put something below `path`."""
        written = _Written()
        if isinstance(step.instruction, Run):
            self._note(written, 0, step, step.instruction)
        return written.before(1, path)

    def _of(self, stage: Stage) -> _Written:
        found = self._by_stage.get(stage.index)
        if found is None:
            found = self._by_stage[stage.index] = _Written()
            for number, step in enumerate(self._build.steps(stage)):
                if isinstance(step.instruction, Run):
                    self._note(found, number, step, step.instruction)
        return found

    def _note(self, written: _Written, number: int, step: Step, run: Run) -> None:
        effects, workdir = self._build.effects(run, step.state), step.state.workdir or "/?"
        if not effects.known:
            written.below.note(workdir, number)
            written.texts.append((number, run.value.text))
            return
        for each in effects.items:
            if not self._known(self._build, step, each):
                written.note(number, each, workdir)


class _Written:
    """What the steps of one stage write, by the numbers of the steps."""

    def __init__(self) -> None:
        self.below = Places()  # what is written stands in these folders
        self.near = Places()  # or at, above or below these paths
        self.texts: list[tuple[int, str]] = []  # of scripts that were not understood

    def before(self, count: int, path: str) -> bool:
        """Tell whether one of the first steps may have put something below `path`."""
        firsts = (self.below.first_below(path), self.near.first_nested(path))
        if any(first is not None and first < count for first in firsts):
            return True
        return any(number < count and path in text for number, text in self.texts)

    def note(self, number: int, effect: Effect, workdir: str) -> None:
        """Note an effect of a script that was understood."""
        from dlint.shell.effects import Create, Install, Unknown

        here = join(workdir, effect.command.cwd or ".")
        match effect:
            case Create():
                place = effect.place.rooted
                here = here if place is None else _folder_of(place)
            case Unknown():
                for each in paths_named(effect.command, workdir):
                    self.near.note(each, number)
            case Install():
                here = here if _installs_here(effect) else None
            case _:
                here = None
        if here is not None:
            self.below.note(here, number)


def _folder_of(path: str) -> str | None:
    """Return the folder that a path stands in; the root stands in none."""
    return None if path == "/" else path.rpartition("/")[0] or "/"


def writers(build: Build) -> Writers:
    """Return which steps of `build` may write below a path; a fact: `build.fact(writers)`."""
    return Writers(build, lambda *_: False)


def _installs_here(install: Install) -> bool:
    """Tell whether an install may put something into the folder that it runs in."""
    if is_system_manager(install.manager) or install.everywhere:
        return False
    return not install.managed_by.for_interpreter or bool(install.projects)


def can_be_linked(build: Build, copy: Copy) -> bool:
    """Tell whether `--link` has effect on a COPY: the builder merges layers, and an owner is known
    without the base's users.
    """
    if not PROFILES[build.options.builder].links or copy.chmod:
        return False
    return copy.chown is None or copy.chown.replace(":", "").isdecimal()


def goes_where_nothing_stands(build: Build, step: Step) -> bool:
    """Tell whether a COPY goes to a place outside the base's standard folders, and not right below
    the root, that no step above may have put something at.
    """
    place = step.destination()
    if place is None or place.count("/") == 1 or place.startswith(_STANDARD):
        return False
    return not _is_made_before(build, step, place)


def _is_made_before(build: Build, step: Step, path: str) -> bool:
    """Tell whether a step above `step` may have put something at `path` or below it, or may have
    made a folder on the way there.
    """
    above = takewhile(
        lambda each: each.instruction is not step.instruction, build.chain(step.stage)
    )
    return any(_makes(build, each, path) for each in above)


def _makes(build: Build, step: Step, path: str) -> bool:
    match step.instruction:
        case Copy() as copy if copy.destination:
            place = step.destination()
            return place is None or within(place, path) or within(path, place)
        case Run() as run:
            named = build.effects(run).mentions - {"/"}
            return any(within(path, each) for each in named)
    return False


def may_bring_too(build: Build, copy: Instruction, other: Instruction) -> bool:
    """Tell whether a COPY of a folder of the context may bring, in a build on somebody's machine,
    what `other` takes from a stage: no ignore file leaves it out.
    """
    if not isinstance(copy, Copy) or not isinstance(other, Copy) or not other.from_:
        return False
    if copy.from_ or len(copy.sources) != 1:
        return False
    steps = build.step_of(copy), build.step_of(other)
    to, place = (step.destination("/?") if step else None for step in steps)
    if not to or not place or not within(place, to):
        return False
    source = build.expand(copy, copy.sources[0].text) or "."
    path = posixpath.normpath(posixpath.join(source, posixpath.relpath(place, to)))
    return not build.context.ignored(path.lstrip("/"))


def write_apart(build: Build, one: Transfer, other: Transfer) -> bool:
    """Tell whether two COPYs share no place, nor a symlink that could lead to one; `other` may take
    from a stage what was found to be apart.
    """
    selections = (build.selection(one), build.selection(other))
    if selections[0] is None or selections[1] is None:
        return bool(other.from_)
    landed = [*selections[0].entries, *selections[1].entries]
    files = [each.path for each in landed if each.entry.kind != "dir"]
    links = any(each.entry.kind == "symlink" for each in landed)
    return len(files) == len(set(files)) and not links
