"""Packages and their versions as the command line names them; each manager has its own grammar."""

from __future__ import annotations

import re

from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dlint.shell.script import ShellWord


class Package(NamedTuple):
    """A package as the command line names it.

    `text` is the word (None: unknown); `name` without version and extras; `version` the constraint
    as written (`==1.2`, `1.2`, `^3`, `latest`), "" where there is none; `exact` tells that one
    version alone fits (None: unknown).
    `kind` is "index", "path", "url" or "vcs".
    """

    word: ShellWord
    text: str | None
    name: str
    version: str = ""
    exact: bool | None = False
    kind: str = "index"


class Spec(NamedTuple):
    """What a grammar reads in a word."""

    name: str
    version: str = ""
    exact: bool = False
    kind: str = "index"


_URL = regex(r"(?:git\+|hg\+|svn\+|bzr\+)?[a-z][a-z0-9.+-]*://|git@", re.IGNORECASE)
_VCS = regex(r"(?:git|hg|svn|bzr)\+|git://|ssh://|git@|.*\.git(?:[@#]|\Z)")
COMMIT = regex(r"[@#](?:[0-9a-f]{7,40})(?:[#&]|\Z)")
FULL_VERSION = regex(r"v?\d++\.\d++\.\d++(?:[-+.][\w.+-]++)?+\Z")
NUMBER = regex(r"v?\d[\w.+~^:-]*\Z")


def package(grammar: Callable[[str], Spec], word: ShellWord) -> Package:
    """Read one word, in the way in which a manager writes packages."""
    spec = _remote(word.form) or grammar(word.form)
    exact = spec.exact if word.text is not None else None
    if exact is None and not spec.version and "$" not in spec.name and "`" not in spec.name:
        exact = False
    return Package(word, word.text, spec.name, spec.version, exact, spec.kind)


def _remote(text: str) -> Spec | None:
    """Read a URL, of an archive or a repository; a name may stand before it (`name @
    https://...`).
    """
    name, at, url = text.partition("@")
    where = url.strip() if at and _URL.match(url.strip()) else text
    if not _URL.match(where):
        return None
    vcs = bool(_VCS.match(where))
    return Spec(
        name.strip() if where is not text else where,
        "",
        bool(COMMIT.search(where)),
        "vcs" if vcs else "url",
    )


def is_path(text: str) -> bool:
    """Tell whether a word is a path, not a name."""
    return text.startswith((".", "/", "~", "file:")) and not text.startswith(".build")


def split(text: str, sign: str, *, exact: re.Pattern[str] = NUMBER) -> Spec:
    """Read `NAME sign VERSION`; `exact` matches versions of which there is one alone."""
    name, found, version = text.partition(sign)
    return Spec(name, version if found else "", bool(exact.match(version)))


def plain(text: str) -> Spec:
    """Read a name without a version."""
    return Spec(text, kind="path" if is_path(text) else "index")
