"""Whether recipes run tests inside containers (`docker compose run web pytest`): an image that they
start holds the tests on purpose, and which of several it is, options and variables may hide.
"""

from __future__ import annotations

from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dlint.project.recipes import Recipes

_GAP = r"(?:[ \t]|\\\n){1,80}+"
_QUOTED = r"""(?:"(?:[^"\\\n]|\\.){0,200}+"|'[^'\n]{0,200}+')"""
_WORD = (
    rf"(?:{_QUOTED}|\$\{{\{{[^}}\n]{{0,200}}+\}}\}}|\$\([^()\n]{{0,200}}+\)|[^\s\"'\\]){{1,200}}+"
)
# Those without a value first. What is started in the place of the image's own is no option.
_OPTION = (
    r"(?:--(?=\s)|-[dioqtTP]{1,4}(?=\s)"
    r"|--(?:build|detach|init|interactive|no-deps|privileged|quiet|read-only|rm|service-ports|tty)(?=\s)"
    rf"|(?!--entrypoint)--?[\w-]{{1,40}}+(?:=|{_GAP}){_WORD})"
)
_STARTS = rf"[^\n;&|]{{0,80}}?[ \t](?:run|exec){_GAP}(?:{_OPTION}{_GAP}){{0,40}}+"
# Of Compose the name of a service may say it; elsewhere a container or an image goes before.
_CONTAINER = (
    rf"(?:(?i:compose)\b{_STARTS}|(?i:docker|podman|nerdctl|kubectl)\b"
    rf"(?![^\n;&|]{{0,80}}?(?i:compose)\b){_STARTS}{_WORD}{_GAP}(?:--{_GAP})?)"
)
# What follows: lines that go on, and a script in quotes.
_WORDS = r"(?:\\\n|[^\n]){0,400}?"
_SCRIPT = r"""(?:[ \t]-\w{0,3}c[ \t]+(?:'[^']{0,1000}?|"[^"]{0,1000}?))?"""
_RUNNERS = "tox|nox|rspec|cypress|jest|vitest|mocha|phpunit|coverage"
_TESTS = rf"\b(?!latest\b)(?:\w{{0,40}}tests?|{_RUNNERS})\b"
# Programs that a project's manager installs with its packages, by their place.
_PROGRAMS = r"(?:vendor/bin|node_modules/\.bin)/\w"
_TESTED = regex(f"{_CONTAINER}{_WORDS}{_SCRIPT}(?i:{_TESTS}|{_PROGRAMS})")
# An action that starts a container of the image that its workflow builds, and the rest of its step.
_OF_STEP = r" {6}(?! {0,40}- )[^\n]{0,400}"
_BY_ACTION = rf"docker-run-action@[^\n]{{0,80}}\n(?:(?:{_OF_STEP})?\n){{0,80}}?{_OF_STEP}?"
TESTED_BY_ACTION = regex(f"(?i){_BY_ACTION}(?:{_TESTS}|{_PROGRAMS})")


def are_tested_inside(recipes: Recipes) -> bool:
    """Tell whether a recipe starts a container by a command that tests, or by a program of the
    project's packages.
    """
    return recipes.mention(_TESTED)
