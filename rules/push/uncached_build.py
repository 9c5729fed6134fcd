r"""What builds and pushes the image has no build cache, so each push uploads all of its layers.

## What it does

Finds images that a workflow of GitHub or Azure builds on a new machine and pushes, where nothing
brings a build cache along. A recipe of a Makefile that a step starts and that pushes counts as the
step's own commands. So does one that builds what the step pushes. So does a script of
`package.json` that pushes. If the job pushes under no condition, the commands of scripts, of tasks
of a `Taskfile.yml` and of recipes of a `justfile` count as well. So do the commands that these
start in turn. A script that builds in a folder which it has entered does not count.

## Why is this bad?

Without a cache every step runs again. A step that runs again gets files with other times, so its
layer has another digest, although nothing else has changed. The push uploads it, the registry keeps
it, and everybody who pulls the image downloads it. The order of the instructions saves nothing
there.

**Measured:** the layer of `git` on Debian 13 is 35 MB, built and pushed for `benchmarks/installs.md`.
Of an image with `git` and `curl`, two builds without a cache were pushed. The second push uploaded
everything again but the base (Docker 26.1.5).

## Example

```context
app.py: print()\n
.git/HEAD: ref: refs/heads/main\n
.github/workflows/image.yml: on: push\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: docker/setup-buildx-action@v3\n      - uses: docker/build-push-action@v6\n        with:\n          push: true\n
```

```dockerfile bad
FROM debian:12.5-slim
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
COPY app.py /srv/
```

The Dockerfile stays as it is. The workflow imports and exports a cache:

```context
app.py: print()\n
.git/HEAD: ref: refs/heads/main\n
.github/workflows/image.yml: on: push\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: docker/setup-buildx-action@v3\n      - uses: docker/build-push-action@v6\n        with:\n          push: true\n          cache-from: type=gha\n          cache-to: type=gha\n
```

```dockerfile good
FROM debian:12.5-slim
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
COPY app.py /srv/
```

## How sure

A job is on a new machine if it runs on one that GitHub provides, or Microsoft by a `vmImage`. A
builder that the job sets up itself is as empty: Docker's action removes it again, and `docker
buildx create` makes a new one. The rule is silent if any of the files that push the image may have
a cache: a `cache-from`, a builder on another machine, an action that keeps layers. An earlier step
of the same job that builds the same image with a cache is one as well, for the platforms that it
builds. These do not count:

- `cache-from: type=gha`, if no file of the repository exports to it for a branch: GitHub shows no
  other ref what a tag or a pull request has written
- `type=local` on a machine of GitHub's, if no step of the job brings its folder
- a folder that only `actions/cache` brings, if no run for a branch has kept it
- the image itself, which holds a cache only with `cache-to: type=inline`

GitHub's cache of the image's own layers also grows by each layer that changes. The rule is silent if
one of these is copied from a stage, unless they are known to be less than what the cache keeps. A
cache in the image itself (`type=inline`) adds nothing, so this is advised where the build reads that.

A workflow that pushes for tags and releases alone is reported if it exports to GitHub's cache, and
nothing writes that for a branch. Each tag has a cache of its own there, which no other tag reads.
If people may start a workflow by hand (`workflow_dispatch`), they may write the cache of the default
branch, and the rule is silent.

The rule is silent as well for other workflows that push for releases or requests alone, or when
only the Dockerfile changes. Release branches (`release/…`) and conditions on another job's output
for a new tag or release count as for releases. The rule is silent for images that are also pushed
by the clock, or for a `repository_dispatch`: those builds are there for what is new elsewhere,
which a cache would keep out. A run by `workflow_dispatch` may be for that, too. If a step that a
cache would keep installs packages without a version, the advice therefore names `no-cache` for such
a run. The rule is silent where a cache is refused: by `no-cache`, or by one that is commented out.
A build of Podman with `--squash` is not reported either: a cache spares none of its single layer.

An image is reported if a cache would keep a `RUN` of its own stages for most commits: the layer of
one that only another stage copies from is pushed nowhere. A `RUN` does not count after a `COPY` of
what most commits change, or after an argument that changes on every build. It does not count either
after a `COPY` of `.git` or of what is not in the repository. Nor does it after one of what the
workflow itself has put there with `cp` or `mv`. Nor does a
`RUN` that only makes folders and users, or that sets modes. The cost is what a cache would keep of
the image. A Dockerfile that takes nothing of the build context is not reported. Nor is one that
clones a branch, downloads an archive of it, or upgrades the system that ships. Only the missing
cache makes these builds fetch anything new. Nor is an image reported if the same file builds its base of files of
the repository: a change of those makes all layers on top of the base new.

The advice has `mode=max` where a layer that a cache would keep is copied from another stage. The
layers of the image alone are enough elsewhere. Where an action of others builds the image, or the
first version of Docker's, the advice names Docker's current action, which has these inputs.

## When not to follow it

Keep a build without a cache if each image must have the newest packages. Keep it if an image must
not use what another workflow has written.

## Options

None.

## References

- [Cache management with GitHub Actions](https://docs.docker.com/build/ci/github-actions/cache/)
- [Cache storage backends](https://docs.docker.com/build/cache/backends/)
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from dlint import Cost, Finding, Rule, Severity, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, since="0.1", layered=True, severity=Severity.INFO)


_LOST = ": no step brings the folder of `cache-from`"
_UNWRITTEN = ": nothing exports a cache that `cache-from` can read"
_BUILDER = "make a builder with `{}`, and "
_DOCKERS = "build with a current `docker/build-push-action`, "
_ACTION, _CREATE = "docker/setup-buildx-action", "docker buildx create --use"
_GITHUBS = "`cache-from: type=gha` and `cache-to: type=gha{}`"
_LARGEST = 10_000_000_000  # bytes that GitHub keeps of all caches of a repository together
_FROM, _TO = "type=registry,ref=IMAGE:cache", "type=registry,ref=IMAGE:cache{}"
_REGISTRYS = f"`cache-from: {_FROM}` and `cache-to: {_TO}`"
_COMMAND = f"`docker buildx build --push --cache-from {_FROM} --cache-to {_TO}`"
_INLINE = "put the cache into the image that `cache-from` reads: `{} type=inline`"
_MAX = ",mode=max"
_RENEWED = "; a run by `workflow_dispatch` for newer packages then needs `{}no-cache`"
_ALSO = "; with `mode=max` it keeps the steps of stages that do not ship, too"


@rule.on(syntax.Dockerfile)
def all_layers_again(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report an image that is only pushed by builds without a cache."""
    build = context.build
    if build.target is None:
        return
    if build.exports.uncached_builds:
        # in a registry the image has its layers already
        is_githubs = not _is_inline(build) and _way(build)[0] == _GITHUBS
        if is_githubs and build.exports.adds_more_than_it_keeps(context.min_bytes):
            return
        yield _uncached(build, build.target.from_)
    elif build.exports.tag_builds:
        yield _unread(build, build.target.from_)


def _uncached(build: Build, place: syntax.From) -> Finding:
    told = build.exports.uncached_builds
    paths = list(dict.fromkeys(each.path for each in told))
    where = f"`{paths[0]}`" + f" and {len(paths) - 1} more" * (len(paths) > 1)
    lost = _UNWRITTEN * build.exports.reads_unwritten_cache
    lost = lost or _LOST * build.exports.reads_empty_folder
    unwarmed = build.exports.uncached_delivery.unwarmed
    cache = "a build cache" + f" for {unwarmed}" * bool(unwarmed)
    return Finding(
        place,
        f"this image is built and pushed without {cache} ({where}{lost}), so each push"
        f" uploads the {build.exports.told_layers} again",
        help=_help(build),
        cost=Cost.pushed(build.exports.kept_layers),
    )


def _unread(build: Build, place: syntax.From) -> Finding:
    """Say that tags write a cache which none of them reads. Between two of them many commits may
    change a layer, so how much a cache would spare is not known.
    """
    path = build.exports.tag_builds[0].path
    return Finding(
        place,
        f"`{path}` exports its cache on tags alone, and no tag reads the cache of another, so each"
        f" push uploads the {build.exports.told_layers} again",
        help="build and export the cache on the default branch as well, or use `type=registry`",
    )


def _help(build: Build) -> str:
    """Say how those who build an image get a cache."""
    maker = _BUILDER.format(_ACTION if _is_of_github(build) else _CREATE)
    builder = "" if build.exports.uncached_delivery.builder else maker
    builder = _DOCKERS * build.exports.uncached_delivery.foreign + builder
    by_hand = _RENEWED.format("--" * build.exports.uncached_delivery.typed)
    renewed = by_hand * build.exports.may_be_renewed
    if _is_inline(build):
        option = "--cache-to" if build.exports.uncached_delivery.typed else "cache-to:"
        return _INLINE.format(option) + renewed
    way, name = _way(build)
    several = " and each ".join(_several(build, is_githubs=way == _GITHUBS))
    apart = f", with a {name} of its own for each {several}" if several else ""
    is_max = build.exports.keeps_copies
    also = _ALSO * (build.exports.keeps_other_stages and not is_max)
    example = way.format(_MAX * is_max)
    return f"{builder}import and export a cache, for example with {example}{apart}{also}{renewed}"


def _is_inline(build: Build) -> bool:
    """Tell whether the image may hold all that the cache has to, where its builds look for it."""
    exports = build.exports
    return exports.reads_own_image and not (exports.keeps_copies or exports.keeps_other_stages)


def _is_of_github(build: Build) -> bool:
    """Tell whether the first of what pushes without a cache is a workflow of GitHub's."""
    return build.exports.uncached_builds[0].path.startswith(".github/")


def _several(build: Build, *, is_githubs: bool) -> Iterator[str]:
    """Yield what there are several of, each of which would overwrite the cache of the others:
    GitHub's has one name for all workflows unless they are told otherwise.
    """
    told, builds = build.exports.uncached_delivery, build.exports.uncached_builds
    pushes_others = build.exports.push_others(builds)
    if told.jobs > 1 or (told.rows and not pushes_others):
        yield "row of the matrix" if told.jobs == told.rows else "job"
    if pushes_others:
        yield f"image that the {'workflow' if _is_of_github(build) else 'pipeline'} pushes"
    elif is_githubs and build.exports.others_share_scope(builds):
        yield "image"


def _way(build: Build) -> tuple[str, str]:
    """Return what gives a build a cache, and what tells several apart: GitHub's holds no large
    images, and a command may not write there.
    """
    told = build.exports.uncached_delivery
    if told.typed:
        return _COMMAND, "tag"
    if max(told.rows, 1) * build.exports.cached_bytes > _LARGEST:
        return _REGISTRYS, "tag"
    return _GITHUBS, "`scope=`"
