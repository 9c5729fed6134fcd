"""The table of conventions names options that exist."""

from __future__ import annotations

import argparse
import re
from importlib import import_module

from house import PROJECT

from dlint.cli import VERBS
from dlint.reporters import FORMATS

TEXT = (PROJECT / "docs/conventions.md").read_text(encoding="utf-8")


def options() -> set[str]:
    found: set[str] = set()
    for verb in VERBS:
        parser = argparse.ArgumentParser()
        import_module(f"dlint.cli.{verb}").add_arguments(parser)
        found |= set(parser._option_string_actions)
    return found


def test_its_options_and_verbs_exist() -> None:
    named = set(re.findall(r"`(--?[a-z][a-z-]*)", TEXT))
    assert named
    assert named <= options()
    (row,) = (line for line in TEXT.splitlines() if line.startswith("| Verbs |"))
    assert set(re.findall(r"`(\w+)`", row)) <= set(VERBS)


def test_it_counts_the_formats() -> None:
    assert f"[{'thirteen' if len(FORMATS) == 13 else len(FORMATS)}](formats.md" in TEXT
