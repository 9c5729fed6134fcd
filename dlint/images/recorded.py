"""Facts of images that were recorded in a repository: `.dlint/facts.json`.

A JSON array, one entry a line: the schema, then each image, followed by its layers, the base's
first, and by its steps that were timed. The comma stands at the start of a line, so that an entry
that is added or changed touches no other line, and git merges what two branches record of two
images. Whoever wrote the file may be a stranger: it is read within bounds, each value is checked,
and none of them is ever a path that is opened.
"""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any

from dlint.errors import DlintError
from dlint.findings import Basis
from dlint.images.manifest import DIGEST
from dlint.text.patterns import regex
from dlint.text.units import plural
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

SCHEMA = 1

# Bounds of what is read: the file in bytes, its entries, the characters of a value, those of an
# instruction, and the packages of a layer. A lock file of 2,000 packages makes a line of 60 kB.
LIMIT = 8_000_000
ENTRIES = 20_000
SHORT, LONG = 1_000, 65_536
PACKAGES = 20_000
LAYERS = 500  # of one image; Docker makes no more than 127
STEPS = 2_000  # of one image that were timed, in all of its stages
LONGEST = 1_000_000  # seconds of a step: more than eleven days
MOST_BYTES, DIGITS = 1 << 50, 16

# The version of a package that a list does not pin.
UNPINNED = "*"
ECOSYSTEMS = frozenset(("python", "node"))
_KEY = regex(r"[0-9a-f]{32}")
_COMMIT = regex(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_DAY = regex(r"\d{4}-\d\d-\d\d")
_CONFLICT = regex(r"^(?:<{7}|={7}|>{7})(?= |$)", re.MULTILINE)
_AGAIN = "`dlint facts record` writes the file again"


class RecordedPackage(NamedTuple):
    """A package that a list or lock file named; `bytes` of its archive where that told them."""

    name: str
    version: str = ""
    bytes: int | None = None


# By ecosystem, `python` or `node`; sorted by name.
Packages = dict[str, tuple[RecordedPackage, ...]]


class RecordedLayer(NamedTuple):
    """A layer that an instruction made.

    `instruction` is its text, `key` the cache key that dlint gave the step ("" where it is not
    known which build made it). `bytes` are those of the blob as compressed, exact or as `basis`
    says, None where nothing told them; `unpacked` those of its tar or its files. `packages` are
    what the lists named that an install read, None where nobody knows.
    """

    instruction: str
    diff_id: str
    key: str = ""
    bytes: int | None = None
    basis: Basis = Basis.EXACT
    unpacked: int | None = None
    digest: str | None = None
    packages: Packages | None = None


class RecordedStep(NamedTuple):
    """A step that was timed when it ran: `seconds`, as the builder told them, or as `basis` says.

    `stage` is the name of its stage, or `stage-N`, `key` the cache key that dlint gave the step.
    """

    instruction: str
    stage: str
    key: str
    seconds: float
    basis: Basis = Basis.EXACT

    @property
    def words(self) -> tuple[str, ...]:
        """Its stage and its instruction's words: the same for a step that stands for the same."""
        return (self.stage, *self.instruction.split())


class RecordedImage(NamedTuple):
    """An image, and the build that made it.

    `dockerfile` is a path in the repository, `target` the stage (None: the last), `source` what the
    facts were read from, without paths of a machine. `base` is the name that the image stands on,
    as written, `base_layers` its layers, `base_digest` what that name stood for, if it was asked.
    `day` is that of the recording (ISO), "" where it was not written to a file; `commit` the one
    that was built, None where there was none or the working tree held more.
    """

    dockerfile: str
    target: str | None = None
    platform: str = ""
    source: str = ""
    digest: str | None = None
    base: str | None = None
    base_digest: str | None = None
    day: str = ""
    commit: str | None = None
    base_layers: tuple[RecordedLayer, ...] = ()
    layers: tuple[RecordedLayer, ...] = ()
    steps: tuple[RecordedStep, ...] = ()

    @property
    def identity(self) -> tuple[str, str, str]:
        """What tells it from the other images of a file."""
        return self.dockerfile, self.target or "", self.platform


def write_recorded(images: Iterable[RecordedImage]) -> str:
    """Return a file's text: the same for the same images, in whatever order."""
    lines: list[Mapping[str, Any]] = [{"schema": SCHEMA}]
    for image in sorted(images, key=lambda each: each.identity):
        lines.append(_head(image))
        lines += (_base_line(layer) for layer in image.base_layers)
        lines += (_layer_line(layer) for layer in image.layers)
        lines += (_step_line(step) for step in image.steps)
    texts = (json.dumps(line, separators=(", ", ": ")) for line in lines)
    return "[" + "\n,".join(texts) + "\n]\n"


def _head(image: RecordedImage) -> dict[str, Any]:
    return {
        "image": image.dockerfile,
        "target": image.target,
        "platform": image.platform,
        "from": image.source,
        "digest": image.digest,
        "base": image.base,
        "base_digest": image.base_digest,
        "day": image.day,
        "commit": image.commit,
    }


def _base_line(layer: RecordedLayer) -> dict[str, Any]:
    return {"base_layer": layer.diff_id, **_sizes(layer)}


def _layer_line(layer: RecordedLayer) -> dict[str, Any]:
    line = {"layer": layer.instruction, "key": layer.key, "diff_id": layer.diff_id}
    packages = {
        name: [_package_text(each) for each in those]
        for name, those in sorted((layer.packages or {}).items())
    }
    return {**line, **_sizes(layer), "packages": packages}


def _step_line(step: RecordedStep) -> dict[str, Any]:
    line = {"step": step.instruction, "stage": step.stage, "key": step.key}
    return {**line, "seconds": step.seconds, **_told_basis(step.basis)}


def _told_basis(basis: Basis) -> dict[str, str]:
    return {} if basis is Basis.EXACT else {"basis": str(basis)}


def _sizes(layer: RecordedLayer) -> dict[str, Any]:
    exact = _told_basis(layer.basis)
    return {
        "bytes": layer.bytes,
        **exact,
        "unpacked": layer.unpacked,
        "digest": layer.digest,
    }


def _package_text(package: RecordedPackage) -> str:
    text = f"{package.name} {package.version or UNPINNED}"
    return text if package.bytes is None else f"{text} {package.bytes}"


def read_recorded(data: bytes, shown: str) -> tuple[RecordedImage, ...]:
    """Read a file's images. Raises DlintError with file and line where it is not what `dlint facts
    record` writes.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DlintError(f"{shown}:{line}: is not UTF-8", _AGAIN) from None
    if found := _CONFLICT.search(text):
        raise _wrong(
            shown, text, found.start(), "two branches recorded the same image", "keep one side: "
        )
    return _Reader(text, shown).images()


def _wrong(shown: str, text: str, at: int, why: str, hint: str = "") -> DlintError:
    return DlintError(f"{shown}:{text.count(chr(10), 0, at) + 1}: {why}", hint + _AGAIN)


class _MistakeError(ValueError):
    """What is wrong with an entry."""


class _Reader:
    """Reads one file's text."""

    def __init__(self, text: str, shown: str) -> None:
        self._text, self._shown = text, shown

    def images(self) -> tuple[RecordedImage, ...]:
        """Return the images; raises DlintError."""
        entries = self._entries()
        at, first = next(entries, (0, None))
        if first != {"schema": SCHEMA}:
            schema = first.get("schema") if isinstance(first, dict) else None
            newer = isinstance(schema, int) and schema > SCHEMA
            why = (
                "a newer dlint wrote it" if newer else f'does not begin with {{"schema": {SCHEMA}}}'
            )
            raise _wrong(self._shown, self._text, at, why)
        found: dict[tuple[str, str, str], RecordedImage] = {}
        last: RecordedImage | None = None
        for at, entry in entries:
            try:
                last = _read_entry(entry, last)
            except _MistakeError as error:
                raise _wrong(self._shown, self._text, at, str(error)) from None
            if "image" in entry and last.identity in found:
                why = f"{last.dockerfile} is recorded twice for the same target and platform"
                raise _wrong(self._shown, self._text, at, why)
            found[last.identity] = last
        return tuple(found.values())

    def _entries(self) -> Iterator[tuple[int, Any]]:
        """Yield the array's entries, each with where it begins."""
        decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)
        at, count = self._past(0, "["), 0
        while not self._is_next("]", at):
            count += 1
            if count > ENTRIES:
                raise _wrong(self._shown, self._text, at, f"holds more than {ENTRIES:,} entries")
            at = self._blank(self._past(at, ",") if count > 1 else at)
            try:
                value, end = decoder.raw_decode(self._text, at)
            except json.JSONDecodeError as error:
                raise _wrong(
                    self._shown, self._text, error.pos, f"is not valid JSON: {error.msg}"
                ) from None
            except (ValueError, RecursionError) as error:
                why = (
                    str(error)
                    if isinstance(error, _MistakeError)
                    else "is not JSON that dlint reads"
                )
                raise _wrong(self._shown, self._text, at, why) from None
            yield at, value
            at = end
        if rest := self._text[self._past(at, "]") :].strip():
            where = self._text.rindex(rest)
            raise _wrong(self._shown, self._text, where, "there is more after the array")

    def _blank(self, at: int) -> int:
        while at < len(self._text) and self._text[at] in " \t\r\n":
            at += 1
        return at

    def _is_next(self, sign: str, at: int) -> bool:
        return self._text.startswith(sign, self._blank(at))

    def _past(self, at: int, sign: str) -> int:
        if not self._is_next(sign, at):
            raise _wrong(self._shown, self._text, self._blank(at), f"`{sign}` is missing")
        return self._blank(at) + len(sign)


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _MistakeError("a key occurs twice")
    return found


def _no_constant(name: str) -> None:
    raise _MistakeError(f"{name} is not a number")


def _read_entry(entry: Any, image: RecordedImage | None) -> RecordedImage:  # noqa: ANN401  as JSON's
    """Return the image that an entry, any JSON, begins, or `image` with the layer that it tells
    of.
    """
    if image is not None and len(image.layers) + len(image.base_layers) > LAYERS:
        raise _MistakeError(f"is one layer more than the {LAYERS} that an image may have")
    match entry:
        case {"image": _}:
            return RecordedImage(**_fields(entry, _IMAGE))
        case {"base_layer": _} if image is not None:
            layer = RecordedLayer("", **_fields(entry, _BASE_LAYER))
            return image._replace(base_layers=(*image.base_layers, layer))
        case {"layer": _} if image is not None:
            layer = RecordedLayer(**_fields(entry, _LAYER))
            return image._replace(layers=(*image.layers, layer))
        case {"step": _} if image is not None:
            if len(image.steps) >= STEPS:
                raise _MistakeError(f"is one step more than the {STEPS:,} that an image may have")
            step = RecordedStep(**_fields(entry, _STEP))
            return image._replace(steps=(*image.steps, step))
        case {"layer": _} | {"base_layer": _}:
            raise _MistakeError("a layer comes before the first image")
        case {"step": _}:
            raise _MistakeError("a step comes before the first image")
    raise _MistakeError("is neither an image nor a layer nor a step")


class _Field(NamedTuple):
    """What a value becomes, and how it is read; one that may be missing has a default."""

    name: str
    read: Callable[[Any], Any]
    optional: bool = False


def _fields(entry: Mapping[str, Any], known: Mapping[str, _Field]) -> dict[str, Any]:
    """Read an entry's values; raises _MistakeError."""
    for key in entry:
        if key not in known:
            raise _MistakeError(f"{_quoted(key)} is not a known key")
    found = {}
    for key, field in known.items():
        if key in entry:
            try:
                found[field.name] = field.read(entry[key])
            except _MistakeError as error:
                raise _MistakeError(f"{_quoted(key)} {error}") from None
        elif not field.optional:
            raise _MistakeError(f"{_quoted(key)} is missing")
    return found


def _quoted(key: str) -> str:
    return json.dumps(key[:40])


def _text(value: object, limit: int = SHORT) -> str:
    if not isinstance(value, str) or not value or len(value) > limit:
        raise _MistakeError(f"must be a text of 1 to {limit:,} characters")
    return value


def _line(value: object) -> str:
    text = _text(value)
    if not text.isprintable():
        raise _MistakeError("holds what cannot be printed")
    return text


def _path(value: object) -> str:
    text = _line(value)
    if text.startswith("/") or ".." in text.split("/"):
        raise _MistakeError("must be a path in the repository")
    return text


def _instruction(value: object) -> str:
    """Read an instruction's text, which may reach over several lines."""
    text = _text(value, LONG)
    if not all(line.isprintable() for line in re.split(r"[\n\r\t]+", text)):
        raise _MistakeError("holds what cannot be printed")
    return text


def _shaped(shape: re.Pattern[str], what: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or not shape.fullmatch(value):
            raise _MistakeError(f"must be {what}")
        return value

    return read


def _day(value: object) -> str:
    text = _shaped(_DAY, "a day such as 2026-11-30")(value)
    try:
        date.fromisoformat(text)
    except ValueError:
        raise _MistakeError("is not a calendar day") from None
    return text


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_BYTES:
        raise _MistakeError("must be a number of bytes")
    return value


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST:
        raise _MistakeError("must be a number of seconds")
    return float(value)


def _or_null(read: Callable[[Any], Any]) -> Callable[[object], Any]:
    return lambda value: None if value is None else read(value)


def _basis(value: object) -> Basis:
    if value not in {Basis.MODELLED, Basis.GUESSED}:
        raise _MistakeError('must be "modelled" or "guessed"')
    return Basis(str(value))


def _packages(value: object) -> Packages:
    if not isinstance(value, dict):
        raise _MistakeError("must be an object")
    if unknown := sorted(value.keys() - ECOSYSTEMS):
        raise _MistakeError(f"names {_quoted(unknown[0])}, which dlint does not know")
    found = {name: _package_list(those) for name, those in value.items()}
    if sum(map(len, found.values())) > PACKAGES:
        raise _MistakeError(f"names more than {plural(PACKAGES, 'package')}")
    return found


def _package_list(value: object) -> tuple[RecordedPackage, ...]:
    if not isinstance(value, list):
        raise _MistakeError("must hold lists")
    return tuple(map(_package, value))


def _package(value: object) -> RecordedPackage:
    match _line(value).split(" "):
        case [name, version]:
            return RecordedPackage(name, version if version != UNPINNED else "")
        case [name, version, count] if count.isascii() and count.isdigit() and len(count) <= DIGITS:
            return RecordedPackage(name, version if version != UNPINNED else "", _count(int(count)))
    raise _MistakeError("must hold texts such as `flask 3.1.0`")


_DIGEST = _shaped(DIGEST, "a digest")
_SIZES = {
    "bytes": _Field("bytes", _or_null(_count)),
    "basis": _Field("basis", _basis, optional=True),
    "unpacked": _Field("unpacked", _or_null(_count)),
    "digest": _Field("digest", _or_null(_DIGEST)),
}
_IMAGE = {
    "image": _Field("dockerfile", _path),
    "target": _Field("target", _or_null(_line)),
    "platform": _Field("platform", _line),
    "from": _Field("source", _line),
    "digest": _Field("digest", _or_null(_DIGEST)),
    "base": _Field("base", _or_null(_line)),
    "base_digest": _Field("base_digest", _or_null(_DIGEST)),
    "day": _Field("day", _day),
    "commit": _Field("commit", _or_null(_shaped(_COMMIT, "a commit's full id"))),
}
_BASE_LAYER = {"base_layer": _Field("diff_id", _DIGEST), **_SIZES}
_STEP = {
    "step": _Field("instruction", _instruction),
    "stage": _Field("stage", _line),
    "key": _Field("key", _shaped(_KEY, "a key of 32 hexadecimal digits")),
    "seconds": _Field("seconds", _seconds),
    "basis": _Field("basis", _basis, optional=True),
}
_LAYER = {
    "layer": _Field("instruction", _instruction),
    "key": _Field("key", _shaped(_KEY, "a key of 32 hexadecimal digits")),
    "diff_id": _Field("diff_id", _DIGEST),
    **_SIZES,
    "packages": _Field("packages", _packages),
}
