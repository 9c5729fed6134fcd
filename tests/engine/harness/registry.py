"""Real registries (Debian's docker-registry) on loopback: open, behind a password, behind
tokens.
"""

from __future__ import annotations

import base64
import contextlib
import http.server
import json
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.parse
import uuid
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import requests

from . import need

if TYPE_CHECKING:
    from collections.abc import Callable

MANIFESTS = (
    "application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json"
)
USER = "pusher"
PASSWORD = "not-a-secret"  # noqa: S105 - of a registry that lives for one test run
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
SERVICE = "dlint-tests-registry"
ISSUER = "dlint-tests-issuer"


class Manifest(NamedTuple):
    """A manifest as the registry serves it."""

    raw: bytes
    media_type: str
    digest: str

    @property
    def data(self) -> dict[str, Any]:
        """The manifest's JSON."""
        return json.loads(self.raw)


class Registry:
    """A running registry without authentication; `host` is HOST:PORT as image names spell it."""

    def __init__(self, name: str = "127.0.0.1", port: int = 0) -> None:
        need.programs("docker-registry")
        self.home = Path(tempfile.mkdtemp(prefix="dlr-"))
        self.port = port or need.free_port()
        self.host = f"{name}:{self.port}"
        self._http = requests.Session()
        # Proxies of the environment are for the world outside, never for loopback.
        self._http.trust_env = False
        self._url = f"http://127.0.0.1:{self.port}/v2/"
        settings = {
            "version": "0.1",
            "log": {"level": "error"},
            "storage": {
                "filesystem": {"rootdirectory": str(self.home / "data")},
                "delete": {"enabled": True},
            },
            "http": {"addr": f"127.0.0.1:{self.port}"},
            "auth": self._guard(),
        }
        path = self.home / "registry.yml"
        path.write_text(
            json.dumps({key: value for key, value in settings.items() if value})
        )  # JSON is YAML
        self._program = need.Program(
            "docker-registry", "serve", path, log=self.home / "registry.log"
        )
        self._program.await_ready(self._answers)

    def manifest(self, name: str, reference: str) -> Manifest:
        """Read the manifest of a tag or digest; raise requests.HTTPError where there is none."""
        answer = self._get(name, f"manifests/{reference}", MANIFESTS)
        digest = answer.headers["Docker-Content-Digest"]
        return Manifest(answer.content, answer.headers["Content-Type"], digest)

    def blob(self, name: str, digest: str) -> bytes:
        """Read a blob of a repository; raise requests.HTTPError where it has none such."""
        return self._get(name, f"blobs/{digest}").content

    def blobs(self) -> dict[str, int]:
        """Return every blob stored, manifests too, as digest -> bytes."""
        folder = self.home / "data/docker/registry/v2/blobs/sha256"
        return {
            f"sha256:{path.parent.name}": path.stat().st_size for path in folder.glob("*/*/data")
        }

    def stop(self) -> None:
        """Stop it and remove all that it stored."""
        self._program.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def _guard(self) -> dict[str, Any]:
        """Return the `auth` section of the configuration."""
        return {}

    def _authorization(self, name: str) -> dict[str, str]:  # noqa: ARG002 - a token is for one repository
        return {}

    def _get(self, name: str, rest: str, accept: str = "*/*") -> requests.Response:
        headers = {"Accept": accept, **self._authorization(name)}
        answer = self._http.get(f"{self._url}{name}/{rest}", headers=headers, timeout=60)
        answer.raise_for_status()
        return answer

    def _answers(self) -> bool:
        with contextlib.suppress(requests.RequestException):
            return self._http.get(self._url, timeout=1).status_code in (
                HTTPStatus.OK,
                HTTPStatus.UNAUTHORIZED,
            )
        return False


class PasswordRegistry(Registry):
    """A registry that wants USER and PASSWORD as HTTP Basic authentication."""

    def _guard(self) -> dict[str, Any]:
        need.programs("htpasswd")
        path = self.home / "htpasswd"
        path.write_text(need.run("htpasswd", "-nbB", USER, PASSWORD).stdout)
        return {"htpasswd": {"realm": "dlint tests", "path": str(path)}}

    def _authorization(self, name: str) -> dict[str, str]:  # noqa: ARG002 - as above
        return {"Authorization": BASIC}


class TokenRegistry(Registry):
    """A registry that wants Bearer tokens, and the server that gives them for USER and PASSWORD.

    The registry verifies the tokens itself: signed JSON web tokens as the distribution project's
    token specification has them, RS256, with the certificate in the header. `realm` is the token
    server's address.
    """

    def _guard(self) -> dict[str, Any]:
        need.programs("openssl")
        self._key, certificate = self.home / "key.pem", self.home / "certificate.pem"
        subject = ("-subj", "/CN=dlint tests", "-days", "2")
        need.run(
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            self._key,
            "-out",
            certificate,
            *subject,
        )
        lines = certificate.read_text().splitlines()
        self._x5c = "".join(line for line in lines if not line.startswith("-"))
        self._server = _TokenServer(self.token)
        self.realm = self._server.realm
        token = {
            "realm": self.realm,
            "service": SERVICE,
            "issuer": ISSUER,
            "rootcertbundle": str(certificate),
        }
        return {"token": token}

    def token(self, account: str, scopes: list[str]) -> str:
        """Sign a token that allows everything asked for in the scopes
        (`repository:NAME:ACTION,ACTION`).
        """
        now = int(time.time())
        access = [
            {"type": kind, "name": name, "actions": actions.split(",")}
            for kind, name, actions in (scope.split(":", 2) for scope in scopes)
        ]
        header = {"typ": "JWT", "alg": "RS256", "x5c": [self._x5c]}
        claims = {
            "iss": ISSUER,
            "sub": account,
            "aud": SERVICE,
            "nbf": now - 60,
            "iat": now,
            "exp": now + 600,
        }
        body = ".".join(
            _base64url(json.dumps(part).encode())
            for part in (header, {**claims, "jti": uuid.uuid4().hex, "access": access})
        )
        signed = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", str(self._key)],
            input=body.encode(),
            capture_output=True,
            check=True,
        )
        return f"{body}.{_base64url(signed.stdout)}"

    def stop(self) -> None:
        """Stop the registry and its token server."""
        super().stop()
        self._server.shutdown()
        self._server.server_close()

    def _authorization(self, name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(USER, [f'repository:{name}:pull'])}"}


class _TokenServer(http.server.ThreadingHTTPServer):
    """Gives tokens on GET (Basic authentication, docker) and on POST (OAuth2 password grant,
    containerd).
    """

    daemon_threads = True

    def __init__(self, sign: Callable[[str, list[str]], str]) -> None:
        self.sign = sign
        super().__init__(("127.0.0.1", 0), _TokenHandler)
        self.realm = f"http://127.0.0.1:{self.server_address[1]}/token"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


class _TokenHandler(http.server.BaseHTTPRequestHandler):
    server: _TokenServer

    def do_GET(self) -> None:
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        self._answer(self.headers.get("Authorization") == BASIC, query)

    def do_POST(self) -> None:
        form = urllib.parse.parse_qs(
            self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        )
        self._answer((form.get("username"), form.get("password")) == ([USER], [PASSWORD]), form)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        pass

    def _answer(self, known: bool, asked: dict[str, list[str]]) -> None:  # noqa: FBT001 - private
        scopes = [scope for value in asked.get("scope", []) for scope in value.split()]
        token = self.server.sign(USER, scopes) if known else ""
        body = json.dumps(
            {"token": token, "access_token": token, "expires_in": 600} if known else {"errors": []}
        ).encode()
        self.send_response(HTTPStatus.OK if known else HTTPStatus.UNAUTHORIZED)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
