"""When workflows of other repositories are called that build images."""

from __future__ import annotations

import pytest

from dlint.project.foreign_calls import are_called_for_releases, may_push_elsewhere

TAGS = "push: {tags: ['v*']}"


def workflow(on: str, called: str = "example/ci/.github/workflows/docker-publish.yml@main") -> str:
    return f"on:\n  {on}\njobs:\n  image:\n    uses: {called}\n"


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        ([workflow(TAGS)], True),
        ([workflow("release: {types: [published]}")], True),
        ([workflow("push: {branches: [main]}")], False),
        ([workflow("workflow_call: {}")], False),
        ([workflow("workflow_run: {}")], False),
        (
            [
                workflow(TAGS),
                workflow("pull_request: {}", "example/ci/.github/workflows/docker-test.yml@v1"),
            ],
            True,
        ),
        ([workflow(TAGS), workflow("push: {}")], False),
        ([workflow(TAGS, "example/ci/.github/workflows/docker-test.yml@v1")], False),
        ([workflow(TAGS, "example/ci/.github/workflows/release.yml@v1")], False),  # of anything
        ([workflow(TAGS, "example/shop/.github/workflows/docker-publish-0.yml@main")], False),
        (["on: [push"], False),
    ],
)
def test_when_others_publish_an_image(texts: list[str], *, wanted: bool) -> None:
    told = [(f".github/workflows/docker-publish-{at}.yml", each) for at, each in enumerate(texts)]
    assert are_called_for_releases(told) is wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (workflow(TAGS), True),
        (workflow("push: {}", "example/ci/.github/workflows/release.yml@v1"), True),
        (workflow("workflow_call: {}", "example/ci/.github/workflows/image.yaml@v1"), True),
        (workflow("pull_request: {}"), False),
        (workflow("push: {}", "example/ci/.github/workflows/labels.yml@v1"), False),
        (workflow("push: {}", "./.github/workflows/docker-publish-1.yml"), False),
        (workflow("push: {}", "example/shop/.github/workflows/docker-publish-0.yml@main"), False),
    ],
)
def test_when_others_may_push_an_image(text: str, *, wanted: bool) -> None:
    assert may_push_elsewhere([(".github/workflows/docker-publish-0.yml", text)]) is wanted
