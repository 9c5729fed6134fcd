"""Which repositories the words of the command line mean."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.context.run_git import protocol_of
from dlint.errors import DlintError
from dlint.fleet.job import Item, Kind
from dlint.fleet.workspace import is_bare
from dlint.images import RegistrySettings
from dlint.project.contexts import repository_root
from dlint.project.discovery import PRUNED
from dlint.project.images import is_described_by
from dlint.text.repository_files import bounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

REGISTRY = "docker://"
DEEPEST = 6  # folders between the one that is named and a clone: HOST/GROUP/SUBGROUP/NAME and two
COMMENT = "#"


def items_of(words: Iterable[str], insecure: tuple[str, ...] = ()) -> list[Item]:
    """Return the repositories that words mean, each once, in the order of the words.

    A word is a clone, a folder of clones, a Compose or Bake file, a list of addresses and paths (a
    text file, one a line), an address that git clones from, or a registry (`docker://HOST/`).
    Raises DlintError.
    """
    found = (item for word in words for item in _items(word, insecure))
    return list(dict.fromkeys(found))


def _items(word: str, insecure: tuple[str, ...]) -> Iterator[Item]:
    path = Path(word)
    if word.startswith(REGISTRY):
        yield from _repositories(word, insecure)
    elif path.is_dir():
        yield from _clones(path)
    elif path.is_file() and is_described_by(word):
        place = path.parent.resolve() / path.name
        root = repository_root(place.parent)
        yield Item(Kind.CLONE, str(root), place.relative_to(root).as_posix())
    elif path.is_file():
        yield from _listed(path)
    else:
        yield _address(word)


def _address(word: str) -> Item:
    if ":" not in word:
        raise DlintError(f"{word}: no such file or folder")
    protocol_of(word)
    return Item(Kind.ADDRESS, word)


def _listed(path: Path) -> Iterator[Item]:
    """Yield what a list names; paths in it are seen from its folder. What is wrong with one of them
    is in its row.
    """
    with path.open("rb") as file:
        text = bounded(file, str(path)).decode("utf-8", "replace")
    for line in text.splitlines():
        word = line.strip()
        if not word or word.startswith(COMMENT):
            continue
        is_address = ":" in word and not (path.parent / word).exists()
        if is_address:
            yield Item(Kind.ADDRESS, word)
        else:
            yield Item(Kind.CLONE, str((path.parent / word).resolve()))


def _clones(folder: Path) -> Iterator[Item]:
    """Yield the clones in and below a folder, by name; none inside of another."""
    found = sorted(_search(folder.resolve(), 0))
    if not found:
        raise DlintError(f"{folder}: no clone in it", "name a folder that holds git repositories")
    yield from (Item(Kind.CLONE, str(each)) for each in found)


def _search(folder: Path, depth: int) -> Iterator[Path]:
    if (folder / ".git").exists() or is_bare(folder):
        yield folder
        return
    if depth == DEEPEST:
        return
    try:
        inside = list(os.scandir(folder))
    except OSError:  # a folder that nobody may read has no clone to offer
        return
    for entry in inside:
        if entry.name not in PRUNED and entry.is_dir(follow_symlinks=False):
            yield from _search(Path(entry.path), depth + 1)


def _repositories(word: str, insecure: tuple[str, ...]) -> Iterator[Item]:
    """Yield the repositories of a registry's catalogue, or the one that is named."""
    host, _, name = word.removeprefix(REGISTRY).partition("/")
    if not host:
        raise DlintError(f"{word}: no registry in it", f"write {REGISTRY}HOST/")
    names = [name]
    if not name:
        from dlint.images.catalogue import repositories

        names = repositories(host, RegistrySettings(insecure))
    yield from (Item(Kind.REGISTRY, f"{host}/{each}") for each in names)
