"""Which caches the images of a Bake file have by what starts Bake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.project.recipes import Recipes

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.project.builds import Built

BAKE = """\
target "web" {
  dockerfile = "web.Dockerfile"
}
target "api" {
  dockerfile = "api.Dockerfile"
  cache-from = ["our/api:old"]
}
"""
START = """\
on: push
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: docker/setup-buildx-action@v3
"""
ACTION = "      - uses: docker/bake-action@v5\n        with:\n"
RUN = "      - run: docker buildx bake --push"
PUSH = f"{ACTION}          push: true\n"


def builds(root: Path, steps: str, **texts: str) -> dict[str, Built]:
    """Return the builds of the Bake file, by the Dockerfile, where a workflow takes these steps."""
    told = {
        "docker-bake.hcl": BAKE,
        "web.Dockerfile": "FROM x\n",
        "api.Dockerfile": "FROM x\n",
        ".github/workflows/a.yml": START + steps,
    }
    for path, text in {**told, **texts}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return {each.dockerfile: each for each in Recipes(root).builds}


def caches(built: Built) -> tuple[list[str], list[str]]:
    told = built.caches
    return list(map(str, told.exports)), list(map(str, told.sources))


@pytest.mark.parametrize(
    ("steps", "web", "api"),
    [
        (PUSH, ([], []), ([], ["our/api:old"])),
        (
            PUSH + "          set: |\n            *.cache-from=type=gha\n"
            "            *.cache-to=type=gha,mode=max\n",
            (["type=gha,mode=max"], ["type=gha"]),
            (["type=gha,mode=max"], ["type=gha"]),
        ),
        (
            PUSH + "          set: '*w?b*.cache-from=our/web:cache'\n",
            ([], ["our/web:cache"]),
            ([], ["our/api:old"]),
        ),
        (
            PUSH + "          set: api.cache-from+=our/api:cache\n",
            ([], []),
            ([], ["our/api:old", "our/api:cache"]),
        ),
        (
            f"{RUN} --set '*.cache-from=our/x:cache' --set=\"web.cache-to=type=inline\"\n",
            (["type=inline"], ["our/x:cache"]),
            ([], ["our/x:cache"]),
        ),
        pytest.param(
            f"{RUN} --set *.cache-from=type=gha\n",
            ([], []),
            ([], []),
            id="commands have no token for GitHub's cache",
        ),
        pytest.param(
            PUSH + "          set: ${{ matrix.image }}.cache-from=our/web:cache\n",
            ([], ["our/web:cache"]),
            ([], ["our/web:cache"]),
            id="for an image that a matrix names",
        ),
        pytest.param(
            PUSH + PUSH + "          set: web.cache-from=our/web:cache\n",
            ([], []),
            ([], ["our/api:old"]),
            id="calls that differ",
        ),
    ],
)
def test_caches(
    tmp_path: Path,
    steps: str,
    web: tuple[list[str], list[str]],
    api: tuple[list[str], list[str]],
) -> None:
    found = builds(tmp_path, steps)
    expected = {"web.Dockerfile": web, "api.Dockerfile": api}
    written = {
        name: tuple(
            [each.replace("our/", "type=registry,ref=our/") for each in kind] for kind in told
        )
        for name, told in expected.items()
    }
    assert {name: caches(each) for name, each in found.items()} == written


@pytest.mark.parametrize(
    ("steps", "pushes", "cold"),
    [
        (PUSH, True, "machine"),
        (PUSH + "          no-cache: true\n", True, "option"),
        (ACTION + "          files: docker-bake.hcl\n", False, ""),
        (ACTION + "          set: '*.output=type=registry'\n", True, "machine"),
        (PUSH + "          files: |\n            other.hcl\n", False, ""),
        (PUSH + "          set: '*.cache-from=our/x:cache'\n", True, ""),
        (PUSH + "          set: '*.cache-from=${{ vars.CACHE }}'\n", True, ""),
        (PUSH + PUSH + "          set: web.cache-from=our/web:cache\n", True, ""),
        pytest.param(
            ACTION + "          set: web.cache-from=our/web:cache\n" + PUSH,
            True,
            "",
            id="an earlier step fills the builder",
        ),
        pytest.param(
            PUSH + "          set: api.cache-from=our/x:cache\n", True, "machine", id="of another"
        ),
    ],
)
def test_how_the_action_starts_bake(tmp_path: Path, steps: str, *, pushes: bool, cold: str) -> None:
    told = builds(tmp_path, steps)["web.Dockerfile"].delivery
    assert (told.pushes, told.cold) == (pushes, cold)


BOTH = ("linux/amd64", "linux/arm64")


@pytest.mark.parametrize(
    ("steps", "web", "api"),
    [
        (ACTION + "          files: docker-bake.hcl\n", (), ()),  # pushes nothing
        (PUSH, BOTH, ()),
        (f"{RUN}\n", BOTH, ()),
        (PUSH + "          set: '*.platform=linux/arm64'\n", BOTH[1:], BOTH[1:]),
        (PUSH + "          set: web.platform+=linux/s390x\n", (*BOTH, "linux/s390x"), ()),
        (f"{RUN} --set *.platform={','.join(BOTH)}\n", BOTH, BOTH),
        (f"{RUN} --set *.platform={BOTH[1]} --set *.platform={BOTH[0]}\n", BOTH[::-1], BOTH[::-1]),
        pytest.param(
            PUSH + "          set: ${{ matrix.image }}.platform=${{ matrix.platform }}\n",
            (),
            (),
            id="one by one",
        ),
        pytest.param(
            PUSH + PUSH + "          set: '*.platform=linux/arm64'\n",
            (),
            (),
            id="calls that differ",
        ),
    ],
)
def test_platforms_of_the_file_and_of_what_starts_bake(
    tmp_path: Path, steps: str, web: tuple[str, ...], api: tuple[str, ...]
) -> None:
    both = ", ".join(f'"{each}"' for each in BOTH)
    file = BAKE.replace('"web.Dockerfile"\n', f'"web.Dockerfile"\n  platforms = [{both}]\n')
    found = builds(tmp_path, steps, **{"docker-bake.hcl": file})
    told = (found["web.Dockerfile"].platforms, found["api.Dockerfile"].platforms)
    assert told == (web, api)


def test_caches_that_a_caller_gives(tmp_path: Path) -> None:
    called = START.replace(
        "on: push", "on:\n  workflow_call:\n    inputs:\n      cache: {type: string}"
    )
    steps = PUSH + "          set: '*.cache-from=${{ inputs.cache }}'\n"
    caller = (
        "on: push\njobs:\n  image:\n    uses: ./.github/workflows/b.yml\n"
        "    with: {cache: 'our/web:cache'}\n"
    )
    files = {".github/workflows/b.yml": called + steps, ".github/workflows/a.yml": caller}
    found = builds(tmp_path, "", **files)["web.Dockerfile"]
    assert caches(found)[1] == ["type=registry,ref=our/web:cache"]
    assert not found.delivery.cold


STAGES = """\
target "web" {
  target = "web"
}
target "dev" {
  target = "dev"
}
"""
BY_OWN = "      - uses: ./.github/actions/bake\n        with: {targets: dev, push: 'true'}\n"
BAKES = """\
inputs:
  targets: {required: true}
  push: {default: 'false'}
runs:
  using: composite
  steps:
"""
BY_ACTION = "    - uses: docker/bake-action@v5\n      with:\n"
BY_INPUTS = (
    f"{BY_ACTION}        targets: ${{{{ inputs.targets }}}}\n        push: ${{{{ inputs.push }}}}\n"
)


@pytest.mark.parametrize(
    ("steps", "action", "is_asked"),
    [
        (BY_OWN, BY_INPUTS, True),
        (BY_OWN, "    - run: docker buildx bake -f docker-bake.hcl --push ${{ inputs.targets }}\n", True),
        (BY_OWN, BY_INPUTS.replace("push: ${{ inputs.push }}", "load: true"), False),
        (BY_OWN.replace(", push: 'true'", ""), BY_INPUTS, False),
        (BY_OWN.replace("dev", "web"), BY_INPUTS, False),
        (f"{PUSH}          targets: web,dev\n", "", True),
        (f"{RUN} --set dev.platform=linux/amd64 web\n", "", False),
        (f"{RUN} --progress plain dev\n", "", True),
        (PUSH, "", False),  # which images that are, another file may tell
    ],
)  # fmt: skip
def test_a_stage_of_development_that_ci_pushes_by_its_name(
    tmp_path: Path, steps: str, action: str, *, is_asked: bool
) -> None:
    texts = {
        "docker-bake.hcl": STAGES,
        "Dockerfile": "FROM x AS base\nFROM base AS dev\nFROM base AS web\n",
        ".github/actions/bake/action.yml": BAKES + action,
    }
    builds(tmp_path, steps, **texts)
    found = Recipes(tmp_path)
    asked = {each.target: each.delivery.asked for each in found.builds}
    assert asked["dev"] is is_asked
    assert found.keeps_here("Dockerfile", "dev", is_last=False) is not is_asked


LOAD = f"{ACTION}          load: true\n"


@pytest.mark.parametrize(
    ("steps", "script", "stay"),
    [
        (LOAD, "id", ["api", "web"]),
        (f"{LOAD}          targets: web\n", "id", ["web"]),
        (LOAD, "docker push our/web", []),
        (f"{RUN.removesuffix(' --push')} web\n", "id", ["web"]),
        ("      - run: docker buildx build .\n", "id", []),
        (PUSH, "id", []),
    ],
)
def test_what_ci_builds_to_try_it(tmp_path: Path, steps: str, script: str, stay: list[str]) -> None:
    found = builds(tmp_path, steps, **{"a.sh": f"#!/bin/sh\n{script}\n"})
    told = {name.partition(".")[0]: each.delivery.stays for name, each in found.items()}
    assert sorted(name for name, stays in told.items() if stays) == stay


@pytest.mark.parametrize(
    ("steps", "is_pushed"),
    [
        (PUSH, True),
        (f"{RUN}\n", True),
        (f"{ACTION}          set: '*.output=type=registry,push=true'\n", True),
        (f"{ACTION}          load: true\n", False),
        ("      - run: make\n", False),
    ],
)
def test_no_push_goes_to_this_machine(tmp_path: Path, steps: str, *, is_pushed: bool) -> None:
    tags = '  tags = ["${REGISTRY}/shop/web"]\n}'
    bake = f'variable "REGISTRY" {{\n  default = "localhost"\n}}\n{BAKE.replace("}", tags, 1)}'
    built = builds(tmp_path, steps, **{"docker-bake.hcl": bake})["web.Dockerfile"]
    assert built.delivery.is_pushed is is_pushed
    assert ("localhost/shop/web" in built.names) is not is_pushed
