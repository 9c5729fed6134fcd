"""`dlint push` and `dlint layers` as they are called."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from dlint.cli import main

DOCKERFILE = "FROM x\nWORKDIR /app\nCOPY models /app/models\nCOPY . .\nRUN chown -R 1:1 /app\nRUN make && rm -rf /app/models\n"


def git(root: Path, *arguments: str) -> str:
    identity = {
        f"GIT_{who}_{what}": "a@b.c"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    env = {
        **os.environ,
        **identity,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
    }
    done = subprocess.run(
        ["git", "-C", str(root), *arguments], check=True, capture_output=True, text=True, env=env
    )
    return done.stdout.strip()


pytestmark = pytest.mark.usefixtures("project")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Make a repository with two commits: the second changes the source alone."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a.bin").write_bytes(os.urandom(6_000_000))
    (tmp_path / "main.py").write_text("print(1)\n")
    (tmp_path / ".dockerignore").write_text(".git\n")
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "one")
    (tmp_path / "main.py").write_text("print(2)\n")
    git(tmp_path, "commit", "-qam", "two")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys, *words: str) -> tuple[int, str, str]:
    status = main(list(words))
    out, err = capsys.readouterr()
    return status, out, err


def push(capsys, *words: str) -> dict:
    status, out, err = run(capsys, "push", "--isolated", "--output-format", "json", *words)
    assert status == 0, err
    return json.loads(out)


def statuses(plan: dict) -> list[str]:
    return [layer["status"][0] for layer in plan["layers"]]


def test_clean_tree_is_held_against_the_commit_before(capsys):
    plan = push(capsys)
    assert (plan["before"], plan["after"]) == ("HEAD~1", "worktree")
    assert statuses(plan) == ["L", "L", "L", "P", "P", "P"]
    assert plan["layers"][3]["cause"] == {"line": 4, "paths": ["main.py"]}


def test_changed_tree_is_held_against_head(project, capsys):
    (project / "models" / "a.bin").write_bytes(b"x")
    plan = push(capsys)
    assert plan["before"] == "HEAD"
    assert statuses(plan) == ["L", "L", "P", "P", "P", "P"]


def test_revisions_are_read_without_a_checkout(project, capsys):
    (project / "Dockerfile").unlink()
    plan = push(capsys, "--since", "HEAD~1", "--rev", "HEAD")
    assert statuses(plan) == ["L", "L", "L", "P", "P", "P"]
    assert not (project / "Dockerfile").exists()


def test_first_commit_uploads_all(capsys):
    plan = push(capsys, "--rev", "HEAD~1")
    assert plan["before"] is None
    assert set(statuses(plan)) == {"P"}


def test_folder_outside_git_has_nothing_before_it(tmp_path_factory, monkeypatch, capsys):
    folder = tmp_path_factory.mktemp("plain")
    (folder / "Dockerfile").write_text("FROM x\nRUN y\n")
    monkeypatch.chdir(folder)
    assert set(statuses(push(capsys))) == {"P"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--since", "nowhere"), "'nowhere' is not a commit"),
        (("--rev", "HEAD~9"), "'HEAD~9' is not a commit"),
        (("--target", "prod"), "no stage is called 'prod'"),
        (("missing/Dockerfile",), "missing"),
        (("--against", "oci:nowhere"), "nowhere"),
        (("--against", "ftp:x"), "ftp:x"),
        (("--to", "registry.local:5000/a"), "--to needs --against"),
        (("--builder", "docker", "--provenance", "max"), "docker keeps no attestations"),
        (("--builder", "docker", "--compression", "zstd"), "docker always sends gzip"),
        (("--compression-level", "10"), "gzip has levels from 0 to 9"),
        (("--budget", "much"), "much"),
        (("--budget", "10%"), "the image has 2 layers of unknown size"),
        (("--budget", "900MB"), "the push uploads 6 MB and 1 layer of unknown size"),
    ],
)
def test_what_cannot_be_told_ends_with_2(capsys, words, says):
    status, out, err = run(capsys, "push", "--isolated", *words)
    assert status == 2
    assert says in err + out


def test_budget_decides_the_exit_status(project, capsys):
    (project / "Dockerfile").write_text("FROM scratch\nCOPY models /m\n")
    git(project, "commit", "-qam", "three")
    (project / "models" / "a.bin").write_bytes(os.urandom(200_000))
    assert run(capsys, "push", "--isolated", "--budget", "100kB")[0] == 1
    assert run(capsys, "push", "--isolated", "--budget", "1MB")[0] == 0
    assert run(capsys, "push", "--isolated", "--budget", "50%")[0] == 1


def test_bandwidth_adds_the_time(capsys):
    slow = push(capsys, "--bandwidth", "1Mbit")["seconds"]
    assert slow == pytest.approx(10 * push(capsys, "--bandwidth", "10Mbit")["seconds"], abs=0.5)
    assert "at 50 Mbit/s" in run(capsys, "push", "--isolated", "--bandwidth", "50Mbit")[1]


@pytest.mark.parametrize("form", ["text", "pretty", "markdown"])
def test_people_read_dockers_words_with_bytes_beside_them(capsys, form):
    status, out, _ = run(capsys, "push", "--isolated", "--output-format", form)
    assert status == 0
    assert "Layer already exists" in out
    assert "COPY . ." in out
    assert "of unknown size" in " ".join(out.split())


def test_output_is_the_same_twice(capsys):
    assert push(capsys) == push(capsys)


def test_layers_tell_bytes_and_waste(capsys):
    status, out, _ = run(
        capsys, "layers", "--isolated", "--builder", "docker", "--output-format", "json"
    )
    layers = {layer["line"]: layer for layer in json.loads(out)["layers"]}
    assert status == 0
    assert (
        layers[3]["tar_bytes"] == 6_002_688
    )  # the end's two blocks, the headers of app, models and a.bin, 586 blocks
    assert layers[3]["gzip_bytes"] == pytest.approx(6_001_800, rel=0.02)
    assert [(each["path"], each["bytes"], each["why"]) for each in layers[3]["waste"]] == [
        ("/app", 6_000_000, "written again by line 4")
    ]
    assert [each["why"] for each in layers[5]["waste"]] == [
        "stored again by chown",
        "deleted by line 6, which frees nothing",
    ]
    assert (layers[5]["gzip_bytes"], layers[5]["basis"]) == (
        pytest.approx(6_002_900, rel=0.01),
        "modelled",
    )
    assert (layers[6]["gzip_bytes"], layers[6]["basis"]) == (None, "unknown")


def test_a_store_that_leaves_out_what_is_there_wastes_nothing(capsys):
    _, out, _ = run(
        capsys, "layers", "--isolated", "--builder", "buildkit", "--output-format", "json"
    )
    layers = {layer["line"]: layer for layer in json.loads(out)["layers"]}
    assert layers[3]["waste"] == []
    assert layers[4]["gzip_bytes"] < 1000


@pytest.mark.parametrize("form", ["text", "pretty", "markdown"])
def test_layers_for_people(capsys, form):
    _, out, _ = run(capsys, "layers", "--isolated", "--output-format", form)
    assert "stored again by chown" in " ".join(out.split())
    assert "waste" in out


def test_unshipped_stages_are_said_to_be(project, capsys):
    (project / "Dockerfile").write_text(
        "FROM x AS build\nCOPY models /m\nFROM scratch\nCOPY --from=build /m /m\n"
    )
    _, out, _ = run(capsys, "layers", "--isolated")
    assert "(build)" in out


NARROW = "FROM x\nCOPY main.py /\nRUN --mount=type=bind,source=models,target=/m ls /m\nADD https://x.example/f /\n"


@pytest.mark.parametrize(
    ("builder", "sent"),
    [("buildkit", "read"), ("docker", "read"), ("classic", "held"), ("buildah", None)],
)
def test_layers_tell_what_of_the_context_is_sent_and_read(project, capsys, builder, sent):
    (project / "Dockerfile").write_text(NARROW)
    (project / "unread").write_bytes(b"12345")
    told = run(capsys, "layers", "--isolated", "--builder", builder, "--output-format", "json")[1]
    context = json.loads(told)["context"]
    files = {"files": 2, "bytes": 6_000_009}
    assert context["read"] == files
    assert (
        context["held"]["files"] == 5
    )  # the ignore file, the Dockerfile, main.py, models/a.bin and unread
    assert context["held"]["bytes"] == 6_000_009 + len(NARROW) + len(".git\n") + len("12345")
    assert context["sent"] == (context[sent] if sent else {"files": 0, "bytes": 0})


@pytest.mark.parametrize(
    "line", ["ARG from\nCOPY $from /", "ARG from\nRUN --mount=type=bind,source=$from,target=/m ls"]
)
def test_what_a_variable_decides_is_not_known_to_be_read(project, capsys, line):
    (project / "Dockerfile").write_text(f"FROM x\n{line}\n")
    context = json.loads(run(capsys, "layers", "--isolated", "--output-format", "json")[1])[
        "context"
    ]
    assert context["read"] is context["sent"] is None
    assert "depends on a variable" in run(capsys, "layers", "--isolated")[1]


def test_an_empty_context_is_said_to_be(tmp_path, capsys, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    assert "build context: empty" in run(capsys, "layers", "--isolated", "--context", "empty")[1]


def test_git_folder_in_the_context_is_one_cause(project, capsys):
    (project / ".dockerignore").unlink()
    git(project, "commit", "-qam", "three")
    plan = push(capsys)
    assert ".git" in plan["layers"][3]["cause"]["paths"]
    assert not [path for path in plan["layers"][3]["cause"]["paths"] if path.startswith(".git/")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("build.log", "what no instruction reads"),
        ("Dockerfile", DOCKERFILE + "# a comment builds nothing else\n"),
    ],
)
def test_what_no_instruction_reads_is_no_change(project, capsys, path, text):
    (project / ".dockerignore").write_text(".git\nDockerfile\n*.log\n")
    git(project, "commit", "-qam", "three")
    clean = push(capsys)
    assert clean["before"] == "HEAD~1"
    (project / path).write_text(text)
    assert push(capsys) == clean


def test_a_file_that_is_read_and_deleted_is_a_change(project, capsys):
    (project / "models" / "a.bin").unlink()
    assert push(capsys)["before"] == "HEAD"


def test_a_shallow_clone_is_said(project, tmp_path_factory, monkeypatch, capsys):
    clone = tmp_path_factory.mktemp("clone") / "shallow"
    git(project, "clone", "-q", "--depth", "1", project.as_uri(), str(clone))
    monkeypatch.chdir(clone)
    status, out, err = run(capsys, "push", "--isolated")
    assert status == 0
    assert "nothing before → working tree" in out
    assert "this clone is shallow" in err


def test_a_commit_that_no_builder_takes_pushed_nothing(project, capsys):
    (project / "Dockerfile").write_text("FROM x\nCOPYY . .\n")
    git(project, "commit", "-qam", "broken")
    (project / "Dockerfile").write_text(DOCKERFILE)
    status, out, err = run(capsys, "push", "--isolated")
    assert status == 0
    assert "nothing before → working tree" in out
    assert "HEAD: no builder takes Dockerfile there (line 2: unknown instruction COPYY" in err


OTHERS = [
    ("stack.yml", "version: '3'\nservices: {}\n", "1: this is a Compose file (expected a Dockerfile)", "name the Dockerfile that it builds"),
    ("notes.txt", "hello world\n", "1: this is not a Dockerfile: unknown instruction hello", "name the Dockerfile to read"),
    ("empty", "", "1: this is not a Dockerfile: the file has no instruction", "name the Dockerfile to read"),
    ("broken", "FROM x\nCOPYY a b\n", "2: unknown instruction COPYY, did you mean COPY?", "`dlint check broken` shows all problems of the file"),
]  # fmt: skip


@pytest.mark.parametrize("verb", ["push", "layers", "order", "history"])
@pytest.mark.parametrize("other", OTHERS, ids=[each[0] for each in OTHERS])
def test_a_file_that_no_builder_takes_is_an_error(project, capsys, verb, other):
    path, text, error, hint = other
    (project / "web").mkdir()
    (project / "web" / "Dockerfile").write_text("FROM x\n")
    (project / path).write_text(text)
    git(project, "add", "-A")
    git(project, "commit", "-qm", "three")
    status, out, err = run(capsys, verb, "--isolated", path)
    assert (status, out) == (2, "")
    [message, said] = err.splitlines()[-2:]
    assert message.startswith(f"dlint: error: {path}:{error}")
    assert said == f"hint: {hint}"


@pytest.mark.parametrize(
    ("verb", "path", "error", "hint"),
    [
        *(
            (verb, "Dockerfil", "no such file", "Dockerfiles there: Dockerfile")
            for verb in ("push", "layers", "order")
        ),
        ("layers", ".", "this is a folder", "Dockerfiles there: Dockerfile"),
        ("order", "models", "this is a folder", "name the Dockerfile to read"),
    ],
)
def test_a_file_that_is_not_there_is_an_error(capsys, verb, path, error, hint):
    status, _, err = run(capsys, verb, "--isolated", path)
    assert status == 2
    assert err.endswith(f"dlint: error: {path}: {error} (expected a Dockerfile)\nhint: {hint}\n")


@pytest.mark.parametrize("form", ["text", "pretty", "markdown"])
def test_this_push_and_that_of_a_change_are_told_apart(capsys, form):
    same = "same build arguments, same base image"
    _, out, _ = run(capsys, "push", "--isolated", "--output-format", form)
    assert f"this push ({same}; buildkit, warm cache)" in " ".join(out.split())
    assert "a change of what" not in out
    _, out, _ = run(capsys, "check", "--isolated", "--output-format", form)
    assert "a change of what" in " ".join(out.split())
    assert "this push" not in out


def test_file_that_the_clone_lacks_makes_its_layer_a_lower_bound(project, capsys):
    lost = git(project, "rev-parse", "HEAD~1:main.py")
    (project / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
    before = push(capsys, "--since", "HEAD~1", "--rev", "HEAD")
    assert [layer["status"] for layer in before["layers"]][2:4] == [
        "Layer already exists",
        "Pushed",
    ]
    big = git(project, "rev-parse", "HEAD:models/a.bin")
    (project / ".git" / "objects" / big[:2] / big[2:]).unlink()
    data = push(capsys, "--since", "HEAD~1", "--rev", "HEAD")
    assert [layer["status"] for layer in data["layers"]] == [
        layer["status"] for layer in before["layers"]
    ]
    models = data["layers"][2]
    assert models["at_least"]
    assert models["size"] < before["layers"][2]["size"]


def test_a_cache_is_told_apart_from_the_image(project, capsys):
    (project / "Dockerfile").write_text(
        "FROM x AS b\nCOPY models /models\nRUN make\nFROM x\nCOPY main.py /srv/main.py\n"
        "COPY --from=b /out /out\n"
    )
    git(project, "commit", "-qam", "three")
    (project / "main.py").write_text("print(3)\n")
    words = ("--cache-to", "type=gha,mode=max")
    plan = push(capsys, *words)
    (cache,) = plan["caches"]
    assert (cache["type"], cache["mode"], cache["layers_sent"]) == ("gha", "max", 1)
    assert cache["cache_bytes"] > 6_000_000
    assert cache["cache_at_least"]
    assert cache["quota_bytes"] == 10_000_000_000
    assert [layer["line"] for layer in plan["fetched"]["layers"]] == [None, 2, 3]
    assert "caches" not in push(capsys)
    _, text, _ = run(capsys, "push", "--isolated", *words, "--cache-quota", "5MB")
    assert "cache type=gha,mode=max: 1 of 5 layers sent, " in text
    assert re.search(r"cache ≥ 6 MB, ≥ 120 % of GitHub's 5 MB\n", text)
    assert "a new builder with the cache of HEAD fetches 3 layers, " in text


def test_a_cache_is_read_from_the_files_of_the_ci(project, capsys):
    workflow = project / ".github" / "workflows" / "image.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(
        "on: push\njobs:\n  image:\n    steps:\n      - uses: docker/build-push-action@v6\n"
        "        with: {context: ., cache-to: 'type=gha,mode=max', cache-from: type=gha}\n"
    )
    plan = push(capsys)
    assert [cache["to"] for cache in plan["caches"]] == ["type=gha,mode=max"]
    assert plan["fetched"]["from"] == "type=gha"
    assert "caches" not in push(capsys, "--builder", "docker")
    given = push(capsys, "--cache-to", "type=inline")
    assert [cache["to"] for cache in given["caches"]] == ["type=inline"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--cache-to", "type=disk"), "there is no type 'disk'"),
        (("--cache-to", "type=gha", "--builder", "docker"), "docker writes no such cache"),
        (("--cache-to", "type=inline", "--builder", "buildah"), "buildah writes no such cache"),
        (("--cache-to", "type=gha", "--cache-quota", "much"), "'much' is not a size"),
    ],
)
def test_a_cache_that_nobody_writes(capsys, words, why):
    status, _, err = run(capsys, "push", "--isolated", *words)
    assert status == 2
    assert why in err
