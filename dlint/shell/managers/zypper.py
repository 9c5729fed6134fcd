"""zypper: the packages of SUSE."""

from __future__ import annotations

import re

from dlint.shell.managers.manager import ALWAYS, Cache, Manager, installs, verbs, words
from dlint.shell.managers.words import CLEAN, REFRESH, REMOVE
from dlint.shell.packages import Spec


def _package(text: str) -> Spec:
    if text.endswith(".rpm"):
        return Spec(text, kind="path")
    match = re.match(r"([^=<>]*)([=<>]*)(.*)", text, re.DOTALL)
    return Spec(match[1], match[2] + match[3], match[2] in {"=", "=="}) if match else Spec(text)


manager = Manager(
    name="zypper",
    commands=("zypper",),
    verbs=(
        *installs("install|in|install-new-recommends|source-install|si", packages=True),
        *installs("update|up|dist-upgrade|dup|patch", packages=True, upgrade=True),
        *verbs(REFRESH, "refresh|ref"),
        *verbs(REMOVE, "remove|rm", packages=True),
        *verbs(CLEAN, "clean|cc"),
    ),
    is_system=True,
    grammar=_package,
    values=words(
        "-t -r -p --type --repo --from --name --root --installroot --plus-repo --plus-content"
    ),
    caches=(Cache("cache", ("/var/cache/zypp",), filled=ALWAYS),),
    cleanup="{} clean --all",
    needs_index=True,
    reuses_index=True,
)
