"""npm: Node's packages."""

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

manager = Manager(
    name="npm",
    commands=("npm",),
    verbs=(
        *installs(
            "install|i|add|in|isntall",
            packages=True,
            bare=True,
            # from npm 7 on it reads Yarn's where there is none of its own
            files=(*MANIFESTS, "package-lock.json", "npm-shrinkwrap.json", "yarn.lock"),
            locked=False,
        ),
        *installs(
            "ci|clean-install|install-clean",
            files=(*MANIFESTS, "package-lock.json", "npm-shrinkwrap.json"),
            locked=True,
        ),
        *installs(
            "update|upgrade|up",
            packages=True,
            bare=True,
            files=(*MANIFESTS, "package-lock.json"),
            locked=False,
            upgrade=True,
        ),
        *verbs(REMOVE, "uninstall|remove|rm|r|un|unlink|prune", packages=True),
        *verbs(CLEAN, "cache clean|cache clear|cache rm"),
    ),
    language="node",
    launchers=dict.fromkeys(LAUNCHERS, words("npm")),
    grammar=node,
    dry=words("--dry-run"),
    values=words(
        "-C -w --prefix --cache --registry --workspace --loglevel --omit --include --only"
        " --install-strategy --tag --userconfig --globalconfig --fetch-retries --fetch-timeout"
        " --maxsockets",
    ),
    directories=("-C", "--prefix"),
    everywhere=("-g", "--global", "--location"),
    settings={"cache": "npm_config_cache"},
    lock_files=("package-lock.json", "npm-shrinkwrap.json"),
    held_by="npm ci",
    keeps_to_lock=True,
    dev=words("--include=dev --dev --also=dev --production=false"),
    no_dev=words("--omit=dev --production --only=prod --only=production --prod --production=true"),
    no_dev_variables=PRODUCTION,
    dev_default=True,
    development=DEVELOPMENT._replace(
        omit=Flag(
            "--omit=dev", INSTALLING, since="7", images={"node": "15"}, before="--only=production"
        )
    ),
    caches=(
        Cache(
            "cache",
            ("$HOME/.npm",),
            named=("$npm_config_cache", "$NPM_CONFIG_CACHE"),
            flags=("--cache",),
            core=("_cacache",),
        ),
    ),
    stores=("node_modules",),
    renewed_by=frozenset(),
    cleanup="{} cache clean --force",
    configured_by=(".npmrc",),
    pinnable=True,
    prunes=True,
    revision=revision,
    unheld=(((0,), (5,)), ((5,), (8, 12)), ((9,), (10, 3))),  # it is older than 5.7: no `npm ci`
)
