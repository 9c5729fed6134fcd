"""Which Yarn a RUN calls, and where the first one keeps the cache of root: not in its home, where
mounts are made for it.

Measured with yarn 1.22.22: `yarn cache dir` of root says /usr/local/share/.cache/yarn/v6. And with
yarn 4.18.1: `yarn install` takes no notice of NODE_ENV; where a project says `enableGlobalCache:
false`, the default of Yarn 2 and 3, packages are kept in .yarn/cache and in ~/.yarn/berry/cache, of
which `yarn cache clean` empties the first alone, and with `--all` both.
"""

from __future__ import annotations

import posixpath

from dlint.errors import DlintError
from dlint.facts.placed import placed
from dlint.facts.uses import base_reference
from dlint.manifests.yarn import SETTINGS, TELLING, tells_newer
from dlint.reads.context_files import Reader
from dlint.reads.needs import manifests_of
from dlint.shell import CacheKept, CacheLeft, Install
from dlint.shell.managers import manager_named
from dlint.text.paths import within
from dlint.text.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dlint.model.build import Build
    from dlint.model.mounts import Mounted
    from dlint.model.stages import Stage
    from dlint.shell import Command
    from dlint.syntax import Run

_COMMANDS = frozenset(("yarn", "yarnpkg"))
_PLACE = "/usr/local/share/.cache/yarn"
_LOCK = b"# yarn lockfile v1"
# What brings another Yarn than the one of Node's images, and what says where a cache is.
_OTHER = regex(
    r"\bcorepack\b|\byarn(?:pkg)?@|\bset version\b|\.yarn/|cache[-_]?folder|CACHE_FOLDER"
)
_SETTINGS = frozenset((".yarnrc", SETTINGS))
_MOST = 50  # files that are read; so many projects are of several minds


def is_newer_yarn(build: Build, run: Run, command: Command) -> bool:
    """Tell whether a command of a RUN surely calls Yarn 2 or newer, by its own words or by what the
    project says that it installs.
    """
    if _COMMANDS.isdisjoint((command.name, *command.forms[:1])):  # Corepack starts it, too
        return False
    loading = manager_named("yarn").loading
    if loading is not None and not loading.words.isdisjoint(command.forms):
        return True
    # many ask of the same command
    return build.keep(
        (is_newer_yarn, command.span), lambda: _is_project_of_newer(build, run, command)
    )


def _is_project_of_newer(build: Build, run: Run, command: Command) -> bool:
    installs, step = build.effects(run).of_command(Install, command), build.step_of(run)
    if not installs or step is None:
        return False
    read = Reader(build.context).read
    return any(
        tells_newer(posixpath.basename(path), read(path) or b"")
        for path in manifests_of(installs[0], build.fact(placed).before(step))
        if posixpath.basename(path) in TELLING
    )


def brings_development(build: Build, run: Run, install: Install) -> bool | None:
    """Tell whether an install of a RUN brings what development needs; None where there is no such
    notion. Yarn 2 and newer leave it out for no variable.
    """
    is_focused = "focus" in install.command.forms
    if install.dev is False and not is_focused and is_newer_yarn(build, run, install.command):
        return True
    return install.dev


def missed_cache(build: Build, run: Run, mounted: Mounted) -> CacheLeft | None:
    """Return the cache of root that the first Yarn keeps elsewhere than in a mount that is made for
    it in root's home; None where it may be another Yarn.
    """
    stage, target = build.stage_of(run), mounted.target
    if stage is None or not within(target, "/root") or "yarn" not in target:
        return None
    for kept in build.effects(run).of(CacheKept):
        is_roots = kept.manager == "yarn" and kept.mount == target and kept.path == _PLACE
        if is_roots and build.fact_of(is_classic, stage):
            facts = (kept.manager, kept.path, (kept.path,), kept.kind)
            return CacheLeft(kept.command, kept.span, *facts, commands=(kept.command,))
    return None


def is_classic(build: Build, stage: Stage) -> bool:
    """Tell whether the Yarn of a stage is surely the one of Node's images, by the lock files too; a
    fact of it.
    """
    base = base_reference(build, stage)
    if base is None or not base.is_official or base.name != "node":
        return False
    texts = (text for each in build.dockerfile.instructions for text in each.texts)
    return not any(map(_OTHER.search, texts)) and _is_in_locks(build)


def _is_in_locks(build: Build) -> bool:
    """Tell whether all lock files of the context are those of the first Yarn, and no file there
    speaks of another one.
    """
    named: dict[str, list[str]] = {}
    for path in build.context.entries:
        named.setdefault(posixpath.basename(path), []).append(path)
    locks, manifests = named.get("yarn.lock", []), named.get("package.json", [])
    if not locks or len(locks) + len(manifests) > _MOST or not _SETTINGS.isdisjoint(named):
        return False
    try:
        is_first = all(_LOCK in build.context.read(path) for path in locks)
        texts = map(build.context.read, manifests)
        return is_first and not any(tells_newer("package.json", each) for each in texts)
    except DlintError:
        return False
