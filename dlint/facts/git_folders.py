"""`.git` folders of the build context, and who takes them."""

from __future__ import annotations

import posixpath

from dlint.context.base import GIT_HEAD
from dlint.facts.ignoring import is_ignore_file_brought
from dlint.facts.volatility import FEWEST, HARDLY
from dlint.findings import Basis, Size
from dlint.syntax import Onbuild, Run, Transfer
from dlint.text.paths import within
from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.syntax import Copy

# What the ignore file takes in on purpose.
# What includes `.git`, or excludes a part of it: who chose that wants the rest.
_LEFT_IN = regex(r"(?m)^#\s{0,8}(?:\*\*/)?\.git/?[ \t\r]*$")  # a line that was taken back
_WANTED = regex(r"!(?:.*/)?\.git(?:/|$)|(?:.*/)?\.git/(?!\*)[^/]")

_BORROWS = "objects/info/alternates"  # https://git-scm.com/docs/gitrepository-layout
_SPEAKS_OF_GIT = regex(r"(?<![\w/])\.git(?![\w-])")  # a comment that names what is copied


def git_folders(build: Build) -> tuple[str, ...]:
    """Return the `.git` folders of the context that nobody asked for and that hold something."""
    ignore = build.context.ignore
    if ignore and any(map(_WANTED.match, ignore.patterns.patterns)):
        return ()
    if ignore and _LEFT_IN.search(ignore.source.text):
        return ()
    return build.fact(_every_git)


def _every_git(build: Build) -> tuple[str, ...]:
    """Return the `.git` folders of the context that hold something."""
    return tuple(
        path
        for path, entry in build.context.entries.items()
        if path.endswith(".git")
        and entry.kind == "dir"
        and _is_git(path)
        and _is_filled(build, path)
    )


def _is_git(path: str) -> bool:
    *above, name = path.split("/")
    return name == ".git" and ".git" not in above


def _is_filled(build: Build, path: str) -> bool:
    """Tell whether anything of a folder is sent: `.git/*` in the ignore file leaves it empty."""
    return build.context.entries[path].opaque or any(
        entry.kind != "dir" for entry in build.context.below(path)
    )


def git_folders_in(build: Build, transfer: Transfer) -> tuple[str, ...]:
    """Return the `.git` folders that a COPY or ADD takes from the context without naming one; none
    where an ignore file that comes later may leave them out.
    """
    folders = build.fact(git_folders)
    if not folders or _names_git(transfer) or build.fact(is_ignore_file_brought):
        return ()
    if _SPEAKS_OF_GIT.search(build.dockerfile.remarks_on(transfer)):
        return ()
    return _taken(build, transfer, folders)


def takes_git(build: Build, transfer: Transfer) -> bool:
    """Tell whether a COPY or ADD takes a `.git` folder from the context, on purpose or not."""
    return bool(_taken(build, transfer, build.fact(_every_git)))


def history_bytes(build: Build, transfer: Transfer, folders: tuple[str, ...]) -> Size:
    """Return what the `.git` folders that a COPY takes come to, compressed; unknown where one of
    them borrows its objects from another clone.
    """
    from dlint.bytes.estimate import packed_folders

    selection, entries = build.taken(transfer), build.context.entries
    if selection is None or any(f"{each}/{_BORROWS}" in entries for each in folders):
        return Size()
    return Size(packed_folders(selection, folders) or 0, Basis.MODELLED)


def git_place(build: Build, transfer: Transfer, folder: str) -> str:
    """Return where a COPY or ADD puts a `.git` of the context."""
    selection = build.taken(transfer) if "/" in folder else None
    landed = selection.entries if selection else ()
    step = build.step_of(transfer)
    place = (step.destination() if step else None) or ""
    found = (f"/{each.path}" for each in landed if each.source == folder)
    return next(found, posixpath.join(place, ".git"))


def git_carrier(build: Build, stage: Stage, transfer: Transfer, folder: str) -> Copy | None:
    """Return the COPY by which a `.git` that `transfer` brought into a stage that does not ship
    gets into an image that does; None where a RUN deletes it before, or the COPY may leave it out.
    """
    from dlint.facts.shipping import shipping
    from dlint.shell.effects import Delete
    from dlint.shell.judge import deletes

    place = git_place(build, transfer, folder)
    carrier = None if build.shipped(stage) else build.fact(shipping).carrier(stage, place)
    if carrier is None or carrier.excludes:
        return None
    later = build.runs_after(stage, transfer)
    deletions = (each for run in later for each in build.effects(run).of(Delete))
    return None if any(deletes(each, place) for each in deletions) else carrier


def is_changed_by_git(build: Build, transfer: Transfer, *, ships: bool) -> bool:
    """Tell whether there are builds that would take a COPY from a cache without its `.git`: those
    of single commits may do so, and enough commits change nothing else of it. Where no layer of it
    `ships`, that matters to what runs below it alone.
    """
    if not build.may_reuse_steps or (not ships and _reruns_anyway(build, transfer)):
        return False
    spared = _spared(build, transfer)
    return spared is None or spared


def is_changed_by_git_alone(build: Build, stage: Stage, transfer: Transfer) -> bool:
    """Tell whether commits are known that would push nothing from a COPY on without its `.git`:
    they change nothing else of it, and nothing above it runs again with each build.
    """
    from dlint.facts.volatile_uses import reruns_anyway

    is_spared = build.may_reuse_steps and _spared(build, transfer)
    return bool(is_spared) and not reruns_anyway(build, stage, transfer, transfer)


def _spared(build: Build, transfer: Transfer) -> bool | None:
    """Tell whether enough commits change nothing of a COPY but its `.git`; None where that is not
    known.
    """
    history, selection = build.history, build.taken(transfer)
    if history is None or not history.is_telling or selection is None:
        return None
    files = {landed.source for landed in selection.entries} - {GIT_HEAD}
    files |= _gone(build, transfer, history.changed)
    spared = round((1 - (history.rate(files) or 0)) * history.commits)
    return spared >= FEWEST and spared > HARDLY * history.commits


def _gone(build: Build, transfer: Transfer, changed: Iterable[str]) -> set[str]:
    """Return those of the paths that commits changed which a COPY took until they were deleted."""
    context = build.context
    sources = [build.expand(transfer, word.text) or "" for word in transfer.sources]
    folders = [posixpath.normpath(posixpath.join("/", each)) for each in sources]
    return {
        path
        for path in changed
        if path not in context.entries
        and any(within(f"/{path}", each) for each in folders)
        and not context.ignored(path)
    }


def _reruns_anyway(build: Build, transfer: Transfer) -> bool:
    """Tell whether all that runs below a COPY would run on each build without its `.git`, too: the
    next RUN has that by a mount of the whole context, or an argument that changes with each build.
    """
    from dlint.facts.volatile_uses import changes_with_each_build

    stage = build.stage_of(transfer)
    below = (i for i in (stage.instructions if stage else ()) if i.index > transfer.index)
    run = next((each for each in below if isinstance(each, Run)), None)
    if run is None:
        return False
    is_shown_all = any(mount.shows_whole_context for mount in run.mounts)
    return is_shown_all or changes_with_each_build(build, run)


def _taken(build: Build, transfer: Transfer, folders: tuple[str, ...]) -> tuple[str, ...]:
    selection = build.taken(transfer) if folders and not transfer.from_ else None
    taken = {landed.source for landed in selection.entries} if selection else set()
    return tuple(folder for folder in folders if folder in taken)


def _names_git(transfer: Transfer) -> bool:
    return any(".git" in word.text.split("/") for word in transfer.sources)


def is_git_named(build: Build) -> bool:
    """Tell whether any instruction names something of `.git`, which so has to be in the context."""
    for each in build.dockerfile.instructions:
        inner = each.inner if isinstance(each, Onbuild) else each
        match inner:
            case Transfer(from_=None) if _names_git(inner):
                return True
            case Run() if any(".git" in (mount.source or "").split("/") for mount in inner.mounts):
                return True
    return False
