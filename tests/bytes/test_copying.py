from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from dlint.bytes.copying import Flags, select
from dlint.bytes.wildcards import is_wild, matches
from dlint.context import EmptyContext, open_worktree
from dlint.errors import DlintError

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.bytes.copying import Selection

FILES = ("file", "other", "dir/a", "dir/x.txt", "dir/y.txt", "dir/sub/b", "one/z.txt", "deep/one/c")
LINKS = {
    "to-file": "file",
    "to-dir": "dir/sub",
    "gone": "missing",
    "loop": "loop",
    "dir/up": "../file",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path in FILES:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    for name, target in LINKS.items():
        (tmp_path / name).symlink_to(target)
    return tmp_path


def take(root: Path, sources: str, destination: str = "/new/", **flags: object) -> Selection:
    return select(open_worktree(root), sources.split(), destination, flags=Flags(**flags))


def landed(selection: Selection) -> str:
    """Return what lands where; a folder whose time is the build's stands in brackets."""
    paths = {each.path: each.path for each in selection.entries} | {
        path: f"[{path}]" for path in selection.parents
    }
    return " ".join(paths[path] for path in sorted(paths, key=lambda path: path.split("/")))


# what BuildKit 0.26 makes of them
PARENTS = [
    ("file dir/sub/b", "", "[new] [new/dir] [new/dir/sub] new/dir/sub/b new/file"),
    ("one", "", "[new] new/one new/one/z.txt"),
    ("dir/sub", "", "[new] [new/dir] new/dir/sub new/dir/sub/b"),
    ("./dir/sub/b", "", "[new] [new/dir] [new/dir/sub] new/dir/sub/b"),
    ("dir/./sub/b", "", "[new] [new/sub] new/sub/b"),
    ("dir/./sub", "", "[new] new/sub new/sub/b"),
    ("dir/*.txt", "", "[new] [new/dir] new/dir/x.txt new/dir/y.txt"),
    ("*/*.txt", "", "[new] [new/dir] new/dir/x.txt new/dir/y.txt [new/one] new/one/z.txt"),
    ("**/z.txt", "", "[new] [new/one] new/one/z.txt"),
    ("missing*", "", "[new]"),
    ("to-file to-dir", "", "[new] new/to-dir new/to-file"),
    ("dir/./*.txt", "", "[new] new/x.txt new/y.txt"),
    ("one", "*.txt", "[new] new/one new/one/z.txt"),
]
EXCLUDES = [
    ("dir", ["*.txt"], "new new/a new/sub new/sub/b new/up"),
    ("dir", ["sub"], "new new/a new/up new/x.txt new/y.txt"),
    ("dir", ["sub/b"], "new new/a new/sub new/up new/x.txt new/y.txt"),
    ("dir", ["*"], "new"),
    ("file other", ["file"], "[new] new/file new/other"),
    ("dir/*.txt", ["*.txt"], "[new] new/x.txt new/y.txt"),
    (".", ["**"], "new"),
    ("dir", ["*", "!sub/b"], "new [new/sub] new/sub/b"),
]


@pytest.mark.parametrize(("sources", "exclude", "expected"), PARENTS)
def test_parents(root: Path, sources: str, exclude: str, expected: str) -> None:
    excludes = (exclude,) if exclude else ()
    assert landed(take(root, sources, parents=True, excludes=excludes)) == expected


@pytest.mark.parametrize(("sources", "excludes", "expected"), EXCLUDES)
def test_excludes(root: Path, sources: str, excludes: list[str], expected: str) -> None:
    assert landed(take(root, sources, excludes=tuple(excludes))) == expected


@pytest.mark.parametrize(
    ("source", "flags"),
    [
        ("missing", {}),
        ("gone", {}),
        ("gon*", {}),
        ("loop", {}),
        ("dir/missing", {}),
        ("missing", {"parents": True}),
        ("to-dir/b", {"parents": True}),
        ("to-dir/./b", {"parents": True}),
    ],
)
def test_what_is_not_there_fails_the_build(root: Path, source: str, flags: dict[str, bool]) -> None:
    selection = take(root, source, **flags)
    assert selection.failures == (f"{source}: not in the build context",)
    assert selection.diff_id is None


def test_a_bad_exclude_fails_the_build(root: Path) -> None:
    (failure,) = take(root, "dir", excludes=("[",)).failures
    assert "syntax error in pattern" in failure


def test_a_wildcards_several_files_go_into_a_folder(root: Path) -> None:
    several, one = take(root, "dir/*.txt", "/app"), take(root, "dir/x*", "/app")
    assert landed(several) == "[app] app/x.txt app/y.txt"
    assert landed(one) == "app"


def test_a_wildcard_that_takes_nothing_fails_nothing(root: Path) -> None:
    selection = take(root, "missing* file", "/new")
    assert landed(selection) == "new"
    assert selection.unmatched == ("missing*",)
    assert not selection.failures


def test_without_a_context_nothing_is_there() -> None:
    assert select(EmptyContext(), ["file"], "/").failures


@pytest.mark.parametrize(
    ("sources", "destination", "workdir", "has", "path", "created", "stable"),
    [
        ("file", "/new", "/", [], "new", (), True),
        ("file", "new", "/work", ["/work"], "work/new", (), False),
        ("file", ".", "/work", ["/work"], "work/file", (), False),
        ("file", "", "/work", [], "work/file", ("work",), False),
        ("file", "./in/", "/work", ["/work"], "work/in/file", ("work/in",), False),
        ("file", "/new", "/", ["/new"], "new/file", (), False),
        ("file", "../new", "/work", [], "new", (), True),
        ("to-file", "/", "/", [], "to-file", (), True),
        ("../../file", "/new", "/", [], "new", (), True),
    ],
)
def test_where_a_file_lands(  # noqa: PLR0913, PLR0917  one column each
    root: Path,
    sources: str,
    destination: str,
    workdir: str,
    has: list[str],
    path: str,
    created: tuple[str, ...],
    stable: bool,  # noqa: FBT001  a column
) -> None:
    selection = select(
        open_worktree(root),
        [sources],
        destination,
        workdir=workdir,
        has=lambda place: place in {"/", *has},
    )
    assert [each.path for each in selection.entries] == [path]
    assert selection.created == created
    assert selection.stable == stable


def test_the_root_of_the_context_gives_its_folder_a_time_that_stays_but_nobody_knows(
    root: Path,
) -> None:
    assert take(root, ".", "/new").stable
    assert take(root, ".", "/new").diff_id is None
    assert take(root, "dir", "/new").stable
    assert take(root, "dir", "/new").diff_id is not None


@pytest.mark.parametrize(
    ("chown", "owner"),
    [
        (None, (0, 0)),
        ("10:20", (10, 20)),
        ("10", (10, 10)),
        ("root", (0, 0)),
        ("root:app", (0, None)),
        ("app:0", (None, 0)),
        ("app", (None, None)),
    ],
)
def test_owners(root: Path, chown: str | None, owner: tuple[int | None, int | None]) -> None:
    (only,) = take(root, "file", "/new", chown=chown).entries
    assert (only.uid, only.gid) == owner


def test_a_mode_that_depends_on_the_builder_is_not_known(root: Path) -> None:
    assert [each.mode for each in take(root, "one", "/new", chmod="0640").entries] == [None, 0o640]
    assert [each.mode for each in take(root, "one", "/new", chmod="go-r").entries] == [None, None]
    assert take(root, "to-*", "/", chmod="600").entries[0].mode == 0o600
    assert take(root, "dir/u*", "/new", chmod="600", parents=True).entries[0].mode == 0o777


def test_the_paths_that_decide_the_content(root: Path) -> None:
    assert take(root, "to-dir dir/*.txt").sources == ("dir/sub/b", "dir/x.txt", "dir/y.txt")


def pack(root: Path, name: str, *members: str) -> None:
    with tarfile.open(root / name, "w:gz") as archive:
        for member in members:
            info = tarfile.TarInfo(member)
            info.size = len(member)
            archive.addfile(info, io.BytesIO(member.encode()))


def test_add_unpacks_an_archive_whatever_its_name(root: Path) -> None:
    pack(root, "bundle", "a", "made/b")
    selection = take(root, "bundle", "/new", unpack=True)
    assert selection.archives == {"bundle": "new"}
    assert selection.sources == ("bundle",)
    assert [item.member.path for item in selection.items] == [
        "new",
        "new/a",
        "new/made",
        "new/made/b",
    ]
    assert not selection.stable
    assert landed(take(root, "bundle", "/new")) == "new"


def test_a_whole_file_system_is_stable(root: Path) -> None:
    pack(root, "rootfs.tgz", "a", "b")
    selection = take(root, "rootfs.tgz", "/", unpack=True)
    assert selection.stable
    assert selection.diff_id


def test_a_broken_archive_is_told(root: Path) -> None:
    pack(root, "a.tgz", *(f"{number}" * 50 for number in range(500)))
    (root / "a.tgz").write_bytes((root / "a.tgz").read_bytes()[:-200])
    with pytest.raises(DlintError, match=r"a\.tgz: broken archive"):
        _ = take(root, "a.tgz", "/", unpack=True).items


def test_zstd_is_not_looked_into(root: Path) -> None:
    (root / "a.tar.zst").write_bytes(b"\x28\xb5\x2f\xfd" + bytes(100))
    selection = take(root, "a.tar.zst", "/", unpack=True)
    assert selection.archives
    assert (selection.items, selection.tar_bytes, selection.diff_id, selection.gzip_bytes) == (
        None,
        None,
        None,
        None,
    )


# the cases of Go's own documentation and tests that other matchers answer otherwise
WILDCARDS = [
    ("*", "a/b", False),
    ("a*/b", "abc/b", True),
    ("a?b", "a/b", False),
    ("a?b", "a☺b", True),
    ("[é-ö]", "í", True),
    ("[^a]", "b", True),
    ("[!a]", "b", False),
    ("[!a]", "!", True),
    ("[\\]a]", "]", True),
    ("[]a]", "]", False),
    ("[-]", "-", False),
    ("[x-]", "x", False),
    ("[z-a]", "m", False),
    ("a\\*", "a*", True),
    ("a\\*", "ab", False),
    ("a\\", "a", False),
    ("a[", "a", False),
    ("{a,b}", "a", False),
    ("**", "a/b", False),
    ("*a*b*c", "xaybzc", True),
    ("*a*b*c", "xbac", False),
    ("*a" * 30, "a" * 300, True),
    ("*a" * 30 + "b", "a" * 300, False),
]


@pytest.mark.parametrize(("pattern", "path", "taken"), WILDCARDS)
def test_wildcards(pattern: str, path: str, taken: bool) -> None:  # noqa: FBT001  a column
    assert matches(pattern, path) == taken


def test_a_backslash_takes_a_wildcard_back() -> None:
    assert is_wild("a\\\\*")
    assert not is_wild("a\\*\\?")
