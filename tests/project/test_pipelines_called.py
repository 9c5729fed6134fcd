"""What a workflow that others call is given by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.project.recipes import Recipes

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.project.delivery import Delivery

CALLED = """\
on:
  workflow_call:
    inputs:
      push: {{type: boolean{default}}}
      fresh: {{type: boolean}}
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: docker/setup-buildx-action@v3
      - uses: docker/build-push-action@v6
        if: {condition}
        with:
          context: .
          push: {push}
          no-cache: ${{{{ inputs.fresh }}}}
          cache-from: type=registry,ref=a/b:cache
"""
INPUT = "${{ inputs.push }}"


def delivery(root: Path, called: str, *calls: str) -> Delivery | None:
    """Return where an image goes that a workflow builds which others call with these inputs."""
    (root / ".github/workflows").mkdir(parents=True)
    (root / "Dockerfile").write_text("FROM x\n")
    (root / ".github/workflows/image.yml").write_text(called)
    jobs = "".join(
        f"  job{at}:\n    uses: ./.github/workflows/image.yml\n    with: {{{each}}}\n"
        for at, each in enumerate(calls)
    )
    on = "on:\n  push:\n    branches: [main]\n"
    (root / ".github/workflows/main.yml").write_text(f"{on}jobs:\n{jobs}" if jobs else on)
    found = Recipes(root).builds_of("Dockerfile")
    return found[0].delivery if found else None


def called(push: str = INPUT, condition: str = "true", default: str = "") -> str:
    return CALLED.format(push=push, condition=condition, default=default)


@pytest.mark.parametrize(
    ("text", "calls", "pushes"),
    [
        (called(), ["push: true"], True),
        (called(), ["push: false"], False),
        (called("${{ inputs.push == true }}"), ["push: false"], False),
        (called(), ["push: false", "push: true"], True),
        (called(), ["fresh: false"], False),
        (called(default=", default: true"), ["fresh: false"], True),
        (called(default=", default: true"), ["push: false"], False),
        (called(), ["push: '${{ vars.PUSH }}'"], True),
        (called(), ["push: \"${{ github.ref == 'x' && 'true' || 'false' }}\""], True),
        (called().replace("type: boolean}", "type: [boolean]}"), ["push: false"], False),
        pytest.param(called(default=", default: false"), [], True, id="called from elsewhere"),
        pytest.param(
            called().replace("on:\n", "on:\n  workflow_dispatch:\n    inputs: {push: {}}\n"),
            ["push: false"],
            True,
            id="somebody may start it",
        ),
        (called("${{ !inputs.push }}"), ["push: true"], True),  # it is not read
    ],
)
def test_what_callers_decide(tmp_path: Path, text: str, calls: list[str], *, pushes: bool) -> None:
    told = delivery(tmp_path, text, *calls)
    assert told is not None
    assert told.is_pushed == pushes


@pytest.mark.parametrize(
    ("condition", "call", "is_built"),
    [
        (INPUT, "push: true", True),
        (INPUT, "push: false", False),
        ("inputs.push && inputs.fresh", "push: true", False),
        ("inputs.push || inputs.fresh", "push: false", False),
        ("inputs.push || github.ref_protected", "push: false", True),
        ("'!inputs.push'", "push: false", True),
        ("'!inputs.push'", "push: true", False),
        ("inputs.push == false", "push: true", False),
        (INPUT, "push: '${{ vars.PUSH }}'", True),
    ],
)
@pytest.mark.parametrize("is_of_job", [False, True])
def test_conditions(
    tmp_path: Path, condition: str, call: str, *, is_built: bool, is_of_job: bool
) -> None:
    text = called("true", "true" if is_of_job else condition)
    if is_of_job:
        text = text.replace("    runs-on", f"    if: {condition}\n    runs-on")
    assert (delivery(tmp_path, text, call) is not None) == is_built


@pytest.mark.parametrize(
    ("push", "is_for_commits"),
    [
        ("${{ github.event_name != 'pull_request' }}", True),
        ("${{ startsWith(github.ref, 'refs/tags/') }}", False),
        ("${{ github.event_name == 'release' }}", False),
    ],
)
def test_a_caller_says_when_to_push(tmp_path: Path, push: str, *, is_for_commits: bool) -> None:
    told = delivery(tmp_path, called(), f'push: "{push}"')
    assert told is not None
    assert (told.is_pushed, told.per_commit) == (True, is_for_commits)


@pytest.mark.parametrize(("fresh", "refuses"), [("true", True), ("false", False)])
def test_a_caller_refuses_a_cache(tmp_path: Path, fresh: str, *, refuses: bool) -> None:
    told = delivery(tmp_path, called("true"), f"fresh: {fresh}")
    assert told is not None
    assert told.refuses_cache == refuses


BY_EVENTS = """\
on:
  {on}
  workflow_call:
    inputs:
      args: {{type: string, default: B=1}}
      push: {{type: boolean}}
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: docker/build-push-action@v6
        with:
          push: {push}
          build-args: ${{{{ inputs.args }}}}
"""


@pytest.mark.parametrize(
    ("on", "fewest"),
    [
        ("push:", set()),  # no default holds there
        ("release:", set()),
        ("workflow_dispatch:", {"A"}),
        ("workflow_dispatch: {}", {"A"}),
    ],
)
def test_its_own_events_start_a_called_workflow_without_inputs(
    tmp_path: Path, on: str, fewest: set[str]
) -> None:
    assert delivery(tmp_path, BY_EVENTS.format(on=on, push="true"), "args: A=1") is not None
    (built,) = Recipes(tmp_path).builds_of("Dockerfile")
    assert (built.passes, built.fewest) == ({"A"}, fewest)


@pytest.mark.parametrize(
    ("push", "is_pushed", "for_commits"), [("true", True, True), (INPUT, True, False)]
)
def test_what_a_caller_pushes_is_not_what_its_own_events_push(
    tmp_path: Path, push: str, *, is_pushed: bool, for_commits: bool
) -> None:
    text = BY_EVENTS.format(on="push: {branches: [main]}", push=push)
    assert delivery(tmp_path, text) is not None
    caller = tmp_path / ".github/workflows/main.yml"
    caller.write_text(
        "on: release\njobs:\n  a:\n    uses: ./.github/workflows/image.yml\n    with: {push: true}\n"
    )
    (built,) = Recipes(tmp_path).builds_of("Dockerfile")
    told = built.delivery
    assert (told.is_pushed, told.per_commit) == (is_pushed, for_commits)
