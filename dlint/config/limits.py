"""Limits on what an image and its push may cost, as options and configuration write them."""

from __future__ import annotations

from enum import StrEnum

from dlint.text.patterns import regex
from dlint.text.units import parse_bytes
from dlint.text.values import NamedTuple


class Kind(StrEnum):
    """What is limited; also the names of the options and of the keys."""

    BUDGET = "budget"
    IMAGE_SIZE = "max-image-size"
    GROWTH = "max-growth"


_BARE = regex(r"[\d.,]*")
_SHARE = regex(r"(\d{1,6}(?:\.\d{1,6})?) ?%")


class Limit(NamedTuple):
    """A limit as it is written: of so many bytes, or of a share of the image, 0.1 for 10 %."""

    kind: Kind
    text: str
    bytes: int = 0
    share: float | None = None

    def __str__(self) -> str:
        """`budget of 20MB`."""
        return f"{self.kind} of {self.text}"


def read_limit(kind: Kind, text: str) -> Limit:
    """Read `20MB`, `20MiB`, or `10%` where it is a share of the image. Raises ValueError, which
    says what was expected.
    """
    text = text.strip()
    share = _SHARE.fullmatch(text)
    if share is not None and kind != Kind.IMAGE_SIZE:
        return Limit(kind, text, share=float(share[1]) / 100)
    if _BARE.fullmatch(text) or share is not None:
        what = "has no unit" if share is None else "is a share"
        raise ValueError(f"{text!r} {what}; {_example(kind)}")
    try:
        return Limit(kind, text, parse_bytes(text))
    except ValueError:
        raise ValueError(f"{text!r} is no size; {_example(kind)}") from None


def _example(kind: Kind) -> str:
    return "write 20MB or 20MiB" + ("" if kind == Kind.IMAGE_SIZE else ", or a share such as 10%")
