"""A base comes from a registry that is asked over plain HTTP, so that anybody on the way can swap
it.

A registry that the configuration lists in `insecure-registries` answers without TLS: neither the
builder nor the engine can tell whether the image is the publisher's. A digest closes the gap, since
content that does not match it is refused. No byte is saved by it: what is at stake is whose bytes
they are.

```toml
[tool.dlint.pin.insecure-registry]
insecure-registries = ["registry.local:5000"]
```

The list is this rule's own. What your own configuration or a file named by `--config` lists in the
general `insecure-registries`, to be asked over plain HTTP, counts too where the rule has none.

```dockerfile bad
FROM registry.local:5000/base/debian:12.5
RUN useradd --system app
```

```dockerfile good
FROM registry.local:5000/base/debian:12.5@sha256:9f1d7cc2e1e3ee3c3a1c5e4b2cf7b6c3a3d8a9c9f0a1d2b3c4d5e6f708192a3b
RUN useradd --system app
```

How sure: certain, where the configuration is right. Registries that it does not list, and images
whose name only a build argument knows, are left alone.

When not to follow it: on a network where nobody else can listen or answer, such as a registry in
the job's own containers.
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import Finding, Rule, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context

rule = Rule(__name__, __doc__, options={"insecure-registries": ()})


@rule.on(syntax.Dockerfile)
def over_plain_http(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report images without a digest from registries that speak no TLS."""
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
    """Tell whether a registry is meant by one of the entries; one without a port means every
    port.
    """
    host = registry.partition(":")[0]
    return any(entry in {registry, host} for entry in insecure)
