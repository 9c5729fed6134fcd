"""`dlint push`: what the next push uploads, layer by layer, in docker's own words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from dlint.cli import against, common, delivery, limits, pushing, several, units
from dlint.cli.past import Pasts
from dlint.cli.units import Unit
from dlint.errors import DlintError
from dlint.lint.engine import Task
from dlint.text.patterns import regex

if TYPE_CHECKING:
    import argparse


DEFAULT = units.DOCKERFILE
_RATE = regex(r"(\d+(?:\.\d+)?) ?([kmg]?)(?:bit(?:/s|ps)?)", re.IGNORECASE)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the Dockerfile, what stood before, and what the push may cost."""
    parser.add_argument(
        "dockerfiles",
        nargs="*",
        metavar="DOCKERFILE",
        help=(
            "Dockerfiles, folders that hold one, Compose or Bake files, or one image of them, as"
            " FILE#IMAGE (default: Dockerfile)"
        ),
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help=(
            "push the images of the repository together that its recipes push, or all images where"
            " none is seen to be pushed"
        ),
    )
    what = parser.add_argument_group("before and after")
    what.add_argument(
        "--since",
        metavar="REV",
        help="commit to compare with (default: HEAD, or HEAD~1 if both build the same image)",
    )
    what.add_argument("--rev", metavar="REV", help="commit to push (default: the working tree)")
    what.add_argument(
        "--to",
        metavar="REPOSITORY",
        help="repository to push to, as HOST/NAME; decides what is mounted",
    )
    what.add_argument(
        "--pull",
        action="store_true",
        help="ask the registry of the base image whether its tag has moved",
    )
    delivery.add_arguments(parser)
    delivery.add_caches(parser)
    cost = parser.add_argument_group("cost")
    cost.add_argument(
        "--bandwidth",
        metavar="RATE",
        type=_rate,
        help="speed of the network, such as 50Mbit; adds the time that the push takes",
    )
    limits.add_arguments(parser)
    against.add_arguments(
        parser, "compare with this image, which was pushed before: docker://REF, oci:DIR[:TAG], …"
    )
    common.add_common(parser, pushing.FORMATS)


def run(args: argparse.Namespace) -> int:
    """Print the plan; the exit status."""
    if several.is_asked(args):
        return several.run(args)
    args.dockerfile = (args.dockerfiles or [DEFAULT])[0]
    if args.dockerfile == DEFAULT and args.rev is None and not Path(DEFAULT).exists():
        raise DlintError(
            f"{DEFAULT}: no such file",
            "name a Dockerfile, a Compose or Bake file, or use --all for all images",
        )
    checker = common.checker_for(args)
    chosen = common.output_format(args, pushing.FORMATS)
    task = Task(args.dockerfile)
    common.note_settings(args, checker.settings(task))
    return pushing.push_one(args, chosen, Unit(task.path, task, checker), Pasts(checker))


def _rate(text: str) -> float:
    match = _RATE.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    return float(match[1]) * 1000.0 ** " kmg".index(match[2].lower() or " ")
