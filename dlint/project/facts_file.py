"""Where a repository keeps the facts of its images: `.dlint/facts.json` at its root."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from dlint.project.discovery import STDIN
from dlint.text.repository_files import read, root_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dlint.images.recorded import RecordedImage

NAME = ".dlint/facts.json"


def find_recorded(dockerfile: str, target: str | None, platform: str) -> RecordedImage | None:
    """Return what is recorded of the image that a Dockerfile makes; None where nothing is.

    Raises DlintError where the file cannot be read, or is none that `dlint facts record` writes.
    """
    if dockerfile == STDIN:
        return None
    root, name = place_of(dockerfile)
    wanted = (name, target or "", platform)
    return next((each for each in _there(root) if each.identity == wanted), None)


def place_of(dockerfile: str) -> tuple[str, str]:
    """Return the root whose facts file speaks of a Dockerfile, and the Dockerfile's path in there,
    `/`-separated.
    """
    place = os.path.abspath(dockerfile)  # noqa: PTH100  links are followed by whoever reads
    root = root_of(os.path.dirname(place))  # noqa: PTH120  text alone
    return root, os.path.relpath(place, root).replace(os.sep, "/")


def _there(root: str) -> tuple[RecordedImage, ...]:
    path = f"{root}/{NAME}"
    try:
        status = os.lstat(path)
    except OSError:
        return ()
    return _read(path, status.st_mtime_ns, status.st_size, status.st_ino)


@lru_cache(maxsize=8)
def _read(path: str, *_: int) -> tuple[RecordedImage, ...]:
    """Read a file that looks the same as before only once."""
    return read_facts_file(Path(path))


def read_facts_file(path: Path) -> tuple[RecordedImage, ...]:
    """Return the images of a facts file. Raises DlintError."""
    from dlint.images.recorded import LIMIT, read_recorded

    return read_recorded(read(path, LIMIT), _shown(path))


def _shown(path: Path) -> str:
    """Return a path as it is shown: from the working directory where it is below."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
