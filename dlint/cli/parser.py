"""The parser of a verb's words."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from dlint.text.printable import printable

if TYPE_CHECKING:
    from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """A parser whose errors quote what was typed harmlessly: a shell puts names of files in the
    place of `*`.
    """

    def error(self, message: str) -> NoReturn:
        """Print the usage and what is wrong, and exit with 2."""
        super().error(printable(message))
