"""Edits that make the ignore file leave more of the context out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dlint.context.ignore import NAME
from dlint.fixes.moving import insertion
from dlint.text.source import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlint.model.build import Build


def leave_out(build: Build, patterns: Iterable[str]) -> tuple[Edit, ...]:
    """Return edits that add `patterns` at the end of the ignore file that holds, where they have
    the last word.

    The file is made where there is none. No edits where the context is no folder.
    """
    root = getattr(build.context, "root", None)
    if root is None:
        return ()
    ignore = build.context.ignore
    newline = ignore.source.newline if ignore else "\n"
    lines = "".join(f"{pattern}{newline}" for pattern in patterns)
    if ignore is None:
        return (Edit(Span(0, 0), lines, NAME),)
    edit = insertion(ignore.source, len(ignore.source.text), lines)
    return (edit._replace(path=os.path.relpath(ignore.source.path, root)),)
