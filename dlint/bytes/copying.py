"""What COPY and ADD take from the build context, and where it lands.

Semantics: BuildKit's frontend/dockerfile/dockerfile2llb/convert_copy.go,
solver/llbsolver/file/backend.go and tonistiigi/fsutil/copy; each was tried on Docker 26.1.5
(BuildKit 0.13), `--parents` and `--exclude` on BuildKit 0.26.
"""

from __future__ import annotations

import posixpath

from dlint.bytes import wildcards
from dlint.bytes.landed import Landed, Landing
from dlint.bytes.selection import Selection
from dlint.context.base import Entry, walk_key
from dlint.context.moby import Match, Patterns
from dlint.text.paths import above
from dlint.text.safe import number
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dlint.context import BuildContext
    from dlint.context.base import Listing

__all__ = ["Flags", "Selection", "select"]

MAX_LINKS = 255  # that the builder follows on the way to one source
NUMBERS = frozenset("01234567")
MODE_DIGITS = 6  # of an octal mode, with its leading zeros


class Flags(NamedTuple):
    """How a COPY or ADD takes its sources; the words are expanded. `unpack` is ADD's: local
    archives are unpacked.
    """

    parents: bool = False
    excludes: tuple[str, ...] = ()
    chmod: str | None = None
    chown: str | None = None
    unpack: bool = False


def select(  # noqa: PLR0913  one argument for each thing that decides where files land
    context: BuildContext,
    sources: Sequence[str],
    destination: str,
    *,
    workdir: str = "/",
    flags: Flags | None = None,
    has: Callable[[str], bool] = lambda path: path == "/",
) -> Selection:
    """Return what a COPY or ADD of local `sources` writes to `destination` (all variables
    expanded).

    `has` tells of an absolute path whether a folder surely stands there before the step. Where it
    doesn't know, a file copied to `/app` is taken to become `/app`, not `/app/FILE`, unless it is
    one of several that a wildcard takes. What fails the build is told in `failures`.
    """
    place = posixpath.normpath(posixpath.join("/", workdir, destination)).strip("/")
    copier = _Copier(context, place, flags or Flags(), has)
    copier.is_folder = destination in {"", "."} or destination.endswith("/")
    copier.is_alone = len(sources) == 1 and not wildcards.is_wild(sources[0])
    for source in sources:
        copier.take(source)
    return copier.selection()


class _Copier:
    """One COPY under way: its state is what stands at the destination so far."""

    def __init__(
        self, context: BuildContext, place: str, flags: Flags, has: Callable[[str], bool]
    ) -> None:
        self.context = context
        self.place = place
        self.flags = flags
        self.is_folder = False
        self.is_alone = False  # one source is all there is
        self._has = has
        self._landed: dict[str, Landed] = {}
        self._made: set[str] = set()  # folders that are there whatever lands in them
        self._archives: dict[
            str, str
        ] = {}  # by the context's path: the folder they are unpacked to
        self._failures: list[str] = []
        self._unmatched: list[str] = []
        self._serial = (
            0  # of the builder's copy calls: names of one file stay hard links within one call only
        )
        self._landings: list[Landing] = []  # the rest, where one folder is all that is copied
        self._mode = _mode(flags.chmod)
        self._uid, self._gid = _owner(flags.chown)
        self._excludes = self._patterns(flags.excludes)

    def _patterns(self, texts: Sequence[str]) -> Patterns | None:
        try:
            # A space before it keeps a `#` from beginning a comment; there are none here.
            return Patterns(f" {text}" for text in texts) if texts else None
        except ValueError as error:
            self._failures.append(str(error))
            return None

    def selection(self) -> Selection:
        landed = tuple(sorted(self._landed.values(), key=lambda each: walk_key(each.path)))
        holders = {path.rpartition("/")[0] for path in (*self._landed, *self._archives.values())}
        folders = {folder for holder in holders for folder in (holder, *above(holder))}
        parents = tuple(sorted((folders | self._made) - self._landed.keys() - {""}, key=walk_key))
        return Selection(
            self.context,
            () if self._landings else landed,
            landings=(Landing(landed), *self._landings) if self._landings else (),
            parents=parents,
            created=tuple(folder for folder in parents if not self._has(f"/{folder}")),
            archives=self._archives,
            failures=tuple(self._failures),
            unmatched=tuple(self._unmatched),
        )

    def take(self, source: str) -> None:
        """Copy one source."""
        if self.flags.parents:
            self._take_with_parents(source)
            return
        paths = [*self._matches(source)]
        # several files would overwrite each other in any other place, which nobody means
        self.is_folder = self.is_folder or len(paths) > 1
        for path in paths:
            self._serial += 1
            self._take_path(path, source)
        if not paths:
            self._unmatched.append(source)

    def _take_path(self, path: str, source: str) -> None:
        real = self._follow(path)
        entry = self.context.entries.get(real) if real else None
        if real is None or (real and entry is None):
            self._failures.append(f"{source}: not in the build context")
        elif entry is None or entry.kind == "dir":
            self._take_folder(real, entry)
        elif self.flags.unpack and self._is_archive(entry):
            self._touch(self.place)
            self._archives[entry.path] = self.place
        else:
            inside = self.is_folder or self._is_folder(self.place)
            target = posixpath.join(self.place, posixpath.basename(path)) if inside else self.place
            self._touch(posixpath.dirname(target))
            self._land(target, entry)

    def _is_archive(self, entry: Entry) -> bool:
        from dlint.bytes.archive import is_archive

        return entry.kind == "file" and is_archive(self.context, entry)

    def _take_folder(self, real: str, entry: Entry | None) -> None:
        """Copy a folder's content. The destination gets the folder's time, but keeps its own mode,
        or the default.

        What stands for the context's root in the builder has a time that nobody knows, but that
        stays from one build to the next unless something directly in it changes.
        """
        if self.place:
            known = not self._has(f"/{self.place}") and self.flags.chmod is None
            folder = entry or Entry("", "dir", 0o755)
            self._landed[self.place] = Landed(
                self.place, folder, 0o755 if known else None, self._uid, self._gid
            )
        listings = self.context.listings(real) if self.is_alone and self._excludes is None else None
        if listings is not None:
            self._landings = self._landings_of(listings, len(real) + 1 if real else 0)
            return
        under = f"{self.place}/" if self.place else ""
        for inner, relative in self._walk(real, None):
            self._land(under + relative, inner)

    def _landings_of(self, listings: Iterable[Listing], skip: int) -> list[Landing]:
        """Return what listings become, `skip` characters of their paths left out; worked out
        once.
        """
        # one text, which Python hashes once for all of them
        key = f"{self.place}\0{skip} {self.flags.chmod} {self._uid} {self._gid}"
        return [
            listing.known.get(key) or self._landing_of(listing, skip, key) for listing in listings
        ]

    def _landing_of(self, listing: Listing, skip: int, key: object) -> Landing:
        under = f"{self.place}/" if self.place else ""
        found = listing.known[key] = Landing(
            self._landed_at(under + entry.path[skip:], entry) for entry in listing
        )
        return found

    def _take_with_parents(self, source: str) -> None:
        """Copy what a pattern takes, with the folders above it up to the pivot `/./`."""
        base, pivot, pattern = source.partition("/./")
        base, pattern = (base, _clean(pattern)) if pivot else ("", _clean(source))
        include = self._patterns([pattern])
        if not (wildcards.is_wild(base) or wildcards.is_wild(pattern)):
            required = posixpath.join(_clean(base), pattern)
            if required not in self.context.entries:
                self._failures.append(f"{source}: not in the build context")
                return
        found = False
        for path in self._matches(base):
            real = self._follow(path)
            self._serial += 1
            self._touch(self.place)
            for inner, relative in self._walk(real or "", include):
                found = True
                target = posixpath.join(self.place, relative)
                self._land(target, inner)
        if not found:
            self._unmatched.append(source)

    def _walk(self, folder: str, include: Patterns | None) -> Iterator[tuple[Entry, str]]:
        """Yield what is copied from below `folder`, with its path relative to it."""
        included: dict[str, Match] = {}
        excluded: dict[str, Match] = {}
        skip = len(folder) + 1 if folder else 0
        for entry in self.context.below(folder):
            relative = entry.path[skip:]
            takes = True
            if include:
                takes = _matched(include, relative, included)
            if self._excludes:
                takes = not _matched(self._excludes, relative, excluded) and takes
            if takes:
                yield entry, relative

    def _land(self, path: str, entry: Entry) -> None:
        self._landed[path] = self._landed_at(path, entry)

    def _landed_at(self, path: str, entry: Entry) -> Landed:
        if entry.kind == "symlink":
            mode: int | None = 0o777
        elif self.flags.chmod is not None:
            mode = self._mode
        else:
            mode = entry.mode
        group = (self._serial, entry.inode) if entry.inode else (0, 0)
        return Landed(path, entry, mode, self._uid, self._gid, group)

    def _touch(self, folder: str) -> None:
        """Note that a folder is there with the time of the build."""
        self._landed.pop(folder, None)
        self._made.add(folder)

    def _is_folder(self, path: str) -> bool:
        landed = self._landed.get(path)
        return (
            path in self._made
            or self._has(f"/{path}")
            or (landed is not None and landed.entry.kind == "dir")
        )

    def _matches(self, source: str) -> Iterator[str]:
        """Yield the context's paths that a source names: itself, or what its wildcards take,
        nothing inside of that.
        """
        parts = _clean(source).split("/")
        wild = next((at for at, part in enumerate(parts) if wildcards.is_wild(part)), None)
        if wild is None:
            yield "/".join(parts)
            return
        base = self._follow("/".join(parts[:wild]))
        if base is None or (base and base not in self.context.entries):
            return
        pattern = "/".join(parts[wild:])
        skip, taken = len(base) + 1 if base else 0, "\0"
        for entry in self.context.below(base):
            if not entry.path.startswith(taken) and wildcards.matches(pattern, entry.path[skip:]):
                taken = entry.path + "/"
                yield entry.path

    def _follow(self, path: str) -> str | None:
        """Resolve every symlink of `path` inside the context; None for a loop. "" is the context
        itself.
        """
        parts, real, links = path.split("/")[::-1], "", 0
        while parts:
            part = parts.pop()
            if part in {"", "."}:
                continue
            if part == "..":
                real = posixpath.dirname(real)
                continue
            step = posixpath.join(real, part)
            entry = self.context.entries.get(step)
            if entry is None or entry.kind != "symlink":
                real = step
                continue
            links += 1
            if links > MAX_LINKS:
                return None
            real = "" if entry.target.startswith("/") else real
            parts += entry.target.split("/")[::-1]
        return real


def _matched(patterns: Patterns, path: str, known: dict[str, Match]) -> bool:
    """Tell whether patterns take a path; `known` is how they fell on those before it."""
    match = known[path] = patterns.match(path, known.get(posixpath.dirname(path)))
    return match.excluded


def _clean(source: str) -> str:
    """Return a source relative to the context, from whose root no `..` leads out."""
    return posixpath.normpath("/" + source.lstrip("/")).strip("/")


def _mode(chmod: str | None) -> int | None:
    return int(chmod, 8) if chmod and set(chmod) <= NUMBERS and len(chmod) <= MODE_DIGITS else None


def _owner(chown: str | None) -> tuple[int | None, int | None]:
    """Read `USER[:GROUP]`: numbers, and `root`, which is 0 in every image; a number alone is the
    group's too.
    """
    if not chown:
        return 0, 0
    user, _, group = chown.partition(":")
    uid = _id(user)
    return uid, _id(group) if group else uid


def _id(name: str) -> int | None:
    if name == "root":
        return 0
    return number(name)
