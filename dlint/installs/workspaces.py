"""Which packages of Node's workspaces get a `node_modules` of their own."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.manifests.loading import FormatError, load_yaml, strings, table, text_of
from dlint.reads.context_files import Reader, files_matching, json_in
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from dlint.model.build import Build

FOLDER = "node_modules"
_LISTS = ("dependencies", "devDependencies", "optionalDependencies")
_LINKER = regex(r"(?m)^node-linker[ \t]*=[ \t]*[\"']?(?!isolated\b)\w")


def own_folders(build: Build) -> tuple[str, ...]:
    """Return the `node_modules` that a local install makes in packages of workspaces, below that of
    the root: pnpm in each that has dependencies (https://pnpm.io/symlinked-node-modules-structure),
    npm where its lock file has other versions there than at the root. Of Yarn and Bun, whose lock
    files do not tell, none; a fact.
    """
    found = set[str]()
    for path in build.context.entries:
        folder, _, name = path.rpartition("/")
        if FOLDER in folder.split("/"):
            continue
        if name == "package-lock.json":
            found.update(_of_npm(build, path))
        elif name == "pnpm-workspace.yaml":
            found.update(_of_pnpm(build, path))
    return tuple(sorted(found))


def _of_npm(build: Build, lock: str) -> Iterator[str]:
    """Yield the folders that a package-lock.json puts packages into, but for its root's
    (https://docs.npmjs.com/cli/configuring-npm/package-lock-json#packages).
    """
    for each in table(json_in(build.context, lock), "packages"):
        member, inside, _ = each.partition(f"/{FOLDER}/")
        if inside and member.split("/")[0] != FOLDER:
            yield _joined(lock, f"{member}/{FOLDER}")


def _of_pnpm(build: Build, workspace: str) -> Iterator[str]:
    """Yield those of the packages of a pnpm-workspace.yaml that have dependencies; none where a
    setting asks for a single folder.
    """
    reader = Reader(build.context)
    try:
        told = table(load_yaml(text_of(reader.read(workspace) or b"")))
    except FormatError:
        return
    if not _is_isolated(reader, workspace, told):
        return
    globs = strings(told.get("packages"))
    kept, out = (_manifests(build, workspace, globs, sign) for sign in ("", "!"))
    for path in kept - out - {_joined(workspace, "package.json")}:
        manifest = json_in(build.context, path)
        if FOLDER not in path.split("/") and any(table(manifest, each) for each in _LISTS):
            yield _joined(path, FOLDER)


def _is_isolated(reader: Reader, workspace: str, told: Mapping[str, Any]) -> bool:
    """Tell whether pnpm gives each package a folder, as it does if no setting says otherwise."""
    settings = reader.text(_joined(workspace, ".npmrc")) or ""
    return told.get("nodeLinker", "isolated") == "isolated" and not _LINKER.search(settings)


def _manifests(build: Build, workspace: str, globs: list[str], sign: str) -> frozenset[str]:
    """Return the manifests of the packages that the globs of a workspace with a sign before them
    mean.
    """
    told = (each[len(sign) :] for each in globs if each.startswith("!") is (sign == "!"))
    patterns = [_joined(workspace, posixpath.join(each, "package.json")) for each in told]
    files = {path: path for path in build.context.entries if path.endswith("package.json")}
    return files_matching(files, patterns)


def _joined(beside: str, path: str) -> str:
    """Return what a file in a folder means by a path."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(beside), path))
