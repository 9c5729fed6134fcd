"""pipenv: projects in Python."""

from __future__ import annotations

from dlint.shell.managers.manager import XDG_CACHE, Cache, Manager, installs, verbs, words
from dlint.shell.managers.python_family import EDITABLE, RUNNER, python
from dlint.shell.managers.words import REMOVE

manager = Manager(
    name="pipenv",
    commands=("pipenv",),
    verbs=(
        *installs(
            "install|update|upgrade", packages=True, files=("Pipfile", "Pipfile.lock"), locked=False
        ),
        *installs("sync", files=("Pipfile", "Pipfile.lock"), locked=True),
        *verbs(REMOVE, "uninstall", packages=True),
    ),
    language="python",
    runner=RUNNER,
    grammar=python,
    values=words(
        "--python --pypi-mirror -i --index -r --requirements --categories --extra-pip-args -e"
        " --editable"
    ),
    editable=EDITABLE,
    reads=("-r", "--requirements"),
    lock_files=("Pipfile.lock",),
    held_by="--deploy",
    locked=words("--deploy --ignore-pipfile"),
    dev=words("-d --dev"),
    dev_default=False,
    caches=(
        Cache(  # pipenv's own: it names it to the pip that it starts, whatever that was told
            "cache",
            ("$HOME/.cache/pipenv",),
            named=("$PIPENV_CACHE_DIR", f"{XDG_CACHE}/pipenv"),
            off=words("--clear"),
            off_variables=("PIP_NO_CACHE_DIR",),
            off_whatever=words("PIP_NO_CACHE_DIR"),
        ),
    ),
    stores=("site-packages", "venv"),
    in_project="PIPENV_VENV_IN_PROJECT",
    outside=True,
    configured_by=("pip.conf",),
)
