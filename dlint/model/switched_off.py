"""Which commands an argument turns off that the repository's recipes pass, or that none of them
does: `if [ "$CI" != true ]`.

The text is read, not run: only a comparison of one variable with a word, or with nothing, counts,
and whether a file of the project is there.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from dlint.manifests import format_of
from dlint.model.scope import platform_values
from dlint.syntax import Arg
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from dlint.model.build import Build
    from dlint.shell import Command
    from dlint.syntax import Run

# What may stand behind a comparison: other conditions, up to the end of the command.
_END = r"""\s*(?:\]\]?(?P<more>(?:[^;\n\\]|\\\n?)*+))?(?:;|\n|\Z)"""
_CONDITION = regex(
    r"""\bif\s+(?:\[\[?|test)\s+(?P<not>!\s+)?(?:(?P<test>-[nz])\s+)?["']?\$\{?(?P<name>\w+)"""
    # `${A+x}` is nothing where `A` is not set
    r"""(?::?-|(?(test)(?P<given>\+\w+)|(?!)))?\}?["']?"""
    r"""(?:\s+(?P<sign>!=|==?)\s+["']?(?P<value>[\w.-]*)["']?)?""" + _END
)
# What is built only where nobody has brought it: `if [ ! -f shop-linux-amd64 ]`.
_UNLESS_THERE = regex(
    r"""\bif\s+(?:\[\[?|test)\s+!\s+-[efrsx]\s+["']?(?P<path>[^\s"'/;\]][^\s"';\]]*)["']?""" + _END
)
_REPEATS = regex(r"\b(?:do|function)\b|\(\)")
_OF_PLATFORMS = platform_values("").keys()
_WORD = regex(r"(?<![\w$\"'=/.-])(?:if|elif|else|fi)(?![\w\"'=/.-])")


def is_switched_off(build: Build, run: Run, command: Command) -> bool:
    """Tell whether a command of a RUN stands in the branch of an `if` that no passed value takes,
    or that is for whoever has not built before: in a build by the repository's own recipes it never
    runs.
    """
    return any(
        _is_off(build, run, condition, wanted=wanted)
        for condition, wanted in _branches(build, run, command)
    )


def is_skipped_here(build: Build, run: Run, command: Command) -> bool:
    """Tell whether a command of a RUN stands in a branch of an `if` that this very build does not
    take, by the values of its variables.
    """
    return any(
        "path" not in condition.groupdict() and _holds_here(build, run, condition) is (not wanted)
        for condition, wanted in _branches(build, run, command)
    )


def is_optional(build: Build, run: Run, command: Command) -> bool:
    """Tell whether a command of a RUN stands in a branch of an `if` that a variable decides:
    somebody may build without it.
    """
    return any("path" not in each.groupdict() for each, _ in _around(build, run, command))


def never_runs(build: Build, run: Run, command: Command) -> bool:
    """Tell whether no known build takes the branch of an `if` in which a command of a RUN stands:
    neither by the values that are passed, nor by the defaults where none are.
    """
    return any(
        "path" not in condition.groupdict() and _is_never(build, run, condition, wanted=wanted)
        for condition, wanted in _branches(build, run, command)
    )


def _branches(build: Build, run: Run, command: Command) -> list[tuple[re.Match[str], bool]]:
    """Return the conditions around a command that may not run, as far as they are understood, each
    with what it must come to for the command, whatever stands beside it.
    """
    found = [] if command.certain else _around(build, run, command)
    return [(each, wanted) for each, wanted in found if _decides(each, wanted=wanted)]


def _decides(condition: re.Match[str], *, wanted: bool) -> bool:
    """Tell whether no other condition beside one makes up for it: behind `then` one that may hold
    in its place, behind `else` one that may not hold.
    """
    return ("||" if wanted else "&&") not in (condition["more"] or "")


def _around(build: Build, run: Run, command: Command) -> list[tuple[re.Match[str], bool]]:
    """Return the same of any command, also of one that the defaults of arguments let run."""
    ends, branches = build.fact(_Branches).of(run)
    found: list[tuple[re.Match[str], bool]] = []
    branch = branches[bisect_right(ends, command.span.start)]
    while branch is not None:
        if branch.condition is not None:
            found.append((branch.condition, branch.wanted))
        branch = branch.around
    return found[::-1]


class _Branch(NamedTuple):
    """A branch of an `if`: the condition, where it is understood, what that must come to, and the
    branch that the `if` stands in.
    """

    condition: re.Match[str] | None
    wanted: bool
    around: _Branch | None


class _Branches:
    """The branches in the text of each RUN, which is read once for all of its commands."""

    def __init__(self, build: Build) -> None:
        self._text = build.dockerfile.source.text
        self._known: dict[int, tuple[list[int], list[_Branch | None]]] = {}

    def of(self, run: Run) -> tuple[list[int], list[_Branch | None]]:
        """Return where the words end that begin or end a branch, and the innermost one before the
        first of them and behind each.
        """
        found = self._known.get(run.index)
        if found is None:
            found = self._known[run.index] = self._read(run)
        return found

    def _read(self, run: Run) -> tuple[list[int], list[_Branch | None]]:
        ends: list[int] = []
        branches: list[_Branch | None] = [None]
        for word in _WORD.finditer(self._text, run.span.start, run.span.end):
            ends.append(word.end())
            branches.append(self._after(word, branches[-1]))
        return ends, branches

    def _after(self, word: re.Match[str], inner: _Branch | None) -> _Branch | None:
        """Return the innermost branch behind a word, where it was `inner` before."""
        if word[0] == "if":
            at = word.start()
            condition = _CONDITION.match(self._text, at) or _UNLESS_THERE.match(self._text, at)
            return _Branch(condition, wanted=True, around=inner)
        if inner is None or word[0] == "fi":
            return inner and inner.around
        if word[0] == "else":
            return inner._replace(wanted=False)
        return inner._replace(condition=None, wanted=True)


def _holds_here(build: Build, run: Run, condition: re.Match[str]) -> bool | None:
    """Tell what a condition comes to in this build; None where a value is not known."""
    name = condition["name"]
    if _is_set_before(build, run, condition):
        return None
    state = build.state(run)
    passed = _passed_by_pushes(build, run, name)
    if passed:
        ways = {None if "$" in each else _holds(condition, each) for each in passed}
        return ways.pop() if len(ways) == 1 else None
    value = state.values.get(name)
    if value is None and name in state.unset and build.leaves_out(name):
        value = ""
    return None if value is None else _holds(condition, value)


def _is_set_before(build: Build, run: Run, condition: re.Match[str]) -> bool:
    """Tell whether a RUN may set the variable of a condition itself before it asks: what stands
    behind that comes first only in a loop or a function.
    """
    name, text = re.escape(condition["name"]), run.value.text
    if not _REPEATS.search(text):
        text = build.dockerfile.source.text[run.span.start : condition.start()]
    pattern = rf"\b{name}=|\b(?:read|for)[ \t]{{1,9}}(?:-\w{{1,9}}[ \t]{{1,9}})?{name}\b"
    return re.search(pattern, text) is not None


def _passed_by_pushes(build: Build, run: Run, name: str) -> list[str]:
    """Return the values, as they are written, that each push of the file passes as an argument
    which a RUN reads; none where one leaves it at its default, or this very build is given a value.
    """
    setting = build.setting_before(run, name)
    if setting is None or not isinstance(setting[0], Arg):
        return []
    if name in build.options.build_args or build.leaves_out(name):
        return []
    return [each.value for each in build.passed_by_pushes(name)]


def _is_off(build: Build, run: Run, condition: re.Match[str], *, wanted: bool) -> bool:
    """Tell it of a branch: that of what a build from sources makes is off where the context brings
    it. Lists of dependencies are there or not, whoever builds.
    """
    if "path" in condition.groupdict():
        return wanted and format_of(condition["path"]) is None
    return _is_never(build, run, condition, wanted=wanted)


def _is_never(build: Build, run: Run, condition: re.Match[str], *, wanted: bool) -> bool:
    """Tell whether a condition is of the other kind than `wanted` for each value that is passed;
    for the one that the file sets where none is. The builder sets what is of its platforms.
    """
    name = condition["name"]
    values = build.passed.get(name, ())
    if not values:
        own = build.recipes.builds_of(build.path) if build.recipes else ()
        is_set = name in _OF_PLATFORMS or any(name == key for each in own for key, _ in each.args)
        return not is_set and _holds_here(build, run, condition) is (not wanted)
    if condition["given"]:  # whatever the value is
        return _holds(condition, "1") is not wanted
    if any("$" in each for each in values):
        return False
    return all(_holds(condition, each) is not wanted for each in values)


def _holds(condition: re.Match[str], value: str) -> bool:
    is_turned = condition["not"] is not None
    if condition["sign"] is None:
        return ((value == "") is (condition["test"] == "-z")) is not is_turned
    return ((value == condition["value"]) is (condition["sign"] != "!=")) is not is_turned
