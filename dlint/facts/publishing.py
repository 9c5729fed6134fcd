"""Which .NET programs are published with a runtime of their own."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.facts.shipping import copies_from_stages
from dlint.facts.tools import version_of
from dlint.reads.arrivals import arrivals
from dlint.reads.starts import started
from dlint.syntax import Run
from dlint.text.paths import within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from dlint.facts.shipping import Carried
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.syntax import Copy

_WITH_RUNTIME = regex(
    r"(?:--self-contained|--sc)(?:[= ]+true|(?![= ]*[ft]\w)(?=\s|\Z))"
    r"|[-/]p(?:roperty)?:(?:SelfContained|PublishAot)=true"
)
_SCRIPT = regex(r"[\w.-]{0,80}\.sh\b")
_MAY_START_MORE = regex(rb"dotnet|\.dll\b|\.sh\b|\$[@*]")
_PROJECTS = (".csproj", ".fsproj", ".vbproj")
# Settings that hold whatever the configuration: ones with a condition do not.
_IN_PROJECT = regex(rb"(?i)<(?:SelfContained|PublishAot)>\s*true\s*</")
_WITHOUT = regex(r"(?:--self-contained|--sc)[= ]+false|--no-self-contained|SelfContained=false")


class SelfContained(NamedTuple):
    """A program with a runtime of its own: the RUN that publishes it, and the COPY that brings it
    into an image.
    """

    run: Run
    copy: Copy


def self_contained(build: Build, stage: Stage) -> SelfContained | None:
    """Return the program that an image gets from another stage with a runtime of its own, if it
    gets nothing else of .NET, and starts no script but for one that starts that program alone:
    other programs may need the base's runtime.
    """
    copies = copies_from_stages(build, stage)
    carried = [each for each in copies if _may_hold_dotnet(build, build.stages[each[0]])]
    commands = list(started(build, stage))
    if len(carried) != 1 or not commands:
        return None
    ((number, each),) = carried
    scripts = {name for command in commands for name in _SCRIPT.findall(command)}
    if not all(_starts_alone(build, stage, name, each) for name in scripts):
        return None
    run = _publish(build, build.stages[number], each.source)
    return None if run is None else SelfContained(run, each.copy)


def _may_hold_dotnet(build: Build, stage: Stage) -> bool:
    """Tell whether a stage may hold a program of .NET: not one on Node's image that never calls
    `dotnet`.
    """
    runs = (step.instruction for step in build.chain(stage))
    texts = [each.value.text for each in runs if isinstance(each, Run)]
    return version_of(stage, "node") is None or any("dotnet" in text for text in texts)


def _starts_alone(build: Build, stage: Stage, name: str, carried: Carried) -> bool:
    """Tell whether the script of the context that an image has under a name starts the program
    that was carried into it, and nothing else that may need a runtime: its arguments may.
    """
    found = {
        source
        for arrival in build.fact(arrivals).of_stage(stage)
        for place, source in arrival.files.items()
        if place.rpartition("/")[2] == name
    }
    target = carried.destination
    if len(found) != 1 or not target:
        return False
    try:
        text = build.context.read(found.pop())
    except DlintError:
        return False
    return f"{target.rstrip('/')}/".encode() in text and _MAY_START_MORE.search(text) is None


def _publish(build: Build, stage: Stage, path: str) -> Run | None:
    """Return the RUN of a stage that publishes a program with its runtime to what is copied."""
    for step in build.chain(stage):
        run = step.instruction
        if not isinstance(run, Run):
            continue
        for command in build.script(run).commands:
            words = command.forms
            if command.name != "dotnet" or "publish" not in words[:1]:
                continue
            if _brings_runtime(build, words) and _may_write_to(words, path):
                return run
    return None


def _brings_runtime(build: Build, words: list[str]) -> bool:
    """Tell whether a `dotnet publish` of these words brings a runtime, by itself or by the one
    project of the context that it can mean.
    """
    text = " ".join(words)
    if _WITHOUT.search(text):
        return False
    return bool(_WITH_RUNTIME.search(text)) or _is_set_in_project(build, words)


def _is_set_in_project(build: Build, words: list[str]) -> bool:
    files = build.context.entries.items()
    projects = [path for path, each in files if path.endswith(_PROJECTS) and each.kind == "file"]
    named = {word.rpartition("/")[2] for word in words if word.endswith(_PROJECTS)}
    meant = [path for path in projects if path.rpartition("/")[2] in named] if named else projects
    if len(meant) != 1:
        return False
    try:
        return _IN_PROJECT.search(build.context.read(meant[0])) is not None
    except DlintError:
        return False


def _may_write_to(words: list[str], path: str) -> bool:
    """Tell whether it writes to what is copied, as far as `-o` tells."""
    for flag, value in pairwise(words):
        if flag in {"-o", "--output"} and value.startswith("/") and "$" not in value:
            return within(value.rstrip("/"), path) or within(path, value.rstrip("/"))
    return True
