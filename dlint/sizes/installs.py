"""What a RUN's installs fetch, and what they leave in its layer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dlint.bytes.estimate import FOLDER_LAYER, packed
from dlint.facts.dependencies import dependency_folders
from dlint.facts.needs import family
from dlint.facts.shipping import copies_from_stages
from dlint.manifests.requirements import canonical
from dlint.sizes.catalogue import catalogue
from dlint.sizes.changes import changed_bytes
from dlint.sizes.debian import APT_LISTS, debian_bytes, effects_above, named
from dlint.sizes.held import Holding, UnknownSizeError
from dlint.sizes.lists import lists
from dlint.syntax import Copy, Run, Transfer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dlint.facts.stored import Stored
    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.shell import CacheLeft, Install
    from dlint.syntax import Instruction

# Bytes in a layer for a byte of a wheel where pip adds byte code: 57 wheels of 101 MB made one of
# 135 MB (pip 23.2).
PER_WHEEL = 1.335
# A package on PyPI that the table does not have, without what it needs: the median of the 530 that
# were measured.
PYTHON_PACKAGE = 96_000
# npm 11: one named package and all that it needs, the median of nine popular ones (0.5 to 140 MB);
# and the mean of one package that a lock file names, without the two largest. A layer takes 1.007
# of a tarball's bytes.
NODE_PACKAGE, NODE_LOCKED = 7_900_000, 70_000
# uv 0.13 links what it installs into its cache: what the cache adds, the mean of seven packages
# with what they need.
UV_CACHE = 795_000


def layer_bytes(build: Build, stage: Stage, instruction: Instruction) -> int | None:
    """Return about how many compressed bytes the layer of a RUN or COPY takes up; None where
    nothing tells.

    A RUN's are what it installs and the caches that it leaves; whatever else it does is not
    counted.
    """
    if isinstance(instruction, Transfer):
        selection = build.selection(instruction)
        return packed(selection) if selection and not selection.failures else None
    if not isinstance(instruction, Run):
        return None
    effects = build.effects(instruction)
    from dlint.shell import CacheLeft, Install

    known = [installed_bytes(build, stage, instruction, effects.of(Install))]
    known += [cache_bytes(build, stage, instruction, each) for each in effects.of(CacheLeft)]
    return sum(filter(None, known)) or None


def run_bytes(build: Build, stage: Stage, run: Run) -> int | None:
    """Return about how many compressed bytes the whole layer of a RUN takes up.

    None where it does more than install packages and write a few files: a download, a script or a
    build is of a size that nothing tells.
    """
    from dlint.shell import CacheLeft, Install, Remove

    effects = build.effects(run)
    installs, removes = effects.of(Install), effects.of(Remove)
    if removes and not installs:  # what lists the installed packages is stored again
        return None
    changed = changed_bytes(build, stage, run, partial(stored_bytes, build))
    installed = _packages(build, stage, run)
    caches = [cache_bytes(build, stage, run, each) for each in effects.of(CacheLeft)]
    if changed is None or installed is None or (None in caches and not installs):
        return None
    return changed + installed + sum(filter(None, caches))


def carried_bytes(build: Build, copy: Copy) -> int | None:
    """Return about how many compressed bytes the layer of a COPY --from takes up; None where
    nothing tells.
    """
    stage = build.stage_of(copy)
    carried = (
        [
            (number, each.source)
            for number, each in copies_from_stages(build, stage)
            if each.copy is copy
        ]
        if stage
        else []
    )
    if copy.excludes or len(carried) != len(copy.sources):
        return None
    try:
        return FOLDER_LAYER + sum(
            Holding(build, build.chain(build.stages[number]), partial(stored_bytes, build)).bytes(
                source, whole=True
            )
            for number, source in carried
        )
    except UnknownSizeError:
        return None


def stored_bytes(build: Build, stored: Stored) -> int | None:
    """Return about how many bytes an install has put where `stored` says, or a COPY has taken from
    another stage.
    """
    instruction = stored.instruction
    stage = build.stage_of(instruction)
    if isinstance(instruction, Copy):
        return carried_bytes(build, instruction)
    if stage is None or not isinstance(instruction, Run):
        return None
    from dlint.shell import Install

    step = next(each for each in build.steps(stage) if each.instruction is instruction)
    installs = build.effects(instruction).of(Install)
    there = [each for each in installs if stored.path in dependency_folders(build, step, each)]
    return installed_bytes(build, stage, instruction, there)


def _packages(build: Build, stage: Stage, run: Run) -> int | None:
    """Return about how many bytes all packages add that a RUN installs; None where nothing tells it
    of some manager.
    """
    from dlint.shell import Install

    installs = build.effects(run).of(Install)
    managers = {each.manager for each in installs}
    known = [
        installed_bytes(build, stage, run, [each for each in installs if each.manager == name])
        for name in managers
    ]
    return None if None in known else sum(filter(None, known))


def layers_bytes(build: Build, stage: Stage, instructions: Iterable[Instruction]) -> int | None:
    """Return what several layers of `stage` take up together, those that are known; None where none
    is.
    """
    return sum(filter(None, (layer_bytes(build, stage, each) for each in instructions))) or None


def installed_bytes(
    build: Build, stage: Stage, run: Run, installs: Sequence[Install]
) -> int | None:
    """Return about how many bytes `installs`, commands of `run`, add to its layer; None where
    nothing tells.
    """
    wanted = [each for each in installs if not each.hidden]
    debian = debian_bytes(build, stage, run, [each for each in wanted if each.manager == "apt"])
    python = _python(build, [each for each in wanted if family(each.manager) == "python"])
    compiles = PER_WHEEL if any(each.manager == "pip" for each in wanted) else 1
    node = _node(build, [each for each in wanted if family(each.manager) == "node"])
    return round(debian + python * compiles + node) or None


def fetched_bytes(build: Build, installs: Sequence[Install]) -> int | None:
    """Return about how many bytes `installs` of a language's packages download; None where nothing
    tells.
    """
    python = _python(build, [each for each in installs if family(each.manager) == "python"])
    return (
        python + _node(build, [each for each in installs if family(each.manager) == "node"]) or None
    )


def development_bytes(build: Build, installs: Sequence[Install]) -> int | None:
    """Return about how many bytes packages add that npm's lock file names for development alone;
    None without one.
    """
    told = [each.development for each in lists(build, installs) if each.development is not None]
    return sum(told) * NODE_LOCKED if told else None


def cache_bytes(build: Build, stage: Stage, run: Run, cache: CacheLeft) -> int | None:
    """Return about how many bytes the cache that a RUN leaves adds to its layer; None where nothing
    tells.
    """
    from dlint.shell import CacheLeft, Install

    if cache.manager == "apt" and cache.kind == "index":
        left = (
            each.manager == "apt"
            for effects in effects_above(build, stage, run)
            for each in effects.of(CacheLeft)
        )
        return None if any(left) else APT_LISTS  # most of the lists are there already
    if cache.manager == "uv":
        return None if build.state(run).values.get("UV_LINK_MODE") == "copy" else UV_CACHE
    if cache.manager not in {"pip", "npm"}:
        return None
    installs = [each for each in build.effects(run).of(Install) if each.manager == cache.manager]
    if cache.manager == "pip" and any(
        canonical(name) not in catalogue("pypi") for name in named(installs)
    ):
        return None  # what comes along is most of it, which only a list may tell
    return fetched_bytes(build, installs)


def _python(build: Build, installs: Sequence[Install]) -> int:
    """Return the bytes of the wheels that the installs fetch."""
    names = {canonical(name) for name in named(installs)}.union(
        *(each.names for each in lists(build, installs))
    )
    known = catalogue("pypi")
    return known.kilobytes(names) * 1000 + sum(name not in known for name in names) * PYTHON_PACKAGE


def _node(build: Build, installs: Sequence[Install]) -> int:
    """Return the bytes of the tarballs that the installs fetch; npm's lock file alone says what is
    for development.
    """
    if names := named(installs):
        return len(names) * NODE_PACKAGE
    production = any(each.dev is False for each in installs)
    told = [
        each for each in lists(build, installs) if not production or each.development is not None
    ]
    return sum(each.packages - (each.development or 0) * production for each in told) * NODE_LOCKED
