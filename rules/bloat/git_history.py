r"""`git clone` brings the whole history into a layer, where only its last state is used.

Every version of every file, packed in `.git`, is often many times as large as the files themselves.
`--depth 1` fetches the last commit alone; it takes `--branch` with a branch or tag.

```dockerfile bad
FROM debian:12.5-slim
RUN git clone https://github.com/novnc/noVNC.git /opt/novnc
```

```dockerfile good
FROM debian:12.5-slim
RUN git clone --depth 1 https://github.com/novnc/noVNC.git /opt/novnc
```

A clone that its own RUN deletes again, or whose `.git` it deletes, costs nothing:

```dockerfile good
FROM debian:12.5-slim
RUN git clone https://github.com/novnc/noVNC.git /opt/novnc && rm -rf /opt/novnc/.git
```

How sure: that the history is in the layer is certain; nothing tells how large it is. Clones are
left alone where a later command checks out, fetches or looks into commits.

When not to follow it: where a build reads its version from tags, or the image is meant for work on
the repository.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlint import Finding, Related, Rule, Severity, fixes, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, severity=Severity.INFO, fix=fixes.Safety.UNSAFE)

_USES = frozenset(
    "bisect blame checkout cherry-pick describe fetch log merge pull rebase reset rev-list"
    " switch tag".split()
)
_SHALLOW = regex(r"--(?:filter|shallow-\w+|mirror|bare|reference|dissociate)\b")


@rule.on(syntax.Run)
def whole_history(run: syntax.Run, context: Context) -> Iterator[Finding]:
    """Report clones whose history stays in a layer that is pushed."""
    if "clone" not in run.value.text and not run.heredocs:
        return
    build = context.build
    stage = build.stage_of(run)
    if stage is None or not build.shipped(stage) or stage.is_for_tests:
        return
    clones = [each for each in build.effects(run).of(shell.Clone) if _is_whole(build, run, each)]
    if not clones or _is_used(build, run, clones):
        return
    words = [
        next((word for word in each.command.args if word.raw == "clone"), None) for each in clones
    ]
    edits = tuple(fixes.put_behind(build, run, word, "--depth", "1") for word in words if word)
    fix = (
        fixes.Fix("fetch the last commit alone", edits, fixes.Safety.UNSAFE)
        if len(edits) == len(clones)
        else None
    )
    what = (
        f"the clone of {_name(clones[0])} keeps its"
        if len(clones) == 1
        else f"{len(clones)} clones keep their"
    )
    related = [Related(each.command, "so does this one") for each in clones[1:]]
    names = {each.destination.form.rpartition("/")[2] for each in clones}
    deleted = (each for each in build.effects(run).of(shell.Delete) if each.command.name == "rm")
    missed = [each for each in deleted if each.place.form.rpartition("/")[2] in names]
    related += [Related(each, "deletes nothing: it runs in another folder") for each in missed]
    yield Finding(
        clones[0].command, f"{what} whole history in this layer", fix=fix, related=tuple(related)
    )


def _is_whole(build: Build, run: syntax.Run, clone: shell.Clone) -> bool:
    """Tell whether the clone is not a shallow one, and still there when the RUN ends."""
    text = " ".join(word.form for word in clone.command.args)
    if (
        clone.depth is not None
        or clone.pinned
        or "--depth" in text
        or _SHALLOW.search(text)
        or not clone.command.certain
    ):
        return False
    folder = clone.destination
    if not build.is_stored(run, folder.form):
        return False
    return not any(_takes(each, folder) for each in build.effects(run).of(shell.Delete))


def _takes(delete: shell.Delete, folder: shell.Place) -> bool:
    """Tell whether a deletion takes a clone or its history; one folder of the two may be known to
    the base alone.
    """
    gone = delete.place.form.rstrip("/*")
    if any(
        ".git" in word.form.split("/") for word in delete.command.args
    ):  # rm -rf a/.git, find -name .git
        return True
    if folder.form[0] != gone[:1] and "?" in {folder.form[0], gone[:1]}:
        return gone.rpartition("/")[2] == folder.form.rpartition("/")[2]
    return f"{folder.form}/".startswith(f"{gone}/")


def _name(clone: shell.Clone) -> str:
    return clone.form.rstrip("/").removesuffix(".git").rpartition("/")[2] or "a repository"


def _is_used(build: Build, run: syntax.Run, clones: list[shell.Clone]) -> bool:
    """Tell whether git is asked for something old; a later RUN that clones asks its own clone, if
    it names no other.
    """
    names = "|".join(re.escape(each.destination.form.rpartition("/")[2]) for each in clones)
    named = re.compile(rf"(?<![\w-])(?:{names})(?![\w-])")
    for each in (run, *(step.instruction for step in build.shipping.later(run))):
        if not isinstance(each, syntax.Run) or not ("git" in each.value.text or each.heredocs):
            continue
        apart = (
            each is not run
            and build.effects(each).of(shell.Clone)
            and not named.search(each.value.text)
        )
        for command in build.script(each).commands:
            if (
                command.name == "git"
                and not apart
                and any(word.form in _USES for word in command.args)
            ):
                return True
    return False
