"""The server: takes the client's messages, has documents checked in the background, and answers."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

from dlint import __version__
from dlint.server.actions import FIX_ALL, KINDS, Actions, Client, wants_all
from dlint.server.analyzer import Analysis, Analyzer, SupersededError
from dlint.server.diagnostics import Placer, Published, diagnostics_of
from dlint.server.documents import LANGUAGE, Document, Documents
from dlint.server.hints import hints_of
from dlint.server.hovers import hover_at
from dlint.server.links import links_of
from dlint.server.uris import path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dlint.server.layers import Layer

T = TypeVar("T")

# Seconds after a keystroke before its text is checked: several that come at once are one.
PAUSE = 0.02
# Seconds after files changed on the disk: a checkout changes thousands.
SETTLED = 0.2
LOG = logging.getLogger("dlint.server")


class _Check(NamedTuple):
    """The check of a document's newest version, and what tells it that there is a newer one."""

    task: asyncio.Task[Analysis]
    superseded: Event


class Server(LanguageServer):
    """The state of one client's session; all of it belongs to the thread that takes messages."""

    def __init__(self, *, third_party: bool = True) -> None:
        """Start nothing yet. Clients send whole texts: a Dockerfile is short, and what they call a
        line is not what all programs do.
        """
        super().__init__("dlint", __version__, lsp.TextDocumentSyncKind.Full)
        self.documents = Documents()
        self._third_party = third_party
        self._analyzer: Analyzer | None = None
        self._thread = ThreadPoolExecutor(1, "dlint")
        self._checks: dict[str, _Check] = {}
        self._published = Published()
        self._changed: set[str] = set()
        self._logged: set[str] = set()
        self._watch: asyncio.Task[None] | None = None

    async def in_background(self, work: Callable[..., T], *words: Any) -> T:  # noqa: ANN401  what the work takes
        """Do something on the thread that models, after what it has begun."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *words)

    @property
    def analyzer(self) -> Analyzer:
        """What checks; made on the thread that models."""
        if self._analyzer is None:
            self._analyzer = Analyzer(self.documents, third_party=self._third_party)
        return self._analyzer

    @property
    def encoding(self) -> str:
        """The units of columns that were agreed on."""
        return str(self.server_capabilities.position_encoding or lsp.PositionEncodingKind.Utf16)

    def _placer(self, analysis: Analysis) -> Placer:
        return Placer(analysis, self.documents, self.encoding)

    # Documents.

    def take(self, document: Document) -> None:
        """Take a new text, and check what it decides."""
        self.documents.put(document)
        if document.is_dockerfile:
            self.check(document)
        else:
            self._run(self._take_text(document))

    async def _take_text(self, document: Document) -> None:
        if await self.in_background(lambda: self.analyzer.take_text(document)):
            self.check_all()

    def drop(self, uri: str) -> None:
        """Forget a document, and take back what was said of it."""
        document = self.documents.close(uri)
        self._supersede(uri)
        self._publish(uri, {})
        if document is not None and not document.is_dockerfile:
            self._run(self._take_text(document))

    def check(self, document: Document) -> None:
        """Check a document in the background; a check of an older version ends unseen."""
        self._supersede(document.uri)
        superseded = Event()
        task = self._run(self._check(document, superseded))
        self._checks[document.uri] = _Check(task, superseded)

    def check_all(self) -> None:
        """Check all documents once more."""
        for document in self.documents.dockerfiles:
            self.check(document)
        hints = getattr(self.client_capabilities.workspace, "inlay_hint", None)
        if getattr(hints, "refresh_support", None):
            self.workspace_inlay_hint_refresh(None)

    def _supersede(self, uri: str) -> None:
        check = self._checks.pop(uri, None)
        if check is not None:
            check.superseded.set()

    async def _check(self, document: Document, superseded: Event) -> Analysis:
        await asyncio.sleep(PAUSE)
        analysis = await self.in_background(self._analyzed, document, superseded)
        if not superseded.is_set():
            self._publish(document.uri, diagnostics_of(analysis, self._placer(analysis)))
            self._log_failures(analysis)
            self._run(self._look_again())
        return analysis

    def _analyzed(self, document: Document, superseded: Event) -> Analysis:
        return self.analyzer.analyze(document, partial(_end_if, superseded))

    async def current(self, uri: str) -> Analysis | None:
        """Return the analysis of a document's newest version, once there is one; None for what is
        not checked.
        """
        while (check := self._checks.get(uri)) is not None:
            try:
                return await asyncio.shield(check.task)
            except SupersededError:
                if self._checks.get(uri) is check:  # the session ends
                    return None
        return None

    # Diagnostics.

    def _publish(self, uri: str, found: Mapping[str, Sequence[lsp.Diagnostic]]) -> None:
        """Show what a document's check found in it and in other files."""
        for each in self._published.take(uri, found):
            document = self.documents.get(each)
            version = document.version if document else None
            shown = self._published.shown(each)
            self.text_document_publish_diagnostics(
                lsp.PublishDiagnosticsParams(each, shown, version=version)
            )

    # Files.

    def take_changes(self, uris: Iterable[str]) -> None:
        """Note that files changed on the disk, and look at them once no more of them do."""
        paths = filter(None, map(path_of, uris))
        self._changed.update(path for path in paths if _tells(path))
        if not self._changed:
            return
        if self._watch is not None:
            self._watch.cancel()
        self._watch = self._run(self._settle())

    async def _settle(self) -> None:
        await asyncio.sleep(SETTLED)
        changed, self._changed = self._changed, set()
        if await self.in_background(lambda: self.analyzer.take_changes(changed)):
            self.check_all()

    async def _look_again(self) -> None:
        if self.analyzer.is_old and await self.in_background(self.analyzer.look_again):
            self.check_all()

    # What is asked.

    async def actions(self, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        """Return what can be done about the findings in a range."""
        analysis = await self.current(params.text_document.uri)
        if analysis is None:
            return []
        actions = Actions(analysis, self._placer(analysis), Client.of(self.client_capabilities))
        only = params.context.only
        names = None if only is None else [str(getattr(each, "value", each)) for each in only]
        found = list(actions.for_range(params.range, names))
        if wants_all(names):
            found += await self._fix_all(analysis, actions)
        return found

    async def _fix_all(self, analysis: Analysis, actions: Actions) -> list[lsp.CodeAction]:
        edits = await self.in_background(lambda: self.analyzer.fixes(analysis))
        if not edits:
            return []
        edit = actions.edit_own(edits)
        return [lsp.CodeAction("Apply all safe fixes of dlint", kind=FIX_ALL, edit=edit)]

    async def hints(self, params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
        """Return what the layers of a range weigh."""
        found = await self._layers(params.text_document.uri)
        if found is None:
            return []
        analysis, layers = found
        lines = self._placer(analysis).own
        return list(hints_of(layers, analysis.source, lines, params.range))

    async def hover(self, params: lsp.HoverParams) -> lsp.Hover | None:
        """Return what is known of a place."""
        found = await self._layers(params.text_document.uri)
        if found is None:
            return None
        analysis, layers = found
        rules = self.analyzer.rules
        return hover_at(analysis, layers, rules, self._placer(analysis), params.position)

    async def links(self, params: lsp.DocumentLinkParams) -> list[lsp.DocumentLink]:
        """Return where names of images and files lead."""
        analysis = await self.current(params.text_document.uri)
        if analysis is None or not analysis.builds:
            return []
        lines = self._placer(analysis).own
        return await self.in_background(lambda: list(links_of(analysis.builds[0], lines)))

    async def _layers(self, uri: str) -> tuple[Analysis, Mapping[int, Layer]] | None:
        """Return the newest analysis of a document with its layers; None for what is not checked.

        Where a newer version comes meanwhile, that one is answered for: it is what the client has.
        """
        while (analysis := await self.current(uri)) is not None:
            check = self._checks.get(uri)
            interrupt = partial(_end_if, check.superseded if check else Event())
            try:
                return analysis, await self.in_background(self.analyzer.layers, analysis, interrupt)
            except SupersededError:
                continue
        return None

    # Odds and ends.

    def _run(self, work: Any) -> asyncio.Task[Any]:  # noqa: ANN401  of whatever comes out
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        """Log what went wrong; nothing of that ends the server."""
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, SupersededError):
            LOG.error("a bug in dlint", exc_info=error)
            self.log(f"a bug in dlint: {type(error).__name__}: {error}")

    def _log_failures(self, analysis: Analysis) -> None:
        """Log what failed, each once; where in dlint only of what is no fault of the user's."""
        for failure in analysis.report.failures:
            if failure.message not in self._logged:
                self._logged.add(failure.message)
                is_bug = failure.rule is not None or "a bug in dlint" in failure.message
                self.log(failure.trace if is_bug and failure.trace else failure.message)

    def log(self, text: str) -> None:
        """Write a line to the client's log."""
        self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Error, text))

    def end(self) -> None:
        """End what is under way."""
        for each in self._checks.values():
            each.superseded.set()
        self._thread.shutdown(wait=False, cancel_futures=True)


def _tells(path: str) -> bool:
    """Tell whether a file that changed may decide anything: of git's own, which change all the
    time, those that tell which commit is checked out.
    """
    _, inside, name = path.replace(os.sep, "/").partition("/.git/")
    return not inside or name in {"HEAD", "logs/HEAD"}


def _end_if(superseded: Event) -> None:
    if superseded.is_set():
        raise SupersededError


def make_server(*, third_party: bool = True) -> Server:
    """Return a server that knows all messages."""
    server = Server(third_party=third_party)
    _know_documents(server)
    _know_files(server)
    _know_questions(server)
    return server


def _know_documents(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        given = params.text_document
        server.take(Document.of(given.uri, given.version, given.text, given.language_id))

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: lsp.DidChangeTextDocumentParams) -> None:
        given = params.text_document
        before = server.documents.get(given.uri)
        text = server.workspace.get_text_document(given.uri).source
        language = before.language if before else LANGUAGE
        server.take(Document.of(given.uri, given.version, text, language))

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        server.drop(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: lsp.DidSaveTextDocumentParams) -> None:
        server.take_changes([params.text_document.uri])


def _know_files(server: Server) -> None:
    @server.feature(lsp.INITIALIZED)
    async def initialized(_: lsp.InitializedParams) -> None:
        watched = getattr(server.client_capabilities.workspace, "did_change_watched_files", None)
        if not getattr(watched, "dynamic_registration", None):
            return
        options = lsp.DidChangeWatchedFilesRegistrationOptions([lsp.FileSystemWatcher("**/*")])
        files = lsp.Registration("files", lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
        await server.client_register_capability_async(lsp.RegistrationParams([files]))

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def changed(params: lsp.DidChangeWatchedFilesParams) -> None:
        server.take_changes(each.uri for each in params.changes)

    @server.feature(lsp.WORKSPACE_DID_CHANGE_CONFIGURATION)
    def configured(_: lsp.DidChangeConfigurationParams) -> None:
        """Do nothing: settings are those of configuration files."""

    @server.feature(lsp.SHUTDOWN)
    def ended(_: None) -> None:
        server.end()


def _know_questions(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(list(KINDS)))
    async def actions(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        return await server.actions(params)

    @server.feature(lsp.TEXT_DOCUMENT_INLAY_HINT)
    async def hints(params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
        return await server.hints(params)

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    async def hover(params: lsp.HoverParams) -> lsp.Hover | None:
        return await server.hover(params)

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_LINK)
    async def links(params: lsp.DocumentLinkParams) -> list[lsp.DocumentLink]:
        return await server.links(params)


def serve(*, third_party: bool = True) -> int:
    """Serve the client at standard input and output until it says that it is done.

    Nothing but the protocol is written there: what else is printed, by a plugin or by a program
    that is run, goes to standard error.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    taken, given = os.dup(0), os.dup(1)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123  a descriptor is what is wanted
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    with os.fdopen(taken, "rb") as reader, os.fdopen(given, "wb") as writer:
        server = make_server(third_party=third_party)
        server.start_io(reader, writer)
        server.end()
    return 0
