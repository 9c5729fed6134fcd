"""The client of package indexes: who is asked and told what, and what comes of strange answers."""

import os
import time

import pytest
from index_server import serving

from dlint.errors import DlintError
from dlint.packages import Index, OnlineSettings, Origin
from dlint.sizes.indexes import http, kept
from dlint.sizes.indexes.http import Client, OfflineError, RefusedError
from dlint.sizes.indexes.kept import Kept, Shelf

SECRET = "Basic s3cret"  # noqa: S105  of nobody


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr(http, "FIRST_WAIT", 0.0)


@pytest.fixture
def server():
    with serving() as one:
        yield one


@pytest.fixture
def settings(tmp_path):
    return OnlineSettings(online=True, cache=tmp_path / "cache")


@pytest.fixture
def client(settings):
    with Client(settings) as one:
        yield one


def own(server, **rest):
    return Index(server.url, **rest)


def test_no_client_without_being_asked_to():
    with pytest.raises(OfflineError, match="--online"):
        Client(OnlineSettings())


def test_an_answer_is_kept_and_asked_for_changes_when_it_is_old(server, client, monkeypatch):
    server.serve("/a", b"content", ETag='"1"')
    assert client.get(f"{server.url}/a", own(server)).body == b"content"
    assert client.get(f"{server.url}/a", own(server)).body == b"content"
    assert len(server.seen) == 1
    now = time.time() + 2 * kept.DAY
    monkeypatch.setattr(time, "time", lambda: now)
    assert client.get(f"{server.url}/a", own(server)).body == b"content"
    assert server.told("If-None-Match") == [None, '"1"']
    client.get(f"{server.url}/a", own(server))
    assert len(server.seen) == 2


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_peer_is_asked_again(server, client, status):
    server.answers["/a"] = [(status, {"Retry-After": "0"}, b""), (status, {}, b""), (200, {}, b"x")]
    assert client.get(f"{server.url}/a", own(server)).body == b"x"
    assert len(server.seen) == 3


def test_a_long_wait_is_told_and_not_kept(server, client):
    server.answers["/a"] = (429, {"Retry-After": "3600"}, b"")
    for _ in range(2):
        with pytest.raises(RefusedError, match="too many requests") as caught:
            client.get(f"{server.url}/a", own(server))
    assert "3600" in caught.value.hint
    assert len(server.seen) == 2


def test_an_answer_that_breaks_off_is_asked_for_again_and_never_used(server, client):
    broken = 200, {"Content-Length": "100"}, b"half"
    server.answers["/a"] = [broken, (200, {}, b"whole")]
    server.answers["/b"] = broken
    assert client.get(f"{server.url}/a", own(server)).body == b"whole"
    with pytest.raises(DlintError, match="closed the connection early"):
        client.get(f"{server.url}/b", own(server))
    assert server.asked.count("GET /b") == http.RETRIES + 1


def test_a_host_that_cannot_be_reached_is_given_up_for_all_questions(server, client):
    url, index = server.url, own(server)
    server.server_close()
    answers = client.each(lambda path: client.get(f"{url}/{path}", index), ["a"])
    before = time.monotonic()
    answers += client.each(lambda path: client.get(f"{url}/{path}", index), range(500))
    assert all(
        isinstance(each, DlintError) and "cannot be reached" in each.message for each in answers
    )
    assert len(client._unreachable) == 1, before


def test_more_than_the_limit_is_not_read(server, client):
    server.serve("/a", b"x" * 1000)
    with pytest.raises(DlintError, match="more than 999 bytes"):
        client.get(f"{server.url}/a", own(server), limit=999)


def test_a_packed_answer_is_limited_as_unpacked(server, client):
    import gzip

    server.serve("/a", gzip.compress(bytes(1 << 20)), **{"Content-Encoding": "gzip"})
    with pytest.raises(DlintError, match="more than 1000 bytes"):
        client.get(f"{server.url}/a", own(server), limit=1000)


def test_a_credential_goes_to_its_own_place_alone(server, client):
    with serving() as other:
        other.serve("/b", b"x")
        server.answers["/a"] = (302, {"Location": f"{other.url}/b"}, b"")
        server.answers["/c"] = (302, {"Location": "/d"}, b"")
        server.serve("/d", b"y")
        index = own(server, authorization=SECRET)
        assert client.get(f"{server.url}/a", index).body == b"x"
        assert client.get(f"{server.url}/c", index).body == b"y"
        assert other.told("Authorization") == [None]
        assert server.told("Authorization") == [SECRET] * 3


def test_a_host_that_the_repository_names_is_not_asked(server, client):
    server.serve("/a", b"x")
    with pytest.raises(DlintError, match="named by the repository") as caught:
        client.get(f"{server.url}/a", own(server, origin=Origin.REPOSITORY))
    assert server.host in caught.value.hint
    assert not server.seen


def test_a_host_that_the_repository_names_is_asked_where_the_user_allows_it_and_gets_no_credential(
    server, settings
):
    server.serve("/a", b"x")
    index = own(server, origin=Origin.REPOSITORY, authorization=SECRET)
    with Client(settings._replace(hosts=(server.host,))) as client:
        assert client.get(f"{server.url}/a", index).body == b"x"
    assert server.told("Authorization") == [None]


def test_an_allowed_host_hands_over_to_no_other(server, settings):
    with serving() as other:
        server.answers["/a"] = (302, {"Location": f"{other.url}/b"}, b"")
        with (
            Client(settings._replace(hosts=(server.host,))) as client,
            pytest.raises(DlintError, match="named by the repository"),
        ):
            client.get(f"{server.url}/a", own(server, origin=Origin.REPOSITORY))
        assert not other.seen


def test_what_the_user_may_read_is_not_for_who_names_the_same_address(server, settings):
    server.serve("/a", b"x")
    with Client(settings._replace(hosts=(server.host,))) as client:
        client.get(f"{server.url}/a", own(server, authorization=SECRET))
        client.get(f"{server.url}/a", own(server, origin=Origin.REPOSITORY))
    assert server.told("Authorization") == [SECRET, None]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://index.example/a", "without TLS"),
        ("ftp://index.example/a", "not an http or https"),
        ("file:///etc/passwd", "not an http or https"),
        ("https://user:pass@index.example/a", "password"),
    ],
)
def test_addresses_that_are_never_asked(client, url, why):
    with pytest.raises(DlintError, match=why) as caught:
        client.get(url, Index("https://index.example"))
    assert "pass@" not in caught.value.message


def test_redirects_end(server, client):
    server.answers["/a"] = (302, {"Location": "/a"}, b"")
    with pytest.raises(DlintError, match="redirects forever"):
        client.get(f"{server.url}/a", own(server))
    assert len(server.seen) == http.REDIRECTS + 1


def test_a_length_is_asked_for_once(server, client):
    server.serve("/a", b"x" * 77)
    assert [client.length(f"{server.url}/a", own(server)) for _ in range(2)] == [77, 77]
    assert server.asked == ["HEAD /a"]


@pytest.mark.parametrize("status", [403, 405])
def test_where_a_head_is_refused_a_part_tells_the_length(server, client, status):
    content = bytes(5000)

    def answer(headers):
        return (200, {}, content) if headers.get("Range") else (status, {}, b"")

    server.answers["/a"] = answer
    assert client.length(f"{server.url}/a", own(server)) == 5000
    assert server.asked == ["HEAD /a", "GET /a"]


def test_a_whole_file_is_never_read_for_its_length(server, client):
    server.answers["/a"] = lambda headers: (
        (200, {"Content-Length": "900000000", "Accept-Ranges": "none"}, b"begin")
        if headers.get("Range")
        else (403, {}, b"")
    )
    assert client.length(f"{server.url}/a", own(server)) == 900_000_000


@pytest.mark.parametrize("told", ["-5", "0", "1e9", "99999999999999999999", "", "12x"])
def test_a_length_that_cannot_be_true_is_none(server, client, told):
    headers = (
        {"Content-Length": told, "Accept-Ranges": "none"}
        if told
        else {"Transfer-Encoding": "identity", "Content-Length": ""}
    )
    server.answers["/a"] = (200, headers, b"")
    assert client.length(f"{server.url}/a", own(server)) is None


def test_questions_run_in_parallel_up_to_a_bound_and_tell_their_progress(settings):
    import threading

    running, most, lock, gate = [], [], threading.Lock(), threading.Barrier(4)

    def question(number):
        with lock:
            running.append(number)
            most.append(len(running))
        gate.wait(10)
        with lock:
            running.remove(number)
        if number == 3:
            raise DlintError("no")
        return number

    told = []
    with Client(
        settings._replace(threads=4, progress=lambda done, of: told.append((done, of)))
    ) as client:
        answers = client.each(question, range(8))
    assert [each if isinstance(each, int) else each.message for each in answers] == [
        0,
        1,
        2,
        "no",
        4,
        5,
        6,
        7,
    ]
    assert max(most) == 4
    assert told == [(done, 8) for done in range(1, 9)]


def test_no_answer_in_time_is_an_error(server, settings):
    import threading

    release = threading.Event()
    server.answers["/a"] = lambda _: (200, {}, b"x" * release.wait(30))
    with (
        Client(settings._replace(deadline=0.2)) as client,
        pytest.raises(DlintError, match="within"),
    ):
        client.get(f"{server.url}/a", own(server))
    release.set()


def test_a_damaged_answer_on_the_disk_is_asked_for_again(server, client, tmp_path):
    server.serve("/a", b"content")
    client.get(f"{server.url}/a", own(server))
    (file,) = (each for each in (tmp_path / "cache").glob("*/??/*"))
    file.write_bytes(file.read_bytes()[:-3] + b"abc")
    assert client.get(f"{server.url}/a", own(server)).body == b"content"
    assert len(server.seen) == 2


def test_a_cache_that_cannot_be_written_costs_time_alone(server, settings, tmp_path):
    (tmp_path / "file").write_text("")
    server.serve("/a", b"content")
    with Client(settings._replace(cache=tmp_path / "file")) as client:
        assert client.get(f"{server.url}/a", own(server)).body == b"content"


def test_what_nobody_used_for_long_is_swept_away_and_the_oldest_where_there_is_too_much(
    tmp_path, monkeypatch
):
    shelf = Shelf(tmp_path)
    names = ["old", "older", "new"]
    for name in names:
        shelf.put(name, Kept(0.0, {}, os.urandom(1000)))
    for name, days in (("old", 10), ("older", 100), ("new", 0)):
        used = time.time() - days * kept.DAY
        os.utime(shelf._file(name), (used, used))
    shelf.sweep()
    assert [name for name in names if shelf._file(name).exists()] == ["old", "new"]
    (tmp_path / kept.FOLDER / kept.SWEPT).unlink()
    monkeypatch.setattr(kept, "MOST", 1500)
    shelf.sweep()
    assert [name for name in names if shelf._file(name).exists()] == ["new"]


def test_an_answer_under_another_name_is_not_taken(tmp_path):
    shelf = Shelf(tmp_path)
    shelf.put("one", Kept(1.0, {}, b"x"))
    shelf._file("other").parent.mkdir(exist_ok=True, parents=True)
    shelf._file("one").rename(shelf._file("other"))
    assert shelf.find("other") is None
