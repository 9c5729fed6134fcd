"""A stranger's repository cannot have other files read or written by its links, nor stop a run by
its pipes.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from house import ENVIRONMENT, PROJECT
from support import dlint, tree

from dlint.context import open_worktree
from dlint.errors import DlintError, UnreadableError
from dlint.fix.fixer import Change, write_changes
from dlint.lint.baseline import Baseline
from dlint.project.recipes import Recipes
from dlint.text import repository_files
from dlint.text.repository_files import LIMIT, place_to_write, read, read_if_there
from dlint.text.source import Source

SECRET = "TOPSECRET"  # noqa: S105  what must not be seen
DOCKERFILE = "FROM scratch\nCOPY . .\n"
MISTAKEN = "FROM scratch\nRUNN x\n"
READ = (
    "Dockerfile",
    ".dockerignore",
    "Dockerfile.dockerignore",
    "dlint.toml",
    ".dlint.toml",
    "pyproject.toml",
)
HINTS = (
    "Makefile",
    "compose.yaml",
    ".github/workflows/x.yml",
    "docker-bake.hcl",
    "skaffold.yaml",
    "x.Dockerfile",
)
LEAVING = ("environ", "git", "outside", "dangling", "folder", "zero", "climbing")
# One process asks for all files, so that a read without end ends the test: by time, or by the
# memory it may take.
PROGRAM = """
import contextlib, io, json, os, resource, sys
from dlint.cli import main
resource.setrlimit(resource.RLIMIT_AS, (1 << 31, 1 << 31))
answers = {}
for folder, *words in json.loads(sys.argv[1]):
    os.chdir(folder)
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out):
        status = main(words)
    answers[folder] = [status, out.getvalue()]
print(json.dumps(answers))
"""


def repository(root: Path, kind: str, name: str) -> Path:
    """Lay out a repository whose file `name` is something else."""
    tree(
        root,
        {
            "Dockerfile": DOCKERFILE,
            ".git/config": f"{SECRET} = 1\n",
            ".git/HEAD": "ref: refs/heads/main\n",
        },
    )
    outside = tree(root.parent / "outside", {"shadow": f"{SECRET} = 1\n"})
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    up = "../" * name.count("/")
    targets = {
        "environ": "/proc/self/environ",
        "git": f"{up}.git/config",
        "outside": outside / "shadow",
        "dangling": outside / "new",
        "folder": f"{up}away/shadow",
        "climbing": f"{up}../outside/shadow",
        "zero": "/dev/zero",
        "loop": path.name,
    }
    if kind == "folder":
        (root / "away").symlink_to(outside)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "huge":
        with path.open("wb") as file:
            file.truncate(10 << 30)
    else:
        path.symlink_to(targets[kind])
    return root


def ask(*runs: tuple[Path, tuple[str, ...]]) -> dict[str, tuple[int, str]]:
    """Run the command line in each folder: exit status and all that was written, by the folder's
    name.
    """
    command = [
        sys.executable,
        "-c",
        PROGRAM,
        json.dumps([(str(folder), *words) for folder, words in runs]),
    ]
    done = subprocess.run(
        command,
        env=ENVIRONMENT | {"JOB_TOKEN": SECRET},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return {
        Path(folder).name: (status, text)
        for folder, (status, text) in json.loads(done.stdout).items()
    }


def told(kind: str) -> str:
    """Give what is said of a file that is not read."""
    if kind in {"pipe", "huge", "loop"}:
        return {
            "pipe": "is not a regular file",
            "huge": "is larger than the 1 MB",
            "loop": "Too many levels",
        }[kind]
    return "is a symbolic link into .git" if kind == "git" else "is a symbolic link out of"


@pytest.mark.parametrize("kind", [*LEAVING, "pipe", "huge", "loop"])
def test_what_leads_elsewhere_is_not_read(kind: str, tmp_path: Path) -> None:
    missing = {"dangling", "loop"}  # as a Dockerfile that is named, they are no file at all
    names = [name for name in READ if not (kind in missing and name == "Dockerfile")]
    folders = [repository(tmp_path / str(at), kind, name) for at, name in enumerate(names)]
    answers = ask(*((folder, ("check", "Dockerfile")) for folder in folders))
    for folder, name in zip(folders, names, strict=True):
        status, text = answers[folder.name]
        assert status == 2, (name, text)
        assert f"{name}: {told(kind)}" in text
        assert SECRET not in text


@pytest.mark.parametrize("kind", [*LEAVING, "pipe", "huge", "loop"])
def test_what_would_only_tell_more_is_left_out(kind: str, tmp_path: Path) -> None:
    folders = [repository(tmp_path / str(at), kind, name) for at, name in enumerate(HINTS)]
    for folder in folders:
        recipes = Recipes(folder)
        assert recipes.texts == ()
        assert recipes.dockerfiles == {"Dockerfile": DOCKERFILE}
    for status, text in ask(*((folder, ("check", "Dockerfile")) for folder in folders)).values():
        assert status != 2
        assert SECRET not in text


@pytest.mark.parametrize("verb", ["check", "push", "layers", "order", "ast"])
def test_no_verb_reads_a_link_out(verb: str, tmp_path: Path) -> None:
    root = repository(tmp_path / "root", "outside", "Dockerfile")
    status, text = ask((root, (verb, "Dockerfile")))["root"]
    assert status == 2
    assert "is a symbolic link out of" in text
    assert SECRET not in text


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("path", [".", "named"])
def test_the_other_files_are_checked_all_the_same(path: str, jobs: str, tmp_path: Path) -> None:
    root = tree(
        repository(tmp_path / "root", "outside", "a/Dockerfile"), {"b/Dockerfile": MISTAKEN}
    )
    paths = ["."] if path == "." else ["a/Dockerfile", "b/Dockerfile"]
    done = dlint("check", "--jobs", jobs, *paths, cwd=root)
    assert done.returncode == 2
    assert "b/Dockerfile:2:1: error syntax/error" in done.stdout
    assert "a/Dockerfile: is a symbolic link out of" in done.stderr
    assert "replace the link by a copy" in done.stderr
    baseline = dlint("check", "--baseline", "known.json", "--write-baseline", *paths, cwd=root)
    assert baseline.returncode == 2
    assert not (root / "known.json").exists()


def test_a_folder_that_leads_elsewhere_is_not_searched(tmp_path: Path) -> None:
    root = tree(tmp_path / "root", {".git/HEAD": "", "Dockerfile": MISTAKEN})
    tree(
        tmp_path / "other",
        {".git/HEAD": "", "Dockerfile": MISTAKEN, "dlint.toml": f"{SECRET} = 1\n"},
    )
    (root / "svc").symlink_to(tmp_path / "other")
    for path in ("svc", "svc/Dockerfile"):
        done = dlint("check", path, cwd=root)
        assert (done.returncode, done.stdout) == (2, "")
        assert "is a symbolic link out of" in done.stderr
        assert SECRET not in done.stderr


def test_a_configured_context_does_not_lead_elsewhere(tmp_path: Path) -> None:
    files = {".git/HEAD": "", "Dockerfile": DOCKERFILE, "dlint.toml": '[contexts]\n"**" = "svc"\n'}
    root = tree(tmp_path / "root", files)
    (root / "svc").symlink_to(tree(tmp_path / "other", {"file": ""}))
    done = dlint("check", cwd=root)
    assert (
        "is outside the repository" in done.stderr
    )  # a warning: the default context takes its place
    refused = dlint("check", "--context", "svc", cwd=root)
    assert refused.returncode == 2
    assert "svc: is a symbolic link out of" in refused.stderr
    assert dlint("layers", "--context", "../other", cwd=root).returncode == 0


def test_links_within_the_repository_are_followed(tmp_path: Path) -> None:
    root = tree(tmp_path / "root", {".git/HEAD": "", "common/base": MISTAKEN, "app/x": ""})
    links = {
        "common/Dockerfile": "base",
        "app/Dockerfile": "../common/Dockerfile",
        "way": "app/../common/.",
    }
    for name, target in links.items():
        (root / name).symlink_to(target)
    (root / "whole.Dockerfile").symlink_to(root / "way" / "Dockerfile")
    for name in ("app/Dockerfile", "way/Dockerfile", "whole.Dockerfile"):
        assert read(root / name) == MISTAKEN.encode()
    done = dlint("check", "app", cwd=root)
    assert "app/Dockerfile:2:1: error syntax/error" in done.stdout


def test_the_root_outside_of_any_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(tmp_path, {"common": "x", "app/y": ""})
    (tmp_path / "app" / "Dockerfile").symlink_to("../common")
    monkeypatch.chdir(tmp_path)
    assert read("app/Dockerfile") == b"x"
    monkeypatch.chdir("/")
    with pytest.raises(UnreadableError, match=r"is a symbolic link out of .*app,"):
        read(tmp_path / "app" / "Dockerfile")


def test_a_link_above_the_repository_is_the_users_own(tmp_path: Path) -> None:
    tree(tmp_path / "real", {"root/.git/HEAD": "", "root/a": "x"})
    (tmp_path / "real" / "root" / "Dockerfile").symlink_to("a")
    (tmp_path / "way").symlink_to("real")
    assert read(tmp_path / "way" / "root" / "Dockerfile") == b"x"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    tree(tmp_path, {"Dockerfile/x": ""})
    (tmp_path / "link").symlink_to("Dockerfile/..")
    for name in ("Dockerfile", "link"):
        with pytest.raises(UnreadableError):
            read(tmp_path / name)
    assert read_if_there(tmp_path / "none") is None


@pytest.mark.parametrize("path", ["-", "/dev/stdin", "<(cat)"])
@pytest.mark.parametrize("verb", ["check", "ast"])
def test_what_the_user_pipes_in_is_read(verb: str, path: str, tmp_path: Path) -> None:
    command = [
        "bash",
        "-c",
        f"exec 3<&0; {sys.executable} -m dlint {verb} {path.replace('cat', 'cat <&3')}",
    ]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        input=MISTAKEN,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=ENVIRONMENT,
    )
    assert "RUNN" in done.stdout
    assert "dlint: error" not in done.stderr


def test_standard_input_has_an_end(tmp_path: Path) -> None:
    done = dlint("check", "-", cwd=tmp_path, stdin=b"#" * (LIMIT + 1))
    assert done.returncode == 2
    assert "-: is larger than the 1 MB" in done.stderr
    assert dlint("check", "-", cwd=tmp_path, stdin=b"FROM scratch\n").returncode == 0


@pytest.mark.parametrize("kind", ["outside", "dangling", "folder"])
@pytest.mark.parametrize("name", ["Dockerfile", ".dockerignore", "Dockerfile.dockerignore"])
@pytest.mark.parametrize(
    "words", [("check", "--fix", "--unsafe-fixes", "--select", "all"), ("order", "--fix")]
)
def test_a_fix_writes_nothing_elsewhere(
    words: tuple[str, ...], name: str, kind: str, tmp_path: Path
) -> None:
    root = repository(tmp_path / "root", kind, name)
    tree(root, {"file": ""})
    (tmp_path / "outside" / "shadow").write_text("FROM debian:12\nCOPY . .\nRUN cd /x\n")
    before = {path: path.read_bytes() for path in (tmp_path / "outside").iterdir()}
    status, _ = ask((root, (*words, "Dockerfile")))["root"]
    assert status == 2
    assert {path: path.read_bytes() for path in (tmp_path / "outside").iterdir()} == before
    assert (root / name).is_symlink()


def test_a_fix_makes_no_file_elsewhere(tmp_path: Path) -> None:
    """As a draft does that was made before the link was put there."""
    root = tree(tmp_path / "root", {".git/config": "x", "old": "old"})
    (tmp_path / "outside").mkdir()
    links = {
        "new": tmp_path / "outside" / "new",
        "hook": ".git/hook",
        "way": tmp_path / "outside",
        "null": "/dev/null",
    }
    for name, target in links.items():
        (root / name).symlink_to(target)
    os.mkfifo(root / "pipe")
    for name in ("new", "hook", "way/new", "null", "pipe"):
        with pytest.raises(UnreadableError, match=name):
            place_to_write(root / name)
        changes = [
            Change(Source(str(root / each), old), Source("", "new"))
            for each, old in (("old", "old"), (name, ""))
        ]
        with pytest.raises(DlintError):
            write_changes(changes)
    assert not list((tmp_path / "outside").iterdir())
    assert (root / "old").read_text() == "old"
    assert sorted(path.name for path in (root / ".git").iterdir()) == ["config"]


def test_a_fix_writes_what_a_link_within_leads_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tree(tmp_path, {".git/HEAD": "", "common": "old", "app/x": ""})
    for name, target in {"Dockerfile": "common", "app/.dockerignore": "../ignore"}.items():
        (root / name).symlink_to(target)
    changes = [
        Change(Source(str(root / name), old), Source("", "new"))
        for name, old in (("Dockerfile", "old"), ("app/.dockerignore", ""))
    ]
    write_changes(changes)
    assert [(root / name).read_text() for name in ("common", "ignore")] == ["new", "new"]
    assert (root / "Dockerfile").is_symlink()
    (root / "ignore").unlink()

    def fail(path: Path, data: bytes) -> None:
        if path.name == "last":
            raise DlintError("full")
        path.write_bytes(data)

    monkeypatch.setattr("dlint.fix.fixer.write_whole", fail)
    changes = [
        Change(Source(str(root / name), ""), Source("", "x"))
        for name in ("app/.dockerignore", "last")
    ]
    with pytest.raises(DlintError, match="nothing was written"):
        write_changes(changes)
    assert not (root / "ignore").exists()
    assert (root / "app" / ".dockerignore").is_symlink()


def test_the_users_own_output_goes_through_links(tmp_path: Path) -> None:
    root = tree(tmp_path / "root", {".git/HEAD": "", "Dockerfile": MISTAKEN})
    (tmp_path / "outside").mkdir()
    for name in ("report", "known"):
        (root / name).symlink_to(tmp_path / "outside" / name)
    assert dlint("check", "--output-file", "report", cwd=root).returncode == 1
    assert dlint("check", "--baseline", "known", "--write-baseline", cwd=root).returncode == 0
    assert "RUNN" in (tmp_path / "outside" / "report").read_text()
    assert Baseline.load(tmp_path / "outside" / "known")
    with pytest.raises(UnreadableError, match="is a symbolic link out of"):
        Baseline.load(root / "known")


def test_a_context_file_is_reached_through_no_link(tmp_path: Path) -> None:
    root = tree(tmp_path / "root", {"folder/file": "x"})
    (root / "away").symlink_to(tree(tmp_path / "outside", {"file": ""}))
    (root / "near").symlink_to("folder")
    context = open_worktree(root)
    assert context.read("folder/file") == b"x"
    for path in ("away/file", "near/file", "../outside/file"):
        with pytest.raises(DlintError, match=path):
            context.open(path)


def test_a_context_file_that_is_read_whole_has_a_limit(tmp_path: Path) -> None:
    with (tmp_path / "package.json").open("wb") as file:
        file.truncate(10 << 30)
    with pytest.raises(UnreadableError, match=r"package\.json: is larger than the 50 MB"):
        open_worktree(tmp_path).read("package.json")


@pytest.mark.parametrize("kind", [*LEAVING, "pipe", "loop"])
def test_where_a_walk_by_descriptors_cannot_be(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository_files, "_WALKS", False)
    root = repository(tmp_path / "root", kind, "sub/Dockerfile")
    with pytest.raises(UnreadableError, match="symbolic" if kind == "loop" else told(kind)):
        read(root / "sub" / "Dockerfile")
    assert read(root / "Dockerfile") == DOCKERFILE.encode()


OPENERS = {
    "dlint/project/cache.py": "dlint's own cache",
    "dlint/cli/streams.py": "the null device",
    "dlint/cli/comment.py": "the file that the user names, and the event's, which the service names",
    "dlint/fleet/answers.py": "dlint's own questions",
    "dlint/fleet/engine.py": "the null device",
    "dlint/fleet/job.py": "the configuration that the user names",
    "dlint/fleet/sources.py": "the list that the user names",
    "dlint/fleet/views.py": "dlint's own views",
    "dlint/fleet/workspace.py": "a repository that it has made, and where a clone ends: bounded",
    "dlint/server/app.py": "the null device, and its own standard streams",
    "dlint/text/files.py": "writes files whole",
    "dlint/images/credentials.py": "the user's own Docker settings",
    "dlint/images/insecure.py": "the user's own container settings",
    "dlint/images/layout.py": "an image that the user names",
    "dlint/sizes/catalogue.py": "dlint's own data",
    "dlint/shell/managers/__init__.py": "dlint's own modules, for the commands that they name",
    "dlint/sizes/bases.py": "dlint's own data",
    "dlint/sizes/indexes/clients.py": "a folder that it has made for a package manager to run in",
    "dlint/sizes/indexes/kept.py": "dlint's own cache",
    "dlint/sizes/indexes/npm.py": "a folder that it has made for npm to run in",
    "dlint/lint/plugins.py": "the environment that dlint is installed in",
    "dlint/reporters/github.py": "the job's summary, which the service names",
    "dlint/text/repository_files.py": "the opener",
    "dlint/images/saved.py": "archives that the user names",
    "dlint/records/reading.py": "the record of a build that the user names",
    "dlint/sizes/indexes/repositories.py": "the system's own lists of packages",
    "dlint/faces.py": "its own stub, which lists the public names",
    "dlint/testing.py": "examples that it has written itself",
}


def opens(tree: ast.AST) -> bool:
    """Tell whether a module opens files by itself."""
    for call in ast.walk(tree):
        match call:
            case (
                ast.Call(func=ast.Name("open"))
                | ast.Call(func=ast.Attribute(ast.Name("os" | "io"), "open"))
            ):
                return True
            case ast.Call(func=ast.Attribute(_, "read_text" | "read_bytes" | "write_bytes")):
                return True
            case ast.Call(func=ast.Attribute(_, "open"), args=[ast.Constant(str()), *_]):
                return True
    return False


def test_nothing_else_opens_files() -> None:
    sources = (path for folder in ("dlint", "rules") for path in (PROJECT / folder).rglob("*.py"))
    found = {
        path.relative_to(PROJECT).as_posix()
        for path in sources
        if opens(ast.parse(path.read_text()))
    }
    assert found == set(OPENERS)
