r"""The image stands on a full base where the slim one of the same name holds all that it uses.

`python:3.13` and `node:22` bring compilers, git and the headers of dozens of libraries, `debian`
brings documents and translations. `python:3.13-slim` is the same Python on the same release of
Debian, and some 370 MB smaller: in the registry, in each first upload and on each node.

```context
package.json: {"dependencies": {"express": "4.19.2"}}
package-lock.json: {"lockfileVersion": 3, "packages": {"": {"dependencies": {"express": "4.19.2"}}}}
```

```dockerfile bad
FROM node:22 AS build
WORKDIR /app
COPY . .
RUN npm ci && npm run build

FROM node:22
COPY --from=build /app/dist /app
CMD ["node", "/app/server.js"]
```

```dockerfile good
FROM node:22 AS build
WORKDIR /app
COPY . .
RUN npm ci && npm run build

FROM node:22-slim
COPY --from=build /app/dist /app
CMD ["node", "/app/server.js"]
```

How sure: no RUN of the image that is pushed downloads, clones, compiles or starts a program of
which nothing is known; Python's packages are all among those that come as wheels, Node's have no
script that an install runs. What another stage compiled against a library may need that library.
The bytes are the difference of the two images as Docker Hub listed them, or of those of a version
nearby.

When not to follow it: where somebody works in the container, or the program starts git, curl and
the like.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Cost, Finding, Rule, Severity, fixes, human_bytes, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context, facts

rule = Rule(__name__, __doc__, severity=Severity.INFO, fix=fixes.Safety.DISPLAY)


@rule.on(syntax.Dockerfile)
def full(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report bases of pushed stages that could be the slim ones."""
    build = context.build
    for use in build.images.shipped_bases:
        twin = build.images.slim_twin(use)
        if twin is None or build.images.needs_full_base(use):
            continue
        tag, size = twin
        yield Finding(
            use,
            f"`{use.written}` is about {human_bytes(size.bytes)} larger than `{tag}`, which"
            " contains everything this Dockerfile is seen to use",
            cost=Cost.stored(size),
            fix=_fix(use, tag),
        )


def _fix(use: facts.ImageUse, tag: str) -> fixes.Fix | None:
    name, colon, old = use.written.partition(":")
    if use.default is not None or "$" in use.written or "@" in use.written:
        return None
    if not colon or "/" in old:
        return None
    edit = fixes.Edit(use.span, f"{name}:{tag}")
    return fixes.Fix(f"use `{name}:{tag}`", (edit,), fixes.Safety.DISPLAY)
