"""Which Dockerfiles CI leaves out that pushes others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import recipes

from dlint.project.left_out import is_left_out
from dlint.project.recipes import Recipes

if TYPE_CHECKING:
    from pathlib import Path


WORKFLOW = ".github/workflows/a.yml"
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
        ("docker/Dockerfile", PUSHES.format("."), True),
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
    assert {each.dockerfile for each in found.builds} == {"Dockerfile.cross"}
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
        ({WORKFLOW: MATRIX}, True),
        ({WORKFLOW: MATRIX, "Makefile": "tools: $(TOOLS)\n\tdocker push x\n"}, False),
        ({WORKFLOW: MATRIX.replace("api]", "api, tools]")}, False),
        ({WORKFLOW: MATRIX, "Makefile": "a:\n\tdocker push x\n\tmake -C images/tools\n"}, False),
        ({WORKFLOW: f"{LOGIN}      - run: make push\n", "Makefile": MAKE}, False),
        (
            {
                WORKFLOW: f"{LOGIN}      - run: make push\n",
                "Makefile": MAKE.replace("tools: $(TOOLS)\n", ""),
            },
            True,
        ),
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
def test_a_recipe_that_pushes_has_the_name_of_a_folder(
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
        ("web/Dockerfile.bundle", "run: docker build -f web/Dockerfile$KIND web", True),
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


def test_pipelines_of_jenkins_in_a_file_of_groovy(tmp_path: Path) -> None:
    pipeline = (
        'stage("a") { sh """ docker buildx build --no-cache --push -f web/Dockerfile . """ }\n'
    )
    found = recipes(tmp_path, "web/Dockerfile", "aid/Dockerfile", **{"jenkins.groovy": pipeline})
    assert found.is_built_by_ci("web/Dockerfile")
    assert found.cold_pushes("web/Dockerfile")
    assert is_left_out(found, "aid/Dockerfile")


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


LISTED = (
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
        WORKFLOW: LISTED,
        ".github/images.yml": images,
        ".github/workflows/b.yml": PUSHES.format("web"),
    }
    paths = ("web/Dockerfile", f"aid/{name}", f"docs/{name}")
    found = recipes(tmp_path, *paths, **files)
    assert is_left_out(found, f"{path}/{name}") is not pushed


@pytest.mark.parametrize(
    ("image", "left_out"),
    [
        ("ghcr.io/shop/aid:1", False),
        ("ghcr.io/shop/aid:${AID:-1}", False),
        ("ghcr.io/shop/other:1", True),
        ("ghcr.io/others/aid:1", True),
        ("shop/aid:1", True),
    ],
)
def test_an_image_that_services_take_from_where_ci_pushes(
    tmp_path: Path, image: str, *, left_out: bool
) -> None:
    push = f"{PUSHES.format('.')}          tags: ghcr.io/shop/web:1\n"
    services = f"services:\n  helper:\n    image: {image}\n"
    files = {WORKFLOW: push, "compose.yaml": services}
    found = recipes(tmp_path, "Dockerfile", "tools/aid/Dockerfile", **files)
    assert is_left_out(found, "tools/aid/Dockerfile") is left_out
