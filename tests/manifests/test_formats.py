"""How manifests are read, whatever their format."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlint.manifests import read_manifest
from dlint.manifests.formats import LONG_KEPT, SHORT

if TYPE_CHECKING:
    from dlint.manifests import Manifest

PARSE = "dlint.manifests.requirements.parse"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Return what is parsed as a list for pip from now on."""
    from dlint.manifests import requirements

    found: list[bytes] = []
    parse = requirements.parse

    def noted(data: bytes) -> Manifest:
        found.append(data)
        return parse(data)

    monkeypatch.setattr(PARSE, noted)
    return found


def test_what_two_files_say_alike_is_parsed_once(parsed: list[bytes]) -> None:
    text = b"a-package-that-no-other-test-names==1.0\n"
    for path in ("requirements.txt", "dev/requirements.txt", "requirements.txt"):
        found = read_manifest(path, lambda _: text)
        assert (found.path, found.format) == (path, "requirements")
        assert [each.name for each in found.packages] == ["a-package-that-no-other-test-names"]
    assert parsed == [text]


def test_of_what_is_long_the_last_are_kept(parsed: list[bytes]) -> None:
    texts = [
        b"# " + b"x" * SHORT + f"\nb{number}==1.0\n".encode() for number in range(LONG_KEPT + 1)
    ]

    def read(number: int) -> None:
        [package] = read_manifest("requirements.txt", lambda _: texts[number]).packages
        assert package.name == f"b{number}"

    for number in (0, 0, *range(1, LONG_KEPT + 1), LONG_KEPT):
        read(number)
    assert parsed == texts
    read(0)
    assert parsed == [*texts, texts[0]]


def test_a_problem_is_told_of_each_path() -> None:
    for path in ("package.json", "web/package.json"):
        found = read_manifest(path, lambda _: b"{ not json of this test")
        assert (found.path, found.format) == (path, "package.json")
        assert found.problem
