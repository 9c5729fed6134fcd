"""dnf, its predecessor yum and its smaller kin: the packages of Fedora and what is made of it."""

from __future__ import annotations

from dlint.shell.managers.manager import (
    ALWAYS,
    CLEAN,
    REFRESH,
    REMOVE,
    Cache,
    Manager,
    installs,
    verbs,
    words,
)
from dlint.shell.managers.redhat_family import redhat

manager = Manager(
    name="dnf",
    commands=("dnf", "dnf4", "dnf5", "yum", "microdnf", "tdnf"),
    verbs=(
        *installs(
            "install|localinstall|groupinstall|group install|reinstall|builddep|module install",
            packages=True,
        ),
        *installs(
            "upgrade|update|update-minimal|upgrade-minimal|update-to|localupdate|distro-sync|system-upgrade",
            packages=True,
            upgrade=True,
        ),
        *verbs(REFRESH, "makecache|check-update"),
        *verbs(
            REMOVE, "remove|erase|autoremove|group remove|groupremove|module remove", packages=True
        ),
        *verbs(CLEAN, "clean all"),
    ),
    is_system=True,
    grammar=redhat,
    values=words(
        "-c -x -d -e -R --config --setopt --enablerepo --disablerepo --repo --repoid --installroot"
        " --releasever --exclude --excludepkgs --advisory --forcearch --nogpgcheck-for",
    ),
    caches=(
        Cache(
            "cache",
            ("/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5", "/var/cache/tdnf"),
            filled=ALWAYS,
            located="below /var/cache",  # each program of the name has had several folders
        ),
    ),
    cleanup="{} clean all",
    alone_in=words("/var/cache /var/cache/yum /var/cache/dnf /var/cache/libdnf5 /var/cache/tdnf"),
)
