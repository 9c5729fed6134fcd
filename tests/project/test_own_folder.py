"""Where a script stands, as it finds out itself."""

from __future__ import annotations

import pytest

from dlint.project.own_folder import TOP, from_root, with_own_folder


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ('D="$(cd "$(dirname "$0")/.." && pwd)"', f'D="{TOP}/tools/.."'),
        (
            'D=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" >/dev/null 2>&1; pwd -P)',
            f"D={TOP}/tools",
        ),
        ("cd $(dirname $0)", f"cd {TOP}/tools"),
        ('cd "$(dirname "$1")"', 'cd "$(dirname "$1")"'),
        ('D=$(cd "$(dirname "$0")" && git rev-parse)', f'D=$(cd "{TOP}/tools" && git rev-parse)'),
    ],
)
def test_what_a_script_asks_for_its_own_folder(script: str, found: str) -> None:
    assert with_own_folder(script, "tools") == found


@pytest.mark.parametrize(
    ("path", "found"),
    [(f"{TOP}/a/b", "a/b"), (TOP, "."), ("a/b", "a/b"), ("/a", "/a"), ("../a", "../a")],
)
def test_paths_are_seen_from_the_root(path: str, found: str) -> None:
    assert from_root(path) == found
