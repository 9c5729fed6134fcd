"""Images that a builder might have made, as OCI layouts without their layers' blobs."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"


def digest(data: bytes | str) -> str:
    raw = data.encode() if isinstance(data, str) else data
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def layout(
    folder: Path,
    *steps: tuple[str, int | None],
    labels: dict[str, str] | None = None,
    diff_ids: dict[str, str] | None = None,
) -> str:
    """Write an image whose history has `steps`, each with the bytes of its layer's blob, None where
    it made none; return its name.

    `diff_ids` are those of steps whose layers' content counts.
    """
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)

    def put(value: Any) -> dict[str, Any]:
        data = json.dumps(value).encode()
        (blobs / digest(data).removeprefix("sha256:")).write_bytes(data)
        return {"digest": digest(data), "size": len(data)}

    made = [(text, size) for text, size in steps if size is not None]
    known = diff_ids or {}
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Labels": labels or {}},
        "rootfs": {
            "type": "layers",
            "diff_ids": [known.get(text, digest(f"tar {text}")) for text, _ in made],
        },
        "history": [{"created_by": text, "empty_layer": size is None} for text, size in steps],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **put(config)},
        "layers": [
            {"mediaType": GZIP, "digest": digest(f"blob {text} {size}"), "size": size}
            for text, size in made
        ],
    }
    index = {
        "schemaVersion": 2,
        "manifests": [{"mediaType": manifest["mediaType"], **put(manifest)}],
    }
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (folder / "index.json").write_text(json.dumps(index))
    return f"oci:{folder}"
