"""What stands at a path of a stage, as far as that can be told without building: tokens, not
content.

Two builds whose tokens for a path are equal hold the same there. A RUN's outcome is a function of
its cache key: the same key is the same outcome. Another key may have another outcome wherever the
RUN may have written, or the very same one: a program that runs again often makes the same bytes.
So there are two tokens, and what stands at a path has surely changed only where both differ.
"""

from __future__ import annotations

from dlint.model.merged import Merged
from dlint.text.digests import blake2b
from dlint.text.paths import nested, under, within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator, Mapping

# Present in every base that is not scratch: the Filesystem Hierarchy Standard 3.0 and what Debian
# and Alpine add.
STANDARD = frozenset(
    """
    bin boot dev etc home lib lib32 lib64 media mnt opt proc root run sbin srv sys tmp usr var
    """.split()
)

BELOW_USR = frozenset(
    f"usr/{name}"
    for name in ("bin", "lib", "local", "local/bin", "local/lib", "local/share", "share")
)

# What no program writes but package managers and those that they start, wherever else it writes: a
# program that names such a place may write there all the same.
OF_PACKAGES = (
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/ssl",
    "/usr/share/ca-certificates",
    "/usr/share/zoneinfo",
)


def token(*parts: object) -> str:
    """Return a short name for `parts`; equal parts, equal token."""
    text = "\0".join(map(str, parts))
    return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


class Told(NamedTuple):
    """What something is, by two tokens: with equal `key` it is the same for sure, and with another
    `sure` it is surely another.
    """

    key: str
    sure: str


def both(*parts: object) -> Told:
    """Return the two tokens of `parts`; one that is `Told` itself brings one to each."""
    keys = [each.key if isinstance(each, Told) else each for each in parts]
    sure = [each.sure if isinstance(each, Told) else each for each in parts]
    key = token(*keys)
    return Told(key, key if sure == keys else token(*sure))


def _part(part: object, at: int) -> object:
    return part[at] if isinstance(part, Told) else part


class Write(NamedTuple):
    """What one step writes: `files` (absolute path to what is there) are known one by one; `places`
    are where it may write besides, None anywhere but in the folders `kept`, and where `spared`
    finds something.

    `clears` tells that what stood at `places` may be gone or another, `edits` that source files may
    be, wherever it writes: a compiler leaves them as they are. `renewed` are folders that surely
    hold other bytes where one of these files does; those without any, whenever the step runs:
    `run` names that. `programs` are those that it brings, or takes away, by the names of packages;
    `keeps_programs` tells that it leaves alone what other packages of the system have brought.
    """

    name: str
    files: Mapping[str, str | Told]
    places: tuple[str, ...] | None = ()
    kept: tuple[str, ...] = OF_PACKAGES
    spared: re.Pattern[str] | None = None
    clears: bool = False
    edits: bool = True
    renewed: Mapping[str, tuple[str, ...]] = {}
    run: str = ""
    programs: frozenset[str] = frozenset()
    keeps_programs: bool = False

    def below(self, path: str) -> Iterator[tuple[str, str | Told]]:
        """Yield what of its files stands at `path` and below it."""
        if isinstance(self.files, Merged):
            return self.files.below(path)
        return ((file, self.files[file]) for file in under(self.files, path))

    def touches(self, path: str) -> bool:
        """Tell whether what stands at `path` may be this step's."""
        if self.places is None:
            is_spared = self.spared is not None and self.spared.search(path) is not None
            return not is_spared and not any(within(path, place) for place in self.kept)
        return any(nested(path, place) for place in self.places)

    def left(self, files: dict[str, str | Told]) -> dict[str, str | Told]:
        """Return what of `files` surely stands as it was: of a folder that was copied as a whole,
        only where that is true of each part of it.
        """
        if not self.clears or not files or self.places == ():
            return files
        if self.places is None:
            return {}
        places = self.places
        below = tuple(place.rstrip("/") + "/" for place in places)
        return {
            path: content
            for path, content in files.items()
            if path not in places
            and not path.startswith(below)
            and not (isinstance(content, Told) and any(within(each, path) for each in places))
        }


class Copied(NamedTuple):
    """A copy of what stands at `source`, put to `place`: `name` tells how. `merges` tells that it
    may leave there what was there, `follows` that it is a link: what it holds is what its source
    holds later.
    """

    name: str
    source: str
    place: str
    merges: bool = False
    follows: bool = False

    def touches(self, path: str) -> bool:
        """Tell whether what stands at `path` may be this copy's."""
        return nested(path, self.place)


_LITERAL = regex(r"[^*?\[\\]*+")  # the part of a path before a wildcard
_MANY = regex(r"\*\*+")  # to a COPY the same as one: it does not cross folders
DEEPEST = 40  # copies of copies that are looked into; people write two or three


class Tree:
    """The files of a stage after some of its steps; grows by `write`."""

    def __init__(self, base: Tree | None, name: str) -> None:
        """Stand on `base`, or on an image called `name` whose files are not known; "" is one that
        holds nothing.
        """
        self._writes: list[Write | Copied] = []
        self._known: dict[tuple[str, int], Told] = {}
        self._is_scratch = not name
        if base is not None:
            self._writes += base._writes  # noqa: SLF001  another of its own kind
            self._is_scratch = base._is_scratch  # noqa: SLF001  as above
        elif name:
            self._writes.append(Write(name, {}, ("/",)))

    def write(self, write: Write | Copied) -> None:
        """Add a step's doing."""
        self._writes.append(write)

    def told(self, path: str, count: int | None = None, depth: int = 0) -> Told:
        """Return what stands at `path` (absolute) and below it, after the first `count` writes."""
        end = len(self._writes) if count is None else count
        key = (path, end)
        if key not in self._known:
            self._known[key] = self._read(path, end, depth)
        return self._known[key]

    def _read(self, path: str, end: int, depth: int, pattern: str = "") -> Told:
        if depth > DEEPEST:
            return Told(token(*(each.name for each in self._writes[:end])), "")
        reading = _Reading(path, pattern)
        for at, write in enumerate(self._writes[:end]):
            if isinstance(write, Write):
                reading.write(write)
                for folder in under(write.renewed, path):
                    locks = [self.told(lock, at, depth + 1).sure for lock in write.renewed[folder]]
                    reading.renewed(folder, token(*(locks or [write.run])))
            elif write.touches(path):
                stood = end if write.follows else at
                inner = path[len(write.place) :] if within(path, write.place) else ""
                reading.copied(
                    write,
                    self.told(write.source, stood, depth + 1),
                    self.told(f"{write.source}{inner}", stood, depth + 1),
                )
        return reading.told

    def taken(self, path: str) -> Told:
        """Return what a COPY of `path` takes, in which wildcards may stand."""
        literal = _LITERAL.match(path)
        if literal is None or literal[0] == path:
            return self.told(path)
        folder = literal[0].rpartition("/")[0] or "/"
        return self._read(folder, len(self._writes), 0, _MANY.sub("*", path))

    def has(self, path: str) -> bool:
        """Tell whether a folder `path` surely stands there."""
        place = path.strip("/")
        if not place or (not self._is_scratch and place in STANDARD | BELOW_USR):
            return True
        return any(_brings(write, path) for write in self._writes)

    def may_have(self, path: str) -> bool:
        """Tell whether a step, not the base alone, may have put something to `path`."""
        own = self._writes if self._is_scratch else self._writes[1:]
        return any(_brings(write, path) or write.touches(path) for write in own)

    def paths(self, paths: Iterable[str]) -> Told:
        """Return what stands at several paths."""
        return both(*(self.told(path) for path in paths))


def _brings(write: Write | Copied, path: str) -> bool:
    """Tell whether a file or folder of a write stands at or below `path`."""
    if isinstance(write, Copied):
        return within(write.place, path)
    return any(True for _ in write.below(path))


class _Reading:
    """What is found at a path, as the writes are gone through in order; with a pattern, what of it
    that takes.
    """

    def __init__(self, path: str, pattern: str) -> None:
        self._path = path
        self._pattern = pattern
        self._parts: list[str] = []
        self._below: dict[str, str | Told] = {}
        self._sure: dict[str, str | Told] = {}  # what no later write may have changed
        self._is_packages = False  # it is a program that a package of the system has brought

    def write(self, write: Write) -> None:
        below = write.below(self._path)
        found = {file: content for file, content in below if self._takes(file)}
        if str(found.get(self._path)).startswith("file "):
            self._parts.clear()  # whatever was there is gone
        if self._path in write.programs:
            self._is_packages = not write.keeps_programs
        if write.touches(self._path) and not self._is_left(write):
            self._parts.append(write.name)
        if write.clears:
            self._lose(write)
        self._below.update(found)
        self._sure.update(found)

    def renewed(self, folder: str, name: str) -> None:
        """Add a folder that surely holds other bytes where its name is another."""
        if self._takes(folder):
            self._sure[folder] = Told("", name)

    def copied(self, copied: Copied, whole: Told, inner: Told) -> None:
        """Add a copy: `whole` is what was copied, `inner` the part of it that stands at the
        path.
        """
        path, place = self._path, copied.place
        is_stored = copied.follows and path != place and within(place, path)  # the link alone
        self._parts.append(copied.name if is_stored else token(copied.name, whole.key))
        if not copied.merges:
            self._lose(Write("", {}, (place,), clears=True))
        found = place if within(place, path) else path
        if not is_stored and self._takes(found):
            self._sure[found] = inner

    def _takes(self, path: str) -> bool:
        if not self._pattern:
            return True
        from dlint.text.globs import matches

        return matches(path.lstrip("/"), self._pattern)

    def _lose(self, write: Write) -> None:
        """Leave out what a write may have changed."""
        self._sure = write.left(self._sure)

    @property
    def told(self) -> Told:
        parts = [*self._parts, *_texts(self._below, 0)]
        return Told(token(*parts), token(*_texts(self._sure, 1)))

    def _is_left(self, write: Write) -> bool:
        """Tell whether what may write there leaves the path as it is: a program that writes
        anywhere a source file of the context, an install of a language's packages a program of the
        system's.
        """
        if write.keeps_programs and self._is_packages:
            return True
        is_named = write.places is not None and not write.keeps_programs
        if write.edits or is_named or self._below.keys() != {self._path}:
            return False
        return str(self._below[self._path]).startswith("file ")


def _texts(files: Mapping[str, str | Told], at: int) -> Iterator[str]:
    for file, content in sorted(files.items()):
        yield f"{file} {_part(content, at)}"
