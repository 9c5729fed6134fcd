"""From a RUN's commands to its effects."""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from dlint.shell.actions import (
    action,
    asked,
    installs_from_r,
    manager_named,
    manager_of,
    read_by_r,
    setting,
    setup,
    setup_of_system,
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
from dlint.shell.managers import BUILD, CLEAN, REFRESH, REMOVE, VARIABLE
from dlint.shell.verification import verified
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from dlint.shell.actions import Action
    from dlint.shell.effects import Effect, Mount
    from dlint.shell.managers import Cache, Manager
    from dlint.shell.script import Command, Script, ShellWord

_CLEANS = regex(r"clean|purge|prune", re.IGNORECASE)
_DEFAULT = regex(r".*\$\{\w+:?[-=](/[^{}]*)\}")  # `${LISTS:-/var/lib/apt/lists}`
_UPGRADES = ("-u", "--sysupgrade")  # pacman's way of saying `upgrade`
_QUIET = frozenset(
    ["conda", "gem", "pecl", "pip", "pipx"]
)  # what the table doesn't know of them changes no files
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


class _Judge:
    """Goes through the commands in order."""

    def __init__(self, look: Look, user: str) -> None:
        self.look, self.user = look, user
        self.items: list[Effect] = []
        self.filled: dict[tuple[str, str, str], list[_Filled]] = {}
        self.settings: dict[str, str] = {}

    def command(self, command: Command) -> None:
        """Add what one command does."""
        configured = setting(command)
        if configured is not None:
            self.settings[configured[0]] = self.look.env[configured[0]] = configured[1] or ""
        found = action(command)
        managed = found is not None and not found.offline
        if found is not None and managed:
            self._managed(found)
        elif installs_from_r(command):
            base = self.look.at(".", command)
            files = tuple(
                below(base, name)._replace(glob="*" in name) for name in read_by_r(command)
            )
            self.items.append(
                Install(command, command.span, "r", manifests=files, locked=True if files else None)
            )
            managed = True
        self._set_up(command)
        done = list(file_effects(self.look, command))
        if any(isinstance(effect, Unknown) for effect in done) and (
            managed or configured or self._is_quiet(command)
        ):
            done = [effect for effect in done if not isinstance(effect, Unknown)]
        self.items += done

    @staticmethod
    def _is_quiet(command: Command) -> bool:
        manager = manager_of(command)
        if manager is None:
            return False
        return (
            manager.system
            or manager.name in _QUIET
            or any(word.form in _ASKS for word in command.args[:2])
        )

    def _set_up(self, command: Command) -> None:
        """Add what is known of a script from elsewhere, or of a program, that sets a system up."""
        fetched = self.look.fetched(command)
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
            self.items.append(Clean(command, command.span, name, found.cleans))
        else:
            refreshing = bool(found.manager.refreshing) and found.arguments.has(
                *found.manager.refreshing
            )
            if refreshing:
                self._refresh(found)
            if (
                not refreshing
                or found.packages
                or found.verb.upgrade
                or found.arguments.has(*_UPGRADES)
            ):
                self._install(found)

    def _refresh(self, found: Action) -> None:
        self.items.append(Refresh(found.command, found.command.span, found.manager.name))
        self._fill(found, REFRESH)

    def _install(self, found: Action) -> None:
        env = self.look.variables(found.command)
        base = self._base(found)
        group = found.arguments.value(*found.manager.group) if found.manager.group else None
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
        file = (
            found.arguments.value(*found.manager.project_files)
            if found.manager.project_files
            else None
        )
        if found.directory is not None:
            return self.look.place(found.directory, found.command)
        if file is None:
            return self.look.at(".", found.command)
        place = self.look.place(file, found.command)
        return Place(
            posixpath.dirname(place.path) if place.path else None, posixpath.dirname(place.form)
        )

    def _manifests(self, found: Action, base: Place) -> Iterator[Place]:
        for word in found.reads:
            yield self.look.place(word, found.command)
        for pattern in found.files:
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
            if places and not any(is_below(path, "/dev") for path in places):
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
            cache, places = last.cache, last.places
            mount = next(
                (mount for mount in mounts for place in places if _takes(mount, place, cache)), None
            )
            if mount is not None:
                command = last.action.command
                facts = (
                    command,
                    command.span,
                    last.action.manager.name,
                    places[0],
                    places,
                    cache.kind,
                )
                yield CacheKept(*facts, mount, self._emptied(last))
                continue
            left = tuple(fill.action.command for fill in fills if self._emptied(fill) is None)
            if left and (not cache.dormant or self._mentions(cache.dormant)):
                command = next((one for one in reversed(left) if one.certain), left[-1])
                facts = (
                    command,
                    command.span,
                    last.action.manager.name,
                    places[0],
                    places,
                    cache.kind,
                )
                numbers = {id(one) for one in left}
                certain = command.certain or any(
                    all(not numbers.isdisjoint(branch) for branch in choice) for choice in choices
                )
                yield CacheLeft(*facts, cache.linked, left, certain)

    def _mentions(self, text: str) -> bool:
        return any(text in word.form for command in self.look.commands for word in command.args)

    def _emptied(self, filled: _Filled) -> Command | None:
        """Return the command that empties the cache after it was filled; a cleaning script may be
        one.
        """
        later = self.items[filled.at :]
        script = next(
            (
                one.command
                for one in later
                if isinstance(one, Unknown) and _CLEANS.search(one.command.name)
            ),
            None,
        )
        return (
            _emptying(later, filled.action.manager, filled.cache, filled.places)
            or script
            or self._elsewhere(filled)
        )

    def _elsewhere(self, filled: _Filled) -> Command | None:
        """Return the command that deletes the cache in a home that only the base's passwd knows
        (`/opt/app/.npm`).
        """
        if "HOME" in self.look.env:
            return None
        tails = [
            place.removeprefix(self.look.home)
            for place in filled.places
            if is_below(place, self.look.home)
        ]
        parts = [tail.split("/") for tail in tails]
        folders = tuple("/".join(each[:end]) for each in parts for end in range(2, len(each) + 1))
        for effect in self.items[filled.at :]:
            path = effect.place.path if isinstance(effect, Delete) and effect.recursive else None
            if (
                path
                and not path.startswith(("/root/", "/home/"))
                and path.removesuffix("/*").endswith(folders)
            ):
                return effect.command
        return None


def emptied(left: CacheLeft | CacheKept, later: Effects) -> Command | None:
    """Return the command of another RUN that empties a cache which this one left, if any."""
    manager = manager_named(left.manager)
    caches = [cache for cache in manager.caches if cache.kind == left.kind]
    return _emptying(later.items, manager, caches[0], left.paths)


def _emptying(
    effects: Sequence[Effect], manager: Manager, cache: Cache, places: Sequence[str]
) -> Command | None:
    parts = _parts(places, cache)
    for effect in effects:
        if isinstance(effect, Clean) and effect.empties(manager.name, cache.kind):
            return effect.command
        if isinstance(effect, Delete) and (
            any(deletes(effect, part, mostly=True) or _finds(effect, part, cache) for part in parts)
            or _asks_where(effect, manager, cache)
        ):
            return effect.command
    return None


def _finds(delete: Delete, part: str, cache: Cache) -> bool:
    """Whether a `find` deletes a cache's folder, or what it holds, by name (`find / -name "*.gem"
    -delete`).
    """
    root = delete.place.path
    if not delete.partial or (
        root is not None and not is_below(part, root) and not is_below(root, part)
    ):
        return False
    names = part.removeprefix(root or "").split("/")
    return any(
        name in cache.holds or any(_part_matches(each, name) for each in names if each)
        for name in delete.names
    )


def _asks_where(delete: Delete, manager: Manager, cache: Cache) -> bool:
    """Whether what is deleted is what a manager itself says: `rm -rf $(pip cache dir)`."""
    if delete.place.path is not None or not delete.recursive:
        return False
    other = asked(delete.place.form)
    if other is None:
        return False
    variables = {
        name
        for each in other.caches
        for template in each.named
        for name in VARIABLE.findall(template)
    }
    wanted = set(re.findall(r"\w+", delete.place.form)) & variables  # `$(go env GOCACHE)`
    mine = {name for template in cache.named for name in VARIABLE.findall(template)}
    alike = other.name == manager.name or any(
        set(each.defaults) & set(cache.defaults) for each in other.caches
    )
    return alike and (not wanted or not wanted.isdisjoint(mine))


def _parts(places: Sequence[str], cache: Cache) -> list[str]:
    """Return the folders of which each holds nearly all of a cache."""
    return [
        part for place in places for part in (place, *(f"{place}/{core}" for core in cache.core))
    ]


def _takes(mount: str, place: str, cache: Cache) -> bool:
    """Whether a mount takes up what is written to a cache."""
    return is_below(place, mount) or any(mount == f"{place}/{part}" for part in cache.core)


def is_below(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or below it."""
    return folder in {"/", path} or path.startswith(f"{folder}/")


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
        return is_below(path, delete.place.path)
    wanted, parts = delete.place.path.split("/"), path.split("/")
    if not delete.place.glob:
        alike = len(wanted) <= len(parts) and all(
            part in {want, "*"} for part, want in zip(parts, wanted, strict=False)
        )
        return alike and (delete.recursive or len(wanted) == len(parts))
    if len(wanted) == len(parts) + 1 and (wanted[-1] == "*" or (mostly and "*" in wanted[-1])):
        wanted.pop()
    elif not delete.recursive and len(wanted) < len(parts):
        return False
    return len(wanted) <= len(parts) and all(map(_part_matches, parts, wanted))


def _part_matches(part: str, pattern: str) -> bool:
    """Match one part of a path as a shell does: a leading dot must be written."""
    if part.startswith(".") and not pattern.startswith("."):
        return False
    return part == "*" or fnmatchcase(part, pattern.replace("[^", "[!"))


def _ends_alike(form: str, place: str) -> bool:
    """Whether a path with an unknown beginning (`${CONDA_DIR}/pkgs`) may be `place` or a folder
    above it.
    """
    tail = re.split(r"[})`?]|\$\w+", _DEFAULT.sub(r"\1", form))[-1].removesuffix("/*")
    if not tail.startswith("/"):
        return False
    parts = place.split("/")
    return any("/".join(parts[:end]).endswith(tail) for end in range(2, len(parts) + 1))
