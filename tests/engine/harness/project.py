"""Small projects, written down as the changes of each commit, and how they are laid out as a git
repository.
"""

from __future__ import annotations

import hashlib
import io
import os
import random
import shutil
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from . import need

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EPOCH = 1_700_000_000
"""Step n of a project happens at EPOCH + 1000 n: commit dates and modification times."""


class Mode(NamedTuple):
    """The path's permission bits change."""

    bits: int


class Shared(NamedTuple):
    """The path becomes a file that its group may write, as a checkout under umask 002 makes it."""

    text: str


class Link(NamedTuple):
    """The path becomes a symbolic link."""

    target: str


class Touch(NamedTuple):
    """Only the path's modification time changes."""


class Owner(NamedTuple):
    """The path gets another owner and group, of this number."""

    number: int


class Folder(NamedTuple):
    """The path becomes a folder; git does not see it while it is empty."""


class Gone(NamedTuple):
    """The path is removed."""


Change = str | bytes | Mode | Shared | Link | Touch | Owner | Folder | Gone


class Step(NamedTuple):
    """One commit, its build and its push.

    `expect` has a string for each builder with a sign for each layer of the image, base first: `+`
    uploaded, `=` the registry has it, `m` mounted from another repository; it is empty for a
    project's first push.
    `build` goes to the build command, `dlint` to `dlint push`; in both `@IMAGE@` stands for the
    image's name with the registry's address, and `@BEFORE@` for name and tag of the image of the
    step before. `fresh` empties the builder's cache first.
    `worktree` says that dlint looks at the working tree (which has modification times and empty
    folders), not at the commit. `to` is added to the repository's name, `served` to what the web
    server has (name -> content, time of last change), and `base` is the image that
    bases/shell:NAME, the project's, is from this step on.
    """

    changes: Mapping[str, Change]
    expect: Mapping[str, str]
    build: tuple[str, ...] = ()
    dlint: tuple[str, ...] = ()
    worktree: bool = False
    fresh: bool = False
    to: str = ""
    served: Mapping[str, tuple[bytes, int]] = {}
    base: str = ""

    def expected(self, builder: str) -> str:
        """Return the expectation; BuildKit's two stores agree where nothing else is said, empty for
        no expectation.
        """
        return self.expect.get(builder) or (self.expect["docker"] if builder == "buildkit" else "")


class Project(NamedTuple):
    """A project: `shows` says what it pins down, `needs` names what not every engine has."""

    name: str
    shows: str
    steps: tuple[Step, ...]
    context: str = "ctx"
    needs: tuple[str, ...] = ()

    @property
    def dockerfile(self) -> str:
        """The Dockerfile's path in the repository."""
        return "Dockerfile" if self.context == "." else f"{self.context}/Dockerfile"

    def runs_on(self, builder: str) -> bool:
        """Tell whether the project has expectations for the builder."""
        return all(step.expected(builder) for step in self.steps[1:])

    def singles_out(self, builder: str) -> bool:
        """Tell whether the project has expectations for just this builder."""
        return any(builder in step.expect for step in self.steps)


def step(changes: Mapping[str, Change] | None = None, expect: str = "", **more: object) -> Step:
    """Write a step down: `expect` is for BuildKit's stores, buildkit= for the containerd store
    where it is another.

    Without classic= or buildah= the project is not run on that builder.
    """
    builders = {
        name: str(more.pop(name)) for name in ("buildkit", "classic", "buildah") if name in more
    }
    return Step(changes or {}, {"docker": expect, **builders}, **more)  # type: ignore[arg-type]


def noise(label: str, size: int) -> bytes:
    """Return bytes that do not compress, the same for the same label."""
    return random.Random(label).randbytes(size)  # noqa: S311 - test data


def prose(label: str, size: int) -> bytes:
    """Return about `size` bytes of words, which compress as text does, the same for the same
    label.
    """
    pick = random.Random(label)  # noqa: S311 - test data
    words = [hashlib.sha256(f"{i}".encode()).hexdigest()[: 3 + i % 7] for i in range(900)]
    lines = [" ".join(pick.choices(words, k=12)) for _ in range(max(1, size // 72))]
    return ("\n".join(lines) + "\n").encode()


def archive(files: Mapping[str, bytes]) -> bytes:
    """Return a tar of the files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(content), EPOCH
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def lay_out(
    project: Project, root: Path, names: Mapping[str, str]
) -> Iterator[tuple[int, Step, str]]:
    """Make the repository at root; yield each step's number, the step and its commit once the tree
    stands at it.

    `names` maps placeholders that stand in file contents (`@HTTP@`) to what this run calls them.
    """
    root.mkdir(parents=True)
    # An empty template keeps the sample hooks out of .git, which some projects copy into the image.
    _git(root, 0, "init", "--quiet", "--initial-branch=main", "--template=")
    for number, current in enumerate(project.steps):
        when = EPOCH + 1000 * number
        (root / project.context).mkdir(exist_ok=True)
        for path, change in current.changes.items():
            apply(root / project.context / path, change, names)
            _stamp(root / project.context, Path(path), when)
        _git(root, when, "add", "--all")
        _git(root, when, "commit", "--quiet", "--allow-empty", "--message", f"Step {number}")
        yield number, current, _git(root, when, "rev-parse", "HEAD")


def apply(path: Path, change: Change, names: Mapping[str, str]) -> None:
    """Make a change to the path; `names` maps placeholders in its text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    match change:
        case Mode(bits):
            path.chmod(bits)
        case Shared(text):
            path.write_text(text)
            path.chmod(0o664)
        case Link(target):
            path.unlink(missing_ok=True)
            path.symlink_to(target)
        case Folder():
            path.mkdir(mode=0o755)
        case Gone():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        case Touch():
            pass
        case Owner(number):
            os.chown(path, number, number)
        case _:
            new = not path.exists()
            path.write_bytes(_named(change, names) if isinstance(change, str) else change)
            if new:
                path.chmod(0o644)


def _named(text: str, names: Mapping[str, str]) -> bytes:
    for name, value in names.items():
        text = text.replace(name, value)
    return text.encode()


def _stamp(top: Path, path: Path, when: int) -> None:
    """Set the modification times of a path and of the folders above it up to the context."""
    for each in (path, *path.parents):
        if (top / each).exists() or (top / each).is_symlink():
            os.utime(top / each, (when, when), follow_symlinks=False)
            if (top / each).is_dir() and each != path:
                (top / each).chmod(0o755)


def _git(root: Path, when: int, *args: str) -> str:
    date = f"{when} +0000"
    who = {
        f"GIT_{role}_{part}": "dlint"
        for role in ("AUTHOR", "COMMITTER")
        for part in ("NAME", "EMAIL")
    }
    dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    # Fixed configuration: the machine's own could sign commits or change line ends.
    env = {
        **os.environ,
        **who,
        **dates,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    return need.run("git", "-C", root, *args, env=env).stdout.strip()
