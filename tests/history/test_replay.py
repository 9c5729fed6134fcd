"""Replaying commits: what each pushed, and what it was because of."""

from __future__ import annotations

import gc
import json
import os
import random
import shutil
import subprocess
import weakref

import pytest
from house import ENVIRONMENT
from past import commit, git

from dlint.bytes.copying import _Copier
from dlint.cli import main
from dlint.context import objects
from dlint.context.git import MissingObjectError, Repository
from dlint.context.repositories import find_repository
from dlint.context.revision import LISTED, RevisionContext
from dlint.history.replay import _Replay, ceiling, percentile
from dlint.model.keys import Keys

IGNORED = {".dockerignore": ".git\nDockerfile\n.dockerignore\n"}


@pytest.fixture
def history(root, capsys):  # noqa: ARG001  it is where this looks
    def read(*words: str) -> dict:
        status = main(["history", "--isolated", "--output-format", "json", *words])
        out, err = capsys.readouterr()
        assert status == 0, err
        return json.loads(out)

    return read


def subjects(told: dict) -> list[str]:
    return [each["subject"] for each in told["commits"]]


def pushed(told: dict) -> list[int]:
    return [each["pushed_bytes"] for each in told["commits"]]


def test_each_commit_is_held_against_the_one_before(root, history):
    commit(
        root,
        "start",
        {
            "Dockerfile": "FROM x\nWORKDIR /app\nCOPY requirements.txt .\nCOPY . .\n",
            "requirements.txt": "six\n",
            "main.py": "print(1)\n",
            ".dockerignore": ".git\nnotes\n",
        },
    )
    commit(root, "source", {"main.py": "print(2)\n"})
    commit(root, "ignored", {"notes": "x"})
    commit(root, "manifest", {"requirements.txt": "six==1\n"})
    told = history()
    assert subjects(told) == ["source", "ignored", "manifest"]
    assert [each["cause"] for each in told["commits"]] == [
        {"line": 4, "paths": ["main.py"]},
        None,
        {"line": 3, "paths": ["requirements.txt"]},
    ]
    assert pushed(told)[1] == 0
    assert told["total_bytes"] == sum(pushed(told))
    assert {each["line"]: each["misses"] for each in told["by_instruction"]} == {3: 1, 4: 2}


def test_only_so_many_commits_and_up_to_a_revision(root, history):
    commit(root, "start", {"Dockerfile": "FROM x\nCOPY a /a/b\n", "a": "0"})
    for number in range(1, 6):
        commit(root, f"c{number}", {"a": str(number)})
    assert subjects(history("--commits", "2")) == ["c4", "c5"]
    assert subjects(history("--rev", "HEAD~3")) == ["c1", "c2"]


def test_git_folder_in_the_context_changes_with_every_commit(root, history):
    commit(root, "start", {"Dockerfile": "FROM x\nCOPY . /a/b\n", "a": "0"})
    commit(root, "another", {"a": "1"})
    told = history()
    assert ".git" in told["commits"][-1]["cause"]["paths"]
    assert ".git is not excluded from the build context" in told["notes"][0]


def test_what_a_walk_in_parts_says_is_what_a_walk_from_nothing_says(root, history):
    """Each commit of a long replay reuses parts of the ones before; alone it cannot."""
    chance = random.Random(1)  # noqa: S311  the same in every run
    files = {f"src/p{number % 7}/f{number}.py": f"{number}\n" * 200 for number in range(120)}
    dockerfile = "FROM x AS a\nCOPY src /s\nFROM x\nWORKDIR /app\nCOPY src/p1 src/p1\nCOPY . .\nCOPY --from=a /s/p2 /p2\n"
    commit(
        root,
        "start",
        {"Dockerfile": dockerfile, ".dockerignore": ".git\n**/*9.py\n!src/p3/f39.py\n", **files},
    )
    for number in range(12):
        changed: dict[str, str | bytes | None] = {
            path: f"{number} {path}\n" * 99 for path in chance.sample([*files], 3)
        }
        if number % 3 == 0:
            gone = chance.choice([path for path in files if path not in changed])
            del files[gone]
            changed |= {gone: None, f"src/new{number}/x.py": "new"}
        files |= {path: "" for path, data in changed.items() if data is not None}
        commit(root, str(number), changed)
    told = history()
    alone = [
        history("--no-cache", "--rev", each["rev"], "--commits", "1")["commits"][0]
        for each in told["commits"]
    ]
    assert told["commits"] == alone


def test_the_second_run_says_the_same_and_leaves_the_file_alone(root, history, tmp_path):
    commit(root, "start", {"Dockerfile": "FROM x\nCOPY . /a/b\n", "a": "0" * 5000, **IGNORED})
    commit(root, "next", {"a": "1" * 9000})
    first = history()
    kept = tmp_path / "cache" / "sizes-1"
    written = kept.stat().st_mtime_ns
    assert history() == first
    assert kept.stat().st_mtime_ns == written
    kept.write_bytes(b"rubbish")
    assert history() == first
    shutil.rmtree(tmp_path / "cache")
    assert history("--no-cache") == first
    assert not kept.exists()


@pytest.mark.parametrize(
    ("run", "basis", "mark"),
    [("pip install -r r.txt", "guessed", "≈"), ("./compile", "modelled", "≥")],
)
def test_a_sum_is_no_better_than_the_weakest_of_what_is_in_it(  # noqa: PLR0913, PLR0917  as fixtures
    root, history, capsys, run, basis, mark
):
    commit(
        root,
        "start",
        {
            "Dockerfile": f"FROM python:3.12-slim\nCOPY . ./\nRUN {run}\n",
            "r.txt": "flask\n",
            "noise": os.urandom(6_000_000),  # a lower bound of less is not told
        },
    )
    commit(
        root,
        "no push of it",
        {"Dockerfile": f"FROM python:3.12-slim\nCOPY . ./\nRUN {run}\nLABEL a=b\n"},
    )
    commit(root, "more", {"r.txt": "flask\npandas\n"})
    assert history()["basis"] == basis
    assert history("--rev", "HEAD~2")["basis"] == "modelled"  # nothing is counted
    for form in ("text", "pretty", "markdown"):
        main(["history", "--isolated", "--output-format", form])
        assert f"2 commits pushed {mark} " in capsys.readouterr().out
    assert main(["history", "--isolated", "--output-format", "html"]) == 0
    assert ("guessed" in capsys.readouterr().out) == (basis == "guessed")


def test_what_goes_back_to_an_earlier_state_is_there_already(root, history):
    """The builder's cache and the registry hold what any earlier commit left there."""
    commit(
        root,
        "start",
        {"Dockerfile": "FROM x\nCOPY a /a/b\nRUN y\nCOPY z /z/z\n", "a": "0", "z": "0"},
    )
    commit(root, "change", {"a": "1"})
    commit(root, "back", {"a": "0"})
    commit(root, "and again", {"a": "1"})
    told = history()
    assert [each["unknown_layers"] for each in told["commits"]] == [1, 0, 0]
    assert pushed(told) == [None, 0, 0]
    cold = history("--cache", "cold")
    assert [each["unknown_layers"] for each in cold["commits"]] == [1, 1, 1]


def test_a_base_goes_back_too(root, history):
    for subject, base in (("start", "x:1"), ("up", "x:2"), ("down", "x:1")):
        commit(root, subject, {"Dockerfile": f"FROM {base}\nCOPY a /a\n", "a": "0"})
    assert [each["unknown_layers"] for each in history()["commits"]] == [1, 0]


def test_what_runs_on_another_step_than_before_is_made_anew(root, history):
    """The file is what it was two commits ago, but it is written once more: with a new time, so
    another blob.
    """
    commit(root, "start", {"Dockerfile": "FROM x\nCOPY z /z\nCOPY a /a\n", "a": "0", "z": "0"})
    commit(root, "change", {"a": "1"})
    commit(root, "back, on another", {"a": "0", "z": "1"})
    blamed = {each["line"]: each["misses"] for each in history()["by_instruction"]}
    assert blamed == {2: 1, 3: 2}


def test_a_merge_is_held_against_its_first_parent(root, history):
    commit(root, "start", {"Dockerfile": "FROM x\nCOPY . /a/b\n", "a": "0", "b": "0", **IGNORED})
    git(root, "checkout", "-q", "-b", "side")
    commit(root, "side 1", {"a": "1"})
    commit(root, "side 2", {"a": "2"})
    git(root, "checkout", "-q", "main")
    commit(root, "main", {"b": "1"})
    git(root, "merge", "-q", "--no-ff", "-m", "merge", "side")
    told = history()
    assert [(each["subject"], each["cause"]["paths"]) for each in told["commits"]] == [
        ("main", ["b"]),
        ("merge", ["a"]),
    ]


def test_a_renamed_file_is_one_that_went_and_one_that_came(root, history):
    commit(root, "start", {"Dockerfile": "FROM x\nCOPY . /a/b\n", "a": "same\n" * 50, **IGNORED})
    git(root, "mv", "a", "c")
    commit(root, "rename", {})
    assert history()["commits"][0]["cause"]["paths"] == ["a", "c"]


def test_commits_without_the_dockerfile_or_with_a_broken_one_are_passed_over(root, history, capsys):
    good = "FROM x\nCOPY a /a/b\n"
    commit(root, "start", {"Dockerfile": good, "a": "1"})
    commit(root, "gone", {"Dockerfile": None})
    commit(root, "broken", {"Dockerfile": "FROM x\nCOPIE a /a/b\n"})
    commit(root, "unreadable", {"Dockerfile": good, ".dockerignore": "[\n"})
    commit(root, "back", {".dockerignore": None})
    told = history()
    assert [(each["subject"], each["pushed_bytes"]) for each in told["commits"]] == [("back", 0)]
    assert [each["subject"] for each in told["failed"]] == ["gone", "broken", "unreadable"]
    problems = [each["problem"] for each in told["failed"]]
    assert problems[0] == "no Dockerfile with its context"
    assert problems[1].startswith("line 2: ")
    assert "malformed pattern" in problems[2]
    assert main(["history", "--isolated", "--output-format", "text"]) == 0
    assert "line 2: " in capsys.readouterr().out


@pytest.mark.parametrize("folder", ["", "docker"])
def test_a_dockerfile_that_moved_is_followed(root, history, folder):
    """Its context moves with it where that is its own folder."""
    old = f"{folder}/Dockerfile" if folder else "Dockerfile"
    beside = f"{folder}/" if folder else ""
    text = "FROM x\nLABEL a=b\nLABEL c=d\nCOPY . /a/b\n"
    commit(root, "start", {old: text, f"{beside}a": "0", "other": "0"})
    commit(root, "before", {f"{beside}a": "1"})
    git(root, "rm", "-q", "--cached", "-r", ".")
    for name in [*(["a"] if folder else ["a", "other"])]:
        (root / "app").mkdir(exist_ok=True)
        (root / beside / name).rename(root / "app" / name)
    (root / old).rename(root / "app" / "Dockerfile")
    commit(root, "move", {})
    commit(root, "after", {"app/a": "2"})
    told = history("app/Dockerfile")
    assert subjects(told) == ["before", "move", "after"]
    assert "a" in told["commits"][0]["cause"]["paths"]
    assert told["commits"][2]["cause"]["paths"] == ["a"]
    assert subjects(history("app/Dockerfile", "--commits", "1")) == ["after"]


def test_a_dockerfile_that_is_a_link_is_the_file_that_it_leads_to(root, history):
    text = "FROM x\nCOPY a /a/b\n"
    commit(root, "start", {"app/Dockerfile": text, "docker/base": text, "app/a": "0"})
    (root / "app/Dockerfile").unlink()
    (root / "app/Dockerfile").symlink_to("../docker/base")
    commit(root, "link", {})
    commit(root, "another", {"docker/base": "FROM x\nCOPY a /a/b\nRUN y\n"})
    (root / "app/Dockerfile").unlink()
    (root / "app/Dockerfile").symlink_to("/docker/base")
    commit(root, "outside", {})
    (root / "app/Dockerfile").unlink()
    (root / "app/Dockerfile").symlink_to("Dockerfile")
    commit(root, "round and round", {})
    told = history("app/Dockerfile", "--rev", "HEAD~2")
    assert [(each["subject"], each["unknown_layers"]) for each in told["commits"]] == [
        ("link", 0),
        ("another", 1),
    ]
    assert [each["subject"] for each in history("app/Dockerfile")["failed"]] == [
        "outside",
        "round and round",
    ]


def test_a_submodule_is_said_to_be_unknown(root, history, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    commit(other, "inside", {"f": "x" * 1000})
    commit(root, "start", {"Dockerfile": "FROM x\nCOPY . /a/b\n", "a": "0", **IGNORED})
    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "lib")
    commit(root, "with it", {})
    told = history()
    assert "lib" in told["commits"][0]["cause"]["paths"]
    assert any("submodules" in note and "lib" in note for note in told["notes"])


def test_a_file_in_lfs_counts_as_large_as_its_pointer_says(root, history):
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n"
    attributes = {".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"}
    commit(
        root,
        "start",
        {
            "Dockerfile": "FROM x\nCOPY d /a/b\n",
            "d/m.bin": pointer.format("1" * 64, 1000),
            **attributes,
            **IGNORED,
        },
    )
    commit(root, "larger", {"d/m.bin": pointer.format("2" * 64, 7_000_000)})
    told = history()
    assert 7_000_000 <= pushed(told)[0] < 7_001_000
    assert told["notes"] == [
        "1 files are in Git LFS and count with the size in their pointers: 7 MB"
    ]
    # without the filter it is a file like any other
    commit(root, "plain", {".gitattributes": "", "d/m.bin": pointer.format("3" * 64, 9_000_000)})
    assert pushed(history())[-1] < 1000


def test_a_shallow_clone_says_so(root, history, tmp_path, monkeypatch):
    commit(root, "start", {"Dockerfile": "FROM x\nCOPY a /a/b\n", "a": "0"})
    commit(root, "one", {"a": "1"})
    commit(root, "two", {"a": "2"})
    git(tmp_path, "clone", "-q", "--depth", "2", f"file://{root}", "clone")
    monkeypatch.chdir(tmp_path / "clone")
    told = history()
    assert subjects(told) == ["two"]
    assert "shallow" in told["notes"][0]


def test_a_file_that_git_does_not_hold_is_named(root, history):
    commit(
        root, "start", {"Dockerfile": "FROM x\nCOPY dist/app.jar /app/\nCOPY a /a/b\n", "a": "0"}
    )
    commit(root, "one", {"a": "1"})
    told = history()
    assert told["commits"][0]["cause"]["paths"] == ["a"]
    assert any("dist/app.jar" in note for note in told["notes"])


def damage(root, name):
    """Put another object's bytes in the place of that of `name`."""
    places = [
        root / ".git" / "objects" / each[:2] / each[2:]
        for each in (git(root, "rev-parse", f"HEAD:{name}"), git(root, "rev-parse", "HEAD"))
    ]
    places[0].chmod(0o644)
    places[0].write_bytes(places[1].read_bytes())


def test_a_damaged_object_costs_its_commit_alone(root, capsys):
    commit(root, "start", {"Dockerfile": "FROM x\nCOPY a /a/b\n", "a": "0"})
    commit(root, "one", {"a": "1" * 100})
    damage(root, "a")
    commit(root, "two", {"a": "2" * 100})
    assert main(["history", "--isolated", "--output-format", "json"]) == 2
    out, err = capsys.readouterr()
    assert "missing or damaged" in err
    told = json.loads(out)
    assert [each["subject"] for each in told["commits"]] == ["two"]
    assert [each["subject"] for each in told["failed"]] == ["one"]
    assert "missing or damaged" in told["failed"][0]["problem"]


def test_files_of_the_commits_to_come_are_read_together(root, monkeypatch):
    files = {f"f{number}": f"{number}\n" * 300 for number in range(90)}
    commit(root, "start", {"Dockerfile": "FROM x\nCOPY . /a/\n", ".dockerignore": ".git", **files})
    for number in range(30):
        commit(root, str(number), {f"f{number}": f"other {number}\n" * 300})
    asked: list[list[str]] = []
    ask = Repository._ask
    monkeypatch.setattr(
        Repository, "_ask", lambda self, wanted: asked.append([*wanted]) or ask(self, wanted)
    )
    assert main(["history", "--isolated", "--no-cache", "--output-format", "json"]) == 0
    objects = [each for wanted in asked for each in wanted]
    assert len(objects) == len(set(objects)) > 150
    assert len(asked) < 25


def counted(monkeypatch, owner, name):
    """Count the calls of a function."""
    calls: list[object] = []
    function = getattr(owner, name)
    monkeypatch.setattr(owner, name, lambda *words: calls.append(words) or function(*words))
    return calls


def test_a_commit_costs_what_it_changes(root, monkeypatch):
    """Of a folder of 300 files, each commit changes one."""
    files = {f"src/f{number}.py": f"{number}\n" * 300 for number in range(300)}
    commit(root, "start", {"Dockerfile": "FROM x\nCOPY . /a/\n", ".dockerignore": ".git", **files})
    for number in range(20):
        commit(root, str(number), {f"src/f{number}.py": f"other {number}\n" * 300})
    parsed = counted(monkeypatch, objects, "_object")
    listed = counted(monkeypatch, RevisionContext, "_entry")
    landed = counted(monkeypatch, _Copier, "_landed_at")
    named = counted(monkeypatch, Keys, "_token")
    assert main(["history", "--isolated", "--no-cache", "--output-format", "json"]) == 0
    assert len(parsed) == len(listed) == 303 + 20 * 2  # the file, and the folder that holds it
    assert len(landed) < 303 + 20 * 2 * LISTED  # the listing that holds the file, of a few files
    assert len(named) < 303 + 20 * 2 * LISTED


def write_object(root, kind, content):
    """Write an object that git itself would not write; return its id."""
    words = ["git", "-C", root, "hash-object", "-t", kind, "--literally", "-w", "--stdin"]
    done = subprocess.run(words, input=content, check=True, capture_output=True, env=ENVIRONMENT)
    return done.stdout.decode().strip()


def entry(mode, name, identity):
    return f"{mode} {name}\0".encode() + bytes.fromhex(identity)


def commit_tree(root, tree, when=b"1700000000 +0000"):
    """Make a commit of `tree` on top of HEAD."""
    parent = git(root, "rev-parse", "HEAD").encode()
    person = b"t <t@example.com> " + when
    identity = write_object(
        root,
        "commit",
        b"tree %b\nparent %b\nauthor %b\ncommitter %b\n\nodd\n"
        % (tree.encode(), parent, person, person),
    )
    git(root, "update-ref", "HEAD", identity)


@pytest.fixture
def started(root):
    commit(root, "start", {"Dockerfile": "FROM x\nCOPY . /a/\n", "a": "0"})
    commit(root, "next", {"a": "1"})
    return git(root, "rev-parse", "HEAD:Dockerfile"), git(root, "rev-parse", "HEAD:a")


@pytest.mark.parametrize(
    "odd",
    [
        entry("100644", "", "1" * 40),
        entry("100644", "..", "1" * 40),
        entry("100644", "b/c", "1" * 40),
        entry("40000", ".GIT", "1" * 40),
        b"100644 cut",
        b"100644 cut\0short",
        b"1x0644 a\0" + b"1" * 20,
        b"\0" + b"1" * 20,
    ],
)
def test_a_tree_that_nobody_could_check_out_is_damaged(root, capsys, started, odd):
    dockerfile, _ = started
    commit_tree(root, write_object(root, "tree", entry("100644", "Dockerfile", dockerfile) + odd))
    assert main(["history", "--isolated"]) == 2
    err = capsys.readouterr().err
    assert "missing or damaged" in err or "git cannot list the commits" in err
    assert "a bug in dlint" not in err
    with pytest.raises(MissingObjectError):
        find_repository(root).tree("HEAD")


@pytest.mark.parametrize("mode", ["100777", "100600", "100000", "10600", "0"])
def test_an_odd_mode_is_the_nearest_that_git_knows(root, history, started, mode):
    dockerfile, _ = started
    tree = write_object(
        root, "tree", entry("100644", "Dockerfile", dockerfile) + entry(mode, "a", dockerfile)
    )
    commit_tree(root, tree)
    assert [each["subject"] for each in history()["commits"]] == ["next", "odd"]


@pytest.mark.parametrize("when", [b"99999999999999999999 +0000", b"-5 +0000", b"x", b"1e9 -9999"])
@pytest.mark.parametrize("form", ["pretty", "json"])
def test_an_odd_date_is_none(root, capsys, when, form):
    first = commit(root, "start", {"Dockerfile": "FROM x\nCOPY . /a/\n", "a": "0"})
    commit(root, "next", {"a": "1"})
    commit_tree(root, git(root, "rev-parse", f"{first}^{{tree}}"), when)
    assert main(["history", "--isolated", "--output-format", form]) == 0
    assert "odd" in capsys.readouterr().out


def test_trees_that_hold_one_another_are_not_listed_for_ever(root, capsys, started, monkeypatch):
    monkeypatch.setattr("dlint.context.revision.MOST_PATHS", 5000)
    dockerfile, a = started
    names = [f"{number}" for number in range(10)]
    tree = write_object(root, "tree", b"".join(entry("100644", name, a) for name in names))
    for _ in range(20):
        tree = write_object(root, "tree", b"".join(entry("40000", name, tree) for name in names))
    commit_tree(
        root,
        write_object(
            root, "tree", entry("100644", "Dockerfile", dockerfile) + entry("40000", "bomb", tree)
        ),
    )
    assert main(["history", "--isolated"]) == 2
    assert "there are more than 5000 paths" in capsys.readouterr().err


def test_folders_that_are_too_deep_are_told(root, capsys, started, monkeypatch):
    monkeypatch.setattr("dlint.context.objects.DEEPEST", 20)
    dockerfile, tree = started
    for _ in range(30):
        tree = write_object(root, "tree", entry("40000", "d", tree))
    commit_tree(
        root,
        write_object(
            root, "tree", entry("100644", "Dockerfile", dockerfile) + entry("40000", "d", tree)
        ),
    )
    assert main(["history", "--isolated"]) == 2
    assert "deep" in capsys.readouterr().err


@pytest.mark.usefixtures("started")
def test_an_object_that_is_too_large_is_not_read(root, capsys, monkeypatch):
    monkeypatch.setattr("dlint.context.objects.LARGEST", 1000)
    commit(root, "large", {"a": "2" * 1001})
    commit(root, "small", {"a": "3"})
    assert main(["history", "--isolated", "--output-format", "json"]) == 2
    out, err = capsys.readouterr()
    assert "is too large to read" in err
    assert [each["subject"] for each in json.loads(out)["commits"]] == ["next", "small"]


@pytest.mark.parametrize("form", ["text", "pretty", "markdown"])
def test_people_read_commits_causes_and_a_sum(root, capsys, form):
    commit(
        root,
        "start",
        {"Dockerfile": "FROM x\nCOPY . /a/b\nRUN y\n", "a": "0", ".dockerignore": ".git\n"},
    )
    commit(root, "change | it", {"a": "1"})
    assert main(["history", "--isolated", "--output-format", form]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "line 2: a" in out
    assert "1 commit pushed" in out
    assert "1 layer of unknown size" in out


@pytest.mark.parametrize("form", ["text", "pretty", "markdown", "html"])
def test_a_terminal_obeys_no_name_in_a_repository(root, capsys, form):
    commit(root, "start", {"Dockerfile": "FROM x\nCOPY . /a/b\n", "a": "0", **IGNORED})
    commit(root, "\x1b]0;title\x07", {"na\x1b[31mme\nnext": "1"})
    commit(root, "another", {"Dockerfile": "FROM x\nCOPY . /a/b\x1b[2J\n"})
    commit(root, "broken", {"Dockerfile": "FROM x\nCO\x1b[2JPY . /a/b\n"})
    assert main(["history", "--isolated", "--output-format", form]) == 0
    out = capsys.readouterr().out
    assert not {"\x1b", "\x07"} & set(out)
    assert "na\\x1b[31mme\\nnext" in out or form == "pretty"  # whose columns may be too narrow


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_terminal_shows_the_dearest_of_many(root, capsys, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    commit(root, "start", {"Dockerfile": "FROM x\nCOPY . /a/b\n", "a": "0", **IGNORED})
    noise = random.Random(1)  # noqa: S311  the same in every run
    for number in range(30):
        commit(
            root,
            f"commit {number}",
            {"a": noise.randbytes(90_000 if number == 17 else 100 + number)},
        )
    assert main(["history", "--isolated", "--output-format", "pretty"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    assert "30 commits pushed" in lines[0]
    assert any("▲" in line for line in lines)
    listed = [line for line in lines if "commit " in line]
    assert len(listed) == 10
    assert "90.7 " in listed[0]


@pytest.mark.parametrize(
    ("words", "says"),
    [(["--commits", "0"], "at least 1"), (["--rev", "no"], "'no' is not a commit")],
)
def test_what_cannot_be_told(root, capsys, words, says):
    commit(root, "start", {"Dockerfile": "FROM x\n"})
    assert main(["history", "--isolated", *words]) == 2
    assert says in capsys.readouterr().err


def test_folder_without_git_has_no_history(tmp_path, monkeypatch, capsys):
    (tmp_path / "Dockerfile").write_text("FROM x\n")
    monkeypatch.chdir(tmp_path)
    assert main(["history", "--isolated"]) == 2
    assert "not in a git repository" in capsys.readouterr().err


def test_a_folder_that_is_not_there_has_no_history(root, capsys):  # noqa: ARG001  it is where this looks
    assert main(["history", "--isolated", "no/Dockerfile"]) == 2
    assert "no/Dockerfile: it has no history: no is not a folder" in capsys.readouterr().err


def test_a_repository_without_commits_says_so(root, capsys):
    (root / "Dockerfile").write_text("FROM x\n")
    assert main(["history", "--isolated"]) == 2
    assert "this repository has no commits yet" in capsys.readouterr().err


def test_why_git_opens_no_repository_is_said(root, capsys):
    commit(root, "start", {"Dockerfile": "FROM x\nCOPY a /a/b\n", "a": "0"})
    git(root, "config", "core.repositoryFormatVersion", "99")
    for words in (["history"], ["push", "--since", "HEAD"], ["push", "--rev", "HEAD"]):
        assert main([*words, "--isolated"]) == 2
        assert (
            "git does not open its repository: Expected git repo version" in capsys.readouterr().err
        )
    for words in (["order"], ["push"]):
        assert main([*words, "--isolated"]) == 0
        assert (
            "git does not open its repository: Expected git repo version" in capsys.readouterr().err
        )


def test_percentile_and_ceiling():
    assert percentile(range(1, 101), 0.95) == 95
    assert percentile([7], 0.95) == 7
    assert percentile([], 0.95) == 0
    assert ceiling([]) == 0
    assert ceiling([1, 2, 4]) == 4
    assert ceiling([10] * 99 + [1000]) == 12


def test_a_replay_keeps_no_build_but_those_it_compares(root, monkeypatch):
    """What a build holds in circles would wait for Python to look for them."""
    commit(root, "start", {"Dockerfile": "FROM x\nCOPY . /a/\n", ".dockerignore": ".git"})
    for number in range(10):
        commit(root, str(number), {"f": f"{number}\n"})
    builds, alive = [], []
    keyed = _Replay._keyed

    def noted(self, commit):
        keys = keyed(self, commit)
        builds.append(weakref.ref(keys.build))
        alive.append(sum(each() is not None for each in builds))
        return keys

    monkeypatch.setattr(_Replay, "_keyed", noted)
    gc.disable()
    try:
        assert main(["history", "--isolated", "--no-cache", "--output-format", "json"]) == 0
    finally:
        gc.enable()
    assert len(builds) == 11
    assert max(alive) <= 3  # the one before, its own, and the first, of which others are copies
