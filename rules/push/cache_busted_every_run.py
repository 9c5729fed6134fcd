r"""A build cache is exported, but the first step of each stage runs again in every build.

## What it does

Finds images whose build cache is exported although no stage can begin with a cached step. An
argument that is different in every build comes before the first `RUN`, or the first `COPY` takes
`.git`. The rule is in preview.

## Why is this bad?

A step that runs again makes all later steps of its stage run again. Where that is the first step
of each stage, the next build takes nothing from the imported cache, and exports all layers again.

**Measured:** no figure, because the cost depends on the cache. `dlint push` shows how large it is.

## Example

```context
.git/HEAD: ref: refs/heads/main\n
Makefile: release:\n docker buildx build --cache-to our/web:cache --build-arg GIT_SHA=$(git rev-parse HEAD) .
```

```dockerfile bad
FROM debian:12.5-slim
ARG GIT_SHA
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
LABEL org.opencontainers.image.revision=$GIT_SHA
```

```dockerfile good
FROM debian:12.5-slim
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
ARG GIT_SHA
LABEL org.opencontainers.image.revision=$GIT_SHA
```

## How sure

The cache is read from the repository's own files. An argument counts if its name says that it
changes with each build, and no default or file says otherwise. If one stage may begin with a cached step, nothing is reported.
`order/volatile-arg` and `context/git-copied` report the steps themselves.

## When not to follow it

Never: move what changes below what does not, or export no cache.

## Options

None.

## References

- [Optimize cache usage in builds](https://docs.docker.com/build/cache/optimize/)
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Related, Rule, Severity, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__, since="0.1", preview=True, severity=Severity.INFO)


@rule.on(syntax.Dockerfile)
def nothing_to_hit(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report what runs the first step of every stage again, where a cache is exported."""
    exports = context.build.exports
    if not exports.entries:
        return
    first, *others = exports.always_first or (None,)
    if first is not None:
        yield Finding(
            first,
            "this changes in every build, and with it the first step of each stage, so the exported"
            f" build cache `{exports.entries[0]}` is never used",
            help="move what changes below the steps that stay",
            related=tuple(Related(each, "changes in every build, too") for each in others),
        )
