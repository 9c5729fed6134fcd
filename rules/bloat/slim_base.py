r"""The image uses a full base image, although the slim variant contains everything it uses.

## What it does

Finds final stages on a full image such as `node:22` whose steps and packages work on its `-slim`
variant. Finds final stages on a JDK of Eclipse Temurin that only start `java`: a JRE is enough.

## Why is this bad?

`python:3.13` and `node:22` contain compilers, git and the headers of dozens of libraries; `debian`
contains documentation and translations. The slim variant is the same program on the same release of
Debian. It is smaller in the registry, in the first push and on every node.

**Measured:** dlint's estimate for the example is 328 MB, the difference of the two images on Docker
Hub.

## Example

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

```dockerfile bad
FROM eclipse-temurin:21-jdk
COPY shop.jar /shop.jar
CMD ["java", "-jar", "/shop.jar"]
```

```dockerfile good
FROM eclipse-temurin:21-jre
COPY shop.jar /shop.jar
CMD ["java", "-jar", "/shop.jar"]
```

## How sure

No `RUN` of the final image downloads, clones, compiles or starts an unknown program. In an image on
`debian` it may, because the slim variant has the same programs. All Python packages are available
as wheels, and no Node package runs a script on install. Images for development (`dev.Dockerfile`)
and services for which a Compose file names `make` or `git` are not reported. Nor is an image whose
health check starts `curl` or a similar tool, in the Dockerfile or in a Compose file. A JRE is
enough when the image starts `java` itself, and no step or Compose file names a tool of the JDK.
Files that another stage compiled may need a library of the full image. The size is the difference
of the two images as Docker Hub listed them, or of a close version. A JDK has none where its JRE was
not listed on the same distribution. It is the image's alone: a push sends no layers of a base that
the registry has already.

## When not to follow it

Keep the full image when people work inside the container, or when the program starts git, curl or
similar tools.

## Options

None.

## References

- [Choose the right base image](https://docs.docker.com/build/building/best-practices/#choose-the-right-base-image)
"""

from __future__ import annotations

from dlint import Cost, Finding, Rule, Severity, fixes, human_bytes, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context, facts

rule = Rule(__name__, __doc__, since="0.1", severity=Severity.INFO, fix=fixes.Safety.DISPLAY)


@rule.on(syntax.Dockerfile)
def full(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report base images of shipped stages that the slim variant could replace."""
    build = context.build
    for use in build.images.shipped_bases:
        twin = build.images.slim_twin(use)
        if twin is None or build.images.needs_full_base(use):
            continue
        tag, size = twin
        fix = _fix(use, tag)
        yield Finding(
            use,
            f"`{use.written}` is {_more(size)} than `{tag}`, which contains everything that this"
            " Dockerfile uses",
            cost=_cost(size),
            help="" if fix else f"use `{build.images.written_like(use, tag)}`",
            fix=fix,
        )


def _more(size: facts.Size) -> str:
    return "larger" if size.is_unknown else f"about {human_bytes(size.bytes)} larger"


def _cost(size: facts.Size) -> Cost | None:
    """Return what the image stores: a push sends no layers of a base that is in the registry."""
    cost = Cost.stored(size)
    return cost and cost._replace(push_bytes=None)


def _fix(use: facts.ImageUse, tag: str) -> fixes.Fix | None:
    name, colon, old = use.written.partition(":")
    if use.default is not None or "$" in use.written or "@" in use.written:
        return None
    if not colon or "/" in old:
        return None
    edit = fixes.Edit(use.span, f"{name}:{tag}")
    return fixes.Fix(f"use `{name}:{tag}`", (edit,), fixes.Safety.DISPLAY)
