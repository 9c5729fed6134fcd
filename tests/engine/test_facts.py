"""Facts of real builds: recorded from a registry, an engine and a layout, and what they foretell
once a list of packages has changed.
"""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from harness import bases, need
from harness.project import Project, step
from harness.skips import require

from dlint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from harness.session import Session

BASE = "python:3.13-slim"
BUILDERS = ("docker", "buildkit")
NEAR = 0.10

DOCKERFILE = f"""\
FROM {BASE} AS build
WORKDIR /src
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --no-deps -r requirements.txt
FROM {BASE}
RUN mkdir /srv/data && touch /srv/data/x
COPY --from=build /venv /venv
WORKDIR /srv/app
COPY app .
"""
# Pinned with all that they need, as `pip freeze` writes them; the last ones are in no table.
FEW = """\
flask==3.1.0
werkzeug==3.1.3
jinja2==3.1.6
markupsafe==3.0.2
click==8.1.8
itsdangerous==2.2.0
blinker==1.9.0
sqlalchemy==2.0.40
greenlet==3.2.0
typing-extensions==4.13.2
gunicorn==23.0.0
packaging==24.2
requests==2.32.3
urllib3==2.4.0
idna==3.10
certifi==2025.1.31
charset-normalizer==3.4.1
babel==2.17.0
tabulate==0.9.0
parse==1.20.2
"""
MORE = """\
pydantic==2.11.3
pydantic-core==2.33.1
annotated-types==0.7.0
typing-inspection==0.4.0
pygments==2.19.1
rich==14.0.0
markdown-it-py==3.0.0
mdurl==0.1.2
lxml==5.3.2
pyyaml==6.0.2
inflect==7.5.0
more-itertools==10.6.0
"""
STEPS = {
    "few": FEW,
    "more": FEW + MORE,
    "much more": FEW + MORE + "numpy==2.2.4\npillow==11.2.1\n",
    "fewer": "".join(FEW.splitlines(keepends=True)[:12]),
    "other versions": FEW.replace("3.1.0", "3.0.3", 1).replace("2.0.40", "2.0.39"),
}
PROJECT = Project(
    "facts",
    "what a recorded layer foretells of the next ones",
    tuple(
        step(
            {"requirements.txt": text, "app/main.py": f"# {name}\n"}
            | ({} if number else {"Dockerfile": DOCKERFILE}),
            build=("--network", "host"),
        )
        for number, (name, text) in enumerate(STEPS.items())
    ),
)


class Run:
    """The project, built and pushed commit by commit."""

    def __init__(self, folder: Path, pushes: list[dict[str, Any]]) -> None:
        self.repository = folder / "repo"
        self.dockerfile = str(self.repository / PROJECT.dockerfile)
        self.pushes = pushes


@pytest.fixture(scope="module")
def runs(programs: Session, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Run the project on both builders at the same time, as pip waits for the network; the base is
    the distribution's Python.
    """
    for engine in require(lambda: (programs.engine, programs.containerd_engine)):
        require(partial(bases.import_python, engine, BASE))
    require(lambda: (programs.registry, programs.served))
    folders = {builder: tmp_path_factory.mktemp(f"facts-{builder}") for builder in BUILDERS}

    def run(builder: str) -> Run:
        return Run(folders[builder], programs.run(PROJECT, builder, folders[builder]))

    with ThreadPoolExecutor() as pool:
        return dict(zip(BUILDERS, pool.map(run, BUILDERS), strict=True))


@pytest.fixture(scope="module", params=BUILDERS)
def built(request: pytest.FixtureRequest, runs: dict[str, Run], programs: Session) -> Run:
    """Give the run on a builder, whose engine is the one that dlint's clients ask."""
    builder: str = request.param
    for name, value in programs.client_env(builder).items():
        request.getfixturevalue("monkeypatch_module").setenv(name, value)
    return runs[builder]


@pytest.fixture(scope="module")
def monkeypatch_module() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def record(built: Run, source: str, number: int = 0) -> list[dict[str, Any]]:
    """Record the image of a commit; return the layers that the file tells of."""
    words = ["--isolated", "--rev", built.pushes[number]["commit"], built.dockerfile]
    assert main(["facts", "record", "--from", source, *words]) == 0
    entries: list[dict[str, Any]] = json.loads(
        (built.repository / ".dlint" / "facts.json").read_text()
    )
    return [each for each in entries if "layer" in each]


def own(push: dict[str, Any], count: int) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = push["layers"]
    return layers[-count:]


def test_the_registry_tells_each_layer(built: Run) -> None:
    first = built.pushes[0]
    layers = record(built, f"docker://{first['image']}")
    real = own(first, len(layers))
    assert len(layers) == DOCKERFILE.partition("FROM")[2].partition("FROM")[2].count("\n") - 1
    for name in ("diff_id", "digest"):
        assert [each[name] for each in layers] == [each[name] for each in real]
    assert [each["bytes"] for each in layers] == [each["size"] for each in real]


def test_a_layout_that_skopeo_has_copied_tells_the_same(built: Run, tmp_path: Path) -> None:
    need.programs("skopeo")
    first = built.pushes[0]
    copy = f"oci:{tmp_path / 'layout'}:shop"
    command = ["skopeo", "copy", "--src-tls-verify=false", f"docker://{first['image']}", copy]
    subprocess.run(command, check=True, capture_output=True)
    layers = record(built, copy)
    assert [each["bytes"] for each in layers] == [each["size"] for each in own(first, len(layers))]


def test_the_engine_tells_what_its_push_made(built: Run) -> None:
    first = built.pushes[0]
    layers = record(built, f"docker-daemon:{first['image']}")
    real = [each["size"] for each in own(first, len(layers))]
    assert [each["diff_id"] for each in layers] == [
        each["diff_id"] for each in own(first, len(layers))
    ]
    assert [each["bytes"] for each in layers] == pytest.approx(real, rel=0.035, abs=20)


def test_a_list_that_changed_is_foretold(built: Run, capsys: pytest.CaptureFixture[str]) -> None:
    record(built, f"docker://{built.pushes[0]['image']}")
    capsys.readouterr()
    told = []
    for push in built.pushes[1:]:
        words = ["--isolated", "--output-format", "json", built.dockerfile]
        since = ["--since", built.pushes[0]["commit"], "--rev", push["commit"]]
        assert main(["push", *since, *words]) == 0
        layers = json.loads(capsys.readouterr().out)["layers"]
        [carried] = [each for each in layers if each["instruction"].startswith("COPY --from")]
        [real] = [each for each in push["layers"] if "/venv" in each["created_by"]]
        told.append((carried["size"], carried["basis"], real["size"]))
    far = [abs(guess / size - 1) for guess, _, size in told]
    assert max(far) <= NEAR, told


def test_the_commit_that_was_recorded_has_the_sizes_that_it_had(
    built: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    layers = record(built, f"docker://{built.pushes[-1]['image']}", -1)
    capsys.readouterr()
    assert main(["layers", "--isolated", "--output-format", "json", built.dockerfile]) == 0
    rows = [each for each in json.loads(capsys.readouterr().out)["layers"] if each["shipped"]]
    assert [each["gzip_bytes"] for each in rows] == [each["bytes"] for each in layers]
    assert {each["basis"] for each in rows} == {"exact"}
