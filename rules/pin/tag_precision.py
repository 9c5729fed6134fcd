"""A tag says less of the version than the project asks for.

`node:alpine` names the ground that it stands on, but no version of Node.js: like `latest`, it moves
to the next major version on its own, and on that day every layer above it is built and uploaded
again. How exact is exact enough is a matter of taste: `precision` sets it.

| `precision` | the least that is asked for |
|---|---|
| `any` | nothing (`pin/base-tag` still asks for a tag) |
| `major` | `python:3`, `debian:bookworm` |
| `minor` | `python:3.12`, `alpine:3.20` |
| `patch` | `python:3.12.4`, or the date, number or commit of a build |
| `digest` | `@sha256:…` |

```dockerfile bad
FROM node:alpine
WORKDIR /app
```

```dockerfile good
FROM node:22-alpine
WORKDIR /app
```

```toml
[tool.dlint.pin]
precision = "patch"
```

```dockerfile bad
FROM python:3.12-slim
WORKDIR /app
```

```dockerfile good
FROM python:3.12.4-slim
WORKDIR /app
```

How sure: a version is read from the tag's text; a publisher may mean something else by it. A digest
is always enough.

When not to follow it: the more exact a tag, the more often somebody must renew it to get the fixes
of the base.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from dlint import Finding, Rule, Severity, facts, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context, images


class Wanted(StrEnum):
    """How exact a tag must be, from little to much."""

    ANY = "any"
    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"
    DIGEST = "digest"


rule = Rule(__name__, __doc__, severity=Severity.INFO, options={"precision": Wanted.MAJOR})

# Official images that are distributions: code names are versions of theirs, not of the ground that
# they stand on.
_DISTRIBUTIONS = frozenset(
    (
        "almalinux",
        "alpine",
        "amazonlinux",
        "buildpack-deps",
        "centos",
        "debian",
        "fedora",
        "neurodebian",
        "opensuse",
    )
) | {"oraclelinux", "photon", "rockylinux", "ros", "ubuntu"}
_LEVELS = list(Wanted)


@rule.on(syntax.Dockerfile)
def loose_tag(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report tags that are less exact than configured."""
    wanted = Wanted(context.settings["precision"])
    for use, reference in context.build.named_images:
        if not use.pulled or not _has_version(reference) or _begins_a_cache(use):
            continue
        if wanted is Wanted.MAJOR and _has_version_elsewhere(use, reference):
            continue
        tag = facts.Tag.read(reference.tag or "")
        found = tag.precision(distribution=_names_releases(reference))
        if found < _LEVELS.index(wanted):
            effect = _PUSHED if context.build.shipped(use.stage) else _BUILT
            named = f"only a {_LEVELS[found]} version" if found else "no version"
            yield Finding(
                use, f"`{reference}` names {named}, where {_ASKED[wanted]} is asked for: {effect}"
            )


_ASKED = {
    Wanted.MAJOR: "a major one",
    Wanted.MINOR: "a minor one",
    Wanted.PATCH: "an exact one",
    Wanted.DIGEST: "a digest",
}
_PUSHED = "when the tag moves on, all above it is built and uploaded again"
_BUILT = "when the tag moves on, all above it is built again"


def _has_version(reference: images.Reference) -> bool:
    """Tell whether a tag stands for a version; without one at all it is pin/base-tag's matter, and
    a digest is enough.
    """
    if reference.digest or reference.tag is None:
        return False
    return not facts.Tag.read(reference.tag).moves


def _begins_a_cache(use: facts.ImageUse) -> bool:
    """Tell whether an image is no more than what a cache mount begins with: it is there to be a
    newer one each time.
    """
    run = use.instruction
    mounts = run.mounts if isinstance(run, syntax.Run) else ()
    return any(mount.type == "cache" and mount.span == use.span for mount in mounts)


def _has_version_elsewhere(use: facts.ImageUse, reference: images.Reference) -> bool:
    """Tell whether the name holds the version (`nodejs20-debian12:debug`), or the tag comes from a
    default that no real build takes: `notset`, `xxx`, nothing at all.
    """
    if re.search(r"\d", reference.name):
        return True
    parts = (reference.tag or "").split("-") if use.default else []
    return any(part in {"v", "tag"} or facts.is_placeholder(part) for part in parts)


def _names_releases(reference: images.Reference) -> bool:
    """Tell whether code names are versions of the image itself."""
    return not reference.is_official or reference.name in _DISTRIBUTIONS
