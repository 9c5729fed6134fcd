"""What a rule may ask of a build: by subject, and nothing that none asks."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import dlint_rules
import pytest

from dlint.rule.build import Build
from dlint.text.lazy import lazy

RULES = "\n".join(
    path.read_text(encoding="utf-8") for path in Path(dlint_rules.__path__[0]).rglob("*.py")
)
SUBJECTS = {
    name: value
    for name, value in vars(Build).items()
    if isinstance(value, lazy) and inspect.getsource(value.compute).count("dlint.rule.")
}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_question_is_asked_by_a_rule(subject: str) -> None:
    answers = getattr(object.__new__(Build), subject)
    questions = [name for name in vars(type(answers)) if not name.startswith("_")]
    own = set(questions) - {"build"}
    assert own
    assert not [name for name in own if not re.search(rf"\b{subject}\.{name}\b", RULES)]
