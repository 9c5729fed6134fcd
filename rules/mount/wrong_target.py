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

import posixpath
from typing import TYPE_CHECKING

from dlint import Finding, Rule, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context, facts

rule = Rule(__name__, __doc__)


@rule.on(syntax.Run)
def empty_mount(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report cache mounts that miss the cache they are for."""
    if "cache" not in run.value.text:
        return
    build = context.build
    stage = build.stage_of(run)
    mounts = build.mounts(run)
    if not mounts or stage is None or not build.live(stage) or not build.effects(run).known:
        return
    effects = build.effects(run)
    used = {kept.mount for kept in effects.of(shell.CacheKept)}
    left = {each.manager: each for each in effects.of(shell.CacheLeft)}
    for mounted in mounts:
        mount, target = mounted
        if target in used:
            continue
        cache = next((left[name] for name in sorted(left) if _is_for(mounted, name)), None)
        if cache is None or _is_configured(build, run, cache):
            continue
        if build.state(run).user is None and not target.startswith("/root/"):
            continue  # the base's own user may have its home there
        who = f"`{build.state(run).user}`" if build.state(run).user else "root"
        yield Finding(
            mount,
            f"{cache.manager}, run by {who}, keeps its cache in {cache.path} and not in {target}:"
            " the mount stays empty, and the cache goes into the layer",
        )


def _is_for(mounted: facts.Mounted, manager: str) -> bool:
    if manager in mounted.managers:
        return True
    name = posixpath.basename(mounted.target.rstrip("/"))
    return posixpath.basename(posixpath.dirname(mounted.target)) == ".cache" and name == manager


def _is_configured(build: Build, run: syntax.Run, cache: shell.CacheLeft) -> bool:
    """Tell whether a file that may move the cache is in the context, or spoken of above."""
    if any(name in build.context.entries for name in cache.managed_by.configured_by):
        return True
    words = ("config set", "cache-dir", "cache_dir", "cacheFolder", "store-dir")
    stage = build.stage_of(run)
    steps = build.chain(stage) if stage else ()
    above = (step.instruction.value.text for step in steps if step.instruction.index <= run.index)
    return any(word in text for text in above for word in words)
