"""Files that change by themselves and that nothing reads, by git's history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked, commit

from dlint.context.base import BuildContext
from dlint.lint.engine import Task

if TYPE_CHECKING:
    from pathlib import Path

RULE = "context/volatile-unused"
PROGRAM = "app.py: print() changed 12\n.dockerignore: .git\n"
MAKE = "RUN make -C /app\n"
COPY = f"FROM debian:12\nCOPY . /app\n{MAKE}"
BUILT = "FROM debian:12 AS build\nCOPY . /app\nRUN make -C /app\nFROM debian:12\nCOPY --from=build /app/out /out\n"

CI = ".github/workflows/ci.yml changed 5\n"
TESTS = "tests/test_app.py changed 5\n"
LOOKS = '{"scripts": {"build": "npm run graph && tsc", "graph": "npx graph --circular ./"}}'


@pytest.mark.parametrize(
    ("text", "context", "hit"),
    [
        (COPY, "README.md changed 5\n", True),
        (COPY, ".github/workflows/ci.yml changed 5\n", True),
        (COPY, "docs/guide.rst changed 5\n", True),
        (COPY, "Dockerfile.arm changed 5\n", True),
        (COPY, "tests/test_app.py changed 5\n", True),
        (BUILT, "README.md changed 5\n", True),  # runs the build again
        (COPY, "README.md changed 2\n", False),
        (COPY, "README.md changed 5\n.dockerignore: .git\\nREADME.md\n", False),
        (COPY, "README.md changed 5\n.dockerignore: .git\\n*.md\\n!README.md\n", False),  # wanted
        (COPY, "notes.md changed 5\n", False),  # may be content
        (COPY, "Dockerfile changed 5\n", False),  # its own
        (COPY, "README.md changed 5\nsetup.py: open('README.md')\n", False),
        (COPY, "README.md changed 5\nsetup.py: # see README.md\n", True),
        (COPY, "README.md changed 5\nCONTRIBUTING.md: see README.md\n", True),
        (COPY, "README.md changed 5\npom.xml: <a><!-- see\\n README.md --></a>\n", True),
        (COPY, "README.md changed 5\npom.xml: <a><!-- see -->\\n README.md</a>\n", False),
        (COPY, "README.md changed 5\nrun.sh: echo '<!--'\\ncat README.md # -->\n", False),
        (COPY, "README.md changed 5\na.py: x = 'https://example.com/README.md'\n", True),
        (COPY, "README.md changed 5\nlib/.gitignore: /x/README.md\n", True),
        (COPY, f"{CI}ci/a.yml: trigger:\\n- '.github/'\\npool: x\n", True),
        (COPY, f"{CI}a.yml: triggers:\\n- '.github/'\\npool: x\n", False),
        (COPY, "docs/guide.md changed 5\nmkdocs.yml: site_name: x\n", False),
        (COPY, "docs/guide.md changed 5\nserve.py: root = 'docs/'\n", False),
        (COPY, "docs/guide.md changed 5\nserve.py: url = 'https://example.com/docs'\n", True),
        (COPY + "RUN cat /app/README.md\n", "README.md changed 5\n", False),
        (COPY + 'CMD ["zip", "-r", "/a.zip", "."]\n', "README.md changed 5\n", False),
        (COPY + 'CMD ["unzip", "/a.zip"]\n', "README.md changed 5\n", True),
        (COPY + "RUN pytest\n", "tests/test_app.py changed 5\n", False),
        (COPY + "RUN graph --circular ./\n", "tests/test_app.py changed 5\n", False),
        (COPY + "RUN npm run build\n", f"{TESTS}package.json: {LOOKS}\n", False),
        (COPY + "RUN npm start\n", f"{TESTS}package.json: {LOOKS}\n", True),
        (COPY + "RUN cp -r docs . && pip install .\n", TESTS, True),
        (COPY + "FROM debian:12 AS test\nCOPY . .\n", "tests/test_app.py changed 5\n", False),
        (COPY, "tests/test_app.py changed 5\npyproject.toml: testpaths = ['tests']\n", True),
        (COPY, "tests/test_app.py changed 5\nCMakeLists.txt: add_subdirectory(tests)\n", False),
        (COPY, "tests/test_app.py changed 5\nMakefile: docker compose run web pytest\n", False),
        (COPY.replace(". /app", "app.py /app"), "README.md changed 5\n", False),
        (COPY.replace("COPY", "COPY --exclude=*.md"), "README.md changed 5\n", False),
        (COPY.replace(". /app", "web /app"), "web/README.md changed 5\nweb/app.py\n", True),
        (COPY.replace(". /app", "docs /app"), "docs/CHANGELOG.md changed 5\ndocs/a.md\n", False),
        (COPY + "FROM scratch\n", "README.md changed 5\n", False),  # never built
    ],
)
def test_what_is_read(tmp_path: Path, text: str, context: str, hit: bool) -> None:  # noqa: FBT001  a column
    assert bool(checked(tmp_path, RULE, text, PROGRAM + context).lines) is hit


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        (BUILT, True),
        (BUILT.replace("RUN make", "ARG COMMIT\nRUN make COMMIT=$COMMIT"), False),
        (BUILT.replace("RUN make", "ARG COMMIT\nRUN make"), True),  # may go below
        (COPY + "ARG COMMIT\nRUN make COMMIT=$COMMIT\n", True),
        (COPY + "ARG COMMIT\nRUN echo $COMMIT > /commit\n", True),
    ],
)
def test_what_runs_on_every_build_anyway(tmp_path: Path, text: str, *, hit: bool) -> None:
    ci = ".github/workflows/ci.yml: run: docker build --build-arg COMMIT=${{ github.sha }} .\n"
    found = checked(tmp_path, RULE, text, f"{PROGRAM}{ci}README.md changed 5\n").texts
    assert len(found) == hit


def test_no_history_no_finding(tmp_path: Path) -> None:
    assert checked(tmp_path, RULE, COPY, "app.py\nREADME.md\n").lines == []
    few = tmp_path / "few"
    few.mkdir()
    assert (
        checked(few, RULE, COPY, "app.py\nREADME.md changed 9\n.dockerignore: .git\n").lines == []
    )


@pytest.mark.parametrize(
    ("text", "ignored", "hit"),
    [
        (COPY, "x", False),  # context/git-copied says that each commit makes the layer anew
        (
            COPY + "RUN git -C /app describe > /version\n",
            "x",
            False,
        ),  # each commit makes the layer anew for that
        (COPY, ".git\\n!.git", False),
        (COPY.replace("COPY", "# with .git\nCOPY"), "x", False),
        (COPY.replace("COPY", "# with .git\nCOPY"), ".git", True),
    ],
)
def test_git_itself_may_be_taken(tmp_path: Path, text: str, ignored: str, hit: bool) -> None:  # noqa: FBT001  a column
    listing = f"app.py: print() changed 12\nREADME.md changed 5\n.dockerignore: {ignored}\n"
    assert bool(checked(tmp_path, RULE, text, listing).lines) is hit


def test_what_it_says_and_costs(tmp_path: Path) -> None:
    listing = (
        PROGRAM
        + "data.bin 2MB\nREADME.md changed 4\nSECURITY.md changed 4\n.gitlab-ci.yml changed 5\ndocs/a changed 1\n"
    )
    [found] = checked(tmp_path, RULE, COPY, listing).found
    assert "14 of the last 26 commits" in found.message
    assert "`.gitlab-ci.yml`, `README.md`, `SECURITY.md` and 1 more" in found.message
    assert found.cost is not None
    assert found.cost.push_bytes == pytest.approx(2_000_000, rel=0.01)


@pytest.mark.parametrize(
    ("stage", "service", "pushed"),
    [
        ("shop", "build: {target: shop}", 2_000_000),  # Compose pushes no image without a name
        ("development", "build: {target: development}", 2_000_000),
        ("dev", "{image: example.com/shop, build: {target: dev}}", 2_000_000),
        ("shop", "{image: example.com/shop, build: {target: shop}}", 4_000_000),
    ],
)
def test_it_costs_what_an_image_holds_that_somebody_may_push(
    tmp_path: Path, stage: str, service: str, pushed: int
) -> None:
    text = f"FROM debian:12 AS base\nCOPY . /app\nRUN make -C /app\nFROM base AS {stage}\n"
    text += "COPY data.bin /data\nFROM base\nRUN make -C /app check\n"
    listing = f"{PROGRAM}data.bin 2MB\nREADME.md changed 5\n"
    listing += f"compose.yaml: services:\\n  web:\\n    {service}\n"
    listing += "azure-pipelines.yml: extends:\\n  template: image.yml@shared\n"
    [found] = checked(tmp_path, RULE, text, listing).found
    assert found.cost is not None
    assert found.cost.push_bytes == pytest.approx(pushed, rel=0.01)


@pytest.mark.parametrize(("content", "left"), [("print()", 3), ("open('docs/guide.md')", 2)])
def test_a_file_is_read_once_whatever_it_may_speak_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, left: int
) -> None:
    read: list[str] = []
    whole = BuildContext.read
    monkeypatch.setattr(
        BuildContext, "read", lambda self, path: read.append(path) or whole(self, path)
    )
    unread = ("README.md", ".gitlab-ci.yml", "docs/guide.md")
    listing = "".join(f"{path} changed 5\n" for path in unread)
    files = f"app.py: {content} changed 12\n.dockerignore: .git\n{listing}"
    [message] = checked(tmp_path, RULE, COPY, files).messages
    assert sum(path.split("/")[0] in message for path in unread) == left
    assert read.count("app.py") == 1


@pytest.mark.parametrize(("folder", "hit"), [("shop-test-e2e", False), ("shop", True)])
def test_tests_of_a_folder_of_tests_are_what_it_is_for(
    tmp_path: Path, folder: str, *, hit: bool
) -> None:
    files = f"{folder}/src/test/a.java changed 5\n{folder}/src/main/b.java changed 12\n"
    laid_out = checked(tmp_path, RULE, "FROM scratch\n", files)
    path = tmp_path / folder / "Dockerfile"
    path.write_text("FROM maven:3.9\nCOPY src /src\nRUN mvn package\n")
    assert bool(laid_out.checker.check(Task(path.as_posix())).diagnostics) is hit


def test_what_no_push_takes_from_a_cache_is_rebuilt_in_any_case(tmp_path: Path) -> None:
    push = "uses: docker/build-push-action@v6\\n        with: {context: ., push: true, tags: shop/a"
    cached = ", cache-from: 'type=registry,ref=shop/a:cache'"
    for name, on, cache, wanted in (
        ("warm", "push", cached, [2]),
        ("cold", "push", "", []),
        ("releases", "{push: {tags: ['v*']}}", cached, []),
    ):
        workflow = f"on: {on}\\njobs:\\n  a:\\n    runs-on: ubuntu-latest\\n    steps:\\n      - {push}{cache}}}"
        listing = f"{PROGRAM}README.md changed 5\n.github/workflows/ci.yml: {workflow}\n"
        (tmp_path / name).mkdir()
        assert checked(tmp_path / name, "context/volatile-unused", COPY, listing).lines == wanted


@pytest.mark.parametrize(
    ("written", "text", "hit"),
    [
        ("echo $GITHUB_SHA > built.txt", COPY, False),
        ("echo $GITHUB_SHA > web/built.txt", COPY, False),
        ("echo 1 > built.txt", COPY, True),
        ("echo $GITHUB_SHA > web/built.txt", COPY.replace(". /app", "app /app"), True),
        ("echo $GITHUB_SHA > app/built.txt", COPY.replace(". /app", "app /app"), False),
        ("echo $GITHUB_SHA > built.txt", COPY.replace(". /app", "app /app"), True),
    ],
)
def test_a_copy_of_what_each_push_writes(
    tmp_path: Path, written: str, text: str, *, hit: bool
) -> None:
    push = "docker buildx build --cache-from a/b --push ."
    workflow = f"on: push\\njobs:\\n  a:\\n    runs-on: x\\n    steps:\\n      - run: {written}\\n      - run: {push}"
    listing = f"{PROGRAM}README.md changed 5\napp/b.py changed 12\napp/README.md changed 5\n"
    listing += f".github/workflows/ci.yml: {workflow}\n"
    assert bool(checked(tmp_path, RULE, text, listing).lines) is hit


def test_a_copy_in_a_file_of_which_nobody_is_seen_to_push_the_image(tmp_path: Path) -> None:
    workflow = (
        "on: push\\njobs:\\n  a:\\n    runs-on: x\\n    steps:\\n      - run: {}\\n"
        "      - run: docker buildx build --cache-from a/b --push -f web.Dockerfile ."
    )
    for command, wanted in (("echo $GITHUB_SHA > built.txt", []), ("echo 1 > built.txt", [2])):
        folder = tmp_path / str(len(wanted))
        folder.mkdir()
        listing = f"{PROGRAM}README.md changed 5\nweb.Dockerfile: FROM debian:12\n"
        listing += f".github/workflows/ci.yml: {workflow.format(command)}\n"
        assert checked(folder, RULE, COPY, listing).lines == wanted


def test_what_another_dockerfile_copies_is_read(tmp_path: Path) -> None:
    for name, source, wanted in (("read", "docs", []), ("unread", "app.py", [2])):
        listing = f"{PROGRAM}docs/a.md changed 5\n"
        (tmp_path / name).mkdir()
        other = tmp_path / name / "Dockerfile.site"
        other.write_text(f"FROM debian:12\nCOPY {source} /srv\n", encoding="utf-8")
        assert checked(tmp_path / name, RULE, COPY, listing).lines == wanted


@pytest.mark.parametrize(
    ("earlier", "beside", "hit"),
    [
        ("", ("lib/a.py",), True),
        ("COPY lib /lib\n", ("lib/a.py",), False),  # which runs again already
        ("COPY lib /lib\n", (), True),
        ("COPY lib /lib\n", ("else.py",), True),
        ("COPY --from=own /lib /lib\n", ("lib/a.py",), False),
        ("RUN --mount=type=bind,source=lib,target=/lib make\n", ("lib/a.py",), False),
    ],
)
def test_commits_that_an_earlier_step_misses_anyway(
    tmp_path: Path, earlier: str, beside: tuple[str, ...], *, hit: bool
) -> None:
    for path in ("lib/a.py", "app/b.py", "app/README.md", "else.py", ".dockerignore"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("print()\n" if path.endswith(".py") else "")
    commit(tmp_path)
    for paths in (*[("app/b.py",)] * 8, *[("app/README.md", *beside)] * 4):
        commit(tmp_path, *paths)
    own = "FROM debian:12 AS own\nCOPY lib /lib\n"
    text = f"{own}FROM debian:12\n{earlier}COPY app /app\n{MAKE}"
    assert bool(checked(tmp_path, RULE, text).lines) is hit


def test_an_ignore_file_that_is_not_there_yet_is_made(tmp_path: Path) -> None:
    for ignored, wanted in ((True, "add `app/README.md` to"), (False, "create a `.dockerignore`")):
        folder = tmp_path / str(ignored)
        folder.mkdir()
        listing = "app/a.py: print() changed 12\napp/README.md changed 5\n"
        listing += ".dockerignore: .git\n" * ignored
        (found,) = checked(folder, RULE, f"FROM debian:12\nCOPY app /app\n{MAKE}", listing).found
        assert found.repair is not None
        assert found.repair.title.startswith(wanted)


def test_it_says_what_git_tells_whoever_builds(tmp_path: Path) -> None:
    (found,) = checked(tmp_path, RULE, COPY, f"{PROGRAM}README.md changed 5\n").texts
    assert found.startswith("in 5 of the last 17 commits only README.md changed of what is")


@pytest.mark.parametrize(
    ("text", "recipe", "hit"),
    [
        (COPY, "", False),
        (COPY, "docker build web\n", True),
        (f"{COPY}COPY app.py /\n", "", True),  # which is there
        (f"{COPY}COPY shop/app.py /\n", "", False),
    ],
)
def test_a_folder_that_nothing_tells_to_be_the_context(
    tmp_path: Path, text: str, recipe: str, *, hit: bool
) -> None:
    (tmp_path / "web").mkdir()
    for path in ("web/app.py", "web/README.md", "build.sh"):
        (tmp_path / path).write_text(recipe)
    commit(tmp_path)
    for paths in (*[("web/app.py",)] * 8, *[("web/README.md",)] * 4):
        commit(tmp_path, *paths)
    assert bool(checked(tmp_path / "web", RULE, text).lines) is hit


def test_the_help_names_the_first_of_many(tmp_path: Path) -> None:
    many = "".join(f"Dockerfile.{each} changed 5\n" for each in "abcdefg")
    (found,) = checked(tmp_path, RULE, COPY, PROGRAM + many).found
    assert found.repair is not None
    assert found.repair.title.count("`") <= 10
    assert all(f"Dockerfile.{each}" in found.repair.edits[0].text for each in "abcdefg")


_TAKEN = "FROM debian:12 AS build\nCOPY . /app\nRUN {}\nFROM debian:12\nCOPY --from=build {} /\n"


@pytest.mark.parametrize(
    ("text", "size", "hit"),
    [
        ("FROM debian:12\nCOPY . /app\n", "20kB", False),  # all that runs again
        ("FROM debian:12\nCOPY . /app\n", "2MB", True),
        ("FROM debian:12\nCOPY . /app\nRUN chmod +x /app/app.py && ln -s /a /b\n", "20kB", False),
        ("FROM debian:12\nCOPY . /app\nRUN chmod +x /app/made && useradd a\n", "20kB", False),
        ("FROM debian:12\nCOPY . /app\nRUN chown -R 7 /app\n", "20kB", True),
        ("FROM debian:12\nCOPY . /app\nRUN make\n", "20kB", True),
        ("FROM debian:12 AS a\nCOPY . /app\nFROM a\nRUN make\n", "20kB", True),
        ("FROM debian:12 AS a\nCOPY . /app\nFROM a\nRUN touch /x\n", "20kB", False),
        # layers that come after it are others, too
        ("FROM debian:12\nCOPY . /app\nCOPY --from=some/image /srv /srv\n", "20kB", True),
        (_TAKEN.format("make", "/app/app.py"), "20kB", True),
        (_TAKEN.format("touch /x", "/app/app.py"), "2MB", False),  # which is the same
        (_TAKEN.format("touch /x", "/app"), "2MB", True),
    ],
)
def test_what_runs_again_is_more_than_a_trifle(
    tmp_path: Path, text: str, size: str, *, hit: bool
) -> None:
    listing = f"{PROGRAM}data.bin {size}\nREADME.md changed 5\n"
    assert bool(checked(tmp_path, RULE, text, listing).lines) is hit


@pytest.mark.parametrize(
    ("later", "commits"),
    [
        ("RUN make\nCOPY lib /lib\nRUN make\n", 9),  # the first make is run for nothing
        ("COPY lib /lib\nRUN make\n", 5),
        ("RUN touch /a\nCOPY lib /lib\nRUN make\n", 5),
        ("COPY --from=own /lib /lib\nRUN make\n", 5),
        ("RUN --mount=type=bind,source=lib,target=/lib make\n", 5),
        ("COPY --from=some/image /x /x\nCOPY lib /lib\n", 9),  # of unknown size
    ],
)
def test_commits_after_which_the_rest_runs_again_anyway(
    tmp_path: Path, later: str, commits: int
) -> None:
    for path in ("lib/a.py", "app/b.py", "app/README.md", ".dockerignore"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("print()\n" if path.endswith(".py") else "")
    commit(tmp_path)
    ours = [("app/README.md",)] * 5 + [("app/README.md", "lib/a.py")] * 4
    for paths in (*[("app/b.py",)] * 8, *ours):
        commit(tmp_path, *paths)
    own = "FROM debian:12 AS own\nCOPY lib /lib\n"
    (found,) = checked(tmp_path, RULE, f"{own}FROM debian:12\nCOPY app /app\n{later}").messages
    assert found.startswith(f"in {commits} of the last ")
