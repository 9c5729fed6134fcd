r"""Without an ignore file, a COPY of the whole context takes all that ever comes to lie there.

The Dockerfile itself is part of the context, and so are editors' files, logs, local settings and
git's folder. Each change to any of them makes the COPY and all that follows run again, and what it
took is stored and uploaded.

```context
Worker.csproj
Program.cs
```

```dockerfile bad
FROM mcr.microsoft.com/dotnet/sdk:8.0.401
WORKDIR /source
COPY . .
RUN dotnet publish -c release -o /app
```

```context
Worker.csproj
Program.cs
.dockerignore: bin\nobj\nDockerfile
```

```dockerfile good
FROM mcr.microsoft.com/dotnet/sdk:8.0.401
WORKDIR /source
COPY . .
RUN dotnet publish -c release -o /app
```

How sure: whether there is a `.dockerignore`, or one named after the Dockerfile, is known; what of
the context could be left out is for you to say. A COPY of named folders and files says itself what
it takes and is left alone, and so is a context of a few small files that no tool adds to. Where the
COPY takes git's folder, or what tools made, `context/git-copied` and `context/heavy-junk` say so.

When not to follow it: where the context is a folder that is made for the build.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Rule, Severity, fixes, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__, severity=Severity.INFO, fix=fixes.Safety.DISPLAY)


_SHOWN = 2  # folders that a message names
_FIRST = (".git", ".dockerignore", "Dockerfile*")  # what every ignore file may begin with


@rule.on(syntax.Dockerfile)
def without_ignore_file(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report the first COPY of a whole context that has no ignore file."""
    build = context.build
    copy = build.sources.unguarded_copy
    if copy is None:
        return
    count = sum(entry.kind == "file" for entry in build.context.entries.values())
    made = " and ".join(f"`{each.path}`" for each in build.sources.expected_leftovers[:_SHOWN])
    more = f"; after a local build it also takes {made}" if made else ""
    yield Finding(
        copy,
        f"no `.dockerignore`: `{copy.name}` takes all {count} files of the build context, including"
        f" the Dockerfile, and is invalidated when any of them changes{more}",
        fix=fixes.leave_out(build, _FIRST, fixes.Safety.DISPLAY, "create a `.dockerignore`"),
    )
