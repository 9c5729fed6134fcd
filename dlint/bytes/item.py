"""One member of a layer's tar, with what is in it."""

from __future__ import annotations

from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO
from zlib import crc32

from dlint.bytes import tar

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlint.bytes.tar import Member


class Item:
    """A member of the layer's tar. `known` tells whether its header is right to the last bit.

    `open` reads its bytes and `content` names them, equal for equal content; None for what has
    none.
    """

    def __init__(
        self,
        member: Member,
        open: Callable[[], BinaryIO] | None = None,  # noqa: A002  what it does
        content: Callable[[], str] | None = None,
        *,
        known: bool = True,
    ) -> None:
        self.member = member
        self.open = open
        self.content = content
        self.known = known

    @cached_property
    def length(self) -> int:
        """The bytes that it takes in the tar."""
        return tar.member_bytes(self.member)

    @property
    def mark(self) -> int:
        """A number that its path alone decides."""
        return crc32(self.member.sort_key)

    @cached_property
    def digest(self) -> bytes:
        """A digest of all but the time: of its header, and of the content by its name."""
        path, kind, mode, uid, gid, size, _, target = self.member
        content = self.content() if self.content else ""
        text = f"{path}\0{kind}\0{mode} {uid} {gid} {size}\0{target}\0{content}\0"
        return sha256(text.encode("utf-8", "surrogateescape")).digest()
