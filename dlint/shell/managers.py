"""The package managers: one table of what installs, what it reads, where caches lie and what empties them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dlint.shell.script import ShellWord


class Package(NamedTuple):
    """A package as the command line names it.

    `text` is the word (None: unknown); `name` without version, extras and quotes; `version` the constraint as written
    (`==1.2`, `1.2`, `^3`, `latest`), "" where there is none; `exact` tells that one version alone fits (None: unknown).
    `kind` is "index", "path", "url" or "vcs".
    """

    word: ShellWord
    text: str | None
    name: str
    version: str = ""
    exact: bool | None = False
    kind: str = "index"
