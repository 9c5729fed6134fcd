"""Manifests and lock files of Node's package managers."""

import json

import pytest
from manifest import look, needs, read, reads, taken

from dlint.manifests import Origin, Target, selected

SHOP = {
    "name": "shop",
    "version": "1.0.0",
    "workspaces": ["./packages/*"],
    "dependencies": {"debug": "^4", "lib": "file:../lib", "@shop/core": "workspace:*"},
    "devDependencies": {"picocolors": "^1", "tool": "link:tools/tool"},
    "optionalDependencies": {"fsevents": "^2"},
}


def test_package_json():
    manifest = read("package.json", json.dumps(SHOP))
    assert needs(manifest) == ["debug^4", "libfile:../lib", "@shop/coreworkspace:*"]
    assert needs(manifest, "dev") == ["picocolors^1", "toollink:tools/tool"]
    assert needs(manifest, "optional") == ["fsevents^2"]
    assert reads(manifest) == [
        ("packages/*/package.json", "member"),
        ("../lib", "project"),
        ("tools/tool", "project"),
    ]
    spelled = {"workspaces": {"packages": ["apps/*"], "nohoist": ["**"]}}
    assert reads(read("package.json", json.dumps(spelled))) == [("apps/*/package.json", "member")]


@pytest.mark.parametrize("text", ["", "[]", "{", "nul", "[" * 100_000, '{"a":' * 5_000])
def test_a_damaged_package_json_says_so(text):
    assert look("package.json", text).problem


def test_pnpm_workspace():
    text = "packages:\n  - apps/*\n  - '!apps/old'\n  - ./libs/**\n"
    assert reads(read("pnpm-workspace.yaml", text)) == [
        ("apps/*/package.json", "member"),
        ("libs/**/package.json", "member"),
    ]


NPM = {
    "lockfileVersion": 3,
    "packages": {
        "": {
            "dependencies": {"debug": "^4", "core": "*"},
            "devDependencies": {"picocolors": "^1"},
            "optionalDependencies": {"fsevents": "^2"},
        },
        "packages/core": {
            "name": "core",
            "version": "1.0.0",
            "dependencies": {"ms": "^1", "esbuild": "*"},
        },
        "node_modules/core": {"resolved": "packages/core", "link": True},
        "node_modules/debug": {
            "version": "4.4.3",
            "resolved": "https://x.example/debug-4.4.3.tgz",
            "integrity": "sha512-00",
            "dependencies": {"ms": "^2"},
        },
        "node_modules/ms": {"version": "2.1.3", "integrity": "sha512-01"},
        "packages/core/node_modules/ms": {"version": "1.0.0"},
        "node_modules/picocolors": {"version": "1.1.1", "dev": True},
        "node_modules/fsevents": {
            "version": "2.3.3",
            "optional": True,
            "os": ["darwin"],
            "dependencies": {"nan": "*"},
        },
        "node_modules/nan": {"version": "1.0.0", "optional": True},
        "node_modules/esbuild": {
            "version": "1.0.0",
            "optionalDependencies": {"@esbuild/linux-x64": "1", "@esbuild/linux-arm64": "1"},
        },
        "node_modules/@esbuild/linux-x64": {
            "version": "1",
            "optional": True,
            "os": ["linux"],
            "cpu": ["x64"],
        },
        "node_modules/@esbuild/linux-arm64": {
            "version": "1",
            "optional": True,
            "os": ["!win32"],
            "cpu": ["arm64"],
        },
        "node_modules/esbuild/node_modules/inner": {"version": "1", "inBundle": True},
        "node_modules/alias": {"name": "real", "version": "1.0.0"},
        "node_modules/forked": {
            "version": "1.0.0",
            "resolved": "git+ssh://git@x.example/forked.git#0123",
            "devOptional": True,
        },
    },
}


def test_npm_of_versions_2_and_3():
    lock = read("package-lock.json", json.dumps(NPM))
    everything = ["@esbuild/linux-x64", "debug", "esbuild", "ms", "ms", "picocolors", "real"]
    assert taken(lock) == everything
    assert taken(lock, without={"dev"}) == [name for name in everything if name != "picocolors"]
    assert taken(lock, target=Target("arm64"))[0] == "@esbuild/linux-arm64"
    debug = next(each for each in lock.packages if each.name == "debug")
    assert debug.archives[0].hashes == ("sha512-00",)
    assert [each.key for each in debug.needs] == ["node_modules/ms"]
    core = next(each for each in lock.packages if each.name == "core")
    assert [each.key for each in core.needs] == [
        "packages/core/node_modules/ms",
        "node_modules/esbuild",
    ]
    assert core.origin is Origin.PROJECT
    assert next(each for each in lock.packages if each.name == "forked").origin is Origin.GIT
    assert read("npm-shrinkwrap.json", json.dumps(NPM)).packages == lock.packages


def test_what_development_and_optional_packages_share_goes_with_both():
    packages = {
        "": {"devDependencies": {"a": "1"}, "optionalDependencies": {"b": "1"}},
        "node_modules/a": {"version": "1", "dev": True, "dependencies": {"c": "1"}},
        "node_modules/b": {"version": "1", "optional": True, "dependencies": {"c": "1"}},
        "node_modules/c": {"version": "1", "devOptional": True},
    }
    lock = read("package-lock.json", json.dumps({"lockfileVersion": 3, "packages": packages}))
    assert taken(lock, without={"dev"}) == ["b", "c"]
    assert taken(lock, without={"optional"}) == ["a", "c"]
    assert taken(lock, without={"dev", "optional"}) == []


def test_npm_of_version_1():
    lock = {
        "lockfileVersion": 1,
        "dependencies": {
            "a": {
                "version": "1.0.0",
                "resolved": "https://x.example/a.tgz",
                "dependencies": {"b": {"version": "2.0.0", "dev": True}},
            },
            "c": {"version": "npm:d@3.0.0", "bundled": True},
            "e": {"version": "file:../e"},
        },
    }
    manifest = read("package-lock.json", json.dumps(lock))
    assert taken(manifest) == ["a", "b", "e"]
    assert taken(manifest, without={"dev"}) == ["a", "e"]
    assert {each.name: each.version for each in manifest.packages} == {
        "a": "1.0.0",
        "b": "2.0.0",
        "d": "3.0.0",
        "e": "file:../e",
    }


def test_a_lock_file_that_nests_without_end_ends():
    text = '{"dependencies":{"a":' * 100_000 + "{}" + "}}" * 100_000
    assert look("package-lock.json", text).problem


YARN = """\
# THIS IS AN AUTOGENERATED FILE. DO NOT EDIT THIS FILE DIRECTLY.
# yarn lockfile v1


"@babel/code@^7.0.0", "@babel/code@^7.1.0":
  version "7.2.0"
  resolved "https://x.example/code-7.2.0.tgz#00"
  integrity sha512-00
  dependencies:
    ms "2.1.3 - 3"
    "@babel/core" "^7.0.0"
  optionalDependencies:
    fsevents "^2"

"@babel/core@^7.0.0":
  version "7.0.0"
  resolved "https://x.example/core-7.0.0.tgz#01"

"alias@npm:real@^1":
  version "1.0.0"
  resolved "https://x.example/real-1.0.0.tgz#02"

"forked@git+https://x.example/forked.git":
  version "1.0.0"
  resolved "git+https://x.example/forked.git#0123"

fsevents@^2:
  version "2.3.3"

"ms@2.1.3 - 3":
  version "2.1.3"

picocolors@^1:
  version "1.1.1"
"""
YARN_PROJECT = {
    "dependencies": {"@babel/code": "^7.1.0", "alias": "npm:real@^1"},
    "devDependencies": {"picocolors": "^1", "forked": "git+https://x.example/forked.git"},
}


def test_yarn_1():
    lock = read("yarn.lock", YARN)
    everything = ["@babel/code", "@babel/core", "forked", "fsevents", "ms", "picocolors", "real"]
    assert taken(lock) == everything
    assert selected(lock).unknown == ()
    project = read("package.json", json.dumps(YARN_PROJECT))
    assert taken(lock, project, without={"dev"}) == [
        "@babel/code",
        "@babel/core",
        "fsevents",
        "ms",
        "real",
    ]
    code = lock.packages[0]
    assert (code.version, code.archives[0].hashes) == ("7.2.0", ("sha512-00",))
    assert lock.packages[3].origin is Origin.GIT


@pytest.mark.parametrize(
    "project", [None, {}, {"dependencies": {"ms": "^9"}}, {**YARN_PROJECT, "dependencies": {}}]
)
def test_yarn_does_not_say_what_development_needs(project):
    beside = read("package.json", json.dumps(project)) if project is not None else None
    assert len(taken(read("yarn.lock", YARN), beside, without={"dev"})) == 7


BERRY = """\
# This file is generated by running "yarn install" inside your project.

__metadata:
  version: 8
  cacheKey: 10c0

"debug@npm:^4":
  version: 4.4.3
  resolution: "debug@npm:4.4.3"
  dependencies:
    ms: "npm:^2.1.3"
  checksum: 10c0/00
  languageName: node
  linkType: hard

"fsevents@npm:^2":
  version: 2.3.3
  resolution: "fsevents@npm:2.3.3"
  dependencies:
    node-gyp: "npm:latest"
  conditions: os=darwin
  languageName: node
  linkType: hard

"fsevents@patch:fsevents@npm%3A^2#optional!builtin<compat/fsevents>":
  version: 2.3.3
  resolution: "fsevents@patch:fsevents@npm%3A2.3.3#optional!builtin<compat/fsevents>::version=2.3.3&hash=df0bf1"
  dependencies:
    node-gyp: "npm:latest"
  conditions: os=darwin
  languageName: node
  linkType: hard

"ms@npm:2.1.3, ms@npm:^2.1.3":
  version: 2.1.3
  resolution: "ms@npm:2.1.3"
  checksum: 10c0/01
  languageName: node
  linkType: hard

"node-gyp@npm:latest":
  version: 13.1.0
  resolution: "node-gyp@npm:13.1.0"
  languageName: node
  linkType: hard

"picocolors@npm:^1":
  version: 1.10
  resolution: "picocolors@npm:1.10"
  languageName: node
  linkType: hard

"shop@workspace:.":
  version: 0.0.0-use.local
  resolution: "shop@workspace:."
  dependencies:
    debug: "npm:^4"
    fsevents: "npm:^2"
    ms: "npm:2.1.3"
    picocolors: "npm:^1"
  languageName: unknown
  linkType: soft
"""


def test_yarn_of_today():
    lock = read("yarn.lock", BERRY)
    assert taken(lock) == ["debug", "ms", "picocolors"]
    project = {
        "dependencies": {"debug": "^4", "ms": "2.1.3"},
        "devDependencies": {"picocolors": "^1"},
        "optionalDependencies": {"fsevents": "^2"},
    }
    assert taken(lock, read("package.json", json.dumps(project)), without={"dev"}) == [
        "debug",
        "ms",
    ]
    assert next(each for each in lock.packages if each.name == "picocolors").version == "1.10"


def test_yarn_of_tomorrow_says_so():
    assert (
        look("yarn.lock", "__metadata:\n  version: 99\n").problem
        == "version 99 of yarn.lock is not known"
    )
    assert look("yarn.lock", "what is this\n").problem == "line 1 is not valid in yarn.lock"
    assert look("yarn.lock", "a@1:\n  b: [\n").problem == "line 2 is not valid in yarn.lock"


PNPM = """\
lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      debug:
        specifier: ^4
        version: 4.4.3(supports-color@9.0.0)
      core:
        specifier: workspace:*
        version: link:packages/core
    optionalDependencies:
      fsevents:
        specifier: ^2
        version: 2.3.3
    devDependencies:
      picocolors:
        specifier: ^1
        version: 1.1.1

  packages/core:
    dependencies:
      forked:
        specifier: github:x/forked
        version: https://x.example/forked.tar.gz

packages:

  debug@4.4.3:
    resolution: {integrity: sha512-00}

  forked@https://x.example/forked.tar.gz:
    resolution: {tarball: https://x.example/forked.tar.gz}
    version: 1.0.0

  fsevents@2.3.3:
    resolution: {integrity: sha512-01}
    os: [darwin]

  ms@2.1.3:
    resolution: {integrity: sha512-02}

  picocolors@1.1.1:
    resolution: {integrity: sha512-03}

  supports-color@9.0.0:
    resolution: {integrity: sha512-04}

snapshots:

  debug@4.4.3(supports-color@9.0.0):
    dependencies:
      ms: 2.1.3
    optionalDependencies:
      supports-color: 9.0.0

  forked@https://x.example/forked.tar.gz: {}

  fsevents@2.3.3:
    optional: true

  ms@2.1.3: {}

  picocolors@1.1.1: {}

  supports-color@9.0.0: {}
"""


def test_pnpm_9():
    lock = read("pnpm-lock.yaml", PNPM)
    assert taken(lock) == ["debug", "forked", "ms", "picocolors", "supports-color"]
    assert taken(lock, without={"dev", "optional"}) == ["debug", "forked", "ms", "supports-color"]
    debug = lock.packages[0]
    assert (debug.version, debug.archives[0].hashes) == ("4.4.3", ("sha512-00",))
    forked = lock.packages[1]
    assert (forked.version, forked.origin) == ("1.0.0", Origin.URL)


@pytest.mark.parametrize(
    "text",
    [
        "lockfileVersion: 5.4\ndependencies:\n  debug: 4.4.3_x@1\ndevDependencies:\n  ms: 2.1.3\npackages:\n  /debug/4.4.3_x@1:\n    dependencies:\n      '@a/b': 1.0.0\n  /@a/b/1.0.0:\n    resolution: {integrity: sha512-00}\n  /ms/2.1.3:\n    dev: true\n",
        "lockfileVersion: '6.0'\ndependencies:\n  debug:\n    specifier: ^4\n    version: 4.4.3(x@1)\ndevDependencies:\n  ms:\n    specifier: ^2\n    version: 2.1.3\npackages:\n  /debug@4.4.3(x@1):\n    dependencies:\n      '@a/b': 1.0.0\n  /@a/b@1.0.0:\n    resolution: {integrity: sha512-00}\n  /ms@2.1.3:\n    dev: true\n",
    ],
)
def test_older_pnpm(text):
    lock = read("pnpm-lock.yaml", text)
    assert taken(lock) == ["@a/b", "debug", "ms"]
    assert taken(lock, without={"dev"}) == ["@a/b", "debug"]
    assert {each.name: each.version for each in lock.packages}["debug"] == "4.4.3"


def test_pnpm_of_tomorrow_says_so():
    assert (
        look("pnpm-lock.yaml", "lockfileVersion: '10.0'\n").problem
        == "version 10.0 of pnpm-lock.yaml is not known"
    )
    assert look("pnpm-lock.yaml", "[]").problem
