r"""A cache mount for apt or dnf must not be shared by two builds at once.

These managers expect to be alone with their folders. A mount's default is `sharing=shared`: two stages, platforms or
builds that run at the same time write to it together, and one of them fails with "Could not get lock", or finds a
half-written index; the step runs again, and with it everything after it. `locked` lets the second wait, `private`
gives it a folder of its own.

```dockerfile bad
FROM debian:12.5-slim
RUN --mount=type=cache,target=/var/cache/apt \
    --mount=type=cache,target=/var/lib/apt,sharing=shared \
    apt-get update && apt-get install -y --no-install-recommends curl
```

```dockerfile good
FROM debian:12.5-slim
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt,sharing=locked \
    apt-get update && apt-get install -y --no-install-recommends curl
```

How sure: only RUNs that call the manager count. When not to follow it: where nothing ever builds at the same time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlint import Edit, Finding, Fix, Install, Refresh, Rule, Run, Safety, Severity, mounts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context, Mount, Source

rule = Rule(__name__, __doc__, severity=Severity.INFO, fix=Safety.SAFE)

_FOLDERS = {
    "apt": (
        "/var/cache/apt",
        "/var/lib/apt",
        "/var/cache/apt/archives",
        "/var/lib/apt/lists",
        "/var/cache",
        "/var/lib",
    ),
    "dnf": ("/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5", "/var/cache"),
}
_SHARED = re.compile(r"(?<=,)sharing=[\"']?shared[\"']?(?=,|\Z)")


@rule.on(Run)
def unlocked(run: Run, context: Context) -> Iterator[Finding]:
    """Report cache mounts of a system's package manager that several builds may write to."""
    if "cache" not in run.value.text:
        return
    build = context.build
    stage = build.stage_of(run)
    found = [each for each in mounts_of(build, run) if each.mount.sharing in {None, "", "shared"}]
    if not found or stage is None or not build.live(stage):
        return
    effects = build.effects(run)
    managers = {each.manager for each in effects.items if isinstance(each, Install | Refresh)}
    folders = {folder: name for name in sorted(managers & _FOLDERS.keys()) for folder in _FOLDERS[name]}
    wrong = [each for each in found if each.target in folders]
    if wrong:
        edits = tuple(_locked(build.dockerfile.source, each.mount) for each in wrong)
        yield Finding(
            wrong[0].mount,
            f"two builds at a time would write to the mount at {wrong[0].target} together, which"
            f" {folders[wrong[0].target]} cannot stand: it needs `sharing=locked`",
            fix=Fix("let one build at a time have it", edits, Safety.SAFE),
        )


def _locked(source: Source, mount: Mount) -> Edit:
    text = source[mount.span]
    changed = _SHARED.sub("sharing=locked", text)
    return Edit(mount.span, changed if changed != text else f"{text},sharing=locked")
