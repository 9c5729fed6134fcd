"""What `stage/unreachable` says beyond the examples of its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked, commit, lines

from dlint.config.settings import Overrides
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.plugins import Plugins
from dlint.testing import write_context

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("FROM debian:12\nRUN ls\nFROM scratch\n", [1]),
        ("FROM debian:12\nFROM scratch\nCOPY --from=0 /a /a\n", []),
        ("FROM debian:12\nFROM alpine:3.20\nRUN --mount=from=0,target=/m ls /m\n", []),
        ("FROM debian:12 AS spare\nFROM scratch\n", []),  # for --target, as far as anyone knows
        ("ARG N=0\nFROM debian:12\nFROM alpine:3.20\nCOPY --from=$N /a /a\n", []),
        ("ARG B\nFROM debian:12\nFROM $B\n", []),
        ("ARG V\nFROM debian:12\nFROM alpine:$V\n", [2]),
        ("FROM debian:12\nFROM alpine:3.20\nONBUILD COPY --from=0 /a /a\n", []),
        ("FROM debian:12\n", []),
    ],
)
def test_unreachable(text: str, wanted: list[int]) -> None:
    assert lines("stage/unreachable", text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # its own stage, and a later one
        ("FROM debian:12\nRUN ls\nFROM alpine:3.20\nCOPY --from=1 /a /a\n", [4]),
        ("FROM debian:12\nCOPY --from=1 /a /a\nFROM debian:12\nCOPY --from=0 /a /a\n", [2]),
        ("FROM debian:12\nRUN ls\nFROM alpine:3.20\nCOPY --from=7 /a /a\n", [4]),
        # the stage is not built, and an image by such a name
        ("FROM debian:12 AS x\nCOPY --from=1 /a /a\nFROM debian:12\n", []),
        ("FROM debian:12 AS x\nFROM debian:12\nCOPY --from=1-slim /a /a\n", []),
    ],
)
def test_a_number_that_no_earlier_stage_has(tmp_path: Path, text: str, wanted: list[int]) -> None:
    found = checked(tmp_path, "stage/unreachable", text).found
    assert [each.place.start.line for each in found] == wanted
    assert all(each.message.startswith("the build fails") for each in found)


@pytest.mark.parametrize(
    ("taken", "advice"),
    [
        ("builder", "call it `AS builder`, as the `COPY` from `builder` asks"),
        ("nginx", "remove it, or name it as a target where it is built"),
    ],
)
def test_a_name_that_was_forgotten(tmp_path: Path, taken: str, advice: str) -> None:
    text = f"FROM golang:1.22\nRUN make\nFROM alpine:3.20\nCOPY --from={taken} /a /a\n"
    (found,) = checked(tmp_path, "stage/unreachable", text).found
    assert (found.place.start.line, found.help) == (1, advice)


def test_a_template_whose_stages_nobody_can_tell(tmp_path: Path) -> None:
    text = "FROM {{base}} AS build {{if x}}\nRUN make\nFROM debian:12\n"
    found = checked(tmp_path, "stage/unreachable", text).found
    assert "stage/unreachable" not in {each.rule for each in found}


def test_where_the_repository_names_its_targets(tmp_path: Path) -> None:
    write_context(tmp_path, ".git/HEAD: ref: refs/heads/main\n.git/objects/\n.git/refs/\n")
    text = "FROM debian:12 AS web\nFROM debian:12 AS old\nFROM debian:12 AS test\nFROM debian:12 AS api\n"
    (tmp_path / "Dockerfile").write_text(text)
    checker = Checker(
        Spec(Overrides(select=("stage/unreachable",))), Plugins(third_party=False).rules
    )
    (tmp_path / "dlint.toml").write_text('targets = ["web"]\n')
    found = checker.check(Task((tmp_path / "Dockerfile").as_posix())).diagnostics
    assert [each.place.start.line for each in found] == [2]


@pytest.mark.parametrize(("target", "wanted"), [("web", [2]), ("$*", []), ('"${TARGET}"', [])])
def test_a_recipe_that_builds_what_it_is_asked_for(
    tmp_path: Path, target: str, wanted: list[int]
) -> None:
    write_context(tmp_path, ".git/HEAD: ref: refs/heads/main\n.git/objects/\n.git/refs/\n")
    text = "FROM debian:12 AS web\nFROM debian:12 AS old\nFROM debian:12 AS api\n"
    (tmp_path / "Dockerfile").write_text(text)
    (tmp_path / "Makefile").write_text(f"image-%:\n\tdocker build --target {target} .\n")
    checker = Checker(
        Spec(Overrides(isolated=True, select=("stage/unreachable",))),
        Plugins(third_party=False).rules,
    )
    found = checker.check(Task((tmp_path / "Dockerfile").as_posix())).diagnostics
    assert [each.place.start.line for each in found] == wanted


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        ("README.md", "Docker: `--target NAME` is one of: web,\nold or api.\n", []),
        ("docs/docker.rst", "docker build --target old .\n", []),
        ("README.md", "The old image of Docker is gone.\n", [2]),
        ("README.md", "Docker: the target is web, as older ones are gone.\n", [2]),
        (
            "docker-bake.hcl",
            'target old { target = "old" }\ntarget web { contexts = { o = "target:old" } }\n',
            [],
        ),
    ],
)
def test_a_stage_that_somebody_asks_for(
    tmp_path: Path, path: str, text: str, wanted: list[int]
) -> None:
    write_context(tmp_path, ".git/HEAD: ref: refs/heads/main\n.git/objects/\n.git/refs/\n")
    stages = "FROM debian:12 AS web\nFROM debian:12 AS old\nFROM debian:12 AS api\n"
    (tmp_path / "Dockerfile").write_text(stages)
    (tmp_path / "Makefile").write_text("image:\n\tdocker build --target web .\n")
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_text(text)
    checker = Checker(
        Spec(Overrides(isolated=True, select=("stage/unreachable",))),
        Plugins(third_party=False).rules,
    )
    found = checker.check(Task((tmp_path / "Dockerfile").as_posix())).diagnostics
    assert [each.place.start.line for each in found] == wanted


def test_what_tests_read_may_be_meant_so(tmp_path: Path) -> None:
    commit(tmp_path)
    folder = tmp_path / "reader" / "__fixtures__"
    folder.mkdir(parents=True)
    text = "FROM debian:12\nFROM alpine:3.20\n"
    assert checked(folder, "stage/unreachable", text).lines == []
    assert checked(tmp_path, "stage/unreachable", text).lines == [1]
