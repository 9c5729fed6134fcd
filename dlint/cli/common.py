"""What the verbs share: options, settings, the Dockerfile they model, and where the output goes."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

from dlint.config.settings import Overrides, teller
from dlint.errors import DlintError
from dlint.lint.engine import Checker, Spec, Task
from dlint.model import BUILDERS, CACHES
from dlint.project.discovery import STDIN
from dlint.rule.selectors import suggestion
from dlint.text.patterns import regex
from dlint.text.printable import disarmed, printable
from dlint.text.repository_files import bounded
from dlint.text.units import plural
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TextIO

    from dlint.config.settings import Settings
    from dlint.model import Build

PLAIN, PRETTY = "text", "pretty"
WIDTH = 100  # columns, where no terminal tells its own
LEAST_WIDTH = 40  # for which views are laid out; a narrower terminal wraps them
RUNNERS = ("GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION")  # what they set in all that they run
DOING_MORE = ("fix", "diff", "write_baseline", "add_ignore")  # options of `check`, by attribute
_SURROGATE = regex("[\ud800-\udfff]")


def add_dockerfile(parser: argparse.ArgumentParser) -> None:
    """Add the one Dockerfile that a verb looks at."""
    parser.add_argument(
        "dockerfile",
        nargs="?",
        default="Dockerfile",
        metavar="DOCKERFILE",
        help="Dockerfile to look at (default: Dockerfile)",
    )


def add_common(
    parser: argparse.ArgumentParser,
    formats: Sequence[str] = (PRETTY, PLAIN, "json", "markdown"),
    *,
    several: bool = False,
) -> None:
    """Add the options of every verb that models a build, `several` output formats or one."""
    build = parser.add_argument_group("the build")
    build.add_argument(
        "--context",
        metavar="DIR",
        help=(
            "build context (default: the one that the repository's own files use, or the folder"
            " that holds what the Dockerfile copies)"
        ),
    )
    build.add_argument("--target", metavar="STAGE", help="stage to build (default: the last one)")
    build.add_argument(
        "--build-arg",
        action="append",
        default=[],
        metavar="K=V",
        help="build argument, as for docker build (may be repeated)",
    )
    build.add_argument(
        "--platform", metavar="P", help="platform of the image (default: linux/amd64)"
    )
    build.add_argument(
        "--builder", choices=BUILDERS, help=f"builder of the image (default: {BUILDERS[0]})"
    )
    build.add_argument(
        "--cache", choices=CACHES, help=f"state of the builder's cache (default: {CACHES[0]})"
    )
    add_online(parser)
    add_settings(parser)
    add_output(parser, formats, several=several)


def add_preview(parser: argparse._ActionsContainer) -> None:
    """Add the option on rules that are in preview."""
    parser.add_argument("--preview", action="store_true", help="also run rules that are in preview")


def add_online(parser: argparse.ArgumentParser) -> None:
    """Add the options on package indexes."""
    from argparse import BooleanOptionalAction

    parser.add_argument_group("package indexes").add_argument(
        "--online",
        action=BooleanOptionalAction,
        help="ask package indexes for the sizes of packages (default: --no-online)",
    )


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add the options on configuration and plugins."""
    settings = parser.add_argument_group("settings")
    which = settings.add_mutually_exclusive_group()
    which.add_argument(
        "--config", metavar="FILE", help="use this configuration file for every Dockerfile"
    )
    which.add_argument("--isolated", action="store_true", help="use no configuration file")
    settings.add_argument("--no-plugins", action="store_true", help="load no plugins")


def add_output(
    parser: argparse.ArgumentParser, formats: Sequence[str], *, several: bool = False
) -> None:
    """Add the options on output, `several` formats or one. Plugins may bring formats that are not
    listed: `output_format` refuses the rest.
    """
    output = parser.add_argument_group("output")
    listed = f"output format: {', '.join(formats)}"
    if several:
        from dlint.cli.parser import Formats

        output.add_argument(
            "--output-format",
            metavar="F[=FILE]",
            action=Formats,
            help=f"{listed}; F=FILE also writes the format F to FILE (may be repeated)",
        )
        parser.set_defaults(output_files=())
    else:
        output.add_argument("--output-format", metavar="F", help=listed)
    output.add_argument(
        "--output-file", metavar="FILE", help="write the output to FILE, atomically"
    )
    output.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="when to use color (default: auto)",
    )
    output.add_argument(
        "-q", "--quiet", action="store_true", help="print nothing but the answer itself"
    )
    output.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="say which files, build contexts and settings are read",
    )
    output.add_argument(
        "--debug", action="store_true", help="show where in dlint an error occurred"
    )


def option_that_does_more(args: argparse.Namespace) -> str | None:
    """Return the option by which `check` also writes, or shows what it would; None where it only
    checks.
    """
    given = (name for name in DOING_MORE if getattr(args, name) not in {None, False})
    return next((f"--{name.replace('_', '-')}" for name in given), None)


def overrides(args: argparse.Namespace) -> Overrides:
    """Return what the common options say."""
    return Overrides(
        config=args.config,
        isolated=args.isolated,
        context=args.context,
        target=args.target,
        build_args=tuple(pair for text in args.build_arg for pair in _build_arg(text)),
        platform=args.platform,
        builder=args.builder,
        cache=args.cache,
        online=args.online,
        preview=getattr(args, "preview", False),  # only verbs with findings have it
        image=getattr(args, "image", False),  # where `FILE#IMAGE` was named
    )


def checker_for(args: argparse.Namespace) -> Checker:
    """Return what reads Dockerfiles as the common options say."""
    return Checker(Spec(overrides(args), third_party=not args.no_plugins))


def _build_arg(text: str) -> Iterator[tuple[str, str]]:
    """Read `K=V`; `K` alone takes the environment's value, if there is one, as docker build
    does.
    """
    name, separator, value = text.partition("=")
    if not name:
        raise DlintError(f"--build-arg {text}: no name in it", "write --build-arg NAME=VALUE")
    if separator or name in os.environ:
        yield name, value if separator else os.environ[name]


class Subject(NamedTuple):
    """One Dockerfile that a verb looks at: its model, and the checker that read it."""

    build: Build
    checker: Checker
    task: Task


def open_subject(args: argparse.Namespace) -> Subject:
    """Model the Dockerfile that `args.dockerfile` names, with the common options and the
    configuration. Raises DlintError for a file that no builder takes.
    """
    from dlint.cli.sound import require_file, require_sound

    checker = checker_for(args)
    require_file(args.dockerfile)
    task = read_task(args.dockerfile, None)
    note_settings(args, checker.settings(task))
    note_reading(args, checker, [task])
    require_sound(checker.build(task))
    checker = knowing(args, checker, task)
    build = checker.build(task)
    note_stale(args, build)
    ask_ahead(args, checker.settings(task), [build])
    return Subject(build, checker, task)


def knowing(args: argparse.Namespace, checker: Checker, task: Task) -> Checker:
    """Return a checker that knows what the image of `--against` tells, where it names one, and the
    base's registry, where `--pull` asks it.
    """
    pull = getattr(args, "pull", False)  # not every verb has it
    if args.against is None and not pull:
        return checker
    from dlint.cli import against

    facts = against.read_image(args, checker, task)
    if facts is not None:
        checker = against.knowing(checker, task, facts, against.maker(facts, checker, task))
    return against.on_pulled_base(args, checker, task) if pull else checker


def note_stale(args: argparse.Namespace, build: Build) -> None:
    """Tell in what the repository's recorded facts no longer fit a build."""
    if build.options.recorded is None:
        return
    from dlint.sizes.recorded import stale_note

    if text := stale_note(build):
        note(args, text)


def ask_ahead(args: argparse.Namespace, settings: Settings, builds: Iterable[Build]) -> None:
    """Ask package indexes all that builds will, many questions at a time, where the user asked to
    go online.
    """
    if not settings.is_online or settings.packages is None:
        return
    from dlint.sizes.ahead import questions_of

    questions = [each for build in builds for each in questions_of(build)]
    if questions:
        with _shown_progress(args) as progress:
            settings.packages.all(questions, progress)


def ask_ahead_of(args: argparse.Namespace, checker: Checker, tasks: Iterable[Task]) -> None:
    """Do so for Dockerfiles; what is wrong with any of them is told when it is checked."""
    by_settings: dict[int, tuple[Settings, list[Build]]] = {}
    for task in tasks:
        settings = checker.settings(task)
        if settings.is_online:
            with suppress(DlintError):
                by_settings.setdefault(id(settings), (settings, []))[1].append(checker.build(task))
    for settings, builds in by_settings.values():
        ask_ahead(args, settings, builds)


@contextmanager
def _shown_progress(args: argparse.Namespace) -> Iterator[Callable[[int, int], None]]:
    """Show at a terminal how far questions are."""
    if args.quiet or not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True, no_color=args.color == "never" or None)
    with Progress(console=console, transient=True) as shown:
        task = shown.add_task("asking package indexes", total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def read_task(path: str, stdin_filename: str | None) -> Task:
    """Return the task for a path; `-` reads standard input, known by `stdin_filename`."""
    return (
        Task(stdin_filename or path, bounded(sys.stdin.buffer, path))
        if path == STDIN
        else Task(path)
    )


def output_format(
    args: argparse.Namespace, known: Iterable[str], configured: str | None = None
) -> str:
    """Return the format to write: as asked for, or else for people at a terminal and plain
    elsewhere.
    """
    chosen: str | None = args.output_format or configured
    if chosen is None:
        return PRETTY if args.output_file is None and sys.stdout.isatty() else PLAIN
    return require_format(chosen, known)


def require_format(chosen: str, known: Iterable[str]) -> str:
    """Return the name of a format; raises DlintError where it is not among the `known`."""
    if chosen not in known:
        raise DlintError(
            f"{teller(chosen)}no output format is called '{chosen}'",
            suggestion(chosen, known) or f"there are {', '.join(known)}",
        )
    return chosen


def use_color(args: argparse.Namespace) -> bool:
    """Tell whether to colour: the flag decides, then NO_COLOR, FORCE_COLOR or CLICOLOR_FORCE, and
    then the terminal.
    """
    if args.color != "auto":
        return bool(args.color == "always")
    if os.environ.get("NO_COLOR"):
        return False
    if any(
        os.environ.get(name, "0") not in {"", "0"} for name in ("FORCE_COLOR", "CLICOLOR_FORCE")
    ):
        return True
    return args.output_file is None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def use_links(args: argparse.Namespace) -> bool:
    """Tell whether to write hyperlinks (OSC 8): where there is color, and somebody can click. The
    logs of CI runners show them as text.
    """
    return use_color(args) and args.output_file is None and sys.stdout.isatty()


def width(args: argparse.Namespace) -> int:
    """Return the width of what is written, in columns: COLUMNS, or else the terminal's, or WIDTH
    where the output goes elsewhere.
    """
    import shutil

    if args.output_file is not None and not os.environ.get("COLUMNS"):
        return WIDTH
    return max(LEAST_WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns)


def emit(args: argparse.Namespace, text: str, *, harmless: bool = False) -> None:
    """Write the output to standard output or `--output-file`, as UTF-8; what UTF-8 cannot hold
    becomes U+FFFD.

    No line of it is one that a CI runner obeys, unless all that do are `harmless`.
    """
    text = text if harmless else disarmed(text)
    if args.output_file is not None:
        write_text(Path(args.output_file), text)
        return
    out: TextIO = sys.stdout
    out.write(
        _clean(text).encode(out.encoding or "utf-8", "replace").decode(out.encoding or "utf-8")
    )


def emit_patch(args: argparse.Namespace, text: str) -> None:
    """Write a patch as `emit` does, but byte for byte, since it must meet the files byte for byte.

    A terminal is shown what it would obey. Raises DlintError where a CI runner would obey a line.
    """
    data = text.encode("utf-8", "surrogateescape")
    if args.output_file is not None:
        from dlint.text.files import write_whole

        write_whole(Path(args.output_file), data)
    elif sys.stdout.isatty():
        lines = (line.removesuffix("\r").split("\t") for line in text.split("\n"))
        emit(args, "\n".join("\t".join(map(printable, parts)) for parts in lines))
    else:
        require_unheard(text, "--output-file FILE writes it elsewhere")
        sys.stdout.flush()
        sys.stdout.buffer.write(data)


def require_unheard(text: str, hint: str = "") -> None:
    """Raise DlintError where a CI runner reads standard output and would obey what must be written
    there unchanged.
    """
    if any(map(os.environ.get, RUNNERS)) and disarmed(text) != text:
        raise DlintError(
            "a line of the result is a command to the CI runner that reads this output", hint
        )


def write_text(path: Path, text: str) -> None:
    """Write a file as UTF-8, whole or not at all; what UTF-8 cannot hold becomes U+FFFD."""
    from dlint.text.files import write_whole

    write_whole(path, _clean(text).encode())


def _clean(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


def note_ignored(args: argparse.Namespace, settings: Iterable[Settings]) -> None:
    """Tell what of the configuration is ignored, once for each file."""
    for text in dict.fromkeys(text for each in settings for text in each.warnings):
        note(args, f"warning: {text}")


def note_settings(args: argparse.Namespace, settings: Settings) -> None:
    """Tell what of the configuration is ignored, and which build context is taken where nobody
    named any.

    The Dockerfile's own folder needs no word.
    """
    note_ignored(args, [settings])
    path = Path(args.dockerfile)
    context = settings.context_of(path)
    if context != path.parent and settings.told_context(path) is None:
        note(
            args,
            f"{args.dockerfile}: the build context is taken to be {context.as_posix()}; --context"
            " names another",
        )


def note_reading(args: argparse.Namespace, checker: Checker, tasks: Iterable[Task]) -> None:
    """Tell with `-v` what is read for each Dockerfile."""
    if not args.verbose:
        return
    from dlint.context import open_worktree

    for task in tasks:
        settings = checker.settings(task)
        note(
            args, f"{task.path}: settings of {', '.join(settings.files) or 'no configuration file'}"
        )
        with suppress(DlintError):  # the check says what is wrong
            for folder in settings.contexts_of(Path(task.path)):
                context = open_worktree(folder, Path(task.path))
                ignore = context.ignore.source.path if context.ignore else "no ignore file"
                count = plural(
                    sum(each.kind == "file" for each in context.entries.values()), "file"
                )
                note(args, f"{task.path}: build context {folder.as_posix()}, {ignore}, {count}")


def note_contexts(args: argparse.Namespace, path: str, settings: Settings) -> None:
    """Tell where a Dockerfile is built in several contexts, none of them more likely."""
    try:
        contexts = settings.contexts_of(Path(path))
    except Exception:  # noqa: BLE001  the check of the file tells it, and the others go on
        return
    if len(contexts) > 1:
        note(
            args,
            f"{path}: the repository builds it with each of"
            f" {', '.join(each.as_posix() for each in contexts)} as build context; only what"
            " holds in all of them is reported; choose one with --context",
        )


def note(args: argparse.Namespace, text: str) -> None:
    """Tell something beside the answer, on standard error."""
    if not args.quiet:
        sys.stdout.flush()  # what was written before stands before, where both go to one place
        sys.stderr.write(f"dlint: {printable(text)}\n")
