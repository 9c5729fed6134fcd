"""What a repository's own configuration may not do: it may come with a stranger's pull request.

The registry here listens on loopback and logs every connection and every request.
`registry.example.com` is this machine, so that plain HTTP to it has to be allowed, which to an
address written as loopback it always is.
"""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import os
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
from house import commit
from support import rule_on, tree

from dlint import Rule
from dlint.cli import main
from dlint.config.files import user_file
from dlint.config.reading import all_keys
from dlint.config.settings import Configs, Overrides
from dlint.images import insecure
from dlint.lint.plugins import Plugins
from dlint.rule.own import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BASIC = "Basic " + base64.b64encode(b"user:of-nobody").decode()
CONFIG = json.dumps(
    {
        "os": "linux",
        "architecture": "amd64",
        "rootfs": {"diff_ids": []},
        "history": [],
        "config": {},
    }
).encode()
MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"digest": "sha256:" + hashlib.sha256(CONFIG).hexdigest(), "size": len(CONFIG)},
        "layers": [],
    }
).encode()
SECRET = "seen-from-outside.bin"  # noqa: S105  a file's name that must not show


class Registry(http.server.ThreadingHTTPServer):
    """A registry over plain HTTP that wants a login; it logs who connects and what each request
    carries.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.host = f"registry.example.com:{self.server_port}"
        self.connections = 0
        self.authorizations: list[str | None] = []

    def verify_request(self, request: Any, client_address: Any) -> bool:
        self.connections += 1
        return super().verify_request(request, client_address)

    def handle_error(self, *_: object) -> None:
        """Say nothing of a client that goes away."""


class Answers(http.server.BaseHTTPRequestHandler):
    server: Registry

    def do_GET(self) -> None:
        given = self.headers.get("Authorization")
        self.server.authorizations.append(given)
        body = CONFIG if "/blobs/" in self.path else MANIFEST
        self.send_response(200 if given == BASIC else 401)
        self.send_header("WWW-Authenticate", 'Basic realm="test"')
        self.send_header("Content-Type", "application/vnd.oci.image.manifest.v1+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def registry() -> Iterator[Registry]:
    server = Registry()
    threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    ).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def home(tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a home whose owner is logged in to the registry, and names nothing insecure."""
    home = tmp_path / "home"
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    for name in ("XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(home / ".config"))
    monkeypatch.setenv("DOCKER_CONFIG", str(home / ".docker"))
    monkeypatch.setattr(insecure, "daemon_files", lambda: ())
    monkeypatch.setattr(insecure, "registries_files", lambda: ())
    auth = BASIC.removeprefix("Basic ")
    tree(home, {".docker/config.json": json.dumps({"auths": {registry.host: {"auth": auth}}})})
    real = socket.getaddrinfo

    def resolve(host: Any, *words: Any, **named: Any) -> Any:
        return real("127.0.0.1" if host == "registry.example.com" else host, *words, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return home


@pytest.fixture
def clone(home: Path, tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: ARG001  first
    """Give a repository of two commits, and stand in it."""
    clone = tree(
        tmp_path / "clone",
        {"Dockerfile": f"FROM {registry.host}/app:1\nCOPY a.txt /srv/\n", "a.txt": "1\n"},
    )
    commit(clone)
    tree(clone, {"a.txt": "2\n"})
    commit(clone)
    monkeypatch.chdir(clone)
    return clone


def hostile(registry: Registry) -> str:
    """All that would open a connection, or make one less safe."""
    return (
        f'insecure-registries = ["{registry.host}"]\nextend-select = ["pin/base-digest"]\n'
        f'[pin]\nresolve = true\n[pin.base-digest]\nresolve = true\ninsecure-registries = ["{registry.host}"]\n'
    )


VERBS = [
    ("check", "."),
    ("check", "--diff", "."),
    ("check", "--fix", "."),
    ("push",),
    ("order",),
    ("layers",),
    ("history", "--no-cache"),
]


@pytest.mark.parametrize("name", ["dlint.toml", ".dlint.toml", "pyproject.toml"])
@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_a_repository_opens_no_connection(
    words: tuple[str, ...],
    name: str,
    clone: Path,
    registry: Registry,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = hostile(registry)
    if name == "pyproject.toml":
        text = "[tool.dlint]\n" + text.replace("[pin", "[tool.dlint.pin")
    tree(clone, {name: text})
    assert main([*words]) in (0, 1)
    assert (registry.connections, registry.authorizations) == (0, [])
    told = capsys.readouterr().err
    for key in (
        "insecure-registries",
        "pin.resolve",
        "pin.base-digest.resolve",
        "pin.base-digest.insecure-registries",
    ):
        assert told.count(f": {key} is ignored: ") == 1
    assert f"; your own {user_file()} or a file named by --config may set it" in told


AGAINST = [("push",), ("order",), ("layers",), ("history", "--no-cache")]


@pytest.mark.parametrize("words", AGAINST, ids=" ".join)
def test_a_repository_lets_no_credential_go_in_clear(
    words: tuple[str, ...], clone: Path, registry: Registry
) -> None:
    tree(clone, {"dlint.toml": hostile(registry)})
    against = (*words, "--against", f"docker://{registry.host}/app:1")
    assert main([*against]) == 2  # it was asked over TLS, as --against wants, and speaks none
    assert registry.authorizations == []
    assert main([*against, "--insecure-registry", registry.host]) == 0
    assert BASIC in registry.authorizations


def say(where: str, text: str, home: Path) -> list[str]:
    """Write a configuration file of the user's; the words that name it, if any."""
    if where == "user":
        tree(home, {".config/dlint/dlint.toml": text})
        return []
    tree(home, {"named.toml": text})
    return ["--config", str(home / "named.toml")]


@pytest.mark.parametrize("where", ["user", "named"])
@pytest.mark.parametrize("words", AGAINST, ids=" ".join)
def test_the_user_names_insecure_registries(
    words: tuple[str, ...], where: str, clone: Path, home: Path, registry: Registry
) -> None:
    tree(clone, {"dlint.toml": "min-bytes = 1\n"})
    named = say(where, f'insecure-registries = ["{registry.host}"]\n', home)
    assert main([*words, *named, "--against", f"docker://{registry.host}/app:1"]) == 0
    assert BASIC in registry.authorizations


@pytest.mark.parametrize("where", ["user", "named"])
def test_the_user_has_digests_resolved(
    where: str, clone: Path, home: Path, registry: Registry
) -> None:
    tree(clone, {"dlint.toml": "min-bytes = 1\n"})
    named = say(
        where,
        f'insecure-registries = ["{registry.host}"]\n[pin.base-digest]\nresolve = true\n',
        home,
    )
    main(["check", *named, "--extend-select", "pin/base-digest", "--fix", "."])
    digest = hashlib.sha256(MANIFEST).hexdigest()
    assert (
        (clone / "Dockerfile")
        .read_text()
        .startswith(f"FROM {registry.host}/app:1@sha256:{digest}\n")
    )


def test_without_configuration_the_users_own_does_not_count(
    clone: Path, home: Path, registry: Registry
) -> None:
    say(
        "user",
        f'insecure-registries = ["{registry.host}"]\n[pin.base-digest]\nresolve = true\n',
        home,
    )
    main(["check", "--isolated", "--extend-select", "pin/base-digest", str(clone)])
    assert registry.connections == 0


def test_a_warning_changes_no_status_and_comes_once(
    clone: Path, registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {f"{number}/Dockerfile": "FROM scratch\nCOPY a /a\n" for number in range(3)}
    tree(
        clone,
        {
            **files,
            "dlint.toml": f'insecure-registries = ["{registry.host}"]\nselect = ["syntax"]\n',
        },
    )
    words = ["check", "--no-push", ".", "--output-format", "json"]
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["summary"]["files"] == 4
    assert err.count("dlint: warning: dlint.toml:1: insecure-registries is ignored") == 1
    assert main([*words, "--jobs", "2"]) == 0
    assert capsys.readouterr().err == err
    assert main([*words, "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def outside(folder: Path) -> Path:
    """Lay out a folder of somebody's, whose files' names would show in findings."""
    files = {f"node_modules/{SECRET}": "x" * 5_000_000, f".git/{SECRET}": "x"}
    return tree(folder, files)


@pytest.mark.parametrize("how", ["absolute", "above", "link", "folder above a link", "NUL"])
@pytest.mark.parametrize(
    "words", [("check", "."), ("push",), ("layers",), ("order",)], ids=" ".join
)
def test_a_repository_names_no_context_outside(
    words: tuple[str, ...],
    how: str,
    clone: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    elsewhere = outside(tmp_path / "elsewhere")
    (clone / "link").symlink_to(elsewhere, target_is_directory=True)
    (clone / "Dockerfile").write_text("FROM debian:12\nCOPY . /srv/\n")
    folder = {
        "absolute": elsewhere.as_posix(),
        "above": "../elsewhere",
        "link": "link",
        "folder above a link": "link/../elsewhere",
        "NUL": "a\\u0000b",
    }[how]
    tree(clone, {"dlint.toml": f'[contexts]\n"**" = "{folder}"\n'})
    main([*words, "--output-format", "json"])
    out, err = capsys.readouterr()
    assert "node_modules" not in out + err
    assert SECRET not in out + err
    assert "dlint.toml:2: the build context " in err
    assert err.count("is ignored: it is outside the repository") == 1
    main([*words, "--output-format", "json", "--context", str(elsewhere)])
    assert capsys.readouterr().out != out  # named by the user, it is read


def context(
    folder: Path, dockerfile: str = "Dockerfile", **overrides: Any
) -> tuple[Path, list[str]]:
    """Return the build context of a Dockerfile in `folder`, and what of the configuration is
    ignored.
    """
    settings = Configs(dict, Overrides(**overrides)).for_path(folder / dockerfile)
    return settings.context_of(folder / dockerfile).resolve(), settings.warnings


def test_contexts_inside_the_repository(clone: Path) -> None:
    files = {
        "services/web/Dockerfile": "FROM scratch\n",
        "services/dlint.toml": '[contexts]\n"web" = "../shared"\n',
    }
    tree(clone, {**files, "shared/a": ""})
    assert context(clone / "services/web") == (clone / "shared", [])
    (clone / "inner").symlink_to("shared")
    tree(clone, {"services/dlint.toml": '[contexts]\n"web" = "../inner"\n'})
    assert context(clone / "services/web") == (clone / "shared", [])
    tree(clone, {"services/dlint.toml": f'[contexts]\n"web" = "{(clone / "shared").as_posix()}"\n'})
    assert context(clone / "services/web") == (clone / "shared", [])


def test_contexts_without_a_repository_stay_below_the_file(tmp_path: Path) -> None:
    text = '[contexts]\n"a/*" = "b"\n"c/*" = ".."\n'
    tree(tmp_path, {"x/dlint.toml": text, "x/a/Dockerfile": "", "x/b/y": "", "x/c/Dockerfile": ""})
    found, warnings = context(tmp_path / "x/a")
    assert found == tmp_path / "x/b"
    assert len(warnings) == 1
    assert context(tmp_path / "x/c")[0] == tmp_path / "x/c"
    assert context(tmp_path / "x/c", config=str(tmp_path / "x/dlint.toml"))[1] == []


@pytest.mark.parametrize("place", ["above the clone", "around a submodule"])
def test_a_file_above_the_repository_is_nobodys_word(
    place: str, clone: Path, tmp_path: Path, registry: Registry
) -> None:
    """Above a clone in /tmp anybody may write, and a submodule's top lies below the pull request's
    own files.
    """
    tree(tmp_path if place == "above the clone" else clone, {"dlint.toml": hostile(registry)})
    folder = clone
    if place == "around a submodule":
        folder = tree(
            clone / "sub",
            {"Dockerfile": f"FROM {registry.host}/app:1\n", ".git": "gitdir: ../.git\n"},
        )
    main(["check", str(folder / "Dockerfile")])
    assert registry.connections == 0


@pytest.mark.parametrize(
    "how", ["absolute", "above", "link", "folder above a link", "share", "NUL", "device"]
)
@pytest.mark.parametrize("name", ["dlint.toml", ".dlint.toml", "pyproject.toml"])
def test_a_repository_extends_no_file_outside(
    how: str, name: str, clone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = tree(tmp_path / "elsewhere", {"x.toml": f"{SECRET} = '{SECRET}'\n"})
    (clone / "link.toml").symlink_to(elsewhere / "x.toml")
    (clone / "link").symlink_to(elsewhere, target_is_directory=True)
    (clone / "device.toml").symlink_to("/dev/zero")
    path = {
        "absolute": (elsewhere / "x.toml").as_posix(),
        "above": "../elsewhere/x.toml",
        "link": "link.toml",
        "folder above a link": "link/../../elsewhere/x.toml",
        "share": "//files.example.com/share/x.toml",
        "NUL": "a\\u0000.toml",
        "device": "device.toml",
    }[how]
    table = "[tool.dlint]\n" if name == "pyproject.toml" else ""
    tree(clone, {name: f'{table}extend = "{path}"\n'})
    assert main(["check", "."]) == 2
    out, err = capsys.readouterr()
    assert SECRET not in out + err
    assert f"{name}:{1 + bool(table)}: " in err
    if how in {"absolute", "above", "folder above a link", "share"}:
        assert "is outside the repository" in err


def test_a_repository_reads_no_secret_of_its_folder_by_extending(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pull request's file is quoted where it is a configuration, and nowhere else."""
    texts = [
        f"{SECRET} = 1",
        f"select = []\n{SECRET} = '{SECRET}'",
        f"[a]\n[a.{SECRET}]\n[a",
        SECRET,
    ]
    for text in texts:
        tree(clone, {"dlint.toml": "extend = 'secrets.toml'\n", "secrets.toml": f"{text}\n"})
        assert main(["check", "."]) == 2
        out, err = capsys.readouterr()
        assert SECRET not in out + err
        assert "secrets.toml" in err


@pytest.mark.parametrize("where", ["user", "named"])
def test_the_user_extends_any_file(
    where: str, clone: Path, home: Path, tmp_path: Path, registry: Registry
) -> None:
    tree(tmp_path, {"team/base.toml": f'insecure-registries = ["{registry.host}"]\n'})
    named = say(where, f'extend = "{(tmp_path / "team/base.toml").as_posix()}"\n', home)
    against = ["--against", f"docker://{registry.host}/app:1"]
    assert main(["layers", *named, *against]) == 0
    assert BASIC in registry.authorizations
    assert (clone / "Dockerfile").is_file()


def test_what_a_repository_extends_may_set_no_more_than_it(
    clone: Path, registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    tree(clone, {"dlint.toml": "extend = 'base.toml'\n", "base.toml": hostile(registry)})
    assert main(["check", "."]) in (0, 1)
    assert (registry.connections, registry.authorizations) == (0, [])
    assert "base.toml:1: insecure-registries is ignored: " in capsys.readouterr().err


ASKS = Rule(
    "corp.asks",
    "Asks.",
    options={"loud": False},
    user_options={"ask": False, "hosts": (), "insecure-registries": ()},
)
KNOWN = {rule.name: rule for rule in (*RULES, ASKS, rule_on("corp/plain", "RUN"))}


def options(folder: Path, **overrides: Any) -> dict[str, Any]:
    return (
        Configs(lambda: KNOWN, Overrides(**overrides)).for_path(folder / "Dockerfile").options(ASKS)
    )


def test_the_users_options_hold_under_every_file(clone: Path, home: Path) -> None:
    own = "min-bytes = 7\ninsecure-registries = ['mine']\n[corp.asks]\nask = true\nloud = true\nhosts = ['own']\n"
    say("user", own, home)
    expected = {"ask": True, "hosts": ("own",), "insecure-registries": ("mine",)}
    assert options(clone) == expected | {
        "loud": True,
        "min-bytes": 7,
    }  # no other file: all of it counts
    tree(clone, {"dlint.toml": "[corp]\nhosts = ['theirs']\nask = false\n"})
    assert options(clone) == expected | {"loud": False, "min-bytes": 1 << 20}
    tree(home, {"named.toml": "insecure-registries = []\n[corp]\nhosts = ['named']\n"})
    named = options(clone, config=str(home / "named.toml"))
    assert named == expected | {
        "hosts": ("named",),
        "insecure-registries": (),
        "loud": False,
        "min-bytes": 1 << 20,
    }
    assert options(clone, isolated=True)["ask"] is False


@pytest.mark.parametrize(
    ("xdg", "expected"),
    [
        ("/x", "/x/dlint/dlint.toml"),
        ("", "/h/.config/dlint/dlint.toml"),
        (".", "/h/.config/dlint/dlint.toml"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="XDG's folders are those of POSIX systems")
def test_where_the_users_file_is(xdg: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/h")
    monkeypatch.setenv("XDG_CONFIG_HOME", xdg)
    assert str(user_file()) == expected


@pytest.mark.skipif(os.name == "nt", reason="a home of Windows is always somewhere")
def test_a_home_in_the_working_directory_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", ".")
    monkeypatch.delenv("XDG_CONFIG_HOME")
    assert user_file() is None


def test_each_key_and_option_has_its_verdict() -> None:
    """Whoever adds one decides here, a second time, whether a stranger may set it."""
    assert {key for key, facts in all_keys().items() if facts.user_only} == {
        "allowed-hosts",
        "indexes",
        "insecure-registries",
        "online",
    }
    assert {key for key, facts in all_keys().items() if not facts.user_only} == {
        *(
            "select",
            "extend-select",
            "ignore",
            "per-file-ignores",
            "severity",
            "fail-on",
            "exclude",
            "extend-exclude",
            "min-bytes",
            "least-bytes",
        ),
        *(
            "contexts",
            "targets",
            "build-args",
            "platform",
            "builder",
            "cache",
            "persistent-builder",
            "output-format",
            "images",
            "preview",
            "extend",  # of the same repository: test_a_repository_extends_no_file_outside
            "required-version",
        ),
    }
    rules = Plugins(third_party=False).rules
    assert {
        f"{name}: {option}" for name, rule in rules.items() for option in rule.user_options
    } == {
        "pin/base-digest: resolve",
        "pin/base-digest: insecure-registries",
    }
    assert {
        f"{name}: {option}"
        for name, rule in rules.items()
        for option in rule.options.keys() - rule.user_options
    } == {
        "pin/insecure-registry: insecure-registries",  # only says what it is told: nothing is asked
        "pin/remote-fetch: checksums",
        "pin/tag-precision: precision",
        "pin/trusted-base: images",
        "pin/trusted-base: registries",
        "push/hot-layer: budget",
        "push/layer-too-big: limit",
    }
