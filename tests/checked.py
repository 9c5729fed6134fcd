"""What the tests of rules on order and pins share: a Dockerfile in its context, checked by one
rule.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, NamedTuple

from dlint.config.settings import Overrides
from dlint.fix.fixer import Fixer
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.plugins import Plugins
from dlint.testing import write_context

if TYPE_CHECKING:
    from pathlib import Path

    from dlint.lint.report import Diagnostic

RULES = Plugins(third_party=False).rules


class Checked(NamedTuple):
    """A Dockerfile in a folder, to be checked by one rule."""

    checker: Checker
    task: Task

    @property
    def found(self) -> list[Diagnostic]:
        """What the rule finds, by line."""
        return sorted(self.checker.check(self.task).diagnostics, key=lambda each: each.place.start)

    @property
    def lines(self) -> list[int]:
        """The lines of what it finds."""
        return [each.place.start.line for each in self.found]

    @property
    def messages(self) -> list[str]:
        """What it says."""
        return [each.message for each in self.found]

    @property
    def texts(self) -> list[str]:
        """What it says, and what to do, without marks of code."""
        return [each.text.replace("`", "") for each in self.found]

    @property
    def safeties(self) -> list[str | None]:
        """How safe its fixes are, None for a finding without one."""
        return [each.repair.safety.value if each.repair else None for each in self.found]

    @property
    def fixed(self) -> str:
        """The Dockerfile after all fixes."""
        changes = Fixer(self.checker, self.task, unsafe=True).run().changes
        return changes[0].after.text if changes else self.task.source().text


def checked(  # noqa: PLR0913  one argument a thing that a test may set
    folder: Path,
    rule: str,
    text: str,
    context: str = "",
    *,
    config: str = "",
    target: str | None = None,
) -> Checked:
    """Lay out `text` as a Dockerfile with the files that `context` lists, as in a rule's page."""
    write_context(folder, context)
    path = folder / "Dockerfile"
    path.write_text(text)
    named = None
    if config:
        named = str(folder / "dlint.toml")
        (folder / "dlint.toml").write_text(config)
    checker = Checker(
        Spec(Overrides(config=named, isolated=not config, select=(rule,), target=target)), RULES
    )
    return Checked(checker, Task(path.as_posix()))


def check(folder: Path, rule: str, text: str, context: str = "") -> list[Diagnostic]:
    """Return what a rule finds in `text` with the files that `context` lists."""
    return checked(folder, rule, text, context).found


def severities(found: list[Diagnostic]) -> list[tuple[int, str]]:
    """Return the lines of findings, and how severe they are."""
    return [(each.place.start.line, str(each.severity)) for each in found]


def git(folder: Path, *words: str) -> None:
    """Run git in a folder."""
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    subprocess.run(["git", *identity, "-C", folder, *words], check=True, capture_output=True)


def lines(rule: str, text: str, name: str = "-") -> list[int]:
    """Return the lines of what a rule finds in a Dockerfile without a context."""
    checker = Checker(Spec(Overrides(isolated=True, select=(rule,))), RULES)
    return [each.place.start.line for each in checker.check(Task(name, text.encode())).diagnostics]


def commit(folder: Path, *paths: str) -> None:
    """Change `paths` in the folder's repository, and commit the change; without paths all that is
    there.
    """
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    if not (folder / ".git").exists():
        subprocess.run(["git", "init", "-q", folder], check=True)
    for path in paths:
        with (folder / path).open("a") as file:
            file.write("\n")
    subprocess.run(["git", "-C", folder, "add", "."], check=True)
    subprocess.run(
        ["git", "-C", folder, *identity, "commit", "-q", "--allow-empty", "-m", "change"],
        check=True,
    )
