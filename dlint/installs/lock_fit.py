"""Whether a lock file suits its manifest and its install, so that the install can be held to it."""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from dlint.facts.uses import likely_base
from dlint.installs.beside_locks import dependencies
from dlint.installs.fits import Fit
from dlint.installs.node_locks import fit_of_node
from dlint.manifests.yarn import BERRY
from dlint.project.emulation import ARM64, architecture
from dlint.project.recipes import is_of_ci
from dlint.reads.arrivals import files_of
from dlint.reads.context_files import Reader
from dlint.text.patterns import regex
from dlint.text.safe import json_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlint.manifests import Role
    from dlint.model.build import Build
    from dlint.reads.arrivals import Arrival
    from dlint.shell.effects import Install
    from dlint.syntax import Run

_THIRD = regex(r'"lockfileVersion"\s*:\s*[3-9]')
_PLATFORMS = regex(r"^PLATFORMS\n((?: +\S+\n?)+)", re.MULTILINE)
_ENVIRONMENT = regex(r"\bENV(?:\.fetch\(|\[)\s*[\"'](?P<name>\w+)")
_APPLE = regex(r"arm64-darwin")  # builds there are for Linux on ARM
# Those that most builds have: what is locked for ARM alone has no gems for others.
_ANY_RUBY = regex(r"ruby|java|(?!aarch64|arm).*linux.*")
_PROJECTS = {"cargo": "Cargo.toml", "uv": "pyproject.toml", "yarn": "package.json"}
_RUNTIME = ("-r", "--runtime", "-a", "--arch", "--os", "--use-current-runtime", "--ucr")


def fit_of(build: Build, install: Install, lock: str, here: Sequence[Arrival]) -> Fit:
    """Tell what is known of the lock file at the context's path `lock`, of what arrived (`here`)
    before an install.
    """
    text = _text(build, lock)
    match install.manager:
        case _ if text is None:
            return Fit.UNKNOWN
        case "dotnet":
            return Fit.UNKNOWN if _holds_runtime(install, text) else Fit.REFUSED
        case "bundler":
            told = _PLATFORMS.search(text)
            known = told is None or any(map(_ANY_RUBY.fullmatch, told[1].split()))
            is_held = known and not _varies(build, lock)
            return Fit.UNKNOWN if is_held else Fit.REFUSED
        case "cargo" | "uv" | "yarn" if _misses_members(build, install, lock, text, here):
            return Fit.REFUSED
        case "npm" | "yarn" | "pnpm" | "bun":
            is_refused = _is_for_another(build, install, lock, here)
            return Fit.REFUSED if is_refused else fit_of_node(build, install, lock, text, here)
    return Fit.UNKNOWN


def platforms_to_lock(build: Build, run: Run, lock: str) -> list[str]:
    """Return the platforms without which Bundler refuses to keep to a lock file: the image's, and
    that of builds on ARM where developers have Macs that make such, unless the Dockerfile or all
    that builds it for them names a platform. None are told of a base that is not known.
    `x86_64-linux` stands for any C library (Gem::Platform#===, Bundler 2.6.7).
    """
    stage, told = build.stage_of(run), _PLATFORMS.search(_text(build, lock) or "")
    base = likely_base(build, stage) if stage is not None else None
    locked = told[1].split() if told else ["ruby"]
    if stage is None or base is None or not {"java", "ruby"}.isdisjoint(locked):
        return []
    suffix = "-musl" if "alpine" in f"{base.name}:{base.tag}" else "-gnu"
    is_on_machine = not stage.outermost.from_.platform and not _are_built_for_others(build)
    is_on_arm = is_on_machine and any(map(_APPLE.match, locked))
    wanted = ("x86_64-linux", "aarch64-linux") if is_on_arm else ("x86_64-linux",)
    missing = (each for each in wanted if {each, each + suffix}.isdisjoint(locked))
    return [each + suffix.removeprefix("-gnu") for each in missing]


def _are_built_for_others(build: Build) -> bool:
    """Tell whether all recipes but those of CI name platforms, and none of ARM."""
    builds = build.recipes.builds_of(build.path) if build.recipes else ()
    own = [each for each in builds if not is_of_ci(each.path)]
    platforms = [platform for each in own for platform in each.asked]
    is_any = not own or not all(each.asked for each in own)
    return not is_any and ARM64 not in map(architecture, platforms)


def _text(build: Build, path: str) -> str | None:
    data = Reader(build.context).read(path)
    return None if data is None else data.decode("utf-8", "replace")


def _varies(build: Build, lock: str) -> bool:
    """Tell whether the Gemfile beside a lock file asks for other gems by a variable that the
    Dockerfile sets or takes as an argument: then the lock file may not hold them.
    """
    gemfile = _text(build, posixpath.join(posixpath.dirname(lock), "Gemfile")) or ""
    asked = {match["name"] for match in _ENVIRONMENT.finditer(gemfile)}
    text = build.dockerfile.source.text
    return any(re.search(rf"\b{re.escape(name)}\b", text) for name in asked)


def is_of_npm_7(build: Build, lock: str) -> bool:
    """Tell whether a lock file of npm is of a format that no older one reads."""
    return _THIRD.search(_text(build, lock) or "") is not None


def _holds_runtime(install: Install, text: str) -> bool:
    """Tell whether NuGet's lock file holds the runtime that `dotnet restore` asks for.

    No other verb has `--locked-mode`.
    """
    words = install.command.forms
    if "restore" not in words:
        return False
    asked = any(word.split(":")[0].split("=")[0] in _RUNTIME for word in words)
    runtimes = re.findall(r'"[^"/\n]+/([\w.-]+)"\s*:\s*\{', text)
    return not asked or any(runtime in words for runtime in runtimes)


def _misses_members(
    build: Build, install: Install, lock: str, text: str, here: Sequence[Arrival]
) -> bool:
    """Tell whether manifests of the workspace are missing, without which cargo, uv and Yarn 2 take
    the lock file for stale.
    """
    from dlint.manifests import read_manifest

    if install.manager == "yarn" and not BERRY.search(text):
        return False
    folder = posixpath.dirname(lock)
    name = _PROJECTS[install.manager]
    manifest = read_manifest(posixpath.join(folder, name), Reader(build.context).read)
    patterns = [posixpath.join(folder, each.path) for each in manifest.reads if _is_part(each.role)]
    patterns += [posixpath.join(each, name) for each in patterns if not each.endswith(name)]
    found = _matching(build.context.entries, patterns)
    wanted = {each for each in found if posixpath.basename(each) == name}
    return not wanted <= {path for arrival in here for path in arrival.files.values()}


def _is_for_another(build: Build, install: Install, lock: str, here: Sequence[Arrival]) -> bool:
    """Tell whether a manifest that asks for something else than the lock file's own has arrived
    beside it: a member's, where the lock file is the workspace's. Yarn may take it all the same.
    """
    if install.manager == "yarn":
        return False
    own = posixpath.join(posixpath.dirname(lock), "package.json")
    files = files_of(here)
    name = posixpath.basename(lock)
    locked = [each for each in install.folders if files.get(posixpath.join(each, name)) == lock]
    landed = {files.get(posixpath.join(each, "package.json"), own) for each in locked} - {own}
    try:
        wanted = dependencies(json_value(_text(build, own) or ""))
        return any(dependencies(json_value(_text(build, each) or "")) != wanted for each in landed)
    except ValueError:
        return False


def _is_part(role: Role) -> bool:
    from dlint.manifests import Role

    return role in {Role.MEMBER, Role.PROJECT}


def _matching(paths: Iterable[str], patterns: Sequence[str]) -> Iterator[str]:
    for path in paths:
        name = posixpath.basename(path)
        if any(each.endswith(name) and fnmatchcase(path, each) for each in patterns):
            yield path
