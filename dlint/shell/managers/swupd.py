"""swupd: the bundles of Clear Linux."""

from __future__ import annotations

from dlint.shell.managers.manager import Cache, Manager, installs, verbs, words
from dlint.shell.managers.words import CLEAN, REMOVE

manager = Manager(
    name="swupd",
    commands=("swupd",),
    verbs=(
        *installs("bundle-add", packages=True),
        *installs("update", upgrade=True),
        *installs("os-install"),
        *verbs(REMOVE, "bundle-remove", packages=True),
        *verbs(CLEAN, "clean"),
    ),
    is_system=True,
    values=words(
        "-p -u -P -c -v -F -S -C -V -B --path --url --port --contenturl --versionurl --format"
        " --statedir --statedir-cache --certpath --version --manifest --bundles --max-retries"
        " --retry-delay"
    ),
    caches=(
        Cache(
            "cache",
            ("/var/lib/swupd", "/var/cache/swupd"),  # the second since swupd 4.2
            flags=("-S", "--statedir"),
        ),
    ),
    cleanup="{} clean --all",
)
