"""Upgrading all packages stores new copies of files that the base holds already, and other ones in
each build.

`apt-get upgrade` replaces files of the base: each stays in the base's layer and comes once more in
this one, so the image grows by all that is upgraded. What that is depends on the day of the build.
The publishers of most bases upgrade them themselves: a newer tag or digest holds the same fixes
once, in a layer that all images share.

```dockerfile bad
FROM debian:12.4-slim
RUN apt-get update && apt-get upgrade -y && rm -rf /var/lib/apt/lists/*
```

```dockerfile good
FROM debian:12.6-slim
```

How sure: certain that the image grows where the base is not the newest; how much, only the day of
the build knows. It is an info, since fixes may be needed before the publisher brings them. Upgrades
of packages by name are left alone, and so are pacman's `-Syu`, since Arch Linux supports no install
without it, and upgrades from a snapshot of one day.

When not to follow it: where the base is rebuilt seldom and a known fault is mended by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Rule, Severity, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(
    __name__,
    __doc__,
    severity=Severity.INFO,
    aliases=("DL3005", "DL3017", "DL3031", "DL3035", "DL3039"),
)


@rule.on(syntax.Run)
def upgrade(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report upgrades of everything in shipped stages."""
    build = context.build
    if build.shipped_stage(run) is None:
        return
    for install in build.effects(run).of(shell.Install):
        if build.pins.upgrades_everything(install) and not build.pins.is_of_one_day(run):
            yield Finding(
                install,
                f"{install.command.quoted} stores every upgraded file of the base a second time,"
                " and the result differs between builds",
                help="use a newer base image",
            )
