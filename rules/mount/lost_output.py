r"""What a RUN writes to a cache or tmpfs mount is in no layer: no later step finds it.

No byte of it is in the image. The mount is gone when the RUN ends. A binary that was built into a
cached `target/`, or packages that were installed into a mounted `node_modules`, must be copied out
of it in the same RUN. A builder with a warm cache doesn't change that: the step that looks for it
fails, or takes what an older layer happens to hold there.

```dockerfile bad
FROM rust:1.79.0-slim AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/src/target cargo build --release --locked

FROM debian:12.5-slim
COPY --from=build /src/target/release/app /usr/local/bin/app
```

```dockerfile good
FROM rust:1.79.0-slim AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/src/target cargo build --release --locked && cp target/release/app /app

FROM debian:12.5-slim
COPY --from=build /app /usr/local/bin/app
```

```dockerfile bad
FROM node:22.4-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/app/node_modules npm ci
COPY . .
RUN npm run build
```

```dockerfile good
FROM node:22.4-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY . .
RUN npm run build
```

How sure: it is reported only where nothing else in the stage can have made what is looked for: no
COPY to that place, no RUN that runs without the mount and may write there.

When not to follow it: where the base brings the same file, and its state of then is the one that is
wanted.
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from dlint import Finding, Related, Rule, Severity, facts, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, severity=Severity.ERROR)

_RUNNERS = frozenset(("npm", "yarn", "pnpm", "npx", "node", "bun"))


class Lost(NamedTuple):
    """A mount's place in a stage, and the RUN that last wrote to it."""

    run: syntax.Run
    mount: syntax.Mount
    target: str


@rule.on(syntax.Copy)
def copied_from_mount(copy: syntax.Copy, context: Context) -> Iterator[Finding]:
    """Report a COPY --from of what only a mount held."""
    build = context.build
    own = build.stage_of(copy)
    if not copy.from_ or own is None or not build.live(own):
        return
    stage = build.find_stage(copy.from_, own.index)
    if stage is None:
        return
    lost = list(_lost(build, stage))
    for word in copy.sources if lost else ():
        path = build.expand(copy, word.text)
        if path is None:
            continue
        path = posixpath.normpath("/" + path.lstrip("/"))
        hit = next(
            (
                each
                for each in lost
                if facts.within(path, each.target) and not _made(build, stage, path, each)
            ),
            None,
        )
        if hit:
            yield Finding(
                word,
                f"`{path}` was written to a {hit.mount.type} mount, which is in no layer: this COPY"
                " doesn't find it; copy it out in the RUN that makes it",
                related=(Related(hit.mount, "the mount"),),
            )


@rule.on(syntax.Run)
def modules_in_mount(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report a RUN that needs the node_modules which an earlier RUN had as a mount."""
    build = context.build
    stage = build.stage_of(run)
    if stage is None or not build.live(stage):
        return
    lost = [
        each
        for each in _lost(build, stage)
        if each.run.index < run.index and _is_modules(build, each)
    ]
    if not lost or any(
        mount.target in {each.target for each in lost} for mount in build.mounts(run, _TYPES)
    ):
        return
    each = lost[-1]
    for command in build.script(run).commands:
        here = command.cwd == "" and build.state(run).workdir == posixpath.dirname(each.target)
        if command.name in _RUNNERS and here and not build.effects(run).of(shell.Install):
            if not _made(build, stage, each.target, each, before=run):
                yield Finding(
                    command,
                    f"{each.target} was a {each.mount.type} mount when it was filled, and is in no"
                    f" layer: `{command.name}` doesn't find it here",
                    related=(Related(each.mount, "the mount"),),
                )
            return


_TYPES = ("cache", "tmpfs")


def _lost(build: Build, stage: facts.Stage) -> Iterator[Lost]:
    for step in build.chain(stage):
        run = step.instruction
        if isinstance(run, syntax.Run) and run.mounts and build.stage_of(run) is step.stage:
            for mount, target in build.mounts(run, _TYPES):
                yield Lost(run, mount, target)


def _is_modules(build: Build, lost: Lost) -> bool:
    """Tell whether a mount is a project's node_modules that its RUN fills and copies nowhere."""
    if posixpath.basename(lost.target) != "node_modules":
        return False
    effects = build.effects(lost.run)
    installs = any(facts.family(install.manager) == "node" for install in effects.of(shell.Install))
    return installs and not any(
        command.name in {"cp", "mv", "rsync", "tar"} for command in build.script(lost.run).commands
    )


def _made(
    build: Build, stage: facts.Stage, path: str, lost: Lost, before: syntax.Run | None = None
) -> bool:
    """Tell whether a step that doesn't have the mount may have made `path`."""
    for step in build.chain(stage):
        instruction = step.instruction
        if instruction is before:
            break
        if isinstance(instruction, syntax.Transfer):
            place = instruction.destination and step.state.expand(instruction.destination.text)
            absolute = (
                posixpath.normpath(posixpath.join(step.state.workdir or "/", place))
                if place
                else "/"
            )
            if facts.within(absolute, lost.target) or (
                instruction.from_ and facts.within(lost.target, absolute)
            ):
                return True
            if _brings(build, instruction, path):
                return True
        elif isinstance(instruction, syntax.Run):
            mounted = [target for _, target in build.mounts(instruction, _TYPES)]
            if not any(facts.within(path, each) for each in mounted) and _may_write(
                build, instruction, lost.target
            ):
                return True
    return False


def _brings(build: Build, transfer: syntax.Transfer, path: str) -> bool:
    """Tell whether a COPY from the context holds `path`; one that is not known is taken to hold no
    build's output.
    """
    selection = build.selection(transfer)
    if selection is None:
        return False
    return any(facts.within(f"/{landed.path}", path) for landed in selection.entries)


def _may_write(build: Build, run: syntax.Run, target: str) -> bool:
    effects = build.effects(run)
    if not effects.known or any(
        facts.within(each, target) or facts.within(target, each)
        for each in effects.mentions
        if each != "/"
    ):
        return True
    if effects.of(shell.Unknown):
        return True
    modules = posixpath.basename(target) == "node_modules"
    for install in effects.of(shell.Install):
        if (
            install.hidden
            or (modules and facts.family(install.manager) == "node")
            or install.manager in {"cargo", "uv"}
        ):
            return True
    return False
