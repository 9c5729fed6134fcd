r"""Two images export their build cache to one place, so each build overwrites the other's cache.

## What it does

Finds images whose build cache goes to the same place as another image's: a GitHub scope, a tag in a
registry, a folder, or a name in a bucket.

## Why is this bad?

An export replaces what was there. Where two images share a place, only the one that was built last
finds its layers again. The next build of the other one starts without a cache, and then overwrites
it in turn. `type=gha` without `scope` always means the scope `buildkit`.

**Measured:** no figure, because it depends on the order of the builds. `dlint push` shows how large
each cache is.

## Example

```context
api/Dockerfile: FROM debian:12.5-slim\n
Makefile: release:\n docker buildx build --cache-to type=gha,mode=max .\n docker buildx build --cache-to type=gha,mode=max api
```

```dockerfile bad
FROM python:3.12.4-slim
COPY main.py /web/
```

```context
api/Dockerfile: FROM debian:12.5-slim\n
Makefile: release:\n docker buildx build --cache-to type=gha,scope=web .\n docker buildx build --cache-to type=gha,scope=api api
```

```dockerfile good
FROM python:3.12.4-slim
COPY main.py /web/
```

## How sure

Both places are read from the repository's own files: Compose, Bake and CI files, Makefiles and
scripts. A place that a variable decides is not compared. Two builds of the same Dockerfile and
target are one image. Where the files contradict, nothing is reported. Nor is a folder
(`type=local`) that CI writes: its jobs share no disk.

## When not to follow it

Skip it when the two images are never built for the same branch.

## Options

None.

## References

- [GitHub Actions cache: scope](https://docs.docker.com/build/cache/backends/gha/#scope)
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from dlint import Finding, Rule, Severity, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__, since="0.1", severity=Severity.INFO)


@rule.on(syntax.Dockerfile)
def shared_place(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report an image whose cache another image's build overwrites."""
    build = context.build
    if build.target is None:
        return
    for each in build.exports.collisions:
        yield Finding(
            build.target.from_,
            f"the build cache `{each.entry}` is also exported for `{each.image}`"
            f" ({each.path}), so each build overwrites the other's",
            help="give each image a scope or tag of its own",
        )
