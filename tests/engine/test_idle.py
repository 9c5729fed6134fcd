"""Steps that change nothing, as the model sees them and as a real engine builds them: their layer is
the one of nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from test_layer_tar import last_diff_id

from dlint.context import open_worktree
from dlint.model import Build, Options
from dlint.model.keys import EMPTY, content_keys
from dlint.push.aligned import EMPTY_DIFF_ID
from dlint.syntax.parser import parse
from dlint.text.source import Source

if TYPE_CHECKING:
    from pathlib import Path

    from harness.engine import Engine

# The first RUN on a base that has no folder for what is mounted (`/proc`) would have those.
HEAD = """\
FROM shell:1 AS build
RUN mkdir /src && echo a > /src/a
FROM shell:1
RUN touch /first
ARG EXTRA
ARG OWNER=0
"""
SKIPPED = 'RUN if [ -n "$EXTRA" ]; then touch /extra; fi'
BY_OWNER = 'RUN if [ "$OWNER" != 0 ]; then chown "$OWNER" /home/app; fi'
COPIED = "COPY --from=build ${EXTRA:-/null?} $EXTRA/"
# Which builders make the layer of nothing: the graphdriver store has the folder of what is mounted.
BOTH, ONE, NEITHER = {"docker", "buildkit"}, {"buildkit"}, set()


@pytest.mark.parametrize(
    ("text", "argument", "builders"),
    [
        (SKIPPED, "", ONE),
        (SKIPPED, "EXTRA=1", NEITHER),
        (SKIPPED.replace("fi", "else touch /other; fi"), "", NEITHER),
        (BY_OWNER, "", ONE),
        (BY_OWNER, "OWNER=5", NEITHER),
        (COPIED, "", BOTH),
        (COPIED, "EXTRA=/src", NEITHER),
    ],
)
def test_a_step_that_changes_nothing(
    store: Engine, text: str, argument: str, builders: set[str], tmp_path: Path
) -> None:
    builder = "buildkit" if store.store == "containerd" else "docker"
    root = tmp_path / "context"
    root.mkdir()
    (root / "Dockerfile").write_text(f"{HEAD}{text}\n")
    given = ("--build-arg", argument) if argument else ()
    store.docker("build", "--network", "none", "--iidfile", tmp_path / "id", *given, root)
    is_empty = last_diff_id(store, (tmp_path / "id").read_text()) == EMPTY_DIFF_ID
    assert is_empty is (builder in builders)
    assert (last_identity(root, builder, argument) == EMPTY) is is_empty


def last_identity(root: Path, builder: str, argument: str) -> str:
    """Return what the model says of the last layer."""
    path = root / "Dockerfile"
    name, _, value = argument.partition("=")
    options = Options(build_args={name: value} if name else {}, builder=builder)
    build = Build(parse(Source(str(path), path.read_text())), open_worktree(root), options)
    return next(each for each in reversed(build.fact(content_keys).image) if each.layer).identity
