"""apk: the packages of Alpine."""

from __future__ import annotations

import re

from dlint.shell.managers.manager import ALWAYS, Cache, Flag, Manager, installs, verbs, words
from dlint.shell.managers.words import REFRESH, REMOVE
from dlint.shell.packages import Spec


def _package(text: str) -> Spec:
    if text.endswith(".apk"):
        return Spec(text, kind="path")
    name, operator, version = re.match(r"([^=<>~@]*)([=<>~]*)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    return Spec(name, (operator if operator != "=" else "") + version, operator == "=")


manager = Manager(
    name="apk",
    commands=("apk", "xx-apk"),
    verbs=(
        *installs("add", packages=True),
        *installs("upgrade", upgrade=True),
        *verbs(REFRESH, "update"),
        *verbs(REMOVE, "del", packages=True),
        # No `cache clean`: it takes archives of packages alone, and leaves each index
        # (https://gitlab.alpinelinux.org/alpine/apk-tools/-/blob/2.14-stable/src/app_cache.c).
    ),
    is_system=True,
    grammar=_package,
    values=words(
        "-t --virtual -X --repository -p --root --arch --keys-dir --repositories-file --wait"
        " --cache-dir --cache-max-age",
    ),
    group=("-t", "--virtual"),
    dry=words("-s --simulate"),
    refreshing=("-U", "--update", "--update-cache"),
    # Since apk-tools 2.8 an install fetches the index itself where there is none, and leaves it. A
    # folder /etc/apk/cache, or a link of that name, takes its place.
    caches=(
        Cache(
            "index",
            ("/var/cache/apk", "/etc/apk/cache"),
            flags=("--cache-dir",),
            filled=ALWAYS,
            off=words("--no-cache --no-network"),
        ),
    ),
    no_cache=Flag("--no-cache", words("add upgrade"), images={"alpine": "3.3"}, shortest="--no-c"),
    cleanup="rm -rf /var/cache/apk/*",
    keeps_index=True,  # for four hours: --cache-max-age
)
