r"""The base of the image has a fixed platform, and the image is pushed for others as well.

## What it does

Finds a `FROM --platform=linux/amd64` that the final image stands on, where a recipe pushes the
image for another architecture too. `FROM --platform=$BUILDPLATFORM` is one as well, where the image
is pushed for several: that is the platform of the machine that builds.

## Why is this bad?

The flag decides which programs the base contains, whatever platform the image is for. The
builder labels the result with the platform that was asked for. A machine with that platform pulls
the image and cannot start it, or starts it under emulation. Docker 26.1.5 built such a file for
two platforms: both images had the layers of `linux/amd64`, and one said that it was for `arm64`.

**Measured:** no figure, because the flag decides which programs an image has, and hardly how large
they are.

## Example

```context
.git/HEAD: ref: refs/heads/main\n
.github/workflows/image.yml: on: push\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: docker/setup-qemu-action@v3\n      - uses: docker/setup-buildx-action@v3\n      - uses: docker/build-push-action@v6\n        with:\n          platforms: linux/amd64,linux/arm64\n          push: true\n
```

```dockerfile bad
FROM --platform=linux/amd64 debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
ENTRYPOINT ["tini"]
```

```dockerfile good
FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
ENTRYPOINT ["tini"]
```

## How sure

The `FROM` has to name its platform itself, without a variable but `BUILDPLATFORM`. A default of its
`ARG` takes the place of the builder's own platform. Everything that is known to push the image has
to name the same platforms. Only another architecture counts, not another variant of one. The rule
is silent where one of these platforms is hidden by a variable, and for `FROM scratch`. Where a
machine of GitHub's has to emulate a platform, and no recipe sets that up, the help says so.

There is no fix, because nothing tells whether the flag or the list of platforms is meant.

## When not to follow it

Never on purpose: an image for one architecture need not be pushed as one for others.

## Options

None.

## References

- [`FROM --platform`](https://docs.docker.com/reference/dockerfile/#from)
- [Multi-platform builds](https://docs.docker.com/build/building/multi-platform/)
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from dlint import Finding, Rule, Severity, listed, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__, since="0.1", severity=Severity.WARNING, needs=("--platform=",))

_MOST = 3  # platforms that a message names
_EMULATE = " and set up QEMU for the `RUN`s, as `docker/setup-qemu-action` does"


@rule.on(syntax.From)
def on_one_platform(from_: syntax.From, context: Context) -> Iterator[Finding]:
    """Report the FROM at the bottom of the image."""
    found = context.build.platforms.mislabelled(from_)
    if found is not None:
        others = listed(map("`{}`".format, found.others), _MOST)
        own, alone = f" too, but this base has the programs of `{found.own}`", f"`{found.own}`"
        if found.default is not None:
            own += f", which line {found.default.line} sets in place of the builder's own platform"
        if not found.own:
            own = ", and each has the programs of the machine that builds it"
            alone = "that machine's platform"
        yield Finding(
            from_,
            f"`{found.recipe}` pushes the image for {others}{own}",
            help=f"remove `--platform={from_.platform}`{_EMULATE * found.lacks_emulation}, or push"
            f" the image for {alone} alone",
        )
