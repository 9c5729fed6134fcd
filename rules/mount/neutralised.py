r"""The `RUN` turns the cache off or empties it, so its cache mount has no effect.

## What it does

Finds `--no-cache-dir`, `apt-get clean`, `rm -rf` of the cache and similar commands in a `RUN` with
a mount for that cache.

## Why is this bad?

These commands keep a cache out of the layer. A cache mount already does. With a mount they only
empty the cache, so the next build has to download everything again.

**Measured:** no figure, because downloads cost time on the builder and are not pushed.

## Example

```dockerfile bad
FROM python:3.12.4-slim
COPY requirements.txt /tmp/requirements.txt
RUN --mount=type=cache,target=/root/.cache/pip pip install --no-cache-dir -r /tmp/requirements.txt
```

```dockerfile good
FROM python:3.12.4-slim
COPY requirements.txt /tmp/requirements.txt
RUN --mount=type=cache,target=/root/.cache/pip pip install -r /tmp/requirements.txt
```

```dockerfile bad
FROM fedora:40
RUN --mount=type=cache,target=/var/cache/libdnf5,sharing=locked dnf install -y git && dnf clean all
```

```dockerfile good
FROM fedora:40
RUN --mount=type=cache,target=/var/cache/libdnf5,sharing=locked dnf install -y git
```

The images of Debian and Ubuntu, and images based on them, contain a setting that deletes apt's
archives after each install (`/etc/apt/apt.conf.d/docker-clean`). Nothing is kept in a mount for the
archives then:

```dockerfile bad
FROM debian:12.5-slim
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt,sharing=locked \
    apt-get update && apt-get install -y --no-install-recommends git
```

```dockerfile good
FROM debian:12.5-slim
RUN rm -f /etc/apt/apt.conf.d/docker-clean
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt,sharing=locked \
    apt-get update && apt-get install -y --no-install-recommends git
```

## How sure

Flags, variables and deletions are read from the `RUN` and earlier `ENV`s. The finding is an info
unless `persistent-builder` says that the builder keeps its mounts: on a new machine, such as those
of GitHub, a cache mount is empty in any case. Debian's setting is only
assumed for Docker's official images and `nvidia/cuda` on Ubuntu, as long as no earlier step names
it or copies into `/etc/apt`.

## When not to follow it

Ignore it when the mount only keeps a cache out of the layer. A `tmpfs` mount says so.

## Options

None.

## References

- [Use cache mounts](https://docs.docker.com/build/cache/optimize/#use-cache-mounts)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Related, Rule, Severity, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context, facts

rule = Rule(__name__, __doc__, since="0.1", needs=("--mount",), severity=Severity.INFO)

# Mentions of apt's settings, or of all that it is told; its sources and keys are none.
_SETTINGS = regex(r"docker-clean|Keep-Downloaded|apt\.conf|/etc/apt(?!/\w)")
_ARCHIVES = frozenset(("/var/cache/apt", "/var/cache/apt/archives", "/var/cache"))


@rule.on(syntax.Run)
def useless_mount(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report cache mounts that are empty when the RUN ends, whatever it downloads."""
    build = context.build
    mounts = build.mounts.caches(run)
    if not mounts or not build.effects(run).known:
        return
    for mounted in mounts:
        finding = (
            _emptied(build, run, mounted)
            or _switched_off(build, run, mounted)
            or _cleaned_by_the_base(build, run, mounted)
        )
        if finding:
            # on a new machine, as those of GitHub, it is empty in any case
            severity = Severity.WARNING if build.options.persistent else None
            yield finding._replace(severity=severity)


def _emptied(build: Build, run: syntax.Run, mounted: facts.Mounted) -> Finding | None:
    """Report a mount if the RUN empties all of its caches."""
    kept = build.effects(run).of(shell.CacheKept)
    emptying = [each.emptied for each in kept if each.mount == mounted.target]
    command = next(iter(emptying), None)
    if command is None or None in emptying or _leaves_what_is_in_use(command):
        return None
    also = _CLEANED_ANYWAY * _is_cleaned_by_the_base(build, run, mounted)
    return Finding(
        command,
        f"this empties the cache mount at {mounted.target}, so what this `RUN` downloads is not"
        " kept there",
        help=f"remove this command: a cache mount is in no layer{also}",
        related=(Related(mounted.mount, "the mount"),),
    )


def _leaves_what_is_in_use(command: shell.Command) -> bool:
    return "prune" in [word.text for word in command.args]


def _switched_off(build: Build, run: syntax.Run, mounted: facts.Mounted) -> Finding | None:
    """Report a mount whose only manager runs with its cache turned off."""
    for install in _of_idle_managers(build.effects(run), mounted):
        finding = _off_by_flag(install, mounted) or _off_by_variable(build, run, install, mounted)
        if finding:
            return _for_its_user(build, run, mounted, finding)
    return None


def _for_its_user(
    build: Build, run: syntax.Run, mounted: facts.Mounted, finding: Finding
) -> Finding:
    """Return a finding with other help where the user of a RUN has another home than the mount is
    in: the layer would store a cache that is turned on.
    """
    if not build.mounts.is_in_home_of_root(run, mounted):
        return finding
    return finding._replace(help=_OF_ROOT.format(build.state(run).user))


def _of_idle_managers(effects: shell.Effects, mounted: facts.Mounted) -> list[shell.Install]:
    """Return the installs of the mount's managers, if they fill no cache and nothing else may."""
    managers = mounted.managers
    filled = {each.mount for each in effects.of(shell.CacheKept)}
    fill_others = not managers.isdisjoint(effects.by_manager(shell.CacheLeft))
    if mounted.target in filled or fill_others or effects.of(shell.Unknown):
        return []
    return [each for each in effects.of(shell.Install) if each.manager in managers]


def _off_by_flag(install: shell.Install, mounted: facts.Mounted) -> Finding | None:
    off = install.managed_by.cacheless
    word = next((word for word in install.command.args if word.text in off), None)
    if word is None:
        return None
    return Finding(
        word,
        f"`{word.text}` keeps {install.manager} from using the cache mount at {mounted.target}",
        help=f"remove `{word.text}`{_packages_too(install, mounted)}{_OR}",
        related=(Related(mounted.mount, "the mount"),),
    )


def _packages_too(install: shell.Install, mounted: facts.Mounted) -> str:
    """Say where a manager keeps packages, where a mount elsewhere would hold an index alone."""
    place = _OF_PACKAGES.get(install.manager)
    return f" and mount the cache at `{place}`" if place and place != mounted.target else ""


def _off_by_variable(
    build: Build, run: syntax.Run, install: shell.Install, mounted: facts.Mounted
) -> Finding | None:
    state = build.state(run)
    set_here = filter(state.environment.__contains__, sorted(install.managed_by.cacheless))
    variable = next(filter(state.values.get, set_here), None)
    if variable is None:
        return None
    return Finding(
        mounted.mount,
        f"`{variable}` keeps {install.manager} from using the cache mount at {mounted.target}",
        help=f"unset `{variable}` in this `RUN`{_OR}",
    )


def _cleaned_by_the_base(build: Build, run: syntax.Run, mounted: facts.Mounted) -> Finding | None:
    """Report a mount for apt's archives on a base image that deletes them, unless a step prevents
    that.
    """
    if not _is_cleaned_by_the_base(build, run, mounted):
        return None
    return Finding(
        mounted.mount,
        f"this `RUN` leaves nothing in the cache mount at {mounted.target}:"
        " `/etc/apt/apt.conf.d/docker-clean` of the base image deletes apt's archives after each"
        " install",
        help=f"delete that file first{_KEEPS * _is_by_apt(build, run)}",
    )


_CLEANED_ANYWAY = (
    "; delete `/etc/apt/apt.conf.d/docker-clean` of the base image first, which empties it as well"
)
# apk keeps packages where this folder is there, and elsewhere its index alone (apk-tools 2.14).
_OF_PACKAGES = {"apk": "/etc/apk/cache"}
_OR = ", or remove the mount if no cache is wanted"
_OF_ROOT = "remove the mount: `{}`, who runs this, has caches elsewhere than in the home of root"
_KEEPS = (
    ", and set `Binary::apt::APT::Keep-Downloaded-Packages` to `true`, since `apt install` deletes"
    " them as well"
)


def _is_cleaned_by_the_base(build: Build, run: syntax.Run, mounted: facts.Mounted) -> bool:
    """Tell whether a mount is one for apt's archives, which the base image is set to delete."""
    return _has_archives(build, run, mounted) and build.images.is_debian(run)


def _has_archives(build: Build, run: syntax.Run, mounted: facts.Mounted) -> bool:
    """Tell whether apt stores its archives in a mount, as far as no step changes its settings."""
    if mounted.target not in _ARCHIVES or not _installs_by_apt(build, run):
        return False
    above = build.chain_to(run)
    return not any(_may_keep_archives(build, step.instruction, run) for step in above)


def _installs_by_apt(build: Build, run: syntax.Run) -> bool:
    installs = build.effects(run).of(shell.Install)
    return any(each.manager == "apt" and each.packages for each in installs)


def _is_by_apt(build: Build, run: syntax.Run) -> bool:
    """Tell whether `apt` installs packages, which unlike `apt-get` deletes archives."""
    installs = (each for each in build.effects(run).of(shell.Install) if each.packages)
    return any(each.command.name == "apt" for each in installs)


def _may_keep_archives(build: Build, instruction: syntax.Instruction, run: syntax.Run) -> bool:
    """Tell whether an instruction may change how long apt keeps its archives, from `run` on."""
    if _SETTINGS.search("\n".join(instruction.texts)):
        return True
    match instruction:
        case syntax.Transfer(destination=place):
            return place is not None and place.text.rstrip("/") in {"", "/etc", "/etc/apt"}
        case syntax.Run() if instruction is not run:
            effects = build.effects(instruction)
            return not effects.known or bool(effects.of(shell.Unknown))
    return False
