r"""The base comes from another registry than the one that the image is pushed to, so that its
layers are uploaded, too.

A registry that has a layer in one of its repositories can mount it into another: for a base out of
the same registry, a push uploads nothing. A layer that only another registry has must go over the
wire: once for each registry at least, and once for each new repository where the builder doesn't
remember where it pushed the layer before (a fresh CI runner doesn't); and again whenever the base's
tag moves. A copy of the base in the target registry, or a mirror that is part of it, spares that,
and makes the pull a near one.

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

How sure: where images go is read in the repository's recipes: `docker push`, `docker build --push`,
the actions of GitHub that do it, Bake's tags, and the services of Compose that are built. If one of
them names a registry by a variable whose value isn't there, the rule is silent. That the registry
mounts layers across its repositories is common, but not promised by each. What a push uploads of a
base is told by `dlint push --against SOURCE --to REPOSITORY`.

When not to follow it: where a few uploads of the base are cheaper than a mirror that somebody must
keep up to date. That is why the rule is off until it is selected.
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Related, Rule, Severity, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, severity=Severity.INFO, default=False)


@rule.on(syntax.Dockerfile)
def foreign_base(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report bases of pushed images that no registry has to which the repository's images go."""
    build = context.build
    going = build.images.destinations
    if not going.registries or not going.whole:
        return
    named = " and ".join(sorted(going.registries))
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
    """Yield the repository's other bases of that name which a registry has that images go to."""
    for base in build.images.neighbours.bases:
        reference = base.use.reference
        if (
            reference is not None
            and reference.name == name
            and reference.registry in build.images.destinations.registries
        ):
            yield Related(base.use, "takes it from there", source=base.source)
