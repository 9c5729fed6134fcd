"""Configuration files that extend others."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dlint import __version__
from dlint.config.files import load, shown_path, why_none
from dlint.config.reading import all_keys, read, wrong
from dlint.errors import DlintError, UnreadableError
from dlint.rule.selectors import suggestion
from dlint.text.repository_files import root_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from dlint.config.files import File
    from dlint.config.keys import Where

MOST = 10  # files that extend one another


def with_extended(file: File, known: Callable[[], Collection[str]]) -> list[File]:
    """Return a file after those that it extends, the outermost first.

    Nothing is said of what an extended file holds unless all its keys are `known`: whatever it is
    that somebody's pull request names, its content is not shown.
    """
    _require_sense(file)
    files = [file]
    paths = [_place(file)]
    while "extend" in files[0].values:
        where = files[0].where / "extend"
        path = _extended(files[0], where)
        if path in paths:
            shown = " extends ".join(shown_path(Path(each)) for each in (*reversed(paths), path))
            raise DlintError(f"{where}: the files extend one another: {shown}")
        if len(paths) == MOST:
            raise DlintError(f"{where}: more than {MOST} files extend one another")
        files.insert(0, _load_extended(path, where, file, known()))
        paths.insert(0, path)
    return files


def _require_sense(file: File) -> None:
    """Raise DlintError where the file's table is none, or wants another version of dlint."""
    if not isinstance(file.values, dict):
        raise wrong(file.where / "dlint", "a table", file.values)
    if "required-version" in file.values:
        _require_version(file.values["required-version"], file.where / "required-version")


def _require_version(value: object, where: Where) -> None:
    from packaging.specifiers import SpecifierSet  # no other key needs it

    wanted = read(all_keys()["required-version"].hint, value, where)
    if not SpecifierSet(wanted).contains(__version__, prereleases=True):
        raise DlintError(
            f"{where}: this configuration is for dlint {wanted}, and this is dlint {__version__}",
            f"install that version: pip install 'dlint-dockerfile{wanted.replace(' ', '')}'",
        )


def _place(file: File) -> str:
    return os.path.abspath(file.where.path)  # noqa: PTH100  text alone


def _extended(file: File, where: Where) -> str:
    """Return the path of the file that another extends. What was found above a Dockerfile may name
    a file of its repository alone, which its text tells: a share of another machine is not asked.
    """
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


def _load_extended(path: str, where: Where, by: File, known: Collection[str]) -> File:
    try:
        file = load(Path(path), found=False)
    except UnreadableError as error:
        raise DlintError(f"{where}: {error.message}", error.hint) from error
    except DlintError as error:
        if isinstance(error.__cause__, ValueError):
            raise DlintError(f"{where}: {shown_path(Path(path))} is not valid TOML") from None
        raise
    if file is None:
        raise DlintError(f"{where}: {shown_path(Path(path))}: {why_none(Path(path))}")
    _require_sense(file)
    for key in file.values:
        if key not in known:
            raise DlintError(
                f"{file.where / key}: dlint does not know this key; {where} extends the file",
                suggestion(key, known),
            )
    return file._replace(found=by.found)
