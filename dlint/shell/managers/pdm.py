"""pdm: projects in Python."""

from __future__ import annotations

from dlint.shell.managers.manager import (
    INSTALLING,
    XDG_CACHE,
    Cache,
    Flag,
    Manager,
    installs,
    verbs,
    words,
)
from dlint.shell.managers.python_family import DEVELOPMENT, EDITABLE, RUNNER, python
from dlint.shell.managers.words import CLEAN, REMOVE

manager = Manager(
    name="pdm",
    commands=("pdm",),
    verbs=(
        *installs(
            "install", files=("pyproject.toml", "pdm.lock", "pdm.toml"), locked=False, project="."
        ),
        *installs(
            "sync", files=("pyproject.toml", "pdm.lock", "pdm.toml"), locked=True, project="."
        ),
        *installs("add", packages=True, files=("pyproject.toml", "pdm.lock")),
        *verbs(REMOVE, "remove", packages=True),
        *verbs(CLEAN, "cache clear"),
    ),
    language="python",
    runner=RUNNER,
    grammar=python,
    values=words("-p --project -G --group --with --without -L --lockfile --venv"),
    editable=EDITABLE,
    directories=("-p", "--project"),
    no_project=words("--no-self"),
    apart=(Flag("--no-self"),),
    lock_files=("pdm.lock",),
    held_by="--frozen-lockfile",
    locked=words("--frozen-lockfile --no-lock --check"),
    locked_variables=("PDM_FROZEN_LOCKFILE",),
    no_dev=words("--prod --production --no-default"),
    dev_default=True,
    development=DEVELOPMENT._replace(omit=Flag("--prod", INSTALLING)),
    caches=(
        Cache(
            "cache",
            ("$HOME/.cache/pdm",),
            named=("$PDM_CACHE_DIR", f"{XDG_CACHE}/pdm"),
            off_variables=("PDM_NO_CACHE",),
        ),
    ),
    stores=("site-packages", "venv"),
    outside=True,
    project_folder=".venv",
)
