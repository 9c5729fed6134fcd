r"""The same files of another stage or image are copied twice, or are already in the base image.

## What it does

Finds two `COPY --from` instructions whose sources overlap, and copies from a stage that the current
stage is based on.

## Why is this bad?

Every `COPY` creates a layer. Files that two of them take from the same place are in both layers,
and both are pushed and pulled. Files copied from a stage that this stage is based on are already in
the image.

**Measured:** no figure, because the size of what another stage builds is unknown before the build.

## Example

```dockerfile bad
FROM golang:1.22 AS build
WORKDIR /src
COPY . .
RUN go build -o /out/tool . && cp /out/tool /out/tool-next

FROM debian:12.5-slim
COPY --from=build /out/tool /usr/local/bin/tool
COPY --from=build /out /opt/tools
CMD ["tool"]
```

```dockerfile good
FROM golang:1.22 AS build
WORKDIR /src
COPY . .
RUN go build -o /out/tool . && cp /out/tool /out/tool-next

FROM debian:12.5-slim
COPY --from=build /out /opt/tools
RUN ln -s /opt/tools/tool /usr/local/bin/tool
CMD ["tool"]
```

```dockerfile bad
FROM node:22.4-slim AS app
WORKDIR /app
COPY . .
RUN npm ci --omit=dev

FROM app
COPY --from=app /app /app
CMD ["node", "index.js"]
```

```dockerfile good
FROM node:22.4-slim AS app
WORKDIR /app
COPY . .
RUN npm ci --omit=dev

FROM app
CMD ["node", "index.js"]
```

## How sure

Both instructions name the same stage or image, and one path equals or contains the other. Docker's
graphdriver store keeps files a second time even at the same place with the same owner and mode
(tested on Docker 26.1.5). Other stores skip them, and the finding says so, unless the copy is made
with `--link`. Not reported are copies with `--exclude` or a pattern, scripts, settings and other
small files, what fills a `VOLUME`, and files of another image whose size is not known.

## When not to follow it

Keep both copies when a program changes one of them and needs the other unchanged.

## Options

None.

## References

- [`COPY --from`](https://docs.docker.com/reference/dockerfile/#copy---from)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Cost, Finding, Related, Rule, Severity, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__, since="0.1", needs=("--from",), severity=Severity.INFO)

_ONCE = "copy it once, to one place and with one owner and mode; a link can be its second path"


@rule.on(syntax.Copy)
def taken_twice(copy: syntax.Copy, context: Context) -> Iterator[Finding]:
    """Report a COPY --from of files that an earlier one copied or that the base contains."""
    build = context.build
    stage = build.shipped_stage(copy)
    found = build.copies.taken_before(copy) if stage else None
    if stage is None or found is None:
        return
    size = build.sizes.layer(stage, found.smaller)
    if build.stage_copied_from(copy) is None and not size.least:
        return  # nobody knows what another image has there
    first, path = found.first, found.path
    if isinstance(first, syntax.Copy):
        said = f"line {first.line} already copies `{path}`"
    else:
        said = f"`{path}` is already in the image, which is based on that stage (line {first.line})"
    stored = found.moved or build.layers.stores_again or build.layers.is_alone(copy)
    if stored:
        said += ", so it is stored twice"
    else:
        said += ", so Docker's graphdriver store keeps it twice"
    yield Finding(
        copy,
        said,
        help=_ONCE if found.moved else "remove one of the two",
        cost=Cost.stored(size) if stored else None,
        related=(Related(first, "copies it first"),),
    )
