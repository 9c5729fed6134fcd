"""Which lines of the ignore file don't do what they seem to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import check, git

from dlint.testing import write_context

if TYPE_CHECKING:
    from pathlib import Path

COPY_ALL = "FROM debian:12.5-slim\nCOPY . /app\n"


@pytest.mark.parametrize(
    ("ignore", "wanted"),
    [
        ("docs # generated", [1]),
        ("# generated\\ndocs\\nc#", []),
        ("!keep.md\\n*.md", [1]),
        ("*.md\\n!keep.md", []),
        ("!keep*\\n*.md", []),
        ("a\\n.pyc", [2]),
        (".env\\n.git", []),
        ("node_modules", [1]),
        ("/node_modules", []),
        ("node_modules\\n**/node_modules", []),
        (".venv", [1]),  # the project below has a lock file: it will have one
        ("docs", []),
    ],
)
def test_the_ignore_file(tmp_path: Path, ignore: str, wanted: list[int]) -> None:
    listing = f"web/node_modules/a.js\napi/uv.lock\nkeep.md\n.dockerignore: {ignore}\n"
    found = check(tmp_path, "context/ignore-lint", COPY_ALL, listing)
    assert [each.place.start.line for each in found] == wanted
    assert all(each.place.path.endswith(".dockerignore") for each in found)


def test_what_git_tracks_further_down_is_meant(tmp_path: Path) -> None:
    write_context(tmp_path, "web/node_modules/a.js\n.dockerignore: node_modules\n")
    git(tmp_path, "init", "-q")
    assert len(check(tmp_path, "context/ignore-lint", COPY_ALL)) == 1
    git(tmp_path, "add", "-f", ".")
    assert check(tmp_path, "context/ignore-lint", COPY_ALL) == []


def test_what_no_copy_takes_is_not_sent(tmp_path: Path) -> None:
    listing = "web/node_modules/a.js\nweb/a.ts\napi/a.py\n.dockerignore: node_modules\n"
    for copy, wanted in (
        ("COPY api /app", []),
        ("COPY web /app", [1]),
        ("COPY . /app", [1]),
        ("RUN --mount=target=. make", [1]),
    ):
        found = check(tmp_path, "context/ignore-lint", f"FROM debian:12\n{copy}\n", listing)
        assert [each.place.start.line for each in found] == wanted


def test_a_suffix_that_nothing_has_is_an_info(tmp_path: Path) -> None:
    ignored = ".dockerignore: .swp\\n.log\n"
    found = check(tmp_path, "context/ignore-lint", COPY_ALL, f"{ignored}a.log\n")
    assert [str(each.severity) for each in found] == ["info", "warning"]


def test_a_suffix_that_is_a_folders_name_too(tmp_path: Path) -> None:
    ignored = ".dockerignore: .cache\\n.tmp\n"
    assert check(tmp_path, "context/ignore-lint", COPY_ALL, f"{ignored}keep.md\n") == []
    [found] = check(tmp_path, "context/ignore-lint", COPY_ALL, f"{ignored}keep.md\na/b.tmp\n")
    assert "`.tmp` matches only a file of exactly that name" in found.message


def test_what_is_not_there_would_be_sent(tmp_path: Path) -> None:
    listing = "docs/uv.lock\nweb/uv.lock\n.dockerignore: .venv\\ndocs\n"
    [found] = check(tmp_path, "context/ignore-lint", COPY_ALL, listing)
    assert found.message.endswith("; `web/.venv` would be sent")


def test_the_first_project_that_a_copy_takes(tmp_path: Path) -> None:
    listing = "docs/uv.lock\nweb/uv.lock\n.dockerignore: .venv\n"
    text = "FROM debian:12.5-slim\nCOPY web /app\n"
    [found] = check(tmp_path, "context/ignore-lint", text, listing)
    assert found.message.endswith("; `web/.venv` would be sent")


PNPM = 'pnpm-workspace.yaml: packages: ["a/*", "!a/web"]\n'
OWN = '{"dependencies": {"x": "1"}}'
NPM = (
    'package-lock.json: {"packages": {"a/web": {}, "node_modules/x": {},'
    ' "node_modules/y/node_modules/x": {}'
)


@pytest.mark.parametrize(
    ("listing", "told"),
    [
        (f"{PNPM}a/api/package.json: {OWN}\n", "a/api/node_modules"),
        (f"{PNPM}a/api/package.json: {{}}\n", ""),
        (f"{PNPM}a/web/package.json: {OWN}\n", ""),
        (f"{PNPM}b/api/package.json: {OWN}\n", ""),  # of no workspace
        (f"{PNPM}package.json: {OWN}\n", ""),
        (f"{PNPM}.npmrc: node-linker=hoisted\na/api/package.json: {OWN}\n", ""),
        (f"{PNPM}.npmrc: node-linker=isolated\na/api/package.json: {OWN}\n", "a/api/node_modules"),
        (f"{PNPM[:-1]}\\nnodeLinker: hoisted\na/api/package.json: {OWN}\n", ""),
        ("pnpm-workspace.yaml: {\na/api/package.json: {}\n", ""),
        (
            f'{NPM}, "a/web/node_modules/x": {{}}}}}}\na/web/package.json: {OWN}\n',
            "a/web/node_modules",
        ),
        (f"{NPM}}}}}\na/web/package.json: {OWN}\n", ""),
        (f'package.json: {{"workspaces": ["a/*"]}}\nyarn.lock\na/web/package.json: {OWN}\n', ""),
    ],
)
def test_what_packages_of_a_workspace_will_have_of_their_own(
    tmp_path: Path, listing: str, told: str
) -> None:
    def found(ignored: str) -> list[str]:
        context = f"{listing}.dockerignore: {ignored}\n"
        return [each.message for each in check(tmp_path, "context/ignore-lint", COPY_ALL, context)]

    line = "`node_modules` is ignored only at the root of the build context;"
    assert found("node_modules") == ([f"{line} `{told}` would be sent"] if told else [])
    assert found("node_modules\\nnode_modules") == found("node_modules")
    assert found("**/node_modules") == []
    assert found("node_modules\\na/*/node_modules") == []
    assert found("node_modules\\na") == []


INSTALLS = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN cd web && npm ci\n"


def test_what_the_dockerfile_installs_is_another_rules(tmp_path: Path) -> None:
    listing = "web/package.json: {}\nweb/package-lock.json: {}\n.dockerignore: node_modules\n"
    assert check(tmp_path, "context/ignore-lint", INSTALLS, listing) == []
    assert len(check(tmp_path, "context/heavy-junk", INSTALLS, listing)) == 1


def test_one_pattern_is_added_once(tmp_path: Path) -> None:
    listing = (
        "web/package.json: {}\nweb/package-lock.json: {}\nweb/node_modules/a/index.js 2MB\n"
        "api/package.json: {}\napi/package-lock.json: {}\napi/node_modules/a/index.js 2MB\n"
        ".dockerignore: node_modules\n"
    )
    [found] = check(tmp_path, "context/ignore-lint", INSTALLS, listing)
    [other] = check(tmp_path, "context/heavy-junk", INSTALLS, listing)
    assert found.repair is None
    assert found.remedy == "use `**/node_modules`"
    assert "**/node_modules" in other.remedy


@pytest.mark.parametrize(
    ("ignore", "wanted"),
    [
        ("__pycache__", ["use `**/__pycache__`"]),
        ("__pycache__/\n*.pyc\n*.md\n*.pyo", ["use `**/__pycache__/`, `**/*.pyc` and `**/*.pyo`"]),
        ("__pycache__\n**/*.pyc", []),  # an empty folder
        ("__pycache__\n**/__pycache__", []),
        ("*/__pycache__", []),
        ("__pycache__\nshop", []),
    ],
)
def test_python_makes_folders_in_packages(tmp_path: Path, ignore: str, wanted: list[str]) -> None:
    for path in ("shop/__init__.py", "shop/a.py", "tools/run.py"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("")
    (tmp_path / ".dockerignore").write_text(f"{ignore}\n")
    text = "FROM python:3.12\nCOPY . /app\n"
    found = check(tmp_path, "context/ignore-lint", text)
    assert [(str(each.severity), each.remedy) for each in found] == [
        ("info", each) for each in wanted
    ]
    (tmp_path / "shop/__init__.py").unlink()
    assert not check(tmp_path, "context/ignore-lint", text)


@pytest.mark.parametrize(
    ("ignore", "wanted"),
    [("__pycache__", "only at the root"), ("__pycache__\n*/__pycache__", "only to some depth")],
)
def test_a_pattern_for_each_depth_reaches_no_deeper(
    tmp_path: Path, ignore: str, wanted: str
) -> None:
    for path in ("shop/till/__init__.py", "shop/till/a.py"):
        (tmp_path / path).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / path).write_text("")
    (tmp_path / ".dockerignore").write_text(f"{ignore}\n")
    [found] = check(tmp_path, "context/ignore-lint", "FROM python:3.12\nCOPY . /app\n")
    assert f"{wanted} of the build context; `shop/till/__pycache__` would" in found.message


@pytest.mark.parametrize(
    ("ignore", "wanted"),
    [
        ("**\n!apps\n!apps/web\n", [(2, "`!apps/web` after it adds nothing")]),
        (
            "*\n!apps\n!apps/web\n!apps/web/**\n!apps/api\n",
            [(2, "`!apps/web` and 1 more after it add nothing")],
        ),
        ("apps\n!apps\n!apps/web\n", []),  # no list of all that is sent
        ("**\n!apps\n!apps/**\n", []),  # all is meant
        ("**\n!apps\n!apps/*/src\n", []),
        ("**\n!apps\napps/*\n!apps/web\n", []),  # which leaves the others out
        ("**\n!apps/web\n", []),
        ("**\n!apps\n!apps/web\n!apps/docs\n", []),  # what else there is, is small
        ("**\n!docs\n!docs/a.md\n", []),  # is not sent
    ],
)
def test_a_folder_that_is_taken_in_again_is_taken_in_whole(
    tmp_path: Path, ignore: str, wanted: list[tuple[int, str]]
) -> None:
    write_context(tmp_path, "apps/web/a.ts 9kB\napps/docs/b.png 9MB\ndocs/a.md\ndocs/b.png 9MB\n")
    (tmp_path / ".dockerignore").write_text(ignore)
    text = "FROM debian:12.5-slim\nCOPY ap*s /srv\n"
    found = check(tmp_path, "context/ignore-lint", text)
    assert [each.place.start.line for each in found] == [line for line, _ in wanted]
    assert all(part in each.message for each, (_, part) in zip(found, wanted, strict=True))
    assert all("; 9 MB of other files" in each.message for each in found)


@pytest.mark.parametrize(
    ("copy", "wanted"),
    [
        ("COPY . .\nRUN npm ci", ["include `!apps/api/package.json` in its place if"]),
        ("COPY . .", ["delete the line if"]),
        ("COPY apps .", []),
        ("COPY apps/api .", []),
    ],
)
def test_the_manifests_of_a_workspace_stay_included(
    tmp_path: Path, copy: str, wanted: list[str]
) -> None:
    context = (
        'package.json: {"workspaces": ["apps/*"]}\npackage-lock.json: {"lockfileVersion": 3}\n'
        'apps/web/package.json: {"name": "web"}\napps/api/package.json: {"name": "api"}\n'
        "apps/api/a.png 9MB\n"
    )
    write_context(tmp_path, context)
    (tmp_path / ".dockerignore").write_text("*\n!package*.json\n!apps\n!apps/web\n")
    text = f"FROM node:22\nWORKDIR /app\n{copy}\n"
    found = check(tmp_path, "context/ignore-lint", text)
    assert [each.help.partition(" the build")[0] for each in found] == wanted
