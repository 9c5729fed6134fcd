"""Which push most commits lead to, whatever they change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from past import commit, git

from dlint.context import open_worktree
from dlint.model import Build
from dlint.project.recipes import Recipes
from dlint.push.line import PushLine, push_line
from dlint.syntax.parser import parse
from dlint.text.source import Source

if TYPE_CHECKING:
    from pathlib import Path

BUILT = (
    "FROM x AS build\nCOPY lists /src/lists\nRUN fetch\nCOPY app /src/app\nRUN make -C /src\n"
    "FROM x\nRUN pack\nCOPY --from=build /src/out /a/out\n"
)
FILES = {"lists/a.txt": "0", "app/main.c": "0", "app/more.c": "0", "other.txt": "0"}


def foretold(root: Path, text: str, *changes: dict[str, str | None], **files: str) -> PushLine:
    """Return the line on what the last commits would push, after one that brings the files."""
    git(root, "init", "-q")
    commit(root, "all", {**FILES, **files, "Dockerfile": text})
    for at, change in enumerate(changes):
        commit(root, str(at), {path: value and f"{value}{at}" for path, value in change.items()})
    return of_today(root, text)


def of_today(root: Path, text: str) -> PushLine:
    parsed = parse(Source(str(root / "Dockerfile"), text))
    found = push_line(Build(parsed, open_worktree(root), recipes=Recipes(root)))
    assert found is not None
    return found


def test_files_of_any_instruction_count_that_push_the_same(tmp_path: Path) -> None:
    found = foretold(
        tmp_path,
        BUILT,
        *(7 * [{"app/main.c": "x"}]),
        *(5 * [{"lists/a.txt": "x"}]),
        *(2 * [{"other.txt": "x"}]),
    )
    assert (found.changed, found.kept.changes, found.kept.commits) == ("app/main.c", 12, 14)


@pytest.mark.parametrize(("most", "changes"), [(1, 9), (2, 12)])
def test_rare_ways_to_take_a_file_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, changes: int
) -> None:
    monkeypatch.setattr("dlint.push.usual.MOST_PLANS", most)
    change = [*(7 * [{"app/main.c": "x"}]), *(3 * [{"lists/a.txt": "x"}])]
    both = 2 * [{"app/main.c": "x", "lists/a.txt": "y"}]
    found = foretold(tmp_path, BUILT, *change, *both)
    assert (found.changed, found.kept.changes, found.kept.commits) == ("app/main.c", changes, 12)


def test_files_that_push_other_layers_do_not(tmp_path: Path) -> None:
    text = "FROM x\nCOPY lists /a/lists\nRUN fetch\nCOPY app /a/app\nRUN make\n"
    changes = [*(7 * [{"app/main.c": "x"}]), *(5 * [{"lists/a.txt": "x"}])]
    found = foretold(tmp_path, text, *changes)
    assert (found.changed, found.kept.changes, found.upload.layers) == ("app/main.c", 7, 2)


@pytest.mark.parametrize(("copied", "example"), [(".", "app/main.c"), (".env", ".env")])
def test_a_hidden_file_is_an_example_where_no_other_is_copied_with_it(
    tmp_path: Path, copied: str, example: str
) -> None:
    text = f"FROM x\nRUN fetch\nCOPY {copied} /a/\n"
    ignored = {".dockerignore": ".git\n"}
    found = foretold(tmp_path, text, *(12 * [{".env": "x"}]), **ignored)
    assert (found.changed, found.kept.changes) == (example, 12)


def test_example_is_of_the_files_that_most_commits_change(tmp_path: Path) -> None:
    changes = [{f"app/{at}.c": "x", "lists/a.txt": "x"} for at in range(5)]
    others = [{f"app/{at}.c": "x"} for at in range(7)]
    found = foretold(tmp_path, BUILT, *changes, *others)
    assert (found.changed, found.kept.changes) == ("app/0.c", 12)


def test_links_stand_for_no_files(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    git(tmp_path, "init", "-q")
    commit(tmp_path, "all", {**FILES, "Dockerfile": BUILT})
    for at in range(12):
        link = tmp_path / "app/a"
        link.unlink(missing_ok=True)
        link.symlink_to(f"main{at}.c")
        git(tmp_path, "add", "app/a")
        commit(tmp_path, str(at), {"app/main.c": str(at)} if at else {"other.txt": "x"})
    assert of_today(tmp_path, BUILT).changed == "app/main.c"


@pytest.mark.parametrize(
    ("path", "ignore", "changes"),
    [
        ("app/gone.c", "", 12),
        ("app/old/gone.c", "", 12),
        ("app/gone.c", "app/gone.c\n", 9),
        ("docs/gone.md", "", 9),
    ],
)
def test_files_that_are_gone_count_with_their_folder(
    tmp_path: Path, path: str, ignore: str, changes: int
) -> None:
    gone = [{path: "x"}, {path: "y"}, {path: None}]
    change = [*(9 * [{"app/main.c": "x"}]), *gone]
    found = foretold(tmp_path, BUILT, *change, **{".dockerignore": ignore})
    assert (found.changed, found.kept.changes, found.kept.commits) == ("app/main.c", changes, 12)


@pytest.mark.parametrize(("sources", "changes"), [(".", 12), ("app lists Dockerfile", 10)])
def test_what_took_all_of_the_context_took_what_is_gone(
    tmp_path: Path, sources: str, changes: int
) -> None:
    change = [*(10 * [{"app/main.c": "x"}]), {"docs/a.md": "x"}, {"docs/a.md": None}]
    text = f"FROM x\nCOPY {sources} /a/b/\n"
    found = foretold(tmp_path, text, *change, **{".dockerignore": ".git\n"})
    assert (found.changed, found.kept.changes) == ("app/main.c", changes)


def test_a_submodule_that_moves_changes_its_folder(tmp_path: Path) -> None:
    text = "FROM x\nCOPY app /a/b\n"
    (tmp_path / "app/sub").mkdir(parents=True)
    git(tmp_path, "init", "-q")
    commit(tmp_path, "all", {**FILES, "Dockerfile": text})
    for at in range(12):
        link = f"160000,{at + 1:040x},app/sub"
        git(tmp_path, "update-index", "--add", "--cacheinfo", link)
        if at % 2:
            git(tmp_path, "commit", "-q", "-m", str(at))
        else:
            (tmp_path / "app/main.c").write_text(f"x{at}")
            git(tmp_path, "commit", "-q", "-m", str(at), "app/main.c")
    found = of_today(tmp_path, text)
    assert (found.changed, found.kept.changes, found.kept.commits) == ("app/main.c", 12, 12)


@pytest.mark.parametrize(
    ("ignore", "changed", "changes"), [("", "app/main.c", 12), (".git\n", "app/main.c", 11)]
)
def test_git_changes_with_each_commit(
    tmp_path: Path, ignore: str, changed: str, changes: int
) -> None:
    ignore = f"{ignore}other.txt\n"
    change = [*(11 * [{"app/main.c": "x"}]), {"other.txt": "x"}]
    found = foretold(
        tmp_path, "FROM x\nCOPY . /a/b/\nRUN make\n", *change, **{".dockerignore": ignore}
    )
    assert (found.changed, found.kept.changes, found.upload.layers) == (changed, changes, 2)


CACHED = "--cache-from type=registry,ref=a/b:cache --cache-to type=registry,ref=a/b:cache"


def workflow(on: str) -> dict[str, str]:
    path = ".github/workflows/image.yml"
    text = (
        f"on:\n{on}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: docker/setup-buildx-action@v3\n"
        f"      - run: docker buildx build {CACHED} --push -t a/b .\n"
    )
    return {path: text}


@pytest.mark.parametrize(
    ("on", "changed", "changes"),
    [
        ("  push:\n    paths: ['app/**', '!app/NOTES.md']", "app/main.c", 5),
        ("  push:", "app/NOTES.md", 12),
    ],
)
def test_files_that_start_no_push_are_not_typical(
    tmp_path: Path, on: str, changed: str, changes: int
) -> None:
    change = [*(7 * [{"app/NOTES.md": "x"}]), *(5 * [{"app/main.c": "x", "app/NOTES.md": "y"}])]
    found = foretold(tmp_path, "FROM x\nCOPY app /a/b\n", *change, **workflow(on))
    assert (found.changed, found.kept.changes, found.kept.commits) == (changed, changes, 12)


TAGS = "  push:\n    tags: ['v*']"


PASSED = "GIT_SHA=${{ github.sha }}"


def passing(argument: str = PASSED, on: str = "  push:") -> dict[str, str]:
    """Return the workflow, which passes an argument."""
    ((path, text),) = workflow(on).items()
    return {path: text.replace(" --push", f" --build-arg {argument} --push")}


STAMPED = "FROM x\nRUN fetch\nCOPY app /a/app\nARG GIT_SHA\nRUN stamp $GIT_SHA\nRUN make\n"


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        ("FROM x\nARG GIT_SHA\nRUN stamp\nCOPY app /a/app\nRUN make\n", "all 3 layers"),
        ("FROM x\nRUN fetch\nARG GIT_SHA\nRUN stamp $GIT_SHA\nCOPY app /a/app\n", "2 of 3 layers"),
    ],
)
def test_layers_of_a_commits_name_go_up_with_each_build(
    tmp_path: Path, text: str, layers: str
) -> None:
    found = foretold(tmp_path, text, *(12 * [{"app/main.c": "x"}]), **passing())
    assert found.kept.text.startswith(f"a change of `GIT_SHA` pushes {layers}")


def test_a_commit_may_push_more_than_what_its_name_does(tmp_path: Path) -> None:
    change = [*(8 * [{"app/main.c": "x"}]), *(4 * [{"other.txt": "x"}])]
    found = foretold(tmp_path, STAMPED, *change, **passing())
    assert found.kept.text.startswith(
        "a change of what line 3 copies and of `GIT_SHA` pushes 3 of 4 layers"
    )
    assert found.kept.changes == 8


def test_commits_to_what_the_image_does_not_take_push_its_name(tmp_path: Path) -> None:
    change = [*(4 * [{"app/main.c": "x"}]), *(8 * [{"other.txt": "x"}])]
    found = foretold(tmp_path, STAMPED, *change, **passing())
    assert found.kept.text.startswith("a change of `GIT_SHA` pushes 2 of 4 layers")


def test_what_a_stage_makes_of_a_commits_name_may_be_what_it_was(tmp_path: Path) -> None:
    text = (
        "FROM x AS build\nCOPY app /src/app\nARG GIT_SHA\nRUN make -C /src\n"
        "FROM x\nRUN pack\nCOPY --from=build /src/out /a/out\n"
    )
    found = foretold(tmp_path, text, *(12 * [{"app/main.c": "x"}]), **passing())
    said = "a change of `GIT_SHA` pushes up to 1 of 2 layers"
    assert found.kept.text.startswith(said)


@pytest.mark.parametrize(
    ("text", "argument"),
    [
        (STAMPED.replace("GIT_SHA", "BUILD_DATE"), "BUILD_DATE=$BUILD_DATE"),
        (STAMPED, "GIT_SHA=abcdef1"),
        (STAMPED, "GIT_SHA=${{ github.event.workflow_run.head_branch }}"),
        (STAMPED, "OTHER=${{ github.sha }}"),
        (STAMPED.replace("GIT_SHA", "GIT_REF"), "GIT_REF=${{ github.ref }}"),
        ("FROM x\nCOPY app /a/app\nARG GIT_SHA\nLABEL a=$GIT_SHA\n", PASSED),
        ("ARG GIT_SHA\nFROM x:$GIT_SHA\nRUN pack\nCOPY app /a/app\n", PASSED),
    ],
)
def test_arguments_are_the_same_unless_they_surely_change_a_layer(
    tmp_path: Path, text: str, argument: str
) -> None:
    found = foretold(tmp_path, text, *(12 * [{"app/main.c": "x"}]), **passing(argument))
    assert re.match(r"a change of what line \d copies pushes", found.kept.text)


def test_a_tag_is_another_one_where_tags_alone_are_pushed(tmp_path: Path) -> None:
    text = STAMPED.replace("GIT_SHA", "GIT_REF")
    argument = passing("GIT_REF=${{ github.ref }}", TAGS)
    found = foretold(tmp_path, text, *(12 * [{"app/main.c": "x"}]), **argument)
    assert found.kept.text.startswith(
        "a change of what line 3 copies and of `GIT_REF` pushes 3 of 4 layers"
    )


def recipes_in(folder: Path, files: dict[str, str]) -> Recipes:
    """Lay out Dockerfiles and what builds them."""
    for path, text in {"own.Dockerfile": "FROM x\n", **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return Recipes(folder)


WRITTEN = "FROM x\nRUN fetch\nCOPY app /a/app\nRUN make\n"


def writing(command: str, more: str = "") -> dict[str, str]:
    """Return the workflow, which writes something first."""
    ((path, text),) = workflow("  push:").items()
    step = f"      - run: {command}\n{more}"
    return {path: text.replace("      - run: docker", f"{step}      - run: docker")}


SHA_FILE = "echo ${{ github.sha }} > ./app/sha.txt"
OF_ENV = "        env:\n          BUILT_OF: ${{ github.sha }}\n"
AT_RUN = "$GITHUB_RUN_ID"


def lines(*commands: str) -> str:
    return "\n          ".join(("|", *commands))


@pytest.mark.parametrize(
    ("command", "more"),
    [
        (SHA_FILE, ""),
        ("git rev-parse HEAD >> app/sha.txt", ""),
        ("echo $(date) | tee app/sha.txt", ""),
        (SHA_FILE.replace("./", "$GITHUB_WORKSPACE/"), ""),
        ('echo "$BUILT_OF" > app/sha.txt', OF_ENV),
        (lines("tip=$(git rev-parse HEAD)", "echo $tip > app/sha.txt"), ""),
        (lines("printf '%s; %s' \\", f'  "{AT_RUN}" \\', "  > app/sha.txt"), ""),
        (lines(f"jq '.a = \"{AT_RUN}\"' a.json > b.json && mv b.json app/sha.txt"), ""),
        (lines(f"echo {AT_RUN} > built", "cp -p built app/sha.txt"), ""),
        (lines(f"sed -i 's/none/{AT_RUN}/' app/sha.txt"), ""),
        (lines("cat > app/sha.txt <<'END'", "${{ github.run_id }}", "END"), ""),
    ],
)
def test_a_file_that_each_push_writes(tmp_path: Path, command: str, more: str) -> None:
    change = 12 * [{"other.txt": "x"}]
    found = foretold(tmp_path, WRITTEN, *change, **writing(command, more))
    assert found.kept.text.startswith("a change of `app/sha.txt` pushes 2 of 3 layers")


HANDED_ON = lines(
    "if [ -n ${{ github.head_ref }} ]; then",
    '  echo "V=1.2-$GITHUB_RUN_NUMBER" >> $GITHUB_ENV',
    "else",
    '  echo "V=next" >> "$GITHUB_ENV"',
    "fi",
)


@pytest.mark.parametrize(
    ("first", "more", "is_new"),
    [
        (HANDED_ON, "", True),
        (HANDED_ON.replace("$GITHUB_RUN_NUMBER", "3"), "", False),
        (HANDED_ON.replace("V=", "W="), "", False),
        (HANDED_ON.replace("GITHUB_ENV", "GITHUB_OUTPUT"), "", False),
        (HANDED_ON, "        if: github.ref_type == 'tag'\n", False),
    ],
)
def test_a_file_is_written_from_what_an_earlier_step_hands_on(
    tmp_path: Path, first: str, more: str, *, is_new: bool
) -> None:
    ((path, text),) = writing('echo "$V" > app/sha.txt').items()
    text = text.replace("      - run: echo", f"      - run: {first}\n{more}      - run: echo", 1)
    change = 12 * [{"other.txt" if is_new else "app/main.c": "x"}]
    found = foretold(tmp_path, WRITTEN, *change, **{path: text})
    assert found.kept.text.startswith("a change of `app/sha.txt` pushes 2 of 3 layers") is is_new


ACTION = """\
inputs:
  place:
    default: other.txt
runs:
  using: composite
  steps:
    - run: echo $GITHUB_SHA > "${PLACE}"
      env:
        PLACE: ${{ inputs.place }}
"""


@pytest.mark.parametrize(
    ("action", "place", "wanted"),
    [
        (ACTION, "app/sha.txt", "a change of `app/sha.txt` pushes 2 of 3 layers"),
        (ACTION, "other.txt", "a change of what line 3 copies pushes 2 of 3 layers"),
        (ACTION.replace("other", "app/sha"), "", "a change of `app/sha.txt` pushes 2 of 3 layers"),
        (ACTION, "", "a change of what line 3 copies pushes 2 of 3 layers"),
    ],
)
def test_a_file_that_an_action_of_ones_own_writes(
    tmp_path: Path, action: str, place: str, wanted: str
) -> None:
    ((path, text),) = writing("true").items()
    told = f"        with:\n          place: {place}\n" * bool(place)
    used = f"uses: ./.github/actions/mark\n{told}"
    files = {path: text.replace("run: true\n", used), ".github/actions/mark/action.yml": action}
    change = 12 * [{"other.txt" if "sha" in wanted else "app/main.c": "x"}]
    found = foretold(tmp_path, WRITTEN, *change, **files)
    assert found.kept.text.startswith(wanted)


@pytest.mark.parametrize(
    ("command", "more", "files"),
    [
        ("echo 1 > app/sha.txt", "", {}),
        ("echo ${{ github.sha }} > other/sha.txt", "", {}),
        ("echo ${{ github.sha }} >> $GITHUB_OUTPUT", "", {}),
        (SHA_FILE, "        if: github.ref_type == 'tag'\n", {}),
        (SHA_FILE, "        working-directory: web\n", {}),
        (SHA_FILE, "", {".dockerignore": "app/sha.txt\n"}),
        ('echo "$BUILT_OF" > app/sha.txt', OF_ENV.replace("sha", "repository"), {}),
        (lines("[ -f a ] || exit 0", SHA_FILE), "", {}),
        (lines(f"test -f a || {SHA_FILE}"), "", {}),
        ("cp other.txt app/sha.txt", "", {}),
    ],
)
def test_what_is_written_changes_no_layer_unless_it_surely_does(
    tmp_path: Path, command: str, more: str, files: dict[str, str]
) -> None:
    change = 12 * [{"app/main.c": "x"}]
    found = foretold(tmp_path, WRITTEN, *change, **writing(command, more), **files)
    assert re.match(r"a change of what line \d copies pushes", found.kept.text)


@pytest.mark.parametrize(("made_of", "is_new"), [("$GITHUB_SHA", True), ("1.2", False)])
def test_a_file_is_written_from_what_another_job_works_out(
    tmp_path: Path,
    made_of: str,
    is_new: bool,  # noqa: FBT001  a column
) -> None:
    ((path, text),) = writing("echo ${{ needs.b.outputs.tag }} > app/sha.txt").items()
    told = lines(f"short=$(echo {made_of} | cut -c1-7)", 'echo "name=v$short" >> $GITHUB_OUTPUT')
    job = (
        "  b:\n    runs-on: x\n    outputs:\n      tag: ${{ steps.slug.outputs.name }}\n"
        f"    steps:\n      - id: slug\n        run: {told}\n"
    )
    change = 12 * [{"app/main.c": "x"}]
    found = foretold(tmp_path, WRITTEN, *change, **{path: text + job})
    assert found.kept.text.startswith("a change of what line 3 copies") is not is_new


def test_what_another_job_writes_is_not_in_the_context(tmp_path: Path) -> None:
    ((path, text),) = workflow("  push:").items()
    job = f"  b:\n    runs-on: x\n    steps:\n      - run: {SHA_FILE}\n"
    change = 12 * [{"app/main.c": "x"}]
    found = foretold(tmp_path, WRITTEN, *change, **{path: text + job})
    assert re.match(r"a change of what line \d copies pushes", found.kept.text)


def test_one_of_the_jobs_that_build_may_write_no_file(tmp_path: Path) -> None:
    ((path, text),) = writing(SHA_FILE).items()
    ((_, other),) = workflow("  push:").items()
    job = other.partition("jobs:\n")[2].replace("  a:", "  b:", 1)
    change = 12 * [{"app/main.c": "x"}]
    found = foretold(tmp_path, WRITTEN, *change, **{path: text + job})
    assert re.match(r"a change of what line \d copies pushes", found.kept.text)


def test_what_a_job_writes_that_names_the_dockerfile_counts(tmp_path: Path) -> None:
    ((path, text),) = writing(SHA_FILE).items()
    ((_, other),) = workflow("  push:").items()
    text = text.replace("-t a/b", "-f own.Dockerfile -t a/b")
    other = other.replace("-t a/b", "-f other.Dockerfile -t a/c")
    job = other.partition("jobs:\n")[2].replace("  a:", "  b:", 1)
    (tmp_path / "other.Dockerfile").write_text(WRITTEN)
    found = [
        recipes_in(tmp_path, {path: text + job}).written_by_pushes(f"{name}.Dockerfile")
        for name in ("own", "other")
    ]
    assert [list(map(list, jobs)) for jobs in found] == [[["app/sha.txt"]], [[]]]


def test_what_pushes_most_often_tells_what_is_passed(tmp_path: Path) -> None:
    ((_, released),) = workflow(TAGS).items()
    files = {**passing(), ".github/workflows/release.yml": released}
    change = 12 * [{"other.txt": "x"}]
    found = foretold(tmp_path, STAMPED, *change, **files)
    assert found.kept.text.startswith("a change of `GIT_SHA` pushes 2 of 4 layers")


def test_commits_to_what_go_leaves_out_push_nothing(tmp_path: Path) -> None:
    text = "FROM golang:1 AS build\nCOPY app /app\nRUN go build -o /a ./app\nFROM x\nRUN pack\n"
    files = {"app/main.go": "package main\n", "app/main_test.go": "package main\n"}
    change = [*(7 * [{"app/main_test.go": "x"}]), *(5 * [{"app/main.go": "x"}])]
    found = foretold(tmp_path, f"{text}COPY --from=build /a /a\n", *change, **files)
    assert (found.changed, found.kept.changes, found.kept.commits) == ("app/main.go", 5, 12)
