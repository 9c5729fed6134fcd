r"""Tests for rules, for dlint's own and for those of plugins.

`check_rule` runs the examples of a rule's page. Each fenced block is read by its first line:

    ```dockerfile bad      must be found fault with, by this rule and no other
    ```dockerfile good     must not; where the rule has a fix, the n-th good is exactly the mended n-th bad
    ```context             the build context of the examples that follow, one line a path
    ```toml                the configuration of the examples that follow, as a user would name it by --config

A context's line is `path` (a small file), `path 20kB` (that many bytes, which do not compress),
`path: text` (`\n` ends a line), `path -> target` (a symlink) or `path/` (an empty folder); ` mode
664` at the end sets a file's permissions.
` changed 12` at the end makes the context a git repository, 12 commits of which change that file
alone. The Dockerfile itself is in the context too.

`check_fixture` runs rules on a Dockerfile that says itself what must be found: `# expect: RULE`
stands above the line, in the Dockerfile or in its ignore file, and `# expect-none: RULE` names a
rule that must find nothing else either.
"""  # noqa: E501  its lines are shown as they are

from __future__ import annotations

import random
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

from dlint.config.settings import Overrides
from dlint.context.run_git import git
from dlint.findings import Safety
from dlint.fix.fixer import Fixer, write_changes
from dlint.lint.engine import Checker, Spec, Task
from dlint.lint.failures import require_whole
from dlint.rule.own import RULES
from dlint.text.units import parse_bytes
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dlint.lint.report import Diagnostic
    from dlint.rule.rule import Rule
    from dlint.text.source import Source

_BLOCK = re.compile(r"^```(dockerfile[^\n]*|context|toml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SIZED = re.compile(r"(.+) (\d\S*)")
_MODE = re.compile(r"(.+) mode ([0-7]{3,4})")
_CHANGED = re.compile(r"(.+) changed (\d+)")
_EXPECT = re.compile(r"[ \t]*#[ \t]*expect(-none)?:(.*)")
_COMMENT = re.compile(r"[ \t]*(#.*)?\r?")


class Example(NamedTuple):
    """One example of a page: `line` of the page is its fence, `context` and `config` the blocks
    that hold for it.
    """

    good: bool
    number: int
    line: int
    text: str
    context: str
    config: str

    def __str__(self) -> str:
        return (
            f"the {'good' if self.good else 'bad'} example {self.number} (line {self.line} of the"
            " page)"
        )


def examples(rule: Rule) -> list[Example]:
    """Return the examples of a rule's page, in order."""
    found: list[Example] = []
    context = config = ""
    for block in _BLOCK.finditer(rule.doc):
        kind, text = block[1].strip(), block[2]
        if kind == "context":
            context = text
        elif kind == "toml":
            config = text
        elif kind in {"dockerfile bad", "dockerfile good"}:
            good = kind.endswith("good")
            number = 1 + sum(each.good is good for each in found)
            line = rule.doc.count("\n", 0, block.start()) + 1
            found.append(Example(good, number, line, text, context, config))
        elif kind != "dockerfile":
            raise AssertionError(f"{rule.name}: ```{kind} is neither bad nor good")
    return found


def check_rule(rule: Rule, *, shows_fix: bool = True) -> None:
    """Run a rule's examples; raises AssertionError, which says what is wrong, at the first that
    fails.

    `shows_fix` is False for a rule whose fix takes more than an example has, such as a registry's
    answer.
    """
    _require(bool(rule.summary), f"{rule.name}: the page has no summary")
    found = examples(rule)
    bad, good = ([each for each in found if each.good is wanted] for wanted in (False, True))
    _require(bool(bad and good), f"{rule.name}: the page needs a bad and a good example")
    fixes: set[Safety] = set()
    for example in found:
        with Bench(rule, example) as bench:
            bench.check()
            fixes.update(bench.safeties)
            if not example.good:
                bench.check_fix(good[example.number - 1] if example.number <= len(good) else None)
    best = min(fixes, key=list(Safety).index, default=None)
    _require(
        best is rule.fix or not shows_fix,
        f"{rule.name}: the best fix that the examples show is {_named(best)}, but the rule says"
        f" {_named(rule.fix)}",
    )


def _named(fix: Safety | None) -> str:
    return f"fix=Safety.{fix.name}" if fix else "none"


class Bench:
    """One example, laid out in a temporary folder."""

    def __init__(self, rule: Rule, example: Example) -> None:
        """Check `example` by `rule`, and by dlint's own on syntax and suppressions."""
        self._rule = rule
        self._example = example
        rules = {each.name: each for each in (*RULES, rule)}
        self._folder = TemporaryDirectory()
        name = "pyproject.toml" if "[tool.dlint" in example.config else "dlint.toml"
        self._config = Path(self._folder.name, name)
        self._checker = Checker(
            Spec(Overrides(config=str(self._config), select=tuple(rules))), rules
        )

    def __enter__(self) -> Self:
        root = Path(self._folder.name)
        self._config.write_text(self._example.config)
        context = root / "context"
        context.mkdir()
        write_context(context, self._example.context)
        path = context / "Dockerfile"
        path.write_bytes(self._example.text.encode())
        self._task = Task(path.as_posix())
        self._found = require_whole(self._checker.check(self._task)).diagnostics
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    @property
    def safeties(self) -> set[Safety]:
        """How safe the fixes of the findings are."""
        return {each.repair.safety for each in self._found if each.repair}

    @property
    def without_remedy(self) -> list[str]:
        """The messages of findings that do not say what to do."""
        return [each.message for each in self._found if not each.remedy]

    @property
    def texts(self) -> list[str]:
        """All that the findings say: messages, what to do, notes and titles of fixes."""
        texts = []
        for each in self._found:
            texts += [each.message, each.help, *(note.message for note in each.notes)]
            texts += [each.repair.title] if each.repair else []
        return list(filter(None, texts))

    @property
    def bytes(self) -> int | None:
        """What the dearest finding costs a push, or else the image; None where that is unknown."""
        costs = [each.cost for each in self._found if each.cost]
        known = [
            size for cost in costs if (size := cost.push_bytes or cost.image_bytes) is not None
        ]
        return max(known, default=None)

    def check(self) -> None:
        """Compare what is found with what the example is for."""
        rules = {found.rule for found in self._found}
        expected = set() if self._example.good else {self._rule.name}
        _require(
            rules == expected, self._says(f"expected {_listed(expected)}, got {_listed(rules)}")
        )

    def check_fix(self, good: Example | None) -> None:
        """Compare the mended example with its good twin; a fix of another file must silence the
        rule.
        """
        fixed = Fixer(self._checker, self._task, unsafe=True).run()
        _require(not fixed.withdrawn, self._says(*fixed.withdrawn))
        if not fixed.changes:
            return
        write_changes(fixed.changes)
        mended = Path(self._task.path).read_bytes().decode()
        _require(
            good is not None,
            self._says("there is no good example of the same number to compare the fix with"),
        )
        if good is not None:
            _require(
                mended == good.text,
                self._says(f"the fix gives\n{mended}\nand not {good}:\n{good.text}"),
            )
        if any(change.before.path != self._task.path for change in fixed.changes):
            left = require_whole(self._checker.check(self._task)).diagnostics
            _require(not left, self._says("the rule still reports the fixed file"))

    def _says(self, *texts: str) -> str:
        shown = "".join(f"\n  found {_line(found)}" for found in self._found)
        return (
            f"{self._rule.name}, {self._example}: {'; '.join(texts)}{shown}\n{self._example.text}"
        )


def write_context(folder: Path, listing: str) -> None:
    """Write the files that a `context` block lists."""
    for line in filter(None, map(str.strip, listing.splitlines())):
        if match := _MODE.fullmatch(line):
            write_context(folder, match[1])
            (folder / _path(match[1])).chmod(int(match[2], 8))
            continue
        if match := _CHANGED.fullmatch(line):
            write_context(folder, match[1])
            _commit(folder, _path(match[1]), int(match[2]))
            continue
        name, colon, text = line.partition(": ")
        link, arrow, target = line.partition(" -> ")
        sized = _SIZED.fullmatch(line)
        if line.endswith("/"):
            (folder / line).mkdir(parents=True, exist_ok=True)
        elif colon:
            _write(folder / name, (text.replace("\\n", "\n") + "\n").encode())
        elif arrow:
            (folder / link).parent.mkdir(parents=True, exist_ok=True)
            (folder / link).symlink_to(target)
        elif sized:
            content = random.Random(sized[1])  # noqa: S311  the same bytes each time
            _write(folder / sized[1], content.randbytes(parse_bytes(sized[2])))
        else:
            _write(folder / line, f"{line}\n".encode())


def _path(line: str) -> str:
    return re.split(r":? ", line)[0]


def _commit(folder: Path, path: str, commits: int) -> None:
    """Make that many commits which change `path`, on top of those that are there."""
    git(folder, "init", "--quiet", "--initial-branch=main")
    parent = (
        "from refs/heads/main^0\n"
        if git(folder, "rev-parse", "--verify", "--quiet", "main")
        else ""
    )
    who = "committer dlint <dlint@example.com> 0 +0000"
    stream = "".join(
        f"commit refs/heads/main\n{who}\ndata 0\n{'' if number else parent}M 644 inline"
        f" {path}\ndata <<.\n{number}\n.\n"
        for number in range(commits)
    )
    git(folder, "fast-import", "--quiet", given=stream.encode())


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


class Expected(NamedTuple):
    """What a fixture must show: a rule at a line of a file, and the rules that are looked at."""

    places: set[tuple[str, int, str]]
    rules: set[str]


def expectations(source: Source) -> Expected:
    """Read the `# expect` comments of a file; each speaks of the next line that is no comment."""
    places: set[tuple[str, int, str]] = set()
    rules: set[str] = set()
    waiting: list[str] = []
    for number, line in enumerate(source.text.split("\n"), 1):
        comment = _EXPECT.fullmatch(line.rstrip("\r"))
        named = [name.strip() for name in comment[2].split(",")] if comment else []
        rules.update(named)
        if comment and not comment[1]:
            waiting += named
        if not _COMMENT.fullmatch(line):
            places.update((source.path, number, name) for name in waiting)
            waiting = []
    return Expected(places, rules)


def check_fixture(dockerfile: Path, rules: Mapping[str, Rule]) -> None:
    """Compare what is found in a Dockerfile with its `# expect` comments; raises AssertionError.

    Only the rules that its comments name are run; that a comment names one that is not among
    `rules` is a failure.
    """
    task = Task(dockerfile.as_posix())
    checker = Checker(Spec(Overrides()), rules)
    ignore = checker.build(task).context.ignore
    read = [expectations(each) for each in (task.source(), *((ignore.source,) if ignore else ()))]
    wanted = set().union(*(each.rules for each in read))
    _require(wanted <= set(rules), f"{dockerfile}: there is no rule {_listed(wanted - set(rules))}")
    checker = Checker(Spec(Overrides(select=tuple(sorted(wanted)))), rules)
    found = [each for each in require_whole(checker.check(task)).diagnostics if each.rule in wanted]
    got = {(each.place.path, each.place.start.line, each.rule) for each in found}
    expected = set().union(*(each.places for each in read))
    _require(
        got == expected,
        "\n".join(_differences(expected, got))
        + "".join(f"\nfound {_line(each)}" for each in found),
    )


def _differences(
    expected: set[tuple[str, int, str]], got: set[tuple[str, int, str]]
) -> Iterator[str]:
    for path, line, rule in sorted(expected - got):
        yield f"{path}:{line}: {rule} finds nothing here, but should"
    for path, line, rule in sorted(got - expected):
        yield f"{path}:{line}: {rule} finds something here, but should not"


def _line(found: Diagnostic) -> str:
    return f"{found.rule} at {found.place.start.line}:{found.place.start.column}: {found.message}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


def _require(truth: bool, message: str) -> None:  # noqa: FBT001  as assert, which -O would drop
    if not truth:
        raise AssertionError(message)
