"""Official images: how large they are, what their layers are, and on which release of a
distribution they stand.
"""

from __future__ import annotations

from functools import cache
from itertools import chain, takewhile
from pathlib import Path

from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlint.images.reference import Reference
    from dlint.model.build import Build
    from dlint.sizes.tables import Tables

DEBIAN = {
    "8": "jessie",
    "9": "stretch",
    "10": "buster",
    "11": "bullseye",
    "12": "bookworm",
    "13": "trixie",
}
UBUNTU = {
    "14.04": "trusty",
    "16.04": "xenial",
    "18.04": "bionic",
    "20.04": "focal",
    "22.04": "jammy",
    "24.04": "noble",
    "25.10": "questing",
    "26.04": "resolute",
}
# Words in a tag that tell of a system that is neither Debian nor Ubuntu.
_OTHERS = (
    "alpine",
    "windowsservercore",
    "nanoserver",
    "oracle",
    "ubi",
    "amazonlinux",
    "centos",
    "rocky",
    "fedora",
)
# Official images whose tags stand on Debian unless a word in them says otherwise.
_ON_DEBIAN = frozenset(
    (
        *(
            "buildpack-deps",
            "debian",
            "drupal",
            "elixir",
            "erlang",
            "gcc",
            "golang",
            "haproxy",
            "httpd",
            "julia",
        ),
        *(
            "nextcloud",
            "nginx",
            "node",
            "openjdk",
            "perl",
            "php",
            "postgres",
            "pypy",
            "python",
            "redis",
            "ruby",
        ),
        *("rust", "wordpress"),
    )
)
# Releases, the newest last, each with the first version of each line whose tags without a release
# stood on it, by the history of the images' own repositories: lines above those always have.
_MOVED = {
    "golang": (
        ("bullseye", ("1.16.7",)),
        ("bookworm", ("1.19.10", "1.20.5")),
        ("trixie", ("1.24.6",)),
    ),
    "python": (
        ("bullseye", ("3.6.14", "3.7.11", "3.8.11", "3.9.6")),
        ("bookworm", ("3.7.17", "3.8.17", "3.9.17", "3.10.12", "3.11.4")),
        ("trixie", ("3.9.23", "3.10.18", "3.11.13", "3.12.11", "3.13.6")),
    ),
    "ruby": (
        ("bullseye", ("2.6.8", "2.7.4", "3.0.2")),
        ("bookworm", ("3.0.6", "3.1.4", "3.2.2")),
        ("trixie", ("3.2.9", "3.3.9", "3.4.5")),
    ),
    "rust": (("bullseye", ("1.55.0",)), ("bookworm", ("1.71.1",)), ("trixie", ("1.89.0",))),
}
TABLED = "amd64"  # the architecture of all that the tables hold
_NEWEST = "newest"  # the release of a version that the table tells better
_VERSION = regex(r"\d+(?:\.\d+)*")
_NEVER = (10**9,)  # later than any version
_RECENT = (  # before the table's newest day: what stood on a release then, stands on it still
    "-6 months"
)


class Layer(NamedTuple):
    """A layer of an image: its digest as the registry knows it, and its bytes there
    (compressed).
    """

    digest: str
    bytes: int


class Base(NamedTuple):
    """An image of the table. `day` is the one of its facts, `bytes` those of all layers together,
    compressed.
    """

    image: str
    tag: str
    day: str
    bytes: int
    layers: tuple[Layer, ...]


class BaseSize(NamedTuple):
    """What an official image weighed on a day: `bytes` of all its layers, compressed, and how many
    `layers` these are.
    """

    day: str
    bytes: int
    layers: int


class System(NamedTuple):
    """What an image stands on: `debian` and `bookworm`, say.

    `slim` tells that dpkg leaves out documents, manuals and translations. `how` tells what says so:
    "tag", the image's own words; "layers", its first layer, which it shares with an image that says
    so; "history", the image's own repository of when a version was built last; "default", what the
    same image's tags without such words stood on at the table's day; "nearest", the same for a
    version older than those, which may have stayed on an older release when it was given up.
    """

    distribution: str
    release: str
    slim: bool
    how: str


def base(image: str, tag: str, source: Tables | None = None) -> Base | None:
    """Return an official image by name and tag; None where the table does not hold it."""
    row = _row(
        "SELECT day, bytes, layers FROM base WHERE image = ? AND tag = ?", (image, tag), source
    )
    if row is None:
        return None
    day, size, text = row
    layers = (line.split(" ") for line in str(text).split("\n"))
    return Base(
        image,
        tag,
        str(day),
        int(str(size)),
        tuple(Layer(digest, int(size)) for digest, size in layers),
    )


def name_and_tag(reference: Reference | None) -> tuple[str, str]:
    """Return the name of an official image, or of a mirror's copy of one, and its tag.

    The name is empty for any other image, the tag where a digest alone tells the image.
    """
    if reference is None or (reference.tag is None and reference.digest is not None):
        return "", ""
    return reference.name if reference.is_copied else "", reference.tag or "latest"


def architecture_of(build: Build, reference: Reference | None) -> str:
    """Return the architecture that an image is built for on a base, as platforms call it."""
    named = reference.architecture if reference else ""
    return build.options.platform.partition("/")[2] or named or TABLED


def size_of(reference: Reference | None) -> BaseSize | None:
    """Return what an image weighs, by name and tag, of a patch release as the newest of its line;
    None where the table holds neither.

    A list of its own beside the tables tells it, so that a check opens no database for it.
    """
    image, tag = name_and_tag(reference)
    known = map(sizes_of(image).get, chain((tag,), _lines_of(image, tag)))
    return next(filter(None, known), None)


def _lines_of(image: str, tag: str) -> Iterator[str]:
    """Yield the tags that move along the line of a release: `3.13-slim` for `3.13.7-slim`, and
    `22-slim` for `22.4.1-slim` where an image's lines have one number.
    """
    found = _VERSION.match(tag)
    numbers = found[0].split(".") if found else []
    lines = {name for name, _ in map(_parted, sizes_of(image))}
    for count in range(len(numbers) - 1, 0, -1):
        line = ".".join(numbers[:count])
        if line in lines and (count > 1 or not any("." in each for each in lines)):
            yield line + _parted(tag)[1]


def _parted(tag: str) -> tuple[str, str]:
    """Part a tag into its version and the rest."""
    found = _VERSION.match(tag)
    version = found[0] if found else ""
    return version, tag[len(version) :]


@cache
def sizes_of(image: str) -> dict[str, BaseSize]:
    """Return what an image of the list weighs, by tag; all its tags stand together there."""
    _, named, rest = _list().partition(f"\n{image} ")
    lines = takewhile(lambda line: line.startswith(f"{image} "), f"{image} {rest}".splitlines())
    rows = (line.split(" ")[1:] for line in lines if named)
    return {tag: BaseSize(day, int(count), int(layers)) for tag, day, count, layers in rows}


@cache
def _list() -> str:
    return "\n" + Path(__file__).with_name("bases.txt").read_text("utf-8")


def newest(image: str) -> str:
    """Return the newest version of an official image in the table, as `3.14`; empty where it has
    none.
    """
    told = map(_VERSION.match, sizes_of(image))
    found = [tuple(map(int, match[0].split(".")[:2])) for match in told if match]
    full = [version for version in found if len(version) > 1]
    return ".".join(map(str, max(full))) if full else ""


def system_of(image: str, tag: str, source: Tables | None = None) -> System | None:
    """Return what an official image stands on; None where neither its tag nor the table tells."""
    words = tag.split("-")
    if any(word.startswith(_OTHERS) for word in words):
        return None
    slim = "slim" in words
    return (
        _by_number(image, words, slim=slim)
        or _by_word(words, slim=slim)
        or _by_table(image, tag, source, slim=slim)
    )


def _by_number(image: str, words: list[str], *, slim: bool) -> System | None:
    """Read the tag of a distribution's own image: `12`, `22.04`, `trixie`."""
    names = {"debian": DEBIAN, "ubuntu": UBUNTU}.get(image)
    if names is None:
        return None
    found = next(
        (names.get(_short(word, names), word) for word in words if _is_release(word, names)), None
    )
    return System(image, found, slim or image == "ubuntu", "tag") if found else None


def _by_word(words: list[str], *, slim: bool) -> System | None:
    """Read a release in any tag: `bookworm`, `ubuntu22.04`."""
    for name, releases in (("debian", DEBIAN), ("ubuntu", UBUNTU)):
        numbered = {f"{name}{number}": release for number, release in releases.items()}
        told = (numbered.get(word, word) for word in words)
        if found := next((word for word in told if word in releases.values()), None):
            return System(name, found, slim or name == "ubuntu", "tag")
    return None


def _by_table(image: str, tag: str, source: Tables | None, *, slim: bool) -> System | None:
    query = (
        "SELECT distribution, release, slim FROM base WHERE image = ? AND tag = ? AND release != ''"
    )
    if row := _row(query, (image, tag), source):
        return _of_row(*map(str, row))
    if image not in _ON_DEBIAN or _is_no_release(image, tag):
        return None
    moved = _by_history(image, tag)
    if moved != _NEWEST:
        return System("debian", moved, slim, "history") if moved else None
    own = _defaults(image, source)
    found = own or _defaults(None, source)
    if not found:
        return None
    is_slim = slim or any(each.slim for each in own)
    version = _version(tag)
    later = [each for each in own if _is_up_to(version, each)]
    if later or version is None:
        return System("debian", (later or found)[0].release, is_slim, "default")
    return System("debian", found[-1].release, is_slim, "nearest")


def _by_history(image: str, tag: str) -> str:
    """Return the release that a version stood on when it was built last: `_NEWEST` for the newest
    that is known here, or where nothing is; "" for one older than all of them.
    """
    version, releases = _version(tag) or (), _MOVED.get(image, ())
    if not version[1:] or not releases:  # a major version alone moves on to the newest
        return _NEWEST
    on = [release for release, first in releases if _is_from(version, first)]
    if not on:
        return ""
    return _NEWEST if on[-1] == releases[-1][0] else on[-1]


def _is_from(version: tuple[int, ...], first: Iterable[str]) -> bool:
    """Tell whether a version is one of those from the first ones of each line on; `3.11` is the
    newest of its line.
    """
    lines = {each[:2]: each for each in filter(None, map(_version, first))}
    known = lines.get(version[:2])
    return version[:2] > max(lines) if known is None else (*version, *_NEVER) >= known


def _of_row(name: str, release: str, small: str) -> System | None:
    """Return the system of a tag that the table knows by its layers."""
    if name not in {"debian", "ubuntu"}:
        return None
    return System(name, release, small == "1" or name == "ubuntu", "layers")


def _is_up_to(version: tuple[int, ...] | None, default: _Default) -> bool:
    """Tell whether a default is of a version or one before it; `3` is the newest of its kind."""
    return version is None or (default.version or _NEVER)[: len(version)] <= version


def _is_no_release(image: str, tag: str) -> bool:
    """Tell whether a tag of Debian's own image names a release that the table knows nothing of
    (`9`, `sid`).
    """
    return image == "debian" and tag.removesuffix("slim").removesuffix("-") not in {
        "",
        "latest",
        "stable",
    }


class _Default(NamedTuple):
    """What a tag stands on that names no release; slim: its base is, though the tag does not say
    so.
    """

    version: tuple[int, ...] | None
    release: str
    slim: bool


def _defaults(image: str | None, source: Tables | None) -> list[_Default]:
    """Return what tags without a release stand on, of an image or of any, the newest first."""
    from dlint.sizes.tables import tables

    query = (
        "SELECT tag, release, slim FROM base WHERE distribution = 'debian' AND release != '' AND"
        " instr(tag, release) = 0 AND image = coalesce(?, image) AND image != 'debian' AND day >="
        " (SELECT date(max(day), ?) FROM base)"
    )
    rows = (source or tables()).connection.execute(query, (image, _RECENT)).fetchall()
    found = (
        _Default(_version(tag), release, bool(slim) and "slim" not in tag)
        for tag, release, slim in rows
    )
    return sorted(found, key=lambda each: each.version or (), reverse=True)


def _version(tag: str) -> tuple[int, ...] | None:
    match = _VERSION.match(tag)
    return tuple(map(int, match[0].split("."))) if match else None


def _row(query: str, values: Iterable[str], source: Tables | None) -> tuple[object, ...] | None:
    from dlint.sizes.tables import tables

    row: tuple[object, ...] | None = (
        (source or tables()).connection.execute(query, tuple(values)).fetchone()
    )
    return row


def _short(word: str, names: dict[str, str]) -> str:
    """Return `12` for `12.5`, where point releases have such numbers."""
    return word.partition(".")[0] if "10" in names else word


def _is_release(word: str, names: dict[str, str]) -> bool:
    return word in names.values() or _short(word, names) in names
