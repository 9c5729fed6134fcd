r"""Tests and linters run in the final image, or files that only tests need are copied into it.

## What it does

Finds `RUN`s that only test or lint, and `COPY`s of test files that no later step mentions, in
stages that ship.

## Why is this bad?

The `RUN` of a test creates a layer like any other: its caches, reports and compiled files are
pushed with the image, and every source change rebuilds it. In a separate stage that CI builds with
`--target test`, the same steps fail the same builds and ship nothing.

**Measured:** no figure, because what a test writes is unknown before it runs.

## Example

```dockerfile bad
FROM python:3.12.4-slim
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
RUN pytest -q
CMD ["python", "-m", "app"]
```

```dockerfile good
FROM python:3.12.4-slim AS base
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .

FROM base AS test
RUN pytest -q

FROM base
CMD ["python", "-m", "app"]
```

## How sure

A `RUN` counts when it runs tests or linters and nothing else. A `COPY` counts when all of its
sources are named like tests and no later step mentions them. None does where the repository runs
tests in a container (`docker compose run web pytest`). An image that nothing pushes is not
reported. Neither is a `RUN` whose comment says that the build is to fail where the tests do.

## When not to follow it

Keep the tests when no image may be built unless they pass and CI has no other place for them.
BuildKit skips a stage that the target does not use.

## Options

None.

## References

- [Multi-stage builds](https://docs.docker.com/build/building/multi-stage/)
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from dlint import Cost, Finding, Rule, Severity, regex, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context, facts, shell

_TOOLS = """
pytest py.test tox nosetests nose2 eslint tslint jshint stylelint prettier flake8 pylint mypy ruff
black isort golangci-lint golint staticcheck shellcheck hadolint rspec rubocop phpunit phpcs
phpstan jest mocha karma vitest ctest bandit
"""
_WORDS = (*_TOOLS.split(), "test", "spec", "lint", "check", "vet")
rule = Rule(__name__, __doc__, since="0.1", needs=(_WORDS,), severity=Severity.INFO)

_ALWAYS = frozenset(_TOOLS.split())
_CHANGES_FILES = frozenset(("--fix", "--write"))
_VERB = regex(r"(?:unit|integration)?[-_:]?(?:tests?|lint|check|vet)(?:[-_:].*)?")
_TOOL_OR_VERB = regex("|".join((*map(re.escape, _ALWAYS), _VERB.pattern)))
_BUILD_TOOLS = "npm yarn pnpm bun npx go cargo mvn mvnw gradle gradlew dotnet make mix rake"
_RUNNERS = frozenset(_BUILD_TOOLS.split())
_TAKES_GOALS = frozenset(("mvn", "mvnw", "gradle", "gradlew", "make"))  # in a row
_COMPILES = frozenset(("go", "-c"))  # it makes a program of the tests, and runs none
_BEFORE_VERB = frozenset(("run", "run-script", "-s", "--silent", "exec", "-B", "-q", "-ntp", "--"))
_NEUTRAL = frozenset(("cd", "set", "export", "echo", "mkdir", "true", "test", "[", "printf", ":"))
_PYTHON = regex(r"python[\d.]*")
_MODULES = frozenset(
    ("pytest", "unittest", "tox", "nose", "flake8", "pylint", "mypy", "black", "isort")
)
_TEST_FILE = regex(
    r"tests?|specs?|__tests__|(?:tests?[-_.].*|.*[-_.](?:tests?|spec))\.(?:sh|bash|bats|py|js|mjs|ts|rb|php)"
)
_BY_HAND = regex(r"test|lint|\bci\b|check|dev|debug")
# A comment that says what the tests are for: without them passing there is to be no image.
_IS_GATE = regex(
    r"(?i)\b(?:pass(?:es|ed|ing)?|fail(?:s|ed|ing|ures?)?|succeeds?|successful(?:ly)?|gates?|aborts?)\b"
)


@rule.on(syntax.Run)
def runs_tests(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report RUNs of tests in a stage that ships."""
    build = context.build
    if not _ships(build, run) or _IS_GATE.search(build.dockerfile.remarks_on(run)):
        return
    script = build.script(run)
    if not script.parsed:
        return
    working = [command for command in script.commands if command.name not in _NEUTRAL]
    if {*map(_is_test, working)} == {True}:  # there is something, and all of it
        yield Finding(
            run,
            f"`{working[0].name}` runs tests in a layer of the image",
            help="run the tests in a stage of their own, which ships nothing, and have CI build"
            " that, too (`--target`)",
        )


@rule.on(syntax.Transfer)
def copies_tests(transfer: syntax.Transfer, context: Context) -> Iterator[Finding]:
    """Report COPYs of tests into a stage that ships."""
    build = context.build
    if transfer.from_:
        return
    if not _ships(build, transfer):
        return
    names = [posixpath.basename(word.text.rstrip("/")) for word in transfer.sources]
    if not names or not all(map(_TEST_FILE.fullmatch, names)):
        return
    if build.is_tested_inside:
        return
    if _is_used(build, transfer, names):
        return
    yield Finding(
        transfer,
        f"`{names[0]}` is only for tests, but is part of the image",
        help="leave it out of the image",
        cost=_cost(build.sizes.copied(transfer)),
    )


def _cost(size: int | None) -> Cost | None:
    if size is None:
        return None
    return Cost.modelled(size, size)


def _ships(build: Build, instruction: syntax.Instruction) -> bool:
    """Tell whether the layer ships, in a target whose purpose is not testing."""
    stage = build.shipped_stage(instruction)
    if stage is None or not build.may_be_pushed(stage):
        return False
    if _BY_HAND.search(posixpath.basename(build.dockerfile.source.path)):
        return False
    targets = [target for target in build.targets if build.stands_on(target, stage)]
    return not build.fact(_targets_to_test).issuperset(targets)


def _targets_to_test(build: Build) -> frozenset[facts.Stage]:
    """Return the targets whose purpose is testing."""
    return frozenset(filter(_is_to_test, build.targets))


def _is_to_test(target: facts.Stage) -> bool:
    """Tell whether an image is for tests, by its name or by the command it starts."""
    if _BY_HAND.search(target.name or ""):
        return True
    started = [
        instruction.value.text
        for instruction in target.instructions
        if isinstance(instruction, syntax.Cmd | syntax.Entrypoint)
    ]
    return any(map(_TOOL_OR_VERB.fullmatch, re.findall(r"[\w.-]+", " ".join(started))))


def _is_test(command: shell.Command) -> bool:
    words = [word.form for word in command.args]
    match command.name, *words:
        case [tool, *_] if tool in _ALWAYS:
            return _CHANGES_FILES.isdisjoint(words)
        case ["bundle", "exec", tool, *_]:
            return tool in _ALWAYS
        case [python, "-m", module, *_] if _PYTHON.fullmatch(python):
            return module in _MODULES
        case [python, "manage.py", "test", *_] if _PYTHON.fullmatch(python):
            return True
        case [runner, *_] if runner in _RUNNERS:
            return _runs_a_test(runner, words)
    return False


def _runs_a_test(runner: str, words: list[str]) -> bool:
    verbs = [word for word in words if word not in _BEFORE_VERB and not word.startswith("-")]
    if not verbs or _COMPILES.issubset([runner, *words]):
        return False
    if runner in _TAKES_GOALS:
        return all(map(_VERB.fullmatch, verbs))
    return _TOOL_OR_VERB.fullmatch(verbs[0]) is not None


def _is_used(build: Build, transfer: syntax.Transfer, names: list[str]) -> bool:
    """Tell whether a later step may use the files: it names them, or runs tests; or whether the
    repository starts an image with a path below them.
    """
    stage = build.stage_of(transfer)
    if stage is None:
        return False
    named = "|".join(map(re.escape, names))
    if build.recipes_mention(_starting_with(named)):
        return True
    mentioned = re.compile(named)
    for other in build.stages_on(stage):
        for instruction in other.instructions:
            if instruction.index <= transfer.index:
                continue
            if build.live(other) and mentioned.search(instruction.value.text):
                return True
            if _may_read_tests(build, instruction):
                return True
    return False


def _starting_with(named: str) -> re.Pattern[str]:
    """Return what Compose holds that starts an image with a path below one of some folders."""
    return re.compile(rf"\b(?:command|entrypoint):[^\n]{{0,400}}?(?<![\w.-])(?:{named})/")


def _may_read_tests(build: Build, instruction: syntax.Instruction) -> bool:
    """Tell whether a RUN may read the tests without naming them."""
    if not isinstance(instruction, syntax.Run):
        return False
    for command in build.script(instruction).commands:
        if command.name in _RUNNERS:
            return True
        if _is_test(command):
            return True
    return False
