"""dpkg: package files of Debian and Ubuntu."""

from __future__ import annotations

from dlint.shell.managers.debian_family import debian
from dlint.shell.managers.manager import Manager, Verb, words
from dlint.shell.managers.words import INSTALL, REMOVE

manager = Manager(
    name="dpkg",
    commands=("dpkg",),
    verbs=(
        Verb("", INSTALL, packages=True, needs=words("-i --install")),
        Verb("", REMOVE, packages=True, needs=words("-r -P --remove --purge")),
    ),
    is_system=True,
    grammar=debian,
)
