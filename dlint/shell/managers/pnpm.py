"""pnpm: Node's packages, linked from one store."""

from __future__ import annotations

from dlint.shell.managers.manager import INSTALLING, Cache, Flag, Manager, installs, verbs, words
from dlint.shell.managers.node_family import (
    DEVELOPMENT,
    LAUNCHERS,
    MANIFESTS,
    PRODUCTION,
    node,
    revision,
)
from dlint.shell.managers.words import CLEAN, REMOVE

_FILES = (*MANIFESTS, "pnpm-lock.yaml", "pnpm-workspace.yaml", ".pnpmfile.cjs", "patches/**")

manager = Manager(
    name="pnpm",
    commands=("pnpm",),
    verbs=(
        *installs("install|i", packages=True, bare=True, files=_FILES, locked=False),
        *installs(
            "fetch",
            files=("pnpm-lock.yaml", "pnpm-workspace.yaml", ".npmrc", "patches/**"),
            locked=True,
        ),
        *installs("add|update|up|upgrade", packages=True, files=_FILES, locked=False),
        *installs("deploy"),  # its operand is the folder that a project of the workspace goes to
        *verbs(REMOVE, "remove|rm|uninstall|un|prune", packages=True),
        *verbs(CLEAN, "store prune|cache delete"),
    ),
    language="node",
    launchers=dict.fromkeys(LAUNCHERS, words("pnpm")),
    grammar=node,
    values=words(
        "-C --dir --store-dir --registry --filter -F --reporter --loglevel --lockfile-dir"
        " --virtual-store-dir --node-linker --network-concurrency --workspace-concurrency",
    ),
    directories=("-C", "--dir"),
    everywhere=("-g", "--global"),
    settings={"store-dir": "npm_config_store_dir"},
    lock_files=("pnpm-lock.yaml",),
    held_by="--frozen-lockfile",
    keeps_to_lock=True,  # `prefer-frozen-lockfile` is its default
    locked=words("--frozen-lockfile --offline"),  # which has nothing to resolve anew with: it fails
    unlocked=words("--no-frozen-lockfile"),
    locked_variables=("CI",),
    dev=words("-D --dev"),
    no_dev=words("-P --prod --production"),
    no_dev_variables=PRODUCTION,
    dev_default=True,
    development=DEVELOPMENT._replace(omit=Flag("--prod", INSTALLING)),
    caches=(
        Cache(
            "cache",
            ("$HOME/.local/share/pnpm/store", "$HOME/.pnpm-store"),
            named=(
                "$npm_config_store_dir",
                "$NPM_CONFIG_STORE_DIR",
                "$PNPM_HOME/store",
                "$XDG_DATA_HOME/pnpm/store",
            ),
            flags=("--store-dir",),
            core=("v3", "v10"),  # by the version of the store
            linked=True,
            copied=words("--package-import-method=copy"),
        ),
    ),
    stores=("node_modules",),
    prefetch="pnpm fetch",
    configured_by=(".npmrc",),
    pinnable=True,
    prunes=True,
    revision=revision,
)
