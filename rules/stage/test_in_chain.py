"""Tests and linters that run in the image that is pushed, and files that are there for tests alone.

A test's RUN makes a layer like any other: caches, reports and compiled files of the test are pushed
with the image, and each change of the code makes the layer again. In a stage of its own, which CI
builds with `--target test`, the same steps fail the same builds and ship nothing.

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

How sure: a RUN counts if it runs tests or linters and nothing else, a COPY if its sources are all
named as tests are and nothing that follows mentions them.

When not to follow it: where no image may be made at all unless the tests pass, and CI has no other
place for them. BuildKit leaves out a stage that the target takes nothing from.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from dlint import Cost, Finding, Rule, Severity, regex, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context, facts, shell

rule = Rule(__name__, __doc__, severity=Severity.INFO)

_TOOLS = """
pytest py.test tox nosetests nose2 eslint tslint jshint stylelint prettier flake8 pylint mypy ruff
black isort golangci-lint golint staticcheck shellcheck hadolint rspec rubocop phpunit phpcs
phpstan jest mocha karma vitest ctest bandit
"""
_ALWAYS = frozenset(_TOOLS.split())
_VERB = regex(r"(?:unit|integration)?[-_:]?(?:tests?|lint|check|vet)(?:[-_:].*)?")
_BUILD_TOOLS = "npm yarn pnpm bun npx go cargo mvn mvnw gradle gradlew dotnet make mix rake"
_RUNNERS = frozenset(_BUILD_TOOLS.split())
_BEFORE_VERB = frozenset(("run", "run-script", "-s", "--silent", "exec", "-B", "-q", "-ntp", "--"))
_NEUTRAL = frozenset(("cd", "set", "export", "echo", "mkdir", "true", "test", "[", "printf", ":"))
_MODULES = frozenset(
    ("pytest", "unittest", "tox", "nose", "flake8", "pylint", "mypy", "black", "isort")
)
_TEST_FILE = regex(
    r"tests?|specs?|__tests__|(?:tests?[-_.].*|.*[-_.](?:tests?|spec))\.(?:sh|bash|bats|py|js|mjs|ts|rb|php)"
)
_BY_HAND = regex(r"test|lint|\bci\b|check|dev|debug")


@rule.on(syntax.Run)
def runs_tests(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report RUNs of tests in a stage that ships."""
    build = context.build
    if not _ships(build, run):
        return
    script = build.script(run)
    working = [command for command in script.commands if command.name not in _NEUTRAL]
    if script.parsed and working and all(map(_is_test, working)):
        yield Finding(
            run,
            f"`{working[0].name}` tests in a layer of the image that is pushed; a stage of its own"
            " would test the same and ship nothing",
        )


@rule.on(syntax.Transfer)
def copies_tests(transfer: syntax.Transfer, context: Context) -> Iterator[Finding]:
    """Report COPYs of tests into a stage that ships."""
    build = context.build
    if transfer.from_ or not _ships(build, transfer):
        return
    names = [posixpath.basename(word.text.rstrip("/")) for word in transfer.sources]
    if (
        not names
        or not all(_TEST_FILE.fullmatch(name) for name in names)
        or _is_used(build, transfer, names)
    ):
        return
    selection = build.selection(transfer)
    size = build.packed_bytes(selection) if selection and not selection.failures else None
    yield Finding(
        transfer,
        f"`{names[0]}` is for tests, and goes into the image that is pushed, where no step uses it",
        cost=None if size is None else Cost.modelled(size, size),
    )


def _ships(build: Build, instruction: syntax.Instruction) -> bool:
    """Tell whether the layer is pushed, and the target is none that exists to test."""
    stage = build.stage_of(instruction)
    if (
        stage is None
        or not build.shipped(stage)
        or _BY_HAND.search(posixpath.basename(build.dockerfile.source.path))
    ):
        return False
    targets = [target for target in build.targets if stage in target.ancestors()]
    return any(
        not _BY_HAND.search(target.name or "") and not _starts_tests(target) for target in targets
    )


def _starts_tests(target: facts.Stage) -> bool:
    """Tell whether the image's own command is a test, so that tests are what it holds."""
    texts = [
        i.value.text for i in target.instructions if isinstance(i, syntax.Cmd | syntax.Entrypoint)
    ]
    words = [word for text in texts for word in re.split(r"[^\w.-]+", text) if word]
    return any(word in _ALWAYS or _VERB.fullmatch(word) for word in words)


def _is_test(command: shell.Command) -> bool:
    words = [word.form for word in command.args]
    if command.name in _ALWAYS:
        return "--fix" not in words and "--write" not in words
    if re.fullmatch(r"python[\d.]*", command.name):
        return len(words) > 1 and (
            (words[0] == "-m" and words[1] in _MODULES) or words[:2] == ["manage.py", "test"]
        )
    if command.name == "bundle" and words[:1] == ["exec"]:
        return len(words) > 1 and words[1] in _ALWAYS
    if command.name not in _RUNNERS:
        return False
    verbs = [word for word in words if word not in _BEFORE_VERB and not word.startswith("-")]
    if command.name in {"mvn", "mvnw", "gradle", "gradlew", "make"}:
        return bool(verbs) and all(_VERB.fullmatch(verb) for verb in verbs)
    return bool(verbs) and (_VERB.fullmatch(verbs[0]) is not None or verbs[0] in _ALWAYS)


def _is_used(build: Build, transfer: syntax.Transfer, names: list[str]) -> bool:
    """Tell whether anything that follows in a shipped stage may use the files: it names them, or
    runs tests.
    """
    own = build.stage_of(transfer)
    for stage in build.stages:
        if own and own in stage.ancestors():
            for instruction in stage.instructions:
                text = instruction.value.text
                if (
                    instruction.index > transfer.index
                    and any(name in text for name in names)
                    and build.live(stage)
                ):
                    return True
                if (
                    isinstance(instruction, syntax.Run)
                    and instruction.index > transfer.index
                    and _builds(build, instruction)
                ):
                    return True
    return False


def _builds(build: Build, run: syntax.Run) -> bool:
    """Tell whether a RUN may read the tests without naming them."""
    return any(
        command.name in _RUNNERS or _is_test(command) for command in build.script(run).commands
    )
