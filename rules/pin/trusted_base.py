"""An image comes from a registry, or is none of the images, that the project trusts.

What a base image holds is shipped with the project's name on it. With `registries` or `images`
configured, every image that a Dockerfile names (FROM, `COPY --from`, `RUN --mount=from=`) must be
covered by one of the two: `registries` are hosts, `images` are whole names without tag; `*` stands
for any characters. Docker Hub is `docker.io`, its official images are `docker.io/library/*`.
Without either option the rule is silent. It is no matter of how many bytes are pushed, but of
whose.

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

How sure: the name is read after expansion of ARG defaults; where only a build argument knows it,
the rule is silent.

When not to follow it: there is no such case; what is trusted is for the project to say.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from dlint import Finding, Rule, images, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint import Context

rule = Rule(__name__, __doc__, options={"registries": (), "images": ()})


@rule.on(syntax.Dockerfile)
def untrusted(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report images that the configuration does not cover."""
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
    """Tell whether the configuration names an image's registry, or the image itself."""
    name = f"{reference.registry}/{reference.repository}"
    return any(
        fnmatchcase(text, pattern)
        for text, patterns in ((reference.registry, registries), (name, names))
        for pattern in patterns
    )
