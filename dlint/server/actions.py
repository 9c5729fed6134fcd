"""What the client offers to do about findings: their fixes, all safe fixes at once, and a comment
that ignores a finding.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from lsprotocol import types as lsp

from dlint.findings import Safety
from dlint.fix.ignoring import comment_above
from dlint.rule.own import SYNTAX_ERROR
from dlint.server.diagnostics import as_lsp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.lint.report import Diagnostic, PlacedEdit
    from dlint.server.analyzer import Analysis
    from dlint.server.diagnostics import Placer
    from dlint.syntax import Instruction
    from dlint.text.source import Edit, Span

FIX_ALL = f"{lsp.CodeActionKind.SourceFixAll.value}.dlint"
KINDS = (lsp.CodeActionKind.QuickFix, FIX_ALL)
_Change: TypeAlias = lsp.TextDocumentEdit | lsp.CreateFile | lsp.RenameFile | lsp.DeleteFile
# Written for the user to replace: a suppression says why.
REASON = "because …"


class Client(NamedTuple):
    """What a client can do with edits: name the version of a document, and create files."""

    names_versions: bool = False
    creates_files: bool = False

    @classmethod
    def of(cls, capabilities: lsp.ClientCapabilities) -> Client:
        """Take what a client says of itself."""
        edits = capabilities.workspace.workspace_edit if capabilities.workspace else None
        if edits is None or not edits.document_changes:
            return cls()
        operations = edits.resource_operations or ()
        return cls(
            names_versions=True, creates_files=lsp.ResourceOperationKind.Create in operations
        )


class Actions:
    """The actions for one version of a document."""

    def __init__(self, analysis: Analysis, placer: Placer, client: Client) -> None:
        """Take what was found, and what the client can do."""
        self._analysis = analysis
        self._placer = placer
        self._client = client

    def for_range(self, asked: lsp.Range, only: Sequence[str] | None) -> Iterator[lsp.CodeAction]:
        """Yield the actions for the findings in a range, those of the kinds `only`."""
        span = self._placer.own.span(asked)
        touching = [each for each in self._analysis.own if _touches(each.place.span, span)]
        if _is_wanted(lsp.CodeActionKind.QuickFix.value, only):
            for found in touching:
                yield from self._fix(found)
            for found in touching:
                yield from self._ignore(found)

    def _fix(self, found: Diagnostic) -> Iterator[lsp.CodeAction]:
        repair = found.repair
        if repair is None or repair.safety is Safety.DISPLAY:
            return
        edit = self._edit(repair.edits)
        if edit is None:
            return
        is_safe = repair.safety is Safety.SAFE
        title = repair.title[:1].upper() + repair.title[1:]
        yield lsp.CodeAction(
            title=title if is_safe else f"{title} (unsafe fix: review it)",
            kind=lsp.CodeActionKind.QuickFix,
            diagnostics=[as_lsp(found, self._placer)],
            is_preferred=True if is_safe else None,
            edit=edit,
        )

    def _ignore(self, found: Diagnostic) -> Iterator[lsp.CodeAction]:
        instruction = self._instruction(found)
        if instruction is None or found.rule == SYNTAX_ERROR.name:
            return
        comment = comment_above(self._analysis.source, instruction.line, [found.rule], REASON)
        yield lsp.CodeAction(
            title=f"Ignore {found.rule} here, with a reason",
            kind=lsp.CodeActionKind.QuickFix,
            diagnostics=[as_lsp(found, self._placer)],
            edit=self.edit_own([comment]),
        )

    def _instruction(self, found: Diagnostic) -> Instruction | None:
        """Return the instruction that a finding is in."""
        builds = self._analysis.builds
        return builds[0].dockerfile.instruction_at(found.place.start.line) if builds else None

    def _edit(self, edits: Iterable[PlacedEdit]) -> lsp.WorkspaceEdit | None:
        """Return edits, also of other files, as one; None where the client cannot create a file
        that they need.
        """
        ordered = sorted(edits, key=lambda each: each.place.path)
        changes: list[_Change] = []
        for path, group in groupby(ordered, key=lambda each: each.place.path):
            uri = self._placer.uri(path)
            if path != self._analysis.document.path and not Path(path).exists():
                if not self._client.creates_files:
                    return None
                changes.append(
                    lsp.CreateFile(uri, options=lsp.CreateFileOptions(ignore_if_exists=True))
                )
            changes.append(self._changed(uri, list(map(self._placed, group))))
        return self._as_edit(changes)

    def _placed(self, edit: PlacedEdit) -> lsp.TextEdit:
        return lsp.TextEdit(self._placer.range(edit.place), edit.text)

    def edit_own(self, edits: Iterable[Edit]) -> lsp.WorkspaceEdit:
        """Return edits of the document itself as one."""
        lines = self._placer.own
        texts = [lsp.TextEdit(lines.range(each.span), each.text) for each in edits]
        return self._as_edit([self._changed(self._analysis.document.uri, texts)])

    def _as_edit(self, changes: Sequence[_Change]) -> lsp.WorkspaceEdit:
        """Return changes in the older form, too simple for versions and new files, where the client
        knows no other.
        """
        if self._client.names_versions:
            return lsp.WorkspaceEdit(document_changes=changes)
        found: dict[str, list[lsp.TextEdit]] = {}
        for each in changes:
            if isinstance(each, lsp.TextDocumentEdit):
                texts = (edit for edit in each.edits if isinstance(edit, lsp.TextEdit))
                found[each.text_document.uri] = list(texts)
        return lsp.WorkspaceEdit(found)

    def _changed(self, uri: str, texts: Sequence[lsp.TextEdit]) -> lsp.TextDocumentEdit:
        document = self._analysis.document
        version = document.version if uri == document.uri else None
        return lsp.TextDocumentEdit(
            lsp.OptionalVersionedTextDocumentIdentifier(uri, version), list(texts)
        )


def wants_all(only: Sequence[str] | None) -> bool:
    """Tell whether a client asks for what mends everything: by name alone, since that is applied
    when a file is saved.
    """
    return only is not None and _is_wanted(FIX_ALL, only)


def _is_wanted(kind: str, only: Sequence[str] | None) -> bool:
    return only is None or any(kind == each or kind.startswith(f"{each}.") for each in only)


def _touches(found: Span, asked: Span) -> bool:
    return found.start <= asked.end and asked.start <= found.end
