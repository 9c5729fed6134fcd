"""The values of variables in commands."""

from __future__ import annotations

from dlint.project.commands import filled


def test_a_variable_that_holds_itself_several_times_ends() -> None:
    told = "docker build $A ."
    assert max(map(len, filled(told, {"A": ["$A " * 50]}))) < 1 << 18
