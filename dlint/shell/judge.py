"""From a RUN's commands to its effects."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from fnmatch import fnmatchcase
from operator import itemgetter

from dlint.shell.actions import (
    action,
    asked,
    evaluation,
    setting,
    setup,
    setup_of_system,
    started,
)
from dlint.shell.effects import (
    CacheKept,
    CacheLeft,
    Clean,
    Delete,
    Effects,
    Install,
    Place,
    Refresh,
    Remove,
    Unknown,
)
from dlint.shell.files import below, file_effects
from dlint.shell.look import Look, home_of, normal
from dlint.shell.managers import manager_named
from dlint.shell.managers.words import BUILD, CLEAN, DOCKER_CLEAN, REFRESH, REMOVE, VARIABLE
from dlint.shell.verification import verified
from dlint.text.lazy import lazy
from dlint.text.paths import nested, within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from dlint.shell.actions import Action
    from dlint.shell.effects import Effect, Mount
    from dlint.shell.managers.manager import Cache, Manager
    from dlint.shell.script import Command, Script, ShellWord
    from dlint.text.source import Span

MOST_REMOVING = 100  # commands after an install that are looked at for one that empties its cache
_CLEANS = regex(r"clean|purge|prune|^install-php-extensions$", re.IGNORECASE)
# What the last of these deletes in the end, and the variable that tells it not to (its `cleanup`).
_OF_PHP = "install-php-extensions"
_DELETED_BY_PHP = frozenset(("/var/cache/apk", "/var/lib/apt/lists"))
_KEEPS_FOR_PHP = "IPE_KEEP_SYSPKG_CACHE"
_DEFAULT = regex(r"^.*\$\{\w+:?[-=](/[^{}]*)\}", re.MULTILINE)  # `${LISTS:-/var/lib/apt/lists}`
_UPGRADES = ("-u", "--sysupgrade")  # pacman's way of saying `upgrade`
_ASKS = frozenset(
    ["config", "env", "get", "help", "info", "list", "ls", "set", "show", "version", "whoami"]
)


def effects(  # noqa: PLR0913  one argument a fact of the step
    script: Script,
    *,
    user: str = "root",
    home: str | None = None,
    env: Mapping[str, str] | None = None,
    workdir: str | None = "/",
    mounts: Sequence[Mount] = (),
) -> Effects:
    """Tell what `script` does when run by `user` in `workdir` with `env`, the known part of the
    environment.
    """
    env = env or {}
    look = Look(
        script.commands, home=home or env.get("HOME") or home_of(user), env=env, workdir=workdir
    )
    judge = _Judge(look, user)
    for command in script.commands:
        judge.command(command)
    targets = [
        mount.target for mount in mounts if mount.type in {"cache", "tmpfs"} and mount.target
    ]
    choices = [
        [{id(script.commands[at]) for at in branch} for branch in choice]
        for choice in script.choices
    ]
    caches = judge.caches(
        [normal(posixpath.join(workdir or "/", target)) for target in targets], choices
    )
    items = verified(script.commands, judge.items)
    return Effects((*items, *caches), look.mentions, known=script.parsed, settings=judge.settings)


class _Filled(NamedTuple):
    """A cache that a command filled: `at` is the number of effects before it."""

    action: Action
    cache: Cache
    places: tuple[str, ...]
    at: int

    def facts(self, command: Command) -> tuple[Span, str, str, tuple[str, ...], str]:
        """Return the fields that `CacheKept` and `CacheLeft` have in common behind the command."""
        name, kind = self.action.manager.name, self.cache.kind
        return command.span, name, self.places[0], self.places, kind

    def is_taken_by(self, mount: str) -> bool:
        """Whether a mount takes up what is written to the cache."""
        return any(
            within(place, mount) or any(mount == f"{place}/{part}" for part in self.cache.core)
            for place in self.places
        )


class _Judge:
    """Goes through the commands in order."""

    def __init__(self, look: Look, user: str) -> None:
        self.look, self.user = look, user
        self.items: list[Effect] = []
        self.filled: dict[tuple[str, str, str], list[_Filled]] = {}
        self.settings: dict[str, str] = {}

    def command(self, command: Command) -> None:
        """Add what one command does."""
        manager, args = started(command.name, command.args)
        is_told = self._asked(command, manager, args) if manager else self._evaluated(command)
        fetched = self.look.fetched(command)
        self._set_up(command, fetched)
        for effect in file_effects(self.look, command, fetched):
            if not (is_told and isinstance(effect, Unknown)):
                self.items.append(effect)
            if isinstance(effect, Delete) and _wakes_cache(effect):
                self.settings[DOCKER_CLEAN] = ""

    def _asked(self, command: Command, manager: Manager, args: Sequence[ShellWord]) -> bool:
        """Add what the command asks of a package manager; tell whether it is known that it changes
        no other files.
        """
        configured = setting(manager, args)
        if configured is not None:
            self.settings[configured[0]] = self.look.env[configured[0]] = configured[1] or ""
        found = action(command, manager, args)
        if found is None or found.offline:
            is_evaluated = found is None and self._evaluated(command)
            return bool(is_evaluated or configured) or _is_quiet(manager, command)
        if not found.dry:
            self._managed(found)
        return True

    def _evaluated(self, command: Command) -> bool:
        """Add what code on the command line installs; tell whether it installs anything."""
        evaluated = evaluation(command)
        if evaluated is None:
            return False
        base = self.look.at(".", command)
        files = tuple(below(base, name)._replace(glob="*" in name) for name in evaluated.files)
        name, locked = evaluated.manager.name, True if files else None
        self.items.append(Install(command, command.span, name, manifests=files, locked=locked))
        return True

    def _set_up(self, command: Command, fetched: tuple[Command, str] | None) -> None:
        """Add what is known of a script from elsewhere, or of a program, that sets a system up."""
        found = setup(*fetched) if fetched else setup_of_system(command)
        if found is not None:
            self._refresh(found)
            self.items.append(Install(found.command, found.command.span, found.manager.name))

    def _managed(self, found: Action) -> None:
        command, name = found.command, found.manager.name
        if found.verb.does == REFRESH:
            self._refresh(found)
        elif found.verb.does == REMOVE:
            self.items.append(Remove(command, command.span, name, found.packages))
        elif found.verb.does == CLEAN:
            looked_in = tuple(self._named(found))
            self.items.append(Clean(command, command.span, name, found.cleans, looked_in))
        else:
            renews = found.manager.scripts.get(command.name) is not None
            refreshing = found.arguments.has(*found.manager.refreshing)
            if refreshing or renews:
                self._refresh(found)
            if (
                not refreshing
                or found.packages
                or found.verb.upgrade
                or found.arguments.has(*_UPGRADES)
            ):
                self._install(found)
            for folder in manager_named(name).cache("index").defaults if renews else ():
                place = self.look.at(f"{folder}/*", command, glob=True)
                self.items.append(Delete(command, command.span, place, recursive=True))

    def _named(self, found: Action) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the kinds of caches that a command's flags or variables place, and where."""
        env = self.look.variables(found.command)
        for cache in found.manager.caches:
            named = found.named(cache, env)
            if named is not None:
                paths = (self.look.at(each, found.command).path for each in named)
                yield cache.kind, tuple(filter(None, paths))

    def _refresh(self, found: Action) -> None:
        self.items.append(Refresh(found.command, found.command.span, found.manager.name))
        self._fill(found, REFRESH)

    def _install(self, found: Action) -> None:
        if removed := found.removed:
            name = found.manager.name
            self.items.append(Remove(found.command, found.command.span, name, removed))
        env = self.look.variables(found.command)
        base = self._base(found)
        group = found.arguments.value(*found.manager.group)
        self.items.append(
            Install(
                found.command,
                found.command.span,
                found.manager.name,
                found.packages,
                tuple(self._manifests(found, base)),
                tuple(
                    base if word is None else self._project(found, word) for word in found.projects
                ),
                everywhere=found.everywhere,
                locked=found.locked(env),
                dev=found.dev(env),
                hidden=found.verb.does == BUILD,
                upgrade=found.verb.upgrade
                or (not found.packages and found.arguments.has(*_UPGRADES)),
                group=group.text if group is not None else None,
            ),
        )
        self._fill(found, found.verb.does)

    def _base(self, found: Action) -> Place:
        """Return the project's folder."""
        if found.directory is not None:
            return self.look.place(found.directory, found.command)
        place = self._project_file(found)
        if place is None:
            return self.look.at(".", found.command)
        return Place(
            posixpath.dirname(place.path) if place.path else None, posixpath.dirname(place.form)
        )

    def _project_file(self, found: Action) -> Place | None:
        """Return the file of the project that a flag or a variable names; None where none does."""
        file = found.arguments.value(*found.manager.project_files)
        if file is not None:
            return self.look.place(file, found.command)
        env = self.look.variables(found.command) if found.manager.project_variables else {}
        for name in found.manager.project_variables:
            if env.get(name, "") != "":
                value = env[name]
                return self.look.at(value or f"${name}", found.command, known=value is not None)
        return None

    def _manifests(self, found: Action, base: Place) -> Iterator[Place]:
        for word in found.reads:
            if not word.form.startswith("<("):
                yield self.look.place(word, found.command)
        named = (*found.words, *found.reads)
        from dlint.shell.lists import listed_in

        for reader, word in listed_in(self.look, found.command, named):
            yield self.look.place(word, reader)
        files, own = found.files, found.manager.named_files
        file = self._project_file(found) if own and files else None
        if file is not None and posixpath.basename(file.form) not in own:
            yield file
            kept = (each for each in files if each not in own)
            files = (f"{posixpath.basename(file.form)}.lock", *kept)
        for pattern in files:
            place = below(base, pattern)
            yield place._replace(glob="*" in pattern)

    def _project(self, found: Action, word: ShellWord) -> Place:
        form = re.sub(r"\[[^\]]*\]\Z", "", word.form.removeprefix("file://").removeprefix("file:"))
        glob = word.glob and any(sign in form for sign in "*?[")
        return self.look.at(form or ".", found.command, known=word.text is not None, glob=glob)

    def _fill(self, found: Action, does: str) -> None:
        """Note the caches that the command fills."""
        env = self.look.variables(found.command)
        user = (found.command.user or self.user).partition(":")[0]
        for cache in found.manager.caches:
            if does not in cache.filled or not found.verb.cached:
                continue
            named = found.places(cache, env, "root" if user in {"", "0"} else user)
            places = tuple(
                path for place in named if (path := self.look.at(place, found.command).path)
            )
            if places and not any(within(path, "/dev") for path in places):
                key = (found.manager.name, cache.kind, places[0])
                self.filled.setdefault(key, []).append(
                    _Filled(found, cache, places, len(self.items))
                )

    def caches(
        self, mounts: Sequence[str], choices: Sequence[Sequence[Collection[int]]]
    ) -> Iterator[Effect]:
        """Yield what is left of the caches when the step ends; `mounts` are the places that no
        layer keeps.
        """
        for fills in self.filled.values():
            last = fills[-1]
            mount = next((each for each in mounts if last.is_taken_by(each)), None)
            if mount is not None:
                command, later = last.action.command, self._surely_after(last)
                emptied = _emptying(later, last.action.manager, last.cache, last.places)
                yield CacheKept(command, *last.facts(command), mount, emptied)
            else:
                yield from self._left(fills, choices)

    def _surely_after(self, filled: _Filled) -> list[Effect]:
        """Return the effects behind a cache's filling whose places are known."""
        return [
            each for each in self._later(filled) if not isinstance(each, Delete) or each.place.path
        ]

    @lazy
    def _removing(self) -> Sequence[tuple[int, Clean | Delete | Install | Unknown]]:
        """The effects that may empty a cache, by their numbers."""
        return [
            (at, each)
            for at, each in enumerate(self.items)
            if isinstance(each, Clean | Delete)
            or (isinstance(each, Unknown) and _CLEANS.search(each.command.name))
            or (isinstance(each, Install) and each.by_own_script)
        ]

    def _later(self, filled: _Filled) -> Sequence[Clean | Delete | Install | Unknown]:
        """Return those that come after a cache is filled, MOST_REMOVING at most."""
        start = bisect_left(self._removing, filled.at, key=itemgetter(0))
        return [each for _, each in self._removing[start : start + MOST_REMOVING]]

    def _left(
        self, fills: Sequence[_Filled], choices: Sequence[Sequence[Collection[int]]]
    ) -> Iterator[CacheLeft]:
        """Yield what a cache holds that several commands filled, if nothing has emptied it."""
        last = fills[-1]
        left = tuple(
            fill.action.command
            for fill in fills
            if fill.action.command.name not in fill.cache.tidy and self._emptied(fill) is None
        )
        if not left or not self._is_awake(last.cache):
            return
        command = next((one for one in reversed(left) if one.certain), left[-1])
        numbers = {id(one) for one in left}
        certain = command.certain or any(
            all(not numbers.isdisjoint(branch) for branch in choice) for choice in choices
        )
        linked = last.cache.linked and last.cache.copied.isdisjoint(command.forms)
        linked = linked and not all(map(self._is_alone, fills))
        yield CacheLeft(command, *last.facts(command), linked, left, certain)

    def _is_awake(self, cache: Cache) -> bool:
        """Tell whether nothing keeps a cache empty, as far as this RUN or one above tells."""
        is_asleep = bool(cache.dormant) and cache.dormant not in self.look.env
        return not is_asleep or self._mentions(cache.dormant)

    def _is_alone(self, filled: _Filled) -> bool:
        """Whether what a command has installed is surely deleted again: a cache of hard links then
        holds the bytes alone.
        """
        project = self._base(filled.action).path
        if project is None or filled.action.everywhere or not filled.action.verb.files:
            return False
        names = filled.action.manager.stores
        deleted = (each for each in self._later(filled) if isinstance(each, Delete))
        return any(_uninstalls(each, project, names) for each in deleted)

    def _mentions(self, text: str) -> bool:
        return any(text in word.form for command in self.look.commands for word in command.args)

    def _emptied(self, filled: _Filled) -> Command | None:
        """Return the command that empties the cache after it was filled; a cleaning script may be
        one.
        """
        later, name = self._later(filled), filled.action.manager.name
        scripts = (
            one.command
            for one in later
            if (isinstance(one, Unknown) and self._may_clean(one.command, filled))
            or (isinstance(one, Install) and one.manager == name)
        )
        script = next(scripts, None)
        return (
            _emptying(later, filled.action.manager, filled.cache, filled.places)
            or script
            or self._elsewhere(filled)
        )

    def _may_clean(self, command: Command, filled: _Filled) -> bool:
        """Tell whether a cleaning script may empty a cache."""
        if command.name != _OF_PHP:
            return True
        kept = self.look.variables(command).get(_KEEPS_FOR_PHP) or ""
        is_kept = kept == "1" or kept[:1] in {"y", "Y"}
        return not is_kept and not _DELETED_BY_PHP.isdisjoint(filled.places)

    def _elsewhere(self, filled: _Filled) -> Command | None:
        """Return the command that deletes the cache in a home that only the base's passwd knows
        (`/opt/app/.npm`).
        """
        if "HOME" in self.look.env:
            return None
        folders = self._in_home(filled.places)
        for effect in self._later(filled):
            path = effect.place.path if isinstance(effect, Delete) and effect.recursive else None
            if path and _is_of_a_service(path) and path.removesuffix("/*").endswith(folders):
                return effect.command
        return None

    def _in_home(self, places: Sequence[str]) -> tuple[str, ...]:
        """Return the folders below the home that places are in, or are, as they are in any home."""
        tails = [
            each.removeprefix(self.look.home) for each in places if within(each, self.look.home)
        ]
        parts = [tail.split("/") for tail in tails]
        return tuple("/".join(each[:end]) for each in parts for end in range(2, len(each) + 1))


def _wakes_cache(delete: Delete) -> bool:
    """Whether what is surely deleted keeps a cache of apt's empty."""
    return delete.command.certain and posixpath.basename(delete.place.form) == DOCKER_CLEAN


def _is_quiet(manager: Manager, command: Command) -> bool:
    """Whether what is not known of a manager's command changes no files."""
    asks = any(word.form in _ASKS for word in command.args[:2])
    return manager.is_system or manager.quiet or asks


def _is_of_a_service(path: str) -> bool:
    """Whether a path is in no home of custom, so that it may be in the home of a service: one in
    quotes may be none at all (`'$HOME/.npm'`).
    """
    return not path.startswith(("/root/", "/home/")) and not {"~", "$"} & {*path}


def emptied(
    left: CacheLeft | CacheKept, later: Effects, behind: Command | None = None
) -> Command | None:
    """Return the command of another RUN that empties a cache which this one left, if any: `behind`
    one of its commands, where that is what left it.
    """
    manager, items = left.managed_by, later.items
    if behind is not None:
        items = tuple(each for each in items if each.command.span.start > behind.span.start)
    return _emptying(items, manager, manager.cache(left.kind), left.paths)


def _emptying(
    effects: Sequence[Effect], manager: Manager, cache: Cache, places: Sequence[str]
) -> Command | None:
    parts = _parts(places, cache)
    for effect in effects:
        if (
            isinstance(effect, Clean)
            and effect.empties(manager.name, cache.kind)
            and _looks_in(effect, cache, places)
        ):
            return effect.command
        if isinstance(effect, Delete) and (
            any(deletes(effect, part, mostly=True) or _finds(effect, part, cache) for part in parts)
            or _asks_where(effect, manager, cache)
        ):
            return effect.command
    return None


def _looks_in(clean: Clean, cache: Cache, places: Sequence[str]) -> bool:
    """Whether a manager's own command looks for a cache where another left it: a variable that is
    set for one of them (`PIP_CACHE_DIR=/c pip install x && pip cache purge`) tells the other
    nothing.
    """
    named = dict(clean.named).get(cache.kind)
    if named is None:
        return bool(cache.beside) or any(_is_usual(place, cache) for place in places)
    return not named or any(nested(place, each) for place in places for each in named)


def _is_usual(place: str, cache: Cache) -> bool:
    """Whether a cache lies where it does of itself, in whichever home."""
    tails = (VARIABLE.sub("", each.removeprefix("root:")) for each in cache.defaults)
    return any(f"{tail}/" in f"{place}/" for tail in tails)


def _finds(delete: Delete, part: str, cache: Cache) -> bool:
    """Whether a `find` deletes a cache's folder, or what it holds, by name (`find / -name "*.gem"
    -delete`).
    """
    root = delete.place.path
    if not delete.partial or (root is not None and not nested(part, root)):
        return False
    names = part.removeprefix(root or "").split("/")
    return any(
        name in cache.holds or any(part_matches(each, name) for each in names if each)
        for name in delete.names
    )


def _asks_where(delete: Delete, manager: Manager, cache: Cache) -> bool:
    """Whether what is deleted is what a manager itself says: `rm -rf $(pip cache dir)`."""
    if delete.place.path is not None or not delete.recursive:
        return False
    other = asked(delete.place.form)
    if other is None:
        return False
    variables = frozenset[str]().union(*(each.variables for each in other.caches))
    wanted = variables.intersection(re.findall(r"\w+", delete.place.form))  # `$(go env GOCACHE)`
    alike = other.name == manager.name or any(
        not set(each.defaults).isdisjoint(cache.defaults) for each in other.caches
    )
    return alike and (not wanted or not wanted.isdisjoint(cache.variables))


def _parts(places: Sequence[str], cache: Cache) -> list[str]:
    """Return the folders of which each holds nearly all of a cache."""
    return [
        part for place in places for part in (place, *(f"{place}/{core}" for core in cache.core))
    ]


def _uninstalls(delete: Delete, project: str, names: Sequence[str]) -> bool:
    """Whether a deletion surely takes what is installed in folders of some names of a project:
    their files stand in that of the project itself, and links to it in those below.
    """
    path = delete.place.path
    if path is None or delete.place.glob or not (delete.command.certain and delete.recursive):
        return False
    if delete.by_name and delete.names:
        return within(project, path) and {*delete.names} <= {*names}
    is_whole = not (delete.partial or delete.children)
    return is_whole and any(within(f"{project}/{name}", path) for name in names)


def deletes(delete: Delete, path: str, *, mostly: bool = False) -> bool:
    """Whether a deletion takes `path` (absolute) or all that is in it; `mostly`: any pattern right
    in it is enough.

    A part of `path` that is `*` is a folder whose name is not known.
    A deletion whose own path isn't known is taken to mean `path` where its known end fits.
    """
    if delete.partial:
        return False
    if delete.place.path is None:
        return delete.recursive and _ends_alike(delete.place.form, path)
    if delete.children:
        return within(path, delete.place.path)
    if not delete.place.glob:
        return _takes_named(delete.place.path, path, recursive=delete.recursive)
    deleted, parts = delete.place.path.split("/"), path.split("/")
    if _is_right_in(deleted, parts, mostly=mostly):
        deleted.pop()
    elif not delete.recursive and len(deleted) < len(parts):
        return False
    return _is_above(deleted, parts, part_matches)


def _takes_named(deleted: str, path: str, *, recursive: bool) -> bool:
    """Whether the deletion of one path takes another one."""
    if "*" not in path:
        return path == deleted or (recursive and path.startswith(f"{deleted}/"))
    names, parts = deleted.split("/"), path.split("/")
    return (recursive or len(names) == len(parts)) and _is_above(names, parts, _is_named)


def _is_above(
    folder: Sequence[str], parts: Sequence[str], alike: Callable[[str, str], bool]
) -> bool:
    """Whether a path is another or above it, where `alike` compares a part of each."""
    return len(folder) <= len(parts) and all(map(alike, parts, folder))


def _is_right_in(pattern: Sequence[str], parts: Sequence[str], *, mostly: bool) -> bool:
    """Whether a pattern takes all that is right in a folder; `mostly`: or some of it."""
    last = pattern[-1]
    return len(pattern) == len(parts) + 1 and (last == "*" or (mostly and "*" in last))


def _is_named(part: str, name: str) -> bool:
    """Whether a part of a path has a name, or one that is not known."""
    return part in {name, "*"}


def part_matches(part: str, pattern: str) -> bool:
    """Match one part of a path as a shell does: a leading dot must be written."""
    if part.startswith(".") and not pattern.startswith("."):
        return False
    return part == "*" or fnmatchcase(part, pattern.replace("[^", "[!"))


def _ends_alike(form: str, place: str) -> bool:
    """Whether a path with an unknown beginning (`${CONDA_DIR}/pkgs`) may be `place` or a folder
    above it.
    """
    shown = _DEFAULT.sub(r"\1", form) if "${" in form else form
    tail = re.split(r"[})`?]|\$\w+", shown)[-1].removesuffix("/*")
    if not tail.startswith("/"):
        return False
    parts = place.split("/")
    return any("/".join(parts[:end]).endswith(tail) for end in range(2, len(parts) + 1))
