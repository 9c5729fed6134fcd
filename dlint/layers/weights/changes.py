"""What the commands of a RUN write that install nothing: folders, accounts, settings, files of the context again."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dlint.layers.arrivals import path_of
from dlint.layers.build import UNKNOWN_WORKDIR
from dlint.layers.stored import storage
from dlint.layers.tree import within
from dlint.layers.writing import base_may_hold, may_write
from dlint.lazy import regex
from dlint.syntax import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dlint.layers.build import Build
    from dlint.layers.stages import Stage
    from dlint.layers.stored import Stored
    from dlint.shell import Command, Create, Effect, Place, Rewrite

# Measured with Docker 26.1.5 on Debian 13, compressed. A layer that holds one new folder, and a further path in it:
LAYER, PATH = 93, 20
# useradd, usermod and their like store /etc/passwd and three more files again; a home gets its skeleton.
USERS, GROUPS, PASSWORDS, HOME = 1_120, 660, 360, 2_240
# What else writes files of the system, and no others.
OF_COMMANDS = {
    "ldconfig": 2_220,
    "update-alternatives": 680,
    "update-ca-certificates": 128_000,
    # An empty environment: what it takes is pip (25.0, and 26 with byte code).
    "virtualenv": 5_350_000,
}
VENV = 3_530_000  # the same by `python -m venv`
WITHOUT_PIP = 5_000

_WITH_HOME = frozenset(("useradd", "adduser"))
_ACCOUNTS = {
    **dict.fromkeys((*_WITH_HOME, "usermod", "userdel", "deluser"), USERS),
    **dict.fromkeys(("groupadd", "addgroup", "groupmod", "groupdel", "delgroup"), GROUPS),
    **dict.fromkeys(("passwd", "chpasswd", "chsh"), PASSWORDS),
}
_PYTHON = regex(r"(?:python|pypy)[\d.]*")
_WRITES_WORDS = frozenset(("", "mkdir", "touch", "ln", "echo", "printf", "mktemp", "tee"))
_STORES_AGAIN = frozenset(("chmod", "chown", "chgrp", "setfacl", "setcap", "sed", "perl", "dos2unix"))


class _UnknownSizeError(Exception):
    """Nothing tells how much a command writes."""


def changed_bytes(build: Build, stage: Stage, run: Run, packages: Callable[[Run], int | None]) -> int | None:
    """Return about how many compressed bytes `run` writes, but for what it installs.

    None where one of its commands writes what nobody can tell: a download, a build, files that the base brought.
    `packages` tells what a RUN's packages weigh.
    """
    effects = build.effects(run)
    if not effects.known:
        return None
    by_command: dict[int, list[Effect]] = {}
    for effect in effects.items:
        by_command.setdefault(id(effect.command), []).append(effect)
    writer = _Writer(build, stage, run, packages)
    try:
        total = sum(writer.command(each[0].command, each) for each in by_command.values())
    except _UnknownSizeError:
        return None
    return LAYER + total + writer.accounts


class _Writer:
    """Adds up what the commands of one RUN write."""

    def __init__(self, build: Build, stage: Stage, run: Run, packages: Callable[[Run], int | None]) -> None:
        self._build, self._stage, self._run, self._packages = build, stage, run, packages
        self._new: set[str] = set()  # paths that this RUN has made, small ones all of them
        self.accounts = 0  # bytes of the files that hold them

    @cached_property
    def _above(self) -> tuple[Stored, ...]:
        return tuple(self._build.fact(storage).before(self._stage, self._run))

    def command(self, command: Command, effects: Sequence[Effect]) -> int:
        """Return the bytes that one command writes, but for those of accounts."""
        from dlint.shell import Clone, Create, Extract, Fetch, Rewrite, Unknown

        made = [each for each in effects if isinstance(each, Create)]
        self._new.update(each.place.path for each in made if each.place.path)
        if any(isinstance(each, Clone | Extract | Fetch | Unknown) for each in effects):
            raise _UnknownSizeError
        if command.name in _ACCOUNTS:
            self.accounts = max(self.accounts, _ACCOUNTS[command.name])
            return HOME if command.name in _WITH_HOME and _makes_home(command) else 0
        if command.name in OF_COMMANDS:
            return OF_COMMANDS[command.name]
        if _PYTHON.fullmatch(command.name) and made:
            return WITHOUT_PIP if any(word.form == "--without-pip" for word in command.args) else VENV
        again = [each for each in effects if isinstance(each, Rewrite) and each.how not in {"touch", "cp", "mv"}]
        return sum(map(self._made, made)) + sum(map(self._stored_again, again))

    def _made(self, create: Create) -> int:
        command = create.command
        if create.source is not None and command.name != "ln":
            return PATH + self._held(create.source, whole=True)
        is_small = command.name in _WRITES_WORDS or (command.name == "cat" and not command.args)
        is_folder = command.name == "install" and any(word.form in {"-d", "--directory"} for word in command.args)
        if create.tree or not (is_small or is_folder):
            raise _UnknownSizeError
        return PATH

    def _stored_again(self, rewrite: Rewrite) -> int:
        if rewrite.how not in _STORES_AGAIN:
            raise _UnknownSizeError
        return PATH + self._held(rewrite.place, whole=rewrite.recursive)

    def _held(self, place: Place, *, whole: bool) -> int:
        """Return the bytes of what the layers below hold at a place; `whole`: and below it, if it is a folder."""
        path = path_of(place)
        if path is None or place.glob or path.startswith(UNKNOWN_WORKDIR):
            raise _UnknownSizeError
        parts = [each for each in self._above if _holds(each, path)]
        is_file = any(
            path in each.arrival.files if each.arrival else (each.path, each.tree) == (path, False) for each in parts
        )
        if is_file or (path in self._new and not parts):
            return self._sum(parts, path)
        if not whole:
            if path in self._new or parts or path in self._build.folders_before(self._run):
                return 0  # the folder alone
            raise _UnknownSizeError
        above = (step for step in self._build.chain(self._stage) if step.instruction.index < self._run.index)
        if base_may_hold(path) or any(may_write(self._build, step, path, _is_told) for step in above):
            raise _UnknownSizeError
        return self._sum(parts, path)

    def _sum(self, parts: Sequence[Stored], path: str) -> int:
        """Return the bytes of what steps above have stored at or below `path`; each file as the last one left it."""
        total, seen = 0, set[str]()
        for stored in reversed(parts):
            size: int | None = None
            if stored.arrival is not None:
                files = {place: source for place, source in stored.arrival.files.items() if within(place, path)}
                size = stored.bytes_of(frozenset(files[place] for place in files.keys() - seen))
                seen |= files.keys()
            elif stored.how == "make" and not stored.tree:
                size = PATH
            elif stored.how == "install" and isinstance(stored.instruction, Run):
                size = self._packages(stored.instruction)
            if size is None:
                raise _UnknownSizeError
            total += size
        return total


def _holds(stored: Stored, path: str) -> bool:
    """Tell whether something that a step stored stands at or below `path`."""
    if stored.arrival is not None and stored.arrival.known:
        return bool(stored.files_under(path))
    return stored.path is None or within(stored.path, path) or (stored.tree and within(path, stored.path))


def _is_told(effect: Effect) -> bool:
    """Tell whether an effect is among what is said to be stored."""
    from dlint.shell import Create

    return isinstance(effect, Create) and not effect.place.glob and path_of(effect.place) is not None


def _makes_home(command: Command) -> bool:
    """Tell whether a command that adds an account makes its home, too."""
    words = {word.form for word in command.args}
    if command.name == "useradd":
        return any(form == "--create-home" or (form[:1] == "-" != form[1:2] and "m" in form) for form in words)
    return words.isdisjoint(("--system", "--no-create-home", "-H", "-S", "-r"))
