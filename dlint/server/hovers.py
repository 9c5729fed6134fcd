"""Hovers: what is known of an instruction's layer, and the pages of the rules that found something
there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from dlint.lint.pages import sections
from dlint.server.layers import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlint.rule.rule import Rule
    from dlint.server.analyzer import Analysis
    from dlint.server.diagnostics import Placer
    from dlint.server.layers import Layer
    from dlint.text.source import Span

SHOWN = ("What it does", "Why is this bad?", "When not to follow it")


def hover_at(
    analysis: Analysis,
    layers: Mapping[int, Layer],
    rules: Mapping[str, Rule],
    placer: Placer,
    position: lsp.Position,
) -> lsp.Hover | None:
    """Return what is known of a place; None where that is nothing."""
    offset = placer.own.offset(position)
    line = analysis.source.line(offset)
    found = [each for each in analysis.own if _holds(each.place.span, offset)]
    layer = next((each for each in layers.values() if _is_in(each, line)), None)
    parts = list(words_of(layer)) if layer else []
    for name in dict.fromkeys(each.rule for each in found):
        rule = rules.get(name)
        if rule is not None:
            parts += ["---", *_page(rule)]
    if not parts:
        return None
    return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, "\n\n".join(parts)))


def _holds(span: Span, offset: int) -> bool:
    return span.start <= offset <= span.end


def _is_in(layer: Layer, line: int) -> bool:
    return layer.instruction.line <= line <= layer.instruction.end_line


def _page(rule: Rule) -> Iterator[str]:
    """Yield the parts of a rule's page that say what it means; its address has the rest."""
    name = f"[{rule.name}]({rule.url})" if rule.url else rule.name
    yield f"**{name}**: {rule.summary}"
    told = sections(rule)
    for title in SHOWN:
        if title in told:
            yield f"*{title}* {told[title]}"
