"""Fixes that make the ignore file leave more of the context out."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

from dlint.context.ignore import NAME
from dlint.findings import Fix
from dlint.fixes.moving import insertion
from dlint.text.source import Edit, Span
from dlint.text.units import listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlint.context import IgnoreFile
    from dlint.findings import Safety
    from dlint.model.build import Build


SHOWN = 5  # names in a title


def leave_out(build: Build, patterns: Iterable[str], safety: Safety, title: str = "") -> Fix | None:
    """Add `patterns` at the end of the ignore file that holds, where they have the last word.

    The file is made where there is none; None where the context is no folder. The title names the
    patterns, the first of many, unless another is given.
    """
    root = getattr(build.context, "root", None)
    if root is None:
        return None
    added = list(dict.fromkeys(patterns))
    edit = _edit(build.context.ignore, root, added)
    return Fix(title or _title(build, added), (edit,), safety)


def _title(build: Build, added: Iterable[str]) -> str:
    quoted = [f"`{each}`" for each in added]
    names = ", ".join(quoted) if len(quoted) <= SHOWN else listed(quoted, SHOWN)
    if build.context.ignore is None:
        return f"create {_created(build)} with {names}"
    return f"add {names} to the ignore file"


def _created(build: Build) -> str:
    """Name the ignore file that there is none of, and its folder, the build context, where people
    may look for it elsewhere.
    """
    folder = build.context_folder
    if folder in {"", "."}:
        is_elsewhere = bool(folder and posixpath.dirname(build.path))
        return f"a `{NAME}`" + " in the root of the repository" * is_elsewhere
    return f"`{posixpath.join(folder, NAME)}`"


def _edit(ignore: IgnoreFile | None, root: str, patterns: list[str]) -> Edit:
    newline = ignore.source.newline if ignore else "\n"
    lines = "".join(f"{pattern}{newline}" for pattern in patterns)
    if ignore is None:
        return Edit(Span(0, 0), lines, NAME)
    edit = insertion(ignore.source, len(ignore.source.text), lines)
    return edit._replace(path=os.path.relpath(ignore.source.path, root))
