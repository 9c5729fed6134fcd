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
packages. Packages that the same `RUN` removes may stay where they are. Copied files count as
changing when git's last hundred commits show it. Without a history, source code and dependency
lists count as changing. Files built in another stage from the whole build context change with it.
When the install's layer is not part of the image, the finding is an info. On top of another image
of the same file, packages are reported only when their size is known. They must weigh more than
everything the other image pushes from the `COPY` on.

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

from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from dlint import Cost, Finding, Related, Rule, Severity, conjugate, facts, fixes, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint import Build, Context

rule = Rule(
    __name__, __doc__, since="0.1", needs=(syntax.Transfer, shell.Install), fix=fixes.Safety.SAFE
)


class _Late(NamedTuple):
    """A RUN below a COPY, the install that stands better above, and which of the COPYs there that
    it does not need changes most often (`worst`, each time with `change`); `shared`: the rest of
    the RUN may need the COPY, so that its layer is pushed in any case. `base`: the COPYs are those
    of an image of its own that the stage stands on.
    """

    run: syntax.Run
    install: shell.Install
    copy: syntax.Instruction
    worst: syntax.Instruction
    change: str
    shared: bool
    base: facts.Stage | None = None


@rule.on(facts.Stage)
def late_installs(stage: facts.Stage, context: Context) -> Iterator[Finding]:
    """Report the RUNs whose system packages would stand better above a COPY: those of a COPY
    once.
    """
    build = context.build
    if stage.index not in build.built_stages:
        return
    found: dict[syntax.Instruction, list[_Late]] = {}
    for run in stage.instructions:
        late = _late(build, stage, run) if isinstance(run, syntax.Run) else None
        if late:
            found.setdefault(late.copy, []).append(late)
    for group in found.values():
        if _is_worth_a_stage(context, stage, group):
            yield _finding(build, stage, group)


def _is_worth_a_stage(context: Context, stage: facts.Stage, group: Sequence[_Late]) -> bool:
    """Tell whether it is known that the packages are more than the rest of what is pushed with that
    image.
    """
    sizes, base, worst = context.build.sizes, group[0].base, group[0].worst
    if base is None:
        return True
    installed = (sizes.installed(stage, each.run, [each.install]) for each in group)
    rest = sizes.layers(base, [each for each in base.instructions if each.index >= worst.index])
    return facts.Size.sum(installed).least > max(rest.least, context.min_bytes)


def _late(build: Build, stage: facts.Stage, run: syntax.Run) -> _Late | None:
    installs = build.installs
    install = installs.lasting_install(run)
    if install is None:
        return None
    late = _late_below(build, stage, run, install, installs.changing_copies_above(stage, run))
    if late or not build.is_pushed(stage):
        return late
    late = _late_below(build, stage, run, install, installs.changing_copies_below(stage))
    if late is None or late.shared:
        return None
    return late._replace(base=build.stage_of(late.copy))


def _late_below(
    build: Build,
    stage: facts.Stage,
    run: syntax.Run,
    install: shell.Install,
    copies: Sequence[tuple[facts.Step, str, float]],
) -> _Late | None:
    installs = build.installs
    before = build.script(run).up_to(install.command) if copies else ()

    def is_spared(copy: facts.Step) -> bool:
        needs = installs.may_need(run, copy, before)
        return not (needs or installs.is_told_of_install(stage, run, copy.instruction))

    first = next((step for step, _, _ in copies if is_spared(step)), None)
    if first is None:
        return None
    ranked = sorted(copies, key=itemgetter(2), reverse=True)
    worst, change, _ = next(each for each in ranked if is_spared(each[0]))
    shared = installs.may_need(run, first, build.script(run).commands)
    return _Late(run, install, first.instruction, worst.instruction, change, shared)


def _finding(build: Build, stage: facts.Stage, group: Sequence[_Late]) -> Finding:
    shipped = build.is_pushed(stage)
    (run, _, copy, worst, change, shared, base), *others = group
    names = list(
        dict.fromkeys(name.removeprefix("./") for late in group for name in late.install.named)
    )
    listed = f"`{names[0]}`" + f" and {len(names) - 1} more" * (len(names) > 1)
    layers = "the layer" + "s" * bool(others)
    again = f"{'that' if shared else layers} again"
    pushes = f" and {conjugate(change, 'push')} {again}" if shipped else ""
    cost = _cost(build, stage, group) if shipped else None
    return Finding(
        run,
        f"{build.if_cached}{change} {conjugate(change, 'reinstall')} {listed}{pushes}, although"
        f" the packages do not need {worst.quoted}",
        help=_help(group[0]),
        cost=cost,
        fix=None if base else _fix(build, stage, run, copy),
        related=(
            Related(worst, "changes more often than the packages do"),
            *(Related(each.run, "installs again, too") for each in others),
        ),
        severity=None if shipped and not (shared and cost is None) else Severity.INFO,
    )


def _help(late: _Late) -> str:
    if late.base is None:
        apart = " in a `RUN` of its own" * late.shared
        return f"install{apart} before {_place(late.copy, late.worst)}"
    steps = late.base.instructions
    kinds = map(type, steps[steps.index(late.copy) :])
    again = "repeat the rest" if syntax.Run in kinds else "copy the same files"
    return (
        f"split `{late.base.name}` before line {late.copy.line}: install on top of the first part,"
        f" and {again} afterwards"
    )


def _place(copy: syntax.Instruction, worst: syntax.Instruction) -> str:
    return f"that `{copy.name}`" if copy is worst else f"line {copy.line}"


def _cost(build: Build, stage: facts.Stage, group: Sequence[_Late]) -> Cost | None:
    sizes = build.sizes
    layers = sizes.layers(stage, [each.run for each in group if not each.shared])
    parts = (sizes.installed(stage, each.run, [each.install]) for each in group if each.shared)
    return Cost.pushed(facts.Size.sum((layers, *parts)))


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
