"""Facts that a real build has left: how they are recorded, and what every verb makes of them."""

from __future__ import annotations

import json
import socket
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from built import digest, layout
from past import commit, git

from dlint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

DOCKERFILE = """\
FROM python:3.12-slim AS build
WORKDIR /src
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -r requirements.txt
FROM python:3.12-slim
ENV MODE=live
RUN apt-get update && apt-get install -y --no-install-recommends libpq5
RUN make-it
COPY --from=build /venv /venv
COPY app /srv/app
"""
APT = (
    "RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends libpq5 # buildkit"
)
STEPS = (
    ("# debian.sh --arch 'amd64' out/ 'trixie'", 29_000_000),
    ('CMD ["python3"]', None),
    ("ENV MODE=live", None),
    (APT, 20_000_000),
    ("RUN /bin/sh -c make-it # buildkit", 777_000),
    ("COPY /venv /venv # buildkit", 41_000_000),
    ("COPY app /srv/app # buildkit", 222),
)
FILES = {
    "Dockerfile": DOCKERFILE,
    "requirements.txt": "flask==3.0.0\nnumpy==2.0.0\nsmall-thing==1.0\n",
    "app/main.py": "print(1)\n",
    ".dockerignore": ".git\n.dlint\n",
}
FACTS = ".dlint/facts.json"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a repository whose image was built of its only commit, and forbid every connection."""
    root = tmp_path / "repo"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    commit(root, "one", FILES)
    layout(tmp_path / "image", *STEPS)
    monkeypatch.chdir(root)

    def connect(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", connect)
    return root


@pytest.fixture
def recorded(project: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    run("facts", "record", "--from", f"oci:{project.parent}/image")
    capsys.readouterr()
    return project


def run(*words: str) -> None:
    assert main([*words]) == 0


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert main([*words, "--output-format", "json"]) in {0, 1}
    return json.loads(capsys.readouterr().out)


def told(capsys: pytest.CaptureFixture[str]) -> dict[int, tuple[int | None, str]]:
    """Return the size and basis of each layer by its line."""
    layers = ask(capsys, "layers")["layers"]
    return {each["line"]: (each["gzip_bytes"], each["basis"]) for each in layers}


def entries(root: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((root / FACTS).read_text())
    return found


def test_a_recording_tells_each_layer_of_the_image(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("facts", "record", "--from", f"oci:{project.parent}/image")
    out, err = capsys.readouterr()
    assert out == (
        ".dlint/facts.json: Dockerfile: 4 layers: 61.8 MB (exact), on python:3.12-slim: 29 MB"
        " (exact)\n"
    )
    assert err == ""
    schema, image, base, *layers = entries(project)
    assert schema == {"schema": 1}
    assert image["image"] == "Dockerfile"
    assert image["commit"] == git(project, "rev-parse", "HEAD")
    assert image["from"] == "oci"  # and not where that lies on this machine
    assert base["bytes"] == 29_000_000
    assert [(each["layer"].split()[0], each["bytes"]) for each in layers] == [
        ("RUN", 20_000_000),
        ("RUN", 777_000),
        ("COPY", 41_000_000),
        ("COPY", 222),
    ]
    assert layers[2]["packages"] == {"python": ["flask 3.0.0", "numpy 2.0.0", "small-thing 1.0"]}
    assert layers[0]["diff_id"] == digest(f"tar {APT}")


def test_steps_that_are_what_they_were_have_the_size_that_they_had(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = told(capsys)
    assert sizes[7] == (20_000_000, "exact")
    assert sizes[8] == (777_000, "exact")
    assert sizes[9] == (41_000_000, "exact")
    assert sizes[10] == (222, "exact")
    answer = ask(capsys, "layers")
    assert (answer["base_bytes"], answer["base_basis"]) == (29_000_000, "exact")
    assert answer["image_bytes"] == 29_000_000 + 20_000_000 + 777_000 + 41_000_000 + 222
    pushed = ask(capsys, "push", "--since", "HEAD")
    assert pushed["image_bytes"] == answer["image_bytes"]
    assert {each["basis"] for each in pushed["layers"]} == {"exact"}
    [line] = ask(capsys, "check")["push"]
    assert line["image_bytes"] == answer["image_bytes"]
    # a file of the context may change, but then the layer will be another one
    assert [each["basis"] for each in line["layers"] if each["status"] == "Pushed"] == ["modelled"]
    (recorded / "app/main.py").write_text("print(2)\n")
    assert told(capsys)[10][1] == "modelled"


def test_rules_tell_what_the_image_told(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (recorded / "Dockerfile").write_text(
        DOCKERFILE.replace("ENV MODE=live\n", "ARG GIT_COMMIT\nENV MODE=live\n")
    )
    found = ask(capsys, "check", "--select", "order/volatile-arg")["diagnostics"]
    [cost] = [each["cost"] for each in found]
    # of what stands below it, the install surely does without
    assert cost["push_bytes"] == 20_000_000
    assert cost["basis"] == "modelled"


def test_a_list_that_grew_makes_a_larger_layer(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = recorded / "requirements.txt"
    listed.write_text(FILES["requirements.txt"] + "pandas==2.2.0\n")
    size, basis = told(capsys)[9]
    assert basis == "modelled"
    assert size is not None
    assert 50_000_000 < size < 75_000_000
    listed.write_text(FILES["requirements.txt"] + "another-thing==1.0\n")
    size, basis = told(capsys)[9]
    assert basis == "guessed"
    assert size is not None
    assert size > 41_000_000
    listed.write_text(FILES["requirements.txt"].replace("2.0.0", "2.0.1"))
    assert told(capsys)[9] == (41_000_000, "modelled")


def test_words_that_changed_count_by_what_they_add(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def sized(old: str, new: str) -> tuple[int | None, str]:
        (recorded / "Dockerfile").write_text(DOCKERFILE.replace(old, new))
        return told(capsys)[7]

    cleaned = sized("libpq5", "libpq5 && rm -rf /var/lib/apt/lists/*")
    assert cleaned[1] == "guessed"
    assert cleaned[0] is not None
    assert 1_000_000 < cleaned[0] < 5_000_000
    more = sized("libpq5", "libpq5 git")
    assert more[1] == "guessed"
    assert more[0] is not None
    assert more[0] > 30_000_000
    # what nobody knows the size of is said to be missing
    bound = sized("libpq5", "libpq5 && curl -o /x https://example.com/x")
    assert bound == (20_000_000, "guessed")
    [layer] = [each for each in ask(capsys, "layers")["layers"] if each["line"] == 7]
    assert layer["at_least"]
    assert layer["missing"] == ["what `curl` downloads"]


def test_what_is_gone_of_a_step_leaves_no_size_behind(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a download weighed, nobody can take off what was recorded."""
    text = DOCKERFILE.replace(
        "RUN make-it", "RUN wget https://example.com/x && make-it --all --now"
    )
    commit(project, "two", {"Dockerfile": text})
    steps = [
        (each.replace("make-it", "wget https://example.com/x && make-it --all --now"), size)
        for each, size in STEPS
    ]
    layout(project.parent / "image", *steps)
    run("facts", "record", "--from", f"oci:{project.parent}/image")
    capsys.readouterr()
    assert told(capsys)[8] == (777_000, "exact")
    (project / "Dockerfile").write_text(text.replace("wget https://example.com/x && ", ""))
    assert told(capsys)[8] == (None, "unknown")


def test_another_base_and_old_facts_are_said_to_be_stale(
    recorded: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for verb in ("layers", "push", "order", "check"):
        main([verb])
        assert "stale" not in capsys.readouterr().err
    (recorded / "Dockerfile").write_text(
        DOCKERFILE.replace("3.12", "3.13").replace("RUN make-it\n", "")
    )
    monkeypatch.setattr("dlint.sizes.recorded.today", lambda: date(2199, 1, 1))
    for verb in ("layers", "push", "order", "check"):
        main([verb])
        err = capsys.readouterr().err
        assert "Dockerfile: .dlint/facts.json is stale: recorded " in err
        assert "the base image was python:3.12-slim and is now python:3.13-slim" in err
        assert "1 instruction gone: RUN make-it" in err
    answer = ask(capsys, "layers")
    assert answer["base_bytes"] != 29_000_000


@pytest.mark.usefixtures("recorded")
def test_old_facts_are_not_exact(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlint.sizes.recorded.today", lambda: date(2199, 1, 1))
    assert told(capsys)[7] == (20_000_000, "modelled")


@pytest.mark.usefixtures("recorded")
def test_a_builder_without_a_cache_makes_other_layers(capsys: pytest.CaptureFixture[str]) -> None:
    rows = ask(capsys, "layers", "--cache", "cold")["layers"]
    assert {each["basis"] for each in rows if each["shipped"]} == {"modelled"}


def test_what_is_recorded_again_stands_in_its_place(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (recorded / FACTS).read_text()
    image = f"oci:{recorded.parent}/image"
    commit(recorded, "nothing of the image", {"README": "x"})
    run("facts", "record", "--from", image)
    assert (recorded / FACTS).read_text() == before  # no commit for nothing
    run("facts", "record", "--from", image, "--target", "1")
    assert [each["target"] for each in entries(recorded) if "image" in each] == [None, "1"]
    (recorded / "Dockerfile").write_text(DOCKERFILE + "COPY app /srv/twice\n")
    run("facts", "record", "--from", image, "--target", "1")
    assert "the image has no layer for 1 instruction" in capsys.readouterr().err


def test_an_image_says_of_which_commit_it_was_built(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = git(project, "rev-parse", "HEAD")
    commit(project, "two", {"requirements.txt": "numpy==2.0.0\n"})
    labels = {"org.opencontainers.image.revision": first}
    layout(project.parent / "image", *STEPS, labels=labels)
    run("facts", "record", "--from", f"oci:{project.parent}/image")
    assert f"commit {first[:10]} was built" in capsys.readouterr().err
    assert entries(project)[1]["commit"] == first
    size, basis = told(capsys)[9]
    assert basis == "guessed"
    assert size is not None
    assert size < 41_000_000


def test_facts_in_the_context_are_noted(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(
        project,
        "two",
        {
            "Dockerfile": DOCKERFILE.replace("COPY app /srv/app", "COPY . /srv/app"),
            ".dockerignore": ".git\n",
        },
    )
    run("facts", "record", "--from", f"oci:{project.parent}/image")
    err = capsys.readouterr().err
    assert "line 10 copies .dlint/facts.json, too" in err
    assert "add `.dlint` to .dockerignore" in err


def test_an_image_of_something_else_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout(project.parent / "other", ("ADD rootfs.tar / # buildkit", 5))
    assert main(["facts", "record", "--from", f"oci:{project.parent}/other"]) == 2
    assert "none of its layers was made by Dockerfile" in capsys.readouterr().err
    assert not (project / ".dlint").exists()


@pytest.mark.parametrize("verb", ["check", "layers", "push", "history", "order"])
def test_damaged_facts_end_every_verb_with_their_line(
    verb: str, recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = recorded / FACTS
    path.write_text(path.read_text().replace('"bytes": 777000', '"bytes": "many"'))
    assert main([verb]) == 2
    assert ".dlint/facts.json:5: " in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["check", "facts"])
@pytest.mark.parametrize("which", ["file", "folder"])
def test_no_link_leads_out_of_the_repository(
    verb: str, which: str, recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = recorded.parent / "outside"
    (recorded / ".dlint").rename(outside)
    if which == "folder":
        (recorded / ".dlint").symlink_to(outside)
    else:
        (recorded / ".dlint").mkdir()
        (recorded / FACTS).symlink_to(outside / "facts.json")
    before = (outside / "facts.json").read_text()
    words = ["record", "--from", f"oci:{recorded.parent}/image"] if verb == "facts" else []
    assert main([verb, *words]) == 2
    assert "is a symbolic link out of" in capsys.readouterr().err
    assert (outside / "facts.json").read_text() == before


def test_facts_of_more_than_the_limit_are_not_read(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (recorded / FACTS).open("ab") as file:
        file.truncate(9_000_000)
    assert main(["check"]) == 2
    assert "is larger than the 8 MB" in capsys.readouterr().err


@pytest.mark.usefixtures("project")
def test_nothing_is_fetched_unless_asked(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("check", "layers", "push", "order"):
        main([verb])
    assert "a connection was opened" not in capsys.readouterr().err
    assert main(["check", "--against", "docker://127.0.0.1:9/x:1"]) == 2
    assert "a connection was opened" in capsys.readouterr().err


def test_check_asks_an_image_as_the_other_verbs_do(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = f"oci:{project.parent}/image"
    commit(project, "two", {"app/main.py": "print(3)\n"})
    rows = ask(capsys, "layers", "--against", image)["layers"]
    assert [each["gzip_bytes"] for each in rows if each["line"] in {7, 8, 9}] == [
        20_000_000,
        777_000,
        41_000_000,
    ]
    [line] = ask(capsys, "check", "--against", image)["push"]
    sizes = {each["line"]: each["size"] for each in line["layers"]}
    assert (sizes[7], sizes[8], sizes[9]) == (20_000_000, 777_000, 41_000_000)
    commit(project, "three", {"web/Dockerfile": "FROM alpine:3.20\n"})
    assert main(["check", "--against", image]) == 2
    assert "--against names one image, but there are 2 Dockerfiles" in capsys.readouterr().err


@pytest.fixture
def registry(project: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let bases be what a layout holds, and note what is asked for."""
    from dlint.images.asking import read_facts
    from dlint.lint.plugins import Plugins

    asked: list[str] = []

    def image_facts(_: Plugins, source: str, platform: str, settings: Any) -> Any:
        asked.append(source)
        place = source if source.startswith("oci:") else f"oci:{project.parent}/base"
        return read_facts(place, platform=platform, settings=settings)

    monkeypatch.setattr(Plugins, "image_facts", image_facts)
    layout(project.parent / "base", *STEPS[:2])
    return asked


@pytest.mark.parametrize("verb", ["layers", "check", "push"])
def test_a_base_is_asked_for_how_large_it_is(
    verb: str, registry: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    answer = ask(capsys, verb, "--pull", "Dockerfile")
    if verb == "layers":
        assert (answer["base_bytes"], answer["base_basis"]) == (29_000_000, "exact")
    else:
        plan = answer["push"][0] if verb == "check" else answer
        [base] = [each for each in plan["layers"] if each["line"] is None]
        assert (base["size"], base["basis"], base["digest"]) == (
            29_000_000,
            "exact",
            digest(f"blob {STEPS[0][0]} 29000000"),
        )
    assert set(registry) == {"docker://python:3.12-slim"}


def test_a_base_that_has_moved_makes_facts_stale(
    recorded: Path, registry: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    commit(recorded, "facts", {})
    commit(recorded, "nothing", {"README": "x"})
    plan = ask(capsys, "push", "--pull")
    assert {each["status"] for each in plan["layers"]} == {"Layer already exists"}
    layout(recorded.parent / "base", STEPS[0], ("RUN /bin/sh -c apt-get upgrade", 5_000_000))
    assert main(["push", "--pull"]) == 0
    out, err = capsys.readouterr()
    assert "Dockerfile: .dlint/facts.json is stale: python:3.12-slim has moved" in err
    assert "Layer already exists  29 MB" in out
    assert "Pushed  5 MB" in out
    assert "Pushed  20 MB" in out
    run("facts", "record", "--from", f"oci:{recorded.parent}/image", "--pull")
    assert "is not based on what python:3.12-slim is today" in capsys.readouterr().err
    layout(recorded.parent / "base", *STEPS[:2])
    run("facts", "record", "--from", f"oci:{recorded.parent}/image", "--pull")
    assert entries(recorded)[1]["base_digest"] is not None
    assert registry
