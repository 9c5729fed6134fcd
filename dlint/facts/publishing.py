"""Which .NET programs are published with a runtime of their own."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from dlint.facts.shipping import copies_from_stages
from dlint.facts.starts import started
from dlint.model.tree import within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.syntax import Copy, Run

_WITH_RUNTIME = regex(
    r"(?:--self-contained|--sc)(?:[= ]+true|(?![= ]*[ft]\w)(?=\s|\Z))"
    r"|[-/]p(?:roperty)?:(?:SelfContained|PublishAot)=true"
)
_WITHOUT = regex(r"(?:--self-contained|--sc)[= ]+false|--no-self-contained|SelfContained=false")


class SelfContained(NamedTuple):
    """A program with a runtime of its own: the RUN that publishes it, and the COPY that brings it
    into an image.
    """

    run: Run
    copy: Copy


def self_contained(build: Build, stage: Stage) -> SelfContained | None:
    """Return the program that an image gets from another stage with a runtime of its own, if it
    gets nothing else from there, and starts no script: other programs may need the base's runtime.
    """
    carried = list(copies_from_stages(build, stage))
    commands = list(started(build, stage))
    if len(carried) != 1 or not commands or any(".sh" in each for each in commands):
        return None
    ((number, each),) = carried
    run = _publish(build, build.stages[number], each.source)
    return None if run is None else SelfContained(run, each.copy)


def _publish(build: Build, stage: Stage, path: str) -> Run | None:
    """Return the RUN of a stage that publishes a program with its runtime to what is copied."""
    from dlint.shell import Install

    for run, effects in build.effects_in(build.chain(stage)):
        for install in effects.of(Install):
            words = [word.form for word in install.command.args]
            if install.manager != "dotnet" or "publish" not in words:
                continue
            text = " ".join(words)
            brings = _WITH_RUNTIME.search(text) and not _WITHOUT.search(text)
            if brings and _may_write_to(words, path):
                return run
    return None


def _may_write_to(words: list[str], path: str) -> bool:
    """Tell whether it writes to what is copied, as far as `-o` tells."""
    for flag, value in pairwise(words):
        if flag in {"-o", "--output"} and value.startswith("/") and "$" not in value:
            return within(value.rstrip("/"), path) or within(path, value.rstrip("/"))
    return True
