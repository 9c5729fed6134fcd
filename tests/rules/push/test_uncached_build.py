"""An image that is pushed by builds without a cache, as the repository's own files tell."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked, commit
from dlint_rules.push import uncached_build

if TYPE_CHECKING:
    from pathlib import Path

uncached = partial(checked, rule="push/uncached-build")
INSTALLS = (
    "FROM debian:12.5-slim\nRUN apt-get update && apt-get install -y --no-install-recommends tini"
    " && rm -rf /var/lib/apt/lists/*\nCOPY app.py /srv/\n"
)
STEP = "      - uses: docker/build-push-action@v6\n        with:\n          push: {push}\n"


def workflow(steps: str, machine: str = "ubuntu-latest", on: str = "push") -> str:
    return f"on: {on}\njobs:\n  image:\n    runs-on: {machine}\n    steps:\n{steps}"


CLOUD = (
    "      - uses: docker/setup-buildx-action@v3\n        if: {}\n        with:\n"
    "          driver: cloud\n"
)
PUSHED = STEP.format(push="true")
FROM_FOLDER = f"{PUSHED}          cache-from: type=local,src=/srv/layers\n"
RESTORED = "      - uses: actions/cache@v4\n        with:\n          key: a\n          path: {}\n"
MOVED = "      - run: |\n          rm -rf /srv/layers\n          mv /srv/layers-new /srv/layers\n"
LOADED = "      - run: docker load -i layers.tar\n"
BUILDER = "      - uses: docker/setup-buildx-action@v3\n"
NOT_FOR_REQUESTS = STEP.format(push="${{ github.event_name != 'pull_request' }}")
BY_DIGEST = STEP.replace("push: {push}", "outputs: type=image,push-by-digest=true,push={}")
REQUESTS = "{{release: {{}}, pull_request: {{paths: [Dockerfile, .trivy.yaml, {}]}}}}"
TAGS_AND_REQUESTS = "{push: {tags: ['v*']}, pull_request: {}}"


def messages(folder: Path, files: dict[str, str], text: str = INSTALLS) -> list[str]:
    (folder / ".git").mkdir()
    for path, content in {"app.py": "print()\n", **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)
    return uncached(folder, text=text).messages


def test_an_image_that_takes_nothing_of_the_context_lives_from_having_no_cache(
    tmp_path: Path,
) -> None:
    files = {".github/workflows/a.yml": workflow(PUSHED)}
    text = "FROM python:3.12.4\nRUN pip install https://example.com/shop/main.tar.gz\n"
    assert messages(tmp_path, files, text) == []


@pytest.mark.parametrize(("flag", "told"), [("", 1), ("--squash ", 0)])
def test_a_cache_spares_no_part_of_a_single_layer(tmp_path: Path, flag: str, told: int) -> None:
    steps = (
        f"      - run: podman build {flag}-t example.com/shop .\n"
        "      - run: podman push example.com/shop\n"
    )
    files = {".github/workflows/a.yml": workflow(steps)}
    assert len(messages(tmp_path, files)) == told


def test_why_a_folder_is_no_cache(tmp_path: Path) -> None:
    [message] = messages(tmp_path, {".github/workflows/a.yml": workflow(FROM_FOLDER)})
    assert "(`.github/workflows/a.yml`: no step brings the folder of `cache-from`)" in message


@pytest.mark.parametrize(
    ("path", "told", "hit"),
    [
        (".github/workflows/a.yml", workflow(PUSHED), True),
        (".github/workflows/a.yml", workflow(PUSHED, "ubuntu-24.04-arm"), True),
        (".github/workflows/a.yml", workflow(STEP.format(push="${{ github.ref != '' }}")), True),
        (
            ".github/workflows/a.yml",
            workflow("      - run: docker build -t shop . && docker push shop\n"),
            True,
        ),
        (".github/workflows/a.yml", workflow("      - run: docker build -t shop .\n"), False),
        (".github/workflows/a.yml", workflow(STEP.format(push="false")), False),
        (".github/workflows/a.yml", workflow(BY_DIGEST.format("true")), True),
        (".github/workflows/a.yml", workflow(BY_DIGEST.format("${{ inputs.push }}")), True),
        (
            ".github/workflows/a.yml",
            workflow(BY_DIGEST.format("${{ github.event_name == 'release' }}")),
            False,
        ),
        # a machine of one's own may keep what it built
        (".github/workflows/a.yml", workflow(PUSHED, "[self-hosted, linux]"), False),
        (".github/workflows/a.yml", workflow(PUSHED, "ubuntu-latest-8-cores"), False),
        (".github/workflows/a.yml", workflow(PUSHED + "          no-cache: true\n"), False),
        (".github/workflows/a.yml", workflow(PUSHED + "          # cache-to: type=gha\n"), False),
        # a folder is empty on a new machine, unless a step brings it
        (".github/workflows/a.yml", workflow(FROM_FOLDER), True),
        (".github/workflows/a.yml", workflow(MOVED + FROM_FOLDER), True),
        (".github/workflows/a.yml", workflow(RESTORED.format("/srv/layers") + FROM_FOLDER), False),
        (".github/workflows/a.yml", workflow(RESTORED.format("/srv/other") + FROM_FOLDER), True),
        (".github/workflows/a.yml", workflow(RESTORED.format("${{ env.X }}") + FROM_FOLDER), False),
        (".github/workflows/a.yml", workflow("      - uses: ./layers\n" + FROM_FOLDER), False),
        (
            ".github/workflows/a.yml",
            workflow("      - run: curl $CACHE | tar -xC /srv/layers\n" + FROM_FOLDER),
            False,
        ),
        (".github/workflows/a.yml", workflow(FROM_FOLDER, "[self-hosted, linux]"), False),
        (".github/workflows/a.yml", workflow(BUILDER + FROM_FOLDER, "[self-hosted]"), False),
        (
            ".github/workflows/a.yml",
            workflow(FROM_FOLDER.replace("/srv/layers", "${{ env.X }}/layers")),
            False,
        ),
        (
            ".github/workflows/a.yml",
            workflow(PUSHED + "          cache-from: type=registry,ref=shop\n"),
            False,
        ),
        (
            ".github/workflows/a.yml",
            workflow(PUSHED + "          cache-from: ${{ inputs.cache }}\n"),
            False,
        ),
        (
            ".github/workflows/a.yml",
            workflow(
                "      - uses: docker/setup-buildx-action@v3\n        with:\n          driver: remote\n"
                + PUSHED
            ),
            False,
        ),
        (
            ".github/workflows/a.yml",
            workflow(
                "      - uses: docker/setup-buildx-action@v3\n        with:\n"
                "          driver: docker-container\n" + PUSHED
            ),
            True,
        ),
        # a builder of the job's own sees no image that the machine loads
        (".github/workflows/a.yml", workflow(LOADED + PUSHED), False),
        (".github/workflows/a.yml", workflow(LOADED + BUILDER + PUSHED), True),
        # another action may bring a cache of its own
        (".github/workflows/a.yml", workflow(PUSHED.replace("docker/", "other/")), False),
        # a release may refuse on purpose what other workflows have written
        (".github/workflows/a.yml", workflow(PUSHED, on="{push: {tags: ['v*']}}"), False),
        (".github/workflows/a.yml", workflow(PUSHED, on="[release, workflow_dispatch]"), False),
        # requests that change how the image is made, and nothing of what it is for
        (".github/workflows/a.yml", workflow(PUSHED, on=REQUESTS.format("'docker/**'")), False),
        (".github/workflows/a.yml", workflow(PUSHED, on=REQUESTS.format("'src/**'")), False),
        # a request reads its own cache alone, or that of the branch it is for
        (".github/workflows/a.yml", workflow(PUSHED, on="pull_request"), False),
        (
            ".github/workflows/a.yml",
            workflow(PUSHED, on="{release: {}, pull_request: {types: [labeled]}}"),
            False,
        ),
        (
            ".github/workflows/a.yml",
            workflow(PUSHED, on="{push: {tags: [v1], branches: [a]}}"),
            True,
        ),
        (
            ".github/workflows/a.yml",
            workflow(PUSHED, on="{push: {tags: [v1]}, schedule: []}"),  # fresh packages
            False,
        ),
        (
            ".github/workflows/a.yml",
            workflow(PUSHED, on="{push: {branches: [a]}, schedule: []}"),
            False,
        ),
        (".github/workflows/a.yml", workflow(PUSHED, on="[push, repository_dispatch]"), False),
        (
            ".github/workflows/a.yml",
            workflow(
                PUSHED + "        if: github.event_name != 'repository_dispatch'\n",
                on="{push: {}, repository_dispatch: {types: [a]}}",
            ),
            True,
        ),
        (".github/workflows/a.yml", workflow(PUSHED, on="repository_dispatch"), False),
        (
            ".github/workflows/a.yml",
            workflow(
                PUSHED + "        if: github.event_name != 'schedule'\n",
                on="{push: {branches: [a]}, schedule: []}",
            ),
            True,
        ),
        (
            ".github/workflows/a.yml",
            workflow(PUSHED, on="{push: {paths: [docker/Dockerfile, .github/workflows/a.yml]}}"),
            False,
        ),
        (
            ".github/workflows/a.yml",
            workflow(PUSHED, on="{push: {paths: [Dockerfile, src]}}"),
            True,
        ),
        (".github/workflows/a.yml", workflow(NOT_FOR_REQUESTS, on=TAGS_AND_REQUESTS), False),
        (".github/workflows/a.yml", workflow(PUSHED, on=TAGS_AND_REQUESTS), False),
        (".github/workflows/a.yml", workflow(NOT_FOR_REQUESTS, on="[push, pull_request]"), True),
        (
            ".github/workflows/a.yml",
            workflow(STEP.format(push="${{ github.event_name == 'release' }}")),
            False,
        ),
        (
            ".github/workflows/a.yml",
            workflow(STEP.format(push="${{ startsWith(github.ref, 'refs/tags/') }}")),
            False,
        ),
        (
            ".github/workflows/a.yml",
            workflow(STEP.format(push="${{ !startsWith(github.ref, 'refs/tags/') }}")),
            True,
        ),
        (
            ".github/workflows/a.yml",
            workflow(PUSHED + "        if: github.ref_type == 'tag'\n"),
            False,
        ),
        (
            ".github/workflows/a.yml",
            workflow(PUSHED + "        if: startsWith(github.ref_name, 'release/app')\n"),
            False,
        ),
        (
            ".github/workflows/a.yml",
            workflow(PUSHED + "        if: startsWith(github.ref, 'refs/heads/release-')\n"),
            False,
        ),
        (
            ".github/workflows/a.yml",
            workflow(PUSHED + "        if: ${{ !startsWith(github.ref_name, 'release/') }}\n"),
            True,
        ),
        (
            ".github/workflows/a.yml",
            workflow(PUSHED + "        if: startsWith(github.ref_name, 'feature/')\n"),
            True,
        ),
        (
            ".github/workflows/a.yml",
            workflow(PUSHED, on="{push: {branches: ['release/**', release-1]}}"),
            False,
        ),
        (
            ".github/workflows/a.yml",
            workflow(PUSHED, on="{push: {branches: ['release/**', main]}}"),
            True,
        ),
        (
            ".github/workflows/a.yml",
            workflow(PUSHED, on="{push: {tags: [v1], branches-ignore: [a]}}"),
            True,
        ),
        (".github/workflows/a.yml", workflow(PUSHED, on="{push: {tags-ignore: [v1]}}"), False),
        # what somebody's hand chooses does not hold for other events
        (
            ".github/workflows/a.yml",
            workflow(
                CLOUD.format("github.event.inputs.cloud == 'true'") + PUSHED,
                on="[push, workflow_dispatch]",
            ),
            True,
        ),
        (
            ".github/workflows/a.yml",
            workflow(
                CLOUD.format("github.event.inputs.cloud == 'true' || github.ref != ''") + PUSHED,
                on="[push, workflow_dispatch]",
            ),
            False,
        ),
        (
            ".github/workflows/a.yml",
            workflow(
                CLOUD.format("github.event.inputs.cloud != 'true'") + PUSHED,
                on="[push, workflow_dispatch]",
            ),
            False,
        ),
        (
            ".github/workflows/a.yml",
            workflow(
                PUSHED + "        if: github.event_name == 'workflow_dispatch'\n",
                on="[push, workflow_dispatch]",
            ),
            False,
        ),
        (".github/workflows/a.yml", workflow(PUSHED, on="[pull_request, push]"), True),
        ("release.sh", "docker buildx build --no-cache --push .\n", False),
    ],
)
def test_what_pushes_without_a_cache(tmp_path: Path, path: str, told: str, *, hit: bool) -> None:
    found = messages(tmp_path, {path: told})
    assert bool(found) is hit
    if hit:
        assert f"without a build cache (`{path}`" in found[0]


CHOOSES = (
    "      - uses: example/choose@v1\n        id: choice\n        with:\n"
    "          yes: {}\n          no: type=oci,dest=image.tar\n"
)
BY_CHOICE = PUSHED.replace("push: true", "outputs: ${{ steps.choice.outputs.value }}")


@pytest.mark.parametrize(
    ("output", "hit"), [("type=image,push=true", True), ("type=docker,dest=shop.tar", False)]
)
def test_what_an_action_hands_on_may_push(tmp_path: Path, output: str, *, hit: bool) -> None:
    files = {".github/workflows/a.yml": workflow(CHOOSES.format(output) + BY_CHOICE)}
    assert bool(messages(tmp_path, files)) is hit


WITH_CACHE = STEP.format(push="false") + "          cache-from: type=registry,ref=shop\n"
OTHERS = WITH_CACHE + "          file: other/Dockerfile\n"
FOR_REQUESTS = WITH_CACHE + "        if: github.event_name == 'pull_request'\n"


@pytest.mark.parametrize(
    ("steps", "hit"),
    [
        (WITH_CACHE + PUSHED, False),
        (PUSHED + WITH_CACHE, True),
        (FOR_REQUESTS + PUSHED, True),
        (OTHERS + PUSHED, True),
        (f"{WITH_CACHE}  more:\n    runs-on: ubuntu-latest\n    steps:\n{PUSHED}", True),
    ],
)
def test_an_earlier_step_of_the_job_warms_the_builder(
    tmp_path: Path, steps: str, *, hit: bool
) -> None:
    files = {".github/workflows/a.yml": workflow(steps, on="[push, pull_request]")}
    assert bool(messages(tmp_path, {**files, "other/Dockerfile": "FROM debian:12\n"})) is hit


BOTH = "          platforms: linux/amd64,linux/arm64\n"


@pytest.mark.parametrize(
    ("earlier", "later", "platforms"),
    [
        ("", BOTH, "linux/arm64"),
        (BOTH.replace("arm64", "arm/v7"), BOTH, "linux/arm64"),
        (BOTH, BOTH, ""),
        ("", BOTH.replace(",linux/arm64", ""), ""),
        ("", BOTH.replace("linux/arm64", "${{ env.MORE }}"), ""),
        ("          platforms: ${{ env.FIRST }}\n", BOTH, ""),
    ],
)
def test_an_earlier_step_warms_its_own_platforms(
    tmp_path: Path, earlier: str, later: str, platforms: str
) -> None:
    files = {".github/workflows/a.yml": workflow(WITH_CACHE + earlier + PUSHED + later)}
    found = messages(tmp_path, files)
    assert [f"without a build cache for {platforms} (" in each for each in found] == (
        [True] if platforms else []
    )


@pytest.mark.parametrize(
    ("condition", "hit"),
    [
        ("needs.release.outputs.current_tag != ''", False),
        ("${{ needs.release.outputs.release_created }}", False),
        ("needs.release.outputs.new_release_published == 'true'", False),
        ("needs.release.outputs.current_tag == ''", True),
        ("${{ !needs.release.outputs.release_created }}", True),
        ("needs.release.outputs.release_created != 'true'", True),
        ("needs.release.outputs.tags != ''", True),  # of the image, it may be
        ("needs.check.outputs.changed == 'true'", True),
        ("needs.release.outputs.current_tag != '' || github.ref == 'refs/heads/main'", True),
    ],
)
def test_a_job_that_another_one_starts_with_a_tag_is_of_releases(
    tmp_path: Path, condition: str, *, hit: bool
) -> None:
    told = workflow(PUSHED).replace("    runs-on:", f'    if: "{condition}"\n    runs-on:')
    assert bool(messages(tmp_path, {".github/workflows/a.yml": told})) is hit


@pytest.mark.parametrize(
    ("command", "hit"),
    [
        ("cp build/shop.bin app/bin/", False),
        ("mv build/shop.bin app/bin/shop && chmod +x app/bin/shop", False),
        ("cp build/shop.bin other/", True),
        ("cp build/shop.bin $HOME/app", True),
    ],
)
def test_what_the_workflow_puts_into_the_context_is_another_each_time(
    tmp_path: Path, command: str, *, hit: bool
) -> None:
    files = {
        ".github/workflows/a.yml": workflow(f"      - run: {command}\n{PUSHED}"),
        "app/bin/README": "a\n",
    }
    text = "FROM debian:12\nCOPY app /srv/\nRUN locale-gen a\nCOPY app.py /\n"
    assert bool(messages(tmp_path, files, text)) is hit


def test_one_that_may_have_a_cache_is_enough(tmp_path: Path) -> None:
    files = {
        ".github/workflows/nightly.yml": workflow(PUSHED),
        ".github/workflows/main.yml": workflow(
            PUSHED + "          cache-from: type=registry,ref=shop\n"
        ),
    }
    assert not messages(tmp_path, files)


def test_an_image_that_runs_nothing_has_nothing_to_keep(tmp_path: Path) -> None:
    files = {".github/workflows/a.yml": workflow(PUSHED)}
    assert not messages(tmp_path, files, "FROM debian:12.5-slim\nCOPY app.py /srv/\n")


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("FROM debian:12\nRUN locale-gen a\nCOPY app.py /\n", "the layer of line 2"),
        (
            "FROM debian:12\nARG GIT_SHA\nENV GIT_SHA=$GIT_SHA\nRUN locale-gen a\nCOPY app.py /\n",
            None,
        ),
        ("FROM debian:12\nCOPY app.py /\nRUN locale-gen a\n", None),
        ("FROM debian:12\nRUN --mount=type=bind,target=/src cat /src/app.py >/a\n", None),
        # what takes neither time nor room
        ("FROM debian:12\nRUN mkdir /srv/a && useradd a\nCOPY app.py /\n", None),
        ('FROM debian:12\nRUN A=1 && echo "a=$A" >/a\nCOPY app.py /\n', None),
        (
            (
                "FROM debian:12 AS build\nRUN mkdir /a\nCOPY app.py /a/\n"
                "FROM debian:12\nCOPY Dockerfile /srv/\nCOPY --from=build /a /srv/\n"
            ),
            None,
        ),
        ("FROM debian:12\nCOPY run.sh /\nRUN chmod +x /run.sh\nCOPY app.py /\n", None),
        ("FROM debian:12\nRUN apt-get update && apt-get upgrade -y\nCOPY app.py /\n", None),
        # the image is made of what changes, its build is not
        (
            (
                "FROM debian:12 AS build\nRUN locale-gen a\nCOPY app.py /\n"
                "FROM debian:12\nCOPY --from=build /app.py /\nRUN locale-gen b\n"
            ),
            None,
        ),
        # its own layers are as good as nothing
        (
            (
                "FROM debian:12 AS build\nRUN locale-gen a\nCOPY app.py /\n"
                "FROM debian:12\nRUN mkdir /srv/a\nCOPY --from=build /app.py /\n"
            ),
            None,
        ),
        # what is upgraded is left behind with its stage
        (
            (
                "FROM debian:12 AS build\nRUN apt-get update && apt-get upgrade -y && make\n"
                "FROM debian:12\nCOPY --from=build /shop /\nRUN locale-gen b\nCOPY app.py /\n"
            ),
            "the layers of lines 4 and 5",
        ),
        # only the missing cache brings the next commit
        (
            "FROM debian:12\nRUN git clone https://example.com/shop.git /srv\nCOPY app.py /\n",
            None,
        ),
        (
            (
                "FROM debian:12\nARG BRANCH=main\n"
                "RUN git clone -b $BRANCH https://example.com/shop.git /srv\nCOPY app.py /\n"
            ),
            None,
        ),
        (
            "FROM debian:12\nRUN git clone -b v1.2 https://example.com/shop.git /srv\nCOPY app.py /\n",
            "the layer of line 2",
        ),
        # a branch of a version, which moves
        (
            (
                "FROM debian:12\n"
                "RUN git clone -b release/8.1 https://example.com/shop.git /srv\nCOPY app.py /\n"
            ),
            None,
        ),
        (
            "FROM debian:12\nRUN git clone -b 4.x https://example.com/shop.git /srv\nCOPY app.py /\n",
            None,
        ),
        # nobody knows what is put there before each build
        (
            "FROM debian:12\nCOPY tmp/bin /\nRUN locale-gen b\nCOPY app.py /\n",
            None,
        ),
        (
            "FROM debian:12\nRUN locale-gen a\nCOPY app.py /\nCOPY tmp/bin /\nRUN locale-gen b\n",
            "the layer of line 2",
        ),
        (
            (
                "FROM debian:12\nRUN curl -L https://github.com/a/shop/archive/main.tar.gz | tar xz\n"
                "COPY app.py /\n"
            ),
            None,
        ),
        # a tool, which is not what the image is for
        (
            (
                "FROM debian:12\nRUN curl -LO https://github.com/a/tool/raw/main/wait-for-it.sh\n"
                "COPY app.py /\n"
            ),
            "the layer of line 2",
        ),
    ],
)
def test_what_a_cache_would_keep(tmp_path: Path, text: str, again: str | None) -> None:
    told = workflow(PUSHED + "          build-args: GIT_SHA=${{ github.sha }}\n")
    found = messages(tmp_path, {".github/workflows/a.yml": told}, text)
    wanted = f"{again} again"
    assert [each.rpartition("each push uploads ")[2] for each in found] == [wanted] * bool(again)


@pytest.mark.parametrize(("last", "hit"), [("scratch", False), ("base", True)])
def test_layers_of_another_target_are_none_of_the_image(
    tmp_path: Path, last: str, *, hit: bool
) -> None:
    text = (
        "FROM debian:12 AS base\nRUN locale-gen a\nFROM base AS check\nCOPY app.py /\n"
        f"FROM base AS build\nCOPY app.py /\nFROM {last}\nCOPY --from=build /app.py /\n"
    )
    told = workflow(f"      - run: docker build --target check .\n{PUSHED}")
    assert bool(messages(tmp_path, {".github/workflows/a.yml": told}, text)) is hit


@pytest.mark.parametrize(
    ("copied", "where", "hit"),
    [
        (".git /srv/.git", "context: .", False),  # each commit changes it
        (".git /srv/.git", "context: '{{defaultContext}}'", True),  # there is none in the context
        ("notes /srv/", "context: .", True),
    ],
)
def test_each_commit_changes_the_history_that_is_copied(
    tmp_path: Path, copied: str, where: str, *, hit: bool
) -> None:
    files = {
        ".github/workflows/a.yml": workflow(f"{PUSHED}          {where}\n"),
        ".git/HEAD": "ref: refs/heads/main\n",
        "notes": "a\n",
    }
    text = f"FROM debian:12\nCOPY {copied}\nRUN locale-gen a\nCOPY app.py /\n"
    assert bool(messages(tmp_path, files, text)) is hit


OWN_ACTION = (
    "inputs:\n  cache: {}\nruns:\n  using: composite\n  steps:\n"
    f"{PUSHED}          cache-from: ${{{{ inputs.cache }}}}\n"
)


@pytest.mark.parametrize(
    ("given", "hit"), [("{}", True), ("{cache: 'type=registry,ref=a'}", False)]
)
def test_an_own_action_is_given_a_cache_or_none(tmp_path: Path, given: str, *, hit: bool) -> None:
    path = ".github/actions/image/action.yml"
    call = f"      - uses: ./.github/actions/image\n        with: {given}\n"
    files = {path: OWN_ACTION, ".github/workflows/a.yml": workflow(call)}
    assert bool(messages(tmp_path, files)) is hit


def test_the_cost_is_what_a_cache_would_keep(tmp_path: Path) -> None:
    text = INSTALLS + "RUN apt-get update && apt-get install -y --no-install-recommends git\n"
    costs = []
    for at, each in enumerate((INSTALLS, text)):
        folder = tmp_path / str(at)
        (folder / ".github/workflows").mkdir(parents=True)
        (folder / ".git").mkdir()
        (folder / ".github/workflows/a.yml").write_text(workflow(PUSHED))
        (folder / "app.py").write_text("print()\n")
        (found,) = uncached(folder, text=each).found
        costs.append(found.cost)
    assert costs[0] == costs[1]


@pytest.mark.parametrize(
    ("steps", "room", "said"),
    [
        (PUSHED, 10**9, "`cache-from: type=gha` and `cache-to: type=gha`"),
        (PUSHED, 100, "`cache-from: type=registry,ref=IMAGE:cache` and"),
        (
            "      - run: docker buildx build --push .\n",
            10**9,
            "`docker buildx build --push --cache-from type=registry,ref=IMAGE:cache",
        ),
    ],
)
def test_where_a_cache_has_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: str, room: int, said: str
) -> None:
    monkeypatch.setattr(uncached_build, "_LARGEST", room)
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/a.yml").write_text(workflow(steps))
    (tmp_path / "app.py").write_text("print()\n")
    (tmp_path / "weights.bin").write_bytes(bytes(range(256)))
    (tmp_path / ".git").mkdir()
    text = "FROM debian:12\nCOPY weights.bin /srv/\nRUN locale-gen a\nCOPY app.py /srv/\n"
    (found,) = uncached(tmp_path, text=text).found
    assert said in found.help


@pytest.mark.parametrize(
    ("tools", "copy", "mode", "also"),
    [
        (
            "RUN make tools\n",
            "COPY --from=tools /usr/local/bin/ /usr/local/bin/\n",
            ",mode=max",
            False,
        ),
        ("RUN make tools\n", "", "", True),
    ],
)
def test_what_the_cache_has_to_hold(
    tmp_path: Path, tools: str, copy: str, mode: str, *, also: bool
) -> None:
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows/a.yml").write_text(workflow(BUILDER + PUSHED))
    (tmp_path / "app.py").write_text("print()\n")
    last = "COPY --from=tools /usr/local/bin/late /usr/local/bin/\n"
    text = f"FROM debian:12 AS tools\n{tools}{INSTALLS.replace('COPY', copy + 'COPY')}{last}"
    (found,) = uncached(tmp_path, text=text).found
    assert f"`cache-to: type=gha{mode}`" in found.help
    assert ("`mode=max` it keeps the steps of stages that do not ship" in found.help) is also


LISTS = "RUN apt-get update && apt-get install -y --no-install-recommends git\n"


@pytest.mark.parametrize(
    ("build", "steps", "is_told"),
    [
        ("COPY . /src\nRUN make", "RUN locale-gen a\nCOPY --from=build /src/out /srv\n", False),
        ("COPY . /src\nRUN make", f"{LISTS}COPY --from=build /src/out /srv\n", True),
        ("COPY . /src\nRUN make", "RUN locale-gen a\nCOPY . /srv\n", True),
        (
            "RUN make tools\nCOPY . /src\nRUN make",  # which `mode=max` would keep
            "RUN locale-gen a\nCOPY --from=build /src/out /srv\n",
            True,
        ),
    ],
)
def test_a_cache_that_grows_by_more_than_it_keeps(
    tmp_path: Path, build: str, steps: str, *, is_told: bool
) -> None:
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows/a.yml").write_text(workflow(BUILDER + PUSHED))
    (tmp_path / "app.py").write_text("print()\n")
    text = f"FROM debian:12 AS build\n{build}\nFROM debian:12\n{steps}"
    assert bool(uncached(tmp_path, text=text).found) is is_told


@pytest.mark.parametrize(
    ("setup", "is_told"),
    [
        ("", True),
        ("      - uses: docker/setup-buildx-action@v3\n", False),
        ("      - run: docker buildx create --use\n", False),
        ("      - uses: crazy-max/ghaction-docker-buildx@v3\n", False),
    ],
)
def test_a_cache_is_exported_by_a_builder_of_its_own(
    tmp_path: Path, setup: str, *, is_told: bool
) -> None:
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows/a.yml").write_text(workflow(setup + PUSHED))
    (tmp_path / "app.py").write_text("print()\n")
    (found,) = uncached(tmp_path, text=INSTALLS).found
    assert ("`docker/setup-buildx-action`" in found.help) is is_told


ACTION = "name: a\nruns:\n  using: composite\n  steps:\n{}"
USES = "      - uses: ./.github/actions/own\n"


@pytest.mark.parametrize(
    ("own", "steps", "is_told"),
    [
        (BUILDER, USES + PUSHED, False),  # what makes the builder is an action of the repository
        ("      - uses: docker/login-action@v3\n", USES + PUSHED, True),
        (PUSHED, USES, True),  # the action builds, on the machine of the job that uses it
        (PUSHED, BUILDER + USES, False),
        (BUILDER + PUSHED, USES, False),
        ("      - uses: ./.github/actions/deep\n", USES + PUSHED, False),
    ],
)
def test_actions_of_the_repository_run_in_the_job_that_uses_them(
    tmp_path: Path, own: str, steps: str, *, is_told: bool
) -> None:
    files = {
        ".github/workflows/a.yml": workflow(steps),
        ".github/actions/own/action.yml": ACTION.format(own),
        ".github/actions/deep/action.yaml": ACTION.format(BUILDER),
        "app.py": "print()\n",
        ".git/HEAD": "ref: refs/heads/main\n",
    }
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    (found,) = uncached(tmp_path, text=INSTALLS).found
    assert ("`docker/setup-buildx-action`" in found.help) is is_told


@pytest.mark.parametrize(
    ("own", "machine", "hit"),
    [
        (PUSHED, "ubuntu-latest", True),
        (PUSHED, "self-hosted", False),
        (f"{PUSHED}          cache-from: type=registry,ref=a/b:cache\n", "ubuntu-latest", False),
        ("      - uses: a/docker-layer-caching@v1\n", "ubuntu-latest", False),
    ],
)
def test_an_action_of_the_repository_finds_what_its_job_has(
    tmp_path: Path, own: str, machine: str, *, hit: bool
) -> None:
    files = {
        ".github/workflows/a.yml": workflow(USES + PUSHED * (own != PUSHED), machine),
        ".github/actions/own/action.yml": ACTION.format(own),
    }
    assert bool(messages(tmp_path, files)) is hit


MADE = (
    "NAME ?= shop/tool\nEXTRAS ?=\nimage:\n"
    "\tdocker build $(EXTRAS) $(foreach tag, $(TAGS), -t $(NAME):$(tag)) \\\n\t.\n"
)
BY_FUNCTION = "function up {{ docker push shop/$1:latest; }}\n          make image\n          up {}"


@pytest.mark.parametrize(
    ("run", "hit"),
    [
        ("make image\n          docker push shop/tool:latest", True),
        ("make image\n          docker push shop/other:latest", False),
        (BY_FUNCTION.format("tool"), True),
        (BY_FUNCTION.format("other"), False),
        ("make image", False),
        ("export EXTRAS=$MORE\n          make image\n          docker push shop/tool", False),
    ],
)
def test_make_builds_what_the_step_pushes(tmp_path: Path, run: str, *, hit: bool) -> None:
    steps = f"      - run: |\n          {run}\n"
    files = {".github/workflows/docker.yml": workflow(steps), "Makefile": MADE}
    assert bool(messages(tmp_path, files)) is hit


BUILDS = "docker buildx build --load -t shop/tool .\n"
SENDS = "for tag in a b; do\n  docker push shop/tool:$tag\ndone\n"
IF_ASKED = f'if [ "$1" = --push ]; then\n  {SENDS}fi\n'
WITH_SETTINGS = 'source .env\ncmd="docker build ${tags[*]} -f $FILE $FOLDER"\neval "$cmd"\n'


@pytest.mark.parametrize(
    ("steps", "scripts", "hit"),
    [
        ("ci/a.sh --quick", [BUILDS + SENDS], True),
        ("bash -e ./ci/a.sh", [BUILDS + SENDS], True),
        ("ci/a.sh && ci/b.sh", [BUILDS, SENDS], False),
        ("ci/a.sh \\\n            --quick\n          ./ci/b.sh", [BUILDS, SENDS], True),
        ("ci/a.sh\n          docker push shop/tool", [BUILDS], True),
        ("ci/a.sh", [BUILDS], False),
        ("ci/a.sh", [BUILDS + IF_ASKED], False),
        ("ci/a.sh", [BUILDS + "[ -n $CI ] && docker push shop/tool\n"], False),
        ("ci/a.sh", [f"if [ -z $CI ]; then exit; fi\n{BUILDS}{SENDS}"], False),
        ("ci/a.sh", [f"cd ..\n{BUILDS}{SENDS}"], False),
        ("ci/a.sh", [WITH_SETTINGS + SENDS], True),
    ],
)
def test_scripts_of_a_job_that_pushes(
    tmp_path: Path, steps: str, scripts: list[str], *, hit: bool
) -> None:
    told = {f"ci/{name}.sh": text for name, text in zip("ab", scripts, strict=False)}
    run = f"      - run: |\n          {steps}\n"
    files = {".github/workflows/docker.yml": workflow(run), ".env": "FILE=Dockerfile\nFOLDER=.\n"}
    assert bool(messages(tmp_path, {**files, **told})) is hit


def test_rows_of_a_matrix_need_scopes(tmp_path: Path) -> None:
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    matrix = "    strategy:\n      matrix:\n        platform: [linux/amd64, linux/arm64]\n"
    told = workflow(PUSHED).replace("    steps:\n", f"{matrix}    steps:\n")
    (tmp_path / ".github/workflows/a.yml").write_text(told)
    (tmp_path / "app.py").write_text("print()\n")
    (found,) = uncached(tmp_path, text=INSTALLS).found
    assert "a `scope=` of its own for each row of the matrix" in found.help


FINAL = "FROM debian:12\nCOPY --from=build /srv /srv\n"
TWO_JOBS = f"  other:\n    runs-on: ubuntu-24.04-arm\n    steps:\n{PUSHED}"
OTHER = f"{PUSHED}          file: Dockerfile.other\n"
SCOPED = f"{OTHER}          cache-to: type=gha,scope=other\n"


@pytest.mark.parametrize(
    ("files", "apart"),
    [
        ({"a.yml": workflow(PUSHED)}, ""),
        ({"a.yml": workflow(PUSHED + PUSHED)}, ""),  # one builder after the other's steps
        ({"a.yml": workflow(PUSHED) + TWO_JOBS}, "job"),
        ({"a.yml": workflow(PUSHED), "b.yml": workflow(OTHER)}, "image"),
        ({"a.yml": workflow(PUSHED) + TWO_JOBS, "b.yml": workflow(OTHER)}, "job and each image"),
        ({"a.yml": workflow(PUSHED), "b.yml": workflow(SCOPED)}, ""),
        ({"a.yml": workflow(PUSHED), "b.yml": workflow(OTHER, on="release")}, ""),
        (
            {"a.yml": workflow(PUSHED + OTHER) + TWO_JOBS},
            "job and each image that the workflow pushes",
        ),
    ],
)
def test_what_else_would_write_the_cache(tmp_path: Path, files: dict[str, str], apart: str) -> None:
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    for name, text in files.items():
        (tmp_path / ".github/workflows" / name).write_text(text)
    (tmp_path / "app.py").write_text("print()\n")
    (tmp_path / "Dockerfile.other").write_text("FROM debian:12\nCOPY app.py /srv/\n")
    (found,) = uncached(tmp_path, text=INSTALLS).found
    _, _, told = found.help.partition(", with a `scope=` of its own for each ")
    assert told == apart


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("docker buildx build --push .", [2]),
        ("/kaniko/executor --cache=true --context .", [2]),
        ("/kaniko/executor --context .", []),
        ("docker buildx build --no-cache --push .", []),
    ],
)
def test_the_order_counts_where_there_is_a_cache(
    tmp_path: Path, command: str, found: list[int]
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "requirements.txt").write_text("flask==3.0.3\n")
    (tmp_path / "app.py").write_text("print()\n")
    (tmp_path / "release.sh").write_text(f"{command}\n")
    text = "FROM python:3.12-slim\nCOPY . .\nRUN pip install --no-cache-dir -r requirements.txt\n"
    assert checked(tmp_path, rule="order/copy-before-install", text=text).lines == found


@pytest.mark.parametrize(
    ("cache", "text", "said", "advised"),
    [
        (",mode=min", f"AS build\n{{}}{FINAL}RUN make\n", True, False),  # somebody has decided so
        ("", f"AS build\n{{}}{FINAL}RUN make\n", True, True),
        ("", f"AS build\nCOPY --from=made /s /s\n{{}}{FINAL}RUN make\n", True, False),
        ("", f"AS build\n{{}}{FINAL}", True, False),  # it is the smaller part
        (",mode=max", f"AS build\n{{}}{FINAL}RUN make\n", False, False),
        (",scope=build-${{ env.PLATFORM }}", f"AS build\n{{}}{FINAL}RUN make\n", True, True),
        (
            ",scope=build-${{ env.PLATFORM }},mode=max",
            f"AS build\n{{}}{FINAL}RUN make\n",
            False,
            False,
        ),
        (",mode=min", "\n{}", False, False),
    ],
)
@pytest.mark.parametrize(
    ("rule", "steps"),
    [
        (
            "order/system-install-after-source",
            "COPY . /srv/\nRUN apt-get update && apt-get install -y tini\n",
        ),
        (
            "order/copy-before-install",
            "WORKDIR /srv\nCOPY . .\nRUN pip install --no-cache-dir -r requirements.txt\n",
        ),
    ],
)
def test_a_cache_of_images_keeps_no_other_stage(  # noqa: PLR0913
    tmp_path: Path, rule: str, steps: str, cache: str, text: str, *, said: bool, advised: bool
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / "requirements.txt").write_text("flask==3.0.3\n")
    (tmp_path / "app.py").write_text("print()\n")
    source = cache.partition(",mode")[0]
    told = f"          cache-from: type=gha{source}\n          cache-to: type=gha{cache}\n"
    (tmp_path / ".github/workflows/a.yml").write_text(workflow(BUILDER + PUSHED + told))
    made = "FROM debian:12 AS made\nCOPY . /\nRUN make\n"
    text = f"{made}FROM python:3.12-slim {text.format(steps)}"
    [found] = checked(tmp_path, rule=rule, text=text).found
    message = found.message
    assert found.help
    assert found.help.endswith(", and export the cache with `mode=max`") is advised
    assert "every source change re" in message
    assert ("with a build cache of `mode=max` every source change" in message) is said


def test_what_only_a_cache_saves_is_an_info_without_one(tmp_path: Path) -> None:
    text = INSTALLS.replace("RUN", "ARG GIT_SHA\nRUN", 1).replace(" tini", " git")
    severities = []
    for at, cache in enumerate(("type=registry,ref=shop:cache", "")):
        folder = tmp_path / str(at)
        (folder / ".git").mkdir(parents=True)
        (folder / ".github/workflows").mkdir(parents=True)
        (folder / "app.py").write_text("print()\n")
        passed = "          build-args: GIT_SHA=${{ github.sha }}\n"
        told = workflow(f"{PUSHED}{passed}          cache-from: {cache}\n")
        (folder / ".github/workflows/a.yml").write_text(told)
        (found,) = checked(folder, rule="order/volatile-arg", text=text).found
        severities.append(found.severity.value)
    assert severities == ["warning", "info"]


def test_one_image_of_a_target_needs_no_scope(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / "app.py").write_text("print()\n")
    told = workflow(PUSHED + "          target: shop\n")
    (tmp_path / ".github/workflows/a.yml").write_text(told)
    text = INSTALLS.replace("\n", " AS shop\n", 1)
    (found,) = uncached(tmp_path, text=text).found
    assert "scope=" not in found.help


GATHERED = (
    "FROM debian:12 AS build\nCOPY app.py /src/\nRUN compile /src -o /out/shop\n"
    "FROM debian:12 AS fonts\nRUN locale-gen a && cp -r /usr/share/i18n /out\n"
    "FROM scratch AS files\nCOPY --from={} /out /srv\n"
    "FROM debian:12\nCOPY --from=files {} {}\nRUN locale-gen b\n"
)


@pytest.mark.parametrize(
    ("source", "taken", "hit"),
    [
        ("build", "/", False),
        ("build", "/srv/shop", False),
        ("build", "/etc", True),
        ("fonts", "/", True),
    ],
)
def test_a_stage_that_gathers_files_changes_with_them(
    tmp_path: Path, source: str, taken: str, *, hit: bool
) -> None:
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/a.yml").write_text(workflow(PUSHED))
    for number in range(12):
        (tmp_path / "app.py").write_text(f"print({number})\n")
        commit(tmp_path)
    text = GATHERED.format(source, taken, taken)
    assert bool(uncached(tmp_path, text=text).messages) is hit


@pytest.mark.parametrize(
    ("made", "hit"),
    [
        ("COPY . /src\nWORKDIR /src\nRUN make\nRUN cp shop /usr/bin/shop", False),
        ("COPY . /src\nRUN make -C /src && mv /src/shop /usr/bin/", False),
        ("COPY . /src\nRUN make -C /src && install -m 755 /src/shop /usr/bin/shop", False),
        # what no commit changes, or nobody knows how often
        ("COPY . /src\nRUN cp /src/shop.conf /usr/bin/shop && make -C /src", True),
        ("COPY . /src\nRUN make -C /src && cp /src/*.conf /usr/bin/shop", True),
        (
            "COPY . /src\nRUN curl -o /src/tool https://a.example/t && cp /src/tool /usr/bin/shop",
            True,
        ),
        ("COPY . /opt\nRUN make -C /opt && cp /opt/tool /usr/bin/shop", True),
        ("RUN make tools && cp /src/shop /usr/bin/shop\nCOPY . /src\nRUN make -C /src", True),
    ],
)
def test_a_program_that_is_copied_after_its_build_changes_with_the_source(
    tmp_path: Path, made: str, *, hit: bool
) -> None:
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/a.yml").write_text(workflow(PUSHED))
    (tmp_path / "shop.conf").write_text("port = 80\n")
    for number in range(12):
        (tmp_path / "app.py").write_text(f"print({number})\n")
        commit(tmp_path)
    text = f"FROM debian:12 AS build\n{made}\n"
    text += "FROM debian:12\nCOPY --from=build /usr/bin/shop /usr/bin/shop\nRUN locale-gen b\n"
    assert bool(uncached(tmp_path, text=text).messages) is hit


def test_a_long_row_of_stages_that_gather_files_is_looked_through(tmp_path: Path) -> None:
    row = "".join(
        f"FROM scratch AS a{number}\nCOPY --from=a{number - 1} / /\n" for number in range(1, 500)
    )
    text = f"FROM scratch AS a0\nCOPY app.py /\n{row}FROM debian:12\nCOPY --from=a499 / /\n"
    files = {".github/workflows/a.yml": workflow(PUSHED)}
    assert messages(tmp_path, files, f"{text}RUN locale-gen b\n") == []


@pytest.mark.parametrize(
    ("others", "is_scoped"),
    [("", False), ("          file: other/Dockerfile\n          context: other\n", True)],
)
def test_caches_of_several_images_need_scopes(
    tmp_path: Path, others: str, *, is_scoped: bool
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/Dockerfile").write_text(INSTALLS)
    (tmp_path / "app.py").write_text("print()\n")
    steps = PUSHED + (PUSHED + others) * bool(others)
    (tmp_path / ".github/workflows/a.yml").write_text(workflow(steps))
    (found,) = uncached(tmp_path, text=INSTALLS).found
    assert ("scope=" in found.help) is is_scoped


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("FROM nginx:1.27\nCOPY dist /srv\nRUN chown -R nginx /srv\n", False),
        ("FROM nginx:1.27\nRUN locale-gen a\nCOPY dist /srv\n", True),
        ("FROM nginx:1.27\nCOPY app.py /srv/\nRUN chown -R nginx /srv\n", False),
    ],
)
def test_a_cache_keeps_nothing_below_what_was_built_outside(
    tmp_path: Path, text: str, *, hit: bool
) -> None:
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/a.yml").write_text(workflow(PUSHED))
    (tmp_path / ".gitignore").write_text("dist\n")
    (tmp_path / "app.py").write_text("print()\n")
    commit(tmp_path)
    assert bool(uncached(tmp_path, text=text).messages) is hit


BUILDER = "      - uses: docker/setup-buildx-action@v3\n"
CREATES = "      - run: |\n          docker buildx {}\n          docker {} --push -t acme/shop .\n"
NAMED = "buildx build --builder a"
CALLED = workflow(PUSHED, on="workflow_call")
CALL = "on: {}\njobs:\n  image:\n    uses: ./.github/workflows/called.yml\n"
CALL_BY_NAME = CALL.replace("./", "acme/shop/").replace(".yml", ".yml@main")
ON_ONE_LINE = """
      - uses: docker/build-push-action@v6
        with: {{context: ., push: true, tags: acme/shop, cache-from: type=gha{}}}
"""
FROM_GITHUB = "          cache-from: type=gha\n"
OWN = f"{PUSHED}          tags: acme/shop:main\n          cache-from: {{}}\n"
INLINE = "          build-args: BUILDKIT_INLINE_CACHE=1\n"
META = (
    "      - uses: docker/metadata-action@v5\n        id: meta\n        with:\n"
    "          images: ${{ env.IMAGE }}\n"
)
EXPORTS = FROM_GITHUB + "          cache-to: type=gha,mode=max\n"
# it may be called for a branch, unless releases alone start it
EXPORTING = workflow(PUSHED + EXPORTS, on="[release, workflow_call]")
OF_RELEASES = workflow(PUSHED + EXPORTS, on="release")


@pytest.mark.parametrize(
    ("told", "hit"),
    [
        # a machine of the repository's own, on which each job makes a builder
        ({"a.yml": workflow(PUSHED, "large")}, False),
        ({"a.yml": workflow(BUILDER + PUSHED, "large")}, True),
        ({"a.yml": workflow(f"{BUILDER}        if: inputs.new\n{PUSHED}", "large")}, False),
        ({"a.yml": workflow(f"{BUILDER}        with: {{name: mine}}\n{PUSHED}", "large")}, False),
        (
            {"a.yml": workflow(f"{BUILDER}        with: {{driver: docker}}\n{PUSHED}", "large")},
            False,
        ),
        # or a command does, whether or not the machine has one
        ({"a.yml": workflow(CREATES.format("create --use", "buildx build"), "large")}, True),
        ({"a.yml": workflow(CREATES.format("create --name a", NAMED), "large")}, True),
        ({"a.yml": workflow(CREATES.format("create --name b", NAMED), "large")}, False),
        ({"a.yml": workflow(CREATES.format("create", "buildx build"), "large")}, False),
        (
            {"a.yml": workflow(CREATES.format("create --use --name a || :", NAMED), "large")},
            False,
        ),
        (
            {
                "a.yml": workflow(
                    CREATES.format("inspect a || docker buildx create --use --name a", NAMED),
                    "large",
                )
            },
            False,
        ),
        (
            {
                "a.yml": workflow(
                    CREATES.format("create --use --driver=kubernetes", "buildx build"), "large"
                )
            },
            False,
        ),
        ({"a.yml": workflow(CREATES.format("create --use", "build"), "large")}, False),
        (
            {
                "a.yml": workflow(
                    CREATES.format("create --use", "buildx build --cache-from x/y:c"), "large"
                )
            },
            False,
        ),
        # what a workflow that calls another one is started by
        ({"called.yml": CALLED}, False),
        ({"called.yml": CALLED, "a.yml": CALL.format("push")}, True),
        ({"called.yml": CALLED, "a.yml": CALL.format("release")}, False),
        ({"called.yml": CALLED, "a.yml": CALL_BY_NAME.format("push")}, True),
        # what it exports, runs for a branch can read
        ({"called.yml": EXPORTING, "a.yml": CALL_BY_NAME.format("push")}, False),
        ({"called.yml": EXPORTING, "a.yml": workflow(PUSHED + FROM_GITHUB)}, False),
        ({"b.yml": OF_RELEASES, "a.yml": workflow(PUSHED + FROM_GITHUB)}, True),
        # GitHub's cache, which somebody writes, or nobody
        ({"a.yml": workflow(PUSHED + FROM_GITHUB)}, True),
        ({"a.yml": workflow(PUSHED + EXPORTS)}, False),
        (
            {
                "a.yml": workflow(PUSHED + FROM_GITHUB),
                "b.yml": workflow(STEP.format(push="false") + EXPORTS),
            },
            False,
        ),
        ({"a.yml": workflow(PUSHED + FROM_GITHUB.replace("gha", "registry,ref=shop"))}, False),
        ({"a.yml": workflow(ON_ONE_LINE.format(""))}, True),
        ({"a.yml": workflow(ON_ONE_LINE.format(', cache-to: "type=gha,mode=max"'))}, False),
        # the image itself, into which somebody puts a cache, or nobody
        ({"a.yml": workflow(OWN.format("type=registry,ref=acme/shop:main"))}, True),
        ({"a.yml": workflow(OWN.format("acme/shop"))}, True),
        ({"a.yml": workflow(META + OWN.format("type=registry,ref=${{ env.IMAGE }}:main"))}, True),
        ({"a.yml": workflow(OWN.format("type=registry,ref=acme/shop:buildcache"))}, False),
        ({"a.yml": workflow(OWN.format("type=registry,ref=acme/base:main"))}, False),
        ({"a.yml": workflow(OWN.format("acme/shop") + INLINE)}, False),
        (
            {"a.yml": workflow(OWN.format("acme/shop")), "b.yml": workflow(PUSHED + INLINE)},
            False,
        ),
    ],
)
def test_whether_there_is_a_cache_at_all(
    tmp_path: Path, told: dict[str, str], *, hit: bool
) -> None:
    files = {f".github/workflows/{name}": text for name, text in told.items()}
    assert bool(messages(tmp_path, files)) is hit


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (OWN.format("acme/shop:main"), "image that `cache-from` reads: `cache-to: type=inline`"),
        (
            "      - run: docker buildx build --push -t acme/shop --cache-from acme/shop .\n",
            "image that `cache-from` reads: `--cache-to type=inline`",
        ),
        (PUSHED + FROM_GITHUB, ""),  # of which a COPY of a stage takes up more with each commit
    ],
)
def test_a_cache_in_the_image_itself_takes_up_nothing(
    tmp_path: Path, steps: str, said: str
) -> None:
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/a.yml").write_text(workflow(BUILDER + steps))
    (tmp_path / "app.py").write_text("print()\n")
    made = "FROM node:22 AS made\nCOPY app.py /\nRUN node build.js\n"
    text = f"{made}{INSTALLS}COPY --from=made /out /srv/out\n"
    for _ in range(3):
        commit(tmp_path, "app.py")
    found = uncached(tmp_path, text=text).texts
    assert bool(found) is bool(said)
    assert all(said.replace("`", "") in each for each in found)


LOADED = (
    "      - uses: docker/build-push-action@v6\n        with:\n          context: base\n"
    "          load: true\n          tags: shop/{}:1\n"
)
SNAPSHOTS = (
    "      - uses: docker/setup-docker-action@v4\n        with:\n          daemon-config: |\n"
    '            {{"features": {{"containerd-snapshotter": {}}}}}\n'
)


@pytest.mark.parametrize(
    ("above", "told"),
    [
        (LOADED.format("base"), 0),
        (LOADED.format("other"), 1),
        (LOADED.format("base") + BUILDER, 1),
        (SNAPSHOTS.format("true"), 0),
        (SNAPSHOTS.format("false"), 1),
    ],
)
def test_what_only_dockers_own_builder_has(tmp_path: Path, above: str, told: int) -> None:
    files = {".github/workflows/a.yml": workflow(above + PUSHED)}
    text = INSTALLS.replace("debian:12.5-slim", "shop/base:1")
    assert len(messages(tmp_path, files, text)) == told


@pytest.mark.parametrize(("taken", "told"), [(".git", 0), ("app.py", 1)])
def test_a_cache_keeps_nothing_below_git_which_each_commit_changes(
    tmp_path: Path, taken: str, told: int
) -> None:
    (tmp_path / ".github/workflows").mkdir(parents=True)
    pushed = f"      - uses: actions/checkout@v4\n{PUSHED}          context: .\n"
    (tmp_path / ".github/workflows/a.yml").write_text(workflow(pushed))
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "app.py").write_text("print()\n")
    for _ in range(12):
        commit(tmp_path, "notes.txt")
    text = f"FROM debian:12.5-slim\nCOPY {taken} /srv/\nRUN locale-gen a\n"
    assert len(uncached(tmp_path, text=text).messages) == told


TO_GITHUB = f"{PUSHED}          cache-from: type=gha\n          cache-to: type=gha\n"
TAGS = "{push: {tags: ['v*']}}"
OF_TAGS = (
    "`.github/workflows/a.yml` exports its cache on tags alone, and no tag reads the cache of"
    " another, so each push uploads the layer of line 2 again"
)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"a": workflow(TO_GITHUB, on=TAGS)}, [OF_TAGS]),
        ({"a": workflow(TO_GITHUB, on="{release: {}, push: {tags: ['v*']}}")}, [OF_TAGS]),
        ({"a": workflow(PUSHED + "          cache-from: type=gha\n", on=TAGS)}, []),
        # people may have started one of them on the default branch
        ({"a": workflow(TO_GITHUB, on="{push: {tags: ['v*']}, workflow_dispatch: {}}")}, []),
        (
            {
                "a": workflow(TO_GITHUB, on=TAGS),
                "b": workflow(TO_GITHUB.replace("true", "false"), on="workflow_dispatch"),
            },
            [],
        ),
        (
            {
                "a": workflow(TO_GITHUB, on=TAGS),
                "b": workflow(TO_GITHUB.replace("true", "false"), on="{push: {branches: [main]}}"),
            },
            [],
        ),
        ({"a": workflow(TO_GITHUB.replace("gha", "registry,ref=a/b:cache"), on=TAGS)}, []),
        ({"a": workflow(TO_GITHUB, on=TAGS), "b": workflow(PUSHED, on="[release]")}, []),
    ],
)
def test_a_cache_that_tags_alone_write(
    tmp_path: Path, files: dict[str, str], told: list[str]
) -> None:
    named = {f".github/workflows/{name}.yml": text for name, text in files.items()}
    assert messages(tmp_path, named) == told


@pytest.mark.parametrize(("push", "told"), [("true", 0), ("false", 1)])
def test_another_workflow_may_push_by_the_clock(tmp_path: Path, push: str, told: int) -> None:
    files = {
        ".github/workflows/a.yml": workflow(PUSHED),
        ".github/workflows/b.yml": workflow(STEP.format(push=push), on="{schedule: []}"),
    }
    assert len(messages(tmp_path, files)) == told


BY_HAND = "[push, workflow_dispatch]"
TYPED = (
    "      - run: docker build -t example.com/shop .\n      - run: docker push example.com/shop\n"
)
RENEWS = "; a run by `workflow_dispatch` for newer packages then needs `no-cache`"


@pytest.mark.parametrize(
    ("recipe", "text", "told"),
    [
        (workflow(PUSHED, on=BY_HAND), INSTALLS, RENEWS),
        (workflow(TYPED, on=BY_HAND), INSTALLS, RENEWS.replace("no-", "--no-")),
        (workflow(PUSHED), INSTALLS, ""),
        (workflow(f"{PUSHED}        if: github.event_name == 'push'\n", on=BY_HAND), INSTALLS, ""),
        (workflow(PUSHED, on=BY_HAND), INSTALLS.replace("tini", "tini=0.19.0-1"), ""),
    ],
)
def test_what_a_run_by_hand_needs_beside_a_cache(
    tmp_path: Path, recipe: str, text: str, told: str
) -> None:
    path = tmp_path / ".github/workflows/a.yml"
    path.parent.mkdir(parents=True)
    path.write_text(recipe)
    (tmp_path / ".git").mkdir()
    (tmp_path / "app.py").write_text("print()\n")
    [found] = uncached(tmp_path, text=text).found
    assert found.help.endswith(told)
    assert ("workflow_dispatch" in found.help) is bool(told)


AZURE = "pool: {{{pool}}}\nsteps:\n- task: Docker@2\n  inputs: {{repository: our/shop, Dockerfile: Dockerfile}}\n"


@pytest.mark.parametrize(("pool", "told"), [("vmImage: ubuntu-latest", 1), ("name: ours", 0)])
def test_pipelines_of_azure(tmp_path: Path, pool: str, told: int) -> None:
    files = {".azure-pipelines/ship.yml": AZURE.format(pool=pool)}
    assert len(messages(tmp_path, files)) == told


def test_the_advice_for_azure_is_of_commands(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "app.py").touch()
    two = AZURE.format(pool="vmImage: ubuntu-latest") + (
        "- task: Docker@2\n  inputs: {repository: our/web, Dockerfile: web.Dockerfile, buildContext: .}\n"
    )
    (tmp_path / "azure-pipelines.yml").write_text(two)
    (tmp_path / "web.Dockerfile").write_text("FROM x\n")
    (found,) = uncached(tmp_path, text=INSTALLS).found
    assert found.help.startswith("make a builder with `docker buildx create --use`, and ")
    assert found.help.endswith(", with a tag of its own for each image that the pipeline pushes")


@pytest.mark.parametrize(
    ("action", "is_told"),
    [
        ("mr-smithers-excellent/docker-build-push@v6\n        with:\n          image: shop", True),
        ("docker/build-push-action@v6\n        with:\n          push: true", False),
    ],
)
def test_inputs_of_an_action_of_others_have_other_names(
    tmp_path: Path,
    action: str,
    is_told: bool,  # noqa: FBT001  a column
) -> None:
    (tmp_path / ".git").mkdir()
    flow = tmp_path / ".github/workflows/image.yml"
    flow.parent.mkdir(parents=True)
    flow.write_text(workflow(f"      - uses: {action}\n"))
    (tmp_path / "app.py").write_text("print()\n")
    [told] = uncached(tmp_path, text=INSTALLS).found
    assert (
        "build with a current `docker/build-push-action`, make a builder" in told.help
    ) is is_told


@pytest.mark.parametrize(
    ("base", "recipe", "told"),
    [
        ("COPY app.py /srv/\n", "a.yml", 0),
        ("RUN make\n", "a.yml", 1),  # nothing of the repository
        ("COPY app.py /srv/\n", "b.yml", 1),  # built on its own
    ],
)
def test_a_base_that_the_same_file_builds_of_the_source(
    tmp_path: Path, base: str, recipe: str, told: int
) -> None:
    built = f"{PUSHED}          file: base/Dockerfile\n          tags: acme/shop-base:latest\n"
    steps = {"a.yml": PUSHED, "b.yml": ""}
    steps[recipe] = built + steps[recipe]
    files = {f".github/workflows/{name}": workflow(each) for name, each in steps.items() if each}
    text = INSTALLS.replace("debian:12.5-slim", "acme/shop-base:latest")
    found = messages(tmp_path, {**files, "base/Dockerfile": f"FROM debian:12\n{base}"}, text)
    assert len(found) == told
