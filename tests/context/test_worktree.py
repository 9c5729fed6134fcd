from __future__ import annotations

import os
import shutil
import socket
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from dlint.context import EmptyContext, open_worktree
from dlint.errors import DlintError

if TYPE_CHECKING:
    from pathlib import Path


def write(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)


def test_the_order_is_that_of_the_builders_walk(tmp_path: Path) -> None:
    write(tmp_path, "a/z", "a-b", "a.d/x", "B", "é", "a/b/c")
    assert list(open_worktree(tmp_path).entries) == [
        "B",
        "a",
        "a/b",
        "a/b/c",
        "a/z",
        "a-b",
        "a.d",
        "a.d/x",
        "é",
    ]


def test_names_that_are_no_utf8_are_kept(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9")).write_bytes(b"x")
    context = open_worktree(tmp_path)
    (name,) = context.entries
    assert name.encode("utf-8", "surrogateescape") == b"caf\xe9"
    assert context.read(name) == b"x"


def test_facts(tmp_path: Path) -> None:
    write(tmp_path, "file")
    os.utime(tmp_path / "file", (-1.5, -1.5))
    (tmp_path / "file").chmod(0o4750)
    (tmp_path / "folder").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "up").symlink_to("..")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.fspath(tmp_path / "socket"))
    entries = open_worktree(tmp_path).entries
    assert {path: entry.kind for path, entry in entries.items()} == {
        "file": "file",
        "folder": "dir",
        "link": "symlink",
        "loop": "symlink",
        "pipe": "special",
        "socket": "special",
        "up": "symlink",
    }
    assert (entries["file"].mode, entries["file"].size, entries["file"].mtime) == (0o4750, 4, -2)
    assert (entries["folder"].mode, entries["folder"].size) == (0o700, 0)
    assert entries["link"].target == "nowhere"


def test_the_names_of_one_file_say_so(tmp_path: Path) -> None:
    write(tmp_path, "a", "b")
    os.link(tmp_path / "a", tmp_path / "c")
    entries = open_worktree(tmp_path).entries
    assert entries["a"].inode == entries["c"].inode != 0
    assert entries["b"].inode == 0


def test_what_is_left_out_is_not_walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "node_modules/a/b", "src/x", "docs/a/b", "docs/keep/c", ".dockerignore")
    (tmp_path / ".dockerignore").write_text("node_modules\ndocs\n!docs/keep\n")
    seen = []
    scan = os.scandir
    monkeypatch.setattr(
        os,
        "scandir",
        lambda path: (seen.append(os.path.relpath(path, os.fsencode(tmp_path))), scan(path))[1],
    )
    context = open_worktree(tmp_path)
    assert list(context.entries) == [
        ".dockerignore",
        "docs",
        "docs/keep",
        "docs/keep/c",
        "src",
        "src/x",
    ]
    assert sorted(seen) == [b".", b"docs", b"docs/keep", b"src"]
    assert "node_modules/a/b" in [entry.path for entry in context.everything()]
    assert context.ignored("docs/a/b")
    assert not context.ignored("docs/keep/c")


def test_the_dockerfiles_own_ignore_file_holds(tmp_path: Path) -> None:
    write(tmp_path, "a", "b", "build/web.Dockerfile")
    (tmp_path / ".dockerignore").write_text("a\n")
    (tmp_path / "build" / "web.Dockerfile.dockerignore").write_text("b\nbuild\n")
    assert list(open_worktree(tmp_path, tmp_path / "build" / "web.Dockerfile").entries) == [
        ".dockerignore",
        "a",
    ]
    assert list(open_worktree(tmp_path, tmp_path / "build" / "other").entries)[1] == "b"


def test_what_stands_below_a_folder(tmp_path: Path) -> None:
    write(tmp_path, "a/b/c", "a/d", "a-b/x", "e")
    context = open_worktree(tmp_path)
    assert [entry.path for entry in context.below("a")] == ["a/b", "a/b/c", "a/d"]
    assert [entry.path for entry in context.below("")] == list(context.entries)
    assert list(context.below("e")) == []


@pytest.mark.parametrize("folder", ["", "a", "a-b", "a.d", "a/b", "é", "é/e", "z"])
def test_what_is_below_a_folder_is_all_that_its_path_begins(tmp_path: Path, folder: str) -> None:
    write(tmp_path, "a/z", "a-b/x", "a.d/x", "a/b/c", "a/b-c", "a/b.c/d", "é/e/x", "éa/x", "z/z")
    context = open_worktree(tmp_path)
    above = f"{folder}/" if folder else ""
    expected = [path for path in context.entries if path.startswith(above)]
    assert [entry.path for entry in context.below(folder)] == expected


def test_a_content_id_is_gits(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"hello\n")
    (tmp_path / "link").symlink_to("file")
    context = open_worktree(tmp_path)
    assert (
        context.content_id("file") == "ce013625030ba8dba906f756967f9e9ca394464a"
    )  # git hash-object file
    assert context.content_id("link") != context.content_id("file")


def test_errors_name_the_path(tmp_path: Path) -> None:
    with pytest.raises(DlintError, match="no such folder"):
        open_worktree(tmp_path / "missing")
    write(tmp_path, "folder/file")
    (tmp_path / "link").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe")
    context = open_worktree(tmp_path)
    for path in ("missing", "folder", "link", "pipe"):
        with pytest.raises(DlintError, match=f"{tmp_path / path}: "):
            context.open(path)
    with pytest.raises(DlintError, match="no build context"):
        EmptyContext().read("file")


def test_a_folder_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "closed/file", "open")
    scan = os.scandir

    def refuse(path: bytes) -> object:
        if path.endswith(b"closed"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(DlintError, match="closed: cannot be read: Permission denied"):
        _ = open_worktree(tmp_path).entries
    (tmp_path / ".dockerignore").write_text("closed\n")
    assert list(open_worktree(tmp_path).entries) == [".dockerignore", "open"]


def test_a_folder_that_vanishes_during_the_walk_is_empty(tmp_path: Path) -> None:
    write(tmp_path, "folder/file", "rest")
    walk = open_worktree(tmp_path)._walk()
    assert next(walk).path == "folder"
    shutil.rmtree(tmp_path / "folder")
    assert [entry.path for entry in walk] == ["rest"]


def test_a_file_that_vanishes_during_the_walk_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "gone", "rest")
    entries = sorted(os.scandir(os.fsencode(tmp_path)), key=lambda entry: entry.name)
    (tmp_path / "gone").unlink()
    monkeypatch.setattr(os, "scandir", lambda _: nullcontext(entries))
    assert list(open_worktree(tmp_path).entries) == ["rest"]


def test_nothing_is_read_before_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "scandir", lambda path: pytest.fail(f"{path!r} was read"))
    open_worktree(tmp_path)


def test_a_file_of_a_terabyte_is_named_and_not_read(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(DlintError, match=r"sparse: is larger than the 68\.7 GB that dlint reads"):
        open_worktree(tmp_path).content_id("sparse")


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 7000000\n"


@pytest.mark.parametrize(
    ("attributes", "content", "size"),
    [
        ("*.whl filter=lfs diff=lfs merge=lfs -text\n", POINTER, 7_000_000),
        ("*.whl filter=lfs diff=lfs merge=lfs -text\n", "size 7\n", 7),
        ("*.whl -text\n", POINTER, len(POINTER)),
    ],
)
@pytest.mark.parametrize(
    "places", [("", ""), ("engine", ""), ("engine", "engine"), ("engine/web", "engine")]
)
def test_a_pointer_of_git_lfs_counts_as_the_file_that_it_stands_for(
    tmp_path: Path, attributes: str, content: str, size: int, places: tuple[str, str]
) -> None:
    folder, place = places
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / ".git/objects").mkdir()
    (tmp_path / ".git/refs").mkdir()
    root = tmp_path / folder
    root.mkdir(parents=True, exist_ok=True)
    (tmp_path / place / ".gitattributes").write_text(attributes)
    (root / "a.whl").write_text(content)
    entry = open_worktree(root).entries["a.whl"]
    assert (entry.size, entry.opaque) == (size, size == 7_000_000)
