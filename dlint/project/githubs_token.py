"""Which builds may use GitHub's cache for their layers.

Without a token buildx leaves `type=gha` out, and says nothing. GitHub gives one to actions, and to
commands only what a step before has exposed
(https://docs.docker.com/build/cache/backends/gha/#authentication).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.project.cache_entry import GHA
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlint.project.commands import Claim

_EXPOSED = regex(r"ghaction-github-runtime@|\bACTIONS_RUNTIME_TOKEN\b")
# What starts the builds of a Bake or Compose file, other than a command.
_BAKES = regex(r"\bbake-action@|docker/github-builder/")
_ENTRY = regex(rf"\btype={GHA}\b")
_TOKEN = regex(r"\btoken=")


def exposes_token(text: str) -> bool:
    """Tell whether a step, by the text of its job, hands the token on to commands."""
    return _EXPOSED.search(text) is not None


def gives_token(texts: Iterable[tuple[str, str]]) -> bool:
    """Tell whether what a recipe outside of GitHub's workflows describes may be built with the
    token, as far as the workflows tell.
    """
    return any(
        path.startswith(".github/") and (exposes_token(text) or _BAKES.search(text) is not None)
        for path, text in texts
    )


def without_githubs_cache(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Return builds without the caches for which they lack the token."""
    return tuple(
        each._replace(
            cache_to=without_tokens(each.cache_to), cache_from=without_tokens(each.cache_from)
        )
        for each in claims
    )


def without_tokens(caches: str) -> str:
    """Return the lines that name a cache which needs no token, or bring their own."""
    lines = caches.split("\n")
    return "\n".join(each for each in lines if not _ENTRY.search(each) or _TOKEN.search(each))
