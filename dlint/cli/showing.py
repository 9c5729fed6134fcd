"""`dlint check --show-settings` and `--show-files`: what would be checked, and by what settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlint.cli import common
from dlint.config.shown import DEFAULT, rows
from dlint.project.discovery import STDIN
from dlint.text.printable import json_text, printable
from dlint.text.toml import toml_key, toml_value

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from dlint.config.settings import Settings
    from dlint.lint.engine import Checker

SCHEMA = 1
FORMATS = (common.PRETTY, common.PLAIN, "json")
BESIDE = 40  # columns that a setting has before the place that it comes from


def show(args: argparse.Namespace, checker: Checker, found: Sequence[str]) -> int:
    """Show the files that were `found`, or the settings of each path that is named."""
    form = common.output_format(args, FORMATS)
    if args.show_files:
        text = _json({"files": list(found)}) if form == "json" else _lines(found)
    else:
        paths = [args.stdin_filename or each if each == STDIN else each for each in args.paths]
        by_path = {path: checker.configs.for_path(Path(path)) for path in paths}
        common.note_ignored(args, by_path.values())
        told = args.output_format
        if form == "json":
            facts = [_facts(path, each, told) for path, each in by_path.items()]
            text = _json({"paths": facts})
        else:
            text = "\n".join(_lines(_text(path, each, told)) for path, each in by_path.items())
    common.emit(args, text)
    return 0


def _json(found: dict[str, Any]) -> str:
    """Return the text of an answer."""
    return json_text({"schema": SCHEMA, **found}, ascii_only=True) + "\n"


def _lines(texts: Sequence[str] | Iterator[str]) -> str:
    return "".join(f"{printable(each)}\n" for each in texts)


def _facts(path: str, settings: Settings, output_format: str | None) -> dict[str, Any]:
    return {
        "path": path,
        "files": settings.files,
        "settings": [
            {
                "key": toml_key(*row.keys),
                "value": row.value,
                "source": row.source,
                "place": row.place or None,
            }
            for row in rows(settings, output_format)
        ],
        "rules": sorted(settings.rules_for(Path(path))),
    }


def _text(path: str, settings: Settings, output_format: str | None) -> Iterator[str]:
    """Yield the lines of a file that would say the same, with the places in comments."""
    yield f"# {path}: {', '.join(settings.files) or 'no configuration file'}"
    for row in rows(settings, output_format):
        line = f"{toml_key(*row.keys)} = {toml_value(row.value)}"
        yield f"{line:<{BESIDE}}  # {row.place or DEFAULT}"
    rules = sorted(settings.rules_for(Path(path)))
    yield f"# {len(rules)} rules run: {', '.join(rules)}"
