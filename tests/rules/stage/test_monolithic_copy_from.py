"""What `stage/monolithic-copy-from` says beyond the examples of its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked, commit, lines

if TYPE_CHECKING:
    from pathlib import Path

NODE = "FROM node:22 AS b\nWORKDIR /app\nCOPY package.json .\nRUN npm ci\nCOPY . .\n"
SHIP = "FROM node:22-slim\nCOPY --from=b /app /app\n"
_FIRST = (
    "copy /app/node_modules first, and add --exclude=node_modules to this COPY,"
    " which needs # syntax=docker/dockerfile:1 as the first line"
)
_APART = (
    "install the dependencies in a stage of their own, copy them from there first, and here only the"
    " rest"
)

_OF_NEEDED = (
    "install only the dependencies that the image needs in a stage of their own, copy them from"
    " there first, and here only the rest"
)


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        (NODE + SHIP, True),
        (NODE + "RUN npm run build\n" + SHIP, True),
        (NODE.replace("npm ci", "uv sync --frozen") + SHIP, True),
        (NODE.replace("npm ci", "composer install") + SHIP, True),
        (
            NODE.replace("RUN", "ENV UV_PROJECT_ENVIRONMENT=/venv\nRUN").replace(
                "npm ci", "uv sync"
            )
            + SHIP,
            False,
        ),
        (NODE + "RUN rm -rf node_modules\n" + SHIP, False),
        (NODE + SHIP.replace("/app /app", "/app/dist /app"), False),
        (NODE + SHIP.replace("/app /app", "/ /"), False),  # bloat/copy-root-from-stage's
        (NODE + SHIP + "COPY --from=b /app/node_modules /app/node_modules\n", False),
        (NODE + SHIP.replace("--from=b", "--from=b --exclude=node_modules"), False),
        (NODE.replace("npm ci", "npm install -g serve") + SHIP, False),
        (NODE.replace("COPY . .", "COPY src src") + SHIP, False),
        (NODE + SHIP.replace("/app /app", "/$X /app"), False),
        (NODE + SHIP.replace("--from=b", "--from=busybox"), False),
        (NODE + SHIP + "FROM scratch\n", False),
        (
            "FROM node:22 AS b\nWORKDIR /app\nCOPY . .\nRUN npm ci\n" + SHIP,
            False,
        ),  # order/copy-before-install's
    ],
)
def test_in_one_piece(text: str, hit: bool) -> None:  # noqa: FBT001  a column
    assert bool(lines("stage/monolithic-copy-from", text)) is hit


def test_what_the_lock_file_says_of_dependencies(tmp_path: Path) -> None:
    lock = '{"packages": {"": {}, "node_modules/a": {}, "node_modules/b": {}, "node_modules/c": {"link": true}}}'
    listing = f"package.json\npackage-lock.json: {lock}\nindex.js\n"
    [found] = checked(
        tmp_path,
        "stage/monolithic-copy-from",
        NODE.replace("package.json", "package*.json") + SHIP,
        listing,
    ).found
    assert found.cost is None  # nothing tells what a package of npm weighs


def test_all_dependencies_are_named_with_what_leaves_them_out(tmp_path: Path) -> None:
    venv = (
        "RUN python3 -m venv /app/venv\nENV PATH=/app/venv/bin:$PATH\n"
        "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY package.json"
    )
    [found] = checked(
        tmp_path,
        "stage/monolithic-copy-from",
        NODE.replace("COPY package.json", venv) + SHIP,
        "package.json\nrequirements.txt: flask==3\nindex.js\n",
    ).texts
    assert found.startswith("this layer contains /app/venv and /app/node_modules and the project's")
    assert found.endswith(
        "first, and add --exclude=venv --exclude=node_modules to this COPY,"
        " which needs # syntax=docker/dockerfile:1 as the first line"
    )


def test_a_folder_in_braces_is_named_as_it_is(tmp_path: Path) -> None:
    text = NODE.replace("/app", "/app/{a}") + SHIP
    [found] = checked(
        tmp_path, "stage/monolithic-copy-from", text, "package.json\nindex.js\n"
    ).texts
    assert "add --exclude={a}/node_modules to this COPY" in found


CHANGING = "package.json\npackage-lock.json\nsrc/index.ts changed 12\n"


@pytest.mark.parametrize(
    ("stages", "found"),
    [
        ("COPY package.json .\nRUN npm ci\nCOPY src src\nRUN npm run build\n", 1),
        ("COPY package.json .\nRUN npm ci\nCOPY src /src\nRUN npm run build\n", 1),
        ("COPY package.json .\nRUN npm ci\nCOPY src /src\nRUN cd /src && make\n", 0),
        ("COPY package.json .\nRUN npm ci\nCOPY package-lock.json .\n", 0),
        ("COPY src src\nCOPY package.json .\nRUN npm ci\n", 0),
        ("COPY --from=deps /deps/node_modules node_modules\nCOPY src src\n", 1),
        ("COPY --from=deps /deps/node_modules node_modules\nCOPY package.json .\n", 0),
        ("COPY --from=deps /deps/node_modules /node_modules\nCOPY src src\n", 0),
    ],
)
def test_code_that_is_built_there_and_dependencies_from_another_stage(
    tmp_path: Path, stages: str, found: int
) -> None:
    text = (
        "FROM node:22 AS deps\nWORKDIR /deps\nCOPY package.json .\nRUN npm ci\n"
        f"FROM node:22 AS b\nWORKDIR /app\n{stages}{SHIP}"
    )
    lines = checked(tmp_path, "stage/monolithic-copy-from", text, CHANGING).lines
    assert len(lines) == found


@pytest.mark.parametrize(
    ("below", "advice"),
    [
        ("", _FIRST),
        ("RUN rm -rf docs\n", _FIRST),
        ("RUN npm ci --omit=dev\n", _OF_NEEDED),
        ("RUN npm ci\n", _APART),
        ("RUN npm run build && npm prune --omit=dev\n", _OF_NEEDED),
        ("RUN npm run build\n", _APART),
    ],
)
def test_dependencies_that_are_installed_again_below_the_code(
    tmp_path: Path, below: str, advice: str
) -> None:
    found = checked(tmp_path, "stage/monolithic-copy-from", NODE + below + SHIP, CHANGING)
    assert found.texts[0].endswith(advice)


@pytest.mark.parametrize(
    ("above", "between", "advice"),
    [
        ("", "FROM deps AS b\n", "copy /app/node_modules from deps first, and here only the rest"),
        (
            "",
            "FROM deps AS mid\nFROM mid AS b\n",
            "copy /app/node_modules from deps first, and here only the rest",
        ),
        ("COPY src src\n", "FROM deps AS b\n", _APART),
    ],
)
def test_a_stage_of_the_dependencies_that_is_there(
    tmp_path: Path, above: str, between: str, advice: str
) -> None:
    text = (
        f"FROM node:22 AS deps\nWORKDIR /app\nCOPY package.json .\nRUN npm ci\n{above}"
        f"{between}COPY src src\nRUN npm run build\n{SHIP}"
    )
    found = checked(tmp_path, "stage/monolithic-copy-from", text, CHANGING)
    assert found.texts[0].endswith(advice)


@pytest.mark.parametrize(
    ("syntax", "is_told"),
    [
        ("docker/dockerfile:1", False),
        ("docker/dockerfile:1.19", False),
        ("docker/dockerfile:1@sha256:abc", False),
        ("docker/dockerfile:1-labs", False),
        ("docker/dockerfile:1.7.1-labs", False),
        ("docker/dockerfile:1.4-labs", True),
        ("docker/dockerfile:1.4", True),
        ("docker/dockerfile:experimental", True),
    ],
)
def test_which_syntax_knows_what_leaves_them_out(
    tmp_path: Path, syntax: str, *, is_told: bool
) -> None:
    text = f"# syntax={syntax}\n{NODE}{SHIP}"
    [found] = checked(tmp_path, "stage/monolithic-copy-from", text, CHANGING).texts
    assert found.endswith("as the first line") is is_told


@pytest.mark.parametrize(
    ("copies", "found"),
    [
        (("deps /deps/node_modules", "build /src/dist"), 1),
        (("build /src/dist", "deps /deps/node_modules"), 0),  # what comes first is not new with it
        (("deps /deps/node_modules", "deps /deps/package.json"), 0),
    ],
)
def test_a_stage_that_gathers_what_others_made(
    tmp_path: Path, copies: tuple[str, str], found: int
) -> None:
    gathered = "".join(f"COPY --from={each} ./{each.rpartition('/')[2]}\n" for each in copies)
    text = (
        "FROM node:22 AS deps\nWORKDIR /deps\nCOPY package.json .\nRUN npm ci\n"
        "FROM node:22 AS build\nWORKDIR /src\nCOPY . .\nRUN make\n"
        f"FROM node:22 AS b\nWORKDIR /app\n{gathered}{SHIP}"
    )
    lines = checked(tmp_path, "stage/monolithic-copy-from", text, CHANGING).lines
    assert len(lines) == found


@pytest.mark.parametrize(
    ("setting", "found"),
    [
        ("bundle config set --local path vendor/bundle", 1),
        ("bundle config path vendor/bundle", 1),
        ("bundle config set --local path /usr/local/gems", 0),
        ("bundle config set --local without test", 0),
    ],
)
def test_gems_in_the_folder_that_a_setting_names(tmp_path: Path, setting: str, found: int) -> None:
    text = (
        f"FROM ruby:3.3 AS b\nWORKDIR /app\nCOPY Gemfile .\nRUN {setting} && bundle install\n"
        f"COPY . .\n{SHIP}"
    )
    context = "Gemfile\napp/models/shop.rb 1kB\n"
    lines = checked(tmp_path, "stage/monolithic-copy-from", text, context).lines
    assert len(lines) == found


@pytest.mark.parametrize(
    ("tracked", "found"),
    [("vendor/scripts/cart.js 1kB", []), ("vendored/cart.js 1kB", [7])],
)
def test_a_folder_that_the_project_has_files_in(
    tmp_path: Path, tracked: str, found: list[int]
) -> None:
    text = NODE.replace("npm ci", "composer install").replace("package.", "composer.") + SHIP
    context = f"composer.json\napp/shop.php 1kB\n{tracked}\n"
    assert checked(tmp_path, "stage/monolithic-copy-from", text, context).lines == found


@pytest.mark.parametrize(
    ("base", "is_condition"),
    [
        ("python:3.12-slim", True),
        ("ghcr.io/astral-sh/uv:python3.12-alpine", True),
        ("python:3.12-slim\nRUN apt-get install -y nodejs", False),
        ("shop/till:1", False),
        ("alpine:3.20\nCOPY --from=b /usr/local/bin /usr/local/bin", False),
        ("alpine:3.20\nCOPY --from=node:22-alpine /usr/local/bin/node /usr/bin/", False),
        ("alpine:3.20\nCOPY --from=b /usr/share/zoneinfo /usr/share/zoneinfo", True),
        ("alpine:3.20\nCOPY --from=golang:1.22 /usr/local/bin /usr/local/bin", True),
        ('alpine:3.20\nCMD ["node", "shop.js"]', False),
        ('alpine:3.20\nCMD ["till", "--serve"]', True),
    ],
)
def test_an_image_without_node_may_read_none(
    tmp_path: Path,
    base: str,
    is_condition: bool,  # noqa: FBT001  a column
) -> None:
    text = f"{NODE}FROM {base}\nCOPY --from=b /app /app\n"
    [found] = checked(tmp_path, "stage/monolithic-copy-from", text).found
    assert (found.help == "copy only what the image reads") is is_condition


def test_a_program_of_an_environment_is_not_its_packages(tmp_path: Path) -> None:
    text = (
        "FROM python:3.12 AS build\nWORKDIR /app\nRUN python -m venv venv && venv/bin/pip install flask==3.0.0\n"
        "COPY . .\nFROM python:3.12-slim\nCOPY --from=build /app /app\n"
        "COPY --from=build /app/venv/{} /opt/\n"
    )
    for part, wanted in (("bin/flask", [6]), ("lib", [])):
        found = checked(tmp_path, "stage/monolithic-copy-from", text.format(part), "a.py\n")
        assert found.lines == wanted


def test_all_that_is_installed_is_counted(tmp_path: Path) -> None:
    text = (
        "FROM python:3.12 AS build\nWORKDIR /app\nRUN python -m venv venv && venv/bin/pip install idna\n"
        "COPY . .\n{}FROM python:3.12-slim\nCOPY --from=build /app /app\n"
    )
    sizes = []
    for more in ("", "RUN venv/bin/pip install numpy\n"):
        [found] = checked(tmp_path, "stage/monolithic-copy-from", text.format(more), "a.py\n").found
        assert found.cost
        sizes.append(found.cost.push_bytes or 0)
    assert sizes[0] * 5 < sizes[1]


@pytest.mark.parametrize(
    ("above", "is_apart"),
    [
        ("COPY src/web web\nRUN cd web && make\n", True),
        ("COPY tools.txt .\n", False),
        ("", False),
    ],
)
def test_an_install_below_source_that_it_does_not_need(
    tmp_path: Path,
    above: str,
    is_apart: bool,  # noqa: FBT001  a column
) -> None:
    text = (
        f"FROM node:22 AS b\nWORKDIR /app\n{above}"
        f"COPY package.json package-lock.json ./\nRUN npm ci\nCOPY src src\n{SHIP}"
    )
    context = f"{CHANGING}src/web/shop.ts changed 9\ntools.txt\n"
    [told] = checked(tmp_path, "stage/monolithic-copy-from", text, context).texts
    assert ("in a stage of their own" in told) is is_apart


def test_without_a_cache_a_layer_of_its_own_saves_nothing(tmp_path: Path) -> None:
    workflow = (
        ".github/workflows/a.yml: on: push\\njobs:\\n  a:\\n    runs-on: ubuntu-latest\\n    steps:\\n"
        "    - uses: docker/build-push-action@v6\\n      with:\\n        context: .\\n        push: true\n"
    )
    (tmp_path / ".git").mkdir()
    listing = CHANGING + workflow
    assert checked(tmp_path, "stage/monolithic-copy-from", NODE + SHIP, listing).found == []


@pytest.mark.parametrize(
    ("base", "more", "is_served"),
    [
        ("nginx:1.27", "", True),
        ("registry.example/mirror/nginx:1.27", "RUN rm /etc/nginx/conf.d/old.conf\n", True),
        ("httpd:2.4", "", True),
        ("nginx:1.27-alpine", "RUN apk add --no-cache nodejs\n", False),
        ("node:22-slim", "", False),
        ("shop/nginx-with-node:1", "", False),
    ],
)
def test_what_a_web_server_serves(tmp_path: Path, base: str, more: str, *, is_served: bool) -> None:
    text = f"{NODE}FROM {base}\n{more}COPY --from=b /app /app\n"
    [found] = checked(tmp_path, "stage/monolithic-copy-from", text).found
    assert (found.help == "copy only what the image reads") is is_served
    assert ("node_modules" in found.help) is not is_served
    assert found.message.endswith("so all of it is new with every source change")


@pytest.mark.parametrize(
    ("flags", "is_open"), [("$FLAGS", True), ("--cache-from type=registry,ref=a/b:c", False)]
)
def test_a_push_that_may_have_no_cache(tmp_path: Path, flags: str, *, is_open: bool) -> None:
    steps = f"[{{uses: docker/login-action@v3}}, {{run: 'docker buildx build {flags} --push -t our/till .'}}]"
    job = f"on: push\\njobs:\\n  a:\\n    runs-on: self-hosted\\n    steps: {steps}"
    commit(tmp_path)
    listing = f"package.json\nindex.js\n.github/workflows/a.yml: {job}\n"
    [found] = checked(tmp_path, "stage/monolithic-copy-from", NODE + SHIP, listing).texts
    assert ("so with a build cache all of it is new" in found) is is_open


@pytest.mark.parametrize(
    ("manifest", "found"),
    [("COPY package.json out/", [8]), ("RUN true", []), ("RUN cp package.json out/", [8])],
)
def test_a_manifest_that_the_build_generates(
    tmp_path: Path, manifest: str, found: list[int]
) -> None:
    text = (
        "FROM node:22 AS b\nWORKDIR /app\nCOPY . .\n"
        f"{manifest}\nRUN npm run build && cd out && npm i\nCOPY src out/src\n"
        "FROM node:22-slim\nCOPY --from=b /app/out /app\n"
    )
    context = 'package.json: {"dependencies": {"a": "1.0.0"}}\nsrc/a.js: 1\n'
    told = checked(tmp_path, "stage/monolithic-copy-from", text, context)
    assert told.lines == found


def test_a_copy_of_what_the_base_holds_is_told_once(tmp_path: Path) -> None:
    for base, wanted in (("b", []), ("node:22-slim", [7])):
        text = f"{NODE}FROM {base}\nCOPY --from=b /app /app\n"
        assert checked(tmp_path, "stage/monolithic-copy-from", text).lines == wanted


@pytest.mark.parametrize(
    ("pruning", "advice"),
    [
        ("", "copy /app/node_modules from deps first, and here only the rest"),
        ("RUN npm prune --production\n", _OF_NEEDED),
        ("RUN rm -rf node_modules && npm ci --omit=dev\n", _OF_NEEDED),
    ],
)
def test_what_is_removed_after_the_build_is_not_copied_from_before(
    tmp_path: Path, pruning: str, advice: str
) -> None:
    text = (
        "FROM node:22 AS deps\nWORKDIR /app\nCOPY package.json .\nRUN npm ci\n"
        "FROM node:22 AS b\nWORKDIR /app\nCOPY --from=deps /app/node_modules node_modules\n"
        f"COPY . .\nRUN npm run build\n{pruning}{SHIP}"
    )
    [found] = checked(tmp_path, "stage/monolithic-copy-from", text, CHANGING).texts
    assert found.endswith(advice)


@pytest.mark.parametrize(
    ("install", "after", "told"),
    [
        ("composer install --no-dev", "", True),
        ("composer install -o", "RUN php artisan route:list\n", True),
        ("composer install", "RUN composer validate\n", True),
        ("composer install", "RUN composer install --no-autoloader\n", True),
        ("composer install --no-autoloader", "", False),
        ("composer install --no-scripts", "RUN composer dump-autoload --optimize\n", False),
        ("composer install --no-scripts", "RUN php composer.phar dumpautoload\n", False),
        ("composer install --no-scripts", "RUN composer -d /app dump-autoload -a\n", False),
        ("composer install", "RUN composer install --optimize-autoloader\n", False),
        ("npm ci", "RUN composer dump-autoload\n", True),
    ],
)
def test_what_composer_writes_beside_its_packages_changes_with_the_code(
    install: str, after: str, *, told: bool
) -> None:
    text = NODE.replace("npm ci", install) + after + SHIP
    assert bool(lines("stage/monolithic-copy-from", text)) is told


def test_an_autoloader_for_packages_of_another_stage() -> None:
    text = (
        "FROM composer:2 AS deps\nWORKDIR /app\nCOPY composer.json .\nRUN composer install\n"
        "FROM php:8.3 AS b\nWORKDIR /app\nCOPY --from=deps /app/vendor vendor\nCOPY . .\n"
    )
    ship = "FROM php:8.3-fpm\nCOPY --from=b /app /app\n"
    assert lines("stage/monolithic-copy-from", text + ship) == [10]
    assert lines("stage/monolithic-copy-from", f"{text}RUN composer dump-autoload\n{ship}") == []


def test_a_second_install_that_adds_the_project_leaves_nothing_out(tmp_path: Path) -> None:
    text = (
        "FROM python:3.12 AS b\nWORKDIR /app\nCOPY pyproject.toml uv.lock ./\n"
        "RUN uv sync --locked --no-install-project --no-dev\nCOPY . .\n"
        "RUN uv sync --locked --no-dev\nFROM python:3.12\nCOPY --from=b /app /app\n"
    )
    [found] = checked(
        tmp_path, "stage/monolithic-copy-from", text, "pyproject.toml\nuv.lock\na.py\n"
    ).texts
    assert found.endswith(_APART)
