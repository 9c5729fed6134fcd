"""Stages, scopes and what ships."""

import pytest

from dlint.context import EmptyContext
from dlint.errors import DlintError
from dlint.facts.tools import version_of
from dlint.model import Build, Options
from dlint.syntax import Run
from dlint.syntax.parser import parse
from dlint.text.source import Source


def build(text: str, **options: object) -> Build:
    return Build(parse(Source("Dockerfile", text)), EmptyContext(), Options(**options))


def values(model: Build, line: int) -> dict[str, str]:
    instruction = next(i for i in model.dockerfile.instructions if i.line == line)
    return dict(model.state(instruction).values)


BASES = {
    "plain": ("FROM a", ["a"]),
    "default": ("ARG v=1\nFROM a:$v", ["a:1"]),
    "default of a default": ("ARG v=1\nARG i=a:$v\nFROM $i", ["a:1"]),
    "only a build argument tells": ("ARG v\nFROM a:$v", [None]),
    "nor what stands on it": ("ARG v\nARG i=a:$v\nFROM $i\nFROM b", [None, "b"]),
    "unless it says what holds without": ("ARG v\nFROM a:${v:-2}", ["a:2"]),
    "platform": ("FROM --platform=$BUILDPLATFORM b-$TARGETARCH$TARGETVARIANT", ["b-amd64"]),
    "platform declared": ("ARG TARGETARCH\nFROM b-$TARGETARCH", ["b-amd64"]),
    "a stage's own ARG says nothing": ("ARG v=1\nFROM a:$v\nARG v=2\nFROM a:$v", ["a:1", "a:1"]),
    "stage": ("FROM a AS b\nFROM b", ["a", "b"]),
    "malformed": ("FROM ${a\nFROM", [None, None]),
    "quotes": ('FROM "a:1"', ["a:1"]),
    "value for a set variable": ("ARG v=1\nFROM a:${v:+debug}", ["a:debug"]),
    "nothing declared is empty": ("FROM a$v", ["a"]),
}


@pytest.mark.parametrize(("text", "expected"), BASES.values(), ids=BASES)
def test_base_names(text, expected):
    assert [stage.image for stage in build(text).stages] == expected


def test_build_argument_beats_the_default():
    assert build("ARG V=1\nFROM python:$V", build_args={"V": "2"}).stages[0].image == "python:2"


def test_platform_decides_the_automatic_arguments():
    model = build("FROM base-$TARGETARCH$TARGETVARIANT", platform="linux/arm/v7")
    assert model.stages[0].image == "base-armv7"


def test_stage_argument_needs_a_declaration_and_takes_the_global_value():
    model = build("ARG A=1\nARG B=1\nFROM x\nRUN one\nARG A\nARG B=2\nRUN two\n")
    assert values(model, 4) == {}
    assert values(model, 7) == {"A": "1", "B": "2"}


def test_env_is_expanded_against_what_stood_before_it():
    model = build("FROM x\nENV A=1 B=$A\nENV A=2 C=$A\nRUN x\n")
    assert values(model, 4) == {"A": "2", "C": "1"}
    assert set(model.state(model.dockerfile.instructions[3]).unset) == {"B"}


def test_later_declaration_wins_between_arg_and_env():
    model = build("FROM x\nENV X=env\nARG X=arg\nRUN x\nARG Y=arg\nENV Y=env\nRUN y\n")
    assert values(model, 4)["X"] == "arg"
    assert values(model, 7)["Y"] == "env"


def test_stage_inherits_variables_workdir_user_and_shell():
    model = build(
        'FROM x AS a\nARG V=1\nWORKDIR /a\nUSER u\nSHELL ["/bin/bash", "-c"]\nFROM a\nWORKDIR b/../c\nRUN x\n'
    )
    state = model.state(model.dockerfile.instructions[-1])
    assert (state.values["V"], state.workdir, state.user, state.shell) == (
        "1",
        "/a/c",
        "u",
        ("/bin/bash", "-c"),
    )


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("FROM debian:12\nRUN npm i\n", True),
        ("FROM mcr.microsoft.com/windows/servercore:ltsc2022\nRUN npm i\n", False),
        ("FROM golang:1.22-nanoserver AS a\nFROM a\nRUN npm i\n", False),
        ("# escape=`\nFROM debian:12\nRUN npm i\n", False),
        ('FROM nanoserver\nSHELL ["bash", "-c"]\nRUN npm i\n', True),
        ("FROM example/sdk:8\nWORKDIR C:/app\nRUN npm i\n", False),
        ('FROM example/sdk:8\nENTRYPOINT ["c:\\\\app\\\\a.exe"]\nRUN npm i\n', False),
        ('FROM example/sdk:8\nENTRYPOINT ["s3://bucket"]\nRUN npm i\n', True),
    ],
)
def test_windows_has_a_shell_of_its_own(text: str, read: bool) -> None:  # noqa: FBT001  a column
    model = build(text)
    run = model.dockerfile.instructions[-1]
    assert isinstance(run, Run)
    assert model.script(run).parsed is read


@pytest.mark.parametrize(
    ("base", "tool", "version"),
    [
        ("golang:1.22.4-alpine3.19", "golang", (1, 22, 4)),
        ("example/circleci-golang:1.9", "golang", (1, 9)),
        ("golang", "golang", None),
        ("golang:alpine", "golang", None),
        ("node:boron-alpine", "node", (6,)),
        ("node:8.11.3-jessie", "debian", (8,)),
        ("ubuntu:trusty", "ubuntu", (14, 4)),
        ("example/cuda:8.0-devel-ubuntu14.04", "ubuntu", (14, 4)),
        ("example/cuda:8.0-devel-ubuntu14.04", "golang", None),
        ("$BASE", "node", None),
    ],
)
def test_what_a_tag_tells_of_a_tool(base: str, tool: str, version: tuple[int, ...] | None) -> None:
    stage = build(f"ARG BASE\nFROM {base} AS a\nFROM a\n").stages[-1]
    found = version_of(stage, tool)
    assert (found[:-1] if found else None) == version
    assert version_of(build("FROM node:8\n").stages[0], "node") > (8, 12)


def test_unknown_base_leaves_the_working_directory_unknown_and_scratch_does_not():
    assert (
        build("FROM x\nWORKDIR a\nRUN y\n")
        .state(build("FROM x\nWORKDIR a\nRUN y\n").dockerfile.instructions[2])
        .workdir
        is None
    )
    model = build("FROM scratch\nWORKDIR a\nCOPY y y\n")
    assert model.state(model.dockerfile.instructions[2]).workdir == "/a"


def test_stage_names_ignore_case_and_the_latest_wins():
    model = build("FROM x AS Build\nFROM y AS build\nFROM BUILD\n")
    assert model.stages[2].base is model.stages[1]


def test_from_takes_no_stage_number():
    assert build("FROM x\nFROM 0\n").stages[1].base is None


def test_only_what_the_target_needs_is_live_and_only_its_ancestors_ship():
    text = (
        "FROM x AS base\nFROM base AS build\nFROM x AS test\nFROM base AS tools\nFROM base\n"
        "COPY --from=build /a /a\nRUN --mount=type=bind,from=tools,target=/t x\n"
    )
    model = build(text)
    assert [model.live(stage) for stage in model.stages] == [True, True, False, True, True]
    assert [model.shipped(stage) for stage in model.stages] == [True, False, False, False, True]
    other = build(text, target="TEST")
    assert [other.live(stage) for stage in other.stages] == [False, False, True, False, False]


def test_copy_from_takes_numbers_and_earlier_stages_alone():
    model = build(
        "FROM x\nFROM y\nCOPY --from=0 /a /a\nCOPY --from=later /b /b\nFROM z AS later\n",
        target="1",
    )
    assert [model.live(stage) for stage in model.stages] == [True, True, False]


def test_further_targets_are_live_and_ship_beside_the_last_stage():
    model = build("FROM x AS dev\nFROM x AS unused\nFROM y\n", targets=frozenset({"dev"}))
    assert [model.shipped(stage) for stage in model.stages] == [True, False, True]


def test_what_is_pushed_is_the_target_where_none_is_told():
    text = "FROM debian AS slim\nRUN a\nFROM slim AS full\nRUN b\nFROM full AS full-dev\nRUN c\nRUN d\n"
    told = {
        frozenset(): "full-dev",
        frozenset({"slim"}): "slim",
        frozenset({"slim", "full"}): "full",
        frozenset({"slim", "full-dev"}): "slim",  # what people develop in is no product
        frozenset({"gone"}): "full-dev",
    }
    for pushed, target in told.items():
        model = build(text, pushed=pushed)
        assert model.target is not None
        assert model.target.name == target
        assert model.named_target == (None if target == "full-dev" else target)
        assert model.stages[-1] in model.targets  # who builds without a target gets it
    assert build(text, pushed=frozenset({"slim"}), target="full").named_target == "full"


def test_what_recipes_name_beside_what_all_pushes_name_is_pushed_by_nobody():
    text = "FROM debian AS base\nRUN a\nFROM base AS try\nRUN b\nFROM base AS slim\nRUN c\n"
    more = frozenset({"try"})  # which Compose builds

    def pushed(names: set[str]) -> list[bool]:
        model = build(text, targets=more, pushed=frozenset(names))
        return [model.is_pushed(stage) for stage in model.stages]

    assert pushed(set()) == [True, True, True]
    assert pushed({"slim"}) == [True, False, True]
    assert pushed({"slim", "try"}) == [True, True, True]
    assert pushed({"gone"}) == [True, True, True]
    asked = build(text, target="try", pushed=frozenset({"slim"}))
    assert [asked.is_pushed(stage) for stage in asked.stages] == [True, True, False]


def test_what_a_pushed_image_is_built_from_stands_in_no_image():
    text = (
        "FROM debian AS deps\nRUN a\nFROM deps AS dev\nRUN b\nFROM debian AS slim\n"
        "COPY --from=deps /a /a\n"
    )
    model = build(text, targets=frozenset({"dev"}), pushed=frozenset({"slim"}))
    assert [model.shipped(stage) for stage in model.stages] == [False, True, True]
    assert [model.stays_local(stage) for stage in model.stages] == [False, True, False]
    beside = build(text, targets=frozenset({"dev"}), pushed=frozenset({"slim", "dev"}))
    assert [beside.is_pushed(stage) for stage in beside.stages] == [True, True, True]


def test_a_stage_for_tests_that_alone_is_pushed():
    text = "FROM debian AS base\nRUN a\nFROM base AS pr-test\nRUN b\nFROM base AS slim\nRUN c\n"

    def pushed(*names: str) -> list[bool]:
        model = build(text, pushed=frozenset(names))
        return [model.is_pushed(stage) for stage in model.stages]

    assert pushed("pr-test") == [True, True, False]
    assert pushed("pr-test", "slim") == [True, False, True]


def test_unknown_target_names_the_stages_there_are():
    with pytest.raises(DlintError, match="no stage is called 'prod'") as failure:
        build("FROM x AS base\nFROM base AS app\n", target="prod")
    assert "base, app" in failure.value.hint


def test_onbuild_triggers_run_in_the_stage_that_stands_on_them():
    model = build("FROM x AS base\nONBUILD ENV A=1\nFROM base\nRUN x\n")
    names = [step.instruction.name for step in model.steps(model.stages[1])]
    assert names == ["FROM", "ENV", "RUN"]
    assert values(model, 4) == {"A": "1"}


def test_file_without_a_stage_is_modelled_as_nothing():
    model = build("ARG A=1\n")
    assert (model.stages, model.target, model.targets) == ((), None, ())


def test_label_sets_no_variable():
    model = build("FROM x\nLABEL A=1\nRUN x\n")
    assert values(model, 3) == {}


@pytest.mark.parametrize(
    ("base", "text", "expected"),
    [
        ("golang:1.22", "$GOPATH/src/x", "/go/src/x"),
        ("rust", "${CARGO_HOME}/bin", "/usr/local/cargo/bin"),
        ("acme/golang:1.22", "$GOPATH/src/x", None),
        ("golang:1.22\nENV GOPATH=/work", "$GOPATH", "/work"),
        ("golang:1.22 AS base\nFROM base", "$GOPATH", "/go"),
    ],
)
def test_what_official_images_set_is_known(base, text, expected):
    model = build(f"FROM {base}\nCOPY . {text}\n")
    assert model.expand(model.dockerfile.instructions[-1], text) == expected


@pytest.mark.parametrize(
    ("settings", "condition", "certain"),
    [
        ("ARG PHP=true", '[ "$PHP" = "true" ]', True),
        ("ARG PHP=true", '[[ "$PHP" == "true" ]]', True),
        ("ARG PHP=true", 'test "${PHP}" = true', True),
        ("ARG PHP=true", "[ -n $PHP ]", True),
        ("ARG PHP", '[ -n "$PHP" ]', False),
        ("ARG PHP=false", '[ "$PHP" = "true" ]', False),
        ("ARG PHP=false", '[ "$PHP" != "true" ]', True),
        ("ENV PHP=true", '[ "$PHP" = "true" ]', True),
        ("ARG GIVEN=true\nENV PHP=$GIVEN", '[ "$PHP" = "true" ]', False),
        ("ARG TARGETARCH=amd64", '[ "$TARGETARCH" = "amd64" ]', False),
        ("ARG PHP=true", "PHP=$(cat x); [ $PHP = true ]", False),
        ("ARG PHP=true", "[ -f composer.json ]", False),
        ("ARG TEST=true", '[ "$TEST" = "true" ]', False),  # a recipe passes another value
        ("ARG SAME=true", '[ "$SAME" = "true" ]', True),
    ],
)
def test_a_default_that_nobody_changes_chooses_the_branch(
    settings: str, condition: str, *, certain: bool
) -> None:
    passed = {"TEST": ("true", "false"), "SAME": ("true",)}
    model = build(f"FROM a\n{settings}\nRUN if {condition}; then make; fi\n", passed=passed)
    run = next(each for each in model.dockerfile.instructions if isinstance(each, Run))
    made = next(each for each in model.script(run).commands if each.name == "make")
    assert made.certain is certain


@pytest.mark.parametrize(
    ("script", "certain"),
    [
        ("if [ $A = 1 ]; then one; else two; fi", {"one"}),
        ("if [ $A = 2 ]; then one; else two; fi", {"two"}),
        ("if [ $A = 2 ]; then one; elif [ $A = 1 ]; then two; else three; fi", {"two"}),
        ("if [ -f x ]; then one; elif [ $A = 1 ]; then two; else three; fi", set()),
        ("if [ $A = 1 ]; then exit 1; else two; fi", {"two"}),  # who builds, passes another one
        ("[ $A = 1 ] && one || true", {"one"}),
        ("[ $A = 2 ] && one || true", set()),
        ("if [ $A = 1 ]; then cd /x; fi; one", {"one"}),
    ],
)
def test_the_branches_that_a_default_leaves_out(script: str, certain: set[str]) -> None:
    model = build(f"FROM a\nARG A=1\nRUN {script}\n")
    run = next(each for each in model.dockerfile.instructions if isinstance(each, Run))
    commands = [each for each in model.script(run).commands if each.name in {"one", "two", "three"}]
    assert {each.name for each in commands if each.certain} == certain
    if "cd" in script:
        assert commands[0].cwd == "/x"
