"""Owners as commands and the flags of COPY name them."""

from __future__ import annotations

import re
from functools import lru_cache

_UNKNOWN = "$"  # a variable that nobody has set, as it is written


@lru_cache(256)  # each chown of many COPYs asks for the same few
def owner(text: str) -> tuple[str, str]:
    """Return user and group, `0` as root; each may be empty."""
    user, _, group = re.sub(r"\b0\b", "root", text).partition(":")
    return user, group


def owner_copied(given: str | None) -> tuple[str, str]:
    """Return whose files a `--chown` makes those of a COPY, None where variables in it are not
    known: a number is the group's, too, while a name has the group that /etc/passwd says (read in
    BuildKit's sources).
    """
    if given is None:
        return _UNKNOWN, _UNKNOWN
    user, group = owner(given)
    is_seen = user == "root" or user.isdecimal()
    return user, group or (user if is_seen else _UNKNOWN)


def may_be(wanted: str, own: str) -> bool:
    """Tell whether an account is the one that owns a file, or may be: a number is some name's, and
    the base image says whose, as it may say what a variable is; that of root is known.
    """
    if wanted in {"", own}:
        return True
    if "root" in {wanted, own}:
        return False
    is_unknown = _UNKNOWN in wanted or _UNKNOWN in own
    return is_unknown or wanted.isdecimal() is not own.isdecimal()
