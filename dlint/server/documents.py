"""The texts that an editor has open; they hold in place of what the disk has."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from dlint.project.discovery import STDIN
from dlint.project.purpose import is_dockerfile
from dlint.server.positions import Lines
from dlint.server.uris import path_of
from dlint.text.patterns import regex
from dlint.text.repository_files import read_if_there
from dlint.text.source import BOM, Source

if TYPE_CHECKING:
    from pathlib import Path

LANGUAGE = "dockerfile"
# JSON may hold half of a pair; of those Python knows only the ones that stand for undecoded bytes.
_HALF = regex("[\ud800-\udfff]")


class Document(NamedTuple):
    """A version of a text that is open. `path` is absolute, with "/", or `-` for a text that no
    file is meant for yet.
    """

    uri: str
    path: str
    version: int
    text: str
    language: str

    @classmethod
    def of(cls, uri: str, version: int, text: str, language: str) -> Document:
        """Take what the client sends."""
        path = path_of(uri)
        return cls(
            uri, STDIN if path is None else path.replace(os.sep, "/"), version, text, language
        )

    @property
    def is_dockerfile(self) -> bool:
        """Whether it is checked: the client says that it is one, or its name does."""
        return self.language.lower() == LANGUAGE or is_dockerfile(self.path)

    @property
    def source(self) -> Source:
        """Its text, as the engine reads it."""
        text = _HALF.sub("\ufffd", self.text)
        bom = text.startswith(BOM)
        return Source(self.path, text[1:] if bom else text, bom)

    def lines(self, source: Source, encoding: str) -> Lines:
        """Return the lines of its source, in the units of the client."""
        return Lines(source, encoding, shows_bom=source.bom)


class Documents:
    """What is open, by address."""

    def __init__(self) -> None:
        """Begin with nothing."""
        # replaced as a whole, since another thread reads it
        self._open: dict[str, Document] = {}

    def put(self, document: Document) -> None:
        """Take a new document, or a new version of one."""
        self._open = {**self._open, document.uri: document}

    def close(self, uri: str) -> Document | None:
        """Drop a document, and return it."""
        found = self._open.get(uri)
        self._open = {each: kept for each, kept in self._open.items() if each != uri}
        return found

    def get(self, uri: str) -> Document | None:
        """Return the newest version of a document."""
        return self._open.get(uri)

    def at(self, path: str) -> Document | None:
        """Return the document that the client has opened for a path."""
        place = os.path.abspath(path).replace(os.sep, "/")  # noqa: PTH100  links keep their names
        return next((each for each in self._open.values() if each.path == place), None)

    @property
    def dockerfiles(self) -> list[Document]:
        """Those that are checked."""
        return [each for each in self._open.values() if each.is_dockerfile]

    def read(self, path: Path) -> bytes | None:
        """Return what a file holds, as it is open or as it is on the disk; None where there is
        none.
        """
        document = self.at(str(path))
        return read_if_there(path) if document is None else document.source.encode()
