"""No file of a repository makes git run anything: not tracked files that git takes for a
repository, nor others.
"""

from __future__ import annotations

import ast
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from house import ENVIRONMENT, PROJECT, commit, files
from support import tree

from dlint.context import run_git
from dlint.context.repositories import find_repository, why_not
from dlint.errors import DlintError
from dlint.project.discovery import search

DOCKERFILE = "FROM debian:12\nCOPY a.txt /\nRUN apt-get update\n"
# Whoever runs git for whatever reason goes through the first; the second asks Docker's credential
# helpers.
# Git, credential helpers, and the package managers of the user that are asked for sizes online.
RUNNERS = {
    "dlint/context/run_git.py",
    "dlint/images/credentials.py",
    "dlint/sizes/indexes/clients.py",
}
VERBS = (
    "check svc",
    *(f"{verb} svc/Dockerfile" for verb in ("check", "push", "history", "order", "layers")),
)


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=folder, check=True, env=ENVIRONMENT, capture_output=True, text=True
    )
    return done.stdout.strip()


def dlint(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "dlint", *words]
    return subprocess.run(
        command,
        cwd=folder,
        check=False,
        env=ENVIRONMENT | environment,
        capture_output=True,
        text=True,
    )


def sparse(tmp_path: Path, settings: str) -> Path:
    """Commit a folder `svc` that is a bare repository to git, with a sparse index that lacks a
    folder.
    """
    source, repository = tmp_path / "source", tmp_path / "repository"
    tree(source, {"in/Dockerfile": "FROM scratch\n", "out/Dockerfile": "FROM scratch AS out\n"})
    commit(source)
    git(source, "sparse-checkout", "set", "--cone", "--sparse-index", "in")
    lacking = git(source, "rev-parse", "HEAD:out")
    (source / ".git/objects" / lacking[:2] / lacking[2:]).unlink()
    tree(repository, {"svc/Dockerfile": DOCKERFILE, "svc/a.txt": "a"})
    for name in ("HEAD", "index"):
        shutil.copy(source / ".git" / name, repository / "svc")
    for name in ("objects", "refs"):
        shutil.copytree(source / ".git" / name, repository / "svc" / name)
    (repository / "svc/refs/keep").touch()
    config = f"""
        [core]
        repositoryformatversion = 1
        worktree = .
        sparseCheckout = true
        sparseCheckoutCone = true
        [index]
        sparse = true
        [extensions]
        partialClone = evil
        [protocol "ext"]
        allow = always
        [protocol "none"]
        allow = always
        [remote "evil"]
        promisor = true
        {settings}
    """
    (repository / "svc/config").write_text(config)
    commit(repository)
    return repository


# A transport that runs a command; and a helper of a name that GIT_ALLOW_PROTOCOL may hold, which
# may be an alias.
REMOTES = {
    "ext": "url = ext::touch {pwned}",
    "none": 'url = none::x\n[alias]\nremote-none = "!touch {pwned}"',
    "empty": 'url = x\nvcs =\n[alias]\nremote- = "!touch {pwned}"',
}


@pytest.mark.parametrize("remote", REMOTES)
def test_git_itself_would_run_it(tmp_path: Path, remote: str) -> None:
    """The repository is as hostile as the tests below take it to be."""
    repository = sparse(tmp_path, REMOTES[remote].format(pwned=tmp_path / "pwned"))
    allowed = {} if remote == "ext" else {"GIT_ALLOW_PROTOCOL": remote.replace("empty", "")}
    subprocess.run(
        ["git", "ls-files"],
        cwd=repository / "svc",
        env=ENVIRONMENT | allowed,
        check=False,
        capture_output=True,
    )
    assert (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    ("words", "remote"),
    [*((words, "ext") for words in VERBS), ("check svc", "none"), ("check svc", "empty")],
)
def test_tracked_files_that_look_like_a_repository_run_nothing(
    tmp_path: Path, words: str, remote: str
) -> None:
    repository = sparse(tmp_path, REMOTES[remote].format(pwned=tmp_path / "pwned"))
    done = dlint(repository, *words.split())
    assert done.returncode in {0, 1}, done.stderr
    assert not (tmp_path / "pwned").exists()


def test_they_are_no_repository_but_part_of_the_one_around_them(tmp_path: Path) -> None:
    repository = sparse(tmp_path, "")
    found = find_repository(repository / "svc")
    assert found is not None
    assert (found.root, found.prefix) == (repository.resolve(), "svc")
    assert "config" in (found.tracked() or ())
    assert search(repository / "svc") == [repository / "svc/Dockerfile"]
    (repository / ".git").rename(tmp_path / "gone")
    assert find_repository(repository / "svc") is None
    assert why_not(repository / "svc") == "not in a git repository"
    assert search(repository / "svc") == [repository / "svc/Dockerfile"]


@pytest.mark.parametrize("shape", ["folder", "file"])
@pytest.mark.parametrize("remote", REMOTES)
def test_an_unpacked_archive_runs_nothing(tmp_path: Path, shape: str, remote: str) -> None:
    """`.git` cannot be tracked, but be in an archive, or lead to files that are: then it is the
    repository.
    """
    pwned = tmp_path / "pwned"
    folder = sparse(tmp_path, REMOTES[remote].format(pwned=pwned)) / "svc"
    config = (folder / "config").read_text().replace("worktree = .", "bare = false")
    inside = folder / ".git"
    inside.mkdir()
    for name in ("HEAD", "index", "config", "objects", "refs"):
        (folder / name).rename(inside / name)
    (inside / "config").write_text(config)
    if shape == "file":
        inside.rename(folder / "git")
        inside.write_text("gitdir: git\n")
    for words in ("check svc", "push svc/Dockerfile"):
        dlint(folder.parent, *words.split())
    assert not pwned.exists()


def test_no_setting_of_a_repository_is_run(tmp_path: Path) -> None:
    """All at once; the commands that dlint asks must go past each of them."""
    repository, pwned = tmp_path / "repository", tmp_path / "pwned"
    attributes = "*.txt diff=x filter=x merge=x\n"
    tree(repository, {"svc/Dockerfile": DOCKERFILE, "svc/a.txt": "a", ".gitattributes": attributes})
    commit(repository)
    tree(repository, {"svc/a.txt": "b"})
    commit(repository)
    script = tmp_path / "run"
    script.write_text(f"#!/bin/sh\necho $0 $@ >> {pwned}\ncat\n")
    script.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (repository / ".git/hooks").mkdir()
    for name in (
        "post-index-change",
        "reference-transaction",
        "post-checkout",
        "fsmonitor-watchman",
    ):
        shutil.copy(script, hooks / name)
        shutil.copy(script, repository / ".git/hooks" / name)
    for key in (
        *(
            "core.fsmonitor",
            "core.sshCommand",
            "core.askPass",
            "core.gitProxy",
            "core.pager",
            "core.editor",
        ),
        *(
            "core.alternateRefsCommand",
            "credential.helper",
            "diff.external",
            "diff.x.command",
            "diff.x.textconv",
        ),
        *(
            "filter.x.clean",
            "filter.x.smudge",
            "filter.x.process",
            "filter.a=b.clean",
            "gpg.program",
        ),
        *("gpg.ssh.program", "merge.x.driver", "uploadpack.packObjectsHook", "sequence.editor"),
        *(
            "interactive.diffFilter",
            "remote.origin.uploadpack",
            "remote.origin.vcs",
            "pager.log",
            "pager.diff",
        ),
    ):
        git(repository, "config", key, str(script))
    more = tmp_path / "more"
    more.write_text(
        f"[alias]\nls-files = !{script}\n[core]\nfsmonitor = {script}\n[log]\nshowSignature = true\n"
    )
    git(repository, "config", "core.hooksPath", str(hooks))
    git(repository, "config", "include.path", str(more))
    (repository / "svc/a.txt").write_text("b")  # git cannot tell by its time that it is the same
    for words in VERBS:
        done = dlint(repository, *words.split())
        assert done.returncode in {0, 1}, done.stderr
    assert not pwned.exists(), pwned.read_text()


@pytest.mark.parametrize("elsewhere", ["/", "..", "../other"])
def test_a_working_tree_elsewhere_is_none(tmp_path: Path, elsewhere: str) -> None:
    repository = tmp_path / "repository"
    tree(repository, {"Dockerfile": DOCKERFILE, "a.txt": ""})
    tree(tmp_path / "other", {"Dockerfile": DOCKERFILE})
    commit(repository)
    git(repository, "config", "core.worktree", elsewhere if elsewhere == "/" else f"../{elsewhere}")
    assert find_repository(repository) is None
    assert "core.worktree" in why_not(repository)
    assert search(repository) == [repository / "Dockerfile"]


def test_linked_working_trees_and_submodules_are_repositories(tmp_path: Path) -> None:
    main = tmp_path / "main"
    tree(
        main,
        {"a/Dockerfile": DOCKERFILE, "a[b]/Dockerfile": DOCKERFILE, "ab/Dockerfile": DOCKERFILE},
    )
    commit(main)
    git(main, "worktree", "add", "-q", "../linked")
    outer = tmp_path / "outer"
    tree(outer, {"Dockerfile": DOCKERFILE})
    commit(outer)
    git(
        outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(main), "inner"
    )
    for root in (tmp_path / "linked", outer / "inner"):
        found = find_repository(root / "a[b]")
        assert found is not None
        assert (found.root, found.prefix) == (root.resolve(), "a[b]")
        assert found.tracked() == found.listed("*dockerfile*") == {"Dockerfile"}
        assert found.changes(3) == [{"Dockerfile"}]
        assert found.ignored(["Dockerfile"]) == frozenset()
    assert find_repository(outer / ".git") is None


def fake_git(folder: Path, script: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / run_git.PROGRAM).write_text(f"#!/bin/sh\n{script}\n")
    (folder / run_git.PROGRAM).chmod(0o755)


@pytest.mark.parametrize("entry", ["", ".", "bin", "{here}", "{here}/sub/.."])
def test_git_is_never_the_current_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str
) -> None:
    pwned = tmp_path / "pwned"
    for folder in (tmp_path, tmp_path / "bin"):
        fake_git(folder, f"touch {pwned}")
    (tmp_path / "sub").mkdir()
    tree(tmp_path, {"Dockerfile": DOCKERFILE})
    git(tmp_path, "init", "--quiet")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{entry.format(here=tmp_path)}{os.pathsep}{os.environ['PATH']}")
    assert find_repository(Path()) is not None
    assert entry.format(here=tmp_path) not in run_git.environment()["PATH"].split(os.pathsep)
    assert not pwned.exists()
    monkeypatch.setenv("PATH", entry.format(here=tmp_path))
    assert find_repository(Path()) is None
    assert why_not(Path()) == "git is not installed"


def test_a_git_that_hangs_is_ended_with_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A setting may name a FIFO as a file to include."""
    tree(tmp_path, {"Dockerfile": DOCKERFILE})
    commit(tmp_path)
    repository = find_repository(tmp_path)
    assert repository is not None
    monkeypatch.setattr(run_git, "SECONDS", 0.2)
    os.mkfifo(tmp_path / "fifo")
    with (tmp_path / ".git/config").open("a") as config:
        config.write("[include]\npath = ../fifo\n")
    for ask in (
        lambda: find_repository(tmp_path),
        lambda: why_not(tmp_path),
        lambda: repository.read("0" * 40),
    ):
        with pytest.raises(DlintError, match="gave no answer within"):
            ask()
    repository.close()


def test_git_does_not_read_what_dlint_is_given(tmp_path: Path) -> None:
    """`dlint check -` takes a Dockerfile from there."""
    fake_git(tmp_path / "bin", "cat; exit 1")
    tree(tmp_path, {"here/a.txt": ""})
    (tmp_path / "here/.git").mkdir()
    program = "import sys, pathlib, dlint.context.run_git as r; r.run(pathlib.Path(), 'log'); print(sys.stdin.read())"
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        env=ENVIRONMENT | {"PATH": f"{tmp_path}/bin{os.pathsep}{os.environ['PATH']}"},
        cwd=tmp_path / "here",
        input="FROM scratch",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "FROM scratch\n"


def test_the_users_word_on_whose_folders_are_safe_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkout in CI often belongs to another user."""
    tree(tmp_path, {"here/Dockerfile": DOCKERFILE, "user": ""})
    commit(tmp_path / "here")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "user"))
    assert find_repository(tmp_path / "here") is None
    assert "dubious ownership" in why_not(tmp_path / "here")
    git(tmp_path, "config", "--file", "user", "safe.directory", "*")
    assert find_repository(tmp_path / "here") is not None


def test_one_place_runs_git() -> None:
    """`subprocess` and its kin are imported there alone."""
    starting = {"subprocess", "pty", "popen2"}
    calls = {"system", "popen", "posix_spawn", "posix_spawnp", "startfile"}
    for path in files():
        if (
            path.suffix != ".py"
            or path.parts[0] not in {"dlint", "rules"}
            or path.as_posix() in RUNNERS
        ):
            continue
        nodes = list(ast.walk(ast.parse((PROJECT / path).read_text())))
        imported = {
            alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names
        }
        imported |= {
            node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module
        }
        assert not imported & starting, path
        attributes = [node for node in nodes if isinstance(node, ast.Attribute)]
        assert not {each.attr for each in attributes if ast.unparse(each.value) == "os"} & calls, (
            path
        )


def test_what_is_run_is_a_program_with_an_absolute_path() -> None:
    program = run_git._program(run_git._safe_path())
    assert program
    assert Path(program).is_absolute()
    assert Path(program).stat().st_mode & stat.S_IXUSR
