"""Files of the build context are copied into the image twice, and stored twice.

Each COPY makes a layer of its own. A folder that is copied to two places, or a large file by its
name and once more with the whole context, is in both layers, and both are uploaded and pulled. A
symbolic link is enough for a second name; what a COPY brought already can be left out of the next
by `--exclude`, or by the ignore file.

```context
assets/fonts.bin 3MB
server.js
```

```dockerfile bad
FROM node:22.4.1-slim
COPY assets /srv/static
COPY assets /srv/preview
COPY server.js /srv/
```

```dockerfile good
FROM node:22.4.1-slim
COPY assets /srv/static
RUN ln -s static /srv/preview
COPY server.js /srv/
```

A file that is copied to the same place again is stored again by some builders alone: BuildKit with
containerd's store leaves it out where nothing about it has changed, which is so where owner and
mode are the same.

```dockerfile bad
FROM node:22.4.1-slim
WORKDIR /srv
COPY assets assets
COPY --chown=node . .
```

```dockerfile good
FROM node:22.4.1-slim
WORKDIR /srv
COPY --chown=node assets assets
COPY --chown=node . .
```

How sure: the files and their sizes are those of the context, compressed by a sample. Only what
comes to `min-bytes` and more is reported: a manifest that is copied before the rest costs nothing
worth a word. What comes from other stages is left alone, since its size is not known.

When not to follow it: where a program changes the one and needs the other as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Cost, Finding, Related, Rule, Severity, facts, human_bytes, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__, severity=Severity.INFO)


@rule.on(syntax.Transfer)
def copied_twice(transfer: syntax.Transfer, context: Context) -> Iterator[Finding]:
    """Report a COPY or ADD that stores what an earlier one of the chain stored."""
    build = context.build
    stage = build.stage_of(transfer)
    if transfer.from_ or stage is None or not build.shipped(stage):
        return
    arrivals, entries = build.arrivals, build.context.entries
    earlier = [each for each in arrivals.before(stage, transfer) if each.known]
    selection = build.selection(transfer) if earlier else None
    if selection is None or arrivals.doubtful or selection.archives:
        return
    taken = frozenset(landed.source for landed in selection.entries if landed.entry.kind == "file")
    again = [(each, files) for each in earlier if (files := each.sources & taken)]
    if (
        sum(entries[path].size for path in frozenset().union(*(files for _, files in again)))
        < context.min_bytes
    ):
        return
    stored = build.standing.stored(stage, transfer)
    kept = frozenset(landed.source for landed in stored.entries) if stored else frozenset()
    twice = frozenset().union(*(files for _, files in again)) & kept
    size = build.packed_bytes(selection, twice) if twice else 0
    if size and size >= context.min_bytes:
        first, files = max(again, key=lambda each: sum(entries[path].size for path in each[1]))
        largest = max(files & twice, key=lambda path: entries[path].size, default=next(iter(twice)))
        yield Finding(
            transfer,
            f"{human_bytes(size)} of this are in the image already,"
            f" {_what(first, largest, len(twice))}",
            cost=Cost.modelled(size, size),
            related=(Related(first.instruction, "copies them first"),),
        )


def _what(first: facts.Arrival, largest: str, count: int) -> str:
    place = next(
        (place for place, source in first.files.items() if source == largest), first.destination
    )
    return (
        f"`{largest}` as {place}"
        if count == 1
        else f"such as `{largest}` as {place}: both layers hold them"
    )
