r"""`git clone` stores the full history in a layer, although only the latest files are used.

## What it does

Finds `git clone` without `--depth` in a layer that ships, or in a folder that a `COPY --from` takes
into one. Clones whose history a later command uses are not reported.

## Why is this bad?

The clone's `.git` folder contains every version of every file. It is pushed and pulled with the
layer. `--depth 1` fetches only the last commit; it also works with `--branch` and a branch or tag.

**Measured:** no figure, because the size of a repository is unknown before it is cloned.

## Example

```dockerfile bad
FROM debian:12.5-slim
RUN git clone https://github.com/novnc/noVNC.git /opt/novnc
```

```dockerfile good
FROM debian:12.5-slim
RUN git clone --depth 1 https://github.com/novnc/noVNC.git /opt/novnc
```

A clone that its own `RUN` deletes, or whose `.git` it deletes, costs nothing:

```dockerfile good
FROM debian:12.5-slim
RUN git clone https://github.com/novnc/noVNC.git /opt/novnc && rm -rf /opt/novnc/.git
```

## How sure

The history is certainly in the layer; its size is unknown. Clones are not reported when a later
command fetches or inspects commits, or a later `RUN` checks one out. Nor are they when a script
that the image starts with does so. A `git checkout` in the `RUN` of the clone needs the history
only once. The fix is unsafe: a script may read the history without calling git by name.

## When not to follow it

Keep the history when a build reads its version from tags, or when the image is for work on the
repository.

## Options

None.

## References

- [`git clone --depth`](https://git-scm.com/docs/git-clone)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlint import Finding, Related, Rule, Severity, fixes, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(
    __name__,
    __doc__,
    since="0.1",
    needs=(shell.Clone,),
    severity=Severity.INFO,
    fix=fixes.Safety.UNSAFE,
)


# Tools that work with the commits of their own clone: vcpkg looks older versions up in them,
# Flutter its own, and Homebrew updates itself.
_READ_THEIR_OWN = frozenset(("brew", "flutter", "vcpkg"))
_ONCE = "delete `.git` at the end of this `RUN`, or clone a branch or tag with `--depth 1 --branch`"


@rule.on(syntax.Run)
def whole_history(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report clones whose history stays in a layer that ships."""
    build = context.build
    shipped = [
        each for each in build.downloads.shipped_histories(run) if _is_whole(build, run, each[0])
    ]
    shipped = [each for each in shipped if _name(each[0]) not in _READ_THEIR_OWN]
    clones = [clone for clone, _ in shipped]
    if not clones or _is_used(build, run, clones):
        return
    what = f"{len(clones)} clones keep"
    if len(clones) == 1:
        what = f"`git clone` of {_name(clones[0])} keeps"
    is_checked_out = build.downloads.checks_out(run)
    yield Finding(
        clones[0].command,
        f"{what} the full history{shipped[0][1]}",
        help=_ONCE * is_checked_out,
        fix=None if is_checked_out else _fix(build, run, clones),
        related=tuple(_related(build, run, clones)),
    )


def _fix(build: Build, run: syntax.Run, clones: list[shell.Clone]) -> fixes.Fix | None:
    edits = []
    for clone in clones:
        word = clone.command.argument("clone")
        if word is None:
            return None
        edits.append(fixes.put_behind(build, run, word, "--depth", "1"))
    return fixes.Fix("add `--depth 1`", tuple(edits), fixes.Safety.UNSAFE)


def _related(build: Build, run: syntax.Run, clones: list[shell.Clone]) -> Iterator[Related]:
    """Yield the other clones, and deletions whose name matches but whose path does not."""
    for clone in clones[1:]:
        yield Related(clone.command, "also does this")
    names = {_last(each.destination) for each in clones}
    for delete in build.effects(run).of(shell.Delete):
        if delete.command.name != "rm":
            continue
        if _last(delete.place) in names:
            yield Related(delete, "deletes nothing: it runs in another folder")


def _last(place: shell.Place) -> str:
    return place.form.rpartition("/")[2]


def _is_whole(build: Build, run: syntax.Run, clone: shell.Clone) -> bool:
    """Tell whether the clone certainly has its full history and exists when the RUN ends."""
    if not clone.command.certain:
        return False
    if not build.mounts.is_stored(run, clone.destination.form):
        return False
    for delete in build.effects(run).of(shell.Delete):
        if _takes(delete, clone.destination):
            return False
    return True


def _takes(delete: shell.Delete, folder: shell.Place) -> bool:
    """Tell whether a deletion covers a clone or its history."""
    for word in delete.command.args:
        if ".git" in word.form.split("/"):  # rm -rf a/.git, find -name .git
            return True
    gone = delete.place.form.rstrip("/*")
    places = {folder.form[0], gone[:1]}
    if "?" in places and len(places) > 1:  # only the base image knows one of the two
        return gone.rpartition("/")[2] == _last(folder)
    return f"{folder.form}/".startswith(f"{gone}/")


def _name(clone: shell.Clone) -> str:
    return clone.form.rstrip("/").removesuffix(".git").rpartition("/")[2] or "a repository"


def _is_used(build: Build, run: syntax.Run, clones: list[shell.Clone]) -> bool:
    """Tell whether git is asked for older commits; a later RUN that clones asks about its own
    clone, if it names no other.
    """
    names = "|".join(re.escape(_last(each.destination)) for each in clones)
    named = re.compile(rf"(?<![\w-])(?:{names})(?![\w-])")
    for later in build.downloads.asking_for_commits(run):
        if later is run or named.search(later.value.text):
            return True
        if not build.effects(later).of(shell.Clone):
            return True
    return False
