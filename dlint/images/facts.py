"""What an image's manifest and configuration tell: its layers, their sizes and how each was
made.
"""

from __future__ import annotations

from dlint.findings import Basis
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

PLATFORM = "linux/amd64"


class RegistrySettings(NamedTuple):
    """How registries, and the engine, may be asked.

    `insecure`: hosts (`registry.local:5000`) or networks (`10.0.0.0/8`) of `--insecure-registry`,
    allowed beside those that the engine's daemon.json and registries.conf list. `deadline`: seconds
    that one question may take in all, its redirects, tokens, credential helpers and retries
    included.
    """

    insecure: tuple[str, ...] = ()
    deadline: float = 60.0


class LayerFact(NamedTuple):
    """One layer of an image.

    `digest` and `size` (bytes) are those of the blob in a registry, as compressed; None where the
    source does not hold the blob as it would be pushed (a Docker engine, an archive of plain tars).
    `unpacked` is its size in bytes before compression where known: that of the tar in an archive,
    of its files in an engine. `foreign` layers are not pushed.
    """

    digest: str | None
    size: int | None
    diff_id: str
    media_type: str = ""
    created_by: str = ""
    foreign: bool = False
    unpacked: int | None = None

    @property
    def basis(self) -> Basis:
        """Exact where the compressed size was read, else unknown."""
        return Basis.UNKNOWN if self.size is None else Basis.EXACT


class HistoryStep(NamedTuple):
    """One entry of the configuration's `history`.

    `empty` tells that it made no layer; `layer` is also None where entries and layers do not match
    in number.
    """

    created_by: str
    empty: bool
    comment: str = ""
    layer: LayerFact | None = None


class ImageFacts(NamedTuple):
    """One image for one platform.

    `source` is what was asked for; `digest` that of the manifest ("" where the source has none as
    pushed); `platform` is `os/architecture[/variant]`. `layers` and `history` run from the base
    upwards. `config` is the configuration's inner `config` object (Env, WorkingDir, User,
    Entrypoint, Shell, OnBuild and so on). `manifest_bytes` and `config_bytes` are the sizes of both
    documents, 0 where the source has none; `media_type` is the manifest's.
    """

    source: str
    digest: str
    platform: str
    layers: tuple[LayerFact, ...]
    history: tuple[HistoryStep, ...]
    config: Mapping[str, Any]
    manifest_bytes: int = 0
    config_bytes: int = 0
    media_type: str = ""
