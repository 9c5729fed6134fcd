"""How the jobs of CI start Compose where they push what it builds: with which of its files, for
which services, and on what machine.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.project import compose
from dlint.project.commands import COMMENT, assigned, filled
from dlint.project.delivery import OPTION
from dlint.project.fitting import fits
from dlint.project.handed_on import is_named
from dlint.project.held_options import OPEN
from dlint.project.image import TARGET
from dlint.project.pipelines import jobs_in
from dlint.project.purpose import PUSHES
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.project.commands import Claim
    from dlint.project.pipelines import Own, Scope

_CALL = regex(r"\bdocker[ -]compose[ \t]++([^\n;&|]*)")
_OUTPUT = regex(r"\$\([^()\n]*+\)|`[^`\n]*+`")  # of a command, in the place of one word
# What stands before the command and after it, each with a value
# (https://docs.docker.com/reference/cli/docker/compose/).
_WITH_VALUE = frozenset(
    "-p --project-name --profile --env-file --ansi --progress --parallel".split()
)
_OF_BUILD = frozenset("--build-arg --builder -m --memory --progress --ssh".split())
_FILES = "COMPOSE_FILE"  # the variable that says which files are meant where no option does
_NOT_AGAIN = "--no-cache"


class ComposeCall(NamedTuple):
    """A command that builds the services of some files, or of the default one where it names none,
    all of them or those that it names, in a job that pushes them as well: where Compose does not do
    that, those images that are `handed` on. `around`: what the job says of folders.
    """

    files: tuple[str, ...]
    services: frozenset[str]
    cold: bool
    scope: Scope
    around: str
    handed: frozenset[str] = frozenset()

    def means(self, path: str) -> bool:
        """Tell whether the Compose file at `path` is one of those that it names."""
        folder, name = posixpath.split(path)
        is_near = not folder or folder in self.around
        files = self.files or compose.DEFAULT
        return is_near and any(fits(each, path) or fits(each, name) for each in files)

    def pushes(self, claims: Sequence[Claim]) -> bool:
        """Tell whether the job pushes what is claimed of a service that it builds."""
        names = {each.removeprefix(TARGET) for told in claims for each in told.names.split("\n")}
        if self.services and names.isdisjoint(self.services):
            return False
        if self.handed:
            return any(is_named(each, self.handed) for each in claims)
        return not any(each.delivery.nameless for each in claims)

    def started(self, claim: Claim, text: str) -> Claim:
        """Return a build of a file as it is started: a cache may be told in a file beside it, or by
        a variable.
        """
        told = claim.delivered(pushes=True, nameless=False, cold=OPTION * self.cold, typed=True)
        (found,) = self.scope.claimed((told,))
        is_known = self.files[1:] == () and "cache_from" not in text
        return found if self.cold or is_known else found.delivered(cold="", hopes="")


class ComposeCalls(tuple[ComposeCall, ...]):
    """How CI starts Compose where it pushes what that builds."""

    __slots__ = ()

    def started(
        self, path: str, text: str, claims: tuple[Claim, ...]
    ) -> Iterator[tuple[Claim, ...]]:
        """Yield a build of the Compose file at `path` once for each call that pushes it, and as the
        file describes it where there is none.
        """
        own = [call for call in self if call.means(path) and call.pushes(claims)]
        if not own:
            yield claims
            return
        for call in own:
            yield tuple(call.started(each, text) for each in claims)


def compose_calls(texts: Sequence[tuple[str, str]], own: Own) -> ComposeCalls:
    """Return how workflows, path and text of each, have Compose build what they push."""
    if not any(PUSHES.search(text) for _, text in texts):
        return ComposeCalls()
    return ComposeCalls(
        call
        for path, text in texts
        if path.startswith(".github/")
        for steps, scope in jobs_in(path, text, own)
        for call in _in_job(steps, scope)
    )


def _in_job(steps: Iterable[dict[str, object]], scope: Scope) -> Iterator[ComposeCall]:
    text = "\n".join(str(each.get("run", "")) for each in steps)
    text = COMMENT.sub("", text.replace("\\\n", " "))
    usual = _usual_files(text, scope)
    if usual is None:
        return
    folders = (str(each.get("working-directory", "")) for each in steps)
    around = "\n".join((scope.base, *folders, text))
    calls = [(files or usual, verb, words) for files, verb, words in _calls(text, scope)]
    pushed = {files for files, verb, _ in calls if verb == "push"}
    for files, verb, words in calls:
        is_pushed = "--push" in words or files in pushed
        handed = frozenset[str]() if is_pushed else scope.pushed_names
        if verb == "build" and (is_pushed or handed):
            cold = _NOT_AGAIN in words
            yield ComposeCall(files, _services(words), cold, scope, around, handed)


def _usual_files(text: str, scope: Scope) -> tuple[str, ...] | None:
    """Return the files that are meant where a call names none, if a variable says so; None where
    that is not known.
    """
    (told,) = scope.variables.get(_FILES, [""])[:1]
    if _FILES in text or "--project-directory" in text or "$" in told:
        return None
    return tuple(filter(None, told.split(compose.SEPARATOR)))


def _calls(text: str, scope: Scope) -> Iterator[tuple[tuple[str, ...], str, list[str]]]:
    """Yield each call of Compose in a job's commands, with the variables filled in."""
    values = {**assigned(text), **scope.variables}
    for line in _CALL.findall(text):
        for each in filled(line, values):
            yield _read(_OUTPUT.sub(OPEN, each).split())


def _read(written: list[str]) -> tuple[tuple[str, ...], str, list[str]]:
    """Return the files that a call names, its command, and what follows that."""
    words = [each.strip("\"'") for each in written]
    files: list[str] = []
    at = 0
    while at < len(words) and words[at].startswith("-"):
        option, _, value = words[at].partition("=")
        is_apart = not value and option in {*_WITH_VALUE, "-f", "--file"}
        if option in {"-f", "--file"}:
            files += [value] if value else words[at + 1 : at + 2]
        at += 1 + is_apart
    return tuple(map(posixpath.normpath, files)), "".join(words[at : at + 1]), words[at + 1 :]


def _services(words: list[str]) -> frozenset[str]:
    """Return the services that a command names; none where it means all, or nobody knows."""
    named = [
        each
        for before, each in zip(["", *words], words, strict=False)
        if not each.startswith("-") and before not in _OF_BUILD
    ]
    return frozenset(() if any("$" in each or OPEN in each for each in named) else named)
