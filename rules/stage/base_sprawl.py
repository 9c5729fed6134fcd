r"""The repository's images stand on several releases of one base, where one would be shared.

A base is stored in a registry once, kept on a node once and pulled once, however many images stand
on it: as long as it is the same one. `python:3.11-slim` beside `python:3.12-slim`, or `bullseye`
beside `bookworm`, are two bases with the distribution's layer in common at best: both are uploaded,
both are pulled to each node, and both must be renewed. The finding is at the tag that fewer of the
repository's Dockerfiles name.

```context
worker/Dockerfile: FROM python:3.12-slim\nCOPY . /worker changed 1
mailer/Dockerfile: FROM python:3.12-slim\nCOPY . /mailer
```

```dockerfile bad
FROM python:3.11-slim
COPY main.py /web/
```

```dockerfile good
FROM python:3.12-slim
COPY main.py /web/
```

What says something else of the image is no sprawl: `php:8.3-apache` and `php:8.3-fpm` are two
products, and whoever takes Alpine has a reason:

```dockerfile good
FROM python:3.11-alpine
COPY main.py /web/
```

How sure: the tags are certainly two, and one can't be the short form of the other; whether all of
the images ever meet on a node or in a registry is for the reader to know. How large the bases are
is not known without asking a registry. Only the bases of images that are pushed count. What varies
on purpose is left alone: tags that an ARG decides, files or folders that are named by a version or
by their base, and those for builds, tests, examples and development.

When not to follow it: where a part of the repository can't move to the other release yet.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache, partial
from itertools import accumulate, product, starmap
from typing import TYPE_CHECKING

from dlint import Finding, Related, Rule, Severity, facts, regex, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__, severity=Severity.INFO)

_AMOUNT = frozenset(("slim", "full"))  # how much of one product is in the image: no other product
_ASIDE = """
archive archived base benchmark benchmarks build builder ci debug demo demos deprecated dev
devcontainer devel develop development doc docs e2e example examples experimental external fixture
fixtures integration legacy local old sample samples template templates test testdata testing
tests tutorial tutorials
"""
# Folders and suffixes of files whose images are made for other purposes.
_NOT_DEPLOYED = frozenset(_ASIDE.split())
_BARE_VERSION = regex(r"v?\d+")


@rule.on(syntax.Dockerfile)
def another_release(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report bases of which more of the repository's Dockerfiles take another release."""
    build = context.build
    near = build.images.neighbours
    for use in build.images.shipped_bases:
        if use.pulled and not _on_purpose(near.path, use):
            yield from _outnumbered(use, near.bases)


def _outnumbered(use: facts.ImageUse, bases: tuple[facts.Base, ...]) -> Iterator[Finding]:
    """Report a base of whose image more of the others name another release than this one."""
    image, own = _image(use), _tag(use)
    others = [
        each for each in bases if _image(each.use) == image and not _on_purpose(each.path, each.use)
    ]
    counts = Counter((own, *(_tag(each.use) for each in others)))
    rivals = filter(partial(_is_another_release, own), counts)
    rival = max(rivals, key=lambda tag: _weight(tag, counts), default=own)
    if _weight(rival, counts) > _weight(own, counts):
        yield _finding(use, [each for each in others if _tag(each.use) == rival])


def _image(use: facts.ImageUse) -> tuple[str, str] | None:
    return (use.reference.registry, use.reference.repository) if use.reference else None


def _tag(use: facts.ImageUse) -> str:
    return use.reference.tag_or_latest if use.reference else ""


def _weight(tag: str, counts: Counter[str]) -> tuple[int, list[int], str]:
    """Order by how many name the tag; of two that as many name, the later release goes before."""
    return counts[tag], list(map(int, re.findall(r"\d+", tag))), tag


def _is_another_release(own: str, other: str) -> bool:
    """Tell whether two tags are surely two releases, or amounts, of one product: one is not the
    other's short form.
    """
    mine, theirs = facts.Tag.read(own), facts.Tag.read(other)
    if mine.families != theirs.families or mine.words - _AMOUNT != theirs.words - _AMOUNT:
        return False
    return (
        mine.words != theirs.words
        or _versions_differ(mine.version, theirs.version)
        or _grounds_differ(mine.ground, theirs.ground)
    )


def _versions_differ(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Tell whether two tags name two versions, and not one of them the other's first numbers."""
    shorter = min(len(one), len(other))
    return shorter > 0 and one[:shorter] != other[:shorter]


def _grounds_differ(one: frozenset[str], other: frozenset[str]) -> bool:
    """Tell whether two tags name what they stand on, and no part of it is the same."""
    return set(starmap(_is_same_ground, product(one, other))) == {False}


def _is_same_ground(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _on_purpose(path: str, use: facts.ImageUse) -> bool:
    """Tell whether a tag is this file's own: an ARG decides it, or the path names a version or what
    the tag names.
    """
    return use.reference is None or use.default is not None or _named_in(path, _tag(use))


@lru_cache(maxsize=4096)
def _named_in(path: str, tag: str) -> bool:
    parts = facts.Tag.read(tag)
    if parts.moves:
        return True  # which release it is, nobody can tell
    squashed = re.sub(r"(?<=\d)[._](?=\d)", "", path.lower())
    words = set(re.findall(r"[a-z0-9]+", squashed))
    numbers = set(re.findall(r"\d+", squashed))
    grounds = {re.sub(r"\W", "", part) for part in parts.ground}
    versions = set(accumulate(parts.version))  # 3.12.4 is 3, 312 and 3124
    return (
        not words.isdisjoint(_NOT_DEPLOYED | grounds | parts.words)
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
    note = Related(first.use, "the other release", source=first.source)
    return Finding(
        use, message, related=(note,), help="use the same release, so that its layers are shared"
    )
