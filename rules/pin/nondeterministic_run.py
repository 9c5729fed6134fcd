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

from dlint import Finding, Rule, Severity, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__, severity=Severity.INFO)


@rule.on(syntax.Run)
def stamped(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report stamps in what a shipped RUN stores."""
    if context.build.shipped_stage(run) is None:
        return
    for command, kind in context.build.pins.stamps(run):
        message = f"this `RUN` stores {kind}, so the layer's digest changes on every build"
        if kind == "bytecode":
            message = (
                "the byte code contains the times of its sources, so the layer's digest changes on"
                " every build"
            )
        yield Finding(command, message, help=_REMEDIES.get(kind, "keep it out of the layer"))


_REMEDIES = {"bytecode": "compile it with `--invalidation-mode unchecked-hash`"}
