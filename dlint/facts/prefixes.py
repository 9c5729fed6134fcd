"""Where a step has put Conda, which keeps its downloads there."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dlint.facts.stored import conda_prefixes
from dlint.syntax import Env, Run
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlint.model.build import Build, Step
    from dlint.model.stages import Stage
    from dlint.shell import CacheLeft

_OF_CONDA = regex(r"(?:conda|mamba|forge)[^/]*\Z")  # the end of a folder's path


def at_prefix(build: Build, run: Run, cache: CacheLeft) -> CacheLeft:
    """Return a cache that a RUN leaves with the place that a step above gives it, where there is
    more than one that it may be at.
    """
    beside, stage = cache.managed_by.cache(cache.kind).beside, build.stage_of(run)
    if not beside or len(cache.paths) == 1 or stage is None:
        return cache
    above = [folder for at, folder in build.fact_of(_prefixes, stage) if at <= run.index]
    if not above:
        return cache
    place = posixpath.join(above[-1], beside)
    return cache._replace(path=place, paths=(place,))


def _prefixes(build: Build, stage: Stage) -> list[tuple[int, str]]:
    """Return the folders that steps of a stage's chain give Conda, by their numbers; a fact of the
    stage.
    """
    steps = build.chain(stage)
    return [(each.instruction.index, folder) for each in steps for folder in _given(build, each)]


def _given(build: Build, step: Step) -> Iterator[str]:
    """Yield the folders that a step tells Conda's installer to fill, or adds to PATH as its."""
    match step.instruction:
        case Run():
            yield from conda_prefixes(build.effects(step.instruction, step.state))
        case Env(pairs=pairs):
            for pair in pairs:
                if pair.name == "PATH":
                    yield from filter(_is_of_conda, _with_programs(pair.value or ""))


def _with_programs(path: str) -> Iterator[str]:
    """Yield the folders in whose `bin` a value of PATH has programs looked for."""
    for each in path.strip("\"'").split(":"):
        if each.endswith(("/bin", "/condabin")):
            yield posixpath.dirname(each)


def _is_of_conda(folder: str) -> bool:
    """Tell whether a folder is Conda's by its name, and not that of an environment."""
    is_own = folder.startswith("/") and "$" not in folder and "/envs/" not in folder
    return is_own and _OF_CONDA.search(folder) is not None
