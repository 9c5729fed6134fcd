"""A git revision as a build context, and what git tells of a working tree."""

import gc
import os
import subprocess
import weakref
from pathlib import Path

import pytest

from dlint.bytes.copying import select
from dlint.context import open_revision, open_worktree
from dlint.context.git import git as ask
from dlint.context.repositories import find_repository
from dlint.errors import DlintError

QUIET = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com",
}


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(root), *arguments],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **QUIET},
    )
    return done.stdout.strip()


@pytest.fixture
def root(tmp_path):
    umask = os.umask(0o022)
    yield laid(tmp_path)
    os.umask(umask)


def laid(tmp_path):
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text("print(1)\n")
    (tmp_path / "app" / "run.sh").write_text("#!/bin/sh\n")
    (tmp_path / "app" / "run.sh").chmod(0o755)
    (tmp_path / "app" / "link").symlink_to("main.py")
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / ".dockerignore").write_text("*.txt\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "one")
    return tmp_path


def commit(root: Path, message: str = "next") -> str:
    git(root, "add", "-A")
    git(root, "commit", "-qm", message)
    return git(root, "rev-parse", "HEAD")


def test_tree_of_a_commit_is_what_a_checkout_holds(root):
    repository = find_repository(root)
    entries = open_revision(repository, repository.resolve("HEAD")).entries
    assert list(entries) == [
        ".dockerignore",
        ".git",
        "app",
        "app/link",
        "app/main.py",
        "app/run.sh",
    ]
    assert (entries["app/main.py"].mode, entries["app/main.py"].size) == (0o644, 9)
    assert entries["app/run.sh"].mode == 0o755
    assert (entries["app/link"].kind, entries["app/link"].target) == ("symlink", "main.py")


def test_content_ids_agree_with_those_of_the_working_tree(root):
    repository = find_repository(root)
    then, now = open_revision(repository, repository.resolve("HEAD")), open_worktree(root)
    for path in ("app/main.py", "app/link", "app/run.sh"):
        assert then.content_id(path) == now.content_id(path)
    assert then.read("app/main.py") == b"print(1)\n"


def test_git_folder_differs_between_commits_and_is_left_out_of_a_subfolder(root):
    first = git(root, "rev-parse", "HEAD")
    (root / "app" / "main.py").write_text("print(2)\n")
    second = commit(root)
    repository = find_repository(root)
    ids = {open_revision(repository, each).content_id(".git") for each in (first, second)}
    assert len(ids) == 2
    assert ".git" not in open_revision(repository, second, "app").entries


def test_older_revision_is_read_without_touching_the_working_tree(root):
    first = git(root, "rev-parse", "HEAD")
    (root / "app" / "main.py").write_text("changed")
    commit(root)
    repository = find_repository(root)
    assert open_revision(repository, first, "app").read("main.py") == b"print(1)\n"
    assert (root / "app" / "main.py").read_text() == "changed"


def test_own_ignore_file_of_a_dockerfile_goes_first(root):
    (root / "app" / "Dockerfile").write_text("FROM scratch\n")
    (root / "app" / "Dockerfile.dockerignore").write_text("*.py\n")
    commit(root)
    repository = find_repository(root)
    entries = open_revision(repository, repository.resolve("HEAD"), "", "app/Dockerfile").entries
    assert "notes.txt" in entries
    assert open_revision(
        repository, repository.resolve("HEAD"), "app", "app/Dockerfile"
    ).entries.keys() == {
        "Dockerfile",
        "Dockerfile.dockerignore",
        "link",
        "run.sh",
    }


def test_what_is_kept_of_its_files_keeps_no_revision(root):
    repository = find_repository(root)
    revision = open_revision(repository, repository.resolve("HEAD"), "app")
    items = select(revision, ["."], "/srv/").items
    path = next(item.path for item in items if item.path.endswith("main.py"))
    gone = weakref.ref(revision)
    del revision, items
    gc.collect()
    assert gone() is None
    kept = {item.path: item for item in repository.made.values()}
    assert kept[path].content.open().read() == b"print(1)\n"


def test_permissions_are_those_of_this_checkout(root):
    for path in ("app/main.py", "notes.txt", ".dockerignore"):
        (root / path).chmod(0o664)
    repository = find_repository(root)
    entries = open_revision(repository, repository.resolve("HEAD")).entries
    assert [entries[path].mode for path in ("app/main.py", "app/run.sh", "app")] == [
        0o664,
        0o775,
        0o775,
    ]


def test_git_folder_is_as_large_as_the_objects(root):
    repository = find_repository(root)
    entry = open_revision(repository, repository.resolve("HEAD")).entries[".git"]
    assert entry.opaque
    assert 1024 <= entry.size < 1 << 20


def test_partial_clone_is_not_completed(root, tmp_path_factory):
    git(root, "config", "uploadpack.allowFilter", "true")
    place = tmp_path_factory.mktemp("clone")
    git(place, "clone", "-q", "--no-checkout", "--filter=blob:none", root.as_uri(), "partial")
    repository = find_repository(place / "partial")
    with pytest.raises(DlintError, match="is missing"):
        _ = open_revision(repository, repository.resolve("HEAD")).entries
    assert git(place / "partial", "count-objects").startswith("0 objects")


def test_without_git_nothing_is_known(root, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert find_repository(root) is None


def test_missing_object_leaves_the_others_readable(root):
    blob = git(root, "rev-parse", "HEAD:app/main.py")
    (root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    repository = find_repository(root)
    context = open_revision(repository, repository.resolve("HEAD"))
    with pytest.raises(DlintError, match="is missing"):
        context.read("app/main.py")
    assert context.read("notes.txt") == b"x"
    other = git(root, "rev-parse", "HEAD:notes.txt")
    assert repository.sizes([other])[other] == 1


def test_folder_that_two_commits_share_is_walked_once(root, monkeypatch):
    first = git(root, "rev-parse", "HEAD")
    (root / "top").write_text("new")
    second = commit(root)
    repository = find_repository(root)
    before = open_revision(repository, first).entries
    asked = []
    tree = repository.tree
    monkeypatch.setattr(
        repository, "tree", lambda identity: asked.append(identity) or tree(identity)
    )
    after = open_revision(repository, second).entries
    assert git(root, "rev-parse", "HEAD:app") not in asked
    assert after["app/main.py"] == before["app/main.py"]
    assert set(after) - set(before) == {"top"}


def test_a_path_is_looked_up_without_all_others(root):
    (root / "app" / "deep").mkdir(parents=True, exist_ok=True)
    (root / "app" / "deep" / "kept.py").write_text("x = 1\n")
    (root / "app" / "deep" / "gone.tmp").write_text("")
    (root / "only").mkdir()
    (root / "only" / "gone.tmp").write_text("")
    (root / ".dockerignore").write_text("**/*.tmp\napp/deep\n!app/deep/kept.py\nonly\n")
    last = commit(root)
    repository = find_repository(root)
    every = dict(open_revision(repository, last).entries.items())
    entries = open_revision(repository, last).entries
    assert [*entries] == [*every]
    assert "app/deep/kept.py" in every
    for path, entry in every.items():
        assert entries[path] == entry
    for path in ("", "app/", "app/deep/gone.tmp", "only", "only/gone.tmp", "nothing/there", "/app"):
        assert path not in entries
        assert entries.get(path) is None
        assert path not in every


def test_unknown_revision_and_missing_folder_are_clear_errors(root):
    repository = find_repository(root)
    with pytest.raises(DlintError, match="'nowhere' is not a commit"):
        repository.resolve("nowhere")
    with pytest.raises(DlintError, match="no folder 'missing'"):
        open_revision(repository, repository.resolve("HEAD"), "missing")


@pytest.mark.parametrize(("depth", "hint"), [(["--depth=1"], "git fetch --deepen=N"), ([], "")])
def test_a_shallow_clone_may_be_why_a_commit_is_missing(root, tmp_path, depth, hint):
    git(root, "clone", "-q", *depth, root.as_uri(), str(tmp_path / "clone"))
    with pytest.raises(DlintError) as told:
        find_repository(tmp_path / "clone").resolve("HEAD~20")
    assert hint in told.value.hint
    assert bool(told.value.hint) == bool(hint)


def test_revision_that_looks_like_an_option_is_none(root):
    with pytest.raises(DlintError, match="is not a commit"):
        find_repository(root).resolve("--all")


@pytest.mark.parametrize(("path", "lacking"), [("HEAD:app/main.py", True), ("HEAD:app", None)])
def test_file_that_is_missing_is_known_by_its_id_and_a_folder_is_an_error(root, path, lacking):
    identity = git(root, "rev-parse", path)
    (root / ".git" / "objects" / identity[:2] / identity[2:]).unlink()
    repository = find_repository(root)
    context = open_revision(repository, repository.resolve("HEAD"))
    if lacking is None:
        with pytest.raises(DlintError, match="is missing"):
            _ = context.entries
        return
    entry = context.entries["app/main.py"]
    assert (entry.lacking, entry.identity, entry.size) == (True, identity, 0)


def test_submodule_is_an_opaque_folder(root):
    head = git(root, "rev-parse", "HEAD")
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{head},lib")
    git(root, "commit", "-qm", "module")
    repository = find_repository(root)
    entry = open_revision(repository, repository.resolve("HEAD")).entries["lib"]
    assert (entry.kind, entry.opaque) == ("dir", True)


def test_names_that_are_not_utf8_are_kept(root):
    name = os.fsdecode(b"caf\xe9")
    (root / name).write_text("x")
    commit(root)
    repository = find_repository(root)
    assert name in open_revision(repository, repository.resolve("HEAD")).entries


def test_no_program_that_the_repository_names_is_run(root):
    marker = root / "ran"
    program = root / "program.sh"
    program.write_text(f"#!/bin/sh\ntouch {marker}\ncat\n")
    program.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "core.pager",
        "diff.external",
        "diff.x.textconv",
        "filter.x.clean",
        "filter.x.process",
        "filter.x.smudge",
        "core.sshCommand",
    ):
        git(root, "config", key, str(program))
    (root / ".gitattributes").write_text("*.py diff=x filter=x\n")
    (root / "app" / "main.py").write_text(
        "print(1)\n"
    )  # git cannot tell by its time that it is the same
    repository = find_repository(root)
    repository.changed_since("HEAD")
    repository.changes(5)
    repository.tracked()
    _ = open_revision(repository, repository.resolve("HEAD")).read("app/main.py")
    assert not marker.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GIT_LITERAL_PATHSPECS", "1"),
        ("GIT_DIR", "/nowhere"),
        ("GIT_COMMON_DIR", "/nowhere"),
        ("GIT_OBJECT_DIRECTORY", "/nowhere"),
        ("GIT_SHALLOW_FILE", "/nowhere"),
    ],
)
def test_no_variable_of_another_repository_leads_elsewhere(root, monkeypatch, name, value):
    (root / "app" / "main.py").write_text("print(2)\n")
    commit(root)
    monkeypatch.setenv(name, value)
    repository = find_repository(root)
    assert len(repository.log("HEAD", 9, ["app/main.py"])) == 2
    assert not repository.changed_since("HEAD", "app/main.py")


def test_settings_of_a_repository_do_not_change_what_git_says(root):
    for key, value in {
        "i18n.logOutputEncoding": "UTF-16",
        "color.ui": "always",
        "format.pretty": "oneline",
        "log.follow": "true",
        "log.diffMerges": "combined",
        "diff.renames": "copies",
        "diff.mnemonicPrefix": "true",
    }.items():
        git(root, "config", key, value)
    git(root, "mv", "app/main.py", "app/more.py")
    commit(root, "caf\u00e9")
    repository = find_repository(root)
    assert [each.subject for each in repository.log("HEAD", 1, [""])] == ["caf\u00e9"]
    assert repository.changes(1) == [{"app/main.py", "app/more.py"}]


def test_the_users_own_settings_hold_besides_those_that_keep_filters_off(root, monkeypatch):
    """A container's git may be told by them that a repository of another user is safe."""
    for name, text in {"COUNT": "1", "KEY_0": "a.b", "VALUE_0": "theirs"}.items():
        monkeypatch.setenv(f"GIT_CONFIG_{name}", text)
    assert ask(root, "config", "--get-all", "a.b", settings={"a.b": "ours"}) == b"theirs\nours\n"


def test_working_tree_facts(root):
    repository = find_repository(root)
    assert not repository.changed_since("HEAD")
    (root / "app" / "new.py").write_text("x")
    assert repository.changed_since("HEAD")
    assert repository.changed_since("HEAD", "app")
    (root / ".gitignore").write_text("*.log\n")
    assert repository.ignored(["a.log", "app/main.py"]) == {"a.log"}
    assert find_repository(root / "app").tracked() == {"link", "main.py", "run.sh"}


@pytest.mark.parametrize("ignore", ["", "app\n!app/old/deep\n", "app/old/*\n!app/old/deep\n"])
def test_what_stands_below_a_folder_is_found_without_a_table_of_all(root, ignore):
    (root / "app" / "old" / "deep").mkdir(parents=True)
    for name in ("app/old/deep/a.py", "app/old/b.py", "app/old.py", "app/z.py"):
        (root / name).write_text("")
    (root / ".dockerignore").write_text(ignore)
    context = open_revision(find_repository(root), commit(root))
    every = [each.path for each in context.below("")]
    for path in ("app", "app/old", "app/old/deep", "app/old/b.py", "app/old.py", "none"):
        found = [each.path for each in context.below(path)]
        assert found == [each for each in every if each.startswith(f"{path}/")]
    assert "_whole" not in vars(context.entries)
    assert every == [*context.entries]
    assert "app/old/deep/a.py" in every


def test_git_is_asked_once_whether_a_path_is_ignored(root, monkeypatch):
    (root / ".gitignore").write_text("*.log\n")
    repository = find_repository(root)
    asked = []
    monkeypatch.setattr(
        "dlint.context.git.git",
        lambda *words, **more: asked.append(words[1]) or ask(*words, **more),
    )
    assert repository.ignored(["a.log", "app/main.py", ""]) == {"a.log"}
    assert repository.ignored(["app/main.py", "a.log"]) == {"a.log"}
    assert not repository.ignored(["app/main.py"])
    assert asked == ["check-ignore"]
    assert repository.ignored(["b.log", "a.log"]) == {"a.log", "b.log"}
    assert asked == ["check-ignore"] * 2


def test_all_that_was_deleted_is_found_by_one_look_at_the_log(root, monkeypatch):
    (root / "app" / "old" / "deep").mkdir(parents=True)
    for name in ("app/old/deep/a.py", "app/gone.py", "app/kept.py"):
        (root / name).write_text("")
    commit(root)
    for name in ("app/old/deep/a.py", "app/gone.py"):
        (root / name).unlink()
        commit(root)
    asked = []
    monkeypatch.setattr(
        "dlint.context.git.git",
        lambda *words, **more: asked.append(words[1]) or ask(*words, **more),
    )
    wanted = ["old", "old/deep/a.py", "gone.py", "gone", "kept.py", "never.py"]
    repository = find_repository(root / "app")
    assert repository.deleted(wanted) == {"old", "old/deep/a.py", "gone.py"}
    assert asked == ["log"]
    assert not repository.deleted([])
    assert asked == ["log"]


def test_changes_are_newest_first_and_relative_to_the_folder(root):
    (root / "app" / "main.py").write_text("print(2)\n")
    (root / "notes.txt").write_text("y")
    commit(root)
    (root / "notes.txt").write_text("z")
    commit(root)
    assert find_repository(root).changes(10)[0] == {"notes.txt"}
    assert find_repository(root / "app").changes(10) == [{"main.py"}, {"link", "main.py", "run.sh"}]


def test_folder_outside_any_repository_has_none(tmp_path):
    assert find_repository(tmp_path) is None
