"""`dlint server`: the language server, for editors."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from dlint.errors import DlintError

if TYPE_CHECKING:
    import argparse

NEEDED = ("pygls", "lsprotocol")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take whether plugins are loaded."""
    parser.add_argument("--no-plugins", action="store_true", help="load no plugins")
    parser.add_argument(
        "--stdio",
        action="store_true",
        help="talk over standard input and output (the only way, and the default)",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until the client is done; the exit status. Raises DlintError where the extra is not
    installed.
    """
    if not all(map(find_spec, NEEDED)):
        raise DlintError(
            "the language server needs packages that are not installed",
            'install them with: pip install "dlint-dockerfile[server]"',
        )
    from dlint.server.app import serve

    return serve(third_party=not args.no_plugins)
