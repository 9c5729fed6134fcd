"""What stages on one image run and hand on, and what of that depends on no machine."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.model.scope import join
from dlint.model.stages import find_stage
from dlint.syntax import Add, Arg, Copy, Run, Transfer
from dlint.syntax.instructions import KINDS, Onbuild, Shell, Stopsignal
from dlint.text.paths import nested, within
from dlint.text.patterns import WILDCARD, regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell.script import Command, ShellWord
    from dlint.syntax import Instruction, Mount

# The platform of the machine that builds, whatever the image is built for
# (https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope).
ON_BUILDER = frozenset(("$BUILDPLATFORM", "${BUILDPLATFORM}"))
_KINDS = tuple(each for each in KINDS.values() if each not in {Onbuild, Shell, Stopsignal})
# What may stand before the name of one of Docker's official images, or of a copy of it.
OFFICIAL = r"(?:(?:docker\.io|public\.ecr\.aws/docker|mirror\.gcr\.io)/)?(?:library/)?"
_MOUNTS = frozenset(("bind", "cache", "secret", "ssh", "tmpfs"))
_FROM_ELSEWHERE = regex(r"://|\bgit@")
# What tells one machine from another, or compiles for another one.
_OF_MACHINES = regex(
    r"(?i)\bGO(?:ARCH|ARM|AMD|386|HOST|EXPERIMENT)|\b(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)"
    r"|\buname\b|\barch\b|print-arch|\bamd64|\barm(?:64|32|hf|el|v[5-8])|\baarch64|\bx86_64"
    r"|\bx64\b|\bi[3-6]86\b|\briscv|\bs390x|\bppc64|\bmips|\bqemu|\bxx-|\bzig\b|\bgoxx?\b|\bxgo\b"
    r"|\bgoreleaser\b|\bosxcross\b"
)
_SYSTEM = frozenset(("apk", "apt", "apt-get"))
_ROOTS = frozenset(("-p", "--root", "--initdb"))  # packages of apk that go elsewhere
# What neither compiles nor looks at the machine.
_HARMLESS = frozenset(
    """
    : [ addgroup adduser cat cd chmod chown cp cut date dd echo exit export false find git grep
    groupadd head id install ln ls mkdir mv printf pwd readlink rm rsync sed set sleep sort tail tar
    test touch tr true umask unset update-ca-certificates upx useradd wc whoami
    """.split()
)
_TAKES_FILES = frozenset(("cat", "cp", "dd", "install", "ln", "mv", "rsync", "tar"))
# Where images keep their programs and libraries, and package managers put theirs.
_OF_BASE = (
    *("/bin", "/etc", "/go/bin", "/go/pkg", "/lib", "/lib32", "/lib64", "/sbin", "/var"),
    *("/usr/bin", "/usr/include", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec"),
    *("/usr/local", "/usr/sbin", "/usr/share"),
)
# What is the same on every machine of all that.
SAME = (
    *("/etc/ca-certificates", "/etc/ca-certificates.conf", "/etc/group", "/etc/mime.types"),
    *("/etc/nsswitch.conf", "/etc/passwd", "/etc/shadow", "/etc/ssl"),
    *("/usr/local/go/lib/time", "/usr/local/share/ca-certificates"),
    *("/usr/share/ca-certificates", "/usr/share/zoneinfo"),
)


def default_of_builder(build: Build) -> tuple[Arg, str] | None:
    """Return the ARG before the first FROM that gives `BUILDPLATFORM` a value, and the last such
    value: it takes the place of BuildKit's own, as does what a push passes, of which nothing is
    said here (`buildMetaArgs` of BuildKit's `dockerfile2llb/convert.go`).
    """
    if build.passed_by_pushes("BUILDPLATFORM"):
        return None
    first = build.dockerfile.instructions[: build.stages[0].from_.index]
    args = (each for each in first if isinstance(each, Arg))
    told = ((each, pair) for each in args for pair in each.pairs if pair.name == "BUILDPLATFORM")
    values = [(arg, pair.value) for arg, pair in told if pair.value is not None]
    return values[-1] if values else None


class Portable(NamedTuple):
    """Stages on one image that need no machine of the platform that they are built for: the first,
    whose FROM decides where all of them run, and the commands that build, each with its RUN.
    `language`: "go" or "node"; `sets`: the variables for the platform that each command gets;
    `needs`: the numbers of the first stages on other images that have to move along.
    """

    first: Stage
    language: str
    builds: tuple[tuple[Run, Command], ...]
    needs: frozenset[int]
    sets: frozenset[str] = frozenset()


class Ran(NamedTuple):
    """A command, and the step that runs it."""

    step: Step
    run: Run
    command: Command

    def place(self, text: str, workdir: str) -> str | None:
        """Return what a path of the command means, where the image's own working directory is
        `workdir`; None where a variable hides it.
        """
        command, here = self.command, self.step.state.workdir or workdir
        folder = None if command.cwd is None else join(here, command.cwd or ".")
        return None if "$" in text else join(folder, text)


class Taken(NamedTuple):
    """What another stage takes: an absolute path, None where that is not known."""

    receiver: Stage
    source: str | None


class Group(NamedTuple):
    """The stages that stand on one image and that somebody builds, the first one first; what they
    run; what leaves them; and the numbers of the first stages on other images that they take from,
    but for those that run on the builder's own platform.
    """

    stages: tuple[Stage, ...]
    ran: tuple[Ran, ...]
    taken: tuple[Taken, ...]
    origins: frozenset[int]


def group_of(
    build: Build, first: Stage, text_of: Callable[[Instruction, str], str]
) -> Group | None:
    """Return the stages on an image, where none of them ships or looks at the machine."""
    stages = tuple(filter(build.live, build.stages_on(first)))
    is_own = any(build.shipped(each) or each.from_.platform for each in stages)
    taken = build.fact(taken_of_images).get(first.index, ())
    if is_own or not taken:
        return None
    origins: set[int] = set()
    for instruction in (each for stage in stages for each in stage.instructions):
        start, end = instruction.span
        text = text_of(instruction, build.dockerfile.source.text[start:end])
        if _OF_MACHINES.search(text) or not _may_run_anywhere(build, instruction):
            return None
        origin = build.origin_of(instruction) if isinstance(instruction, Transfer) else None
        if origin is not None and origin.outermost.from_.platform not in ON_BUILDER:
            origins.add(origin.outermost.index)
    return Group(stages, _ran(build, stages), tuple(taken), frozenset(origins - {first.index}))


def _may_run_anywhere(build: Build, instruction: Instruction) -> bool:
    """Tell whether an instruction surely does the same on another machine, but for its commands and
    for what other stages give it.
    """
    match instruction:
        case Add() if any(_FROM_ELSEWHERE.search(each.text) for each in instruction.sources):
            return False
        case Transfer() if instruction.from_:
            return build.origin_of(instruction) is not None
        case Run():
            is_shell = instruction.json is None and build.script(instruction).parsed
            return is_shell and all(map(_brings_nothing, instruction.mounts))
    return isinstance(instruction, _KINDS)


def _brings_nothing(mount: Mount) -> bool:
    """Tell whether a mount shows nothing of another stage or image."""
    return mount.type in _MOUNTS and not mount.from_


def _ran(build: Build, stages: Iterable[Stage]) -> tuple[Ran, ...]:
    """Return all commands of some stages, as far as the shell's text tells."""
    return tuple(
        Ran(step, step.instruction, command)
        for stage in stages
        for step in build.steps(stage)
        if isinstance(step.instruction, Run)
        for command in build.script(step.instruction).commands
    )


def taken_of_images(build: Build) -> dict[int, list[Taken]]:
    """Return what leaves the stages on each image, by the number of the first of them: a fact."""
    found: dict[int, list[Taken]] = {}
    for stage in filter(build.live, build.stages):
        for instruction in stage.instructions:
            for name in instruction.from_names:
                told = build.expand(instruction, name) or ""
                origin = find_stage(build.stages, told, stage.index)
                if origin is not None and origin.outermost is not stage.outermost:
                    taken = _of_copy(build, stage, instruction)
                    found.setdefault(origin.outermost.index, []).extend(taken)
    return found


def _of_copy(build: Build, stage: Stage, instruction: Instruction) -> Iterator[Taken]:
    """Yield what an instruction takes out of another stage: a mount may take anything."""
    sources = instruction.sources if isinstance(instruction, Copy) else ()
    for word in sources:
        path = build.expand(instruction, word.text)
        yield Taken(stage, None if path is None else posixpath.normpath("/" + path.strip("/")))
    if not sources:
        yield Taken(stage, None)


def is_harmless(ran: Ran, workdir: str, own: Collection[str] = ()) -> bool:
    """Tell whether a command of the system neither compiles nor puts programs of the image aside;
    `own` are files that may be anywhere.
    """
    command = ran.command
    if command.name in _SYSTEM:
        return _ROOTS.isdisjoint(command.forms)
    if command.name not in _HARMLESS:
        return False
    words = command.args if command.name in _TAKES_FILES else ()
    return all(_is_portable_word(ran, word, workdir, own) for word in words)


def _is_portable_word(ran: Ran, word: ShellWord, workdir: str, own: Collection[str]) -> bool:
    text = word.form.rpartition("=")[2] if word.form.startswith("-") else word.form
    path = ran.place(text, workdir) if text and not text.startswith("-") else "/-"
    return path is not None and (path in own or is_portable(path))


def is_portable(path: str) -> bool:
    """Tell whether no program or library of an image, or of its packages, is at a path."""
    path = before_pattern(path)
    is_apart = not any(nested(path, each) for each in _OF_BASE)
    return is_apart or any(within(path, each) for each in SAME)


def before_pattern(path: str) -> str:
    """Return a path, or the folder in which the first pattern of one picks."""
    found = WILDCARD.search(path)
    return posixpath.dirname(path[: found.start()] + "-") if found else path
