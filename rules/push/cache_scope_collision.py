r"""Two builds export their cache to one place, so each of them overwrites the other's cache.

## What it does

Finds images whose build cache goes to the same place as another image's: a GitHub scope, a tag in a
registry, a folder, or a name in a bucket. It also finds an image that CI builds for several
platforms one by one, where all of these builds share a place. So it does a cache that another build
of the image overwrites, for fewer platforms or with other build arguments.

## Why is this bad?

An export replaces what was there. Where two builds share a place, only the one that was last finds
its layers again. The next build of the other one starts without a cache, and then overwrites it in
turn. A single build for several platforms exports all of them together. `type=gha` without `scope` always means the scope `buildkit`.

**Measured:** no figure, because it depends on the order of the builds. `dlint push` shows how large
each cache is.

## Example

```context
api/Dockerfile: FROM debian:12.5-slim\n
Makefile: release:\n docker buildx build --cache-to our/shop:cache .\n docker buildx build --cache-to our/shop:cache api
```

```dockerfile bad
FROM python:3.12.4-slim
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
COPY main.py /web/
```

```context
api/Dockerfile: FROM debian:12.5-slim\n
Makefile: release:\n docker buildx build --cache-to our/web:cache .\n docker buildx build --cache-to our/api:cache api
```

```dockerfile good
FROM python:3.12.4-slim
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
COPY main.py /web/
```

## How sure

Both places are read from the repository's own files: Compose, Bake and CI files, Makefiles and
scripts. Where a single line of such a file names the place for all of its builds, the finding stands
there, once for all images. A place that a variable decides is not compared, but for the name of a workflow
(`github.workflow`) and of the repository (`github.repository`). Two images whose builds a matrix
starts share all of their places or count as sharing none. Two builds of the same Dockerfile
and target are one image, unless CI starts them for different platforms. Builds of one workflow also
count as two where they pass an argument differently on which a kept `RUN` depends. They do not
where a condition of the workflow may choose a branch. Two targets that share stages may share a
cache, if a cache keeps no `RUN` of the other stages. Where the files contradict, nothing is
reported. Nor is a folder (`type=local`) that CI writes: its jobs share no disk. Workflows of GitHub
Actions count only where they run for commits of a branch: GitHub shows the cache of a tag or of a
request to no other. An image of which a cache would keep no `RUN` for most commits is not reported.
`type=gha` counts where the build gets GitHub's token: in an action such as
`docker/build-push-action`, or after a step that exposes it. Without the token,
`docker buildx build` leaves such a cache out.

## When not to follow it

Skip it when the two images are never built for the same branch.

## Options

None.

## References

- [GitHub Actions cache: scope](https://docs.docker.com/build/cache/backends/gha/#scope)
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from dlint import Finding, Rule, Severity, listed, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint import Context

rule = Rule(__name__, __doc__, since="0.1", severity=Severity.INFO)

_BLANK = "; write no blanks after commas, as buildx ignores keys with one before them"
_NAMES = {"gha": "`scope=`", "registry": "tag", "local": "folder"}
_UNREAD = ", and import it: no `cache-from` of theirs reads it"


@rule.on(syntax.Dockerfile)
def shared_place(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report an image whose cache another image's build overwrites."""
    build = context.build
    if build.target is None:
        return
    shared = build.exports.collisions
    apart = {each.entry.place: each for each in build.exports.split}
    for each in shared:
        platform = " and platform" * (each.entry.place in apart)
        caches = f"cache `{each.entry}` is"
        if each.more:
            caches = f"caches `{each.entry}` and {each.more} more are"
        message = (
            f"the build {caches} also exported for {_listed(each.others)} ({each.path}), so each"
            " build overwrites the other's"
        )
        yield Finding(
            each.line or build.target.from_,
            _of_all(each.images) if each.line else message,
            help=f"give each image{platform} a {_name(each.entry.type)} of its own"
            + _UNREAD * (not each.is_read)
            + _BLANK * each.entry.has_unread,
            source=each.line and each.line.source,
        )
    told = {each.entry.place for each in shared}
    for narrower in build.exports.narrower:
        if narrower.entry.place not in told | apart.keys():
            yield Finding(
                build.target.from_,
                f"the build cache `{narrower.entry}` is also exported for"
                f" {_listed(narrower.platforms)} alone ({narrower.path}): on the same branch, the"
                f" next build for {_listed(narrower.lost)} starts without a cache",
                help=f"give that build a {_name(narrower.entry.type)} of its own, or let it"
                " export nothing",
            )
            told.add(narrower.entry.place)
    for other in build.exports.differing:
        if other.entry.place not in told | apart.keys():
            yield Finding(
                build.target.from_,
                f"the build cache `{other.entry}` is exported by builds that pass"
                f" {_listed(other.names)} differently ({other.path}), so each build overwrites the"
                " other's",
                help=f"give each of them a {_name(other.entry.type)} of its own, or pass the same"
                " arguments to all",
            )
    for place, split in apart.items():
        if place not in told:
            yield Finding(
                build.target.from_,
                f"the build cache `{split.entry}` is exported separately for"
                f" {_listed(split.platforms)} ({split.path}), so each build overwrites the other's",
                help=f"give each platform a {_name(split.entry.type)} of its own",
            )


def _of_all(images: Sequence[str]) -> str:
    """Tell of all images whose builds export what stands in one place of a recipe, whichever of
    them is checked.
    """
    return (
        f"the builds of {len(images)} images export their cache to the same place"
        f" ({_listed(images)}), so each build overwrites the others'"
    )


def _name(kind: str) -> str:
    """Return what tells a cache from others of its type."""
    return _NAMES.get(kind, "name")


def _listed(names: Iterable[str]) -> str:
    """Name the first platforms or arguments, and how many more there are."""
    return listed((f"`{each}`" for each in names), 2)
