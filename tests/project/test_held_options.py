"""Words of commands that a script holds in variables."""

from __future__ import annotations

import pytest

from dlint.project.commands import claims_in
from dlint.project.held_options import with_words

_OPTIONS = """\
how=(
  --build-arg "DAY=$(date "+%F")"  # what isn't known
  -t our/web
)
if [ -n "$CI" ]; then
  how+=(--push --label "for us")
fi
docker buildx build "${how[@]}" web
"""


def test_the_words_of_an_array_count() -> None:
    [[claim]] = claims_in(_OPTIONS, ["."])
    assert (claim.context, claim.names, claim.delivery.pushes) == ("web", "our/web", True)
    assert claim.passes == {"DAY"}


def test_a_command_in_an_array_counts() -> None:
    text = 'run=(docker buildx build)\nrun+=(--no-cache -t our/web)\n"${run[@]}" -f web/File .\n'
    [[claim]] = claims_in(text, ["."])
    assert (claim.file, claim.names, claim.delivery.cold) == ("web/File", "our/web", "option")


@pytest.mark.parametrize("first", ["how=(-t our/web)\n", "how+=(--push)\n"])
def test_an_array_that_nobody_follows_stays_as_it_is(first: str) -> None:
    text = f'{first}how=(-t our/api)\ndocker build "${{how[@]}}" web\n'
    assert with_words(text) == text


def test_what_a_command_gives_out_among_options_is_left_open() -> None:
    text = (
        'local how="$(base_of $1) --build-arg DAY=$(date +"%F") --output type=image,push=$(told)"\n'
        'local run="docker buildx build $how ./web"\n$run\n'
    )
    [[claim]] = claims_in(text, ["."])
    assert (claim.folder, claim.passes, claim.delivery.pushes) == ("web", None, True)


def test_what_a_command_gives_out_is_a_value_elsewhere() -> None:
    assert with_words('tag="$(git describe)"\n') == 'tag="$(git describe)"\n'
