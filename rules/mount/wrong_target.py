"""A cache mount stands where the manager doesn't keep its cache: it stays empty, and the layer
takes the cache.

A manager writes to the home of the user that runs it, or where its own variables say. A mount for
another user's home, or for a path that the manager never uses, takes up nothing: each build
downloads everything again, and what was downloaded is stored in the layer and uploaded.

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

How sure: where the cache lies follows from USER, HOME, the manager's variables and flags, as far as
the Dockerfile sets them; where a configuration file or the base's own user may move it, the rule is
silent. A mount that another command of the same RUN uses is left alone.

When not to follow it: where a script that the RUN calls puts its cache there.
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Rule, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context, facts

rule = Rule(__name__, __doc__)


@rule.on(syntax.Run)
def empty_mount(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report cache mounts that miss the cache they are for."""
    build = context.build
    user = build.state(run).user
    for mounted in build.mounts.caches(run):
        cache = _missed(build.effects(run), mounted)
        if cache is None or _may_be_elsewhere(build, run, mounted, cache):
            continue
        who = f"`{user}`" if user else "root"
        yield Finding(
            mounted.mount,
            f"{cache.manager}, run by {who}, keeps its cache in {cache.path} and not in"
            f" {mounted.target}: the mount stays empty, and the cache goes into the layer",
        )


def _missed(effects: shell.Effects, mounted: facts.Mounted) -> shell.CacheLeft | None:
    """Return the cache that a mount is for, where it went into the layer and the mount stays
    empty.
    """
    used = {kept.mount for kept in effects.of(shell.CacheKept)}
    if not effects.known or mounted.target in used:
        return None
    left = effects.by_manager(shell.CacheLeft)
    meant = filter(mounted.is_for, sorted(left))
    return left.get(next(meant, ""))


def _may_be_elsewhere(
    build: Build, run: syntax.Run, mounted: facts.Mounted, cache: shell.CacheLeft
) -> bool:
    """Tell whether the manager may keep its cache in the mount after all: the base's own user may
    have its home there, or a configuration file name it.
    """
    is_own_home = build.state(run).user is not None or mounted.target.startswith("/root/")
    return not is_own_home or build.caches.may_be_moved(run, cache)
