"""`dlint check --watch`: checks again when a file changes that the check depends on.

Files are looked at again and again, which needs no library and works on every file system, those of
virtual machines and networks too. A look may take a tenth of the time at most.
"""

from __future__ import annotations

import os
import stat
import sys
from copy import copy
from itertools import chain
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, TypeAlias

from dlint.cli import common, complain_of
from dlint.cli.outputs import written_files
from dlint.config.files import FILES, SUFFIX
from dlint.context import open_worktree
from dlint.errors import DlintError
from dlint.project import recipes
from dlint.project.contexts import repository_root
from dlint.project.discovery import STDIN, discover, listed
from dlint.project.inputs import is_input
from dlint.project.recipes import decides_builds
from dlint.text.units import plural

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dlint.lint.engine import Checker, Task

    Stamps: TypeAlias = Mapping[Path, tuple[int, ...]]

LEAST_PAUSE = 0.5  # seconds between two looks
SHARE = 10  # times as long as a look takes is the pause after it, at least
OF_GIT = ("HEAD", "logs/HEAD")  # tell which commit is checked out
CLEAR = "\x1b[2J\x1b[H"  # the screen, and the cursor to its top (ECMA-48)


def require_sense(args: argparse.Namespace) -> None:
    """Raise DlintError for what cannot be done again and again."""
    if STDIN in args.paths:
        raise DlintError("--watch: standard input does not change", "name the Dockerfile")
    option = common.option_that_does_more(args)
    if option is not None:
        raise DlintError(f"--watch only checks, and {option} does more", "use one of them")


def watch(args: argparse.Namespace, check: Callable[[argparse.Namespace], int]) -> int:
    """Check, and again after each change, until somebody interrupts; what is wrong is told, and
    ends nothing.
    """
    require_sense(args)
    while True:
        before = stamps(args)  # a change while it checks is one
        if sys.stdout.isatty():
            sys.stdout.write(CLEAR)
        try:
            check(copy(args))
        except DlintError as error:
            complain_of(error, traceback=args.debug)
        sys.stdout.flush()
        common.note(args, f"watching {plural(len(before), 'file')}; press Ctrl-C to stop")
        _wait_for_change(args, before)


def _wait_for_change(args: argparse.Namespace, before: Stamps) -> None:
    """Return when files are not what they were, and somebody has finished to write them."""
    began = monotonic()
    seen = before
    while True:
        pause(max(LEAST_PAUSE, SHARE * (monotonic() - began)))
        began = monotonic()
        now = stamps(args)
        if now == seen and now != before:
            return
        seen = now


def pause(seconds: float) -> None:
    """Do nothing for so long."""
    sleep(seconds)


def stamps(args: argparse.Namespace) -> Stamps:
    """Return time, size and identity of each file on which a check depends; what cannot be found
    out now is left to the check to tell.
    """
    recipes.forget()
    written = set(map(_absolute, written_files(args)))
    found = {}
    for path in map(_absolute, chain(_deciding(args), _of_contexts(args))):
        if path not in found and path not in written and (stamp := _stamp(path)):
            found[path] = stamp
    return found


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100  links are not followed


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        facts = path.lstat()
    except OSError:
        return ()
    if stat.S_ISDIR(facts.st_mode):  # what is in it has stamps of its own
        return (facts.st_mode,)
    return facts.st_mtime_ns, facts.st_ctime_ns, facts.st_size, facts.st_ino


def _deciding(args: argparse.Namespace) -> Iterator[Path]:
    """Yield what decides what is checked, and how: Dockerfiles, what builds them, and the
    configuration.
    """
    named = [Path(path.partition("#")[0]) for path in args.paths]
    yield from named
    yield from (Path(each) for each in (args.config, args.baseline) if each)
    folders = {_absolute(path if path.is_dir() else path.parent) for path in named}
    yield from {above / name for each in folders for above in _upward(each) for name in FILES}
    for root in {repository_root(each) for each in folders}:
        yield from (root / ".git" / each for each in OF_GIT)
        yield from (root / name for name in listed(root, "*") if _decides(name))


def _decides(name: str) -> bool:
    return decides_builds(name.rpartition("/")[2]) or is_input(name) or name.endswith(SUFFIX)


def _upward(folder: Path) -> tuple[Path, ...]:
    return (folder, *folder.parents)


def _of_contexts(args: argparse.Namespace) -> Iterator[Path]:
    """Yield the files of the build contexts that no ignore file leaves out."""
    checker = common.checker_for(args)
    for own, task in _tasks(args, checker):
        path = Path(task.path)
        try:
            for folder in own.settings(task).contexts_of(path):
                yield path
                yield from map(Path, own.settings(task).files)
                context = open_worktree(folder, path)
                yield from (folder / each for each in context.entries)
        except DlintError:
            continue


def _tasks(args: argparse.Namespace, checker: Checker) -> Iterable[tuple[Checker, Task]]:
    from dlint.cli import units
    from dlint.lint.engine import Task

    images = [path for path in args.paths if units.names_image(path)]
    others = [path for path in args.paths if path not in images]
    try:
        found = [unit for word in images for unit in units.described(args, checker, word)]
        paths = discover(others, checker.configs.is_excluded)
    except DlintError:
        return []
    own = [(unit.checker, unit.task) for unit in found]
    return [*own, *((checker, Task(path)) for path in paths)]
