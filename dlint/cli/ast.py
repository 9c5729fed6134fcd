"""`dlint ast`: what was read of each file, one JSON object a line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from dlint.errors import UnreadableError
from dlint.model import Options
from dlint.model.stages import read_stages
from dlint.syntax.parser import parse
from dlint.text.printable import json_text
from dlint.text.repository_files import bounded, read
from dlint.text.source import Source

if TYPE_CHECKING:
    import argparse

    from dlint.syntax import Dockerfile, Instruction


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the files to read."""
    parser.add_argument(
        "paths",
        nargs="*",
        default=["Dockerfile"],
        metavar="PATH",
        help="Dockerfile to read, or - for standard input (default: Dockerfile)",
    )


def run(args: argparse.Namespace) -> int:
    """Write a line for each path; 2 where one could not be read. A file's syntax errors are in its
    line, no failure.
    """
    status = 0
    for path in args.paths:
        answer, read = _describe(path)
        status = status if read else 2
        line = json_text(answer, indent=None, ascii_only=True)
        # a name that is no UTF-8 is told as Python holds it: as lone surrogates, escaped as JSON
        # does
        sys.stdout.write(f"{line.encode('ascii', 'backslashreplace').decode('ascii')}\n")
        sys.stdout.flush()
    return status


def _describe(path: str) -> tuple[dict[str, Any], bool]:
    try:
        data = bounded(sys.stdin.buffer, path) if path == "-" else read(path)
    except UnreadableError as error:
        return {
            "path": path,
            "escape": None,
            "error": error.reason,
            "instructions": [],
            "stages": [],
        }, False
    dockerfile = parse(Source.from_bytes(path, data))
    return {
        "path": path,
        "escape": dockerfile.escape,
        "error": dockerfile.first_error,
        "instructions": [_instruction(instruction) for instruction in dockerfile.instructions],
        "stages": _stages(dockerfile),
    }, True


def _instruction(instruction: Instruction) -> dict[str, Any]:
    return {
        "name": instruction.name,
        "line": instruction.line,
        "end_line": instruction.end_line,
        "value": instruction.value.text,
        "flags": [
            f"--{flag.name}" + ("" if flag.value is None else f"={flag.value}")
            for flag in instruction.flags
        ],
        "heredocs": [
            {"name": heredoc.name, "body": heredoc.body} for heredoc in instruction.heredocs
        ],
    }


def _stages(dockerfile: Dockerfile) -> list[dict[str, Any]]:
    return [
        {"name": stage.name, "base": stage.image, "line": stage.from_.line}
        for stage in read_stages(dockerfile, {}, Options().platform)
    ]
