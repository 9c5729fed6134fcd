r"""A package of the distribution is installed without a version.

## What it does

Finds `apt-get install`, `apk add`, `dnf install` and similar installs of unpinned packages. The
rule is off by default.

## Why is this bad?

Which version `apt-get install curl` installs depends on the mirror, so the layer differs between
builds of one commit.

**Measured:** `curl` on Debian 13 is a layer of 5.28 MB, built and pushed for
`benchmarks/installs.md`.

## Example

```dockerfile bad
FROM debian:12.5-slim
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
```

```dockerfile good
FROM debian:12.5-slim
RUN apt-get update && apt-get install -y --no-install-recommends curl=7.88.1-10+deb12u5 && rm -rf /var/lib/apt/lists/*
```

## How sure

Packages given as files or by variables, and virtual packages, are not reported. The rule is silent
on a base image pinned by digest whose mirror is a snapshot of one day: that is as good as pinned
versions.

## When not to follow it

Skip it when the mirror keeps no old versions, as is the case for Debian, Ubuntu and Alpine. A
pinned version soon fails to install there, and it keeps security fixes out.

## Options

None.

## References

- [DL3008](https://github.com/hadolint/hadolint/wiki/DL3008),
  [DL3018](https://github.com/hadolint/hadolint/wiki/DL3018)
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Rule, Severity, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    needs=(shell.Install,),
    severity=Severity.INFO,
    default=False,
    aliases=("DL3008", "DL3018", "DL3033", "DL3037", "DL3041"),
)


@rule.on(syntax.Run)
def without_version(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report unpinned system packages on base images that are not pinned by digest."""
    build = context.build
    if build.stage_of(run) is None or build.images.is_on_pinned_base(run):
        return
    for install in build.effects(run).of(shell.Install):
        loose = build.pins.unpinned_of_system(install)
        if loose:
            more = f" and {len(loose) - 1} more are" if len(loose) > 1 else " is"
            yield Finding(
                install,
                f"`{loose[0].text}`{more} not pinned, so the mirror decides which version is"
                " installed",
                help="name the versions, or pin the base image by digest",
            )
