"""dockerfile-parse, loaded without `json` and `logging`, which it imports as it is loaded.

The two are a twelfth of what the check of one small file takes (36 of 439 million instructions,
Python 3.11). Nothing that dlint calls uses them; where something else does, they are loaded then.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Later(ModuleType):
    """A module that is loaded when something of it is used."""

    def __getattr__(self, name: str) -> object:
        found: object = getattr(import_module(self.__name__), name)
        return found


class _Logging(_Later):
    """`logging`, which makes a logger when that is used."""

    def getLogger(self, name: str) -> _Logger:  # noqa: N802  as logging calls it
        return _Logger(name)


class _Logger:
    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> object:
        from logging import getLogger

        found: object = getattr(getLogger(self._name), name)
        return found


def _loaded() -> Any:  # noqa: ANN401  dockerfile-parse has no type hints
    """Load its parser between stand-ins for what is not loaded yet."""
    stand_ins = {"json": _Later("json"), "logging": _Logging("logging")}
    absent = {name: each for name, each in stand_ins.items() if name not in sys.modules}
    sys.modules.update(absent)
    try:
        from dockerfile_parse.parser import DockerfileParser
    finally:
        for name in absent:
            del sys.modules[name]
    return DockerfileParser


DockerfileParser = _loaded()
