"""Replaying commits: what each pushed, and what it was because of."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from dlint.cli import main
from dlint.cli.history import spark
from dlint.history import percentile


def git(root: Path, *arguments: str) -> str:
    identity = {f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    env = {**os.environ, **identity, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True, text=True, env=env)
    return done.stdout.strip()


def commit(root: Path, message: str, **files: str | bytes | None) -> None:
    for name, content in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    git(root, "add", "-A")
    git(root, "commit", "-qm", message)


@pytest.fixture
def root(tmp_path, monkeypatch):
    git(tmp_path, "init", "-q", "-b", "main")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def history(capsys, *words: str) -> dict:
    status = main(["history", "--isolated", "--output-format", "json", *words])
    out, err = capsys.readouterr()
    assert status == 0, err
    return json.loads(out)


def test_each_commit_is_held_against_the_one_before(root, capsys):
    commit(
        root,
        "start",
        Dockerfile="FROM x\nWORKDIR /app\nCOPY requirements.txt .\nCOPY . .\n",
        requirements_dot_txt="six\n",
        main_dot_py="print(1)\n",
        _dot_dockerignore=".git\nnotes\n",
    )
    commit(root, "source", main_dot_py="print(2)\n")
    commit(root, "ignored", notes="x")
    commit(root, "manifest", requirements_dot_txt="six==1\n")
    told = history(capsys)
    assert [each["subject"] for each in told["commits"]] == ["source", "ignored", "manifest"]
    assert [each["cause"] for each in told["commits"]] == [
        {"line": 4, "paths": ["main.py"]},
        None,
        {"line": 3, "paths": ["requirements.txt"]},
    ]
    sizes = [each["pushed_bytes"] for each in told["commits"]]
    assert sizes[1] == 0
    assert told["total_bytes"] == sum(sizes)
    assert {each["line"]: each["misses"] for each in told["by_instruction"]} == {3: 1, 4: 2}


def test_commits_without_the_dockerfile_are_passed_over(root, capsys):
    commit(root, "start", Dockerfile="FROM x\nCOPY a /a/b\n", a="1")
    commit(root, "gone", Dockerfile=None)
    commit(root, "back", Dockerfile="FROM x\nCOPY a /a/b\n")
    told = history(capsys)
    assert [(each["subject"], each["pushed_bytes"]) for each in told["commits"]] == [("back", 0)]


def test_only_so_many_commits_and_up_to_a_revision(root, capsys):
    commit(root, "start", Dockerfile="FROM x\nCOPY a /a/b\n", a="0")
    for number in range(1, 6):
        commit(root, f"c{number}", a=str(number))
    assert [each["subject"] for each in history(capsys, "--commits", "2")["commits"]] == ["c4", "c5"]
    assert [each["subject"] for each in history(capsys, "--rev", "HEAD~3")["commits"]] == ["c1", "c2"]


def test_git_folder_in_the_context_changes_with_every_commit(root, capsys):
    commit(root, "start", Dockerfile="FROM x\nCOPY . /a/b\n", a="0")
    commit(root, "empty", _dot_dockerignore="nothing\n")
    git(root, "commit", "-q", "--allow-empty", "-m", "really empty")
    commit(root, "another", a="1")
    cause = history(capsys)["commits"][-1]["cause"]
    assert ".git" in cause["paths"]


@pytest.mark.parametrize("form", ["text", "pretty", "markdown"])
def test_people_read_commits_causes_and_a_sum(root, capsys, form):
    commit(root, "start", Dockerfile="FROM x\nCOPY . /a/b\nRUN y\n", a="0", _dot_dockerignore=".git\n")
    commit(root, "change | it", a="1")
    assert main(["history", "--isolated", "--output-format", form]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "line 2: a" in out
    assert "1 commits pushed" in out
    assert "1 layers of unknown size" in out


@pytest.mark.parametrize(
    ("words", "says"), [(["--commits", "0"], "at least 1"), (["--rev", "no"], "'no' is no commit")]
)
def test_what_cannot_be_told(root, capsys, words, says):
    commit(root, "start", Dockerfile="FROM x\n")
    assert main(["history", "--isolated", *words]) == 2
    assert says in capsys.readouterr().err


def test_folder_without_git_has_no_history(tmp_path, monkeypatch, capsys):
    (tmp_path / "Dockerfile").write_text("FROM x\n")
    monkeypatch.chdir(tmp_path)
    assert main(["history", "--isolated"]) == 2
    assert "not in a git repository" in capsys.readouterr().err


def test_percentile_and_spark():
    assert percentile(range(1, 101), 0.95) == 95
    assert percentile([7], 0.95) == 7
    assert percentile([], 0.95) == 0
    assert spark([0, 1, 8]) == " ▁█"
    assert spark([]) == ""
