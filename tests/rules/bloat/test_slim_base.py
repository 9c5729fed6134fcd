"""Which full bases could be slim ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import RULES, checked, git, lines

from dlint.config.settings import Overrides
from dlint.lint.engine import Checker, Spec, Task

if TYPE_CHECKING:
    from pathlib import Path

RULE = "bloat/slim-base"
CMD = "CMD python app.py\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"FROM python:3.12\nCOPY . .\n{CMD}", [1]),
        (f"FROM python\nCOPY . .\n{CMD}", [1]),
        (f"FROM python:3.12\nRUN pip install requests flask\n{CMD}", [1]),
        ("FROM debian:12\nCOPY shopd /bin/\nCMD shopd\n", [1]),
        (f"FROM python:3.12-slim\nCOPY . .\n{CMD}", []),
        (f"FROM python:3.12-alpine\nCOPY . .\n{CMD}", []),
        (f"FROM python:3.12@sha256:{'0' * 64}\nCOPY . .\n{CMD}", []),
        ("FROM python:3.12\nCOPY . .\n", []),
        ("FROM python:3.12\nCOPY . .\nCMD git log\n", []),
        (f"FROM python:3.12\nRUN curl -o /x https://example.com/x\n{CMD}", []),
        (f"FROM python:3.12\nRUN pip install mysqlclient\n{CMD}", []),  # is compiled
        (f"FROM python:3.12\nRUN pip install -r requirements.txt\n{CMD}", []),
        (f"FROM python:3.12\nRUN ./setup.sh\n{CMD}", []),
        (f"FROM node:22\nRUN npm ci\n{CMD}", []),
        (f"FROM node:0.10\nCOPY . .\n{CMD}", []),
        ("FROM debian:12\nCOPY shopd /bin/\n", []),
        ("FROM debian:12\nRUN apt-get install -y default-jre\nCMD java\n", []),
        ("FROM golang:1.26\nCOPY . .\nCMD app\n", []),
        (
            f"FROM python:3.12 AS b\nRUN pip install uwsgi\nFROM python:3.12\nCOPY --from=b /x /x\n{CMD}",
            [],
        ),
    ],
)
def test_bases(text: str, wanted: list[int]) -> None:
    assert lines(RULE, text) == wanted


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("python:3.12", "python:3.12-slim"),
        ("python:3.12-bookworm", "python:3.12-slim-bookworm"),
        ("node:22-bookworm", "node:22-bookworm-slim"),
        ("debian:bookworm", "debian:bookworm-slim"),
        ("eclipse-temurin:21-jdk", "eclipse-temurin:21-jre"),
        ("eclipse-temurin:17", "eclipse-temurin:17-jre"),
        ("eclipse-temurin:11.0.24_8-jdk-jammy", "eclipse-temurin:11.0.24_8-jre-jammy"),
    ],
)
def test_the_name_of_the_slim_one(tmp_path: Path, old: str, new: str) -> None:
    (found,) = checked(tmp_path, RULE, f"FROM {old}\nCOPY . .\nCMD java\n", "app").found
    assert found.repair
    assert found.repair.title == f"use `{new}`"


@pytest.mark.parametrize(
    ("path", "compose", "wanted"),
    [
        ("Dockerfile", 'command: ["make", "run"]', []),
        ("Dockerfile", "command:\n      - make\n      - run", []),
        ("Dockerfile", 'command: ["app", "run"]', [1]),
        ("dev/app.Dockerfile", 'command: ["app", "run"]', []),
    ],
)
def test_what_others_start_in_it(
    tmp_path: Path, path: str, compose: str, wanted: list[int]
) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "dev").mkdir()
    (tmp_path / "compose.yaml").write_text(
        f"services:\n  app:\n    build:\n      context: .\n      dockerfile: {path}\n    {compose}\n"
    )
    (tmp_path / path).write_text("FROM node:22\nCOPY . .\nCMD app\n")
    checker = Checker(Spec(Overrides(isolated=True, select=(RULE,))), RULES)
    found = checker.check(Task((tmp_path / path).as_posix())).diagnostics
    assert [each.place.start.line for each in found] == wanted


JAVA = 'CMD ["java", "-jar", "/a.jar"]'


@pytest.mark.parametrize(
    ("tag", "body", "wanted"),
    [
        ("21-jdk", f"COPY a.jar /\n{JAVA}", [1]),
        ("21-jdk", f"RUN apt-get update && apt-get install -y curl\n{JAVA}", [1]),
        ("21-jdk", f"RUN java -Djarmode=layertools -jar a.jar extract\n{JAVA}", [1]),
        ("21-jdk", "ENTRYPOINT exec java $OPTIONS -jar a.jar", [1]),
        ("21-jre", JAVA, []),
        ("21-jdk-alpine", JAVA, []),  # whose JRE the table has not
        ("25-jdk", JAVA, []),
        ("21-jdk", "COPY a.jar /", []),
        ("21-jdk", 'CMD ["/start.sh"]', []),
        ("21-jdk", 'CMD ["jshell"]', []),
        ("21-jdk", 'CMD ["java", "-agentlib:jdwp=transport=dt_socket", "-jar", "a.jar"]', []),
        ("21-jdk", f"RUN javac A.java\n{JAVA}", []),
        ("21-jdk", f"RUN ./gradlew build\n{JAVA}", []),
        ("21-jdk", f"RUN ./setup.sh\n{JAVA}", []),
    ],
)
def test_a_jre_is_enough_to_start_java(tag: str, body: str, wanted: list[int]) -> None:
    assert lines(RULE, f"FROM eclipse-temurin:{tag}\n{body}\n") == wanted


@pytest.mark.parametrize(
    ("tag", "says", "has_size"),
    [
        ("21-jdk", " is about 109 MB larger than ", True),
        ("21.0.8_9-jdk-noble", " is about 109 MB larger than ", True),
        # the table has the JRE of another Ubuntu, or none
        ("17-jdk", " is larger than ", False),
        ("11-jdk-focal", " is larger than ", False),
    ],
)
def test_a_jre_saves_what_two_images_of_one_kind_differ_in(
    tmp_path: Path, tag: str, says: str, *, has_size: bool
) -> None:
    [found] = checked(tmp_path, RULE, f"FROM eclipse-temurin:{tag}\n{JAVA}\n").found
    assert says in found.message
    assert (found.cost is not None) is has_size


def test_a_push_sends_nothing_of_the_base(tmp_path: Path) -> None:
    [found] = checked(tmp_path, RULE, f"FROM python:3.12\nCOPY a.py /\n{CMD}", "a.py\n").found
    assert found.cost is not None
    assert found.cost.image_bytes
    assert found.cost.push_bytes is None


@pytest.mark.parametrize(
    ("tag", "wanted"),
    [
        ("${JAVA}", "${JAVA}-jre"),
        ("$JAVA", "$JAVA-jre"),
        ("${JAVA}-jdk", "${JAVA}-jre"),
        ("${JAVA}-jdk-noble", "${JAVA}-jre-noble"),
        ("${JAVA:-17}", "21-jre"),  # another value may be in there
    ],
)
def test_an_argument_of_the_tag_stays(tmp_path: Path, tag: str, wanted: str) -> None:
    text = (
        f'ARG JAVA=21\nFROM eclipse-temurin:{tag}\nCOPY a.jar /\nCMD ["java", "-jar", "/a.jar"]\n'
    )
    [found] = checked(tmp_path, RULE, text, "a.jar\n").found
    assert found.help == f"use `{wanted}`"


@pytest.mark.parametrize(
    ("in_file", "in_compose", "wanted"),
    [
        ("", "", [1]),
        ("HEALTHCHECK CMD curl -f localhost\n", "", []),
        ("HEALTHCHECK CMD curl -f localhost\nHEALTHCHECK NONE\n", "", [1]),
        ('HEALTHCHECK CMD ["python", "check.py"]\n', "", [1]),
        ("", 'test: ["CMD", "curl", "-f", "http://localhost"]', []),
        ("", "test: python check.py", [1]),
    ],
)
def test_a_health_check_may_start_what_the_slim_image_lacks(
    tmp_path: Path, in_file: str, in_compose: str, wanted: list[int]
) -> None:
    check = f"    healthcheck:\n      {in_compose}\n" if in_compose else ""
    (tmp_path / "compose.yaml").write_text(f"services:\n  web:\n    build: .\n{check}")
    text = f"FROM python:3.12\nCOPY . .\n{in_file}{CMD}"
    assert checked(tmp_path, RULE, text, "app.py\n").lines == wanted
