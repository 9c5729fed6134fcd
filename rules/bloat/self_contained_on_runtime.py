r"""A self-contained .NET program is copied onto a base image that also contains the runtime.

## What it does

Finds `dotnet publish --self-contained` whose output is copied to a stage on `dotnet/aspnet` or
`dotnet/runtime`.

## Why is this bad?

`dotnet publish --self-contained` puts the .NET runtime next to the program. On `aspnet` or
`runtime` the image contains it twice. Publish with `--self-contained false`, or use `runtime-deps`,
which contains only what the runtime depends on.

**Measured:** no figure, because the runtime's size depends on the version and on trimming. It is
about 70 MB before compression.

## Example

```dockerfile bad
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish -c Release -r linux-x64 --self-contained true -o /out

FROM mcr.microsoft.com/dotnet/aspnet:8.0
COPY --from=build /out /app
ENTRYPOINT ["/app/Shop"]
```

```dockerfile good
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish -c Release -r linux-x64 --self-contained true -o /out

FROM mcr.microsoft.com/dotnet/runtime-deps:8.0
COPY --from=build /out /app
ENTRYPOINT ["/app/Shop"]
```

## How sure

The publish command itself asks for it (`--self-contained`, `--sc`, `-p:SelfContained=true`,
`-p:PublishAot=true`). Its output is copied to a stage on `dotnet/aspnet` or `dotnet/runtime`. From
other stages that one takes at most what a stage on Node's image makes without `dotnet`. A script
that the image starts is read in the build context: it may start that program alone.
`SelfContained` and `PublishAot` in a project file count where the command can mean only that
project.

## When not to follow it

Keep the base image when other programs in the image use its runtime.

## Options

None.

## References

- [.NET application publishing](https://learn.microsoft.com/en-us/dotnet/core/deploying/)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Related, Rule, facts, regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__, since="0.1", needs=("--from", "dotnet"))

_RUNTIME = regex(r"/dotnet/(?:core/)?(aspnet|runtime)(?::|@|\Z)")


@rule.on(facts.Stage)
def runtime_twice(stage: facts.Stage, context: Context) -> Iterator[Finding]:
    """Report the base image of a stage that receives a program with its own runtime."""
    build = context.build
    base = _RUNTIME.search(stage.outermost.image or "")
    if base is None or stage not in build.targets:
        return
    found = build.installs.self_contained(stage)
    if found is not None:
        yield Finding(
            stage.outermost.from_,
            f"`dotnet publish` in line {found.run.line} brings its own runtime, so the image"
            " contains two",
            help="use a `runtime-deps` base image, or publish with `--self-contained false`",
            related=(
                Related(found.run, "includes the runtime"),
                Related(found.copy, "copies it"),
            ),
        )
