"""pacman: the packages of Arch."""

from __future__ import annotations

from dlint.shell.managers.manager import Cache, Manager, Verb, words
from dlint.shell.managers.words import CLEAN, INSTALL, REFRESH, REMOVE

manager = Manager(
    name="pacman",
    commands=("pacman", "yay", "paru"),
    verbs=(
        Verb("", REMOVE, packages=True, needs=words("-R --remove")),
        Verb("", CLEAN, needs=words("-c --clean")),
        Verb(
            "",
            INSTALL,
            packages=True,
            needs=words("-S -U --sync --upgrade"),
            without=words("-s -i -g -l --search"),
        ),
    ),
    is_system=True,
    values=words("-b -r --dbpath --root --cachedir --config --arch --ignore --overwrite"),
    refreshing=("-y", "--refresh"),
    caches=(
        Cache("cache", ("/var/cache/pacman/pkg",), flags=("--cachedir",)),
        Cache("index", ("/var/lib/pacman/sync",), filled=frozenset([REFRESH])),
    ),
    needs_index=True,
)
