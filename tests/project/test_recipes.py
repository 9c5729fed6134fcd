"""Targets and build arguments out of the repository's own files."""

import re

import pytest
from checked import git
from support import recipes

from dlint.manifests import loading
from dlint.project.recipes import Recipes, recipes_around
from dlint.project.written import written_before_builds


def test_targets_of_compose_bake_make_and_ci(tmp_path):
    found = recipes(
        tmp_path,
        compose_dot_yaml="services:\n  web:\n    build:\n      context: .\n      target: dev\n",
        **{"docker-bake_dot_hcl": 'target "app" {\n  target = "release"\n}\n'},
        Makefile="test:\n\tdocker build --target test-runner .\n",
        _dot_github__workflows__ci_dot_yml="        with:\n          target: Prod\n",
        notes_dot_txt="target: nobody\n",
    )
    assert {"dev", "release", "test-runner", "prod"} <= found.targets
    assert "nobody" not in found.targets


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("cloudbuild.yaml", "args: ['build', '--target', 'dev', '--build-arg', 'REV=1', '.']\n"),
        ("cloudbuild-ci.yaml", "args:\n  - '--target'\n  - 'dev'\n  - --build-arg\n  - REV=1\n"),
        ("build.ps1", "docker build --target dev --build-arg REV=1 .\n"),
        ("bitbucket-pipelines.yml", "- docker build --target=dev --build-arg=REV=1 .\n"),
        (".devcontainer.json", '{"build": {"target": "dev", "args": {\n "REV": "1"\n}}}\n'),
    ],
)
def test_options_in_lists_of_words_and_of_other_tools(tmp_path, path, text):
    (tmp_path / path).write_text(text)
    found = Recipes(tmp_path)
    assert found.targets == {"dev"}
    assert [(argument.name, argument.value) for argument in found.arguments] == [("REV", "1")]


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("A=true B=$(SHA) make", ["true"]),
        ('A="x y" B=1 make', ["x y"]),
        ("A=$(SHA) B=1 make", ["$(SHA)"]),
        ("A=x -o y=1", ["x -o y=1"]),  # a variable of several words
        ("A=$(git log --format=%h)", ["$(git log --format=%h)"]),
        ("A=$(env B=1 git log)", ["$(env B=1 git log)"]),
    ],
)
def test_a_line_that_sets_several_variables(tmp_path, line, values):
    found = recipes(tmp_path, Makefile=f"a:\n\t{line}\n").arguments_of("A")
    assert [each.value for each in found] == values


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("Makefile", "a:\n\tA=0 go build $(FLAGS) .\n", "0"),
        ("Makefile", "A=0 go build $(FLAGS) .\n", "0 go build $(FLAGS) ."),
        ("Makefile.common", "ifdef B\n  A=0 $(B)\nendif\n", "0 $(B)"),
        ("a.sh", "A=0 go build $FLAGS .\n", "0"),
        ("a.sh", "A=0 -o $FLAGS\n", "0 -o $FLAGS"),
        ("a.sh", "A=$(date) go build $FLAGS\n", "$(date) go build $FLAGS"),
        ("justfile", "a:\n    A=0 go build {{flags}} .\n", "0"),
        (".gitlab-ci.yml", "a:\n  script: |\n    A=0 go build $FLAGS\n", "0"),
        (".gitlab-ci.yml", "a:\n  build-args: |\n    A=0 of $FLAGS\n", "0 of $FLAGS"),
        ("compose.yaml", "environment:\n  - A=0 of $FLAGS\n", "0 of $FLAGS"),
    ],
)
def test_a_value_for_one_command_ends_before_that(tmp_path, path, text, value):
    (tmp_path / path).write_text(text)
    assert [each.value for each in Recipes(tmp_path).arguments_of("A")] == [value]


def test_build_arguments_with_their_place(tmp_path):
    found = recipes(
        tmp_path,
        Makefile="all:\n\tdocker build --build-arg GIT_SHA=$(git rev-parse HEAD) --build-arg V=1 .\n",
        _dot_github__workflows__ci_dot_yml="with:\n  build-args: |\n    REV=${{ github.sha }}\n",
    ).arguments
    told = {(argument.name, argument.value, argument.line) for argument in found}
    assert ("GIT_SHA", "$(git rev-parse HEAD)", 2) in told
    assert ("V", "1", 2) in told
    assert ("REV", "${{ github.sha }}", 3) in told


def test_dependencies_and_deep_folders_are_not_read(tmp_path):
    found = recipes(
        tmp_path,
        node_modules__x__compose_dot_yaml="target: a\n",
        a__b__c__d__Makefile="x: --target deep\n",
    )
    assert found.targets == frozenset()


def test_of_a_folder_build_what_git_tracks_is_read(tmp_path):
    texts = {
        "build/Makefile": "x:\n\tdocker build --target root .\n",
        "deploy/build/buildspec-a.yml": "- docker build --target deep .\n",
        "deploy/build/out/a.sh": "docker build --target output .\n",
        "build/node_modules/a.sh": "docker build --target dependency .\n",
        "a/b/c/build/a.sh": "docker build --target deeper .\n",
    }
    for path, text in texts.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", *(path for path in texts if "out/" not in path))
    assert Recipes(tmp_path).targets == {"root", "deep"}


@pytest.mark.parametrize(
    ("path", "text", "mode", "found"),
    [
        ("bin/dev-shell", "#!/bin/bash\ndocker build --target dev .\n", 0o755, {"dev"}),
        ("dev", "#!/usr/bin/env bash\nD=docker\n$D build --target dev .\n", 0o755, {"dev"}),
        ("bin/dev-shell", "#!/bin/bash\ndocker build --target dev .\n", 0o644, set()),
        ("bin/dev-shell", "#!/usr/bin/env python3\ndocker = '--target dev'\n", 0o755, set()),
        ("bin/dev-shell", "\x7fELF docker build --target dev .\n", 0o755, set()),
        ("mvnw", "#!/bin/sh\nexec java -jar wrapper.jar --target dev\n", 0o755, set()),
        ("bin/dev.1", "#!/bin/bash\ndocker build --target dev .\n", 0o755, set()),
    ],
)
def test_scripts_without_an_ending(tmp_path, path, text, mode, found):
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_text(text)
    (tmp_path / path).chmod(mode)
    read = Recipes(tmp_path)
    assert read.targets == found
    assert read.may_tell is bool(found)


@pytest.mark.parametrize(
    ("start", "found"), [("source ./helpers", {"dev"}), ("cat helpers", set())]
)
def test_a_script_that_another_reads_may_be_started_by_nobody(tmp_path, start, found):
    (tmp_path / "helpers").write_text("#!/bin/bash\ndocker build --target dev .\n")
    (tmp_path / "run.sh").write_text(f"#!/bin/bash\n{start}\n")
    assert Recipes(tmp_path).targets == found


def test_missing_root_holds_nothing(tmp_path):
    assert Recipes(tmp_path / "nowhere").targets == frozenset()


def test_recipes_are_those_of_the_whole_repository(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "compose.yaml").write_text("target: dev\n")
    inside = tmp_path / "services" / "web"
    inside.mkdir(parents=True)
    assert recipes_around(inside).targets == {"dev"}


def test_outside_a_repository_only_the_folder_itself_is_read(tmp_path):
    (tmp_path / "compose.yaml").write_text("target: dev\n")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "Makefile").write_text("x:\n\tdocker build --target deep .\n")
    assert recipes_around(tmp_path).targets == {"dev"}


def test_what_they_mention(tmp_path):
    found = recipes(
        tmp_path,
        Makefile="push:\n\tdocker buildx build --output type=image,rewrite-timestamp=true .\n",
    )
    assert found.mention(re.compile("rewrite-timestamp=true"))
    assert not found.mention(re.compile("nobody"))


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("Makefile", "# Default target: build the rest\nall:\n\tmake -C web\n", set()),
        ("Makefile", "# --target build\nall:\n\techo target: build\n", set()),
        ("go.sh", "echo target: build\ntarget=build\n", set()),
        ("go.sh", "docker build --target build .\n", {"build"}),
        (".github/workflows/a.yml", "    # target: build\n    run: echo target: test\n", set()),
        (".github/workflows/a.yml", "        - docker-target: build\n", {"build"}),
        ("compose.yaml", "    build: {context: ., target: build}\n", {"build"}),
        ("fly.toml", '[build]\nbuild-target = "build"\n', {"build"}),
        ("Tiltfile", "docker_build('a', '.', target='build')\n", {"build"}),
    ],
)
def test_a_target_is_an_option_or_a_key(tmp_path, path, text, found):
    assert recipes(tmp_path, "Dockerfile", **{path: text}).targets == found


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (["images/$NAME/Dockerfile", "$FILE"], ["images/$NAME/Dockerfile"]),
        (["other/$NAME/Dockerfile", "$FILE"], ["$FILE"]),
    ],
)
def test_a_path_that_is_a_variable_alone_is_of_what_no_other_one_fits(tmp_path, written, found):
    makefile = "".join(f"a{at}:\n\tdocker build -f {each} .\n" for at, each in enumerate(written))
    told = recipes(tmp_path, "images/web/Dockerfile", Makefile=makefile)
    assert [each.file for _, each in told.hidden_of("images/web/Dockerfile")] == found


@pytest.mark.parametrize(
    ("step", "context", "is_cold"),
    [
        ("", "images/${{ matrix.a }}", True),
        ("        cache-from: type=registry,ref=shop/web\n", "images/${{ matrix.a }}", False),
        ("", "${{ inputs.a }}", False),  # nothing says that it builds this one
    ],
)
def test_pushes_without_a_cache_may_be_hidden(tmp_path, step, context, is_cold):
    job = ACTION.replace("context: .", f"context: {context}")
    job = job.replace("    steps:", "    runs-on: ubuntu-latest\n    steps:")
    texts = {".github/workflows/a.yml": f"on: push\n{job}{step}"}
    told = recipes(tmp_path, "images/web/Dockerfile", **texts)
    assert told.hide_cold_pushes("images/web/Dockerfile") is is_cold


def test_either_target_of_a_bake_file_is_built(tmp_path):
    choice = '  target = LIBC == "" ? "gnu" : "musl"\n'
    bake = f'variable "LIBC" {{\n  default = "$LIBC"\n}}\ntarget "x" {{\n{choice}}}\n'
    told = recipes(tmp_path, "Dockerfile", **{"docker-bake.hcl": bake})
    assert {each.target for each in told.builds_of("Dockerfile")} == {"gnu", "musl"}


@pytest.mark.parametrize(
    ("cache_to", "is_min"),
    [
        ("type=inline", True),
        ("type=registry,ref=shop/web:cache,mode=max", False),
        ("type=gha,mode=max", False),
        ("|\n          type=inline\n          type=registry,ref=shop/other,mode=max", False),
    ],
)
def test_a_cache_in_the_image_keeps_the_image_alone(tmp_path, cache_to, is_min):
    job = ACTION.replace("    steps:", "    runs-on: ubuntu-latest\n    steps:")
    told = f"        cache-from: type=registry,ref=shop/web:cache\n        cache-to: {cache_to}\n"
    texts = {".github/workflows/a.yml": f"on: push\n{job}{told}"}
    found = recipes(tmp_path, "Dockerfile", **texts)
    assert found.keep_images_alone("Dockerfile") is is_min


def test_a_target_is_of_the_dockerfile_that_its_command_names(tmp_path):
    found = recipes(
        tmp_path,
        Dockerfile="FROM debian AS builder\n",
        backend__Dockerfile="FROM debian AS builder\n",
        Makefile="a:\n\tdocker build --target builder -f backend/Dockerfile .\n"
        "b:\n\tdocker build --target dev -f $(FILE) .\n",
    )
    assert found.targets_of("backend/Dockerfile") == {"builder", "dev"}
    assert found.targets_of("Dockerfile") == {"dev"}


def test_a_target_stays_everybody_s_where_one_command_may_mean_any(tmp_path):
    found = recipes(
        tmp_path,
        backend__Dockerfile="FROM debian AS builder\n",
        Makefile="a:\n\tdocker build --target builder -f backend/Dockerfile .\n"
        "b:\n\tdocker build --target builder -f $(FILE) .\n",
    )
    assert found.targets_of("Dockerfile") == {"builder"}


def test_a_compiler_s_target_is_none(tmp_path):
    found = recipes(
        tmp_path,
        Makefile="a:\n\tcmake --build out --target builder\n\tcargo build --target=wasm\n"
        "b:\n\tcd cmake && docker build --target dev .\n",
    )
    assert found.targets == {"dev"}


SERVICE = (
    "services:\n  web:\n    image: {image}\n    build:\n      context: .\n      target: {target}\n"
)
ACTION = (
    "jobs:\n  a:\n    steps:\n    - uses: docker/build-push-action@v6\n"
    "      with:\n        context: .\n        push: true\n"
)
TILT = 'docker_build("a", context=".", target="dev")\n'


@pytest.mark.parametrize(
    ("files", "name", "is_last", "kept"),
    [
        ({"compose.yaml": SERVICE.format(image="localhost/a", target="ui")}, "ui", False, True),
        ({"compose.yaml": SERVICE.format(image="a/b", target="ui")}, "ui", False, False),
        (
            {"compose.yaml": SERVICE.format(image="localhost:5000/a", target="ui")},
            "ui",
            False,
            False,
        ),
        ({"Tiltfile": TILT}, "dev", False, True),
        (
            {"Tiltfile": TILT, "Makefile": "a:\n\tdocker build --target dev .\n"},
            "dev",
            False,
            False,
        ),
        ({"Tiltfile": TILT, ".github/workflows/a.yml": ACTION}, "dev", True, False),
        # CI builds others of the same file, by target
        (
            {
                "compose.yaml": SERVICE.format(image="a/b:dev", target="dev"),
                ".github/workflows/a.yml": f"{ACTION}        target: prod\n",
            },
            "dev",
            False,
            True,
        ),
        (
            {
                "compose.yaml": SERVICE.format(image="a/b:worker", target="worker"),
                ".github/workflows/a.yml": f"{ACTION}        target: prod\n",
            },
            "worker",
            False,
            False,
        ),
        (
            {
                "compose.yaml": SERVICE.format(image="a/b", target="guide")
                + "    profiles: [dev, e2e]\n"
            },
            "guide",
            False,
            True,
        ),
        (
            {
                "compose.yaml": SERVICE.format(image="a/b", target="guide")
                + "    profiles: [dev, full]\n"
            },
            "guide",
            False,
            False,
        ),
        ({".github/workflows/a.yml": f"{ACTION}        target: dev\n"}, "dev", False, False),
        (
            {
                ".github/workflows/a.yml": f"{ACTION}        target: ui\n        push: false\n"
                "        load: true\n"
            },
            "ui",
            False,
            True,
        ),
        (
            {
                ".github/workflows/a.yml": f"{ACTION}        target: ui\n        push: false\n"
                "        load: true\n    - run: docker push shop/ui\n"
            },
            "ui",
            False,
            False,
        ),
        # without a name nothing can push it, whatever the same file pushes
        (
            {
                ".github/workflows/a.yml": f"{ACTION}        tags: shop/a\n"
                "    - run: docker build --target lint .\n"
            },
            "lint",
            False,
            True,
        ),
        (
            {
                ".github/workflows/a.yml": f"{ACTION}        tags: shop/a\n"
                "    - run: docker build --target lint -t shop/lint .\n"
            },
            "lint",
            False,
            False,
        ),
        (  # which of them it pushes, nobody knows
            {".github/workflows/a.yml": f"{ACTION}        target: ${{{{ matrix.target }}}}\n"},
            "dev",
            True,
            False,
        ),
        ({"Makefile": "a:\n"}, "dev", False, False),  # nothing tells who builds it
        (  # another file of the repository has a stage of that name
            {
                ".github/workflows/a.yml": f"{ACTION}        tags: shop/a\n",
                "Makefile": "a:\n\tdocker build --target dev web\n",
                "web/Dockerfile": "FROM scratch AS dev\n",
            },
            "dev",
            False,
            True,
        ),
        (  # a service without a name, beside what CI pushes
            {
                ".github/workflows/a.yml": f"{ACTION}        tags: shop/a\n        push: true\n",
                "compose.yaml": "services:\n  a:\n    build: {context: ., target: full}\n",
            },
            "full",
            False,
            True,
        ),
        (
            {
                ".github/workflows/a.yml": f"{ACTION}        tags: shop/a\n        push: true\n",
                "compose.yaml": "services:\n  a:\n    image: shop/b\n    build: {context: ., target: full}\n",
            },
            "full",
            False,
            False,
        ),
        (
            {"compose.yaml": "services:\n  a:\n    build: {context: ., target: full}\n"},
            "full",
            False,
            False,
        ),
    ],
)
def test_images_that_nobody_pushes(tmp_path, files, name, is_last, kept):
    assert _keeps(tmp_path, files, name, is_last=is_last) is kept


@pytest.mark.parametrize(
    ("by_ci", "is_source", "kept"),
    [
        ("target: prod\n", True, True),
        ("target: prod\n", False, False),  # another product
        ("target: deps\n", True, False),
        ("target: ${{ matrix.target }}\n        push: true\n", True, False),
        (None, True, False),  # nothing tells who builds the product
    ],
)
def test_a_service_that_others_take_files_from(tmp_path, by_ci, is_source, kept):
    files = {"compose.yaml": SERVICE.format(image="local/shop:deps", target="deps")}
    if by_ci is not None:
        files[".github/workflows/a.yml"] = f"{ACTION}        {by_ci}"
    assert _keeps(tmp_path, files, "deps", is_source=is_source) is kept


def test_an_image_of_a_makefile_for_development(tmp_path):
    dev, prod = (f"\tdocker build --target {each} -t shop:{each} .\n" for each in ("dev", "prod"))
    assert _keeps(tmp_path / "a", {"Makefile": f"a:\n{dev}{prod}"}, "dev")
    assert not _keeps(tmp_path / "b", {"Makefile": f"a:\n{dev}{prod}"}, "prod")
    assert not _keeps(tmp_path / "c", {"Makefile": f"a:\n{dev}"}, "dev")
    release = "make a F=--target=dev\ndocker push shop:dev\n"
    assert not _keeps(tmp_path / "d", {"Makefile": f"a:\n{dev}{prod}", "go.sh": release}, "dev")


def _keeps(tmp_path, files, name, *, is_last=False, is_source=False):
    for path, text in {"Dockerfile": "FROM scratch\n", **files}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    found = Recipes(tmp_path)
    return found.keeps_here("Dockerfile", name, is_last=is_last, is_source=is_source)


def job(on: str, *steps: str) -> str:
    told = "".join(f"      - {each}\n" for each in steps)
    return f"on: {on}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n{told}"


def image(*inputs: str) -> str:
    told = "".join(f"          {each}\n" for each in ("context: .", "push: true", *inputs))
    return f"uses: docker/build-push-action@v6\n        with:\n{told}".rstrip()


KEEPS = "uses: actions/cache@v4\n        with: {path: /srv/layers, key: a}"
BUILDER = "uses: docker/setup-buildx-action@v3"
FOLDER = image("cache-from: type=local,src=/srv/layers", "cache-to: type=local,dest=/srv/layers")
OWN_MACHINE = ("ubuntu-latest", "self-hosted")
TAGS, MAIN, NIGHTLY = "{push: {tags: ['v*']}}", "{push: {branches: [main]}}", "{schedule: []}"
READS, WRITES = "cache-from: type=gha", "cache-to: type=gha,mode=max"
CACHED, WRITTEN = image(READS, WRITES), image("push: false", WRITES)
TAGS_AND_REQUESTS = "{push: {tags: ['v*']}, pull_request: {}}"
FOR_TAGS = CACHED.replace("push: true", "push: ${{ github.event_name != 'pull_request' }}")
OF_ITSELF = "docker build --cache-from shop/web:latest -t shop/web:$SHA {}. && docker push shop/web"


@pytest.mark.parametrize(
    ("workflows", "cold"),
    [
        # a tag finds what itself has written, and the default branch
        ({"release": job(TAGS, CACHED)}, True),
        # but people may start it for the default branch
        ({"release": job("{release: {}, workflow_dispatch: {}}", CACHED)}, False),
        ({"release": job(TAGS, CACHED), "main": job("workflow_dispatch", CACHED)}, False),
        ({"release": job(TAGS, CACHED), "main": job("workflow_dispatch", image())}, True),
        ({"release": job(TAGS, CACHED), "main": job(MAIN, image("push: false", WRITES))}, False),
        ({"main": job(MAIN, CACHED), "release": job(TAGS, CACHED)}, False),
        # and nobody finds what a request has written, but for itself
        ({"release": job(TAGS_AND_REQUESTS, FOR_TAGS)}, True),
        ({"release": job(TAGS_AND_REQUESTS, FOR_TAGS), "main": job(MAIN, CACHED)}, False),
        ({"main": job(MAIN, image(READS)), "try": job("pull_request", WRITTEN)}, True),
        ({"main": job(MAIN, image(READS)), "try": job("[push, pull_request]", WRITTEN)}, False),
        ({"main": job(MAIN, image(READS)), "try": job("workflow_dispatch", WRITTEN)}, False),
        ({"main": job(MAIN, image(READS)), "release": job(TAGS, CACHED)}, True),
        ({"try": job("pull_request", CACHED)}, False),
        ({"try": job("pull_request", image(READS)), "release": job(TAGS, CACHED)}, True),
        ({"release": job(TAGS, image("cache-from: type=registry,ref=shop/web:cache"))}, False),
        # a folder that is kept in GitHub's cache is no other
        ({"release": job(TAGS, KEEPS, FOLDER)}, True),
        (
            {
                "release": job(TAGS, KEEPS, FOLDER),
                "try": job("push", KEEPS, f"{FOLDER}".replace("push: true", "push: false")),
            },
            False,
        ),
        ({"release": job(TAGS, KEEPS, FOLDER), "main": job(MAIN, KEEPS, "run: make")}, True),
        ({"release": job(TAGS, KEEPS, "run: aws s3 cp s3://a /srv/layers", FOLDER)}, False),
        ({"release": job(TAGS, KEEPS.replace("/srv/layers", "'${{ env.A }}'"), FOLDER)}, False),
        # also on machines of one's own, which keep folders themselves where no step does
        ({"release": job(TAGS, BUILDER, KEEPS, FOLDER).replace(*OWN_MACHINE)}, True),
        ({"release": job(TAGS, BUILDER, FOLDER).replace(*OWN_MACHINE)}, False),
        ({"main": job(MAIN, BUILDER, KEEPS, FOLDER).replace(*OWN_MACHINE)}, False),
        # by the clock is more often than for releases
        ({"nightly": job(NIGHTLY, image()), "release": job(TAGS, CACHED)}, True),
        ({"nightly": job(NIGHTLY, CACHED), "release": job(TAGS, image())}, False),
        ({"nightly": job(NIGHTLY, image()), "main": job(MAIN, CACHED)}, False),
        (
            {
                "release": job(
                    "{schedule: [], push: {tags: [v1]}}",
                    f"if: github.event_name == 'schedule'\n        {image()}",
                    f"if: github.event_name == 'push'\n        {CACHED}",
                )
            },
            True,
        ),
        # an image holds a cache only where somebody puts one into it
        (
            {
                "main": job(
                    MAIN, f"run: {OF_ITSELF.format('').replace('$SHA', '${{ github.sha }}')}"
                )
            },
            True,
        ),
        (
            {
                "main": job(
                    MAIN, f"run: {OF_ITSELF.format('').replace('shop/web:', '${{ vars.A }}:')}"
                )
            },
            False,
        ),
        ({"main": job(MAIN, f"run: {OF_ITSELF.format('')}")}, True),
        (
            {"main": job(MAIN, f"run: {OF_ITSELF.format('--build-arg BUILDKIT_INLINE_CACHE=1 ')}")},
            False,
        ),
        ({"main": job(MAIN, f"run: DOCKER_BUILDKIT=0 {OF_ITSELF.format('')}")}, False),
        ({"main": job(MAIN, f"run: {OF_ITSELF.format('').replace('web:l', 'aid:l')}")}, False),
        ({"main": job(MAIN, f"run: {OF_ITSELF.format('').replace('latest', 'cache')}")}, False),
        (
            {
                "main": job(MAIN, f"run: {OF_ITSELF.format('')}").replace(
                    "ubuntu-latest", "self-hosted"
                )
            },
            False,
        ),
    ],
)
def test_whether_those_who_push_most_often_have_a_cache(tmp_path, workflows, cold):
    (tmp_path / "Dockerfile").write_text("FROM debian:12\n")
    texts = {f"_dot_github__workflows__{name}_dot_yml": text for name, text in workflows.items()}
    assert bool(recipes(tmp_path, **texts).cold_pushes("Dockerfile")) is cold


@pytest.mark.parametrize(
    ("machines", "option", "reads", "cold"),
    [
        ("ubuntu-latest, ours-arm64", "", False, False),
        ("ubuntu-latest, ubuntu-24.04-arm", "", False, True),
        ("ours, ours-arm64", "", False, False),
        ("ours, ours-arm64", "--cache-from x/y:cache", True, False),
        ("ours, ours-arm64", "--no-cache --cache-from x/y:cache", False, True),
    ],
)
def test_whether_some_of_a_matrix_have_no_cache(tmp_path, machines, option, reads, cold):
    (tmp_path / "Dockerfile").write_text("FROM debian:12\n")
    text = job(MAIN, f"run: docker build {option} -t x/y . && docker push x/y").replace(
        "ubuntu-latest",
        f"${{{{ matrix.on }}}}\n    strategy: {{matrix: {{on: [{machines}]}}}}",
    )
    found = recipes(tmp_path, _dot_github__workflows__a_dot_yml=text)
    assert found.read_cache("Dockerfile") is reads
    assert bool(found.cold_pushes("Dockerfile")) is cold


def test_what_is_asked_of_a_workflow_is_parsed_once(tmp_path, monkeypatch):
    parsed = []
    parse = loading.load_yaml
    monkeypatch.setattr(loading, "load_yaml", lambda text: parsed.append(text) or parse(text))
    job = "jobs:\n  image:\n"
    found = recipes(
        tmp_path,
        _dot_github__workflows__build_dot_yml=f"on: workflow_call\n{job}    runs-on: ubuntu-24.04\n"
        "    steps:\n      - run: docker build --push -f web/Dockerfile -t shop/web:once .\n",
        _dot_github__workflows__ci_dot_yml="on: push\n"
        f"{job}    uses: ./.github/workflows/build.yml\n",
        web__Dockerfile="FROM scratch\nCOPY . /\n",
    )
    [built] = found.regular_pushes("web/Dockerfile")
    assert built.delivery.per_commit
    assert len(parsed) == len(set(parsed)) == 2


def test_a_workflow_is_read_once_for_what_it_writes_before_any_image(tmp_path, monkeypatch):
    steps = "".join(
        f"      - run: docker build --push -f {each}/Dockerfile -t shop/{each} .\n"
        for each in "abc"
    )
    found = recipes(
        tmp_path,
        _dot_github__workflows__ci_dot_yml="on: push\njobs:\n  image:\n    runs-on: ubuntu-latest\n"
        f"    steps:\n      - run: echo ${{{{ github.sha }}}} > sha.txt\n{steps}",
        **{f"{each}__Dockerfile": "FROM scratch\nCOPY . /\n" for each in "abc"},
    )
    read = []

    def counted(workflow, texts):
        read.append(workflow)
        return written_before_builds(workflow, texts)

    monkeypatch.setattr("dlint.project.written.written_before_builds", counted)
    told = [found.written_by_pushes(f"{each}/Dockerfile") for each in "abc"]
    assert [list(job) for jobs in told for job in jobs] == [["sha.txt"]] * 3
    assert len(read) == 1


@pytest.mark.parametrize(
    ("steps", "filled"),
    [
        (["run: npm ci"], {"node_modules"}),
        (["run: cd web && yarn install --immutable"], {"web/node_modules"}),
        (
            ["run: composer install --no-dev", "working-directory: ./api\n        run: npm i"],
            {"vendor", "api/node_modules"},
        ),
        (["if: env.A != ''\n        run: composer install"], {"vendor"}),
        (["run: npm install --global corepack"], set()),
        (["run: npm run install-hooks && echo npm ci"], set()),
        (["working-directory: ${{ env.A }}\n        run: npm ci"], set()),
    ],
)
def test_installs_of_a_job_fill_folders_before_it_pushes(tmp_path, steps, filled):
    image = "run: docker build --push -t shop/web ."
    told = "".join(f"      - {each}\n" for each in [*steps, image, "run: cd after && npm ci"])
    found = recipes(
        tmp_path,
        _dot_github__workflows__ci_dot_yml="on: push\njobs:\n  test:\n    steps:\n"
        f"      - run: cd tests && npm ci\n  image:\n    runs-on: ubuntu-latest\n    steps:\n{told}",
        Dockerfile="FROM scratch\nCOPY . /\n",
    )
    assert found.filled_by_pushes("Dockerfile") == filled
