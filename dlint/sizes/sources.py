"""Whom a build asks what packages weigh, where no table tells: sources of sizes, in one run."""

from __future__ import annotations

from functools import cached_property

from dlint.errors import DlintError
from dlint.findings import Basis
from dlint.project.contexts import repository_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from typing import TypeAlias

    from dlint.model.build import Build
    from dlint.packages import Answer, OnlineSettings, SizeRequest

    Source = Callable[[SizeRequest, OnlineSettings], Answer | None]

Question: TypeAlias = "tuple[SizeRequest, Path | None]"

AT_ONCE = 4  # questions, each of which opens some connections of its own


class Asked:
    """Asks a source, each question once. Threads may share it."""

    def __init__(self, source: Source, settings: Callable[[], OnlineSettings]) -> None:
        """Ask `source` as `settings` allow, which are not looked up before anything is asked."""
        self._settings = settings
        self._source = source
        self._answers: dict[SizeRequest, Answer | None] = {}

    @cached_property
    def settings(self) -> OnlineSettings:
        """What is allowed."""
        return self._settings()

    def __call__(self, request: SizeRequest, root: Path | None) -> Answer | None:
        """Return what the source answers; why it does not, where it fails."""
        if request not in self._answers:
            self._answers[request] = self._ask(request, self.settings._replace(root=root))
        return self._answers[request]

    def all(self, questions: Iterable[Question], progress: Callable[[int, int], None]) -> None:
        """Ask many questions at a time; `progress` is told how many of how many packages are
        sized.
        """
        from concurrent.futures import ThreadPoolExecutor

        todo = dict.fromkeys(each for each in questions if each[0] not in self._answers)
        sums = _Sums(progress)

        def ask(number: int, question: Question) -> None:
            request, root = question
            settings = self.settings._replace(root=root, progress=sums.of(number))
            self._answers[request] = self._ask(request, settings)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            for done in [pool.submit(ask, *each) for each in enumerate(todo)]:
                done.result()

    def _ask(self, request: SizeRequest, settings: OnlineSettings) -> Answer | None:
        try:
            return self._source(request, settings)
        except DlintError as error:
            from dlint.packages import Answer, Missing, Provenance

            nobody = Provenance("a source of packages' sizes", "", Basis.UNKNOWN)
            return Answer((), nobody, (Missing("", error.message),))


class _Sums:
    """Adds up how far several questions are."""

    def __init__(self, progress: Callable[[int, int], None]) -> None:
        from threading import Lock

        self._progress, self._lock = progress, Lock()
        self._parts: dict[int, tuple[int, int]] = {}

    def of(self, number: int) -> Callable[[int, int], None]:
        """Return what one question tells how far it is."""

        def tell(done: int, total: int) -> None:
            with self._lock:
                self._parts[number] = done, total
                self._progress(*map(sum, zip(*self._parts.values(), strict=True)))

        return tell


def ask(build: Build, request: SizeRequest) -> Answer | None:
    """Return what is known of a request beside tables; None where nobody says anything of it."""
    asker = build.options.packages
    if asker is None or not (request.specs or request.locked):
        return None
    answer = asker(request, root_of(build))
    said = answer is not None and (answer.sizes or answer.provenance.basis is not Basis.UNKNOWN)
    return answer if said else None


def root_of(build: Build) -> Path | None:
    """Return the top folder of the repository that a build's context is in, None where it is no
    folder.
    """
    folder: Path | None = getattr(build.context, "root", None)
    return repository_root(folder.resolve()) if folder else None
