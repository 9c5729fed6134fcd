"""Whose image is pushed, as recipes are seen to push it, and whether all of them do alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import recipes

from dlint.project.left_out import is_left_out
from dlint.project.pushers import may_leave, pushing_alike
from dlint.project.recipes import ANY, COLD, IMPORTED, Pushing

if TYPE_CHECKING:
    from pathlib import Path

JOB = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
WITH_PUSH = "      - uses: docker/build-push-action@v6\n        with:\n          push: true\n"
CACHED = f"{WITH_PUSH}          cache-from: type=registry,ref=shop/web:cache\n"
WORKFLOW, OTHER = ".github/workflows/a.yml", ".github/workflows/b.yml"
CALLED = "jobs:\n  a:\n    uses: shop/flows/.github/workflows/docker-publish.yml@v1\n"
PUSHES = "docker buildx build --push"
SERVICE = "services:\n  web:\n    build: .\n"


ANY_IMAGE = 'docker tag "$1" "$REPOSITORY:$1"\ndocker push "$REPOSITORY:$1"\n'
MAKEFILE = "release:\n\tcd $(APP) && docker buildx build $(OPTS) .\npush:\n\t./bin/push.sh $(APP)\n"
STARTS = f"{JOB}      - run: make APP=${{{{ inputs.app }}}} release push\n"
BASE = f"{WITH_PUSH}          file: web/Dockerfile\n"


@pytest.mark.parametrize(
    ("texts", "leaves"),
    [
        ({"bin/push.sh": ANY_IMAGE, "Makefile": MAKEFILE, WORKFLOW: STARTS}, True),
        ({"bin/push.sh": ANY_IMAGE, "c.sh": "docker build .", WORKFLOW: "run: bin/push.sh"}, True),
        # started by nobody, or it pushes another one
        ({"bin/push.sh": ANY_IMAGE, "Makefile": MAKEFILE, WORKFLOW: JOB}, False),
        ({"bin/push.sh": "docker push a/b\n", "Makefile": MAKEFILE, WORKFLOW: STARTS}, False),
        (
            {"bin/push.sh": f"# {ANY_IMAGE.split()[-3:]}", "Makefile": MAKEFILE, WORKFLOW: STARTS},
            False,
        ),
        # CI builds this one to try it
        (
            {
                "bin/push.sh": ANY_IMAGE,
                "Makefile": MAKEFILE,
                WORKFLOW: STARTS,
                ".github/workflows/c.yml": f"{JOB}      - run: docker build -t a . && docker run a\n",
            },
            False,
        ),
    ],
)
def test_a_script_that_pushes_whatever_it_is_told(
    tmp_path: Path, texts: dict[str, str], *, leaves: bool
) -> None:
    told = {"compose.yaml": SERVICE, OTHER: JOB + BASE, **texts}
    found = recipes(tmp_path, "Dockerfile", "web/Dockerfile", **told)
    assert may_leave(found, "Dockerfile") is leaves
    if leaves:
        assert not is_left_out(found, "Dockerfile")


@pytest.mark.parametrize(
    ("texts", "leaves"),
    [
        ({}, True),  # nothing tells who builds it
        ({WORKFLOW: f"{JOB}      - run: make test\n"}, True),
        ({WORKFLOW: JOB + WITH_PUSH}, True),
        ({WORKFLOW: JOB + WITH_PUSH.replace("true", "false")}, False),
        ({WORKFLOW: f"{JOB}{WITH_PUSH}          file: web/Dockerfile\n"}, False),
        ({WORKFLOW: f"{JOB}      - run: docker build -t shop/web .\n"}, False),
        (
            {WORKFLOW: f"{JOB}      - run: docker build -t a/b . && docker push a/b\n"},
            True,
        ),
        ({WORKFLOW: CALLED}, True),
        ({WORKFLOW: CALLED, "compose.yaml": SERVICE}, True),
        ({WORKFLOW: CALLED, "compose.yaml": SERVICE, "Makefile": "ship:\n\tko publish .\n"}, False),
        ({"ci.sh": "docker build -t shop/web .\n"}, False),
        ({"ci.sh": "docker build -t shop/web:1 .\ndocker push shop/web:1\n"}, True),
        ({"ci.sh": "docker build -t shop/web .\ndocker push shop/other\n"}, False),
        ({"ci.sh": 'I=shop/web\ndocker build -t "$I:1" .\ndocker push "${I}:1"\n'}, True),
        ({"ci.sh": 'docker build -t "$1" .\ndocker push "$1"\n'}, True),
        ({"ci.sh": "docker build -t web .\ndocker tag web shop/web\ndocker push shop/web\n"}, True),
        ({"ci.sh": "docker build -t web .\ndocker tag web shop/web\n"}, False),
        ({"ci.sh": "docker buildx build --push -t shop/web .\n"}, True),
        ({"Makefile": "build:\n\tdocker build -t $(I) .\npush:\n\tdocker push ${I}\n"}, True),
        ({"Makefile": "build:\n\tdocker build -t $(I) .\npush:\n\tdocker push $(J)\n"}, False),
        (
            {
                "Makefile": "build:\n\t$(CONTAINER) build -t $(I) .\npush:\n\t$(CONTAINER) push $(I)\n"
            },
            True,
        ),
        ({".gitlab-ci.yml": "web:\n  script:\n    - docker build -t $I .\n"}, False),
        (
            {
                ".gitlab-ci.yml": "web:\n  script:\n    - docker build -t $I .\n    - docker push $I\n"
            },
            True,
        ),
        ({"compose.yaml": SERVICE}, False),
        ({"compose.yaml": f"{SERVICE}    image: shop/web\n"}, False),
        ({"compose.yaml": f"{SERVICE}    image: registry.example.com/shop/web\n"}, True),
        (
            {
                "compose.yaml": f"{SERVICE}    image: registry.example.com/shop/web\n",
                WORKFLOW: JOB + WITH_PUSH.replace("true", "false"),
            },
            False,
        ),
        (
            {
                "compose.yaml": f"{SERVICE}    image: shop/web\n",
                "push.sh": "docker compose push\n",
            },
            True,
        ),
        (
            {
                "compose.yaml": SERVICE,
                "push.sh": "docker compose push\n",
            },
            False,
        ),
        ({WORKFLOW: f"{JOB}      - run: flyctl deploy\n", "compose.yaml": SERVICE}, True),
        ({WORKFLOW: f"{JOB}      - run: make test\n", "compose.yaml": SERVICE}, False),
        ({"fly.toml": "[build]\ndockerfile = 'Dockerfile'\n"}, True),
        ({".devcontainer/devcontainer.json": '{"build": {"dockerfile": "../Dockerfile"}}'}, False),
    ],
)
def test_an_image_is_pushed_where_that_is_seen(
    tmp_path: Path, texts: dict[str, str], *, leaves: bool
) -> None:
    assert may_leave(recipes(tmp_path, "Dockerfile", **texts), "Dockerfile") is leaves


@pytest.mark.parametrize(
    ("texts", "leaves"),
    [
        ({"compose.yaml": "  web:\n    build: .\n    image: {}/web:1\n"}, True),
        ({"compose.yaml": "  web:\n    build: .\n    image: {}/web:${{V}}\n"}, True),
        ({"compose.yaml": "  web:\n    build: .\n    image: shop/web:1\n"}, False),
        ({"compose.yaml": "  web:\n    build: .\n    image: ghcr.io/other/web:1\n"}, False),
        ({"test/compose.yaml": "  web:\n    build: ..\n    image: {}/web:1\n"}, False),
        ({"compose.dev.yaml": "  web:\n    build: .\n    image: {}/web:1\n"}, False),
        ({"compose.yaml": "  web:\n    build: .\n"}, False),
        (  # an override in another folder, which is copied to where it counts
            {
                "compose.yaml": "  web:\n    image: {}/web:1\n",
                "local/compose.override.yaml": "  web:\n    build: ..\n",
            },
            True,
        ),
        (
            {
                "compose.yaml": "  web:\n    image: {}/web:1\n",
                "local/compose.override.yaml": "  worker:\n    build: ..\n",
            },
            False,
        ),
        # what is pushed is another Dockerfile's
        ({"compose.yaml": "  web:\n    build: .\n    image: {}/db:local\n"}, False),
        (
            {
                "compose.yaml": "  web:\n    image: ghcr.io/other/web:1\n",
                "local/compose.override.yaml": "  web:\n    build: ..\n",
            },
            False,
        ),
    ],
)
def test_an_image_that_services_take_from_where_others_are_pushed(
    tmp_path: Path, texts: dict[str, str], *, leaves: bool
) -> None:
    push = f"{JOB}{WITH_PUSH}          file: db/Dockerfile\n          tags: ghcr.io/shop/db:1\n"
    services = {path: "services:\n" + text.format("ghcr.io/shop") for path, text in texts.items()}
    found = recipes(tmp_path, "Dockerfile", "db/Dockerfile", **{WORKFLOW: push}, **services)
    assert may_leave(found, "Dockerfile") is leaves


@pytest.mark.parametrize(
    ("dockerfile", "how", "leaves"),
    [
        ("Dockerfile", "context: .\n          push: true", False),
        ("Dockerfile", "context: .\n          push: false", True),
        ("Dockerfile", "context: ci\n          push: true", True),
        ("web/Dockerfile", "context: .\n          push: true", True),
        ("web/Dockerfile", "context: web\n          push: true", False),
    ],
)
def test_one_that_no_recipe_builds_where_ci_pushes_another_from_its_folder(
    tmp_path: Path, dockerfile: str, how: str, *, leaves: bool
) -> None:
    action = f"      - uses: docker/build-push-action@v6\n        with:\n          {how}\n"
    flow = f"{JOB}{action}          file: ci/Dockerfile.release\n"
    found = recipes(tmp_path, dockerfile, "ci/Dockerfile.release", **{WORKFLOW: flow})
    assert may_leave(found, dockerfile) is leaves


@pytest.mark.parametrize(
    ("later", "leaves"),
    [
        ("      - run: docker push shop/web:1\n", True),
        ("      - run: docker image push --all-tags ${{ env.WEB }}\n", True),
        (
            "      - run: docker tag shop/web:1 $TO\n      - uses: shop/deploy/docker-push@v1\n",
            True,
        ),
        ("      - run: docker tag shop/web:1 shop/web:2\n", False),
        ("      - run: docker push shop/other:1\n", False),
        ("      - run: docker run shop/web:1\n", False),
    ],
)
def test_an_image_that_a_job_loads_is_pushed_where_its_name_is(
    tmp_path: Path, later: str, *, leaves: bool
) -> None:
    loaded = WITH_PUSH.replace("push: true", "load: true\n          tags: shop/web:1")
    text = f"env:\n  WEB: shop/web\n{JOB}{loaded}{later}"
    assert may_leave(recipes(tmp_path, "Dockerfile", **{WORKFLOW: text}), "Dockerfile") is leaves


@pytest.mark.parametrize(
    ("told", "leaves"),
    [
        ("push: ${{ inputs.push }}\n          tags: web:1", False),
        (
            "push: ${{ inputs.push }}\n          tags: |\n            web:1\n            web:2",
            False,
        ),
        ("push: ${{ inputs.push }}\n          tags: shop/web:1", True),
        ("push: ${{ inputs.push }}\n          tags: ${{ inputs.tags }}", True),
        ("push: ${{ inputs.push }}", True),
        ("push: true\n          tags: web:1", True),
    ],
)
def test_no_registry_takes_an_image_without_an_owner(
    tmp_path: Path, told: str, *, leaves: bool
) -> None:
    text = JOB + WITH_PUSH.replace("push: true", told)
    assert may_leave(recipes(tmp_path, "Dockerfile", **{WORKFLOW: text}), "Dockerfile") is leaves


@pytest.mark.parametrize(("other", "leaves"), [("web.Dockerfile", True), ("$(pick)", False)])
def test_a_file_that_a_step_picks_by_a_variable_is_pushed(
    tmp_path: Path, other: str, *, leaves: bool
) -> None:
    pick = (
        "      - id: pick\n        run: |\n          FILE=Dockerfile\n"
        f"          if is_web; then\n            FILE={other}\n          fi\n"
        '          echo "file=$FILE" >> $GITHUB_OUTPUT\n'
    )
    step = f"{WITH_PUSH}          file: ./${{{{ steps.pick.outputs.file }}}}\n"
    assert (
        may_leave(recipes(tmp_path, "Dockerfile", **{WORKFLOW: JOB + pick + step}), "Dockerfile")
        is leaves
    )


@pytest.mark.parametrize(
    ("texts", "pushing"),
    [
        ({}, Pushing()),
        ({WORKFLOW: JOB + WITH_PUSH}, Pushing(COLD)),
        ({WORKFLOW: JOB + WITH_PUSH, OTHER: JOB + WITH_PUSH}, Pushing(COLD)),
        ({WORKFLOW: JOB + CACHED}, Pushing(IMPORTED)),
        ({WORKFLOW: JOB + CACHED, OTHER: JOB + WITH_PUSH}, None),
        ({WORKFLOW: JOB.replace("ubuntu-latest", "own") + WITH_PUSH}, Pushing(ANY)),
        ({WORKFLOW: JOB + WITH_PUSH + "          target: web\n", OTHER: JOB + WITH_PUSH}, None),
        (
            {
                WORKFLOW: f"{JOB}{WITH_PUSH}          platforms: linux/amd64,linux/arm64\n",
                OTHER: JOB + WITH_PUSH,
            },
            Pushing(COLD, 2, agree=False),
        ),
        # a variable hides how many one of them is for
        (
            {
                "a.sh": f"{PUSHES} --platform linux/amd64,linux/arm64 -t a/b .\n",
                "b.sh": f'PLATFORMS="$(sh systems.sh)"\n{PUSHES} --platform "$PLATFORMS" -t a/b .\n',
            },
            Pushing(ANY),
        ),
        (
            {
                "a.sh": f"{PUSHES} --platform linux/amd64,linux/arm64 -t a/b .\n",
                "b.sh": f"{PUSHES} --platform linux/amd64 -t a/b .\n",
            },
            Pushing(ANY, 2, agree=False),
        ),
        # CI pushes it, whatever people may
        (
            {WORKFLOW: JOB + WITH_PUSH, "ci.sh": "docker buildx build --push -t a/b .\n"},
            Pushing(COLD),
        ),
        ({"ci.sh": "docker buildx build --push -t a/b .\n"}, Pushing(ANY)),
        ({"ci.sh": "docker build -t a/b .\n"}, None),
        # nobody sees with what
        ({WORKFLOW: CALLED}, None),
        ({WORKFLOW: f"{JOB}      - run: flyctl deploy\n"}, None),
    ],
)
def test_all_that_pushes_an_image_does_so_alike(
    tmp_path: Path, texts: dict[str, str], pushing: Pushing | None
) -> None:
    assert pushing_alike(recipes(tmp_path, "Dockerfile", **texts), "Dockerfile", set()) == pushing


BUILDER = (
    "      - uses: docker/setup-buildx-action@v3\n        with:\n          append: |\n"
    "            - endpoint: ssh://own\n"
)


@pytest.mark.parametrize(
    ("told", "cache"),
    [
        (JOB + BUILDER + WITH_PUSH, IMPORTED),
        (JOB.replace("ubuntu-latest", "own") + BUILDER + WITH_PUSH, ANY),  # keeps its checkout
        (f"{JOB}{BUILDER}      - run: git restore-mtime\n{WITH_PUSH}", ANY),
        (f"{JOB}{BUILDER}{WITH_PUSH}          outputs: type=image,rewrite-timestamp=true\n", ANY),
    ],
)
def test_a_checkout_is_new_where_the_builder_is_not(tmp_path: Path, told: str, cache: str) -> None:
    found = pushing_alike(recipes(tmp_path, "Dockerfile", **{WORKFLOW: told}), "Dockerfile", set())
    assert found == Pushing(cache)


@pytest.mark.parametrize(
    ("told", "cache"),
    [
        (("", ""), IMPORTED),
        (("          build-args: SHA=1\n", "          build-args: SHA=1\n"), IMPORTED),
        (("          build-args: SHA=1\n", ""), None),
        (("          build-args: OTHER=1\n", ""), IMPORTED),
        (("          build-args: ${{ steps.a.outputs.args }}\n", ""), None),
    ],
)
def test_builds_that_are_given_other_arguments_differ(
    tmp_path: Path, told: tuple[str, str], cache: str | None
) -> None:
    texts = {WORKFLOW: JOB + CACHED + told[0], OTHER: JOB + CACHED + told[1]}
    found = pushing_alike(recipes(tmp_path, "Dockerfile", **texts), "Dockerfile", {"SHA"})
    assert (found and found.cache) == cache


@pytest.mark.parametrize(
    ("context", "leaves"), [("web/${{ inputs.a }}", True), ("${{ inputs.a }}", False)]
)
def test_a_variable_behind_a_folder_stands_for_what_that_holds(
    tmp_path: Path, context: str, *, leaves: bool
) -> None:
    texts = {
        "web/till/Dockerfile": "FROM scratch\n",
        WORKFLOW: f"{JOB}{WITH_PUSH}          context: {context}\n",
    }
    assert may_leave(recipes(tmp_path, "Dockerfile", **texts), "web/till/Dockerfile") is leaves


def test_a_function_of_make_may_name_any_folder(tmp_path: Path) -> None:
    built = "images/$(or $(name),$(firstword $(NAMES)))/Dockerfile"
    makefile = f"image:\n\tdocker build -f {built} -t $(I) .\n\tdocker push $(I)\n"
    web, other = "images/web/Dockerfile", "other/Dockerfile"
    texts = {"Makefile": makefile, web: "FROM scratch\n", other: "FROM scratch\n"}
    found = recipes(tmp_path, "Dockerfile", **texts)
    assert may_leave(found, web)
    assert pushing_alike(found, web, frozenset()) is None  # the build is not read in full
    assert pushing_alike(found, other, frozenset()) == Pushing()


OF_WEB = f"{JOB}{WITH_PUSH}          file: web/Dockerfile\n"


@pytest.mark.parametrize("push", ["true", "false"])
def test_an_image_that_no_recipe_builds_may_be_pushed_by_hand(tmp_path: Path, push: str) -> None:
    workflow = OF_WEB.replace("push: true", f"push: {push}")
    texts = {"web/Dockerfile": "FROM scratch\n", WORKFLOW: workflow}
    found = recipes(tmp_path, "other/Dockerfile", **texts)
    assert pushing_alike(found, "other/Dockerfile", frozenset()) == Pushing()
    assert may_leave(found, "other/Dockerfile")


@pytest.mark.parametrize(
    ("workflow", "leaves"),
    [(OF_WEB, False), (OF_WEB.replace("push: true", "push: false"), True)],
)
def test_the_name_of_a_registry_says_nothing_where_others_are_seen_to_be_pushed(
    tmp_path: Path, workflow: str, *, leaves: bool
) -> None:
    compose = "services:\n  other:\n    build: other\n    image: registry.example.com/shop/other\n"
    texts = {"web/Dockerfile": "FROM scratch\n", WORKFLOW: workflow, "compose.yaml": compose}
    found = recipes(tmp_path, "other/Dockerfile", **texts)
    assert may_leave(found, "other/Dockerfile") is leaves


@pytest.mark.parametrize(
    ("on", "pushed"),
    [
        ("{release: {}}", Pushing("cold")),
        ("{release: {}, workflow_dispatch: {}}", None),
        ("{release: {}, push: {branches: [main]}}", Pushing("imported")),
    ],
)
def test_a_cache_that_people_may_have_written_by_hand_is_not_known(
    tmp_path: Path, on: str, pushed: Pushing | None
) -> None:
    ways = "          cache-from: type=gha\n          cache-to: type=gha\n"
    text = JOB.replace("on: push", f"on: {on}") + WITH_PUSH + ways
    found = recipes(tmp_path, "Dockerfile", **{WORKFLOW: text})
    assert pushing_alike(found, "Dockerfile", frozenset()) == pushed
    assert found.read_cache("Dockerfile") is (pushed == Pushing("imported"))


@pytest.mark.parametrize(
    ("more", "leaves"),
    [
        ("permissions:\n  contents: read\n", False),
        ("permissions: read-all\n", False),
        ("permissions:\n  packages: write\n", True),
        ("permissions:\n  id-token: write\n", True),
        ("", True),  # a repository's settings decide what the token may
    ],
)
def test_a_workflow_of_others_that_may_write_nowhere_pushes_nothing(
    tmp_path: Path, more: str, *, leaves: bool
) -> None:
    called = "jobs:\n  a:\n    uses: shop/flows/.github/workflows/try.yml@v1\n    with:\n"
    text = f"{more}{called}      file: web/Dockerfile\n"
    for at, (extra, result) in enumerate(
        [("", leaves), ("      registry: ghcr.io\n", True), ("    secrets: inherit\n", True)]
    ):
        found = recipes(tmp_path / str(at), "web/Dockerfile", **{WORKFLOW: text + extra})
        assert may_leave(found, "web/Dockerfile") is result


@pytest.mark.parametrize(
    ("exported", "cache"),
    [
        ("linux/amd64", None),
        ("linux/amd64,linux/arm64", IMPORTED),
        ("${{ env.PLATFORMS }}", IMPORTED),
        ("", IMPORTED),  # nobody is seen to export any
    ],
)
def test_a_cache_is_for_the_platforms_of_those_who_export_it(
    tmp_path: Path, exported: str, cache: str | None
) -> None:
    texts = {WORKFLOW: f"{JOB}{CACHED}          platforms: linux/amd64,linux/arm64\n"}
    if exported:
        build = WITH_PUSH.replace("push: true", "outputs: type=cacheonly")
        to = "cache-to: type=registry,ref=shop/web:cache"
        texts[OTHER] = f"{JOB}{build}          {to}\n          platforms: {exported}\n"
    found = pushing_alike(recipes(tmp_path, "Dockerfile", **texts), "Dockerfile", frozenset())
    assert (found and found.cache) == cache
