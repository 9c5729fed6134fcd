r"""The images of the repository use several releases of one base image instead of sharing one.

## What it does

Finds base image tags that fewer of the repository's Dockerfiles use than another release of the
same image.

## Why is this bad?

A base image is stored in a registry once, kept on a node once and pulled once, as long as all
images share it. `python:3.12.3-slim` and `python:3.12.4-slim` share at most the layer of the
distribution. Both are pushed, both are pulled to every node, and both must be updated.

**Measured:** no figure, because the size of a base image is unknown without a registry.

## Example

```context
worker/Dockerfile: FROM python:3.12-slim-trixie\nCOPY . /worker changed 1
mailer/Dockerfile: FROM python:3.12-slim-trixie\nCOPY . /mailer
```

```dockerfile bad
FROM python:3.12-slim-bookworm
COPY main.py /web/
```

```dockerfile good
FROM python:3.12-slim-trixie
COPY main.py /web/
```

Tags that mean something else are no sprawl. `php:8.3-apache` and `php:8.3-fpm` are two products,
and Alpine is chosen on purpose. So is another minor version of a language or a program. The slim
variant of a release need not follow the full one:

```dockerfile good
FROM python:3.12-alpine
COPY main.py /web/
```

```dockerfile good
FROM python:3.11-slim-bookworm
COPY main.py /web/
```

## How sure

The tags certainly differ, and one is not the short form of the other. Whether the images share a
node or a registry is for you to judge. Where as many files use one release as the other, neither is
reported. Only base images of shipped images count. Not reported are
tags from an `ARG`, files and folders named for a version or their base, and those for builds,
tests, examples and development. Examples and documentation that CI pushes count. Images that
recipes build and that nobody pushes do not.

## When not to follow it

Skip it when part of the repository cannot move to the other release yet.

## Options

None.

## References

- [Create reusable stages](https://docs.docker.com/build/building/best-practices/#create-reusable-stages)
"""

from __future__ import annotations

from collections import defaultdict

from dlint import Finding, Related, Rule, Severity, facts, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__, since="0.1", severity=Severity.INFO)

_ADVICE = "use the same tag everywhere, if it holds all that each image needs"


@rule.on(syntax.Dockerfile)
def another_release(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report base images of which more of the repository's Dockerfiles use another release."""
    build = context.build
    near = build.images.neighbours
    for use in build.images.shipped_bases:
        if use.pulled and not use.is_chosen_for(near.path):
            yield from _outnumbered(use, near.bases)


def _outnumbered(use: facts.ImageUse, bases: tuple[facts.Base, ...]) -> Iterator[Finding]:
    """Report a base image if more of the other files use another release of it."""
    by_tag: defaultdict[str, list[facts.Base]] = defaultdict(list)
    for each in bases:
        if each.use.repository == use.repository and not each.use.is_chosen_for(each.path):
            by_tag[each.use.tag.text].append(each)
    uses = len(by_tag.pop(use.tag.text, ())) + 1
    rivals = max(by_tag.values(), key=len, default=[])
    if len(rivals) > uses and _could_be(use, rivals[0].use):
        yield _finding(use, rivals)


def _could_be(use: facts.ImageUse, other: facts.ImageUse) -> bool:
    return use.tag.could_be(other.tag, distribution=use.is_distribution)


def _finding(use: facts.ImageUse, rivals: list[facts.Base]) -> Finding:
    first = rivals[0]
    more = f" and {len(rivals) - 1} more" if len(rivals) > 1 else ""
    message = (
        f"`{use.reference}` here, but `{first.use.reference}` in {first.path}{more}: both bases"
        " must be stored and pulled"
    )
    note = Related(first.use, "the other one", source=first.source)
    return Finding(use, message, related=(note,), help=_ADVICE)
