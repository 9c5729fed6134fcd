"""What an address says of the version that comes from it."""

from __future__ import annotations

import re
from typing import Literal

from dlint.facts.volatility import is_source
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

_REMOTE = regex(r"https?://|git@|git://|ssh://", re.IGNORECASE)
_USER = regex(r"\A(https?://)[^/@]{1,200}@", re.IGNORECASE)
_GIT = regex(r"^git@|^git://|^ssh://|\.git(?:#|$)")
_BRANCHES = frozenset(("master", "main", "head", "trunk", "develop", "devel"))
# References that are branches for sure: a tag may be called anything else.
_SURE = _BRANCHES | {"dev", "gh-pages", "next"}
# Hosts whose addresses hold branches; elsewhere `main` is a folder like any other
# (`/debian/pool/main/`).
_CODE_HOSTS = regex(r"git|bitbucket|codeberg|sourcehut|sr\.ht|jsdelivr|statically", re.IGNORECASE)
# GitHub's places for a branch, a tag or a commit: OWNER/PROJECT/PLACE/REF, OWNER/PROJECT/REF of raw
# files.
_REF_PLACES = frozenset(
    ("archive", "blob", "legacy.tar.gz", "legacy.zip", "raw", "tar.gz", "tarball", "zip", "zipball")
)
_GITHUBS = frozenset(("github.com", "codeload.github.com"))
# A file of a branch: OWNER/PROJECT, and its path.
_RAW = regex(
    r"https?://(?:raw\.githubusercontent\.com/([^/]+/[^/]+)|github\.com/([^/]+/[^/]+)/(?:raw|blob))"
    r"/(?:refs/heads/)?[^/]+/([^?#$]+)\Z"
)
_ARCHIVES = _REF_PLACES - {"blob", "raw"}
_PACKED = regex(r"\.(?:zip|tar\.\w+|tgz)$")
# Words that stand for whatever is newest.
MOVING = frozenset(
    (
        "latest",
        "stable",
        "nightly",
        "edge",
        "current",
        "snapshot",
        "snapshots",
        "daily",
        "continuous",
        "lastsuccessfulbuild",
        "lateststable",
    )
)
_VERSION = regex(
    r"\d+[._u]\d|\bv\d|[-_/]\d+(?:\.x|[-_.]|$|\b)|\d{3,}|\d+\.x|[-_/]r\d+[a-z]?(?=[-._/]|$)|(?=[a-f]*\d)(?<![0-9a-z])[0-9a-f]{7,40}(?![0-9a-z])"
)
# What an address may hold for each kind of machine, and variables of it: none says which version
# comes.
_MACHINE = regex(
    r"\$\((?:uname|arch|dpkg|rpm|lsb_release)\b[^)]*\)|`(?:uname|arch|dpkg|rpm|lsb_release)\b[^`]*`"
    r"|\$\{?\w*(?:arch|platform|machine|codename)\w*\}?"
    r"|x86[_-]64|i[3-6]86|(?:amd|arm|aarch|x|win|linux|mac|osx|darwin|ppc|riscv|mips|loong)_?(?:32|64)(?:le|el|bit|v\d)?"
    r"|armv\d\w*|s390x?|(?<![0-9a-z])386(?![0-9a-z])|sha\d+|md5|utf-?8",
    re.IGNORECASE,
)
# Variables that name the kind of machine in the files of a release, whatever they are elsewhere.
_TARGET = regex(
    r"\$\{?(?:[a-z]+_)?(?:target|triple|os|libc)(?:_(?:name|os|triple))?\b\}?", re.IGNORECASE
)
# GitHub's place for the files of the newest release.
_NEWEST_RELEASE = ["releases", "latest", "download"]
_WORD = regex(r"[^a-z]+")
# Whose content is whoever is asked: keys, certificates, sums, and the lists that tell a package
# manager where to look.
_IDENTITY = regex(
    r"\.(?:asc|gpg|key|pub|sig|pem|crt|cer|der|list|repo|sources|sha\d+(?:sum)?|md5|sum|txt\.sig)$|/\w*(?:gpg|keys?)$"
    r"|(?:^|[/_-])(?:keys?|pgp|sha\d+sums?)(?:[._-]|$)|^/(?>.*?(?:release|repo|keyring|source|prod)\b).*\.(?:rpm|deb)$",
    re.IGNORECASE,
)
_NEAR = regex(
    r"^(?:localhost|127\.|0\.0\.0\.0|169\.254\.|\[::1\]|metadata\.|[^./:$]+(?::|$))", re.IGNORECASE
)
_BARE_HOST = regex(
    r"git@|[\w-]+(?:\.[\w-]+)+/|[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|dev|rs|us|sh|ai|app)$"
)
# ADDed to make what follows run again: when somebody pushed
# (`/repos/OWNER/NAME/git/refs/heads/main`), by the page of a host, or by what is never the same.
_BUSTS_CACHE = regex(
    r"https://api\.github\.com/repos/[^/]+/[^/]+/(?:git/refs?|commits|branches)\b"
    r"|https?://[^/?#]+/?\Z"
    r"|https?://[^/?]*\brandom|https?://[^?]*/(?:rand\w{0,20}|uuid\d?)(?:[/?]|\Z)"
)
# Questions to a host of code or packages, whose answer tells which version is the newest.
_ASKS_FOR_VERSION = regex(
    r"https?://(?:api\.github\.com/repos/[^/?]+/[^/?]+/(?:releases(?:/latest)?|tags)"
    r"|[^/?]+/api/v4/projects/[^/?]+/(?:releases(?:/permalink/latest)?|repository/tags)"
    r"|registry\.npmjs\.org/(?:@[^/?]+/)?[^/?]+(?:/latest)?"
    r"|pypi\.org/pypi/[^/?]+/json)/?(?:\?[^/]*)?\Z"
)
# The same for commits: of a branch, or of all (https://docs.github.com/rest/commits, /git/refs).
_ASKS_FOR_COMMIT = regex(
    r"https?://(?:api\.github\.com/repos/[^/?]+/[^/?]+/(?:commits|branches|git/refs?/heads)"
    r"|[^/?]+/api/v4/projects/[^/?]+/repository/(?:commits|branches)"
    r")(?:/[^/?$`\d]+)?/?(?:\?[^/]*)?\Z"
)
_VARIABLE = regex(r"[$`]|%\w+%")
_NAMED = regex(r"\$\{?\w+")
_SUBSTITUTED = regex(r"\$\([^)]*\)|`[^`]*`")
# What is only there to be read by people.
_PROSE = regex(r"(?:LICEN[CS]E|COPYING|COPYRIGHT|NOTICE|OFL|README)(?:[-.]\w{1,40})?(?:\.\w{1,8})?")
_DIGIT = regex(r"\d")
# A branch that somebody works on, whatever version its name holds; no tag is called so.
_OF_WORK = regex(r"(?i)(?:bugfix|dev|feat|feature|fix|hotfix|users)/")
_SPECIFIC = regex(r"[\d$%]")  # in a name: a version, or a variable that decides


class Drift(NamedTuple):
    """Why an address gives something else one day; `name` is the branch that it names, or the
    reference that may be a branch or a tag, if it does. "question" where the answer tells which
    version or commit, as `name` says, is the newest, "none" where it names a version, or a variable
    does.
    """

    kind: Literal[
        "branch", "default branch", "reference", "newest", "unversioned", "question", "none"
    ]
    name: str = ""


def is_remote(address: str) -> bool:
    """Tell whether an address is one of the web or of a git server."""
    return _REMOTE.match(address) is not None


def is_git(address: str) -> bool:
    """Tell whether ADD clones an address instead of downloading it."""
    return _GIT.search(address) is not None


def without_user(address: str) -> str:
    """Return an address without the name and password of who asks: `https://user:$TOKEN@host`."""
    return _USER.sub(r"\1", address)


def is_unpinnable(address: str) -> bool:
    """Tell whether an address names no version by its nature: it is of this machine, or gives a
    key, a list of packages or a file.
    """
    if address.startswith(("file:", "ftp:")):
        return True
    if "://" not in address and not _BARE_HOST.match(address):
        return True
    host, _, path = _without_scheme(address).partition("/")
    file = "/" + path.partition("?")[0].rstrip("/").rpartition("/")[2]
    return bool(_NEAR.match(host) or (_IDENTITY.search(file) and not is_source(file)))


def busts_cache(address: str) -> bool:
    """Tell whether an address is asked so that the steps below run again, and not for a file."""
    return _BUSTS_CACHE.match(address) is not None


def is_prose(address: str) -> bool:
    """Tell whether an address gives a license, or another text that is there for people to read."""
    return _PROSE.fullmatch(address.partition("?")[0].rpartition("/")[2]) is not None


def without_machine(text: str) -> str:
    """Return a text without what it says of the kind of machine (`x86_64`), in which numbers are no
    version.
    """
    return _MACHINE.sub("", text)


def names_version(text: str) -> bool:
    """Tell whether a text names a version."""
    return _VERSION.search(text) is not None


def holds_variable(text: str) -> bool:
    """Tell whether a variable or a command decides part of a text."""
    return _VARIABLE.search(text) is not None


def is_moving(word: str) -> bool:
    """Tell whether a word stands for the newest of its kind, or for a branch."""
    return word in MOVING or word in _BRANCHES


def drift(address: str) -> Drift:
    """Return why what an address gives may change."""
    if asked := _asked(address):
        return Drift("question", asked)
    host, _, whole = _without_scheme(address).partition("/")
    parts = _parts(whole.partition("?")[0])
    if branch := _branch(host, parts):
        return Drift("branch", branch)
    if reference := _reference(host, parts):
        return _drift_of(reference)
    path, _, query = _SUBSTITUTED.sub("$", without_machine(whole)).partition("?")
    if _is_newest(path, query):
        return Drift("newest")
    if _VARIABLE.search(host + path + query):
        return Drift("none")
    is_versioned = _VERSION.search(f"/{path}/") or _VERSION.search(f"?{query}")
    return Drift("none" if is_versioned else "unversioned")


def _asked(address: str) -> str:
    """Return of what an address is asked for the newest: a version or a commit; "" for none."""
    if _ASKS_FOR_VERSION.match(address):
        return "version"
    return "commit" if _ASKS_FOR_COMMIT.match(address) else ""


def drift_of_git(address: str) -> Drift:
    """Return why the repository that ADD clones may be at another commit: what the fragment of its
    address names is no version, no commit and no variable.
    """
    reference = address.partition("#")[2].partition(":")[0]
    if not reference:
        return Drift("default branch")
    is_version = _VERSION.search("/" + reference) and not is_of_work(reference)
    is_fixed = "$" in reference or is_version
    return Drift("none") if is_fixed else _drift_of(reference)


def is_of_work(reference: str) -> bool:
    """Tell whether what a repository is taken at is a branch by its name: `feat/s3-2025.1`."""
    return _OF_WORK.match(reference) is not None


def archived_folder(address: str) -> str:
    """Return the folder that GitHub puts all files of an archive of a branch into; "" for another
    address.
    """
    parts = _without_scheme(address).split("/")
    match parts:
        case ["github.com", _, project, "archive", *_]:
            return f"{project}-{_PACKED.sub('', parts[-1])}"
    return ""


def file_of_branch(address: str) -> tuple[str, str] | None:
    """Return OWNER/PROJECT and the path of the file that GitHub gives as it is on a branch."""
    match = _RAW.match(address)
    return None if match is None else (match[1] or match[2], match[3])


def is_of_archive(address: str) -> bool:
    """Tell whether an address gives an archive of many files, as of all that a branch holds."""
    parts = _parts(_without_scheme(address).partition("?")[0])
    return not _ARCHIVES.isdisjoint(parts) or any(map(_PACKED.search, parts[-1:]))


def _without_scheme(address: str) -> str:
    return address.partition("://")[2] or address


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _is_newest(path: str, query: str) -> bool:
    """Tell whether an address says "the newest", and its file no version."""
    parts = _parts(path.removesuffix("/download"))  # what SourceForge puts behind a file
    file = parts[-1] if parts else ""
    if parts[-4:-1] == _NEWEST_RELEASE:
        file = _TARGET.sub("", file)
    if _VERSION.search("/" + file) or _VARIABLE.search(file):
        return False
    return any(map(_names_newest, [*parts, query]))


def _names_newest(part: str) -> bool:
    """Tell whether a part of an address says "the newest", and no version beside
    (`v2023.10.09-nightly`): what a variable is called says nothing of its value
    (`$EDGE_DRIVER_VERSION`).
    """
    words = _WORD.split(_NAMED.sub("$", part).lower())
    return not MOVING.isdisjoint(words) and not _VERSION.search("/" + part)


def _branch(host: str, parts: list[str]) -> str | None:
    """Return the branch that an address names, if its host keeps code."""
    if not _CODE_HOSTS.search(host):
        return None
    for before, part, name in zip(parts, parts[1:], parts[2:], strict=False):
        if (before, part) == ("refs", "heads"):
            return None if "$" in name else _PACKED.sub("", name)
    names = (_PACKED.sub("", each) for each in _places_of_reference(host, parts))
    return next((each for each in names if each.lower() in _BRANCHES), None)


def _places_of_reference(host: str, parts: list[str]) -> list[str]:
    """Return the parts of an address of which one may be a branch: what is behind it is a file's
    path, where `main` is a folder as well (`src/main/resources`).
    """
    behind = parts[2:]  # an owner and a project
    if host.startswith("raw.git"):
        return behind[:1]
    start = 1 if parts and "$" in parts[0] else 2  # it may stand for both
    place = next((at for at, each in enumerate(parts) if at >= start and each in _REF_PLACES), None)
    if place is not None:
        at = place + 1 + (parts[place + 1 : place + 2] == ["branch"])  # Gitea's `raw/branch/main`
        return parts[at : at + 1]
    return [] if host in _GITHUBS else behind


def _drift_of(reference: str) -> Drift:
    is_branch = reference.lower() in _SURE or is_of_work(reference)
    return Drift("branch" if is_branch else "reference", reference)


def _reference(host: str, parts: list[str]) -> str | None:
    """Return what stands where GitHub's addresses have a branch, a tag or a commit, if it is like a
    branch's name.
    """
    match host, parts:
        case _, ["wiki", *_]:
            return None
        case _, [_, _, reference, _, *_] if host.startswith("raw.git"):
            pass
        case _, [_, _, place, reference, *_] if host in _GITHUBS and place in _REF_PLACES:
            pass
        case _:
            return None
    name = _PACKED.sub("", reference)
    is_branch = name and name not in {"refs", "tags"} and not _names_newest(name)
    if not is_branch or _SPECIFIC.search(name) or _DIGIT.search(parts[-1]):
        return None
    return name
