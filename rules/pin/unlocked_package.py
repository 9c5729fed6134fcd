"""A package is installed without saying which version, so each build of the RUN takes the newest of
that day.

`pip install gunicorn` or `npm install -g pnpm` ask the registry for the latest release whenever the
RUN isn't cached. Two images of one commit then differ, the layer is uploaded again though nothing
was changed, and a release that breaks something breaks the build of people who did nothing. A range
(`>=`, `~=`, `^`, `latest`) is no version.

```dockerfile bad
FROM python:3.12-slim
RUN pip install --no-cache-dir gunicorn "flask>=3"
```

```dockerfile good
FROM python:3.12-slim
RUN pip install --no-cache-dir gunicorn==22.0.0 "flask==3.0.3"
```

```dockerfile bad
FROM golang:1.22-alpine AS build
RUN go install example.com/tools/stringer@latest
```

```dockerfile good
FROM golang:1.22-alpine AS build
RUN go install example.com/tools/stringer@v0.21.0
```

An ARG's or ENV's default counts as written:

```dockerfile bad
FROM node:22-slim
ARG PNPM_VERSION=^9
RUN npm install -g pnpm@$PNPM_VERSION
```

```dockerfile good
FROM node:22-slim
ARG PNPM_VERSION=9.4.0
RUN npm install -g pnpm@$PNPM_VERSION
```

How sure: versions are read as each manager reads them (pip, pipx, uv, poetry, conda, npm, yarn,
pnpm, bun, gem, go, cargo, composer, dotnet, pecl, cpan; and those that Corepack fetches). A
repository at its default branch or another one is no version, nor is an archive of a branch; other
URLs, files, folders, names that a variable gives and that nobody here knows, and installs under a
constraints file are left alone. Packages of the distribution are for `pin/os-package`.

When not to follow it: for tools that a build only uses and whose newest version is wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Rule, Severity, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(
    __name__, __doc__, severity=Severity.INFO, aliases=("DL3013", "DL3016", "DL3028", "DL3062")
)

MAX_NAMES = 3  # packages that a message lists


@rule.on(syntax.Run)
def without_version(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report the packages of each install that no version fixes."""
    build = context.build
    for install in build.effects(run).of(shell.Install):
        loose = build.pins.unpinned_packages(run, install)
        if loose and install.managed_by.pinnable:
            yield Finding(
                install,
                f"{_listed(loose)}, so each build installs the newest version",
                help="name exact versions, or install from a lock file",
            )


@rule.on(syntax.Run)
def manager_without_version(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report the managers that Corepack is told to fetch in no exact version."""
    for word in context.build.pins.unpinned_managers(run):
        yield Finding(
            word,
            f"`{word.form}` is not pinned, so each build downloads the newest version",
            help="name an exact version",
        )


def _listed(packages: list[shell.Package]) -> str:
    names = [f"`{package.text}`" for package in packages]
    if len(names) > MAX_NAMES:
        names = [*names[: MAX_NAMES - 1], f"{len(names) - MAX_NAMES + 1} more"]
    last = names.pop()
    verb = "are not pinned" if names else "is not pinned"
    return f"{', '.join(names)} and {last} {verb}" if names else f"{last} {verb}"
