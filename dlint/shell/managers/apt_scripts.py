"""Scripts that install with apt: they refresh, install and clean in one go.

They are of bitnami/minideb, Kubernetes' debian-base, phusion/baseimage and gitpod/workspace-base,
or of one's own.
"""

from __future__ import annotations

from dlint.shell.managers.debian_family import debian
from dlint.shell.managers.manager import Manager, installs

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
)
