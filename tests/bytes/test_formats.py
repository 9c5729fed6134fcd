"""Sizes of layers in the formats that BuildKit writes, against what BuildKit 0.13 of Docker 26.1.5
made of the same files.
"""

import hashlib
import json

import pytest

from dlint.bytes import formats
from dlint.bytes.formats import Compression, FormatSizes, format_of
from dlint.bytes.selection import Selection
from dlint.context import open_worktree
from dlint.errors import DlintError
from dlint.model import Build, Options
from dlint.syntax.parser import parse
from dlint.text.source import Source

WITHIN = 0.035


def text(seed: int, count: int) -> str:
    """Return words that a few lines of arithmetic choose, the same every time."""
    words = [hashlib.sha256(str(n).encode()).hexdigest()[: 2 + n % 9] for n in range(400)]
    chosen, state = [], seed
    for _ in range(count):
        state = (state * 1103515245 + 12345) % (1 << 31)
        chosen.append(words[(state >> 8) % (400 if state % 3 else 20)])
    return " ".join(chosen)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Selection:
    root = tmp_path_factory.mktemp("tree")
    rows = [{"id": n, "name": text(n, 2), "active": n % 3 == 0} for n in range(4_000)]
    random = b"".join(hashlib.sha256(str(n).encode()).digest() for n in range(3_000))
    files = {f"notes/{n}.txt": text(n, 60 + n * 9).encode() for n in range(40)}
    files |= {"large.txt": text(99, 60_000).encode(), "random.bin": random}
    for name, data in {**files, "table.json": json.dumps(rows, indent=1).encode()}.items():
        path = root / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    dockerfile = parse(Source("Dockerfile", "FROM scratch\nCOPY tree /tree\n"))
    build = Build(dockerfile, open_worktree(root), Options())
    selection = build.selection(dockerfile.instructions[1])
    assert selection is not None
    return selection


@pytest.mark.parametrize(
    ("name", "level", "size"),
    [
        ("gzip", None, 263_540),
        ("gzip", 1, 290_594),
        ("gzip", 9, 262_337),
        ("zstd", None, 268_372),
        ("zstd", 1, 274_487),
        ("zstd", 7, 262_641),
        ("zstd", 19, 254_986),
        ("estargz", None, 278_847),
    ],
)
def test_a_blob_is_as_large_as_buildkit_makes_it(
    tree: Selection, name: str, level: int | None, size: int
) -> None:
    assert tree.compressed(FormatSizes(name, level)) == pytest.approx(size, rel=WITHIN)


def test_an_uncompressed_blob_is_the_tar(tree: Selection) -> None:
    assert tree.compressed(FormatSizes("uncompressed")) == 869_376


def test_a_long_layer_is_judged_by_its_beginning(
    tree: Selection, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tree.compressed(FormatSizes("zstd"))
    monkeypatch.setattr(formats, "_LIMIT", 200_000)
    assert tree.compressed(FormatSizes("zstd")) == pytest.approx(whole, rel=0.5)


def test_without_a_library_zstd_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(formats, "import_module", missing)
    with pytest.raises(DlintError, match="nothing here compresses with zstd"):
        FormatSizes("zstd")
    assert FormatSizes("estargz")


@pytest.mark.parametrize(
    ("media_type", "name"),
    [
        ("application/vnd.oci.image.layer.v1.tar+gzip", "gzip"),
        ("application/vnd.docker.image.rootfs.diff.tar.gzip", "gzip"),
        ("application/vnd.oci.image.layer.v1.tar+zstd", "zstd"),
        ("application/vnd.oci.image.layer.v1.tar", "uncompressed"),
        ("", ""),
    ],
)
def test_a_media_type_tells_the_format(media_type: str, name: str) -> None:
    assert format_of(media_type) == name


def test_only_gzip_at_its_default_is_as_ever() -> None:
    assert Compression(force=True).is_default
    assert not Compression(level=9).is_default
    assert not Compression("zstd").is_default
