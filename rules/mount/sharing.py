r"""A cache mount for apt or dnf must not be shared by two builds at once.

These managers expect to be alone with their folders. A mount's default is `sharing=shared`: two
stages, platforms or builds that run at the same time write to it together, and one of them fails
with "Could not get lock", or finds a half-written index; the step runs again, and what it downloads
and uploads is on the wire once more. `locked` lets the second wait, `private` gives it a folder of
its own.

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

How sure: only RUNs that call the manager count.

When not to follow it: where nothing ever builds at the same time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Rule, Severity, fixes, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context, facts

rule = Rule(__name__, __doc__, severity=Severity.INFO, fix=fixes.Safety.SAFE)

_APT = (
    "/var/cache/apt",
    "/var/lib/apt",
    "/var/cache/apt/archives",
    "/var/lib/apt/lists",
    "/var/cache",
    "/var/lib",
)
# Where each of those that are called dnf or yum keeps its downloads.
_YUM, _DNF, _DNF5 = "/var/cache/yum", "/var/cache/dnf", "/var/cache/libdnf5"
_OWN = {"microdnf": _YUM, "tdnf": "/var/cache/tdnf", "dnf5": _DNF5}
_ENTERPRISE = regex(
    r"(?:centos|almalinux|rocky(?:linux)?|oraclelinux|ubi|rhel|amazonlinux)[^\d@]*(\d+)"
)
_FEDORA = regex(r"fedora(?::(?:(\d+)|latest|rawhide))?$")
FIRST_DNF5, LAST_YUM = (
    41,
    7,
)  # releases of Fedora, and of what is made of Red Hat's (Amazon's 2 is older than its 2023)
_SHARED = regex(r"(?<=,)sharing=[\"']?shared[\"']?(?=,|\Z)")


@rule.on(syntax.Run)
def unlocked(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report cache mounts of a system's package manager that several builds may write to."""
    if "cache" not in run.value.text:
        return
    build = context.build
    stage = build.stage_of(run)
    found = [each for each in build.mounts(run) if each.mount.sharing in {None, "", "shared"}]
    if not found or stage is None or not build.live(stage):
        return
    effects = build.effects(run)
    calls = [each for each in effects.items if isinstance(each, shell.Install | shell.Refresh)]
    folders = dict.fromkeys(_APT, "apt") if any(each.manager == "apt" for each in calls) else {}
    for each in calls:
        if each.manager == "dnf":
            folders.update(
                dict.fromkeys(("/var/cache", *_kept_by(each.command, stage)), each.command.name)
            )
    wrong = [each for each in found if each.target in folders]
    if wrong:
        edits = tuple(
            _locked(build.dockerfile.source[each.mount.span], each.mount) for each in wrong
        )
        yield Finding(
            wrong[0].mount,
            f"two builds at a time would write to the mount at {wrong[0].target} together, which"
            f" {folders[wrong[0].target]} cannot stand: it needs `sharing=locked`",
            fix=fixes.Fix("let one build at a time have it", edits, fixes.Safety.SAFE),
        )


def _kept_by(command: shell.Command, stage: facts.Stage) -> tuple[str, ...]:
    """Return the folders that the command may use on the stage's base: one, where its name tells
    the release.
    """
    if command.name in _OWN:
        return (_OWN[command.name],)
    image = stage.outermost.image or ""
    if fedora := _FEDORA.search(image):
        return (_DNF if fedora[1] and int(fedora[1]) < FIRST_DNF5 else _DNF5,)
    if enterprise := _ENTERPRISE.search(image):
        return (_YUM if int(enterprise[1]) <= LAST_YUM else _DNF,)
    return (_YUM, _DNF, _DNF5)


def _locked(text: str, mount: syntax.Mount) -> fixes.Edit:
    changed = _SHARED.sub("sharing=locked", text)
    return fixes.Edit(mount.span, changed if changed != text else f"{text},sharing=locked")
