"""Where installs put what a project needs."""

import pytest

from dlint.context import EmptyContext
from dlint.facts.changing import takes_dependencies
from dlint.facts.dependencies import dependency_folders
from dlint.model import Build
from dlint.shell import Install
from dlint.syntax import Run
from dlint.syntax.parser import parse
from dlint.text.source import Source


@pytest.mark.parametrize(
    ("lines", "folders"),
    [
        ("WORKDIR /app\nRUN npm ci", ["/app/node_modules"]),
        ("WORKDIR /app\nRUN cd web && yarn install", ["/app/web/node_modules"]),
        ("WORKDIR /app\nRUN npm ci --prefix web", ["/app/web/node_modules"]),
        ("WORKDIR /app\nRUN npm install -g pnpm", []),
        ("RUN npm ci", ["/node_modules"]),  # where the image starts
        ("WORKDIR /app\nRUN composer install", ["/app/vendor"]),
        ("WORKDIR /app\nRUN uv sync --frozen", ["/app/.venv"]),
        ("WORKDIR /app\nENV UV_PROJECT_ENVIRONMENT=/opt/venv\nRUN uv sync --frozen", ["/opt/venv"]),
        ("WORKDIR /app\nARG WHERE\nENV UV_PROJECT_ENVIRONMENT=$WHERE\nRUN uv sync --frozen", []),
        ("WORKDIR /app\nRUN uv pip install -r requirements.txt", []),
        ("WORKDIR /app\nRUN pip install -r requirements.txt", []),
        ("WORKDIR /app\nRUN .venv/bin/pip install flask", ["/app/.venv"]),
        ("RUN /opt/venv/bin/python -m pip install flask", ["/opt/venv"]),
        (
            "RUN pip install --prefix=/install flask && pip install -t /deps flask",
            ["/install", "/deps"],
        ),
        ("WORKDIR /app\nRUN pip install --target ./lib flask", ["/app/lib"]),
        ("RUN pip --python /v/bin/python install flask", ["/v"]),
        ("WORKDIR /app\nRUN pip --cache-dir /c wheel flask", ["/app"]),
        ("WORKDIR /app\nRUN pip install setuptools wheel", []),
        ("RUN uv pip install --python=/v/bin/python3 flask", ["/v"]),
        ("RUN pip --python /usr/bin/python install flask", []),
        ("RUN pip install --user flask", ["/root/.local"]),
        ("USER shop\nRUN pip install --user flask", []),
        ("RUN pip install --prefix=/usr/local --no-cache-dir flask", []),
        ("ARG TO\nRUN pip install --prefix=$TO flask", []),
        ("RUN /usr/local/bin/pip install flask && /usr/bin/pip3 install flask", []),
        ('RUN python -m venv /v\nENV PATH="/v/bin:$PATH"\nRUN pip install flask', ["/v"]),
        ("ENV VIRTUAL_ENV=/v\nRUN virtualenv $VIRTUAL_ENV\nRUN uv pip install flask", ["/v"]),
        ('ENV PATH="/v/bin:$PATH"\nRUN pip install flask', []),  # nothing has made it
        (
            (
                "WORKDIR /app\nENV UV_PROJECT_ENVIRONMENT=/v VIRTUAL_ENV=/v\nRUN uv sync\n"
                "RUN uv pip install -e ."
            ),
            ["/v", "/v"],
        ),
        (
            'WORKDIR /app\nRUN pdm sync\nENV PATH="/app/.venv/bin:$PATH"\nRUN pip install flask',
            ["/app/.venv", "/app/.venv"],
        ),
        (
            (
                "WORKDIR /app\nENV POETRY_VIRTUALENVS_IN_PROJECT=1 VIRTUAL_ENV=/app/.venv\n"
                "RUN poetry install\nRUN pip install flask"
            ),
            ["/app/.venv", "/app/.venv"],
        ),
        ("ENV VIRTUAL_ENV=/v\nRUN uv venv --python 3.12 /v\nRUN uv pip install flask", ["/v"]),
        ("WORKDIR /app\nRUN uv venv\nWORKDIR web\nRUN uv pip install flask", ["/app/.venv"]),
        ("WORKDIR /app\nRUN uv venv && pip install flask", []),
        ("RUN virtualenv /v\nRUN . /v/bin/activate && pip install flask", ["/v"]),
        ("WORKDIR /app\nRUN uv venv && source .venv/bin/activate && pip install a", ["/app/.venv"]),
        ("RUN pip install flask && . /v/bin/activate", []),
        ("ENV HOME_OF=/v\nRUN virtualenv /v && pip install flask", []),
        ("ENV UV_PROJECT_ENVIRONMENT=/v\nRUN uv sync && pip install flask", ["/v"]),
        ("WORKDIR /app\nRUN uv venv && uv pip install --system flask", []),
        ("WORKDIR /app\nENV UV_SYSTEM_PYTHON=1\nRUN uv venv && uv pip install flask", []),
        (
            (
                "WORKDIR /app\nENV VIRTUAL_ENV=/v\nRUN virtualenv /v && uv sync --frozen\n"
                "RUN uv pip install flask"
            ),
            ["/app/.venv", "/v"],
        ),
    ],
)
def test_folders(lines, folders):
    build = Build(parse(Source("Dockerfile", f"FROM python:3.12-slim\n{lines}\n")), EmptyContext())
    [stage] = build.stages
    steps = [step for step in build.chain(stage) if isinstance(step.instruction, Run)]
    found = [
        folder
        for step in steps
        for install in build.effects(step.instruction, step.state).of(Install)
        for folder in dependency_folders(build, step, install)
    ]
    assert found == folders


def test_a_here_document_is_no_dependency():
    text = "FROM debian:12\nCOPY <<EOF /app/vendor/conf/\na\nEOF\nCOPY vendor /app/vendor/\n"
    build = Build(parse(Source("Dockerfile", text)), EmptyContext())
    _, written, copied = build.chain(build.stages[0])
    assert not takes_dependencies(build, written)
    assert takes_dependencies(build, copied)
