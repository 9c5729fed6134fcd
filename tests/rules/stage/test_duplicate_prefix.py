"""Stages that do the same in another order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

APT = "RUN apt-get update && apt-get install -y a b && rm -rf /var/lib/apt/lists/*\n"
SWAPPED = APT.replace("a b", "b a")
LIST, NPM = "COPY package.json /app/\n", "RUN npm ci\n"


@pytest.mark.parametrize(
    ("one", "two", "hit"),
    [
        (APT, SWAPPED, True),
        (APT, "WORKDIR /app\n" + APT, True),
        (APT, "ARG VERSION\nCOPY x /app/x\n" + APT, True),
        (APT, APT, False),
        (APT, "LABEL a=b\n" + APT, False),  # the builder sees the same
        (APT, APT.replace("a b", "a b c"), False),
        (APT, "COPY x.list /etc/apt/sources.list.d/\n" + APT, False),
        (APT, "RUN curl -fsSL https://example.com/setup.sh | bash\n" + APT, False),
        (LIST + "WORKDIR /app\n" + NPM, "WORKDIR /app\n" + LIST + NPM, True),
        (LIST + "WORKDIR /app\n" + NPM, "WORKDIR /srv\n" + LIST + NPM, False),
        (
            "WORKDIR /app\n" + LIST + NPM,
            "WORKDIR /app\n" + LIST + "ENV NODE_ENV=production\n" + NPM,
            False,
        ),
        ("RUN make\nRUN make b\n", "RUN make b\nRUN make\n", False),  # what that costs nobody knows
    ],
)
def test_pairs(tmp_path: Path, one: str, two: str, hit: bool) -> None:  # noqa: FBT001  a column
    text = f"FROM debian:12 AS one\n{one}FROM debian:12\n{two}COPY --from=one /a /a\n"
    assert bool(checked(tmp_path, "stage/duplicate-prefix", text).lines) is hit


@pytest.mark.parametrize(
    "between",
    [
        "FROM debian:13\n",
        "FROM --platform=linux/arm64 debian:12\n",
        "ARG B\nFROM $B\n",
        "FROM scratch\n",
    ],
)
def test_other_images(tmp_path: Path, between: str) -> None:
    text = f"FROM debian:12 AS one\n{APT}{between}{SWAPPED}COPY --from=one /a /a\n"
    assert checked(tmp_path, "stage/duplicate-prefix", text).lines == []


def test_stages_on_one_another_and_dead_ones(tmp_path: Path) -> None:
    for text in (
        f"FROM debian:12 AS one\n{APT}FROM one\n{SWAPPED}",
        f"FROM debian:12\n{APT}FROM debian:12\n{SWAPPED}",
    ):
        assert checked(tmp_path, "stage/duplicate-prefix", text).lines == []


def test_what_it_says(tmp_path: Path) -> None:
    text = f"FROM debian:12 AS base\nFROM base AS one\n{APT}FROM base\n{SWAPPED}COPY --from=one /a /a\n"
    [found] = checked(tmp_path, "stage/duplicate-prefix", text).found
    assert found.place.start.line == 5
    assert "stage `one`" in found.message


def test_what_is_not_pushed_is_not_stored_twice(tmp_path: Path) -> None:
    text = f"FROM debian:12 AS one\n{APT}FROM debian:12 AS two\n{SWAPPED}COPY --from=one /a /a\n"
    (message,) = checked(tmp_path, "stage/duplicate-prefix", text).messages
    assert message.endswith("so this step runs twice")


def test_two_targets_that_are_pushed(tmp_path: Path) -> None:
    text = f"FROM debian:12 AS one\n{APT}FROM debian:12 AS two\n{SWAPPED}"
    bake = 'docker-bake.json: {"target": {"a": {"target": "one"}, "b": {"target": "two"}}}\n'
    context = f"{bake}.git/HEAD: x\n"
    (message,) = checked(tmp_path, "stage/duplicate-prefix", text, context).messages
    assert message.endswith("so this step runs twice and is stored twice")
