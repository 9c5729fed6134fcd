"""The images of a repository, as its Compose and Bake files describe them."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from dlint.project.cache_entry import CacheEntry

_ADDRESS = regex(
    r"(?i)[a-z][a-z0-9+.-]*://|git@|github\.com/|gitlab\.com/|bitbucket\.org/|[^/]*\.git(?:#|$)"
)
TARGET = "target:"  # what a named context begins with that is another image of the same file
SERVICE = "service:"  # Compose's word for the same


class Image(NamedTuple):
    """One way in which an image is built.

    `name` is that of the service or target, `path` the file that describes it, and `line` the place
    in there. All paths are `/`-separated and begin at the repository's root, "." for the root
    itself. `context` is a folder, or the address of one that is elsewhere; `dockerfile` is "" where
    the text stands in the file itself (`inline`). An argument of no value is one that the file
    leaves to the environment. `contexts` are the named ones: a folder, an address, or `target:NAME`
    for another image. `unset` are the variables that decide the place or the stage and that nothing
    in the repository sets. `other_targets` are what it is built of where the environment decides
    otherwise. `cache_to` and `cache_from` are the build caches that are written and
    read; `outputs` what is given out in the place of an image for this machine.
    """

    name: str
    path: str
    line: int
    context: str
    dockerfile: str
    inline: str | None = None
    target: str = ""
    other_targets: tuple[str, ...] = ()
    args: tuple[tuple[str, str | None], ...] = ()
    contexts: tuple[tuple[str, str], ...] = ()
    platforms: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    unset: tuple[str, ...] = ()
    cache_to: tuple[CacheEntry, ...] = ()
    cache_from: tuple[CacheEntry, ...] = ()
    outputs: tuple[str, ...] = ()

    @property
    def is_local(self) -> bool:
        """Whether its context is a folder of this repository."""
        return is_inside(self.context) and is_inside(self.dockerfile or ".")

    @property
    def recipe(self) -> tuple[object, ...]:
        """What decides the layers: two images of the same recipe are one."""
        return (
            self.dockerfile,
            self.inline,
            self.context,
            self.target.lower(),
            frozenset(self.args),
            frozenset(self.contexts),
            self.platforms,
        )


class Described(NamedTuple):
    """What one project's files describe: the images by name, groups of them, and what could not be
    told. `default` are the images that are built where none is named.
    """

    images: dict[str, Image]
    groups: dict[str, tuple[str, ...]]
    default: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def built(self) -> frozenset[str]:
        """The names of the images that are more than a pattern for others, as far as groups
        tell.
        """
        return frozenset(self.default).union(*self.groups.values())

    def named(self, name: str) -> tuple[Image, ...]:
        """Return the image or the images of the group `name`; none where there is neither."""
        names = self.groups.get(name, (name,))
        return tuple(self.images[each] for each in names if each in self.images)


def is_address(text: str) -> bool:
    """Tell whether a context is something else than a folder: a repository or an archive."""
    return _ADDRESS.match(text) is not None


def is_inside(path: str) -> bool:
    """Tell whether a path from the root stays below it."""
    return not (is_address(path) or path.startswith(("/", "..")) or "\0" in path)


def seen_from(base: str, path: str) -> str:
    """Return a path that is written in a file of the folder `base`, from the root; an address stays
    as it is.
    """
    return path if is_address(path) else posixpath.normpath(posixpath.join(base, path))


def untagged(image: str) -> str:
    """Return the name of an image without its tag, each as it is written."""
    name, colon, tag = image.rpartition(":")
    return name if colon and "/" not in tag else image
