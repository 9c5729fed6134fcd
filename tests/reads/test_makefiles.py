"""How a Makefile is read: each target once, whatever names it, and values of a bounded length."""

from __future__ import annotations

from dlint.reads.makefiles import Makefile


def test_a_target_that_many_need_is_made_once() -> None:
    made = Makefile(
        "all: a b\n\tgo build\na: deps\nb: deps a\ndeps:\n\t@npm ci\n\tmake more\nmore:\n\techo 1\n"
    )
    assert [*made.recipe("all")] == ["npm ci", "echo 1", "go build"]


def test_a_target_that_needs_itself_comes_to_an_end() -> None:
    made = Makefile("a: a b\n\tmake a\n\tmake b\n" * 1000 + "b: a file\n\techo 1\n")
    assert [*made.recipe("a")] == ["echo 1"]
    assert [*made.files("a")] == ["file"]


def test_a_value_that_doubles_stays_short() -> None:
    made = Makefile("B := 0123456789\n" + "B := $(B)$(B)\n" * 100 + "C := $(B)x\n")
    assert len(made.variables["B"]) <= 4096
    assert len(made.variables["C"]) <= 4097


def test_a_condition_within_a_recipe_does_not_end_it() -> None:
    text = "a:\nifdef CI\n\tnpm ci\nelse\n\tnpm install\nendif\n\ttouch done\n"
    assert [*Makefile(text).recipe("a")] == ["npm ci", "npm install", "touch done"]
