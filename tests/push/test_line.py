"""What `check` says of the next push."""

import os
import subprocess
from pathlib import Path

import pytest

from dlint.context import open_worktree
from dlint.findings import Size
from dlint.model import Build, Options
from dlint.project.recipes import Recipes
from dlint.push.line import Forecast, PushLine, Upload, push_line
from dlint.push.plan import make_plan
from dlint.syntax.parser import parse
from dlint.text.source import Source


def line(root: Path, dockerfile: str, **options: object) -> PushLine | None:
    (root / "Dockerfile").write_text(dockerfile)
    return push_line(
        Build(parse(Source("Dockerfile", dockerfile)), open_worktree(root), Options(**options))
    )


def line_by_recipes(root: Path, dockerfile: str) -> PushLine | None:
    path = root / "Dockerfile"
    path.write_text(dockerfile)
    parsed = parse(Source(str(path), dockerfile))
    return push_line(Build(parsed, open_worktree(root), recipes=Recipes(root)))


def git(root: Path, *arguments: str) -> None:
    identity = {
        f"GIT_{who}_{what}": "a@b.c"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    env = {
        **os.environ,
        **identity,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
    }
    subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True, env=env)


@pytest.fixture
def root(tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text("print(1)\n")
    (tmp_path / "app" / "often.py").write_text("print(1)\n")
    (tmp_path / "requirements.txt").write_text("six\n")
    return tmp_path


def test_source_is_what_changes_and_pays_for_what_stands_below(root):
    found = line(
        root, "FROM x\nCOPY requirements.txt /r/\nRUN install\nCOPY app /a/b\nRUN compile\n"
    )
    assert found.changed.startswith("app/")
    assert (found.kept.taken, found.upload.layers, found.upload.unknown) == (
        "what line 4 copies",
        2,
        1,
    )
    # what is known of its size is a crumb
    assert found.text == (
        "with a build cache a change of what line 4 copies pushes 2 of 4 layers; without one, up to"
        " 4 layers"
    )


def test_git_history_tells_what_changes_most(root):
    git(root, "init", "-q")
    for number in range(12):
        (root / "app" / "often.py").write_text(f"print({number})\n")
        git(root, "add", "-A")
        git(root, "commit", "-q", "--allow-empty", "-m", str(number))
    found = line(root, "FROM x\nCOPY app /a/b\n")
    # the first commit brought the files
    assert (found.kept.changed, found.kept.changes, found.kept.commits) == ("app/often.py", 11, 11)
    assert found.text == "a change of what line 2 copies pushes 1 layer, 167 B"


def commits(root: Path, *paths: str) -> None:
    """Change one path, or several that `+` joins, in each of some commits."""
    git(root, "init", "-q")
    for number, names in enumerate(paths):
        for name in names.split("+"):
            (root / name).write_text(f"{number}\n")
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", str(number))


SOURCES = ("app/main.py", "app/often.py", "app/views.py")


@pytest.mark.parametrize(
    ("changed", "path", "changes"),
    [  # a list changes more often than any source, but most commits change one of these
        ((*SOURCES, *SOURCES, *(3 * ["requirements.txt"])), "app/main.py", 6),
        ((*SOURCES, *(5 * ["requirements.txt"])), "requirements.txt", 5),
        ((*SOURCES, *(4 * ["requirements.txt+app/main.py", "requirements.txt+app/views.py"])), "requirements.txt", 8),
        ((*(4 * ["app/often.py"]), "requirements.txt"), "app/often.py", 4),
        ((*(3 * [".env"]), *SOURCES), "app/main.py", 3),
    ],
)  # fmt: skip
def test_typical_is_what_most_commits_push(root, changed, path, changes):
    for name in ("requirements.txt", "app/main.py", "app/often.py"):
        (root / name).unlink()
    commits(root, "requirements.txt", *changed)
    found = line(
        root, "FROM x\nCOPY requirements.txt /r/\nRUN install\nCOPY app /a/b\nCOPY .env* /e/\n"
    )
    assert (found.kept.changed, found.kept.changes, found.kept.commits) == (
        path,
        changes,
        len(changed),
    )


def test_line_may_be_about_a_file_that_is_told(root):
    commits(root, *(4 * ["app/often.py"]))
    text = "FROM x\nCOPY app /a/b\nCOPY requirements.txt /r/\n"
    built = Build(parse(Source("Dockerfile", text)), open_worktree(root), Options())
    assert push_line(built, changed="requirements.txt").kept.taken == "what line 3 copies"
    assert push_line(built, changed="nowhere").changed == "app/often.py"


@pytest.mark.parametrize(
    ("text", "is_told"), [("FROM x\n", True), ("# for testing only\nFROM x\n", False)]
)
def test_what_nobody_pushes_has_no_push(root, text, is_told):
    found = line(root, text + "COPY app /a/b\n")
    assert found.is_told is found.is_telling is is_told
    assert (found.in_short[1] == "push unknown") is not is_told


def test_what_is_built_outside_changes_instead_of_what_git_knows(root):
    (root / ".gitignore").write_text("dist\n")
    git(root, "init", "-q")
    for number in range(3):
        (root / "other.txt").write_text(str(number))
        git(root, "add", "other.txt", ".gitignore")
        git(root, "commit", "-q", "-m", str(number))
    (root / "dist").mkdir()
    (root / "dist" / "a.js").write_text("1")
    assert line(root, "FROM x\nCOPY app /a/b\n").kept.changes is None
    assert line(root, "FROM x\nCOPY app /a/b\nCOPY dist /d\n") is None


@pytest.mark.parametrize(("commits", "is_told"), [(5, True), (12, False)])
def test_what_has_not_changed_for_long_is_not_typical(root, commits, is_told):
    git(root, "init", "-q")
    git(root, "add", "requirements.txt")
    git(root, "commit", "-q", "-m", "lists")
    (root / ".gitignore").write_text("app\n")
    for number in range(commits):
        (root / "other.txt").write_text(str(number))
        git(root, "add", "other.txt")
        git(root, "commit", "-q", "-m", str(number))
    assert (line(root, "FROM x\nCOPY app /a/b\n") is not None) is is_told


def test_what_cannot_be_built_is_not_pushed(root):
    git(root, "init", "-q")
    (root / "build.sh").write_text("docker build .")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "all")
    text = "FROM x\nCOPY requirements.txt /r/\nRUN install\nCOPY app /a/b\nCOPY build.sh /c/\n"
    text += "COPY app/main.py /d/\n"
    assert line(root, text) is not None
    git(root, "rm", "-q", "requirements.txt")
    git(root, "commit", "-q", "-m", "other lists")
    assert line(root, text) is None


@pytest.mark.parametrize(
    ("recipe", "is_told"),
    [
        ("docker build -t shop/web:1 .", False),
        ("docker build -t shop/web:1 .\ndocker push shop/web:1", True),
        ("docker ps", True),
    ],
)
def test_what_recipes_only_build_is_not_told(root, recipe, is_told):
    (root / "ci.sh").write_text(recipe)
    assert line_by_recipes(root, "FROM x\nCOPY app /a/b\n").is_told is is_told


def test_image_that_takes_nothing_from_the_context_has_no_line(root):
    assert line(root, "FROM x\nRUN y\n") is None
    assert line(root, "ARG a\n") is None


def test_what_another_image_of_the_file_takes_is_not_foretold(root):
    text = "FROM x AS slim\nCOPY requirements.txt /r/\nFROM x\nCOPY app /a/b\n"
    found = line(root, text, pushed=frozenset({"slim"}))
    assert found.changed == "requirements.txt"
    assert line(root, text.replace("COPY r", "RUN r"), pushed=frozenset({"slim"})) is None


def test_stage_that_does_not_reach_the_image_uploads_nothing(root):
    found = line(
        root,
        "FROM x AS build\nCOPY app /app\nRUN cp /app/main.py /out\nFROM x\nCOPY --from=build /out /out\n",
    )
    assert found.upload.layers in {0, 1}


def test_what_a_program_of_another_stage_makes_goes_up_if_it_changed(root):
    found = line(
        root,
        "FROM x AS build\nCOPY app /app\nRUN make -C /app\nFROM x\nCOPY --from=build /app/out /out\n",
    )
    assert "line 2 copies pushes up to 1 layer," in found.text


def test_dockerfile_counts_only_where_nothing_else_is_copied(root):
    assert line(root, "FROM x\nCOPY Dockerfile /d/\n").changed == "Dockerfile"
    assert line(root, "FROM x\nCOPY . /d/\n").changed != "Dockerfile"


def test_json_has_the_push_object(root):
    data = line(root, "FROM x\nCOPY app /a/b\n", target=None).data
    assert data["schema"] == 1
    assert [layer["status"] for layer in data["layers"]] == ["Layer already exists", "Pushed"]
    assert data["layers"][1]["cause"]["line"] == 2


@pytest.mark.parametrize(
    ("copy", "changed", "is_told"),
    [
        ("COPY bin/shop /srv/\n", "app/often.py", False),
        ("COPY requirements.txt /srv/\n", "app/often.py", True),
        ("COPY bin/shop /srv/\n", "app/main.py", False),  # most commits do, and push more than it
        ("RUN make\nCOPY bin/shop /srv/\n", "app/main.py", False),  # of unknown size anyway
        ("RUN make\nCOPY bin/shop /srv/\n", "app/often.py", False),
        ("COPY --from=localhost/shop:built /srv /srv\n", "app/often.py", False),
        ("COPY --from=example.com/shop:1 /srv /srv\n", "app/often.py", True),
    ],
)
def test_what_seldom_changes_is_not_typical_beside_what_is_not_in_git(root, copy, changed, is_told):
    commits(root, "app/main.py", "app/main.py", "app/often.py", "README", "app/main.py")
    found = line(root, f"FROM x\nCOPY {changed} /a/\n{copy}")
    assert (found is not None) is is_told


@pytest.mark.parametrize(
    ("options", "said", "cache"),
    [
        (
            "--cache-from type=registry,ref=a/b:cache",
            "line 3 copies pushes 1 of 2 layers, 1",
            "imported",
        ),
        ("", "without a build cache each push sends all 2 layers, 2", "cold"),
        ("--no-cache", "without a build cache each push sends all 2 layers, 2", "cold"),
    ],
)
def test_each_build_without_a_cache_pushes_all(root, options, said, cache):
    told = f"docker buildx build --push {options} -t a/b ."
    (root / ".github/workflows").mkdir(parents=True)
    (root / ".github/workflows/a.yml").write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        f"      - uses: docker/setup-buildx-action@v3\n      - run: {told}\n"
    )
    found = line_by_recipes(root, "FROM x\nCOPY requirements.txt /r/\nCOPY app /a/b\n")
    assert said in found.text
    assert found.data["cache"] == cache


@pytest.mark.parametrize(
    ("above", "below", "said"),
    [
        ("ARG V\n", "", "a change of `V` pushes "),
        ("", "ARG V\n", "a change of what line 3 copies and of `V` pushes "),
    ],
)
def test_an_argument_above_all_that_changes_is_told_alone(root, above, below, said):
    """What a new checkout brings is another blob where it runs again."""
    options = "--cache-from type=registry,ref=a/b:cache --build-arg V=${{ github.sha }}"
    (root / ".github/workflows").mkdir(parents=True)
    (root / ".github/workflows/a.yml").write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: docker/setup-buildx-action@v3\n"
        f"      - run: docker buildx build --push {options} -t a/b .\n"
    )
    text = f"FROM x\n{above}RUN make\nCOPY app /\n{below}RUN compile\n"
    found = line_by_recipes(root, text)
    assert said in found.text


@pytest.mark.parametrize(("other", "is_told"), [("a/b:cache", False), ("a/b:other", True)])
def test_nobody_knows_which_image_was_the_last_to_write_a_cache_of_two(root, other, is_told):
    cached = (
        "docker buildx build --push --cache-from type=registry,ref={0}"
        " --cache-to type=registry,ref={0} -t {1} {2}"
    )
    (root / ".github/workflows").mkdir(parents=True)
    (root / "web").mkdir()
    (root / "web/Dockerfile").write_text("FROM x\n")
    (root / ".github/workflows/a.yml").write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: docker/setup-buildx-action@v3\n"
        f"      - run: {cached.format('a/b:cache', 'a/b', '.')}\n"
        f"      - run: {cached.format(other, 'a/web', 'web')}\n"
    )
    found = line_by_recipes(root, "FROM x\nRUN make\nCOPY app /a/b\n")
    assert "line 3 copies pushes 1 of 2 layers" in found.text
    assert found.is_told is is_told


@pytest.mark.parametrize(("passed", "is_told"), [("", False), ("--build-arg A=1", True)])
def test_nobody_knows_with_which_arguments_a_cache_was_written_last(root, passed, is_told):
    cached = (
        "docker buildx build --push --cache-from type=registry,ref=a/b:cache"
        " --cache-to type=registry,ref=a/b:cache {} -t a/b ."
    )
    (root / ".github/workflows").mkdir(parents=True)
    (root / ".github/workflows/a.yml").write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: docker/setup-buildx-action@v3\n"
        f"      - run: {cached.format('--build-arg A=1')}\n"
        f"      - run: {cached.format(passed)}\n"
    )
    assert line_by_recipes(root, "FROM x\nARG A\nRUN make\nCOPY app /a/b\n").is_told is is_told


COLD = "# docker build --no-cache -t shop .\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "COPY requirements.txt /r/\nCOPY app /a/b\n",
            "all 2 layers, 285 B; with one, a change of what line 4 copies pushes 1 of 2 layers",
        ),
        ("COPY app /a/b\n", "1 layer, 16"),  # a change sends all of it
    ],
)
def test_a_cache_that_the_pushes_lack_is_told_of_beside(root, text, said):
    found = line(root, f"{COLD}FROM x\n{text}")
    assert found.text.startswith(f"without a build cache each push sends {said}")
    assert found.upload.is_whole


@pytest.mark.parametrize("head", ["", "# docker build --no-cache -t shop .\n"])
@pytest.mark.parametrize(("step", "is_told"), [("RUN make\n", True), ("", False)])
def test_a_push_without_a_cache_needs_nothing_that_changes(root, head, step, is_told):
    """All of it goes up, whatever the image takes of the context."""
    found = line(root, f"{head}FROM x\n{step}")
    assert (found is not None) is (is_told and bool(head))
    if found:
        assert found.text == "without a build cache each push sends 1 layer, size unknown"
        assert not found.is_telling


@pytest.mark.parametrize(
    ("text", "is_telling"),
    [
        (f"{COLD}FROM x\nCOPY app /a/b\n", True),
        (f"{COLD}FROM x\nRUN make\n", False),
        ("FROM x\nCOPY app /a/b\nRUN make\n", True),  # a change sends all of it
    ],
)
def test_a_line_that_tells_nothing_is_not_shown(root, text, is_telling):
    assert line(root, text).is_telling is is_telling


@pytest.mark.parametrize(
    ("platforms", "said"), [(0, ""), (1, ""), (3, "on each of 3 platforms with context ., ")]
)
def test_the_line_is_of_one_platform(platforms, said):
    found = PushLine("D", Forecast("a", "`a`", Upload(1, 1, Size(8))), None, {})
    told = found._replace(platforms=platforms, context="." if said else None).text
    assert told == f"{said}a change of `a` pushes 1 layer, 8 B"


def test_the_platforms_are_those_of_the_recipes(root):
    (root / ".github/workflows").mkdir(parents=True)
    (root / ".github/workflows/a.yml").write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: docker buildx"
        " build --push --platform linux/amd64,linux/arm64 -t a/b .\n"
    )
    found = line_by_recipes(root, "FROM x\nCOPY app /a/b\n")
    assert found.text.startswith("on each of 2 platforms, without a build cache")


@pytest.mark.parametrize(
    ("push", "platforms", "said"),
    [
        (
            "!= 'pull_request'",
            "!= 'pull_request' && 'linux/amd64,linux/arm64' || 'linux/amd64'",
            True,
        ),
        (
            "!= 'pull_request'",
            "== 'pull_request' && 'linux/amd64' || 'linux/amd64,linux/arm64'",
            True,
        ),
        ("!= 'pull_request'", "== 'schedule' && 'linux/amd64,linux/arm64' || 'linux/amd64'", False),
        ("== 'push'", "!= 'pull_request' && 'linux/amd64,linux/arm64' || 'linux/amd64'", False),
    ],
)
def test_the_platforms_are_those_of_no_pull_request(root, push, platforms, said):
    (root / ".github/workflows").mkdir(parents=True)
    (root / ".github/workflows/a.yml").write_text(
        "on: [push, pull_request]\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: docker/build-push-action@v6\n        with:\n          context: .\n"
        f"          push: ${{{{ github.event_name {push} }}}}\n          tags: a/b\n"
        f"          platforms: ${{{{ github.event_name {platforms} }}}}\n"
    )
    found = line_by_recipes(root, "FROM x\nCOPY app /a/b\n")
    assert found.text.startswith("on each of 2 platforms") is said


def test_a_mount_reads(root):
    found = line(root, "FROM x\nRUN --mount=target=/s make -C /s/app\n")
    assert found.kept.text.startswith("a change of what line 2 reads pushes")


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ("COPY requirements.txt /r/\n", "; without one, all 2 layers, 2"),
        ("RUN make\n", "; without one, all 2 layers"),
        ("RUN make\nFROM x\n", ""),
    ],
)
def test_what_goes_up_without_a_cache_is_told_beside(root, steps, said):
    found = line(root, f"FROM x\n{steps}COPY app /a/b\n")
    _, beside, more = found.text.partition("; without")
    assert (beside + more).startswith(said)
    assert bool(beside) is bool(said)


@pytest.mark.parametrize(
    ("text", "plans"),
    [
        ("FROM x\nRUN make\nCOPY app /a/b\n", 2),
        ("FROM x\nCOPY app /a/b\nRUN make\n", 1),  # all goes up anyway
        (f"{COLD}FROM x\nRUN make\nCOPY app /a/b\n", 2),
    ],
)
def test_a_second_push_is_planned_where_a_cache_makes_a_difference(root, monkeypatch, text, plans):
    made = []

    def planned(*given):
        made.append(given)
        return make_plan(*given)

    monkeypatch.setattr("dlint.push.line.make_plan", planned)
    assert line(root, text) is not None
    assert len(made) == plans


@pytest.mark.parametrize(
    ("size", "unknown", "said"),
    [
        (Size(9), 0, "all 2 layers, 9 B"),
        (Size(9, missing=("a",)), 1, "all 2 layers, ≥ 9 B (1 layer of unknown size)"),
        (Size.unknown(), 1, "all 2 layers"),  # some is known, but a crumb
        (Size.unknown(), 2, "all 2 layers, size unknown"),
    ],
)
def test_a_sum_says_what_it_leaves_out(size, unknown, said):
    assert Upload(2, 2, size, unknown).text == said


@pytest.mark.parametrize(
    ("size", "more"), [(Size(8), ""), (Size(9), ", 9 B"), (Size.unknown(), "")]
)
def test_bytes_that_are_the_same_are_told_once(size, more):
    cold = Upload(2, 2, size, 2 * size.is_unknown)
    found = PushLine("D", Forecast("a", "`a`", Upload(1, 2, Size(8))), cold, {})
    said = "with a build cache a change of `a` pushes 1 of 2 layers, 8 B; without one, all 2 layers"
    assert found.text == said + more


@pytest.mark.parametrize(
    ("agree", "said"),
    [(True, "on each of 2 platforms, "), (False, "on each of up to 2 platforms, ")],
)
def test_builds_for_more_or_fewer_platforms(agree, said):
    found = PushLine("D", Forecast("a", "`a`", Upload(1, 1, Size(8))), None, {})
    assert found._replace(platforms=2, agree=agree).text.startswith(said)


@pytest.mark.parametrize(
    ("layers", "own", "doubtful", "said"),
    [
        (1, 1, 0, "1 layer, 8 B"),
        (1, 1, 1, "up to 1 layer, 8 B"),
        (2, 5, 0, "2 of 5 layers, 8 B"),
        (2, 5, 1, "up to 2 of 5 layers, 8 B"),
        (5, 5, 0, "all 5 layers, 8 B"),
        (5, 5, 2, "up to 5 layers, 8 B"),
        (0, 5, 0, "no layer"),
    ],
)
def test_upload_says_how_many_layers_of_how_many(layers, own, doubtful, said):
    assert Upload(layers, own, Size(8), doubtful=doubtful).text == said


@pytest.mark.parametrize(
    ("steps", "is_told"),
    [("COPY app /a/b\n", True), ("RUN make\nRUN --mount=target=/s make\n", False)],
)
def test_image_of_which_the_base_alone_is_known_has_no_size(root, steps, is_told):
    found = line(root, f"FROM debian:12-slim\n{steps}")
    assert bool(found.image) is is_told


@pytest.mark.parametrize("head", ["", "# docker build --no-cache -t shop .\n"])
def test_the_line_and_the_json_are_of_one_plan(root, head):
    found = line(root, f"{head}FROM x\nWORKDIR /srv\nRUN make\nCOPY app /a/b\n")
    pushed = [each for each in found.data["layers"] if each["status"] == "Pushed"]
    assert found.data["cache"] == ("no-cache" if head else "warm")
    assert found.upload.layers == len(pushed)
    assert found.is_cold is bool(head)
    assert found.kept.upload.layers < found.cold.layers


@pytest.mark.parametrize(
    ("targets", "name"),
    [
        (("web", "all"), "all"),
        (("all",), None),
        (("web", ""), None),
        ((), None),
    ],
)
def test_one_of_several_targets_that_are_pushed_is_named(
    root: Path, targets: tuple[str, ...], name: str | None
) -> None:
    step = "      - uses: docker/build-push-action@v6\n        with:\n          push: true\n"
    steps = (step + f"          target: {each}\n" * bool(each) for each in targets)
    folder = root / ".github/workflows"
    folder.mkdir(parents=True)
    head = "on: push\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n"
    (folder / "image.yml").write_text(head + "".join(steps))
    found = line_by_recipes(root, "FROM a AS web\nCOPY app /a\nFROM b AS all\nCOPY app /app\n")
    assert found is not None
    assert found.target == name
    assert found.is_told is (len(targets) < 2)


@pytest.mark.parametrize(
    ("command", "copied", "ignored", "is_known"),
    [
        ("cd app && npm ci", "app", "", False),
        ("cd app && npm ci", ".", "", False),
        ("cd app && npm ci", "app", "**/node_modules\n", True),
        ("cd app && npm test", "app", "", True),
        ("cd tools && npm ci", "app", "", True),
    ],
)
def test_what_a_push_installs_into_the_context_has_no_size(
    root, command, copied, ignored, is_known
):
    git(root, "init", "-q")
    (root / ".dockerignore").write_text(ignored)
    workflow = root / ".github" / "workflows" / "push.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(
        "on: push\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n"
        f"      - run: {command}\n      - run: docker build --push -t shop/web .\n"
    )
    found = line_by_recipes(root, f"FROM scratch\nCOPY {copied} /srv\n")
    assert (found.upload.unknown == 0) is is_known


@pytest.mark.parametrize(
    ("cache", "lacking"),
    [
        (
            "          cache-from: type=gha\n          cache-to: type=gha\n",
            "a cache that a tag can read",
        ),
        ("", "a build cache"),
    ],
)
def test_a_push_of_tags_that_export_a_cache_says_that_no_tag_reads_it(root, cache, lacking):
    (root / ".git").mkdir()
    path = root / ".github" / "workflows" / "a.yml"
    path.parent.mkdir(parents=True)
    path.write_text(
        "on: {push: {tags: ['v*']}}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: docker/build-push-action@v6\n        with:\n          context: .\n"
        f"          push: true\n{cache}"
    )
    found = line_by_recipes(root, "FROM x\nCOPY requirements.txt /r/\nRUN install\n")
    assert found.text.startswith(f"without {lacking} each push sends ")


STAYS = ", as long as `example.com/shop/data:latest` stays the same"


@pytest.mark.parametrize(
    ("tag", "said"), [("latest", STAYS), ("1.2.3", ""), ("latest@sha256:" + "a" * 64, "")]
)
def test_an_image_that_moves_is_supposed_to_stay(root, tag, said):
    copied = f"COPY --from=example.com/shop/data:{tag} /data /data\n"
    found = line(root, f"FROM x\n{copied}RUN compile\nCOPY app /a/b\n")
    told = "with a build cache a change of what line 4 copies pushes 1 of 3 layers, 162 B"
    assert found.text.startswith(f"{told}{said};")


def test_what_finds_nothing_of_what_is_built_before_changes_first(root):
    (root / ".gitignore").write_text("target\n")
    commits(root, *(9 * ["app/main.py"]))
    text = "FROM x\nCOPY app /a\nRUN make\nCOPY {} /b\n"
    assert line(root, text.format(".env*")) is not None
    assert line(root, text.format("target/a-*.war")) is None


@pytest.mark.parametrize(
    ("value", "above", "below", "said"),
    [
        ("${{ steps.a.outputs.version }}", "ARG V\n", "", ", as long as `V` stays the same"),
        ("1.2", "ARG V\n", "", ""),
        ("${{ steps.a.outputs.version }}", "", "ARG V\n", ""),
    ],
)
def test_an_argument_that_nobody_tells_is_supposed_to_stay(root, value, above, below, said):
    text = f"FROM x\n{above}COPY requirements.txt /r/\nRUN install\n{below}COPY app /b\n"
    (root / ".github/workflows").mkdir(parents=True)
    (root / ".github/workflows/a.yml").write_text(
        "on: push\njobs:\n  a:\n    runs-on: self-hosted\n    steps:\n      - run: docker build"
        f" --build-arg V={value} -t a/b . && docker push a/b\n"
    )
    assert line_by_recipes(root, text).kept.text.endswith(f"pushes 1 of 3 layers, 146 B{said}")


def test_an_image_that_moves_above_what_goes_up_anyway(root):
    text = "FROM x\nCOPY app /a/b\nCOPY --from=example.com/shop/data:latest /data /data\n"
    assert "as long as" not in line(root, text).text


@pytest.mark.parametrize(("folder", "said"), [("app", "all 2 layers"), (".", "1 of 2 layers")])
def test_what_is_built_in_another_folder_passes_its_own_arguments(root, folder, said):
    text = 'FROM x\nCOPY app /a\nARG STAMP\nRUN if [ -n "$STAMP" ]; then stamp /a; fi\n'
    workflows = root / ".github/workflows"
    workflows.mkdir(parents=True)
    for name, options in (("a", "--build-arg STAMP=${{ github.sha }} ."), ("b", folder)):
        (workflows / f"{name}.yml").write_text(
            "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
            "      - uses: docker/setup-buildx-action@v3\n"
            f"      - run: docker buildx build --push -t a/b -f Dockerfile {options}\n"
        )
    git(root, "init")
    assert f"each push sends {said}" in line_by_recipes(root, text).text
