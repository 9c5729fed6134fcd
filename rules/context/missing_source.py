"""`COPY` of a file that the repository does not have fails the build.

## What it does

Finds files that a `COPY` or the first command after it needs and that are not in the repository: a
commit deleted them, or they are lock files that were never added.

## Why is this bad?

The build fails at that line in every clone. A Dockerfile that nobody can build misleads whoever
reads it, and the files of the image are kept for nothing.

**Measured:** no figure, because the build fails and nothing is pushed.

## Example

```context
package.json: {} changed 1
src/app.js: "a"
```

```dockerfile bad
FROM node:22.4-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY src ./src
CMD ["node", "src/app.js"]
```

```context
package.json: {} changed 1
package-lock.json: {} changed 1
src/app.js: "a"
```

```dockerfile good
FROM node:22.4-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY src ./src
CMD ["node", "src/app.js"]
```

## How sure

Git must neither track nor ignore the file. No recipe of the repository (Compose, CI files,
Makefiles, scripts) may mention it. Most other files that a `COPY` names must be
there, for the context to be the right one. A lock file counts without a deletion where the same
`COPY` finds another of its files and no folder around the Dockerfile has it. No recipe may build
the Dockerfile then. Examples and templates are left out, as are secrets, wildcards and unknown
variables. After a `COPY` of the whole context, the first command of the next `RUN` counts when it
runs or compiles a deleted file.

One file is reported. Costs, pins and the next push of such an image are not. The finding is an info
when no recipe builds the Dockerfile.

## When not to follow it

Keep the line when a step outside of the repository makes the file before each build.

## Options

None.

## References

- [`COPY`](https://docs.docker.com/reference/dockerfile/#copy)
- [Build context](https://docs.docker.com/build/concepts/context/)
"""

from __future__ import annotations

from dlint import Finding, Rule, Severity, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__, since="0.1", needs=(syntax.Transfer,), local=True)


@rule.on(syntax.Dockerfile)
def missing(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report the first file that the repository lacks."""
    build = context.build
    is_built = build.recipes is not None and bool(build.recipes.builds_of(build.path))
    for each in build.sources.missing[:1]:
        what = (
            f"a commit deleted `{each.path}`"
            if each.deleted
            else f"the repository has no `{each.path}`"
        )
        yield Finding(
            each.instruction,
            f"{what}, so this `{each.instruction.name}` fails",
            help="add the file, or delete this Dockerfile if nobody builds it",
            severity=None if is_built else Severity.INFO,
        )
