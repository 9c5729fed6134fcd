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
# Programs that a project's manager installs with its packages, by their place.
_PROGRAMS = r"(?:vendor/bin|node_modules/\.bin)/\w"
_TESTED = regex(f"(?i){_STARTS}{_WORDS}{_SCRIPT}(?:{_TESTS}|{_PROGRAMS})")
# An action that starts a container of the image that its workflow builds, and the rest of its step.
_OF_STEP = r" {6}(?! {0,40}- )[^\n]{0,400}"
_BY_ACTION = rf"docker-run-action@[^\n]{{0,80}}\n(?:(?:{_OF_STEP})?\n){{0,80}}?{_OF_STEP}?"
TESTED_BY_ACTION = regex(f"(?i){_BY_ACTION}(?:{_TESTS}|{_PROGRAMS})")


def are_tested_inside(recipes: Recipes) -> bool:
    """Tell whether a recipe starts a container by a command that tests, or by a program of the
    project's packages.
    """
    return recipes.mention(_TESTED)
