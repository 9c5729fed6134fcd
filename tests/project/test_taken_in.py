"""What texts take in of others, and of their variables, grows in proportion to them."""

from __future__ import annotations

from dlint.project.commands import filled
from dlint.project.make_calls import with_recipes
from dlint.project.own_actions import outputs_of
from dlint.project.script_calls import with_scripts, with_settings


def test_a_script_is_read_where_it_is_started_first() -> None:
    scripts = {"ci/image.sh": "docker build -t shop .\n"}
    found = with_scripts("ci/image.sh web\nci/image.sh api\n", ".", scripts)
    assert found == "docker build -t shop .\n\nci/image.sh api\n"


def test_settings_are_read_once() -> None:
    assert with_settings(". ./.env\n. ./.env\n", lambda _: "TAG=1") == "TAG=1\n. ./.env\n"


def test_a_recipe_of_make_is_read_once() -> None:
    makefile = {"Makefile": "image:\n\tdocker push shop\n"}
    found = with_recipes("make image\nmake image\n", ".", makefile)
    assert found == "docker push shop\nmake image\n"


def test_a_variable_that_holds_itself_several_times_ends() -> None:
    told = "docker build $A ."
    assert max(map(len, filled(told, {"A": ["$A " * 50]}))) < 1 << 18


def test_the_outputs_of_a_step_are_told_apart_by_their_counts() -> None:
    run = (
        'echo "a=1" >> $GITHUB_OUTPUT\necho "b=2" >> $GITHUB_OUTPUT\nprintf b=3 >> $GITHUB_OUTPUT\n'
    )
    assert dict(outputs_of([{"id": "s", "run": run}])) == {"steps.s.outputs.a": ["1"]}
