"""With a builder that stays, an install without a cache mount downloads everything again at every
change.

When one line of a lock file changes, the layer is made anew and all packages are downloaded, not
only the new one. A cache mount keeps the downloads on the builder, out of the layer.

This needs a builder that keeps its mounts between builds, which a fresh CI runner does not: tell
dlint that yours does.

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

Without being told, dlint takes a RUN's own cache mount for a sign that its builder stays: what the
same RUN downloads besides is then worth a mount, too.

How sure: what is installed is read from the RUN, where the cache lies from USER, HOME and the
manager's variables. A cache that was switched off by a flag is not spoken of, nor are single tools
installed by name. The fix is unsafe: the cache must belong to the user that runs the manager.

When not to follow it: where each build has a new builder, so that the mount is always empty; or
where the packages come from a mirror next to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Rule, Severity, facts, fixes, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, severity=Severity.INFO, fix=fixes.Safety.UNSAFE)


@rule.on(syntax.Run)
def without_mount(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report installs whose downloads no mount keeps."""
    build = context.build
    stage = build.stage_of(run)
    mounts = [mount.target or "" for mount in run.mounts if mount.type == "cache"]
    told = build.options.persistent
    if not (told or mounts) or stage is None or not build.live(stage):
        return
    effects = build.effects(run)
    kept = {each.manager for each in effects.of(shell.CacheKept)}
    left = {each.manager: each for each in effects.of(shell.CacheLeft)}
    for install in effects.of(shell.Install):
        manager = install.manager
        if manager in kept or install.everywhere or (manager not in left and manager != "apt"):
            continue
        if not told and (
            facts.is_system_manager(manager)
            or any("cache" in each or manager in each for each in mounts)
        ):
            continue  # meant for it, perhaps, and of another place: mount/wrong-target knows
        kept.add(manager)
        cache = left.get(manager)
        yield Finding(
            install.command,
            f"every change of this step downloads again all that {manager} installs; a cache mount"
            " would keep it",
            fix=(
                _fix(build, run, cache)
                if cache and cache.kind == "cache" and not build.state(run).user
                else None
            ),
        )


def _fix(build: Build, run: syntax.Run, cache: shell.CacheLeft) -> fixes.Fix | None:
    if run.keyword.span.end == run.span.end or "*" in cache.path:
        return None
    edit = fixes.add_mount(build, run, cache.managed_by.cache_mount(cache.path))
    return fixes.Fix(
        f"keep {cache.manager}'s downloads in a cache mount", (edit,), fixes.Safety.UNSAFE
    )
