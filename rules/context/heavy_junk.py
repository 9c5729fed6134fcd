r"""`COPY` of a folder includes what tools left there: `node_modules`, virtualenvs, caches, output.

## What it does

Finds installed dependencies, virtual environments, caches and build output in a `COPY`. It also
finds the ones that a local build will leave there.

## Why is this bad?

The image installs and builds these files itself, for its own system. The local copies are sent to
the builder, stored in the layer and pushed. They may overwrite what earlier steps installed. They
also differ between machines, so no two machines build the same layer.

**Measured:** dlint's model of the first example counts 2 MB of a local `node_modules`.

## Example

```context
package.json: {"name": "web"}
package-lock.json: {"lockfileVersion": 3}
index.js
node_modules/left-pad/index.js 2MB
.git/HEAD: ref: refs/heads/main
.git/objects/
.git/refs/
.gitignore: node_modules
.dockerignore: .git
```

```dockerfile bad
FROM node:22.4-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
COPY . .
CMD ["node", "index.js"]
```

The fix leaves the Dockerfile as it is and adds a line to the ignore file:

```context
package.json: {"name": "web"}
package-lock.json: {"lockfileVersion": 3}
index.js
node_modules/left-pad/index.js 2MB
.git/HEAD: ref: refs/heads/main
.git/objects/
.git/refs/
.gitignore: node_modules
.dockerignore: .git\nnode_modules
```

```dockerfile good
FROM node:22.4-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
COPY . .
CMD ["node", "index.js"]
```

A fresh checkout contains none of these folders, but the next local build creates them. An info says
that nothing excludes them:

```context
Worker.csproj
Program.cs
.dockerignore: .git
```

```dockerfile bad
FROM mcr.microsoft.com/dotnet/sdk:8.0.401
WORKDIR /source
COPY . .
RUN dotnet publish -c release -o /app
```

```context
Worker.csproj
Program.cs
.dockerignore: .git\nbin\nobj
```

```dockerfile good
FROM mcr.microsoft.com/dotnet/sdk:8.0.401
WORKDIR /source
COPY . .
RUN dotnet publish -c release -o /app
```

## How sure

The build context and its ignore file decide what the `COPY` includes. Installed dependencies count
only when the Dockerfile installs them itself, and build output only when it builds, whatever
arguments are passed: without that, the image may be of what was built outside. The outermost
manifest of what is copied tells what a local build will create. It counts only when the Dockerfile
installs or builds from it. Yarn's Plug'n'Play creates no `node_modules`. Packages of a workspace
may get a `node_modules` of their own. Where several modules have such a manifest or folder, the fix
excludes the folder in all of them (`**/target`). It does not if the source has another folder of
that name. Files that git tracks or that the `COPY` names are not reported. Neither is what another
instruction names, in this Dockerfile or in one with the same ignore file. The rule is silent where
a recipe puts an ignore file into the context before it builds. The fix is safe when git
ignores the folder as well, because a fresh checkout then builds without it.

## When not to follow it

Keep the files when the image is meant to contain what was built outside.

## Options

None.

## References

- [`.dockerignore` files](https://docs.docker.com/build/concepts/context/#dockerignore-files)
"""

from __future__ import annotations

import posixpath

from dlint import Cost, Finding, Rule, Severity, fixes, human_bytes, listed, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlint import Build, Context

rule = Rule(__name__, __doc__, since="0.1", fix=fixes.Safety.SAFE)

SHOWN = 2  # folders that a message names


@rule.on(syntax.Transfer)
def junk(transfer: syntax.Transfer, context: Context) -> Iterator[Finding]:
    """Report a COPY or ADD of a folder that contains tool output, or will contain it."""
    build = context.build
    stage = build.live_stage(transfer)
    if transfer.from_ or stage is None or build.sources.is_ignore_file_brought:
        return
    is_pushed = build.is_pushed(stage) and not build.is_fetched
    if finding := _left(transfer, context, ships=is_pushed):
        yield finding
    else:
        yield from _expected(build, transfer)


def _left(transfer: syntax.Transfer, context: Context, *, ships: bool) -> Finding | None:
    """Report tool output in the files that a COPY includes."""
    build = context.build
    selection = build.taken(transfer) if build.sources.leftovers else None
    if selection is None:
        return None
    taken = {landed.source for landed in selection.entries}
    found = {
        each: files
        for each in build.sources.unnamed(transfer, build.sources.leftovers)
        if (files := each.files & taken) and not _is_named(transfer, each.path)
    }
    if not found:
        return None
    files = frozenset().union(*found.values())
    raw = sum(build.context.entries[path].size for path in files)
    cost = _cost(build.sizes.packed(selection, files)) if ships else None
    heavy = max(found, key=lambda each: each.size)
    others = f" and {len(found) - 1} more such" if len(found) > 1 else ""
    return Finding(
        transfer,
        f"`{transfer.name}` also copies `{heavy.path}`{others}, {human_bytes(raw)} of files that"
        " tools left in the build context",
        cost=cost,
        fix=_fix(build, {each.path: each.pattern for each in found}),
        severity=None if ships or raw >= context.min_bytes else Severity.INFO,
    )


def _cost(size: int | None) -> Cost | None:
    return None if size is None else Cost.modelled(size, size)


def _expected(build: Build, transfer: syntax.Transfer) -> Iterator[Finding]:
    """Report what a local build will create, if nothing excludes it."""
    expected = build.sources.left_to_take(transfer)
    if not expected or build.arrivals.doubtful:
        return
    if found := build.sources.unnamed(transfer, expected):
        patterns = {each.path: each.pattern for each in found}
        named = listed(f"`{each.path}`" for each in found[:SHOWN])
        yield Finding(
            transfer,
            f"no ignore file that this build reads excludes {named}: what a local build leaves"
            " there would be sent to the builder and copied",
            fix=_fix(build, patterns),
            severity=Severity.INFO,
        )


def _is_named(transfer: syntax.Transfer, path: str) -> bool:
    """Tell whether the COPY names the path, or something in it."""
    name = posixpath.basename(path)
    for word in transfer.sources:
        source = posixpath.normpath(word.text.strip("\"'").lstrip("/"))
        if f"{source}/".startswith(f"{path}/") or name in source.split("/"):
            return True
    return False


def _fix(build: Build, patterns: Mapping[str, str]) -> fixes.Fix | None:
    """Exclude paths by their patterns; safe if git ignores them as well."""
    ignored = build.repository.ignored([*patterns]) if build.repository else ()
    is_safe = len(ignored) == len(patterns)
    safety = fixes.Safety.SAFE if is_safe else fixes.Safety.UNSAFE
    return fixes.leave_out(build, patterns.values(), safety)
