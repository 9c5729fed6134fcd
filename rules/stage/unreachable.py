"""A stage that no build of this file uses is never built.

BuildKit builds the last stage, or the one that `--target` names, and what those take from. A stage
beside that costs no byte of a push: it is text to read and keep up to date, and an image name that
somebody must renew. The classic builder builds it all the same.

```dockerfile bad
FROM golang:1.22.5 AS build
COPY . /src
RUN cd /src && go build -o /app .

FROM node:22.4-slim
COPY web /web
RUN cd /web && npm ci

FROM debian:12.5-slim
COPY --from=build /app /usr/local/bin/app
```

```dockerfile good
FROM golang:1.22.5 AS build
COPY . /src
RUN cd /src && go build -o /app .

FROM debian:12.5-slim
COPY --from=build /app /usr/local/bin/app
```

How sure: a stage with a name may be built by `--target`; it is reported only where the repository's
own files (Compose, Bake, CI) name other targets of this build and not this one. Where a variable
decides which stage is taken, nothing is.

When not to follow it: where somebody builds the stage by hand, and nothing in the repository tells
of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Rule, Severity, facts, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, severity=Severity.INFO)


@rule.on(facts.Stage)
def unused(stage: facts.Stage, context: Context) -> Iterator[Finding]:
    """Report stages that no target takes anything from."""
    build = context.build
    if build.live(stage) or build.options.target is not None or build.fact(_is_undecided):
        return
    if not stage.name and _is_numbered(build, stage):
        return
    if stage.name and (len(build.targets) == 1 or any(word in stage.name for word in _ALONE)):
        return
    name = f"`{stage.name}`" if stage.name else "without a name"
    yield Finding(stage, f"nothing takes from this stage {name}, and no target is built from it")


# What such stages are for is plain: somebody asks for them by hand.
_ALONE = (
    "dev",
    "test",
    "debug",
    "lint",
    "ci",
    "local",
    "check",
    "doc",
    "bench",
    "update",
    "vendor",
    "export",
    "print",
)


def _is_numbered(build: Build, stage: facts.Stage) -> bool:
    """Tell whether another stage takes from one by its number; there is no other way to name it."""
    number = str(stage.index)
    for instruction in build.dockerfile.instructions:
        if isinstance(instruction, syntax.Copy) and instruction.from_ == number:
            return True
        if isinstance(instruction, syntax.Run) and any(
            mount.from_ == number for mount in instruction.mounts
        ):
            return True
    return False


def _is_undecided(build: Build) -> bool:
    """Tell whether a variable, a trigger for other files, or what stands in a refused FROM decides
    what is taken.
    """
    froms = [each.span for each in build.dockerfile.instructions if isinstance(each, syntax.From)]
    if any(
        span.start <= error.span.start < span.end
        for error in build.dockerfile.errors
        for span in froms
    ):
        return True
    for instruction in build.dockerfile.instructions:
        names: list[str | None] = []
        if isinstance(instruction, syntax.From):
            names = [instruction.image.text if instruction.image else None]
        elif isinstance(instruction, syntax.Copy):
            names = [instruction.from_]
        elif isinstance(instruction, syntax.Run):
            names = [mount.from_ for mount in instruction.mounts]
        elif isinstance(instruction, syntax.Onbuild) and "from=" in instruction.value.text:
            return True
        if any(name and "$" in name and not _is_version(instruction, name) for name in names):
            return True
    return False


def _is_version(instruction: object, name: str) -> bool:
    """Tell whether the variable of a FROM stands behind a fixed image name, so that no stage can be
    meant.
    """
    return isinstance(instruction, syntax.From) and (
        ":" in name.partition("$")[0] or "/" in name.partition("$")[0]
    )
