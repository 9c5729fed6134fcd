"""apt: the packages of Debian and Ubuntu."""

from __future__ import annotations

from dlint.shell.managers.debian_family import debian
from dlint.shell.managers.manager import Cache, Manager, installs, verbs, words
from dlint.shell.managers.words import CLEAN, DOCKER_CLEAN, REFRESH, REMOVE

manager = Manager(
    name="apt",
    commands=("apt", "apt-get", "aptitude", "apt-fast", "xx-apt", "xx-apt-get", "goxx-apt-get"),
    verbs=(
        *installs("install|reinstall|build-dep|satisfy", packages=True),
        *installs("upgrade|dist-upgrade|full-upgrade|safe-upgrade|dselect-upgrade", upgrade=True),
        *verbs(REFRESH, "update"),
        *verbs(REMOVE, "remove|purge|autoremove|autopurge|auto-remove", packages=True),
        *verbs(CLEAN, "clean|autoclean|auto-clean", cleans=("cache",)),
        *verbs(CLEAN, "distclean|dist-clean"),
    ),
    is_system=True,
    grammar=debian,
    values=words(
        "-o -t -c -a --option --target-release --default-release --config-file --host-architecture"
    ),
    refreshing=("-U", "--update"),
    also_fetch_index=("add-apt-repository", "apt-add-repository"),  # software-properties 0.96.24
    dry=words("-s --simulate --just-print --dry-run --recon --no-act --print-uris"),
    caches=(
        Cache(
            "index", ("/var/lib/apt/lists",), filled=frozenset([REFRESH]), called="package lists"
        ),
        Cache(
            "cache",
            ("/var/cache/apt",),
            core=("archives",),
            dormant=DOCKER_CLEAN,
            tidy=words("apt"),  # unless Binary::apt::APT::Keep-Downloaded-Packages is set
            cleanup="apt-get clean",
        ),
    ),
    cleanup="rm -rf /var/lib/apt/lists/*",
    alone_in=words(
        "/var/cache /var/cache/apt /var/cache/apt/archives /var/lib /var/lib/apt /var/lib/apt/lists"
    ),
    needs_index=True,
    shares_index=True,
    reuses_index=True,
)
