"""Which builds a repository's own files describe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.project.recipes import Recipes

if TYPE_CHECKING:
    from pathlib import Path

# A Dockerfile in the root, one in each of two services, one that is kept apart.
DOCKERFILES = (
    "Dockerfile",
    "api/Dockerfile",
    "web/Dockerfile",
    "docker/api.Dockerfile",
    "ci/web.Dockerfile",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    for name in DOCKERFILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("FROM debian:12\n")
    return tmp_path


def built(root: Path, path: str, text: str) -> set[tuple[str, str]]:
    """Return Dockerfile and context of each build that a file describes."""
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)
    return {(each.dockerfile, each.context) for each in Recipes(root).builds}


ROOT = ("Dockerfile", ".")
OF_NO_PATH = """\
jobs:
  a:
    env: {FILE: "api\\0Dockerfile"}
    steps:
    - uses: docker/build-push-action@v6
      with: {file: "${{ env.FILE }}"}
    - uses: docker/build-push-action@v6
      with: {context: web}
"""


def test_a_byte_that_no_path_holds_builds_nothing(root: Path) -> None:
    assert built(root, ".github/workflows/a.yml", OF_NO_PATH) == {("web/Dockerfile", "web")}


API, WEB = ("api/Dockerfile", "api"), ("web/Dockerfile", "web")
APART = ("docker/api.Dockerfile", ".")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("docker build .", {ROOT}),
        ("docker build -t shop:1 --pull --build-arg A=1 --no-cache .", {ROOT}),
        ("docker build --file docker/api.Dockerfile --tag x . && echo built", {APART}),
        ("docker buildx build --platform linux/arm64 -fdocker/api.Dockerfile --push .", {APART}),
        ("podman build -f ./docker/api.Dockerfile ./api", {("docker/api.Dockerfile", "api")}),
        ("(cd api && docker build .); docker build web", {API, WEB}),
        ("cd api\ndocker build -t x .", {API}),
        (
            'sh "cd e2e && npm test"\nsh "docker build api"',
            {API},
        ),  # each line in a shell of its own
        ('sh "cd api && docker build ."', {API}),
        ("DIR = api\nimage:\n\tcd $(DIR) && docker build -t x .", {API}),
        ('DIR=api\n(cd "$(DIR)" && docker build -t x .); (cd web) && docker build api', {API}),
        ("cd api && docker build -f ../docker/api.Dockerfile ..", {APART}),
        ("for each in api web; do docker build -t $each $each; done", {API, WEB}),
        ("NAME=api\ndocker build -f ${NAME}/Dockerfile ${NAME:-web}", {API}),
        ("MAKE_IMAGE=docker build --no-cache\nall:\n\t$(MAKE_IMAGE) -t x api", {API}),
        ('start="podman build --pull"\n$start -t x web', {WEB}),
        ("ENGINE=docker\nD=$(ENGINE) build\nP=$(D) --pull=$(NEW)\nall:\n\t$(P) api", {API}),
        ("D=docker build -q\nD=docker push\nall:\n\t$(D) api", set()),  # nobody knows which
        ("docker build -f docker/${NAME:-api}.Dockerfile .", {APART}),
        ('docker build -f "$ROOT_DIR/docker/api.Dockerfile" "$ROOT_DIR"', {APART}),
        (
            'docker build --build-arg AT=$(date | tr -d x) -f docker/api.Dockerfile "$(pwd)"',
            {APART},
        ),
        ("$(DOCKER) build $(FLAGS) -f docker/api.Dockerfile .", {APART}),  # whatever the flags are
        ("docker build $(if $(call eq,$(CACHE),no),--no-cache,) -t x api", {API}),
        ("docker build -f $(or $(FOLDER),api)/Dockerfile .", set()),
        ('docker build $ARGS "${tags[@]}" --push web', {WEB}),
        ("docker build web $ARGS", {WEB}),
        ("ARGS+=(-f docker/api.Dockerfile)\ndocker build ${ARGS[@]} .", set()),
        ("docker build $ARGS $SOMEWHERE", set()),
        ("${CONTAINER_ENGINE} build -f docker/api.Dockerfile .", {APART}),
        ("$OCI_BIN build -f docker/api.Dockerfile .", {APART}),
        (
            "/kaniko/executor --context dir://$CI_PROJECT_DIR/ci --dockerfile web.Dockerfile",
            {("ci/web.Dockerfile", "ci")},
        ),
        ("/kaniko/executor --context api", {API}),
        ("docker compose build api", set()),
        ("$(DOCKER_COMPOSE_CMD) build api", set()),
        ("docker build - < Dockerfile", set()),
        ("docker build https://example.com/shop.git", set()),
        ("docker build -f docker/gone.Dockerfile .", set()),
        ("docker build -f /etc/Dockerfile .", set()),
        ("docker build 'unclosed .", set()),
        ("docker build $SOMEWHERE", set()),
    ],
)
def test_command_lines(root: Path, line: str, found: set[tuple[str, str]]) -> None:
    assert built(root, "build.sh", line + "\n") == found


def test_a_cache_may_be_among_options_that_are_not_known(root: Path) -> None:
    job = "    runs-on: ubuntu-latest\n    steps:\n      - run: docker buildx build --push {} web\n"
    built(root, ".github/workflows/a.yml", workflow(job.format("$MORE")))
    built(root, ".github/workflows/b.yml", workflow(job.format("")))
    builds = {each.path[-5:]: each.delivery for each in Recipes(root).builds}
    assert builds["a.yml"].pushes
    assert (builds["a.yml"].cold, builds["b.yml"].cold) == ("", "machine")


def test_a_script_may_be_started_in_its_own_folder_or_above(root: Path) -> None:
    text = "docker build -f api.Dockerfile ..\n"
    assert built(root, "docker/build.sh", text) == {APART}
    text = "docker build -f docker/api.Dockerfile .\n"
    assert built(root, "docker/build.sh", text) == {APART}


def test_the_pipe_of_a_template_ends_no_command(root: Path) -> None:
    line = 'docker build -t {{.TAG | default (printf "%s:1" .APP)}} -f docker/api.Dockerfile .'
    text = f"tasks:\n  image:\n    cmds:\n      - {line}\n"
    assert built(root, "docker/Taskfile.yml", text) == {APART}


def test_tasks_work_where_the_file_is_that_includes_them(root: Path) -> None:
    own = root / "app/tasks/docker/Dockerfile.server"
    own.parent.mkdir(parents=True)
    own.write_text("FROM scratch\n")
    line = "docker build -t shop -f tasks/docker/Dockerfile.server ."
    text = f"tasks:\n  image:\n    cmds:\n      - {line}\n"
    found = built(root, "app/tasks/Taskfile.yml", text)
    assert found == {("app/tasks/docker/Dockerfile.server", "app")}


def test_makefiles_variables(root: Path) -> None:
    text = "FILE ?= docker/api.Dockerfile\nimage:\n\t@docker build \\\n\t  -f $(FILE) .\n"
    assert built(root, "Makefile", text) == {APART}


COMPOSE = """services:
  api:
    build: &api
      context: ./api
  web:
    build:
      <<: *api
      context: "${WHERE:-web}"
  apart:
    build: {context: ., dockerfile: docker/api.Dockerfile, target: api}
  inline:
    build: {context: ., dockerfile_inline: FROM debian}
  root: {build: .}
  none: {image: debian}
"""


def test_compose(root: Path) -> None:
    assert built(root, "compose.yaml", COMPOSE) == {API, WEB, APART, ROOT}
    assert Recipes(root).targets == {"api"}


def test_compose_files_that_others_take_in_are_seen_from_the_root_too(root: Path) -> None:
    text = "services:\n  api:\n    build: ./api\n  web:\n    build: ../web\n"
    assert built(root, "docker/compose.yml", text) == {API, WEB}


def workflow(*jobs: str) -> str:
    return "on: push\njobs:\n" + "".join(f"  job{at}:\n{job}" for at, job in enumerate(jobs))


CHECKOUT = "    steps:\n      - uses: actions/checkout@v4\n        with: {path: shop}\n"
STEP = "    steps:\n      - uses: docker/build-push-action@v6\n        with:\n"


@pytest.mark.parametrize(
    ("job", "found"),
    [
        (STEP + "          push: true\n", {ROOT}),
        (STEP + "          context: api\n", {API}),
        (STEP + "          file: docker/api.Dockerfile\n", {APART}),
        (STEP + '          context: "{{defaultContext}}:api"\n', {API}),
        (
            STEP + "          context: ${{ github.workspace }}\n          file: docker/api.Dockerfile\n",
            {APART},
        ),
        (STEP + "          context: ${{ secrets.WHERE }}\n", set()),
        (
            CHECKOUT + "      - run: docker build -f docker/api.Dockerfile .\n        working-directory: shop\n",
            {APART},
        ),
        (CHECKOUT + "      - run: cd shop/web && docker build .\n", {WEB}),
        (CHECKOUT + "      - run: docker build -f shop/docker/api.Dockerfile shop\n", {APART}),
        (CHECKOUT + STEP.partition("\n")[2] + "          context: shop/api\n", {API}),
        (
            CHECKOUT + STEP.partition("\n")[2] + "          context: ./shop\n          file: shop/docker/api.Dockerfile\n",
            {APART},
        ),
        (CHECKOUT.replace("shop}", "shop, repository: our/tools}") + "      - run: docker build shop\n", set()),
        (
            STEP + "          context: ${{ inputs.web && 'web' || inputs.other && '' || 'api' }}\n",
            {API, WEB, ROOT},
        ),
        (STEP + "          context: ${{ inputs.where || 'api' }}\n", {API}),
        (
            "    strategy:\n      matrix:\n        name: [api, web]\n"
            + STEP
            + "          context: ${{ matrix.name }}\n",
            {API, WEB},
        ),
        (
            "    strategy:\n      matrix:\n        name: [api, web]\n"
            + STEP.replace("        with", "        if: matrix.name == 'Web'\n        with")
            + "          context: ${{ matrix.name }}\n",
            {WEB},
        ),
        (
            "    strategy:\n      matrix:\n        name: [api, web]\n"
            + STEP.replace(
                "        with",
                "        if: (matrix.name == 'web' && github.event_name == 'x') && inputs.a == 'true'"
                " || (matrix.name == 'web' && github.event_name == 'push')\n        with",
            )
            + "          context: ${{ matrix.name }}\n",
            {WEB},
        ),
        (
            "    strategy:\n      matrix:\n        name: [api, web]\n"
            + STEP.replace(
                "        with", "        if: matrix.name == 'web' || github.ref == 'x'\n        with"
            )
            + "          context: ${{ matrix.name }}\n",
            {API, WEB},
        ),
        (
            "    strategy:\n      matrix:\n        name: [api, web]\n"
            + STEP.replace("        with", "        if: always() && matrix.name != 'web'\n        with")
            + "          context: ${{ matrix.name }}\n",
            {API},
        ),
        (
            "    strategy:\n      matrix:\n        include:\n"
            "          - {file: docker/api.Dockerfile, context: .}\n"
            "          - {file: ci/web.Dockerfile, context: web}\n"
            + STEP
            + "          file: ${{ matrix.file }}\n          context: ${{ matrix.context }}\n",
            {APART, ("ci/web.Dockerfile", "web")},
        ),
        (
            "    strategy:\n      matrix:\n        image: [{at: api}, {at: web}]\n        os: [a, b]\n"
            "        include:\n          - {os: a, more: x}\n"
            + STEP
            + "          context: ./${{ matrix.image.at }}\n",
            {API, WEB},
        ),
        (
            "    strategy:\n      matrix:\n        image: [[one, api], [two, web]]\n"
            + STEP
            + "          context: ${{ matrix.image[1] }}\n",
            {API, WEB},
        ),
        (
            "    env: {WHERE: api}\n" + STEP + "          context: ${{ env.WHERE }}\n",
            {API},
        ),
        (
            ("    defaults:\n      run:\n        working-directory: api\n"
            "    steps:\n      - run: docker build -t x .\n"
            "      - run: docker build -t y .\n        working-directory: web\n"),
            {API, WEB},
        ),
        (
            STEP + "          context: ${{ inputs.web && 'web' || 'api' }}\n",
            {API, WEB},
        ),
        (
            STEP + "          file: docker/${{ (matrix.kind == 'web') && 'web' || 'api' }}.Dockerfile\n",
            {APART},
        ),
        (
            "    strategy:\n      matrix:\n        name: [api, other]\n"
            + STEP
            + "          context: ${{ (matrix.name == 'Other') && 'web' || matrix.name }}\n"
            + "          file: ${{ matrix.name != 'other' && '' || 'ci/' }}web.Dockerfile\n",
            {("ci/web.Dockerfile", "web"), ("ci/web.Dockerfile", "api")},
        ),
        (
            "    strategy:\n      matrix:\n        name: [a, b]\n"
            + STEP
            + "          context: ${{ matrix.name == 'a' && 'web' || 'api' }}\n"
            + "          file: ${{ matrix.name == 'a' && 'ci/web.Dockerfile' || '' }}\n",
            {("ci/web.Dockerfile", "web"), API},
        ),
        ("    steps:\n      - run: docker build -f $FILE .\n        env: {FILE: docker/api.Dockerfile}\n", {APART}),
        (
            ("    env: {NAME: 'shop/api:${{ github.run_id }}'}\n"
            "    steps:\n      - run: docker build -t $NAME -f docker/api.Dockerfile .\n"),
            {APART},
        ),
        (
            "    env: {WHERE: '${{ vars.WHERE }}'}\n    steps:\n      - run: docker build $WHERE\n",
            set(),
        ),
        ("    steps:\n      - uses: docker/bake-action@v5\n        with: {push: true}\n", set()),
        ("    steps:\n      - uses: an/upload@v1\n        with: {file: docker/api.Dockerfile}\n", set()),
        (
            ("    steps:\n      - uses: our/build-container@v1\n"
            "        with: {build-context: ., dockerfile-path: docker/api.Dockerfile}\n"),
            {APART},
        ),
    ],
)  # fmt: skip
def test_workflows(root: Path, job: str, found: set[tuple[str, str]]) -> None:
    assert built(root, ".github/workflows/image.yml", workflow(job)) == found


OF_JENKINS = """\
node {
  def file = 'docker/api.Dockerfile'
  sh "cd docs && make check"
  run(this, "git show --date=format:%cd -- ${commit}")
  sh "docker build --no-cache -t registry.example.com/web --push ./web/"
  sh \"\"\"
    docker build -t registry.example.com/api \\
      -f ${file} .\"\"\"
}
"""


def test_a_matrix_that_its_aliases_make_endless(root: Path) -> None:
    alike = [f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]\n" for at in range(1, 12)]
    job = "    strategy:\n      matrix:\n        include:\n          - {at: api, more: *a11}\n"
    job += STEP + "          context: ${{ matrix.at }}\n"
    text = "".join(("a0: &a0 [x]\n", *alike, workflow(job)))
    assert built(root, ".github/workflows/a.yml", text) == {API}


def test_each_command_of_jenkins_starts_in_the_workspace(root: Path) -> None:
    (root / "docs").mkdir()
    assert built(root, "Jenkinsfile", OF_JENKINS) == {WEB, APART}


def test_inputs_of_the_repository_s_own_actions_and_workflows(root: Path) -> None:
    (root / ".github" / "actions" / "image").mkdir(parents=True)
    (root / ".github" / "actions" / "image" / "action.yml").write_text(
        "inputs:\n  context: {default: web}\nruns:\n    using: composite\n"
        + STEP
        + "          context: ${{ inputs.context }}\n"
    )
    (root / ".github" / "workflows").mkdir()
    (root / ".github" / "workflows" / "shared.yml").write_text(
        "on:\n  workflow_call:\n    inputs:\n      file: {type: string}\njobs:\n  image:\n"
        + STEP
        + "          file: ${{ inputs.file }}\n"
    )
    caller = workflow(
        "    strategy:\n      matrix:\n        name: [api]\n"
        "    steps:\n      - uses: ./.github/actions/image\n        with: {context: '${{ matrix.name }}'}\n",
        "    uses: ./.github/workflows/shared.yml\n    with: {file: docker/api.Dockerfile}\n",
    )
    assert built(root, ".github/workflows/image.yml", caller) == {API, APART}
    assert built(root, ".github/workflows/image.yml", workflow("    steps: []\n")) == {WEB}


@pytest.mark.parametrize(
    ("default", "target"), [("null", ""), ("~", ""), ("''", ""), ("nil", "nil"), ("slim", "slim")]
)
def test_an_input_that_is_null_by_default_is_empty(root: Path, default: str, target: str) -> None:
    (root / ".github" / "workflows").mkdir(parents=True)
    (root / ".github" / "workflows" / "shared.yml").write_text(
        f"on:\n  workflow_call:\n    inputs:\n      target: {{type: string, default: {default}}}\n"
        "jobs:\n  image:\n"
        + STEP
        + "          context: api\n          target: ${{ inputs.target }}\n"
    )
    caller = workflow("    uses: ./.github/workflows/shared.yml\n")
    (root / ".github" / "workflows" / "image.yml").write_text(caller)
    assert [each.target for each in Recipes(root).builds_of("api/Dockerfile")] == [target]


OF_INPUTS = (
    "inputs:\n  context: {description: where}\n  file: {required: true}\n  other: {}\n"
    "runs:\n    using: composite\n" + STEP + "          context: ${{ inputs.context }}\n"
    "          file: ${{ inputs.file || inputs.other }}\n"
)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("{context: api}", {API}),  # the Dockerfile of that folder
        ("{context: api, file: api/Dockerfile}", {API}),
        ("{file: docker/api.Dockerfile}", {APART}),
        ("{context: api, file: '${{ vars.FILE }}'}", set()),
    ],
)
def test_inputs_that_a_call_leaves_out_are_empty(
    root: Path, given: str, found: set[tuple[str, str]]
) -> None:
    (root / ".github/actions/image").mkdir(parents=True)
    (root / ".github/actions/image/action.yml").write_text(OF_INPUTS)
    call = f"    steps:\n      - uses: ./.github/actions/image\n        with: {given}\n"
    assert built(root, ".github/workflows/image.yml", workflow(call)) == found


def test_nobody_knows_the_inputs_of_an_action_that_nothing_calls(root: Path) -> None:
    assert built(root, ".github/actions/image/action.yml", OF_INPUTS) == set()


GITLAB = """variables: {FILE: docker/api.Dockerfile}
.build:
  script:
    - docker build -f $DOCKERFILE $WHERE
api:
  extends: .build
  variables: {DOCKERFILE: $FILE, WHERE: .}
web:
  script: [cd web, docker build .]
both:
  parallel:
    matrix:
      - NAME: [api]
  script:
    - /kaniko/executor --context "$CI_PROJECT_DIR/$NAME" --dockerfile "$CI_PROJECT_DIR/$NAME/Dockerfile"
"""


def test_gitlab(root: Path) -> None:
    assert built(root, ".gitlab-ci.yml", GITLAB) == {APART, WEB, API}


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        (
            "skaffold.yaml",
            ("build:\n  artifacts:\n    - image: a\n      context: api\n    - image: b\n      context: .\n"
            "      docker: {dockerfile: docker/api.Dockerfile}\n"),
            {API, APART},
        ),
        (
            "cloudbuild.yaml",
            "steps:\n  - name: docker\n    args: [build, -t, x, -f, docker/api.Dockerfile, .]\n",
            {APART},
        ),
        (
            "azure-pipelines.yml",
            "steps:\n  - task: Docker@2\n    inputs: {command: build, Dockerfile: api/Dockerfile, buildContext: '**'}\n",
            {API},
        ),
        (
            "bamboo-specs/release.yaml",
            ("ship:\n  tasks:\n  - script:\n      scripts:\n      - |\n"
            "        docker build \\\n          -f docker/api.Dockerfile .\n"),
            {APART},
        ),
        (
            ".circleci/config.yml",
            "jobs:\n  a:\n    steps:\n      - run: {command: docker build -f docker/api.Dockerfile .}\n",
            {APART},
        ),
        (
            ".drone.yml",
            "steps:\n  - image: plugins/docker\n    settings: {context: api, dockerfile: api/Dockerfile}\n",
            {API},
        ),
        ("Tiltfile", "docker_build('x', '.', dockerfile='docker/api.Dockerfile')\n", {APART}),
        (
            ".devcontainer/devcontainer.json",
            '{"build": {"dockerfile": "../docker/api.Dockerfile", "context": ".."}} // docker\n',
            {APART},
        ),
        (
            "docker-bake.hcl",
            ('variable "AT" { default = "api" }\nvariable "TO" {\n  default = "api"\n}\n'
            'target "base" {\n  dockerfile = "docker/api.Dockerfile"\n}\n'
            'target "one" {\n  inherits = ["base"]\n}\ntarget "two" {\n  context = "${TO}"\n}\n'),
            {APART, API},
        ),
        ("docker-bake.json", '{"target": {"x": {"context": "web"}, "y": 1}}', {WEB}),
        ("docker-bake.json", "[", set()),
        ("docker-bake.hcl", "# targets\n", set()),
        ("docker-compose.yml", "services: [docker", set()),
        ("docker-compose.yml", "- docker\n", set()),
    ],
)  # fmt: skip
def test_other_files(root: Path, path: str, text: str, found: set[tuple[str, str]]) -> None:
    assert built(root, path, text) == found


def test_what_is_built_together(root: Path) -> None:
    (root / "compose.yaml").write_text("services:\n  a: {build: api}\n  b: {build: web}\n")
    (root / "build.sh").write_text("docker build .\n")
    recipes = Recipes(root)
    assert recipes.built_with("api/Dockerfile") == {"api/Dockerfile", "web/Dockerfile"}
    assert recipes.built_with("Dockerfile") == {"Dockerfile"}
    assert recipes.built_with("ci/web.Dockerfile") == frozenset()


def test_workflows_that_call_one_another_hand_their_inputs_on(root: Path) -> None:
    folder = root / ".github" / "workflows"
    folder.mkdir(parents=True)
    inputs = "on:\n  workflow_call:\n    inputs:\n      path: {type: string}\njobs:\n  image:\n"
    (folder / "image.yml").write_text(
        inputs + STEP + "          context: .\n          file: ${{ inputs.path }}/api.Dockerfile\n"
    )
    (folder / "service.yml").write_text(
        inputs + "    uses: ./.github/workflows/image.yml\n    with: {path: '${{ inputs.path }}'}\n"
    )
    caller = workflow(
        "    uses: our/shop/.github/workflows/service.yml@main\n    with: {path: docker}\n"
    )
    assert built(root, ".github/workflows/release.yml", caller) == {APART}


TWO = "type=gha,scope=api,mode=max"
OURS = "type=registry,ref=our/api:cache,mode=max"


@pytest.mark.parametrize(
    ("path", "text", "exports"),
    [
        (
            ".github/workflows/a.yml",
            workflow(f"{STEP}          context: api\n          cache-to: {TWO}\n"),
            [TWO],
        ),
        (
            ".github/workflows/a.yml",
            workflow(
                f"{STEP}          context: api\n          cache-to: |\n            {TWO}\n"
                "            type=registry,ref=${{ env.WHERE }}:cache\n            type=inline\n"
            ),
            [TWO, "type=inline"],
        ),
        (
            ".github/workflows/a.yml",
            "env: {SCOPE: api}\n"
            + workflow(
                STEP
                + "          context: api\n          cache-to: type=gha,scope=${{ env.SCOPE }},mode=max\n"
            ),
            [TWO],
        ),
        # two steps that build one image: the one that exports tells
        (
            ".github/workflows/a.yml",
            workflow(
                STEP + "          context: api\n",
                f"{STEP}          context: api\n          cache-to: {TWO}\n",
            ),
            [TWO],
        ),
        # two that tell otherwise tell nothing
        (
            ".github/workflows/a.yml",
            workflow(
                f"{STEP}          context: api\n          cache-to: type=gha\n",
                f"{STEP}          context: api\n          cache-to: {TWO}\n",
            ),
            [],
        ),
        (
            "build.sh",
            f"docker buildx build --cache-to {OURS} --cache-to=type=inline --push api\n",
            [OURS, "type=inline"],
        ),
        ("build.sh", "docker buildx build --cache-to $TO --push api\n", []),
        (
            "docker-bake.hcl",
            f'target "api" {{\n  context = "api"\n  cache-to = ["{OURS}"]\n}}\n',
            [OURS],
        ),
        ("build.sh", f"docker buildx build --cache-to {TWO} web\n", []),
    ],
)
def test_caches_of_a_build(root: Path, path: str, text: str, exports: list[str]) -> None:
    built(root, path, text)
    found = Recipes(root).caches("api/Dockerfile", "api", "")
    assert list(map(str, found.exports)) == exports


RUN = "      - run: docker buildx build --cache-to {} api\n"
EXPOSED = "      - uses: crazy-max/ghaction-github-runtime@v3\n"
BAKED = "      - uses: docker/bake-action@v6\n"
BAKE = f'target "api" {{\n  context = "api"\n  cache-to = ["{TWO}"]\n}}\n'
WITH_CACHE = f"services:\n  api:\n    build: {{context: api, cache_to: ['{TWO}']}}\n"


@pytest.mark.parametrize(
    ("job", "recipe", "exports"),
    [
        (RUN.format(TWO), {}, []),
        (RUN.format(f"{TWO},token=$TOKEN"), {}, []),  # which is not known
        (RUN.format(OURS), {}, [OURS]),
        (EXPOSED + RUN.format(TWO), {}, [TWO]),
        ("      - run: docker compose build\n", {"compose.yml": WITH_CACHE}, []),
        (f"{EXPOSED}      - run: docker compose build\n", {"compose.yml": WITH_CACHE}, [TWO]),
        ("      - run: docker buildx bake\n", {"docker-bake.hcl": BAKE}, []),
        (BAKED, {"docker-bake.hcl": BAKE}, [TWO]),
    ],
)
def test_who_has_the_token_of_githubs_cache(
    root: Path, job: str, recipe: dict[str, str], exports: list[str]
) -> None:
    for name, text in recipe.items():
        (root / name).write_text(text)
    head = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
    built(root, ".github/workflows/a.yml", head + job)
    found = Recipes(root).caches("api/Dockerfile", "api", "")
    assert list(map(str, found.exports)) == exports


OWN_FOLDER = 'D="$(cd "$(dirname "$0")/{}" && pwd)"\n{}'


@pytest.mark.parametrize(
    ("above", "commands", "found"),
    [
        ("..", 'docker build -f "$D/Dockerfile" "$D"', {ROOT}),
        (".", 'docker build -f "$D/api.Dockerfile" "$D/.."', {APART}),
        ("..", 'cd "$D" && docker build -f docker/api.Dockerfile .', {APART}),
        ("..", 'cd "$D"\ndocker build -t x "${D}/api"', {API}),
        ("../api", "docker build $D", {API}),
        ("../..", 'docker build "$D"', set()),
    ],
)
def test_a_script_finds_its_own_folder(
    root: Path, above: str, commands: str, found: set[tuple[str, str]]
) -> None:
    (root / "docker/Dockerfile").write_text("FROM debian:12\n")
    assert built(root, "docker/build.sh", OWN_FOLDER.format(above, commands)) == found


BUILD_AND_RUN = (
    "docker build -t learn -f ci/web.Dockerfile ci/\ndocker run --rm \\\n  -v a:/a \\\n  learn\n"
)
BUILDS_TWO = (
    "docker buildx build --load -t learn -f ci/web.Dockerfile ci/\n"
    "docker export -o learn.tar $(docker run -d learn true)\ndocker build -t tool ci/\n"
)
BUILD_AND_DELETE = (
    "docker build -t learn -f ci/web.Dockerfile ci/\n\tdocker run --rm learn pack\n"
    "\tdocker image rm -f learn\n"
)
PACKED_BY_MAKE = (
    "pack:\n\t@ docker buildx build --load \\\n\t\t-t learn \\\n\t\t-f ci/web.Dockerfile ci/\n"
    "\t@ docker run --rm -v $(PWD):/out learn\n\nall:\n\tdocker build -t $(NAME) --push .\n"
)
TO_REGISTRY = (
    "jobs: {a: {steps: [{uses: docker/build-push-action@v6, with: {file: ci/web.Dockerfile,"
    " context: ci, push: true, tags: 'HOST/builder:${{ github.sha }}'}}]}}"
)


@pytest.mark.parametrize(
    ("path", "text", "stays"),
    [
        ("start.sh", BUILD_AND_RUN, True),
        ("bin/start", f"#!/bin/sh\n{BUILD_AND_RUN}", True),
        ("start.sh", f"{BUILD_AND_RUN}docker push learn\n", False),
        ("start.sh", BUILD_AND_RUN.replace(" learn", " shop/learn"), False),
        ("start.sh", BUILD_AND_RUN.partition("\n")[0], False),
        ("start.sh", BUILD_AND_RUN.replace("build ", "build \\\n "), True),
        ("start.sh", BUILD_AND_RUN.replace("build ", "build \\\n -t other "), False),
        ("start.sh", f"NAME=learn-$N\n{BUILD_AND_RUN.replace(' learn', ' $NAME')}", True),
        ("start.sh", f"NAME=shop/learn\n{BUILD_AND_RUN.replace(' learn', ' $NAME')}", False),
        ("start.sh", BUILD_AND_RUN.replace(" learn", " $NAME"), False),
        ("start.sh", f"{BUILDS_TWO}docker run tool\n", True),
        ("start.sh", BUILDS_TWO, False),
        ("start.sh", f"{BUILDS_TWO}docker run tool\ndocker save tool > tool.tar\n", False),
        ("Makefile", f"pack:\n\t{BUILD_AND_DELETE}", True),
        ("Makefile", f"pack:\n\t{BUILD_AND_DELETE.replace('rm -f learn', 'rm -f tool')}", False),
        ("Makefile", f"pack:\n\t{BUILD_AND_DELETE}\tdocker push learn\n", False),
        (
            "Makefile",
            "pack:\n\t" + BUILD_AND_DELETE.replace("\tdocker i", "clean:\n\tdocker i"),
            False,
        ),
        ("Makefile", PACKED_BY_MAKE, True),
        ("Makefile", PACKED_BY_MAKE.replace(" learn", " shop/learn"), False),
        ("Makefile", PACKED_BY_MAKE.replace("--rm ", "--rm -it "), False),
        ("Makefile", PACKED_BY_MAKE.replace("--rm ", "--rm -p 80:80 "), False),
        ("Makefile", PACKED_BY_MAKE.replace("-v $(PWD):/out ", ""), False),
        ("Makefile", PACKED_BY_MAKE.replace("\n\nall:", "\n\nrun:"), True),
        ("Makefile", PACKED_BY_MAKE.replace("$(NAME)", "learn"), False),
        ("Makefile", f"{PACKED_BY_MAKE}\tdocker tag learn shop/learn\n", False),
        ("Makefile", PACKED_BY_MAKE.replace("\t@ docker run", "\nrun:\n\t@ docker run"), False),
        (".github/workflows/a.yml", TO_REGISTRY.replace("HOST", "localhost:5000"), True),
        (".github/workflows/a.yml", TO_REGISTRY.replace("HOST", "registry.example"), False),
    ],
)
def test_images_for_the_machine_itself(root: Path, path: str, text: str, *, stays: bool) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)
    (root / path).chmod(0o755)
    assert Recipes(root).is_for_job("ci/web.Dockerfile") is stays


JOB = "jobs:\n  a:\n    steps:\n{}"
BUILDS_IT = "      - run: docker build -t learn -f ci/web.Dockerfile ci\n"
RUNS_IT = "      - run: docker run --rm -p 80:80 {} pytest\n"


@pytest.mark.parametrize(
    ("steps", "tried"),
    [
        (BUILDS_IT + RUNS_IT.format("learn"), True),
        (BUILDS_IT.replace("ci\n", "ci && docker run learn\n"), True),
        (
            BUILDS_IT
            + RUNS_IT.format("-v a:/a \\\n          learn").replace("run: ", "run: |\n          "),
            True,
        ),
        (BUILDS_IT + RUNS_IT.format("other"), False),
        (BUILDS_IT, False),
        (BUILDS_IT.replace("learn", "shop/learn") + RUNS_IT.format("shop/learn"), False),
        (BUILDS_IT + RUNS_IT.format("learn") + "      - run: docker save learn > a\n", False),
        (BUILDS_IT + RUNS_IT.format("learn") + "      - run: ./push.sh learn\n", False),
        (
            BUILDS_IT
            + RUNS_IT.format("learn")
            + f"  b:\n    steps:\n{BUILDS_IT}      - uses: acme/put@v1\n",
            False,
        ),
    ],
)
def test_images_that_a_job_only_tries(root: Path, steps: str, *, tried: bool) -> None:
    (root / ".github/workflows").mkdir(parents=True)
    (root / ".github/workflows/a.yml").write_text(JOB.format(steps))
    assert Recipes(root).is_only_tried("ci/web.Dockerfile") is tried


@pytest.mark.parametrize(
    ("step", "pushed"),
    [
        ("run: docker push shop/web:1 | tee a", False),
        ("run: docker push $NAME", True),
        ("run: docker tag learn shop/web:1", True),
        ("run: docker tag learn shop/web:1 && docker push shop/web:1", True),
        ("run: ci/push", True),
        ("uses: docker/build-push-action@v6\n        with: {push: true}", False),
    ],
)
def test_images_that_a_job_tries_beside_those_it_pushes(
    root: Path, step: str, *, pushed: bool
) -> None:
    (root / ".github/workflows").mkdir(parents=True)
    more = "      - run: docker push shop/api:1\n"
    steps = JOB.format(BUILDS_IT + RUNS_IT.format("learn") + f"      - {step}\n" + more)
    (root / ".github/workflows/a.yml").write_text(steps)
    [built] = Recipes(root).builds_of("ci/web.Dockerfile")
    assert (built.delivery.pushes, built.delivery.stays) == (pushed, not pushed)


def test_a_dockerfile_that_is_a_link_to_another(root: Path) -> None:
    (root / "Dockerfile").unlink()
    (root / "Dockerfile").symlink_to("docker/api.Dockerfile")
    assert built(root, "build.sh", "docker build .\n") == {APART}


def test_a_link_out_of_the_repository_is_no_dockerfile(root: Path) -> None:
    (root / "Dockerfile").unlink()
    (root.parent / "other").write_text("FROM debian:12\n")
    (root / "Dockerfile").symlink_to("../other")
    assert built(root, "build.sh", "docker build .\n") == set()


def test_a_folder_with_workflows_of_its_own_is_a_copy(root: Path) -> None:
    (root / ".github/workflows").mkdir(parents=True)
    (root / "ci/.github/workflows").mkdir(parents=True)
    assert Recipes(root).is_in_copy("ci/web.Dockerfile")
    assert not Recipes(root).is_in_copy("api/Dockerfile")


def test_a_script_that_builds_nothing_known_names_no_stage_of_what_ci_builds(root: Path) -> None:
    (root / "package.sh").write_text('docker build --target builder -f "$1/Dockerfile" .\n')
    assert "builder" in Recipes(root).targets_of("Dockerfile")
    (root / ".github/workflows").mkdir(parents=True)
    (root / ".github/workflows/a.yml").write_text(
        "jobs: {a: {steps: [{run: docker build --target app .}]}}"
    )
    assert Recipes(root).targets_of("Dockerfile") == {"app"}


@pytest.mark.parametrize(
    ("script", "pushes", "cold"),
    [
        ("docker buildx bake --push\n", True, ""),
        ("docker buildx bake --push --no-cache\n", True, "option"),
        ("docker buildx bake --no-cache -f docker-bake.hcl --push\n", True, "option"),
        ("docker buildx bake --no-cache -f other.hcl --push\n", False, ""),
        ('opts="--no-cache"\nopts="${opts} --push"\ndocker buildx bake ${opts}\n', True, "option"),
        ("docker buildx bake --push --no-cache\ndocker buildx bake --push\n", True, ""),
        ("docker buildx bake --push --no-cache\ndepot bake --push\n", True, ""),  # of others
        ("# docker buildx bake --push\n", False, ""),
    ],
)
def test_how_bake_is_started(root: Path, script: str, *, pushes: bool, cold: str) -> None:
    (root / "docker-bake.hcl").write_text('target "api" {\n  context = "api"\n}\n')
    (root / "release.sh").write_text(script)
    (each,) = Recipes(root).builds
    assert (each.delivery.pushes, each.delivery.cold) == (pushes, cold)


@pytest.mark.parametrize(
    ("machine", "command", "target", "cold"),
    [
        ("ubuntu-latest", "bake --push", "", "machine"),
        ("own", "bake --push", "", ""),
        ("ubuntu-latest", "bake --push --set *.cache-from=our/api:cache", "", ""),
        ("ubuntu-latest", "bake --push --set *.cache-from=type=gha", "", "machine"),  # no token
        ("ubuntu-latest", "bake --push", '  cache-from = ["type=gha"]\n', "machine"),
        ("ubuntu-latest", "bake --push", '  cache-from = ["our/api:cache"]\n', ""),
    ],
)
def test_bake_on_a_new_machine(
    root: Path, machine: str, command: str, target: str, cold: str
) -> None:
    (root / "docker-bake.hcl").write_text(f'target "api" {{\n  context = "api"\n{target}}}\n')
    (root / ".github/workflows").mkdir(parents=True)
    (root / ".github/workflows/a.yml").write_text(
        f"jobs:\n  a:\n    runs-on: {machine}\n    steps:\n      - run: docker buildx {command}\n"
    )
    (each,) = Recipes(root).builds
    assert (each.delivery.pushes, each.delivery.cold) == (True, cold)


@pytest.mark.parametrize(
    ("image", "more", "pushes", "cold"),
    [
        ("plugins/docker", "", True, "machine"),
        ("woodpeckerci/plugin-docker-buildx:5", "", True, "machine"),
        ("plugins/docker", "      cache_from: [our/api:latest]\n", True, ""),
        ("plugins/docker", "    volumes: [{name: docker, path: /var/run}]\n", True, ""),
        ("plugins/docker", "      dry_run: true\n", False, ""),
        ("our/tool", "", False, ""),
    ],
)
def test_plugins_that_build_and_push(
    root: Path, image: str, more: str, *, pushes: bool, cold: str
) -> None:
    (root / ".drone.yml").write_text(
        f"steps:\n  - image: {image}\n    settings:\n      repo: our/api\n"
        f"      dockerfile: api/Dockerfile\n      context: api\n{more}"
    )
    (each,) = Recipes(root).builds
    assert (each.dockerfile, each.delivery.pushes) == ("api/Dockerfile", pushes)
    assert each.delivery.cold == cold or not pushes


def test_an_option_at_the_end_of_a_script_of_a_package(root: Path) -> None:
    told = '{"scripts": {\n"ship": "docker buildx build . --push",\n"a": "b"}}\n'
    (root / "package.json").write_text(told)
    assert [each.delivery.pushes for each in Recipes(root).builds] == [True]


ACTION = """\
jobs:
  a:
    env: {{{env}}}
    steps:
      - uses: actions/checkout@v4
      - uses: redhat-actions/buildah-build@v2
        with: {{containerfiles: Dockerfile, {told}}}
"""


@pytest.mark.parametrize(
    ("path", "text", "single"),
    [
        ("a.sh", "buildah bud -t shop .", True),
        ("Makefile", "a:\n\t$(BUILDAH) build -t shop .\n", True),
        ("a.sh", "buildah bud --layers -t shop .", False),
        ("a.sh", "export BUILDAH_LAYERS=true\nbuildah bud -t shop .", False),
        ("a.sh", "podman build -t shop .", False),
        ("a.sh", "podman build --squash -t shop .", True),
        ("a.sh", "docker build --squash -t shop .", False),  # BuildKit ignores it
        ("a.sh", "docker buildx build --squash -t shop .", False),
        ("a.sh", "/kaniko/executor --single-snapshot --context .", True),
        ("a.sh", "/kaniko/executor --context .", False),
        ("a.sh", "buildah bud -t shop .\ndocker build -t shop .", False),
        (".github/workflows/a.yml", ACTION.format(env="", told="image: shop"), True),
        (".github/workflows/a.yml", ACTION.format(env="", told="layers: 'true'"), False),
        (".github/workflows/a.yml", ACTION.format(env="", told="layers: true"), False),
        (".github/workflows/a.yml", ACTION.format(env="", told="extra-args: --layers"), False),
        (
            ".github/workflows/a.yml",
            ACTION.format(env="BUILDAH_LAYERS: 'true'", told="image: shop"),
            False,
        ),
    ],
)
def test_builds_of_one_layer(root: Path, path: str, text: str, *, single: bool) -> None:
    assert built(root, path, text) == {ROOT}
    assert Recipes(root).makes_one_layer("Dockerfile") is single


def test_what_stays_here_may_be_of_several_layers(root: Path) -> None:
    (root / "a.sh").write_text("buildah bud -t shop .")
    (root / "compose.yaml").write_text("services:\n  shop:\n    build: .\n")
    assert Recipes(root).makes_one_layer("Dockerfile")
    (root / "b.sh").write_text("docker build -t shop .")
    assert not Recipes(root).makes_one_layer("Dockerfile")
    assert not Recipes(root).makes_one_layer("api/Dockerfile")
    built(root, ".github/workflows/a.yml", ACTION.format(env="", told="image: shop"))
    assert Recipes(root).makes_one_layer("Dockerfile")  # whatever people build at home


BY_MAKE = """\
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: docker/login-action@v3
      - run: |
          CALL
"""
MAKEFILE = """\
IMAGE ?= shop/web
.PHONY: image push
image: ## builds
\t@docker build -t $(IMAGE) \\
\t  -f ci/web.Dockerfile ci
push: image
\tdocker push $(IMAGE)
try: image
\tdocker run --rm $(IMAGE) test
entered:
\tcd ci && docker build -t shop/web . && docker push shop/web
"""


@pytest.mark.parametrize(
    ("call", "names"),
    [
        ("make push", ("shop/web",)),
        ("make IMAGE=shop/till push", ("shop/till",)),
        ("make image push", ("shop/web",)),
        ("make image", None),  # which nobody pushes
        ("make try", None),
        ("make entered", None),  # the folder is that line's alone
        ("make -C ci push", None),
        ("make $TARGET", None),
        ("make all", None),
        ("cmake push", None),
    ],
)
def test_a_workflow_makes_what_pushes(root: Path, call: str, names: tuple[str, ...] | None) -> None:
    (root / "Makefile").write_text(MAKEFILE)
    (root / ".github/workflows").mkdir(parents=True)
    (root / ".github/workflows/a.yml").write_text(BY_MAKE.replace("CALL", call))
    own = [each for each in Recipes(root).builds if each.path.startswith(".github")]
    assert [each.names for each in own] == ([] if names is None else [names])
    for each in own:
        told = each.delivery
        assert (told.pushes, told.per_commit, told.cold) == (True, True, "machine")
        assert each.dockerfile == "ci/web.Dockerfile"


def test_a_step_makes_in_its_folder(root: Path) -> None:
    (root / "ci/Makefile").write_text("push:\n\tdocker build --push -t shop/web .\n")
    (root / "ci/Dockerfile").write_text("FROM scratch\n")
    (root / ".github/workflows").mkdir(parents=True)
    step = BY_MAKE.replace("CALL", "make push\n        working-directory: ci")
    (root / ".github/workflows/a.yml").write_text(step)
    own = {each.dockerfile for each in Recipes(root).builds if each.path.startswith(".github")}
    assert own == {"ci/Dockerfile"}


@pytest.mark.parametrize(
    ("action", "told", "target", "pushes"),
    [
        ("our/action-build-and-push-images", "build_target: run", "run", True),
        ("our/build-push-image", "target: run", "run", True),
        ("our/build-and-push", "push: 'false', build-target: run", "run", False),
        ("our/docker-build", "build_target: run", "run", False),
        ("our/build-push-action", "target: run", "run", False),  # which is told to, as Docker's
    ],
)
def test_actions_that_are_called_after_a_push(
    root: Path, action: str, told: str, target: str, *, pushes: bool
) -> None:
    path = root / ".github/workflows/a.yml"
    path.parent.mkdir(parents=True)
    path.write_text(
        f"jobs:\n  a:\n    steps:\n      - uses: {action}@v1\n"
        f"        with: {{dockerfile_path: api/Dockerfile, {told}}}\n"
    )
    (each,) = Recipes(root).builds
    assert (each.dockerfile, each.target, each.delivery.pushes) == (
        "api/Dockerfile",
        target,
        pushes,
    )


IN_JOB = (
    "on: push\nenv: {{RELEASE: '12'}}\njobs:\n  a:\n    strategy: {{matrix: {{release: [{rows}]}}}}\n"
    "    steps:\n      - uses: docker/build-push-action@v6\n"
    '        with: {{push: true, build-args: "RELEASE={value}"}}\n'
)


@pytest.mark.parametrize(
    ("value", "rows", "args"),
    [
        ("13", "a", (("RELEASE", "13"),)),
        ("${{ env.RELEASE }}", "a", (("RELEASE", "12"),)),
        ("${{ matrix.release }}", "13", (("RELEASE", "13"),)),
        ("${{ matrix.release }}", "12, 13", ()),
        ("${{ env.OTHER }}", "a", ()),
        ("${{ inputs.release || '13' }}", "a", ()),
        ("${{ github.ref_name }}", "a", ()),
    ],
)
def test_what_an_action_passes_in_each_row(
    root: Path, value: str, rows: str, args: tuple[tuple[str, str], ...]
) -> None:
    path = root / ".github/workflows/a.yml"
    path.parent.mkdir(parents=True)
    path.write_text(IN_JOB.format(value=value, rows=rows))
    (root / "Dockerfile").write_text("FROM debian:12\n")
    (found,) = [each for each in Recipes(root).builds if each.path.startswith(".github")]
    assert found.args == args
