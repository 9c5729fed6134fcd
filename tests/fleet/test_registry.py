"""A registry's catalogue, played by a server of this machine."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fleets import job, stored

from dlint.errors import DlintError
from dlint.fleet.run import run
from dlint.fleet.sources import items_of
from dlint.fleet.views import Answers
from dlint.fleet.work import work
from dlint.images import RegistrySettings
from dlint.images.catalogue import repositories, tags

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def layer(name: str, size: int) -> dict[str, Any]:
    return {"digest": f"sha256:{hashlib.sha256(name.encode()).hexdigest()}", "size": size}


def manifest(*layers: dict[str, Any]) -> bytes:
    config = {"digest": layer("config", 2)["digest"], "size": 2}
    return json.dumps({"schemaVersion": 2, "config": config, "layers": list(layers)}).encode()


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


BASE, ONE, TWO = layer("base", 100), layer("one", 10), layer("two", 20)
FIRST, SECOND = manifest(BASE, ONE), manifest(BASE, TWO)
ATTESTED = {"vnd.docker.reference.type": "attestation-manifest"}
BOTH = json.dumps(
    {
        "manifests": [
            {
                "digest": digest(FIRST),
                "size": len(FIRST),
                "platform": {"os": "linux", "architecture": "amd64"},
            },
            {
                "digest": digest(SECOND),
                "size": len(SECOND),
                "platform": {"os": "linux", "architecture": "arm64"},
            },
            {"digest": digest(b""), "size": 1, "annotations": ATTESTED},
        ]
    }
).encode()


class Registry(http.server.ThreadingHTTPServer):
    """Tags by repository; a page of a list has one name."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.images = {"app": {"1": FIRST, "latest": FIRST}, "team/multi": {"2": BOTH}, "empty": {}}
        self.asked: list[str] = []
        self.host = f"127.0.0.1:{self.server_address[1]}"

    def answer(self, path: str, last: str) -> tuple[int, dict[str, str], bytes]:
        if path == "/v2/_catalog":
            return self.page(path, "repositories", sorted(self.images), last)
        name, _, rest = path.removeprefix("/v2/").partition("/tags/list")
        if path.endswith("/tags/list") and not rest:
            return self.page(path, "tags", sorted(self.images[name]), last)
        name, _, tag = path.removeprefix("/v2/").rpartition("/manifests/")
        known = {**self.images.get(name, {}), **{digest(each): each for each in (FIRST, SECOND)}}
        if tag not in known:
            return 404, {}, b"{}"
        body = known[tag]
        return 200, {"Content-Type": INDEX if b"manifests" in body else MANIFEST}, body

    def page(
        self, path: str, key: str, names: list[str], last: str
    ) -> tuple[int, dict[str, str], bytes]:
        rest = [name for name in names if name > last]
        more = {"Link": f'<{path}?last={rest[0]}&n=1>; rel="next"'} if len(rest) > 1 else {}
        return 200, more, json.dumps({key: rest[:1] or None}).encode()


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Registry

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self.server.asked.append(url.path)
        last = parse_qs(url.query).get("last", [""])[0]
        status, headers, body = self.server.answer(url.path, last)
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Registry() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def done(out: Path, registry: Registry) -> list[int]:
    """Return how many rows each repository brought."""
    items = items_of([f"docker://{registry.host}/"])
    found = run(job(out), items, lambda job_, todo: (work(job_, item) for item in todo))
    return [each.rows for each in found]


def test_the_catalogue_and_its_tags_come_page_by_page(registry: Registry) -> None:
    settings = RegistrySettings()
    assert repositories(registry.host, settings) == ["app", "empty", "team/multi"]
    assert tags(registry.host, "app", settings) == ["1", "latest"]
    assert tags(registry.host, "empty", settings) == []


def test_a_registry_without_a_catalogue(registry: Registry) -> None:
    registry.answer = lambda *_: (404, {}, b"{}")  # type: ignore[method-assign]
    with pytest.raises(DlintError, match="has no such image"):
        items_of([f"docker://{registry.host}/"])


def test_rows_by_manifests_alone(registry: Registry, tmp_path: Path) -> None:
    assert done(tmp_path, registry) == [2, 0, 2]
    rows = {(row["image"], row["platform"]): row for row in stored(tmp_path)}
    assert {key: row["image_bytes"] for key, row in rows.items()} == {
        ("app:1", None): 110,
        ("app:latest", None): 110,
        ("team/multi:2", "linux/amd64"): 110,
        ("team/multi:2", "linux/arm64"): 120,
    }
    row = rows["app:1", None]
    assert (row["commit"], row["source"], row["image_basis"]) == (None, "registry", "exact")
    assert row["digest"] == digest(FIRST)
    assert [each["digest"] for each in row["layers"]] == [BASE["digest"], ONE["digest"]]
    assert not [path for path in registry.asked if "/blobs/" in path]
    assert registry.asked.count("/v2/app/manifests/1") == 1


def test_only_new_manifests_are_read(registry: Registry, tmp_path: Path) -> None:
    done(tmp_path, registry)
    assert done(tmp_path, registry) == [0, 0, 0]
    registry.images["app"]["latest"] = SECOND
    assert done(tmp_path, registry) == [1, 0, 0]
    answers = Answers(str(tmp_path))
    found = answers.query(
        "SELECT image, image_bytes FROM images WHERE image LIKE 'app%' ORDER BY 1"
    )
    assert found.rows == [("app:1", 110), ("app:latest", 120)]
    stored_once = answers.query(
        "SELECT sum(bytes) FROM (SELECT DISTINCT digest, bytes FROM layers)"
    )
    assert stored_once.rows == [(130,)]


def test_one_broken_tag_is_a_row(registry: Registry, tmp_path: Path) -> None:
    registry.images["app"]["1"] = b'{"schemaVersion": 2, "layers": 7}'
    assert done(tmp_path, registry) == [2, 0, 2]
    [broken] = [row for row in stored(tmp_path) if row["error"]]
    assert broken["image"] == "app:1"
    assert "has no list of layers" in broken["error"]
