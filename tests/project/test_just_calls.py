"""What steps start by just."""

from __future__ import annotations

import pytest

from dlint.project.just_calls import with_recipes

JUSTFILE = """\
image := "our/web"
export TAG := 'v1'

# what everybody runs
default:
    @just --list

[group('images')]
build tag="latest" *options: clean (lint "web" image) && report
    docker build -t {{image}}:{{ tag }} \\
        {{options}} .

@clean:
    -rm -rf out

lint folder name:
    cd {{folder}} && ./lint {{name}}

report:
    #!/usr/bin/env python3
    print("docker push")

push tag: (build tag)
    docker push {{image}}:{{tag}}

there:
    make && cd web && docker push our/web

script:
    #!/usr/bin/env bash
    cd web
    docker push our/web
"""


def commands(call: str, justfile: str = JUSTFILE) -> list[str]:
    found = with_recipes(f"{call}\n", ".", {"justfile": justfile}).split("\n")
    return [" ".join(each.split()) for each in found if each]


def test_a_recipe_with_all_that_it_needs() -> None:
    assert commands('just push "$NEW"') == [
        "TAG='v1'",
        "rm -rf out",
        "(cd web && ./lint our/web)",
        "docker build -t our/web:$NEW .",
        "docker push our/web:$NEW",
    ]


def test_words_behind_a_recipe_are_its_own_or_more_recipes() -> None:
    assert (
        commands("just clean build v2 --no-cache")[-1] == "docker build -t our/web:v2 --no-cache ."
    )


@pytest.mark.parametrize(
    "call",
    ["just other", "just -f ci/justfile build", "just there", "just script", "just 'build"],
)
def test_a_call_that_nobody_follows_stays_as_it_is(call: str) -> None:
    assert commands(call) == [call]


@pytest.mark.parametrize(
    "justfile",
    [
        'a: (b "x)\n    docker push our/web\nb x:\n    true\n',
        "".join(f"a{n or ''} *x: (a{n + 1} x x x x)\n" for n in range(19))
        + "a19 *x:\n    echo {{x}}\n",
    ],
)
def test_what_no_recipe_can_say_is_not_followed(justfile: str) -> None:
    assert commands("just a abcdefghij", justfile) == ["just a abcdefghij"]


def test_recipes_of_another_folder_are_not_followed() -> None:
    moved = f"set working-directory := 'web'\n{JUSTFILE}"
    assert commands("just clean", moved) == ["just clean"]
