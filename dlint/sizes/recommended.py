"""What apt's packages only recommend and do not work without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.shell.effects import Install
from dlint.sizes.apt_installs import base_packages, takes_recommended
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
_BRINGING = {"libc6-dev": regex(r"build-essential|(?:g\+\+|clang)(?:-[0-9]+)?|libc-dev")}


class Needed(NamedTuple):
    """A package that others only recommend: its name, and theirs."""

    package: str
    by: frozenset[str]


def needed_of(build: Build, stage: Stage, run: Run, names: Collection[str]) -> list[Needed]:
    """Return what packages of these names do not work without, where nothing else brings it."""
    found = []
    for package, recommending in _RECOMMENDING.items():
        by = frozenset(filter(recommending.fullmatch, names))
        if by and not _is_there(build, stage, run, package):
            found.append(Needed(package, by))
    return found


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
        takes_recommended(build, install)
        and any(map(_RECOMMENDING[package].fullmatch, install.names))
        for _, install in build.effects_above(Install, stage, run)
    )
