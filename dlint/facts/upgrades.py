"""Upgrades of all that a base image holds: why they are there, and how a newer base comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.tags import Precision
from dlint.facts.uses import image_uses
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import Install
    from dlint.syntax import Run

# A comment above a RUN, or in it, by which the upgrade is there on purpose.
_WANTED = regex(r"(?i)#[^\n#]*\b(?:secur\w+|cves?|vulnerab\w+|patch(?:es|ed)?)\b")
# What tells of upgrades that are still to come.
_APT = r"\b(?:apt|apt-get|aptitude)[ \t][^\n;&|]{0,80}"
_DRY = r"(?:-\w?s\w?|--simulate|--dry-run|--just-print)"
_LOOKS = {
    "apt": regex(
        rf"{_APT}\b(?:dist-|full-)?upgrade\b[^\n;&|]{{0,80}}\s{_DRY}\b"
        rf"|{_APT}{_DRY}\s[^\n;&|]{{0,80}}\b(?:dist-|full-)?upgrade\b|{_APT}--upgradable\b"
    ),
    "apk": regex(
        r"\bapk[ \t][^\n;&|]{0,80}\b(?:list|upgrade)[ \t][^\n;&|]{0,80}"
        r"(?:--upgradable|-u|-s|--simulate)\b"
    ),
    "dnf": regex(r"\b(?:dnf|microdnf|tdnf|yum)[ \t][^\n;&|]{0,80}\bcheck-update\b"),
}


def is_for_security(build: Build, run: Run) -> bool:
    """Tell whether a comment in a RUN, or directly above it, speaks of security."""
    source = build.dockerfile.source
    line = source.line(run.span.start)
    while line > 1 and source[source.line_span(line - 1)].lstrip().startswith("#"):
        line -= 1
    above = source.text[source.line_span(line).start : run.span.end]
    return _WANTED.search(above) is not None


def is_looked_for(build: Build, install: Install) -> bool:
    """Tell whether a script of the repository looks for upgrades that are still to come, of the
    same manager: where it is run in the image, that has to have all of them.
    """
    looks = _LOOKS.get(install.manager)
    return looks is not None and build.recipes_mention(looks)


def way_to_newer(build: Build, stage: Stage) -> str:
    """Say how a newer base of a stage comes: perhaps by itself, where its tag may move."""
    base = stage.outermost
    uses = (each for each in build.fact(image_uses) if each.stage is base and each.how == "from")
    use = next(uses, None)
    precision = use.precision if use else None
    if use is None or precision is None or precision == Precision.PATCH:
        return "use a newer base image"
    name = use.written if use.reference is None else use.reference.familiar
    return f"take the newest `{name}` by `--pull`, or use a newer base image"
