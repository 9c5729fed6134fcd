"""Some images of the file are fixed by digest and others are not, so the result still is not.

With one base pinned by `@sha256:…`, the file looks as if each build gave the same image. But what
`COPY --from` takes out of a stage on a floating base is made anew whenever that base moves, and so
is every layer after it, which all are uploaded again: pin the builder too, or neither.

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

How sure: certain that the one floats and the other does not; whether the builder's version shows in
the result is for the reader to judge. Only stages that the image is built from count, so a stage
for tests may float.

When not to follow it: where the builder's own updates are wanted at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Related, Rule, Severity, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__, severity=Severity.INFO)


@rule.on(syntax.Dockerfile)
def mixed(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report floating bases beside pinned ones."""
    bases = context.build.images.named_bases
    pinned = [use for use, reference in bases if reference.digest]
    if not pinned:
        return
    name = pinned[0].written.partition("@")[0]
    related = (Related(pinned[0], "pinned by digest"),)
    for use, reference in bases:
        if use.pulled and not reference.digest:
            yield Finding(
                use,
                f"`{reference}` can change between builds, although `{name}` is pinned",
                related=related,
                help="pin both by digest",
            )
