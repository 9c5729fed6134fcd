r"""The final stage is based on a toolchain image, although its program is already compiled.

## What it does

Finds final stages on an image of Go, Rust, Maven, Gradle or the .NET SDK that only run a compiled
program.

## Why is this bad?

A compiled program does not need its compiler. The toolchain image is larger than an image that only
runs the result, in the registry and on every node that pulls it. Build in one stage and copy the
result into a final stage on a small base image: only the layers of the final stage are pushed.

**Measured:** no figure, because the size of the toolchain depends on the base image's tag.

## Example

```dockerfile bad
FROM golang:1.22 AS build
WORKDIR /src
COPY . .
RUN go build -o /app .

FROM golang:1.22
COPY --from=build /app /usr/local/bin/app
CMD ["app", "serve"]
```

```dockerfile good
FROM golang:1.22 AS build
WORKDIR /src
COPY . .
RUN go build -o /app .

FROM debian:12.5-slim
COPY --from=build /app /usr/local/bin/app
CMD ["app", "serve"]
```

```dockerfile bad
FROM maven:3.9-eclipse-temurin-21
WORKDIR /src
COPY . .
RUN mvn package
ENTRYPOINT ["java", "-jar", "target/app.jar"]
```

## How sure

The toolchain is recognized by the name of the base image. A compiled program is built in the stage
or copied into it, and the image's command starts no tool of the toolchain. Nor does it start one
that is known to need the toolchain (`golangci-lint`). An image without a
command, or with a shell as its command, may be meant as a toolchain and is not reported. Nor is a
stage that is named for tests, development or debugging. Where a health check of the Dockerfile or
of a Compose service starts `curl`, the help says that the small base needs it.

## When not to follow it

Keep the toolchain when the program compiles something at run time.

## Options

None.

## References

- [Multi-stage builds](https://docs.docker.com/build/building/multi-stage/)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Rule, facts, shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__, since="0.1", needs=((shell.Install, "--from"),))


@rule.on(facts.Stage)
def shipped_toolchain(base: facts.Stage, context: Context) -> Iterator[Finding]:
    """Report a base that is a toolchain, once for all images on it that do not need it."""
    installs = context.build.installs
    if installs.stands_on_unneeded_toolchain(base):
        yield Finding(
            base.from_,
            f"the final image contains the toolchain of `{base.image}`, which the compiled"
            " program does not need",
            help="copy the program into a final stage on a small base image" + _kept(context, base),
        )


def _kept(context: Context, base: facts.Stage) -> str:
    """Say what a health check needs of the base; "" for nothing."""
    tools = context.build.installs.health_tools(base)
    names = " and ".join(f"`{name}`" for name in tools)
    return f" that has {names} for the health check" if tools else ""
