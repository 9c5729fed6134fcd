"""`dlint plugins`: what is installed beside dlint's own parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.cli import common
from dlint.lint.plugins import Plugins
from dlint.text.printable import json_text
from dlint.text.units import plural

if TYPE_CHECKING:
    import argparse

SCHEMA = 1
FORMATS = (common.PRETTY, common.PLAIN, "json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the options on output."""
    common.add_output(parser, FORMATS)


def run(args: argparse.Namespace) -> int:
    """List the plugins and what each adds."""
    plugins = Plugins()
    found = [
        {
            "name": each.name,
            "distribution": each.distribution,
            "version": each.version,
            "rules": plugins.rules_of(each.name),
        }
        for each in plugins.installed
    ]
    if common.output_format(args, FORMATS) == "json":
        common.emit(args, json_text({"schema": SCHEMA, "plugins": found}, ascii_only=True) + "\n")
        return 0
    lines = [
        f"{each['name']} ({each['distribution']} {each['version']}):"
        f" {plural(len(each['rules']), 'rule')}"
        for each in found
    ]
    common.emit(args, "".join(f"{line}\n" for line in lines))
    if not found:
        common.note(args, "no plugin is installed")
    return 0
