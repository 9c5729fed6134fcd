"""Which repository a folder is in. Most of what asks is content with none: git's own module, and
that which runs git, are loaded where there is one.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dlint.context.git import Repository

# What `why_not` says where there is no repository, and how git says so; anything else is a reason
# of its own.
NOWHERE, NOWHERE_BY_GIT = "not in a git repository", "not a git repository"
# What git is asked in the folder that holds a `.git`, and its answer where the working tree is that
# folder.
_WHERE, _HERE = ("rev-parse", "--is-inside-work-tree", "--show-cdup"), b"true\n\n"


def why_not(folder: Path) -> str:
    """Say why git tells nothing of `folder`: above all, a repository of another user may be
    there.
    """
    from dlint.context.run_git import run

    top = next(_tops(folder.resolve()), None)
    if top is None:
        return NOWHERE
    done = run(top, *_WHERE)
    if done is None:
        return "git is not installed"
    said = " ".join(os.fsdecode(done.stderr).split())
    if done.returncode == 0 and done.stdout != _HERE:
        return "its repository keeps its working tree elsewhere (core.worktree)"
    if not said or NOWHERE_BY_GIT in said:
        return NOWHERE
    return f"git does not open its repository: {said.removeprefix('fatal: ')}"


def tells_of(top: Path) -> bytes | None:
    """Ask git in a folder that holds a `.git`; None where it does not open that."""
    from dlint.context.run_git import git

    return git(top, *_WHERE)


def find_repository(
    folder: Path, ask: Callable[[Path], bytes | None] = tells_of
) -> Repository | None:
    """Return the repository whose working tree holds `folder`; None where there is none, or it is
    not told. `ask` may know what `tells_of` gives.

    It is the one of the nearest `.git` above, and its working tree is where that stands, whatever
    its settings say: git itself would also take ordinary files, HEAD and config and objects/, for a
    bare repository, and `core.worktree` for a way out.
    """
    folder = folder.resolve()
    for top in _tops(folder):
        out = ask(top)
        if out is None:
            return None
        if out == _HERE:
            from dlint.context.git import Repository

            inside = folder.relative_to(top)
            return (
                None
                if ".git" in inside.parts
                else Repository(top, "" if folder == top else inside.as_posix())
            )
    return None


def _tops(folder: Path) -> Iterator[Path]:
    """Yield the folders from here up that hold a `.git`; git itself is asked in no other one."""
    return (each for each in (folder, *folder.parents) if (each / ".git").exists())
