"""Patterns of the configuration against git's own reading of a .gitignore."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from house import ENVIRONMENT
from hypothesis import HealthCheck, given, settings, strategies as st

from dlint.text.globs import applies, is_taken

if TYPE_CHECKING:
    from pathlib import Path

NAMES = st.text("aab.", min_size=1, max_size=3).filter(lambda name: set(name) != {"."})
PIECES = ["a", "b", "*", "?", "[ab]", "[!a]", "[^b]", "[a-b]", r"\a", r"\*", ".", "a"]
# Two asterisks beside other signs are two single ones as git's manual tells it, but git lets those
# of `a**/b` cross folders all the same.
GLUED = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map("".join)
PARTS = st.one_of(
    st.sampled_from(["*", "**"]),
    GLUED.filter(lambda part: "**" not in part),
).filter(lambda part: set(part) != {"."})  # `./x` is dlint's own: from the file's own folder
PATTERNS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "", "/"]),
    st.lists(PARTS, min_size=1, max_size=4).map("/".join),
    st.sampled_from(["", "", "/"]),
)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "--quiet", folder], check=True, env=ENVIRONMENT)
    return folder


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    patterns=st.lists(PATTERNS, min_size=1, max_size=4),
    paths=st.sets(PATHS, min_size=20, max_size=20),
)
def test_patterns_take_what_git_ignores(
    repository: Path, patterns: list[str], paths: set[str]
) -> None:
    (repository / ".gitignore").write_text("\n".join(patterns) + "\n")
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin", "-z"],
        cwd=repository,
        input="\0".join(paths),
        capture_output=True,
        text=True,
        check=False,  # 1: none is ignored
        env=ENVIRONMENT,
    )
    ignored = set(done.stdout.split("\0")) - {""}
    assert {path for path in paths if is_taken(path, patterns)} == ignored


def test_a_pattern_after_a_bang_speaks_of_all_others() -> None:
    assert applies("!vendor/", "app/Dockerfile")
    assert not applies("!vendor/", "vendor/Dockerfile")
    assert applies("vendor/", "vendor/Dockerfile")
