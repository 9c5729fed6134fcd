"""Builds of a Dockerfile as git holds it, and which revision stood before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.context import open_revision
from dlint.context.git import FOLDER, Repository, find_repository
from dlint.errors import DlintError
from dlint.layers import Build
from dlint.source import Source
from dlint.syntax import parse

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.layers import Options


class Project:
    """A Dockerfile and its context inside a git repository.

    `dockerfile` and `context` are paths inside the repository; "" is its root.
    """

    def __init__(self, repository: Repository, dockerfile: str, context: str) -> None:
        self.repository = repository
        self.dockerfile = dockerfile
        self.context = context

    @classmethod
    def find(cls, dockerfile: Path, context: Path) -> Project | None:
        """Return the project that a Dockerfile and a context make; None where git does not hold both."""
        folder = next((each for each in (context, dockerfile.parent) if each.is_dir()), None)
        repository = find_repository(folder) if folder else None
        if repository is None:
            return None
        try:
            inside = [path.resolve().relative_to(repository.root).as_posix() for path in (dockerfile.parent, context)]
        except ValueError:
            return None
        folder_inside, context_inside = ("" if path == "." else path for path in inside)
        name = dockerfile.name
        return cls(repository, f"{folder_inside}/{name}" if folder_inside else name, context_inside)

    def before(self) -> str | None:
        """Return the revision that stood before the working tree: HEAD where they differ, else HEAD's first parent.

        None where there is none, as before a first commit.
        """
        head = self.repository.head()
        if head is None:
            return None
        paths = dict.fromkeys((self.context, self.dockerfile))
        if any(self.repository.changed_since(head, path) for path in paths):
            return "HEAD"
        return self.parent("HEAD")

    def parent(self, revision: str) -> str | None:
        """Return the first parent of a revision, None where it has none here."""
        try:
            self.repository.resolve(f"{revision}~1")
        except DlintError:
            return None
        return f"{revision}~1"

    def build(self, revision: str, options: Options) -> Build | None:
        """Model the project at `revision`; None where its Dockerfile or its context was not there yet."""
        commit = self.repository.resolve(revision)
        found = self.repository.find(commit, self.dockerfile)
        folder = self.repository.find(commit, self.context)
        if found is None or folder is None or folder.mode != FOLDER:
            return None
        source = Source.from_bytes(self.dockerfile, self.repository.read(found.id))
        context = open_revision(self.repository, commit, self.context, self.dockerfile)
        return Build(parse(source), context, options)
