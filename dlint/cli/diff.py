"""`dlint diff`: what merging a change pushes, and what it does to images and findings."""

from __future__ import annotations

from contextlib import closing
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.cli import (
    CANNOT_TELL,
    changes,
    common,
    delivery,
    diff_output,
    limits,
    paired,
    several,
    units,
)
from dlint.cli.base_revision import base_revision
from dlint.cli.diff_output import Shown
from dlint.cli.failures import complain
from dlint.cli.past import Pasts
from dlint.context.repositories import why_not
from dlint.errors import DlintError
from dlint.findings import FAIL_ON
from dlint.lint.engine import Checker, Spec

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from dlint.context.git import Repository
    from dlint.lint.report import Diagnostic

FORMATS = (common.PRETTY, common.PLAIN, "json", "markdown")
FAILED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the commit, the images, and what the change may cost."""
    parser.add_argument(
        "base",
        nargs="?",
        metavar="BASE",
        help=(
            "commit to compare the working tree with; BASE... is its merge base with HEAD"
            " (default: the merge base with the default branch)"
        ),
    )
    parser.add_argument(
        "images",
        nargs="*",
        metavar="IMAGE",
        help="images to compare, as for dlint push (default: all below --project)",
    )
    parser.add_argument(
        "--project",
        metavar="DIR",
        default=".",
        help="folder in which all images are looked for (default: the working folder)",
    )
    result = parser.add_argument_group("result")
    result.add_argument(
        "--fail-on",
        choices=FAIL_ON,
        help="exit with 1 if a new finding has this severity or a higher one (default: warning)",
    )
    common.add_preview(result)
    delivery.add_caches(parser)
    limits.add_arguments(parser)
    common.add_common(parser, FORMATS)


def run(args: argparse.Namespace) -> int:
    """Print the change; the exit status."""
    overrides = common.overrides(args)._replace(fail_on=args.fail_on)
    checker = Checker(Spec(overrides, third_party=not args.no_plugins))
    chosen = common.output_format(args, FORMATS)
    folder = Path(args.project)
    if not folder.is_dir():
        raise DlintError(f"{args.project}: no such folder")
    with closing(checker.share()) as opened:
        repository = opened.repository(folder)
        if repository is None:
            raise DlintError(f"{args.project}: nothing to compare with: {why_not(folder)}")
        return _compare(args, checker, chosen, repository)


def _compare(
    args: argparse.Namespace, checker: Checker, chosen: str, repository: Repository
) -> int:
    word, images = _split(repository, [*filter(None, [args.base]), *args.images])
    base = base_revision(repository, word)
    pasts = Pasts(checker)
    past = pasts.at(repository, base.commit)
    found = (
        paired.pair_named(args, checker, past, images)
        if images
        else paired.pair_all(args, checker, past, Path(args.project))
    )
    if not found.now and not found.gone:
        raise DlintError("no image is found to compare", "name a Dockerfile, or use --project DIR")
    common.note_ignored(args, (unit.checker.settings(unit.task) for unit in found.now))
    change = changes.change_of(_as_push(args), found, pasts)
    verdicts = several.verdicts(args, change.done, change.parts)
    common.emit(args, _write(args, chosen, Shown(change, base, tuple(verdicts), checker)))
    if complain(args, change.failures):
        return CANNOT_TELL
    status = limits.status(args, verdicts, shown=True)
    return status or FAILED * any(_fails(checker, each) for each in change.findings.new)


def _write(args: argparse.Namespace, chosen: str, shown: Shown) -> str:
    """Return the change in one of the formats."""
    if chosen == "json":
        return diff_output.as_json_text(shown)
    if chosen == common.PRETTY:
        from dlint.cli import diff_pretty

        return diff_pretty.write(shown, color=common.use_color(args), width=common.width(args))
    form = diff_output.as_markdown if chosen == "markdown" else diff_output.as_text
    return "".join(f"{line}\n" for line in form(shown))


def _split(repository: Repository, words: Sequence[str]) -> tuple[str | None, Sequence[str]]:
    """Return the revision and the images that words mean: what is a file or a folder is an image,
    unless the first one is a revision. Raises DlintError where it is both.
    """
    if not words:
        return None, ()
    first, *rest = words
    is_image = units.names_image(first) or Path(first).exists()
    if not is_image:
        return first, rest
    if repository.has(first):
        raise DlintError(
            f"{first!r} is a file or folder and a revision",
            f"write ./{first} or refs/heads/{first}",
        )
    return None, words


def _as_push(args: argparse.Namespace) -> argparse.Namespace:
    """Return the options as those of a push that nothing is known of but what git tells."""
    own = copy(args)
    own.against = own.to = own.rev = None
    own.pull, own.insecure_registry = False, []
    return own


def _fails(checker: Checker, found: Diagnostic) -> bool:
    limit = checker.configs.for_path(Path(found.place.path)).fail_on
    return limit is not None and found.severity.rank <= limit.rank
