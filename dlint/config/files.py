"""Configuration files: the tables that they hold, and those of the files that they extend."""

from __future__ import annotations

import os
from pathlib import Path

from dlint.config.keys import Where
from dlint.errors import DlintError, UnreadableError
from dlint.text.repository_files import read_if_there
from dlint.text.safe import toml_table
from dlint.text.values import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FILES = ("dlint.toml", ".dlint.toml", "pyproject.toml")
SUFFIX = ".toml"  # of every configuration file, also of those that others extend


class File(NamedTuple):
    """A configuration file: what should be its table, where that is, and whether it was `found`, so
    that it may be a stranger's, or named.
    """

    values: Any
    where: Where
    found: bool


def load(path: Path, *, found: bool) -> File | None:
    """Read a file; None where there is none, or where it says nothing of dlint. Raises DlintError
    where it is not TOML.
    """
    if found and not os.path.lexists(path):  # as most are that are looked for
        return None
    data = _searched(path) if found else read_if_there(path)
    in_pyproject = path.name == "pyproject.toml"
    if data is None or (in_pyproject and b"dlint" not in data):
        return None
    shown = shown_path(path)
    try:
        text = data.decode()
        values: Any = toml_table(text)
    except ValueError as error:
        raise DlintError(f"{shown}: not valid TOML: {error}") from error
    where = Where(shown, text)
    if in_pyproject:
        tool = values.get("tool")
        values = tool.get("dlint") if isinstance(tool, dict) else None
        if values is None:
            return None
    return File(values, where, found)


def why_none(path: Path) -> str:
    """Say why a file that somebody names is no configuration, where `load` finds none."""
    return "it has no [tool.dlint] table" if path.is_file() else "no such file"


def _searched(path: Path) -> bytes | None:
    """Return what a file holds that is looked for; None where it is not there, or where its folder
    cannot be entered: the check of the Dockerfile says so, and others are checked all the same.
    """
    try:
        return read_if_there(path)
    except UnreadableError:
        if os.access(path.parent, os.X_OK):
            raise
        return None


def shown_path(path: Path) -> str:
    """Return a path as people want to read it: relative where it is below the working directory."""
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def user_file() -> Path | None:
    """Return where the user's own configuration file is, if there is one; None where nobody has a
    home.

    A relative folder in the environment is none, as the XDG specification has it: it would lie in
    the repository.
    """
    base = os.environ.get("APPDATA" if os.name == "nt" else "XDG_CONFIG_HOME", "")
    if not os.path.isabs(base):  # noqa: PTH117  of a text that may be empty
        base = os.path.expanduser("~/.config")  # noqa: PTH111  pathlib's raises where there is no home
    return Path(base, "dlint", FILES[0]) if os.path.isabs(base) else None  # noqa: PTH117  as above
