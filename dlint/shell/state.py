"""What a shell knows while a script runs: variables, functions, arguments and the folder."""

from __future__ import annotations

import posixpath

from dlint.typed import Generic, TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlint.shell.nodes import Node
    from dlint.shell.script import ShellWord

PATH_MAX = 4096  # bytes of a path that Linux takes; each command keeps its own
ReaderT = TypeVar("ReaderT")  # what has read a function, and runs through its body again


class State(Generic[ReaderT]):
    """A shell's variables and place; a subshell works on a copy."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        """Start with the step's environment, so far as it is known."""
        self.initial = frozenset(variables)
        self.variables: dict[str, str | None] = dict(variables)
        self.exports: dict[str, str | None] = {}
        self.functions: dict[str, tuple[ReaderT, Node]] = {}
        self.positional: tuple[ShellWord, ...] | None = None
        self.cwd: str | None = ""
        self.before: str | None = None
        self.pushed: list[str | None] = []
        self.user: str | None = None

    def copy(self) -> State[ReaderT]:
        """Return the state of a subshell."""
        twin: State[ReaderT] = State({})
        twin.__dict__.update(self.__dict__)
        twin.variables, twin.exports = dict(self.variables), dict(self.exports)
        twin.functions, twin.pushed = dict(self.functions), list(self.pushed)
        return twin

    def assign(self, name: str, value: str | None, *, export: bool = False) -> None:
        """Set a variable; None is a value that is not known."""
        self.variables[name] = value
        if export or name in self.exports or name in self.initial:
            self.exports[name] = value

    def take(self, words: tuple[ShellWord, ...]) -> None:
        """Take words as `$1`, `$2`, ..."""
        texts = [word.text for word in words]
        self.positional = words
        for number, text in enumerate(texts, 1):
            self.variables[str(number)] = text
        known = [text for text in texts if text is not None]
        together = " ".join(known) if len(known) == len(texts) else None
        self.variables |= {"@": together, "*": together, "#": str(len(texts))}

    def move(self, path: str | None) -> None:
        """Change the folder; None is one that is not known."""
        self.before, self.cwd = self.cwd, within(self.cwd, path)

    def merge(self, branches: Sequence[State[ReaderT]]) -> None:
        """Take over what all branches agree on; the rest is unknown."""
        first = branches[0]
        self.variables = _common([branch.variables for branch in branches])
        self.exports = _common([branch.exports for branch in branches])
        self.cwd = _agreed([branch.cwd for branch in branches])
        self.before = _agreed([branch.before for branch in branches])
        self.pushed, self.functions = (
            first.pushed,
            {k: v for b in branches for k, v in b.functions.items()},
        )


def _common(found: Sequence[Mapping[str, str | None]]) -> dict[str, str | None]:
    """Return the values that all agree on, None for the others."""
    common = dict(found[0])
    for each in found[1:]:
        common.update(dict.fromkeys(name for name, _ in common.items() ^ each.items()))
    return common


def _agreed(found: list[str | None]) -> str | None:
    return found[0] if all(value == found[0] for value in found) else None


def within(cwd: str | None, path: str | None) -> str | None:
    """Return `path` seen from `cwd`, normal; "" is the starting folder."""
    if path is None or (cwd is None and not path.startswith("/")):
        return None
    found = posixpath.normpath(posixpath.join(cwd or "", path))
    if len(found) > PATH_MAX:
        return None
    return "" if found == "." else "/" + found.lstrip("/") if found.startswith("/") else found
