"""`dlint completions`: the script by which a shell completes verbs, options and files."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import TYPE_CHECKING

from dlint.cli import VERBS

if TYPE_CHECKING:
    from collections.abc import Iterable

SHELLS = ("bash", "zsh")
FILES = frozenset(
    ("FILE", "PATH", "DOCKERFILE", "BUILD")
)  # what an argument is called that is a file
FOLDERS = frozenset(("DIR",))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the shell."""
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))


def run(args: argparse.Namespace) -> int:
    """Print the script; the exit status."""
    import sys

    import shtab

    sys.stdout.write(shtab.complete(_whole(), args.shell).rstrip() + "\n")
    return 0


def _whole() -> argparse.ArgumentParser:
    """Return one parser for all verbs, which otherwise have one each."""
    parser = argparse.ArgumentParser(prog="dlint")
    parser.add_argument("--version", action="store_true", help="print the version")
    verbs = parser.add_subparsers()
    for verb, text in VERBS.items():
        own = verbs.add_parser(verb, help=text)
        import_module(f"dlint.cli.{verb}").add_arguments(own)
        _mark_files(own)
    return parser


def _mark_files(parser: argparse.ArgumentParser) -> None:
    """Say of each argument whether it is a file or a folder, by what it is called."""
    import shtab

    actions: Iterable[argparse.Action] = parser._actions  # noqa: SLF001  argparse tells it nowhere else
    for action in actions:
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001  as above
            for below in action.choices.values():
                _mark_files(below)
        elif action.metavar in FILES:
            vars(action)["complete"] = shtab.FILE
        elif action.metavar in FOLDERS:
            vars(action)["complete"] = shtab.DIRECTORY
