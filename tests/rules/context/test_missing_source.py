"""Which files that a build needs the repository surely has not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import RULES, commit

from dlint.config.settings import Overrides
from dlint.lint.engine import Checker, Spec, Task

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.lint.report import FileReport

NODE = "FROM node:22\nRUN npm i -g pnpm\nCOPY package.json yarn.lock ./\nRUN yarn\n"
GO = "FROM golang:1.24\nWORKDIR /src\nCOPY . .\nRUN cd cmd && go build -o /shop {}main.go\n"
CI = "jobs:\n  a:\n    steps:\n    - run: docker build -f {} .\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lay(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    commit(folder)


def report(path: str = "Dockerfile") -> FileReport:
    return Checker(Spec(Overrides(isolated=True), push=True), RULES).check(Task(path))


@pytest.mark.parametrize(
    ("more", "path", "lines"),
    [
        ({}, "Dockerfile", [3]),
        ({".gitignore": "yarn.lock\n"}, "Dockerfile", []),
        ({"Makefile": "yarn.lock:\n\tyarn install\n"}, "Dockerfile", []),
        ({"build.sh": "yarn\ndocker build -t shop .\n"}, "Dockerfile", []),
        ({"web/package.json": "{}"}, "web/Dockerfile", [3]),
        ({"web/package.json": "{}", "yarn.lock": ""}, "web/Dockerfile", []),
        ({"examples/web/package.json": "{}"}, "examples/web/Dockerfile", []),
        ({"templates/web/package.json": "{}"}, "templates/web/Dockerfile", []),
    ],
    ids=["none", "ignored", "made", "built", "deeper", "above", "example", "template"],
)
def test_a_lock_file_that_nobody_has(
    here: Path, more: dict[str, str], path: str, lines: list[int]
) -> None:
    lay(here, {"package.json": "{}", **more, path: NODE})
    found = report(path)
    rule = "context/missing-source"
    assert [each.place.start.line for each in found.diagnostics if each.rule == rule] == lines
    if lines:  # what the image costs is nobody's cost
        assert [each.rule for each in found.diagnostics] == [rule]
        assert found.push is None


@pytest.mark.parametrize(
    "copy",
    [
        "COPY yarn.lock ./",  # the context may be another one
        "COPY package.json yarn.lock* ./",
        "COPY package.json yarn.txt ./",  # what is no lock file may be made
        "COPY package.json $LOCK ./",
        "COPY --from=node:22 /package.json yarn.lock ./",
    ],
)
def test_what_may_be_there(here: Path, copy: str) -> None:
    lay(here, {"package.json": "{}", "Dockerfile": f"FROM node:22\nARG LOCK\n{copy}\n"})
    assert "context/missing-source" not in {each.rule for each in report().diagnostics}


@pytest.mark.parametrize(
    ("text", "more", "is_told"),
    [
        (GO.format(""), {}, True),
        (GO.format("./"), {}, True),
        (GO.format("../"), {}, False),  # which is there
        (GO.format("").replace("RUN ", "RUN go generate && "), {}, False),
        (GO.format("").replace("RUN ", "RUN go generate\nRUN "), {}, False),
        (GO.format("").replace("RUN ", "COPY --from=golang:1.24 /cmd cmd\nRUN "), {}, False),
        (GO.format("").replace("go build -o /shop", "go run"), {}, False),
        (GO.format(""), {"build.sh": "cat a > cmd/main.go\n"}, False),
        (GO.format(""), {"build.sh": "go build main.go\n"}, True),  # the other one
        (GO.format(""), {".dockerignore": "cmd\n"}, False),
        (GO.format("").replace("go build -o /shop", "cat"), {}, False),
        ("FROM python:3.12\nCOPY . /a\nRUN python3 /a/cmd/main.go\n", {}, True),
    ],
)
def test_a_program_that_a_commit_deleted(
    here: Path, text: str, more: dict[str, str], *, is_told: bool
) -> None:
    lay(here, {"main.go": "", "cmd/main.go": "", "cmd/more.go": "", **more, "Dockerfile": text})
    assert "context/missing-source" not in {each.rule for each in report().diagnostics}
    (here / "cmd/main.go").unlink()
    commit(here)
    told = [each.message for each in report().diagnostics if each.rule == "context/missing-source"]
    said = "a commit deleted `cmd/main.go`, so this `RUN` fails"
    assert told == [said] * is_told


@pytest.mark.parametrize(("builds", "severity"), [(".", "warning"), ("other", "info")])
def test_it_weighs_more_where_a_recipe_builds_it(here: Path, builds: str, severity: str) -> None:
    text = "FROM alpine:3\nCOPY a b c d ./\nCOPY a ./\nCOPY b ./\nCOPY c ./\nCOPY lost ./\n"
    files = dict.fromkeys("abcd", "")
    recipe = f"services:\n  a:\n    build: {builds}\n"
    lay(here, {**files, "lost": "", "compose.yml": recipe, "Dockerfile": text})
    (here / "lost").unlink()
    commit(here)
    (found,) = report().diagnostics
    assert (found.rule, found.severity.value, found.place.start.line) == (
        "context/missing-source",
        severity,
        6,
    )
