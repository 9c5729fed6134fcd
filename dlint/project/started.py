"""All that commands start in other recipes, one in another: by make, by `task` and `just`, as
scripts of a package, and other scripts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.project import just_calls, make_calls, package_calls, script_calls, task_calls
from dlint.text.repository_files import LIMIT
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST = 20  # times that commands are looked through: recipes may start each other
_MOST_CALLS = 100  # of recipes, each time with other words


class Startable(NamedTuple):
    """What of a repository commands may start, texts by their paths."""

    makefiles: Mapping[str, str] = {}
    packages: Mapping[str, str] = {}
    taskfiles: Mapping[str, str] = {}
    justfiles: Mapping[str, str] = {}
    scripts: Mapping[str, str] = {}


class Started:
    """Reads what the commands of one step start, each call once."""

    def __init__(self, own: Startable) -> None:
        """Take the repository's recipes."""
        self._own = own
        self._left = _MOST
        self._made, self._tasks, self._just, self._scripts = (set[str]() for _ in range(4))

    def read(self, run: str, base: str) -> str:
        """Return commands that run in `base` with all those that they start; as they are where that
        is too much, or longer than any file.
        """
        if self._is_too_much or len(run) > LIMIT:
            return run
        self._left -= 1
        own = self._own
        told = make_calls.with_recipes(run, base, own.makefiles, self.read, self._made)
        told = package_calls.with_scripts(told, base, own.packages)
        told = task_calls.with_tasks(told, base, own.taskfiles, self._tasks)
        told = just_calls.with_recipes(told, base, own.justfiles, self._just)
        told = script_calls.with_scripts(told, base, own.scripts, self._scripts)
        return told if told == run else self.read(told, base)

    @property
    def _is_too_much(self) -> bool:
        calls = map(len, (self._made, self._tasks, self._just, self._scripts))
        return not self._left or sum(calls) > _MOST_CALLS
