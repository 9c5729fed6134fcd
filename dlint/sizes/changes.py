"""What the commands of a RUN write that install nothing: folders, accounts, settings, files of the
context again.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dlint.bytes.estimate import FOLDER_LAYER
from dlint.sizes.held import PATH, Holding, UnknownSizeError, environment_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dlint.facts.stored import Stored
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import Command, Create, Place, Rewrite
    from dlint.shell.effects import Effect
    from dlint.syntax import Run

# Measured with Docker 26.1.5 on Debian 13, compressed: useradd, usermod and their like store
# /etc/passwd and three more files again; a home gets its skeleton.
USERS, GROUPS, PASSWORDS, HOME = 1_120, 660, 360, 2_240
# What else writes files of the system, and no others.
OF_COMMANDS = {
    "ldconfig": 2_220,
    "update-alternatives": 680,
    "update-ca-certificates": 128_000,
}

_WITH_HOME = frozenset(("useradd", "adduser"))
_ACCOUNTS = {
    **dict.fromkeys((*_WITH_HOME, "usermod", "userdel", "deluser"), USERS),
    **dict.fromkeys(("groupadd", "addgroup", "groupmod", "groupdel", "delgroup"), GROUPS),
    **dict.fromkeys(("passwd", "chpasswd", "chsh"), PASSWORDS),
}
_WRITES_WORDS = frozenset(("", "mkdir", "touch", "ln", "echo", "printf", "mktemp", "tee"))
_STORES_AGAIN = frozenset(
    ("chmod", "chown", "chgrp", "setfacl", "setcap", "sed", "perl", "dos2unix")
)


def changed_bytes(
    build: Build, stage: Stage, run: Run, weigh: Callable[[Stored], int | None]
) -> int | None:
    """Return about how many compressed bytes `run` writes, but for what it installs.

    None where one of its commands writes what nobody can tell: a download, a build, files that the
    base brought.
    `weigh` tells what an install above has put somewhere.
    """
    effects = build.effects(run)
    if not effects.known:
        return None
    by_command: dict[int, list[Effect]] = {}
    for effect in effects.items:
        by_command.setdefault(id(effect.command), []).append(effect)
    writer = _Writer(build, stage, run, weigh)
    try:
        total = sum(writer.command(each[0].command, each) for each in by_command.values())
    except UnknownSizeError:
        return None
    return FOLDER_LAYER + total + writer.accounts


class _Writer:
    """Adds up what the commands of one RUN write."""

    def __init__(
        self, build: Build, stage: Stage, run: Run, weigh: Callable[[Stored], int | None]
    ) -> None:
        self._build, self._stage, self._run, self._weigh = build, stage, run, weigh
        self._new: set[str] = set()  # paths that this RUN has made, small ones all of them
        self.accounts = 0  # bytes of the files that hold them

    @cached_property
    def _above(self) -> Holding:
        steps = [
            each
            for each in self._build.chain(self._stage)
            if each.instruction.index < self._run.index
        ]
        return Holding(self._build, steps, self._weigh)

    def command(self, command: Command, effects: Sequence[Effect]) -> int:
        """Return the bytes that one command writes, but for those of accounts."""
        from dlint.shell import Clone, Create, Extract, Fetch, Rewrite, Unknown

        made = [each for each in effects if isinstance(each, Create)]
        self._new.update(each.place.path for each in made if each.place.path)
        if any(isinstance(each, Clone | Extract | Fetch | Unknown) for each in effects):
            raise UnknownSizeError
        if command.name in _ACCOUNTS:
            self.accounts = max(self.accounts, _ACCOUNTS[command.name])
            return HOME if command.name in _WITH_HOME and _makes_home(command) else 0
        if command.name in OF_COMMANDS:
            return OF_COMMANDS[command.name]
        if (
            made
            and (size := environment_bytes(self._build.dockerfile.source[command.span])) is not None
        ):
            return size
        again = [
            each
            for each in effects
            if isinstance(each, Rewrite) and each.how not in {"touch", "cp", "mv"}
        ]
        return sum(map(self._made, made)) + sum(map(self._stored_again, again))

    def _made(self, create: Create) -> int:
        command = create.command
        if create.source is not None and command.name != "ln":
            return PATH + self._held(create.source, whole=True)
        is_small = command.name in _WRITES_WORDS or (command.name == "cat" and not command.args)
        is_folder = command.name == "install" and any(
            word.form in {"-d", "--directory"} for word in command.args
        )
        if create.tree or not (is_small or is_folder):
            raise UnknownSizeError
        return PATH

    def _stored_again(self, rewrite: Rewrite) -> int:
        if rewrite.how not in _STORES_AGAIN:
            raise UnknownSizeError
        return PATH + self._held(rewrite.place, whole=rewrite.recursive)

    def _held(self, place: Place, *, whole: bool) -> int:
        path = place.rooted
        if path is None or place.glob:
            raise UnknownSizeError
        folders = self._build.folders_before(self._run)
        return self._above.bytes(
            path, whole=whole, there=path in folders or path in self._new, new=path in self._new
        )


def _makes_home(command: Command) -> bool:
    """Tell whether a command that adds an account makes its home, too."""
    words = {word.form for word in command.args}
    if command.name == "useradd":
        return any(
            form == "--create-home" or (form[:1] == "-" != form[1:2] and "m" in form)
            for form in words
        )
    return words.isdisjoint(("--system", "--no-create-home", "-H", "-S", "-r"))
