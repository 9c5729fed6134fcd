"""Builds of a Dockerfile as git holds it, and which revision stood before."""

from __future__ import annotations

import posixpath
import stat
from functools import partial
from typing import TYPE_CHECKING

from dlint.context import open_revision
from dlint.context.objects import FOLDER
from dlint.context.repositories import find_repository, why_not
from dlint.errors import DlintError
from dlint.model.keys import content_keys
from dlint.rule.build import Build
from dlint.syntax.parser import parse
from dlint.text.source import Source

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dlint import model
    from dlint.context import BuildContext
    from dlint.context.git import Commit, Repository
    from dlint.context.opened import Opened
    from dlint.model import Options


class Project:
    """A Dockerfile and its context inside a git repository.

    `dockerfile` and `context` are paths inside the repository; "" is its root. `shown` is what
    messages call the Dockerfile.
    """

    def __init__(
        self,
        repository: Repository,
        dockerfile: str,
        context: str,
        opened: Opened | None = None,
        shown: str | None = None,
    ) -> None:
        self.repository = repository
        self._opened = opened
        self.dockerfile = dockerfile
        self.context = context
        self.shown = shown
        self._moved: dict[
            str, tuple[str, str]
        ] = {}  # where both stood in a commit, if elsewhere than today
        self._built: tuple[object, Build] | None = None

    @classmethod
    def find(cls, dockerfile: Path, context: Path, opened: Opened | None = None) -> Project | None:
        """Return the project that a Dockerfile and a context make; None where git does not hold
        both. It shares what is `opened`.
        """
        folder = _folder(dockerfile, context)
        find = opened.repository if opened else find_repository
        repository = find(folder) if folder else None
        if repository is None:
            return None
        try:
            inside = [
                path.resolve().relative_to(repository.root).as_posix()
                for path in (dockerfile.parent, context)
            ]
        except ValueError:
            return None
        folder_inside, context_inside = ("" if path == "." else path for path in inside)
        name = dockerfile.name
        inside_name = f"{folder_inside}/{name}" if folder_inside else name
        return cls(repository, inside_name, context_inside, opened)

    @staticmethod
    def lacking(dockerfile: Path, context: Path) -> str:
        """Say why `find` found nothing."""
        folder = _folder(dockerfile, context)
        return why_not(folder) if folder else f"{dockerfile.parent} is not a folder"

    def before(self, now: model.Build) -> str | None:
        """Return the revision that stood before the working tree, of which `now` is the build: HEAD
        where they build different images, else HEAD's first parent.

        None where there is none, as before a first commit. A file that no instruction reads makes
        no difference.
        """
        head = self.repository.head()
        if head is None:
            return None
        paths = dict.fromkeys((self.context, self.dockerfile))
        changed = any(self.repository.changed_since(head, path) for path in paths)
        return "HEAD" if changed and self._builds_otherwise(now) else self.parent("HEAD")

    def _builds_otherwise(self, now: model.Build) -> bool:
        then = self.build("HEAD", now.options)
        return then is None or _steps(then) != _steps(now)

    def parent(self, revision: str) -> str | None:
        """Return the first parent of a revision, None where it has none here."""
        try:
            self.repository.resolve(f"{revision}~1")
        except DlintError:
            return None
        return f"{revision}~1"

    def commits(self, revision: str, count: int) -> list[Commit]:
        """Return the newest `count` first-parent commits up to `revision` that touch the project,
        oldest first.

        A Dockerfile that was moved is followed to where it was, and so is a context that is its own
        folder.
        """
        here = (self.dockerfile, self.context)
        found: list[Commit] = []
        end: str | None = revision
        while end is not None and len(found) < count:
            dockerfile, context = here
            leads_to = self.repository.target(self.repository.resolve(end), dockerfile)
            part = self.repository.log(
                end, count - len(found), (context, *dict.fromkeys((dockerfile, leads_to)))
            )
            # git looks for moves in all of history: it is asked only where commits or the file are
            # wanting
            wanting = (
                len(found) + len(part) < count
                or self.repository.find(part[0].id, dockerfile) is None
            )
            moved = self.repository.renamed(end, dockerfile) if wanting else None
            born = next(
                (at for at, commit in enumerate(part) if moved and commit.id == moved[0]), 0
            )
            self._moved |= {commit.id: here for commit in part[born:]}
            found = part[born:] + found
            end = None
            if moved is not None and part and part[born].id == moved[0]:
                own = context == posixpath.dirname(dockerfile)
                here = (moved[1], posixpath.dirname(moved[1]) if own else context)
                end = self.parent(moved[0])
        return found

    def prefetch(self, commits: Sequence[Commit]) -> None:
        """Read what builds of `commits` will ask of git, all at once."""
        for context in dict.fromkeys(self.place_of(commit.id)[1] for commit in commits):
            self.repository.prefetch(
                [each.id for each in commits if self.place_of(each.id)[1] == context], context
            )

    def place_of(self, commit: str) -> tuple[str, str]:
        """Return where the Dockerfile and its context stood in a commit."""
        return self._moved.get(commit, (self.dockerfile, self.context))

    def context_at(self, revision: str) -> BuildContext | None:
        """Return the context at `revision`; None where it was not there yet."""
        commit = self.repository.resolve(revision)
        dockerfile, prefix = self.place_of(commit)
        folder = self.repository.find(commit, prefix)
        if folder is None or folder.mode != FOLDER:
            return None
        opening = self._opened.revision if self._opened else open_revision
        return opening(self.repository, commit, prefix, dockerfile)

    def build(self, revision: str, options: Options) -> Build | None:
        """Model the project at `revision`; None where its Dockerfile or its context was not there
        yet.
        """
        commit = self.repository.resolve(revision)
        dockerfile, _ = self.place_of(commit)
        found = self.repository.find(commit, self.repository.target(commit, dockerfile))
        context = self.context_at(commit) if found and stat.S_ISREG(found.mode) else None
        if found is None or context is None:
            return None
        facts = (dockerfile, found.id, options)
        if self._built is None or self._built[0] != facts:
            source = Source.from_bytes(self.shown or dockerfile, self.repository.read(found.id))
            self._built = (facts, Build(parse(source), context, options))
            built = self._built[1]
        else:
            built = self._built[1].in_context(context)
        built.read_beside = partial(self._text, commit)
        return built

    def _text(self, commit: str, path: str) -> str:
        """Return the text of a file of a commit; "" where there is none."""
        found = self.repository.find(commit, self.repository.target(commit, path))
        if found is None or not stat.S_ISREG(found.mode):
            return ""
        return self.repository.read(found.id).decode("utf-8", "replace")


def _steps(build: model.Build) -> list[str] | None:
    """Return the cache keys of the image's steps; None where no target can be built."""
    keys = build.fact(content_keys)
    return [each.key for each in keys.chain(build.target)] if build.target else None


def _folder(dockerfile: Path, context: Path) -> Path | None:
    """Return where git is asked: a context may be an archive, or standard input."""
    return next((each for each in (context, dockerfile.parent) if each.is_dir()), None)
