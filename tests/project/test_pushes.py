"""What recipes push, and which Dockerfiles they leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import MagicMock, Mock

import pytest

from dlint.context import open_worktree
from dlint.model import Build
from dlint.project import pushes, services
from dlint.project.pushes import (
    ci_pushes,
    is_left_out,
    may_lack_cache,
    may_leave,
    pushed_targets,
    stays_with_builders,
)
from dlint.project.recipes import Recipes
from dlint.project.starting import PROSE
from dlint.syntax.parser import parse
from dlint.text.source import Source

if TYPE_CHECKING:
    from pathlib import Path

WORKFLOW = ".github/workflows/a.yml"


def recipes(root: Path, *dockerfiles: str, **texts: str) -> Recipes:
    """Return the recipes of a repository with these Dockerfiles; `__` in a name is a folder."""
    files = dict.fromkeys(dockerfiles, "FROM scratch\n")
    named = {name.replace("__", "/").replace("_dot_", "."): text for name, text in texts.items()}
    for path, text in {**files, **named}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return Recipes(root)


PUSHES = "jobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          context: {}\n          push: true\n"


@pytest.mark.parametrize(
    ("dockerfile", "workflow", "left_out"),
    [
        ("tools/aid/Dockerfile", PUSHES.format("."), True),
        ("Dockerfile", PUSHES.format("web"), False),  # whoever clones it builds the one at the root
        ("tools/aid/Dockerfile", PUSHES.format("tools/aid"), False),
        ("tools/aid/Dockerfile", f"{PUSHES.format('.')}      - run: make -C tools/aid\n", False),
        ("tools/aid/Dockerfile", f"{PUSHES.format('.')}      - run: ls */Dockerfile\n", False),
        ("tools/aid/Dockerfile", PUSHES.format(".").replace("true", "false"), False),
        ("tools/aid/Dockerfile", "on: push\n", False),
        # a folder of Dockerfiles has the name of what CI works with in any case
        ("docker/Dockerfile-aid", PUSHES.format("."), True),
        (
            "docker/Dockerfile-aid",
            f"{PUSHES.format('.')}          file: docker/Dockerfile-aid\n",
            False,
        ),
        (
            "docker/Dockerfile-aid",
            f"{PUSHES.format('.')}          file: docker/Dockerfile-$X\n",
            False,
        ),
        ("docker/Dockerfile", PUSHES.format("."), False),
    ],
)
def test_an_image_that_ci_leaves_out(
    tmp_path: Path, dockerfile: str, workflow: str, *, left_out: bool
) -> None:
    files = {"Dockerfile": "", "web/Dockerfile": "", dockerfile: "", ".github/workflows/a.yml": ""}
    for path in files:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("FROM scratch\n")
    (tmp_path / ".github/workflows/a.yml").write_text(workflow)
    assert is_left_out(Recipes(tmp_path), dockerfile) is left_out


RUN_OF_KONFLUX = """\
kind: PipelineRun
spec:
  params:
  - name: output-image
    value: registry.example.com/shop/web:{{{{revision}}}}
  - name: dockerfile
    value: Dockerfile
  - name: path-context
    value: {}
"""


@pytest.mark.parametrize(("context", "left_out"), [(".", True), ("tools/aid", False)])
def test_an_image_that_konflux_leaves_out(tmp_path: Path, context: str, *, left_out: bool) -> None:
    for path in ("Dockerfile", "tools/aid/Dockerfile", ".tekton/web-push.yaml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("FROM scratch\n")
    (tmp_path / ".tekton/web-push.yaml").write_text(RUN_OF_KONFLUX.format(context))
    found = Recipes(tmp_path)
    assert is_left_out(found, "tools/aid/Dockerfile") is left_out
    (built,) = found.builds
    assert built.context == context
    assert built.delivery.pushes


BESIDE = PUSHES.format(".") + "          file: docker/Dockerfile\n"
DEV = "services:\n  dev:\n    build: .\n"
STEP = "jobs:\n  b:\n    steps:\n      - "


@pytest.mark.parametrize(
    ("files", "left_out"),
    [
        ({}, True),
        ({"compose.yaml": DEV}, True),
        ({"compose.yaml": f"{DEV}    image: shop/web\n"}, False),
        ({"Makefile": "a:\n\tdocker build -t web .\n"}, False),
        ({"build.sh": "docker build -f $1 .\n"}, False),
        ({"build.sh": "docker build -f docker/$1/Dockerfile .\n"}, True),
        ({"README.md": "    git clone shop && cd shop\n    docker build -t shop .\n"}, False),
        ({"fly.toml": 'app = "shop"\n'}, False),
        (
            {
                ".github/workflows/b.yml": "jobs:\n  b:\n"
                "    uses: shop/ci/.github/workflows/build_image.yaml@main\n"
            },
            False,
        ),
        ({".github/workflows/b.yml": f"{STEP}uses: shop/docker-deploy@v1\n"}, False),
        ({".github/workflows/b.yml": f"{STEP}run: flyctl deploy --remote-only\n"}, False),
        ({".github/workflows/b.yml": f"{STEP}uses: actions/deploy-pages@v4\n"}, True),
        ({".github/workflows/b.yml": f"{STEP}run: lint Dockerfile\n"}, False),
        # what CI pushes is another product, or none
        ({WORKFLOW: PUSHES.format("docker")}, False),
        ({WORKFLOW: BESIDE.replace("docker/", "docs/")}, False),
    ],
)
def test_a_dockerfile_at_the_root_beside_the_one_that_ci_pushes(
    tmp_path: Path, files: dict[str, str], *, left_out: bool
) -> None:
    found = recipes(
        tmp_path,
        "Dockerfile",
        "docker/Dockerfile",
        "docs/Dockerfile",
        **{WORKFLOW: BESIDE, **files},
    )
    assert is_left_out(found, "Dockerfile") is left_out


@pytest.mark.parametrize(
    ("service", "pushed", "leaves"),
    [
        (DEV, "Dockerfile.release", False),
        (f"{DEV}    image: shop/web\n", "Dockerfile.release", True),
        (DEV, "docker/Dockerfile", False),  # of the same context
        (DEV, "Dockerfile", True),
    ],
)
def test_services_without_a_name_beside_the_dockerfile_that_ci_pushes(
    tmp_path: Path, service: str, pushed: str, *, leaves: bool
) -> None:
    workflow = f"{PUSHES.format('.')}          file: {pushed}\n"
    texts = {WORKFLOW: workflow, "compose.yaml": service}
    paths = {"Dockerfile", "docker/Dockerfile", pushed}
    assert may_leave(recipes(tmp_path, *paths, **texts), "Dockerfile") is leaves


PROD = "services:\n  web:\n    image: ghcr.io/shop/web\n    build: {context: ., dockerfile: prod.Dockerfile}\n"


@pytest.mark.parametrize(
    ("files", "leaves"),
    [
        ({"heroku.yml": "build:\n  docker:\n    web: prod.Dockerfile\n"}, False),
        ({"fly.toml": '[build]\n  dockerfile = "prod.Dockerfile"\n'}, False),
        (
            {"app.json": "{}\n", "heroku.yml": "build:\n  docker:\n    web: prod.Dockerfile\n"},
            False,
        ),
        ({"heroku.yml": "build:\n  docker: {web: Dockerfile, job: prod.Dockerfile}\n"}, True),
        ({"fly.toml": '# prod.Dockerfile is another one\napp = "shop"\n'}, True),
        ({"compose.prod.yaml": PROD}, False),
        ({"compose.prod.yaml": PROD.replace("ghcr.io/shop/", "")}, True),
        ({"compose.prod.yaml": PROD.replace("prod.Dockerfile", "Dockerfile")}, True),
    ],
)
def test_a_service_that_is_deployed_from_another_file(
    tmp_path: Path, files: dict[str, str], *, leaves: bool
) -> None:
    texts = {"compose.yaml": DEV, "README.md": "Pull `ghcr.io/shop/web`\n", WORKFLOW: "on: push\n"}
    found = recipes(tmp_path, "Dockerfile", "prod.Dockerfile", **{**texts, **files})
    assert may_leave(found, "Dockerfile") is leaves


@pytest.mark.parametrize(
    ("texts", "leaves"),
    [
        ({"Makefile": "a:\n\tdocker build -t web:dev .\n"}, False),
        ({"Makefile": "a:\n\tdocker build -t shop/web .\n"}, True),
        ({"Makefile": "a:\n\tdocker build -t $NAME .\n"}, True),
        (
            {
                "Makefile": "a:\n\tdocker build -t web:dev .\n",
                "b.sh": "docker tag web:dev shop/web\n",
            },
            True,
        ),
        ({"README.md": "    docker build -t web .\n"}, True),
        ({}, False),
    ],
)
def test_an_image_for_whoever_types_the_command_beside_what_ci_pushes(
    tmp_path: Path, texts: dict[str, str], *, leaves: bool
) -> None:
    workflow = f"{PUSHES.format('.')}          file: Dockerfile.release\n"
    found = recipes(tmp_path, "Dockerfile", "Dockerfile.release", **{WORKFLOW: workflow, **texts})
    assert may_leave(found, "Dockerfile") is leaves


@pytest.mark.parametrize(
    ("entry", "leaves"), [('ENTRYPOINT ["/web"]', False), ("CMD /web", True), ("", True)]
)
def test_a_file_that_is_called_after_ci(tmp_path: Path, entry: str, *, leaves: bool) -> None:
    workflow = f"{PUSHES.format('.')}          file: ci.Dockerfile\n"
    texts = {WORKFLOW: workflow, "ci.Dockerfile": f"FROM scratch\n{entry}\n"}
    assert may_leave(recipes(tmp_path, "Dockerfile", **texts), "Dockerfile") is leaves


@pytest.mark.parametrize(
    ("text", "leaves"),
    [
        ("with: {name: web, using: Dockerfile}\n", True),
        ('with:\n          paths_ignore: \'["docs/**", "Dockerfile"]\'\n', False),
    ],
)
def test_files_of_which_a_change_starts_nothing(tmp_path: Path, text: str, *, leaves: bool) -> None:
    workflow = f"{PUSHES.format('.')}          file: Dockerfile.release\n"
    beside = '{"build": {"dockerfile": "Dockerfile"}}\n'  # the one in its own folder
    texts = {
        WORKFLOW: workflow,
        ".github/workflows/b.yml": f"{STEP}uses: shop/skip@v1\n        {text}",
        ".devcontainer/devcontainer.json": beside,
    }
    files = ("Dockerfile", "Dockerfile.release", ".devcontainer/Dockerfile")
    assert may_leave(recipes(tmp_path, *files, **texts), "Dockerfile") is leaves


@pytest.mark.parametrize(
    ("image", "leaves"), [("db/db:2", False), ("shop/web", True), ("db/db-tools", True)]
)
def test_documents_on_images_of_others(tmp_path: Path, image: str, *, leaves: bool) -> None:
    texts = {
        WORKFLOW: "on: push\n",
        "compose.yaml": f"{DEV}  db:\n    image: db/db:1\n",
        "README.md": f"    docker run -p 1:1 {image}\n",
    }
    assert may_leave(recipes(tmp_path, "Dockerfile", **texts), "Dockerfile") is leaves


@pytest.mark.parametrize(("mount", "leaves"), [(".:/app", False), ("./data:/app", True)])
def test_an_image_that_people_develop_in(tmp_path: Path, mount: str, *, leaves: bool) -> None:
    texts = {
        WORKFLOW: "on: push\n",
        "Dockerfile": "FROM scratch\nWORKDIR /app\n",
        "compose.yaml": f"{DEV}    volumes: ['{mount}']\n",
        "README.md": "Pull `ghcr.io/shop/web`\n",
    }
    assert may_leave(recipes(tmp_path, **texts), "Dockerfile") is leaves


@pytest.mark.parametrize(
    ("workflow", "leaves"),
    [
        (f"{STEP}run: docker login -u a && ./cloned/publish\n", True),
        (f"{STEP}run: make check\n", False),
        # what is seen to push is another image
        (PUSHES.format("aid") + "      - uses: docker/login-action@v3\n", False),
    ],
)
def test_scripts_that_are_not_seen_may_push_what_people_develop_in(
    tmp_path: Path, workflow: str, *, leaves: bool
) -> None:
    texts = {
        WORKFLOW: workflow,
        "web/Dockerfile": "FROM scratch\nWORKDIR /app\n",
        "compose.yaml": "services:\n  web:\n    build: web\n    volumes: ['./web:/app']\n",
        "notes.sh": "ls web/Dockerfile\n",
    }
    found = recipes(tmp_path, "aid/Dockerfile", **texts)
    assert may_leave(found, "web/Dockerfile") is leaves


LOGIN = f"{STEP}uses: docker/login-action@v3\n"
JUST = """\
test:
    cd core && go test ./...

push TAG: test
    docker buildx build -f Dockerfile.cross -t {{TAG}} --push .
"""


@pytest.mark.parametrize(
    ("workflow", "left_out"),
    [
        (f"{LOGIN}      - run: just push v1\n", True),
        (f"{LOGIN}      - run: make\n", False),
        (f"{STEP}run: just test\n", False),
    ],
)
def test_what_ci_starts_pushes_for_it(tmp_path: Path, workflow: str, *, left_out: bool) -> None:
    found = recipes(
        tmp_path,
        "Dockerfile",
        "Dockerfile.cross",
        "core/main.go",
        **{WORKFLOW: workflow, "justfile": JUST},
    )
    assert [each.dockerfile for each in found.builds] == ["Dockerfile.cross"]
    assert is_left_out(found, "Dockerfile") is left_out


def test_what_ci_bakes_is_pushed(tmp_path: Path) -> None:
    workflow = f"{STEP}uses: docker/bake-action@v6\n        with:\n          push: true\n"
    bake = 'target "web" {\n  dockerfile = "web/Dockerfile"\n}\n'
    found = recipes(
        tmp_path,
        "web/Dockerfile",
        "aid/Dockerfile",
        **{WORKFLOW: workflow, "docker-bake.hcl": bake},
    )
    assert not is_left_out(found, "web/Dockerfile")
    assert is_left_out(found, "aid/Dockerfile")


@pytest.mark.parametrize(
    ("image", "file", "left_out"),
    [
        ("shop/web", "shop/compose.yaml", False),
        ("", "shop/compose.yaml", True),  # it has no name to be pushed by
        ("shop/web", "shop/docker-bake.hcl", True),
    ],
)
def test_bake_is_given_a_compose_file(
    tmp_path: Path, image: str, file: str, *, left_out: bool
) -> None:
    bakes = f"          files: {file}\n          targets: ${{{{ matrix.name }}}}\n"
    workflow = f"{PUSHES.format('aid')}      - uses: docker/bake-action@v6\n        with:\n{bakes}"
    service = "services:\n  web:\n    build: {context: .., dockerfile: images/web.Dockerfile}\n"
    service += f"    image: {image}\n" * bool(image)
    texts = {WORKFLOW: workflow, "shop/compose.yaml": service}
    found = recipes(tmp_path, "images/web.Dockerfile", "aid/Dockerfile", **texts)
    assert is_left_out(found, "images/web.Dockerfile") is left_out


MATRIX = """\
jobs:
  a:
    strategy:
      matrix:
        image: [web, api]
    steps:
      - uses: docker/build-push-action@v6
        with:
          file: images/${{ matrix.image }}/Dockerfile
          context: .
          push: true
"""
MAKE = """\
IMAGES = web api
DOCKER = docker
tools: $(TOOLS)
%-image:
\t$(DOCKER) build -f images/$*/Dockerfile ./$(CONTEXT) && $(DOCKER) push $*
push: $(IMAGES:%=%-image)
\tdocker build -f own/Dockerfile . --push
"""


@pytest.mark.parametrize(
    ("files", "left_out"),
    [
        ({WORKFLOW: MATRIX, "Makefile": "tools: $(TOOLS)\n\tdocker push x\n"}, True),
        ({WORKFLOW: MATRIX.replace("api]", "api, tools]")}, False),
        ({WORKFLOW: MATRIX, "Makefile": "a:\n\tdocker push x\n\tmake -C images/tools\n"}, False),
        ({WORKFLOW: f"{LOGIN}      - run: make push\n", "Makefile": MAKE}, True),
        (
            {
                WORKFLOW: f"{LOGIN}      - run: make push\n",
                "Makefile": MAKE.replace("web api", "web api tools"),
            },
            False,
        ),
        ({WORKFLOW: PUSHES.format("."), "Makefile": "tools:\n\tdocker push x\n"}, False),
        ({WORKFLOW: PUSHES.format(".") + "# see our tools at https://shop.example/tools\n"}, True),
    ],
)
def test_a_list_with_known_names_decides_and_no_word(
    tmp_path: Path, files: dict[str, str], *, left_out: bool
) -> None:
    images = (f"images/{name}/Dockerfile" for name in ("web", "api", "tools"))
    found = recipes(tmp_path, "Dockerfile", "own/Dockerfile", *images, **files)
    assert is_left_out(found, "images/tools/Dockerfile") is left_out


@pytest.mark.parametrize(
    ("dockerfile", "line", "left_out"),
    [
        ("web/Dockerfile.bundle", "run: cd web && ./build.sh", True),
        ("web/Dockerfile.bundle", "run: cp web/* ../all", True),
        ("web/Dockerfile.bundle", "run: docker build -f web/Dockerfile.bundle web", False),
        ("web/Dockerfile.bundle", "run: docker build -f web/Dockerfile$KIND web", False),
        ("web/Dockerfile", "run: cd web && ./build.sh", False),
        ("api/Dockerfile.one", "run: cd api && ./build.sh", False),  # no plain one is beside it
    ],
)
def test_a_folder_that_is_named_means_its_plain_dockerfile(
    tmp_path: Path, dockerfile: str, line: str, *, left_out: bool
) -> None:
    found = recipes(
        tmp_path,
        *("Dockerfile", "web/Dockerfile", "web/Dockerfile.bundle", "api/Dockerfile.one"),
        **{WORKFLOW: f"{PUSHES.format('.')}      - {line}\n"},
    )
    assert is_left_out(found, dockerfile) is left_out


def test_a_document_tells_to_build_it(tmp_path: Path) -> None:
    found = recipes(
        tmp_path,
        *("Dockerfile", "aid/Dockerfile"),
        **{WORKFLOW: PUSHES.format("."), "aid/README.md": "Run `docker build -t aid .` here.\n"},
    )
    assert not is_left_out(found, "aid/Dockerfile")


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


CHECKS = f"{STEP}run: docker compose run web pytest\n"
SERVICE = "services:\n  web:\n    build: web\n"


@pytest.mark.parametrize(
    ("files", "alone"),
    [
        ({}, True),
        ({"compose.yaml": f"{SERVICE}    image: web:dev\n"}, True),
        ({"compose.yaml": f"{SERVICE}    image: shop/web\n"}, False),
        ({"compose.yaml": f"{SERVICE}    image: $NAME\n"}, False),
        ({"compose.yaml": "services: {}\n"}, False),
        ({"compose.prod.yaml": "services:\n  web:\n    image: shop/web:1\n"}, False),
        ({"compose.prod.yaml": "services:\n  web:\n    image: python/python:3\n"}, True),
        ({"Makefile": "a:\n\tdocker build web\n"}, False),
        ({"Makefile": "a:\n\tdocker push web\n"}, False),
        ({"README.md": "docker push registry.example/web\n"}, False),
        ({"README.md": "docker build -t web web/\n"}, False),
        ({"docs/start.md": "Pull `ghcr.io/shop/web`\n"}, False),
        ({"README.md": "docker compose up --build\n"}, True),
        ({"railway.json": '{"build": {"dockerfilePath": "web/Dockerfile"}}\n'}, False),
        ({WORKFLOW: PUSHES.format("web").replace("true", "false")}, True),
        ({"README.md": "docker run -it shop/web\n"}, False),
        (
            {WORKFLOW: f"{STEP}uses: shop/docker-deploy@v1\n        with: {{folder: web}}\n"},
            False,
        ),
        ({WORKFLOW: f"{STEP}uses: shop/docker-deploy@v1\n        with: {{folder: api}}\n"}, True),
        # a script that another repository has may push all of them
        ({WORKFLOW: f"{STEP}run: docker login -u a && ./cloned/publish\n"}, False),
        ({"login.sh": "docker login -u a\n"}, True),
        ({WORKFLOW: ""}, False),  # no CI: nobody knows how it gets anywhere
        ({WORKFLOW: "", ".github/dependabot.yml": "version: 2\n"}, False),
    ],
)
def test_compose_alone_builds_it(tmp_path: Path, files: dict[str, str], *, alone: bool) -> None:
    found = recipes(tmp_path, **{WORKFLOW: CHECKS, "compose.yaml": SERVICE, **files})
    (tmp_path / "web").mkdir()
    (tmp_path / "web/Dockerfile").write_text("FROM python/python:3\n")
    assert stays_with_builders(found, "web/Dockerfile") is alone


def test_what_compose_builds_for_oneself_is_meant_by_no_word(tmp_path: Path) -> None:
    workflow = f"{PUSHES.format('.')}      - run: publish\n        env:\n          SITE: docs\n"
    files = {WORKFLOW: workflow, "compose.yaml": "services:\n  a:\n    build: docs\n"}
    assert is_left_out(
        recipes(tmp_path, "Dockerfile", "docs/Dockerfile", **files), "docs/Dockerfile"
    )


def test_a_folder_of_which_ci_pushes_another_file(tmp_path: Path) -> None:
    workflow = PUSHES.format("web") + "          file: web/Dockerfile.prod\n"
    found = recipes(tmp_path, "web/Dockerfile", "web/Dockerfile.prod", **{WORKFLOW: workflow})
    assert is_left_out(found, "web/Dockerfile")
    assert not is_left_out(found, "web/Dockerfile.prod")


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


@pytest.mark.parametrize(
    ("taker", "document", "may"),
    [
        ("FROM our/aid:1 AS aid\nFROM debian:12\nCOPY --from=aid /a /a\n", "", False),
        ("FROM debian:12\nCOPY --from=our/aid:1 /a /a\n", "", False),
        ("FROM our/aid:1 AS aid\nRUN make\n", "", True),
        ("FROM our/aid:1 AS aid\nFROM aid\nRUN make\n", "", True),
        ("ARG BASE=our/aid:1\nFROM $BASE\n", "", True),
        ("FROM our/aid:$TAG\nCOPY --from=our/aid:1 /a /a\n", "", True),
        ("FROM our/aid:2\nCOPY --from=our/aid:1 /a /a\n", "", False),
        ("FROM debian:12\nCOPY --from=our/aid:1 /a /a\n", "docker run our/aid:1\n", True),
        ("FROM debian:12\n", "", True),
        ("ARG BASE\nFROM $BASE\nCOPY --from=our/aid:1 /a /a\n", "", False),
        ("FROM debian:12\nCOPY --from=our/aid:12 /a /a\n", "", True),
    ],
)
def test_an_image_that_other_dockerfiles_only_copy_from(
    tmp_path: Path, taker: str, document: str, *, may: bool
) -> None:
    files = {"ship.sh": "docker build -t our/aid:1 --push aid\n", "README.md": document}
    found = recipes(tmp_path, "aid/Dockerfile", **{**files, "Dockerfile": taker})
    assert may_leave(found, "aid/Dockerfile") is may


def test_pipelines_of_jenkins_in_a_file_of_groovy(tmp_path: Path) -> None:
    pipeline = (
        'stage("a") { sh """ docker buildx build --no-cache --push -f web/Dockerfile . """ }\n'
    )
    found = recipes(tmp_path, "web/Dockerfile", "aid/Dockerfile", **{"jenkins.groovy": pipeline})
    assert found.is_built_by_ci("web/Dockerfile")
    assert found.cold_pushes("web/Dockerfile")
    assert is_left_out(found, "aid/Dockerfile")


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
        ("repository: shop/web", False),  # the first version of the action pushes there
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
    assert stays_with_builders(found, "Dockerfile") is tried


def test_documents_and_compose_files_are_read_once_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose = "services:\n  a:\n    build: a\n  b:\n    build: b\n"
    files = {"compose.yaml": compose, "README.md": "A shop\n", WORKFLOW: "on: push\njobs: {}\n"}
    found = recipes(tmp_path, "a/Dockerfile", "b/Dockerfile", **files)
    published, tables = Mock(), Mock(return_value={})
    published.finditer.return_value = ()
    monkeypatch.setattr(pushes, "_PUBLISHED", published)
    monkeypatch.setattr(services, "_services", tables)
    assert all(stays_with_builders(found, f"{name}/Dockerfile") for name in "ab")
    assert published.finditer.call_count == tables.call_count == 1


def test_ci_may_make_the_context_before_a_script_pushes(tmp_path: Path) -> None:
    script = "docker login -u a\ndocker buildx build --push $TAGS -f ci/x86/Dockerfile dist/\n"
    workflow = "jobs:\n  a:\n    steps:\n      - run: ./ci/x86/push.sh\n"
    files = {"ci/x86/push.sh": script, WORKFLOW: workflow}
    (tmp_path / "ci/x86").mkdir(parents=True)
    (tmp_path / "by-hand/x86").mkdir(parents=True)
    own, other = "ci/x86/Dockerfile", "by-hand/x86/Dockerfile"
    found = recipes(
        tmp_path, own, other, Makefile=f"local:\n\tdocker build -f {other} .\n", **files
    )
    assert is_left_out(found, other)  # only the folder that it stands in has a name that is called
    assert not is_left_out(found, own)


def test_a_folder_for_what_is_deployed_is_meant_by_no_word(tmp_path: Path) -> None:
    workflow = PUSHES.format("web").replace("jobs:\n", "jobs:\n  deploy:\n    steps: []\n", 1)
    other = "parts/deploy/Dockerfile_x"
    (tmp_path / "parts/deploy").mkdir(parents=True)
    found = recipes(tmp_path, "web/Dockerfile", other, **{WORKFLOW: workflow})
    assert is_left_out(found, other)


@pytest.mark.parametrize(
    ("dockerfile", "files", "may"),
    [
        ("builder/Dockerfile", {"Makefile": "debs:\n\t./builder/make-debs.sh\n"}, False),
        ("builder/Dockerfile", {"Makefile": "a:\n\t$(ENGINE) build -t shop builder\n"}, True),
        ("builder/Dockerfile", {"Makefile": "a:\n\tship builder/Dockerfile\n"}, True),
        ("builder/Dockerfile", {"Makefile": "a:\n\tship builder\nb:\n\tdocker push x\n"}, False),
        ("builder/Dockerfile", {".gitlab/a.yml": "image:\n  path: builder\n"}, True),
        ("till/builder/Dockerfile", {".gitlab/a.yml": "a:\n  workdir: till/builder\n"}, False),
        ("till/Dockerfile", {"Makefile": "a:\n\tship till\n"}, False),
    ],
)
def test_an_everyday_word_is_no_mention(
    tmp_path: Path, dockerfile: str, files: dict[str, str], *, may: bool
) -> None:
    found = recipes(tmp_path, "Dockerfile", dockerfile, **files, **{WORKFLOW: "on: push\n"})
    assert may_leave(found, dockerfile) is may


@pytest.mark.parametrize(
    ("path", "text", "may"),
    [
        ("Makefile", 'help:\n\t@echo "  build    builds the docker images of the shop"\n', False),
        ("Makefile", "help:\n\t@printf 'docker build till\\n'\n", False),
        ("Makefile", "a:\n\techo docker/Dockerfile > .image && ./build.sh\n", True),
        ("Makefile", "a:\n\techo docker/Dockerfile | xargs ./build.sh\n", True),
        ("Makefile", "a:\n\techo on; ship docker/Dockerfile\n", True),
        ("a.sh", "IMAGE=$(echo docker/Dockerfile)\n", True),
        (WORKFLOW, "key: go-${{ hashFiles('go.sum', 'docker/Dockerfile') }}\n", False),
        (WORKFLOW, "on:\n  push:\n    paths:\n      - docker/Dockerfile\n", False),
        (WORKFLOW, "on:\n  push:\n    paths: [a, docker/Dockerfile]\nx: bake --push\n", True),
        (WORKFLOW, "on: {push: {paths: [a, docker/Dockerfile]}}\n", True),
        (WORKFLOW, "on:\n  push:\n    paths: [a, docker/Dockerfile]\n", False),
        (WORKFLOW, "with:\n  what: docker/Dockerfile\n", True),
    ],
)
def test_what_is_printed_or_only_looked_at_is_no_mention(
    tmp_path: Path, path: str, text: str, *, may: bool
) -> None:
    files = {
        "compose.yml": "services:\n  a:\n    build: {context: ., dockerfile: docker/Dockerfile}\n"
    }
    files |= {".github/workflows/b.yml": "on: push\n", path: text}
    found = recipes(tmp_path, "docker/Dockerfile", **files)
    assert may_leave(found, "docker/Dockerfile") is may


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


@pytest.mark.parametrize("folder", [".", "till", "till/docker"])
@pytest.mark.parametrize(
    ("name", "plugin", "may"),
    [
        ("pom.xml", "<artifactId>docker-maven-plugin</artifactId>", True),
        ("build.gradle.kts", 'id("com.bmuschko.docker-remote-api")', True),
        ("pom.xml", "<artifactId>maven-shade-plugin</artifactId>", False),
    ],
)
def test_projects_of_java_build_images(
    tmp_path: Path, folder: str, name: str, plugin: str, *, may: bool
) -> None:
    (tmp_path / "till/docker").mkdir(parents=True)
    (tmp_path / folder / name).write_text(plugin)
    found = recipes(tmp_path, "till/docker/Dockerfile", **{WORKFLOW: "on: push\n"})
    assert may_leave(found, "till/docker/Dockerfile") is may


SHIPS = f"{PUSHES.format('.')}      - run: {{}}\n"


@pytest.mark.parametrize(
    ("command", "may"),
    [
        ("till server -dir=data", False),
        ("make start-server", False),
        ("make -C web/server", False),
        ("docker run registry.example.com/box-server:1.2", False),
        ("make -C till/server", False),
        ("cd server && ./ship", False),
        ("docker-bake all && build-image till/server", False),
        ("docker push registry.example.com/server:1.2", True),
        ("ship server/Dockerfile", True),
    ],
)
def test_a_part_of_a_program_is_no_mention_of_its_folder(
    tmp_path: Path, command: str, *, may: bool
) -> None:
    texts = {WORKFLOW: SHIPS.format(command)}
    found = recipes(tmp_path, "Dockerfile", "till/server/Dockerfile", **texts)
    assert may_leave(found, "till/server/Dockerfile") is may


def test_a_folder_that_a_program_is_built_in_is_named_for_no_image(tmp_path: Path) -> None:
    texts = {WORKFLOW: PUSHES.format(".")}
    texts[".github/workflows/b.yml"] = "jobs:\n  b:\n    steps:\n      - run: make -C till/server\n"
    found = recipes(tmp_path, "Dockerfile", "till/server/Dockerfile", **texts)
    assert not may_leave(found, "till/server/Dockerfile")


@pytest.mark.parametrize(
    ("step", "may"),
    [
        ("name: Look\n        uses: an/hadolint-action@v3\n        with:\n          dockerfile: {}", False),
        ("uses: an/hadolint-action@v3\n        with: {{dockerfile: {}}}", False),
        ("uses: an/hadolint-action@v3\n      - run: ship {}", True),
        ("run: hadolint {}", False),
        ("run: ship {}", True),
    ],
)  # fmt: skip
def test_what_looks_at_a_dockerfile_does_not_build_it(
    tmp_path: Path, step: str, *, may: bool
) -> None:
    text = SHIPS.replace("run: {}", step).format("kit/aid.Dockerfile")
    found = recipes(tmp_path, "Dockerfile", "kit/aid.Dockerfile", **{WORKFLOW: text})
    assert may_leave(found, "kit/aid.Dockerfile") is may


@pytest.mark.parametrize(
    ("path", "text", "may"),
    [
        ("ship/pipeline.yml", "jobs: [{put: aid, params: {a: b}}]\n", False),
        ("ship/pipeline.yml", "  - put: aid\n    dockerfile: source/kit/aid/Dockerfile\n", True),
        ("images.yaml", "aid:\n  file: 'kit/aid/Dockerfile'\n", True),
        ("images.yaml", "- dockerFile: ./kit/aid/Dockerfile\n", True),
        ("images.yaml", "aid:\n  file: other-kit/aid/Dockerfile\n", False),
        ("images.yaml", "aid:\n  owner: kit/aid/Dockerfile\n", False),
        ("images.yaml", "aid:\n  # file: kit/aid/Dockerfile\n", False),
        ("images.yaml", "aid:\n  file: kit/aid/Dockerfile.tmp\n", False),
        ("images.txt", "file: kit/aid/Dockerfile\n", False),
    ],
)
def test_a_setting_of_an_unknown_program_may_build_a_dockerfile(
    tmp_path: Path, path: str, text: str, *, may: bool
) -> None:
    files = {WORKFLOW: SHIPS.format("Dockerfile"), path: text}
    found = recipes(tmp_path, "Dockerfile", "kit/aid/Dockerfile", **files)
    assert may_leave(found, "kit/aid/Dockerfile") is may


@pytest.mark.parametrize(
    ("scripts", "may"),
    [
        ("", True),
        ("tsc", True),
        ("docker build -t shop/till tools && docker push shop/till", False),
    ],
)
def test_scripts_of_a_package_tell_nothing_of_images(
    tmp_path: Path, scripts: str, *, may: bool
) -> None:
    told = f'{{"scripts": {{"build": "{scripts}"}}}}'
    found = recipes(tmp_path, "web/Dockerfile", "tools/Dockerfile", **{"package.json": told})
    assert may_leave(found, "web/Dockerfile") is may


@pytest.mark.parametrize(
    ("dockerfile", "files", "may"),
    [
        ("Dockerfile", {}, True),
        ("web/Dockerfile", {}, True),
        ("Dockerfile", {WORKFLOW: "on: push\n"}, False),
        ("web/Dockerfile", {WORKFLOW: "on: push\n"}, False),
        ("web/Dockerfile", {"push.sh": "docker build -t x/y y\ndocker push x/y\n"}, False),
        ("web/Dockerfile", {"README.md": "`docker pull shop/web`\n"}, False),
    ],
)
def test_without_ci_and_pushes_nothing_tells_who_pushes(
    tmp_path: Path, dockerfile: str, files: dict[str, str], *, may: bool
) -> None:
    folder = dockerfile.rpartition("/")[0] or "."
    services = f"services:\n  a:\n    build: {folder}\n"
    found = recipes(tmp_path, dockerfile, **{"compose.yaml": services, **files})
    assert may_leave(found, dockerfile) is may


KINDS = """\
ifdef small
\tKIND=Dockerfile-small
else
\tKIND=Dockerfile
endif
image:
\tdocker build -t shop/web -f docker/$(KIND) .
"""


@pytest.mark.parametrize(
    ("dockerfile", "more", "may"),
    [
        ("docker/Dockerfile-small", "", False),
        ("docker/Dockerfile-first", "", False),  # both values are known
        ("docker/Dockerfile-first", "\tdocker build -f docker/$(OTHER) .\n", False),
        ("docker/Dockerfile-first", "\tdocker build -t $(NAME) -f docker/$(OTHER) .\n", True),
        ("spare.Dockerfile", "", False),
        ("spare.Dockerfile", "\tship spare.Dockerfile\n", True),
        ("Dockerfile", "", True),  # which every service takes
    ],
)
def test_a_file_beside_those_that_ci_pushes(
    tmp_path: Path, dockerfile: str, more: str, *, may: bool
) -> None:
    plain = ("docker/Dockerfile", "docker/Dockerfile-small", "docker/Dockerfile-first")
    found = recipes(
        tmp_path,
        *("Dockerfile", "spare.Dockerfile", *plain),
        **{WORKFLOW: BESIDE, "Makefile": KINDS + more},
    )
    assert may_leave(found, dockerfile) is may


def test_folders_with_the_same_name_are_looked_up(tmp_path: Path) -> None:
    """Compared one by one, two thousand Dockerfiles took four seconds."""
    found = recipes(
        tmp_path, *(f"a{each}/web/Dockerfile" for each in range(30)), "b/api/Dockerfile"
    )
    dockerfiles = MagicMock(wraps=found.dockerfiles)
    dockerfiles.__iter__ = Mock(side_effect=lambda: iter(found.dockerfiles))
    asked = Mock(dockerfiles=dockerfiles, keep=found.keep)
    alike = {
        path: pushes._is_called_alike(asked, path.rpartition("/")[0]) for path in found.dockerfiles
    }
    assert [path for path, is_alike in alike.items() if not is_alike] == ["b/api/Dockerfile"]
    assert dockerfiles.__iter__.call_count == 1


@pytest.mark.parametrize(
    ("dockerfile", "compose", "image", "leaves"),
    [
        ("docker/Dockerfile.prod", "compose.yaml", "shop/web", True),
        ("docker/prod.Dockerfile", "compose.yaml", "shop/web", True),
        ("docker/Dockerfile.web", "docker-compose.production.yml", "shop/web", True),
        ("docker/Dockerfile.web", "compose.yaml", "shop/web", False),
        ("docker/Dockerfile.prod", "compose.yaml", "web", False),  # which no registry takes
        ("docker/Dockerfile.products", "compose.yaml", "shop/web", False),
    ],
)
def test_what_is_for_production_beside_what_ci_pushes(
    tmp_path: Path, dockerfile: str, compose: str, image: str, *, leaves: bool
) -> None:
    found = recipes(tmp_path, "docker/db.Dockerfile", dockerfile)
    workflow = tmp_path / WORKFLOW
    workflow.parent.mkdir(parents=True)
    workflow.write_text(f"{PUSHES.format('.')}          file: docker/db.Dockerfile\n")
    (tmp_path / compose).write_text(
        f"services:\n  web:\n    image: {image}\n    build:\n      context: .\n"
        f"      dockerfile: {dockerfile}\n"
    )
    assert is_left_out(found, dockerfile) is not leaves
    assert may_leave(found, dockerfile) is leaves


OF_ROWS = """\
jobs:
  a:
    env:
      PLACE: images
    strategy:
      matrix: ${{ fromJSON(needs.list.outputs.rows) }}
    steps:
      - uses: docker/build-push-action@v6
        with:
          context: CONTEXT
          push: PUSHES
"""
OWN_IMAGE = "services:\n  a:\n    build: images/aid\n    image: aid:local\n"


@pytest.mark.parametrize(
    ("context", "pushed", "leaves"),
    [
        ("${{ format('{0}/{1}', env.PLACE, matrix.name) }}", "true", True),
        ("images/${{ matrix.name }}", "true", True),
        ("${{ format('{0}/{1}/alpine', env.PLACE, matrix.name) }}", "true", False),
        ("${{ format('{0}/{1}', env.PLACE, matrix.name) }}", "false", False),
        ("${{ matrix.context }}", "true", False),
    ],
)
def test_ci_pushes_what_compose_builds_for_oneself(
    tmp_path: Path, context: str, pushed: str, *, leaves: bool
) -> None:
    workflow = OF_ROWS.replace("CONTEXT", context).replace("PUSHES", pushed)
    texts = {"_dot_github__workflows__a_dot_yml": workflow, "compose_dot_yaml": OWN_IMAGE}
    found = recipes(tmp_path, "images/aid/Dockerfile", **texts)
    assert may_leave(found, "images/aid/Dockerfile") is leaves


def test_a_row_that_is_not_known_beside_what_ci_pushes(tmp_path: Path) -> None:
    push = PUSHES.format("images/base").partition("    steps:\n")[2]
    workflow = OF_ROWS.replace("CONTEXT", "images/${{ matrix.name }}").replace("PUSHES", "true")
    texts = {"_dot_github__workflows__a_dot_yml": workflow + push, "compose_dot_yaml": OWN_IMAGE}
    dockerfiles = [f"images/{name}/Dockerfile" for name in ("aid", "base")]
    assert not is_left_out(recipes(tmp_path, *dockerfiles, **texts), dockerfiles[0])


@pytest.mark.parametrize(
    ("options", "leaves"),
    [
        ("", False),
        ("--target web --build-arg A=1 --no-cache ", False),
        ("-t shop/web ", True),
        ("-tshop/web ", True),
        ("-q ", True),  # which says by what to name it
        ("--iidfile id ", True),
        ("$OPTIONS ", True),
    ],
)
def test_what_ci_builds_without_a_name(tmp_path: Path, options: str, *, leaves: bool) -> None:
    found = recipes(tmp_path, "dockerfiles/Dockerfile.lint", "dockerfiles/Dockerfile.web")
    workflow = tmp_path / WORKFLOW
    workflow.parent.mkdir(parents=True)
    workflow.write_text(f"{PUSHES.format('.')}          file: dockerfiles/Dockerfile.web\n")
    (workflow.parent / "lint.yml").write_text(
        "on: push\njobs:\n  lint:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: docker/login-action@v3\n"
        f"      - run: docker build {options}-f dockerfiles/Dockerfile.lint .\n"
    )
    assert may_leave(found, "dockerfiles/Dockerfile.lint") is leaves


TRIED = "docker build -t shop/aid:$SHA -f Dockerfile.aid . && docker run --rm shop/aid:$SHA"


@pytest.mark.parametrize(
    ("commands", "pushed", "leaves"),
    [
        (TRIED, "true", False),
        (TRIED, "false", True),  # who pushes is not known at all
        (TRIED.replace("shop/aid", "registry.example.com/aid"), "true", True),
        (TRIED.replace("-t", "$OPTIONS -t"), "true", True),
        (f"docker login -u a && {TRIED}", "true", True),
        (f"az acr login -n shop && {TRIED}", "true", True),
        (f"{TRIED} && ./publish.sh", "true", True),
        (f"{TRIED} && docker save shop/aid:$SHA > aid.tar", "true", True),
    ],
)
def test_a_workflow_that_only_tries_an_image_beside_one_that_ci_pushes(
    tmp_path: Path, commands: str, pushed: str, *, leaves: bool
) -> None:
    texts = {
        "_dot_github__workflows__release_dot_yml": PUSHES.format(".").replace("true", pushed),
        "_dot_github__workflows__tests_dot_yml": "on: push\njobs:\n  a:\n    steps:\n"
        f"      - run: {commands}\n        env:\n          SHA: ${{{{ github.sha }}}}\n",
        "publish_dot_sh": "#!/bin/sh\ndocker push shop/aid\n",
    }
    found = recipes(tmp_path, "Dockerfile", "Dockerfile.aid", **texts)
    assert may_leave(found, "Dockerfile.aid") is leaves


@pytest.mark.parametrize(
    ("file", "may"),
    [
        ("web/Dockerfile.arm", False),  # which is another file of the name
        ("Dockerfile.arm", True),
        ("./Dockerfile.arm", True),
        ("own/Dockerfile.arm", True),
        ("$KIND/Dockerfile.arm", True),
        ("${{ matrix.kind }}/Dockerfile.arm", True),
    ],
)
def test_a_name_behind_another_folder_is_another_file(
    tmp_path: Path, file: str, *, may: bool
) -> None:
    found = recipes(
        tmp_path,
        *("web/Dockerfile.arm", "own/Dockerfile.arm"),
        **{
            WORKFLOW: f"on: push\njobs:\n  a:\n    steps:\n      - run: ship {file}\n",
            "own/build.sh": "docker build -t shop:own -f own/Dockerfile.arm .\n",
        },
    )
    assert may_leave(found, "own/Dockerfile.arm") is may


TO_LOOK_INTO = "look:\n\tdocker build -t shop/aid:a tools/aid\n\tdocker run -ti shop/aid:a bash\n"


@pytest.mark.parametrize(
    ("makefile", "beside", "leaves"),
    [
        (TO_LOOK_INTO, "", False),
        (TO_LOOK_INTO, "tar -cf aid/$NAME.tar /aid\n", False),  # a script that works in the image
        (TO_LOOK_INTO, "docker build -t $NAME aid/$NAME\n", True),
        (f"{TO_LOOK_INTO}give:\n\tdocker push shop/aid:a\n", "", True),
        (TO_LOOK_INTO.replace("-ti", "-d"), "ship aid/$NAME, a container\n", False),
    ],
)
def test_an_image_for_a_shell_stays(
    tmp_path: Path, makefile: str, beside: str, *, leaves: bool
) -> None:
    push = 'docker build -f tools/$1/Dockerfile -t "shop/$1" --push .\n'
    texts = {"release_dot_sh": push, "tools__aid__pack_dot_sh": beside, "Makefile": makefile}
    found = recipes(tmp_path, "tools/aid/Dockerfile", "tools/till/Dockerfile", **texts)
    assert may_leave(found, "tools/aid/Dockerfile") is leaves


@pytest.mark.parametrize(
    ("options", "may"),
    [
        ("-t shop/kit", True),
        ("--output=.", False),
        ("-o out", False),
        ("--output type=local,dest=out", False),
        ("--output type=tar,dest=out.tar", False),
        ("--output type=registry", True),
        ("--output type=docker,dest=kit.tar", True),
        ("--output out --output type=image,name=shop/kit", True),
        # a variable may hold a push
        ('-t shop/kit --output "$OUTPUT"', True),
        ("-t shop/kit --output $(OUTPUT)", True),
        ('-t shop/kit --output "$OUTPUT/kit"', False),
    ],
)
def test_a_build_that_gives_out_files_makes_no_image(
    tmp_path: Path, options: str, *, may: bool
) -> None:
    told = f"all:\n\tdocker build {options} kit\n\tdocker build -t shop/web . && docker push shop/web\n"
    found = recipes(tmp_path, "Dockerfile", "kit/Dockerfile", Makefile=told)
    assert may_leave(found, "kit/Dockerfile") is may


@pytest.mark.parametrize(
    ("output", "may"),
    [
        ("", True),
        ('output = ["type=cacheonly"]', False),
        ('output = ["./out"]', False),
        ('output = [{ type = "local", dest = "out" }]', False),
        ('output = ["type=docker"]', True),
        ('output = ["out", "type=registry"]', True),
    ],
)
def test_a_target_of_bake_that_gives_out_files_makes_no_image(
    tmp_path: Path, output: str, *, may: bool
) -> None:
    action = "jobs:\n  a:\n    steps:\n      - uses: docker/bake-action@v6\n        with:\n          targets: web\n          push: true\n"
    told = f'target "web" {{ tags = ["shop/web"] }}\ntarget "kit" {{\n  context = "kit"\n  {output}\n}}\n'
    texts = {"docker-bake.hcl": told, WORKFLOW: action}
    found = recipes(tmp_path, "Dockerfile", "kit/Dockerfile", **texts)
    assert may_leave(found, "kit/Dockerfile") is may


@pytest.mark.parametrize(
    ("options", "leaves"),
    [
        ('-t "$1-parts"', False),
        ('-t "parts:$1"', False),
        ('-t "$REGISTRY/$1"', True),
        ('-t "$IMAGE"', True),
        ('-t "${IMAGE}:1"', True),
        ('-t "$1-parts" --push', True),
        ("--output=parts", False),
        ('-o type=local,dest=parts -t "$REGISTRY/$1"', False),
        ('--output type=registry,name="$REGISTRY/$1"', True),
        ("", False),
    ],
)
def test_a_build_that_a_variable_hides_is_for_a_push_as_any_other(
    tmp_path: Path, options: str, *, leaves: bool
) -> None:
    script = f'docker build {options} -f "shop/$1/parts/Dockerfile" .\n'
    texts = {WORKFLOW: PUSHES.format("."), "parts.sh": script}
    found = recipes(tmp_path, "Dockerfile", "shop/till/parts/Dockerfile", **texts)
    assert may_leave(found, "shop/till/parts/Dockerfile") is leaves


@pytest.mark.parametrize(
    ("glob", "is_named"),
    [("**/parts/**", False), ("parts/**", True), ("shop/parts/*.Dockerfile", True)],
)
def test_folders_of_a_name_wherever_they_are_mean_no_dockerfile(
    tmp_path: Path, glob: str, *, is_named: bool
) -> None:
    workflow = f"{PUSHES.format('.')}      - run: licenses -ignore {glob}\n"
    found = recipes(tmp_path, "Dockerfile", "shop/parts/Dockerfile", **{WORKFLOW: workflow})
    assert is_left_out(found, "shop/parts/Dockerfile") is not is_named


@pytest.mark.parametrize(("options", "is_pushed"), [("", False), ("-t shop/lint ", True)])
def test_a_build_without_a_name_beside_one_that_its_job_pushes(
    tmp_path: Path, options: str, *, is_pushed: bool
) -> None:
    steps = (
        f"      - run: docker build {options}-f ci/lint.Dockerfile .\n"
        "      - run: docker build -t shop/web . && docker push shop/web\n"
    )
    workflow = f"on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n{steps}"
    found = recipes(tmp_path, "Dockerfile", "ci/lint.Dockerfile", **{WORKFLOW: workflow})
    assert [each.delivery.pushes for each in found.builds] == [is_pushed, True]
    assert may_leave(found, "ci/lint.Dockerfile") is is_pushed


@pytest.mark.parametrize(
    "line", ["echo a " * 20_000 + ">b", "echo a; " * 20_000, 'echo "a" ' * 20_000 + '"']
)
def test_long_lines_of_prints_take_no_time(line: str) -> None:
    assert PROSE.sub("", f"{line}\necho kit\n").endswith("\n\n")


@pytest.mark.parametrize(
    ("program", "leaves"),
    [("$(DOCKER) image", True), ("${CONTAINER_TOOL}", True), ("docker", True), ("git", False)],
)
def test_a_build_that_a_variable_hides_in_a_makefile_that_pushes(
    tmp_path: Path, program: str, *, leaves: bool
) -> None:
    makefile = (
        "DOCKER = docker\n"
        "define build-part\nbuild-$1:\n\tdocker build -t shop/parts:$1 $1\nendef\n"
        f"define push-part\npush-$1:\n\t{program} push shop/parts:$1\nendef\n"
    )
    texts = {WORKFLOW: PUSHES.format("."), "Makefile": makefile}
    found = recipes(tmp_path, "Dockerfile", "till/Dockerfile", **texts)
    assert may_leave(found, "till/Dockerfile") is leaves


@pytest.mark.parametrize(
    ("document", "leaves"),
    [
        ("shop/parts/README.md", True),
        ("shop/README.md", False),
        ("shop/parts/docs/README.md", False),
    ],
)
def test_a_document_beside_a_dockerfile_that_says_how_its_image_is_pulled(
    tmp_path: Path, document: str, *, leaves: bool
) -> None:
    texts = {WORKFLOW: PUSHES.format("."), document: "    docker run -p 80:80 shop/parts\n"}
    found = recipes(tmp_path, "Dockerfile", "shop/parts/Dockerfile", **texts)
    assert may_leave(found, "shop/parts/Dockerfile") is leaves


@pytest.mark.parametrize(
    ("folder", "leaves"),
    [
        ("aid", False),  # `-f local.Dockerfile` is of the folder that the command works in
        ("web", True),
    ],
)
def test_a_file_that_is_called_like_one_of_another_folder(
    tmp_path: Path, folder: str, *, leaves: bool
) -> None:
    workflow = (
        "jobs:\n  a:\n    steps:\n      - uses: docker/login-action@v3\n"
        "      - run: docker build -t our/web -f local.Dockerfile . && docker push our/web\n"
        "        working-directory: web\n"
    )
    tries = "jobs:\n  a:\n    steps:\n      - run: cd {0} && docker build -f local.Dockerfile .\n"
    files = {WORKFLOW: workflow, ".github/workflows/b.yml": tries.format(folder)}
    found = recipes(tmp_path, "web/local.Dockerfile", "aid/local.Dockerfile", **files)
    assert may_leave(found, f"{folder}/local.Dockerfile") is leaves


def test_a_recipe_that_may_mean_either_of_two_files_of_one_name(tmp_path: Path) -> None:
    script = "docker build -t our/web -f web/local.Dockerfile .\ncd aid\n$BUILD -f local.Dockerfile\ndocker push our/aid\n"
    found = recipes(tmp_path, "web/local.Dockerfile", "aid/local.Dockerfile", **{"ship.sh": script})
    assert may_leave(found, "aid/local.Dockerfile")


MATRIX = (
    "env:\n  CONFIG: .github/images.yml\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
    "      - uses: docker/login-action@v3\n"
    "      - run: docker build -t our/${{ matrix.name }} . && docker push our/${{ matrix.name }}\n"
    "        working-directory: ${{ matrix.path }}\n"
)


@pytest.mark.parametrize(
    ("name", "path", "pushed"),
    [
        ("Dockerfile", "aid", True),
        ("dockerfile", "aid", True),  # builders look for it where there is no `Dockerfile`
        ("dockerfile", "docs", False),
    ],
)
def test_folders_that_a_list_of_ci_has(
    tmp_path: Path, name: str, path: str, *, pushed: bool
) -> None:
    images = "images:\n- name: web\n  path: web\n- name: aid\n  path: aid\n"
    files = {
        WORKFLOW: MATRIX,
        ".github/images.yml": images,
        ".github/workflows/b.yml": PUSHES.format("web"),
    }
    paths = ("web/Dockerfile", f"aid/{name}", f"docs/{name}")
    found = recipes(tmp_path, *paths, **files)
    assert is_left_out(found, f"{path}/{name}") is not pushed


def test_ci_that_only_tries_a_build_says_nothing_of_a_cache(tmp_path: Path) -> None:
    files = {
        WORKFLOW: TO_REGISTRY.format("ubuntu-latest", "make ship"),
        "ship.sh": SHIP,
        ".github/workflows/b.yml": "jobs:\n  a:\n    steps:\n      - run: docker build web\n",
    }
    assert may_lack_cache(recipes(tmp_path, "web/Dockerfile", **files), "web/Dockerfile")


@pytest.mark.parametrize(
    ("image", "may"),
    [
        ("shop/till:1", True),
        ("${TILL_IMAGE-shop/till:latest}", True),
        ("${TILL_IMAGE:-registry.example.com:5000/shop/till}", True),
        ("till", False),  # of this machine, too
        ("${TILL_IMAGE}", False),
        ("shop/cash-desk", False),  # of somebody else, it may be
        ("vendor/till", False),  # what another Dockerfile stands on
        ("{a: b}", False),
    ],
)
def test_a_service_that_takes_the_image_of_its_name_where_nothing_builds_it(
    tmp_path: Path, image: str, *, may: bool
) -> None:
    texts = {
        WORKFLOW: PUSHES.format("."),
        "tools/till/compose.yaml": "services:\n  till:\n    build: .\n  other:\n    build: aid\n",
        "compose.yaml": f"services:\n  till:\n    image: {image}\n  other:\n    image: shop/other\n",
        "tools/kit/Dockerfile": "FROM vendor/till:2\n",
    }
    found = recipes(tmp_path, "Dockerfile", "tools/till/Dockerfile", **texts)
    assert may_leave(found, "tools/till/Dockerfile") is may


@pytest.mark.parametrize(
    ("base", "may"),
    [
        ("shop/web-base:2", True),
        ("shop/web_base", True),
        ("shop/web-base-tools", False),
        ("other/web-base", False),
        ("shop/web:2", False),
    ],
)
def test_an_image_that_is_named_after_what_ci_pushes(
    tmp_path: Path, base: str, *, may: bool
) -> None:
    texts = {
        WORKFLOW: PUSHES.format(".") + "          tags: shop/web:latest\n",
        "Dockerfile": f"FROM {base}\n",
    }
    found = recipes(tmp_path, "Dockerfile_base", **texts)
    assert may_leave(found, "Dockerfile_base") is may
    assert is_left_out(found, "Dockerfile_base") is not may


@pytest.mark.parametrize(
    ("dockerfile", "command", "may"),
    [
        (".circleci/Dockerfile", "cd .circleci && ./tests.sh", False),
        (".circleci/Dockerfile", "docker build -f .circleci/Dockerfile $WHERE", True),
        ("circle/Dockerfile", "cd circle && ./tests.sh", False),
        ("circle/Dockerfile", "docker build circle $WHERE", True),
    ],
)
def test_the_folder_of_a_ci_service_means_no_dockerfile(
    tmp_path: Path, dockerfile: str, command: str, *, may: bool
) -> None:
    texts = {".circleci/config.yml": f"{command}\n", WORKFLOW: PUSHES.format(".")}
    assert may_leave(recipes(tmp_path, "Dockerfile", dockerfile, **texts), dockerfile) is may


@pytest.mark.parametrize(
    ("file", "leaving"),
    [
        ("Dockerfile.wheel", {"Dockerfile.wheel"}),
        ("Dockerfile.dev", {"Dockerfile", "Dockerfile.dev"}),  # the product may be another one
        ("Dockerfile", {"Dockerfile"}),
    ],
)
def test_ci_tries_a_file_beside_the_one_that_a_script_pushes(
    tmp_path: Path, file: str, leaving: set[str]
) -> None:
    texts = {
        WORKFLOW: "jobs:\n  a:\n    steps:\n      - run: docker build -t a . && docker run a\n",
        "ship.bash": f"docker buildx build -f {file} -t shop/web --push .\n",
    }
    files = {"Dockerfile", file}
    found = recipes(tmp_path, *files, **texts)
    assert {each for each in files if may_leave(found, each)} == leaving


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


@pytest.mark.parametrize(
    ("image", "may"),
    [
        ("shop-8.4/app", False),  # a name with a version is no domain
        ("shop/app", False),
        ("example.com/app", True),
        ("192.168.0.1/app", True),
        ("localhost:5000/app", True),
    ],
)
def test_what_begins_with_a_registry(tmp_path: Path, image: str, *, may: bool) -> None:
    texts = {
        WORKFLOW: "on: push\njobs:\n  a:\n    steps:\n      - run: test 8.4\n",
        "compose.yaml": f"services:\n  app:\n    image: {image}\n    build: docker/8.4\n",
    }
    found = recipes(tmp_path, "docker/8.4/Dockerfile", **texts)
    assert may_leave(found, "docker/8.4/Dockerfile") is may


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


@pytest.mark.parametrize(
    ("script", "may"),
    [
        ("podman build -t localhost/our/aid:tools aid\npodman push ghcr.io/our/web\n", False),
        ('podman build -t "localhost/$ORG/aid:tools" aid\npodman push "ghcr.io/$ORG/web"\n', False),
        ('podman build -t "localhost/$ORG/aid" aid\npodman manifest push \\\n  "localhost/$ORG/web"\n', False),
        ("podman build -t localhost/our/aid aid\npodman push localhost/our/aid docker://our/aid\n", True),
        ("podman build -t localhost/our/aid aid\npodman tag \\\n  localhost/our/aid our/aid\npodman push our/aid\n", True),
        ("podman build -t localhost/our/aid aid\npodman manifest add our/all localhost/our/aid\npodman manifest push our/all\n", True),
        ("podman build -t localhost:5000/aid aid\npodman push ghcr.io/our/web\n", True),
        ("podman build -t localhost/our/aid -t our/aid aid\npodman push our/aid\n", True),
    ],
)  # fmt: skip
def test_names_of_this_machine_are_what_nobody_pushes(
    tmp_path: Path, script: str, *, may: bool
) -> None:
    found = recipes(tmp_path, "aid/Dockerfile", **{"ship.sh": script})
    assert may_leave(found, "aid/Dockerfile") is may
