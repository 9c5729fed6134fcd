"""What is known of each open Dockerfile: the build that its text describes, and what was found."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from dlint.config.files import SUFFIX
from dlint.config.settings import Overrides
from dlint.context.ignore import NAME as IGNORE_NAME
from dlint.errors import DlintError
from dlint.lint.engine import Around, Checker, Spec, Task
from dlint.lint.failures import of_file
from dlint.lint.report import FileReport
from dlint.project import recipes
from dlint.project.recipes import decides_builds
from dlint.server.contexts import Contexts
from dlint.server.images import Images, check_images
from dlint.server.layers import layers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dlint.lint.report import Diagnostic
    from dlint.rule.build import Build
    from dlint.rule.rule import Rule
    from dlint.server.documents import Document, Documents
    from dlint.server.layers import Layer
    from dlint.text.source import Edit, Source


class SupersededError(Exception):
    """A newer version of the text is there: what was begun is of no use."""


class Analysis(NamedTuple):
    """One version of a document, checked. `builds` are what it was modelled as, in each of its
    contexts; none of a template, or where `report` says that the check failed.
    """

    document: Document
    source: Source
    builds: tuple[Build, ...]
    report: FileReport

    @property
    def own(self) -> Iterator[Diagnostic]:
        """What was found in the document itself."""
        path = self.document.path
        return (each for each in self.report.diagnostics if each.place.path == path)


class Analyzer:
    """Checks documents, one after the other, on one thread.

    Plugins are loaded once. Configuration files, the repository's recipes and build contexts are
    read once, and again when they change.
    """

    def __init__(self, documents: Documents, *, third_party: bool = True) -> None:
        """Check as the workspace's configuration says; nothing is asked of the network."""
        self._documents = documents
        spec = Spec(Overrides(online=False, offline=True), third_party=third_party)
        self.checker = Checker(spec)
        self._images = Images(self.checker)
        self._contexts = Contexts(documents.read)
        self._layers: tuple[Analysis, Mapping[int, Layer]] | None = None

    def analyze(self, document: Document, interrupt: Callable[[], None]) -> Analysis:
        """Check a document. What `interrupt` raises comes out; whatever else goes wrong is in the
        report.
        """
        source = document.source
        around = Around(self._documents.read, self._contexts.open, interrupt)
        try:
            interrupt()
            units = self._images.of(document.path)
            checked = (
                check_images(self.checker, units, source, around)
                if units
                else self.checker.check_text(source, around)
            )
        except SupersededError:
            raise
        except Exception as error:  # noqa: BLE001  the server goes on, whatever a file does to it
            failed = FileReport(document.path, (), None, failures=(of_file(document.path, error),))
            return Analysis(document, source, (), failed)
        return Analysis(document, source, checked.builds, checked.report)

    def fixes(self, analysis: Analysis) -> tuple[Edit, ...]:
        """Return the edits of all safe fixes of a document that edit nothing else, proved as
        `dlint check --fix` proves them.
        """
        from dlint.fix.fixer import Fixer
        from dlint.text.diffs import edits_between

        source = analysis.source
        if not analysis.builds or len(analysis.builds) > 1:  # it is built in several contexts
            return ()
        fixed = Fixer(self.checker, Task(source.path, source.encode())).run()
        change = next((each for each in fixed.changes if each.after.path == source.path), None)
        return tuple(edits_between(source, change.after)) if change else ()

    @property
    def rules(self) -> Mapping[str, Rule]:
        """All rules, by name."""
        return self.checker.plugins.rules

    def layers(self, analysis: Analysis, interrupt: Callable[[], None]) -> Mapping[int, Layer]:
        """Return the layers of a document that was analyzed, worked out once for each version; none
        where a file cannot be read. What `interrupt` raises comes out.
        """
        if self._layers is None or self._layers[0] is not analysis:
            found: Mapping[int, Layer] = {}
            with suppress(DlintError):
                found = layers_of(analysis.builds[0], interrupt) if analysis.builds else {}
            self._layers = analysis, found
        return self._layers[1]

    def take_changes(self, paths: Iterable[str]) -> bool:
        """Read again what depends on files that changed; tell whether any check may come out
        otherwise.
        """
        recipes.forget()
        self.checker = self.checker.overlaid(self.checker.spec.overrides)
        self._images = Images(self.checker)
        names = {path.rpartition("/")[2] for path in paths}
        is_changed = self._contexts.look_again(at_all=True)
        return is_changed or any(name.endswith(SUFFIX) or decides_builds(name) for name in names)

    def take_text(self, document: Document) -> bool:
        """Take a new text of an open file that is no Dockerfile; tell whether any check may come
        out otherwise. Of such files, ignore files alone count before they are saved.
        """
        is_ignore_file = document.path.endswith(IGNORE_NAME)
        if is_ignore_file:
            self._contexts.forget()
        return is_ignore_file

    @property
    def is_old(self) -> bool:
        """Whether something is to be looked at again."""
        return self._contexts.is_any_old

    def look_again(self) -> bool:
        """Look at what is old; tell whether any check may come out otherwise."""
        return self._contexts.look_again()
