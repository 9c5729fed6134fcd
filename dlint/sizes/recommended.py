"""What apt's packages only recommend and do not work without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.installs.compilers import user_of_compilers
from dlint.reads.programs import programs_from
from dlint.shell.effects import Install
from dlint.sizes.apt import is_package
from dlint.sizes.apt_installs import (
    base_packages,
    bringing_others,
    lost_without,
    only_recommended,
    recommended_bytes,
    recommended_names,
    takes_recommended,
)
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.syntax import Run

# By Debian 13: curl and its kin recommend their certificates, and a compiler of C the headers and
# objects of its library.
_RECOMMENDING = {
    "ca-certificates": regex(r"curl|git|wget"),
    "libc6-dev": regex(r"(?:gcc|gfortran)(?:-[0-9]+)?|tcc"),
}
# A compiler for another system, whose package of the C library is called otherwise.
_CROSS = regex(r"(?:gcc|g\+\+|gfortran)(?:-[0-9]+)?-[a-z0-9]+-linux-gnu[a-z0-9_]*")
_CROSS_LIBRARY = regex(r"libc6-dev-[a-z0-9-]+-cross")
_BRINGING = {"libc6-dev": regex(r"build-essential|(?:g\+\+|clang)(?:-[0-9]+)?|libc-dev")}
# What compiles the packages of languages, and modules of the kernel.
_COMPILING = regex(
    r"build-essential|(?:clang|g\+\+|gcc|gfortran)(?:-[0-9]+)?|libc6-dev|make|python3-dev"
)
# The programs of packages that are often only recommended, where they are not called as these;
# what builds packages of Debian demands its tools.
_PROGRAMS = {
    "binutils": "ar as ld nm objcopy objdump readelf strip",
    "build-essential": "debuild dpkg-buildpackage",
    "cron": "crontab",
    "dbus": "dbus-daemon dbus-run-session dbus-send",
    "dbus-x11": "dbus-launch",
    "fontconfig": "fc-cache fc-list fc-match",
    "g++": "c++",
    "gcc": "cc",
    "gettext": "msgfmt xgettext",
    "gettext-base": "envsubst",
    "ghostscript": "gs pdf2ps ps2pdf",
    "gnupg": "gpg2",
    "iproute2": "ip ss",
    "iputils-ping": "ping",
    "libxml2-utils": "xmllint",
    "netpbm": "pngtopnm pnmtopng",
    "openssh-client": "scp sftp ssh ssh-add ssh-agent ssh-keygen ssh-keyscan",
    "procps": "free pgrep pkill ps sysctl top",
    "psmisc": "fuser killall pstree",
    "python3-dev": "python3-config",
    "python3-pip": "pip pip3",
    "shared-mime-info": "update-mime-database",
    "x11-utils": "xdpyinfo xev xlsclients xprop xwininfo",
    "x11-xserver-utils": "xhost xmodmap xrandr xrdb xset xsetroot",
    "xz-utils": "xz",
}
_PACKAGES = {each: package for package, all_ in _PROGRAMS.items() for each in all_.split()}

# Most that recommend one of these take the other as well: which of them comes, apt decides.
_EITHER = frozenset(("curl", "wget"))


# What no program of an image calls or loads: documents, translations, themes, completions of a
# shell, settings of hardware and of booting, and helpers of dpkg that do without each other.
_IDLE = frozenset(
    "alsa-topology-conf alsa-ucm-conf bash-completion gnome-accessibility-themes"
    " libalgorithm-diff-perl libalgorithm-diff-xs-perl libalgorithm-merge-perl"
    " libfile-fcntllock-perl libglib2.0-data libgpm2 liblocale-gettext-perl linux-sysctl-defaults"
    " manpages manpages-dev publicsuffix sound-theme-freedesktop".split()
)
_IDLE_ENDS = ("-doc", "-docs", "-icon-theme", "-l10n", "-locales")
_FONTS = ("fonts-", "ttf-")
_ADDS_REPOSITORIES = frozenset(("add-apt-repository", "apt-add-repository"))
# Brings those, and needs the agent of GnuPG for the key of a PPA, which is only recommended.
_ADDER = frozenset(("software-properties-common",))
_FEW = 3  # more of them are for the author to choose from


class Needed(NamedTuple):
    """A package that others only recommend: its name, and theirs."""

    package: str
    by: frozenset[str]


class Naming(NamedTuple):
    """What to name in an install that brings nothing recommended.

    `kept` are those of the `needed` that an image only may use; `is_enough` tells that nothing can
    use the rest.
    """

    needed: list[Needed]
    kept: frozenset[str]
    is_enough: bool


def needed_of(build: Build, stage: Stage, run: Run, names: Collection[str]) -> list[Needed]:
    """Return what packages of these names do not work without, or what is called later, where
    nothing else brings it.
    """
    found = [Needed(each, frozenset(names)) for each in _called(build, stage, run, names)]
    for package, recommending in _RECOMMENDING.items():
        by = frozenset(filter(recommending.fullmatch, names))
        if by and not _is_there(build, stage, run, package):
            found.append(Needed(package, by))
    if by := frozenset(filter(_CROSS.fullmatch, names)):
        libraries = filter(_CROSS_LIBRARY.fullmatch, only_recommended(build, stage, run, names))
        found += [Needed(each, by) for each in sorted(libraries)]
    known = {each.package for each in found}
    tools = (each for each in _compilers(build, stage, run, names) if each not in known)
    return [*found, *(Needed(each, frozenset(names)) for each in tools)]


def _compilers(build: Build, stage: Stage, run: Run, names: Collection[str]) -> list[str]:
    """Return the compilers, and what they need, that come as recommended alone, where this RUN or a
    later one may compile: those that none of the others brings along.
    """
    tools = sorted(filter(_COMPILING.fullmatch, only_recommended(build, stage, run, names)))
    return bringing_others(build, stage, tools) if tools and _may_compile(build, run) else []


def _may_compile(build: Build, run: Run) -> bool:
    """Tell whether something is compiled once a RUN has installed its packages by apt: by a later
    command, or by a module of the kernel itself.
    """
    installs = [each for each in build.effects(run).of(Install) if each.manager == "apt"]
    if any(name.endswith("dkms") for each in installs for name in each.names):
        return True
    # whatever stands behind one of them stands behind the first
    first = min(installs, key=lambda each: each.command.span.start, default=None)
    return first is not None and user_of_compilers(build, run, first) is not None


def _called(build: Build, stage: Stage, run: Run, names: Collection[str]) -> list[str]:
    """Return the packages that come as recommended alone and whose program the RUN, a later one, or
    what the image starts calls: by itself or by a script of the context.
    """
    called = programs_from(build, stage, run)
    called |= {_PACKAGES[each] for each in called & _PACKAGES.keys()}
    unnamed = called - build.fact_of(_named, stage) - base_packages(build, stage)
    used = {each for each in unnamed.difference(_RECOMMENDING) if is_package(each)}
    if not used:  # most often: what all packages recommend takes long to tell
        return []
    wished = only_recommended(build, stage, run, names)
    if not wished.isdisjoint(_EITHER):
        wished |= _EITHER
    return sorted(wished & used)


def naming_of(build: Build, stage: Stage, run: Run, names: Collection[str], enough: int) -> Naming:
    """Return what to name with packages of these names where nothing recommended comes along.

    Whether an image uses what falls away, only its author knows: the few packages that it may use
    are named as well, where `enough` bytes and most of them fall away all the same.
    """
    # who asks for fonts by name wants those that come along, too
    fonts = () if any(each.startswith(_FONTS) for each in names) else _FONTS
    needed = needed_of(build, stage, run, names)
    if not _ADDER.isdisjoint(names) and _adds_ppa(build, stage, run):
        needed.insert(0, Needed("gnupg", _ADDER))
    asked = frozenset(names).union(each.package for each in needed)
    lost = lost_without(build, stage, run, asked)
    used = [each for each in lost.asked_for if not _is_idle(each, fonts)]
    kept = frozenset[str]()
    if used and len(used) <= _FEW:
        whole = recommended_bytes(build, stage, run, asked).bytes
        saved = recommended_bytes(build, stage, run, asked.union(used)).least
        if saved >= max(enough, whole / 2):
            lost, kept = lost_without(build, stage, run, asked.union(used)), frozenset(used)
            needed += [Needed(each, frozenset(names)) for each in sorted(used)]
    is_enough = lost.is_all and all(_is_idle(each, fonts) for each in lost.packages)
    return Naming(needed, kept, is_enough)


def recommended_of(
    build: Build, stage: Stage, run: Run, names: Collection[str], besides: Collection[Install]
) -> list[str]:
    """Return the packages that apt's packages of these names, or what they bring, surely recommend
    and that are neither there nor among `besides`: what may be missed first, and last what nothing
    uses.
    """
    found = recommended_names(build, stage, run, names, besides)
    return sorted(found, key=lambda each: _is_idle(each, ()))


def _adds_ppa(build: Build, stage: Stage, run: Run) -> bool:
    """Tell whether this RUN or a later one adds a PPA, and no text names GnuPG."""
    text = build.dockerfile.source.text
    if "ppa:" not in text or "gnupg" in text or "gpg-agent" in text:
        return False
    return not _ADDS_REPOSITORIES.isdisjoint(programs_from(build, stage, run))


def _is_idle(package: str, fonts: tuple[str, ...]) -> bool:
    """Tell whether nothing of an image calls or loads a package; so with `fonts`, by how their
    names begin.
    """
    return package in _IDLE or package.endswith(_IDLE_ENDS) or package.startswith(fonts)


def _named(build: Build, stage: Stage) -> frozenset[str]:
    """Return the packages that RUNs of the images on top of a stage install by name; a fact of the
    stage.
    """
    return frozenset(
        name
        for each in build.stages_on(stage)
        for _, effects in build.effects_in(build.steps(each))
        for install in effects.of(Install)
        for name in install.names
    )


def _is_there(build: Build, stage: Stage, run: Run, package: str) -> bool:
    """Tell whether the file or the base image names a package, or a step brings it with others."""
    if package in build.dockerfile.source.text or package in base_packages(build, stage):
        return True
    return _comes_along(build, run, package) or _came_along(build, stage, run, package)


def _comes_along(build: Build, run: Run, package: str) -> bool:
    """Tell whether a RUN installs something that depends on a package."""
    bringing = _BRINGING.get(package)
    installed = (name for install in build.effects(run).of(Install) for name in install.names)
    return bringing is not None and any(map(bringing.fullmatch, installed))


def _came_along(build: Build, stage: Stage, run: Run, package: str) -> bool:
    """Tell whether an earlier RUN has installed a package as recommended."""
    return any(
        takes_recommended(build, stage, install)
        and any(map(_RECOMMENDING[package].fullmatch, install.names))
        for _, install in build.effects_above(Install, stage, run)
    )
