r"""A package is installed without an exact version, so builds of one commit may differ.

## What it does

Finds packages installed by name without an exact version, with pip, npm, gem, go, cargo and similar
managers. A range (`>=`, `~=`, `^`) or `latest` is not exact.

## Why is this bad?

`pip install gunicorn` asks for the newest release whenever the `RUN` is not cached. Two images of
one commit then differ, although nothing changed. A broken release also breaks the build.

**Measured:** `flask` and `gunicorn` on `python:3.11-slim` are a layer of 6.42 MB, built and pushed
for `benchmarks/installs.md`.

## Example

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

Without quotes, the shell takes `>` as a redirect to a file called `=3`, and pip gets no version:

```dockerfile bad
FROM python:3.12-slim
RUN pip install --no-cache-dir flask>=3
```

```dockerfile good
FROM python:3.12-slim
RUN pip install --no-cache-dir "flask==3.0.3"
```

The default of an `ARG` or `ENV` counts as written:

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

## How sure

Versions are read as each manager reads them: pip, pipx, uv, poetry, conda, npm, yarn, pnpm, bun,
gem, go, cargo, composer, dotnet, pecl, cpan and Corepack. A branch of a repository is not a
version, nor is an archive of a branch. All installs of one `RUN` are one finding, which names a
branch first. Packages of the distribution belong to `pin/os-package`. A list of the same command
(`-r`) that names more without a version counts with them. Where a `package.json` that is copied
names the version of a manager (`packageManager`), the help names that one. Not reported are:

- Corepack and pnpm 10 or later in such a project: they run that version, whichever is installed
- other URLs, files and folders, and names from an unknown variable
- what npm and pnpm install by its name alone, where a copied `package.json` has the exact version
- what pnpm installs so, where its lock file is copied, too
- installs with a constraints file or from a folder (`--no-index`), and packages whose version a
  list of the same command fixes
- pip, setuptools, wheel and build themselves
- tools that only test
- installs in a branch of an `if` that no known build takes
- packages with an argument in their word for which all builds pass what may be a version. The
  builds that push decide, or all known ones where none does.

## When not to follow it

Skip it for build tools whose newest version you want.

## Options

None.

## References

- [Repeatable installs with pip](https://pip.pypa.io/en/stable/topics/repeatable-installs/)
- [DL3013](https://github.com/hadolint/hadolint/wiki/DL3013),
  [DL3016](https://github.com/hadolint/hadolint/wiki/DL3016)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Rule, Severity, listed, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint import Build, Context

rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    needs=((shell.Install, "corepack"),),
    severity=Severity.INFO,
    aliases=("DL3013", "DL3016", "DL3028", "DL3062"),
)

MAX_NAMES = 3  # packages that a message lists


@rule.on(syntax.Run)
def without_version(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report the packages that a RUN installs in no exact version."""
    build = context.build
    if not build.is_for_use(run):
        return
    loose: list[shell.Package] = []
    lists: dict[str, int] = {}
    first: shell.Install | None = None
    for install in build.effects(run).of(shell.Install):
        cut = [package for package, _ in build.pins.redirected_versions(install)]
        found = [each for each in build.pins.unpinned_packages(run, install) if each not in cut]
        if found and install.managed_by.pinnable:
            first = first or install
            loose += found
            lists |= build.pins.loose_beside(run, install)
    if first is not None:
        yield Finding(
            first,
            f"{_listed(loose)}{_beside(lists)}, so builds of one commit may install different"
            " versions",
            help=_help(build, loose),
            things=len({each.text for each in loose}) + sum(lists.values()),
        )


@rule.on(syntax.Run)
def redirected(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report versions without quotes that the shell takes as redirects."""
    build = context.build
    if not build.is_for_use(run):
        return
    source = build.dockerfile.source
    for install in build.effects(run).of(shell.Install):
        found = build.pins.redirected_versions(install)
        if not found:
            continue
        names = listed(f"`{source[span]}`" for _, span in found)
        yield Finding(
            found[0][0].word,
            f"the shell takes `>` in {names} as a redirect to a file, so no version is asked for",
            help="put it in quotes",
            severity=Severity.WARNING,
        )


def _help(build: Build, loose: Sequence[shell.Package]) -> str:
    """Say what to name: the version that the project itself wants of its manager, if it does, and
    of a repository a commit.
    """
    if named := build.pins.named_by_project([each.name for each in loose]):
        return f"name {named}, as `package.json` does"
    of_branches = sum(map(_is_of_branch, loose))
    if of_branches == len(loose):
        return "name a commit"
    return f"name exact versions{_COMMIT * bool(of_branches)}, or install from a lock file"


_COMMIT = " and commits"


def _is_of_branch(package: shell.Package) -> bool:
    """Tell whether a package comes from a repository, and not as a release of an index."""
    return package.kind == "vcs"


@rule.on(syntax.Run)
def manager_without_version(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report managers that Corepack fetches without an exact version."""
    for word in context.build.pins.unpinned_managers(run):
        yield Finding(
            word,
            f"`{word.form}` is not pinned, so builds of one commit may run different versions",
            help="name an exact version",
        )


def _beside(lists: dict[str, int]) -> str:
    """Say how many packages of the lists beside them are as loose."""
    if not lists:
        return ""
    count = sum(lists.values())
    names = listed(f"`{path}`" for path in lists)
    return f", nor {'are' if count > 1 else 'is'} {count} of {names}"


def _listed(packages: list[shell.Package]) -> str:
    """Name packages: first those of a branch, then those that have no limit at all."""
    packages = sorted(packages, key=lambda each: (not _is_of_branch(each), bool(each.version)))
    names = dict.fromkeys(f"`{package.text}`" for package in packages)
    return f"{listed(names, MAX_NAMES)} {'are' if len(names) > 1 else 'is'} not pinned"
