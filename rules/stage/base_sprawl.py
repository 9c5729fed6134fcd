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

import re
from collections import Counter
from functools import lru_cache
from itertools import accumulate, product, starmap

from dlint import Finding, Related, Rule, Severity, facts, regex, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__, since="0.1", severity=Severity.INFO)

_AMOUNT = frozenset(("slim", "full"))  # variants by size of one product, not other products
_ADVICE = "use the same tag everywhere, if it holds all that each image needs"
_BARE_VERSION = regex(r"v?\d+")


@rule.on(syntax.Dockerfile)
def another_release(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report base images of which more of the repository's Dockerfiles use another release."""
    build = context.build
    near = build.images.neighbours
    for use in build.images.shipped_bases:
        if use.pulled and not _on_purpose(near.path, use):
            yield from _outnumbered(use, near.bases)


def _outnumbered(use: facts.ImageUse, bases: tuple[facts.Base, ...]) -> Iterator[Finding]:
    """Report a base image if more of the other files use another release of it."""
    image, own = _image(use), _tag(use)
    others = [
        each for each in bases if _image(each.use) == image and not _on_purpose(each.path, each.use)
    ]
    counts = Counter((own, *(_tag(each.use) for each in others)))
    rivals = (tag for tag in counts if _is_another_release(use, own, tag))
    rival = max(rivals, key=lambda tag: _weight(tag, counts), default=own)
    if counts[rival] > counts[own]:
        yield _finding(use, [each for each in others if _tag(each.use) == rival])


def _image(use: facts.ImageUse) -> tuple[str, str] | None:
    return (use.reference.registry, use.reference.repository) if use.reference else None


def _tag(use: facts.ImageUse) -> str:
    return use.reference.tag_or_latest if use.reference else ""


def _weight(tag: str, counts: Counter[str]) -> tuple[int, list[int], str]:
    """Sort by how many files use the tag; of two equal ones, the later release comes first."""
    return counts[tag], list(map(int, re.findall(r"\d+", tag))), tag


def _is_another_release(use: facts.ImageUse, own: str, other: str) -> bool:
    """Tell whether two tags are certainly two releases or variants of one product, neither being
    the other's short form; of one release, the other variant is the smaller one.

    Another minor version of anything but a distribution is chosen for what runs on it.
    """
    mine, theirs = facts.Tag.read(own), facts.Tag.read(other)
    if not use.is_distribution and _versions_differ(mine.version[:2], theirs.version[:2]):
        return False
    if mine.families != theirs.families or mine.words - _AMOUNT != theirs.words - _AMOUNT:
        return False
    if _releases_differ(mine, theirs):
        return True
    return mine.words != theirs.words and "slim" not in mine.words  # which nobody need give up


def _releases_differ(mine: facts.Tag, theirs: facts.Tag) -> bool:
    return _versions_differ(mine.version, theirs.version) or _grounds_differ(
        mine.ground, theirs.ground
    )


def _versions_differ(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Tell whether two tags name two versions, neither being a prefix of the other."""
    shorter = min(len(one), len(other))
    return shorter > 0 and one[:shorter] != other[:shorter]


def _grounds_differ(one: frozenset[str], other: frozenset[str]) -> bool:
    """Tell whether two tags name different distributions, with no part in common."""
    return set(starmap(_is_same_ground, product(one, other))) == {False}


def _is_same_ground(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _on_purpose(path: str, use: facts.ImageUse) -> bool:
    """Tell whether the tag is deliberate: an ARG decides it, or the path names a version or part of
    the tag.
    """
    return use.reference is None or use.default is not None or _named_in(path, _tag(use))


@lru_cache(maxsize=4096)
def _named_in(path: str, tag: str) -> bool:
    parts = facts.Tag.read(tag)
    if parts.moves:
        return True  # the release is unknown
    squashed = re.sub(r"(?<=\d)[._](?=\d)", "", path.lower())
    words = set(re.findall(r"[a-z0-9]+", squashed))
    numbers = set(re.findall(r"\d+", squashed))
    grounds = {re.sub(r"\W", "", part) for part in parts.ground}
    versions = set(accumulate(parts.version))  # 3.12.4 is 3, 312 and 3124
    return (
        not words.isdisjoint(grounds | parts.words)
        or not numbers.isdisjoint(versions)
        or any(map(_BARE_VERSION.fullmatch, words))
    )


def _finding(use: facts.ImageUse, rivals: list[facts.Base]) -> Finding:
    first = rivals[0]
    more = f" and {len(rivals) - 1} more" if len(rivals) > 1 else ""
    message = (
        f"`{use.reference}` here, but `{first.use.reference}` in {first.path}{more}: both bases"
        " must be stored and pulled"
    )
    note = Related(first.use, "the other one", source=first.source)
    return Finding(use, message, related=(note,), help=_ADVICE)
