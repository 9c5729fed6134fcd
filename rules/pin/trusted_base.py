r"""An image comes from a registry or a repository that the project does not trust.

## What it does

Finds images in `FROM`, `COPY --from` and `RUN --mount=from=` that neither `registries` nor `images`
allows. Without either option the rule is silent.

## Why is this bad?

The content of a base image ships under the project's name.

**Measured:** no figure, because it saves no bytes: it decides whose bytes they are.

## Example

```toml
[tool.dlint.pin.trusted-base]
registries = ["registry.example.com"]
images = ["docker.io/library/debian", "images.example.org/golden/*"]
```

```dockerfile bad
FROM docker.io/somebody/debian:12.5
RUN useradd --system app
```

```dockerfile good
FROM debian:12.5
RUN useradd --system app
```

```dockerfile bad
FROM registry.example.com/base/debian:12.5
COPY --from=other.example.net/somebody/tool:1.2 /tool /usr/bin/
```

```dockerfile good
FROM registry.example.com/base/debian:12.5
COPY --from=images.example.org/golden/tools/tool:1.2 /tool /usr/bin/
```

## How sure

The name is read after expanding the defaults of `ARG`s. The rule is silent when only a build
argument knows it.

## When not to follow it

Always follow it: the project decides what it trusts.

## Options

- `registries` (default `[]`): trusted registry hosts. Docker Hub is `docker.io`.
- `images` (default `[]`): trusted image names without a tag. `*` matches any characters, and
  Docker's official images are `docker.io/library/*`.

## References

- [Docker Official Images](https://docs.docker.com/docker-hub/image-library/trusted-content/)
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from dlint import Finding, Rule, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint import Context, images

rule = Rule(__name__, __doc__, since="0.1", options={"registries": (), "images": ()}, local=True)


@rule.on(syntax.Dockerfile)
def untrusted(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report images that the configuration does not allow."""
    registries, names = context.settings["registries"], context.settings["images"]
    if not (*registries, *names):
        return
    for use, reference in context.build.images.named:
        if use.pulled and not _is_trusted(reference, registries, names):
            yield Finding(
                use,
                f"`{reference}` comes from {reference.registry}, which is not trusted",
                help="use a trusted image, or add this one to `registries` or `images`",
            )


def _is_trusted(
    reference: images.Reference, registries: Sequence[str], names: Sequence[str]
) -> bool:
    """Tell whether the configuration allows an image's registry or the image itself."""
    name = f"{reference.registry}/{reference.repository}"
    return any(
        fnmatchcase(text, pattern)
        for text, patterns in ((reference.registry, registries), (name, names))
        for pattern in patterns
    )
