r"""What builds and pushes the image has no build cache, so each push uploads all of its layers.

## What it does

Finds images that a workflow of GitHub Actions builds on a new machine, or with `no-cache`, and
pushes, where nothing brings a build cache along.

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
.github/workflows/image.yml: on: push\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: docker/setup-buildx-action@v3\n      - uses: docker/build-push-action@v6\n        with:\n          push: true\n          cache-from: type=gha\n          cache-to: type=gha,mode=max\n
```

```dockerfile good
FROM debian:12.5-slim
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
COPY app.py /srv/
```

## How sure

A job is on a new machine if it runs on one that GitHub provides. A builder that the job sets up
itself is as empty: Docker's action removes it again. The rule is silent if any of the files that
push the image may have a cache: a `cache-from`, a builder on another machine, an action that keeps
layers. A `cache-from: type=gha` does not count if no file of the repository exports to it. The rule
is silent as well for workflows that push for releases alone, by the clock, or when only the
Dockerfile changes. Images without a `RUN` are not reported. A `RUN` after a `COPY` of
files that were built outside does not count. A Dockerfile that takes nothing of the build context
is not reported either: only the missing cache makes its builds fetch anything new.

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

    from dlint import Context

rule = Rule(__name__, __doc__, since="0.1", severity=Severity.INFO)


_SCOPED = ", with a `scope=` of its own for each {}"
_BUILDER = "make a builder with `docker/setup-buildx-action`, and "


@rule.on(syntax.Dockerfile)
def all_layers_again(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report an image that is only pushed by builds without a cache."""
    build = context.build
    told = build.exports.uncached_builds
    if not told or build.target is None:
        return
    paths = list(dict.fromkeys(each.path for each in told))
    where = f"`{paths[0]}`" + f" and {len(paths) - 1} more" * (len(paths) > 1)
    drop = "drop `no-cache`, and " * any(each.delivery.refuses_cache for each in told)
    deliveries = [each.delivery for each in told]
    several = "row of the matrix" * any(each.rows for each in deliveries)
    if build.exports.push_others(told):
        several = "image that the workflow pushes"
    scoped = _SCOPED.format(several) if several else ""
    builder = "" if all(each.builder for each in deliveries) else _BUILDER
    yield Finding(
        build.target.from_,
        f"this image is built and pushed without a build cache ({where}), so each push uploads all"
        " layers above the base again",
        help=f"{drop}{builder}import and export a cache, for example with `cache-from: type=gha`"
        f" and `cache-to: type=gha,mode=max`{scoped}",
        cost=Cost.pushed(build.exports.layers_of(shipped=True)),
    )
