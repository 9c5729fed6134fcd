"""A commit laid out in a folder of its own, so that it is checked as `dlint check` checks a clone.

The folder gets a repository of dlint's own making, which borrows the objects of the clone: of the
clone's settings none is in force, its working tree is neither read nor written, and a bare clone
does as well. git writes the files; no hook, filter or submodule has a part in it.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from dlint.context.git import SHA1_DIGITS
from dlint.context.objects import seconds
from dlint.context.repositories import find_repository, why_not
from dlint.context.run_git import git, run, without_password
from dlint.errors import DlintError
from dlint.text.patterns import regex
from dlint.text.repository_files import bounded
from dlint.text.safe import number
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "dlint-fleet-"
# A commit with more is told, not laid out: the largest of 346 public repositories has 3 GB in
# 110,000 files.
MOST_BYTES, MOST_FILES = 16 << 30, 1_000_000
BARE = ("--git-dir=.",)  # said by whoever named the folder: git looks for no bare repository itself
_ID = regex(r"[0-9a-f]{40}|[0-9a-f]{64}")
# Filters that the user's own settings name would run for attributes that the commit names.
_NOTHING = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_COUNT": "0",
}


class Clone(NamedTuple):
    """A clone on this machine; `how` goes before each git command in it.

    `commit` was made `when`, in seconds since 1970. `origin` is the address that it was cloned
    from, without a password; "" where it tells none.
    """

    folder: Path
    how: tuple[str, ...]
    commit: str
    when: int
    origin: str


class Workspace(NamedTuple):
    """A commit as it is laid out. `lacking` counts the files that the clone does not hold, such as
    a partial clone's.
    """

    root: Path
    commit: str
    lacking: int


def is_bare(folder: Path) -> bool:
    """Tell whether a folder looks like a bare clone."""
    return (folder / "HEAD").is_file() and all(
        (folder / name).is_dir() for name in ("objects", "refs")
    )


def open_clone(folder: Path) -> Clone:
    """Return the clone in a folder, at its HEAD. Raises DlintError where there is none, or it has
    no commit.
    """
    folder = folder.resolve()
    if not folder.is_dir():
        raise DlintError(f"{folder}: no such folder")
    how: tuple[str, ...] = ()
    if not (folder / ".git").exists() and is_bare(folder):
        how = BARE
    else:
        repository = find_repository(folder)
        if repository is None:
            raise DlintError(
                f"{folder}: {why_not(folder)}", "an answer belongs to a commit: commit the files"
            )
        folder = repository.root
    told = _line(folder, *how, "show", "--no-patch", "--format=%H %ct", "HEAD^{commit}", "--")
    commit, _, when = told.partition(" ")
    if not _ID.fullmatch(commit):
        raise DlintError(f"{folder}: this repository has no commits yet")
    origin = _line(folder, *how, "config", "--get", "remote.origin.url")
    origin = without_password(origin) if "://" in origin else origin
    return Clone(folder, how, commit, seconds(when), origin)


def _line(folder: Path, *words: str) -> str:
    """Return the one line that git prints; "" where it prints none or fails."""
    return os.fsdecode(git(folder, *words) or b"").rstrip("\n")


@contextmanager
def laid_out(clone: Clone) -> Iterator[Workspace]:
    """Lay out the clone's commit while the block runs. Raises DlintError."""
    with TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as above:
        root = Path(above).resolve() / "repository"
        root.mkdir()
        _require_bounded(clone)
        _borrow(clone, root)
        yield Workspace(root, clone.commit, _check_out(clone, root))


def _require_bounded(clone: Clone) -> None:
    """Raise DlintError where a commit is larger than any that somebody works in."""
    # mode, kind, id and size of each file, and its name behind a tab; `BAD` for one that is lacking
    out = git(clone.folder, *clone.how, "ls-tree", "-rlz", "--full-tree", clone.commit)
    if out is None:
        raise DlintError(
            f"{clone.folder}: the files of {clone.commit[:12]} cannot be listed",
            "a partial or damaged clone; git fsck says what is wrong with it",
        )
    facts = [line.partition(b"\t")[0].split() for line in out.split(b"\0")[:-1]]
    sizes = [number(fact[-1].decode("ascii", "replace")) or 0 for fact in facts]
    if len(sizes) > MOST_FILES or sum(sizes) > MOST_BYTES:
        raise DlintError(
            f"{clone.folder}: {clone.commit[:12]} has {len(sizes)} files of {sum(sizes)} bytes,"
            f" and at most {MOST_FILES} files of {MOST_BYTES} bytes are laid out"
        )


def _borrow(clone: Clone, root: Path) -> None:
    """Make a repository at `root` that has the clone's objects, and HEAD at its commit."""
    sha = "sha1" if len(clone.commit) == SHA1_DIGITS else "sha256"
    _do(root, "init", "--quiet", "--template=", f"--object-format={sha}")
    objects, shallow = _paths(clone, "objects", "shallow")
    (root / ".git/objects/info").mkdir(exist_ok=True)
    (root / ".git/objects/info/alternates").write_bytes(os.fsencode(objects) + b"\n")
    if shallow.is_file():
        with shallow.open("rb") as file:
            cut = bounded(file, str(shallow)).decode("ascii", "replace").split()
        kept = [each for each in cut if _ID.fullmatch(each)]
        (root / ".git/shallow").write_text("".join(f"{each}\n" for each in kept))
    quiet = ("-c", "core.logAllRefUpdates=false")  # a log has a time, and `.git` may be copied
    _do(root, *quiet, "update-ref", "--no-deref", "HEAD", clone.commit)


def _paths(clone: Clone, *names: str) -> list[Path]:
    """Return where git keeps parts of a clone."""
    asked = [word for name in names for word in ("--git-path", name)]
    words = (*clone.how, "rev-parse", "--path-format=absolute", *asked)
    found = os.fsdecode(git(clone.folder, *words) or b"").splitlines()
    if len(found) != len(names):  # git gives none, or one with a break in it
        raise DlintError(f"{clone.folder}: git does not say where its {names[0]} are")
    return [Path(each) for each in found]


def _check_out(clone: Clone, root: Path) -> int:
    """Write the commit's files, all of its time; return how many the clone lacks."""
    _do(root, "read-tree", clone.commit)
    # it goes on behind a file that is not there, and says so in the end
    run(root, "checkout-index", "--all", "--force", "--quiet", variables=_NOTHING)
    return sum(not _is_dated(path, clone.when) for path in _listed(root))


def _listed(root: Path) -> Iterator[bytes]:
    """Yield the paths of the files of a commit that is laid out."""
    folder = os.fsencode(root)
    paths = (git(root, "ls-files", "-z") or b"").split(b"\0")[:-1]
    return (os.path.join(folder, path) for path in paths)  # noqa: PTH118  bytes


def _is_dated(path: bytes, when: int) -> bool:
    """Give a file the time of the commit, and tell whether it is there: a layer holds the time of
    each, and the same commit is to give the same answer.
    """
    try:
        os.utime(path, (when, when), follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):  # it is lacking
        return False
    except OSError:  # a system that does not let a link have a time
        return True
    return True


def _do(root: Path, *words: str) -> None:
    done = run(root, *words, variables=_NOTHING)
    if done is None:
        raise DlintError("git is not installed")
    if done.returncode:
        said = " ".join(os.fsdecode(done.stderr).split()).removeprefix("fatal: ")
        raise DlintError(f"git {words[0]} failed: {said}")
