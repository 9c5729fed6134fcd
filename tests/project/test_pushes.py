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


PROD = "services:\n  web:\n    image: ghcr.io/shop/web\n    build: {context: ., dockerfile: prod.Dockerfile}\n"


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


SHIPS = f"{PUSHES.format('.')}      - run: {{}}\n"


KINDS = """\
ifdef small
\tKIND=Dockerfile-small
else
\tKIND=Dockerfile
endif
image:
\tdocker build -t shop/web -f docker/$(KIND) .
"""


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


def test_a_row_that_is_not_known_beside_what_ci_pushes(tmp_path: Path) -> None:
    push = PUSHES.format("images/base").partition("    steps:\n")[2]
    workflow = OF_ROWS.replace("CONTEXT", "images/${{ matrix.name }}").replace("PUSHES", "true")
    texts = {"_dot_github__workflows__a_dot_yml": workflow + push, "compose_dot_yaml": OWN_IMAGE}
    dockerfiles = [f"images/{name}/Dockerfile" for name in ("aid", "base")]
    assert not is_left_out(recipes(tmp_path, *dockerfiles, **texts), dockerfiles[0])


TRIED = "docker build -t shop/aid:$SHA -f Dockerfile.aid . && docker run --rm shop/aid:$SHA"


TO_LOOK_INTO = "look:\n\tdocker build -t shop/aid:a tools/aid\n\tdocker run -ti shop/aid:a bash\n"


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


@pytest.mark.parametrize(
    "line", ["echo a " * 20_000 + ">b", "echo a; " * 20_000, 'echo "a" ' * 20_000 + '"']
)
def test_long_lines_of_prints_take_no_time(line: str) -> None:
    assert PROSE.sub("", f"{line}\necho kit\n").endswith("\n\n")


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
    assert is_left_out(found, "Dockerfile_base") is not may


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
