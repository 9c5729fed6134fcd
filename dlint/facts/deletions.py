"""What a RUN's deletions take of what steps have stored, and so what still stands above a step."""

from __future__ import annotations

import posixpath
from fnmatch import fnmatchcase
from itertools import islice
from typing import TYPE_CHECKING

from dlint.facts.first_installs import DEVELOPMENT, FirstInstalls, prunes
from dlint.facts.stored import TELLING, storage
from dlint.facts.yarns import brings_development
from dlint.model.mounts import is_stored
from dlint.model.scope import join
from dlint.shell import (
    CacheLeft,
    Clean,
    Clone,
    Create,
    Delete,
    Extract,
    Fetch,
    Install,
    Place,
    Refresh,
    Remove,
    Unknown,
)
from dlint.shell.judge import deletes, emptied
from dlint.shell.managers import family, is_system_manager
from dlint.syntax import Copy, Run, Transfer
from dlint.text.paths import within
from dlint.text.patterns import regex
from dlint.text.units import listed
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dlint.facts.stored import Stored
    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell import Command, Effects
    from dlint.syntax import Instruction

    InVain = tuple[Delete | Remove, str, str]

_NAMED = 2  # packages that a message names
_IN_ITS_RUN = "delete such files in the `RUN` that creates them"
# In the base itself, stages that build on it would miss what is removed.
_ONTO_ANOTHER = (
    "run this in another stage, and copy the result onto a base image without development"
    " dependencies"
)
_MAKING = Clone | Create | Extract | Fetch | Install
CLEANING = Clean | Delete | Remove  # what a RUN does that only cleans
_VARIABLE = regex(r"\$\{?\w")
# Documents, caches and the like.
_RUBBISH = regex(
    r"/(?:usr/share/(?:doc|info|lintian|locale|man)|var/cache|var/lib/apt/lists)(?:/|\Z)"
    r"|/(?:(?:var/)?tmp|(?:root|home/[^/]+)/\.(?:cache|npm|m2|gradle|cargo/registry))(?:/\*)?/?\Z"
)
_RUBBISH_NAMES = frozenset(("__pycache__", "*.pyc", "*.pyo", "*.py[co]", "*.a", "*.la", "*.map"))
_OF_SYSTEM = regex(r"/(?:\Z|usr(?:/|\Z)|opt/conda)")
# Where base images leave nothing, nor do package managers that clean up after themselves.
_EMPTY = regex(r"/(?:(?:var/)?tmp|var/lib/apt/lists|(?:root|home/[^/]+)/\.\w+)(?:/|\Z)")
# Where no base has its working directory.
_NO_WORKDIR = regex(r"/(?:etc|usr/share|var/(?:cache|lib/(?:apt|dpkg)|log))(?:/|\Z)")
# Folders that hold much else: that an archive was unpacked there says nothing of a path in them.
_SHARED = frozenset(
    """
    / /etc /home /lib /opt /root /tmp /usr /usr/bin /usr/lib /usr/local /usr/local/bin /var
    """.split()
)


class Deletion(NamedTuple):
    """A command's deletion of a path, which is below `/?` where only the base knows the working
    directory, as COPYs have it; `written` is the word that names it, quotes removed.
    """

    delete: Delete
    written: str

    @property
    def path(self) -> str | None:
        """The path, absolute; None where it is not known."""
        return self.delete.place.path

    def takes(self, stored: Stored) -> bool:
        """Tell whether it takes what was stored, or a part of it."""
        if stored.arrival is not None and stored.arrival.known:
            return bool(self.files_of(stored))
        if stored.path is None or self.path is None:
            return self._names(stored)
        if deletes(self.delete, stored.path):
            # A name without a dot that a pattern stands for may be a file's.
            is_by_chance = self.delete.place.glob and stored.arrival is not None
            return not stored.tree or (stored.path not in _SHARED and not is_by_chance)
        return stored.tree and self._is_inside(stored, self.path, stored.path)

    def takes_all_of(self, stored: Stored) -> bool:
        """Tell whether what was stored is surely there to be taken, and not in a folder around
        it.
        """
        is_around = stored.how == "stage" and stored.path is not None and self.path is not None
        return not is_around or deletes(self.delete, stored.path or "")

    def is_weighty(self, stored: Stored) -> bool:
        """Tell whether what it takes of something stored is surely no trifle."""
        path = self.path
        if stored.how != "stage" or path is None or self.takes_all_of(stored):
            return stored.is_weighty
        return stored.is_weighty_at(path)

    def _names(self, stored: Stored) -> bool:
        """Tell whether it names what was stored by the same words, where a path is not known."""
        if self.delete.place.form == stored.form and (self.delete.recursive or not stored.tree):
            return True
        if stored.tree or not _VARIABLE.search(self.written):
            return False
        return self.written in stored.text.split()

    def _is_inside(self, stored: Stored, path: str, folder: str) -> bool:
        """Tell whether a path in an unpacked folder is the archive's: it has its name, or the
        folder is its own.
        """
        top = folder.rstrip("/") + "/"
        if self.delete.place.glob or not path.startswith(top):
            return False
        if folder not in _SHARED and folder != "/?":
            return stored.how == "stage" and self.delete.recursive
        name = path.removeprefix(top)
        if stored.how != "unpack" or len(name) < TELLING or "/" in name:
            return False
        return f"{name}." in stored.text

    def files_of(self, stored: Stored) -> frozenset[str]:
        """Return the context's files that it takes of those that a COPY stored."""
        if stored.arrival is None or self.path is None:
            return frozenset()
        files = stored.arrival.files
        if self.delete.place.glob:
            return frozenset(files[place] for place in files if deletes(self.delete, place))
        if not self.delete.recursive and self.path not in files:
            return frozenset()
        return stored.files_under(self.path)

    def shown(self, stored: Stored) -> str:
        """Return what it takes in words: what stood there, where it is a pattern."""
        path = self.path
        if self.delete.place.glob and not (stored.arrival and stored.arrival.known):
            path = stored.path or path
        return (path or self.written).removeprefix("/?/")


def deletions(build: Build, effects: Effects) -> list[Deletion]:
    """Return what the commands of a RUN delete; what a `find` test narrows is left out."""
    return [
        _rooted(delete, build.dockerfile.source[delete.span].strip("\"'"))
        for delete in effects.of(Delete)
        if not delete.partial
    ]


def _rooted(delete: Delete, written: str) -> Deletion:
    place = delete.place._replace(path=delete.place.rooted)
    return Deletion(delete._replace(place=place), written)


def is_of_own(build: Build, run: Run, deletion: Deletion, stored: Stored) -> bool:
    """Tell whether a RUN deletes what it has made itself, and not a file beside that which was
    downloaded above: what it makes behind the first deletion stands there again.
    """
    own = [each for each in build.fact(storage).made(run) if deletion.takes(each)]
    is_beside = stored.how == "fetch" and not stored.tree and stored.path is not None
    if not own or (is_beside and all(each.path not in {None, stored.path} for each in own)):
        return False
    makes = (each for each in build.effects(run).items if isinstance(each, _MAKING))
    first = next(makes, None)
    return first is not None and first.span.start < deletion.delete.span.start


def still_stored(build: Build, stage: Stage, run: Run) -> list[Stored]:
    """Return what of weight was stored above `run`, less what RUNs above it delete again."""
    parts = build.parts_before(stage, run)
    return build.fact(_Remaining).before(parts[-1][0], parts[-1][1])


def is_gone_at_source(build: Build, deletion: Deletion, stored: Stored) -> bool:
    """Tell whether what a deletion takes of a folder that a COPY brings from another stage is not
    in there: a RUN of that stage deletes it, and no later one is seen to make it again.
    """
    copy, path = stored.instruction, deletion.path
    if not isinstance(copy, Copy) or path is None or deletion.takes_all_of(stored):
        return False
    stage = build.origin_of(copy)
    place = at_source(build, copy, path.removeprefix((stored.path or "").rstrip("/") + "/"))
    if stage is None or place is None:
        return False
    return stays_deleted(build, stage, place, deleted_in(build, stage, place))


def stays_deleted(build: Build, stage: Stage, place: str, deleted: Iterable[int]) -> bool:
    """Tell whether no step of a stage is seen to store something at a place behind the last of the
    RUNs that have `deleted` what is there, by their numbers.
    """
    last = max(deleted, default=None)
    return last is not None and not any(
        each.instruction.index > last and _may_hold(each, place)
        for each in build.fact(storage).near(stage, None, place)
    )


def brings(build: Build, stored: Stored, path: str) -> bool:
    """Tell whether a COPY brings a file that is at `path` then, or may: one of the context, also by
    way of the stage that it is from, or what is in a folder of that.
    """
    copy = stored.instruction
    if stored.arrival is not None:
        return path in stored.arrival.files
    if not isinstance(copy, Copy) or stored.path is None or not within(path, stored.path):
        return False
    is_inside = stored.tree and path != stored.path
    stage = build.origin_of(copy)
    place = at_source(build, copy, path.removeprefix(stored.path).lstrip("/"))
    if stage is None or place is None:
        return is_inside
    above = build.fact(storage).nearest(stage, None, place)
    if any(each.arrival is not None and place in each.arrival.files for each in above):
        return True
    return is_inside and any(isinstance(each.instruction, Run) for each in build.chain(stage))


def at_source(build: Build, copy: Copy, path: str) -> str | None:
    """Return where a path below the one source of a COPY stands in the stage that it is from."""
    if len(copy.sources) != 1:
        return None
    source = join("/", build.expand(copy, copy.sources[0].text))
    return source and join(source, path)


def deleted_in(build: Build, stage: Stage, place: str) -> Iterator[int]:
    """Yield the numbers of the RUNs in a stage's chain that surely delete a path."""
    for step in build.chain(stage):
        for run, effects in build.effects_in([step]):
            gone = (each.delete for each in deletions(build, effects))
            if any(each.command.certain and deletes(each, place) for each in gone):
                yield run.index


def _may_hold(stored: Stored, path: str) -> bool:
    """Tell whether something stands at or below a path, or is a folder around it that may."""
    if stored.path is None or within(stored.path, path):
        return True
    if stored.arrival is not None:
        return bool(stored.files_under(path))
    return stored.tree


class _Remaining:
    """What of weight steps have stored that none since has deleted, worked out step by step."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._by_stage: dict[int, list[list[Stored]]] = {}

    def before(self, stage: Stage, number: int) -> list[Stored]:
        """Return what remains before a step of a stage, by its number."""
        below: list[Stored] = []
        for each in reversed(list(stage.ancestors())):
            steps = self._build.steps(each)
            known = self._by_stage.setdefault(each.index, [below])
            for step in steps[len(known) - 1 : number if each is stage else len(steps)]:
                known.append(self._behind(step, known[-1]))
            below = known[-1]
        return self._by_stage[stage.index][number]

    def _behind(self, step: Step, found: list[Stored]) -> list[Stored]:
        heavy = [each for each in self._build.fact(storage).of(step) if each.may_be_heavy]
        found = [*found, *heavy] if heavy else found
        for _, effects in self._build.effects_in([step]) if found else ():
            gone = deletions(self._build, effects)
            if gone:
                return [left for each in found if (left := _left_of(each, gone)) is not None]
        return found


def _left_of(stored: Stored, gone: Iterable[Deletion]) -> Stored | None:
    """Return what is left of something when some commands have deleted or moved parts of it; None
    for nothing.
    """
    taken = [each for each in gone if each.takes(stored)]
    arrival = stored.arrival
    if not taken or arrival is None or not arrival.known:
        return None if taken else stored
    places = [
        place for place in arrival.files if any(deletes(each.delete, place) for each in taken)
    ]
    left = arrival.without(frozenset(places)) if places else arrival
    return stored._replace(arrival=left) if left.files else None


def left_of(build: Build, stage: Stage, run: Run, stored: Stored) -> Stored | None:
    """Return what RUNs above `run` have left of what a step has stored, itself among them; None for
    nothing.
    """
    left: Stored | None = stored
    for other, delete in build.effects_above(Delete, stage, run):
        if left is None:
            return None
        if delete.command.certain and not delete.partial and _is_behind(other, delete, stored):
            left = _left_of(left, [_rooted(delete, "")])
    return left


def _is_behind(run: Run, delete: Delete, stored: Stored) -> bool:
    """Tell whether a RUN deletes behind the step that stored something, or behind the command of
    it: what that moves it still stores, by another name.
    """
    if run.index != stored.instruction.index:
        return run.index > stored.instruction.index
    return bool(0 < stored.start < delete.span.start) and delete.command.name != "mv"


class Uninstalled(NamedTuple):
    """What a RUN uninstalls of what one above it has installed: `install` is that part of the
    command there, or all of it where `for_development` the manager alone knows which; `what` names
    packages, `several` of them or one, or a group, or says what those are for.
    """

    remove: Remove | Install
    run: Run
    install: Install
    what: str
    for_development: bool = False
    several: bool = False

    def without(self, names: frozenset[str]) -> Uninstalled | None:
        """Return what is left of it without packages of some names; None for nothing."""
        if isinstance(self.remove, Install) or names.isdisjoint(self.install.names):
            return self
        return _part(self.remove, self.run, self.install, self.install.names - names)


def uninstalled(build: Build, stage: Stage, run: Run) -> Iterator[Uninstalled]:
    """Yield for each removal of `run` what the first RUN above has installed of it, but for what
    this one installs afterwards, in its place.
    """
    effects = build.effects(run)
    removals = effects.of(Remove)
    managers = {install.manager for install in effects.of(Install)} if removals else set[str]()
    first = build.fact(FirstInstalls).first
    for remove, names in _removed_for_good(effects):
        if names:
            found = first(stage, run, remove.manager, names)
            part = _part(remove, *found, names) if found else None
            if part is not None:
                yield part
        elif prunes(remove) and remove.manager not in managers:
            found = first(stage, run, remove.manager, (DEVELOPMENT,))
            if found is not None:
                yield Uninstalled(remove, *found, DEVELOPMENT, for_development=True)
    yield from _installed_without(build, stage, run)


def _removed_for_good(effects: Effects) -> Iterator[tuple[Remove, frozenset[str]]]:
    """Yield the removals of a RUN, each with the packages that it names: less those which are
    installed behind it, and those which a command before it surely has removed.
    """
    removals = effects.of(Remove)
    installs = effects.of(Install) if removals else ()
    installed = {name: install.span.start for install in installs for name in install.names}
    gone: dict[str, frozenset[str]] = {}
    for remove in removals:
        before = gone.get(remove.manager, frozenset())
        kept = {name for name in remove.names if installed.get(name, -1) >= remove.span.start}
        names = remove.names - kept - before
        if remove.command.certain:
            gone[remove.manager] = before | names
        yield remove, names


def _installed_without(build: Build, stage: Stage, run: Run) -> Iterator[Uninstalled]:
    """Yield the installs of a project that take out again what development needs, which a RUN above
    has installed for it.
    """
    effects = build.effects(run)
    first = build.fact(FirstInstalls).first
    for install in effects.of(Install):
        if install.packages or not _takes_out(install):
            continue
        if brings_development(build, run, install) is not False:
            continue
        found = first(stage, run, install.manager, (DEVELOPMENT,))
        is_deleted = any(each.span.start < install.span.start for each in effects.of(Delete))
        if found is not None and not is_deleted and found[1].folders & install.folders:
            yield Uninstalled(install, *found, DEVELOPMENT, for_development=True)


def _takes_out(install: Install) -> bool:
    """Tell whether an install makes a folder of what it installs alone."""
    return family(install.manager) in {"node", "composer"} or install.command.forms[:1] == ["sync"]


def _part(remove: Remove, run: Run, install: Install, names: frozenset[str]) -> Uninstalled | None:
    """Return what goes of an install where packages, or groups of them, of these names do."""
    named = [name for package in install.packages if (name := package.name) in names]
    if install.group in names:
        part = install._replace(manifests=())
        return Uninstalled(remove, run, part, named[0] if named else str(install.group))
    gone = tuple(package for package in install.packages if package.name in names)
    part = install._replace(packages=gone, manifests=())
    told = dict.fromkeys(named)
    what, several = listed(told, _NAMED), len(told) > 1
    return Uninstalled(remove, run, part, what, several=several) if named else None


def emptied_caches(
    build: Build, stage: Stage, run: Run
) -> Iterable[tuple[Command, Run, CacheLeft]]:
    """Return the caches that RUNs above have filled and `run` surely empties, with the command that
    does; not those that it fills itself, and so has to empty, nor those that one between has
    emptied already.
    """
    return build.fact_of(_emptied_in, stage).get(run.index, ())


def _emptied_in(
    build: Build, stage: Stage
) -> Mapping[int, Sequence[tuple[Command, Run, CacheLeft]]]:
    """Return which caches the RUNs of a chain empty, each by the number of the first that does."""
    found: dict[int, list[tuple[Command, Run, CacheLeft]]] = {}
    filled: dict[object, list[tuple[Run, CacheLeft]]] = {}  # many RUNs leave one at the same places
    for run, effects in build.effects_in(build.chain(stage)):
        is_able = bool(effects.of(Delete)) or bool(effects.of(Clean))
        for place, above in [*filled.items()] if is_able else ():
            command = emptying(effects, above[0][1])
            if command is not None:
                found.setdefault(run.index, []).extend((command, *each) for each in above)
                del filled[place]
        for left in effects.of(CacheLeft):
            place = left.manager, left.kind, left.paths, left.linked
            filled.setdefault(place, []).append((run, left))
    return found


def emptying(effects: Effects, left: CacheLeft) -> Command | None:
    """Return the command of a RUN that surely empties a cache which one above it has left, and
    which it does not fill itself.
    """
    return None if effects.fill(left) else clearing(effects, left)


def clearing(effects: Effects, left: CacheLeft) -> Command | None:
    """Return the command of a RUN that surely empties a cache which one above it has left, whether
    it fills that itself or not.
    """
    is_able = bool(effects.of(Delete)) or bool(effects.of(Clean))
    command = emptied(left, effects) if is_able and not left.linked else None
    return command if command and command.name != "mv" and command.certain else None


def in_vain(build: Build, run: Run) -> InVain | None:
    """Return a deletion of a RUN that frees no space, where that is seen without what stands above
    it; why, and what to do.
    """
    kinds = (_within_itself, _in_quotes, _of_base, _pruned, _rubbish)
    return next((found for kind in kinds if (found := kind(build, run))), None)


def _within_itself(build: Build, run: Run) -> InVain | None:
    misplaced = next(_from_within(build, run), None)
    if misplaced is None:
        return None
    name = posixpath.basename(misplaced.place.form)
    why = f"does not delete `{name}`: that is the folder that it runs in"
    return misplaced, why, "run `cd ..` before it"


def _in_quotes(build: Build, run: Run) -> InVain | None:
    from dlint.facts.quoted import misquoted

    kept = next(misquoted(build, run), None)
    if kept is None:
        return None
    return kept.delete, f"does not delete `{kept.written[1:-1]}`: {kept.why}", kept.how


def _of_base(build: Build, run: Run) -> InVain | None:
    of_base = next(_removed_of_base(build, run), None)
    if of_base is None:
        return None
    remove, path, is_used = of_base
    why = f"frees no space: what it removes stays in the base image, built by `{path}`"
    if is_used and not _may_use_above(build, run):
        return remove, why, f"install, use and remove it in one `RUN` of `{path}`"
    return remove, why, f"install it in the stage that uses it, and not in `{path}`"


def _may_use_above(build: Build, run: Run) -> bool:
    """Tell whether a RUN further up in the file may use packages of the system, as what compiles
    does.
    """
    from dlint.facts.own_bases import may_use_system

    runs = (each for each in build.dockerfile.instructions[: run.index] if isinstance(each, Run))
    items = (item for each in runs for item in build.effects(each).items)
    return any(map(may_use_system, items))


def _pruned(build: Build, run: Run) -> InVain | None:
    stage = build.stage_of(run)
    pruned = _pruned_of_base(build, stage, run) if stage else None
    if pruned is None:
        return None
    return pruned, "frees no space: what it removes stays in the base image", _ONTO_ANOTHER


def _rubbish(build: Build, run: Run) -> InVain | None:
    found, stage = _deletes_rubbish(build, run), build.stage_of(run)
    if found is None or stage is None:
        return None
    why = "frees no space: what is there stays in {}the base image"
    above = (each.instruction for each in build.steps_before(stage, run))
    if any(isinstance(each, Run | Transfer) for each in above):
        return found, why.format("an earlier layer or in "), _IN_ITS_RUN
    return found, why.format(""), "remove this command, or use a base image without such files"


def _removed_of_base(build: Build, run: Run) -> Iterator[tuple[Remove, str, bool]]:
    """Yield the removals of packages of the system that a base of the repository installs, and no
    RUN on it, each with the Dockerfile that does, and whether that may use them, too.
    """
    from dlint.facts.own_bases import held_by_base

    stage = build.stage_of(run)
    for remove in build.effects(run).of(Remove):
        if stage is None or not remove.command.certain or not is_system_manager(remove.manager):
            continue
        above = (each for _, each in build.effects_above(Install, stage, run))
        installs = (*above, *build.effects(run).of(Install))
        here = {name for each in installs for name in (each.group, *each.names)}
        kept = sorted(held_by_base(build, stage).kept)
        yield from (
            (remove, path, is_used)
            for manager, name, path, is_used in kept
            if manager == remove.manager and name in remove.names - here
        )


def _from_within(build: Build, run: Run) -> Iterator[Delete]:
    """Yield deletions of a folder by its name that run in that very folder, which the RUN has made
    and nothing else deletes.
    """
    effects = build.effects(run)
    made = {each.destination.form for each in effects.of(Clone)}
    for delete in effects.of(Delete):
        folder, name = posixpath.split(delete.place.form)
        is_own = posixpath.basename(folder) == name and delete.command.name == "rm"
        if is_own and delete.command.certain and folder in made:
            place = Place(folder if delete.place.path else None, folder)
            if not is_deleted(build, run, place):
                yield delete


def _deletes_rubbish(build: Build, run: Run) -> Delete | None:
    """Return the first deletion of a RUN that does nothing else, and that deletes only what stands
    there for nobody, such as documents and caches: whoever stored it, the bytes stay.
    """
    effects, stage = build.effects(run), build.stage_of(run)
    if run.mounts or not effects.known or not effects.are_all(CLEANING):
        return None
    if any(build.effects(each).of(Refresh) for each in islice(_below(stage, run), 1)):
        return None  # whose index begins anew
    deletes = [each for each in effects.of(Delete) if each.command.certain]
    if not deletes or not all(map(_is_rubbish, deletes)):
        return None
    is_fuller = _has_run_programs(build, run)
    return next((each for each in deletes if is_fuller or not _EMPTY.match(each.place.form)), None)


def _pruned_of_base(build: Build, stage: Stage, run: Run) -> Remove | None:
    """Return a removal of what development needs, where the repository's own base alone has
    installed a project's packages.
    """
    from dlint.facts.own_bases import held_by_base

    for remove in filter(prunes, build.effects(run).of(Remove)):
        above = (each for _, each in build.effects_above(Install, stage, run))
        installs = (*above, *build.effects(run).of(Install))
        is_here = any(
            each.manager == remove.manager and (each.manifests or each.projects)
            for each in installs
        )
        if not is_here and remove.command.certain:
            return remove if remove.manager in held_by_base(build, stage).managers else None
    return None


def _has_run_programs(build: Build, run: Run) -> bool:
    """Tell whether a RUN above starts a program of which nothing tells what it leaves."""
    stage = build.stage_of(run)
    return stage is not None and any(build.effects_above(Unknown, stage, run))


def _below(stage: Stage | None, run: Run) -> Iterator[Run]:
    for each in stage.instructions if stage else ():
        if isinstance(each, Run) and each.index > run.index:
            yield each


def _is_rubbish(delete: Delete) -> bool:
    if delete.partial and delete.names and _RUBBISH_NAMES.issuperset(delete.names):
        return _OF_SYSTEM.match(delete.place.form) is not None
    many = delete.recursive or delete.place.glob
    return many and _RUBBISH.match(delete.place.form) is not None


def is_deleted(build: Build, run: Run, place: Place) -> bool:
    """Tell whether a RUN leaves nothing of what it writes to a place: it deletes that, or the place
    is in a mount.
    """
    if not is_stored(build, run, place.form):
        return True
    return any(takes(each, place) for each in build.effects(run).of(Delete))


def is_deleted_below(build: Build, instruction: Instruction, place: Place) -> bool:
    """Tell whether a RUN below an instruction in its stage surely deletes what is at a place."""
    stage = build.stage_of(instruction)
    deletes_of = build.fact(_certain_deletes)[stage.index] if stage else ()
    return any(at > instruction.index and takes(delete, place) for at, delete in deletes_of)


def _certain_deletes(build: Build) -> list[list[tuple[int, Delete]]]:
    """Return the deletions that surely run, by stage, with the numbers of their RUNs; a fact."""
    return [
        [
            (run.index, delete)
            for run in stage.instructions
            if isinstance(run, Run)
            for delete in build.effects(run).of(Delete)
            if delete.command.certain
        ]
        for stage in build.stages
    ]


def takes(delete: Delete, place: Place) -> bool:
    """Tell whether a deletion takes what stands at a place."""
    if place.path is None:
        return within(place.form, delete.place.form) or _may_match(delete, place)
    return deletes(delete, place.path) or delete.place.form == place.form


def _may_match(delete: Delete, place: Place) -> bool:
    """Tell whether a pattern may stand for a name that holds a variable, or is in a folder that is
    not known.
    """
    folder, _, pattern = delete.place.form.rpartition("/")
    own, _, name = place.form.rpartition("/")
    if not delete.place.glob:
        return False
    if pattern == "*" and within(own, folder):
        folder = own
    if folder != own and (not own.startswith("?") or _NO_WORKDIR.match(folder)):
        return False
    return name.startswith("$") or fnmatchcase(name, pattern)


def deleting(build: Build) -> dict[int, Effects]:
    """Return what the RUNs do that delete anything, by their numbers: a fact, since few of many
    do.
    """
    runs = (each for each in build.dockerfile.instructions if isinstance(each, Run))
    found = ((run.index, build.effects(run)) for run in runs)
    return {at: each for at, each in found if any(map(each.of, (Delete, Clean)))}
