from __future__ import annotations

import hashlib
import io
import tarfile

import pytest
from hypothesis import given, strategies as st

from dlint.bytes.tar import Member, diff_id, header, member_bytes, tar_bytes, tar_stream
from dlint.context.base import walk_key
from dlint.errors import DlintError

CONTENT = {"etc/hello": b"Hello\n", "big": b"x" * 1000}
LAYER = [
    Member("big", "file", 0o644, size=1000, mtime=1600000000),
    Member("etc", "dir", 0o755, mtime=1600000000),
    Member("etc/hello", "file", 0o4755, 1000, 1000, 6, 1600000001),
    Member("etc/link", "symlink", 0o777, mtime=1600000000, target="hello"),
    Member("etc/same", "link", 0o4755, 1000, 1000, 0, 1600000001, "etc/hello"),
]


def read(member: Member) -> io.BytesIO:
    return io.BytesIO(CONTENT[member.path])


def test_the_size_is_known_without_the_content() -> None:
    data = b"".join(tar_stream(LAYER, read))
    assert tar_bytes(LAYER) == len(data) == 1024 + 5 * 512 + 512 + 1024


def test_the_diff_id_is_the_digest_of_the_stream() -> None:
    data = b"".join(tar_stream(LAYER, read))
    assert diff_id(LAYER, read) == f"sha256:{hashlib.sha256(data).hexdigest()}"


def test_a_file_that_changes_underway_is_told() -> None:
    now = {"etc/hello": b"Hell", "big": CONTENT["big"]}
    with pytest.raises(DlintError, match="etc/hello: changed while it was read"):
        diff_id(LAYER, lambda member: io.BytesIO(now[member.path]))


def test_the_order_is_that_of_a_walk() -> None:
    paths = ["b", "é", "a.d/x", "a-b", "a/z", "\udcff", "a", "a.d"]
    assert sorted(paths, key=walk_key) == [
        "a", "a/z", "a-b", "a.d", "a.d/x", "b", "é", "\udcff",
    ]  # fmt: skip


# blocks of 512 bytes that the headers of one member take, each tried on Docker 26.1.5
BLOCKS = [
    ("100 characters fit", Member("n" * 100, "file"), 1),
    ("of a folder 99, for its slash", Member("n" * 99, "dir"), 1),
    ("of a folder no 100", Member("n" * 100, "dir"), 3),
    ("a longer name is divided at a slash", Member("d" * 60 + "/" + "n" * 90, "file"), 1),
    ("where there is one", Member("n" * 101, "file"), 3),
    ("that leaves both parts short enough", Member("d" * 20 + "/" + "n" * 101, "file"), 3),
    ("up to 155 before it", Member("d" * 155 + "/" + "n" * 100, "file"), 1),
    ("and no more", Member("d" * 156 + "/" + "n" * 100, "file"), 3),
    ("a name beyond ASCII", Member("ü", "file"), 3),
    ("bytes that are no UTF-8", Member("\udcff", "file"), 3),
    ("a target beyond ASCII", Member("a", "symlink", target="ü"), 3),
    ("a long target is not divided", Member("a", "symlink", target="d/" * 51), 3),
    ("a time before 1970", Member("a", "file", mtime=-2), 3),
    ("a time after 2242", Member("a", "file", mtime=1 << 33), 3),
    ("an owner above 2097151", Member("a", "file", uid=1 << 21), 3),
    ("8 GiB, without its content", Member("a", "link", size=0), 1),
    ("records that fill more than one block", Member("d/" * 300 + "é", "file"), 4),
]


@pytest.mark.parametrize(
    ("member", "blocks"), [case[1:] for case in BLOCKS], ids=[case[0] for case in BLOCKS]
)
def test_headers(member: Member, blocks: int) -> None:
    assert len(header(member)) == member_bytes(member) == 512 * blocks


def test_a_file_of_8_gib_needs_an_extended_header() -> None:
    member = Member("a", "file", size=1 << 33)
    assert member_bytes(member) == 3 * 512 + (1 << 33)


NAMES = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=120
).filter(lambda name: name not in {".", ".."})
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
MEMBERS = st.one_of(
    st.builds(
        Member,
        PATHS,
        st.just("file"),
        st.integers(0, 0o7777),
        st.integers(0, 1 << 31),
        st.integers(0, 1 << 31),
        st.just(0),
        st.integers(-(1 << 31), 1 << 34),
        st.just(""),
    ),
    st.builds(lambda path, target: Member(path, "symlink", target=target), PATHS, PATHS),
    st.builds(lambda path: Member(path, "dir"), PATHS),
)


@given(st.lists(MEMBERS, max_size=3))
def test_every_tar_reads_back_the_same(members: list[Member]) -> None:
    data = b"".join(tar_stream(members, read))
    assert len(data) == tar_bytes(members)
    kinds = {tarfile.REGTYPE: "file", tarfile.DIRTYPE: "dir", tarfile.SYMTYPE: "symlink"}
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        found = [
            Member(m.name, kinds[m.type], m.mode, m.uid, m.gid, m.size, int(m.mtime), m.linkname)
            for m in archive.getmembers()
        ]
    assert found == members
