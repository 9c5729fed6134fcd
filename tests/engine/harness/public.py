"""Public repositories as projects: some of their commits, by local stand-ins for their bases."""

from __future__ import annotations

import posixpath
import re
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from .need import MissingError
from .project import Gone, Link, Project, step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from .project import Change

NETWORK = ("--network", "host")
FRONTEND = re.compile(r"(?im)^#\s*syntax\s*=.*\n")


class Public(NamedTuple):
    """The last `commits` commits up to `newest` (first parents) that touch a folder of a
    repository, the context.

    All are built by the Dockerfile at `newest`. `base` is the image that a Python of the
    distribution stands in for.
    """

    repository: str
    folder: str
    newest: str
    commits: int
    base: str

    def __str__(self) -> str:
        return self.repository


PUBLIC = (
    Public("caronc/apprise-api", "", "HEAD", 6, "python:3.14-slim"),
    Public("dockersamples/example-voting-app", "vote", "HEAD", 5, "python:3.11-slim"),
    Public("erev0s/VAmPI", "", "HEAD", 6, "python:3.11-alpine"),  # folders over those of the base
)


def project_of(public: Public, folder: Path) -> Project:
    """Return a repository's commits as a project; raise MissingError where it has no clone in the
    folder.
    """
    clone = folder / public.repository
    if not clone.exists():
        raise MissingError(f"no clone of {public.repository} in {folder}")
    dockerfile = posixpath.join(public.folder, "Dockerfile")
    touching = (public.folder or ".", f":(exclude){dockerfile}")
    many = f"--max-count={public.commits}"
    log = _git(clone, "log", "--first-parent", "--format=%H", many, public.newest, "--", *touching)
    commits = log.decode().split()[::-1]
    text = _git(clone, "show", f"{public.newest}:{dockerfile}").decode()
    # The engine's own frontend reads the file: no other can be fetched.
    fixed: dict[str, Change] = {"Dockerfile": FRONTEND.sub("#\n", text, count=1)}
    trees = [_tree(clone, f"{commit}:{public.folder}") for commit in commits]
    steps = [
        step({**dict(_changes(clone, old, new)), **(fixed if not old else {})}, build=NETWORK)
        for old, new in zip([{}, *trees], trees, strict=False)
    ]
    return Project(
        public.repository.lower(), "a public repository", tuple(steps)
    )  # as registries name them


def _tree(clone: Path, tree: str) -> dict[str, tuple[str, str]]:
    """Return mode and object of each path but the Dockerfile's."""
    lines = _git(clone, "ls-tree", "-r", "-z", tree).decode(errors="surrogateescape").split("\0")
    entries = (line.split("\t", 1) for line in lines if line)
    return {
        path: (facts.split()[0], facts.split()[2])
        for facts, path in entries
        if path != "Dockerfile"
    }


def _changes(
    clone: Path, old: Mapping[str, tuple[str, str]], new: Mapping[str, tuple[str, str]]
) -> Iterator[tuple[str, Change]]:
    for path in old.keys() - new.keys():
        yield path, Gone()
    for path, (mode, identity) in new.items():
        if old.get(path) != (mode, identity):
            content = _git(clone, "cat-file", "blob", identity)
            yield path, Link(content.decode()) if mode == "120000" else content


def _git(clone: Path, *words: str) -> bytes:
    return subprocess.run(["git", "-C", str(clone), *words], check=True, capture_output=True).stdout
