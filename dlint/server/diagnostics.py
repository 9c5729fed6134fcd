"""What was found, as the client shows it: in the Dockerfile, and in other files such as the ignore
file.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from dlint.findings import Severity
from dlint.reporters.words import long_cost
from dlint.server.uris import uri_of
from dlint.text.source import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dlint.lint.report import Diagnostic, Failure, Location
    from dlint.server.analyzer import Analysis
    from dlint.server.documents import Documents
    from dlint.server.positions import Lines
    from dlint.text.source import Source

SOURCE = "dlint"
_SEVERITIES = {
    Severity.ERROR: lsp.DiagnosticSeverity.Error,
    Severity.WARNING: lsp.DiagnosticSeverity.Warning,
    Severity.INFO: lsp.DiagnosticSeverity.Information,
}


class Placer:
    """Places of one analysis in the client's terms."""

    def __init__(self, analysis: Analysis, documents: Documents, encoding: str) -> None:
        """Use the addresses under which the client has `documents` open."""
        self._document = analysis.document
        self._documents = documents
        self._encoding = encoding
        self._lines: dict[int, Lines] = {}
        self.own = self.lines(analysis.source)

    def lines(self, source: Source) -> Lines:
        """Return the lines of a source; of one that is asked for again, the same."""
        found = self._lines.get(id(source))
        if found is None:
            found = self._lines[id(source)] = self._document.lines(source, self._encoding)
        return found

    def uri(self, path: str) -> str:
        """Return the address of a file."""
        if path == self._document.path:
            return self._document.uri
        document = self._documents.at(path)
        return document.uri if document else uri_of(path)

    def place(self, location: Location) -> lsp.Location:
        """Return a place."""
        return lsp.Location(self.uri(location.path), self.range(location))

    def range(self, location: Location) -> lsp.Range:
        """Return a place in its file."""
        return self.lines(location.source).range(location.span)


class Published:
    """What the client is shown of each file: what the checks of all documents have found in it."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._found: dict[str, Mapping[str, Sequence[lsp.Diagnostic]]] = {}

    def take(self, uri: str, found: Mapping[str, Sequence[lsp.Diagnostic]]) -> Iterable[str]:
        """Take what a document's check found, by the file it is in, for what was found before; none
        at all where the document is closed. Return the files that are to be shown again.
        """
        before = self._found.pop(uri, {})
        if found:
            self._found[uri] = found
        return dict.fromkeys((*before, *found, uri))

    def shown(self, uri: str) -> list[lsp.Diagnostic]:
        """Return what was found in a file, each once: several documents may have the same."""
        shown: dict[object, lsp.Diagnostic] = {}
        for found in self._found.values():
            for each in found.get(uri, ()):
                place = each.range.start
                shown.setdefault((place.line, place.character, each.code, each.message), each)
        return list(shown.values())


def diagnostics_of(analysis: Analysis, placer: Placer) -> Mapping[str, Sequence[lsp.Diagnostic]]:
    """Return the diagnostics of each file that has any, by its address; the document's own are
    among them, also where there are none.
    """
    found: dict[str, list[lsp.Diagnostic]] = defaultdict(list)
    found[analysis.document.uri] += _failures(analysis, placer)
    for each in analysis.report.diagnostics:
        found[placer.uri(each.place.path)].append(as_lsp(each, placer))
    return found


def as_lsp(found: Diagnostic, placer: Placer) -> lsp.Diagnostic:
    """Return one diagnostic; `data` holds what tells it from all others of its document."""
    return lsp.Diagnostic(
        range=placer.range(found.place),
        message="\n".join(_said(found)),
        severity=_SEVERITIES[found.severity],
        code=found.rule,
        code_description=lsp.CodeDescription(found.url) if found.url else None,
        source=SOURCE,
        related_information=[
            lsp.DiagnosticRelatedInformation(placer.place(note.place), note.message)
            for note in found.notes
        ]
        or None,
        data=found.fingerprint,
    )


def _said(found: Diagnostic) -> Iterator[str]:
    """Say what is wrong, what it costs and what to do, a line each."""
    yield found.message
    if cost := long_cost(found.cost):
        yield f"cost: {cost}"
    if found.remedy:
        yield f"{'fix' if found.repair else 'help'}: {found.remedy}"


def _failures(analysis: Analysis, placer: Placer) -> list[lsp.Diagnostic]:
    """Return what could not be told, at the top of the document or at the instruction."""
    return [
        lsp.Diagnostic(
            range=_line(analysis, placer, failure),
            message="\n".join(filter(None, (f"not checked: {failure.message}", failure.hint))),
            severity=lsp.DiagnosticSeverity.Error,
            code=failure.rule,
            source=SOURCE,
        )
        for failure in analysis.report.failures
    ]


def _line(analysis: Analysis, placer: Placer, failure: Failure) -> lsp.Range:
    source = analysis.source
    start = source.line_span(failure.line or 1).start
    text = source.line_text(failure.line or 1)
    return placer.own.range(Span(start, start + len(text)))
