"""What verbs ask of package indexes: nothing unless the user says so, and then only whom he lets."""

from __future__ import annotations

import io
import json
import socket
import subprocess
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from index_server import Server, serving
from past import commit, git

from dlint.cli import main
from dlint.network.hosts import is_loopback
from dlint.sizes.indexes import clients, http, pypi

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCKERFILE = """\
FROM python:3.11-slim
ADD https://files.example/a.bin /a.bin
RUN apt-get update && apt-get install -y nosuchpackage curl
RUN curl -fsSLo /usr/bin/tool https://files.example/tool && npm install -g left-pad
COPY uv.lock requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt && uv sync
RUN pip install --no-cache-dir demo==1.0
"""
FILES = {
    "Dockerfile": DOCKERFILE,
    "requirements.txt": "--extra-index-url https://index.example/simple\nother==2\n",
    "uv.lock": 'version = 1\n[[package]]\nname = "x"\nversion = "1"\n',
    "dlint.toml": 'online = true\nallowed-hosts = ["files.example"]\n',
}
VERBS = (
    ("check", "--fail-on", "never", "."),
    ("check", "--fail-on", "never", "--diff", "."),
    ("layers",),
    ("push",),
    ("history",),
    ("order",),
    ("ast", "Dockerfile"),
    ("rules",),
    ("explain", "pin/base-tag"),
    ("plugins",),
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a repository, and let its folder be the current one."""
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "--quiet")
    commit(folder, "One", dict(FILES))
    commit(folder, "Two", {"requirements.txt": "other==3\n"})
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DLINT_CACHE_DIR", str(tmp_path / "kept"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return folder


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
@pytest.mark.usefixtures("project")
def test_no_verb_opens_a_connection_or_runs_a_package_manager(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where the repository's own configuration asks for it."""

    def refuse(*asked: object, **_: object) -> None:
        pytest.fail(f"{asked} would be asked")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(clients, "run", refuse)
    real = subprocess.Popen

    def popen(program: list[str], *rest: Any, **named: Any) -> object:
        assert program[0].endswith("git"), program
        return real(program, *rest, **named)

    monkeypatch.setattr(subprocess, "Popen", popen)
    assert main([*words]) in {0, 1}


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Serve the user's index, which has the package demo 1.0; nobody else can be reached."""
    real = socket.getaddrinfo

    def found(host: Any, *rest: Any, **named: Any) -> Any:
        assert is_loopback(str(host)), f"{host} would be asked"
        return real(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", found)
    monkeypatch.setattr(http, "FIRST_WAIT", 0.0)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(200):
            file.writestr(f"demo/m{number}.py", f"value = {number}\n" * 1000)
        file.writestr("demo/noise", bytes(range(256)) * 20_000)
        metadata = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"
        file.writestr("demo-1.0.dist-info/METADATA", metadata)
        wheel = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        file.writestr("demo-1.0.dist-info/WHEEL", wheel)
        file.writestr("demo-1.0.dist-info/RECORD", "")
    with serving() as server:
        name, content = "demo-1.0-py3-none-any.whl", data.getvalue()
        server.serve(f"/files/{name}", content)
        listed = {
            "filename": name,
            "url": f"../../files/{name}",
            "hashes": {},
            "size": len(content),
        }
        page = {"meta": {"api-version": "1.1"}, "name": "demo", "files": [listed]}
        server.serve("/simple/demo/", json.dumps(page).encode(), pypi.JSON)
        clients._python_clients.cache_clear()
        for variable in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"):
            monkeypatch.setenv(variable, f"{server.url}/simple")
        yield server
        clients._python_clients.cache_clear()


def layers(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    assert main(["layers", "--output-format", "json", *words]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["layers"]
    return found


# Not Python's own image, whose first pip stores more.
TWO = """\
FROM registry.example.com/own/python:3.11
RUN pip install --no-cache-dir demo==1.0
RUN pip install --no-cache-dir nosuchpackage-xyz==1.0
"""


def test_a_package_and_one_that_does_not_exist_are_told_apart(
    project: Path, index: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "Dockerfile").write_text(TWO)
    offline = layers(capsys)
    assert [each["gzip_bytes"] for each in offline] == [None, None]
    assert not index.seen
    known, lost = layers(capsys, "--online")
    assert known["gzip_bytes"] > 0
    assert (known["basis"], known["at_least"], known["missing"]) == ("modelled", False, [])
    assert known["sources"][0].startswith("the index of Python packages, 2")
    assert (lost["gzip_bytes"], lost["basis"]) == (None, "unknown")
    assert lost["missing"] == ["nosuchpackage-xyz: the index has no such package"]


def test_what_was_fetched_serves_runs_that_ask_nobody(
    project: Path, index: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "Dockerfile").write_text(TWO)
    assert main(["sizes", "fetch", "."]) == 0
    told = capsys.readouterr().out
    assert "1 package sized; 1 of 2 installs known in full" in told
    assert "not known: nosuchpackage-xyz: the index has no such package" in told
    asked = len(index.seen)
    known, lost = layers(capsys)
    assert known["basis"] == "modelled"
    assert known["sources"]
    assert lost["gzip_bytes"] is None
    assert len(index.seen) == asked


def test_all_verbs_give_the_same_figure_online(
    project: Path, index: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "Dockerfile").write_text(TWO)
    size = layers(capsys, "--online")[0]["gzip_bytes"]
    assert index.seen
    assert main(["push", "--online", "--output-format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["layers"][-2]["size"] == size
    assert main(["check", "--online", "--fail-on", "never", "--output-format", "json", "."]) == 0
    capsys.readouterr()
    assert main(["order", "--online", "--no-cache", "--output-format", "json"]) == 0
    assert main(["history", "--online", "--no-cache", "--output-format", "json"]) == 0


def test_the_user_s_own_configuration_goes_online_and_a_word_keeps_off(
    project: Path, index: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "Dockerfile").write_text(TWO)
    (project / "dlint.toml").unlink()
    (tmp_path / "config/dlint").mkdir(parents=True)
    (tmp_path / "config/dlint/dlint.toml").write_text("online = true\n")
    assert layers(capsys, "--no-online")[0]["gzip_bytes"] is None
    assert not index.seen
    assert layers(capsys)[0]["gzip_bytes"] > 0


def test_a_host_that_the_repository_names_is_asked_only_where_the_user_allows_it(
    project: Path, index: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving() as other:
        other.serve("/tool", bytes(5_000_000))
        (project / "Dockerfile").write_text(
            f"FROM debian:12\nADD {other.url}/tool /tool\nRUN curl -fsSLo /tool {other.url}/tool\n"
        )
        for refused in layers(capsys, "--online"):
            assert refused["gzip_bytes"] is None
            assert "is named by the repository, and not asked" in " ".join(refused["missing"])
        assert not other.seen
        (tmp_path / "config/dlint").mkdir(parents=True)
        own = tmp_path / "config/dlint/dlint.toml"
        own.write_text(f'allowed-hosts = ["{other.host}"]\n')
        added, fetched = layers(capsys, "--online")
        assert 0 < added["gzip_bytes"] < 10_000  # of zeros
        assert fetched["basis"] == "modelled"
    assert not index.seen
