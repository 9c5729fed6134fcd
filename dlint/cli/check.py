"""`dlint check`: the findings of Dockerfiles, and a line on the next push of each image."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

from dlint.cli import CANNOT_TELL, common, outputs
from dlint.cli.failures import complain, in_reports
from dlint.config.settings import VARIABLES
from dlint.errors import DlintError
from dlint.findings import FAIL_ON
from dlint.lint.engine import Checker, Spec
from dlint.lint.parallel import check_all, jobs_for
from dlint.project.discovery import STDIN, discover
from dlint.reporters import FORMATS
from dlint.text.units import parse_bytes, plural
from dlint.typed import cast

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.cli.outputs import Outputs
    from dlint.config.settings import Overrides
    from dlint.lint.engine import Task
    from dlint.lint.report import Diagnostic, Failure, FileReport, ImageRow

FINDINGS = 1
# What argparse says of options that nobody gives.
_VALUES = """
select add_ignore fail_on least_bytes since baseline stdin_filename jobs against context target
platform builder cache online config output_format output_file
"""
_FLAGS = """
preview fix unsafe_fixes diff statistics watch write_baseline no_push force_exclude show_files
show_settings pull isolated no_plugins quiet verbose debug
"""
_LISTS = "extend_select ignore per_file_ignores exclude insecure_registry build_arg"
_OF_IMAGES = (".yaml", ".yml", ".hcl", ".json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take paths, selectors, fixes and what makes the run fail."""
    from dlint.cli import against

    parser.add_argument(
        "paths",
        nargs="*",
        default=["."],
        metavar="PATH",
        help="Dockerfile, folder to search, or - for standard input (default: the current folder)",
    )
    rules = parser.add_argument_group(
        "rules", "RULES are names, families or `all`, separated by commas. May be repeated."
    )
    rules.add_argument("--select", action="append", metavar="RULES", help="run only these rules")
    rules.add_argument(
        "--extend-select", action="append", default=[], metavar="RULES", help="also run these rules"
    )
    rules.add_argument(
        "--ignore", action="append", default=[], metavar="RULES", help="skip these rules"
    )
    rules.add_argument(
        "--per-file-ignores",
        action="append",
        default=[],
        metavar="PATTERN:RULES",
        help="skip these rules in the files that match a pattern",
    )
    common.add_preview(rules)
    fixes = parser.add_argument_group("fixes")
    fixes.add_argument("--fix", action="store_true", help="apply the safe fixes")
    fixes.add_argument(
        "--unsafe-fixes",
        action="store_true",
        help="with --fix or --diff, include fixes that need your judgment",
    )
    fixes.add_argument(
        "--diff",
        action="store_true",
        help="print what --fix would change; exit with 1 if there is anything",
    )
    fixes.add_argument(
        "--add-ignore",
        metavar="REASON",
        help="suppress today's findings by comments in the files (--add-ignore=REASON says why)",
    )
    result = parser.add_argument_group("result")
    result.add_argument(
        "--fail-on",
        choices=FAIL_ON,
        help="exit with 1 if a finding has this severity or a higher one (default: warning)",
    )
    result.add_argument(
        "--least-bytes",
        metavar="SIZE",
        help="hide infos about bytes that certainly cost less, in formats for people (default:"
        " 50 kB)",
    )
    result.add_argument(
        "--statistics", action="store_true", help="print the number of findings of each rule"
    )
    result.add_argument(
        "--since",
        metavar="REV",
        help="show only findings on lines changed since HEAD left REV (a branch or earlier commit)",
    )
    result.add_argument(
        "--watch",
        action="store_true",
        help="check again when a file changes that the result depends on; Ctrl-C stops",
    )
    result.add_argument("--baseline", metavar="FILE", help="hide the findings that FILE lists")
    result.add_argument(
        "--write-baseline",
        action="store_true",
        help="write all findings to the file that --baseline names",
    )
    result.add_argument(
        "--no-push", action="store_true", help="leave out the lines on what a change pushes"
    )
    files = parser.add_argument_group("files")
    files.add_argument(
        "--stdin-filename",
        metavar="PATH",
        help="file name to assume for standard input; decides the context and the settings",
    )
    files.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="PATTERNS",
        help="leave these files out of a search",
    )
    files.add_argument(
        "--force-exclude",
        action="store_true",
        help="apply --exclude to files that are named as well",
    )
    files.add_argument(
        "--show-files", action="store_true", help="print the files that would be checked"
    )
    files.add_argument(
        "--show-settings",
        action="store_true",
        help="print the settings of each PATH, and where each of them comes from",
    )
    files.add_argument(
        "--jobs",
        type=_count,
        metavar="N",
        help="number of processes (default: 1; for many files, one per processor)",
    )
    against.add_arguments(
        parser, "take the sizes of layers from this image: docker://REF, oci:DIR[:TAG], …"
    )
    against.add_pull(parser)
    common.add_common(parser, FORMATS, several=True)


def plain_arguments(words: Sequence[str]) -> argparse.Namespace | None:
    """Return what paths and options without a value mean, as `add_arguments` has it; None for other
    words, and where an environment variable may say more.

    argparse takes 5 % of a small check: it is loaded for those who tell more, or something wrong.
    """
    if any(map(os.environ.get, VARIABLES.values())):
        return None
    flags = dict.fromkeys(_FLAGS.split(), False)
    told: dict[str, object] = {
        **dict.fromkeys(_VALUES.split()),
        **{name: [] for name in _LISTS.split()},
        "color": "auto",
        "output_files": (),
    }
    paths: list[str] = []
    for word, before in zip(words, ("", *words), strict=False):
        name = word.removeprefix("--").replace("-", "_")
        if word == STDIN or not word.startswith("-"):
            if paths and paths[-1] != before:
                return None  # argparse takes no paths on both sides of an option
            paths.append(word)
        elif word.startswith("--") and "_" not in word and name in flags:
            flags[name] = True
        else:
            return None
    found = SimpleNamespace(paths=paths or ["."], **told, **flags)
    return cast("argparse.Namespace", found)


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise ValueError
    return count


def run(args: argparse.Namespace) -> int:
    """Check, fix or write a baseline; the exit status."""
    _require_sense(args)
    if args.watch:
        from dlint.cli.watch import watch

        return watch(args, _run)
    return _run(args)


def _run(args: argparse.Namespace) -> int:
    """Do it once; the exit status."""
    named = _taken_images(args)
    inputs = _taken_inputs(args)
    if args.show_settings or args.show_files:
        return _show(args, named, inputs)
    checker, tasks = _prepared(args, inputs)
    written = outputs.outputs(args, checker)
    if args.add_ignore is not None:
        from dlint.cli import ignoring

        return ignoring.apply(args, checker, tasks)
    changed = _changed(args, checker, tasks) if args.fix or args.diff else []
    if isinstance(changed, int):
        return changed
    reports, rows = _reports(args, checker, tasks, named)
    reports = list(in_reports(changed, _each_once(reports)))
    _note(args, reports)
    if args.write_baseline:
        from dlint.lint.failures import require_whole

        return _write_baseline(args, [require_whole(report) for report in reports])
    reports = _new_ones(args, checker, reports)
    rows = rows or _rows(args, checker, written, reports)
    outputs.write(args, checker, written, reports, rows)
    if complain(args, (failure for report in reports for failure in report.failures)):
        return CANNOT_TELL
    return FINDINGS if any(report.fails for report in reports) else 0


def _show(args: argparse.Namespace, named: Sequence[str], inputs: Sequence[str]) -> int:
    """Show what would be checked, or by which settings."""
    from dlint.cli import showing

    checker = _checker(args, inputs)
    paths = _paths(args, checker) if args.show_files else []
    args.paths += [path.partition("#")[0] for path in named]  # where their settings are looked for
    return showing.show(args, checker, [*paths, *named])


def _reports(
    args: argparse.Namespace, checker: Checker, tasks: Sequence[Task], named: Sequence[str]
) -> tuple[list[FileReport], Sequence[ImageRow]]:
    """Check Dockerfiles, and the images that are named; return a row for each of these."""
    checker.share()  # what was to be written is written
    reports = list(check_all(checker, tasks, args.jobs or jobs_for(len(tasks))))
    if not named:
        return reports, ()
    from dlint.cli import checked_images

    more, rows = checked_images.check(args, checker, named)
    return reports + more, rows


def _changed(
    args: argparse.Namespace, checker: Checker, tasks: Sequence[Task]
) -> int | list[Failure]:
    """Fix, or show what a fix would change; the exit status where that is all."""
    from dlint.cli import fixing

    if args.diff:
        return fixing.show(args, checker, tasks)
    if any(task.text is not None for task in tasks):
        return fixing.pipe(args, checker, tasks[0])
    return fixing.apply(args, checker, tasks)


def _may_name_image(path: str) -> bool:
    return path.endswith(_OF_IMAGES) or any(f"{ending}#" in path for ending in _OF_IMAGES)


def _taken_images(args: argparse.Namespace) -> list[str]:
    """Take Compose and Bake files, and images of them, out of the paths."""
    likely = [path for path in args.paths if _may_name_image(path.lower())]
    if not likely:
        return []
    from dlint.cli.units import names_image

    named = [path for path in likely if names_image(path)]
    args.paths = [path for path in args.paths if path not in named]
    return named


def _taken_inputs(args: argparse.Namespace) -> list[str]:
    """Take ignore files and manifests out of the paths: what is meant are the images that are built
    from them.
    """
    from dlint.project.inputs import is_input

    if not any(map(is_input, args.paths)):
        return []
    from dlint.cli.affected import is_asked

    inputs = [path for path in args.paths if is_asked(path)]
    args.paths = [path for path in args.paths if path not in inputs]
    return inputs


def _rows(
    args: argparse.Namespace, checker: Checker, written: Outputs, reports: Sequence[FileReport]
) -> Sequence[ImageRow]:
    """Return the table of the projects in the folders that are checked, for people to see."""
    folders = [path for path in args.paths if Path(path).is_dir()]
    if not (folders and checker.spec.push and reports and written.has_table):
        return ()
    from dlint.cli import checked_images

    if len(reports) == 1 and not checked_images.are_several(reports[0].path):
        return ()
    return checked_images.rows_of(args, checker, folders, reports)


def _prepared(args: argparse.Namespace, inputs: Sequence[str] = ()) -> tuple[Checker, list[Task]]:
    """Return what checks and what is checked, and tell the user what is left out of it."""
    checker = _checker(args, inputs)
    tasks = list(_tasks(args, checker))
    common.note_ignored(args, map(checker.settings, tasks))
    for task in tasks:
        common.note_contexts(args, task.path, checker.settings(task))
    common.note_reading(args, checker, tasks)
    checker = _knowing(args, checker, tasks)
    common.ask_ahead_of(args, checker, tasks)
    return checker, tasks


def _checker(args: argparse.Namespace, inputs: Sequence[str]) -> Checker:
    """Return what checks, and add to the paths what is built from `inputs`."""
    push = not (args.no_push or args.quiet or args.write_baseline or args.statistics)
    checker = Checker(Spec(_overrides(args), third_party=not args.no_plugins, push=push))
    if inputs:
        args.paths += _affected(args, checker, inputs)
    return checker


def _affected(args: argparse.Namespace, checker: Checker, inputs: Sequence[str]) -> list[str]:
    """Return the Dockerfiles whose images are built from any of `inputs`."""
    from dlint.cli import affected

    with closing(checker.share()):
        found = affected.dockerfiles(checker, inputs)
    if not found:
        common.note(args, f"no image is built from {', '.join(inputs)}")
    return [path for path in found if path not in args.paths]


def _knowing(args: argparse.Namespace, checker: Checker, tasks: Sequence[Task]) -> Checker:
    """Return a checker that knows the image of `--against`, if it names one."""
    asked = "--against names" if args.against is not None else "--pull asks for" * args.pull
    if asked and len(tasks) != 1:
        raise DlintError(
            f"{asked} one image, but there are {plural(len(tasks), 'Dockerfile')}",
            "name the Dockerfile",
        )
    return common.knowing(args, checker, tasks[0]) if tasks else checker


def _require_sense(args: argparse.Namespace) -> None:
    """Raise DlintError for options that contradict each other."""
    if args.unsafe_fixes and not (args.fix or args.diff):
        raise DlintError("--unsafe-fixes applies nothing by itself", "add --fix or --diff")
    if args.write_baseline and not args.baseline:
        raise DlintError("--write-baseline needs --baseline FILE, to know where")
    if args.since is not None:
        from dlint.cli import since

        since.require_sense(args)
    _require_inputs(args)


def _require_inputs(args: argparse.Namespace) -> None:
    """Raise DlintError for paths and folders that cannot be what is meant."""
    if args.fix and not args.diff and STDIN in args.paths and len(args.paths) > 1:
        raise DlintError(
            "--fix writes a fixed standard input to standard output: name no file beside it"
        )
    if args.context is not None and not Path(args.context).is_dir():
        raise DlintError(f"{args.context}: the build context is not a folder")
    if args.paths.count(STDIN) > 1:
        raise DlintError("standard input can be read only once")


def _overrides(args: argparse.Namespace) -> Overrides:
    per_file = []
    for text in args.per_file_ignores:
        pattern, separator, selectors = text.rpartition(":")
        rules = tuple(_listed([selectors]))
        if not (pattern and rules):
            missing = "rule" if pattern or not separator else "pattern"
            raise DlintError(
                f"--per-file-ignores {text}: no {missing} in it",
                "write --per-file-ignores PATTERN:RULE",
            )
        per_file.append((pattern, rules))
    select = None if args.select is None else tuple(_listed(args.select))
    if select == ():
        raise DlintError(
            "--select is empty, so nothing is checked", "leave it out for the default rules"
        )
    return common.overrides(args)._replace(
        select=select,
        extend_select=tuple(_listed(args.extend_select)),
        ignore=tuple(_listed(args.ignore)),
        per_file_ignores=tuple(per_file),
        fail_on=args.fail_on,
        least_bytes=None if args.least_bytes is None else _size(args.least_bytes),
        exclude=tuple(_listed(args.exclude)),
    )


def _size(text: str) -> int:
    try:
        return parse_bytes(text)
    except ValueError as error:
        raise DlintError(f"--least-bytes: {error}") from error


def _listed(texts: Iterable[str]) -> Iterator[str]:
    yield from (word.strip() for text in texts for word in text.split(",") if word.strip())


def _tasks(args: argparse.Namespace, checker: Checker) -> Iterator[Task]:
    for path in _paths(args, checker):
        yield common.read_task(path, args.stdin_filename)


def _paths(args: argparse.Namespace, checker: Checker) -> list[str]:
    """Return the Dockerfiles that are asked for."""
    paths = discover(args.paths, checker.configs.is_excluded, force_exclude=args.force_exclude)
    if args.paths and not paths:
        common.note(args, f"warning: no Dockerfile found in {', '.join(args.paths)}")
    return paths


def _each_once(reports: Iterable[FileReport]) -> Iterator[FileReport]:
    """Leave out what was found in another file before, or in the same file where it costs more:
    several Dockerfiles may have one ignore file, and one build context.
    """
    seen: set[tuple[object, ...]] = set()
    reported: set[str] = set()
    for report in reports:
        kept = []
        for found in sorted(report.diagnostics, key=lambda each: each.cost is None):
            keys = set(_keys(report, found))
            is_own = found.place.path == report.path not in reported
            if (is_own and not _is_of_context(report, found)) or not keys & seen:
                kept.append(found)
            seen |= keys
        reported.add(report.path)
        kept.sort(key=lambda each: each.by_place)
        is_same = len(kept) == len(report.diagnostics)
        yield report if is_same else report._replace(diagnostics=tuple(kept))


def _keys(report: FileReport, found: Diagnostic) -> Iterator[tuple[object, ...]]:
    """Yield what makes another finding the same: its place and its words; those alone where it is
    of the build context, and in another file than a Dockerfile, such as that of a line to ignore,
    the place alone, whichever example is named.
    """
    place = found.rule, found.place.path, found.place.span
    if found.place.path != report.path:
        yield place
        return
    yield (*place, found.message)
    if _is_of_context(report, found):
        yield found.rule, report.context, found.message, found.repair, found.help


def _is_of_context(report: FileReport, found: Diagnostic) -> bool:
    """Tell whether one change of the ignore file mends it for all Dockerfiles of a context."""
    if not found.rule.startswith("context/"):
        return False
    if found.repair is not None:
        return all(each.place.path != report.path for each in found.repair.edits)
    return not found.help or "ignore" in found.help


def _write_baseline(args: argparse.Namespace, reports: Sequence[FileReport]) -> int:
    from dlint.lint import baseline

    count = baseline.write(Path(args.baseline), reports)
    common.note(args, f"{args.baseline}: {plural(count, 'finding')} written")
    return 0


def _new_ones(
    args: argparse.Namespace, checker: Checker, reports: list[FileReport]
) -> list[FileReport]:
    """Leave out the findings that a baseline knows, and those on lines that did not change."""
    if args.baseline:
        reports = _known_left_out(args, checker, reports)
    if args.since is not None:
        from dlint.cli.since import Since

        with closing(checker.share()) as opened:
            reports = Since(args.since, opened).keep(args, reports)
    return reports


def _known_left_out(
    args: argparse.Namespace, checker: Checker, reports: Sequence[FileReport]
) -> list[FileReport]:
    from dlint.lint.baseline import Baseline

    baseline = Baseline.load(Path(args.baseline))
    left = [baseline.apply(report) for report in reports]
    paths = {report.path: Path(report.path) for report in left if not report.failures}
    looked_for = {
        shown: checker.configs.for_path(path).rules_for(path) for shown, path in paths.items()
    }
    for (path, rule), count in baseline.stale(looked_for).items():
        what = (
            f"{rule} is no longer found" if count == 1 else f"{rule} is found {count} fewer times"
        )
        common.note(args, f"{args.baseline}: {what} in {path}; write the baseline again")
    return left


def _note(args: argparse.Namespace, reports: Iterable[FileReport]) -> None:
    """Tell what the user should know beside the findings."""
    for text in dict.fromkeys(each for report in reports for each in report.notes):
        common.note(args, text)
