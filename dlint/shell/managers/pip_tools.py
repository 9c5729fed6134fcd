"""pip-tools: `pip-sync` installs with pip what lists name, and nothing else."""

from __future__ import annotations

from dlint.shell.managers.manager import Manager, installs, words
from dlint.shell.managers.pip import manager as pip
from dlint.shell.managers.python_family import python

manager = Manager(
    name="pip_tools",
    commands=("pip-sync",),
    verbs=installs("", lists=True, files=("requirements.txt",), bare=True),
    language="python",
    grammar=python,
    values=words(
        "-a -f -i --ask --find-links --index-url --extra-index-url --trusted-host"
        " --python-executable --cert --client-cert --config --pip-args"
    ),
    quiet=True,
    caches=pip.caches,
    stores=pip.stores,
    outside=True,
    for_interpreter=True,
)
