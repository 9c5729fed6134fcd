"""The tables that come along: made by a script from indexes and measurements, and read back as they
were.
"""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
import zlib
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from house import PROJECT
from layers import apt_layer_bytes

from dlint.bytes.compress import COMPRESSORS
from dlint.findings import Basis
from dlint.images.reference import parse_reference
from dlint.sizes.apt import base_packages, held_packages, lists_bytes
from dlint.sizes.bases import base, size_of, system_of
from dlint.sizes.indexes.apt import AptIndex, Index, read_packages
from dlint.sizes.indexes.table import BLOCK, RELEASES, Table, blocks, debian
from dlint.sizes.tables import PATH, Tables, tables

if TYPE_CHECKING:
    from pathlib import Path

SCALE = COMPRESSORS["gzip"].scale
MODULES = ("archive", "bases", "debian", "debs", "installs", "measure")
PACKAGES = """\
Package: base
Essential: yes
Priority: required
Size: 1000
Installed-Size: 4

Package: apt
Priority: required
Depends: base
Size: 2000
Installed-Size: 9

Package: tool
Version: {version}
Depends: liba, mail-agent | other
Recommends: extra
Size: 10000
Installed-Size: 40

Package: liba
Size: 3000
Installed-Size: 12
Provides: liba-abi-1

Package: postie
Provides: mail-agent
Depends: debconf | base
Size: 5000
Installed-Size: 20

Package: extra
Size: 700
Installed-Size: 1
"""


@pytest.fixture
def tools(monkeypatch):
    """Give the scripts of tools/sizes, which are modules of one folder and no package."""
    monkeypatch.syspath_prepend(str(PROJECT / "tools" / "sizes"))
    yield SimpleNamespace(**{name: importlib.import_module(name) for name in MODULES})
    for name in MODULES:
        sys.modules.pop(name, None)


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    """Make a file of facts: Debian's own images, others that stand on one of them, and one on
    nothing known.
    """

    def row(image: str, tag: str, *sizes: int, **more: object) -> dict[str, object]:
        layers = [{"digest": f"sha256:{size:064x}", "bytes": size} for size in sizes]
        return {
            "image": image,
            "tag": tag,
            "as_of": "2026-08-04",
            "total_bytes": sum(sizes),
            "layers": layers,
            **more,
        }

    rows = [
        row("debian", "bookworm-slim", 28_000_000, aliases=["12-slim"]),
        row("debian", "trixie", 49_000_000),
        row("python", "3.12-slim", 28_000_000, 3_000_000),
        row("python", "3.13", 49_010_000, 24_000_000),
        row("php", "8.4-fpm", 28_000_000, 90_000_000),
        row("node", "24-alpine", 3_800_000, 50_000_000),
        row("strange", "latest", 12_345),
    ]
    path = tmp_path / "bases.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in rows))
    return path


@pytest.fixture
def made(tools, facts: Path, tmp_path: Path) -> Path:
    """Write tables from an index of six packages, of which two were measured, and from two
    installs.
    """
    output = tmp_path / "tables.sqlite"
    releases = [
        tools.archive.Release(tmp_path, name, tools.archive.Mirror("a", "b")) for name in RELEASES
    ]
    for number, release in enumerate(releases):
        (release.lists / "main_Packages").write_text(PACKAGES.format(version=f"{number}.0"))
        (release.kept / "main_Packages.lz4").write_bytes(bytes(5000))
    trixie = releases[-1].folder
    (trixie / "measured.tsv").write_text(
        "tool\t2.0\t20000\t15000\nliba\t\t3300\t3300\nextra\t9.9\t1\t1\n"
    )
    lines = (
        "liba\tfull\talone\t\t9000\tstatus=3000\tlogs=2000\n",
        "postie\tfull\talone\t\t9000\tstatus=3000\tlogs=5000\n",
    )
    (trixie / "installs.tsv").write_text("".join(lines))
    tools.debian.write(output, releases, facts, "2026-11-28")
    return output


def test_the_script_writes_the_same_bytes_again(
    made: Path, tools, facts: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.sqlite"
    releases = [
        tools.archive.Release(tmp_path, name, tools.archive.Mirror("a", "b")) for name in RELEASES
    ]
    tools.debian.write(again, releases, facts, "2026-11-28")
    assert again.read_bytes() == made.read_bytes()


def test_a_measured_package_has_its_own_bytes_and_others_a_guess(made: Path) -> None:
    trixie = Table("trixie", Tables(made))
    tool, postie, extra = map(trixie.package, ("tool", "postie", "extra"))
    assert (tool.full, tool.slim, tool.measured) == (
        round(20_000 * SCALE),
        round(15_000 * SCALE),
        True,
    )
    assert tool.depends == (("liba",), ("mail-agent", "other"))
    assert tool.recommends == (("extra",),)
    assert postie.full is not None
    assert not postie.measured
    assert not extra.measured  # another version was


def test_another_release_s_package_of_the_same_name_tells_the_ratio(made: Path) -> None:
    tool = Table("bookworm", Tables(made)).package("tool")
    assert not tool.measured
    assert tool.full == pytest.approx(20_000 * SCALE, rel=0.01)
    assert tool.slim == pytest.approx(15_000 * SCALE, rel=0.01)


def test_a_block_is_unpacked_once(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked: list[bytes] = []
    unpack = zlib.decompress
    monkeypatch.setattr(
        "dlint.sizes.indexes.table.zlib.decompress",
        lambda data: unpacked.append(data) or unpack(data),
    )
    trixie = Table("trixie", Tables(made))
    assert trixie.package("tool")
    assert "tool" in set(trixie.names("t"))
    assert trixie.package("nosuch") is None
    assert trixie.providers("mail-agent") == ("postie",)
    assert len(unpacked) == len(set(unpacked))


def test_a_name_is_looked_up_once_and_groups_are_shared(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trixie = Table("trixie", Tables(made))
    asked: list[str] = []
    line = Table._line
    monkeypatch.setattr(Table, "_line", lambda self, name: asked.append(name) or line(self, name))
    packages = [trixie.package(name) for name in ("tool", "nosuch", "tool", "nosuch", "apt")]
    assert asked == ["tool", "nosuch", "apt"]
    assert packages[0] is packages[2]
    assert packages[1] is packages[3] is None
    other = Table("bookworm", Tables(made)).package("apt")  # thousands of packages name the same
    assert packages[4].depends[0] is other.depends[0]


def test_virtual_packages_lead_to_those_that_provide_them(made: Path) -> None:
    trixie = Table("trixie", Tables(made))
    assert trixie.providers("mail-agent") == ("postie",)
    assert trixie.package("mail-agent") is None
    assert trixie.providers("tool") == ()
    assert trixie.package("nosuch") is None
    assert trixie.package("0") is None
    assert AptIndex(trixie).closure(["tool"], there=["base", "apt"]).names == {
        "tool",
        "liba",
        "postie",
    }


def test_what_scripts_write_is_their_package_s(tools, tmp_path: Path) -> None:
    release = tools.archive.Release(tmp_path, "trixie", tools.archive.Mirror("a", "b"))
    rows = (
        ("postgresql", "var/lib/postgresql/17/main/base/1", 4000),
        ("postgresql", "var/lib/postgresql/17/main/base/2", 1000),
        ("postgresql", "usr/share/tool/__pycache__/a.pyc", 700),
        ("curl", "etc/ssl/certs/all.crt", 100),
        ("git", "etc/ssl/certs/all.crt", 300),
        ("git", "etc/ssl/certs/java/cacerts", 50),
    )
    (release.folder / "unowned.tsv").write_text("".join(f"{a}\t{b}\t{c}\n" for a, b, c in rows))
    assert tools.debian.made_by([release]) == {
        "postgresql-#": 5000,
        "ca-certificates": 200,
        "ca-certificates-java": 50,
    }


def test_figures_of_installs_and_lists_are_kept(made: Path) -> None:
    made_tables = Tables(made)
    assert made_tables.fact("per-package") == pytest.approx(3000 * SCALE / 3, abs=0.1)
    assert made_tables.fact("constant") == round(2000 * SCALE)
    assert made_tables.fact("debconf") == round(3000 * SCALE)
    assert made_tables.fact("lists", "trixie") > 0
    assert made_tables.fact("nosuch") is None


def test_each_part_says_its_day_and_what_it_was_made_of(made: Path) -> None:
    made_tables = Tables(made)
    assert made_tables.source("trixie").day == "2026-11-28"
    assert "6 packages, 2 measured" in made_tables.source("trixie").text
    assert made_tables.source("bases").day == "2026-08-04"
    with pytest.raises(KeyError):
        made_tables.source("sid")
    assert set(Table("trixie", made_tables).required) == {"base", "apt"}


def test_an_image_has_its_layers(made: Path) -> None:
    found = base("python", "3.12-slim", Tables(made))
    assert found.bytes == 31_000_000
    assert [layer.bytes for layer in found.layers] == [28_000_000, 3_000_000]
    assert found.day == "2026-08-04"
    assert base("debian", "12-slim", Tables(made)).bytes == 28_000_000
    assert base("python", "2", Tables(made)) is None


@pytest.mark.parametrize(
    ("image", "tag", "expected"),
    [
        ("python", "3.12-slim", ("debian", "bookworm", True, "layers")),
        (
            "python",
            "3.13",
            ("debian", "trixie", False, "layers"),
        ),  # a first layer of nearly the same size
        ("python", "3.13-slim", ("debian", "trixie", True, "history")),
        ("python", "3.8", ("debian", "bookworm", False, "history")),
        ("python", "3.11.2-slim", ("debian", "bullseye", True, "history")),
        ("python", "3.11.4-slim", ("debian", "bookworm", True, "history")),
        ("python", "3.5", None),  # of before
        ("rust", "1.83-slim", ("debian", "bookworm", True, "history")),
        ("golang", "1.18", ("debian", "bullseye", False, "history")),
        ("ruby", "3.2.0", ("debian", "bullseye", False, "history")),
        ("python", "3.8-bullseye", ("debian", "bullseye", False, "tag")),
        ("debian", "12.5-slim", ("debian", "bookworm", True, "tag")),
        ("ubuntu", "22.04", ("ubuntu", "jammy", True, "tag")),
        ("php", "8.4-fpm", ("debian", "bookworm", True, "layers")),
        ("php", "fpm", ("debian", "bookworm", True, "default")),  # all of them, by this one
        ("wordpress", "latest", None),  # of which the table has none
        ("debian", "9", ("debian", "stretch", False, "tag")),
        ("node", "24-alpine", None),
        ("python", "3.12-windowsservercore-ltsc2022", None),
        ("strange", "latest", None),
        ("nosuch", "latest", None),
    ],
)
def test_what_an_image_stands_on(
    made: Path, image: str, tag: str, expected: tuple[object, ...] | None
) -> None:
    assert system_of(image, tag, Tables(made)) == expected


def test_a_file_that_is_not_there_is_said_when_it_is_needed(tmp_path: Path) -> None:
    missing = Tables(tmp_path / "none.sqlite")
    with pytest.raises(FileNotFoundError):
        missing.fact("lists", "trixie")


def test_packages_are_the_same_after_they_were_written_in_blocks() -> None:
    text = "\n\n".join(
        f"Package: p{number}\nSize: {number}00\nDepends: p1 | p2, p3" for number in range(1, 600)
    )
    index = Index(read_packages(text.encode()))
    rows = dict(blocks(index))
    assert len(rows) == 599 // BLOCK + 1
    assert list(rows) == sorted(rows)


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="needs dpkg-deb")
def test_a_package_is_measured_as_layers_store_it(tools, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    documents, program = tree / "usr/share/doc/thing", tree / "usr/bin"
    for folder in (documents, program, tree / "DEBIAN"):
        folder.mkdir(parents=True)
    (tree / "DEBIAN/control").write_text(
        "Package: thing\nVersion: 1\nArchitecture: all\nMaintainer: x\nDescription: x\n"
    )
    noise = b"".join(f"{number * 7919 % 99991}".encode() for number in range(20_000))
    (program / "thing").write_bytes(noise)
    (documents / "changelog").write_bytes(noise[::-1])
    (documents / "copyright").write_bytes(b"free")
    subprocess.run(
        ["dpkg-deb", "--build", tree, tmp_path / "thing.deb"], check=True, capture_output=True
    )
    found = tools.measure.measure(tmp_path / "thing.deb", "thing")
    assert found.slim > 30_000
    assert found.full == pytest.approx(2 * found.slim, rel=0.1)


# What comes along


def test_the_table_is_small_and_dated() -> None:
    assert PATH.stat().st_size < 10_000_000
    for name in (*RELEASES, "bases"):
        assert tables().source(name).day >= "2026-07-01"


@pytest.mark.parametrize("release", RELEASES)
def test_each_release_is_there_in_full(release: str) -> None:
    for name in ("bash", "git", "build-essential", "libssl-dev", "nginx", "zsh", "0ad", "zzuf"):
        package = debian(release).package(name)
        assert package.archive > 0
        assert package.full > 0
        assert package.slim <= package.full
    lists = lists_bytes(release)
    assert lists.bytes > 10_000_000


@pytest.mark.parametrize("release", RELEASES)
def test_a_minimal_system_holds_itself(release: str) -> None:
    held = base_packages(release)
    assert {"apt", "bash", "dpkg", "libc6", "tar"} <= held
    assert not held & {"perl", "python3", "openssl", "ca-certificates", "usrmerge"}
    assert AptIndex(debian(release)).closure(held, there=held) == ((), ())


def test_an_install_is_less_where_its_packages_are_there_already() -> None:
    words = ["git", "curl"]
    above = apt_layer_bytes(
        "trixie", words, slim=True, recommends=False, there=base_packages("trixie")
    )
    there = held_packages("trixie", "python", "3.13", slim=False)
    assert above.bytes > 20_000_000
    assert apt_layer_bytes("trixie", words, slim=False, recommends=False, there=there).bytes == 0


def test_documents_and_recommended_packages_count() -> None:
    there = base_packages("bookworm")

    def size(*, slim: bool, recommends: bool) -> int:
        found = apt_layer_bytes("bookworm", ["git"], slim=slim, recommends=recommends, there=there)
        return found.bytes

    assert (
        size(slim=True, recommends=False)
        < size(slim=False, recommends=False)
        < size(slim=False, recommends=True)
    )


def test_one_unknown_package_makes_the_whole_unknown() -> None:
    found = apt_layer_bytes(
        "trixie", ["git", "nosuch"], slim=False, recommends=False, there=base_packages("trixie")
    )
    assert found.missing == ("nosuch",)
    assert found.bytes > 20_000_000  # what is known of it
    assert apt_layer_bytes("sid", ["git"], slim=False, recommends=False, there=()).at_least


def test_ubuntu_is_a_guess_by_the_names_of_debian_s_packages() -> None:
    found = apt_layer_bytes(
        "jammy", ["git"], slim=True, recommends=False, there=base_packages("jammy")
    )
    assert found.basis is Basis.GUESSED
    assert found.whole > 10_000_000


def test_lists_of_ubuntu_are_a_guess_and_those_of_others_unknown() -> None:
    found = lists_bytes("jammy")
    assert 20_000_000 < found.bytes < 35_000_000
    assert lists_bytes("buster").bytes > 5_000_000
    assert lists_bytes("sid").is_unknown
    assert lists_bytes("jammy", cleaned=True).is_unknown
    assert lists_bytes("trixie", cleaned=True).bytes < 100_000


def test_what_other_images_hold_is_not_known() -> None:
    assert held_packages("trixie", "nosuch", "latest", slim=False) is None


def test_the_list_of_what_bases_weigh_is_that_of_the_table() -> None:
    query = "SELECT image, tag, day, bytes, layers FROM base"
    for image, tag, day, count, layers in tables().connection.execute(query).fetchall():
        found = size_of(parse_reference(f"{image}:{tag}"))
        assert found == (day, count, len(layers.splitlines()))
    assert size_of(parse_reference("example.com/debian:12")) is None


def test_a_release_with_a_distribution_before_its_number() -> None:
    assert system_of("", "12.2-devel-ubuntu22.04") == ("ubuntu", "jammy", True, "tag")
    assert system_of("", "3.12") is None


@pytest.mark.parametrize(
    ("tag", "line"),
    [
        ("python:3.13.7-slim", "python:3.13-slim"),
        ("node:22.4.1", "node:22"),
        ("debian:12.5-slim", "debian:12-slim"),
        ("python:3.14", None),  # `3` is another line of Python's
        ("python:3.7.1-slim", None),
        ("node:22.4.1-windows", None),
        ("node:23.1.0", None),
    ],
)
def test_a_patch_release_weighs_what_its_line_does(tag: str, line: str | None) -> None:
    expected = size_of(parse_reference(line)) if line else None
    assert size_of(parse_reference(tag)) == expected
    assert (expected is None) == (line is None)


@pytest.mark.parametrize(
    ("image", "tag", "release"),
    [
        ("postgres", "12.9", "bullseye"),
        ("postgres", "12", "bookworm"),
        ("postgres", "17.0", "bookworm"),  # older than the release of its line
        ("postgres", "17.9", "trixie"),
        ("postgres", "18", "trixie"),
        ("node", "10", "stretch"),
        ("node", "18.12.1", "bullseye"),
        ("node", "19.1.0", "bullseye"),
        ("node", "18", "bookworm"),
        ("node", "18-slim", "bookworm"),  # which the table has as it was before
        ("node", "26", "trixie"),
        ("node", "latest", "trixie"),
        ("node", "lts", "bookworm"),
        ("redis", "7", "bookworm"),  # and 8 has moved
        ("php", "7", "bullseye"),
        ("python", "3", "trixie"),
        ("python", "2", ""),
        ("postgres", "9.6", ""),
        # images of whose versions nothing is known
        ("openjdk", "11", ""),
        ("gcc", "9", ""),
        ("gcc", "latest", "trixie"),
        ("perl", "5.30", ""),
        ("perl", "5", "trixie"),
    ],
)
def test_which_release_a_version_was_built_on(image: str, tag: str, release: str) -> None:
    found = system_of(image, tag)
    assert (found.release if found else "") == release


@pytest.mark.parametrize(
    "tag", ["python:3.13.0-slim", "postgres:17.0", "tomcat:10.1.5", "redis:8.0.1"]
)
def test_a_patch_release_on_another_release_weighs_an_unknown_size(tag: str) -> None:
    assert size_of(parse_reference(tag)) is None
