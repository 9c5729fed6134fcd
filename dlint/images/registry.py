"""Registries over the OCI distribution API (1.1): reading only, and nothing but manifests,
configurations and HEADs.

Credentials leave this module in three ways only: to the registry itself, to the token service that
it names, and never with a redirect to another host, port or scheme. All of it over TLS, unless the
registry may be asked without.

Imported when a registry is asked, not before: requests takes a fifth of a second.
"""

from __future__ import annotations

import hashlib
import re
import socket
import time
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import urlencode, urljoin

import requests
import urllib3

from dlint.errors import DlintError
from dlint.images.insecure import is_insecure
from dlint.images.manifest import (
    CONFIG_LIMIT,
    DIGEST,
    MANIFEST_LIMIT,
    MANIFEST_TYPES,
    Descriptor,
    check_digest,
    damaged,
    read_image,
    read_object,
)
from dlint.images.reference import DOCKER_HUB, parse_reference
from dlint.network.deadline import within
from dlint.network.hosts import is_loopback, origin_of, shown
from dlint.network.session import Session, causes, reason, retry_after
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dlint.images.credentials import Credentials
    from dlint.images.facts import ImageFacts, RegistrySettings
    from dlint.images.reference import Reference

HUB_ADDRESS = "registry-1.docker.io"
CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
RETRIES = 2
RETRY_STATUSES = (429, 500, 502, 503, 504)
WAIT_SECONDS = 10.0  # a longer Retry-After is told, not waited for
REDIRECTS = 5
TOKEN_LIMIT = 1 << 20  # as containers/image (MaxAuthTokenBodySize)
CHUNK = 1 << 16
CERTIFICATES = ("/etc/docker/certs.d", "/etc/containers/certs.d")
# A parameter (name, quoted value, plain value), or else a scheme.
CHALLENGE = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))|(\w+)')
CHALLENGE_LIMIT = 8192


class UnreachableError(DlintError):
    """Nobody answers at an address, or not in the protocol that was tried there."""


class Answer(NamedTuple):
    """A complete answer, after redirects, from `url`."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def host(self) -> str:
        """Who answered."""
        return shown(self.url)

    def json(self) -> dict[str, object]:
        """Decode the body; raises DlintError, which knows a web page when it sees one."""
        if "html" in self.headers.get("Content-Type", "") or self.body.lstrip()[:1] == b"<":
            raise DlintError(
                f"{self.host}: answers with a web page",
                "It is not a registry, or a proxy or login page intercepts the request. Check the"
                " name and the network.",
            )
        return read_object(self.body, self.host)


class Registry:
    """One repository of a registry: a Store whose blobs come over the network."""

    def __init__(self, host: str, repository: str, settings: RegistrySettings) -> None:
        self.host = host
        self.repository = repository
        self.name = f"{host}/{repository}"
        self._settings = settings
        self._address = HUB_ADDRESS if host == DOCKER_HUB else host
        self._base = ""
        self._verify = True
        self._authorization = ""
        self._credentials: Credentials | None = None
        self._session = Session()
        self._session.headers["Accept-Encoding"] = "identity"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def resolve(self, reference: str) -> tuple[Descriptor, bytes]:
        """Read the manifest or index of a tag or digest; raises DlintError."""
        answer = self._ask("GET", f"manifests/{reference}", MANIFEST_LIMIT)
        answer.json()
        digest = reference if ":" in reference else answer.headers.get("Docker-Content-Digest", "")
        if digest:
            check_digest(answer.body, digest, self.name)
        else:
            digest = f"sha256:{hashlib.sha256(answer.body).hexdigest()}"
        media_type = answer.headers.get("Content-Type", "").partition(";")[0]
        return Descriptor(media_type, digest, len(answer.body)), answer.body

    def manifest(self, descriptor: Descriptor) -> bytes:
        """Read a manifest or index by its digest."""
        return self._ask("GET", f"manifests/{descriptor.digest}", MANIFEST_LIMIT).body

    def blob(self, descriptor: Descriptor) -> bytes:
        """Read a blob."""
        return self._ask("GET", f"blobs/{descriptor.digest}", CONFIG_LIMIT).body

    def ask(self, path: str, limit: int) -> Answer:
        """Read what stands at a path below the repository, at most `limit` bytes."""
        return self._ask("GET", path, limit)

    def _url(self, path: str) -> str:
        return f"{self._base}/v2/{self.repository}/{path}"

    def holds(self, digest: str) -> bool:
        """Tell whether the repository has a blob."""
        return self._ask("HEAD", f"blobs/{digest}", 0, missing=True).status == HTTPStatus.OK

    def _ask(self, method: str, path: str, limit: int, *, missing: bool = False) -> Answer:
        """Ask the registry; the first time find out how. Raises DlintError unless it says 200, or
        404 if `missing`.
        """
        ask = self._ask_authorized if self._base else self._ask_first
        answer = ask(method, path, limit)
        if answer.status == HTTPStatus.OK or (missing and answer.status == HTTPStatus.NOT_FOUND):
            return answer
        raise self._refusal(answer)

    def _ask_first(self, method: str, path: str, limit: int) -> Answer:
        error = UnreachableError("")
        for scheme, verify in self._ways():
            self._base, self._verify, self._authorization = (
                f"{scheme}://{self._address}",
                verify,
                "",
            )
            try:
                return self._ask_authorized(method, path, limit)
            except UnreachableError as failure:
                error = failure
        if not self._insecure:
            error.hint = (
                f"If {self.host} should be used without verified TLS, allow it:"
                f" --insecure-registry {self.host}, `insecure-registries` in the engine's"
                " daemon.json, or `insecure = true` in registries.conf."
            )
        raise error

    def _ways(self) -> Iterator[tuple[str, bool]]:
        """How to reach the registry, the safest way first: scheme, and whether its certificate is
        verified.
        """
        yield "https", True
        if self._insecure:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
            yield "https", False
            yield "http", False

    @cached_property
    def _insecure(self) -> bool:
        return is_insecure(self.host, self.repository, self._settings.insecure)

    def _may_lack_tls(self, url: str) -> bool:
        """Tell whether an address that the registry names may be asked without verified TLS: both
        must be insecure.
        """
        return self._insecure and (
            shown(url) == self._address or is_insecure(shown(url), "", self._settings.insecure)
        )

    def _ask_authorized(self, method: str, path: str, limit: int) -> Answer:
        url = self._url(path)
        answer = self._follow(method, url, limit, self._authorization)
        if answer.status != HTTPStatus.UNAUTHORIZED or origin_of(answer.url) != origin_of(url):
            return answer
        self._authorization = self._authorize(answer)
        return self._follow(method, url, limit, self._authorization)

    def _authorize(self, answer: Answer) -> str:
        """Return the Authorization that the registry's challenge asks for; raises DlintError."""
        from dlint.images.credentials import find_credentials

        challenges = read_challenges(answer.headers.get("WWW-Authenticate", ""))
        self._credentials = self._credentials or find_credentials(self.host, self.repository)
        if "bearer" in challenges:
            return f"Bearer {self._token(challenges['bearer'])}"
        if "basic" not in challenges:
            raise DlintError(
                f"{self.host}: asks for a login other than Basic or Bearer",
                "Copy the image to an OCI layout.",
            )
        if self._credentials is None or self._credentials.identity_token:
            raise self._refusal(answer)
        return _basic(self._credentials)

    def _token(self, challenge: Mapping[str, str]) -> str:
        """Fetch a token from the service that the challenge names (the token and OAuth2 flows of
        `distribution`).
        """
        realm = self._allowed("", challenge.get("realm", ""), "names a token service")
        fields = {
            "service": challenge.get("service", ""),
            "scope": challenge.get("scope") or self._scope,
        }
        credentials = self._credentials
        if credentials and credentials.identity_token:
            form = {
                "grant_type": "refresh_token",
                "client_id": "dlint",
                "refresh_token": credentials.identity_token,
            }
            answer = self._exchange("POST", realm, TOKEN_LIMIT, form=fields | form)
        else:
            query = urlencode({name: value for name, value in fields.items() if value})
            authorization = _basic(credentials) if credentials else ""
            answer = self._follow(
                "GET", f"{realm}{'&' if '?' in realm else '?'}{query}", TOKEN_LIMIT, authorization
            )
        if answer.status != HTTPStatus.OK:
            raise self._refusal(answer)
        content = answer.json()
        token = content.get("token") or content.get("access_token")
        if not isinstance(token, str):
            raise damaged(answer.host, "gives no token")
        return token

    @property
    def _scope(self) -> str:
        return f"repository:{self.repository}:pull"

    def _allowed(self, base: str, location: str, what: str) -> str:
        """Return where `location`, seen from `base`, lies; raises DlintError unless it may be
        asked.
        """
        try:
            url = urljoin(base, location)
            scheme, host, _ = origin_of(url)
        except ValueError:
            scheme = host = ""
        if scheme not in ("http", "https") or not host:
            raise DlintError(
                f"{self.host}: {what} that is not an address",
                "It is misconfigured or not a registry.",
            )
        if scheme == "http" and not self._may_lack_tls(url):
            raise DlintError(
                f"{self.host}: {what} without TLS ({shown(url)})",
                "If that is intended, allow it with --insecure-registry, for the registry and for"
                " that place.",
            )
        return url

    def _follow(self, method: str, url: str, limit: int, authorization: str) -> Answer:
        """Ask, and go where redirects lead; Authorization stays behind unless scheme, host and port
        are the same.
        """
        origin = origin_of(url)
        for _ in range(REDIRECTS + 1):
            answer = self._exchange(
                method, url, limit, authorization if origin_of(url) == origin else ""
            )
            location = answer.headers.get("Location", "")
            if answer.status not in (301, 302, 303, 307, 308) or not location:
                return answer
            url = self._allowed(url, location, "redirects to a place")
        raise DlintError(
            f"{self.host}: redirects more than {REDIRECTS} times",
            "It is misconfigured or not a registry.",
        )

    def _exchange(
        self,
        method: str,
        url: str,
        limit: int,
        authorization: str = "",
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request and its answer, asked again a few times where the peer is busy."""
        for attempt in range(RETRIES + 1):
            answer = self._once(method, url, limit, authorization, form)
            wait = retry_after(answer.headers.get("Retry-After", ""), 0.5 * 2**attempt)
            if answer.status not in RETRY_STATUSES or attempt == RETRIES or wait > WAIT_SECONDS:
                break
            time.sleep(wait)
        return answer

    def _once(
        self, method: str, url: str, limit: int, authorization: str, form: Mapping[str, str] | None
    ) -> Answer:
        headers = {"Accept": ", ".join(MANIFEST_TYPES)} if "/manifests/" in url else {}
        if authorization:
            headers["Authorization"] = authorization
        host = shown(url)
        try:
            with self._session.request(
                method,
                url,
                headers=headers,
                data=form,
                stream=True,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                verify=(self._verify or not self._may_lack_tls(url)) and self._authority(url),
                proxies={"http": "", "https": ""} if is_loopback(host) else None,
            ) as response:
                return Answer(
                    url, response.status_code, response.headers, _body(response, limit, host)
                )
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
            elsewhere = origin_of(url) != origin_of(self._base) or any(
                isinstance(each, socket.gaierror) for each in causes(error)
            )
            kind = DlintError if elsewhere else UnreachableError
            raise kind(
                f"{host}: {reason(error)}", "Check the name, the network and the proxies."
            ) from None

    def _authority(self, url: str) -> bool | str:
        """Return the certificate that the engine or containers/image keep for the registry's own
        host, else True.
        """
        if origin_of(url) != origin_of(self._base):
            return True
        paths = (Path(folder, self.host, "ca.crt") for folder in CERTIFICATES)
        return next((str(path) for path in paths if path.is_file()), True)

    def _refusal(self, answer: Answer) -> DlintError:
        """Say what an answer other than 200 means, and what to do."""
        who = self._credentials.origin if self._credentials else ""
        login = f"docker login {self.host}"
        wait = answer.headers.get("Retry-After", "")[:40]
        known = {
            401: (
                (
                    f"does not accept the credentials of {who} for {self.name}"
                    if who
                    else f"wants a login for {self.name}"
                ),
                (
                    "Check the name, because some registries answer like this for unknown names."
                    f" Then {login}."
                ),
            ),
            403: (
                f"does not allow reading {self.name}",
                f"Ask for the right to pull, or log in: {login}.",
            ),
            404: (f"has no such image or blob in {self.name}", "Check the name and the tag."),
            429: (
                "has had too many requests",
                (
                    f"Try again {f'after {wait} (Retry-After)' if wait else 'later'}, or log in:"
                    f" {login}."
                ),
            ),
        }
        failed = (
            f"answers with status {answer.status}",
            "Try again later; check that the name is a registry's.",
        )
        message, hint = known.get(answer.status, failed)
        return DlintError(f"{answer.host}: {message}", hint)


def _body(response: requests.Response, limit: int, host: str) -> bytes:
    """Read an answer; if it is no 200, only so much that the connection can be used again. Raises
    DlintError.
    """
    body = bytearray()
    for chunk in response.iter_content(CHUNK):
        body += chunk
        if response.status_code != HTTPStatus.OK and len(body) > CHUNK:
            break
        if response.status_code == HTTPStatus.OK and len(body) > limit:
            raise damaged(host, f"answers with more than {limit} bytes")
    return bytes(body)


def read_challenges(header: str) -> dict[str, dict[str, str]]:
    """Read WWW-Authenticate: parameters by scheme, both names in lower case."""
    challenges: dict[str, dict[str, str]] = {}
    parameters: dict[str, str] = {}
    for name, quoted, plain, scheme in CHALLENGE.findall(header[:CHALLENGE_LIMIT]):
        if scheme:
            parameters = challenges.setdefault(scheme.lower(), {})
        else:
            parameters[name.lower()] = plain or re.sub(r"\\(.)", r"\1", quoted)
    return challenges


def _basic(credentials: Credentials) -> str:
    from base64 import b64encode

    return "Basic " + b64encode(f"{credentials.username}:{credentials.password}".encode()).decode()


def read_remote(source: str, name: str, platform: str, settings: RegistrySettings) -> ImageFacts:
    """Read the facts of the image that the reference `name` names; raises DlintError."""
    reference = _parse(name)

    def read() -> ImageFacts:
        with Registry(reference.registry, reference.repository, settings) as registry:
            root, data = registry.resolve(reference.digest or reference.tag_or_latest)
            return read_image(source, registry, root, data, platform)

    return within(settings.deadline, reference.registry, read)


def held_remote(
    repository: str, digests: Iterable[str], settings: RegistrySettings
) -> frozenset[str]:
    """Return those of `digests` that `repository` holds; raises DlintError."""
    reference, wanted = (
        _parse(repository),
        [digest for digest in digests if DIGEST.fullmatch(digest)],
    )

    def read() -> frozenset[str]:
        with Registry(reference.registry, reference.repository, settings) as registry:
            return frozenset(digest for digest in wanted if registry.holds(digest))

    return within(settings.deadline, reference.registry, read)


def tag_remote(name: str, settings: RegistrySettings) -> str:
    """Return the digest of what the reference `name` names, an index or a manifest; raises
    DlintError.
    """
    reference = _parse(name)

    def read() -> str:
        with Registry(reference.registry, reference.repository, settings) as registry:
            return registry.resolve(reference.digest or reference.tag_or_latest)[0].digest

    return within(settings.deadline, reference.registry, read)


def _parse(name: str) -> Reference:
    try:
        return parse_reference(name)
    except ValueError as error:
        raise DlintError(f"{name!r} is not an image name: {error}") from None
