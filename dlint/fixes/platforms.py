"""Edits that build stages on the builder's own platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.fixes.moving import insert_before
from dlint.text.patterns import regex
from dlint.text.source import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from dlint.facts.portable import Portable
    from dlint.model.build import Build
    from dlint.shell.script import Command
    from dlint.syntax import Run

_FLAG = " --platform=$BUILDPLATFORM"
# What may stand before a program, so that another variable for it can.
_ASSIGNED = regex(r"(?:env[ \t]++)?(?:\w++=\S*+[ \t]++(?:\\\r?\n[ \t]*+)?)*+")
_SETTINGS = {
    "TARGETOS": "GOOS=$TARGETOS",
    "TARGETARCH": "GOARCH=$TARGETARCH",
    "TARGETVARIANT": "GOARM=${TARGETVARIANT#v}",
}
_ARM = "linux/arm"


def settings_of_go(found: Iterable[Portable], platforms: Collection[str]) -> dict[str, str]:
    """Return what Go has to be told to compile for some platforms, and is not told yet, by the
    arguments that hold it: of processors of ARM with 32 bits the version, too
    (https://go.dev/wiki/GoArm).
    """
    sets = [each.sets for each in found if each.language == "go"]
    if not sets:
        return {}
    told = frozenset[str]().union(*sets)
    settings = {
        name: each for name, each in _SETTINGS.items() if each[: each.index("=")] not in told
    }
    if "GOARCH" in told:
        settings.pop("TARGETOS", None)  # as the builder's own, which is Linux
    if not any(map(_is_arm, platforms)):
        settings.pop("TARGETVARIANT", None)
    return settings


def _is_arm(platform: str) -> bool:
    return f"{platform}/".startswith(f"{_ARM}/")


def build_natively(
    build: Build, found: Sequence[Portable], platforms: Collection[str]
) -> tuple[Edit, ...] | None:
    """Return edits by which the builder's own platform runs stages that build for some others; None
    where one of their commands cannot be told what to compile for.
    """
    edits: list[Edit] = []
    for each in found:
        end = each.first.from_.keyword.span.end
        edits.append(Edit(Span(end, end), _FLAG))
        if each.language == "go":
            told = _told(build, each, platforms)
            if told is None:
                return None
            edits += told
    return tuple(edits)


def _told(build: Build, found: Portable, platforms: Collection[str]) -> list[Edit] | None:
    """Return edits that tell Go's builds of some stages what to compile for."""
    settings = settings_of_go((found,), platforms)
    if not settings:
        return []
    if "TARGETVARIANT" in settings and any(map(_has_other_variant, platforms)):
        return None  # Go takes it for a version of ARM
    commands = {each.span: each for _, each in found.builds}
    if not all(_takes_variables(build, each) for each in commands.values()):
        return None
    edits = [_put(each, settings) for each in commands.values()]
    line = f"ARG {' '.join(settings)}{build.dockerfile.source.newline}"
    firsts = _first_runs(build, found)
    return [*(insert_before(build.dockerfile.source, each, line) for each in firsts), *edits]


def _has_other_variant(platform: str) -> bool:
    return platform.count("/") > 1 and not _is_arm(platform)


def _takes_variables(build: Build, command: Command) -> bool:
    """Tell whether a command is written so that variables for it can be put before the program, and
    what it makes is then still where it was: `go install` puts what is for others elsewhere.
    """
    if command.forms[0] == "install":
        return False
    text, (start, end) = build.dockerfile.source.text, command.word.span
    before = text[command.span.start : start]
    return text[start:end] == command.name and _ASSIGNED.fullmatch(before) is not None


def _put(command: Command, settings: dict[str, str]) -> Edit:
    at = command.word.span.start
    return Edit(Span(at, at), "".join(f"{each} " for each in settings.values()))


def _first_runs(build: Build, found: Portable) -> Iterator[Run]:
    """Yield the first RUN of each stage that builds, unless the stage that it stands on has one."""
    seen: set[int] = set()
    for run, _ in found.builds:
        stage = build.stage_of(run)
        if stage is not None and seen.isdisjoint(each.index for each in stage.ancestors()):
            seen.add(stage.index)
            yield run
