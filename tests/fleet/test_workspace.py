"""A commit in a folder of its own: what is in it, and that nothing of the clone runs."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from house import ENVIRONMENT
from past import commit, git

from dlint.errors import DlintError
from dlint.fleet.workspace import laid_out, open_clone

if TYPE_CHECKING:
    from pathlib import Path

GREEDY = "#!/bin/sh\necho ran >> {mark}\ncat\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    root = tmp_path / "clone"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    commit(root, "first", {"Dockerfile": "FROM scratch\nCOPY app /\n", "app": "1"})
    return root


def listed(root: Path) -> set[str]:
    return {
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if ".git" not in path.parts and not path.is_dir()
    }


def test_the_commit_is_laid_out_and_not_the_working_tree(clone: Path) -> None:
    (clone / "app").write_text("changed")
    (clone / "new").write_text("not committed")
    with laid_out(open_clone(clone)) as space:
        assert listed(space.root) == {"Dockerfile", "app"}
        assert (space.root / "app").read_text() == "1"
        assert space.lacking == 0
    assert not space.root.exists()
    assert (clone / "app").read_text() == "changed"


def test_a_bare_clone_does_as_well(clone: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    git(tmp_path, "clone", "-q", "--bare", str(clone), str(bare))
    (bare / "config").unlink()
    opened = open_clone(bare)
    assert opened.commit == git(clone, "rev-parse", "HEAD")
    with laid_out(opened) as space:
        assert listed(space.root) == {"Dockerfile", "app"}
        assert git(space.root, "log", "--format=%s") == "first"


def test_a_shallow_clone_stays_one(clone: Path, tmp_path: Path) -> None:
    commit(clone, "second", {"app": "2"})
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{clone}", "shallow")
    with laid_out(open_clone(tmp_path / "shallow")) as space:
        assert git(space.root, "log", "--format=%s") == "second"


def test_files_that_the_clone_lacks_are_counted(clone: Path) -> None:
    blob = git(clone, "rev-parse", "HEAD:app")
    (clone / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with laid_out(open_clone(clone)) as space:
        assert listed(space.root) == {"Dockerfile"}
        assert space.lacking == 1


def test_where_no_clone_is(tmp_path: Path) -> None:
    with pytest.raises(DlintError, match="no such folder"):
        open_clone(tmp_path / "none")
    with pytest.raises(DlintError, match="not in a git repository"):
        open_clone(tmp_path)
    git(tmp_path, "init", "-q")
    with pytest.raises(DlintError, match="no commits yet"):
        open_clone(tmp_path)


def test_the_origin_has_no_password(clone: Path) -> None:
    git(clone, "remote", "add", "origin", "https://user:secret@host.test/team/app.git")
    assert open_clone(clone).origin == "https://host.test/team/app.git"


def test_nothing_of_a_repository_runs(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "mark"
    program = tmp_path / "program"
    program.write_text(GREEDY.format(mark=mark))
    program.chmod(0o755)
    commit(clone, "hostile", {".gitattributes": "* filter=own\n* diff=own\n"})
    for key in ("filter.own.smudge", "filter.own.clean", "core.fsmonitor", "core.sshCommand"):
        git(clone, "config", key, str(program))
    git(clone, "config", "core.hooksPath", str(tmp_path / "hooks"))
    for folder in (tmp_path / "hooks", clone / ".git/hooks"):
        folder.mkdir(exist_ok=True)
        for name in ("post-checkout", "post-index-change", "reference-transaction"):
            (folder / name).write_text(GREEDY.format(mark=mark))
            (folder / name).chmod(0o755)
    # settings of the user's own, which the attributes of the commit name
    own = tmp_path / "gitconfig"
    own.write_text(f'[filter "own"]\n\tsmudge = {program}\n[init]\n\ttemplateDir = {tmp_path}\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(own))
    with laid_out(open_clone(clone)) as space:
        assert "app" in listed(space.root)
    assert not mark.exists()


def test_links_lead_nowhere_and_submodules_stay_empty(clone: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (clone / "out").symlink_to(tmp_path / "secret")
    identity = "1" * 40
    git(clone, "update-index", "--add", "--cacheinfo", f"160000,{identity},module")
    (clone / ".gitmodules").write_text('[submodule "module"]\n\tpath = module\n\turl = ./x\n')
    git(clone, "add", "out", ".gitmodules")
    git(clone, "commit", "-q", "-m", "links")
    with laid_out(open_clone(clone)) as space:
        assert (space.root / "out").is_symlink()
        assert not list((space.root / "module").glob("*"))
    assert (tmp_path / "secret").read_text() == "secret"


def test_a_tree_cannot_write_outside_or_into_git(clone: Path) -> None:
    """Git itself refuses such names; a tree that has them is told."""
    blob = git(clone, "rev-parse", "HEAD:app")
    for name in ("..", ".git"):
        entry = f"100644 blob {blob}\t{name}\n"
        made = subprocess.run(
            ["git", "-C", clone, "mktree"],
            input=entry,
            text=True,
            capture_output=True,
            check=True,
            env=ENVIRONMENT,
        ).stdout.strip()
        bad = git(clone, "commit-tree", "-m", "bad", made)
        git(clone, "update-ref", "HEAD", bad)
        with pytest.raises(DlintError, match="invalid path"), laid_out(open_clone(clone)):
            pass
