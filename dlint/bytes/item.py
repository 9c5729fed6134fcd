"""One member of a layer's tar, with what is in it."""

from __future__ import annotations

from functools import lru_cache
from zlib import crc32

from dlint.bytes.tar import Member, member_bytes
from dlint.context.base import walk_key
from dlint.text.digests import digest
from dlint.text.lazy import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, Self

    from dlint.bytes.landed import Landed
    from dlint.context.base import Content, Entry

# One number for each of a few lengths that 300,000 files have.
_same = lru_cache(1 << 12)(int)


class Item:
    """A member of the layer's tar."""

    __slots__ = ("_digest", "length")

    def __init__(self, length: int) -> None:
        self.length = _same(length)  # the bytes that it takes in the tar
        self._digest: bytes | None = None

    @property
    def known(self) -> bool:
        """Whether its header is right to the last bit."""
        raise NotImplementedError

    @property
    def member(self) -> Member:
        """Its headers."""
        raise NotImplementedError

    @property
    def path(self) -> str:
        """The member's path."""
        raise NotImplementedError

    @property
    def content(self) -> Content | None:
        """What is in it; None for what has nothing."""
        raise NotImplementedError

    @property
    def mark(self) -> int:
        """A number that its path alone decides."""
        return crc32(self.sort_key)

    @property
    def sort_key(self) -> bytes:
        """What puts items into the order of the tar."""
        return walk_key(self.path)

    @property
    def digest(self) -> bytes:
        """A digest of all but the time: of its header, and of the content by its name."""
        if self._digest is None:
            self._digest = self._digested()
        return self._digest

    def _digested(self) -> bytes:
        path, kind, mode, uid, gid, size, _, target = self.member
        content = self.content.name() if self.content else ""
        text = f"{path}\0{kind}\0{mode} {uid} {gid} {size}\0{target}\0{content}\0"
        return digest(text.encode("utf-8", "surrogateescape"))


class Items(tuple[Item, ...]):  # noqa: SLOT001  `known` needs a dictionary
    """Members that follow each other in a tar.

    `known` keeps what somebody worked out of them: the layer of another revision may have the same
    object.
    """

    @lazy
    def known(self) -> dict[object, Any]:
        """Whatever the asker likes to find again, under a key of its own."""
        return {}

    length: int  # the bytes that they take in the tar

    def __new__(cls, items: Iterable[Item] = ()) -> Self:
        """Put items together."""
        found = super().__new__(cls, items)
        found.length = sum([item.length for item in found])
        return found

    @lazy
    def end(self) -> bytes:
        """What puts the last of them into the order of the tar."""
        return self[-1].sort_key

    @lazy
    def name(self) -> bytes:
        """A digest of all that their size depends on."""
        return digest(b"".join([item.digest for item in self]))


class MadeItem(Item):
    """A folder that the builder makes, or what comes out of an archive."""

    __slots__ = ("_content", "_is_known", "_member")

    def __init__(
        self, member: Member, content: Content | None = None, *, known: bool = True
    ) -> None:
        super().__init__(member_bytes(member))
        self._member = member
        self._content = content
        self._is_known = known

    @property
    def known(self) -> bool:
        """Whether its header is right to the last bit."""
        return self._is_known

    @property
    def member(self) -> Member:
        """Its headers."""
        return self._member

    @property
    def path(self) -> str:
        """The member's path."""
        return self._member.path

    @property
    def content(self) -> Content | None:
        """What is in it."""
        return self._content


class CopiedItem(Item):
    """What comes from the context as it is: of 300,000 files most are never looked into, so that
    headers are made when they are asked for.
    """

    __slots__ = ("_contents", "_landed")

    def __init__(self, contents: Callable[[Entry], Content], landed: Landed) -> None:
        self._contents, self._landed = contents, landed
        super().__init__(member_bytes(self.member))

    @property
    def known(self) -> bool:
        """Whether its header is right to the last bit."""
        landed, entry = self._landed, self._landed.entry
        is_exact = None not in (landed.mode, landed.uid, landed.gid, entry.mtime)
        return is_exact and not (entry.opaque or entry.lacking or entry.kind == "special")

    @property
    def _size(self) -> int:
        entry = self._landed.entry
        return entry.size if entry.kind == "file" and not (entry.opaque or entry.lacking) else 0

    @property
    def member(self) -> Member:
        """Its headers."""
        landed, entry = self._landed, self._landed.entry
        return Member(
            landed.path,
            "fifo" if entry.kind == "special" else entry.kind,
            landed.mode or 0,
            landed.uid or 0,
            landed.gid or 0,
            self._size,
            entry.mtime or 0,
            entry.target,
        )

    @property
    def path(self) -> str:
        """The member's path."""
        return self._landed.path

    @property
    def content(self) -> Content | None:
        """What is in it; None for what has nothing."""
        return self._contents(self._landed.entry) if self._size else None


class LinkedItem(CopiedItem):
    """Another name of a file that has come before, at `first`: a hard link."""

    __slots__ = ("_first",)

    def __init__(self, contents: Callable[[Entry], Content], landed: Landed, first: str) -> None:
        self._first = first
        super().__init__(contents, landed)

    @property
    def _size(self) -> int:
        return 0

    @property
    def member(self) -> Member:
        """Its headers."""
        return super().member._replace(kind="link", target=self._first)
