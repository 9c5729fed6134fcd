"""Paths that only a variable of the base tells: what is copied there changes all the same, and what
may be taken from there may be another.
"""

from __future__ import annotations

import json
import tarfile
from typing import TYPE_CHECKING

import pytest
from past import commit, git
from support import build, signs

from dlint.cli import main
from dlint.model.keys import Changed, Keys, shallow
from dlint.model.merged import differing

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"app/a": "1", "app/b": "1", "other/c": "1"}


def pushed(tmp_path: Path, text: str, changed: str) -> str:
    """Return the signs where a file of the context changes."""
    return signs(tmp_path, (text, FILES), (text, {**FILES, changed: "2"}))


@pytest.mark.parametrize(
    ("text", "changed", "expected"),
    [
        # where a COPY goes to
        ("COPY app $HOME_DIR/app\nRUN make", "app/a", "++"),
        ("COPY app $HOME_DIR/app\nRUN make", "other/c", "=="),
        ("COPY --parents app other ${D}/\n", "other/c", "+"),
        ("COPY app $D/app\nWORKDIR $D/app", "app/a", "+="),
        ("COPY app $D/app\nWORKDIR $D/other", "app/a", "+?"),
        # what it takes
        ("ARG JAR\nADD $JAR /app.jar\nRUN make", "other/c", "??"),
        ("ARG JAR\nCOPY app/$JAR /app.jar", "app/a", "?"),
        ("ARG JAR\nCOPY app/$JAR /app.jar", "other/c", "="),
        ("ARG V\nADD https://example.com/a-$V.tar /a.tar", "app/a", "="),
        ("ARG D\nRUN --mount=type=bind,source=$D/x,target=/x make", "app/a", "?"),
        ("ARG D\nRUN --mount=type=bind,source=app/$D,target=/x make", "other/c", "="),
    ],
)
def test_a_hidden_path_hides_no_change(
    tmp_path: Path, text: str, changed: str, expected: str
) -> None:
    assert pushed(tmp_path, f"FROM ghcr.io/acme/core:1.2\n{text}\n", changed) == expected


@pytest.mark.parametrize(
    ("stage", "taken", "changed", "expected"),
    [
        ("COPY app $D/app", "COPY --from=build /srv/app /app", "app/a", "?"),
        ("COPY app $D/app", "COPY --from=build $D/app /app", "app/a", "?"),
        ("COPY app $D/app", "COPY --from=build $D/app $D/app", "other/c", "="),
        ("WORKDIR $D\nCOPY app app", "COPY --from=build /srv/app /app", "app/a", "?"),
        ("COPY app .", "COPY --from=build /srv/app /app", "app/a", "?"),
        ("COPY app /app", "COPY --from=build $D /app", "app/a", "?"),
        ("COPY app $D/app", "COPY --from=build / /", "app/a", "+"),
        # what a wildcard takes
        ("COPY app /out/", "COPY --from=build /out/* /bin/", "app/a", "+"),
        ("COPY app /out/", "COPY --from=build /o*/a /bin/", "app/a", "+"),
        ("COPY app /out/", "COPY --from=build /out/[^b] /bin/", "app/a", "+"),
        ("COPY app /out/app", "COPY --from=build /out/a?p /bin/", "app/a", "+"),
        ("COPY app /out/app", "COPY --from=build /**/a /bin/", "other/c", "="),
        ("COPY app /out/", "COPY --from=build /out/a* /bin/", "app/b", "="),
        ("COPY . /all/\nRUN make", "COPY --from=build /out/*.jar /bin/", "app/a", "?"),
        (
            "COPY app /in/\nRUN mkdir /out && cp /in/a /out/",
            "COPY --from=build /out/* /",
            "app/a",
            "+",
        ),
        ("COPY app $D/app", "COPY --from=build /etc/passwd /etc/", "app/a", "="),
        (
            "COPY app /app",
            "RUN --mount=type=bind,from=build,source=$D,target=/x make",
            "app/a",
            "?",
        ),
    ],
)
def test_what_a_stage_may_have_there_may_be_another(
    tmp_path: Path, stage: str, taken: str, changed: str, expected: str
) -> None:
    text = f"FROM ghcr.io/acme/core:1.2 AS build\n{stage}\nFROM ghcr.io/acme/run:3\n{taken}\n"
    assert pushed(tmp_path, text, changed) == expected


@pytest.mark.parametrize(
    ("above", "below", "expected"),
    [
        ("apt-get install -y tini", "npm install -g turbo", "="),
        ("apt-get install -y tini", "pip install flask", "="),
        ("apt-get install -y tini", "corepack enable && pnpm install && pnpm run build", "="),
        ("apt-get install -y tini", "pip install -r /app/requirements.txt", "="),
        ("apt-get install -y tini", "apt-get purge -y git", "="),
        ("apt-get install -y tini", "npm install -g tini", "?"),
        ("apt-get install -y tini", "npm install -g turbo && cp a /usr/bin/tini", "?"),
        ("apt-get install -y tini", "apt-get install -y git", "?"),
        ("apt-get install -y tini", "apt-get purge -y tini && npm install -g turbo", "?"),
        ("apt-get install -y tini", "make", "?"),
        ("apt-get install -y git", "npm install -g turbo", "?"),
        ("if [ -n $A ]; then apt-get install -y tini; fi", "npm install -g turbo", "?"),
    ],
)
def test_installs_of_a_language_bring_no_program_of_the_system(
    tmp_path: Path, above: str, below: str, expected: str
) -> None:
    stage = f"RUN {above}\nCOPY app /app\nRUN {below}\n"
    text = f"FROM debian:12 AS build\n{stage}FROM debian:12\nCOPY --from=build /usr/bin/tini /\n"
    assert pushed(tmp_path, text, "app/a") == expected


@pytest.mark.parametrize(
    ("below", "taken", "expected"),
    [
        ("RUN npm install -g turbo\nCOPY other .", "c", "="),  # whatever stood there before
        ("RUN make\nCOPY other .", "c", "="),
        ("COPY other .\nRUN npm ci", "c", "="),
        ("COPY other .\nRUN npm install left-pad", "c", "?"),
        ("COPY other .\nRUN make", "c", "?"),
        ("RUN npm install -g turbo\nCOPY other .", "", "?"),
    ],
)
def test_a_file_is_what_a_copy_brought_last(
    tmp_path: Path, below: str, taken: str, expected: str
) -> None:
    stage = f"COPY app /app\nWORKDIR /work\n{below}\n"
    text = f"FROM node:22 AS build\n{stage}FROM node:22\nCOPY --from=build /work/{taken} /x\n"
    assert pushed(tmp_path, text, "app/a") == expected


def test_all_verbs_count_what_is_copied_there(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    git(tmp_path, "init", "-q")
    text = "FROM ghcr.io/acme/core:1.2\nCOPY app $HOME_DIR/app\n"
    for number in "123":
        commit(tmp_path, number, {"Dockerfile": text, "other": "not read\n", "app/a": number})

    def asked(verb: str, *words: str):
        assert main([verb, "--isolated", "--output-format", "json", *words, "Dockerfile"]) == 0
        return json.loads(capsys.readouterr().out)

    layers, push = asked("layers"), asked("push")
    (layer,) = layers["layers"]
    size = layer["gzip_bytes"]
    assert size > 0
    assert layer["tar_bytes"] > 0
    assert layer["diff_id"] is None  # its paths are not known
    assert layers["context"]["read"] == {"files": 1, "bytes": 1}
    assert push["layers"][1]["status"] == "Pushed"
    assert push["layers"][1]["size"] == size
    assert push["layers"][1]["cause"]["paths"] == ["app/a"]
    assert push["pushed_bytes"] == size
    history = asked("history", "--no-cache")
    assert [each["pushed_bytes"] for each in history["commits"]] == [size, size]
    assert asked("order", "--no-cache")["expected_bytes_before"] > 0
    (line,) = asked("check", "--fail-on", "never")["push"]
    assert (line["after"], line["pushed_bytes"]) == ("app/a", size)


def test_a_relative_path_in_an_unknown_folder_proves_no_digest(tmp_path):
    text = "FROM ghcr.io/acme/core:1.2\nCOPY a .\nWORKDIR /srv/app\nCOPY a .\n"
    made = build(tmp_path, text, {"a": "1"})
    unknown, known = (made.selection(made.dockerfile.instructions[at]) for at in (1, 3))
    assert unknown is not None
    assert unknown.diff_id is None
    assert known is not None
    assert known.is_placed


@pytest.mark.parametrize(
    ("changed", "lines", "read"),
    [
        (["app/a"], {2, 6}, {"app/a"}),
        (["app"], {2, 6}, {"app/a", "app/in/b"}),
        (["pack.tar"], {3, 8}, {"pack.tar"}),
        (["other/c", "app/in/b"], {2, 4, 6, 7}, {"other/c", "app/in/b"}),
        (["app/link", "app/in/none", "elsewhere"], set(), set()),
    ],
)
def test_a_change_of_files_is_one_of_what_takes_them(
    tmp_path: Path, changed: list[str], lines: set[int], read: set[str]
) -> None:
    text = (
        "FROM scratch AS build\nCOPY app /app\nADD pack.tar /pack/\nCOPY other /other\n"
        "FROM scratch\n"
        "COPY --from=build /app /app\nCOPY --from=build /other /other\nCOPY --from=build /pack /pack\n"
    )
    made = build(tmp_path, text, {"app/a": "1", "app/in/b": "1", "other/c": "1"})
    (tmp_path / "app/link").symlink_to("a")
    with tarfile.open(tmp_path / "pack.tar", "w") as archive:
        archive.add(tmp_path / "other/c", "c")
    at_once = Changed(shallow, changed)
    one_by_one: Changed | None = None
    for path in changed:
        one_by_one = Changed(one_by_one or shallow, [path])
    for teller in filter(None, (at_once, one_by_one)):
        old, new = (list(Keys(made, each).all()) for each in (shallow, teller))
        pairs = list(zip(old, new, strict=True))
        assert {new.step.instruction.line for old, new in pairs if old.own != new.own} == lines
        assert set().union(*(differing(new.inputs, old.inputs) for old, new in pairs)) == read
