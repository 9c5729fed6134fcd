"""`dlint push` against what real builders, engines and registries do.

Every push of every project but its first is foretold from the commits before and after and the
manifest that the registry held before; the truth is what was printed, what the registry then had,
and what went over the wire.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from harness.ahead import Ahead
from harness.pushes import signs
from harness.session import BUILDERS, Session
from harness.skips import require
from projects import ESSENTIAL, PROJECTS

from dlint.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RECORDED = os.environ.get("DLINT_ENGINE_TRUTH")
"""Where record.py wrote truths, for work without an engine: those of `docker`; other builders have `-BUILDER` added."""

WORST_BYTES = 0.10
MEDIAN_BYTES = 0.02
LEAST_BYTES = 20_000
"""Errors are relative to the bytes pushed, or to this where less was pushed."""
SMALL = 200
"""Bytes of layers that hold some names: these are told by the count of their paths alone."""
DOUBTFUL = "Pushed if changed"
WORST_OVERHEAD = {"docker": 0.10, "buildkit": 0.10, "classic": 0.25, "buildah": 0.25}
"""Of all bytes that are no layer's: HTTP headers, questions, config and manifest."""

CASES = [
    pytest.param(builder, name, id=f"{builder}-{name}")
    for builder in BUILDERS
    for name, project in PROJECTS.items()
    if project.runs_on(builder)
    if builder == "docker"
    or project.singles_out(builder)
    or (builder == "buildkit" and name in ESSENTIAL)
]
"""Every project with BuildKit over the graphdriver store; with the others what tells them apart."""


OTHER = {*list(PROJECTS)[1::2]}
"""The projects of another engine, beside the one that the other tests have: `docker` has most."""


class Truth(NamedTuple):
    """A recorded project: its folder, its pushes, and the environment of its engine's clients."""

    folder: Path
    told: dict[str, Any]
    env: dict[str, str]

    @property
    def pushes(self) -> list[dict[str, Any]]:
        return self.told["pushes"]


@pytest.fixture(scope="module")
def truths(
    request: pytest.FixtureRequest, programs: Session, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ahead[Truth]]:
    """Run the projects; engines, and buildah, at the same time."""
    with contextlib.ExitStack() as stack:
        sessions = {False: programs, True: stack.enter_context(Session())}
        if not RECORDED:
            require(lambda: sessions[True].engine)
            require(lambda: (programs.engine, programs.containerd_engine))
            require(lambda: (programs.registry, programs.served, programs.insecure_host))
        folder = tmp_path_factory.mktemp("pushes")

        def lane(builder: str, name: str) -> tuple[str, bool]:
            """Name the engine: the classic builder shares one with `docker`."""
            engine = "docker" if builder == "classic" else builder
            return engine, engine == "docker" and name in OTHER

        def work(builder: str, name: str) -> Truth:
            if RECORDED:
                to = recorded(builder, name)
                return Truth(to, json.loads((to / "pushes.json").read_text()), {})
            session = sessions[lane(builder, name)[1]]
            lacking = require(lambda: session.lacks(PROJECTS[name], builder))
            if lacking:
                pytest.skip(lacking)
            to = folder / f"{builder}-{name}"
            require(lambda: session.run(PROJECTS[name], builder, to))
            told = json.loads((to / "pushes.json").read_text())
            return Truth(to, told, session.client_env(builder))

        yield stack.enter_context(Ahead(request, "truths", work, lane))


@pytest.fixture
def truth(truths: Ahead[Truth], request: pytest.FixtureRequest) -> Truth:
    return truths.of(request)


@pytest.fixture
def foretell(
    truth: Truth, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., dict[str, Any]]:
    """Give a function that runs `dlint push` for one push and returns its JSON."""
    for name, value in truth.env.items():
        monkeypatch.setenv(name, value)

    def foretell(number: int, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
        told = truth.told
        monkeypatch.chdir(truth.folder / (f"tree-{number}" if after["worktree"] else "repo"))
        seen = () if after["worktree"] else ("--rev", after["commit"])
        layout = f"oci:{truth.folder / 'layout'}:{before['tag']}"
        known = ("--since", before["commit"], "--against", layout)
        # The harness builds without provenance: an index would hide the manifest from it.
        plain = ("--provenance", "off", "--output-format", "json")
        how = ("--builder", told["builder"], *plain, *after["dlint"])
        words = ["push", told["dockerfile"], "--context", told["context"], *seen, *known, *how]
        status = main(words)
        printed = capsys.readouterr()
        if status:
            raise RuntimeError(printed.err)
        found: dict[str, Any] = json.loads(printed.out)
        return found

    return foretell


@pytest.fixture(scope="session")
def errors() -> list[float]:
    """Collect the error of each push's bytes."""
    return []


# With the scope of a module, both tests of a project follow each other.
@pytest.mark.parametrize(("builder", "name"), CASES, scope="module")
def test_the_project_shows_what_it_is_for(builder: str, name: str, truth: Truth) -> None:
    pushes = truth.pushes[1:]
    assert [signs(push) for push in pushes] == [push["expect"] for push in pushes], (
        builder,
        PROJECTS[name].shows,
    )


@pytest.mark.parametrize(("builder", "name"), CASES, scope="module")
def test_push_is_foretold(
    builder: str,
    name: str,
    truth: Truth,
    errors: list[float],
    foretell: Callable[..., dict[str, Any]],
) -> None:
    wrong = []
    for number, (before, after) in enumerate(
        zip(truth.pushes, truth.pushes[1:], strict=False), start=1
    ):
        try:
            told = foretell(number, before, after)
        except RuntimeError as failure:
            wrong.append(f"push {number}: {failure}")
            continue
        error = abs((told["pushed_bytes"] or 0) - after["pushed_layer_bytes"]) / max(
            after["pushed_layer_bytes"], LEAST_BYTES
        )
        if not told["unknown_layers"] and not told["at_most"]:
            errors.append(error)
        wrong += [f"push {number}: {problem}" for problem in problems(told, after, error)]
    assert not wrong, "\n".join([f"{builder}: {PROJECTS[name].shows}", *wrong])


def test_bytes_are_right_in_the_middle(errors: list[float]) -> None:
    if not errors:
        pytest.skip("no push was foretold in this run")
    assert statistics.median(errors) <= MEDIAN_BYTES


def recorded(builder: str, name: str) -> Path:
    """Return the folder of a truth that was recorded before."""
    folder = Path(f"{RECORDED}{'' if builder == 'docker' else f'-{builder}'}") / name
    if not folder.exists():
        pytest.skip("not recorded")
    if "registry" in PROJECTS[name].needs:
        pytest.skip("needs the registry that its base was in")
    return folder


def problems(told: dict[str, Any], after: dict[str, Any], error: float) -> list[str]:
    """Return what of a forecast is not as it was."""
    found = []
    layers = spread(told["layers"], len(after["layers"]))
    have = [layer["status"] if layer["certain"] else DOUBTFUL for layer in layers]
    want = [layer["status"] for layer in after["layers"]]
    pairs = list(zip(have, want, strict=True)) if len(have) == len(want) else []
    if not pairs or any(status not in {real, DOUBTFUL} for status, real in pairs):
        found.append(f"statuses {have}, were {want}")
    found += [f"bytes: {why}" for why in wrong_bytes(told, after["pushed_layer_bytes"], error)]
    for layer, real in zip(layers, after["layers"], strict=False):
        if layer["basis"] == "exact":
            found += [
                f"{key} {layer[key]} is {real[key]}"
                for key in ("diff_id", "digest")
                if layer[key] not in {None, real[key]}
            ]
    overhead = after["up"] - after["pushed_layer_bytes"]
    wrong = told["overhead_bytes"] - overhead
    is_most = DOUBTFUL in have and wrong > 0
    if abs(wrong) > WORST_OVERHEAD[told["builder"]] * overhead and not is_most:
        found.append(f"overhead of {told['overhead_bytes']} bytes, was {overhead}")
    return found


def wrong_bytes(told: dict[str, Any], real: int, error: float) -> Iterator[str]:
    """Yield what is wrong of the bytes of a push: a bound that does not hold, or a figure that is
    no bound and far off.
    """
    said = told["pushed_bytes"]
    if told["at_least"] and said > real * (1 + WORST_BYTES):
        yield f"at least {said}, were {real}"
    elif told["at_most"] and said < real * (1 - WORST_BYTES) - SMALL:
        yield f"at most {said}, were {real}"
    elif error > WORST_BYTES and not told["unknown_layers"] and not told["at_most"]:
        yield f"{said}, were {real}"


def spread(layers: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """Let a base that is given as one entry, because its layers are not known, stand for all its
    layers.
    """
    missing = count - len(layers)
    if missing > 0 and layers and layers[0]["line"] is None:
        return [{**layers[0], "diff_id": None, "digest": None}] * missing + layers
    return layers
