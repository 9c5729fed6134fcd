"""Questions that package managers ask, and what answers them in a build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.text.patterns import regex

if TYPE_CHECKING:
    from dlint.model.build import Build
    from dlint.shell import Command

# What answers apt's question, among the words of a command and what joins it to others.
_ANSWERS = regex(
    r"(?: \|| <[<>&]?| -[a-zA-Z]*y[a-zA-Z]*| -[a-pr-zA-Z]*q[a-pr-zA-Z]*q[a-zA-Z]*"
    r"| --(?:assume-|force-)?yes| (?:-q|--quiet)=[2-9])(?= |\Z)"
)
_ASSUMES = regex(r"(?i)assume-yes|quiet=[2-9]")


def is_answered(build: Build, command: Command) -> bool:
    """Tell whether apt has no need to ask before it installs more than what is named, or something
    may answer: in a build, it gives up otherwise.
    """
    words = (
        command.connector,
        *(redirect.operator for redirect in command.redirects),
        *(word.form for word in command.args),
    )
    text = " ".join(("", *words))
    return _ANSWERS.search(text) is not None or build.fact(_is_assumed)


def _is_assumed(build: Build) -> bool:
    """Tell whether the file sets that apt takes each answer for yes. A fact."""
    return _ASSUMES.search(build.dockerfile.source.text) is not None
