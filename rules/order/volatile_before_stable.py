r"""Files that change often are copied before a large layer that rarely changes.

## What it does

Finds large `COPY`s, downloads and `COPY --from` steps after a `COPY` of files that change more
often.

## Why is this bad?

A layer is pushed again when anything before its instruction changes. With the source before a
model, fonts or a downloaded runtime, every source change rebuilds the large layer. BuildKit runs
the step again, its files get new times, and all of its bytes are pushed. With the large layer
first, a source change pushes only the source.

**Measured:** dlint's model of the first example counts 30 MB per source change.

## Example

```context
src/app.py 12kB
models/base.onnx 30MB
package.json
```

```dockerfile bad
FROM python:3.12-slim
WORKDIR /app
COPY src ./src
COPY models ./models
CMD ["python", "src/app.py"]
```

```dockerfile good
FROM python:3.12-slim
WORKDIR /app
COPY models ./models
COPY src ./src
CMD ["python", "src/app.py"]
```

A download that reads none of the copied files also belongs before them:

```dockerfile bad
FROM debian:12.5-slim
COPY src /app
RUN curl -fsSL https://example.com/runtime-3.1.tar.gz | tar -xz -C /opt
```

```dockerfile good
FROM debian:12.5-slim
RUN curl -fsSL https://example.com/runtime-3.1.tar.gz | tar -xz -C /opt
COPY src /app
```

So do downloads of an installed tool, such as browsers (`playwright install`) or models.
Dependencies that another stage installed from manifests alone are such a step:

```dockerfile bad
FROM node:22-slim AS deps
WORKDIR /app
COPY package.json ./
RUN npm install --omit=dev

FROM node:22-slim
WORKDIR /app
COPY src ./src
COPY --from=deps /app/node_modules ./node_modules
```

```dockerfile good
FROM node:22-slim AS deps
WORKDIR /app
COPY package.json ./
RUN npm install --omit=dev

FROM node:22-slim
WORKDIR /app
COPY --from=deps /app/node_modules ./node_modules
COPY src ./src
```

## How sure

Git's last hundred commits show how often files change. Without a history, source code counts as
changing and large data does not. The later step must weigh at least `min-bytes`, write to another
folder, and name none of the earlier files. A `COPY` with `--link`, or to a new folder directly
below `/`, keeps its layer in any place and is not reported. Package installs have their own rules
(`order/copy-before-install`, `order/system-install-after-source`).

The fix swaps two `COPY`s. It is safe when both are known and neither writes what the other does. A
fix that moves a download is unsafe, because the download may read more than it names.

## When not to follow it

Keep the order when the later `COPY` should overwrite files of the earlier one through a symlink.

## Options

None.

## References

- [Order your layers](https://docs.docker.com/build/cache/optimize/#order-your-layers)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Cost, Finding, Related, Rule, conjugate, facts, fixes, human_bytes, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint import Build, Context

rule = Rule(__name__, __doc__, since="0.1", needs=(syntax.Transfer,), fix=fixes.Safety.SAFE)


@rule.on(facts.Stage)
def volatile_first(stage: facts.Stage, context: Context) -> Iterator[Finding]:
    """Report COPYs of changing files before larger steps that rarely change."""
    build = context.build
    if not build.is_pushed(stage) or stage.index not in build.built_stages:
        return
    above: dict[facts.Arrival, str] = {}
    for step in build.steps(stage):
        if above and _is_large(build, step, context.min_bytes):
            found = [early for early in above if build.changes.stands_better_above(step, early)]
            changes = [above.pop(early) for early in found]
            if found:
                yield _finding(build, found, changes[0], step)
        if build.changes.is_made_of_source(step):
            return  # what is below is new with that, whatever else stands above it
        above.update(_volatile(build, step))


def _volatile(build: Build, step: facts.Step) -> Iterator[tuple[facts.Arrival, str]]:
    """Yield what a COPY stores, if that changes often, and how often."""
    match step.instruction:
        case syntax.Transfer(link=False) as transfer:
            arrival = build.arrivals.of(step, transfer)
            change = build.changes.change_of_source(arrival) if arrival else None
            if arrival and change:
                yield arrival, change


def _is_large(build: Build, step: facts.Step, least: int) -> bool:
    """Tell whether a step stores much that rarely changes; compressed size counts if known."""
    if not _is_stable(build, step, least):
        return False
    size = build.sizes.arriving(step)
    if size is not None:
        return size >= least
    stored = build.storage.of(step)
    return not stored or not all(each.is_light for each in stored)


def _is_stable(build: Build, step: facts.Step, least: int) -> bool:
    """Tell whether a step stores much and rarely changes."""
    match step.instruction:
        case syntax.Transfer(link=False):
            return build.changes.brings_stable(step, least)
        case syntax.Run():
            return build.downloads.only_downloads(step)
    return False


def _finding(
    build: Build, found: Sequence[facts.Arrival], change: str, step: facts.Step
) -> Finding:
    early, *others = found
    late, size = step.instruction, build.sizes.arriving(step)
    lines = [each.line for each in (*_needed(build, early.instruction, late), late)]
    moved = f"line{'s' * (len(lines) > 1)} {' and '.join(map(str, lines))}"
    return Finding(
        early.instruction,
        f"{build.if_cached}{change} {conjugate(change, 'push')} {_what(late, size)} again, although"
        " that step reads none of these files",
        help=f"move {moved} before this `{early.instruction.name}`",
        fix=_fix(build, early.instruction, late),
        cost=None if size is None else Cost.modelled(push_bytes=size),
        related=(
            Related(late, "changes less often"),
            *(Related(each.instruction, "also changes more often") for each in others),
        ),
    )


def _needed(
    build: Build, early: syntax.Instruction, late: syntax.Instruction
) -> Iterator[syntax.Instruction]:
    """Yield the settings in between that a step reads."""
    for each in build.crossed(early, late):
        match each:
            case syntax.Env() | syntax.Arg() if build.downloads.reads_setting(late, each):
                yield each


def _what(late: syntax.Instruction, size: int | None) -> str:
    if size:
        return f"the {human_bytes(size)} of line {late.line}"
    what = "the downloads" if isinstance(late, syntax.Run) else "the files"
    return f"{what} of line {late.line}"


def _fix(build: Build, early: syntax.Instruction, late: syntax.Instruction) -> fixes.Fix | None:
    """Move the stable step before the COPY."""
    crossed = build.crossed(early, late)
    if not crossed or not fixes.does_the_same_above(build, crossed, late):
        return None
    if any(_needed(build, early, late)):
        return None
    return fixes.Fix(
        "move what rarely changes first",
        fixes.move_before(build.dockerfile.source, [late], early),
        fixes.Safety.UNSAFE if isinstance(late, syntax.Run) else fixes.Safety.SAFE,
    )
