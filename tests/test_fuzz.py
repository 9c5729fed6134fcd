"""The targets of fuzz/, on their seeds and some mutants: the same ones each time."""

from __future__ import annotations

import sys
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING

import pytest
from house import PROJECT

from dlint.errors import DlintError

if TYPE_CHECKING:
    from collections.abc import Callable

sys.path.insert(0, str(PROJECT / "fuzz"))

from files import check_whole  # type: ignore[import-not-found]
from mutate import mutated  # type: ignore[import-not-found]
from targets import TARGETS  # type: ignore[import-not-found]

MUTANTS = 40


def seeds(name: str) -> dict[str, bytes]:
    folder = PROJECT / "fuzz" / "corpus" / name
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def ends(run: Callable[[str, bytes], None], name: str, data: bytes) -> None:
    with suppress(DlintError):
        run(name, data)


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_a_target_ends_or_says_why_not(target: str) -> None:
    known = seeds(target)
    for number, (name, data) in enumerate(known.items()):
        ends(TARGETS[target], name, data)
        random = Random(f"{target} {number}")  # noqa: S311  the same mutants each time
        for _ in range(MUTANTS // len(known) + 1):
            ends(TARGETS[target], name, mutated(random, [data, *known.values()]))


@pytest.mark.parametrize("name", ["Dockerfile", "tidy.Dockerfile"])
def test_mutants_of_a_dockerfile_are_checked_by_all_rules_in_all_formats(name: str) -> None:
    data = (PROJECT / "fixtures" / "shop" / name).read_bytes()
    random = Random(name)  # noqa: S311  as above
    for _ in range(MUTANTS // 4):
        ends(check_whole, name, mutated(random, [data, *seeds("parser").values()]))


# What was found, and does not come back.
FOUND = [
    ("shell", "loops", b"for i in 1 2 3 4 5 6 7 8 9; do " * 60 + b"echo $i" + b"; done" * 60),
    ("shell", "doubled", b"a=x; " + b"a=$a$a; " * 2000 + b"apt-get install $a"),
    ("shell", "appended", b"a=xx; " + b"a+=$a; " * 2000 + b"apt-get install $a"),
    ("shell", "arguments", b'f() { f "$@" "$@" "$@"; }; f 1 2 3 4 5 6 7 8'),
    ("objects", "tree", b"9" * 30 + b" a\0" + bytes(20)),
    ("objects", "tree", b"7" * 30 + b" a\0" + bytes(20)),
    ("objects", "tree", b"-1100644 a\0" + bytes(20)),
    ("ignore", "ignored", b"!" + b"*" * 52 + b"/keep/*.txt\n" + b"**/" * 600 + b"x\n"),
    ("manifests", "pyproject.toml", b'[tool.poetry.dependencies]\na={version="1",extras=5}\n'),
    ("indexes", "primary.xml", b"<metadata><requires><entry name='a'/></requires></metadata>"),
    (
        "indexes",
        "primary.xml",
        b"<m xmlns:rpm='r'><rpm:requires><rpm:entry name='b'/></rpm:requires></m>",
    ),
]


def test_a_package_that_no_table_can_hold() -> None:
    check_whole("Dockerfile", b"FROM debian:12\nRUN apt-get update && apt-get install \xf4\n")


@pytest.mark.parametrize(("target", "name", "data"), FOUND)
def test_what_was_found(target: str, name: str, data: bytes) -> None:
    ends(TARGETS[target], name, data)
