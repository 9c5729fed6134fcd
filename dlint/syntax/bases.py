"""Which image each stage starts from, after BuildKit's expansion of the ARGs before the first FROM."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlint import moby
from dlint.syntax.instructions import Arg, From

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from dlint.syntax.instructions import Dockerfile

# What BuildKit sets by itself when it builds for linux/amd64 (dockerfile2llb/platform.go).
_PLATFORM = {
    **{
        f"{side}{part}": value
        for side in ("BUILD", "TARGET")
        for part, value in (
            ("PLATFORM", "linux/amd64"),
            ("OS", "linux"),
            ("OSVERSION", ""),
            ("ARCH", "amd64"),
            ("VARIANT", ""),
        )
    },
    "TARGETSTAGE": "default",
}
_MENTION = re.compile(r"\$\{?(\w+)(:?[-+])?")  # and whether it says what holds where the variable is unset


def base_names(dockerfile: Dockerfile) -> list[str | None]:
    """Return each stage's base: an image, an earlier stage's name or `scratch`.

    None where only a build argument could tell, and where FROM is malformed.
    """
    values = dict(_PLATFORM)
    unknown: set[str] = set()
    bases: list[str | None] = []
    for instruction in dockerfile.instructions:
        if isinstance(instruction, From):
            image = instruction.image
            bases.append(_expand(image.text, values, unknown, dockerfile.escape) if image else None)
        elif isinstance(instruction, Arg) and not bases:
            _declare(instruction, values, unknown)
    return bases


def _declare(arg: Arg, values: dict[str, str], unknown: set[str]) -> None:
    for pair in arg.pairs:
        if pair.value is None:
            if pair.name not in values:
                unknown.add(pair.name)
            continue
        value = _expand(pair.value, values, unknown, arg.escape)
        if value is None:
            values.pop(pair.name, None)
            unknown.add(pair.name)
        else:
            values[pair.name] = value
            unknown.discard(pair.name)


def _expand(text: str, values: Mapping[str, str], unknown: Collection[str], escape: str) -> str | None:
    if any(name in unknown and not has_default for name, has_default in _MENTION.findall(text)):
        return None
    try:
        return moby.expand(text, values, escape)
    except ValueError:
        return None
