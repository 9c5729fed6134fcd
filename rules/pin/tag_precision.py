r"""A tag names less of the version than the project requires.

## What it does

Finds images whose tag is less exact than the option `precision`.

## Why is this bad?

`node:alpine` names the distribution but no version of Node.js. Like `latest`, it moves to the next
major version, so builds of one commit may stand on different ones. How exact a tag must be is a
matter of taste.

**Measured:** no figure, because the publisher decides when the tag moves and what changes.

## Example

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

## How sure

The version is read from the text of the tag; a publisher may use it differently. A digest is always
enough. Images that are published in variants alone, such as Distroless, have no version to name. An
image that a recipe of the repository itself builds needs none. Neither does one of which a build
only takes certificates, time zones or accounts, or an official one that only downloads files for
the image. Nor does what examples, tests and images for development stand on, unless the option asks
for more: whoever takes those chooses the version. Where the major version has been the same for
years (`golang:1`, `python:3`), the help asks for a minor one.

## When not to follow it

Choose a lower precision when nobody renews the tags: the more exact a tag, the more often it must
be renewed to get fixes.

## Options

- `precision` (default `"major"`): the least that a tag must name.

| `precision` | required |
|---|---|
| `any` | nothing (`pin/base-tag` still requires a tag) |
| `major` | `python:3`, `debian:bookworm` |
| `minor` | `python:3.12`, `alpine:3.20` |
| `patch` | `python:3.12.4`, or the date, number or commit of a build |
| `digest` | `@sha256:…` |

## References

- [Pin base image versions](https://docs.docker.com/build/building/best-practices/#pin-base-image-versions)
"""

from __future__ import annotations

from enum import StrEnum

from dlint import Finding, Rule, Severity, facts, images, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context


class Wanted(StrEnum):
    """How exact a tag must be, from least to most."""

    ANY = "any"
    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"
    DIGEST = "digest"


rule = Rule(
    __name__, __doc__, since="0.1", severity=Severity.INFO, options={"precision": Wanted.MAJOR}
)

_LEVELS = list(Wanted)


@rule.on(syntax.Dockerfile)
def loose_tag(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report tags that are less exact than configured."""
    wanted = Wanted(context.settings["precision"])
    seen = set()
    for use, reference in context.build.images.named:
        if use.precision is None or reference in seen:
            continue
        if wanted is Wanted.MAJOR and _needs_none(context.build, use, reference):
            continue
        if use.precision < _LEVELS.index(wanted):
            seen.add(reference)
            required = f"; the project requires {_ASKED[wanted]}" * bool(use.precision)
            yield Finding(
                use,
                f"`{reference}` has {_NAMED[use.precision]}{_DIFFER}{required}",
                help=_help(use, reference, wanted),
            )


def _needs_none(build: Build, use: facts.ImageUse, reference: images.Reference) -> bool:
    """Tell whether an image is taken without a version on purpose, or for what is in any."""
    if not build.is_for_use(use.instruction):
        return True
    is_told = use.has_version_elsewhere or build.images.is_own(reference)
    return is_told or build.images.may_be_any(use)


_DIFFER = ", so builds of one commit may take different images"
# Of an image that its publisher may build without versions, or with them in other variants alone.
_OR_DIGEST = " of the same variant, or pin a digest if it has none"
_NAMED = ("no version", *(f"only a {level} version" for level in _LEVELS[1:]))
_ASKED = {
    Wanted.MAJOR: "a major version",
    Wanted.MINOR: "a minor version",
    Wanted.PATCH: "an exact version",
    Wanted.DIGEST: "a digest",
}
# What has had one major version for more than five years, so that the tag of that one moves
# whenever the tag without a version does.
_ONE_MAJOR = frozenset(
    "busybox caddy elixir golang httpd julia memcached nginx perl python rust".split()
)


def _help(use: facts.ImageUse, reference: images.Reference, wanted: Wanted) -> str:
    if use.is_before_releases:
        return "pin a digest, or name a release unless the newest packages are wanted"
    is_variant = not any((use.precision, reference.is_official, wanted is Wanted.DIGEST))
    is_alike = wanted is Wanted.MAJOR and reference.name in _ONE_MAJOR
    return f"name {_ASKED[Wanted.MINOR if is_alike else wanted]}{_OR_DIGEST * is_variant}"
