r"""A base image has no tag, or a tag that moves, so it changes without notice.

## What it does

Finds images without a tag, and with tags such as `latest`, `lts`, `stable`, `edge`, `mainline`,
`nightly` or `main`. `debug` and `nonroot` of Distroless images count where the name tells no
release (`base:debug`). It checks `FROM`, `COPY --from` and `RUN --mount=from=`.

## Why is this bad?

`FROM alpine` means `alpine:latest`, which each build resolves again. Builds of one commit may then
stand on different images or take other files, and an earlier result cannot be reproduced. A `RUN`
that mounts a whole image runs again when any file of that image has changed: `source=` narrows the
mount.

**Measured:** no figure, because the publisher decides when the tag moves and what changes.

## Example

```dockerfile bad
FROM alpine
RUN apk add --no-cache tini
```

```dockerfile good
FROM alpine:3.20
RUN apk add --no-cache tini
```

The default of an `ARG` counts when the repository passes no other value:

```dockerfile bad
ARG BASE=node:lts-slim
FROM ${BASE}
COPY --from=composer:2.7 /usr/bin/composer /usr/bin/composer
```

```dockerfile good
ARG BASE=node:22.4-slim
FROM ${BASE}
COPY --from=composer:2.7 /usr/bin/composer /usr/bin/composer
```

```dockerfile bad
FROM php:8.3.10-cli
COPY --from=composer /usr/bin/composer /usr/bin/composer
```

```dockerfile good
FROM php:8.3.10-cli
COPY --from=composer:2.7 /usr/bin/composer /usr/bin/composer
```

## How sure

That a version tag stays is the publisher's promise, not the registry's. Only a digest is certain
(`pin/base-digest`), and `pin/tag-precision` decides how exact a version must be. Not reported are
stages, `scratch`, names that only a build argument knows, and bare names that Docker Hub does not
have (local images). Nor are bases of Arch Linux and openSUSE Tumbleweed, which have no releases:
packages of today do not fit an old base. Nor is a stage of which only certificates, time zones or
accounts are copied. Nor is what a `COPY` or a mount takes if a comment above asks for the newest.
Nor is what a Dockerfile or stage named `nightly`, `newest` or `latest` stands on. Nor are images
that the repository's own Compose, Bake and CI files or scripts build, or replace by a named
context. A document or a comment of a Dockerfile may tell to build them as well. Nor is the image
that has the name of the repository and its owner in git's remote `origin`. Nor is anything in an
example or in what tests read, unless a recipe builds it that is none of the examples. A name that
stands at several places is reported once.

These are infos:

- what no pushed image stands on or copies from
- what stands in a folder or file of tests
- what a comment above asks the newest of
- what is of the account that the repository pushes to, or that is called as its owner
- an image without a tag, or with `latest`, whose name holds a release: `base-debian12`,
  `ubi9/python-312`

`# syntax=docker/dockerfile:1` is meant to move within its major version; without a tag it is an
info.

## When not to follow it

Skip it in a file that tests whether tomorrow's base image still works.

## Options

None.

## References

- [Pin base image versions](https://docs.docker.com/build/building/best-practices/#pin-base-image-versions)
- [DL3006](https://github.com/hadolint/hadolint/wiki/DL3006),
  [DL3007](https://github.com/hadolint/hadolint/wiki/DL3007)
"""

from __future__ import annotations

from dlint import Finding, Related, Rule, Severity, facts, images, regex, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, since="0.1", aliases=("DL3006", "DL3007"))


@rule.on(syntax.Dockerfile)
def moving_base(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report images whose name does not fix a version, each once: where it costs most."""
    build = context.build
    if build.is_example_or_input:
        return
    places: dict[tuple[str, str | None], list[facts.ImageUse]] = {}
    for use in build.images.moving:
        # Of another platform it is another image.
        key = (str(use.reference), use.instruction.flag("platform"))
        places.setdefault(key, []).append(use)
    for uses in places.values():
        use = _dearest(build, uses)
        if use.is_of_several and not use.has_versions:
            continue  # no version to name, and a digest is of one repository
        is_mild = not _may_cost(build, use) or _is_on_purpose(build, use)
        yield Finding(
            use,
            f"{_subject(use)} {_why(use.reference)}{_DIFFER}",
            related=(*_cause(use), *(Related(each, "here, too") for each in uses if each != use)),
            help=_remedy(use),
            severity=Severity.INFO if is_mild else None,
        )


def _dearest(build: Build, uses: list[facts.ImageUse]) -> facts.ImageUse:
    """Return the use that costs most: one that a build takes before others, one that may cost a
    push before the rest of those, and before those of parts one to which any change of the image
    leads.
    """

    def far(use: facts.ImageUse) -> tuple[bool, ...]:
        return not build.live(use.stage), not _may_cost(build, use), not use.takes_all

    return min(uses, key=far)


def _remedy(use: facts.ImageUse) -> str:
    narrower = _NARROWER * (use.how == "mount" and use.takes_all)
    if use.is_of_several:
        return narrower + _VERSION
    if use.is_before_releases:
        return narrower + _OF_RELEASES
    return narrower + (_REMEDY if use.has_versions else _DIGEST)


@rule.on(syntax.Dockerfile)
def moving_frontend(dockerfile: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report a `# syntax=` line without even a major version."""
    if context.build.is_example_or_input:
        return
    for directive in dockerfile.directives:
        if directive.name == "syntax":
            try:
                reference = images.parse_reference(directive.value.split()[0])
            except (ValueError, IndexError):
                continue
            if _moves(reference):
                message = (
                    f"the frontend `{directive.value}` {_why(reference)}, so a new one may build"
                    " this file differently"
                )
                yield Finding(directive, message, severity=Severity.INFO, help=_REMEDY)


_REMEDY, _VERSION, _DIGEST = "name a version, or pin a digest", "name a version", "pin a digest"
_OF_RELEASES = "pin a digest, or name a release unless the newest packages are wanted"
# Any changed file of what is mounted runs the RUN again: tried with and without `source=`, and with
# `rw`, on Docker 26.1.5.
_NARROWER = "mount only what this `RUN` reads of it (`source=`), and "
_DIFFER = ", so builds of one commit may take different images"
_RELEASE = regex(
    r"(?:\A|[-_.])(?:alma|alpine|amazonlinux|centos|debian|el|fedora|rhel|rocky|ubi|ubuntu)-?\d[\d.]*+\Z"
)


def _may_cost(build: Build, use: facts.ImageUse) -> bool:
    """Tell whether another image of that name may cost a push: one that nobody is known to make
    costs none, nor does what a build runs and does not ship. A stage that no build takes is an
    image of its own, for whoever asks for its name.
    """
    if build.images.stands_alone(use):
        return False
    return build.images.may_be_pushed(use) or not build.live(use.stage)


def _is_on_purpose(build: Build, use: facts.ImageUse) -> bool:
    """Tell whether who builds on the image moves its tag, or says to want the newest, or its name
    tells the release where a tag usually does.
    """
    if build.downloads.is_meant_to_move(use.instruction):
        return True
    if use.reference is None:
        return False
    if use.reference.tag_or_latest == "latest" and _tells_release(use.reference):
        return True
    return build.images.is_of_same_account(use.reference)


def _tells_release(reference: images.Reference) -> bool:
    """Tell whether a part of a name ends with a release: Red Hat has a folder for each."""
    return any(map(_RELEASE.search, reference.repository.split("/")))


def _why(reference: images.Reference | None) -> str:
    """Say why a name that moves may mean another image tomorrow."""
    tag = reference.tag if reference else None
    return "has no tag" if tag is None else f"has the floating tag `{tag}`"


def _moves(reference: images.Reference) -> bool:
    """Tell whether a name has no tag, or one that moves, and no digest."""
    if reference.digest:
        return False
    return reference.tag is None or facts.Tag.read(reference.tag).moves


def _subject(use: facts.ImageUse) -> str:
    return (
        f"`{use.reference}`"
        if use.default is None
        else f"`{use.written}`, by default `{use.reference}`,"
    )


def _cause(use: facts.ImageUse) -> tuple[Related, ...]:
    return () if use.default is None else (Related(use.default, "sets the default"),)
