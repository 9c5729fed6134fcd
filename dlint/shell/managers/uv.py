"""uv: Python's packages and projects."""

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
from dlint.shell.managers.pip import VALUES
from dlint.shell.managers.python_family import (
    CONSTRAINT_VARIABLES,
    CONSTRAINTS,
    DEVELOPMENT,
    EDITABLE,
    WHEELS,
    python,
    revision,
)
from dlint.shell.managers.words import BUILD, CLEAN, REMOVE

_PIP_VALUES = VALUES | words(
    "-p --python --directory --project --color --config-file --extra --index --default-index"
    " --override --overrides --requirements --constraints --link-mode --exclude-newer --resolution"
    " --prerelease --index-strategy --python-preference --fork-strategy --keyring-provider"
    " --build-constraint --build-constraints --torch-backend --python-platform",
)

# `uv sync` installs the group `dev`, and those that the project names, not all that there are; an
# extra called `dev` is none of them.
_DEFAULT_GROUPS = re.compile(
    rb"(?m)^[^\S\n]*+(?:dev-dependencies|default-groups)\s*="
    rb"|^\[dependency-groups\][^\n]*+\n(?:(?!\[|[^\S\n]*+\"?dev\"?\s*=)[^\n]*+\n)*+[^\S\n]*+\"?dev\"?\s*="
)

# `--no-dev` leaves out the group `dev` alone.
_OTHER_DEFAULTS = re.compile(
    rb"(?m)^[^\S\n]*+default-groups\s*=(?!\s*\[\s*[\"']dev[\"']\s*,?\s*\])"
)

manager = Manager(
    name="uv",
    commands=("uv",),
    verbs=(
        *installs("pip install", packages=True, project="operands"),
        *installs("pip sync", lists=True),
        *installs(
            "add", packages=True, files=("pyproject.toml", "uv.lock", "uv.toml", ".python-version")
        ),
        *installs(
            "sync",
            files=("pyproject.toml", "uv.lock", "uv.toml", ".python-version"),
            locked=False,
            project=".",
        ),
        # It installs what is missing, which is nothing after a `uv sync`.
        *installs(
            "run",
            files=("pyproject.toml", "uv.lock", "uv.toml", ".python-version"),
            locked=False,
            project=".",
            cached=False,
            without=words("--no-project"),
        ),
        *installs("tool install|tool upgrade", packages=True, everywhere=True),
        *verbs(BUILD, "build", files=("pyproject.toml",), project="."),
        *verbs(REMOVE, "pip uninstall|tool uninstall|remove", packages=True),
        *verbs(CLEAN, "cache clean|cache prune|clean"),
    ),
    language="python",
    grammar=python,
    dry=words("--dry-run"),
    values=_PIP_VALUES
    | words(
        "--package --with --with-requirements --with-editable --no-install-package --group"
        " --only-group --no-group --no-extra --env-file -m --module",
    ),
    editable=EDITABLE,
    reads=(
        "-r",
        "--requirement",
        "--requirements",
        "-c",
        "--constraint",
        "--constraints",
        "--override",
        "--overrides",
        "--with-requirements",
    ),
    groups_in="pyproject.toml",
    directories=("--directory", "--project"),
    offline=words("--no-sync"),
    no_project=words("--no-install-project --no-install-workspace --no-install-local --only-group"),
    apart=(Flag("--no-install-project", words("sync"), widest="--no-install-workspace"),),
    lock_files=("uv.lock",),
    held_by="--locked",
    keeps_to_lock=True,
    locked=words("--locked --frozen --require-hashes"),
    locked_variables=("UV_LOCKED", "UV_FROZEN"),
    dev=words("--dev --all-groups"),
    no_dev=words("--no-dev --no-default-groups --only-group --no-group=dev"),
    no_dev_variables=("UV_NO_DEV", "UV_NO_DEFAULT_GROUPS"),
    dev_default=True,
    development=DEVELOPMENT._replace(
        mark=_DEFAULT_GROUPS,
        omit=Flag("--no-dev", INSTALLING),
        unfit=_OTHER_DEFAULTS,
        advice="leave out the groups for development with `--no-default-groups` or `--no-group`",
    ),
    caches=(
        Cache(
            "cache",
            ("$HOME/.cache/uv",),
            named=("$UV_CACHE_DIR", f"{XDG_CACHE}/uv"),
            flags=("--cache-dir",),
            off=words("--no-cache --no-cache-dir -n"),
            off_variables=("UV_NO_CACHE",),
        ),
    ),
    stores=("site-packages", "venv"),
    renewed_by=words("--compile-bytecode --compile UV_COMPILE_BYTECODE"),
    no_cache=Flag("--no-cache", words("install sync add"), shortest="--no-c"),
    at_hand=WHEELS,
    outside=True,
    configured_by=("uv.toml",),
    pinnable=True,
    for_interpreter=True,
    project_folder=".venv",
    project_folder_variable="UV_PROJECT_ENVIRONMENT",
    constraints=CONSTRAINTS,
    constraint_variables=CONSTRAINT_VARIABLES,
    revision=revision,
)
