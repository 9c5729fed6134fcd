"""What recipes push."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import recipes

from dlint.context import open_worktree
from dlint.model import Build
from dlint.project.pushes import (
    ci_pushes,
    may_lack_cache,
    pushed_targets,
)
from dlint.project.starting import PROSE
from dlint.syntax.parser import parse
from dlint.text.source import Source

if TYPE_CHECKING:
    from pathlib import Path


WORKFLOW = ".github/workflows/a.yml"
PUSHES = "jobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          context: {}\n          push: true\n"


def test_an_action_may_be_called_build(tmp_path: Path) -> None:
    found = recipes(
        tmp_path,
        "Dockerfile",
        **{
            ".github/actions/build/action.yml": "runs:\n  steps:\n"
            "    - uses: docker/build-push-action@v6\n      with:\n        push: true\n"
        },
    )
    assert found.is_built_by_ci("Dockerfile")


TARGET = PUSHES.format(".") + "          target: {}\n"


@pytest.mark.parametrize(
    ("files", "targets"),
    [
        ({"a.yml": TARGET.format("Full")}, {"full"}),
        ({"a.yml": TARGET.format("full"), "b.yml": TARGET.format("slim")}, {"full", "slim"}),
        ({"a.yml": TARGET.format("full"), "b.yml": PUSHES.format(".")}, set()),
        ({"a.yml": TARGET.format("full"), "b.yml": TARGET.format("${{ inputs.x }}")}, set()),
        ({"a.yml": TARGET.format("full"), "../../try.sh": "docker build .\n"}, {"full"}),
        ({"a.yml": TARGET.format("full").replace("true", "false")}, set()),
    ],
)
def test_targets_that_are_pushed(tmp_path: Path, files: dict[str, str], targets: set[str]) -> None:
    named = {f".github/workflows/{name}": text for name, text in files.items()}
    (tmp_path / ".github/workflows").mkdir(parents=True)
    assert pushed_targets(recipes(tmp_path, "Dockerfile", **named), "Dockerfile") == targets


TO_REGISTRY = "jobs:\n  a:\n    runs-on: {}\n    steps:\n      - uses: docker/login-action@v3\n      - run: {}\n"


SHIP = "docker build $OPTIONS -t our/web web\ndocker push our/web\n"


CACHED = "docker buildx build --push --cache-from a/web:cache -t our/web web"


@pytest.mark.parametrize(
    ("machine", "run", "script", "may"),
    [
        ("ubuntu-latest", "make ship", SHIP, True),
        ("self-hosted", "make ship", SHIP, True),
        ("ubuntu-latest", "bin/ship && docker push our/web", "", True),
        ("ubuntu-latest", CACHED, "", False),
        ("self-hosted", CACHED, "", False),
        ("ubuntu-latest", CACHED.replace("a/web:cache", "our/web"), "", True),  # which holds none
    ],
)  # fmt: skip
def test_ci_may_build_without_a_cache(
    tmp_path: Path, machine: str, run: str, script: str, *, may: bool
) -> None:
    files = {WORKFLOW: TO_REGISTRY.format(machine, run), "ship.sh": script}
    found = recipes(tmp_path, "web/Dockerfile", "aid/Dockerfile", **files)
    assert may_lack_cache(found, "web/Dockerfile") is may


def test_ci_runs_what_compose_builds_there(tmp_path: Path) -> None:
    service = (
        "services:\n  a:\n    build:\n      context: ..\n      dockerfile: .ci/Dockerfile.web\n"
    )
    files = {".ci/compose.web.yaml": service, WORKFLOW: PUSHES.format(".")}
    found = recipes(tmp_path, "Dockerfile", ".ci/Dockerfile.web", **files)
    assert found.is_only_tried(".ci/Dockerfile.web")


TO_FILE = "push: false\n          outputs: type=docker,dest=/out/a.tar\n"


UPLOADS = "      - uses: actions/upload-artifact@v4\n        with:\n          path: /out"


@pytest.mark.parametrize(
    ("inputs", "tried"),
    [
        ("push: false", True),
        ("tags: web", True),
        ("push: ${{ github.event_name == 'push' }}", False),
        ("repository: shop/web", True),  # which only the first version of the action knows
        ("outputs: type=registry", False),
        ("outputs: type=docker,dest=/out/a.tar\n          push: false", False),
        # the job loads it itself
        (f"{TO_FILE}      - run: docker load -i /out/a.tar", True),
        (f"{TO_FILE}      - run: docker load -i /out/a.tar\n{UPLOADS}", False),
    ],
)
def test_ci_only_tries_to_build_it(tmp_path: Path, inputs: str, *, tried: bool) -> None:
    workflow = PUSHES.format(".").replace("push: true", inputs)
    found = recipes(tmp_path, "Dockerfile", **{WORKFLOW: workflow})
    assert found.is_only_tried("Dockerfile") is tried


@pytest.mark.parametrize(
    ("action", "pushes"),
    [
        ("shop/actions/docker-push@v1", True),
        ("shop/push-to-registry@v1", True),
        ("shop/docker-pushrm@v1", False),
        ("shop/docker-build-push@v1", False),
    ],
)
def test_an_action_pushes_what_another_one_has_built(
    tmp_path: Path, action: str, *, pushes: bool
) -> None:
    loads = PUSHES.format("web").replace("push: true", "load: true\n          tags: shop")
    workflow = f"{loads}      - uses: {action}\n"
    found = recipes(tmp_path, "web/Dockerfile", "tools/aid/Dockerfile", **{WORKFLOW: workflow})
    assert ci_pushes(found) is pushes


@pytest.mark.parametrize(
    "line", ["echo a " * 20_000 + ">b", "echo a; " * 20_000, 'echo "a" ' * 20_000 + '"']
)
def test_long_lines_of_prints_take_no_time(line: str) -> None:
    assert PROSE.sub("", f"{line}\necho kit\n").endswith("\n\n")


def test_ci_that_only_tries_a_build_says_nothing_of_a_cache(tmp_path: Path) -> None:
    files = {
        WORKFLOW: TO_REGISTRY.format("ubuntu-latest", "make ship"),
        "ship.sh": SHIP,
        ".github/workflows/b.yml": "jobs:\n  a:\n    steps:\n      - run: docker build web\n",
    }
    assert may_lack_cache(recipes(tmp_path, "web/Dockerfile", **files), "web/Dockerfile")


_HANDED_ON = """\
on: {{push: {{tags: ['*']}}}}
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - env:
          TAG: ${{{{ needs.b.outputs.tag }}}}
        run: docker buildx build -f Dockerfile.dev -t a/b:${{{{ env.TAG }}}} {} .
"""


@pytest.mark.parametrize(
    ("output", "pushed"),
    [
        ("--push", True),
        ("--output type=registry,name=a/b", True),
        ("--output type=image,push=true", True),
        ("--output type=image", False),
        ("--output type=local,dest=out", False),
    ],
)
def test_what_a_value_takes_from_another_is_one_word(
    tmp_path: Path, output: str, *, pushed: bool
) -> None:
    workflow = _HANDED_ON.format(output)
    told = recipes(tmp_path, "Dockerfile.dev", _dot_github__workflows__a_dot_yml=workflow)
    [built] = told.builds_of("Dockerfile.dev")
    assert (built.context, built.delivery.pushes) == (".", pushed)


@pytest.mark.parametrize(
    ("option", "stays"), [("--push", False), ("--output type=local,dest=out", True)]
)
def test_what_ci_pushes_is_for_others_whatever_its_name(
    tmp_path: Path, option: str, *, stays: bool
) -> None:
    workflow = _HANDED_ON.format(option)
    text = "FROM scratch\n"
    told = recipes(tmp_path, "Dockerfile.dev", _dot_github__workflows__a_dot_yml=workflow)
    parsed = parse(Source(str(tmp_path / "Dockerfile.dev"), text))
    build = Build(parsed, open_worktree(tmp_path), recipes=told)
    assert build.stays_local(build.stages[0]) is stays


HANDED = """\
jobs:
  a:
    strategy: {{matrix: {{include: [{{file: ./tests/web/Dockerfile}}]}}}}
    uses: shop/ci/.github/workflows/{}@v1
    with: {{file: '${{{{ matrix.file }}}}', push: {}}}
"""


@pytest.mark.parametrize(
    ("workflow", "stays"),
    [
        (HANDED.format("build-and-push.yml", "true"), False),
        (HANDED.format("build-and-push.yml", "false"), True),
        (HANDED.format("lint.yml", "true"), True),
        (PUSHES.format("tests/web"), False),
        (PUSHES.format("tests/web").replace("true", "false"), True),
        (PUSHES.format("."), True),
    ],
)
def test_what_ci_pushes_is_for_others_wherever_it_lies(
    tmp_path: Path, workflow: str, *, stays: bool
) -> None:
    text = "FROM scratch AS base\nFROM base AS test\n"
    told = recipes(tmp_path, "Dockerfile", "tests/web/Dockerfile", **{WORKFLOW: workflow})
    parsed = parse(Source(str(tmp_path / "tests/web/Dockerfile"), text))
    build = Build(parsed, open_worktree(tmp_path), recipes=told)
    assert {build.stays_local(stage) for stage in build.stages} == {stays}


FETCHED = "jobs:\n  a:\n    steps:\n      - run: curl https://example.com/ship.sh | bash\n{}"


LET_IN = "        env: {DOCKERHUB_TOKEN: '${{ secrets.TOKEN }}'}\n"


@pytest.mark.parametrize(
    ("files", "may"),
    [
        ({}, False),
        ({"ship.sh": SHIP}, False),
        ({WORKFLOW: FETCHED.format("")}, False),
        ({WORKFLOW: FETCHED.format(LET_IN)}, True),  # what is fetched may push
    ],
)
def test_people_who_push_have_a_cache(tmp_path: Path, files: dict[str, str], *, may: bool) -> None:
    found = recipes(tmp_path, "web/Dockerfile", **{WORKFLOW: "on: push\n", **files})
    assert may_lack_cache(found, "web/Dockerfile") is may


@pytest.mark.parametrize(
    ("folder", "may"), [("workflows", True), ("ISSUE_TEMPLATE", False), ("workflows/known", False)]
)
def test_what_ci_is_known_to_build_others_with_says_nothing(
    tmp_path: Path, folder: str, *, may: bool
) -> None:
    run = "make ship" if folder != "workflows/known" else "docker build --push -t our/aid aid"
    files = {f".github/{folder}/a.yml": TO_REGISTRY.format("ubuntu-latest", run)}
    found = recipes(tmp_path, "web/Dockerfile", "aid/Dockerfile", **files)
    assert may_lack_cache(found, "web/Dockerfile") is may


ROWS = (
    "on: push\njobs:\n  image:\n    strategy: {matrix: {name: [web, till]}}\n"
    "    runs-on: ours\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n"
    "          push: true\n          context: .\n          file: ${{ %s }}/Dockerfile\n"
)


READS = "          cache-from: type=gha,scope=${{ matrix.name }}\n"


@pytest.mark.parametrize("file", ["matrix.name", "inputs.name"])  # known, and hidden
@pytest.mark.parametrize(("cache", "may"), [("", True), (READS, False)])
def test_each_row_of_a_matrix_may_read_a_cache_of_its_own(
    tmp_path: Path, file: str, cache: str, *, may: bool
) -> None:
    texts = {WORKFLOW: ROWS % file + cache}
    found = recipes(tmp_path, "web/Dockerfile", "till/Dockerfile", **texts)
    assert may_lack_cache(found, "web/Dockerfile") is may
