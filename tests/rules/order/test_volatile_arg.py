"""Which arguments order/volatile-arg takes for volatile, and which steps they make run for
nothing.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from checked import checked, commit

from dlint.lint.engine import Task

if TYPE_CHECKING:
    from pathlib import Path

check = partial(checked, rule="order/volatile-arg")

APT = "RUN apt-get update && apt-get install -y tini"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "GIT_SHA",
            "GIT_COMMIT",
            "COMMIT_SHA",
            "commit",
            "VCS_REF",
            "REVISION",
            "BUILD_DATE",
            "BUILD_TIMESTAMP",
        ),
        *(
            "buildDate",
            "CI_COMMIT_SHA",
            "GITHUB_RUN_NUMBER",
            "NEXT_PUBLIC_GIT_SHA",
            "SHOP_BUILD_NUMBER",
            "GITCOMMIT",
        ),
    ],
)
def test_names_of_what_changes_with_every_build(tmp_path: Path, name: str) -> None:
    found = check(tmp_path, text=f"FROM debian:12\nARG {name}\n{APT}\nLABEL a=${name}\n")
    assert found.lines == [2]
    assert found.found[0].severity == "warning"


@pytest.mark.parametrize(
    ("arguments", "moved"),
    [
        (("REVISION",), "it"),
        (("REVISION", "BUILD_DATE"), "them"),
        (("RELEASE_TAG", "BUILD_DATE"), "RELEASE_TAG and BUILD_DATE"),
    ],
)
def test_all_that_is_to_be_moved_is_told(
    tmp_path: Path, arguments: tuple[str, ...], moved: str
) -> None:
    declared = "".join(f"ARG {each}\n" for each in arguments)
    labels = "".join(f"LABEL a=${each}\n" for each in arguments)
    (said,) = check(tmp_path, text=f"FROM debian:12\n{declared}{APT}\n{labels}").texts
    assert said.endswith(f"declare {moved} after line {len(arguments) + 2}")


@pytest.mark.parametrize(
    "argument",
    [
        *(
            "NODE_VERSION=22.4",
            "TARGETARCH",
            "DEBIAN_FRONTEND=noninteractive",
            "MAVEN_VERSION",
            "HTTP_PROXY",
            "UID=1000",
        ),
        *(
            "GIT_COMMIT=0a1b2c3d4e",
            "REVISION=1.2.3",
            "VERSION=1.2.3",
            "SHA",
            "JENKINS_SHA",
            "TOOL_SHA256",
            "GIT_VERSION",
        ),
        *("SOURCE_DATE_EPOCH", "BUILD_TYPE=release", "BASE_COMMIT_URL=x"),
    ],
)
def test_names_and_defaults_of_what_does_not(tmp_path: Path, argument: str) -> None:
    name = argument.partition("=")[0]
    assert (
        check(tmp_path, text=f"FROM debian:12\nARG {argument}\n{APT}\nLABEL a=${name}\n").messages
        == []
    )


@pytest.mark.parametrize(
    "below",
    [
        "COPY src /src\nLABEL a=$GIT_SHA",  # neither looks at the environment
        "RUN make SHA=$GIT_SHA\nRUN make install",  # what follows the first user runs again anyway
        "COPY app-$GIT_SHA.jar /app.jar\nRUN make",
        "RUN printenv GIT_SHA > /sha",
        "RUN git clone https://example.com/a.git /a && git -C /a checkout $GIT_SHA\nRUN make",  # a pin
        "ADD https://example.com/$GIT_SHA.tgz /\nRUN make",
        "COPY . /src\nRUN make\nLABEL a=$GIT_SHA",  # runs at each commit anyway
        "RUN --mount=type=bind,target=/src make -C /src\nLABEL a=$GIT_SHA",
        "RUN ./build.sh\nRUN useradd app",  # nothing else uses it: it is for that
        "RUN cargo build",
        "ENV GIT_SHA=none\nRUN apt-get update",  # hidden by a constant
    ],
)
def test_steps_that_lose_nothing(tmp_path: Path, below: str) -> None:
    assert check(tmp_path, text=f"FROM debian:12\nARG GIT_SHA\n{below}\n").messages == []


@pytest.mark.parametrize(
    ("step", "lines"),
    [
        ("cargo chef cook --release --recipe-path recipe.json && sccache -s", [2]),
        ("echo 'int a;' > a.c && gcc -shared -o /usr/lib/a.so a.c", [2]),
        ("npm install -g corepack && corepack enable", [2]),
        ("npm install -g corepack && corepack pnpm build", []),
        ("shipit", []),  # whatever that reads, the argument may be for it
    ],
)
def test_compilers_do_not_look_for_a_commit(tmp_path: Path, step: str, lines: list[int]) -> None:
    text = f"FROM rust:1.80\nARG GIT_SHA\nRUN {step}\nCOPY src src\nRUN cargo build\n"
    assert check(tmp_path, text=text).lines == lines


def test_what_stands_on_the_stage_loses_too(tmp_path: Path) -> None:
    text = f"FROM debian:12 AS base\nARG GIT_SHA\nLABEL a=$GIT_SHA\nFROM base\n{APT}\n"
    assert check(tmp_path, text=text).lines == [2]


def test_a_step_that_only_writes_the_value_down_could_stand_last(tmp_path: Path) -> None:
    assert check(
        tmp_path, text=f"FROM debian:12\nARG GIT_SHA\nRUN echo $GIT_SHA > /sha\n{APT}\n"
    ).lines == [2]


def test_an_argument_before_from_costs_nothing(tmp_path: Path) -> None:
    assert check(tmp_path, text=f"ARG GIT_SHA\nFROM debian:12\n{APT}\n").lines == []


def test_a_global_default_counts_where_the_stage_gives_none(tmp_path: Path) -> None:
    text = f"ARG VERSION=v1.2.3\nFROM debian:12\nARG VERSION\n{APT}\nLABEL a=$VERSION\n"
    assert check(tmp_path, text=text).lines == []


def test_what_the_repository_passes_is_proof(tmp_path: Path) -> None:
    text = f"FROM debian:12\nARG STAMP\n{APT}\nLABEL a=$STAMP\n"
    makefile = "Makefile: image:\\n\\tdocker build --build-arg STAMP=$(git rev-parse HEAD) .\n"
    assert check(tmp_path, text=text, context=makefile).lines == [2]


@pytest.mark.parametrize(
    ("recipe", "wanted"),
    [
        ('docker-bake.hcl: args = {\\n  app_version = "v1"\\n}\n', []),
        ('docker-bake.hcl: args = {\\n  app_version = "v${V}"\\n}\n', ["info"]),
        ("docker-bake.hcl: args = {\\n  app_version = VERSION\\n}\n", ["info"]),
        ('docker-bake.hcl: args = {\\n  app_version = "latest"\\n}\n', ["info"]),
        ("Makefile: a:\\n\\tdocker build --build-arg app_version=1.2 .\n", ["info"]),
        (
            'docker-bake.hcl: app_version = "v1"\n.github/workflows/a.yml: a:\\n  {}\n'.format(
                "build-args: app_version=${{ github.sha }}"
            ),
            ["warning"],
        ),
    ],
)
def test_a_constant_of_a_bake_file_is_another_image(
    tmp_path: Path, recipe: str, wanted: list[str]
) -> None:
    text = f"FROM debian:12\nARG app_version\n{APT}\nLABEL a=$app_version\n"
    commit(tmp_path)
    found = check(tmp_path, text=text, context=recipe).found
    assert [each.severity for each in found] == wanted


def test_the_workflow_that_runs_most_often_decides(tmp_path: Path) -> None:
    step = "with:\\n          build-args: "
    recipes = (
        f'.github/workflows/release.yml: {step}"VERSION_TAG=release-${{{{ github.ref_name }}}}"\n'
        f'.github/workflows/push.yml: {step}"VERSION_TAG=${{{{ steps.b.outputs.branch }}}}-'
        '${{ steps.c.outputs.short_sha }}"\n'
    )
    text = f"FROM debian:12\nARG VERSION_TAG\n{APT}\nLABEL a=$VERSION_TAG\n"
    commit(tmp_path)
    [found] = check(tmp_path, text=text, context=recipes).found
    assert found.severity == "warning"


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("github.sha", ["warning"]),
        ("github.event.after", ["warning"]),
        ("github.event.release.name", ["info"]),
        ("github.event.inputs.version", ["info"]),
    ],
)
def test_a_release_is_not_every_build(tmp_path: Path, value: str, wanted: list[str]) -> None:
    recipe = f".github/workflows/a.yml: build-args: VERSION=${{{{ {value} }}}}\n"
    text = f"FROM debian:12\nARG VERSION\n{APT}\nLABEL a=$VERSION\n"
    commit(tmp_path)
    found = check(tmp_path, text=text, context=recipe).found
    assert [each.severity for each in found] == wanted


JOB = ".github/workflows/a.yml: on: push\\njobs:\\n  a:\\n    steps:\\n"
MADE = "    - id: v\\n      run: |\\n"
PASSES = "    - with:\\n        build-args: |\\n          SHOP_RELEASE=${{ %s }}\n"
NAMES = "    - id: v\\n      uses: docker/metadata-action@v5\\n"
TAGS = NAMES + "      with:\\n        tags: type=%s\\n"
SEVERAL = NAMES + "      with:\\n        tags: |\\n          %s\\n          type=%s\\n"
FIRST = "fromJSON(steps.v.outputs.json).tags[0]"
LABEL = "fromJSON(steps.v.outputs.json).labels['org.opencontainers.image.%s']"


@pytest.mark.parametrize(
    ("step", "value", "wanted"),
    [
        (
            MADE + '        SHORT="${GITHUB_SHA::7}"\\n        NOW="1.2-${SHORT}"\\n'
            '        echo "name=${NOW}" >> "$GITHUB_OUTPUT"\\n',
            "steps.v.outputs.name",
            ["warning"],
        ),
        (
            MADE + '        echo "name=${GITHUB_REF#refs/tags/}" >> "$GITHUB_OUTPUT"\\n',
            "steps.v.outputs.name",
            ["info"],
        ),
        (
            MADE + '        echo "name=$(cat .release)" >> "$GITHUB_OUTPUT"\\n',
            "steps.v.outputs.name",
            [],
        ),
        (
            MADE + '        echo "other=${GITHUB_SHA}" >> "$GITHUB_OUTPUT"\\n',
            "steps.v.outputs.name",
            [],
        ),
        (TAGS % "semver,pattern={{version}}", "join(steps.v.outputs.tags)", ["info"]),
        (TAGS % "sha", "steps.v.outputs.version", ["warning"]),
        (TAGS % "raw,value=edge", "steps.v.outputs.version", []),
        (SEVERAL % ("type=ref,event=branch", "sha"), "steps.v.outputs.version", []),
        (SEVERAL % ("type=ref,event=branch", "sha"), FIRST, []),
        (SEVERAL % ("type=ref,event=branch", "sha"), "steps.v.outputs.tags", ["warning"]),
        (SEVERAL % ("type=ref,event=pr", "sha"), "steps.v.outputs.version", ["warning"]),
        (SEVERAL % ("type=edge", "sha,priority=900"), "steps.v.outputs.version", ["warning"]),
        (SEVERAL % ("nightly", "sha"), "steps.v.outputs.version", []),
        (SEVERAL % ("# nightly", "sha"), "steps.v.outputs.version", ["warning"]),
        (NAMES, LABEL % "revision", ["warning"]),
        (NAMES, LABEL % "version", ["info"]),
        (NAMES, LABEL % "title", []),
        ("", "matrix.release", []),
        ("", "github.ref", ["info"]),
    ],
)
def test_an_output_changes_with_what_its_step_makes_it_of(
    tmp_path: Path, step: str, value: str, wanted: list[str]
) -> None:
    text = f"FROM debian:12\nARG SHOP_RELEASE\n{APT}\nLABEL a=$SHOP_RELEASE\n"
    commit(tmp_path)
    found = check(tmp_path, text=text, context=JOB + step + PASSES % value).found
    assert [each.severity for each in found] == wanted


def test_an_output_that_a_job_hands_on(tmp_path: Path) -> None:
    job = JOB.replace(
        "a:\\n    steps", "b:\\n    outputs:\\n      n: ${{ steps.v.outputs.o }}\\n    steps"
    )
    made = MADE + '        echo "o=$(git describe --always)" >> $GITHUB_OUTPUT\\n'
    text = f"FROM debian:12\nARG SHOP_RELEASE\n{APT}\nLABEL a=$SHOP_RELEASE\n"
    commit(tmp_path)
    recipe = job + made + "  c:\\n    steps:\\n" + PASSES % "needs.b.outputs.n"
    assert check(tmp_path, text=text, context=recipe).found[0].severity == "warning"


@pytest.mark.parametrize(
    ("recipe", "moved"),
    [
        ("VERSION = VERSION\\n }\\n}\n", "VERSION and GIT_SHA"),
        ('VERSION = "${VERSION}"\\n }\\n}\n', "VERSION and GIT_SHA"),
        ('VERSION = "1.0"\\n }\\n}\n', "it"),
        (" }\\n}\n", "it"),
    ],
)
def test_a_version_that_is_passed_moves_along(tmp_path: Path, recipe: str, moved: str) -> None:
    text = f"FROM debian:12\nARG VERSION=1.0\nARG GIT_SHA\n{APT}\nLABEL a=$VERSION b=$GIT_SHA\n"
    bake = 'docker-bake.hcl: variable "VERSION" {\\n default = "dev"\\n}\\ntarget "shop" {\\n args = {\\n  GIT_SHA = GIT_SHA\\n  '
    commit(tmp_path)
    [told] = check(tmp_path, text=text, context=bake + recipe.replace('\\"', '"')).texts
    assert told.endswith(f"help: declare {moved} after line 4")


PAIR = "\\tdocker build --build-arg PART={} .\\n\\tdocker build --build-arg PART={} .\n"


@pytest.mark.parametrize(
    ("recipe", "argument", "others", "wanted"),
    [
        (PAIR.format("shop", "till"), "PART", "", [2]),
        (PAIR.format("shop", "till"), "PART=shop", "", []),
        (PAIR.format("shop-amd64", "shop-arm64"), "PART", "", []),
        (PAIR.format("shop", "shop"), "PART", "", []),
        (PAIR.format("$(A)", "$(B)"), "PART", "", []),
        (PAIR.format("yes", "no"), "PART", "other.Dockerfile: FROM a\\nARG PART\n", []),
        (PAIR.format("yes", "no"), "PART", "other.Dockerfile: FROM a\\nARG PARTS\n", [2]),
    ],
)
def test_what_several_images_of_one_file_differ_in(
    tmp_path: Path, recipe: str, argument: str, others: str, wanted: list[int]
) -> None:
    text = f"FROM debian:12\nARG {argument}\n{APT}\nRUN make $PART\n"
    commit(tmp_path)
    found = check(tmp_path, text=text, context=f"Makefile: all:\\n{recipe}{others}")
    assert found.lines == wanted
    if wanted:
        assert "each value of `ARG PART` reruns every" in found.messages[0]
        assert found.found[0].severity == "info"


IN_ROWS = (
    ".github/workflows/a.yml: jobs:\\n  a:\\n    runs-on: ubuntu-latest\\n    strategy:\\n      matrix:\\n"
    "        include:\\n          - {name: a, build_args: PART=shop}\\n          - {name: b, build_args: PART=till}\\n"
    "    steps:\\n      - uses: docker/setup-buildx-action@v3\\n      - uses: docker/build-push-action@v6\\n"
    "        with:\\n          context: .\\n          push: true\\n          build-args: ${{ matrix.build_args }}\\n"
)


@pytest.mark.parametrize(
    ("cache", "wanted"),
    [
        ("          cache-from: type=gha\\n          cache-to: type=gha", [2]),
        ("          cache-from: type=gha,scope=${{ matrix.name }}", []),
        ("", []),
    ],
)
def test_rows_of_a_matrix_share_the_steps_of_a_common_cache(
    tmp_path: Path, cache: str, wanted: list[int]
) -> None:
    text = f"FROM debian:12\nARG PART\n{APT}\nRUN make $PART\n"
    commit(tmp_path)
    assert check(tmp_path, text=text, context=f"{IN_ROWS}{cache}\n").lines == wanted


@pytest.mark.parametrize(("option", "wanted"), [("", [2]), ("--no-cache", [])])
def test_images_that_are_built_without_a_cache_have_no_step_in_common(
    tmp_path: Path, option: str, wanted: list[int]
) -> None:
    text = f"FROM debian:12\nARG PART\n{APT}\nRUN make $PART\n"
    (tmp_path / "build.sh").write_text(
        f"docker build {option} --build-arg PART=a .\ndocker build {option} --build-arg PART=b .\n"
    )
    commit(tmp_path)
    assert check(tmp_path, text=text).lines == wanted


@pytest.mark.parametrize(
    ("argument", "above", "wanted"),
    [
        ("NODE_ENV", "npm install", []),
        ("RAILS_ENV", "bundle install", []),
        ("CGO_ENABLED", "go build -o till .", []),
        ("NODE_ENV", "npm install\nRUN apt-get install -y tini", []),
        ("NODE_ENV", "apt-get update\nRUN npm install", [2]),
    ],
)
def test_what_images_differ_in_may_be_a_setting_of_a_manager(
    tmp_path: Path, argument: str, above: str, wanted: list[int]
) -> None:
    text = f"FROM debian:12\nARG {argument}\nRUN {above}\nRUN make ${argument}\n"
    commit(tmp_path)
    recipe = PAIR.replace("PART", argument).format("shop", "till")
    assert check(tmp_path, text=text, context=f"Makefile: all:\\n{recipe}").lines == wanted


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (["1"], []),
        (["1", "0"], []),
        (["0"], [3]),  # in the place of a real one
        (["1.2.3"], [3]),  # whoever releases writes another one
        (["1", "$(VERSION)"], [3]),
    ],
)
def test_what_is_passed_yes_or_no_is_a_switch(
    tmp_path: Path, values: list[str], wanted: list[int]
) -> None:
    (tmp_path / "Makefile").write_text(
        "image:\n" + "".join(f"\tdocker build --build-arg RELEASE={each} .\n" for each in values)
    )
    commit(tmp_path)
    text = f"FROM debian:12\nWORKDIR /a\nARG RELEASE=0\n{APT}\nRUN make RELEASE=$RELEASE\n"
    assert check(tmp_path, text=text).lines == wanted


@pytest.mark.parametrize(("kind", "wanted"), [("contexts", ["info"]), ("labels", [])])
def test_what_a_bake_file_tags_images_with_is_their_version(
    tmp_path: Path, kind: str, wanted: list[str]
) -> None:
    """Also where a FROM names a base by it, in whose place another target of the file is given."""
    text = f"ARG EDITION\nFROM shop/base:$EDITION\nARG EDITION\n{APT}\nLABEL a=$EDITION\n"
    common = 'context = "."\\n args = { EDITION = EDITION }\\n '
    bake = (
        'docker-bake.hcl: variable "EDITION" {\\n default = "local"\\n}\\ntarget "shop" {\\n '
        f'{common}tags = ["shop/shop:${{EDITION}}"]\\n '
        f'{kind} = {{ "shop/base:${{EDITION}}" = "target:base" }}\\n}}\\n'
        'target "base" {\\n context = "base"\\n}\n'
    )
    commit(tmp_path)
    found = check(tmp_path, text=text, context=bake).found
    assert [each.severity for each in found] == wanted


def test_a_version_that_nothing_uses_says_nothing(tmp_path: Path) -> None:
    text = f"FROM debian:12\nARG VERSION\n{APT}\n"
    assert check(tmp_path, text=text).lines == []
    assert check(tmp_path, text=f"{text}LABEL a=$VERSION\n").lines == [2]


@pytest.mark.parametrize(
    ("recipe", "wanted"),
    [
        ("Makefile: image:\\n\\tdocker build --build-arg VERSION=$(V) .\n", [2]),
        ("justfile: image V:\\n  docker build --build-arg VERSION={{V}} .\n", [2]),
        (r'build.sh: flags="[\"--build-arg\", \"VERSION=$V\"]"', [2]),
        ("compose.yml: x:\\n  build:\\n    args:\\n      A: 1\\n      VERSION: ${V}\n", [2]),
        ("compose.yml: x:\\n  environment:\\n    A: 1\\n    VERSION: ${V}\n", []),
        ("Makefile: VERSION = $(V)\n", []),  # for itself
        ("Makefile: image:\\n\\tdocker build --build-arg VERSION=dev .\n", []),
    ],
    ids=["make", "just", "quoted", "compose", "environment", "variable", "constant"],
)
def test_a_version_that_nothing_uses_counts_where_a_build_passes_it(
    tmp_path: Path, recipe: str, wanted: list[int]
) -> None:
    found = check(tmp_path, text=f"FROM debian:12\nARG VERSION=dev\n{APT}\n", context=recipe)
    assert found.lines == wanted
    if wanted:
        assert found.texts[0].endswith(
            "nothing uses it — help: delete it, or declare it after line 3"
        )


@pytest.mark.parametrize(
    ("below", "told"),
    [
        ("RUN tini --version", "delete it, or declare it after line 4"),
        ("RUN make", "declare it after line 3"),  # which may look at it
        ("COPY . .\nRUN make", "declare it after line 3"),
    ],
)
def test_what_nothing_uses_is_to_be_deleted(tmp_path: Path, below: str, told: str) -> None:
    found = check(tmp_path, text=f"FROM debian:12\nARG GIT_SHA\n{APT}\n{below}\n")
    assert found.texts[0].endswith(f"help: {told}")


@pytest.mark.parametrize(
    ("above", "told"),
    [
        ("LABEL rev=$GIT_SHA", "the LABEL in line 3"),
        ("ENV GIT_SHA=$GIT_SHA", "the ENV in line 3"),
        ("ENV LANG=C GIT_SHA=${GIT_SHA:-}", "GIT_SHA of the ENV in line 3"),
        ("ENV A=$GIT_SHA\nLABEL a=$A", "the ENV in line 3 and the LABEL in line 4"),
        ("RUN echo $GIT_SHA >/rev", "the RUN in line 3"),
        ("ARG TAG=v$GIT_SHA\nLABEL tag=$TAG", "the ARG in line 3 and the LABEL in line 4"),
    ],
)
def test_what_moves_along_is_told(tmp_path: Path, above: str, told: str) -> None:
    text = f"FROM debian:12\nARG GIT_SHA\n{above}\n{APT}\nRUN useradd app\n"
    last = text.count("\n")
    (said,) = check(tmp_path, text=text).texts
    assert said.endswith(f"help: declare it after line {last}, together with {told}")


def test_what_is_made_of_it_as_a_default_is_followed(tmp_path: Path) -> None:
    text = f"FROM debian:12\nARG GIT_SHA\nARG TAG=v$GIT_SHA\nRUN make $TAG\n{APT}\n"
    assert check(tmp_path, text=text).lines == []


@pytest.mark.parametrize(
    ("script", "run", "is_read"),
    [
        ("curl -O https://e.io/a-1.tgz", "fetch", False),
        ("curl -O https://e.io/a-1.tgz", "sh /bin/fetch", False),
        ("echo $GIT_SHA > /sha", "fetch", True),
        ("make install", "fetch", True),  # which may look at it
        ("./other.sh", "fetch", True),
        ("curl -O https://e.io/a-1.tgz", "fetch && cargo build", True),
        ("curl -O https://e.io/a-1.tgz", "other", True),
    ],
)
def test_a_script_that_does_not_name_an_argument_does_without_it(
    tmp_path: Path, script: str, run: str, *, is_read: bool
) -> None:
    text = f"FROM debian:12\nARG GIT_SHA\n{APT}\nCOPY get/fetch.sh /bin/fetch\nRUN {run}\n"
    found = check(tmp_path, text=text, context=f"get/fetch.sh: #!/bin/sh\\n{script}\\n")
    advice = "declare it after line 3" if is_read else "delete it, or declare it after line 5"
    assert found.texts[0].endswith(f"help: {advice}")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # what uses another argument that changes with every build comes again in any case
        (f"ARG GIT_SHA\nARG BUILD_DATE\nRUN make D=$BUILD_DATE\n{APT}\nLABEL a=$GIT_SHA\n", []),
        (f"ARG BUILD_DATE\nRUN make D=$BUILD_DATE\nARG GIT_SHA\n{APT}\nLABEL a=$GIT_SHA\n", []),
        (
            f"ARG GIT_SHA\nARG BUILD_DATE\nENV D=$BUILD_DATE\nRUN make D=$D\n{APT}\nLABEL a=$GIT_SHA\n",
            [],
        ),
        (f"ARG GIT_SHA\nARG VERSION\nRUN make V=$VERSION\n{APT}\nLABEL a=$GIT_SHA\n", [2]),
        (f"ARG GIT_SHA\nARG BUILD_DATE\n{APT}\nRUN make $BUILD_DATE\nLABEL a=$GIT_SHA\n", [2]),
        # what may read another one in the environment does, too
        ("ARG BUILD_DATE\nENV D=$BUILD_DATE\nARG GIT_SHA\nRUN make\nLABEL a=$GIT_SHA\n", []),
        ("ARG GIT_SHA\nARG BUILD_DATE\nENV D=$BUILD_DATE\nRUN make\nLABEL a=$GIT_SHA\n", []),
        ("ARG BUILD_DATE\nENV D=$BUILD_DATE\nARG VERSION\nRUN make\nLABEL a=$VERSION\n", []),
        (f"ARG BUILD_DATE\nARG GIT_SHA\nRUN make\n{APT}\nLABEL a=$GIT_SHA\n", []),
        ("ARG GIT_SHA\nRUN make\nARG BUILD_DATE\nENV D=$BUILD_DATE\nLABEL a=$GIT_SHA\n", [2]),
        ("ARG VERSION\nENV V=$VERSION\nARG GIT_SHA\nRUN make\nLABEL a=$GIT_SHA\n", [4]),
        (f"ARG BUILD_DATE\nENV D=$BUILD_DATE\nARG GIT_SHA\n{APT}\nLABEL a=$GIT_SHA\n", [2]),
        # what only looks costs nothing
        ("ARG GIT_SHA\nRUN ln -s /a /b\nRUN /app/smoketest-tools.sh\nLABEL a=$GIT_SHA\n", []),
    ],
)
def test_what_comes_again_anyway(tmp_path: Path, text: str, wanted: list[int]) -> None:
    assert check(tmp_path, text=f"FROM debian:12\n{text}").lines == wanted


@pytest.mark.parametrize(("commits", "wanted"), [(8, []), (3, [4])])
def test_what_another_stage_makes_anew_with_most_commits(
    tmp_path: Path, commits: int, wanted: list[int]
) -> None:
    built = "FROM debian:12 AS build\nCOPY src /src\nRUN make -C /src\nFROM debian:12\n"
    text = f"{built}COPY --from=build /src/app /app\nARG GIT_SHA\n{APT}\nLABEL a=$GIT_SHA\n"
    (tmp_path / "src").mkdir()
    commit(tmp_path, "src/app.c")
    for number in range(12):
        commit(tmp_path, "src/app.c" if number < commits else "README.md")
    assert check(tmp_path, text=text).lines == [each + 2 for each in wanted]


def test_what_names_the_base_is_a_pin(tmp_path: Path) -> None:
    stage = f"ARG VERSION\n{APT}\nLABEL a=$VERSION\n"
    assert check(tmp_path, text=f"ARG VERSION\nFROM debian:$VERSION\n{stage}").lines == []
    assert check(tmp_path, text=f"ARG VERSION\nFROM debian:12\n{stage}").lines == [3]


def test_the_projects_own_version_is_an_info(tmp_path: Path) -> None:
    found = check(tmp_path, text=f"FROM debian:12\nARG VERSION\n{APT}\nLABEL a=$VERSION\n").found
    assert [each.severity for each in found] == ["info"]


@pytest.mark.parametrize(
    ("below", "lines"),
    [
        (f"{APT}\nRUN make", []),  # it stands right above the RUN that is meant
        (f"ARG OTHER=1\n{APT}", []),
        (f"{APT}\nRUN echo $CACHE_BUST && make", [2]),
        (f"WORKDIR /a\n{APT}\nRUN make", []),  # new packages are what it is for
        ("USER root\nRUN apt-get update && apt-get -y dist-upgrade\nRUN useradd app", []),
        (f"WORKDIR /a\nRUN useradd app\n{APT}", [2]),
        ("COPY package.json package-lock.json ./\nRUN npm ci\nRUN make", [2]),
    ],
)
def test_cache_busters(tmp_path: Path, below: str, lines: list[int]) -> None:
    assert check(tmp_path, text=f"FROM debian:12\nARG CACHE_BUST=1\n{below}\n").lines == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("FROM debian:12 AS a\nARG GIT_SHA\nENV REV=$GIT_SHA\nFROM a\nRUN echo $REV > /rev\n", []),
        (
            f"FROM debian:12 AS a\nARG GIT_SHA\nCOPY v-$GIT_SHA /v\nFROM a\n{APT}\n",
            [],
        ),  # another base each time
        (f"FROM debian:12 AS a\nARG GIT_SHA\nLABEL rev=$GIT_SHA\nFROM a\n{APT}\n", [2]),
        (
            "FROM debian:12 AS a\nARG CACHE_BUST\nFROM a\nRUN useradd app\nRUN make\n",
            [],
        ),  # meant for all of them
        ("FROM debian:12\nARG GIT_SHA\nRUN mkdir -p /a && echo x > /a/b\nLABEL rev=$GIT_SHA\n", []),
        (
            'FROM debian:12\nARG GIT_SHA\nRUN test -n "$B" || (echo none && false)\nLABEL rev=$GIT_SHA\n',
            [],
        ),
        (f"FROM debian:12\nARG GIT_SHA\nRUN mkdir -p /a\n{APT}\nLABEL rev=$GIT_SHA\n", [2]),
    ],
)
def test_what_is_not_worth_a_word(tmp_path: Path, text: str, lines: list[int]) -> None:
    assert check(tmp_path, text=text).lines == lines


@pytest.mark.parametrize(
    ("below", "lines"),
    [
        ("RUN apk upgrade --no-cache", []),
        ("RUN apt-get update && apt-get -y upgrade && apt-get install -y curl", []),
        ("RUN curl -fo /a.zip https://ci.example.com/job/a/lastSuccessfulBuild/a.zip", []),
        ("RUN git clone --depth 1 https://github.com/acme/tool /tool", []),
        ("RUN git clone --depth 1 -b v1.2 https://github.com/acme/tool /tool", [2]),
        ("RUN curl -fo /a.zip https://example.com/a-1.2.zip", [2]),
        ("# We choose to get the latest\nRUN curl -fo /a.zip https://example.com/a.zip", []),
        ("RUN apt-get update && apt-get install -y --only-upgrade curl", [2]),
    ],
)
def test_what_only_the_argument_keeps_up_to_date(
    tmp_path: Path, below: str, lines: list[int]
) -> None:
    text = f"FROM debian:12\nARG BUILD_DATE\nLABEL date=$BUILD_DATE\n{{}}{below}\n"
    assert check(tmp_path, text=text.format("")).lines == lines
    above = check(tmp_path, text=text.format(f"{APT}\n"))
    assert above.lines == [2]
    if not lines:
        assert "after line 4" in above.texts[0]


def test_the_fix_takes_labels_along(tmp_path: Path) -> None:
    text = f"FROM debian:12\n\n# what it was built from\nARG GIT_SHA\nLABEL a=$GIT_SHA\n\n{APT}\nCMD tini\n"
    found = check(tmp_path, text=text)
    assert found.safeties == ["safe"]
    moved = "# what it was built from\nARG GIT_SHA\nLABEL a=$GIT_SHA"
    assert found.fixed == f"FROM debian:12\n\n{APT}\n\n{moved}\n\nCMD tini\n"


TWO = "ARG GIT_SHA\nLABEL rev=$GIT_SHA\nARG BUILD_DATE\nLABEL date=$BUILD_DATE\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"\nARG GIT_SHA\nARG BUILD_DATE\n\n{APT}\n\nCMD tini\n",
            f"\n{APT}\n\nARG GIT_SHA\nARG BUILD_DATE\n\nCMD tini\n",
        ),
        (f"\nLABEL a=b\n{TWO}\n{APT}\nCOPY a /\n", f"\nLABEL a=b\n\n{APT}\n\n{TWO}\nCOPY a /\n"),
        (
            f"{TWO}{APT}\nCOPY a /\nRUN x $GIT_SHA $BUILD_DATE\n",
            f"{APT}\nCOPY a /\n{TWO}RUN x $GIT_SHA $BUILD_DATE\n",
        ),
        (
            f"ARG GIT_SHA\nLABEL rev=$GIT_SHA\n{APT}\nLABEL date=b\n",
            f"{APT}\nLABEL date=b\nARG GIT_SHA\nLABEL rev=$GIT_SHA\n",
        ),
        (  # the later of two labels holds
            f"ARG GIT_SHA\nLABEL rev=$GIT_SHA\n{APT}\nLABEL rev=b\n",
            f"{APT}\nARG GIT_SHA\nLABEL rev=$GIT_SHA\nLABEL rev=b\n",
        ),
    ],
)
def test_several_arguments_stay_together(tmp_path: Path, text: str, expected: str) -> None:
    assert check(tmp_path, text=f"FROM debian:12\n{text}").fixed == f"FROM debian:12\n{expected}"


@pytest.mark.parametrize(
    ("text", "safety"),
    [
        ("ARG GIT_SHA\nRUN ./build.sh\nLABEL a=$GIT_SHA", "unsafe"),  # who knows what it looks at
        ("ARG GIT_SHA\nRUN cargo build\nLABEL a=$GIT_SHA", "unsafe"),
        (f"ARG GIT_SHA BUILD_DATE\n{APT}\nLABEL a=$GIT_SHA", None),
        (f"ARG GIT_SHA\nENV GIT_SHA=$GIT_SHA PATH=/a\n{APT}", None),  # PATH is needed above
    ],
)
def test_how_safe_the_fix_is(tmp_path: Path, text: str, safety: str | None) -> None:
    assert set(check(tmp_path, text=f"FROM debian:12\n{text}\n").safeties) == {safety}


def test_arguments_of_one_cause_are_one_finding(tmp_path: Path) -> None:
    text = f"FROM debian:12\nARG VERSION\nARG REVISION\nARG CREATED\n{APT}\nLABEL a=$VERSION\n"
    found = check(tmp_path, text=text)
    assert found.lines == [3]
    assert found.texts[0].startswith("a new value of ARG REVISION and ARG CREATED reruns")
    assert found.texts[0].endswith("declare VERSION, REVISION and CREATED after line 5")
    assert [note.place.start.line for note in found.found[0].notes] == [5, 2, 4]


@pytest.mark.parametrize(
    ("run", "lines"),
    [
        ("chmod +x /run.sh", []),
        ("ln -s /a /b && mkdir /c", []),
        ("chmod -R a+rX /opt", [2]),
    ],
)
def test_what_is_as_good_as_nothing_to_run_again(
    tmp_path: Path, run: str, lines: list[int]
) -> None:
    text = f"FROM debian:12\nARG GIT_SHA\nCOPY run.sh /\nRUN {run}\nLABEL a=$GIT_SHA\n"
    assert check(tmp_path, text=text).lines == lines


@pytest.mark.parametrize(
    ("test", "wanted"),
    [
        ('[ "$REBUILD_X" = "true" ] && pip install x', []),
        ('[ "${REBUILD_X:-}" != "1" ] || pip install x', []),
        ("if ($env:REBUILD_X -eq 'true') { pip install x }", []),
        ('echo "$REBUILD_X" && pip install x', [2]),
    ],
)
def test_a_switch_busts_no_cache(tmp_path: Path, test: str, wanted: list[int]) -> None:
    text = f"FROM debian:12\nARG REBUILD_X\n{APT}\nRUN {test}\n"
    assert check(tmp_path, text=text).lines == wanted


@pytest.mark.parametrize(("taken", "wanted"), [("recipe.json", [5]), ("", [])])
def test_a_recipe_changes_with_the_manifests_alone(
    tmp_path: Path, taken: str, wanted: list[int]
) -> None:
    planner = "FROM rust:1.78 AS plan\nCOPY . /src\nRUN cargo chef prepare\n"
    text = f"FROM rust:1.78\nARG GIT_SHA\nCOPY --from=plan /src/{taken} .\n"
    build = "RUN cargo chef cook\nCOPY . .\nRUN make SHA=$GIT_SHA\n"
    assert check(tmp_path, text=planner + text + build).lines == wanted


def test_what_a_stage_that_is_not_pushed_installs_costs_no_push(tmp_path: Path) -> None:
    text = (
        "FROM debian:12 AS base\nARG GIT_SHA\nFROM base AS build\n"
        f"{APT.replace('tini', 'build-essential')}\nRUN make /out\nFROM base\n{APT}\n"
        "COPY --from=build /out /out\nRUN make SHA=$GIT_SHA\n"
    )
    (found,) = check(tmp_path, text=text).found
    alone = "FROM debian:12\nARG GIT_SHA\n" + f"{APT}\nRUN make SHA=$GIT_SHA\n"
    (told,) = check(tmp_path, text=alone).found
    assert found.cost is not None
    assert told.cost is not None
    assert found.cost.push_bytes == told.cost.push_bytes
    assert found.cost.at_least


@pytest.mark.parametrize(
    ("recipe", "wanted"),
    [
        ("docker build --build-arg GIT_SHA=$(git rev-parse HEAD) .", [2]),
        ("docker build --build-arg GIT_SHA .", [2]),
        ("docker build .", []),
        ("docker build .\\n  docker build --build-arg GIT_SHA=$(A) -f other.Dockerfile .", []),
        (
            "docker build $(OPTIONS) .\\n  docker build --build-arg GIT_SHA=$(A) -f other.Dockerfile .",
            [2],
        ),
        ("docker build -f other.Dockerfile .", [2]),  # nothing tells how this one is built
    ],
)
def test_an_argument_that_no_build_of_the_file_passes(
    tmp_path: Path, recipe: str, wanted: list[int]
) -> None:
    commit(tmp_path)
    text = f"FROM debian:12\nARG GIT_SHA\n{APT}\nLABEL a=$GIT_SHA\n"
    context = f"other.Dockerfile: FROM a\nMakefile: all:\\n  {recipe}\\n\n"
    assert check(tmp_path, text=text, context=context).lines == wanted


def test_an_argument_that_others_pass_to_other_files(tmp_path: Path) -> None:
    commit(tmp_path)
    text = f"FROM debian:12\nARG GIT_SHA\n{APT}\nLABEL a=$GIT_SHA\n"
    context = (
        "other.Dockerfile: FROM a\nMakefile: all:\\n  docker build .\\n\n"
        "build.sh: docker build --build-arg GIT_SHA=$(git rev-parse HEAD) -f other.Dockerfile .\n"
    )
    assert check(tmp_path, text=text, context=context).lines == []


@pytest.mark.parametrize(
    ("file", "more", "wanted"),
    [
        ("web.Dockerfile", "", []),
        ("web.Dockerfile", "          place: web.Dockerfile\n", [2]),
        ("Dockerfile", "", [2]),  # which needs no word
    ],
)
def test_an_argument_of_an_action_that_may_build_the_file(
    tmp_path: Path, file: str, more: str, wanted: list[int]
) -> None:
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/a.yml").write_text(
        "on: push\njobs:\n  a:\n    steps:\n      - uses: example/ships@v1\n        with:\n"
        f"          build-args: GIT_SHA=${{{{ github.sha }}}}\n{more}"
    )
    (tmp_path / "Makefile").write_text(f"a:\n\tdocker build -f {file} .\n")
    text = f"FROM debian:12\nARG GIT_SHA\n{APT}\nLABEL a=$GIT_SHA\n"
    (tmp_path / "web.Dockerfile").write_text(text)
    commit(tmp_path)
    found = check(tmp_path, text=text)
    assert found._replace(task=Task((tmp_path / file).as_posix())).lines == wanted


@pytest.mark.parametrize(
    ("makefile", "lines"),
    [
        ("VERSION=$(shell cat version.txt)\na:\n\t{}", []),  # which is copied with it
        ("VERSION=$(shell git describe)\na:\n\t{}", [2]),
        ("a:\n\t{}", [2]),  # the environment may be the job's
    ],
)
def test_an_argument_is_what_the_recipe_that_passes_it_makes_of_it(
    tmp_path: Path, makefile: str, lines: list[int]
) -> None:
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/a.yml").write_text(
        "on: push\njobs:\n  a:\n    env:\n      VERSION: ${{ github.sha }}\n    steps: []\n"
    )
    build = "docker build --build-arg VERSION=$(VERSION) .\n"
    (tmp_path / "Makefile").write_text(makefile.format(build))
    commit(tmp_path)
    text = f"FROM debian:12\nARG VERSION\nCOPY version.txt /\n{APT}\nLABEL a=$VERSION\n"
    assert check(tmp_path, text=text, context="version.txt: 1.0\n").lines == lines


def test_the_builds_that_pass_it_have_no_cache(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "push.yml").write_text(
        "on: {release: {types: [published]}}\njobs:\n  push:\n    runs-on: ubuntu-latest\n"
        "    steps:\n      - uses: docker/setup-buildx-action@v3\n"
        "      - uses: docker/build-push-action@v6\n        with:\n          context: .\n"
        "          push: true\n          build-args: |\n            GIT_SHA=${{ github.sha }}\n"
    )
    (tmp_path / "push.sh").write_text("docker build -t x/y . && docker push x/y\n")
    commit(tmp_path)
    text = f"FROM debian:12\nARG GIT_SHA\n{APT} git\nLABEL a=$GIT_SHA\n"
    [found] = check(tmp_path, text=text).found
    assert str(found.severity) == "info"
    assert found.message.startswith("with a build cache a new value of `ARG GIT_SHA` reruns")


@pytest.mark.parametrize(
    ("builds", "wanted"),
    [
        ("docker build --no-cache --build-arg GIT_SHA=$1 .\n", []),
        (
            (
                "docker build --no-cache --build-arg GIT_SHA=$1 .\n"
                "docker build --build-arg GIT_SHA=$1 --build-arg A=1 .\n"
            ),
            [2],
        ),
    ],
)
def test_what_no_build_caches_runs_again_anyway(
    tmp_path: Path, builds: str, wanted: list[int]
) -> None:
    (tmp_path / "build.sh").write_text(builds)
    commit(tmp_path)
    text = f"FROM debian:12\nARG GIT_SHA\n{APT}\nLABEL a=$GIT_SHA\n"
    assert check(tmp_path, text=text).lines == wanted


_RELEASED = "release: {types: [published]}"


@pytest.mark.parametrize(
    ("event", "above", "wanted"),
    [
        (_RELEASED, "COPY requirements.txt .\n", []),  # another one with each release
        ("push: {branches: [main]}", "COPY requirements.txt .\n", [3]),
        (_RELEASED, "COPY LICENSE .\n", [3]),  # the same in all of them
        (_RELEASED, "", [2]),
    ],
)
def test_what_each_release_changes_anyway(
    tmp_path: Path, event: str, above: str, wanted: list[int]
) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "push.yml").write_text(
        f"on: {{{event}}}\njobs:\n  push:\n    runs-on: self-hosted\n    steps:\n"
        "      - uses: docker/build-push-action@v6\n        with:\n          context: .\n"
        "          push: true\n          build-args: |\n            GIT_SHA=${{ github.sha }}\n"
    )
    commit(tmp_path, "LICENSE")
    for number in range(12):
        commit(tmp_path, "requirements.txt" if number % 3 else "README.md")
    text = f"FROM debian:12\n{above}ARG GIT_SHA\n{APT} git\nLABEL a=$GIT_SHA\n"
    assert check(tmp_path, text=text).lines == wanted


@pytest.mark.parametrize(
    ("read", "above", "wanted"),
    [
        ("$(jq -r .version package.json)", "COPY package.json .\n", []),
        ("$(jq -r .version ./shop/package.json)", "COPY package.json .\n", []),
        ("`cat VERSION`", "COPY package.json .\n", [3]),
        ("$(git tag | tail -1)", "COPY package.json .\n", [3]),
        ("$(jq -r .version package.json)", "COPY --from=deps /srv/node_modules node_modules\n", []),
    ],
)
def test_a_version_changes_with_the_file_that_holds_it(
    tmp_path: Path, read: str, above: str, wanted: list[int]
) -> None:
    (tmp_path / "build.sh").write_text(
        f"VERSION={read}\ndocker build --build-arg VERSION=$VERSION -t shop .\n"
    )
    commit(tmp_path, "package.json")
    deps = "FROM debian:12 AS deps\nCOPY package.json /srv/\nRUN npm install --prefix /srv\n"
    stage = f"FROM debian:12\n{above}ARG VERSION\n{APT} git\nLABEL a=$VERSION\n"
    text = deps * ("deps" in above) + stage
    assert check(tmp_path, text=text).lines == wanted


@pytest.mark.parametrize(
    ("run", "wanted"),
    [
        ("addgroup -S shop && adduser -S shop", []),
        ("rm -rf /srv/docs && chown shop /srv", []),
        ("chown -R shop /usr", ["info"]),
        ("apk add --no-cache git", ["info"]),  # of unknown size
    ],
)
def test_users_and_what_is_of_unknown_size(tmp_path: Path, run: str, wanted: list[str]) -> None:
    text = f"FROM alpine:3.20\nARG GIT_SHA\nRUN {run}\nLABEL a=$GIT_SHA\n"
    found = check(tmp_path, text=text).found
    assert [str(each.severity) for each in found] == wanted


@pytest.mark.parametrize(
    ("package", "wanted"),
    [("$SHOP", []), ("shop", [3]), ("shop-$SHOP", [3]), ("shop=$SHOP_VERSION", [3])],
)
def test_what_a_repository_has_that_the_same_run_adds(
    tmp_path: Path, package: str, wanted: list[int]
) -> None:
    source = "echo 'deb https://deb.example.com stable main' > /etc/apt/sources.list.d/shop.list"
    text = (
        "FROM debian:12\nENV SHOP=shop-server\nARG BUILD_DATE\n"
        f"RUN {source} && apt-get update && apt-get install -y {package}\n"
        'LABEL created="$BUILD_DATE"\n'
    )
    assert check(tmp_path, text=text).lines == wanted


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("$(git tag | tail -1)", [2]),
        ("7.1.0", []),
        ("$(cat VERSION_OF_SHOP)", []),
        ("$GITHUB_REF_SLUG", [2]),
    ],
)
def test_what_is_passed_counts_more_than_a_default(
    tmp_path: Path, value: str, wanted: list[int]
) -> None:
    (tmp_path / "build.sh").write_text(f"docker build --build-arg SHOP_RUNTIME={value} --push .\n")
    text = f"FROM debian:12\nARG SHOP_RUNTIME=7.0.0\n{APT}\nLABEL version=$SHOP_RUNTIME\n"
    assert check(tmp_path, text=text).lines == wanted


@pytest.mark.parametrize(
    ("name", "recipe", "severity"),
    [
        ("BUILD_DATE", "Makefile: a:\n\techo\n", "info"),
        ("BUILD_DATE", "app.py: print()\n", "warning"),
        (
            "BUILD_DATE",
            "Makefile: a:\n\tdocker build --build-arg BUILD_DATE=$(shell date) .\n",
            "warning",
        ),
        ("GIT_COMMIT", "Makefile: a:\n\techo\n", "warning"),
    ],
)
def test_a_date_that_no_recipe_passes(
    tmp_path: Path, name: str, recipe: str, severity: str
) -> None:
    text = f"FROM debian:12\nARG {name}\n{APT}\nLABEL a=${name}\n"
    commit(tmp_path)
    [found] = check(tmp_path, text=text, context=recipe.replace("\n\t", "\\n\\t")).found
    assert found.severity == severity


@pytest.mark.parametrize(("file", "found"), [("Dockerfile", [2]), ("Other", [])])
def test_a_version_with_a_default_that_its_build_passes_anew(
    tmp_path: Path, file: str, found: list[int]
) -> None:
    step = "uses: docker/build-push-action@v6\\n    with:\\n     file: " + file
    recipe = (
        f".github/workflows/a.yml: on: push\\njobs:\\n a:\\n  steps:\\n  - {step}\\n"
        "     build-args: SHOP__WEB__VERSION=2.0.0-dev-${{ github.run_number }}\n"
    )
    text = f"FROM debian:12\nARG SHOP__WEB__VERSION=2.0.0\n{APT}\nLABEL a=$SHOP__WEB__VERSION\n"
    commit(tmp_path)
    assert check(tmp_path, text=text, context=f"{recipe}Other: FROM debian:12\n").lines == found


@pytest.mark.parametrize(
    ("passed", "used", "moved", "fixed"),
    [
        ("BRANCH=$(git branch)", "", "GIT_SHA and BRANCH", False),
        ("BRANCH=$(git branch)", "RUN echo $BRANCH > /a\n", "it", True),
        ("OTHER=1", "", "it", True),  # nobody is seen to pass it
    ],
)
def test_what_stands_beside_it_and_is_passed_moves_along(
    tmp_path: Path, passed: str, used: str, moved: str, *, fixed: bool
) -> None:
    recipe = (
        "Makefile: a:\\n\\tdocker build --build-arg GIT_SHA=$(git rev-parse HEAD)"
        f" --build-arg {passed} .\n"
    )
    text = f"FROM debian:12\nARG GIT_SHA\nARG BRANCH\n{used}{APT}\nLABEL a=$GIT_SHA b=$BRANCH\n"
    commit(tmp_path)
    [found] = check(tmp_path, text=text, context=recipe).found
    assert (found.help or "").replace("`", "").startswith(f"declare {moved} after line")
    assert bool(found.repair) is fixed


@pytest.mark.parametrize(
    ("handed_on", "told"),
    [
        (
            "ENV BRANCH=$BRANCH\n",
            "GIT_SHA and BRANCH after line 5, together with the ENV in line 4",
        ),
        ("ENV B=$BRANCH\n", "GIT_SHA and BRANCH after line 5, together with the ENV in line 4"),
        ("ENV BRANCH=$BRANCH X=1\n", "it after line 5"),
        ("ENV BRANCH=$BRANCH\nRUN echo $BRANCH > /a\n", "it after line 6"),
    ],
)
def test_what_an_env_alone_hands_on_moves_along_with_it(
    tmp_path: Path, handed_on: str, told: str
) -> None:
    recipe = (
        "Makefile: a:\\n\\tdocker build --build-arg GIT_SHA=$(git rev-parse HEAD)"
        " --build-arg BRANCH=$(git branch) .\n"
    )
    text = f"FROM debian:12\nARG GIT_SHA\nARG BRANCH\n{handed_on}{APT}\nLABEL a=$GIT_SHA\n"
    commit(tmp_path)
    [found] = check(tmp_path, text=text, context=recipe).found
    assert (found.help or "").replace("`", "") == f"declare {told}"


@pytest.mark.parametrize(
    ("run", "lines"), [("ldconfig", []), ("ldconfig && apt-get install -y git", [2])]
)
def test_the_linkers_cache_is_a_trifle(tmp_path: Path, run: str, lines: list[int]) -> None:
    text = (
        f"FROM debian:12\nARG GIT_SHA\nENV GIT_SHA=$GIT_SHA\nCOPY lib /usr/local/lib\nRUN {run}\n"
    )
    assert check(tmp_path, text=text + "CMD a\n", context="lib/a.so 1kB\n").lines == lines


@pytest.mark.parametrize(
    ("declared", "below", "is_read"),
    [
        ("GIT_SHA", "ARG GIT_SHA\nRUN echo $GIT_SHA > /sha\n", False),
        ("GIT_SHA", "RUN echo $GIT_SHA > /sha\n", True),
        ("GIT_SHA", "ARG GIT_SHA=${GIT_SHA:-x}\nRUN echo $GIT_SHA > /sha\n", True),
        ("GIT_SHA=dev", "ARG GIT_SHA\nRUN echo $GIT_SHA > /sha\n", True),
    ],
)
def test_a_stage_on_top_that_declares_it_itself_does_not_use_it(
    tmp_path: Path, declared: str, below: str, *, is_read: bool
) -> None:
    text = f"FROM debian:12 AS base\nARG {declared}\n{APT}\nFROM base\n{below}"
    [told] = check(tmp_path, text=text).texts
    assert ("nothing uses it" in told) is not is_read


@pytest.mark.parametrize(("ignored", "lines"), [("dist\n", []), ("other\n", [2])])
def test_what_is_built_before_reruns_what_stands_below_it(
    tmp_path: Path, ignored: str, lines: list[int]
) -> None:
    (tmp_path / ".gitignore").write_text(ignored)
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/shop.js").write_text("1\n")
    commit(tmp_path)
    text = f"FROM debian:12\nARG GIT_SHA\nCOPY dist /dist\n{APT}\nLABEL a=$GIT_SHA\n"
    assert check(tmp_path, text=text).lines == lines


@pytest.mark.parametrize(
    ("steps", "end"),
    [
        ("RUN curl -fo /a.zip https://example.com/a-1.2.zip\n", "after line 3"),
        (
            "RUN curl -fo /a.zip https://example.com/a.zip\n",
            "; the download of line 3, which has no version, then stays as it is",
        ),
        (
            "RUN curl -f https://example.com/a.sh | bash\nRUN curl -fo /b https://example.com/b\n",
            "; the downloads of lines 3 and 4, which have no version, then stay as they are",
        ),
        ("RUN curl -fo /etc/apt/keyrings/a.gpg https://example.com/a.gpg\n", "after line 3"),
    ],
)
def test_what_a_cache_would_keep_of_no_version_is_told(
    tmp_path: Path, steps: str, end: str
) -> None:
    text = f"FROM debian:12\nARG GIT_SHA\n{steps}CMD echo $GIT_SHA\n"
    [found] = check(tmp_path, text=text).found
    assert found.help.endswith(end)


@pytest.mark.parametrize(
    ("events", "is_kept"),
    [
        ("{pull_request: {}, release: {types: [published]}, workflow_dispatch: {}}", False),
        ("{pull_request: {}, push: {branches: [main]}}", True),
    ],
)
def test_requests_and_releases_share_no_cache(
    tmp_path: Path, events: str, *, is_kept: bool
) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "a.yml").write_text(
        f"on: {events}\njobs:\n  push:\n    runs-on: ubuntu-latest\n"
        "    steps:\n      - uses: docker/setup-buildx-action@v3\n"
        "      - uses: docker/build-push-action@v6\n        with:\n          context: .\n"
        "          push: true\n          build-args: |\n            GIT_SHA=${{ github.sha }}\n"
        "          cache-from: type=gha\n          cache-to: type=gha\n"
    )
    commit(tmp_path)
    text = f"FROM debian:12\nARG GIT_SHA\n{APT} git\nLABEL a=$GIT_SHA\n"
    [found] = check(tmp_path, text=text).found
    assert (str(found.severity) == "warning") is is_kept
    assert (found.cost is not None) is is_kept
    assert found.message.startswith("with a build cache") is not is_kept


@pytest.mark.parametrize(("above", "lines"), [("", []), ("ARG TOOL_VERSION=1.2\n", [2])])
def test_an_address_with_a_part_for_a_version_may_be_of_the_newest(
    tmp_path: Path, above: str, lines: list[int]
) -> None:
    address = "https://example.com/tool${TOOL_VERSION:+-${TOOL_VERSION}}.zip"
    text = f"FROM debian:12\nARG GIT_SHA\n{above}RUN curl -fo /a.zip {address}\nLABEL a=$GIT_SHA\n"
    assert check(tmp_path, text=text).lines == lines


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("$(Build.BuildId)", ["warning"]),
        ("$(build.buildNumber)", ["warning"]),
        ("1.2-$(Build.SourceVersion)", ["warning"]),
        ("$BUILD_BUILDNUMBER", ["warning"]),
        ("$(Build.BuildNumberOfOurs)", ["info"]),
        ("$(Build.SourceBranchName)", ["info"]),
    ],
)
def test_variables_of_azure_pipelines(tmp_path: Path, value: str, wanted: list[str]) -> None:
    recipe = (
        "azure-pipelines.yml: pool: ours\\nsteps:\\n- script: docker build --push --cache-from our/shop:cache -t our/shop"
        f" --build-arg VERSION={value} .\n"
    )
    text = f"FROM debian:12\nARG VERSION\n{APT}\nLABEL a=$VERSION\n"
    commit(tmp_path)
    found = check(tmp_path, text=text, context=recipe).found
    assert [each.severity for each in found] == wanted


@pytest.mark.parametrize(
    ("build", "lines"), [("make -C /usr/src/app", []), ("adduser -D app", [2])]
)
def test_nothing_moves_below_a_program_that_may_read_the_environment(
    tmp_path: Path, build: str, lines: list[int]
) -> None:
    above = f"FROM debian:12\nARG GIT_SHA\nENV GIT_SHA=$GIT_SHA\nRUN {build}\n"
    assert check(tmp_path, text=f"{above}{APT}\nRUN echo $GIT_SHA > /a\n").lines == lines


@pytest.mark.parametrize(
    ("first", "line"),
    [
        ("RUN Rscript setup.R", 4),  # it may read the environment, and runs again all the same
        ("RUN echo $GIT_SHA > /a", 4),
        ("COPY setup.R .", 5),
    ],
)
def test_steps_run_again_from_the_first_run_on(tmp_path: Path, first: str, line: int) -> None:
    text = f"FROM debian:12\nARG GIT_SHA\nWORKDIR /app\n{first}\n{APT}\nENV GIT_SHA=$GIT_SHA\n"
    (told,) = check(tmp_path, text=text, context="setup.R: x\n").texts
    assert f"reruns every step from line {line} on, although line 5 does not use it" in told
