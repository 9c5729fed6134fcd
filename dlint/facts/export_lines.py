"""Where a recipe says which cache its builds export."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dlint.text.patterns import regex
from dlint.text.source import Source, Span
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from dlint.project.recipes import Recipes

_EXPORT = regex(
    r"(?m)^(?![ \t]*#)[^\n]*?\b(?P<all>cache[-_]to\b[\"' \t:=\[]*(?P<given>[^\s\"'\]]*))"
)


class ExportLine(NamedTuple):
    """What all builds of a recipe export, as it stands there once."""

    source: Source
    span: Span


def only_export_line(recipes: Recipes, path: str) -> ExportLine | None:
    """Return the place where a recipe names the one cache that its builds export; None where it
    names several, or an expression makes each build export another one.
    """
    text = recipes.text_of.get(path, "")
    found = list(_EXPORT.finditer(text))
    if len(found) != 1:
        return None
    told = found[0]["given"]
    if not told.startswith("type=") or "$" in told:
        return None
    shown = os.path.relpath(recipes.root / path).replace(os.sep, "/")
    return ExportLine(Source(shown, text), Span(*found[0].span("all")))
