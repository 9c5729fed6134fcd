"""A COPY that takes `.git` along is another one at every commit, and carries the whole history.

Git writes into `.git` at each commit, fetch and checkout. A COPY whose source holds it is therefore
never found in the cache after a commit, not even after an empty one or one that touches only what
the ignore file leaves out: it and all steps after it run again and are uploaded again. In a stage
that ships, the image carries the whole history besides, with all that was ever deleted from it.

```context
.git/HEAD: ref: refs/heads/main
.git/objects/pack/pack-1.pack 3MB
requirements.txt
app.py
```

```dockerfile bad
FROM python:3.12.4-slim
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
CMD ["python", "app.py"]
```

The fix leaves the Dockerfile as it is and writes a line of the ignore file:

```context
.git/HEAD: ref: refs/heads/main
.git/objects/pack/pack-1.pack 3MB
.dockerignore: .git
requirements.txt
app.py
```

```dockerfile good
FROM python:3.12.4-slim
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
CMD ["python", "app.py"]
```

How sure: what the COPY takes is known from the context and its ignore file. Silent where `.git` is
named on purpose, in the COPY or after a `!` in the ignore file, where it is a file (a submodule, a
linked working tree), and where a step of a stage that doesn't ship calls git. An info where a
Makefile or the like, which a step may use, asks git. The fix is safe where no step can ask git; `go
build`, scripts and build tools might.

When not to follow it: where the history is what the image is for. A build that asks git for its
version can have `.git` for that step alone: `RUN --mount=type=bind,source=.git,target=.git make`,
which stores nothing; or a build argument, which spares the step as well.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING

from dlint import Cost, DlintError, Finding, Rule, Severity, facts, fixes, regex, shell, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint import Build, Context

rule = Rule(__name__, __doc__, severity=Severity.ERROR, fix=fixes.Safety.SAFE)


class Use(IntEnum):
    """How sure it is that a later step asks git."""

    NONE = 0
    POSSIBLE = 1  # a program that may do anything
    LIKELY = 2  # a file that such a program may read speaks of git
    SURE = 3  # the step itself calls git


@rule.on(syntax.Transfer)
def git_folder(transfer: syntax.Transfer, context: Context) -> Iterator[Finding]:
    """Report a COPY or ADD of a folder that holds a `.git`."""
    build = context.build
    folders = build.fact(_git_folders)
    stage = build.stage_of(transfer)
    if (
        not folders
        or transfer.from_
        or stage is None
        or not build.live(stage)
        or _names_git(transfer)
    ):
        return
    selection = build.taken(transfer)
    taken = {landed.source for landed in selection.entries} if selection else set()
    found = [folder for folder in folders if folder in taken]
    if selection is None or not found:
        return
    ships = build.shipped(stage)
    use = _use(build, stage, transfer)
    if use is Use.SURE and not ships:
        return
    cost = None
    if ships:
        inside = {
            path for path in taken if any(path.startswith(f"{folder}/") for folder in found)
        } | set(found)
        size = build.packed_bytes(selection, inside)
        cost = Cost.modelled(size, size) if size is not None else None
    yield Finding(
        transfer,
        f"`{transfer.name}` takes `{found[0]}` along: {_effect(ships=ships)}{_advice(use)}",
        cost=cost,
        fix=_fix(build, found, max(use, build.fact(_use_anywhere))),
        severity=(
            Severity.INFO
            if use is Use.LIKELY and not ships
            else None
            if ships
            else Severity.WARNING
        ),
    )


def _git_folders(build: Build) -> tuple[str, ...]:
    """Return the `.git` folders of the context that nobody asked for."""
    ignore = build.context.ignore
    if ignore and any(
        re.match(r"!(?:.*/)?\.git(?:/|$)", pattern) for pattern in ignore.patterns.patterns
    ):
        return ()
    entries = build.context.entries.items()
    return tuple(
        path
        for path, entry in entries
        if path.endswith(".git") and _is_git(path) and entry.kind == "dir"
    )


def _is_git(path: str) -> bool:
    parts = path.split("/")
    return parts[-1] == ".git" and ".git" not in parts[:-1]


def _names_git(transfer: syntax.Transfer) -> bool:
    return any(".git" in word.text.split("/") for word in transfer.sources)


def _effect(*, ships: bool) -> str:
    if ships:
        return (
            "the image carries the history, and every commit makes this layer and all after it anew"
        )
    return "every commit, also one that changes nothing else, runs it and all steps after it again"


def _advice(use: Use) -> str:
    if use < Use.LIKELY:
        return ""
    return "; the step that asks git can have it by `RUN --mount=type=bind,source=.git,target=.git`"


def _fix(build: Build, folders: list[str], use: Use) -> fixes.Fix | None:
    if use >= Use.LIKELY:
        return None
    edits = fixes.leave_out(
        build, [".git" if folder == ".git" else "**/.git" for folder in folders[:1]]
    )
    safety = fixes.Safety.UNSAFE if use else fixes.Safety.SAFE
    return (
        fixes.Fix("leave .git out of the build context", edits, safety)
        if edits and len(folders) == 1
        else None
    )


_ASKS = (
    "describe|rev-parse|rev-list|log|show|status|diff|tag|branch|ls-files|submodule|blame|archive"
    "|symbolic-ref|name-rev"
)
_ASKS_GIT = regex(rf"\bgit\s+(?:-\S+\s+)*(?:{_ASKS})\b")
_VERBS = frozenset(_ASKS.split("|"))
# What needs a repository as well; after a clone, that is hardly the context's.
_WORKS_IN = frozenset(
    (
        "add",
        "checkout",
        "clean",
        "commit",
        "fetch",
        "gc",
        "pull",
        "reset",
        "restore",
        "stash",
        "switch",
    )
)
# What takes a package's version from git.
_SCM = regex(
    r"setuptools[-_]scm|versioneer|hatch-vcs|\bpbr\b|dunamai|dynamic-versioning|flit[-_]scm|source"
    r" *= *.scm"
)
_PLUGINS = regex(
    r"vergen|git-commit-id|gitversion|git-version|buildnumber-maven|axion-release|nebula.*git|gittools|minver"
)
_PYTHON = ("pyproject.toml", "setup.py", "setup.cfg")
# What a build tool reads first.
_READS = {
    "make": ("Makefile", "makefile", "GNUmakefile"),
    "npm": ("package.json",),
    "yarn": ("package.json",),
    "pnpm": ("package.json",),
    "bun": ("package.json",),
    "mvn": ("pom.xml",),
    "mvnw": ("pom.xml",),
    "gradle": ("build.gradle", "build.gradle.kts"),
    "gradlew": ("build.gradle", "build.gradle.kts"),
    "cargo": ("build.rs",),
    "cmake": ("CMakeLists.txt",),
    "rake": ("Rakefile",),
    "just": ("justfile",),
    "task": ("Taskfile.yml",),
    "mage": ("magefile.go",),
}


def _use(build: Build, stage: facts.Stage, transfer: syntax.Transfer) -> Use:
    """Tell whether a step after `transfer` asks git for something."""
    found = Use.NONE
    for each in build.stages:
        if stage not in each.ancestors():
            continue
        for instruction in each.instructions:
            if (
                isinstance(instruction, syntax.Run)
                and instruction.index > transfer.index
                and found < Use.SURE
            ):
                found = max(found, _asks(build, instruction))
    return found


def _use_anywhere(build: Build) -> Use:
    """Tell whether any step that has `.git`, by a COPY or a mount, asks git: the ignore file is for
    all.
    """
    folders = set(build.fact(_git_folders))
    found = Use.NONE
    for stage in filter(build.live, build.stages):
        for each in stage.instructions:
            if isinstance(each, syntax.Run) and any(
                mount.type == "bind" and not mount.from_ for mount in each.mounts
            ):
                found = max(found, _asks(build, each))
            elif isinstance(each, syntax.Transfer) and not each.from_:
                selection = build.selection(each)
                if selection and any(landed.source in folders for landed in selection.entries):
                    found = max(found, _use(build, stage, each))
    return found


def _asks(build: Build, run: syntax.Run) -> Use:
    script = build.script(run)
    if not script.parsed:
        return Use.SURE if _ASKS_GIT.search(run.script.text) else Use.POSSIBLE
    effects = build.effects(run)
    verbs = _VERBS if effects.of(shell.Clone) else _VERBS | _WORKS_IN
    if any(
        command.name == "git" and any(word.text in verbs for word in command.args)
        for command in script.commands
    ):
        return Use.SURE
    found = Use.NONE
    for effect in effects.items:
        if (
            isinstance(effect, shell.Install)
            and effect.projects
            and facts.family(effect.manager) == "python"
        ):
            found = max(found, _reading(build, _PYTHON, _SCM))
        if isinstance(effect, shell.Unknown) or (
            isinstance(effect, shell.Install) and effect.hidden
        ):
            found = max(found, Use.POSSIBLE, _told(build, effect.command))
    return found


def _told(build: Build, command: shell.Command) -> Use:
    """Look into what a program is told to do: its makefile, or the script itself."""
    script = command.word.form.removeprefix("./").lstrip("/")
    operands = [
        word.form.removeprefix("./")
        for word in command.args
        if "/" in word.form or "." in word.form
    ]
    return _reading(build, (*_READS.get(command.name, ()), script, *operands), _PLUGINS)


def _reading(build: Build, paths: tuple[str, ...], more: re.Pattern[str]) -> Use:
    for path in paths:
        entry = build.context.entries.get(path)
        if entry is None or entry.kind != "file" or entry.size > _LARGE:
            continue
        try:
            text = build.context.read(path).decode("utf-8", "replace")
        except DlintError:
            continue
        if _ASKS_GIT.search(text) or more.search(text):
            return Use.LIKELY
    return Use.NONE


_LARGE = 1 << 18  # bytes; no makefile is so large
