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
or copied into it, and the image's command starts no tool of the toolchain. An image without a
command, or with a shell as its command, may be meant as a toolchain and is not reported.

## When not to follow it

Keep the toolchain when the program compiles something at run time.

## Options

None.

## References

- [Multi-stage builds](https://docs.docker.com/build/building/multi-stage/)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dlint import Finding, Rule, facts, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__)


class _Toolchain(NamedTuple):
    """An image with a compiler, the managers that build with it, and the programs that start it."""

    image: re.Pattern[str]
    managers: frozenset[str]
    programs: str


_TOOLCHAINS = (
    _Toolchain(
        regex(r"(?:\A|/)golang(?::|@|\Z)"),
        frozenset(("go",)),
        r"go|gofmt|dlv|air|reflex|CompileDaemon",
    ),
    _Toolchain(regex(r"(?:\A|/)rust(?::|@|\Z)"), frozenset(("cargo",)), r"cargo|rustc|rustup"),
    _Toolchain(regex(r"(?:\A|/)maven(?::|@|\Z)"), frozenset(("maven",)), r"mvnw?|mvnd"),
    _Toolchain(regex(r"(?:\A|/)gradle(?::|@|\Z)"), frozenset(("gradle",)), r"gradlew?"),
    _Toolchain(
        regex(r"/dotnet/(?:core/)?sdk(?::|@|\Z)"),
        frozenset(("dotnet",)),
        r"dotnet\W+(?:run|watch|test|build|ef)",
    ),
)
_SHELL = regex(r"(?:bash|sh|zsh|ash|make|sleep|tail|\.sh)\b")
_OTHER_PURPOSE = regex(r"alpine3?\Z|test|dev")  # what a stage's name says


@rule.on(facts.Stage)
def shipped_toolchain(stage: facts.Stage, context: Context) -> Iterator[Finding]:
    """Report the final stage of an image that is based on a toolchain without need."""
    build = context.build
    if stage not in build.targets or build.is_for_tests(stage):
        return
    if _OTHER_PURPOSE.search(stage.name or ""):
        return
    base = stage.outermost
    for toolchain in _TOOLCHAINS:
        if not toolchain.image.search(base.image or ""):
            continue
        if _is_started(build, stage, toolchain):
            return
        if _is_built(build, stage, toolchain.managers) or _is_copied(build, stage):
            yield Finding(
                base.from_,
                f"the final image contains the toolchain of `{base.image}`, which the compiled"
                " program does not need",
                help="copy the program into a final stage on a small base image",
            )


def _is_started(build: Build, stage: facts.Stage, toolchain: _Toolchain) -> bool:
    """Tell whether the image may start its toolchain: by no command, a shell, or a tool."""
    commands = [
        step.instruction.value.text
        for step in build.chain(stage)
        if isinstance(step.instruction, syntax.Cmd | syntax.Entrypoint)
    ]
    text = " ".join(commands[-2:]).replace('"', " ")
    if not text:
        return True
    if _SHELL.search(text):
        return True
    tool = rf"(?<![\w./-])(?:\S*/)?(?:{toolchain.programs})(?![\w-])"
    return re.search(tool, text) is not None


def _is_built(build: Build, stage: facts.Stage, managers: frozenset[str]) -> bool:
    """Tell whether the program is built in the stage itself."""
    for install in _installs(build, stage):
        if install.hidden and install.manager in managers:
            return True
    return False


def _is_copied(build: Build, stage: facts.Stage) -> bool:
    """Tell whether the stage copies something from other stages and installs nothing itself."""
    for step in build.chain(stage):
        match step.instruction:
            case syntax.Copy(from_=str(origin)) if origin:
                return not any(_installs(build, stage))
    return False


def _installs(build: Build, stage: facts.Stage) -> Iterator[shell.Install]:
    for _, install in build.effects_of(shell.Install, build.chain(stage)):
        yield install
