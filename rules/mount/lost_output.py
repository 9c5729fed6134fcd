r"""A `RUN` writes files to a cache or tmpfs mount, where no later step finds them.

## What it does

Finds later steps that need files which a `RUN` wrote only to a cache or tmpfs mount.

## Why is this bad?

A mount is in no layer, and it is gone when the `RUN` ends. A binary built into a cached `target/`
must be copied out of the mount in the same `RUN`. So must packages installed into a mounted
`node_modules`. A warm cache does not help. The later step fails, or takes what an older layer
happens to contain.

**Measured:** no figure, because the image lacks the files: no byte of them is pushed.

## Example

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

## How sure

Reported only when nothing else in the stage can have written the files: no `COPY` to that place,
and no `RUN` without the mount that may write there.

## When not to follow it

Ignore it when the base image contains the same file and you want that version.

## Options

None.

## References

- [`RUN --mount=type=cache`](https://docs.docker.com/reference/dockerfile/#run---mounttypecache)
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint import Finding, Related, Rule, Severity, facts, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, since="0.1", needs=("--mount",), severity=Severity.ERROR, local=True)

_RUNNERS = frozenset(("npm", "yarn", "pnpm", "npx", "node", "bun"))
_COPIERS = frozenset(("cp", "mv", "rsync", "tar"))


@rule.on(syntax.Copy)
def copied_from_mount(copy: syntax.Copy, context: Context) -> Iterator[Finding]:
    """Report a COPY --from of files that only a mount contained."""
    build = context.build
    stage = build.stage_copied_from(copy)
    if stage is None:
        return
    for word in copy.sources:
        path = build.copies.source_path(copy, word)
        lost = build.mounts.lost_at(stage, path) if path else None
        if lost:
            yield Finding(
                word,
                f"`{path}` was written to a {lost.mount.type} mount, which is in no layer, so this"
                " `COPY` does not find it",
                help="copy it out of the mount in the `RUN` that writes it",
                related=(Related(lost.mount, "the mount"),),
            )


@rule.on(syntax.Run)
def modules_in_mount(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report a RUN that needs the node_modules which an earlier RUN had in a mount."""
    build = context.build
    stage = build.live_stage(run)
    if stage is None:
        return
    modules = [each for each in build.fact(_filled)[stage.index] if each[0].index < run.index]
    mounted = {each.target for each in build.mounts.of(run, ("cache", "tmpfs"))}
    if not modules or not mounted.isdisjoint(target for _, _, target in modules):
        return
    _, mount, folder = modules[-1]
    command = _first_of_project(build, run, posixpath.dirname(folder))
    if command and not build.mounts.is_made_elsewhere(stage, folder, folder, run):
        yield Finding(
            command,
            f"`{folder}` was filled as a {mount.type} mount, which is in no layer, so"
            f" `{command.name}` does not find it here",
            help="mount it here as well, or copy it out in the `RUN` that fills it",
            related=(Related(mount, "the mount"),),
        )


def _filled(build: Build) -> list[list[tuple[syntax.Run, syntax.Mount, str]]]:
    """Return the mounts that each stage's chain fills as a project's node_modules."""
    return [
        [
            (run, mount, target)
            for run, mount, target in build.mounts.lost_outputs(stage)
            if _is_filled(build, run, target)
        ]
        for stage in build.stages
    ]


def _is_filled(build: Build, run: syntax.Run, folder: str) -> bool:
    """Tell whether the folder is a project's node_modules that a RUN fills and copies nowhere."""
    if posixpath.basename(folder) != "node_modules":
        return False
    programs = {command.name for command in build.script(run).commands}
    families = map(facts.family, build.effects(run).by_manager(shell.Install))
    return "node" in families and programs.isdisjoint(_COPIERS)


def _first_of_project(build: Build, run: syntax.Run, folder: str) -> shell.Command | None:
    """Return the first command that uses the modules of the project in `folder`, if the RUN
    installs none.
    """
    if build.effects(run).of(shell.Install) or build.state(run).workdir != folder:
        return None
    for command in build.script(run).commands:
        if command.name in _RUNNERS and command.cwd == "":
            return command
    return None
