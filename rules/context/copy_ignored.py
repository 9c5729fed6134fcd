"""A COPY of what the ignore file leaves out fails the build.

The builder is never sent what the ignore file leaves out. A COPY of such a path says "not found",
although the file is there to see: it costs a build, and no push comes of it.

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

How sure: the ignore file is read as the builder reads it, with its `!` lines, in their order; a
folder of which something is taken in again is there. Paths that hold wildcards or unknown variables
are left alone. Bind mounts of a RUN see the same context and are looked at too.

When not to follow it: there is no such case, unless the image is built from another context than
dlint was told of.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from dlint import Finding, Related, Rule, Severity, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context, facts, fixes

rule = Rule(__name__, __doc__, severity=Severity.ERROR)

_WILD = frozenset("*?[\\")


class Place(NamedTuple):
    """A span by itself."""

    span: fixes.Span


@rule.on(syntax.Transfer)
def copied(transfer: syntax.Transfer, context: Context) -> Iterator[Finding]:
    """Report sources of a COPY or ADD that the ignore file leaves out."""
    build = context.build
    ignore = build.context.ignore
    stage = build.stage_of(transfer)
    if (
        ignore is None
        or transfer.from_
        or stage is None
        or not build.live(stage)
        or transfer.parents
    ):
        return
    heredocs = {heredoc.name for heredoc in transfer.heredocs}
    for word in transfer.sources:
        path = build.expand(transfer, word.text)
        if path and path not in heredocs and "://" not in path and not path.startswith("git@"):
            yield from _report(build, ignore, path, word.span, transfer.name)


@rule.on(syntax.Run)
def mounted(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report bind mounts of what the ignore file leaves out."""
    build = context.build
    ignore = build.context.ignore
    stage = build.stage_of(run)
    if ignore is None or stage is None or not build.live(stage):
        return
    for mount in run.mounts:
        if mount.type == "bind" and not mount.from_ and mount.source:
            path = build.expand(run, mount.source)
            if path:
                yield from _report(build, ignore, path, mount.span, "mount")


def _report(
    build: Build, ignore: facts.IgnoreFile, path: str, at: fixes.Span, what: str
) -> Iterator[Finding]:
    clean = posixpath.normpath("/" + path.lstrip("/")).strip("/")
    if (
        not clean
        or not _WILD.isdisjoint(clean)
        or clean in build.context.entries
        or not build.context.ignored(clean)
    ):
        return
    by = ignore.decider(clean)
    if by is None or _goes_through_link(build, clean):
        return
    line = ignore.lines[by]
    span = ignore.source.line_span(line)
    yield Finding(
        Place(at),
        f"`{clean}` is left out of the context by line {line} of the ignore file: this {what} finds"
        " nothing there",
        related=(Related(Place(span), "the line that leaves it out", ignore.source),),
    )


def _goes_through_link(build: Build, path: str) -> bool:
    """Tell whether a folder above is a symlink of the context, which the builder follows."""
    entries = build.context.entries
    while path := posixpath.dirname(path):
        if path in entries and entries[path].kind == "symlink":
            return True
    return False
