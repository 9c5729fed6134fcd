"""What steps start in scripts."""

from __future__ import annotations

import pytest

from dlint.project.script_calls import with_scripts, with_settings


def test_a_script_is_read_where_it_is_started_first() -> None:
    scripts = {"ci/image.sh": "docker build -t shop .\n"}
    found = with_scripts("ci/image.sh web\nci/image.sh api\n", ".", scripts)
    assert found == "docker build -t shop .\n\nci/image.sh api\n"


def test_settings_are_read_once() -> None:
    assert with_settings(". ./.env\n. ./.env\n", lambda _: "TAG=1") == "TAG=1\n. ./.env\n"


@pytest.mark.parametrize(
    "text",
    [
        'HOME_DIR=$(pwd)\nmkdir -p /tmp/web && cd /tmp/web\nmake\ncd "$HOME_DIR"\n',
        "pushd web\nnpm ci\npopd\n",
        "cd web\nnpm ci\ncd -\n",
        'cd "$(dirname "$0")/.."\n',
    ],
)
def test_a_script_that_comes_back_is_read(text: str) -> None:
    build = "docker buildx build --push -t shop/web ."
    found = with_scripts("ci/image.sh\n", ".", {"ci/image.sh": text + build})
    assert build in found
    assert "cd " not in found


@pytest.mark.parametrize(
    "text",
    [
        "cd web\n",
        'cd "$(dirname "$0")"\n',
        "cd web\ncd ..\n",
        "pushd web\npushd api\npopd\n",
        "cd web\nHERE=$(pwd)\ncd $HERE\n",
        "cd web && docker pull debian\ncd -\n",
    ],
)
def test_a_script_that_stays_elsewhere_is_not_read(text: str) -> None:
    scripts = {"ci/image.sh": text + "docker buildx build --push -t shop/web ."}
    assert with_scripts("ci/image.sh\n", ".", scripts) == "ci/image.sh\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            (
                'if [ -n "$LIVE" ]; then\n  docker build -f live .\nelse\n  docker build .\nfi\n'
                "docker build web\n"
            ),
            ["docker build web"],
        ),
        ('if [ -z "$SKIP" ]; then\n  docker build .\nelse\n  make\nfi\n', ["  docker build ."]),
        (
            (
                'if [ -z "$SKIP" ]; then\n  if [ "$A" ]; then\n    docker build a\n  elif [ "$B" ]; then\n'
                "    docker build b\n  fi\n  docker build c\nfi\n"
            ),
            ["  docker build c"],
        ),
        ("fi\ndocker build .\n", ["docker build ."]),
    ],
)
def test_of_several_branches_that_build_none_is_sure(text: str, told: list[str]) -> None:
    found = with_scripts("ci/image.sh\n", ".", {"ci/image.sh": text})
    assert [line for line in found.splitlines() if "docker" in line] == told
