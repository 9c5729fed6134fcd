"""bun: Node's packages."""

from __future__ import annotations

from dlint.shell.managers.manager import INSTALLING, Cache, Flag, Manager, installs, verbs, words
from dlint.shell.managers.node_family import DEVELOPMENT, MANIFESTS, node, revision
from dlint.shell.managers.words import CLEAN, REMOVE

_FILES = (*MANIFESTS, "bun.lock", "bun.lockb", "bunfig.toml", "patches/**")

manager = Manager(
    name="bun",
    commands=("bun",),
    verbs=(
        *installs("install|i", packages=True, bare=True, files=_FILES, locked=False),
        *installs("ci", files=_FILES, locked=True),
        *installs("add|a|update", packages=True, files=_FILES, locked=False),
        *verbs(REMOVE, "remove|rm", packages=True),
        *verbs(CLEAN, "pm cache rm"),
    ),
    language="node",
    grammar=node,
    values=words("--cwd --cache-dir --registry --backend --filter --omit --config -c"),
    directories=("--cwd",),
    everywhere=("-g", "--global"),
    lock_files=("bun.lock", "bun.lockb"),
    held_by="--frozen-lockfile",
    keeps_to_lock=True,
    locked=words("--frozen-lockfile -p --production"),  # the last two freeze it as well
    unlocked=words("--no-frozen-lockfile"),
    no_dev=words("-p --production --omit=dev"),
    no_dev_variables=("NODE_ENV=production",),
    dev_default=True,
    development=DEVELOPMENT._replace(omit=Flag("--production", INSTALLING)),
    caches=(
        Cache(
            "cache",
            ("$HOME/.bun/install/cache",),
            named=("$BUN_INSTALL_CACHE_DIR", "$BUN_INSTALL/install/cache"),
            flags=("--cache-dir",),
            off=words("--no-cache"),
            linked=True,
            copied=words("--backend=copyfile"),
        ),
    ),
    stores=("node_modules",),
    configured_by=("bunfig.toml",),
    pinnable=True,
    revision=revision,
)
