"""Where a frozen install is proved to pass, and where dlint says less: settings, overrides, hooks,
peers and members are compared with what has arrived.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

lockfile = partial(checked, rule="pin/lockfile-install")
MANIFEST = {"dependencies": {"a": "^1"}}
OF_YARN_4 = {**MANIFEST, "packageManager": "yarn@4.1.0"}
IMPORTER = "importers:\\n  .:\\n    dependencies:\\n      a: {specifier: ^1, version: 1.0.0}\\n"
OVERRIDES = "overrides:\\n  b: ^2\\n"


def _pnpm(settings: str = "", more: str = "") -> str:
    return f"pnpm-lock.yaml: lockfileVersion: '9.0'\\n{settings}{IMPORTER}{more}packages: {{}}\n"


def _found(tmp_path: Path, text: str, context: str) -> list[tuple[str, str | None]]:
    found = lockfile(tmp_path, text=text, context=context)
    severities = [str(each.severity) for each in found.found]
    return list(zip(severities, found.safeties, strict=True))


PASSES = [("info", "safe")]
UNPROVED = [("info", None)]


@pytest.mark.parametrize(
    ("locked", "files", "copied", "wanted"),
    [
        ("", "", "", PASSES),
        (OVERRIDES, f"pnpm-workspace.yaml: {OVERRIDES}\n", "", []),
        (OVERRIDES, f"pnpm-workspace.yaml: {OVERRIDES}\n", "pnpm-workspace.yaml", PASSES),
        (OVERRIDES, "pnpm-workspace.yaml: overrides:\\n  b: ^3\n", "pnpm-workspace.yaml", []),
        (OVERRIDES, "pnpm-workspace.yaml: overrides:\\n  b: $b\n", "pnpm-workspace.yaml", UNPROVED),
        ("", f"pnpm-workspace.yaml: {OVERRIDES}\n", "pnpm-workspace.yaml", []),
        ("pnpmfileChecksum: x\\n", ".pnpmfile.cjs\n", "", []),
        ("pnpmfileChecksum: x\\n", ".pnpmfile.cjs\n", ".pnpmfile.cjs", UNPROVED),
        ("packageExtensionsChecksum: x\\n", "", "", []),
        ("patchedDependencies:\\n  b@1: {hash: x, path: patches/b.patch}\\n", "", "", []),
        ("settings:\\n  autoInstallPeers: false\\n", ".npmrc: auto-install-peers=false\n", "", []),
        (
            "settings:\\n  autoInstallPeers: false\\n",
            ".npmrc: auto-install-peers=false\n",
            ".npmrc",
            PASSES,
        ),
        (
            "catalogs:\\n  default:\\n    a: {specifier: ^1, version: 1.0.0}\\n",
            "pnpm-workspace.yaml: catalog:\\n  a: ^1\n",
            "",
            [],
        ),
        (
            "catalogs:\\n  default:\\n    a: {specifier: ^1, version: 1.0.0}\\n",
            "pnpm-workspace.yaml: catalog:\\n  a: ^1\n",
            "pnpm-workspace.yaml",
            PASSES,
        ),
    ],
)
def test_pnpm_compares_its_settings_with_what_the_lock_file_was_written_by(
    tmp_path: Path, locked: str, files: str, copied: str, wanted: list[tuple[str, str | None]]
) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY package.json pnpm-lock.yaml {copied} ./\nRUN pnpm i\n"
    context = f"package.json: {json.dumps(MANIFEST)}\n{_pnpm(locked)}{files}"
    assert _found(tmp_path, text, context) == wanted


@pytest.mark.parametrize(
    ("manifest", "install", "wanted"),
    [
        ({"dependencies": {"a": "1.0.0"}}, "pnpm i", []),
        ({**MANIFEST, "pnpm": {"overrides": {"b": "2"}}}, "pnpm i", []),
        ({**MANIFEST, "resolutions": {"b": "2"}}, "pnpm i", []),
        ({**MANIFEST, "packageManager": "pnpm@8.6.0"}, "pnpm i", []),
        ({**MANIFEST, "packageManager": "pnpm@10.2.0"}, "pnpm i", PASSES),
        (MANIFEST, "npm i -g pnpm@8 && pnpm i", []),
    ],
)
def test_pnpm_compares_what_the_project_asks_for(
    tmp_path: Path, manifest: object, install: str, wanted: list[tuple[str, str | None]]
) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY . .\nRUN {install}\n"
    context = f"package.json: {json.dumps(manifest)}\n{_pnpm()}"
    assert _found(tmp_path, text, context) == wanted


def test_pnpm_compares_the_members_that_have_arrived(tmp_path: Path) -> None:
    member = "  web:\\n    dependencies:\\n      b: {specifier: ^2, version: 2.0.0}\\n"
    lock = _pnpm(more=member)
    context = (
        f"package.json: {json.dumps(MANIFEST)}\n{lock}pnpm-workspace.yaml: packages: [web, api]\n"
    )
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN pnpm i\n"
    for at, (members, wanted) in enumerate(
        (
            ('web/package.json: {"dependencies": {"b": "^2"}}\n', PASSES),
            ('web/package.json: {"dependencies": {"b": "^3"}}\n', []),
            ("", PASSES),
            ("api/package.json: {}\n", UNPROVED),
        )
    ):
        folder = tmp_path / str(at)
        folder.mkdir()
        assert _found(folder, text, context + members) == wanted


@pytest.mark.parametrize(
    ("manifest", "packages", "install", "wanted"),
    [
        ({}, {"node_modules/a": {"peerDependencies": {"b": "1"}}}, "npm i", []),
        (
            {},
            {"node_modules/a": {"peerDependencies": {"b": "1"}}},
            "npm i --legacy-peer-deps",
            [("info", "safe")],
        ),
        (
            {},
            {
                "node_modules/a": {
                    "peerDependencies": {"b": "1"},
                    "peerDependenciesMeta": {"b": {"optional": True}},
                }
            },
            "npm i",
            [("info", "safe")],
        ),
        ({"overrides": {"b": "2"}}, {}, "npm i", UNPROVED),
        ({"peerDependencies": {"b": "1"}}, {}, "npm i", UNPROVED),
        ({"workspaces": ["web"]}, {"web": {"dependencies": {"b": "1"}}, "node_modules/b": {}}, "npm i", []),
        ({"workspaces": ["web"]}, {"web": {}}, "npm i", [("info", "safe")]),
        ({"workspaces": ["web"]}, {}, "npm i", UNPROVED),
        ({}, {"node_modules/a": {"bundleDependencies": 5}}, "npm i", [("info", "safe")]),
        ({}, {"node_modules/a": {"bundleDependencies": [{}]}}, "npm i", [("info", "safe")]),
    ],
)  # fmt: skip
def test_npm_compares_peers_members_and_overrides(
    tmp_path: Path,
    manifest: object,
    packages: dict[str, object],
    install: str,
    wanted: list[tuple[str, str | None]],
) -> None:
    lock = json.dumps({"lockfileVersion": 3, "packages": {"": {}, **packages}})
    text = f"FROM node:22\nWORKDIR /app\nCOPY . .\nRUN {install}\n"
    context = (
        f"package.json: {json.dumps(manifest)}\npackage-lock.json: {lock}\nweb/package.json: {{}}\n"
    )
    assert _found(tmp_path, text, context) == wanted


BERRY = (
    'yarn.lock: __metadata:\\n  version: 8\\n\\n"a@npm:^1":\\n  version: 1.0.0\\n'
    '  resolution: "a@npm:1.0.0"\\n\\n"shop@workspace:.":\\n  resolution: "shop@workspace:."\\n'
    '  dependencies:\\n    a: "npm:^1"\\n\n'
)
CLASSIC = 'yarn.lock: a@^1:\\n  version "1.0.0"\\n{}\n'
SAFE = [("info", "safe")]


@pytest.mark.parametrize(
    ("manifest", "files", "wanted"),
    [
        (MANIFEST, CLASSIC.format(""), SAFE),
        (MANIFEST, CLASSIC.format('  dependencies:\\n    b "^2"\\n'), UNPROVED),
        ({**MANIFEST, "resolutions": {"b": "2"}}, CLASSIC.format('  dependencies:\\n    b "^2"\\n'), SAFE),
        (OF_YARN_4, CLASSIC.format(""), []),
        (MANIFEST, BERRY, UNPROVED),
        (OF_YARN_4, BERRY, SAFE),
        ({**MANIFEST, "packageManager": "yarn@3.6.0"}, BERRY, UNPROVED),
        (OF_YARN_4, BERRY.replace("8\\n", '8\\n  resolution: "a@workspace:."\\n', 1), SAFE),
        ({**OF_YARN_4, "resolutions": {"b": "2"}}, BERRY, UNPROVED),
        (OF_YARN_4, f"{BERRY}.yarnrc.yml: packageExtensions: {{}}\n", UNPROVED),
    ],
)  # fmt: skip
def test_yarn_has_its_own_lock_files_and_extensions(
    tmp_path: Path, manifest: object, files: str, wanted: list[tuple[str, str | None]]
) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN yarn install\n"
    context = f"package.json: {json.dumps(manifest)}\n{files}"
    assert _found(tmp_path, text, context) == wanted


@pytest.mark.parametrize(
    ("manifest", "lock", "wanted"),
    [
        (MANIFEST, '{"workspaces": {"": {"dependencies": {"a": "^1",},},},}', SAFE),
        (MANIFEST, '{"workspaces": {"": {"dependencies": {"a": "^2"}}}}', []),
        ({**MANIFEST, "overrides": {"b": "2"}}, '{"workspaces": {"": {"dependencies": {"a": "^1"}}}}', UNPROVED),
        (MANIFEST, '{"workspaces": {"": {"dependencies": {"a": "^1"}}, "web": {"dependencies": {"b": "1"}}}}', []),
    ],
)  # fmt: skip
def test_bun_compares_what_each_project_asks_for(
    tmp_path: Path, manifest: object, lock: str, wanted: list[tuple[str, str | None]]
) -> None:
    text = "FROM oven/bun:1\nWORKDIR /app\nCOPY . .\nRUN bun install\n"
    context = f"package.json: {json.dumps(manifest)}\nbun.lock: {lock}\n"
    assert _found(tmp_path, text, context) == wanted
