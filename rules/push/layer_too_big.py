r"""A single layer is so large that it is pushed and pulled as one long stream.

## What it does

Finds `COPY`s whose layer is larger than `limit` and can be split.

## Why is this bad?

Layers are transferred in parallel, each as a single stream. A layer of several gigabytes takes its
time while the others are finished, and a broken connection restarts it. Several smaller `COPY`s
transfer in parallel, and only the changed part is pushed again.

**Measured:** dlint's model of the example counts 3.6 MB in one stream, with `limit` set to 2 MB.

## Example

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

## How sure

The size is the compressed size of the files. A `COPY` that is mostly one file cannot be split and
is not reported.

## When not to follow it

Skip it when the registry or the network gains nothing from parallel streams.

## Options

- `limit` (default `"2GB"`): the largest compressed size of a layer.

## References

- [Concurrent uploads of `docker push`](https://docs.docker.com/reference/cli/docker/image/push/)
"""

from __future__ import annotations

from dlint import Cost, Finding, Rule, Severity, human_bytes, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint import Context

rule = Rule(
    __name__, __doc__, since="0.1", layered=True, severity=Severity.INFO, options={"limit": "2GB"}
)


@rule.on(syntax.Transfer)
def too_big(transfer: syntax.Transfer, context: Context) -> Iterator[Finding]:
    """Report COPYs whose layer is larger than the limit and can be split."""
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
    """Tell whether enough remains besides the largest file, which stays one stream."""
    return sum(sizes) - max(sizes) > limit // 4
