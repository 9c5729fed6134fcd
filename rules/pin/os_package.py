"""A package of the distribution is installed without a version.

The version that `apt-get install curl` takes depends on what the mirror holds when the RUN is not
cached, so the layer differs from build to build of one commit.

```dockerfile bad
FROM debian:12.5-slim
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
```

```dockerfile good
FROM debian:12.5-slim
RUN apt-get update && apt-get install -y --no-install-recommends curl=7.88.1-10+deb12u5 && rm -rf /var/lib/apt/lists/*
```

This rule is off unless selected, and rightly so for most: mirrors drop old versions, so that a
pinned one soon fails to install, and a pin keeps security fixes out. A base that is fixed by
digest, with a package snapshot of one day as its mirror, gives the same without a version a
package; on such a base the rule is silent.

How sure: packages given as files, by variables, or of a virtual kind are left alone.

When not to follow it: where the mirror keeps no old versions, as Debian's, Ubuntu's and Alpine's do
not.
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
    severity=Severity.INFO,
    default=False,
    aliases=("DL3008", "DL3018", "DL3033", "DL3037", "DL3041"),
)


@rule.on(syntax.Run)
def without_version(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report system packages that no version fixes, on bases that no digest fixes."""
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
