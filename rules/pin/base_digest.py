r"""A base image without a digest is whatever its tag points to when the build runs.

## What it does

Finds images in `FROM`, `COPY --from` and `RUN --mount=from=` without a digest. The rule is off by
default.

## Why is this bad?

A tag can move: publishers rebuild `python:3.12.4` for every security fix of the system packages.
Builds of one commit then stand on different images, on an unplanned day. With `@sha256:…` the base
image changes only when the Dockerfile does, and an update bot can propose the change.

**Measured:** no figure, because the publisher decides when the tag moves and what changes.

## Example

```dockerfile bad
FROM debian:12.5-slim
RUN useradd --system app
```

```dockerfile good
FROM debian:12.5-slim@sha256:9f1d7cc2e1e3ee3c3a1c5e4b2cf7b6c3a3d8a9c9f0a1d2b3c4d5e6f708192a3b
RUN useradd --system app
```

## How sure

It is certain whether a name contains a digest. Stages, `scratch` and names that only a build
argument knows are not reported. Nor are images that the repository itself builds: they have no
digest yet. With `resolve`, the fix writes the digest that the tag has now. It is safe: the result
of the build stays the same.

## When not to follow it

Skip it when nobody renews the digests: a pinned base image keeps its known vulnerabilities. The
digest of a multi-platform index also changes when a platform is added. The digest of a single
manifest ties the file to its platform. Docker's official images must not use digests.

## Options

- `resolve` (default `false`): ask the registry for the digest of each tag, and offer a fix.
- `insecure-registries` (default `[]`): registries to ask over plain HTTP.

Both open connections, which a pull request from outside must not ask for. They count only in a file
named by `--config` and in your own configuration (`~/.config/dlint/dlint.toml`). A file found in
the repository cannot set them.

```toml
[pin.base-digest]
resolve = true
```

## References

- [Pin base image versions](https://docs.docker.com/build/building/best-practices/#pin-base-image-versions)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import DlintError, Finding, Rule, fixes, images, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context, facts

# A repository's own file must not decide which registry is asked.
asking = {"resolve": False, "insecure-registries": ()}
rule = Rule(
    __name__, __doc__, since="0.1", default=False, fix=fixes.Safety.SAFE, user_options=asking
)


@rule.on(syntax.Dockerfile)
def without_digest(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report images from a registry without a digest."""
    own = context.build.images.is_own
    for use in context.build.images.used:
        reference = use.reference
        if reference and use.pulled and reference.digest is None and not own(reference):
            message = (
                f"`{use.reference}` is not pinned by digest, so builds of one commit may take"
                " different images"
            )
            yield Finding(
                use,
                message,
                fix=_fix(use, context) if context.settings["resolve"] else None,
                help="pin the digest",
            )


def _fix(use: facts.ImageUse, context: Context) -> fixes.Fix | None:
    """Write the digest that the registry returns; no fix if it does not answer or a variable
    decides.
    """
    if use.default is not None or "$" in use.written:
        return None

    try:
        settings = images.RegistrySettings(insecure=tuple(context.settings["insecure-registries"]))
        digest = images.tag_digest(str(use.reference), settings=settings)
    except DlintError:
        return None
    return fixes.Fix(
        "pin the digest that the tag has now",
        (fixes.Edit(fixes.Span(use.span.end, use.span.end), f"@{digest}"),),
        fixes.Safety.SAFE,
    )
