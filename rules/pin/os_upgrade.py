r"""Upgrading all packages stores the base image's files again, and builds of one commit may differ.

## What it does

Finds `apt-get upgrade`, `apk upgrade`, `dnf upgrade` and similar commands in a stage that ships.

## Why is this bad?

`apt-get upgrade` replaces files of the base image. The old files stay in the layer of the base and
the new ones are added, so the image grows by everything that is upgraded. How much depends on the
day of the build. Most publishers upgrade their images themselves: a newer tag contains the same
fixes once, in a layer that all images share. Where the tag moves, as `debian:12` does,
`docker build --pull` takes the newest image.

**Measured:** no figure, because it depends on what the mirror offers on the day of the build.

## Example

```dockerfile bad
FROM debian:12.4-slim
RUN apt-get update && apt-get upgrade -y && rm -rf /var/lib/apt/lists/*
```

```dockerfile good
FROM debian:12.6-slim
```

## How sure

The image certainly grows unless the base is the newest. It is an info, because a fix may be needed
before the publisher provides it. A base that the repository builds itself can be upgraded there,
once for all images on top of it. Not reported are upgrades of named packages, and upgrades from a
snapshot of one day. Arch Linux and openSUSE Tumbleweed support no install without `pacman -Syu` and
`zypper dup`, so these are not reported there. Nor is an upgrade of Debian's `sid` or `testing`, of
Alpine's `edge`, or of Fedora's `rawhide`. Amazon Linux 2023 upgrades nothing without
`--releasever`, which is not reported. An upgrade whose comment speaks of security is not reported
either, nor is one that a condition may leave out. Nor are files that a comment says are scanned for
vulnerabilities. One below another in the same image is named with the first. The rule is silent
where the packages of the release have left the mirrors. So it is where a script of the repository
looks for missing upgrades, as with `apt-get upgrade --simulate`. So it is where builds take the
newest image of a tag such as `debian:12` anyway: by `--pull`, or on a new machine.

Official images contain no package index. `apt-get upgrade` before the first `apt-get update`
upgrades nothing there, and is reported as such.

## When not to follow it

Keep the upgrade when the base image is rarely rebuilt and a known vulnerability is fixed by it.

## Options

None.

## References

- [Rebuild your images often](https://docs.docker.com/build/building/best-practices/#rebuild-your-images-often)
- [DL3005](https://github.com/hadolint/hadolint/wiki/DL3005)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Rule, Severity, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context, facts

rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    needs=(shell.Install,),
    severity=Severity.INFO,
    aliases=("DL3005", "DL3017", "DL3031", "DL3035", "DL3039"),
)


_STORES = "{} every upgraded file of the base a second time, and builds of one commit may differ"
_OWN = "upgrade in the base image, which this repository builds"
_LATER = "use a newer base image instead, if it comes soon enough"
_NOTHING = "{} upgrades nothing, because nothing has fetched a package index before it"


@rule.on(syntax.Run)
def upgrade(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report upgrades of all packages in shipped stages."""
    build = context.build
    stage = build.shipped_stage(run)
    if stage is None or build.images.never_gets_to(run):
        return
    for install in filter(build.pins.upgrades_everything, build.effects(run).of(shell.Install)):
        if build.pins.is_meant(stage, run, install):
            return
        if _knows_none(build, stage, run, install):
            yield Finding(install, _NOTHING.format(install.command.quoted), help="remove it")
            continue
        if instead := _instead(build, stage):
            own, others = install.command.quoted, build.pins.upgrades_below(stage, run, install)
            who = f"{own} and {others} store" if others else f"{own} stores"
            yield Finding(install, _STORES.format(who), help=instead)
        return  # the first of an image stands for the others


def _instead(build: Build, stage: facts.Stage) -> str:
    """Return what to do instead of an upgrade; "" where the base is new each time."""
    if build.images.is_base_own(stage):
        return _OWN
    return "" if build.pins.is_base_renewed(stage) else _LATER


def _knows_none(build: Build, stage: facts.Stage, run: syntax.Run, install: shell.Install) -> bool:
    """Tell whether apt knows of no newer packages: official images have no index of their own."""
    return (
        install.manager == "apt"
        and build.installs.is_on_official_image(stage)
        and build.pins.lacks_index(run, install)
    )
