"""The limits of a push and of images, as the options and the configuration set them."""

from __future__ import annotations

from argparse import ArgumentTypeError
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.cli import common
from dlint.config.limits import Kind, Limit, read_limit
from dlint.errors import DlintError
from dlint.push.limits import Outcome, judge

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

    from dlint.cli.units import Unit
    from dlint.push.limits import Verdict
    from dlint.push.plan import PushPlan

OVER = 1
WHOLE = "all images"
HELP = {
    Kind.BUDGET: "fail if the push uploads more than SIZE, such as 20MB, or 10%% of the image",
    Kind.IMAGE_SIZE: "fail if an image is larger than SIZE, compressed, such as 200MB",
    Kind.GROWTH: "fail if an image grew by more than SIZE, such as 5MB or 10%%",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the limits, each with its unit."""
    limits = parser.add_argument_group("limits")
    for kind, about in HELP.items():
        limits.add_argument(f"--{kind}", metavar="SIZE", type=partial(_read, kind), help=about)
    limits.add_argument(
        "--exact-only",
        action="store_true",
        help="let estimates count as unknown (default: they count as known)",
    )


def _read(kind: Kind, text: str) -> Limit:
    try:
        return read_limit(kind, text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def of_image(
    args: argparse.Namespace,
    unit: Unit,
    plan: PushPlan,
    before: Callable[[], PushPlan | None],
) -> list[Verdict]:
    """Return what the limits of one image say of it, and of what stood `before` where they ask:
    those of the options go before those of the configuration.
    """
    names = (unit.name, unit.image.name) if unit.image else (unit.name,)
    path = Path(unit.image.dockerfile or unit.task.path) if unit.image else Path(unit.task.path)
    found = {each.kind: each for each in unit.checker.settings(unit.task).limits(path, *names)}
    given = (args.max_image_size, args.max_growth)
    found |= {each.kind: each for each in given if each is not None}
    stood = before() if Kind.GROWTH in found else None
    return judge(unit.name, found.values(), plan, stood, exact_only=args.exact_only)


def of_push(args: argparse.Namespace, plan: PushPlan, name: str = WHOLE) -> list[Verdict]:
    """Return what `--budget` says of all that is pushed."""
    limits = [args.budget] if args.budget is not None else []
    return judge(name, limits, plan, exact_only=args.exact_only)


def status(args: argparse.Namespace, verdicts: Iterable[Verdict], *, shown: bool = False) -> int:
    """Tell which limits do not hold, unless the output has `shown` them; the exit status. Raises
    DlintError where that of one cannot be told, and none is crossed.
    """
    every = list(verdicts)
    over = [each for each in every if each.outcome is Outcome.OVER]
    unknown = [each for each in every if each.outcome is Outcome.UNKNOWN]
    last = unknown.pop() if unknown and not over else None
    for each in () if shown else (*over, *unknown):
        common.note(args, _said(each))
    if last is not None:
        raise DlintError(_said(last), last.hint)
    return OVER if over else 0


def _said(verdict: Verdict) -> str:
    return f"{verdict.name}: {verdict.message}"
