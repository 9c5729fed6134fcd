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

from itertools import chain
from typing import TYPE_CHECKING

from dlint import Cost, Finding, Related, Rule, Severity, facts, human_bytes, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, severity=Severity.INFO)


@rule.on(syntax.Transfer)
def copied_twice(transfer: syntax.Transfer, context: Context) -> Iterator[Finding]:
    """Report a COPY or ADD that stores what an earlier one of the chain stored."""
    build = context.build
    stage = build.shipped_stage(transfer)
    if stage is None or transfer.from_:
        return
    copied = _copied_before(build, stage, transfer)
    sizes = {
        path: build.context.entries[path].size for path in chain.from_iterable(copied.values())
    }
    if sum(sizes.values()) < context.min_bytes:
        return
    twice = _stored(build, stage, transfer) & sizes.keys()
    size = _packed(build, transfer, twice)
    if not size or size < context.min_bytes:
        return
    first = max(copied, key=lambda each: sum(sizes[path] for path in copied[each]))
    largest = max(copied[first] & twice, key=lambda path: sizes[path], default=next(iter(twice)))
    what = f"`{largest}` as {_place(first, largest)}"
    if len(twice) > 1:
        what = f"such as {what}"
    yield Finding(
        transfer,
        f"{human_bytes(size)} of this is already in the image, {what}",
        help="leave one of the two out",
        cost=Cost.modelled(size, size),
        related=(Related(first.instruction, "copies them first"),),
    )


def _copied_before(
    build: Build, stage: facts.Stage, transfer: syntax.Transfer
) -> dict[facts.Arrival, frozenset[str]]:
    """Return which of a COPY's files each earlier one has copied, as far as the context tells."""
    selection = build.selection(transfer)
    if selection is None or build.arrivals.doubtful or selection.archives:
        return {}
    taken = {landed.source for landed in selection.entries if landed.entry.kind == "file"}
    copied = {}
    for arrival in build.arrivals.before(stage, transfer):
        files = arrival.sources & taken
        if arrival.known and files:
            copied[arrival] = files
    return copied


def _stored(build: Build, stage: facts.Stage, transfer: syntax.Transfer) -> frozenset[str]:
    """Return the files that a COPY would store again, though they stand there as they are."""
    stored = build.standing.stored(stage, transfer)
    if stored is None:
        return frozenset()
    return frozenset(landed.source for landed in stored.entries)


def _packed(build: Build, transfer: syntax.Transfer, files: frozenset[str]) -> int | None:
    selection = build.selection(transfer)
    if selection is None or not files:
        return None
    return build.sizes.packed(selection, files)


def _place(arrival: facts.Arrival, file: str) -> str:
    """Return where a file of the context stands once it has arrived."""
    for place, source in arrival.files.items():
        if source == file:
            return place
    return arrival.destination
