"""Whether a step asks git for something: by itself, or by what a program reads of the context."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.facts.needs import family
from dlint.model.stages import runs_after
from dlint.shell.effects import Clone, Install, Unknown
from dlint.syntax import Run, Transfer
from dlint.text.patterns import regex

if TYPE_CHECKING:
    import re

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell.effects import Effect
    from dlint.shell.script import Command, Script

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
_LARGE = 1 << 18  # bytes; no makefile is so large
# What the ignore file takes in on purpose.
_WANTED = regex(r"!(?:.*/)?\.git(?:/|$)")


class GitUse(IntEnum):
    """How sure it is that a step asks git."""

    NONE = 0
    POSSIBLE = 1  # a program that may do anything
    LIKELY = 2  # a file that such a program may read speaks of git
    SURE = 3  # the step itself calls git

    @property
    def is_sure(self) -> bool:
        """Whether the step itself calls git."""
        return self is GitUse.SURE

    @property
    def is_possible(self) -> bool:
        """Whether the step calls something that may ask git."""
        return self >= GitUse.POSSIBLE

    @property
    def is_likely(self) -> bool:
        """Whether the step calls git, or a program that is told to."""
        return self >= GitUse.LIKELY


def git_folders(build: Build) -> tuple[str, ...]:
    """Return the `.git` folders of the context that nobody asked for."""
    ignore = build.context.ignore
    if ignore and any(map(_WANTED.match, ignore.patterns.patterns)):
        return ()
    return tuple(
        path
        for path, entry in build.context.entries.items()
        if path.endswith(".git") and entry.kind == "dir" and _is_git(path)
    )


def _is_git(path: str) -> bool:
    *above, name = path.split("/")
    return name == ".git" and ".git" not in above


def git_folders_in(build: Build, transfer: Transfer) -> tuple[str, ...]:
    """Return the `.git` folders that a COPY or ADD takes from the context without naming one."""
    folders = build.fact(git_folders)
    if not folders or transfer.from_ or _names_git(transfer):
        return ()
    selection = build.taken(transfer)
    taken = {landed.source for landed in selection.entries} if selection else set()
    return tuple(folder for folder in folders if folder in taken)


def _names_git(transfer: Transfer) -> bool:
    return any(".git" in word.text.split("/") for word in transfer.sources)


def git_use_after(build: Build, stage: Stage, transfer: Transfer) -> GitUse:
    """Tell whether a RUN after `transfer` asks git for something, in `stage` or on top of it."""
    later = runs_after(build.stages, stage, transfer)
    return max((_use(build, run) for run in later), default=GitUse.NONE)


def git_use(build: Build) -> GitUse:
    """Tell whether any step that has `.git`, by a COPY or a mount, asks git."""
    folders = set(build.fact(git_folders))
    found = GitUse.NONE
    for stage in filter(build.live, build.stages):
        for each in stage.instructions:
            if isinstance(each, Run) and _mounts_context(each):
                found = max(found, _use(build, each))
            elif isinstance(each, Transfer) and _takes_one_of(build, each, folders):
                found = max(found, git_use_after(build, stage, each))
    return found


def _mounts_context(run: Run) -> bool:
    return any(mount.type == "bind" and not mount.from_ for mount in run.mounts)


def _takes_one_of(build: Build, transfer: Transfer, folders: set[str]) -> bool:
    selection = None if transfer.from_ else build.selection(transfer)
    return selection is not None and any(landed.source in folders for landed in selection.entries)


def _use(build: Build, run: Run) -> GitUse:
    """Tell whether a RUN asks git."""
    script = build.script(run)
    if not script.parsed:
        return GitUse.SURE if _ASKS_GIT.search(run.script.text) else GitUse.POSSIBLE
    effects = build.effects(run)
    verbs = _VERBS if effects.of(Clone) else _VERBS | _WORKS_IN
    if _calls_git(script, verbs):
        return GitUse.SURE
    return max((_use_of(build, each) for each in effects.items), default=GitUse.NONE)


def _calls_git(script: Script, verbs: frozenset[str]) -> bool:
    return any(
        command.name == "git" and any(word.text in verbs for word in command.args)
        for command in script.commands
    )


def _use_of(build: Build, effect: Effect) -> GitUse:
    """Tell whether an install, or a program that may do anything, asks git."""
    match effect:
        case Install(hidden=True) | Unknown():
            found = max(GitUse.POSSIBLE, _read_by(build, effect.command))
        case _:
            found = GitUse.NONE
    match effect:
        case Install(manager=manager, projects=[_, *_]) if family(manager) == "python":
            return max(found, _mentioned(build, _PYTHON, _SCM))
    return found


def _read_by(build: Build, command: Command) -> GitUse:
    """Look into what a program reads: its makefile, or the script itself."""
    script = command.word.form.removeprefix("./").lstrip("/")
    operands = [
        word.form.removeprefix("./")
        for word in command.args
        if "/" in word.form or "." in word.form
    ]
    return _mentioned(build, (*_READS.get(command.name, ()), script, *operands), _PLUGINS)


def _mentioned(build: Build, paths: tuple[str, ...], more: re.Pattern[str]) -> GitUse:
    """Tell whether one of these files of the context asks git, or names a program that does."""
    for path in paths:
        entry = build.context.entries.get(path)
        if entry is None or entry.kind != "file" or entry.size > _LARGE:
            continue
        try:
            text = build.context.read(path).decode("utf-8", "replace")
        except DlintError:
            continue
        if _ASKS_GIT.search(text) or more.search(text):
            return GitUse.LIKELY
    return GitUse.NONE
