"""Logs of real builds, and what `dlint why` says of them: the file that changed, and builds that
ran at the same time.
"""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from dlint.cli import main
from dlint.records.reading import read_records
from dlint.records.record import Result

if TYPE_CHECKING:
    from pathlib import Path

    from harness.engine import Engine

DOCKERFILE = """\
FROM shell:1 AS build
ARG VERSION=1
WORKDIR /src
COPY requirements.txt ./
RUN cp requirements.txt /installed
COPY . .
RUN cat app/main.py > /out
FROM shell:1
COPY --link config /etc/shop
COPY --from=build /out /srv/out
RUN cp /srv/out /srv/again
"""
FILES = {
    "Dockerfile": DOCKERFILE,
    ".dockerignore": ".git\n*.log\n",
    "requirements.txt": "flask==3.1.0\n",
    "app/main.py": "print(1)\n",
    "config/shop.ini": "a=1\n",
}


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def build(engine: Engine, root: Path, log: str, *options: str) -> None:
    words = ("build", "--network", "none", "--tag", f"why-{root.name.lower()}", *options, ".")
    done = engine.docker(*words, check=False, cwd=root)
    (root / log).write_text(done.stderr)
    assert done.returncode == 0, done.stderr


def commit(root: Path) -> None:
    from harness import need

    identity = {
        f"GIT_{who}_{what}": "a@b.c"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "a change")):
        need.run("git", *words, cwd=root, env={**os.environ, **identity})


@pytest.mark.parametrize("form", ["plain", "rawjson"])
def test_the_file_that_made_steps_run_is_named(
    form: str,
    store: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    own = {**FILES, "requirements.txt": f"{store.store} {form}\n"}
    write(tmp_path, own)
    commit(tmp_path)
    build(store, tmp_path, "first.log", f"--progress={form}")
    write(tmp_path, {"app/main.py": f"print({form!r})\n"})
    commit(tmp_path)
    build(store, tmp_path, "second.log", f"--progress={form}")
    build(store, tmp_path, "third.log", f"--progress={form}")
    monkeypatch.chdir(tmp_path)

    def why(log: str, *words: str) -> dict[str, Any]:
        assert main(["why", log, "--isolated", "--output-format", "json", *words]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    second = why("second.log")
    assert [(each["kind"], each["line"], each["paths"]) for each in second["roots"]] == [
        ("files", 6, ["app/main.py"])
    ]
    ran = {each["line"] for each in second["steps"] if each["result"] == "ran"}
    assert ran - {9} == {6, 7, 10, 11}  # a linked COPY may be joined anew
    assert second["unmatched"] == []
    assert why("third.log", "--since", "HEAD")["roots"] == []


def test_builds_at_the_same_time_share_a_step_and_each_says_that_it_ran(
    store: Engine, tmp_path: Path
) -> None:
    name = f"{store.store}-shared"
    images = [tmp_path / f"image{number}" for number in range(2)]
    for number, root in enumerate(images):
        text = f"FROM shell:1\nWORKDIR /{name}\nRUN sleep 2; echo {name} > made\nRUN echo {number} > own\n"
        write(root, {"Dockerfile": text})
    with ThreadPoolExecutor(len(images)) as pool:
        list(pool.map(lambda root: build(store, root, "build.log"), images))
    layers = []
    for root in images:
        (record,) = read_records(str(root / "build.log"))
        shared = [
            each for each in record.vertices if "sleep 2" in each.name or "WORKDIR" in each.name
        ]
        assert [each.result for each in shared] == [Result.RAN, Result.RAN]
        shown = store.docker("inspect", "-f", "{{json .RootFS.Layers}}", f"why-{root.name}").stdout
        layers.append(json.loads(shown))
    first, second = layers
    assert first[:3] == second[:3]
    assert first[3] != second[3]
