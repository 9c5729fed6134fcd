"""What values of a configuration may be, in the terms of msgspec. Loading it takes 15 ms, so only
what reads or describes a configuration imports this.

A type's `noun` names one such value in the documentation, and `words` in an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

from dlint.config.limits import Kind
from dlint.findings import FAIL_ON, Severity
from dlint.model import BUILDERS, CACHES

_BYTES = r"(?![0-9.]{19})[0-9]+(\.[0-9]+)?"
_UNIT = r" ?([kKmMgGtTpP][iI]?[bB]?|[bB])"
_SHARE = r"[0-9]{1,6}(\.[0-9]{1,6})? ?%"
_VERSION = r"[0-9]{1,9}(\.[0-9]{1,9}){0,4}((a|b|rc)[0-9]{1,9})?"
_REQUIRED = rf" *(((>=|<=|>|<|==|!=) *{_VERSION})|(~= *[0-9]{{1,9}}(\.[0-9]{{1,9}}){{1,4}})) *"


def _text(noun: str, pattern: str | None = None, words: str | None = None) -> Meta:
    return Meta(pattern=pattern, extra={"noun": noun} | ({"words": words} if words else {}))


def key(about: str, example: object, *, user_only: bool = False, unit: str = "") -> Meta:
    """Describe a key. Only the user may set one that is `user_only`, never a repository's own file.

    That file may come with a stranger's pull request. So `user_only` is what opens a connection or
    makes one less safe, reads or writes outside of the repository, or loads or runs anything. Rules
    say the same of their options.
    """
    facts = {"user_only": user_only, "unit": unit}
    return Meta(description=about, examples=[example], extra=facts)


Selector = Annotated[str, _text("rule")]
Pattern = Annotated[str, _text("pattern")]
Folder = Annotated[str, _text("folder")]
Host = Annotated[str, _text("host")]
Image = Annotated[str, _text("image")]
Distribution = Annotated[str, _text("distribution")]
Address = Annotated[str, _text("address")]
File = Annotated[str, _text("file", r"\.toml$", "the path of a file that is called *.toml")]
Required = Annotated[
    str,
    _text(
        "version specifiers",
        rf"^{_REQUIRED}(,{_REQUIRED})*$",
        'version specifiers such as ">=0.1,<1"',
    ),
]
if TYPE_CHECKING:
    Level: TypeAlias = str
    FailOn: TypeAlias = str
    Builder: TypeAlias = str
    Cache: TypeAlias = str
else:
    Level = Literal[tuple(map(str, Severity))]
    FailOn = Literal[FAIL_ON]
    Builder = Literal[BUILDERS]
    Cache = Literal[CACHES]
Size = Annotated[
    Annotated[int, Meta(ge=0)] | Annotated[str, Meta(pattern=rf"^\s*{_BYTES}({_UNIT})?\s*$")],
    Meta(extra={"noun": "size", "words": "a number of bytes, or a size such as 20MB or 1MiB"}),
]
_SIZE = "a size such as 20MB or 20MiB"
UnitSize = Annotated[str, _text("size", rf"^\s*{_BYTES}{_UNIT}\s*$", _SIZE)]
Share = Annotated[
    str,
    _text(
        "size or share",
        rf"^\s*({_SHARE}|{_BYTES}{_UNIT})\s*$",
        f"{_SIZE}, or a share such as 10%",
    ),
]


class Limits(Struct, rename="kebab", forbid_unknown_fields=True):
    """Limits on what an image and its push may cost."""

    budget: Annotated[
        Share | UnsetType, Meta(description="The most bytes that its next push may upload.")
    ] = UNSET
    max_image_size: Annotated[
        UnitSize | UnsetType, Meta(description="The most bytes that its layers may have.")
    ] = UNSET
    max_growth: Annotated[
        Share | UnsetType, Meta(description="The most bytes by which it may grow.")
    ] = UNSET

    def texts(self) -> dict[Kind, str]:
        """Return what is limited, as it is written."""
        found = {kind: getattr(self, kind.replace("-", "_")) for kind in Kind}
        return {kind: text for kind, text in found.items() if text is not UNSET}
