r"""Packages of the distribution are installed after a `COPY` that they do not need.

## What it does

Finds installs with apt, apk, dnf and similar managers that run after a `COPY` of files that change.

## Why is this bad?

The layer of a system install is often among the largest of an image and rarely changes. After a
`COPY` of the project's files, every source change invalidates it. The packages are downloaded
again, get new times, and the whole layer is pushed again. Before the `COPY` it is pushed once.

**Measured:** dlint's estimate for the first example is 399 kB per source change, for `tini` alone.
`ffmpeg` on Debian 13 is a layer of 170 MB, built and pushed for `benchmarks/installs.md`.

## Example

```context
requirements.txt: flask==3.0.3\n
shop/web.py 4kB
```

```dockerfile bad
FROM python:3.12-slim
WORKDIR /app
COPY shop ./shop
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
CMD ["tini", "python", "-m", "shop.web"]
```

```dockerfile good
FROM python:3.12-slim
WORKDIR /app
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
COPY shop ./shop
CMD ["tini", "python", "-m", "shop.web"]
```

A `RUN` that starts with an install and continues with the source can be split:

```dockerfile bad
FROM alpine:3.20
COPY . /src
RUN apk add --no-cache python3 && python3 /src/shop/web.py --check
```

```dockerfile good
FROM alpine:3.20
RUN apk add --no-cache python3
COPY . /src
RUN python3 /src/shop/web.py --check
```

## How sure

An install reads what its `RUN` names up to that point, as well as copied keys, package lists and
packages. Packages that the same `RUN` removes may stay where they are. Copied files count as
changing when git's last hundred commits show it. Without a history, source code and dependency
lists count as changing. Files built in another stage from the whole build context change with it.
When the install's layer is not part of the image, the finding is an info.

The fix moves a `RUN` that only installs. It is safe when it crosses only settings and copies to
other folders.

## When not to follow it

Keep the order when packages should be renewed with every source change.

## Options

None.

## References

- [Order your layers](https://docs.docker.com/build/cache/optimize/#order-your-layers)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dlint import Cost, Finding, Related, Rule, Severity, conjugate, fixes, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context, facts, shell

rule = Rule(__name__, __doc__, fix=fixes.Safety.SAFE)


@rule.on(syntax.Run)
def late_install(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report a RUN whose system packages could be installed before a COPY."""
    build = context.build
    stage = build.built_stage(run)
    if stage is None:
        return
    copies = list(build.installs.copies_above(stage, run))
    install = build.installs.lasting_install(run) if copies else None
    if install is None:
        return
    before = build.script(run).up_to(install.command)
    for copy in copies:
        change = build.changes.change_of(copy)
        if change and not build.installs.may_need(run, copy, before):
            yield _finding(build, stage, run, install, _Cause(copy.instruction, change))
            return


class _Cause(NamedTuple):
    """The earlier COPY, and how often it changes."""

    copy: syntax.Instruction
    change: str


def _finding(
    build: Build, stage: facts.Stage, run: syntax.Run, install: shell.Install, cause: _Cause
) -> Finding:
    shipped = build.shipped(stage)
    names = [package.name for package in install.packages]
    listed = f"`{names[0]}`" if len(names) == 1 else f"`{names[0]}` and {len(names) - 1} more"
    pushes = f" and {conjugate(cause.change, 'push')} the layer again" if shipped else ""
    return Finding(
        run,
        f"{cause.change} {conjugate(cause.change, 'reinstall')} {listed}{pushes}, although"
        f" the packages do not need {cause.copy.quoted}",
        help=f"install before that `{cause.copy.name}`",
        cost=_cost(build, stage, run) if shipped else None,
        fix=_fix(build, stage, run, cause.copy),
        related=(Related(cause.copy, "changes more often than the packages do"),),
        severity=None if shipped else Severity.INFO,
    )


def _cost(build: Build, stage: facts.Stage, run: syntax.Run) -> Cost | None:
    return Cost.pushed(build.sizes.layer(stage, run))


def _fix(
    build: Build, stage: facts.Stage, run: syntax.Run, copy: syntax.Instruction
) -> fixes.Fix | None:
    """Move a RUN that only installs before the COPY, if it does not depend on what it crosses."""
    crossed = build.crossed(copy, run)
    if not crossed or not build.installs.only_installs_packages(run):
        return None
    needed = build.installs.may_need_some(stage, run, crossed)
    if needed or not fixes.crosses_settings(crossed, run):
        return None
    safe = all(map(build.installs.is_apart_from_packages, crossed))
    edits = fixes.move_before(build.dockerfile.source, [run], copy)
    safety = fixes.Safety.SAFE if safe else fixes.Safety.UNSAFE
    return fixes.Fix("install the packages first", edits, safety)
