from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from dlint.cli import ast

if TYPE_CHECKING:
    from pathlib import Path

CALL = """
import argparse, sys
from dlint.cli import ast
parser = argparse.ArgumentParser()
ast.add_arguments(parser)
sys.exit(ast.run(parser.parse_args()))
"""


def run(capsys: pytest.CaptureFixture[str], *paths: str | Path) -> tuple[int, list[dict[str, Any]]]:
    parser = argparse.ArgumentParser()
    ast.add_arguments(parser)
    status = ast.run(parser.parse_args([str(path) for path in paths]))
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_one_object_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text(
        "# escape=`\nARG v=12\nFROM debian:$v AS Build\nRUN --network=none `\n <<EOF\na\nEOF\nFROM build\n"
    )
    assert run(capsys, file, file)[1][1] == {
        "path": str(file),
        "escape": "`",
        "error": None,
        "instructions": [
            {"name": "ARG", "line": 2, "end_line": 2, "value": "v=12", "flags": [], "heredocs": []},
            {
                "name": "FROM",
                "line": 3,
                "end_line": 3,
                "value": "debian:$v AS Build",
                "flags": [],
                "heredocs": [],
            },
            {
                "name": "RUN",
                "line": 4,
                "end_line": 7,
                "value": "--network=none  <<EOF",
                "flags": ["--network=none"],
                "heredocs": [{"name": "EOF", "body": "a\n"}],
            },
            {
                "name": "FROM",
                "line": 8,
                "end_line": 8,
                "value": "build",
                "flags": [],
                "heredocs": [],
            },
        ],
        "stages": [
            {"name": "build", "base": "debian:12", "line": 3},
            {"name": None, "base": "build", "line": 8},
        ],
    }


def test_a_file_that_does_not_parse_is_still_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "Dockerfile"
    file.write_bytes(b"FROM a\nENV b\nRUN \xff\n")
    status, (answer,) = run(capsys, file)
    assert status == 0
    assert answer["error"].startswith("line 2: ")
    assert [i["name"] for i in answer["instructions"]] == ["FROM", "ENV", "RUN"]


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text("FROM a\n")
    status, answers = run(capsys, tmp_path / "none", "nul\0", file)
    assert status == 2
    assert [bool(answer["error"]) for answer in answers] == [True, True, False]


def test_stdin(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"FROM a\n")))
    status, (answer,) = run(capsys, "-")
    assert (status, answer["path"], answer["stages"][0]["base"]) == (0, "-", "a")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems want names in UTF-8")
def test_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff.Dockerfile"
    with open(name, "wb") as file:  # noqa: PTH123  a name in bytes
        file.write(b"FROM a\n")
    answer = subprocess.run([sys.executable, "-c", CALL, name], check=True, capture_output=True)
    assert os.fsencode(json.loads(answer.stdout)["path"]) == name


def test_a_reader_that_has_had_enough(tmp_path: Path) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text("FROM a\n")
    call = "import sys; from dlint.cli import main; sys.exit(main(['ast', *sys.argv[1:]]))"
    command = [sys.executable, "-c", call, *[str(file)] * 5000]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 2
