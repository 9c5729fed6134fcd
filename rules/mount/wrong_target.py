r"""A cache mount is not where the package manager keeps its cache, so the layer stores the cache.

## What it does

Finds cache mounts at a path that the manager of the `RUN` does not use.

## Why is this bad?

A manager writes to the home of the user that runs it, or where its variables say. A mount for
another user's home or for an unused path stays empty. Every build downloads everything again, and
the downloads are stored in the layer and pushed. A cache mount belongs to root, so another user
needs `uid=` to write to it.

**Measured:** no figure, because the size of the cache depends on what is installed.

## Example

```dockerfile bad
FROM python:3.12.4-slim
RUN useradd --create-home app
USER app
COPY requirements.txt /tmp/requirements.txt
RUN --mount=type=cache,target=/root/.cache/pip pip install --user -r /tmp/requirements.txt
```

```dockerfile good
FROM python:3.12.4-slim
RUN useradd --create-home app
USER app
COPY requirements.txt /tmp/requirements.txt
RUN --mount=type=cache,target=/home/app/.cache/pip,uid=1000 pip install --user -r /tmp/requirements.txt
```

```dockerfile bad
FROM node:22.4-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.cache/npm npm ci
```

```dockerfile good
FROM node:22.4-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci
```

Yarn 1, the Yarn of Node's images, does not use root's home. When root runs it, its cache is in
`/usr/local/share/.cache/yarn`:

```context
yarn.lock: # yarn lockfile v1
package.json: {}
```

```dockerfile bad
FROM node:22.4-slim
WORKDIR /app
COPY package.json yarn.lock ./
RUN --mount=type=cache,target=/root/.cache/yarn yarn install --frozen-lockfile
```

```dockerfile good
FROM node:22.4-slim
WORKDIR /app
COPY package.json yarn.lock ./
RUN --mount=type=cache,target=/usr/local/share/.cache/yarn yarn install --frozen-lockfile
```

The builder gives `$HOME` no value unless an `ENV` sets it, so this mount is at `/.cache/pip` (tried
on Docker 26.1.5):

```dockerfile bad
FROM python:3.12.4-slim
COPY requirements.txt /tmp/requirements.txt
RUN --mount=type=cache,target=$HOME/.cache/pip pip install -r /tmp/requirements.txt
```

```dockerfile good
FROM python:3.12.4-slim
COPY requirements.txt /tmp/requirements.txt
RUN --mount=type=cache,target=/root/.cache/pip pip install -r /tmp/requirements.txt
```

A mount for a manager that the `RUN` does not call is just as useless:

```dockerfile bad
FROM fedora:40
RUN --mount=type=cache,target=/var/cache/apt dnf install -y git
```

```dockerfile good
FROM fedora:40
RUN --mount=type=cache,target=/var/cache/libdnf5,sharing=locked dnf install -y git
```

A path has no options as a volume has them (`/c:rw`): the builder takes `:rw` for a part of the name.
A cache mount can be written to without any:

```dockerfile bad
FROM python:3.12.4-slim
COPY requirements.txt /tmp/requirements.txt
RUN --mount=type=cache,target=/root/.cache/pip:rw pip install -r /tmp/requirements.txt
```

```dockerfile good
FROM python:3.12.4-slim
COPY requirements.txt /tmp/requirements.txt
RUN --mount=type=cache,target=/root/.cache/pip pip install -r /tmp/requirements.txt
```

## How sure

The place of the cache follows from `USER`, `HOME` and the manager's variables and flags, as far as
the Dockerfile sets them. The rule is silent when a configuration file or the base image's own user
may move the cache. The fix ends a path before such an option. It is unsafe, as
a later step may use what the layer stored. Yarn counts as Yarn 1 on an official Node image, with lock files of version 1,
where nothing brings another Yarn. pnpm counts as 7 or newer, with another store than before, where
all that names a version of it says so. A mount that another command of the same `RUN` uses is not reported.

## When not to follow it

Ignore it when a script called by the `RUN` uses the mounted folder.

## Options

None.

## References

- [Use cache mounts](https://docs.docker.com/build/cache/optimize/#use-cache-mounts)
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Cost, Finding, Rule, fixes, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context, facts

rule = Rule(__name__, __doc__, since="0.1", needs=("--mount",), fix=fixes.Safety.UNSAFE)

_READONLY = ":ro"
_TARGET = regex(r"(?<=[,=])(?:target|dst|destination)=[^,\"']{1,400}")


@rule.on(syntax.Run)
def empty_mount(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report cache mounts that miss the cache they are meant for, once for each cache."""
    build = context.build
    missed: dict[str, tuple[shell.CacheLeft, list[facts.Mounted]]] = {}
    for mounted in build.mounts.caches(run):
        cache = build.caches.missed(run, mounted)
        if mounted.option:
            yield _with_option(build, run, mounted, cache)
        elif cache:
            missed.setdefault(cache.manager, (cache, []))[1].append(mounted)
    for cache, mounts in missed.values():
        yield _finding(build, run, cache, mounts)


def _with_option(
    build: Build, run: syntax.Run, mounted: facts.Mounted, cache: shell.CacheLeft | None
) -> Finding:
    """Report a mount whose path ends with an option of a volume."""
    option, stored = (
        mounted.option,
        f", and the layer stores the cache of {cache.manager}" if cache else "",
    )
    readonly = ", and add `,readonly` if the `RUN` only reads it" * (option == _READONLY)
    return Finding(
        mounted.mount,
        f"the builder takes `{option}` for a part of the mount's path, so the mount stays"
        f" empty{stored}",
        help=f"end the path with `{mounted.meant}`{readonly}",
        cost=_cost(build, run, cache) if cache else None,
        fix=None if readonly else _without_option(build, mounted),
    )


def _without_option(build: Build, mounted: facts.Mounted) -> fixes.Fix | None:
    """End the path of a mount before the option, where it is written out."""
    text = build.dockerfile.source[mounted.mount.span]
    found = _TARGET.search(text)
    if found is None or not found[0].endswith(mounted.option):
        return None
    path = found[0].removesuffix(mounted.option)
    edit = fixes.Edit(mounted.mount.span, text[: found.start()] + path + text[found.end() :])
    return fixes.Fix(f"leave `{mounted.option}` out", (edit,), fixes.Safety.UNSAFE)


def _finding(
    build: Build, run: syntax.Run, cache: shell.CacheLeft, mounts: list[facts.Mounted]
) -> Finding:
    user = build.state(run).user
    who = f"`{user}`" if user else "root"
    place = build.caches.place_of(run, cache)
    targets = " or ".join(mounted.target for mounted in mounts)
    return Finding(
        mounts[0].mount,
        f"{cache.manager}, run by {who}, keeps its cache {place}, not in {targets}, so the layer"
        " stores it and the mount stays empty",
        help=f"mount the cache {place}{_for_user(user)}{_why(build, run, mounts)}",
        cost=_cost(build, run, cache),
    )


def _why(build: Build, run: syntax.Run, mounts: list[facts.Mounted]) -> str:
    """Say that the builder knows no home, where a target names it."""
    unknown = [each.mount.target for each in mounts if build.mounts.names_no_home(run, each)]
    if not unknown or not unknown[0]:
        return ""
    return _NO_TILDE if unknown[0].startswith("~") else _NO_HOME


_NO_HOME = ": the builder takes `$HOME` for empty where no `ENV` sets it"
_NO_TILDE = ": the builder takes `~` for the name of a folder"


def _for_user(user: str | None) -> str:
    """Tell whose the mount has to be: it belongs to root, where no other may write."""
    name = (user or "root").partition(":")[0]
    if name in {"0", "root"}:
        return ""
    return f", with `uid={name}`" if name.isdecimal() else f", with the `uid=` of `{name}`"


def _cost(build: Build, run: syntax.Run, cache: shell.CacheLeft) -> Cost | None:
    """Return the size that the cache adds to a layer that ships."""
    stage = build.shipped_stage(run)
    return Cost.stored(build.sizes.cache(stage, run, cache)) if stage else None
