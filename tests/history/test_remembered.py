"""What a replay keeps for the next one: read again where nothing that decides it has changed."""

from __future__ import annotations

import json

import pytest
from past import commit

from dlint.cli import main
from dlint.history import remembered
from dlint.project import cache
from dlint.push.revisions import Project

FILES = {
    "Dockerfile": "FROM x\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\n",
    "requirements.txt": "six\n",
    "main.py": "print(1)\n",
    ".dockerignore": ".git\nDockerfile\n",
}


@pytest.fixture
def root(root):
    commit(root, "start", FILES)
    commit(root, "source", {"main.py": "print(2)\n"})
    commit(root, "manifest", {"requirements.txt": "six==1\n"})
    commit(root, "back", {"main.py": "print(1)\n"})
    return root


@pytest.fixture
def file(tmp_path):
    return tmp_path / "cache" / remembered.FILE


@pytest.fixture
def modelled(monkeypatch):
    """Note the commits that are modelled."""
    found: list[str] = []
    build = Project.build

    def noted(self, revision, options):
        found.append(revision)
        return build(self, revision, options)

    monkeypatch.setattr(Project, "build", noted)
    return found


@pytest.fixture
def told(root, capsys, modelled):  # noqa: ARG001  it is where this looks
    """Return the answer of a replay, after holding it against one that remembers nothing."""

    def ask(*words: str) -> dict:
        assert main(["history", "--output-format", "json", *words]) == 0
        found = json.loads(capsys.readouterr().out)
        seen = list(modelled)
        assert main(["history", "--output-format", "json", "--no-cache", *words]) == 0
        assert found == json.loads(capsys.readouterr().out)
        modelled[:] = seen[:-1]  # but for what the notes look at
        return found

    return ask


def test_a_second_run_models_nothing(told, modelled):
    first = told()
    assert len(modelled) == 4
    modelled.clear()
    assert told() == first
    assert not modelled


def test_a_new_commit_alone_is_modelled_with_the_one_before(root, told, modelled):
    told()
    modelled.clear()
    commit(root, "more", {"main.py": "print(3)\n"})
    assert len(told()["commits"]) == 4
    assert len(modelled) == 2


def test_what_an_older_build_left_behind_counts(root, told, modelled):
    """Without the first commit nobody has built what `again` goes back to."""
    commit(root, "again", {"requirements.txt": "six\n"})
    whole = told()["commits"][-1]
    modelled.clear()
    part = told("--commits", "2")["commits"][-1]
    assert part["rev"] == whole["rev"]
    assert (whole["pushed_bytes"] or 0) < (part["pushed_bytes"] or part["unknown_layers"])
    assert modelled


@pytest.mark.parametrize(
    ("words", "config"),
    [
        (["--builder", "classic"], ""),
        (["--build-arg", "A=1"], ""),
        ([], 'builder = "classic"\n'),
    ],
)
def test_another_way_to_build_is_another_history(root, told, modelled, words, config):
    told()
    modelled.clear()
    (root / "dlint.toml").write_text(config)
    told(*words)
    assert len(modelled) >= 4


def test_another_dockerfile_is_modelled(root, told, modelled):
    told()
    modelled.clear()
    commit(root, "otherwise", {"Dockerfile": FILES["Dockerfile"] + "RUN make\n"})
    assert told()["commits"][-1]["unknown_layers"] == 1
    assert len(modelled) == 2


def test_what_git_takes_up_counts_where_its_folder_is_copied(root, told, modelled):
    commit(root, "all", {".dockerignore": ""})
    told()
    modelled.clear()
    commit(root, "more", {"large": "\n".join(map(str, range(99_999)))})
    told()
    assert len(modelled) == 3  # with the one that took the folder as it was


@pytest.mark.parametrize("damage", [b"", b"x", b"\xff" * 99, None])
def test_a_damaged_file_is_not_used_and_mended(told, modelled, file, damage):
    told()
    file.write_bytes(file.read_bytes()[:-1] + b"\x99" if damage is None else damage)
    modelled.clear()
    told()
    assert len(modelled) == 4
    modelled.clear()
    told()
    assert not modelled


def test_two_runs_at_once_keep_what_both_found(told, modelled, monkeypatch, capsys):
    load = remembered._load

    def while_another_runs(path):
        monkeypatch.setattr(remembered, "_load", load)
        found = load(path)  # nothing yet
        main(["history", "--builder", "classic"])
        capsys.readouterr()
        return found

    monkeypatch.setattr(remembered, "_load", while_another_runs)
    told()
    modelled.clear()
    told()
    told("--builder", "classic")
    assert not modelled


def test_what_was_used_last_is_kept(root, told, modelled, file, monkeypatch):
    told()
    size = file.stat().st_size
    monkeypatch.setattr(remembered, "MOST", size)
    commit(root, "more", {"main.py": "print(3)\n"})
    told("--commits", "1")
    assert file.stat().st_size <= size + cache.DIGEST
    modelled.clear()
    told("--commits", "1")
    assert not modelled


def test_another_dlint_reads_nothing_of_it(told, modelled, monkeypatch):
    told()
    modelled.clear()
    monkeypatch.setattr(remembered, "own_stamp", lambda: "another")
    told()
    assert len(modelled) == 4
