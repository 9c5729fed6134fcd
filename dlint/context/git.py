"""A repository and its objects, as git tells of them; `run_git` holds git back from running
anything.
"""

from __future__ import annotations

import io
import os
import posixpath
import stat
from collections import Counter
from contextlib import suppress
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from dlint.context.lfs import LARGEST_POINTER, pointed_bytes
from dlint.context.run_git import COMPARING, Talk, git, run
from dlint.errors import DlintError
from dlint.text.paths import above
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dlint.context.base import Entry
    from dlint.context.objects import Object
    from dlint.context.walk import Walk

LINKS = 40  # links that are followed, as Linux does (path_resolution(7))
SHA1_DIGITS = 40  # of an object's id, where the repository is not one of SHA-256
UMASK_FILES = 50  # are asked for their modes
# Objects asked at once: their ids and headers fit the pipes' 64 KiB, so neither side waits for the
# other.
BATCH = 400
SMALL, KEPT = 1 << 20, 1 << 26  # bytes of a blob that is kept once read, and of all of them
# Files that are read together with one of them, where commits that follow will ask for them; a
# larger one is worth a request of its own.
AHEAD, AHEAD_LARGEST = 32, 1 << 15


class MissingObjectError(DlintError):
    """An object that the repository should have is not here, or is not what its id says."""


class Commit(NamedTuple):
    """A commit: its id, its message's first line, and when it was made, in seconds since 1970."""

    id: str
    subject: str
    when: int


class Repository:
    """A git repository and its objects; one process answers for any number of them.

    `root` is the top folder; `prefix` the folder inside it that was asked about, "" for the root
    itself.
    """

    def __init__(self, root: Path, prefix: str) -> None:
        """Open nothing yet."""
        self.root = root
        self.prefix = prefix
        self.walks: dict[tuple[str, ...], Walk] = {}  # RevisionContext's
        # RevisionContext's as well: what stood in each folder that it listed last
        self.folders: dict[tuple[str, str, bool], dict[Object, Entry]] = {}
        self.made: dict[Any, Any] = {}  # BuildContext's, for all revisions
        self.is_whole = True  # until an object is asked for that is not here
        self._trees: dict[str, tuple[Object, ...]] = {}
        self._objects: dict[bytes, Object] = {}  # what trees hold, as it is written there
        self._sizes: dict[str, int] = {}
        self._commits: set[str] = set()
        self._blobs: dict[str, bytes] = {}
        self._kept = 0
        self._ahead: dict[str, None] = {}  # files of the commits to come that nobody asked for yet
        self._talks: dict[str, Talk] = {}
        self._asked: set[str] = set()  # whether they are ignored
        self._ignored: set[str] = set()

    def resolve(self, revision: str) -> str:
        """Return the id of the commit that `revision` means; raises DlintError where it means
        none.
        """
        if revision in self._commits:
            return revision
        out = git(
            self.root,
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            f"{revision}^{{commit}}",
        )
        if out is None:
            if self.head() is None:
                raise DlintError(f"{self.root}: this repository has no commits yet")
            cut = (
                "this clone is shallow: git fetch --deepen=N brings older commits"
                if self.is_shallow
                else ""
            )
            raise DlintError(f"{self.root}: {revision!r} is not a commit of this repository", cut)
        self._commits.add(found := out.decode().strip())
        return found

    def has(self, revision: str) -> bool:
        """Tell whether `revision` means a commit of this clone."""
        try:
            self.resolve(revision)
        except DlintError:
            return False
        return True

    def read(self, identity: str) -> bytes:
        """Return an object's content; raises MissingObjectError where a partial clone lacks it:
        nothing is fetched.
        """
        found = self._blobs.get(identity)
        if found is None:
            if identity in self._ahead:
                self._read_ahead(identity)
            found = self._blobs.get(identity)
        if found is None:
            _, _, found = next(self._ask([identity]))
            if len(found) <= SMALL:
                self._keep(identity, found)
        return found

    def _look_ahead(self, files: Iterable[str]) -> None:
        """Note the files of the commits to come that are new, with their sizes."""
        new = [identity for identity in sorted(files) if identity not in self._sizes]
        sizes = self.sizes(new)
        self._ahead = {each: None for each in new if sizes.get(each, SMALL) <= AHEAD_LARGEST}

    def _read_ahead(self, identity: str) -> None:
        """Read a file of the commits to come, and others of them in the same request."""
        del self._ahead[identity]
        others = list(islice(self._ahead, AHEAD - 1))
        for each in others:
            del self._ahead[each]
        wanted = [identity, *(each for each in others if each not in self._blobs)]
        with suppress(MissingObjectError):  # of another file, it is nobody's business yet
            for name, _, content in self._ask(wanted):
                self._keep(name, content)

    def _keep(self, identity: str, content: bytes) -> None:
        """Have a blob at hand, instead of those read longest ago."""
        self._blobs[identity] = content
        self._kept += len(content)
        while self._kept > KEPT:
            self._kept -= len(self._blobs.pop(next(iter(self._blobs))))

    def open(self, identity: str) -> BinaryIO:
        """Open a blob to read; raises MissingObjectError."""
        return io.BytesIO(self.read(identity))

    def lfs_bytes(self, identity: str) -> int | None:
        """Return the size in bytes of the file that a blob stands for in Git LFS; None where it
        stands for itself.
        """
        if self.sizes([identity]).get(identity, LARGEST_POINTER) >= LARGEST_POINTER:
            return None
        return pointed_bytes(self.read(identity))

    def _ask(self, identities: Sequence[str]) -> Iterator[tuple[str, str, bytes]]:
        """Yield id, kind and content of at most `BATCH` objects; all of the answers must be
        taken.
        """
        from dlint.context.objects import LARGEST

        talk = self._talk("--batch")
        talk.ask(identities)
        bad: list[str] = []
        for identity in identities:
            head = talk.line().split()
            if len(head) != len(("id", "kind", "size")):
                bad.append(identity)
                continue
            if int(head[2]) > LARGEST:
                self._talks.pop("--batch").close()  # rather than read it all
                raise MissingObjectError(
                    f"{self.root}: git object {identity} is too large to read",
                    f"dlint reads objects of at most {LARGEST} bytes; keep the file out of the"
                    " repository, as Git LFS does",
                )
            content = talk.take(int(head[2]))
            talk.take(1)
            if _digest(head[1], content, len(identity)) != identity:
                bad.append(identity)
            else:
                yield identity, head[1].decode(), content
        if bad:
            raise self._missing(bad[0])

    def sizes(self, identities: Iterable[str]) -> Mapping[str, int]:
        """Return the sizes of blobs in bytes; one that is not here, as in a partial clone, has
        none.
        """
        wanted = [identity for identity in dict.fromkeys(identities) if identity not in self._sizes]
        for start in range(0, len(wanted), BATCH):
            part = wanted[start : start + BATCH]
            talk = self._talk("--batch-check")
            talk.ask(part)
            heads = [talk.line().split() for _ in part]  # all of them, also where one is an error
            for identity, head in zip(part, heads, strict=True):
                if len(head) == len(("id", "kind", "size")):
                    self._sizes[identity] = int(head[2])
                else:
                    self.is_whole = False
        return self._sizes

    def tree(self, identity: str) -> tuple[Object, ...]:
        """Return the entries of a tree, or of a commit's root tree, in git's order; read once."""
        found = self._trees.get(identity)
        if found is None:
            _, kind, content = next(self._ask([identity]))
            if kind == "commit":
                _, kind, content = next(self._ask([self._tree_of(identity, content)]))
            if kind != "tree":
                raise DlintError(f"{self.root}: {identity} is a {kind}, not a folder")
            self._trees[identity] = found = self._read_tree(identity, content)
        return found

    def _read_tree(self, identity: str, content: bytes) -> tuple[Object, ...]:
        from dlint.context.objects import read_tree

        try:
            return tuple(read_tree(content, len(identity) // 2, self._objects))
        except ValueError:
            raise self._missing(identity) from None

    def _tree_of(self, identity: str, commit: bytes) -> str:
        from dlint.context.objects import tree_of

        try:
            return tree_of(commit)
        except ValueError:
            raise self._missing(identity) from None

    def prefetch(self, commits: Sequence[str], path: str) -> None:
        """Read what stands below `path` in `commits`, names and sizes, in few requests: a walk
        would make many.
        """
        from dlint.context.objects import FOLDER

        with suppress(MissingObjectError):  # what is needed of it will be asked for again
            self._read_trees(commits)
            level = {
                found.id
                for commit in commits
                if (found := self.find(commit, path)) and found.mode == FOLDER
            }
            files: set[str] = set()
            while level:
                self._read_trees(sorted(level))
                inside = [item for identity in level for item in self.tree(identity)]
                files.update(item.id for item in inside if stat.S_ISREG(item.mode))
                level = {
                    item.id for item in inside if item.mode == FOLDER and item.id not in self._trees
                }
            self._look_ahead(files)

    def _read_trees(self, identities: Sequence[str]) -> None:
        roots: dict[str, str] = {}
        self._read_trees_of(identities, roots)
        self._read_trees_of(list(roots.values()), {})
        self._trees |= {
            commit: self._trees[tree] for commit, tree in roots.items() if tree in self._trees
        }

    def _read_trees_of(self, identities: Sequence[str], roots: dict[str, str]) -> None:
        """Read trees; of commits note in `roots` which theirs are."""
        wanted = [identity for identity in identities if identity not in self._trees]
        for start in range(0, len(wanted), BATCH):
            for identity, kind, content in list(self._ask(wanted[start : start + BATCH])):
                if kind == "commit":
                    roots[identity] = self._tree_of(identity, content)
                elif kind == "tree":
                    self._trees[identity] = self._read_tree(identity, content)

    def find(self, commit: str, path: str) -> Object | None:
        """Return what stands at `path` ("" is the root) of a commit; None where nothing does."""
        from dlint.context.objects import FOLDER, Object

        here = Object(FOLDER, "", commit)
        for part in filter(None, path.split("/")):
            if here.mode != FOLDER:
                return None
            below = next((item for item in self.tree(here.id) if item.name == part), None)
            if below is None:
                return None
            here = below
        return here

    def target(self, commit: str, path: str) -> str:
        """Return where a path leads inside a commit if a symbolic link stands there; itself where
        none does.
        """
        from dlint.context.objects import LINK

        for _ in range(LINKS):
            found = self.find(commit, path)
            to = os.fsdecode(self.read(found.id)) if found and found.mode == LINK else "/"
            if to.startswith("/"):
                break
            path = posixpath.normpath(posixpath.join(posixpath.dirname(path), to))
        return path

    @cached_property
    def is_shallow(self) -> bool:
        """Whether older commits are cut off."""
        return git(self.root, "rev-parse", "--is-shallow-repository") == b"true\n"

    def head(self) -> str | None:
        """Return HEAD's commit; None before the first one."""
        out = git(self.root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        return out.decode().strip() if out else None

    def changed_since(self, revision: str, path: str = "") -> bool:
        """Tell whether the working tree below `path` differs from `revision`; new files count if
        not ignored.
        """
        where = f":(literal){path}" if path else "."
        only = ("--name-only", *COMPARING, "--ignore-submodules=dirty", "-z")
        diff = git(self.root, "diff", *only, revision, "--", where, settings=self._unfiltered)
        new = git(self.root, "ls-files", "--others", "--exclude-standard", "-z", "--", where)
        return bool(diff) or bool(new) or diff is None

    @cached_property
    def _unfiltered(self) -> Mapping[str, str]:
        """Settings under which no filter is run: git would pass a file through one to compare
        it.
        """
        out = git(self.root, "config", "-z", "--name-only", "--get-regexp", r"^filter\.") or b""
        return {name: "false" if name.endswith(".required") else "" for name in _paths(out)}

    @cached_property
    def bytes_on_disk(self) -> int:
        """What the objects take up, in bytes: close to what a `.git` folder brings to an image."""
        out = git(self.root, "count-objects", "-v") or b""
        facts = dict(line.split(b": ", 1) for line in out.splitlines() if b": " in line)
        return 1024 * sum(int(facts.get(key, 0)) for key in (b"size", b"size-pack"))

    @cached_property
    def umask(self) -> int:
        """The permission bits that this checkout's files lack: those that most of the first tracked
        files lack.

        0o022 where none are checked out. Taken over by a revision, it keeps a file that did not
        change from looking as if it did.
        """
        out = git(self.root, "ls-files", "-z") or b""
        found: Counter[int] = Counter()
        for path in islice(_paths(out), UMASK_FILES):
            with suppress(OSError):
                facts = os.lstat(self.root / path)
                if stat.S_ISREG(facts.st_mode):
                    found[0o666 & ~facts.st_mode] += 1
        return found.most_common(1)[0][0] if found else 0o022

    def paths_of(self, commit: str) -> list[str]:
        """Return the paths of all files in a commit, from the root.

        Raises MissingObjectError where the clone lacks one of its trees.
        """
        out = git(self.root, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, "--")
        if out is None:
            raise self._missing(commit)
        return list(_paths(out))

    def moved_since(self, commit: str, *patterns: str) -> Mapping[str, str]:
        """Return where files that match a pattern in any case, and that git tracks now, stood in a
        commit under another name: the path then by the path now.
        """
        where = [f":(icase){pattern}" for pattern in patterns]
        only = ("--find-renames", "--diff-filter=R", "--name-status", *COMPARING, "-z")
        out = git(self.root, "diff", *only, commit, "--", *where, settings=self._unfiltered)
        fields = list(_paths(out or b""))  # `R097`, old path, new path
        return dict(zip(fields[2::3], fields[1::3], strict=False))

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor of two commits; None where none is here."""
        out = git(self.root, "merge-base", "--", one, other)
        return out.decode().strip() or None if out else None

    def named_by(self, reference: str) -> str | None:
        """Return the full name of the reference that a symbolic one such as `HEAD` or
        `refs/remotes/origin/HEAD` stands for; None where it stands for none.
        """
        out = git(self.root, "symbolic-ref", "--quiet", "--", reference)
        return out.decode().strip() or None if out else None

    def upstream(self) -> str | None:
        """Return the branch that HEAD's tracks, as `origin/main`; None where it tracks none."""
        out = git(self.root, "rev-parse", "--abbrev-ref", "--quiet", "@{upstream}")
        return out.decode().strip() or None if out else None

    def tracked(self) -> frozenset[str] | None:
        """Return the tracked paths below `prefix`, relative to it; None where git cannot tell."""
        out = git(self.root, "ls-files", "-z", "--", self._here)
        return None if out is None else frozenset(self._below(out))

    def tracked_in(self, name: str) -> frozenset[str] | None:
        """Return the tracked paths in folders of one name below `prefix`, relative to it; None
        where git cannot tell.
        """
        where = f":(glob){self._quoted}**/{name}/**"
        out = git(self.root, "ls-files", "-z", "--", where)
        return None if out is None else frozenset(self._below(out))

    def listed(self, *patterns: str) -> frozenset[str] | None:
        """Return what is tracked, or would be, below `prefix`, relative to it; None where git
        cannot tell.

        Each path matches one of `patterns`, in any case; `*` stands for folders, too.
        """
        where = [f":(icase){self._quoted}{pattern}" for pattern in patterns]
        out = git(self.root, "ls-files", "-co", "--exclude-standard", "-z", "--", *where)
        return None if out is None else frozenset(self._below(out))

    @property
    def _here(self) -> str:
        """`prefix` as a pathspec. Git starts at `root` always: further down, other files may look
        like a repository.
        """
        return f":(literal){self.prefix}" if self.prefix else "."

    def _below(self, out: bytes) -> Iterator[str]:
        above = self.above
        return (path.removeprefix(above) for path in _paths(out) if path.startswith(above))

    @property
    def _quoted(self) -> str:
        """What stands above the paths, in a pattern."""
        return "".join(f"\\{each}" if each in "*?[\\" else each for each in self.above)

    @property
    def above(self) -> str:
        """What stands before the paths of `prefix`, as seen from the root: "shop/", or ""."""
        return f"{self.prefix}/" if self.prefix else ""

    def ignored(self, paths: Iterable[str]) -> frozenset[str]:
        """Return those of `paths` (relative to `prefix`) that git's ignore files leave out; it is
        asked once for each.
        """
        wanted = frozenset(filter(None, paths))
        if new := sorted(wanted - self._asked):
            given = b"".join(os.fsencode(posixpath.join(self.prefix, path)) + b"\0" for path in new)
            out = git(self.root, "check-ignore", "-z", "--stdin", given=given)
            self._asked.update(new)
            self._ignored.update(self._below(out or b""))
        return wanted & self._ignored

    def changes(self, commits: int) -> Sequence[frozenset[str]] | None:
        """Return, newest first, what each of the last first-parent commits changed below `prefix`,
        relative to it.

        Commits that changed nothing there are left out. None where git cannot tell.
        """
        below = f"--relative={self.prefix}" if self.prefix else "--relative"
        out = self._log(commits, self._here, "--name-only", below, "--format=%x01")
        if out is None:
            return None
        parts = out.split(b"\x01")[1:]
        return [frozenset(_paths(part.lstrip(b"\0\n"))) for part in parts]

    def versions(self, path: str, commits: int) -> Sequence[tuple[str, str]]:
        """Return, newest first, the ids of a file (from the root) before and after each of the last
        first-parent commits that changed it; "" where no file stood there.
        """
        out = self._log(commits, f":(literal){path}", "--raw", "--no-abbrev", "--format=")
        # `:100644 100755 ID ID M`, path
        heads = (out or b"").decode("utf-8", "surrogateescape").split("\0")[::2]
        return [_file_ids(*head.split()[:4]) for head in heads if head]

    def _log(self, commits: int, where: str, *shown: str) -> bytes | None:
        """Return what git shows of each of the last first-parent commits that changed what is
        there, the newest first; None where git cannot tell.
        """
        return git(
            self.root,
            "log",
            "--first-parent",
            "--diff-merges=first-parent",
            f"--max-count={commits}",
            *COMPARING,
            "--no-renames",
            *shown,
            "-z",
            "--",
            where,
        )

    def deleted(self, paths: Iterable[str]) -> frozenset[str]:
        """Return those of `paths` (relative to `prefix`) at or below which a first-parent commit
        deleted a file, as far back as the clone goes.
        """
        wanted = frozenset(paths)
        if not wanted:
            return wanted
        where = [f":(literal){posixpath.join(self.prefix, path)}" for path in sorted(wanted)]
        out = git(
            self.root,
            "log",
            "--first-parent",
            "--diff-merges=first-parent",
            "--diff-filter=D",
            *COMPARING,
            "--no-renames",
            "--name-only",
            "--format=",
            "-z",
            "--",
            *where,
        )
        gone = (each for path in self._below(out or b"") for each in (path, *above(path)))
        return wanted.intersection(gone)

    def left_alone(self, paths: Iterable[str], seconds: int, commits: int) -> frozenset[str]:
        """Return those of `paths` (relative to `root`) that neither one of the last first-parent
        `commits` touched, nor any in the `seconds` before the last; none where there are fewer.
        """
        wanted = frozenset(paths)
        made = self._times(commits) if wanted else []
        if len(made) < commits:
            return frozenset()
        last, first = made[0], made[-1]
        since = f"--max-age={min(first, last - seconds)}"
        out = git(
            self.root,
            "log",
            "--first-parent",
            "--diff-merges=first-parent",
            since,
            *COMPARING,
            "--no-renames",
            "--name-only",
            "--format=",
            "-z",
            "--",
            *(f":(literal){path}" for path in sorted(wanted)),
            settings={"log.showRoot": "true"},  # where a shallow clone begins, all is new
        )
        return frozenset() if out is None else wanted.difference(_paths(out))

    def naming(self, word: str) -> list[str]:
        """Return the tracked text files that hold a word, from the root."""
        only = ("--files-with-matches", "--fixed-strings", "--word-regexp", "-I", "-z")
        out = git(self.root, "grep", "--no-textconv", *only, "-e", word, "--")
        return list(_paths(out or b""))

    def _times(self, commits: int) -> list[int]:
        """Return when the last first-parent commits were made, the newest first."""
        from dlint.context.objects import seconds

        only = ("--first-parent", f"--max-count={commits}", "--format=%ct")
        return [seconds(each) for each in (git(self.root, "log", *only) or b"").decode().split()]

    def log(self, revision: str, count: int, paths: Sequence[str]) -> list[Commit]:
        """Return the newest `count` first-parent commits up to `revision` that touch `paths`,
        oldest first.

        Raises MissingObjectError where the repository is damaged.
        """
        from dlint.context.objects import seconds

        where = [f":(literal){path}" if path else ":/" for path in paths]
        commit = self.resolve(revision)
        form = "--format=%H%x00%s%x00%ct"
        done = run(
            self.root,
            "log",
            "--first-parent",
            f"--max-count={count}",
            "-z",
            form,
            commit,
            "--",
            *where,
        )
        if done is None or done.returncode:
            why = " ".join(os.fsdecode(done.stderr).split()) if done else "git is not installed"
            raise MissingObjectError(
                f"{self.root}: git cannot list the commits: {why.removeprefix('fatal: ')}",
                "a partial or damaged clone; git fsck says what is wrong with it",
            )
        fields = os.fsdecode(done.stdout).split("\0")
        found = [
            Commit(fields[at], fields[at + 1], seconds(fields[at + 2]))
            for at in range(0, len(fields) - 2, 3)
        ]
        self._commits.update(commit.id for commit in found)
        return found[::-1]

    def renamed(self, revision: str, path: str) -> tuple[str, str] | None:
        """Return the last first-parent commit up to `revision` that moved a file to `path`, and
        where it was before.
        """
        out = git(
            self.root,
            "log",
            "--first-parent",
            "--diff-merges=first-parent",
            "--follow",
            "--max-count=1",
            "--diff-filter=R",
            "--find-renames",
            *COMPARING,
            "--name-status",
            "--format=%H",
            "-z",
            self.resolve(revision),
            "--",
            f":(literal){path}",
        )
        # COMMIT, an empty line's break, `R097`, old path, new path
        fields = os.fsdecode(out or b"").split("\0")
        if len(fields) < len(("commit", "kind", "old", "new")):
            return None
        return fields[0].strip(), fields[2]

    def close(self) -> None:
        """End the processes."""
        for talk in self._talks.values():
            talk.close()
        self._talks.clear()

    def __del__(self) -> None:
        self.close()

    def _talk(self, mode: str) -> Talk:
        found = self._talks.get(mode)
        if found is None:
            found = self._talks[mode] = Talk(self.root, "cat-file", mode)
        return found

    def _missing(self, identity: str) -> MissingObjectError:
        self.is_whole = False
        return MissingObjectError(
            f"{self.root}: git object {identity} is missing or damaged",
            "a partial or damaged clone; dlint fetches nothing: run git fetch --refetch"
            " to complete it",
        )


def _digest(kind: bytes, content: bytes, digits: int) -> str:
    """Return the id that git gives an object: git itself trusts the disk, and a repository may come
    from anywhere.
    """
    from hashlib import sha1, sha256

    data = b"%b %d\0" % (kind, len(content))
    algorithm = sha1 if digits == SHA1_DIGITS else sha256
    digest = algorithm(data, usedforsecurity=False)
    digest.update(content)
    return digest.hexdigest()


def _file_ids(was: str, mode: str, before: str, after: str) -> tuple[str, str]:
    """Return the ids of a raw diff; "" for what is no file."""
    old, new = (stat.S_ISREG(int(each.lstrip(":"), 8)) for each in (was, mode))
    return before if old else "", after if new else ""


def _paths(out: bytes) -> Iterator[str]:
    return (os.fsdecode(path) for path in out.split(b"\0") if path)
