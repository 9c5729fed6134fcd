"""Stages that build programs of Go without C, which Go compiles for any platform."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.facts.portable import Portable, is_harmless, is_portable
from dlint.syntax import Arg
from dlint.text.paths import nested, within
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dlint.facts.portable import Group, Ran
    from dlint.model.build import Build

# Docker's official image, by its name or that of a copy of it.
_IMAGE = regex(
    r"(?:(?:docker\.io|public\.ecr\.aws/docker|mirror\.gcr\.io)/)?(?:library/)?golang"
    r"(?:[:@](?!.*(?:windows|nanoserver))\S*)?"
)
_WORKDIR = "/go"
_CGO, _OS = "CGO_ENABLED", "GOOS"
# What needs C, or makes something else than a program that runs alone.
_NEEDS_MORE = regex(
    r"-?-(?:race|msan|asan|buildmode|toolexec|compiler|linkmode|exec)\b|\b(?:gccgo|boringcrypto)\b"
)
_VERBS = frozenset(("build", "clean", "env", "fmt", "get", "list", "mod", "version", "vet", "work"))


class Output(NamedTuple):
    """Where a program of Go is written to, or the folder of several."""

    path: str
    is_folder: bool

    def holds(self, path: str) -> bool:
        """Tell whether nothing but programs is at a path."""
        return within(path, self.path) if self.is_folder else path == self.path


def go_program(build: Build, group: Group) -> Portable | None:
    """Return what builds programs of Go in stages on its image, where these could be built on any
    machine: they need no C, and nothing else that ships depends on the machine.
    """
    first = group.stages[0]
    image = first.from_.image
    if image is None or not _IMAGE.fullmatch(image.text) or _is_passed(build, group):
        return None
    builds = [each for each in group.ran if _is_build(each)]
    outputs = [_output(each) for each in builds]
    known = [each for each in outputs if each is not None]
    if not builds or len(known) < len(outputs) or not all(map(_is_without_c, builds)):
        return None
    own = frozenset(each.path for each in known)
    others = (each for each in group.ran if not _is_build(each))
    if not (all(_is_harmless(each, own) for each in others) and _ships(group, known)):
        return None
    return Portable(first, "go", tuple((each.run, each.command) for each in builds))


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
    return ran.command.name == "go" and ran.command.forms[:1] == ["build"]


def _is_without_c(ran: Ran) -> bool:
    """Tell whether a build surely does without C, for Linux."""
    seen = {**ran.step.state.known_environment, **ran.command.assignments}
    more = any(map(_NEEDS_MORE.search, (*ran.command.forms, str(seen.get("GOFLAGS", "")))))
    return seen.get(_CGO) == "0" and seen.get(_OS, "linux") == "linux" and not more


def _output(ran: Ran) -> Output | None:
    """Return where a build puts what it makes; None where a variable hides it."""
    words = ran.command.forms
    joined = next((each.partition("=")[2] for each in words if each.startswith("-o=")), "")
    at = words.index("-o") + 1 if "-o" in words[:-1] else 0
    written = joined or (words[at] if at else "./")
    path = ran.place(written, _WORKDIR)
    if path is None:
        return None
    return Output(posixpath.normpath(path), written.endswith("/"))


def _is_harmless(ran: Ran, own: Iterable[str]) -> bool:
    """Tell whether a command beside the builds does the same on another machine."""
    command = ran.command
    match command.forms if command.name == "go" else ():
        case ["install", *words]:
            return all("@" in each for each in words if not each.startswith("-"))
        case [verb, *_]:
            return verb in _VERBS
    return is_harmless(ran, _WORKDIR, frozenset(own))


def _ships(group: Group, outputs: Sequence[Output]) -> bool:
    """Tell whether programs leave the stages, and nothing else that depends on the machine."""
    sources = [each.source for each in group.taken]
    if None in sources:
        return False
    paths = [each for each in sources if each is not None]
    is_safe = all(is_portable(each) or any(o.holds(each) for o in outputs) for each in paths)
    return is_safe and any(nested(each, o.path) for each in paths for o in outputs)
