"""The cache mounts of a RUN: where they stand, and which manager they are meant for."""

from __future__ import annotations

from dlint.model.scope import join
from dlint.text.paths import nested, within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from dlint.model.build import Build
    from dlint.syntax import Mount, Run

# As `docker run --volume` takes them; BuildKit's parseMount takes all behind `target=` as it is.
_OPTION = regex(r":(?:r[ow]|[zZU]|cached|delegated|consistent)\Z")
KERNEL = ("/dev", "/proc", "/sys")  # made for each RUN by the runtime, /dev/shm in memory


class Mounted(NamedTuple):
    """A mount with its absolute target."""

    mount: Mount
    target: str

    @property
    def cache(self) -> str:
        """The name of the cache that a cache mount shows: BuildKit takes the target for one."""
        return self.mount.id or self.target

    @property
    def option(self) -> str:
        """The option of a volume that stands at the end of its path (`/c:rw`), where the builder
        takes it for a part of the path; "" for none.
        """
        found = _OPTION.search(self.target)
        return found[0] if found else ""

    @property
    def meant(self) -> str:
        """The path that it is meant to be at: without the option of a volume."""
        return self.target.removesuffix(self.option)

    @property
    def managers(self) -> frozenset[str]:
        """The managers that have a cache which a mount there is for, to go by the end of its
        path.
        """
        from dlint.shell.managers import meant_for

        return meant_for(self.meant)

    def is_for(self, manager: str) -> bool:
        """Tell whether it is meant for a cache of that manager, by its path: such a one has it, or
        it is called as the manager is, among other programs' caches.
        """
        folder, _, name = self.meant.rpartition("/")
        is_called_so = name == manager and folder.endswith("/.cache")
        return is_called_so or manager in self.managers


def mounts_of(build: Build, run: Run, types: Collection[str] = ("cache",)) -> tuple[Mounted, ...]:
    """Return the mounts of some types in a RUN of a stage, but for those whose target is not
    known.
    """
    if not run.mounts:
        return ()
    state = build.state(run)
    found = []
    for mount in run.mounts:
        if mount.type in types and mount.target:
            target = join(state.workdir, state.expand(mount.target, build.dockerfile.escape))
            if target is not None:
                found.append(Mounted(mount, target))
    return tuple(found)


def names_no_home(build: Build, run: Run, mounted: Mounted) -> bool:
    """Tell whether a target names a home by a variable that the builder takes for empty, or by `~`,
    which it takes for a name: nobody's home is there.
    """
    target, state = mounted.mount.target or "", build.state(run)
    is_empty = "HOME" in state.lacking and "HOME" not in state.values
    return target.startswith("~/") or (is_empty and _HOME.search(target) is not None)


_HOME = regex(r"\$(?:HOME\b|\{HOME\b)")


def is_in_home_of_root(build: Build, run: Run, mounted: Mounted) -> bool:
    """Tell whether a mount is in the home of root, while a RUN is run by somebody else, of whom no
    variable says that caches are there all the same.
    """
    state = build.state(run)
    user = (state.user or "root").partition(":")[0]
    if not within(mounted.target, "/root") or user in {"root", "0"} or "$" in user:
        return False
    told = state.known_environment.values()
    is_unknown = any("HOME" in name or "CACHE" in name for name in state.unset)
    return not is_unknown and not any(_is_about(mounted.target, each) for each in told)


def _is_about(target: str, value: str) -> bool:
    return value.startswith("/") and nested(target, value)


def may_be_anywhere(build: Build, run: Run, types: Collection[str] = ("cache",)) -> bool:
    """Tell whether the target of a mount is not known, so that it may be any manager's cache:
    `target=${PIP_CACHE_DIR}`, which only the base sets.
    """
    named = [mount for mount in run.mounts if mount.type in types and mount.target]
    return len(named) > len(mounts_of(build, run, types))


def is_stored(build: Build, run: Run, path: str) -> bool:
    """Tell whether what a RUN writes to `path` gets into its layer: not below a mount, nor in the
    kernel's folders.
    """
    hidden = [*KERNEL, *(mounted.target for mounted in mounts_of(build, run, ("cache", "tmpfs")))]
    return not any(within(path, folder) for folder in hidden)
