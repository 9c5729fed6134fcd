"""What `bloat/dev-deps-shipped` says beyond the examples of its page."""

from __future__ import annotations

import json
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
        'npm ci\nENTRYPOINT ["cypress", "run"]',
    ],
)
def test_no_hit(run: str) -> None:
    assert lines("bloat/dev-deps-shipped", f"FROM debian:12\nRUN {run}\n") == []
    assert (
        lines("bloat/dev-deps-shipped", f"FROM debian:12 AS build\nRUN {run}\nFROM scratch\n") == []
    )


_WITH = "leave out the groups for development with"


@pytest.mark.parametrize(
    ("groups", "run", "advice"),
    [
        ("tool.poetry.group.dev", "poetry install", "add `--only main`"),
        ("tool.poetry.group.test", "pip install poetry && poetry install", "add `--only main`"),
        (
            "tool.poetry.dev-dependencies",
            "pip install poetry==1.1.4 && poetry install",
            "add `--no-dev`",
        ),
        (
            "tool.poetry.group.dev",
            "pip install poetry==$NEW && poetry install",
            "add `--only main`",
        ),
        (
            "tool.poetry.group.dev",
            "pip install poetry==$X && poetry install",
            f"{_WITH} `--without`",
        ),
        ("tool.poetry.group.server", "poetry install", f"{_WITH} `--without`"),
        ("tool.poetry.group.dev", "poetry install --with docs", f"{_WITH} `--without`"),
        (
            "tool.poetry.group.dev",
            "poetry install && poetry add wheel",
            "add `--only main`, and do without `poetry add wheel`, which may install them again",
        ),
        ("tool.uv]\ndev-dependencies = []\n[x", "uv sync", "add `--no-dev`"),
        (
            "tool.uv]\ndefault-groups = ['dev', 'docs']\n[x",
            "uv sync",
            f"{_WITH} `--no-default-groups` or `--no-group`",
        ),
        ("tool.uv]\ndefault-groups = ['dev']\n[x", "uv sync", "add `--no-dev`"),
        ("tool.pdm.dev-dependencies", "pdm sync", "add `--prod`"),
    ],
)
def test_what_leaves_out_the_groups_of_python(
    tmp_path: Path, groups: str, run: str, advice: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[{groups}]\nb = '2'\n")
    text = f"FROM python:3.12\nENV NEW=1.7.1\nWORKDIR /app\nCOPY pyproject.toml .\nRUN {run}\nCMD uvicorn app\n"
    [found] = checked(tmp_path, "bloat/dev-deps-shipped", text).found
    assert (found.repair.title if found.repair else found.help) == advice


@pytest.mark.parametrize(
    ("flags", "hits"),
    [
        ("", 1),
        ("--quiet", 1),
        ('$(test "$STAGE" = dev || echo --no-dev)', 0),
        ("$FLAGS", 0),
        ("${FLAGS:-}", 0),
        ("$WHATEVER", 0),
        ("$(echo --quiet)", 1),
    ],
)
def test_a_word_that_nobody_knows_may_be_the_flag(tmp_path: Path, flags: str, hits: int) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.uv]\ndev-dependencies = ['b']\n")
    text = f"FROM python:3.12\nARG FLAGS\nWORKDIR /app\nCOPY pyproject.toml .\nRUN uv sync {flags}\nCMD uvicorn app\n"
    assert len(checked(tmp_path, "bloat/dev-deps-shipped", text).found) == hits


def test_bundler_is_told_by_a_variable(tmp_path: Path) -> None:
    (tmp_path / "Gemfile").write_text("group :development do\nend\n")
    text = "FROM debian:12\nWORKDIR /app\nCOPY Gemfile .\nRUN bundle install\nCMD puma\n"
    [found] = checked(tmp_path, "bloat/dev-deps-shipped", text).found
    assert found.help.endswith("with an `ENV BUNDLE_WITHOUT` before it")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("RUN yarn install\nCMD node .\n", [2]),
        ("ENV NODE_ENV=production\nRUN yarn install\n", []),
        ("RUN npm ci && npm run build && npm prune --omit=dev\n", []),
        ("RUN npm ci\nRUN npm run build\n", []),
        ("RUN npm ci\nCMD npm run dev\n", []),
        ("RUN npm ci\n", []),
        ("ENV RAILS_ENV=production\nRUN npm ci\n", [3]),
        ("RUN npm ci\nCMD bash\n", []),
        ('RUN npm ci\nENTRYPOINT ["/bin/sh"]\n', []),
        ('RUN npm ci\nENTRYPOINT ["/bin/sh", "/start.sh"]\n', [2]),
        ("CMD npm run dev\nRUN npm ci\n", []),
        ("CMD npm run dev\nRUN npm ci\nCMD node .\n", [3]),
        ("ENV NODE_ENV=development\nRUN npm ci\nCMD node .\n", []),
        ('RUN npm ci\nCMD ["npm", "run", "gulp"]\n', []),
        ("RUN npm install -g nodemon\nRUN npm ci\nCMD npm start\n", []),
        ("RUN npm ci\nCMD npm run build; npm run develop -- -H 0.0.0.0\n", []),
        ("RUN npm install -g pm2\nRUN npm ci\nCMD npm start\n", [3]),
        ("RUN uv sync --frozen\nCMD uvicorn app\n", [2]),
        ("RUN composer install --no-dev\n", []),
    ],
)
def test_whole_files(text: str, wanted: list[int]) -> None:
    assert lines("bloat/dev-deps-shipped", f"FROM debian:12\n{text}") == wanted


@pytest.mark.parametrize(
    ("project", "run", "wanted"),
    [
        ("packageManager: yarn@1.22.22", "yarn install", False),
        ("packageManager: yarn@4.1.0", "yarn install", True),
        ("packageManager: yarn@4.1.0", "yarn workspaces focus --production", False),
        ("packageManager: yarn@1.22.22", "yarn install --immutable", True),  # no word of Yarn 1
    ],
)
def test_yarn_2_asks_no_variable_what_to_leave_out(
    tmp_path: Path, project: str, run: str, *, wanted: bool
) -> None:
    key, _, value = project.partition(": ")
    context = (
        f'package.json: {{"{key}": "{value}", "dependencies": {{"a": "1"}},'
        ' "devDependencies": {"b": "1"}}\n'
    )
    text = f"FROM node:24\nENV NODE_ENV=production\nCOPY package.json .\nRUN {run}\nCMD node .\n"
    found = checked(tmp_path, "bloat/dev-deps-shipped", text, context).found
    says = [
        "also installs development dependencies, whatever `NODE_ENV` says" in each.message
        for each in found
    ]
    assert says == [True] * wanted


def test_the_start_script_says_whether_it_starts_for_development(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY package.json ./\nRUN npm install\nCMD npm start\n"
    manifest = 'package.json: {{"scripts": {{"start": "{}"}}, "dependencies": {{"koa": "2"}}, "devDependencies": {{"vite": "5"}}}}'
    for script, wanted in (
        ("node server.js", [4]),
        ("nodemon server.js", []),
        ("sh ./$ROLE-start.sh", []),  # which nobody knows
        ("node server.js --role $ROLE", [4]),
    ):
        assert (
            checked(
                tmp_path, rule="bloat/dev-deps-shipped", text=text, context=manifest.format(script)
            ).lines
            == wanted
        )


def test_npm_is_told_in_words_that_it_knows(tmp_path: Path) -> None:
    text = "FROM node:{}\nRUN npm install\nCMD node .\n"
    for version, flag in (("14.9-alpine", "--only=production"), ("22", "--omit=dev")):
        (found,) = checked(tmp_path, rule="bloat/dev-deps-shipped", text=text.format(version)).found
        assert found.repair
        assert found.repair.title == f"add `{flag}`"


@pytest.mark.parametrize(
    ("kept", "step", "wanted"),
    [
        ('"dependencies": {"koa": "2"}, ', "", [4]),
        ('"dependencies": {}, ', "", []),  # without them npm would install nothing
        ('"workspaces": ["shop"], ', "", [4]),
        ('"dependencies": {"koa": "2"}, ', "ENV PRESS=/app/node_modules/.bin/press\n", []),
        ('"dependencies": {"koa": "2"}, ', "ARG PRESS=node_modules/.bin/press\n", []),
        ('"dependencies": {"koa": "2"}, ', "ENV PATH=/app/node_modules/.bin:$PATH\n", [5]),
    ],
)
def test_what_the_image_works_with_stays(
    tmp_path: Path, kept: str, step: str, wanted: list[int]
) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY package.json .\n{step}RUN npm install\nCMD node .\n"
    manifest = f'package.json: {{{kept}"devDependencies": {{"press": "1"}}}}'
    assert checked(tmp_path, "bloat/dev-deps-shipped", text, manifest).lines == wanted


@pytest.mark.parametrize(
    ("start", "script", "wanted"),
    [
        ("", "HOME=/tmp yarn run scan run --all", []),
        ("", "npx --yes scan", []),
        ("", "npm exec -- scan", []),
        ("", "pnpm run check", []),  # by a script of the project, and one of that
        ("", "yarn typecheck", []),
        ("", "# yarn run scan\nnode main.js", [4]),
        ("", "yarn run host", [4]),
        ("", "npx other", [4]),
        ('CMD ["npm", "run", "check"]', None, []),
        ("CMD yarn exec scan", None, []),
        ("CMD npm run several", None, []),
        ('CMD ["npm", "run", "host"]', None, [4]),
        ('CMD ["npm", "run", "scan-all"]', None, [4]),
    ],
)
def test_a_manager_starts_a_program_of_what_development_needs(
    tmp_path: Path, start: str, script: str | None, wanted: list[int]
) -> None:
    scripts = {
        "check": "npm run deep",
        "deep": "scan --deep",
        "typecheck": "tsc --noEmit",
        "several": "run-s host check",
        "host": "node main.js",
        "scan-all": "node scan.js",
    }
    manifest = {
        "scripts": scripts,
        "dependencies": {"koa": "2"},
        "devDependencies": {"scan-cli": "1", "typescript": "5"},
    }
    (tmp_path / "package.json").write_text(json.dumps(manifest))
    if script is not None:
        (tmp_path / "go.sh").write_text(f"#!/bin/sh\n{script}\n")
        start = 'COPY go.sh .\nENTRYPOINT ["./go.sh"]'
    text = f"FROM node:22\nWORKDIR /app\nCOPY package.json .\nRUN npm install\n{start}\n"
    assert checked(tmp_path, "bloat/dev-deps-shipped", text).lines == wanted


@pytest.mark.parametrize(
    ("package", "wanted"), [("@types/node", [4]), ("@types/main", [4]), ("node", [])]
)
def test_types_have_no_program(tmp_path: Path, package: str, wanted: list[int]) -> None:
    manifest = {"scripts": {"host": "node main"}, "devDependencies": {package: "1"}}
    (tmp_path / "package.json").write_text(json.dumps({"dependencies": {"koa": "2"}} | manifest))
    text = "FROM node:22\nWORKDIR /app\nCOPY package.json .\nRUN npm install\nCMD npm run host\n"
    assert checked(tmp_path, "bloat/dev-deps-shipped", text).lines == wanted


@pytest.mark.parametrize(
    ("stage", "wanted"),
    [
        ("local_files", [4]),
        ("local", []),
        ("shop-local", []),
        ("local-dev", []),
        ("local_build", []),
    ],
)
def test_a_product_may_have_local_parts(tmp_path: Path, stage: str, wanted: list[int]) -> None:
    manifest = 'package.json: {"dependencies": {"koa": "2"}, "devDependencies": {"press": "1"}}'
    text = (
        f"FROM node:22 AS {stage}\nWORKDIR /app\nCOPY package.json .\nRUN npm install\nCMD node .\n"
    )
    assert checked(tmp_path, "bloat/dev-deps-shipped", text, manifest).lines == wanted


@pytest.mark.parametrize(
    ("start", "script", "wanted"),
    [
        ('CMD ["load-gun", "-f", "a.py"]', "", []),
        ('CMD ["python", "-m", "load_gun"]', "", []),
        ("CMD exec /app/.venv/bin/load-gun", "", []),
        ('CMD ["./go.sh"]', "load-gun --headless &&\\\n echo", []),
        ('CMD ["./go.sh"]', "uv run load-gun", []),
        ('CMD ["./go.sh"]', "# load-gun --headless\npython main.py load-gun", [4]),
        ('CMD ["flask", "run"]', "", [4]),
    ],
)
def test_a_program_of_a_group_of_python_is_started(
    tmp_path: Path, start: str, script: str, wanted: list[int]
) -> None:
    (tmp_path / "go.sh").write_text(f"#!/bin/sh\n{script}\n")
    groups = "[tool.poetry.group.test.dependencies]\nload-gun = '2'\nflask = '3'\n"
    (tmp_path / "pyproject.toml").write_text(f"[project]\ndependencies = ['flask']\n{groups}")
    text = f"FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN poetry install\n{start}\n"
    assert checked(tmp_path, "bloat/dev-deps-shipped", text).lines == wanted


@pytest.mark.parametrize(
    ("step", "wanted"),
    [
        ("make version NAME=$(git rev-parse HEAD)", [4]),
        ("make version other", []),
        ("make check", []),
        ("make", []),  # the first of them
        ("make -C web version", []),  # by a Makefile that is not there
        ("make tooled", []),  # by what a variable names
        ("cmake -P a.cmake && poetry run pytest", []),
        ("<<EOF\nmake version\npytest\nEOF", []),
        ("make version && (", []),  # which no shell reads
    ],
)
def test_a_recipe_of_make_tells_what_a_step_works_with(
    tmp_path: Path, step: str, wanted: list[int]
) -> None:
    recipes = {
        "all": "pytest",
        "version": '@printf "name = ${NAME}\\n" > version.py',
        "check": "poetry run ruff check .",
        "tooled": "$(TOOL) build",
    }
    rules = (f"{name}:\n\t{recipe}\n" for name, recipe in recipes.items())
    (tmp_path / "Makefile").write_text("".join(rules))
    (tmp_path / "pyproject.toml").write_text("[tool.poetry.group.dev.dependencies]\nruff = '1'\n")
    start = "FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN poetry install\n"
    text = f'{start}RUN {step}\nCMD ["python", "main.py"]\n'
    assert checked(tmp_path, "bloat/dev-deps-shipped", text).lines == wanted


def test_a_later_step_starts_an_installed_program(tmp_path: Path) -> None:
    text = "FROM node:22\nCOPY package.json .\nRUN npm install\nRUN node_modules/.bin/press\nCMD node .\n"
    assert checked(tmp_path, "bloat/dev-deps-shipped", text, NODE).lines == []


@pytest.mark.parametrize(
    ("run", "mended"),
    [
        ('"npm", "ci"', '"npm", "ci", "--omit=dev"'),
    ],
)
def test_a_word_that_the_fix_adds_in_exec_form(tmp_path: Path, run: str, mended: str) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY package.json yarn.lock package-lock.json ./\nRUN [{run}]\nCMD node .\n"
    assert checked(tmp_path, "bloat/dev-deps-shipped", text, NODE).fixed == text.replace(
        run, mended
    )


BUILD = (
    "FROM node:22 AS build\nWORKDIR /app\n{}\nFROM node:22-slim\nWORKDIR /app\n{}\nCMD node dist\n"
)
TAKES = "COPY --from=build /app/node_modules node_modules"


@pytest.mark.parametrize(
    ("build", "takes", "wanted"),
    [
        ("RUN npm ci", TAKES, [3]),
        ("RUN npm ci\nRUN npm run build", TAKES, [3]),
        ("RUN npm ci", "COPY --from=build /app .", [3]),
        ("RUN npm ci", "COPY --from=build --exclude=node_modules /app .", []),
        ("RUN npm ci", "COPY --from=build /app/dist dist", []),
        ("RUN npm ci", "COPY --from=build /app/node_modules/@prisma node_modules/@prisma", []),
        ("RUN npm ci && npm run build && npm prune --omit=dev", TAKES, []),
        ("RUN npm ci\nRUN npm run build && npm prune --production", TAKES, []),
        ("RUN npm ci && npm run build\nRUN npm ci --omit=dev", TAKES, []),
        ("RUN npm ci && npm run build\nRUN rm -rf node_modules", TAKES, []),
        ("RUN npm ci", f"{TAKES}\nRUN npm run build", []),
        ("RUN npm ci --omit=dev", TAKES, []),
    ],
)
def test_folders_that_are_copied_out_of_the_stage(
    build: str, takes: str, wanted: list[int]
) -> None:
    assert lines("bloat/dev-deps-shipped", BUILD.format(build, takes)) == wanted


def test_folders_that_get_there_through_a_third_stage() -> None:
    text = (
        "FROM node:22 AS deps\nWORKDIR /app\nRUN npm ci\n"
        "FROM node:22 AS build\nWORKDIR /src\nCOPY --from=deps /app/node_modules node_modules\n"
        "FROM node:22-slim\nCOPY --from=build {} /app/\nCMD node dist\n"
    )
    assert lines("bloat/dev-deps-shipped", text.format("/src")) == [3]
    assert lines("bloat/dev-deps-shipped", text.format("/src/dist")) == []


@pytest.mark.parametrize(
    ("groups", "wanted"),
    [
        ('[dependency-groups]\\ndev = ["pytest"]', [3]),
        ('[dependency-groups]\\ntest = ["pytest"]', []),  # uv does not install it
        ('[tool.uv]\\ndev-dependencies = ["pytest"]', [3]),
    ],
)
def test_groups_that_uv_installs_unasked(tmp_path: Path, groups: str, wanted: list[int]) -> None:
    text = "FROM python:3.12\nWORKDIR /app\nRUN --mount=type=bind,target=. uv sync\nCMD python app.py\n"
    context = f"pyproject.toml: {groups}\nuv.lock"
    assert checked(tmp_path, "bloat/dev-deps-shipped", text, context).lines == wanted


@pytest.mark.parametrize(
    ("environment", "taken", "wanted"),
    [
        ("/opt/env", "/opt/env", [5]),
        ("/opt/env", "/opt/env/lib/python3.12/site-packages", [5]),
        ("/opt/env", "/opt/env/lib/", [5]),
        ("/opt/env", "/opt/env/bin/", []),
        ("/opt/env", "/opt/env/lib/python3.12/site-packages/shop", []),
        ("/opt/env", "/usr/local/lib/python3.12/site-packages", []),
        ("/usr/local", "/usr/local/lib/python3.12/site-packages", [5]),
        ("/usr/local", "/usr/local/lib/python3*/site-packages", [5]),
    ],
)
def test_the_packages_are_all_of_an_environment_of_python(
    tmp_path: Path, environment: str, taken: str, wanted: list[int]
) -> None:
    text = (
        f"FROM python:3.12 AS build\nWORKDIR /app\nENV UV_PROJECT_ENVIRONMENT={environment}\n"
        "COPY pyproject.toml uv.lock ./\nRUN uv sync --locked --no-install-project\n"
        f"FROM python:3.12-slim\nCOPY --from=build {taken} /packages/\nCMD python -m shop\n"
    )
    context = 'pyproject.toml: [dependency-groups]\\ndev = ["pytest"]\nuv.lock'
    assert checked(tmp_path, "bloat/dev-deps-shipped", text, context).lines == wanted


def test_the_manifest_that_the_install_reads_tells(tmp_path: Path) -> None:
    text = "FROM python:3.12\nWORKDIR /app\nCOPY {} ./\nRUN uv sync\nCMD python app.py\n"
    context = (
        "pyproject.toml: [project]\nuv.lock\nother/pyproject.toml: [dependency-groups]\\ndev = []"
    )
    rule = "bloat/dev-deps-shipped"
    assert checked(tmp_path, rule, text.format("pyproject.toml uv.lock"), context).lines == []
    assert checked(tmp_path, rule, text.format("other/pyproject.toml"), context).lines == [4]


def test_nobody_knows_a_project_that_git_brings(tmp_path: Path) -> None:
    cloned = "git clone https://example.com/shop.git && cd shop &&"
    for run, wanted in ((f"{cloned} npm install", []), ("npm install", [2])):
        text = f"FROM node:22\nRUN {run}\nCMD node .\n"
        assert checked(tmp_path, "bloat/dev-deps-shipped", text).lines == wanted


def test_a_manifest_that_a_build_generates_lists_what_nobody_knows(tmp_path: Path) -> None:
    text = (
        "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci --omit=dev && ./make.sh\n{}"
        'RUN npm install\nCMD ["node", "main.js"]\n'
    )
    rule = "bloat/dev-deps-shipped"
    generated = text.format("WORKDIR /app/dist\nCOPY package-lock.json ./\n")
    assert checked(tmp_path, rule, generated, NODE).lines == []
    assert checked(tmp_path, rule, text.format(""), NODE).lines == [5]


def test_a_cloned_project_has_them_if_its_other_manager_leaves_them_out() -> None:
    def found(bundler: str) -> list[int]:
        clone = f"git clone https://a.test/a.git && cd a && {bundler} && yarn install"
        return lines(
            "bloat/dev-deps-shipped", f"FROM debian:12\nENV RAILS_ENV=production\nRUN {clone}\n"
        )

    assert found("bundle install --without test development") == [3]
    assert found("bundle install") == found("make") == []


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ("[project.optional-dependencies]\ndev = ['pytest']\n", []),
        (
            "[dependency-groups]\ndocs = [\n  'mkdocs',\n]\n[project.optional-dependencies]\ndev = []\n",
            [],
        ),
        ("[dependency-groups]\ndocs = []\ndev = ['pytest']\n", [4]),
        ("[tool.uv]\ndev-dependencies = ['pytest']\n", [4]),
    ],
)
def test_an_extra_of_a_project_is_no_group_of_uv(
    tmp_path: Path, told: str, wanted: list[int]
) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[project]\nname = 'shop'\nversion = '1'\n{told}")
    (tmp_path / "uv.lock").write_text("version = 1\n")
    text = "FROM python:3.12\nWORKDIR /app\nCOPY pyproject.toml uv.lock ./\nRUN uv sync --frozen\nCMD python -m shop\n"
    found = checked(tmp_path, "bloat/dev-deps-shipped", text).found
    assert [each.place.start.line for each in found] == wanted


COMPOSER = 'composer.json: {"autoload": {"psr-4": {"App\\\\": "app"}}, "require": {"a/b": "1"}, "require-dev": {"c/d": "1"}}\ncomposer.lock: {}\n'


@pytest.mark.parametrize(
    ("base", "lines_"),
    [
        ("php:8.3-apache", [4]),
        ("php:8.3-fpm-alpine", [4]),
        ("dunglas/frankenphp:1", [4]),
        ("php:8.3-cli", []),  # somebody says what is run
        ("debian:12", []),
    ],
)
def test_images_that_serve_what_is_copied_onto_them(
    tmp_path: Path, base: str, lines_: list[int]
) -> None:
    text = (
        "FROM composer:2 AS vendor\nWORKDIR /app\nCOPY composer.json composer.lock ./\n"
        f"RUN composer install\nFROM {base}\nCOPY --from=vendor /app/vendor /srv/vendor\n"
    )
    assert checked(tmp_path, "bloat/dev-deps-shipped", text, COMPOSER).lines == lines_


@pytest.mark.parametrize(
    ("setting", "lines_"),
    [
        ("ENV POETRY_VIRTUALENVS_IN_PROJECT=true", [5]),
        ("RUN poetry config virtualenvs.in-project true", [5]),
        ("RUN poetry config virtualenvs.in-project false", []),
        ("ENV POETRY_HOME=/opt", []),
    ],
)
def test_environments_beside_the_manifest(tmp_path: Path, setting: str, lines_: list[int]) -> None:
    context = "pyproject.toml: [tool.poetry.group.dev.dependencies]\\npytest = '*'\\n\n"
    text = (
        f"FROM python:3.12 AS build\nWORKDIR /app\n{setting}\nCOPY pyproject.toml ./\n"
        "RUN poetry install --no-root\nFROM python:3.12-slim\n"
        "COPY --from=build /app/.venv /venv\nCMD /venv/bin/web\n"
    )
    assert checked(tmp_path, "bloat/dev-deps-shipped", text, context).lines == lines_


@pytest.mark.parametrize(
    ("build", "wanted", "fix"),
    [
        ("RUN npm run build && npm prune --omit=dev\n", [], None),
        ("RUN npm run build\n", [3], None),
        ("RUN gzip -k index.js\n", [3], "unsafe"),
    ],
)
def test_a_stage_on_the_way_may_leave_them_out(
    tmp_path: Path, build: str, wanted: list[int], fix: str | None
) -> None:
    text = (
        "FROM node:22 AS deps\nCOPY package.json package-lock.json /app/\nRUN cd /app && npm ci\n"
        "FROM node:22 AS build\nWORKDIR /app\nCOPY . .\n"
        f"COPY --from=deps /app/node_modules ./node_modules\n{build}"
        "FROM node:22\nWORKDIR /app\nCOPY --from=build /app/node_modules ./node_modules\n"
        'CMD ["node", "."]\n'
    )
    found = checked(tmp_path, "bloat/dev-deps-shipped", text, f"{NODE}index.js")
    assert found.lines == wanted
    assert found.safeties == [fix for _ in wanted]


def test_a_script_may_start_a_server_for_development(tmp_path: Path) -> None:
    text = 'FROM node:22\nCOPY package.json ./\nRUN npm install\nENTRYPOINT ["/entrypoint.sh"]\n'
    for started, wanted in (("npm run dev &", []), ("npm run start &", [3])):
        (tmp_path / "entrypoint.sh").write_text(f"#!/bin/sh\n{started}\n")
        assert checked(tmp_path, "bloat/dev-deps-shipped", text, NODE).lines == wanted


@pytest.mark.parametrize(
    ("build", "wanted"),
    [
        ("yarn build --production", [4]),  # the script's own flag
        ("npm run build -- --prod", [4]),
        ("yarn build && yarn install --production", []),
        ("yarn build; npm prune", []),
    ],
)
def test_the_flags_of_a_build_leave_nothing_out(
    tmp_path: Path, build: str, wanted: list[int]
) -> None:
    text = (
        f"FROM node:22 AS build\nWORKDIR /app\nCOPY . .\nRUN yarn install\nRUN {build}\n"
        "FROM node:22\nWORKDIR /app\nCOPY --from=build /app .\nCMD node server\n"
    )
    found = checked(tmp_path, "bloat/dev-deps-shipped", text, NODE)
    assert found.lines == wanted


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        (
            (
                "FROM node:22 AS b\nWORKDIR /a\nCOPY . .\nRUN yarn workspace shop install\nFROM node:22\n"
                "COPY --from=b /a/node_modules /a/node_modules\nCMD node /a\n"
            ),
            "remove them before that",
        ),
        (
            "FROM node:22\nWORKDIR /a\nCOPY . .\nRUN yarn workspace shop install\nCMD node .\n",
            "install without them",
        ),
    ],
)
def test_an_install_without_a_flag_to_omit_them_says_what_to_do(
    tmp_path: Path, text: str, begins: str
) -> None:
    [found] = checked(tmp_path, "bloat/dev-deps-shipped", text, NODE).found
    assert found.repair is None
    assert found.help.startswith(begins)


@pytest.mark.parametrize("scripts", ['"postinstall": "nx generate"', '"start": "nx serve"'])
def test_the_help_guesses_at_no_script(tmp_path: Path, scripts: str) -> None:
    text = (
        "FROM node:22 AS b\nWORKDIR /a\nCOPY . .\nRUN npm ci\nRUN npm run build\nFROM node:22\n"
        "COPY --from=b /a/node_modules /a/node_modules\nCMD node /a\n"
    )
    context = NODE.replace('{"dependencies"', f'{{"scripts": {{{scripts}}}, "dependencies"', 1)
    (found,) = checked(tmp_path, "bloat/dev-deps-shipped", text, context).found
    assert found.help.endswith("a stage of their own")
    assert found.repair is None


PHP = "FROM php:8.3-apache\nWORKDIR /app\nCOPY . .\nRUN composer install\n"
LOCK = (
    'composer.json: {"autoload": {"psr-4": {"App\\\\": "app"}}, "require": {"acme/web": "1"}, "require-dev": {"acme/helper": "1"}, "scripts": SCRIPTS}\n'
    'composer.lock: {"packages": [{"name": "acme/web", "autoload": {"psr-4": {"Acme\\\\Web\\\\": "src"}}}],'
    ' "packages-dev": [{"name": "acme/helper", "bin": ["bin/helper"],'
    ' "autoload": {"psr-4": {"Acme\\\\Helper\\\\": "src", "App\\\\": "a"}}}]}\n'
)


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("config/app.php: Acme\\Helper\\Provider::class,", []),
        ("bootstrap/app.php: use \\Acme\\Helper\\Provider;", []),
        ("config/app.php: Acme\\Web\\Provider::class,", [4]),
        ("config/app.php: // Acme\\Helper\\Provider::class,", [4]),
        ("config/app.php: Other\\Acme\\Helper\\Provider::class,", [4]),
        ("tests/AppTest.php: use Acme\\Helper\\Provider;", [4]),
        (".tool.dist.php: use Acme\\Helper\\Provider;", [4]),
        ("app/Own.php: use App\\Own;", [4]),  # the project's, though a package calls its own so
        ("config/bundles.php: Acme\\Helper\\B::class => ['dev' => true],", []),
    ],
)
def test_a_source_that_names_a_development_package_needs_it(
    tmp_path: Path, file: str, wanted: list[int]
) -> None:
    name, _, text = file.partition(": ")
    context = LOCK.replace("SCRIPTS", "{}") + f"{name}: {text}\n"
    assert checked(tmp_path, "bloat/dev-deps-shipped", PHP, context).lines == wanted


def test_a_bundle_for_development_is_not_loaded_in_production(tmp_path: Path) -> None:
    text = PHP.replace("WORKDIR", "ENV APP_ENV=prod\nWORKDIR")
    bundle = "config/bundles.php: Acme\\Helper\\B::class => ['dev' => true],\n"
    context = LOCK.replace("SCRIPTS", "{}") + bundle
    assert checked(tmp_path, "bloat/dev-deps-shipped", text, context).lines == [5]


@pytest.mark.parametrize(
    ("scripts", "lock", "fixed"),
    [
        ('{"post-autoload-dump": ["@php artisan package:discover"]}', True, True),
        ('{"post-autoload-dump": ["@php artisan package:discover"]}', False, False),
        ('{"post-install-cmd": "helper install"}', True, False),
        ('{"test": "helper install"}', True, True),
        ("{}", False, True),
    ],
)
def test_what_composer_runs_may_need_them(
    tmp_path: Path, scripts: str, *, lock: bool, fixed: bool
) -> None:
    context = LOCK.replace("SCRIPTS", scripts)
    if not lock:
        context = context.partition("composer.lock")[0]
    (found,) = checked(tmp_path, "bloat/dev-deps-shipped", PHP, context).found
    assert (found.repair is not None) is fixed


@pytest.mark.parametrize(
    ("more", "end", "files", "fixed"),
    [
        ('"scripts": {"prepare": "husky"}, ', "CMD node .", "", False),
        ('"scripts": {"prepare": "husky"}, ', "CMD node .", "--ignore-scripts", True),
        ('"scripts": {"preinstall": "npx only-allow npm"}, ', "CMD node .", "", True),
        ('"scripts": {"lint": "b"}, ', "CMD node .", "", True),
        ("", "CMD node -r b/config main.js", "", None),
        ("", "ENV NODE_OPTIONS='--import b'\nCMD node main.js", "", None),
        ('"scripts": {"start": "b node main.js"}, ', "CMD npm start", "", None),
        ("", "CMD node loads.js", "", None),
        ("", "CMD node main.js", "", True),
    ],
)
def test_what_an_install_or_a_start_names_is_needed(
    tmp_path: Path, more: str, end: str, files: str, *, fixed: bool | None
) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci {files}\n{end}\n"
    context = NODE.replace('{"dependencies": {"a"', f'{{{more}"dependencies": {{"a"', 1)
    context += "loads.js: const b = require('b')\nmain.js: require('a')\n"
    answer = checked(tmp_path, "bloat/dev-deps-shipped", text, context).found
    assert [each.repair is not None for each in answer] == ([] if fixed is None else [fixed])


SHELL = "#!/bin/sh\n"


@pytest.mark.parametrize(
    ("end", "files", "wanted"),
    [
        # whichever of the scripts it is
        ("ENTRYPOINT ./${APP}-start.sh", {"api-start.sh": "node -e \"require('b/x')\"\n"}, False),
        ("ENTRYPOINT ./${APP}-start.sh", {"api-start.sh": "node main.js\n"}, True),
        (
            "ENTRYPOINT ./${APP}-start.sh",
            {"api-start.sh": "node main.js\n", "web-start.sh": "node -e \"import('b')\"\n"},
            False,
        ),
        ("ENTRYPOINT ./$APP-start.sh", {"api-start.sh": "node -e \"require('b')\"\n"}, False),
        ("ENTRYPOINT ./${APP}-start.sh", {"other.sh": "node main.js\n"}, False),  # nobody knows
        ("ENTRYPOINT ./start.sh", {"start.sh": "./node_modules/.bin/b up; node main.js\n"}, False),
        ("ENTRYPOINT ./start.sh", {"start.sh": "./node_modules/.bin/a up; node main.js\n"}, True),
        # what a program is set up by
        ("CMD a serves", {"a.config.mjs": "import b from 'b'\n"}, False),
        ("CMD a serves", {"lint.config.mjs": "import b from 'b'\n"}, True),
        (
            "ENTRYPOINT ./start.sh",
            {"start.sh": "a -c x/own.config.ts\n", "x/own.config.ts": ""},
            True,
        ),
        (
            "ENTRYPOINT ./start.sh",
            {"start.sh": "a -c x/own.config.ts\n", "x/own.config.ts": "import { c } from 'b/c'\n"},
            False,
        ),
    ],
)
def test_what_is_started_names_a_package(
    tmp_path: Path, end: str, files: dict[str, str], *, wanted: bool
) -> None:
    text = f"FROM node:22\nARG APP\nWORKDIR /app\nCOPY . .\nRUN npm ci\n{end}\n"
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(SHELL * path.endswith(".sh") + content)
    found = checked(tmp_path, "bloat/dev-deps-shipped", text, NODE)
    assert found.lines == ([5] if wanted else [])


@pytest.mark.parametrize(
    ("root", "member", "wanted"),
    [
        ('"workspaces": ["apps/*"], ', '{"devDependencies": {"c": "1"}}', False),
        ('"workspaces": ["apps/*"], ', '{"devDependencies": {"d": "1"}}', True),
        ('"workspaces": ["apps/*"], ', '{"dependencies": {"c": "1"}}', True),
        ("", '{"devDependencies": {"c": "1"}}', True),  # a project of its own
    ],
)
def test_a_member_of_a_workspace_may_need_one(
    tmp_path: Path, root: str, member: str, *, wanted: bool
) -> None:
    text = 'FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD ["./start.sh"]\n'
    context = NODE.replace('{"dependencies": {"a"', f'{{{root}"dependencies": {{"a"', 1)
    (tmp_path / "apps/web").mkdir(parents=True)
    (tmp_path / "apps/web/package.json").write_text(member)
    (tmp_path / "start.sh").write_text(f"{SHELL}node -e \"require('c')\"\n")
    found = checked(tmp_path, "bloat/dev-deps-shipped", text, context)
    assert found.lines == ([4] if wanted else [])


_BUILD = (
    "jobs:\\n  image:\\n    steps:\\n      - uses: docker/build-push-action@v6\\n        with:\\n"
)
_STEP = "      - uses: acme/docker-run-action@v3\\n        with:\\n"
_OPTIONS = "          options: |\\n            --rm\\n"


@pytest.mark.parametrize(
    ("recipe", "wanted"),
    [
        ("Makefile: t:\\n\\tdocker compose run web vendor/bin/stan src\\n", []),
        ("Makefile: t:\\n\\tdocker compose exec web ./node_modules/.bin/x\\n", []),
        ("Makefile: t:\\n\\tdocker compose exec web bin/console warm-up\\n", [3]),
        ("Makefile: t:\\n\\tdocker compose build && vendor/bin/stan src\\n", [3]),
        ("Makefile: t:\\n\\tdocker compose run --rm unit-tests\\n", []),
        ("Makefile: t:\\n\\tdocker compose run -e MODE=test web bin/console\\n", [3]),
        # what is only called so tests nothing
        ("t.sh: docker run -d -p 80:80 --name web -v $(pwd)/tests:/srv shop-test\\n", [3]),
        ("t.sh: docker run --rm --name web-test shop:test\\n", [3]),
        ("t.sh: docker exec -it web-test bin/console\\n", [3]),
        ("t.sh: docker run --rm -e A=b shop-test composer test\\n", []),
        ("t.sh: docker run --rm --entrypoint phpunit shop\\n", []),
        ("t.sh: docker exec -it web sh -c 'cd /srv; ./run-tests.sh'\\n", []),
        (
            (
                f".github/workflows/a.yml: {_BUILD}          file: Dockerfile\\n"
                f"{_STEP}{_OPTIONS}          run: |\\n            id\\n\\n            php vendor/bin/stan\\n"
            ),
            [],
        ),
        (
            (
                f".github/workflows/a.yml: {_BUILD}          file: Dockerfile.web\\n"
                f"{_STEP}{_OPTIONS}          run: |\\n            php vendor/bin/stan\\n"
            ),
            [3],
        ),
        (
            (
                f".github/workflows/a.yml: {_BUILD}          file: Dockerfile\\n"
                f"{_STEP}{_OPTIONS}          run: bin/warm-up\\n"
                "      - run: vendor/bin/stan\\n  other:\\n    name: PHPUnit tests\\n"
            ),
            [3],
        ),
    ],
)
def test_what_recipes_start_in_the_image(tmp_path: Path, recipe: str, wanted: list[int]) -> None:
    text = "FROM php:8.3-fpm\nCOPY . .\nRUN composer install\nCMD php-fpm\n"
    context = (
        'composer.json: {"require": {"a/a": "1"}, "require-dev": {"b/b": "1"}}\n'
        "Dockerfile.web: FROM debian:12\n.git/HEAD: x\n"
    )
    found = checked(tmp_path, "bloat/dev-deps-shipped", text, f"{context}{recipe}\n")
    assert found.lines == wanted
