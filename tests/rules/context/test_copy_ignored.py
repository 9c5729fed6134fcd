"""Which COPYs and mounts find nothing for the ignore file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import check, checked, commit

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("copy", "ignore", "found"),
    [
        ("COPY dist /d", "dist", True),
        ("COPY ./dist/app.js /d", "./dist", True),
        ("COPY dist /d", "*\\n!src", True),
        ("COPY dist /d", "*\\n!dist", False),
        ("COPY dist /d", "dist\\n!dist/app.js", False),  # something of it is there
        ("COPY dist /d", "dist/*.map", False),
        ("COPY gone /d", "dist", False),  # not there, but the ignore file is not why
        ("COPY dist* /d", "dist", False),
        ("COPY --from=busybox /dist /d", "dist", False),
        ("ADD https://example.com/dist /d", "*", False),
        ("COPY <<dist /d\nx\ndist", "dist", False),
        ("RUN --mount=type=bind,source=dist,target=/d ls /d", "dist", True),
        ("RUN --mount=type=bind,source=src,target=/d ls /d", "dist", False),
        ("COPY link/a.js /d", "dist\\n!x", False),
    ],
)
def test_copy_of_what_is_left_out(tmp_path: Path, copy: str, ignore: str, found: bool) -> None:  # noqa: FBT001  a column
    listing = f"dist/app.js\ndist/app.map\nsrc/a.js\nlink -> src\n.dockerignore: {ignore}\n"
    got = check(tmp_path, "context/copy-ignored", f"FROM debian:12.5-slim\n{copy}\n", listing)
    assert bool(got) is found
    assert all(each.notes[0].place.path.endswith(".dockerignore") for each in got)


@pytest.mark.parametrize(
    ("taken_in", "wanted"), [("!target/lib/*.jar\n", []), ("!target/*.jar", [2]), ("!other/a", [2])]
)
def test_a_folder_of_which_a_part_is_taken_in_again(
    tmp_path: Path, taken_in: str, wanted: list[int]
) -> None:
    (tmp_path / ".dockerignore").write_text(f"target/\n{taken_in}")
    text = "FROM debian:12\nCOPY target/lib/ ./lib/\n"
    assert checked(tmp_path, "context/copy-ignored", text, "a\n").lines == wanted


@pytest.mark.parametrize(
    ("recipe", "wanted"),
    [
        (".goreleaser.yaml: dockers: [{dockerfile: Dockerfile}]", []),
        (".goreleaser.yaml: dockers: [{dockerfile: Dockerfile.tool}]", [2, 3]),
        (
            ".goreleaser.yaml: dockers: [{dockerfile: Dockerfile}]\nMakefile: a:\\n\tdocker build .",
            [2, 3],
        ),
    ],
)
def test_a_context_that_is_made_for_the_build_has_another_ignore_file(
    tmp_path: Path, recipe: str, wanted: list[int]
) -> None:
    commit(tmp_path)
    listing = f"{recipe}\nshop\ngo.mod\n.dockerignore: *\\n!go.mod\n"
    text = "FROM debian:12\nCOPY shop /\nRUN --mount=source=shop,target=/shop /shop --version\n"
    assert checked(tmp_path, "context/copy-ignored", text, listing).lines == wanted


@pytest.mark.parametrize(
    ("ignore", "source", "wanted"),
    [
        ("web", "web", "add `!web` after line 1 of the ignore file"),
        # below what is taken in again, the last line that matches decides
        (
            "**/dist\\n**/a\\nweb\\n**/tmp",
            "web",
            "add `!web` after line 3 of the ignore file, and repeat `**/dist` and `**/a` after that",
        ),
        ("**/dist\\nweb", "web/app.js", "add `!web/app.js` after line 2 of the ignore file"),
    ],
)
def test_where_to_take_it_in_again(tmp_path: Path, ignore: str, source: str, wanted: str) -> None:
    listing = f"web/app.js\nweb/dist/a.js\n.dockerignore: {ignore}\n"
    text = f"FROM debian:12.5-slim\nCOPY {source} /d\n"
    (found,) = checked(tmp_path, "context/copy-ignored", text, listing).found
    assert found.help == wanted
