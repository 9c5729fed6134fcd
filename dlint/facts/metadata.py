"""Owner and mode that a COPY gives its files by itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlint.syntax import Transfer

if TYPE_CHECKING:
    from dlint.facts.stored import Stored
    from dlint.model.build import Build
    from dlint.shell import Rewrite


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
