"""What is told of a template."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = """FROM {{ base }}
RUN apt-get update && apt-get install -y curl
{% if debug %}
RUN apt-get update
{% endif %}
COPY . /app
RUN apt-get update \\
{% if more %}
 && apt-get install -y {{ more }} \\
{% endif %}
 && true
RUN apt-get update && apt-get install -y {{ others }}
RUN pip install -r /app/requirements.txt
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Dockerfile").write_text(TEMPLATE)
    (tmp_path / "requirements.txt").write_text("requests\n")
    return tmp_path


@pytest.mark.usefixtures("here")
def test_single_instructions_are_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--isolated", "Dockerfile"]) == 1
    lines = [line.split(" ")[:3] for line in capsys.readouterr().out.splitlines()]
    told = {(place.split(":")[1], rule) for place, _, rule in lines}
    assert ("1", "syntax/template") in told
    assert {line for line, rule in told if rule == "bloat/pm-cache"} == {"2", "13"}
    assert {rule.partition("/")[0] for _, rule in told} == {"syntax", "bloat"}


def test_several_instructions_are_checked_together(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    late = "RUN apt-get update && apt-get install -y gcc\nRUN rm -rf /var/lib/apt/lists/*\n"
    (here / "Dockerfile").write_text(f"FROM debian:12\n{late}RUN {{{{ more }}}}\n")
    main(["check", "--isolated", "--select", "bloat/late-cleanup,syntax/template", "Dockerfile"])
    found = [line.split(" ")[:3] for line in capsys.readouterr().out.splitlines()]
    assert ["Dockerfile:3:1:", "error", "bloat/late-cleanup"] in found


@pytest.mark.usefixtures("here")
def test_it_is_one_info_and_can_be_switched_off(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--isolated", "--select", "syntax", "Dockerfile"]) == 0
    [line] = capsys.readouterr().out.splitlines()
    said = "a template (Go, Jinja or Mustache), so only rules of `bloat` and `pin` are checked"
    assert line.startswith(f"Dockerfile:1:6: info syntax/template {said} ")
    assert main(["check", "--isolated", "--ignore", "all", "Dockerfile"]) == 0
    assert capsys.readouterr().out == ""


def test_fixes_leave_a_template_alone(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--isolated", "--fix", "--unsafe-fixes", "Dockerfile"]) == 1
    assert (here / "Dockerfile").read_text() == TEMPLATE
    assert "Dockerfile: left as it is, since it is a template" in capsys.readouterr().err


@pytest.mark.parametrize(("folder", "is_pushed"), [("web", True), ("tests", False)])
def test_nobody_pushes_some_templates_either(
    here: Path, capsys: pytest.CaptureFixture[str], folder: str, *, is_pushed: bool
) -> None:
    (here / ".git").mkdir()
    (here / "Makefile").write_text("web:\n\tdocker build -t example/base -f base .\n")
    (here / folder).mkdir()
    text = "FROM example/base\nCOPY {{ app }} /app/\nRUN apt-get update\n"
    (here / folder / "Dockerfile").write_text(text)
    main(["check", "--isolated", f"{folder}/Dockerfile"])
    told = capsys.readouterr().out
    assert ("bloat/pm-cache" in told) is is_pushed
    assert "pin/base-tag" not in told  # a base of one's own


def test_a_tag_that_may_be_replaced(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "Dockerfile.template").write_text("FROM debian:name-slim\nRUN apt-get update\n")
    main(["check", "--isolated", "Dockerfile.template"])
    assert "pin/tag-precision" not in capsys.readouterr().out


@pytest.mark.usefixtures("here")
def test_what_to_do_is_said_though_nothing_is_fixed(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "--isolated", "--select", "bloat/pm-cache", "Dockerfile"])
    [first, *_] = capsys.readouterr().out.splitlines()
    assert "— help: run `rm -rf /var/lib/apt/lists/*` in the same `RUN`" in first


@pytest.mark.parametrize(
    ("run", "is_told"),
    [
        ("apt-get update && apt-get install -y curl && dpkg -i /tmp/${pkg.name}.deb", True),
        ("apt-get update && apt-get install -y curl \\\n && mv /a ${pkg.folder}/conf", True),
        ("apt-get update && apt-get install -y curl && ${pkg.more}", False),
        ("apt-get update && apt-get install -y curl && rm -rf ${pkg.lists}/lists", False),
        ("apt-get update && apt-get install -y curl && rm -rf \\\n ${pkg.lists}/lists", False),
        ("apt-get update && apt-get install -y curl && rm /tmp/${pkg.name}.deb", True),
        ("apt-get update && apt-get install -y curl && make ${pkg.name}", False),
        ("apt-get update && apt-get install -y curl {% if a %}a-{% endif %}", False),
    ],
)
def test_a_mark_that_is_part_of_a_word_changes_no_command(
    here: Path, capsys: pytest.CaptureFixture[str], run: str, *, is_told: bool
) -> None:
    (here / "Dockerfile").write_text(f"FROM debian:12\nCOPY ${{pkg.name}}.deb /tmp/\nRUN {run}\n")
    main(["check", "--isolated", "--select", "bloat/pm-cache", "Dockerfile"])
    assert ("Dockerfile:3" in capsys.readouterr().out) is is_told


def test_what_another_frontend_includes_is_not_known(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        "{}FROM python\nCOPY package.json ./\nRUN apt-get update && apt-get install -y curl\n"
        "COPY --from=example/tool /a /b\nCOPY . .\nRUN npm install\n"
    )
    (here / "package.json").write_text("{}")
    (here / "Dockerfile").write_text(text.format("# syntax=example/include:1\nINCLUDE a b\n"))
    assert main(["check", "--isolated", "Dockerfile"]) == 1
    told = [line.split(" ")[:3:2] for line in capsys.readouterr().out.splitlines()]
    assert ["Dockerfile:2:1:", "syntax/template"] in told
    rules = {(place.split(":")[1], rule) for place, rule in told}
    assert ("3", "pin/base-tag") not in rules  # a stage that is included, perhaps
    assert {("5", "bloat/pm-cache"), ("6", "pin/base-tag")} <= rules
    assert {rule.partition("/")[0] for _, rule in rules} <= {"syntax", "bloat", "pin"}
    assert main(["check", "--isolated", "--fix", "Dockerfile"]) == 1
    assert "since it is for another frontend than Docker's" in capsys.readouterr().err
    (here / "Dockerfile").write_text(text.format(""))
    main(["check", "--isolated", "Dockerfile"])
    assert "Dockerfile:1:6: warning pin/base-tag" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "head", "is_told"),
    [
        ("Dockerfile.j2", "# made from Dockerfile.j2\n\n", False),
        (
            "Dockerfile.j2",
            "# syntax=docker/dockerfile:1\n#\n# see images/Dockerfile.j2, line 3\n",
            False,
        ),
        ("Dockerfile.j2", "# made from other-Dockerfile.j2\n", True),
        ("Dockerfile.j2", "FROM x\n# made from Dockerfile.j2\n", True),
        ("Dockerfile.j2", "", True),
        ("Dockerfile.base", "# see Dockerfile.base\n", True),
    ],
)
def test_what_a_dockerfile_says_that_it_is_made_from_is_not_reported(
    here: Path, capsys: pytest.CaptureFixture[str], name: str, head: str, *, is_told: bool
) -> None:
    (here / ".git").mkdir()
    (here / name).write_text(TEMPLATE)
    (here / "Dockerfile").write_text(f"{head}FROM debian:12.5-slim\n")
    main(["check", "--isolated", "--select", "syntax", name])
    assert ("syntax/template" in capsys.readouterr().out) is is_told


@pytest.mark.parametrize(
    ("name", "dockerfile", "is_told"),
    [
        ("Dockerfile.template", "FROM php:8.2-fpm\n# of example\nLABEL a=b\nRUN make\n", False),
        ("Dockerfile.template", "FROM php:8.2-fpm\nLABEL a=b\nRUN make\n", True),
        ("Dockerfile.template", "FROM node:24\n# of example\nRUN make\n", True),
        ("Dockerfile.template", "FROM php:\n# of example\n", True),
        ("Dockerfile.base", "FROM php:8.2-fpm\n# of example\nRUN make\n", True),  # is one itself
    ],
)
def test_a_template_whose_lines_a_dockerfile_has_is_not_reported(
    here: Path, capsys: pytest.CaptureFixture[str], name: str, dockerfile: str, *, is_told: bool
) -> None:
    (here / ".git").mkdir()
    (here / name).write_text("FROM php:%%VERSION%%-%%KIND%%\n\n# of example\n%%LABEL%%\n")
    (here / "8").mkdir()
    (here / "8/Dockerfile").write_text(dockerfile)
    main(["check", "--isolated", "--select", "syntax", name])
    assert ("syntax/template" in capsys.readouterr().out) is is_told


def test_a_template_by_its_name_alone_may_have_marks_of_its_own(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / ".git").mkdir()
    (here / "Dockerfile.template").write_text("FROM php:%VERSION%\nENV A=@A@\nRUN make\n")
    (here / "Dockerfile").write_text("FROM php:8.2\nENV A=1\nRUN make\n")
    main(["check", "--isolated", "--select", "syntax", "Dockerfile.template"])
    assert "syntax/template" not in capsys.readouterr().out


def test_a_template_of_one_line_may_be_of_anything(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / ".git").mkdir()
    (here / "Dockerfile.j2").write_text("FROM php:{{ version }}\n{{ rest }}\n")
    (here / "Dockerfile").write_text("FROM php:8.2\n")
    main(["check", "--isolated", "--select", "syntax", "Dockerfile.j2"])
    assert "syntax/template" in capsys.readouterr().out
