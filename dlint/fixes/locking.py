"""Fixes that hold an install of Node's packages to its lock file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.findings import Fix, Safety
from dlint.fixes.append import put_behind
from dlint.installs.fits import Fit
from dlint.installs.lock_files import copied_names
from dlint.manifests.yarn import SETTINGS, TELLING, tells_newer
from dlint.reads.context_files import Reader
from dlint.text.source import Edit

if TYPE_CHECKING:
    from dlint.installs.lock_files import LockFile
    from dlint.model.build import Build
    from dlint.shell.effects import Install
    from dlint.shell.script import ShellWord
    from dlint.syntax import Run

# Words of npm and of the others that ask for something else than what the lock file says.
_KEEPS_NONE = frozenset(("--no-package-lock", "--no-save", "--force", "-f"))
_LOOSE = frozenset(("--no-frozen-lockfile", "--no-immutable", "--no-lockfile"))
# Without these `npm ci` fails where a locked package is none that another accepts as its peer.
_PEERS = frozenset(("--legacy-peer-deps", "--force", "-f"))
_NPM_INSTALLS = frozenset(("install", "i", "add", "in", "isntall"))
_INSTALLS = frozenset(("install", "i"))
# Words with which a manager does not know the flag that holds it to its lock file, or does nothing
# by it, and the command that does: Bundler updates nothing that is frozen, and of Pipenv 2026 only
# `install` knows `--deploy`.
_INSTEAD = {
    "bundler": (frozenset(("update",)), "bundle install"),
    "pipenv": (frozenset(("update", "upgrade", "--skip-lock")), "pipenv sync"),
}


def hold_to_lock(build: Build, run: Run, install: Install, lock: LockFile) -> Fix | None:
    """Hold an install to its lock file; safe where that is proved to pass. None where the lock file
    is not copied, stale, not known to fit or none of Node's, where the install has words that say
    otherwise, or says that what another stage made need not fit.
    """
    if not lock.copied or lock.loose or lock.fit in {Fit.STALE, Fit.UNPROVED}:
        return None
    edit = _edit(build, run, install, held_by(build, install, lock))
    if edit is None:
        return None
    says_otherwise = any(word.form in _LOOSE for word in install.command.args)  # for a reason
    safety = Safety.SAFE if lock.fit is Fit.GOOD and not says_otherwise else Safety.UNSAFE
    return Fix(f"install what {lock.name} says", (edit,), safety)


def held_by(build: Build, install: Install, lock: LockFile) -> str:
    """Return what holds an install to its lock file: Yarn 2 has another flag, and what updates
    packages, or leaves the lock file alone, has none.
    """
    instead, words = _INSTEAD.get(install.manager), install.command.forms
    if instead is not None and not instead[0].isdisjoint(words):
        return instead[1]
    if install.manager == "npm":
        needed = (each for each in words if each.partition("=")[0] in _PEERS)
        return " ".join((install.managed_by.held_by, *needed))
    is_newer = install.manager == "yarn" and _is_of_newer_yarn(build, lock)
    return "--immutable" if is_newer else install.managed_by.held_by


def _is_of_newer_yarn(build: Build, lock: LockFile) -> bool:
    """Tell whether a lock file, or what is beside it or comes with it, is of Yarn 2 or newer."""
    read = Reader(build.context).read
    beside = {each: read(lock.beside(each)) for each in TELLING}
    is_told = any(text is not None and tells_newer(name, text) for name, text in beside.items())
    return is_told or (lock.at is not None and SETTINGS in copied_names(lock.at))


def _edit(build: Build, run: Run, install: Install, flag: str) -> Edit | None:
    """Hold an install of Node's to its lock file by `flag`, or npm by another verb."""
    words = install.command.args
    if install.managed_by.language != "node" or any(_chooses_lock(word) for word in words):
        return None
    if install.manager == "npm":
        return _edit_of_npm(install)
    loose = next((word for word in words if word.form in _LOOSE), None)
    if loose is not None:
        return Edit(loose.span, flag)
    verb = next((word for word in words if word.text in _INSTALLS), None)
    if verb is not None:
        return put_behind(build, run, verb, flag)
    return put_behind(build, run, install.command.word, "install", flag)


def _chooses_lock(word: ShellWord) -> bool:
    return word.form.startswith(("--lockfile", "--pure-lockfile"))


def _edit_of_npm(install: Install) -> Edit | None:
    """Turn `npm install` into `npm ci`, unless it has words that the latter does not know."""
    words = install.command.args
    verb = next((word for word in words if word.text in _NPM_INSTALLS), None)
    if verb is None or any(word.form in _KEEPS_NONE for word in words):
        return None
    return Edit(verb.span, "ci")
