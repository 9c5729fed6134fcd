"""rpm: package files of Fedora, SUSE and others."""

from __future__ import annotations

from dlint.shell.managers.manager import Manager, Verb, words
from dlint.shell.managers.redhat_family import redhat
from dlint.shell.managers.words import INSTALL, REMOVE

manager = Manager(
    name="rpm",
    commands=("rpm",),
    verbs=(
        Verb(
            "",
            INSTALL,
            packages=True,
            needs=words("-i -U -F --install --upgrade"),
            without=words("-q --query --import"),
        ),
        Verb("", REMOVE, packages=True, needs=words("-e --erase")),
    ),
    is_system=True,
    grammar=redhat,
    values=words("--root --define --dbpath --prefix"),
)
