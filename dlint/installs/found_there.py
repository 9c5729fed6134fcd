"""Installs that find there what they would install: an earlier one, of the stage or of one whose
environment or wheels are at hand, has read the same manifests.
"""

from __future__ import annotations

import posixpath
from itertools import pairwise
from typing import TYPE_CHECKING

from dlint.facts.called_scripts import called_scripts
from dlint.facts.dependencies import dependency_folders
from dlint.facts.own_bases import held_by_base
from dlint.facts.own_upgrades import INSTALLERS
from dlint.facts.placed import placed
from dlint.facts.shipping import carried_by
from dlint.installs.installations import DECLARING, installations
from dlint.installs.wheels import makers, wheel_folders
from dlint.model.run_writes import variables_seen
from dlint.model.scope import join
from dlint.shell import Delete, Install
from dlint.shell.managers import family
from dlint.syntax import Copy, Run
from dlint.text.paths import within
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.installs.installations import Installation
    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell import CacheLeft

# Words by which packages that are there are fetched again, or deleted first.
_AGAIN = frozenset(
    ("ci", "clean-install", "update", "--force", "-f", "--force-reinstall", "-U", "--upgrade", "-I")
)
_WITHOUT_NEEDS = "--no-deps"
_ACTIVATE = "/bin/activate"
_BRINGS_INTERPRETER = frozenset(("conda",))
# Poetry builds a project by itself; what the others build it with is fetched.
_BUILDS_ITSELF = frozenset(("poetry",))


def finds_all(build: Build, stage: Stage, install: Install) -> bool:
    """Tell whether an earlier install has put all that one in the chain of `stage` would fetch
    where it looks, but for what builds the project itself.
    """
    return install.span.start in build.fact_of(_finding_all, stage)


def gets_nothing(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether earlier installs, or the repository's own base, have put there all that those
    which fill a cache of `run` would fetch.
    """
    found, stage = _filling(build, run, cache), build.stage_of(run)
    if found and stage and all(is_in_own_base(build, stage, each) for each in found):
        return True
    builds = any(each.projects and each.manager not in _BUILDS_ITSELF for each in found)
    return not builds and gets_little(build, run, cache)


def may_get_nothing(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether a script of the context may have put there all that those which fill a cache of
    `run` would fetch: they only install projects.
    """
    found, stage = _filling(build, run, cache), build.stage_of(run)
    if stage is None or not found or not all(map(_takes_project_alone, found)):
        return False
    return _has_script(build, stage, run)


def _takes_project_alone(install: Install) -> bool:
    """Tell whether pip installs projects of the context, and nothing beside what they need."""
    is_alone = not (install.packages or install.manifests)
    return install.manager == "pip" and bool(install.projects) and is_alone


def _has_script(build: Build, stage: Stage, run: Run) -> bool:
    """Tell whether a script of the context installs packages of Python above a RUN, which may be
    all that a project needs.
    """
    above = (step.instruction for step in build.steps_before(stage, run))
    return any(
        family(install.manager) == "python" and not install.names <= INSTALLERS
        for each in above
        if isinstance(each, Run)
        for _, script in called_scripts(build, each, Install)
        for install in script.effects.of(Install)
    )


def is_in_own_base(build: Build, stage: Stage, install: Install) -> bool:
    """Tell whether the base, which the repository builds, has a project's dependencies already."""
    is_project = bool(install.manifests or install.projects or install.hidden)
    return is_project and install.manager in held_by_base(build, stage).managers


def gets_little(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether they have, or nobody asks for more than the project itself, but for what builds
    it.
    """
    found, stage = _filling(build, run, cache), build.stage_of(run)
    if stage is None or not found:
        return False
    return all(_is_without_needs(each) or finds_all(build, stage, each) for each in found)


def _is_without_needs(install: Install) -> bool:
    """Tell whether an install takes projects or files that are there, without what they need."""
    is_asked = _WITHOUT_NEEDS in install.command.forms and not install.manifests
    return is_asked and all(each.kind == "path" for each in install.packages)


def names_what_it_takes(build: Build, run: Run, cache: CacheLeft) -> bool:
    """Tell whether all that fills a cache of `run` are installs of packages by their names, or of
    their own archives: no list that may be long, and no interpreter with all its libraries.
    """
    found = _filling(build, run, cache)
    if not found or cache.manager in _BRINGS_INTERPRETER:
        return False
    if any(each.manifests or each.projects or not each.packages for each in found):
        return False
    packages = (each for one in found for each in one.packages)
    return all(each.kind != "path" or each.name.endswith(".gem") for each in packages)


def _filling(build: Build, run: Run, cache: CacheLeft) -> list[Install]:
    """Return the installs of a RUN that fill a cache; none where something else does, too."""
    calls = build.effects(run).calls_of(cache.manager)
    calls = tuple(each for each in calls if not cache.commands or each.command in cache.commands)
    found = [each for each in calls if isinstance(each, Install)]
    return found if len(found) == len(calls) else []


def _finding_all(build: Build, stage: Stage) -> frozenset[int]:
    """Return where those of the chain of `stage` start; a fact of the stage."""
    every = installations(build, stage)
    by_run: dict[int, list[Installation]] = {}
    for each in every:
        if not each.install.hidden and not each.install.everywhere:
            by_run.setdefault(each.run.index, []).append(each)
    there, found = _There(build), set[int]()
    for step in build.chain(stage) if by_run else ():
        match step.instruction:
            case Copy() as copy if copy.from_:
                there.take_over(copy)
            case Run() as run:
                found.update(there.run(step, by_run.get(run.index, ())))
    return frozenset(found)


class _Asked(NamedTuple):
    """What an install asks for: by which words, of which files of the context."""

    manager: str
    words: frozenset[str]
    files: frozenset[str]


class _Held(NamedTuple):
    """What a folder holds of some files: whether development's packages are among it, and which
    extras and groups.
    """

    dev: bool = False
    extras: frozenset[str] = frozenset()


class _There:
    """What has been installed so far, and into which folders."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._held: dict[_Asked, dict[str, _Held]] = {}

    def take_over(self, copy: Copy) -> None:
        """Note what stands in an environment that a COPY takes from another stage."""
        for number, carried in carried_by(self._build, copy):
            if carried.destination is None:
                continue
            for each in installations(self._build, self._build.stages[number]):
                for folder in dependency_folders(self._build, each.step, each.install):
                    if within(folder, carried.source) and not each.install.keeps_archives:
                        below = posixpath.relpath(folder, carried.source)
                        self._note(each, join(carried.destination, below) or "")

    def run(self, step: Step, installs: Sequence[Installation]) -> Iterator[int]:
        """Yield where those installs of a RUN start that find all there, and note what it does."""
        run = step.instruction
        if not isinstance(run, Run):
            return
        by_start = {each.install.span.start: each for each in installs}
        for effect in self._build.effects(run, step.state).items:
            match effect:
                case Delete(place=place) if place.path is not None:
                    self._forget(place.path)
                case Install() if (found := by_start.get(effect.span.start)) is not None:
                    if self._is_there(found):
                        yield effect.span.start
                    for each in (found, *makers(self._build, step, effect)):
                        self._note(each, next(self._folders(found)))

    def _note(self, installed: Installation, folder: str) -> None:
        """Note that an install has put what it asks for into a folder."""
        asked, install = _asked(self._build, installed), installed.install
        if asked is None or not install.command.certain:
            return
        folders = self._held.setdefault(asked, {})
        held = folders.get(folder, _Held())
        dev = held.dev or install.dev is not False
        folders[folder] = _Held(dev, held.extras | _extras(install))

    def _forget(self, path: str) -> None:
        """Forget what stands in a folder that is deleted."""
        for folders in self._held.values():
            for folder in [each for each in folders if each and within(each, path)]:
                del folders[folder]

    def _is_there(self, wanted: Installation) -> bool:
        """Tell whether all that an install asks for is in a folder where it looks."""
        install, asked = wanted.install, _asked(self._build, wanted)
        folders = self._held.get(asked) if asked else None
        if not folders or not _AGAIN.isdisjoint(install.command.forms):
            return False
        found = (folders.get(folder) for folder in self._folders(wanted))
        extras, dev = _extras(install), install.dev is not False
        return any(each and each.dev >= dev and each.extras >= extras for each in found)

    def _folders(self, found: Installation) -> Iterator[str]:
        """Yield the folders where an install looks for what is there, its own first: that of an
        environment which its RUN has entered; "" stands for the system's.
        """
        build, step = self._build, found.step
        is_pythons = found.family == "python"
        above = found.commands_above(build, found.run) if is_pythons else ()
        entered = (word.text for each in above for word in each.args if word.text)
        folders = [*filter(None, map(_entered, entered))]
        folders += dependency_folders(build, step, found.install)
        yield from dict.fromkeys(folders)
        if not folders:
            yield ""
        for value in variables_seen(build, step) if is_pythons else ():
            if value:
                yield value.removesuffix("/bin")


def _entered(path: str) -> str | None:
    """Return the environment that a file activates, if it is such a one."""
    return path.removesuffix(_ACTIVATE) if path.endswith(_ACTIVATE) else None


def _asked(build: Build, found: Installation) -> _Asked | None:
    """Return what an install asks for; None where that is packages by name, or nobody knows."""
    install = found.install
    if any(each.kind == "index" for each in install.packages) or wheel_folders(install):
        return None
    files = found.needs.manifests or frozenset(_declaring(build, found)) or _unseen(found)
    if not files or _WITHOUT_NEEDS in install.command.forms:
        return None
    return _Asked(install.manager, frozenset(_telling(install)), files)


def _unseen(found: Installation) -> frozenset[str]:
    """Return what stands for manifests that nobody sees, as where only the base knows the working
    directory: they are the same ones as long as no COPY brings more.
    """
    forms = (each.form for each in found.install.manifests)
    return frozenset(f"{each} of {found.step.stage.index}.{len(found.above)}" for each in forms)


def _telling(install: Install) -> Iterator[str]:
    """Yield the words of an install that may tell what of its manifests it takes. npm and Bundler
    take what is there, by whichever command that came; pip's extras are asked for one by one.
    """
    manager = install.managed_by
    if manager.name == "pip":
        return
    passed = {*_TELLING_NOTHING, *(each.name for each in manager.apart)}
    passed |= manager.dev | manager.no_dev if manager.name == "npm" else set()
    flags_alone = manager.name in {"npm", "bundler"}
    for word in install.command.forms:
        if word not in passed and (not flags_alone or word.startswith("-")):
            yield word


def _extras(install: Install) -> frozenset[str]:
    """Return the extras and groups that an install of pip's asks for."""
    words = install.command.forms if install.manager == "pip" else []
    groups = (after for word, after in pairwise(words) if word == "--group")
    return frozenset((*groups, *(each for each in words if "[" in each or "--group=" in each)))


# Words of several managers by which an install takes no more and no less.
_TELLING_NOTHING = frozenset(
    "-n -q -s -y --ansi --no-ansi --no-audit --no-cache --no-fund --no-interaction --no-progress"
    " --no-save --prefer-dist --prefer-offline --quiet --silent --bundler --jobs --retry".split()
)


def _declaring(build: Build, found: Installation) -> Iterator[str]:
    """Yield the context's files that declare the projects which an install takes whole."""
    there = build.fact(placed).before(found.step)
    for project in found.install.projects:
        for name in DECLARING:
            path = there.get(posixpath.join(project.rooted or "/?", name))
            if path is not None:
                yield path
