"""The values of variables in commands."""

from __future__ import annotations

from dlint.project.commands import claims_in, filled


def test_a_variable_that_holds_itself_several_times_ends() -> None:
    told = "docker build $A ."
    assert max(map(len, filled(told, {"A": ["$A " * 50]}))) < 1 << 18


def test_a_command_that_holds_itself_several_times_ends() -> None:
    text = "A=docker build --pull $A $A\n" + "$A $A .\n" * 5_000
    assert list(claims_in(text, ["."]))


def test_options_in_the_variable_of_the_command_count() -> None:
    [[claim]] = claims_in("B=docker build --no-cache\nall:\n\t$(B) -t x web\n", ["."])
    assert (claim.context, claim.delivery.cold) == ("web", "option")
