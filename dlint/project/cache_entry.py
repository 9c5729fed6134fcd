"""Build caches that go over a network, in the words of `--cache-to` and `--cache-from`
(https://docs.docker.com/build/cache/backends/).
"""

from __future__ import annotations

from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MIN, MAX = "min", "max"
REGISTRY, INLINE, LOCAL, GHA, S3 = "registry", "inline", "local", "gha", "s3"
TYPES = (REGISTRY, INLINE, LOCAL, GHA, S3, "azblob")
# What tells two caches of one type apart, each with what stands for it where it is not written.
_NAMED_BY = {
    REGISTRY: {"ref": ""},
    LOCAL: {"dest": "", "src": "", "tag": "latest"},
    GHA: {"scope": "buildkit", "repository": "", "url": ""},
    S3: {"bucket": "", "region": "", "prefix": "", "name": "buildkit"},
    "azblob": {"account_url": "", "prefix": "", "name": "buildkit"},
}
_SECRET = frozenset(("token", "ghtoken", "access_key_id", "secret_access_key", "session_token"))


class CacheEntry(NamedTuple):
    """One cache: its type, and what else is said of it, as `KEY=VALUE`."""

    type: str
    attributes: tuple[tuple[str, str], ...] = ()

    def get(self, key: str, otherwise: str = "") -> str:
        """Return what is said of `key`."""
        return dict(self.attributes).get(key, otherwise)

    @property
    def mode(self) -> str:
        """Which layers it holds: `min` those of the image, `max` those of all stages; `inline`
        knows `min` alone.
        """
        return MAX if self.type != INLINE and self.get("mode") == MAX else MIN

    @property
    def has_unread(self) -> bool:
        """Whether a blank before a key hides what is said there."""
        return any(key[:1].isspace() for key, _ in self.attributes)

    @property
    def place(self) -> tuple[str, ...]:
        """What names it, for this type: two exports of the same place write one cache. Empty where
        nothing tells.
        """
        return () if any("$" in each for each in self.written) else self.written

    @property
    def written(self) -> tuple[str, ...]:
        """The same as it is written, where expressions may stand in it."""
        named = _NAMED_BY.get(self.type, {})
        found = [self.get(key, otherwise) for key, otherwise in named.items()]
        if self.type == LOCAL:
            folder, other, tag = found
            found = [folder or other, tag]
        return (self.type, *found) if found and found[0] else ()

    def __str__(self) -> str:
        """Write it as buildx takes it, without credentials."""
        told = (f"{key}={value}" for key, value in self.attributes if key not in _SECRET)
        return ",".join((f"type={self.type}", *told))


def read_entry(text: str) -> CacheEntry:
    """Read `type=registry,ref=…,mode=max`, or a reference alone, as buildx does: a blank before a
    key is part of it, so `type=gha, scope=web` has no scope (`util/buildflags/cache.go`). Raises
    ValueError, which says what was expected.
    """
    import csv

    try:
        fields = next(csv.reader([text.strip()]), [])
    except csv.Error as error:
        raise ValueError(f"{text!r}: {error}") from None
    if len(fields) == 1 and "=" not in fields[0]:
        return CacheEntry(REGISTRY, (("ref", fields[0]),))
    pairs: dict[str, str] = {}
    for field in fields:
        key, is_pair, value = field.partition("=")
        if not is_pair:
            raise ValueError(f"{field!r} is no KEY=VALUE")
        pairs[key.lower()] = value.strip()
    return entry_of(pairs)


def entry_of(pairs: Mapping[str, str]) -> CacheEntry:
    """Return the cache that pairs describe, of which one is its type. Raises ValueError."""
    kind = pairs.get("type", "")
    if kind not in TYPES:
        problem = f"there is no type {kind!r}" if kind else "its type is missing"
        raise ValueError(f"{problem}; write type={'|'.join(TYPES)}")
    if kind == REGISTRY and not pairs.get("ref"):
        raise ValueError("type=registry needs ref=REPOSITORY:TAG")
    if pairs.get("mode", MIN) not in {MIN, MAX}:
        raise ValueError(f"mode is {MIN} or {MAX}, not {pairs['mode']!r}")
    return CacheEntry(kind, tuple((key, value) for key, value in pairs.items() if key != "type"))


def readable(rows: Iterable[str | Mapping[str, str]]) -> tuple[CacheEntry, ...]:
    """Return the caches that a file describes, in texts or tables, each once; what cannot be read
    is left out.
    """
    found: dict[CacheEntry, None] = {}
    for each in rows:
        try:
            found[read_entry(each) if isinstance(each, str) else entry_of(each)] = None
        except ValueError:
            continue
    return tuple(found)


def mode_of(source: CacheEntry, exports: Iterable[CacheEntry]) -> str:
    """Return the mode that an imported cache was exported in, as an export to the same place
    tells; `min`, which is the default, where none does.
    """
    return next((each.mode for each in exports if each.place and each.place == source.place), MIN)


class Told(NamedTuple):
    """The caches of a build: those that it exports, and those that it imports; apart from them
    those of which an expression hides a part.
    """

    exports: tuple[CacheEntry, ...] = ()
    sources: tuple[CacheEntry, ...] = ()
    hidden_exports: tuple[CacheEntry, ...] = ()
    hidden_sources: tuple[CacheEntry, ...] = ()

    @property
    def is_none(self) -> bool:
        """Whether no cache is told."""
        return not any(self)

    @property
    def every_export(self) -> tuple[CacheEntry, ...]:
        """What it exports, known in full or not."""
        return self.exports + self.hidden_exports

    @property
    def every_source(self) -> tuple[CacheEntry, ...]:
        """What it imports, known in full or not."""
        return self.sources + self.hidden_sources


def agreed(found: Iterable[Told]) -> Told:
    """Return the caches that several descriptions of one build tell, where all that tell any tell
    the same.
    """
    told = ({each for each in kind if each} for kind in zip(*found, strict=True))
    return Told(*(each.pop() if len(each) == 1 else () for each in told))
