"""What steps start by make."""

from __future__ import annotations

from dlint.project.make_calls import with_recipes


def test_a_recipe_of_make_is_read_once() -> None:
    makefile = {"Makefile": "image:\n\tdocker push shop\n"}
    found = with_recipes("make image\nmake image\n", ".", makefile)
    assert found == "docker push shop\nmake image\n"
