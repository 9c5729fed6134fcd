r"""The base image is in another registry than the pushed image, so its layers are pushed as well.

## What it does

Finds base images from another registry than the one that the repository's recipes push to. The rule
is off by default.

## Why is this bad?

A registry can mount a layer from one of its repositories into another. A push on a base image from
the same registry uploads none of the base's layers. Layers from another registry are uploaded at
least once per registry, and again whenever the tag of the base moves. A fresh CI runner also
uploads them once for every new repository, because it does not remember earlier pushes. A copy of
the base image in the target registry avoids that and speeds up pulls.

**Measured:** no figure without the base image. `dlint push --against SOURCE --to REPOSITORY` shows
what a push uploads of it.

## Example

```context
Makefile: release:\n docker build -t registry.example.com/shop/web .\n docker push registry.example.com/shop/web
```

```dockerfile bad
FROM python:3.12.4-slim
COPY main.py /web/
```

```dockerfile good
FROM registry.example.com/mirror/python:3.12.4-slim
COPY main.py /web/
```

## How sure

The target is read from the repository's recipes: `docker push`, `docker build --push`, GitHub
actions, tags in Bake files and the services that Compose builds. The rule is silent when one of
them names a registry by an unknown variable. Most registries mount layers across repositories, but
not all promise it.

## When not to follow it

Skip it when a few uploads of the base image cost less than maintaining a mirror.

## Options

None.

## References

- [Mounting a blob from another repository](https://github.com/opencontainers/distribution-spec/blob/main/spec.md#mounting-a-blob-from-another-repository)
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Related, Rule, Severity, listed, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, since="0.1", severity=Severity.INFO, default=False)


@rule.on(syntax.Dockerfile)
def foreign_base(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report base images of shipped images that are in none of the target registries."""
    build = context.build
    going = build.images.destinations
    if not going.registries or not going.whole:
        return
    named = listed(sorted(going.registries))
    for use in build.images.shipped_bases:
        reference = use.reference
        if reference is None or not use.pulled or reference.registry in going.registries:
            continue
        mirror = next(_mirrors(build, reference.name), None)
        message = (
            f"`{reference}` comes from {reference.registry}, but the image is pushed to {named}, so"
            " the layers of the base are pushed there, too"
        )
        yield Finding(
            use,
            message,
            help="copy the base image to that registry once and use it from there",
            related=() if mirror is None else (mirror,),
        )


def _mirrors(build: Build, name: str) -> Iterator[Related]:
    """Yield the repository's other base images of that name that are in a target registry."""
    for base in build.images.neighbours.bases:
        reference = base.use.reference
        if (
            reference is not None
            and reference.name == name
            and reference.registry in build.images.destinations.registries
        ):
            yield Related(base.use, "copies it from there", source=base.source)
