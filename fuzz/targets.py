"""What reads text of strangers, as functions of a file's name and bytes: each ends, or raises
DlintError.

A target's seeds are the files of its folder in `corpus/`.
"""

from __future__ import annotations

import re
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.bytes.archive import unpack
from dlint.config.settings import Overrides
from dlint.context import EmptyContext, IgnoreFile, open_worktree
from dlint.context.objects import read_tree, tree_of
from dlint.errors import DlintError
from dlint.images.asking import read_facts
from dlint.images.recorded import read_recorded
from dlint.images.reference import parse_reference
from dlint.lint.engine import Checker, Spec, Task
from dlint.manifests import Selection, follow, read_manifest, selected
from dlint.model import Build
from dlint.project.builds import builds_in
from dlint.project.recipes import Recipes
from dlint.sizes.indexes.apk import read_index
from dlint.sizes.indexes.apt import read_packages
from dlint.sizes.indexes.rpm import read_primary, read_repomd
from dlint.syntax import Run
from dlint.syntax.parser import parse
from dlint.text.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_WORD = re.compile(r"\w+")


@cache
def _folder() -> Path:
    """Return a folder of this process for what is read from a disk alone."""
    folder = tempfile.TemporaryDirectory(prefix="dlint-fuzz-")
    _KEPT.append(folder)
    return Path(folder.name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


def parser(_: str, data: bytes) -> None:
    """Parse a Dockerfile, and expand each of its words."""
    build = Build(parse(Source.from_bytes("Dockerfile", data)), EmptyContext())
    for stage in build.stages:
        for step in build.steps(stage):
            step.destination()


def shell(_: str, data: bytes) -> None:
    """Judge what a script does."""
    head = b"FROM debian:12\nRUN <<'the-end-of-the-script'\n"
    whole = head + data.replace(b"\0", b"") + b"\nthe-end-of-the-script\n"
    build = Build(parse(Source.from_bytes("Dockerfile", whole)), EmptyContext())
    for instruction in build.dockerfile.instructions:
        if isinstance(instruction, Run):
            build.effects(instruction)


def ignore(_: str, data: bytes) -> None:
    """Read an ignore file, and look paths up in it."""
    patterns = IgnoreFile(Source.from_bytes(".dockerignore", data)).patterns
    for path in ("app", "app/main.py", "a/" * 30 + "b", "-" * 200):
        patterns.excludes(path)
        patterns.may_reinclude_under(path)


def reference(_: str, data: bytes) -> None:
    """Read an image's name."""
    with suppress(ValueError):  # which the caller tells
        parse_reference(data.decode("utf-8", "surrogateescape"))


def manifests(name: str, data: bytes) -> None:
    """Read a manifest or lock file, what it names, and what an install takes of it."""

    def read(path: str) -> bytes | None:
        return data if path in {name, "other.txt"} else None

    manifest = read_manifest(name, read)
    for choice in (Selection(), Selection(without=frozenset({"dev"}))):
        selected(manifest, choice)
    for _ in follow([name], read):
        pass


def configuration(name: str, data: bytes) -> None:
    """Read a configuration, and check a file by it."""
    path = _folder() / name
    path.write_bytes(data)
    checker = Checker(Spec(Overrides(config=str(path))))
    checker.check(Task("-", b"FROM debian:12\nRUN apt-get update\n"))


def recipes(name: str, data: bytes) -> None:
    """Read what a repository says of its builds: Compose, Bake, CI files, Makefiles, scripts."""
    text = data.decode("utf-8", "replace")
    builds_in(_folder(), [(name.replace("+", "/"), text)])
    root = _folder() / "recipes"
    path = root / name.replace("+", "/")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    found = Recipes(root)
    found.mention(_WORD)
    found.targets  # noqa: B018  worked out when it is asked for
    found.arguments  # noqa: B018  as above
    path.unlink()


def objects(_: str, data: bytes) -> None:
    """Read a tree and a commit as git gives them."""
    for width in (20, 32):
        with suppress(ValueError):  # which the caller tells
            list(read_tree(data, width, {}))
    with suppress(ValueError):
        tree_of(data)


def facts(_: str, data: bytes) -> None:
    """Read recorded facts."""
    read_recorded(data, "dlint.facts")


def images(name: str, data: bytes) -> None:
    """Read an image's archive."""
    path = _folder() / name
    path.write_bytes(data)
    for transport in ("oci-archive:", "docker-archive:"):
        with suppress(DlintError):
            read_facts(f"{transport}{path}")


def archives(name: str, data: bytes) -> None:
    """Unpack an archive as ADD does."""
    folder = _folder() / "archives"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(data)
    context = open_worktree(folder)
    unpack(context, context.entries[name])
    (folder / name).unlink()


def indexes(_: str, data: bytes) -> None:
    """Read the indexes of package managers."""
    for read in (
        read_packages,
        lambda data: read_index(data, "an index"),
        lambda data: [read_repomd(data, "an index")],
        lambda data: read_primary(data, "primary.xml", "an index", {"x86_64"}),
    ):
        with suppress(DlintError, ValueError):  # which the caller tells
            list(read(data))


TARGETS: Mapping[str, Callable[[str, bytes], None]] = {
    each.__name__: each
    for each in (
        parser,
        shell,
        ignore,
        reference,
        manifests,
        configuration,
        recipes,
        objects,
        facts,
        images,
        archives,
        indexes,
    )
}
