"""The context's files as an install finds them: by where they stand in the image."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from dlint.errors import DlintError
from dlint.reads.arrivals import pattern
from dlint.text.paths import within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from dlint.context import BuildContext
    from dlint.manifests import Manifest

_FETCHED = regex(r"/(?:node_modules|vendor)/")  # manifests of what is installed already
# What may be a path among a settings file's words: quotes, commas and the like stand around it.
_TOKEN = regex(r"[\w./@+~-]{2,200}")
_COMMENT = regex(r"(?m)(?:^|(?<=[ \t]))#[^\n]*|^[ \t]*;[^\n]*")
_LONGEST = 1 << 16  # characters of a settings file that are looked at


class LedTo(NamedTuple):
    """What manifests lead to: `known` tells whether that is all, `whole` that only the whole
    project will do; `open` says in words what reads more than can be followed. `made` are places of
    the image that steps of the build fill.
    """

    files: frozenset[str]
    whole: bool = False
    known: bool = True
    open: tuple[str, ...] = ()
    made: frozenset[str] = frozenset()

    def __or__(self, other: object) -> LedTo:
        """Return what both lead to."""
        if not isinstance(other, LedTo):
            return NotImplemented
        return LedTo(
            self.files | other.files,
            self.whole or other.whole,
            self.known and other.known,
            tuple(dict.fromkeys((*self.open, *other.open))),
            self.made | other.made,
        )


class Reader:
    """The context's files, and where they stand in the image."""

    def __init__(self, context: BuildContext, places: Mapping[str, str] = {}) -> None:
        """Read `context`, whose files stand at `places` of the image, if anybody asks for those."""
        self.context = context
        self.places = places
        self.readable = True

    def read(self, path: str) -> bytes | None:
        """Return a context file's bytes; None where it is not there, or cannot be read."""
        if path not in self.context.entries:
            return None
        try:
            return self.context.read(path)
        except DlintError:
            return None

    def text(self, path: str) -> str | None:
        """Return a context file's text; None where it is none."""
        data = self.read(path)
        return None if data is None or b"\0" in data else data.decode("utf-8", "replace")

    def text_at(self, place: str) -> str | None:
        """Return the text of the file at an image's path; None where there is none."""
        source = self.places.get(place)
        return None if source is None else self.text(source)

    def placed(self, sources: Collection[str]) -> Iterator[tuple[str, str]]:
        """Yield where some files of the context stand in the image, each with the file."""
        return ((place, source) for place, source in self.places.items() if source in sources)

    def below(self, folder: str) -> frozenset[str]:
        """Return the files at or below an image's path."""
        return frozenset(source for place, source in self.places.items() if within(place, folder))

    def at(self, folder: str, path: str) -> frozenset[str]:
        """Return the file, or those below the folder, that a manifest in `folder` names `path`; for
        a pattern, those that match.
        """
        place = posixpath.normpath(posixpath.join(folder, path))
        if "*" in path:
            return self.matching([place])
        if place in self.places:
            return frozenset({self.places[place]})
        return frozenset() if within(folder, place) else self.below(place)

    def named_in(self, place: str, folder: str | None = None) -> frozenset[str]:
        """Return the files of the context that the text at an image's path names in a word, seen
        from its own folder or another; its comments name none.
        """
        folder, text = folder or posixpath.dirname(place), (self.text_at(place) or "")[:_LONGEST]
        named = _TOKEN.findall(_COMMENT.sub("", text))
        words = (posixpath.normpath(posixpath.join(folder, each)) for each in named)
        return frozenset(self.places[each] for each in words if each in self.places)

    def matching(self, patterns: Iterable[str]) -> frozenset[str]:
        """Return the context's files that stand where a pattern matches."""
        return files_matching(self.places, patterns)

    def manifest(self, path: str) -> Manifest:
        """Return what a context file says, and note where it cannot be read."""
        from dlint.manifests import read_manifest

        found = read_manifest(path, self.read)
        self.readable = self.readable and not found.problem
        return found


def places_matching(places: Mapping[str, str], patterns: Iterable[str]) -> frozenset[str]:
    """Return those of some places that match one of some patterns, each an image's path; what is
    installed already is passed over.
    """
    found: set[str] = set()
    for text in patterns:
        if "*" not in text:
            found.update({text} & places.keys())
            continue
        tail = text.rpartition("*")[2]
        ending = (place for place in places if place.endswith(tail))  # mostly none
        taken = (place for place in ending if pattern(text).fullmatch(place))
        found.update(place for place in taken if not _FETCHED.search(place))
    return frozenset(found)


def files_matching(places: Mapping[str, str], patterns: Iterable[str]) -> frozenset[str]:
    """Return the context's files that stand at those of some places."""
    return frozenset(places[place] for place in places_matching(places, patterns))


def beside(place: str, names: Iterable[str], reader: Reader) -> list[str]:
    """Return where files of some names stand in a folder."""
    return [path for name in names if (path := posixpath.join(place, name)) in reader.places]


def commands_in(context: BuildContext, path: str) -> Mapping[str, str]:
    """Return the scripts of a package.json of the context; none of one that cannot be read."""
    from dlint.manifests.package_json import read_commands

    return read_commands(Reader(context).read(path) or b"") or {}


def json_in(context: BuildContext, path: str) -> Mapping[str, Any]:
    """Return what a file of JSON holds; nothing where it cannot be read."""
    from dlint.manifests.loading import FormatError, load_json

    try:
        return load_json(Reader(context).read(path) or b"")
    except FormatError:
        return {}
