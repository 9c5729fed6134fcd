"""`dlint why`: why the steps of a real build ran, from the record of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.cli import common, pushing, units
from dlint.cli.past import Pasts
from dlint.cli.units import Unit
from dlint.errors import DlintError
from dlint.lint.engine import Task
from dlint.model.keys import content_keys
from dlint.push.rows import WORKTREE
from dlint.push.sizes import Sizes
from dlint.records.explain import Sides, explain, moved_bases
from dlint.records.matching import best_match, match_record, told_arguments
from dlint.records.reading import read_records
from dlint.records.record import Format
from dlint.records.words import Answer, as_dict, first_lines, head, rows, seconds_text
from dlint.rule.build import Build
from dlint.text.printable import json_text, markdown, markdown_code, printable
from dlint.text.shorten import shortened
from dlint.text.units import plural

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Mapping

    from dlint.images.recorded import RecordedImage
    from dlint.records.explain import Explained
    from dlint.records.matching import Matched
    from dlint.records.record import Record
    from dlint.records.words import Row

FORMATS = (common.PRETTY, common.PLAIN, "json", "markdown")
BUILDERS = {Format.CLASSIC: "classic", Format.BUILDAH: "buildah"}  # by what they print
WIDTH = 60  # characters of an instruction


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the record, the Dockerfile, and what stood before."""
    parser.add_argument(
        "record",
        metavar="BUILD",
        help=(
            "what a build printed: --progress=rawjson or plain, the log of a CI job, or the file of"
            " docker buildx history export; - is standard input"
        ),
    )
    common.add_dockerfile(parser)
    what = parser.add_argument_group("before and after")
    what.add_argument(
        "--since",
        metavar="REV",
        help="commit that was built before (default: HEAD, or HEAD~1 if both build the same image)",
    )
    what.add_argument(
        "--rev", metavar="REV", help="commit that was built (default: the working tree)"
    )
    what.add_argument(
        "--before", metavar="BUILD", help="record of the build before: tells arguments and bases"
    )
    parser.add_argument(
        "--record",
        dest="keep",
        action="store_true",
        help="write how long each step took to .dlint/facts.json at the root of the repository",
    )
    common.add_common(parser, FORMATS)


def run(args: argparse.Namespace) -> int:
    """Print the explanation; the exit status."""
    image = args.dockerfile.partition("#")[2]  # of a Compose or Bake file
    units.as_dockerfile(args)
    args.against = None
    chosen = common.output_format(args, FORMATS)
    records = read_records(args.record)
    earlier = read_records(args.before) if args.before is not None else None
    if args.builder is None:
        args.builder = BUILDERS.get(records[0].format)
    checker = common.checker_for(args)
    task = Task(args.dockerfile)
    common.note_settings(args, checker.settings(task))
    unit = Unit(task.path, task, checker)
    sides = pushing.sides_of(args, unit, Pasts(checker), None)
    common.note_stale(args, sides.after)
    matched = best_match(records, sides.after, image)
    if matched is None:
        raise DlintError(
            f"{args.record}: no step of it is an instruction of {args.dockerfile}",
            "name the Dockerfile that was built behind the record",
        )
    _note_choice(args, len(records), matched)
    told = told_arguments(matched, sides.after)
    after = _with(sides.after, told)
    matched = match_record(matched.record, after, matched.group)
    found = _explained(sides.before, after, matched, earlier, told)
    has_before = sides.before is not None and sides.before.target is not None
    answer = Answer(
        args.record,
        args.dockerfile,
        sides.since if has_before else args.before,
        args.rev or WORKTREE,
        matched,
        *found,
    )
    common.emit(args, _write(args, chosen, answer))
    if args.keep:
        _record(args, after, answer)
    return 0


def _record(args: argparse.Namespace, build: Build, answer: Answer) -> None:
    """Keep how long the steps took in the repository."""
    from pathlib import Path

    from dlint.cli import facts
    from dlint.project.facts_file import NAME, place_of
    from dlint.records.learned import learned, timed

    count = len(timed(answer.steps))
    if not count:
        common.note(args, f"{args.record}: has no time of a step that ran, so nothing is recorded")
        return
    root, name = place_of(args.dockerfile)
    options = build.options
    source = str(answer.matched.record.format)

    def replaced(before: RecordedImage | None) -> RecordedImage:
        image = learned(before, build, answer.steps, facts.today_text(), source)
        return image._replace(dockerfile=name)

    facts.change(Path(root), (name, options.target or "", options.platform), replaced)
    common.note(args, f"{NAME}: how long {plural(count, 'step')} took is recorded")
    facts.note_context(args, build, root)


def _explained(
    before: Build | None,
    after: Build,
    matched: Matched,
    earlier: list[Record] | None,
    told: Mapping[str, str],
) -> tuple[tuple[Explained, ...], tuple[str, ...]]:
    """Explain the steps; with that what is taken to have been before, where nothing tells it.

    A record tells the arguments of its own build. Those of the build before are in its own record;
    without one they are the same, or the Dockerfile's own, whichever leaves less unexplained.
    """
    stood = best_match(earlier, before or after, matched.group) if earlier else None
    sizes = Sizes(after.options.builder)
    if before is None or before.target is None:
        return tuple(_between(None, after, matched, stood, sizes)), ()
    if stood is not None:
        before = _with(before, told_arguments(stood, before))
        stood = match_record(stood.record, before, stood.group)
        return tuple(_between(before, after, matched, stood, sizes)), ()
    same = _between(_with(before, told), after, matched, None, sizes)
    if not told:
        return tuple(same), ("same build arguments",)
    other = _between(before, after, matched, None, sizes)
    names = ", ".join(sorted(told))
    if _unexplained(other) < _unexplained(same):
        return tuple(other), (f"{names} as in the Dockerfile before",)
    return tuple(same), (f"{names} the same before",)


def _between(
    before: Build | None,
    after: Build,
    matched: Matched,
    stood: Matched | None,
    sizes: Sizes,
) -> list[Explained]:
    keys = content_keys(before) if before is not None else None
    moved = moved_bases(stood, matched, after)
    return explain(Sides(keys, stood), content_keys(after, moved), matched, sizes)


def _unexplained(steps: Iterable[Explained]) -> int:
    """Count the steps that ran although dlint expected them in the cache."""
    return sum(each.is_surprise and each.ran for each in steps)


def _with(build: Build, arguments: Mapping[str, str]) -> Build:
    """Return a build with the arguments that a record tells."""
    if not arguments:
        return build
    options = build.options
    options = options._replace(build_args={**options.build_args, **arguments})
    return Build(build.dockerfile, build.context, options, build.recipes)


def _note_choice(args: argparse.Namespace, count: int, matched: Matched) -> None:
    """Tell which build of a log is explained, where it has several."""
    if count > 1:
        common.note(
            args,
            f"{args.record}: holds {plural(count, 'build')}; the one that begins in line"
            f" {matched.record.line} is explained",
        )
    if matched.group:
        common.note(args, f"{args.record}: the image {matched.group} is explained")


def _write(args: argparse.Namespace, chosen: str, answer: Answer) -> str:
    if chosen == "json":
        return json_text(as_dict(answer), ascii_only=True) + "\n"
    if chosen == common.PRETTY:
        from dlint.cli.why_pretty import pretty

        return pretty(answer, color=common.use_color(args), width=common.width(args))
    lines = _markdown(answer) if chosen == "markdown" else _text(answer)
    return "".join(f"{line}\n" for line in lines)


def _text(answer: Answer) -> Iterator[str]:
    yield from map(printable, head(answer))
    yield from map(printable, first_lines(answer))
    yield from (_text_row(row).rstrip() for row in rows(answer))


def _text_row(row: Row) -> str:
    name = shortened(printable(row.name), WIDTH)
    because = f"  ({printable(row.because)})" if row.because else ""
    parts = (row.result, row.size, name)
    shown = "  ".join(part for part in parts if part)
    return f"{seconds_text(row.seconds):>9}  {row.line:>4}  {shown}{because}"


def _markdown(answer: Answer) -> Iterator[str]:
    yield from (f"{markdown(line)}  " for line in head(answer))
    yield ""
    yield from (f"- {markdown(line)}" for line in first_lines(answer))
    yield ""
    yield "| time | line | step | result | new layer | because of |"
    yield "|---:|---:|---|---|---:|---|"
    for row in rows(answer):
        name = markdown_code(shortened(printable(row.name), WIDTH))
        because = markdown_code(row.because)
        yield (
            f"| {seconds_text(row.seconds)} | {row.line} | {name} | {row.result} | {row.size} |"
            f" {because} |"
        )
