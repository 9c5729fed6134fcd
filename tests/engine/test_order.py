"""`dlint order` on the real thing: commits replayed by a real engine before and after it put the
Dockerfile in order.

`DLINT_ENGINE_REPOSITORIES` names a folder with clones of public repositories, OWNER/NAME, for the
tests of those in PUBLIC; they need the network.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from harness import bases, need
from harness.ahead import Ahead
from harness.images import settings_of, tree_of
from harness.public import PUBLIC, project_of
from harness.skips import require
from orders import IN_ORDER, PROJECTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.images import Entry
    from harness.project import Project
    from harness.session import Session

DLINT = Path(sys.executable).with_name("dlint")
REPOSITORIES = os.environ.get("DLINT_ENGINE_REPOSITORIES")
ON_THE_OLD_STORE = ("node-manifest", "static-assets")
RUNS = [
    *((name, "buildkit") for name in PROJECTS),
    *((name, "docker") for name in ON_THE_OLD_STORE),
]
WORST = 0.05
# Where lists of dependencies change, their layers are guessed by the packages' share of one that was
# built; these stand-ins store less for a package more.
GUESSED = 0.1


class Replayed(NamedTuple):
    """A project's pushes by one Dockerfile, and the last image."""

    pushed: list[int]
    tree: dict[str, Entry]
    settings: dict[str, Any]
    repository: Path
    first: str
    """The first image, as `--against` takes it."""


class Proof(NamedTuple):
    """A project before and after, and what dlint said of it."""

    told: dict[str, Any]
    before: Replayed
    after: Replayed


@pytest.fixture(scope="module")
def proofs(
    request: pytest.FixtureRequest, programs: Session, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ahead[Proof]]:
    for start in (
        lambda: programs.engine,
        lambda: programs.containerd_engine,
        lambda: programs.registry,
    ):
        require(start)
    folder = tmp_path_factory.mktemp("order")

    def prove_in_a_folder(name: str, builder: str) -> Proof:
        return prove(programs, PROJECTS[name], builder, folder / f"{builder}-{name}")

    with Ahead(request, "proofs", prove_in_a_folder) as ahead:
        yield ahead


@pytest.mark.parametrize(
    ("name", "builder"), RUNS, ids=[f"{builder}-{name}" for name, builder in RUNS]
)
def test_order(
    name: str, builder: str, proofs: Ahead[Proof], request: pytest.FixtureRequest
) -> None:
    proof = proofs.of(request)
    hold(proof)
    saved = sum(proof.before.pushed) - sum(proof.after.pushed)
    assert (saved > 0) == (name not in IN_ORDER), builder


@pytest.mark.skipif(
    not REPOSITORIES, reason="DLINT_ENGINE_REPOSITORIES names no folder with clones"
)
@pytest.mark.parametrize("public", PUBLIC, ids=str)
def test_public_repository(public: Any, programs: Session, tmp_path: Path) -> None:
    compiler = ("python3-dev", "gcc")
    require(lambda: bases.import_python(programs.containerd_engine, public.base, compiler))
    hold(prove(programs, project_of(public, Path(REPOSITORIES or "")), "buildkit", tmp_path))


def hold(proof: Proof) -> None:
    """Hold dlint's forecast, the pushes and the images against each other."""
    told, before, after = proof
    worst = GUESSED if told["basis"] == "guessed" else WORST
    for expected, real in (
        (told["expected_bytes_before"], before),
        (told["expected_bytes_after"], after),
    ):
        assert (expected or 0) * len(real.pushed) == pytest.approx(sum(real.pushed), rel=worst)
    assert sum(after.pushed) <= sum(before.pushed)
    assert after.tree == before.tree
    assert after.settings == before.settings


def prove(programs: Session, project: Project, builder: str, to: Path) -> Proof:
    """Replay a project, put its Dockerfile in order, and replay it with that."""
    before = replay(
        programs, project._replace(name=f"{project.name}/before"), builder, to / "before"
    )
    told, text = put_in_order(before, project, builder)
    first = project.steps[0]._replace(changes={**project.steps[0].changes, "Dockerfile": text})
    fixed = project._replace(name=f"{project.name}/after", steps=(first, *project.steps[1:]))
    return Proof(told, before, replay(programs, fixed, builder, to / "after"))


def replay(programs: Session, project: Project, builder: str, to: Path) -> Replayed:
    """Build and push every commit; the first push is not counted."""
    pushes = programs.run(project, builder, to, warm=True)
    engine = programs.containerd_engine if builder == "buildkit" else programs.engine
    image = pushes[-1]["image"]
    return Replayed(
        [push["pushed_layer_bytes"] for push in pushes[1:]],
        tree_of(engine, image),
        settings_of(engine, image),
        to / "repo",
        f"oci:{to / 'layout'}:{pushes[0]['tag']}",
    )


def put_in_order(before: Replayed, project: Project, builder: str) -> tuple[dict[str, Any], bytes]:
    """Run `dlint order --fix` in the repository; return what it says, and the Dockerfile after
    it.
    """
    place = (project.dockerfile, "--context", project.context)
    how = ("--builder", builder, "--against", before.first, "--output-format", "json", "--fix")
    printed = need.run(DLINT, "order", *place, *how, cwd=before.repository)
    return json.loads(printed.stdout), (before.repository / project.dockerfile).read_bytes()
