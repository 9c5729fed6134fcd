"""What a RUN uninstalls again of the packages that apt has installed in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dlint.model.build import Build
    from dlint.shell import Command, Install
    from dlint.syntax import Run

_TAKES_NEEDS = regex(r"auto-?(?:remove|purge)\Z|--auto-?remove\Z")
_NOT_IMPORTANT = regex(r"RecommendsImportant=(?:0|false|no)")
_SHOWN = regex(r"(?<!\w)(\w++)=[\"']?(?:\$\(|`)\s*apt-mark\s+showmanual")
_VARIABLE = regex(r"\$\{?(\w+)\}?\Z")
_ALL = frozenset((".*", "*", "."))  # patterns that each name matches


class Removed(NamedTuple):
    """What a RUN uninstalls of its installs.

    `names` are packages; `with_needs`: and all that only those need. `all_but`: all that was
    installed but for these, where it is not None. `keeps_recommended`: but for what others
    recommend that stay, as apt does of itself. `doubt` says what stays that nothing names.
    """

    names: frozenset[str] = frozenset()
    with_needs: bool = False
    all_but: frozenset[str] | None = None
    keeps_recommended: bool = True
    doubt: tuple[str, ...] = ()

    def kept(self, installs: Iterable[Install]) -> list[Install]:
        """Return installs without the packages that are removed."""
        left = (
            each._replace(packages=tuple(p for p in each.packages if self._is_kept(p.name)))
            for each in installs
        )
        return [each for each in left if each.packages]

    def _is_kept(self, name: str) -> bool:
        if self.all_but is not None:
            return name in self.all_but
        return name not in self.names


def removed(build: Build, run: Run) -> Removed:
    """Return what apt uninstalls in a RUN.

    `apt-mark auto` lets it take packages that were asked for by name: all of them, as the official
    images do it, which mark those of before as manual again, and at times the libraries that what
    was built is linked with.
    """
    from dlint.shell.effects import Remove

    removals = [each for each in build.effects(run).of(Remove) if each.manager == "apt"]
    words = [word.form for each in removals for word in each.command.args]
    found = Removed(
        frozenset(package.name for each in removals for package in each.packages),
        with_needs=any(_TAKES_NEEDS.match(word) for word in words),
        keeps_recommended=not any(_NOT_IMPORTANT.search(word) for word in words),
    )
    return _as_marked(build, run, found) if found.with_needs else found


def _as_marked(build: Build, run: Run, found: Removed) -> Removed:
    """Return what is removed where packages were marked before."""
    marks = _marks(build, run)
    automatic = _marked(marks, "auto")
    if not automatic:
        return found
    saved = set(_SHOWN.findall(run.value.text))
    told = {word for word in _marked(marks, "manual") if not _is_saved(word, saved)}
    kept = frozenset(word for word in told if word and "$" not in word)
    doubt = ("packages that are marked to stay",) if len(kept) < len(told) else ()
    if not any(word in _ALL or "$" in word for word in automatic):
        return found._replace(names=(found.names | automatic) - kept, doubt=doubt)
    return found._replace(all_but=kept, doubt=doubt)


def _marks(build: Build, run: Run) -> Sequence[Command]:
    return [each for each in build.script(run).commands if each.name == "apt-mark"]


def _marked(marks: Iterable[Command], verb: str) -> frozenset[str]:
    """Return the words behind `apt-mark auto`, or another verb, that are no flags."""
    return frozenset(
        word
        for mark in marks
        for word in mark.forms[1:]
        if mark.forms[0] == verb and not word.startswith("-")
    )


def _is_saved(word: str, saved: Iterable[str]) -> bool:
    """Tell whether a word is a variable that holds what was marked as manual before."""
    variable = _VARIABLE.match(word)
    return variable is not None and variable[1] in saved
