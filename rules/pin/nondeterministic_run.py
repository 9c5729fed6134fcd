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


@rule.on(syntax.Run)
def stamped(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report stamps in what a shipped RUN stores."""
    build = context.build
    texts = run.texts
    stage = build.stage_of(run)
    if stage is None or not build.shipped(stage) or not any(map(_WORDS.search, texts)):
        return
    script = build.script(run)
    state = build.state(run)
    declared = {*state.values, *state.unset}
    for at, command in enumerate(script.commands):
        if what := _fresh(command):
            user = _user(script.commands, at)
            if user is not None and "SOURCE_DATE_EPOCH" not in {*declared, *user.assignments}:
                yield Finding(
                    command, f"{what} gets into the layer, which so is another one in each build"
                )
        elif _compiles(command) and "SOURCE_DATE_EPOCH" not in {*declared, *command.assignments}:
            yield Finding(
                command,
                "the byte code holds the times of its sources, so the layer is another one in each"
                " build",
            )


def _fresh(command: shell.Command) -> str | None:
    """Name what a command prints that another build does not."""
    words = [word.form for word in command.args]
    if command.name == "date" and not any(
        word.startswith(("-d", "--date", "-r", "--reference")) for word in words
    ):
        return "the time"
    if command.name in {"uuidgen", "hostname"} and not [
        word for word in words if not word.startswith("-")
    ]:
        return "a random name" if command.name == "uuidgen" else "the name of the build host"
    if command.name == "git" and {"rev-parse", "describe"} & set(words[:3]):
        return "the commit"
    return None


def _compiles(command: shell.Command) -> bool:
    words = [word.form for word in command.args]
    module = "compileall" in words and words[max(words.index("compileall") - 1, 0)] == "-m"
    return (module or command.name == "compileall") and not any("hash" in word for word in words)


def _user(commands: Sequence[shell.Command], at: int) -> shell.Command | None:
    """Return the command that stores what the one at `at` prints; None where it is only shown."""
    command = commands[at]
    if _writes(command):
        return command
    following = commands[at + 1 :]
    if command.connector == "$(" or _is_substituted(commands, command):
        outer = next(
            (each for each in following if each.span.start <= command.span.start < each.span.end),
            None,
        )
        return (
            outer if outer is not None and (outer.name not in _HARMLESS or _writes(outer)) else None
        )
    after = following[0] if following and following[0].connector == "|" else None
    return after if after is not None and (after.name == "tee" or _writes(after)) else None


def _is_substituted(commands: Sequence[shell.Command], command: shell.Command) -> bool:
    return any(
        other is not command
        and other.span.start < command.span.start
        and command.span.end < other.span.end
        for other in commands
    )


def _writes(command: shell.Command) -> bool:
    return any(
        redirect.writes
        and redirect.fd in {-1, 1}
        and redirect.target
        and not redirect.target.form.startswith("/dev/")
        for redirect in command.redirects
    )
