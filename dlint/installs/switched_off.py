"""Which commands an argument that the repository's recipes pass turns off: `if [ "$CI" != true ]`.

The text is read, not run: only a comparison of one variable with a word, or with nothing, counts,
and whether a file of the project is there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlint.manifests import format_of
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from dlint.model.build import Build
    from dlint.shell import Command
    from dlint.syntax import Run

_CONDITION = regex(
    r"""\bif\s+(?:\[\[?|test)\s+(?:(?P<test>-[nz])\s+)?["']?\$\{?(?P<name>\w+)\}?["']?"""
    r"""(?:\s+(?P<sign>!=|==?)\s+["']?(?P<value>[\w.-]*)["']?)?\s*(?:\]|;|\n|\Z)"""
)
# What is built only where nobody has brought it: `if [ ! -f shop-linux-amd64 ]`.
_UNLESS_THERE = regex(
    r"""\bif\s+(?:\[\[?|test)\s+!\s+-[efrsx]\s+["']?(?P<path>[^\s"'/;\]][^\s"';\]]*)["']?\s*(?:\]|;|\n|\Z)"""
)
_WORD = regex(r"(?<![\w$\"'=/.-])(?:if|elif|else|fi)(?![\w\"'=/.-])")


def is_switched_off(build: Build, run: Run, command: Command) -> bool:
    """Tell whether a command of a RUN stands in the branch of an `if` that no passed value takes,
    or that is for whoever has not built before: in a build by the repository's own recipes it never
    runs.
    """
    return any(
        _is_off(build, condition, wanted=wanted)
        for condition, wanted in _branches(build, run, command)
    )


def is_left_out(build: Build, run: Run, command: Command) -> bool:
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
    own = build.recipes.builds_of(build.path) if build.recipes else ()
    named = {name for each in own for name, _ in each.args}.union(build.passed)
    return any(
        _is_never(build, condition, wanted=wanted)
        if condition["name"] in named
        else _holds_here(build, run, condition) is (not wanted)
        for condition, wanted in _branches(build, run, command)
        if "path" not in condition.groupdict()
    )


def _branches(build: Build, run: Run, command: Command) -> list[tuple[re.Match[str], bool]]:
    """Return the conditions around a command that may not run, as far as they are understood, each
    with what it must come to for the command.
    """
    return [] if command.certain else _around(build, run, command)


def _around(build: Build, run: Run, command: Command) -> list[tuple[re.Match[str], bool]]:
    """Return the same of any command, also of one that the defaults of arguments let run."""
    text = build.dockerfile.source.text
    open_: list[tuple[re.Match[str] | None, str]] = []
    for word in _WORD.finditer(text, run.span.start, command.span.start):
        match word[0]:
            case "if":
                at = word.start()
                condition = _CONDITION.match(text, at) or _UNLESS_THERE.match(text, at)
                open_.append((condition, "then"))
            case "fi" if open_:
                open_.pop()
            case "else" if open_:
                open_[-1] = (open_[-1][0], "else")
            case "elif" if open_:
                open_[-1] = (None, "then")
    return [(condition, branch == "then") for condition, branch in open_ if condition is not None]


def _holds_here(build: Build, run: Run, condition: re.Match[str]) -> bool | None:
    """Tell what a condition comes to in this build; None where a value is not known."""
    name = condition["name"]
    if re.search(
        rf"\b{re.escape(name)}="
        rf"|\b(?:read|for)[ \t]{{1,9}}(?:-\w{{1,9}}[ \t]{{1,9}})?{re.escape(name)}\b",
        run.value.text,
    ):
        return None  # the script sets it itself
    state = build.state(run)
    value = state.values.get(name)
    if value is None and name in state.unset and not build.passed.get(name):
        value = ""
    return None if value is None else _holds(condition, value)


def _is_off(build: Build, condition: re.Match[str], *, wanted: bool) -> bool:
    """Tell it of a branch: that of what a build from sources makes is off where the context brings
    it. Lists of dependencies are there or not, whoever builds.
    """
    if "path" in condition.groupdict():
        return wanted and format_of(condition["path"]) is None
    return _is_never(build, condition, wanted=wanted)


def _is_never(build: Build, condition: re.Match[str], *, wanted: bool) -> bool:
    """Tell whether a condition is of the other kind than `wanted` for each value that is passed."""
    values = build.passed.get(condition["name"], ())
    if not values or any("$" in each for each in values):
        return False
    return all(_holds(condition, each) is not wanted for each in values)


def _holds(condition: re.Match[str], value: str) -> bool:
    if condition["sign"] is None:
        return (value == "") is (condition["test"] == "-z")
    return (value == condition["value"]) is (condition["sign"] != "!=")
