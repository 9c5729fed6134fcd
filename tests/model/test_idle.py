"""Steps that change nothing: which layers are the one that every registry has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.context import open_worktree
from dlint.model import Build, Options
from dlint.model.keys import EMPTY, content_keys
from dlint.project.recipes import Recipes
from dlint.syntax.parser import parse
from dlint.text.source import Source

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "FROM golang:1.24 AS build\nRUN make\nFROM debian:12\nARG EXTRA\nARG OWNER=0\n"
WORKFLOW = """\
on: push
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
"""
STEP = """\
      - uses: docker/build-push-action@v6
        with:
          push: true
          build-args: |
            %s
"""


def identities(
    root: Path, text: str, *, arguments: str = "", builder: str = "buildkit", recipe: str = ""
) -> list[str]:
    """Return what the last layer is surely, and what it is unless programs decide otherwise."""
    path = root / "Dockerfile"
    path.write_text(f"{HEAD}{text}\n")
    if recipe:
        (root / ".github/workflows").mkdir(parents=True)
        (root / ".github/workflows/image.yml").write_text(recipe)
    name, _, value = arguments.partition("=")
    options = Options(build_args={name: value} if name else {}, builder=builder)
    dockerfile = parse(Source(str(path), path.read_text()))
    build = Build(dockerfile, open_worktree(root), options, Recipes(root))
    last = next(each for each in reversed(build.fact(content_keys).image) if each.layer)
    return [last.identity, last.sure_identity]


SKIPPED = 'RUN if [ -n "$EXTRA" ]; then apt-get install -y vim; touch /x; fi'
BY_OWNER = 'RUN if [ "$OWNER" != 0 ]; then useradd app; chown -R app /srv; fi'


@pytest.mark.parametrize(
    ("text", "arguments", "wanted"),
    [
        (SKIPPED, "", True),
        (SKIPPED, "EXTRA=1", False),
        (f"{SKIPPED}; touch /y", "", False),
        (SKIPPED.replace("; fi", "; else touch /y; fi"), "", False),
        (SKIPPED.replace("$EXTRA", "$OTHER"), "", False),  # the base may set it
        (SKIPPED.replace("if", "EXTRA=1; if", 1), "", False),
        (BY_OWNER, "", True),
        (BY_OWNER, "OWNER=1000", False),
        (SKIPPED + " && echo done", "", True),
        (SKIPPED + " && echo done > /y", "", False),
        ("RUN git config --global a b", "", False),
        ("COPY --from=build ${EXTRA:-/null?} $EXTRA/", "", True),
        ("COPY --from=build ${EXTRA:-/null?} $EXTRA/", "EXTRA=/src", False),
        ("COPY --from=build /null? /src /", "", False),
        ("COPY --from=build /nulls /", "", False),
    ],
)
def test_what_changes_nothing(tmp_path: Path, text: str, arguments: str, *, wanted: bool) -> None:
    found = identities(tmp_path, text, arguments=arguments)
    assert (found == [EMPTY, EMPTY]) is wanted


@pytest.mark.parametrize(
    ("text", "wanted"), [(SKIPPED, ["", ""]), ("COPY --from=build /null? /", [EMPTY, EMPTY])]
)
def test_where_a_run_may_touch_the_folder_of_what_is_mounted(
    tmp_path: Path, text: str, wanted: list[str]
) -> None:
    assert identities(tmp_path, text, builder="docker") == wanted


@pytest.mark.parametrize(("arguments", "identity"), [("", EMPTY), ("EXTRA=1", "")])
def test_the_classic_builder_makes_no_layer_of_a_run_that_changes_nothing(
    tmp_path: Path, arguments: str, identity: str
) -> None:
    text = f"COPY --from=build /null? /\n{SKIPPED}"  # of which the first has a layer
    found = identities(tmp_path, text, arguments=arguments, builder="classic")
    assert found == [identity, identity]


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        (["VERSION=1", "EXTRA=gpu"], True),  # of several images the one that is modelled
        (["EXTRA=gpu"], False),
        (["EXTRA=gpu\n            VERSION=1", "EXTRA=gpu"], False),
        (["${{ vars.ARGUMENTS }}", "EXTRA=gpu"], False),  # which may hold it
    ],
)
def test_an_argument_that_other_pushes_are_given(
    tmp_path: Path, rows: list[str], *, wanted: bool
) -> None:
    recipe = WORKFLOW + "".join(STEP % each for each in rows)
    found = identities(tmp_path, SKIPPED, recipe=recipe)
    assert (found == [EMPTY, EMPTY]) is wanted


@pytest.mark.parametrize(
    ("text", "rows", "wanted"),
    [
        (BY_OWNER, ["OWNER=0"], True),
        (BY_OWNER, ["OWNER=1000"], False),
        (BY_OWNER, ["OWNER=${{ inputs.owner }}"], False),  # nobody knows what that is
        (BY_OWNER, ["OWNER=1000", "OWNER=0"], False),
        (f"ENV OWNER=0\n{BY_OWNER}", ["OWNER=1000"], True),  # the variable goes first
    ],
)
def test_an_argument_that_each_push_is_given_decides_in_place_of_its_default(
    tmp_path: Path, text: str, rows: list[str], *, wanted: bool
) -> None:
    recipe = WORKFLOW + "".join(STEP % each for each in rows)
    found = identities(tmp_path, text, recipe=recipe)
    assert (found == [EMPTY, EMPTY]) is wanted


def test_the_value_of_this_very_build_goes_before_what_pushes_pass(tmp_path: Path) -> None:
    recipe = WORKFLOW + STEP % "OWNER=1000"
    found = identities(tmp_path, BY_OWNER, arguments="OWNER=0", recipe=recipe)
    assert found == [EMPTY, EMPTY]
