r"""Files of the build context are copied into the image twice and stored twice.

## What it does

Finds `COPY` instructions that store files of the build context which an earlier `COPY` already
stored.

## Why is this bad?

Every `COPY` creates a layer. A folder that is copied to two places is in both layers, and both are
pushed and pulled. The same holds for a large file that is copied by name and again with the whole
build context. A symbolic link provides a second name without a second copy. `--exclude` or the
ignore file leaves out what an earlier `COPY` already stores.

**Measured:** dlint's model of the first example counts 3 MB of `assets/fonts.bin` a second time.

## Example

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

Only some builders store a file again that is copied to the same place. BuildKit with containerd's
image store skips it when nothing about it has changed, including owner and mode:

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

## How sure

The files and their sizes come from the build context, compressed by sampling. Only duplicates of at
least `min-bytes` are reported: a manifest that is copied first costs next to nothing. Copies from
other stages are not reported, because their size is unknown.

## When not to follow it

Keep both copies when a program changes one of them and needs the other unchanged.

## Options

None.

## References

- [`COPY --exclude`](https://docs.docker.com/reference/dockerfile/#copy---exclude)
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from dlint import Cost, Finding, Related, Rule, Severity, facts, human_bytes, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(
    __name__, __doc__, since="0.1", needs=(syntax.Transfer, syntax.Transfer), severity=Severity.INFO
)


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
        f"{human_bytes(size)} of this is already in the image: {what}",
        help="remove one of the two copies",
        cost=Cost.modelled(size, size),
        related=(Related(first.instruction, "copies them first"),),
    )


def _copied_before(
    build: Build, stage: facts.Stage, transfer: syntax.Transfer
) -> dict[facts.Arrival, frozenset[str]]:
    """Return which files of a COPY each earlier one has copied, as far as the context tells."""
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
    """Return the files that a COPY would store again although they are unchanged."""
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
    """Return the path of a context file inside the image."""
    for place, source in arrival.files.items():
        if source == file:
            return place
    return arrival.destination
