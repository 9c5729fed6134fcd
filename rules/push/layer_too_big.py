"""One layer holds so much that its upload and its download stop being parallel, and start again
when they break off.

Layers are moved side by side, each as one stream: a layer of several gigabytes takes as long as it
takes, while the others are done, and a broken connection begins it anew. Several COPYs of a part
each move at the same time, and only the changed part is moved again.

```toml
[push.layer-too-big]
limit = "2MB"
```

```context
models/a.bin 1800kB
models/b.bin 1800kB
```

```dockerfile bad
FROM python:3.12.4-slim
COPY models /models
```

```dockerfile good
FROM python:3.12.4-slim
COPY models/a.bin /models/
COPY models/b.bin /models/
```

How sure: the size is that of the files, compressed by a sample. One file cannot be split: a COPY of
little else is left alone. `limit` is 2 GB unless it is set.

When not to follow it: where the registry or the network gains nothing from several streams.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Cost, Finding, Rule, Severity, human_bytes, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint import Context

rule = Rule(__name__, __doc__, severity=Severity.INFO, options={"limit": "2GB"})


@rule.on(syntax.Transfer)
def too_big(transfer: syntax.Transfer, context: Context) -> Iterator[Finding]:
    """Report COPYs whose layer is larger than the limit and could be several."""
    build, limit = context.build, rule.bytes(context, "limit")
    selection = build.sources.shipped_selection(transfer)
    if selection is None:
        return
    sizes = [each.entry.size for each in selection.files]
    if sum(sizes) <= limit or not _can_be_split(sizes, limit):
        return
    size = build.sizes.packed(selection)
    if size is not None and size > limit:
        yield Finding(
            transfer,
            f"this layer of {human_bytes(size)} is pushed as a single stream, one connection at a"
            " time",
            help="split it into several `COPY` instructions, whose layers are pushed in parallel",
            cost=Cost.modelled(size, size),
        )


def _can_be_split(sizes: Sequence[int], limit: int) -> bool:
    """Tell whether enough is left beside the largest file, which stays one stream."""
    return sum(sizes) - max(sizes) > limit // 4
