"""`dlint sizes fetch`: ask package indexes what installs weigh, for runs that ask nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.cli import common
from dlint.lint.engine import Checker, Spec
from dlint.project.discovery import discover
from dlint.sizes.ahead import questions_of
from dlint.text.printable import printable
from dlint.text.units import plural

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from dlint.config.settings import Settings
    from dlint.packages import Answer
    from dlint.sizes.sources import Question

REASONS = 10  # that are told


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what to do, and the paths."""
    parser.add_argument("do", choices=("fetch",), help="ask, and keep the answers in the cache")
    parser.add_argument(
        "paths",
        nargs="*",
        default=["."],
        metavar="PATH",
        help="Dockerfile, or folder to search (default: the current folder)",
    )
    common.add_common(parser, (common.PLAIN,))


def run(args: argparse.Namespace) -> int:
    """Ask; the exit status."""
    overrides = common.overrides(args)._replace(online=True)
    checker = Checker(Spec(overrides, third_party=not args.no_plugins))
    tasks = [
        common.read_task(path, None) for path in discover(args.paths, checker.configs.is_excluded)
    ]
    common.note_ignored(args, map(checker.settings, tasks))
    common.ask_ahead_of(args, checker, tasks)
    answers = {}
    for task in tasks:
        settings = checker.settings(task)
        for question in questions_of(checker.build(task)):
            answers[question] = _answer(settings, question)
    common.emit(args, "".join(f"{line}\n" for line in _told(list(answers.values()))))
    return 0


def _answer(settings: Settings, question: Question) -> Answer | None:
    return settings.packages(*question) if settings.packages else None


def _told(answers: list[Answer | None]) -> Iterator[str]:
    known = [each for each in answers if each is not None]
    sized = {(each.name, each.version) for answer in known for each in answer.sizes}
    whole = sum(each.complete for each in known)
    installs = plural(len(answers), "install")
    yield f"{plural(len(sized), 'package')} sized; {whole} of {installs} known in full"
    lost = dict.fromkeys(
        f"{each.name}: {each.why}" if each.name else each.why
        for answer in known
        for each in answer.missing
    )
    for why in list(lost)[:REASONS]:
        yield f"not known: {printable(why)}"
    if len(lost) > REASONS:
        yield f"and {len(lost) - REASONS} more"
