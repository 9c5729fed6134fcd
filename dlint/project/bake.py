"""Builds that Bake files describe (https://docs.docker.com/build/bake/reference/): HCL and JSON."""

from __future__ import annotations

import posixpath
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from dlint.project.commands import Claim, filled
from dlint.text.patterns import regex
from dlint.text.safe import json_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HEAD = regex(r"""^[ \t]*(target|variable)[ \t]+"([^"\n]+)"[ \t]*\{""", re.MULTILINE)
_KEY = regex(
    r"""^[ \t]*"?(context|dockerfile|target|default)"?[ \t]*=[ \t]*"?([^"\n]*)"?[ \t]*$""",
    re.MULTILINE,
)
_INHERITS = regex(r"""^[ \t]*inherits[ \t]*=[ \t]*\[([^\]]*)\]""", re.MULTILINE)
_QUOTED = regex(r'"([^"\n]+)"')
MOST_INHERITED = 10  # targets above one


def claims_in(text: str, path: str) -> Iterator[tuple[Claim, ...]]:
    """Yield what the Bake file at `path` builds; nothing where it is no JSON though its name says
    so.
    """
    base = posixpath.dirname(path) or "."
    targets, values = _json(text) if path.endswith(".json") else _hcl(text)
    for target in targets.values():
        told = _whole(target, targets)
        context, dockerfile = told.get("context", "."), told.get("dockerfile", "Dockerfile")
        for each in filled(f"{context}\0{dockerfile}", values):
            folder, _, file = each.partition("\0")
            claims = (
                Claim(start, folder, file, told.get("target", ""), in_context=True)
                for start in dict.fromkeys((base, "."))
            )
            yield tuple(claims)


def _whole(target: Mapping[str, Any], targets: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return a target's own keys over those of the targets that it inherits from."""
    told: dict[str, str] = {}
    waiting = [target]
    for each in islice(_drained(waiting), MOST_INHERITED):
        told = {key: value for key, value in each.items() if isinstance(value, str)} | told
        above = each.get("inherits")
        waiting += [targets[name] for name in above or () if name in targets]
    return told


def _drained(waiting: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    while waiting:
        yield waiting.pop(0)


def _json(text: str) -> tuple[dict[str, dict[str, Any]], dict[str, list[str]]]:
    try:
        told = json_value(text)
    except ValueError:
        return {}, {}
    targets = told.get("target") if isinstance(told, dict) else None
    named = targets.items() if isinstance(targets, dict) else ()
    return {name: target for name, target in named if isinstance(target, dict)}, {}


def _hcl(text: str) -> tuple[dict[str, dict[str, Any]], dict[str, list[str]]]:
    """Read the blocks of targets and variables; what is no plain text in them is left as it is."""
    targets: dict[str, dict[str, Any]] = {}
    values: dict[str, list[str]] = {}
    heads = list(_HEAD.finditer(text))
    ends = [*(head.start() for head in heads[1:]), len(text)][: len(heads)]
    for head, end in zip(heads, ends, strict=True):
        block = text[head.end() : end]
        told: dict[str, Any] = {}
        for key in _KEY.finditer(block):
            told.setdefault(key[1], key[2])
        if head[1] == "variable":
            values[head[2]] = [told["default"]] if told.get("default") else []
            continue
        inherits = _INHERITS.search(block)
        told["inherits"] = _QUOTED.findall(inherits[1]) if inherits else []
        targets[head[2]] = told
    return targets, values
