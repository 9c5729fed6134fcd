"""The values of variables in commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.project import commands
from dlint.project.commands import claims_in, filled

if TYPE_CHECKING:
    from dlint.project.commands import Values


def test_a_variable_that_holds_itself_several_times_ends() -> None:
    told = "docker build $A ."
    assert max(map(len, filled(told, {"A": ["$A " * 50]}))) < 1 << 18


def test_a_command_that_holds_itself_several_times_ends() -> None:
    text = "A=docker build --pull $A $A\n" + "$A $A .\n" * 5_000
    assert list(claims_in(text, ["."]))


def test_options_in_the_variable_of_the_command_count() -> None:
    [[claim]] = claims_in("B=docker build --no-cache\nall:\n\t$(B) -t x web\n", ["."])
    assert (claim.context, claim.delivery.cold) == ("web", "option")


def test_the_verb_in_the_variable_of_the_options_counts() -> None:
    text = 'how="build --no-cache"\n"$engine" $how -t "our/web" web\n'
    [[claim]] = claims_in(text.replace("engine", "container_engine"), ["."])
    assert (claim.context, claim.names, claim.delivery.cold) == ("web", "our/web", "option")


def test_a_variable_of_other_words_is_no_verb() -> None:
    assert not list(claims_in('how="push --all"\ndocker $how our/web\n', ["."]))
    assert not list(claims_in('how="build -f a"\nhow="push -q"\ndocker $how our/web\n', ["."]))


@pytest.mark.parametrize(
    "text",
    [
        "Docker Build web\n",
        "buildah\tbud\tweb\n",
        "docker build\\\n  web\n",
        "/kaniko/executor\\\n  --context web\n",
        'run="podman build"\n$run --pull web\n',
        "cd web\n\ndocker build .\n",
        "echo build the image\ncd web\n(cd elsewhere)\ndocker build .\n",
    ],
)
def test_a_build_is_found_however_it_is_written(text: str) -> None:
    assert {each.folder for claims in claims_in(text, ["."]) for each in claims} == {"web"}


def test_a_text_that_builds_nothing_is_asked_for_no_values(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def assigned(text: str) -> Values:
        asked.append(text)
        return values(text)

    values = commands.assigned
    monkeypatch.setattr(commands, "assigned", assigned)
    for text in ("cd web\n", "cd web\nmake build all\n", "docker run builder\n"):
        assert not list(claims_in(text, ["."]))
    assert not asked
    assert list(claims_in("cd web\ndocker build .\n", ["."]))
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("options", "pushes"),
    [
        ("-r ours -t web:1", True),
        ("--registry ours --image web:1 --image web:latest --no-logs", True),
        ("-g group --registry=ours --image=web --build-arg A=1", True),
        ("-r ours -t web:1 --no-push", False),
        ("-r ours", False),
    ],
)
def test_azures_registry_builds_and_pushes(options: str, *, pushes: bool) -> None:
    [[seen, inside]] = claims_in(f"az acr build {options} -f docker/app.Dockerfile web\n", ["."])
    assert (seen.file, inside.file) == ("docker/app.Dockerfile", "web/docker/app.Dockerfile")
    assert seen.folder == inside.folder == "web"
    told = seen.delivery
    assert (told.pushes, told.untagged, told.cold, told.fresh) == (
        pushes,
        not pushes,
        "machine",
        True,
    )


def test_azures_registry_may_be_told_what_docker_is() -> None:
    text = "az acr build -r ours -t web:$TAG --target app --no-cache --build-arg A=1 .\n"
    [[claim, _]] = claims_in(text, ["."])
    assert (claim.names, claim.target, claim.passes) == ("web:$TAG", "app", {"A"})
    assert claim.delivery.cold == "option"
