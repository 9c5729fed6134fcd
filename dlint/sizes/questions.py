"""What sources of packages' sizes are asked for the installs and downloads of a build."""

from __future__ import annotations

import posixpath
import re
from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING

from dlint.errors import DlintError
from dlint.facts.placed import placed
from dlint.findings import Size
from dlint.manifests import Origin as From, Target
from dlint.manifests.requirements import spec_of
from dlint.packages import Index, Locked, Origin, SizeRequest
from dlint.sizes.grounds import ALPINE, base_of, rpm_base_of
from dlint.sizes.lists import constraints, is_alone, is_other_index, step_of, taken, unlocked
from dlint.sizes.sources import ask
from dlint.syntax import Run
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dlint.manifests import Archive, Package
    from dlint.model.build import Build, Step
    from dlint.packages import Answer, Base
    from dlint.shell import Install
    from dlint.sizes.lists import Taken

# Who writes packages as pip does.
_AS_PIP = frozenset(("pip", "uv", "pipx"))
_INSTEAD = frozenset(("-i", "--index-url", "--default-index", "--registry"))
_BESIDE = frozenset(("--extra-index-url", "--index", "-f", "--find-links"))
_INSTEAD_VARIABLES = ("PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "NPM_CONFIG_REGISTRY")
_BESIDE_VARIABLES = ("PIP_EXTRA_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_INDEX")
_PIP_FILES = ("/etc/pip.conf", "/root/.pip/pip.conf", "/root/.config/pip/pip.conf")
_INDEX_URL = regex(r"^[^\S\n]*+index-url\s*=\s*(\S+)", re.MULTILINE)
_EXTRA_INDEX_URL = regex(r"^[^\S\n]*+extra-index-url\s*=\s*(\S.*)$", re.MULTILINE)
_DEB_LINE = regex(
    r"\bdeb\s+(?:\[[^\]\n]{0,300}\]\s+)?(https?://[^\s\"']+)\s+([^\s\"'|$`]+)"
    r"((?:[ \t]+[a-z][\w.-]*)*)"
)
# What a script writes for the release's name.
_CODENAME = regex(
    r"\$\([^()]*(?:lsb_release|os-release)[^()]*\)|`lsb_release[^`]*`"
    r"|\$\{?(?:VERSION|UBUNTU|DEBIAN)_CODENAME\}?"
)
_REGISTRY = regex(r"^[^\S\n]*+registry\s*=\s*(\S+)", re.MULTILINE)
# What uv calls an index, and what lets somebody in.
_AFTER_NAME = regex(r"^[\w-]+=(?=https?:)|(?<=://)[^/@]*@|/+$")
OTHER_INDEX = "comes from another index"
NO_REGISTRY = "comes from no index"
SOURCE_ONLY = "has no wheel for this base: what its own build makes is not known"


class Named(NamedTuple):
    """The indexes that the repository names for an install, and whether they stand instead of the
    user's own.
    """

    indexes: tuple[Index, ...] = ()
    instead: bool = False


def ask_python(
    build: Build, installs: Sequence[Install], *, bytecode: bool = False
) -> Answer | None:
    """Return what sources say of the Python packages of installs; None where nobody says anything.

    They go onto the base of the last one; `bytecode`: with Python's byte code.
    """
    if not installs:
        return None
    steps = [step_of(build, each) for each in installs]
    last = steps[-1]
    if build.options.packages is None or last is None or not isinstance(last.instruction, Run):
        return None
    base = base_of(build, last.stage, last.instruction)
    alone = all(map(is_alone, installs))
    request = SizeRequest("pypi", base=base, bytecode=bytecode, alone=alone)
    for install, step in zip(installs, steps, strict=True):
        found = taken(build, install, Target(base.architecture, base.python, base.libc))
        named = _python_indexes(build, step or last, install, found)
        limits, unread = constraints(build, install)
        open_ = tuple(Locked("", "", why=f"the versions that {each} limits") for each in unread)
        request = request._replace(
            specs=(*request.specs, *_specs(install), *_listed(found)),
            locked=(*request.locked, *_locked(found, base), *open_),
            constraints=(*request.constraints, *limits),
            indexes=(*request.indexes, *named.indexes),
            instead=request.instead or named.instead,
        )
    return ask(build, request)


def asks_others(build: Build, install: Install) -> bool:
    """Tell whether an install of Python's packages takes some of another index than the default
    one, so that no table tells what they weigh.
    """
    step = step_of(build, install)
    if step is None:
        return False
    named = _python_indexes(build, step, install, unlocked(build, install, Target()))
    return any(is_other_index(each.url) or "${" in each.url for each in named.indexes)


def better(told: Size | None, table: Size) -> Size:
    """Return what an index tells, or else a table: the one that is whole, else what the index knows
    of the very versions, and where that is nothing, the table's bytes with the index's reasons.
    """
    if told is None or (told.at_least and not table.at_least):
        return table
    return told if told.bytes or not told.at_least else Size(table.bytes, table.basis, told.missing)


def ask_node(build: Build, installs: Sequence[Install]) -> Answer | None:
    """Return what sources say of the Node packages of installs of one RUN."""
    step = step_of(build, installs[-1])
    if build.options.packages is None or step is None:
        return None
    base = base_of(build, step.stage)
    request = SizeRequest("npm", base=base)
    for install in installs:
        named = _node_indexes(build, step, install)
        found = taken(build, install, Target(base.architecture, libc=base.libc))
        request = request._replace(
            specs=(*request.specs, *_words(install), *_ranges(found)),
            locked=(*request.locked, *_tarballs(found)),
            indexes=(*request.indexes, *named.indexes),
            instead=request.instead or named.instead,
        )
    return ask(build, request)


def ask_apt(
    build: Build,
    run: Run,
    base: Base,
    names: Iterable[str],
    *,
    recommends: bool,
) -> Answer | None:
    """Return what sources say of packages that a RUN installs by apt, with all that they need and
    `base` has not.
    """
    return ask(
        build,
        SizeRequest(
            "apt",
            tuple(names),
            base=base,
            indexes=tuple(_deb_lines(build, run, base.release)),
            recommends=recommends,
        ),
    )


def _deb_lines(build: Build, run: Run, release: str) -> Iterator[Index]:
    """Yield the repositories that a RUN, or one above it, adds by a `deb` line."""
    stage = build.stage_of(run)
    steps = build.chain(stage) if stage else ()
    for step in steps:
        if isinstance(step.instruction, Run) and step.instruction.index <= run.index:
            text = _CODENAME.sub(release, step.instruction.value.text)
            for url, suite, components in _DEB_LINE.findall(text):
                yield Index(url.rstrip("/"), Origin.REPOSITORY, suite=f"{suite}{components}")


def ask_apk(build: Build, run: Run, installs: Sequence[Install]) -> Answer | None:
    """Return what sources say of the packages that installs of a RUN bring to Alpine."""
    stage = build.stage_of(run)
    if stage is None:
        return None
    base = base_of(build, stage)._replace(packages=ALPINE)
    words = [word.form for install in installs for word in install.command.args]
    named = [value for flag, value in pairwise(words) if flag in {"-X", "--repository"}]
    named += [word.partition("=")[2] for word in words if word.startswith("--repository=")]
    names = sorted({each.name for install in installs for each in install.packages})
    return ask(
        build,
        SizeRequest("apk", tuple(names), base=base, indexes=_indexes(named)),
    )


def ask_rpm(build: Build, run: Run, installs: Sequence[Install]) -> Answer | None:
    """Return what sources say of the packages that installs by dnf or its kin name: at least those,
    since what they need may be in the base already.
    """
    stage = build.stage_of(run)
    if stage is None:
        return None
    base = rpm_base_of(build, stage, installs[0].command.name)
    words = [word.form for install in installs for word in install.command.args]
    named = [word.partition(",")[2] for word in words if word.startswith("--repofrompath=")]
    named += [v.partition(",")[2] for flag, v in pairwise(words) if flag == "--repofrompath"]
    names = sorted({each.name for install in installs for each in install.packages})
    return ask(build, SizeRequest("rpm", tuple(names), base=base, indexes=_indexes(named)))


def ask_download(build: Build, url: str) -> Answer | None:
    """Return what sources say of the file at an address."""
    return ask(build, SizeRequest("download", (url,)))


def _specs(install: Install) -> Iterator[str]:
    """Yield what a command asks an index of Python's for, in the index's words."""
    for package in install.packages:
        if package.kind != "index" or package.text is None:
            continue
        if install.manager in _AS_PIP:
            yield package.text
        elif package.exact or not package.version:
            yield f"{package.name}=={package.version}" if package.version else package.name


def _words(install: Install) -> Iterator[str]:
    """Yield what a command asks a registry of Node's for."""
    return (each.text for each in install.packages if each.kind == "index" and each.text)


def _ranges(found: Iterable[Taken]) -> Iterator[str]:
    """Yield what Node's projects ask for that have no lock file."""
    for each in found:
        if not each.manifest.locked:
            for package in each.packages:
                if package.origin is From.REGISTRY:
                    yield f"{package.name}@{package.wanted}" if package.wanted else package.name


def _listed(found: Iterable[Taken]) -> Iterator[str]:
    """Yield what lists for pip name that are no lock files, and projects without one."""
    for each in found:
        if not each.manifest.locked:
            yield from (
                spec_of(package) for package in each.packages if package.origin is From.REGISTRY
            )


def _locked(found: Iterable[Taken], base: Base) -> Iterator[Locked]:
    """Yield the packages of lock files, each with the wheel that the base takes."""
    for each in found:
        yield from (Locked("", "", why=why) for why in each.unknown)
        if each.manifest.locked:
            yield from (_with_wheel(package, base) for package in each.packages)
        else:
            yield from (
                Locked(package.name, package.version, why=_why(package))
                for package in each.packages
                if package.origin is not From.REGISTRY
            )


def _why(package: Package) -> str:
    return OTHER_INDEX if package.origin is From.INDEX else NO_REGISTRY


def _with_wheel(package: Package, base: Base) -> Locked:
    if package.origin is not From.REGISTRY:
        return Locked(package.name, package.version, why=_why(package))
    named = {each.filename: each for each in package.archives if each.filename}
    if not named or not base.python:
        return Locked(package.name, package.version)
    chosen = _best(named, base)
    if chosen is None:
        return Locked(package.name, package.version, why=SOURCE_ONLY)
    return Locked(package.name, package.version, chosen.size, chosen.filename, url=chosen.url)


def _best(archives: dict[str, Archive], base: Base) -> Archive | None:
    from dlint.sizes.indexes.wheels import best

    try:
        chosen = best(archives, base)
    except DlintError:  # an architecture that has no wheels
        return None
    return archives[chosen] if chosen else None


def _tarballs(found: Iterable[Taken]) -> Iterator[Locked]:
    """Yield the packages of Node's lock files, yarn's first of which tells no platforms; of what
    projects ask for without one that which is in no registry.
    """
    for each in found:
        yield from (Locked("", "", why=why) for why in each.unknown)
        blind = each.manifest.format == "yarn.lock"
        for package in each.packages:
            if not each.manifest.locked and package.origin is From.REGISTRY:
                continue
            foreign = package.origin is not From.REGISTRY
            yield Locked(
                package.name,
                package.version,
                why=NO_REGISTRY if foreign else "",
                conditional=blind and package.optional,
            )


def _python_indexes(build: Build, step: Step, install: Install, found: Iterable[Taken]) -> Named:
    named = _of_command(step, install)
    configured = _texts(build, step, _PIP_FILES)
    lists = [each.manifest for each in found]
    instead = [each.index_url for each in lists if each.index_url] + _INDEX_URL.findall(configured)
    beside = [address for each in lists for address in each.more_urls]
    beside += _EXTRA_INDEX_URL.findall(configured)
    return Named(
        (*named.indexes, *_indexes(instead), *_indexes(beside)), named.instead or bool(instead)
    )


def _node_indexes(build: Build, step: Step, install: Install) -> Named:
    """Return the registry that a command names, or an .npmrc beside the project's manifest."""
    named = _of_command(step, install)
    files = [posixpath.join(folder, ".npmrc") for folder in sorted(install.folders)]
    told = _REGISTRY.findall(_texts(build, step, files))
    return Named((*named.indexes, *_indexes(told)), named.instead or bool(told))


def _texts(build: Build, step: Step, places: Iterable[str]) -> str:
    """Return the texts of the context's files that stand at places of the image before a step."""
    there = build.fact(placed).before(step)
    found = []
    for path in (there[place] for place in places if place in there):
        with suppress(DlintError):
            found.append(build.context.read(path).decode("utf-8", "replace"))
    return "\n".join(found)


def _of_command(step: Step, install: Install) -> Named:
    """Return the indexes that a command's flags and environment name."""
    words = [word.form for word in install.command.args]
    flags = [*pairwise(words), *(tuple(word.split("=", 1)) for word in words if "=" in word)]
    variables = {**step.state.values, **install.command.assignments}
    instead = [value for flag, value in flags if flag in _INSTEAD]
    instead += [_value(name, variables) for name in _INSTEAD_VARIABLES if name in variables]
    beside = [value for flag, value in flags if flag in _BESIDE]
    beside += [_value(name, variables) for name in _BESIDE_VARIABLES if name in variables]
    return Named((*_indexes(instead), *_indexes(beside)), any(instead))


def _value(name: str, variables: Mapping[str, str | None]) -> str:
    """Return a variable's value, itself where that is not known: no index has such an address."""
    value = variables[name]
    return f"${name}" if value is None else value


def _indexes(addresses: Iterable[str]) -> tuple[Index, ...]:
    """Return indexes of the repository's at addresses, without any name or password in them."""
    words = (word for each in addresses for word in each.split())
    return tuple(Index(_AFTER_NAME.sub("", word), Origin.REPOSITORY) for word in words)
