r"""A cache mount for apt or dnf is shared by builds that run at the same time.

## What it does

Finds cache mounts for apt and dnf without `sharing=locked` or `sharing=private`.

## Why is this bad?

These managers expect exclusive access to their folders. The default of a mount is `sharing=shared`.
Two stages, platforms or builds that run at the same time write to it together. One of them fails
with "Could not get lock" or reads a half-written index. The step then runs again and repeats its
downloads. `locked` makes the second build wait, `private` gives it its own folder.

**Measured:** no figure, because the cost is a failed build and nothing of it is pushed.

## Example

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

## How sure

Certain for every `RUN` that calls the manager with such a mount. Not reported is a cache that is
mounted beside a locked one each time, whose lock makes the builds wait. The fix is safe: it
changes no file of the image.

## When not to follow it

Skip it when builds never run at the same time.

## Options

None.

## References

- [`RUN --mount=type=cache`](https://docs.docker.com/reference/dockerfile/#run---mounttypecache)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Rule, Severity, fixes, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context, facts

rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    needs=("--mount",),
    severity=Severity.INFO,
    fix=fixes.Safety.SAFE,
)

_SHARED = regex(r"(?<=,)sharing=[\"']?shared[\"']?(?=,|\Z)")


@rule.on(syntax.Run)
def unlocked(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report cache mounts of a system package manager that several builds may write to."""
    build = context.build
    stage = build.stage_of(run)
    shared = [each for each in build.mounts.caches(run) if _is_shared(each.mount)]
    if stage is None or not shared:
        return
    alone = _folders_alone(build.effects(run), stage.outermost.image or "")
    wrong = [each for each in shared if each.target in alone and not build.mounts.wait(each)]
    if wrong:
        mount, target = wrong[0]
        yield Finding(
            mount,
            f"two builds can write to the cache mount at {target} at the same time, which"
            f" {alone[target]} does not support",
            help="add `sharing=locked` to the mount",
            fix=_fix(build, wrong),
        )


def _is_shared(mount: syntax.Mount) -> bool:
    return mount.sharing in {None, "", "shared"}


def _folders_alone(effects: shell.Effects, image: str) -> dict[str, str]:
    """Return the folders that commands of a RUN need exclusively on a base image, each with its
    owner.
    """
    folders: dict[str, str] = {}
    for each in effects.items:
        if isinstance(each, shell.Install | shell.Refresh):
            alone = each.managed_by.folders_alone(each.command.name, image)
            folders.update(dict.fromkeys(alone, _name(each)))
    return folders


def _name(call: shell.Install | shell.Refresh) -> str:
    """Return the manager's name, or the program's if each program has its own folders."""
    return call.manager if call.managed_by.alone_on is None else call.command.name


def _fix(build: Build, mounts: list[facts.Mounted]) -> fixes.Fix:
    edits = tuple(_locked(build.dockerfile.source[mount.span], mount) for mount, _ in mounts)
    return fixes.Fix("add `sharing=locked`", edits, fixes.Safety.SAFE)


def _locked(text: str, mount: syntax.Mount) -> fixes.Edit:
    changed = _SHARED.sub("sharing=locked", text)
    return fixes.Edit(mount.span, changed if changed != text else f"{text},sharing=locked")
