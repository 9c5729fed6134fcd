"""dnf, its predecessor yum and its smaller kin: the packages of Fedora and what is made of it."""

from __future__ import annotations

from dlint.shell.managers.manager import ALWAYS, Cache, Manager, installs, verbs, words
from dlint.shell.managers.redhat_family import redhat
from dlint.shell.managers.words import CLEAN, REFRESH, REMOVE
from dlint.text.patterns import regex
from dlint.text.safe import number

# Where each of those that are called dnf or yum keeps its downloads.
_YUM, _DNF, _DNF5 = "/var/cache/yum", "/var/cache/dnf", "/var/cache/libdnf5"
_OWN = {"microdnf": _YUM, "tdnf": "/var/cache/tdnf", "dnf5": _DNF5}
_ENTERPRISE = regex(
    r"(?:centos|almalinux|rocky(?:linux)?|oraclelinux|ubi|rhel|amazonlinux)[^\d@]{0,80}(\d+)"
)
_FEDORA = regex(r"fedora(?::(?:(\d+)|latest|rawhide))?$")
# Releases of Fedora, and of what is made of Red Hat's (Amazon's 2 is older than its 2023).
_FIRST_DNF5, _LAST_YUM = 41, 7


def _used_on(program: str, image: str) -> frozenset[str]:
    """Return the folders that a program may use on an image: its own, where the image's name tells
    the release.
    """
    return frozenset(("/var/cache", *_folders(program, image)))


def _folders(program: str, image: str) -> tuple[str, ...]:
    if program in _OWN:
        return (_OWN[program],)
    if fedora := _FEDORA.search(image):
        return (_DNF if fedora[1] and (number(fedora[1]) or _FIRST_DNF5) < _FIRST_DNF5 else _DNF5,)
    if enterprise := _ENTERPRISE.search(image):
        return (_YUM if (number(enterprise[1]) or 0) <= _LAST_YUM else _DNF,)
    return (_YUM, _DNF, _DNF5)


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
        *installs("swap", packages=True, first=1, swaps=True),
        *verbs(REFRESH, "makecache|check-update"),
        *verbs(
            REMOVE, "remove|erase|autoremove|group remove|groupremove|module remove", packages=True
        ),
        *verbs(CLEAN, "clean all"),
    ),
    is_system=True,
    grammar=redhat,
    dry=words("--assumeno"),
    values=words(
        "-c -x -d -e -R --config --setopt --enablerepo --disablerepo --repo --repoid --installroot"
        " --releasever --exclude --excludepkgs --advisory --forcearch --nogpgcheck-for",
    ),
    caches=(
        Cache(
            "cache",
            ("/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5", "/var/cache/tdnf"),
            flags=("--setopt=cachedir",),
            filled=ALWAYS,
            located="below /var/cache",  # each program of the name has had several folders
        ),
    ),
    cleanup="{} clean all",
    keeps_index=True,  # for two days: metadata_expire
    alone_in=words("/var/cache /var/cache/yum /var/cache/dnf /var/cache/libdnf5 /var/cache/tdnf"),
    alone_on=_used_on,
)
