"""Where pnpm keeps its store: up to version 6 not where mounts are made for it by newer ones.

Measured, root's `pnpm store path`: pnpm 6.35 says ~/.pnpm-store/v3, 7.33, 8.15 and 9.15
~/.local/share/pnpm/store/v3, 10.34 ~/.local/share/pnpm/store/v10.
"""

from __future__ import annotations

import posixpath

from dlint.reads.context_files import Reader
from dlint.shell import CacheKept, CacheLeft
from dlint.text.paths import nested
from dlint.text.patterns import regex
from dlint.text.safe import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dlint.model.build import Build
    from dlint.model.mounts import Mounted
    from dlint.syntax import Run

_FIRST = 7  # of those that keep it in ~/.local/share
_NAMED = regex(r"\bpnpm@[v^~]?(\d+)")
_MANAGER = regex(r'"packageManager"\s{0,9}:\s{0,9}"(pnpm@\d+)')
_MOVES = regex(r"(?i)store[-_]?dir")
_SETTINGS = (".npmrc", "pnpm-workspace.yaml")
_MOST = 50  # files that are read; so many projects are of several minds


def missed_store(build: Build, run: Run, mounted: Mounted) -> CacheLeft | None:
    """Return the store of pnpm that is elsewhere than in a mount which older ones would use; None
    where nothing says that it is a newer one.
    """
    for kept in build.effects(run).of(CacheKept):
        is_meant = kept.manager == "pnpm" and kept.mount == mounted.target
        if is_meant and not nested(mounted.target, kept.path) and build.fact(_is_newer):
            facts = (kept.manager, kept.path, (kept.path,), kept.kind)
            return CacheLeft(kept.command, kept.span, *facts, linked=True, commands=(kept.command,))
    return None


def _is_newer(build: Build) -> bool:
    """Tell whether all that names a version of pnpm names a newer one, and nothing moves its store;
    a fact.
    """
    steps = [text for each in build.dockerfile.instructions for text in each.texts]
    manifests, settings = _files(build, "package.json"), _files(build, *_SETTINGS)
    if manifests is None or settings is None or any(map(_MOVES.search, (*steps, *settings))):
        return False
    told = (_MANAGER.search(each) for each in manifests)
    named = [*steps, *(each[1] for each in told if each)]
    versions = [number(digits) or 0 for text in named for digits in _NAMED.findall(text)]
    return bool(versions) and min(versions) >= _FIRST


def _files(build: Build, *names: str) -> list[str] | None:
    """Return the texts of the context's files of some names; None of too many."""
    found = [path for path in build.context.entries if posixpath.basename(path) in names]
    read = Reader(build.context).read
    return None if len(found) > _MOST else [(read(each) or b"").decode("latin-1") for each in found]
