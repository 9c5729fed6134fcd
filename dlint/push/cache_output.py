"""What is told of an image's build caches, in words and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.project.cache_entry import GHA, INLINE, LOCAL
from dlint.text.patterns import regex
from dlint.text.printable import printable
from dlint.text.units import human_bytes, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlint.push.caches import Cached, CacheLayer, Export, Fetch

_PERCENT = 100
_COMMIT = regex(r"[0-9a-f]{40}")


def as_dict(cached: Cached) -> dict[str, Any]:
    """Return the keys that caches add to an image's JSON object; none where there are none."""
    found: dict[str, Any] = {}
    if cached.exports:
        found["caches"] = [_export(each) for each in cached.exports]
    if cached.fetch is not None:
        found["fetched"] = _fetch(cached.fetch)
    return found


def _export(export: Export) -> dict[str, Any]:
    return {
        "to": str(export.to),
        "type": export.to.type,
        "mode": export.to.mode,
        "layers": len(export.layers),
        "layers_sent": sum(layer.is_sent for layer in export.layers),
        "sent_bytes": export.sent.told,
        "sent_at_least": export.sent.is_bound,
        "cache_bytes": export.size.told,
        "cache_at_least": export.size.is_bound,
        "basis": str(export.size.basis),
        "description_bytes": export.description,
        "quota_bytes": export.quota,
        "share": export.share,
    }


def _fetch(fetch: Fetch) -> dict[str, Any]:
    return {
        "from": None if fetch.source is None else str(fetch.source),
        "layers": [_layer(each) for each in fetch.needed],
        "bytes": fetch.size.told,
        "at_least": fetch.size.is_bound,
        "kept_layers": [_layer(each) for each in fetch.kept],
        "kept_bytes": fetch.whole.told,
        "kept_at_least": fetch.whole.is_bound,
    }


def _layer(layer: CacheLayer) -> dict[str, Any]:
    size = layer.size
    return {
        "line": layer.line,
        "instruction": layer.instruction,
        "bytes": size.told,
        "at_least": size.is_bound,
    }


def lines(cached: Cached, before: str | None) -> Iterator[str]:
    """Yield a line for each cache that is exported, and one on what a new builder fetches with the
    cache of `before`.
    """
    for export in cached.exports:
        yield printable(export_text(export))
    if cached.fetch is not None:
        yield printable(fetch_text(cached.fetch, before))


def export_text(export: Export) -> str:
    """Say what one export sends, and what the cache takes up."""
    name = f"cache {export.to}"
    if export.to.type == INLINE:
        return f"{name}: no layer beside the image's, {human_bytes(export.description)}"
    sent = [layer for layer in export.layers if layer.is_sent]
    verb = "written" if export.to.type == LOCAL else "sent"
    of_all = f"{len(sent)} of {plural(len(export.layers), 'layer')} {verb}, {export.sent}"
    more = f"{_unknown(sent)}+ {human_bytes(export.description)} of description"
    return f"{name}: {of_all} ({more}); cache {export.size}{_share(export)}"


def _share(export: Export) -> str:
    """Say which part of a quota a cache takes up."""
    if export.quota is None or export.share is None:
        return ""
    least = "≥ " * export.size.is_bound
    whose = "GitHub's " * (export.to.type == GHA)
    share = export.share * _PERCENT
    told = f"{share:.0f}" if share >= 1 else f"{share:.1g}"
    return f", {least}{told} % of {whose}{human_bytes(export.quota)}"


def _unknown(layers: Sequence[CacheLayer]) -> str:
    count = sum(layer.size.at_least for layer in layers)
    return f"{plural(count, 'layer')} of unknown size; " if count else ""


def fetch_text(fetch: Fetch, before: str | None) -> str:
    """Say what a new builder fetches."""
    cache = f"the cache of {_short(before)}" if fetch.source and before else "no cache"
    every = len(fetch.needed) + len(fetch.kept)
    needed = _sum(len(fetch.needed), str(fetch.size), "steps that run")
    kept = f"; {_sum(every, str(fetch.whole), 'the engine to keep the image')}"
    return f"a new builder with {cache} fetches {needed}{kept if fetch.kept else ''}"


def _short(revision: str) -> str:
    """Return the first digits of a commit's whole name, and any other name as it is."""
    return revision[:10] if _COMMIT.fullmatch(revision) else revision


def _sum(count: int, size: str, what: str) -> str:
    return f"{plural(count, 'layer')}, {size}, for {what}" if count else f"no layer for {what}"
