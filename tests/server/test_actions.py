"""What an editor offers to do about findings, and what becomes of the text then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from house import commit
from support import tree

pytest.importorskip("pygls", reason="dlint's extra `server` is not installed")
pytest.importorskip("pytest_lsp", reason="pytest-lsp is not installed")

from editing import Editor, applied, edit_with
from lsprotocol import types as lsp

if TYPE_CHECKING:
    from pathlib import Path

INSTALL = "ca-certificates nodejs"
APT = f"FROM debian:12.5\nRUN apt-get update && apt-get install -y {INSTALL}\n"
MENDED = APT.replace(INSTALL, f"{INSTALL} && rm -rf /var/lib/apt/lists/*")
SAFE = "Run `rm -rf /var/lib/apt/lists/*` in the same `RUN`"
UNSAFE = "Add `--no-install-recommends` (unsafe fix: review it)"
ALL = "Apply all safe fixes of dlint"


def edits(action: lsp.CodeAction, uri: str) -> list[lsp.TextEdit]:
    """Return what an action edits in one document."""
    assert action.edit
    return [
        edit
        for change in action.edit.document_changes or ()
        if isinstance(change, lsp.TextDocumentEdit) and change.text_document.uri == uri
        for edit in change.edits
        if isinstance(edit, lsp.TextEdit)
    ]


def test_safe_fixes_are_preferred_and_unsafe_ones_say_that_they_are(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": APT})

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile")
        safe, unsafe = await editor.action(uri, SAFE), await editor.action(uri, UNSAFE)
        assert safe.kind == unsafe.kind == lsp.CodeActionKind.QuickFix
        assert safe.is_preferred
        assert not unsafe.is_preferred
        assert safe.diagnostics
        assert [each.code for each in safe.diagnostics] == ["bloat/pm-cache"]
        assert safe.diagnostics[0] in await editor.found(uri)
        assert applied(APT, edits(safe, uri)) == MENDED

    edit_with(tmp_path, scenario)


def test_actions_are_those_of_the_newest_text(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": APT})

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile")
        text = APT.replace("RUN", "# a\r\n# b\nRUN")
        editor.change(uri, text, 2)
        action = await editor.action(uri, SAFE)
        assert action.edit
        (change,) = action.edit.document_changes or ()
        assert isinstance(change, lsp.TextDocumentEdit)
        assert change.text_document.version == 2
        mended = f"{INSTALL} && rm -rf /var/lib/apt/lists/*"
        assert applied(text, edits(action, uri)) == text.replace(INSTALL, mended)

    edit_with(tmp_path, scenario)


def test_actions_are_for_the_range_and_the_kinds_that_are_asked_for(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": APT})

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile")
        top = lsp.Range(lsp.Position(0, 0), lsp.Position(0, 4))
        assert not [each for each in await editor.actions(uri, top) if each.title == SAFE]
        assert await editor.actions(uri, only=["refactor"]) == []
        assert all(
            each.kind == lsp.CodeActionKind.QuickFix
            for each in await editor.actions(uri, only=["quickfix"])
        )

    edit_with(tmp_path, scenario)


@pytest.mark.parametrize("kind", ["source", "source.fixAll", "source.fixAll.dlint"])
def test_all_safe_fixes_are_applied_at_once_where_that_is_asked_for(
    tmp_path: Path, kind: str
) -> None:
    text = APT + "RUN pip install flask\n"
    tree(tmp_path, {"Dockerfile": "FROM scratch\n"})

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile", text)
        (action,) = await editor.actions(uri, only=[kind])
        assert (action.title, action.kind) == (ALL, "source.fixAll.dlint")
        expected = MENDED + "RUN pip install --no-cache-dir flask\n"
        assert applied(text, edits(action, uri)) == expected
        assert ALL not in [each.title for each in await editor.actions(uri)]
        editor.change(uri, expected, 2)
        assert await editor.actions(uri, only=[kind]) == []

    edit_with(tmp_path, scenario)
    assert (tmp_path / "Dockerfile").read_text() == "FROM scratch\n"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_finding_can_be_ignored_with_a_reason(tmp_path: Path, end: str) -> None:
    text = APT.replace("\n", end)
    tree(tmp_path, {"Dockerfile": text})

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile", text)
        action = await editor.action(uri, "Ignore bloat/pm-cache here, with a reason")
        after = applied(text, edits(action, uri))
        assert after == text.replace("RUN", f"# dlint: ignore[bloat/pm-cache] because …{end}RUN")
        editor.change(uri, after, 2)
        assert "bloat/pm-cache" not in await editor.rules(uri, 2)

    edit_with(tmp_path, scenario)


def test_a_fix_may_write_another_file(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": "FROM debian:12.5-slim\nCOPY . /srv/\n"})
    commit(tmp_path)
    ignore = (tmp_path / ".dockerignore").as_uri()
    title = "Exclude `.git` from the build context (unsafe fix: review it)"

    async def created(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile")
        action = await editor.action(uri, title)
        assert action.edit
        made, _ = action.edit.document_changes or ()
        assert isinstance(made, lsp.CreateFile)
        assert made.uri == ignore
        assert applied("", edits(action, ignore)) == ".git\n"

    edit_with(tmp_path, created)

    async def not_created(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile")
        assert title not in [each.title for each in await editor.actions(uri)]

    edit_with(tmp_path, not_created, creates_files=False)


def test_a_client_that_knows_no_versions_gets_plain_edits(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": APT})

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile")
        action = await editor.action(uri, SAFE)
        assert action.edit
        assert action.edit.document_changes is None
        assert action.edit.changes
        assert applied(APT, list(action.edit.changes[uri])) == MENDED

    edit_with(tmp_path, scenario, names_versions=False)


def test_findings_in_another_file_are_shown_there(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {
            "Dockerfile": "FROM node:22.4-slim\nCOPY . /app\n",
            "app.Dockerfile": "FROM node:22.4-slim\nCOPY . /app\n",
            ".dockerignore": "# installed\nnode_modules\n",
            "web/node_modules/left-pad/index.js": "//" * 10_000,
            "web/package.json": "{}",
        },
    )
    ignore = (tmp_path / ".dockerignore").as_uri()

    async def scenario(editor: Editor) -> None:
        one = editor.open(tmp_path / "Dockerfile")
        other = editor.open(tmp_path / "app.Dockerfile")
        await editor.found(one)
        await editor.found(other)
        (found,) = await editor.found(ignore, None)
        assert found.code == "context/ignore-lint"
        assert found.range.start.line == 1
        editor.close(one)
        await editor.found(one, None)
        assert len(editor.shown[ignore].diagnostics) == 1
        editor.close(other)
        await editor.until(lambda: not editor.shown[ignore].diagnostics)

    edit_with(tmp_path, scenario)
