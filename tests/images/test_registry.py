"""Registries, played by a server in this process: who is told what, and what comes of strange
answers.
"""

import base64
import hashlib
import http.server
import json
import shutil
import socket
import ssl
import subprocess
import threading
from urllib.parse import parse_qs, urlsplit

import pytest

from dlint.errors import DlintError
from dlint.images import RegistrySettings, insecure, registry, tag_digest
from dlint.images.asking import held_blobs, read_facts
from dlint.images.manifest import (
    DOCKER_LIST,
    DOCKER_MANIFEST,
    MANIFEST_LIMIT,
    MANIFEST_TYPES,
    OCI_INDEX,
    OCI_MANIFEST,
)

SECRET = "s3cret-p4ss"  # noqa: S105  of nobody
BASIC = "Basic " + base64.b64encode(f"user:{SECRET}".encode()).decode()
CHALLENGE = 'Basic realm="test"'


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def dump(value):
    return json.dumps(value).encode()


CONFIG = dump(
    {
        "os": "linux",
        "architecture": "amd64",
        "rootfs": {"diff_ids": [digest(b"tar")]},
        "history": [{"created_by": "COPY . . # buildkit"}],
    }
)
LAYER = b"a layer's blob"
MANIFEST = dump(
    {
        "schemaVersion": 2,
        "config": {"digest": digest(CONFIG), "size": len(CONFIG)},
        "layers": [{"digest": digest(LAYER), "size": len(LAYER)}],
    }
)


class Server(http.server.ThreadingHTTPServer):
    """A registry with one image, `app:1`; `answers` replaces or adds answers by path."""

    daemon_threads = True

    def __init__(self, context=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.context = context
        self.port = self.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"{'https' if context else 'http'}://{self.host}"
        self.seen = []
        self.release = threading.Event()
        self.answers = {
            "/v2/app/manifests/1": (200, {"Content-Type": OCI_MANIFEST}, MANIFEST),
            f"/v2/app/manifests/{digest(MANIFEST)}": (
                200,
                {"Content-Type": OCI_MANIFEST},
                MANIFEST,
            ),
            f"/v2/app/blobs/{digest(CONFIG)}": (200, {}, CONFIG),
            f"/v2/app/blobs/{digest(LAYER)}": (200, {}, LAYER),
        }

    def get_request(self):
        connection, address = super().get_request()
        if self.context:
            connection = self.context.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        return connection, address

    def handle_error(self, *_):
        pass

    def headers_seen(self, name):
        return [headers.get(name) for _, _, headers, _ in self.seen]

    @property
    def paths(self):
        return [urlsplit(path).path for _, path, _, _ in self.seen]

    def guard(self, challenge, expected):
        """Ask for `expected` as Authorization before any answer."""
        for path, answer in list(self.answers.items()):
            refusal = 401, {"WWW-Authenticate": challenge}, b"{}"
            self.answers[path] = lambda headers, answer=answer, refusal=refusal: (
                answer if headers.get("Authorization") == expected else refusal
            )


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        size = int(self.headers.get("Content-Length") or 0)
        self.server.seen.append((self.command, self.path, self.headers, self.rfile.read(size)))
        answer = self.server.answers.get(urlsplit(self.path).path, (404, {}, b"{}"))
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if callable(answer):
            answer = answer(self.headers)
        status, headers, body = answer
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self):
        self.do_GET()

    def do_POST(self):
        self.do_GET()

    def log_message(self, *_):
        pass


def started(server):
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


@pytest.fixture
def servers():
    made = []

    def make(context=None):
        made.append(started(Server(context)))
        return made[-1]

    yield make
    for server in made:
        server.release.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def server(servers):
    return servers()


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Nobody's credentials, settings and proxies."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "CONTAINERS_REGISTRIES_CONF", "NETRC"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(insecure, "daemon_files", lambda: (tmp_path / "daemon.json",))
    monkeypatch.setattr(insecure, "registries_files", lambda: (tmp_path / "registries.conf",))
    return tmp_path


@pytest.fixture
def names(monkeypatch):
    """registry.example.com and tokens.example.com are this machine; other names stay unknown."""
    real = socket.getaddrinfo

    def resolve(host, port, *args, **kwargs):
        known = host in ("registry.example.com", "tokens.example.com")
        if not known and host not in ("127.0.0.1", "localhost"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real("127.0.0.1" if known else host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def log_in(home, host, **entry):
    (home / "docker").mkdir(exist_ok=True)
    entry = entry or {"auth": base64.b64encode(f"user:{SECRET}".encode()).decode()}
    (home / "docker/config.json").write_text(json.dumps({"auths": {host: entry}}))


def read(server, name="app:1", platform="linux/amd64", host="", **settings):
    return read_facts(
        f"docker://{host or server.host}/{name}",
        platform=platform,
        settings=RegistrySettings(**settings),
    )


def refused(server, *args, **kwargs):
    """Read, and return the error, in which no secret may stand."""
    with pytest.raises(DlintError) as caught:
        read(server, *args, **kwargs)
    text = f"{caught.value.message} {caught.value.hint}"
    assert SECRET not in text
    assert BASIC not in text
    assert "signature" not in text
    assert caught.value.hint
    return caught.value


def test_an_image_by_tag(server):
    facts = read(server)
    assert (facts.digest, facts.platform, facts.media_type) == (
        digest(MANIFEST),
        "linux/amd64",
        OCI_MANIFEST,
    )
    assert (facts.manifest_bytes, facts.config_bytes) == (len(MANIFEST), len(CONFIG))
    assert facts.layers[0][:3] == (digest(LAYER), len(LAYER), digest(b"tar"))
    assert facts.layers[0].created_by == "COPY . . # buildkit"
    assert server.headers_seen("Accept")[0] == ", ".join(MANIFEST_TYPES)
    assert server.headers_seen("Authorization") == [None, None]


def test_an_image_by_digest(server):
    assert read(server, f"app:ignored@{digest(MANIFEST)}").digest == digest(MANIFEST)


@pytest.mark.parametrize("media_type", [OCI_INDEX, DOCKER_LIST])
def test_an_index_leads_to_the_platforms_image(server, media_type):
    entry = {"mediaType": DOCKER_MANIFEST, "digest": digest(MANIFEST), "size": len(MANIFEST)}
    other = entry | {
        "digest": digest(b"other"),
        "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"},
    }
    body = dump(
        {"manifests": [other, entry | {"platform": {"os": "linux", "architecture": "amd64"}}]}
    )
    server.answers["/v2/app/manifests/1"] = (200, {"Content-Type": media_type}, body)
    assert read(server).digest == digest(MANIFEST)
    assert "has no such image" in refused(server, platform="linux/arm64").message
    assert "Available: linux/amd64, linux/arm64" in refused(server, platform="linux/s390x").hint


def test_the_digest_of_a_tag_is_that_of_its_index(server):
    body = dump(
        {
            "manifests": [
                {"mediaType": DOCKER_MANIFEST, "digest": digest(MANIFEST), "size": len(MANIFEST)}
            ]
        }
    )
    server.answers["/v2/app/manifests/2"] = (200, {"Content-Type": OCI_INDEX}, body)
    assert tag_digest(f"{server.host}/app:1") == digest(MANIFEST)
    assert tag_digest(f"{server.host}/app:2") == digest(body)
    with pytest.raises(DlintError):
        tag_digest(f"{server.host}/app:none")


def test_blobs_that_stand_already(server):
    missing, bad = digest(b"missing"), "../../app/manifests/1"
    host, settings = f"{server.host}/app", RegistrySettings()
    assert held_blobs(host, [digest(LAYER), missing, bad], settings=settings) == {digest(LAYER)}
    assert [method for method, *_ in server.seen] == ["HEAD", "HEAD"]
    server.answers[f"/v2/app/blobs/{missing}"] = (403, {}, b"")
    with pytest.raises(DlintError, match="does not allow"):
        held_blobs(host, [missing], settings=settings)


# Who is told what


def test_basic_credentials_go_only_where_they_are_asked_for(server, home):
    log_in(home, server.host)
    read(server)
    assert server.headers_seen("Authorization") == [None, None]
    server.guard(CHALLENGE, BASIC)
    assert read(server).digest == digest(MANIFEST)
    assert server.headers_seen("Authorization")[2:] == [None, BASIC, BASIC]


def test_credentials_that_are_missing_or_wrong(server, home):
    server.guard(CHALLENGE, "Basic something else")
    assert "wants a login" in refused(server).message
    log_in(home, server.host)
    error = refused(server)
    assert "does not accept the credentials of" in error.message
    assert str(home / "docker/config.json") in error.message


class Tokens:
    """A token service: gives `token` to those who say `authorization` (or `refresh` in a form)."""

    def __init__(self, server, authorization=None, refresh=None, field="token"):
        self.server, self.authorization, self.refresh, self.field = (
            server,
            authorization,
            refresh,
            field,
        )
        server.answers["/token"] = self.answer

    def answer(self, headers):
        method, path, _, body = self.server.seen[-1]
        self.asked = parse_qs(body.decode() if method == "POST" else urlsplit(path).query)
        known = headers.get("Authorization") == self.authorization
        if self.refresh:
            known = self.asked.get("refresh_token") == [self.refresh] and self.asked[
                "grant_type"
            ] == ["refresh_token"]
        return (200, {}, dump({self.field: "t0ken"})) if known else (401, {}, b"{}")

    def challenge(self, **fields):
        fields = {
            "realm": f"{self.server.url}/token",
            "service": "reg",
            "scope": "repository:app:pull,x",
        } | fields
        return "Bearer " + ",".join(f'{name}="{value}"' for name, value in fields.items())


@pytest.mark.parametrize("field", ["token", "access_token"])
def test_a_token_for_nobody_is_asked_for_once(server, servers, field):
    tokens = Tokens(servers(), field=field)
    server.guard(tokens.challenge(), "Bearer t0ken")
    assert read(server).digest == digest(MANIFEST)
    assert tokens.asked == {"service": ["reg"], "scope": ["repository:app:pull,x"]}
    assert server.headers_seen("Authorization") == [None, "Bearer t0ken", "Bearer t0ken"]
    assert len(tokens.server.seen) == 1


def test_a_token_for_a_password(server, servers, home):
    tokens = Tokens(servers(), authorization=BASIC)
    server.guard(tokens.challenge(scope=""), "Bearer t0ken")
    assert "wants a login" in refused(server).message
    log_in(home, server.host)
    assert read(server).digest == digest(MANIFEST)
    assert tokens.asked["scope"] == ["repository:app:pull"]
    assert BASIC not in server.headers_seen("Authorization")


def test_a_token_for_an_identity_token(server, servers, home):
    tokens = Tokens(servers(), refresh="refresh-me", field="access_token")
    server.guard(tokens.challenge(), "Bearer t0ken")
    log_in(home, server.host, identitytoken="refresh-me")
    assert read(server).digest == digest(MANIFEST)
    assert tokens.server.seen[0][0] == "POST"
    assert tokens.server.headers_seen("Authorization") == [None]


@pytest.mark.parametrize(
    "body", [b"{}", b'{"token": 1}', b"<html>", b"[", b'{"token": "a\\r\\nb"}']
)
def test_a_token_service_that_gives_none(server, servers, body):
    tokens = Tokens(servers())
    tokens.server.answers["/token"] = (200, {}, body)
    server.guard(tokens.challenge(), "Bearer t0ken")
    refused(server)


@pytest.mark.parametrize(
    "realm", ["", "/token", "ftp://x/", "http://[::1/", "http:///token", "https://x:port/", "x"]
)
def test_a_token_service_that_has_no_address(server, realm):
    server.guard(f'Bearer realm="{realm}"', "Bearer t0ken")
    assert "names a token service" in refused(server).message


def test_other_ways_to_log_in_are_told(server, home):
    log_in(home, server.host)
    server.guard("Negotiate", "x")
    assert "other than Basic or Bearer" in refused(server).message


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_credentials_follow_a_redirect_to_another_host(server, servers, home, status):
    log_in(home, server.host)
    store = servers()
    store.answers["/blob"] = (200, {}, CONFIG)
    server.answers[f"/v2/app/blobs/{digest(CONFIG)}"] = (
        status,
        {"Location": f"{store.url}/blob?signature=1"},
        b"",
    )
    server.guard(CHALLENGE, BASIC)
    assert read(server).config_bytes == len(CONFIG)
    assert server.headers_seen("Authorization") == [None, BASIC, BASIC]
    assert store.headers_seen("Authorization") == [None]


def test_a_store_that_wants_credentials_gets_none(server, servers, home):
    log_in(home, server.host)
    store = servers()
    store.answers["/blob"] = (401, {"WWW-Authenticate": CHALLENGE}, b"")
    server.answers[f"/v2/app/blobs/{digest(CONFIG)}"] = (
        302,
        {"Location": f"{store.url}/blob?signature=1"},
        b"",
    )
    server.guard(CHALLENGE, BASIC)
    assert refused(server).message.startswith(store.host)
    assert store.headers_seen("Authorization") == [None]


def test_credentials_stay_with_a_redirect_on_the_same_host(server, home):
    log_in(home, server.host)
    server.guard(CHALLENGE, BASIC)
    server.answers["/v2/app/manifests/1"] = (
        307,
        {"Location": f"/v2/app/manifests/{digest(MANIFEST)}"},
        b"",
    )
    server.answers[f"/v2/app/manifests/{digest(MANIFEST)}"] = (200, {}, MANIFEST)
    assert read(server).digest == digest(MANIFEST)


def test_token_credentials_do_not_follow_the_token_service_elsewhere(server, servers, home):
    log_in(home, server.host)
    tokens, elsewhere = Tokens(servers()), servers()
    tokens.server.answers["/token"] = (302, {"Location": f"{elsewhere.url}/token"}, b"")
    elsewhere.answers["/token"] = (200, {}, dump({"token": "t0ken"}))
    server.guard(tokens.challenge(), "Bearer t0ken")
    read(server)
    assert tokens.server.headers_seen("Authorization") == [BASIC]
    assert elsewhere.headers_seen("Authorization") == [None]


def test_passwords_of_netrc_are_left_alone(server, home):
    (home / ".netrc").write_text(f"machine 127.0.0.1 login user password {SECRET}\n")
    (home / ".netrc").chmod(0o600)
    read(server)
    assert server.headers_seen("Authorization") == [None, None]


def test_loopback_goes_past_proxies_and_others_do_not(server, servers, monkeypatch):
    proxy = servers()
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    assert read(server).layers
    assert not proxy.seen
    assert "cannot be reached" in refused(server, host="registry.example.com").message


# TLS, and without


@pytest.mark.usefixtures("names")
def test_a_name_is_asked_over_tls_only(server):
    error = refused(server, host=f"registry.example.com:{server.port}")
    assert error.message == f"registry.example.com:{server.port}: does not speak TLS"
    for way in (
        f"--insecure-registry registry.example.com:{server.port}",
        "daemon.json",
        "registries.conf",
    ):
        assert way in error.hint
    assert not server.seen


def engine_allows(home, entry):
    (home / "daemon.json").write_text(json.dumps({"insecure-registries": [entry]}))


def registries_allow(home, entry):
    (home / "registries.conf").write_text(f'[[registry]]\nlocation = "{entry}"\ninsecure = true\n')


def prefix_allows(home, entry):
    prefix = f'[[registry]]\nprefix = "{entry}/app"\nlocation = "x"\ninsecure = true\n'
    (home / "registries.conf").write_text(f'{prefix}[[registry]]\nlocation = "{entry}"\n')


@pytest.mark.parametrize("allow", [engine_allows, registries_allow, prefix_allows, None])
@pytest.mark.usefixtures("names")
def test_a_name_that_may_be_asked_without(server, home, allow):
    host = f"registry.example.com:{server.port}"
    if allow:
        allow(home, host)
    log_in(home, host)
    server.guard(CHALLENGE, BASIC)
    assert read(server, host=host, insecure=() if allow else (host,)).digest == digest(MANIFEST)


@pytest.mark.usefixtures("names")
def test_a_network_that_may_be_asked_without(server, home):
    engine_allows(home, "127.0.0.0/8")
    assert read(server, host=f"registry.example.com:{server.port}").layers


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
@pytest.mark.usefixtures("names")
def test_loopback_needs_no_leave(server, name):
    assert read(server, host=f"{name}:{server.port}").layers


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Make a key and its own signature, for registry.example.com and 127.0.0.1."""
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("openssl is not installed")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    names = "subjectAltName=DNS:registry.example.com,IP:127.0.0.1"
    command = f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test -addext {names}"
    out = ["-keyout", str(path), "-out", str(path.with_suffix(".crt"))]
    subprocess.run([openssl, *command.split(), *out], check=True, capture_output=True)
    return path


@pytest.fixture
def secure(servers, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.with_suffix(".crt"), certificate)
    return servers(context)


@pytest.mark.usefixtures("names")
def test_a_certificate_that_nobody_vouches_for(secure, home):
    host = f"registry.example.com:{secure.port}"
    log_in(home, host)
    secure.guard(CHALLENGE, BASIC)
    error = refused(secure, host=host)
    assert "certificate that cannot be verified" in error.message
    assert f"--insecure-registry {host}" in error.hint
    assert not secure.seen
    assert read(secure, host=host, insecure=(host,)).digest == digest(MANIFEST)


@pytest.mark.usefixtures("names")
def test_a_certificate_that_the_engine_keeps(secure, home, certificate, monkeypatch):
    host = f"registry.example.com:{secure.port}"
    monkeypatch.setattr(registry, "CERTIFICATES", (str(home / "certs.d"),))
    (home / "certs.d" / host).mkdir(parents=True)
    shutil.copy(certificate.with_suffix(".crt"), home / "certs.d" / host / "ca.crt")
    assert read(secure, host=host).layers


@pytest.fixture
def trusted(secure, certificate, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.with_suffix(".crt")))
    return secure


@pytest.mark.usefixtures("names")
def test_a_redirect_does_not_leave_tls(trusted, server):
    host = f"registry.example.com:{trusted.port}"
    trusted.answers["/v2/app/manifests/1"] = (
        302,
        {"Location": f"{server.url}/v2/app/manifests/1?signature=1"},
        b"",
    )
    assert (
        f"redirects to a place without TLS ({server.host})" in refused(trusted, host=host).message
    )
    assert not server.seen


@pytest.mark.usefixtures("names")
def test_a_token_service_without_tls_gets_nothing(trusted, server, home):
    host = f"registry.example.com:{trusted.port}"
    log_in(home, host)
    trusted.guard(f'Bearer realm="{server.url}/token"', "Bearer t0ken")
    assert (
        f"names a token service without TLS ({server.host})" in refused(trusted, host=host).message
    )
    assert not server.seen


@pytest.mark.usefixtures("names")
def test_a_token_service_without_tls_where_the_registry_may_be_asked_so(trusted, server, home):
    host = f"registry.example.com:{trusted.port}"
    log_in(home, host)
    tokens = Tokens(server, authorization=BASIC)
    trusted.guard(tokens.challenge(), "Bearer t0ken")
    assert read(trusted, host=host, insecure=(host,)).digest == digest(MANIFEST)


@pytest.mark.usefixtures("names")
def test_an_insecure_registry_names_a_token_service_elsewhere(server, servers, home):
    host, elsewhere = f"registry.example.com:{server.port}", servers()
    log_in(home, host)
    service = f"tokens.example.com:{elsewhere.port}"
    tokens = Tokens(elsewhere, authorization=BASIC)
    server.guard(tokens.challenge(realm=f"http://{service}/token"), "Bearer t0ken")
    assert (
        f"names a token service without TLS ({service})"
        in refused(server, host=host, insecure=(host,)).message
    )
    assert not elsewhere.seen
    assert read(server, host=host, insecure=(host, service)).digest == digest(MANIFEST)


@pytest.mark.usefixtures("names")
def test_a_token_service_elsewhere_whose_certificate_nobody_vouches_for(server, secure, home):
    host, service = f"registry.example.com:{server.port}", f"tokens.example.com:{secure.port}"
    log_in(home, host)
    server.guard(f'Bearer realm="https://{service}/token"', "Bearer t0ken")
    assert (
        "certificate that cannot be verified"
        in refused(server, host=host, insecure=(host,)).message
    )
    assert not secure.seen


@pytest.mark.usefixtures("names")
def test_names_that_nobody_knows():
    assert "Name or service not known" in refused(None, host="unknown.example.com").message


def test_nobody_listens(server):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
        assert "cannot be reached (Connection refused)" in refused(server, host=host).message


# Strange answers


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((200, {"Content-Type": "text/html"}, b"<!doctype html>"), "answers with a web page"),
        ((200, {}, b"  <html>"), "answers with a web page"),
        ((200, {}, b"nothing"), "is not valid JSON"),
        ((200, {}, b"[]"), "is not a JSON object"),
        ((200, {}, b"{}"), "neither a manifest nor an index"),
        ((200, {}, dump({"schemaVersion": 1, "fsLayers": []})), "schema 1"),
        (
            (200, {"Docker-Content-Digest": digest(b"other")}, MANIFEST),
            "was requested, but the content is",
        ),
        ((200, {"Docker-Content-Digest": "md5:00"}, MANIFEST), "not a digest that can be verified"),
        ((200, {}, b" " * (MANIFEST_LIMIT + 1)), f"answers with more than {MANIFEST_LIMIT} bytes"),
        ((200, {"Content-Length": "100000"}, MANIFEST), "closed the connection early"),
        ((204, {}, b""), "answers with status 204"),
        ((400, {}, b"x" * 300_000), "answers with status 400"),
        ((403, {}, b"{}"), "does not allow reading"),
        ((404, {}, b"{}"), "has no such image"),
        ((418, {}, b"{}"), "answers with status 418"),
        ((302, {"Location": "/v2/app/manifests/1"}, b""), "redirects more than"),
        (
            (302, {"Location": "http://[::1"}, b"x" * 300_000),
            "redirects to a place that is not an address",
        ),
        (
            (302, {"Location": "file:///etc/passwd"}, b""),
            "redirects to a place that is not an address",
        ),
        ((302, {}, b""), "answers with status 302"),
    ],
)
def test_answers_that_are_no_manifest(server, answer, message):
    server.answers["/v2/app/manifests/1"] = answer
    assert message in refused(server).message


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (CONFIG[:-1], "were announced"),
        (CONFIG[:-1] + b" ", "was requested, but the content is"),
        (CONFIG * 2, "announced"),
    ],
)
def test_a_configuration_that_is_another(server, config, message):
    server.answers[f"/v2/app/blobs/{digest(CONFIG)}"] = (200, {}, config)
    assert message in refused(server).message


def test_a_manifest_that_is_not_what_its_digest_says(server):
    server.answers[f"/v2/app/manifests/{digest(MANIFEST)}"] = (200, {}, MANIFEST + b" ")
    assert "was requested, but the content is" in refused(server, f"app@{digest(MANIFEST)}").message


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_registry_is_asked_again(server, status):
    busy = status, {"Retry-After": "0"}, b""
    server.answers["/v2/app/manifests/1"] = [busy, busy, (200, {}, MANIFEST)]
    assert read(server).digest == digest(MANIFEST)
    assert server.paths.count("/v2/app/manifests/1") == 3


@pytest.mark.parametrize("status", [429, 503])
def test_but_not_for_ever(server, status):
    server.answers["/v2/app/manifests/1"] = status, {"Retry-After": "0"}, b""
    assert ("too many requests" if status == 429 else "status 503") in refused(server).message
    assert len(server.seen) == 3


@pytest.mark.parametrize("after", ["3600", "Fri, 31 Dec 2999 23:59:59 GMT", "9" * 400])
def test_a_long_wait_is_told_and_not_waited_for(server, after):
    server.answers["/v2/app/manifests/1"] = 429, {"Retry-After": after}, b""
    assert after[:40] in refused(server).hint
    assert len(server.seen) == 1


def test_a_registry_that_stalls(server, monkeypatch):
    monkeypatch.setattr(registry, "READ_SECONDS", 0.05)
    server.answers["/v2/app/manifests/1"] = lambda _: server.release.wait(60) and (200, {}, b"")
    assert "does not answer in time" in refused(server).message


def drip(server, before):
    """Answer with `before`, then a byte at a time, each soon enough for any limit on reads."""

    class Dripping(Handler):
        def do_GET(self):
            self.wfile.write(before)
            while not self.server.release.wait(0.01):
                self.wfile.write(b"a")

    server.RequestHandlerClass = Dripping


@pytest.mark.parametrize(
    "before", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"], ids=["header", "body"]
)
def test_a_registry_that_gives_a_byte_at_a_time(server, before):
    drip(server, before)
    assert "gave no complete answer within 0.3 s" in refused(server, deadline=0.3).message


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            'Bearer realm="https://x/t",service="s",scope="a:b:pull,push"',
            {"bearer": ["realm", "service", "scope"]},
        ),
        ('Basic realm="a, b", Bearer realm = "c"', {"basic": ["realm"], "bearer": ["realm"]}),
        ('bearer Realm="a\\"b",error=invalid_token', {"bearer": ["realm", "error"]}),
        ("Negotiate", {"negotiate": []}),
        ('Negotiate, Basic realm="x"', {"negotiate": [], "basic": ["realm"]}),
        ("Basic", {"basic": []}),
        ("", {}),
        ('="', {}),
        ('realm="x"', {}),
    ],
)
def test_challenges(header, expected):
    challenges = registry.read_challenges(header)
    assert {scheme: list(fields) for scheme, fields in challenges.items()} == expected


def test_challenge_values():
    fields = registry.read_challenges('Bearer realm="a\\"b, c",scope="x:y:pull,push", error=no')[
        "bearer"
    ]
    assert fields == {"realm": 'a"b, c', "scope": "x:y:pull,push", "error": "no"}


def test_the_hub_has_another_address():
    assert (
        registry.Registry("docker.io", "library/app", RegistrySettings())._address
        == "registry-1.docker.io"
    )
