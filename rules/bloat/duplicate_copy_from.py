r"""The same files of another stage, or of an image, are copied twice, or are in the base already.

Each COPY makes a layer of its own: what two of them take from one place is in both, and both are
uploaded and pulled. So is what a stage copies from one that it stands on itself.

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

How sure: both name the same stage or image, and one of the paths is the other or holds it. Files
that come to the same place again, with the same owner and mode, are in both layers with Docker's
graphdriver store alone (tried on Docker 26.1.5); the finding says so. Left alone are copies with
`--exclude` or a pattern, and scripts, settings and other small files by their names.

When not to follow it: where a program changes the one and needs the other as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Cost, Finding, Related, Rule, Severity, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__, severity=Severity.INFO)

_ONCE = "copy it once, to one place and with one owner and mode; a link can be its second path"


@rule.on(syntax.Copy)
def taken_twice(copy: syntax.Copy, context: Context) -> Iterator[Finding]:
    """Report a COPY --from of what an earlier one has taken, or the base holds."""
    build = context.build
    stage = build.shipped_stage(copy)
    found = build.copies.taken_before(copy) if stage else None
    if stage is None or found is None:
        return
    first, path = found.first, found.path
    if isinstance(first, syntax.Copy):
        said = f"line {first.line} already copies `{path}`"
    else:
        said = f"`{path}` is already in the image, which is based on that stage (line {first.line})"
    stored = found.moved or build.layers.stores_again
    if stored:
        said += ", so it is stored twice"
    else:
        said += ", so Docker's graphdriver store keeps it twice"
    yield Finding(
        copy,
        said,
        help=_ONCE if found.moved else "remove one of the two",
        cost=Cost.stored(build.sizes.layer(stage, found.smaller)) if stored else None,
        related=(Related(first, "brings it first"),),
    )
