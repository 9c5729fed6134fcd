"""Files of the repository that is checked: read and written below its root alone, whatever its
links say.

Its author may be a stranger, and what is read is quoted in findings. So a symbolic link may lead to
another file of the repository, but neither out of it nor into `.git`, where credentials stand;
nothing but a regular file is opened for its content, since a pipe or a device would hang or never
end; and a file has a size limit. A path is walked folder by folder from the root, each opened
without following a link, so that no link can be put in place after it was looked at.
"""

from __future__ import annotations

import errno
import os
import stat
from functools import lru_cache
from pathlib import Path

from dlint.errors import UnreadableError
from dlint.text.patterns import regex
from dlint.text.units import human_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

LIMIT = (
    1_000_000  # bytes of what people write; the longest of 7,913 public Dockerfiles has 1,973 lines
)
GENERATED = (
    50_000_000  # bytes of what programs write, such as lock files; GitHub warns of larger ones
)
_LINKS = 40  # followed for one path, as Linux does
_GIT = ".git"
# A user's `<(command)` or standard input: no file of a repository is called that, it could only be
# a link to it.
_STREAM = regex(r"/dev/(?:stdin|fd/[0-9]+)")
_FILE = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
)
_FILE |= getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
_FOLDER = (
    getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
)
_WALKS = os.open in os.supports_dir_fd  # not on Windows
_OUT = (
    ("is a symbolic link out of {root}, and dlint reads and writes nothing outside what it checks"),
    "replace the link by a copy, or name its target",
)
_INTO_GIT = (
    "is a symbolic link into .git, which dlint neither reads nor writes",
    "replace the link by a copy",
)
_SPECIAL = "is not a regular file"


def read(path: str | Path, limit: int = LIMIT) -> bytes:
    """Return the content of a file of the repository; raises UnreadableError, also for more than
    `limit` bytes.

    `/dev/stdin` and `/dev/fd/N`, which nobody but the user can name, are read to their end.
    """
    shown = str(path)
    if shown.startswith("/dev/") and _STREAM.fullmatch(shown):
        with Path(path).open("rb") as file:
            return bounded(file, shown, limit)
    with _opened(path) as file:
        return bounded(file, shown, limit)


def read_start(path: Path) -> bytes:
    """Return the first bytes of a file of the repository, however long it is; raises
    UnreadableError.
    """
    with _opened(path) as file:
        return file.read(LIMIT)


def _opened(path: str | Path) -> BinaryIO:
    place = os.path.abspath(path)  # noqa: PTH100  links are followed below, each by itself
    root = root_of(os.path.dirname(place))  # noqa: PTH120  text alone
    return open_below(root, place[len(root) :], str(path))


def read_if_there(path: Path, limit: int = LIMIT) -> bytes | None:
    """Return what `read` does; None where there is no such file."""
    try:
        return read(path, limit)
    except UnreadableError as error:
        if isinstance(error.__cause__, FileNotFoundError | NotADirectoryError):
            return None
        raise


def bounded(file: BinaryIO, shown: str, limit: int = LIMIT) -> bytes:
    """Return all that `file` holds; raises UnreadableError where that is more than `limit`
    bytes.
    """
    size = _size(file)
    data = file.read(size + 1) if size <= limit else None  # of a buffer for `limit` all is filled
    if data is not None and len(data) > size:  # a pipe, or a file that has grown
        data += file.read(limit + 1 - len(data))
    if data is None or len(data) > limit:
        raise UnreadableError(
            shown, f"is larger than the {human_bytes(limit)} that dlint reads of such a file"
        )
    return data


def text_below(root: Path, path: str, start: bytes = b"") -> str:
    """Return a file's text, "" for what cannot or may not be read, or begins with anything else
    than `start`: it would only have told more.
    """
    try:
        with open_below(str(root), path, path) as file:
            if start and file.read(len(start)) != start:
                return ""
            file.seek(0)
            data = bounded(file, path)
    except UnreadableError:
        return ""
    return data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")


def _size(file: BinaryIO) -> int:
    """Return the size that the system tells, 0 for what has none."""
    try:
        return os.fstat(file.fileno()).st_size
    except OSError:  # no file of the system's
        return 0


def root_of(folder: str) -> str:
    """Return the folder that no link below it may leave, for the files of `folder`, an absolute
    path.

    That is the top of the git repository around it; outside any, the working directory if it holds
    `folder`, else `folder` itself. A link on the way belongs to the repository that it stands in,
    whatever it leads to.
    """
    root = repository_of(folder)
    if root is None:
        here = os.getcwd()  # noqa: PTH109  as below
        return here if here != os.path.dirname(here) and _is_within(here, folder) else folder  # noqa: PTH120  text alone
    for each in _upwards(root):
        if os.path.islink(each):  # noqa: PTH114  a Path for each folder costs
            root = repository_of(os.path.dirname(each)) or root  # noqa: PTH120  as above
    return root


@lru_cache(maxsize=4096)  # one check of a file asks some ten times
def repository_of(folder: str) -> str | None:
    """Return the top folder of the git repository around an absolute folder, by its `.git`; None
    outside of any. It is looked for once, until `recipes.forget` is called.
    """
    return next((each for each in _upwards(folder) if os.path.exists(f"{each}/{_GIT}")), None)  # noqa: PTH110  as above


def _upwards(folder: str) -> Iterator[str]:
    above = os.path.dirname(folder)  # noqa: PTH120  as above
    while above != folder:
        yield folder
        folder, above = above, os.path.dirname(above)  # noqa: PTH120  as above
    yield folder


def _is_within(root: str, path: str) -> bool:
    return f"{path}{os.sep}".startswith(f"{root.rstrip(os.sep)}{os.sep}")


def open_below(root: str | bytes, path: str | bytes, shown: str, *, links: bool = True) -> BinaryIO:
    """Open the regular file `path`, relative to the folder `root`, following no link that leaves
    it, or none at all.

    Raises UnreadableError, which calls the file `shown`; its cause is the system's error where
    there is one.
    """
    try:
        handle = _Walk(os.fsdecode(root), links=links).open(os.fsdecode(path))
        if stat.S_ISREG(os.fstat(handle).st_mode):
            return os.fdopen(handle, "rb")
        os.close(handle)
    except _RefusedError as error:
        raise UnreadableError(shown, *error.args) from None
    except OSError as error:
        special = error.errno == errno.ENXIO  # a socket
        raise UnreadableError(
            shown, _SPECIAL if special else error.strerror or str(error)
        ) from error
    except ValueError as error:  # a path that holds NUL
        raise UnreadableError(repr(shown), str(error)) from error
    raise UnreadableError(shown, _SPECIAL)


class _RefusedError(Exception):
    """A link leads where it may not; the reason, and what to do."""


class _Walk:
    """The way from a root to one file, as the system would go it, but never above the root."""

    def __init__(self, root: str, *, links: bool) -> None:
        self._root = root
        self._links = _LINKS if links else 0
        self._follows = links
        self._folders: list[int] = []  # descriptors, from the root down to where the walk is
        self._todo: list[str] = []  # names that are left, the next one last

    def open(self, path: str) -> int:
        """Return a descriptor of what stands at `path`. Raises _RefusedError and OSError."""
        if not _WALKS:
            return os.open(_real(self._root, f"{self._root}/{path}"), _FILE)
        self._folders = [os.open(self._root, _FOLDER)]
        try:
            return self._go(path)
        finally:
            for each in self._folders:
                os.close(each)

    def _go(self, path: str) -> int:
        self._add(path)
        while self._todo:
            name = self._todo.pop()
            if name == "..":
                self._leave()
                continue
            try:
                found = os.open(name, self._flags, dir_fd=self._folders[-1])
            except OSError:
                if not self._follow(name):
                    raise
                continue
            if self._is_git(found):
                os.close(found)
                raise _RefusedError(*_INTO_GIT)
            if not self._todo:
                return found
            self._folders.append(found)
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))

    @property
    def _flags(self) -> int:
        return (_FOLDER | os.O_NOFOLLOW) if self._todo else _FILE

    def _add(self, path: str) -> None:
        self._todo += [name for name in reversed(path.split("/")) if name not in {"", "."}]

    def _leave(self) -> None:
        if len(self._folders) == 1:
            raise self._out
        os.close(self._folders.pop())

    def _follow(self, name: str) -> bool:
        """Go on where the link `name` leads; False where it is none, or links are not followed."""
        try:
            target = os.readlink(name, dir_fd=self._folders[-1])
        except OSError:
            target = ""
        if not (target and self._follows):
            return False
        if not self._links:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        self._links -= 1
        if target.startswith("/"):
            target = self._below(target)
        self._add(target)
        return True

    def _below(self, target: str) -> str:
        """Begin anew at the root; the rest of an absolute path from there."""
        for root in (self._root, os.path.realpath(self._root)):
            if target.startswith(f"{root}/"):
                while len(self._folders) > 1:
                    os.close(self._folders.pop())
                return target[len(root) :]
        raise self._out

    @property
    def _out(self) -> _RefusedError:
        return _RefusedError(_OUT[0].format(root=self._root), _OUT[1])

    def _is_git(self, found: int) -> bool:
        """Tell whether a link led to `.git`, by whatever name: some systems know several of one
        folder.
        """
        if self._links == _LINKS or not self._follows:
            return False
        try:
            git = os.stat(_GIT, dir_fd=self._folders[-1], follow_symlinks=False)
        except OSError:
            return False
        return os.path.samestat(git, os.fstat(found))


def _real(root: str, path: str) -> str:
    """Return where `path` really stands, links followed; raises _RefusedError outside of `root` or
    in `.git`.
    """
    home, place = os.path.realpath(root), os.path.realpath(path)
    if not _is_within(home, place):
        raise _RefusedError(_OUT[0].format(root=root), _OUT[1])
    if _names_git(place, home) and not _names_git(path, root):
        raise _RefusedError(*_INTO_GIT)
    return place


def _names_git(path: str, root: str) -> bool:
    return any(part.lower() == _GIT for part in Path(os.path.relpath(path, root)).parts)


def require_inside(folder: Path) -> None:
    """Raise UnreadableError where links make a folder one outside of the repository that it is
    named in.
    """
    place = os.path.abspath(folder)  # noqa: PTH100  links are followed next
    try:
        _real(root_of(place), place)
    except _RefusedError as error:
        raise UnreadableError(str(folder), *error.args) from None


def place_to_write(path: Path) -> Path:
    """Return where a file of the repository, which need not exist, is to be written: the target,
    where it is a link.

    Raises UnreadableError where that is outside of the repository or in `.git`, or is no regular
    file.
    """
    text = os.path.abspath(path)  # noqa: PTH100  links are followed next
    try:
        place = _real(root_of(os.path.dirname(text)), text)  # noqa: PTH120  text alone
        if stat.S_ISREG(os.lstat(place).st_mode):
            return Path(place)
    except FileNotFoundError:
        return Path(place)
    except _RefusedError as error:
        raise UnreadableError(str(path), *error.args) from None
    except OSError as error:
        raise UnreadableError(str(path), error.strerror or str(error)) from error
    raise UnreadableError(str(path), _SPECIAL)
