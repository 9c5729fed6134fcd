"""Which installs hold to the lock file, and how they are made to."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked, commit, severities

from dlint.lint.engine import Task

if TYPE_CHECKING:
    from pathlib import Path

lockfile = partial(checked, rule="pin/lockfile-install")
FILES = (
    "package.json: {}\npackage-lock.json: {}\nyarn.lock: # yarn lockfile v1\n"
    'pnpm-lock.yaml: lockfileVersion: \'9.0\'\nbun.lock: {"workspaces": {"": {}}}\n'
)
MORE = "Pipfile\nPipfile.lock\npyproject.toml\nuv.lock\ncomposer.json: {}\ncomposer.lock: {}\nCargo.toml\nCargo.lock\n"


@pytest.mark.parametrize(
    ("loose", "held"),
    [
        ("npm install", "npm ci"),
        ("npm i --omit=dev", "npm ci --omit=dev"),
        ("yarn", "yarn install --frozen-lockfile"),
        ("yarn install --production", "yarn install --frozen-lockfile --production"),
        ("yarn install --no-immutable", "yarn install --frozen-lockfile"),
        ("pnpm i --no-frozen-lockfile", "pnpm i --frozen-lockfile"),
        ("bun install", "bun install --frozen-lockfile"),
        ("pipenv install --system", None),
        ("uv sync", None),
        ("uv sync $(test $CI || echo --no-dev)", None),
        ("composer update", None),
        ("cargo build", None),
    ],
)
def test_installs_that_may_resolve_anew(tmp_path: Path, loose: str, held: str | None) -> None:
    head = "FROM node:22\nWORKDIR /app\nCOPY . .\n"
    found = lockfile(tmp_path, text=f"{head}RUN {loose} && true\n", context=FILES + MORE)
    assert found.lines == [4]
    assert found.fixed == f"{head}RUN {held or loose} && true\n"


@pytest.mark.parametrize(
    "install",
    [
        *(
            "npm ci",
            "yarn install --immutable",
            "pnpm install --frozen-lockfile",
            "bun ci",
            "bun install --production",
            "uv sync --locked",
        ),
        *(
            "pipenv install --deploy",
            "composer install",
            "cargo build --locked",
            "CI=true pnpm fetch",
        ),
        *(
            "npm install express",
            "npm install -g pnpm@9",
            "yarn add a@1",
            "npm install --package-lock-only",
        ),
        *(
            "yarn workspaces focus --production",
            "pip install -r requirements.txt",
            "npm run install",
        ),
    ],
)
def test_installs_that_hold_to_the_lock(tmp_path: Path, install: str) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY . .\nRUN {install}\n"
    assert lockfile(tmp_path, text=text, context=FILES + MORE).messages == []


def test_without_a_lock_there_is_nothing_to_hold_to(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY package.json ./\nRUN npm install\n"
    assert lockfile(tmp_path, text=text, context="package.json: {}").lines == []


@pytest.mark.parametrize(
    ("flags", "held"),
    [
        ("", ""),
        (" --legacy-peer-deps", " --legacy-peer-deps"),
        (" --legacy-peer-deps=true --omit=dev", " --legacy-peer-deps=true"),
        (" -f", " -f"),
        (" --no-fund", ""),
    ],
)
def test_a_lock_that_is_not_copied_is_a_hit_without_a_fix(
    tmp_path: Path, flags: str, held: str
) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY package.json ./\nRUN npm install{flags}\n"
    found = lockfile(tmp_path, text=text, context=FILES)
    assert found.safeties == [None]
    assert "not copied" in found.messages[0]
    (diagnostic,) = found.found
    assert diagnostic.help.startswith(f"copy `package-lock.json` as well, then use `npm ci{held}`")


_FROZEN = "RUN yarn install --frozen-lockfile\n"


@pytest.mark.parametrize(
    ("steps", "lines"),
    [
        (f"COPY package.json ./\n{_FROZEN}", [4]),
        (f"COPY package.json ./\n{_FROZEN}RUN rm -r node_modules\n{_FROZEN}", [4]),
        (f"COPY package.json yarn.lock ./\n{_FROZEN}", []),
        (f"COPY package.json yarn.* ./\n{_FROZEN}", []),
        (f"COPY . ./\n{_FROZEN}", []),
        (f"COPY package.json ./\nRUN touch yarn.lock\n{_FROZEN}", []),
        (f"COPY package.json ./\nCOPY --from=deps /app ./\n{_FROZEN}", []),
        (f"COPY package.json ./\nRUN corepack enable\n{_FROZEN}", []),
        ("COPY package.json ./\nRUN yarn install --immutable\n", []),
        (
            f"COPY package.json ./\n{_FROZEN}".replace(
                "RUN", "RUN --mount=type=bind,source=yarn.lock,target=yarn.lock"
            ),
            [],
        ),
    ],
)
def test_yarn_1_does_not_fail_without_its_lock_file(
    tmp_path: Path, steps: str, lines: list[int]
) -> None:
    found = lockfile(
        tmp_path, text=f"FROM node:22\nWORKDIR /app\n{steps}FROM node:22 AS deps\n", context=FILES
    )
    assert found.lines == lines
    assert [each.help for each in found.found] == ["copy `yarn.lock` as well"] * len(lines)


@pytest.mark.parametrize(
    ("remarked", "remark"),
    [
        ("COPY", "without the lock file, which is Windows'"),
        ("RUN", "without the lock file, which is Windows'"),
        ("RUN", "the workspace does not support immutability"),
        ("RUN", "Install (not ci) for what the lock file leaves out"),
    ],
)
def test_a_choice_that_a_comment_states_is_an_info(
    tmp_path: Path, remarked: str, remark: str
) -> None:
    lines = "FROM node:22\nWORKDIR /app\nCOPY package.json ./\nRUN npm install\n"
    text = lines.replace(remarked, f"# {remark}\n{remarked}")
    found = lockfile(tmp_path, text=text, context=FILES)
    assert [str(each.severity) for each in found.found] == ["info"]


@pytest.mark.parametrize(
    "script",
    [
        "if [ -f package-lock.json ]; then npm ci; else npm install; fi",
        "npm ci || npm install",
        "npm ci && npm install",
    ],
)
def test_an_install_beside_one_that_holds_to_the_lock(tmp_path: Path, script: str) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY package*.json ./\nRUN {script}\n"
    assert lockfile(tmp_path, text=text, context=FILES).lines == []


def test_locks_from_mounts_and_from_other_stages(tmp_path: Path) -> None:
    names = ("package.json", "yarn.lock")
    mounts = " ".join(f"--mount=type=bind,source={name},target=/a/{name}" for name in names)
    assert lockfile(
        tmp_path, text=f"FROM node:22\nWORKDIR /a\nRUN {mounts} yarn\n", context=FILES
    ).lines == [3]
    stage = "FROM node:22 AS x\nFROM node:22\nCOPY --from=x /out/pnpm-lock.yaml ./\nRUN pnpm i\n"
    assert lockfile(tmp_path, text=stage, context=FILES).lines == [4]


def test_cargo_finds_the_lock_of_the_workspace(tmp_path: Path) -> None:
    text = "FROM rust:1.80\nWORKDIR /app\nCOPY . .\nRUN cargo {} && true\n"
    context = "Cargo.toml\nCargo.lock\nserver/Cargo.toml\nserver/src/main.rs\n"
    build = lockfile(
        tmp_path, text=text.format("build --manifest-path server/Cargo.toml"), context=context
    )
    assert [(each.place.start.line, each.severity.value) for each in build.found] == [(4, "info")]
    install = lockfile(tmp_path, text=text.format("install --path server"), context=context)
    assert [(each.place.start.line, each.severity.value) for each in install.found] == [
        (4, "warning")
    ]
    assert (
        lockfile(
            tmp_path, text=text.format("install --locked --path server"), context=context
        ).lines
        == []
    )


def test_the_first_npms_know_no_ci(tmp_path: Path) -> None:
    text = "FROM {}\nWORKDIR /app\nCOPY . .\nRUN npm install\n"
    old = ["node:6.11.1", "node:boron-alpine", "example/node:8.9", "node:9", "node:10.2-slim"]
    new = ["node:8", "node:8.12.0", "node:10", "node:22", "node:lts", "example/shop:6"]
    assert [
        name
        for name in old + new
        if lockfile(tmp_path, text=text.format(name), context=FILES).lines
    ] == new
    setup = "RUN curl https://deb.nodesource.com/setup_9.x | bash -\n"
    assert (
        lockfile(
            tmp_path, text=text.replace("WORKDIR", f"{setup}WORKDIR").format("lts"), context=FILES
        ).lines
        == []
    )


def test_continuous_integration_freezes_by_itself(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nENV CI=true\nCOPY . .\nRUN pnpm install\n"
    assert lockfile(tmp_path, text=text, context=FILES).lines == []
    text = text.replace("install", "install --no-frozen-lockfile")
    assert lockfile(tmp_path, text=text, context=FILES).lines == [5]


@pytest.mark.parametrize(
    ("lock", "safety"),
    [
        ('{"packages": {"": {"dependencies": {"a": "^1"}}}}', "safe"),
        ('{"packages": {"": {}}}', None),
        ('{"dependencies": {}}', None),
        ('{"dependencies": {"a": {"version": "1.0.0"}}}', "unsafe"),
        ("x", "unsafe"),
    ],
)
def test_the_fix_is_safe_where_the_lock_fits(tmp_path: Path, lock: str, safety: str | None) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY package*.json ./\nRUN npm install\n"
    context = f'package.json: {{"dependencies": {{"a": "^1"}}}}\npackage-lock.json: {lock}\n'
    assert lockfile(tmp_path, text=text, context=context).safeties == [safety]


def test_a_stale_lock_has_to_be_renewed_first(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY package.json {0} ./\nRUN {1}\n"
    manifest = 'package.json: {{"dependencies": {{"a": "^1", "b": "{0}"}}}}\n{1}'
    for lock, install in (("yarn.lock", "yarn"), ("pnpm-lock.yaml", "pnpm install")):
        written = f'{lock}: a@^1:\\n  version "1"\n'
        dockerfile = text.format(lock, install)
        found = lockfile(tmp_path, text=dockerfile, context=manifest.format("^2", written))
        assert [str(each.severity) for each in found.found] == ["info"]
        assert found.texts[0].startswith(f"{lock} lacks packages that package.json asks for")
        assert found.safeties == [None]
        # what such a file need not hold
        found = lockfile(tmp_path, text=dockerfile, context=manifest.format("link:../b", written))
        assert [str(each.severity) for each in found.found] == ["info"]
        assert found.found[0].help.startswith("make sure that the lock file matches")


@pytest.mark.parametrize(
    ("install", "context", "lines"),
    [
        ("bundle install", "Gemfile\nGemfile.lock: PLATFORMS\\n  x86_64-darwin-22\\n\n", []),
        ("bundle install", "Gemfile\nGemfile.lock: PLATFORMS\\n  arm64-darwin\\n  ruby\\n\n", [4]),
        ("bundle install", "Gemfile\nGemfile.lock: PLATFORMS\\n  x86_64-linux\\n\n", [4]),
        ("bundle install", "Gemfile\nGemfile.lock: PLATFORMS\\n  aarch64-linux\\n\n", []),
        ("BUNDLE_GEMFILE=Gemfile bundle install", "Gemfile\nGemfile.lock\n", [4]),
        ("BUNDLE_GEMFILE=G bundle install", "Gemfile\nGemfile.lock\nG\nG.lock\n", []),
        ("MORE_GEMS=a bundle install", "Gemfile: ENV['MORE_GEMS'].split\nGemfile.lock\n", []),
        ("bundle install", "Gemfile: ENV.fetch('MORE_GEMS', '')\nGemfile.lock\n", [4]),
        ("dotnet restore", 'a.csproj\npackages.lock.json: {"dependencies": {"net8.0": {}}}\n', [4]),
        (
            "dotnet restore -r linux-x64",
            'a.csproj\npackages.lock.json: {"dependencies": {"net8.0": {}}}\n',
            [],
        ),
        (
            "dotnet restore -r linux-x64",
            'a.csproj\npackages.lock.json: {"dependencies": {"net8.0": {}, "net8.0/linux-x64": {}}}\n',
            [4],
        ),
        ("dotnet publish", 'a.csproj\npackages.lock.json: {"dependencies": {"net8.0": {}}}\n', []),
        (
            "yarn install --no-immutable",
            'package.json: {"workspaces": ["packages/*"]}\nyarn.lock: __metadata:\\n  version: 8\\n\n',
            [4],
        ),
    ],
)
def test_what_a_lock_must_hold(
    tmp_path: Path, install: str, context: str, lines: list[int]
) -> None:
    text = f"FROM debian:12\nWORKDIR /app\nCOPY . .\nRUN {install}\n"
    assert lockfile(tmp_path, text=text, context=context).lines == lines


@pytest.mark.parametrize(
    ("base", "install", "lines"),
    [
        ("ruby:3.4", "bundle install", [4]),
        ("ruby:${V}-alpine", "bundle install", [4]),
        ("base", "bundle install", []),
        ("shop/ruby-builder:3", "bundle install", []),
        ("$BUILDER", "bundle install", []),
        ("shop/rust-builder:3", "cargo build --release", [4]),
    ],
)
def test_settings_that_a_base_may_have(
    tmp_path: Path, base: str, install: str, lines: list[int]
) -> None:
    text = f"ARG V=3.4\nFROM {base}\nCOPY . .\nRUN {install}\n"
    context = (
        "Gemfile\nGemfile.lock: PLATFORMS\\n  ruby\\n\nCargo.toml: [package]\nCargo.lock\n"
        "src/main.rs\n"
    )
    assert lockfile(tmp_path, text=text, context=context).lines == lines


def test_managers_that_keep_to_a_lock_file_that_fits(tmp_path: Path) -> None:
    text = "FROM {}\nWORKDIR /app\nCOPY . .\nRUN {}\n"
    context = "Cargo.toml: [package]\nCargo.lock\nsrc/main.rs\npackage.json: {}\nyarn.lock\n"
    run = partial(lockfile, tmp_path, context=context)
    [message] = run(text=text.format("rust:1.80", "cargo build --release")).messages
    assert message.endswith("resolves packages again where `Cargo.lock` does not fit")
    [message] = run(text=text.format("node:22", "yarn install")).messages
    assert message.endswith("resolves packages again where `yarn.lock` does not fit")
    [message] = run(text=text.format("node:22", "yarn upgrade")).messages
    assert message.endswith("may ignore `yarn.lock`")


@pytest.mark.parametrize(
    ("install", "copied", "says", "severity"),
    [
        ("npm install", True, "where package-lock.json does not fit", "info"),
        ("npm update", True, "npm update may ignore package-lock.json", "warning"),
        ("npm install --no-package-lock", True, "may ignore package-lock.json", "warning"),
        ("npm install", False, "again: package-lock.json is in the build context", "warning"),
        ("yarn install", True, "where yarn.lock does not fit", "info"),
        ("yarn install --no-lockfile", True, "may ignore yarn.lock", "warning"),
        ("yarn install", False, "again: yarn.lock is in the build context", "warning"),
    ],
)
def test_a_lock_file_is_ignored_only_where_it_is_not_copied(
    tmp_path: Path, install: str, says: str, severity: str, *, copied: bool
) -> None:
    what = "package.json package-lock.json yarn.lock" if copied else "package.json"
    text = f"FROM node:22\nWORKDIR /app\nCOPY {what} ./\nRUN {install}\n"
    found = lockfile(tmp_path, text=text, context=FILES)
    assert says in found.texts[0]
    assert severities(found.found) == [(4, severity)]


def test_workspaces_of_which_not_all_is_there(tmp_path: Path) -> None:
    yarn = "FROM node:22\nWORKDIR /app\nCOPY package.json yarn.lock ./\n{}RUN yarn install\n"
    context = (
        'package.json: {"workspaces": ["packages/*"]}\nyarn.lock: __metadata:\\n  version: 8\\n\n'
        "packages/a/package.json: {}\n"
    )
    assert lockfile(tmp_path, text=yarn.format(""), context=context).lines == []
    more = "COPY packages packages\n"
    assert lockfile(tmp_path, text=yarn.format(more), context=context).lines == [5]
    uv = "FROM python:3.12\nWORKDIR /app\nCOPY pyproject.toml uv.lock ./\nRUN uv sync\n"
    context = 'pyproject.toml: [tool.uv.workspace]\\nmembers = ["packages/*"]\nuv.lock\npackages/a/pyproject.toml\n'
    assert lockfile(tmp_path, text=uv, context=context).lines == []


def test_who_develops_in_an_image_edits_manifests_there(tmp_path: Path) -> None:
    head = "FROM node:22\nWORKDIR /app\nCOPY . .\n"
    bare = "FROM node:22\nWORKDIR /app\n\nCOPY package.json .\n"
    for text, wanted in (
        (f"{head}RUN pnpm install\n", []),
        (f"{head}RUN npm install\n", []),
        (f"{bare}RUN npm install\n", [5]),
    ):
        first = lockfile(tmp_path, text=text, context=FILES)
        assert len(first.lines) == 1
        task = Task((tmp_path / "Dockerfile").rename(tmp_path / "Dockerfile.dev").as_posix())
        assert first._replace(task=task).lines == wanted
    assert lockfile(tmp_path, text=f"{head}RUN pnpm install\n", context=FILES).lines == [4]


def test_nobody_develops_in_an_image_that_is_pushed(tmp_path: Path) -> None:
    ci = tmp_path / ".github/workflows/release.yml"
    ci.parent.mkdir(parents=True)
    ci.write_text(
        "jobs:\n  release:\n    steps:\n"
        "      - run: docker build -f Dockerfile.debug -t example/web .\n"
        "      - run: docker push example/web\n"
    )
    commit(tmp_path)
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN pnpm install\n"
    sent = lockfile(tmp_path, text=text, context=FILES)
    released = Task((tmp_path / "Dockerfile").rename(tmp_path / "Dockerfile.debug").as_posix())
    assert sent._replace(task=released).lines == [4]


def test_cargo_refuses_a_lock_with_more_members_than_are_there(tmp_path: Path) -> None:
    context = "Cargo.toml: [workspace]\\nmembers = ['crates/*']\nCargo.lock\ncrates/a/Cargo.toml\ncrates/b/Cargo.toml\n"
    copy = "FROM rust:1.80\nWORKDIR /app\nCOPY Cargo.toml Cargo.lock ./\nCOPY crates/{} crates/{}\nRUN cargo build\n"
    for members in ("'crates/*'", "'crates/a', 'crates/b'"):
        for part, lines in (("a", []), ("", [5])):
            text = copy.format(part, part)
            told = context.replace("'crates/*'", members)
            assert lockfile(tmp_path, text=text, context=told).lines == lines


def test_a_lock_that_another_stage_made_may_be_said_to_be_loose(tmp_path: Path) -> None:
    text = (
        "FROM node:22 AS x\nRUN turbo prune web\nFROM node:22\nWORKDIR /app\n"
        "COPY --from=x /out/pnpm-lock.yaml ./\nRUN pnpm install{}\n"
    )
    context = "pnpm-lock.yaml\n"
    assert lockfile(tmp_path, text=text.format(""), context=context).lines == [6]
    loose = text.format(" --no-frozen-lockfile")
    [found] = lockfile(tmp_path, text=loose, context=context).found
    assert (str(found.severity), found.repair) == ("info", None)
    other = text.replace("WORKDIR", "COPY package.json /\nWORKDIR")
    empty = tmp_path / "other"
    empty.mkdir()
    assert lockfile(empty, text=other.format(""), context="package.json: {}\n").lines == []


def test_an_install_by_the_same_lock_file_is_told_once(tmp_path: Path) -> None:
    text = "FROM rust:1\nWORKDIR /app\nCOPY . .\nRUN cargo fetch\nRUN cargo build\n"
    assert lockfile(tmp_path, text=text, context="Cargo.toml\nCargo.lock\n").lines == [4]


def test_an_install_after_one_that_kept_to_the_lock_file(tmp_path: Path) -> None:
    head = "FROM node:22\nWORKDIR /app\nCOPY package.json yarn.lock ./\n"
    text = head + "RUN yarn install{}\nCOPY . .\nRUN yarn install --production\n"
    context = "package.json: {}\nyarn.lock\nsrc/a.js\n"
    assert lockfile(tmp_path, text=text.format(" --frozen-lockfile"), context=context).lines == []
    assert lockfile(tmp_path, text=text.format(""), context=context).lines == [4]
    # The second COPY brings another manifest, of which nothing has said that the lock file fits it.
    context += "packages/b/package.json: {}\n"
    assert lockfile(tmp_path, text=text.format(" --frozen-lockfile"), context=context).lines == [6]


def test_a_manifest_by_another_name_has_no_lock_file_beside_it(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY package.json ./old.json\nRUN cp a/package.json . && yarn\n"
    assert lockfile(tmp_path, text=text, context="package.json: {}\nyarn.lock\n").lines == []


NODE = (
    'package.json: {"dependencies": {"a": "1"}, "devDependencies": {"b": "1"}}\n'
    'package-lock.json: {"packages": {"": {"dependencies": {"a": "1"}, "devDependencies": {"b": "1"}}}}\n'
    "yarn.lock: a@1:\\n\\nb@1:\\n\n"
)


@pytest.mark.parametrize(
    ("run", "mended"),
    [
        ('"npm", "install"', '"npm", "ci"'),
        ('"yarn"', '"yarn", "install", "--frozen-lockfile"'),
        ('"sh", "-c", "yarn"', '"sh", "-c", "yarn install --frozen-lockfile"'),
    ],
)
def test_words_that_a_fix_adds_in_exec_form(tmp_path: Path, run: str, mended: str) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY package.json yarn.lock package-lock.json ./\nRUN [{run}]\nCMD node .\n"
    assert lockfile(tmp_path, text=text, context=NODE).fixed == text.replace(run, mended)


@pytest.mark.parametrize(
    ("install", "wanted"),
    [
        ("cargo install cargo-chef", []),  # `pin/unlocked-package` tells of it
        ("cargo install cargo-chef --version 0.1.67", [2]),
        ("cargo install cargo-chef@0.1.67", [2]),
        ("cargo auditable install cargo-chef@0.1.67", [2]),
        ("cargo install --locked cargo-chef", []),
        # its repository may have none
        ("cargo install --git https://example.com/a.git --rev 5f4db41 cargo-chef", []),
        ("cargo install --git=https://example.com/a.git --rev 5f4db41 cargo-chef", []),
        ("cargo binstall cargo-chef", []),
        ("cargo install --list", []),
    ],
)
def test_the_lock_file_in_a_package_of_rust(
    tmp_path: Path, install: str, wanted: list[int]
) -> None:
    found = lockfile(tmp_path, text=f"FROM rust:1.80\nRUN {install}\n").found
    assert [each.place.start.line for each in found] == wanted
    assert {each.severity.value for each in found} <= {"info"}


@pytest.mark.parametrize(
    ("lock", "install"), [("pnpm-lock.yaml", "pnpm i"), ("package-lock.json", "npm install")]
)
def test_the_lock_of_a_workspace_beside_the_manifest_of_a_member(
    tmp_path: Path, lock: str, install: str
) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY {lock} .\nCOPY {{}} .\nRUN {install}\n"
    context = (
        f'package.json: {{"devDependencies": {{"a": "1"}}}}\n{lock}: {{}}\n'
        'web/package.json: {"dependencies": {"b": "1"}}\n'
    )
    assert lockfile(tmp_path, text=text.format("web"), context=context).lines == []
    assert lockfile(tmp_path, text=text.format("package.json"), context=context).lines == [5]


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        ("RUN npm run build\nWORKDIR /app/dist\nCOPY package-lock.json ./\n", []),
        ("RUN jq . package.json > a && mv a package.json\n", []),
        ("RUN sed -i 's/a/b/' package.json\n", []),
        ("RUN sed -i 's/a/b/' README.md && chmod 644 package.json\n", [5]),
        ("COPY package.json a\nRUN mv a package.json\n", [6]),
    ],
)
def test_a_manifest_that_a_step_generates_may_not_fit_the_lock_file(
    tmp_path: Path, made: str, wanted: list[int]
) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY package.json package-lock.json ./\n{made}RUN npm i\n"
    assert lockfile(tmp_path, text=text, context=FILES).lines == wanted


@pytest.mark.parametrize(
    ("base", "edit", "wanted"),
    [
        ("rust:1\nWORKDIR /app", "sed -i '/probe/d' Cargo.toml", []),
        ("rust:1\nWORKDIR /app", "sed -i '/probe/d' tools/Cargo.toml", []),
        ("shop/rust:1\nENV A=1", "sed -i '/probe/d' Cargo.toml", []),
        ("rust:1\nWORKDIR /app", "sed -i 's/a/b/' build.rs", [4]),
        ("rust:1\nWORKDIR /app", "sed -i 's/a/b/' /opt/Cargo.toml", [4]),
        ("rust:1\nWORKDIR /app", "mkdir .cargo && echo '[net]' > .cargo/config.toml", [4]),
    ],
)
def test_a_manifest_that_is_edited_may_be_found_by_a_pattern(
    tmp_path: Path, base: str, edit: str, wanted: list[int]
) -> None:
    text = f"FROM {base}\nCOPY Cargo.toml Cargo.lock ./\nRUN {edit} && cargo build\n"
    assert lockfile(tmp_path, text=text, context=MORE).lines == wanted


@pytest.mark.parametrize(
    ("base", "version", "wanted"),
    [
        ("node:10.8-alpine", 3, []),
        ("node:10.8", 2, [4]),
        ("node:16", 3, [4]),
        ("debian:12", 3, [4]),
    ],
)
def test_the_npm_of_an_old_node_reads_no_lock_of_the_third_format(
    tmp_path: Path, base: str, version: int, wanted: list[int]
) -> None:
    lock = f'{{"lockfileVersion": {version}, "packages": {{"": {{}}}}}}'
    text = f"FROM {base}\nWORKDIR /app\nCOPY . .\nRUN npm install\n"
    context = f"package.json: {{}}\npackage-lock.json: {lock}\n"
    assert lockfile(tmp_path, text=text, context=context).lines == wanted


def test_what_is_told_to_resolve_anew_is_not_safely_turned_round(tmp_path: Path) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN pnpm i --no-frozen-lockfile && true\n"
    lock = "pnpm-lock.yaml: lockfileVersion: '9.0'\\nimporters:\\n  .: {}\n"
    found = lockfile(tmp_path, text=text, context=f"package.json: {{}}\n{lock}")
    assert found.safeties == ["unsafe"]


@pytest.mark.parametrize(
    ("lock", "settings", "flag"),
    [
        ("# yarn lockfile v1", "", "--frozen-lockfile"),
        ("# yarn lockfile v1", "web/.yarnrc.yml", "--frozen-lockfile"),
        ("# yarn lockfile v1", ".yarnrc.yml", "--immutable"),
        ("__metadata:", "", "--immutable"),
    ],
)
def test_the_advice_is_what_the_fix_does(
    tmp_path: Path, lock: str, settings: str, flag: str
) -> None:
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN yarn install\n"
    context = f'package.json: {{"name": "shop"}}\nyarn.lock: {lock}\n{settings}\n'
    found = checked(tmp_path, "pin/lockfile-install", text, context=context)
    assert f"use `{flag}`" in found.found[0].help


@pytest.mark.parametrize(
    ("base", "version", "safety"),
    [
        ("ghcr.io/acme/web-base:3", 3, None),
        ("ghcr.io/acme/web-base:3", 2, "safe"),
        ("ghcr.io/acme/node:20", 3, "safe"),
        ("ghcr.io/acme/ubi9/nodejs-20", 3, "safe"),
        ("debian:12", 3, "safe"),
    ],
)
def test_an_npm_of_an_unknown_age_may_not_read_the_lock(
    tmp_path: Path, base: str, version: int, safety: str | None
) -> None:
    lock = f'{{"lockfileVersion": {version}, "packages": {{"": {{}}}}}}'
    text = f"FROM {base}\nWORKDIR /app\nCOPY . .\nRUN npm install\n"
    found = lockfile(
        tmp_path, text=text, context=f"package.json: {{}}\npackage-lock.json: {lock}\n"
    )
    assert found.safeties == [safety]


@pytest.mark.parametrize(
    ("entries", "safety"),
    [
        ({"node_modules/a": {"dependencies": {"b": "1"}}}, None),
        ({"node_modules/a": {"optionalDependencies": {"b": "1"}}}, None),
        ({"node_modules/a": {"dependencies": {"b": "1"}}, "node_modules/b": {}}, "safe"),
        (
            {"node_modules/a": {"dependencies": {"b": "1"}}, "node_modules/a/node_modules/b": {}},
            "safe",
        ),
        (
            {"node_modules/a": {"dependencies": {"b": "1"}}, "node_modules/c/node_modules/b": {}},
            None,
        ),
        ({"node_modules/a": {"dependencies": {"b": "1"}, "bundleDependencies": ["b"]}}, "safe"),
        ({"packages/a": {"dependencies": {"b": "1"}}, "packages/node_modules/b": {}}, "safe"),
    ],
)
def test_a_lock_that_lacks_a_package_of_a_package_is_stale(
    tmp_path: Path, entries: dict[str, object], safety: str | None
) -> None:
    lock = json.dumps({"lockfileVersion": 3, "packages": {"": {}, **entries}})
    text = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm install\n"
    found = lockfile(
        tmp_path, text=text, context=f"package.json: {{}}\npackage-lock.json: {lock}\n"
    )
    assert found.safeties == [safety]


def test_an_install_that_no_known_build_runs_keeps_to_nothing(tmp_path: Path) -> None:
    head = "FROM node:22\nARG BUILD_UI={}\nWORKDIR /app\nCOPY . .\n"
    run = 'RUN if [ "$BUILD_UI" = 1 ]; then npm install; else mkdir dist; fi\n'
    compose = (
        ".git/HEAD: x\ncompose.yaml: services:\\n  a:\\n    build:\\n      context: .\\n"
        "      args:\\n        BUILD_UI: '{}'\n"
    )
    for at, (default, passed, wanted) in enumerate(
        ((0, None, []), (1, None, [5]), (0, 1, [5]), (1, 0, []))
    ):
        (tmp_path / str(at)).mkdir()
        context = FILES if passed is None else FILES + compose.format(passed)
        text = f"{head.format(default)}{run}"
        assert lockfile(tmp_path / str(at), text=text, context=context).lines == wanted


@pytest.mark.parametrize(
    ("steps", "lines"),
    [
        ("COPY . .\nRUN rm package-lock.json && npm install\n", []),
        ("COPY . .\nRUN rm -rf node_modules package-lock.json\nRUN npm install\n", []),
        ("COPY package.json .\nRUN rm -f package-lock.json && npm install\n", []),
        ("COPY . .\nRUN npm install && rm package-lock.json\n", [4]),
        ("RUN rm -f package-lock.json\nCOPY . .\nRUN npm install\n", [5]),
        ("COPY . .\nRUN rm -f web/package-lock.json && npm install\n", [4]),
    ],
)
def test_a_lock_file_that_is_deleted_before(tmp_path: Path, steps: str, lines: list[int]) -> None:
    text = f"FROM node:22\nWORKDIR /app\n{steps}"
    assert (
        lockfile(tmp_path, text=text, context="package.json: {}\npackage-lock.json: {}\n").lines
        == lines
    )


BUNDLE = "Gemfile: gem 'rails'\nGemfile.lock: GEM\\n  specs:\\n    rails (7.0)\n"


@pytest.mark.parametrize(
    ("steps", "lines"),
    [
        ("RUN bundle update --bundler\nRUN bundle install", []),
        ("RUN bundle lock --add-platform ruby && bundle install", []),
        ("RUN bundle add rake\nRUN bundle install", []),
        ("RUN bundle update\nRUN bundle install", [4]),
        ("RUN bundle install\nRUN bundle update --bundler", [4]),
        ("RUN bundle install && bundle lock", [4]),
        ("RUN cd /tmp && bundle lock\nRUN bundle install", [5]),  # of another project
        ("RUN bundle exec rake update\nRUN bundle install", [5]),
        ("RUN yarn add govuk\nRUN bundle install", [5]),
        ("RUN bundle lock\nCOPY Gemfile.lock ./\nRUN bundle install", [6]),
    ],
)
def test_a_lock_file_that_is_written_before(tmp_path: Path, steps: str, lines: list[int]) -> None:
    text = f"FROM ruby:3.3\nWORKDIR /app\nCOPY Gemfile Gemfile.lock ./\n{steps}\n"
    assert lockfile(tmp_path, text=text, context=BUNDLE).lines == lines


@pytest.mark.parametrize("folder", ["", "shop/"])
@pytest.mark.parametrize(
    ("manager", "lock"),
    [("npm", "package-lock.json"), ("yarn", "yarn.lock"), ("pnpm", "pnpm-lock.yaml")],
)
def test_a_lock_file_that_the_context_lacks_may_not_fit(
    tmp_path: Path, manager: str, lock: str, folder: str
) -> None:
    text = f"FROM node:22\nCOPY {folder}package.json {folder}{lock} ./\nRUN {manager} install\n"
    assert lockfile(tmp_path, text=text, context="notes.md\n").lines == []


@pytest.mark.parametrize(
    ("more", "flag"), [("", "--frozen-lockfile"), (" /a/.yarnrc.yml", "--immutable")]
)
def test_yarn_2_is_told_by_settings_that_come_with_the_lock_file(
    tmp_path: Path, more: str, flag: str
) -> None:
    copy = f"COPY --from=made /a/yarn.lock{more} ./"
    text = f"FROM node:22 AS made\nFROM node:22\n{copy}\nRUN yarn install && true\n"
    found = lockfile(tmp_path, text=text, context="yarn.lock\n")
    assert f"use `{flag}`" in found.found[0].help
    assert f"RUN yarn install {flag} && true" in (found.fixed or "")


@pytest.mark.parametrize(
    ("run", "advice"),
    [
        ("bundle update --bundler", None),  # the gems stay as they are locked
        ("bundle update", "use bundle install, which installs exactly what is locked"),
        ("bundle install", "use BUNDLE_FROZEN=true, which installs exactly what is locked"),
    ],
)
def test_nothing_frozen_is_updated(tmp_path: Path, run: str, advice: str | None) -> None:
    text = f"FROM ruby:3.3\nWORKDIR /app\nCOPY Gemfile Gemfile.lock ./\nRUN {run}\n"
    found = lockfile(tmp_path, text=text, context=BUNDLE).found
    assert [each.help.replace("`", "") for each in found] == ([advice] if advice else [])


@pytest.mark.parametrize(
    ("base", "locked", "added"),
    [
        ("ruby:3.4", "x86_64-linux", ""),
        ("ruby:3.4", "x86_64-linux-gnu", ""),
        ("ruby:3.4", "x86_64-linux-musl", "x86_64-linux"),
        ("ruby:3.4-alpine", "x86_64-linux", ""),
        ("ruby:3.4-alpine", "x86_64-linux-musl", ""),
        ("ruby:3.4-alpine", "x86_64-linux-gnu", "x86_64-linux-musl"),
        ("alpine:3.20", "x86_64-linux-gnu", "x86_64-linux-musl"),
        ("ruby:3.4-alpine", "x86_64-linux-gnu ruby", ""),
        ("ruby:3.4", "arm64-darwin-24 x86_64-linux", "aarch64-linux"),
        ("ruby:3.4", "arm64-darwin x86_64-linux aarch64-linux-gnu", ""),
        ("--platform=linux/amd64 ruby:3.4", "arm64-darwin x86_64-linux", ""),
        (
            "ruby:3.4-alpine",
            "arm64-darwin x86_64-linux-gnu",
            "x86_64-linux-musl aarch64-linux-musl",
        ),
    ],
)
def test_platforms_that_bundler_misses_are_to_be_locked_first(
    tmp_path: Path, base: str, locked: str, added: str
) -> None:
    text = f"FROM {base}\nWORKDIR /app\nCOPY Gemfile Gemfile.lock ./\nRUN bundle {{}}\n"
    platforms = "".join(f"  {each}\\n" for each in locked.split())
    context = f"Gemfile: gem 'rails'\nGemfile.lock: PLATFORMS\\n{platforms}\n"
    [found] = lockfile(tmp_path, text=text.format("install"), context=context).found
    first = f"run `bundle lock --add-platform {added}`, then " if added else ""
    assert found.help == f"{first}use `BUNDLE_FROZEN=true`, which installs exactly what is locked"
    [found] = lockfile(tmp_path, text=text.format("update"), context=context).found
    assert "--add-platform" not in found.help  # what is not frozen adds its own


AMD64 = "\\n    platform: linux/amd64"


@pytest.mark.parametrize(
    ("services", "is_on_arm"),
    [
        (f"  web:\\n    build: .{AMD64}", False),
        ("  web:\\n    build:\\n      context: .\\n      platforms: [linux/amd64]", False),
        (f"  web:\\n    build: .{AMD64}\\n  job:\\n    build: .{AMD64}", False),
        (f"  web:\\n    build: .{AMD64}\\n  job:\\n    build: .", True),
        (f"  web:\\n    build: .{AMD64.replace('amd64', 'arm64/v8')}", True),
        (f"  web:\\n    build: other{AMD64}", True),
        ("  web:\\n    build: .", True),
    ],
)
def test_compose_tells_which_platform_developers_build_for(
    tmp_path: Path,
    services: str,
    is_on_arm: bool,  # noqa: FBT001  a column
) -> None:
    text = "FROM ruby:3.4\nWORKDIR /app\nCOPY Gemfile Gemfile.lock ./\nRUN bundle install\n"
    context = (
        "Gemfile: gem 'rails'\nGemfile.lock: PLATFORMS\\n  arm64-darwin\\n  x86_64-linux\\n\n"
        f"compose.yaml: services:\\n{services}\\n\n.git/HEAD: ref: refs/heads/main\\n\n"
    )
    [found] = lockfile(tmp_path, text=text, context=context).found
    assert ("--add-platform aarch64-linux" in (found.help or "")) is is_on_arm


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("install", "--deploy"),
        ("install --dev", "--deploy"),
        ("install --dev --deploy", None),
        ("install --skip-lock", "pipenv sync"),
        ("update", "pipenv sync"),
        ("sync --dev", None),
    ],
)
def test_only_an_install_of_pipenv_knows_its_flag(
    tmp_path: Path, words: str, what: str | None
) -> None:
    text = f"FROM python:3.12\nWORKDIR /app\nCOPY Pipfile Pipfile.lock ./\nRUN pipenv {words}\n"
    found = lockfile(tmp_path, text=text, context="Pipfile: [packages]\nPipfile.lock: {}\n").found
    advice = [f"use `{what}`, which installs exactly what is locked"] if what else []
    assert [each.help for each in found] == advice


@pytest.mark.parametrize(("flag", "lines"), [("--offline", []), ("--prefer-offline", [4])])
def test_pnpm_resolves_nothing_offline(tmp_path: Path, flag: str, lines: list[int]) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY . .\nRUN pnpm install {flag}\n"
    context = 'package.json: {"dependencies": {"a": "1"}}\npnpm-lock.yaml: lockfileVersion: 9\n'
    assert lockfile(tmp_path, text=text, context=context).lines == lines


@pytest.mark.parametrize(("base", "count"), [("scratch", 0), ("node:22", 1)])
def test_a_stage_that_hands_its_lock_file_out_renews_it(
    tmp_path: Path, base: str, count: int
) -> None:
    text = (
        "FROM node:22 AS update\nWORKDIR /app\nCOPY package*.json ./\nRUN npm install\n"
        f"FROM {base} AS export\nCOPY --from=update /app/package-lock.json /\n"
    )
    context = "package.json: {}\npackage-lock.json: {}\n"
    assert len(checked(tmp_path, "pin/lockfile-install", text, context).found) == count
