"""Whether recipes run tests inside containers (`docker compose run web pytest`): an image that they
start holds the tests on purpose, and which of several it is, options and variables may hide.
"""

from __future__ import annotations

from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dlint.project.recipes import Recipes

_STARTS = r"(?:docker|compose|podman|nerdctl|kubectl)\b[^\n;&|]{0,80}?[ \t](?:run|exec)[ \t]"
# What follows: lines that go on, and a script in quotes.
_WORDS = r"(?:\\\n|[^\n]){0,400}?"
_SCRIPT = r"""(?:[ \t]-\w{0,3}c[ \t]+(?:'[^']{0,1000}?|"[^"]{0,1000}?))?"""
_RUNNERS = "tox|nox|rspec|cypress|jest|vitest|mocha|phpunit|coverage"
_TESTS = rf"\b(?!latest\b)(?:\w{{0,40}}tests?|{_RUNNERS})\b"
_TESTED = regex(f"(?i){_STARTS}{_WORDS}{_SCRIPT}{_TESTS}")


def are_tested_inside(recipes: Recipes) -> bool:
    """Tell whether a recipe starts a container by a command that tests."""
    return recipes.mention(_TESTED)
