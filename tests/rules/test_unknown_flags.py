"""A word whose text is not known may be the flag that a rule asks for."""

from __future__ import annotations

import pytest
from checked import lines

PIP = "python:3.12", "bloat/pm-cache", "pip install {} shop==1.2"
APK = "alpine:3.20", "bloat/pm-cache", "apk add {} git"
COMPOSER = "composer:2", "bloat/pm-cache", "composer install {}"
GIT = "debian:12", "bloat/git-history", "git clone {} https://example.com/a.git"
USER = "debian:12", "bloat/useradd-lastlog", "useradd {} -u 123456 app"
UNPINNED = "python:3.12", "pin/unlocked-package", "pip install {} shop"
CARGO = "rust:1.80", "pin/lockfile-install", "cargo install {} shop --version 1.2.3"


@pytest.mark.parametrize(
    ("case", "word", "hits"),
    [
        (PIP, "", 1),
        (PIP, "--quiet", 1),
        (PIP, "$FLAGS", 0),
        (PIP, "${PIP_INSTALL_ARGS:-}", 0),
        (PIP, "$PACKAGES", 1),
        (PIP, "$TARGETS", 1),
        (PIP, "$FLAGS_OF==1", 1),  # a package's name
        (PIP, "$(cat packages)", 1),
        (PIP, "$(test -n $CI && echo --no-cache-dir)", 0),
        (PIP, "$(test -n $CI && echo --upgrade)", 1),
        (PIP, "`test -n $CI && echo --no-cache-dir`", 0),
        (PIP, "${CI:+--no-cache-dir}", 0),
        (PIP, "${FLAGS:+--upgrade}", 1),
        (APK, "$APK_OPTS", 0),
        (APK, "$APK_PACKAGES", 1),
        (COMPOSER, "$COMPOSER_FLAGS", 0),
        (COMPOSER, "$(test $CI || echo --quiet)", 1),
        (GIT, "", 1),
        (GIT, "$GIT_FLAGS", 0),
        (GIT, "$(echo --quiet)", 1),
        (USER, "", 1),
        (USER, "$USER_OPTIONS", 0),
        (UNPINNED, "", 1),
        (UNPINNED, "$PIP_OPTIONS", 0),  # of constraints
        (CARGO, "", 1),
        (CARGO, "$CARGO_FLAGS", 0),
    ],
)
def test_a_word_that_nobody_knows(case: tuple[str, str, str], word: str, hits: int) -> None:
    base, rule, run = case
    assert len(lines(rule, f"FROM {base}\nRUN {run.format(word)}\nCMD shop\n")) == hits
