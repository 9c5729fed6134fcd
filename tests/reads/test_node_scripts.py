"""What scripts of Node's packages read."""

from __future__ import annotations

import pytest

from dlint.reads.node_scripts import ScriptReads, lifecycle_reads

PLACES = ("/app/package.json", "/app/scripts/setup.js")


@pytest.mark.parametrize(
    ("scripts", "paths", "whole", "known"),
    [
        ({}, set(), False, True),
        ({"start": "node server.js"}, set(), False, True),
        ({"postinstall": "patch-package"}, {"/app/patches", "/app/patch-package"}, False, True),
        ({"prepare": "CI=1 npx husky"}, {"/app/husky"}, False, True),
        ({"postinstall": "node scripts/setup.js"}, {"/app/scripts/setup.js"}, False, False),
        ({"prepare": "tsc -p ."}, {"/app", "/app/tsc"}, True, False),
        ({"prepare": "npm run build", "build": "webpack"}, {"/app/webpack"}, True, False),
        ({"prepare": "npm run nothing"}, set(), False, False),
        ({"prepare": "git config core.hooksPath hooks || true"}, {"/app/true"}, False, True),
        ({"postinstall": "next telemetry disable"}, set(), False, True),
        ({"prepare": "next build"}, {"/app/next", "/app/build"}, True, False),
        ({"postinstall": "yarn --cwd web build"}, set(), True, False),
        ({"prepare": "cd scripts && node setup.js"}, {"/app/scripts/setup.js"}, False, False),
        ({"prepare": "cd scripts && npm run a", "a": "echo"}, set(), True, False),
        (
            {"postinstall": "cp -r ./node_modules/icons/. ./public/icons"},
            {"/app/node_modules/icons", "/app/public/icons"},
            False,
            True,
        ),
        ({"postinstall": "cp a.js scripts"}, {"/app/a.js", "/app/scripts"}, False, False),
        ({"postinstall": "cp $A b"}, {"/app/$A", "/app/b"}, False, False),
        (
            {"prepare": "if test -n $CI; then exit 0; else husky; fi"},
            {"/app/$CI", "/app/test", "/app/exit", "/app/0", "/app/husky"},
            False,
            True,
        ),
    ],
)
def test_lifecycle_scripts(
    scripts: dict[str, str],
    paths: set[str],
    whole: bool,  # noqa: FBT001  a parameter of the test
    known: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    assert lifecycle_reads(scripts, "/app", PLACES) == ScriptReads(frozenset(paths), whole, known)


def test_scripts_that_run_each_other_end() -> None:
    names = [f"s{number}" for number in range(30)]
    runs_all = " && ".join(f"npm run {name}" for name in names)
    found = lifecycle_reads({"install": runs_all, **dict.fromkeys(names, runs_all)}, "/app", PLACES)
    assert found == ScriptReads()
