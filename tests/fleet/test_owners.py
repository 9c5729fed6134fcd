"""Who owns a file, as CODEOWNERS says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.fleet.owners import Owners

if TYPE_CHECKING:
    from pathlib import Path

FILE = """
# comment
*           @everyone
*.dockerfile @docker  # said
/build/      @build
docs/*       @docs
apps/web     @web @team/front  someone@example.com
deep/**/Dockerfile @deep
nobody/
[Section][2] @section
infra/
bad[  @bad
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("Dockerfile", ["@everyone"]),
        ("x/app.dockerfile", ["@docker"]),
        ("build/Dockerfile", ["@build"]),
        ("x/build/Dockerfile", ["@everyone"]),
        ("docs/Dockerfile", ["@docs"]),
        ("docs/more/Dockerfile", ["@everyone"]),
        ("apps/web/Dockerfile", ["@web", "@team/front", "someone@example.com"]),
        ("deep/a/b/Dockerfile", ["@deep"]),
        ("nobody/Dockerfile", []),
        ("infra/Dockerfile", ["@section"]),
    ],
)
def test_the_last_line_that_matches_decides(path: str, owners: list[str]) -> None:
    assert Owners(FILE).of_path(path) == owners


def test_the_first_place_counts(tmp_path: Path) -> None:
    (tmp_path / "CODEOWNERS").write_text("* @root\n")
    assert Owners.of(tmp_path).of_path("Dockerfile") == ["@root"]
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github/CODEOWNERS").write_text("* @github\n")
    assert Owners.of(tmp_path).of_path("Dockerfile") == ["@github"]


def test_nobody_owns_anything_without_the_file(tmp_path: Path) -> None:
    assert Owners.of(tmp_path).of_path("Dockerfile") == []


def test_hostile_patterns_take_no_time() -> None:
    text = f"{'*a' * 200} @x\n{'**/' * 200}b @y\n[[[ @z\n"
    assert Owners(text).of_path("a" * 200 + "c") == []
