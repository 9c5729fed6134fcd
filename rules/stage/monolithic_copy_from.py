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
the folder that is copied, or comes there from another stage, the project's own files are copied
there afterwards, or built there from what was copied, and nothing deletes either. A stage that
copies its code before it installs is left alone: there each change makes the dependencies anew,
which is for `order/copy-before-install`. How large the dependencies are is guessed from the lock
file where the context holds one that tells, and not known elsewhere.
`--exclude` needs `# syntax=docker/dockerfile:1.19` or later; a list of what is copied does not.

When not to follow it: where the dependencies are a few files.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint import Cost, Finding, Related, Rule, facts, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__)


@rule.on(syntax.Copy)
def both_in_one(copy: syntax.Copy, context: Context) -> Iterator[Finding]:
    """Report a COPY --from that takes dependencies and code together."""
    build = context.build
    stage = build.shipped_stage(copy)
    origin = build.stage_copied_from(copy) if stage else None
    folder = _whole_folder(build, copy)
    if origin is None or folder is None:
        return
    found = next(build.installs.dependencies(origin, below=folder), None)
    if found is None:
        return
    if _is_split(build, copy, found.folder):
        return
    code = _code(build, origin, folder, found)
    owner = build.stage_of(found.run)
    if code is not None and owner is not None:
        yield Finding(
            copy,
            f"`{found.folder}` is in the same layer as the project's own files, so every source"
            " change pushes both",
            help=_advice(build, origin, code, found.folder),
            cost=Cost.pushed(build.sizes.installed(owner, found.run, [found.install])),
            related=(
                Related(found.run, "installs the dependencies"),
                Related(code, "brings the project's own files"),
            ),
        )


def _advice(build: Build, origin: facts.Stage, code: syntax.Instruction, folder: str) -> str:
    """Say what keeps the layer of the dependencies: one that is installed again below the code is
    new with it.
    """
    again = (
        each
        for each in build.installs.dependencies(origin, below=posixpath.dirname(folder))
        if each.folder == folder and each.run.index > code.index
    )
    if any(again):
        return "install them in a stage that copies only the manifests, and copy them from there"
    return f"copy `{folder}` first, in a `COPY` of its own"


def _whole_folder(build: Build, copy: syntax.Copy) -> str | None:
    """Return the folder of which a COPY takes everything; the root is for another rule."""
    if copy.excludes or len(copy.sources) != 1:
        return None
    path = build.expand(copy, copy.sources[0].text)
    folder = posixpath.normpath("/" + (path or "").lstrip("/"))
    return None if folder == "/" else folder


def _code(
    build: Build, stage: facts.Stage, folder: str, found: facts.Dependencies
) -> syntax.Instruction | None:
    """Return what brings the project's own files to where the dependencies are, later than those:
    a COPY, or a RUN that works in the folder with what a COPY has brought.
    """
    for arrival in build.arrivals.of_stage(stage):
        code = arrival.instruction
        if code.index <= found.at.index or not build.changes.change_of_source(arrival):
            continue
        place = arrival.destination
        if facts.within(place, folder):
            return code
        for run in build.runs_below(code):
            if build.installs.work_in(run, folder):
                return run
    return None


def _is_split(build: Build, copy: syntax.Copy, dependencies: str) -> bool:
    """Tell whether another COPY of the stage brings the dependencies themselves, so that the split
    is made.
    """
    stage = build.stage_of(copy)
    if stage is None:
        return False
    for other in stage.instructions:
        if other is copy:
            continue
        for place in _places(build, other):
            if facts.within(place, dependencies):
                return True
    return False


def _places(build: Build, instruction: syntax.Instruction) -> Iterator[str]:
    """Yield the places in another stage or image that a COPY takes from, if it is one."""
    match instruction:
        case syntax.Copy(from_=origin, sources=sources) if origin:
            for word in sources:
                path = build.expand(instruction, word.text)
                if path is not None:
                    yield "/" + path.strip("/")
