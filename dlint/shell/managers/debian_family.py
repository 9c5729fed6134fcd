"""What apt and dpkg share."""

from __future__ import annotations

from dlint.shell.packages import Spec, is_path


def debian(text: str) -> Spec:
    """Read `name:arch=version`, `name/release`, `./file.deb`."""
    if is_path(text) or text.endswith(".deb"):
        return Spec(text, kind="path")
    name, equals, version = text.partition("=")
    name = name.partition(":")[0].partition("/")[0]
    return Spec(name, version, bool(equals) and "*" not in version)
