"""The command line: one module a verb, imported when the verb is used.

Each has `add_arguments(parser)` and `run(args)`, which returns the exit status: 0, or 1 for
findings. What could not be told, or not be written, is a DlintError and ends with 2, as does any
other exception, which is a bug.
"""

from __future__ import annotations

import gc
import os
import sys
from functools import partial

from dlint import __version__
from dlint.cli import streams
from dlint.errors import DlintError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    import signal
    from types import ModuleType
    from typing import NoReturn
else:  # `signal` without its enums of all signals, 1 % of a small check
    import _signal as signal

VERBS = {
    "check": "Find what makes images larger and pushes slower",
    "push": "Say what the next push uploads, layer by layer",
    "diff": "Say what merging a change pushes, and what it does to images and findings",
    "comment": "Keep one comment on a pull or merge request up to date",
    "history": "Replay git's history: what each commit would have pushed",
    "why": "Explain why a real build took its time, from its log",
    "order": "Find the order of instructions with the least expected bytes per push",
    "layers": "Say how large the layer of each instruction is",
    "sizes": "Ask package indexes for sizes ahead of time",
    "facts": "Record the layers of a real build, so that later runs know their sizes",
    "fleet": "Check many repositories, and say which images cost the most",
    "server": "Serve editors by the Language Server Protocol",
    "rules": "List the rules",
    "explain": "Show the page of a rule",
    "ast": "Print what dlint reads in each file, as JSON",
    "config": "List the settings, explain one, or print their JSON Schema",
    "plugins": "List the plugins that are installed",
    "completions": "Print the script by which a shell completes commands",
}
_HELP = frozenset(("-h", "--help"))
CANNOT_TELL = 2
INTERRUPTED = 130  # 128 and the signal's number, as a shell reports it
ENDED = 143
# Objects made between two searches for cycles. Python's 700 costs one small check 7 % of its time
# (Python 3.11), and 50,000 cost a check of 500 files 3 %; 200,000 may take 10 MB.
CYCLE_SEARCH = 200_000


def command() -> int:
    """Run the command line in a process of its own.

    At its end Python looks for cycles among all that there is, to free what the system frees
    anyway: an eighth of the time in which one small file is checked (16 of 127 ms, Python 3.11).
    """
    from dlint.cli import finder

    finder.install()
    signal.signal(signal.SIGTERM, _end)
    status = main()
    gc.freeze()
    _leave(status)
    return status


def _leave(status: int) -> None:
    """End the process here, all being written: to take the interpreter apart is 3 % of a small
    check. Not where something waits for its end: threads, a profiler, what plugins or a measurement
    of coverage have registered.
    """
    import atexit

    is_watched = bool(sys.getprofile() or sys.gettrace())
    if "threading" in sys.modules or atexit._ncallbacks() or is_watched:  # noqa: SLF001  nothing else tells
        return
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return
    os._exit(status)


class _Ended(KeyboardInterrupt):
    """Somebody ended the process, as by an interrupt: what was begun is taken back."""


def _end(*_: object) -> NoReturn:
    raise _Ended


def main(words: list[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    gc.set_threshold(CYCLE_SEARCH)
    streams.open_missing()
    words = sys.argv[1:] if words is None else words
    debug = "--debug" in words
    try:
        status = _flushed(words)
    except KeyboardInterrupt as error:
        return ENDED if isinstance(error, _Ended) else INTERRUPTED
    except Exception as error:  # noqa: BLE001  whatever it is, it must not look like a clean run
        if isinstance(error, OSError) and streams.is_of_output(error):
            streams.give_up("stdout")
            if isinstance(error, BrokenPipeError):  # the reader has had enough
                return CANNOT_TELL
            why = error.strerror or str(error)
            error = DlintError(f"the output cannot be written: {why}")
        _complain_if_heard(error, traceback=debug)
        return CANNOT_TELL
    return status


def _flushed(words: list[str]) -> int:
    try:
        status = _run(words)
    except SystemExit:  # argparse has written its help or a usage error
        sys.stdout.flush()
        raise
    sys.stdout.flush()
    return status


def _complain_if_heard(error: Exception, *, traceback: bool) -> None:
    try:
        complain_of(error, traceback=traceback)
    except OSError:
        streams.give_up("stderr")


def _run(words: list[str]) -> int:
    if words and words[0] in VERBS:
        return _run_verb(words[0], words[1:])
    if words == ["--version"]:
        sys.stdout.write(f"dlint {__version__}\n")
        return 0
    if words in (["--help"], ["-h"]):
        sys.stdout.write(_help())
        return 0
    if not words:
        sys.stderr.write(_help())
        return CANNOT_TELL
    raise DlintError(*_mistaken(words))


def _run_verb(verb: str, words: list[str]) -> int:
    from importlib import import_module

    from dlint.cli.finder import load_pathlib

    load_pathlib()
    module = import_module(f"dlint.cli.{verb}")
    args = module.plain_arguments(words) if verb == "check" else None
    status: int = module.run(args or _parsed(verb, module, words))
    return status


def _parsed(verb: str, module: ModuleType, words: list[str]) -> argparse.Namespace:
    from argparse import HelpFormatter

    from dlint.cli.parser import Parser, valued

    # A formatter is made for each option that is added; without a width each asks for the
    # terminal's, by way of shutil.
    width = None if _HELP.intersection(words) else 80
    parser = Parser(
        prog=f"dlint {verb}",
        description=f"{VERBS[verb]}.",
        allow_abbrev=False,
        formatter_class=partial(HelpFormatter, width=width),
    )
    module.add_arguments(parser)
    return parser.parse_args(valued(words))


def _help() -> str:
    verbs = "".join(f"  {verb:<10}{text}\n" for verb, text in VERBS.items())
    return (
        "usage: dlint VERB [OPTION…] [ARGUMENT…]\n\n"
        "The Dockerfile linter that knows what a line costs to push.\n\n"
        f"verbs:\n{verbs}\n"
        "`dlint VERB --help` lists the options of a verb. `dlint --version` prints the version.\n"
    )


def _mistaken(words: list[str]) -> tuple[str, str]:
    """Say what is wrong with a command line without a verb, and what was probably meant."""
    import shlex

    from dlint.project.discovery import STDIN
    from dlint.project.purpose import is_dockerfile
    from dlint.rule.selectors import nearest

    first = words[0]
    if first.startswith("-") or first == STDIN or os.path.exists(first) or is_dockerfile(first):  # noqa: PTH110  as typed
        return "a verb comes first", f"you probably want: dlint check {shlex.join(words)}"
    meant = nearest(first, VERBS)
    return (
        f"there is no verb {first!r}",
        f"did you mean: dlint {shlex.join([meant, *words[1:]])}" if meant else "see dlint --help",
    )


def complain_of(error: Exception, *, traceback: bool) -> None:
    """Say on standard error what is wrong, and what to do."""
    from dlint.text.printable import disarmed, printable

    said = []
    if traceback:
        from traceback import format_exception

        said = "".join(format_exception(error)).splitlines()
    if isinstance(error, DlintError):
        said.append(f"dlint: error: {error.message}")
        if error.hint:
            said.append(f"hint: {error.hint}")
    else:
        where = "".join(f", {each}" for each in getattr(error, "__notes__", ()))
        said.append(
            f"dlint: error: a bug in dlint {__version__}: {type(error).__name__}: {error}{where}"
        )
        said.append("hint: please report it with the Dockerfile; --debug shows where it failed")
    sys.stderr.write(disarmed("".join(f"{printable(line)}\n" for line in said)))
