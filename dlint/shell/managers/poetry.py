"""poetry: projects in Python."""

from __future__ import annotations

import re

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
from dlint.shell.managers.python_family import DEVELOPMENT, EDITABLE, RUNNER, python, revision
from dlint.shell.managers.words import REMOVE

# A group that an image may need: its name is none of those that development gives its own.
_OTHER_GROUP = re.compile(
    rb"(?m)^\[tool\.poetry\.group\.[\"']?"
    rb"(?![\w-]{0,40}(?:dev|test|lint|doc|typ|format|style|qa|quality|debug|check|bench))"
)

manager = Manager(
    name="poetry",
    commands=("poetry",),
    verbs=(
        *installs(
            "install|sync",
            files=("pyproject.toml", "poetry.lock", "poetry.toml"),
            locked=True,
            project=".",
        ),
        *installs(
            "update",
            files=("pyproject.toml", "poetry.lock", "poetry.toml"),
            locked=False,
            project=".",
        ),
        *installs("add", packages=True, files=("pyproject.toml", "poetry.lock", "poetry.toml")),
        *installs("self add", packages=True, everywhere=True),
        *verbs(REMOVE, "remove", packages=True),
    ),
    language="python",
    runner=RUNNER,
    grammar=python,
    values=words(
        "-C --directory --project -P --without --with --only -E --extras -G --group --python"
        " --source"
    ),
    editable=EDITABLE,
    directories=("-C", "--directory", "--project", "-P"),
    # `--only` and `--no-directory` install the project's own package all the same
    no_project=words("--no-root"),
    apart=(Flag("--no-root"),),
    settings={
        "cache-dir": "POETRY_CACHE_DIR",
        "virtualenvs.in-project": "POETRY_VIRTUALENVS_IN_PROJECT",
    },
    lock_files=("poetry.lock",),
    no_dev=words("--no-dev --only --without=dev --only-root"),
    dev_default=True,
    # Poetry 1.2.0 has groups and `--only`, 2.0.0 no `--no-dev` (its CHANGELOG).
    development=DEVELOPMENT._replace(
        omit=Flag("--only main", INSTALLING, since="1.2", before="--no-dev", gone="2"),
        unfit=_OTHER_GROUP,
        advice="leave out the groups for development with `--without`",
    ),
    caches=(
        Cache(
            "cache",
            ("$HOME/.cache/pypoetry",),
            named=("$POETRY_CACHE_DIR", f"{XDG_CACHE}/pypoetry"),
            # Neither `--no-cache` nor `poetry cache clear` keeps these away: both are for what the
            # indexes have answered. Beside them, virtual environments lie in the same folder.
            below=("artifacts",),
        ),
    ),
    stores=("site-packages", "venv"),
    in_project="POETRY_VIRTUALENVS_IN_PROJECT",
    outside=True,
    configured_by=("poetry.toml",),
    pinnable=True,
    revision=revision,
)
