"""The layer of a COPY or ADD as it was foretold, bit for bit, and as a real engine makes it."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import tarfile
from typing import TYPE_CHECKING, NamedTuple

import pytest
from again import CASES as AGAIN, FILES as AGAIN_FILES, stored

from dlint.bytes.copying import Flags, select
from dlint.context import open_worktree
from dlint.testing import write_context

if TYPE_CHECKING:
    from pathlib import Path

    from harness.engine import Engine

    from dlint.bytes.copying import Selection

THEN = 1_600_000_000


def archive() -> bytes:
    """Return a tar with owners, a fraction of a second, links, and a folder that only a path
    names.
    """
    members = [
        ("./", tarfile.DIRTYPE, b"", {}),
        ("./top", tarfile.REGTYPE, b"top", {}),
        ("dir/", tarfile.DIRTYPE, b"", {"mode": 0o755}),
        ("dir/file", tarfile.REGTYPE, b"file" * 300, {}),
        ("link", tarfile.SYMTYPE, b"", {"linkname": "top"}),
        ("hard", tarfile.LNKTYPE, b"", {"linkname": "./top"}),
        ("exe", tarfile.REGTYPE, b"x", {"mode": 0o4755}),
        ("top", tarfile.REGTYPE, b"again", {}),
        ("pipe", tarfile.FIFOTYPE, b"", {}),
    ]
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, kind, data, facts in members:
            info = tarfile.TarInfo(name)
            info.type, info.size, info.mtime, info.uid, info.gid = (
                kind,
                len(data),
                1_500_000_000.7,
                1234,
                1234,
            )
            info.mode = 0o640
            for key, value in facts.items():
                setattr(info, key, value)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def orphan() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        info = tarfile.TarInfo("made/file")
        info.size = 1
        tar.addfile(info, io.BytesIO(b"x"))
    return out.getvalue()


def lay(root: Path) -> None:
    """Write one context with all that a header can hold."""
    for path, data in {
        "file": b"file",
        "other": b"o" * 512,
        "dir/a": b"a" * 1000,
        "dir/empty": b"",
        "dir/sub/b": b"b",
        "dir/x.txt": b"x",
        "dir/y.txt": b"y",
        "dir/ü": b"u",
        f"dir/{'n' * 101}": b"long",
        f"dir/{'p' * 50}/{'q' * 45}/{'r' * 30}": b"split",
        f"dir/{'d' * 105}/inner": b"x",
        "dir.d/c": b"c",
        "bin/exe": b"exe",
        "[x]": b"bracket",
        "tar/plain.tar": archive(),
        "tar/gz": gzip.compress(archive(), mtime=0),
        "tar/bz2": bz2.compress(archive()),
        "tar/xz": lzma.compress(archive()),
        "tar/orphan.tar": orphan(),
        "tar/no.tar.gz": gzip.compress(b"no tar" * 100, mtime=0),
        "tar/empty.tar": bytes(10240),
        "tar/cut.tar": archive()[:300],
    }.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    with (root / "dir" / os.fsdecode(b"caf\xe9")).open("wb") as file:
        file.write(b"x")
    (root / "empty").mkdir()
    os.link(root / "dir" / "a", root / "dir" / "hard")
    os.link(root / "dir" / "a", root / "hard")
    for name, target in {
        "dir/link": "a",
        "dir/out": "../file",
        "dir/long": "t" * 120,
        "dir/ziel": "ü",
        "dir/loop": "loop",
        "to-file": "file",
        "to-dir": "dir/sub",
        "to-root": "/file",
        "above": "../../file",
    }.items():
        (root / name).symlink_to(target)
    for folder, names, files in os.walk(root, topdown=False):
        for name in (*names, *files):
            os.utime(f"{folder}/{name}", (THEN, THEN), follow_symlinks=False)
    for path, mtime in {
        "dir/x.txt": -1.5,
        "dir/y.txt": 9_000_000_000,
        "dir/sub/b": THEN + 0.9,
    }.items():
        os.utime(root / path, (mtime, mtime))
    for path, mode in {
        "bin/exe": 0o4755,
        "dir": 0o700,
        "dir/sub": 0o2775,
        "empty": 0o1777,
        "other": 0o600,
    }.items():
        (root / path).chmod(mode)


class Case(NamedTuple):
    """A COPY or ADD after `before`; `exact` where its DiffID can be known, `has` the folders that
    stand there then.
    """

    sources: str
    destination: str
    flags: Flags = Flags()
    exact: bool = True
    before: str = ""
    has: tuple[str, ...] = ()
    workdir: str = "/"
    ignore: str = ""

    @property
    def line(self) -> str:
        flags = self.flags
        words = [
            f"--{name}={value}"
            for name, value in (("chmod", flags.chmod), ("chown", flags.chown))
            if value
        ]
        return " ".join(["ADD" if flags.unpack else "COPY", *words, self.sources, self.destination])


ADD = Flags(unpack=True)
CASES = [
    Case("file", "/new"),
    Case("file", "/new/", exact=False),
    Case("file", "/deep/new", exact=False),
    Case("file other", "/new/", exact=False),
    Case("file other", "/"),
    Case("dir", "/new"),
    Case("dir", "/"),
    Case("dir/", "/new/"),
    Case("dir", "/deep/new", exact=False),
    Case("dir dir/sub", "/new/"),
    Case("file dir", "/new/"),
    Case("dir file", "/new/", exact=False),
    Case(".", "/"),
    Case(".", "/new", exact=False),
    Case("empty", "/new"),
    Case("bin/exe", "/exe"),
    Case("hard", "/new"),
    Case("dir/hard hard", "/new/", exact=False),
    Case("dir/[ahs]*", "/new/"),
    Case("dir/*.txt", "/"),
    Case("bi* emp*", "/new/"),
    Case("[[]x]", "/new"),
    Case("nothing*", "/new/"),
    Case("nothing* file", "/new"),
    Case("to-file", "/new"),
    Case("to-file", "/"),
    Case("to-dir", "/new"),
    Case("to-dir/b", "/new"),
    Case("to-root", "/new"),
    Case("above", "/new"),
    Case("../file", "/new"),
    Case("dir/sub/../a", "/new"),
    Case("file", "/new", Flags(chmod="4750")),
    Case("dir", "/", Flags(chmod="0700")),
    Case("file", "/new", Flags(chown="1000:2000")),
    Case("dir", "/new", Flags(chown="1000")),
    Case("file", "/new", Flags(chown="3000000:1")),
    Case("file", ".", exact=False, before="WORKDIR /work", has=("/work",), workdir="/work"),
    Case("dir", ".", exact=False, before="WORKDIR /work", has=("/work",), workdir="/work"),
    Case("dir", "in", exact=False, before="WORKDIR /work", has=("/work",), workdir="/work"),
    Case("file", "/new", exact=False, before="COPY dir /new", has=("/new",)),
    Case("dir/sub", "/new/sub", exact=False, before="COPY bin /new/sub", has=("/new", "/new/sub")),
    Case("file", "/new", before="COPY other /new"),
    Case("dir", "/new", ignore="dir/*\n!dir/sub/b\n"),
    Case(".", "/", ignore="*\n!dir/a\n!dir/hard\n"),
    Case("tar/plain.tar", "/", ADD),
    Case("tar/gz", "/new", ADD, exact=False),
    Case("tar/bz2", "/new/deep/", ADD, exact=False),
    Case("tar/xz file", "/new/", ADD, exact=False),
    Case("tar/orphan.tar", "/", ADD, exact=False),
    Case("tar/no.tar.gz", "/new", ADD),
    Case("tar/empty.tar", "/new", ADD),
    Case("tar/cut.tar", "/new", ADD),
    Case("tar", "/new", ADD),
    Case("tar/gz", "/new"),
]
IDS = [f"{case.before + '; ' if case.before else ''}{case.line}" for case in CASES]


def foretell(root: Path, case: Case) -> Selection:
    return select(
        open_worktree(root),
        case.sources.split(),
        case.destination,
        workdir=case.workdir,
        flags=case.flags,
        has=lambda path: path in {"/", *case.has},
    )


def build(engine: Engine, root: Path, text: str, tmp_path: Path) -> str:
    """Return the name of the image that the Dockerfile `text` makes of a context the engine has not
    seen.
    """
    # An engine keeps what it was last sent, whatever context that was, and with it the times of its
    # folders.
    engine.forget_builds()
    return rebuild(engine, root, text, tmp_path)


def rebuild(engine: Engine, root: Path, text: str, tmp_path: Path) -> str:
    identity = tmp_path / "id"
    engine.docker("build", "--no-cache", "--iidfile", identity, "--file", "-", root, text=text)
    return identity.read_text()


def last_diff_id(engine: Engine, image: str) -> str:
    return json.loads(engine.docker("inspect", image).stdout)[0]["RootFS"]["Layers"][-1]


def last_layer(engine: Engine, image: str, tmp_path: Path) -> bytes:
    """Return the tar of an image's last layer."""
    engine.docker("save", "--output", tmp_path / "image.tar", image)
    with tarfile.open(tmp_path / "image.tar") as archive:
        manifest = json.load(archive.extractfile("manifest.json"))
        layer = archive.extractfile(manifest[0]["Layers"][-1]).read()
    return gzip.decompress(layer) if layer.startswith(b"\x1f\x8b") else layer


@pytest.mark.engine
@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_layer(store: Engine, case: Case, tmp_path: Path) -> None:
    root = tmp_path / "context"
    root.mkdir()
    lay(root)
    if case.ignore:
        (root / ".dockerignore").write_text(case.ignore)
    foretold = foretell(root, case)
    image = build(
        store,
        root,
        "\n".join(["FROM scratch", *filter(None, [case.before]), case.line, ""]),
        tmp_path,
    )
    if case.exact:
        assert foretold.diff_id == last_diff_id(store, image)
        return
    layer = last_layer(store, image, tmp_path)
    with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
        assert [item.member.path for item in foretold.items] == [member.name for member in archive]
    assert foretold.tar_bytes == len(layer)
    assert foretold.diff_id is None


@pytest.mark.engine
@pytest.mark.parametrize("text", [text for text, _ in AGAIN])
def test_a_file_copied_again(store: Engine, text: str, tmp_path: Path) -> None:
    """The containerd store leaves out what stands there unchanged, the graphdriver store keeps
    it.
    """
    write_context(tmp_path / "context", AGAIN_FILES)
    store.docker("builder", "prune", "--all", "--force")
    identity = tmp_path / "id"
    options = ("--network", "none", "--iidfile", identity, "--file", "-", tmp_path / "context")
    store.docker("build", "--no-cache", *options, text=f"FROM shell:1\n{text}\n")
    builder = "buildkit" if store.store == "containerd" else "docker"
    with tarfile.open(
        fileobj=io.BytesIO(last_layer(store, identity.read_text(), tmp_path))
    ) as archive:
        assert stored(tmp_path / "context", text, builder) == " ".join(
            member.name for member in archive
        )


@pytest.mark.engine
def test_a_context_sent_again_has_other_times(engine: Engine, tmp_path: Path) -> None:
    """A file that changes in its place leaves its folder's time as it was, but not in the engine's
    own copy.
    """
    root = tmp_path / "context"
    root.mkdir()
    lay(root)
    case = Case("dir", "/new")
    text = f"FROM scratch\n{case.line}\n"
    assert last_diff_id(engine, build(engine, root, text, tmp_path)) == foretell(root, case).diff_id
    (root / "dir" / "a").write_bytes(b"b" * 1000)
    os.utime(root / "dir" / "a", (THEN + 1, THEN + 1))
    assert (
        last_diff_id(engine, rebuild(engine, root, text, tmp_path)) != foretell(root, case).diff_id
    )
    assert last_diff_id(engine, build(engine, root, text, tmp_path)) == foretell(root, case).diff_id


@pytest.mark.engine
def test_a_source_that_is_not_there_fails_the_build(engine: Engine, tmp_path: Path) -> None:
    lay(tmp_path)
    for source in ("missing", "dir/loop", "dir/missing"):
        case = Case(source, "/new")
        done = engine.docker(
            "build", "--file", "-", tmp_path, text=f"FROM scratch\n{case.line}\n", check=False
        )
        assert done.returncode
        assert foretell(tmp_path, case).failures == (f"{source}: not in the build context",)
