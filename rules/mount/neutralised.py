r"""A cache mount is of no use where the RUN switches the cache off or empties it.

`--no-cache-dir`, `rm -rf` of the cache and `apt-get clean` keep a cache out of the layer. With a
cache mount it is out of the layer already; what they do then is empty the mount, so that each build
downloads all of it again.

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

The images of Debian and Ubuntu, and those made from them, hold a setting that deletes apt's
archives after each install (`/etc/apt/apt.conf.d/docker-clean`); a mount for the archives holds
nothing then:

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

How sure: flags, variables and deletions are read from the RUN and the ENVs above it. Debian's
setting is expected only in Docker's official images, as long as nothing above the RUN names it or
copies into `/etc/apt`.

When not to follow it: where the mount is there to keep a cache out of the layer and no more; a
`tmpfs` mount says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Related, Rule, images, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context, facts

rule = Rule(__name__, __doc__)

_SETTINGS = ("docker-clean", "Keep-Downloaded", "/etc/apt", "apt.conf")  # what names apt's settings
_ARCHIVES = frozenset(("/var/cache/apt", "/var/cache/apt/archives", "/var/cache"))
# Official images that are not made from Debian or Ubuntu, whatever their tag.
_NOT_DEBIAN = """
alpine amazonlinux archlinux busybox centos clearlinux fedora mageia oraclelinux photon rockylinux
almalinux
"""
_OTHERS = frozenset(_NOT_DEBIAN.split())
_OTHER_TAGS = (
    "alpine",
    "windows",
    "nanoserver",
    "ol",
    "oracle",
    "ubi",
    "fedora",
    "centos",
    "al20",
    "rocky",
)


@rule.on(syntax.Run)
def useless_mount(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report cache mounts that are empty when the RUN ends, whatever it downloads."""
    if "cache" not in run.value.text:
        return
    build = context.build
    stage = build.stage_of(run)
    mounts = build.mounts(run)
    if not mounts or stage is None or not build.live(stage) or not build.effects(run).known:
        return
    effects = build.effects(run)
    for each in mounts:
        finding = _emptied(each, effects) or _switched_off(build, run, each, effects)
        if finding is None and each.target in _ARCHIVES and _docker_cleans(build, stage, run):
            finding = Finding(
                each.mount,
                f"apt's archives never stay in {each.target}: the base's"
                " `/etc/apt/apt.conf.d/docker-clean` deletes them after each install; delete that"
                " file first",
            )
        if finding:
            yield finding


def _emptied(each: facts.Mounted, effects: shell.Effects) -> Finding | None:
    kept = [kept for kept in effects.of(shell.CacheKept) if kept.mount == each.target]
    command = next((one.emptied for one in kept if one.emptied), None)
    if command is None or any(one.emptied is None for one in kept):
        return None
    if any(word.text == "prune" for word in command.args):  # leaves what is in use
        return None
    return Finding(
        command,
        f"this empties the cache mount at {each.target}, which is in no layer: every build"
        " downloads all of it again",
        related=(Related(each.mount, "the mount"),),
    )


def _switched_off(
    build: Build, run: syntax.Run, each: facts.Mounted, effects: shell.Effects
) -> Finding | None:
    """Report a mount whose only manager is told to keep no cache."""
    managers = each.managers
    installs = [one for one in effects.of(shell.Install) if one.manager in managers]
    filled = {one.mount for one in effects.of(shell.CacheKept)}
    if (
        not installs
        or each.target in filled
        or any(one.manager in managers for one in effects.of(shell.CacheLeft))
    ):
        return None
    if effects.of(shell.Unknown):
        return None
    state = build.state(run)
    for install in installs:
        off = install.managed_by.cacheless
        word = next((word for word in install.command.args if word.text in off), None)
        if word is not None:
            text = (
                f"`{word.text}` keeps {install.manager} from using the cache mount at {each.target}"
            )
            return Finding(
                word,
                f"{text}: every build downloads all of it again",
                related=(Related(each.mount, "the mount"),),
            )
        variable = next((name for name in sorted(off) if state.values.get(name)), "")
        if variable in state.environment:
            text = (
                f"`{variable}` is set, so {install.manager} doesn't use the cache mount at"
                f" {each.target}"
            )
            return Finding(each.mount, f"{text}: every build downloads all of it again")
    return None


def _docker_cleans(build: Build, stage: facts.Stage, run: syntax.Run) -> bool:
    """Tell whether a RUN of apt stands on a base that deletes apt's archives, and nothing has told
    it not to.
    """
    if not any(
        install.manager == "apt" and install.packages
        for install in build.effects(run).of(shell.Install)
    ):
        return False
    above = [step for step in build.chain(stage) if step.instruction.index <= run.index]
    if not _is_debian(above[0].stage.image):
        return False
    for step in above:
        if any(word in text for text in step.instruction.texts for word in _SETTINGS):
            return False
        if isinstance(step.instruction, syntax.Transfer) and step.instruction.destination:
            if step.instruction.destination.text.rstrip("/") in {"", "/etc"}:
                return False
        elif (
            isinstance(step.instruction, syntax.Run)
            and step.instruction is not run
            and _is_obscure(build, step.instruction)
        ):
            return False
    return True


def _is_obscure(build: Build, run: syntax.Run) -> bool:
    effects = build.effects(run)
    return not effects.known or bool(effects.of(shell.Unknown))


def _is_debian(image: str | None) -> bool:
    try:
        reference = images.parse_reference(image or "")
    except ValueError:
        return False
    name, tag = reference.name, reference.tag or ""
    official = reference.is_official and "." not in reference.registry.partition("docker.io")[0]
    return official and name not in _OTHERS and not any(word in tag for word in _OTHER_TAGS)
