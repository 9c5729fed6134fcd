r"""A `RUN` stores the time, a random number or the host name, so its layer differs on every build.

## What it does

Finds `date`, `uuidgen`, `hostname`, `git rev-parse` and byte code with time stamps in layers that
ship.

## Why is this bad?

A reproducible `RUN` gives the same content when it runs again. One that stores the time never does.
Its digest changes whenever the `RUN` runs, and later layers may change with it. As a build argument
or a label, the same value costs nothing: it is stored in the image's configuration.

**Measured:** no figure, because the size of the layer depends on what else the `RUN` writes.

## Example

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

Python's byte code contains the times of its sources unless it is compiled with their hashes:

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

## How sure

Certain when the value is written to a file or passed to a program; a value that is only printed is
not reported, nor is one in a `RUN` that uses an argument which differs in each build anyway. A
`RUN` that only writes a stamp is not reported either where a file of the build context names what
it writes: the project shows it. Only layers of the image count. Every `RUN` also stores the times
of the files it writes, which `SOURCE_DATE_EPOCH` with the exporter's `rewrite-timestamp` sets.

## When not to follow it

Keep it when a file of the image must contain the stamp.

## Options

None.

## References

- [Reproducible builds with BuildKit](https://github.com/moby/buildkit/blob/master/docs/build-repro.md)
- [`SOURCE_DATE_EPOCH`](https://reproducible-builds.org/docs/source-date-epoch/)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Rule, Severity, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    needs=(("date", "uuid", "hostname", "compileall", "git"),),
    severity=Severity.INFO,
)


@rule.on(syntax.Run)
def stamped(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report stamps in what a shipped RUN stores."""
    if context.build.shipped_stage(run) is None:
        return
    found = [*context.build.pins.stamps(run)]
    if found and context.build.pins.are_for_project(run):
        return
    for command, kind in found:
        message = f"this `RUN` stores {kind}, so the layer's digest changes with it"
        if kind == "bytecode":
            message = (
                "the byte code contains the times of its sources, so its content changes with them"
            )
        yield Finding(command, message, help=_REMEDIES.get(kind, "keep it out of the layer"))


_REMEDIES = {"bytecode": "compile it with `--invalidation-mode checked-hash`"}
