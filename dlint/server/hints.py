"""Inlay hints: behind each instruction, what its layer weighs, and what the next build does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from dlint.server.layers import state_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlint.server.layers import Layer
    from dlint.server.positions import Lines
    from dlint.text.source import Source


def hints_of(
    layers: Mapping[int, Layer], source: Source, lines: Lines, asked: lsp.Range
) -> Iterator[lsp.InlayHint]:
    """Yield the hints in a range, at the ends of the lines that instructions begin on."""
    for line, layer in sorted(layers.items()):
        end = source.line_span(line).start + len(source.line_text(line))
        position = lines.position(end)
        if asked.start.line <= position.line <= asked.end.line:
            yield lsp.InlayHint(
                position,
                " · ".join(filter(None, (str(layer.size), state_of(layer)))),
                padding_left=True,
                tooltip=lsp.MarkupContent(lsp.MarkupKind.Markdown, "\n\n".join(words_of(layer))),
            )
