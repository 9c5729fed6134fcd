"""How much installs fetch, so far as lists and lock files in the context tell: guesses from what was measured."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlint.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.layers.build import Build
    from dlint.shell import Install

# Compressed bytes. pip 25: the wheels of one package and all that it needs, the median of fourteen popular ones (0.3 to
# 61 MB).
PIP_PACKAGE = 3_800_000
# npm 11: one named package and all that it needs, the median of nine popular ones (0.5 to 140 MB); and the mean of one
# package that a lock file names, without the two largest.
NPM_PACKAGE, NPM_LOCKED = 7_900_000, 70_000
_REQUIREMENT = regex(rb"^[A-Za-z0-9]", re.MULTILINE)


def fetched(build: Build, installs: Sequence[Install]) -> int | None:
    """Return about how many bytes pip or npm fetches for `installs` of one of them; None where nothing tells.

    In a layer they take up as many again: wheels and npm's tarballs are compressed as a layer is (within 10 % for npm,
    a quarter more for pip, which adds byte code).
    """
    managers = {each.manager for each in installs}
    named = sum(len(each.packages) for each in installs)
    if managers == {"pip"}:
        listed = sum(len(_REQUIREMENT.findall(text)) for text in _manifests(build, installs, "requirements"))
        return (named + listed) * PIP_PACKAGE or None
    if managers == {"npm"}:
        locks = _manifests(build, installs, "package-lock.json")
        return named * NPM_PACKAGE or sum(text.count(b'"node_modules/') for text in locks) * NPM_LOCKED or None
    return None


def _manifests(build: Build, installs: Sequence[Install], part: str) -> Iterator[bytes]:
    """Yield the context's files that the installs read, by the names that they have in the image."""
    names = {place.form.rpartition("/")[2] for each in installs for place in each.manifests if part in place.form}
    for path, entry in build.context.entries.items():
        if path.rpartition("/")[2] in names and entry.kind == "file":
            names.discard(path.rpartition("/")[2])
            yield build.context.read(path)
