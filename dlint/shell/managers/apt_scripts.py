"""Scripts that install with apt: they refresh, install and clean in one go.

They are of bitnami/minideb, Kubernetes' debian-base, phusion/baseimage and gitpod/workspace-base,
or of one's own.
"""

from __future__ import annotations

from dlint.shell.managers.debian_family import debian
from dlint.shell.managers.manager import Manager, installs

_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108  what the scripts empty

manager = Manager(
    name="apt",
    commands=(
        "install_packages",
        "clean-install",
        "install_clean",
        "install-packages",
        "apt-install",
        "apt_install",
    ),
    verbs=installs("", packages=True),
    is_system=True,
    grammar=debian,
    # Each runs `apt-get update`, `apt-get install`, and deletes what is in /var/lib/apt/lists.
    scripts={
        "install_packages": (),  # minideb: and /var/cache/apt/archives
        "clean-install": _TEMPORARY,  # debian-base: and /var/cache/debconf, /var/log
        "install_clean": (),  # baseimage: and what `apt-get clean` does
        "install-packages": _TEMPORARY,  # workspace-base: and /var/cache/debconf
        # of one's own
        "apt-install": None,
        "apt_install": None,
    },
)
