"""Which files of Go are in no program of a build."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.context import open_worktree
from dlint.model import Build
from dlint.model.keys import Keys, shallow
from dlint.project.recipes import Recipes
from dlint.push.uncompiled import uncompiled
from dlint.syntax.parser import parse
from dlint.text.source import Source

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "go.mod": "module shop\n",
    "main.go": "package main\n",
    "main_test.go": "package main\n",
    "tried.go": "//go:build tried\n\npackage main\n",
    "web/own.go": "//go:build !tried\n\npackage web\n",
    "web/both.go": "// A page.\n\n//go:build linux && tried\n\npackage web\n",
    "web/any.go": "//go:build tried || linux\n\npackage web\n",
    "web/said.go": "package web\n\n//go:build tried\n",
    "web/page_test.go": "package web\n",
}
TESTS = {"main_test.go", "web/page_test.go"}
LEFT = TESTS | {"tried.go", "web/both.go"}

COMPILED = "FROM golang:1 AS build\nWORKDIR /src\nCOPY . .\nRUN {} -o /out/shop .\n{}"
TAKEN = "FROM scratch\nCOPY --from=build {} /shop\n"
PROGRAM = TAKEN.format("/out/shop")


def left_out(root: Path, text: str, **recipes: str) -> set[str]:
    for path, content in {**FILES, **recipes, "Dockerfile": text}.items():
        (root / path).parent.mkdir(exist_ok=True, parents=True)
        (root / path).write_text(content)
    parsed = parse(Source(str(root / "Dockerfile"), text))
    build = Build(parsed, open_worktree(root), recipes=Recipes(root))
    takers = [each for each in Keys(build, shallow).all() if each.inputs]
    assert takers
    return set(uncompiled(build, takers, FILES))


@pytest.mark.parametrize(
    ("command", "more", "left"),
    [
        ("go build", PROGRAM, LEFT),
        ("go mod download && CGO_ENABLED=0 go build -trimpath", PROGRAM, LEFT),
        ("go build -tags=other,another", PROGRAM, LEFT),
        ("go build -tags tried", PROGRAM, TESTS),
        ("go build -tags=other,tried", PROGRAM, TESTS),
        ("go build -tags $(cat tags)", PROGRAM, TESTS),
        ("GOFLAGS=$MORE go build", PROGRAM, TESTS),
        ("go build", f"RUN go build -tags tried -o /out/more .\n{PROGRAM}", TESTS),
        ("go build", TAKEN.format("/src/go.mod"), LEFT),
        ("go build", TAKEN.format("/src/web"), {"main_test.go", "tried.go"}),
        ("go build", TAKEN.format("/src"), set()),
        ("go build", TAKEN.format("/src/*"), set()),
        ("go build", f"{PROGRAM}RUN --mount=from=build,target=/b cp /b/a /a\n", set()),
        ("go build", "", set()),  # all of it ships
        ("go build", f"{PROGRAM}FROM build\n", set()),
        ("go generate && go build", PROGRAM, set()),
        ("make && go build", PROGRAM, set()),
        ("go build", f"{PROGRAM}COPY web /web\n", {"main_test.go", "tried.go"}),
    ],
)
def test_what_only_go_reads(tmp_path: Path, command: str, more: str, left: set[str]) -> None:
    assert left_out(tmp_path, COMPILED.format(command, more)) == left


def test_what_a_mount_shows_to_go_alone(tmp_path: Path) -> None:
    mount = "--mount=type=bind,target=. go build"
    text = COMPILED.replace("COPY . .\n", "").format(mount, PROGRAM)
    assert left_out(tmp_path, text) == LEFT
    assert left_out(tmp_path, text.replace("go build", "go vet . && go build")) == set()


def test_what_runs_before_does_not_read_it(tmp_path: Path) -> None:
    text = COMPILED.format("go build", PROGRAM)
    assert left_out(tmp_path, text.replace("COPY . .", "RUN make\nCOPY . .")) == LEFT
    assert left_out(tmp_path, text.replace("RUN go", "RUN make\nRUN go")) == set()


@pytest.mark.parametrize(
    ("script", "left"),
    [
        ("docker buildx build --push -t a/b .\n", LEFT),
        ("docker buildx build --push --build-arg MORE=tried -t a/b .\n", TESTS),
        ("", TESTS),  # who builds it is not seen
    ],
)
def test_tags_of_an_argument(tmp_path: Path, script: str, left: set[str]) -> None:
    text = COMPILED.replace("COPY", "ARG MORE=\nCOPY").format('go build -tags "$MORE"', PROGRAM)
    assert left_out(tmp_path, text, **{"release.sh": script}) == left
