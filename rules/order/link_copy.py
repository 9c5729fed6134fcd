r"""A `COPY` after steps that change would keep its layer with `--link`.

## What it does

Finds `COPY` instructions without `--link` after a `RUN` of the same stage, where linking keeps the
layer unchanged.

## Why is this bad?

A linked `COPY` does not depend on earlier layers, so it keeps its layer when an earlier step is
rebuilt. Without `--link` the files are copied again. When the step also creates folders, the layer
is a new one and is pushed again.

The rule is off by default, because the gain is often small and `--link` has a price:

- It replaces symlinks at the destination instead of following them.
- New parent folders belong to root with mode 755.
- `--chown` by name fails without the base image's users.
- It does nothing with `--chmod`, or on Docker's graphdriver image store.

**Measured:** no figure, because the size of what another stage builds is unknown before the build.

## Example

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

## How sure

Reported are `COPY`s to an absolute path outside the base image's standard folders that no earlier
step creates. They have neither `--chmod` nor `--chown` by name, and the builder supports linking. A
`COPY` directly below `/` gives the same layer without it.

## When not to follow it

Skip it when the destination or one of its parent folders is a symlink in the base image, or has an
owner that must stay.

## Options

None.

## References

- [`COPY --link`](https://docs.docker.com/reference/dockerfile/#copy---link)
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Rule, Severity, facts, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__, since="0.1", layered=True, severity=Severity.INFO, default=False)


@rule.on(syntax.Copy)
def unlinked(copy: syntax.Copy, context: Context) -> Iterator[Finding]:
    """Report COPYs that do not depend on earlier layers."""
    build = context.build
    stage = build.shipped_stage(copy)
    run = next(build.runs_above(copy), None)
    if stage is None or run is None or copy.link or not build.may_be_pushed(stage):
        return
    step = facts.Step(stage, copy, build.state(copy))
    if build.copies.can_be_linked(copy) and build.copies.goes_where_nothing_stands(step):
        yield Finding(
            copy,
            f"this layer is pushed again when line {run.line} or an earlier step is rebuilt",
            help=f"use `COPY --link`, which keeps the layer{build.line_for('link')}",
        )
