r"""Files that change often are copied before a large layer that rarely changes.

## What it does

Finds large `COPY`s, downloads and `COPY --from` steps after a `COPY` of files that change more
often: of the context, or of what another stage builds from it.

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

What another stage downloads belongs before what a stage builds. So does an `ADD` from an address:

```dockerfile bad
FROM golang:1.25 AS build
WORKDIR /src
COPY src ./src
RUN go build -o /out/shop ./src

FROM debian:12.5-slim AS tools
RUN apt-get update && apt-get install -y --no-install-recommends curl ca-certificates
RUN curl -fsSLo /opt/model.bin https://example.com/model-3.1.bin

FROM debian:12.5-slim
COPY --from=build /out/shop /usr/local/bin/shop
COPY --from=tools /opt/model.bin /opt/shop/
ADD https://example.com/places-7.2.db /opt/shop/
```

```dockerfile good
FROM golang:1.25 AS build
WORKDIR /src
COPY src ./src
RUN go build -o /out/shop ./src

FROM debian:12.5-slim AS tools
RUN apt-get update && apt-get install -y --no-install-recommends curl ca-certificates
RUN curl -fsSLo /opt/model.bin https://example.com/model-3.1.bin

FROM debian:12.5-slim
COPY --from=tools /opt/model.bin /opt/shop/
ADD https://example.com/places-7.2.db /opt/shop/
COPY --from=build /out/shop /usr/local/bin/shop
```

An image on top of a stage with the source stores again what it copies from other stages. `--link`
makes that a layer which does not depend on the ones below:

```dockerfile bad
FROM node:22-slim AS deps
WORKDIR /app
COPY package.json ./
RUN npm install --omit=dev

FROM node:22-slim AS shop
WORKDIR /app
COPY src ./src
CMD ["node", "src/web.js"]

FROM shop AS shop-with-reports
COPY --from=deps /app/node_modules ./node_modules
```

```dockerfile good
FROM node:22-slim AS deps
WORKDIR /app
COPY package.json ./
RUN npm install --omit=dev

FROM node:22-slim AS shop
WORKDIR /app
COPY src ./src
CMD ["node", "src/web.js"]

FROM shop AS shop-with-reports
COPY --link --from=deps /app/node_modules ./node_modules
```

## How sure

Git's last hundred commits show how often files change. Commits that also change the Dockerfile or
the files of the later step are not counted. Without a history, source code counts as changing and
large data does not. A finding of unknown size is an info, and so is one on an image that is pushed
without a build cache. Nothing is reported where an argument above reruns all of it with each build
or release. Nor is it where a comment gives the reason for the order. Where releases alone are
pushed, nothing is reported if the files of the later step change often, too. The same holds where
each build has `--no-cache`, or releases alone are pushed without a cache. The later step must weigh
at least `min-bytes`, write to another folder, and name none of the earlier files. The installer
script of a well-known program, such as Docker or rclone, counts as its download. So does a program
that a `RUN` of another stage compiles from its own clone. A later `COPY --from` counts as stable
when the files that its stage reads hardly change, and no argument of that stage changes with
builds. An `ADD` from an address counts as stable, there too, if that has a version or a
`--checksum`: each build asks for it again. Of a folder such as `node_modules`, the steps up to its
install decide that, where no later one may write to it. A `RUN` between that changes what the later
step writes keeps the order. One that only makes its user or its folder moves along. A `COPY` with
`--link`, or to a new folder directly below `/`, keeps its layer in any place and is not reported.
Where the earlier `COPY --from` fills the folder that the later step writes to, both may bring the
same files, and nothing is reported. Package installs have their own rules
(`order/copy-before-install`, `order/system-install-after-source`).

The fix swaps two `COPY`s. It is safe when both are known and neither writes what the other does: a
`COPY` of the whole folder may bring a local `.venv`, unless `.dockerignore` leaves it out. A fix
that moves a download is unsafe, because the download may read more than it names.

## When not to follow it

Keep the order when the later `COPY` should overwrite files of the earlier one through a symlink. Do
not use `--link` when a folder on the way to where it copies is a symlink.

## Options

None.

## References

- [Order your layers](https://docs.docker.com/build/cache/optimize/#order-your-layers)
"""

from __future__ import annotations

from functools import partial

from dlint import Cost, Finding, Related, Rule, facts, fixes, reruns, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint import Build, Context

rule = Rule(
    __name__, __doc__, since="0.1", layered=True, needs=(syntax.Transfer,), fix=fixes.Safety.SAFE
)


@rule.on(facts.Stage)
def volatile_first(stage: facts.Stage, context: Context) -> Iterator[Finding]:
    """Report COPYs of changing files before larger steps that rarely change."""
    build = context.build
    if not _keeps_layers(build, stage):
        return
    is_large = partial(_is_large, build, context.min_bytes)
    for found in build.changes.late_steps(stage, is_large):
        early, *others = [each.instruction for each in found.earlier]
        late = [step.instruction for step in found.steps]
        size = facts.Size.sum(_size(build, step) for step in found.steps).worth_telling()
        cost, what = Cost.pushed(size), f"the {size if size.told else found.what} of {found.lines}"
        yield Finding(
            early,
            reruns(
                found.change,
                "rebuilds",
                f"{what}, although {found.reads} none of these files",
                build.if_cached,
            ),
            help=f"move {found.moved} before this `{early.name}`",
            fix=_fix(build, early, late) if found.moves_alone else None,
            cost=cost,
            severity=build.sizes.severity(cost),
            related=(
                *(Related(each, "changes less often") for each in late),
                *(Related(each, "also changes more often") for each in others),
            ),
        )


@rule.on(facts.Stage)
def below_base(stage: facts.Stage, context: Context) -> Iterator[Finding]:
    """Report COPYs of what rarely changes on top of a stage with changing files."""
    build = context.build
    if not _keeps_layers(build, stage):
        return
    for found in build.changes.late_on_base(stage, partial(_is_large, build, context.min_bytes)):
        (late,), (early,) = found.steps, found.earlier
        cost = Cost.pushed(_size(build, late))
        others = f"although it reads none of those of {early.instruction.quoted}"
        yield Finding(
            late.instruction,
            reruns(
                found.change, "stores", f"the files of this `COPY` again, {others}", build.if_cached
            ),
            help=f"use `COPY --link`{build.line_for('link')}",
            cost=cost,
            severity=build.sizes.severity(cost),
            related=(Related(early.instruction, "changes more often"),),
        )


def _keeps_layers(build: Build, stage: facts.Stage) -> bool:
    """Tell whether a push of a stage may have layers of the last one: where each build is told to
    use no cache, or releases alone are pushed without one, no commit reruns anything needlessly.
    """
    if not build.may_be_pushed(stage) or stage.index not in build.built_stages:
        return False
    return not (build.refuses_cache or (build.cold_pushes and build.is_released))


def _is_large(build: Build, least: int, step: facts.Step) -> bool:
    """Tell whether a step stores much that rarely changes; compressed size counts if known."""
    is_stable = build.changes.brings_stable(step, least)
    if not is_stable and not build.changes.stays(step):
        return False
    size = _size(build, step)
    return is_stable if size.told is None else size.told >= least


def _size(build: Build, step: facts.Step) -> facts.Size:
    """Return the bytes of what a COPY or ADD brings; what a RUN downloads is not known."""
    if isinstance(step.instruction, syntax.Run):
        return facts.Size.unknown()
    return build.sizes.layer(step.stage, step.instruction)


def _fix(
    build: Build, early: syntax.Instruction, late: Sequence[syntax.Instruction]
) -> fixes.Fix | None:
    """Move the stable steps before the COPY."""
    crossed = build.crossed(early, late[-1])
    if not crossed or not fixes.does_the_same_above(build, crossed, *late):
        return None
    is_unsure = any(
        isinstance(each, syntax.Run) or build.changes.may_bring_too(early, each) for each in late
    )
    return fixes.Fix(
        "move what rarely changes first",
        fixes.move_before(build.dockerfile.source, late, early),
        fixes.Safety.UNSAFE if is_unsure else fixes.Safety.SAFE,
    )
