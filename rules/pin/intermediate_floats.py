r"""Some images of the file are pinned by digest and others float, so the result still changes.

## What it does

Finds stages on a floating base image in a Dockerfile that pins another base image by digest. Their
files are copied into a pinned stage, or they take files of one.

## Why is this bad?

With one base image pinned by `@sha256:…`, the file looks as if every build gives the same image.
But files from a stage on a floating base image may change whenever that base moves. Pin all or
none.

**Measured:** no figure, because the publisher decides when the tag moves and what changes.

## Example

```dockerfile bad
FROM golang:1.22 AS build
COPY main.go .
RUN go build -o /app main.go

FROM debian:12.5@sha256:9f1d7cc2e1e3ee3c3a1c5e4b2cf7b6c3a3d8a9c9f0a1d2b3c4d5e6f708192a3b
COPY --from=build /app /app
```

```dockerfile good
FROM golang:1.22@sha256:2c1d7cc2e1e3ee3c3a1c5e4b2cf7b6c3a3d8a9c9f0a1d2b3c4d5e6f708192a3b AS build
COPY main.go .
RUN go build -o /app main.go

FROM debian:12.5@sha256:9f1d7cc2e1e3ee3c3a1c5e4b2cf7b6c3a3d8a9c9f0a1d2b3c4d5e6f708192a3b
COPY --from=build /app /app
```

## How sure

It is certain that one image floats and the other does not. Whether the result depends on the
builder's version is for you to judge. Only stages that the image is built from count, on whichever
platform (`FROM build-$TARGETARCH`), so a test stage may float. A tag that is known to move belongs
to `pin/base-tag`. An image whose tag is the date of its build (`2025-12-29`, `bookworm-20240904`)
does not float.

## When not to follow it

Skip it when updates of the build image should arrive immediately.

## Options

None.

## References

- [Pin base image versions](https://docs.docker.com/build/building/best-practices/#pin-base-image-versions)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Related, Rule, Severity, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__, since="0.1", needs=("@",), severity=Severity.INFO)


@rule.on(syntax.Dockerfile)
def mixed(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report floating base images next to pinned ones."""
    bases = context.build.images.named_bases
    pinned = [use for use, reference in bases if reference.digest]
    if not pinned:
        return
    name = pinned[0].written.partition("@")[0]
    related = (Related(pinned[0], "pinned by digest"),)
    for use, reference in bases:
        # of a tag that is known to move, `pin/base-tag` says so
        if use.floats and not context.build.images.is_own(reference):
            yield Finding(
                use,
                f"`{reference}` can change between builds, although `{name}` is pinned",
                related=related,
                help="pin it by digest, too",
            )
