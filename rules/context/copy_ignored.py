r"""`COPY` of a path that the ignore file excludes fails the build.

## What it does

Finds `COPY`, `ADD` and bind mounts whose source is excluded by `.dockerignore`.

## Why is this bad?

The builder never receives what the ignore file excludes. A `COPY` of such a path fails with "not
found", although the file exists on disk.

**Measured:** no figure, because the build fails and nothing is pushed.

## Example

```context
dist/app.js
.dockerignore: dist
```

```dockerfile bad
FROM node:22.4-slim
COPY dist /app/dist
CMD ["node", "/app/dist/app.js"]
```

```context
dist/app.js
.dockerignore: dist/*.map
```

```dockerfile good
FROM node:22.4-slim
COPY dist /app/dist
CMD ["node", "/app/dist/app.js"]
```

## How sure

dlint reads the ignore file as the builder does, including `!` lines and their order. A folder
counts as present when a `!` line includes something in it. Paths with wildcards or unknown
variables are not reported. The finding is an info on local builds when the builder fetches the
commit itself wherever the image is pushed, as for `docker/build-push-action` without `context`: no
ignore file applies there. Files below test data (`testdata`, `__fixtures__`) that the repository
builds nowhere are not reported.

## When not to follow it

Always follow it, unless the image is built from another build context than the one dlint knows.

## Options

None.

## References

- [Build check `CopyIgnoredFile`](https://docs.docker.com/reference/build-checks/copy-ignored-file/)
- [`.dockerignore` files](https://docs.docker.com/build/concepts/context/#dockerignore-files)
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint import Finding, Related, Rule, Severity, facts, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context, fixes

rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    needs=(facts.IgnoreFile,),
    severity=Severity.ERROR,
    aliases=("CopyIgnoredFile",),
    local=True,
)


class Place:
    """A span by itself."""

    def __init__(self, span: fixes.Span) -> None:
        self.span = span


@rule.on(syntax.Transfer)
def copied(transfer: syntax.Transfer, context: Context) -> Iterator[Finding]:
    """Report sources of a COPY or ADD that the ignore file excludes."""
    if transfer.from_ or transfer.parents:
        return
    heredocs = {heredoc.name for heredoc in transfer.heredocs}
    for word in transfer.sources:
        path = context.build.expand(transfer, word.text)
        if path not in heredocs:
            yield from _report(context.build, transfer, path, word.span)


@rule.on(syntax.Run)
def mounted(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report bind mounts of files that the ignore file excludes."""
    for mount in run.mounts:
        match mount:
            case syntax.Mount(type="bind", from_=None | "", source=str(source)):
                path = context.build.expand(run, source)
                yield from _report(context.build, run, path, mount.span)


def _report(
    build: Build, instruction: syntax.Instruction, path: str | None, at: fixes.Span
) -> Iterator[Finding]:
    """Report a path that the ignore file excludes."""
    ignore = build.context.ignore
    if ignore is None or path is None or build.live_stage(instruction) is None or build.is_data:
        return
    line = build.sources.left_out_by(path)
    if line is not None:
        what = "mount" if isinstance(instruction, syntax.Run) else instruction.name
        name = posixpath.normpath("/" + path.lstrip("/")).strip("/")
        place = Place(ignore.source.line_span(line))
        where = " in a local build" if build.is_fetched else ""
        yield Finding(
            Place(at),
            f"`{name}` is excluded by line {line} of the ignore file, so this {what} does not find"
            f" it{where}",
            related=(Related(place, "excludes it", ignore.source),),
            help=f"add `!{name}` after line {line} of the ignore file"
            + build.sources.repeated_after(path, line),
            severity=Severity.INFO if where else None,
        )
