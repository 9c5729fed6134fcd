"""Fixes of RUNs in exec form: a word that is added is a string of its own, unless the string is a
shell's script.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checked import checked

if TYPE_CHECKING:
    from pathlib import Path

NODE = (
    'package.json: {"dependencies": {"a": "1"}, "devDependencies": {"b": "1"}}\n'
    'package-lock.json: {"packages": {"": {"dependencies": {"a": "1"}, "devDependencies": {"b": "1"}}}}\n'
    'yarn.lock: a@1:\n  version "1"\n'
)


@pytest.mark.parametrize(
    ("rule", "run", "mended"),
    [
        ("bloat/pm-cache", '"pip", "install", "six"', '"pip", "install", "--no-cache-dir", "six"'),
        (
            "bloat/pm-cache",
            '"sh", "-c", "pip install six"',
            '"sh", "-c", "pip install --no-cache-dir six"',
        ),
    ],
)
def test_words_that_a_fix_adds(tmp_path: Path, rule: str, run: str, mended: str) -> None:
    text = f"FROM node:22\nWORKDIR /app\nCOPY package.json yarn.lock package-lock.json ./\nRUN [{run}]\nCMD node .\n"
    assert checked(tmp_path, rule, text, NODE).fixed == text.replace(run, mended)
