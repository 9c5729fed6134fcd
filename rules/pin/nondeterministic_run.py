r"""A RUN writes the time, a random number or the build host into the image, so its layer is another
one in each build.

Whenever a RUN isn't in the cache it runs again. If nothing that it makes has changed, a
reproducible one gives the same content; one that stores `date`, `uuidgen`, `hostname` or a fresh
`git rev-parse` never does: its layer, and what is made from it, can't be compared with the last
one, and is uploaded again. Given as a build argument or a label, the same fact costs nothing: those
live in the image's configuration.

```dockerfile bad
FROM debian:12.5-slim
RUN date -u > /etc/built-at
```

```dockerfile good
FROM debian:12.5-slim
ARG BUILT_AT
LABEL org.opencontainers.image.created=$BUILT_AT
```

```dockerfile bad
FROM golang:1.22-alpine
COPY . /src
RUN cd /src && go build -ldflags "-X main.built=$(date +%s)" -o /app .
```

```dockerfile good
FROM golang:1.22-alpine
COPY . /src
ARG SOURCE_DATE_EPOCH
RUN cd /src && go build -ldflags "-X main.built=${SOURCE_DATE_EPOCH}" -o /app .
```

Python's byte code holds the times of its sources unless it is told to hold their hashes:

```dockerfile bad
FROM python:3.12-slim
COPY shop /app/shop
RUN python -m compileall /app
```

```dockerfile good
FROM python:3.12-slim
COPY shop /app/shop
RUN python -m compileall --invalidation-mode checked-hash /app
```

How sure: certain that the output differs where it is written to a file or handed to a program; what
is only printed is left alone. Only layers that are part of the image count. Even a RUN without any
of this stores the times of the files it makes; SOURCE_DATE_EPOCH with the exporter's
`rewrite-timestamp` sets those.

When not to follow it: where the stamp must be in a file of the image.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Rule, Severity, regex, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint import Context, shell

rule = Rule(__name__, __doc__, severity=Severity.INFO)

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


@rule.on(syntax.Run)
def stamped(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report stamps in what a shipped RUN stores."""
    build = context.build
    if build.shipped_stage_of(run) is None or not any(map(_WORDS.search, run.texts)):
        return
    script = build.script(run)
    state = build.state(run)
    if _EPOCH in state.values or _EPOCH in state.unset:
        return
    for at, command in enumerate(script.commands):
        stamp = _stamp(command)
        user = _user(script.commands, at) if stamp else None
        if user and _EPOCH not in user.assignments:
            yield Finding(
                command, f"{stamp} gets into the layer, which so is another one in each build"
            )
        if not stamp and _compiles(command) and _EPOCH not in command.assignments:
            yield Finding(
                command,
                "the byte code holds the times of its sources, so the layer is another one in each"
                " build",
            )


def _stamp(command: shell.Command) -> str | None:
    """Name what a command prints that another build does not."""
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
    return None


def _compiles(command: shell.Command) -> bool:
    """Tell whether a command makes byte code that holds times."""
    words = [word.form for word in command.args]
    is_module = "compileall" in words and words[max(words.index("compileall") - 1, 0)] == "-m"
    if not is_module and command.name != "compileall":
        return False
    return not any("hash" in word for word in words)


def _user(commands: Sequence[shell.Command], at: int) -> shell.Command | None:
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


def _holds(outer: shell.Command, command: shell.Command) -> bool:
    """Tell whether a command is written inside another one."""
    inner = command.span
    return outer.span.start < inner.start and inner.end < outer.span.end


def _begins_in(command: shell.Command, outer: shell.Command) -> bool:
    return outer.span.start <= command.span.start < outer.span.end


def _keeps(command: shell.Command) -> bool:
    return command.name not in _HARMLESS or _writes(command)


def _writes(command: shell.Command) -> bool:
    """Tell whether the output of a command goes to a file."""
    targets = [
        redirect.target
        for redirect in command.redirects
        if redirect.writes and redirect.fd in {-1, 1}
    ]
    return any(target and not target.form.startswith("/dev/") for target in targets)
