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
    from collections.abc import Iterable, Iterator, Sequence

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
# stood on it when they were built last, by the history of the images' own repositories
# (https://github.com/docker-library/official-images). Lines above those always have. A line is all
# of a version but its last number, of Node.js its major version.
_MOVED = {
    "golang": (
        ("bullseye", ("1.16.7",)),
        ("bookworm", ("1.19.10", "1.20.5")),
        ("trixie", ("1.24.6",)),
    ),
    "httpd": (
        ("buster", ("2.4.48",)),
        ("bullseye", ("2.4.51",)),
        ("bookworm", ("2.4.57",)),
        ("trixie", ("2.4.65",)),
    ),
    "nginx": (
        ("buster", ("1.16.1", "1.17.2")),
        ("bullseye", ("1.22.1", "1.23.4")),
        ("bookworm", ("1.25.1",)),
        ("trixie", ("1.28.1", "1.29.2")),
    ),
    "node": (
        ("stretch", ("8.13.0", "10.13.0")),
        ("buster", ("14.19.3", "16.0.0")),
        ("bullseye", ("17.0.0",)),
        ("bookworm", ("18.16.0", "20.3.0")),
        ("trixie", ("26.0.0",)),
    ),
    "php": (
        ("buster", ("7.1.30", "7.2.20", "7.3.7")),
        ("bullseye", ("7.3.29", "7.4.22", "8.0.9")),
        ("bookworm", ("8.1.20", "8.2.7")),
        ("trixie", ("8.1.33", "8.2.29", "8.3.24", "8.4.11")),
    ),
    "postgres": (
        ("buster", ("12.7", "13.3")),
        ("bullseye", ("12.8", "13.4")),
        ("bookworm", ("12.15", "13.11", "14.8", "15.3")),
        ("trixie", ("13.21", "14.18", "15.13", "16.9", "17.5")),
    ),
    "python": (
        ("bullseye", ("3.6.14", "3.7.11", "3.8.11", "3.9.6")),
        ("bookworm", ("3.7.17", "3.8.17", "3.9.17", "3.10.12", "3.11.4")),
        ("trixie", ("3.9.23", "3.10.18", "3.11.13", "3.12.11", "3.13.6")),
    ),
    "redis": (
        ("buster", ("4.0.14", "5.0.5")),
        ("bullseye", ("5.0.14", "6.0.16", "6.2.6")),
        ("bookworm", ("6.0.19", "6.2.12", "7.0.11")),
        ("trixie", ("8.4.1",)),
    ),
    "ruby": (
        ("bullseye", ("2.6.8", "2.7.4", "3.0.2")),
        ("bookworm", ("3.0.6", "3.1.4", "3.2.2")),
        ("trixie", ("3.2.9", "3.3.9", "3.4.5")),
    ),
    "rust": (("bullseye", ("1.55.0",)), ("bookworm", ("1.71.1",)), ("trixie", ("1.89.0",))),
}
_MAJOR_LINES = frozenset(("node", "postgres"))  # images of which a line has one number
_OF_NEWEST = frozenset(("latest", "current", "slim"))  # what begins a tag of the newest version
# Distributions' own images, of which a version keeps the release of its line.
_OWN = frozenset(
    (
        *("almalinux", "alpine", "amazonlinux", "centos", "debian", "fedora"),
        *("oraclelinux", "rockylinux", "ubuntu"),
    )
)
TABLED = "amd64"  # the architecture of all that the tables hold
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
    same tag without such words stood on at the table's day.
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
    `22-slim` for `22.4.1-slim` where an image's lines have one number; none of which stands on
    another release of a distribution by now, or may.
    """
    if image not in _OWN | _MOVED.keys():
        return
    found = _VERSION.match(tag)
    numbers = found[0].split(".") if found else []
    lines = {name for name, _ in map(_parted, sizes_of(image))}
    for count in range(len(numbers) - 1, 0, -1):
        line = ".".join(numbers[:count])
        is_line = line in lines and (count > 1 or not any("." in each for each in lines))
        if is_line and _by_history(image, line) == _by_history(image, tag):
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
        "SELECT distribution, release, slim, day >= (SELECT date(max(day), ?) FROM base) FROM base"
        " WHERE image = ? AND tag = ? AND release != ''"
    )
    row = _row(query, (_RECENT, image, tag), source)
    moved = _by_history(image, tag)
    if row is not None and (row[-1] or not moved):  # what is older may have moved since
        return _of_row(*map(str, row[:-1]))
    if image not in _ON_DEBIAN or _is_no_release(image, tag) or moved == "":
        return None
    own = _defaults(image, source)
    default = _default_of(image, tag, own)
    is_slim = slim or any(each.slim for each in own)
    if moved is None or (moved == _MOVED[image][-1][0] and _is_newer(default, moved)):
        return System("debian", default, is_slim, "default") if default else None
    return System("debian", moved, is_slim, "history")


def _default_of(image: str, tag: str, own: Sequence[_Default]) -> str:
    """Return what a tag that names no release stood on at the table's day: one of an image whose
    history is known as the version before it, of another one only where it floats, or is that
    version; "" where nothing tells.
    """
    version = _version(tag)
    if image == "debian":
        return list(DEBIAN.values())[-1]  # the stable one
    if version is None:
        found = own
    elif image in _MOVED:
        found = [each for each in own if _is_up_to(version, each)]
    else:
        found = [each for each in own if each.version == version]
    return found[0].release if found else ""


def _is_newer(release: str, other: str) -> bool:
    """Tell whether a release of Debian's came after another one."""
    order = list(DEBIAN.values())
    return release in order and order.index(release) > order.index(other)


def _by_history(image: str, tag: str) -> str | None:
    """Return the release that a version stood on when it was built last; "" for one older than all
    that are known here, None where the history tells nothing of a tag.
    """
    version, releases = _version(tag), _MOVED.get(image)
    if releases is None:
        return None
    if version is None:
        return releases[-1][0] if tag.partition("-")[0] in _OF_NEWEST else None
    count = 1 if image in _MAJOR_LINES else 2
    on = [release for release, first in releases if _is_from(version, first, count)]
    return on[-1] if on else ""


def _is_from(version: tuple[int, ...], first: Iterable[str], count: int) -> bool:
    """Tell whether a version is one of those from the first ones of each line on, which has so many
    numbers; `3.11` is the newest of its line, and `3` of the lines that begin so.
    """
    lines = {each[:count]: each for each in filter(None, map(_version, first))}
    own, length = version[:count], min(count, len(version))
    known = max((each for line, each in lines.items() if line[:length] == own), default=None)
    return own > max(lines) if known is None else (*version, *_NEVER) >= known


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


def _defaults(image: str, source: Tables | None) -> list[_Default]:
    """Return what an image's tags without a release stand on, the newest first."""
    from dlint.sizes.tables import tables

    query = (
        "SELECT tag, release, slim FROM base WHERE distribution = 'debian' AND release != '' AND"
        " instr(tag, release) = 0 AND image = ? AND image != 'debian' AND day >="
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
