"""Which folder is taken to be a Dockerfile's build context."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlint.cli import main
from dlint.project.contexts import likely_contexts
from dlint.project.recipes import recipes_around, recipes_of

ALL = "FROM debian:12\nCOPY . /app\n"
COMPOSE = "services:\n  web:\n    build:\n      context: {}\n      # the image\n      dockerfile: {}\n    ports: [80]\n"
ACTION = "jobs:\n  image:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          push: true\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a repository whose Dockerfile is in docker/, and work in its root."""
    monkeypatch.chdir(tmp_path)
    for folder in (".git", "app", "docker"):
        Path(folder).mkdir()
    Path("app", "main.py").write_text("")
    Path("setup.cfg").write_text("")
    Path("docker", "start.sh").write_text("")
    return tmp_path


def found(text: str) -> str:
    path = Path("docker", "Dockerfile")
    path.write_text(text)
    recipes_of.cache_clear()
    return likely_contexts(path)[0].as_posix()


@pytest.mark.parametrize(
    ("lines", "context"),
    [
        ("COPY start.sh /", "docker"),
        ("COPY app /app\nCOPY docker/start.sh /", "."),
        ("ADD ./app/main.py setup.cfg /", "."),
        ("RUN --mount=type=bind,source=setup.cfg,target=/s true", "."),
        (
            "COPY start.sh app.jar /\nCOPY app /app",
            "docker",
        ),  # as many here as there: app.jar is yet to be made
        ("COPY gone /", "docker"),
        ("COPY --from=build app /\nADD https://example.com/app /\nCOPY $APP * */ /", "docker"),
        ("COPY *.cfg /", "."),
        ("COPY *.toml [a /", "docker"),
    ],
)
@pytest.mark.usefixtures("here")
def test_what_is_copied_tells(lines: str, context: str) -> None:
    assert found(f"FROM debian:12\n{lines}\n") == context


def test_from_a_sub_folder(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(here / "docker")
    Path("Dockerfile").write_text("FROM debian:12\nCOPY app /app\n")
    assert likely_contexts(Path("Dockerfile"))[0].as_posix() == ".."


def test_nothing_above_the_repository_is_looked_at(here: Path) -> None:
    (here / ".git").rmdir()
    assert found("FROM debian:12\nCOPY app /app\n") == "docker"
    (here / "docker" / ".git").mkdir()
    assert found("FROM debian:12\nCOPY app /app\n") == "docker"


@pytest.mark.parametrize(
    ("path", "text", "context"),
    [
        ("Makefile", "image:\n\tdocker build \\\n\t  -t x -f docker/Dockerfile .\n", "."),
        ("build.sh", "docker buildx build . --file=./docker/Dockerfile\n", "."),
        ("build.sh", "docker build -f docker/Dockerfile docker\n", "docker"),
        ("build.sh", "docker build -f docker/Dockerfile.dev .\n", "docker"),
        ("compose.yaml", COMPOSE.format(".", "docker/Dockerfile"), "."),
        ("compose.yaml", COMPOSE.format("./docker", "Dockerfile"), "docker"),
        ("compose.yaml", COMPOSE.format("..", "docker/Dockerfile"), "docker"),
        ("docker/compose.yaml", COMPOSE.format("../", '"docker/Dockerfile"'), "."),
        (".github/workflows/image.yml", ACTION + "          file: ./docker/Dockerfile\n", "."),
        (
            ".github/workflows/image.yml",
            ACTION + "          context: docker\n          file: docker/Dockerfile\n",
            "docker",
        ),
        (
            "docker-bake.hcl",
            'target "x" {\n  dockerfile = "docker/Dockerfile"\n  context = "."\n}\n',
            ".",
        ),
    ],
)
@pytest.mark.usefixtures("here")
def test_recipes_tell_where_the_dockerfile_names_nothing(
    path: str, text: str, context: str
) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text)
    assert found(ALL) == context


@pytest.mark.usefixtures("here")
def test_the_repository_s_own_word_goes_before_what_is_copied() -> None:
    Path("Makefile").write_text("image:\n\tdocker build -f docker/Dockerfile app\n")
    assert found("FROM debian:12\nCOPY main.py /\n") == "app"
    # ... but not where nothing of it is there, and elsewhere all is
    assert found("FROM debian:12\nCOPY start.sh /\n") == "docker"
    assert found("FROM debian:12\nCOPY gone /\n") == "app"


@pytest.mark.usefixtures("here")
def test_a_folder_between_has_a_name_by_chance() -> None:
    folder = Path("parts", "site")
    folder.mkdir(parents=True)
    Path("parts", "public").mkdir()
    path = folder / "Dockerfile"
    path.write_text("FROM nginx:1.27\nCOPY public /usr/share/nginx/html\n")
    assert likely_contexts(path) == (Path("parts"),)
    # what is told is where a step before makes it
    Path("build.sh").write_text("docker build -f parts/site/Dockerfile .\n")
    recipes_of.cache_clear()
    assert likely_contexts(path) == (Path(),)


@pytest.mark.usefixtures("here")
def test_an_ignore_file_that_leaves_nothing_in_tells() -> None:
    Path("docker", ".dockerignore").write_text("*\n")
    assert found(ALL) == "."
    assert found("FROM debian:12\nCOPY start.sh /\n") == "."
    Path("docker", ".dockerignore").write_text("*\n!start.sh\n")
    assert found(ALL) == "docker"
    assert found("FROM debian:12\nCOPY start.sh /\n") == "docker"


@pytest.mark.parametrize(
    ("manifest", "context"),
    [
        ('[package]\nname = "aid"\nversion.workspace = true\n', "."),
        ("[dependencies]\ntokio = { workspace = true }\n", "."),
        ('[package]\nname = "aid"\nversion = "1.0.0"\n', "docker"),
        ("[workspace]\n[dependencies]\ntokio = { workspace = true }\n", "docker"),
    ],
)
@pytest.mark.usefixtures("here")
def test_a_member_of_a_workspace_is_no_context(manifest: str, context: str) -> None:
    Path("Cargo.toml").write_text('[workspace]\nmembers = ["docker"]\n')
    Path("docker", "Cargo.toml").write_text(manifest)
    assert found("FROM rust:1\nWORKDIR /src\nCOPY . .\nRUN cargo build --release\n") == context


def several(text: str) -> list[str]:
    found(text)
    return [each.as_posix() for each in likely_contexts(Path("docker", "Dockerfile"))]


@pytest.mark.usefixtures("here")
def test_several_contexts_remain_where_each_holds_as_much() -> None:
    lines = ["docker build -f docker/Dockerfile .", "docker build docker"]
    Path("build.sh").write_text("\n".join([*lines, lines[0]]))
    assert several(ALL) == [".", "docker"]
    assert several("FROM debian:12\nCOPY start.sh /\n") == ["docker"]


@pytest.mark.usefixtures("here")
def test_a_dockerfile_that_nobody_builds_has_the_context_of_those_beside_it() -> None:
    Path("docker", "Dockerfile.prod").write_text(ALL)
    Path("build.sh").write_text("docker build -f docker/Dockerfile.prod .\n")
    assert several(ALL) == ["."]
    assert several("FROM debian:12\nCOPY start.sh /\n") == ["docker"]
    Path("docker", "Dockerfile.test").write_text(ALL)
    Path("test.sh").write_text("docker build -f docker/Dockerfile.test app\n")
    assert several(ALL) == ["docker"]


@pytest.mark.usefixtures("here")
def test_a_recipe_beside_a_dockerfile_deep_below_the_root_is_read() -> None:
    folder = Path("a", "b", "c", "d", "e")
    (folder / "docker").mkdir(parents=True)
    (folder / "docker" / "Dockerfile").write_text(ALL)
    (folder / "compose.yaml").write_text(COMPOSE.format(".", "docker/Dockerfile"))
    assert likely_contexts(folder / "docker" / "Dockerfile") == (folder,)


@pytest.mark.usefixtures("here")
def test_a_context_that_nobody_named_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    found("FROM debian:12\nCOPY app /app\n")
    assert main(["layers", "docker/Dockerfile"]) == 0
    assert "docker/Dockerfile: the build context is taken to be .;" in capsys.readouterr().err
    assert main(["layers", "docker/Dockerfile", "--context", "."]) == 0
    assert capsys.readouterr().err == ""
    main(["check", "--isolated", "docker"])
    assert (
        "docker/Dockerfile: with context ., a change of what line 2 copies pushes"
        in capsys.readouterr().out
    )


@pytest.mark.usefixtures("here")
def test_what_is_told_of_several_contexts_holds_in_all(capsys: pytest.CaptureFixture[str]) -> None:
    Path("build.sh").write_text("docker build -f docker/Dockerfile .\ndocker build docker\n")
    found("FROM debian:12\nCOPY . /app\nRUN apt-get update && apt-get install -y tini\n")
    for each in (".", "docker"):
        Path(each, "data").write_bytes(bytes(2 << 20))
    command = ["check", "docker", "--no-push", "--isolated", "--select", "context,bloat"]
    main(command)
    told = capsys.readouterr()
    assert "context/no-ignore" in told.out
    assert "bloat/pm-cache" in told.out
    assert "builds it with each of ., docker as build context" in told.err
    Path("docker", ".dockerignore").write_text("*.log\n")
    main(command)
    told = capsys.readouterr()
    assert "context/no-ignore" not in told.out
    assert "bloat/pm-cache" in told.out
    main([*command, "--output-format", "pretty"])
    assert "can be fixed" in capsys.readouterr().out  # for what edits the Dockerfile is the same
    main([*command, "--diff"])
    told = capsys.readouterr()
    assert "rm -rf /var/lib/apt/lists/*\n" in told.out
    assert "only what is the same in all is fixed: it is built in several contexts" in told.err
    main([*command, "--ignore", "bloat/pm-cache", "--fix"])
    assert "left as it is: it is built in several contexts" in capsys.readouterr().err
    main([*command, "--context", "."])
    told = capsys.readouterr()
    assert "context/no-ignore" in told.out
    assert told.err == ""


@pytest.mark.parametrize(
    ("run", "context"),
    [
        ("pip install -r docker/requirements.txt", "."),
        ("pip install -r requirements.txt", "docker"),
        ("curl https://example.com/docker/requirements.txt", "docker"),
        ("cat /docker/requirements.txt", "docker"),
    ],
)
@pytest.mark.usefixtures("here")
def test_what_runs_read_of_all_that_was_copied_tells(run: str, context: str) -> None:
    Path("docker", "requirements.txt").write_text("")
    assert found(f"{ALL}RUN {run}\n") == context
    assert found(f"FROM debian:12\nRUN {run}\n") == "docker"


@pytest.mark.parametrize(
    ("lines", "context"),
    [
        ("COPY . .\nRUN make all", "."),
        ("COPY . .\nRUN make -C app", "docker"),
        ("RUN make all\nCOPY . .", "docker"),
        ("COPY . .\nRUN ./configure && make", "docker"),
        ("COPY . .\nRUN git clone https://a.test/b && make", "docker"),
        ("COPY . .\nRUN go build ./...", "."),
        ("COPY . .\nRUN apt-get install -y golang && npm ci", "docker"),  # no package.json
        ("COPY . .\nWORKDIR app\nRUN npm ci", "."),
        ("COPY . .\nRUN cd app && ./run.sh", "."),
        ("COPY . .\nRUN ./start.sh && go vet ./gone", "docker"),
        ("COPY . $GOPATH/src/x\nWORKDIR $GOPATH/src/x\nRUN go build", "."),
        ("COPY . /b\nFROM debian:12\nCOPY --from=build /b/app/main.py /", "."),
        ("COPY . /b\nFROM debian:12\nCOPY --from=build /b/app /b/app/gone.py /", "docker"),
        ("COPY . .\nFROM build AS more\nRUN make", "."),
        ("COPY . .\nFROM debian:12\nRUN make", "docker"),
    ],
)
def test_what_runs_need_tells(here: Path, lines: str, context: str) -> None:
    for name in ("Makefile", "go.mod", "app/package.json", "app/run.sh"):
        (here / name).write_text("")
    assert found(f"FROM golang:1.22 AS build\nWORKDIR /src\n{lines}\n") == context


@pytest.mark.parametrize(
    ("lines", "file", "context"),
    [
        ("COPY . .\nRUN make release && cd out && go build .", "Makefile", "."),
        ("WORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build ./...", "go.mod", "."),
        ("COPY . /app\nWORKDIR /app\nRUN npm ci --omit=dev", "package.json", "."),
        ("COPY . .\nRUN cd web && npm ci", "package.json", "docker"),
        ("COPY . .\nRUN npm install -g pnpm", "package.json", "docker"),
        ("COPY . .\nRUN make -C web", "Makefile", "docker"),
        ("COPY . /src\nRUN make release", "Makefile", "docker"),
        ("RUN make release\nCOPY . .", "Makefile", "docker"),
    ],
)
@pytest.mark.usefixtures("here")
def test_what_commands_cannot_do_without_tells(lines: str, file: str, context: str) -> None:
    Path(file).write_text("")
    assert found(f"FROM debian:12\n{lines}\n") == context


@pytest.mark.parametrize(
    ("script", "wanted"),
    [
        ("cp -rf ../docker/* ./ && docker build .", True),
        ("cp docker/Dockerfile $OUT/ && docker build $OUT", True),
        ("cp docker/Dockerfile $OUT/", False),
        ("cp -r docker/. out && docker build -f docker/Dockerfile docker", False),
        ("cp -r app/* out && docker build out", False),
    ],
)
def test_a_context_that_a_script_makes(here: Path, script: str, *, wanted: bool) -> None:
    Path("docker", "Dockerfile").write_text(ALL)
    for name in ("build.sh", "builder"):
        (here / "app" / name).write_text(script)
        recipes_of.cache_clear()
        assert recipes_around(here).is_assembled("docker/Dockerfile") is wanted
        (here / "app" / name).unlink()


@pytest.mark.parametrize(
    ("run", "wanted"), [("mkdir -p out/ && mv app out", True), ("mkdir others", False)]
)
def test_a_context_that_a_workflow_makes(here: Path, run: str, *, wanted: bool) -> None:
    Path("docker", "Dockerfile").write_text(ALL)
    Path(".github", "workflows").mkdir(parents=True)
    Path(".github", "workflows", "a.yml").write_text(
        f"jobs:\n  a:\n    steps:\n    - run: {run}\n    - uses: docker/build-push-action@v6\n"
        "      with: {context: out, file: docker/Dockerfile, push: true}\n"
    )
    recipes_of.cache_clear()
    assert recipes_around(here).is_assembled("docker/Dockerfile") is wanted


def test_a_template_has_the_context_of_the_project_that_is_made_of_it(here: Path) -> None:
    for folder in ("templates/_template", "services/web"):
        path = Path(folder, "Dockerfile")
        path.parent.mkdir(parents=True)
        path.write_text("FROM node:22\nCOPY setup.cfg ./\nCOPY . .\n")
    recipes_of.cache_clear()
    assert likely_contexts(Path("templates/_template/Dockerfile")) == (Path("templates/_template"),)
    assert likely_contexts(Path("services/web/Dockerfile"))[0].absolute() == here


def test_of_several_contexts_one_that_a_run_fails_in_is_none(here: Path) -> None:
    Path("docker", "compose.yaml").write_text(COMPOSE.format(".", "Dockerfile"))
    Path("app", "build.sh").write_text("docker build -f docker/Dockerfile .\n")
    Path("docker", "Dockerfile").write_text(ALL)
    recipes_of.cache_clear()
    assert len(likely_contexts(Path("docker/Dockerfile"))) == 2
    (here / "tools").mkdir()
    (here / "tools" / "setup.sh").write_text("")
    assert found("FROM debian:12\nWORKDIR /app\nCOPY . .\nRUN ./tools/setup.sh\n") == "."
    assert len(likely_contexts(Path("docker/Dockerfile"))) == 1


@pytest.mark.parametrize(
    ("release", "wanted"),
    [
        ("dockers:\n  - dockerfile: ./docker/Dockerfile\n    extra_files: [a]\n", True),
        ("dockers_v2:\n  - id: web\n    dockerfile: docker/Dockerfile\n", True),
        ("dockers:\n  - dockerfile: docker/{{ .Name }}\n", False),
        ("dockers:\n  - image_templates: [a]\n  - 1\n", False),
        ("dockers: none\nbuilds: [docker/Dockerfile]\n", False),
        ("dockers: [\n", False),
        ("", False),
    ],
)
def test_goreleaser_builds_in_a_folder_of_its_own(
    here: Path, release: str, *, wanted: bool
) -> None:
    Path("docker", "Dockerfile").write_text("FROM debian:12\nCOPY web /bin/\n")
    Path(".goreleaser.yaml").write_text(release)
    recipes_of.cache_clear()
    assert recipes_around(here).is_assembled("docker/Dockerfile") is wanted
    assert recipes_around(here).is_assembled("Dockerfile") is ("image" in release)
