"""What each instruction's layer weighs, and whether the next build takes it from its cache."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dlint.errors import DlintError
from dlint.facts.uses import base_reference
from dlint.facts.volatility import Changes, passed_change
from dlint.facts.waste import waste_by_line
from dlint.findings import Basis, Size
from dlint.model.keys import Keys, content_keys, shallow
from dlint.push.plan import Before, make_plan
from dlint.push.revisions import Project
from dlint.push.rows import paths_text
from dlint.push.sizes import Sizes
from dlint.sizes.bases import size_of
from dlint.syntax import Arg, From, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dlint.facts.waste import Waste
    from dlint.model import Options
    from dlint.model.keys import Keyed
    from dlint.push.plan import Cause
    from dlint.rule.build import Build
    from dlint.syntax import Instruction


class Layer(NamedTuple):
    """What an instruction adds to an image, compressed; of a FROM, what the base weighs.

    `cached` tells whether a builder that has built the last commit has the step in its cache; None
    without git. `cause` says why it has not. `waste` says what of it is stored for nothing.
    """

    instruction: Instruction
    stage: str
    shipped: bool
    size: Size
    cached: bool | None
    cause: str = ""
    waste: tuple[str, ...] = ()


def layers_of(build: Build, interrupt: Callable[[], None]) -> dict[int, Layer]:
    """Return the layers of all live stages by the line that their instruction begins on.

    What `interrupt` raises ends it. Raises DlintError where a file cannot be read.
    """
    before = _before(build)
    keys = content_keys(build, interrupt=interrupt) if before else Keys(build, shallow)
    sizes = Sizes(build.options.builder)
    causes = _causes(before, keys, sizes) if before else {}
    wasted = waste_by_line(build)
    found: dict[int, Layer] = {}
    for keyed in keys.all():
        interrupt()
        line = keyed.step.instruction.line
        size = _size(build, keyed, sizes)
        if size is not None and line not in found:
            stage, cause = keyed.step.stage, causes.get(keyed.key)
            found[line] = Layer(
                keyed.step.instruction,
                stage.name or str(stage.index),
                build.shipped(stage),
                size,
                cause is None if before else None,
                cause or "",
                tuple(dict.fromkeys(map(_wasted, wasted.get(line, ())))),
            )
    return found


def _size(build: Build, keyed: Keyed, sizes: Sizes) -> Size | None:
    if keyed.layer:
        return sizes.of(keyed, build)
    instruction, stage = keyed.step.instruction, keyed.step.stage
    if not isinstance(instruction, From) or not stage.is_external:
        return None
    base = size_of(base_reference(build, stage))
    return Size.unknown("the base image") if base is None else Size(base.bytes, Basis.GUESSED)


def _before(build: Build) -> Keys | None:
    """Return the keys of the last commit's build; None where git does not tell."""
    kept: tuple[Options, Keys | None] | None = build.context.kept.get(_before)
    if kept is None or kept[0] != build.options:
        kept = build.context.kept[_before] = build.options, _last_commits(build)
    return kept[1]


def _last_commits(build: Build) -> Keys | None:
    root = getattr(build.context, "root", None)
    project = Project.find(Path(build.dockerfile.source.path), root) if root else None
    if project is None:
        return None
    try:
        then = project.build("HEAD", build.options._replace(recorded=None))
        return None if then is None else content_keys(then)
    except DlintError:  # there is no commit yet, or an object is missing
        return None
    finally:
        project.repository.close()


def _causes(before: Keys, keys: Keys, sizes: Sizes) -> dict[str, str]:
    """Return why steps are not in the cache, by their keys; empty where that is not known."""
    known = {keyed.key for keyed in before.all()}
    plan = make_plan(Before(before), keys, sizes)
    changed = {layer.line: _changed(layer.cause) for layer in plan.layers if layer.cause}
    found = {
        keyed.key: changed.get(keyed.step.instruction.line, "")
        for keyed in keys.all()
        if keyed.key not in known
    }
    return found | _moved_by_arguments(keys)


def _changed(cause: Cause) -> str:
    paths = paths_text(cause.paths)
    return f"line {cause.line}{f' ({paths})' if paths else ''} changed since the last commit"


def _moved_by_arguments(keys: Keys) -> dict[str, str]:
    """Return why steps run again in each build, whatever was built before: an argument in the
    environment of a RUN, in their stage or below it, has another value each time.
    """
    moving = _moving(keys)
    found: dict[str, str] = {}
    by_stage: dict[int, str] = {}
    for index, steps in keys.stages.items():
        base = steps[0].step.stage.base
        cause = by_stage.get(base.index, "") if base else ""
        for keyed in steps:
            cause = cause or _moved(keyed, moving)
            if cause:
                found[keyed.key] = cause
        by_stage[index] = cause
    return found


def _moving(keys: Keys) -> list[str]:
    """Return the arguments of a Dockerfile that have another value in each build."""
    build = keys.build
    declared = (each for each in build.dockerfile.instructions if isinstance(each, Arg))
    names = {pair.name for arg in declared for pair in arg.pairs}
    return sorted(
        name
        for name in names
        if Changes.of(name) is Changes.EVERY_BUILD
        or passed_change(build, name) is Changes.EVERY_BUILD
    )


def _moved(keyed: Keyed, moving: list[str]) -> str:
    """Say which argument makes a RUN another one in each build; empty where none does."""
    state = keyed.step.state
    seen = (name for name in moving if name in state.environment or name in state.unset)
    name = next(seen, None) if isinstance(keyed.step.instruction, Run) else None
    return f"`ARG {name}` changes on every build" if name else ""


def _wasted(waste: Waste) -> str:
    size = "size unknown" if waste.bytes is None else str(Size(waste.bytes, Basis.MODELLED))
    return f"`{waste.path}`: {waste.why} ({size})"


def state_of(layer: Layer) -> str:
    """Say what the next build does; empty where that is not known."""
    return {None: "", True: "cached", False: "rebuilt"}[layer.cached]


def words_of(layer: Layer) -> Iterator[str]:
    """Say all that is known of a layer, a sentence each, as Markdown."""
    if isinstance(layer.instruction, From):
        yield f"The base image: {layer.size}, compressed."
    else:
        pushed = "" if layer.shipped else ", which is not pushed"
        yield f"The layer of stage `{layer.stage}`{pushed}: {layer.size}, compressed."
    if layer.size.missing:
        yield f"Not known: {', '.join(layer.size.missing)}."
    if layer.cached is not None:
        yield (
            "The next build takes it from the cache of a build of the last commit."
            if layer.cached
            else f"The next build runs it again{': ' if layer.cause else ''}{layer.cause}."
        )
    for each in layer.waste:
        yield f"Waste: {each}."
