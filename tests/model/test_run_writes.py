"""Where a RUN may write."""

from __future__ import annotations

import pytest

from dlint.context import EmptyContext
from dlint.model import Build
from dlint.model.run_writes import run_writes
from dlint.model.tree import Tree
from dlint.syntax import Run
from dlint.syntax.parser import parse
from dlint.text.source import Source


@pytest.mark.parametrize(
    ("command", "may_write"),
    [
        ("apt-get install -y tini", True),
        ("dpkg -i /srv/tool.deb", True),  # a package puts files anywhere in the system, too
        ("rpm -i /srv/tool.rpm", True),
        ("pip install flask", False),
    ],
)
def test_packages_of_the_system_may_have_settings(command: str, *, may_write: bool) -> None:
    text = f"FROM debian:12.5\nWORKDIR /work\nRUN {command}\n"
    build = Build(parse(Source("Dockerfile", text)), EmptyContext())
    step = build.steps(build.stages[0])[-1]
    assert isinstance(step.instruction, Run)
    writes = list(run_writes(build, step, step.instruction, Tree(None, "debian:12.5")))
    assert any(write.touches("/etc/tool/settings.ini") for write in writes) is may_write
