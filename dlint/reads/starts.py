"""What the images that are pushed start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlint.reads.context_files import commands_in
from dlint.reads.scripts import paths
from dlint.syntax import Cmd, Entrypoint
from dlint.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlint.model.build import Build
    from dlint.model.stages import Stage
    from dlint.syntax import Instruction

_NAMES_SCRIPT = regex(r"\b(?:npm|yarn|pnpm|bun)\b\W+(?:run\W+)?(\w[\w:.-]*)")
# `ENTRYPOINT ["/bin/bash"]` with `CMD ["/start.sh"]`
_SHELL = regex(r'\[\s*("(?:/(?:usr/)?bin/)?(?:a|ba|da|z)?sh")\s*\]')
_OF_SCRIPT = regex(r'\[\s*"[\w./-]{1,200}\.(?:a|ba|z)?sh"')
_NAME = regex(r"(?:[\w.-]|\$\{\w+\}|\$(?=\w))+(?=[\"'\s]|\Z)")  # a variable may be a part of it


def started(build: Build, stage: Stage) -> Iterator[str]:
    """Yield the CMD and ENTRYPOINT that hold in each pushed image on top of `stage`, as written,
    with the script that `npm run …` names.
    """
    for text in build.fact(_started)[stage.index]:
        named = _NAMES_SCRIPT.search(text)
        yield f"{text} {_script(build, named[1])}" if named else text


def _started(build: Build) -> list[list[str]]:
    """Return what each pushed image on top of each stage starts, as written; a fact."""
    found: list[list[str]] = [[] for _ in build.stages]
    for image, held in zip(build.stages, build.fact(_held), strict=True):
        texts = list(_texts(held))
        for below in image.ancestors() if texts and build.shipped(image) else ():
            found[below.index] += texts
    return found


def _texts(held: Mapping[type[Instruction], str]) -> Iterator[str]:
    """Yield the CMD and ENTRYPOINT of an image: as one where a shell is told its script so, and
    what it is told besides.
    """
    told, shell = held.get(Cmd), _SHELL.fullmatch(held.get(Entrypoint, "").strip())
    if told is not None and shell is not None and _OF_SCRIPT.match(told.strip()):
        yield f"[{shell[1]}, {told.strip().removeprefix('[')}"
        return
    yield from (held[kind] for kind in (Cmd, Entrypoint) if kind in held)


def starting_scripts(build: Build, stage: Stage) -> Iterator[bytes]:
    """Yield the texts of the context's scripts that pushed images on top of `stage` are started
    with.
    """
    return map(build.context.read, starting_paths(build, stage))


def starting_paths(build: Build, stage: Stage) -> Iterator[str]:
    """Yield the paths of those scripts."""
    names = {name for text in started(build, stage) for name in _NAME.findall(text)}
    for name in sorted(names):
        yield from paths(build, name)


def _held(build: Build) -> list[Mapping[type[Instruction], str]]:
    """Return the CMD and ENTRYPOINT of each stage, its own or its base's; a fact."""
    found: list[Mapping[type[Instruction], str]] = []
    for stage in build.stages:
        own = dict(found[stage.base.index]) if stage.base else {}
        for step in build.steps(stage):
            for kind in (Cmd, Entrypoint):
                if isinstance(step.instruction, kind):
                    own[kind] = step.instruction.value.text
        found.append(own)
    return found


def _script(build: Build, name: str) -> str:
    """Return the script of that name of the package.json nearest to the context's root that has
    one.
    """
    for path in build.fact(_packages):
        script = commands_in(build.context, path).get(name)
        if script is not None:
            return script
    return ""


def _packages(build: Build) -> list[str]:
    """Return the context's package.json files, those nearest to its root first; a fact."""
    found = [
        path
        for path, entry in build.context.entries.items()
        if path.rpartition("/")[2] == "package.json" and entry.kind == "file"
    ]
    return sorted(found, key=lambda path: path.count("/"))
