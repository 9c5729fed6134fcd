"""Caches that the recipes of a Makefile leave, and what keeps them away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

RULE = "bloat/pm-cache"
INSTALL = "pip install -r requirements.txt"
PLAIN = f"deps:\\n\t{INSTALL}\\n"


def context(makefile: str) -> str:
    """Return a context with a Makefile."""
    return f"Makefile: {makefile}\nrequirements.txt: django==5.0\\n\nsetup.mk: a = b\\n\n"


def test_help_names_what_the_recipe_obeys(tmp_path: Path) -> None:
    text = "FROM python:3.12\nCOPY . /app\nWORKDIR /app\nRUN make deps\n"
    (found,) = checked(tmp_path, RULE, text, context(PLAIN)).found
    assert found.text.replace("`", "") == (
        "make deps leaves pip's downloads in /root/.cache/pip, so the layer contains them — help:"
        " set ENV PIP_NO_CACHE_DIR=1 before this RUN"
    )
    assert found.repair is None


@pytest.mark.parametrize(
    "makefile",
    [
        PLAIN,
        f"all: deps\\n{PLAIN}",
        f"PIP := pip\\ndeps: more\\n\t@echo a\\nmore:\\n\t$(PIP) {INSTALL[4:]}\\n",
        f"deps:\\n\t{INSTALL}\\n\t./unknown.sh\\n",
    ],
)
def test_a_recipe_leaves_a_cache(tmp_path: Path, makefile: str) -> None:
    text = "FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN make {}deps\n"
    assert checked(tmp_path, RULE, text.format(""), context(makefile)).lines == [4]
    assert checked(tmp_path, RULE, text.format("-C . "), context(makefile)).lines == [4]


@pytest.mark.parametrize(
    "makefile",
    [
        f"export PIP_NO_CACHE_DIR=1\\n{PLAIN}",
        f"PIP_NO_CACHE_DIR := 1\\nexport\\n{PLAIN}",
        f"deps:\\n\tPIP_NO_CACHE_DIR=1 {INSTALL}\\n",
        f"deps:\\n\t{INSTALL} --no-cache-dir\\n",
        f"deps:\\n\t{INSTALL}\\n\tpip cache purge\\n",
        f"deps:\\n\t{INSTALL} && rm -rf /root/.cache\\n",
        f"include setup.mk\\n{PLAIN}",
        f"deps:\\nifdef DEV\\n\t{INSTALL}\\nendif\\n",
        "deps:\\n\tif test -n '$$DEV'; then pip install django; fi\\n",
        "deps:\\n\t$(PIP) install -r requirements.txt\\n",
        f"other:\\n\t{INSTALL}\\n",
        "deps:\\n\tnpm ci\\n",
    ],
)
def test_a_recipe_leaves_none_or_may_leave_none(tmp_path: Path, makefile: str) -> None:
    text = "FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN make deps\n"
    assert checked(tmp_path, RULE, text, context(makefile)).lines == []


@pytest.mark.parametrize(
    ("lines", "hit"),
    [
        ("ENV PIP_NO_CACHE_DIR=1\nRUN make deps", False),
        ("ARG PIP_NO_CACHE_DIR=1\nRUN make deps", False),
        ("ENV PIP_NO_CACHE_DIR=\nRUN make deps", True),
        ("RUN PIP_NO_CACHE_DIR=1 make deps", False),
        ("RUN make PIP_NO_CACHE_DIR=1 deps", False),
        ("RUN export PIP_NO_CACHE_DIR=1 && make deps", False),
        ("RUN make deps && rm -rf /root/.cache", False),
        ("RUN rm -rf /root/.cache && make deps", True),
        ("RUN test -f x && make deps || true", False),
        ("RUN --mount=type=cache,target=/root/.cache/pip make deps", False),
        ("RUN --mount=type=cache,target=/root/.cache make deps", False),
        ("RUN --mount=type=cache,target=/var/cache/apt make deps", True),
        ("RUN make deps\nRUN rm -rf /root/.cache", False),
        ("RUN make -f other.mk deps", False),
    ],
)
def test_what_surrounds_a_recipe(tmp_path: Path, lines: str, *, hit: bool) -> None:
    text = f"FROM python:3.12\nWORKDIR /app\nCOPY . .\n{lines}\n"
    assert bool(checked(tmp_path, RULE, text, context(PLAIN)).lines) == hit


def test_an_image_of_others_may_turn_the_cache_off(tmp_path: Path) -> None:
    text = "FROM acme/app:1\nWORKDIR /app\nCOPY . .\nRUN make deps\n"
    (message,) = checked(tmp_path, RULE, text, context(PLAIN)).messages
    assert message.endswith("unless the base image turns that off")
    built = (
        "FROM python:3.12 AS build\nCOPY . .\nRUN make deps\nFROM alpine\nCOPY --from=build a b\n"
    )
    assert checked(tmp_path, RULE, built, context(PLAIN)).lines == []
