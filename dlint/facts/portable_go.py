"""Stages that build programs of Go without C, which Go compiles for any platform."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.facts.portable import OFFICIAL, Portable, is_harmless, is_portable
from dlint.syntax import Arg
from dlint.text.paths import nested, within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from dlint.facts.portable import Group, Ran
    from dlint.model.build import Build
    from dlint.syntax import Instruction

_IMAGE = regex(rf"{OFFICIAL}golang(?:[:@](?!.*(?:windows|nanoserver))\S*)?")
_WORKDIR = "/go"
_CGO, _OS = "CGO_ENABLED", "GOOS"
# Where `go install` puts programs, and what moves that.
_PROGRAMS, _ELSEWHERE = "/go/bin", frozenset(("GOBIN", "GOPATH"))
# What needs C, or makes something else than a program that runs alone.
_NEEDS_MORE = regex(
    r"-?-(?:race|msan|asan|buildmode|toolexec|compiler|linkmode|exec)\b|\b(?:gccgo|boringcrypto)\b"
)
# What tells Go the platform of the image, by the arguments that the builder sets.
_ARGUMENTS = {"GOOS": "TARGETOS", "GOARCH": "TARGETARCH", "GOARM": "TARGETVARIANT"}
_SETS = regex(
    r"\b(?:GOOS=\"?\$(?:TARGETOS\b|\{TARGETOS(?::-\w+)?\})"
    r"|GOARCH=\"?\$(?:TARGETARCH\b|\{TARGETARCH(?::-\w+)?\})"
    r"|GOARM=\"?\$\{TARGETVARIANT(?:#v|/v/?|:1)\})"
)
_VERBS = frozenset(("build", "clean", "env", "fmt", "get", "list", "mod", "version", "vet", "work"))


class Output(NamedTuple):
    """Where a program of Go is written to, or the folder of several."""

    path: str
    is_folder: bool

    def holds(self, path: str) -> bool:
        """Tell whether nothing but programs is at a path."""
        return within(path, self.path) if self.is_folder else path == self.path


def without_settings(instruction: Instruction, text: str) -> str:
    """Return the text of an instruction without what tells Go the platform of the image."""
    if isinstance(instruction, Arg):
        own = _ARGUMENTS.values()
        pairs = (each for each in instruction.pairs if each.name not in own or each.value)
        return " ".join(f"{each.name}={each.value}" for each in pairs)
    return _SETS.sub("", text)


def go_program(build: Build, group: Group) -> Portable | None:
    """Return what builds programs of Go in stages on its image, where these could be built on any
    machine: they need no C, and nothing else that ships depends on the machine.
    """
    first = group.stages[0]
    image = first.from_.image
    if image is None or not _IMAGE.fullmatch(image.text) or _is_passed(build, group):
        return None
    builds = [each for each in group.ran if _is_build(each)]
    outputs = _outputs(builds)
    is_alone = all(map(_is_without_c, builds)) and _does_nothing_else(group, outputs)
    sets = set(map(_sets, builds))
    if not is_alone or len(sets) > 1 or not _ships(group, outputs):
        return None
    told = sets.pop()
    if told is None or ("GOARCH" in told and any(map(_installs, builds))):
        return None
    compiles = tuple((each.run, each.command) for each in builds)
    return Portable(first, "go", compiles, group.origins, told)


def _is_passed(build: Build, group: Group) -> bool:
    """Tell whether a build argument may ask for C."""
    return _CGO in build.passed and any(
        pair.name == _CGO
        for stage in group.stages
        for arg in stage.instructions
        if isinstance(arg, Arg)
        for pair in arg.pairs
    )


def _is_build(ran: Ran) -> bool:
    """Tell whether a command compiles programs of the project, and no tools by their versions."""
    match ran.command.forms if ran.command.name == "go" else ():
        case ["build", *_]:
            return True
        case ["install", *words]:
            return not any("@" in each for each in words)
    return False


def _installs(ran: Ran) -> bool:
    return ran.command.forms[:1] == ["install"]


def _is_without_c(ran: Ran) -> bool:
    """Tell whether a build surely does without C, for Linux."""
    seen = _seen(ran)
    more = any(map(_NEEDS_MORE.search, (*ran.command.forms, str(seen.get("GOFLAGS", "")))))
    return seen.get(_CGO) == "0" and seen.get(_OS, "linux") == "linux" and not more


def _sets(ran: Ran) -> frozenset[str] | None:
    """Return the variables that tell a build the platform; None where it gets one without a
    value.
    """
    seen, declared = _seen(ran), ran.step.state.environment
    found = frozenset(each for each in _ARGUMENTS if each in seen)
    is_told = "GOARCH" not in found or bool(seen["GOARCH"])
    is_arm = "GOARM" not in found or _ARGUMENTS["GOARM"] in declared
    return found if is_told and is_arm else None


def _seen(ran: Ran) -> dict[str, str | None]:
    """Return the variables that a command sees, as far as the file sets them."""
    return {**ran.step.state.known_environment, **ran.command.assignments}


def _outputs(builds: Iterable[Ran]) -> list[Output]:
    """Return where builds put what they make; nothing where a variable hides it."""
    found = list(map(_output, builds))
    known = [each for each in found if each is not None]
    return known if len(known) == len(found) else []


def _output(ran: Ran) -> Output | None:
    words = ran.command.forms
    if _installs(ran):
        return None if _ELSEWHERE & _seen(ran).keys() else Output(_PROGRAMS, is_folder=True)
    joined = next((each.partition("=")[2] for each in words if each.startswith("-o=")), "")
    at = words.index("-o") + 1 if "-o" in words[:-1] else 0
    written = joined or (words[at] if at else "./")
    path = ran.place(written, _WORKDIR)
    if path is None:
        return None
    return Output(posixpath.normpath(path), written.endswith("/"))


def _does_nothing_else(group: Group, outputs: Iterable[Output]) -> bool:
    """Tell whether all that runs beside the builds does the same on another machine."""
    own = frozenset(each.path for each in outputs)
    return all(_is_build(each) or _is_harmless(each, own) for each in group.ran)


def _is_harmless(ran: Ran, own: Collection[str]) -> bool:
    command = ran.command
    match command.forms if command.name == "go" else ():
        case ["install", *words]:  # tools, which must not be taken for programs of the project
            return _PROGRAMS not in own and all("@" in each for each in words if each[:1] != "-")
        case [verb, *_]:
            return verb in _VERBS
    return is_harmless(ran, _WORKDIR, own)


def _ships(group: Group, outputs: Sequence[Output]) -> bool:
    """Tell whether programs leave the stages, and nothing else that depends on the machine."""
    sources = [each.source for each in group.taken]
    if None in sources:
        return False
    paths = [each for each in sources if each is not None]
    is_safe = all(is_portable(each) or any(o.holds(each) for o in outputs) for each in paths)
    return is_safe and any(nested(each, o.path) for each in paths for o in outputs)
