"""Which changes of a Dockerfile itself are what most commits push."""

from __future__ import annotations

from cProfile import Profile
from typing import TYPE_CHECKING

import pytest
from past import commit, git

from dlint.context import EmptyContext, open_worktree
from dlint.context.run_git import Talk
from dlint.model import Build
from dlint.project.recipes import Recipes
from dlint.push.edits import Edits
from dlint.push.line import PushLine, push_line
from dlint.syntax.parser import parse
from dlint.text.source import Source

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"app/main.c": "0", "docs/a.md": "0"}


def foretold(root: Path, *versions: str, now: str = "", sources: int = 0) -> PushLine | None:
    """Return the line after commits that each bring a version of the Dockerfile, the first of them
    with all files, and more that change what it copies.
    """
    git(root, "init", "-q")
    for at, text in enumerate(versions):
        commit(root, f"version {at}", {"Dockerfile": text, **(FILES if not at else {})})
    for at in range(sources):
        commit(root, f"source {at}", {"app/main.c": f"x{at}"})
    if now:
        (root / "Dockerfile").write_text(now)
    text = now or versions[-1]
    parsed = parse(Source(str(root / "Dockerfile"), text))
    return push_line(Build(parsed, open_worktree(root), recipes=Recipes(root)))


def said(root: Path, *versions: str, now: str = "", sources: int = 0) -> str:
    found = foretold(root, *versions, now=now, sources=sources)
    return found.kept.text.partition(",")[0] if found and found.kept else ""


def bumped(text: str, times: int = 6) -> list[str]:
    """Return versions of a text, each with another number in place of `{}`."""
    return [text.replace("{}", str(number)) for number in range(times + 1)]


COPY = "COPY app /srv/a/\n"
ARGUMENT = "FROM x\nRUN fetch\nARG V={}\nRUN setup\n" + COPY


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (ARGUMENT, "line 3 pushes 2 of 3 layers"),
        (ARGUMENT.replace("ARG", "ENV"), "line 3 pushes 2 of 3 layers"),
        (ARGUMENT.replace("ARG V={}\nRUN setup", "RUN setup \\\n  a={} \\\n  b"), "line 3 pushes 2 of 3 layers"),
        ("FROM x\nRUN setup\nCOPY --chown={} app /srv/a/\nRUN make\n", "line 3 pushes 2 of 3 layers"),
        ("FROM x\nRUN setup\nENV V={}\nENV SUM=a{}\nRUN fetch $V\n" + COPY, "line 3 pushes 2 of 3 layers"),
        ("FROM x\nRUN <<END\nfetch {}\nEND\n" + COPY, "line 2 pushes all 2 layers"),
        ("FROM x AS build\nRUN make {}\nFROM x\nRUN pack\nCOPY --from=build /out /srv/b/\n" + COPY, "line 2 pushes up to 2 of 3 layers"),
        ("FROM x\nARG V={}\nRUN setup $V\n", "line 2 pushes 1 layer"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("times", [2, 12])
def test_a_change_of_the_dockerfile_that_most_commits_make(
    tmp_path: Path, text: str, wanted: str, times: int
) -> None:
    assert said(tmp_path, *bumped(text, times)).startswith(f"a change of {wanted}")


@pytest.mark.parametrize(
    "text",
    [
        "# {}\nFROM x\nRUN setup\n" + COPY,
        "FROM x\nRUN setup \\\n  # {}\n  a\n" + COPY,
        "FROM x\nRUN setup\n" + COPY + "LABEL version={}\n",
        "FROM x\nRUN setup\n" + COPY + 'CMD ["run", "{}"]\n',
        "FROM x\nARG V={}\nENV V=1\nRUN setup\n" + COPY,
        "FROM x AS other\nRUN make {}\nFROM x\nRUN setup\n" + COPY,
    ],
)
def test_a_change_that_pushes_no_layer_is_none(tmp_path: Path, text: str) -> None:
    line = text.count("\n", 0, text.index("COPY")) + 1
    found = said(tmp_path, *bumped(text, 12), sources=3)
    assert found.startswith(f"a change of what line {line} copies")


@pytest.mark.parametrize(
    "text", ["FROM x:{}\nRUN setup\n" + COPY, "ARG V={}\nFROM x:$V\nRUN setup\n" + COPY]
)
@pytest.mark.parametrize(("sources", "is_told"), [(3, False), (13, True)])
def test_what_another_base_pushes_is_not_known(
    tmp_path: Path, text: str, sources: int, *, is_told: bool
) -> None:
    found = said(tmp_path, *bumped(text, 12), sources=sources)
    assert found.startswith("a change of what line") is is_told


@pytest.mark.parametrize("text", [ARGUMENT, "FROM x\nRUN setup\n" + COPY + "LABEL version={}\n"])
def test_one_change_in_a_few_commits_is_not_typical(tmp_path: Path, text: str) -> None:
    assert said(tmp_path, *bumped(text, 1)) == ""


@pytest.mark.parametrize(
    ("sources", "wanted"), [(7, "what line 5 copies pushes 1"), (5, "line 3 pushes 2")]
)
def test_the_more_frequent_change_is_named(tmp_path: Path, sources: int, wanted: str) -> None:
    found = foretold(tmp_path, *bumped(ARGUMENT), sources=sources)
    assert found is not None
    assert found.kept.text.startswith(f"a change of {wanted} of 3 layers")
    assert (found.kept.changes, found.kept.commits) == (max(6, sources), 6 + sources)
    assert found.changed == ("app/main.c" if sources == 7 else "Dockerfile")


def test_changes_of_files_and_instructions_that_push_the_same_count_together(
    tmp_path: Path,
) -> None:
    text = "FROM x\nRUN setup\n" + COPY.replace("app", "--chown={} app") + "RUN make\n"
    found = foretold(tmp_path, *bumped(text, 3), sources=9)
    assert found is not None
    assert found.kept.text.startswith("a change of what line 3 copies pushes 2 of 3 layers")
    assert (found.kept.changes, found.kept.commits) == (12, 12)


def test_instructions_are_known_by_what_they_are_and_not_by_their_line(tmp_path: Path) -> None:
    moved = ARGUMENT.replace("RUN fetch\n", "# why\n\nLABEL a=1\nRUN fetch\nUSER root\n")
    last = moved.replace("{}", "6")
    versions = [*bumped(ARGUMENT), last, last.replace("USER root\n", "")]
    found = foretold(tmp_path, *versions)
    assert found is not None
    assert found.kept.text.startswith("a change of line 6 pushes 2 of 3 layers")
    assert found.kept.changes == 7  # with USER, which came before line 6 as well


def test_what_is_not_committed_is_no_change(tmp_path: Path) -> None:
    now = ARGUMENT.replace("FROM x", "# x\nFROM y:1").replace("{}", "now")
    assert said(tmp_path, *bumped(ARGUMENT), now=now).startswith("a change of line 4 pushes 2 of 3")


@pytest.mark.parametrize(
    ("old", "new", "today", "wanted"),
    [
        # lines between two that the commit deleted are gone today: both stand at one place
        ("RUN c\nRUN k\nRUN b\nRUN z\n", "RUN k\nRUN z\n", "RUN z\n", "RUN c\nRUN b\nRUN z\n"),
        # lines of which the commit changed one and made one of two are one today
        (
            "RUN a && \\\n kk && \\\n b && \\\n c\n",
            "RUN x && \\\n kk && \\\n y\n",
            "RUN today\n",
            None,
        ),
    ],
)
def test_changes_of_a_commit_that_stand_at_one_place_today(
    old: str, new: str, today: str, wanted: str | None
) -> None:
    build = Build(parse(Source("Dockerfile", f"FROM x\n{today}")), EmptyContext())
    edits = Edits(build, [(f"FROM x\n{old}", f"FROM x\n{new}")])
    found = edits.before(1)
    assert (found and found.dockerfile.source.text) == (wanted and f"FROM x\n{wanted}")


def test_changes_of_what_is_gone_are_not_foretold(tmp_path: Path) -> None:
    text = ARGUMENT.replace("ARG V={}\n", "")
    assert said(tmp_path, *bumped(ARGUMENT, 12), text, sources=3) == ""
    assert "line 4 copies" in said(tmp_path, text, sources=13)


def test_a_version_that_is_no_dockerfile_is_not_foretold(tmp_path: Path) -> None:
    text = "FROM x\n{} fetch\n" + COPY
    versions = [text.replace("{}", each) for each in (*(6 * ("BAD", "WORSE")), "RUN")]
    assert said(tmp_path, *versions, sources=3) == ""


def test_a_dockerfile_that_came_from_elsewhere_has_the_changes_since(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    for at, text in enumerate(bumped(ARGUMENT, 12)):
        commit(tmp_path, str(at), {"old/Dockerfile": text, **FILES})
    git(tmp_path, "rm", "-q", "old/Dockerfile")
    assert said(tmp_path, *bumped(ARGUMENT, 1), sources=3).startswith("a change of what line 5")


def test_a_change_that_starts_no_push_is_none(tmp_path: Path) -> None:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    (folder / "image.yml").write_text(
        "on:\n  push:\n    paths: ['app/**']\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: docker/setup-buildx-action@v3\n"
        "      - run: docker buildx build --cache-from type=registry,ref=a/b:c"
        " --cache-to type=registry,ref=a/b:c --push -t a/b .\n"
    )
    found = said(tmp_path, *bumped(ARGUMENT, 12), sources=3)
    assert found.startswith("a change of what line 5 copies")


def test_one_git_reads_all_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []

    class Counted(Talk):
        def __init__(self, folder: Path, *words: str) -> None:
            started.append(words)
            super().__init__(folder, *words)

    monkeypatch.setattr("dlint.context.git.Talk", Counted)
    assert said(tmp_path, *bumped(ARGUMENT, 12)).startswith("a change of line 3")
    assert started == [("cat-file", "--batch")]


def test_a_version_that_git_lacks_makes_no_line(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    for at, text in enumerate(bumped(ARGUMENT, 12)):
        commit(tmp_path, str(at), {"Dockerfile": text, **FILES, "app/main.c": str(at)})
    identity = git(tmp_path, "rev-parse", "HEAD~3:Dockerfile")
    (tmp_path / f".git/objects/{identity[:2]}/{identity[2:]}").unlink()
    assert said(tmp_path, text) == ""


MATRIX = """\
on: push
jobs:
  versions:
    runs-on: ubuntu-latest
    outputs:
      found: ${{ steps.read.outputs.found }}
    steps:
      - id: read
        run: echo "found=$(cat versions.json)" >> $GITHUB_OUTPUT
  image:
    needs: versions
    runs-on: ubuntu-latest
    strategy:
      matrix:
        runner: ${{ fromJSON('["a", "b"]') }}
        version: ${{ fromJSON(needs.versions.outputs.found) }}
    steps:
      - uses: docker/setup-buildx-action@v3
      - uses: docker/build-push-action@v6
        with:
          context: .
          push: true
          tags: a/b
          cache-from: type=registry,ref=a/b:cache
          cache-to: type=registry,ref=a/b:cache
          build-args: V=${{ matrix.version }}
"""
WRITTEN = MATRIX.replace("${{ fromJSON(needs.versions.outputs.found) }}", "[1, 2]")
INCLUDED = WRITTEN.replace('runner: ${{ fromJSON(\'["a", "b"]\') }}', "include: ${{ fromJSON(x) }}")


@pytest.mark.parametrize(
    ("workflow", "text", "is_told"),
    [
        (MATRIX, "FROM x\nARG V\nRUN setup $V\n" + COPY, False),
        (MATRIX, "ARG V\nFROM x:$V\nRUN setup\n" + COPY, False),
        (INCLUDED, "FROM x\nARG V\nRUN setup $V\n" + COPY, False),
        (MATRIX, "FROM x\nRUN setup\n" + COPY, True),
        (MATRIX, "FROM x\nRUN setup\n" + COPY + "ARG V\nLABEL v=$V\n", True),
        (WRITTEN, "FROM x\nARG V\nRUN setup $V\n" + COPY, True),
    ],
)
def test_arguments_of_a_matrix_that_is_worked_out_may_be_why_a_push_is_made(
    tmp_path: Path, workflow: str, text: str, *, is_told: bool
) -> None:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    (folder / "image.yml").write_text(workflow)
    assert bool(said(tmp_path, text, sources=12)) is is_told


def _calls(instructions: int, versions: int) -> int:
    """Return how many functions are called to follow versions that change every fifth line."""
    texts = [
        "FROM x\n"
        + "".join(f"RUN setup {at} {(at + number) % 5 and 1}\n" for at in range(instructions))
        for number in range(versions + 1)
    ]
    parsed = parse(Source("Dockerfile", texts[0]))
    build = Build(parsed, EmptyContext())
    profile = Profile()
    profile.runcall(Edits, build, list(zip(texts[1:], texts, strict=False)))
    return sum(each.callcount for each in profile.getstats())


def test_versions_take_time_in_proportion_to_their_lines_and_number() -> None:
    once = _calls(50, 10)
    assert _calls(100, 10) <= 2.2 * once
    assert _calls(50, 20) <= 2.2 * once
