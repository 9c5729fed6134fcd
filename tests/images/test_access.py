"""Credentials, which registries may be asked without TLS, and what an engine tells."""

import base64
import json
import subprocess
import sys
import threading

import docker
import pytest
import requests

from dlint.errors import DlintError
from dlint.images import RegistrySettings, credentials, insecure
from dlint.images.asking import read_facts
from dlint.images.credentials import Credentials, find_credentials
from dlint.images.daemon import engine_facts
from dlint.images.insecure import is_insecure
from dlint.network.deadline import within

SECRET = "s3cret-p4ss"  # noqa: S105  of nobody


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    for name in (
        "REGISTRY_AUTH_FILE",
        "XDG_RUNTIME_DIR",
        "XDG_CONFIG_HOME",
        "DOCKER_CONFIG",
        "PROGRAMDATA",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("CONTAINERS_REGISTRIES_CONF", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def login(name="user"):
    return {"auth": base64.b64encode(f"{name}:{SECRET}".encode()).decode()}


def found(host, repository="team/app"):
    credential = find_credentials(host, repository)
    return credential and (credential.username or credential.identity_token)


@pytest.mark.parametrize(
    ("key", "host"),
    [
        ("registry.local:5000", "registry.local:5000"),
        ("https://registry.local:5000", "registry.local:5000"),
        ("https://registry.local/v2/", "registry.local"),
        ("https://index.docker.io/v1/", "docker.io"),
        ("index.docker.io", "docker.io"),
        ("docker.io", "docker.io"),
    ],
)
def test_entries_are_found_under_all_names_of_a_registry(home, key, host):
    path = write(
        home / ".docker/config.json", {"auths": {key: login(), "other.example.com": login("other")}}
    )
    assert find_credentials(host, "team/app") == Credentials("user", SECRET, origin=str(path))
    assert find_credentials("third.example.com", "team/app") is None
    assert SECRET not in repr(find_credentials(host, "team/app"))


def test_files_in_their_order(home, monkeypatch):
    host = "registry.local"
    write(home / ".config/containers/auth.json", {"auths": {host: login("config")}})
    assert found(host) == "config"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home / "run"))
    write(home / "run/containers/auth.json", {"auths": {host: login("runtime")}})
    assert found(host) == "runtime"
    monkeypatch.setenv(
        "REGISTRY_AUTH_FILE", str(write(home / "auth.json", {"auths": {host: login("explicit")}}))
    )
    assert found(host) == "explicit"
    write(home / ".docker/config.json", {"auths": {host: login("docker")}})
    assert found(host) == "docker"
    write(home / "elsewhere/config.json", {"auths": {"other.example.com": login("elsewhere")}})
    monkeypatch.setenv("DOCKER_CONFIG", str(home / "elsewhere"))
    assert found("other.example.com") == "elsewhere"
    assert found(host) == "explicit"


def test_entries_for_repositories_are_nobody_elses(home):
    auths = {"registry.local/team/app": login("app"), "registry.local/team": login("team")}
    write(home / ".docker/config.json", {"auths": auths})
    assert found("registry.local", "team/app") == "app"
    assert found("registry.local", "team/other") == "team"
    assert found("registry.local", "third/app") is None


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"auths": {}}', '{"auths": {"registry.local": {}}}']
)
def test_nothing_is_found_in_files_that_hold_nothing(home, content):
    path = write(home / ".docker/config.json", content)
    if content:
        assert found("registry.local") is None
    else:
        with pytest.raises(DlintError, match="is not valid JSON") as caught:
            found("registry.local")
        assert str(path) in caught.value.message


@pytest.mark.parametrize(
    "auths",
    [
        {"registry.local": 5},
        {"registry.local": {"auth": "%%"}},
        {"registry.local": {"auth": SECRET}},
        [1],
    ],
)
def test_entries_that_cannot_be_read(home, auths):
    write(home / ".docker/config.json", {"auths": auths})
    with pytest.raises(DlintError, match="cannot be read") as caught:
        found("registry.local")
    assert SECRET not in f"{caught.value.message}{caught.value.hint}{caught.value.__cause__}"


def helper(home, monkeypatch, body, name="test"):
    path = write(
        home / f"bin/docker-credential-{name}",
        f"#!/bin/sh\nread host\necho $host >> {home}/asked\n{body}\n",
    )
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{home}/bin:/usr/bin:/bin")


def says(username):
    return f"echo '{json.dumps({'ServerURL': 'x', 'Username': username, 'Secret': SECRET})}'"


@pytest.mark.parametrize(
    ("config", "host", "key"),
    [
        ({"credsStore": "test"}, "registry.local:5000", "registry.local:5000"),
        ({"credsStore": "test"}, "docker.io", "https://index.docker.io/v1/"),
        ({"credHelpers": {"registry.local": "test"}}, "registry.local", "registry.local"),
        ({"credHelpers": {"docker.io": "test"}}, "docker.io", "https://index.docker.io/v1/"),
        (
            {"credHelpers": {"https://index.docker.io/v1/": "test"}},
            "docker.io",
            "https://index.docker.io/v1/",
        ),
        (
            {"credsStore": "absent", "credHelpers": {"registry.local": "test"}},
            "registry.local",
            "registry.local",
        ),
    ],
)
def test_helpers_are_asked(home, monkeypatch, config, host, key):
    helper(home, monkeypatch, says("user"))
    path = write(home / ".docker/config.json", config)
    assert find_credentials(host, "app") == Credentials("user", SECRET, origin=str(path))
    assert (home / "asked").read_text() == f"{key}\n"


def test_a_helper_may_give_an_identity_token(home, monkeypatch):
    helper(home, monkeypatch, says("<token>"))
    path = write(home / ".docker/config.json", {"credsStore": "test"})
    assert find_credentials("registry.local", "app") == Credentials(
        identity_token=SECRET, origin=str(path)
    )


@pytest.mark.parametrize(
    "body",
    [
        "echo 'credentials not found in native keychain'; exit 1",
        'echo \'{"Username": "", "Secret": ""}\'',
    ],
)
def test_a_helper_that_knows_nobody_leaves_it_to_the_entries(home, monkeypatch, body):
    helper(home, monkeypatch, body)
    write(
        home / ".docker/config.json",
        {"credsStore": "test", "auths": {"registry.local": login("entry")}},
    )
    assert found("registry.local") == "entry"


@pytest.mark.parametrize(
    "body",
    [
        f"echo {SECRET} >&2; exit 1",
        f"echo {SECRET}; exit 1",
        f"echo {SECRET}",
        "echo '{}'",
        "echo '[]'",
    ],
)
def test_a_helper_that_fails_is_named_and_not_quoted(home, monkeypatch, capfd, body):
    helper(home, monkeypatch, body)
    path = write(home / ".docker/config.json", {"credsStore": "test"})
    with pytest.raises(
        DlintError, match="docker-credential-test is not installed or failed"
    ) as caught:
        found("registry.local")
    assert str(path) in caught.value.message
    assert SECRET not in f"{caught.value.message}{caught.value.hint}{caught.value.__cause__}"
    assert capfd.readouterr() == ("", "")


@pytest.mark.filterwarnings("error")
def test_a_helper_that_is_absent_is_named(home):
    write(home / ".docker/config.json", {"credsStore": "absent"})
    with pytest.raises(DlintError, match="docker-credential-absent is not installed"):
        found("registry.local")


def test_a_helper_that_hangs_is_ended(home, monkeypatch):
    monkeypatch.setattr(credentials, "HELPER_SECONDS", 0.1)
    helper(home, monkeypatch, "exec sleep 60")
    write(home / ".docker/config.json", {"credsStore": "test"})
    with pytest.raises(DlintError, match=r"gave no answer within 0\.1 s"):
        found("registry.local")


# Without TLS


@pytest.mark.parametrize(
    ("host", "entries", "expected"),
    [
        ("registry.local:5000", ["registry.local:5000"], True),
        ("registry.local:5000", ["http://REGISTRY.local:5000/"], True),
        ("registry.local:5000", ["registry.local"], False),
        ("registry.local", ["registry.local:5000"], False),
        ("10.1.2.3:5000", ["10.0.0.0/8"], True),
        ("10.1.2.3:5000", ["10.1.2.3/8"], True),
        ("11.1.2.3:5000", ["10.0.0.0/8"], False),
        ("[fd00::1]:5000", ["fd00::/8", "x"], True),
        ("registry.invalid", ["10.0.0.0/8"], False),
        ("registry.local", [], False),
    ],
)
def test_hosts_and_networks(home, host, entries, expected):
    assert is_insecure(host, "app", entries) is expected
    write(home / ".docker/daemon.json", {"insecure-registries": entries})
    assert is_insecure(host, "app", ()) is expected


REGISTRIES = """
unqualified-search-registries = ["docker.io"]
[[registry]]
location = "registry.local:5000"
insecure = true
[[registry]]
prefix = "registry.local:5000/safe"
location = "elsewhere"
[[registry]]
prefix = "*.example.com"
insecure = true
[[registry]]
prefix = "*.example.net/team"
insecure = true
"""


@pytest.mark.parametrize(
    ("host", "repository", "expected"),
    [
        ("registry.local:5000", "app", True),
        ("registry.local:5000", "safer/app", True),
        ("registry.local:5000", "safe/app", False),
        ("registry.local:5000", "safe", False),
        ("registry.local", "app", False),
        ("a.example.com", "app", True),
        ("example.com", "app", False),
        ("a.example.net", "team/app", True),
        ("a.example.net", "app", False),
    ],
)
def test_registries_conf(home, host, repository, expected):
    path = home / ".config/containers/registries.conf"
    write(path, REGISTRIES)
    assert is_insecure(host, repository, ()) is expected


def test_registries_conf_of_the_environment_and_drop_ins(home, monkeypatch):
    write(
        home / ".config/containers/registries.conf",
        '[[registry]]\nlocation = "a.example.com"\ninsecure = true\n',
    )
    drop_in = '[[registry]]\nlocation = "a.example.com"\n[[registry]]\nlocation = "b.example.com"\ninsecure = true\n'
    write(home / ".config/containers/registries.conf.d/1.conf", drop_in)
    assert [is_insecure(f"{name}.example.com", "app", ()) for name in "abc"] == [False, True, False]
    third = write(
        home / "third.conf", '[[registry]]\nlocation = "c.example.com"\ninsecure = true\n'
    )
    monkeypatch.setenv("CONTAINERS_REGISTRIES_CONF", str(third))
    assert [is_insecure(f"{name}.example.com", "app", ()) for name in "abc"] == [False, False, True]


@pytest.mark.parametrize(
    "name",
    [".docker/daemon.json", ".config/docker/daemon.json", ".config/containers/registries.conf"],
)
def test_settings_that_cannot_be_read_are_named(home, name):
    path = write(home / name, "{,")
    with pytest.raises(DlintError) as caught:
        is_insecure("registry.local", "app", ())
    assert str(path) in caught.value.message


@pytest.mark.parametrize(
    "content", ["[]", '{"insecure-registries": null}', '{"insecure-registries": [5]}']
)
def test_settings_that_say_nothing(home, content):
    write(home / ".docker/daemon.json", content)
    assert not is_insecure("registry.local", "app", ())


def test_files_of_all_kinds_of_engines(home, monkeypatch):
    monkeypatch.setenv("PROGRAMDATA", str(home))
    assert len(insecure.daemon_files()) == 4


# Engines


def engine(history, count):
    """Give the facts of an image of `count` layers, whose `history` is (text, bytes), oldest
    first.
    """
    image = {
        "Os": "linux",
        "Architecture": "arm64",
        "Variant": "v8",
        "Config": {"User": "1000"},
        "RootFS": {"Type": "layers", "Layers": [f"sha256:{at}" for at in range(count)]},
    }
    entries = [{"CreatedBy": text, "Size": size, "Comment": ""} for text, size in reversed(history)]
    return engine_facts("docker-daemon:app", image, entries)


BUILDKIT = [
    ("", 2_000_000),
    ("ENV A=1", 0),
    ("WORKDIR /app", 0),
    ("RUN /bin/sh -c true # buildkit", 0),
    ("COPY . . # buildkit", 10),
    ("CMD [x]", 0),
]
CLASSIC = [
    ("", 2_000_000),
    ("/bin/sh -c #(nop)  ENV A=1", 0),
    ("/bin/sh -c #(nop) WORKDIR /app", 0),
    ("/bin/sh -c true", 0),
    ("/bin/sh -c #(nop) COPY dir:aa in . ", 10),
    ("/bin/sh -c #(nop)  CMD [x]", 0),
]


@pytest.mark.parametrize(
    ("history", "made"),
    [
        (BUILDKIT, [0, 2, 3, 4]),
        (CLASSIC, [0, 2, 4]),  # a command that changed nothing made no layer
        (CLASSIC, [0, 2, 3, 4]),  # it made a folder, say, which has no bytes
    ],
)
def test_an_engines_history_tells_which_steps_made_layers(history, made):
    facts = engine(history, len(made))
    assert [at for at, step in enumerate(facts.history) if step.layer] == made
    assert [layer.created_by for layer in facts.layers] == [history[at][0] for at in made]
    assert [layer.unpacked for layer in facts.layers] == [history[at][1] for at in made]
    assert [layer.size for layer in facts.layers] == [None] * len(made)
    assert (facts.platform, facts.config, facts.digest) == ("linux/arm64", {"User": "1000"}, "")


def test_an_engines_history_that_does_not_fit_is_paired_with_nothing():
    facts = engine(BUILDKIT, 6)
    assert [layer.created_by for layer in facts.layers] == [""] * 6
    assert [layer.unpacked for layer in facts.layers] == [None] * 6


class Client:
    """docker-py's client, as far as it is used."""

    def __init__(self, answer):
        self.api, self.answer = self, answer

    def inspect_image(self, _):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def history(self, _):
        return []

    def close(self):
        pass


def ask(monkeypatch, answer, name="registry.local/app:1"):
    monkeypatch.setattr(docker, "from_env", lambda **_: Client(answer))
    return read_facts(f"docker-daemon:{name}", settings=RegistrySettings())


DIGEST = "sha256:" + "ab" * 32


@pytest.mark.parametrize(
    ("name", "expected"),
    [("registry.local/app:1", DIGEST), ("app", ""), ("sha256:" + "0" * 64, ""), ("0" * 12, "")],
)
def test_the_digest_under_which_it_was_pushed(monkeypatch, name, expected):
    image = {
        "Os": "linux",
        "Architecture": "amd64",
        "RepoDigests": [f"x/app@sha256:{'0' * 64}", f"registry.local/app@{DIGEST}"],
    }
    assert ask(monkeypatch, image, name).digest == expected


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (docker.errors.ImageNotFound("no"), "has no image registry.local/app:1"),
        (docker.errors.DockerException("down"), "does not respond: down"),
        (requests.ConnectionError("cut"), "does not respond: cut"),
    ],
)
def test_an_engine_that_fails(monkeypatch, failure, message):
    with pytest.raises(DlintError, match=message) as caught:
        ask(monkeypatch, failure)
    assert caught.value.hint


def test_no_engine(monkeypatch, home):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{home}/nothing.sock")
    with pytest.raises(DlintError, match="the Docker engine does not respond"):
        read_facts("docker-daemon:app", settings=RegistrySettings())


def test_an_engine_is_asked_with_a_limit(monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(docker, "from_env", lambda **_: release.wait(60))
    with pytest.raises(DlintError, match="the Docker engine: gave no complete answer"):
        read_facts("docker-daemon:app", settings=RegistrySettings(deadline=0.05))
    release.set()


def test_limits_hand_on_answers_and_failures():
    assert within(60, "it", lambda: None) is None
    with pytest.raises(ZeroDivisionError):
        within(60, "it", lambda: 1 / 0)


def test_nothing_heavy_is_imported_for_files():
    code = (
        "import sys\n"
        "from dlint.errors import DlintError\n"
        "from dlint.images.asking import read_facts\n"
        "try: read_facts('oci:/nowhere')\n"
        "except DlintError: print([name for name in ('requests', 'docker', 'tarfile') if name in sys.modules])"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        == "[]\n"
    )
