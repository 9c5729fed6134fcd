"""The package managers: one module each, with all that dlint knows of it.

A new manager is one new module in this folder. Its value is called `manager`, and the module is
called as the manager is; where one manager has commands that differ in all else, a second module
goes on behind a `_`. Nothing lists the modules: the folder is walked. Which commands they are for
is read in their source, where `commands=(...)` is a literal, and a module is loaded when one of
its commands is met: nearly every check needs two or three of the forty.
"""

from __future__ import annotations

import os
from functools import cache, cached_property, lru_cache
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.shell.managers.manager import Manager

__all__ = [
    "MANAGERS",
    "by_command",
    "by_interpreter",
    "by_name",
    "family",
    "is_system_manager",
    "manager_named",
    "managers",
    "meant_for",
]

MANAGERS: tuple[Manager, ...]  # all of them, for those who iterate; see __getattr__


def __getattr__(name: str) -> tuple[Manager, ...]:
    if name == "MANAGERS":
        return managers()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def by_command(command: str) -> Manager | None:
    """Return the manager that a program is."""
    return _index().by_command(command)


def by_interpreter(program: str) -> Manager | None:
    """Return the manager for which a program runs code that its command line holds (`Rscript`)."""
    return _index().by_interpreter(program)


def manager_named(name: str) -> Manager:
    """Return the manager that is called so; raises KeyError where none is."""
    found = by_name(name)
    if found is None:
        raise KeyError(name)
    return found


def by_name(name: str) -> Manager | None:
    """Return the manager that an effect names."""
    return _index().by_name(name)


def managers() -> tuple[Manager, ...]:
    """Return all managers, in the order of their modules' names; that loads all modules."""
    return _index().all


def is_system_manager(manager: str) -> bool:
    """Tell whether a manager installs the distribution's packages."""
    found = by_name(manager)
    return found is not None and found.is_system


@cache
def family(manager: str) -> str:
    """Return what managers are called that share what they install."""
    found = by_name(manager)
    return found.family if found else manager


def meant_for(path: str) -> frozenset[str]:
    """Return the names of the managers that have a cache whose place ends like an absolute path, or
    lies in a folder that does.
    """
    return _index().meant_for(path.rstrip("/"))


def _index() -> _Index:
    return _index_of(tuple(__path__))


class _Index:
    """Which module of some folders is for which command."""

    def __init__(self, folders: tuple[str, ...]) -> None:
        """Read the modules of `folders`."""
        self._commands: dict[str, str] = {}
        self._interpreters: dict[str, str] = {}
        self._modules: list[str] = []
        for module, source in _sources(folders):
            commands = _declared(b"commands", source)
            if commands:
                self._modules.append(module)
                self._commands.update(dict.fromkeys(commands, module))
                interpreters = _declared(b"interpreters", source)
                self._interpreters.update(dict.fromkeys(interpreters, module))

    def by_command(self, command: str) -> Manager | None:
        module = self._commands.get(command)
        return None if module is None else _load(module)

    def by_interpreter(self, program: str) -> Manager | None:
        module = self._interpreters.get(program)
        return None if module is None else _load(module)

    def by_name(self, name: str) -> Manager | None:
        return _load(name) if name in self._modules else None

    @cached_property
    def all(self) -> tuple[Manager, ...]:
        return tuple(_load(module) for module in self._modules)

    def meant_for(self, path: str) -> frozenset[str]:
        return frozenset(
            name for end, name in self._cache_ends if path == end or path.endswith(f"/{end}")
        )

    @cached_property
    def _cache_ends(self) -> frozenset[tuple[str, str]]:
        return frozenset(
            (end, manager.name)
            for manager in self.all
            for cache in manager.caches
            for end in cache.ends | cache.folders
        )


_index_of = lru_cache(maxsize=2)(_Index)


@cache
def _load(module: str) -> Manager:
    found: Manager = import_module(f"{__name__}.{module}").manager
    return found


def _sources(folders: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Yield the modules of the folders, by name, with their source."""
    for folder in folders:
        for name in sorted(os.listdir(folder)):  # noqa: PTH208  pathlib takes twice the time
            if name.endswith(".py"):
                with open(f"{folder}/{name}", "rb") as source:  # noqa: PTH123  as above
                    yield name.removesuffix(".py"), source.read()


def _declared(field: bytes, source: bytes) -> list[str]:
    """Return the words of a literal in a module's source."""
    _, _, rest = source.partition(b"\n    " + field + b"=(")
    return rest.partition(b")")[0].decode().split('"')[1::2]
