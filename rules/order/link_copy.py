"""A COPY below steps that change would keep its layer with `--link`.

A linked COPY stands by itself: its layer is made without the ones below it and joined to them, so
it stays what it was, and stays in the registry, when a step above it in the file runs again.
Without `--link` it is copied anew, and where its folder is made on the way, or stands below another
one that is, the layer is a new one.

```dockerfile bad
FROM golang:1.22-alpine AS build
RUN go install example.com/tool@v1.2.0

FROM debian:12.5-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
COPY --from=build /go/bin/tool /opt/tool/bin/tool
```

```dockerfile good
FROM golang:1.22-alpine AS build
RUN go install example.com/tool@v1.2.0

FROM debian:12.5-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
COPY --from=build --link /go/bin/tool /opt/tool/bin/tool
```

This rule is off unless selected, since the gain is often small and the price real: a linked COPY
does not follow symlinks at its destination, but replaces them; folders on the way belong to root
with mode 755, whoever owned them before; `--chown` by name can't be resolved without the base's
users; and with `--chmod`, or on Docker's graphdriver image store, `--link` does nothing.

How sure: reported are COPYs to an absolute place outside the base's standard folders that nothing
in the file made before, below a RUN of the same stage, without `--chmod` and a `--chown` by name,
for a builder that can link. A COPY right below `/` gives the same layer each time without it.

When not to follow it: where the destination, or a folder on the way, is a symlink in the base or
has an owner that must stay.
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Rule, Severity, facts, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__, severity=Severity.INFO, default=False)


@rule.on(syntax.Copy)
def unlinked(copy: syntax.Copy, context: Context) -> Iterator[Finding]:
    """Report COPYs that could stand by themselves."""
    build = context.build
    stage = build.shipped_stage(copy)
    run = next(build.runs_above(copy), None)
    if stage is None or run is None or copy.link:
        return
    step = facts.Step(stage, copy, build.state(copy))
    if build.copies.can_be_linked(copy) and build.copies.goes_where_nothing_stands(step):
        yield Finding(
            copy,
            f"this layer is pushed again when line {run.line} or an earlier step is rebuilt",
            help="use `COPY --link`, which keeps the layer",
        )
