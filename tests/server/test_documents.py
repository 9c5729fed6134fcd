"""What an editor is shown of the texts that it has open: findings as they are typed, at the places
that it means.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from support import tree

pytest.importorskip("pygls", reason="dlint's extra `server` is not installed")
pytest.importorskip("pytest_lsp", reason="pytest-lsp is not installed")

from editing import Editor, edit_with
from lsprotocol import types as lsp

if TYPE_CHECKING:
    from pathlib import Path

UNPINNED = "FROM debian\nRUN echo a\n"
PINNED = "FROM debian:12.5-slim\nRUN echo a\n"
TAG = "pin/base-tag"
APT = (
    "FROM debian:12.5-slim\nRUN apt-get update && apt-get install -y --no-install-recommends curl\n"
)


def test_findings_follow_the_text_and_not_the_file(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": PINNED})

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile", UNPINNED)
        assert TAG in await editor.rules(uri)
        editor.change(uri, PINNED, 2)
        assert TAG not in await editor.rules(uri, 2)
        editor.change(uri, UNPINNED, 3)
        assert TAG in await editor.rules(uri, 3)
        editor.close(uri)
        assert await editor.found(uri, None) == []

    edit_with(tmp_path, scenario)


def test_a_finding_says_what_the_command_line_says(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": ""})

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile", APT)
        (found,) = (each for each in await editor.found(uri) if each.code == "bloat/pm-cache")
        assert found.source == "dlint"
        assert found.severity is lsp.DiagnosticSeverity.Warning
        assert found.range == lsp.Range(lsp.Position(1, 0), lsp.Position(1, 69))
        assert found.code_description
        assert found.code_description.href.endswith("/rules/bloat/pm-cache/")
        what, cost, fix = found.message.splitlines()
        assert what.startswith("`apt-get update` leaves its package lists in /var/lib/apt/lists")
        assert cost.startswith("cost: ≈ ")
        assert fix == "fix: run `rm -rf /var/lib/apt/lists/*` in the same `RUN`"

    edit_with(tmp_path, scenario)


def test_of_versions_that_come_at_once_the_last_is_shown(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": ""})

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile", UNPINNED)
        for version in range(2, 40):
            editor.change(uri, PINNED + f"RUN echo {version}\n" * version, version)
        editor.change(uri, UNPINNED, 40)
        assert TAG in await editor.rules(uri, 40)

    edit_with(tmp_path, scenario)


# The whale is one character, two units of UTF-16 and four bytes.
@pytest.mark.parametrize(
    ("encodings", "agreed", "column"),
    [
        (["utf-8", "utf-16"], "utf-8", 14),
        (["utf-16"], "utf-16", 12),
        (["utf-32", "utf-8"], "utf-32", 11),
        (None, "utf-16", 12),
    ],
)
def test_columns_are_counted_in_the_agreed_units(
    tmp_path: Path, encodings: list[str] | None, agreed: str, column: int
) -> None:
    text = 'FROM debian:12.5-slim\nENV A="🐳" b\n'
    tree(tmp_path, {"Dockerfile": text})

    async def scenario(editor: Editor) -> None:
        assert editor.capabilities
        assert editor.capabilities.position_encoding == agreed
        uri = editor.open(tmp_path / "Dockerfile")
        (found,) = (each for each in await editor.found(uri) if each.code == "syntax/error")
        assert found.range.end == lsp.Position(1, column)

    edit_with(tmp_path, scenario, encodings=encodings)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("FROM debian:12.5-slim\r\n\r\nRUNN x\r\n", 2),
        ("\ufeffFROM debian:12.5-slim\nRUNN x\n", 1),
        # the protocol ends a line at a lone CR, the builder does not
        ("FROM debian:12.5-slim\n# a\rb\nRUNN x\n", 3),
        # and neither does at these
        ("FROM debian:12.5-slim\n# a\u2028b\x0cc\x85d\nRUNN x\n", 2),
    ],
)
def test_lines_are_those_of_the_protocol(tmp_path: Path, text: str, line: int) -> None:
    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile", text)
        (found,) = (each for each in await editor.found(uri) if each.code == "syntax/error")
        assert found.range.start == lsp.Position(line, 0)
        assert found.range.end.line == line

    edit_with(tmp_path, scenario)


def test_half_a_character_is_no_reason_to_fail(tmp_path: Path) -> None:
    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile", "FROM debian\n# \ud83d\n")
        assert TAG in await editor.rules(uri)

    edit_with(tmp_path, scenario)


@pytest.mark.parametrize("name", ["with space", "50% done", "çedilla#1", "a+b&c"])
def test_folders_may_be_called_anything(tmp_path: Path, name: str) -> None:
    tree(tmp_path, {f"{name}/Dockerfile": UNPINNED, f"{name}/.dockerignore": "[\n"})

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / name / "Dockerfile")
        (found,) = await editor.found(uri)
        assert f"{name}/.dockerignore:1" in found.message

    edit_with(tmp_path, scenario)


def test_a_new_file_is_checked_before_it_is_saved(tmp_path: Path) -> None:
    tree(tmp_path, {"app.py": ""})

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile", UNPINNED)
        assert TAG in await editor.rules(uri)
        editor.open_uri("untitled:Untitled-1", UNPINNED)
        assert TAG in await editor.rules("untitled:Untitled-1")

    edit_with(tmp_path, scenario)


def test_a_file_outside_of_any_workspace_is_checked(tmp_path: Path) -> None:
    tree(tmp_path, {"inside/a": "", "outside/Dockerfile": UNPINNED})

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "outside" / "Dockerfile")
        assert TAG in await editor.rules(uri)

    edit_with(tmp_path / "inside", scenario)
    edit_with(None, scenario)


def test_what_is_no_dockerfile_is_left_alone(tmp_path: Path) -> None:
    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "notes.md", "FROM debian\n", language="markdown")
        assert await editor.actions(uri) == []
        assert uri not in editor.shown
        # a client may not know the language, but the name tells
        named = editor.open(tmp_path / "Dockerfile.prod", UNPINNED, language="plaintext")
        assert TAG in await editor.rules(named)

    edit_with(tmp_path, scenario)


def test_settings_are_those_of_the_workspaces_files(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": UNPINNED, "dlint.toml": 'ignore = ["pin"]\n'})

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile")
        assert TAG not in await editor.rules(uri)
        editor.shown.clear()
        (tmp_path / "dlint.toml").write_text("")
        editor.tell_changed(tmp_path / "dlint.toml")
        assert TAG in await editor.rules(uri)
        editor.shown.clear()
        (tmp_path / "dlint.toml").write_text('ignroe = ["pin"]\n')
        editor.tell_changed(tmp_path / "dlint.toml")
        (found,) = await editor.found(uri)
        assert "dlint.toml:1: unknown key 'ignroe'" in found.message
        assert "did you mean 'ignore'?" in found.message

    edit_with(tmp_path, scenario)


MISSED = "context/copy-ignored"
COPIES = "FROM debian:12.5-slim\nCOPY app.py /srv/\n"


def test_the_context_is_read_again_when_files_change(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": COPIES, "app.py": ""})
    ignore = tmp_path / ".dockerignore"

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile")
        assert MISSED not in await editor.rules(uri)
        editor.shown.clear()
        ignore.write_text("*.py\n")
        editor.tell_changed(ignore)
        assert MISSED in await editor.rules(uri)
        editor.shown.clear()
        ignore.unlink()
        editor.save(uri)  # not every client watches files
        assert MISSED not in await editor.rules(uri)

    edit_with(tmp_path, scenario)


def test_files_of_the_context_are_seen_to_come(tmp_path: Path) -> None:
    pages = {f"{number}.html": "" for number in range(30)}
    tree(tmp_path, {"Dockerfile": "FROM nginx:1.27.0\nCOPY . /srv\n", **pages})

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile")
        for count in (31, 32):
            (found,) = (
                each for each in await editor.found(uri) if each.code == "context/no-ignore"
            )
            assert f"all {count} files" in found.message
            editor.shown.clear()
            (tmp_path / "news.html").write_text("")
            editor.tell_changed(tmp_path / "Program.cs")

    edit_with(tmp_path, scenario)


def test_an_ignore_file_counts_as_it_is_typed(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": COPIES, "app.py": "", ".dockerignore": ""})

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile")
        assert MISSED not in await editor.rules(uri)
        editor.shown.clear()
        ignore = editor.open(tmp_path / ".dockerignore", "*.py\n", language="ignore")
        assert MISSED in await editor.rules(uri)
        editor.shown.clear()
        editor.close(ignore)
        assert MISSED not in await editor.rules(uri)

    edit_with(tmp_path, scenario)


BROKEN = """
from dlint import Finding, Rule, hookimpl, syntax
broken = Rule("mine.broken", "Fails.")

@broken.on(syntax.Run)
def check(run, context):
    print("to standard output")
    import os
    os.write(1, b"to its descriptor")
    if "crash" in run.value.text:
        raise ValueError("it cannot be done")
    return []

@hookimpl
def dlint_rules():
    return [broken]
"""


def test_a_rule_that_fails_or_prints_does_not_end_the_server(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {
            "Dockerfile": "FROM debian\nRUN crash\n",
            "plugins/broken.py": BROKEN,
            "plugins/broken-1.dist-info/entry_points.txt": "[dlint]\nbroken = broken\n",
            "plugins/broken-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: broken\nVersion: 1\n",
        },
    )

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile")
        found = await editor.found(uri)
        (failure,) = (each for each in found if each.code == "mine/broken")
        assert failure.range.start.line == 1
        assert "it cannot be done" in failure.message
        assert TAG in [each.code for each in found]
        await editor.until(lambda: bool(editor.client.log_messages))
        assert "ValueError: it cannot be done" in editor.client.log_messages[0].message
        editor.change(uri, "FROM debian\nRUN true\n", 2)
        assert "mine/broken" not in await editor.rules(uri, 2)

    edit_with(tmp_path, scenario, environment={"PYTHONPATH": str(tmp_path / "plugins")})

    async def without(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile")
        assert "mine/broken" not in await editor.rules(uri)

    edit_with(
        tmp_path,
        without,
        words=("--no-plugins",),
        environment={"PYTHONPATH": str(tmp_path / "plugins")},
    )


def test_nothing_is_asked_of_the_network(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {
            "Dockerfile": "FROM registry.example.com/base:1\nRUN pip install flask\n",
            "home/dlint/dlint.toml": 'online = true\nextend-select = ["pin/base-digest"]\n'
            "[pin.base-digest]\nresolve = true\n",
            "plugins/sitecustomize.py": "import socket\n\ndef refuse(*_, **__):\n"
            f"    open({str(tmp_path / 'asked')!r}, 'w').close()\n    raise OSError('no')\n\n"
            "socket.getaddrinfo = socket.socket.connect = refuse\n",
        },
    )

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile")
        assert "pin/base-digest" in await editor.rules(uri)

    edit_with(
        tmp_path,
        scenario,
        environment={
            "PYTHONPATH": str(tmp_path / "plugins"),
            "XDG_CONFIG_HOME": str(tmp_path / "home"),
        },
    )
    assert not (tmp_path / "asked").exists()


def test_the_thread_that_takes_messages_answers_while_a_long_check_runs(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile": ""})
    long = (
        "FROM debian:12.5-slim\n" + "RUN apt-get update && pip install a && npm install b\n" * 1500
    )

    async def scenario(editor: Editor) -> None:
        uri = editor.open(tmp_path / "Dockerfile", long)
        editor.change(uri, UNPINNED, 2)
        assert TAG in await editor.rules(uri, 2)
        assert len(editor.shown) == 1

    edit_with(tmp_path, scenario)


def test_without_the_extra_the_verb_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from dlint.cli import main, server

    monkeypatch.setattr(server, "NEEDED", ("pygls", "no_such_package"))
    assert main(["server"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert 'pip install "dlint-dockerfile[server]"' in said.err


def test_the_servers_packages_are_loaded_by_nothing_else() -> None:
    import subprocess

    program = "import sys\nimport dlint.cli.server, dlint.lint.engine\nprint({'pygls', 'lsprotocol'} & {*sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
