"""What made a step run: each kind of change, in a log as BuildKit writes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from house import commit
from support import tree

from dlint.cli import main

if TYPE_CHECKING:
    from collections.abc import Mapping

IMAGE = "docker.io/library/shell:1"
OLD, NEW = (f"{IMAGE}@sha256:{sign * 64}" for sign in "ab")


def log(steps: Mapping[str, str], base: str = IMAGE) -> str:
    """Write the log of a build of one stage; a step that ran took a second."""
    names = [f"FROM {base}", *steps]
    ends = ["DONE 0.0s", *("CACHED" if how == "cached" else "DONE 1.0s" for how in steps.values())]
    lines = ['#0 building with "default" instance using docker driver']
    for number, (name, end) in enumerate(zip(names, ends, strict=True), start=1):
        lines += ["", f"#{number} [{number}/{len(names)}] {name}", f"#{number} {end}"]
    return "\n".join(lines) + "\n"


class Project:
    """A repository with a commit before and one of now, and the record of a build."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root, self.capsys = root, capsys
        tree(root, {".dockerignore": ".git\n*.log\n"})

    def commit(self, dockerfile: str, files: Mapping[str, str] | None = None) -> None:
        tree(self.root, {"Dockerfile": dockerfile, **(files or {})})
        commit(self.root)

    def why(self, record: str, *words: str) -> dict[str, Any]:
        Path("build.log").write_text(record)
        command = ["why", "build.log", "--isolated", "--output-format", "json", "--rev", "HEAD"]
        assert main([*command, *words]) == 0
        found: dict[str, Any] = json.loads(self.capsys.readouterr().out)
        return found

    def roots(self, record: str, *words: str) -> list[tuple[int, str, int, list[int]]]:
        found = self.why(record, *words)["roots"]
        return [(each["line"], each["kind"], each["told_by"], each["lines"]) for each in found]


@pytest.fixture
def project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Project:
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path, capsys)


START = "FROM shell:1\nCOPY kept /kept\n"
HEREDOC = "RUN <<E\necho {}\nE\n"
CASES = {
    "the user of a RUN": (
        f"{START}USER root\nRUN make\n",
        f"{START}USER app\nRUN make\n",
        {"RUN make": "ran"},
        [(4, "value", 3, [4])],
    ),
    "the folder of a RUN": (
        f"{START}WORKDIR /a\nRUN make\n",
        f"{START}WORKDIR /b\nRUN make\n",
        {"WORKDIR /b": "ran", "RUN make": "ran"},
        [(3, "instruction", 3, [3, 4])],
    ),
    "a variable that nothing names": (
        f"{START}ENV A=1\nRUN make\nRUN test\n",
        f"{START}ENV A=2\nRUN make\nRUN test\n",
        {"RUN make": "ran", "RUN test": "ran"},
        [(4, "value", 3, [4, 5])],
    ),
    "the text of a heredoc": (
        START + HEREDOC.format("one"),
        START + HEREDOC.format("two"),
        {"RUN <<E (echo two)": "ran"},
        [(3, "instruction", 3, [3])],
    ),
    "a space in a RUN": (
        f"{START}RUN echo  one\n",
        f"{START}RUN echo one\n",
        {"RUN echo one": "ran"},
        [(3, "instruction", 3, [3])],
    ),
    "a new instruction": (
        f"{START}RUN one\n",
        f"{START}RUN two words\nRUN one\n",
        {"RUN two words": "ran", "RUN one": "ran"},
        [(3, "instruction", 3, [3, 4])],
    ),
    "nothing at all": (
        f"{START}RUN one\n",
        f"{START}RUN one\n# the end\n",
        {"RUN one": "ran"},
        [(3, "unknown", 3, [3])],
    ),
    "what an address holds": (
        f"{START}ADD https://example.com/a /a\n",
        f"{START}ADD https://example.com/a /a\n# the end\n",
        {"ADD https://example.com/a /a": "ran"},
        [(3, "unknown", 3, [3])],
    ),
}


@pytest.mark.parametrize(("before", "after", "steps", "roots"), CASES.values(), ids=CASES)
def test_what_changed_is_found(
    before: str,
    after: str,
    steps: dict[str, str],
    roots: list[tuple[int, str, int, list[int]]],
    project: Project,
) -> None:
    project.commit(before, {"kept": "1"})
    project.commit(after)
    assert project.roots(log({"COPY kept /kept": "cached", **steps})) == roots


def test_a_linked_copy_that_is_only_joined_to_another_layer_did_not_run(project: Project) -> None:
    project.commit("FROM shell:1\nRUN one\nCOPY --link kept /kept\n", {"kept": "1"})
    project.commit("FROM shell:1\nRUN two\nCOPY --link kept /kept\n")
    answer = project.why(log({"RUN two": "ran", "COPY --link kept /kept": "ran"}))
    assert [(each["line"], each["lines"]) for each in answer["roots"]] == [(2, [2])]
    assert [each["result"] for each in answer["steps"]][1:] == ["ran", "joined"]


def test_a_download_is_said_to_be_a_reason(project: Project) -> None:
    text = f"{START}ADD https://example.com/a /a\n"
    project.commit(text, {"kept": "1"})
    project.commit(f"{text}# the end\n")
    steps = {"COPY kept /kept": "cached", "ADD https://example.com/a /a": "ran"}
    (root,) = project.why(log(steps))["roots"]
    assert root["text"].endswith("or what it downloads changed")


def test_an_argument_that_no_step_shows_is_said_to_be_a_reason(project: Project) -> None:
    text = f"{START}ARG SHA\nRUN make\n"
    project.commit(text, {"kept": "1"})
    project.commit(f"{text}# the end\n")
    (root,) = project.why(log({"COPY kept /kept": "cached", "RUN make": "ran"}))["roots"]
    assert root["names"] == ["SHA"]
    assert root["text"].endswith("or `SHA` has another value")


def test_a_base_that_moved_is_told_by_two_records(project: Project) -> None:
    project.commit(f"{START}RUN make\n", {"kept": "1"})
    project.commit(f"{START}RUN make\n# the end\n")
    steps = {"COPY kept /kept": "ran", "RUN make": "ran"}
    Path("before.log").write_text(log(steps, OLD))
    assert project.roots(log(steps, NEW), "--before", "before.log") == [(1, "base", 1, [2, 3])]
    text = project.why(log(steps, NEW), "--before", "before.log")["roots"][0]["text"]
    assert text.endswith(f"is another base: {'a' * 12} → {'b' * 12}")
    # without the other record nobody knows
    answer = project.why(log(steps, NEW))
    assert [each["kind"] for each in answer["roots"]] == ["no-cache"]
    assert answer["roots"][0]["text"].endswith("or the base image changed")


def test_a_base_that_moved_since_facts_were_recorded_is_told(project: Project) -> None:
    from dlint.images.recorded import RecordedImage, write_recorded

    project.commit(f"{START}RUN make\n", {"kept": "1"})
    project.commit(f"{START}RUN make\n# the end\n")
    told = RecordedImage(
        "Dockerfile",
        platform="linux/amd64",
        source="oci",
        base="shell:1",
        base_digest=f"sha256:{'a' * 64}",
        day="2026-11-28",
    )
    tree(project.root, {".dlint/facts.json": write_recorded([told])})
    steps = {"COPY kept /kept": "ran", "RUN make": "ran"}
    assert project.roots(log(steps, NEW)) == [(1, "base", 1, [2, 3])]


def test_the_image_that_is_named_is_explained(project: Project) -> None:
    files = {
        "docker-bake.hcl": 'target "web" {\n  args = { A = "1" }\n}\ntarget "worker" {\n  args = { A = "2" }\n}\n',
        "kept": "1",
    }
    project.commit("FROM shell:1\nCOPY kept /kept\nRUN make\n", files)
    project.commit("FROM shell:1\nCOPY kept /kept\nRUN make\n# the end\n")
    lines = log({"COPY kept /kept": "cached", "RUN make": "ran"}).splitlines()
    both = [line.replace("[", "[web ") for line in lines]
    both += [
        line.replace("[", "[worker ").replace("#", "#1", 1).replace("DONE 1.0s", "CACHED")
        for line in lines[1:]
    ]
    text = "\n".join(both) + "\n"
    for image, result in (("web", "ran"), ("worker", "cached")):
        Path("build.log").write_text(text)
        words = ["why", "build.log", f"docker-bake.hcl#{image}", "--isolated", "--rev", "HEAD"]
        assert main([*words, "--output-format", "json"]) == 0
        answer = json.loads(project.capsys.readouterr().out)
        assert [each["result"] for each in answer["steps"] if each["line"] == 3] == [result]
