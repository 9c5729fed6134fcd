"""What a fleet needs beside dlint, and how to come by it."""

from __future__ import annotations

from importlib.util import find_spec

from dlint.errors import DlintError

EXTRA = "dlint-dockerfile[fleet]"
NEEDED = ("pyarrow", "duckdb")


def require(*modules: str) -> None:
    """Raise DlintError, which says what to install, unless all `modules` are there."""
    lacking = [name for name in modules if find_spec(name) is None]
    if lacking:
        raise DlintError(
            f"dlint fleet needs {' and '.join(lacking)}, which {_are(lacking)} not installed",
            f'pip install "{EXTRA}"',
        )


def _are(names: list[str]) -> str:
    return "are" if len(names) > 1 else "is"
