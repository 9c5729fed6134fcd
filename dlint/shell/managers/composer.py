"""composer: PHP's packages."""

from __future__ import annotations

import re

from dlint.shell.managers.manager import (
    INSTALLING,
    XDG_CACHE,
    Cache,
    Development,
    Flag,
    Manager,
    installs,
    verbs,
    words,
)
from dlint.shell.managers.words import CLEAN, REMOVE
from dlint.shell.packages import FULL_VERSION, Spec, is_path, split
from dlint.text.patterns import regex


def _package(text: str) -> Spec:
    if "/" not in text or is_path(text):  # of the platform, as `php` and `ext-gd` are
        return Spec(text, kind="path")
    return split(text.replace("=", ":"), ":", exact=FULL_VERSION)


manager = Manager(
    name="composer",
    commands=("composer", "composer.phar"),
    verbs=(
        *installs(
            "install|i",
            files=("composer.json", "composer.lock", "auth.json", "symfony.lock"),
            locked=True,
        ),
        *installs(
            "update|u|upgrade",
            packages=True,
            files=("composer.json", "composer.lock", "auth.json"),
            locked=False,
        ),
        *installs(
            "require|r|req", packages=True, files=("composer.json", "composer.lock"), locked=False
        ),
        *installs("global require", packages=True, everywhere=True),
        *installs("create-project", packages=True, everywhere=True, version_at=2),
        *verbs(REMOVE, "remove|global remove", packages=True),
        *verbs(CLEAN, "clear-cache|clearcache|cc"),
    ),
    # its scripts, and the list of classes, may need the project's source
    apart=(Flag("--no-scripts"), Flag("--no-autoloader")),
    launchers={"php": words("composer composer.phar")},
    grammar=_package,
    dry=words("--dry-run"),
    values=words(
        "-d --working-dir --prefer-install --ignore-platform-req --repository --stability -s"
        " --apcu-autoloader-prefix",
    ),
    directories=("-d", "--working-dir"),
    settings={"cache-dir": "COMPOSER_CACHE_DIR"},
    lock_files=("composer.lock",),
    held_by="composer install",
    no_dev=words("--no-dev"),
    no_dev_variables=("COMPOSER_NO_DEV",),
    dev_default=True,
    development=Development(
        "composer.json",
        re.compile(rb'"require-dev"\s*:\s*\{\s*"'),
        regex(r"\b(?:phpunit|pest|composer\s+(?:run|test|exec)|make)\b"),
        Flag("--no-dev", INSTALLING),
        re.compile(rb'"require"\s*:\s*\{\s*"'),
    ),
    caches=(
        Cache(
            "cache",
            ("$HOME/.composer/cache", "$HOME/.cache/composer"),
            named=("$COMPOSER_CACHE_DIR", "$COMPOSER_HOME/cache", f"{XDG_CACHE}/composer"),
            set_by_images=True,  # its own image has `COMPOSER_HOME=/tmp`
            off=words("--no-cache"),
        ),
    ),
    stores=("vendor",),
    cleanup="{} clear-cache",
    pinnable=True,
    project_folder="vendor",
)
