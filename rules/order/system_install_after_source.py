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

An image can add packages to an earlier image of the same file. Each change of the earlier image
then pushes the packages again. A base of its own avoids that, with the same files copied on top:

```dockerfile bad
FROM python:3.12-slim AS shop
WORKDIR /app
COPY shop ./shop
CMD ["python", "-m", "shop.web"]

FROM shop AS shop-with-browser
RUN apt-get update && apt-get install -y chromium && rm -rf /var/lib/apt/lists/*
```

```dockerfile good
FROM python:3.12-slim AS shop
WORKDIR /app
COPY shop ./shop
CMD ["python", "-m", "shop.web"]

FROM python:3.12-slim AS shop-with-browser
RUN apt-get update && apt-get install -y chromium && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY shop ./shop
CMD ["python", "-m", "shop.web"]
```

## How sure

An install reads what its `RUN` names up to that point, as well as copied keys, package lists and
packages. What installs a language's packages there, such as `pip install /src`, does nothing for
it. An install may stay where it is if the same `RUN` removes half of its packages, or has another
install of which `order/copy-before-install` tells. Copied files count as changing when git's last
hundred commits show it, those to the Dockerfile aside. Without a history, source code and
dependency lists count as changing. Files built in another stage change with the source that it has,
from the context or from a third stage. No number of commits is given where it has the whole
context, since what it reads of that is unknown. A tool that the stage installs, downloads or
unpacks changes only with what stands before that step. An image whose version an argument names
changes with each release. An install is reported when it would run at most half as often before the
`COPY`s. Where something else above changes as often, such as an argument or a mount of the whole
context, it is not. Nor is it where each build has `--no-cache`. Nor is it where a comment gives the
reason for the order. What another stage makes of an argument with a new value in each push counts
as such, if the install needs it. Otherwise the help names its `COPY`. Nothing is moved before a
`COPY` that it needs.

The finding is an info when the install's layer is not part of the image or of unknown size. So it
is when the image is pushed without a build cache. After a `COPY` of dependency lists alone it is a
warning only when the packages are known to be more than what those lists install. On top of another
image of the same file, packages are reported only when their size is known. All that the other
image pushes from the `COPY` on must be known, and less. Nothing is reported when something builds
the other image by its target: the two share their layers on purpose.

The fix moves the `RUN`s that only install. It is safe when it crosses only settings and copies to
other folders, and unsafe for a `RUN` that upgrades the system, too: that then comes with a new base
alone.

## When not to follow it

Keep the order when packages should be renewed with every source change.

## Options

None.

## References

- [Order your layers](https://docs.docker.com/build/cache/optimize/#order-your-layers)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Cost, Finding, Related, Rule, facts, fixes, reruns, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint import Build, Context, LateInstall

rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    layered=True,
    needs=(syntax.Transfer, shell.Install),
    fix=fixes.Safety.SAFE,
)


@rule.on(facts.Stage)
def late_installs(stage: facts.Stage, context: Context) -> Iterator[Finding]:
    """Report the RUNs whose system packages would stand better above a COPY: those once to which
    the same happens.
    """
    build = context.build
    if stage.index not in build.built_stages:
        return
    found: dict[tuple[object, ...], list[LateInstall]] = {}
    for late in build.installs.late_installs(stage):
        found.setdefault((late.copy, late.worst, late.shared), []).append(late)
    for group in found.values():
        if _is_worth_a_stage(context, stage, group):
            yield _finding(build, stage, group)


def _is_worth_a_stage(context: Context, stage: facts.Stage, group: Sequence[LateInstall]) -> bool:
    """Tell whether it is known that the packages are more than the rest of what is pushed with that
    image.
    """
    sizes, base, worst = context.build.sizes, group[0].base, group[0].worst
    if base is None:
        return True
    installed = (sizes.installed(stage, each.run, each.installs) for each in group)
    rest = sizes.layers(base, [each for each in base.instructions if each.index >= worst.index])
    if rest.whole is None:
        return False
    return facts.Size.sum(installed).least > max(rest.whole, context.min_bytes)


def _finding(build: Build, stage: facts.Stage, group: Sequence[LateInstall]) -> Finding:
    (first, *others), shipped = group, build.may_keep_layers(stage)
    worst = first.worst
    names = dict.fromkeys(name for late in group for name in late.names)
    listed = f"`{next(iter(names))}`" + f" and {len(names) - 1} more" * (len(names) > 1)
    installed = f"{listed}, although the packages do not need {worst.quoted}"
    cost = _cost(build, stage, group) if shipped else None
    return Finding(
        first.run,
        reruns(first.change, "reinstalls", installed, build.if_kept(stage)),
        help=_help(group) + build.exports.to_be_kept(stage),
        cost=cost,
        fix=_fix(build, group),
        related=(
            Related(worst, "changes more often than the packages do"),
            *(Related(each.run, "installs again, too") for each in others),
        ),
        severity=build.sizes.severity(cost, _pushed_anyway(build, stage, group)),
    )


def _pushed_anyway(
    build: Build, stage: facts.Stage, group: Sequence[LateInstall]
) -> facts.Size | None:
    """Return what the lists of dependencies push in any order that are copied before packages."""
    late, moved = group[0], {each.run for each in group}
    if not build.installs.only_brings_lists(late.worst):
        return None
    rest = (each for each in stage.instructions if each.index > late.worst.index)
    return build.sizes.layers(stage, [each for each in rest if each not in moved])


def _help(group: Sequence[LateInstall]) -> str:
    late = group[0]
    if late.base is not None:
        start = f"split `{late.base.name}` before line {late.copy.line}"
        return f"{start}, and install on top of the first part"
    place = (f"line {late.copy.line}", f"that `{late.copy.name}`")[late.copy is late.worst]
    left = "".join(map(_left, group))
    return f"install{_APART * late.is_part} before {place}{left}"


def _left(late: LateInstall) -> str:
    """Say which packages should stay in a RUN that takes them out again."""
    told = f", but leave {late.passing} in line {late.run.line}, where the removal is"
    return told * bool(late.passing)


_APART = " in a `RUN` of its own"


def _cost(build: Build, stage: facts.Stage, group: Sequence[LateInstall]) -> Cost | None:
    sizes = build.sizes
    if not group[0].shared:
        return Cost.pushed(sizes.layers(stage, [each.run for each in group]))
    parts = (sizes.installed(stage, each.run, each.installs) for each in group)
    return Cost.pushed(facts.Size.sum(parts))


def _fix(build: Build, group: Sequence[LateInstall]) -> fixes.Fix | None:
    """Move the RUNs that only install before the COPY, if they do not depend on what they cross."""
    copy, moved, passed = group[0].copy, dict[syntax.Run, None](), set[syntax.Instruction]()
    for late in group:
        crossed = [each for each in build.crossed(copy, late.run) if each not in moved]
        if crossed and late.alone and _may_move(build, late.run, crossed):
            moved[late.run] = None
            passed.update(crossed)
    if not moved:
        return None
    # with a new base alone an upgrade would come
    upgrades = any(map(build.installs.upgrades, moved))
    safe = not upgrades and all(map(build.installs.is_apart_from_packages, passed))
    edits = fixes.move_before(build.dockerfile.source, [*moved], copy)
    safety = fixes.Safety.SAFE if safe else fixes.Safety.UNSAFE
    return fixes.Fix("install the packages first", edits, safety)


def _may_move(build: Build, run: syntax.Run, crossed: Sequence[syntax.Instruction]) -> bool:
    if not build.installs.only_installs_packages(run):
        return False
    needed = build.installs.may_need_some(run, crossed)
    return not needed and fixes.crosses_settings(crossed, run)
