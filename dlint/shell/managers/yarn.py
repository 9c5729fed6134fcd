"""yarn, classic and since version 2: Node's packages."""

from __future__ import annotations

from dlint.shell.managers.manager import (
    XDG_CACHE,
    Cache,
    Loading,
    Manager,
    Verb,
    installs,
    verbs,
    words,
)
from dlint.shell.managers.node_family import DEVELOPMENT, LAUNCHERS, PRODUCTION, node, revision
from dlint.shell.managers.words import CLEAN, INSTALL, REMOVE

_FILES = (
    "package.json",
    "yarn.lock",
    ".yarnrc",
    ".yarnrc.yml",
    ".npmrc",
    ".yarn/**",
    ".pnp.cjs",
    ".pnp.loader.mjs",
)

manager = Manager(
    name="yarn",
    commands=("yarn", "yarnpkg"),
    verbs=(
        *installs("install|workspaces focus", files=_FILES, locked=False),
        Verb("", INSTALL, files=_FILES, locked=False, without=words("-v --version -h --help")),
        *installs("add|up|upgrade|upgrade-interactive", packages=True, files=_FILES, locked=False),
        *installs("global add|global upgrade", packages=True, everywhere=True),
        *verbs(REMOVE, "remove|global remove", packages=True),
        *verbs(CLEAN, "cache clean|cache clear"),
    ),
    part="workspace",
    language="node",
    launchers=dict.fromkeys(LAUNCHERS, words("yarn")),
    grammar=node,
    values=words(
        "--cwd --cache-folder --modules-folder --global-folder --network-timeout"
        " --network-concurrency --registry --prefix --mutex --use-yarnrc --offline-mirror --mode",
    ),
    directories=("--cwd",),
    settings=dict.fromkeys(("cache-folder", "cacheFolder"), "YARN_CACHE_FOLDER"),
    lock_files=("yarn.lock",),
    held_by="--frozen-lockfile",
    keeps_to_lock=True,
    locked=words("--frozen-lockfile --immutable --immutable-cache"),
    unlocked=words("--no-frozen-lockfile --no-immutable"),
    locked_variables=("YARN_ENABLE_IMMUTABLE_INSTALLS",),
    dev=words("--production=false"),
    no_dev=words("--production --prod --production=true"),
    no_dev_variables=PRODUCTION,
    dev_default=True,
    development=DEVELOPMENT,
    caches=(
        Cache(
            "cache",
            ("root:/usr/local/share/.cache/yarn", "$HOME/.cache/yarn", "$HOME/.yarn/berry/cache"),
            named=("$YARN_CACHE_FOLDER", "$YARN_GLOBAL_FOLDER/cache", f"{XDG_CACHE}/yarn"),
            flags=("--cache-folder",),
        ),
    ),
    stores=("node_modules",),
    renewed_by=frozenset(),
    cleanup="{} cache clean",
    loading=Loading(  # from version 2 on
        ".yarnrc.yml", b"node-modules", words("--immutable --immutable-cache focus")
    ),
    configured_by=(".npmrc", ".yarnrc", ".yarnrc.yml"),
    pinnable=True,
    revision=revision,
)
