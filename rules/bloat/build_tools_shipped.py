r"""The image that is pushed stands on a toolchain, though what it runs was compiled.

A compiled program needs its compiler no more: an image of Go, Rust, Maven, Gradle or a .NET SDK is
several hundred megabytes larger than one that only runs the result, in the registry and on each
node that pulls it. Build in one stage, and copy the result to another on a small base: only its
layers are pushed.

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

How sure: the base is known by its name; it is reported where a compiled program is built in the
stage or copied to it, and the image's command doesn't start a tool of that base. An image without
command, or with a shell, may be meant as a toolchain.

When not to follow it: where the program compiles something when it runs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlint import Finding, Rule, facts, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__)

# Bases that hold a compiler, by their names, with the managers that build with it and the programs
# that use it.
_BASES = (
    (
        regex(r"(?:\A|/)golang(?::|@|\Z)"),
        frozenset(("go",)),
        r"go|gofmt|dlv|air|reflex|CompileDaemon",
    ),
    (regex(r"(?:\A|/)rust(?::|@|\Z)"), frozenset(("cargo",)), r"cargo|rustc|rustup"),
    (regex(r"(?:\A|/)maven(?::|@|\Z)"), frozenset(("maven",)), r"mvnw?|mvnd"),
    (regex(r"(?:\A|/)gradle(?::|@|\Z)"), frozenset(("gradle",)), r"gradlew?"),
    (
        regex(r"/dotnet/(?:core/)?sdk(?::|@|\Z)"),
        frozenset(("dotnet",)),
        r"dotnet\W+(?:run|watch|test|build|ef)",
    ),
)
_SHELL = regex(r"(?:bash|sh|zsh|ash|make|sleep|tail|\.sh)\b")


@rule.on(facts.Stage)
def toolchain(stage: facts.Stage, context: Context) -> Iterator[Finding]:
    """Report the last stage of an image where it stands on a toolchain without need."""
    build = context.build
    if stage not in build.targets:
        return
    outermost = stage.outermost
    found = next(
        (each for each in _BASES if outermost.image and each[0].search(outermost.image)), None
    )
    if found is None or re.search(r"alpine3?\Z|test|dev", stage.name or ""):
        return
    _, managers, programs = found
    last = [
        step.instruction
        for step in build.chain(stage)
        if isinstance(step.instruction, syntax.Cmd | syntax.Entrypoint)
    ]
    text = " ".join(each.value.text for each in last[-2:])
    if (
        not text
        or _SHELL.search(text)
        or re.search(rf"(?<![\w./-])(?:\S*/)?(?:{programs})(?![\w-])", text.replace('"', " "))
    ):
        return
    if _is_built(build, stage, managers) or _is_copied(build, stage):
        message = (
            f"the image is pushed with the toolchain of {outermost.image}, which its compiled"
            " program doesn't need"
        )
        yield Finding(outermost.from_, message)


def _is_built(build: Build, stage: facts.Stage, managers: frozenset[str]) -> bool:
    """Tell whether the program is built in the stage itself."""
    return any(
        each.hidden and each.manager in managers
        for step in build.chain(stage)
        if isinstance(step.instruction, syntax.Run)
        for each in build.effects(step.instruction, step.state).of(shell.Install)
    )


def _is_copied(build: Build, stage: facts.Stage) -> bool:
    """Tell whether the stage gets something from other stages, and installs nothing itself."""
    copies = False
    for step in build.chain(stage):
        instruction = step.instruction
        if isinstance(instruction, syntax.Run) and build.effects(instruction, step.state).of(
            shell.Install
        ):
            return False
        copies = copies or (isinstance(instruction, syntax.Copy) and bool(instruction.from_))
    return copies
