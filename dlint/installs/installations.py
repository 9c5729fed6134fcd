"""What a stage installs of a language's packages, step by step, with what stood there before."""

from __future__ import annotations

import posixpath
import re
from itertools import pairwise, takewhile
from math import inf
from typing import TYPE_CHECKING

from dlint.context.base import GIT_HEAD
from dlint.errors import DlintError
from dlint.facts.changing import stages_on_each
from dlint.facts.dependencies import clears_first, dependency_folders
from dlint.facts.placed import placed
from dlint.facts.shipping import shipping
from dlint.facts.volatility import SOURCE, is_dependency_list, is_source, volatile_files
from dlint.installs.handed_lists import handed_lists
from dlint.installs.new_projects import is_of_new_project
from dlint.model.mounts import may_be_anywhere, mounts_of
from dlint.model.scope import join
from dlint.model.stages import find_stage
from dlint.model.switched_off import is_switched_off
from dlint.reads.arrivals import arrivals, files_of
from dlint.reads.makefiles import folder_of_go, made_by_make
from dlint.reads.needs import lock_names, needs, uses_vendor
from dlint.reads.remade import remade
from dlint.reads.run_scripts import RUNNERS, installed_by_script
from dlint.shell.managers import family, is_system_manager
from dlint.syntax import Run, Transfer
from dlint.text.paths import under, within
from dlint.text.patterns import VARIABLE, regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.reads.arrivals import Arrival
    from dlint.reads.needs import Needs
    from dlint.shell import Command, Install, Package, Unknown
    from dlint.shell.managers.manager import Manager
    from dlint.syntax.words import Word

_MADE = ("node_modules", "vendor", ".venv", ".bundle")  # in a project's folder
_FOR_ALL = "/usr/local/lib"  # of the official images of Python and Node.js
_GO_MODULES = "/go/pkg/mod"  # in those of Go
_GO_IMAGE = regex(r"(?:^|/)golang(?::|@|$)")
_GO_IN_MAKEFILE = re.compile(
    rb"\bgo (?:build|install|mod|test|run)\b|\$\((?:GO|GOBUILD|GO_BUILD)\)"
)
_MAKES = frozenset(("make", "gmake"))
_STARTERS = _MAKES | RUNNERS
RECIPES = frozenset(("Makefile", "GNUmakefile", "makefile"))
# The files that declare a Python project.
DECLARING = frozenset(("pyproject.toml", "setup.py", "setup.cfg"))
_PATTERN = regex(r"/[^/]*[*?\[$`]")  # the first part of a path that is not one name
_READS_SETTINGS = frozenset((".", "source"))


class Placed(NamedTuple):
    """What arrived from the context, and by which step of the stage's chain."""

    at: int
    arrival: Arrival


class Installation(NamedTuple):
    """An install of a language's packages at a step of a stage's chain, and what it reads.

    `above` arrived before it, `earlier` are the installs from manifests that ran before it.
    `covered_from` is the first step whose install has fetched what this one needs. `brought`: a
    COPY from another stage has brought what it would install. `made_of`: the context's files of
    which another stage has made the wheels that it installs, and nothing else. `declared`: of the
    project that it takes whole, it is told what it reads for what that depends on alone; `points`:
    of the project itself it leaves a path to the source, and nothing that changes with that.
    """

    at: int
    step: Step
    run: Run
    install: Install
    needs: Needs
    above: tuple[Placed, ...]
    earlier: tuple[Installation, ...]
    covered_from: float
    brought: bool
    made_of: frozenset[str] | None = None
    declared: bool = False
    points: bool = False

    @property
    def reads_nothing(self) -> bool:
        """Whether it installs packages by their names, and nothing of the context decides on it."""
        install = self.install
        by_list = install.manifests or install.projects or install.hidden
        return bool(install.packages) and not by_list and not self.needs.files

    @property
    def family(self) -> str:
        """What managers are called that share what they install."""
        return family(self.install.manager)

    def can_be_split_off(self, build: Build) -> bool:
        """Tell whether something is left to be installed that does not need all of the project, as
        far as the context, where it is the right one, shows what it reads.
        """
        if self.brought or (self.made_of is None and self._is_of_project_alone(build)):
            return False
        if build.fact(arrivals).doubtful:
            # there may be no go.mod at all
            return not self.install.hidden or self.install.manager != "go"
        if self.install.hidden and self._needs_nothing_from_elsewhere():
            return False
        if self.install.packages or self.made_of is not None:
            return True
        if self._is_of_recipe_alone or self._is_chosen(build):
            return False
        return bool(self.needs.files) and not self._is_made_for(build)

    def _filled_at(self, build: Build) -> int | None:
        """Return the last step of the chain above whose install fills folders in which packages
        stand that it takes from the image: -1 where it takes none, None where one stands in none
        of those.
        """
        filled = [
            max((each.at for each in self.earlier if each.fills(build, place)), default=None)
            for place in self.needs.made
        ]
        known = [at for at in filled if at is not None]
        return max(known, default=-1) if len(known) == len(filled) else None

    def fills(self, build: Build, place: str) -> bool:
        """Tell whether it installs what stands at a place."""
        folders = dependency_folders(build, self.step, self.install)
        return any(within(place, each) for each in folders)

    def _is_of_project_alone(self, build: Build) -> bool:
        """Tell whether nothing of it could come before the project, or what is made of that."""
        if self._filled_at(build) is None:
            return True
        return self._leaves_out_dependencies or self._needs_all

    @property
    def _needs_all(self) -> bool:
        """Whether only the whole project will do, or `.git`, which changes with each commit."""
        if not self.needs.git:
            return self.needs.whole
        return any("/.git/" in place for each in self.above for place in each.arrival.files)

    @property
    def _leaves_out_dependencies(self) -> bool:
        """Whether it installs the project without what that depends on, and no list."""
        install = self.install
        lists = install.command.argument("-r", "--requirement") or install.packages
        return bool(install.projects) and "--no-deps" in install.command.forms and not lists

    @property
    def _is_of_recipe_alone(self) -> bool:
        """Whether nothing is seen of a project's manifests but the Makefile that installs it."""
        names = {posixpath.basename(path) for path in self.needs.files}
        return bool(self.install.projects) and bool(names) and names <= RECIPES

    def _is_chosen(self, build: Build) -> bool:
        """Tell whether an argument of which the repository passes several values says which
        manifest it reads; a build reads its own, whatever it is told to make.
        """
        if self.install.hidden:
            return False
        words = (word.raw for word in self.install.command.args)
        chosen = {name for word in words for name in VARIABLE.findall(word)}
        return not chosen.isdisjoint(build.passed)

    def _is_made_for(self, build: Build) -> bool:
        """Tell whether only the lock file came from the context: a step before the install makes
        the manifest.
        """
        locks = lock_names(self.install.manager)
        if any(posixpath.basename(path) not in locks for path in self.needs.manifests):
            return False
        named = (each.rooted for each in self.install.manifests)
        read = {path for path in named if path and posixpath.basename(path) not in locks}
        return bool(read) and read.isdisjoint(build.fact(placed).before(self.step))

    def _needs_nothing_from_elsewhere(self) -> bool:
        """Tell whether a build has no dependencies that could be fetched before: Go takes no module
        without its sum, and a Python build fetches its tools alone.
        """
        if self.install.managed_by.language == "python":
            return True
        read = {posixpath.basename(path) for path in self.needs.files}
        return self.install.manager == "go" and read.isdisjoint(("go.sum", "go.work"))

    def reads_before(self, arrival: Arrival) -> bool:
        """Tell whether an earlier install of the same family reads something of an arrival: what
        both make is new with each change of that.
        """
        alike = (each for each in self.earlier if each.family == self.family)
        return any(each.needs.files & arrival.sources for each in alike)

    def commands_above(self, build: Build, run: Run) -> Iterator[Command]:
        """Yield the commands of a RUN, its own or one before that, which stand above it."""
        commands = build.script(run).commands
        return takewhile(lambda command: command is not self.install.command, commands)

    def separable(self, build: Build, stage: Stage) -> list[Placed]:
        """Return what arrived above it that could stand below it.

        An install from a manifest could go above what a base needs, with that manifest; one by name
        belongs to its own stage alone, and reads what its RUN reads in before it.
        """
        free = [
            each
            for each in self.above
            if each.arrival.step.stage is stage
            or not _is_for_others(build, stage, each.arrival)
            or self.may_sink(build, stage, each.arrival)
        ]
        if self.install.manifests:
            return free
        reads = [each for each in self.commands_above(build, self.run) if _reads_settings(each)]
        return [
            placed
            for placed in free
            if (placed.arrival.step.stage is stage or not _is_used_at_home(build, placed.arrival))
            and not any(placed.arrival.named_by(each, self.step.state.workdir) for each in reads)
        ]

    def may_sink(self, build: Build, stage: Stage, arrival: Arrival) -> bool:
        """Tell whether what brings its manifests, and more, to a base of several stages could bring
        the rest to each of them instead, below its install: no image of its own ends there, and no
        RUN of the base works with it.
        """
        base = stage.base
        if base is None or base is not arrival.step.stage or base in build.targets:
            return False
        if self.needs.manifests.isdisjoint(arrival.sources):
            return False
        is_shared = build.fact(stages_on_each)[base.index] > 1
        return is_shared and not _is_used_at_home(build, arrival)

    def is_movable(self, build: Build, above: Sequence[Placed]) -> bool:
        """Tell whether it is the same wherever it stands, where it installs packages by name; in a
        project it changes files.
        """
        if self.made_of is not None:
            return True
        if not self.install.packages:
            # without a name, `npm install -g` installs the project itself
            return not self.install.everywhere
        if self.needs.files:
            return True
        doubtful = build.fact(arrivals).doubtful
        for package in self.install.packages:
            if not _is_from_elsewhere(package):
                return False
            if self.install.manager == "go" and (doubtful or _is_own(package.name, above)):
                return package.version != ""
        return self.install.everywhere or self.install.managed_by.outside

    def is_vendored(self, build: Build, above: Sequence[Placed]) -> bool:
        """Tell whether a build finds its dependencies in the source."""
        if not self.install.hidden:
            return False
        vendors = tuple(posixpath.join(folder, "vendor/") for folder in self.install.folders)
        places = (place for placed in above for place in placed.arrival.files)
        if not any(place.startswith(vendors) for place in places):
            return False
        return self.install.manager != "go" or uses_vendor(build, self.needs)

    def unneeded(self, build: Build, stage: Stage) -> Iterator[tuple[Arrival, str]]:
        """Yield what COPYs have brought above it of which it does not need all, with how often the
        rest changes.
        """
        free = self.free(build, stage)
        if build.fact(arrivals).doubtful:
            yield from ((arrival, SOURCE) for arrival in self._fed_by(free))
            return
        if self.install.hidden:  # below what is fetched first goes all that it works on
            rest = [each for each in free if self._may_go_without(each)]
            sources = frozenset[str]().union(*(each.sources for each in rest))
            change = volatile_files(build, sources, self.read_first)
            yield from ((each, change) for each in rest if change)
            return
        for arrival in free:
            if change := self._change(build, arrival):
                yield arrival, change

    def _may_go_without(self, arrival: Arrival) -> bool:
        """Tell whether an arrival brings source, and no manifest leads to it which cannot be read:
        git's own folder tells a build its version.
        """
        is_open = not self.needs.readable and self.needs.manifests.isdisjoint(arrival.sources)
        code = (path for path in arrival.sources if is_source(path) or path == GIT_HEAD)
        brings = arrival.whole or not all(map(is_dependency_list, code))
        return brings and not (is_open or arrival.sources <= self.read_first)

    def free(self, build: Build, stage: Stage) -> list[Arrival]:
        """Return what arrived above it from the context that it could stand above."""
        above = self.separable(build, stage)
        if not self.is_movable(build, above) or self.is_vendored(build, above):
            return []
        prepared_at = self._prepared_at(build, stage)
        is_more = self.starts_anew(build, stage) or self._adds_development(build)
        covered_from = inf if is_more else self.covered_from
        return [arrival for at, arrival in above if prepared_at < at <= covered_from]

    def starts_anew(self, build: Build, stage: Stage) -> bool:
        """Tell whether what an earlier install has put there is deleted before it, so that a push
        brings all of it again with each change above it.
        """
        if self.covered_from == inf or not self._deletes_first(build, stage):
            return False
        if build.shipped(stage):
            return True
        return not self._makes_the_same and self.is_carried(build, stage)

    def _adds_development(self, build: Build) -> bool:
        """Tell whether it brings what development needs, and all installs from its manifests above
        have left that out.
        """
        from dlint.facts.yarns import brings_development

        known, read = self.install.managed_by.development, self.needs.manifests
        if known is None or not brings_development(build, self.run, self.install):
            return False
        above = [each for each in self.earlier if not read.isdisjoint(each.needs.manifests)]
        if any(brings_development(build, each.run, each.install) is not False for each in above):
            return False
        own = [path for path in read if posixpath.basename(path) == known.manifest]
        return any(known.mark.search(build.context.read(path)) for path in own)

    def _deletes_first(self, build: Build, stage: Stage) -> bool:
        """Tell whether it deletes what is there by itself, or a command of its RUN does, or a RUN
        below the earlier install.
        """
        from dlint.shell.effects import Delete

        if clears_first(self.install) or self.cleared_before(build):
            return True
        folders = dependency_folders(build, self.step, self.install)
        above = build.effects_above(Delete, stage, self.run) if folders else ()
        return any(
            each.place.path in folders and build.steps_above(stage, run) > self.covered_from
            for run, each in above
        )

    def cleared_before(self, build: Build) -> str:
        """Return the folder (absolute) that it installs into and that a command of its RUN deletes
        before it; "" where none does.
        """
        from dlint.shell.effects import Delete

        folders = dependency_folders(build, self.step, self.install)
        for delete in build.effects(self.run, self.step.state).of(Delete):
            path = delete.place.path
            if path in folders and delete.span.start < self.install.span.start:
                return path or ""
        return ""

    def _prepared_at(self, build: Build, stage: Stage) -> int:
        """Return the last step of the stage's chain above whose RUN moves or copies the manifest or
        what is installed, or deletes the manifest: the install has to stay below that. -1 where
        none does.
        """
        manifests = {each.form for each in self.install.manifests}
        own = manifests.union(dependency_folders(build, self.step, self.install))
        runs = _preparing(build, stage, self.run, manifests, own)
        prepared_at = max((build.steps_above(stage, each) for each in runs), default=-1)
        filled_at = self._filled_at(build)
        return prepared_at if filled_at is None else max(prepared_at, filled_at)

    def _change(self, build: Build, arrival: Arrival) -> str | None:
        """Tell how often an arrival changes without what it reads; None where it does not."""
        if not self.needs.readable and self.needs.manifests.isdisjoint(arrival.sources):
            return None  # the manifest may name what this brings
        return volatile_files(build, arrival.sources, self.read_first)

    @property
    def read_first(self) -> frozenset[str]:
        """The context's files that its dependencies are installed from: a tool that goes ahead of a
        build puts something else for all source, scripts among it.
        """
        if self.made_of is not None:
            return self.made_of
        goes_ahead = self.install.hidden and self.install.managed_by.ahead
        return self.needs.manifests if goes_ahead else self.needs.files

    def is_uploaded(self, build: Build, stage: Stage, arrival: Arrival) -> bool:
        """Tell whether a change of what a COPY brings alone makes what is pushed another one: the
        layer of the install in `stage`, or that of a COPY which takes what it made. Of files that
        are the same again no COPY makes another layer, but with what arrived beside them.
        """
        if build.is_pushed_nowhere(stage):
            return False
        if build.shipped(stage):
            return True
        is_read = self.reads_before(arrival) and not self.starts_anew(build, stage)
        if is_read or self._is_joined_by_project(build, stage, arrival):
            return False
        is_new = not (self._makes_the_same or self._is_carried_with(build, stage, arrival))
        return is_new and self.is_carried(build, stage)

    @property
    def _makes_the_same(self) -> bool:
        """Whether all that it makes is the same, but for the times, when it runs again."""
        renewed_by = self.install.managed_by.renewed_by
        given = {*self.install.command.forms, *self.step.state.values}
        return renewed_by is not None and renewed_by.isdisjoint(given)

    def _is_joined_by_project(self, build: Build, stage: Stage, arrival: Arrival) -> bool:
        """Tell whether a later install puts what arrived, as a package, into the same folder, which
        so is new with each change in any case; an editable one only points to the source.
        """
        made = _folders_made(build, self.step, self.run, self.install)
        return any(
            install.command.span.start > self.install.command.span.start
            and not made.isdisjoint(dependency_folders(build, step, install))
            and any(within(path, arrival.destination) for path in _built_from(step, install))
            for step in (build.chain(stage) if made else ())
            if isinstance(step.instruction, Run)
            for install in _installs(build, step, step.instruction)
        )

    def _is_carried_with(self, build: Build, stage: Stage, arrival: Arrival) -> bool:
        """Tell whether each COPY that takes what it makes out of `stage` takes what arrived, too,
        so that its layer is new with that in any case.
        """
        made = self._folders_left(build)
        taken = [each.source for each in build.fact(shipping).taken(stage)]
        takers = [source for source in taken if any(within(folder, source) for folder in made)]
        return bool(takers) and all(within(arrival.destination, source) for source in takers)

    def _folders_left(self, build: Build) -> list[str]:
        """Return the folders that it fills and neither its RUN nor one below deletes again."""
        from dlint.facts.deletions import is_deleted, is_deleted_below
        from dlint.shell.effects import Place

        made = _folders_made(build, self.step, self.run, self.install)
        places = {each: Place(each, each) for each in made}
        return [
            each
            for each, place in places.items()
            if not (is_deleted(build, self.run, place) or is_deleted_below(build, self.run, place))
        ]

    def _fed_by(self, copies: Iterable[Arrival]) -> Iterator[Arrival]:
        """Without the context at hand, yield by the text the COPYs that bring the manifest, and
        more with it.
        """
        folders, is_named = self.install.folders, bool(self.install.manifests)
        for arrival in copies:
            if arrival.whole and (not is_named or any(map(arrival.under, folders))):
                yield arrival

    def is_all_that_reads(self, build: Build, arrival: Arrival) -> bool:
        """Tell whether its RUN reads nothing of an arrival but what it reads itself."""
        from dlint.shell.effects import Create, Install, Unknown

        effects = build.effects(self.run, self.step.state)
        others = (each for each in effects.of(Install) if each is not self.install)
        if not effects.known or effects.of(Unknown):
            return False
        if not all(is_system_manager(each.manager) for each in others):
            return False
        folders, read = self.install.folders, self.needs.files
        rest = {place for place, path in arrival.files.items() if path not in read} - folders
        copied = {each.source.form for each in effects.of(Create) if each.source}
        mentions = {
            _PATTERN.split(text)[0] or "/" for text in (effects.mentions - folders) | copied
        }
        return not any(place for mention in mentions for place in under(rest, mention))

    def makes_some_of(self, build: Build, arrival: Arrival) -> bool:
        """Tell whether an arrival brings what the install makes, or does where somebody has it in
        the working tree, so that their order decides which of the two stays.
        """
        folders = self.install.folders
        made = tuple(posixpath.join(folder, name, "") for folder in folders for name in _MADE)
        if any(place.startswith(made) for place in arrival.files):
            return True
        taken = {
            posixpath.normpath(each.text) for each in getattr(arrival.instruction, "sources", ())
        }
        beside = {
            posixpath.dirname(place): posixpath.dirname(path)
            for place, path in arrival.files.items()
            if (posixpath.dirname(path) or ".") in taken
        }
        for folder in _folders_made(build, self.step, self.run, self.install):
            above, name = posixpath.split(folder)
            if above in beside and not build.context.ignored(posixpath.join(beside[above], name)):
                return True
        return False

    def is_carried(self, build: Build, stage: Stage) -> bool:
        """Tell whether all that it makes in `stage` is copied into an image that is pushed: a COPY
        of one package's folder takes that alone.
        """
        if self.install.hidden:
            return False
        sources = [each.source for each in build.fact(shipping).taken(stage)]
        made = _folders_made(build, self.step, self.run, self.install)
        if made:
            return any(within(folder, source) for folder in made for source in sources)
        return any(is_store(source, self.install.managed_by) for source in sources) or (
            self.install.everywhere and any(within(_FOR_ALL, source) for source in sources)
        )


def installations(build: Build, stage: Stage) -> Sequence[Installation]:
    """Return the installs of a language's packages in the chain of `stage`, below what was copied
    or mounted; worked out once, since they take all manifests of a workspace to be read.
    """
    return build.fact_of(_all_installations, stage)


def _all_installations(build: Build, stage: Stage) -> tuple[Installation, ...]:
    return tuple(_installations(build, stage))


def _installations(build: Build, stage: Stage) -> Iterator[Installation]:
    found = build.fact(arrivals)
    above: list[Placed] = []
    earlier: list[Installation] = []
    fetched = _Fetched()
    brought: set[str] = set()
    copies: list[str] = []  # what comes from other stages, and where it goes
    copied = False
    for at, step in enumerate(build.chain(stage)):
        match step.instruction:
            case Transfer() as transfer:
                copied = True
                if arrival := found.of(step, transfer) or handed_lists(build, step, transfer):
                    above.append(Placed(at, arrival))
                if transfer.from_:
                    copies += _paths(step, transfer, transfer.destination)
                    brought.update(_brought(build, step, transfer))
            case Run() as run if copied or run.mounts:
                here = [*[each.arrival for each in above], *found.mounted(step, run)]
                for install in (*_installs(build, step, run), *_recipes(build, step, run, here)):
                    read = needs(
                        build, install, here, step.state.workdir, remade(build, step, install)
                    )
                    installation = Installation(
                        at,
                        step,
                        run,
                        install,
                        read,
                        tuple(above),
                        tuple(earlier),
                        fetched.first(install, read),
                        family(install.manager) in brought or _brings_store(copies, install),
                    )
                    yield installation
                    is_empty = is_of_new_project(build, stage, run, install, here)
                    if (install.manifests or install.projects) and not is_empty:
                        earlier.append(installation)
                        fetched.note(at, install, read)


class _Fetched:
    """The first steps that have fetched what installs need, by the managers' family, and by what
    the installs read.
    """

    def __init__(self) -> None:
        self._first: dict[tuple[str, ...], int] = {}

    def note(self, at: int, install: Install, read: Needs) -> None:
        """Note an install from manifests, or of a project."""
        for key in ((family(install.manager),), *self._keys(install, read)):
            self._first.setdefault(key, at)

    def first(self, install: Install, read: Needs) -> float:
        """Return the first step that has fetched what an install needs."""
        if install.hidden or (install.projects and not read.manifests):
            return self._first.get((family(install.manager),), inf)
        return min((self._first.get(key, inf) for key in self._keys(install, read)), default=inf)

    @staticmethod
    def _keys(install: Install, read: Needs) -> Iterator[tuple[str, ...]]:
        name = family(install.manager)
        yield from ((name, "form", each.form) for each in install.manifests)
        yield from ((name, "path", each) for each in read.manifests)


def _built_from(step: Step, install: Install) -> Iterator[str]:
    """Yield the paths (absolute) of the projects and archives that pip installs as packages."""
    given = install.command.forms
    flags = {word.partition("=")[0] for word in given}
    is_pips = install.manager == "pip" or given[:1] == ["pip"]  # other managers' are editable
    if not is_pips or not flags.isdisjoint(install.managed_by.editable):
        return
    here = step.works_in(install.command)
    named = (each.text for each in install.packages if each.kind == "path" and each.text)
    yield from filter(None, (join(here, each) for each in named))
    yield from filter(None, (each.path for each in install.projects))


def _preparing(
    build: Build, stage: Stage, run: Run, manifests: set[str], own: set[str]
) -> Iterator[Run]:
    """Yield the RUNs above that move or copy some of what is an install's `own`, or delete one of
    its manifests: one that does nothing but to put manifests in place moves along.
    """
    from dlint.shell.effects import Create, Delete

    for above, made in build.effects_above(Create, stage, run):
        is_own = made.source and not own.isdisjoint((made.source.form, made.place.form))
        if is_own and not puts_in_place(build, above, manifests):
            yield above
    for above, deleted in build.effects_above(Delete, stage, run):
        if deleted.place.form in manifests:
            yield above


def puts_in_place(build: Build, run: Run, manifests: Collection[str]) -> bool:
    """Tell whether a RUN does nothing but to copy files to where the manifests of an install are
    read.
    """
    from dlint.shell.effects import Create

    effects = build.effects(run)
    made = effects.of(Create)
    if not effects.known or not 0 < len(made) == len(effects.items):
        return False
    if any(each.name != "cp" for each in build.script(run).commands):
        return False
    return all(each.place.form in manifests for each in made)


def _brings_store(copies: Sequence[str], install: Install) -> bool:
    """Tell whether a COPY from another stage brings what the manager has fetched there."""
    return any(is_store(path, install.managed_by) for path in copies)


def is_store(path: str, manager: Manager) -> bool:
    """Tell whether a path is, by its name, where a manager keeps all that it has fetched."""
    return path.rstrip("/").endswith(manager.stores)


def _named(step: Step, install: Install) -> frozenset[str]:
    """Return the folder that `--path` names, as Bundler calls it."""
    words = [word.text or "" for word in install.command.args]
    here = step.works_in(install.command)
    named = [after for flag, after in pairwise(words) if flag == "--path" and after]
    named += [word.removeprefix("--path=") for word in words if word.startswith("--path=")]
    return frozenset(filter(None, (join(here, each) for each in named)))


def _folders_made(build: Build, step: Step, run: Run, install: Install) -> frozenset[str]:
    """Return the folders (absolute) that an install fills, and where its RUN moves or copies them;
    nothing where it is not known where they are.
    """
    from dlint.shell.effects import Create

    folders = frozenset(dependency_folders(build, step, install)) or _named(step, install)
    effects = build.effects(run, step.state) if folders else None
    moved = {
        each.place.path
        for each in (effects.of(Create) if effects else ())
        if each.place.path and each.source and each.source.path in folders
    }
    return folders | moved


def _brought(build: Build, step: Step, copy: Transfer) -> Iterator[str]:
    """Yield the families of what was installed in a project's folder that is copied from another
    stage.
    """
    taken = tuple(f"/{path.strip('/')}/" for path in _paths(step, copy))
    source = find_stage(build.stages, copy.from_ or "", step.stage.index)
    for stage in source.ancestors() if source else ():
        for folder, name in build.fact_of(_filled, stage):
            if folder.startswith(taken):
                yield name


def _filled(build: Build, stage: Stage) -> list[tuple[str, str]]:
    """Return the folders of a stage's own installs, each with a slash and the family of the
    manager; a fact of the stage, since each COPY out of it asks.
    """
    return [
        (f"{folder}/", family(install.manager))
        for step in build.steps(stage)
        if isinstance(step.instruction, Run)
        for install in _installs(build, step, step.instruction)
        for folder in install.folders
    ]


def _paths(step: Step, copy: Transfer, *more: Word | None) -> list[str]:
    words = (word for word in (*copy.sources, *more) if word is not None)
    expanded = (step.state.expand(word.text) for word in words)
    return [path for path in expanded if path is not None]


def _installs(build: Build, step: Step, run: Run) -> Iterator[Install]:
    """Yield the installs of a RUN that fetch something of a language's world."""
    from dlint.shell.effects import CacheKept, Install, Unknown

    effects = build.effects(run, step.state)
    kept = {cache.manager for cache in effects.of(CacheKept)}
    is_open = may_be_anywhere(build, run)
    for install in effects.of(Install):
        is_mounted = install.hidden and (is_open or install.manager in kept)
        if is_system_manager(install.manager) or is_mounted:
            continue
        if not is_switched_off(build, run, install.command):
            yield install
    keeps_modules = "go" in kept or _mounts_modules(build, run)
    if not keeps_modules and _GO_IMAGE.search(step.stage.outermost.image or ""):
        for unknown in effects.of(Unknown):
            if unknown.command.name == "make" and (text := _made_with_go(build)) is not None:
                yield _made(build, step, unknown, text)


def _mounts_modules(build: Build, run: Run) -> bool:
    """Tell whether a cache mount holds the folder of modules of Go's images, or one around it: what
    a `make` downloads is there at the next build.
    """
    return any(within(_GO_MODULES, mounted.target) for mounted in mounts_of(build, run))


def _recipes(build: Build, step: Step, run: Run, here: Sequence[Arrival]) -> Iterator[Install]:
    """Yield what the RUN's calls of `make` and of scripts of a package.json install of a language's
    world.
    """
    from dlint.shell.effects import Unknown

    started = [each.command for each in build.effects(run, step.state).of(Unknown)]
    started = [command for command in started if command.name in _STARTERS]
    if not started:
        return
    places = files_of(here)
    for command in started:
        read = made_by_make if command.name in _MAKES else installed_by_script
        for install in read(build, step, command, places):
            if not is_system_manager(install.manager) and not install.hidden:
                yield install


def _made_with_go(build: Build) -> str | None:
    """Return the text of the Makefile, if it builds with Go; "" of one that cannot be read, which
    in a Go image is taken to.
    """
    try:
        text = build.context.read("Makefile")
    except DlintError:
        return None
    if b"\0" in text:
        return ""
    return text.decode("utf-8", "replace") if _GO_IN_MAKEFILE.search(text) else None


def _made(build: Build, step: Step, unknown: Unknown, makefile: str) -> Install:
    """Return the install that a `make` of a Go project hides."""
    from dlint.shell.effects import Install, Place

    folder = step.state.workdir or "/?"
    below = folder_of_go(makefile, unknown.command)
    if below is not None and not _is_there(build, "go.mod"):
        folder = posixpath.normpath(posixpath.join(folder, below))
    files = [posixpath.join(folder, name) for name in ("go.mod", "go.sum")]
    return Install(
        unknown.command,
        unknown.span,
        "go",
        manifests=tuple(Place(path, path) for path in files),
        projects=(Place(folder, folder),),
        hidden=True,
    )


def _is_there(build: Build, path: str) -> bool:
    """Tell whether the context has a file."""
    try:
        build.context.read(path)
    except DlintError:
        return False
    return True


def _reads_settings(command: Command) -> bool:
    """Tell whether a shell reads a file in, but for one that enters a virtual environment."""
    enters = any(word.form.endswith("/activate") for word in command.args)
    return command.name in _READS_SETTINGS and not enters


def _is_for_others(build: Build, stage: Stage, arrival: Arrival) -> bool:
    """Tell whether an image of its own ends between an arrival and `stage`, or another stage goes
    on from there: what is installed above the arrival would get into that, too.
    """
    between = takewhile(lambda each: each is not arrival.step.stage.base, stage.ancestors())
    above = [each for each in between if each is not stage]
    on_each = build.fact(stages_on_each)
    return any(each in build.targets or on_each[each.index] > 1 for each in above)


def _is_used_at_home(build: Build, arrival: Arrival) -> bool:
    """Tell whether a RUN of the stage in which something arrives works with it."""
    for step in build.steps(arrival.step.stage):
        run = step.instruction
        if isinstance(run, Run) and run.index > arrival.instruction.index:
            commands, workdir = build.script(run).commands, step.state.workdir
            if arrival.whole or any(arrival.named_by(each, workdir) for each in commands):
                return True
    return False


def _is_from_elsewhere(package: Package) -> bool:
    return package.text is not None and package.kind in {"index", "vcs"}


def _is_own(name: str, above: Sequence[Placed]) -> bool:
    """Tell whether a Go package is one that was copied into GOPATH."""
    places = (placed.arrival.destination.partition("/src/") for placed in above)
    return any(f"/src/{name}/".startswith(f"/src/{rest}/") for _, gopath, rest in places if gopath)
