"""pecl: PHP's extensions."""

from __future__ import annotations

from dlint.shell.managers.manager import Cache, Manager, installs, verbs, words
from dlint.shell.managers.words import CLEAN, REMOVE
from dlint.shell.packages import Spec, is_path, split


def _package(text: str) -> Spec:
    if is_path(text) or text.endswith((".tgz", ".xml")):
        return Spec(text, kind="path")
    return split(text, "-")


manager = Manager(
    name="pecl",
    commands=("pecl", "pear"),
    verbs=(
        *installs("install", packages=True),
        *verbs(REMOVE, "uninstall", packages=True),
        *verbs(CLEAN, "clear-cache"),
    ),
    grammar=_package,
    values=words(
        "-C -D -P -R -c -d -u --configureoptions --installroot --packagingroot --remoteconfig"
    ),
    quiet=True,
    caches=(Cache("cache", ("/tmp/pear",)),),  # noqa: S108  where pecl keeps its downloads
    pinnable=True,
)
