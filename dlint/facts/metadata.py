"""What commands that set owner, mode, time or name change of what steps have stored, and which of
it a COPY could have set by itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlint.model.tree import within
from dlint.syntax import Transfer
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from dlint.facts.stored import Stored
    from dlint.model.build import Build
    from dlint.shell import Rewrite

_HEAVY = frozenset(("clone", "fetch", "install", "stage", "unpack"))
_WEIGHTY = regex(
    r"\.(?:t?[gx]z|tar|tbz2?|bz2|zst|zip|deb|rpm|apk|whl|[jew]ar|iso|7z|exe|so[\d.]*)\Z"
)
# What is small by its name: scripts, settings, certificates, starters.
_LIGHT = regex(
    r"\A/etc/(?!.*\.jar\Z)|\.(?:sh|bash|py|pl|conf|cfg|list|txt|md|json|ya?ml|toml|ini|asc|gpg|key|pem|crt)\Z"
    r"|(?:entrypoint|init|start|run|tini|wait|certs|certificates)[^/]*\Z"
)


def changes(rewrite: Rewrite, path: str, stored: Stored) -> bool:
    """Tell whether a command that changes `path` changes something of weight of what was stored;
    where the context does not hold the files, names alone tell.
    """
    if stored.arrival is None:
        return _changes_made(rewrite, path, stored)
    if not stored.arrival.known:
        return _changes_unseen(rewrite, path, stored)
    return bool(stored.files_under(path) if rewrite.recursive else path in stored.arrival.files)


def _changes_made(rewrite: Rewrite, path: str, stored: Stored) -> bool:
    """Tell it of what a RUN or another stage made."""
    if stored.how not in _HEAVY or stored.path is None or _LIGHT.search(stored.path):
        return False
    if rewrite.recursive:
        return within(stored.path, path)
    if stored.path == path and not stored.tree:
        return True
    return stored.has_program(path) and not _LIGHT.search(path)


def _changes_unseen(rewrite: Rewrite, path: str, stored: Stored) -> bool:
    """Tell it of what was copied, and is not there now."""
    if stored.path is None:
        return False
    if stored.path != path and not (rewrite.recursive and within(stored.path, path)):
        return False
    if stored.tree:
        return rewrite.recursive and rewrite.how != "cp" and not _LIGHT.search(stored.path)
    return _WEIGHTY.search(stored.path) is not None


def gives_already(build: Build, rewrite: Rewrite, stored: Stored) -> bool:
    """Tell whether the COPY that stored something gave it the owner or mode that a command sets."""
    copy = stored.instruction
    if not isinstance(copy, Transfer) or rewrite.value is None:
        return False
    match rewrite.how:
        case "chmod":
            mode = build.expand(copy, copy.chmod) if copy.chmod else None
            return mode is not None and mode.lstrip("0") == rewrite.value.lstrip("0")
        case "chown":
            given = build.expand(copy, copy.chown) if copy.chown else None
            own_user, own_group = _owner(given or "root:root")
            user, group = _owner(rewrite.value.replace(".", ":"))
            return user in {"", own_user} and group in {"", own_group or own_user}
    return False


def _owner(text: str) -> tuple[str, str]:
    """Return user and group, `0` as root; each may be empty."""
    user, _, group = re.sub(r"\b0\b", "root", text).partition(":")
    return user, group
