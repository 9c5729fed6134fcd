"""An image named without a digest is whatever its tag points at when the build runs.

A tag can be set anew: publishers rebuild `python:3.12.4` for each fix of the system below it. The
base then has another digest, every step above it runs again, and every layer above it is uploaded
again, on a day that nobody chose. With `@sha256:…` the base changes when the file does, and an
update bot can propose that as a change like any other.

```dockerfile bad
FROM debian:12.5-slim
RUN useradd --system app
```

```dockerfile good
FROM debian:12.5-slim@sha256:9f1d7cc2e1e3ee3c3a1c5e4b2cf7b6c3a3d8a9c9f0a1d2b3c4d5e6f708192a3b
RUN useradd --system app
```

This rule is off unless selected. With `resolve = true` it asks the registry which digest each tag
stands for now, and its fix writes that down, which is safe: what is built stays what it is today.

```toml
[pin.base-digest]
resolve = true
```

Since that opens connections, which a stranger's pull request must not ask for, it counts only in a
file that you name by `--config` and in your own configuration (`~/.config/dlint/dlint.toml`), not
in one that is found above the Dockerfile.

How sure: whether a name holds a digest is certain; stages, `scratch` and what only a build argument
knows are left alone. When the tag moves is for the publisher to decide, so the bytes of a push that
follows are not foretold.

When not to follow it: where nobody renews the digests, a pinned base keeps its known faults for
ever. The digest of an index (the one that a registry shows for a tag of several platforms) also
changes when a platform is added; that of one platform's manifest binds the file to that platform.
Docker's official images must not use digests at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint import DlintError, Finding, Rule, fixes, images, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Context, facts

# What asks a registry, and how, is not for a repository's own file to say.
asking = {"resolve": False, "insecure-registries": ()}
rule = Rule(__name__, __doc__, default=False, fix=fixes.Safety.SAFE, user_options=asking)


@rule.on(syntax.Dockerfile)
def without_digest(_: syntax.Dockerfile, context: Context) -> Iterator[Finding]:
    """Report images from a registry that no digest fixes."""
    for use in context.build.images.used:
        if use.reference and use.pulled and use.reference.digest is None:
            message = (
                f"`{use.reference}` is not pinned by digest, so a re-tagged image rebuilds every"
                " layer"
            )
            yield Finding(
                use,
                message,
                fix=_fix(use, context) if context.settings["resolve"] else None,
                help="pin the digest",
            )


def _fix(use: facts.ImageUse, context: Context) -> fixes.Fix | None:
    """Write down the digest that the registry tells; nothing where it gives no answer or a variable
    decides.
    """
    if use.default is not None or "$" in use.written:
        return None

    try:
        settings = images.RegistrySettings(insecure=tuple(context.settings["insecure-registries"]))
        digest = images.tag_digest(str(use.reference), settings=settings)
    except DlintError:
        return None
    return fixes.Fix(
        "pin the digest that the tag has now",
        (fixes.Edit(fixes.Span(use.span.end, use.span.end), f"@{digest}"),),
        fixes.Safety.SAFE,
    )
