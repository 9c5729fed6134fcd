"""One member of a layer's tar, with what is in it."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING
from zlib import crc32

from dlint.bytes import tar

if TYPE_CHECKING:
    from dlint.bytes.tar import Member
    from dlint.context.base import Content


class Item:
    """A member of the layer's tar. `known` tells whether its header is right to the last bit.

    `content` is None for what has none.
    """

    __slots__ = ("_digest", "content", "known", "length", "member")

    def __init__(
        self,
        member: Member,
        content: Content | None = None,
        *,
        known: bool = True,
    ) -> None:
        self.member = member
        self.content = content
        self.known = known
        self.length = tar.member_bytes(member)  # the bytes that it takes in the tar
        self._digest: bytes | None = None

    @property
    def mark(self) -> int:
        """A number that its path alone decides."""
        return crc32(self.member.sort_key)

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
        return sha256(text.encode("utf-8", "surrogateescape")).digest()
