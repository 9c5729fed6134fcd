r"""`mode=max` exports more bytes of stages that do not ship than the image itself has.

## What it does

Compares the layers of stages that do not ship with those of the image, where the build cache is
exported with `mode=max`. The rule is in preview.

## Why is this bad?

`mode=max` sends the layers of all stages to the cache. A new builder fetches them again as soon as
a step above them runs. That pays where a stage takes long to make. A stage that mostly copies or
downloads is often made as fast as it is fetched, and fills the cache's quota.

**Measured:** dlint's model of the first example exports 10 MB of the stage `build`, and 1 MB of the
image.

## Example

```context
data/model.bin 9MB
data/words.bin 1MB
Makefile: release:\n docker buildx build --cache-to type=registry,ref=our/web:cache,mode=max .
```

```dockerfile bad
FROM debian:12.5-slim AS build
COPY data /data

FROM debian:12.5-slim
COPY --from=build /data/words.bin /words.bin
```

```context
data/model.bin 9MB
data/words.bin 1MB
Makefile: release:\n docker buildx build --cache-to type=registry,ref=our/web:cache,mode=min .
```

```dockerfile good
FROM debian:12.5-slim AS build
COPY data /data

FROM debian:12.5-slim
COPY --from=build /data/words.bin /words.bin
```

## How sure

The cache is read from the repository's own files. Base images count on neither side. Where the size
of a layer of the image is unknown, nothing is reported; the other stages may have more than is
said. How long a stage takes is not known.

## When not to follow it

Keep `mode=max` when the stage takes longer to make than to fetch.

## Options

None.

## References

- [Cache mode](https://docs.docker.com/build/cache/backends/#cache-mode)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Rule, Severity, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    preview=True,
    severity=Severity.INFO,
    needs=(syntax.From, syntax.From),
)


@rule.on(syntax.Dockerfile)
def larger_than_the_image(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report a cache that holds more of other stages than of the image."""
    build = context.build
    entry = next((each for each in build.exports.entries if each.mode == "max"), None)
    if entry is None or build.target is None:
        return
    image = build.exports.layers_of(shipped=True)
    others = build.exports.layers_of(shipped=False)
    if not build.exports.have_more_beside or others.bytes < context.min_bytes:
        return
    yield Finding(
        build.target.from_,
        f"the build cache `{entry}` has {others} of stages that do not ship, and {image} of the"
        " image",
        help="export it with `mode=min` if these stages are made as fast as they are fetched",
    )
