"""Two images whose caches go to one place."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked

from dlint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

collision = partial(checked, rule="push/cache-scope-collision")
WEB = "FROM debian:12.5-slim\nRUN locale-gen a\nCOPY main.py /web/\n"
BUILD = "docker buildx build"
S3 = "type=s3,bucket=our,region=eu"


def makefile(*commands: str) -> str:
    lines = "".join(f"\\n {command}" for command in commands)
    return f"api/Dockerfile: FROM debian:12.5-slim\\n\nmain.py\nMakefile: release:{lines}\\n\n"


def test_a_scope_that_is_not_read(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    build = f"{BUILD} --cache-to '{S3}, name={{}}' {{}}"
    commands = (build.format("web", "."), build.format("api", "api"))
    [found] = collision(tmp_path, text=WEB, context=makefile(*commands)).found
    assert found.help is not None
    assert found.help.endswith(
        "write no blanks after commas, as buildx ignores keys with one before them"
    )


@pytest.mark.parametrize(
    ("commands", "hit"),
    [
        ((f"{BUILD} --cache-to {S3} .", f"{BUILD} --cache-to {S3} api"), True),
        (
            (f"{BUILD} --cache-to {S3},name=buildkit .", f"{BUILD} --cache-to {S3} api"),
            True,
        ),
        ((f"{BUILD} --cache-to {S3},name=a .", f"{BUILD} --cache-to {S3} api"), False),
        ((f"{BUILD} --cache-to {S3} .", f"{BUILD} --cache-from {S3} api"), False),
        ((f"{BUILD} --cache-to {S3} .", f"{BUILD} --cache-to {S3} ."), False),
        ((f"{BUILD} --cache-to r/a:c .", f"{BUILD} --cache-to type=registry,ref=r/a:c api"), True),
        ((f"{BUILD} --cache-to r/a:c .", f"{BUILD} --cache-to r/b:c api"), False),
        ((f"{BUILD} --cache-to r/$X:c .", f"{BUILD} --cache-to r/$X:c api"), False),
        ((f"{BUILD} --cache-to type=inline .", f"{BUILD} --cache-to type=inline api"), False),
        ((f"{BUILD} .", f"{BUILD} --cache-to {S3} api"), False),
        # what a file contradicts is not known
        (
            (
                f"{BUILD} --cache-to {S3} .",
                f"{BUILD} --cache-to {S3},name=b .",
                f"{BUILD} --cache-to {S3} api",
            ),
            False,
        ),
    ],
)
def test_two_images_in_one_place(
    tmp_path: Path,
    commands: tuple[str, ...],
    hit: bool,  # noqa: FBT001  a column
) -> None:
    (tmp_path / ".git").mkdir()
    assert bool(collision(tmp_path, text=WEB, context=makefile(*commands)).found) is hit


@pytest.mark.parametrize(
    ("targets", "hit"),
    [
        (("--target last", ""), False),  # the last stage has a name
        (("--target last", "--target last"), False),
        (("--target last", "--target web"), True),
        (("--target web", "--target web"), False),
    ],
)
def test_the_target_that_is_meant_may_have_a_name(
    tmp_path: Path, targets: tuple[str, str], *, hit: bool
) -> None:
    (tmp_path / ".git").mkdir()
    commands = [f"{BUILD} --push {each} -t a/b --cache-to {S3} ." for each in targets]
    text = f"{WEB.replace('slim', 'slim AS web')}FROM debian:12.5-slim AS last\nCOPY main.py /\n"
    assert bool(collision(tmp_path, text=text, context=makefile(*commands)).found) is hit


def test_a_collision_names_the_other_image_and_who_builds_it(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    commands = (f"{BUILD} --cache-to {S3} .", f"{BUILD} --target x --cache-to {S3} api")
    [found] = collision(tmp_path, text=WEB, context=makefile(*commands)).found
    assert "also exported for `api/Dockerfile (target x)` (Makefile)" in found.message


@pytest.mark.parametrize(("cache", "hit"), [("type=local,dest=/tmp/cache", False), (S3, True)])
def test_a_folder_of_a_machine_of_ci_is_not_shared(
    tmp_path: Path, cache: str, *, hit: bool
) -> None:
    for folder in ("ci", "here"):
        (tmp_path / folder / ".git").mkdir(parents=True)
    commands = [f"{BUILD} --push --cache-to {cache} {each}" for each in (".", "api")]
    steps = "".join(f"\\n      - run: {each}" for each in commands)
    workflow = f".github/workflows/a.yml: on: push\\njobs:\\n  a:\\n    steps:{steps}\n"
    context = f"api/Dockerfile: FROM debian:12.5-slim\\n\nmain.py\n{workflow}"
    assert bool(collision(tmp_path / "ci", text=WEB, context=context).found) is hit
    assert collision(tmp_path / "here", text=WEB, context=makefile(*commands)).found


MATRIX = (
    "on: push\njobs:\n  image:\n    strategy:\n      matrix:\n"
    "        platform: [linux/amd64, linux/arm64]\n    runs-on: ubuntu-latest\n    steps:\n"
)
BUILT = (
    "      - uses: docker/build-push-action@v6\n        with:\n          push: true\n"
    "          platforms: {}\n          cache-to: {}\n"
)
EACH = "${{ matrix.platform }}"
FOR_TAGS = "    if: startsWith(github.ref, 'refs/tags/')\n"
ON_MAIN = (
    "      - id: cache\n        run: |\n          if [ $GITHUB_REF = refs/heads/main ]; then\n"
    '            echo "to=type=gha,mode=max" >> $GITHUB_OUTPUT\n          else\n'
    '            echo "to=" >> "$GITHUB_OUTPUT"\n          fi\n'
)


@pytest.mark.parametrize(
    ("steps", "hit"),
    [
        (BUILT.format(EACH, "type=gha,mode=max"), True),
        (BUILT.format(EACH, "type=registry,ref=a/b:cache"), True),
        (BUILT.format(EACH, f"type=gha,scope={EACH}"), False),
        (BUILT.format(EACH, "type=gha,scope=${{ env.PLATFORM }}"), False),
        (BUILT.format(EACH, "type=local,dest=/srv/layers"), False),
        (BUILT.format(EACH, "type=inline"), False),
        # one build exports all of its platforms together
        (BUILT.format("linux/amd64,linux/arm64", "type=gha"), False),
        (BUILT.format("linux/amd64", "type=gha") + BUILT.format("linux/arm64", "type=gha"), True),
        (BUILT.format("linux/amd64", "type=gha") * 2, False),
        # one of them is for requests, it seems
        (
            BUILT.format("linux/amd64", "type=gha")
            + BUILT.format("linux/amd64,linux/arm64", "type=gha"),
            False,
        ),
        # what an earlier step hands on, or an expression leaves out
        (ON_MAIN + BUILT.format(EACH, "${{ steps.cache.outputs.to }}"), True),
        (ON_MAIN + BUILT.format(EACH, "${{ steps.other.outputs.to }}"), False),
        (
            ON_MAIN.replace("mode=max", "scope=$(arch)")
            + BUILT.format(EACH, "${{ steps.cache.outputs.to }}"),
            False,
        ),
        (BUILT.format(EACH, "${{ github.ref_name == 'main' && 'type=gha' || '' }}"), True),
    ],
)
def test_platforms_that_are_built_apart(tmp_path: Path, steps: str, *, hit: bool) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/a.yml").write_text(MATRIX + steps)
    found = collision(tmp_path, text=WEB, context="main.py\n").messages
    assert bool(found) is hit
    for each in found:
        assert "is exported separately for `linux/amd64` and `linux/arm64`" in each


@pytest.mark.parametrize(
    ("cache", "hit"), [("type=gha", False), ("type=registry,ref=a/b:cache", True)]
)
def test_no_tag_finds_what_github_keeps_of_another(
    tmp_path: Path, cache: str, *, hit: bool
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    told = MATRIX.replace("on: push", "on: {push: {tags: ['v*']}}") + BUILT.format(EACH, cache)
    (tmp_path / ".github/workflows/a.yml").write_text(told)
    assert bool(collision(tmp_path, text=WEB, context="main.py\n").found) is hit


@pytest.mark.parametrize(
    ("on", "hit"),
    [
        ("push", True),
        ("{push: {tags: ['v*']}, workflow_dispatch: {}}", False),
        ("[release]", False),
        ("{release: {}, schedule: [{cron: '0 0 * * *'}]}", False),
        ("workflow_dispatch", False),
        ("{pull_request: {types: [labeled]}}", False),
        ("{push: {tags: ['v*'], branches: [main]}}", True),
    ],
)
def test_two_images_of_a_tag(tmp_path: Path, on: str, *, hit: bool) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    built = BUILT.format("linux/amd64", "type=gha,mode=max")
    other = built + "          context: api\n          cache-from: type=gha\n"
    head = f"on: {on}\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n"
    (tmp_path / ".github/workflows/a.yml").write_text(head + built + other)
    context = "main.py\napi/Dockerfile: FROM debian:12\\n\n"
    assert bool(collision(tmp_path, text=WEB, context=context).found) is hit


@pytest.mark.parametrize(
    ("head", "scope", "hit"),
    [
        ("name: Images\non: push\n", "${{ github.workflow }}", True),
        ("on: push\n", "${{ github.workflow }}", True),
        ("on: push\n", "${{ github.workflow}}-${{ matrix.context }}", False),
        ("on: push\n", "${{ github.job }}", False),
        ("on: [push, workflow_call]\n", "${{ github.workflow }}", False),  # called after others
    ],
)
def test_a_workflow_has_one_name(tmp_path: Path, head: str, scope: str, *, hit: bool) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    built = BUILT.format("linux/amd64", f"type=gha,scope={scope}")
    job = "jobs:\n  image:\n    runs-on: ubuntu-latest\n"
    rows = "    strategy: {matrix: {context: [., api]}}\n    steps:\n"
    told = f"{head}{job}{rows}{built}          context: ${{{{ matrix.context }}}}\n"
    (tmp_path / ".github/workflows/a.yml").write_text(told)
    context = "main.py\napi/Dockerfile: FROM debian:12\\n\n"
    assert bool(collision(tmp_path, text=WEB, context=context).found) is hit


@pytest.mark.parametrize(
    ("on", "hit"), [("push", True), ("pull_request", False), ("{push: {tags: ['v*']}}", False)]
)
@pytest.mark.parametrize("told", ["outputs: ${{ env.OUTPUT }}", "push: false"])
def test_two_images_of_which_nobody_knows_who_pushes_them(
    tmp_path: Path, on: str, told: str, *, hit: bool
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    built = BUILT.format("linux/amd64", "type=gha,mode=max").replace("push: true", told)
    head = f"on: {on}\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n"
    text = f"{head}{built}{built}          context: api\n"
    (tmp_path / ".github/workflows/a.yml").write_text(text)
    context = "main.py\napi/Dockerfile: FROM debian:12\\n\n"
    assert bool(collision(tmp_path, text=WEB, context=context).found) is hit


@pytest.mark.parametrize(
    ("cache", "name"),
    [(S3, "name"), ("our/cache:a", "tag"), ("type=local,dest=/srv/c", "folder")],
)
def test_what_tells_caches_of_a_type_apart(tmp_path: Path, cache: str, name: str) -> None:
    (tmp_path / ".git").mkdir()
    commands = (f"{BUILD} --cache-to {cache} .", f"{BUILD} --cache-to {cache} api")
    [found] = collision(tmp_path, text=WEB, context=makefile(*commands)).found
    assert (found.help or "").startswith(f"give each image a {name} of its own")


@pytest.mark.parametrize(("source", "is_read"), [("", False), (f"--cache-from {S3} ", True)])
def test_a_cache_that_nobody_reads(tmp_path: Path, source: str, *, is_read: bool) -> None:
    (tmp_path / ".git").mkdir()
    commands = (f"{BUILD} {source}--cache-to {S3} .", f"{BUILD} --cache-to {S3} api")
    [found] = collision(tmp_path, text=WEB, context=makefile(*commands)).found
    assert ("import it" in found.help) is not is_read


def test_an_action_of_the_repository_exports_for_each_row_of_its_job(tmp_path: Path) -> None:
    uses = "      - uses: ./.github/actions/image\n        with: {{target: {}, for: '{}'}}\n"
    own = (
        "inputs: {target: {}, for: {}}\nruns:\n  using: composite\n  steps:\n"
        + ON_MAIN
        + BUILT.format("${{ inputs.for }}", "${{ steps.cache.outputs.to }}")
        + "          target: ${{ inputs.target }}\n"
    )
    files = {
        ".github/workflows/a.yml": MATRIX + uses.format("web", EACH) + uses.format("job", EACH),
        ".github/actions/image/action.yml": own,
        ".git/HEAD": "ref: refs/heads/main\n",
    }
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    text = "FROM debian:12.5-slim AS job\nRUN locale-gen a\nCOPY main.py /web/\n"
    text += "FROM debian:12.5-slim AS web\nRUN locale-gen b\nCOPY main.py /srv/\n"
    [found] = collision(tmp_path, text=text, context="main.py\n", target="web").found
    assert "(target job)" in found.message
    assert "each image and platform a `scope=`" in found.help


@pytest.mark.parametrize(
    ("on", "hit"),
    [
        ("{push: {branches: [main]}}", True),
        ("{push: {tags: ['v*']}}", False),
        ("{schedule: [{cron: '0 0 * * *'}]}", False),
    ],
)
@pytest.mark.parametrize(("condition", "may_hit"), [("", True), (FOR_TAGS, False)])
def test_who_calls_what_builds_two_images(
    tmp_path: Path, on: str, condition: str, *, hit: bool, may_hit: bool
) -> None:
    built = BUILT.format("linux/amd64", "type=gha,mode=max")
    called = MATRIX.replace("on: push", "on: [workflow_call, workflow_dispatch]")
    called = called.replace("[linux/amd64, linux/arm64]", "[linux/amd64]")
    caller = f"on: {on}\njobs:\n  image:\n    uses: ./.github/workflows/image.yml\n{condition}"
    files = {
        ".github/workflows/image.yml": called + built + built + "          context: api\n",
        ".github/workflows/caller.yml": caller,
        ".git/HEAD": "ref: refs/heads/main\n",
    }
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    context = "main.py\napi/Dockerfile: FROM debian:12\\n\n"
    assert bool(collision(tmp_path, text=WEB, context=context).found) is (hit and may_hit)


def test_a_cache_that_keeps_nothing_is_no_loss(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    commands = (f"{BUILD} --cache-to {S3} .", f"{BUILD} --cache-to {S3} api")
    text = "FROM debian:12.5-slim\nCOPY main.py /web/\nRUN locale-gen a\n"
    assert not collision(tmp_path, text=text, context=makefile(*commands)).found


@pytest.mark.parametrize(
    ("rest", "hit"),
    [
        ("COPY main.py /srv/\nRUN make assets\n", False),
        ("", False),
        ("RUN make tools\nCOPY main.py /srv/\n", True),  # kept, and lost with the other's export
        ("RUN mkdir /data\nCOPY main.py /srv/\n", False),
    ],
)
def test_targets_that_differ_in_nothing_kept_share_a_cache(
    tmp_path: Path, rest: str, *, hit: bool
) -> None:
    (tmp_path / ".git").mkdir()
    commands = [f"{BUILD} --push {each} --cache-to {S3} ." for each in ("--target job", "")]
    text = f"FROM debian:12.5-slim AS job\nRUN make packages\nFROM job AS web\n{rest}"
    assert bool(collision(tmp_path, text=text, context=makefile(*commands)).found) is hit


BY_CI = (
    "on: {}\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n"
    "      - uses: docker/setup-buildx-action@v3\n"
    "      - uses: docker/build-push-action@v6\n        with:\n          platforms: {}\n"
    "          {}\n          cache-from: type=gha{}\n          cache-to: type=gha{}\n"
)
BOTH = "linux/amd64,linux/arm64"


@pytest.mark.parametrize(
    ("on", "platforms", "scope", "hit"),
    [
        ("push", "linux/amd64", "", True),
        ("push", BOTH, "", False),
        ("push", "linux/amd64,linux/arm64,linux/s390x", "", False),
        ("push", "linux/amd64", ",scope=trial", False),
        ("pull_request", "linux/amd64", "", False),
        ("push", "${{ vars.PLATFORM }}", "", False),
    ],
)
def test_a_build_for_fewer_platforms(
    tmp_path: Path, on: str, platforms: str, scope: str, *, hit: bool
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    trial = BY_CI.format(on, platforms, "load: true", scope, scope)
    (tmp_path / ".github/workflows/trial.yml").write_text(trial)
    pushed = BY_CI.format("push", BOTH, "push: true", "", "")
    (tmp_path / ".github/workflows/image.yml").write_text(pushed)
    found = collision(tmp_path, text=WEB, context="main.py\n").messages
    told = (
        "the build cache `type=gha` is also exported for `linux/amd64` alone"
        " (.github/workflows/trial.yml): on the same branch, the next build for `linux/arm64`"
        " starts without a cache"
    )
    assert found == [told] * hit


def test_a_target_of_a_bake_file_may_never_be_started(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    cache = "type=registry,ref=our/web:cache"
    pushed = BY_CI.format("push", BOTH, "push: true", "", "").replace("type=gha", cache)
    (tmp_path / ".github/workflows/image.yml").write_text(pushed)
    (tmp_path / "docker-bake.hcl").write_text(
        f'target "web-here" {{\n  platforms = ["linux/amd64"]\n  cache-to = ["{cache}"]\n}}\n'
    )
    assert collision(tmp_path, text=WEB, context="main.py\n").messages == []


@pytest.mark.parametrize(
    ("context", "variables", "hit"),
    [
        ("matrix.place", "", True),
        ("env.PLACE", "PLACE: ${{ matrix.place }}", True),  # each row has its own
        ("env.PLACE", "PLACE: ./${{ matrix.place }}/", True),
        ("env.PLACE", "PLACE: api", False),
        ("env.PLACE", "PLACE: ${{ github.event.inputs.place }}", False),
    ],
)
def test_rows_of_a_matrix_that_build_two_images(
    tmp_path: Path, context: str, variables: str, *, hit: bool
) -> None:
    workflow = (
        "on: {push: {branches: [main]}}\njobs:\n  a:\n    runs-on: ubuntu-latest\n"
        "    strategy: {matrix: {place: [., api]}}\n"
        f"    env:\n      {variables}\n    steps:\n"
        "      - uses: docker/setup-buildx-action@v3\n"
        "      - uses: docker/build-push-action@v6\n        with:\n"
        f"          context: ${{{{ {context} }}}}\n          push: true\n"
        "          cache-from: type=gha\n          cache-to: type=gha,mode=max\n"
    )
    for path, content in {
        ".github/workflows/a.yml": workflow,
        ".git/HEAD": "ref: refs/heads/main\n",
        "api/Dockerfile": WEB,
        "api/main.py": "",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    assert bool(collision(tmp_path, text=WEB, context="main.py\n").found) is hit


@pytest.mark.parametrize(
    ("refs", "hit"),
    [
        (["ghcr.io/${{ github.repository }}:cache"] * 2, True),
        (["ghcr.io/${{github.repository_owner}}/shop:cache"] * 2, True),
        (
            ["${{ github.event.repository.name }}/a:b", "${{ github.event.repository.name}}/a:b"],
            True,
        ),
        (["ghcr.io/${{ github.repository }}:cache", "ghcr.io/${{ github.repository }}:api"], False),
        (["ghcr.io/${{ github.repository }}:${{ github.ref_name }}"] * 2, False),
        (["ghcr.io/${{ github.actor }}/shop:cache"] * 2, False),
        (["${{ github.event.repository.id }}/a:b"] * 2, False),
    ],
)
def test_all_workflows_are_of_one_repository(tmp_path: Path, refs: list[str], *, hit: bool) -> None:
    (tmp_path / ".git").mkdir()
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    for ref, place in zip(refs, (".", "api"), strict=True):
        built = BUILT.format("linux/amd64", f"type=registry,ref={ref}")
        head = "on: push\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n"
        name = f"{place.strip('.') or 'web'}.yml"
        (folder / name).write_text(f"{head}{built}          context: {place}\n")
    context = "main.py\napi/Dockerfile: FROM debian:12\\n\n"
    found = collision(tmp_path, text=WEB, context=context).messages
    assert bool(found) is hit
    assert not any("$" in each for each in found)


WITH_ARGS = (
    "  {job}:\n    runs-on: ubuntu-latest\n    steps:\n"
    "      - uses: docker/build-push-action@v6\n{condition}        with:\n"
    "          cache-from: {cache}\n          cache-to: {cache}\n          build-args: |\n{args}\n"
)
OF_MATRIX = (
    MATRIX.replace("platform: [linux/amd64, linux/arm64]", "python: ['3.12', '3.13']")
    + "      - uses: docker/build-push-action@v6\n        with:\n"
    "          cache-to: {}\n          build-args: PYTHON=${{{{ matrix.python }}}}\n"
)


def jobs(*args: str, cache: str = "type=gha", condition: str = "") -> str:
    """Return a workflow of a job for each of several arguments."""
    told = (
        WITH_ARGS.format(
            job=f"job{at}", cache=cache, args=f"            {each}", condition=condition
        )
        for at, each in enumerate(args)
    )
    return "on: push\njobs:\n" + "".join(told)


@pytest.mark.parametrize(
    ("workflow", "names"),
    [
        (jobs("VERSION=1", ""), "`VERSION`"),
        (jobs("VERSION=1", "VERSION=2"), "`VERSION`"),
        (jobs("VERSION=${{ steps.a.outputs.b }}", ""), "`VERSION`"),
        (jobs("VERSION=1", "", cache="type=registry,ref=a/b:cache"), "`VERSION`"),
        (OF_MATRIX.format("type=gha"), "`PYTHON`"),
        (jobs("VERSION=1", "VERSION=1"), ""),
        (jobs("VERSION=1", "VERSION=${{ steps.a.outputs.b }}"), ""),  # may be the same
        (jobs("VERSION=1", "${{ inputs.arguments }}"), ""),
        (jobs("LATER=1", ""), ""),  # no kept step has it
        (jobs("OTHER=1", ""), ""),
        (jobs("VERSION=1", "", condition="        if: github.ref == 'refs/heads/a'\n"), ""),
        (jobs("VERSION=1", "", condition="        if: github.event_name == 'push'\n"), "`VERSION`"),
        (jobs("VERSION=1", "").replace("on: push", "on: {push: {tags: ['v*']}}"), ""),
        (OF_MATRIX.format("type=gha,scope=${{ matrix.python }}"), ""),
    ],
)
def test_builds_with_other_arguments(tmp_path: Path, workflow: str, names: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/a.yml").write_text(workflow)
    text = (
        "FROM debian:12.5-slim\nARG VERSION=0\nARG PYTHON\nRUN locale-gen a\n"
        "COPY main.py /web/\nARG LATER\n"
    )
    found = collision(tmp_path, text=text, context="main.py\n").messages
    assert len(found) == bool(names)
    for each in found:
        assert f"is exported by builds that pass {names} differently" in each


def test_a_build_that_reads_a_cache_of_its_own_as_well_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    told = jobs("VERSION=1", "").replace("cache-from: type=gha", "cache-from: a/b:cache")
    (tmp_path / ".github/workflows/a.yml").write_text(told)
    text = "FROM debian:12.5-slim\nARG VERSION\nRUN locale-gen a\nCOPY main.py /web/\n"
    assert not collision(tmp_path, text=text, context="main.py\n").found


ROWS = "type=gha,mode=max,scope=${{ matrix.platform }}"
OTHER_ROWS = MATRIX.replace("linux/arm64", "linux/arm/v7")


@pytest.mark.parametrize(
    ("web", "api", "hit"),
    [
        (MATRIX + BUILT.format(EACH, ROWS), MATRIX + BUILT.format(EACH, ROWS), True),
        (MATRIX + BUILT.format(EACH, ROWS), MATRIX + BUILT.format(EACH, f"{ROWS}-api"), False),
        # one of them may be for requests
        (MATRIX + BUILT.format(EACH, ROWS), OTHER_ROWS + BUILT.format(EACH, ROWS), False),
        (
            MATRIX + BUILT.format(EACH, ROWS),
            MATRIX.replace("on: push", "on: pull_request") + BUILT.format(EACH, ROWS),
            False,
        ),
        (
            MATRIX + BUILT.format(EACH, f"type=local,dest=/c/{EACH}"),
            MATRIX + BUILT.format(EACH, f"type=local,dest=/c/{EACH}"),
            False,
        ),
        (
            MATRIX + BUILT.format(EACH, "type=gha,scope=${{ env.A }}-${{ matrix.platform }}"),
            MATRIX + BUILT.format(EACH, "type=gha,scope=${{ env.A }}-${{ matrix.platform }}"),
            False,
        ),
    ],
)
@pytest.mark.parametrize("read", ["", f"          cache-from: {ROWS}\n"])
def test_two_images_of_which_each_platform_has_its_cache(
    tmp_path: Path, web: str, api: str, read: str, *, hit: bool
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/web.yml").write_text(web + read)
    (tmp_path / ".github/workflows/api.yml").write_text(f"{api}          context: api\n")
    context = "main.py\napi/Dockerfile: FROM debian:12\\n\n"
    found = collision(tmp_path, text=WEB, context=context).found
    told = (
        "the build caches `type=gha,mode=max,scope=linux/amd64` and 1 more are also exported for"
        " `api/Dockerfile` (.github/workflows/api.yml), so each build overwrites the other's"
    )
    assert [each.message for each in found] == [told] * hit
    for each in found:
        assert ("import it" in (each.help or "")) is (not read)


CALLED = (
    "on: {workflow_call: {inputs: {folder: {type: string}, to: {type: string}}}}\njobs:\n"
    "  image:\n    runs-on: ubuntu-latest\n    steps:\n"
    + BUILT.format("linux/amd64", "CACHE")
    + "          context: ${{ inputs.folder }}\n"
)
CALLS = "  {}:\n    uses: ./.github/workflows/image.yml\n    with: {{folder: {}, to: type=gha}}\n"


@pytest.mark.parametrize(
    ("cache", "lines"),
    [
        ("type=gha", [(".github/workflows/image.yml", 10)]),
        ("${{ inputs.to }}", [("Dockerfile", 1), ("api/Dockerfile", 1), ("job/Dockerfile", 1)]),
        ("type=gha,scope=${{ inputs.folder }}", []),
    ],
)
def test_one_line_that_all_builds_share_is_told_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    cache: str,
    lines: list[tuple[str, int]],
) -> None:
    folders = (".", "api", "job")
    calls = "".join(CALLS.format(f"of-{at}", each) for at, each in enumerate(folders))
    files = {
        ".git/HEAD": "ref: refs/heads/main\n",
        ".github/workflows/image.yml": CALLED.replace("CACHE", cache),
        ".github/workflows/main.yml": f"on: push\njobs:\n{calls}",
        **{f"{each}/Dockerfile": WEB for each in folders},
        **{f"{each}/main.py": "" for each in folders},
    }
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    monkeypatch.chdir(tmp_path)
    words = ("check", "--isolated", "--select=push/cache-scope-collision", "--output-format=json")
    main([*words, "."])
    found = json.loads(capsys.readouterr().out)["diagnostics"]
    assert [(each["path"], each["line"]) for each in found] == lines
    if lines[:1] == [(".github/workflows/image.yml", 10)]:
        told = "of 3 images export their cache to the same place (`Dockerfile`, `api/Dockerfile`"
        assert told in found[0]["message"]
