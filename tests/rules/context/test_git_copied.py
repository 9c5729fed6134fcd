"""What the rules on the build context see of real folders, with and without git."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from dlint.config.settings import Overrides
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.plugins import Plugins
from dlint.testing import write_context

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.lint.report import Diagnostic

GIT = ".git/HEAD: ref: refs/heads/main\n.git/objects/pack/a.pack 2MB\n.git/refs/\n"
COPY_ALL = "FROM debian:12.5-slim\nCOPY . /app\n"


def check(folder: Path, rule: str, text: str, listing: str = "") -> list[Diagnostic]:
    """Check `text` in a folder that holds what `listing` names."""
    write_context(folder, listing)
    path = folder / "Dockerfile"
    path.write_text(text)
    checker = Checker(
        Spec(Overrides(isolated=True, select=(rule,))), Plugins(third_party=False).rules
    )
    return list(checker.check(Task(path.as_posix())).diagnostics)


def severities(found: list[Diagnostic]) -> list[tuple[int, str]]:
    return [(each.place.start.line, str(each.severity)) for each in found]


def git(folder: Path, *words: str) -> None:
    names = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    subprocess.run(["git", *names, "-C", str(folder), *words], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("text", "more", "wanted"),
    [
        (COPY_ALL, "", [(2, "error")]),
        (
            "FROM debian:12.5-slim AS a\nCOPY . /app\nFROM scratch\nCOPY --from=a /app/x /x\n",
            "",
            [(2, "warning")],
        ),
        ("FROM debian:12.5-slim\nCOPY .git /app/.git\n", "", []),  # by name
        ("FROM debian:12.5-slim\nCOPY src /app\n", "src/a.py\n", []),
        ("FROM debian:12.5-slim\nCOPY --exclude=.git . /app\n", "", []),
        ("FROM debian:12.5-slim AS dead\nCOPY . /app\nFROM scratch\n", "", []),
        ("FROM scratch AS a\nFROM a\nCOPY --from=a . /app\n", "", []),
        (
            'FROM example/ruby:3\nCOPY --chown=1001 ./ "${APP_ROOT}/src"\n',
            "",
            [(2, "error")],
        ),  # the base knows where
        ("FROM debian:12.5-slim\nCOPY $WHAT /app\n", "", []),
        (COPY_ALL, ".dockerignore: .git\n", []),
        (COPY_ALL, ".dockerignore: **/.git\n", []),
        (COPY_ALL, ".dockerignore: *\\n!app.py\n", []),
        (COPY_ALL, ".dockerignore: .git\\n!.git/HEAD\n", []),  # on purpose
        (COPY_ALL, ".dockerignore: docs\n", [(2, "error")]),
    ],
)
def test_git_is_copied(tmp_path: Path, text: str, more: str, wanted: list[tuple[int, str]]) -> None:
    assert severities(check(tmp_path, "context/git-copied", text, GIT + more)) == wanted


@pytest.mark.parametrize(
    ("run", "more", "wanted"),
    [
        ("git describe > version", "", []),
        ("make VERSION=$(git rev-parse HEAD)", "", []),
        ("git clone https://example.com/a.git", "", ["warning"]),
        ("git clone https://example.com/a.git && cd a && git checkout v1", "", ["warning"]),
        ("git reset --hard && git clean -fx", "", []),
        ("make", "Makefile: all:\\n\\tgo build -ldflags $(git describe --tags)\n", ["info"]),
        ("./build.sh", "build.sh: git log -1\n", ["info"]),
        ("pip install .", "pyproject.toml: requires = ['setuptools_scm']\n", ["info"]),
        ("make", "Makefile: all: a.o\n", ["warning"]),
    ],
)
def test_a_build_that_asks_git(tmp_path: Path, run: str, more: str, wanted: list[str]) -> None:
    text = f"FROM python:3.12.4 AS a\nWORKDIR /app\nCOPY . .\nRUN {run}\nFROM scratch\nCOPY --from=a /app/x /x\n"
    found = check(tmp_path, "context/git-copied", text, GIT + more)
    assert [str(each.severity) for each in found] == wanted
    assert all((each.repair is None) == (str(each.severity) == "info") for each in found)


def test_the_bytes_of_git_are_those_of_its_files(tmp_path: Path) -> None:
    [found] = check(tmp_path, "context/git-copied", COPY_ALL, GIT + "big.bin 5MB\n")
    assert found.cost is not None
    assert found.cost.image_bytes == pytest.approx(2_000_000, rel=0.05)


def test_the_fix_is_safe_where_no_step_can_ask_git(tmp_path: Path) -> None:
    [found] = check(tmp_path, "context/git-copied", COPY_ALL, GIT)
    assert found.repair is not None
    assert (found.repair.safety, found.repair.edits[0].text) == ("safe", ".git\n")
    [found] = check(tmp_path, "context/git-copied", COPY_ALL + "RUN /app/x.sh\n", "x.sh\n")
    assert found.repair is not None
    assert found.repair.safety == "unsafe"


@pytest.mark.parametrize(
    "steps",
    ["COPY . /src\nRUN make -C /src", "RUN --mount=type=bind,target=/src git -C /src describe"],
)
def test_the_ignore_file_is_for_the_stages_that_ask_git_as_well(tmp_path: Path, steps: str) -> None:
    text = f"FROM debian:12 AS a\n{steps}\nFROM debian:12\nCOPY --from=a /version /\nCOPY . /app\n"
    found = check(
        tmp_path, "context/git-copied", text, GIT + "Makefile: all: ; git describe > /version\n"
    )
    assert found[-1].place.start.line == len(text.splitlines())
    assert [each.repair for each in found] == [None] * len(found)


def test_a_folder_of_git_further_down(tmp_path: Path) -> None:
    listing = "vendor/lib/.git/HEAD: x\nvendor/lib/.git/objects/a 2MB\nsub/.git: gitdir: ../x\n"
    [found] = check(tmp_path, "context/git-copied", COPY_ALL, listing)
    assert "vendor/lib/.git" in found.message
    assert found.repair is not None
    assert found.repair.edits[0].text == "**/.git\n"


NODE = "FROM node:22.4-slim\nWORKDIR /app\nCOPY package.json .\nRUN npm ci\nCOPY . .\n"


@pytest.mark.parametrize(
    ("text", "listing", "wanted"),
    [
        (NODE, "package.json\nnode_modules/a/index.js 2MB\n", [(5, "warning")]),
        (NODE, "package.json\nweb/node_modules/a/index.js 2MB\n", [(5, "warning")]),
        (NODE, "package.json\nnode_modules/a/index.js 2kB\n", [(5, "info")]),
        (NODE, "package.json\nnode_modules/a/index.js 2MB\n.dockerignore: node_modules\n", []),
        # installed outside on purpose
        (COPY_ALL, "package.json\nnode_modules/a/index.js 2MB\n", []),
        (NODE + "COPY node_modules node_modules\n", "package.json\n", []),
        # a name that doesn't tell by itself, and no git to ask
        (
            NODE + "RUN npm run build\n",
            "package.json\ndist/app.js 2MB\n.dockerignore: node_modules\n",
            [],
        ),
        (COPY_ALL, "app.log 2MB\n", []),
        (COPY_ALL, "__pycache__/a.pyc 2MB\n", [(2, "warning")]),
        ("FROM debian:12 AS dead\nCOPY . /app\nFROM scratch\n", "__pycache__/a.pyc 2MB\n", []),
    ],
)
def test_junk(tmp_path: Path, text: str, listing: str, wanted: list[tuple[int, str]]) -> None:
    assert severities(check(tmp_path, "context/heavy-junk", text, listing)) == wanted


def test_git_tells_output_from_what_is_kept(tmp_path: Path) -> None:
    listing = "package.json\n.gitignore: dist\ndist/app.js 2MB\napp.log 2MB\nbuild/kept.js 2MB\n"
    write_context(tmp_path, listing)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "package.json", ".gitignore", "build")
    git(tmp_path, "commit", "-qm", "x")
    text = NODE + "RUN npm run build\n"
    [found] = check(tmp_path, "context/heavy-junk", text)
    assert found.repair is not None
    assert sorted(found.repair.edits[0].text.split()) == ["app.log", "dist"]
    assert found.repair.safety == "unsafe"  # git doesn't leave app.log out
    (tmp_path / "app.log").unlink()
    [found] = check(tmp_path, "context/heavy-junk", text)
    assert found.repair is not None
    assert found.repair.safety == "safe"
    # Nothing here builds: what was built outside is copied on purpose.
    assert check(tmp_path, "context/heavy-junk", NODE, ".dockerignore: node_modules\n") == []


@pytest.mark.parametrize(
    ("text", "listing", "hit"),
    [
        (NODE, "package.json\na.js\n", "`node_modules`"),
        (NODE, "package.json\na.js\n.dockerignore: .git\n", "`node_modules`"),
        (NODE, "package.json\na.js\n.dockerignore: **/node_modules\n", ""),
        (NODE, "package.json\na.js\n.dockerignore: node_modules/*\n", ""),
        (NODE, "package.json\na.js\n.dockerignore: *\\n!a.js\\n!package.json\n", ""),
        (
            COPY_ALL,
            "package.json\na.js\n",
            "",
        ),  # nothing is installed: what the folder holds is meant
        ("FROM python:3.12\nCOPY . .\nRUN pip install flask\n", "package.json\na.js\n", ""),
        ("FROM rust:1.80\nCOPY . .\nRUN cargo build\n", "Cargo.toml\nsrc/main.rs\n", "`target`"),
        (
            "FROM a/sdk:8\nCOPY . .\nRUN dotnet publish\n",
            "w/W.csproj\nw/a.cs\n",
            "`w/bin` and `w/obj`",
        ),
        (
            "FROM node:22\nCOPY web web\nRUN cd web && npm ci\n",
            "web/package.json\nweb/a.js\n",
            "",
        ),  # by name
    ],
)
def test_what_a_local_build_will_make(tmp_path: Path, text: str, listing: str, hit: str) -> None:
    found = check(tmp_path, "context/heavy-junk", text, listing)
    assert [str(each.severity) for each in found] == ["info"] * bool(hit)
    assert all(hit in each.message for each in found)


def test_the_ignore_file_is_added_to(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_bytes(b"docs\r\n*.md")
    listing = "package.json\nweb/node_modules/a.js 2MB\nnode_modules/a.js 2MB\nlib/bin/obj/a.pyc\n"
    [found] = check(tmp_path, "context/heavy-junk", NODE, listing)
    assert found.repair is not None
    [edit] = found.repair.edits
    assert edit.text == "\r\nnode_modules\r\n**/node_modules"
    assert edit.place.path.endswith("/.dockerignore")


@pytest.mark.parametrize(
    ("text", "listing", "wanted"),
    [
        (COPY_ALL, "a.py\n", [2]),
        ("FROM scratch\nCOPY src /src\n", "src/a.py\n", []),
        ("FROM scratch\nCOPY --exclude=docs . /src\n", "src/a.py\n", []),
        (COPY_ALL, "a.py\n.dockerignore: docs\n", []),
        (COPY_ALL, "a.py\nDockerfile.dockerignore: docs\n", []),
        (COPY_ALL + "COPY gone /x\n", "a.py\n", []),  # not the context that it is built in
        ("FROM scratch AS a\nCOPY . /a\nFROM scratch\n", "a.py\n", []),
    ],
)
def test_no_ignore_file(tmp_path: Path, text: str, listing: str, wanted: list[int]) -> None:
    assert [
        each.place.start.line for each in check(tmp_path, "context/no-ignore", text, listing)
    ] == wanted


@pytest.mark.parametrize(
    ("copy", "ignore", "found"),
    [
        ("COPY dist /d", "dist", True),
        ("COPY ./dist/app.js /d", "./dist", True),
        ("COPY dist /d", "*\\n!src", True),
        ("COPY dist /d", "*\\n!dist", False),
        ("COPY dist /d", "dist\\n!dist/app.js", False),  # something of it is there
        ("COPY dist /d", "dist/*.map", False),
        ("COPY gone /d", "dist", False),  # not there, but the ignore file is not why
        ("COPY dist* /d", "dist", False),
        ("COPY --from=busybox /dist /d", "dist", False),
        ("ADD https://example.com/dist /d", "*", False),
        ("COPY <<dist /d\nx\ndist", "dist", False),
        ("RUN --mount=type=bind,source=dist,target=/d ls /d", "dist", True),
        ("RUN --mount=type=bind,source=src,target=/d ls /d", "dist", False),
        ("COPY link/a.js /d", "dist\\n!x", False),
    ],
)
def test_copy_of_what_is_left_out(tmp_path: Path, copy: str, ignore: str, found: bool) -> None:  # noqa: FBT001  a column
    listing = f"dist/app.js\ndist/app.map\nsrc/a.js\nlink -> src\n.dockerignore: {ignore}\n"
    got = check(tmp_path, "context/copy-ignored", f"FROM debian:12.5-slim\n{copy}\n", listing)
    assert bool(got) is found
    assert all(each.notes[0].place.path.endswith(".dockerignore") for each in got)


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
