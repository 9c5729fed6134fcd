"""What a RUN stores that differs in each build: the time, a random name, the host, the commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.volatile_uses import uses_each_builds
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.model.build import Build
    from dlint.shell.script import Command
    from dlint.syntax import Run

_WORDS = regex(r"\b(?:date|uuidgen|hostname|compileall|rev-parse|describe|RANDOM|urandom|uuid)\b")
# Programs that only show, compare or keep for the RUN itself what they are given.
_HARMLESS = frozenset(
    (
        "",
        "[",
        "test",
        "cd",
        "echo",
        "printf",
        "exit",
        "expr",
        "sleep",
        "export",
        "local",
        "declare",
        "readonly",
        "mkdir",
        "git",
    )
)


# Flags of `date` by which it shows a time that is given to it.
_GIVEN_TIME = ("-d", "--date", "-r", "--reference")
_EPOCH = "SOURCE_DATE_EPOCH"


class Stamp(NamedTuple):
    """A command of a RUN whose output differs in each build, and what it is: "bytecode" holds the
    times of its sources.
    """

    command: Command
    kind: str


def stamps(build: Build, run: Run) -> Iterator[Stamp]:
    """Yield what a RUN stores that differs in each build, unless SOURCE_DATE_EPOCH is set, or the
    RUN stores an argument that differs in each anyway.
    """
    state = build.state(run)
    if _EPOCH in state.values or _EPOCH in state.unset or not any(map(_WORDS.search, run.texts)):
        return
    if uses_each_builds(build, run):
        return
    commands = build.script(run).commands
    for at, command in enumerate(commands):
        kind = _kind(command)
        user = command if kind == "bytecode" else _user(commands, at)
        if kind and user and _EPOCH not in user.assignments:
            yield Stamp(command, kind)


def _kind(command: Command) -> str | None:
    """Name what a command prints, or makes, that differs in each build."""
    words = [word.form for word in command.args]
    operands = [word for word in words if not word.startswith("-")]
    match command.name:
        case "date" if not any(word.startswith(_GIVEN_TIME) for word in words):
            return "the time"
        case "uuidgen" if not operands:
            return "a random name"
        case "hostname" if not operands:
            return "the name of the build host"
        case "git" if not {"rev-parse", "describe"}.isdisjoint(words[:3]):
            return "the commit"
    return "bytecode" if _compiles(command) else None


def _compiles(command: Command) -> bool:
    """Tell whether a command makes byte code that holds times."""
    words = [word.form for word in command.args]
    is_module = "compileall" in words and words[max(words.index("compileall") - 1, 0)] == "-m"
    if not is_module and command.name != "compileall":
        return False
    return not any("hash" in word for word in words)


def _user(commands: Sequence[Command], at: int) -> Command | None:
    """Return the command that stores what the one at `at` prints; None where it is only shown."""
    command, following = commands[at], commands[at + 1 :]
    if _writes(command):
        return command
    if command.connector == "$(" or any(_holds(other, command) for other in commands):
        # Its words hold what is printed.
        outer = next((each for each in following if _begins_in(command, each)), None)
        return outer if outer and _keeps(outer) else None
    piped = following[0] if following and following[0].connector == "|" else None
    return piped if piped and (piped.name == "tee" or _writes(piped)) else None


def _holds(outer: Command, command: Command) -> bool:
    """Tell whether a command is written inside another one."""
    inner = command.span
    return outer.span.start < inner.start and inner.end < outer.span.end


def _begins_in(command: Command, outer: Command) -> bool:
    return outer.span.start <= command.span.start < outer.span.end


def _keeps(command: Command) -> bool:
    return command.name not in _HARMLESS or _writes(command)


def _writes(command: Command) -> bool:
    """Tell whether the output of a command goes to a file."""
    targets = [
        redirect.target
        for redirect in command.redirects
        if redirect.writes and redirect.fd in {-1, 1}
    ]
    return any(target and not target.form.startswith("/dev/") for target in targets)
