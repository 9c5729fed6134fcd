"""`dlint why` on records of real builds of one small project.

The records in tests/records/builds were made one after the other: the first build, then one with
another `app/main.py`, and so on.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from house import commit
from support import tree

from dlint.cli import main

if TYPE_CHECKING:
    from collections.abc import Sequence

BUILDS = Path(__file__).parents[1] / "records" / "builds"
DOCKERFILE = """\
# syntax is the builder's own
ARG BASE=shell:1
FROM ${BASE} AS build
ARG VERSION=1
WORKDIR /src
COPY requirements.txt ./
RUN sleep 1 && mkdir /out && cp requirements.txt /out/
COPY . .
RUN sleep 2 && \\
    cat app/*.py > /out/app && \\
    echo $VERSION > /out/version

FROM shell:1
ARG HOME_DIR=/srv/shop
WORKDIR $HOME_DIR
COPY --from=build /out $HOME_DIR/out
RUN <<SETUP
sleep 1
echo done > done
SETUP
COPY config/ /etc/shop/
CMD ["sh"]
"""
FILES = {
    "Dockerfile": DOCKERFILE,
    ".dockerignore": ".git\n",
    "requirements.txt": "flask==3.1.0\n",
    "app/main.py": "print(1)\n",
    "config/shop.ini": "a=1\n",
    "tests/t.py": "t\n",
}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a repository of three commits, each with another app/main.py."""
    for number in (1, 2, 3):
        tree(tmp_path, {**FILES, "app/main.py": f"print({number})\n"})
        commit(tmp_path, str(number))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def words(record: str, *more: str) -> list[str]:
    return ["why", str(BUILDS / record), *more, "--isolated"]


def told(capsys: pytest.CaptureFixture[str], record: str, *more: str) -> dict[str, Any]:
    assert main([*words(record, *more), "--output-format", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def roots(answer: dict[str, Any]) -> list[tuple[int, str, list[str], list[int]]]:
    return [(each["line"], each["kind"], each["paths"], each["lines"]) for each in answer["roots"]]


def surprises(answer: dict[str, Any]) -> list[tuple[int, str]]:
    return [
        (each["line"], each["result"])
        for each in answer["steps"]
        if each["expected"] and each["result"] and each["result"] != each["expected"]
    ]


@pytest.mark.parametrize("record", ["app.plain", "app.rawjson"])
def test_a_changed_file_is_named_with_what_it_dragged_along(
    record: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = told(capsys, record)
    assert roots(answer) == [(8, "files", ["app/main.py"], [8, 9, 16, 17, 21])]
    assert surprises(answer) == []
    assert answer["roots"][0]["seconds"] == pytest.approx(3.5, abs=0.05)
    assert answer["before"] == "HEAD~1"
    step = next(each for each in answer["steps"] if each["line"] == 9)
    assert step["because_of"] == 8
    assert step["seconds"] == pytest.approx(2.2, abs=0.05)
    assert (step["stage"], step["result"], step["size"]) == ("build", "ran", None)


def test_an_argument_that_the_record_tells_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    answer = told(capsys, "arg.plain", "--since", "HEAD")
    (root,) = answer["roots"]
    assert (root["line"], root["kind"], root["names"], root["told_by"]) == (
        7,
        "value",
        ["VERSION"],
        4,
    )
    assert surprises(answer) == []
    assert (
        told(capsys, "arg.plain", "--since", "HEAD", "--before", str(BUILDS / "app.plain"))["roots"]
        == answer["roots"]
    )


def test_without_git_two_records_tell_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    tree(alone, FILES)
    (alone / ".git").write_text("gitdir: /nowhere\n")
    monkeypatch.chdir(alone)
    answer = told(capsys, "arg.plain", "--before", str(BUILDS / "app.plain"))
    named = [(each["line"], each["names"]) for each in answer["roots"] if each["kind"] == "value"]
    assert named == [(9, ["VERSION"])]


def test_another_base_is_named_and_what_came_from_the_cache_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = told(capsys, "base.plain", "--since", "HEAD")
    assert roots(answer) == [(3, "base", [], [5, 6, 7, 8, 9])]
    assert "shell:1 → shell:2" in answer["roots"][0]["text"]
    assert surprises(answer) == [(16, "cached"), (17, "cached"), (21, "cached")]
    assert answer["new_bytes"] == 0
    assert main(words("base.plain", "--since", "HEAD")) == 0
    text = capsys.readouterr().out
    assert "the stage that it copies from made the same files, and so for 2 steps after it" in text


def test_a_build_without_a_cache_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    answer = told(capsys, "nocache.plain", "--since", "HEAD")
    assert roots(answer) == [(6, "no-cache", [], [6, 7, 8, 9, 16, 17, 21])]
    assert main(words("nocache.plain", "--since", "HEAD")) == 0
    assert "not expected" not in capsys.readouterr().out


def test_a_first_build_has_nothing_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tmp_path / "first"
    first.mkdir()
    tree(first, FILES)
    commit(first, "first")
    monkeypatch.chdir(first)
    answer = told(capsys, "first.plain")
    assert answer["before"] is None
    assert [each["kind"] for each in answer["roots"]] == ["no-cache"]
    assert {each["expected"] for each in answer["steps"]} == {None}


def test_an_edited_instruction_is_told_as_one(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "Dockerfile").write_text(DOCKERFILE.replace("WORKDIR /src", "WORKDIR /srv/src"))
    log = (BUILDS / "first.plain").read_text().replace("WORKDIR /src", "WORKDIR /srv/src")
    (project / "build.log").write_text(log)
    answer = told(capsys, str(project / "build.log"), "--since", "HEAD")
    assert (5, "instruction", []) in [each[:3] for each in roots(answer)]


def test_the_first_lines_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words("app.rawjson")) == 0
    first, second, third, *rows = capsys.readouterr().out.splitlines()
    assert first.endswith("BuildKit's rawjson: 3.6 s; new layers: ≥ 250 B; build context: 285 B")
    assert second == "Dockerfile: HEAD~1 → working tree (same build arguments)"
    assert third == (
        "`COPY . .` (line 8) reads `app/main.py`, which changed: made 4 more steps run; 3.5 s in"
        " all, new layers: ≥ 250 B"
    )
    assert [row.split()[2] for row in rows[:3]] == ["9", "17", "8"]


def test_every_format_tells_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    for form in ("text", "markdown", "pretty"):
        assert main([*words("app.plain"), "--output-format", form]) == 0
        text = " ".join(capsys.readouterr().out.replace("\\", "").split())
        assert "reads `app/main.py`, which changed: made 4 more steps run" in text, form
        assert "RUN <<SETUP" in text, form


def test_standard_input_is_read(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stdin:
        buffer = io.BufferedReader(io.BytesIO((BUILDS / "app.plain").read_bytes()))

    monkeypatch.setattr(sys, "stdin", Stdin())
    assert main(["why", "-", "--isolated"]) == 0
    assert capsys.readouterr().out.startswith("-: BuildKit's plain log")


def test_what_another_dockerfile_made_is_an_error(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "other.Dockerfile").write_text("FROM alpine:3.20\nRUN apk add --no-cache curl\n")
    assert main(words("app.plain", "other.Dockerfile")) == 2
    assert "no step of it is an instruction of other.Dockerfile" in capsys.readouterr().err
    assert main(["why", "missing.log"]) == 2
    assert "missing.log: cannot be read: No such file" in capsys.readouterr().err


def test_the_image_of_several_is_named_and_a_failed_build_explained(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    web = "FROM shell:1\nWORKDIR /srv/app\nCOPY --link config /etc/shop\nCOPY app .\nRUN echo web > kind\n"
    (project / "Dockerfile.web").write_text(web)
    assert main(words("bake.plain", "Dockerfile.web")) == 0
    out, err = capsys.readouterr()
    assert "the image web is explained" in err
    assert "the build failed: process" in out
    assert "failed  RUN echo web > kind" in out


@pytest.mark.parametrize("target", [1, 2])
def test_steps_of_another_images_triggers_are_matched(
    target: int, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines: Sequence[str] = (
        "FROM shell:1 AS lib",
        "ONBUILD COPY config /etc/config",
        "ONBUILD RUN sleep 1",
        "FROM lib",
        "WORKDIR /srv/app",
        "COPY app .",
        "RUN echo worker > kind",
    )
    (project / "Dockerfile.worker").write_text("".join(f"{line}\n" for line in lines))
    answer = told(capsys, "bake.plain", "Dockerfile.worker")
    results = {each["line"]: each["result"] for each in answer["steps"]}
    assert results[target + 1] == ("ran", "canceled")[target - 1]


def test_two_platforms_have_one_answer_each(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "Dockerfile").write_text(
        "FROM --platform=$BUILDPLATFORM shell:1 AS build\nWORKDIR /src\nCOPY app/ ./\n"
        "RUN sleep 1; cat main.py > /out\nFROM scratch\nARG TARGETARCH\n"
        "COPY --link --from=build /out /srv/$TARGETARCH/out\nCOPY --link config/ /etc/shop/\n"
    )
    answer = told(capsys, "multi.plain", "--platform", "linux/arm64", "--since", "HEAD")
    lines = (BUILDS / "multi.plain").read_text().splitlines()
    last = next(each for each in answer["steps"] if each["line"] == 8)
    assert "linux/arm64" in lines[last["record_line"] - 1]
    assert answer["unmatched"] == []


def test_the_legacy_builder_is_known_by_its_log(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "Dockerfile").write_text(
        "FROM shell:1\nENV A=1\nWORKDIR /srv\nCOPY requirements.txt ./\n"
        'RUN sleep 1 && cp requirements.txt x\nCOPY config app\nCMD ["sh"]\n'
    )
    commit(project, "classic")
    (project / "config/shop.ini").write_text("a=2\n")
    answer = told(capsys, "classic.log")
    assert roots(answer) == [(6, "files", ["config/shop.ini"], [6, 7])]
    assert answer["seconds"] is None


def entries(root: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((root / ".dlint/facts.json").read_text())
    return found


def test_what_a_build_took_is_recorded_when_it_is_asked_for(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / ".dockerignore").write_text(".git\n.dlint\n")
    assert main(words("app.rawjson")) == 0
    assert not (project / ".dlint").exists()
    assert main(words("app.rawjson", "--record")) == 0
    assert "how long 5 steps took is recorded" in capsys.readouterr().err
    _, image, *steps = entries(project)
    assert (image["image"], image["base"], image["from"]) == ("Dockerfile", "shell:1", "rawjson")
    took = {each["step"].partition("\n")[0]: each["seconds"] for each in steps}
    assert took["COPY . ."] == 0.069
    assert took["RUN <<SETUP"] == 1.204
    # another build tells of more steps, and of the same ones anew
    assert main(words("first.plain", "--record", "-q")) == 0
    took = {each["step"].partition("\n")[0]: each["seconds"] for each in entries(project)[2:]}
    assert (len(took), took["RUN <<SETUP"]) == (9, 1.1)
    # an instruction that is gone is dropped
    (project / "Dockerfile").write_text(DOCKERFILE.replace("COPY config/ /etc/shop/\n", ""))
    assert main(words("app.rawjson", "--record", "-q")) == 0
    left = {each["step"] for each in entries(project)[2:]}
    assert len(left) == 8
    assert "COPY config/ /etc/shop/" not in left
    assert main(["order", "--weigh", "time", "--isolated", "--output-format", "json"]) == 0


def test_a_build_that_ran_nothing_records_nothing(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = project / "cached.log"
    log.write_text("#1 [build 2/6] WORKDIR /src\n#1 CACHED\n")
    assert main(["why", str(log), "--isolated", "--record"]) == 0
    assert "so nothing is recorded" in capsys.readouterr().err
    assert not (project / ".dlint").exists()
