"""What has arrived in a stage beside a lock file of Node's, by which its manager judges it."""

from __future__ import annotations

import posixpath
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from dlint.manifests.loading import strings, table, yaml_table
from dlint.reads.arrivals import files_of
from dlint.reads.context_files import Reader
from dlint.text.safe import json_value
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from dlint.model.build import Build
    from dlint.reads.arrivals import Arrival
    from dlint.shell.effects import Install

KINDS = ("dependencies", "devDependencies", "optionalDependencies")
PEERS = "peerDependencies"


class Beside(NamedTuple):
    """The files at and below the folder `root` of an image, by their paths in the context."""

    build: Build
    root: str
    files: Mapping[str, str]

    def text(self, name: str) -> str:
        """Return a file's text; empty where it has not arrived."""
        path = self.files.get(posixpath.join(self.root, name), "")
        data = Reader(self.build.context).read(path) or b""
        return data.decode("utf-8", "replace")

    def manifest(self, folder: str = "") -> dict[str, Any] | None:
        """Return what a package.json holds; None where none has arrived, or it is damaged."""
        try:
            return table(json_value(self.text(posixpath.join(folder, "package.json"))))
        except ValueError:
            return None

    def settings(self, name: str) -> dict[str, Any]:
        """Return what a file of YAML holds; empty where it has not arrived."""
        return yaml_table(self.text(name))

    def npmrc(self, key: str) -> str:
        """Return a setting of `.npmrc`; empty where it does not stand there."""
        for line in self.text(".npmrc").splitlines():
            name, is_set, value = line.partition("=")
            if is_set and name.strip() == key:
                return value.strip()
        return ""

    def has_more(self, globs: Sequence[str], projects: Collection[str]) -> bool:
        """Tell whether a package of a workspace has arrived, by its globs, whose folder is none of
        some projects.
        """
        return any(each not in projects for each in self._members(globs))

    def _members(self, globs: Sequence[str]) -> Iterator[str]:
        """Yield the folders of packages that have arrived and are of a workspace by its globs."""
        wanted = [each.removeprefix("./").rstrip("/") for each in globs if not each.startswith("!")]
        for place in self.files:
            folder = posixpath.dirname(place)
            if posixpath.basename(place) == "package.json" and "node_modules" not in place:
                path = posixpath.relpath(folder, self.root)
                if any(fnmatchcase(path, each) for each in wanted):
                    yield path


def beside(build: Build, install: Install, lock: str, here: Sequence[Arrival]) -> Beside:
    """Return what stands where the context's file `lock` arrived for an install, or where its
    package.json did.
    """
    files = files_of(here)
    folders = sorted(install.folders)
    for name, path in (
        (posixpath.basename(lock), lock),
        ("package.json", posixpath.join(posixpath.dirname(lock), "package.json")),
    ):
        for folder in folders:
            if files.get(posixpath.join(folder, name)) == path:
                return Beside(build, folder, files)
    return Beside(build, "/?", {})


def dependencies(manifest: Mapping[str, Any], *kinds: str) -> dict[str, str]:
    """Return what a manifest asks for; a later kind wins."""
    return {
        name: str(version)
        for kind in kinds or KINDS
        for name, version in table(manifest, kind).items()
    }


def globs_of(manifest: Mapping[str, Any]) -> list[str]:
    """Return the globs of a workspace of npm, Yarn or Bun."""
    told = manifest.get("workspaces")
    return strings(told.get("packages") if isinstance(told, dict) else told)
