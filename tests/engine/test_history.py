"""Commits that go back to what was built before, replayed by `dlint history` and pushed by a real
engine.
"""

from __future__ import annotations

import pytest
from harness.project import Gone, Project, noise, step
from harness.pushes import signs
from harness.skips import require
from projects.words import dockerfile, fill

from dlint.history.replay import replay
from dlint.model import Options
from dlint.push.plan import EXISTS
from dlint.push.revisions import Project as Past
from dlint.push.sizes import Sizes

BACK = Project(
    "back-and-forth",
    "what any earlier commit built and pushed is there still; a file that goes back elsewhere is a new blob",
    (
        step(
            {
                "Dockerfile": dockerfile(
                    "COPY z /z", fill(50_000), "COPY a /a", "WORKDIR /app", "COPY . ."
                ),
                "z": "0",
                "a": "0",
            }
        ),
        step({"a": "1"}),
        step({"a": "0"}),  # all as at first
        step({"a": "1"}),
        step({"z": "1", "a": "0"}),  # `a` is what it was, on another step
        step({"z": "0", "a": "1"}),
        step({"b": noise("b", 20_000)}),
        step({"b": Gone()}),
    ),
)


@pytest.mark.parametrize("builder", ["buildkit", "docker"])
def test_a_replay_foretells_every_push(programs, tmp_path, builder):
    pushes = require(lambda: programs.run(BACK, builder, tmp_path))
    past = Past.find(tmp_path / "repo" / BACK.dockerfile, tmp_path / "repo" / BACK.context)
    assert past is not None
    commits = past.commits("HEAD", len(BACK.steps))
    foretold = [
        "".join(
            "=" if layer.status == EXISTS else "+"
            for layer in push.plan.layers
            if layer.line is not None
        )
        for push in replay(past, commits, Options(builder=builder), Sizes(builder))
        if push.plan is not None and push.counted
    ]
    base = len(signs(pushes[0])) - len(foretold[0])
    assert foretold == [signs(push)[base:] for push in pushes[1:]]
