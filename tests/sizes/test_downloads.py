"""Files at fixed addresses: who is asked for their sizes, and what they take up in a layer."""

import gzip
import json
import os

import pytest
from index_server import serving

from dlint.packages import Base, Index, Locked, OnlineSettings, Origin, SizeRequest
from dlint.sizes.indexes import conda, downloads


@pytest.fixture
def server():
    with serving() as one:
        yield one


@pytest.fixture
def settings(server, tmp_path):
    return OnlineSettings(online=True, cache=tmp_path, hosts=(server.host,))


def ask(settings, *urls):
    return downloads.package_sizes(SizeRequest("download", urls), settings)


def test_a_packed_file_takes_up_what_it_has(server, settings):
    content = gzip.compress(os.urandom(500_000))
    server.serve("/tool", content)
    answer = ask(settings, f"{server.url}/tool")
    assert answer.archive_bytes == answer.layer_bytes == len(content)


def test_a_plain_file_takes_up_what_its_begin_packs_to(server, settings):
    server.serve("/tool", b"0123456789abcdef" * 100_000)
    answer = ask(settings, f"{server.url}/tool")
    assert answer.archive_bytes == 1_600_000
    assert answer.layer_bytes < 20_000


def test_only_the_begin_is_read(server, settings):
    server.serve("/tool", bytes(5_000_000))
    ask(settings, f"{server.url}/tool")
    assert server.asked == ["HEAD /tool", "GET /tool"]
    assert server.told("Range") == [None, f"bytes=0-{downloads.SAMPLE - 1}"]


def test_without_its_begin_what_a_file_takes_up_is_unknown(server, settings):
    server.serve("/tool", b"x" * 5000, **{"Accept-Ranges": "none"})
    answer = ask(settings, f"{server.url}/tool")
    assert (answer.archive_bytes, answer.layer_bytes) == (5000, None)


def test_a_host_that_the_user_does_not_allow_is_not_asked(server, settings):
    with serving() as other:
        other.serve("/tool", b"x")
        answer = ask(settings, f"{other.url}/tool", f"{server.url}/nosuch")
        assert not other.seen
    assert ["named by the repository" in each.why for each in answer.missing] == [True, False]
    assert answer.layer_bytes is None


@pytest.mark.parametrize(
    "url", ["https://[", "x", "", "file:///etc/passwd", "git://code.example/x"]
)
def test_what_is_no_address_is_unknown(settings, url):
    assert [each.name for each in ask(settings, url).missing] == [url]


def test_conda_s_channels_tell_sizes_of_what_a_lock_file_names(server, settings):
    packages = {"a-1-0.tar.bz2": {"size": 7}, "liar-1-0.tar.bz2": {"size": -7}}
    content = {"packages": packages, "packages.conda": {"b-1-0.conda": {"size": 9}}}
    server.serve("/main/linux-64/repodata.json", json.dumps(content).encode())
    server.serve("/main/noarch/repodata.json", b"{}")
    text = "@EXPLICIT\nhttps://conda.example/main/linux-64/a-1-0.tar.bz2#00\nhttps://conda.example/main/noarch/b-1-0.conda\n"
    locked = conda.read_conda_lock("explicit.txt", text).packages
    channel = Index(f"{server.url}/main", Origin.REPOSITORY)
    answer = conda.package_sizes(SizeRequest("conda", locked=locked, indexes=(channel,)), settings)
    assert [(each.name, each.archive_bytes) for each in answer.sizes] == [("a", 7), ("b", 9)]
    assert answer.layer_bytes is None
    liar = Locked("liar", "1", filename="liar-1-0.tar.bz2")
    lost = conda.package_sizes(SizeRequest("conda", locked=(liar,), indexes=(channel,)), settings)
    assert [each.name for each in lost.missing] == ["liar"]


def test_pixi_s_lock_file_tells_sizes_without_any_channel():
    text = """
version: 6
packages:
- conda: https://conda.example/main/linux-64/python-3.12.1-h00_0.conda
  sha256: '00'
  size: 31000000
- conda: https://conda.example/main/osx-64/python-3.12.1-h00_0.conda
  size: 1
- pypi: https://files.example/x.whl
"""
    (locked,) = conda.read_conda_lock("pixi.lock", text).packages
    assert (locked.name, locked.version, locked.archive_bytes) == ("python", "3.12.1", 31_000_000)
    answer = conda.package_sizes(
        SizeRequest("conda", locked=(locked,), base=Base()), OnlineSettings()
    )
    assert answer.archive_bytes == 31_000_000


def test_conda_lock_s_file_names_archives():
    text = """
version: 1
package:
- name: python
  platform: linux-64
  manager: conda
  url: https://conda.example/main/linux-64/python-3.12.1-h00_0.conda
- name: python
  platform: osx-64
  url: https://conda.example/main/osx-64/python-3.12.1-h00_0.conda
"""
    assert [each.filename for each in conda.read_conda_lock("conda-lock.yml", text).packages] == [
        "python-3.12.1-h00_0.conda"
    ]
