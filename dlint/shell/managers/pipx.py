"""pipx: programs written in Python, each in an environment of its own."""

from __future__ import annotations

from dlint.shell.managers.manager import XDG_CACHE, Cache, Manager, installs, verbs, words
from dlint.shell.managers.python_family import (
    CONSTRAINT_VARIABLES,
    CONSTRAINTS,
    EDITABLE,
    python,
    revision,
)
from dlint.shell.managers.words import REMOVE

manager = Manager(
    name="pipx",
    commands=("pipx",),
    verbs=(
        *installs("install|upgrade", packages=True, everywhere=True),
        *installs("inject", packages=True, everywhere=True, first=1),
        *installs("runpip", everywhere=True),  # an environment, then a command line of pip
        *verbs(REMOVE, "uninstall", packages=True),
    ),
    language="python",
    grammar=python,
    values=words("--python --pip-args --index-url -i --suffix --spec"),
    editable=EDITABLE,
    quiet=True,
    caches=(
        Cache(
            "cache",
            ("$HOME/.cache/pip",),
            named=("$PIP_CACHE_DIR", f"{XDG_CACHE}/pip"),
            # pipx hands the value of `--pip-args` on to pip (measured with pipx 1.0.0)
            off=words("--no-cache-dir --pip-args=--no-cache-dir"),
            off_variables=("PIP_NO_CACHE_DIR",),
            off_whatever=words("PIP_NO_CACHE_DIR"),
        ),
    ),
    stores=("site-packages", "venv"),
    outside=True,
    configured_by=("pip.conf",),
    pinnable=True,
    constraints=CONSTRAINTS,
    constraint_variables=CONSTRAINT_VARIABLES,
    revision=revision,
)
