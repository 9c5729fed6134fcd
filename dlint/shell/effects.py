"""What the commands of one RUN do to the image: packages, caches, files made, deleted, stored
again.
"""

from __future__ import annotations

import posixpath

from dlint.shell.arguments import arguments
from dlint.shell.managers import by_command, manager_named
from dlint.text.lazy import lazy
from dlint.text.paths import within
from dlint.text.values import NamedTuple
from dlint.typed import Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import UnionType
    from typing import Any, TypeVar

    from dlint.shell.managers.manager import Manager
    from dlint.shell.packages import Package
    from dlint.shell.script import Command
    from dlint.text.source import Span

    T = TypeVar("T")
    # Made here, Python would load its compiler for the names.
    ManagedT = TypeVar("ManagedT", "Refresh", "Install", "Remove", "CacheLeft", "CacheKept")


_PIPS = frozenset(("download", "install", "wheel"))  # verbs of pip that get packages


class Place(NamedTuple):
    """A path in the image.

    `path` is absolute and normal, or None where a variable or the working directory is not known;
    `form` is the path with the unknown parts left as written (`?` is a working directory that is
    not known): equal forms are equal paths.
    `glob` says that it holds a shell pattern.
    """

    path: str | None
    form: str
    glob: bool = False

    @property
    def rooted(self) -> str | None:
        """The absolute path, below `/?` where only the base knows the working directory."""
        if self.path is not None:
            return self.path
        form = self.form
        return f"/{form}" if (form == "?" or form.startswith("?/")) and "$" not in form else None


class Refresh(NamedTuple):
    """A package index is fetched (`apt-get update`)."""

    command: Command
    span: Span
    manager: str

    @property
    def managed_by(self) -> Manager:
        """What is known of the manager."""
        return manager_named(self.manager)


class Install(NamedTuple):
    """Packages or a project's dependencies are installed.

    `packages`  named on the command line (span of each: its word).
    `manifests` files that the command reads to know what to install: absolute paths,
                may be patterns as in .dockerignore (`/src/**/*.csproj`) and may not exist.
    `projects`  folders or files installed or built themselves (`pip install .`, `go build
                ./cmd/x`): their
                whole source counts.
    `everywhere` a global install (`npm install -g`, pipx), not one of the project.
    `locked`    True: it installs what a lock file says or fails; False: it may resolve afresh;
                None: no such notion.
    `dev`       True: development dependencies come along; False: they are left out; None: no such
                notion.
    `hidden`    the install is a part of a build (`go build`, `mvn package`).
    `upgrade`   it upgrades what is there (`apt-get upgrade`).
    `group`     name of a virtual package that stands for these (`apk add --virtual .deps`).
    """

    command: Command
    span: Span
    manager: str
    packages: tuple[Package, ...] = ()
    manifests: tuple[Place, ...] = ()
    projects: tuple[Place, ...] = ()
    everywhere: bool = False
    locked: bool | None = None
    dev: bool | None = None
    hidden: bool = False
    upgrade: bool = False
    group: str | None = None

    @property
    def managed_by(self) -> Manager:
        """What is known of the manager."""
        return manager_named(self.manager)

    @property
    def keeps_archives(self) -> bool:
        """Whether pip puts packages into a folder as the archives they come in (`pip wheel`, `pip
        download`); `wheel` is the name of a package as well.
        """
        verbs = (form for form in self.command.forms if form in _PIPS)
        return self.manager == "pip" and next(verbs, "install") != "install"

    @property
    def by_own_script(self) -> bool:
        """Whether a script of one's own installs: it may fetch an index, and delete that and
        more.
        """
        return _emptied_by_script(self.command) is None

    def may_empty(self, path: str) -> bool:
        """Whether a script installs that empties the folder of a path as well, or may."""
        folders = _emptied_by_script(self.command)
        return folders is None or any(within(path, each) for each in folders)

    @property
    def names(self) -> frozenset[str]:
        """The names of the packages."""
        return frozenset(package.name for package in self.packages)

    @property
    def named(self) -> list[str]:
        """The names of the packages for people: those that no variable stands for, if there are."""
        names = [package.name for package in self.packages]
        return [name for name in names if "$" not in name] or names

    @property
    def folders(self) -> frozenset[str]:
        """The folders of the projects that it is for, as far as they are known."""
        paths = (manifest.rooted for manifest in self.manifests)
        return frozenset(
            posixpath.dirname(path.partition("/*")[0] + "/x" if "/*" in path else path)
            for path in paths
            if path
        )


def _emptied_by_script(command: Command) -> tuple[str, ...] | None:
    """Return the folders that a script which installs empties besides the index; None where nothing
    of that is known.
    """
    manager = by_command(command.name)
    return manager.scripts.get(command.name, ()) if manager else ()


class Remove(NamedTuple):
    """Packages are uninstalled (`apt-get purge x`, `apk del .deps`, `pip uninstall`, `npm prune`).

    No packages: all that is not needed (`apt-get autoremove`, `npm prune --production`).
    """

    command: Command
    span: Span
    manager: str
    packages: tuple[Package, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The names of the packages."""
        return frozenset(package.name for package in self.packages)


class Clean(NamedTuple):
    """A manager's own command empties its caches (`apt-get clean`, `npm cache clean --force`):
    these kinds, or all.

    `named` are the places that its own flags and variables tell it to look in, by kinds: empty
    where they are not known; kinds that stand for their usual places are not there.
    """

    command: Command
    span: Span
    manager: str
    kinds: frozenset[str] = frozenset()
    named: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def empties(self, manager: str, kind: str) -> bool:
        """Whether it empties the caches of a kind of that manager."""
        return manager == self.manager and (not self.kinds or kind in self.kinds)


class CacheLeft(NamedTuple):
    """A cache or index that is still in the layer when the RUN ends.

    `command` is the last one that surely filled it, or the last if none did. `path` is where it
    most likely is, `paths` all places where it may be; `kind` "index", "cache" or "build".
    `linked`: its files are hard links of the installed ones and cost nothing in the same layer.
    `commands` are all that filled it, `certain` tells that one of them runs whenever the step
    succeeds.
    """

    command: Command
    span: Span
    manager: str
    path: str
    paths: tuple[str, ...]
    kind: str
    linked: bool = False
    commands: tuple[Command, ...] = ()
    certain: bool = True

    @property
    def managed_by(self) -> Manager:
        """What is known of the manager."""
        return manager_named(self.manager)

    @property
    def located(self) -> str:
        """Where its manager says that it is, if not at its likeliest place: "" where a flag of the
        command says where.
        """
        cache = self.managed_by.cache(self.kind)
        return "" if self.is_placed_by(self.command) else cache.located

    def is_placed_by(self, command: Command) -> bool:
        """Whether a flag of a command that fills it says where it is."""
        manager = self.managed_by
        given = arguments(command.args, manager.values, clusters=manager.clusters)
        return manager.cache(self.kind).named_by(given) is not None

    @property
    def described(self) -> str:
        """What it is and where, as far as that is known."""
        cache = self.managed_by.cache(self.kind)
        if self.located:
            return f"{cache.content} {self.located}"
        if len(self.paths) > 1 and self.kind != "index":
            return f"{cache.content}, most likely in {self.path}"
        return f"{cache.content} in {self.path}"


class CacheKept(NamedTuple):
    """A cache that a command fills and a cache or tmpfs mount takes up; the fields of `CacheLeft`
    to `kind`.

    `mount` is the mount's target; `emptied` a command of this RUN that empties the mount again, if
    any.
    """

    command: Command
    span: Span
    manager: str
    path: str
    paths: tuple[str, ...]
    kind: str
    mount: str
    emptied: Command | None = None

    @property
    def managed_by(self) -> Manager:
        """What is known of the manager."""
        return manager_named(self.manager)


class Create(NamedTuple):
    """A file or folder is written; `tree` for a folder with unknown content (an archive's, a
    clone's).

    `source` is what it is a copy or link of, if one path says so.
    """

    command: Command
    span: Span
    place: Place
    tree: bool = False
    source: Place | None = None


class Delete(NamedTuple):
    """A path is deleted.

    `recursive`: with all below it; `children`: only what is below (`find x -delete`; `rm x/*` has a
    pattern instead); `partial`: only some of it, by a `find` test; `names` are the patterns that
    its `-name` asks for.
    """

    command: Command
    span: Span
    place: Place
    recursive: bool = False
    children: bool = False
    partial: bool = False
    names: tuple[str, ...] = ()
    by_name: bool = False


class Rewrite(NamedTuple):
    """An existing path is stored again: its owner, mode, time, name or a part of its content
    changes.

    `how` is the command's name: chmod, chown, sed, touch, ..., mv and cp for what is stored a
    second time elsewhere.
    `only` is what `find` tests narrow it to: "f" files, "d" folders, "some" by other tests, ""
    nothing. `value` is the new owner or mode as written, if any.
    """

    command: Command
    span: Span
    place: Place
    how: str
    recursive: bool = False
    only: str = ""
    value: str | None = None


class Fetch(NamedTuple):
    """A URL is downloaded.

    `output` is None where it goes to a pipe; `verified`: a later command checks a sum or a
    signature.
    """

    command: Command
    span: Span
    url: str | None
    form: str
    output: Place | None
    verified: bool


class Clone(NamedTuple):
    """`git clone`. `depth` as given, None is the whole history; `pinned`: a commit is checked out
    afterwards.
    """

    command: Command
    span: Span
    url: str | None
    form: str
    destination: Place
    depth: int | None
    branch: str | None
    pinned: bool


class Extract(NamedTuple):
    """An archive is unpacked; `archive` is None where it comes through a pipe."""

    command: Command
    span: Span
    archive: Place | None
    destination: Place


class Unknown(NamedTuple):
    """A command that may do anything to the image: a script, `make`, a program that dlint doesn't
    know.
    """

    command: Command
    span: Span


Effect = (
    Refresh
    | Install
    | Remove
    | Clean
    | CacheLeft
    | CacheKept
    | Create
    | Delete
    | Rewrite
    | Fetch
    | Clone
    | Extract
    | Unknown
)


class Mount(Protocol):
    """What `effects` asks of a RUN's `--mount`."""

    @property
    def type(self) -> str:
        """Its kind: cache, tmpfs, bind, secret or ssh."""
        ...

    @property
    def target(self) -> str | None:
        """Where it stands in the image; relative to the working directory if it doesn't start with
        `/`.
        """
        ...


class Effects:
    """All that a RUN does, in order; `known` is False where the script was not understood."""

    def __init__(
        self,
        items: tuple[Effect, ...],
        mentions: Callable[[], frozenset[str]],
        *,
        known: bool,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Take `mentions` as a function: few rules ask. `settings` is what managers' `config set`
        leaves for others.
        """
        self.items, self.known, self._mentions = items, known, mentions
        self.settings = settings or {}
        self._by_kind: dict[type, tuple[Any, ...]] = {}

    @lazy
    def mentions(self) -> frozenset[str]:
        """Every path that the script's words name, absolute, whatever is done with it; patterns
        among them.
        """
        return self._mentions()

    def prune(self, install: Install) -> bool:
        """Tell whether a later command takes out again what `install` installed for development: it
        removes what is not needed, or installs without it.
        """
        for later in self.items[self.items.index(install) + 1 :]:
            match later:
                case Remove(manager=install.manager, packages=()):
                    return True
                case Install(manager=install.manager, dev=False):
                    return True
        return False

    def kept_installs(self) -> Iterator[Install]:
        """Yield the installs, each without the packages that its manager removes again in the same
        RUN, by their names or as a group.
        """
        gone = {(each.manager, name) for each in self.of(Remove) for name in each.names}
        for each in self.of(Install):
            if (each.manager, each.group) not in gone:
                kept = (one for one in each.packages if (each.manager, one.name) not in gone)
                yield each._replace(packages=tuple(kept))

    def make(self, path: str) -> bool:
        """Tell whether they make a folder with unknown content at `path` or above it."""
        for created in self.of(Create):
            folder = created.place.path
            if created.tree and folder and f"{path}/".startswith(f"{folder.rstrip('/')}/"):
                return True
        return False

    def fill(self, left: CacheLeft) -> bool:
        """Tell whether they fill a cache, which another RUN has left, themselves."""
        if left.manager == "apt" and left.kind == "index":
            return any(each.manager == "apt" for each in self.of(Refresh))
        return any(each.manager == left.manager for each in self.of(Install))

    def are_all(self, kinds: UnionType) -> bool:
        """Tell whether a RUN does nothing but what is of these kinds."""
        return all(isinstance(item, kinds) for item in self.items)

    def of(self, kind: type[T]) -> tuple[T, ...]:
        """Return the effects of one kind."""
        found = self._by_kind.get(kind)
        if found is None:
            found = tuple([item for item in self.items if isinstance(item, kind)])
            self._by_kind[kind] = found
        return found

    def calls_of(self, manager: str) -> tuple[Install | Refresh, ...]:
        """Return what a manager installs and refreshes, in order."""
        calls = (item for item in self.items if isinstance(item, Install | Refresh))
        return tuple(call for call in calls if call.manager == manager)

    def unknown_after(self, command: Command) -> tuple[Command, ...]:
        """Return the commands behind `command` that may do anything."""
        commands = (each.command for each in self.of(Unknown))
        return tuple(each for each in commands if each.span.start > command.span.start)

    def of_manager(self, kind: type[ManagedT], manager: str) -> list[ManagedT]:
        """Return the effects of one kind that a manager has."""
        return [each for each in self.of(kind) if each.manager == manager]

    def of_command(self, kind: type[ManagedT], command: Command) -> list[ManagedT]:
        """Return the effects of one kind that a command has."""
        return [each for each in self.of(kind) if each.command is command]

    def by_manager(self, kind: type[ManagedT]) -> dict[str, ManagedT]:
        """Return the last effect of a kind of each manager."""
        return {each.manager: each for each in self.of(kind)}
