"""An editor, as far as `dlint server` can tell: a real client in front of a real process."""

from __future__ import annotations

import asyncio
import os
import sys
from threading import Thread
from typing import TYPE_CHECKING, Any

from house import ENVIRONMENT
from lsprotocol import types as lsp
from pygls.io_ import run_async
from pytest_lsp import LanguageClient
from pytest_lsp.client import DEFAULT_CLIENT_FEATURES, register_lsp_features

from dlint.server.app import make_server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

# Seconds after which a server that says nothing is broken; a machine may be busy.
PATIENCE = 60
EVERYTHING = lsp.Range(lsp.Position(0, 0), lsp.Position(9999, 0))


class Editor:
    """One session. Its documents are known by their paths."""

    def __init__(
        self, client: LanguageClient, shown: dict[str, lsp.PublishDiagnosticsParams]
    ) -> None:
        self.client = client
        self.shown = shown
        self.news = asyncio.Event()
        self.capabilities: lsp.ServerCapabilities | None = None

    @staticmethod
    def uri(path: Path) -> str:
        return path.as_uri()

    def open(
        self, path: Path, text: str | None = None, *, language: str = "dockerfile", version: int = 1
    ) -> str:
        uri = self.uri(path)
        text = path.read_bytes().decode() if text is None else text
        self.open_uri(uri, text, language=language, version=version)
        return uri

    def open_uri(
        self, uri: str, text: str, *, language: str = "dockerfile", version: int = 1
    ) -> None:
        item = lsp.TextDocumentItem(uri, language, version, text)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))

    def change(self, uri: str, text: str, version: int) -> None:
        self.client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(
                lsp.VersionedTextDocumentIdentifier(version, uri),
                [lsp.TextDocumentContentChangeWholeDocument(text)],
            )
        )

    def close(self, uri: str) -> None:
        self.client.text_document_did_close(
            lsp.DidCloseTextDocumentParams(lsp.TextDocumentIdentifier(uri))
        )

    def save(self, uri: str) -> None:
        self.client.text_document_did_save(
            lsp.DidSaveTextDocumentParams(lsp.TextDocumentIdentifier(uri))
        )

    def tell_changed(self, path: Path) -> None:
        event = lsp.FileEvent(path.as_uri(), lsp.FileChangeType.Changed)
        self.client.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams([event]))

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for something to be shown that makes `holds` true."""

        async def wait() -> None:
            while not holds():
                self.news.clear()
                await self.news.wait()

        await asyncio.wait_for(wait(), PATIENCE)

    async def found(self, uri: str, version: int | None = 1) -> list[lsp.Diagnostic]:
        """Return what is shown of a version of a document, once it is."""
        await self.until(lambda: uri in self.shown and self.shown[uri].version == version)
        return list(self.shown[uri].diagnostics)

    async def rules(self, uri: str, version: int | None = 1) -> list[str]:
        return [str(each.code) for each in await self.found(uri, version)]

    async def actions(
        self, uri: str, where: lsp.Range = EVERYTHING, only: list[str] | None = None
    ) -> list[lsp.CodeAction]:
        found = await self.client.text_document_code_action_async(
            lsp.CodeActionParams(
                lsp.TextDocumentIdentifier(uri), where, lsp.CodeActionContext([], only)
            )
        )
        return [each for each in found or () if isinstance(each, lsp.CodeAction)]

    async def action(self, uri: str, title: str) -> lsp.CodeAction:
        (found,) = (each for each in await self.actions(uri) if each.title == title)
        return found


def edit_with(  # noqa: PLR0913  what an editor may be like
    folder: Path | None,
    scenario: Callable[[Editor], Awaitable[None]],
    *,
    encodings: list[str] | None = None,
    words: tuple[str, ...] = (),
    environment: dict[str, str] | None = None,
    creates_files: bool = True,
    names_versions: bool = True,
) -> None:
    """Run `scenario` with an editor whose workspace is `folder`, and end the session as editors
    do: the server ends with status 0.
    """
    asyncio.run(
        _session(
            folder,
            scenario,
            _capabilities(encodings, creates_files=creates_files, names_versions=names_versions),
            words,
            environment or {},
        )
    )


async def _session(
    folder: Path | None,
    scenario: Callable[[Editor], Awaitable[None]],
    capabilities: lsp.ClientCapabilities,
    words: tuple[str, ...],
    environment: dict[str, str],
) -> None:
    client = LanguageClient()
    editor = Editor(client, {})

    def publish(_: LanguageClient, params: lsp.PublishDiagnosticsParams) -> None:
        editor.shown[params.uri] = params
        editor.news.set()

    def log(_: LanguageClient, params: lsp.LogMessageParams) -> None:
        client.log_messages.append(params)
        editor.news.set()

    own: dict[str, Any] = {
        lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS: publish,
        lsp.WINDOW_LOG_MESSAGE: log,
    }
    register_lsp_features(client, DEFAULT_CLIENT_FEATURES | own)
    ended = await _start(client, words, environment)
    try:
        result = await asyncio.wait_for(
            client.initialize_session(
                lsp.InitializeParams(
                    capabilities=capabilities,
                    workspace_folders=[lsp.WorkspaceFolder(folder.as_uri(), folder.name)]
                    if folder
                    else None,
                )
            ),
            PATIENCE,
        )
        editor.capabilities = result.capabilities
        await scenario(editor)
    finally:
        await client.shutdown_session()
        status = await asyncio.wait_for(ended(), PATIENCE)
    assert status == 0


async def _start(
    client: LanguageClient, words: tuple[str, ...], environment: dict[str, str]
) -> Callable[[], Awaitable[int]]:
    """Start the server; return what waits for its end and tells its status.

    That is a process, as in an editor; but for a measurement of what the tests run, which sees
    this process alone, it is a thread.
    """
    if os.environ.get("COVERAGE_RUN") and not (words or environment):
        return await _start_thread(client)
    await client.start_io(
        sys.executable, "-m", "dlint", "server", *words, env=ENVIRONMENT | environment
    )
    return client._server.wait


async def _start_thread(client: LanguageClient) -> Callable[[], Awaitable[int]]:
    (taken, asking), (answered, given) = os.pipe(), os.pipe()

    def serve() -> None:
        with os.fdopen(taken, "rb") as reader, os.fdopen(given, "wb") as writer:
            server = make_server()
            server.start_io(reader, writer)
            server.end()

    thread = Thread(target=serve)
    thread.start()
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(answered, "rb")
    )
    transport, protocol = await loop.connect_write_pipe(
        asyncio.streams.FlowControlMixin, os.fdopen(asking, "wb")
    )
    client.protocol.set_writer(asyncio.StreamWriter(transport, protocol, None, loop))
    talking = run_async(stop_event=client._stop_event, reader=reader, protocol=client.protocol)
    client._async_tasks.append(asyncio.create_task(talking))

    async def ended() -> int:
        transport.close()
        await asyncio.to_thread(thread.join)
        return 0

    return ended


def _capabilities(
    encodings: list[str] | None, *, creates_files: bool, names_versions: bool
) -> lsp.ClientCapabilities:
    operations = [lsp.ResourceOperationKind.Create] if creates_files else []
    return lsp.ClientCapabilities(
        general=lsp.GeneralClientCapabilities(position_encodings=encodings),
        workspace=lsp.WorkspaceClientCapabilities(
            workspace_edit=lsp.WorkspaceEditClientCapabilities(
                document_changes=names_versions, resource_operations=operations
            )
        ),
    )


def applied(text: str, edits: list[lsp.TextEdit]) -> str:
    """Return what edits make of a text whose columns are characters."""
    lines = text.splitlines(keepends=True)
    starts = [sum(map(len, lines[:number])) for number in range(len(lines) + 1)]

    def offset(position: lsp.Position) -> int:
        return min(starts[min(position.line, len(lines))] + position.character, len(text))

    for edit in sorted(edits, key=lambda each: offset(each.range.start), reverse=True):
        text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
    return text
