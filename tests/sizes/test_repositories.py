"""Apt's repositories: a release's own and those of `deb` lines, as they are served."""

import hashlib
import lzma

import pytest
from index_server import serving

from dlint.context import EmptyContext
from dlint.findings import Basis
from dlint.model import Build
from dlint.packages import Base, Index, OnlineSettings, Origin, SizeRequest
from dlint.sizes import apt, layer_bytes
from dlint.sizes.indexes import http, repositories
from dlint.sizes.indexes.table import debian
from dlint.sizes.sources import Asked
from dlint.syntax.parser import parse
from dlint.text.source import Source

BASE = Base(
    distribution="debian", release="bookworm", packages=apt.base_packages("bookworm"), slim=True
)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(http, "FIRST_WAIT", 0.0)
    monkeypatch.setattr(repositories._Indexes, "_known", {})
    monkeypatch.setattr(repositories, "SOURCES", (repositories.Path("/nowhere"),) * 2)


@pytest.fixture
def server():
    with serving() as one:
        yield one


@pytest.fixture
def settings(server, tmp_path):
    return OnlineSettings(
        online=True, cache=tmp_path / "cache", indexes=(("debian", f"{server.url}/debian"),)
    )


def stanza(name, size, version="1.0", **fields):
    told = {"Package": name, "Version": version, "Size": size, "Installed-Size": size >> 10}
    told |= {key.replace("_", "-"): value for key, value in fields.items()}
    return "".join(f"{key}: {value}\n" for key, value in told.items())


def publish(server, *stanzas, suite="bookworm", place="/debian", components=("main",), digest=""):
    """Serve a suite: its signed list of digests, and one index of the stanzas in each component."""
    data = lzma.compress("\n".join(stanzas).encode())
    lines = []
    for component in components:
        name = f"{component}/binary-amd64/Packages.xz"
        lines.append(f" {digest or hashlib.sha256(data).hexdigest()} {len(data)} {name}\n")
        server.serve(f"{place}/dists/{suite}/{name}", data)
    text = f"-----BEGIN PGP SIGNED MESSAGE-----\n\nSuite: {suite}\nSHA256:\n{''.join(lines)}"
    server.serve(f"{place}/dists/{suite}/InRelease", text.encode())


def ask(settings, *specs, **rest):
    return repositories.package_sizes(SizeRequest("apt", specs, base=BASE, **rest), settings)


def test_packages_come_with_what_they_need_and_updates_go_first(server, settings):
    publish(
        server,
        stanza("acme", 5_000_000, Depends="acme-data, libc6", Recommends="acme-doc"),
        stanza("acme-data", 1_000_000),
        stanza("acme-doc", 700_000),
        stanza("libc6", 3_000_000),
    )
    publish(server, stanza("acme-data", 2_000_000, "1.1"), suite="bookworm-updates")
    answer = ask(settings, "acme")
    assert {each.name: each.archive_bytes for each in answer.sizes} == {
        "acme": 5_000_000,
        "acme-data": 2_000_000,
        repositories.RECORDS: 0,
    }
    assert answer.complete
    assert answer.basis is Basis.MODELLED
    assert answer.layer_bytes > 7_000_000
    assert "acme-doc" in {each.name for each in ask(settings, "acme", recommends=True).sizes}


def test_a_package_that_was_measured_weighs_as_much_by_its_bytes(server, settings):
    curl = debian("bookworm").package("curl")
    publish(server, stanza("curl", curl.archive * 2))
    publish(server, suite="bookworm-updates")
    sizes = {each.name: each.layer_bytes for each in ask(settings, "curl").sizes}
    assert sizes["curl"] == curl.slim * 2


def test_a_name_that_no_index_has_is_told(server, settings):
    publish(server, stanza("acme", 5_000_000))
    publish(server, suite="bookworm-updates")
    answer = ask(settings, "acme", "nosuch")
    assert [(each.name, each.why) for each in answer.missing] == [
        ("nosuch", "no index of its repositories has it")
    ]
    assert answer.layer_bytes is None
    assert answer.at_least > 5_000_000


def test_an_index_of_another_digest_is_no_answer(server, settings):
    publish(server, stanza("acme", 5_000_000), digest="0" * 64)
    publish(server, suite="bookworm-updates")
    assert "another digest" in ask(settings, "acme").missing[0].why


@pytest.mark.parametrize("body", [b"", b"\xff" * 100, b"SHA256:\n nothing\n"])
def test_a_damaged_list_of_digests_is_no_answer(server, settings, body):
    server.serve("/debian/dists/bookworm/InRelease", body)
    server.serve("/debian/dists/bookworm-updates/InRelease", body)
    assert ask(settings, "acme").layer_bytes is None


def test_without_a_place_for_the_distribution_nothing_is_known(settings):
    answer = ask(settings._replace(indexes=()), "acme")
    assert answer.missing[0].why == "where the packages of debian are is not known"


@pytest.mark.parametrize(
    "text",
    [
        "deb https://mirror.example/debian bookworm main\n",
        "# deb https://other.example/debian x\nTypes: deb\nURIs: https://mirror.example/debian/\n",
    ],
)
def test_the_sources_of_apt_on_this_machine_tell_the_place(tmp_path, monkeypatch, text):
    (tmp_path / "own.list").write_text(text)
    (tmp_path / "own.sources").write_text(text)
    monkeypatch.setattr(repositories, "SOURCES", (tmp_path / "sources.list", tmp_path))
    assert repositories._of_this_machine("debian") == "https://mirror.example/debian"
    assert repositories._of_this_machine("ubuntu") == ""


def test_a_repository_that_the_dockerfile_adds_is_asked_where_the_user_allows_it(server, settings):
    publish(server, stanza("curl", 300_000))
    publish(server, suite="bookworm-updates")
    with serving() as other:
        publish(other, stanza("acme-ce", 30_000_000), place="/linux", components=("stable",))
        line = f'echo "deb [arch=amd64] {other.url}/linux $(lsb_release -cs) stable" > /etc/apt/x'
        install = "apt-get install -y --no-install-recommends acme-ce"
        text = f"FROM debian:12-slim\nRUN {line} && apt-get update && {install} && rm -rf /var/lib/apt/lists/*\n"
        build = Build(parse(Source("Dockerfile", text)), EmptyContext())
        run = build.stages[0].instructions[-1]

        def size(allowed):
            asking = build.asking(Asked(repositories.package_sizes, lambda: allowed))
            return layer_bytes(asking, asking.stages[0], run)

        refused = size(settings)
        assert refused.is_unknown
        assert "named by the repository" in " ".join(refused.missing)
        assert not other.seen
        told = size(settings._replace(hosts=(other.host,)))
        assert told.whole > 29_000_000
        assert told.sources


def test_a_named_index_carries_no_credential(server, settings):
    publish(server, stanza("acme", 5_000_000), suite="x", place="/linux", components=("stable",))
    publish(server)
    publish(server, suite="bookworm-updates")
    index = Index(f"{server.url}/linux", Origin.REPOSITORY, "Basic s3cret", suite="x stable")
    allowed = settings._replace(hosts=(server.host,))
    assert ask(allowed, "acme", indexes=(index,)).complete
    assert set(server.told("Authorization")) == {None}
