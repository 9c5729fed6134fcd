"""Repositories of rpm packages, in the form that createrepo_c makes them."""

import gzip
import hashlib
import lzma

import pytest
from index_server import serving

from dlint.errors import DlintError
from dlint.findings import Basis
from dlint.packages import Base, Index, OnlineSettings, Origin, SizeRequest
from dlint.sizes.indexes import rpm


def package(name, version="1.0", size=1000, arch="x86_64", **lists):
    def entries(names):
        return "".join(f'<rpm:entry name="{each}" flags="EQ" epoch="0" ver="1"/>' for each in names)

    return f"""
<package type="rpm">
  <name>{name}</name>
  <arch>{arch}</arch>
  <version epoch="0" ver="{version}" rel="1.el9"/>
  <checksum type="sha256" pkgid="YES">00</checksum>
  <summary>Some text</summary>
  <time file="1700000000" build="1700000000"/>
  <size package="{size}" installed="3000" archive="3000"/>
  <location href="Packages/{name}.rpm"/>
  <format>
    <rpm:license>MIT</rpm:license>
    <rpm:provides>{entries([name, *lists.get("provides", ())])}</rpm:provides>
    <rpm:requires>{entries(lists.get("needs", ()))}</rpm:requires>
    {"".join(f"<file>{each}</file>" for each in lists.get("files", ()))}
  </format>
</package>"""


def primary(*packages):
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<metadata xmlns="http://linux.duke.edu/metadata/common" '
    head += f'xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="{len(packages)}">'
    return (head + "".join(packages) + "</metadata>").encode()


PRIMARY = primary(
    package(
        "curl",
        size=300_000,
        needs=["libcurl(x86-64)", "/bin/sh", "rpmlib(CompressedFileNames)", "(a if b)", "glibc"],
    ),
    package("libcurl", size=280_000, provides=["libcurl(x86-64)"], needs=["libc.so.6"]),
    package("libcurl", "1.9", size=5, provides=["libcurl(x86-64)"], needs=["libc.so.6"]),
    package("libcurl", "1.10", size=290_000, provides=["libcurl(x86-64)"], needs=["libc.so.6"]),
    package("glibc", provides=["libc.so.6"], needs=["base-only"]),
    package("bash", size=1_800_000, files=["/bin/sh", "/bin/bash"]),
    package("tzdata", size=400_000, arch="noarch"),
    package("other", arch="i686"),
)


def zstandard(data):
    zstd = pytest.importorskip("backports.zstd")
    return zstd.compress(data)


PACKERS = {".xml": bytes, ".xml.gz": gzip.compress, ".xml.xz": lzma.compress, ".xml.zst": zstandard}


def publish(server, content=PRIMARY, end=".xml.gz", digest=None):
    data = PACKERS[end](content)
    digest = digest or hashlib.sha256(data).hexdigest()
    server.serve(f"/os/repodata/{digest}-primary{end}", data)
    told = f"""<?xml version="1.0" encoding="UTF-8"?>
<repomd xmlns="http://linux.duke.edu/metadata/repo" xmlns:rpm="http://linux.duke.edu/metadata/rpm">
  <revision>1700000000</revision>
  <data type="filelists"><checksum type="sha256">11</checksum><location href="repodata/filelists.xml.gz"/></data>
  <data type="primary">
    <checksum type="sha256">{digest}</checksum>
    <open-checksum type="sha256">{hashlib.sha256(content).hexdigest()}</open-checksum>
    <location href="repodata/{digest}-primary{end}"/>
    <size>{len(data)}</size>
  </data>
</repomd>"""
    server.serve("/os/repodata/repomd.xml", told.encode())


@pytest.fixture
def server():
    with serving() as one:
        yield one


@pytest.fixture
def ask(server, tmp_path):
    def question(*specs):
        base = Base(packages=frozenset({"glibc"}))
        request = SizeRequest(
            "rpm", specs, base=base, indexes=(Index(f"{server.url}/os", Origin.REPOSITORY),)
        )
        return rpm.package_sizes(
            request, OnlineSettings(online=True, cache=tmp_path, hosts=(server.host,))
        )

    return question


@pytest.mark.parametrize("end", PACKERS)
def test_what_is_needed_comes_along_in_its_newest_version(server, ask, end):
    publish(server, end=end)
    answer = ask("curl", "tzdata")
    assert [each.why for each in answer.missing] == []
    assert {f"{each.name} {each.version}" for each in answer.sizes} == {
        "curl 1.0-1.el9",
        "libcurl 1.10-1.el9",
        "bash 1.0-1.el9",
        "tzdata 1.0-1.el9",
    }
    assert answer.archive_bytes == 300_000 + 290_000 + 1_800_000 + 400_000
    assert answer.basis is Basis.GUESSED


def test_another_architecture_s_package_is_not_there(server, ask):
    publish(server)
    assert [each.why for each in ask("other").missing] == ["the index has no such package"]


def test_metadata_of_another_digest_is_no_answer(server, ask):
    publish(server, digest="0" * 64)
    assert "another digest" in ask("curl").missing[0].why


BOMB = b"""<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<metadata><package><name>&b;</name></package></metadata>"""
FILE = b'<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a SYSTEM "file:///etc/passwd">]><metadata>&a;</metadata>'


@pytest.mark.parametrize(
    ("content", "why"),
    [(BOMB, "document type"), (FILE, "document type"), (b"<a", "no XML"), (b"", "no XML")],
)
def test_hostile_metadata_is_no_answer(server, ask, content, why):
    publish(server, content)
    answer = ask("curl")
    assert why in answer.missing[0].why
    assert answer.layer_bytes is None


def test_deep_metadata_is_read_without_recursion(server, ask):
    publish(server, b"<a>" * 100_000 + b"</a>" * 100_000)
    assert [each.why for each in ask("curl").missing] == ["the index has no such package"]


def test_metadata_that_unpacks_to_very_much_is_not_read(server, ask, monkeypatch):
    monkeypatch.setattr(rpm, "LIMIT", 1000)
    publish(server)
    assert "more than 1000 bytes" in ask("curl").missing[0].why


@pytest.mark.parametrize("end", [".xml.gz", ".xml.xz", ".xml.zst"])
def test_metadata_that_breaks_off_is_no_answer(end):
    data = PACKERS[end](PRIMARY)
    with pytest.raises(DlintError, match="unpacked"):
        list(rpm.unpacked(data[: len(data) // 2], f"primary{end}", "here"))


@pytest.mark.parametrize(
    "text",
    [
        b"<repomd/>",
        b"<repomd",
        b'<repomd><data type="primary"><location href="x"/></data></repomd>',
    ],
)
def test_a_list_that_names_no_metadata_is_an_error(text):
    with pytest.raises(DlintError, match="here"):
        rpm.read_repomd(text, "here")


def test_versions_are_ordered_as_rpm_does():
    ordered = ["1.0~rc1", "1.0", "1.0^git1", "1.0a", "1.0.1", "1.9", "1.10", "2"]
    assert sorted(ordered, key=rpm._order) == ordered


def test_of_a_base_that_holds_more_only_what_is_named_counts(server, tmp_path):
    publish(server)
    settings = OnlineSettings(
        online=True, cache=tmp_path, indexes=(("fedora", f"{server.url}/$basearch/$releasever"),)
    )
    server.answers = {
        path.replace("/os/", "/x86_64/42/"): answer for path, answer in server.answers.items()
    }
    base = Base(packages=frozenset({"bash"}), distribution="fedora", release="42", holds_more=True)
    answer = rpm.package_sizes(SizeRequest("rpm", ("curl", "bash"), base=base), settings)
    assert [each.name for each in answer.sizes] == ["curl"]
    assert answer.size.bytes == round(300_000 * rpm.LAYER)
    assert answer.size.missing == (rpm.HELD,)


def test_where_the_packages_are_must_be_told(tmp_path):
    base = Base(distribution="fedora", release="42", holds_more=True)
    settings = OnlineSettings(online=True, cache=tmp_path)
    answer = rpm.package_sizes(SizeRequest("rpm", ("curl",), base=base), settings)
    assert answer.size.missing == ("curl: where the packages of fedora are is not known",)
