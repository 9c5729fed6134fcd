"""The names of files as a message lists them: many by a folder or a pattern."""

from __future__ import annotations

import posixpath
from collections import Counter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_FEW = 3  # files of a folder that are told one by one
MANY = 8  # files that a message lists


def by_folder(paths: Sequence[str], brought: Iterable[str]) -> list[str]:
    """Return paths with each folder that holds more than a few of them, and nothing else that is
    `brought`, in place of those.
    """
    found = Counter(folder for path in paths for folder in _folders_of(path))
    many = {folder for folder, count in found.items() if count > _FEW}
    if not many:
        return list(dict.fromkeys(paths))  # without a look at all that is brought
    own = frozenset(paths)
    holders = {path.rpartition("/")[0] for path in brought if path not in own}
    many -= {folder for holder in holders for folder in _folders_of(f"{holder}/")}

    def shown(path: str) -> str:
        whole = next((each for each in _folders_of(path) if each in many), None)
        return path if whole is None else f"{whole}/"

    return list(dict.fromkeys(map(shown, paths)))


def _folders_of(path: str) -> list[str]:
    """Return the folders that a path is in, the outermost first."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[: at + 1]) for at in range(len(parts))]


def alike(paths: Sequence[str]) -> list[str]:
    """Return paths with a pattern in place of many of one name in the folders of one: the manifests
    of a workspace.
    """
    keys = [(path.partition("/")[0], path.rpartition("/")[2]) for path in paths]
    found = Counter(key for key, path in zip(keys, paths, strict=True) if path.count("/") > 1)
    shown = (
        f"{key[0]}/**/{key[1]}" if key[1] and found[key] > _FEW else path
        for key, path in zip(keys, paths, strict=True)
    )
    return list(dict.fromkeys(shown))


def by_extension(paths: Sequence[str]) -> list[str]:
    """Return paths with patterns in place of those of one name, or of projects of one kind, that
    stand in the folders of one or beside each other, where they are more than a message lists.
    """
    if len(paths) <= MANY:
        return list(paths)
    keys = [_pattern_of(path) for path in paths]
    found = Counter(keys)
    shown = (
        key if key is not None and found[key] > 1 else path
        for key, path in zip(keys, paths, strict=True)
    )
    return list(dict.fromkeys(shown))


def _pattern_of(path: str) -> str | None:
    """Return the pattern that may stand for a file and others like it; None for a folder, a file at
    the root, and a pattern.
    """
    top, _, rest = path.partition("/")
    folder, name = posixpath.split(path)
    if not rest or not name or "*" in path:
        return None
    extension = posixpath.splitext(name)[1]
    name = f"*{extension}" if extension.endswith("proj") else name  # each is called otherwise
    return f"*/{name}" if folder == top else f"{top}/**/{name}"
