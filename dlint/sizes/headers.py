"""Headers of libraries that an image holds for nothing, by apt's packages of Debian, and what they
would leave if the libraries alone were installed: nothing in it compiles, or only extensions of PHP
did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.facts.shipping import shipping
from dlint.facts.uses import base_reference
from dlint.installs.compilers import (
    compiler_of_extensions,
    is_for_run_time,
    may_compile,
    removed_names,
)
from dlint.shell.effects import Install
from dlint.sizes.apt_installs import libraries_of, packages_held, replaced_bytes
from dlint.sizes.bases import name_and_tag, system_of
from dlint.syntax import Run
from dlint.text.patterns import regex
from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from dlint.findings import Size
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.syntax import Instruction

# Not those that bring more than the library: ImageMagick's bring its plug-ins.
_HEADERS = regex(
    r"lib(?!c6-|c-|c\+\+|stdc\+\+|gcc-|clang|llvm|magick|python|ruby|perl|lua)[a-z].*-dev\Z"
)
# What asks where headers and libraries are, or looks for a library by the name that only its
# package of headers has: there is no telling of which.
_ASKS = regex(r"pkg-?config|\w-config\b|\bdlopen\b|\bffi\b|\.so(?![\w.])")
# The same, in an image that compiles: who builds asks for the rest.
_LOADS = regex(r"\bdlopen\b|\bffi\b|\blib[\w+.-]{1,60}\.so(?![\w.])")
_COMPILERS = frozenset(("clang", "cpp", "gcc", "tcc"))


class Headers(NamedTuple):
    """Packages of headers that an image holds for nothing: their names, those of the libraries that
    they are of and bring along, and what a layer would hold less with these in their place.
    """

    packages: tuple[str, ...]
    libraries: tuple[str, ...]
    size: Size


def headers_left(build: Build, stage: Stage, run: Run) -> Headers | None:
    """Return the packages of headers that a RUN of a stage leaves in an official image of Debian's,
    if nothing there may compile with them.
    """
    found = _staying(build, stage, run)
    return (
        _headers(build, stage, run, found)
        if found and not _may_be_used(build, stage, run)
        else None
    )


def headers_of_extensions(build: Build, stage: Stage, run: Run) -> tuple[Headers, Run] | None:
    """Return the packages of headers that a RUN of a stage leaves in an official image of Debian's,
    if it or one on top of it compiles extensions of PHP, and that RUN.
    """
    found = _staying(build, stage, run)
    user = compiler_of_extensions(build, run) if found else None
    if user is None:
        return None
    steps = (*build.chain(stage), *build.fact(shipping).later(run))
    if any(_LOADS.search("\n".join(each.instruction.texts)) for each in steps):
        return None
    headers = _headers(build, stage, run, found)
    return headers and (headers, user)


def _staying(build: Build, stage: Stage, run: Run) -> frozenset[str]:
    """Return the packages of headers that a RUN of a stage names and that no RUN removes, on an
    image of which the libraries are known.
    """
    if not _is_known(build, stage) or is_for_run_time(build, run):
        return frozenset()
    return frozenset(filter(_HEADERS.match, _named(build, run))) - removed_names(build, run)


def _headers(build: Build, stage: Stage, run: Run, found: AbstractSet[str]) -> Headers | None:
    named = _named(build, run)
    told = ((name, libraries_of(build, stage, name)) for name in sorted(found))
    libraries = {name: those for name, those in told if those}
    if not libraries:
        return None
    wanted = dict.fromkeys(each for those in libraries.values() for each in those)
    size = replaced_bytes(build, stage, run, frozenset(libraries), tuple(wanted))
    return Headers(tuple(libraries), tuple(each for each in wanted if each not in named), size)


def _is_known(build: Build, stage: Stage) -> bool:
    """Tell whether a stage stands on an official image of which the tag or a measured image tells
    the release: libraries are called otherwise in others.
    """
    base = base_reference(build, stage)
    if base is None or not base.is_official:
        return False
    system = system_of(*name_and_tag(base))
    return system is not None and system.how in {"tag", "layers"}


def _named(build: Build, run: Run) -> frozenset[str]:
    """Return what apt surely installs by name in a RUN."""
    installs = build.effects(run).of(Install)
    apts = (each.names for each in installs if each.manager == "apt" and each.command.certain)
    return frozenset[str]().union(*apts)


def _may_be_used(build: Build, stage: Stage, run: Run) -> bool:
    """Tell whether a step of the images that hold a RUN's layer may compile, or look for headers:
    what the RUN stands on counts as well, which may have brought a compiler.
    """
    holds_compiler = not _COMPILERS.isdisjoint(packages_held(build, stage))
    steps = (*build.chain(stage), *build.fact(shipping).later(run))
    return any(_may_use(build, each.instruction, holds_compiler=holds_compiler) for each in steps)


def _may_use(build: Build, step: Instruction, *, holds_compiler: bool) -> bool:
    """Tell it of one step, which each RUN with headers asks."""

    def look() -> bool:
        if isinstance(step, Run) and may_compile(build, step, holds_compiler=holds_compiler):
            return True
        return _ASKS.search("\n".join(step.texts)) is not None

    return build.keep((_may_use, step.index, holds_compiler), look)
