"""How each manager writes a package and its version on the command line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dlint.text.patterns import regex

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
_COMMIT = regex(r"[@#](?:[0-9a-f]{7,40})(?:[#&]|\Z)")
_FULL_VERSION = regex(r"v?\d+\.\d+\.\d+(?:\.\d+)*(?:[-+.][\w.+-]+)?\Z")
_NUMBER = regex(r"v?\d[\w.+~^:-]*\Z")
_PIP = regex(r"([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*((?:===?|~=|!=|<=?|>=?|@).*)?\Z", re.DOTALL)
_RPM = regex(r"(.+?)-(\d[\w.+~^]*(?:-\d[\w.+~^*]*)?(?:\.\w+)?)\Z")


def package(grammar: str, word: ShellWord) -> Package:
    """Read one word."""
    spec = _remote(word.form) or GRAMMARS[grammar](word.form)
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
        bool(_COMMIT.search(where)),
        "vcs" if vcs else "url",
    )


def _is_path(text: str) -> bool:
    return text.startswith((".", "/", "~", "file:")) and not text.startswith(".build")


def _split(text: str, sign: str, *, exact: re.Pattern[str] = _NUMBER) -> Spec:
    name, found, version = text.partition(sign)
    return Spec(name, version if found else "", bool(exact.match(version)))


def _plain(text: str) -> Spec:
    return Spec(text, kind="path" if _is_path(text) else "index")


def _apt(text: str) -> Spec:
    if _is_path(text) or text.endswith(".deb"):
        return Spec(text, kind="path")
    name, equals, version = text.partition("=")
    return Spec(re.split(r"[:/]", name)[0], version, bool(equals) and "*" not in version)


def _apk(text: str) -> Spec:
    if text.endswith(".apk"):
        return Spec(text, kind="path")
    name, operator, version = re.match(r"([^=<>~@]*)([=<>~]*)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    return Spec(name, (operator if operator != "=" else "") + version, operator == "=")


def _rpm(text: str) -> Spec:
    if _is_path(text) or text.endswith(".rpm"):
        return Spec(text, kind="path")
    match = _RPM.match(text)
    return (
        Spec(match[1], match[2], "-" in match[2] and "*" not in match[2]) if match else Spec(text)
    )


def _zypper(text: str) -> Spec:
    if text.endswith(".rpm"):
        return Spec(text, kind="path")
    match = re.match(r"([^=<>]*)([=<>]*)(.*)", text, re.DOTALL)
    return Spec(match[1], match[2] + match[3], match[2] in {"=", "=="}) if match else Spec(text)


def _pip(text: str) -> Spec:
    if _is_path(text) or text.endswith((".whl", ".tar.gz", ".zip")):
        return Spec(text, kind="path")
    requirement = text.partition(";")[0].strip()
    match = _PIP.match(requirement)
    if not match:
        return Spec(text, kind="path" if "/" in text and not re.search(r"[$`]", text) else "index")
    version = (match[2] or "").strip()
    if version[:1] == "@":  # uv's and poetry's `name@1.2`
        version = version[1:].strip()
        return Spec(match[1], version, bool(_FULL_VERSION.match(version)))
    return Spec(match[1], version, version.startswith("==") and "*" not in version)


def _npm(text: str) -> Spec:
    if _is_path(text) or text.endswith((".tgz", ".tar.gz")):
        return Spec(text, kind="path")
    at = text.find("@", 1)
    name, version = (text[:at], text[at + 1 :]) if at > 0 else (text, "")
    if version.startswith("npm:"):
        return _npm(version[4:])._replace(name=name)
    if ":" in name or (name[:1] != "@" and "/" in name):  # github:user/repo, user/repo#commit
        return Spec(text, "", bool(_COMMIT.search(text)), "vcs")
    return Spec(name, version, bool(_FULL_VERSION.match(version)))


def _gem(text: str) -> Spec:
    if _is_path(text) or text.endswith(".gem"):
        return Spec(text, kind="path")
    return _split(text, ":")


def _cargo(text: str) -> Spec:
    return _split(text, "@", exact=_FULL_VERSION)


def _go(text: str) -> Spec:
    if _is_path(text):
        return Spec(text, kind="path")
    # Without the `v`, a number is no version to Go but the name of a tag, which is taken as it
    # stands.
    exact = re.search(r"@(?:v\d+\.\d+\.\d+\S*|\d+\.\d+[\w.+-]*|[0-9a-f]{7,40})\Z", text)
    return _split(text, "@", exact=_FULL_VERSION)._replace(exact=bool(exact))


def _conda(text: str) -> Spec:
    name, operator, version = re.match(r"([^=<>!~\s]*)\s*([=<>!~]*)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    number, _, build = version.strip().partition("=")
    whole = operator in {"=", "=="} and "*" not in number and not re.search(r"[,|<>]", number)
    exact = whole and (operator == "==" or bool(build) or number.count(".") > 1)
    return Spec(name.rpartition("::")[2], operator + version, exact)


def _composer(text: str) -> Spec:
    if text == "php" or _is_path(text):
        return Spec(text, kind="path")
    return _split(text.replace("=", ":"), ":", exact=_FULL_VERSION)


def _opam(text: str) -> Spec:
    if _is_path(text) or text.endswith(".opam"):
        return Spec(text, kind="path")
    return _split(text, ".")


def _cabal(text: str) -> Spec:
    if _is_path(text):
        return Spec(text, kind="path")
    match = re.match(r"(.+?)-(\d+(?:\.\d+)*)\Z", text)
    return Spec(match[1], match[2], exact=True) if match else Spec(text)


def _cpan(text: str) -> Spec:
    if _is_path(text) or text.endswith(".tar.gz"):
        return Spec(text, kind="path")
    return _split(text, "@")


def _pecl(text: str) -> Spec:
    if _is_path(text) or text.endswith((".tgz", ".xml")):
        return Spec(text, kind="path")
    return _split(text, "-")


GRAMMARS: dict[str, Callable[[str], Spec]] = {
    "apk": _apk,
    "apt": _apt,
    "cabal": _cabal,
    "cargo": _cargo,
    "composer": _composer,
    "dotnet": _plain,
    "luarocks": _plain,
    "conda": _conda,
    "cpan": _cpan,
    "gem": _gem,
    "go": _go,
    "npm": _npm,
    "opam": _opam,
    "pecl": _pecl,
    "pip": _pip,
    "plain": _plain,
    "rpm": _rpm,
    "zypper": _zypper,
}
