"""Projects of the context without a lock file: what they ask an index for, what they are."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from support import asked, build

from dlint.packages import Answer, Locked, PackageSize, Provenance
from dlint.shell import Install
from dlint.sizes import development_bytes, layer_bytes
from dlint.sizes.catalogue import catalogue
from dlint.syntax import Run

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.findings import Size
    from dlint.packages import SizeRequest

BASE = "FROM python:3.11-slim-bookworm\nWORKDIR /app\n"
PYPROJECT = """
[project]
name = "app"
version = "1"
dependencies = ["flask>=3", "tool @ git+https://git.example/tool", "old; sys_platform == 'win32'"]
[project.optional-dependencies]
web = ["gunicorn"]
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
"""
FILES = {"pyproject.toml": PYPROJECT, "app/__init__.py": "x = 1\n"}


def size(root: Path, text: str, files: dict[str, str]) -> Size:
    made = build(root, text, files)
    return layer_bytes(made, made.stages[-1], made.dockerfile.instructions[-1])


@pytest.mark.parametrize(
    ("run", "specs"),
    [
        ("pip install --no-cache-dir .", ("flask>=3",)),
        ("pip install --no-cache-dir -e '.[web]'", ("flask>=3", "gunicorn")),
        ("uv pip install --system '/app[web]'", ("flask>=3", "gunicorn")),
    ],
)
def test_a_project_is_asked_for_what_it_declares(
    tmp_path: Path, run: str, specs: tuple[str, ...]
) -> None:
    (request,) = asked(tmp_path, f"{BASE}COPY . .\nRUN {run}\n", FILES)
    assert request.specs == specs
    # what comes from a repository is not what an index has of that name
    assert [(each.name, bool(each.why)) for each in request.locked] == [("tool", True)]


def test_without_its_needs_a_project_is_its_own_files(tmp_path: Path) -> None:
    text = f"{BASE}COPY . .\nRUN pip install --no-cache-dir {{}} .\n"
    alone, whole = (size(tmp_path, text.format(each), FILES) for each in ("--no-deps", ""))
    assert not alone.at_least
    assert alone.bytes < whole.bytes
    assert whole.at_least  # the repository has no size


def test_a_wheel_that_another_stage_has_built_is_the_project_s(tmp_path: Path) -> None:
    text = (
        f"{BASE.strip()}\nFROM python:3.11-slim-bookworm AS build\nWORKDIR /src\nCOPY . .\n"
        "RUN python -m build\nFROM python:3.11-slim-bookworm\nCOPY --from=build /src/dist/*.whl /tmp/\n"
        'RUN wheel="$(ls /tmp/*.whl)"; pip install --no-cache-dir "${wheel}[web]"\n'
    )
    assert asked(tmp_path, text, FILES)[-1].specs == ("flask>=3", "gunicorn")


def test_a_project_weighs_what_it_needs_and_its_own_files(tmp_path: Path) -> None:
    noise = "\n".join(f"x{at} = '{os.urandom(12).hex()}'" for at in range(9_000))
    files = {"pyproject.toml": PYPROJECT.replace('"tool @ git+https://git.example/tool", ', "")}
    text = f"{BASE}COPY . .\nRUN pip install --no-cache-dir {{}}\n"
    plain = size(tmp_path / "a", text.format("flask"), files)
    linked = size(tmp_path / "b", text.format("-e ."), files | {"app/__init__.py": noise})
    whole = size(tmp_path / "c", text.format("."), files | {"app/__init__.py": noise})
    assert not whole.at_least
    assert linked.bytes == plain.bytes
    assert 200_000 < whole.bytes - plain.bytes < 2_000_000


@pytest.mark.parametrize(
    "declared",
    [
        '[project]\nname = "app"\ndynamic = ["version", "dependencies"]\n',
        '[build-system]\nrequires = ["setuptools"]\n',
        "not toml",
    ],
)
def test_a_project_that_its_own_build_describes_is_unknown(tmp_path: Path, declared: str) -> None:
    files = {"pyproject.toml": declared, "setup.py": "import setuptools\n"}
    text = f"{BASE}COPY . .\nRUN pip install --no-cache-dir .\n"
    assert size(tmp_path, text, files).is_unknown


def test_no_table_s_size_stands_for_what_comes_from_no_index(tmp_path: Path) -> None:
    assert "flask" in catalogue("pypi")
    files = {"requirements.txt": "flask @ git+https://git.example/flask\n"}
    text = f"{BASE}COPY . .\nRUN pip install --no-cache-dir -r requirements.txt\n"
    assert size(tmp_path, text, files).is_unknown
    assert asked(tmp_path, text, files)[0].specs == ()


def test_poetry_s_ranges_are_asked_for_in_the_index_s_words(tmp_path: Path) -> None:
    files = {"pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.10"\nflask = "^0.12"\n'}
    text = f"{BASE}COPY . .\nRUN poetry install --no-root\n"
    assert asked(tmp_path, text, files)[-1].specs == ("flask>=0.12,<0.13",)


def test_a_package_json_without_a_lock_file_is_resolved(tmp_path: Path) -> None:
    files = {
        "package.json": """{
            "dependencies": {"demo": "^1.0.0", "@x/y": "1.x || >=3", "here": "file:./here",
                             "fork": "someone/fork"},
            "devDependencies": {"tester": "*"},
            "workspaces": ["packages/*"]
        }"""
    }
    text = "FROM node:22-slim\nWORKDIR /app\nCOPY package.json ./\nRUN npm install {}\n"
    (request,) = asked(tmp_path, text.format("--omit=dev"), files)
    assert request.specs == ("demo@^1.0.0", "@x/y@1.x || >=3")
    assert {each.name for each in request.locked} == {"", "here", "fork"}
    assert all(each.why for each in request.locked)
    assert "tester@*" in asked(tmp_path, text.format(""), files)[0].specs


def test_a_lock_file_speaks_alone(tmp_path: Path) -> None:
    lock = '{"lockfileVersion": 3, "packages": {"": {"dependencies": {"demo": "^1.0.0"}}, "node_modules/demo": {"version": "1.2.0"}}}'
    files = {"package.json": '{"dependencies": {"demo": "^1.0.0"}}', "package-lock.json": lock}
    text = "FROM node:22-slim\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci\n"
    (request,) = asked(tmp_path, text, files)
    assert request.specs == ()
    assert request.locked == (Locked("demo", "1.2.0"),)


def test_what_limits_versions_and_comes_alone_is_handed_on(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "-c limits.txt\ndemo\n",
        "limits.txt": "below<2\n",
        "own.txt": "demo==1.0\n",
    }
    text = f"{BASE}COPY *.txt ./\nRUN pip install --no-cache-dir {{}}\n"
    (request,) = asked(tmp_path, text.format("-c own.txt -r requirements.txt"), files)
    assert set(request.constraints) == {"demo==1.0", "below<2"}
    assert not request.alone
    (request,) = asked(tmp_path, text.format("--no-deps demo"), files)
    assert request.alone
    (request,) = asked(tmp_path, text.format("-c https://limits.example/x.txt demo"), files)
    assert [each.why for each in request.locked] == [
        "the versions that https://limits.example/x.txt limits"
    ]


def test_without_what_it_needs_a_package_weighs_less(tmp_path: Path) -> None:
    text = f"{BASE}RUN pip install --no-cache-dir {{}} flask\n"
    alone, whole = (size(tmp_path, text.format(each), {}) for each in ("--no-deps", ""))
    assert 0 < alone.bytes < whole.bytes
    assert not alone.at_least


@pytest.mark.parametrize(
    ("run", "is_known"),
    [
        ("pip install --no-cache-dir torch", True),
        (
            "pip install --no-cache-dir torch --index-url https://download.example.org/whl/cpu",
            False,
        ),
        ("pip install --no-cache-dir --extra-index-url=https://w.example/cpu torch", False),
        ("pip install --no-cache-dir -i https://pypi.mirror.example/simple torch", True),
        ("PIP_INDEX_URL=https://w.example/x pip install --no-cache-dir torch", False),
        ("pip install --no-cache-dir -f /wheels torch", True),
    ],
)
def test_what_another_index_serves_weighs_what_no_table_tells(
    tmp_path: Path, run: str, is_known: object
) -> None:
    assert size(tmp_path, f"{BASE}RUN {run}\n", {}).is_unknown is not is_known


def test_uv_names_another_index_for_single_packages(tmp_path: Path) -> None:
    declared = PYPROJECT.replace('"tool @ git+https://git.example/tool"', '"torch"')
    more = """
[tool.uv.sources]
torch = { index = "wheels" }
[[tool.uv.index]]
name = "wheels"
url = "https://w.example/cpu"
explicit = true
"""
    files = FILES | {"pyproject.toml": declared + more}
    text = f"{BASE}COPY . .\nRUN uv pip install --system .\n"
    (request,) = asked(tmp_path, text, files)
    assert request.specs == ("flask>=3",)
    assert [(each.name, each.why) for each in request.locked] == [
        ("torch", "comes from another index")
    ]
    told = size(tmp_path, text, files)
    assert told.missing == ("torch (another index)",)
    assert told.bytes < 20_000_000


def test_a_lock_file_names_another_index_for_single_packages(tmp_path: Path) -> None:
    lock = """
version = 1
[[package]]
name = "app"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "torch" }, { name = "flask" }]
[[package]]
name = "torch"
version = "2.5.0"
source = { registry = "https://w.example/cpu" }
[[package]]
name = "flask"
version = "3.0.0"
source = { registry = "https://pypi.mirror.example/simple" }
"""
    files = {"uv.lock": lock, "pyproject.toml": '[project]\nname = "app"\nversion = "1"\n'}
    told = size(tmp_path, f"{BASE}COPY . .\nRUN uv sync --frozen\n", files)
    assert told.missing == ("torch (another index)",)


def test_what_development_alone_needs_is_the_difference(tmp_path: Path) -> None:
    lock = """{"lockfileVersion": 3, "packages": {
        "": {"dependencies": {"demo": "1"}, "devDependencies": {"tester": "1"}},
        "node_modules/demo": {"version": "1.0.0"},
        "node_modules/tester": {"version": "1.0.0", "dev": true}}}"""

    def answer(request: SizeRequest, _: object) -> Answer:
        sizes = (PackageSize(each.name, each.version, 700, 1000) for each in request.locked)
        return Answer(tuple(sizes), Provenance("an index", "2026-01-01"))

    files = {"package.json": "{}", "package-lock.json": lock}
    text = "FROM node:22-slim\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci\n"
    made = build(tmp_path, text, files).asking(answer)
    run = made.dockerfile.instructions[-1]
    assert isinstance(run, Run)
    told = development_bytes(made, made.effects(run).of(Install))
    assert (told.whole, told.sources) == (1000, ("an index, 2026-01-01",))
