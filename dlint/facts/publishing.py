"""Which .NET programs are published with a runtime of their own."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from dlint.model.tree import within
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.syntax import Run

_WITH_RUNTIME = regex(
    r"(?:--self-contained|--sc)(?:[= ]+true|(?![= ]*[ft]\w)(?=\s|\Z))"
    r"|[-/]p(?:roperty)?:(?:SelfContained|PublishAot)=true"
)
_WITHOUT = regex(r"(?:--self-contained|--sc)[= ]+false|--no-self-contained|SelfContained=false")


def self_contained(build: Build, stage: Stage, path: str) -> Run | None:
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
