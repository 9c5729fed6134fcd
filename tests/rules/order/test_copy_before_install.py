"""What order/copy-before-install knows of installs and of what they read."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked, commit, severities

from dlint import Severity
from dlint.project.recipes import recipes_of
from dlint.testing import write_context

if TYPE_CHECKING:
    from pathlib import Path

check = partial(checked, rule="order/copy-before-install")

NODE = 'package.json: {"dependencies": {"a": "1"}}\npackage-lock.json: {}\nsrc/index.js 1kB\n'
PYTHON = (
    "requirements.txt: flask==3\nsetup.py: setup(install_requires=open('requirements.txt'))\n"
    "shop/web.py 1kB\n"
)
ASKS_GIT = (
    "setup.py: setup(version=subprocess.check_output(['sh', 'version.sh']))\n"
    "version.sh: git describe\nshop/web.py 1kB\n"
)
GO = "go.mod: module x\ngo.sum\nmain.go 1kB\n"
RUST = "Cargo.toml: [package]\nCargo.lock\nsrc/main.rs 1kB\n"
JAVA = "pom.xml: <project/>\nsrc/main/java/App.java 1kB\n"
MODULES = f"{JAVA}a/pom.xml: <project/>\nb/pom.xml: <project/>\n"
GRADLE = "build.gradle\nsettings.gradle\ngradlew\nsrc/main/java/App.java 1kB\n"
RUBY = "Gemfile\nGemfile.lock\napp/models/a.rb 1kB\n"
PHP = "composer.json: {}\ncomposer.lock: {}\nsrc/App.php 1kB\n"
DOTNET = "Shop/Shop.csproj\nShop/Program.cs 1kB\n"


WORKSPACES = 'package.json: {"workspaces": ["libs/*"]}\npackage-lock.json\nlibs/a/package.json\nlibs/a/a.js 1kB\n'
BUILT_BY_INSTALL = '{"scripts": {"build": "vite build", "postinstall": "npm run build"}}'


@pytest.mark.parametrize(
    ("context", "install"),
    [
        (NODE, "npm ci"),
        (NODE, "npm install --omit=dev && npm run build"),
        (NODE, "yarn install"),
        (NODE, "corepack enable && pnpm i --frozen-lockfile"),
        (NODE, "cd /app && npm i"),
        (NODE, "npm install -g serve"),
        (PYTHON, "pip install -r requirements.txt"),
        (PYTHON, "python3 -m pip install --no-cache-dir -r /app/requirements.txt"),
        (PYTHON, "uv pip install --system -r requirements.txt"),
        (PYTHON, "pip install ."),  # the list could be installed first
        (PYTHON, "pip install -e '.[dev]'"),
        (PYTHON, "pip install --no-deps -r requirements.txt -e ."),
        (PYTHON, "pip install gunicorn"),
        (PYTHON, ". venv/bin/activate && pip install gunicorn"),
        ("pyproject.toml\npoetry.lock\nshop/web.py 1kB", "poetry install --only main"),
        ("pyproject.toml\nuv.lock\nshop/web.py 1kB", "uv sync --locked"),
        ("Pipfile\nPipfile.lock\nshop/web.py 1kB", "pipenv install --system --deploy"),
        (GO, "go mod download"),
        (GO, "CGO_ENABLED=0 go build -o /shop ./..."),
        (RUST, "cargo build --release"),
        (JAVA, "mvn -B package -DskipTests"),
        (JAVA + "mvnw\n", "./mvnw package"),
        (GRADLE, "./gradlew build --no-daemon"),
        (RUBY, "bundle install"),
        (PHP, "composer install --no-dev"),
        (DOTNET, "dotnet restore Shop/Shop.csproj"),
        (DOTNET, "dotnet publish Shop -c Release"),
        ("mix.exs\nmix.lock\nlib/a.ex 1kB", "mix deps.get"),
        ("project.clj\nsrc/shop/core.clj 1kB", "lein uberjar"),
        ("pubspec.yaml\npubspec.lock\nlib/shop.dart 1kB", "dart pub get"),
        ("deno.json\ndeno.lock\nmain.ts 1kB", "deno install"),
        ("renv.lock: {}\nR/shop.R 1kB", "R -e 'renv::restore()'"),
    ],
)
def test_the_whole_context_above_an_install(tmp_path: Path, context: str, install: str) -> None:
    text = f"FROM registry.example.com/base:1\nWORKDIR /app\nCOPY . .\nRUN {install}\n"
    assert check(tmp_path, text=text, context=context).lines == [3]


@pytest.mark.parametrize(
    ("context", "above", "install"),
    [
        (NODE, "COPY package*.json ./", "npm ci"),
        (
            PYTHON + "settings\n",
            "COPY . .",
            ". ./settings && pip install gunicorn",
        ),  # which index, say
        (NODE, "COPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .", "npm run build"),
        (NODE, "COPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .", "npm i --omit=dev"),
        (
            NODE + "tsconfig.json\nvite.config.ts\n",
            "COPY package.json tsconfig.json vite.config.ts ./",
            "npm i",
        ),
        (
            PYTHON,
            "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .",
            "pip install .",
        ),
        (
            RUST,
            "COPY --from=0 /recipe.json .\nRUN cargo chef cook --release\nCOPY . .",
            "cargo build --release",
        ),
        (
            PYTHON,
            "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .",
            "python setup.py install",
        ),
        (PYTHON, "COPY . .", "pip install --no-build-isolation -e . --no-deps"),
        (PYTHON, "COPY . .", "uv pip install --system --no-deps ."),
        (  # which asks git, and `.git` changes with each commit
            f"dev.txt: -e .\n.git/HEAD: ref: refs/heads/main\n{ASKS_GIT}",
            "COPY . .",
            "pip install -r dev.txt",
        ),
        ("setup.py\nshop/web.py 1kB", "COPY . .", "pip install ."),  # nothing to install first
        ("requirements-dev.txt\npyproject.toml\nshop/web.py 1kB", "COPY . .", "pip install .[ssh]"),
        (GO, "COPY go.mod go.sum ./\nRUN go mod download\nCOPY . .", "go build ./..."),
        (GO, "COPY . .", "--mount=type=cache,target=/go/pkg/mod go build ./..."),
        (GO + "vendor/modules.txt\n", "COPY . .", "go build -mod=vendor ./..."),
        (  # its postinstall builds that member
            WORKSPACES.replace("libs/a/package.json", "libs/a/package.json: " + BUILT_BY_INSTALL),
            "COPY . .",
            "npm ci",
        ),
        (
            "go.mod: module x\\n\\ngo 1.21\nvendor/modules.txt\nmain.go 1kB",
            "COPY . .",
            "go build ./...",
        ),
        (
            "main.go 1kB",
            "COPY . .",
            "go build -o /x .",
        ),  # without go.mod the source names the modules
        ("main.go 1kB", "COPY . /go/src/example.com/shop", "go install example.com/shop/cmd/x"),
        (
            RUST,
            "COPY Cargo.* ./\nRUN mkdir src && touch src/main.rs && cargo build\nCOPY src src",
            "cargo build",
        ),
        (JAVA, "COPY pom.xml .\nRUN mvn dependency:go-offline\nCOPY . .", "mvn package"),
        (
            DOTNET,
            "COPY Shop/*.csproj Shop/\nRUN dotnet restore Shop\nCOPY . .",
            "dotnet publish Shop --no-restore",
        ),
        (NODE, "COPY . .", "npm run build"),
        (NODE + "binding.gyp\n", "COPY . .", "npm ci"),  # npm compiles it
        ("Gemfile: gemspec\na.gemspec\nlib/a/version.rb", "COPY . .", "bundle install"),
        (NODE, "COPY . .", "npm install -g"),  # the project itself
        (NODE, "COPY --from=registry.example.com/deps:1 /x/package.json ./", "npm ci"),
        ("src/index.js 1kB", "RUN npm init -y\nCOPY src src", "npm install"),
        (NODE, "COPY --from=deps /app/node_modules ./node_modules\nCOPY . .", "npm ci"),
    ],
)
def test_what_is_as_it_should_be(tmp_path: Path, context: str, above: str, install: str) -> None:
    deps = "FROM registry.example.com/base:1 AS deps\n"
    text = f"{deps}FROM registry.example.com/base:1\nWORKDIR /app\n{above}\nRUN {install}\n"
    assert check(tmp_path, text=text, context=context).messages == []


@pytest.mark.parametrize(("target", "lines"), [("dev", []), ("assets", [3])])
def test_a_stage_that_no_recipe_names(tmp_path: Path, target: str, lines: list[int]) -> None:
    compose = f"services:\\n  web:\\n    build:\\n      context: .\\n      target: {target}"
    text = (
        "FROM node:22 AS assets\nWORKDIR /app\nCOPY . .\nRUN npm ci\nFROM php:8.3 AS dev\nRUN id\n"
    )
    context = f"{NODE}compose.yaml: {compose}\n.git/HEAD: ref: refs/heads/main\n"
    assert check(tmp_path, text=text, context=context).lines == lines


def test_a_manifest_copied_before_does_not_excuse_what_comes_with_it(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY package.json ./\nCOPY src ./src\nRUN npm install\n"
    found = check(tmp_path, text=text, context=NODE)
    assert found.lines == [4]
    assert found.texts[0].endswith("move it after the install, which needs nothing of it")


@pytest.mark.parametrize(
    ("context", "install", "advice"),
    [
        (
            PHP,
            "composer install --no-dev --no-scripts",
            "copy composer.json and composer.lock first, install with --no-autoloader, and install again without it after the COPY",
        ),
        (
            "pyproject.toml\nuv.lock\nshop/web.py 1kB",
            "uv sync --locked",
            "copy pyproject.toml and uv.lock first, install with --no-install-project, and install again without it after the COPY",
        ),
        (
            "pyproject.toml\nuv.lock\nshop/web.py 1kB",
            "uv sync --locked --no-install-workspace",
            "copy pyproject.toml and uv.lock first",
        ),
        (
            "pyproject.toml\npoetry.lock\nshop/web.py 1kB",
            "poetry install",
            "copy pyproject.toml and poetry.lock first, install with --no-root, and install again without it after the COPY",
        ),
        (
            "setup.py: install_requires=open('requirements.txt').read()\nrequirements.txt: a==1\nshop/web.py 1kB",
            "pip3 install -e .",
            "copy requirements.txt first, and install what is listed there with -r",
        ),
    ],
)
def test_an_install_that_needs_the_source_is_told_to_do_without(
    tmp_path: Path, context: str, install: str, advice: str
) -> None:
    found = check(
        tmp_path, text=f"FROM php:8.3\nWORKDIR /app\nCOPY . .\nRUN {install}\n", context=context
    )
    assert found.texts[0].endswith(advice)
    assert found.safeties == [None] or "install with" not in advice


def test_copies_above_one_install_are_one_finding(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY src/index.js ./\nCOPY . .\nRUN npm ci\n"
    found = check(tmp_path, text=text, context=NODE)
    assert found.lines == [4]
    assert found.texts[0].endswith("-lock.json first, and install before the rest is copied")
    [finding] = found.found
    assert [note.place.start.line for note in finding.notes] == [5, 3]


def test_what_is_copied_already_is_not_to_be_copied_first(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY package*.json ./\nCOPY . .\nRUN npm ci\n"
    found = check(tmp_path, text=text, context=NODE)
    assert found.texts[0].endswith("move it after the install, which needs nothing else of it")
    assert (
        found.fixed == "FROM node:22\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\n"
    )


@pytest.mark.parametrize(
    ("context", "install", "advice"),
    [
        (NODE + ".npmrc\n", "npm ci", "copy package.json, package-lock.json and .npmrc first"),
        (
            WORKSPACES,
            "npm ci",
            "copy package.json, package-lock.json and libs/a/package.json first",
        ),
        (
            WORKSPACES + "libs/b/package.json\n",
            "npm ci",
            "copy package.json, package-lock.json, libs/a/package.json and libs/b/package.json first",
        ),
        (
            WORKSPACES + "".join(f"libs/{each}/package.json\n" for each in "bcd"),
            "npm ci",
            (
                "copy package.json, package-lock.json and libs/**/package.json first"
                " (COPY --parents keeps their folders, which needs # syntax=docker/dockerfile:1 as the first line)"
            ),
        ),
        (
            "environment.yml: - pip:\\n  - -r pip.txt\npip.txt\nshop/web.py 1kB",
            "conda env create -f environment.yml",
            "copy environment.yml and pip.txt first",
        ),
        (
            "Shop.sln\nNuGet.config\nShop/Shop.csproj\nShop/P.cs 1kB",
            "dotnet restore Shop.sln",
            "copy Shop.sln, Shop/Shop.csproj",
        ),
    ],
)
def test_the_manifests_are_named(tmp_path: Path, context: str, install: str, advice: str) -> None:
    [message] = check(
        tmp_path, text=f"FROM node:22\nWORKDIR /app\nCOPY . .\nRUN {install}\n", context=context
    ).texts
    assert advice in message


REFERENCES = """
Directory.Build.props: <Project/>
src/Api/Api.csproj: <Project><ItemGroup><ProjectReference Include="..\\\\Core\\\\Core.csproj"/></ItemGroup></Project>
src/Api/Api.cs 1kB
src/Core/Core.csproj: <Project><ItemGroup><ProjectReference Include="../Low/$(Low).csproj"/></ItemGroup><PropertyGroup><Low>Low</Low></PropertyGroup></Project>
src/Core/packages.lock.json: {}
src/Low/Low.csproj: <Project/>
src/Other/Other.csproj: <Project/>
"""


def test_projects_of_dotnet_are_followed_with_the_settings_above_them(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nWORKDIR /app/src/Api\nRUN dotnet restore -r linux-x64\n"
    [message] = check(tmp_path, text=text, context=REFERENCES).texts
    assert message.endswith(
        "src/Low/Low.csproj, src/Core/packages.lock.json and Directory.Build.props first"
    )


@pytest.mark.parametrize(
    "named", ["../Gone/Gone.csproj", "$(Root)Core/Core.csproj", "../*/*.csproj"]
)
def test_what_a_project_refers_to_must_be_there(tmp_path: Path, named: str) -> None:
    project = f'<Project><ItemGroup><ProjectReference Include="{named}"/></ItemGroup></Project>'
    context = f"src/Api/Api.csproj: {project}\nsrc/Api/Api.cs 1kB\nsrc/Core/Core.csproj: <Project/>"
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN dotnet restore src/Api\n"
    assert check(tmp_path, text=text, context=context).messages == []


def test_requirements_are_followed_to_the_files_that_they_name(tmp_path: Path) -> None:
    context = "requirements/prod.txt: -r base.txt\nrequirements/base.txt: -e ./lib\nlib/setup.py\nlib/lib.py 1kB"
    copies = "COPY requirements requirements\nCOPY lib lib"
    text = f"FROM python:3.12\nWORKDIR /app\n{copies}\nRUN pip install -r requirements/prod.txt\n"
    assert check(tmp_path, text=text, context=context).lines == []


def test_an_ignore_file_that_leaves_only_manifests(tmp_path: Path) -> None:
    ignore = ".dockerignore: *\\n!package*.json\n"
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
    assert check(tmp_path, text=text, context=NODE + ignore).lines == []


@pytest.mark.parametrize(
    ("manifest", "copied", "lines"),
    [
        ('{"dependencies": {"lib": "file:./lib"}}', "lib", []),
        ('{"workspaces": ["lib"]}', "lib", [4]),  # its package.json is read, not its source
        ('{"scripts": {"postinstall": "node tools/fix.js"}}', "tools", []),
        ('{"scripts": {"postinstall": "patch-package"}}', "patches", []),
        ('{"scripts": {"prepare": "npm run build", "build": "tsc -p ."}}', "lib", []),
        (
            '{"scripts": {"postinstall": "pnpm run build:lib", "build:lib": "pnpm --filter @x/lib build"}}',
            "lib",
            [],
        ),
        ('{"scripts": {"postinstall": "npm run build --prefix lib"}}', "lib", []),
        ('{"scripts": {"build": "tsc -p ."}}', "lib", [4]),
    ],
)
def test_what_package_json_leads_to(
    tmp_path: Path, manifest: str, copied: str, lines: list[int]
) -> None:
    files = "lib/package.json\nlib/a.js 1kB\ntools/fix.js 1kB\npatches/a.patch 1kB\n"
    text = (
        f"FROM node:22\nWORKDIR /app\nCOPY package.json ./\nCOPY {copied} ./{copied}\nRUN npm i\n"
    )
    assert check(tmp_path, text=text, context=f"package.json: {manifest}\n{files}").lines == lines


def test_what_only_a_builder_installs_is_an_info(tmp_path: Path) -> None:
    build = "FROM node:22 AS build\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build\n"
    found = check(
        tmp_path, text=f"{build}FROM nginx:1\nCOPY --from=build /app/dist /srv\n", context=NODE
    ).found
    assert [each.severity for each in found] == ["info"]


@pytest.mark.parametrize(
    ("install", "taken", "severity"),
    [
        ("npm ci", "/app/node_modules", "info"),  # which is the same again
        ("pnpm install", "/app", "info"),  # the source with it
        ("pnpm install", "/app/node_modules", "warning"),  # which says when
        ("uv venv && uv pip install -r requirements.txt", "/app/.venv", "info"),
        (
            "uv venv && uv pip install --compile-bytecode -r requirements.txt",
            "/app/.venv",
            "warning",
        ),
    ],
)
def test_what_a_builder_installs_is_pushed_again_where_it_is_new(
    tmp_path: Path, install: str, taken: str, severity: str
) -> None:
    text = f"FROM node:22 AS build\nWORKDIR /app\nCOPY . .\nRUN {install}\n"
    text += f"FROM node:22\nCOPY --from=build {taken} /m\n"
    [found] = check(tmp_path, text=text, context=NODE + PYTHON).found
    assert found.severity == severity


def test_what_changes_with_what_stays_above_is_not_counted(tmp_path: Path) -> None:
    text = (
        "FROM python:3.12 AS base\nWORKDIR /srv\nCOPY shop shop\nFROM base AS shop\nFROM base\n"
        "COPY list.txt tool.py ./\nRUN pip install -r list.txt\n"
    )
    found = check(tmp_path, text=text, context="shop/web.py\ntool.py\nlist.txt: a==1\n")
    commit(tmp_path)
    for _ in range(12):
        commit(tmp_path, "shop/web.py", "tool.py")
    assert found.lines == []
    for _ in range(4):
        commit(tmp_path, "tool.py")
    [text] = checked(tmp_path, "order/copy-before-install", text).texts
    assert "4 of the last 17 commits" in text


@pytest.mark.parametrize(("ignored", "lines"), [("", [4]), (".git\n", [])])
def test_each_commit_changes_git(tmp_path: Path, ignored: str, lines: list[int]) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY package*.json ./\nCOPY .gi[t] ./\nRUN npm ci\n"
    found = check(tmp_path, text=text, context=f"{NODE}docs.md\n.dockerignore: {ignored}\n")
    commit(tmp_path)
    for _ in range(12):
        commit(tmp_path, "docs.md")
    assert found.lines == lines
    assert all(
        "; with a build cache 12 of the last 13 commits would do so needlessly" in each
        for each in found.texts
    )


def test_a_build_works_on_git_too(tmp_path: Path) -> None:
    copies = "COPY cmd cmd\nCOPY go.mod go.sum ./\nCOPY .git .git\n"
    text = f"FROM golang:1.22\nWORKDIR /src\n{copies}RUN go build ./...\n"
    found = check(tmp_path, text=text, context=f"{GO}cmd/main.go 1kB\ndocs.md\n")
    commit(tmp_path)
    for _ in range(12):
        commit(tmp_path, "docs.md")
    [told] = found.texts
    assert told.startswith("COPY .git .git and 1 more come before go build ./..., so a change")


@pytest.mark.parametrize(
    ("first", "told", "help_"),
    [
        (
            "COPY cmd cmd",
            (
                "COPY cmd cmd and 2 more come before go install example.com/tool@v1, so a change"
                " of what is copied reruns the install; with a build cache up to 12 of the last 13"
            ),
            "move lines 5, 6 and 7 after the install",
        ),
        (  # which may hold what the install runs with, so that stays below it
            "COPY --from=page /page/dist /usr/bin/",
            (
                "COPY web web and 1 more come before go install example.com/tool@v1, so a change"
                " of what is copied reruns the install; with a build cache 4 of the last 13"
            ),
            "move lines 6 and 7 after the install",
        ),
    ],
)
def test_an_install_that_reads_nothing_moves_before_all_copies(
    tmp_path: Path, first: str, told: str, help_: str
) -> None:
    text = (
        "FROM node:22 AS page\nCOPY page /page\nRUN make -C /page\nFROM golang:1.22\n{}\n"
        "COPY web web\nCOPY --from=page /page/dist ./page/\n"
        "RUN go install example.com/tool@v1\n"
    )
    listing = f"{GO}cmd/a.go 1kB\nweb/a.go 1kB\npage/a.js 1kB\n"
    found = check(tmp_path, text=text.format(first), context=listing)
    commit(tmp_path)
    for path in ("cmd", "web", "page"):
        for _ in range(4):
            commit(tmp_path, f"{path}/a.{'js' if path == 'page' else 'go'}")
    [text] = found.texts
    assert text.startswith(told)
    assert help_ in text


def test_beside_what_is_built_of_a_part_of_the_context_copies_change_at_least_as_often(
    tmp_path: Path,
) -> None:
    text = (
        "FROM node:22 AS page\nCOPY . /src\nRUN make -C /src/page\nFROM golang:1.22\n"
        "COPY web web\nCOPY --from=page /src/page/dist ./page/\n"
        "RUN go install example.com/tool@v1\n"
    )
    found = check(tmp_path, text=text, context=f"{GO}web/a.go 1kB\npage/a.js 1kB\n")
    commit(tmp_path)
    for path in ("web/a.go", "page/a.js", "go.mod"):
        for _ in range(4):
            commit(tmp_path, path)
    [told] = found.texts
    assert "; with a build cache at least 4 of the last 13 commits would do so needlessly" in told


def test_an_install_does_not_move_before_settings(tmp_path: Path) -> None:
    text = (
        "FROM node:22\nCOPY lib /lib-a\nCOPY shop.npmrc /usr/local/etc/npmrc\nCOPY src /src\n"
        "RUN npm install -g pm2@5\n"
    )
    found = check(tmp_path, text=text, context=f"{NODE}lib/a.js 1kB\nshop.npmrc\n")
    assert found.lines == [2]
    assert found.texts[0].endswith(
        "move lines 2 and 4 after the install, which needs nothing of them"
    )


def test_where_each_build_refuses_the_cache_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD node src\n"
    for flag, wanted in (("", [(3, "warning")]), (" --no-cache", [])):
        recipes_of.cache_clear()
        (tmp_path / "release.sh").write_text(f"docker buildx build{flag} --push .\n")
        assert severities(check(tmp_path, text=text, context=NODE).found) == wanted


def test_a_stage_that_nobody_builds(tmp_path: Path) -> None:
    text = "FROM node:22 AS {}\nWORKDIR /app\nCOPY . .\nRUN npm ci\nFROM node:22\n"
    assert check(tmp_path, text=text.format("dev"), context=NODE).lines == [
        3
    ]  # somebody may name it
    assert check(tmp_path, text=text.format("dev"), context=NODE, target="1").lines == []
    assert check(tmp_path, text=text.format("unit-test"), context=NODE).lines == []
    assert check(
        tmp_path, text=text.format("unit-test"), context=NODE, target="unit-test"
    ).lines == [3]


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ("docs.md", ["12 of the last 13 commits"]),
        (".git", []),
        ("src", []),
    ],
)
def test_what_a_mount_shows_reruns_the_install_in_any_order(
    tmp_path: Path, shown: str, told: list[str]
) -> None:
    mount = f"RUN --mount=type=bind,source={shown},target=/app/{shown} npm ci\n"
    text = f"FROM node:22\nWORKDIR /app\nCOPY package*.json src ./\n{mount}"
    check(tmp_path, text=text, context=NODE + "docs.md\n")
    commit(tmp_path)
    for _ in range(12):
        commit(tmp_path, "src/a.js")
    found = check(tmp_path, text=text).texts
    assert len(found) == len(told)
    assert all(
        f"with a build cache {how} would" in each for how, each in zip(told, found, strict=True)
    )


def test_history_tells_what_changes(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
    found = check(tmp_path, text=text, context=NODE + "docs.md\n")
    commit(tmp_path)
    for _ in range(12):
        commit(tmp_path, "docs.md")
    assert (
        "so a change of what is copied reruns the install; with a build cache 12 of the last 13 commits would do so needlessly"
        in (found.texts[0])
    )


def test_commits_are_told_of_the_context_where_it_is_a_folder(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
    (tmp_path / "shop").mkdir()
    check(tmp_path / "shop", text=text, context=NODE + "docs.md\n")
    (tmp_path / "other.md").write_text("")
    commit(tmp_path)
    for _ in range(12):
        commit(tmp_path, "shop/docs.md")
        commit(tmp_path, "other.md")
    [found] = checked(tmp_path / "shop", "order/copy-before-install", text).texts
    assert "; with a build cache 12 of the last 13 commits to shop/ would do so needlessly" in found


def test_an_install_whose_words_stand_twice_is_told_by_its_line(tmp_path: Path) -> None:
    text = (
        "FROM node:22\nCOPY . /app\nWORKDIR /app/tool\nRUN npm ci\nRUN sh ../prepare.sh\n"
        "WORKDIR /app\nRUN npm ci\n"
    )
    files = NODE + NODE.replace("package", "tool/package").replace("src", "tool/src")
    [found] = check(tmp_path, text=text, context=files + "prepare.sh: echo\n").found
    assert "`npm ci` of line 4" in found.message
    once = text.replace("RUN npm ci\nRUN sh", "RUN npm cit\nRUN sh")
    assert "of line" not in check(tmp_path, text=once, context=files).found[0].message


def test_history_tells_what_does_not_change(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
    found = check(tmp_path, text=text, context=NODE)
    commit(tmp_path)
    for _ in range(12):
        commit(tmp_path, "package.json", "src/index.js")
    assert found.lines == []


def test_a_list_of_an_install_above_is_no_reason_to_go_above_that(tmp_path: Path) -> None:
    text = (
        "FROM python:3.12\nWORKDIR /a\nCOPY a.txt run.py ./\nRUN pip install -r a.txt\n"
        "WORKDIR /b\nCOPY b.txt ./\nRUN python3 -m venv env && env/bin/pip install -r b.txt\n"
    )
    found = check(tmp_path, text=text, context="a.txt: a==1\nb.txt: b==1\nrun.py\n")
    commit(tmp_path)
    for path in ["a.txt", "b.txt"] * 6:
        commit(tmp_path, path)
    assert found.lines == []
    for _ in range(6):
        commit(tmp_path, "run.py")
    assert checked(tmp_path, "order/copy-before-install", text).lines == [3]


def test_two_commits_of_a_few_are_no_habit(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD node src\n"
    checks = []
    for times in (2, 3):
        folder = tmp_path / str(times)
        listing = f"package.json: {{}} changed 12\npackage-lock.json: {{}}\na.js changed {times}\n"
        listing += ".dockerignore: .git\n"
        checks.append(check(folder, text=text, context=listing).lines)
    assert checks == [[], [3]]


def test_the_fix_copies_each_folder_to_its_place(tmp_path: Path) -> None:
    context = NODE + ".npmrc\npatches/a.patch\n"
    lock = 'pnpm-lock.yaml\npnpm-workspace.yaml: packages: ["."]\n'
    head, run = "FROM node:22\nWORKDIR /app\n", "ENV A=1\nRUN pnpm install --frozen-lockfile\n"
    text = f"{head}# all of it\nCOPY --chown=1000 ./ /app\n{run}"
    found = check(tmp_path, text=text, context=context + lock)
    assert found.fixed == (
        "FROM node:22\nWORKDIR /app\n"
        "COPY --chown=1000 package.json pnpm-lock.yaml .npmrc pnpm-workspace.yaml /app/\n"
        "COPY --chown=1000 patches/a.patch /app/patches/\n"
        "ENV A=1\nRUN pnpm install --frozen-lockfile\n# all of it\nCOPY --chown=1000 ./ /app\n"
    )


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("pnpm-workspace.yaml", "# checked by `tools/lint.js`\\npackages: []", False),
        ("pnpm-workspace.yaml", "packages: []  # see tools/lint.js", False),
        (".npmrc", "; what tools/lint.js wants\\nfund=false", False),
        ("pnpm-workspace.yaml", "pnpmfile: tools/lint.js", True),
    ],
)
def test_a_comment_names_no_file(tmp_path: Path, name: str, text: str, *, wanted: bool) -> None:
    context = NODE + f"pnpm-lock.yaml\n{name}: {text}\ntools/lint.js 1kB\n"
    run = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN pnpm install --frozen-lockfile\n"
    [told] = check(tmp_path, text=run, context=context).texts
    assert ("tools/lint.js" in told) == wanted


@pytest.mark.parametrize(
    ("context", "run", "safety"),
    [
        (NODE, "RUN npm ci", "safe"),
        (NODE, "RUN npm ci && rm -rf /root/.npm", "safe"),
        (NODE, "USER node\nRUN npm ci", "unsafe"),  # whose folder it is, the COPY says
        (NODE, "RUN npm ci && node src/index.js --check", None),  # reads the source as well
        (NODE, "RUN npm ci && chmod +x src/index.js", None),
        (NODE, "RUN node src/index.js\nRUN npm ci", None),
        (NODE.replace("package-lock.json: {}\n", ""), "RUN npm install", "unsafe"),  # no lock file
        (
            NODE + "node_modules/a/index.js\n",
            "RUN npm ci",
            "unsafe",
        ),  # the order decides which of the two stays
        (
            'package.json: {"scripts": {"postinstall": "x"}}\npackage-lock.json\na.js 1kB',
            "RUN npm ci",
            None,  # what x reads nobody knows
        ),
        (
            'package.json: {"scripts": {"prepare": "node b.js"}}\npackage-lock.json\na.js 1kB\nb.js',
            "RUN npm ci",
            "safe",  # it loads nothing
        ),
        (PYTHON, "RUN pip install -r requirements.txt", "unsafe"),
        (GO, "RUN go mod download", "safe"),
        (PHP, "RUN composer install", None),  # its autoloader looks at the source
        (PHP, "RUN composer install --no-scripts --no-autoloader", "safe"),
        ("Gemfile: gem 'a'\nGemfile.lock\na.rb 1kB", "RUN bundle install --frozen", "safe"),
        ("Gemfile: gemspec\nGemfile.lock\na.rb 1kB", "RUN bundle install --frozen", "unsafe"),
        ("pyproject.toml\npoetry.lock\na.py 1kB", "RUN poetry install --only main", None),
        (
            "pyproject.toml\nuv.lock\na.py 1kB",
            "RUN uv sync --locked",
            None,
        ),  # installs the source as well
        (
            "pyproject.toml: [project]\nuv.lock\na.py 1kB",
            "RUN uv sync --locked --no-install-project",
            "safe",
        ),
    ],
)
def test_how_safe_the_fix_is(tmp_path: Path, context: str, run: str, safety: str | None) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY . .\n{run}\n"
    context += "\n.dockerignore: node_modules\\nvendor\\n.venv\\n" * ("node_modules" not in context)
    assert check(tmp_path, text=text, context=context).safeties == [safety]


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        ("COPY dist ./\nCOPY docs /docs\nRUN npm install -g serve@14\n", [3]),
        ("COPY dist ./dist\nCOPY package*.json ./\nRUN npm ci\n", [3]),
        ("COPY dist /\nRUN npm install -g serve@14\n", []),  # which may bring programs
        ("COPY dist ./\nCOPY package*.json ./\nRUN npm ci\n", []),  # or settings beside them
        ("COPY dist ./\nRUN npm install -g ./shop.tgz\n", []),
        ("COPY stock ./\nRUN npm install -g serve@14\n", []),  # git ignores it, no build makes it
        ("COPY release ./\nRUN npm install -g serve@14\n", []),  # is in git
    ],
)
def test_what_is_built_before_the_image_changes_with_the_source(
    tmp_path: Path, steps: str, wanted: list[int]
) -> None:
    (tmp_path / ".gitignore").write_text("dist/\nstock/\n")
    write_context(tmp_path, f"{NODE}docs/a.md\nrelease/a.txt\n")
    commit(tmp_path)
    for _ in range(20):
        commit(tmp_path, "src/index.js")
    built = "dist/index.js 1kB\nstock/a.js 1kB\n"
    text = f"FROM node:22\nWORKDIR /app\n{steps}"
    assert check(tmp_path, text=text, context=built).lines == wanted


def test_a_folder_that_is_yet_to_be_built_changes_with_the_source(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("dist/\n")
    write_context(tmp_path, f"{NODE}docs/a.md\n")
    commit(tmp_path)
    copies = "COPY dist ./\nCOPY docs /docs\n"
    text = f"FROM node:22\nWORKDIR /app\n{copies}RUN npm install -g serve@14\n"
    assert check(tmp_path, text=text).lines == [3]


@pytest.mark.parametrize(
    ("ignored", "copied", "safety"),
    [
        ("node_modules", ". .", "safe"),
        ("docs", ". .", "unsafe"),  # a working tree may hold what an install made there
    ],
)
def test_what_a_working_tree_may_hold_makes_the_order_matter(
    tmp_path: Path, ignored: str, copied: str, safety: str
) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY {copied}\nRUN npm ci\n"
    context = f"{NODE}.dockerignore: {ignored}\\n\n"
    assert check(tmp_path, text=text, context=context).safeties == [safety]


@pytest.mark.parametrize(
    ("steps", "has_fix"),
    [
        ("WORKDIR /app\nCOPY . /app\n", True),
        ("COPY . /app\nWORKDIR /app\n", False),  # the module is not where a download would run
        ("WORKDIR /app\nCOPY . /app\nARG GIT_SHA\nENV CGO_ENABLED=0 GOOS=linux\n", True),
        ("WORKDIR /app\nCOPY . /app\nENV GOPROXY=https://modules.example.com\n", False),
        ("WORKDIR /app\nCOPY . /app\nARG http_proxy\n", False),
        ("WORKDIR /app\nCOPY . /app\nUSER app\n", False),  # whose modules they would not be
    ],
)
def test_modules_are_downloaded_where_the_build_would(
    tmp_path: Path, steps: str, *, has_fix: bool
) -> None:
    head, build = f"FROM golang:1.22 AS build\n{steps}", "RUN go build -o /shop .\n"
    image = "FROM scratch\nCOPY --from=build /shop /shop\n"
    found = check(tmp_path, text=head + build + image, context=GO)
    assert found.safeties == ["unsafe" if has_fix else None]
    assert "download the dependencies first with go mod download" in found.texts[0]


def test_without_the_context_the_text_must_do(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
    assert check(tmp_path, text=text).lines == [3]
    text = "FROM golang:1.22\nWORKDIR /app\nCOPY . .\nRUN go build .\n"
    assert check(tmp_path, text=text).lines == []


@pytest.mark.parametrize(
    ("first", "severities"),
    [("RUN pip install --target=/deps -r /r.txt\n", []), ("", ["warning"])],
)
def test_a_list_that_an_install_before_reads(
    tmp_path: Path, first: str, severities: list[str]
) -> None:
    build = f"FROM python:3.12 AS build\nCOPY r.txt /r.txt\n{first}RUN pip install --target=/deps playwright\n"
    checks = check(
        tmp_path,
        text=f"{build}FROM python:3.12\nCOPY --from=build /deps /deps\n",
        context="r.txt: flask==3",
    )
    for _ in range(12):
        commit(tmp_path, "r.txt")
    assert [each.severity for each in checks.found] == severities


@pytest.mark.parametrize(("place", "lines"), [("/app", []), ("/other", [7])])
def test_what_another_stage_installed_in_a_folder_comes_with_it(
    tmp_path: Path, place: str, lines: list[int]
) -> None:
    build = "FROM python:3.12 AS build\nWORKDIR /app\nCOPY pyproject.toml poetry.lock ./\nRUN poetry install --no-root\n"
    run = f"FROM python:3.12\nCOPY --from=build {place} /app\nCOPY . /app\nRUN cd /app && poetry install\n"
    assert (
        check(tmp_path, text=build + run, context="pyproject.toml\npoetry.lock\na.py 1kB\n").lines
        == lines
    )


def test_a_copy_that_moves_keeps_its_distance(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\n\nCOPY . .\n\nRUN npm ci\n\nRUN npm test\n"
    manifests = "COPY package.json package-lock.json ./"
    assert check(tmp_path, text=text, context=NODE).fixed == text.replace(
        "COPY . .", manifests
    ).replace("RUN npm ci\n", "RUN npm ci\n\nCOPY . .\n")


@pytest.mark.parametrize(
    ("base", "lines"),
    [
        ("COPY requirements.txt /\nRUN pip install -r /requirements.txt", []),
        ("COPY . /app\nRUN python /app/manage.py", []),
        ("COPY requirements.txt shop/web.py /r/\nRUN true", [2]),
    ],
)
def test_a_package_of_one_stage_does_not_belong_into_that_below_it(
    tmp_path: Path, base: str, lines: list[int]
) -> None:
    text = f"FROM python:3.12 AS base\n{base}\nFROM base\nRUN pip install watchdog\n"
    assert check(tmp_path, text=text, context=PYTHON).lines == lines


def test_one_copy_of_what_a_build_is_still_to_make_casts_no_doubt(tmp_path: Path) -> None:
    made, gone = "COPY dist ./dist\n", "COPY gone ./gone\n"
    text = "FROM node:22\nWORKDIR /app\nCOPY package.json ./\n{}COPY package-lock.json ./\nCOPY src ./src\nRUN npm ci\n"
    assert check(tmp_path, text=text.format(made), context=NODE).lines == [6]
    assert check(tmp_path, text=text.format(made * 2), context=NODE).lines == [7]
    # the context is another one
    assert check(tmp_path, text=text.format(gone * 2), context=NODE).lines == []


MAKE = (
    "Makefile: PIP ?= pip\\n.PHONY: deps node all app\\nall: deps app\\ndeps:\\n\t@$(PIP) install -r"
    " requirements.txt\\nnode: package.json\\n\tnpm ci --omit=dev\\nboth: deps\\n\t$(MAKE) node\\n"
    "\ttouch .done\\napp:\\n\tnpm run build\\n\n"
)


@pytest.mark.parametrize(
    ("run", "advice"),
    [
        ("make deps", "copy requirements.txt and Makefile first"),
        ("make -C /app deps", "copy requirements.txt and Makefile first"),
        ("cd /app && make -j4 deps V=1", "copy requirements.txt and Makefile first"),
        ("make node", "copy package.json, package-lock.json and Makefile first"),
        ("make both", "copy requirements.txt, package.json, package-lock.json and Makefile first"),
        ("make", None),  # it builds, too
        ("make -C lib deps", None),
        ("make other", None),
        ("cat requirements.txt | xargs -n 1 pip install", "copy requirements.txt first"),
        ("pip install $(grep -v x requirements.txt)", "copy requirements.txt first"),
        ("for i in 1 2 3; do npm ci && break || sleep 5; done", "package-lock.json first"),
        ("mkdir b && cp -r src/* b && npm ci", "copy package.json and package-lock.json first"),
        ("cp package*.json /b/ && cd /b && npm ci", "package.json and package-lock.json first"),
        ("mkdir /b && cp -a . /b/ && cd /b && npm ci", "package-lock.json first"),
        ("node gen.js > package.json && npm ci", None),
        ("echo x >> requirements.txt && pip install -r requirements.txt", "requirements.txt first"),
    ],
)
def test_what_else_of_the_run_decides(tmp_path: Path, run: str, advice: str | None) -> None:
    text = f"FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN {run}\n"
    found = check(tmp_path, text=text, context=NODE + PYTHON + MAKE).texts
    assert len(found) == (advice is not None)
    assert all(each.endswith(advice or "") for each in found)


def test_a_manifest_that_an_earlier_step_makes(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN node gen.js > package.json\nRUN npm ci\n"
    assert not check(tmp_path, text=text, context=NODE).lines


def test_a_base_says_where_its_projects_are(tmp_path: Path) -> None:
    text = "FROM golang:1.22\nWORKDIR /go/src/x\nCOPY . $GOPATH/src/x\nRUN go mod download\n"
    assert check(tmp_path, text=text, context=GO).lines == [3]


@pytest.mark.parametrize("run", ["cp -r src/* /b && npm ci", "cp -r . /b && npm ci"])
def test_a_copy_that_the_run_reads_stays_above_it(tmp_path: Path, run: str) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY . .\nRUN {run}\n"
    assert check(tmp_path, text=text, context=NODE).safeties == [None]


@pytest.mark.parametrize(
    ("context", "run", "advice"),
    [
        (
            'Gemfile: gem "x", path: "engines/x"\nGemfile.lock\nengines/x/x.gemspec\na.rb 1kB',
            "bundle install",
            "copy Gemfile, Gemfile.lock and engines/x/x.gemspec first",
        ),
        (
            'Gemfile: eval_gemfile "gems/dev.rb"\nGemfile.lock\ngems/dev.rb\na.rb 1kB',
            "bundle install",
            "copy Gemfile, Gemfile.lock and gems/dev.rb first",
        ),
        (
            'Gemfile: path "x"\nGemfile.new: eval_gemfile "Gemfile"\nx/x.gemspec\na.rb 1kB',
            "BUNDLE_GEMFILE=Gemfile.new bundle install",
            "copy Gemfile.new, x/x.gemspec and Gemfile first",
        ),
        (
            'Gemfile: eval_gemfile "b.gemfile"\nb.gemfile: eval_gemfile "Gemfile"\na.rb 1kB',
            "bundle install",
            "copy Gemfile and b.gemfile first",
        ),
        (
            "Gemfile: gem 'x'\nGemfile.new: Dir['x'].each\nGemfile.new.lock\na.rb 1kB",
            "bundle install --gemfile=Gemfile.new",
            "copy Gemfile.new, Gemfile.new.lock and what Gemfile.new reads first",
        ),
        ("Gemfile\na.rb 1kB", "BUNDLE_GEMFILE=$(pwd)/Gemfile bundle install", None),
        (
            'Gemfile: require_relative "lib/helper"\nGemfile.lock\nlib/helper.rb\na.rb 1kB',
            "bundle install",
            "copy Gemfile, Gemfile.lock and lib/helper.rb first",
        ),
        (
            'mix.exs: version: File.read!("VERSION")\nmix.lock\nVERSION\nlib/a.ex 1kB',
            "mix deps.get",
            "copy mix.exs, mix.lock and VERSION first",
        ),
        (
            'composer.json: {"repositories": [{"type": "path", "url": "x"}]}\nx/x.php\nsrc/a.php',
            "composer install",
            "first, install with --no-scripts --no-autoloader, and install again without them",
        ),
        (GO, "go mod tidy", "copy go.mod and go.sum and download the dependencies first"),
        (RUST, "cargo build", "build the dependencies first with cargo chef"),
        (RUST, "cargo install --path .", "build the dependencies first with cargo chef"),
    ],
)
def test_what_manifests_lead_to(tmp_path: Path, context: str, run: str, advice: str | None) -> None:
    text = f"FROM debian:12\nWORKDIR /app\nCOPY . .\nRUN {run}\n"
    found = check(tmp_path, text=text, context=context).texts
    assert [advice in each for each in found if advice] == [True] * (advice is not None)


@pytest.mark.parametrize(
    ("image", "advice"),
    [
        ("rust:1.46", "keep what it downloads in a cache mount (RUN --mount=type=cache)"),
        ("rust:1.47-slim", "build the dependencies first with cargo chef"),
        ("rust:1", "build the dependencies first with cargo chef"),
    ],
)
def test_cargo_chef_needs_a_compiler_of_its_time(tmp_path: Path, image: str, advice: str) -> None:
    text = f"FROM {image}\nWORKDIR /app\nCOPY . .\nRUN cargo build --release\n"
    [found] = check(tmp_path, text=text, context=RUST).texts
    assert advice in found


@pytest.mark.parametrize(
    ("mount", "advice"),
    [
        ("", "keep what it downloads in a cache mount (RUN --mount=type=cache)"),
        ("$HOME/.m2", "move the cache mount of line 4 to where maven keeps its cache"),
        ("/root/.m2", None),
        ("$WHEREVER", None),  # the base may set it to the right place
    ],
)
def test_a_cache_mount_that_is_there(tmp_path: Path, mount: str, advice: str | None) -> None:
    given = f"--mount=type=cache,target={mount} " * bool(mount)
    text = f"FROM maven:3\nWORKDIR /app\nCOPY . .\nRUN {given}mvn package\n"
    found = check(tmp_path, text=text, context=MODULES).texts
    assert [advice in each for each in found if advice] == [True] * bool(advice)
    assert bool(found) is bool(advice)


@pytest.mark.parametrize(
    ("machine", "context", "told"),
    [
        ("ubuntu-latest", MODULES, ""),
        ("self-hosted", MODULES, "in a cache mount"),
        (
            "ubuntu-latest",
            "package.json: {}\npackage-lock.json: {}\nsrc/a.js 1kB\n",
            "copy package",
        ),
    ],
)
def test_a_mount_is_empty_on_a_new_machine(
    tmp_path: Path, machine: str, context: str, told: str
) -> None:
    workflow = (
        f"on: push\\njobs:\\n  a:\\n    runs-on: {machine}\\n    steps:\\n"
        "    - uses: docker/build-push-action@v6\\n      with:\\n        push: true\\n"
        "        tags: acme/a:1\\n"
    )
    install = "mvn package" if context == MODULES else "npm ci"
    text = f"FROM maven:3\nWORKDIR /app\nCOPY . .\nRUN {install}\n"
    found = check(
        tmp_path,
        text=text,
        context=f"{context}.git/HEAD: ref\n.github/workflows/a.yml: {workflow}\n",
    )
    assert [told in each for each in found.texts] == [True] * bool(told)


@pytest.mark.parametrize(
    ("above", "more"),
    [
        (
            "mvn install -f /libs/pom.xml",
            ", and repeat mvn install -f /libs/pom.xml of line 3 in that RUN: the mount hides",
        ),
        (
            "mvn install:install-file -Dfile=/libs/a.jar",
            ", and repeat mvn install:install-file -Dfile=/libs/a.jar of line 3 in that RUN: the",
        ),
        ("mvn install -Dmaven.repo.local=/m2 -f /libs/pom.xml", ""),
        ("mvn package -f /libs/pom.xml", ""),
        ("--mount=type=cache,target=/root/.m2 mvn install -f /libs/pom.xml", ""),
        ("npm install -g typescript@5.0.0", ""),
    ],
)
def test_a_mount_that_would_hide_what_is_there(tmp_path: Path, above: str, more: str) -> None:
    text = f"FROM maven:3\nWORKDIR /app\nRUN {above}\nCOPY . .\nRUN mvn package\n"
    [found] = check(tmp_path, text=text, context=MODULES).texts
    told = f"keep what it downloads in a cache mount (RUN --mount=type=cache){more}"
    assert told in found
    assert found.endswith(told) or more


HIDDEN = (
    "keep what lines 5 and 8 download in a cache mount (RUN --mount=type=cache), and repeat"
    " mvn install:install-file -Dfile=target/a.jar of line 6 in line 8: the mount hides"
)
PROJECTS = "".join(f"{each}/pom.xml: <project/>\n{each}/src/A.java 1kB\n" for each in "ab")
FETCH_BOTH = (
    "copy a/pom.xml and b/pom.xml and download the dependencies of each project first with "
)


@pytest.mark.parametrize(
    ("between", "second", "advice"),
    [
        ("", "mvn verify", f"{FETCH_BOTH}mvn dependency:go-offline"),
        (
            "",
            "mvn verify -Px",
            f"{FETCH_BOTH}mvn dependency:go-offline and mvn dependency:go-offline -Px",
        ),
        (  # the same project once more
            "",
            "cd ../a && mvn verify",
            "copy a/pom.xml and download the dependencies first with mvn dependency:go-offline",
        ),
        (  # which the second may need
            "RUN mvn install:install-file -Dfile=target/a.jar\n",
            "mvn verify",
            HIDDEN,
        ),
    ],
)
def test_builds_of_several_projects(tmp_path: Path, between: str, second: str, advice: str) -> None:
    text = (
        "FROM maven:3\nCOPY a /src/a\nCOPY b /src/b\nWORKDIR /src/a\nRUN mvn package\n"
        f"{between}WORKDIR /src/b\nRUN {second}\n"
    )
    [found] = check(tmp_path, text=text, context=PROJECTS).texts
    assert advice in found
    assert (" and 1 more install, so" in found) == ("../a" not in second)


def test_what_installs_one_file_reads_no_project(tmp_path: Path) -> None:
    text = "FROM maven:3\nWORKDIR /app\nCOPY . .\nRUN mvn install:install-file -Dfile=a.jar\n"
    assert check(tmp_path, text=text, context=f"{MODULES}a.jar 1kB\n").found == []


def test_modules_of_several_builds(tmp_path: Path) -> None:
    text = (
        "FROM golang:1.24\nCOPY . /src\nWORKDIR /src/a\nRUN go build\nWORKDIR /src/b\n"
        "RUN go build\n"
    )
    context = "".join(f"{each}/{line}" for each in "ab" for line in GO.splitlines(keepends=True))
    [found] = check(tmp_path, text=text, context=context).found
    assert found.help == (
        "copy `a/go.mod`, `a/go.sum`, `b/go.mod` and `b/go.sum` and download the dependencies of"
        " each project first with `go mod download`"
    )


VENDORED = (
    "go.mod: module example.com/shop\\nrequire tools.example/t v1.0.0\ngo.sum\nmain.go 1kB\n"
    "vendor/modules.txt\nvendor/tools.example/t/a.go\nvendor/tools.example/t/b.go\n"
    "vendor/tools.example/t/c.go\n"
)


@pytest.mark.parametrize(
    ("context", "package", "advice"),
    [
        (VENDORED, "tools.example/t", "copy go.mod, go.sum and vendor/ first"),
        (VENDORED, "tools.example/t@v1.0.0", "move it after the install"),
        (VENDORED, "example.com/shop", None),  # its own source
        (GO, "x/cmd/shop", None),
        (  # perhaps of the folder beside
            "go.mod: module x\\nreplace y => ./y\ngo.sum\ny/go.mod: module y\ny/y.go",
            "y/cmd/shop",
            None,
        ),
    ],
)
def test_go_installs_what_has_no_version_as_the_module_says(
    tmp_path: Path, context: str, package: str, advice: str | None
) -> None:
    text = f"FROM golang:1.24\nWORKDIR /src\nCOPY . .\nRUN go install {package}\n"
    found = check(tmp_path, text=text, context=context).texts
    assert [each.rpartition("help: ")[2][: len(advice or "")] for each in found] == (
        [advice] if advice else []
    )


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (
            "sed -i s/1/2/ package.json",
            "; keep what edits these files, in line 4, before the install",
        ),
        (
            "rm -rf node_modules || true",
            "; keep what deletes installed packages, in line 4, before the install",
        ),
        ("rm -rf node_modules/.cache dist", ""),
        ("sed -i s/1/2/ src/index.js", ""),
        ("chmod 600 package.json", ""),
    ],
)
def test_what_edits_a_manifest_or_deletes_packages_stays_before_the_install(
    tmp_path: Path, step: str, told: str
) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY . .\nRUN {step}\nRUN npm ci\n"
    [found] = check(tmp_path, text=text, context=NODE).texts
    assert found.endswith(f"copy package.json and package-lock.json first{told}")


@pytest.mark.parametrize(
    ("copies", "advice"),
    [
        (
            "COPY pom.xml mvnw ./\nCOPY src src\nCOPY .mvn/ .mvn",
            "move line 5 before it and download the dependencies first",
        ),
        (
            "COPY pom.xml mvnw ./\nCOPY .mvn/ .mvn\nCOPY src src",
            "help: download the dependencies first",
        ),
    ],
)
def test_what_the_wrapper_reads_is_copied_before_it_downloads(
    tmp_path: Path, copies: str, advice: str
) -> None:
    text = f"FROM eclipse-temurin:21\nWORKDIR /app\n{copies}\nRUN ./mvnw package\n"
    context = JAVA + "mvnw\n.mvn/wrapper/maven-wrapper.properties\n"
    [found] = check(tmp_path, text=text, context=context).texts
    assert f"{advice} with ./mvnw dependency:go-offline" in found


@pytest.mark.parametrize(
    ("copies", "wanted"),
    [
        ("COPY lib /src/lib\nCOPY app /src/app\n", []),
        ("COPY app/Cargo.toml app/Cargo.lock /src/app/\nCOPY lib /src/lib\n", []),
        ("COPY docs /src/docs\nCOPY app /src/app\n", [4]),
        ("COPY . /src\n", [3]),  # all in one, of which a workspace may be made
    ],
)
def test_a_crate_beside_the_one_that_is_built(
    tmp_path: Path, copies: str, wanted: list[int]
) -> None:
    text = f"FROM rust:1.88\nWORKDIR /src/app\n{copies}RUN cargo build --release\n"
    depends = "" if "docs" in copies else '[dependencies]\\nlib = { path = "../lib" }\\n'
    context = (
        f'app/Cargo.toml: [package]\\nname = "app"\\n{depends}\napp/Cargo.lock\napp/src/main.rs 9kB\n'
        'lib/Cargo.toml: [package]\\nname = "lib"\\n\nlib/src/lib.rs 9kB\ndocs/a.rs 9kB\n'
    )
    assert check(tmp_path, text=text, context=context).lines == wanted


def test_a_linked_package_that_an_earlier_step_makes(tmp_path: Path) -> None:
    text = (
        "FROM elixir:1.17\nWORKDIR /app\nCOPY mix.exs ./\nRUN mix deps.get\n"
        "COPY lib ./lib\nRUN mix compile\n"
        "COPY assets/package.json ./assets/\nRUN npm ci --prefix ./assets\n"
    )
    context = (
        'assets/package.json: {"dependencies": {"phoenix": "file:../deps/phoenix"}}\n'
        "mix.exs\nlib/a.ex 1kB\n"
    )
    assert not check(tmp_path, text=text, context=context).lines


@pytest.mark.parametrize(
    ("linked", "wanted"),
    [
        ("file:vendor/acme/ui/assets", [5]),  # whole by the install in line 4
        ("file:made/ui", []),
        ("file:shop/ui", []),
    ],
)
def test_a_linked_package_of_a_folder_that_an_install_fills(
    tmp_path: Path, linked: str, wanted: list[int]
) -> None:
    text = (
        "FROM acme/php-node:8\nWORKDIR /app\nCOPY composer.json ./\nRUN composer install\n"
        "COPY shop ./shop\nRUN composer dump-autoload\nCOPY package.json ./\nRUN npm install\n"
    )
    context = (
        f'package.json: {{"dependencies": {{"ui": "{linked}"}}}}\ncomposer.json: {{}}\n'
        "shop/a.php 1kB\n"
    )
    found = check(tmp_path, text=text, context=context)
    assert found.lines == wanted
    assert all("before it, copy what the install reads of line 7" in each for each in found.texts)


def test_an_install_below_the_first_is_told_with_it(tmp_path: Path) -> None:
    text = (
        "FROM node:22\nCOPY api /app/api\nWORKDIR /app/api\nRUN npm ci\n"
        "COPY web /app/web\nWORKDIR /app/web\nRUN npm ci\n"
    )
    lists = ('package.json: {"dependencies": {"a": "1"}}', "package-lock.json: {}")
    context = "".join(f"{each}/{line}\n" for each in ("api", "web") for line in lists)
    files = "api/a.js 9kB\napi/b.js 9kB\nweb/a.js 1kB\n"
    [found] = check(tmp_path, text=text, context=context + files).found
    assert found.place.start.line == 2
    assert found.help == (
        "copy `api/package.json`, `api/package-lock.json`, `web/package.json` and"
        " `web/package-lock.json` first"
    )
    assert [each.place.start.line for each in found.notes][:2] == [4, 7]


@pytest.mark.parametrize(
    ("others", "more", "names"),
    [
        ("RUN pip install -r b.txt\nRUN npm ci\n", 2, ["b.txt", "package.json"]),
        ("RUN pip install -r b.txt\nRUN pip install flask\n", 1, ["b.txt"]),  # reads nothing
        ("RUN poetry install\n", 0, []),  # needs a flag
        ("RUN go build\n", 0, []),  # is a download
        ("RUN npm ci && npm run build\n", 0, []),  # needs a RUN of its own
    ],
)
def test_installs_that_move_alike_are_counted(
    tmp_path: Path, others: str, more: int, names: list[str]
) -> None:
    text = f"FROM x\nWORKDIR /app\nCOPY . .\nRUN pip install -r a.txt\n{others}"
    context = f"a.txt: flask==3\nb.txt: attrs==25\npyproject.toml\npoetry.lock\n{NODE}{GO}"
    [found] = check(tmp_path, text=text, context=context).found
    counted = (
        f" and {more} more install{'s' * (more > 1)}, so every source change reruns the installs"
    )
    assert (counted in found.message) == bool(more)
    assert "`a.txt`" in found.help
    assert [name for name in ("b.txt", "package.json", "go.mod") if name in found.help] == names


@pytest.mark.parametrize(
    ("run", "names"),
    [
        ("gem update && bundle install && yarn", ["Gemfile.lock", "package.json"]),
        ("bundle install && yarn", ["Gemfile.lock"]),  # each in a RUN of its own
        ("gem update && bundle install && go build", ["Gemfile.lock"]),  # which needs the source
    ],
)
def test_installs_that_stay_in_one_run(tmp_path: Path, run: str, names: list[str]) -> None:
    text = f"FROM x\nWORKDIR /app\nCOPY . .\nRUN {run}\n"
    context = f"{RUBY}package.json: {{}}\nyarn.lock\n{GO}"
    [found] = check(tmp_path, text=text, context=context).texts
    assert [each for each in ("Gemfile.lock", "package.json", "go.mod") if each in found] == names


def test_what_an_install_that_moves_alike_reads_is_needed(tmp_path: Path) -> None:
    text = "FROM x\nWORKDIR /app\nCOPY . .\nRUN pip install -r a.txt\nRUN pip install -r b.txt\n"
    context = "a.txt: flask==3\nb.txt: attrs==25\nb.txt changed 9\nshop/web.py 1kB changed 3\n"
    [found] = check(tmp_path, text=text, context=context).found
    assert "3 of the last 12 commits" in found.message


def test_an_install_below_one_that_just_moves_is_told_with_it(tmp_path: Path) -> None:
    text = (
        "FROM ruby:3.3\nWORKDIR /app\nCOPY . .\nCOPY package*.json ./\nRUN npm ci\n"
        "COPY Gemfile* ./\nRUN bundle install\n"
    )
    [found] = check(tmp_path, text=text, context=f"{NODE}{RUBY}").found
    assert found.place.start.line == 3
    assert found.help == "move it after the install, and after all else that needs nothing of it"


def test_a_tool_beside_the_install_of_the_project(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm install -g pnpm{}pnpm install\n"
    context = 'package.json: {"dependencies": {"a": "1"}}\nsrc/a.js 1kB\n'
    [found] = check(tmp_path, text=text.format(" && "), context=context).messages
    assert "pnpm install" in found


@pytest.mark.parametrize(
    ("context", "changed", "text", "lines"),
    [
        (
            PYTHON + "more.txt: httpx==1\n",
            "more.txt",
            """COPY requirements.txt more.txt ./
            RUN pip install -r requirements.txt && pip install -r more.txt
            """,
            [],
        ),
        (
            PYTHON + "dev.txt: pytest==8\n",
            "requirements.txt",
            """COPY requirements.txt ./
            RUN pip install -r requirements.txt
            COPY dev.txt ./
            RUN pip install -r dev.txt
            """,
            [],
        ),
        (
            NODE + "migrate/package.json: {}\npublic/a.js 1kB\n",
            "public/a.js",
            """COPY public ./public
            COPY migrate ./migrate
            RUN mv node_modules _node_modules
            RUN cp migrate/package.json package.json
            RUN yarn
            """,
            [],
        ),
        (
            "go.mod: module x\nmain.go 1kB\n",
            "main.go",
            "COPY . .\nRUN go build -o x .\n",
            [],
        ),
        (GO, "main.go", "COPY . .\nRUN go build -o x .\n", [3]),
        (
            "pyproject.toml\nshop/web.py 1kB\n",
            "shop/web.py",
            "COPY . .\nRUN uv build --sdist\n",
            [],
        ),
    ],
)
def test_what_the_install_cannot_do_without(
    tmp_path: Path, context: str, changed: str, text: str, lines: list[int]
) -> None:
    text = f"FROM registry.example.com/base:1 AS base\nWORKDIR /app\n{text}"
    found = check(tmp_path, text=text, context=context)
    commit(tmp_path)
    for _ in range(12):
        commit(tmp_path, changed)
    assert found.lines == lines


@pytest.mark.parametrize(
    ("manifest", "settings", "reads"),
    [
        ('"prepublish": "sh build.sh"', ".yarnrc.yml\n", False),
        ('"prepare": "sh build.sh"', ".yarnrc.yml\n", False),
        ('"postinstall": "sh build.sh"', ".yarnrc.yml\n", True),
        ('"prepublish": "sh build.sh"', "", True),  # Yarn 1
    ],
)
def test_yarn_2_runs_few_scripts(
    tmp_path: Path,
    manifest: str,
    settings: str,
    reads: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    member = f'libs/a/package.json: {{"scripts": {{{manifest}}}}}\nlibs/a/build.sh: tsc\n'
    context = f"{WORKSPACES}yarn.lock\n{settings}{member}".replace("package-lock.json\n", "")
    context = context.replace("libs/a/package.json\n", "", 1)
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN yarn install\n"
    [advice] = check(tmp_path, text=text, context=context).texts
    assert ("build.sh" in advice) is reads


@pytest.mark.parametrize(
    ("version", "lock", "reads"),
    [
        ("4.5.0", "", False),
        ("1.22.22", "__metadata:", False),
        ("1.22.22", "# yarn lockfile v1", True),
    ],
)
def test_yarn_2_is_known_by_its_lock_file_and_by_what_corepack_is_told(
    tmp_path: Path,
    version: str,
    lock: str,
    reads: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    told = f'"packageManager": "yarn@{version}", "scripts": {{"prepare": "sh build.sh"}}'
    files = f"yarn.lock: {lock}\nbuild.sh: tsc\nsrc/index.js 1kB\n"
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN corepack enable && yarn install\n"
    context = f"package.json: {{{told}}}\n{files}"
    [advice] = check(tmp_path, text=text, context=context).texts
    assert ("build.sh" in advice) is reads


def test_a_pattern_over_folders_loses_them(tmp_path: Path) -> None:
    members = "".join(f"{each}/package.json: {{}}\n{each}/a.js 1kB\n" for each in "abcdefghijkl")
    context = f'package.json: {{"workspaces": ["*"]}}\npackage-lock.json\n{members}'
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
    [advice] = check(tmp_path, text=text, context=context).texts
    assert advice.endswith(
        "*/package.json first (COPY --parents keeps their folders, which needs # syntax=docker/dockerfile:1 as the first line)"
    )


def test_folders_that_are_read_whole_are_named_as_such(tmp_path: Path) -> None:
    cache = "".join(f".yarn/cache/{name}.zip 1kB\n" for name in "abcde")
    context = f"{NODE}yarn.lock\n.yarnrc.yml\n{cache}".replace("package-lock.json: {}\n", "")
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN yarn install --immutable\n"
    found = check(tmp_path, text=text, context=context)
    assert found.texts[0].endswith("copy package.json, yarn.lock, .yarnrc.yml and .yarn/ first")


@pytest.mark.parametrize(
    ("project", "severity"),
    [
        ("pip install .", "info"),
        ("python -m build && pip install dist/shop-*.whl", "info"),
        ("pip install -e .", "warning"),  # which only points to the source
        ("pip install /opt/shop.whl", "warning"),
        ("python -m compileall .", "warning"),
    ],
)
def test_a_project_in_the_folder_of_its_dependencies_is_new_with_the_source(
    tmp_path: Path, project: str, severity: str
) -> None:
    text = (
        "FROM python:3.12 AS build\nWORKDIR /srv\nRUN python -m venv /env\n"
        "ENV PATH=/env/bin:$PATH VIRTUAL_ENV=/env\nCOPY . .\nRUN pip install -r requirements.txt\n"
        f"RUN {project}\nFROM python:3.12\nCOPY --from=build /env /env\n"
    )
    found = check(tmp_path, text=text, context=PYTHON).found
    assert severities(found) == [(5, severity)]


@pytest.mark.parametrize(("target", "wanted"), [("/go/pkg", []), ("/root/.cache/go-build", [3])])
def test_a_mount_keeps_what_make_downloads(tmp_path: Path, target: str, wanted: list[int]) -> None:
    text = (
        "FROM golang:1.22\nWORKDIR /src\nCOPY . .\n"
        f"RUN --mount=type=cache,target={target} make build\n"
    )
    context = GO + "Makefile: build: ; go build ./...\n"
    assert check(tmp_path, text=text, context=context).lines == wanted


@pytest.mark.parametrize(
    ("recipe", "target", "wanted"),
    [
        ("cd api && go build ./...", "build", [3]),
        ("cd ./api/; env GOOS=$(os) go build -o ../bin/api .", "build os=linux", [3]),
        ("cd api && ls", "build", []),
        ("cd web && go build ./...", "build", []),  # which has no modules
        ("cd api && go build . ; cd tool", "lint", []),
        ("cd api && go build .\\n\tcd web && go build .", "build", []),
    ],
)
def test_make_may_build_in_a_folder_of_its_own(
    tmp_path: Path, recipe: str, target: str, wanted: list[int]
) -> None:
    text = f"FROM golang:1.22\nWORKDIR /src\nCOPY . .\nRUN make {target}\n"
    rules = f"Makefile: build:\\n\t{recipe}\\nlint: ; golangci-lint run\\nall: ; go mod tidy\n"
    context = f"api/go.mod: module x\napi/go.sum\napi/main.go 1kB\nweb/a.js\n{rules}"
    found = check(tmp_path, text=text, context=context)
    assert found.lines == wanted
    assert all("api/go.mod and api/go.sum" in each for each in found.texts)


def test_what_a_doubtful_context_does_not_tell(tmp_path: Path) -> None:
    text = (
        "FROM node:22 AS build\nWORKDIR /app\nCOPY . .\nRUN yarn\n"
        "FROM nginx:1.27\nCOPY --from=build /app/public /\nCOPY gone.conf /\n"
    )
    found = check(tmp_path, text=text, context=NODE)
    assert found.texts[0].endswith("copy package.json and what else it reads first")


def test_an_image_that_nobody_pushes_is_an_info(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
    folders = ("web", "e2e")
    for name in folders:
        (tmp_path / name).mkdir()
    found = {name: check(tmp_path / name, text=text, context=NODE).found for name in folders}
    assert found["web"][0].severity is Severity.WARNING
    assert found["e2e"][0].severity is Severity.INFO
    assert "push" not in found["e2e"][0].message


def test_an_example_beside_a_product_is_an_info(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "examples" / "web").mkdir(parents=True)
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"

    def severity() -> str:
        recipes_of.cache_clear()
        [found] = check(tmp_path / "examples" / "web", text=text, context=NODE).found
        return found.severity.value

    assert severity() == "warning"
    for name in ("Dockerfile", "go.mod"):
        (tmp_path / name).write_text("FROM debian:12\nRUN true\n")
        assert severity() == "info"
        (tmp_path / name).unlink()


def test_manifests_alone_are_as_narrow_as_a_copy_can_be(tmp_path: Path) -> None:
    wheel = "RUN pip wheel --wheel-dir=/w -r a.txt\nRUN pip wheel --wheel-dir=/w -r b.txt\n"
    context = "a.txt: flask==3\nb.txt: pytest==8\nc.py 1kB\n"
    text = f"FROM python:3.12\nWORKDIR /app\nCOPY {{}} ./\n{wheel}"
    assert check(tmp_path, text=text.format("a.txt b.txt"), context=context).lines == []
    assert check(tmp_path, text=text.format("a.txt b.txt c.py"), context=context).lines == [3]
    text = "FROM python:3.12\nWORKDIR /app\nCOPY {} ./\nRUN npm install -g pm2\n"
    for name, lines in (("Gemfile.lock", []), ("tool.py", [3])):
        assert check(tmp_path, text=text.format(name), context=f"{name}\n").lines == lines


@pytest.mark.parametrize(
    ("target", "wanted"), [("", [4]), ("target: release\n", []), ("target: other\n", [4])]
)
def test_nothing_is_installed_above_the_end_of_another_image(
    tmp_path: Path, target: str, wanted: list[int]
) -> None:
    (tmp_path / ".git").mkdir()
    if target:
        compose = f"services:\n  a:\n    build:\n      context: .\n      {target}"
        (tmp_path / "compose.yaml").write_text(compose)
    text = (
        "FROM python:3.12 AS release\nWORKDIR /app\nCOPY r.txt ./\nCOPY shop ./shop\n"
        "RUN pip install -r r.txt\nFROM release AS more\nRUN pip install flask\n"
    ).replace("RUN pip install -r r.txt\n", "")
    found = check(tmp_path, text=text, context="r.txt: a==1\nshop/a.py 1kB\n")
    assert found.lines == wanted


def test_of_several_installs_below_one_copy_the_projects_own_is_told(tmp_path: Path) -> None:
    text = "FROM node:22\nCOPY . /app\nWORKDIR /app\nRUN npm install -g pnpm@9\nRUN pnpm install\n"
    context = 'package.json: {"dependencies": {"a": "1"}}\npnpm-lock.yaml\nsrc/a.js 1kB\n'
    found = check(tmp_path, text=text, context=context)
    assert "comes before pnpm install" in found.texts[0]
    assert found.texts[0].endswith("copy package.json and pnpm-lock.yaml first")


@pytest.mark.parametrize(("name", "lines"), [("bundler -v 2.6.5", []), ("rails -v 8.0.1", [3])])
def test_bundler_alone_is_there_in_a_second(tmp_path: Path, name: str, lines: list[int]) -> None:
    text = f"FROM ruby:3.4\nWORKDIR /app\nCOPY app app\nRUN gem install {name}\n"
    assert check(tmp_path, text=text, context=RUBY).lines == lines


@pytest.mark.parametrize(("more", "is_told"), [(" && chown -R node .", False), ("", True)])
def test_what_the_rest_of_its_run_stores_is_not_spared(
    tmp_path: Path, more: str, *, is_told: bool
) -> None:
    context = NODE.replace("src/index.js 1kB", "src/index.js 900kB")
    lock = '{"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0"}}}'
    context = context.replace("package-lock.json: {}", f"package-lock.json: {lock}")
    text = f"FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci --ignore-scripts{more}\n"
    [found] = check(tmp_path, text=text, context=context).found
    told = (found.cost and found.cost.push_bytes) or 0
    assert told < 100_000, is_told


def test_what_a_group_of_pip_reads(tmp_path: Path) -> None:
    context = "pyproject.toml: [dependency-groups]\\nmain = ['flask']\\n\na.py 1kB\n"
    text = "FROM python:3.12\nCOPY . .\nRUN pip install 'pip>=25' && pip install --group main\n"
    assert (
        check(tmp_path, text=text, context=context).texts[0].endswith("copy pyproject.toml first")
    )


@pytest.mark.parametrize(
    ("run", "advice"),
    [
        ("pip install flask==3", "move it after the install, which needs nothing of it"),
        (
            "pip install flask==3 && python setup.py sdist",
            "install in a RUN of its own before it: the install needs nothing of it",
        ),
    ],
)
def test_what_else_the_run_does(tmp_path: Path, run: str, advice: str) -> None:
    text = f"FROM python:3.12\nCOPY shop ./\nRUN {run}\n"
    assert check(tmp_path, text=text, context="shop/a.py 1kB\n").texts[0].endswith(advice)


def test_a_manifest_that_a_build_generates_ties_the_install_to_it(tmp_path: Path) -> None:
    text = (
        "FROM node:22\nWORKDIR /app\nCOPY src ./src\nRUN ./build.sh\nWORKDIR /app/dist\n"
        "COPY {} ./\nRUN npm install\n"
    )
    assert check(tmp_path, text=text.format("package-lock.json"), context=NODE).lines == []
    assert check(tmp_path, text=text.format("package*.json"), context=NODE).lines == [3]


def test_what_stands_in_a_run_of_its_own_needs_no_other(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY npm npm\nRUN npm install -g pg\n"
    found = check(tmp_path, text=text, context="npm/a.js 1kB\n")
    assert found.texts[0].endswith("move it after the install, which needs nothing of it")


def test_a_manifest_that_is_copied_by_another_name(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nCOPY server.json package.json\nRUN npm install\n"
    found = check(tmp_path, text=text, context="src/a.js 1kB\n")
    assert found.texts[0].endswith("copy server.json and what else it reads first")


@pytest.mark.parametrize(
    ("condition", "passed", "wanted"),
    [
        ('[ "$CI" != "true" ]', "CI=true", []),
        ("[ -z $CI ]", "CI=true", []),
        ('[ "$CI" != "true" ]', "CI=false", [4]),
        ('[ "$CI" = "true" ]', "CI=true", [4]),
        ('[ "$CI" = "true" ]; then true; else if x', "CI=true", []),
        ('[ "$CI" != "true" ]; then true; fi; if x', "CI=true", [4]),
        ('[ "$CI" != "true" ]', "OTHER=true", [4]),
        ('[ "$CI" != "true" ]', "CI=${{ inputs.ci }}", [4]),
        ('[ "$CI" = "true" ]', "OTHER=true", []),
        ('[ "$TARGETARCH" = "arm64" ]', "OTHER=true", [4]),
    ],
)
def test_what_an_argument_of_the_recipes_turns_off(
    tmp_path: Path, condition: str, passed: str, wanted: list[int]
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "build.sh").write_text(f"docker build --build-arg {passed} .\n")
    fi = "fi" if "else if" not in condition else "fi; fi"
    text = f"FROM node:22\nARG CI TARGETARCH\nWORKDIR /app\nCOPY . .\nRUN if {condition}; then npm ci; {fi}\n"
    assert check(tmp_path, text=text, context=NODE).lines == wanted


@pytest.mark.parametrize(("more", "is_named"), [("", False), ("go.work\n", True)])
def test_modules_of_go_below_the_own_one(tmp_path: Path, more: str, *, is_named: bool) -> None:
    text = "FROM golang:1.22\nWORKDIR /app\nCOPY . .\nRUN go build .\n"
    [advice] = check(tmp_path, text=text, context=f"{GO}tool/go.mod\n{more}").texts
    assert ("tool/go.mod" in advice) is is_named


BEFORE_THE_REST = "first, and install before the rest is copied"


@pytest.mark.parametrize(
    ("run", "how"),
    [
        ("npm ci && npm run build", "first, and install in a RUN of its own"),
        ("npm ci && npm cache clean --force", "first"),
        ("corepack enable && npm ci", "first"),
        ("npm ci && chmod +x src/index.js", "first, and install in a RUN of its own"),
        ("chmod +x src/index.js && npm ci", BEFORE_THE_REST),
        ("npm ci && chown -R node .", BEFORE_THE_REST),
        ("apt-get install -y g++ && npm ci && npm run build", BEFORE_THE_REST),
        ("sh src/setup.sh && npm ci", BEFORE_THE_REST),
        ("npm ci && npm uninstall --no-save express", "first"),  # all of it comes first
        ("chown -R node /app\nRUN npm ci", BEFORE_THE_REST),
        ("chown -R node /app/src\nRUN npm ci", "first"),
        ("npm config set fund false && npm ci && npm run build", BEFORE_THE_REST),
        ("cd /app && npm ci && rm -rf /tmp/*", "first"),
        ("npm ci && rm package-lock.json", "first"),
    ],
)
def test_a_run_that_needs_more_beside_its_install_is_to_be_parted(
    tmp_path: Path, run: str, how: str
) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY . .\nRUN {run}\n"
    context = f"{NODE}src/setup.sh: npm config set fund false\n"
    assert check(tmp_path, text=text, context=context).texts[0].endswith(f"package-lock.json {how}")


def test_a_project_that_is_installed_without_its_lock_file_is_not_told_to_copy_it(
    tmp_path: Path,
) -> None:
    context = "pyproject.toml\nuv.lock\nshop/web.py 1kB"
    text = "FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN uv pip install -e '.[web]'\n"
    assert not check(tmp_path, text=text, context=context).texts


BUILT = """\
FROM golang:1.22 AS build
WORKDIR /src
COPY main.go .
RUN make
FROM node:22-slim
WORKDIR /app
{}
{}
RUN {}
"""
MANIFESTS = "COPY package.json package-lock.json requirements.txt ./"
BUILT_CONTEXT = NODE + "requirements.txt: flask==3\nmain.go 1kB\n"


@pytest.mark.parametrize(
    ("copy", "run", "lines"),
    [
        ("/src/dist ./dist", "npm ci", [7]),
        ("/src/dist /usr/src/app/dist", "npm ci", [7]),
        ("/src/tool /usr/local/bin/tool", "pip install -r requirements.txt", [7]),
        ("/src/dist ./dist", "npm install -g pm2", [7]),
        ("/src/dist ./dist", "pip install gunicorn", [7]),
        ("/src/dist ./dist", "npm ci && node dist/seed.js", []),  # what goes on in it reads that
        ("/src/dist ./", "npm ci", []),  # which may bring an .npmrc
        ("/src/app.js ./", "npm ci", [7]),
        ("/src/dist /", "npm ci", []),
        ("/src/dist /usr/local", "npm ci", []),
        ("/src/bin/tool /usr/local/bin/", "pip install gunicorn && chown 1 /opt/tool", [7]),
        ("/src/bin/tool /usr/local/bin/", "tool --seed && pip install gunicorn", []),
        ("/src/bin/tool /usr/local/bin/", "cd /usr/local/bin && pip install gunicorn", []),
        ("/src/bin/pip /usr/local/bin/", "pip install gunicorn", []),
        ("/src/tools /usr/local/bin/", "pip install gunicorn", []),  # may be a folder
        ("/src/node /usr/local/bin/node", "npm ci", []),
        ("/src/wheels ./wheels", "pip install --find-links wheels -r requirements.txt", []),
        ("/src/pip.sh /opt/pip.sh", "/opt/pip.sh && npm ci", []),
        ("/src/dist ./dist", "make", []),
        ("/src/dist ./dist", "pip install .", []),
        ("--link /src/dist ./dist", "npm ci", []),
    ],
)
def test_what_another_stage_built(tmp_path: Path, copy: str, run: str, lines: list[int]) -> None:
    for stage in ("build", "0"):
        text = BUILT.format(f"COPY --from={stage} {copy}", MANIFESTS, run)
        assert check(tmp_path, text=text, context=BUILT_CONTEXT).lines == lines


@pytest.mark.parametrize(
    ("copy", "bound"),
    [("/src/dist ./dist", "at least "), ("/src/out ./", ""), ("--link /src/dist ./", "")],
)
def test_what_is_built_reruns_an_install_in_more_commits(
    tmp_path: Path, copy: str, bound: str
) -> None:
    more = "COPY package.json package-lock.json index.js ./"
    text = BUILT.format(f"COPY --from=build {copy}", more, "npm ci")
    found = check(tmp_path, text=text, context=f"{NODE}main.go 1kB\nindex.js 1kB\n")
    commit(tmp_path)
    for number in range(12):
        commit(tmp_path, "index.js" if number % 2 else "main.go")
    [told] = found.texts
    assert f"; with a build cache {bound}6 of the last 13 commits would do so needlessly" in told


def test_what_is_built_of_a_part_of_the_context_is_not_counted(tmp_path: Path) -> None:
    text = BUILT.replace("COPY main.go .", "COPY . .").format(
        "COPY --from=build /src/dist ./dist", "{}", "npm ci"
    )
    found = check(tmp_path, text=text.format(MANIFESTS), context=BUILT_CONTEXT)
    commit(tmp_path)
    for _ in range(12):
        commit(tmp_path, "main.go")
    assert "so a change of what is copied reruns the install — help" in found.texts[0]


def test_what_another_stage_built_goes_behind_the_install(tmp_path: Path) -> None:
    copy, between = "COPY --from=build /src/dist ./dist", "RUN ls dist"
    text = BUILT.format(copy, MANIFESTS, "npm ci")
    text = text.replace(
        "COPY main.go", "COPY package.json package-lock.json requirements.txt main.go"
    )
    found = check(tmp_path, text=text, context=BUILT_CONTEXT)
    assert found.texts[0].endswith("move it after the install, which needs nothing of it")
    assert found.safeties == ["unsafe"]
    assert found.fixed == text.replace(f"{copy}\n", "") + f"{copy}\n"
    text = BUILT.format(f"{copy}\n{between}", MANIFESTS, "npm ci")
    assert check(tmp_path, text=text, context=BUILT_CONTEXT).lines == []
    text = BUILT.format(f"{copy}\nRUN chmod +x dist/run", MANIFESTS, "npm ci")
    assert check(tmp_path, text=text, context=BUILT_CONTEXT).lines == [7]
    text = BUILT.format(f"{copy}\nRUN chmod +x dist/run && dist/run", MANIFESTS, "npm ci")
    assert check(tmp_path, text=text, context=BUILT_CONTEXT).lines == []


@pytest.mark.parametrize(
    ("between", "safeties"),
    [
        ("COPY package.json /srv/package.json", ["unsafe"]),
        ("COPY package.json dist/package.json", [None]),  # the stage may have such a file as well
        ("COPY --from=build /src/tool dist/tool", [None]),
        ("ENV A=1", ["unsafe"]),
    ],
)
def test_what_another_stage_built_stays_above_what_may_be_written_over_it(
    tmp_path: Path, between: str, safeties: list[str | None]
) -> None:
    copy = "COPY --from=build /src/dist ./dist"
    text = BUILT.format(f"{copy}\n{between}", MANIFESTS, "npm install -g pm2")
    text = text.replace(
        "COPY main.go", "COPY package.json package-lock.json requirements.txt main.go"
    )
    found = check(tmp_path, text=text, context=BUILT_CONTEXT)
    assert found.safeties == safeties


PROJECT = '[project]\\nname = "shop"\\n[build-system]\\nrequires = ["hatchling"]\\n'


@pytest.mark.parametrize(
    ("manifest", "install", "advice"),
    [
        (
            PROJECT,
            "uv sync --locked",
            (
                "install the dependencies first with `--no-install-project`,"
                " and install again without it after the `COPY`"
            ),
        ),
        ('[project]\\nname = "shop"\\n', "uv sync", "install the dependencies before it"),
        (PROJECT + "[tool.uv.workspace]\\n", "uv sync", ""),
        (PROJECT + '[tool.uv.sources]\\na = { path = "pages/a" }\\n', "uv sync", ""),
        (PROJECT, "pip install .", ""),
        (
            PROJECT,
            "uv sync --no-install-project",
            "move it after the install, which needs nothing of it",
        ),
    ],
)
def test_what_another_stage_built_above_an_install_of_the_project(
    tmp_path: Path, manifest: str, install: str, advice: str
) -> None:
    text = (
        "FROM node:22 AS pages\nWORKDIR /pages\nCOPY pages .\nRUN npm run build\n"
        "FROM python:3.13\nWORKDIR /app\nCOPY --from=pages /pages/dist shop/pages\n"
        f"COPY pyproject.toml uv.lock ./\nRUN {install}\nCMD shop\n"
    )
    context = f"pages/a.js 1kB\npyproject.toml: {manifest}\nuv.lock: version = 1\\n\n"
    found = check(tmp_path, text=text, context=context).found
    assert [each.help for each in found if each.place.start.line == 7] == [advice] * bool(advice)


def test_a_workspace_may_have_members_that_another_stage_builds(tmp_path: Path) -> None:
    text = BUILT.format("COPY --from=build /src/libs ./libs", MANIFESTS, "npm ci")
    context = WORKSPACES + "requirements.txt\nmain.go 1kB\n"
    assert check(tmp_path, text=text, context=context).lines == []


@pytest.mark.parametrize(
    ("entry", "lines"),
    [
        ('"node_modules/a": {"version": "1.0.0", "workspaces": ["docs"]}', [7]),
        ('"node_modules/a": {"resolved": "libs/a", "link": true}', []),
        ('"node_modules/a": {"version": "file:libs/a"}', []),
    ],
)
def test_a_lock_file_repeats_what_packages_say_of_their_own_workspaces(
    tmp_path: Path, entry: str, lines: list[int]
) -> None:
    text = BUILT.format("COPY --from=build /src/libs ./libs", MANIFESTS, "npm ci")
    context = (
        'package.json: {"name": "shop"}\nrequirements.txt\nmain.go 1kB\n'
        f'package-lock.json: {{"lockfileVersion": 3, "packages": {{{entry}}}}}\n'
    )
    assert check(tmp_path, text=text, context=context).lines == lines


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        ("lib @ file:///app/libs/lib", []),
        ("lib @ file:///other/libs/lib", [5]),
        ("-e /app/libs/lib", []),
    ],
)
def test_a_package_of_an_absolute_path_is_read(
    tmp_path: Path, where: str, wanted: list[int]
) -> None:
    context = f"requirements-prod.txt: flask==3\\n{where}\nlibs/lib/setup.py\nlibs/lib/a.py 1kB\n"
    text = (
        "FROM python:3.12\nARG DEPS=prod\nWORKDIR /app\nCOPY requirements-${DEPS}.txt ./\n"
        "COPY libs/ libs/\nRUN pip install -r requirements-${DEPS}.txt\n"
    )
    assert check(tmp_path, text=text, context=context).lines == wanted


def test_a_copy_that_brings_its_list_and_what_the_run_reads_besides(tmp_path: Path) -> None:
    text = (
        "FROM python:3.12\nCOPY requirements.txt /requirements.txt\nCOPY . /docs\n"
        "RUN pip install -r /requirements.txt && sphinx-build /docs /out\n"
    )
    own = "install in a RUN of its own before it: the install needs nothing else of it"
    [advice] = check(tmp_path, text=text, context=PYTHON).texts
    assert advice.endswith(own)
    text = text.replace("RUN ", "RUN apk add gcc && ").replace("3.12", "3.12-alpine")
    [advice] = check(tmp_path, text=text, context=PYTHON).texts
    assert advice.endswith("install before it: the install needs nothing else of it")


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ("[ ! -f shop-linux-$TARGETARCH ]", []),
        ("[ ! -e 'bin/shop' ]", []),
        ("[ -f shop ]", [4]),
        ("[ ! -f /usr/bin/shop ]", [4]),
        ("[ ! -f go.sum ]", [4]),
    ],
)
def test_what_is_built_unless_it_is_there(
    tmp_path: Path, condition: str, wanted: list[int]
) -> None:
    text = (
        "FROM golang:1.22\nARG TARGETARCH\nWORKDIR /app\nCOPY . .\n"
        f"RUN if {condition}; then go build -o shop . ; fi\n"
    )
    assert check(tmp_path, text=text, context=GO).lines == wanted


@pytest.mark.parametrize(
    ("tool", "install", "flag"),
    [
        ("[tool.poetry]\\npackage-mode = false", "poetry install", ""),
        ("[tool.poetry]", "poetry install", "--no-root"),
        ("[tool.uv]", "uv sync", ""),
        ("[build-system]", "uv sync", "--no-install-project"),
        ("[tool.pdm]\\ndistribution = false", "pdm sync", ""),
    ],
)
def test_a_project_that_is_no_package_is_not_installed(
    tmp_path: Path, tool: str, install: str, flag: str
) -> None:
    context = f"pyproject.toml: [project]\\nname = 'x'\\n{tool}\\n\npoetry.lock\nuv.lock\npdm.lock\na.py 1kB"
    text = f"FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN {install}\n"
    [advice] = check(tmp_path, text=text, context=context).texts
    assert (f"install with {flag}" in advice) if flag else advice.endswith(".lock first")


FIRST = "install the dependencies first with"
LATE = "before it, copy what the install reads of line 4, install the dependencies with"


@pytest.mark.parametrize(
    ("run", "advice"),
    [
        ("poetry install --only main", f"{FIRST} --no-root, and install again without it"),
        (
            "pip install poetry && poetry install --only main && make",
            f"{LATE} --no-root, and install again without it",
        ),
        (
            "pip install uv && uv sync --locked && make",
            f"{LATE} --no-install-project, and install again without it",
        ),
        (
            "pip install pdm && pdm sync && make",
            f"{LATE} --no-self, and install again without it",
        ),
        (
            "composer install",
            f"{FIRST} --no-scripts --no-autoloader, and install again without them",
        ),
        (
            "install-php-extensions zip && composer install && make",
            f"{LATE} --no-scripts --no-autoloader, and install again without them",
        ),
    ],
)
def test_flags_are_named_where_the_manifests_have_a_copy_of_their_own(
    tmp_path: Path, run: str, advice: str
) -> None:
    lists = "pyproject.toml poetry.lock uv.lock pdm.lock composer.json composer.lock"
    text = f"FROM python:3.12\nWORKDIR /app\nCOPY . .\nCOPY {lists} ./\nRUN {run}\n"
    context = "\n".join([*lists.split(), "Makefile", "a.py 1kB"]).replace(
        "pyproject.toml", f"pyproject.toml: {PROJECT}"
    )
    [found] = check(tmp_path, text=text, context=context).texts
    assert found.endswith(f"{advice} after the COPY")


def test_cargo_takes_no_manifest_without_its_source(tmp_path: Path) -> None:
    text = "FROM rust:1.80\nWORKDIR /app\nCOPY Cargo.* ./\nCOPY src src\nRUN cargo fetch --locked\n"
    assert check(tmp_path, text=text, context=RUST).lines == []


@pytest.mark.parametrize("given", ["WEB=client", ""])
def test_what_a_make_is_told_by_its_variables(tmp_path: Path, given: str) -> None:
    folder = "client" if given else "web"
    context = (
        "Makefile: WEB = web\\nFLAGS = --prefix $(WEB)\\njs: ; npm $(FLAGS) ci\\n\n"
        f"{folder}/package.json: {{}}\n{folder}/package-lock.json\n{folder}/a.js 1kB\n"
    )
    text = f"FROM node:22\nWORKDIR /app\nCOPY Makefile .\nCOPY {folder} {folder}\nRUN make {given} js\n"
    [advice] = check(tmp_path, text=text, context=context).texts
    assert advice.endswith(f"copy {folder}/package.json and {folder}/package-lock.json first")


def test_what_a_script_of_an_install_names(tmp_path: Path) -> None:
    context = (
        'server/package.json: {"scripts": {"postinstall": "node setup.js"}}\nserver/package-lock.json\n'
        "server/setup.js: run(path.join(__dirname, 'requirements.txt'))\nserver/requirements.txt\n"
        "server/a.js 1kB\n"
    )
    text = "FROM node:22\nWORKDIR /app\nCOPY server .\nRUN npm ci\n"
    [advice] = check(tmp_path, text=text, context=context).texts
    assert advice.endswith("server/setup.js and what its postinstall script reads first")


def test_composer_runs_scripts_that_may_read_all(tmp_path: Path) -> None:
    text = "FROM php:8.3\nWORKDIR /app\nCOPY composer.* ./\nCOPY resources resources\nRUN composer install{}\n"
    context = "composer.json: {}\ncomposer.lock: {}\nresources/a.php 1kB\n"
    assert check(tmp_path, text=text.format(""), context=context).lines == []
    flags = " --no-scripts --no-autoloader"
    assert check(tmp_path, text=text.format(flags), context=context).lines == [4]
    listing = " --no-scripts --optimize-autoloader"  # the classes of what is copied, too
    assert check(tmp_path, text=text.format(listing), context=context).lines == []


def test_composer_with_all_flags_gets_none_where_more_has_to_move(tmp_path: Path) -> None:
    install = "composer install --no-scripts --no-autoloader"
    text = f"FROM composer:2\nWORKDIR /app\nCOPY . .\nRUN chmod +x src/App.php && {install}\n"
    (told,) = check(tmp_path, text=text, context=PHP).texts
    assert told.endswith(
        "copy composer.json and composer.lock first, and install before the rest is copied"
    )


@pytest.mark.parametrize(
    ("behind", "kept"),
    [
        ("php vendor/intl/compress", "php vendor/intl/compress"),
        ("rm -rf vendor/*/tests", "rm -rf vendor/*/tests"),
        # programs of packages, and other files
        ("vendor/bin/phpstan", None),
        ("php src/App.php", None),
        ("true", None),
    ],
)
def test_what_may_change_an_install_goes_with_it(
    tmp_path: Path, behind: str, kept: str | None
) -> None:
    text = f"FROM composer:2\nWORKDIR /app\nCOPY . .\nRUN composer install && {behind}\n"
    (told,) = check(tmp_path, text=text, context=PHP).texts
    says = told.partition("; keep ")[2]
    assert says == (f"{kept} in the same RUN if it changes what is installed" if kept else "")


def test_an_install_goes_above_what_another_stage_makes_too(tmp_path: Path) -> None:
    text = (
        "FROM node:22 AS build\nWORKDIR /app\nCOPY . .\nRUN npm run build\n"
        "FROM python:3.12\n{}COPY src /data\n{}RUN pip install flask==3\n"
    )
    copy = "COPY --from=build /app/dist /dist\n"
    found = check(tmp_path, text=text.format(copy, ""), context=NODE)
    assert found.lines == [7]
    told = "move lines 6 and 7 after the install, which needs nothing of them"
    assert found.texts[0].endswith(told)
    assert check(tmp_path, text=text.format("", copy), context=NODE).lines == [6]


def test_what_leaves_a_stage_with_the_source_is_pushed_in_any_order(tmp_path: Path) -> None:
    text = "FROM node:22 AS b\nWORKDIR /app\nCOPY . .\nRUN pnpm i\nFROM node:22\n{}\n"
    context = f"{NODE}pnpm-lock.yaml: {{}}\n"
    part = "COPY --from=b /app/node_modules /app/node_modules"
    for copy, severity in (("COPY --from=b /app /app", "info"), (part, "warning")):
        found = check(tmp_path, text=text.format(copy), context=context).found
        assert severities(found) == [(3, severity)]


def test_all_manifests_of_a_run_are_named(tmp_path: Path) -> None:
    text = (
        "FROM node:22\nWORKDIR /web\nCOPY web .\n"
        "RUN npm install --prefix /web/a & npm install --prefix /web/b & wait\n"
    )
    context = "web/a/package.json: {}\nweb/b/package.json: {}\nweb/a/a.js 1kB\n"
    [advice] = check(tmp_path, text=text, context=context).texts
    assert "web/a/package.json" in advice
    assert "web/b/package.json" in advice


def test_a_run_that_installs_what_was_built_behind_it(tmp_path: Path) -> None:
    text = (
        "FROM python:3.12\nCOPY . /src\nRUN make -C /src dist\n"
        "RUN pip install -r /src/requirements.txt && pip install /src/dist/*.whl\n"
    )
    [advice] = check(tmp_path, text=text, context=PYTHON).texts
    assert advice.endswith("copy requirements.txt first, and install in a RUN of its own")


def test_the_first_of_several_copies_is_named(tmp_path: Path) -> None:
    text = (
        "FROM node:22\nWORKDIR /app\nCOPY package*.json ./\nCOPY a a\nCOPY b b\n"
        "RUN npm ci --omit=dev\n"
    )
    context = f"{NODE}a/a.js 1kB\nb/a.js 1kB\nb/b.js 1kB\n"
    [advice] = check(tmp_path, text=text, context=context).texts
    assert advice.endswith("move lines 4 and 5 after the install, which needs nothing of them")


LISTS = "COPY --from=build /app/package*.json ./\n"
DIST = "COPY --from=build /app/dist ./dist\n"


@pytest.mark.parametrize(
    ("between", "copies", "lines"),
    [
        ("", DIST + LISTS, [7]),
        ("", LISTS + DIST, [8]),
        ("", DIST + LISTS.replace("package*.json ./", "package.json package.json"), [7]),
        ("RUN sed -i s/a/b/ package.json\n", DIST + LISTS, []),  # it may be another one each time
        ("", DIST + LISTS.replace("package*.json", "*"), []),  # which brings source, too
        ("", LISTS + DIST.replace("./dist", "."), []),  # beside the lists may be anything
    ],
)
def test_lists_that_another_stage_hands_on(
    tmp_path: Path, between: str, copies: str, lines: list[int]
) -> None:
    text = (
        f"FROM node:22 AS build\nWORKDIR /app\nCOPY package*.json main.ts ./\n{between}"
        f"RUN npm ci && npm run build\nFROM node:22-slim\nWORKDIR /app\n{copies}"
        "RUN npm ci --omit=dev\n"
    )
    found = check(tmp_path, text=text, context=f"{NODE}main.ts 2kB\n")
    assert [each for each in found.lines if each > 6] == lines


def test_what_another_stage_built_above_a_copy_of_the_context(tmp_path: Path) -> None:
    built = "COPY --from=build /src/dist ./dist"
    text = BUILT.format(built, "COPY main.go .", "npm install -g pm2")
    found = check(tmp_path, text=text, context=BUILT_CONTEXT)
    assert found.lines == [8]
    assert found.texts[0].endswith(
        "move lines 7 and 8 after the install, which needs nothing of them"
    )


def test_a_readme_beside_a_manifest_is_no_source(tmp_path: Path) -> None:
    text = (
        "FROM python:3.12\nWORKDIR /app\nCOPY pyproject.toml {} ./\n"
        "COPY web/package.json web/package-lock.json /web/\nRUN cd /web && npm ci\n"
    )
    context = "pyproject.toml\nREADME.md\na.py\nweb/package.json: {}\nweb/package-lock.json\n"
    assert check(tmp_path, text=text.format("README.md"), context=context).lines == []
    assert check(tmp_path, text=text.format("a.py"), context=context).lines == [3]


def test_what_stands_between_is_told(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY src src\n{}RUN npm install -g pg\n"
    context = "src/a.js 1kB\nother.txt\n"

    def advice(between: str) -> str:
        return (
            check(tmp_path, text=text.format(between), context=context).texts[0].split("help: ")[1]
        )

    assert advice("RUN mkdir /data\n") == "move it after the install, which needs nothing of it"
    reads = "install before it: the install needs nothing of it"
    assert advice("RUN ls src\n") == reads
    assert advice("COPY other.txt src/a.js\n") == reads  # which the first would be copied over
    as_user = reads.replace("install", "install as x", 1)
    assert advice("RUN useradd x\nUSER x\nRUN tool src\n") == as_user


def test_what_a_run_clears_before_its_install_is_not_cleared_below_that(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN {}npm install && npx gulp build\n"
    context = 'package.json: {"dependencies": {"gulp": "4"}}\na.js 1kB\n'
    for before, after in (
        ("", "in a RUN of its own"),
        ("rm -rf dist node_modules && ", "first, and install before the rest is copied"),
    ):
        (found,) = check(tmp_path, text=text.format(before), context=context).texts
        assert found.endswith(after)


def test_flags_of_an_install_stay_where_more_of_its_run_may_be_needed(tmp_path: Path) -> None:
    text = (
        "FROM php:8.3\nWORKDIR /app\nCOPY . .\n"
        "RUN rm -rf vendor && composer install --no-dev && php bin/console cache:clear\n"
    )
    context = "composer.json: {}\ncomposer.lock: {}\nsrc/a.php 1kB\nbin/console 1kB\n"
    (found,) = check(tmp_path, text=text, context=context).texts
    assert found.endswith(
        "first, install with --no-scripts --no-autoloader before the rest is copied, and install"
        " again without them after the COPY"
    )


@pytest.mark.parametrize("prepares", ["./src/a.sh", "sh src/a.sh --all", "cd src && ./a.sh"])
def test_what_a_copied_program_may_prepare(tmp_path: Path, prepares: str) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY src src\nRUN {prepares}\nRUN npm install -g pg\n"
    assert check(tmp_path, text=text, context="src/a.sh 1kB\nsrc/a.js 1kB\n").lines == []


@pytest.mark.parametrize(
    ("makes", "lines"),
    [
        ("python3 make_env.py", []),
        ("python3 -m venv /app/.venv", [3]),
        ("python3 other.py && python3 -m venv /app/.venv", [3]),
    ],
)
def test_an_environment_that_a_copied_program_makes(
    tmp_path: Path, makes: str, lines: list[int]
) -> None:
    text = (
        f"FROM debian:12\nWORKDIR /app\nCOPY . .\nRUN {makes}\nENV VIRTUAL_ENV=/app/.venv\n"
        "ENV PATH=/app/.venv/bin:$PATH\nRUN pip3 install -r requirements.txt\n"
    )
    context = "requirements.txt: flask==3\nmake_env.py 1kB\nother.py 1kB\napp.py 1kB\n"
    assert check(tmp_path, text=text, context=context).lines == lines


@pytest.mark.parametrize(
    ("stages", "wanted"),
    [
        ("FROM base\nRUN npm install -g pg\n", [3]),
        # it would be in the other, too
        ("FROM base AS tool\nRUN npm install -g pg\nFROM base\nCOPY --from=tool /usr /usr\n", []),
    ],
)
def test_a_stage_that_others_stand_on_as_well(
    tmp_path: Path, stages: str, wanted: list[int]
) -> None:
    text = f"FROM node:22 AS base\nWORKDIR /app\nCOPY src src\n{stages}"
    assert check(tmp_path, text=text, context="src/a.js 1kB\n").lines == wanted


def test_a_layer_that_only_tests_hold_is_not_pushed(tmp_path: Path) -> None:
    text = (
        "FROM node:22 AS deps\nWORKDIR /app\nCOPY . .\nRUN npm ci\nFROM deps AS linter\n"
        "RUN npm run lint\nFROM linter AS tester\nRUN npm test\n"
    )
    [found] = check(tmp_path, text=text, context=NODE).found
    assert (found.severity, "push" in found.message) == (Severity.INFO, False)


def test_downloads_of_an_image_for_tests_are_nobodys_loss(tmp_path: Path) -> None:
    text = "FROM golang:1.22 AS {}\nWORKDIR /src\nCOPY . .\nRUN go build -o /a .\n"
    assert check(tmp_path, text=text.format("app"), context=GO).lines == [3]
    assert check(tmp_path, text=text.format("test"), context=GO).lines == []


def test_many_manifests_are_told_by_patterns(tmp_path: Path) -> None:
    projects = "".join(f"src/P{number}/P{number}.csproj: <Project/>\n" for number in range(12))
    named = "".join(
        f'Project("x") = "P{number}", "src\\P{number}\\P{number}.csproj", "y"\\n'
        for number in range(12)
    )
    text = "FROM mcr.microsoft.com/dotnet/sdk:8.0\nWORKDIR /app\nCOPY . .\nRUN dotnet restore\n"
    context = f"App.sln: {named}\n{projects}src/P1/a.cs 1kB\n"
    [advice] = check(tmp_path, text=text, context=context).texts
    assert advice.endswith(
        "copy src/**/*.csproj and App.sln first (COPY --parents keeps their folders, which needs # syntax=docker/dockerfile:1 as the first line)"
    )


@pytest.mark.parametrize(
    ("told", "more", "read"),
    [
        ('"lib": "link:lib"', "{}", "lib/package.json"),
        ('"lib": "portal:./lib"', "{}", "lib/package.json"),
        # links are made of programs that are there
        ('"lib": "link:lib"', '{"bin": "run.js"}', "lib/"),
        ('"lib": "file:./lib"', "{}", "lib/"),
    ],
)
def test_of_a_linked_folder_the_manifest_is_read(
    tmp_path: Path, told: str, more: str, read: str
) -> None:
    context = (
        f'package.json: {{"dependencies": {{{told}}}}}\npnpm-lock.yaml: {{}}\n'
        f"lib/package.json: {more}\nlib/run.js 1kB\nlib/b.js\nlib/c.js\nlib/d.js\nsrc/a.js 1kB\n"
    )
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN pnpm install --frozen-lockfile\n"
    [advice] = check(tmp_path, text=text, context=context).texts
    assert f"copy package.json, pnpm-lock.yaml and {read} first" in advice


def test_a_linked_member_of_a_workspace_is_read_as_others(tmp_path: Path) -> None:
    context = (
        'package.json: {"dependencies": {"lib": "link:lib"}}\npnpm-lock.yaml: {}\n'
        'pnpm-workspace.yaml: packages: ["lib"]\nlib/package.json: {"bin": "run.js"}\n'
        "lib/run.js 1kB\nsrc/a.js 1kB\n"
    )
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN pnpm install --frozen-lockfile\n"
    [advice] = check(tmp_path, text=text, context=context).texts
    assert "lib/package.json first" in advice.replace(" and ", " ").split("(")[0]


@pytest.mark.parametrize("cache", ["", "          cache-from: type=registry,ref=a/b:cache\n"])
def test_what_each_push_sends_anyway_is_no_cost(tmp_path: Path, cache: str) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (folder / "push.yml").write_text(
        "on: push\njobs:\n  push:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: docker/build-push-action@v6\n"
        "        with:\n          context: .\n          push: true\n" + cache
    )
    text = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n"
    context = "requirements.txt: numpy==2.1.1\nmain.py 1kB\n"
    [found] = check(tmp_path, text=text, context=context).found
    assert (found.cost is not None) is bool(cache)


@pytest.mark.parametrize(
    ("event", "listed", "severity"),
    [
        ("release: {types: [published]}", 4, "info"),  # the next release has other lists, too
        ("release: {types: [published]}", 0, "warning"),
        ("push: {branches: [main]}", 4, "warning"),
    ],
)
def test_each_release_changes_the_lists_as_well(
    tmp_path: Path, event: str, listed: int, severity: str
) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "push.yml").write_text(
        f"on: {{{event}}}\njobs:\n  push:\n    runs-on: self-hosted\n    steps:\n"
        "      - uses: docker/build-push-action@v6\n"
        "        with:\n          context: .\n          push: true\n"
        "          cache-from: type=registry,ref=a/b:cache\n"
    )
    commit(tmp_path, "package.json")
    commit(tmp_path, "package-lock.json")
    for number in range(12):
        commit(tmp_path, "package.json" if number < listed else "a.js")
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
    [found] = check(tmp_path, text=text).found
    assert str(found.severity or "warning") == severity


@pytest.mark.parametrize(
    ("archives", "told"),
    [
        (6, "v4/v4.tgz and v5/v5.tgz first"),
        (7, "v5/v5.tgz and v6/v6.tgz first"),  # "1 more" is no shorter
        (8, "v5/v5.tgz and 2 more first"),
    ],
)
def test_one_file_more_is_told_as_well(tmp_path: Path, archives: int, told: str) -> None:
    named = ", ".join(f'"v{n}": "file:v{n}/v{n}.tgz"' for n in range(archives))
    context = (
        f'package.json: {{"dependencies": {{{named}}}}}\npnpm-lock.yaml: {{}}\nsrc/a.js 1kB\n'
        + "".join(f"v{n}/v{n}.tgz 1kB\nv{n}/{n}.js 1kB\n" for n in range(archives))
    )
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN pnpm install --frozen-lockfile\n"
    [advice] = check(tmp_path, text=text, context=context).texts
    assert told in advice


def test_many_manifests_beside_each_other(tmp_path: Path) -> None:
    members = "".join(f"p{number}/package.json: {{}}\n" for number in range(9))
    context = (
        'package.json: {"workspaces": ["p*"], "dependencies": {"x": "file:./x"}}\n'
        f"package-lock.json: {{}}\n{members}p1/a.js 1kB\nx/1\nx/2\nx/3\nx/4\n"
    )
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
    [advice] = check(tmp_path, text=text, context=context).texts
    assert "copy package.json, package-lock.json, */package.json and x/ first" in advice


def test_a_project_at_the_root(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /\nCOPY package*.json ./\nCOPY src src\nRUN npm ci && npm run build\n"
    [advice] = check(tmp_path, text=text, context=NODE).texts
    assert advice.endswith("install in a RUN of its own before it: the install needs nothing of it")


def test_a_project_whose_manifests_came_before(tmp_path: Path) -> None:
    text = (
        "FROM python:3.12\nWORKDIR /app\nCOPY pyproject.toml poetry.lock ./\nCOPY shop shop\n"
        "RUN poetry install\n"
    )
    context = "pyproject.toml: [tool.poetry]\\nname = 'shop'\npoetry.lock: x\nshop/a.py 1kB\n"
    [advice] = check(tmp_path, text=text, context=context).texts
    told = "install the dependencies first with --no-root, and install again without it"
    assert advice.endswith(f"{told} after the COPY")


@pytest.mark.parametrize(
    ("above", "is_told"),
    [
        ("go env -w GOPROXY=https://proxy.local,direct && ", True),
        ("apk add git && ", True),
        ("cd . && echo building && ", False),
        ("", False),
    ],
)
def test_what_a_download_may_need_of_its_run_goes_along(
    tmp_path: Path, above: str, *, is_told: bool
) -> None:
    text = f"FROM golang:1.22-alpine AS b\nWORKDIR /app\nCOPY . .\nRUN {above}go build -o /app .\n"
    ending = "FROM scratch\nCOPY --from=b /app/a /a\n"
    found = check(tmp_path, text=text + ending, context=GO)
    assert found.texts[0].endswith("first with go mod download") is not is_told
    assert found.safeties == [None if is_told else "unsafe"]
    assert check(tmp_path, text=text, context=GO).safeties == [None]  # stored in a layer more


def test_what_a_build_is_called_after_prepares_no_download(tmp_path: Path) -> None:
    text = "FROM golang:1.22 AS a\nWORKDIR /src\nCOPY . .\nRUN {}go build -o /shop .\n"
    for above, told in (("V=$(git describe) && ", False), ("go env -w GOPROXY=direct && ", True)):
        [found] = check(tmp_path, text=text.format(above), context=GO).found
        assert ("before the rest is copied" in found.text) == told


def test_what_a_word_of_the_build_is_worked_out_with_prepares_no_download(tmp_path: Path) -> None:
    text = (
        "FROM golang:1.22 AS a\nWORKDIR /src\nCOPY . .\n"
        'RUN go build -ldflags "-X main.day=$(date -u +%F)" -o /shop .\nFROM scratch\n'
        "COPY --from=a /shop /shop\n"
    )
    [found] = check(tmp_path, text=text, context=GO).found
    assert "after what the same" not in found.text
    assert found.repair is not None


def test_the_program_is_named_whatever_is_set_for_it(tmp_path: Path) -> None:
    text = "FROM golang:1.22 AS a\nWORKDIR /src\nCOPY . .\nRUN GOOS=linux CGO_ENABLED=1 {} .\n"
    build = 'go build -ldflags="-s -w" -tags ${tags}'
    [message] = check(tmp_path, text=text.format(build), context=GO).messages
    assert "before `go build" in message


def test_lists_of_another_manager_above_a_build_are_not_its_source(tmp_path: Path) -> None:
    text = "FROM rust:1.80 AS b\nWORKDIR /a\nCOPY VERSION {} ./\nCOPY Cargo.toml Cargo.lock ./\n"
    text += "COPY src ./src\nRUN cargo build --release --locked\n"
    context = f"{RUST}VERSION\nmix.exs\nmix.lock\nhelp.ex 1kB\n"
    assert 3 not in check(tmp_path, text=text.format("mix.exs mix.lock"), context=context).lines
    assert 3 in check(tmp_path, text=text.format("help.ex"), context=context).lines


def test_a_tool_that_goes_ahead_of_a_build_needs_no_source(tmp_path: Path) -> None:
    text = (
        "FROM rust:1.80 AS b\nWORKDIR /app\nADD . .\nRUN cargo build --release\n"
        "FROM scratch\nCOPY --from=b /app/target/a /a\n"
    )
    context = (
        'Cargo.toml: [workspace]\\nmembers = ["a", "b"]\n'
        'a/Cargo.toml: [package]\\nname = "a"\\nversion = "1.0.0"\\n[dependencies]\\n'
        'b = { path = "../b" }\\nserde = "1"\na/src/main.rs\n'
        'b/Cargo.toml: [package]\\nname = "b"\\nversion = "1.0.0"\\n[dependencies]\\n'
        'a = { path = "../a" }\nb/src/lib.rs\nCargo.lock: version = 3\n'
    )
    [told] = check(tmp_path, text=text, context=context).texts
    assert "build the dependencies first with cargo chef" in told


@pytest.mark.parametrize(
    ("above", "lines"),
    [
        ("ARG GIT_SHA\nENV SHOP_SHA=$GIT_SHA\n", [5]),  # which may come later
        ("ARG GIT_SHA\n", [4]),
        ("FROM node:22 AS b\nARG GIT_SHA\nFROM b\n", [6]),
        ("ARG GIT_SHA\nENV SHOP_SHA=$GIT_SHA\nRUN echo $SHOP_SHA >/sha\n", []),
        ("ARG GIT_SHA\nRUN echo >/a\n", [5]),
        ("FROM node:22 AS b\nARG GIT_SHA\nFROM node:22\n", [6]),
        ("ARG GIT_SHA\nLABEL sha=$GIT_SHA\n", []),
        ("RUN --mount=type=bind,target=/src make -C /src tools\n", []),
        ("RUN --mount=type=bind,source=build.sh,target=/b sh /b\n", [4]),
        ("ARG SHOP_VERSION=1.2\nENV SHOP_VERSION=$SHOP_VERSION\n", [5]),
    ],
)
def test_what_reruns_the_install_with_each_build_leaves_nothing_to_save(
    tmp_path: Path, above: str, lines: list[int]
) -> None:
    text = f"FROM node:22\nWORKDIR /app\n{above}COPY . .\nRUN npm ci\n"
    build = "docker build --build-arg GIT_SHA=$(git rev-parse HEAD) ."
    context = f"package.json: {{}}\npackage-lock.json: {{}}\nsrc/a.js 3kB\nbuild.sh: {build}\n"
    assert check(tmp_path, text=text, context=context).lines == lines


@pytest.mark.parametrize("more", ["yarn install", "make"])
def test_what_to_install_first_of_several_managers(tmp_path: Path, more: str) -> None:
    text = f"FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN pip3 install -r requirements.txt && {more}\n"
    context = "requirements.txt: flask\nweb.py\npackage.json: {}\nyarn.lock:\nMakefile: all: ; ls\n"
    found = check(tmp_path, text=text, context=context).texts
    assert any("first, and install in a RUN of its own" in each for each in found)


def test_a_makefile_alone_is_no_manifest(tmp_path: Path) -> None:
    text = "FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN make install\n"
    recipe = "Makefile: install:\\n\tpip install {}\na.py\nrequirements.txt: flask==3.0.3\n"
    for words, wanted in (("-e .[all]", []), ("-r requirements.txt", [3])):
        assert check(tmp_path, text=text, context=recipe.format(words)).lines == wanted


@pytest.mark.parametrize(("passed", "wanted"), [("", [4]), ("--build-arg FILE=dev.txt", [])])
def test_a_manifest_that_an_argument_names_is_another_in_another_build(
    tmp_path: Path, passed: str, wanted: list[int]
) -> None:
    (tmp_path / ".git").mkdir()
    text = (
        "FROM python:3.12\nARG FILE=requirements.txt\nWORKDIR /app\nCOPY . .\n"
        "RUN pip install -r $FILE\n"
    )
    context = "a.py\nrequirements.txt: flask==3.0.3\nMakefile: all:\\n\tdocker build {} .\n"
    assert check(tmp_path, text=text, context=context.format(passed)).lines == wanted


def test_what_a_build_is_passed_chooses_no_manifest(tmp_path: Path) -> None:
    text = (
        "FROM golang:1.22 AS b\nARG VERSION\nWORKDIR /app\nCOPY . .\n"
        'RUN go build -o /tool -ldflags "-X main.version=${VERSION}" ./cmd\n'
        "FROM scratch\nCOPY --from=b /tool /tool\n"
    )
    context = f"{GO}Makefile: a:\\n\tdocker build --build-arg VERSION=$(V) .\n"
    assert check(tmp_path, text=text, context=context).lines == [4]


@pytest.mark.parametrize(
    ("run", "advice"),
    [
        ("npm ci && npm run build && npm prune --production", "install in a stage of its own"),
        ("npm ci && npm run build && npm ci --omit=dev", "install in a stage of its own"),
        ("npm ci && npm run build && rm -r node_modules", "install in a stage of its own"),
        ("npm ci && npm run build", "copy package.json and package-lock.json first"),
    ],
)
def test_what_stands_beside_the_install_in_its_run(tmp_path: Path, run: str, advice: str) -> None:
    text = f"FROM node:22-alpine\nWORKDIR /app\nCOPY . .\nRUN {run}\n"
    found = check(tmp_path, text=text, context=f"{NODE}prepare: #!/bin/sh\n")
    (told,) = found.texts
    assert advice in told
    assert ("stage" in advice) <= (found.safeties == [None])


@pytest.mark.parametrize(
    ("backend", "version", "words", "severity"),
    [
        ("hatchling.build", 'version = "1"', "-e /src", "warning"),
        ("hatchling.build", 'version = "1"', "/src", "info"),  # the project is packed there, too
        ("hatchling.build", 'dynamic = ["version"]', "-e /src", "info"),
        ("setuptools.build_meta", 'version = "1"', "-e /src", "info"),
    ],
)
def test_a_project_that_is_linked_leaves_its_environment_as_it_is(
    tmp_path: Path, backend: str, version: str, words: str, severity: str
) -> None:
    text = (
        "FROM python:3.12 AS build\nRUN python -m venv /venv\nCOPY . /src\n"
        f"RUN /venv/bin/pip install {words}\nFROM python:3.12\nCOPY --from=build /venv /venv\n"
    )
    project = (
        f'[build-system]\\nbuild-backend = "{backend}"\\n[project]\\nname = "shop"\\n{version}'
        '\\ndependencies = ["flask"]'
    )
    found = check(tmp_path, text=text, context=f"pyproject.toml: {project}\nshop/a.py 1kB\n")
    assert severities(found.found) == [(3, severity)]


OWN = "libs/money/pyproject.toml: {}\nlibs/money/money/sums.py 1kB\nshop/web.py 1kB\n"
_DEPENDENCIES = "install the dependencies before the project is copied"
PLAIN = '[project]\\nname = "money"\\ndependencies = ["pandas==2.2.2"]'


@pytest.mark.parametrize(
    ("project", "steps", "helps"),
    [
        (
            PLAIN,
            "COPY shop shop\nCOPY libs /tmp/libs\nRUN pip install /tmp/libs/money",
            ["move it after the install, which needs nothing of it"],
        ),
        (
            PLAIN,
            "COPY . .\nRUN pip install ./libs/money",
            ["copy `libs/money/pyproject.toml` and `libs/money/money/sums.py` first"],
        ),
        (PLAIN, "COPY . .\nRUN pip install -e ./libs/money", [_DEPENDENCIES]),
        (PLAIN, "COPY . .\nRUN pip install .", []),
        (
            PLAIN,
            "COPY libs libs\nRUN pip install ./libs/money\nCOPY shop shop",
            [_DEPENDENCIES],
        ),
        (
            PLAIN + '\\nreadme = "../../README.md"',
            "COPY . .\nRUN pip install ./libs/money",
            [_DEPENDENCIES],
        ),
        (
            PLAIN + "\\n[tool.setuptools_scm]",
            "COPY . .\nRUN pip install ./libs/money",
            [_DEPENDENCIES],
        ),
    ],
)
def test_a_project_apart_from_what_changes(
    tmp_path: Path, project: str, steps: str, helps: list[str]
) -> None:
    text = f"FROM python:3.12\nWORKDIR /app\n{steps}\n"
    found = check(tmp_path, text=text, context=OWN.format(project)).found
    assert [each.help for each in found] == helps


_WHEELS_MADE = """\
FROM python:3.12 AS wheels
WORKDIR /src
COPY {} ./
RUN pip wheel --wheel-dir /wheels {}
FROM python:3.12-slim
WORKDIR /shop
COPY . .
"""
_MOUNTED = "RUN --mount=from=wheels,source=/wheels,target=/wheels "
_WHEELS_COPIED = "COPY --from=wheels /wheels /wheels\nRUN "


@pytest.mark.parametrize(
    ("copied", "wheels", "install", "told"),
    [
        ("pyproject.toml", ".", f"{_MOUNTED}pip install /wheels/*", "move it after the install"),
        ("a.txt", "-r a.txt", f"{_MOUNTED}pip install /wheels/*.whl", "move it after the install"),
        ("pyproject.toml", ".", f"{_WHEELS_COPIED}pip install /wheels/*", "move it after the"),
        (
            "pyproject.toml",
            ".",
            f"{_MOUNTED}pip install /wheels/* && pip install .",
            "install in a RUN of its own before it: the install needs nothing of it",
        ),
        (".", ".", f"{_MOUNTED}pip install /wheels/*", None),  # others with each change, too
        ("a.txt", "-r a.txt", "RUN pip install /shop/wheels/*", None),
        ("a.txt", "-r a.txt", f"{_MOUNTED}pip install /wheels/* ./shop", None),
    ],
)
def test_wheels_that_another_stage_has_made(
    tmp_path: Path, copied: str, wheels: str, install: str, told: str | None
) -> None:
    text = f"{_WHEELS_MADE.format(copied, wheels)}{install}\n"
    context = "pyproject.toml: [project]\\nname='shop'\na.txt: flask\nshop/web.py 1kB"
    found = checked(tmp_path, "order/copy-before-install", text, context).texts
    assert len(found) == (told is not None)
    assert told is None or told in found[0]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("yarn workspace web install", True),
        ("yarn workspace web build", False),
        ("yarn workspace install", False),  # which is a name
    ],
)
def test_the_install_of_one_workspace(tmp_path: Path, command: str, *, told: bool) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY . .\nRUN {command}\nRUN yarn workspace web build\n"
    context = "package.json: {}\nyarn.lock\nweb/package.json: {}\nweb/a.js changed 9\n"
    assert bool(checked(tmp_path, "order/copy-before-install", text, context).lines) is told


@pytest.mark.parametrize(
    ("head", "recipe", "cold"),
    [
        ("# docker build -t a .\n", "", False),
        ("# docker buildx build --no-cache -o out .\n", "", True),
        ("# docker build --no-cache -t a .\n# docker build -t a .\n", "", False),
        ("# docker build --no-cache -t a .\n", "build.sh: docker build .\n", False),
        ("", "build.sh: docker build --no-cache --push $OPTIONS -f $1 .\n", True),
        ("", "build.sh: docker build --no-cache --push $OPTIONS -f $1/Dockerfile.a .\n", False),
        ("", "a.sh: docker build -f $1 .\nb.sh: docker build --no-cache -f $1 .\n", False),
    ],
)
def test_what_is_told_to_be_built_without_a_cache(
    tmp_path: Path, head: str, recipe: str, *, cold: bool
) -> None:
    text = f"{head}FROM debian:12\nCOPY . .\nRUN apt-get update\nRUN apt-get install -y curl\n"
    context = f"{NODE}{recipe}.git/HEAD\n"
    [message] = checked(tmp_path, "order/split-update-install", text, context).messages
    assert ("which with a build cache " in message) is cold


_PRUNED = """\
FROM node:22 AS pruned
WORKDIR /app
COPY . .
RUN npx turbo prune web{}
FROM node:22
WORKDIR /app
COPY package.json package-lock.json ./
COPY --from=pruned /app/web.config.ts ./
RUN npm ci
COPY --from=pruned /app/out/full/ .
"""


@pytest.mark.parametrize(("then", "told"), [("", False), (" && sed -i s/a/b/ web.config.ts", True)])
def test_a_file_that_a_stage_hands_on_as_it_came(tmp_path: Path, then: str, *, told: bool) -> None:
    context = f"{NODE}web.config.ts 1kB\n"
    found = check(tmp_path, text=_PRUNED.format(then), context=context)
    commit(tmp_path)
    for _ in range(12):
        commit(tmp_path, "src/index.js")
    assert found.lines == [8] * told


@pytest.mark.parametrize(
    ("on", "called", "severity"),
    [
        ("push: {tags: ['v*']}", "docker-publish", "info"),
        ("push: {}", "docker-publish", "info"),  # with what cache is not seen
        ("push: {}", "labels", "warning"),
    ],
)
def test_what_another_repository_pushes(
    tmp_path: Path, on: str, called: str, severity: str
) -> None:
    call = f"jobs:\n  image:\n    uses: example/ci/.github/workflows/{called}.yml@main\n"
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/a.yml").write_text(f"on:\n  {on}\n{call}")
    (tmp_path / "requirements.txt").write_text("flask==3.0.3\n")
    for _ in range(10):
        commit(tmp_path, "app.py")
        commit(tmp_path, "app.py", "requirements.txt")
    text = "FROM python:3.12-slim\nCOPY . .\nRUN pip install --no-cache-dir -r requirements.txt\n"
    (found,) = check(tmp_path, text=text).found
    assert str(found.severity or "warning") == severity


_DECLARES = "pyproject.toml: [project]\\nname = 'shop'\\ndependencies = ['flask==3.0.3', 'pandas']"


@pytest.mark.parametrize(
    ("declared", "steps", "helps"),
    [
        (_DECLARES, "COPY . .\nRUN pip install .", [_DEPENDENCIES]),
        (_DECLARES, "COPY . .\nRUN pip install -e .[web]", [_DEPENDENCIES]),
        (
            _DECLARES,
            "COPY . .\nRUN uv pip install --system .",
            ["copy `pyproject.toml` first, and install what is listed there with `-r`"],
        ),
        (
            _DECLARES,
            "COPY . .\nRUN apt-get update && apt-get install -y gcc && pip install .",
            [_DEPENDENCIES],
        ),
        (_DECLARES, "COPY pyproject.toml .\nRUN pip install .\nCOPY . .", []),
        (_DECLARES, "COPY . .\nRUN pip install . ./libs", []),  # which may need each other
        (_DECLARES, "COPY . .\nRUN pip install --no-deps .", []),
        (_DECLARES, "COPY . .\nRUN pip wheel -w /wheels .", []),
        (_DECLARES, "RUN pip install flask==3.0.3\nCOPY . .\nRUN pip install .", []),
        (
            _DECLARES + "\nlist.txt: flask",
            "COPY list.txt .\nRUN pip install -r list.txt\nCOPY . .\nRUN pip install .",
            [],
        ),
        (_DECLARES + "\\ndynamic = ['dependencies']", "COPY . .\nRUN pip install .", []),
        (
            _DECLARES + "\\n[tool.uv.sources]\\npandas = {path = 'libs/pandas'}",
            "COPY . .\nRUN pip install .",
            [],
        ),
        ("pyproject.toml: [project]\\nname = 'shop'", "COPY . .\nRUN pip install .", []),
    ],
)
def test_a_project_that_declares_what_it_depends_on(
    tmp_path: Path, declared: str, steps: str, helps: list[str]
) -> None:
    text = f"FROM python:3.12-slim\nWORKDIR /app\n{steps}\n"
    checked = check(tmp_path, text=text, context=f"{declared}\nshop/web.py 1kB\n")
    assert [each.help for each in checked.found] == helps


def test_what_a_builder_installs_with_its_project_is_new_in_any_case(tmp_path: Path) -> None:
    text = (
        "FROM python:3.12-slim AS build\nWORKDIR /app\nCOPY . .\nRUN pip install .\n"
        "FROM python:3.12-slim\nCOPY --from=build /usr/local /usr/local\n"
    )
    found = check(tmp_path, text=text, context=f"{_DECLARES}\nshop/web.py 1kB\n").found
    assert [(each.severity.value, each.cost) for each in found] == [("info", None)]
    assert "push" not in found[0].message


_PNPM = "COPY package.json pnpm-lock.yaml ./"
_NPM = "COPY package.json package-lock.json ./"
_ANEW = "install in a stage of its own"
_TAKEN = "FROM node:22-slim\nCOPY --from=build /app/node_modules node_modules\n"


@pytest.mark.parametrize(
    ("above", "again", "taken", "told"),
    [
        (f"{_PNPM}\nRUN pnpm i", "rm -rf node_modules && pnpm i --prod", _TAKEN, ["warning"]),
        (f"{_PNPM}\nRUN pnpm i", "pnpm i --prod", _TAKEN, []),  # which adds nothing that is new
        (f"{_PNPM}\nRUN pnpm i", "rm -rf dist && pnpm i --prod", _TAKEN, []),
        (f"{_PNPM}\nRUN pnpm fetch", "pnpm i --prod --offline", _TAKEN, []),
        (f"{_NPM}\nRUN npm ci", "npm ci --omit=dev", _TAKEN, []),  # the same, byte for byte
        (f"{_NPM}\nRUN npm ci", "npm ci --omit=dev", "", ["warning"]),
        (f"{_NPM}\nRUN npm ci", "npm prune --omit=dev", "", []),
    ],
)
def test_what_is_deleted_and_installed_again(
    tmp_path: Path, above: str, again: str, taken: str, told: list[str]
) -> None:
    steps = f"{above}\nCOPY src src\nRUN npm run build && {again}\n"
    found = check(
        tmp_path,
        text=f"FROM node:22-slim AS build\nWORKDIR /app\n{steps}{taken}",
        context=f"{NODE}pnpm-lock.yaml: {{}}\n",
    ).found
    assert [each.severity.value for each in found] == told
    assert all(_ANEW in each.help and not each.repair for each in found)


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ("COPY . .", ["warning"]),
        ("COPY . .\nRUN npm run lint", []),  # which works with it
        ("COPY src src", []),
    ],
)
def test_a_base_of_several_stages(tmp_path: Path, steps: str, told: list[str]) -> None:
    text = (
        f"FROM node:22-slim AS base\nWORKDIR /app\n{steps}\n"
        "FROM base AS deps\nCOPY package.json pnpm-lock.yaml ./\nRUN pnpm install --prod\n"
        "FROM base AS build\nRUN pnpm build\n"
        "FROM base\nCOPY --from=deps /app/node_modules node_modules\n"
        "COPY --from=build /app/dist dist\n"
    )
    if steps == "COPY . .":
        text = text.replace("COPY package.json pnpm-lock.yaml ./\n", "")
    found = check(tmp_path, text=text, context=f"{NODE}pnpm-lock.yaml: {{}}\n").found
    assert [each.severity.value for each in found] == told
    assert all(each.help == _FEWER and not each.repair for each in found)


_FEWER = "copy `package.json` and `pnpm-lock.yaml` first, and install before the rest is copied"


def test_a_base_that_is_an_image_of_its_own_keeps_what_it_has(tmp_path: Path) -> None:
    text = (
        "FROM node:22-slim AS base\nWORKDIR /app\nCOPY . .\n"
        "FROM base AS one\nRUN pnpm install\nFROM base AS other\nRUN pnpm install --prod\n"
    )
    found = check(tmp_path, text=text, context=f"{NODE}pnpm-lock.yaml: {{}}\n", target="base")
    assert found.lines == []


_PUT_IN_PLACE = "copy `setup/package.json` first, and install before the rest is copied"


@pytest.mark.parametrize(
    ("between", "helps"),
    [
        ("cp setup/package.json .", [_PUT_IN_PLACE]),
        ("cp setup/package.json /app/package.json", [_PUT_IN_PLACE]),
        ("mv setup/package.json .", []),  # what follows may look for it
        ("cp setup/package.json . && ./prepare", []),
    ],
)
def test_a_manifest_that_a_step_puts_in_place(
    tmp_path: Path, between: str, helps: list[str]
) -> None:
    text = f"FROM node:22-slim\nWORKDIR /app\nCOPY . .\nRUN {between}\nRUN npm install\n"
    context = 'setup/package.json: {"dependencies": {"a": "1"}}\nsrc/index.js 1kB\nprepare\n'
    found = check(tmp_path, text=text, context=context)
    assert [each.help for each in found.found] == helps
    assert found.safeties == [None] * len(helps)


@pytest.mark.parametrize(("passed", "wanted"), [("inputs.shop_version", []), ("env.SHOP", [6])])
def test_a_copy_below_what_each_push_makes_of_another_version(
    tmp_path: Path, passed: str, wanted: list[int]
) -> None:
    text = (
        "FROM node:22 AS shop\nARG SHOP_V=8\nRUN curl -fL https://example.com/$SHOP_V | tar xzC /opt"
        "\nFROM node:22\nCOPY --from=shop /opt/shop /opt/shop\nCOPY bin /app/bin\n"
        "RUN npm install -g serve@14\n"
    )
    workflow = (
        "on: {workflow_dispatch: {inputs: {shop_version: {required: true}}}}\\njobs:\\n  push:\\n"
        "    runs-on: ubuntu-latest\\n    steps:\\n      - uses: docker/build-push-action@v6\\n"
        "        with:\\n          push: true\\n          cache-from: type=gha\\n"
        f"          build-args: SHOP_V=${{{{ {passed} }}}}\\n"
    )
    context = f"bin/a.js 2kB\n.git/HEAD: ref\n.github/workflows/a.yml: {workflow}\n"
    assert check(tmp_path, text=text, context=context).lines == wanted


@pytest.mark.parametrize(
    ("moved", "told"),
    [
        (1, "COPY api api and 1 more come before go build ./..., so a change of what is copied"),
        (0, None),  # both together hardly change
    ],
)
def test_all_that_a_build_works_on_is_counted_together(
    tmp_path: Path, moved: int, told: str | None
) -> None:
    text = "FROM golang:1.22\nWORKDIR /src\nCOPY go.mod go.sum ./\nCOPY api api\nCOPY web web\nRUN go build ./...\n"
    found = check(tmp_path, text=text, context=f"{GO}api/a.go 1kB\nweb/a.go 1kB\nREADME.md\n")
    commit(tmp_path)
    for number in range(40):  # each of the two is rarer than one commit in twenty
        path = {3: "api/a.go", 17: "web/a.go", 30: "web/a.go"}.get(number * moved)
        commit(tmp_path, path or "README.md")
    assert len(found.texts) == bool(told)
    assert all(each.startswith(told or "") for each in found.texts)
    assert all(
        "; with a build cache 3 of the last 41 commits would do so needlessly" in each
        for each in found.texts
    )


@pytest.mark.parametrize(
    ("between", "help_"),
    [
        ("", "move it after the install, which needs nothing of it"),
        ("ENV A=1\n", "move it after the install, which needs nothing of it"),
        (
            "ARG GIT_SHA\nENV GIT_SHA=$GIT_SHA\n",
            "install before it: the install needs nothing of it",
        ),
        ("COPY --from=page /page/out /srv/\n", "move lines 5 and 6 after the install"),
    ],
)
def test_what_comes_between_reruns_the_install_as_well(
    tmp_path: Path, between: str, help_: str
) -> None:
    text = (
        "FROM node:22 AS page\nCOPY . /page\nRUN make -C /page\nFROM ruby:3.3\n"
        f"COPY shop /shop\n{between}RUN gem install rails\n"
    )
    [found] = check(tmp_path, text=text, context="shop/a.rb 1kB\n").found
    assert (found.help or "").startswith(help_)


@pytest.mark.parametrize(
    ("below", "end"),
    [
        ("RUN make-tools", ", and after all else that needs nothing of it"),
        ("ENV A=b", ", which needs nothing of it"),
    ],
)
def test_a_copy_goes_after_all_that_needs_nothing_of_it(
    tmp_path: Path, below: str, end: str
) -> None:
    text = f"FROM python:3.12\nCOPY shop /shop\nRUN pip install flask==3\n{below}\n"
    [told] = check(tmp_path, text=text, context="shop/a.py\nshop/b.py\n").texts
    assert told.endswith(f"move it after the install{end}")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "other.txt",
            "with a build cache 12 of the last 13 commits would do so needlessly",
        ),
        (
            "src/build.txt",
            "so with a build cache every source change reruns the install",
        ),
        ("package.json", None),
    ],
)
def test_what_each_push_writes_is_not_counted_by_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, said: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    workflow = (
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        f"      - run: echo $GITHUB_RUN_ID > {written}\n"
        "      - run: docker build -t a/b . && docker push a/b\n"
    )
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/a.yml").write_text(workflow)
    write_context(tmp_path, NODE)
    commit(tmp_path)
    for at in range(12):
        (tmp_path / "src/index.js").write_text(f"{at}\n")
        commit(tmp_path)
    text = "FROM node:22\nWORKDIR /app\nCOPY src ./src\nCOPY package*.json ./\nRUN npm ci\n"
    found = check(tmp_path, text=text).messages
    assert [said in each for each in found if said] == [True] * len(found)
    assert bool(found) is bool(said)


@pytest.mark.parametrize(
    ("install", "copied"),
    [
        ("npm install", "package.json and yarn.lock"),
        ("npm ci", "package.json"),
    ],
)
def test_npm_install_reads_the_lock_file_of_yarn(tmp_path: Path, install: str, copied: str) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY . .\nRUN {install}\n"
    found = check(tmp_path, text=text, context="package.json: {}\nyarn.lock\nshop.js\n")
    assert found.texts[0].endswith(f"help: copy {copied} first")


def test_a_manifest_that_comes_below_the_copy_has_to_come_first(tmp_path: Path) -> None:
    text = (
        "FROM node:22\nWORKDIR /app\nCOPY src ./src\nCOPY assets ./assets\n"
        "RUN yarn --cwd assets install && make -C src\n"
    )
    context = "src/a.js 3kB\nassets/package.json: {}\nassets/yarn.lock: \n"
    [advice] = check(tmp_path, text=text, context=context).texts
    assert advice.endswith("before it, copy what the install reads of line 4, and install")


@pytest.mark.parametrize(
    ("above", "install", "told"),
    [
        ("ARG GIT_SHA", "npm ci", "; declare `GIT_SHA`, which changes on every build, after the"),
        (
            "ARG GIT_SHA\nARG BUILD_DATE",
            "npm ci",
            "; declare `GIT_SHA` and `BUILD_DATE`, which change on every build, after the install",
        ),
        ("ARG NODE_ENV", "npm ci", ""),
        ("ARG GIT_SHA\nLABEL sha=$GIT_SHA", "npm ci", ""),  # which would have to move with it
        ("ARG GIT_SHA", "npm ci && echo $GIT_SHA > sha", ""),
        ("LABEL a=b", "npm ci\nARG GIT_SHA", ""),
        ("COPY package.json ./\nARG GIT_SHA", "npm ci", "; declare `GIT_SHA`, which changes"),
        (
            "ARG GIT_SHA\nENV SHOP_SHA=$GIT_SHA SHOP=1",
            "npm ci",
            "; declare `GIT_SHA`, which changes on every build, after the install, and set `SHOP_SHA` there",
        ),
    ],
)
def test_an_argument_that_reruns_the_install_as_well(
    tmp_path: Path, above: str, install: str, told: str
) -> None:
    text = f"FROM node:22\n{above}\nWORKDIR /app\nCOPY . .\nRUN {install}\nCMD echo $GIT_SHA\n"
    [found] = check(tmp_path, text=text, context=NODE).found
    assert ("; declare" in found.help) is bool(told)
    assert told in found.help


@pytest.mark.parametrize(
    ("line", "is_told"),
    [
        ("PORT=0 node serve.js $(REVISION)", False),  # a constant for one command
        ("docker build --build-arg PORT=$(REVISION) .", True),
    ],
)
def test_what_else_a_command_is_given_is_no_source_of_an_argument(
    tmp_path: Path, line: str, *, is_told: bool
) -> None:
    text = "FROM node:22\nARG PORT=0\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD echo $PORT\n"
    makefile = f"Makefile: REVISION := $(shell git rev-parse HEAD)\\nb:\\n\t{line}\n"
    [found] = check(tmp_path, text=text, context=NODE + makefile).found
    assert ("declare `PORT`" in found.help) is is_told


_SCRIPTS = {
    "setup": "npm ci",
    "setup:web": "cd web && npm install",
    "build": "npm ci && tsc",
    "prebuilt": "tsc",
    "built": "npm ci",
}


@pytest.mark.parametrize(
    ("run", "advice"),
    [
        ("npm run setup", "copy `package.json` and `package-lock.json` first"),
        ("npm run setup:web", "copy `package.json` and `web/package.json` first"),
        ("yarn setup", "copy `package.json` and `package-lock.json` first"),
        ("npm run build", None),  # which reads the source as well
        ("npm run built", None),  # after `prebuilt`
        ("yarn built", None),  # after which the first Yarn alone runs that
        ("npm run setup -- --force", None),
        ("npm --prefix web run setup", None),
        ("npm run gone", None),
        ("cd web && npm run setup", None),
    ],
)
def test_scripts_that_install(tmp_path: Path, run: str, advice: str | None) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY . .\nRUN {run}\n"
    context = (
        f"package.json: {json.dumps({'scripts': _SCRIPTS, 'dependencies': {'x': '1'}})}\n"
        'package-lock.json: {}\nweb/package.json: {"dependencies":{"y":"1"}}\nsrc/a.ts\n'
    )
    found = check(tmp_path, text=text, context=context).found
    assert [each.help for each in found] == ([advice] if advice else [])


@pytest.mark.parametrize(
    ("above", "lines"),
    [
        # beside the project that `cargo new` makes, its members' manifests are not read
        ("RUN cargo new --bin /app\nCOPY a/Cargo.toml a/\nRUN cargo build", [6]),
        ("RUN cd / && cargo new app\nCOPY a/Cargo.toml a/\nRUN cargo build", [6]),
        ("RUN cargo init --name x\nCOPY a/Cargo.toml a/\nRUN cargo build", [6]),
        ("RUN cargo new --bin /app\nCOPY Cargo.toml a/Cargo.toml ./\nRUN cargo build", []),
        ("RUN cargo new --bin /other\nCOPY a/Cargo.toml a/\nRUN cargo build", []),
        ("RUN cargo init && cargo add x\nCOPY a/Cargo.toml a/\nRUN cargo build", []),
        ("RUN cargo init && cp /x Cargo.toml\nCOPY a/Cargo.toml a/\nRUN cargo build", []),
        ("COPY Cargo.toml ./\nRUN mkdir src && touch src/lib.rs\nRUN cargo build", []),
    ],
)
def test_a_new_project_of_cargo_needs_nothing(tmp_path: Path, above: str, lines: list[int]) -> None:
    text = f"FROM rust:1.80\nWORKDIR /app\n{above}\nCOPY . .\nRUN cargo build --release\n"
    context = (
        "Cargo.toml: [workspace]\\nmembers=['a']\nCargo.lock: version=4\n"
        "a/Cargo.toml: [package]\\nname='a'\\n[dependencies]\\nserde='1'\na/src/main.rs 1kB\n"
    )
    assert check(tmp_path, text=text, context=context).lines == lines


@pytest.mark.parametrize(
    ("declared", "first", "second", "lines"),
    [
        ('"devDependencies": {"b": "1"}', "npm ci --omit=dev", "npm install", [6]),
        ('"devDependencies": {"b": "1"}', "yarn install --production", "yarn install", [6]),
        ('"devDependencies": {"b": "1"}', "npm install", "npm install", []),
        ('"devDependencies": {"b": "1"}', "npm ci --omit=dev", "npm install --omit=dev", []),
        ('"dependencies": {"b": "1"}', "npm ci --omit=dev", "npm install", []),
    ],
)
def test_an_install_for_production_leaves_more_to_the_next(
    tmp_path: Path, declared: str, first: str, second: str, lines: list[int]
) -> None:
    """What development needs is fetched by the second one, in each build of the source again."""
    manifest = f"package.json: {{{declared}}}\n"
    text = (
        "FROM node:22 AS base\nWORKDIR /app\nCOPY package.json package-lock.json yarn.lock ./\n"
        f"RUN {first}\nFROM base AS build\nCOPY . .\nRUN {second}\nRUN npm run build\n"
        "FROM base\nCOPY --from=build /app/dist dist\n"
    )
    context = f"{manifest}package-lock.json\nyarn.lock\nsrc/index.js 1kB\n"
    assert check(tmp_path, text=text, context=context).lines == lines


@pytest.mark.parametrize("install", ["go mod tidy", "go mod download", "go build ./..."])
@pytest.mark.parametrize(
    ("told", "lines"),
    [
        ("require y v1.0.0\\nreplace y => ../y", []),  # beside the context
        ("require y v1.0.0\\nreplace y => ./gone", []),
        ("require y v1.0.0\\nreplace y => ./y", [3]),
        ("require y v1.0.0\\nreplace y => example.com/y v1.0.1", [3]),
        ("replace z => ../z", [3]),  # Go asks for what is required alone
    ],
)
def test_modules_that_stand_where_no_copy_brings_them(
    tmp_path: Path, install: str, told: str, lines: list[int]
) -> None:
    """Without the go.mod of a module that is replaced by a folder, Go downloads nothing."""
    context = f"go.mod: module x\\n{told}\ngo.sum\nmain.go 1kB\ny/go.mod: module y\ny/y.go 1kB\n"
    text = f"FROM golang:1.22\nWORKDIR /src\nCOPY . .\nRUN {install}\n"
    assert check(tmp_path, text=text, context=context).lines == lines


@pytest.mark.parametrize(
    ("install", "call", "end"),
    [
        ("npm ci", "make", "; leave the install out of make in line 7, which would repeat it"),
        ("npm ci", "make all", "of make all in line 7, which would repeat it"),
        ("npm ci", "make app", "copied"),
        ("npm install", "make", "copied"),  # which finds there what it needs
    ],
)
def test_a_make_of_another_stage_that_installs_again(
    tmp_path: Path, install: str, call: str, end: str
) -> None:
    """The base can install for all stages on it, but not for a recipe that deletes that first."""
    recipes = f"Makefile: all: deps app\\ndeps:\\n\t{install}\\napp:\\n\tnpx vite build\\n\n"
    text = (
        "FROM node:22 AS base\nWORKDIR /app\nCOPY . .\nFROM base AS dev\nRUN make deps\n"
        f"FROM base AS build\nRUN {call}\nFROM debian\nCOPY --from=build /app/dist /dist\n"
    )
    (found,) = check(tmp_path, text=text, context=NODE + recipes, target="dev").texts
    assert found.endswith(end)


@pytest.mark.parametrize(
    ("passed", "count"), [("--build-arg GIT_SHA=$(git rev-parse HEAD)", 0), ("", 1)]
)
def test_a_build_of_the_project_may_read_an_argument(
    tmp_path: Path, passed: str, count: int
) -> None:
    text = (
        "FROM gradle:8 AS build\nARG GIT_SHA\nENV GIT_SHA=$GIT_SHA\nWORKDIR /a\nCOPY . .\n"
        "RUN gradle assemble\n"
    )
    context = f"build.gradle: plugins {{}}\nsrc/A.java 3kB\nbuild.sh: docker build {passed} .\n"
    found = check(tmp_path, text=text, context=context).found
    assert len(found) == count
    assert not any("declare" in each.help for each in found)


def test_wheels_read_no_argument(tmp_path: Path) -> None:
    text = (
        "FROM python:3.12 AS wheels\nCOPY requirements.txt .\n"
        "RUN pip wheel -w /wheels -r requirements.txt\n"
        "FROM python:3.12\nARG GIT_SHA\nENV APP_SHA=$GIT_SHA\nWORKDIR /app\nCOPY . .\n"
        "RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels pip install /wheels/*\n"
    )
    build = "docker build --build-arg GIT_SHA=$(git rev-parse HEAD) ."
    context = f"requirements.txt: flask==3\nshop.py 3kB\nbuild.sh: {build}\n"
    [found] = check(tmp_path, text=text, context=context).found
    assert found.help.endswith("after the install, and set `APP_SHA` there")


@pytest.mark.parametrize(
    ("other", "advice"),
    [
        ("pip install -r requirements.txt", "move it after the install, and after all else"),
        ("pip install -r b/list.txt", "move it after the install, and after all else"),
        # it may read what the first COPY brings
        ("./setup.sh", "before it, copy what the install reads of line 8, and install"),
    ],
)
def test_a_second_list_in_the_run_of_an_install(tmp_path: Path, other: str, advice: str) -> None:
    text = (
        "FROM node:22 AS page\nWORKDIR /page\nCOPY page .\nRUN npm run build\n"
        "FROM python:3.13\nWORKDIR /app\n"
        "COPY --from=page /page/dist shop/page\nCOPY requirements.txt b ./\n"
        f"RUN {other} && pip install --no-deps -r list.txt\nRUN id\n"
    )
    lists = "b/list.txt: a==1\nb/b/list.txt: b==1\n"
    context = f"{PYTHON}{lists}page/index.js 1kB\npage/package.json: {{}}\n"
    [found] = check(tmp_path, text=text, context=context).found
    assert found.place.start.line == 7
    assert (found.help or "").startswith(advice)
