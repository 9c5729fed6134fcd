r"""A base image is pulled over plain HTTP, so anyone on the network can replace it.

## What it does

Finds images without a digest from registries that the configuration lists in `insecure-registries`.

## Why is this bad?

Such a registry does not use TLS. Neither the builder nor the engine can verify that the image comes
from its publisher. A digest closes the gap, because content that does not match is rejected.

**Measured:** no figure, because it saves no bytes: it decides whose bytes they are.

## Example

```toml
[tool.dlint.pin.insecure-registry]
insecure-registries = ["registry.local:5000"]
```

```dockerfile bad
FROM registry.local:5000/base/debian:12.5
RUN useradd --system app
```

```dockerfile good
FROM registry.local:5000/base/debian:12.5@sha256:9f1d7cc2e1e3ee3c3a1c5e4b2cf7b6c3a3d8a9c9f0a1d2b3c4d5e6f708192a3b
RUN useradd --system app
```

## How sure

Certain when the configuration is right. Other registries, and images whose name only a build
argument knows, are not reported.

## When not to follow it

Skip it on a network where nobody else can listen or answer, such as a registry in the job's own
containers.

## Options

- `insecure-registries` (default `[]`): registries that are asked over plain HTTP. Without it, the
  general `insecure-registries` counts, when your own configuration or a file named by `--config`
  sets it.

## References

- [Test an insecure registry](https://distribution.github.io/distribution/about/insecure/)
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from dlint import Finding, Rule, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__, since="0.1", options={"insecure-registries": ()}, local=True)


@rule.on(syntax.Dockerfile)
def over_plain_http(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report images without a digest from registries without TLS."""
    insecure = context.settings["insecure-registries"]
    for use, reference in context.build.images.named:
        if not reference.digest and _listed(reference.registry, insecure):
            yield Finding(
                use,
                f"`{reference}` is pulled over plain HTTP without a digest, so anyone on the"
                " network can replace it",
                help="pin the image by digest",
            )


def _listed(registry: str, insecure: tuple[str, ...]) -> bool:
    """Tell whether an entry means this registry; an entry without a port means every port."""
    host = registry.partition(":")[0]
    return any(entry in {registry, host} for entry in insecure)
