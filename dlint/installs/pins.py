"""Which packages an install takes in whatever version is there: unpinned ones, and upgrades."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

from dlint.facts.placed import placed
from dlint.manifests.kinds import Origin, Role
from dlint.manifests.package_json import read_manager
from dlint.manifests.requirements import canonical
from dlint.model.switched_off import never_runs
from dlint.reads.arrivals import arrivals
from dlint.reads.context_files import Reader
from dlint.reads.needs import manifests_of
from dlint.shell.effects import Install, Refresh
from dlint.shell.managers import is_system_manager
from dlint.text.patterns import VARIABLE, regex
from dlint.text.source import Span
from dlint.text.units import lines, listed

if TYPE_CHECKING:
    from collections.abc import Collection

    from dlint.manifests.formats import Followed
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.project.recipes import Argument
    from dlint.shell.packages import Package
    from dlint.shell.script import ShellWord
    from dlint.syntax import Run

_ARCHIVE_OF_BRANCH = regex(
    r"/(?:archive|tarball|zipball)/(?:refs/heads/)?(?:develop|HEAD|main|master|trunk)\b"
)
# What Python's installs are done with: their newest release is wanted, and pins nothing else.
_INSTALLERS = frozenset(("build", "pip", "setuptools", "wheel"))
_ASKING_PROJECTS = frozenset(("npm", "pnpm"))
_EXACT = regex(r"=?v?\d+\.\d+\.\d+(?:[-+][\w.+-]+)?")  # a version in package.json
_FROM_FOLDERS = "--no-index"  # to pip and uv, which take from `--find-links` alone
_MOST_LINES = 5  # that a message names
_FETCHING = frozenset(("prepare", "install", "use"))  # verbs of Corepack
_RELEASE = regex(
    r"(?:npm|pnpm|yarn)@(?!v?\d+\.\d+\.\d)"
)  # of a manager that Corepack fetches, by no exact version
# Managers that run the version that a project's `packageManager` names, whichever is installed:
# pnpm since 10 (https://pnpm.io/settings#managepackagemanagerversions), and whatever Corepack runs.
_SWITCHING = regex(r"corepack(?:@.*)?|pnpm(?:@(?:latest|(?:latest-|[\^~]?)\d\d[\d.]*+))?")
# What a shell takes as the file that it redirects to, where a version is meant: `shop>=1.2`.
# Defaults of arguments that stand for no version: each build has to pass one.
_PLACEHOLDER = regex(
    r"not[-_]?set|unset|none|null|undefined|unknown|required|missing|placeholder|change[-_]?me",
    re.IGNORECASE,
)
_VERSION_AS_FILE = regex(r"=[\w.*!+${}-]+|\d+\.[\w.*]+")
# Addresses and flags by which packages are those of one day.
_SNAPSHOT = regex(r"\bsnapshot\.\w[\w-]*\.\w+/|APT::Snapshot|--snapshot\b")


def unpinned_packages(build: Build, run: Run, install: Install) -> list[Package]:
    """Return the packages of an install of which another build may take another version."""
    if _is_constrained(build, run, install) or never_runs(build, run, install.command):
        return []
    unpinned = (each for each in install.packages if _is_unpinned(install, each))
    found = [
        each for each in unpinned if not (_is_switched(build, each) or _may_be_passed(build, each))
    ]
    listed = _pinned_beside(build, run, install) if found else frozenset[str]()
    found = [each for each in found if canonical(each.name.partition("[")[0]) not in listed]
    fixed = _fixed_by_project(build, run, install) if found else frozenset[str]()
    return [each for each in found if each.version or each.name not in fixed]


def redirected_versions(install: Install) -> list[tuple[Package, Span]]:
    """Return the packages behind which the shell takes the version as a redirect, each with the
    place of both: that of `shop>=1.2` without quotes goes to a file called `=1.2`.
    """
    files = {
        each.target.span.start - len(each.operator): each.target.span.end
        for each in install.command.redirects
        if each.operator == ">" and each.fd < 0 and each.target is not None
        if _VERSION_AS_FILE.fullmatch(each.target.raw)
    }
    named = ((each, each.word.span) for each in install.packages)
    return [(each, Span(at.start, files[at.end])) for each, at in named if at.end in files]


def _is_switched(build: Build, package: Package) -> bool:
    """Tell whether a manager of Node's runs in the version that the project names instead."""
    if not _SWITCHING.fullmatch(package.text or ""):
        return False
    told = build.fact(_managers_of_projects)
    return bool(told) if package.name == "corepack" else package.name in told


def _may_be_passed(build: Build, package: Package) -> bool:
    """Tell whether each known build passes what may be a version, or a commit, as an argument in a
    package's word: whatever the default is, none of them takes it.
    """
    if build.recipes is None:
        return False
    passed = (
        build.recipes.always_passed(build.path, name) for name in VARIABLE.findall(package.word.raw)
    )
    return any(told and all(map(_may_be_version, told)) for told in passed)


def _may_be_version(passed: Argument) -> bool:
    return passed.is_put_in or any(map(str.isdigit, passed.value))


def _fixed_by_project(build: Build, run: Run, install: Install) -> frozenset[str]:
    """Return the packages that npm and pnpm install by their names alone in the version that the
    project's `package.json` names, if that is an exact one. pnpm takes what is locked of a range,
    npm the newest (tried with npm 6 to 11 and pnpm 7 to 10); Yarn has the newest in any case.
    """
    command, step = install.command, build.step_of(run)
    if step is None or install.manager not in _ASKING_PROJECTS or install.everywhere:
        return frozenset()
    flags = {each.partition("=")[0] for each in command.forms}
    folder = None if command.cwd is None else step.state.resolve(command.cwd or ".")
    if folder is None or not flags.isdisjoint(install.managed_by.directories):
        return frozenset()
    from dlint.installs.beside_locks import Beside, dependencies

    project = Beside(build, folder, build.fact(placed).before(step))
    is_locked = install.manager == "pnpm" and bool(project.text("pnpm-lock.yaml"))
    named = dependencies(project.manifest() or {})
    return frozenset(each for each in named if is_locked or _EXACT.fullmatch(named[each]))


def _pinned_beside(build: Build, run: Run, install: Install) -> frozenset[str]:
    """Return the packages whose versions the lists of the same command of pip's fix: it takes one
    version of each, whoever names it.
    """
    packages = (
        package for each in _lists_beside(build, run, install) for package in each.manifest.packages
    )
    return frozenset(canonical(each.name) for each in packages if each.version)


def loose_beside(build: Build, run: Run, install: Install) -> dict[str, int]:
    """Return how many packages each list of the same command of pip's names in no exact version;
    none where a file of constraints may fix them.
    """
    lists = _lists_beside(build, run, install)
    if any(each.role is Role.CONSTRAINT for each in lists):
        return {}
    counts = {
        each.manifest.path: sum(
            package.origin is Origin.REGISTRY and not package.version
            for package in each.manifest.packages
        )
        for each in lists
    }
    return {path: count for path, count in counts.items() if count}


def _lists_beside(build: Build, run: Run, install: Install) -> list[Followed]:
    step = build.step_of(run) if install.manager in {"pip", "uv"} and install.manifests else None
    if step is None:
        return []
    from dlint.manifests import follow

    paths = sorted(manifests_of(install, build.fact(placed).before(step)))
    read = Reader(build.context).read
    return build.keep((_lists_beside, *paths), lambda: follow(paths, read))


def leaves_own_lock(install: Install) -> bool:
    """Tell whether a program of Rust's is built by its name, without the lock file in its package
    (https://doc.rust-lang.org/cargo/commands/cargo-install.html, "Dealing with the Lockfile"). That
    a repository of git has one is not seen.
    """
    words = install.command.forms
    if install.manager != "cargo" or not install.packages or "binstall" in words:
        return False
    if any(word.partition("=")[0] == "--git" for word in words):
        return False
    locked = install.managed_by.locked
    return locked.isdisjoint(words) and not install.command.may_hold(*locked)


def unpinned_of_system(install: Install) -> list[Package]:
    """Return the packages of a distribution that an install takes in the version that its index
    names.
    """
    if install.upgrade or not is_system_manager(install.manager):
        return []
    return [
        each
        for each in install.packages
        if each.text and each.kind == "index" and each.exact is False
    ]


def unpinned_managers(build: Build, run: Run) -> list[ShellWord]:
    """Return the managers that Corepack is told to fetch in no exact version."""
    return [
        word
        for command in build.script(run).commands
        if command.name == "corepack" and command.args and command.args[0].form in _FETCHING
        for word in command.args[1:]
        if _RELEASE.match(word.form)
        and "$" not in word.form
        and word.form.partition("@")[0] not in build.fact(_managers_of_projects)
    ]


def named_by_project(build: Build, managers: Collection[str]) -> str:
    """Return how the copied `package.json`s name managers with their versions (`pnpm@9.4.0`), in
    words; "" where they do not name all of them, or not all alike.
    """
    told = build.fact(_managers_of_projects)
    named = [f"`{told[each]}`" for each in dict.fromkeys(managers) if each in told]
    return listed(named) if told.keys() >= set(managers) else ""


def _managers_of_projects(build: Build) -> dict[str, str]:
    """Return the managers that copied `package.json`s name, each in its only version."""
    paths = {
        path
        for stage in build.stages
        for arrival in build.fact(arrivals).of_stage(stage)
        for path in arrival.files.values()
        if path.rpartition("/")[2] == "package.json" and "node_modules" not in path.split("/")
    }
    read = Reader(build.context).read
    texts = (read(path) for path in sorted(paths))
    told = {found for text in texts if text and (found := read_manager(text))}
    by_name = {each.partition("@")[0]: each for each in told}
    return by_name if len(by_name) == len(told) else {}


def _is_unpinned(install: Install, package: Package) -> bool:
    """Tell whether another build may install another version of a package."""
    if not package.text or package.exact is not False or package.name in _INSTALLERS:
        return False
    if "$" in package.word.raw and _PLACEHOLDER.fullmatch((package.version or "").lstrip("=<>~!")):
        return False
    match package.kind:
        case "vcs":
            return _is_of_branch(install, package.text)
        case "url":
            return _ARCHIVE_OF_BRANCH.search(package.text) is not None
        case "index":
            is_number = package.name[:1].isdigit()  # `gem update --system 3.5.1`
            return not is_number and not _is_of_module(install, package)
    return False


def _is_of_branch(install: Install, text: str) -> bool:
    """Tell whether a repository is taken as it is now: what is checked out is not named, or not
    like a version.
    """
    if install.managed_by.revision is None:
        return False
    revision = install.managed_by.revision(text)
    return not any(each.isdigit() or each == "$" for each in revision)


def _is_of_module(install: Install, package: Package) -> bool:
    """Tell whether Go builds what has been fetched: `go install path` without `@` is of the module
    it stands in.
    """
    if install.manager != "go" or install.command.args[0].raw != "install":
        return False
    return "@" not in package.name + (package.text or "")


def _is_constrained(build: Build, run: Run, install: Install) -> bool:
    """Tell whether a file of constraints fixes the versions, or what lies in a folder does, or
    whether a flag that is not known may say so.
    """
    manager, flags = install.managed_by, [each.partition("=")[0] for each in install.command.forms]
    if _FROM_FOLDERS in flags or not set(flags).isdisjoint(manager.constraints):
        return True
    if install.command.may_hold(*manager.constraints):
        return True
    names = {*build.state(run).values, *install.command.assignments}
    return not names.isdisjoint(manager.constraint_variables)


def upgrades_everything(install: Install) -> bool:
    """Tell whether all packages of a distribution are surely upgraded, and not some by their
    names.
    """
    if not install.upgrade or install.packages or not install.command.certain:
        return False
    match install.manager:
        case "pacman":
            return False  # supports no install without it
        case "apt" | "apk":
            return not _operands(install)
        case manager:
            return is_system_manager(manager)


def is_meant(build: Build, stage: Stage, run: Run, install: Install) -> bool:
    """Tell whether an upgrade is there for security, or has to be, brings the same in each build,
    or comes when hardly anything is left.
    """
    return _is_wanted(build, run, install) or _has_upgraded(build, stage, run, install)


def _is_wanted(build: Build, run: Run, install: Install) -> bool:
    from dlint.facts.upgrades import (
        has_to_upgrade,
        is_for_security,
        is_looked_for,
        keeps_to_its_release,
    )

    return (
        is_for_security(build, run)
        or _is_of_one_day(build, run)
        or is_looked_for(build, install)
        or has_to_upgrade(build, run, install)
        or keeps_to_its_release(build, run)
    )


def _has_upgraded(build: Build, stage: Stage, run: Run, install: Install) -> bool:
    """Tell whether a RUN above has upgraded all packages already: what is left has come since."""
    above = (each for _, each in build.effects_above(Install, stage, run))
    return any(each.manager == install.manager and upgrades_everything(each) for each in above)


def upgrades_below(build: Build, stage: Stage, run: Run, install: Install) -> str:
    """Name the other upgrades of all packages by their lines behind one, in `run` and in the pushed
    images that hold its layer; "" for none.
    """
    later = filter(build.shipped_stage, build.runs_after(stage, run))
    found = {
        build.dockerfile.source.line(each.span.start)
        for user in (run, *later)
        for each in build.effects(user).of_manager(Install, install.manager)
        if each.span.start > install.span.start
        and upgrades_everything(each)
        and not _is_wanted(build, user, each)
    }
    several = "s" * (len(found) > 1)
    return f"the upgrade{several} in {lines(sorted(found), _MOST_LINES)}" if found else ""


def lacks_index(build: Build, run: Run, install: Install) -> bool:
    """Tell whether nothing has fetched an index of packages before an install: on an image that has
    none of its own, it knows of no newer ones.
    """
    stage = build.stage_of(run)
    here = takewhile(lambda each: each is not install, build.effects(run).items)
    fetched = [each for each in here if isinstance(each, Refresh)]
    if stage is not None:
        fetched += (each for _, each in build.effects_above(Refresh, stage, run))
    return all(each.manager != install.manager for each in fetched)


def _operands(install: Install) -> list[str]:
    """Return the words behind the verb that are no flags."""
    words = [word.form for word in install.command.args]
    verb = next((at for at, word in enumerate(words) if word.endswith("upgrade")), len(words))
    return [word for word in words[verb + 1 :] if not word.startswith("-")]


def _is_of_one_day(build: Build, run: Run) -> bool:
    """Tell whether packages come from the archive as it was on a day that the file names: the same
    in each build.
    """
    stage = build.stage_of(run)
    steps = [step.instruction for step in build.chain(stage)] if stage else []
    above = [each for each in steps if each.index < run.index]
    texts = [text for each in (*above, run) for text in each.texts]
    return any(map(_SNAPSHOT.search, texts))
