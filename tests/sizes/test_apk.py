"""Alpine's index, in the form that abuild makes it."""

import base64
import gzip
import io
import tarfile

import pytest
from index_server import serving

from dlint.errors import DlintError
from dlint.packages import Base, Index, OnlineSettings, Origin, SizeRequest
from dlint.sizes.indexes import apk

BASE = Base(libc="musl", libc_version=(1, 2), packages=frozenset({"musl", "busybox"}))
PACKAGES = """\
C:Q1ZjE=
P:musl
V:1.2.5-r0
A:x86_64
S:411000
I:667648
T:the musl c library (libc) implementation
D:
p:so:libc.musl-x86_64.so.1=1

C:Q1ZjE=
P:busybox
V:1.36.1-r28
S:509000
I:962560
p:/bin/sh cmd:busybox=1.36.1-r28

C:Q1ZjE=
P:curl
V:8.7.1-r0
S:160000
I:270336
D:ca-certificates-bundle so:libc.musl-x86_64.so.1 so:libcurl.so.4 !libcurl-old
p:cmd:curl=8.7.1-r0

C:Q1ZjE=
P:libcurl
V:8.7.1-r0
S:300000
I:600000
D:so:libc.musl-x86_64.so.1
p:so:libcurl.so.4=4.8.0

C:Q1ZjE=
P:ca-certificates-bundle
V:20240226-r0
S:123000
I:229376

C:Q1ZjE=
P:curl-doc
V:8.7.1-r0
S:40000
I:50000
i:curl=8.7.1-r0 docs

C:Q1ZjE=
P:curl-extra
V:8.7.1-r0
S:7
I:50000
i:curl=8.7.1-r0 libcurl

C:Q1ZjE=
P:needy
V:1
S:5
D:so:nosuch.so.1 virtual

C:Q1ZjE=
P:one
V:1
S:10
p:virtual=1 ranked=1
k:10

C:Q1ZjE=
P:two
V:1
S:20
p:virtual=1 ranked=1
k:10

C:Q1ZjE=
P:three
V:1
S:30
p:ranked=1
k:100
"""


def tarred(members, *, ends=True):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        size = tar.offset
    # A signature is cut off before the zero blocks that end a tar, so that the index goes on with
    # the same one.
    return data.getvalue() if ends else data.getvalue()[:size]


def index(text=PACKAGES, *, signed=True):
    signature = gzip.compress(
        tarred({".SIGN.RSA.builder@example.org-1.rsa.pub": bytes(256)}, ends=False)
    )
    content = gzip.compress(tarred({"DESCRIPTION": b"v3.20", "APKINDEX": text.encode()}))
    return signature * signed + content


@pytest.fixture
def server():
    with serving() as one:
        yield one


@pytest.fixture
def ask(server, tmp_path):
    def question(*specs, **rest):
        named = Index(f"{server.url}/alpine/v3.20/main", Origin.REPOSITORY)
        request = SizeRequest("apk", specs, base=BASE, indexes=(named,))
        settings = OnlineSettings(online=True, cache=tmp_path, hosts=(server.host,))
        return apk.package_sizes(request, settings._replace(**rest))

    server.serve("/alpine/v3.20/main/x86_64/APKINDEX.tar.gz", index())
    return question


def test_what_is_needed_comes_along_and_what_is_there_does_not(ask):
    answer = ask("curl>8")
    assert answer.complete
    assert {each.name for each in answer.sizes} == {
        "curl",
        "libcurl",
        "ca-certificates-bundle",
        "curl-extra",
    }
    assert answer.archive_bytes == answer.layer_bytes == 160_000 + 300_000 + 123_000 + 7
    assert next(each for each in answer.sizes if each.name == "curl").installed_bytes == 270_336


def test_what_nothing_provides_or_several_do_makes_the_answer_unknown(ask):
    answer = ask("needy")
    assert {each.name: each.why for each in answer.missing} == {
        "so:nosuch.so.1": "the index has no such package",
        "virtual": "several packages provide it",
    }
    assert answer.layer_bytes is None


def test_a_higher_priority_decides(ask):
    assert [each.name for each in ask("ranked").sizes] == ["three"]


def test_repositories_are_the_repository_s_and_asked_where_the_user_allows_it(ask, server):
    answer = ask("curl", hosts=())
    assert "named by the repository" in answer.missing[0].why
    assert not server.seen


def test_the_user_s_settings_tell_where_a_release_s_packages_are(server, tmp_path):
    server.serve("/alpine/v3.20/main/x86_64/APKINDEX.tar.gz", index())
    server.serve("/alpine/v3.20/community/x86_64/APKINDEX.tar.gz", index("P:other\nV:1\nS:5000\n"))
    settings = OnlineSettings(online=True, cache=tmp_path)
    told = settings._replace(indexes=(("alpine", f"{server.url}/alpine/"),))
    request = SizeRequest("apk", ("other",), base=Base(distribution="alpine", release="3.20"))
    assert apk.package_sizes(request, told).layer_bytes == 5_000
    lost = apk.package_sizes(request, settings)
    assert lost.missing[0].why == "where Alpine's packages are is not known"


def test_an_index_without_a_signature_is_read():
    assert [each.name for each in apk.read_index(index(signed=False), "here")][:2] == [
        "musl",
        "busybox",
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no gzip",
        index()[:-20],
        gzip.compress(b"no tar"),
        gzip.compress(tarred({"OTHER": b"x"})),
        base64.b64decode("H4sIAAAAAAAA"),
    ],
    ids=["empty", "plain", "cut", "no tar", "no index", "no content"],
)
def test_a_damaged_index_is_an_error(data):
    with pytest.raises(DlintError, match="here"):
        list(apk.read_index(data, "here"))


def test_an_index_that_unpacks_to_very_much_is_not_read(monkeypatch):
    monkeypatch.setattr(apk, "LIMIT", 1000)
    with pytest.raises(DlintError, match="more than 1000 bytes"):
        list(apk.read_index(index(), "here"))


def test_sizes_that_cannot_be_true_are_unknown(server, ask):
    text = "P:liar\nV:1\nS:-5\nI:99999999999999999999\n\nP:half\nnonsense\n"
    server.serve("/alpine/v3.20/main/x86_64/APKINDEX.tar.gz", index(text))
    answer = ask("liar")
    assert [each.archive_bytes for each in answer.sizes] == [None]
    assert answer.layer_bytes is None
