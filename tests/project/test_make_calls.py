"""What steps start by make."""

from __future__ import annotations

from dlint.project.make_calls import with_recipes


def test_a_recipe_of_make_is_read_once() -> None:
    makefile = {"Makefile": "image:\n\tdocker push shop\n"}
    found = with_recipes("make image\nmake image\n", ".", makefile)
    assert found == "docker push shop\nmake image\n"


def test_what_make_gives_itself_counts_in_that_call_alone() -> None:
    text = (
        "KIND?=deb\nimage:\n\tdocker build -f Dockerfile.$(KIND) .\n"
        "release: image\n\t$(MAKE) KIND=rpm image\n\tdocker push shop\n"
    )
    found = with_recipes("make release\n", ".", {"Makefile": text}).splitlines()
    assert found == [
        "KIND?=deb",
        "docker build -f Dockerfile.$(KIND) .",
        "docker build -f Dockerfile.rpm .",
        "$(MAKE) KIND=rpm image",
        "docker push shop",
    ]
