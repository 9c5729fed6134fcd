"""Which lock file an install may keep to, and whether it fits its manifest."""

from __future__ import annotations

import posixpath
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from dlint.facts.own_bases import held_by_base
from dlint.facts.uses import likely_base
from dlint.facts.yarns import is_classic
from dlint.installs.fits import Fit
from dlint.installs.lock_fit import fit_of, is_of_npm_7
from dlint.model.stages import SCRATCH
from dlint.model.switched_off import never_runs
from dlint.project.purpose import is_for_development
from dlint.reads.arrivals import arrivals
from dlint.reads.needs import lock_names
from dlint.shell.effects import Delete, Install
from dlint.shell.judge import deletes
from dlint.syntax import Copy, Run, Transfer
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.reads.arrivals import Arrival
    from dlint.shell import Command
    from dlint.syntax import Instruction

# Words that say to write the lock file on purpose; `yarn workspaces focus` always keeps to it.
_KEEPS_OR_WRITES = frozenset(
    (
        "--package-lock-only",
        "--lockfile-only",
        "--mode=update-lockfile",
        "update-lockfile",
        "--lock",
        "focus",
    )
)
# What has a manager resolve packages, and write the lock file; with some words it does not.
_RENEWING = frozenset(("add", "generate-lockfile", "lock", "up", "update", "upgrade"))
_WRITES_NONE = frozenset(("--check", "--dry-run", "--global", "--locked", "-g"))
_CI = frozenset(("true", "1"))
_WITHOUT_LOCK = regex(
    r"(?i)\b(?:not|no|without|ignores?|skips?)\b"
    r"(?:[^\n]{0,40}\b(?:lock(?:[- ]?file)?s?|immutab(?:le|ility)|frozen)\b"
    r"|[ \t]`?(?:npm[ \t])?ci\b)"
)
_MAKES_LOCK = regex(r"\byarn\.lock\b|\byarn[ \t]+import\b")


class LockFile(NamedTuple):
    """A lock file: its name, its path in the context ("" where that is not known), what copies it,
    whether it suits its manifest, and whether to keep to it may not be meant (`loose`): a comment
    says so, or the install of one that another stage made, or the manager may be too old for it.
    """

    name: str
    path: str
    at: Transfer | None
    copied: bool
    fit: Fit = Fit.UNKNOWN
    loose: bool = False

    def beside(self, name: str) -> str:
        """Return the path in the context of a file beside it."""
        return posixpath.join(posixpath.dirname(self.path), name)


def unkept_lock_file(build: Build, run: Run, install: Install) -> LockFile | None:
    """Return the lock file that the install of a project could keep to but need not; None where
    that would make it fail.
    """
    stage = build.stage_of(run)
    names = lock_names(install.manager)
    if stage is None or not _resolves(build, run, install):
        return None
    if install.manager == "npm" and "npm" in held_by_base(build, stage).managers:
        return None  # `npm ci` would delete what is there, and store all of it again
    here = _arrived(build, stage, run)
    found = (
        _copied(here, install, names)
        or _named_by_copy(build, stage, run, install)
        or _beside_manifest(build, here, install, names)
    )
    if found is None or (found.path and _is_not_for(build, run, install, found.path, here)):
        return None
    if _is_passed_over(build, run, install, found):
        return None
    fit = fit_of(build, install, found.path, here) if found.path else Fit.UNKNOWN
    if fit is Fit.REFUSED:
        return None
    is_told = any(_goes_without(build, each) for each in (run, *_takers(here, install)))
    is_told |= _may_be_too_new(build, run, install, found.path)
    return found._replace(fit=fit, loose=found.loose or is_told)


def _is_exported(build: Build, stage: Stage, name: str) -> bool:
    """Tell whether a lock file is taken out of a stage on to nothing: a build that writes there
    what it has resolved, for the repository.
    """
    copies = (
        each
        for other in build.stages
        if other.image == SCRATCH
        for each in other.instructions
        if isinstance(each, Copy) and build.origin_of(each) is stage
    )
    return any(posixpath.basename(word.text) == name for each in copies for word in each.sources)


def missed_lock_file(build: Build, run: Run, install: Install) -> LockFile | None:
    """Return the lock file of the context that the first frozen install of Yarn 1 does not find:
    other managers fail then, and it resolves all packages.
    """
    stage = build.stage_of(run)
    if stage is None or not _is_frozen(install) or never_runs(build, run, install.command):
        return None
    above = build.effects_above(Install, stage, run)
    is_first = not any(_is_frozen(each) and each.folders == install.folders for _, each in above)
    if not is_first or not build.fact_of(is_classic, stage) or _may_have_lock(build, stage, run):
        return None
    here, names = _arrived(build, stage, run), lock_names(install.manager)
    if _copied(here, install, names):
        return None
    return _beside_manifest(build, here, install, names)


def _is_frozen(install: Install) -> bool:
    words = install.command.forms
    return install.manager == "yarn" and "--frozen-lockfile" in words and not install.packages


def _may_have_lock(build: Build, stage: Stage, run: Run) -> bool:
    """Tell whether something else than the context may bring a lock file before a RUN ends: another
    stage, or a RUN that names one.
    """
    steps = (step.instruction for step in build.chain(stage))
    above = [each for each in steps if each.index <= run.index]
    return any(isinstance(each, Transfer) and each.from_ for each in above) or any(
        isinstance(each, Run) and _MAKES_LOCK.search(each.value.text) for each in above
    )


def _may_be_set(build: Build, run: Run, install: Install) -> bool:
    """Tell whether a base of which nothing is known may have a setting that holds a manager to its
    lock file (`bundle config set frozen true`).
    """
    manager, stage = install.managed_by, build.stage_of(run)
    if stage is None or set(manager.settings.values()).isdisjoint(manager.locked_variables):
        return False
    base = likely_base(build, stage)
    return base is None or not base.is_official


def _is_passed_over(build: Build, run: Run, install: Install, lock: LockFile) -> bool:
    """Tell whether an install is not to keep to a lock file: on purpose, or for who works there, or
    to renew it.
    """
    if _is_deleted(build, run, install, lock) or _is_at_work(build, run, install, lock):
        return True
    stage = build.stage_of(run)
    if stage is None:
        return False
    return _is_exported(build, stage, lock.name) or _is_renewed(build, stage, run, install, lock)


def _is_renewed(build: Build, stage: Stage, run: Run, install: Install, lock: LockFile) -> bool:
    """Tell whether a command before the install has written a lock file again, which then fits:
    that command has resolved all.
    """
    since, folders = lock.at.index if lock.at is not None else -1, _folders(install)
    for step in build.chain(stage):
        above = step.instruction
        if not isinstance(above, Run) or not since < above.index <= run.index:
            continue
        for command in build.script(above).commands:
            if above is run and command.span.start >= install.command.span.start:
                break
            is_there = step.works_in(command) in folders
            if is_there and command.name in install.managed_by.commands and _renews(command):
                return True
    return False


def _renews(command: Command) -> bool:
    """Tell whether a command of a manager writes the lock file of the project."""
    verb = next((word for word in command.forms if not word.startswith("-")), "")
    return verb in _RENEWING and _WRITES_NONE.isdisjoint(command.forms)


def _is_deleted(build: Build, run: Run, install: Install, lock: LockFile) -> bool:
    """Tell whether a lock file is deleted before the install, on purpose: nothing is left to keep
    to.
    """
    stage = build.stage_of(run)
    since = lock.at.index if lock.at is not None else run.index
    above = build.effects_above(Delete, stage, run) if stage else ()
    gone = [each for earlier, each in above if earlier.index > since]
    gone += [
        each
        for each in build.effects(run).of(Delete)
        if each.span.start < install.command.span.start
    ]
    places = [posixpath.join(folder, lock.name) for folder in _folders(install)]
    return any(deletes(each, place) for each in gone for place in places)


def _is_at_work(build: Build, run: Run, install: Install, lock: LockFile) -> bool:
    """Tell whether an install is of an image in which people develop and which nobody pushes, and
    keeps to a lock file that fits: who edits the manifest there wants the rest as well.
    """
    is_for_work = is_for_development(build.path) and not build.is_for_use(run)
    return is_for_work and lock.copied and install.managed_by.keeps_to_lock


def _goes_without(build: Build, instruction: Instruction) -> bool:
    """Tell whether a comment on an instruction says that there is no lock file on purpose."""
    return _WITHOUT_LOCK.search(build.dockerfile.remarks_on(instruction)) is not None


def _takers(here: Sequence[Arrival], install: Install) -> Iterator[Instruction]:
    """Yield what brings the manifests of an install."""
    names = {posixpath.basename(each.form) for each in install.manifests}
    for arrival in here:
        if any(posixpath.basename(place) in names for place in arrival.files):
            yield arrival.instruction


def _is_not_for(
    build: Build, run: Run, install: Install, lock: str, here: Sequence[Arrival]
) -> bool:
    """Tell whether an install has nothing to do with a lock file, or cannot read it."""
    from dlint.installs.unchanged import reads_unchanged

    if _is_held_beside(build, run, install) or _is_installed_above(build, run, install, lock, here):
        return True
    return not reads_unchanged(build, run, install) or _is_too_new(build, run, install, lock)


def _is_held_beside(build: Build, run: Run, install: Install) -> bool:
    """Tell whether a RUN has an install that keeps to the lock file as well: one is for where the
    other cannot be, or keeps what that installed.
    """
    return any(
        beside.locked and beside.manager == install.manager and beside.folders == install.folders
        for beside in build.effects(run).of(Install)
    )


def _is_too_new(build: Build, run: Run, install: Install, lock: str) -> bool:
    """Tell whether the npm of a RUN is older than 7, which Node.js has from 15 on, and the lock
    file has what those read no longer: its third format says nothing in the terms of the first.
    """
    from dlint.facts.tools import node_version

    version = node_version(build, run) if install.manager == "npm" else None
    return version is not None and version < (15,) and is_of_npm_7(build, lock)


def _may_be_too_new(build: Build, run: Run, install: Install, lock: str) -> bool:
    """Tell whether nothing says that the npm of a RUN reads a lock file of the third format."""
    from dlint.facts.tools import is_node_untold

    is_read = install.manager != "npm" or not lock or not is_of_npm_7(build, lock)
    return not is_read and is_node_untold(build, run)


def _is_installed_above(
    build: Build, run: Run, install: Install, lock: str, here: Sequence[Arrival]
) -> bool:
    """Tell whether a RUN above has installed the same manifests by the same lock file: it has kept
    to that, or is to be told of instead.
    """
    stage = build.stage_of(run)
    manifests = _manifests(here, install)
    for earlier, done in build.effects_above(Install, stage, run) if stage else ():
        if done.manager != install.manager or done.packages or done.folders != install.folders:
            continue
        owner = build.stage_of(earlier)
        there = _arrived(build, owner, earlier) if owner else []
        found = _copied(there, done, lock_names(done.manager))
        if found and found.path == lock and _manifests(there, done) == manifests:
            return True
    return False


def _manifests(here: Sequence[Arrival], install: Install) -> set[str]:
    """Return the manifests that have been copied, wherever to."""
    names = {posixpath.basename(each.form) for each in install.manifests}
    return {
        path for arrival in here for path in arrival.files.values() if path.split("/")[-1] in names
    }


def _arrived(build: Build, stage: Stage, run: Run) -> list[Arrival]:
    """Return what is there when a RUN begins, by COPYs and by its own mounts."""
    found = build.fact(arrivals)
    steps = [step for step in build.chain(stage) if step.instruction is run]
    mounted = [each for step in steps for each in found.mounted(step, run)]
    return [*found.before(stage, run), *mounted]


def _copied(here: Sequence[Arrival], install: Install, names: Iterable[str]) -> LockFile | None:
    """Find the lock file that arrived last."""
    places = [posixpath.join(folder, name) for folder in _folders(install) for name in names]
    for arrival in reversed(here):
        if arrival.files.keys().isdisjoint(places):
            continue
        path = next((arrival.files[place] for place in places if place in arrival.files), None)
        if path:
            at = arrival.instruction if isinstance(arrival.instruction, Transfer) else None
            return LockFile(posixpath.basename(path), path, at, copied=True)
    return None


def _folders(install: Install) -> list[str]:
    """Return where the lock file may stand: for cargo also above the project, with the workspace
    that it is part of.
    """
    folders = sorted(install.folders)
    if install.manager == "cargo":
        folders += [str(parent) for folder in folders for parent in PurePosixPath(folder).parents]
    return folders


def _named_by_copy(build: Build, stage: Stage, run: Run, install: Install) -> LockFile | None:
    """Find a COPY that names a lock file and takes it from another stage. One that the context
    lacks is none: nobody knows whether it fits, nor which version of its manager reads it.
    """
    is_anywhere = build.fact(arrivals).doubtful
    there = {path.rpartition("/")[2] for path in build.context.entries}
    wanted = {name for name in lock_names(install.manager) if is_anywhere or name in there}
    is_told_loose = any(word.startswith("--no-") for word in install.command.forms)
    naming = build.fact(_copies_by_name)(stage)
    above = {
        at: copy
        for name in wanted
        for at, copy in naming.get(name, ())
        if copy.index <= run.index and copy.from_
    }
    if not above:
        return None
    copy = above[max(above)]
    name = min(wanted & copied_names(copy))
    return LockFile(name, "", copy, copied=True, loose=is_told_loose)


def _copies_by_name(build: Build) -> Callable[[Stage], Mapping[str, list[tuple[int, Transfer]]]]:
    """Return what lists the COPYs of a stage's chain by the names of their sources, each with its
    place in the chain.
    """

    @cache
    def copies(stage: Stage) -> Mapping[str, list[tuple[int, Transfer]]]:
        found: dict[str, list[tuple[int, Transfer]]] = {}
        for at, step in enumerate(build.chain(stage)):
            if isinstance(step.instruction, Transfer):
                for name in copied_names(step.instruction):
                    found.setdefault(name, []).append((at, step.instruction))
        return found

    return copies


def copied_names(copy: Transfer) -> set[str]:
    """Return the last parts of what a COPY names."""
    return {word.text.strip("\"'").rpartition("/")[2] for word in copy.sources}


def _beside_manifest(
    build: Build, here: Sequence[Arrival], install: Install, names: Iterable[str]
) -> LockFile | None:
    """Find a lock file that stays in the context, beside a manifest that was copied."""
    manifests = {posixpath.basename(each.form) for each in install.manifests}
    copied = (
        path
        for arrival in here
        for place, path in arrival.files.items()
        if posixpath.basename(place) in manifests and posixpath.dirname(place) in install.folders
    )
    for manifest in copied:
        beside = [posixpath.join(posixpath.dirname(manifest), name) for name in names]
        lock = next((each for each in beside if each in build.context.entries), None)
        if lock:
            return LockFile(posixpath.basename(lock), lock, None, copied=False)
    return None


def _resolves(build: Build, run: Run, install: Install) -> bool:
    """Tell whether an install of a project is free to choose versions."""
    if install.locked is not False or install.packages or install.everywhere:
        return False
    words = install.command.forms
    if not _KEEPS_OR_WRITES.isdisjoint(words) or _is_of_named(install):
        return False
    if _is_unheld(build, run, install) or never_runs(build, run, install.command):
        return False
    if _may_be_set(build, run, install):
        return False
    match install.manager:
        case "yarn" | "pnpm" if build.state(run).values.get("CI", "").lower() in _CI:
            return any(word.startswith("--no-") for word in words)
    return bool(install.managed_by.held_by)


def _is_of_named(install: Install) -> bool:
    """Tell whether an install is told of another project file than what its manager looks for, and
    so keeps to another lock file.
    """
    own = frozenset(install.managed_by.named_files)
    return bool(own) and own.isdisjoint(posixpath.basename(each.form) for each in install.manifests)


def _is_unheld(build: Build, run: Run, install: Install) -> bool:
    """Tell whether nothing holds the manager that a RUN finds to its lock file: it is too old."""
    from dlint.facts.tools import node_version

    ranges = install.managed_by.unheld
    version = node_version(build, run) if ranges else None
    return version is not None and any(first <= version < end for first, end in ranges)
