"""Files written whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from dlint.errors import DlintError
from dlint.text.safe import number

LONGEST = 100  # characters of a file's name in that of the one that becomes it: a name has 255


def write_whole(path: Path, data: bytes) -> None:
    """Replace the content of `path`, which need not exist; raises DlintError, the old content left,
    where that fails.

    A symlink stays one and its target is written; mode, group and owner are kept, the last two
    where the system lets us. What is no regular file, such as `/dev/stdout`, is written directly. A
    read-only file is left alone, though its folder would let it be replaced.
    """
    target = path.resolve()
    try:
        if target.exists() and not os.access(target, os.W_OK):
            raise DlintError(f"{path}: cannot be written: it is read-only")
        if target.exists() and not target.is_file():
            target.write_bytes(data)
        else:
            _replace(target, data)
    except OSError as error:
        reason = error.strerror or str(error)
        if isinstance(error, PermissionError) and not os.access(target.parent, os.W_OK):
            reason = f"it is replaced as a whole, and {path.parent} takes no new file: {reason}"
        raise DlintError(f"{path}: cannot be written: {reason}") from error


def _replace(target: Path, data: bytes) -> None:
    _sweep(target)
    prefix = f"{_prefix(target)}{os.getpid()}-"
    with NamedTemporaryFile(dir=target.parent, prefix=prefix, delete=False) as file:
        new = Path(file.name)
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            _keep_mode(target, new)
            new.replace(target)
        except BaseException:
            new.unlink(missing_ok=True)
            raise


def _prefix(target: Path) -> str:
    return f".{target.name[:LONGEST]}.dlint-"


def _sweep(target: Path) -> None:
    """Remove what runs have left that were killed while they wrote `target`."""
    prefix = _prefix(target)
    with os.scandir(target.parent) as entries:
        left = [each.name for each in entries if each.name.startswith(prefix)]
    for name in left:
        process = number(name.removeprefix(prefix).partition("-")[0])
        if process is not None and not _is_running(process):
            with suppress(OSError):
                (target.parent / name).unlink()


def _is_running(process: int) -> bool:
    """Tell whether a process may still be there; for sure only where asking does not end it."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _keep_mode(old: Path, new: Path) -> None:
    if not old.exists():
        mask = os.umask(0)
        os.umask(mask)
        new.chmod(0o666 & ~mask)
        return
    status = old.stat()
    if hasattr(os, "chown"):
        for owner in (-1, status.st_uid):
            with suppress(
                PermissionError
            ):  # only root may give a file away; the content matters more
                os.chown(new, owner, status.st_gid)
    new.chmod(status.st_mode & 0o7777)
