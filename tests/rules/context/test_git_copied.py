"""Which COPYs take a folder of git, and who asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import check, checked, commit, severities

from dlint.lint.engine import Task

if TYPE_CHECKING:
    from pathlib import Path

GIT = ".git/HEAD: ref: refs/heads/main\n.git/objects/pack/a.pack 2MB\n.git/refs/\n"
_GIT = '"git"'
_ASKING_SETUP = (
    "setup.py: from setuptools import setup\\nimport subprocess\\n"
    "setup(version=subprocess.check_output(['sh', 'ci/version.sh']))\n"
    "ci/version.sh: echo $(git describe --tags)\n"
)
COPY_ALL = "FROM debian:12.5-slim\nCOPY . /app\n"


@pytest.mark.parametrize(
    ("text", "more", "wanted"),
    [
        (COPY_ALL, "", [(2, "error")]),
        (
            "FROM debian:12.5-slim AS a\nCOPY . /app\nFROM scratch\nCOPY --from=a /app/x /x\n",
            "",
            [(2, "info")],
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
        ("FROM debian:12.5-slim\n# the code and its .git folder\nCOPY . /app\n", "", []),
        ("FROM debian:12.5-slim\n# what .gitignore leaves\nCOPY . /app\n", "", [(3, "error")]),
        ("# no .git\n\nFROM debian:12.5-slim\nCOPY . /app\n", "", [(4, "error")]),
        (COPY_ALL, ".dockerignore: .git\n", []),
        (COPY_ALL, ".dockerignore: **/.git\n", []),
        (COPY_ALL, ".dockerignore: *\\n!app.py\n", []),
        (COPY_ALL, ".dockerignore: .git\\n!.git/HEAD\n", []),  # on purpose
        (COPY_ALL, ".dockerignore: .git/objects/*\n", []),  # on purpose, and without the history
        (COPY_ALL, ".dockerignore: docs\n", [(2, "error")]),
        (COPY_ALL, ".dockerignore: # the commit is told\\n# .git\n", []),  # taken back
        (COPY_ALL, ".dockerignore: # .git is large\n", [(2, "error")]),
        (COPY_ALL, "build.sh: cp prod.dockerignore .dockerignore\\ndocker build .\n", []),
        (COPY_ALL, ".dockerignore: .git/*\n", []),  # an empty folder is always the same
    ],
)
def test_git_is_copied(tmp_path: Path, text: str, more: str, wanted: list[tuple[int, str]]) -> None:
    assert severities(check(tmp_path, "context/git-copied", text, GIT + more)) == wanted


BUILDER = "FROM node:22 AS b\nWORKDIR /app\nCOPY . .\nRUN npm ci{}\nFROM node:22-slim\n"


@pytest.mark.parametrize(
    ("run", "copy", "severity"),
    [
        ("", "COPY --from=b /app /app", "error"),
        ("", "COPY --from=b . /srv", "error"),
        ("", "COPY --from=b /app/.git /app/.git", "error"),
        ("", "COPY --from=b /app/dist /app/dist", "info"),
        ("", "COPY --from=b --exclude=.git /app /app", "info"),
        (" && rm -rf .git", "COPY --from=b /app /app", "info"),
    ],
)
def test_what_a_copy_from_a_stage_takes_along(
    tmp_path: Path, run: str, copy: str, severity: str
) -> None:
    context = f"{GIT}package.json\nindex.js\n"
    text = f"{BUILDER.format(run)}{copy}\n"
    [found] = check(tmp_path, "context/git-copied", text, context)
    assert (found.place.start.line, str(found.severity)) == (3, severity)
    if severity == "error":
        assert found.message.endswith("the image contains it")
        assert found.cost is not None
        assert [each.place.start.line for each in found.notes] == [6]


@pytest.mark.parametrize(
    ("run", "more", "fixed"),
    [
        ("git describe > version", "", []),
        ("make VERSION=$(git rev-parse HEAD)", "", []),
        ("git clone https://example.com/a.git", "", [True]),
        ("git clone https://example.com/a.git && cd a && git checkout v1", "", [True]),
        ("git reset --hard && git clean -fx", "", []),
        ("make", "Makefile: all:\\n\\tgo build -ldflags $(git describe --tags)\n", []),
        ("./build.sh", "build.sh: git log -1\n", []),
        ("pip install .", "pyproject.toml: requires = ['setuptools_scm']\n", []),
        ("make", "Makefile: all: a.o\n", [True]),
        ("make", "Makefile: # as git describe\\nall: a.o\n\n", [True]),
        ("make", "Makefile: all: a.o\nbuild/version.mk: V = $(git describe)\n", []),
        ("python -m build", 'pyproject.toml: source = "vcs"\n', []),
        ("uv sync", "pyproject.toml: requires = ['hatch-vcs']\n", []),
        ("pip install -r requirements.txt", "setup.py: use_scm = setuptools_scm\n", [True]),
        ("pip install -r dev.txt", f"dev.txt: -e .\n{_ASKING_SETUP}", []),
        ("pip install -r dev.txt", f"dev.txt: flask==3\n{_ASKING_SETUP}", [True]),
        ("cargo build", "Cargo.toml: [build-dependencies]\n", [True]),
        ("cargo build", "server/Cargo.toml: vergen = '9'\n", []),
        (
            "cargo build",
            f"a/build.rs: Command::new({_GIT}).args(['describe', '--tags'])\n",
            [],
        ),
        ("cargo build", f"build-info/src/a.rs: Command::new(\\n  {_GIT},\\n)\n", []),
        ("cargo build", f"src/main.rs: Command::new({_GIT}).args(['describe'])\n", [True]),
        ("cargo build", "build.rs: Command::new('git-lfs')\n", [True]),
        ("go build ./...", "", []),
        ("go build -buildvcs=false ./...", "", [True]),
        ("dotnet publish -c Release", "", []),
        ("goreleaser build", "", []),
        ("bundle install", "a.gemspec: files = `git ls-files`\n", []),
        ("npm run build", "web/vite.config.ts: execSync('git rev-parse HEAD')\n", []),
        ("npm run build", "svelte.config.js: execSync('git rev-parse HEAD')\n", []),
        ("git config --global --add safe.directory /app && npm run build", "", []),
        ("git config --global user.name shop && npm run build", "", [True]),
    ],
)
def test_a_build_that_asks_git(tmp_path: Path, run: str, more: str, fixed: list[bool]) -> None:
    copy = "FROM python:3.12.4 AS a\nWORKDIR /app\nCOPY . .\nRUN adduser app"
    text = f"{copy}\nRUN {run}\nFROM scratch\nCOPY --from=a /app/x /x\n"
    found = check(tmp_path, "context/git-copied", text, GIT + more)
    assert [each.repair is not None for each in found] == fixed
    assert {str(each.severity) for each in found} <= {"info"}  # nothing of it is pushed


def test_who_develops_in_an_image_with_git_may_commit_there(tmp_path: Path) -> None:
    tail = "COPY . /app\nCMD /app/start\n"
    for name, packages, wanted in (
        ("Dockerfile", "git", "safe"),
        ("Dockerfile.dev", "git", "unsafe"),
        ("Dockerfile.dev", "vim", "safe"),
    ):
        text = f"FROM debian:12.5-slim\nRUN apt-get install -y {packages}\n{tail}"
        first = checked(tmp_path, "context/git-copied", text, GIT)
        task = Task((tmp_path / "Dockerfile").rename(tmp_path / name).as_posix())
        assert first._replace(task=task).safeties == [wanted]


def test_a_commit_reruns_the_next_step_in_any_case(tmp_path: Path) -> None:
    text = "FROM golang:1.22 AS a\nCOPY . .\nRUN {}\nFROM scratch\nCOPY --from=a /x /x\n"
    for run, wanted in (
        ("go build ./...", []),
        ("mkdir -p out\nRUN go build -o out ./...", []),
        ("go mod download\nRUN go build ./...", []),
        ("go build -buildvcs=false ./...", [2]),
    ):
        found = check(tmp_path, "context/git-copied", text.format(run), GIT)
        assert [each.place.start.line for each in found] == wanted


@pytest.mark.parametrize(
    ("run", "wanted"),
    [
        ("RUN make-it", [2]),
        ("RUN --mount=target=. make-it", []),
        ("RUN --mount=type=bind,source=/,target=/src make-it", []),
        ("RUN --mount=type=bind,source=src,target=/src make-it", [2]),
        ("RUN --mount=type=cache,target=/src make-it", [2]),
        ("ARG BUILD_DATE\nRUN make-it $BUILD_DATE", []),
        ("RUN id\nARG BUILD_DATE\nRUN make-it $BUILD_DATE", [2]),
    ],
)
def test_what_runs_on_each_build_in_any_case(tmp_path: Path, run: str, wanted: list[int]) -> None:
    text = f"FROM debian:12 AS a\nCOPY . .\n{run}\nFROM scratch\nCOPY --from=a /x /x\n"
    found = check(tmp_path, "context/git-copied", text, f"{GIT}src/a.c\n")
    assert [each.place.start.line for each in found] == wanted


def test_an_image_for_one_job_that_asks_git_needs_it(tmp_path: Path) -> None:
    job = "docker build -t pack .\\n docker run pack\\n docker rmi pack"
    recipe = f"Makefile: pack:\\n {job}\\nversion:\\n git describe\n"
    for start, wanted in (("make version", []), ("id", [2])):
        text = f"FROM debian:12\nCOPY . /app\nRUN id\nENTRYPOINT {start}\n"
        found = check(tmp_path, "context/git-copied", text, GIT + recipe)
        assert [each.place.start.line for each in found] == wanted


@pytest.mark.parametrize(
    ("base", "run", "fixed"),
    [
        ("mcr.microsoft.com/dotnet/sdk:7.0", "dotnet build", True),
        ("mcr.microsoft.com/dotnet/sdk:10.0", "dotnet build", False),
        ("golang:1.24-alpine", "go build .", True),
        ("golang:1.24-alpine", "apk add git && go build .", False),
        ("golang:1.24", "go build .", False),
        ("golang:1.17", "go build .", True),  # which reads none
    ],
)
def test_who_reads_git_by_itself(tmp_path: Path, base: str, run: str, fixed: bool) -> None:  # noqa: FBT001  a column
    text = f"FROM {base}\nCOPY . /x\nRUN id\nRUN {run}\n"
    [found] = check(tmp_path, "context/git-copied", text, GIT)
    assert (found.repair is not None) is fixed
    text = f"{text.replace(base, base + ' AS a')}FROM scratch\nCOPY --from=a /x/y /\n"
    # where nothing of it is pushed, each commit runs the step that reads it in any case
    assert len(check(tmp_path, "context/git-copied", text, GIT)) == fixed


@pytest.mark.parametrize(
    ("base", "run", "script", "fixed"),
    [
        # what it starts is compiled first, and asks git
        ("debian:12", "apt-get install -y git && ./tools/build", "./ninja wheels", False),
        ("python:3.12.4", "sh tools/build", "./ninja wheels", False),
        ("debian:12", "./tools/build", "./ninja wheels", True),
        ("python:3.12.4-slim", "./tools/build", "./ninja wheels", True),
        ("quay.io/centos/centos:stream10", "./tools/build", "./ninja wheels", True),
        ("registry.access.redhat.com/ubi9/ubi:9.4", "./tools/build", "./ninja wheels", True),
        ("registry.access.redhat.com/ubi9/python-311", "./tools/build", "./ninja wheels", False),
        ("public.ecr.aws/docker/library/debian:12", "./tools/build", "./ninja wheels", True),
        ("public.ecr.aws/docker/library/python:3.12", "./tools/build", "./ninja wheels", False),
        ("ghcr.io/example/debian:12", "./tools/build", "./ninja wheels", False),
        (  # which is gone where a RUN takes it out again
            "debian:12",
            "apt-get install -y git make && make all && apt-get purge -y git make\nRUN ./tools/build",
            "./ninja wheels",
            True,
        ),
        (
            "alpine:3.20",
            "apk add --virtual .kit git && make all && apk del .kit\nRUN ./tools/build",
            "./ninja wheels",
            True,
        ),
        ("debian:12", "apt-get install -y git && ./tools/build", "mkdir out\\ncp a out", True),
        ("debian:12", "apt-get install -y git && ./tools/other", "./ninja wheels", True),
    ],
)
def test_a_script_that_starts_others_may_ask_a_git_that_is_there(
    tmp_path: Path,
    base: str,
    run: str,
    script: str,
    fixed: bool,  # noqa: FBT001  a column
) -> None:
    text = f"FROM {base}\nCOPY . .\nRUN id\nRUN {run}\n"
    more = f"tools/build: {script}\n"
    [found] = check(tmp_path, "context/git-copied", text, GIT + more)
    assert (found.repair is not None) is fixed
    assert ("may need it" in found.help) is not fixed


def test_the_bytes_of_git_are_those_of_its_files(tmp_path: Path) -> None:
    [found] = check(tmp_path, "context/git-copied", COPY_ALL, GIT + "big.bin 5MB\n")
    assert found.cost is not None
    assert found.cost.image_bytes == pytest.approx(2_000_000, rel=0.05)
    assert found.cost.push_bytes == pytest.approx(2_000_000, rel=0.05)


def test_a_commit_pushes_all_later_layers(tmp_path: Path) -> None:
    later = "COPY big.bin /big\nFROM a\nCOPY big.bin /again\n"
    text = "FROM debian:12.5-slim AS a\nCOPY big.bin /first\nCOPY sub /app\n" + later
    listing = GIT.replace(".git/", "sub/.git/") + "big.bin 5MB\n"
    for at, (more, pushed) in enumerate((("", 2_000_000), ("a.py changed 30\n", 12_000_000))):
        (tmp_path / str(at)).mkdir()
        [found] = check(tmp_path / str(at), "context/git-copied", text, listing + more)
        assert found.cost is not None  # of commits that nobody knows, it is the history alone
        assert found.cost.image_bytes == pytest.approx(2_000_000, rel=0.05)
        assert found.cost.push_bytes == pytest.approx(pushed, rel=0.05)


def test_the_fix_is_safe_where_no_step_can_ask_git(tmp_path: Path) -> None:
    [found] = check(tmp_path, "context/git-copied", COPY_ALL + "CMD /app/run\n", GIT)
    assert found.repair is not None
    assert (found.repair.safety, found.repair.edits[0].text) == ("safe", ".git\n")
    [found] = check(tmp_path, "context/git-copied", COPY_ALL, GIT)  # for people to work in
    assert found.repair is not None
    assert found.repair.safety == "unsafe"
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


@pytest.mark.parametrize(
    "more",
    ["ONBUILD COPY ./.git/HEA[D] ./.git/HEAD\n", "RUN --mount=source=.git,target=.git true\n"],
)
def test_git_that_another_instruction_names_is_kept(tmp_path: Path, more: str) -> None:
    [found] = check(tmp_path, "context/git-copied", f"{COPY_ALL}CMD a\n{more}", GIT)
    assert (found.repair, found.help) == (
        None,
        "another instruction needs `.git`: copy what this step needs by name",
    )


def test_a_test_that_reads_the_repository_by_a_library(tmp_path: Path) -> None:
    text = "FROM golang:1.22-alpine\nCOPY . .\nRUN id\nRUN go test ./v/a.go\n"
    code = GIT + 'v/a.go: import "github.com/go-git/go-git/v5"\n'
    [found] = check(tmp_path, "context/git-copied", text, code)
    assert found.repair is None
    assert "a later step may need it" in found.help


def test_the_advice_keeps_git_out_of_the_copy_and_not_out_of_the_context(tmp_path: Path) -> None:
    text = "FROM golang:1.22\nCOPY . /app\nRUN id\nRUN go build ./...\n"
    (found,) = check(tmp_path, "context/git-copied", text, GIT)
    assert "`--exclude=.git`" in found.help
    assert "--mount=type=bind,source=.git,target=/app/.git`" in found.help


@pytest.mark.parametrize(
    ("start", "recipe", "found"),
    [
        ("CMD echo go && make dist", "dist:\\n git checkout -- a.txt", []),
        ('CMD ["make", "dist"]', "dist:\\n git describe > a.txt", []),
        ("CMD make dist", "dist:\\n cp a.txt b.txt", [2]),
        ("CMD cmake --version", "dist:\\n git describe > a.txt", [2]),
    ],
)
def test_what_an_image_builds_when_it_is_started(
    tmp_path: Path, start: str, recipe: str, found: list[int]
) -> None:
    text = f"FROM debian:12\nCOPY . /src\nWORKDIR /src\n{start}\n"
    context = f"a.txt\nMakefile: {recipe}\n.git/HEAD: x\n"
    assert checked(tmp_path, "context/git-copied", text, context).lines == found


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("VERSION=$(cd /src && git describe --tags)", []),
        ("cd /src && make dist", []),
        ("# git describe tells the version, just make sure of it", [2]),
        ("git clone https://example.com/a /a && cd /a && git log -1", [2]),  # of another repository
        ("exec ./server", [2]),
    ],
)
def test_what_the_script_does_that_an_image_starts(
    tmp_path: Path, script: str, found: list[int]
) -> None:
    text = 'FROM debian:12\nCOPY . /src\nENTRYPOINT ["/src/ci/package.sh"]\n'
    context = f"ci/package.sh: {script}\nMakefile: dist:\\n git describe > a.txt\n.git/HEAD: x\n"
    assert checked(tmp_path, "context/git-copied", text, context).lines == found


def test_a_step_of_which_nothing_is_known_may_run_a_script_that_asks_git(tmp_path: Path) -> None:
    copy = "COPY . /app\nRUN {}\n"
    ask = "ci/tag.ts: execSync('git rev-parse HEAD')\n"
    for at, (base, run, more, wanted) in enumerate(
        (
            ("node:22", "npm run build", ask, "a later step may need it"),
            ("node:22-slim", "npm run build", ask, "add `.git`"),  # without git
            ("node:22", "npm run build", ask.replace("ci", "docs"), "add `.git`"),
            ("node:22", "npm run build", ask.replace("ci", ".ci/phases"), "add `.git`"),
            ("node:22", "npm ci", "package.json: {'prepare': 'lefthook install'}\n", "add `.git`"),
            ("node:22", "cp -r /app /srv", ask, "add `.git`"),
        )
    ):
        (tmp_path / str(at)).mkdir()
        text = f"FROM {base}\n{copy.format(run)}"
        [found] = check(tmp_path / str(at), "context/git-copied", text, GIT + more)
        assert found.help.startswith(wanted), (base, run, more)


@pytest.mark.parametrize(
    ("plugins", "advice"),
    [
        ('plugins {\\n  id("com.acme.conventions") version "3"\\n}\\n', "a later step may need it"),
        ("plugins { id 'com.acme.conventions' version '3' }\\n", "a later step may need it"),
        (
            'plugins {\\n  id("org.springframework.boot") version "3"\\n  id("java")\\n}\\n',
            "add `.git`",
        ),
        ("protobuf {\\n  plugins { id('grpc') { } }\\n}\\nproject.id 'a.b'\\n", "add `.git`"),
    ],
)
def test_what_a_plugin_of_gradle_that_is_not_known_reads(
    tmp_path: Path, plugins: str, advice: str
) -> None:
    text = "FROM eclipse-temurin:21\nCOPY . /app\nWORKDIR /app\nRUN id\nRUN ./gradlew assemble\n"
    context = f"{GIT}build.gradle.kts: {plugins}gradlew\n"
    [found] = check(tmp_path, "context/git-copied", text, context)
    assert found.help.startswith(advice)


def test_git_that_another_stage_asks_stays_in_the_context(tmp_path: Path) -> None:
    text = (
        "FROM debian:12 AS a\nRUN --mount=type=bind,target=/src git -C /src describe > /version\n"
        "FROM debian:12\nCOPY --from=a /version /\nCOPY . /app\nCMD /app/run\n"
    )
    [found] = check(tmp_path, "context/git-copied", text, GIT)
    assert found.help.startswith("leave it out with `--exclude=.git`")


def test_what_changes_with_each_commit_is_not_blamed_on_git(tmp_path: Path) -> None:
    files = (
        f"{GIT}big.bin 5MB\n.dockerignore: README.md\nREADME.md changed {{}}\na.py changed {{}}\n"
    )
    stages = "FROM debian:12 AS a\nCOPY . /app\nRUN id\nFROM scratch\nCOPY --from=a /app/a.py /\n"
    for at, (readme, code, wanted) in enumerate(((10, 20, [2]), (1, 29, []))):
        listing = files.format(readme, code)
        (tmp_path / str(at)).mkdir()
        found = check(tmp_path / str(at), "context/git-copied", stages, listing)
        assert [each.place.start.line for each in found] == wanted
        [found] = check(tmp_path / str(at), "context/git-copied", COPY_ALL, listing)
        assert ("each commit changes this layer" in found.message) is bool(wanted)
        assert found.cost is not None
        pushed = 7_000_000 if wanted else 2_000_000
        assert found.cost.push_bytes == pytest.approx(pushed, rel=0.05)


def test_what_runs_again_with_each_build_is_not_priced(tmp_path: Path) -> None:
    files = (
        f"{GIT}big.bin 5MB\n.dockerignore: README.md\nREADME.md changed 20\na.py changed 10\n"
        "ci.sh: docker build --build-arg BUILT=$(date +%s) -t shop . && docker push shop\n"
    )
    for at, (more, pushed) in enumerate((("", 7_000_000), ("ARG BUILT\nRUN make\n", 2_000_000))):
        (tmp_path / str(at)).mkdir()
        text = f"FROM debian:12.5-slim\n{more}COPY . /app\n"
        [found] = check(tmp_path / str(at), "context/git-copied", text, files)
        assert found.cost is not None
        assert found.cost.push_bytes == pytest.approx(pushed, rel=0.05)


def test_a_history_that_is_borrowed_is_of_unknown_size(tmp_path: Path) -> None:
    listing = f"{GIT}.git/objects/info/alternates: /srv/shop.git/objects\na.py changed 30\n"
    [found] = check(tmp_path, "context/git-copied", COPY_ALL, listing)
    assert (found.cost, str(found.severity)) == (None, "error")


def test_a_compiler_of_requirements_asks_the_project_for_its_version(tmp_path: Path) -> None:
    text = (
        "FROM python:3.12\nCOPY . /src\nWORKDIR /src\n"
        "RUN id\nRUN pip-compile -o r.txt pyproject.toml\n"
    )
    context = "pyproject.toml: requires = ['setuptools_scm']\n.git/HEAD: x\n"
    [found] = checked(tmp_path, "context/git-copied", text, context).found
    assert found.help.startswith("a later step may need it")


def test_what_cmake_asks_git(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY . /src\nWORKDIR /src\nRUN id\nRUN cmake . && make\n"
    for cmake, advice in (
        ("execute_process(COMMAND ${GIT_EXECUTABLE} rev-parse HEAD)", "a later step may need it"),
        ("project(a)", "add `.git`"),
    ):
        context = f"CMakeLists.txt: {cmake}\n.git/HEAD: x\n"
        [found] = checked(tmp_path, "context/git-copied", text, context).found
        assert found.help.startswith(advice)


@pytest.mark.parametrize(
    ("packages", "more", "wanted"),
    [
        ("git", "shop/settings.py: REV = run(['git', 'rev-parse', 'HEAD'])\n", []),
        ("tini", "shop/version.php: $ref = file_get_contents(base_path('.git/HEAD'));\n", []),
        ("tini", "docs/version.php: $ref = file_get_contents('.git/HEAD');\n", [(3, "error")]),
        ("git", "shop/settings.py: REVS = ('short', ('git', 'rev-parse'))\n", []),
        ("tini", "shop/settings.py: REV = run(['git', 'rev-parse', 'HEAD'])\n", [(3, "error")]),
        ("tini", "shop/about.py: HELP = 'see git rev-parse HEAD'\n", [(3, "error")]),
        ("git", "scripts/release.py: run(['git', 'rev-parse', 'HEAD'])\n", [(3, "error")]),
        ("git", "shop/settings.py: TOOLS = ['git', 'hg']\n", [(3, "error")]),
        (
            "git",
            "shop/a.py: def f(ref):\\n    '''At a git branch.\\n\\n    git tag x\\n    '''\\n\n",
            [(3, "error")],
        ),
        ("git", "shop/a.py: NOTE = 'of a git branch'\n", [(3, "error")]),
        ("git", "shop/a.py: x = 1  # `git log` has it\n", [(3, "error")]),
        ("git", "shop/a.py: REV = os.popen('git log -1')\n", []),
        ("git", "shop/a.py: '''Of a git branch.'''\\nREV = sh(f'cd {x} && git log')\\n\n", []),
        ("git", "shop/a.ts: /* is\\ngit log\\n*/\\n// `git log`\\n\n", [(3, "error")]),
        ("git", "shop/a.rb: REV = `git log -1`\n", []),
        ("tini", "shop/a.py: REV = git.Repo('.', search_parent_directories=True)\n", []),
        ("tini", "shop/a.py: REPO = git.Repo.clone_from(URL)\n", [(3, "error")]),
        ("tini", "shop/a.py: from setuptools_scm import get_version\n", []),
        ("git", "shop/settings.py: REV = run('git rev-parse HEAD', shell=True)\n", []),
        ("git", "shop/rev.js: const rev = exec(`cd ${dir} && git describe`)\n", []),
        ("git", "shop/rev.rb: rev = %x(/usr/bin/git log -1)\n", []),
        ("git", "shop/rev.php: $a = '#'; $rev = shell_exec('git --no-pager log -1');\n", []),
        # prose
        ("git", "shop/patch.py: raise Bad('no git diff to read')\n", [(3, "error")]),
        ("git", "shop/patch.py: lines = []  # of the git diff\n", [(3, "error")]),
        ("git", "shop/patch.py: # Reads `git ls-files`\n", [(3, "error")]),
    ],
)
def test_a_program_that_asks_git_itself(
    tmp_path: Path, packages: str, more: str, wanted: list[tuple[int, str]]
) -> None:
    text = f"FROM debian:12.5-slim\nRUN apt-get install -y {packages}\nCOPY . /app\nCMD shop\n"
    assert severities(check(tmp_path, "context/git-copied", text, GIT + more)) == wanted


@pytest.mark.parametrize(
    ("base", "count"),
    [("python:3.12", 0), ("python:3.12-slim", 1), ("example.com/ops/elixir:1", 0)],
)
def test_a_program_that_asks_git_in_a_base_that_has_it(
    tmp_path: Path, base: str, count: int
) -> None:
    text = f"FROM {base}\nCOPY . /app\nCMD shop\n"
    more = 'config/{}: {{sha, 0}} = System.cmd("git", ["log", "-1"])\n'
    found = check(tmp_path, "context/git-copied", text, GIT + more.format("runtime.exs"))
    assert len(found) == count
    (tmp_path / "config/runtime.exs").rename(tmp_path / "config/deploy.rb")  # of who deploys
    assert len(check(tmp_path, "context/git-copied", text, GIT)) == 1


def test_another_dockerfile_of_the_folder_asks_git(tmp_path: Path) -> None:
    commit(tmp_path)
    (tmp_path / "Dockerfile.web").write_text("FROM debian:12\nCOPY . .\nRUN git log > log\n")
    found = checked(tmp_path, "context/git-copied", "FROM debian:12\nCOPY . /a\nCMD /a/b\n", GIT)
    assert found.safeties == [None]
    assert found.found[0].help.startswith("leave it out with `--exclude=.git`")
    (tmp_path / "Dockerfile.dockerignore").write_text("c\n")
    assert found.safeties == ["safe"]


@pytest.mark.parametrize(
    ("recipe", "other", "is_beside"),
    [
        ("docker build -f images/$1/Dockerfile -t shop/$1 .", "COPY . /s", True),
        ("docker build -f $2 -t shop/$1 .", "COPY . /s", True),
        ("docker build -t shop/$1 images/$1", "COPY . /s", False),
        ("true", "COPY images/web/a lib /s/", True),  # the root alone holds both
        ("true", "COPY a /s/", False),
    ],
)
def test_a_dockerfile_of_another_folder_asks_git_of_the_same_context(
    tmp_path: Path, recipe: str, other: str, *, is_beside: bool
) -> None:
    commit(tmp_path)
    listing = f"build.sh: {recipe}\nlib/b.py\nimages/web/a\n{GIT}"
    text = "FROM debian:12\nCOPY . /a\nCMD /a/b\n"
    found = checked(tmp_path, "context/git-copied", text, listing)
    (tmp_path / "images/web/Dockerfile").write_text(
        f"FROM debian:12\nWORKDIR /s\n{other}\nRUN git describe > v\n"
    )
    assert found.safeties == [None if is_beside else "safe"]
    assert found.found[0].help.startswith("leave it out with") == is_beside


@pytest.mark.parametrize(
    ("other", "safety"),
    [
        ("FROM golang:1.22\nRUN --mount=target=. go build -o /b ./a\n", None),
        ("FROM golang:1.22\nCOPY . .\nRUN go build -o /b ./a\n", None),
        ("FROM golang:1.22\nCOPY . .\nRUN go build -buildvcs=false -o /b ./a\n", "safe"),
        ("FROM golang:1.22\nCOPY a .\nRUN go build -o /b ./a\n", "safe"),
        ("FROM golang:1.22-alpine\nCOPY . .\nRUN go build -o /b ./a\n", "safe"),
    ],
)
def test_a_compiler_of_another_dockerfile_reads_git(
    tmp_path: Path, other: str, safety: str | None
) -> None:
    commit(tmp_path)
    (tmp_path / "Dockerfile.tool").write_text(other)
    found = checked(tmp_path, "context/git-copied", "FROM debian:12\nCOPY . /a\nCMD /a/b\n", GIT)
    assert found.safeties == [safety]
    assert found.found[0].help.startswith("leave it out with") == (safety is None)


@pytest.mark.parametrize(
    ("script", "safety"), [("./ninja wheels", "safe"), ("git describe > v", None)]
)
def test_a_git_of_another_dockerfile_that_nothing_calls(
    tmp_path: Path, script: str, safety: str | None
) -> None:
    commit(tmp_path)
    step = "RUN apt-get install -y git && ./tools/build\n"
    (tmp_path / "Dockerfile.tool").write_text(f"FROM debian:12\nCOPY . .\n{step}")
    text, listing = "FROM debian:12\nCOPY . /a\nCMD /a/b\n", f"{GIT}tools/build: {script}\n"
    assert checked(tmp_path, "context/git-copied", text, listing).safeties == [safety]


@pytest.mark.parametrize(
    ("copy", "step", "place"),
    [
        ("COPY . .", "cd sub && git describe > v", "/src/sub/.git"),
        ("COPY sub /app", "cd /app && git describe > v", "/app/.git"),
    ],
)
def test_a_repository_within_the_context_is_mounted_from_its_folder(
    tmp_path: Path, copy: str, step: str, place: str
) -> None:
    text = f"FROM debian:12.5-slim\nWORKDIR /src\n{copy}\nRUN {step}\nCMD /app/x\n"
    files = "".join(f"sub/{line}\n" for line in GIT.splitlines() if line.startswith(".git/"))
    found = checked(tmp_path, "context/git-copied", text, files).found[0].help
    assert f"`RUN --mount=type=bind,source=sub/.git,target={place}`" in found
    assert "`--exclude=**/.git`" in found


@pytest.mark.parametrize(
    ("start", "recipe", "found"),
    [
        ("docker run --rm kit make dist", "git describe > a.txt", []),
        ("docker run --rm -e A=b kit git log -1", "cp a.txt b.txt", []),
        ("docker run --rm kit make dist", "cp a.txt b.txt", [2]),
        ("docker run --rm kit ls", "git describe > a.txt", [2]),
        ("docker run --rm other make dist", "git describe > a.txt", [2]),
        # which has its own .git there
        ("docker run --rm -v $PWD:/src kit make dist", "git describe > a.txt", [2]),
        ("docker run --rm kit ls && make dist", "git describe > a.txt", [2]),
    ],
)
def test_what_a_recipe_starts_in_the_image(
    tmp_path: Path, start: str, recipe: str, found: list[int]
) -> None:
    text = "FROM debian:12\nCOPY . /src\nWORKDIR /src\nCMD id\n"
    context = f"a.txt\nMakefile: dist:\\n {recipe}\n.git/HEAD: x\nci.sh: docker build -t kit .\\n{start}\n"
    assert checked(tmp_path, "context/git-copied", text, context).lines == found


@pytest.mark.parametrize(("command", "found"), [("make dist", []), ("ls", [2])])
def test_what_a_service_of_compose_starts(tmp_path: Path, command: str, found: list[int]) -> None:
    text = "FROM debian:12\nCOPY . /src\nWORKDIR /src\nCMD id\n"
    service = f"services:\\n  kit:\\n    build: .\\n    command: {command}\\n"
    context = f"Makefile: dist:\\n git describe\n.git/HEAD: x\ncompose.yaml: {service}\n"
    assert checked(tmp_path, "context/git-copied", text, context).lines == found
