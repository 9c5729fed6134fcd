"""Configuration files: the tables that they hold, and those of the files that they extend."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlint.config.keys import Where
from dlint.errors import DlintError, UnreadableError
from dlint.rule.selectors import suggestion
from dlint.text.repository_files import read_if_there, root_of
from dlint.text.safe import toml_table
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FILES = ("dlint.toml", ".dlint.toml", "pyproject.toml")
MOST = 10  # files that extend one another


class File(NamedTuple):
    """A configuration file: its table, and whether it was `found`, so that it may be a stranger's,
    or named.
    """

    values: Mapping[str, Any] = {}
    where: Where = Where("", "")
    found: bool = False


def load(path: Path, *, found: bool) -> File | None:
    """Read a file; None where there is none, or where it says nothing of dlint. Raises DlintError
    where it is wrong, or wants another version of dlint.
    """
    data = _searched(path) if found else read_if_there(path)
    in_pyproject = path.name == "pyproject.toml"
    if data is None or (in_pyproject and b"dlint" not in data):
        return None
    shown = _shown(path)
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
        if not isinstance(values, dict):
            from dlint.config.reading import wrong

            raise wrong(where / "dlint", "a table", values)
    if "required-version" in values:
        _require_version(values["required-version"], where / "required-version")
    return File(values, where, found)


def _require_version(value: object, where: Where) -> None:
    """Raise DlintError where this is another version of dlint than the file wants."""
    from packaging.specifiers import SpecifierSet

    from dlint import __version__
    from dlint.config.reading import all_keys, read

    wanted = read(all_keys()["required-version"].hint, value, where)
    if not SpecifierSet(wanted).contains(__version__, prereleases=True):
        raise DlintError(
            f"{where}: this configuration is for dlint {wanted}, and this is dlint {__version__}",
            f"install that version: pip install 'dlint-dockerfile{wanted.replace(' ', '')}'",
        )


def with_extended(file: File, known: Iterable[str]) -> list[File]:
    """Return a file after those that it extends, the outermost first.

    Nothing is said of what an extended file holds unless all its keys are `known`: whatever it is
    that somebody's pull request names, its content is not shown.
    """
    files = [file]
    paths = [_place(file)]
    while "extend" in files[0].values:
        where = files[0].where / "extend"
        path = _extended(files[0], where)
        if path in paths:
            shown = " extends ".join(_shown(Path(each)) for each in (*reversed(paths), path))
            raise DlintError(f"{where}: the files extend one another: {shown}")
        if len(paths) == MOST:
            raise DlintError(f"{where}: more than {MOST} files extend one another")
        files.insert(0, _load_extended(path, where, file, known))
        paths.insert(0, path)
    return files


def _place(file: File) -> str:
    return os.path.abspath(file.where.path)  # noqa: PTH100  text alone


def _extended(file: File, where: Where) -> str:
    """Return the path of the file that another extends. What was found above a Dockerfile may name
    a file of its repository alone, which its text tells: a share of another machine is not asked.
    """
    from dlint.config.reading import all_keys, read

    text = read(all_keys()["extend"].hint, file.values["extend"], where)
    folder = os.path.dirname(_place(file))  # noqa: PTH120  text alone
    path = os.path.normpath(os.path.join(folder, text))  # noqa: PTH118  as above
    if file.found and not Path(path).is_relative_to(root_of(folder)):
        raise DlintError(
            f"{where}: {text} is outside the repository, which a file above a Dockerfile may not"
            " extend",
            "copy it into the repository, or name a configuration file by --config",
        )
    return path


def _load_extended(path: str, where: Where, by: File, known: Iterable[str]) -> File:
    try:
        file = load(Path(path), found=False)
    except UnreadableError as error:
        raise DlintError(f"{where}: {error.message}", error.hint) from error
    except DlintError as error:
        if isinstance(error.__cause__, ValueError):
            raise DlintError(f"{where}: {_shown(Path(path))} is not valid TOML") from None
        raise
    if file is None:
        what = "it has no [tool.dlint] table" if Path(path).is_file() else "no such file"
        raise DlintError(f"{where}: {_shown(Path(path))}: {what}")
    for key in file.values:
        if key not in known:
            raise DlintError(
                f"{file.where / key}: dlint does not know this key; {where} extends the file",
                suggestion(key, known),
            )
    return file._replace(found=by.found)


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


def _shown(path: Path) -> str:
    """Return a path as people want to read it: relative where it is below the working directory."""
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()
