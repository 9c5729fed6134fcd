"""What `bloat/git-history` says beyond the examples of its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked, lines

if TYPE_CHECKING:
    from pathlib import Path

NODE = (
    'package.json: {"dependencies": {"a": "1"}, "devDependencies": {"b": "1"}}\n'
    'package-lock.json: {"packages": {"": {"dependencies": {"a": "1"}, "devDependencies": {"b": "1"}}}}\n'
    'yarn.lock: a@1:\n  version "1"\n'
)


@pytest.mark.parametrize(
    "run",
    [
        "git clone -b v1 https://example.com/a.git && make -C a",
    ],
)
def test_a_hit(run: str) -> None:
    assert lines("bloat/git-history", f"FROM debian:12\nRUN {run}\n") == [2]


@pytest.mark.parametrize(
    "run",
    [
        "git clone --depth=1 https://example.com/a.git",
        "git clone https://example.com/a.git && cd a && git checkout 0123456 && rm -rf .git",
        "git clone https://example.com/a.git && cd a && git checkout $(git describe --tags)",
        "git clone https://example.com/a.git && cd a && git checkout v1 && git log > CHANGES",
        "git clone https://example.com/a.git && cd a && if make; then git checkout v1; fi",
        "git clone https://example.com/flutter.git && git -C flutter checkout 3.35.0",
        "git clone https://example.com/a.git && make -C a && rm -rf a",
        "git clone https://example.com/a.git && make -C /a && rm -rf /a",  # of the base's folder
        "git clone https://example.com/a.git && find . -name .git -exec rm -rf {} +",
        "--mount=type=tmpfs,target=/t git clone https://example.com/a.git /t/a",
    ],
)
def test_no_hit(run: str) -> None:
    assert lines("bloat/git-history", f"FROM debian:12\nRUN {run}\n") == []
    assert lines("bloat/git-history", f"FROM debian:12 AS build\nRUN {run}\nFROM scratch\n") == []


@pytest.mark.parametrize("checkout", ["cd a && git checkout 0123456", "git -C a checkout -q web"])
def test_a_checkout_of_the_same_run_needs_the_history_once(tmp_path: Path, checkout: str) -> None:
    text = f"FROM debian:12\nRUN git clone https://example.com/a.git && {checkout}\n"
    (found,) = checked(tmp_path, "bloat/git-history", text).found
    assert found.help == (
        "delete `.git` at the end of this `RUN`, or clone a branch or tag with `--depth 1 --branch`"
    )
    assert found.repair is None
    later = text.replace(" && ", "\nRUN ", 1)
    assert lines("bloat/git-history", later) == []


def test_a_clone_is_found_where_it_stands() -> None:
    text = "FROM debian:12\nRUN make && \\\n  git clone https://example.com/a.git && cd a && rm -rf a\n"
    assert lines("bloat/git-history", text) == [3]  # deleted was what stood in the clone
    assert (
        lines(
            "bloat/git-history",
            f"FROM debian:12 AS app\nFROM app AS test\n{text.partition(chr(10))[2]}",
        )
        == []
    )


def test_what_is_moved_is_not_taken_for_a_deletion_that_misses(tmp_path: Path) -> None:
    run = "git clone https://example.com/tool.git && cd tool && {} tool"
    for last, count in (("rm -r", 1), ("mv -t /usr/bin", 0)):
        (found,) = checked(
            tmp_path, "bloat/git-history", f"FROM debian:12\nRUN {run.format(last)}\n"
        ).found
        assert len(found.notes) == count


def test_a_later_run_may_need_the_history() -> None:
    clone = "FROM debian:12\nRUN git clone https://example.com/a.git /a\nWORKDIR /a\n"
    assert lines("bloat/git-history", f"{clone}RUN git describe > version\n") == []
    assert lines("bloat/git-history", f"{clone}RUN make\n") == [2]
    other = "RUN git clone https://example.com/other.git && git -C other checkout v1"
    assert lines("bloat/git-history", f"{clone}{other} && rm -rf other\n") == [2]
    assert lines("bloat/git-history", f"{clone}{other} && git -C /a log\n") == []


@pytest.mark.parametrize(
    ("run", "mended"),
    [
        ('"git","clone","https://x.y/z"', '"git","clone", "--depth", "1","https://x.y/z"'),
    ],
)
def test_a_word_that_the_fix_adds_in_exec_form(tmp_path: Path, run: str, mended: str) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY package.json yarn.lock package-lock.json ./\nRUN [{run}]\nCMD node .\n"
    assert checked(tmp_path, "bloat/git-history", text, NODE).fixed == text.replace(run, mended)


@pytest.mark.parametrize(
    ("later", "wanted"),
    [
        ("COPY --from=a /opt/tool /opt/tool\n", [2]),
        ("COPY --from=a /opt /opt\n", [2]),
        ("COPY --from=a /opt/tool/bin /opt/bin\n", []),
        ("RUN true\n", []),
    ],
)
def test_a_clone_that_another_stage_makes(tmp_path: Path, later: str, wanted: list[int]) -> None:
    clone = "RUN git clone https://example.com/tool.git /opt/tool\n"
    text = f"FROM debian:12 AS a\n{clone}FROM debian:12\n{later}"
    found = checked(tmp_path, "bloat/git-history", text)
    assert found.lines == wanted
    assert all("which line 4 copies into the image" in each for each in found.messages)
    used = text.replace("FROM debian:12\n", "RUN cd /opt/tool && git describe\nFROM debian:12\n", 1)
    assert checked(tmp_path, "bloat/git-history", used).lines == []


def test_a_tool_that_works_with_its_own_commits(tmp_path: Path) -> None:
    for name, wanted in (("vcpkg", []), ("tool", [2])):
        text = f"FROM debian:12\nRUN git clone https://example.com/{name}.git /opt/tool\n"
        assert checked(tmp_path, "bloat/git-history", text).lines == wanted


@pytest.mark.parametrize(
    ("code", "wanted"), [("run('git', ['fetch', 'web'])", []), ('run("make web")', [2])]
)
def test_a_clone_that_the_started_script_works_in(
    tmp_path: Path, code: str, wanted: list[int]
) -> None:
    text = 'FROM node:22\nRUN git clone https://example.com/a.git\nCMD ["npm", "run", "try-web"]\n'
    context = f'package.json: {{"scripts": {{"try-web": "node web.mjs"}}}}\nweb.mjs: {code}\n'
    context += 'docs/package.json: {"scripts": {"build": "make"}}\n'  # which comes first
    for rule in ("bloat/git-history", "pin/remote-fetch"):
        assert checked(tmp_path / rule, rule, text, context).lines == wanted
