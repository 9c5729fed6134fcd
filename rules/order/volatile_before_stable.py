"""What changes often is copied above something large that hardly changes, which is uploaded along
with it each time.

A layer is uploaded again when anything above its instruction changed. With the source copied first
and a model, a font collection or a downloaded runtime after it, each edit of the source makes the
large layer anew: BuildKit runs the step again, its folders and files get new times, and all of its
bytes are pushed. Below the large one, the source costs what the source weighs.

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

A download that reads nothing of the copied files stands better above them, too:

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

So does what an installed tool downloads, such as browsers (`playwright install`) or models.

Dependencies that another stage installed, of manifests alone, are such a step:

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

How sure: how often files change is known from git's last hundred commits; without them, source code
is taken to change and large data not to. The later step must weigh at least `min-bytes`, go to
another folder, and name nothing of what the earlier one brings. A COPY with `--link`, and one to a
new folder right below `/`, keeps its layer wherever it stands and is left alone. Installs of
packages have rules of their own (`order/copy-before-install`, `order/system-install-after-source`).

The fix swaps two COPYs; it is safe where both are known and neither writes what the other does. A
download is moved by an unsafe fix: what it runs may look at more than it names.

When not to follow it: where the later COPY is meant to overwrite files of the earlier one through a
symlink.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Cost, Finding, Related, Rule, conjugate, facts, fixes, human_bytes, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, fix=fixes.Safety.SAFE)


@rule.on(facts.Stage)
def volatile_first(stage: facts.Stage, context: Context) -> Iterator[Finding]:
    """Report COPYs above larger steps that hardly change."""
    build = context.build
    if not build.shipped(stage) or stage.index not in build.built_stages:
        return
    above: dict[facts.Arrival, str] = {}
    for step in build.steps(stage):
        if above and _is_large(build, step, context.min_bytes):
            found = [early for early in above if build.changes.stands_better_above(step, early)]
            yield from (_finding(build, early, above.pop(early), step) for early in found)
        above.update(_volatile(build, step))


def _volatile(build: Build, step: facts.Step) -> Iterator[tuple[facts.Arrival, str]]:
    """Yield what a COPY brings, if that changes often, and how often."""
    match step.instruction:
        case syntax.Transfer(link=False) as transfer:
            arrival = build.arrivals.of(step, transfer)
            change = build.changes.change_of_source(arrival) if arrival else None
            if arrival and change:
                yield arrival, change


def _is_large(build: Build, step: facts.Step, least: int) -> bool:
    """Tell whether a step brings much that is seldom another, compressed, too, if that is known."""
    if not _is_stable(build, step, least):
        return False
    size = build.sizes.arriving(step)
    return size is None or size >= least


def _is_stable(build: Build, step: facts.Step, least: int) -> bool:
    """Tell whether a step brings much, and seldom something else."""
    match step.instruction:
        case syntax.Transfer(link=False):
            return build.changes.brings_stable(step, least)
        case syntax.Run():
            return build.downloads.only_downloads(step)
    return False


def _finding(build: Build, early: facts.Arrival, change: str, step: facts.Step) -> Finding:
    late, size = step.instruction, build.sizes.arriving(step)
    return Finding(
        early.instruction,
        f"{change} {conjugate(change, 'push')} {_what(late, size)} again, although that step reads"
        " none of these files",
        help=f"move line {late.line} before this `{early.instruction.name}`",
        fix=_fix(build, early.instruction, late),
        cost=None if size is None else Cost.modelled(push_bytes=size),
        related=(Related(late, "changes less often"),),
    )


def _what(late: syntax.Instruction, size: int | None) -> str:
    if size:
        return f"the {human_bytes(size)} of line {late.line}"
    what = "the downloads" if isinstance(late, syntax.Run) else "the files"
    return f"{what} of line {late.line}"


def _fix(build: Build, early: syntax.Instruction, late: syntax.Instruction) -> fixes.Fix | None:
    """Put the step that hardly changes above the COPY."""
    crossed = build.crossed(early, late)
    if not crossed or not fixes.does_the_same_above(build, crossed, late):
        return None
    return fixes.Fix(
        "put what hardly changes first",
        fixes.move_before(build.dockerfile.source, [late], early),
        fixes.Safety.UNSAFE if isinstance(late, syntax.Run) else fixes.Safety.SAFE,
    )
