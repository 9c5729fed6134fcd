"""What the commands of one RUN do to the image: packages, caches, files made, deleted, stored again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlint.shell.packages import Package
    from dlint.shell.script import Command, Script
    from dlint.source import Span

T = TypeVar("T")


class Place(NamedTuple):
    """A path in the image.

    `path` is absolute and normal, or None where a variable or the working directory is not known; `form` is the path
    with the unknown parts left as written: equal forms are equal paths. `glob` says that it holds a shell pattern.
    """

    path: str | None
    form: str
    glob: bool = False


class Refresh(NamedTuple):
    """A package index is fetched (`apt-get update`)."""

    command: Command
    span: Span
    manager: str


class Install(NamedTuple):
    """Packages or a project's dependencies are installed.

    `packages`  named on the command line (span of each: its word).
    `manifests` files that the command reads to know what to install: absolute paths,
                may be patterns (`/src/*.csproj`) and may not exist.
    `projects`  folders or files installed or built themselves (`pip install .`, `go build ./cmd/x`): their
                whole source counts.
    `everywhere` a global install (`npm install -g`, pipx), not one of the project.
    `locked`    True: it installs what a lock file says or fails; False: it may resolve afresh; None: no such notion.
    `dev`       True: development dependencies come along; False: they are left out; None: no such notion.
    `hidden`    the install is a part of a build (`go build`, `mvn package`).
    `upgrade`   it upgrades what is there (`apt-get upgrade`).
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


class Remove(NamedTuple):
    """Packages are uninstalled (`apt-get purge x`, `apk del .deps`, `pip uninstall`, `npm prune`).

    No packages: all that is not needed (`apt-get autoremove`, `npm prune --production`).
    """

    command: Command
    span: Span
    manager: str
    packages: tuple[Package, ...] = ()


class Clean(NamedTuple):
    """A manager's own command empties its cache (`apt-get clean`, `npm cache clean --force`)."""

    command: Command
    span: Span
    manager: str


class CacheLeft(NamedTuple):
    """A cache or index that is still in the layer when the RUN ends.

    `command` is the last one that filled it. `path` is where it most likely is, `paths` all places where it may be;
    `kind` "index" or "cache". `linked`: its files are hard links of the installed ones and cost
    nothing in the same layer.
    """

    command: Command
    span: Span
    manager: str
    path: str
    paths: tuple[str, ...]
    kind: str
    linked: bool = False


class CacheKept(NamedTuple):
    """A cache that a command fills and a cache or tmpfs mount takes up; the same fields as `CacheLeft`.

    `mount` is the mount's target; `emptied` a command of this RUN that empties the mount again, if any.
    """

    command: Command
    span: Span
    manager: str
    path: str
    paths: tuple[str, ...]
    kind: str
    mount: str
    emptied: Command | None = None


class Create(NamedTuple):
    """A file or folder comes into being; `tree` for a folder with unknown content (an archive's, a clone's)."""

    command: Command
    span: Span
    place: Place
    tree: bool = False
    source: Place | None = None


class Delete(NamedTuple):
    """A path is deleted.

    `recursive`: with all below it; `children`: only what is below (`rm -rf x/*`, `find x -delete`).
    """

    command: Command
    span: Span
    place: Place
    recursive: bool = False
    children: bool = False


class Rewrite(NamedTuple):
    """An existing path is stored again: its owner, mode, time, name or a part of its content changes.

    `how` is the command's name (chmod, chown, sed, mv, ...); `only` a `find` test that narrows the files ("f", "d"
    or ""); `value` the new owner or mode as written, if any.
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

    `output` is None where it goes to a pipe; `verified`: a later command checks a sum or a signature.
    """

    command: Command
    span: Span
    url: str | None
    form: str
    output: Place | None
    verified: bool


class Clone(NamedTuple):
    """`git clone`. `depth` as given, None is the whole history; `pinned`: a commit is checked out afterwards."""

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
    """A command that may do anything to the image: a script, `make`, a program that dlint doesn't know."""

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
        """Where it stands in the image; relative to the working directory if it doesn't start with `/`."""
        ...


class Effects(NamedTuple):
    """All that a RUN does, in order. `mentions`: every path that its words name, absolute, whatever is done with it.

    `known` is False where the script was not understood.
    """

    items: tuple[Effect, ...]
    mentions: frozenset[str]
    known: bool

    def of(self, kind: type[T]) -> tuple[T, ...]:
        """Return the effects of one kind."""
        return tuple(item for item in self.items if isinstance(item, kind))


def effects(  # noqa: PLR0913  one argument a fact of the step
    script: Script,
    *,
    user: str = "root",
    home: str | None = None,
    env: Mapping[str, str] | None = None,
    workdir: str | None = "/",
    mounts: Sequence[Mount] = (),
) -> Effects:
    """Tell what `script` does when run by `user` in `workdir` with `env`, the known part of the environment."""
    raise NotImplementedError
