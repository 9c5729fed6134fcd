"""Node's packages: what lock files name, and what their tarballs weigh."""

import json
import shutil

import pytest
from index_server import serving

from dlint.errors import DlintError
from dlint.findings import Basis
from dlint.packages import Base, Index, Locked, OnlineSettings, Origin, SizeRequest
from dlint.sizes.indexes import clients, http, npm
from dlint.sizes.indexes.nodelocks import NodeWanted, read_node_lock

ALL, PRODUCTION = NodeWanted(Base()), NodeWanted(Base(), production=True)
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


def names(text, wanted=ALL, name="package-lock.json"):
    return sorted(
        f"{each.name}@{each.version}"
        for each in read_node_lock(name, text, wanted).packages
        if not each.why
    )


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
    index = Index("https://registry.example", Origin.REPOSITORY)
    assert (
        "is not asked"
        in ask(settings, locked=[Locked("demo", "1.0.0")], indexes=(index,)).missing[0].why
    )


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


FLAT = {
    "lockfileVersion": 3,
    "packages": {
        "": {
            "dependencies": {"demo": "1"},
            "devDependencies": {"tester": "1"},
            "optionalDependencies": {"native": "1"},
        },
        "node_modules/demo": {"version": "1.0.0", "dependencies": {"below": "2"}},
        "node_modules/demo/node_modules/below": {"version": "2.0.0"},
        "node_modules/below": {"version": "1.0.0", "dev": True},
        "node_modules/tester/node_modules/demo": {"version": "1.0.0", "dev": True},
        "node_modules/tester": {"version": "1.0.0", "dev": True, "dependencies": {"below": "1"}},
        "node_modules/native": {
            "version": "1.0.0",
            "optional": True,
            "optionalDependencies": {"native-win": "1", "native-linux": "1"},
        },
        "node_modules/native-win": {
            "version": "1.0.0",
            "optional": True,
            "os": ["win32"],
            "dependencies": {"win-only": "1"},
        },
        "node_modules/win-only": {"version": "1.0.0", "optional": True},
        "node_modules/native-linux": {
            "version": "1.0.0",
            "optional": True,
            "os": ["linux"],
            "cpu": ["x64"],
            "libc": ["glibc"],
        },
        "node_modules/alias": {"name": "real", "version": "3.0.0"},
        "node_modules/inner": {"version": "1.0.0", "inBundle": True},
        "node_modules/linked": {"resolved": "packages/linked", "link": True},
        "packages/linked": {"version": "0.0.1"},
        "node_modules/git": {"version": "1.0.0", "resolved": "git+ssh://git@code.example/x.git#00"},
    },
}


def test_npm_s_lock_file_names_what_fits_the_base():
    everything = [
        "below@1.0.0",
        "below@2.0.0",
        "demo@1.0.0",
        "demo@1.0.0",
        "native-linux@1.0.0",
        "native@1.0.0",
        "real@3.0.0",
        "tester@1.0.0",
    ]
    assert names(json.dumps(FLAT)) == everything
    assert [
        each.name
        for each in read_node_lock("package-lock.json", json.dumps(FLAT), ALL).packages
        if each.why
    ] == ["git"]
    musl = ALL._replace(base=Base(libc="musl", libc_version=(1, 2)))
    assert "native-linux@1.0.0" not in names(json.dumps(FLAT), musl)


def test_without_packages_for_development():
    assert names(json.dumps(FLAT), PRODUCTION) == [
        "below@2.0.0",
        "demo@1.0.0",
        "native-linux@1.0.0",
        "native@1.0.0",
        "real@3.0.0",
    ]


def test_npm_s_first_lock_file():
    lock = {
        "lockfileVersion": 1,
        "dependencies": {
            "demo": {"version": "1.0.0", "dependencies": {"below": {"version": "2.0.0"}}},
            "tester": {"version": "1.0.0", "dev": True},
            "inner": {"version": "1.0.0", "bundled": True},
            "alias": {"version": "npm:real@3.0.0"},
            "git": {"version": "git+ssh://git@code.example/x.git#00"},
        },
    }
    assert names(json.dumps(lock)) == ["below@2.0.0", "demo@1.0.0", "real@3.0.0", "tester@1.0.0"]
    assert names(json.dumps(lock), PRODUCTION) == ["below@2.0.0", "demo@1.0.0", "real@3.0.0"]


YARN_1 = """# yarn lockfile v1


"@scope/demo@^1.0.0", "@scope/demo@^1.1.0":
  version "1.2.0"
  resolved "https://registry.example/@scope/demo/-/demo-1.2.0.tgz#00"
  integrity sha512-xx
  dependencies:
    below "^2.0.0"
  optionalDependencies:
    native-darwin-x64 "1.0.0"

below@^2.0.0:
  version "2.1.0"
  resolved "https://registry.example/below/-/below-2.1.0.tgz#00"

native-darwin-x64@1.0.0:
  version "1.0.0"
  resolved "https://registry.example/native-darwin-x64/-/native-darwin-x64-1.0.0.tgz#00"

"alias@npm:real@^3.0.0":
  version "3.0.0"
  resolved "https://registry.example/real/-/real-3.0.0.tgz#00"

tester@^1.0.0:
  version "1.0.0"
  resolved "https://registry.example/tester/-/tester-1.0.0.tgz#00"
"""
YARN_4 = """# This file is generated by running "yarn install" inside your project.

__metadata:
  version: 8

"@scope/demo@npm:^1.0.0":
  version: 1.2.0
  resolution: "@scope/demo@npm:1.2.0"
  dependencies:
    below: "npm:^2.0.0"
    native-darwin: "npm:1.0.0"
  checksum: 10c0/00
  languageName: node
  linkType: hard

"app@workspace:.":
  version: 0.0.0-use.local
  resolution: "app@workspace:."
  dependencies:
    "@scope/demo": "npm:^1.0.0"
    tester: "npm:^1.0.0"
  languageName: unknown
  linkType: soft

"below@npm:^2.0.0, below@npm:^2.1.0":
  version: 2.1.0
  resolution: "below@npm:2.1.0"
  languageName: node
  linkType: hard

"native-darwin@npm:1.0.0":
  version: 1.0.0
  resolution: "native-darwin@npm:1.0.0"
  dependencies:
    below-native: "npm:1.0.0"
  conditions: os=darwin & cpu=x64
  languageName: node
  linkType: hard

"below-native@npm:1.0.0":
  version: 1.0.0
  resolution: "below-native@npm:1.0.0"
  languageName: node
  linkType: hard

"tester@patch:tester@npm%3A^1.0.0#optional!builtin<compat/tester>":
  version: 1.0.0
  resolution: "tester@patch:tester@npm%3A1.0.0#optional!builtin<compat/tester>::version=1.0.0&hash=00"
  languageName: node
  linkType: hard

"tester@npm:^1.0.0":
  version: 1.0.0
  resolution: "tester@npm:1.0.0"
  languageName: node
  linkType: hard
"""
MANIFEST = json.dumps(
    {"dependencies": {"@scope/demo": "^1.0.0"}, "devDependencies": {"tester": "^1.0.0"}}
)


def test_yarn_s_first_lock_file():
    assert names(YARN_1, name="yarn.lock") == [
        "@scope/demo@1.2.0",
        "below@2.1.0",
        "native-darwin-x64@1.0.0",
        "real@3.0.0",
        "tester@1.0.0",
    ]
    production = PRODUCTION._replace(manifest=MANIFEST)
    assert names(YARN_1, production, "yarn.lock") == [
        "@scope/demo@1.2.0",
        "below@2.1.0",
        "native-darwin-x64@1.0.0",
    ]


def test_yarn_s_lock_files_alone_do_not_tell_what_is_for_development():
    assert "development" in read_node_lock("yarn.lock", YARN_1, PRODUCTION).missing[0].why


def test_what_yarn_s_first_lock_file_calls_optional_may_be_for_another_platform():
    packages = read_node_lock("yarn.lock", YARN_1, ALL).packages
    assert [each.name for each in packages if each.conditional] == ["native-darwin-x64"]


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


def test_yarn_s_lock_file_of_today():
    assert names(YARN_4, name="yarn.lock") == ["@scope/demo@1.2.0", "below@2.1.0", "tester@1.0.0"]
    assert names(YARN_4, PRODUCTION._replace(manifest=MANIFEST), "yarn.lock") == [
        "@scope/demo@1.2.0",
        "below@2.1.0",
    ]


PNPM_9 = """
lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      '@scope/demo':
        specifier: ^1.0.0
        version: 1.2.0(peer@1.0.0)
      alias:
        specifier: npm:real@3
        version: real@3.0.0
    devDependencies:
      tester:
        specifier: ^1.0.0
        version: 1.0.0
packages:
  '@scope/demo@1.2.0':
    resolution: {integrity: sha512-xx}
  real@3.0.0:
    resolution: {integrity: sha512-xx}
  below@2.1.0:
    resolution: {integrity: sha512-xx}
  native@1.0.0:
    resolution: {integrity: sha512-xx}
    os: [darwin]
  tester@1.0.0:
    resolution: {integrity: sha512-xx}
snapshots:
  '@scope/demo@1.2.0(peer@1.0.0)':
    dependencies:
      below: 2.1.0
    optionalDependencies:
      native: 1.0.0
  real@3.0.0: {}
  below@2.1.0: {}
  native@1.0.0:
    optional: true
  tester@1.0.0: {}
"""
PNPM_6 = """
lockfileVersion: '6.0'
packages:
  /@scope/demo@1.2.0(peer@1.0.0):
    resolution: {integrity: sha512-xx}
    dev: false
  /below/2.1.0:
    resolution: {integrity: sha512-xx}
    dev: false
  /tester@1.0.0:
    resolution: {integrity: sha512-xx}
    dev: true
  /native@1.0.0:
    resolution: {integrity: sha512-xx}
    os: [darwin]
    dev: false
"""


def test_pnpm_s_lock_files():
    expected = ["@scope/demo@1.2.0", "below@2.1.0"]
    assert names(PNPM_9, name="pnpm-lock.yaml") == sorted([*expected, "real@3.0.0", "tester@1.0.0"])
    assert names(PNPM_9, PRODUCTION, "pnpm-lock.yaml") == sorted([*expected, "real@3.0.0"])
    assert names(PNPM_6, name="pnpm-lock.yaml") == sorted([*expected, "tester@1.0.0"])
    assert names(PNPM_6, PRODUCTION, "pnpm-lock.yaml") == expected


@pytest.mark.parametrize("name", ["package-lock.json", "yarn.lock", "pnpm-lock.yaml"])
@pytest.mark.parametrize(
    "text",
    [
        "[[",
        "[" * 50_000,
        "null",
        '{"packages": 3}',
        '{"packages": {"node_modules/a": 3}}',
        "a: &a [*a]",
    ],
)
def test_a_damaged_lock_file_is_an_error_that_names_it_or_holds_nothing(name, text):
    try:
        assert not read_node_lock(name, text, ALL).packages
    except DlintError as error:
        assert error.message.startswith(name)  # noqa: PT017  both are right


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

    def test_a_name_that_is_not_there_is_unknown(self, server, settings):
        publish(server, "demo", 1000)
        answer = ask(settings, "demo", "nosuch")
        assert answer.layer_bytes is None
        assert answer.missing
