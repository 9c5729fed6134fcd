"""Numbers that were wrong: each shown as a crumb, an average or nothing, and now known or unknown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from checked import checked

from dlint.context import open_worktree
from dlint.findings import Size
from dlint.model import Build
from dlint.shell import Install
from dlint.sizes import installed_bytes, layer_bytes
from dlint.syntax import Run
from dlint.syntax.parser import parse
from dlint.testing import write_context
from dlint.text.source import Source

if TYPE_CHECKING:
    from pathlib import Path


def modelled(root: Path, text: str, listing: str = "") -> Build:
    write_context(root, listing)
    return Build(parse(Source("Dockerfile", text)), open_worktree(root, None))


def last(root: Path, text: str, listing: str = "") -> Size:
    """Return the size of the last RUN's layer."""
    build = modelled(root, text, listing)
    run = [each for each in build.dockerfile.instructions if isinstance(each, Run)][-1]
    return layer_bytes(build, build.stages[-1], run)


@pytest.mark.parametrize("package", ["vllm==0.6.0", "nosuchpackage-xyz==1.0"])
def test_a_package_that_no_table_has_is_of_unknown_size(tmp_path: Path, package: str) -> None:
    name = package.partition("=")[0]
    found = last(tmp_path, f"FROM python:3.12\nRUN pip install --no-cache-dir {package}\n")
    assert found == Size.unknown(name)
    more = last(tmp_path, f"FROM python:3.12\nRUN pip install --no-cache-dir numpy {package}\n")
    assert more.is_bound
    assert more.missing == (name,)


MODEL = """\
FROM python:3.12-slim
WORKDIR /app
COPY app .
RUN curl -fsSL -o /app/model.bin https://example.com/model-8GB.bin
RUN chown -R 1000:1000 /app
"""


def test_a_chown_of_a_download_is_no_info_of_a_few_kilobytes(tmp_path: Path) -> None:
    [found] = checked(
        tmp_path, "bloat/metadata-copy-up", MODEL, "app/main.py 9kB\napp/util.py 9kB\n"
    ).found
    assert found.severity == "warning"
    assert found.cost is None
    assert last(tmp_path, MODEL).is_unknown


def test_what_is_known_of_a_chown_is_a_lower_bound(tmp_path: Path) -> None:
    [found] = checked(tmp_path, "bloat/metadata-copy-up", MODEL, "app/weights.bin 12MB\n").found
    assert found.cost is not None
    assert found.cost.at_least
    assert (found.cost.push_bytes, found.severity) == (found.cost.image_bytes, "warning")


def test_files_that_two_commands_change_are_stored_once(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY data /data\nRUN chown -R 1000 /data{}\n"
    once = last(tmp_path, text.format(""), "data/x.bin 3MB\n")
    twice = last(tmp_path, text.format(" && chmod -R go-w /data && chmod 600 /data/x.bin"))
    assert once.whole == twice.whole is not None


def test_a_second_install_of_one_environment_counts_what_is_new(tmp_path: Path) -> None:
    lines = "FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN pip install --no-cache-dir {}\n"
    second = "RUN pip install --no-cache-dir -r requirements.txt{}\n"
    listing = "requirements.txt: numpy\n"
    nothing = last(tmp_path, lines.format("-r requirements.txt") + second.format(""), listing)
    assert nothing.whole is not None
    assert nothing.whole < 1_000
    new = last(tmp_path, lines.format("-r requirements.txt") + second.format(" flask"))
    alone = last(tmp_path, "FROM python:3.12\nRUN pip install --no-cache-dir flask\n")
    assert new == alone


def test_another_environment_is_filled_anew(tmp_path: Path) -> None:
    head = "FROM python:3.12\nRUN pip install --no-cache-dir numpy\n"
    other = last(
        tmp_path, head + "RUN python -m venv /v && /v/bin/pip install --no-cache-dir numpy\n"
    )
    assert (other.whole or 0) > 20_000_000


def test_a_second_sync_counts_what_is_new(tmp_path: Path) -> None:
    lock = 'version = 1\n[[package]]\nname = "a"\nsource = { virtual = "." }\n'
    lock += 'dependencies = [{ name = "numpy" }]\n[[package]]\nname = "numpy"\n'
    (tmp_path / "uv.lock").write_text(lock)
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'a'\n")
    text = "FROM python:3.12\nENV UV_NO_CACHE=1\nWORKDIR /app\nCOPY uv.lock pyproject.toml ./\n"
    first = text + "RUN uv sync --frozen --no-dev --no-install-project\n"
    whole = installed(modelled(tmp_path, first))
    assert (whole.whole or 0) > 10_000_000
    again = installed(modelled(tmp_path, first + "COPY . .\nRUN uv sync --frozen --no-dev\n"))
    assert again.whole == 0


def installed(build: Build) -> Size:
    run = [each for each in build.dockerfile.instructions if isinstance(each, Run)][-1]
    installs = build.effects(run).of(Install)
    return installed_bytes(build, build.stages[-1], run, installs)


@pytest.mark.parametrize(
    ("run", "kept"),
    [
        ("apt-get install -y git && apt-get purge -y git", None),
        ("apt-get install -y git && apt-get purge -y --auto-remove git", 0),
        ("apt-get install -y git curl && apt-get purge -y --auto-remove git", 1_000_000),
        ("apt-mark auto '.*' && apt-get install -y git && apt-get purge -y --auto-remove", None),
    ],
)
def test_what_is_removed_again_is_not_counted(tmp_path: Path, run: str, kept: int | None) -> None:
    whole = installed(modelled(tmp_path, "FROM debian:12\nRUN apt-get install -y git\n")).bytes
    found = installed(modelled(tmp_path, f"FROM debian:12\nRUN {run}\n"))
    assert found.bytes < whole
    if kept is not None:
        assert (found.whole or 0) >= kept


def test_what_is_deleted_again_is_not_counted(tmp_path: Path) -> None:
    listing = "package.json: {}\npackage-lock.json: " + json.dumps(
        {"packages": {"": {}, "node_modules/a": {}}}
    )
    text = "FROM node:22\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci{} && rm -rf /root/.npm\n"
    assert last(tmp_path, text.format(""), listing + "\n").is_unknown
    assert last(tmp_path, text.format(" && rm -rf /app/node_modules")).whole is not None


def test_folders_that_one_run_deletes_are_named_and_summed(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY a /a\nCOPY b /b\nCOPY c /c\nRUN rm -rf /a /b /a/x && rm -r /c\n"
    listing = "a/x.bin 3MB\na/y.bin 2MB\nb/x.bin 4MB\nc/x.bin 1MB\n"
    [found] = checked(tmp_path, "bloat/late-cleanup", text, listing).found
    assert found.cost is not None
    assert found.cost.image_bytes == pytest.approx(10_000_000, rel=0.05)
    assert [note.message for note in found.notes] == ["stores /a", "stores /b", "stores /c"]


def test_a_known_crumb_hides_no_unknown_deletion(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY a /a\nRUN git clone https://example.com/x /x\nRUN rm -rf /a /x\n"
    [found] = checked(tmp_path, "bloat/late-cleanup", text, "a/x.txt 9kB\na/y.txt 9kB\n").found
    assert (found.cost, found.severity) == (None, "error")


@pytest.mark.parametrize(
    ("install", "listing"),
    [
        ("uv sync", "pyproject.toml: x\n"),
        ("uv sync --frozen", "pyproject.toml: x\nuv.lock: {\n"),
        ("poetry install", "pyproject.toml: x\npoetry.lock: \n"),
        ("pip install -r gone.txt", "pyproject.toml: x\n"),
        ("pip install .", "pyproject.toml: x\n"),
        ("pip install $PACKAGES", "pyproject.toml: x\n"),
        ("npm ci", "package.json: {}\npackage-lock.json: {\n"),
        ("bundle install", "Gemfile: x\n"),
        ("apt-get install -y $PACKAGES", "a: x\n"),
        ("apt-get upgrade -y", "a: x\n"),
    ],
)
def test_what_nothing_tells_is_unknown_and_never_nothing(
    tmp_path: Path, install: str, listing: str
) -> None:
    text = f"FROM debian:12\nWORKDIR /app\nCOPY . .\nRUN {install}\n"
    assert installed(modelled(tmp_path, text, listing)).is_unknown


def test_each_list_must_be_read(tmp_path: Path) -> None:
    text = "FROM python:3.12\nCOPY a.txt /\nRUN pip install -r /a.txt -r /gone.txt\n"
    found = installed(modelled(tmp_path, text, "a.txt: numpy\n"))
    assert (found.is_bound, found.missing) == (True, ("what gone.txt lists",))


def test_a_program_of_another_stage_is_no_empty_layer(tmp_path: Path) -> None:
    text = (
        "FROM golang:1.22 AS build\nRUN go build -o /tool .\nFROM debian:12\n"
        "COPY --from=build /tool /usr/local/bin/tool\nRUN chmod +x /usr/local/bin/tool\n"
    )
    [found] = checked(tmp_path, "bloat/metadata-copy-up", text).found
    assert (found.cost, found.severity) == (None, "warning")
    assert last(tmp_path, text).is_unknown
