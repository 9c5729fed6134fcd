"""The same question has the same answer, whichever verb is asked."""

from __future__ import annotations

import json
import random
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from built import layout
from house import PROJECT
from past import commit, git

from dlint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

NOISE = random.Random(3).randbytes(11_000_000)  # noqa: S311  the same in every run
LOCK = json.dumps({"packages": {"": {}, "node_modules/a": {}}})
# What `v` is copied for changes with every commit, so that all below it is pushed again.
HEAD = "FROM {}\nCOPY v /deep/down/v\n"


class Asked:
    """All verbs' answers about one project whose last commits pushed every layer."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *words: str) -> None:
        self._capsys, self._words = capsys, words
        self.layers = {each["line"]: each for each in self.ask("layers")["layers"]}
        self.push = self.ask("push")
        self.history = self.ask("history", "--no-cache")
        self.order = self.ask("order", "--no-cache")
        self.check = self.ask("check", "--fail-on", "never")

    def ask(self, verb: str, *words: str) -> dict[str, Any]:
        status = main(
            [verb, "--isolated", "--output-format", "json", *words, *self._words, "Dockerfile"]
        )
        out, err = self._capsys.readouterr()
        assert status == 0, err
        answer: dict[str, Any] = json.loads(out)
        return answer


def figure(layer: dict[str, Any], of: str = "size") -> tuple[int | None, bool]:
    return layer[of], layer["at_least"]


PROJECTS: dict[str, tuple[str, dict[str, str | bytes], int, str, bool]] = {
    # Dockerfile, context, the line that is asked about, the rule that tells its cost, known in full
    "chown of what is copied": (
        HEAD.format("debian:12") + "COPY data /data\nRUN chown -R 1000:1000 /data\n",
        {"data/noise": NOISE},
        4,
        "bloat/metadata-copy-up",
        True,
    ),
    "chown of what is installed": (
        HEAD.format("python:3.12-slim")
        + "RUN python -m venv /v && /v/bin/pip install --no-cache-dir flask numpy\n"
        + "RUN chown -R 1000:1000 /v\n",
        {},
        4,
        "bloat/metadata-copy-up",
        True,
    ),
    "chown of what is copied, and of more": (
        HEAD.format("debian:12")
        + "COPY data /data\nRUN curl -o /data/model https://example.com/model\n"
        + "RUN chown -R 1000:1000 /data\n",
        {"data/noise": NOISE},
        5,
        "bloat/metadata-copy-up",
        False,
    ),
    "apt": (
        HEAD.format("debian:12-slim")
        + "COPY . /src\nRUN apt-get update && apt-get install -y git libpq-dev\n",
        {"src.py": "1", ".dockerignore": ".git\n"},
        4,
        "order/system-install-after-source",
        True,
    ),
    "pip": (
        HEAD.format("python:3.12-slim")
        + "WORKDIR /app\nCOPY . .\nRUN pip install --no-cache-dir -r requirements.txt\n",
        {
            "requirements.txt": "flask==3.0\nnumpy==2.0\nnosuchpackage-xyz==1.0\n",
            "a.py": "1",
            ".dockerignore": ".git\n",
        },
        5,
        "order/copy-before-install",
        False,
    ),
    "npm": (
        HEAD.format("node:22-slim") + "WORKDIR /app\nCOPY . .\nRUN npm ci\n",
        {
            "package.json": '{"dependencies": {"a": "1"}}',
            "package-lock.json": LOCK,
            "index.js": "1",
            ".dockerignore": ".git\n",
        },
        5,
        "order/copy-before-install",
        False,
    ),
    "carried": (
        HEAD.format("python:3.12 AS build")
        + "RUN python -m venv /v && /v/bin/pip install --no-cache-dir flask numpy\n"
        + "FROM python:3.12-slim\nCOPY --from=build /v /v\nRUN chown -R 1000:1000 /v\n",
        {},
        6,
        "bloat/metadata-copy-up",
        True,
    ),
}


def make(root: Path, dockerfile: str, files: dict[str, str | bytes]) -> None:
    git(root, "init", "-q", "-b", "main")
    commit(root, "one", {"Dockerfile": dockerfile, "v": "0", **files})
    for number in range(1, 5):
        commit(root, f"another {number}", {"v": str(number)})


@pytest.mark.parametrize("builder", ["buildkit", "buildah"])
@pytest.mark.parametrize("name", PROJECTS)
def test_all_verbs_agree(
    name: str,
    builder: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    dockerfile, files, line, rule, is_known = PROJECTS[name]
    make(tmp_path, dockerfile, files)
    monkeypatch.chdir(tmp_path)
    asked = Asked(capsys, "--builder", builder)
    told = figure(asked.layers[line], "gzip_bytes")
    assert (told[0] is not None and not told[1]) is is_known
    agree(asked)
    [found] = [each for each in asked.check["diagnostics"] if each["rule"] == rule]
    cost = found["cost"]
    assert (cost and cost["push_bytes"], bool(cost) and cost["at_least"]) == told


def about(size: int | None) -> object:
    """Allow for `v`, whose layer differs by a few bytes from commit to commit."""
    return None if size is None else pytest.approx(size, abs=20)


def agree(asked: Asked) -> None:
    """Hold each verb's layers, and the sums of them, against each other."""
    agree_on_layers(asked)
    last = asked.history["commits"][-1]
    for answer in (asked.push, last):
        assert answer["pushed_bytes"] == about(asked.order["expected_bytes_before"])
        assert answer["unknown_layers"] == asked.order["unknown_layers_before"]


def agree_on_layers(asked: Asked) -> None:
    for answer in (asked.push, *asked.check["push"]):
        for layer in answer["layers"]:
            if layer["line"] is not None:
                own = asked.layers[layer["line"]]
                assert figure(layer) == figure(own, "gzip_bytes")
                # what `check` foretells is another blob than the one that was measured
                is_foretold = answer is not asked.push and layer["status"] == "Pushed"
                measured = is_foretold and own["basis"] == "exact"
                assert layer["basis"] == ("modelled" if measured else own["basis"])
    for each in asked.history["by_instruction"]:
        size, at_least = figure(asked.layers[each["line"]], "gzip_bytes")
        mean = None if each["bytes"] is None else each["bytes"] / each["misses"]
        assert mean == about(size)
        assert each["at_least"] == at_least


PIP = "pip install --no-cache-dir -r requirements.txt"
LISTED = (
    HEAD.format("python:3.12-slim")
    + f"WORKDIR /app\nCOPY requirements.txt .\nRUN {PIP}\nRUN make-it\n"
)
BUILT = (
    ("# debian.sh --arch 'amd64' out/ 'trixie'", 29_000_000),
    ("COPY v /deep/down/v # buildkit", 120),
    ("WORKDIR /app", 93),
    ("COPY requirements.txt . # buildkit", 130),
    (f"RUN /bin/sh -c {PIP} # buildkit", 20_000_000),
    ("RUN /bin/sh -c make-it # buildkit", 777_000),
)


@pytest.mark.parametrize("how", ["recorded", "against"])
@pytest.mark.parametrize(
    ("requirements", "installed", "basis"),
    [
        ("flask==3.0\nunlisted==1\n", 20_000_000, "exact"),
        ("flask==3.1\nunlisted==2\n", 20_000_000, "guessed"),
        ("flask==3.0\nunlisted==1\nnumpy==2.0\n", 36_700_000, "modelled"),
        ("flask==3.0\nunlisted==1\nanother==1\n", 20_103_000, "guessed"),
    ],
)
def test_all_verbs_agree_on_what_was_built(  # noqa: PLR0913, PLR0917  all of it decides
    how: str,
    requirements: str,
    installed: int,
    basis: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = tmp_path / "repo"
    root.mkdir()
    files: dict[str, str | bytes] = {"requirements.txt": "flask==3.0\nunlisted==1\n"}
    make(root, LISTED, files)
    monkeypatch.chdir(root)
    built = git(root, "rev-parse", "HEAD")
    labels = {"org.opencontainers.image.revision": built}
    image = layout(tmp_path / "image", *BUILT, labels=labels)
    if how == "recorded":
        assert main(["facts", "record", "--from", image]) == 0
        commit(root, "facts", {})
        capsys.readouterr()
    if requirements != files["requirements.txt"]:
        commit(root, "other packages", {"requirements.txt": requirements})
    asked = Asked(capsys, *(("--against", image) if how == "against" else ()))
    sizes = {line: (row["gzip_bytes"], row["basis"]) for line, row in asked.layers.items()}
    assert sizes[5] == (pytest.approx(installed, rel=0.05), basis)
    assert sizes[6] == (777_000, "exact" if basis == "exact" else "modelled")
    for answer in (asked.push, *asked.check["push"]):
        whole = 29_000_000 + sum(row["gzip_bytes"] for row in asked.layers.values())
        assert answer["image_bytes"] == whole
    if basis == "exact":  # the image was built of this very commit: nothing is pushed
        agree_on_layers(asked)
        assert asked.push["pushed_bytes"] == 0
    else:
        assert asked.history["commits"][-1]["pushed_bytes"] == asked.push["pushed_bytes"]


def test_all_verbs_agree_on_the_shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(PROJECT / "fixtures" / "shop", tmp_path / "shop")
    shop = tmp_path / "shop"
    make(shop, (shop / "Dockerfile").read_text(), {".dockerignore": ".git\n"})
    monkeypatch.chdir(shop)
    asked = Asked(capsys)
    agree(asked)
    costs = {each["rule"]: each["cost"] for each in asked.check["diagnostics"]}
    install = figure(asked.layers[8], "gzip_bytes")
    before = costs["order/copy-before-install"]
    assert (before["push_bytes"], before["at_least"]) == install
    # the RUN adds an account, too
    chown = costs["bloat/metadata-copy-up"]
    size, at_least = figure(asked.layers[9], "gzip_bytes")
    assert chown["push_bytes"] == pytest.approx(size, abs=1_500)
    assert chown["at_least"] == at_least


def test_what_a_fix_saves_is_what_the_layer_weighs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dockerfile, files, *_ = PROJECTS["chown of what is copied"]
    make(tmp_path, dockerfile, files)
    monkeypatch.chdir(tmp_path)
    words = ("check", "--isolated", "--select", "bloat/metadata-copy-up")
    assert main([*words, "--unsafe-fixes", "--diff", "Dockerfile"]) == 1
    assert "saves push 11 MB, image 11 MB" in capsys.readouterr().err


NOTHING_TELLS = "FROM debian:12\nRUN --mount=type=bind,source=v,target=/v make -f /v\n"


def test_what_nothing_tells_is_null_and_never_0(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path, NOTHING_TELLS, {})
    monkeypatch.chdir(tmp_path)
    asked = Asked(capsys)
    [layer] = asked.layers.values()
    assert (layer["gzip_bytes"], layer["at_least"], layer["basis"]) == (None, False, "unknown")
    assert layer["missing"] == ["what `make` writes"]
    for plan in (asked.push, *asked.check["push"]):
        assert (plan["pushed_bytes"], plan["at_least"], plan["unknown_layers"]) == (None, False, 1)
        assert plan["layers"][-1]["bytes"] is plan["layers"][-1]["size"] is None
    totals = ("total_bytes", "mean_bytes", "p95_bytes")
    assert [asked.history[name] for name in totals] == [None] * 3
    assert {each["pushed_bytes"] for each in asked.history["commits"]} == {None}
    assert asked.history["by_instruction"][0]["bytes"] is None
    assert asked.order["expected_bytes_before"] is asked.order["expected_bytes_after"] is None
    assert asked.order["unknown_layers_before"] == 1


@pytest.mark.parametrize("verb", ["check", "layers", "push", "history", "order"])
@pytest.mark.parametrize("form", ["text", "pretty", "markdown"])
def test_nobody_reads_0_bytes_for_what_is_not_known(
    verb: str,
    form: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make(tmp_path, NOTHING_TELLS, {})
    monkeypatch.chdir(tmp_path)
    assert main([verb, "--isolated", "--output-format", form, "Dockerfile"]) in {0, 1}
    out = capsys.readouterr().out
    assert re.search(r"\b0 B\b", out) is None
    assert "unknown" in out


def test_a_lower_bound_says_so_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dockerfile, files, *_ = PROJECTS["chown of what is copied, and of more"]
    make(tmp_path, dockerfile, files)
    monkeypatch.chdir(tmp_path)
    for verb in ("check", "layers", "push", "history", "order"):
        main([verb, "--isolated", "--output-format", "text", "Dockerfile"])
        assert "≥ 11 MB" in capsys.readouterr().out, verb
    asked = Asked(capsys)
    assert asked.push["at_least"] is asked.order["at_least"] is asked.history["at_least"] is True
