"""The images of Compose and Bake files, in `dlint check` and `dlint push`."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from past import commit, git
from support import checker

from dlint.cli import main
from dlint.facts.uses import named_images
from dlint.lint.engine import Task
from dlint.project.recipes import forget

if TYPE_CHECKING:
    from pathlib import Path

COMPOSE = """services:
  api: {image: registry.example/shop/api:1, build: {context: api, target: final}}
  worker: {image: registry.example/shop/worker:1, build: {context: api, target: worker}}
  base: {image: registry.example/shop/base, build: base}
  web:
    image: registry.example/shop/web:1
    build: {context: web, additional_contexts: {base: "service:base"}}
  database: {image: "postgres:17"}
"""
BAKE = """group "default" { targets = ["api"] }
target "api" {
  context = "api"
  target  = "final"
}
target "worker" {
  inherits = ["api"]
  target   = "worker"
}
"""
API = """FROM registry.example/shop/base:latest AS deps
COPY requirements.txt /
FROM deps AS worker
COPY worker.py /
FROM deps AS final
COPY . /app
RUN apt-get update && apt-get install -y curl
"""


def noise(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311  bytes that do not compress


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project of four images, of which two are built on a third."""
    git(tmp_path, "init", "-q", "-b", "main")
    files: dict[str, str | bytes | None] = {
        "compose.yaml": COMPOSE,
        "docker-bake.hcl": BAKE,
        "base/Dockerfile": "FROM debian:12.5-slim\nCOPY common /\n",
        "base/common": noise(1, 200_000),
        "api/Dockerfile": API,
        "api/requirements.txt": noise(2, 50_000),
        "api/main.py": noise(3, 30_000),
        "api/worker.py": "print(1)\n",
        "web/Dockerfile": "FROM base\nCOPY . /srv\n",
        "web/index.html": noise(4, 70_000),
    }
    commit(tmp_path, "one", files)
    commit(tmp_path, "two", {"README.md": "shop\n"})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main([*words[:1], "--isolated", *words[1:]])
    out, err = capsys.readouterr()
    return status, out, err


def push(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    status, out, err = run(capsys, "push", "--output-format", "json", *words)
    assert status == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def statuses(pushed: dict[str, Any]) -> dict[str, list[str]]:
    return {
        image["image"]: [layer["status"] for layer in image["layers"]] for image in pushed["images"]
    }


UP, THERE = "Pushed", "Layer already exists"
BASE = "Mounted from shop/base"
API_PLACE = "Mounted from shop/api"


def test_nothing_changed_pushes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    pushed = push(capsys, "compose.yaml")
    assert {each for row in statuses(pushed).values() for each in row} == {THERE}
    assert pushed["pushed_bytes"] == 0


def test_a_new_base_rebuilds_what_stands_on_it_and_goes_up_once(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "base/common").write_bytes(noise(9, 200_000))
    pushed = push(capsys, "compose.yaml")
    assert statuses(pushed) == {
        "compose.yaml#base": [THERE, UP],
        # a COPY that runs again makes the same blob, a RUN another one
        "compose.yaml#api": [THERE, BASE, THERE, THERE, UP],
        "compose.yaml#worker": [THERE, BASE, THERE, THERE],
        # of the repositories that hold it, the containerd image store takes the last by name
        "compose.yaml#web": [THERE, "Mounted from shop/worker", THERE],
    }
    graphdriver = push(capsys, "compose.yaml", "--builder", "docker")
    assert statuses(graphdriver)["compose.yaml#web"] == [THERE, "Mounted from shop/worker", THERE]
    sent = [image["pushed_bytes"] or 0 for image in pushed["images"]]
    assert pushed["pushed_bytes"] == sum(sent)
    assert 200_000 < sent[0] < 210_000


def test_a_layer_of_two_images_is_mounted_for_the_second(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "api/requirements.txt").write_bytes(noise(9, 50_000))
    assert statuses(push(capsys, "compose.yaml")) == {
        "compose.yaml#base": [THERE, THERE],
        "compose.yaml#api": [THERE, THERE, UP, UP, UP],
        "compose.yaml#worker": [THERE, THERE, API_PLACE, THERE],
        "compose.yaml#web": [THERE, THERE, THERE],
    }


def test_what_one_image_copies_is_pushed_for_it_alone(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "web/index.html").write_bytes(noise(9, 70_000))
    pushed = push(capsys, "--all")
    assert statuses(pushed)["compose.yaml#web"] == [THERE, THERE, UP]
    assert 70_000 < pushed["pushed_bytes"] < 75_000


def test_layers_of_several_images_count_once(capsys: pytest.CaptureFixture[str]) -> None:
    pushed = push(capsys, "compose.yaml")
    each = sum(image["image_bytes"] for image in pushed["images"])
    assert each - pushed["distinct_bytes"] > 3 * 200_000  # the base's layer in three more images


def test_the_table_of_a_push(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    (shop / "base/common").write_bytes(noise(9, 200_000))
    status, out, _ = run(capsys, "push", "compose.yaml")
    assert status == 0
    head, *rows, total = out.splitlines()
    assert head.startswith("4 images: this push (same build arguments, same base image; ")
    assert rows[0].startswith("compose.yaml#base: 1 of 2 layers pushed, 201 kB; image")
    assert rows[2].startswith("compose.yaml#worker: 0 of 4 layers pushed, 1 mounted, ")
    assert rows[3].endswith("(base compose.yaml#base)")
    assert total.startswith("4 images: ")
    for form in ("pretty", "markdown"):
        assert "compose.yaml#web" in run(capsys, "push", "--all", "--output-format", form)[1]


def test_one_image_has_the_rows_of_its_layers(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "api/worker.py").write_text("print(2)\n")
    one = push(capsys, "compose.yaml#worker")
    assert (one["path"], one["target"]) == ("api/Dockerfile", "worker")
    assert one["layers"][-1]["instruction"] == "COPY worker.py /"
    assert one["layers"][-1]["status"] == UP
    assert push(capsys, "docker-bake.hcl")["target"] == "final"  # the default group
    assert [each["image"] for each in push(capsys, "api", "web")["images"]] == [
        "api/Dockerfile",
        "web/Dockerfile",
    ]


def test_a_budget_holds_for_all_together(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "base/common").write_bytes(noise(9, 200_000))
    assert run(capsys, "push", "compose.yaml", "--budget", "100kB")[0] == 1
    assert run(capsys, "push", "compose.yaml#base", "--budget", "300kB")[0] == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("push", "compose.yaml#wep"), "no image is called 'wep'"),
        (("push", "compose.yaml", "--target", "x"), "--target contradicts compose.yaml"),
        (("push", "compose.yaml", "--against", "oci:x"), "--against speaks of one image"),
        (("push",), "Dockerfile: no such file"),
        (("check", "compose.yaml", "--fix"), "fixes hold for a Dockerfile"),
        (("layers", "compose.yaml"), "means 4 images"),
    ],
)
def test_what_makes_no_sense_is_said(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    status, _, err = run(capsys, *words)
    assert (status, message in err) == (2, True), err


def test_other_verbs_take_one_image(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "layers", "compose.yaml#worker", "--output-format", "json")
    assert status == 0, err
    shipped = [row["instruction"] for row in json.loads(out)["layers"] if row["shipped"]]
    assert shipped == ["COPY requirements.txt /", "COPY worker.py /"]
    assert run(capsys, "history", "docker-bake.hcl#api")[0] == 0


def checked(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(capsys, "check", "--output-format", "json", *words)[1])
    return found


def test_a_finding_of_one_image_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    found = checked(capsys, "compose.yaml", "--select", "bloat/pm-cache")["diagnostics"]
    assert [(each["path"], each["line"]) for each in found] == [("api/Dockerfile", 7)]
    assert found[0]["message"].endswith("(only in image `api`)")
    alone = checked(capsys, "compose.yaml#api", "--select", "bloat/pm-cache")["diagnostics"]
    assert "only in image" not in alone[0]["message"]
    assert not checked(capsys, "compose.yaml#worker", "--select", "bloat/pm-cache")["diagnostics"]


def test_what_all_images_of_a_dockerfile_have_is_said_once(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "api/Dockerfile").write_text(API.replace("registry.example/shop/base:latest", "debian"))
    found = checked(capsys, "compose.yaml", "--select", "pin/base-tag")
    here = [each for each in found["diagnostics"] if each["path"] == "api/Dockerfile"]
    assert [each["line"] for each in here] == [1]
    assert "only in" not in here[0]["message"]
    assert found["summary"]["files"] == 3
    assert [each["image"] for each in found["push"]] == [
        "compose.yaml#api",
        "compose.yaml#worker",
        "compose.yaml#base",
        "compose.yaml#web",
    ]


def test_a_dockerfile_in_the_file_itself_is_checked(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "inline.compose.yaml").unlink(missing_ok=True)
    (shop / "docker-compose.yml").write_text(
        "services:\n  tool:\n    build:\n      context: .\n      dockerfile_inline: FROM debian\n"
    )
    (found,) = checked(capsys, "docker-compose.yml", "--select", "pin/base-tag")["diagnostics"]
    assert (found["path"], found["line"]) == ("docker-compose.yml#tool", 5)


def test_an_inline_dockerfile_has_the_lines_of_its_file(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "compose.tool.yaml").write_text(
        "services:\n  tool:\n    build:\n      context: .\n      dockerfile_inline: |\n"
        "        # syntax=docker/dockerfile:1\n        FROM ${BASE:-debian}\n        RUN a\n\n"
        "        RUN apt-get update && apt-get install -y curl\n"
    )
    (shop / "docker-bake.hcl").write_text(
        'target "tool" {\n  dockerfile-inline = <<EOT\nFROM debian\n'
        "RUN apt-get update && apt-get install -y curl\nEOT\n}\n"
    )
    words = ("--select", "bloat/pm-cache")
    for file, line in (("compose.tool.yaml", 10), ("docker-bake.hcl", 4)):
        (found,) = checked(capsys, f"{file}#tool", *words)["diagnostics"]
        assert (found["path"], found["line"]) == (f"{file}#tool", line)
        out = run(capsys, "check", f"{file}#tool", *words, "--output-format", "github")[1]
        assert f"file={file},line={line}," in out
        pretty = run(capsys, "check", f"{file}#tool", *words, "--output-format", "pretty")[1]
        assert f"{line} | RUN apt-get update" in pretty


def test_a_project_ends_with_the_table_of_its_images(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "tools").mkdir()
    (shop / "tools/Dockerfile").write_text("FROM debian:12\nCOPY x /\n")
    (shop / "tools/x").write_text("x")
    _, out, _ = run(capsys, "check", ".", "--output-format", "markdown")
    rows = [line.split("|")[1].strip(" `") for line in out.splitlines() if line.startswith("| `")]
    assert rows == [
        "compose.yaml#api",
        "compose.yaml#worker",
        "compose.yaml#base",
        "compose.yaml#web",
        "tools/Dockerfile",
    ]
    assert "### Images" not in run(capsys, "check", "web", "--output-format", "markdown")[1]
    assert "push of a change" in run(capsys, "check", ".", "--output-format", "pretty")[1]
    text = run(capsys, "check", ".", "--output-format", "text")[1]
    assert "worst finding" not in text


def test_the_table_has_the_worst_finding_of_each_image(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ("check", ".", "--output-format", "markdown", "--select", "bloat/pm-cache")
    _, out, _ = run(capsys, *words)
    rows = dict(
        [cell.strip(" `") for cell in line.split("|")[1:-1:3]]
        for line in out.splitlines()
        if line.startswith("| `compose")
    )
    assert "bloat/pm-cache" in rows["compose.yaml#api"]
    assert "bloat/pm-cache" not in rows["compose.yaml#worker"]


def test_a_named_context_is_no_image_to_pin(shop: Path) -> None:
    assert not named_images(checker().build(Task("web/Dockerfile")))  # Compose gives it one
    (shop / "web/Dockerfile").rename(shop / "Dockerfile")
    task = Task("Dockerfile")
    assert [use.written for use, _ in named_images(checker().build(task))] == ["base"]
    assert not named_images(checker(contexts=frozenset({"base"})).build(task))


def test_templates_are_no_images(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "Dockerfile.j2").write_text("FROM {{ base }}\n{% if x %}\nRUN a\n{% endif %}\n")
    assert "Dockerfile.j2" not in run(capsys, "push", "--all")[1]


def test_a_new_image_finds_in_its_registry_what_others_have(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compose = (shop / "compose.yaml").read_text()
    extra = "  extra: {image: registry.example/shop/extra:1, build: extra}\n"
    (shop / "compose.yaml").write_text(compose.replace("  database", f"{extra}  database"))
    (shop / "extra").mkdir()
    (shop / "extra/Dockerfile").write_text(API.partition("FROM deps AS worker")[0])
    (shop / "extra/requirements.txt").write_bytes(noise(2, 50_000))
    # by name the last repository, or the one that got it last
    for builder, sources in (("buildkit", ("worker", "worker")), ("docker", ("web", "worker"))):
        found = statuses(push(capsys, "compose.yaml", "--builder", builder))
        assert found["compose.yaml#extra"][1:] == [f"Mounted from shop/{each}" for each in sources]


def test_several_compose_files_go_over_one_another(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "compose.prod.yaml").write_text(
        "services:\n  worker: {build: {target: final}}\n  database: {build: base}\n"
    )
    (shop / "api/main.py").write_text("changed\n")
    names = "compose.yaml:compose.prod.yaml"
    assert push(capsys, f"{names}#worker")["target"] == "final"
    assert push(capsys, "compose.yaml#worker")["target"] == "worker"
    images = [each["image"] for each in push(capsys, names)["images"]]
    assert images[0] == "compose.yaml#base"
    assert len(images) == 5
    found = checked(capsys, f"{names}#worker", "--select", "bloat/pm-cache")["diagnostics"]
    assert [(each["path"], each["line"]) for each in found] == [("api/Dockerfile", 7)]
    (shop / ".env").write_text("COMPOSE_FILE=compose.yaml:compose.prod.yaml\n")
    assert push(capsys, "compose.yaml#worker")["target"] == "final"
    (shop / ".env").write_text("COMPOSE_FILE=other.yaml\n")
    assert push(capsys, "compose.yaml#worker")["target"] == "worker"
    (shop / ".env").write_text(
        "COMPOSE_PATH_SEPARATOR=;\nCOMPOSE_FILE=compose.yaml;compose.prod.yaml\n"
    )
    assert push(capsys, "compose.yaml#worker")["target"] == "final"
    assert "Dockerfile" in run(capsys, "push", "compose.yaml:missing.yaml")[2]


@pytest.mark.parametrize(
    ("second", "is_told"),
    [("{context: ., target: worker}", True), ("{context: ., target: api}", False)],
)
def test_one_dockerfile_of_several_images_has_a_table(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    second: str,
    *,
    is_told: bool,
) -> None:
    folder = tmp_path / "one"
    (folder / ".git").mkdir(parents=True)
    stages = "FROM debian:12 AS api\nRUN a\nFROM debian:12 AS worker\nRUN b\n"
    (folder / "Dockerfile").write_text(stages)
    services = (
        f"services:\n  api: {{build: {{context: ., target: api}}}}\n  b: {{build: {second}}}\n"
    )
    (folder / "compose.yaml").write_text(services)
    monkeypatch.chdir(folder)
    out = run(capsys, "check", ".", "--isolated", "--output-format", "markdown")[1]
    assert ("nothing is known or found: 2" in out) is is_told
    (folder / "Dockerfile").write_text("FROM debian AS api\nRUN a\nFROM alpine AS worker\n")
    out = run(capsys, "check", ".", "--isolated", "--output-format", "markdown")[1]
    assert ("| `compose.yaml#b` | size unknown | push unknown | info: pin/base-tag |" in out) is (
        is_told
    )
    assert ("| `compose.yaml#api` |" in out) is is_told


WORKFLOW = """on: {{push: {{branches: [main]}}}}
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: docker/login-action@v3
      - {step}
"""
ACTION = """uses: docker/build-push-action@v6
        with: {{context: api, push: true, tags: 'registry.example/shop/worker:1'{more}}}"""


@pytest.mark.parametrize(
    ("step", "images"),
    [
        # of the target that it pushes, with the image that this is built on
        (
            ACTION.format(more=", target: worker"),
            {"api/Dockerfile": "worker.py", "compose.yaml#base": "common"},
        ),
        (
            ACTION.format(more=", platforms: 'linux/amd64,linux/arm64'"),
            {
                "api/Dockerfile (linux/amd64)": "apt-get",
                "api/Dockerfile (linux/arm64)": "apt-get",
                "compose.yaml#base": "common",
            },
        ),
        (
            "run: docker compose build && docker compose push",
            {
                "compose.yaml#api": "apt-get",
                "compose.yaml#base": "common",
                "compose.yaml#web": "/srv",
                "compose.yaml#worker": "worker.py",
            },
        ),
        (  # nothing pushes: all
            "run: docker compose build",
            {
                "compose.yaml#api": "apt-get",
                "compose.yaml#base": "common",
                "compose.yaml#web": "/srv",
                "compose.yaml#worker": "worker.py",
            },
        ),
    ],
)
def test_all_images_are_those_that_recipes_push(
    shop: Path, capsys: pytest.CaptureFixture[str], step: str, images: dict[str, str]
) -> None:
    commit(shop, "three", {".github/workflows/image.yml": WORKFLOW.format(step=step)})
    forget()
    pushed = push(capsys, "--all")["images"]
    assert sorted(each["image"] for each in pushed) == sorted(images)
    last = {each["image"]: each["layers"][-1]["instruction"] for each in pushed}
    assert all(word in last[name] for name, word in images.items())


def test_images_that_nothing_pushes_are_counted(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    step = ACTION.format(more="")
    commit(shop, "three", {".github/workflows/image.yml": WORKFLOW.format(step=step)})
    forget()
    told = run(capsys, "push", "--all")[2]
    assert "1 Dockerfile left out, which no recipe is seen to push" in told
    assert "left out" not in run(capsys, "push", "compose.yaml")[2]
