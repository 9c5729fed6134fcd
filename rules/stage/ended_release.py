r"""The base image's release has left the mirrors, so nothing can be installed from them.

## What it does

Finds the first `apt-get update` or `yum install` of a stage whose base image is an ended release of
Debian, Ubuntu or CentOS.

## Why is this bad?

When a release ends, its packages move from the mirrors to an archive. The image still asks the
mirrors, so the command fails and so does the build. Only a step that is in the build cache, and so
does not run, hides that.

**Measured:** no figure, because no image is built.

## Example

```dockerfile bad
FROM debian:buster-slim
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
```

```dockerfile good
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
```

An image that has to stay on the release can take its packages from the archive, where they get no
more fixes:

```dockerfile good
FROM debian:buster-slim
RUN sed -i 's/deb.debian.org/archive.debian.org/; s/security.debian.org/archive.debian.org/' \
        /etc/apt/sources.list \
    && apt-get update \
    && apt-get install -y --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/*
```

## How sure

The list of releases is part of dlint, with the day on which the mirrors were asked. The image must
be one of Docker's official ones, and its tag must name the release, as `debian:10`,
`python:3.6-stretch` and `centos:7` do. Nothing is reported below a step that may have packages come
from elsewhere: one that speaks of `/etc/apt`, of repositories, mirrors, archives or a proxy, a
`COPY` to `/` or `/etc`, or a script. A command that may not run is not reported. For a build that
fails so, dlint tells no typical push.

## When not to follow it

Ignore it where the builder's network has a mirror of its own under the name of the official one.

## Options

None.

## References

- [Debian's archive](https://www.debian.org/distrib/archive)
- [Ubuntu's old releases](https://old-releases.ubuntu.com/)
- [CentOS's vault](https://vault.centos.org/)
"""

from __future__ import annotations

from dlint import Finding, Rule, Severity, shell, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    needs=(shell.Refresh | shell.Install,),
    severity=Severity.INFO,
)


@rule.on(syntax.Run)
def failing(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report the first command of a stage that asks for packages which the mirrors lack."""
    found = context.build.images.failing_update(run)
    if found is not None:
        yield Finding(
            found.command,
            f"{found.command.quoted} fails whenever it runs, because the packages of"
            f" {found.release} have left the mirrors",
            help=f"use a newer base image, or take the packages from `{found.archive}`",
        )
