"""Which commit a change is compared with, in words too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from dlint.context.git import Repository

HEAD = "HEAD"
MERGE_BASE = "..."  # after a revision: what git calls its merge base with HEAD
# Where a change goes to, where nobody says it: what the remote calls its default branch, or else
# the names that most give theirs.
REMOTE_DEFAULT = "refs/remotes/origin/HEAD"
REMOTE, LOCAL = ("origin/main", "origin/master"), ("main", "master")
SHORT = 10  # digits of a commit's id that are shown
UNSHALLOW = (
    "set `fetch-depth: 0` for actions/checkout or `GIT_DEPTH: 0` for GitLab, or run"
    " git fetch --unshallow"
)


class BaseRevision(NamedTuple):
    """A commit, and what it was found by: a revision, or the merge base with one."""

    commit: str
    revision: str
    is_merge_base: bool = False

    def __str__(self) -> str:
        """`1f0c2ab345 (merge base with origin/main)`."""
        short = self.commit[:SHORT]
        if self.commit.startswith(self.revision):
            return short
        return f"{short} ({'merge base with ' * self.is_merge_base}{self.revision})"


def base_revision(repository: Repository, word: str | None) -> BaseRevision:
    """Return what `word` means, or else the commit at which the branch left the default one.

    Raises DlintError where the commit is not here, as in a shallow clone.
    """
    if word is None:
        branch = _default(repository)
        if branch is None:
            return BaseRevision(_commit(repository, HEAD), HEAD)
        return merge_base(repository, branch)
    if word.endswith(MERGE_BASE):
        return merge_base(repository, word)
    return BaseRevision(_commit(repository, word), word)


def _commit(repository: Repository, revision: str) -> str:
    try:
        return repository.resolve(revision)
    except DlintError as error:
        if repository.head() is None:
            raise
        hint = f"this clone is shallow: {UNSHALLOW}" if repository.is_shallow else error.hint
        message = f"{revision}: the commit to compare with is not in this clone"
        raise DlintError(
            message, hint or "git fetch origin brings the branches of origin"
        ) from None


def merge_base(repository: Repository, word: str) -> BaseRevision:
    """Return the commit at which HEAD left `word`: that itself where HEAD is built on it.

    Raises DlintError where the commit is not here, as in a shallow clone.
    """
    revision = word.removesuffix(MERGE_BASE) or HEAD
    commit = _commit(repository, revision)
    found = repository.merge_base(HEAD, commit)
    if found is None:
        what = f"no common commit of HEAD and {revision} ({commit[:SHORT]}) is in this clone"
        hint = UNSHALLOW if repository.is_shallow else "name the commit to compare with"
        raise DlintError(what, hint)
    return BaseRevision(found, revision, is_merge_base=True)


def _default(repository: Repository) -> str | None:
    """Return the branch that a change is merged into: the one that is tracked, unless that is the
    branch itself, or else the default one. None where there is no other than HEAD's.
    """
    here = (repository.named_by(HEAD) or "").removeprefix("refs/heads/")
    tracked = repository.upstream() or ""
    remote = (repository.named_by(REMOTE_DEFAULT) or "").removeprefix("refs/remotes/")
    is_own = tracked.partition("/")[2] == here
    for name in ("" if is_own else tracked, remote, *REMOTE, *LOCAL):
        if name and name != here and repository.has(name):
            return name
    if repository.is_shallow:
        raise DlintError("this shallow clone holds no branch to compare with", UNSHALLOW)
    return None
