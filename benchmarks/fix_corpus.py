"""Fixes all Dockerfiles of a folder, in memory, and holds them against what --fix promises.

    python benchmarks/fix_corpus.py FOLDER [--name Dockerfile] [--unsafe-fixes] [--part N/M] [--show
    RULE]

All files of the folder are taken for Dockerfiles, unless --name says how those are called that are.

Each file is fixed with its own folder as the context, and fixed again. The exit status is 1 where a
result is refused by the builder, is changed by the second run, has more findings of any rule, or
has lost a comment, a heredoc's body or its line ends. What was fixed, and what was withdrawn and
why, is counted by rule.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.config.settings import Overrides
from dlint.errors import DlintError
from dlint.findings import Severity
from dlint.fix.fixer import Drafts, Fixed, Fixer, diff
from dlint.lint.engine import Checker, Spec, Task
from dlint.syntax.parser import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.syntax import Dockerfile
    from dlint.text.source import Source

_WITHDRAWN = re.compile(r".*?: the fix of (\S+) is withdrawn: (.*)")
_VARIES = re.compile(r"line \d+: .*|\d[\d.]*[kMGT]?B|a change of \S+")


def main() -> int:
    """Fix, compare and count; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--name", default="*", metavar="PATTERN")
    parser.add_argument("--unsafe-fixes", action="store_true")
    parser.add_argument("--part", default="1/1", help="the N-th of M parts of the files")
    parser.add_argument(
        "--show", action="append", default=[], metavar="RULE", help="print the diffs of its fixes"
    )
    parser.add_argument("--builder")
    args = parser.parse_args()
    number, parts = map(int, args.part.split("/"))
    files = sorted(path for path in args.folder.rglob(args.name) if path.is_file())
    checker = Checker(Spec(Overrides(isolated=True, builder=args.builder), third_party=False))
    changed, failed = 0, 0
    fixes: Counter[str] = Counter()
    withdrawn: Counter[tuple[str, str]] = Counter()
    start = time.perf_counter()
    for path in files[number - 1 :: parts]:
        task = Task(path.as_posix())
        drafts = Drafts()
        try:
            fixed = Fixer(checker, task, unsafe=args.unsafe_fixes, drafts=drafts).run()
            faults = list(_faults(checker, task, drafts, fixed, unsafe=args.unsafe_fixes))
        except DlintError as error:
            fixed, faults = Fixed((), (), ()), [str(error)]
        changed += bool(fixed.changes)
        failed += bool(faults)
        fixes.update(each.rule for each in fixed.mended)
        withdrawn.update(_reason(text) for text in fixed.withdrawn)
        for fault in faults:
            _say(f"FAILED {path}: {fault}")
        if any(each.rule in args.show for each in fixed.mended):
            _say(diff(fixed.changes))
    seconds = time.perf_counter() - start
    count = len(files[number - 1 :: parts])
    _say(
        f"{count} files in {seconds:.0f} s: {changed} changed by {fixes.total()} fixes, {failed}"
        " failed"
    )
    for rule, times in fixes.most_common():
        _say(f"{times:>6} {rule}")
    _say(f"{withdrawn.total()} fixes withdrawn")
    for (rule, reason), times in withdrawn.most_common():
        _say(f"{times:>6} {rule}: {reason}")
    return int(failed > 0)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _reason(text: str) -> tuple[str, str]:
    match = _WITHDRAWN.fullmatch(text)
    return (match[1], _VARIES.sub("…", match[2])) if match else ("?", text)


def _faults(
    checker: Checker, task: Task, drafts: Drafts, fixed: Fixed, *, unsafe: bool
) -> Iterator[str]:
    """Yield what is wrong with a fixed file."""
    if not fixed.changes:
        return
    before, after = task.source(), drafts.source(task)
    again = Fixer(checker, task, unsafe=unsafe, drafts=drafts)
    old, new = (
        Counter(each.rule for each in fixer.found) for fixer in (Fixer(checker, task), again)
    )
    if more := new - old:
        yield f"more findings: {', '.join(more)}"
    if mended := again.run().mended:
        yield f"fixed again: {', '.join(each.rule for each in mended)}"
    yield from _lost(parse(before), parse(after))
    if _odd_ends(before) != _odd_ends(after):
        yield "line ends differ"


def _lost(before: Dockerfile, after: Dockerfile) -> Iterator[str]:
    old, new = (
        sum(p.severity is Severity.ERROR for p in file.problems) for file in (before, after)
    )
    if new > old:
        yield "the builder refuses the result"
    old_comments, new_comments = (
        Counter(each.text.strip() for each in file.comments) for file in (before, after)
    )
    if lost := old_comments - new_comments:
        yield f"lost a comment: {next(iter(lost))}"
    old_bodies, new_bodies = (
        Counter(h.name for i in file.instructions for h in i.heredocs) for file in (before, after)
    )
    if old_bodies - new_bodies:
        yield "lost a heredoc"


def _odd_ends(source: Source) -> bool:
    """Tell whether a file has both kinds of line ends."""
    return 0 < source.text.count("\r\n") < source.text.count("\n")


if __name__ == "__main__":
    sys.exit(main())
