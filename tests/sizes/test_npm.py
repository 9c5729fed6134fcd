"""Node's packages: what lock files name, and what their tarballs weigh."""

import json
import shutil

import pytest
from index_server import serving

from dlint.findings import Basis
from dlint.packages import Index, Locked, OnlineSettings, Origin, SizeRequest
from dlint.sizes.indexes import clients, http, npm

TOKEN = "s3cret"  # noqa: S105  of nobody


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
def own(server, monkeypatch):
    """Let the user's registry be the server's."""
    found = clients.NodeIndexes(Index(server.url, authorization=f"Bearer {TOKEN}"), {})
    monkeypatch.setattr(npm, "node_indexes", lambda _: found)
    return found


def publish(server, name, size, version="1.0.0", **rest):
    plain = name.rpartition("/")[2]
    place = f"/{name}/-/{plain}-{version}.tgz"
    server.serve(place, bytes(size))
    told = {"name": name, "version": version, "dist": {"tarball": f"{server.url}{place}"}, **rest}
    server.serve(f"/{name}/{version}", json.dumps(told).encode(), "application/json")
    document = {"name": name, "dist-tags": {"latest": version}, "versions": {version: told}}
    server.serve(f"/{name}", json.dumps(document).encode(), "application/json")


def ask(settings, *specs, locked=(), **rest):
    return npm.package_sizes(SizeRequest("npm", specs, tuple(locked), **rest), settings)


@pytest.mark.usefixtures("own")
def test_a_tarball_s_size_is_asked_of_the_user_s_registry(server, settings):
    publish(server, "demo", 1000)
    publish(server, "@scope/demo", 500)
    answer = ask(
        settings,
        locked=[Locked("demo", "1.0.0"), Locked("@scope/demo", "1.0.0"), Locked("demo", "1.0.0")],
    )
    assert answer.archive_bytes == 2500  # one that stands in two folders is in the layer twice
    assert answer.layer_bytes == sum(round(each * npm.LAYER) for each in (1000, 500, 1000))
    assert answer.basis is Basis.MODELLED
    assert sorted(server.asked) == [
        "HEAD /@scope/demo/-/demo-1.0.0.tgz",
        "HEAD /demo/-/demo-1.0.0.tgz",
    ]
    assert set(server.told("Authorization")) == {f"Bearer {TOKEN}"}


@pytest.mark.usefixtures("own")
def test_a_registry_that_keeps_tarballs_elsewhere_is_asked_where_and_its_credential_stays(
    server, settings
):
    with serving() as other:
        other.serve("/files/x.tgz", bytes(700))
        document = {"dist": {"tarball": f"{other.url}/files/x.tgz"}}
        server.serve("/demo/1.0.0", json.dumps(document).encode())
        assert ask(settings, locked=[Locked("demo", "1.0.0")]).archive_bytes == 700
        assert other.told("Authorization") == [None]


@pytest.mark.parametrize(
    "document",
    [b"{}", b"[" * 50_000, b'{"dist": {"tarball": "file:///etc/passwd"}}', b'{"dist": 3}'],
)
@pytest.mark.usefixtures("own")
def test_a_package_that_the_registry_does_not_have_is_unknown(server, settings, document):
    publish(server, "demo", 1000)
    server.serve("/other/1.0.0", document)
    answer = ask(settings, locked=[Locked("demo", "1.0.0"), Locked("other", "1.0.0")])
    assert answer.layer_bytes is None
    assert answer.at_least == round(1000 * npm.LAYER)
    assert [each.name for each in answer.missing] == ["other"]


@pytest.mark.usefixtures("own")
def test_what_comes_from_no_registry_and_other_registries_make_the_answer_unknown(server, settings):
    publish(server, "demo", 1000)
    answer = ask(
        settings,
        locked=[Locked("demo", "1.0.0"), Locked("here", "file:.", why="comes from no registry")],
    )
    assert [each.name for each in answer.missing] == ["here"]


@pytest.mark.usefixtures("own")
def test_a_registry_that_the_repository_names_is_asked_where_the_user_allows_it(server, settings):
    publish(server, "demo", 1000)
    with serving() as other:
        publish(other, "demo", 700)
        told = {
            "locked": [Locked("demo", "1.0.0")],
            "indexes": (Index(other.url, Origin.REPOSITORY),),
        }
        assert "named by the repository" in ask(settings, **told).missing[0].why
        assert not other.seen
        answer = ask(settings._replace(hosts=(other.host,)), **told)
        assert answer.archive_bytes == 700
        assert other.told("Authorization") == [None]
    assert not server.seen


@pytest.mark.usefixtures("own")
def test_a_repository_may_name_the_user_s_own_registry(server, settings):
    publish(server, "demo", 1000)
    own = (Index(server.url, Origin.REPOSITORY),)
    assert ask(settings, locked=[Locked("demo", "1.0.0")], indexes=own).archive_bytes == 1000


@pytest.mark.parametrize(
    "spec",
    [
        "../here",
        "git+https://code.example/x",
        "https://files.example/x.tgz",
        "--prefix=/",
        "a b",
        "file:x",
    ],
)
@pytest.mark.usefixtures("own")
def test_what_is_no_name_is_never_handed_to_npm(settings, spec):
    answer = ask(settings, spec)
    assert [each.why for each in answer.missing] == [npm.NAMELESS]


@pytest.mark.usefixtures("own")
def test_a_package_that_may_be_for_another_platform_is_asked_of_the_registry(server, settings):
    publish(server, "native-darwin-x64", 900, os=["darwin"])
    publish(server, "native-linux-x64", 800, os=["linux"])
    locked = [
        Locked(f"native-{each}-x64", "1.0.0", conditional=True) for each in ("darwin", "linux")
    ]
    answer = ask(settings, locked=locked)
    assert answer.archive_bytes == 800
    assert answer.complete


@pytest.mark.skipif(not shutil.which("npm"), reason="needs npm")
class TestRealNpm:
    @pytest.fixture(autouse=True)
    def _user(self, server, monkeypatch, tmp_path):
        clients._of_npm.cache_clear()
        (tmp_path / "npmrc").write_text(
            f"registry={server.url}/\n//{server.host}/:_authToken=${{OWN_TOKEN}}\n@corp:registry=https://corp.example/npm/\n"
        )
        monkeypatch.setenv("NPM_CONFIG_USERCONFIG", str(tmp_path / "npmrc"))
        monkeypatch.setenv("NPM_CONFIG_CACHE", str(tmp_path / "npm"))
        monkeypatch.setenv("OWN_TOKEN", TOKEN)
        yield
        clients._of_npm.cache_clear()

    def test_the_user_s_configuration_tells_registries_and_tokens(self, server):
        found = clients.node_indexes(None)
        assert found.of("demo") == Index(server.url, authorization=f"Bearer {TOKEN}")
        assert found.of("@corp/demo") == Index("https://corp.example/npm")

    def test_names_are_resolved_with_all_that_they_need_for_the_base(self, server, settings):
        publish(
            server,
            "demo",
            1000,
            dependencies={"below": "^1.0.0"},
            optionalDependencies={"native": "*"},
        )
        publish(server, "below", 200, scripts={"postinstall": "exit 1"}, hasInstallScript=True)
        publish(server, "native", 300, os=["darwin"])
        answer = ask(settings, "demo@^1")
        assert [each.why for each in answer.missing] == []
        assert answer.archive_bytes == 1200

    def test_a_registry_that_the_repository_names_is_told_no_token(self, settings):
        with serving() as other:
            publish(other, "demo", 700)
            index = (Index(other.url, Origin.REPOSITORY),)
            answer = ask(settings._replace(hosts=(other.host,)), "demo", indexes=index)
            assert answer.archive_bytes == 700
            assert set(other.told("Authorization")) == {None}

    def test_a_name_that_is_not_there_is_unknown(self, server, settings):
        publish(server, "demo", 1000)
        answer = ask(settings, "demo", "nosuch")
        assert answer.layer_bytes is None
        assert answer.missing


@pytest.mark.skipif(not shutil.which("npm"), reason="needs npm")
@pytest.mark.usefixtures("own")
def test_a_name_that_cannot_be_had_hides_no_other(server, settings, monkeypatch):
    publish(server, "demo", 1000)
    publish(server, "other", 500)
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", server.url)
    answer = ask(settings, "demo", "nobody-has-it", "other")
    assert sorted(each.name for each in answer.sizes) == ["demo", "other"]
    assert [each.name for each in answer.missing] == ["nobody-has-it"]
    assert "404" in answer.missing[0].why
    # what npm said is kept for the day
    monkeypatch.setattr(npm, "run", None)
    assert ask(settings, "demo", "nobody-has-it", "other")[::2] == answer[::2]


@pytest.mark.usefixtures("own")
def test_what_an_install_downloads_besides_makes_a_lower_bound(server, settings):
    publish(server, "puppeteer", 1000)
    answer = ask(settings, locked=[Locked("puppeteer", "1.0.0")])
    assert answer.size.is_bound
    assert answer.size.bytes == round(1000 * npm.LAYER)
