"""One image that a job pushes to two registries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.project.recipes import Recipes

if TYPE_CHECKING:
    from pathlib import Path

JOB = """\
on: push
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
"""
ONE, TWO = "one.io/our/web:1", "two.io/our/web:1"
ACTION = "      - uses: docker/build-push-action@v6\n        with:\n          context: .\n"


def action(*tags: str) -> str:
    return f"{ACTION}          push: true\n          tags: {','.join(tags)}\n"


def run(*lines: str) -> str:
    return "      - run: |\n" + "".join(f"          {each}\n" for each in lines)


@pytest.mark.parametrize(
    "steps",
    [
        run(f"docker build -t {ONE} -t {TWO} .", f"docker push {ONE}", f"docker push {TWO}"),
        run(f"docker build -t {ONE} .", f"docker tag {ONE} {TWO}", f"docker push {ONE}")
        + run(f"docker push {TWO}"),
        run(f"docker build -t {ONE} .", f"docker push {ONE}")
        + run(f"docker build -t {TWO} .", f"docker push {TWO}"),
        action(ONE, TWO),
        action(ONE) + action(TWO),
        f"{ACTION}          load: true\n          tags: web\n"
        + run(f"docker tag web {ONE}", f"docker push {ONE}")
        + run(f"docker tag web {TWO}", f"docker push {TWO}"),
    ],
)
def test_it_is_one_build_without_a_cache(tmp_path: Path, steps: str) -> None:
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / "Dockerfile").write_text("FROM x\n")
    (tmp_path / ".github/workflows/a.yml").write_text(JOB + steps)
    (built,) = Recipes(tmp_path).builds
    told = built.delivery
    assert (told.pushes, told.jobs, told.cold, told.reads) == (True, 1, "machine", False)
