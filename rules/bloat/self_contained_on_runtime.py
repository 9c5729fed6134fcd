r"""A .NET program that brings its own runtime is put on a base that holds the runtime, too.

`dotnet publish --self-contained` copies .NET's runtime beside the program: about 70 MB before
compression. On `aspnet` or `runtime` it is in the image twice. Let the base have it
(`--self-contained false`), or stand on `runtime-deps`, which holds what the runtime needs and
nothing of it.

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

How sure: the publish says so itself (`--self-contained`, `--sc`, `-p:SelfContained=true`,
`-p:PublishAot=true`), and what it writes is copied to a stage on `dotnet/aspnet` or
`dotnet/runtime` that gets nothing else from other stages and starts no script. A project file that
says it is not read. How large the runtime is depends on the version and on trimming, so that no
bytes are given.

When not to follow it: where other programs of the image use the base's runtime.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Related, Rule, facts, regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__)

_RUNTIME = regex(r"/dotnet/(?:core/)?(aspnet|runtime)(?::|@|\Z)")


@rule.on(facts.Stage)
def runtime_twice(stage: facts.Stage, context: Context) -> Iterator[Finding]:
    """Report the base of a stage that gets a program with a runtime of its own."""
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
                Related(found.run, "brings the runtime along"),
                Related(found.copy, "copies it"),
            ),
        )
