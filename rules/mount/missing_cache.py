r"""On a persistent builder, an install without a cache mount downloads every package again.

## What it does

Finds dependency installs without a cache mount when the builder keeps mounts between builds. On any
builder it finds downloads of libraries (Go, Cargo, Maven and the like) that a later cache mount
hides.

## Why is this bad?

When one line of a lock file changes, the install runs again and downloads all packages, not only
the new one. A cache mount keeps the downloads on the builder and out of the layer.

A fresh CI runner starts with empty mounts, so the rule only applies to a builder that keeps them.

**Measured:** no figure, because downloads cost time on the builder and are not pushed.

## Example

```toml
persistent-builder = true
```

```dockerfile bad
FROM python:3.12.4-slim
COPY requirements.txt /tmp/requirements.txt
RUN pip install -r /tmp/requirements.txt
```

```dockerfile good
FROM python:3.12.4-slim
COPY requirements.txt /tmp/requirements.txt
RUN --mount=type=cache,target=/root/.cache/pip pip install -r /tmp/requirements.txt
```

Without the setting, a `RUN` with a cache mount of its own is taken as a sign of a persistent
builder.

A cache mount hides what an earlier `RUN` stored in the same folder. On a new machine the mount is
empty, and everything is downloaded twice:

```dockerfile bad
FROM golang:1.22 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod go build -o /shop .

FROM debian:12.5-slim
COPY --from=build /shop /usr/local/bin/shop
```

```dockerfile good
FROM golang:1.22 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod go build -o /shop .

FROM debian:12.5-slim
COPY --from=build /shop /usr/local/bin/shop
```

## How sure

The install is read from the `RUN`, the place of the cache from `USER`, `HOME` and the manager's
variables. Not reported are caches turned off by a flag and single tools installed by name. Nor
are installs whose own folder, such as `node_modules`, is a cache mount. A cache mount at a path
that only the base image knows may be the right one. The fix is unsafe: the cache must belong to the
user that runs the manager.

## When not to follow it

Skip it when every build gets a new builder, or when packages come from a mirror close by.

## Options

None.

## References

- [Use cache mounts](https://docs.docker.com/build/cache/optimize/#use-cache-mounts)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Related, Rule, Severity, fixes, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    needs=(shell.Install,),
    severity=Severity.INFO,
    fix=fixes.Safety.UNSAFE,
)


@rule.on(syntax.Run)
def without_mount(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report installs whose downloads no mount keeps."""
    build = context.build
    if build.live_stage(run) is None or build.mounts.may_be_anywhere(run):
        return
    effects = build.effects(run)
    left = effects.by_manager(shell.CacheLeft)
    for manager, install in _unkept(effects).items():
        if build.mounts.keep_installed(run, install):
            continue
        if build.options.persistent or build.mounts.are_lasting(run, manager):
            yield Finding(
                install.command,
                f"every change of this step downloads everything that {manager} installs again",
                help=f"keep the downloads of {manager} in a cache mount",
                fix=_fix(build, run, left.get(manager)),
            )


@rule.on(syntax.Run)
def hidden(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report downloads of a project's libraries that a later cache mount hides."""
    build = context.build
    is_told = build.options.persistent or build.live_stage(run) is None
    found = None if is_told else build.mounts.hidden_libraries(run)
    if found is not None:
        command, by = found.install.command, found.by
        yield Finding(
            command,
            f"{command.quoted} stores libraries that the cache mount of line {by.line} hides, so"
            " that step downloads them again while the mount is empty",
            help=(_HERE_OR if build.mounts.last else _NOT_THERE).format(by.line),
            related=(Related(by, "mounts a cache there"),),
            fix=_fix(build, run, found.cache) if build.mounts.last else None,
        )


_HERE_OR = "mount the same cache here, or leave that mount out of line {}"
_NOT_THERE = "leave that mount out of line {}: it is empty on the machines that build the image"


def _unkept(effects: shell.Effects) -> dict[str, shell.Install]:
    """Return each manager's first install whose downloads no mount keeps, except single tools."""
    # apt keeps no archives in Debian's images: it leaves no cache but still downloads.
    downloading = {"apt", *effects.by_manager(shell.CacheLeft)}
    unkept = downloading.difference(effects.by_manager(shell.CacheKept))
    found: dict[str, shell.Install] = {}
    for install in effects.of(shell.Install):
        if install.manager in unkept and not install.everywhere:
            found.setdefault(install.manager, install)
    return found


def _fix(build: Build, run: syntax.Run, cache: shell.CacheLeft | None) -> fixes.Fix | None:
    """Mount a cache folder whose place is known, for root, who may write to it."""
    if cache is None or cache.kind != "cache" or "*" in cache.path:
        return None
    is_empty = run.keyword.span.end == run.span.end
    if is_empty or build.state(run).user:
        return None
    edit = fixes.add_mount(build, run, cache.managed_by.cache_mount(cache.path))
    return fixes.Fix(
        f"keep {cache.manager}'s downloads in a cache mount", (edit,), fixes.Safety.UNSAFE
    )
