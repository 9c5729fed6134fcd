"""The index of rules: it says what the modules say, and spares loading them."""

from __future__ import annotations

import subprocess
import sys

import dlint_rules
from dlint_rules.index import INDEX

from dlint import walk_rules
from dlint.rule.rule import Rule
from dlint.rule.shelf import ShelvedRule, entry, shelved
from dlint.syntax import Add, Copy, Run


def test_the_index_says_what_the_rules_say() -> None:
    """`python tools/rules/index.py` writes it again."""
    assert list(INDEX) == [entry(rule) for rule in walk_rules("dlint_rules")]


def test_a_shelved_rule_is_as_its_module_has_it() -> None:
    facts = "module family name severity default fix aliases url doc summary options user_options checks".split()
    for found, own in zip(shelved("dlint_rules"), walk_rules("dlint_rules"), strict=True):
        assert isinstance(found, Rule)
        assert [getattr(found, each) for each in facts] == [getattr(own, each) for each in facts]


def test_what_a_rule_looks_at_is_known_without_its_module() -> None:
    kinds = "Transfer", "Stage"
    rule = ShelvedRule(
        "dlint_rules", ("push.nothing_such", "0.1", False, "info", True, None, (), kinds, ())
    )
    assert [rule.looks_at(kind) for kind in (Copy, Add, Run)] == [True, True, False]


def test_knowing_the_rules_loads_none() -> None:
    program = (
        "import sys; from dlint.lint.plugins import Plugins; rules = Plugins(third_party=False).rules;"
        "print(len(rules), *(each for each in sys.modules if each.startswith('dlint_rules')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    count, *loaded = done.stdout.split()
    assert int(count) > len(INDEX)
    assert loaded == [dlint_rules.__name__, "dlint_rules.index"]
