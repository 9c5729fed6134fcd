"""What dnf and rpm share."""

from __future__ import annotations

from dlint.shell.packages import Spec, is_path
from dlint.text.patterns import regex

_VERSIONED = regex(r"(.+?)-(\d[\w.+~^]*(?:-\d[\w.+~^*]*)?(?:\.\w+)?)\Z")


def redhat(text: str) -> Spec:
    """Read `name-version-release.arch`, `./file.rpm`."""
    if is_path(text) or text.endswith(".rpm"):
        return Spec(text, kind="path")
    match = _VERSIONED.match(text)
    return (
        Spec(match[1], match[2], "-" in match[2] and "*" not in match[2]) if match else Spec(text)
    )
