"""What is told once, and what is too little to be told."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from dlint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

GIT = {".git/HEAD": b"ref: refs/heads/main\n", ".git/objects/a": b"", ".git/refs/heads/x": b""}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    main(["check", "--isolated", "--no-push", *words])
    return capsys.readouterr().out.splitlines()


def test_infos_that_say_the_same(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "Dockerfile").write_text("FROM debian:12\n" + "RUN cargo install ripgrep\n" * 3)
    [line] = told(capsys, "--select", "pin/unlocked-package")
    assert line.startswith("Dockerfile:2:")


def test_infos_of_a_rule_are_one(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"RUN cargo install a{number}\n" for number in range(6)]
    (here / "Dockerfile").write_text("FROM debian:12\n" + "".join(lines[:1]))
    [line] = told(capsys, "--select", "pin/unlocked-package")
    assert "more in" not in line
    (here / "Dockerfile").write_text("FROM debian:12\n" + "".join(lines))
    [line] = told(capsys, "--select", "pin/unlocked-package")
    assert "(and 5 more in this file)" in line
    out = told(capsys, "--select", "pin/unlocked-package", "--output-format", "json")
    [found] = json.loads("\n".join(out))["diagnostics"]
    assert [each["line"] for each in found["related"]] == [3, 4, 5, 6, 7]
    assert "`a5`" in found["related"][-1]["message"]


def test_infos_of_a_rule_that_need_different_help(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = "FROM node:22 AS {0}\nWORKDIR /{0}\nCOPY {0} .\nRUN npm ci && npm run build\n"
    copy = "COPY --from={0} /{0}/dist /{0}\n"
    for name in "ab":
        (here / name).mkdir()
        for file in ("package.json", "package-lock.json"):
            (here / name / file).write_text("{}")
        (here / name / f"{name}.js").write_text("1\n")
    stages = [stage.format(each) for each in "ab"]
    copies = [copy.format(each) for each in "ab"]
    (here / "Dockerfile").write_text("".join([*stages, "FROM nginx:1\n", *copies]))
    lines = told(capsys, "--select", "order/copy-before-install")
    assert ["b/package.json" in line for line in lines] == [False, True]


def test_infos_of_many_files_are_one_at_a_terminal(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in "abcd":
        (here / f"{name}.Dockerfile").write_text("FROM debian:12\nRUN cargo install just\n")
    words = ("--select", "pin/unlocked-package,pin/base-tag")
    (here / "e.Dockerfile").write_text("FROM debian\n")
    shown = "\n".join(told(capsys, *words, "--output-format", "pretty"))
    assert shown.count("info[pin/unlocked-package]") == 1
    assert "a.Dockerfile:2, b.Dockerfile:2, c.Dockerfile:2 and 1 more" in shown
    assert "4 such infos" in shown
    assert shown.index("pin/base-tag") < shown.index("pin/unlocked-package")
    (here / "d.Dockerfile").unlink()
    (here / "c.Dockerfile").write_text("FROM debian:12\nRUN cargo install hyperfine\n")
    shown = "\n".join(told(capsys, *words, "--output-format", "pretty"))
    assert shown.count("info[pin/unlocked-package]") == 2
    assert "the same in b.Dockerfile:2\n" in shown
    assert len(told(capsys, *words)) == 4


def test_what_is_said_alike_of_many_places_is_shown_once_at_a_terminal(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y {}\n"
    for name in "abcde":
        (here / f"{name}.Dockerfile").write_text(text.format("curl"))
    (here / "f.Dockerfile").write_text(text.replace("RUN", "ENV A=B\nRUN", 1).format("curl"))
    words = ("--select", "order/split-update-install")
    shown = "\n".join(told(capsys, *words, "--output-format", "pretty"))
    assert shown.count("[order/split-update-install]") == 2
    assert "note: the same in b.Dockerfile:2, c.Dockerfile:2, d.Dockerfile:2 and 1 more" in shown
    assert len(told(capsys, *words)) == 6


def test_one_context_s_fault_is_told_of_one_dockerfile(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path, data in GIT.items():
        (here / path).parent.mkdir(parents=True, exist_ok=True)
        (here / path).write_bytes(data)
    for name in ("a.Dockerfile", "b.Dockerfile"):
        (here / name).write_text("FROM debian:12\nCOPY . /app\n")
    lines = told(capsys, "--select", "context/git-copied", "--least-bytes", "0")
    assert [line.split(":")[0] for line in lines] == ["a.Dockerfile"]


def test_what_each_dockerfile_has_to_do_itself_is_told_of_each(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path, data in GIT.items():
        (here / path).parent.mkdir(parents=True, exist_ok=True)
        (here / path).write_bytes(data)
    text = "FROM debian:12\nCOPY . /app\nRUN cd /app && git describe > version\n"
    for name in ("a.Dockerfile", "b.Dockerfile"):
        (here / name).write_text(text)
    lines = told(capsys, "--select", "context/git-copied", "--least-bytes", "0")
    assert [line.split(":")[0] for line in lines] == ["a.Dockerfile", "b.Dockerfile"]
    assert all("--exclude=.git" in line for line in lines)


def test_a_line_to_ignore_is_told_once_whatever_it_misses(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / ".dockerignore").write_text("node_modules\n.venv\n")
    for name, lock in (("a", "yarn.lock"), ("b", "package-lock.json"), ("b", "uv.lock")):
        (here / name).mkdir(exist_ok=True)
        (here / name / lock).write_text("{}")
    for name in "ab":
        (here / f"{name}.Dockerfile").write_text(f"FROM debian:12\nCOPY {name} /app\n")
    first, second = told(capsys, "--select", "context/ignore-lint")
    assert "`a/node_modules` would be sent" in first
    assert "`b/.venv` would be sent" in second


def test_crumbs_are_shown_where_they_are_asked_for(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / ".git" / "refs").mkdir(parents=True)
    (here / ".git" / "HEAD").write_bytes(b"ref: refs/heads/main\n")
    (here / ".git" / "objects").mkdir()
    (here / "Dockerfile").write_text("FROM debian:12\nCOPY . /app\n")
    words = ("--select", "context/git-copied")
    main(["check", "--isolated", "--no-push", *words])
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "1 finding of a few kB not shown; --least-bytes 0 shows all" in shown.err
    assert len(told(capsys, *words, "--least-bytes", "0")) == 1
    assert "git-copied" in "\n".join(told(capsys, *words, "--output-format", "json"))
    (here / "dlint.toml").write_text('least-bytes = "0"\n')
    main(["check", "--no-push", *words])
    assert "git-copied" in capsys.readouterr().out
    assert main(["check", "--least-bytes", "many", *words]) == 2
    assert "is not a size" in capsys.readouterr().err


def test_infos_about_bytes_alone_are_shown_from_50_kb(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "Dockerfile").write_text(
        'FROM debian:12\nCOPY start.sh /\nRUN chmod +x /start.sh\nCMD ["/start.sh"]\n'
    )
    words = ("--select", "bloat/metadata-copy-up")
    for size, count in ((20_000, 0), (90_000, 1)):
        (here / "start.sh").write_bytes(os.urandom(size))
        assert len(told(capsys, *words)) == count
        assert len(told(capsys, *words, "--least-bytes", "1kB")) == 1
