"""The cache mounts of a RUN: where they stand, and which manager they are meant for."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from dlint.model.scope import join
from dlint.model.tree import within

if TYPE_CHECKING:
    from collections.abc import Collection

    from dlint.model.build import Build
    from dlint.syntax import Mount, Run


class Mounted(NamedTuple):
    """A mount with its absolute target."""

    mount: Mount
    target: str

    @property
    def managers(self) -> frozenset[str]:
        """The managers that have a cache which a mount there is for, to go by the end of its
        path.
        """
        path = self.target.rstrip("/")
        return frozenset(
            manager
            for manager, ends in _ends().items()
            if any(path == end or path.endswith(f"/{end}") for end in ends)
        )


def mounts_of(build: Build, run: Run, types: Collection[str] = ("cache",)) -> tuple[Mounted, ...]:
    """Return the mounts of some types in a RUN of a stage, but for those whose target is not
    known.
    """
    state = build.state(run)
    found = []
    for mount in run.mounts:
        if mount.type in types and mount.target:
            target = join(state.workdir, state.expand(mount.target, build.dockerfile.escape))
            if target is not None:
                found.append(Mounted(mount, target))
    return tuple(found)


def is_stored(build: Build, run: Run, path: str) -> bool:
    """Tell whether what a RUN writes to `path` gets into its layer: not below a mount, nor in the
    kernel's folders.
    """
    hidden = [*_KERNEL, *(mounted.target for mounted in mounts_of(build, run, ("cache", "tmpfs")))]
    return not any(within(path, folder) for folder in hidden)


_KERNEL = ("/dev", "/proc", "/sys")  # made for each RUN by the runtime, /dev/shm in memory


@cache
def _ends() -> dict[str, tuple[str, ...]]:
    """Return for each manager how the paths of its caches end, whoever's home they are in."""
    from dlint.shell.managers import MANAGERS

    found: dict[str, set[str]] = {}
    for manager in MANAGERS:
        for each in manager.caches:
            for template in each.defaults:
                end = template.removeprefix("root:").strip("/")
                end = end.partition("/")[2] if end.startswith("$") else f"/{end}"
                if end and "$" not in end:
                    ends = found.setdefault(manager.name, set())
                    ends.add(end)
                    ends.update(f"{end}/{part}" for part in each.core)
    return {name: tuple(ends) for name, ends in found.items()}
