"""Files at fixed addresses: who is asked for their sizes, and what they take up in a layer."""

import gzip
import os

import pytest
from index_server import serving

from dlint.packages import OnlineSettings, SizeRequest
from dlint.sizes.indexes import downloads


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
