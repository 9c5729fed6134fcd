"""Dependencies and the project's own code arrive in one layer, so each change of the code uploads
both.

`COPY --from=build /app /app` makes one layer of all that stands there. The dependencies in it,
mostly the larger part by far, change when the lock file does; the code changes with every commit,
and takes them along. In two COPYs, the dependencies first, their layer is in the registry already.

```dockerfile bad
FROM node:22.4 AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
COPY . .

FROM node:22.4-slim
WORKDIR /app
COPY --from=build /app .
CMD ["node", "index.js"]
```

```dockerfile good
FROM node:22.4 AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
COPY . .

FROM node:22.4-slim
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build --exclude=node_modules /app .
CMD ["node", "index.js"]
```

How sure: where node_modules, a `.venv` or composer's `vendor` is made by a RUN of the stage below
the folder that is copied, the project's own files are copied there afterwards, and nothing deletes
either. A stage that copies its code before it installs is left alone: there each change makes the
dependencies anew, which is for `order/copy-before-install`. How large the dependencies are is
guessed from what lists and lock files name, where these packages were measured.
`--exclude` needs `# syntax=docker/dockerfile:1.19` or later; a list of what is copied does not.

When not to follow it: where the dependencies are a few files.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint import Cost, Finding, Related, Rule, facts, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__)


@rule.on(syntax.Copy)
def both_in_one(copy: syntax.Copy, context: Context) -> Iterator[Finding]:
    """Report a COPY --from that takes dependencies and code together."""
    build = context.build
    own = build.stage_of(copy)
    if (
        not copy.from_
        or copy.excludes
        or len(copy.sources) != 1
        or own is None
        or not build.shipped(own)
    ):
        return
    stage = build.find_stage(copy.from_, own.index)
    path = build.expand(copy, copy.sources[0].text)
    if stage is None or path is None:
        return
    folder = posixpath.normpath("/" + path.lstrip("/"))
    if folder == "/":
        return
    found = next(
        (
            each
            for each in _installed(build, stage)
            if facts.within(each[0], folder) and each[0] != folder
        ),
        None,
    )
    if found is None or _is_split(build, own, copy, found[0]):
        return
    code = _code(build, stage, folder, found[0])
    if code is not None and code.index > found[1].index:
        size = build.installed_bytes(stage, found[1], [found[2]])
        yield Finding(
            copy,
            f"`{found[0]}` comes in the same layer as the project's own files: every change of"
            " those uploads both; copy it first, in a COPY of its own",
            cost=Cost.pushed(size),
            related=(Related(found[1], "what installs it"), Related(code, "what changes")),
        )


def _installed(build: Build, stage: facts.Stage) -> Iterator[tuple[str, syntax.Run, shell.Install]]:
    """Yield the folders of dependencies that a stage holds in the end, the RUN that fills each, and
    its install.
    """
    steps = build.chain(stage)
    for at, step in enumerate(steps):
        run = step.instruction
        if not isinstance(run, syntax.Run):
            continue
        for install in build.effects(run, step.state).of(shell.Install):
            for place in build.dependency_folders(step, install):
                if not _is_deleted(build, steps[at:], place):
                    yield place, run, install


def _is_deleted(build: Build, steps: tuple[facts.Step, ...], place: str) -> bool:
    for step in steps:
        if isinstance(step.instruction, syntax.Run):
            for delete in build.effects(step.instruction, step.state).of(shell.Delete):
                path = delete.place.path
                if path is None or facts.within(place, path) or path.endswith("node_modules"):
                    return True
    return False


def _code(
    build: Build, stage: facts.Stage, folder: str, dependencies: str
) -> syntax.Transfer | None:
    """Return the COPY that brings the project's own files to where the dependencies are, if one
    does.
    """
    project = posixpath.dirname(dependencies)
    for step in build.chain(stage):
        if isinstance(step.instruction, syntax.Transfer):
            arrival = build.arrivals.of(step, step.instruction)
            if (
                arrival
                and arrival.whole
                and facts.within(arrival.destination, folder)
                and facts.within(project, arrival.destination)
            ):
                return step.instruction
    return None


def _is_split(build: Build, own: facts.Stage, copy: syntax.Copy, dependencies: str) -> bool:
    """Tell whether another COPY of the stage brings the dependencies themselves, so that the split
    is made.
    """
    return any(
        isinstance(other, syntax.Copy)
        and other is not copy
        and other.from_
        and any(
            (path := build.expand(other, word.text)) is not None
            and facts.within("/" + path.strip("/"), dependencies)
            for word in other.sources
        )
        for other in own.instructions
    )
